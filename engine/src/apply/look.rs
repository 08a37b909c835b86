//! After the writes: what does the server show? Of what was written, of what nobody touched, and of
//! what our writes may have taken along.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::events::Event;
use super::gate::Leave;
use super::read::{Snapshot, gone};
use super::report::{Mismatch, Outcome};
use super::unit::{Back, Unit};
use super::{Run, Tried, lock};
use crate::api::{Error, Retry};
use crate::model::{Change, DomainKey, Found, NumberKey, Op, Route, RouteKey, Standing};

/// How long a difference at a route that we did not touch is doubted.
const DOUBT: Duration = Duration::from_secs(2);
/// The first pause between two looks; doubled up to the second.
const LOOK: Duration = Duration::from_millis(200);
/// The longest pause between two looks.
const LONGEST_LOOK: Duration = Duration::from_secs(4);
/// From here on somebody who sits before it wonders.
const LATE: Duration = Duration::from_secs(3);
/// How often a route is sent back.
const BACK: u32 = 3;

/// What one look did not show as it should be.
#[derive(Default)]
struct Open {
    /// Writes that are not shown, with what is.
    unshown: Vec<(usize, Standing, Vec<Route>)>,
    /// Rows that were as they should be and are not any more.
    moved: Vec<(usize, Vec<Route>)>,
    /// Differences at routes nobody touched, by part.
    drift: Vec<Vec<Mismatch>>,
    /// Siblings that reads by key showed before our write, and show to be gone.
    gone: Vec<Route>,
}

impl Open {
    fn differs(&self) -> bool {
        !self.moved.is_empty() || self.drift.iter().any(|drift| !drift.is_empty())
    }
}

/// The pause before the look after so many: growing, up to four seconds.
pub fn pause(looks: u32) -> Duration {
    LOOK.saturating_mul(1 << looks.min(8)).min(LONGEST_LOOK)
}

