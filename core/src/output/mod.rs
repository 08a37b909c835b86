//! Values → bytes on any `Write`: tables, JSON, ndjson, CSV and TSV, row by row as they come.
//!
//! Nothing here knows what standard output is: `ui` hands over the writer and prints the
//! rest. Lists of any size go through in flat memory; only a table's first block is held back, to
//! learn its column widths.

mod csv;
mod fields;
mod format;
mod jq;
mod json;
mod list;
mod table;
mod visible;

pub use fields::{Fields, FieldsError};
pub use format::Format;
pub use jq::{Jq, JqError, JqRows, JqRunError, filters_may_take};
pub use list::{ListOptions, ListWriter};
pub use visible::{is_hostile, visible, visible_json, visible_multiline};
