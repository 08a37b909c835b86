//! What an apply tells while it runs, and to whom.

use super::report::{Mismatch, Outcome};
use crate::model::{Change, DomainKey, Route};

/// Something that happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// A domain's writes begin.
    Start {
        /// The domain.
        domain: &'a DomainKey,
        /// How many of its operations are to be sent.
        operations: usize,
    },
    /// A write got through, or was given up; how it ended is found out by looking.
    Sent {
        /// Its place among the job's operations.
        index: usize,
    },
    /// An operation came to an end; a later event about the same index replaces it.
    Operation {
        /// Its place among the job's operations.
        index: usize,
        /// How it ended.
        outcome: &'a Outcome,
    },
    /// For a while now the server has not shown what it said yes to; it is read again.
    Trailing,
    /// A route that a write of ours took along was put back, or could not be.
    Restored {
        /// What [`Observer::add`] gave for it.
        index: usize,
        /// The route.
        route: &'a Route,
        /// How that ended.
        outcome: &'a Outcome,
    },
    /// A domain was read again after its writes.
    Verified {
        /// The domain.
        domain: &'a DomainKey,
        /// What is not as it should be; nothing when all is well.
        mismatches: &'a [Mismatch],
        /// Why it could not be read.
        unread: Option<&'a str>,
    },
}

/// Who is told: the journal, the progress bar, the event stream.
///
/// Called from the lanes, one call at a time.
pub trait Observer: Sync {
    /// The first write is about to go out: whatever must be kept before it is kept now. Events may have
    /// come before. Not called when nothing is to be sent.
    ///
    /// Returns whether that worked: without it nothing is sent.
    fn begin(&self) -> bool;

    /// Something happened.
    fn event(&self, event: &Event<'_>);

    /// A write of ours took another route along: that must be kept before the route is put back.
    /// Returns its index for [`Event::Restored`].
    ///
    /// # Errors
    /// It cannot be kept, in words: then nothing is sent.
    fn add(&self, change: &Change) -> Result<usize, String>;
}
