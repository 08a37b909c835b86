//! Telephone numbers: what a person may type, what is sent, and what is compared.
//!
//! Strict on the way in from people ([`Number::parse`]: anything doubtful is refused), tolerant on
//! the way in from the server ([`NumberKey::of`]: what cannot be read is compared byte for byte).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number a person gave, checked and ready to send.
///
/// North American numbers are sent as 11 digits (`16165551234`), others as their digits without
/// `+` (`api.md`, Routes; `design.md` §2 "Numbers").
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    sent: String,
}

/// A number in the form that is compared.
///
/// `16165551234` for North American numbers, `+442071234567` for others, and the server's own bytes
/// for whatever cannot be read as either.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NumberKey(String);

/// Why a text is not accepted as a number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a telephone number: {reason}; {FORMS}")]
pub struct NumberError {
    text: String,
    reason: &'static str,
}

/// What [`NumberError`] says would be accepted.
const FORMS: &str = "accepted are 10 or 11 North American digits such as `16165551234`, `616-555-1234` or `+1 (616) 555-1234`, and other countries with `+`, such as `+442071234567`";

impl NumberError {
    fn new(text: &str, reason: &'static str) -> Self {
        Self {
            text: text.to_owned(),
            reason,
        }
    }

    /// Why, without the text and the accepted forms.
    pub fn reason(&self) -> &'static str {
        self.reason
    }
}

impl Number {
    /// Reads a number as people write it; refuses whatever could mean something else.
    ///
    /// # Errors
    /// Letters, extensions, `00`/`011` prefixes, E-notation, odd grouping, foreign numbers without
    /// `+`, area codes that cannot exist.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let refuse = |reason| Err(NumberError::new(text, reason));
        let trimmed = text.trim_matches(' ');
        if trimmed.is_empty() {
            return refuse("it is empty");
        }
        if let Some(reason) = spreadsheet_damage(trimmed) {
            return refuse(reason);
        }
        let (international, rest) = match trimmed.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, trimmed),
        };
        let groups = match groups(rest) {
            Ok(groups) => groups,
            Err(reason) => return refuse(reason),
        };
        let digits: String = groups.concat();
        if !international && (digits.starts_with("00") || digits.starts_with("011")) {
            return refuse("international prefixes are written as `+`");
        }
        let number = if international && !digits.starts_with('1') {
            foreign(&digits, &groups)
        } else {
            north_american(&digits, &groups, international)
        };
        number
            .map(|sent| Self { sent })
            .map_err(|reason| NumberError::new(text, reason))
    }

    /// Takes a text as it is, for `--raw-numbers`: only an empty text and control characters are refused.
    pub fn raw(text: &str) -> Result<Self, NumberError> {
        if text.trim().is_empty() {
            return Err(NumberError::new(text, "it is empty"));
        }
        if text.chars().any(char::is_control) {
            return Err(NumberError::new(text, "it holds control characters"));
        }
        Ok(Self {
            sent: text.to_owned(),
        })
    }

    /// What goes into the request.
    pub fn as_sent(&self) -> &str {
        &self.sent
    }

    /// The form that is compared.
    pub fn key(&self) -> NumberKey {
        NumberKey::of(&self.sent)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sent)
    }
}

impl NumberKey {
    /// The key of any spelling: canonical where the text reads as a number, else its own bytes.
    ///
    /// The server may spell a North American number with 10 digits and sends foreign ones without
    /// `+` (`api.md`, Routes), so 8 to 15 bare digits that are not North American read as foreign.
    pub fn of(text: &str) -> Self {
        // The usual spelling is its own key; long lists hold little else.
        if let Some(ten) = text.strip_prefix('1')
            && ten.bytes().all(|b| b.is_ascii_digit())
            && is_north_american(ten)
        {
            return Self(text.to_owned());
        }
        if let Ok(number) = Number::parse(text) {
            return Self(canonical(&number.sent));
        }
        let bare = text.bytes().all(|b| b.is_ascii_digit());
        if bare && foreign(text, &[text]).is_ok() {
            return Self(canonical(text));
        }
        Self(text.to_owned())
    }

