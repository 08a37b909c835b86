//! How many requests at a time, when to pause, and when to give up.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::Timing;
use crate::api::{Error, RetryPolicy, TransportKind};

/// How many lanes a success wins back: one for each four rounds of all lanes.
const RECOVERY: f64 = 0.25;
/// So many rows given up in a row end the run, and so many that only fail slow it down
/// (`design.md` §6 "Apply").
const IN_A_ROW: usize = 5;

/// Lanes that halve when the server says it is too much, and come back slowly; pauses that the server
/// asks for, or that a server in trouble is given.
#[derive(Debug)]
pub(super) struct Limiter {
    most: f64,
    lanes: f64,
    /// Answers to requests that were sent before the last cut say nothing new.
    cut: Instant,
    not_before: Instant,
    policy: RetryPolicy,
    /// Pauses in a row without a success between them.
    pauses: u32,
}

impl Limiter {
    pub(super) fn new(most: usize, policy: RetryPolicy, now: Instant) -> Self {
        // At most 32, so exact.
        let most = f64::from(u32::try_from(most.clamp(1, 32)).unwrap_or(32));
        Self {
            most,
            lanes: most,
            cut: now,
            not_before: now,
            policy,
            pauses: 0,
        }
    }

    /// How long to wait before another request may go out beside `busy` others.
    pub(super) fn wait(&self, busy: usize, now: Instant) -> Option<Duration> {
        if now < self.not_before {
            return Some(self.not_before - now);
        }
        let busy = f64::from(u32::try_from(busy).unwrap_or(u32::MAX));
        (busy + 1.0 > self.lanes.max(1.0)).then_some(Duration::from_millis(100))
    }

    /// Until when nothing is sent.
    pub(super) fn not_before(&self) -> Instant {
        self.not_before
    }

    pub(super) fn success(&mut self) {
        self.pauses = 0;
        self.lanes = (self.lanes + RECOVERY / self.lanes.max(1.0)).min(self.most);
    }

    /// Takes note of a failure of a request that was sent at `sent`. A wait that the server asks for is
    /// kept whoever asked; `pause` gives it a rest of our own.
    pub(super) fn failure(&mut self, error: &Error, pause: bool, sent: Instant, now: Instant) {
        let throttled = is_throttle(error);
        let asked = self.policy.asked(error);
        if sent >= self.cut && (throttled || pause) {
            self.cut = now;
            if throttled {
                self.lanes = (self.lanes / 2.0).max(1.0);
            }
            if asked.is_none() {
                self.pauses += 1;
                self.not_before = self.not_before.max(now + self.policy.back_off(self.pauses));
            }
        }
        if let Some(wait) = asked {
            self.not_before = self.not_before.max(now + wait);
        }
    }
}

/// Whether the server says that it is too much at once.
pub(super) fn is_throttle(error: &Error) -> bool {
    match error {
        Error::Answer(answer) => matches!(answer.status, 429 | 503),
        Error::Transport(transport) => transport.kind == TransportKind::Timeout,
        _ => false,
    }
}

/// Says when a run makes no sense any more: rows given up in a row, or nothing at all getting through.
#[derive(Debug)]
pub(super) struct Breaker {
    given_up: usize,
    /// The rows that failed since the last success.
    failing: HashSet<usize>,
    success: Instant,
    stall: Duration,
}

impl Breaker {
    pub(super) fn new(timing: &Timing, now: Instant) -> Self {
        Self {
            given_up: 0,
            failing: HashSet::new(),
            success: now,
            stall: timing.stall,
        }
    }

    pub(super) fn success(&mut self, now: Instant) {
        self.given_up = 0;
        self.failing.clear();
        self.success = now;
    }

    /// A row will not be sent again.
    pub(super) fn gave_up(&mut self) {
        self.given_up += 1;
    }

    /// A try of a row failed; whether that makes too many rows for the server to be well.
    pub(super) fn failed(&mut self, row: usize) -> bool {
        self.failing.insert(row);
        self.failing.len() >= IN_A_ROW
    }

    /// `not_before` is until when the server has asked for nothing: that time counts for nothing.
    pub(super) fn is_open(&self, not_before: Instant, now: Instant) -> bool {
        let since = self.success.max(not_before);
        let stalled =
            self.failing.len() >= IN_A_ROW && now.checked_duration_since(since) >= Some(self.stall);
        self.given_up >= IN_A_ROW || stalled
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Breaker, Limiter};
    use crate::api::{Answer, Endpoint, Error, RetryPolicy, TransportKind};
    use crate::apply::Timing;

    fn timeout() -> Error {
        Error::transport(TransportKind::Timeout, true, "")
    }

    fn lanes(limiter: &Limiter, now: Instant) -> usize {
        (0..33)
            .find(|busy| limiter.wait(*busy, now).is_some())
            .unwrap_or(33)
    }

    fn limiter(start: Instant) -> Limiter {
        let policy = RetryPolicy {
            pause: Duration::from_millis(1),
            ..RetryPolicy::default()
        };
        Limiter::new(16, policy, start)
    }

    #[test]
    fn lanes_halve_once_a_burst_and_come_back_slowly() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut limiter = limiter(start);
        assert_eq!(lanes(&limiter, start), 16);
        for _ in 0..16 {
            limiter.failure(&timeout(), false, start, at(1));
        }
        assert_eq!(lanes(&limiter, at(2)), 8, "one burst is one cut");
        limiter.failure(&timeout(), false, at(2), at(3));
        assert_eq!(lanes(&limiter, at(4)), 4);
        for _ in 0..8 {
            limiter.success();
        }
        assert_eq!(lanes(&limiter, at(4)), 4, "not at once");
        for _ in 0..2000 {
            limiter.success();
        }
        assert_eq!(lanes(&limiter, at(4)), 16);
        for round in 4..20 {
            limiter.failure(&timeout(), false, at(round), at(round));
        }
        assert_eq!(lanes(&limiter, at(90)), 1, "never none");
    }

    #[test]
    fn a_wait_that_is_asked_for_is_kept_and_other_failures_pause_only_when_told() {
        let start = Instant::now();
        let mut limiter = limiter(start);
        let mut answer = Answer::from_body(500, Endpoint::Api, b"");
        limiter.failure(
            &Error::Answer(Box::new(answer.clone())),
            false,
            start,
            start,
        );
        assert_eq!(limiter.wait(0, start), None);
        answer.retry_after = Some(Duration::from_secs(7));
        limiter.failure(&Error::Answer(Box::new(answer)), false, start, start);
        assert_eq!(limiter.wait(0, start), Some(Duration::from_secs(7)));
    }

    #[test]
    fn rows_given_up_in_a_row_end_a_run_and_single_tries_do_not() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut breaker = Breaker::new(&Timing::default(), start);
        for row in 0..100 {
            breaker.failed(row);
        }
        assert!(!breaker.is_open(start, after(29)));
        assert!(breaker.is_open(start, after(30)));
        assert!(
            !breaker.is_open(after(20), after(30)),
            "we were told to wait"
        );
        breaker.success(after(30));
        for _ in 0..4 {
            breaker.gave_up();
        }
        for _ in 0..100 {
            breaker.failed(1);
        }
        assert!(!breaker.is_open(start, after(90)), "one row is no server");
        breaker.gave_up();
        assert!(breaker.is_open(start, after(31)));
    }
}
