//! What active sessions were busy with: a sparkline for each class of waits, all on one scale.
//!
//! ```text
//!  ─ waits ──────────────────────────────────────────── active sessions on average, 0–4, over 5 m ─
//!   running ▂▂▂▃▂▂▂▂▂▂▃▂▂▂▂▂▂▂▂▂  1.4   LWLock  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  0.0
//!   IO      ▁▁▁▁▁▂▂▁▁▁▁▁▁▁▁▁▁▁▁▁  0.2   IPC     ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  0.0
//!   Lock    ▁▁▁▁▁▁▁▁▁▁▃▄▅▅▅▅▅▅▅▅  2.1   other   ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  0.0
//! ```

use std::time::Duration;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{Model, screen::activity},
    domain::{
        duration,
        waits::{self, Load, WaitClass},
    },
    view::{
        Look, frame,
        widget::{cell::Cell, spark::sparkline},
    },
};

/// How long one cell of a sparkline stands for.
const STEP: Duration = Duration::from_secs(5);
/// The most cells: five minutes.
const MOST: u16 = 60;
/// Cells for a class's name, with a space.
const NAME: u16 = 8;
/// Cells for the mean, with a space.
const MEAN: u16 = 6;
/// Cells between the two columns.
const GAP: u16 = 3;

/// Draws the profile into lines of which there are [`activity::waits_height`].
pub(super) fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let line = Rect { x: area.x + 2, width: area.width.saturating_sub(4), height: 1, ..area };
    let width = line.width.saturating_sub(GAP) / 2;
    let cells = width.saturating_sub(NAME + MEAN).min(MOST);
    let ids = activity::nodes(model).map(|(_, node)| &node.id);
    let steps = model.history.waits.averages(ids, model.drawn_at(), STEP, usize::from(cells));
    let most = scale(&steps);
    let scale = frame::range(look.theme, &most);
    let span = duration::words(STEP * u32::from(cells));
    frame::rule(buf, look.theme, area, "waits", &format!("active sessions on average, {scale}, over {span}"));
    let mean = waits::mean(&steps);
    let rows = WaitClass::COUNT.div_ceil(2);
    for (at, class) in WaitClass::ALL.into_iter().enumerate() {
        let (column, row) = (u16::from(at >= rows), u16::try_from(at % rows).unwrap_or(0));
        let place = Rect { x: line.x + column * (NAME + cells + MEAN + GAP), y: area.y + 1 + row, width, ..line };
        frame::put(buf, look.theme, place, &profile(class, &steps, mean, most, usize::from(cells), look));
    }
}

fn profile<'a>(
    class: WaitClass,
    steps: &[Option<Load>],
    mean: Option<Load>,
    most: u32,
    cells: usize,
    look: &Look<'_>,
) -> Cell<'a> {
    let values: Vec<Option<f64>> = steps.iter().map(|step| step.map(|load| load[class as usize])).collect();
    let shape = sparkline(&values, f64::from(most), cells, look.theme.glyphs());
    let name = format!("{:width$}", class.words(), width = usize::from(NAME));
    let (mean, scope) = match mean.map(|load| load[class as usize]) {
        Some(mean) if mean >= 0.05 => (format!("{mean:.1}"), "text"),
        Some(_) => ("0.0".to_owned(), "text.dim"),
        None => ("?".to_owned(), "severity.unknown"),
    };
    Cell::new(name, scope).text(shape, "spark").text(format!("{mean:>width$}", width = usize::from(MEAN)), scope)
}

/// The end of the scale: doubled as often as it takes to hold the highest step.
fn scale(steps: &[Option<Load>]) -> u32 {
    let most = steps.iter().flatten().flatten().fold(0.0_f64, |most, value| most.max(*value));
    (1..=16).map(|n| 1_u32 << n).find(|scale| f64::from(*scale) >= most).unwrap_or(u32::MAX)
}
