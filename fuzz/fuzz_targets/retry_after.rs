//! `Retry-After`: seconds come back as written, a date is never further away later.
#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use skyswitch::api::fuzzing::retry_after;

fuzz_target!(|value: &str| {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    let wait = retry_after(value, now);
    let later = retry_after(value, now + Duration::from_secs(10));
    if let Ok(seconds) = value.trim().parse() {
        assert_eq!(wait, Some(Duration::from_secs(seconds)));
    }
    assert_eq!(wait.is_some(), later.is_some());
    assert!(later <= wait);
});
