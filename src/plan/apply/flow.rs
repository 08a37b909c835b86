//! From one step of a unit to the next: what an answer changes on the board.

use std::time::Instant;

use super::board::{Board, Task};
use super::events::Event;
use super::pace::{is_throttle, pause};
use super::report::{Ended, Outcome, Why};
use super::snapshot::Snapshot;
use super::staleness;
use super::unit::{Phase, chains};
use super::verify::{self, DOUBT, LAG, LONGEST_LOOK, LOOK};
use crate::api::Error;
use crate::model::{Change, Op, RouteKey};
use crate::plan::Server;
use crate::plan::brakes::{self, Overrides};

/// How often one write may be told to come back later while others get through.
const THROTTLED: u32 = 100;

/// When a request went out, and when its answer was there.
type Times = (Instant, Instant);

impl Board<'_> {
    /// On to the next step that has something to do.
    pub(super) fn advance(&mut self, index: usize, now: Instant) {
        if self.halted.is_some() {
            return;
        }
        loop {
            let phase = self.units[index].phase.next();
            self.units[index].phase = phase;
            let op = match phase {
                Phase::Waiting | Phase::Reading => return self.push(Task::Read(index)),
                Phase::Ended => return self.end_unit(index),
                Phase::Checking | Phase::Rechecking => {
                    let unit = &mut self.units[index];
                    if unit.parts.iter().all(|part| part.seen) {
                        continue;
                    }
                    unit.written = now;
                    unit.looks = 0;
                    return self.push(Task::Verify(index));
                }
                Phase::Creating => Op::Add,
                Phase::Changing => Op::Change,
                Phase::Deleting => {
                    self.hold_deletes(index);
                    Op::Delete
                }
            };
            if self.begin_writes(index, op) {
                return;
            }
        }
    }

    fn begin_writes(&mut self, index: usize, op: Op) -> bool {
        let outcomes = &self.outcomes;
        let unit = &mut self.units[index];
        let parts = unit.parts.iter().filter(|part| !part.stale);
        let open = parts
            .flat_map(|part| part.range.clone())
            .filter(|index| outcomes[*index].is_none());
        unit.chains = chains(self.job.operations, open, op);
        unit.active = unit.chains.len();
        if unit.active > 0 && !self.kept {
            self.kept = self.observer.begin();
            if !self.kept {
                self.units[index].active = 0;
                self.halt(Ended::NotKept);
                return true;
            }
        }
        for chain in 0..self.units[index].chains.len() {
            self.push(Task::Write(index, chain));
        }
        self.units[index].active > 0
    }

    /// The read right before: what still fits is sent, a domain where something does not is skipped.
    pub(super) fn read(&mut self, index: usize, result: Result<Snapshot, Error>, times: Times) {
        let snapshot = match result {
            Ok(snapshot) => snapshot,
            Err(error) => return self.unread(index, error, times),
        };
        for part in 0..self.units[index].parts.len() {
            self.judge(index, part, &snapshot);
        }
        self.units[index].before = snapshot;
        self.advance(index, times.1);
    }

    fn judge(&mut self, unit: usize, part: usize, snapshot: &Snapshot) {
        let range = self.units[unit].parts[part].range.clone();
        let (operations, overrides) = (self.job.operations, self.job.overrides);
        let judged: Vec<(usize, Outcome)> = range
            .clone()
            .filter_map(|index| {
                let outcome = staleness::judge(&operations[index].change, snapshot, overrides)?;
                Some((index, outcome))
            })
            .collect();
        let stale = judged
            .iter()
            .any(|(_, outcome)| matches!(outcome, Outcome::Stale(_)));
        let open = range.len() - judged.len();
        for (index, outcome) in judged {
            self.record(unit, index, outcome);
        }
        if stale {
            self.units[unit].parts[part].stale = true;
            for index in range {
                if self.outcomes[index].is_none() {
                    self.record(unit, index, Outcome::NotReached(Why::StaleDomain));
                }
            }
        } else if open > 0 {
            self.observer.event(&Event::Start {
                domain: &self.units[unit].parts[part].domain,
                operations: open,
            });
        }
    }

    fn unread(&mut self, index: usize, error: Error, (sent, now): Times) {
        let reason = error.to_string();
        self.pace.failure(&error, sent, now);
        self.breaker.failed(sent, now);
        let bearer = matches!(error, Error::Bearer(_));
        for part in 0..self.units[index].parts.len() {
            let range = self.units[index].parts[part].range.clone();
            self.units[index].parts[part].unread = Some(reason.clone());
            for operation in range {
                self.record(index, operation, Outcome::NotReached(Why::Unread));
            }
        }
        self.read_failed(error);
        self.end_unit(index);
        if bearer {
            self.halt(Ended::NoBearer);
        }
    }

    /// The answer to a write.
    pub(super) fn written(
        &mut self,
        unit: usize,
        chain: usize,
        result: Result<(), Error>,
        times: Times,
    ) {
        let Some(index) = self.units[unit].chains[chain].current() else {
            return;
        };
        let is_delete = self.units[unit].phase == Phase::Deleting;
        if let Some(part) = self.units[unit].part_of(index) {
            part.sent = true;
            part.seen = false;
            part.deleted |= is_delete;
        }
        match result {
            Ok(()) => {
                self.pace.success();
                self.breaker.success();
                self.successes += 1;
                self.record(unit, index, Outcome::Done);
                self.proceed(unit, chain, true, times.1);
            }
            Err(error) => self.write_failed(unit, chain, index, error, times),
        }
    }

    fn write_failed(
        &mut self,
        unit: usize,
        at: usize,
        index: usize,
        error: Error,
        (sent, now): Times,
    ) {
        self.pace.failure(&error, sent, now);
        let patience = self.job.client.patience();
        let halted = self.halted.is_some();
        let unknown = !error.certainly_not_done();
        let chain = &mut self.units[unit].chains[at];
        // Being told to come back later is no failure while others get through.
        let progress = std::mem::replace(&mut chain.mark, self.successes) < self.successes;
        if is_throttle(&error) && progress && chain.throttled < THROTTLED {
            chain.throttled += 1;
        } else {
            chain.tries += 1;
        }
        let wait = pause(patience, chain.tries, Some(&error));
        let may_repeat = unknown || error.is_transient();
        let again = !halted && may_repeat && chain.tries < patience.tries;
        let again = wait.filter(|_| again);
        let bearer = matches!(error, Error::Bearer(_));
        // Not found can come as 400, in any words (`api.md`, Errors).
        let is_delete = self.job.operations[index].change.after.is_none();
        let may_be_gone = is_delete && error.status() == Some(400);
        if unknown {
            // A success that cannot be read may be this server's way: the read that follows tells.
            if !matches!(error, Error::Unreadable { .. }) {
                self.breaker.failed(sent, now);
            }
            self.lost.insert(index);
            let chain = &mut self.units[unit].chains[at];
            chain.lost = true;
            chain.silent |= error.is_silence();
            chain.again = again.is_some();
            chain.error = Some(error);
            self.park(unit, at, now);
        } else if let Some(wait) = again {
            if !is_throttle(&error) {
                self.breaker.failed(sent, now);
            }
            self.push_later(Task::Write(unit, at), now + wait);
        } else if chain.lost || may_be_gone {
            chain.again = false;
            chain.error = Some(error);
            self.park(unit, at, now);
        } else {
            self.breaker.refused();
            self.record(unit, index, Outcome::Failed(error));
            self.proceed(unit, at, false, now);
        }
        if bearer {
            self.halt(Ended::NoBearer);
        }
    }

    /// Nobody knows what became of a write: a read will tell, one for all of the unit's.
    fn park(&mut self, unit: usize, chain: usize, now: Instant) {
        self.units[unit].parked.push(chain);
        self.units[unit].active -= 1;
        self.after_chain(unit, now);
    }

    /// On with the next write of a chain, if there is one.
    fn proceed(&mut self, unit: usize, at: usize, done: bool, now: Instant) {
        let is_delete = self.units[unit].phase == Phase::Deleting;
        let chain = &mut self.units[unit].chains[at];
        chain.step();
        // With one of its deletes undone, the caller's route without dnis has a sibling.
        if is_delete && !done {
            let rest = chain
                .operations
                .split_off(chain.at.min(chain.operations.len()));
            for index in rest {
                self.record(unit, index, Outcome::NotReached(Why::DeletesOff));
            }
        }
        let more = self.units[unit].chains[at].current().is_some();
        if more && self.halted.is_none() {
            return self.push_next(Task::Write(unit, at));
        }
        self.units[unit].active -= 1;
        self.after_chain(unit, now);
    }

    fn after_chain(&mut self, index: usize, now: Instant) {
        let unit = &self.units[index];
        if unit.active > 0 || self.halted.is_some() {
            return;
        }
        if unit.parked.is_empty() {
            return self.advance(index, now);
        }
        let tries = |chain: &usize| unit.chains[*chain].tries;
        let tries = unit.parked.iter().map(tries).max().unwrap_or(1);
        let error = unit
            .parked
            .iter()
            .filter_map(|chain| unit.chains[*chain].error.as_ref())
            .max_by_key(|error| error.retry_after());
        let patience = self.job.client.patience();
        let wait = pause(patience, tries, error).unwrap_or_default();
        self.push_later(Task::Settle(index), now + wait);
    }

    /// A read shows what became of the parked writes.
    pub(super) fn settled(
        &mut self,
        unit: usize,
        result: Result<Snapshot, Error>,
        (sent, now): Times,
    ) {
        let parked = std::mem::take(&mut self.units[unit].parked);
        self.units[unit].active += parked.len();
        if let Err(error) = &result {
            self.pace.failure(error, sent, now);
            self.breaker.failed(sent, now);
        }
        for chain in parked {
            self.settle(unit, chain, result.as_ref().ok(), now);
        }
    }

    fn settle(&mut self, unit: usize, at: usize, shown: Option<&Snapshot>, now: Instant) {
        let halted = self.halted.is_some();
        let chain = &mut self.units[unit].chains[at];
        let (Some(index), Some(error)) = (chain.current(), chain.error.take()) else {
            return self.proceed(unit, at, false, now);
        };
        let silent = chain.silent;
        let change = &self.job.operations[index].change;
        match shown.map_or(Found::Unclear, |shown| found(change, shown)) {
            Found::After => {
                self.breaker.success();
                self.successes += 1;
                self.record(unit, index, Outcome::Done);
                self.proceed(unit, at, true, now);
            }
            Found::Before if chain.again && !halted => self.push(Task::Write(unit, at)),
            Found::Before => {
                self.breaker.refused();
                // What nobody answered may still be carried out after this read.
                let outcome = if silent {
                    Outcome::Unknown(error)
                } else {
                    Outcome::Failed(error)
                };
                self.record(unit, index, outcome);
                self.proceed(unit, at, false, now);
            }
            Found::Unclear => {
                self.breaker.refused();
                self.record(unit, index, Outcome::Unknown(error));
                self.proceed(unit, at, false, now);
            }
        }
    }

    /// Which deletes may go out: none of a domain where something went wrong, none that a brake holds
    /// by now.
    fn hold_deletes(&mut self, index: usize) {
        for part in 0..self.units[index].parts.len() {
            let operations = self.job.operations;
            let unit = &self.units[index];
            let open: Vec<usize> = unit.parts[part]
                .range
                .clone()
                .filter(|index| self.outcomes[*index].is_none())
                .collect();
            if open.is_empty() || unit.parts[part].stale {
                continue;
            }
            let standing = unit.standing();
            let deletes: Vec<&Change> = open.iter().map(|i| &operations[*i].change).collect();
            let why = if unit.parts[part].failed || !unit.parts[part].is_verified() {
                Some(Why::DeletesOff)
            } else {
                let server = Server::new(&standing.routes, None, standing.complete);
                let overrides = Overrides {
                    max_deletes: Some(usize::MAX),
                    max_changes: Some(usize::MAX),
                    ..self.job.overrides.clone()
                };
                let brakes = brakes::check(&deletes, &server, &overrides);
                brakes.first().map(|brake| Why::Held(brake.to_string()))
            };
            if let Some(why) = why {
                for index_of in open {
                    self.record(index, index_of, Outcome::NotReached(why.clone()));
                }
                continue;
            }
            let keys: Vec<RouteKey> = deletes.iter().map(|change| change.key.clone()).collect();
            self.units[index].parts[part].wide = brakes::wide_deletes(standing.keys(), &keys);
        }
    }

    /// A read shows what the writes came to.
    pub(super) fn verified(&mut self, index: usize, result: Result<Snapshot, Error>, now: Instant) {
        let snapshot = match result {
            Ok(snapshot) if snapshot.complete => snapshot,
            Ok(_) => return self.unverified(index, "the list is not complete", now),
            Err(error) => {
                let reason = error.to_string();
                self.read_failed(error);
                return self.unverified(index, &reason, now);
            }
        };
        self.upgrade(index, &snapshot);
        if self.find_taken_along(index, &snapshot) {
            return self.push(Task::Restore(index));
        }
        let unit = &self.units[index];
        let found: Vec<_> = unit
            .parts
            .iter()
            .map(|part| {
                let judged = !part.seen && part.unread.is_none();
                let (operations, outcomes) = (self.job.operations, &self.outcomes);
                let check =
                    || verify::mismatches(part, operations, outcomes, &unit.before, &snapshot);
                judged.then(check)
            })
            .collect();
        let all = || found.iter().flatten().flatten();
        let patience = if all().any(|mismatch| mismatch.touched) {
            LAG
        } else {
            DOUBT
        };
        let stopped = self.halted.is_some() && !self.units[index].owes_a_look();
        if all().next().is_some() && now.duration_since(unit.written) < patience && !stopped {
            let unit = &mut self.units[index];
            let wait = LOOK
                .saturating_mul(1 << unit.looks.min(8))
                .min(LONGEST_LOOK);
            unit.looks += 1;
            return self.push_later(Task::Verify(index), now + wait);
        }
        let unit = &mut self.units[index];
        for (part, found) in unit.parts.iter_mut().zip(found) {
            if let Some(found) = found {
                part.seen = true;
                part.mismatches = found;
            }
        }
        unit.stand = Some(snapshot);
        self.advance(index, now);
    }

    fn unverified(&mut self, index: usize, reason: &str, now: Instant) {
        for part in &mut self.units[index].parts {
            if !part.seen {
                part.unread = Some(reason.to_owned());
            }
        }
        let unit = &mut self.units[index];
        if unit.phase == Phase::Rechecking || unit.parts.iter().any(|part| part.unread.is_some()) {
            // Nothing more is sent there; other parts of the unit may have deletes.
            for part in &mut unit.parts {
                part.failed |= part.unread.is_some();
            }
        }
        self.advance(index, now);
    }

    /// A write that seemed to have failed, and that the server shows to be done.
    fn upgrade(&mut self, index: usize, snapshot: &Snapshot) {
        let unit = &self.units[index];
        let late: Vec<usize> = unit
            .parts
            .iter()
            .filter(|part| !part.seen)
            .flat_map(|part| part.range.clone())
            .filter(|i| match &self.outcomes[*i] {
                Some(Outcome::Unknown(_)) => true,
                Some(Outcome::Failed(_)) => self.lost.contains(i),
                _ => false,
            })
            .filter(|i| {
                let change = &self.job.operations[*i].change;
                matches!(found(change, snapshot), Found::After)
            })
            .collect();
        for operation in late {
            self.record(index, operation, Outcome::Done);
        }
    }

    /// Whether deletes of ours took others along; they are then queued to be put back.
    fn find_taken_along(&mut self, index: usize, snapshot: &Snapshot) -> bool {
        let unit = &self.units[index];
        let standing = unit.standing();
        let mut gone = Vec::new();
        for part in unit.parts.iter().filter(|part| part.deleted) {
            let (operations, outcomes) = (self.job.operations, &self.outcomes);
            if verify::shows_deletes(part, operations, outcomes, snapshot) {
                gone.extend(verify::taken_along(part, standing, snapshot));
            }
        }
        gone.retain(|route| route.key().is_some_and(|key| !unit.restored.contains(&key)));
        let unit = &mut self.units[index];
        unit.restore.extend(gone);
        !unit.restore.is_empty()
    }

    pub(super) fn after_restore(&mut self, index: usize, now: Instant) {
        let unit = &mut self.units[index];
        unit.written = now;
        unit.looks = 0;
        if unit.restore.is_empty() {
            self.push(Task::Verify(index));
        } else {
            self.push(Task::Restore(index));
        }
    }
}

/// What a read shows at the key of a write whose outcome is unknown.
enum Found {
    After,
    Before,
    Unclear,
}

fn found(change: &Change, shown: &Snapshot) -> Found {
    match shown.only(&change.key) {
        // A list that is not complete does not show that something is gone.
        Ok(None) if !shown.complete => Found::Unclear,
        Ok(found) if change.is_done(found) => Found::After,
        Ok(found) if change.is_untouched(found) => Found::Before,
        _ => Found::Unclear,
    }
}
