//! What a probe sends and reads, and how it leaves everything as it was.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::places::{Numbers, PLACES, Place, TEN_DIGITS};
use super::samples::Samples;
use crate::api::{self, Client, Retry, RouteFilter};
use crate::apply::{LAG, pause};
use crate::context::Context;
use crate::error::Error;
use crate::journal::{Intents, Run};
use crate::model::{Change, Domain, Found, Route, RouteIndex, RouteKey};
use crate::signals::Stop;

/// How often what is left of it is looked for and deleted.
const ROUNDS: u32 = 4;

/// Why a probe stops.
pub(super) enum Halt {
    Signal,
    /// Something that is not ours is not as it was.
    Foreign(String),
    Unreadable(api::Error),
}

/// A probe under way.
pub(super) struct Probe<'a> {
    pub(super) ctx: &'a Context,
    client: &'a Client,
    pub(super) domain: &'a Domain,
    pub(super) numbers: Numbers,
    /// What stood there before, sorted.
    baseline: Vec<Route>,
    pub(super) run: Run,
    /// The places in the journal.
    pub(super) intents: HashMap<RouteKey, usize>,
    pub(super) written: RefCell<HashSet<RouteKey>>,
    last_write: Cell<Instant>,
    /// The most rows any read has shown: a list of fewer is not cut.
    most: Cell<usize>,
    /// For how long something is looked for.
    pub(super) window: Cell<Duration>,
    /// The longest that a read was seen to trail behind a write; none before any write was shown.
    pub(super) lag: Cell<Option<Duration>>,
}

/// The rows of the probe that a read showed.
pub(super) struct Ours {
    index: RouteIndex,
    /// Whether a longer list was seen: then what it does not show is not there.
    whole: bool,
}

impl<'a> Probe<'a> {
    /// Writes down what may be left behind; nothing is sent yet.
    pub(super) fn begin(
        ctx: &'a Context,
        client: &'a Client,
        domain: &'a Domain,
        baseline: Vec<Route>,
    ) -> Result<Self, Error> {
        let numbers = Numbers::beside(domain, &baseline)?;
        let intended = PLACES.map(|place| Change::put(None, numbers.route(place)));
        let intended: Vec<Change> = intended.into_iter().flatten().collect();
        let mut header = ctx.journal_header(client)?;
        header.probe = true;
        if baseline.is_empty() {
            header.empty_domains = vec![domain.key()];
        }
        let run = (ctx.journal()?).begin(&header, Intents::Changes(&intended))?;
        let keys = intended.iter().map(|one| one.key.clone());
        Ok(Self {
            ctx,
            client,
            domain,
            numbers,
            most: Cell::new(baseline.len()),
            baseline,
            run,
            intents: keys.zip(0..).collect(),
            written: RefCell::default(),
            last_write: Cell::new(Instant::now()),
            window: Cell::new(ctx.facts().lag_window(LAG)),
            lag: Cell::new(None),
        })
    }
}

