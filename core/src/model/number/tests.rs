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
        "+1 (616) 555-1234", "616-555-1234", "1.616.555.1234", "16165551234", "6165551234",
        "+16165551234", "(616)555-1234", "(616) 555-1234", "1 (616) 555 1234", "1-616-5551234",
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
        "", "44 20 7946 0958", "x", "1.61656E+10", "616555****", "00442079460958", "01181312345678",
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
        "*", "john", "5551234", "0123456789", " ", "616*", "1616555123",
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
