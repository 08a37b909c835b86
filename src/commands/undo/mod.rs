//! `skyswitch undo`

mod chosen;
mod expired;
mod ways;

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::Zoned;
use serde_json::json;

use super::routes::{EMPTY_DOMAIN, delete_by_hand, domains, set_by_hand};
use crate::api::Client;
use crate::context::{Context, local};
use crate::error::{Code, Error};
use crate::journal::loans::Loans;
use crate::journal::{Entry, JournalError, Recorded, Status};
use crate::model::{Change, Domain, Found, Route, RouteKey, count, when};
use crate::ops::domains::all_in_full;
use crate::ops::{self, AccountLock, Next, Planned, Seen, Summary};
use crate::plan::Plan;
use crate::plan::brakes::Overrides;
use crate::plan::reverse::{Conflict, Reversal, reverse, take_away};

/// Why something that was to be taken back stays.
const HELD: &str =
    "the server has more routes than it sent, so nothing unseen is judged and nothing deleted";

/// What helps whoever meant another run.
const THE_RUNS: &str = "`skyswitch history` lists the runs there are";

/// Put back what a run changed
///
/// Without an ID that is the latest run of this account, undo runs included: undo twice is a redo.
/// Each route goes back to what stood there before, unless somebody else changed it since: such
/// routes are left alone and named. Works for single commands and for interrupted runs, too. Where
/// two ways may be meant, a terminal asks which: after an undo, and where another profile made the
/// latest run. Elsewhere only the ID takes back another profile's run, or an undo that did not get
/// through.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The run: its id from `history`, its beginning or its last four digits
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Put back every temporary route whose time is over; for cron
    ///
    /// Those of `routes set --until` that still stand. Its own runs are undone by their ID only.
    #[arg(long, conflicts_with = "id")]
    expired: bool,
    /// Do not ask. Lifts no brake
    #[arg(long)]
    yes: bool,
    /// Say what would be put back and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Permit deletes even while other routes of this caller stay
    ///
    /// The server may take them along when the one without a called number is deleted; what vanishes
    /// is put back.
    #[arg(long)]
    allow_wide_delete: bool,
    /// Permit that this domain ends without any route; repeatable
    ///
    /// Not needed where it had none before the run.
    #[arg(long, value_name = "DOMAIN", hide_short_help = true)]
    allow_empty_domain: Vec<String>,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    let named = domains(EMPTY_DOMAIN, &args.allow_empty_domain)?;
    if args.expired {
        return expired::run(ctx, args, &named);
    }
    Summary::default().if_interrupted(ctx, "not put back");
    let client = ctx.client()?;
    ctx.announce_plan(&client);
    // Before the run is chosen: one that is still at work is passed over then.
    let _lock = match args.dry_run {
        true => None,
        false => Some(AccountLock::take(ctx, client.account())?),
    };
    let chosen = chosen::run(ctx, &client, args)?;
    let mut seen = Seen::of_account(ctx, &client)?;
    ops::settle(ctx, &client, &seen)?;
    let entry = ctx.journal()?.find(chosen.id.as_str())?;
    if entry.status == Status::Running {
        return Err(JournalError::Running { id: entry.id }.into());
    }
    if is_over(ctx, &entry) {
        let what = match entry.is_note() {
            true => "the temporary route it renewed is over or for good",
            false => "it was temporary, and what it changed is put back",
        };
        let text = format!("run {}: {what}", entry.id);
        return Err(Error::new(Code::NothingToUndo, text).hint(THE_RUNS));
    }
    if entry.is_note() {
        return take_back_note(ctx, args, &client, &entry);
    }
    let at_risk: Vec<RouteKey> = entry.header.at_risk.iter().filter_map(Route::key).collect();
    let written = entry.changes.iter().map(|one| &one.intent.key);
    seen.look_up(&client, written.chain(&at_risk))?;
    let back = way_back(&entry, &seen);
    // Where nothing else is to be done the error says it.
    for conflict in back
        .conflicts
        .iter()
        .filter(|_| !back.operations.is_empty())
    {
        ctx.ui.warning(&words(conflict));
    }
    for key in &back.held {
        ctx.ui.warning(&format!("{key}: {HELD}; left alone"));
    }
    let plan = plan(ctx, &client, &back)?;
    let named = all_in_full(ctx, &client, &named, &mut seen.domains)?;
    let overrides = Overrides::for_undo(may_end_empty(&entry, named), args.allow_wide_delete)
        .knowing(ctx.facts().delete_exact());
    put_back(ctx, args, &client, &seen, &entry, &back, &plan, &overrides)
}

/// Whether what a run made or renewed for a while has ended.
fn is_over(ctx: &Context, entry: &Entry) -> bool {
    let stands = || {
        let lent = ctx.lent();
        let loan = |one: &Recorded<Change>| lent.as_ref()?.loans.at(&one.intent.key);
        entry.changes.iter().any(|one| loan(one).is_some())
    };
    let is_lent = entry.header.until.is_some();
    is_lent && (entry.status == Status::Undone || entry.is_note() && !stands())
}

