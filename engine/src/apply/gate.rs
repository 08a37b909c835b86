//! Leave to send: how many requests at a time, and whether any more at all.

use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::limiter::{Breaker, Limiter};
use super::report::Ended;
use super::{Job, lock};
use crate::api::{Client, Error};
use crate::signals::Stop;

/// How often a waiting lane looks for a signal.
const GLANCE: Duration = Duration::from_millis(50);

pub(super) struct Gate<'j> {
    client: &'j Client,
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
    /// Also afterwards: what was sent is looked at, what a write took along is put back.
    Always,
}

impl<'j> Gate<'j> {
    pub(super) fn new(job: &'j Job<'_>, lanes: usize) -> Self {
        let now = Instant::now();
        let state = State {
            busy: 0,
            limiter: Limiter::new(lanes, job.client.retry_policy(), now),
            breaker: Breaker::new(&job.timing, now),
            halted: None,
            successes: 0,
        };
        Self {
            client: job.client,
            stop: job.client.stop(),
            state: Mutex::new(state),
            bell: Condvar::new(),
        }
    }

    /// Sends when there is room; none where the run was halted before.
    pub(super) fn send<T>(&self, leave: Leave, request: impl FnOnce() -> T) -> Option<T> {
        let mut state = self.state();
        loop {
            if state.halted.is_some() && leave == Leave::WhileRunning {
                return None;
            }
            // Each lane may read and then write.
            let wait = (state.limiter.wait(state.busy, Instant::now()))
                .or_else(|| self.client.wait_for(2 * (state.busy + 1)));
            // After a signal nothing is waited for any more.
            let Some(wait) = wait.filter(|_| !self.stop.is_set()) else {
                break;
            };
            drop(self.bell.wait_timeout(state, wait.min(GLANCE)));
            state = self.state();
        }
        state.busy += 1;
        drop(state);
        let answer = request();
        self.state().busy -= 1;
        self.bell.notify_one();
        Some(answer)
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

    /// A write got through.
    pub(super) fn succeeded(&self) {
        let mut state = self.state();
        state.limiter.success();
        state.breaker.success(Instant::now());
        state.successes += 1;
    }

    /// A row will not be sent again.
    pub(super) fn gave_up(&self) {
        let mut state = self.state();
        state.breaker.gave_up();
        check(&mut state, Instant::now());
    }

    /// A try of a row, or a read for it, failed.
    pub(super) fn failed(&self, row: usize, error: &Error, sent: Instant) {
        let (mut state, now) = (self.state(), Instant::now());
        let pause = state.breaker.failed(row);
        state.limiter.failure(error, pause, sent, now);
        check(&mut state, now);
        if matches!(error, Error::Bearer(_) | Error::NotRenewed { .. }) {
            state.halted.get_or_insert(Ended::NoBearer);
        }
    }

    /// Whether writes have succeeded since `mark`, which is set to now.
    pub(super) fn progress(&self, mark: &mut u64) -> bool {
        let successes = self.state().successes;
        std::mem::replace(mark, successes) < successes
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        if self.stop.is_set() {
            state.halted.get_or_insert(Ended::Stopped);
        }
        state
    }
}

fn check(state: &mut State, now: Instant) {
    if state.breaker.is_open(state.limiter.not_before(), now) {
        state.halted.get_or_insert(Ended::Breaker);
    }
}
