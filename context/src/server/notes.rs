//! What may be noted, and by whom. That something learnt by the way never makes us less careful is held
//! by the types: [`Observed`] has no word for it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::fact::Fact;
use crate::model::is_round;

/// So many lists of one length, and none longer, are no accident.
const REPEATED: usize = 3;

/// How something is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Seen by the way: it can only make us more careful.
    Observed,
    /// Found out by `doctor`, which asked for it.
    Probed,
}

/// So many requests in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many requests are allowed.
    pub requests: u32,
    /// In which time; whole seconds.
    pub window: Duration,
}

/// What a command may note by the way: nothing that would make us less careful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    /// Lists that all ended at one round number of rows.
    RoundLists(u64),
    /// A list of so many rows came: no smaller cut is true.
    LongList(u64),
    /// The list without `domain` was refused.
    WholeListRefused,
    /// It was empty, and the domains' are not.
    WholeListEmpty,
    /// A list had this shape: `array`, `data`, `map`, `single`.
    ListShape(&'static str),
    /// A route without dnis was told like this: `null`, `absent`, `empty`.
    DnisForm(&'static str),
    /// Numbers were spelled like this: `11`, `10`, `+`, `other`.
    Spelling(&'static str),
    /// A write was shown so long after it.
    Lag(Duration),
    /// A bare delete took the caller's other routes along.
    TookSiblings,
    /// A delete with a dnis took others along.
    TookCaller,
    /// After a bare delete the others stayed, a whole window after it was shown: it can confirm what
    /// `doctor` found, and cannot stand for it.
    SiblingsStayed,
    /// A DELETE of what was gone had this status.
    DeleteGone(u16),
    /// The server said how much is allowed.
    Rate(Rate),
}

/// What `doctor` may say it has found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probed {
    /// Lists end at so many rows without a word; none: they are whole.
    ListCut(Option<u64>),
    /// `understood`, `ignored`, `refused`.
    Paging(&'static str),
    /// `given`, `refused`, `empty`.
    WholeList(&'static str),
    /// `exact`, `parts`, `ignored`.
    AniFilter(&'static str),
    /// `any`, `own`.
    AniSpelling(&'static str),
    /// `ignored`, `count`.
    DomainCase(&'static str),
    /// `match`, `never`.
    TenDigit(&'static str),
    /// A write was shown so long after it.
    Lag(Duration),
    /// `exact`, `wide`, `caller`.
    Delete(&'static str),
    /// A status.
    DeleteGone(u16),
    /// `spelling`, `number`.
    Key(&'static str),
    /// A word of the server's.
    DefaultApplication(String),
    /// `sent`, `changed`.
    Rewriting(&'static str),
    /// `accepted`, `refused`.
    UnknownDestination(&'static str),
    /// Of a create, and of an update.
    PutStatus(u16, u16),
}

/// A value for a fact, and what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) fact: Fact,
    pub(super) value: String,
    pub(super) standing: Standing,
    pub(super) effect: Effect,
}

/// What a note may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Make it known, confirm or contradict it.
    Sets,
    /// Confirm or contradict what is known.
    Confirms,
    /// Contradict a smaller number.
    AtLeast,
}

impl Observed {
    /// What the lengths of lists say: how many different calls ended at each.
    pub fn lengths(lengths: &BTreeMap<u64, usize>) -> Vec<Self> {
        let Some((longest, calls)) = lengths.last_key_value() else {
            return Vec::new();
        };
        let repeated = *calls >= REPEATED && is_round(*longest);
        let cut = repeated.then_some(Self::RoundLists(*longest));
        cut.into_iter().chain([Self::LongList(*longest)]).collect()
    }

    pub(super) fn note(self) -> Note {
        use Effect::{AtLeast, Confirms, Sets};
        let (fact, value, effect) = match self {
            Self::RoundLists(rows) => (Fact::ListCut, rows.to_string(), Sets),
            Self::LongList(rows) => (Fact::ListCut, rows.to_string(), AtLeast),
            Self::WholeListRefused => (Fact::WholeList, "refused".to_owned(), Sets),
            Self::WholeListEmpty => (Fact::WholeList, "empty".to_owned(), Sets),
            Self::ListShape(word) => (Fact::ListShape, word.to_owned(), Sets),
            Self::DnisForm(word) => (Fact::DnisForm, word.to_owned(), Sets),
            Self::Spelling(word) => (Fact::Spellings, word.to_owned(), Sets),
            Self::Lag(time) => (Fact::Lag, time.as_millis().to_string(), Sets),
            Self::TookSiblings => (Fact::Delete, "wide".to_owned(), Sets),
            Self::TookCaller => (Fact::Delete, "caller".to_owned(), Sets),
            Self::SiblingsStayed => (Fact::Delete, "exact".to_owned(), Confirms),
            Self::DeleteGone(status) => (Fact::DeleteGone, status.to_string(), Sets),
            Self::Rate(rate) => (Fact::Rate, rate.to_string(), Sets),
        };
        Note {
            fact,
            value,
            standing: Standing::Observed,
            effect,
        }
    }
}

impl Probed {
    pub(super) fn note(self) -> Note {
        let (fact, value) = match self {
            Self::ListCut(rows) => {
                let cut = rows.map_or("none".to_owned(), |rows| rows.to_string());
                (Fact::ListCut, cut)
            }
            Self::Paging(word) => (Fact::Paging, word.to_owned()),
            Self::WholeList(word) => (Fact::WholeList, word.to_owned()),
            Self::AniFilter(word) => (Fact::AniFilter, word.to_owned()),
            Self::AniSpelling(word) => (Fact::AniSpelling, word.to_owned()),
            Self::DomainCase(word) => (Fact::DomainCase, word.to_owned()),
            Self::TenDigit(word) => (Fact::TenDigit, word.to_owned()),
            Self::Lag(time) => (Fact::Lag, time.as_millis().to_string()),
            Self::Delete(word) => (Fact::Delete, word.to_owned()),
            Self::DeleteGone(status) => (Fact::DeleteGone, status.to_string()),
            Self::Key(word) => (Fact::Key, word.to_owned()),
            Self::DefaultApplication(word) => (Fact::DefaultApplication, word),
            Self::Rewriting(word) => (Fact::Rewriting, word.to_owned()),
            Self::UnknownDestination(word) => (Fact::UnknownDestination, word.to_owned()),
            Self::PutStatus(made, changed) => (Fact::PutStatus, format!("{made} {changed}")),
        };
        Note {
            fact,
            value,
            standing: Standing::Probed,
            effect: Effect::Sets,
        }
    }
}

/// `60/60s`
impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}s", self.requests, self.window.as_secs())
    }
}

impl Rate {
    pub(super) fn is_about(self, other: Self) -> bool {
        let (longer, shorter) = (self.window.max(other.window), self.window.min(other.window));
        self.requests == other.requests && longer - shorter <= longer / 10 + Duration::from_secs(1)
    }

    /// Reads `60/60s`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (requests, seconds) = text.strip_suffix('s')?.split_once('/')?;
        let rate = Self {
            requests: requests.parse().ok().filter(|requests| *requests > 0)?,
            window: Duration::from_secs(seconds.parse().ok().filter(|seconds| *seconds > 0)?),
        };
        Some(rate)
    }
}
