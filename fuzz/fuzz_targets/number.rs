//! Numbers: a key is its own key, and what is sent means what was typed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyswitch::model::{Number, NumberKey};

fuzz_target!(|text: &str| {
    let key = NumberKey::of(text);
    assert_eq!(NumberKey::of(key.as_str()), key);
    if let Ok(number) = Number::parse(text) {
        let sent = number.as_sent();
        let digits = sent.strip_prefix('+').unwrap_or(sent);
        assert!((8..=15).contains(&digits.len()));
        assert!(digits.bytes().all(|b| b.is_ascii_digit()));
        assert_eq!(number.key(), key);
        assert_eq!(Number::parse(key.as_str()).expect("a key").as_sent(), sent);
    }
    if let Ok(number) = Number::raw(text) {
        assert_eq!(number.as_sent(), text);
    }
});
