//! Tables: quiet columns under an underlined header, as wide as the terminal at most.
//!
//! comfy-table draws the first block of rows; it needs about 2 KB a row, so every later row is
//! written by hand into the widths the first block settled. Both look the same, which a test holds.
//! Off a terminal nothing is wrapped or truncated: a cell wider than its column moves its own line.

use std::borrow::Cow;
use std::io::{self, Write};

use comfy_table::{ColumnConstraint, LineStyle, Table, TableStyle, Width};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::visible;

/// Rows that are held back to learn the widths.
const BLOCK: usize = 1000;
/// Bytes that are held back at most, whatever a server puts into its fields.
const BLOCK_BYTES: usize = 2 * 1024 * 1024;
/// Blanks between two columns.
const GAP: u16 = 2;
/// No column is made wider than this by its cells; one long description must not push every row.
const WIDEST: u16 = 200;
/// A column is not squeezed below this, nor below its header, unless its cells are all shorter.
const NARROWEST: u16 = 8;
/// Bytes from which on a cell that does not fit is broken without regard to words.
const GIANT: usize = 4096;
/// What stands for a missing cell, so that columns can still be counted by `awk`.
const NOTHING: &str = "-";
/// A line under the header and nothing else.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// Writes rows as a table.
pub(crate) struct TableWriter {
    names: Vec<&'static str>,
    header: bool,
    /// The terminal's width, none off a terminal.
    terminal: Option<u16>,
    color: bool,
    block: Vec<Vec<String>>,
    block_bytes: usize,
    layout: Option<Layout>,
    line: String,
}

/// How rows look, settled by the first block.
#[derive(Debug, PartialEq, Eq)]
enum Layout {
    /// Side by side, in these widths.
    Columns(Vec<u16>),
    /// The terminal is too narrow for columns: one `name  value` line a cell.
    Records,
}

impl TableWriter {
    /// A table of these columns; `terminal` is the width to fit into.
    pub(crate) fn new(
        names: &[&'static str],
        header: bool,
        terminal: Option<u16>,
        color: bool,
    ) -> Self {
        Self {
            names: names.to_vec(),
            header,
            terminal,
            color,
            block: Vec::new(),
            block_bytes: 0,
            layout: None,
            line: String::new(),
        }
    }

    /// Takes one row; the first block is only kept.
    pub(crate) fn row(
        &mut self,
        out: &mut dyn Write,
        cells: &mut dyn Iterator<Item = Option<Cow<'_, str>>>,
    ) -> io::Result<()> {
        let shown: Vec<_> = cells.collect();
        let cells = (shown.iter().map(Option::as_deref))
            .map(|cell| cell.map_or(Cow::Borrowed(NOTHING), visible));
        if self.layout.is_some() {
            return self.write_row(out, &cells.collect::<Vec<_>>());
        }
        let row: Vec<String> = cells.map(Cow::into_owned).collect();
        self.block_bytes += row.iter().map(String::len).sum::<usize>();
        self.block.push(row);
        if self.block.len() < BLOCK && self.block_bytes < BLOCK_BYTES {
            return Ok(());
        }
        self.write_block(out)
    }

    /// Writes what was kept; a table without rows is nothing at all.
    pub(crate) fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        self.write_block(out)
    }

    fn write_block(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let block = std::mem::take(&mut self.block);
        let layout = self
            .layout
            .insert(layout(&self.names, self.header, self.terminal, &block));
        let Layout::Columns(widths) = layout else {
            return block.iter().try_for_each(|row| self.write_row(out, row));
        };
        // comfy-table breaks long cells into lines, which off a terminal nobody wants.
        let drawn = self.terminal.is_some() || block.iter().all(|row| fits(row, widths));
        let header = self.header.then_some(self.names.as_slice());
        let rows = if drawn { block.as_slice() } else { &[] };
        let lines = draw(header, rows, widths);
        write_lines(out, &lines, self.header && self.color)?;
        if drawn {
            return Ok(());
        }
        block.iter().try_for_each(|row| self.write_row(out, row))
    }

    fn write_row<S: AsRef<str>>(&mut self, out: &mut dyn Write, row: &[S]) -> io::Result<()> {
        let line = &mut self.line;
        line.clear();
        match &self.layout {
            Some(Layout::Columns(widths)) if self.terminal.is_some() && !fits(row, widths) => {
                let row: Vec<String> = row.iter().map(|cell| cell.as_ref().to_owned()).collect();
                return write_lines(out, &draw(None, &[row], widths), false);
            }
            Some(Layout::Columns(widths)) => {
                for (cell, width) in row.iter().zip(widths) {
                    pad(line, cell.as_ref(), usize::from(*width));
                }
                trim(line);
            }
            Some(Layout::Records) | None => {
                let terminal = usize::from(self.terminal.unwrap_or(u16::MAX));
                for (name, cell) in self.names.iter().zip(row) {
                    let name = self.header.then_some((*name, widest(&self.names)));
                    record_line(line, name, cell.as_ref(), terminal);
                }
            }
        }
        line.push('\n');
        out.write_all(line.as_bytes())
    }
}

