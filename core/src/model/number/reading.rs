//! Reading what people write for a number: digits in groups, and why a text is none.

use std::borrow::Cow;

use crate::model::count;

/// The text with the plain form of what phones and word processors write instead.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = |c| match c {
        '\u{ff10}'..='\u{ff19}' => char::from_u32(c as u32 - 0xff10 + 0x30).unwrap_or(c),
        '\u{ff0b}' => '+',
        '\u{a0}' | '\u{2007}' | '\u{202f}' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => '-',
        c => c,
    };
    text.chars().map(plain).collect()
}

/// The digits that are sent for a number as people write it.
pub(super) fn sent(text: &str) -> Result<String, Cow<'static, str>> {
    let trimmed = text.trim_matches(' ');
    let trimmed = trimmed.strip_prefix('\'').unwrap_or(trimmed);
    if trimmed.is_empty() {
        return Err("it is empty".into());
    }
    if let Some(reason) = spreadsheet_damage(trimmed) {
        return Err(reason.into());
    }
    let (international, rest) = match trimmed.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, trimmed),
    };
    if let Some(c) = rest.chars().find(|c| !is_part(*c)) {
        return Err(offending(c));
    }
    let foreigner = international && !rest.trim_start_matches('(').starts_with('1');
    let groups = groups(rest, foreigner)?;
    let digits = groups.concat();
    if !international && (digits.starts_with("00") || digits.starts_with("011")) {
        return Err("international prefixes are written as `+`".into());
    }
    if foreigner {
        foreign(&digits)?;
        // Budapest's ten digits read as a Texan's: only its `+` tells them apart.
        let plus = if is_north_american(&digits) { "+" } else { "" };
        return Ok(format!("{plus}{digits}"));
    }
    north_american(&digits, &groups, international)
}

/// Whether a number may hold it behind its `+`.
fn is_part(c: char) -> bool {
    matches!(c, '0'..='9' | ' ' | '-' | '.' | '(' | ')')
}

/// What is said of a character that no number holds; those that nobody sees have their code and name.
fn offending(c: char) -> Cow<'static, str> {
    if c == '+' {
        return "`+` stands only in front".into();
    }
    if c.is_alphabetic() {
        return format!("it holds letters, the first is `{c}`").into();
    }
    let code = c as u32;
    match INVISIBLE.iter().find(|(known, _)| *known == c) {
        Some((_, name)) => format!("it holds U+{code:04X} ({name}), which no number has").into(),
        None if c.is_ascii_graphic() => format!("it holds `{c}`, which no number has").into(),
        None => format!("it holds U+{code:04X}, which no number has").into(),
    }
}

/// What stands unseen in copied numbers.
const INVISIBLE: [(char, &str); 20] = [
    ('\t', "tab"),
    ('\n', "line break"),
    ('\r', "line break"),
    ('\u{ad}', "soft hyphen"),
    ('\u{200b}', "zero width space"),
    ('\u{200c}', "zero width non-joiner"),
    ('\u{200d}', "zero width joiner"),
    ('\u{200e}', "left-to-right mark"),
    ('\u{200f}', "right-to-left mark"),
    ('\u{202a}', "left-to-right embedding"),
    ('\u{202b}', "right-to-left embedding"),
    ('\u{202c}', "pop directional formatting"),
    ('\u{202d}', "left-to-right override"),
    ('\u{202e}', "right-to-left override"),
    ('\u{2060}', "word joiner"),
    ('\u{2066}', "left-to-right isolate"),
    ('\u{2067}', "right-to-left isolate"),
    ('\u{2068}', "first strong isolate"),
    ('\u{2069}', "pop directional isolate"),
    ('\u{feff}', "byte order mark"),
];

