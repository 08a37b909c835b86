//! The rows that were not done, as a file that can be planned again.

use std::io;

use super::files::Format;
use crate::model::{Change, Route, cell};

/// Writes changes as a file of routes in the given form: deletes as `state` absent, the rest present.
///
/// Numbers are in the spelling that would have been sent. An add or change under a number that only
/// the server knows reads back as long as the server still has it.
///
/// # Errors
/// None in practice: the CSV writer speaks of I/O, and there is none here.
pub fn write<'c>(
    format: Format,
    changes: impl IntoIterator<Item = &'c Change>,
) -> io::Result<Vec<u8>> {
    let rows = changes.into_iter().filter_map(row);
    match format {
        Format::Csv => csv(rows),
        Format::Json => Ok(json(rows)),
    }
}

const HEADER: [&str; 6] = [
    "ani",
    "dnis",
    "domain",
    "application",
    "destination",
    "state",
];

fn row(change: &Change) -> Option<(&Route, &'static str)> {
    match (&change.after, &change.before) {
        (Some(after), _) => Some((after, "present")),
        (None, Some(before)) => Some((before, "absent")),
        (None, None) => None,
    }
}

fn fields(route: &Route) -> [Option<&str>; 5] {
    [
        &route.ani,
        &route.dnis,
        &route.domain,
        &route.application,
        &route.destination,
    ]
    .map(Option::as_deref)
}

fn csv<'c>(rows: impl Iterator<Item = (&'c Route, &'static str)>) -> io::Result<Vec<u8>> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for (route, state) in rows {
        let values = fields(route).map(Option::unwrap_or_default);
        let guarded: Vec<_> = values.into_iter().map(cell::guard).collect();
        let record = guarded.iter().map(|value| value.as_ref());
        writer.write_record(record.chain([state]))?;
    }
    writer
        .into_inner()
        .map_err(::csv::IntoInnerError::into_error)
}

fn json<'c>(rows: impl Iterator<Item = (&'c Route, &'static str)>) -> Vec<u8> {
    let rows = rows.map(|(route, state)| {
        let values = fields(route).into_iter().chain([Some(state)]);
        let object: serde_json::Map<_, _> = HEADER
            .into_iter()
            .zip(values)
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        serde_json::Value::Object(object)
    });
    let mut text = serde_json::Value::Array(rows.collect()).to_string();
    text.push('\n');
    text.into_bytes()
}
