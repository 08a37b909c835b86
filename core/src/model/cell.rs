//! The guard that keeps a spreadsheet from running a cell as a formula, and its undoing.
//!
//! Every CSV and TSV writer guards and every reader unguards, so whatever bytes a server holds come
//! back unchanged (`design.md` §2 "Hostile bytes").

use std::borrow::Cow;

/// The mark a guarded cell gets in front; spreadsheets read it as "this is text".
const MARK: char = '\'';

/// The line, from 1, where a record begins that [`csv`] read from `text`; 0 where it does not know.
///
/// Its own position is before the line ends that it skips: behind a CRLF and blank lines that is too early.
pub fn line(text: &str, position: Option<&csv::Position>) -> usize {
    let Some(position) = position else {
        return 0;
    };
    let at = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let skipped = rest.iter().take_while(|byte| b"\r\n".contains(byte));
    let more = skipped.filter(|byte| **byte == b'\n').count();
    usize::try_from(position.line()).unwrap_or(0) + more
}

/// A cell as it is written: one `'` in front of what starts with `=`, `+`, `-`, `@`, TAB, CR or `'`.
///
/// Digits with an optional `+` are left alone: no formula, and people filter and sort by them.
pub fn guard(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(is_risky) && !is_number(cell) {
        Cow::Owned(format!("{MARK}{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// A cell as it was meant: exactly one `'` goes where a guard could have put it.
///
/// A `'` in front of anything else is the person's own and stays.
pub fn unguard(cell: &str) -> Cow<'_, str> {
    match cell.strip_prefix(MARK) {
        Some(rest) if rest.starts_with(is_risky) => Cow::Borrowed(rest),
        _ => Cow::Borrowed(cell),
    }
}

fn is_risky(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | MARK)
}

fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('+').unwrap_or(cell);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{guard, line, unguard};
    use proptest::prelude::*;

    #[test]
    fn formulas_are_guarded_and_numbers_are_not() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("+1616x", "'+1616x"),
            ("+", "'+"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("'", "''"),
            ("'=1", "''=1"),
            ("'quoted'", "''quoted'"),
            ("+16165551234", "+16165551234"),
            ("16165551234", "16165551234"),
            ("john", "john"),
            ("", ""),
            ("\n=1", "\n=1"),
        ] {
            assert_eq!(guard(cell), written, "{cell:?}");
            assert_eq!(unguard(written), cell, "{written:?}");
        }
    }

    #[test]
    fn a_record_stands_where_an_editor_shows_it() {
        for (text, lines) in [
            ("a,b\n1,2\n\n3,4\n", [2, 4]),
            ("a,b\r\n1,2\r\n\r\n\r\n3,4", [2, 5]),
            ("\n\na,b\n1,\"2\r\n2\"\r\n3,4\n", [4, 6]),
        ] {
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let records = reader.records().map(|record| record.expect("a record"));
            let found: Vec<usize> = records.map(|it| line(text, it.position())).collect();
            assert_eq!(found, lines, "{text:?}");
        }
    }

    #[test]
    fn reading_strips_exactly_one_and_only_where_a_guard_could_stand() {
        assert_eq!(unguard("''=1"), "'=1");
        assert_eq!(unguard("'+16165551234"), "+16165551234");
        assert_eq!(unguard("'john"), "'john");
        assert_eq!(unguard("'"), "'");
    }

    proptest! {
        #[test]
        fn what_was_guarded_comes_back(cell in "[-=+@'\t\r\n0-9a\\PC]{0,6}") {
            let written = guard(&cell);
            prop_assert_eq!(unguard(&written), cell.as_str());
        }

        #[test]
        fn nothing_written_starts_a_formula(cell in "[-=+@'\t\r0-9a]{0,6}") {
            let written = guard(&cell);
            let number = written.strip_prefix('+').is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()));
            prop_assert!(number || !written.starts_with(['=', '+', '-', '@', '\t', '\r']));
        }
    }
}
