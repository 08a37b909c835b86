//! Reading JSON with the place of every value: the array of `routes list --json`, or the envelope.
//!
//! Values are kept as raw slices of the text until they are needed, so that each knows its offset.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::columns::{Name, find, misspelt};
use super::problems::{Place, Problems, quoted};
use super::rows::{Cell, MAX_ROWS, Row};
use crate::model::Domain;

/// The one envelope we know (`design.md` §6 "Files").
const ENVELOPE: &str = "skyswitch.routes/1";

/// More keys than this in one object are no route and no envelope of ours.
const MAX_KEYS: usize = 64;

/// What a JSON text says; an array has rows alone.
#[derive(Default)]
pub(super) struct Json<'a> {
    pub(super) rows: Vec<Row<'a>>,
    /// The envelope's account and its place.
    pub(super) account: Option<(String, usize)>,
    /// The envelope's scope.
    pub(super) scope: Option<Vec<Domain>>,
}

/// Reads an array, the envelope, or one route after the other (JSON lines).
pub(super) fn read<'a>(text: &'a str, problems: &mut Problems<'_>) -> Json<'a> {
    let mut json = Json::default();
    if text.trim_start().starts_with('[') {
        if let Some(Elements(routes)) = parse(text, text, problems) {
            json.rows = rows(text, &routes, problems);
        }
        return json;
    }
    let mut objects = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let Some(Ok(first)) = objects.next() else {
        parse::<Object<'_>>(text, text, problems);
        return json;
    };
    let Some(Object(entries)) = parse(text, first.get(), problems) else {
        return json;
    };
    let has = |name: &str| entries.iter().any(|(key, _)| key == name);
    if !has("format") && !has("routes") {
        json.rows = lines(text, first, objects, problems);
        return json;
    }
    if !has("format") || !has("routes") {
        let message = "the envelope of a file of routes has both `format` and `routes`";
        problems.add(offset(text, first.get()), message);
        return json;
    }
    let Some(Object(entries)) = parse(text, text, problems) else {
        return json;
    };
    envelope(&mut json, text, &entries, problems);
    json
}

/// Routes without an array around them, up to the first thing that is no JSON.
fn lines<'a>(
    text: &'a str,
    first: &'a RawValue,
    rest: impl Iterator<Item = serde_json::Result<&'a RawValue>>,
    problems: &mut Problems<'_>,
) -> Vec<Row<'a>> {
    let mut routes = vec![first];
    for route in rest {
        match route {
            Ok(route) if routes.len() < MAX_ROWS => routes.push(route),
            Ok(route) => {
                let message = format!("more than {MAX_ROWS} rows: split the file");
                problems.add(offset(text, route.get()), message);
                break;
            }
            Err(error) => {
                unreadable(text, text, &error, problems);
                break;
            }
        }
    }
    rows(text, &routes, problems)
}

/// The envelope's keys; the routes only when its format is known.
fn envelope<'a>(
    json: &mut Json<'a>,
    text: &'a str,
    entries: &[(String, &'a RawValue)],
    problems: &mut Problems<'_>,
) {
    let format = entries.iter().find(|(key, _)| key == "format");
    if let Some((_, raw)) = format
        && string(raw).as_deref() != Some(ENVELOPE)
    {
        let message = format!(
            "unknown format {}: `{ENVELOPE}` is accepted",
            quoted(raw.get())
        );
        problems.add(offset(text, raw.get()), message);
        return;
    }
    for (index, (key, raw)) in entries.iter().enumerate() {
        let at = offset(text, raw.get());
        if entries[..index].iter().any(|(before, _)| before == key) {
            problems.add(at, format!("the key {} stands twice", quoted(key)));
            continue;
        }
        match key.as_str() {
            "format" | "note" | "name" | "label" => {}
            "account" => match string(raw) {
                Some(account) => json.account = Some((account.into_owned(), at)),
                None if raw.get() == "null" => {}
                None => problems.add(at, "`account` must be a string"),
            },
            "scope" if raw.get() == "null" => {}
            "scope" => json.scope = scope(text, raw, problems),
            "routes" => {
                if let Some(Elements(routes)) = parse(text, raw.get(), problems) {
                    json.rows = rows(text, &routes, problems);
                }
            }
            _ => problems.add(
                at,
                format!(
                    "unknown key {}: `format`, `account`, `scope` and `routes` are known",
                    quoted(key)
                ),
            ),
        }
    }
}

/// `{"domains":["acme.15611.service"]}`.
fn scope(text: &str, raw: &RawValue, problems: &mut Problems<'_>) -> Option<Vec<Domain>> {
    let Object(entries) = parse(text, raw.get(), problems)?;
    let [(key, domains)] = &entries[..] else {
        let message = "`scope` has one key, `domains`";
        problems.add(offset(text, raw.get()), message);
        return None;
    };
    if key != "domains" {
        problems.add(
            offset(text, domains.get()),
            "`scope` has one key, `domains`",
        );
        return None;
    }
    let Elements(names) = parse(text, domains.get(), problems)?;
    let mut scope = Vec::with_capacity(names.len());
    for name in names {
        match Domain::parse(&string(name).unwrap_or_default()) {
            Ok(domain) => scope.push(domain),
            Err(error) => problems.add(offset(text, name.get()), error.to_string()),
        }
    }
    Some(scope)
}

fn rows<'a>(text: &'a str, routes: &[&'a RawValue], problems: &mut Problems<'_>) -> Vec<Row<'a>> {
    let mut rows = Vec::with_capacity(routes.len());
    let mut place = Place::new(text);
    for raw in routes {
        if problems.is_full() {
            break;
        }
        let at = offset(text, raw.get());
        place.advance(at);
        if !raw.get().starts_with('{') {
            problems.add(
                at,
                "a route is an object with `ani`, `domain`, `destination`",
            );
        } else if let Some(Object(entries)) = parse(text, raw.get(), problems) {
            rows.extend(row(text, &entries, (place.line, at), problems));
        }
    }
    rows
}

