//! One unit from its read to its last look, step by step.

use std::sync::Arc;
use std::time::Instant;

use super::Run;
use super::events::Event;
use super::gate::Leave;
use super::report::{Ended, Outcome, Why};
use super::unit::{Source, Unit};
use crate::api::Error;
use crate::model::{Change, Op, Standing};
use crate::plan::Server;
use crate::plan::brakes::{self, Overrides};

impl Run<'_> {
    /// A unit beside which no other runs: where every write of it failed, the run ends. Whether one
    /// went well; where none was needed or all were refused, the next unit is to show it.
    pub(super) fn canary(&self, unit: &mut Unit<'_>, more: bool) -> bool {
        self.unit(unit);
        let told = self.told();
        let range = unit.parts.iter().flat_map(|part| part.range.clone());
        let outcomes = || range.clone().map(|index| told.outcomes[index].as_ref());
        let done = outcomes().any(|outcome| matches!(outcome, Some(Outcome::Done)));
        let failed = outcomes().any(|outcome| match outcome {
            Some(Outcome::Failed(error)) => error.is_transient(),
            Some(Outcome::Unknown(_) | Outcome::Unverified | Outcome::Seen(_)) => true,
            Some(Outcome::NotReached(why)) => *why == Why::Unread,
            _ => false,
        });
        drop(told);
        if failed && !done && more {
            self.gate.halt(Ended::Canary);
        }
        done
    }

    pub(super) fn unit(&self, unit: &mut Unit<'_>) {
        if self.read_before(unit) {
            self.write(unit, Op::Add);
            self.write(unit, Op::Change);
            self.look(unit);
            self.hold_deletes(unit);
            self.write(unit, Op::Delete);
            self.look(unit);
        }
        self.tell(unit);
    }

    /// The read right before. What stands already or is stale is said at once.
    fn read_before(&self, unit: &mut Unit<'_>) -> bool {
        if let Source::Domains(extent) = &mut unit.source {
            let adds = |index: usize| self.job.operations[index].change.op == Op::Add;
            let parts = &unit.parts;
            // The server's own spelling of a domain is known, so its filter can be believed.
            extent.may_be_empty = parts.iter().all(|part| part.range.clone().all(adds));
            let sent = Instant::now();
            let read = || extent.read(self.job.client);
            let read = self.gate.send(Leave::WhileRunning, read);
            extent.may_be_empty = false;
            match read {
                None => return false,
                Some(Err(error)) => {
                    let first = parts.first().map_or(usize::MAX, |part| part.range.start);
                    self.gate.failed(first, &error, sent);
                    self.unread(unit, error);
                    return false;
                }
                Some(Ok(snapshot)) => {
                    unit.before = Arc::new(snapshot);
                    *unit.now() = Arc::clone(&unit.before);
                }
            }
        }
        self.judge(unit);
        true
    }

    fn unread(&self, unit: &mut Unit<'_>, error: Error) {
        for part in &mut unit.parts {
            part.unread = Some(error.to_string());
            for index in part.range.clone() {
                self.record(index, Outcome::NotReached(Why::Unread));
            }
        }
        self.read_failed(error);
    }

    fn judge(&self, unit: &Unit<'_>) {
        for part in &unit.parts {
            let mut open = 0;
            for index in part.range.clone() {
                let change = &self.job.operations[index].change;
                let found = unit.before.index.at(&change.key);
                match change.standing(&found) {
                    Standing::Before | Standing::Unseen => open += 1,
                    Standing::After => self.record(index, Outcome::Already),
                    Standing::Other => self.record(index, Outcome::Stale(found.routes())),
                }
            }
            if open > 0 {
                let _one_at_a_time = self.told();
                self.observer.event(&Event::Start {
                    domain: &part.domain,
                    operations: open,
                });
            }
        }
    }

    /// Which deletes may go out: none of a domain where something did not end as it should, none that a
    /// brake holds by now.
    fn hold_deletes(&self, unit: &Unit<'_>) {
        if self.gate.is_halted() {
            return;
        }
        let standing = Arc::clone(&unit.now());
        let server = Server::new(
            standing.index.routes(),
            None,
            standing.index.coverage().clone(),
        );
        for part in &unit.parts {
            let (open, ended): (Vec<usize>, bool) = {
                let told = self.told();
                let outcomes = &told.outcomes;
                let open = part
                    .range
                    .clone()
                    .filter(|index| outcomes[*index].is_none());
                let mut ended = part
                    .range
                    .clone()
                    .filter_map(|index| outcomes[index].as_ref());
                (open.collect(), ended.all(Outcome::is_done))
            };
            if open.is_empty() {
                continue;
            }
            let change = |index: &usize| &self.job.operations[*index].change;
            let deletes: Vec<&Change> = open.iter().map(change).collect();
            let why = if !ended || !part.is_verified() {
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
            if let Some(why) = why {
                for index in open {
                    self.record(index, Outcome::NotReached(why.clone()));
                }
            }
        }
    }

    /// Says what looking found.
    fn tell(&self, unit: &Unit<'_>) {
        let _one_at_a_time = self.told();
        for part in unit.parts.iter().filter(|part| part.written) {
            let unseen = part.open.then_some("it was not read again");
            self.observer.event(&Event::Verified {
                domain: &part.domain,
                mismatches: &part.mismatches,
                unread: part.unread.as_deref().or(unseen),
            });
        }
    }
}
