use ratatui::style::{Color, Modifier};

use super::{
    scope::{Kind, SCOPES},
    *,
};

mod contrast;

fn parse(text: &str) -> (Theme, Vec<String>) {
    let (theme, problems) = Theme::parse(text, &|_| None).unwrap();
    (theme, problems.iter().map(ToString::to_string).collect())
}

#[test]
fn built_in_themes_have_no_problems() {
    for (name, text) in BUILT_IN {
        let (_, problems) = parse(text);
        assert_eq!(problems, Vec::<String>::new(), "{name}");
        assert!(Theme::built_in(name).is_some());
    }
}

#[test]
fn a_scope_takes_what_it_leaves_open_from_above() {
    let (theme, problems) = parse(
        r##"
        "text" = "#010101"
        "topology" = { fg = "#020202", italic = true }
        "topology.lag" = { bold = true }
        "topology.lag.bad" = { fg = "bad", italic = false }
        [palette]
        bad = "#030303"
        "##,
    );
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(theme.style("nothing.known").fg, Some(Color::Rgb(1, 1, 1)));
    assert_eq!(theme.style("topology.name").fg, Some(Color::Rgb(2, 2, 2)));
    let lag = theme.style("topology.lag.of.some.kind");
    assert_eq!((lag.fg, lag.add_modifier), (Some(Color::Rgb(2, 2, 2)), Modifier::BOLD | Modifier::ITALIC));
    let bad = theme.style("topology.lag.bad");
    assert_eq!((bad.fg, bad.add_modifier), (Some(Color::Rgb(3, 3, 3)), Modifier::BOLD));
}

#[test]
fn an_overlay_leaves_the_text_alone() {
    let theme = Theme::default();
    assert_eq!(theme.overlay("table.selected").fg, None);
    assert!(theme.overlay("table.selected").bg.is_some());
    assert_eq!(theme.overlay("no.such"), Style::new());
}

#[test]
fn nothing_shines_through_from_what_was_drawn_before() {
    use ratatui::{buffer::Buffer, layout::Rect};
    let theme = Theme::built_in("mono").unwrap();
    let mut buf = Buffer::with_lines(["ab"]);
    buf.set_style(Rect::new(0, 0, 2, 1), theme.style("dialog.frame"));
    buf.set_style(Rect::new(0, 0, 1, 1), theme.style("dialog.title"));
    assert_eq!(buf[(0, 0)].modifier, Modifier::BOLD);
    assert_eq!(buf[(1, 0)].modifier, Modifier::DIM);
}

#[test]
fn scopes_may_be_written_without_quotes() {
    let (theme, problems) = parse("topology.lag.bad.fg = \"red\"\ntopology.lag.bold = true");
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(theme.style("topology.lag.bad").fg, Some(Color::Red));
    assert!(theme.style("topology.lag").add_modifier.contains(Modifier::BOLD));
}

#[test]
fn a_heir_changes_the_palette_under_inherited_looks() {
    let (theme, problems) = parse("inherits = \"dark\"\n[palette]\nwarning = \"#123456\"\nbackground = \"default\"");
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(theme.style("severity.warning").fg, Some(Color::Rgb(0x12, 0x34, 0x56)));
    assert_eq!(theme.style("screen").bg, Some(Color::Reset));
    assert_eq!(theme.style("severity.critical"), Theme::default().style("severity.critical"));
}

#[test]
fn what_is_not_understood_is_named_with_its_line_and_the_rest_kept() {
    let (theme, problems) = parse(
        r##"inherits = "dark"
"topology.lga.bad" = "warning"
"severity.warning" = { fg = "crticial", blod = true }
"severity.notice" = { bold = 1 }
"severity.healthy" = "#12345"
"text.strong" = 7
"text" = "bright-green"
[palette]
mine = "no such"
"text.dim" = { fg = "mine" }
"##,
    );
    assert_eq!(
        problems,
        [
            "line 3: unknown colour \"crticial\", did you mean \"critical\"?: neither in the palette nor one of the \
             sixteen terminal colours",
            "line 2: unknown scope \"topology.lga.bad\", did you mean \"topology.lag.bad\"?",
            "line 3: \"severity.warning\" has no attribute blod, did you mean \"bold\"?: expected fg, bg, bold, dim, \
             italic, underline or reverse",
            "line 4: bold must be true or false, not an integer",
            "line 5: \"#12345\" is not a colour: expected # and six hexadecimal digits",
            "line 6: \"text.strong\" must be a colour or a table such as { fg = \"warning\", bold = true }, not an \
             integer",
            "line 9: the colour mine must be \"#RRGGBB\", \"default\", the name of one of the sixteen terminal \
             colours, or [\"#RRGGBB\", \"one of the sixteen\"]",
            "line 10: \"text.dim\" stands under [palette]: scopes go above it, before any [table]",
        ]
    );
    assert_eq!(theme.style("text").fg, Some(Color::LightGreen));
    assert_eq!(theme.style("severity.warning").fg, Theme::default().style("severity.warning").fg);
}