/// One route; none when a key or value in it cannot be read.
fn row<'a>(
    text: &str,
    entries: &[(String, &'a RawValue)],
    (line, at): (usize, usize),
    problems: &mut Problems<'_>,
) -> Option<Row<'a>> {
    let mut row = Row::new(line, at);
    let mut good = true;
    let mut wrong = |at: usize, message: String| {
        good = false;
        problems.add(at, message);
    };
    let mut seen = Vec::with_capacity(entries.len());
    let mut foreign = Vec::new();
    for (key, raw) in entries {
        let at = offset(text, raw.get());
        let column = match find(key) {
            Some(Name::Of(column)) => column,
            Some(Name::Free) => continue,
            None => {
                match misspelt("key", key) {
                    Some(message) => wrong(at, message),
                    None => foreign.push(key),
                }
                continue;
            }
        };
        if seen.contains(&column) {
            wrong(at, format!("two keys mean `{}`", column.name()));
            continue;
        }
        seen.push(column);
        match value(raw) {
            Some(text) => row.cells[column as usize] = Cell { text, at },
            None => wrong(
                at,
                format!("`{}` must be a string, a number or null", column.name()),
            ),
        }
    }
    for key in foreign {
        if !problems.foreign.contains(key) {
            problems.foreign.insert(key.clone());
        }
    }
    good.then_some(row)
}

/// A string, the digits of a number as written, or empty for `null`.
fn value(raw: &RawValue) -> Option<Cow<'_, str>> {
    let text = raw.get();
    match text.as_bytes().first()? {
        b'"' => string(raw),
        b'n' => Some(Cow::Borrowed("")),
        b'-' | b'0'..=b'9' => Some(Cow::Borrowed(text)),
        _ => None,
    }
}

fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    let text = raw.get();
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str::<String>(text).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// Where a slice of the text stands in it.
fn offset(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

/// Reads a slice of the text; a mistake becomes a problem at its place in the whole.
fn parse<'a, T: Deserialize<'a>>(
    text: &str,
    part: &'a str,
    problems: &mut Problems<'_>,
) -> Option<T> {
    match serde_json::from_str(part) {
        Ok(value) => Some(value),
        Err(error) => {
            unreadable(text, part, &error, problems);
            None
        }
    }
}

fn unreadable(text: &str, part: &str, error: &serde_json::Error, problems: &mut Problems<'_>) {
    let lines = (part.split_inclusive('\n')).take(error.line().saturating_sub(1));
    let within = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
    let words = error.to_string();
    let reason = words.rsplit_once(" at line ").map_or(&*words, |(r, _)| r);
    let message = format!("this JSON cannot be read: {reason}");
    problems.add(offset(text, part) + within, message);
}

/// The elements of an array, at most [`MAX_ROWS`].
struct Elements<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Elements<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ElementsVisitor)
    }
}

struct ElementsVisitor;

impl<'de> Visitor<'de> for ElementsVisitor {
    type Value = Elements<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            if elements.len() == MAX_ROWS {
                return Err(Error::custom(format!(
                    "more than {MAX_ROWS} rows: split the file"
                )));
            }
            elements.push(element);
        }
        Ok(Elements(elements))
    }
}

/// The entries of an object in their order, twice where a key stands twice.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            if entries.len() == MAX_KEYS {
                return Err(Error::custom("an object with so many keys is no route"));
            }
            entries.push(entry);
        }
        Ok(Object(entries))
    }
}
