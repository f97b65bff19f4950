use std::cell::RefCell;

use proptest::prelude::*;
use ratatui::style::Modifier;

use super::*;

const COLUMNS: [Column; 4] = [
    Column::new("NODE", 4, 8),
    Column::new("ROLE", 4, 7).falls(2),
    Column::new("BEHIND", 6, 6).right(),
    Column::new("WHAT IS WRONG", 6, 10).grows(1).falls(1),
];

fn table(rows: usize) -> Table<'static> {
    Table { columns: &COLUMNS, rows, selected: None, offset: 0, sort: None }
}

fn content(row: usize, column: usize) -> Cell<'static> {
    match column {
        0 => Cell::plain(format!("pg{row}")),
        1 => Cell::new("standby", "topology.role"),
        2 => Cell::plain(format!("{row} MB")),
        _ => Cell::new("replay waits for a query", "severity.warning"),
    }
}

fn draw(table: &Table<'_>, width: u16, height: u16) -> (Drawn, Vec<String>, Buffer) {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    let drawn = table.render(area, &mut buf, &Theme::default(), &|_| Row::default(), &content);
    let symbols: Vec<_> = buf.content().iter().map(ratatui::buffer::Cell::symbol).collect();
    let lines = symbols.chunks(usize::from(width)).map(|line| line.concat()).collect();
    (drawn, lines, buf)
}

#[test]
fn columns_get_what_they_like_and_the_rest_grows() {
    let (_, lines, _) = draw(&table(2), 60, 4);
    assert_eq!(
        lines,
        [
            "  NODE      ROLE     BEHIND  WHAT IS WRONG                  ",
            "  pg0       standby    0 MB  replay waits for a query       ",
            "  pg1       standby    1 MB  replay waits for a query       ",
            "                                                            ",
        ]
    );
}

#[test]
fn columns_fall_in_their_order_when_it_gets_narrow() {
    let (drawn, lines, _) = draw(&table(1), 27, 2);
    assert_eq!(lines, ["  NODE      BEHIND  WHAT I…", "  pg0         0 MB  replay…"].map(str::to_owned));
    assert_eq!(drawn.columns, [(0, 2, 8), (2, 12, 6), (3, 20, 7)]);
    let (_, lines, _) = draw(&table(1), 16, 2);
    assert_eq!(lines, ["  NODE    BEHIND", "  pg0       0 MB"]);
    let (_, lines, _) = draw(&table(1), 10, 2);
    assert_eq!(lines, ["  NODE  B…", "  pg0   0…"], "what never falls is squeezed");
}

#[test]
fn the_selected_row_stays_in_view_and_is_told_by_its_background() {
    let mut table = table(100);
    table.selected = Some(50);
    let (drawn, lines, buf) = draw(&table, 60, 6);
    assert_eq!((drawn.offset, drawn.height), (46, 5));
    assert!(lines[5].starts_with("  pg50 "), "{}", lines[5]);
    let theme = Theme::default();
    let selection = theme.overlay("table.selected").bg;
    assert_eq!(buf[(0, 5)].bg, selection.unwrap());
    assert_eq!(Some(buf[(30, 5)].fg), theme.style("severity.warning").fg, "the text keeps its colour");
    assert_ne!(Some(buf[(0, 4)].bg), selection);
}

#[test]
fn scrolling_moves_as_little_as_possible() {
    assert_eq!(offset(10, Some(12), 100, 5), 10);
    assert_eq!(offset(10, Some(9), 100, 5), 9);
    assert_eq!(offset(10, Some(15), 100, 5), 11);
    assert_eq!(offset(98, None, 100, 5), 95, "no empty lines below the last row");
    assert_eq!(offset(98, Some(1), 2, 5), 0);
    assert_eq!(offset(0, Some(7), 3, 0), 3, "a place without rows shows none");
}

#[test]
fn only_rows_that_are_seen_are_asked_for() {
    let asked = RefCell::new(Vec::new());
    let area = Rect::new(0, 0, 60, 4);
    let mut buf = Buffer::empty(area);
    let table = Table { offset: 500, ..table(10_000) };
    let row = |n| {
        asked.borrow_mut().push(n);
        Row::default()
    };
    table.render(area, &mut buf, &Theme::default(), &row, &content);
    assert_eq!(*asked.borrow(), [500, 501, 502]);
}

#[test]
fn the_sorted_column_says_so() {
    let table = Table { sort: Some(Sort { column: 2, descending: true }), ..table(1) };
    let (_, lines, buf) = draw(&table, 60, 2);
    assert_eq!(lines[0], "  NODE      ROLE    ▾BEHIND  WHAT IS WRONG                  ");
    assert!(buf[(20, 0)].modifier.contains(Modifier::BOLD));
    let by_last = Table { sort: Some(Sort { column: 3, descending: false }), ..table };
    assert!(draw(&by_last, 60, 2).1[0].contains("  WHAT IS WRONG▴ "));
}

#[test]
fn a_row_may_be_marked_dimmed_or_one_line() {
    let area = Rect::new(0, 0, 40, 3);
    let mut buf = Buffer::empty(area);
    let theme = Theme::default();
    let row = |n| match n {
        0 => Row { marked: true, scope: Some("severity.stale"), across: None },
        _ => Row { across: Some(Cell::new("two writers: pg1 and pg2", "banner")), ..Row::default() },
    };
    table(2).render(area, &mut buf, &theme, &row, &content);
    assert_eq!(buf[(0, 1)].symbol(), "•");
    assert_eq!(Some(buf[(2, 1)].fg), theme.overlay("severity.stale").fg);
    let line: String = (0..40).map(|x| buf[(x, 2)].symbol()).collect();
    assert_eq!(line.trim(), "two writers: pg1 and pg2");
}

proptest! {
    #[test]
    fn columns_never_overlap_nor_leave_the_width(
        specs in prop::collection::vec((1..30_u16, 0..60_u16, 0..4_u16, 0..5_u8), 0..12),
        width in 0..400_u16,
    ) {
        let columns: Vec<_> =
            specs.iter().map(|(min, wish, weight, drop)| Column::new("X", *min, *wish).grows(*weight).falls(*drop)).collect();
        let placed = layout(&columns, width);
        let mut x = 0;
        for (_, start, own) in &placed {
            prop_assert!(*start >= x);
            x = start + own;
            prop_assert!(x <= width);
        }
        let least: u16 = columns.iter().map(|c| c.min + GAP).sum();
        if least.saturating_sub(GAP) <= width {
            prop_assert_eq!(placed.len(), columns.len(), "nothing falls where there is room");
        }
    }

    #[test]
    fn any_table_can_be_drawn_anywhere(
        rows in 0..50_usize, selected in prop::option::of(0..60_usize), offset in 0..80_usize,
        x in 0..30_u16, y in 0..8_u16, width in 0..40_u16, height in 0..10_u16,
    ) {
        let mut buf = Buffer::empty(Rect::new(0, 0, 30, 8));
        let table = Table { selected, offset, ..table(rows) };
        table.render(Rect::new(x, y, width, height), &mut buf, &Theme::default(), &|_| Row::default(), &content);
    }
}
