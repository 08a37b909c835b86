//! The one home of private directories, atomic replacement, private append files and file locks
//! (`held` has files with one writer).
//!
//! Everything this program keeps on disk goes through here, so that a crash or a full disk leaves
//! the old content or the new, never half of either, and nobody else can read it. What the files
//! mean is decided by their owners: `journal`, `auth`, `sandbox`, `config`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

mod held;

pub use held::{append_held, create_held, is_held};

/// How often a waiting process looks at a lock again.
const LOCK_POLL: Duration = Duration::from_millis(10);
/// How long a file is waited for that Windows does not give away while others have it open.
const OTHERS_WAIT: Duration = Duration::from_secs(5);

/// Creates a directory and its missing parents, 0700 where this call creates them; its name is then
/// durable.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    let existed = path.is_dir();
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)?;
    match path.parent() {
        Some(parent) if !existed && !parent.as_os_str().is_empty() => sync_dir(parent),
        _ => Ok(()),
    }
}

/// Whether other users of this machine can write to a file or directory that exists. Windows keeps a
/// user's own directories from others; elsewhere there most users may write, so there nothing is believed.
pub fn others_can_write(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o022 != 0)
    }
    #[cfg(not(unix))]
    {
        let own = directories::BaseDirs::new();
        !own.is_some_and(|own| {
            is_below(
                path,
                &[own.home_dir(), own.data_local_dir(), own.data_dir()],
            )
        })
    }
}

/// Whether a path leads into one of these directories, whatever links are on the way; it need not exist.
#[cfg(any(test, not(unix)))]
fn is_below(path: &Path, directories: &[&Path]) -> bool {
    let real = path.ancestors().find_map(|path| path.canonicalize().ok());
    let mut directories =
        (directories.iter()).filter_map(|directory| directory.canonicalize().ok());
    real.is_some_and(|real| directories.any(|directory| real.starts_with(directory)))
}

/// Replaces a file's content as one step: private temporary file, fsync, rename, fsync of the directory.
///
/// After an error or a crash the old content stands; after `Ok` the new one does, also after a
/// power cut.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = parent(path)?;
    let mut file = temporary(directory)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    put_in_place(file, path)?;
    sync_dir(directory)
}

/// Replaces a file's content where it still is `old`, whatever links lead there; its mode stays. False
/// where somebody has written to it meanwhile.
pub fn replace_same(path: &Path, old: &[u8], new: &[u8]) -> io::Result<bool> {
    let Some(path) = target(path)? else {
        return Err(io::Error::other("not a file any more"));
    };
    let mut file = temporary(parent(&path)?)?;
    file.write_all(new)?;
    file.as_file()
        .set_permissions(fs::metadata(&path)?.permissions())?;
    file.as_file().sync_all()?;
    // As late as can be: between this look and the rename there is nothing to wait for.
    if fs::read(&path)? != old {
        return Ok(false);
    }
    put_in_place(file, &path)?;
    sync_dir(parent(&path)?)?;
    Ok(true)
}

/// Writes to what a path names: a file is replaced where it stands, whatever links lead there; a pipe
/// or device takes the content and stays.
pub fn write_through(path: &Path, content: &[u8]) -> io::Result<()> {
    match target(path)? {
        Some(file) => replace(&file, content),
        None => OpenOptions::new()
            .append(true)
            .open(path)?
            .write_all(content),
    }
}

/// Whether [`write_through`] may well succeed; nothing is opened that somebody listens at.
pub fn check_writable(path: &Path) -> io::Result<()> {
    if let Some(file) = target(path)? {
        return tempfile::tempfile_in(parent(&file)?).map(drop);
    }
    #[cfg(unix)]
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK)?;
    Ok(())
}

/// Where the file stands, or would stand, that a path leads to; none where something else stands that
/// is written into.
fn target(path: &Path) -> io::Result<Option<PathBuf>> {
    let path = std::path::absolute(path)?;
    if is_device(&path) {
        return Ok(None);
    }
    // An open file of ours: whoever else holds it would not see another one in its place.
    let is_open =
        ["/dev/fd", "/dev/stdout", "/dev/stderr", "/proc"].map(|open| path.starts_with(open));
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(metadata) if metadata.is_file() && !is_open.contains(&true) => {
            path.canonicalize().map(Some)
        }
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::read_link(&path) {
            Ok(link) => target(&parent(&path)?.join(link)),
            Err(_) => Ok(Some(path)),
        },
        Err(error) => Err(error),
    }
}

