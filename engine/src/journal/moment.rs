//! Points in time as people type them: `--since`, which is past, and `--until`, which is to come. Both
//! take what [`when`](crate::model::when) tells, and more.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::model::when_exactly;

/// A text that names no point in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`--since {text}` is no time; accepted are a time (`14:30`), a day (`yesterday`, `Mon`, `3 Nov`, `2026-11-23`), both, an age (`90m`, `24h`, `7d`) and `2026-11-23T12:15:30Z`"
)]
pub struct SinceError {
    text: String,
}

/// Reads `--since`: a time with its zone; a day (from midnight on), a time of day (the last one) or both
/// in the zone of `now`; or an age in `s`, `m`, `h`, `d` or `w`.
pub fn parse_since(text: &str, now: &Zoned) -> Result<Timestamp, SinceError> {
    let text = text.trim();
    let exact = text.parse::<Timestamp>().ok();
    let aged = || now.timestamp().checked_sub(age(text)?).ok();
    (exact.or_else(|| local(text, now)).or_else(aged)).ok_or_else(|| SinceError {
        text: text.to_owned(),
    })
}

fn local(text: &str, now: &Zoned) -> Option<Timestamp> {
    let today = now.date();
    let at = match Clock::of(text, today, Side::Past)? {
        Clock::At(at) => at,
        Clock::Time(time) => {
            let today = today.to_datetime(time);
            match today <= now.datetime() {
                true => today,
                false => today.yesterday().ok()?,
            }
        }
    };
    now.time_zone().to_timestamp(at).ok()
}

/// On which side of today a day is that comes again and again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Past,
    Coming,
}

/// What a clock and a calendar say, without a zone.
enum Clock {
    /// Of some day.
    Time(Time),
    /// Of this day; midnight where only the day is said.
    At(DateTime),
}

impl Clock {
    /// `7:00`, `2026-11-23`, `yesterday`, `Mon`, `3 Nov`, or a day and a time; seconds may follow.
    fn of(text: &str, today: Date, side: Side) -> Option<Self> {
        if let Some((day, rest)) = named_day(text, today, side) {
            return match rest {
                "" => Some(Self::At(day.into())),
                rest => Some(Self::At(day.to_datetime(time(rest)?))),
            };
        }
        match text.split_once([' ', 'T']) {
            _ if time(text).is_some() => time(text).map(Self::Time),
            Some((day, clock)) => {
                let day = calendar(day)?.to_datetime(time(clock.trim_start())?);
                Some(Self::At(day))
            }
            None if text.contains('-') => Some(Self::At(calendar(text)?.into())),
            None => Some(Self::Time(time(text)?)),
        }
    }
}

/// Nothing but digits and what stands between them: jiff would drop a zone's name.
fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || "-:".contains(c))
}

fn calendar(text: &str) -> Option<Date> {
    text.parse().ok().filter(|_| is_plain(text))
}

fn time(text: &str) -> Option<Time> {
    let lower = text.to_ascii_lowercase();
    for (half, from) in [("am", 0), ("pm", 12)] {
        if let Some(clock) = lower.strip_suffix(half) {
            return half_day(clock.trim_end(), from);
        }
    }
    let short = text.as_bytes().get(1) == Some(&b':');
    let text = if short {
        format!("0{text}")
    } else {
        text.to_owned()
    };
    let is_time = text.contains(':') && is_plain(&text);
    is_time.then(|| text.parse().ok())?
}

