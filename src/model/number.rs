//! Telephone numbers: what a person may type, what is sent, and what is compared.
//!
//! Strict on the way in from people ([`Number::parse`]: anything doubtful is refused), tolerant on
//! the way in from the server ([`NumberKey::of`]: what cannot be read is compared byte for byte).

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::displayed;

/// A number a person gave, checked and ready to send.
///
/// North American numbers are sent as 11 digits (`16165551234`), others as their digits without
/// `+`, unless those would be read as North American (`api.md`, Routes; `design.md` §2 "Numbers").
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    sent: String,
    needs_row: bool,
}

/// A number in the form that is compared.
///
/// `16165551234` for North American numbers, `+442071234567` for others, and the server's own bytes
/// for whatever cannot be read as either.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NumberKey(String);

displayed!(NumberKey);

/// Why a text is not accepted as a number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a telephone number: {reason}; {FORMS}")]
pub struct NumberError {
    text: String,
    reason: Cow<'static, str>,
}

/// What [`NumberError`] says would be accepted.
const FORMS: &str = "accepted are 10 or 11 North American digits such as `16165551234`, `616-555-1234` or `+1 (616) 555-1234`, and other countries with `+`, such as `+442071234567`";

impl NumberError {
    fn new(text: &str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            text: text.to_owned(),
            reason: reason.into(),
        }
    }
}

impl Number {
    /// Reads a number as people write it; refuses whatever could mean something else.
    ///
    /// Full-width digits, no-break spaces and Unicode dashes count as their plain forms; one `'` in
    /// front, by which spreadsheets keep a number a text, is read over.
    ///
    /// # Errors
    /// Letters, extensions, `00`/`011` prefixes, E-notation, odd grouping, foreign numbers without
    /// `+`, area codes that cannot exist.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let sent = sent(&plain(text)).map_err(|reason| NumberError::new(text, reason))?;
        Ok(Self {
            sent,
            needs_row: false,
        })
    }

    /// As [`Number::parse`], but bare digits that are no North American number are taken, too: they
    /// mean a row that a read shows spelled exactly so, and nothing else ([`Number::without_row`]).
    ///
    /// # Errors
    /// As [`Number::parse`].
    pub fn of_row(text: &str) -> Result<Self, NumberError> {
        Self::parse(text).or_else(|error| {
            let digits = text.trim();
            let bare = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            if !bare || digits.starts_with("00") || digits.starts_with("011") {
                return Err(error);
            }
            Ok(Self {
                sent: digits.to_owned(),
                needs_row: true,
            })
        })
    }

    /// Why this is no number where no row is spelled exactly so; none for a number that needs no row.
    pub fn without_row(&self) -> Option<NumberError> {
        self.needs_row.then(|| Self::parse(&self.sent).err())?
    }

    /// Tells whether a field of a row is this number: its very bytes where only they make it one.
    pub fn matcher(&self) -> impl Fn(&str) -> bool + use<> {
        let (key, exact) = (self.key(), self.needs_row.then(|| self.sent.clone()));
        move |field| match &exact {
            Some(exact) => exact == field,
            None => NumberKey::of(field) == key,
        }
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
            needs_row: false,
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
        f.write_str(&shown(&self.sent))
    }
}

/// A number as people are shown it: those of other countries with the `+` that the server leaves out.
pub fn shown(sent: &str) -> Cow<'_, str> {
    let usual = sent.len() == 11 && sent.starts_with('1');
    let bare = !usual && sent.bytes().all(|b| b.is_ascii_digit());
    match bare && !is_north_american(sent) && foreign(sent).is_ok() {
        true => Cow::Owned(canonical(sent)),
        false => Cow::Borrowed(sent),
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
        Self(shown(text).into_owned())
    }

    /// The spellings in which a server may hold it, the one that is sent first (`api.md`, Routes).
    pub fn spellings(&self) -> Vec<String> {
        let digits = self.0.strip_prefix('+').unwrap_or(&self.0);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return vec![self.0.clone()];
        }
        let mut spellings = vec![digits.to_owned()];
        spellings.extend(
            digits
                .strip_prefix('1')
                .filter(|ten| is_north_american(ten))
                .map(str::to_owned),
        );
        spellings.push(format!("+{digits}"));
        spellings
    }

    /// The compared text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The key of digits as sent: 11 digits from 1 stay, everything else gets its `+`.
fn canonical(sent: &str) -> String {
    if sent.starts_with('+') || (sent.len() == 11 && sent.starts_with('1')) {
        sent.to_owned()
    } else {
        format!("+{sent}")
    }
}

/// The text with the plain form of what phones and word processors write instead.
fn plain(text: &str) -> Cow<'_, str> {
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
fn sent(text: &str) -> Result<String, Cow<'static, str>> {
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
    Ok(north_american(&digits, &groups, international)?)
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

