//! Runs of many writes: what `routes apply` and `undo` share, and the wide part of `routes delete`.
//!
//! The engine ([`crate::apply`]) decides what is sent; here it gets its journal, its progress
//! bar and its words.

mod account;
mod account_lock;
pub(crate) mod aliases;
mod answer;
mod begun;
mod catch_up;
pub(crate) mod domains;
pub(crate) mod estimate;
mod learning;
mod loans;
pub(crate) mod neighbours;
pub(crate) mod own_runs;
mod planned;
pub(crate) mod planning;
mod preview;
mod probe;
mod progress;
mod recorder;
pub(crate) mod set_up;
pub(crate) mod single;
mod summary;
mod unfinished;

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::api::Client;
use crate::apply::{self, Ended, Job, LANES, Outcome, Reading, Report, Timing};
use crate::context::{Context, needs_yes};
use crate::error::Error;
use crate::journal::{End, RunId};
use crate::model::{Change, DomainKey, Route, RouteKey};
use crate::output::Format;
use crate::plan::brakes::Overrides;
use crate::plan::{Operation, Plan};
use recorder::Recorder;

pub(crate) use account::Seen;
pub(crate) use account_lock::AccountLock;
pub(crate) use answer::Answer;
pub(crate) use begun::Begun;
pub(crate) use loans::{ended_by, note};
pub(crate) use planned::{Planned, all_the_same, held};
pub(crate) use preview::{detail, notice, print};
pub(crate) use probe::{Probing, probe, refuse_live, unfinished as unfinished_probe};
pub(crate) use progress::Progress;
pub(crate) use summary::{Next, Summary, verdict};
pub(crate) use unfinished::settle;

/// What `--yes` and the questions before a run come to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Consent {
    /// `--yes`
    pub(crate) yes: bool,
    /// Whether standard input is free for an answer: it is not when the file came from there.
    pub(crate) can_answer: bool,
}

/// Asks before anything is sent; deletes are answered with their number.
pub(crate) fn confirm(ctx: &Context, plan: &Plan, consent: Consent) -> Result<(), Error> {
    if consent.yes {
        return Ok(());
    }
    if !consent.can_answer {
        return Err(needs_yes(ctx.again()));
    }
    match plan.counts().delete {
        0 => {
            let all = crate::model::count(plan.operations.len(), "change");
            let question = match plan.leads_to_nobody() {
                true => format!("Make {all}, to a user whom nobody knows?"),
                false => format!("Make {all}?"),
            };
            ctx.confirm(&question, ctx.again())
        }
        deletes => ctx.confirm_deletes(deletes, ctx.again()),
    }
}

/// How a run is to be carried out.
pub(crate) struct Order<'a> {
    /// What to send.
    pub(crate) operations: &'a [Operation],
    /// `--concurrency`
    pub(crate) lanes: usize,
    /// What the flags permit.
    pub(crate) overrides: &'a Overrides,
    /// The plan's id, for the journal.
    pub(crate) plan: Option<String>,
    /// The file that is applied, for the journal.
    pub(crate) file: Option<String>,
    /// The run that is taken back.
    pub(crate) undoes: Option<RunId>,
    /// When what it changes is to be put back.
    pub(crate) until: Option<Timestamp>,
    /// The runs whose temporary changes are over and end with it.
    pub(crate) ends: Vec<RunId>,
    /// Domains that had no route when the plan was made.
    pub(crate) empty_domains: Vec<DomainKey>,
    /// Routes that stay but that its writes may take along; see [`at_risk`].
    pub(crate) at_risk: Vec<Route>,
    /// How what stands is read.
    pub(crate) reading: Reading<'a>,
    /// Whether clean successes are looked at.
    pub(crate) verify: bool,
    /// How often, and for how long.
    pub(crate) timing: Timing,
    /// Whether to draw a progress bar and print events.
    pub(crate) quiet: bool,
    /// Whether something that belongs to the run is left out of the operations: then it ends partial.
    pub(crate) leaves_some: bool,
}

