//! One thread at a time where a token is chosen; the others wait and share what came of it.

use std::sync::Mutex;
use std::time::Instant;

use super::SessionError;
use crate::signals::locked;

/// Guards a session's state between threads.
#[derive(Debug)]
pub(super) struct Gate<T> {
    inner: Mutex<Inner<T>>,
}

#[derive(Debug)]
struct Inner<T> {
    state: T,
    failure: Option<(Instant, SessionError)>,
}

impl<T> Gate<T> {
    pub(super) fn new(state: T) -> Self {
        Self {
            inner: Mutex::new(Inner {
                state,
                failure: None,
            }),
        }
    }

    /// Does `work` alone. A thread that waited here while another one failed gets that failure:
    /// otherwise each of them would sit through the same timeout, one after the other. A dead
    /// session stays dead.
    pub(super) fn pass<R>(
        &self,
        work: impl FnOnce(&mut T) -> Result<R, SessionError>,
    ) -> Result<R, SessionError> {
        let asked = Instant::now();
        let mut inner = locked(&self.inner);
        if let Some((when, failure)) = &inner.failure
            && (*when >= asked
                || matches!(failure, SessionError::Refused(_) | SessionError::Dead(_)))
        {
            return Err(failure.clone());
        }
        let result = work(&mut inner.state);
        inner.failure = match &result {
            Ok(_) => None,
            Err(error) => Some((Instant::now(), error.clone())),
        };
        result
    }

    /// Looks at the state, whatever failed before.
    pub(super) fn with<R>(&self, look: impl FnOnce(&mut T) -> R) -> R {
        let mut inner = locked(&self.inner);
        look(&mut inner.state)
    }
}