/// Columns whose cells people copy: they are never broken within a word.
const COPIED: [&str; 13] = [
    "ani", "dnis", "domain", "id", "account", "parent_id", "number", "user", "login", "key",
    "code", "time", ONE_LINE,
];

/// The column whose cells stay on one line: an hour under its day reads as another route's.
const ONE_LINE: &str = "until";

/// Settles widths: as the cells want them where that fits; else the widest columns give way, those
/// with blanks to break at first, then within a word the one column of the longest; when even that is too
/// wide, records. What people copy stays whole, and so does the first column, which says which row it is.
fn layout(names: &[&str], header: bool, terminal: Option<u16>, block: &[Vec<String>]) -> Layout {
    let named = |name: &str| if header { columns(name) } else { 1 };
    let mut wanted: Vec<u16> = names.iter().map(|name| named(name)).collect();
    let mut words = wanted.clone();
    for row in block {
        for (index, cell) in row.iter().enumerate().take(names.len()) {
            let (wanted, word) = (&mut wanted[index], &mut words[index]);
            *wanted = columns(cell).min(WIDEST).max(*wanted);
            let longest = match names[index] {
                ONE_LINE => columns(cell),
                _ => cell.split(' ').map(columns).max().unwrap_or(0),
            };
            *word = longest.min(WIDEST).max(*word);
        }
    }
    let Some(terminal) = terminal else {
        return Layout::Columns(wanted);
    };
    let may_break = |column: &usize| !COPIED.contains(&names[*column]);
    let longest = (1..names.len()).filter(may_break);
    let longest = longest.max_by_key(|column| words[*column]);
    let mut least = words;
    let mut widths = squeeze(&wanted, &least, terminal);
    if let Some(column) = longest {
        least[column] = wanted[column].min(NARROWEST.max(named(names[column])));
        widths = widths.or_else(|| squeeze(&wanted, &least, terminal));
    }
    widths.map_or(Layout::Records, Layout::Columns)
}

/// The widest widths that fit a terminal, none below `least`.
fn squeeze(wanted: &[u16], least: &[u16], terminal: u16) -> Option<Vec<u16>> {
    let gaps = usize::from(GAP) * wanted.len().saturating_sub(1);
    let capped = |cap: u16| {
        let widths = wanted.iter().zip(least);
        widths
            .map(|(wanted, least)| (*wanted).min(cap).max(*least))
            .collect::<Vec<u16>>()
    };
    (1..=WIDEST).rev().map(capped).find(|widths| {
        let total = widths.iter().map(|w| usize::from(*w)).sum::<usize>() + gaps;
        total <= usize::from(terminal)
    })
}

/// Lets comfy-table draw rows in fixed widths.
fn draw(header: Option<&[&str]>, rows: &[Vec<String>], widths: &[u16]) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(STYLE);
    if let Some(header) = header {
        table.set_header(header.iter().copied());
    }
    for row in rows {
        let cells = row.iter().zip(widths);
        table.add_row(cells.map(|(cell, width)| fitted(cell, *width)));
    }
    let last = widths.len().saturating_sub(1);
    for (index, (column, width)) in table.column_iter_mut().zip(widths).enumerate() {
        let gap = if index == last { 0 } else { GAP };
        column.set_padding((0, gap));
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width + gap)));
    }
    table.lines().collect()
}

/// A cell broken at its column's width by us, where a word of it is wider than that or where it is a giant:
/// comfy-table breaks words anywhere, and its time grows with the square of a cell's length.
fn fitted(cell: &str, width: u16) -> Cow<'_, str> {
    if cell.len() <= GIANT && cell.split(' ').all(|word| columns(word) <= width) {
        return Cow::Borrowed(cell);
    }
    Cow::Owned(broken(cell, usize::from(width)))
}

/// A text with a line end wherever the next character would not fit: behind a blank or a mark where the
/// line has one. `device:` and `johns-cell` are read, `device:johns-ce` is not.
fn broken(cell: &str, width: usize) -> String {
    let mut broken = String::with_capacity(cell.len() + cell.len() / width.max(1));
    let (mut filled, mut mark) = (0, None);
    for c in cell.chars() {
        let wide = c.width().unwrap_or(0);
        if c == ' ' && filled == width {
            broken.push('\n');
            (filled, mark) = (0, None);
            continue;
        }
        while filled > 0 && filled + wide > width {
            let at = mark.take().unwrap_or(broken.len());
            broken.insert(at, '\n');
            filled = usize::from(columns(&broken[at + 1..]));
        }
        broken.push(c);
        filled += wide;
        if " :@/._-".contains(c) {
            mark = Some(broken.len());
        }
    }
    broken
}