/// Without the ID the same command would take this undo back.
fn finish_it(ctx: &Context, entry: &Entry) -> Next {
    Next::command(&ctx.ready(&format!("undo {} --yes", entry.id)))
}

/// The way back from what the run did, or may have done.
fn way_back(entry: &Entry, seen: &Seen) -> Reversal {
    let source = format!("undo of {}", entry.id);
    if entry.header.probe {
        return take_away(
            entry.made().map(|change| change.key.clone()),
            &seen.server(),
            &source,
        );
    }
    let taken = taken_along(entry, seen).into_iter().map(Cow::Owned);
    let made: Vec<Cow<'_, Change>> = entry.made().chain(taken).collect();
    let made = made.iter().map(AsRef::as_ref);
    reverse(made, &seen.server(), &source)
}

/// Routes that are gone, and that a write of a run which did not come to its end may have taken along.
/// A run that ends has looked for them itself.
fn taken_along(entry: &Entry, seen: &Seen) -> Vec<Change> {
    if entry.status != Status::Interrupted {
        return Vec::new();
    }
    let callers: HashSet<_> = (entry.made())
        .map(|change| (change.key.domain.clone(), change.key.ani.clone()))
        .collect();
    let known: HashSet<_> = entry.changes.iter().map(|one| &one.intent.key).collect();
    let server = seen.server();
    (entry.header.at_risk.iter().cloned())
        .filter_map(Change::delete)
        .filter(|change| {
            callers.contains(&(change.key.domain.clone(), change.key.ani.clone()))
                && !known.contains(&change.key)
                && server.at(&change.key) == Found::Nothing
        })
        .collect()
}

fn plan(ctx: &Context, client: &Client, back: &Reversal) -> Result<Plan, Error> {
    let operations = back.operations.clone();
    let scope = operations.iter().map(|one| one.change.key.domain.clone());
    let place = (client.account().clone(), ctx.lasting_origin()?);
    Ok(Plan {
        unchanged: back.already,
        ..Plan::of(place, scope.collect(), operations)
    })
}

/// Named by the person, or without any route before the run.
fn may_end_empty(entry: &Entry, mut named: Vec<Domain>) -> Vec<Domain> {
    let empty = entry.header.empty_domains.iter();
    named.extend(empty.filter_map(|domain| Domain::parse(domain.as_str()).ok()));
    named
}

#[expect(clippy::too_many_arguments, reason = "the last step of one command")]
fn put_back(
    ctx: &Context,
    args: &Args,
    client: &Client,
    seen: &Seen,
    entry: &Entry,
    back: &Reversal,
    plan: &Plan,
    overrides: &Overrides,
) -> Result<(), Error> {
    let planned = Planned {
        dry_run: args.dry_run,
        head: Some(head(ctx, entry)),
        done: "put back",
        verb: "put back",
        already: back.already,
        extra: vec![
            ("undoes", json!(entry.id)),
            ("conflicts", json!(back.conflicts)),
            ("dry_run", json!(args.dry_run)),
        ],
        undoes: Some(entry.id.clone()),
        leaves_some: !back.conflicts.is_empty() || !back.held.is_empty(),
        ..Planned::new(plan, seen, overrides).yes(args.yes)
    };
    if plan.is_empty() {
        planned.begun().print(ctx, "nothing put back")?;
        return Err(nothing(ctx, entry, back));
    }
    let journal = planned.run(ctx, client, &finish_it(ctx, entry))?;
    if journal.is_none() {
        return Ok(());
    }
    if !back.held.is_empty() {
        let made = count(plan.operations.len(), "change");
        let kept = count(back.held.len(), "route");
        let text = format!("{made} put back, but {kept} left alone: {HELD}");
        let hint = format!("{} later", finish_it(ctx, entry));
        return Err(Error::new(Code::Partial, text)
            .hint(hint)
            .journal(journal)
            .changed(Some(true)));
    }
    if back.conflicts.is_empty() {
        return Ok(());
    }
    Err(conflicts(
        ctx,
        Code::Partial,
        &format!(
            "{} put back, but {} left alone, because something else stands there by now",
            count(plan.operations.len(), "change"),
            count(back.conflicts.len(), "route")
        ),
        back,
    )
    .journal(journal)
    .changed(Some(true)))
}

