//! The fingerprint of a route's value, for the `base` column: was this row edited, has the server moved?

use std::fmt;

use sha2::{Digest, Sha256};

use crate::model::{Route, RouteKey};

/// The letter in front: without it a spreadsheet would read `12345e6789` as a number and round it.
const MARK: char = 'r';

/// How many hex digits say the value, how many the key, and how many digits of base 36 the time.
const VALUE: usize = 12;
const KEY: usize = 5;
const TIME: usize = 8;

/// A fingerprint as `routes list --base` and `routes pull` write it: `r`, the value, the key, the time.
///
/// The value's part covers the key in its compared form, so a row that was copied under another
/// number does not pass for untouched. The key's own part tells such a copy from an edit, and the
/// time (milliseconds) which runs of this machine came later. Older exports have the value alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base {
    value: u64,
    /// The key, and when the row was read.
    stamp: Option<(u64, i64)>,
}

impl Base {
    /// The fingerprint of a server row.
    pub fn of(route: &Route) -> Self {
        let destination = route.destination.as_deref().unwrap_or_default();
        let application = route.application_or_user();
        Self::new(route.key().as_ref(), application, destination)
    }

    pub(super) fn new(key: Option<&RouteKey>, application: &str, destination: &str) -> Self {
        let mut canon = canon_of("skyswitch.base/1", key);
        canon.text(Some(application));
        canon.text(Some(destination));
        Self {
            value: canon.number(VALUE),
            stamp: None,
        }
    }

    /// The same as it is written into the row of a route that was read then (milliseconds).
    #[must_use]
    pub fn read_at(self, key: Option<&RouteKey>, time: i64) -> Self {
        let stamp = Some((key_part(key), time.max(0)));
        Self { stamp, ..self }
    }

    /// Reads a cell; none unless it is a fingerprint.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(MARK)?;
        let plain = |b: u8| b.is_ascii_digit() || b.is_ascii_lowercase();
        if !digits.bytes().all(plain) {
            return None;
        }
        let (value, stamp) = digits.split_at_checked(VALUE)?;
        let value = u64::from_str_radix(value, 16).ok()?;
        if stamp.is_empty() {
            return Some(Self { value, stamp: None });
        }
        let (key, time) = stamp.split_at_checked(KEY)?;
        if time.len() != TIME {
            return None;
        }
        let key = u64::from_str_radix(key, 16).ok()?;
        let stamp = Some((key, i64::from_str_radix(time, 36).ok()?));
        Some(Self { value, stamp })
    }

    /// Whether it can be this key's: copied to another row or number it is not.
    pub(super) fn belongs_to(self, key: &RouteKey) -> bool {
        self.stamp.is_none_or(|(own, _)| own == key_part(Some(key)))
    }

    /// Whether it was taken of this value, whenever that was.
    pub(super) fn fits(self, other: Self) -> bool {
        self.value == other.value
    }

    /// When the row was read, in milliseconds; the beginning of time where that is not known.
    pub fn time(self) -> i64 {
        self.stamp.map_or(i64::MIN, |(_, time)| time)
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK}{:0VALUE$x}", self.value)?;
        let Some((key, mut time)) = self.stamp else {
            return Ok(());
        };
        let mut digits = [b'0'; TIME];
        for place in digits.iter_mut().rev() {
            *place =
                b"0123456789abcdefghijklmnopqrstuvwxyz"[usize::try_from(time % 36).unwrap_or(0)];
            time /= 36;
        }
        write!(f, "{key:0KEY$x}{}", String::from_utf8_lossy(&digits))
    }
}

fn canon_of(what: &str, key: Option<&RouteKey>) -> Canon {
    let mut canon = Canon::new(what);
    canon.text(key.map(|key| key.domain.as_str()));
    canon.text(key.map(|key| key.ani.as_str()));
    canon.text(key.and_then(|key| key.dnis.as_ref().map(|dnis| dnis.as_str())));
    canon
}

fn key_part(key: Option<&RouteKey>) -> u64 {
    canon_of("skyswitch.key/1", key).number(KEY)
}

/// SHA-256 over fields, each with its length, so that no two lists of fields are the same bytes.
pub(super) struct Canon(Sha256);

impl Canon {
    pub(super) fn new(what: &str) -> Self {
        let mut canon = Self(Sha256::new());
        canon.text(Some(what));
        canon
    }

    pub(super) fn text(&mut self, field: Option<&str>) {
        match field {
            None => self.0.update([0]),
            Some(text) => {
                self.0.update([1]);
                self.0.update((text.len() as u64).to_le_bytes());
                self.0.update(text.as_bytes());
            }
        }
    }

    /// The first hex digits of the sum.
    pub(super) fn hex(self, digits: usize) -> String {
        let sum = self.0.finalize();
        let mut hex: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
        hex.truncate(digits);
        hex
    }

    /// The same as a number; at most 16 digits.
    fn number(self, digits: usize) -> u64 {
        let sum = self.0.finalize();
        let first = sum
            .iter()
            .take(8)
            .fold(0, |n, byte| n << 8 | u64::from(*byte));
        first >> (64 - 4 * digits)
    }
}

#[cfg(test)]
mod tests {
    use super::Base;
    use crate::model::Route;

    fn route(ani: &str, application: Option<&str>, destination: &str) -> Route {
        Route {
            ani: Some(ani.into()),
            domain: Some("acme.15611.service".into()),
            application: application.map(Into::into),
            destination: Some(destination.into()),
            ..Route::default()
        }
    }

    #[test]
    fn one_value_has_one_fingerprint_and_it_reads_back() {
        let base = Base::of(&route("16165550101", None, "john"));
        assert_eq!(base, Base::of(&route("6165550101", Some("user"), "john")));
        assert_eq!(Base::parse(&base.to_string()), Some(base));
        for other in [
            route("16165550102", None, "john"),
            route("16165550101", Some("device"), "john"),
            route("16165550101", None, "John"),
        ] {
            assert_ne!(base, Base::of(&other), "{other}");
        }
    }

    #[test]
    fn no_spreadsheet_takes_it_for_a_number() {
        let base = Base::of(&route("16165550101", None, "john")).to_string();
        assert!(base.starts_with('r'), "{base}");
        for bad in ["", "r", "123456789012", "r12345678901", "r12345678901G"] {
            assert_eq!(Base::parse(bad), None, "{bad}");
        }
        for bad in [
            "r123456789012ab",
            "r123456789012abcde1234567",
            "r123456789012abcdg12345678",
        ] {
            assert_eq!(Base::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_stamp_tells_key_and_time_and_reads_back() {
        let row = route("16165550101", None, "john");
        let time = 1_764_129_600_123;
        let base = Base::of(&row).read_at(row.key().as_ref(), time);
        let text = base.to_string();
        assert_eq!((text.len(), Base::parse(&text)), (26, Some(base)));
        assert!(text.starts_with(&Base::of(&row).to_string()));
        assert!(base.fits(Base::of(&row)) && base.time() == time);
        assert!(base.belongs_to(&row.key().expect("a key")));
        let other = route("16165550102", None, "john").key().expect("a key");
        assert!(!base.belongs_to(&other));
        assert!(Base::of(&row).belongs_to(&other), "an old one tells no key");
    }
}