impl<'a> Order<'a> {
    /// A run of many writes; `standing` is what was read before it was decided.
    pub(crate) fn new(
        operations: &'a [Operation],
        overrides: &'a Overrides,
        standing: &[Route],
    ) -> Self {
        Self {
            operations,
            lanes: LANES,
            overrides,
            plan: None,
            file: None,
            undoes: None,
            until: None,
            ends: Vec::new(),
            empty_domains: Vec::new(),
            at_risk: at_risk(operations, standing),
            reading: Reading::Domains,
            verify: true,
            timing: Timing::default(),
            quiet: false,
            leaves_some: false,
        }
    }
}

/// A run that came to its end, however.
pub(crate) struct Ran {
    /// How each operation ended.
    pub(crate) report: Report,
    /// Its journal id; none when nothing was sent.
    pub(crate) journal: Option<RunId>,
    /// Why the journal could not be begun.
    pub(crate) refused: Option<Error>,
}

/// Carries out a run.
pub(crate) fn carry_out(ctx: &Context, client: &Client, order: Order<'_>) -> Result<Ran, Error> {
    let changes: Vec<Change> = order
        .operations
        .iter()
        .map(|operation| operation.change.clone())
        .collect();
    let mut header = ctx.journal_header(client)?;
    header.plan = order.plan;
    header.file = order.file;
    header.undoes = order.undoes;
    header.until = order.until;
    header.ends = order.ends;
    header.empty_domains = order.empty_domains;
    header.at_risk = order.at_risk;
    // From here on a signal lets what is under way finish.
    let _writing = ctx.signals.writing();
    let journal = ctx.journal()?;
    let events = ctx.output.format == Format::Ndjson && !order.quiet && ctx.output.jq.is_none();
    let bar = !order.quiet && ctx.ui.options().progress;
    let recorder = Recorder::new(&ctx.ui, (journal, header), &changes, events, bar);
    let job = Job {
        client,
        operations: order.operations,
        lanes: order.lanes,
        overrides: order.overrides,
        reading: order.reading,
        verify: order.verify,
        timing: Timing {
            window: ctx.facts().lag_window(order.timing.window),
            ..order.timing
        },
    };
    let report = apply::run(&job, &recorder);
    if report.changed() != Some(false) {
        ctx.set_changed();
    }
    let (journal, refused) = recorder.end(end(&report, order.leaves_some));
    learning::of_run(ctx, order.operations, &report, journal.as_ref());
    Ok(Ran {
        report,
        journal,
        refused,
    })
}

fn end(report: &Report, leaves_some: bool) -> End {
    let verified = report.verified || report.count(|one| matches!(one, Outcome::Sent)) > 0;
    match report.ended {
        Ended::Stopped => End::Interrupted,
        _ if report.is_whole() && verified && !leaves_some => End::Done,
        _ => End::Partial,
    }
}

/// The domains of a plan that have no route now.
fn empty_domains(plan: &Plan, seen: &Seen) -> Vec<DomainKey> {
    let mut counts: HashMap<DomainKey, usize> = HashMap::new();
    for route in seen.routes() {
        if let Some(name) = &route.domain {
            *counts.entry(DomainKey::of(name)).or_default() += 1;
        }
    }
    plan.by_domain()
        .filter_map(|operations| operations.first())
        .map(|first| &first.change.key.domain)
        .filter(|domain| !counts.contains_key(*domain) && seen.coverage().shows_domain(domain))
        .cloned()
        .collect()
}

/// The routes that stay but that a write for the same caller may take along.
fn at_risk(operations: &[Operation], standing: &[Route]) -> Vec<Route> {
    let keys = || operations.iter().map(|operation| &operation.change.key);
    let callers: HashSet<_> = keys().map(|key| (&key.domain, &key.ani)).collect();
    let ours: HashSet<&RouteKey> = keys().collect();
    let stays = |key: RouteKey| callers.contains(&(&key.domain, &key.ani)) && !ours.contains(&key);
    (standing.iter())
        .filter(|route| route.key().is_some_and(stays))
        .cloned()
        .collect()
}

/// Prints one event of the stream.
pub(crate) fn print_event(ctx: &Context, name: &str, value: Value) -> Result<(), Error> {
    if ctx.output.format != Format::Ndjson || ctx.output.jq.is_some() {
        return Ok(());
    }
    recorder::print_event(&ctx.ui, name, value);
    Ok(())
}
