//! One row of a file as it was written, and the text it stands in: what readers of every form give.

use std::borrow::Cow;

use super::columns::{CELLS, Column};
use super::problems::{FileErrors, Problems};
use crate::model::{DomainKey, NumberKey, RouteKey};

/// The largest file that is read, in bytes; callers need not read more than one byte beyond.
pub const MAX_BYTES: usize = 256 * 1024 * 1024;

/// The most rows a file may have.
pub(super) const MAX_ROWS: usize = 1_000_000;

/// One row; its place is that of its first byte.
#[derive(Clone, Debug)]
pub(super) struct Row<'a> {
    pub(super) line: usize,
    pub(super) at: usize,
    pub(super) cells: [Cell<'a>; CELLS],
}

/// One value as it stands in the file; empty for a missing column, JSON `null` and an absent key.
#[derive(Clone, Debug)]
pub(super) struct Cell<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) at: usize,
}

impl<'a> Row<'a> {
    /// The key it names, however it is spelled; none without caller or domain.
    pub(super) fn key(&self) -> Option<RouteKey> {
        let [ani, dnis, domain] =
            [Column::Ani, Column::Dnis, Column::Domain].map(|at| self.text(at));
        let whole = !ani.is_empty() && !domain.is_empty();
        whole.then(|| RouteKey {
            domain: DomainKey::of(domain),
            ani: NumberKey::of(ani),
            // As in `Route::key`: the server may write any called number as `*`.
            dnis: Some(dnis)
                .filter(|dnis| !matches!(*dnis, "" | "*"))
                .map(NumberKey::of),
        })
    }

    pub(super) fn new(line: usize, at: usize) -> Self {
        let empty = Cell {
            text: Cow::Borrowed(""),
            at,
        };
        Self {
            line,
            at,
            cells: std::array::from_fn(|_| empty.clone()),
        }
    }

    pub(super) fn text(&self, column: Column) -> &str {
        &self.cells[column as usize].text
    }

    pub(super) fn place(&self, column: Column) -> usize {
        self.cells[column as usize].at
    }

    /// The cells that make a route, in the reference's order; empty for none.
    pub(super) fn route_cells(&self) -> [&str; 5] {
        [
            self.text(Column::Ani),
            self.text(Column::Dnis),
            self.text(Column::Domain),
            self.text(Column::Application),
            self.text(Column::Destination),
        ]
    }
}

/// The bytes as text without a byte order mark; every other encoding is named and refused.
pub(super) fn text<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str, FileErrors> {
    let refuse = |text: &str, at: usize, message: &str| {
        let mut problems = Problems::new(text);
        problems.add(at, message);
        problems.finish(name)
    };
    if bytes.len() > MAX_BYTES {
        refuse("", 0, "the file is larger than 256 MiB: split it")?;
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let message = "the file is UTF-16, and damaged: save it as `CSV UTF-8`";
        refuse("", 0, message)?;
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        // Some old programs end a text with Ctrl-Z.
        Ok(text) => Ok(text.trim_end_matches('\u{1a}')),
        Err(error) => {
            let good = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            let message = "here the file is not UTF-8: save it as `CSV UTF-8`";
            refuse(good, good.len(), message)?;
            Ok(good)
        }
    }
}

/// How a file is encoded, told by its first bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// UTF-8 behind a byte order mark.
    Marked,
    /// UTF-16, the low byte first.
    Little,
    /// UTF-16, the high byte first.
    Big,
}

impl Encoding {
    /// That of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xef, 0xbb, 0xbf, ..] => Self::Marked,
            [0xff, 0xfe, ..] => Self::Little,
            [0xfe, 0xff, ..] => Self::Big,
            _ => Self::Utf8,
        }
    }

    /// A text as a file in this encoding, byte order mark and all.
    pub fn bytes(self, text: &str) -> Vec<u8> {
        let unit = match self {
            Self::Utf8 => return text.as_bytes().to_vec(),
            Self::Marked => return [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            Self::Little => u16::to_le_bytes,
            Self::Big => u16::to_be_bytes,
        };
        std::iter::once(0xfeff)
            .chain(text.encode_utf16())
            .flat_map(unit)
            .collect()
    }
}

/// UTF-16 with a byte order mark as UTF-8; all other bytes, damaged UTF-16 too, as they are.
pub fn utf8(bytes: Vec<u8>) -> Vec<u8> {
    let unit = match bytes.get(..2) {
        Some([0xff, 0xfe]) => u16::from_le_bytes,
        Some([0xfe, 0xff]) => u16::from_be_bytes,
        _ => return bytes,
    };
    let (pairs, rest) = bytes[2..].as_chunks();
    let text: Result<String, _> =
        char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    match text {
        Ok(text) if rest.is_empty() => text.into_bytes(),
        _ => bytes,
    }
}
