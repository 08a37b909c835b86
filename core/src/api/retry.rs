//! The one retry loop: how often and how long to try again.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::error::Error;
use crate::model::seconds;
use crate::signals::Stop;

/// The longest pause of our own choice.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

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

/// Whether a failed try may be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// If its failure may well be over soon.
    Allowed,
    /// Whatever it was: rows went out already, or the server may still be at work on it.
    Pointless,
}

impl RetryPolicy {
    /// The longest wait a server can ask of us; one that asks for more gets its answer reported instead.
    pub const LONGEST_WAIT: Duration = Duration::from_secs(60);

    /// Makes tries until one succeeds, fails for good, or this policy or `stop` ends it. A try is told
    /// whether it has to go over a fresh connection: the one before it was lost with its own.
    ///
    /// # Errors
    /// The last try's.
    pub fn run<T>(
        self,
        stop: &Stop,
        mut attempt: impl FnMut(bool) -> Result<T, (Error, Retry)>,
    ) -> Result<T, Error> {
        let (mut tried, mut fresh) = (1, false);
        loop {
            let (error, retry) = match attempt(fresh) {
                Ok(value) => return Ok(value),
                Err(failed) => failed,
            };
            tried += 1;
            fresh = matches!(error, Error::Transport(_));
            let pause = match retry {
                Retry::Allowed if error.is_transient() => self.pause_before(tried, &error),
                _ => None,
            };
            if let Some(pause) = pause {
                tell_wait(pause, "the server asks for it");
            }
            if !pause.is_some_and(|pause| stop.sleep(pause)) {
                return Err(error);
            }
            log::info!("try {tried} after: {error}");
        }
    }

    /// The pause before try number `next` (2, 3, …) after this failure; none if there is to be no other.
    ///
    /// `Retry-After` is a floor up to 60 s; a longer one ends the trying.
    pub fn pause_before(&self, next: u32, error: &Error) -> Option<Duration> {
        if next > self.tries || !self.is_patient_with(error) {
            return None;
        }
        let floor = error.retry_after().unwrap_or_default();
        Some(floor.max(self.back_off(next.saturating_sub(1))))
    }

    /// The one back-off: the pause after so many failed tries, with full jitter, up to 4 s.
    pub fn back_off(&self, failed: u32) -> Duration {
        let doublings = failed.saturating_sub(1).min(10);
        let ceiling = self.pause.saturating_mul(1 << doublings);
        ceiling.min(LONGEST_PAUSE).mul_f64(fastrand::f64())
    }

    /// Whether the wait that the server asks for, if it does, is one we keep.
    pub fn is_patient_with(&self, error: &Error) -> bool {
        error.retry_after() <= Some(Self::LONGEST_WAIT)
    }

    /// The wait that the server asks for, where we keep it.
    pub fn asked(&self, error: &Error) -> Option<Duration> {
        error
            .retry_after()
            .filter(|wait| *wait <= Self::LONGEST_WAIT)
    }
}

/// Says that this command waits now, and why: to everybody who would begin to wonder.
pub(super) fn tell_wait(wait: Duration, why: &str) {
    const LONG: Duration = Duration::from_secs(3);
    if wait < LONG {
        log::info!("waiting {wait:.1?}: {why}");
    } else {
        let whole = Duration::from_secs_f64(wait.as_secs_f64().ceil());
        log::warn!("waiting {}: {why}", seconds(whole));
    }
}

