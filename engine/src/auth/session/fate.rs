//! What became of the refresh token that was presented last: kept beside the lock, by its hash.
//!
//! To the server a token that comes twice is a stolen one. So one that was refused itself is never
//! presented again, by no process, and one whose answer did not come in time only by a later command.

use std::path::PathBuf;

use crate::auth::GrantError;
use crate::auth::store::checksum;
use crate::durable;
use crate::secret::Secret;

/// One profile's note.
pub(super) struct Fate(pub(super) PathBuf);

const REFUSED: &str = "refused";
const TIMED_OUT: &str = "timed-out";

impl Fate {
    /// The note as it stands; nothing where there is none, or none that can be read.
    pub(super) fn read(&self) -> String {
        std::fs::read_to_string(&self.0).unwrap_or_default()
    }

    /// Why a token is not to be presented now, if it is not; `before` is the note from before the lock
    /// was waited for.
    pub(super) fn forbids(&self, token: &Secret, before: &str) -> Option<GrantError> {
        let note = self.read();
        let (what, rest) = note.split_once(' ')?;
        if !rest.starts_with(&checksum(token.expose())) {
            return None;
        }
        match what {
            REFUSED => Some(GrantError::Spent(
                "its refresh token was refused already, and is not presented again".into(),
            )),
            TIMED_OUT if note != before => Some(GrantError::TimedOut(
                "another process has just waited for it in vain; run it again later".into(),
            )),
            _ => None,
        }
    }

    /// Keeps what came of presenting a token, if it matters.
    pub(super) fn note(&self, token: &Secret, failure: &GrantError) {
        let what = match failure {
            GrantError::Spent(_) => REFUSED,
            GrantError::TimedOut(_) => TIMED_OUT,
            _ => return,
        };
        // The time tells one note from the next.
        let (hash, now) = (checksum(token.expose()), super::unix_now().as_nanos());
        if let Err(error) = durable::replace(&self.0, format!("{what} {hash} {now}\n").as_bytes()) {
            log::info!("the fate of a refresh token is not kept: {error}");
        }
    }
}
