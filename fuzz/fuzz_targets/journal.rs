//! A run of the journal: any bytes are read or refused, and what was read can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyswitch::journal::fuzzing::{read, sealed};
use skyswitch::journal::{Outcome, RunId, Status};

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    check(&sealed(bytes));
});

fn check(bytes: &[u8]) {
    let id = RunId::parse("20261123T121530.123Z-3f9a").expect("an id");
    match read(bytes, &id) {
        Ok(entry) => {
            assert_eq!(entry.id, id);
            assert!(entry.status != Status::Running);
            let outcomes = || entry.changes.iter().map(|change| &change.outcome);
            if entry.status != Status::Interrupted && entry.warnings.is_empty() {
                let told: usize = bytes.windows(9).filter(|w| *w == b"\"unknown\"").count();
                let unknown = outcomes()
                    .filter(|outcome| **outcome == Outcome::Unknown)
                    .count();
                assert!(unknown == 0 || told > 0 || bytes.contains(&b'\\'));
            }
            for change in entry.made() {
                assert!(change.before.is_some() || change.after.is_some());
            }
            serde_json::to_string(&entry).expect("an entry is JSON");
        }
        Err(reason) => assert!(!reason.is_empty()),
    }
}
