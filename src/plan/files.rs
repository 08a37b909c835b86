//! A file of routes as it was written: rows with the place of every cell, not yet judged.
//!
//! Whether a row makes sense cannot be said here: whatever equals what stands on the server is
//! accepted, however odd (`design.md` §6 "Files"), so that [`super::plan`] judges rows against it.
//! Here only what no server can excuse is refused: bytes, quotes, headers, JSON, emptiness.

use std::borrow::Cow;

use std::collections::BTreeSet;

use super::columns::{CELLS, Column};
use super::problems::{FileErrors, Problems};
use super::{csv, json};
use crate::model::Domain;

/// The largest file that is read, in bytes; callers need not read more than one byte beyond.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;

/// The most rows a file may have.
pub const MAX_ROWS: usize = 1_000_000;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A header and rows.
    Csv,
    /// The array of `routes list --json`, or the envelope `skyswitch.routes/1`.
    Json,
}

/// A file of routes, readable, with at least one row or a scope of its own.
#[derive(Debug)]
pub struct File<'a> {
    pub(super) name: String,
    pub(super) text: &'a str,
    pub(super) format: Format,
    pub(super) rows: Vec<Row<'a>>,
    pub(super) account: Option<(String, usize)>,
    pub(super) scope: Option<Vec<Domain>>,
    /// Rows that cannot be read: said together with those that cannot be planned.
    broken: Vec<(usize, String)>,
}

/// One row; its place is that of its first byte.
#[derive(Clone, Debug)]
pub(super) struct Row<'a> {
    pub(super) line: usize,
    pub(super) at: usize,
    pub(super) cells: [Cell<'a>; CELLS],
}

/// One value as it stands in the file; empty for a missing column, JSON `null` and an absent key.
#[derive(Clone, Debug)]
pub(super) struct Cell<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) at: usize,
}

impl<'a> Row<'a> {
    pub(super) fn new(line: usize, at: usize) -> Self {
        let empty = Cell {
            text: Cow::Borrowed(""),
            at,
        };
        Self {
            line,
            at,
            cells: std::array::from_fn(|_| empty.clone()),
        }
    }

    pub(super) fn text(&self, column: Column) -> &str {
        &self.cells[column as usize].text
    }

    pub(super) fn place(&self, column: Column) -> usize {
        self.cells[column as usize].at
    }

    /// The cells that make a route, in the reference's order; empty for none.
    pub(super) fn route_cells(&self) -> [&str; 5] {
        [
            self.text(Column::Ani),
            self.text(Column::Dnis),
            self.text(Column::Domain),
            self.text(Column::Application),
            self.text(Column::Destination),
        ]
    }
}

impl<'a> File<'a> {
    /// Reads CSV or JSON, whichever the first character tells; `name` is used in messages only.
    ///
    /// # Errors
    /// What leaves no row to look at: not UTF-8, too large, a header or JSON that cannot be read,
    /// an unknown envelope, no rows (exit 2). Rows that are broken beside good ones are kept for
    /// [`super::plan`], which names every mistake of the file at once.
    pub fn read(name: &str, bytes: &'a [u8]) -> Result<Self, FileErrors> {
        let text = text(name, bytes)?;
        let mut problems = Problems::new(text);
        let mut file = Self {
            name: name.to_owned(),
            text,
            format: Format::Csv,
            rows: Vec::new(),
            account: None,
            scope: None,
            broken: Vec::new(),
        };
        if text.trim_start().starts_with(['[', '{']) {
            file.format = Format::Json;
            json::read(&mut file, &mut problems);
        } else {
            let required = [Column::Ani, Column::Domain, Column::Destination];
            match csv::read(text, &ALL, &required, &mut problems) {
                Some(rows) => file.rows = rows,
                None => return Err(problems.into_errors(name)),
            }
        }
        if problems.is_empty() && file.rows.is_empty() && file.scope.is_none() {
            let what = if text.is_empty() {
                "is empty"
            } else {
                "has no rows"
            };
            problems.add(
                0,
                format!(
                    "the file {what}: nothing is planned from it, and nothing is ever deleted because of it"
                ),
            );
        }
        if file.rows.is_empty() {
            problems.finish(name)?;
            return Ok(file);
        }
        file.broken = problems.into_found();
        Ok(file)
    }

    /// What is wrong so far, to be gone on with.
    pub(super) fn problems(&self) -> Problems<'a> {
        Problems::with(self.text, self.broken.clone())
    }

    /// The name the file was read under.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the file is written, for a file of its failed rows.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The domains of its rows as they are spelled, each spelling once, sorted.
    pub fn domain_names(&self) -> Vec<&str> {
        let names = self.rows.iter().map(|row| row.text(Column::Domain));
        let names: BTreeSet<&str> = names.collect();
        names.into_iter().collect()
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// `routes.csv:12`.
    pub(super) fn source(&self, row: &Row<'_>) -> String {
        format!("{}:{}", self.name, row.line)
    }
}

/// Every column of a file of routes.
const ALL: [Column; CELLS] = [
    Column::Ani,
    Column::Dnis,
    Column::Domain,
    Column::Application,
    Column::Destination,
    Column::State,
    Column::Base,
];

/// The bytes as text without a byte order mark; every other encoding is named and refused.
pub(super) fn text<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str, FileErrors> {
    let refuse = |text: &str, at: usize, message: &str| {
        let mut problems = Problems::new(text);
        problems.add(at, message);
        problems.finish(name)
    };
    if bytes.len() > MAX_BYTES {
        refuse("", 0, "the file is larger than 256 MiB: split it")?;
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let message = "the file is UTF-16: save it as `CSV UTF-8`";
        refuse("", 0, message)?;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => {
            let good = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            let message = "here the file is not UTF-8: save it as `CSV UTF-8`";
            refuse(good, good.len(), message)?;
            Ok(good)
        }
    }
}
