//! The tolerant list decoder: takes a reader, hands out items one by one, whatever shape the server chose.
//!
//! Shapes (`api.md`, Lists): an array, `{"data": …}` around an array or a map, an object map whose
//! keys fill a missing id field, a single object, `[]` or `{}` for none. Memory stays flat: an item
//! is handed on before the next is read, and one item has a limit of its own. An envelope that
//! announces more than was received is reported, never taken as complete.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::OnceLock;

use serde::Deserializer as _;
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Error as _, IgnoredAny, IntoDeserializer as _, MapAccess,
    SeqAccess, Visitor,
};
use serde_json::{Map, Value};

use super::body::Body;
use super::error::{Error, TransportKind};

/// The most bytes one item may take; 5 MB fields are noise, not routes.
const ITEM_LIMIT: u64 = 1024 * 1024;

/// Something that comes in lists.
pub trait ListItem: DeserializeOwned {
    /// The names of its fields: an object with one of them and no nested objects is a single item.
    const FIELDS: &'static [&'static str];

    /// The key of an object map, for items that lack their id.
    fn fill_key(&mut self, key: &str);
}

/// The receiver wants no more items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halt;

/// Whether a list was all there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completeness {
    /// How many items arrived.
    pub received: u64,
    /// How many the server says there are, when it says there are more than arrived; `None` inside
    /// means that it did not say how many.
    pub missing: Option<Option<u64>>,
}

impl Completeness {
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
    let budget = Rc::new(Cell::new(ITEM_LIMIT));
    let blank = Rc::new(Cell::new(true));
    let reader = Budgeted {
        inner: reader,
        budget: Rc::clone(&budget),
        blank: Rc::clone(&blank),
        seen: false,
    };
    let mut sink = Sink {
        receive,
        budget,
        received: 0,
        halted: false,
        paging: Paging::default(),
        _item: PhantomData,
    };
    let mut deserializer =
        serde_json::Deserializer::from_reader(BufReader::with_capacity(BUFFER, reader));
    let outcome = List {
        sink: &mut sink,
        depth: 0,
    }
    .deserialize(&mut deserializer)
    .and_then(|()| deserializer.end());
    match outcome {
        Ok(()) => Ok(sink.completeness()),
        Err(_) if sink.halted => Err(Error::Halted),
        Err(error) if error.is_eof() && blank.get() => Err(unreadable("it is empty")),
        Err(error) => Err(from_json(error)),
    }
}

const BUFFER: usize = 64 * 1024;

/// Counts down a budget that each item renews, so that no single one can fill the memory.
struct Budgeted<R> {
    inner: R,
    budget: Rc<Cell<u64>>,
    /// Whether nothing but white space has come so far.
    blank: Rc<Cell<bool>>,
    seen: bool,
}

impl<R: Read> Read for Budgeted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.budget.get() == 0 {
            return Err(io::Error::other(Error::transport(
                TransportKind::TooLarge,
                true,
                format!(
                    "one item of the list has more than {} MiB",
                    ITEM_LIMIT / 1024 / 1024
                ),
            )));
        }
        let n = self.inner.read(buffer)?;
        self.budget.set(self.budget.get().saturating_sub(n as u64));
        let begin = if self.seen {
            0
        } else {
            skip_mark(&mut buffer[..n])
        };
        self.seen |= n > 0;
        if self.blank.get() && !buffer[..n - begin].iter().all(u8::is_ascii_whitespace) {
            self.blank.set(false);
        }
        Ok(n - begin)
    }
}

/// Drops a UTF-8 byte order mark from the front of the first block.
fn skip_mark(block: &mut [u8]) -> usize {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    // A block that is nothing but the mark would look like the end; JSON needs more than that anyway.
    if block.starts_with(MARK) && block.len() > MARK.len() {
        block.copy_within(MARK.len().., 0);
        MARK.len()
    } else {
        0
    }
}

fn from_json(error: serde_json::Error) -> Error {
    use serde_json::error::Category;
    match error.classify() {
        Category::Io => Body::recover(io::Error::from(error)),
        Category::Eof => Error::transport(
            TransportKind::Truncated,
            true,
            format!(
                "its JSON ends early, at line {} column {}",
                error.line(),
                error.column()
            ),
        ),
        Category::Syntax => unreadable(&format!(
            "it is not JSON (line {} column {})",
            error.line(),
            error.column()
        )),
        // serde's words for these may quote the server: only the place is told.
        Category::Data => unreadable(&format!(
            "it is not a list of the expected kind (line {} column {})",
            error.line(),
            error.column()
        )),
    }
}

