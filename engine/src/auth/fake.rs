//! For tests: a token endpoint that rotates and revokes like the real one, and a store in memory.

use std::collections::VecDeque;
use std::sync::Mutex;

use super::record::tests::reply;
use super::{Cause, Credentials, GrantError, Grants, Record, Store, StoreError, TokenReply};
use crate::model::StoreKind;
use crate::secret::Secret;

/// What the endpoint does to one request; without a plan it answers as it should.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mishap {
    /// The request never arrives.
    Lost,
    /// It is carried out and the answer is lost.
    AnswerLost,
    /// The answer is a 2xx of nonsense.
    Nonsense,
    /// The answer does not come in time.
    Late,
    /// The server says no, to the client.
    No,
}

/// The token endpoint, with one valid refresh token at a time.
#[derive(Debug, Default)]
pub(crate) struct Endpoint {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    refresh_token: String,
    issued: usize,
    refreshes: usize,
    passwords: usize,
    reuses: usize,
    life: Option<u64>,
    with_refresh_token: bool,
    plan: VecDeque<Mishap>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            refresh_token: "sbx_refresh".to_owned(),
            issued: 0,
            refreshes: 0,
            passwords: 0,
            reuses: 0,
            life: Some(21_600),
            with_refresh_token: true,
            plan: VecDeque::new(),
        }
    }
}

impl Endpoint {
    /// What happens to the next requests, in order.
    pub(crate) fn plan(&self, mishaps: impl IntoIterator<Item = Mishap>) {
        self.lock().plan.extend(mishaps);
    }

    /// The life of tokens from now on.
    pub(crate) fn life(&self, seconds: Option<u64>) {
        self.lock().life = seconds;
    }

    /// A refresh token as after a login.
    pub(crate) fn issue(&self) -> Secret {
        let mut inner = self.lock();
        inner.refresh_token = "sbx_login".to_owned();
        Secret::new(inner.refresh_token.clone())
    }

    /// From now on answers hold no refresh token.
    pub(crate) fn no_refresh_tokens(&self) {
        self.lock().with_refresh_token = false;
    }

    /// Requests by kind: refreshes, password grants, refresh tokens that were used twice.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        let inner = self.lock();
        (inner.refreshes, inner.passwords, inner.reuses)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().expect("no test panics here")
    }
}

impl Inner {
    fn answer(&mut self, valid: bool) -> Result<TokenReply, GrantError> {
        let mishap = self.plan.pop_front();
        let cause = |text: &str| -> Cause { text.into() };
        match mishap {
            Some(Mishap::Lost) => return Err(GrantError::Transport(cause("reset"))),
            Some(Mishap::Nonsense) => return Err(GrantError::Unreadable(cause("html"))),
            Some(Mishap::Late) => return Err(GrantError::TimedOut(cause("late"))),
            Some(Mishap::No) => return Err(GrantError::Refused(cause("no"))),
            _ if !valid => return Err(GrantError::Spent(cause("Token has been revoked"))),
            _ => {}
        }
        self.issued += 1;
        self.refresh_token = format!("sbx_refresh{}", self.issued);
        if matches!(mishap, Some(Mishap::AnswerLost)) {
            return Err(GrantError::Transport(cause("reset")));
        }
        let refresh = self
            .with_refresh_token
            .then_some(self.refresh_token.as_str());
        Ok(reply(
            &format!("sbx_access{}", self.issued),
            refresh,
            self.life,
        ))
    }
}

impl Grants for Endpoint {
    fn password(&self, _: &Credentials) -> Result<TokenReply, GrantError> {
        let mut inner = self.lock();
        inner.passwords += 1;
        inner.answer(true)
    }

    fn refresh(&self, _: &str, _: &Secret, token: &Secret) -> Result<TokenReply, GrantError> {
        let mut inner = self.lock();
        inner.refreshes += 1;
        let valid = inner.refresh_token == token.expose();
        if !valid {
            inner.reuses += 1;
        }
        inner.answer(valid)
    }
}

/// One record in memory.
#[derive(Debug, Default)]
pub(crate) struct MemoryStore {
    record: Mutex<Option<Record>>,
    /// The next so many writes, and probes, fail.
    pub(crate) failing_writes: Mutex<usize>,
    pub(crate) failing_probes: Mutex<usize>,
}

impl MemoryStore {
    pub(crate) fn with(record: Record) -> Self {
        let store = Self::default();
        store.set(Some(record));
        store
    }

    pub(crate) fn set(&self, record: Option<Record>) {
        *self.record.lock().expect("no test panics here") = record;
    }

    pub(crate) fn get(&self) -> Option<Record> {
        self.record.lock().expect("no test panics here").clone()
    }
}

fn fails(left: &Mutex<usize>) -> Result<(), StoreError> {
    let mut left = left.lock().expect("no test panics here");
    if *left == 0 {
        return Ok(());
    }
    *left -= 1;
    Err(StoreError::Io {
        path: "/store".into(),
        source: std::io::ErrorKind::StorageFull.into(),
    })
}

impl Store for MemoryStore {
    fn kind(&self) -> StoreKind {
        StoreKind::Keyring
    }

    fn read(&self, _: &str) -> Result<Option<Record>, StoreError> {
        Ok(self.get())
    }

    fn write(&self, _: &str, record: &Record) -> Result<(), StoreError> {
        fails(&self.failing_writes)?;
        self.set(Some(record.clone()));
        Ok(())
    }

    fn delete(&self, _: &str) -> Result<bool, StoreError> {
        let there = self.get().is_some();
        self.set(None);
        Ok(there)
    }

    fn probe(&self, _: &str) -> Result<(), StoreError> {
        fails(&self.failing_probes)
    }

    fn profiles(&self) -> Result<Option<Vec<String>>, StoreError> {
        Ok(None)
    }
}
