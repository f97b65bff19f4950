//! Charts: a cluster's lag, transactions and sessions over time, as SVG that any browser shows.
//!
//! A line a node, at most as many points as there are pixels; what is not known is a gap, never a zero.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::story::{ClusterStory, NodeStory};
use crate::domain::{Bytes, history::Sample};

/// A chart's name and its picture.
pub(super) struct Chart {
    pub(super) name: &'static str,
    pub(super) svg: String,
}

type Field = fn(&Sample) -> Option<f64>;
type Unit = fn(f64) -> String;
/// A node and its values; `None` is a gap.
type Line<'a> = (&'a NodeStory, Vec<(Timestamp, Option<f64>)>);

/// Name, title, value and how the scale is written.
const CHARTS: [(&str, &str, Field, Unit); 3] = [
    ("lag", "Bytes behind", |s| s.lag_bytes, |v| Bytes(v as u64).to_string()),
    ("tps", "Transactions a second", |s| s.tps, |v| format!("{v:.0}")),
    ("sessions", "Client sessions", |s| s.sessions, |v| format!("{v:.0}")),
];

/// Told apart with any kind of colour vision, on white.
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#404040"];

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 180.0;
const LEFT: f64 = 70.0;
const TOP: f64 = 34.0;
const PLOT_WIDTH: f64 = WIDTH - LEFT - 16.0;
const PLOT_HEIGHT: f64 = HEIGHT - TOP - 28.0;
/// Points of a line.
const POINTS: usize = 300;

/// The name of a chart's file beside a report.
pub(super) fn file(stem: &str, cluster: usize, name: &str) -> String {
    format!("{stem}-{}-{name}.svg", cluster + 1)
}

/// The charts of a cluster that have anything to show.
pub(super) fn of(cluster: &ClusterStory) -> Vec<Chart> {
    let draw = |(name, title, field, unit): (&'static str, &str, Field, Unit)| {
        let lines: Vec<Line<'_>> = cluster
            .nodes
            .iter()
            .filter(|n| n.samples.iter().any(|s| field(s).is_some()))
            .map(|n| (n, n.samples.iter().map(|s| (s.at, field(s))).collect()))
            .collect();
        (!lines.is_empty()).then(|| Chart { name, svg: svg(title, &lines, unit) })
    };
    CHARTS.into_iter().filter_map(draw).collect()
}

fn svg(title: &str, lines: &[Line<'_>], unit: Unit) -> String {
    let times = || lines.iter().flat_map(|(_, points)| points.iter().map(|(at, _)| *at));
    let (first, last) = (times().min().unwrap_or_default(), times().max().unwrap_or_default());
    let span = last.duration_since(first).as_secs_f64().max(1.0);
    let most = lines.iter().flat_map(|(_, points)| points).filter_map(|(_, v)| *v).fold(1.0, f64::max);
    let x = |at: Timestamp| LEFT + at.duration_since(first).as_secs_f64() / span * PLOT_WIDTH;
    let y = |value: f64| TOP + PLOT_HEIGHT - value / most * PLOT_HEIGHT;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"8\" y=\"18\" font-size=\"13\" font-weight=\"bold\">{title}</text>\n"
    );
    for share in [0.0, 0.5, 1.0] {
        let (at, label) = (y(most * share), unit(most * share));
        let _ = writeln!(
            out,
            "<line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#555\">{label}</text>",
            LEFT + PLOT_WIDTH,
            LEFT - 6.0,
            at + 4.0
        );
    }
    for (at, anchor, place) in [(first, "start", LEFT), (last, "end", LEFT + PLOT_WIDTH)] {
        let label = at.strftime("%H:%M:%S");
        let bottom = HEIGHT - 10.0;
        let _ = writeln!(
            out,
            "<text x=\"{place:.1}\" y=\"{bottom:.1}\" text-anchor=\"{anchor}\" fill=\"#555\">{label}</text>"
        );
    }
    let mut legend = LEFT + PLOT_WIDTH;
    for (number, (node, points)) in lines.iter().enumerate() {
        let colour = COLOURS[number % COLOURS.len()];
        let _ = writeln!(
            out,
            "<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>",
            path(points, x, y)
        );
        let name = escape(&node.name);
        let _ = writeln!(out, "<text x=\"{legend:.1}\" y=\"18\" text-anchor=\"end\" fill=\"{colour}\">{name}</text>");
        legend -= 14.0 + 7.0 * node.name.chars().count() as f64;
    }
    out + "</svg>\n"
}

/// The line: of several samples that fall together the highest is drawn; a gap lifts the pen.
fn path(points: &[(Timestamp, Option<f64>)], x: impl Fn(Timestamp) -> f64, y: impl Fn(f64) -> f64) -> String {
    let mut path = String::new();
    let mut is_down = false;
    for part in points.chunks(points.len().div_ceil(POINTS).max(1)) {
        let highest = part.iter().filter_map(|(at, value)| Some((*at, (*value)?))).max_by(|a, b| a.1.total_cmp(&b.1));
        let Some((at, value)) = highest else {
            is_down = false;
            continue;
        };
        let _ = write!(path, "{}{:.1} {:.1}", if is_down { "L" } else { "M" }, x(at), y(value));
        is_down = true;
    }
    path
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