/// What a spreadsheet does to a number, named so that the person finds the column to repair.
fn spreadsheet_damage(text: &str) -> Option<&'static str> {
    let exponent = text
        .split_once(['e', 'E'])
        .is_some_and(|(mantissa, exponent)| {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            let number = |text: &str| {
                !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            };
            number(mantissa) && number(exponent)
        });
    if exponent {
        return Some("a spreadsheet turned it into E-notation and its last digits are lost");
    }
    let fraction = text.strip_suffix(".0").or(text.strip_suffix(".00"));
    fraction
        .is_some_and(|whole| whole.bytes().all(|b| b.is_ascii_digit() || b == b'+'))
        .then_some("a spreadsheet turned it into a decimal number ending in `.0`")
}

/// Splits into digit groups at single separators; parentheses go around an area code.
fn groups(text: &str, foreign: bool) -> Result<Vec<&str>, &'static str> {
    let mut groups = Vec::new();
    let mut rest = text;
    loop {
        if let Some(inner) = rest.strip_prefix('(') {
            let Some((group, after)) = inner.split_once(')') else {
                return Err("its parentheses do not close");
            };
            let digits = group.bytes().all(|b| b.is_ascii_digit());
            if foreign && (!digits || group.is_empty() || group.starts_with('0')) {
                // A `(0)` is dialled at home only: with it the number is another one.
                return Err("parentheses go around an area code without its `0`");
            }
            if !foreign && (!digits || group.len() != 3) {
                return Err("parentheses go around the three digits of an area code");
            }
            groups.push(group);
            rest = after.strip_prefix([' ', '-', '.']).unwrap_or(after);
        } else {
            let end = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            let (group, after) = rest.split_at(end);
            if group.is_empty() {
                return Err("its groups of digits are not separated by single marks");
            }
            groups.push(group);
            let Some(separator) = after.chars().next() else {
                break;
            };
            rest = match separator {
                ' ' | '-' | '.' => &after[1..],
                '(' => after,
                _ => return Err("its parentheses do not open"),
            };
        }
        if rest.is_empty() {
            return Err("it ends in a separator");
        }
    }
    Ok(groups)
}

/// Ten digits, or eleven from 1, in groups people use; always returns eleven.
fn north_american(
    digits: &str,
    groups: &[&str],
    international: bool,
) -> Result<String, Cow<'static, str>> {
    let ten = match (digits.len(), digits.strip_prefix('1')) {
        (11, Some(ten)) => ten,
        (10, _) if !international => digits,
        (_, Some(_)) if international => {
            return Err(
                format!("it has {}, and numbers from `+1` have 11", how_many(digits)).into(),
            );
        }
        (8..=15, _) => {
            let has = how_many(digits);
            let text = format!("it has {has}, and numbers of other countries need their `+`");
            return Err(text.into());
        }
        _ => return Err(format!("it has {}", how_many(digits)).into()),
    };
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    match lengths[..] {
        [10]
        | [11]
        | [1, 10]
        | [3, 7]
        | [4, 7]
        | [1, 3, 7]
        | [3, 3, 4]
        | [4, 3, 4]
        | [1, 3, 3, 4] => {}
        _ => return Err("its digits are grouped in a way no North American number is".into()),
    }
    if is_north_american(ten) {
        Ok(format!("1{ten}"))
    } else {
        Err("its area code or exchange cannot exist in North America".into())
    }
}

fn how_many(digits: &str) -> String {
    count(digits.len(), "digit")
}

/// Whether ten digits can be a North American number: NPA and exchange start at 2, no N11 area code.
pub(super) fn is_north_american(ten: &str) -> bool {
    let b = ten.as_bytes();
    ten.len() == 10
        && (b'2'..=b'9').contains(&b[0])
        && (b'2'..=b'9').contains(&b[3])
        && &b[1..3] != b"11"
}

/// Whether the digits can be another country's number.
pub(super) fn foreign(digits: &str) -> Result<(), &'static str> {
    if !(8..=15).contains(&digits.len()) {
        return Err("numbers with `+` have 8 to 15 digits");
    }
    if digits.starts_with('0') || digits.starts_with('1') {
        return Err("no country code starts like that");
    }
    Ok(())
}
