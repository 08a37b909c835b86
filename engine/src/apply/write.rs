//! The writes of one kind in a unit: each goes out on the word of a fresh read, and those in doubt go
//! behind the others.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::events::Event;
use super::gate::Leave;
use super::read::Snapshot;
use super::report::{Outcome, Why};
use super::unit::{Chain, Source, Unit, chains};
use super::{Run, Tried, lock};
use crate::api::Error;
use crate::model::{Change, Op, Route, RouteKey, Standing};

/// A read allows what begins within so long after it began (`design.md` §6 "Apply").
const FRESH: Duration = Duration::from_secs(5);
/// A list that takes longer is too dear to be read once each [`FRESH`]: a tenth of that.
const DEAR: Duration = Duration::from_millis(500);
/// So many rows in doubt are settled by one list rather than each by its key.
const MANY: usize = 8;
/// How often one write may be told to come back later while others get through.
const THROTTLED: u32 = 100;

/// What became of one attempt.
enum Attempt {
    /// A clean success.
    Through,
    /// Nothing was sent: that is how it ends.
    Settled(Outcome),
    /// The read that was to allow it failed.
    Unread(Error),
    /// Sent, or not even that.
    Failed(Error),
}

/// What a failure says of the write (`design.md` §2 "Read").
#[derive(Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// It certainly was not carried out, and would not be the next time.
    Refused,
    /// It certainly was not carried out: too much at once.
    Throttled,
    /// It never left.
    NotSent,
    /// It may have been carried out.
    Doubt,
    /// It may still be at work, so it must not be sent again.
    AtWork,
}

impl Failure {
    fn of(change: &Change, error: &Error) -> Self {
        let missing = matches!(error.status(), Some(400 | 404));
        if error.is_time_out() && !error.certainly_not_done() {
            Self::AtWork
        } else if !error.certainly_not_done() || (change.op == Op::Delete && missing) {
            Self::Doubt
        } else if error.status() == Some(429) {
            Self::Throttled
        } else if error.is_transient() {
            Self::NotSent
        } else {
            Self::Refused
        }
    }
}

