//! Where a profile's record is kept: the system's keyring, or an explicitly chosen file.
//!
//! One store is used at a time and never another in its place (`design.md` §5). [`Store::probe`]
//! finds out by writing whether a record could be kept, before any secret is asked for. A record
//! that is not ours, or damaged, is an error and is never written over; only `delete` removes it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::{Record, RecordError};
use crate::model::{StoreKind, System};

mod checks;
mod file;
mod keyring;
mod parts;
mod states;

pub use file::FileStore;
pub use keyring::{KeyringStore, UnlockWait};
pub(super) use parts::checksum;

/// A place that keeps one record a profile.
pub trait Store: Send + Sync {
    /// Which store this is.
    fn kind(&self) -> StoreKind;

    /// The profile's record; `None` when there is none.
    fn read(&self, profile: &str) -> Result<Option<Record>, StoreError>;

    /// Keeps a record in place of the old one, as one step. Refuses to write over what is not a
    /// record of this program.
    fn write(&self, profile: &str, record: &Record) -> Result<(), StoreError>;

    /// Forgets whatever is kept for the profile, damaged or not; `false` when there was nothing.
    fn delete(&self, profile: &str) -> Result<bool, StoreError>;

    /// Writes, reads back and deletes a throw-away value of a record's size.
    fn probe(&self, profile: &str) -> Result<(), StoreError>;

    /// The profiles that have something here, sorted; `None` when this store cannot list them.
    fn profiles(&self) -> Result<Option<Vec<String>>, StoreError>;

    /// What was repaired on the way, for a warning each; asking empties the list.
    fn take_notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Why something in the file system is not trusted with secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsafeReason {
    /// A symbolic link where a file or directory of ours should be.
    #[error("it is a symbolic link")]
    Link,
    /// A fifo, device, socket, or a directory in a file's place.
    #[error("it is not a regular file")]
    NotAFile,
    /// A file in the directory's place.
    #[error("it is not a directory")]
    NotADirectory,
    /// It belongs to another user.
    #[error("it belongs to another user")]
    ForeignOwner,
    /// It has more than one name.
    #[error("it has more than one hard link")]
    HardLinks,
    /// A directory above it can be changed by others, who could swap ours.
    #[error("users other than its owner can write to it")]
    WritableParent,
}

/// Why a store cannot be used. Nothing was sent, and no other store is tried.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no session bus, so no keyring: headless machines, cron, containers.
    #[error("no keyring can be reached: there is no D-Bus session bus")]
    NoBus,
    /// There is a session bus, but nothing on it that keeps secrets.
    #[error("no keyring can be reached: the session bus has no Secret Service provider")]
    NoProvider,
    /// The provider has no default collection to write to.
    #[error("the keyring has no default collection to write to")]
    NoDefaultCollection,
    /// The keyring is locked and nobody unlocked it: no prompter, or the prompt was dismissed or
    /// left alone.
    #[error("the keyring is locked, and nobody unlocked it")]
    Locked,
    /// The system asked whether this program may use the entry, and was told no.
    #[error("the keyring asked, and access was refused")]
    Denied,
    /// The provider is there and does not answer; the time that was waited.
    #[error("the keyring did not answer within {} s", .0.as_secs())]
    Frozen(Duration),
    /// The keyring failed in some other way, or this platform has none.
    #[error("the keyring failed: {0}")]
    Keyring(#[source] super::Cause),
    /// What is stored is not a usable record.
    #[error("{place} does not hold a usable record: {reason}")]
    Corrupt {
        /// Where: `the keyring entry of profile …`, or the file.
        place: String,
        /// What is wrong with it.
        #[source]
        reason: RecordError,
    },
    /// A path that secrets must not be read from or written to.
    #[error("`{path}` is not safe for credentials: {reason}")]
    Unsafe {
        /// The path at fault.
        path: PathBuf,
        /// What is wrong with it.
        reason: UnsafeReason,
    },
    /// The store took a value and gave another one back.
    #[error("the {0} store did not give back what was written to it")]
    NotKept(StoreKind),
    /// The name cannot be an entry's or a file's.
    #[error("`{}` is not a profile name: 1 to 64 letters, digits, `_`, `-` or `.` are accepted, the first not a `.`", .0.escape_debug())]
    BadProfile(String),
    /// A file or directory could not be used.
    #[error("`{path}` cannot be used: {source}")]
    Io {
        /// The path at fault.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The ways to work without a keyring, each ready to type.
const WITHOUT_KEYRING: [&str; 3] = [
    "run `skyswitch login --store file` to keep the tokens in a private file",
    "or set `SKYSWITCH_CLIENT_ID`, `SKYSWITCH_CLIENT_SECRET`, `SKYSWITCH_USERNAME` and `SKYSWITCH_PASSWORD`",
    "or set `SKYSWITCH_CREDENTIAL_COMMAND` to a command that prints them",
];

impl StoreError {
    /// Whether there is no store of the kind at all, so that it keeps nothing either.
    pub fn is_absence(&self) -> bool {
        matches!(self, Self::NoBus | Self::NoProvider)
    }

    /// What to do about it, the best first; ready commands where there are any.
    pub fn hints(&self) -> Vec<String> {
        let cure = match self {
            Self::NoBus => None,
            Self::NoProvider => {
                Some("start one, such as `gnome-keyring-daemon --components=secrets`".to_owned())
            }
            Self::NoDefaultCollection => Some(make(System::HERE).to_owned()),
            Self::Locked => Some(unlock(System::HERE).to_owned()),
            Self::Denied => {
                Some("run it again and answer its question with `Always Allow`".to_owned())
            }
            Self::Frozen(_) => Some(restart(System::HERE).to_owned()),
            Self::Keyring(_) | Self::NotKept(StoreKind::Keyring) => None,
            Self::Corrupt { reason, .. } => {
                if *reason == RecordError::Version {
                    return vec!["update skyswitch, or use another profile".to_owned()];
                }
                return vec![
                    "run `skyswitch logout`, which removes it, then `skyswitch login`".to_owned(),
                ];
            }
            Self::Unsafe { path, reason } => return vec![unsafe_cure(path, *reason)],
            Self::NotKept(StoreKind::File) | Self::BadProfile(_) | Self::Io { .. } => {
                return Vec::new();
            }
        };
        cure.into_iter()
            .chain(WITHOUT_KEYRING.map(str::to_owned))
            .collect()
    }
}

fn unsafe_cure(path: &std::path::Path, reason: UnsafeReason) -> String {
    match reason {
        UnsafeReason::WritableParent => System::HERE.keep_others_out(path),
        UnsafeReason::ForeignOwner => {
            "run as the user it belongs to, or set `SKYSWITCH_STATE_DIR` to a directory of your own"
                .to_owned()
        }
        _ => format!(
            "look at `{}`, remove it if it is not yours to keep, then run `skyswitch login`",
            path.display()
        ),
    }
}

fn make(system: System) -> &'static str {
    match system {
        System::MacOs => {
            "make one: log in to the desktop once, or run `security default-keychain -s login.keychain-db`"
        }
        System::Unix | System::Windows => {
            "make one: log in to the desktop once, or run `gnome-keyring-daemon --unlock --components=secrets` with a password on stdin"
        }
    }
}

fn unlock(system: System) -> &'static str {
    match system {
        System::Unix => {
            "unlock it: answer its prompt, or run `gnome-keyring-daemon --unlock --components=secrets` with its password on stdin"
        }
        System::MacOs => "unlock it: answer its prompt, or run `security unlock-keychain`",
        System::Windows => {
            "Credential Manager opens to whoever is logged in with a password: not over SSH with a key, nor in a task that runs without a stored password"
        }
    }
}

fn restart(system: System) -> &'static str {
    match system {
        System::Unix => "restart the keyring daemon, then try again",
        System::MacOs => "log out and in again, then try again",
        System::Windows => "restart the service `VaultSvc` (Credential Manager), then try again",
    }
}

