//! Times as people tell them, in their own time zone.

use jiff::{Timestamp, Zoned};

/// `today 14:02`, `tomorrow 09:10`, `Mon 09:10` for the days before, `3 Nov 09:10`, `2025-11-03 09:10`.
pub fn when(time: Timestamp, now: &Zoned) -> String {
    let at = time.to_zoned(now.time_zone().clone());
    let form = match (now.date() - at.date()).get_days() {
        0 => "today %H:%M",
        1 => "yesterday %H:%M",
        -1 => "tomorrow %H:%M",
        2..=6 => "%a %H:%M",
        _ if at.year() == now.year() => "%-d %b %H:%M",
        _ => "%Y-%m-%d %H:%M",
    };
    at.strftime(form).to_string()
}

/// The same with what the clock is ahead of UTC then, `tomorrow 07:00 -05:00`: for a promise, which a
/// night in which the clocks change must not blur.
pub fn when_exactly(time: Timestamp, now: &Zoned) -> String {
    let at = time.to_zoned(now.time_zone().clone());
    format!("{} {}", when(time, now), at.strftime("%:z"))
}

#[cfg(test)]
mod tests {
    use super::{when, when_exactly};
    use jiff::Zoned;

    #[test]
    fn times_are_told_from_today() {
        let now: Zoned = "2026-11-26T14:30[America/New_York]"
            .parse()
            .expect("a time");
        for (time, told) in [
            ("2026-11-26T19:02:59Z", "today 14:02"),
            ("2026-11-26T04:59:00Z", "yesterday 23:59"),
            ("2026-11-20T14:10:00Z", "Fri 09:10"),
            ("2026-11-19T14:10:00Z", "19 Nov 09:10"),
            ("2026-07-01T13:10:00Z", "1 Jul 09:10"),
            ("2025-12-31T13:10:00Z", "2025-12-31 08:10"),
            ("2026-11-27T14:10:00Z", "tomorrow 09:10"),
            ("2026-11-28T14:10:00Z", "28 Nov 09:10"),
        ] {
            assert_eq!(when(time.parse().expect("a time"), &now), told);
        }
        // Clocks are set back that night.
        let now: Zoned = "2026-10-31T14:30[America/New_York]"
            .parse()
            .expect("a time");
        for (time, told) in [
            ("2026-11-01T05:30:00Z", "tomorrow 01:30 -04:00"),
            ("2026-11-01T06:30:00Z", "tomorrow 01:30 -05:00"),
        ] {
            assert_eq!(when_exactly(time.parse().expect("a time"), &now), told);
        }
    }
}
