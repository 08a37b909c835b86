//! CSV files of routes and of cases, read and planned against a server. The first byte chooses how.
#![no_main]

mod planning;

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use skyswitch::plan::cases;

fuzz_target!(|input: (u8, &[u8])| {
    let (how, bytes) = input;
    planning::check(bytes, how);
    match cases::read("cases.csv", bytes) {
        Ok((read, _)) => {
            let report = cases::run(&read, &planning::routes(), &HashSet::new());
            assert_eq!(report.passed + report.failed, read.len());
        }
        Err(errors) => planning::have_places(&errors, bytes),
    }
});