impl Probe<'_> {
    /// One read of the domain; what is not ours must stand as it stood.
    pub(super) fn read(&self) -> Result<Ours, Halt> {
        let (ours, others) = self.look().map_err(Halt::Unreadable)?;
        if others == self.baseline {
            return Ok(ours);
        }
        let new = others.iter().find(|one| !self.baseline.contains(one));
        let lost = self.baseline.iter().find(|one| !others.contains(one));
        Err(Halt::Foreign(match (new, lost) {
            (Some(new), _) => format!("{new} was not there before"),
            (None, Some(lost)) => format!("{lost} is not shown any more"),
            (None, None) => "a row stands twice".to_owned(),
        }))
    }

    /// One read of the domain: what is ours, and everything else, sorted.
    fn look(&self) -> Result<(Ours, Vec<Route>), api::Error> {
        let filter = RouteFilter::domain(self.domain);
        let mut read = |to: &mut dyn FnMut(Route) -> _| self.client.filtered(&filter, to);
        let (rows, told) = self.client.collect(&|_, _| true, &mut read)?;
        let key = |route: &Route| route.key();
        let is_ours = |route: &Route| key(route).is_some_and(|key| self.intents.contains_key(&key));
        let all = rows.len();
        let (ours, mut others): (Vec<Route>, Vec<Route>) = rows.into_iter().partition(is_ours);
        sort(&mut others);
        let whole = told.is_complete() && all < self.most.get();
        self.most.set(self.most.get().max(all));
        let index = RouteIndex::new(ours, true);
        Ok((Ours { index, whole }, others))
    }

    /// Reads until something is shown; with how long after the last write that read began, or nothing when
    /// the time is over.
    pub(super) fn until(
        &self,
        window: Duration,
        is_so: impl Fn(&Ours) -> bool,
    ) -> Result<Option<(Ours, Duration)>, Halt> {
        let (since, mut looks) = (Instant::now(), 0);
        loop {
            self.stopped()?;
            let lag = match looks {
                0 => Duration::ZERO,
                _ => self.last_write.get().elapsed(),
            };
            let ours = self.read()?;
            if is_so(&ours) {
                return Ok(Some((ours, lag)));
            }
            if since.elapsed() >= window {
                return Ok(None);
            }
            self.wait(pause(looks))?;
            looks += 1;
        }
    }

    pub(super) fn stopped(&self) -> Result<(), Halt> {
        match self.ctx.signals.stop().is_set() {
            true => Err(Halt::Signal),
            false => Ok(()),
        }
    }

    pub(super) fn wait(&self, time: Duration) -> Result<(), Halt> {
        match self.ctx.signals.stop().sleep(time) {
            true => Ok(()),
            false => Err(Halt::Signal),
        }
    }

    pub(super) fn tell(&self, what: &str) {
        self.ctx
            .ui
            .status(&format!("probe of {}: {what}", self.domain));
    }

    /// The status of the answer, if there was one.
    pub(super) fn put(&self, route: &Route) -> Option<u16> {
        self.send(&Change::put(None, route.clone())?)
    }

    pub(super) fn take_away(&self, route: &Route) -> Option<u16> {
        self.send(&Change::delete(route.clone())?)
    }

    /// Sends once; again only what was certainly not done and will pass.
    fn send(&self, change: &Change) -> Option<u16> {
        self.written.borrow_mut().insert(change.key.clone());
        // Also after a signal, when what was written is taken away.
        let policy = self.client.retry_policy();
        let sent = policy.run(&Stop::default(), |_| {
            self.client
                .try_out(change)
                .map_err(|error| match error.certainly_not_done() {
                    true => (error, Retry::Allowed),
                    false => (error, Retry::Pointless),
                })
        });
        self.last_write.set(Instant::now());
        match sent {
            Ok(status) => Some(status),
            Err(error) => error.status(),
        }
    }

    /// Deletes what the probe has written, in every spelling that stands; whether nothing of it is left.
    pub(super) fn put_back(&self, samples: &mut Samples) -> bool {
        let written: Vec<Place> = {
            let written = self.written.borrow();
            let mut places = PLACES.to_vec();
            places.retain(|place| written.contains(&self.numbers.key(*place)));
            // What has a called number first, the bare ones last.
            places.sort_by_key(|place| place.1 == 0);
            places
        };
        if written.is_empty() {
            return true;
        }
        self.tell("deleting what it wrote");
        let mut own: HashSet<usize> = HashSet::new();
        for round in 0..ROUNDS {
            let before = self.look();
            for place in &written {
                let rows = before.as_ref().map_or_else(
                    |_| Vec::new(),
                    |(ours, _)| ours.index.at(&self.numbers.key(*place)).routes(),
                );
                if place.0 == TEN_DIGITS && !rows.is_empty() {
                    own.insert(place.1);
                }
                // What is not shown may only lag.
                if rows.is_empty() && (round == 0 || before.is_err()) {
                    self.take_away(&self.numbers.written(*place));
                }
                for row in rows {
                    self.take_away(&row);
                }
            }
            if self.is_put_back() {
                for dnis in own {
                    samples.own_spelling(dnis);
                }
                return true;
            }
        }
        false
    }

    /// Looks until nothing of ours is shown, and has not been for as long as reads may trail.
    fn is_put_back(&self) -> bool {
        let since = Instant::now();
        let trails = self.trails();
        let clean = || (self.look()).is_ok_and(|(ours, _)| ours.index.routes().is_empty());
        let mut looks = 0;
        while since.elapsed() < trails.saturating_mul(2) + pause(0) {
            // Twice: one answer may be wrong.
            if self.last_write.get().elapsed() > trails && clean() && clean() {
                return true;
            }
            std::thread::sleep(pause(looks));
            looks += 1;
        }
        false
    }

    /// How long reads may trail behind the last write: twice what was seen, or the whole window before
    /// anything was.
    fn trails(&self) -> Duration {
        let seen = |lag: Duration| lag.saturating_mul(2).max(Duration::from_secs(1));
        self.lag.get().map_or(self.window.get(), seen)
    }
}

impl Ours {
    /// The row at a key, if there is one.
    pub(super) fn one(&self, key: &RouteKey) -> Option<&Route> {
        match self.index.at(key) {
            Found::One(route) => Some(route),
            _ => None,
        }
    }

    /// Whether something stands there; unknown where the list may be cut.
    pub(super) fn stands(&self, key: &RouteKey) -> Option<bool> {
        let any = !self.index.rows(key).is_empty();
        (any || self.whole).then_some(any)
    }
}

/// Sorts rows, so that two reads can be compared.
pub(super) fn sort(routes: &mut [Route]) {
    routes.sort_by_cached_key(|route| serde_json::to_string(route).unwrap_or_default());
}