/// A run that only said until when a route is temporary, or that it is for good: nothing is sent.
fn take_back_note(ctx: &Context, args: &Args, client: &Client, entry: &Entry) -> Result<(), Error> {
    let id = &entry.id;
    let extra = |summary: Summary| {
        (summary
            .extra("undoes", json!(id))
            .extra("conflicts", json!([])))
        .extra("dry_run", json!(args.dry_run))
    };
    let without = ctx.loans_where(|run| run.id != *id)?;
    if !(args.yes && ctx.ui.options().quiet) {
        ctx.ui.notice(&head(ctx, entry));
        let now = ctx.lent().map(|lent| lent.loans).unwrap_or_default();
        for one in &entry.changes {
            let ends = [&now, &without].map(|loans| stands(loans, &one.intent));
            let (route, [now, then]) = (route(&one.intent), ends);
            ctx.ui
                .notice(&ctx.with_names(&format!("{route}: {now} → {then}")));
        }
    }
    if args.dry_run {
        let verb = "would put back how long a temporary route is to stand";
        return extra(Summary::default()).print(ctx, verb);
    }
    if !args.yes {
        ctx.confirm("Take that back?", ctx.again())?;
    }
    let changes = entry.changes.iter();
    let changes: Vec<_> = changes
        .map(|one| (one.intent.clone(), one.outcome.clone()))
        .collect();
    let journal = ops::note(ctx, client, &changes, |header| {
        header.undoes = Some(id.clone());
    })?;
    let verb = "put back how long a temporary route is to stand";
    extra(Summary::noted(journal)).print(ctx, verb)?;
    ctx.ui.show_results();
    for one in &entry.changes {
        let back = one.intent.after.as_ref();
        let back = back.and_then(|route| without.end_of(route)?.1);
        let back = back.map_or(String::new(), |back| format!(", then {}", back.value()));
        let (route, stands) = (route(&one.intent), stands(&without, &one.intent));
        (ctx.ui).status(&ctx.with_names(&format!("{route} stands {stands}{back}")));
    }
    Ok(())
}

/// `16165550101 → 200 @ acme.15611.service`
fn route(change: &Change) -> String {
    (change.after.as_ref()).map_or_else(|| change.key.to_string(), ToString::to_string)
}

/// How long what stands at the key of a change is to stay.
fn stands(loans: &Loans, change: &Change) -> String {
    let loan = loans.at(&change.key);
    loan.map_or("for good".to_owned(), |loan| {
        format!("until {}", local(loan.until))
    })
}

/// The preview's first line: the run as `history` names it.
fn head(ctx: &Context, entry: &Entry) -> String {
    let ids = ctx
        .journal()
        .ok()
        .and_then(|journal| journal.short_ids().ok());
    let id = ids
        .as_ref()
        .map_or(entry.id.as_str(), |ids| ids.name(&entry.id));
    let time = when(entry.time, &Zoned::now());
    let command = &entry.header.command;
    // Global flags may stand before it.
    let begins = [" routes ", " undo", " doctor "].map(|verb| command.find(verb));
    let command = match begins.into_iter().flatten().next() {
        Some(at) => command[at..].trim_start(),
        None => command,
    };
    let profile = match ways::is_own(ctx, &entry.header) {
        true => String::new(),
        false => format!(", profile `{}`", entry.header.profile),
    };
    format!("undo of {id}, {time}{profile}: {command}")
}

/// Nothing can be put back: because nothing is left to, or because of others' changes.
fn nothing(ctx: &Context, entry: &Entry, back: &Reversal) -> Error {
    if !back.conflicts.is_empty() {
        let text = format!(
            "nothing was put back: something else stands by now where run {} wrote",
            entry.id
        );
        let mut error = conflicts(ctx, Code::Conflict, &text, back);
        let older = ctx.ready("history");
        error.add_hint(format!(
            "`{older}` shows earlier runs: `undo ID` takes one of them back"
        ));
        return error;
    }
    if !back.held.is_empty() {
        return Error::new(Code::Brake, format!("nothing was put back: {HELD}"));
    }
    let text = if back.already > 0 {
        format!(
            "everything that run {} changed stands as before already",
            entry.id
        )
    } else {
        format!("run {} changed nothing", entry.id)
    };
    Error::new(Code::NothingToUndo, text).hint(THE_RUNS)
}

fn conflicts(ctx: &Context, code: Code, text: &str, back: &Reversal) -> Error {
    let mut error = Error::new(code, text);
    error.details = back.conflicts.iter().take(20).map(words).collect();
    let first = back.conflicts.first();
    let by_hand = first.map_or(String::new(), |first| match &first.before {
        Some(before) => set_by_hand(ctx, before),
        None => delete_by_hand(ctx, &first.key),
    });
    error.hint(match back.conflicts.len() {
        1 => format!("if it should go back all the same: `{by_hand}`"),
        _ => format!("if they should go back all the same, the first: `{by_hand}`"),
    })
}

fn words(conflict: &Conflict) -> String {
    let text = |route: Option<&Route>| {
        route.map_or("no route".to_owned(), |route| {
            format!("`{}`", route.value())
        })
    };
    format!(
        "{}: the run left {}, now there is {}: that stays",
        conflict.key,
        text(conflict.expected.as_ref()),
        text(conflict.found.first())
    )
}
