//! Which runs `history` shows.

use jiff::{SignedDuration, Timestamp};

use super::{Entry, RunId, Unreadable};
use crate::model::{DomainKey, NumberKey, RouteKey};

/// The filters of `history`; all that are given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Some write of the run is in this domain.
    pub domain: Option<DomainKey>,
    /// Some write of the run is for this caller.
    pub ani: Option<NumberKey>,
    /// The run began then or later.
    pub since: Option<Timestamp>,
}

impl Filter {
    /// Whether a run passes. Domain and caller must be met by one and the same write.
    pub fn accepts(&self, entry: &Entry) -> bool {
        if self.since.is_some_and(|since| entry.time < since) {
            return false;
        }
        if self.domain.is_none() && self.ani.is_none() {
            return true;
        }
        entry
            .changes
            .iter()
            .any(|change| self.accepts_key(&change.intent.key))
    }

    /// Whether a run may pass of which nobody can tell what it wrote.
    pub fn may_accept(&self, bad: &Unreadable) -> bool {
        let time = bad.id.as_ref().and_then(RunId::time);
        self.domain.is_none() && self.ani.is_none() && (self.since.is_none() || time >= self.since)
    }

    /// Whether a write with this key passes.
    pub fn accepts_key(&self, key: &RouteKey) -> bool {
        let domain = self.domain.as_ref().is_none_or(|d| *d == key.domain);
        domain && self.ani.as_ref().is_none_or(|ani| *ani == key.ani)
    }
}

/// A text that names no point in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`--since {text}` is no time; accepted are `2026-11-23`, `2026-11-23T12:15:30Z` and ages such as `90m`, `24h` or `7d`"
)]
pub struct SinceError {
    text: String,
}

/// Reads `--since`: a time with its zone, a date (from midnight UTC on), or an age in `s`, `m`, `h`,
/// `d` or `w` before `now`.
pub fn parse_since(text: &str, now: Timestamp) -> Result<Timestamp, SinceError> {
    let text = text.trim();
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| date(text))
        .or_else(|| age(text).and_then(|age| now.checked_sub(age).ok()))
        .ok_or_else(|| SinceError {
            text: text.to_owned(),
        })
}

fn date(text: &str) -> Option<Timestamp> {
    // Nothing but a date: jiff would take the date out of a time without a zone and drop the rest.
    if text.len() != "2026-11-23".len() {
        return None;
    }
    format!("{text}T00:00:00Z").parse().ok()
}

fn age(text: &str) -> Option<SignedDuration> {
    let seconds: i64 = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let count: i64 = digits.parse().ok()?;
    Some(SignedDuration::from_secs(count.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parse_since;
    use jiff::Timestamp;

    fn now() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().expect("a time")
    }

    #[test]
    fn times_dates_and_ages_are_read() {
        for (text, expected) in [
            ("2026-11-01T08:00:00Z", "2026-11-01T08:00:00Z"),
            ("2026-11-01T08:00:00+02:00", "2026-11-01T06:00:00Z"),
            ("2026-11-01", "2026-11-01T00:00:00Z"),
            ("90m", "2026-11-23T10:30:00Z"),
            ("7d", "2026-11-16T12:00:00Z"),
            (" 1w ", "2026-11-16T12:00:00Z"),
        ] {
            let time = parse_since(text, now()).expect(text);
            assert_eq!(time.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn anything_doubtful_is_refused() {
        for text in [
            "",
            "d",
            "-7d",
            "+7d",
            "7",
            "7y",
            "yesterday",
            "2026-11-01T08:00:00",
            "2026-13-01",
            "01.11.2026",
            "99999999999999999999d",
            "9223372036854775807w",
            "9007199254740993d",
            "7ä",
        ] {
            assert!(parse_since(text, now()).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,12}|[0-9]{1,20}[smhdw]") {
            let _ = parse_since(&text, now());
        }
    }
}
