//! Leave to send: how many requests at a time, and whether any more at all.

use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::limiter::{Breaker, Limiter};
use super::lock;
use super::report::Ended;
use crate::api::{Error, Stop};

/// How often a waiting lane looks for a signal.
const GLANCE: Duration = Duration::from_millis(50);

pub(super) struct Gate<'j> {
    stop: &'j Stop,
    state: Mutex<State>,
    bell: Condvar,
}

struct State {
    busy: usize,
    limiter: Limiter,
    breaker: Breaker,
    halted: Option<Ended>,
    /// How many writes succeeded.
    successes: u64,
}

/// Which requests go out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// None any more once the run is halted.
    WhileRunning,
    /// Also afterwards: what was sent with unknown outcome is settled, what a delete took is put back.
    Always,
}

impl<'j> Gate<'j> {
    pub(super) fn new(stop: &'j Stop, lanes: usize) -> Self {
        let now = Instant::now();
        let state = State {
            busy: 0,
            limiter: Limiter::new(lanes, now),
            breaker: Breaker::new(now),
            halted: None,
            successes: 0,
        };
        Self {
            stop,
            state: Mutex::new(state),
            bell: Condvar::new(),
        }
    }

    /// Sends when there is room; none where the run was halted before. Tells when it was sent.
    pub(super) fn send<T>(
        &self,
        leave: Leave,
        request: impl FnOnce() -> T,
    ) -> Option<(T, Instant)> {
        let mut state = self.state();
        loop {
            if state.halted.is_some() && leave == Leave::WhileRunning {
                return None;
            }
            let Some(wait) = state.limiter.wait(state.busy, Instant::now()) else {
                break;
            };
            drop(self.bell.wait_timeout(state, wait.min(GLANCE)));
            state = self.state();
        }
        state.busy += 1;
        drop(state);
        let sent = Instant::now();
        let answer = request();
        self.state().busy -= 1;
        self.bell.notify_one();
        Some((answer, sent))
    }

    /// Waits, unless or until the run is halted.
    pub(super) fn sleep(&self, wait: Duration) {
        let end = Instant::now() + wait;
        while !self.is_halted() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(GLANCE));
        }
    }

    pub(super) fn is_halted(&self) -> bool {
        self.state().halted.is_some()
    }

    /// Starts nothing new any more.
    pub(super) fn halt(&self, ended: Ended) {
        self.state().halted.get_or_insert(ended);
        self.bell.notify_all();
    }

    pub(super) fn ended(&self) -> Ended {
        self.state().halted.unwrap_or(Ended::Whole)
    }

    /// A write is done.
    pub(super) fn succeeded(&self) {
        let mut state = self.state();
        state.limiter.success();
        state.breaker.success();
        state.successes += 1;
    }

    /// A write was refused, or failed for good.
    pub(super) fn refused(&self) {
        let mut state = self.state();
        state.breaker.refused();
        self.check(&mut state);
    }

    /// A request failed; `counts` as one of the failures in a row.
    pub(super) fn failed(&self, error: &Error, sent: Instant, counts: bool) {
        let (mut state, now) = (self.state(), Instant::now());
        state.limiter.failure(error, sent, now);
        if counts {
            state.breaker.failed(sent, now);
        }
        self.check(&mut state);
        if matches!(error, Error::Bearer(_)) {
            state.halted.get_or_insert(Ended::NoBearer);
        }
    }

    /// Whether writes have succeeded since `mark`, which is set to now.
    pub(super) fn progress(&self, mark: &mut u64) -> bool {
        let successes = self.state().successes;
        std::mem::replace(mark, successes) < successes
    }

    fn check(&self, state: &mut State) {
        if state.breaker.is_open() {
            state.halted.get_or_insert(Ended::Breaker);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        if self.stop.is_set() {
            state.halted.get_or_insert(Ended::Stopped);
        }
        state
    }
}
