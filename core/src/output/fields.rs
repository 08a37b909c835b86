//! Which columns a list shows, and in which order.

use std::borrow::Cow;

use crate::model::{Cells, Row, nearest};

/// A selection of columns: never empty, each at most once, in the order asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    names: Vec<&'static str>,
    indexes: Vec<usize>,
    switches: &'static [&'static str],
}

/// Why a `--fields` value is not a selection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldsError {
    /// No name at all, or nothing between two commas.
    #[error("an empty name; accepted are {}", .known.join(", "))]
    Empty {
        /// What there is to choose from.
        known: &'static [&'static str],
    },
    /// No column has this name.
    #[error("there is no column `{name}`{}; accepted are {}", meant(.name, .known), .known.join(", "))]
    Unknown {
        /// The name as typed.
        name: String,
        /// What there is to choose from.
        known: &'static [&'static str],
    },
    /// One name twice: a JSON object could not hold both.
    #[error("`{name}` stands twice")]
    Twice {
        /// The name.
        name: String,
    },
}

impl FieldsError {
    /// An unknown name, and the column most like it.
    pub fn nearest(&self) -> Option<(&str, &'static str)> {
        match self {
            Self::Unknown { name, known } => Some((name, nearest(name, known.iter().copied())?)),
            Self::Empty { .. } | Self::Twice { .. } => None,
        }
    }
}

fn meant(name: &str, known: &[&'static str]) -> String {
    nearest(name, known.iter().copied())
        .map(|nearest| format!(", did you mean `{nearest}`?"))
        .unwrap_or_default()
}

impl Fields {
    /// Every column in its own order, but for those that only tables show unasked.
    pub fn all<T: Row>(table: bool) -> Self {
        let shown = |column: &usize| table || !T::IN_TABLES.contains(&T::COLUMNS[*column]);
        let indexes: Vec<usize> = (0..T::COLUMNS.len()).filter(shown).collect();
        Self {
            names: indexes.iter().map(|column| T::COLUMNS[*column]).collect(),
            indexes,
            switches: T::SWITCHES,
        }
    }

    /// Reads `a,b`: names of `T`'s columns between commas, spaces around them ignored.
    pub fn parse<T: Row>(text: &str) -> Result<Self, FieldsError> {
        let none = Self {
            names: Vec::new(),
            indexes: Vec::new(),
            switches: T::SWITCHES,
        };
        none.with(text, T::COLUMNS)
    }

    fn with(mut self, text: &str, known: &'static [&'static str]) -> Result<Self, FieldsError> {
        for name in text.split(',').map(str::trim) {
            if name.is_empty() {
                return Err(FieldsError::Empty { known });
            }
            let Some(index) = known.iter().position(|column| *column == name) else {
                return Err(FieldsError::Unknown {
                    name: name.to_owned(),
                    known,
                });
            };
            if self.indexes.contains(&index) {
                return Err(FieldsError::Twice {
                    name: name.to_owned(),
                });
            }
            self.names.push(known[index]);
            self.indexes.push(index);
        }
        Ok(self)
    }

    /// The chosen names in order.
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// The chosen names, and whether their cells are `true` or `false` and no texts.
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let names = self.names.iter();
        names.map(|name| (*name, self.switches.contains(name)))
    }

    /// The chosen cells of a row in order.
    pub fn cells<'a>(
        &'a self,
        row: &'a dyn Cells,
    ) -> impl Iterator<Item = Option<&'a str>> + Clone {
        self.indexes.iter().map(|index| row.cell_at(*index))
    }

    /// The same as people see them in a table.
    pub fn shown<'a>(&'a self, row: &'a dyn Cells) -> impl Iterator<Item = Option<Cow<'a, str>>> {
        self.indexes.iter().map(|index| row.shown_at(*index))
    }
}

#[cfg(test)]
mod tests {
    use super::{Fields, FieldsError};
    use crate::model::Route;

    #[test]
    fn a_selection_keeps_its_order() {
        let fields = Fields::parse::<Route>("destination, ani").expect("fields");
        assert_eq!(fields.names(), ["destination", "ani"]);
        let route = Route {
            ani: Some("1".into()),
            ..Route::default()
        };
        let cells: Vec<_> = fields.cells(&route).collect();
        assert_eq!(cells, [None, Some("1")]);
    }

    #[test]
    fn an_unknown_name_gets_the_nearest() {
        let error = Fields::parse::<Route>("ani,destinaton").expect_err("a typo");
        assert_eq!(error.nearest(), Some(("destinaton", "destination")));
        assert_eq!(
            error.to_string(),
            "there is no column `destinaton`, did you mean `destination`?; accepted are ani, dnis, domain, application, destination"
        );
    }

    #[test]
    fn empty_and_doubled_names_are_refused() {
        for text in ["", ",", "ani,", " "] {
            let error = Fields::parse::<Route>(text).expect_err(text);
            assert!(matches!(error, FieldsError::Empty { .. }), "{text:?}");
        }
        assert_eq!(
            Fields::parse::<Route>("ani,ani"),
            Err(FieldsError::Twice { name: "ani".into() })
        );
    }
}
