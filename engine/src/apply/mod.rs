//! The one engine of every write: `routes set`, `delete`, `apply` and `undo` all end here.
//!
//! Read, decide, journal, send, look again (`design.md` §2). Domain by domain: read, add, change, look,
//! delete, look. A status is never evidence: a row is done when a read showed it. The first domain runs
//! alone; after it, domains overlap so that no lane is idle. What a read right before shows to have
//! changed is left alone. Nothing here prints or keeps a journal: an [`Observer`] is told.

mod domain;
mod events;
mod gate;
mod limiter;
mod look;
mod read;
mod report;
mod unit;
mod write;

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::api::{Client, Error};
use crate::model::Route;
use crate::plan::Operation;
use crate::plan::brakes::Overrides;
use gate::Gate;
use report::FEW_CALLERS;
use unit::{Part, Unit, units};

pub use events::{Event, Observer};
pub use look::pause;
pub use read::{Caller, CallerRead, Snapshot};
pub use report::{Ended, Mismatch, Outcome, Report, Why};

/// Lanes unless `--concurrency` says otherwise.
pub const LANES: usize = 4;
/// The most lanes.
pub const MOST_LANES: usize = 32;
/// For how long reads may lag behind our writes (`api.md`, Routes; `design.md` §2 "Look again").
pub const LAG: Duration = Duration::from_secs(15);
/// How many units are under way at most.
const OPEN: usize = 8;

/// What is to be carried out.
#[derive(Debug)]
pub struct Job<'a> {
    /// Where to send it.
    pub client: &'a Client,
    /// What to send, sorted as [`crate::plan::Plan::operations`] promises.
    pub operations: &'a [Operation],
    /// How many requests at a time, 1 to [`MOST_LANES`].
    pub lanes: usize,
    /// What the flags permit; a domain that would end empty and a wide delete are asked about again
    /// right before the deletes.
    pub overrides: &'a Overrides,
    /// How what stands is read.
    pub reading: Reading<'a>,
    /// Whether a clean success is looked at; off for `--no-verify`.
    pub verify: bool,
    /// How often, and for how long.
    pub timing: Timing,
}

/// How what stands is read.
#[derive(Clone, Copy, Debug)]
pub enum Reading<'a> {
    /// By lists of domains.
    Domains,
    /// By the rows of the one caller all operations are about, read already.
    Caller(&'a CallerRead),
}

/// How often one write is tried, and how long is looked and waited.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Tries of one write that is in doubt or that never left.
    pub tries: u32,
    /// For how long a write is looked for.
    pub window: Duration,
    /// A run in which nothing gets through for so long stops.
    pub stall: Duration,
}

impl Default for Timing {
    /// Of a run of many writes (`design.md` §6 "Apply").
    fn default() -> Self {
        Self {
            tries: 8,
            window: LAG,
            stall: Duration::from_secs(30),
        }
    }
}

/// A job under way.
struct Run<'j> {
    job: &'j Job<'j>,
    observer: &'j dyn Observer,
    gate: Gate<'j>,
    /// Looks are repeated by whoever looks.
    looks: Client,
    told: Mutex<Told>,
}

/// A write that was sent, and what is known of it before anybody looked.
struct Tried {
    at: Instant,
    /// Why nobody knows; none after a clean success.
    doubt: Option<Error>,
    /// When the answer came.
    answered: Instant,
    /// How long after that a read still did not show it.
    trailed: Option<Duration>,
}

impl Tried {
    fn new(at: Instant, doubt: Option<Error>) -> Self {
        Self {
            at,
            doubt,
            answered: Instant::now(),
            trailed: None,
        }
    }
}

/// What all units write down, one at a time.
#[derive(Default)]
struct Told {
    outcomes: Vec<Option<Outcome>>,
    tried: HashMap<usize, Tried>,
    /// Whether the observer was told that writes begin.
    kept: bool,
    first_failed: Option<usize>,
    read_failure: Option<Error>,
    restored: Vec<Route>,
    missing: Vec<(Route, String)>,
    doubted: bool,
    lag: Option<Duration>,
    /// A delete that came too late, and the status that said so.
    delete_gone: Option<(usize, u16)>,
}

/// Carries out a job; returns when nothing is under way any more.
///
/// A signal (the client's stop flag) ends it early: what is under way finishes, nothing new starts.
pub fn run(job: &Job<'_>, observer: &dyn Observer) -> Report {
    let mut told = Told::default();
    told.outcomes.resize_with(job.operations.len(), || None);
    let run = Run {
        job,
        observer,
        gate: Gate::new(job, job.lanes.clamp(1, MOST_LANES)),
        looks: job.client.impatient(),
        told: Mutex::new(told),
    };
    let mut units = units(job);
    let mut canaries = 0;
    let mut proven = false;
    while !proven && canaries < units.len() && !run.gate.is_halted() {
        canaries += 1;
        let more = canaries < units.len();
        proven = run.canary(&mut units[canaries - 1], more);
    }
    let rest = Mutex::new(units[canaries..].iter_mut());
    let next = || lock(&rest).next();
    std::thread::scope(|scope| {
        for _ in 0..OPEN.min(job.operations.len()) {
            scope.spawn(|| {
                while let Some(unit) = next().filter(|_| !run.gate.is_halted()) {
                    run.unit(unit);
                }
            });
        }
    });
    let ended = run.gate.ended();
    let told = run.told.into_inner();
    let told = told.unwrap_or_else(PoisonError::into_inner);
    let report = told.into_report(&units, ended, job.overrides.allow_wide_delete);
    Report {
        seen: seen(job, &units),
        ..report
    }
}

