//! How a server writes its lists, noted while they are read: bits, so that it costs a row next to nothing.

/// What some lists showed of their form (`design.md` §8 "By the way").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    shapes: u8,
    dnis: u8,
    spellings: u8,
}

/// The shapes of a list.
const SHAPES: [&str; 4] = ["array", "data", "map", "single"];
/// How nothing is told.
const NOTHING: [&str; 3] = ["null", "absent", "empty"];
/// How a number is spelled.
const SPELLINGS: [&str; 4] = ["11", "10", "+", "other"];

impl Traits {
    /// Of two lists together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            shapes: self.shapes | other.shapes,
            dnis: self.dnis | other.dnis,
            spellings: self.spellings | other.spellings,
        }
    }

    /// `array`, `data`, `map`, `single`.
    pub fn shapes(self) -> impl Iterator<Item = &'static str> {
        words(&SHAPES, self.shapes)
    }

    /// How a route without dnis was told: `null`, `absent`, `empty`.
    pub fn dnis_forms(self) -> impl Iterator<Item = &'static str> {
        words(&NOTHING, self.dnis)
    }

    /// How numbers were spelled: `11`, `10`, `+`, `other`.
    pub fn spellings(self) -> impl Iterator<Item = &'static str> {
        words(&SPELLINGS, self.spellings)
    }

    pub(super) fn shape(&mut self, word: &str) {
        self.shapes |= bit(&SHAPES, word);
    }

    /// Notes how a number is spelled.
    pub(in crate::api) fn number(&mut self, number: &str) {
        let word = match number.as_bytes() {
            [b'+', ..] => "+",
            [b'1', rest @ ..] if rest.len() == 10 => "11",
            digits if digits.len() == 10 => "10",
            _ => "other",
        };
        self.spellings |= bit(&SPELLINGS, word);
    }

    /// Notes how an object that has no value for a key, which stands here in its quotes, tells that.
    pub(in crate::api) fn nothing(&mut self, object: &str, key: &str) {
        let at = memchr::memmem::find(object.as_bytes(), key.as_bytes());
        let behind =
            at.map(|at| object[at + key.len()..].trim_start_matches([':', ' ', '\t', '\r', '\n']));
        let word = match behind {
            None => "absent",
            Some(value) if value.starts_with("\"\"") => "empty",
            Some(_) => "null",
        };
        self.dnis |= bit(&NOTHING, word);
    }
}

fn bit(words: &[&str], word: &str) -> u8 {
    let at = words.iter().position(|known| *known == word);
    at.map_or(0, |at| 1 << at)
}

fn words<const N: usize>(
    words: &'static [&'static str; N],
    bits: u8,
) -> impl Iterator<Item = &'static str> {
    let set = (0..N).filter(move |at| bits & (1 << at) != 0);
    set.map(|at| words[at])
}
