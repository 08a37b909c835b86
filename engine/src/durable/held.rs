//! Private files that one process writes while others may read, and whether such a process is alive:
//! the operating system ends the hold with it.
//!
//! On Unix the writer has a lock on the file. On Windows a lock would keep readers out: there the file is
//! opened so that no second writer gets in.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{parent, private_mode, sync_dir};

/// How often a waiting writer tries again.
const POLL: Duration = Duration::from_millis(1);
/// Readers look whether a file is held by standing in a writer's way for a moment, so one refusal says
/// nothing.
const LONGEST_LOOK: Duration = Duration::from_millis(100);

/// Creates a private file (0600) that must not exist yet, holds it, and makes its name durable.
pub fn create_held(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private_mode(&mut options);
    system::one_writer(&mut options);
    let file = options.open(path)?;
    // A file system without locks leaves the question open, and the answer is yes.
    system::hold(&file);
    sync_dir(parent(path)?)?;
    Ok(file)
}

/// Opens a file to write on at its end and holds it; none while another process does. It is created where
/// there is none, and never opened through a link.
pub fn append_held(path: &Path) -> io::Result<Option<File>> {
    let started = Instant::now();
    loop {
        match system::append(path)? {
            None if started.elapsed() < LONGEST_LOOK => std::thread::sleep(POLL),
            file => return Ok(file),
        }
    }
}

/// Whether a process that writes the file is alive.
pub fn is_held(path: &Path, file: &File) -> bool {
    system::is_held(path, file)
}

#[cfg(not(windows))]
mod system {
    use std::fs::{File, OpenOptions, TryLockError};
    use std::io;
    use std::path::Path;

    pub(super) fn one_writer(_: &mut OpenOptions) {}

    /// False where another process has the lock.
    pub(super) fn hold(file: &File) -> bool {
        !matches!(file.try_lock(), Err(TryLockError::WouldBlock))
    }

    pub(super) fn append(path: &Path) -> io::Result<Option<File>> {
        let file = super::super::append_private(path)?;
        Ok(hold(&file).then_some(file))
    }

    pub(super) fn is_held(_: &Path, file: &File) -> bool {
        let held = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        if !held {
            // A writer that opens the file must not find us in its way.
            let _ = file.unlock();
        }
        held
    }
}

#[cfg(windows)]
mod system {
    use std::fs::{File, OpenOptions};
    use std::io::{self, Seek as _, SeekFrom};
    use std::os::windows::fs::OpenOptionsExt as _;
    use std::path::Path;

    /// `ERROR_SHARING_VIOLATION`.
    const HELD: i32 = 32;

    /// Readers may come, the file may be removed; no second writer gets in.
    pub(super) fn one_writer(options: &mut OpenOptions) {
        const FILE_SHARE_READ: u32 = 1;
        const FILE_SHARE_DELETE: u32 = 4;
        options.share_mode(FILE_SHARE_READ | FILE_SHARE_DELETE);
    }

    /// Opening has done it.
    pub(super) fn hold(_: &File) -> bool {
        true
    }

    /// Not with `append`, which would not let the file be cut.
    pub(super) fn append(path: &Path) -> io::Result<Option<File>> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        one_writer(&mut options);
        match options.open(path) {
            Ok(mut file) => {
                file.seek(SeekFrom::End(0))?;
                Ok(Some(file))
            }
            Err(error) if error.raw_os_error() == Some(HELD) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn is_held(path: &Path, _: &File) -> bool {
        let opened = OpenOptions::new().append(true).open(path);
        matches!(opened, Err(error) if error.raw_os_error() == Some(HELD))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;

    use super::{append_held, create_held, is_held};

    #[test]
    fn a_held_file_is_never_an_existing_one() {
        let home = tempfile::tempdir().expect("temp");
        let path = home.path().join("j");
        create_held(&path).expect("first");
        assert!(create_held(&path).is_err());
    }

    #[test]
    fn a_file_has_one_writer_and_any_readers_until_it_is_closed() {
        let home = tempfile::tempdir().expect("temp");
        let path = home.path().join("j");
        let mut first = create_held(&path).expect("created");
        first.write_all(b"one ").expect("written");
        let reader = File::open(&path).expect("readable");
        assert!(is_held(&path, &reader));
        assert!(append_held(&path).expect("usable").is_none());
        drop(first);
        assert!(!is_held(&path, &reader));

        let second = append_held(&path).expect("usable").expect("free");
        assert!(is_held(&path, &reader));
        second.set_len(3).expect("cut");
        drop((second, reader));
        let mut third = append_held(&path).expect("usable").expect("free");
        third.write_all(b", two").expect("written");
        assert_eq!(std::fs::read(&path).expect("read"), b"one, two");
    }
}
