//! A door for the fuzz target under `fuzz/` to the reader of one run's lines.
//!
//! Compiled with `--cfg fuzzing` only, which cargo-fuzz sets.

use super::{Entry, RunId};

/// Reads one run from the bytes of its file.
///
/// # Errors
/// Why it is no run.
pub fn read(bytes: &[u8], id: &RunId) -> Result<Entry, String> {
    super::read::read(bytes, id).map_err(|fault| fault.reason)
}

/// The same lines with their checksums, which no fuzzer would find.
pub fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        sealed.extend(super::record::seal(
            line.strip_suffix(b"}").unwrap_or(line).to_vec(),
        ));
    }
    sealed
}
