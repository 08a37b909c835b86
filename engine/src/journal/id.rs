//! The name of a run: sorts by time, is unique, can be typed.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::displayed;

/// A run's id, such as `20261123T121530.123Z-3f9a`: UTC to the millisecond and four random hex digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct RunId(String);

displayed!(RunId);

/// The form of an id, `0` a digit and `x` a hex digit.
const FORM: &[u8; 25] = b"00000000T000000.000Z-xxxx";
/// How much of it is the time.
const TIME: usize = 20;
/// How many of its last digits people type.
const SHORT: usize = 4;

/// A text that is no run id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a journal id, such as `20261123T121530.123Z-3f9a`")]
pub struct RunIdError {
    text: String,
}

impl RunId {
    /// Checks a text.
    pub fn parse(text: &str) -> Result<Self, RunIdError> {
        let good = text.len() == FORM.len()
            && text.bytes().zip(FORM).all(|(b, form)| match form {
                b'0' => b.is_ascii_digit(),
                b'x' => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
                other => b == *other,
            });
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(RunIdError {
                text: text.to_owned(),
            })
        }
    }

    /// A new id at this time with fresh random digits.
    pub(super) fn at(time: Timestamp) -> Self {
        // std's hash keys come from the operating system; two of equal time are told apart by the
        // exclusive create anyway.
        let random = RandomState::new().build_hasher().finish() & 0xffff;
        let time = format!("{time:.3}").replace(['-', ':'], "");
        Self(format!("{time}-{random:04x}"))
    }

    /// The time in the id; none for one that names no possible date.
    pub fn time(&self) -> Option<Timestamp> {
        let time = self.0.get(..TIME)?;
        let (date, clock) = time.split_once('T')?;
        let text = format!(
            "{}-{}-{}T{}:{}:{}",
            date.get(..4)?,
            date.get(4..6)?,
            date.get(6..)?,
            clock.get(..2)?,
            clock.get(2..4)?,
            clock.get(4..)?
        );
        text.parse().ok()
    }

    /// The id as text; safe as a file name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a person who typed this can mean this run: its beginning, or its last four digits.
    pub fn is_meant_by(&self, text: &str) -> bool {
        let tail = self.0.rsplit('-').next();
        !text.is_empty() && (self.0.starts_with(text) || tail == Some(text))
    }
}

/// What the runs of a journal may be called for short: by their last four digits, while nothing else
/// is meant by them.
#[derive(Debug)]
pub struct ShortIds(HashMap<String, usize>);

impl ShortIds {
    /// Of all the runs there are.
    pub(super) fn of(ids: &[RunId]) -> Self {
        let mut meant: HashMap<String, usize> = HashMap::new();
        for RunId(id) in ids {
            let (beginning, end) = (&id[..SHORT], &id[id.len() - SHORT..]);
            for text in std::collections::BTreeSet::from([beginning, end]) {
                *meant.entry(text.to_owned()).or_default() += 1;
            }
        }
        Self(meant)
    }

    /// The last four digits, or the whole id where others are meant by them, too.
    pub fn name<'i>(&self, id: &'i RunId) -> &'i str {
        let short = &id.0[id.0.len() - SHORT..];
        match self.0.get(short) {
            Some(1) => short,
            _ => &id.0,
        }
    }
}

impl TryFrom<String> for RunId {
    type Error = RunIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::RunId;

    #[test]
    fn a_new_id_reads_back_with_its_time() {
        let time = "2026-11-23T12:15:30.120999Z".parse().expect("a time");
        let id = RunId::at(time);
        assert!(id.as_str().starts_with("20261123T121530.120Z-"), "{id}");
        assert_eq!(RunId::parse(id.as_str()), Ok(id.clone()));
        let back = id.time().expect("a time");
        assert_eq!(back.to_string(), "2026-11-23T12:15:30.12Z");
    }

    #[test]
    fn nothing_else_is_an_id() {
        for text in [
            "",
            "..",
            "20261123T121530.123Z-3F9A",
            "20261123T121530.123Z-3f9",
            "20261123T121530.123Z-3f9a0",
            "20261123T121530/123Z-3f9a",
            "2026112äT121530.123Z-3f9",
        ] {
            assert!(RunId::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn people_type_the_beginning_or_the_end() {
        let id = RunId::parse("20261123T121530.123Z-3f9a").expect("an id");
        for text in ["3f9a", "20261123", "20261123T121530.123Z-3f9a"] {
            assert!(id.is_meant_by(text), "{text}");
        }
        for text in ["", "9a", "123Z", "20271123"] {
            assert!(!id.is_meant_by(text), "{text}");
        }
    }
}
