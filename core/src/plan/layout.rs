//! How a table is written, for whoever writes into it or in its form: rows as they stand, cell by cell.

use std::ops::Range;

use super::columns::{Column, Name};
use super::server::cells;
use crate::model::{Route, cell};

/// The form of one table.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    delimiter: u8,
    /// Where the header begins.
    pub(super) header_at: usize,
    /// What each column means.
    pub(super) columns: Vec<Name>,
    /// What ends a line.
    pub(super) line_end: &'static str,
    /// How new rows are written: as the header is.
    pub(super) form: Form,
}

/// How a cell is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// In quotes where it needs them.
    Plain,
    /// In quotes.
    Quoted,
}

impl Form {
    /// That of a cell as it stands.
    pub(super) fn of(raw: &str) -> Self {
        match raw.starts_with('"') {
            true => Self::Quoted,
            false => Self::Plain,
        }
    }
}

impl Default for Layout {
    fn default() -> Self {
        Self::new("", b',', 0, Vec::new())
    }
}

impl Layout {
    /// The form of a text whose header begins there.
    pub(super) fn new(text: &str, delimiter: u8, header_at: usize, columns: Vec<Name>) -> Self {
        let mut layout = Self {
            delimiter,
            header_at,
            columns,
            line_end: "\n",
            form: Form::Quoted,
        };
        let header = layout.record(text, header_at);
        let cells = header.cells(text);
        if cells.iter().any(|cell| Form::of(cell) == Form::Plain) {
            layout.form = Form::Plain;
        }
        let rest = text.get(header.range().end..).unwrap_or_default();
        let end = ["\r\n", "\r"].into_iter().find(|end| rest.starts_with(end));
        layout.line_end = end.unwrap_or("\n");
        layout
    }

    /// Where a column stands.
    pub(super) fn place(&self, column: Column) -> Option<usize> {
        self.columns
            .iter()
            .position(|name| *name == Name::Of(column))
    }

    /// Whether there is such a column.
    pub(super) fn has(&self, column: Column) -> bool {
        self.place(column).is_some()
    }

    /// The row that begins there, of a text that was read: every quote in it closes.
    pub(super) fn record(&self, text: &str, at: usize) -> Raw {
        let mut cells = Vec::with_capacity(self.columns.len());
        let mut start = at;
        loop {
            let rest = text.as_bytes().get(start..).unwrap_or_default();
            let end = start + self.cell(rest);
            cells.push(start..end);
            if text.as_bytes().get(end) != Some(&self.delimiter) {
                return Raw { at, cells };
            }
            start = end + 1;
        }
    }

    /// How long the first cell is, as it stands there.
    fn cell(&self, rest: &[u8]) -> usize {
        let ends = |byte: &u8| *byte == self.delimiter || matches!(byte, b'\r' | b'\n');
        let mut inside = rest.first() == Some(&b'"');
        let mut bytes = rest.iter().enumerate().skip(usize::from(inside));
        let end = bytes.find(|(_, byte)| {
            inside ^= **byte == b'"' && rest.first() == Some(&b'"');
            !inside && ends(byte)
        });
        end.map_or(rest.len(), |(at, _)| at)
    }

    /// A value as a cell.
    pub(super) fn written(&self, value: &str, form: Form) -> String {
        let text = cell::guard(value);
        let delimiter = char::from(self.delimiter);
        let needs_quotes = |c: char| c == delimiter || matches!(c, '"' | '\r' | '\n');
        if form == Form::Plain && !text.contains(needs_quotes) {
            return text.into_owned();
        }
        format!("\"{}\"", text.replace('"', "\"\""))
    }

    /// The cells of a new row; those of other columns are empty.
    pub(super) fn row(&self, route: &Route, state: &str, base: &str) -> Vec<String> {
        let [ani, dnis, domain, application, destination] = cells(route);
        let cells = self.columns.iter().map(|name| {
            let value = match name {
                Name::Of(Column::Ani) => ani,
                Name::Of(Column::Dnis) => dnis,
                Name::Of(Column::Domain) => domain,
                Name::Of(Column::Application) => application,
                Name::Of(Column::Destination) => destination,
                Name::Of(Column::State) => state,
                Name::Of(Column::Base) => base,
                Name::Free => "",
            };
            self.written(value, self.form)
        });
        cells.collect()
    }

    /// Cells as a row.
    pub(super) fn join(&self, cells: &[String]) -> String {
        cells.join(char::from(self.delimiter).to_string().as_str())
    }
}

/// One row as it stands: the bytes of its cells.
pub(super) struct Raw {
    at: usize,
    cells: Vec<Range<usize>>,
}

impl Raw {
    /// From its first byte to the end of its last cell.
    pub(super) fn range(&self) -> Range<usize> {
        self.at..self.cells.last().map_or(self.at, |last| last.end)
    }

    /// Its cells, quotes and all.
    pub(super) fn cells(&self, text: &str) -> Vec<String> {
        let cell = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default().to_owned();
        self.cells.iter().map(cell).collect()
    }
}
