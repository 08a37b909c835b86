//! The file store: one private JSON file a profile, chosen explicitly, never with the password.
//!
//! Before anything is read or written the directory, its parents and the file are checked (see
//! [`super::checks`]): what others could have planted or could change is refused, our own modes
//! that are too wide are narrowed with a note. Files are replaced as one step through `durable`.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use secrecy::zeroize::Zeroizing;

use super::checks::{self, Checked, unusable};
use super::{Store, StoreError, check_profile};
use crate::auth::record::MAX_BYTES;
use crate::auth::{Record, RecordError};
use crate::durable;
use crate::model::StoreKind;
use crate::signals::locked;

/// A write takes milliseconds: whoever holds the lock longer is stopped.
const LOCK_WAIT: Duration = Duration::from_secs(10);
/// As large as a record with long tokens.
const PROBE_BYTES: usize = 16 * 1024;
/// How the names of files begin that are not finished, or were only tried out.
const LEFTOVER: [&str; 2] = [".skyswitch-", ".probe-"];

/// A directory of records.
#[derive(Debug)]
pub struct FileStore {
    directory: PathBuf,
    notes: Mutex<Vec<String>>,
}

impl FileStore {
    /// Keeps records in `directory`, which is made when the first is written.
    pub fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            notes: Mutex::new(Vec::new()),
        }
    }

    /// Where a profile's record is.
    pub fn path(&self, profile: &str) -> PathBuf {
        self.directory.join(format!("{profile}.json"))
    }

    fn read_file(&self, path: &Path) -> Result<Option<Record>, StoreError> {
        let Some(file) = self.noted(checks::file(path)?) else {
            return Ok(None);
        };
        let bytes = read_capped(file).map_err(|error| unusable(path, error))?;
        let corrupt = |reason| StoreError::Corrupt {
            place: format!("`{}`", path.display()),
            reason,
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| corrupt(RecordError::SOMEWHERE))?;
        Record::from_json(text).map(Some).map_err(corrupt)
    }

    /// Makes and checks the directory, keeps other writers out, and removes what writers that were
    /// killed left behind: such files hold tokens.
    fn open_for_writing(&self) -> Result<durable::Lock, StoreError> {
        if !self.directory_exists()? {
            durable::create_private_dir(&self.directory)
                .map_err(|error| unusable(&self.directory, error))?;
            self.directory_exists()?;
        }
        let lock = self.lock()?;
        self.sweep()
            .map_err(|error| unusable(&self.directory, error))?;
        Ok(lock)
    }

    fn directory_exists(&self) -> Result<bool, StoreError> {
        Ok(self.noted(checks::directory(&self.directory)?).is_some())
    }

    fn lock(&self) -> Result<durable::Lock, StoreError> {
        let path = self.directory.join(".lock");
        durable::Lock::acquire(&path, LOCK_WAIT).map_err(|error| match error {
            durable::LockError::Io(source) => unusable(&path, source),
            busy @ durable::LockError::Busy => unusable(&path, io::Error::other(busy)),
        })
    }

    fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if LEFTOVER.iter().any(|prefix| name.starts_with(prefix)) {
                durable::remove(&entry.path())?;
            }
        }
        Ok(())
    }

    fn noted<T>(&self, checked: Option<Checked<T>>) -> Option<T> {
        let checked = checked?;
        locked(&self.notes).extend(checked.note);
        Some(checked.found)
    }
}

impl Store for FileStore {
    fn kind(&self) -> StoreKind {
        StoreKind::File
    }

    fn read(&self, profile: &str) -> Result<Option<Record>, StoreError> {
        check_profile(profile)?;
        if !self.directory_exists()? {
            return Ok(None);
        }
        self.read_file(&self.path(profile))
    }

