//! The experiments, in their order; none is judged by what was not seen to stand.

use std::collections::HashSet;
use std::time::Duration;

use super::places::{
    BARE_FIRST, BARE_LAST, NO_APPLICATION, NOBODY, PLACES, Place, TEN_DIGITS, UPDATED,
};
use super::samples::Samples;
use super::wire::{Halt, Ours, Probe};

/// For how long the first write is waited for.
const CONTROL: Duration = Duration::from_secs(60);

impl Probe<'_> {
    /// All of them.
    pub(super) fn experiments(&self, samples: &mut Samples) -> Result<(), Halt> {
        if !self.control(samples)? {
            return Ok(());
        }
        self.update(samples)?;
        let shown = self.create(samples)?;
        let gone = self.delete(&shown)?;
        self.tell("waiting to see what else goes");
        self.wait(self.window.get())?;
        self.judge(&shown, &gone, samples)
    }

    /// The positive control: a write that is seen. Without it nothing is found out.
    fn control(&self, samples: &mut Samples) -> Result<bool, Halt> {
        let place = (UPDATED, 0);
        for _ in 0..2 {
            self.tell("writing a first route");
            let status = self.put(&self.numbers.route(place));
            samples.created(status);
            if samples.refusals() > 0 && status.is_some_and(|status| (400..500).contains(&status)) {
                continue;
            }
            let Some((ours, lag)) =
                self.until(CONTROL, |ours| ours.one(&self.numbers.key(place)).is_some())?
            else {
                return Ok(false);
            };
            samples.shown(ours.one(&self.numbers.key(place)), NOBODY[0]);
            self.lagged(status, lag, samples);
            return Ok(true);
        }
        Ok(false)
    }

    /// How long a read trailed behind a write that was said to be done.
    fn lagged(&self, status: Option<u16>, lag: Duration, samples: &mut Samples) {
        if status.is_some_and(|status| (200..300).contains(&status)) {
            samples.lag(lag);
        }
        self.lag.set(self.lag.get().max(Some(lag)));
        let twice = lag.saturating_mul(2).min(CONTROL);
        self.window.set(self.window.get().max(twice));
    }

    /// Another value at the same key, and back.
    fn update(&self, samples: &mut Samples) -> Result<(), Halt> {
        let key = self.numbers.key((UPDATED, 0));
        for value in [NOBODY[1], NOBODY[0]] {
            let stood = self.read()?.one(&key).cloned();
            let mut route = self.numbers.route((UPDATED, 0));
            route.destination = Some(value.to_owned());
            let status = self.put(&route);
            let changed = |ours: &Ours| {
                ours.one(&key)
                    .is_some_and(|now| Some(now) != stood.as_ref())
            };
            let Some((ours, lag)) = self.until(self.window.get(), changed)? else {
                return Ok(());
            };
            samples.updated(status);
            samples.shown(ours.one(&key), value);
            self.lagged(status, lag, samples);
        }
        Ok(())
    }

    /// Everything else that is to stand; those that are shown.
    fn create(&self, samples: &mut Samples) -> Result<HashSet<Place>, Halt> {
        self.tell("writing ten more");
        for place in PLACES.into_iter().skip(1) {
            samples.created(self.put(&self.numbers.written(place)));
            self.stopped()?;
        }
        let all = |ours: &Ours| {
            PLACES
                .iter()
                .all(|place| ours.one(&self.numbers.key(*place)).is_some())
        };
        let shown = match self.until(self.window.get(), all)? {
            Some((ours, _)) => ours,
            None => self.read()?,
        };
        let places = PLACES.into_iter();
        let places: HashSet<Place> = places
            .filter(|place| shown.one(&self.numbers.key(*place)).is_some())
            .collect();
        for place in &places {
            let found = shown.one(&self.numbers.key(*place));
            match place.0 {
                NO_APPLICATION => samples.application(found),
                UPDATED if place.1 == 0 => {}
                _ => samples.shown(found, NOBODY[0]),
            }
        }
        Ok(places)
    }

    /// The deletes that tell something, of what is shown; those whose route went.
    fn delete(&self, shown: &HashSet<Place>) -> Result<HashSet<Place>, Halt> {
        self.tell("deleting six");
        // In eleven digits, whatever they were written in: one of two spellings of a number.
        for place in [(TEN_DIGITS, 1), (TEN_DIGITS, 0)] {
            self.take_away(&self.numbers.route(place));
        }
        let ours = self.read()?;
        let whole = |place: &Place| match place.0 {
            BARE_FIRST => [0, 1, 2]
                .iter()
                .all(|dnis| shown.contains(&(place.0, *dnis))),
            caller => [0, 1].iter().all(|dnis| shown.contains(&(caller, *dnis))),
        };
        let wanted = [
            (BARE_FIRST, 0),
            (BARE_LAST, 0),
            (UPDATED, 1),
            (NO_APPLICATION, 1),
        ];
        let wanted: Vec<Place> = wanted.into_iter().filter(whole).collect();
        for place in &wanted {
            if let Some(row) = ours.one(&self.numbers.key(*place)) {
                self.take_away(row);
            }
            self.stopped()?;
        }
        let gone =
            |ours: &Ours, place: &Place| ours.stands(&self.numbers.key(*place)) == Some(false);
        let all = |ours: &Ours| wanted.iter().all(|place| gone(ours, place));
        let ours = match self.until(self.window.get(), all)? {
            Some((ours, _)) => ours,
            None => self.read()?,
        };
        Ok(wanted
            .into_iter()
            .filter(|place| gone(&ours, place))
            .collect())
    }

    /// What stands a whole window after the deletes were shown, by two reads that agree.
    fn judge(
        &self,
        shown: &HashSet<Place>,
        gone: &HashSet<Place>,
        samples: &mut Samples,
    ) -> Result<(), Halt> {
        let reads = [self.read()?, self.read()?];
        let stays = |place: Place| {
            let [one, other] = reads
                .each_ref()
                .map(|read| read.stands(&self.numbers.key(place)));
            one.filter(|_| one == other)
        };
        let is_gone = |place: Place| gone.contains(&place) && stays(place) == Some(false);
        if is_gone((BARE_FIRST, 0)) {
            samples.bare_delete([stays((BARE_FIRST, 1)), stays((BARE_FIRST, 2))]);
        }
        if is_gone((BARE_LAST, 0)) {
            samples.bare_delete([stays((BARE_LAST, 1)); 2]);
        }
        for caller in [UPDATED, NO_APPLICATION] {
            if is_gone((caller, 1)) {
                samples.full_delete(stays((caller, 0)));
                samples.gone(self.take_away(&self.numbers.route((caller, 1))));
            }
        }
        for dnis in [0, 1] {
            if shown.contains(&(TEN_DIGITS, dnis)) {
                let stays = stays((TEN_DIGITS, dnis));
                samples.other_spelling(dnis, stays.map(|stays| !stays));
            }
        }
        Ok(())
    }
}