/// Whether the digits can be another country's number.
fn foreign(digits: &str) -> Result<(), &'static str> {
    if !(8..=15).contains(&digits.len()) {
        return Err("numbers with `+` have 8 to 15 digits");
    }
    if digits.starts_with('0') || digits.starts_with('1') {
        return Err("no country code starts like that");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Number, NumberKey, shown};
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
    fn other_countries_group_their_digits_as_they_like() {
        for (text, digits) in [
            ("+36 1 111 5678", "3611115678"),
            ("+57 6-0 1234 567", "57601234567"),
            ("+52 5 5 1 2 3 4 5 6 7 8", "525512345678"),
            ("+55 (11) 91234.5678", "5511912345678"),
            ("\u{ff0b}64 9\u{a0}187\u{2011}6986", "6491876986"),
        ] {
            assert_eq!(sent(text), digits, "{text}");
            assert_eq!(
                Number::parse(text).expect(text).to_string(),
                format!("+{digits}")
            );
        }
    }

    #[test]
    fn a_foreign_number_that_would_read_as_north_american_keeps_its_plus() {
        for (text, plus) in [
            ("+36 1 234 5678", "+3612345678"),
            ("+49 (622) 34567", "+4962234567"),
        ] {
            let number = Number::parse(text).expect(text);
            assert_eq!(number.as_sent(), plus);
            assert_eq!(number.key().as_str(), plus);
            assert_ne!(number.key(), NumberKey::of(&plus[1..]));
        }
    }

    #[test]
    fn plain_forms_and_one_mark_of_a_spreadsheet_are_read() {
        for text in [
            "616\u{2013}555\u{2013}1234",
            "616\u{2011}555\u{2212}1234",
            "\u{ff16}\u{ff11}\u{ff16}5551234",
            "616\u{a0}555\u{202f}1234",
            "'6165551234",
            "'+1 616 555 1234",
            "\u{a0}6165551234",
        ] {
            assert_eq!(sent(text), "16165551234", "{text}");
            assert_eq!(NumberKey::of(text).as_str(), "16165551234", "{text}");
        }
    }

    #[test]
    fn offending_characters_are_named() {
        for (text, name) in [
            ("\u{202a}6165551234", "U+202A (left-to-right embedding)"),
            ("616\u{200b}5551234", "U+200B (zero width space)"),
            ("616\t5551234", "U+0009 (tab)"),
            ("616/5551234", "`/`"),
            ("616\u{2605}5551234", "U+2605"),
            ("616555123\u{43e}", "`\u{43e}`"),
        ] {
            let error = Number::parse(text).expect_err(text).to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn bare_digits_mean_a_row_that_is_spelled_so_and_nothing_else() {
        for text in ["442079460958", "5551234", "0123456789", "911"] {
            let number = Number::of_row(text).expect(text);
            assert_eq!(number.as_sent(), text);
            assert!(number.without_row().is_some(), "{text}");
            let is_same = number.matcher();
            assert!(is_same(text) && !is_same(&format!("+{text}")), "{text}");
        }
        let usual = Number::of_row("616-555-1234").expect("a number");
        assert_eq!(usual.without_row(), None);
        assert!(usual.matcher()("6165551234"));
        for bad in [
            "",
            "44 20 7946 0958",
            "x",
            "1.61656E+10",
            "616555****",
            "00442079460958",
            "01181312345678",
        ] {
            assert!(Number::of_row(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn people_are_shown_the_plus_that_the_server_leaves_out() {
        for (sent, seen) in [
            ("442079460958", "+442079460958"),
            ("16165551234", "16165551234"),
            ("6165551234", "6165551234"),
            ("+442079460958", "+442079460958"),
            ("5551234", "5551234"),
            ("616*", "616*"),
        ] {
            assert_eq!(shown(sent), seen);
        }
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
            "616\u{200b}5551234",
            "\u{202a}6165551234\u{202c}",
            "''6165551234",
            "'",
            "616\u{a0}\u{a0}555\u{a0}1234",
            "+44 (020) 7123 4567",
            "*",
            "616555****",
            "6165551234\n",
            "+44 (0)20 7123 4567",
            "+1234567",
            "+1234567890123456",
            "911",
            "-6165551234",
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
                let digits = number.as_sent().trim_start_matches('+');
                prop_assert!(digits.bytes().all(|b| b.is_ascii_digit()));
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
                prop_assert_eq!(number.as_sent().trim_start_matches('+'), &digits);
                let key = number.key();
                prop_assert_eq!(key.as_str(), format!("+{digits}"));
            }
        }
    }
}
