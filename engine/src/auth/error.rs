//! Why there is no token.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{GrantError, StoreError};
use crate::model::Origin;

/// How long a process waits for another one's refresh: a little longer than that may take.
pub(super) const LOCK_WAIT: Duration = Duration::from_secs(130);

/// Why there is no token. Cheap to clone: threads that waited together get the same one.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SessionError {
    /// Nothing is stored for this profile.
    #[error("not logged in (profile `{0}`)")]
    NotLoggedIn(String),
    /// The stored credentials belong to another origin; nothing was sent.
    #[error("the stored credentials belong to `{stored}` and are not sent to `{wanted}`")]
    WrongOrigin {
        /// Where they were entered.
        stored: Origin,
        /// Where they would have gone.
        wanted: Origin,
    },
    /// The store could not be used.
    #[error(transparent)]
    Store(Arc<StoreError>),
    /// Another process is refreshing, or was stopped while it did.
    #[error("another process has been renewing the session for more than {} s", LOCK_WAIT.as_secs())]
    Busy,
    /// The lock file could not be used.
    #[error("the lock `{path}` cannot be used: {source}")]
    Lock {
        /// The path at fault.
        path: PathBuf,
        /// What the system said.
        source: Arc<std::io::Error>,
    },
    /// The server does not take this user name, password or client; what is stored stays.
    #[error("the credentials were refused: {0}")]
    Refused(#[source] Arc<dyn Error + Send + Sync>),
    /// The server no longer takes this refresh token, or there is none; what is stored stays.
    #[error("the session has ended: {0}")]
    Dead(#[source] Arc<dyn Error + Send + Sync>),
    /// The token endpoint could not be reached or gave no usable answer.
    #[error("no token could be fetched: {0}")]
    Transport(#[source] Arc<dyn Error + Send + Sync>),
    /// The token endpoint answered something nobody can read.
    #[error("the token reply cannot be read: {0}")]
    Unreadable(#[source] Arc<dyn Error + Send + Sync>),
    /// `SKYSWITCH_TOKEN` was refused, and there is nothing to renew it with.
    #[error("the server refused the token in `SKYSWITCH_TOKEN`")]
    FixedTokenRefused,
}

impl From<StoreError> for SessionError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl From<GrantError> for SessionError {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Refused(cause) | GrantError::Spent(cause) => Self::Dead(Arc::from(cause)),
            GrantError::Transport(cause) | GrantError::TimedOut(cause) => {
                Self::Transport(Arc::from(cause))
            }
            GrantError::Unreadable(cause) => Self::Unreadable(Arc::from(cause)),
        }
    }
}

impl SessionError {
    /// A password grant's failure: nothing has ended that had ever begun.
    pub(super) fn of_password_grant(error: GrantError) -> Self {
        match error {
            GrantError::Refused(cause) | GrantError::Spent(cause) => {
                Self::Refused(Arc::from(cause))
            }
            other => other.into(),
        }
    }

    /// What to do about it; ready commands, the best first.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::NotLoggedIn(_) | Self::Dead(_) => vec!["run `skyswitch login`".to_owned()],
            Self::WrongOrigin { wanted, .. } => vec![format!(
                "`SKYSWITCH_API_URL={wanted} skyswitch login --profile NAME` logs in there, under a profile of its own"
            )],
            Self::Store(error) => error.hints(),
            Self::FixedTokenRefused => {
                vec![
                    "set `SKYSWITCH_TOKEN` to a valid token, or unset it and run `skyswitch login`"
                        .to_owned(),
                ]
            }
            _ => Vec::new(),
        }
    }
}
