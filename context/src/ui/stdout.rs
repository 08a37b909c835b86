//! Standard output: one buffer, whose first failure is remembered and told at the end.
//!
//! `println!` would panic on a closed pipe or a full disk, and with standard output closed from the
//! start it would lose everything and still succeed.

use std::io::{self, BufWriter, Write};
use std::sync::MutexGuard;

/// Fewer writes than with std's 8 KiB; lists can be long.
const BUFFER: usize = 64 * 1024;

/// Why results did not all get out.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The reader went away, as `head` does: success for a command that only reads
    /// (`design.md` §2 "Signals").
    #[error("the reader of standard output went away")]
    ClosedPipe,
    /// Anything else: a full disk, or standard output closed from the start.
    #[error("standard output cannot be written: {0}")]
    Failed(#[source] io::Error),
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::Failed(error)
        }
    }
}

/// The buffered writer behind [`Data`].
pub(super) struct Stdout {
    buffer: BufWriter<Box<dyn Write + Send>>,
    failed: Option<io::Error>,
}

impl Stdout {
    pub(super) fn new(out: Box<dyn Write + Send>) -> Self {
        Self {
            buffer: BufWriter::with_capacity(BUFFER, out),
            failed: None,
        }
    }

    /// Does one thing with the buffer, unless something failed before.
    fn attempt<T>(
        &mut self,
        action: impl FnOnce(&mut BufWriter<Box<dyn Write + Send>>) -> io::Result<T>,
    ) -> io::Result<T> {
        if let Some(failed) = &self.failed {
            return Err(copy(failed));
        }
        action(&mut self.buffer).inspect_err(|error| self.failed = Some(copy(error)))
    }

    pub(super) fn write_line(&mut self, line: &str) {
        // The failure is remembered and told by `Ui::finish`.
        let _ = self.attempt(|buffer| writeln!(buffer, "{line}"));
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.attempt(BufWriter::flush)
    }
}

/// Standard output while somebody writes a list, an answer or a script to it.
///
/// Errors come back to the writer, so that a stream can stop, and are remembered as well.
pub struct Data<'ui>(pub(super) MutexGuard<'ui, Stdout>);

impl Write for Data<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.attempt(|buffer| buffer.write(bytes))
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.attempt(|buffer| buffer.write_all(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn copy(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// The process's standard output, unbuffered; where it was closed at the start, one that says so.
pub(super) fn process_stdout() -> Box<dyn Write + Send> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        if at_start::was_closed() {
            return Box::new(Closed);
        }
        // std's own handle has a line buffer, which costs a search for line ends in every byte.
        if let Ok(descriptor) = io::stdout().as_fd().try_clone_to_owned() {
            return Box::new(std::fs::File::from(descriptor));
        }
    }
    Box::new(io::stdout())
}

/// Takes nothing: `skyswitch … >&-`.
#[cfg(unix)]
struct Closed;

#[cfg(unix)]
impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("it is closed"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether standard output was open when the process started.
///
/// Before `main`, std opens `/dev/null` in place of a closed descriptor, and afterwards nobody can
/// tell that from a parent that discards our output on purpose (Python's and Node's null devices are
/// opened for reading and writing too). So one question is asked before std starts; nothing else
/// may be added here.
#[cfg(unix)]
mod at_start {
    use std::sync::atomic::{AtomicBool, Ordering};

    static CLOSED: AtomicBool = AtomicBool::new(false);

    #[ctor::ctor]
    fn look() {
        let closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err();
        CLOSED.store(closed, Ordering::Relaxed);
    }

    pub(super) fn was_closed() -> bool {
        CLOSED.load(Ordering::Relaxed)
    }
}