/// `7` and `7:30` of `7am` and `7:30pm`; noon and midnight are twelve.
fn half_day(clock: &str, from: i8) -> Option<Time> {
    let (hour, minute) = clock.split_once(':').unwrap_or((clock, "00"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let parts = is_number(hour) && minute.len() == 2 && is_number(minute);
    let hour: i8 = hour
        .parse()
        .ok()
        .filter(|hour| parts && (1..=12).contains(hour))?;
    Time::new(hour % 12 + from, minute.parse().ok()?, 0, 0).ok()
}

/// The day that a text begins with by name, and what follows: `yesterday`, `Mon` (never today), `3 Nov`
/// (this year's, or the one on the right side of today).
fn named_day(text: &str, today: Date, side: Side) -> Option<(Date, &str)> {
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    let parsed = |format, text| BrokenDownTime::parse(format, text).ok();
    let day = match (first, side) {
        ("today", _) => Some(today),
        ("yesterday", Side::Past) => today.yesterday().ok(),
        ("tomorrow", Side::Coming) => today.tomorrow().ok(),
        _ => {
            let named = parsed("%a", first).or_else(|| parsed("%A", first));
            let nth = if side == Side::Past { -1 } else { 1 };
            named.and_then(|named| today.nth_weekday(nth, named.weekday()?).ok())
        }
    };
    if let Some(day) = day {
        return Some((day, rest.trim_start()));
    }
    let (month, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let named = parsed("%d %b", &format!("{first} {month}"))?;
    let of = |year| Date::new(year, named.month()?, named.day()?).ok();
    let years = match side {
        Side::Past => [today.year(), today.year() - 1],
        Side::Coming => [today.year(), today.year() + 1],
    };
    let fits = |day: &Date| match side {
        Side::Past => *day <= today,
        Side::Coming => *day >= today,
    };
    let day = years.into_iter().filter_map(of).find(fits)?;
    Some((day, rest.trim_start()))
}

/// Why a text names no end of a temporary route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UntilError {
    /// It names no time.
    #[error(
        "--until: `{0}` is no time; accepted are a time (`18:00`, `7am`), a day (`tomorrow`, `Mon`, `3 Dec`, `2026-12-03`), both, a span (`90m`, `2h`, `3d`) and `2026-11-27T12:00:00Z`"
    )]
    NoTime(String),
    /// It is over; the time and the text.
    #[error("--until: `{text}` is past: it was {at}")]
    Past {
        /// What was typed.
        text: String,
        /// When that was, with its offset.
        at: String,
    },
}

/// Reads `--until`: a time with its zone; a day (its first moment), a time of day (the next one) or both
/// in the zone of `now`; or a span in `s`, `m`, `h`, `d` or `w` from now.
///
/// # Errors
/// What is no time, and what is not later than `now`.
pub fn parse_until(text: &str, now: &Zoned) -> Result<Timestamp, UntilError> {
    let text = text.trim();
    let exact = text.parse::<Timestamp>().ok();
    let spanned = || now.timestamp().checked_add(age(text)?).ok();
    let at = exact.or_else(|| coming(text, now)).or_else(spanned);
    let at = at.ok_or_else(|| UntilError::NoTime(text.to_owned()))?;
    if at > now.timestamp() {
        return Ok(at);
    }
    Err(UntilError::Past {
        text: text.to_owned(),
        at: when_exactly(at, now),
    })
}

fn coming(text: &str, now: &Zoned) -> Option<Timestamp> {
    let (zone, today) = (now.time_zone(), now.date());
    let days = match Clock::of(text, today, Side::Coming)? {
        Clock::At(at) => vec![at],
        Clock::Time(time) => [today, today.tomorrow().ok()?]
            .map(|day| day.to_datetime(time))
            .to_vec(),
    };
    let moments: Vec<Timestamp> = days.into_iter().flat_map(|at| moments(at, zone)).collect();
    let next = moments.iter().find(|at| **at > now.timestamp());
    next.or(moments.last()).copied()
}

