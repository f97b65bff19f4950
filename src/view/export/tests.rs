use ratatui::{layout::Rect, style::Style};

use super::*;

#[test]
fn plain_text_has_lines_without_trailing_spaces() {
    let buf = Buffer::with_lines(["a  ", "表b", "   "]);
    assert_eq!(plain(&buf), "a\n表b\n\n");
}

#[test]
fn what_xml_would_take_for_itself_is_escaped() {
    let picture = svg(&Buffer::with_lines(["a<b>&\u{FFFE}\"'"]), &Theme::default());
    assert!(picture.contains(">a&lt;b&gt;&amp;<"), "{picture}");
    assert!(!picture.contains('\u{FFFE}'));
}

#[test]
fn letters_of_one_look_are_one_run_of_an_exact_length() {
    let mut buf = Buffer::with_lines(["ab cd  ef"]);
    buf.set_style(Rect::new(7, 0, 2, 1), Style::new().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD));
    let picture = svg(&buf, &Theme::default());
    let runs: Vec<_> = picture.lines().filter(|line| line.starts_with("<text")).collect();
    assert_eq!(runs.len(), 2, "{runs:?}");
    assert!(runs[0].contains("x=\"0.00\"") && runs[0].contains("textLength=\"42.15\""), "{}", runs[0]);
    assert!(
        runs[1].contains("x=\"59.01\"") && runs[1].contains("fill=\"#010203\" font-weight=\"bold\""),
        "{}",
        runs[1]
    );
}

#[test]
fn blocks_and_lines_are_shapes_and_fill_their_cells() {
    let picture = svg(&Buffer::with_lines(["▁█▌─"]), &Theme::default());
    assert!(!picture.contains("<text"), "{picture}");
    assert!(picture.contains("<rect x=\"0.00\" y=\"15.75\" width=\"8.43\" height=\"2.25\""), "{picture}");
    assert!(picture.contains("<rect x=\"8.43\" y=\"0.00\" width=\"8.43\" height=\"18.00\""), "{picture}");
    assert!(picture.contains("<rect x=\"16.86\" y=\"0.00\" width=\"4.21\" height=\"18.00\""), "{picture}");
}

#[test]
fn backgrounds_are_merged_and_reverse_is_turned_round() {
    let mut buf = Buffer::with_lines(["abcdef"]);
    buf.set_style(Rect::new(0, 0, 3, 1), Style::new().bg(Color::Rgb(9, 9, 9)));
    buf.set_style(Rect::new(4, 0, 1, 1), Style::new().fg(Color::Rgb(7, 7, 7)).add_modifier(Modifier::REVERSED));
    let picture = svg(&buf, &Theme::default());
    assert_eq!(picture.matches("fill=\"#090909\"").count(), 1);
    assert!(picture.contains("width=\"25.29\" height=\"18\" fill=\"#090909\""), "{picture}");
    assert!(picture.contains("width=\"8.43\" height=\"18\" fill=\"#070707\""), "{picture}");
}

