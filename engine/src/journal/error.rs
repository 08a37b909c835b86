//! What can be wrong with the journal.

use std::io;
use std::path::PathBuf;

use super::RunId;

/// Why the journal cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It cannot be written: nothing may be sent (`design.md` §3, exit code 5).
    #[error("the journal cannot be written at `{}`: {source}", path.display())]
    Unwritable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be read.
    #[error("the journal cannot be read at `{}`: {source}", path.display())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No run has this id.
    #[error("the journal has no run `{text}`")]
    NotFound {
        /// What was asked for.
        text: String,
    },
    /// Several runs are meant by what was typed.
    #[error("`{text}` can mean {} runs: {}", ids.len(), first(ids))]
    Ambiguous {
        /// What was asked for.
        text: String,
        /// The runs, newest first.
        ids: Vec<RunId>,
    },
    /// The run's process is still at work.
    #[error("run `{id}` is still at work")]
    Running {
        /// The run.
        id: RunId,
    },
}

/// Five of them.
fn first(ids: &[RunId]) -> String {
    let named: Vec<&str> = ids.iter().take(5).map(RunId::as_str).collect();
    let more = if ids.len() > named.len() { " …" } else { "" };
    named.join(", ") + more
}
