//! A long text cut over many short entries, replaced as one step.
//!
//! Windows keeps at most 2,560 bytes an entry, as UTF-16. So the text is cut into parts that carry
//! a generation, and a header names the generation that counts, with length and checksum. Writing
//! goes: announce the new generation in the header, new parts, header, old parts away. Wherever it
//! is cut short, the header still names one whole text, and the leftovers' generation, which the
//! next write removes. A reader who meets a change in the middle starts again.

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

/// The entry that says which parts count.
#[derive(Debug, Serialize, Deserialize)]
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
    parts: usize,
    length: usize,
    sha256: String,
}

/// The text under `name`, whole or not at all.
pub(super) fn read<S: Entries>(
    entries: &S,
    name: &str,
) -> Result<Option<Zeroizing<String>>, PartsError<S::Error>> {
    let mut previous: Option<Text> = None;
    for _ in 0..READ_TRIES {
        let Some(text) = header(entries, name)?.and_then(|header| header.text) else {
            return Ok(None);
        };
        if let Some(whole) = assemble(entries, name, &text)? {
            return Ok(Some(whole));
        }
        // The same header again: nobody is writing, the parts are really gone.
        if previous.as_ref() == Some(&text) {
            break;
        }
        previous = Some(text);
    }
    Err(PartsError::Record(RecordError::Incomplete))
}

/// Puts a text in place of the old one. Refuses over anything that is not a whole text of ours.
pub(super) fn write<S: Entries>(
    entries: &S,
    name: &str,
    generation: &str,
    content: &str,
) -> Result<(), PartsError<S::Error>> {
    let old = header(entries, name)?;
    let (old_text, old_leftover) = old.map_or((None, Vec::new()), |h| (h.text, h.leftover));
    remove_parts(entries, name, &old_leftover)?;

    let parts = cut(content);
    let announced = Leftover {
        generation: generation.to_owned(),
        parts: parts.len(),
    };
    put_header(
        entries,
        name,
        &Header::new(old_text.clone(), vec![announced]),
    )?;
    for (index, part) in parts.iter().enumerate() {
        entries.put(&part_name(name, generation, index), part)?;
    }
    let text = Text {
        generation: generation.to_owned(),
        parts: parts.len(),
        length: content.len(),
        sha256: checksum(content),
    };
    let done = Header::new(Some(text), old_text.into_iter().map(Leftover::of).collect());
    put_header(entries, name, &done)?;
    Ok(remove_parts(entries, name, &done.leftover)?)
}

/// Removes a text and everything that may be left of it, whatever its state.
pub(super) fn delete<S: Entries>(entries: &S, name: &str) -> Result<bool, S::Error> {
    let known = match header(entries, name) {
        Ok(Some(header)) => header,
        Ok(None) => return Ok(false),
        // Not ours or damaged: the entry goes, its parts cannot be known.
        Err(PartsError::Record(_)) => return entries.remove(name),
        Err(PartsError::Entry(error)) => return Err(error),
    };
    // First nothing counts any more, then the parts go: cut short, it is still a logout.
    let mut leftover = known.leftover;
    leftover.extend(known.text.map(Leftover::of));
    let emptied = Header::new(None, leftover);
    if let Ok(json) = serde_json::to_string(&emptied) {
        entries.put(name, &json)?;
    }
    remove_parts(entries, name, &emptied.leftover)?;
    entries.remove(name)
}