/// Whether Windows takes a name for a device of its, such as `nul` or `con.csv`; which ones it does,
/// differs by its version, and shows in the absolute path.
fn is_device(absolute: &Path) -> bool {
    use std::path::{Component, Prefix};
    matches!(absolute.components().next(), Some(Component::Prefix(prefix)) if matches!(prefix.kind(), Prefix::DeviceNS(_)))
}

/// Removes a file and makes that durable; `false` when there was none. A link goes, not its target.
pub fn remove(path: &Path) -> io::Result<bool> {
    match insist(|| fs::remove_file(path)) {
        Ok(()) => sync_dir(parent(path)?).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Opens a private file (0600) for appending, creating it if need be; never through a link. A pipe
/// that nobody reads is an error, now or when it is full, and no wait.
pub fn append_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    private_mode(&mut options);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        flags(rustix::fs::OFlags::NONBLOCK),
    );
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = file.metadata()?;
        if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
            // One of ours from elsewhere; somebody else's says no, and is not ours to write to.
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(file)
}

/// An exclusive lock between processes, held until dropped; the operating system frees it when the
/// holder dies. The file is never deleted: deleting it would let two holders in.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why a lock was not obtained.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else held it for the whole wait.
    #[error("another process holds the lock")]
    Busy,
    /// The lock file could not be opened or locked.
    #[error("the lock file cannot be used: {0}")]
    Io(#[from] io::Error),
}

impl Lock {
    /// Waits up to `wait` for the lock; `Duration::ZERO` tries once.
    pub fn acquire(path: &Path, wait: Duration) -> Result<Self, LockError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        private_mode(&mut options);
        let file = options.open(path)?;
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(fs::TryLockError::WouldBlock) if started.elapsed() < wait => {
                    std::thread::sleep(LOCK_POLL);
                }
                Err(fs::TryLockError::WouldBlock) => return Err(LockError::Busy),
                Err(fs::TryLockError::Error(error)) => return Err(LockError::Io(error)),
            }
        }
    }
}

/// tempfile creates exclusively, without following links, and 0600.
fn temporary(directory: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".skyswitch-")
        .tempfile_in(directory)
}

/// The file is no temporary one any more before it takes the place: on Windows that is an attribute.
fn put_in_place(file: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    let temporary = file.into_temp_path().keep()?;
    // std asks for POSIX semantics, which `persist` does not: readers keep the old file.
    let placed = insist(|| fs::rename(&temporary, path));
    if placed.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    placed
}

/// Does what Windows may refuse while somebody else has a file open, a scanner or a backup: again and
/// again for a while.
fn insist(act: impl Fn() -> io::Result<()>) -> io::Result<()> {
    let started = Instant::now();
    loop {
        match act() {
            Err(error) if is_held_open(&error) && started.elapsed() < OTHERS_WAIT => {
                std::thread::sleep(LOCK_POLL);
            }
            done => return done,
        }
    }
}

fn is_held_open(error: &io::Error) -> bool {
    /// `ERROR_ACCESS_DENIED`, `ERROR_SHARING_VIOLATION`, `ERROR_LOCK_VIOLATION`.
    const HELD_OPEN: [i32; 3] = [5, 32, 33];
    let code = error.raw_os_error();
    cfg!(windows) && code.is_some_and(|code| HELD_OPEN.contains(&code))
}

fn parent(path: &Path) -> io::Result<&Path> {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .ok_or_else(|| io::Error::other("the path has no directory"))
}

/// Makes a directory's entries durable. Windows has no such call and needs none.
fn sync_dir(directory: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(directory)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = directory;
    Ok(())
}

fn private_mode(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options
            .mode(0o600)
            .custom_flags(flags(rustix::fs::OFlags::empty()));
    }
    #[cfg(not(unix))]
    let _ = options;
}

