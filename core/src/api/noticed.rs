//! What answers show by the way, for whoever keeps what is known of a server. No request is made for it.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;

use super::lists::{Completeness, Traits};
use super::retry::asked_wait;

/// Shorter lists are not cut, whatever their length.
const LONG: u64 = 50;
/// A window that is told in whole seconds is known well enough from here on.
const SHORTEST: Duration = Duration::from_secs(3);
/// How much of a second a window may seem too short, for our own clock starts after the server's.
const SLACK: Duration = Duration::from_millis(400);

/// What was seen so far. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Noticed(Arc<Mutex<Seen>>);

/// What some answers showed.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The form of lists of routes.
    pub traits: Traits,
    /// How many different calls ended at a length of list, by length.
    pub lengths: BTreeMap<u64, usize>,
    /// The limit that headers name.
    pub limit: Option<u32>,
    /// In which time, where a refusal told.
    pub window: Option<Duration>,
    calls: HashSet<String>,
    /// When the window began whose first request was ours.
    began: Option<Instant>,
}

impl Noticed {
    /// What was seen; none where nothing was.
    pub fn seen(&self) -> Option<Seen> {
        let seen = self.lock().clone();
        let nothing = seen.traits == Traits::default() && seen.limit.is_none();
        (!nothing || !seen.lengths.is_empty()).then_some(seen)
    }

    /// A whole list of routes came.
    pub(super) fn list(&self, call: &str, is_page: bool, told: &Completeness) {
        let mut seen = self.lock();
        seen.traits = seen.traits.and(told.traits);
        if told.received >= LONG && !is_page && seen.calls.insert(call.to_owned()) {
            *seen.lengths.entry(told.received).or_default() += 1;
        }
    }

    /// Any answer came to a request that was sent at this time: what does it say of a rate? Tells how
    /// many requests are left, where it says that.
    pub(super) fn answer(&self, status: u16, headers: &HeaderMap, sent: Instant) -> Option<u32> {
        let number = |name: &str| -> Option<u32> {
            let text = headers.get(name)?.to_str().ok()?;
            text.trim().parse().ok()
        };
        let limit = number("x-ratelimit-limit")?;
        let left = number("x-ratelimit-remaining");
        let mut seen = self.lock();
        seen.limit = Some(limit);
        if left.and_then(|left| left.checked_add(1)) == Some(limit) {
            seen.began = Some(sent);
        }
        if let (429, Some(wait)) = (status, asked_wait(status, headers))
            && let Some(began) = seen.began
        {
            // The wait is rounded up to whole seconds.
            let window = (began.elapsed() + wait + SLACK).as_secs();
            let window = Duration::from_secs(window);
            seen.window = (window >= SHORTEST).then_some(window);
        }
        left
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::Noticed;

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        let header = |(name, value): &(&'static str, &'static str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        };
        list.iter().map(header).collect()
    }

    #[test]
    fn a_windows_length_is_told_by_its_first_request_and_a_refusal() {
        let first = headers(&[("x-ratelimit-limit", "60"), ("x-ratelimit-remaining", "59")]);
        let refused = headers(&[
            ("x-ratelimit-limit", "60"),
            ("x-ratelimit-remaining", "0"),
            ("retry-after", "41"),
        ]);
        let noticed = Noticed::default();
        let sent = Instant::now()
            .checked_sub(Duration::from_millis(19_300))
            .expect("a time");
        noticed.answer(429, &refused, Instant::now());
        assert_eq!(noticed.seen().expect("seen").window, None, "not by itself");
        noticed.answer(200, &first, sent);
        assert_eq!(noticed.seen().expect("seen").limit, Some(60));
        noticed.answer(429, &refused, Instant::now());
        let window = noticed.seen().expect("seen").window;
        assert_eq!(window, Some(Duration::from_secs(60)));
    }

    #[test]
    fn answers_without_a_limit_say_nothing() {
        let noticed = Noticed::default();
        for list in [
            &[][..],
            &[("retry-after", "7")],
            &[("x-ratelimit-limit", "many")],
        ] {
            noticed.answer(429, &headers(list), Instant::now());
        }
        assert!(noticed.seen().is_none());
    }
}
