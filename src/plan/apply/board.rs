//! Which request goes out next: the state that the lanes share.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use super::events::{Event, Observer};
use super::pace::{Breaker, Pace};
use super::report::{Ended, Outcome, Report, Why};
use super::snapshot::{Extent, Snapshot};
use super::unit::{Phase, Unit, units};
use super::{Job, MOST_LANES};
use crate::api::{self, Client, Error};
use crate::model::{Change, Op, Route};
use crate::plan::Operation;

/// How many units are under way at most.
const OPEN: usize = 8;
/// How often an idle lane looks for a signal.
const GLANCE: Duration = Duration::from_millis(50);

/// Something for a lane to do, about a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Reads its domains right before.
    Read(usize),
    /// Sends the current write of a chain.
    Write(usize, usize),
    /// Reads what became of parked writes.
    Settle(usize),
    /// Reads what the writes came to.
    Verify(usize),
    /// Puts back one route that a delete took along.
    Restore(usize),
}

impl Task {
    pub(super) fn unit(self) -> usize {
        match self {
            Self::Read(unit)
            | Self::Write(unit, _)
            | Self::Settle(unit)
            | Self::Verify(unit)
            | Self::Restore(unit) => unit,
        }
    }
}

/// A task with all it needs, to be carried out without the board.
#[derive(Debug)]
pub(super) enum Order<'j> {
    Read(Extent),
    Write(&'j Change),
    Restore(usize, Box<Change>),
    /// There is nothing to be done after all.
    Nothing,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Answer {
    Read(Result<Snapshot, Error>),
    Written(Result<(), Error>),
    Restored(usize, Box<Change>, api::Outcome),
    Nothing,
}

impl Order<'_> {
    pub(super) fn carry_out(self, client: &Client) -> Answer {
        match self {
            Self::Read(extent) => Answer::Read(extent.read(client)),
            Self::Write(change) => Answer::Written(client.write(change)),
            Self::Restore(index, change) => {
                let outcome = client.perform(&change);
                Answer::Restored(index, change, outcome)
            }
            Self::Nothing => Answer::Nothing,
        }
    }
}

/// What a lane does next.
#[derive(Debug)]
pub(super) enum Step<'j> {
    Run(Task, Order<'j>),
    Wait(Duration),
    Finished,
}

pub(super) struct Board<'j> {
    pub(super) job: &'j Job<'j>,
    pub(super) observer: &'j dyn Observer,
    pub(super) units: Vec<Unit>,
    /// Units that have been begun.
    begun: usize,
    ready: VecDeque<Task>,
    later: Vec<(Instant, Task)>,
    busy: usize,
    pub(super) pace: Pace,
    pub(super) breaker: Breaker,
    pub(super) halted: Option<Ended>,
    pub(super) outcomes: Vec<Option<Outcome>>,
    /// Operations of which some try may have been carried out.
    pub(super) lost: HashSet<usize>,
    /// How many writes succeeded.
    pub(super) successes: u64,
    /// Whether the observer was told that writes begin.
    pub(super) kept: bool,
    /// Whether a whole domain went well.
    proven: bool,
    first_failed: Option<usize>,
    read_failure: Option<Error>,
    restored: Vec<Route>,
    missing: Vec<(Route, String)>,
}

impl<'j> Board<'j> {
    pub(super) fn new(job: &'j Job<'j>, observer: &'j dyn Observer, now: Instant) -> Self {
        let mut outcomes = Vec::new();
        outcomes.resize_with(job.operations.len(), || None);
        Self {
            job,
            observer,
            units: units(job.operations, now),
            begun: 0,
            ready: VecDeque::new(),
            later: Vec::new(),
            busy: 0,
            pace: Pace::new(job.lanes, now),
            breaker: Breaker::new(now),
            halted: None,
            outcomes,
            lost: HashSet::new(),
            successes: 0,
            kept: false,
            proven: false,
            first_failed: None,
            read_failure: None,
            restored: Vec::new(),
            missing: Vec::new(),
        }
    }

