//! What an apply came to: every operation in exactly one way.

use std::fmt;
use std::time::Duration;

use crate::api;
use crate::model::{DomainKey, Route, RouteKey};

/// How one operation ended.
#[derive(Debug)]
pub enum Outcome {
    /// A read showed that the server has it.
    Done,
    /// The server said yes, and nobody was to look.
    Sent,
    /// The server had it before anything was sent.
    Already,
    /// Refused or failed; it certainly was not carried out.
    Failed(api::Error),
    /// Sent, and nobody can tell what became of it.
    Unknown(api::Error),
    /// The server said yes, and does not show it.
    Unverified,
    /// The server said yes, and another value than was sent stands there; what.
    Seen(Vec<Route>),
    /// Something else than expected stood there, which was left; what.
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
    /// An earlier request for this caller may still be at work.
    AtWork,
    /// Its domain could not be read.
    Unread,
    /// A delete whose domain had a failure, a row that others changed, or could not be verified.
    DeletesOff,
    /// A delete that a brake holds by now; the brake.
    Held(String),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stopped => "interrupted before it was sent",
            Self::Canary => "every write of the first domain failed, so no other was begun",
            Self::Breaker => "too many failures in a row",
            Self::NoBearer => "the session ended",
            Self::NotKept => "the journal could not be written",
            Self::AtWork => "an earlier request for this caller may still be at work",
            Self::Unread => "its domain could not be read right before",
            Self::DeletesOff => {
                "something else in its domain did not end as it should, so nothing is deleted there"
            }
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
            Self::Sent => f.write_str("sent"),
            Self::Unknown(error) => write!(f, "nobody can tell whether it was done: {error}"),
            Self::Unverified => f.write_str("the server said yes, but does not show it"),
            Self::Seen(found) => {
                f.write_str("the server said yes, but ")?;
                stands(f, found)
            }
            Self::Stale(found) => stands(f, found),
            Self::NotReached(why) => why.fmt(f),
        }
    }
}

fn stands(f: &mut fmt::Formatter<'_>, found: &[Route]) -> fmt::Result {
    match found {
        [] => f.write_str("there is no route by now"),
        [one] => write!(f, "by now there is {one}"),
        many => write!(f, "the server shows {} routes with this key", many.len()),
    }
}

impl Outcome {
    /// Whether the server has what was wanted, as far as was to be found out.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done | Self::Sent | Self::Already)
    }

    /// Whether it was sent, and no read showed what became of it.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Unknown(_) | Self::Unverified | Self::Seen(_))
    }

    /// What stands there in place of what was expected.
    pub fn found(&self) -> Option<&[Route]> {
        match self {
            Self::Seen(found) | Self::Stale(found) => Some(found),
            _ => None,
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
    /// Every write of the first domain failed.
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
    /// Routes that writes of ours took along and that were put back.
    pub restored: Vec<Route>,
    /// Whether that was permitted: then it was done as asked.
    pub may_restore: bool,
    /// Routes that writes of ours took along and that could not be put back, with the reason.
    pub lost: Vec<(Route, String)>,
    /// What is not as it should be.
    pub mismatches: Vec<Mismatch>,
    /// Domains that were written to and could not be read again, with the reason.
    pub unread: Vec<(DomainKey, String)>,
    /// Whether every domain that was written to was seen to be as it should.
    pub verified: bool,
    /// Whether something was sent in vain, or perhaps not: others' values stand where it went.
    pub doubted: bool,
    /// The longest that reads still did not show a write after it was answered, and then did.
    pub lag: Option<Duration>,
    /// The status of a delete of what an earlier try had deleted.
    pub delete_gone: Option<u16>,
    /// Why it ended.
    pub ended: Ended,
    /// The place of the operation that failed first.
    pub first_failed: Option<usize>,
    /// The first read that failed, if one did before any operation.
    pub read_failure: Option<api::Error>,
    /// The routes of the callers that were written for, as they were read last; none where that does
    /// not show everything, or where they are more than ten.
    pub seen: Option<Vec<Route>>,
}

/// How many callers are told about one by one.
pub(super) const FEW_CALLERS: usize = 10;

impl Report {
    /// How many operations ended like this.
    pub fn count(&self, of: impl Fn(&Outcome) -> bool) -> usize {
        self.outcomes.iter().filter(|outcome| of(outcome)).count()
    }

    /// Whether all was done that was to be done, and nothing beside it.
    pub fn is_whole(&self) -> bool {
        self.outcomes.iter().all(Outcome::is_done) && (self.may_restore || self.restored.is_empty())
    }

    /// Whether anything was changed on the server; none where nobody can tell.
    pub fn changed(&self) -> Option<bool> {
        let any = |of: fn(&Outcome) -> bool| self.outcomes.iter().any(of);
        let known = any(|outcome| matches!(outcome, Outcome::Done | Outcome::Sent));
        if known || !self.restored.is_empty() || !self.lost.is_empty() {
            return Some(true);
        }
        (!self.doubted && !any(Outcome::is_open)).then_some(false)
    }
}
