//! The names a column or JSON key may have: the reference's, and what people call them.

use super::problems::quoted;

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

const NAMES: [(&str, Name); 20] = [
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
    ("reason", Name::Free),
];

impl Column {
    /// The plain name.
    pub(super) fn name(self) -> &'static str {
        [
            "ani", "dnis", "domain", "application", "destination", "state", "base",
        ][self as usize]
    }
}

/// What a name means: without regard to case, with `-` and spaces as `_`.
pub(super) fn find(name: &str) -> Option<Name> {
    let known = |name: &str| NAMES.iter().find(|(known, _)| *known == name);
    let (_, meaning) = known(name).or_else(|| known(&plain(name)))?;
    Some(*meaning)
}

/// The words for a name that is near to one that means something; none for a foreign one.
pub(super) fn misspelt(noun: &str, text: &str) -> Option<String> {
    let name = plain(text);
    let is_near = |known: &str| {
        // Of the short names only those that the server knows: `id` is no misspelt `did`.
        let counts = known.len() > 5 || ["ani", "dnis", "base"].contains(&known);
        counts && strsim::damerau_levenshtein(&name, known) <= (known.len() / 4).max(1)
    };
    let (near, _) = NAMES.iter().find(|(known, _)| is_near(known))?;
    Some(format!(
        "unknown {noun} {}: did you mean `{near}`?",
        quoted(text)
    ))
}

fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::{Column, Name, find, misspelt};

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
    fn a_name_near_to_a_known_one_is_misspelt_and_any_other_is_foreign() {
        for (name, near) in [
            ("domian", "domain"),
            ("Domains", "domain"),
            ("dniss", "dnis"),
            ("an", "ani"),
            ("distination", "destination"),
            ("aplication", "application"),
            ("bas", "base"),
            ("callerid", "caller_id"),
        ] {
            let told = misspelt("column", name);
            assert!(told.is_some_and(|told| told.contains(near)), "{name}");
        }
        for name in [
            "id", "colour", "Description", "owner", "e-mail", "date", "no", "team", "zzz",
        ] {
            assert_eq!(misspelt("column", name), None, "{name}");
        }
    }
}
