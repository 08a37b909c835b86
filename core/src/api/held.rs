//! How much of a list is held in memory: one without end must not take the machine along.

use super::error::Error;
use super::lists::Halt;

/// Counts the bytes that rows take, and stops the list that has too many.
#[derive(Debug)]
pub struct Held {
    most: usize,
    taken: usize,
}

impl Held {
    /// What is held where nobody allows more: with all the rest it stays below 200 MiB.
    pub const USUAL: usize = 128 << 20;

    /// Nothing yet, and room for so many bytes.
    pub fn at_most(most: usize) -> Self {
        Self { most, taken: 0 }
    }

    /// Counts a row.
    ///
    /// # Errors
    /// There is no room for it: no more rows are wanted.
    pub fn add(&mut self, weight: usize) -> Result<(), Halt> {
        self.taken = self.taken.saturating_add(weight);
        if self.is_full() { Err(Halt) } else { Ok(()) }
    }

    /// Whether a row found no room.
    pub fn is_full(&self) -> bool {
        self.taken > self.most
    }

    /// What is said of it then.
    pub fn too_much(&self) -> Error {
        Error::TooMuch(format!(
            "the list takes more than {} MiB of memory, and goes on",
            self.most >> 20
        ))
    }
}
