//! The server's loosest field: a string, a number or nothing; and the words for counts.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use serde::de::{Deserialize as _, Deserializer, Error as _};
use serde_json::value::RawValue;

/// Reads a field that may be a string, a number, a boolean, `null` or absent (`api.md`, Lists).
///
/// A number keeps its very bytes: serde_json's own would respell the exponent of a big one. They are taken from
/// the text itself, which must be in memory.
pub(crate) fn optional_text<'de, D>(deserializer: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let text = <&'de RawValue>::deserialize(deserializer)?.get();
    match text.as_bytes() {
        b"null" => Ok(None),
        [b'{' | b'[', ..] => Err(D::Error::custom("a string, a number or null is expected")),
        [b'"', inside @ .., b'"'] if !inside.contains(&b'\\') => {
            Ok(Some(text[1..text.len() - 1].to_owned()))
        }
        [b'"', ..] => serde_json::from_str(text).map_err(D::Error::custom),
        _ => Ok(Some(text.to_owned())),
    }
}

/// Reads a field of any kind as the JSON text that stands there; `null` and absent are nothing.
pub(crate) fn optional_raw<'de, D>(deserializer: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let text = <&'de RawValue>::deserialize(deserializer)?.get();
    Ok((text != "null").then(|| text.to_owned()))
}

/// Whether a character is one that must not reach a terminal raw: controls (C0, DEL, C1), those that
/// reorder text, and those that take no room or look like nothing, so that two texts look like one.
pub fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}'
            | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// "1 route", "2 routes": the count with its noun, `s` added unless it is one.
pub fn count(n: usize, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

/// "1 second", "90 seconds": a time in whole ones.
pub fn seconds(time: Duration) -> String {
    let whole = usize::try_from(time.as_secs()).unwrap_or(usize::MAX);
    count(whole, "second")
}

/// How many lines of one kind people are shown.
const EXAMPLES: usize = 3;

/// Lines for people, each beside its kind: three of a kind together, and how many more there are.
pub fn grouped<K: Eq + Hash>(lines: impl IntoIterator<Item = (K, String)>) -> Vec<String> {
    let mut kinds: Vec<(usize, Vec<String>)> = Vec::new();
    let mut places: HashMap<K, usize> = HashMap::new();
    for (kind, line) in lines {
        let at = *places.entry(kind).or_insert(kinds.len());
        if at == kinds.len() {
            kinds.push((0, Vec::new()));
        }
        let (number, shown) = &mut kinds[at];
        *number += 1;
        if shown.len() < EXAMPLES {
            shown.push(line);
        }
    }
    let with_rest = |(number, mut shown): (usize, Vec<String>)| {
        if number > EXAMPLES {
            shown.push(format!(
                "{} more of this kind, {number} in all",
                number - EXAMPLES
            ));
        }
        shown
    };
    kinds.into_iter().flat_map(with_rest).collect()
}

/// What a line says apart from its values: numbers, and what stands in backticks.
pub fn kind(line: &str) -> String {
    let words = line.split('`').step_by(2);
    words
        .flat_map(str::chars)
        .filter(|c| !c.is_ascii_digit())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{count, grouped, kind, optional_text, seconds};
    use serde::Deserialize;
    use std::time::Duration;

    #[derive(Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "optional_text")]
        v: Option<String>,
    }

    fn read(json: &str) -> Result<Option<String>, serde_json::Error> {
        serde_json::from_str::<Row>(json).map(|row| row.v)
    }

    #[test]
    fn numbers_keep_their_digits() {
        for digits in [
            "16165551234",
            "-3",
            "1e+3",
            "1.6165550142E10",
            "6165550142e0",
            "1.50",
            "616555123400000000000000000001",
        ] {
            let text = read(&format!("{{\"v\":{digits}}}")).expect("a number");
            assert_eq!(text.as_deref(), Some(digits));
        }
    }

    #[test]
    fn null_and_absent_are_nothing_and_an_object_is_an_error() {
        assert_eq!(read("{\"v\":null}").expect("null"), None);
        assert_eq!(read("{}").expect("absent"), None);
        assert!(read("{\"v\":{\"a\":1}}").is_err());
        assert!(read("{\"v\":[1]}").is_err());
        assert!(read("{\"v\":1,\"v\":2}").is_err());
    }

    #[test]
    fn three_lines_of_a_kind_are_shown_and_the_rest_is_counted() {
        let lines = [
            "f:1: `a` is odd", "f:2: no `x`", "f:3: `b` is odd", "f:14: `c` is odd",
        ];
        let told = |more: &[&str]| {
            let all = lines
                .iter()
                .chain(more)
                .map(|line| (kind(line), (*line).to_owned()));
            grouped(all)
        };
        assert_eq!(told(&[]), [lines[0], lines[2], lines[3], lines[1]]);
        let more = told(&["f:20: `d` is odd", "f:21: `` is odd"]);
        assert_eq!(more[3], "2 more of this kind, 5 in all");
        assert_eq!((more.len(), &*more[4]), (5, lines[1]));
    }

    #[test]
    fn counts_in_words() {
        assert_eq!(count(1, "route"), "1 route");
        assert_eq!(count(0, "route"), "0 routes");
        assert_eq!(seconds(Duration::from_secs(1)), "1 second");
    }
}
