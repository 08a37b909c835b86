//! An answer's body that is bounded in bytes (after decompression) and in the silence it may keep.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use super::error::{Error, TransportKind};

/// Fewer bytes than this are no more than silence: a drip must not keep anybody for ever.
const WHISPER: u64 = 64;

/// The bounds of one answer.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most bytes after decompression.
    pub bytes: u64,
    /// The longest silence. A body that keeps coming may take as long as it likes.
    pub silence: Duration,
}

/// A body to read once, from the front, to its end.
///
/// Its errors are `io::Error`s that carry an [`Error`]; [`Body::recover`] takes it out again.
pub struct Body {
    inner: reqwest::blocking::Response,
    limits: Limits,
    /// How long was waited for the bytes in `heard`.
    waited: Duration,
    heard: u64,
    received: u64,
    preview: Option<Vec<u8>>,
}

/// How much of a body the most verbose log shows.
const PREVIEW: usize = 2048;

impl Body {
    pub(super) fn new(inner: reqwest::blocking::Response, limits: Limits, preview: bool) -> Self {
        Self {
            inner,
            limits,
            waited: Duration::ZERO,
            heard: 0,
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
        if self.waited > self.limits.silence {
            return Err(Error::transport(TransportKind::Timeout, true, "too slow"));
        }
        Ok(())
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.check().map_err(io::Error::other)?;
        let begun = Instant::now();
        let n = self.inner.read(buffer);
        let n = n.map_err(|error| io::Error::other(Error::broken_body(error)))?;
        self.received += n as u64;
        self.waited += begun.elapsed();
        self.heard += n as u64;
        // The end says all there was to say.
        if self.heard >= WHISPER || n == 0 {
            (self.waited, self.heard) = (Duration::ZERO, 0);
        }
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
