//! PBX domains: the name a person gives, the name the server gives, and the key both share.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::displayed;
use super::record::record;
use super::text::optional_text;

/// A domain name given by a person, checked: labels of letters, digits, `-` and `_`, joined by dots.
///
/// Looks like `acme.15611.service` or `customer.skyswitch.net`; compared without regard to case
/// (`api.md`, Lists).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Domain(String);

/// A domain name in the form that is compared: lower case, nothing else changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DomainKey(String);

displayed!(Domain DomainKey);

/// Why a text is not a domain name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", words(.text))]
pub struct DomainError {
    text: String,
}

fn words(text: &str) -> String {
    match text {
        "" => "the domain is empty".to_owned(),
        _ => format!(
            "`{text}` is not a domain name: letters, digits, `-` and `_` between single dots are accepted, such as `acme.15611.service`"
        ),
    }
}

impl Domain {
    /// Checks a text; at most 253 bytes, labels of at most 63.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if text.len() <= 253 && text.split('.').all(label) {
            Ok(Self(text.to_owned()))
        } else {
            Err(DomainError {
                text: text.to_owned(),
            })
        }
    }

    /// The name as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that is compared.
    pub fn key(&self) -> DomainKey {
        DomainKey::of(&self.0)
    }

    /// Which of these names is meant by this one: the very name, else all whose first labels it is,
    /// each once. Whole labels only: `acme` is `acme.15611.service` and never `acmeeast.15611.service`.
    pub fn meant<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
        let typed = self.key();
        let first_labels = format!("{typed}.");
        let mut fitting = BTreeMap::new();
        for name in names {
            let key = DomainKey::of(name);
            if key == typed {
                return vec![name];
            }
            if key.as_str().starts_with(&first_labels) {
                fitting.entry(key).or_insert(name);
            }
        }
        fitting.into_values().collect()
    }
}

impl std::str::FromStr for Domain {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl DomainKey {
    /// The key of any spelling, the server's included.
    pub fn of(text: &str) -> Self {
        Self(text.to_lowercase())
    }

    /// The lower-case name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first label, while none of these others begins with it; else the whole name.
    pub fn beside<'d>(&'d self, others: impl IntoIterator<Item = &'d Self>) -> &'d str {
        let label = |name: &'d Self| name.0.split('.').next().unwrap_or(&name.0);
        let own = label(self);
        let is_theirs = |other: &Self| other != self && other.0.split('.').next() == Some(own);
        let mut others = others.into_iter();
        if others.any(is_theirs) { &self.0 } else { own }
    }
}

record! {
    /// One row of `domains list`, as the server tells it: every field a string or nothing.
    ///
    /// JSON form (our own output): `{"domain","description","reseller"}` in this order (`design.md` §2).
    DomainRecord {
        /// The domain's name.
        domain: "optional_text",
        /// Free text; the server sends `null` for none.
        description: "optional_text",
        /// The reseller number the domain belongs to.
        reseller: "optional_text",
    }
}

#[cfg(test)]
mod tests {
    use super::{Domain, DomainKey};

    #[test]
    fn refuses_whatever_is_not_a_name() {
        let long = "a".repeat(64);
        for bad in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "a?b",
            "a#b",
            "a%2fb",
            "1\n2",
            "a..b",
            ".a",
            "a.",
            "a b",
            "a&b",
            "ä.example",
            long.as_str(),
        ] {
            assert!(Domain::parse(bad).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn first_labels_mean_whole_labels_and_the_very_name_wins() {
        let names = [
            "acmeeast.1.service", "Acme.1.service", "acme.1.SERVICE", "acme.2.service", "east",
        ];
        let meant = |text: &str| Domain::parse(text).expect("a name").meant(names);
        for (typed, wanted) in [
            ("acme.1", &["Acme.1.service"][..]),
            ("ACME.1.Service", &["Acme.1.service"]),
            ("acme", &["Acme.1.service", "acme.2.service"]),
            ("acmee", &[]),
            ("acme.1.serv", &[]),
            ("1.service", &[]),
            ("east", &["east"]),
        ] {
            assert_eq!(meant(typed), wanted, "{typed}");
        }
        assert_eq!(
            Domain::parse("a").expect("a name").meant(["a.b", "a"]),
            ["a"]
        );
    }

    #[test]
    fn keeps_the_spelling_and_compares_without_case() {
        let domain = Domain::parse("Acme.15611.Service").expect("a name");
        assert_eq!(domain.as_str(), "Acme.15611.Service");
        assert_eq!(domain.key(), DomainKey::of("acme.15611.SERVICE"));
    }
}
