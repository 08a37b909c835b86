//! The sanitiser: nothing hostile gets through, twice is once, and JSON keeps its value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyswitch::output::{is_hostile, visible, visible_json, visible_multiline};

fuzz_target!(|text: &str| {
    let shown = visible(text);
    assert!(!shown.contains(is_hostile));
    assert_eq!(visible(&shown), shown);
    assert_eq!(shown == text, !text.contains(is_hostile));

    let lines = visible_multiline(text);
    assert!(!lines.contains(|c| c != '\n' && is_hostile(c)));
    assert_eq!(lines.lines().count(), text.split_inclusive('\n').count());

    let json = serde_json::to_string(text).expect("a string is JSON");
    let shown = visible_json(&json);
    assert!(!shown.contains(is_hostile));
    assert_eq!(serde_json::from_str::<String>(&shown).expect("JSON"), text);
});
