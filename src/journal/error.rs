//! What can be wrong with the journal.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::RunId;

/// Why the journal cannot do what was asked.
#[derive(Debug)]
pub enum JournalError {
    /// It cannot be written: nothing may be sent (`design.md` §3, exit code 5).
    Unwritable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be read.
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No run has this id.
    NotFound {
        /// What was asked for.
        text: String,
    },
    /// Several runs are meant by what was typed.
    Ambiguous {
        /// What was asked for.
        text: String,
        /// The runs, newest first.
        ids: Vec<RunId>,
    },
    /// The run's process is still at work.
    Running {
        /// The run.
        id: RunId,
    },
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unwritable { path, source } => {
                write!(
                    f,
                    "the journal cannot be written at `{}`: {source}",
                    path.display()
                )
            }
            Self::Unreadable { path, source } => {
                write!(
                    f,
                    "the journal cannot be read at `{}`: {source}",
                    path.display()
                )
            }
            Self::NotFound { text } => write!(f, "the journal has no run `{text}`"),
            Self::Ambiguous { text, ids } => {
                write!(f, "`{text}` can mean {} runs: ", ids.len())?;
                let named: Vec<&str> = ids.iter().take(5).map(RunId::as_str).collect();
                f.write_str(&named.join(", "))?;
                if ids.len() > named.len() {
                    f.write_str(" …")?;
                }
                Ok(())
            }
            Self::Running { id } => write!(f, "run `{id}` is still at work"),
        }
    }
}

impl std::error::Error for JournalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unwritable { source, .. } | Self::Unreadable { source, .. } => Some(source),
            Self::NotFound { .. } | Self::Ambiguous { .. } | Self::Running { .. } => None,
        }
    }
}
