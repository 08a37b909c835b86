//! The shapes a list reply can have (`api.md`, Lists), chosen by quirk; the default is the array.

use serde_json::{Map, Value, json};

use super::quirks::{ListShape, NumberType, Quirks, Switch};

/// How many rows a lying envelope claims beyond those it sends.
const CLAIMED: usize = 50;

/// Puts rows, each with the key it has in an object map, into the shape in force.
pub(super) fn shape(shape: ListShape, quirks: &Quirks, rows: Vec<(String, Value)>) -> Value {
    let lie = quirks.paging_lie == Switch::On;
    let shape = match shape {
        ListShape::DataFlat | ListShape::DataPagination => shape,
        _ if lie => ListShape::DataPagination,
        shape => shape,
    };
    let sent = rows.len();
    let total = if lie { sent + CLAIMED } else { sent };
    let per_page = if lie { sent.max(1) } else { sent.max(100) };
    let values = |rows: Vec<(String, Value)>| Value::from_iter(rows.into_iter().map(|row| row.1));
    match shape {
        ListShape::Array => values(rows),
        ListShape::Data => json!({"data": values(rows)}),
        ListShape::DataPagination => json!({
            "pagination": {"count": total, "per_page": per_page, "page": 1},
            "data": values(rows),
        }),
        ListShape::DataFlat => json!({
            "current_page": 1,
            "per_page": per_page,
            "total": total,
            "data": values(rows),
        }),
        // PHP writes an empty map as an empty list.
        ListShape::Object if rows.is_empty() => json!([]),
        ListShape::Object => Value::Object(Map::from_iter(rows)),
        ListShape::Single if sent == 1 => values(rows)[0].take(),
        ListShape::Single => values(rows),
    }
}

/// A field's text, as a JSON number where the quirk says so and the text is one.
pub(super) fn field(text: &str, quirks: &Quirks) -> Value {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    if quirks.number_type == NumberType::Number && plain {
        // Any length: numbers keep their digits (`arbitrary_precision`).
        if let Ok(number) = serde_json::from_str(text) {
            return Value::Number(number);
        }
    }
    Value::from(text)
}

/// The same for a field that may be none.
pub(super) fn optional_field(text: Option<&str>, quirks: &Quirks) -> Value {
    text.map_or(Value::Null, |text| field(text, quirks))
}
