//! `skyswitch history`

use jiff::Timestamp;
use serde::Serialize;

use super::routes::{number, parse_domain};
use crate::api::Completeness;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::journal::{Entry, Filter, RunId, Unreadable, parse_since};
use crate::model::{Op, Route, Row};
use crate::output::{Fields, Format};

/// What this machine changed, with the values that stood there before
///
/// Newest first. Every write of every command is here, whichever account it went to; runs in the
/// sandbox are kept apart and shown with `--sandbox`. Nothing is asked of the server: a run that
/// never ended is `interrupted` until the next `apply` or `undo` settles it. A run whose file is not
/// as it was written is `damaged`: nothing of it is believed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this run, with all its changes: its id, its beginning or its last four digits
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Only runs that wrote to this domain
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// Only runs that wrote a route of this caller
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    ani: Option<String>,
    /// Only runs since then: a time, a date, or an age such as `90m`, `24h`, `7d`
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    let filter = filter(ctx, args)?;
    let mut entries = entries(ctx, args)?;
    entries.retain(|run| match run {
        Shown::Run(entry) => filter.accepts(entry),
        Shown::Damaged(bad) => filter.may_accept(bad),
    });
    for warning in entries.iter().flat_map(Shown::warnings) {
        ctx.ui.warning(warning);
    }
    match ctx.output.format {
        Format::Json => {
            ctx.refuse_fields()?;
            ctx.print_json(&entries)
        }
        _ if ctx.output.jq.is_some() => ctx.print_json(&entries),
        Format::Ndjson => {
            ctx.refuse_fields()?;
            for entry in &entries {
                let line = serde_json::to_string(entry)
                    .map_err(|error| Error::of(Code::Internal, error))?;
                ctx.ui.data_line(&line);
            }
            Ok(())
        }
        _ if args.id.is_some() => changes(ctx, &entries),
        _ => runs(ctx, &entries),
    }
}

/// A run, or what is known of one that cannot be believed.
#[derive(Serialize)]
#[serde(untagged)]
enum Shown {
    Run(Entry),
    Damaged(Unreadable),
}

impl Shown {
    fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Run(entry) => Some(entry),
            Self::Damaged(_) => None,
        }
    }

    fn warnings(&self) -> &[String] {
        self.entry().map_or(&[], |entry| &entry.warnings)
    }
}

fn filter(ctx: &Context, args: &Args) -> Result<Filter, Error> {
    let since = match args.since.as_deref() {
        None => None,
        Some(text) => Some(
            parse_since(text, Timestamp::now())
                .map_err(|error| Error::of(Code::InvalidInput, error))?,
        ),
    };
    Ok(Filter {
        domain: args
            .domain
            .as_deref()
            .map(parse_domain)
            .transpose()?
            .map(|domain| domain.key()),
        ani: args
            .ani
            .as_deref()
            .map(|text| number(ctx, "--ani", text))
            .transpose()?
            .map(|number| number.key()),
        since,
    })
}

fn entries(ctx: &Context, args: &Args) -> Result<Vec<Shown>, Error> {
    let journal = ctx.journal()?;
    if let Some(id) = &args.id {
        return Ok(vec![Shown::Run(journal.find(id)?)]);
    }
    let mut entries = Vec::new();
    for item in journal.entries()? {
        match item {
            Ok(entry) => entries.push(Shown::Run(entry)),
            Err(bad) => {
                ctx.ui.warning(&bad.to_string());
                if bad.fault.blocks {
                    entries.push(Shown::Damaged(bad));
                }
            }
        }
    }
    Ok(entries)
}

/// The columns of the list of runs, for completion.
pub(super) const COLUMNS: &[&str] = RunRow::COLUMNS;

/// One run in a line.
struct RunRow([String; 8]);

impl Row for RunRow {
    const COLUMNS: &'static [&'static str] = &[
        "id", "time", "status", "changes", "command", "account", "profile", "sandbox",
    ];

    fn cell(&self, column: usize) -> Option<&str> {
        self.0.get(column).map(String::as_str)
    }
}

fn runs(ctx: &Context, entries: &[Shown]) -> Result<(), Error> {
    let rows = entries.iter().map(|run| {
        let (id, time, status, changes, header) = match run {
            Shown::Run(entry) => {
                let changes = entry.changes.len() + usize::from(entry.api.is_some());
                let (id, time) = (Some(&entry.id), Some(entry.time));
                let status = entry.status.as_str();
                (id, time, status, changes.to_string(), Some(&entry.header))
            }
            Shown::Damaged(bad) => {
                let (id, header) = (bad.id.as_ref(), bad.fault.header.as_deref());
                let time = id.and_then(RunId::time);
                (id, time, "damaged", String::new(), header)
            }
        };
        let account = header.and_then(|header| header.account.as_ref());
        RunRow([
            id.map(ToString::to_string).unwrap_or_default(),
            time.map(|time| format!("{time:.0}")).unwrap_or_default(),
            status.to_owned(),
            changes,
            header.map_or_else(String::new, |header| header.command.clone()),
            account.map(ToString::to_string).unwrap_or_default(),
            header.map_or_else(String::new, |header| header.profile.clone()),
            header.map_or_else(String::new, |header| header.sandbox.to_string()),
        ])
    });
    let fields = match &ctx.output.fields {
        // Of a person's own runs the rest is nearly always the same.
        None if ctx.output.format == Format::Table => {
            Fields::parse::<RunRow>("id,time,status,changes,command")
                .map_err(|error| Error::of(Code::Internal, error))?
        }
        _ => ctx.fields::<RunRow>()?,
    };
    list(ctx, fields, "run", rows)
}

/// One change of a run.
struct ChangeRow([Option<String>; 7]);

impl Row for ChangeRow {
    const COLUMNS: &'static [&'static str] =
        &["op", "ani", "dnis", "domain", "before", "after", "result"];

    fn cell(&self, column: usize) -> Option<&str> {
        self.0.get(column)?.as_deref()
    }
}

fn changes(ctx: &Context, entries: &[Shown]) -> Result<(), Error> {
    let entries = || entries.iter().filter_map(Shown::entry);
    for entry in entries() {
        ctx.ui.status(&format!(
            "{} {:.0} {}: {}",
            entry.id,
            entry.time,
            entry.status.as_str(),
            entry.header.command
        ));
        if let Some(write) = &entry.api {
            let request = format!("{} {}", write.intent.method, write.intent.path);
            ctx.ui
                .status(&format!("{request}: {}", write.outcome.as_str()));
        }
    }
    let rows = entries().flat_map(|entry| &entry.changes).map(|one| {
        let change = &one.intent;
        let op = match change.op {
            Op::Add => "add",
            Op::Change => "change",
            Op::Delete => "delete",
        };
        ChangeRow([
            Some(op.to_owned()),
            Some(change.key.ani.to_string()),
            change.key.dnis.as_ref().map(ToString::to_string),
            Some(change.key.domain.to_string()),
            change.before.as_ref().map(value),
            change.after.as_ref().map(value),
            Some(one.outcome.as_str().to_owned()),
        ])
    });
    let fields = ctx.fields::<ChangeRow>()?;
    list(ctx, fields, "change", rows)
}

/// `john`, or `sip:x (literal)`.
fn value(route: &Route) -> String {
    let destination = route.destination.as_deref().unwrap_or("?");
    match route.application_or_user() {
        "user" => destination.to_owned(),
        other => format!("{destination} ({other})"),
    }
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
