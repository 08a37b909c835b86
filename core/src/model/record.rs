//! Rows with named columns, and `record!`: a row of the server's lists from one table of its fields.

use std::borrow::Cow;

/// One row of a list. The column names are the JSON keys, the CSV header and the table's header.
pub trait Row {
    /// All columns in their order.
    const COLUMNS: &'static [&'static str];

    /// Those that are `true`, `false` or nothing, which JSON writes without quotes.
    const SWITCHES: &'static [&'static str] = &[];

    /// Those that tables show and other formats only where they are asked for.
    const IN_TABLES: &'static [&'static str] = &[];

    /// The cell at an index of [`Self::COLUMNS`]; none where the server told nothing, and beyond the end.
    fn cell(&self, column: usize) -> Option<&str>;

    /// The same as people see it in a table.
    fn shown(&self, column: usize) -> Option<Cow<'_, str>> {
        self.cell(column).map(Cow::Borrowed)
    }

    /// About how many bytes it takes in memory, the growth of what holds it included.
    fn weight(&self) -> usize {
        let cell = |column| 48 + self.cell(column).map_or(0, |text| 16 + text.len());
        (0..Self::COLUMNS.len()).map(cell).sum()
    }
}

/// Any row, for what is compiled once for all of them.
pub trait Cells {
    /// [`Row::cell`].
    fn cell_at(&self, column: usize) -> Option<&str>;

    /// [`Row::shown`].
    fn shown_at(&self, column: usize) -> Option<Cow<'_, str>>;
}

impl<T: Row> Cells for T {
    fn cell_at(&self, column: usize) -> Option<&str> {
        self.cell(column)
    }

    fn shown_at(&self, column: usize) -> Option<Cow<'_, str>> {
        self.shown(column)
    }
}

/// A row of the server's lists: every field a text or nothing, and behind each what reads it and, where
/// people are shown it otherwise, what shows it; last the fields that only tables show unasked.
macro_rules! record {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $reader:literal $(=> $shown:path)?,)* } $($in_tables:ident)*) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            $($(#[$doc])* #[serde(default, deserialize_with = $reader)] pub $field: Option<String>,)*
        }

        impl $crate::model::Row for $name {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];
            const IN_TABLES: &'static [&'static str] = &[$(stringify!($in_tables)),*];

            fn cell(&self, column: usize) -> Option<&str> {
                [$(&self.$field),*].get(column)?.as_deref()
            }

            fn shown(&self, column: usize) -> Option<std::borrow::Cow<'_, str>> {
                let cell = self.cell(column)?;
                $($(if Self::COLUMNS[column] == stringify!($field) {
                    return Some($shown(cell));
                })?)*
                Some(std::borrow::Cow::Borrowed(cell))
            }
        }
    };
}

pub(super) use record;