    pub(super) fn is_anything_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The next thing to do; a task is then on its lane until [`Board::take`].
    pub(super) fn next(&mut self, now: Instant) -> Step<'j> {
        if self.job.client.stop().is_set() {
            self.halt(Ended::Stopped);
        }
        self.wake(now);
        if self.halted.is_some() {
            self.close();
        } else {
            self.open(now);
        }
        if self.ready.is_empty() {
            if self.busy == 0 && self.later.is_empty() {
                return Step::Finished;
            }
            let due = self.later.iter().map(|(due, _)| *due).min();
            let wait = due.map_or(GLANCE, |due| due.saturating_duration_since(now));
            return Step::Wait(wait.min(GLANCE));
        }
        if let Some(wait) = self.pace.wait(self.busy, now) {
            return Step::Wait(wait.min(GLANCE));
        }
        let Some(task) = self.ready.pop_front() else {
            return Step::Wait(GLANCE);
        };
        self.busy += 1;
        let unit = &mut self.units[task.unit()];
        unit.queued -= 1;
        unit.running += 1;
        Step::Run(task, self.order(task))
    }

    fn order(&mut self, task: Task) -> Order<'j> {
        let unit = &self.units[task.unit()];
        match task {
            Task::Read(_) => {
                let adds = |operation: &Operation| operation.change.op == Op::Add;
                let mut parts = unit.parts.iter();
                let mut extent = unit.extent.clone();
                // The server's own spelling of a domain is known, so its filter can be believed.
                extent.may_be_empty =
                    parts.all(|part| self.job.operations[part.range.clone()].iter().all(adds));
                Order::Read(extent)
            }
            Task::Settle(_) | Task::Verify(_) => Order::Read(unit.extent.clone()),
            Task::Write(_, chain) => {
                let index = unit.chains.get(chain).and_then(super::unit::Chain::current);
                let job = self.job;
                let operation = index.and_then(|index| job.operations.get(index));
                operation.map_or(Order::Nothing, |operation| Order::Write(&operation.change))
            }
            Task::Restore(unit) => self.restore_order(unit),
        }
    }

    /// Keeps the write that puts a route back, before it is sent.
    fn restore_order(&mut self, unit: usize) -> Order<'j> {
        while let Some(route) = self.units[unit].restore.pop_front() {
            let Some(change) = Change::put(None, route.clone()) else {
                continue;
            };
            self.units[unit].restored.push(change.key.clone());
            // What is kept is that it went: should it not come back, an undo puts it there.
            let kept = Change::delete(route.clone()).ok_or_else(|| "it has no key".to_owned());
            match kept.and_then(|gone| self.observer.add(&gone)) {
                Ok(index) => return Order::Restore(index, Box::new(change)),
                Err(reason) => self.lose(unit, route, reason),
            }
        }
        Order::Nothing
    }

    /// Takes what came of a task.
    pub(super) fn take(&mut self, task: Task, answer: Answer, sent: Instant, now: Instant) {
        self.busy -= 1;
        self.units[task.unit()].running -= 1;
        match (task, answer) {
            (Task::Write(unit, chain), Answer::Written(result)) => {
                self.written(unit, chain, result, (sent, now));
            }
            (Task::Read(unit), Answer::Read(result)) => self.read(unit, result, (sent, now)),
            (Task::Settle(unit), Answer::Read(result)) => self.settled(unit, result, (sent, now)),
            (Task::Verify(unit), Answer::Read(result)) => self.verified(unit, result, now),
            (Task::Restore(unit), answer) => {
                if let Answer::Restored(index, change, outcome) = answer {
                    self.restored(unit, index, *change, outcome);
                }
                self.after_restore(unit, now);
            }
            // An order of nothing: its chain is at its end already.
            (task, _) => self.advance(task.unit(), now),
        }
        if self.breaker.is_open() {
            self.halt(Ended::Breaker);
        }
    }

    /// A route went along with a delete of ours and could not be put back.
    fn lose(&mut self, unit: usize, route: Route, reason: String) {
        let unit = &mut self.units[unit];
        if let Some(key) = route.key() {
            let part = unit.parts.iter_mut().find(|part| part.domain == key.domain);
            if let Some(part) = part {
                part.failed = true;
                part.lost.push(key);
            }
        }
        self.missing.push((route, reason));
    }

    fn restored(&mut self, unit: usize, index: usize, change: Change, outcome: api::Outcome) {
        let Some(route) = change.after else { return };
        let outcome = match outcome {
            api::Outcome::Done => Outcome::Done,
            api::Outcome::NotDone(error) => Outcome::Failed(error),
            api::Outcome::Unknown(error) => Outcome::Unknown(error),
        };
        self.observer.event(&Event::Restored {
            index,
            route: &route,
            outcome: &outcome,
        });
        match outcome {
            Outcome::Done => self.restored.push(route),
            other => self.lose(unit, route, other.to_string()),
        }
    }

    pub(super) fn push(&mut self, task: Task) {
        self.units[task.unit()].queued += 1;
        match task {
            Task::Write(..) => self.ready.push_back(task),
            // Reads are what others wait for.
            _ => self.ready.push_front(task),
        }
    }

    /// The next write of a chain follows the one before at once.
    pub(super) fn push_next(&mut self, task: Task) {
        self.units[task.unit()].queued += 1;
        self.ready.push_front(task);
    }

    pub(super) fn push_later(&mut self, task: Task, due: Instant) {
        self.units[task.unit()].queued += 1;
        self.later.push((due, task));
    }

    fn wake(&mut self, now: Instant) {
        let mut index = 0;
        while index < self.later.len() {
            if self.later[index].0 <= now {
                let (_, task) = self.later.swap_remove(index);
                self.units[task.unit()].queued -= 1;
                self.push(task);
            } else {
                index += 1;
            }
        }
    }

    /// Begins further units while lanes would be idle; the first alone until it went well.
    fn open(&mut self, now: Instant) {
        while self.begun < self.units.len() {
            let open = self.units.iter().filter(|unit| unit.is_open()).count();
            let is_full = open >= OPEN || self.ready.len() >= self.job.lanes.clamp(1, MOST_LANES);
            if open > 0 && (!self.proven || is_full) {
                return;
            }
            let unit = self.begun;
            self.begun += 1;
            self.units[unit].canary = !self.proven;
            self.advance(unit, now);
        }
    }

    /// Starts nothing new any more.
    pub(super) fn halt(&mut self, ended: Ended) {
        if self.halted.is_some() {
            return;
        }
        self.halted = Some(ended);
        self.ready.clear();
        self.later.clear();
        for unit in &mut self.units {
            unit.queued = 0;
        }
    }

    /// After a halt: what was sent with unknown outcome is settled, what a delete took along is put
    /// back, and that is all.
    fn close(&mut self) {
        for index in 0..self.units.len() {
            let unit = &mut self.units[index];
            if !unit.is_open() || unit.running + unit.queued > 0 {
                continue;
            }
            if !unit.parked.is_empty() {
                self.push(Task::Settle(index));
            } else if unit.owes_a_look() {
                unit.phase = Phase::Rechecking;
                self.push(Task::Verify(index));
            } else {
                self.end_unit(index);
            }
        }
    }

    /// Notes how an operation ended, and tells.
    pub(super) fn record(&mut self, unit: usize, index: usize, outcome: Outcome) {
        let failed = matches!(outcome, Outcome::Failed(_) | Outcome::Unknown(_));
        if let Some(part) = self.units[unit].part_of(index).filter(|_| failed) {
            part.failed = true;
        }
        if failed && self.first_failed.is_none() && self.read_failure.is_none() {
            self.first_failed = Some(index);
        }
        self.observer.event(&Event::Operation {
            index,
            outcome: &outcome,
        });
        self.outcomes[index] = Some(outcome);
    }

    pub(super) fn read_failed(&mut self, error: Error) {
        if self.first_failed.is_none() && self.read_failure.is_none() {
            self.read_failure = Some(error);
        }
    }

    /// The last of a unit: says what verification found, and judges the canary.
    pub(super) fn end_unit(&mut self, index: usize) {
        let unit = &mut self.units[index];
        unit.phase = Phase::Ended;
        unit.chains = Vec::new();
        unit.before = Snapshot::default();
        unit.stand = None;
        let unit = &self.units[index];
        for part in unit.parts.iter().filter(|part| part.sent) {
            let unseen = (!part.seen).then_some("it was not read again");
            self.observer.event(&Event::Verified {
                domain: &part.domain,
                mismatches: &part.mismatches,
                unread: part.unread.as_deref().or(unseen),
            });
        }
        let failed = unit.parts.iter().any(|part| {
            part.failed || (part.unread.is_some() && !part.stale) || !part.is_verified()
        });
        let done =
            |index: usize| matches!(self.outcomes[index], Some(Outcome::Done | Outcome::Already));
        let proves = unit.parts.iter().any(|part| part.range.clone().any(done));
        if unit.canary && failed && self.begun < self.units.len() {
            self.halt(Ended::Canary);
        } else if !failed && proves {
            self.proven = true;
        }
    }

    /// Everything in exactly one way.
    pub(super) fn into_report(self) -> Report {
        let ended = self.halted.unwrap_or(Ended::Whole);
        let why = match ended {
            Ended::Whole | Ended::Stopped => Why::Stopped,
            Ended::Canary => Why::Canary,
            Ended::Breaker => Why::Breaker,
            Ended::NoBearer => Why::NoBearer,
            Ended::NotKept => Why::NotKept,
        };
        let outcomes: Vec<Outcome> = (self.outcomes.into_iter())
            .map(|outcome| outcome.unwrap_or_else(|| Outcome::NotReached(why.clone())))
            .collect();
        let parts = || self.units.iter().flat_map(|unit| &unit.parts);
        let sent = parts().any(|part| part.sent);
        let verified = if sent {
            parts()
                .filter(|part| part.sent)
                .all(super::unit::Part::is_verified)
        } else {
            outcomes
                .iter()
                .all(|outcome| matches!(outcome, Outcome::Already))
        };
        let mismatches = parts().flat_map(|part| part.mismatches.clone()).collect();
        let unread = parts()
            .filter(|part| part.sent && !part.seen)
            .map(|part| {
                let reason = part.unread.clone();
                let reason = reason.unwrap_or_else(|| "it was not read again".to_owned());
                (part.domain.clone(), reason)
            })
            .collect();
        Report {
            verified: verified && self.missing.is_empty(),
            outcomes,
            restored: self.restored,
            lost: self.missing,
            mismatches,
            unread,
            ended,
            first_failed: self.first_failed,
            read_failure: self.read_failure,
        }
    }
}
