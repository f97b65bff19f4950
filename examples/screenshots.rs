//! The pictures in the documentation: screens drawn from facts that were recorded from real servers.
//!
//! ```text
//! cargo run --release --example screenshots                           draws every picture under screenshots/
//! cargo run --release --example screenshots -- record NAME SECONDS [CONNINFO…]
//!                                                                     records what runs here, for the pictures
//! ```

#![allow(clippy::print_stdout, reason = "an example tells what it does")]

use std::{error::Error, path::Path, process::Command, sync::Arc, time::Duration};

use howdah::{
    app::{Model, Msg, Size, key::Key, update},
    config::{Settings, Target},
    domain::{Interest, Topic},
    keymap::{Keymap, Resolved, Resolver},
    record::{Literals, Reader, Writer},
    runtime::{around::Around, clock, fleet},
    theme::Theme,
    view::{self, Look, export},
};
use jiff::tz::TimeZone;
use ratatui::{buffer::Buffer, layout::Rect};
use tokio_util::sync::CancellationToken;

/// A picture: its name, the recording it is drawn from, the theme, the size, and the keys that lead to it.
type Picture = (&'static str, &'static str, &'static str, (u16, u16), &'static [&'static str]);

const PICTURES: &[Picture] = &[
    ("fleet", "shop", "dark", (132, 16), &[]),
    ("topology", "shop", "dark", (160, 30), &["enter"]),
    ("activity", "shop", "dark", (160, 34), &["enter", "enter"]),
    ("replication", "shop", "dark", (160, 30), &["enter", "5"]),
    ("findings", "shop", "dark", (132, 30), &["enter", "0"]),
    ("help", "shop", "dark", (120, 44), &["?"]),
    ("topology-light", "shop", "light", (160, 30), &["enter"]),
];

const FOLDER: &str = "screenshots";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => draw_all(),
        ["record", name, seconds, conninfos @ ..] => record(name, seconds.parse()?, conninfos),
        _ => Err("usage: screenshots [record NAME SECONDS [CONNINFO…]]".into()),
    }
}

fn draw_all() -> Result<(), Box<dyn Error>> {
    for (name, recording, theme, (width, height), keys) in PICTURES {
        let theme = Theme::built_in(theme).ok_or("no such theme")?;
        let buffer = draw(recording, &theme, Rect::new(0, 0, *width, *height), keys)?;
        let svg = Path::new(FOLDER).join(format!("{name}.svg"));
        std::fs::write(&svg, export::svg(&buffer, &theme))?;
        let png = svg.with_extension("png");
        // Pictures in the README are PNG, because not every reader shows SVG with the right font.
        match Command::new("rsvg-convert").arg("--zoom=1.2").arg("-o").arg(&png).arg(&svg).status() {
            Ok(status) if status.success() => println!("{} {}", svg.display(), png.display()),
            _ => println!("{} (no PNG: rsvg-convert is missing, Debian's librsvg2-bin has it)", svg.display()),
        }
    }
    Ok(())
}

fn draw(recording: &str, theme: &Theme, area: Rect, keys: &[&str]) -> Result<Buffer, Box<dyn Error>> {
    let reader = Reader::open(&Path::new(FOLDER).join("recorded").join(format!("{recording}.howdah")))?;
    let keymap = Keymap::default();
    let size = Size { width: area.width, height: area.height };
    let snapshots: Vec<_> = reader.collect();
    let first = snapshots.first().ok_or("the recording is empty")?;
    let mut model = Model::new(first.at, size);
    model.zone = TimeZone::UTC;
    let mut resolver = Resolver::default();
    for (at, snapshot) in snapshots.iter().enumerate() {
        update(&mut model, Msg::Tick(snapshot.at));
        update(&mut model, Msg::Snapshot(Arc::clone(snapshot)));
        if at == 0 {
            for key in keys {
                let key: Key = key.parse().map_err(|_| "no such key")?;
                if let Some(Resolved::Action(action)) = resolver.resolve(&keymap, model.context(), key) {
                    update(&mut model, Msg::Act(action));
                }
            }
        }
    }
    let mut buffer = Buffer::empty(area);
    view::draw(&model, &Look { theme, keymap: &keymap }, &mut buffer, area);
    Ok(buffer)
}

fn record(name: &str, seconds: u64, conninfos: &[&str]) -> Result<(), Box<dyn Error>> {
    let threads = tokio::runtime::Runtime::new()?;
    threads.block_on(async {
        let targets = conninfos.iter().map(|text| Target::parse(text)).collect::<Result<_, _>>()?;
        let settings = Settings { targets, ..Settings::default() };
        let cancel = CancellationToken::new();
        let interest = Interest { topics: [Topic::Sessions, Topic::Replication].into(), cluster: None };
        let around = Arc::new(Around::of_process());
        let intent = fleet::plan(&settings, &around, interest, settings.targets.clone())?;
        let mut handle = intent.start(&settings, &around, &cancel);
        let path = Path::new(FOLDER).join("recorded").join(format!("{name}.howdah"));
        let mut writer = Writer::file(&path, Literals::Keep, clock::now())?;
        let end = clock::instant() + Duration::from_secs(seconds);
        while clock::instant() < end {
            handle.snapshots.changed().await?;
            let snapshot = Arc::clone(&handle.snapshots.borrow_and_update());
            if snapshot.clusters.iter().any(|c| !c.nodes.is_empty()) {
                writer.push(&snapshot)?;
            }
        }
        writer.finish()?;
        println!("{}", path.display());
        Ok(())
    })
}
