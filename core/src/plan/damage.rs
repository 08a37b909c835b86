//! What spreadsheets and scripts leave behind in a destination, named before calls go there.

/// What happened to a destination, if it shows; no user, device or dial string looks like that.
pub(super) fn damage(text: &str) -> Option<&'static str> {
    const EMPTY: [&str; 8] = [
        "None", "nan", "NaN", "null", "NULL", "undefined", "N/A", "<NA>",
    ];
    if EMPTY.contains(&text) {
        Some("a program wrote that for an empty cell")
    } else if is_error_value(text) {
        Some("a spreadsheet could not work it out")
    } else if is_exponential(text) {
        Some("a spreadsheet turned a number into E-notation")
    } else if is_whole_decimal(text) {
        Some("a spreadsheet turned a number into a decimal")
    } else if is_in_thousands(text) {
        Some("a spreadsheet grouped a number by thousands")
    } else {
        None
    }
}

/// `#VALUE!`, `#DIV/0!`, `#N/A`, in any language; `####` is what a narrow column shows.
fn is_error_value(text: &str) -> bool {
    let Some(word) = text.strip_prefix('#') else {
        return false;
    };
    let capital = |c: char| c.is_uppercase() || c.is_ascii_digit() || "/_!?".contains(c);
    let named = word.ends_with(['!', '?']) || ["N/A", "NV", "GETTING_DATA"].contains(&word);
    let narrow = word.len() > 2 && word.bytes().all(|b| b == b'#');
    narrow || (named && word.starts_with(char::is_uppercase) && word.chars().all(capital))
}

/// `1.50E+03`, `1,5e-7`: the sign is what a spreadsheet always writes.
fn is_exponential(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['+', '-']);
    is_digits(whole) && is_digits(fraction) && exponent.is_some_and(is_digits)
}

/// `200.0`, `200,00`.
fn is_whole_decimal(text: &str) -> bool {
    let parts = text.split_once(['.', ',']);
    parts.is_some_and(|(whole, zeros)| {
        is_digits(whole) && zeros.bytes().all(|b| b == b'0') && !zeros.is_empty()
    })
}

/// `1,000`, `16,165,550,142`, `1.234`; an address such as `10.100.200.100` is none.
fn is_in_thousands(text: &str) -> bool {
    let grouped = |groups: &[&str]| {
        let [first, rest @ ..] = groups else {
            return false;
        };
        let three = |group: &&str| group.len() == 3 && is_digits(group);
        !rest.is_empty() && first.len() <= 3 && is_digits(first) && rest.iter().all(three)
    };
    let dots: Vec<&str> = text.split('.').collect();
    grouped(&text.split(',').collect::<Vec<_>>()) || (dots.len() == 2 && grouped(&dots))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::damage;

    #[test]
    fn damage_is_named_and_what_people_dial_is_none() {
        for text in [
            "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#N/A", "#WERT!", "#\u{dc}BERLAUF!", "#####",
            "1.50E+03", "1,5E+3", "2e-07", "200.0", "31.00", "7,0", "1,000", "16,165,550,142",
            "1.234", "None", "NaN", "null", "<NA>",
        ] {
            assert!(damage(text).is_some(), "{text}");
        }
        for text in [
            "", "john", "200", "16165550142", "*97", "#21#", "##", "#HOME", "12E3", "1e5", "a.b",
            "10.100.200.100", "192.168.100.200", "10.0.0.0", "none", "Nan", "100.25",
            "sip:1,000@x", "user@1.234", "1000,200", "e+1", "#n/a",
        ] {
            assert_eq!(damage(text), None, "{text}");
        }
    }
}
