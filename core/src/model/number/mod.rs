//! Telephone numbers: what a person may type, what is sent, and what is compared.
//!
//! Strict on the way in from people ([`Number::parse`]: anything doubtful is refused), tolerant on
//! the way in from the server ([`NumberKey::of`]: what cannot be read is compared byte for byte).

mod reading;

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use self::reading::{foreign, is_north_american, plain, sent};
use super::displayed;

/// A number a person gave, checked and ready to send.
///
/// North American numbers are sent as 11 digits (`16165551234`), others as their digits without
/// `+`, unless those would be read as North American (`api.md`, Routes; `design.md` §2 "Numbers").
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    sent: String,
    needs_row: bool,
}

/// A number in the form that is compared.
///
/// `16165551234` for North American numbers, `+442071234567` for others, and the server's own bytes
/// for whatever cannot be read as either.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NumberKey(String);

displayed!(NumberKey);

/// Why a text is not accepted as a number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a telephone number: {reason}; {FORMS}")]
pub struct NumberError {
    text: String,
    reason: Cow<'static, str>,
}

/// What [`NumberError`] says would be accepted.
const FORMS: &str = "accepted are 10 or 11 North American digits such as `16165551234`, `616-555-1234` or `+1 (616) 555-1234`, and other countries with `+`, such as `+442071234567`";

impl NumberError {
    fn new(text: &str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            text: text.to_owned(),
            reason: reason.into(),
        }
    }
}

impl Number {
    /// Reads a number as people write it; refuses whatever could mean something else.
    ///
    /// Full-width digits, no-break spaces and Unicode dashes count as their plain forms; one `'` in
    /// front, by which spreadsheets keep a number a text, is read over.
    ///
    /// # Errors
    /// Letters, extensions, `00`/`011` prefixes, E-notation, odd grouping, foreign numbers without
    /// `+`, area codes that cannot exist.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let sent = sent(&plain(text)).map_err(|reason| NumberError::new(text, reason))?;
        Ok(Self {
            sent,
            needs_row: false,
        })
    }

    /// As [`Number::parse`], but bare digits that are no North American number are taken, too: they
    /// mean a row that a read shows spelled exactly so, and nothing else ([`Number::without_row`]).
    ///
    /// # Errors
    /// As [`Number::parse`].
    pub fn of_row(text: &str) -> Result<Self, NumberError> {
        Self::parse(text).or_else(|error| {
            let digits = text.trim();
            let bare = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            if !bare || digits.starts_with("00") || digits.starts_with("011") {
                return Err(error);
            }
            Ok(Self {
                sent: digits.to_owned(),
                needs_row: true,
            })
        })
    }

    /// Why this is no number where no row is spelled exactly so; none for a number that needs no row.
    pub fn without_row(&self) -> Option<NumberError> {
        self.needs_row.then(|| Self::parse(&self.sent).err())?
    }

    /// Tells whether a field of a row is this number: its very bytes where only they make it one.
    pub fn matcher(&self) -> impl Fn(&str) -> bool + use<> {
        let (key, exact) = (self.key(), self.needs_row.then(|| self.sent.clone()));
        move |field| match &exact {
            Some(exact) => exact == field,
            None => NumberKey::of(field) == key,
        }
    }

    /// Takes a text as it is, for `--raw-numbers`: only an empty text and control characters are refused.
    pub fn raw(text: &str) -> Result<Self, NumberError> {
        if text.trim().is_empty() {
            return Err(NumberError::new(text, "it is empty"));
        }
        if text.chars().any(char::is_control) {
            return Err(NumberError::new(text, "it holds control characters"));
        }
        Ok(Self {
            sent: text.to_owned(),
            needs_row: false,
        })
    }

    /// What goes into the request.
    pub fn as_sent(&self) -> &str {
        &self.sent
    }

    /// The form that is compared.
    pub fn key(&self) -> NumberKey {
        NumberKey::of(&self.sent)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.sent))
    }
}

/// A number as people are shown it: those of other countries with the `+` that the server leaves out.
pub fn shown(sent: &str) -> Cow<'_, str> {
    let usual = sent.len() == 11 && sent.starts_with('1');
    let bare = !usual && sent.bytes().all(|b| b.is_ascii_digit());
    match bare && !is_north_american(sent) && foreign(sent).is_ok() {
        true => Cow::Owned(canonical(sent)),
        false => Cow::Borrowed(sent),
    }
}

impl NumberKey {
    /// The key of any spelling: canonical where the text reads as a number, else its own bytes.
    ///
    /// The server may spell a North American number with 10 digits and sends foreign ones without
    /// `+` (`api.md`, Routes), so 8 to 15 bare digits that are not North American read as foreign.
    pub fn of(text: &str) -> Self {
        // The usual spelling is its own key; long lists hold little else.
        if let Some(ten) = text.strip_prefix('1')
            && ten.bytes().all(|b| b.is_ascii_digit())
            && is_north_american(ten)
        {
            return Self(text.to_owned());
        }
        if let Ok(number) = Number::parse(text) {
            return Self(canonical(&number.sent));
        }
        Self(shown(text).into_owned())
    }

    /// The spellings in which a server may hold it, the one that is sent first (`api.md`, Routes).
    pub fn spellings(&self) -> Vec<String> {
        let digits = self.0.strip_prefix('+').unwrap_or(&self.0);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return vec![self.0.clone()];
        }
        let mut spellings = vec![digits.to_owned()];
        spellings.extend(
            digits
                .strip_prefix('1')
                .filter(|ten| is_north_american(ten))
                .map(str::to_owned),
        );
        spellings.push(format!("+{digits}"));
        spellings
    }

    /// The compared text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The key of digits as sent: 11 digits from 1 stay, everything else gets its `+`.
fn canonical(sent: &str) -> String {
    if sent.starts_with('+') || (sent.len() == 11 && sent.starts_with('1')) {
        sent.to_owned()
    } else {
        format!("+{sent}")
    }
}

#[cfg(test)]
mod tests;
