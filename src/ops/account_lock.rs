//! One apply or undo per account and machine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::context::Context;
use crate::durable::{self, Lock, LockError};
use crate::error::{Code, Error};
use crate::model::AccountId;

/// Held while a run is planned and carried out; the operating system frees it when we die.
#[derive(Debug)]
pub(crate) struct AccountLock {
    _lock: Lock,
}

impl AccountLock {
    /// Takes the account, or says who has it.
    ///
    /// # Errors
    /// `busy`, naming the process; `journal_unavailable` where the state directory cannot be used.
    pub(crate) fn take(ctx: &Context, account: &AccountId) -> Result<Self, Error> {
        Self::take_within(ctx, account, Duration::ZERO)
    }

    /// The same, after waiting for whoever has it.
    ///
    /// # Errors
    /// As for [`AccountLock::take`].
    pub(crate) fn take_within(
        ctx: &Context,
        account: &AccountId,
        wait: Duration,
    ) -> Result<Self, Error> {
        let directory = ctx.state_dir()?;
        let failed = |error: std::io::Error| {
            Error::at(
                Code::JournalUnavailable,
                format!("`{}` cannot be used", directory.display()),
                error,
            )
            .hint("set `SKYSWITCH_STATE_DIR` to a directory of your own")
        };
        durable::create_private_dir(&directory).map_err(failed)?;
        let path = directory.join(format!("apply-{account}.lock"));
        let holder = holder_path(&path);
        match Lock::acquire(&path, wait) {
            Ok(lock) => {
                // Beside the lock: on Windows a locked file cannot be read.
                let pid = std::process::id().to_string();
                durable::replace(&holder, pid.as_bytes()).map_err(failed)?;
                Ok(Self { _lock: lock })
            }
            Err(LockError::Busy) => Err(busy(account, &holder)),
            Err(LockError::Io(error)) => Err(failed(error)),
        }
    }
}

fn holder_path(lock: &Path) -> PathBuf {
    lock.with_extension("pid")
}

fn busy(account: &AccountId, holder: &Path) -> Error {
    let pid = std::fs::read_to_string(holder).unwrap_or_default();
    let who = match pid.trim() {
        "" => "another process".to_owned(),
        pid => format!("process {pid}"),
    };
    Error::new(
        Code::Busy,
        format!("{who} is applying or undoing changes on account {account}; nothing was changed"),
    )
    .hint("wait until it ends")
}
