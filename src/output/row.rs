//! What a list is made of: rows with named columns, each cell a text or nothing.

use std::borrow::Cow;

use crate::model::{DomainRecord, Route};

/// One row of a list. The column names are the JSON keys, the CSV header and the table's header.
pub trait Row {
    /// All columns in their order.
    const COLUMNS: &'static [&'static str];

    /// The cell at an index of [`Self::COLUMNS`]; none where the server told nothing, and beyond the end.
    fn cell(&self, column: usize) -> Option<&str>;

    /// The same as people see it in a table.
    fn shown(&self, column: usize) -> Option<Cow<'_, str>> {
        self.cell(column).map(Cow::Borrowed)
    }
}

impl Row for Route {
    const COLUMNS: &'static [&'static str] =
        &["ani", "dnis", "domain", "application", "destination"];

    fn cell(&self, column: usize) -> Option<&str> {
        match column {
            0 => self.ani.as_deref(),
            1 => self.dnis.as_deref(),
            2 => self.domain.as_deref(),
            3 => self.application.as_deref(),
            4 => self.destination.as_deref(),
            _ => None,
        }
    }

    fn shown(&self, column: usize) -> Option<Cow<'_, str>> {
        match column {
            0 | 1 => self.cell(column).map(crate::model::shown),
            _ => self.cell(column).map(Cow::Borrowed),
        }
    }
}

impl Row for DomainRecord {
    const COLUMNS: &'static [&'static str] = &["domain", "description", "reseller"];

    fn cell(&self, column: usize) -> Option<&str> {
        match column {
            0 => self.domain.as_deref(),
            1 => self.description.as_deref(),
            2 => self.reseller.as_deref(),
            _ => None,
        }
    }
}
