//! `skyswitch undo --expired`: temporary routes whose time is over go back. Made for cron.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Args;
use crate::api::Client;
use crate::context::{Context, local};
use crate::error::{Code, Error};
use crate::journal::loans::Overdue;
use crate::journal::{Outcome, RunId};
use crate::model::{Change, Domain, Route, count, same_image};
use crate::ops::domains::{Named, all_in_full};
use crate::ops::{self, AccountLock, Next, Planned, Seen, Summary};
use crate::plan::brakes::{Brake, Overrides};
use crate::plan::reverse::{Conflict, reverse};
use crate::plan::{Operation, Plan, Server, sort};

/// How long a run that is at work is waited for.
const WAIT: Duration = Duration::from_secs(60);

/// What is over, by what the server shows of it.
#[derive(Default)]
struct Sorted {
    /// What goes back, and the runs that end with it.
    operations: Vec<Operation>,
    ends: Vec<RunId>,
    /// What nothing is sent for: it stands as before already, or somebody else changed it.
    closed: Vec<(Change, Outcome)>,
    closes: Vec<RunId>,
    /// What somebody else changed.
    conflicts: Vec<Conflict>,
    /// What stays although it is over, and why.
    held: Vec<(Overdue, String)>,
    /// Those of these reasons that a flag lifts.
    brakes: Vec<Brake>,
}

pub(super) fn run(ctx: &Context, args: &Args, named: &[Named]) -> Result<(), Error> {
    Summary::default().if_interrupted(ctx, "not put back");
    let client = ctx.client()?;
    ctx.announce_plan(&client);
    let _lock = match args.dry_run {
        true => None,
        false => Some(AccountLock::take_within(ctx, client.account(), WAIT)?),
    };
    let newest = ctx.journal()?.ids().unwrap_or_default().into_iter().next();
    // What the server showed was looked at, whatever came of it; where nobody says yes, nobody looks
    // after it.
    let done = put_back(ctx, args, &client, named)?;
    let unasked = |error: &Error| error.code == Code::ConfirmationNeeded;
    if !args.dry_run && !done.as_ref().is_err_and(unasked) {
        ctx.looked_at_loans(&ctx.all_lent()?, newest)?;
    }
    done
}

/// What the run came to; an error of its own where the server could not be read.
fn put_back(
    ctx: &Context,
    args: &Args,
    client: &Client,
    named: &[Named],
) -> Result<Result<(), Error>, Error> {
    let now = Timestamp::now();
    let loans = ctx.all_lent()?;
    for bad in &loans.unreadable {
        ctx.ui.warning(&bad.to_string());
    }
    let mut seen = None;
    let mut overdue = loans.overdue(now);
    if !overdue.is_empty() {
        let mut read = Seen::of_account(ctx, client)?;
        ops::settle(ctx, client, &read)?;
        overdue = ctx.all_lent()?.overdue(now);
        read.look_up(client, overdue.iter().map(|one| &one.key))?;
        seen = Some(read);
    }
    let (Some(mut seen), false) = (seen, overdue.is_empty()) else {
        let summary = members(args, &Sorted::default())
            .into_iter()
            .fold(Summary::nothing(), |summary, (name, value)| {
                summary.extra(name, value)
            });
        summary.print(ctx, "nothing to put back")?;
        return Ok(Ok(()));
    };
    let named = all_in_full(ctx, client, named, &mut seen.domains)?;
    let exact = ctx.facts().delete_exact();
    let overrides = overrides(args, named, &overdue).knowing(exact);
    let sorted = Sorted::of(overdue, &seen.server(), &overrides);
    Ok(carry_out(ctx, args, client, &seen, &overrides, &sorted))
}

/// Those domains may end without a route that had none before what is over.
fn overrides(args: &Args, mut named: Vec<Domain>, overdue: &[Overdue]) -> Overrides {
    let empty = overdue.iter().filter(|one| one.empty_domain);
    named.extend(empty.filter_map(|one| Domain::parse(one.key.domain.as_str()).ok()));
    Overrides::for_undo(named, args.allow_wide_delete)
}

impl Sorted {
    fn of(overdue: Vec<Overdue>, server: &Server<'_>, overrides: &Overrides) -> Self {
        let mut sorted = Self::default();
        let mut open = Vec::new();
        for one in overdue {
            open.extend(sorted.take(one, server));
        }
        sort(&mut sorted.operations);
        sorted.hold_braked(open, server, overrides);
        sorted
    }

    /// Sorts one in; back comes what is to be sent for.
    fn take(&mut self, one: Overdue, server: &Server<'_>) -> Option<Overdue> {
        let Overdue {
            key, stands, back, ..
        } = &one;
        let there = Change::between(key.clone(), stands.clone(), back.clone())?;
        let made = Change::between(key.clone(), back.clone(), stands.clone())?;
        // A chain that leads back to what stands sends nothing.
        let stays = same_image(stands.as_ref(), back.as_ref());
        let mut way = reverse([&made], server, "undo --expired");
        if let Some(conflict) = way.conflicts.pop() {
            let found = conflict.found.clone();
            self.close(&one, there, Outcome::Stale { found });
            self.conflicts.push(conflict);
        } else if !way.held.is_empty() {
            let why = "the server has more routes than it sent";
            self.held.push((one, why.to_owned()));
        } else if stays || way.already > 0 {
            self.close(&one, there, Outcome::Already);
        } else {
            self.operations.append(&mut way.operations);
            return Some(one);
        }
        None
    }

