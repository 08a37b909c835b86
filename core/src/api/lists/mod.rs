//! The tolerant list decoder: takes a reader, hands out items one by one, whatever shape the server chose.
//!
//! Shapes (`api.md`, Lists): an array, `{"data": …}` around an array or a map, an object map whose
//! keys fill a missing id field, a single object, `[]` or `{}` for none. Memory stays flat: an item
//! is handed on before the next is read, and one item has a limit of its own. An envelope that
//! announces more than was received is reported, never taken as complete.

mod pieces;
#[cfg(test)]
mod tests;
mod traits;
mod unique;

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::io::Read;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use serde_json::value::RawValue;

use super::error::Error;
use crate::model::{ListCut, Row, optional_text};
use pieces::Pieces;
pub use traits::Traits;

/// So many keys of one object are told apart, by their hashes: 16 MB. A map with more of them is read
/// on, for memory must stay flat.
const MOST_KEYS: usize = 1_000_000;

/// Something that comes in lists.
///
/// An object with one of its columns and no nested objects is a single item.
pub trait ListItem: DeserializeOwned + Row {
    /// The key of an object map, for items that lack their id.
    fn fill_key(&mut self, key: &str);

    /// An item that is told as a bare string or number; none where items are objects alone.
    fn of_text(_text: &str) -> Option<Self> {
        None
    }

    /// Whether lists of these are watched for how this server does things.
    const WATCHED: bool = false;

    /// Notes what an item, and the text it was read from, show of how this server writes.
    fn notice(&self, _text: &str, _traits: &mut Traits) {}
}

/// A bare value that may be an item.
#[derive(Deserialize)]
struct Bare(#[serde(deserialize_with = "optional_text")] Option<String>);

/// The receiver wants no more items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halt;

/// What a list is worth (`design.md` §8 "Lists").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// All there is, for all anybody can tell.
    Whole,
    /// It may have been cut without a word.
    Doubtful,
    /// The server says itself that there is more.
    Incomplete,
}

/// Whether a list was all there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Completeness {
    /// How many items arrived.
    pub received: u64,
    /// How many the server says there are, when it says there are more than arrived; `None` inside
    /// means that it did not say how many.
    pub missing: Option<Option<u64>>,
    /// Whether it may have been cut without a word: without an envelope that says how much there is,
    /// and of a length at which servers cut; see [`ListCut`].
    pub doubtful: bool,
    /// How it was written.
    pub traits: Traits,
}

impl Completeness {
    /// What the list is worth: the one judgement of it.
    pub fn worth(&self) -> Worth {
        match (self.missing, self.doubtful) {
            (Some(_), _) => Worth::Incomplete,
            (None, true) => Worth::Doubtful,
            (None, false) => Worth::Whole,
        }
    }

    /// Of two lists together.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            received: self.received + other.received,
            missing: self.missing.or(other.missing),
            doubtful: self.doubtful || other.doubtful,
            traits: self.traits.and(other.traits),
        }
    }

    /// Whether nothing is known to be missing.
    pub fn is_complete(&self) -> bool {
        self.missing.is_none()
    }
}

/// Reads a list of any shape and hands each item to `receive`.
///
/// # Errors
/// Whatever broke the body; `Truncated` where the text just ends; `Unreadable` for anything that is
/// not a list; `Halted` when the receiver wants no more.
pub fn decode_list<T: ListItem>(
    reader: impl Read,
    receive: &mut dyn FnMut(T) -> Result<(), Halt>,
) -> Result<Completeness, Error> {
    decode_cut(reader, ListCut::Unknown, receive)
}

/// The same of a server of which is known how it cuts.
pub(super) fn decode_cut<T: ListItem>(
    reader: impl Read,
    cut: ListCut,
    receive: &mut dyn FnMut(T) -> Result<(), Halt>,
) -> Result<Completeness, Error> {
    let mut list = List {
        text: Pieces::new(reader),
        receive,
        received: 0,
        paging: Paging::default(),
        traits: Traits::default(),
        item: PhantomData,
    };
    if list.text.first()?.is_none() {
        return Err(unreadable("it is empty"));
    }
    list.list(0)?;
    list.text.end()?;
    Ok(Completeness {
        received: list.received,
        missing: list.paging.missing(list.received),
        doubtful: !list.paging.is_told() && cut.may_end_at(list.received),
        traits: list.traits,
    })
}

/// An answer that is not what it should be: what was found instead.
pub fn unreadable(found: &str) -> Error {
    Error::Unreadable {
        found: found.to_owned(),
        request_id: None,
    }
}

/// What an envelope says about its pages, in either dialect (`api.md`, Lists).
#[derive(Default)]
struct Paging {
    total: Option<u64>,
    page: Option<u64>,
    last_page: Option<u64>,
    next: bool,
}

