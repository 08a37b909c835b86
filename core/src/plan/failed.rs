//! The rows that were not done, as a file that can be planned again: in the input's own form, each with
//! its reason.

use std::io;

use serde_json::{Map, Value};

use super::columns::Column;
use super::files::{File, Format};
use super::layout::{Form, Layout};
use super::rows::Row;
use crate::model::{Change, Route, cell};

/// A row that was not done.
#[derive(Clone, Debug)]
pub struct Left<'a> {
    /// `routes.csv:12`, or `--prune`.
    pub source: &'a str,
    /// What was to be done; none for a row that was left out of the plan.
    pub change: Option<&'a Change>,
    /// Why not.
    pub reason: String,
}

/// The rows of a file as they stand in it, every column of theirs included; the deletes of `--prune`,
/// which no row asked for, become rows with `state` absent.
///
/// # Errors
/// None in practice: the CSV writer speaks of I/O, and there is none here.
pub fn of_file(file: &File<'_>, left: &[Left<'_>]) -> io::Result<String> {
    match &file.layout {
        None => Ok(objects(file, left)),
        Some(layout) if left.iter().all(|one| can_say(file, layout, one)) => {
            Ok(rows(file, layout, left))
        }
        Some(_) => plain(Format::Csv, left),
    }
}

/// Whether a sheet's columns can say it: a row of its own always; a delete that no row asked for only
/// where `state` is not somebody else's and the called number has a column.
fn can_say(file: &File<'_>, layout: &Layout, left: &Left<'_>) -> bool {
    let route = left.change.and_then(stated);
    let is_bare = route.is_none_or(|(route, _)| route.dnis.is_none());
    let says = (is_bare || layout.has(Column::Dnis)) && !file.foreign.contains("state");
    says || row(file, left).is_some()
}

/// Writes changes as a file of routes in the given form: deletes as `state` absent, the rest present.
///
/// Numbers are in the spelling that would have been sent. An add or change under a number that only
/// the server knows reads back as long as the server still has it.
///
/// # Errors
/// As [`of_file`].
pub fn plain(format: Format, left: &[Left<'_>]) -> io::Result<String> {
    let rows = left
        .iter()
        .filter_map(|one| Some((one, stated(one.change?)?)));
    match format {
        Format::Csv => csv(rows),
        Format::Json => {
            let objects = rows.map(|(left, (route, state))| object(route, state, &left.reason));
            Ok(format!("{}\n", Value::Array(objects.collect())))
        }
    }
}

const HEADER: [&str; 7] = [
    "ani", "dnis", "domain", "application", "destination", "state", "reason",
];

fn row<'f, 'a>(file: &'f File<'a>, left: &Left<'_>) -> Option<&'f Row<'a>> {
    let line = left.source.strip_prefix(&file.name)?.strip_prefix(':')?;
    let line = line.parse().ok()?;
    let at = file.rows.binary_search_by_key(&line, |row| row.line).ok()?;
    file.rows.get(at)
}

fn stated(change: &Change) -> Option<(&Route, &'static str)> {
    match (&change.after, &change.before) {
        (Some(after), _) => Some((after, "present")),
        (None, Some(before)) => Some((before, "absent")),
        (None, None) => None,
    }
}

/// Rows of a table, cell by cell as they are, `reason` in a column of its own.
fn rows(file: &File<'_>, layout: &Layout, left: &[Left<'_>]) -> String {
    let header = layout.record(file.text, layout.header_at).cells(file.text);
    let is_reason = |cell: &String| cell.trim_matches('"').trim().eq_ignore_ascii_case("reason");
    let reason = header.iter().position(is_reason).unwrap_or(header.len());
    let width = header.len().max(reason + 1);
    // Deletes that no row asked for need a word for it.
    let pruned = left.iter().any(|one| row(file, one).is_none());
    let state = (pruned && !layout.has(Column::State)).then_some(width);
    let line = |mut cells: Vec<String>, last: &str, goes: &str| {
        cells.resize(width, String::new());
        cells[reason] = last.to_owned();
        cells.extend(state.map(|_| goes.to_owned()));
        layout.join(&cells)
    };
    let named = header.get(reason).cloned();
    let mut lines = vec![line(header, named.as_deref().unwrap_or("reason"), "state")];
    for one in left {
        let cells = match (row(file, one), one.change.and_then(stated)) {
            (Some(row), _) => (layout.record(file.text, row.at).cells(file.text), ""),
            (None, Some((route, state))) => (layout.row(route, state, ""), state),
            (None, None) => continue,
        };
        let reason = layout.written(&one.reason, Form::Plain);
        lines.push(line(cells.0, &reason, cells.1));
    }
    let head = file.text.get(..layout.header_at).unwrap_or_default();
    let end = layout.line_end;
    format!("{head}{}{end}", lines.join(end))
}

/// Objects of JSON: an array, the envelope of one, or a line each.
fn objects(file: &File<'_>, left: &[Left<'_>]) -> String {
    let first = |text: &str| -> Option<Map<String, Value>> {
        let mut values = serde_json::Deserializer::from_str(text).into_iter();
        values.next()?.ok()
    };
    let objects = left.iter().filter_map(|one| {
        let Some(row) = row(file, one) else {
            let (route, state) = stated(one.change?)?;
            return Some(object(route, state, &one.reason));
        };
        let mut object = first(file.text.get(row.at..)?)?;
        object.insert("reason".to_owned(), one.reason.as_str().into());
        Some(Value::Object(object))
    });
    let objects: Vec<Value> = objects.collect();
    let envelope = first(file.text).filter(|object| object.contains_key("routes"));
    if let Some(mut envelope) = envelope {
        envelope.insert("routes".to_owned(), objects.into());
        return format!("{}\n", Value::Object(envelope));
    }
    if file.text.trim_start().starts_with('{') {
        return objects.iter().map(|object| format!("{object}\n")).collect();
    }
    format!("{}\n", Value::Array(objects))
}

fn fields(route: &Route) -> [&str; 5] {
    super::server::cells(route)
}

fn csv<'c>(
    rows: impl Iterator<Item = (&'c Left<'c>, (&'c Route, &'static str))>,
) -> io::Result<String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for (left, (route, state)) in rows {
        let guarded = fields(route).map(cell::guard);
        let record = guarded.iter().map(|value| value.as_ref());
        writer.write_record(record.chain([state, &cell::guard(&left.reason)]))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(::csv::IntoInnerError::into_error)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

fn object(route: &Route, state: &str, reason: &str) -> Value {
    let mut object = match serde_json::json!(route) {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    object.insert("state".to_owned(), state.into());
    object.insert("reason".to_owned(), reason.into());
    Value::Object(object)
}
