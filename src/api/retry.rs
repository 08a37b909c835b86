//! How often and how long to try again, and the flag that says to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use super::error::Error;

/// The longest wait a server can ask of us; one that asks for more gets its answer reported instead.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How patiently calls are repeated.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Attempts in all, at least one.
    pub tries: u32,
    /// The ceiling of the first pause; doubled for each later one, with full jitter.
    pub pause: Duration,
}

impl Default for RetryPolicy {
    /// Three tries, pauses up to 0.5 s and 1 s (`design.md` §2 "GET retries").
    fn default() -> Self {
        Self {
            tries: 3,
            pause: Duration::from_millis(500),
        }
    }
}

impl RetryPolicy {
    /// The pause before try number `next` (2, 3, …) after this failure; none if there is to be no other.
    ///
    /// `Retry-After` is a floor up to 60 s; a longer one ends the trying.
    pub fn pause_before(&self, next: u32, error: &Error) -> Option<Duration> {
        if next > self.tries {
            return None;
        }
        let floor = error.retry_after().unwrap_or_default();
        if floor > LONGEST_WAIT {
            return None;
        }
        let ceiling = self
            .pause
            .saturating_mul(1 << (next.saturating_sub(2)).min(10));
        Some(floor.max(ceiling.mul_f64(fastrand::f64())))
    }
}

/// A flag set by the first signal: nothing new is started after it.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Sets the flag.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Waits, unless or until the flag is set; whether the whole wait passed.
    pub fn sleep(&self, wait: Duration) -> bool {
        let end = Instant::now() + wait;
        loop {
            if self.is_set() {
                return false;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
    }
}

/// Reads a `Retry-After`: seconds or an HTTP date; nonsense is nothing.
pub(super) fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{RetryPolicy, parse_retry_after};
    use crate::api::error::{Answer, Endpoint, Error};

    fn answer(retry_after: Option<u64>) -> Error {
        let mut answer = Answer::from_body(429, Endpoint::Api, b"");
        answer.retry_after = retry_after.map(Duration::from_secs);
        Error::Answer(Box::new(answer))
    }

    #[test]
    fn retry_after_is_a_floor_up_to_a_minute() {
        let retry_policy = RetryPolicy::default();
        let pause = retry_policy.pause_before(2, &answer(Some(60)));
        assert_eq!(pause, Some(Duration::from_secs(60)));
        assert_eq!(retry_policy.pause_before(2, &answer(Some(61))), None);
        assert!(
            retry_policy
                .pause_before(2, &answer(None))
                .expect("a pause")
                <= retry_policy.pause
        );
        assert!(retry_policy.pause_before(3, &answer(None)).is_some());
        assert_eq!(retry_policy.pause_before(4, &answer(None)), None);
    }

    #[test]
    fn retry_after_comes_as_seconds_or_as_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let read = |text| parse_retry_after(text, now);
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            read("Sun, 06 Nov 1994 08:49:47 GMT"),
            Some(Duration::from_secs(10))
        );
        assert_eq!(read("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        for nonsense in ["", "-1", "soon", "1e3", "99999999999999999999999"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }

    proptest::proptest! {
        #[test]
        fn retry_after_never_panics(text in "\\PC{0,40}") {
            let _ = parse_retry_after(&text, SystemTime::now());
        }
    }
}
