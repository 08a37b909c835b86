//! One unit from its read to its verification, step by step.

use std::time::Instant;

use super::Run;
use super::events::Event;
use super::gate::Leave;
use super::report::{Ended, Mismatch, Outcome, Why};
use super::snapshot::Snapshot;
use super::staleness;
use super::unit::Unit;
use super::verify::{self, DOUBT, LAG, LONGEST_LOOK, LOOK};
use super::write::{Found, found};
use crate::api::{self, Error};
use crate::model::{Change, Op, Route, RouteKey};
use crate::plan::Server;
use crate::plan::brakes::{self, Overrides};

impl Run<'_> {
    /// A unit beside which no other runs: its failure ends the run. Whether it went well.
    pub(super) fn canary(&self, unit: &mut Unit, more: bool) -> bool {
        self.unit(unit);
        let failed = unit.parts.iter().any(|part| {
            part.failed || (part.unread.is_some() && !part.stale) || !part.is_verified()
        });
        if failed && more {
            self.gate.halt(Ended::Canary);
        }
        let told = self.told();
        let done = |index| matches!(told.outcomes[index], Some(Outcome::Done | Outcome::Already));
        !failed && unit.parts.iter().any(|part| part.range.clone().any(done))
    }

    pub(super) fn unit(&self, unit: &mut Unit) {
        if self.read_before(unit) {
            self.write(unit, Op::Add);
            self.write(unit, Op::Change);
            self.verify(unit);
            self.hold_deletes(unit);
            self.write(unit, Op::Delete);
            self.verify(unit);
        }
        self.tell(unit);
    }

    /// Reads the unit's domains; none where the run was halted before.
    pub(super) fn read(
        &self,
        unit: &Unit,
        leave: Leave,
    ) -> Option<(Result<Snapshot, Error>, Instant)> {
        let read = || unit.extent.read(self.job.client);
        self.gate.send(leave, read)
    }

    /// The read right before: what still fits is sent, a domain where something does not is skipped.
    fn read_before(&self, unit: &mut Unit) -> bool {
        let adds = |index: usize| self.job.operations[index].change.op == Op::Add;
        // The server's own spelling of a domain is known, so its filter can be believed.
        unit.extent.may_be_empty = unit.parts.iter().all(|part| part.range.clone().all(adds));
        let read = self.read(unit, Leave::WhileRunning);
        unit.extent.may_be_empty = false;
        match read {
            None => false,
            Some((Err(error), sent)) => {
                self.gate.failed(&error, sent, true);
                self.unread(unit, error);
                false
            }
            Some((Ok(snapshot), _)) => {
                self.judge(unit, &snapshot);
                unit.before = snapshot;
                true
            }
        }
    }

    fn unread(&self, unit: &mut Unit, error: Error) {
        for part in &mut unit.parts {
            part.unread = Some(error.to_string());
            for index in part.range.clone() {
                self.record(index, Outcome::NotReached(Why::Unread));
            }
        }
        self.read_failed(error);
    }

    fn judge(&self, unit: &mut Unit, snapshot: &Snapshot) {
        for part in &mut unit.parts {
            let mut open = Vec::new();
            for index in part.range.clone() {
                let change = &self.job.operations[index].change;
                match staleness::judge(change, snapshot, self.job.overrides) {
                    None => open.push(index),
                    Some(outcome) => {
                        part.stale |= matches!(outcome, Outcome::Stale(_));
                        self.record(index, outcome);
                    }
                }
            }
            if part.stale {
                for index in open {
                    self.record(index, Outcome::NotReached(Why::StaleDomain));
                }
            } else if !open.is_empty() {
                let _one_at_a_time = self.told();
                self.observer.event(&Event::Start {
                    domain: &part.domain,
                    operations: open.len(),
                });
            }
        }
    }

    /// Which deletes may go out: none of a domain where something went wrong, none that a brake holds
    /// by now.
    fn hold_deletes(&self, unit: &mut Unit) {
        if self.gate.is_halted() {
            return;
        }
        let standing = unit.stand.as_ref().unwrap_or(&unit.before);
        let server = Server::new(&standing.routes, None, standing.complete);
        for part in unit.parts.iter_mut().filter(|part| !part.stale) {
            let open: Vec<usize> = {
                let told = self.told();
                let is_open = |index: &usize| told.outcomes[*index].is_none();
                part.range.clone().filter(is_open).collect()
            };
            let change = |index: &usize| &self.job.operations[*index].change;
            let deletes: Vec<&Change> = open.iter().map(change).collect();
            let why = if part.failed || !part.is_verified() {
                Some(Why::DeletesOff)
            } else {
                let overrides = Overrides {
                    max_deletes: Some(usize::MAX),
                    max_changes: Some(usize::MAX),
                    ..self.job.overrides.clone()
                };
                let brakes = brakes::check(&deletes, &server, &overrides);
                brakes.first().map(|brake| Why::Held(brake.to_string()))
            };
            let keys: Vec<RouteKey> = deletes.iter().map(|change| change.key.clone()).collect();
            match why.filter(|_| !open.is_empty()) {
                None => part.wide = brakes::wide_deletes(standing.keys(), &keys),
                Some(why) => open
                    .into_iter()
                    .for_each(|index| self.record(index, Outcome::NotReached(why.clone()))),
            }
        }
    }

    /// Reads until everything is as it should be, or it has been long enough.
    fn verify(&self, unit: &mut Unit) {
        if unit.parts.iter().all(|part| part.seen) {
            return;
        }
        let (mut written, mut looks) = (Instant::now(), 0);
        loop {
            if self.gate.is_halted() && !unit.owes_a_look() {
                return;
            }
            let snapshot = match self.read(unit, Leave::Always) {
                Some((Ok(snapshot), _)) if snapshot.complete => snapshot,
                Some((Err(error), _)) => {
                    let reason = error.to_string();
                    self.read_failed(error);
                    return unit.unverified(&reason);
                }
                _ => return unit.unverified("the list is not complete"),
            };
            self.upgrade(unit, &snapshot);
            if self.restore(unit, &snapshot) {
                (written, looks) = (Instant::now(), 0);
                continue;
            }
            let found = self.mismatches(unit, &snapshot);
            let mut all = found.iter().flatten().flatten().peekable();
            let differs = all.peek().is_some();
            let touched = all.any(|mismatch| mismatch.touched);
            let retry_policy = if touched { LAG } else { DOUBT };
            if differs && written.elapsed() < retry_policy {
                self.gate
                    .sleep(LOOK.saturating_mul(1 << looks.min(8)).min(LONGEST_LOOK));
                looks += 1;
                continue;
            }
            for (part, found) in unit.parts.iter_mut().zip(found) {
                if let Some(found) = found {
                    part.seen = true;
                    part.mismatches = found;
                }
            }
            unit.stand = Some(snapshot);
            return;
        }
    }

    /// What is not as it should be, part by part; none for parts that are not in question.
    fn mismatches(&self, unit: &Unit, now: &Snapshot) -> Vec<Option<Vec<Mismatch>>> {
        let told = self.told();
        let (operations, outcomes) = (self.job.operations, &told.outcomes);
        let parts = unit.parts.iter();
        let check = |part| verify::mismatches(part, operations, outcomes, &unit.before, now);
        parts
            .map(|part| (!part.seen && part.unread.is_none()).then(|| check(part)))
            .collect()
    }

    /// A write that seemed to have failed, and that the server shows to be done.
    fn upgrade(&self, unit: &Unit, snapshot: &Snapshot) {
        let late: Vec<usize> = {
            let told = self.told();
            let doubtful = |i: &usize| match &told.outcomes[*i] {
                Some(Outcome::Unknown(_)) => true,
                Some(Outcome::Failed(_)) => told.lost.contains(i),
                _ => false,
            };
            let parts = unit.parts.iter().filter(|part| !part.seen);
            parts
                .flat_map(|part| part.range.clone())
                .filter(doubtful)
                .collect()
        };
        for index in late {
            let change = &self.job.operations[index].change;
            if matches!(found(change, snapshot), Found::After) {
                self.record(index, Outcome::Done);
            }
        }
    }

    /// Puts back what deletes of ours took along; whether there was anything.
    fn restore(&self, unit: &mut Unit, snapshot: &Snapshot) -> bool {
        let standing = unit.stand.as_ref().unwrap_or(&unit.before);
        let mut gone = Vec::new();
        for part in unit.parts.iter().filter(|part| part.deleted) {
            let outcomes = &self.told().outcomes;
            if verify::shows_deletes(part, self.job.operations, outcomes, snapshot) {
                gone.extend(verify::taken_along(part, standing, snapshot));
            }
        }
        let is_new = |key: &RouteKey| !unit.restored.contains(key);
        gone.retain(|route: &Route| route.key().is_some_and(|key| is_new(&key)));
        let any = !gone.is_empty();
        for route in gone {
            unit.restored.extend(route.key());
            if let Err(reason) = self.put_back(&route) {
                unit.lose(&route);
                self.told().missing.push((route, reason));
            }
        }
        any
    }

    /// Kept before it is sent. What is kept is that it went: should it not come back, an undo puts it
    /// there.
    fn put_back(&self, route: &Route) -> Result<(), String> {
        let keyless = || "it has no key".to_owned();
        let change = Change::put(None, route.clone()).ok_or_else(keyless)?;
        let gone = Change::delete(route.clone()).ok_or_else(keyless)?;
        let index = {
            let _one_at_a_time = self.told();
            self.observer.add(&gone)?
        };
        let perform = || self.job.client.perform(&change);
        let outcome = match self.gate.send(Leave::Always, perform) {
            Some((api::Outcome::Done, _)) => Outcome::Done,
            Some((api::Outcome::NotDone(error), _)) => Outcome::Failed(error),
            Some((api::Outcome::Unknown(error), _)) => Outcome::Unknown(error),
            None => return Err("it was not sent".to_owned()),
        };
        let mut told = self.told();
        self.observer.event(&Event::Restored {
            index,
            route,
            outcome: &outcome,
        });
        match outcome {
            Outcome::Done => told.restored.push(route.clone()),
            other => return Err(other.to_string()),
        }
        Ok(())
    }

    /// Says what verification found.
    fn tell(&self, unit: &Unit) {
        let _one_at_a_time = self.told();
        for part in unit.parts.iter().filter(|part| part.sent) {
            let unseen = (!part.seen).then_some("it was not read again");
            self.observer.event(&Event::Verified {
                domain: &part.domain,
                mismatches: &part.mismatches,
                unread: part.unread.as_deref().or(unseen),
            });
        }
    }
}
