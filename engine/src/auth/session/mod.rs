//! The stored session: which token a request carries, and its renewal under a lock.
//!
//! The server revokes both tokens of a session when one of its refresh tokens is used, so two
//! refreshes at once log each other out. Hence: one thread (the gate), one process (a lock file
//! that is never deleted), then the store again, and only if it still holds the token that failed
//! is the refresh token used (`design.md` §5). Commands never see any of this; the client asks
//! for a bearer, and for another one after a 401.

mod fate;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::fate::Fate;
use super::error::{LOCK_WAIT, SessionError};
use super::gate::Gate;
use super::record::{Freshness, early_margin, unix_now};
use super::store::check_profile;
use super::{BearerSource, Cause, GrantError, Grants, Record, Store, StoreError, TokenReply};
use crate::durable::{self, Lock, LockError};
use crate::model::Origin;
use crate::secret::Bearer;
use crate::signals::Signals;

/// A new token that is not kept is a session lost: try more than once.
const WRITE_TRIES: usize = 3;

/// The session kept for one profile.
pub struct Session {
    profile: String,
    origin: Origin,
    store: Arc<dyn Store>,
    grants: Arc<dyn Grants>,
    state_dir: PathBuf,
    lock_wait: Duration,
    signals: Signals,
    gate: Gate<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    notes: Vec<String>,
}

/// A record, and when this process obtained its token, if it did.
struct Held {
    record: Record,
    obtained: Option<Instant>,
}

impl Session {
    /// The session of `profile` for requests to `origin`; nothing is opened before it is used.
    /// The lock file lives in `state_dir`.
    pub fn new(
        profile: &str,
        origin: Origin,
        store: Arc<dyn Store>,
        grants: Arc<dyn Grants>,
        state_dir: &Path,
    ) -> Self {
        Self {
            profile: profile.to_owned(),
            origin,
            store,
            grants,
            state_dir: state_dir.to_owned(),
            lock_wait: LOCK_WAIT,
            signals: Signals::default(),
            gate: Gate::new(State::default()),
        }
    }

    /// A signal during a refresh waits until its tokens are kept.
    #[must_use]
    pub fn with_signals(mut self, signals: Signals) -> Self {
        self.signals = signals;
        self
    }

    /// Waits this long for another process instead of 130 s.
    #[must_use]
    pub fn with_lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = wait;
        self
    }

    /// The record in use, read from the store when it was not yet.
    pub fn record(&self) -> Result<Record, SessionError> {
        self.gate.pass(|state| Ok(self.held(state)?.record.clone()))
    }

    /// What the user should be warned of; asking empties the list.
    pub fn take_notes(&self) -> Vec<String> {
        let mut notes = self.gate.with(|state| std::mem::take(&mut state.notes));
        notes.extend(self.store.take_notes());
        notes
    }

    fn held<'a>(&self, state: &'a mut State) -> Result<&'a Held, SessionError> {
        match &mut state.held {
            Some(held) => Ok(held),
            empty => Ok(empty.insert(self.load()?)),
        }
    }

    /// The stored record, if its credentials may go to our origin.
    fn load(&self) -> Result<Held, SessionError> {
        let Some(record) = self.store.read(&self.profile)? else {
            return Err(SessionError::NotLoggedIn(self.profile.clone()));
        };
        if !record.belongs_to(&self.origin) {
            return Err(SessionError::WrongOrigin {
                stored: record.origin,
                wanted: self.origin.clone(),
            });
        }
        Ok(Held::stored(record))
    }

    /// A token that may well work, and is not the one that was refused: another thread may have been
    /// here first.
    fn token(&self, refused: Option<&Bearer>) -> Result<Bearer, Cause> {
        Ok(self.gate.pass(|state| {
            let held = self.held(state)?;
            let token = held.record.access_token.clone();
            if Some(&token) != refused && held.is_usable() {
                return Ok(token);
            }
            self.replace(state, refused.unwrap_or(&token))
        })?)
    }

    /// Another token than `failed`: one that another process stored, else a new one.
    fn replace(&self, state: &mut State, failed: &Bearer) -> Result<Bearer, SessionError> {
        let before = self.fate().read();
        let _lock = lock(&self.state_dir, &self.profile, self.lock_wait)?;
        let stored = self.load()?;
        let held = if stored.record.access_token != *failed && stored.is_usable() {
            stored
        } else {
            self.obtain(state, &stored.record, &before)?
        };
        let token = held.record.access_token.clone();
        state.held = Some(held);
        Ok(token)
    }

    /// Refreshes, or falls back to a remembered password. The lock is held.
    fn obtain(
        &self,
        state: &mut State,
        stored: &Record,
        before: &str,
    ) -> Result<Held, SessionError> {
        // The server takes the old tokens back with the answer: first see whether new ones can be kept.
        self.store.probe(&self.profile)?;
        let _finishing = self.signals.finishing();
        let refused = match self.refresh(stored, before) {
            Ok(reply) => return Ok(self.keep(state, stored, &reply)),
            Err(GrantError::Refused(cause) | GrantError::Spent(cause)) => cause,
            Err(other) => return Err(other.into()),
        };
        // Somebody without our lock may have been faster: another machine's state directory.
        let again = self.load()?;
        if again.record != *stored {
            return Ok(again);
        }
        let Some(credentials) = stored.credentials() else {
            return Err(GrantError::Refused(refused).into());
        };
        // Tried once: a refusal makes the session dead, and the gate remembers that.
        let reply = self
            .grants
            .password(&credentials)
            .map_err(SessionError::of_password_grant)?;
        // The old refresh token is refused; keeping it would help nobody.
        let stored = Record {
            refresh_token: None,
            ..stored.clone()
        };
        Ok(self.keep(state, &stored, &reply))
    }

    fn refresh(&self, record: &Record, before: &str) -> Result<TokenReply, GrantError> {
        let Some(token) = &record.refresh_token else {
            return Err(GrantError::Refused(NO_REFRESH_TOKEN.into()));
        };
        let fate = self.fate();
        if let Some(why_not) = fate.forbids(token, before) {
            return Err(why_not);
        }
        self.grants
            .refresh(&record.client_id, &record.client_secret, token)
            .inspect_err(|failure| fate.note(token, failure))
    }

    fn fate(&self) -> Fate {
        Fate(
            self.state_dir
                .join(format!("session-{}.fate", self.profile)),
        )
    }

    /// Stores what was granted and reads it back. When that fails the token is still good for this
    /// process, and giving it up would help nobody: the user is warned instead.
    fn keep(&self, state: &mut State, stored: &Record, reply: &TokenReply) -> Held {
        let obtained = Instant::now();
        let record = stored.renewed(reply, unix_now());
        if let Err(error) = self.write(&record) {
            state.notes.push(format!(
                "the renewed session could not be kept: {error}; run `skyswitch login` before the next command"
            ));
        }
        Held {
            record,
            obtained: Some(obtained),
        }
    }

    fn write(&self, record: &Record) -> Result<(), StoreError> {
        let mut result = Ok(());
        for _ in 0..WRITE_TRIES {
            result = write_and_read_back(&*self.store, &self.profile, record);
            if result.is_ok() {
                break;
            }
        }
        result
    }
}