impl Paging {
    fn read(&mut self, name: &str, value: &Value) {
        let number = || match value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        match name {
            "total" | "count" => self.total = self.total.max(number()),
            "page" | "current_page" => self.page = self.page.or(number()),
            "last_page" | "total_pages" | "pages" => self.last_page = number(),
            "next_page_url" | "next" | "next_page" => self.next |= !is_nothing(value),
            "has_more" | "more" => self.next |= value.as_bool() == Some(true),
            "pagination" | "meta" | "links" => {
                if let Value::Object(fields) = value {
                    for (name, value) in fields {
                        self.read(name, value);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether an envelope says anything of how much there is.
    fn is_told(&self) -> bool {
        self.total.is_some() || self.last_page.is_some()
    }

    fn missing(&self, received: u64) -> Option<Option<u64>> {
        if let Some(total) = self.total.filter(|total| *total > received) {
            return Some(Some(total));
        }
        let later = matches!((self.page, self.last_page), (Some(page), Some(last)) if page < last);
        let earlier = self.page.is_some_and(|page| page > 1);
        (self.next || later || earlier).then_some(None)
    }
}

fn is_nothing(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(false)) || value.as_str() == Some("")
}

/// A list that is being read.
struct List<'a, R, T> {
    text: Pieces<R>,
    receive: &'a mut dyn FnMut(T) -> Result<(), Halt>,
    received: u64,
    paging: Paging,
    traits: Traits,
    item: PhantomData<T>,
}

impl<R: Read, T: ListItem> List<'_, R, T> {
    fn item(&mut self, item: T) -> Result<(), Error> {
        self.received += 1;
        (self.receive)(item).map_err(|Halt| Error::Halted)
    }

    /// The outermost shape is the list's.
    fn shape(&mut self, depth: u8, word: &str) {
        if depth == 0 {
            self.traits.shape(word);
        }
    }

    /// The whole text, or at depth 1 what stands in `data`.
    fn list(&mut self, depth: u8) -> Result<(), Error> {
        match self.text.peek()? {
            b'[' => {
                self.shape(depth, "array");
                self.array()
            }
            b'{' => self.object(depth),
            _ => {
                self.text.value::<IgnoredAny>()?;
                Err(self.text.unexpected())
            }
        }
    }

    /// A bare value, where it is an item.
    fn bare(&mut self) -> Result<Option<T>, Error> {
        let Bare(text) = self.text.value()?;
        Ok(text.and_then(|text| T::of_text(&text)))
    }

    /// Objects, or the bare values that items of this kind can be: what is told of one item in another
    /// shape is not understood.
    fn array(&mut self) -> Result<(), Error> {
        self.text.skip();
        if self.text.peek()? == b']' {
            self.text.skip();
            return Ok(());
        }
        loop {
            match self.text.peek()? {
                b'{' => {
                    let traits = &mut self.traits;
                    let item = (self.text).object(|text, item: &T| item.notice(text, traits))?;
                    self.item(item)?;
                }
                b'[' => return Err(self.text.unexpected()),
                _ => {
                    let Some(item) = self.bare()? else {
                        return Err(self.text.unexpected());
                    };
                    self.item(item)?;
                }
            }
            if !self.another(b']')? {
                return Ok(());
            }
        }
    }

    /// An envelope, an object map or a single item.
    fn object(&mut self, depth: u8) -> Result<(), Error> {
        let before = self.received;
        let mut fields: BTreeMap<String, Box<RawValue>> = BTreeMap::new();
        let (hasher, mut keys) = (RandomState::new(), HashSet::new());
        let mut data = false;
        let mut other = false;
        self.text.skip();
        let mut more = self.text.peek()? != b'}';
        if !more {
            self.text.skip();
        }
        while more {
            if self.text.peek()? != b'"' {
                return Err(self.text.not_json());
            }
            let key: String = self.text.value()?;
            if keys.len() < MOST_KEYS && !keys.insert(hasher.hash_one(&key)) {
                return Err(self.text.twice());
            }
            if self.text.peek()? != b':' {
                return Err(self.text.not_json());
            }
            self.text.skip();
            if key == "data" && depth == 0 {
                data = true;
                self.shape(depth, "data");
                self.list(1)?;
            } else if T::COLUMNS.contains(&key.as_str()) {
                fields.insert(key, self.text.value()?);
            } else if is_paging(&key) {
                self.paging.read(&key, &self.text.value()?);
                other = true;
            } else if self.text.peek()? == b'{' {
                let traits = &mut self.traits;
                let mut item = (self.text).object(|text, item: &T| item.notice(text, traits))?;
                item.fill_key(&key);
                self.shape(depth, "map");
                self.item(item)?;
            } else if self.text.peek()? == b'[' {
                self.text.value::<IgnoredAny>()?;
                other = true;
            } else {
                // A list with gaps in it is a map by index to PHP.
                match self.bare()? {
                    Some(item) => self.item(item)?,
                    None => other = true,
                }
            }
            more = self.another(b'}')?;
        }
        let found_items = data || self.received > before;
        match (found_items, fields.is_empty()) {
            (true, true) => Ok(()),
            (false, false) => {
                self.shape(depth, "single");
                let text = serde_json::to_string(&fields);
                let single = text.and_then(|text| serde_json::from_str(&text));
                self.item(single.map_err(|_| self.text.unexpected())?)
            }
            (false, true) if !other => Ok(()),
            _ => Err(self.text.unexpected()),
        }
    }

    /// Whether a comma follows, and not the closing bracket; it is taken.
    fn another(&mut self, close: u8) -> Result<bool, Error> {
        match self.text.peek()? {
            b',' => {
                self.text.skip();
                Ok(true)
            }
            byte if byte == close => {
                self.text.skip();
                Ok(false)
            }
            _ => Err(self.text.not_json()),
        }
    }
}

/// Members that speak of pages, not of items.
fn is_paging(key: &str) -> bool {
    const NAMES: [&str; 16] = [
        "pagination", "meta", "links", "total", "count", "page", "per_page", "current_page",
        "last_page", "total_pages", "pages", "next", "next_page", "next_page_url", "has_more",
        "more",
    ];
    NAMES.contains(&key)
}
