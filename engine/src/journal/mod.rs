//! The journal: one append-only file a run, written before the server is touched.
//!
//! Header, before-images and intents are on disk before the first request goes out; results follow
//! (`design.md` §6 "Journal"). A result that was lost in a crash is settled by reading the server, so
//! only the intents and the end are waited for. Nothing here deletes a run that was begun, and no
//! secret is ever handed to it. Files are private (0600) in a private directory (0700).

mod entry;
mod error;
mod filter;
#[cfg(fuzzing)]
pub mod fuzzing;
mod id;
pub mod loans;
mod moment;
mod read;
mod record;
mod store;

use std::path::{Path, PathBuf};

pub use entry::{
    ApiWrite, End, Entry, Fault, Header, Intents, Outcome, Recorded, Status, Unreadable,
};
pub use error::JournalError;
pub use filter::Filter;
pub use id::{RunId, RunIdError, ShortIds};
pub use moment::{SinceError, UntilError, parse_since, parse_until};
pub use read::{Entries, Recent};
pub use store::Run;

/// The journal of one state directory.
#[derive(Clone, Debug)]
pub struct Journal {
    dir: PathBuf,
}

impl Journal {
    /// The journal under a state directory; nothing is created or read yet.
    pub fn under(state_dir: &Path) -> Self {
        Self {
            dir: state_dir.join("journal"),
        }
    }

    /// Where the files are.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    fn path(&self, id: &RunId) -> PathBuf {
        self.dir.join(format!("{id}.{EXTENSION}"))
    }
}

/// The ending of a run's file.
const EXTENSION: &str = "jsonl";

#[cfg(test)]
mod loans_tests;
#[cfg(test)]
mod tests;
