//! `skyswitch history`

mod lines;
mod whose;

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::{Timestamp, Zoned};
use serde::Serialize;

use super::routes::number;
use crate::api::Completeness;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::journal::{Entry, Filter, Header, Journal, RunId, Unreadable, parse_since};
use crate::model::{Domain, DomainKey, Number, Op, Route, Row, count, nearest_domain, when};
use crate::ops::domains::{Named, did_you_mean, more_than_one};
use crate::output::{Fields, Format};
use whose::InUse;

pub(super) use lines::title;

/// Lifts that people see the runs of the account in use alone.
const ALL_ACCOUNTS: &str = "--all-accounts";
/// How many runs people see without asking for more.
const SHOWN: usize = 20;

/// What this machine changed, with the values that stood there before
///
/// A line a run, newest first, in local time: the latest 20 of the account in use. JSON, ndjson, CSV
/// and TSV hold all of every account, in UTC. Every write of every command is here; runs in the
/// sandbox are kept apart and shown with `--sandbox`. Nothing is asked of the server: a run that
/// never ended is `interrupted` until the next `apply` or `undo` settles it. A run whose file is not
/// as it was written is `damaged`: nothing of it is believed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only this run, with all its changes: its id, its beginning or its last four digits
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Only runs that wrote to this domain
    ///
    /// Or to the one that begins so.
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// Only runs that wrote for this caller
    #[arg(
        long,
        visible_alias = "from",
        value_name = "NUMBER",
        allow_negative_numbers = true
    )]
    ani: Option<String>,
    /// Only runs for this called number
    #[arg(
        long,
        visible_alias = "to",
        value_name = "NUMBER",
        allow_negative_numbers = true
    )]
    dnis: Option<String>,
    /// Only since then: `yesterday`, `14:30`, a date, `2h`
    ///
    /// A time, a day, both, or an age; `help options` has all forms.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// At most so many runs
    #[arg(short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    n: Option<u32>,
    /// All runs
    #[arg(long, conflicts_with = "n")]
    all: bool,
    /// Those of other accounts, too, and whose each is
    #[arg(long)]
    all_accounts: bool,
    /// A line a change
    #[arg(long)]
    changes: bool,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    let entries = entries(ctx, args, filter(ctx, args)?);
    let entries = entries.map_err(|error| of_caller(ctx, args, error))?;
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
        Format::Table if args.id.is_none() && ctx.output.fields.is_none() => {
            lines::print(ctx, &entries, args.changes)
        }
        _ if args.id.is_some() => {
            entries
                .iter()
                .filter_map(Shown::entry)
                .for_each(|run| head(ctx, run));
            changes(ctx, &entries, Some(OF_ONE))
        }
        _ if args.changes => changes(ctx, &entries, None),
        _ => runs(ctx, &entries),
    }
}

/// A number is no run: its caller's are meant.
fn of_caller(ctx: &Context, args: &Args, error: Error) -> Error {
    match args.id.as_deref() {
        Some(id) if Number::parse(id).is_ok() => {
            let again = ctx.again().in_place_of(id, &["--ani", id]);
            error.hint(format!("did you mean `{again}`?"))
        }
        _ => error,
    }
}

/// A run, or what is known of one that cannot be believed.
#[derive(Serialize)]
#[serde(untagged)]
enum Shown {
    Run(Box<Entry>),
    Damaged(Unreadable),
}

impl Shown {
    fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Run(entry) => Some(entry),
            Self::Damaged(_) => None,
        }
    }

    fn id(&self) -> Option<&RunId> {
        match self {
            Self::Run(entry) => Some(&entry.id),
            Self::Damaged(bad) => bad.id.as_ref(),
        }
    }

    fn time(&self) -> Option<Timestamp> {
        match self {
            Self::Run(entry) => Some(entry.time),
            Self::Damaged(bad) => bad.id.as_ref().and_then(RunId::time),
        }
    }

    fn header(&self) -> Option<&Header> {
        match self {
            Self::Run(entry) => Some(&entry.header),
            Self::Damaged(bad) => bad.fault.header.as_deref(),
        }
    }

    fn is_accepted(&self, filter: &Filter) -> bool {
        match self {
            Self::Run(entry) => filter.accepts(entry),
            Self::Damaged(bad) => filter.may_accept(bad),
        }
    }

    fn warnings(&self) -> &[String] {
        self.entry().map_or(&[], |entry| &entry.warnings)
    }
}

fn filter(ctx: &Context, args: &Args) -> Result<Filter, Error> {
    let since = args.since.as_deref();
    let since = since.map(|text| parse_since(text, &Zoned::now()));
    let number = |flag, text: &Option<String>| {
        let text = text.as_deref();
        text.map(|text| number(ctx, flag, text)).transpose()
    };
    let (ani, dnis) = (number("--ani", &args.ani)?, number("--dnis", &args.dnis)?);
    let since = since.transpose();
    Ok(Filter {
        domain: None,
        ani: ani.map(|number| number.key()),
        dnis: dnis.map(|number| number.key()),
        since: since.map_err(|error| Error::of(Code::InvalidInput, error))?,
    })
}

