//! Which runs `history` shows.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::{Entry, RunId, Unreadable};
use crate::model::{DomainKey, NumberKey, RouteKey};

/// The filters of `history`; all that are given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Some write of the run is in this domain.
    pub domain: Option<DomainKey>,
    /// Some write of the run is for this caller.
    pub ani: Option<NumberKey>,
    /// Some write of the run is for this called number.
    pub dnis: Option<NumberKey>,
    /// The run began then or later.
    pub since: Option<Timestamp>,
}

impl Filter {
    /// Whether a run passes. Domain, caller and called number must be met by one and the same write.
    pub fn accepts(&self, entry: &Entry) -> bool {
        if self.since.is_some_and(|since| entry.time < since) {
            return false;
        }
        if self.takes_any_key() {
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
        self.takes_any_key() && (self.since.is_none() || time >= self.since)
    }

    fn takes_any_key(&self) -> bool {
        self.domain.is_none() && self.ani.is_none() && self.dnis.is_none()
    }

    /// Whether a write with this key passes.
    pub fn accepts_key(&self, key: &RouteKey) -> bool {
        self.domain.as_ref().is_none_or(|d| *d == key.domain)
            && self.ani.as_ref().is_none_or(|ani| *ani == key.ani)
            && (self.dnis.is_none() || self.dnis == key.dnis)
    }
}

/// A text that names no point in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`--since {text}` is no time; accepted are `2026-11-23`, `14:30`, `2026-11-23 14:30`, `2026-11-23T12:15:30Z`, `today`, `yesterday` and ages such as `90m`, `24h` or `7d`"
)]
pub struct SinceError {
    text: String,
}

/// Reads `--since`: a time with its zone; a date (from midnight on), a time of day (the last one) or
/// both in the zone of `now`; `today` or `yesterday`; or an age in `s`, `m`, `h`, `d` or `w`.
pub fn parse_since(text: &str, now: &Zoned) -> Result<Timestamp, SinceError> {
    let text = text.trim();
    let exact = text.parse::<Timestamp>().ok();
    let aged = || now.timestamp().checked_sub(age(text)?).ok();
    (exact.or_else(|| local(text, now)).or_else(aged)).ok_or_else(|| SinceError {
        text: text.to_owned(),
    })
}

fn local(text: &str, now: &Zoned) -> Option<Timestamp> {
    let midnight = DateTime::from(now.date());
    let at = match text {
        "today" => midnight,
        "yesterday" => midnight.yesterday().ok()?,
        // Nothing but digits and what stands between them: jiff would drop a zone's name.
        _ if text.contains(|c: char| !c.is_ascii_digit() && !"-:T ".contains(c)) => return None,
        _ if text.contains('-') => text.parse().ok()?,
        _ if text.contains(':') => {
            let today = now.date().to_datetime(text.parse().ok()?);
            if today <= now.datetime() {
                today
            } else {
                today.yesterday().ok()?
            }
        }
        _ => return None,
    };
    now.time_zone().to_timestamp(at).ok()
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
    use jiff::Zoned;

    fn now() -> Zoned {
        "2026-11-23T07:00[America/New_York]"
            .parse()
            .expect("a time")
    }

    #[test]
    fn times_dates_and_ages_are_read() {
        for (text, expected) in [
            ("2026-11-01T08:00:00Z", "2026-11-01T08:00:00Z"),
            ("2026-11-01T08:00:00+02:00", "2026-11-01T06:00:00Z"),
            ("2026-11-01", "2026-11-01T04:00:00Z"),
            ("2026-11-02", "2026-11-02T05:00:00Z"),
            ("2026-11-20T08:15", "2026-11-20T13:15:00Z"),
            ("2026-11-20 08:15:30", "2026-11-20T13:15:30Z"),
            ("06:59", "2026-11-23T11:59:00Z"),
            ("07:01", "2026-11-22T12:01:00Z"),
            ("today", "2026-11-23T05:00:00Z"),
            ("yesterday", "2026-11-22T05:00:00Z"),
            ("90m", "2026-11-23T10:30:00Z"),
            ("7d", "2026-11-16T12:00:00Z"),
            (" 1w ", "2026-11-16T12:00:00Z"),
        ] {
            let time = parse_since(text, &now()).expect(text);
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
            "tomorrow",
            "2026-11-01T08:00:00[Europe/Berlin]",
            "2026-13-01",
            "24:01",
            "14",
            "01.11.2026",
            "99999999999999999999d",
            "9223372036854775807w",
            "9007199254740993d",
            "7ä",
        ] {
            assert!(parse_since(text, &now()).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,12}|[0-9]{1,20}[smhdw]") {
            let _ = parse_since(&text, &now());
        }
    }
}
