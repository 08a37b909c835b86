//! Where the state is: in memory, or one JSON file that several processes share.
//!
//! Writers read, change and replace the file under a lock on a second file; readers take whatever
//! whole file is there. A file that cannot be read is overwritten by a reset alone.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::durable::{self, Lock};

use super::data::{Data, FORMAT};

/// How long a writer waits for the others.
const LOCK_WAIT: Duration = Duration::from_secs(20);

/// Where a sandbox keeps its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatePlace {
    /// Gone when the sandbox stops.
    Memory,
    /// A JSON file, shared by every sandbox that names it; beside it a `.lock` file.
    File(PathBuf),
}

/// A state file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox state file `{file}` cannot be used: {message}")]
pub struct StateError {
    file: PathBuf,
    message: String,
}

/// An opened place.
#[derive(Debug)]
pub(super) enum StateFile {
    Memory(Mutex<Data>),
    File(SharedFile),
}

/// The file, and what was last read from it.
#[derive(Debug)]
pub(super) struct SharedFile {
    path: PathBuf,
    lock: PathBuf,
    /// The bytes last read and their meaning: parsing is what a read costs.
    last: Mutex<Option<(Vec<u8>, Data)>>,
}

impl StateFile {
    /// Opens a place and fills it with `initial` if nothing is there yet, which the answer tells.
    ///
    /// # Errors
    /// The file cannot be read or created, or is not of this version.
    pub(super) fn open(place: &StatePlace, initial: Data) -> Result<(Self, bool), StateError> {
        let StatePlace::File(path) = place else {
            return Ok((Self::Memory(Mutex::new(initial)), true));
        };
        let file = SharedFile::at(path)?;
        let lock = file.lock()?;
        let empty = file.load()?.is_none();
        if empty {
            file.store(&initial)?;
        }
        drop(lock);
        Ok((Self::File(file), empty))
    }

    /// Puts a state in place of whatever a file holds, be it damaged.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn overwrite(path: &Path, data: &Data) -> Result<(), StateError> {
        let file = SharedFile::at(path)?;
        let _lock = file.lock()?;
        file.store(data)
    }

    /// Looks at the newest state.
    pub(super) fn read<T>(&self, look: impl FnOnce(&mut Data) -> T) -> Result<T, StateError> {
        match self {
            Self::Memory(data) => Ok(look(&mut locked(data))),
            Self::File(file) => Ok(look(&mut file.newest()?)),
        }
    }

    /// Changes the newest state; `change` tells whether there is anything to keep.
    pub(super) fn write<T>(
        &self,
        change: impl FnOnce(&mut Data) -> (T, bool),
    ) -> Result<T, StateError> {
        match self {
            Self::Memory(data) => Ok(change(&mut locked(data)).0),
            Self::File(file) => {
                let _lock = file.lock()?;
                let mut data = file.newest()?;
                let (answer, changed) = change(&mut data);
                if changed {
                    file.store(&data)?;
                }
                Ok(answer)
            }
        }
    }
}

impl SharedFile {
    fn at(path: &Path) -> Result<Self, StateError> {
        let path = std::path::absolute(path).map_err(|e| fault(path, &e))?;
        let mut lock = path.clone().into_os_string();
        lock.push(".lock");
        if let Some(directory) = path.parent() {
            durable::create_private_dir(directory).map_err(|e| fault(&path, &e))?;
        }
        Ok(Self {
            path,
            lock: PathBuf::from(lock),
            last: Mutex::new(None),
        })
    }

    fn lock(&self) -> Result<Lock, StateError> {
        Lock::acquire(&self.lock, LOCK_WAIT).map_err(|e| fault(&self.path, &e))
    }

    /// The state, which must be there.
    fn newest(&self) -> Result<Data, StateError> {
        self.load()?
            .ok_or_else(|| fault(&self.path, &"it was deleted while the sandbox was running"))
    }

    /// The state, or none where there is no file yet.
    fn load(&self) -> Result<Option<Data>, StateError> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fault(&self.path, &error)),
        };
        let mut last = locked(&self.last);
        if let Some((_, data)) = last.as_ref().filter(|(seen, _)| *seen == bytes) {
            return Ok(Some(data.clone()));
        }
        let data = parse(&bytes).map_err(|message| fault(&self.path, &message))?;
        *last = Some((bytes, data.clone()));
        Ok(Some(data))
    }

    fn store(&self, data: &Data) -> Result<(), StateError> {
        let mut bytes = serde_json::to_vec(data).map_err(|e| fault(&self.path, &e))?;
        bytes.push(b'\n');
        durable::replace(&self.path, &bytes).map_err(|e| fault(&self.path, &e))?;
        *locked(&self.last) = Some((bytes, data.clone()));
        Ok(())
    }
}

fn parse(bytes: &[u8]) -> Result<Data, String> {
    let value: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|e| format!("it is damaged ({e})"))?;
    match value.get("format").and_then(serde_json::Value::as_str) {
        Some(FORMAT) => {}
        Some(other) => {
            return Err(format!(
                "its format is `{other}`, this version reads `{FORMAT}`"
            ));
        }
        None => return Err("it is not a state file of this program".to_owned()),
    }
    serde_json::from_slice(bytes).map_err(|e| format!("it is damaged ({e})"))
}

fn fault(path: &Path, message: &dyn fmt::Display) -> StateError {
    StateError {
        file: path.to_owned(),
        message: message.to_string(),
    }
}

/// A panic while a lock was held leaves whole values: they are replaced, never half changed.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{StateFile, StatePlace};
    use crate::sandbox::seed::Seed;

    #[test]
    fn a_file_that_cannot_be_read_is_named_and_kept() {
        let home = tempfile::tempdir().expect("temp");
        let path = home.path().join("state.json");
        for bad in [
            "",
            "{",
            "[]",
            "{\"format\":\"skyswitch.sandbox/9\"}",
            "{\"format\":\"skyswitch.sandbox/1\"}",
        ] {
            std::fs::write(&path, bad).expect("write");
            let place = StatePlace::File(path.clone());
            let error = StateFile::open(&place, Seed::sample().data())
                .expect_err(bad)
                .to_string();
            assert!(error.contains("state.json"), "{error}");
            assert_eq!(std::fs::read_to_string(&path).expect("read"), bad);
        }
        StateFile::overwrite(&path, &Seed::sample().data()).expect("a reset");
        let (file, fresh) = StateFile::open(&StatePlace::File(path), Seed::default().data())
            .expect("readable again");
        assert!(!fresh);
        assert_eq!(file.read(|data| data.routes.len()).expect("read"), 12);
    }

    #[test]
    fn two_openers_share_one_state_and_lose_nothing() {
        let home = tempfile::tempdir().expect("temp");
        let place = StatePlace::File(home.path().join("deep/er/state.json"));
        let open = || {
            StateFile::open(&place, Seed::sample().data())
                .expect("open")
                .0
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let place = open();
                    for _ in 0..10 {
                        place
                            .write(|data| {
                                let row = data.routes[0].clone();
                                data.routes.push(row);
                                ((), true)
                            })
                            .expect("write");
                    }
                });
            }
        });
        let routes = open().read(|data| data.routes.len()).expect("read");
        assert_eq!(routes, 12 + 40);
    }
}
