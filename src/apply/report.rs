//! What an apply came to: every operation in exactly one way.

use std::fmt;

use crate::api;
use crate::model::{DomainKey, Route, RouteKey};

/// How one operation ended.
#[derive(Debug)]
pub enum Outcome {
    /// The server has it: it said so, or a read showed it.
    Done,
    /// The server had it before anything was sent.
    Already,
    /// Refused or failed; it certainly was not carried out.
    Failed(api::Error),
    /// Sent, and nobody can tell what became of it.
    Unknown(api::Error),
    /// Not sent: something else than expected stood there; what.
    Stale(Vec<Route>),
    /// Never sent.
    NotReached(Why),
}

/// Why an operation was never sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A signal.
    Stopped,
    /// The first domain failed.
    Canary,
    /// Too many failures in a row.
    Breaker,
    /// No bearer could be had any more.
    NoBearer,
    /// What must be kept before the first write could not be kept.
    NotKept,
    /// Other routes of its domain had changed since they were read.
    StaleDomain,
    /// Its domain could not be read.
    Unread,
    /// A delete whose domain had a failure or could not be verified.
    DeletesOff,
    /// A delete that a brake holds by now; the brake.
    Held(String),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stopped => "interrupted before it was sent",
            Self::Canary => "the first domain failed, so no other was begun",
            Self::Breaker => "too many failures in a row",
            Self::NoBearer => "the session ended",
            Self::NotKept => "the journal could not be written",
            Self::StaleDomain => "its domain changed since the plan was made",
            Self::Unread => "its domain could not be read right before",
            Self::DeletesOff => "something else in its domain failed, so nothing is deleted there",
            Self::Held(brake) => brake,
        })
    }
}

/// The word and the reason, for events and lists of failed rows.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Already => f.write_str("done already"),
            Self::Failed(error) => error.fmt(f),
            Self::Unknown(error) => write!(f, "nobody can tell whether it was done: {error}"),
            Self::Stale(found) => match found.as_slice() {
                [] => f.write_str("there is no route any more"),
                [one] => write!(f, "by now there is {one}"),
                many => write!(f, "the server shows {} routes with this key", many.len()),
            },
            Self::NotReached(why) => why.fmt(f),
        }
    }
}

/// Something that is not as it should be after the writes.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Mismatch {
    /// Whose.
    pub key: Option<RouteKey>,
    /// Whether the plan wrote there; otherwise it is somebody else's change.
    pub touched: bool,
    /// What should stand there.
    pub expected: Option<Route>,
    /// What the server shows.
    pub found: Option<Route>,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing was left to do.
    Whole,
    /// A signal.
    Stopped,
    /// The first domain failed.
    Canary,
    /// Too many failures in a row.
    Breaker,
    /// No bearer could be had any more.
    NoBearer,
    /// [`super::Observer::begin`] said no.
    NotKept,
}

/// What an apply came to.
#[derive(Debug)]
pub struct Report {
    /// How each operation ended, in the job's order.
    pub outcomes: Vec<Outcome>,
    /// Routes that deletes of ours took along and that were put back.
    pub restored: Vec<Route>,
    /// Routes that deletes of ours took along and that could not be put back, with the reason.
    pub lost: Vec<(Route, String)>,
    /// What is not as it should be.
    pub mismatches: Vec<Mismatch>,
    /// Domains that were written to and could not be read again, with the reason.
    pub unread: Vec<(DomainKey, String)>,
    /// Whether every domain that was written to was seen to be as it should.
    pub verified: bool,
    /// Why it ended.
    pub ended: Ended,
    /// The place of the operation that failed first.
    pub first_failed: Option<usize>,
    /// The first read that failed, if one did before any operation.
    pub read_failure: Option<api::Error>,
}

impl Report {
    /// How many operations ended like this.
    pub fn count(&self, of: impl Fn(&Outcome) -> bool) -> usize {
        self.outcomes.iter().filter(|outcome| of(outcome)).count()
    }

    /// Whether anything was changed on the server; none where nobody can tell.
    pub fn changed(&self) -> Option<bool> {
        let any = |of: fn(&Outcome) -> bool| self.outcomes.iter().any(of);
        if any(|outcome| matches!(outcome, Outcome::Done)) {
            Some(true)
        } else if any(|outcome| matches!(outcome, Outcome::Unknown(_))) {
            None
        } else {
            Some(false)
        }
    }
}
