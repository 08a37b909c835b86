//! The lines of a journal file. One JSON object each, tagged by its only key.
//!
//! `header`, then every `change` (or one `api`), then `intents` as the mark that all of them are
//! there: only after that mark is on disk may the first request go out. Then `result` lines, further
//! `change` lines for restored siblings, and `end`. The last word about a write or a run counts.
//!
//! Each line ends with its checksum, `,"sum":"1c291ca3"}`: the CRC-32 of all that stands before it,
//! which no single flipped bit gets past. Version 1 had none.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::{ApiWrite, End, Header, Outcome, RunId};
use crate::model::Change;

/// The version this program writes; it reads the older ones, too.
pub(super) const VERSION: u32 = 2;
/// How the checksum begins, and how long it is with both its ends.
const SUM: &[u8] = b",\"sum\":\"";
const SUM_LENGTH: usize = SUM.len() + 8 + 2;

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
        #[serde(deserialize_with = "outcome")]
        outcome: Cow<'a, Outcome>,
    },
    End {
        status: End,
    },
}

impl Record<'_> {
    /// Appends the line, checksum and line end included.
    pub(super) fn write_to(&self, line: &mut Vec<u8>) -> serde_json::Result<()> {
        let mut body = serde_json::to_vec(self)?;
        body.pop();
        line.extend(seal(body));
        Ok(())
    }
}

/// The line that begins so: its checksum, and the line end.
pub(super) fn seal(mut body: Vec<u8>) -> Vec<u8> {
    body.extend(sum(&body));
    body.push(b'\n');
    body
}

/// The end of a line that begins so.
fn sum(body: &[u8]) -> Vec<u8> {
    let number = format!("{:08x}", crc32fast::hash(body));
    [SUM, number.as_bytes(), b"\"}"].concat()
}

/// Takes the checksum off a line: whether it had one, and the right one; none without any.
pub(super) fn take_sum(line: &mut Vec<u8>) -> Option<bool> {
    let at = line.len().checked_sub(SUM_LENGTH)?;
    let (body, found) = line.split_at(at);
    if !found.starts_with(SUM) {
        return None;
    }
    let is_right = found == sum(body);
    line.truncate(at);
    line.push(b'}');
    Some(is_right)
}

/// Version 1 wrote `"stale"` without what was found.
fn outcome<'de, 'a, D: Deserializer<'de>>(from: D) -> Result<Cow<'a, Outcome>, D::Error> {
    let text = Box::<RawValue>::deserialize(from)?;
    let outcome = match text.get() {
        "\"stale\"" => Outcome::Stale { found: Vec::new() },
        text => serde_json::from_str(text).map_err(D::Error::custom)?,
    };
    Ok(Cow::Owned(outcome))
}
