//! Which runs `history` shows.

use jiff::Timestamp;

use super::{Entry, RunId, Unreadable};
use crate::model::{Change, DomainKey, NumberKey};

/// The filters of `history`; all that are given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Some write of the run is in this domain.
    pub domain: Option<DomainKey>,
    /// Some write of the run is for this caller.
    pub ani: Option<NumberKey>,
    /// Some write of the run is for this called number.
    pub dnis: Option<NumberKey>,
    /// Some write of the run took calls from there, or sent some there.
    pub destination: Option<String>,
    /// The run began then or later.
    pub since: Option<Timestamp>,
}

impl Filter {
    /// Whether a run passes. All that is asked of a write must be met by one and the same write.
    pub fn accepts(&self, entry: &Entry) -> bool {
        if self.since.is_some_and(|since| entry.time < since) {
            return false;
        }
        if self.takes_any_key() {
            return true;
        }
        entry
            .changes
            .iter()
            .any(|change| self.accepts_change(&change.intent))
    }

    /// Whether a run may pass of which nobody can tell what it wrote.
    pub fn may_accept(&self, bad: &Unreadable) -> bool {
        let time = bad.id.as_ref().and_then(RunId::time);
        self.takes_any_key() && (self.since.is_none() || time >= self.since)
    }

    fn takes_any_key(&self) -> bool {
        let number = self.ani.as_ref().or(self.dnis.as_ref());
        self.domain.is_none() && number.is_none() && self.destination.is_none()
    }

    /// Whether one write passes.
    pub fn accepts_change(&self, change: &Change) -> bool {
        let (key, destination) = (&change.key, self.destination.as_deref());
        destination.is_none_or(|name| change.involves(name))
            && self.domain.as_ref().is_none_or(|d| *d == key.domain)
            && self.ani.as_ref().is_none_or(|ani| *ani == key.ani)
            && (self.dnis.is_none() || self.dnis == key.dnis)
    }
}