/// When a clock shows this: twice where it is set back; where it is set forward, as much later as it
/// skips.
fn moments(at: DateTime, zone: &TimeZone) -> Vec<Timestamp> {
    let at = zone.to_ambiguous_timestamp(at);
    let twice = matches!(at.offset(), AmbiguousOffset::Fold { .. });
    let second = twice.then(|| at.later());
    let moments = [Some(at.compatible()), second].into_iter().flatten();
    moments.filter_map(Result::ok).collect()
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

    use super::{UntilError, parse_since, parse_until};
    use crate::model::when;
    use jiff::tz::TimeZone;
    use jiff::{SignedDuration, Timestamp, Zoned};

    fn with_offset(time: Timestamp, zone: &TimeZone) -> String {
        let at = time
            .to_zoned(zone.clone())
            .strftime("%Y-%m-%d %H:%M:%S %:z");
        at.to_string().replacen(":00 ", " ", 1)
    }

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
            ("6:59", "2026-11-23T11:59:00Z"),
            ("2026-11-20 8:15", "2026-11-20T13:15:00Z"),
            ("today", "2026-11-23T05:00:00Z"),
            ("yesterday", "2026-11-22T05:00:00Z"),
            ("yesterday 18:00", "2026-11-22T23:00:00Z"),
            ("today 06:00", "2026-11-23T11:00:00Z"),
            ("Fri 9:10", "2026-11-20T14:10:00Z"),
            ("friday", "2026-11-20T05:00:00Z"),
            ("Mon", "2026-11-16T05:00:00Z"),
            ("3 Nov 09:10", "2026-11-03T14:10:00Z"),
            ("23 nov", "2026-11-23T05:00:00Z"),
            ("31 Dec", "2025-12-31T05:00:00Z"),
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
            "tomorrow 2026-11-27",
            "tomorrow 24:01",
            "tomorrow today",
            "Mon Tue",
            "Mon 3",
            "31 Feb",
            "Nov",
            "3",
            "3 Nov 2026",
            "Mond",
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

    #[test]
    fn an_end_is_the_next_time_that_is_meant() {
        // Clocks of New York go back on 1 November 2026 at 2:00 and forward on 14 March 2027.
        for (now, text, end) in [
            ("2026-11-23T06:00", "7:00", "2026-11-23 07:00 -05:00"),
            ("2026-11-23T07:00", "07:00", "2026-11-24 07:00 -05:00"),
            ("2026-11-23T06:00", "7am", "2026-11-23 07:00 -05:00"),
            ("2026-11-23T06:00", "7:30 PM", "2026-11-23 19:30 -05:00"),
            ("2026-11-23T06:00", "12am", "2026-11-24 00:00 -05:00"),
            (
                "2026-11-23T22:00",
                "tomorrow 12pm",
                "2026-11-24 12:00 -05:00",
            ),
            ("2026-11-23T22:00", "tomorrow", "2026-11-24 00:00 -05:00"),
            (
                "2026-11-23T22:00",
                "tomorrow 7:00",
                "2026-11-24 07:00 -05:00",
            ),
            ("2026-11-23T06:00", "today 18:30", "2026-11-23 18:30 -05:00"),
            ("2026-11-23T22:00", "2026-11-27", "2026-11-27 00:00 -05:00"),
            ("2026-11-23T22:00", "Fri 7:00", "2026-11-27 07:00 -05:00"),
            ("2026-11-23T22:00", "Mon", "2026-11-30 00:00 -05:00"),
            ("2026-11-23T22:00", "3 Dec 7:00", "2026-12-03 07:00 -05:00"),
            ("2026-11-23T22:00", "3 Jan", "2027-01-03 00:00 -05:00"),
            (
                "2026-11-23T22:00",
                "2026-11-27 7:00",
                "2026-11-27 07:00 -05:00",
            ),
            (
                "2026-11-23T22:00",
                "2026-11-24T12:00:00Z",
                "2026-11-24 07:00 -05:00",
            ),
            ("2026-11-23T22:00:30", "2h", "2026-11-24 00:00:30 -05:00"),
            ("2026-10-31T23:00", "3h", "2026-11-01 01:00 -05:00"),
            ("2026-10-31T23:00", "1:30", "2026-11-01 01:30 -04:00"),
            ("2026-11-01T01:40-04:00", "1:30", "2026-11-01 01:30 -05:00"),
            ("2026-11-01T01:40-05:00", "1:30", "2026-11-02 01:30 -05:00"),
            ("2026-10-31T23:00", "7:00", "2026-11-01 07:00 -05:00"),
            ("2027-03-13T23:00", "2:30", "2027-03-14 03:30 -04:00"),
            ("2027-03-13T23:00", "7:00", "2027-03-14 07:00 -04:00"),
            ("2027-03-13T23:00", "1d", "2027-03-15 00:00 -04:00"),
        ] {
            let now: Zoned = format!("{now}[America/New_York]").parse().expect(now);
            let until = parse_until(text, &now).expect(text);
            assert_eq!(with_offset(until, now.time_zone()), end, "{now} {text}");
        }
    }

    #[test]
    fn what_is_past_or_no_time_ends_nothing() {
        for text in [
            "2026-11-23", "2026-11-23 07:00", "2026-11-23T11:59:59Z", "0s",
        ] {
            let error = parse_until(text, &now()).expect_err(text);
            assert!(matches!(error, UntilError::Past { .. }), "{text}: {error}");
        }
        for text in [
            "", "2", "h", "yesterday", "25:00", "-2h", "next week", "13pm", "0am", "7:5am", "am",
            "tomorrow morning", "Mon pm",
        ] {
            let error = parse_until(text, &now()).expect_err(text);
            assert!(matches!(error, UntilError::NoTime(_)), "{text}: {error}");
        }
    }

    proptest! {
        /// What is told can be typed.
        #[test]
        fn a_time_as_it_is_told_is_a_time(minutes in 1..900_000_i64) {
            let now: Zoned = "2026-11-23T07:00[UTC]".parse().expect("a time");
            let span = SignedDuration::from_mins(minutes);
            let (past, coming) = (now.timestamp() - span, now.timestamp() + span);
            prop_assert_eq!(parse_since(&when(past, &now), &now), Ok(past));
            prop_assert_eq!(parse_until(&when(coming, &now), &now), Ok(coming));
        }

        #[test]
        fn never_panics(text in "\\PC{0,12}|[0-9]{1,20}[smhdw]") {
            let _ = parse_since(&text, &now());
            let _ = parse_until(&text, &now());
        }
    }
}