impl Run<'_> {
    /// Reads until everything is as it should be, or it has been long enough.
    pub(super) fn look(&self, unit: &mut Unit<'_>) {
        if !unit.parts.iter().any(|part| part.open) || (!self.job.verify && self.believe(unit)) {
            return;
        }
        let (window, stop) = (self.job.timing.window, self.job.client.stop());
        let (mut since, mut looks) = (Instant::now(), 0);
        loop {
            let last = stop.is_set() || since.elapsed() >= window;
            let read = || unit.read(&self.looks);
            let read = self
                .gate
                .send(Leave::Always, read)
                .unwrap_or(Err(Error::Stopped));
            let looked = read.and_then(|now| Ok((self.compare(unit, &now)?, now)));
            let (open, snapshot) = match looked {
                Ok(looked) => looked,
                // A look that failed shows nothing, and the next one may.
                Err(error) if error.is_transient() && !last && since.elapsed() < window => {
                    log::info!("looking again after: {error}");
                    stop.sleep(pause(looks).min(window.saturating_sub(since.elapsed())));
                    looks += 1;
                    continue;
                }
                Err(error) => return self.unseen(unit, error),
            };
            self.note_back(unit, &snapshot);
            let taken = self.restore(unit, &snapshot, &open);
            if taken && !stop.is_set() {
                (since, looks) = (Instant::now(), 0);
                continue;
            }
            let waits = self.may_show(&open, looks) || !unit.back.is_empty();
            if last || !(waits || (open.differs() && since.elapsed() < DOUBT)) {
                return self.close(unit, snapshot, open);
            }
            if since.elapsed() >= LATE {
                self.observer.event(&Event::Trailing);
            }
            stop.sleep(pause(looks).min(window.saturating_sub(since.elapsed())));
            looks += 1;
        }
    }

    /// Whether a later look may show what this one does not. Another value than stood there and than was
    /// sent is not reads trailing behind: where the server said yes one more look is enough.
    fn may_show(&self, open: &Open, looks: u32) -> bool {
        let told = self.told();
        let is_clean = |index: &usize| {
            let tried = told.tried.get(index);
            tried.is_some_and(|tried| tried.doubt.is_none())
        };
        let stands = |(index, standing, found): &(usize, Standing, Vec<Route>)| {
            *standing == Standing::Other && !found.is_empty() && is_clean(index)
        };
        !open.unshown.is_empty() && (looks == 0 || !open.unshown.iter().all(stands))
    }

    /// Without looking: a clean success is believed, unless it may have taken others along. Whether that
    /// settles everything.
    fn believe(&self, unit: &mut Unit<'_>) -> bool {
        let now = Arc::clone(&unit.now());
        let may_take = |index: usize| {
            let change = &self.job.operations[index].change;
            let sibling = |key: &RouteKey| key.same_caller(&change.key) && *key != change.key;
            change.op == Op::Delete && change.key.dnis.is_none() && now.index.keys().any(sibling)
        };
        let pending: Vec<(usize, bool)> = {
            let told = self.told();
            let pending = unit
                .parts
                .iter()
                .flat_map(|part| told.pending(part.range.clone()));
            pending
                .map(|index| {
                    (
                        index,
                        told.tried[&index].doubt.is_none() && !may_take(index),
                    )
                })
                .collect()
        };
        for (index, _) in pending.iter().filter(|(_, clean)| *clean) {
            self.record(*index, Outcome::Sent);
        }
        let all = pending.iter().all(|(_, clean)| *clean);
        if all {
            unit.parts.iter_mut().for_each(|part| part.open = false);
        }
        all
    }

    /// What the read shows of our writes and of what nobody touched; what is shown is done.
    fn compare(&self, unit: &Unit<'_>, now: &Snapshot) -> Result<Open, Error> {
        let mut open = Open::default();
        for part in &unit.parts {
            if !part.open {
                open.drift.push(Vec::new());
                continue;
            }
            let mut touched: HashSet<&RouteKey> = part.lost.iter().collect();
            for index in part.range.clone() {
                let change = &self.job.operations[index].change;
                touched.insert(&change.key);
                self.compare_row(unit, index, now, &mut open)?;
            }
            open.drift.push(match unit.sees_all() {
                true => unit.before.drift(now, &part.domain, &touched),
                false => Vec::new(),
            });
        }
        Ok(open)
    }

    fn compare_row(
        &self,
        unit: &Unit<'_>,
        index: usize,
        now: &Snapshot,
        open: &mut Open,
    ) -> Result<(), Error> {
        let change = &self.job.operations[index].change;
        let (pending, done) = {
            let told = self.told();
            let outcome = told.outcomes[index].as_ref();
            let done = matches!(outcome, Some(Outcome::Done | Outcome::Already));
            (outcome.is_none() && told.tried.contains_key(&index), done)
        };
        let mut found = now.index.at(&change.key);
        // On a list that may be cut a row is read by its key, and the caller's other routes with it.
        let by_list = now.index.coverage().shows(&change.key);
        let by_key = match pending && unit.sees_all() && !by_list {
            true => Some(unit.read_key(&self.looks, change)?),
            false => None,
        };
        if let Some(by_key) = &by_key {
            found = by_key.index.at(&change.key);
            let known = lock(&unit.siblings).remove(&index).unwrap_or_default();
            let gone = |route: &Route| {
                route
                    .key()
                    .is_some_and(|key| by_key.index.at(&key) == Found::Nothing)
            };
            let (gone, stay) = known.into_iter().partition(gone);
            open.gone.extend::<Vec<Route>>(gone);
            lock(&unit.siblings).insert(index, stay);
        }
        let (standing, routes) = (change.standing(&found), found.routes());
        match standing {
            Standing::After if pending => {
                self.note_lag(index);
                self.record(index, Outcome::Done);
            }
            Standing::Before | Standing::Other if done => open.moved.push((index, routes)),
            _ if pending => {
                if standing == Standing::Before {
                    self.trails(index, now.began);
                }
                open.unshown.push((index, standing, routes));
            }
            _ => {}
        }
        Ok(())
    }

    /// A read that began then still shows what stood before a write.
    fn trails(&self, index: usize, began: Instant) {
        if let Some(tried) = self.told().tried.get_mut(&index)
            && tried.doubt.is_none()
        {
            tried.trailed = began.checked_duration_since(tried.answered);
        }
    }

    /// A write is shown: for how long was it not?
    fn note_lag(&self, index: usize) {
        let mut told = self.told();
        let trailed = told.tried.get(&index).and_then(|tried| tried.trailed);
        told.lag = told.lag.max(trailed);
    }

    /// How everything that is still open ends.
    fn close(&self, unit: &mut Unit<'_>, now: Snapshot, open: Open) {
        for (index, standing, found) in open.unshown {
            let tried = self.told().tried.remove(&index);
            if tried.as_ref().is_some_and(|tried| tried.doubt.is_none()) {
                self.gate.gave_up();
            }
            let change = &self.job.operations[index].change;
            let part = unit
                .parts
                .iter_mut()
                .find(|part| part.range.contains(&index));
            part.into_iter().for_each(|part| {
                part.unshown.push(Mismatch {
                    key: Some(change.key.clone()),
                    touched: true,
                    expected: change.after.clone(),
                    found: found.first().cloned(),
                });
            });
            self.record(
                index,
                match (tried.and_then(|tried| tried.doubt), standing) {
                    (None, Standing::Other) => Outcome::Seen(found),
                    (None, _) => Outcome::Unverified,
                    (Some(_), Standing::Other) => {
                        self.told().doubted = true;
                        Outcome::Stale(found)
                    }
                    (Some(error), _) => Outcome::Unknown(error),
                },
            );
        }
        for (index, found) in open.moved {
            // Where we put something back, that may have been ours, too.
            let key = &self.job.operations[index].change.key;
            let ours = unit.taken.iter().any(|taken| taken.same_caller(key));
            let outcome = if ours { Outcome::Seen } else { Outcome::Stale };
            self.record(index, outcome(found));
        }
        for back in std::mem::take(&mut unit.back) {
            self.lost(unit, back, "the server does not show it again");
        }
        for (part, mut drift) in unit.parts.iter_mut().zip(open.drift) {
            // What our own write took is told as that, and is nobody else's change.
            drift.retain(|one| !one.key.as_ref().is_some_and(|key| part.lost.contains(key)));
            if std::mem::take(&mut part.open) {
                part.mismatches = drift;
                part.mismatches.extend(part.unshown.iter().cloned());
            }
        }
        *unit.now() = Arc::new(now);
    }

    /// It could not be read again, so nothing more is sent there.
    fn unseen(&self, unit: &mut Unit<'_>, error: Error) {
        let reason = error.to_string();
        self.read_failed(error);
        for part in unit.parts.iter_mut().filter(|part| part.open) {
            part.unread = Some(reason.clone());
        }
        for part in unit.parts.iter().filter(|part| part.open) {
            let pending: Vec<usize> = self.told().pending(part.range.clone()).collect();
            for index in pending {
                let tried = self.told().tried.remove(&index);
                let doubt = tried.and_then(|tried| tried.doubt);
                self.record(index, doubt.map_or(Outcome::Unverified, Outcome::Unknown));
            }
        }
        for back in std::mem::take(&mut unit.back) {
            self.lost(unit, back, &reason);
        }
    }

    /// Routes of callers we wrote for that stood there and are gone right after: our write took them
    /// along, whatever form it had. A list that may be cut shows nothing to be gone.
    pub(super) fn taken_along(
        &self,
        unit: &Unit<'_>,
        old: &Snapshot,
        new: &Snapshot,
    ) -> Vec<Route> {
        let window = self.job.timing.window;
        let told = self.told();
        let mut written: HashSet<(&DomainKey, &NumberKey)> = HashSet::new();
        let mut ours: HashSet<&RouteKey> = HashSet::new();
        for index in unit.parts.iter().flat_map(|part| part.range.clone()) {
            let change = &self.job.operations[index].change;
            let key = &change.key;
            // What we have put there before is no different from others' routes.
            if change.after.is_none() || change.standing(&old.index.at(key)) != Standing::After {
                ours.insert(key);
            }
            let tried = told.tried.get(&index);
            if tried.is_some_and(|tried: &Tried| tried.at + window >= old.began) {
                written.insert((&key.domain, &key.ani));
            }
        }
        let sibling = |key: &RouteKey| {
            written.contains(&(&key.domain, &key.ani))
                && !ours.contains(key)
                && !unit.taken.contains(key)
        };
        gone(old, new, sibling).into_values().collect()
    }

    /// Puts back what our writes took along, once their own effect is shown; whether there was anything.
    fn restore(&self, unit: &mut Unit<'_>, now: &Snapshot, open: &Open) -> bool {
        let old = Arc::clone(&unit.now());
        let unshown: HashSet<(&DomainKey, &NumberKey)> = open
            .unshown
            .iter()
            .map(|(index, ..)| &self.job.operations[*index].change.key)
            .map(|key| (&key.domain, &key.ani))
            .collect();
        let earlier = std::mem::take(&mut *lock(&unit.gone));
        let gone = earlier.into_iter().chain(self.taken_along(unit, &old, now));
        let gone = gone.filter(|route| {
            let key = route.key();
            key.is_some_and(|key| now.index.at(&key) == Found::Nothing)
        });
        let gone: HashMap<RouteKey, Route> = gone
            .chain(open.gone.iter().cloned())
            .filter_map(|route| Some((route.key()?, route)))
            .collect();
        let mut any = false;
        for (key, route) in gone {
            if unshown.contains(&(&key.domain, &key.ani)) {
                lock(&unit.gone).push(route);
            } else if unit.taken.insert(key.clone()) {
                any = true;
                self.put_back(unit, key, route);
            }
        }
        any
    }

    /// Kept before it is sent. What is kept is that it went: should it not come back, an undo puts it
    /// there.
    fn put_back(&self, unit: &mut Unit<'_>, key: RouteKey, route: Route) {
        let Some(gone) = Change::delete(route.clone()) else {
            return;
        };
        let added = {
            let _one_at_a_time = self.told();
            self.observer.add(&gone)
        };
        let index = match added {
            Ok(index) => index,
            Err(reason) => {
                unit.lose(&key);
                return self.told().missing.push((route, reason));
            }
        };
        let mut back = Back {
            route,
            key,
            index,
            tries: 0,
            doubt: true,
        };
        match self.send_back(&mut back) {
            Ok(()) => unit.back.push(back),
            Err(reason) => self.lost(unit, back, &reason),
        }
    }

    /// Sends a route back; what is not refused is looked for. A try in doubt is repeated by the next look
    /// that does not show it.
    fn send_back(&self, back: &mut Back) -> Result<(), String> {
        let Some(put) = Change::put(None, back.route.clone()) else {
            return Err("it has no key".to_owned());
        };
        if !back.doubt || back.tries >= BACK {
            return Ok(());
        }
        back.tries += 1;
        let client = self.job.client;
        let sent = client.retry_policy().run(client.stop(), |again| {
            let write = || client.write(&put, again || back.tries > 1);
            let sent = self.gate.send(Leave::Always, write).unwrap_or(Ok(()));
            sent.map_err(|error| match error.certainly_not_done() {
                true => (error, Retry::Allowed),
                false => (error, Retry::Pointless),
            })
        });
        match sent {
            Err(error) if error.certainly_not_done() => Err(error.to_string()),
            sent => {
                back.doubt = sent.is_err();
                Ok(())
            }
        }
    }

    /// What was sent back and is shown again.
    fn note_back(&self, unit: &mut Unit<'_>, now: &Snapshot) {
        let back = std::mem::take(&mut unit.back);
        let is_shown = |back: &Back, found: Found<'_>| match found {
            Found::One(route) => route.same_value(&back.route),
            _ => false,
        };
        let shown = |back: &Back| match now.index.at(&back.key) {
            Found::Unseen => {
                let put = Change::put(None, back.route.clone());
                let read = put.map(|put| unit.read_key(&self.looks, &put));
                matches!(read, Some(Ok(shown)) if is_shown(back, shown.index.at(&back.key)))
            }
            found => is_shown(back, found),
        };
        let (shown, open): (Vec<Back>, Vec<Back>) = back.into_iter().partition(shown);
        for mut back in open {
            match self.send_back(&mut back) {
                Ok(()) => unit.back.push(back),
                Err(reason) => self.lost(unit, back, &reason),
            }
        }
        let mut told = self.told();
        for Back { route, index, .. } in shown {
            self.observer.event(&Event::Restored {
                index,
                route: &route,
                outcome: &Outcome::Done,
            });
            told.restored.push(route);
        }
    }

    fn lost(&self, unit: &mut Unit<'_>, back: Back, reason: &str) {
        unit.lose(&back.key);
        let mut told = self.told();
        self.observer.event(&Event::Restored {
            index: back.index,
            route: &back.route,
            outcome: &Outcome::Unverified,
        });
        told.missing.push((back.route, reason.to_owned()));
    }
}
