//! The system's keyring: Secret Service, macOS Keychain, Windows Credential Manager.
//!
//! A keyring may wait for ever on a prompt nobody sees or on a frozen daemon, so every operation
//! runs on a thread of its own with a limit, and after one went unanswered no other is begun in
//! this process. There is one connection a process. How a record becomes entries is told in
//! [`super::parts`].

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::zeroize::Zeroizing;

use super::parts::{self, Entries, Kept, PartsError};
use super::{Store, StoreError, check_profile, states};
use crate::auth::record::unix_now;
use crate::auth::{Record, RecordError};
use crate::model::StoreKind;
use crate::signals::locked;

/// The service under which all entries are kept (`design.md` §5).
const SERVICE: &str = "skyswitch-cli";
/// How long finding out why a call went unanswered may take on top.
const DIAGNOSIS: Duration = Duration::from_secs(1);

/// How long a keyring may take, and who is told that it does.
#[derive(Clone)]
pub struct UnlockWait {
    limit: Duration,
    notice: Option<(Duration, Arc<dyn Fn() + Send + Sync>)>,
}

impl UnlockWait {
    /// Without a terminal nobody can answer a prompt: 5 seconds, in silence.
    pub fn without_terminal() -> Self {
        Self::of(Duration::from_secs(5))
    }

    /// With one: 30 seconds, and after 2 of them `notice` is called, once a wait.
    pub fn with_terminal(notice: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            limit: Duration::from_secs(30),
            notice: Some((Duration::from_secs(2), Arc::new(notice))),
        }
    }

    /// A limit of one's own, in silence.
    pub fn of(limit: Duration) -> Self {
        Self {
            limit,
            notice: None,
        }
    }
}

/// The keyring of whoever runs the program.
pub struct KeyringStore {
    unlock_wait: UnlockWait,
    /// An operation went unanswered; `true` when it waits for unlocking.
    stuck: Mutex<Option<bool>>,
}

impl KeyringStore {
    /// Nothing is connected before the first operation.
    pub fn new(unlock_wait: UnlockWait) -> Self {
        Self {
            unlock_wait,
            stuck: Mutex::new(None),
        }
    }

    /// Runs `work` on its own thread, connected and with the profile's name, and waits for it within
    /// the limit.
    fn with<T: Send + 'static>(
        &self,
        profile: &str,
        work: impl FnOnce(&SystemEntries, &str) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        check_profile(profile)?;
        let name = profile.to_owned();
        self.bounded(move |entries| work(entries, &name))
            .map_err(|failure| failure.at(profile))
    }

    fn bounded<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SystemEntries) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        // Held throughout: a second caller must learn that the first one is stuck.
        let mut stuck = locked(&self.stuck);
        if let Some(locked) = *stuck {
            return Err(self.unanswered(locked).into());
        }
        let (sender, receiver) = mpsc::channel();
        std::thread::Builder::new()
            .name("keyring".to_owned())
            .spawn(move || {
                // Nobody listening any more means the limit passed.
                let _ = sender.send(connect().and_then(|entries| work(&entries)));
            })
            .map_err(|error| StoreError::Keyring(Box::new(error)))?;

        match self.wait(&receiver) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => {
                let locked = states::waits_for_unlocking(DIAGNOSIS);
                *stuck = Some(locked);
                Err(self.unanswered(locked).into())
            }
            Err(RecvTimeoutError::Disconnected) => Err(failed("its client stopped").into()),
        }
    }

    fn wait<T>(&self, receiver: &mpsc::Receiver<T>) -> Result<T, RecvTimeoutError> {
        let limit = self.unlock_wait.limit;
        let Some((after, notice)) = &self.unlock_wait.notice else {
            return receiver.recv_timeout(limit);
        };
        match receiver.recv_timeout(*after) {
            Err(RecvTimeoutError::Timeout) => {
                notice();
                receiver.recv_timeout(limit.saturating_sub(*after))
            }
            answered => answered,
        }
    }

    fn unanswered(&self, locked: bool) -> StoreError {
        if locked {
            StoreError::Locked
        } else {
            StoreError::Frozen(self.unlock_wait.limit)
        }
    }
}

impl Store for KeyringStore {
    fn kind(&self) -> StoreKind {
        StoreKind::Keyring
    }

    fn read(&self, profile: &str) -> Result<Option<Record>, StoreError> {
        self.with(profile, |entries, name| Ok(read_record(entries, name)?.1))
    }

    fn write(&self, profile: &str, record: &Record) -> Result<(), StoreError> {
        let record = record.clone();
        self.with(profile, move |entries, name| {
            // What is not ours, or not whole, is not written over.
            let (kept, _) = read_record(entries, name)?;
            let json = record.to_json()?;
            Ok(parts::write(entries, name, kept, &generation(), &json)?)
        })
    }

    fn delete(&self, profile: &str) -> Result<bool, StoreError> {
        self.with(profile, |entries, name| Ok(parts::delete(entries, name)?))
    }