/// The domain that is meant among those that runs wrote to, the account's own where one is said:
/// nobody is asked.
fn domain(
    ctx: &Context,
    journal: &Journal,
    text: &str,
    own: Option<InUse<'_>>,
) -> Result<DomainKey, Error> {
    let named = Named::typed("--domain", text)?;
    let (mut known, mut others) = (BTreeSet::new(), BTreeSet::new());
    for entry in journal.entries()?.flatten() {
        let is_own = own.is_none_or(|own| own.has(&entry.header));
        let domains = entry.changes.into_iter().map(|one| one.intent.key.domain);
        let of = if is_own { &mut known } else { &mut others };
        of.extend(domains);
    }
    let meant = |known: &BTreeSet<DomainKey>| named.meant(known.iter().map(DomainKey::as_str));
    match meant(&known).as_slice() {
        [one] => Ok(one.key()),
        [] if !meant(&others).is_empty() => {
            let text = format!("no run of this account knows a domain `{}`", named.name());
            let all = ctx.again().with(ALL_ACCOUNTS);
            let hint = format!("another account has it: `{all}`");
            Err(Error::new(Code::UnknownDomain, text).hint(hint))
        }
        [] => Err(unknown_here(ctx, named.name(), &known)),
        meant => Err(more_than_one(ctx, named.name(), meant)),
    }
}

/// The runs that were asked for, newest first; people are told when that is not all.
fn entries(ctx: &Context, args: &Args, mut filter: Filter) -> Result<Vec<Shown>, Error> {
    let journal = ctx.journal()?;
    if let Some(id) = &args.id {
        return Ok(vec![Shown::Run(Box::new(journal.find(id)?))]);
    }
    let for_people = ctx.output.format == Format::Table && ctx.output.jq.is_none();
    let own = InUse::of(ctx).filter(|_| for_people && !args.all_accounts);
    if let Some(text) = &args.domain {
        filter.domain = Some(domain(ctx, &journal, text, own)?);
    }
    let most = match args.n {
        Some(most) => usize::try_from(most).unwrap_or(usize::MAX),
        None if for_people && !args.all => SHOWN,
        None => usize::MAX,
    };
    let is_own = |run: &Shown| {
        let header = run.header();
        own.is_none_or(|own| header.is_none_or(|header| own.has(header)))
    };
    let (mut shown, mut left_out) = (Vec::new(), 0);
    for item in journal.entries()? {
        let run = match item {
            Ok(entry) => Shown::Run(Box::new(entry)),
            Err(bad) => {
                ctx.ui.warning(&bad.to_string());
                if !bad.fault.blocks {
                    continue;
                }
                Shown::Damaged(bad)
            }
        };
        if !run.is_accepted(&filter) {
            continue;
        }
        if !is_own(&run) {
            left_out += 1;
            continue;
        }
        if shown.len() == most {
            if for_people {
                say_more(ctx, most);
            }
            break;
        }
        shown.push(run);
    }
    if left_out > 0 {
        let runs = count(left_out, "run");
        let all = ctx.again().with(ALL_ACCOUNTS);
        ctx.ui.status(&format!(
            "{runs} of other accounts left out; `{all}` shows all"
        ));
    }
    Ok(shown)
}

/// That there are more runs than these.
fn say_more(ctx: &Context, most: usize) {
    let all = ctx.again().without_value("-n").with("--all");
    let runs = match most {
        1 => "run".to_owned(),
        most => format!("{most} runs"),
    };
    ctx.ui
        .status(&format!("the latest {runs}; `{all}` shows all"));
}

/// No run wrote to a domain of this name: nobody is asked, so the journal's own are compared.
fn unknown_here(ctx: &Context, domain: &Domain, known: &BTreeSet<DomainKey>) -> Error {
    let text = format!("no run here knows a domain `{}`", domain.key());
    let error = Error::new(Code::UnknownDomain, text);
    match nearest_domain(domain.as_str(), known.iter().map(DomainKey::as_str)) {
        Some(near) => error.hint(did_you_mean(ctx, domain, near)),
        None => error.hint(format!("`{}` shows all runs", ctx.ready("history --all"))),
    }
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

    fn shown(&self, column: usize) -> Option<Cow<'_, str>> {
        told::<Self>(column, self.cell(column)?)
    }
}

fn runs(ctx: &Context, entries: &[Shown]) -> Result<(), Error> {
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
        ctx.ui
            .status(&format!("{} {}: {outcome}", intent.method, intent.path));
    }
}

fn changes(ctx: &Context, entries: &[Shown], columns: Option<&str>) -> Result<(), Error> {
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
