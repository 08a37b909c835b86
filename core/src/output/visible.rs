//! Characters that could mislead a reader or steer a terminal, made visible.
//!
//! Server, file and argument texts pass through here before a terminal sees them (`design.md` §2
//! "Hostile bytes"). Escapes look like Rust's (`\u{1b}`), in JSON like JSON's (`\u001b`).

use std::borrow::Cow;
use std::fmt::Write as _;

pub use crate::model::is_hostile;

/// A text for one line of a terminal: every hostile character as `\u{…}`, line ends and tabs too.
///
/// Clean text is borrowed, so escaping twice changes nothing.
pub fn visible(text: &str) -> Cow<'_, str> {
    escape(text, is_hostile, |escaped, c| {
        let _ = write!(escaped, "\\u{{{:x}}}", u32::from(c));
    })
}

/// As [`visible`], for texts of several lines: `\n` stays.
pub fn visible_multiline(text: &str) -> Cow<'_, str> {
    escape(text, is_hostile_in_lines, |escaped, c| {
        let _ = write!(escaped, "\\u{{{:x}}}", u32::from(c));
    })
}

/// Finished JSON text with every hostile character in JSON's own `\uXXXX` form; `\n` stays.
///
/// serde_json escapes C0 inside strings itself. What is left can stand only inside strings, where
/// the escape means the same, so the value does not change.
pub fn visible_json(json: &str) -> Cow<'_, str> {
    escape(json, is_hostile_in_lines, |escaped, c| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    })
}

fn is_hostile_in_lines(c: char) -> bool {
    c != '\n' && is_hostile(c)
}

fn escape(
    text: &str,
    bad: impl Fn(char) -> bool,
    write: impl Fn(&mut String, char),
) -> Cow<'_, str> {
    // Nearly everything is printable ASCII: looking at bytes is much cheaper than at characters.
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let Some(first) = text.find(&bad) else {
        return Cow::Borrowed(text);
    };
    let mut escaped = String::with_capacity(text.len() + 16);
    escaped.push_str(&text[..first]);
    for c in text[first..].chars() {
        if bad(c) {
            write(&mut escaped, c);
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::{is_hostile, visible, visible_json, visible_multiline};

    #[test]
    fn what_steers_a_terminal_or_hides_is_spelled_out() {
        for (text, shown) in [
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("a\nb\tc\r", "a\\u{a}b\\u{9}c\\u{d}"),
            ("\u{7f}", "\\u{7f}"),
            ("a\u{202e}b\u{2066}", "a\\u{202e}b\\u{2066}"),
            ("jo\u{200b}hn\u{feff}", "jo\\u{200b}hn\\u{feff}"),
            ("\u{e0041}\u{fe0f}", "\\u{e0041}\\u{fe0f}"),
            ("\u{2028}", "\\u{2028}"),
        ] {
            assert_eq!(visible(text), shown, "{text:?}");
        }
    }

    #[test]
    fn both_ends_of_every_range_are_hostile() {
        let ends = "\0\u{1f}\u{7f}\u{9f}\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}\u{180f}\u{200b}\u{200f}\u{2028}\u{202e}\u{2060}\u{206f}\u{3164}\u{fe00}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{fffb}\u{1d173}\u{1d17a}\u{e0000}\u{e007f}\u{e01ef}\u{e0fff}";
        let missed: Vec<char> = ends.chars().filter(|c| !is_hostile(*c)).collect();
        assert!(missed.is_empty(), "{missed:?}");
    }

    #[test]
    fn ordinary_text_of_any_language_is_borrowed() {
        for text in ["", "john", "Ärzte → 日本語 🙂", "e\u{301}", "a\u{a0}b"] {
            assert!(matches!(visible(text), Cow::Borrowed(_)), "{text:?}");
        }
    }

    #[test]
    fn several_lines_stay_lines() {
        assert_eq!(visible_multiline("a\nb\u{1b}"), "a\nb\\u{1b}");
    }

    proptest! {
        #[test]
        fn nothing_hostile_is_left_and_twice_is_once(text in any::<String>()) {
            let shown = visible(&text).into_owned();
            prop_assert!(!shown.contains(is_hostile));
            prop_assert!(matches!(visible(&shown), Cow::Borrowed(_)));
            prop_assert_eq!(shown == text, !text.contains(is_hostile));
        }

        #[test]
        fn json_keeps_its_value(text in any::<String>()) {
            let json = serde_json::to_string(&text).expect("json");
            let shown = visible_json(&json);
            prop_assert!(!shown.contains(is_hostile));
            prop_assert_eq!(serde_json::from_str::<String>(&shown).expect("json"), text);
        }
    }

    #[test]
    fn json_escapes_beyond_the_first_plane_as_a_pair() {
        let json = serde_json::to_string("\u{7f}\u{202e}\u{e0041}").expect("json");
        assert_eq!(visible_json(&json), r#""\u007f\u202e\udb40\udc41""#);
    }
}
