//! A sheet brought up to date with the server, and everything else in it left byte for byte.
//!
//! Only cells of rows that nobody edited change, rows are appended, and nothing is ever written that the
//! sheet's columns cannot say: without `dnis` no route for single called numbers, without `application`
//! none but a user's.

use std::collections::HashSet;

use super::base::Base;
use super::claim::{Claim, claim};
use super::columns::Column;
use super::files::File;
use super::layout::{Form, Layout};
use super::lint::{Code, Warning};
use super::past::Kept;
use super::problems::FileErrors;
use super::refusal::{Refusal, said};
use super::rows::Row;
use super::server::Server;
use super::show;
use super::validate::{Judge, Value, Verdict, Wanted};
use super::{Operation, Request, sort};
use crate::model::{Change, DomainKey, Route, RouteKey};

/// What a sheet becomes.
#[derive(Debug, Default)]
pub struct Pulled {
    /// The whole text; none where nothing in it changes.
    pub text: Option<String>,
    /// What its rows say now and what they will, and the rows to come; sorted.
    pub operations: Vec<Operation>,
    /// Rows that get the server's value.
    pub updated: usize,
    /// Rows that are appended.
    pub added: usize,
    /// Rows that get a new `base` and nothing else.
    pub rebased: usize,
    /// Rows that stay as they are because the server has the same.
    pub unchanged: usize,
    /// Rows that were edited and stay.
    pub edited: usize,
    /// Rows whose route is gone; they keep their lines.
    pub gone: usize,
    /// Routes that the sheet's columns cannot say.
    pub not_held: usize,
    /// The last three in words, and what else a person should know.
    pub warnings: Vec<Warning>,
}

impl Pulled {
    /// For people: rows that change, and what stays and why.
    pub fn lines(&self, detail: show::Detail) -> Vec<show::Line> {
        let warnings = self.warnings.iter().map(Warning::shown);
        let mut lines = show::operations(&self.operations, detail);
        lines.extend(show::warnings(warnings, detail));
        lines
    }
}

/// Brings a sheet up to date; `time` is when the server's list was asked for, in milliseconds.
///
/// # Errors
/// Rows that cannot be read, and a file that is no sheet with a column `base` (exit 2).
pub fn pull(
    file: &File<'_>,
    server: &Server<'_>,
    request: &Request<'_>,
    time: i64,
) -> Result<Pulled, FileErrors> {
    file.problems().finish(&file.name)?;
    let Some(layout) = file.sheet() else {
        return Ok(Pulled::default());
    };
    let mut draft = Draft {
        file,
        layout,
        server,
        request,
        time,
        scope: file.scope(request.domains).into_iter().collect(),
        keys: HashSet::with_capacity(file.rows.len()),
        edits: Vec::new(),
        pulled: Pulled::default(),
    };
    draft.rows();
    draft.append();
    Ok(draft.finish())
}

struct Draft<'d, 'f, 's> {
    file: &'d File<'f>,
    layout: &'d Layout,
    server: &'d Server<'s>,
    request: &'d Request<'d>,
    time: i64,
    scope: HashSet<DomainKey>,
    keys: HashSet<RouteKey>,
    /// Bytes of the text and what stands there in their place.
    edits: Vec<(std::ops::Range<usize>, String)>,
    pulled: Pulled,
}

