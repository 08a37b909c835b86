//! How many requests at a time, when to pause, and when to give up.

use std::time::{Duration, Instant};

use crate::api::{Error, RetryPolicy, TransportKind};

/// A server that asks for a longer wait gets its answer reported instead.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How many lanes a success wins back: one for each four rounds of all lanes.
const RECOVERY: f64 = 0.25;
/// This many failures in a row end the run (`design.md` §6 "Apply").
const IN_A_ROW: u32 = 5;

/// Lanes that halve when the server says it is too much, and come back slowly.
#[derive(Debug)]
pub(super) struct Limiter {
    most: f64,
    lanes: f64,
    /// Answers to requests that were sent before the last cut say nothing new.
    cut: Instant,
    not_before: Instant,
}

impl Limiter {
    pub(super) fn new(most: usize, now: Instant) -> Self {
        // At most 32, so exact.
        let most = f64::from(u32::try_from(most.clamp(1, 32)).unwrap_or(32));
        Self {
            most,
            lanes: most,
            cut: now,
            not_before: now,
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

    pub(super) fn success(&mut self) {
        self.lanes = (self.lanes + RECOVERY / self.lanes.max(1.0)).min(self.most);
    }

    /// Takes note of a failure of a request that was sent at `sent`.
    pub(super) fn failure(&mut self, error: &Error, sent: Instant, now: Instant) {
        if !is_throttle(error) {
            return;
        }
        if sent >= self.cut {
            self.lanes = (self.lanes / 2.0).max(1.0);
            self.cut = now;
        }
        if let Some(wait) = error.retry_after().filter(|wait| *wait <= LONGEST_WAIT) {
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

/// The pause before another try after `tries` failed ones: full jitter above the server's own wish;
/// none where that is too long.
pub(super) fn pause(
    retry_policy: RetryPolicy,
    tries: u32,
    error: Option<&Error>,
) -> Option<Duration> {
    let floor = error.and_then(Error::retry_after).unwrap_or_default();
    if floor > LONGEST_WAIT {
        return None;
    }
    let ceiling = retry_policy
        .pause
        .saturating_mul(1 << tries.saturating_sub(1).min(6));
    Some(floor + ceiling.mul_f64(fastrand::f64()))
}

/// Counts failures in a row.
#[derive(Debug)]
pub(super) struct Breaker {
    failures: u32,
    counted: Instant,
}

impl Breaker {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            failures: 0,
            counted: now,
        }
    }

    pub(super) fn success(&mut self) {
        self.failures = 0;
    }

    /// One row was refused, or failed for good.
    pub(super) fn refused(&mut self) {
        self.failures += 1;
    }

    /// A try failed in a way that hits all lanes at once, such as a server that restarts: whatever
    /// was under way when the last one was counted is the same failure.
    pub(super) fn failed(&mut self, sent: Instant, now: Instant) {
        if sent >= self.counted {
            self.failures += 1;
            self.counted = now;
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.failures >= IN_A_ROW
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Breaker, Limiter, pause};
    use crate::api::{Error, RetryPolicy, TransportKind};

    fn timeout() -> Error {
        Error::transport(TransportKind::Timeout, true, "")
    }

    fn lanes(limiter: &Limiter, now: Instant) -> usize {
        (0..33)
            .find(|busy| limiter.wait(*busy, now).is_some())
            .unwrap_or(33)
    }

    #[test]
    fn lanes_halve_once_a_burst_and_come_back_slowly() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut limiter = Limiter::new(16, start);
        assert_eq!(lanes(&limiter, start), 16);
        for _ in 0..16 {
            limiter.failure(&timeout(), start, at(1));
        }
        assert_eq!(lanes(&limiter, at(1)), 8, "one burst is one cut");
        limiter.failure(&timeout(), at(2), at(3));
        assert_eq!(lanes(&limiter, at(3)), 4);
        for _ in 0..8 {
            limiter.success();
        }
        assert_eq!(lanes(&limiter, at(3)), 4, "not at once");
        for _ in 0..2000 {
            limiter.success();
        }
        assert_eq!(lanes(&limiter, at(3)), 16);
        for round in 4..20 {
            limiter.failure(&timeout(), at(round), at(round));
        }
        assert_eq!(lanes(&limiter, at(30)), 1, "never none");
    }

    #[test]
    fn failures_at_the_same_time_count_once_and_a_success_starts_anew() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut breaker = Breaker::new(start);
        for _ in 0..32 {
            breaker.failed(start, at(1));
        }
        assert!(!breaker.is_open());
        for second in 1..4 {
            breaker.failed(at(second), at(second + 1));
        }
        assert!(!breaker.is_open());
        breaker.success();
        for _ in 0..4 {
            breaker.refused();
        }
        assert!(!breaker.is_open());
        breaker.refused();
        assert!(breaker.is_open());
    }

    #[test]
    fn pauses_grow_and_stay_random() {
        let retry_policy = RetryPolicy::default();
        for _ in 0..100 {
            assert!(
                pause(retry_policy, 1, Some(&timeout())).expect("a pause") <= retry_policy.pause
            );
        }
        let late: Vec<_> = (0..100).map(|_| pause(retry_policy, 5, None)).collect();
        assert!(
            late.iter()
                .any(|pause| *pause > Some(retry_policy.pause * 4))
        );
    }
}
