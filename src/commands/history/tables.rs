//! Runs and their changes as tables, and what is said beside those of one run.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::{Timestamp, Zoned};

use super::{Shown, for_people, whose};
use crate::api::Completeness;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::journal::{Entry, Header, Outcome};
use crate::model::{Op, Route, Row, when};
use crate::output::Fields;

/// The columns of the list of runs, for completion.
pub(in crate::commands) const COLUMNS: &[&str] = RunRow::COLUMNS;

/// One run in a line.
struct RunRow([String; 8]);

impl Row for RunRow {
    const COLUMNS: &'static [&'static str] = &[
        "id", "time", "status", "changes", "command", "account", "profile", "sandbox",
    ];

    fn cell(&self, column: usize) -> Option<&str> {
        self.0.get(column).map(String::as_str)
    }

    fn shown(&self, column: usize) -> Option<Cow<'_, str>> {
        told::<Self>(column, self.cell(column)?)
    }
}

pub(super) fn runs(ctx: &Context, entries: &[Shown]) -> Result<(), Error> {
    let rows = entries.iter().map(|run| {
        let header = run.header();
        let of = |cell: fn(&Header) -> String| header.map(cell).unwrap_or_default();
        let status = run.entry().map_or("damaged", |entry| entry.status.as_str());
        let changes = run.entry();
        let changes = changes.map(|run| run.changes.len() + usize::from(run.api.is_some()));
        RunRow([
            run.id().map(ToString::to_string).unwrap_or_default(),
            run.time()
                .map(|time| format!("{time:.0}"))
                .unwrap_or_default(),
            status.to_owned(),
            changes.map(|count| count.to_string()).unwrap_or_default(),
            of(|header| header.command.clone()),
            of(|header| {
                header
                    .account
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default()
            }),
            of(|header| header.profile.clone()),
            of(|header| header.sandbox.to_string()),
        ])
    });
    let fields = ctx.fields::<RunRow>()?;
    list(ctx, fields, "run", rows)
}

/// One change of a run.
struct ChangeRow([Option<String>; 9]);

impl Row for ChangeRow {
    const COLUMNS: &'static [&'static str] = &[
        "id", "time", "op", "ani", "dnis", "domain", "before", "after", "result",
    ];

    fn cell(&self, column: usize) -> Option<&str> {
        self.0.get(column)?.as_deref()
    }

    fn shown(&self, column: usize) -> Option<Cow<'_, str>> {
        told::<Self>(column, self.cell(column)?)
    }
}

/// A cell as people see it: times as everywhere.
fn told<T: Row>(column: usize, cell: &str) -> Option<Cow<'_, str>> {
    match cell.parse::<Timestamp>() {
        Ok(time) if T::COLUMNS[column] == "time" => Some(when(time, &Zoned::now()).into()),
        _ => Some(cell.into()),
    }
}

/// The columns of one run's changes.
const OF_ONE: &str = "op,ani,dnis,domain,before,after,result";

/// One run: which it is, its changes, and why some of them failed.
pub(super) fn one(ctx: &Context, runs: &[Shown]) -> Result<(), Error> {
    let entries = || runs.iter().filter_map(Shown::entry);
    entries().for_each(|run| head(ctx, run));
    if for_people(ctx) && entries().all(|run| run.api.is_some()) {
        return Ok(());
    }
    changes(ctx, runs, Some(OF_ONE))?;
    ctx.ui.show_results();
    entries().for_each(|run| reasons(ctx, run));
    Ok(())
}

/// Which run the changes are of.
fn head(ctx: &Context, entry: &Entry) {
    let status = entry.status.as_str();
    let (id, time) = (&entry.id, when(entry.time, &Zoned::now()));
    let command = &entry.header.command;
    ctx.ui.status(&format!("{id} {time} {status}: {command}"));
    if let Some(whose) = whose::made_by(ctx, &entry.header) {
        ctx.ui.status(&whose);
    }
    if let Some(write) = &entry.api {
        let (intent, outcome) = (&write.intent, write.outcome.as_str());
        let code = write.outcome.http_status();
        let code = code.map_or_else(String::new, |code| format!(" {code}"));
        ctx.ui.status(&format!(
            "{} {}: {outcome}{code}",
            intent.method, intent.path
        ));
    }
}

/// Why writes of a run failed, once each, below its changes.
fn reasons(ctx: &Context, entry: &Entry) {
    let mut said = BTreeSet::new();
    for one in &entry.changes {
        if let Outcome::Failed { error } = &one.outcome
            && said.insert(error)
        {
            ctx.ui.status(&format!("{}: {error}", one.intent.key));
        }
    }
}

pub(super) fn changes(
    ctx: &Context,
    entries: &[Shown],
    columns: Option<&str>,
) -> Result<(), Error> {
    let entries = entries.iter().filter_map(Shown::entry);
    let changes = entries.flat_map(|run| run.changes.iter().map(move |one| (run, one)));
    let rows = changes.map(|(run, one)| {
        let change = &one.intent;
        let op = match change.op {
            Op::Add => "add",
            Op::Change => "change",
            Op::Delete => "delete",
        };
        ChangeRow([
            Some(run.id.to_string()),
            Some(format!("{:.0}", run.time)),
            Some(op.to_owned()),
            Some(change.key.ani.to_string()),
            change.key.dnis.as_ref().map(ToString::to_string),
            Some(change.key.domain.to_string()),
            change.before.as_ref().map(Route::value),
            change.after.as_ref().map(Route::value),
            Some(one.outcome.as_str().to_owned()),
        ])
    });
    let fields = match columns.filter(|_| ctx.output.fields.is_none()) {
        Some(columns) => {
            Fields::parse::<ChangeRow>(columns).map_err(|error| Error::of(Code::Internal, error))?
        }
        None => ctx.fields::<ChangeRow>()?,
    };
    list(ctx, fields, "change", rows)
}

fn list<T: Row>(
    ctx: &Context,
    fields: Fields,
    noun: &str,
    mut rows: impl Iterator<Item = T>,
) -> Result<(), Error> {
    ctx.print_list(fields, noun, |receive| {
        let mut received = 0;
        rows.try_for_each(|row| {
            received += 1;
            receive(&row)
        })
        .map_err(|_| crate::api::Error::Halted)?;
        Ok(Completeness {
            received,
            ..Completeness::default()
        })
    })
}