impl<'d, 'f, 's: 'd> Draft<'d, 'f, 's> {
    fn rows(&mut self) {
        let judge = Judge::of(self.server, self.request.raw_numbers);
        let mut problems = self.file.problems();
        for row in &self.file.rows {
            self.keys.extend(row.key());
            if !self
                .scope
                .contains(&DomainKey::of(row.text(Column::Domain)))
            {
                continue;
            }
            match judge.row(row, &mut problems) {
                Some(Verdict::Wanted(wanted)) => self.row(row, &wanted),
                Some(Verdict::Same(_)) => self.pulled.unchanged += 1,
                Some(Verdict::Ambiguous(key, rows)) => {
                    let source = self.file.source(row);
                    let refusal = Refusal::ambiguous(source, &key, &self.server.rows(&rows));
                    self.edited(row, refusal.message);
                }
                None => self.pulled.edited += 1,
            }
        }
        if let Err(errors) = problems.finish(&self.file.name) {
            let wrong = errors.problems().iter().map(|problem| {
                let place = format!("{}:{}", self.file.name, problem.line);
                Warning::at(Code::RowEdited, place, problem.message.clone())
            });
            self.pulled.warnings.extend(wrong);
        }
    }

    fn row(&mut self, row: &'d Row<'f>, wanted: &Wanted<'_>) {
        let now = wanted.standing.map(|index| &self.server.routes[index]);
        let key = &wanted.key;
        match (claim(wanted, now, self.request.past, true), now) {
            (Claim::Done, Some(now)) => self.stamp(row, wanted, now),
            (Claim::Done, None) => self.pulled.unchanged += 1,
            (Claim::Kept(_), Some(now)) => self.update(row, wanted, now),
            (Claim::Kept(when), None) => {
                self.pulled.gone += 1;
                let text = match when {
                    Kept::TakenBack => "an undo took it away",
                    _ => "its route is gone on the server",
                };
                self.warn(
                    Code::RouteGone,
                    row,
                    format!("`{key}`: {text}; the row stays"),
                );
            }
            (Claim::Open, _) => {
                let [now, yours] = [now.map(Value::of), wanted.value].map(said);
                self.edited(
                    row,
                    format!("`{key}` is not applied yet: now {now}, yours {yours}"),
                );
            }
            (Claim::Conflict(then), _) => {
                let refusal = Refusal::conflict(String::new(), wanted, then, now);
                self.edited(row, refusal.message);
            }
        }
    }

    fn warn(&mut self, code: Code, row: &Row<'_>, message: String) {
        let warning = Warning::at(code, self.file.source(row), message);
        self.pulled.warnings.push(warning);
    }

    fn edited(&mut self, row: &Row<'_>, message: String) {
        self.pulled.edited += 1;
        self.warn(Code::RowEdited, row, message);
    }

    fn base(&self, now: &Route) -> String {
        Base::of(now)
            .read_at(now.key().as_ref(), self.time)
            .to_string()
    }

    /// A row that agrees: its base is made anew where it no longer says so.
    fn stamp(&mut self, row: &Row<'_>, wanted: &Wanted<'_>, now: &Route) {
        let past = self.request.past;
        let is_fresh = wanted.base.is_some_and(|base| {
            let wrote = past.is_some_and(|past| past.wrote_since(&wanted.key, base));
            base.fits(Base::of(now)) && !wrote
        });
        if is_fresh {
            self.pulled.unchanged += 1;
            return;
        }
        self.pulled.rebased += 1;
        let base = self.base(now);
        self.set(row, &[(Column::Base, &base)]);
    }

    /// A row that nobody edited gets what the server has.
    fn update(&mut self, row: &Row<'_>, wanted: &Wanted<'_>, now: &Route) {
        let new = Value::of(now);
        if !self.layout.has(Column::Application) && new.application != "user" {
            return self.not_held(Some(row), now, "application");
        }
        let base = self.base(now);
        let mut cells = vec![
            (Column::Destination, new.destination),
            (Column::Base, &base),
        ];
        if wanted
            .value
            .is_none_or(|old| old.application != new.application)
        {
            let application = now.application.as_deref().unwrap_or_default();
            cells.push((Column::Application, application));
        }
        if wanted.value.is_none() {
            cells.push((Column::State, "present"));
        }
        self.set(row, &cells);
        self.pulled.updated += 1;
        let before = wanted.after(Some(now));
        let change = Change::between(wanted.key.clone(), before, Some(now.clone()));
        let source = self.file.source(row);
        let operation = change.map(|change| Operation { change, source });
        self.pulled.operations.extend(operation);
    }

    fn not_held(&mut self, row: Option<&Row<'_>>, route: &Route, column: &str) {
        self.pulled.not_held += 1;
        let message = format!("the sheet has no column `{column}` to say {route}");
        let mut warning = Warning::new(Code::NotHeld, message);
        warning.source = row.map(|row| self.file.source(row));
        self.pulled.warnings.push(warning);
    }

    fn set(&mut self, row: &Row<'_>, cells: &[(Column, &str)]) {
        let record = self.layout.record(self.file.text, row.at);
        let mut written = record.cells(self.file.text);
        for (column, value) in cells {
            let Some(place) = self.layout.place(*column) else {
                continue;
            };
            if written.len() <= place {
                written.resize(place + 1, String::new());
            }
            let form = Form::of(&written[place]);
            written[place] = self.layout.written(value, form);
        }
        self.edits
            .push((record.range(), self.layout.join(&written)));
    }

    /// Routes of the scope that the sheet lacks.
    fn append(&mut self) {
        let mut rows = Vec::new();
        for (index, route) in (0u32..).zip(self.server.routes) {
            let Some(key) = route.key() else { continue };
            let single = self.server.index.rows(&key) == [index];
            if !single || !self.scope.contains(&key.domain) || self.keys.contains(&key) {
                continue;
            }
            let user = route.application_or_user() == "user";
            if route.dnis.is_some() && !self.layout.has(Column::Dnis) {
                self.not_held(None, route, "dnis");
            } else if !user && !self.layout.has(Column::Application) {
                self.not_held(None, route, "application");
            } else {
                let cells = self.layout.row(route, "", &self.base(route));
                rows.push(self.layout.join(&cells));
                let change = Change::put(None, route.clone());
                let source = self.file.name.clone();
                let operation = change.map(|change| Operation { change, source });
                self.pulled.operations.extend(operation);
            }
        }
        if rows.is_empty() {
            return;
        }
        self.pulled.added = rows.len();
        let text = self.file.text;
        let end = self.layout.line_end;
        let mut added = rows.join(end);
        if text.ends_with(['\n', '\r']) {
            added.push_str(end);
        } else {
            added.insert_str(0, end);
        }
        self.edits.push((text.len()..text.len(), added));
    }

    fn finish(mut self) -> Pulled {
        sort(&mut self.pulled.operations);
        if !self.edits.is_empty() {
            self.pulled.text = Some(edited(self.file.text, self.edits));
        }
        self.pulled
    }
}

/// The text with some of its bytes replaced; the places do not overlap.
fn edited(text: &str, mut edits: Vec<(std::ops::Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut new = String::with_capacity(text.len() + edits.len() * 32);
    let mut at = 0;
    for (range, value) in edits {
        new.push_str(text.get(at..range.start).unwrap_or_default());
        new.push_str(&value);
        at = range.end;
    }
    new.push_str(text.get(at..).unwrap_or_default());
    new
}
