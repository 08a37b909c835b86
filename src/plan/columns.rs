//! The names a column or JSON key may have: the reference's, and what people call them.

use super::problems::quoted;
use crate::model::nearest;

/// A column that means something; the number is its cell in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Ani,
    Dnis,
    Domain,
    Application,
    Destination,
    State,
    Base,
}

/// How many cells a row has.
pub(super) const CELLS: usize = 7;

/// What a header cell or JSON key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Of(Column),
    /// A column of the person's own, which is read over.
    Free,
}

const NAMES: [(&str, Name); 19] = [
    ("ani", Name::Of(Column::Ani)),
    ("caller", Name::Of(Column::Ani)),
    ("from", Name::Of(Column::Ani)),
    ("caller_id", Name::Of(Column::Ani)),
    ("dnis", Name::Of(Column::Dnis)),
    ("called", Name::Of(Column::Dnis)),
    ("to", Name::Of(Column::Dnis)),
    ("did", Name::Of(Column::Dnis)),
    ("domain", Name::Of(Column::Domain)),
    ("application", Name::Of(Column::Application)),
    ("app", Name::Of(Column::Application)),
    ("destination", Name::Of(Column::Destination)),
    ("dest", Name::Of(Column::Destination)),
    ("state", Name::Of(Column::State)),
    ("base", Name::Of(Column::Base)),
    ("note", Name::Free),
    ("notes", Name::Free),
    ("name", Name::Free),
    ("label", Name::Free),
];

impl Column {
    /// The plain name.
    pub(super) fn name(self) -> &'static str {
        [
            "ani",
            "dnis",
            "domain",
            "application",
            "destination",
            "state",
            "base",
        ][self as usize]
    }
}

/// What a name means: without regard to case, with `-` and spaces as `_`.
pub(super) fn find(name: &str) -> Option<Name> {
    let name = name.trim().to_lowercase().replace([' ', '-'], "_");
    NAMES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, column)| *column)
}

/// The words for a name nobody knows, with the nearest known one.
pub(super) fn unknown(noun: &str, name: &str) -> String {
    let hint = match nearest(name.trim(), NAMES.iter().map(|(name, _)| *name)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "known are `ani`, `dnis`, `domain`, `application`, `destination`, `state`, `base` and the free `note`, `name`, `label`".to_owned(),
    };
    format!("unknown {noun} {}: {hint}", quoted(name))
}

#[cfg(test)]
mod tests {
    use super::{Column, Name, find, unknown};

    #[test]
    fn names_and_aliases_without_regard_to_case() {
        for (name, column) in [
            ("ANI", Column::Ani),
            (" Caller ID ", Column::Ani),
            ("from", Column::Ani),
            ("DID", Column::Dnis),
            ("to", Column::Dnis),
            ("called", Column::Dnis),
            ("Dest", Column::Destination),
            ("app", Column::Application),
        ] {
            assert_eq!(find(name), Some(Name::Of(column)), "{name}");
            assert_eq!(find(column.name()), Some(Name::Of(column)));
        }
        assert_eq!(find("Label"), Some(Name::Free));
        assert_eq!(find("domian"), None);
    }

    #[test]
    fn an_unknown_name_names_the_nearest() {
        assert!(unknown("column", "domian").contains("did you mean `domain`?"));
        assert!(unknown("column", "zzz").contains("known are"));
    }
}