fn write_lines(out: &mut dyn Write, lines: &[String], styled_header: bool) -> io::Result<()> {
    for (index, line) in lines.iter().enumerate() {
        let line = line.trim_end_matches(' ');
        match index {
            0 if styled_header => writeln!(out, "\u{1b}[1m{line}\u{1b}[0m")?,
            1 if styled_header => writeln!(out, "\u{1b}[2m{line}\u{1b}[0m")?,
            _ => writeln!(out, "{line}")?,
        }
    }
    Ok(())
}

fn fits<S: AsRef<str>>(row: &[S], widths: &[u16]) -> bool {
    row.iter()
        .zip(widths)
        .all(|(cell, width)| columns(cell.as_ref()) <= *width)
}

/// The cell, blanks up to the column's width, and the gap.
fn pad(line: &mut String, cell: &str, width: usize) {
    line.push_str(cell);
    let blanks = width.saturating_sub(usize::from(columns(cell))) + usize::from(GAP);
    line.extend(std::iter::repeat_n(' ', blanks));
}

/// `name  cell`; a cell with no room beside its name goes below it, broken where the terminal ends.
fn record_line(line: &mut String, name: Option<(&str, usize)>, cell: &str, terminal: usize) {
    let taken = name.map_or(0, |(_, width)| width + usize::from(GAP));
    if taken + usize::from(columns(cell)) <= terminal {
        if let Some((name, width)) = name {
            pad(line, name, width);
        }
        line.push_str(cell);
    } else {
        let mut indent = "";
        if let Some((name, _)) = name {
            line.push_str(name);
            line.push('\n');
            indent = "  ";
        }
        if usize::from(columns(cell)) + indent.len() > terminal
            && usize::from(columns(cell)) <= terminal
        {
            indent = "";
        }
        let room = terminal.saturating_sub(indent.len()).max(1);
        let lines = broken(cell, room);
        line.push_str(indent);
        line.push_str(&lines.replace('\n', &format!("\n{indent}")));
    }
    trim(line);
    line.push('\n');
}

fn trim(line: &mut String) {
    line.truncate(line.trim_end_matches(' ').len());
}

fn widest(names: &[&str]) -> usize {
    names
        .iter()
        .map(|name| usize::from(columns(name)))
        .max()
        .unwrap_or(0)
}

