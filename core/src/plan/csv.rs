//! Reading CSV with the place of every cell: any of `,` `;` TAB, header first, the cell guard undone.
//!
//! The parser is `csv-core`, a field at a time, because only that tells where a cell stands; quotes
//! that do not close are refused here, since the parser would take the rest of the file for one cell.

use std::borrow::Cow;

use super::columns::{Column, Name, find, misspelt};
use super::layout::Layout;
use super::problems::{Place, Problems, quoted};
use super::rows::{Cell, MAX_ROWS, Row};
use crate::model::{cell, count};

/// What a table says, and how it is written.
#[derive(Default)]
pub(super) struct Table<'a> {
    pub(super) rows: Vec<Row<'a>>,
    pub(super) layout: Layout,
}

/// Reads a table whose columns are among `allowed`, of which `required` must be there.
///
/// Rows without any value are skipped; rows that cannot be read become problems. None when the
/// header is wrong: then no row means anything.
pub(super) fn read<'a>(
    text: &'a str,
    allowed: &[Column],
    required: &[Column],
    problems: &mut Problems<'_>,
) -> Option<Table<'a>> {
    let (at, delimiter) = separator_line(text).unwrap_or_else(|| (0, delimiter(text)));
    let mut records = Records::new(text, delimiter);
    records.at = at;
    let Some(header) = records.next() else {
        return Some(Table::default());
    };
    let columns = columns(&header, allowed, required, problems);
    if !problems.is_empty() {
        return None;
    }
    let layout = Layout::new(text, delimiter, header.at, columns);
    let mut rows = Vec::new();
    let mut place = Place::new(text);
    for record in records {
        if problems.is_full() {
            break;
        }
        if rows.len() == MAX_ROWS {
            problems.add(
                record.at,
                format!("more than {MAX_ROWS} rows: split the file"),
            );
            break;
        }
        place.advance(record.at);
        rows.extend(row(record, &layout.columns, place.line, problems));
    }
    Some(Table { rows, layout })
}

/// A table of anybody's columns without the lines before its header: how many those are, the rest, and
/// its delimiter, under which the header has most cells.
pub(super) fn form(text: &str) -> (usize, &str, u8) {
    let named = separator_line(text);
    let rest = text
        .get(named.map_or(0, |(at, _)| at)..)
        .unwrap_or_default();
    let table = rest.trim_start_matches(['\r', '\n']);
    let skipped = text.len() - table.len();
    let lines = text.get(..skipped).unwrap_or_default().lines().count();
    let delimiter = named.map_or_else(|| delimiter(table), |(_, delimiter)| delimiter);
    (lines, table, delimiter)
}

/// One record as it stands in the text.
struct Record<'a> {
    at: usize,
    cells: Vec<RawCell<'a>>,
}

struct RawCell<'a> {
    text: Cow<'a, str>,
    at: usize,
    closed: bool,
}

/// The records of a text; blank lines are no records.
struct Records<'a> {
    text: &'a str,
    at: usize,
    delimiter: u8,
    parser: csv_core::Reader,
    buffer: Vec<u8>,
}

impl<'a> Records<'a> {
    fn new(text: &'a str, delimiter: u8) -> Self {
        Self {
            text,
            at: 0,
            delimiter,
            parser: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            buffer: vec![0; 256],
        }
    }

    /// The next cell and whether it is its record's last; none at the end of the text.
    fn cell(&mut self) -> Option<(RawCell<'a>, bool)> {
        use csv_core::ReadFieldResult as Read;
        let start = self.at;
        let mut filled = 0;
        loop {
            let input = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let (result, used, written) = self.parser.read_field(input, &mut self.buffer[filled..]);
            self.at += used;
            filled += written;
            match result {
                Read::InputEmpty => {}
                Read::OutputFull => self.buffer.resize(self.buffer.len() * 2, 0),
                Read::Field { record_end } => {
                    return Some((self.finish(start, filled), record_end));
                }
                Read::End => return None,
            }
        }
    }

    fn finish(&self, start: usize, filled: usize) -> RawCell<'a> {
        let raw = self.text.get(start..self.at).unwrap_or_default();
        let value = &self.buffer[..filled];
        let text = match self.text.get(start..start + filled) {
            Some(same) if same.as_bytes() == value => Cow::Borrowed(same),
            _ => Cow::Owned(String::from_utf8_lossy(value).into_owned()),
        };
        RawCell {
            text,
            at: start,
            closed: is_closed(raw, self.delimiter),
        }
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        // The parser reads over blank lines by itself; the record starts after them.
        let rest = self.text.get(self.at..)?;
        self.at += rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        let at = self.at;
        let mut cells = Vec::new();
        loop {
            let (cell, last) = self.cell()?;
            cells.push(cell);
            if last {
                return Some(Record { at, cells });
            }
        }
    }
}