/// Every shape of the vocabulary on one page.
fn page(theme: &Theme) -> Buffer {
    use crate::{
        domain::Bytes,
        theme::Glyph,
        view::{
            text::{bytes::bytes, cut::Align},
            widget::{
                cell::Cell,
                dialog::{centered, dialog},
                keys::{Hint, HintState, keys},
                passage::{passage, statement},
                rule::rule,
                table::{Column, Row, Sort, Table},
            },
        },
    };
    let area = Rect::new(0, 0, 100, 26);
    let mut buf = Buffer::empty(area);
    buf.set_style(area, theme.style("screen"));
    let line = |y: u16| Rect::new(0, y, 100, 1);
    let header = Cell::new(" shop ", "header.path")
        .text(theme.glyph(Glyph::Crumb), "header.crumb")
        .text(" topology", "header.path");
    header.render(line(0), &mut buf, theme, Align::Left, Default::default());
    let right = Cell::new(" PROD ", "environment.production")
        .text("  locked", "header.locked")
        .text("   ", "text")
        .text(theme.glyph(Glyph::Warning), "sign.warning")
        .text(" 2", "severity.warning")
        .text("   ", "text")
        .text(theme.glyph(Glyph::Critical), "sign.critical")
        .text(" 1", "severity.critical")
        .text("   1 s, 3 ms", "header.cost")
        .text("   03:12:41 ", "header.clock");
    right.render(line(0), &mut buf, theme, Align::Right, Default::default());
    let columns = [
        Column::new("NODE", 8, 14).identifier(),
        Column::new("HOST", 10, 16).falls(2),
        Column::new("POSTGRES", 8, 8),
        Column::new("BEHIND", 8, 8).right(),
        Column::new("TEN MINUTES", 8, 20).falls(1),
        Column::new("CONNECTIONS", 12, 12).right().grows(1),
    ];
    let values: Vec<_> = (0..20).map(|n| (n != 7).then_some(f64::from(n * n))).collect();
    let signs = [
        (Glyph::Healthy, "sign.healthy", "text", "pg1"),
        (Glyph::Healthy, "sign.healthy", "text", "pg2"),
        (Glyph::Warning, "sign.warning", "severity.warning", "billing-postgres-7f9c"),
        (Glyph::Critical, "sign.critical", "severity.critical", "pg4"),
        (Glyph::Unknown, "sign.unknown", "severity.unknown", "pg5"),
        (Glyph::Stale, "sign.stale", "severity.stale", "pg6"),
        (Glyph::Notice, "sign.notice", "severity.notice", "pg7"),
    ];
    let cell = |row: usize, column: usize| {
        let (glyph, sign, words, name) = signs[row];
        match column {
            0 if row == 0 => Cell::new(theme.glyph(glyph), sign).text(" ", "text").text(name, "topology.name"),
            0 => Cell::new(theme.glyph(if row == 6 { Glyph::LastBranch } else { Glyph::Branch }), "tree")
                .text(theme.glyph(glyph), sign)
                .text(" ", "text")
                .text(name, "topology.name"),
            1 => Cell::new("container up 4 h", words),
            2 => Cell::new(if row == 0 { "primary" } else { "standby" }, words),
            3 => Cell::new(bytes(Bytes(u64::try_from(row).unwrap() * 700_000)), words),
            4 => Cell::empty().spark(values.clone(), 361.0, 20, "spark"),
            _ => Cell::new("88 % ", words).meter(0.12 * f64::from(u8::try_from(row).unwrap()), 8, "meter"),
        }
    };
    let row = |n| Row { marked: n == 1, scope: (n == 5).then_some("severity.stale"), across: None };
    let table = Table {
        columns: &columns,
        rows: 7,
        selected: Some(2),
        offset: 0,
        sort: Some(Sort { column: 3, descending: true }),
    };
    table.render(Rect::new(0, 2, 100, 8), &mut buf, theme, &row, &cell);
    rule(&Cell::new("wrong here", "rule.title"), line(11), &mut buf, theme);
    Cell::new("pg3  label says primary, PostgreSQL says primary: two writers", "banner").render(
        line(12),
        &mut buf,
        theme,
        Align::Left,
        Default::default(),
    );
    rule(&Cell::new("statement", "rule.title"), line(14), &mut buf, theme);
    let sql = statement(
        "SELECT o.id, sum(amount) FROM orders o LEFT JOIN items i ON i.\"order\" = o.id WHERE state = 'open' AND id > $1 /* why */ LIMIT 10",
        60,
    );
    passage(&sql, 0, Rect::new(1, 15, 60, 8), &mut buf, theme);
    let inner = dialog(
        &Cell::new("switch over shop", "dialog.title"),
        &Cell::new("facts 0.4 s old", "text.dim"),
        centered(Rect::new(60, 13, 40, 9), 38, 7),
        &mut buf,
        theme,
    );
    Cell::plain("Nothing will be lost: pg2 has it all.").render(
        inner,
        &mut buf,
        theme,
        Align::Left,
        Default::default(),
    );
    let hints = [
        Hint::new(theme.glyph(Glyph::Enter), "open"),
        Hint::new("/", "filter"),
        Hint::new("C", "cancel").state(HintState::Off),
        Hint::new("2", "topology").state(HintState::Here),
        Hint::new("?", "help"),
    ];
    keys(&hints, 2, Align::Left, Rect::new(1, 24, 99, 1), &mut buf, theme);
    buf
}

#[test]
fn every_theme_draws_the_same_signs_on_one_page() {
    let dark = plain(&page(&Theme::default()));
    for name in ["light", "high-contrast", "mono"] {
        assert_eq!(plain(&page(&Theme::built_in(name).unwrap())), dark, "{name}");
    }
    let ascii = Theme::default().with_glyphs(crate::theme::GlyphSet::Ascii);
    assert!(plain(&page(&ascii)).is_ascii());
}

/// `cargo test --lib write_the_pictures -- --ignored`, then look at them.
#[test]
#[ignore = "writes pictures for people to look at"]
fn write_the_pictures() {
    let folder = std::env::temp_dir().join("howdah-look");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, _) in crate::theme::BUILT_IN {
        for (depth, suffix) in [(crate::theme::ColorDepth::True, ""), (crate::theme::ColorDepth::Sixteen, "-16")] {
            let theme = Theme::built_in(name).unwrap().with_depth(depth);
            std::fs::write(folder.join(format!("{name}{suffix}.svg")), svg(&page(&theme), &theme)).unwrap();
        }
    }
    let ascii = Theme::default().with_glyphs(crate::theme::GlyphSet::Ascii);
    std::fs::write(folder.join("ascii.svg"), svg(&page(&ascii), &ascii)).unwrap();
}