impl BearerSource for Session {
    fn held(&self) -> Option<Bearer> {
        self.gate.with(|state| {
            let held = state.held.as_ref()?;
            Some(held.record.access_token.clone())
        })
    }

    fn bearer(&self) -> Result<Bearer, Cause> {
        self.token(None)
    }

    fn renew(&self, refused: &Bearer) -> Result<Bearer, Cause> {
        self.token(Some(refused))
    }
}

impl Held {
    fn stored(record: Record) -> Self {
        Self {
            record,
            obtained: None,
        }
    }

    /// Worth sending, as far as can be told here. A token that this process obtained is timed by
    /// the monotonic clock, which nobody sets.
    fn is_usable(&self) -> bool {
        match self.obtained {
            Some(obtained) => still_good(self.record.life(), obtained),
            None => self.record.freshness(unix_now()) != Freshness::Expired,
        }
    }
}

/// Whether a token of this life, obtained then, is worth sending; without a known life it is.
pub(super) fn still_good(life: Option<Duration>, obtained: Instant) -> bool {
    life.is_none_or(|life| obtained.elapsed().saturating_add(early_margin(life)) < life)
}

/// What [`SessionError::Dead`] says when there is nothing to refresh with.
pub(super) const NO_REFRESH_TOKEN: &str = "the server gave no refresh token";

/// Keeps a login's record, with no refresh of another process in between, and reads it back.
pub fn save(
    store: &dyn Store,
    state_dir: &Path,
    profile: &str,
    record: &Record,
) -> Result<(), SessionError> {
    let _lock = lock(state_dir, profile, LOCK_WAIT)?;
    Ok(write_and_read_back(store, profile, record)?)
}

/// Forgets a profile's record, with no refresh of another process in between; `false` when there
/// was none.
pub fn forget(store: &dyn Store, state_dir: &Path, profile: &str) -> Result<bool, SessionError> {
    let _lock = lock(state_dir, profile, LOCK_WAIT)?;
    Ok(store.delete(profile)?)
}

fn write_and_read_back(
    store: &dyn Store,
    profile: &str,
    record: &Record,
) -> Result<(), StoreError> {
    store.write(profile, record)?;
    match store.read(profile)? {
        Some(kept) if kept.without_password() == record.without_password() => Ok(()),
        _ => Err(StoreError::NotKept(store.kind())),
    }
}

/// Keeps other processes away from a profile's session; the file is never deleted.
fn lock(state_dir: &Path, profile: &str, wait: Duration) -> Result<Lock, SessionError> {
    check_profile(profile)?;
    let path = state_dir.join(format!("session-{profile}.lock"));
    let failed = |source| SessionError::Lock {
        path: path.clone(),
        source: Arc::new(source),
    };
    durable::create_private_dir(state_dir).map_err(failed)?;
    Lock::acquire(&path, wait).map_err(|error| match error {
        LockError::Busy => SessionError::Busy,
        LockError::Io(source) => failed(source),
    })
}

#[cfg(test)]
mod tests;
