//! `skyswitch history`

mod lines;
mod tables;
mod whose;

use std::collections::BTreeSet;

use jiff::{Timestamp, Zoned};
use serde::Serialize;

use super::routes::number;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::journal::{
    Entry, Filter, Header, Journal, JournalError, RunId, Unreadable, parse_since,
};
use crate::model::{Change, Domain, DomainKey, Number, NumberKey, count, nearest_domain};
use crate::ops::domains::{Named, did_you_mean, more_than_one};
use crate::output::Format;
use whose::InUse;

pub(super) use lines::title;
pub(super) use tables::COLUMNS;

/// Lifts that people see the runs of the account in use alone.
const ALL_ACCOUNTS: &str = "--all-accounts";
/// How many runs people see without asking for more.
const SHOWN: usize = 20;

/// What this machine changed, with the values that stood there before
///
/// A line a run, newest first, in local time: the latest 20 of the account in use, whichever profile
/// made them; where several did, a column says which. JSON, ndjson, CSV
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
    /// Only runs that sent calls there or away from there
    #[arg(long, value_name = "NAME")]
    destination: Option<String>,
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
    /// Runs of other accounts, too, and whose each is
    #[arg(long)]
    all_accounts: bool,
    /// A line a change
    #[arg(long)]
    changes: bool,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    let entries = entries(ctx, args, filter(ctx, args)?)?;
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
        _ if args.id.is_some() => tables::one(ctx, &entries),
        _ if args.changes => tables::changes(ctx, &entries, None),
        _ => tables::runs(ctx, &entries),
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
        destination: args.destination.clone(),
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
        let found = journal.find(id).map_err(|error| {
            let unknown = matches!(error, JournalError::NotFound { .. });
            let meant = unknown.then(|| meant_by(ctx, &journal, id)).flatten();
            match meant {
                Some(meant) => Error::from(error).hint(format!("did you mean `{meant}`?")),
                None => error.into(),
            }
        });
        return Ok(vec![Shown::Run(Box::new(found?))]);
    }
    let for_people = for_people(ctx);
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
        let mut run = match item {
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
        if let (Shown::Run(entry), true) = (&mut run, for_people && args.changes) {
            (entry.changes).retain(|one| filter.accepts_change(&one.intent));
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

/// Where a word is no run but stands in one, or is a number: the command that shows those.
fn meant_by(ctx: &Context, journal: &Journal, word: &str) -> Option<String> {
    let own = InUse::of(ctx);
    let is_own = |run: &Entry| own.is_none_or(|own| own.has(&run.header));
    let runs = journal.entries().ok()?.flatten().filter(is_own);
    let number = Number::parse(word).ok().map(|number| number.key());
    let named = Named::typed("--domain", word).ok();
    let flag = |change: &Change| {
        let is = |key: Option<&NumberKey>| number.is_some() && number.as_ref() == key;
        let (key, domain) = (&change.key, change.key.domain.as_str());
        let is_domain = |named: &Named| !named.meant(std::iter::once(domain)).is_empty();
        Some(match () {
            () if is(Some(&key.ani)) => "--ani",
            () if is(key.dnis.as_ref()) => "--dnis",
            () if named.as_ref().is_some_and(is_domain) => "--domain",
            () if change.involves(word) => "--destination",
            () => return None,
        })
    };
    let found = runs
        .flat_map(|run| run.changes)
        .find_map(|one| flag(&one.intent));
    let flag = found.or(number.is_some().then_some("--ani"))?;
    Some(ctx.again().in_place_of(word, &[flag, word]).to_string())
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

/// Whether people look on, and no program.
fn for_people(ctx: &Context) -> bool {
    ctx.output.format == Format::Table && ctx.output.jq.is_none()
}