    fn write(&self, profile: &str, record: &Record) -> Result<(), StoreError> {
        check_profile(profile)?;
        let path = self.path(profile);
        let _lock = self.open_for_writing()?;
        // What is not ours, or damaged, is not written over.
        self.read_file(&path)?;
        let json = record
            .without_password()
            .to_json()
            .map_err(|reason| StoreError::Corrupt {
                place: "the record to be kept".to_owned(),
                reason,
            })?;
        durable::replace(&path, json.as_bytes()).map_err(|error| unusable(&path, error))
    }

    fn delete(&self, profile: &str) -> Result<bool, StoreError> {
        check_profile(profile)?;
        if !self.directory_exists()? {
            return Ok(false);
        }
        let _lock = self.open_for_writing()?;
        let path = self.path(profile);
        durable::remove(&path).map_err(|error| unusable(&path, error))
    }

    fn probe(&self, profile: &str) -> Result<(), StoreError> {
        check_profile(profile)?;
        let _lock = self.open_for_writing()?;
        let path = self.directory.join(format!(".probe-{profile}"));
        let content = vec![b'.'; PROBE_BYTES];
        durable::replace(&path, &content).map_err(|error| unusable(&path, error))?;
        let back = fs::read(&path).map_err(|error| unusable(&path, error))?;
        durable::remove(&path).map_err(|error| unusable(&path, error))?;
        if back == content {
            Ok(())
        } else {
            Err(StoreError::NotKept(StoreKind::File))
        }
    }

    fn profiles(&self) -> Result<Option<Vec<String>>, StoreError> {
        if !self.directory_exists()? {
            return Ok(Some(Vec::new()));
        }
        let failed = |error| unusable(&self.directory, error);
        let mut profiles = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let profile = name.to_str().and_then(|name| name.strip_suffix(".json"));
            profiles.extend(
                profile
                    .filter(|p| check_profile(p).is_ok())
                    .map(str::to_owned),
            );
        }
        profiles.sort();
        Ok(Some(profiles))
    }

    fn take_notes(&self) -> Vec<String> {
        std::mem::take(&mut locked(&self.notes))
    }
}

