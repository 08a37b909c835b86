//! The writes of one kind in a unit: sent side by side, the lost ones settled by one read.

use super::gate::Leave;
use super::limiter::{is_throttle, pause};
use super::report::{Outcome, Why};
use super::snapshot::Snapshot;
use super::unit::{Chain, Unit, chains};
use super::{Run, lock};
use crate::api::Error;
use crate::model::{Change, Op};
use std::sync::Mutex;
use std::time::Duration;

/// How often one write may be told to come back later while others get through.
const THROTTLED: u32 = 100;

impl Run<'_> {
    /// Sends what is open of one kind, until each has a known end or nobody can tell.
    pub(super) fn write(&self, unit: &mut Unit, op: Op) {
        let mut chains = {
            let told = self.told();
            let open = unit.parts.iter().filter(|part| !part.stale);
            let open = open.flat_map(|part| part.range.clone());
            chains(
                self.job.operations,
                open.filter(|index| told.outcomes[*index].is_none()),
                op,
            )
        };
        if chains.is_empty() || self.gate.is_halted() || !self.begin() {
            return;
        }
        loop {
            self.side_by_side(&mut chains);
            let lost = || chains.iter().filter_map(|chain| chain.error.as_ref());
            let Some(error) = lost().max_by_key(|error| error.retry_after()) else {
                break;
            };
            let tries = chains.iter().filter(|chain| chain.error.is_some());
            let tries = tries.map(|chain| chain.tries).max().unwrap_or(1);
            self.gate.sleep(self.wait(tries, error).unwrap_or_default());
            let shown = self.read(unit, Leave::Always);
            let shown = shown.and_then(|(shown, sent)| {
                shown
                    .inspect_err(|error| self.gate.failed(error, sent, true))
                    .ok()
            });
            for chain in &mut chains {
                self.settle(chain, shown.as_ref());
            }
        }
        self.note(unit, op);
    }

    /// What the writes left behind on their parts.
    fn note(&self, unit: &mut Unit, op: Op) {
        let told = self.told();
        for part in &mut unit.parts {
            let is = |index: &usize| self.job.operations[*index].change.op == op;
            if part
                .range
                .clone()
                .filter(is)
                .any(|i| told.sent.contains(&i))
            {
                part.sent = true;
                part.seen = false;
                part.deleted |= op == Op::Delete;
            }
            part.failed |= part.range.clone().any(|index| {
                let outcome = &told.outcomes[index];
                matches!(outcome, Some(Outcome::Failed(_) | Outcome::Unknown(_)))
            });
        }
    }

    fn side_by_side(&self, chains: &mut [Chain]) {
        let threads = chains.len().min(self.job.lanes).max(1);
        let next = Mutex::new(chains.iter_mut());
        let work = || {
            while let Some(chain) = { lock(&next).next() } {
                self.chain(chain);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
    }

    /// One caller's writes, in order, until one is lost or the run is halted.
    fn chain(&self, chain: &mut Chain) {
        while let Some(index) = chain.current() {
            let change = &self.job.operations[index].change;
            let write = || {
                self.told().sent.insert(index);
                self.job.client.write(change)
            };
            let Some((result, sent)) = self.gate.send(Leave::WhileRunning, write) else {
                return;
            };
            let Err(error) = result else {
                self.done(chain, index);
                continue;
            };
            let unknown = !error.certainly_not_done();
            let throttle = is_throttle(&error);
            // A success that cannot be read may be this server's way: the read that follows tells.
            let counts = match unknown {
                true => !matches!(error, Error::Unreadable { .. }),
                false => error.is_transient() && !throttle,
            };
            // Being told to come back later is no failure while others get through.
            if throttle && self.gate.progress(&mut chain.mark) && chain.throttled < THROTTLED {
                chain.throttled += 1;
            } else {
                chain.tries += 1;
            }
            let may_repeat = unknown || error.is_transient();
            let again = may_repeat && chain.tries < self.job.client.retry_policy().tries;
            let wait = self.wait(chain.tries, &error).filter(|_| again);
            self.gate
                .failed(&error, sent, counts && (unknown || wait.is_some()));
            if let Some(wait) = wait.filter(|_| !unknown) {
                self.gate.sleep(wait);
                continue;
            }
            // Not found can come as 400, in any words (`api.md`, Errors).
            let may_be_gone = change.op == Op::Delete && error.status() == Some(400);
            if unknown {
                self.told().lost.insert(index);
                chain.lost = true;
                chain.silent |= error.is_silence();
            }
            if chain.lost || may_be_gone {
                chain.again = wait.is_some();
                chain.error = Some(error);
                return;
            }
            self.gate.refused();
            self.not_done(chain, index, Outcome::Failed(error));
        }
    }

    fn wait(&self, tries: u32, error: &Error) -> Option<Duration> {
        pause(self.job.client.retry_policy(), tries, Some(error))
    }

    /// A read shows what became of a lost write.
    fn settle(&self, chain: &mut Chain, shown: Option<&Snapshot>) {
        let (Some(index), Some(error)) = (chain.current(), chain.error.take()) else {
            return;
        };
        let change = &self.job.operations[index].change;
        let outcome = match shown.map_or(Found::Unclear, |shown| found(change, shown)) {
            Found::After => return self.done(chain, index),
            Found::Before if chain.again && !self.gate.is_halted() => return,
            // What nobody answered may still be carried out after this read.
            Found::Before if !chain.silent => Outcome::Failed(error),
            _ => Outcome::Unknown(error),
        };
        self.gate.refused();
        self.not_done(chain, index, outcome);
    }

    fn done(&self, chain: &mut Chain, index: usize) {
        self.gate.succeeded();
        self.record(index, Outcome::Done);
        chain.step();
    }

    fn not_done(&self, chain: &mut Chain, index: usize, outcome: Outcome) {
        self.record(index, outcome);
        chain.step();
        // With one of its deletes undone, the caller's route without dnis has a sibling.
        if self.job.operations[index].change.op == Op::Delete {
            for rest in std::mem::take(&mut chain.operations).split_off(chain.at) {
                self.record(rest, Outcome::NotReached(Why::DeletesOff));
            }
        }
    }
}

/// What a read shows at the key of a write whose outcome is unknown.
pub(super) enum Found {
    After,
    Before,
    Unclear,
}

pub(super) fn found(change: &Change, shown: &Snapshot) -> Found {
    match shown.only(&change.key) {
        // A list that is not complete does not show that something is gone.
        Ok(None) if !shown.complete => Found::Unclear,
        Ok(found) if change.is_done(found) => Found::After,
        Ok(found) if change.is_untouched(found) => Found::Before,
        _ => Found::Unclear,
    }
}
