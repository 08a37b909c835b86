//! A text of any length in entries of a keyring, replaced as one step.
//!
//! The first entry begins with a header, a line of JSON, which names the text that counts, with
//! length and checksum. Where an entry may have any length the text stands behind it: one entry, for
//! macOS may ask about each. Windows keeps at most 2,560 bytes an entry, as UTF-16; there the
//! text is cut into parts that carry a generation, and writing goes: announce the new generation in
//! the header, new parts, header, old parts away. Wherever it is cut short, the header still names
//! one whole text, and the leftovers' generation, which the next write removes. A reader who meets a
//! change in the middle starts again.

use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::auth::RecordError;
use crate::auth::record::MAX_BYTES;

/// UTF-8 bytes a part. At most twice that in UTF-16, as Windows counts: 2,400.
const PART_BYTES: usize = 1_200;
/// Name and version of the header.
const FORMAT: &str = "skyswitch.parts/1";
/// What every version of it begins with.
const FAMILY: &str = "skyswitch.parts/";
/// How often a reader starts again when the text changes under it.
const READ_TRIES: usize = 20;
/// More parts than this were never written.
const MAX_PARTS: usize = MAX_BYTES.div_ceil(PART_BYTES - 3);

/// Named texts, as a keyring keeps them.
pub(super) trait Entries {
    /// What can go wrong with one.
    type Error;
    /// The text of an entry, `None` when there is none.
    fn get(&self, name: &str) -> Result<Option<Zeroizing<String>>, Self::Error>;
    /// Writes an entry, new or not.
    fn put(&self, name: &str, text: &str) -> Result<(), Self::Error>;
    /// Removes an entry; `false` when there was none.
    fn remove(&self, name: &str) -> Result<bool, Self::Error>;
    /// Whether an entry holds a text of any length: then it stands behind the header.
    fn unlimited(&self) -> bool;
}

/// Why a text could not be read or written.
#[derive(Debug)]
pub(super) enum PartsError<E> {
    /// What is there is not a text of ours, or not whole.
    Record(RecordError),
    /// An entry failed.
    Entry(E),
}

impl<E> From<E> for PartsError<E> {
    fn from(error: E) -> Self {
        Self::Entry(error)
    }
}

/// What stands under a name, as one read found it.
#[derive(Debug, Default)]
pub(super) struct Kept {
    header: Header,
    /// The text, whole; `None` when there is none.
    pub(super) content: Option<Zeroizing<String>>,
}

/// Says which text counts, and where it is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Header {
    format: String,
    /// The text that counts; none while the first one is being written.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Text>,
    /// Generations of which parts may lie about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    leftover: Vec<Leftover>,
}

/// A generation that does not count, and how many parts it has at most.
#[derive(Debug, Serialize, Deserialize)]
struct Leftover {
    generation: String,
    parts: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Text {
    generation: String,
    /// 0: it stands behind the header.
    parts: usize,
    length: usize,
    sha256: String,
}

/// The text under `name`, whole or not at all.
pub(super) fn read<S: Entries>(entries: &S, name: &str) -> Result<Kept, PartsError<S::Error>> {
    let mut previous: Option<Text> = None;
    for _ in 0..READ_TRIES {
        let Some((header, behind)) = first(entries, name)? else {
            return Ok(Kept::default());
        };
        let Some(text) = header.text.clone() else {
            return Ok(Kept {
                header,
                content: None,
            });
        };
        if let Some(whole) = assemble(entries, name, &text, &behind)? {
            return Ok(Kept {
                header,
                content: Some(whole),
            });
        }
        // The same header again: nobody is writing, the parts are really gone.
        if previous.as_ref() == Some(&text) {
            break;
        }
        previous = Some(text);
    }
    Err(PartsError::Record(RecordError::Incomplete))
}

/// Puts a text in place of what was read there.
pub(super) fn write<S: Entries>(
    entries: &S,
    name: &str,
    old: Kept,
    generation: &str,
    content: &str,
) -> Result<(), PartsError<S::Error>> {
    let old = old.header;
    remove_parts(entries, name, &old.leftover)?;
    let (behind, parts) = match entries.unlimited() {
        true => (content, Vec::new()),
        false => ("", cut(content)),
    };
    if !parts.is_empty() {
        let announced = Leftover {
            generation: generation.to_owned(),
            parts: parts.len(),
        };
        let header = Header::new(old.text.clone(), vec![announced]);
        put_first(entries, name, &header, "")?;
    }
    for (index, part) in parts.iter().enumerate() {
        entries.put(&part_name(name, generation, index), part)?;
    }
    let text = Text {
        generation: generation.to_owned(),
        parts: parts.len(),
        length: content.len(),
        sha256: checksum(content),
    };
    let done = Header::new(Some(text), leftover(old.text));
    put_first(entries, name, &done, behind)?;
    Ok(remove_parts(entries, name, &done.leftover)?)
}

/// Removes a text and everything that may be left of it, whatever its state.
pub(super) fn delete<S: Entries>(entries: &S, name: &str) -> Result<bool, S::Error> {
    let known = match first(entries, name) {
        Ok(Some((header, _))) => header,
        Ok(None) => return Ok(false),
        // Not ours or damaged: the entry goes, its parts cannot be known.
        Err(PartsError::Record(_)) => return entries.remove(name),
        Err(PartsError::Entry(error)) => return Err(error),
    };
    let mut parts = known.leftover;
    parts.extend(leftover(known.text));
    if !parts.is_empty() {
        // First nothing counts any more, then the parts go: cut short, it is still a logout.
        let emptied = Header::new(None, parts);
        if let Ok(json) = serde_json::to_string(&emptied) {
            entries.put(name, &json)?;
        }
        remove_parts(entries, name, &emptied.leftover)?;
    }
    entries.remove(name)
}

/// The parts of a text that no longer counts.
fn leftover(text: Option<Text>) -> Vec<Leftover> {
    text.into_iter()
        .filter(|text| text.parts > 0)
        .map(|text| Leftover {
            generation: text.generation,
            parts: text.parts,
        })
        .collect()
}

impl Header {
    fn new(text: Option<Text>, leftover: Vec<Leftover>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            text,
            leftover,
        }
    }
}