/// How long a refusal asks to wait, by the server's own clock: `Retry-After`, or where a 429 or 503
/// has none `X-RateLimit-Reset`. Nonsense is nothing.
pub(super) fn asked_wait(status: u16, headers: &HeaderMap) -> Option<Duration> {
    /// As a number this is a time; below it is a span.
    const A_TIME: u64 = 1_000_000_000;
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let date = |text| httpdate::parse_http_date(text).ok();
    let now = text(DATE.as_str()).and_then(date);
    let until = |end: SystemTime| {
        let now = now.unwrap_or_else(SystemTime::now);
        end.duration_since(now).unwrap_or_default()
    };
    let span = |text: &str| text.parse().map(Duration::from_secs).ok();
    let reset = |text| match span(text)? {
        time if time.as_secs() > A_TIME => SystemTime::UNIX_EPOCH.checked_add(time).map(until),
        span => Some(span),
    };
    text(RETRY_AFTER.as_str())
        .and_then(|text| span(text).or_else(|| date(text).map(until)))
        .or_else(|| {
            matches!(status, 429 | 503).then(|| text("x-ratelimit-reset").and_then(reset))?
        })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::{HeaderName, HeaderValue};

    use super::{Retry, RetryPolicy, asked_wait};
    use crate::api::answer::{Answer, Endpoint};
    use crate::api::error::{Error, TransportKind};
    use crate::signals::Stop;

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

    fn asked(status: u16, headers: &[(&'static str, &str)]) -> Option<u64> {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                let value = HeaderValue::from_str(value).expect("a value");
                (HeaderName::from_static(name), value)
            })
            .collect();
        asked_wait(status, &headers).map(|wait| wait.as_secs())
    }

    /// A time far from anybody's clock, and ten seconds later.
    const THEN: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const LATER: &str = "Sun, 06 Nov 1994 08:49:47 GMT";

    #[test]
    fn retry_after_comes_as_seconds_or_as_a_date_of_the_servers_clock() {
        let after = |text: &str| asked(500, &[("date", THEN), ("retry-after", text)]);
        assert_eq!(after("7"), Some(7));
        assert_eq!(after(LATER), Some(10));
        assert_eq!(after("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        for nonsense in ["", "-1", "soon", "1e3", "99999999999999999999999"] {
            assert_eq!(after(nonsense), None, "{nonsense}");
        }
        assert_eq!(asked(503, &[("retry-after", LATER)]), Some(0), "our clock");
    }

    #[test]
    fn a_rate_limits_reset_serves_where_there_is_no_retry_after() {
        let reset = |status, text: &str| {
            asked(
                status,
                &[
                    ("date", "Thu, 26 Nov 2026 01:00:00 GMT"),
                    ("x-ratelimit-reset", text),
                ],
            )
        };
        assert_eq!(reset(429, "1795654821"), Some(21));
        assert_eq!(reset(503, "1795654799"), Some(0), "over");
        assert_eq!(reset(429, "17"), Some(17));
        assert_eq!(reset(429, "18446744073709551615"), None);
        assert_eq!(reset(500, "17"), None, "it limits nothing");
        let both = [("retry-after", "3"), ("x-ratelimit-reset", "17")];
        assert_eq!(asked(429, &both), Some(3));
    }

    #[test]
    fn a_try_after_a_lost_connection_wants_a_fresh_one_and_others_do_not() {
        let policy = RetryPolicy {
            pause: Duration::ZERO,
            ..RetryPolicy::default()
        };
        let lost = || Error::transport(TransportKind::Dropped, true, "gone");
        let mut failures = vec![lost(), answer(None)];
        let mut told = Vec::new();
        let ended = policy.run(&Stop::default(), |fresh| {
            told.push(fresh);
            failures
                .pop()
                .map_or(Ok(()), |error| Err((error, Retry::Allowed)))
        });
        assert!(ended.is_ok());
        assert_eq!(told, [false, false, true]);
        let mut tries = 0;
        let ended = policy.run(&Stop::default(), |_| {
            tries += 1;
            Err::<(), _>((lost(), Retry::Pointless))
        });
        assert_eq!((ended.is_err(), tries), (true, 1));
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_it_panic(text in "[ -~]{0,40}|[0-9]{0,24}", status in 400u16..600) {
            for name in ["date", "retry-after", "x-ratelimit-reset"] {
                let _ = asked(status, &[(name, &text), ("retry-after", LATER)]);
            }
        }
    }
}
