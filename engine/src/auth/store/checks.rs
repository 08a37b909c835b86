//! Whether files and directories are safe for secrets: whose they are, and who else can change them.
//!
//! Everything is judged on what is really there: links are not followed, the file on its open
//! handle. Windows keeps a user's data directory private by itself; there nothing is checked.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{StoreError, UnsafeReason};

/// What was found, and what had to be repaired to trust it.
#[derive(Debug)]
pub(super) struct Checked<T> {
    /// The thing itself.
    pub(super) found: T,
    /// What was repaired, for a warning.
    pub(super) note: Option<String>,
}

/// Checks the directory and what is above it; `None` when it does not exist, and then only what
/// does exist above it was checked.
pub(super) fn directory(path: &Path) -> Result<Option<Checked<()>>, StoreError> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(unusable(path, error)),
    };
    parents(path)?;
    let Some(metadata) = metadata else {
        return Ok(None);
    };
    if metadata.is_symlink() {
        return Err(refused(path, UnsafeReason::Link));
    }
    if !metadata.is_dir() {
        return Err(refused(path, UnsafeReason::NotADirectory));
    }
    let note = system::own_directory(path, &metadata)?;
    Ok(Some(Checked { found: (), note }))
}

/// Opens a file for reading when it is one that only we can have written; `None` when there is none.
pub(super) fn file(path: &Path) -> Result<Option<Checked<File>>, StoreError> {
    let file = match system::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(open_failure(path, error)),
    };
    let metadata = file.metadata().map_err(|error| unusable(path, error))?;
    if !metadata.is_file() {
        return Err(refused(path, UnsafeReason::NotAFile));
    }
    let note = system::own_file(path, &file, &metadata)?;
    Ok(Some(Checked { found: file, note }))
}

/// The nearest existing directory above `path`, with links resolved, and everything above that.
fn parents(path: &Path) -> Result<(), StoreError> {
    let mut above = path.parent();
    while let Some(parent) = above {
        match fs::canonicalize(parent) {
            Ok(real) => return real.ancestors().try_for_each(system::parent),
            Err(error) if error.kind() == io::ErrorKind::NotFound => above = parent.parent(),
            Err(error) => return Err(unusable(parent, error)),
        }
    }
    Ok(())
}

/// A link or a socket shows only as a failure to open; look at the thing itself to say which.
fn open_failure(path: &Path, error: io::Error) -> StoreError {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => refused(path, UnsafeReason::Link),
        Ok(metadata) if !metadata.is_file() => refused(path, UnsafeReason::NotAFile),
        _ => unusable(path, error),
    }
}

fn refused(path: &Path, reason: UnsafeReason) -> StoreError {
    StoreError::Unsafe {
        path: path.to_owned(),
        reason,
    }
}

pub(super) fn unusable(path: &Path, source: io::Error) -> StoreError {
    StoreError::Io {
        path: PathBuf::from(path),
        source,
    }
}

#[cfg(unix)]
mod system {
    use std::fs::{self, File, Metadata, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
    use std::path::Path;

    use rustix::fs::OFlags;

    use super::{StoreError, UnsafeReason, refused, unusable};

    /// Does not follow a link, and does not wait for a fifo's other end.
    pub(super) fn open(path: &Path) -> io::Result<File> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
        OpenOptions::new().read(true).custom_flags(flags).open(path)
    }

    pub(super) fn own_directory(
        path: &Path,
        metadata: &Metadata,
    ) -> Result<Option<String>, StoreError> {
        own(path, metadata)?;
        narrow(path, metadata, 0o700, |mode| {
            fs::set_permissions(path, mode)
        })
    }

    pub(super) fn own_file(
        path: &Path,
        file: &File,
        metadata: &Metadata,
    ) -> Result<Option<String>, StoreError> {
        own(path, metadata)?;
        // None at all: somebody renamed a newer file over this one since it was opened. It is whole.
        if metadata.nlink() > 1 {
            return Err(refused(path, UnsafeReason::HardLinks));
        }
        narrow(path, metadata, 0o600, |mode| file.set_permissions(mode))
    }

    /// Only its owner, we or root, may change a directory above ours. A sticky one such as `/tmp`
    /// is fine: in it nobody can move what is not theirs.
    pub(super) fn parent(path: &Path) -> Result<(), StoreError> {
        let metadata = fs::metadata(path).map_err(|error| unusable(path, error))?;
        if metadata.uid() != 0 && metadata.uid() != us() {
            return Err(refused(path, UnsafeReason::ForeignOwner));
        }
        let sticky = metadata.mode() & 0o1000 != 0;
        if metadata.mode() & 0o022 != 0 && !sticky {
            return Err(refused(path, UnsafeReason::WritableParent));
        }
        Ok(())
    }

    fn own(path: &Path, metadata: &Metadata) -> Result<(), StoreError> {
        if metadata.uid() == us() {
            Ok(())
        } else {
            Err(refused(path, UnsafeReason::ForeignOwner))
        }
    }

    fn narrow(
        path: &Path,
        metadata: &Metadata,
        mode: u32,
        set: impl FnOnce(Permissions) -> io::Result<()>,
    ) -> Result<Option<String>, StoreError> {
        let before = metadata.mode() & 0o7777;
        if before & !mode == 0 {
            return Ok(None);
        }
        set(Permissions::from_mode(mode)).map_err(|error| unusable(path, error))?;
        Ok(Some(format!(
            "`{}` was open to others (mode {before:o}); it is {mode:o} now",
            path.display()
        )))
    }

    fn us() -> u32 {
        rustix::process::geteuid().as_raw()
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::{File, Metadata};
    use std::io;
    use std::path::Path;

    use super::StoreError;

    pub(super) fn open(path: &Path) -> io::Result<File> {
        File::open(path)
    }

    pub(super) fn own_directory(_: &Path, _: &Metadata) -> Result<Option<String>, StoreError> {
        Ok(None)
    }

    pub(super) fn own_file(_: &Path, _: &File, _: &Metadata) -> Result<Option<String>, StoreError> {
        Ok(None)
    }

    pub(super) fn parent(_: &Path) -> Result<(), StoreError> {
        Ok(())
    }
}