/// What the last reads showed of the callers, where they are few.
fn seen(job: &Job<'_>, units: &[Unit<'_>]) -> Option<Vec<Route>> {
    let keys = || job.operations.iter().map(|one| &one.change.key);
    let callers: HashSet<_> = keys().map(|key| (&key.domain, &key.ani)).collect();
    let is_ours = |route: &&Route| {
        let key = route.key();
        key.is_some_and(|key| callers.contains(&(&key.domain, &key.ani)))
    };
    let few = callers.len() <= FEW_CALLERS;
    let is_shown = |unit: &Unit<'_>| {
        let now = unit.now();
        let ranges = unit.parts.iter().map(|part| part.range.clone());
        let mut keys = ranges
            .flatten()
            .map(|index| &job.operations[index].change.key);
        keys.all(|key| now.index.coverage().shows(key))
    };
    let whole = few && units.iter().all(is_shown);
    let routes = units.iter().flat_map(|unit| {
        let now = unit.now();
        now.index
            .routes()
            .iter()
            .filter(is_ours)
            .cloned()
            .collect::<Vec<_>>()
    });
    whole.then(|| routes.collect())
}

impl Run<'_> {
    fn told(&self) -> MutexGuard<'_, Told> {
        lock(&self.told)
    }

    /// Notes how an operation ended, and tells.
    fn record(&self, index: usize, outcome: Outcome) {
        let mut told = self.told();
        let failed = matches!(
            outcome,
            Outcome::Failed(_) | Outcome::Unknown(_) | Outcome::Unverified
        );
        if failed && told.first_failed.is_none() && told.read_failure.is_none() {
            told.first_failed = Some(index);
        }
        self.observer.event(&Event::Operation {
            index,
            outcome: &outcome,
        });
        told.outcomes[index] = Some(outcome);
    }

    fn read_failed(&self, error: Error) {
        let mut told = self.told();
        if told.first_failed.is_none() && told.read_failure.is_none() {
            told.read_failure = Some(error);
        }
    }

    /// Before the first write whatever must be kept is kept; whether writes may go out.
    fn begin(&self) -> bool {
        let mut told = self.told();
        if !told.kept {
            told.kept = self.observer.begin();
        }
        if !told.kept {
            self.gate.halt(Ended::NotKept);
        }
        told.kept
    }
}

impl Told {
    /// What was sent of these and has no known end yet.
    fn pending(&self, range: std::ops::Range<usize>) -> impl Iterator<Item = usize> + '_ {
        range.filter(|index| self.outcomes[*index].is_none() && self.tried.contains_key(index))
    }

    /// Everything in exactly one way.
    fn into_report(mut self, units: &[Unit<'_>], ended: Ended, may_restore: bool) -> Report {
        let why = match ended {
            Ended::Whole | Ended::Stopped => Why::Stopped,
            Ended::Canary => Why::Canary,
            Ended::Breaker => Why::Breaker,
            Ended::NoBearer => Why::NoBearer,
            Ended::NotKept => Why::NotKept,
        };
        let outcomes = (0..).zip(self.outcomes);
        let outcomes: Vec<Outcome> = outcomes
            .map(
                |(index, outcome)| match (outcome, self.tried.remove(&index)) {
                    (Some(outcome), _) => outcome,
                    (None, None) => Outcome::NotReached(why.clone()),
                    (None, Some(Tried { doubt: None, .. })) => Outcome::Unverified,
                    (None, Some(Tried { doubt: Some(e), .. })) => Outcome::Unknown(e),
                },
            )
            .collect();
        let parts = || units.iter().flat_map(|unit| &unit.parts);
        let seen = |outcome: &Outcome| matches!(outcome, Outcome::Done | Outcome::Already);
        let written = || parts().filter(|part| part.written);
        let verified = match written().next() {
            Some(_) => {
                let sent = written().flat_map(|part| part.range.clone());
                let open = |index: usize| {
                    outcomes[index].is_open() || matches!(outcomes[index], Outcome::Sent)
                };
                !sent.into_iter().any(open) && written().all(Part::is_verified)
            }
            None => outcomes.iter().all(seen),
        };
        let is_done = |at: &usize| matches!(outcomes[*at], Outcome::Done);
        let gone = self.delete_gone.filter(|(at, _)| is_done(at));
        let unread = |part: &Part| part.unread.clone().map(|why| (part.domain.clone(), why));
        Report {
            verified: verified
                && self.missing.is_empty()
                && (may_restore || self.restored.is_empty()),
            outcomes,
            restored: self.restored,
            may_restore,
            lost: self.missing,
            mismatches: parts().flat_map(|part| part.mismatches.clone()).collect(),
            unread: written().filter_map(unread).collect(),
            doubted: self.doubted,
            lag: self.lag,
            delete_gone: gone.map(|(_, status)| status),
            ended,
            first_failed: self.first_failed,
            read_failure: self.read_failure,
            seen: None,
        }
    }
}

/// A lane that panicked left its unit where it was: nothing of it is repeated.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