impl Leftover {
    fn of(text: Text) -> Self {
        Self {
            generation: text.generation,
            parts: text.parts,
        }
    }
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

fn header<S: Entries>(entries: &S, name: &str) -> Result<Option<Header>, PartsError<S::Error>> {
    let Some(json) = entries.get(name)? else {
        return Ok(None);
    };
    let foreign = PartsError::Record(RecordError::Foreign);
    let Ok(value) = serde_json::from_str::<serde_json::Value>(&json) else {
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
        Ok(header) if header.text.as_ref().is_none_or(|t| t.parts <= MAX_PARTS) => Ok(Some(header)),
        _ => Err(PartsError::Record(RecordError::SOMEWHERE)),
    }
}

fn put_header<S: Entries>(
    entries: &S,
    name: &str,
    header: &Header,
) -> Result<(), PartsError<S::Error>> {
    let json =
        serde_json::to_string(header).map_err(|_| PartsError::Record(RecordError::SOMEWHERE))?;
    Ok(entries.put(name, &json)?)
}

/// The parts put together; `None` when one is missing or they do not match the header.
fn assemble<S: Entries>(
    entries: &S,
    name: &str,
    text: &Text,
) -> Result<Option<Zeroizing<String>>, S::Error> {
    let room = text.length.min(MAX_BYTES);
    let mut whole = Zeroizing::new(String::with_capacity(room));
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
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;

    use secrecy::zeroize::Zeroizing;

    use super::{Entries, PartsError, delete, read, write};
    use crate::auth::RecordError;

    /// Entries in memory that can stop working after a number of changes.
    #[derive(Default)]
    struct Fake {
        entries: RefCell<BTreeMap<String, String>>,
        changes_left: Cell<Option<usize>>,
        /// Replaces everything by this when a part is asked for the first time.
        switch: RefCell<Option<BTreeMap<String, String>>>,
    }

    impl Fake {
        fn change(&self) -> Result<(), ()> {
            match self.changes_left.get() {
                Some(0) => Err(()),
                Some(n) => {
                    self.changes_left.set(Some(n - 1));
                    Ok(())
                }
                None => Ok(()),
            }
        }

        fn edit(&self, name: &str, text: &str) {
            self.entries.borrow_mut().insert(name.into(), text.into());
        }
    }

    impl Entries for Fake {
        type Error = ();

        fn get(&self, name: &str) -> Result<Option<Zeroizing<String>>, ()> {
            if name.contains('/')
                && let Some(new) = self.switch.take()
            {
                self.entries.replace(new);
            }
            Ok(self.entries.borrow().get(name).cloned().map(Zeroizing::new))
        }

        fn put(&self, name: &str, text: &str) -> Result<(), ()> {
            self.change()?;
            assert!(
                text.encode_utf16().count() * 2 <= 2_400,
                "too long for Windows"
            );
            self.edit(name, text);
            Ok(())
        }

        fn remove(&self, name: &str) -> Result<bool, ()> {
            self.change()?;
            Ok(self.entries.borrow_mut().remove(name).is_some())
        }
    }

    fn text(fake: &Fake) -> Option<String> {
        read(fake, "p")
            .expect("readable")
            .map(|text| text.to_string())
    }

    fn long(seed: char) -> String {
        // Four UTF-8 bytes a character, so that no cut falls on a boundary by luck.
        std::iter::repeat_n(['x', seed, '\u{1f600}'], 1_700)
            .flatten()
            .collect()
    }

    #[test]
    fn long_texts_come_back_and_leave_nothing_behind() {
        let fake = Fake::default();
        assert_eq!(text(&fake), None);
        for (generation, content) in [("1", long('a')), ("2", "{}".into()), ("3", String::new())] {
            write(&fake, "p", generation, &content).expect("write");
            assert_eq!(text(&fake), Some(content));
        }
        assert_eq!(fake.entries.borrow().len(), 1, "only the header is left");
        assert_eq!(delete(&fake, "p"), Ok(true));
        assert!(fake.entries.borrow().is_empty());
        assert_eq!(delete(&fake, "p"), Ok(false));
    }

    #[test]
    fn a_write_cut_short_anywhere_leaves_old_or_new_and_the_next_one_cleans_up() {
        for steps in 0.. {
            let fake = Fake::default();
            write(&fake, "p", "1", &long('a')).expect("write");
            fake.changes_left.set(Some(steps));
            let finished = write(&fake, "p", "2", &long('b')).is_ok();
            let now = text(&fake).expect("a text");
            assert!(now == long('a') || now == long('b'), "after {steps} steps");
            fake.changes_left.set(None);
            write(&fake, "p", "3", "short").expect("the next write");
            assert_eq!(text(&fake).as_deref(), Some("short"));
            assert_eq!(fake.entries.borrow().len(), 2, "after {steps} steps");
            if finished {
                assert!(steps >= 20);
                break;
            }
        }
    }

    #[test]
    fn a_first_write_cut_short_is_no_text_and_a_delete_cut_short_is_finished_by_the_next() {
        for steps in 0..5 {
            let fake = Fake::default();
            fake.changes_left.set(Some(steps));
            write(&fake, "p", "1", &long('a')).expect_err("cut short");
            assert_eq!(text(&fake), None);
            fake.changes_left.set(None);
            delete(&fake, "p").expect("delete");
            assert!(fake.entries.borrow().is_empty());

            write(&fake, "p", "1", &long('a')).expect("write");
            fake.changes_left.set(Some(steps));
            delete(&fake, "p").expect_err("cut short");
            fake.changes_left.set(None);
            delete(&fake, "p").expect("delete");
            assert!(fake.entries.borrow().is_empty());
        }
    }

    #[test]
    fn a_reader_who_meets_a_writer_starts_again() {
        let new = Fake::default();
        write(&new, "p", "2", &long('b')).expect("write");
        let fake = Fake::default();
        write(&fake, "p", "1", &long('a')).expect("write");
        fake.switch.replace(Some(new.entries.take()));
        assert_eq!(text(&fake), Some(long('b')));
    }

    #[test]
    fn damaged_and_foreign_entries_are_errors_and_are_not_written_over() {
        let damaged = RecordError::SOMEWHERE;
        for (what, entry, content, expected) in [
            ("a part emptied", "p/1/0", "", RecordError::Incomplete),
            ("a part changed", "p/1/1", "x", RecordError::Incomplete),
            ("not ours", "p", "hunter2", RecordError::Foreign),
            (
                "newer",
                "p",
                r#"{"format":"skyswitch.parts/2"}"#,
                RecordError::Version,
            ),
            (
                "damaged",
                "p",
                r#"{"format":"skyswitch.parts/1","text":7}"#,
                damaged,
            ),
        ] {
            let fake = Fake::default();
            write(&fake, "p", "1", &long('a')).expect("write");
            match content {
                "" => assert_eq!(fake.remove(entry), Ok(true)),
                _ => fake.edit(entry, content),
            }
            let Err(PartsError::Record(error)) = read(&fake, "p") else {
                panic!("{what} was read");
            };
            assert_eq!(error, expected, "{what}");
            if expected != RecordError::Incomplete {
                assert!(write(&fake, "p", "2", "new").is_err(), "{what}");
            }
            assert_eq!(delete(&fake, "p"), Ok(true), "{what}");
            assert_eq!(text(&fake), None, "{what}");
        }
    }
}