    fn probe(&self, profile: &str) -> Result<(), StoreError> {
        self.with(profile, |entries, name| {
            let generation = generation();
            let name = format!("{name}/probe/{generation}");
            entries.put(&name, &generation)?;
            let back = entries.get(&name)?;
            entries.remove(&name)?;
            match back {
                Some(text) if *text == generation => Ok(()),
                _ => Err(StoreError::NotKept(StoreKind::Keyring).into()),
            }
        })
    }

    /// Not every keyring can list what it holds; the profiles are named in `config.toml`.
    fn profiles(&self) -> Result<Option<Vec<String>>, StoreError> {
        Ok(None)
    }
}

/// The record, and how it is kept, from one read: macOS may ask its user about each.
fn read_record(entries: &SystemEntries, name: &str) -> Result<(Kept, Option<Record>), Failure> {
    let kept = parts::read(entries, name)?;
    let json = kept.content.as_ref();
    let record = json.map(|json| Record::from_json(json)).transpose()?;
    Ok((kept, record))
}

/// The entries of the system's keyring under our service.
struct SystemEntries;

/// Connects, once a process: the `keyring` crate remembers how that went.
fn connect() -> Result<SystemEntries, Failure> {
    match keyring::Entry::store_status() {
        Ok(()) => Ok(SystemEntries),
        Err(error) => Err(explain(error).into()),
    }
}

impl SystemEntries {
    fn entry(name: &str) -> Result<keyring::Entry, StoreError> {
        keyring::Entry::new(SERVICE, name).map_err(|error| explain(&error))
    }
}

impl Entries for SystemEntries {
    type Error = StoreError;

    fn get(&self, name: &str) -> Result<Option<Zeroizing<String>>, StoreError> {
        match Self::entry(name)?.get_password() {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(explain(&error)),
        }
    }

    fn put(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let entry = Self::entry(name)?;
        entry.set_password(text).map_err(|error| explain(&error))
    }

    fn remove(&self, name: &str) -> Result<bool, StoreError> {
        match Self::entry(name)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(keyring::Error::NoEntry) => Ok(false),
            Err(error) => Err(explain(&error)),
        }
    }

    /// All but Credential Manager's.
    fn unlimited(&self) -> bool {
        cfg!(not(windows))
    }
}

/// What went wrong inside an operation; the record's faults get their place outside.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl From<PartsError<StoreError>> for Failure {
    fn from(error: PartsError<StoreError>) -> Self {
        match error {
            PartsError::Record(error) => Self::Record(error),
            PartsError::Entry(error) => Self::Store(error),
        }
    }
}

impl Failure {
    fn at(self, profile: &str) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Record(reason) => StoreError::Corrupt {
                place: format!("the keyring entry of profile `{profile}`"),
                reason,
            },
        }
    }
}

/// The error in our words. The crate's own value is not kept: two of its kinds hold the secret.
fn explain(error: &keyring::Error) -> StoreError {
    if let Some(state) = states::state(error) {
        return state;
    }
    match error {
        keyring::Error::BadEncoding(_) | keyring::Error::BadDataFormat(..) => {
            failed("an entry does not hold text")
        }
        keyring::Error::Ambiguous(_) => failed("more than one entry has the same name"),
        other => failed(&other.to_string()),
    }
}

fn failed(text: &str) -> StoreError {
    StoreError::Keyring(text.into())
}

/// Different for every write: time and process.
fn generation() -> String {
    let now = unix_now().as_nanos();
    format!("{now:x}-{:x}", std::process::id())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{self, RecvTimeoutError};
    use std::time::Duration;

    use super::{KeyringStore, UnlockWait, explain};
    use crate::auth::StoreError;

    #[test]
    fn whoever_waits_is_told_once_and_only_when_it_takes_long() {
        let told = Arc::new(AtomicUsize::new(0));
        let counter = told.clone();
        let notice = move || {
            counter.fetch_add(1, Ordering::SeqCst);
        };
        let store = KeyringStore::new(UnlockWait {
            limit: Duration::from_millis(60),
            notice: Some((Duration::from_millis(20), Arc::new(notice))),
        });
        let (sender, receiver) = mpsc::channel();
        sender.send(1).expect("listening");
        assert_eq!(store.wait(&receiver), Ok(1));
        assert_eq!(told.load(Ordering::SeqCst), 0);
        assert_eq!(store.wait(&receiver), Err(RecvTimeoutError::Timeout));
        assert_eq!(told.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn errors_that_hold_the_secret_do_not_pass_it_on() {
        let secret = b"sbx_hunter2\xff".to_vec();
        for error in [
            keyring::Error::BadEncoding(secret.clone()),
            keyring::Error::BadDataFormat(secret, "sbx_hunter2".into()),
        ] {
            let ours = explain(&error);
            assert!(matches!(ours, StoreError::Keyring(_)));
            assert!(!format!("{ours} {ours:?}").contains("hunter2"));
        }
    }
}
