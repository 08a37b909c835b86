//! A string that cannot be printed: from the prompt to the header and the form, and nowhere else.
//!
//! No `Display`, no `Serialize`; `Debug` shows only that something is there. Memory is zeroed when
//! the value is dropped. Whoever needs the bytes calls [`Secret::expose`], which is easy to search for.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A password, client secret or token.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes over a string; its memory is zeroed when this is dropped.
    pub fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// The bytes themselves, for a request or the store.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Equality is needed to tell "the stored token is no longer the one that failed".
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

/// An access token that may become a header: printable ASCII without spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer(Secret);

/// The token holds bytes that no header may hold; what they are is not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the access token is empty or holds characters that no `Authorization` header can hold")]
pub struct BearerError;

impl Bearer {
    /// Checks the token: `[\x21-\x7e]+`. A JWT is not required (`api.md`, Authentication).
    pub fn new(token: Secret) -> Result<Self, BearerError> {
        let good = !token.is_empty() && token.expose().bytes().all(|b| (0x21..=0x7e).contains(&b));
        if good {
            Ok(Self(token))
        } else {
            Err(BearerError)
        }
    }

    /// The token.
    pub fn secret(&self) -> &Secret {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Bearer, Secret};

    #[test]
    fn debug_says_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".into())), "Secret(…)");
        let bearer = Bearer::new(Secret::new("hunter2".into())).expect("a token");
        assert!(!format!("{bearer:?}").contains("hunter2"));
    }

    #[test]
    fn a_token_that_could_inject_a_header_is_refused() {
        for bad in ["", "a b", "a\r\nX: y", "a\0", "a\u{1b}[0m", "tokén", "a\n"] {
            assert!(Bearer::new(Secret::new(bad.into())).is_err(), "{bad:?}");
        }
        assert!(Bearer::new(Secret::new("eyJ0eXAi.x-y_z~+/=".into())).is_ok());
    }
}
