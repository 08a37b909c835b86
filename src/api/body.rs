//! An answer's body that is bounded in bytes (after decompression) and in time.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use super::error::{Error, TransportKind};

/// How much longer than its first timeout a body may take for each 64 KiB that arrived.
///
/// A server that drips bytes is cut off soon; a large list at any honest rate is not.
const PER_BLOCK: Duration = Duration::from_secs(1);
const BLOCK: u64 = 64 * 1024;
/// How many times its first timeout a body may take in all: a list without end must end.
const LONGEST: u32 = 10;
/// The most that counts between two reads: who pages through a long list is not a slow server.
const PAUSE: Duration = Duration::from_millis(250);

/// The bounds of one answer.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most bytes after decompression.
    pub bytes: u64,
    /// Time for headers and the first block; more is granted as blocks arrive, up to ten times that.
    pub time: Duration,
}

/// A body to read once, from the front, to its end.
///
/// Its errors are `io::Error`s that carry an [`Error`]; [`Body::recover`] takes it out again.
pub struct Body {
    inner: reqwest::blocking::Response,
    limits: Limits,
    spent: Duration,
    last: Instant,
    received: u64,
    preview: Option<Vec<u8>>,
}

/// How much of a body the most verbose log shows.
const PREVIEW: usize = 2048;

impl Body {
    pub(super) fn new(
        inner: reqwest::blocking::Response,
        limits: Limits,
        started: Instant,
        preview: bool,
    ) -> Self {
        Self {
            inner,
            limits,
            spent: started.elapsed(),
            last: Instant::now(),
            received: 0,
            preview: preview.then(Vec::new),
        }
    }

    /// Reads everything; for answers whose limit is small.
    pub fn read_all(mut self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes).map_err(Self::recover)?;
        Ok(bytes)
    }

    /// Reads at most the first `most` bytes, for error bodies: whatever comes is good enough.
    pub(super) fn read_start(self, most: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        // A broken error body still leaves its status, which is what matters.
        let _ = self.take(most).read_to_end(&mut bytes);
        bytes
    }

    /// The failure inside an `io::Error` that came out of a body.
    pub fn recover(error: io::Error) -> Error {
        match error.downcast::<Error>() {
            Ok(error) => error,
            Err(error) => {
                Error::transport(TransportKind::Truncated, true, error.to_string()).caused_by(error)
            }
        }
    }

    fn check(&self) -> Result<(), Error> {
        if self.received > self.limits.bytes {
            let most = match self.limits.bytes / 1024 {
                kib @ 0..1024 => format!("more than {kib} KiB"),
                kib => format!("more than {} MiB", kib / 1024),
            };
            return Err(Error::transport(TransportKind::TooLarge, true, most));
        }
        let blocks = u32::try_from(self.received / BLOCK).unwrap_or(u32::MAX);
        let allowed = self
            .limits
            .time
            .saturating_add(PER_BLOCK.saturating_mul(blocks));
        let longest = self.limits.time.saturating_mul(LONGEST);
        if self.spent > longest {
            // No time-out, which would be tried again: the next answer would be as long.
            let end = format!("it had not ended after {} seconds", longest.as_secs());
            return Err(Error::transport(TransportKind::TooLarge, true, end));
        }
        if self.spent > allowed {
            return Err(Error::transport(TransportKind::Timeout, true, "too slow"));
        }
        Ok(())
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.check().map_err(io::Error::other)?;
        let begun = Instant::now();
        self.spent += begun.duration_since(self.last).min(PAUSE);
        let n = self.inner.read(buffer);
        let n = n.map_err(|error| io::Error::other(Error::broken_body(error)))?;
        self.last = Instant::now();
        self.spent += self.last.duration_since(begun);
        self.received += n as u64;
        if let Some(preview) = &mut self.preview {
            let room = PREVIEW.saturating_sub(preview.len()).min(n);
            preview.extend_from_slice(&buffer[..room]);
        }
        Ok(n)
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Some(preview) = self.preview.as_deref().filter(|bytes| !bytes.is_empty()) {
            let more = if self.received > preview.len() as u64 {
                " …"
            } else {
                ""
            };
            log::trace!("< {}{more}", String::from_utf8_lossy(preview));
        }
    }
}
