//! A file of routes as it was written: rows with the place of every cell, not yet judged.
//!
//! Whether a row makes sense cannot be said here: whatever equals what stands on the server is
//! accepted, however odd (`design.md` §6 "Files"), so that [`super::plan`] judges rows against it.
//! Here only what no server can excuse is refused: bytes, quotes, headers, JSON, emptiness.

use std::collections::BTreeSet;

use super::base::Base;
use super::columns::{CELLS, Column, Name};
use super::layout::Layout;
use super::problems::{FileErrors, Problems};
use super::rows::{Row, text};
use super::{csv, json};
use crate::model::{Domain, DomainKey, RouteKey};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A header and rows.
    Csv,
    /// The array of `routes list --json`, the envelope `skyswitch.routes/1`, or an object a line.
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
    /// Columns that mean nothing here.
    pub(super) foreign: BTreeSet<String>,
    /// How a table is written; none for JSON.
    pub(super) layout: Option<Layout>,
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
            foreign: BTreeSet::new(),
            layout: None,
        };
        if text.trim_start().starts_with(['[', '{']) {
            file.format = Format::Json;
            let json = json::read(text, &mut problems);
            (file.rows, file.account, file.scope) = (json.rows, json.account, json.scope);
        } else {
            let required = [Column::Ani, Column::Domain, Column::Destination];
            match csv::read(text, &ALL, &required, &mut problems) {
                Some(table) => (file.rows, file.layout) = (table.rows, Some(table.layout)),
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
                    "the file {what}: nothing follows from it, and nothing is ever deleted because of it"
                ),
            );
        }
        if file.rows.is_empty() {
            problems.finish(name)?;
            return Ok(file);
        }
        file.foreign = std::mem::take(&mut problems.foreign);
        file.drop_foreign_state();
        file.broken = problems.into_found();
        Ok(file)
    }

    /// `state` is ours only if all its values are; else it names where somebody lives.
    fn drop_foreign_state(&mut self) {
        let is_ours = |row: &Row<'_>| {
            let state = row.text(Column::State).trim().to_lowercase();
            matches!(&*state, "" | "present" | "absent")
        };
        if self.rows.iter().all(is_ours) {
            return;
        }
        self.foreign.insert("state".to_owned());
        for row in &mut self.rows {
            row.cells[Column::State as usize].text = "".into();
        }
        let columns = self
            .layout
            .iter_mut()
            .flat_map(|layout| &mut layout.columns);
        for column in columns.filter(|column| **column == Name::Of(Column::State)) {
            *column = Name::Free;
        }
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

    /// Its form, where it is a sheet that [`super::pull()`] can keep: a table with a column `base`.
    pub(super) fn sheet(&self) -> Option<&Layout> {
        self.layout
            .as_ref()
            .filter(|layout| layout.has(Column::Base))
    }

    /// Whether it is one.
    pub fn is_sheet(&self) -> bool {
        self.sheet().is_some()
    }

    /// The keys that its rows name.
    pub fn keys(&self) -> Vec<RouteKey> {
        self.rows.iter().filter_map(Row::key).collect()
    }

    /// The keys of rows that have a fingerprint, and the time of the oldest one, in milliseconds.
    pub fn based(&self) -> (Vec<RouteKey>, Option<i64>) {
        let base = |row: &Row<'_>| Base::parse(row.text(Column::Base).trim());
        let rows = self.rows.iter();
        let oldest = rows.filter_map(base).map(Base::time).min();
        let keys = oldest.map_or_else(Vec::new, |_| self.keys());
        (keys, oldest)
    }

    /// Whether rows have a fingerprint: then it is a sheet that lives on.
    pub(super) fn has_bases(&self) -> bool {
        (self.rows.iter()).any(|row| !row.text(Column::Base).is_empty())
    }

    /// The domains a plan may touch: the named ones, else the envelope's, else those of the rows.
    pub fn scope(&self, named: &[Domain]) -> BTreeSet<DomainKey> {
        match (named, &self.scope) {
            ([], Some(scope)) => scope.iter().map(Domain::key).collect(),
            ([], None) => (self
                .domain_names()
                .into_iter()
                .filter(|name| !name.is_empty()))
            .map(DomainKey::of)
            .collect(),
            (named, _) => named.iter().map(Domain::key).collect(),
        }
    }

    /// Where a domain stands first, if a row names it.
    pub fn first_of(&self, domain: &DomainKey) -> Option<String> {
        let is_it = |row: &&Row<'_>| DomainKey::of(row.text(Column::Domain)) == *domain;
        self.rows.iter().find(is_it).map(|row| self.source(row))
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