impl Run<'_> {
    /// Sends what is open of one kind, until each got through, was given up or the run was halted.
    pub(super) fn write(&self, unit: &mut Unit<'_>, op: Op) {
        let mut chains = {
            let told = self.told();
            let open = unit.parts.iter().flat_map(|part| part.range.clone());
            let open = open.filter(|index| told.outcomes[*index].is_none());
            chains(self.job.operations, open, op)
        };
        if chains.is_empty() || self.gate.is_halted() || !self.begin() {
            return;
        }
        let ours: Vec<usize> = chains
            .iter()
            .flat_map(|one| one.operations.clone())
            .collect();
        loop {
            self.side_by_side(unit, &mut chains);
            chains.retain(|chain| chain.current().is_some());
            if chains.is_empty() || self.gate.is_halted() {
                break;
            }
            let tries = chains.iter().map(|chain| chain.tries).max().unwrap_or(1);
            self.gate
                .sleep(self.job.client.retry_policy().back_off(tries));
            let doubtful = chains.iter().filter(|chain| chain.doubt.is_some());
            if doubtful.count() >= MANY {
                let now = Instant::now();
                let read = || self.fresh(unit, now, true);
                if let Some(Err(error)) = self.gate.send(Leave::WhileRunning, read) {
                    self.gate.failed(usize::MAX, &error, now);
                }
            }
        }
        let told = self.told();
        let sent: Vec<usize> = (ours
            .into_iter()
            .filter(|index| told.tried.contains_key(index)))
        .collect();
        for part in &mut unit.parts {
            // Also what a read has settled already: it may have taken others along.
            let sent = sent.iter().any(|index| part.range.contains(index));
            part.open |= sent;
            part.written |= sent;
        }
    }

    fn side_by_side(&self, unit: &Unit<'_>, chains: &mut [Chain]) {
        let threads = chains.len().min(self.job.lanes).max(1);
        let next = Mutex::new(chains.iter_mut());
        let work = || {
            while let Some(chain) = { lock(&next).next() } {
                self.chain(unit, chain);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
    }

    /// One caller's writes, in order, until one must wait or the run is halted.
    fn chain(&self, unit: &Unit<'_>, chain: &mut Chain) {
        while let Some(index) = chain.current() {
            let begun = Instant::now();
            let attempt = || self.attempt(unit, chain, index);
            let Some(attempt) = self.gate.send(Leave::WhileRunning, attempt) else {
                return;
            };
            let may_go_on = match attempt {
                Attempt::Through => {
                    self.gate.succeeded();
                    self.sent(index);
                    chain.step();
                    true
                }
                Attempt::Settled(outcome) => {
                    self.settled(chain, index, outcome);
                    true
                }
                Attempt::Unread(error) => self.unread_row(chain, index, error, begun),
                Attempt::Failed(error) => self.failed(chain, index, error, begun),
            };
            if !may_go_on {
                return;
            }
        }
    }

    /// Sends a write, if a fresh read allows it.
    fn attempt(&self, unit: &Unit<'_>, chain: &Chain, index: usize) -> Attempt {
        let change = &self.job.operations[index].change;
        let unseen = self.job.overrides.unseen_adds && change.op == Op::Add;
        match self.evidence(unit, chain, index) {
            Err(error) => Attempt::Unread(error),
            Ok((Standing::Before, _)) if self.may_take_along(unit, index) => {
                let text = "without a dnis it may take the caller's other routes with it, which only a read by its key has shown; to permit it add `--allow-wide-delete`";
                Attempt::Settled(Outcome::NotReached(Why::Held(text.to_owned())))
            }
            Ok((Standing::Before, _)) => self.send(chain, index),
            Ok((Standing::Unseen, _)) if unseen || chain.doubt.is_some() => self.send(chain, index),
            Ok((Standing::Unseen, _)) => {
                let text = "its domain could not be read completely, so nothing is changed there";
                Attempt::Settled(Outcome::NotReached(Why::Held(text.to_owned())))
            }
            Ok((Standing::After, _)) if chain.doubt.is_some() => Attempt::Settled(Outcome::Done),
            Ok((Standing::After, _)) => Attempt::Settled(Outcome::Already),
            Ok((Standing::Other, found)) => Attempt::Settled(Outcome::Stale(found)),
        }
    }

    fn send(&self, chain: &Chain, index: usize) -> Attempt {
        let change = &self.job.operations[index].change;
        let at = Instant::now();
        let result = self.job.client.write(change, chain.tries > 0);
        let mut told = self.told();
        match result {
            Ok(()) => {
                told.tried.insert(index, Tried::new(at, None));
                Attempt::Through
            }
            Err(error) => Attempt::Failed(error),
        }
    }

    /// Where a change stands, by a read that is fresh enough to send it, and what was found there.
    fn evidence(
        &self,
        unit: &Unit<'_>,
        chain: &Chain,
        index: usize,
    ) -> Result<(Standing, Vec<Route>), Error> {
        let change = &self.job.operations[index].change;
        let judge = |shown: &Snapshot| {
            let found = shown.index.at(&change.key);
            (change.standing(&found), found.routes())
        };
        let since = chain.doubt.unwrap_or(unit.before.began);
        let now = self.fresh(unit, since, chain.doubt.is_none())?;
        if let Some(now) = now.filter(|now| now.index.coverage().shows(&change.key)) {
            return Ok(judge(&now));
        }
        let shown = unit.read_key(self.job.client, change)?;
        if unit.sees_all() {
            self.note_siblings(unit, index, &shown);
        }
        Ok(judge(&shown))
    }

    /// What a list that may be cut need not show: the caller's other routes that are to stay.
    fn note_siblings(&self, unit: &Unit<'_>, index: usize, shown: &Snapshot) {
        let key = &self.job.operations[index].change.key;
        let goes = |key: &RouteKey| {
            let ours = unit.parts.iter().flat_map(|part| part.range.clone());
            let mut ours = ours.map(|index| &self.job.operations[index].change);
            ours.any(|change| change.op == Op::Delete && change.key == *key)
        };
        let stays = |route: &&Route| {
            let other = route.key();
            other.is_some_and(|other| other != *key && other.same_caller(key) && !goes(&other))
        };
        let siblings = shown.index.routes().iter().filter(stays).cloned().collect();
        // What stood before the first try counts.
        lock(&unit.siblings).entry(index).or_insert(siblings);
    }

    /// Whether a delete without dnis would go out beside routes that only a read by key has shown.
    fn may_take_along(&self, unit: &Unit<'_>, index: usize) -> bool {
        let change = &self.job.operations[index].change;
        let bare = change.op == Op::Delete && change.key.dnis.is_none();
        let siblings = lock(&unit.siblings);
        let beside = siblings
            .get(&index)
            .is_some_and(|siblings| !siblings.is_empty());
        bare && beside && !self.job.overrides.permits_wide_delete()
    }

    /// The last read, if it began since then and is fresh; read again where `may_read` and that is not
    /// too dear.
    fn fresh(
        &self,
        unit: &Unit<'_>,
        since: Instant,
        may_read: bool,
    ) -> Result<Option<Arc<Snapshot>>, Error> {
        let mut now = unit.now();
        if now.began >= since && now.began.elapsed() < FRESH {
            return Ok(Some(Arc::clone(&now)));
        }
        let dear = now.took > DEAR && now.began >= since;
        if dear || !may_read || matches!(unit.source, Source::Caller(..)) {
            return Ok(None);
        }
        let read = Arc::new(unit.read(self.job.client)?);
        let gone = self.taken_along(unit, &now, &read);
        lock(&unit.gone).extend(gone);
        *now = Arc::clone(&read);
        Ok(Some(read))
    }

    /// The read that was to allow a write failed.
    fn unread_row(&self, chain: &mut Chain, index: usize, error: Error, begun: Instant) -> bool {
        self.gate.failed(index, &error, begun);
        chain.tries += 1;
        if error.is_transient() && chain.tries < self.job.timing.tries {
            return false;
        }
        self.gate.gave_up();
        self.read_failed(error);
        if chain.doubt.is_none() {
            self.settled(chain, index, Outcome::NotReached(Why::Unread));
        } else {
            self.give_up(chain, index);
        }
        true
    }

    /// What a failed attempt comes to; whether the chain may go on at once.
    fn failed(&self, chain: &mut Chain, index: usize, error: Error, begun: Instant) -> bool {
        let change = &self.job.operations[index].change;
        let policy = self.job.client.retry_policy();
        let failure = Failure::of(change, &error);
        self.gate.failed(index, &error, begun);
        // Being told to come back later is no failure while others get through.
        let throttled = failure == Failure::Throttled;
        if throttled && self.gate.progress(&mut chain.mark) && chain.throttled < THROTTLED {
            chain.throttled += 1;
        } else {
            chain.tries += 1;
        }
        let again = match failure {
            Failure::Refused | Failure::AtWork => false,
            _ => chain.tries < self.job.timing.tries && policy.is_patient_with(&error),
        };
        if matches!(failure, Failure::Doubt | Failure::AtWork) {
            if let Some(status @ (400 | 404)) = error.status().filter(|_| chain.doubt.is_some()) {
                self.told().delete_gone = Some((index, status));
            }
            chain.doubt = Some(Instant::now());
            let doubt = Tried::new(begun, Some(error));
            self.told().tried.insert(index, doubt);
        } else if !again && chain.doubt.is_none() {
            self.gate.gave_up();
            self.settled(chain, index, Outcome::Failed(error));
            return true;
        }
        if again {
            return throttled;
        }
        self.gate.gave_up();
        if failure == Failure::AtWork {
            for rest in chain.cut() {
                self.record(rest, Outcome::NotReached(Why::AtWork));
            }
        }
        self.give_up(chain, index);
        true
    }

    /// It is not sent again, and looking must tell what became of it.
    fn give_up(&self, chain: &mut Chain, index: usize) {
        self.sent(index);
        self.stop_deletes(chain, index);
        chain.step();
    }

    fn settled(&self, chain: &mut Chain, index: usize, outcome: Outcome) {
        let stops = !outcome.is_done();
        if matches!(outcome, Outcome::Done) {
            self.gate.succeeded();
        }
        if matches!(outcome, Outcome::Stale(_)) && chain.doubt.is_some() {
            self.told().doubted = true;
        }
        self.record(index, outcome);
        if stops {
            self.stop_deletes(chain, index);
        }
        chain.step();
    }

    /// With one of its deletes undone, the caller's route without dnis has a sibling.
    fn stop_deletes(&self, chain: &mut Chain, index: usize) {
        if self.job.operations[index].change.op == Op::Delete {
            for rest in chain.cut() {
                self.record(rest, Outcome::NotReached(Why::DeletesOff));
            }
        }
    }

    fn sent(&self, index: usize) {
        let _one_at_a_time = self.told();
        self.observer.event(&Event::Sent { index });
    }
}