    /// What stays although it is over, and why, in lines.
    fn stays(&self) -> impl Iterator<Item = String> {
        self.held.iter().map(|(one, why)| {
            let since = local(one.since);
            format!("{}: over since {since}, and stays: {why}", one.key)
        })
    }

    fn close(&mut self, one: &Overdue, change: Change, outcome: Outcome) {
        self.closed.push((change, outcome));
        self.closes.extend(one.runs.iter().cloned());
    }

    /// One that a brake holds must not hold the others.
    fn hold_braked(&mut self, mut open: Vec<Overdue>, server: &Server<'_>, overrides: &Overrides) {
        loop {
            let changes: Vec<&Change> = self.operations.iter().map(|one| &one.change).collect();
            let brakes = crate::plan::brakes::check(&changes, server, overrides);
            let Some(brake) = brakes.into_iter().find(|brake| !brake.permits.is_empty()) else {
                break;
            };
            let is_held = |one: &mut Overdue| brake.permits.contains(&one.key);
            self.operations
                .retain(|one| !brake.permits.contains(&one.change.key));
            let held = open.extract_if(.., is_held);
            self.held.extend(held.map(|one| (one, brake.to_string())));
            self.brakes.push(brake);
        }
        self.ends = open.into_iter().flat_map(|one| one.runs).collect();
    }
}

fn carry_out(
    ctx: &Context,
    args: &Args,
    client: &Client,
    seen: &Seen,
    overrides: &Overrides,
    sorted: &Sorted,
) -> Result<(), Error> {
    for conflict in &sorted.conflicts {
        ctx.ui.warning(&words(conflict));
    }
    let place = (client.account().clone(), ctx.lasting_origin()?);
    let scope = sorted
        .operations
        .iter()
        .map(|one| one.change.key.domain.clone());
    let plan = Plan::of(place, scope.collect(), sorted.operations.clone());
    let planned = Planned {
        dry_run: args.dry_run,
        head: Some("temporary routes whose time is over".to_owned()),
        done: "put back",
        verb: "put back",
        already: sorted.closed.len() - sorted.conflicts.len(),
        extra: members(args, sorted),
        ends: sorted.ends.clone(),
        ..Planned::new(&plan, seen, overrides).yes(args.yes)
    };
    let ran = if plan.is_empty() {
        planned
            .begun()
            .print(ctx, "nothing put back")
            .map(|()| None)
    } else {
        let again = ctx.ready("undo --expired --yes");
        planned.run(ctx, client, &Next::command(&again))
    };
    let stopped = ran
        .as_ref()
        .is_err_and(|error| error.changed == Some(false));
    if !(stopped || args.dry_run || sorted.closed.is_empty()) {
        ops::note(ctx, client, &sorted.closed, |header| {
            header.ends.clone_from(&sorted.closes);
        })?;
    }
    // Else the error says it.
    if args.dry_run || ran.is_err() {
        for line in sorted.stays() {
            ctx.ui.warning(&line);
        }
    }
    let journal = ran?;
    match sorted.held.is_empty() || args.dry_run {
        true => Ok(()),
        false => Err(held(ctx, sorted, journal)),
    }
}

/// What only this summary has.
fn members(args: &Args, sorted: &Sorted) -> Vec<(&'static str, Value)> {
    vec![
        ("undoes", Value::Null),
        ("conflicts", json!(sorted.conflicts)),
        ("held", sorted.held.iter().map(held_json).collect()),
        ("dry_run", json!(args.dry_run)),
    ]
}

fn held_json((one, why): &(Overdue, String)) -> Value {
    json!({"key": one.key, "since": one.since.to_string(), "reason": why})
}

fn held(ctx: &Context, sorted: &Sorted, journal: Option<RunId>) -> Error {
    let text = format!(
        "{} could not be put back and stays",
        count(sorted.held.len(), "temporary route")
    );
    let code = match journal {
        Some(_) => Code::Partial,
        None => Code::Brake,
    };
    let mut error = Error::new(code, text)
        .changed(Some(journal.is_some()))
        .journal(journal);
    error.details = sorted.stays().take(20).collect();
    error.hint = ops::held(ctx, &sorted.brakes).hint;
    error
}

fn words(conflict: &Conflict) -> String {
    let text = |route: Option<&Route>| route.map_or("no route".to_owned(), Route::value);
    format!(
        "{}: the temporary route to `{}` is over, and somebody else put `{}` there since: that stays",
        conflict.key,
        text(conflict.expected.as_ref()),
        text(conflict.found.first())
    )
}
