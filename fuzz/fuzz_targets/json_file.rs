//! JSON files of routes, read and planned against a server. The first byte chooses how.
#![no_main]

mod planning;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (how, bytes) = input;
    planning::check(bytes, how);
});