/// How many terminal columns a text takes.
fn columns(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, TableWriter, columns};

    fn table(terminal: Option<u16>, rows: &[[&str; 3]]) -> String {
        styled(terminal, rows, false)
    }

    fn styled(terminal: Option<u16>, rows: &[[&str; 3]], color: bool) -> String {
        named(["domain", "description", "reseller"], terminal, rows, color)
    }

    fn named(
        names: [&'static str; 3],
        terminal: Option<u16>,
        rows: &[[&str; 3]],
        color: bool,
    ) -> String {
        let mut out = Vec::new();
        let mut table = TableWriter::new(&names, true, terminal, color);
        for row in rows {
            table
                .row(&mut out, &mut row.iter().map(|cell| Some((*cell).into())))
                .expect("row");
        }
        table.finish(&mut out).expect("end");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn rows_after_the_first_block_look_like_those_in_it() {
        let row = ["acme.15611.service", "Zahnärzte 日本", "15611"];
        for terminal in [None, Some(80), Some(40), Some(20)] {
            let short = table(terminal, &vec![row; BLOCK]);
            let long = table(terminal, &vec![row; BLOCK + 7]);
            assert!(long.starts_with(&short), "{terminal:?}");
            assert!(short.matches("15611").count() >= BLOCK, "{terminal:?}");
            let tail: Vec<&str> = long.lines().skip(short.lines().count()).collect();
            let head: Vec<&str> = short
                .lines()
                .skip(short.lines().count() - tail.len())
                .collect();
            assert!(tail.len() >= 7);
            assert_eq!(tail, head, "{terminal:?}");
        }
    }

    #[test]
    fn a_terminal_is_never_overrun_while_columns_fit() {
        let long = "a description that is a good deal longer than any terminal is wide ".repeat(3);
        let rows = [["acme.15611.service", long.trim(), "15611"]; 3];
        for width in 36..200 {
            let text = table(Some(width), &rows);
            let widest = text.lines().map(columns).max().expect("lines");
            assert!(widest <= width, "{widest} > {width}:\n{text}");
            let words = |text: &str| text.replace(char::is_whitespace, "");
            assert!(words(&text).contains("15611"));
        }
    }

    #[test]
    fn any_width_is_survived_and_nothing_is_lost() {
        let rows = [[
            "acme.15611.service",
            "日本 and a verylongwordwithoutblanks",
            "1",
        ]];
        for width in 0..60 {
            let text = table(Some(width), &rows);
            let letters: usize = text.chars().filter(|c| *c == 'y').count();
            assert_eq!(letters, 1, "{width}:\n{text}");
        }
    }

    #[test]
    fn the_end_of_a_temporary_route_stands_on_one_line() {
        let rows = [[
            "device:front-desk-2", "2026-11-27 07:30", "acme.15611.service",
        ]; 2];
        for width in 50..70 {
            let text = named(
                ["destination", "until", "domain"],
                Some(width),
                &rows,
                false,
            );
            assert_eq!(
                text.matches("2026-11-27 07:30").count(),
                2,
                "{width}:\n{text}"
            );
        }
    }

    #[test]
    fn a_long_word_is_broken_behind_its_marks() {
        for (cell, width, lines) in [
            ("device:johns-cell", 15, "device:johns-|cell"),
            ("device:johns-cell", 8, "device:|johns-|cell"),
            (
                "sip:+14155550170@carrier.example",
                18,
                "sip:+14155550170@|carrier.example",
            ),
            ("nothing-to abcdefghijklm", 10, "nothing-to|abcdefghij|klm"),
            ("日本-日本語", 5, "日本-|日本|語"),
            ("abc", 0, "a|b|c"),
        ] {
            assert_eq!(
                super::broken(cell, width).replace('\n', "|"),
                lines,
                "{cell}"
            );
        }
    }

    #[test]
    fn a_narrow_terminal_gets_records() {
        insta::assert_snapshot!(
            table(Some(20), &[["acme.15611.service", "", "15611"]; 2]),
            @"
        domain
          acme.15611.service
        description
        reseller     15611

        domain
          acme.15611.service
        description
        reseller     15611
        "
        );
    }

    #[test]
    fn the_first_column_is_never_broken_and_of_the_others_one() {
        let id = "00000000-0000-4000-8000-000000015612";
        let text = table(Some(60), &[[id, "a", id]]);
        assert!(text.lines().any(|line| line.starts_with(id)), "{text}");
        // Records, before a second word is broken.
        let text = table(Some(60), &[[id, id, id]]);
        assert_eq!(
            text.lines().filter(|line| line.ends_with(id)).count(),
            3,
            "{text}"
        );
    }

    #[test]
    fn what_people_copy_is_never_broken_and_what_stands_beside_it_is() {
        let (id, domain) = (
            "20261126T093015Z-7f3aa3b9",
            "harborview-dental.15611.service",
        );
        for width in 30..100 {
            for other in ["a-destination-that-is-long", "some words that are long"] {
                let names = ["id", "domain", "destination"];
                let text = named(names, Some(width), &[[id, domain, other]], false);
                for whole in [id, domain] {
                    let stands = text.lines().any(|line| line.contains(whole));
                    assert!(stands || width < 31, "{width}:\n{text}");
                }
                let widest = text.lines().map(columns).max().expect("lines");
                assert!(widest <= width || width < 31, "{width}:\n{text}");
            }
        }
        let text = named(
            ["ani", "domain", "destination"],
            Some(70),
            &[["16165550101", domain, "a-destination-that-is-long"]],
            false,
        );
        assert!(text.starts_with("ani          domain"), "{text}");
    }

    #[test]
    fn a_wrapped_cell_stays_in_its_column() {
        insta::assert_snapshot!(
            table(Some(44), &[["acme.15611.service", "The dentists at the corner", "15611"]]),
            @"
        domain              description     reseller
        ────────────────────────────────────────────
        acme.15611.service  The dentists    15611
                            at the corner
        "
        );
    }

    #[test]
    fn off_a_terminal_nothing_is_wrapped_and_one_long_cell_moves_only_its_own_line() {
        let long = "x".repeat(300);
        let text = table(None, &[["a.example", &long, "1"], ["b.example", "y", "2"]]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[2], format!("a.example  {long}  1"));
        assert_eq!(lines[3].len(), "b.example  ".len() + 200 + "  2".len());
    }

    #[test]
    fn a_giant_cell_is_broken_whole_and_in_time() {
        let giant = "日x".repeat(100_000);
        let text = table(Some(60), &[["a.example", &giant, "1"]]);
        assert_eq!(text.matches('日').count(), 100_000);
        assert!(text.lines().all(|line| columns(line) <= 60));
    }

    #[test]
    fn only_the_header_is_styled() {
        let text = styled(None, &[["a", "b", "c"]], true);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("\u{1b}[1mdomain") && lines[0].ends_with("\u{1b}[0m"));
        assert!(lines[1].starts_with("\u{1b}[2m──"));
        assert_eq!(lines[2], "a       b            c");
    }
}