#[cfg(unix)]
fn flags(more: rustix::fs::OFlags) -> i32 {
    let flags = rustix::fs::OFlags::NOFOLLOW | more;
    i32::try_from(flags.bits()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Lock, LockError, create_private_dir, is_below, replace};

    #[test]
    fn replacing_leaves_one_private_file() {
        let home = tempfile::tempdir().expect("temp");
        let directory = home.path().join("a/b");
        create_private_dir(&directory).expect("create");
        let path = directory.join("state.json");
        replace(&path, b"one").expect("first");
        replace(&path, b"two").expect("second");
        assert_eq!(std::fs::read(&path).expect("read"), b"two");
        assert_eq!(std::fs::read_dir(&directory).expect("list").count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |p: &std::path::Path| {
                std::fs::metadata(p).expect("stat").permissions().mode() & 0o777
            };
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(&directory), 0o700);
        }
    }

    #[test]
    fn a_lock_has_one_holder() {
        let home = tempfile::tempdir().expect("temp");
        let path = home.path().join("x.lock");
        let held = Lock::acquire(&path, Duration::ZERO).expect("free");
        assert!(matches!(
            Lock::acquire(&path, Duration::from_millis(30)),
            Err(LockError::Busy)
        ));
        drop(held);
        Lock::acquire(&path, Duration::ZERO).expect("free again");
        assert!(path.exists());
    }

    #[test]
    fn whoever_reads_a_file_keeps_it_while_it_is_replaced() {
        use std::io::Read as _;
        let home = tempfile::tempdir().expect("temp");
        let path = home.path().join("state.json");
        replace(&path, b"one").expect("first");
        let mut reader = std::fs::File::open(&path).expect("open");
        replace(&path, b"two").expect("replaced");
        let mut old = String::new();
        reader.read_to_string(&mut old).expect("read");
        assert_eq!(old, "one");
        assert_eq!(std::fs::read(&path).expect("read"), b"two");
    }

    #[cfg(windows)]
    #[test]
    fn a_file_that_is_not_given_away_is_waited_for() {
        use std::os::windows::fs::OpenOptionsExt as _;
        const FILE_SHARE_READ: u32 = 1;
        let home = tempfile::tempdir().expect("temp");
        let path = home.path().join("state.json");
        replace(&path, b"one").expect("first");
        let mut scanner = std::fs::OpenOptions::new();
        let scanner = scanner.read(true).share_mode(FILE_SHARE_READ).open(&path);
        std::thread::scope(|scope| {
            let replaced = scope.spawn(|| replace(&path, b"two"));
            std::thread::sleep(Duration::from_millis(300));
            assert_eq!(std::fs::read(&path).expect("read"), b"one");
            drop(scanner.expect("open"));
            replaced.join().expect("no panic").expect("replaced");
        });
        assert_eq!(std::fs::read(&path).expect("read"), b"two");
        assert_eq!(std::fs::read_dir(home.path()).expect("list").count(), 1);
    }

    #[cfg(windows)]
    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        let home = tempfile::tempdir().expect("temp");
        for path in [std::path::Path::new("nul"), &home.path().join("nul")] {
            if super::target(path).expect("a target").is_none() {
                super::write_through(path, b"gone").expect("taken");
            }
        }
        assert!(
            super::target(std::path::Path::new("nul"))
                .expect("a target")
                .is_none()
        );
    }

    #[test]
    fn what_is_below_a_directory_is_judged_by_where_it_really_is() {
        let home = tempfile::tempdir().expect("temp");
        let (own, other) = (home.path().join("own"), home.path().join("other"));
        create_private_dir(&own.join("state")).expect("directory");
        create_private_dir(&other).expect("directory");
        for (path, below) in [
            (own.clone(), true),
            (own.join("state"), true),
            (own.join("not/there/yet"), true),
            (own.join("../other"), false),
            (home.path().join("own-not"), false),
        ] {
            assert_eq!(is_below(&path, &[&own]), below, "{}", path.display());
        }
        #[cfg(unix)] // Windows makes links for administrators alone
        {
            std::os::unix::fs::symlink(&other, own.join("link")).expect("link");
            assert!(!is_below(&own.join("link/state"), &[&own]));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_is_not_taken_through_a_link() {
        let home = tempfile::tempdir().expect("temp");
        std::os::unix::fs::symlink(home.path().join("target"), home.path().join("l"))
            .expect("link");
        assert!(matches!(
            Lock::acquire(&home.path().join("l"), Duration::ZERO),
            Err(LockError::Io(_))
        ));
        assert!(!home.path().join("target").exists());
    }
}