pub(crate) fn unreadable(found: &str) -> Error {
    Error::Unreadable {
        found: found.to_owned(),
        request_id: None,
    }
}

struct Sink<'a, T> {
    receive: &'a mut dyn FnMut(T) -> Result<(), Halt>,
    budget: Rc<Cell<u64>>,
    received: u64,
    halted: bool,
    paging: Paging,
    _item: PhantomData<T>,
}

impl<T: ListItem> Sink<'_, T> {
    fn item<E: serde::de::Error>(&mut self, item: T) -> Result<(), E> {
        self.received += 1;
        self.budget.set(ITEM_LIMIT);
        (self.receive)(item).map_err(|Halt| {
            self.halted = true;
            E::custom("halted")
        })
    }

    fn completeness(&self) -> Completeness {
        Completeness {
            received: self.received,
            missing: self.paging.missing(self.received),
        }
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

/// The whole text, or what stands in `data`.
struct List<'s, 'a, T> {
    sink: &'s mut Sink<'a, T>,
    depth: u8,
}

impl<'de, T: ListItem> DeserializeSeed<'de> for List<'_, '_, T> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: ListItem> Visitor<'de> for List<'_, '_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element_seed(Element(PhantomData))? {
            self.sink.item(item)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let before = self.sink.received;
        let mut fields = Map::new();
        let mut data = false;
        let mut other = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == "data" && self.depth == 0 {
                if std::mem::replace(&mut data, true) {
                    return Err(A::Error::custom("two `data`"));
                }
                map.next_value_seed(List {
                    sink: self.sink,
                    depth: 1,
                })?;
            } else if T::FIELDS.contains(&key.as_str()) {
                if fields.insert(key, map.next_value()?).is_some() {
                    return Err(A::Error::custom("a field stands there twice"));
                }
            } else if is_paging(&key) {
                self.sink.paging.read(&key, &map.next_value::<Value>()?);
                other = true;
            } else {
                match map.next_value_seed(Member::<T>(PhantomData))? {
                    Some(mut item) => {
                        item.fill_key(&key);
                        self.sink.item(item)?;
                    }
                    None => other = true,
                }
            }
        }
        let found_items = data || self.sink.received > before;
        match (found_items, fields.is_empty()) {
            (true, true) => Ok(()),
            (false, false) => {
                let single = T::deserialize(Value::Object(fields)).map_err(A::Error::custom)?;
                self.sink.item(single)
            }
            (false, true) if !other => Ok(()),
            _ => Err(A::Error::custom("an object that is not a list")),
        }
    }
}

/// Members that speak of pages, not of items.
fn is_paging(key: &str) -> bool {
    const NAMES: [&str; 16] = [
        "pagination",
        "meta",
        "links",
        "total",
        "count",
        "page",
        "per_page",
        "current_page",
        "last_page",
        "total_pages",
        "pages",
        "next",
        "next_page",
        "next_page_url",
        "has_more",
        "more",
    ];
    NAMES.contains(&key)
}

/// An element of an array: an object and nothing else (a derived struct would take an array as well).
struct Element<T>(PhantomData<T>);

impl<'de, T: ListItem> DeserializeSeed<'de> for Element<T> {
    type Value = T;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: ListItem> Visitor<'de> for Element<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// A member of an object map: an item if it is an object, nothing if it is anything else.
struct Member<T>(PhantomData<T>);

impl<'de, T: ListItem> DeserializeSeed<'de> for Member<T> {
    type Value = Option<T>;

    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: ListItem> Visitor<'de> for Member<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let first = map.next_key::<String>()?;
        if first.as_deref() == Some(number_mark()) {
            map.next_value::<IgnoredAny>()?;
            return Ok(None);
        }
        T::deserialize(MapAccessDeserializer::new(Resumed { first, map })).map(Some)
    }
}