/// Names become entries and files: nothing in them may look like a path or a separator.
pub(super) fn check_profile(name: &str) -> Result<(), StoreError> {
    let good = (1..=64).contains(&name.len())
        && !name.starts_with('.')
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    if good {
        Ok(())
    } else {
        Err(StoreError::BadProfile(name.to_owned()))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use super::{StoreError, check_profile};
    use crate::model::StoreKind;

    #[test]
    fn profile_names_cannot_become_paths() {
        for bad in [
            "", ".", "..", ".hidden", "a/b", "a\\b", "a b", "ä", "a\0", "a:b",
        ] {
            assert!(check_profile(bad).is_err(), "{bad:?}");
        }
        assert!(check_profile(&"a".repeat(65)).is_err());
        for good in ["default", "acme-prod_2", "acme.eu"] {
            check_profile(good).expect(good);
        }
    }

    #[test]
    fn every_keyring_state_offers_the_three_ways_without_one() {
        let states = [
            StoreError::NoBus,
            StoreError::NoProvider,
            StoreError::NoDefaultCollection,
            StoreError::Locked,
            StoreError::Denied,
            StoreError::Frozen(Duration::from_secs(5)),
        ];
        let mut texts = std::collections::HashSet::new();
        for state in states {
            let hints = state.hints().join("\n");
            for way in [
                "--store file",
                "SKYSWITCH_PASSWORD",
                "SKYSWITCH_CREDENTIAL_COMMAND",
            ] {
                assert!(hints.contains(way), "{state:?}: {hints}");
            }
            assert!(texts.insert(state.to_string()), "{state} is said twice");
        }
    }

    #[test]
    fn a_store_is_named_as_it_is_read() {
        for kind in [StoreKind::Keyring, StoreKind::File] {
            assert_eq!(kind.as_str().parse::<StoreKind>().expect("a store"), kind);
        }
        assert!("keychain".parse::<StoreKind>().is_err());
    }
}
