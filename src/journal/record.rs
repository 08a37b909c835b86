//! The lines of a journal file. One JSON object each, tagged by its only key.
//!
//! `header`, then every `change` (or one `api`), then `intents` as the mark that all of them are
//! there: only after that mark is on disk may the first request go out. Then `result` lines, further
//! `change` lines for restored siblings, and `end`. The last word about a write or a run counts.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{ApiWrite, End, Header, Outcome, RunId};
use crate::model::Change;

/// The version this program writes and reads.
pub(super) const VERSION: u32 = 1;

// Tagged from outside: serde buffers other forms, and buffered numbers do not survive serde_json's
// `arbitrary_precision`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Record<'a> {
    Header {
        version: u32,
        id: Cow<'a, RunId>,
        time: String,
        run: Cow<'a, Header>,
    },
    Change {
        index: usize,
        change: Cow<'a, Change>,
    },
    Api {
        write: Cow<'a, ApiWrite>,
    },
    Intents {
        count: usize,
    },
    Result {
        index: usize,
        outcome: Cow<'a, Outcome>,
    },
    End {
        status: End,
    },
}

impl Record<'_> {
    /// Appends the line, line end included.
    pub(super) fn write_to(&self, line: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(&mut *line, self)?;
        line.push(b'\n');
        Ok(())
    }
}