/// What the first entry holds: the header, and the text behind it.
type First = (Header, Zeroizing<String>);

fn first<S: Entries>(entries: &S, name: &str) -> Result<Option<First>, PartsError<S::Error>> {
    let Some(entry) = entries.get(name)? else {
        return Ok(None);
    };
    let (json, behind) = entry.split_once('\n').unwrap_or((&entry, ""));
    let foreign = PartsError::Record(RecordError::Foreign);
    let Ok(value) = serde_json::from_str::<serde_json::Value>(json) else {
        return Err(foreign);
    };
    match value.get("format").and_then(|format| format.as_str()) {
        Some(FORMAT) => {}
        Some(other) if other.starts_with(FAMILY) => {
            return Err(PartsError::Record(RecordError::Version));
        }
        _ => return Err(foreign),
    }
    match serde_json::from_value::<Header>(value) {
        Ok(header) if header.text.as_ref().is_none_or(|t| t.parts <= MAX_PARTS) => {
            Ok(Some((header, Zeroizing::new(behind.to_owned()))))
        }
        _ => Err(PartsError::Record(RecordError::SOMEWHERE)),
    }
}

fn put_first<S: Entries>(
    entries: &S,
    name: &str,
    header: &Header,
    behind: &str,
) -> Result<(), PartsError<S::Error>> {
    let json =
        serde_json::to_string(header).map_err(|_| PartsError::Record(RecordError::SOMEWHERE))?;
    // Large enough that it never grows: growing would leave copies behind that nobody zeroes.
    let mut entry = Zeroizing::new(String::with_capacity(json.len() + 1 + behind.len()));
    entry.push_str(&json);
    if !behind.is_empty() {
        entry.push('\n');
        entry.push_str(behind);
    }
    Ok(entries.put(name, &entry)?)
}

/// What stands behind the header and the parts put together; `None` when a part is missing or they do
/// not match the header.
fn assemble<S: Entries>(
    entries: &S,
    name: &str,
    text: &Text,
    behind: &str,
) -> Result<Option<Zeroizing<String>>, S::Error> {
    let room = text.length.min(MAX_BYTES);
    if behind.len() > room {
        return Ok(None);
    }
    let mut whole = Zeroizing::new(String::with_capacity(room));
    whole.push_str(behind);
    for index in 0..text.parts {
        let Some(part) = entries.get(&part_name(name, &text.generation, index))? else {
            return Ok(None);
        };
        if whole.len() + part.len() > room {
            return Ok(None);
        }
        whole.push_str(&part);
    }
    let good = whole.len() == text.length && checksum(&whole) == text.sha256;
    Ok(good.then_some(whole))
}

fn remove_parts<S: Entries>(
    entries: &S,
    name: &str,
    leftover: &[Leftover],
) -> Result<(), S::Error> {
    for old in leftover {
        for index in 0..old.parts.min(MAX_PARTS) {
            entries.remove(&part_name(name, &old.generation, index))?;
        }
    }
    Ok(())
}

fn part_name(name: &str, generation: &str, index: usize) -> String {
    format!("{name}/{generation}/{index}")
}

/// Cuts at character boundaries, at most [`PART_BYTES`] each.
fn cut(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.floor_char_boundary(PART_BYTES));
        parts.push(part);
        rest = after;
    }
    parts
}

/// SHA-256, in hex.
pub(in crate::auth) fn checksum(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests;
