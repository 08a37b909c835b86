//! The guard of CSV and TSV cells: what was written comes back and starts no formula.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyswitch::model::cell::{guard, unguard};

fuzz_target!(|cell: &str| {
    let written = guard(cell);
    assert_eq!(unguard(&written), cell);
    let digits = written.strip_prefix('+').unwrap_or(&written);
    let number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    assert!(number || !written.starts_with(['=', '+', '-', '@', '\t', '\r']));
});