#[test]
fn what_cannot_be_read_at_all_is_an_error() {
    let error = |text: &str| Theme::parse(text, &|_| None).unwrap_err().to_string();
    assert!(error("text = \"red\"\n= 3").starts_with("line 2: "), "{}", error("text = \"red\"\n= 3"));
    assert_eq!(error("inherits = \"drak\""), "inherits = \"drak\": no such theme, did you mean \"dark\"?");
    let resolve = |name: &str| match name {
        "a" => Some("inherits = \"b\"".to_owned()),
        "b" => Some("inherits = \"a\"".to_owned()),
        _ => None,
    };
    let circle = Theme::parse("inherits = \"a\"", &resolve).unwrap_err().to_string();
    assert_eq!(circle, "theme b, inherits = \"a\" goes round in a circle: a → b → a");
}

#[test]
fn an_inherited_themes_problems_bear_its_name() {
    let resolve = |name: &str| (name == "house").then(|| "\n\"txet\" = \"red\"".to_owned());
    let (_, problems) = Theme::parse("inherits = \"house\"", &resolve).unwrap();
    assert_eq!(problems[0].to_string(), "theme house, line 2: unknown scope \"txet\", did you mean \"text\"?");
}

#[test]
fn without_colours_every_theme_is_mono() {
    let mono = Theme::built_in("mono").unwrap();
    for (name, _) in BUILT_IN {
        let theme = Theme::built_in(name).unwrap().with_depth(ColorDepth::None);
        for scope in SCOPES {
            let style = theme.style(scope.name);
            assert_eq!(style, mono.style(scope.name), "{name} {}", scope.name);
            assert_eq!((style.fg, style.bg), (None, None), "{name} {}", scope.name);
        }
    }
}

#[test]
fn mono_tells_apart_what_colour_told_apart() {
    let theme = Theme::built_in("mono").unwrap();
    for scope in ["severity.warning", "severity.critical", "severity.unknown", "table.selected", "flash"] {
        assert_ne!(theme.style(scope), theme.style("text"), "{scope}");
    }
    for surface in ["table.selected", "flash", "environment.production"] {
        assert!(theme.overlay(surface).add_modifier.contains(Modifier::REVERSED), "{surface}");
    }
}

#[test]
fn poorer_terminals_get_poorer_colours() {
    let critical = |depth| Theme::default().with_depth(depth).style("severity.critical").fg;
    assert_eq!(critical(ColorDepth::True), Some(Color::Rgb(0xF0, 0x71, 0x6B)));
    assert!(matches!(critical(ColorDepth::Indexed), Some(Color::Indexed(16..))));
    assert_eq!(critical(ColorDepth::Sixteen), Some(Color::LightRed));
}

#[test]
fn every_look_of_the_dark_theme_is_documented_and_every_scope_has_one_above() {
    let theme = Theme::default();
    for name in theme.looks.keys() {
        assert!(SCOPES.iter().any(|s| s.name == name), "{name} is not in the table of scopes");
    }
}

const MANUAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/themes.md");

/// Where the part of the manual begins that is written from the program's own tables.
const WRITTEN: &str = "## Built in\n\n";

#[test]
fn the_manual_lists_themes_and_scopes() {
    let manual = std::fs::read_to_string(MANUAL).unwrap();
    let (_, tables) = manual.split_once(WRITTEN).expect("docs/themes.md has the table of built-in themes");
    assert_eq!(
        tables.trim_end(),
        reference::markdown().trim_end(),
        "docs/themes.md is not what reference::markdown() gives"
    );
}

/// `cargo test --lib write_the_manual -- --ignored` after a change to the tables of themes and scopes.
#[test]
#[ignore = "writes docs/themes.md"]
fn write_the_manual() {
    let manual = std::fs::read_to_string(MANUAL).unwrap();
    let (text, _) = manual.split_once(WRITTEN).unwrap();
    std::fs::write(MANUAL, format!("{text}{WRITTEN}{}", reference::markdown())).unwrap();
}

/// A scope with a slip of the finger would silently look like ordinary text.
#[test]
fn drawing_code_names_only_scopes_of_the_table() {
    let mut unknown = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/view"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let literals = code.split('"').filter(|literal| is_like_a_scope(literal) && !scope::is_scope(literal));
            unknown.extend(literals.map(|literal| format!("{}: {literal}", path.display())));
        }
    }
    assert_eq!(unknown, Vec::<String>::new());
}

/// Dotted lower-case words of which the first begins scopes.
fn is_like_a_scope(literal: &str) -> bool {
    let is_dotted = literal.contains('.') && literal.chars().all(|c| c.is_ascii_lowercase() || c == '.');
    is_dotted && literal.split('.').next().is_some_and(scope::is_scope)
}