/// A map whose first key has already been read.
struct Resumed<A> {
    first: Option<String>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Resumed<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// The key under which serde_json hands over a number that is no machine integer, with
/// `arbitrary_precision`.
///
/// It is private to serde_json, so it is learnt by watching a number go by.
fn number_mark() -> &'static str {
    static MARK: OnceLock<String> = OnceLock::new();
    struct Watch;
    impl<'de> Visitor<'de> for Watch {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<String, A::Error> {
            let mark = map.next_key::<String>()?;
            map.next_value::<IgnoredAny>()?;
            Ok(mark.unwrap_or_default())
        }
    }
    MARK.get_or_init(|| {
        serde_json::Deserializer::from_str("1.5")
            .deserialize_any(Watch)
            .unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{Completeness, Halt, decode_list};
    use crate::api::error::{Error, TransportKind};
    use crate::model::{DomainRecord, Route};

    /// One block a read, as networks deliver.
    struct Blocks<'a, 'b>(&'b mut std::slice::Chunks<'a, u8>);

    impl Read for Blocks<'_, '_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let block = self.0.next().unwrap_or_default();
            buffer[..block.len()].copy_from_slice(block);
            Ok(block.len())
        }
    }

    fn routes(json: &str) -> Result<(Vec<Route>, Completeness), Error> {
        let mut items = Vec::new();
        let completeness = decode_list(json.as_bytes(), &mut |route: Route| {
            items.push(route);
            Ok(())
        })?;
        Ok((items, completeness))
    }

    fn domains(json: &str) -> Vec<DomainRecord> {
        let mut items = Vec::new();
        decode_list(json.as_bytes(), &mut |domain: DomainRecord| {
            items.push(domain);
            Ok(())
        })
        .expect(json);
        items
    }

    const ONE: &str = r#"{"ani":"16165550101","domain":"acme.15611.service","application":"user","destination":"john"}"#;

