//! The account id of the API's paths.

use serde::{Deserialize, Serialize};

use super::displayed;

/// An account id, safe to put into a URL path: 1 to 64 of `A-Z a-z 0-9 _ -`.
///
/// The vendor's ids are UUIDs (`api.md`, Authentication); other spellings are let through so that
/// nobody is locked out by our guess, but nothing that a URL parser could read differently.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct AccountId(String);

displayed!(AccountId);

/// A text that is no account id. It is not repeated: secrets are pasted into the wrong place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an account id is 1 to 64 letters, digits, `_` or `-`")]
pub struct AccountIdError;

impl AccountId {
    /// Checks a text; nothing but a well-formed id ever reaches a URL.
    pub fn parse(text: &str) -> Result<Self, AccountIdError> {
        let good = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(AccountIdError)
        }
    }

    /// The id as it stands in the path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this looks like the short all-digits *reseller number*, which is not an account id.
    pub fn looks_like_reseller_number(&self) -> bool {
        self.0.bytes().all(|b| b.is_ascii_digit())
    }
}

impl TryFrom<String> for AccountId {
    type Error = AccountIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::AccountId;

    #[test]
    fn refuses_whatever_could_move_a_path() {
        let long = "a".repeat(65);
        for bad in [
            "",
            "..",
            ".",
            "../x",
            "a/b",
            "a?b",
            "a#b",
            "a%2fb",
            "1\n2",
            "a b",
            "a\0b",
            "ä",
            "a\\b",
            "a;b",
            long.as_str(),
        ] {
            assert!(AccountId::parse(bad).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn takes_uuids_and_names_the_reseller_number() {
        let uuid = AccountId::parse("022b7a6e-7c3f-4f57-9d6c-3a1d0c5b9e11").expect("a uuid");
        assert!(!uuid.looks_like_reseller_number());
        assert!(
            AccountId::parse("15611")
                .expect("digits")
                .looks_like_reseller_number()
        );
    }
}
