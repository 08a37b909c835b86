//! The fingerprint of a route's value, for the `base` column: was this row edited, has the server moved?

use sha2::{Digest, Sha256};

use crate::model::{Route, RouteKey, displayed};

/// The letter in front: without it a spreadsheet would read `12345e6789` as a number and round it.
const MARK: char = 'r';

/// How many hex digits follow it.
const DIGITS: usize = 12;

/// A fingerprint as `routes list --base` writes it: `r` and 12 hex digits.
///
/// It covers the key in its compared form and the value, so a row that was copied under another
/// number does not pass for untouched.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Base(String);

displayed!(Base);

impl Base {
    /// The fingerprint of a server row, for the export.
    pub fn of(route: &Route) -> Self {
        let destination = route.destination.as_deref().unwrap_or_default();
        Self::new(
            route.key().as_ref(),
            route.application_or_user(),
            destination,
        )
    }

    pub(super) fn new(key: Option<&RouteKey>, application: &str, destination: &str) -> Self {
        let mut canon = Canon::new("skyswitch.base/1");
        canon.text(key.map(|key| key.domain.as_str()));
        canon.text(key.map(|key| key.ani.as_str()));
        canon.text(key.and_then(|key| key.dnis.as_ref().map(|dnis| dnis.as_str())));
        canon.text(Some(application));
        canon.text(Some(destination));
        Self(format!("{MARK}{}", canon.hex(DIGITS)))
    }

    /// Reads a cell; none unless it is a fingerprint.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(MARK)?;
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (digits.len() == DIGITS && digits.bytes().all(hex)).then(|| Self(text.to_owned()))
    }
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
        assert_eq!(Base::parse(&base.to_string()), Some(base.clone()));
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
    }
}