    #[test]
    fn every_shape_gives_the_same_routes() {
        let (plain, _) = routes(&format!("[{ONE},{ONE}]")).expect("array");
        assert_eq!(plain.len(), 2);
        for json in [
            format!(r#"{{"data":[{ONE},{ONE}]}}"#),
            format!(
                r#"{{"status":200,"data":[{ONE},{ONE}],"f":-1.5,"i":-3,"ok":true,"x":[1,{{"a":2}}],"n":null}}"#
            ),
            format!(r#"{{"a":{ONE},"b":{ONE}}}"#),
            format!(r#"{{"data":{{"0":{ONE},"2":{ONE}}}}}"#),
            format!("\u{feff}[{ONE},{ONE}]"),
            format!(" \n[{ONE},{ONE}]\n "),
            format!(
                r#"{{"pagination":{{"count":2,"per_page":25,"page":1}},"data":[{ONE},{ONE}]}}"#
            ),
            format!(r#"{{"current_page":1,"per_page":25,"total":2,"data":[{ONE},{ONE}]}}"#),
        ] {
            let (items, completeness) = routes(&json).expect(&json);
            assert_eq!(items, plain, "{json}");
            assert!(completeness.is_complete(), "{json}");
        }
        assert_eq!(routes(ONE).expect("single").0, plain[..1]);
    }

    #[test]
    fn nothing_in_every_shape() {
        for json in [
            "[]",
            "{}",
            r#"{"data":[]}"#,
            r#"{"data":{}}"#,
            r#"{"data":[],"total":0}"#,
        ] {
            let (items, completeness) = routes(json).expect(json);
            assert!(items.is_empty() && completeness.is_complete(), "{json}");
        }
    }

    #[test]
    fn the_key_of_a_map_fills_a_missing_name() {
        let list = domains(
            r#"{"acme.15611.service":{"reseller":15611,"description":null},"b.15611.service":{"domain":"B.15611.service"}}"#,
        );
        assert_eq!(list[0].domain.as_deref(), Some("acme.15611.service"));
        assert_eq!(list[0].reseller.as_deref(), Some("15611"));
        assert_eq!(list[1].domain.as_deref(), Some("B.15611.service"));
        let (list, _) = routes(r#"{"16165550101":{"destination":"john"},"0":{"destination":"x"}}"#)
            .expect("map");
        assert_eq!(list[0].ani.as_deref(), Some("16165550101"));
        assert_eq!(list[1].ani, None, "an index is no number");
    }

    #[test]
    fn what_is_not_a_list_is_never_an_empty_one() {
        for json in [
            "",
            " ",
            "null",
            "5",
            "\"x\"",
            "true",
            "[1]",
            "[null]",
            "[[\"1\",\"2\"]]",
            "nonsense",
            r#"{"error":"x","message":"y"}"#,
            r#"{"message":"Unauthenticated."}"#,
            r#"{"data":null}"#,
            r#"{"data":5}"#,
            r#"{"total":3}"#,
            r#"{"status":200}"#,
            r#"[{"ani":{}}]"#,
            r#"[{"ani":1,"ani":2}]"#,
            r#"{"ani":"1","ani":"2"}"#,
            "[] x",
            r#"{"data":[],"data":[]}"#,
            "[{\"ani\":\"\u{0}\"}]",
            r#"{"x":{"ani":"1","ani":"2"}}"#,
        ] {
            let outcome = routes(json);
            assert!(
                matches!(outcome, Err(Error::Unreadable { .. })),
                "{json}: {outcome:?}"
            );
        }
        assert!(decode_list(&b"[{\"ani\":\"\xff\"}]"[..], &mut |_: Route| Ok(())).is_err());
    }

    #[test]
    fn a_list_that_ends_early_is_truncated_wherever_it_ends() {
        let whole = format!(r#"{{"data":[{ONE},{ONE}]}}"#);
        for end in 1..whole.len() {
            let cut = &whole[..end];
            let Err(Error::Transport(transport)) = routes(cut) else {
                panic!("{cut} was taken");
            };
            assert_eq!(transport.kind, TransportKind::Truncated);
        }
    }

    #[test]
    fn pages_that_are_missing_are_reported() {
        for (envelope, missing) in [
            (
                r#""pagination":{"count":57,"per_page":1,"page":1}"#,
                Some(57),
            ),
            (r#""current_page":1,"per_page":1,"total":57"#, Some(57)),
            (r#""total":"57""#, Some(57)),
            (r#""current_page":1,"last_page":2"#, None),
            (r#""pagination":{"page":2,"count":1}"#, None),
            (r#""next_page_url":"https://x.example/?page=2""#, None),
            (r#""links":{"next":"x"}"#, None),
            (r#""has_more":true"#, None),
        ] {
            let json = format!(r#"{{"data":[{ONE}],{envelope}}}"#);
            let (_, completeness) = routes(&json).expect(&json);
            assert_eq!(completeness.missing, Some(missing), "{json}");
        }
        for envelope in [
            r#""next_page_url":null"#,
            r#""total":1"#,
            r#""current_page":1,"last_page":1"#,
        ] {
            let json = format!(r#"{{"data":[{ONE}],{envelope}}}"#);
            assert!(routes(&json).expect(&json).1.is_complete(), "{json}");
        }
    }

    #[test]
    fn items_are_handed_on_before_the_list_ends() {
        let mut received = 0;
        let text = format!("[{ONE},{ONE},");
        let outcome = decode_list(
            text.as_bytes().chain(std::io::repeat(b' ')),
            &mut |_: Route| {
                received += 1;
                if received == 2 { Err(Halt) } else { Ok(()) }
            },
        );
        assert!(matches!(outcome, Err(Error::Halted)));
        assert_eq!(received, 2);
    }

    #[test]
    fn one_item_cannot_fill_the_memory() {
        let endless = b"[{\"ani\":\"".as_slice().chain(std::io::repeat(b'1'));
        let outcome = decode_list(endless, &mut |_: Route| Ok(()));
        assert!(matches!(outcome, Err(Error::Transport(t)) if t.kind == TransportKind::TooLarge));
    }

    #[test]
    fn deep_nesting_does_no_harm() {
        let deep = format!("[{{\"x\":{}1", "[".repeat(200_000));
        assert!(routes(&deep).is_err());
        let deep = format!("{}{}", "{\"x\":".repeat(100_000), "}".repeat(100_000));
        assert!(routes(&deep).is_err());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[\\[\\]{}\",:a-d0-9 ntrue.]{0,60}") {
            let _ = routes(&text);
        }

        #[test]
        fn bytes_never_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..80)) {
            let _ = decode_list(&bytes[..], &mut |_: Route| Ok(()));
        }

        #[test]
        fn blocks_of_any_size_give_the_same_list(
            text in "[\\[{]{1,2}(\"(ani|data|[0-3])\":|[\\[\\]{},0-3é ]|null){0,24}",
            block in 4usize..9,
        ) {
            let read = |reader: &mut dyn Read| {
                let mut items = Vec::new();
                let end = decode_list(reader, &mut |route: Route| {
                    items.push(route);
                    Ok(())
                });
                (items, format!("{end:?}"))
            };
            let mut blocks = text.as_bytes().chunks(block);
            let mut drip = Blocks(&mut blocks);
            proptest::prop_assert_eq!(read(&mut drip), read(&mut text.as_bytes()));
        }
    }
}
