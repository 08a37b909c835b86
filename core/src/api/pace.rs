//! How many requests a server allows in a time: kept from the first request on, so that none is refused.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What is on the way takes time, and not always the same.
const JITTER: u32 = 20;
/// That is never more than so much.
const MOST_JITTER: Duration = Duration::from_millis(500);

/// The requests of the last window, counted; without a known rate nobody waits. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Pace(Option<Arc<Mutex<Sent>>>);

#[derive(Debug)]
struct Sent {
    allowed: usize,
    window: Duration,
    times: VecDeque<Instant>,
}

impl Pace {
    /// So many requests in such a time, and no more.
    pub fn new(requests: u32, window: Duration) -> Self {
        Self(Some(Arc::new(Mutex::new(Sent {
            allowed: usize::try_from(requests).unwrap_or(usize::MAX).max(1),
            window: window + (window / JITTER).min(MOST_JITTER),
            times: VecDeque::new(),
        }))))
    }

    /// How long to wait until so many requests may go out together; none: they may.
    pub fn wait(&self, requests: usize, now: Instant) -> Option<Duration> {
        let sent = self.sent_so_far(now)?;
        let excess = sent.times.len() + requests.min(sent.allowed);
        let excess = excess
            .checked_sub(sent.allowed)
            .filter(|excess| *excess > 0)?;
        let last = sent.times.get(excess - 1).copied()?;
        let window = sent.window;
        Some((last + window).saturating_duration_since(now))
    }

    /// A request goes out.
    pub(super) fn count(&self, now: Instant) {
        if let Some(mut sent) = self.sent_so_far(now) {
            sent.times.push_back(now);
        }
    }

    /// The server says how many are left to us: others may use them, too.
    pub(super) fn left(&self, left: u32, now: Instant) {
        if let Some(mut sent) = self.sent_so_far(now) {
            let left = usize::try_from(left).unwrap_or(usize::MAX);
            let used = sent.allowed.saturating_sub(left);
            while sent.times.len() < used {
                sent.times.push_back(now);
            }
        }
    }

    fn sent_so_far(&self, now: Instant) -> Option<MutexGuard<'_, Sent>> {
        let mut sent = self
            .0
            .as_ref()?
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        while let Some(first) = sent.times.front().copied()
            && now.saturating_duration_since(first) >= sent.window
        {
            sent.times.pop_front();
        }
        Some(sent)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Pace;

    #[test]
    fn in_no_window_more_requests_go_out_than_are_allowed() {
        let (pace, start) = (Pace::new(5, Duration::from_secs(10)), Instant::now());
        let mut now = start;
        let mut sent: Vec<Instant> = Vec::new();
        for _ in 0..50 {
            if let Some(wait) = pace.wait(1, now) {
                now += wait;
            }
            assert_eq!(pace.wait(1, now), None);
            pace.count(now);
            sent.push(now);
        }
        for group in sent.windows(6) {
            assert!(group[5] - group[0] >= Duration::from_secs(10), "{group:?}");
        }
        let took = now - start;
        assert!(
            took <= Duration::from_secs(95),
            "at least 90 % of what is allowed: {took:?}"
        );
    }

    #[test]
    fn what_others_have_used_counts() {
        let (pace, now) = (Pace::new(60, Duration::from_secs(60)), Instant::now());
        assert_eq!(pace.wait(60, now), None);
        pace.left(1, now);
        assert_eq!(pace.wait(1, now), None);
        assert!(pace.wait(2, now).is_some());
        assert_eq!(
            pace.wait(1000, now + Duration::from_secs(61)),
            None,
            "as many as there are"
        );
    }

    #[test]
    fn without_a_rate_nobody_waits() {
        let pace = Pace::default();
        (0..1000).for_each(|_| pace.count(Instant::now()));
        pace.left(0, Instant::now());
        assert_eq!(pace.wait(1000, Instant::now()), None);
    }
}