    /// The compared text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NumberKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key of digits as sent: 11 digits from 1 stay, everything else gets its `+`.
fn canonical(sent: &str) -> String {
    if sent.len() == 11 && sent.starts_with('1') {
        sent.to_owned()
    } else {
        format!("+{sent}")
    }
}

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

/// Splits into digit groups at single separators; parentheses only around one group.
fn groups(text: &str) -> Result<Vec<&str>, &'static str> {
    for c in text.chars() {
        match c {
            '0'..='9' | ' ' | '-' | '.' | '(' | ')' => {}
            c if c.is_alphabetic() => return Err("it holds letters"),
            '+' => return Err("`+` stands only in front"),
            _ => return Err("it holds characters that no number has"),
        }
    }
    let mut groups = Vec::new();
    let mut rest = text;
    loop {
        if let Some(inner) = rest.strip_prefix('(') {
            let Some((group, after)) = inner.split_once(')') else {
                return Err("its parentheses do not close");
            };
            if !group.bytes().all(|b| b.is_ascii_digit()) || group.len() != 3 {
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
) -> Result<String, &'static str> {
    let ten = match (digits.len(), digits.strip_prefix('1')) {
        (11, Some(ten)) => ten,
        (10, _) if !international => digits,
        (_, Some(_)) if international => {
            return Err("numbers from `+1` have eleven digits");
        }
        (8..=15, _) => return Err("numbers of other countries need their `+`"),
        (0..=7, _) => return Err("it has too few digits"),
        _ => return Err("it has too many digits"),
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
        _ => return Err("its digits are grouped in a way no North American number is"),
    }
    if is_north_american(ten) {
        Ok(format!("1{ten}"))
    } else {
        Err("its area code or exchange cannot exist in North America")
    }
}

/// Whether ten digits can be a North American number: NPA and exchange start at 2, no N11 area code.
fn is_north_american(ten: &str) -> bool {
    let b = ten.as_bytes();
    ten.len() == 10
        && (b'2'..=b'9').contains(&b[0])
        && (b'2'..=b'9').contains(&b[3])
        && &b[1..3] != b"11"
}

/// The digits of another country's number, refused when the server would read them as North American.
fn foreign(digits: &str, groups: &[&str]) -> Result<String, &'static str> {
    if !(8..=15).contains(&digits.len()) {
        return Err("numbers with `+` have 8 to 15 digits");
    }
    if digits.starts_with('0') || digits.starts_with('1') {
        return Err("no country code starts like that");
    }
    if is_north_american(digits) {
        return Err("without its `+` it would be read as a North American number");
    }
    if groups.iter().skip(1).any(|group| group.len() < 2) {
        return Err("a single digit stands alone in it");
    }
    Ok(digits.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Number, NumberKey};
    use proptest::prelude::*;

    fn sent(text: &str) -> String {
        Number::parse(text)
            .unwrap_or_else(|e| panic!("{e}"))
            .as_sent()
            .to_owned()
    }

    #[test]
    fn the_ways_people_write_one_number() {
        for text in [
            "+1 (616) 555-1234",
            "616-555-1234",
            "1.616.555.1234",
            "16165551234",
            "6165551234",
            "+16165551234",
            "(616)555-1234",
            "(616) 555-1234",
            "1 (616) 555 1234",
            "1-616-5551234",
            " 616 555 1234 ",
        ] {
            assert_eq!(sent(text), "16165551234", "{text}");
        }
    }

    #[test]
    fn other_countries_need_their_plus() {
        assert_eq!(sent("+44 20 7123 4567"), "442071234567");
        assert_eq!(sent("+7 495 123-45-67"), "74951234567");
        assert!(Number::parse("442071234567").is_err());
        assert_eq!(
            NumberKey::of("442071234567").as_str(),
            "+442071234567",
            "the server sends back what we sent: the digits"
        );
    }

    #[test]
    fn refuses_whatever_is_doubtful() {
        for bad in [
            "",
            " ",
            "abc",
            "616555123",
            "61655512345",
            "0116165551234",
            "00442071234567",
            "+0044207123456",
            "1.61656E+10",
            "16165551234.0",
            "6165551234.0",
            "+6165551234.0",
            "616-555-1234 x5",
            "616-555-1234 ext. 5",
            "1-800-FLOWERS",
            "(616 555-1234",
            "616) 555-1234",
            "616--555-1234",
            "616-555-12-34",
            "+1 616 555",
            "1165551234",
            "0165551234",
            "6161551234",
            "9115551234",
            "16165551234,16165550000",
            "+1+6165551234",
            "616\u{2013}555\u{2013}1234",
            "\u{ff16}165551234",
            "616\u{a0}555\u{a0}1234",
            "*",
            "616555****",
            "6165551234\n",
            "+44 (0)20 7123 4567",
            "+1234567",
            "+1234567890123456",
            "911",
            "-6165551234",
            "+4962234567",
            "tel:+16165551234",
            "1 616 555 1234 ;",
            "6165551234-",
        ] {
            assert!(Number::parse(bad).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn spreadsheet_damage_is_named() {
        let e = Number::parse("1.61656E+10")
            .expect_err("damage")
            .to_string();
        assert!(e.contains("E-notation"), "{e}");
        let e = Number::parse("16165551234.0")
            .expect_err("damage")
            .to_string();
        assert!(e.contains("`.0`"), "{e}");
    }

    #[test]
    fn raw_numbers_are_sent_as_typed() {
        for text in ["6165551234", "616*", " 1 ", "+1"] {
            assert_eq!(Number::raw(text).expect(text).as_sent(), text);
        }
        assert!(Number::raw("").is_err());
        assert!(Number::raw("1\n2").is_err());
    }

    #[test]
    fn opaque_server_values_are_compared_byte_for_byte() {
        for text in [
            "*",
            "john",
            "5551234",
            "0123456789",
            " ",
            "616*",
            "1616555123",
        ] {
            assert_eq!(NumberKey::of(text).as_str(), text);
        }
    }

    proptest! {
        #[test]
        fn the_usual_spelling_is_its_own_key(text in "1[0-9]{10}") {
            let key = NumberKey::of(&text);
            if let Ok(number) = Number::parse(&text) {
                prop_assert_eq!(number.as_sent(), &text);
            }
            prop_assert_eq!(key.as_str(), &text);
        }

        #[test]
        fn never_panics(text in "\\PC{0,24}") {
            let _ = Number::parse(&text);
            let _ = Number::raw(&text);
            let _ = NumberKey::of(&text);
        }

        #[test]
        fn near_numbers_never_panic(text in "[-+0-9 .()eE]{0,20}") {
            let _ = Number::parse(&text);
            let _ = NumberKey::of(&text);
        }

        #[test]
        fn a_key_is_idempotent(text in "[-+0-9 .()a]{0,20}") {
            let key = NumberKey::of(&text);
            prop_assert_eq!(NumberKey::of(key.as_str()), key);
        }

        #[test]
        fn what_is_sent_comes_back_as_the_same_key(text in "\\+?[-0-9 .()]{8,18}") {
            if let Ok(number) = Number::parse(&text) {
                prop_assert_eq!(NumberKey::of(number.as_sent()), number.key());
                prop_assert!(number.as_sent().bytes().all(|b| b.is_ascii_digit()));
            }
        }

        #[test]
        fn parsing_what_is_shown_round_trips(digits in "[2-9][02-9][0-9][2-9][0-9]{6}") {
            let number = Number::parse(&digits).expect("north american");
            prop_assert_eq!(Number::parse(number.as_sent()).expect("again"), number.clone());
            prop_assert_eq!(number.as_sent().len(), 11);
            prop_assert_eq!(NumberKey::of(&digits), NumberKey::of(&format!("+1{digits}")));
        }

        #[test]
        fn foreign_numbers_round_trip(digits in "[2-9][0-9]{7,14}") {
            if let Ok(number) = Number::parse(&format!("+{digits}")) {
                prop_assert_eq!(number.as_sent(), &digits);
                let key = number.key();
                prop_assert_eq!(key.as_str(), format!("+{digits}"));
            }
        }
    }
}