/// Whether a cell that opens a quote also closes it right before its end.
fn is_closed(raw: &str, delimiter: u8) -> bool {
    if !raw.starts_with('"') {
        return true;
    }
    let body = raw
        .strip_suffix([char::from(delimiter), '\r', '\n'])
        .unwrap_or(raw);
    body.ends_with('"') && body.bytes().filter(|b| *b == b'"').count() % 2 == 0
}

/// A first line `sep=;`, which some spreadsheets write and want: where the rest begins, and what it says.
fn separator_line(text: &str) -> Option<(usize, u8)> {
    let line = text.split(['\r', '\n']).next()?;
    match line.as_bytes() {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter]
            if delimiter.is_ascii_punctuation() || *delimiter == b'\t' =>
        {
            Some((line.len(), *delimiter))
        }
        _ => None,
    }
}

/// The delimiter under which the header reads best: most known names, then most cells.
fn delimiter(text: &str) -> u8 {
    let text = text.trim_start_matches(['\r', '\n']);
    let line = text.split(['\r', '\n']).next().unwrap_or_default();
    let score = |delimiter: u8| {
        let header = Records::new(line, delimiter).next();
        let cells = header.map(|header| header.cells).unwrap_or_default();
        let known = cells.iter().filter(|cell| find(&cell.text).is_some());
        (known.count(), cells.len())
    };
    // The last of equals wins, so the usual one stands last.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|delimiter| score(*delimiter))
        .unwrap_or(b',')
}

/// What each column of the header means; all its mistakes become problems.
fn columns(
    header: &Record<'_>,
    allowed: &[Column],
    required: &[Column],
    problems: &mut Problems<'_>,
) -> Vec<Name> {
    if header.cells.iter().all(|cell| find(&cell.text).is_none()) {
        problems.add(
            header.at,
            format!(
                "the first line is no header: it must name the columns, such as `ani,dnis,domain,application,destination`, and starts with {}",
                quoted(&header.cells[0].text)
            ),
        );
        return vec![Name::Free; header.cells.len()];
    }
    let mut columns = Vec::with_capacity(header.cells.len());
    for cell in &header.cells {
        let name = match find(&cell.text) {
            Some(Name::Of(column)) if columns.contains(&Name::Of(column)) => {
                let message = format!("two columns mean `{}`", column.name());
                problems.add(cell.at, message);
                Name::Free
            }
            Some(Name::Of(column)) if !allowed.contains(&column) => {
                let message = format!("a column `{}` means nothing in this file", column.name());
                problems.add(cell.at, message);
                Name::Free
            }
            Some(name) => name,
            // Spreadsheets write columns that hold nothing.
            None if cell.text.trim().is_empty() => Name::Free,
            None => {
                match misspelt("column", &cell.text) {
                    Some(message) => problems.add(cell.at, message),
                    None => drop(problems.foreign.insert(cell.text.trim().to_owned())),
                }
                Name::Free
            }
        };
        columns.push(name);
    }
    // A misspelt name is one mistake, not two.
    if problems.is_empty() {
        for column in required {
            let excused =
                *column == Column::Destination && columns.contains(&Name::Of(Column::State));
            if !excused && !columns.contains(&Name::Of(*column)) {
                let message = format!("the header has no column `{}`", column.name());
                problems.add(header.at, message);
            }
        }
    }
    columns
}

/// The cells of a record under their columns; none when it is blank or cannot be read.
fn row<'a>(
    record: Record<'a>,
    columns: &[Name],
    line: usize,
    problems: &mut Problems<'_>,
) -> Option<Row<'a>> {
    if record.cells.iter().all(|cell| cell.text.trim().is_empty()) {
        return None;
    }
    if let Some(open) = record.cells.iter().find(|cell| !cell.closed) {
        problems.add(
            open.at,
            "the quote that opens this cell is not closed right before the next delimiter",
        );
        return None;
    }
    let extra = record.cells.get(columns.len()..).unwrap_or_default();
    if let Some(first) = extra
        .first()
        .filter(|_| extra.iter().any(|cell| !cell.text.is_empty()))
    {
        problems.add(
            first.at,
            format!(
                "the row has {} where the header has {}: a value that holds the delimiter needs quotes",
                count(record.cells.len(), "cell"),
                columns.len()
            ),
        );
        return None;
    }
    let mut row = Row::new(line, record.at);
    let mut meant = false;
    for (name, cell) in columns.iter().zip(record.cells) {
        if let Name::Of(column) = name {
            meant |= !cell.text.is_empty();
            row.cells[*column as usize] = Cell {
                text: unguard(cell.text),
                at: cell.at,
            };
        }
    }
    // A row of notes alone is a heading of the person's own.
    meant.then_some(row)
}

fn unguard(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => cell::unguard(text),
        Cow::Owned(text) => Cow::Owned(cell::unguard(&text).into_owned()),
    }
}