/// One byte more than any record may have, so that a larger file shows.
fn read_capped(file: File) -> io::Result<Zeroizing<Vec<u8>>> {
    // Large enough that it never grows: growing would leave copies behind that nobody zeroes.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 64));
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::FileStore;
    use crate::auth::record::tests::{bearer, full};
    use crate::auth::{Record, RecordError, Store, StoreError};

    struct Home {
        _temp: tempfile::TempDir,
        store: FileStore,
    }

    fn home() -> Home {
        let temp = tempfile::tempdir().expect("temp");
        let store = FileStore::new(temp.path().join("state/credentials"));
        Home { _temp: temp, store }
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .expect("list")
            .map(|entry| {
                entry
                    .expect("entry")
                    .file_name()
                    .into_string()
                    .expect("a name")
            })
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_record_is_kept_without_its_password_and_forgotten() {
        let Home { _temp, store } = home();
        assert!(store.read("default").expect("none").is_none());
        assert!(!store.delete("default").expect("none"));
        store.write("default", &full()).expect("write");
        let kept = store.read("default").expect("read").expect("a record");
        assert_eq!(kept, full().without_password());
        let bytes = fs::read_to_string(store.path("default")).expect("file");
        assert!(!bytes.contains("sbx_pass"));

        let newer = Record {
            access_token: bearer("sbx_newer"),
            ..full()
        };
        store.write("default", &newer).expect("again");
        store.write("other", &full()).expect("other");
        let kept = store.read("default").expect("read").expect("a record");
        assert_eq!(kept.access_token, newer.access_token);
        let all = store.profiles().expect("list").expect("can list");
        assert_eq!(all, ["default", "other"]);
        assert!(store.delete("default").expect("delete"));
        assert!(store.read("default").expect("none").is_none());
        assert!(store.take_notes().is_empty());
    }

    #[test]
    fn probing_leaves_nothing_and_finds_what_cannot_be_written() {
        let Home { _temp, store } = home();
        store.probe("default").expect("probe");
        assert_eq!(names(&store.directory), [".lock"]);
        let temp = tempfile::tempdir().expect("temp");
        fs::write(temp.path().join("state"), "a file").expect("file");
        let blocked = FileStore::new(temp.path().join("state/credentials"));
        assert!(blocked.probe("default").is_err());
    }

    #[test]
    fn what_killed_writers_left_is_removed_by_the_next_write_and_by_a_logout() {
        let Home { _temp, store } = home();
        store.write("default", &full()).expect("write");
        for step in ["write", "delete"] {
            fs::write(store.directory.join(".skyswitch-x1y2z3"), "sbx_").expect("leftover");
            match step {
                "write" => store.write("default", &full()).expect("write"),
                _ => assert!(store.delete("default").expect("delete")),
            }
            let leftover = names(&store.directory);
            assert!(!leftover.iter().any(|n| n.starts_with(".sky")), "{step}");
        }
    }

    #[test]
    fn damaged_foreign_and_newer_files_are_errors_and_are_not_written_over() {
        let Home { _temp, store } = home();
        store.write("default", &full()).expect("write");
        let newer = fs::read_to_string(store.path("default"))
            .expect("file")
            .replace("credentials/1", "credentials/9");
        let huge = " ".repeat(super::MAX_BYTES + 1);
        for (content, expected) in [
            ("{\"a\":1}", Some(RecordError::Foreign)),
            (newer.as_str(), Some(RecordError::Version)),
            (huge.as_str(), Some(RecordError::TooLarge)),
            ("", None),
            ("hunter2", None),
        ] {
            fs::write(store.path("default"), content).expect("file");
            let Err(StoreError::Corrupt { reason, .. }) = store.read("default") else {
                panic!("was read");
            };
            if let Some(expected) = expected {
                assert_eq!(reason, expected);
            }
            assert!(!reason.to_string().contains("hunter2"));
            let error = store.write("default", &full()).expect_err("not over it");
            assert!(matches!(error, StoreError::Corrupt { .. }));
            let now = fs::read_to_string(store.path("default")).expect("file");
            assert_eq!(now, content, "it stays for whoever wants to look");
        }
        assert!(store.delete("default").expect("logout"));
        store.write("default", &full()).expect("after a logout");
    }

    #[test]
    fn a_profile_name_cannot_leave_the_directory() {
        let Home { _temp, store } = home();
        for name in ["../x", "a/b", "", ".."] {
            assert!(matches!(
                store.write(name, &full()),
                Err(StoreError::BadProfile(_))
            ));
            assert!(matches!(store.read(name), Err(StoreError::BadProfile(_))));
            assert!(matches!(store.delete(name), Err(StoreError::BadProfile(_))));
        }
    }

    #[cfg(unix)]
    mod unix {
        use std::fs::{self, Permissions};
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
        use std::path::Path;
        use std::sync::atomic::{AtomicBool, Ordering};

        use super::super::super::UnsafeReason;
        use super::{FileStore, Home, home};
        use crate::auth::record::tests::full;
        use crate::auth::{Store, StoreError};

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).expect("stat").mode() & 0o7777
        }

        fn chmod(path: &Path, mode: u32) {
            fs::set_permissions(path, Permissions::from_mode(mode)).expect("chmod");
        }

        /// Reading, writing and probing are all refused, for this reason.
        fn refused(store: &FileStore, expected: UnsafeReason, probed: bool) {
            let mut results = vec![
                store.read("default").map(|_| ()),
                store.write("default", &full()),
            ];
            if probed {
                results.push(store.probe("default"));
            }
            for result in results {
                match result {
                    Err(StoreError::Unsafe { reason, .. }) => assert_eq!(reason, expected),
                    other => panic!("{other:?} instead of {expected:?}"),
                }
            }
        }

        #[test]
        fn files_are_private_and_wider_modes_are_repaired_with_a_note() {
            let Home { _temp, store } = home();
            store.write("default", &full()).expect("write");
            let file = store.path("default");
            assert_eq!((mode(&store.directory), mode(&file)), (0o700, 0o600));
            chmod(&store.directory, 0o755);
            chmod(&file, 0o644);
            assert!(store.read("default").expect("read").is_some());
            assert_eq!((mode(&store.directory), mode(&file)), (0o700, 0o600));
            let notes = store.take_notes();
            assert_eq!(notes.len(), 2, "{notes:?}");
            assert!(notes[1].contains("644"), "{notes:?}");
            assert!(store.take_notes().is_empty());
        }

        #[test]
        fn links_fifos_and_hard_links_are_refused() {
            let Home { _temp, store } = home();
            store.write("other", &full()).expect("write");
            let file = store.path("default");

            symlink(store.path("other"), &file).expect("link");
            refused(&store, UnsafeReason::Link, false);
            fs::remove_file(&file).expect("remove");

            fs::hard_link(store.path("other"), &file).expect("link");
            refused(&store, UnsafeReason::HardLinks, false);
            fs::remove_file(&file).expect("remove");

            fs::create_dir(&file).expect("directory");
            refused(&store, UnsafeReason::NotAFile, false);
            fs::remove_dir(&file).expect("remove");

            let status = std::process::Command::new("mkfifo").arg(&file).status();
            assert!(status.expect("mkfifo").success());
            refused(&store, UnsafeReason::NotAFile, false);
        }

        #[test]
        fn a_file_that_is_renamed_over_while_it_is_read_is_no_unsafe_one() {
            let home = home();
            home.store.write("default", &full()).expect("write");
            let done = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        home.store.write("default", &full()).expect("write");
                    }
                });
                for _ in 0..2_000 {
                    let read = home.store.read("default");
                    if !matches!(read, Ok(Some(_))) {
                        done.store(true, Ordering::Relaxed);
                        panic!("{read:?}");
                    }
                }
                done.store(true, Ordering::Relaxed);
            });
        }

        #[test]
        fn a_linked_directory_is_refused() {
            let temp = tempfile::tempdir().expect("temp");
            fs::create_dir(temp.path().join("real")).expect("directory");
            symlink(temp.path().join("real"), temp.path().join("link")).expect("link");
            let store = FileStore::new(temp.path().join("link"));
            refused(&store, UnsafeReason::Link, true);
            assert_eq!(
                fs::read_dir(temp.path().join("real"))
                    .expect("list")
                    .count(),
                0
            );
        }

        #[test]
        fn parents_that_others_can_write_to_are_refused_unless_sticky() {
            for (open, reason) in [
                (0o775, Some(UnsafeReason::WritableParent)),
                (0o757, Some(UnsafeReason::WritableParent)),
                (0o1777, None),
            ] {
                let Home { _temp, store } = home();
                let parent = store.directory.parent().expect("parent");
                fs::create_dir(parent).expect("directory");
                chmod(parent, open);
                match reason {
                    Some(reason) => refused(&store, reason, true),
                    None => store.probe("default").expect("sticky"),
                }
                assert_eq!(store.directory.exists(), reason.is_none());
            }
        }

        #[test]
        fn what_belongs_to_another_user_is_refused() {
            let Home { _temp, store } = home();
            store.write("default", &full()).expect("write");
            let nobody = Some(65_534);
            // Only root can give files away; elsewhere there is nothing to test with.
            if std::os::unix::fs::chown(store.path("default"), nobody, None).is_err() {
                return;
            }
            refused(&store, UnsafeReason::ForeignOwner, false);
            std::os::unix::fs::chown(store.path("default"), Some(0), None).expect("back");
            std::os::unix::fs::chown(&store.directory, nobody, None).expect("chown");
            refused(&store, UnsafeReason::ForeignOwner, true);
        }
    }
}
