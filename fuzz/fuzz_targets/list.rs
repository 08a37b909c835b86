//! The list decoder: any body, in blocks of any size, gives the same items or the same refusal.
#![no_main]

use std::io::{self, Read};

use libfuzzer_sys::fuzz_target;
use skyswitch::api::{Halt, decode_list};
use skyswitch::model::{DomainRecord, Route};

/// Gives a few bytes at a time, as networks do.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self.1.min(buffer.len());
        self.0.read(&mut buffer[..most])
    }
}

fn routes(body: impl Read) -> (Vec<Route>, String) {
    let mut items = Vec::new();
    let end = decode_list(body, &mut |route: Route| {
        items.push(route);
        Ok(())
    });
    if let Ok(list) = &end {
        assert_eq!(list.received, items.len() as u64);
    }
    (items, format!("{end:?}"))
}

fuzz_target!(|body: &[u8]| {
    let whole = routes(body);
    if whole.1.starts_with("Ok") {
        let text = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
        serde_json::from_slice::<serde::de::IgnoredAny>(text).expect("what was taken is JSON");
    }
    let block = 1 + body.len() % 61;
    assert_eq!(routes(Drip(body, block)), whole);
    let json = serde_json::to_vec(&whole.0).expect("routes are JSON");
    assert_eq!(routes(json.as_slice()).0, whole.0);

    let _ = decode_list(body, &mut |_: DomainRecord| Ok(()));
    let mut first = None;
    let _ = decode_list(body, &mut |route: Route| {
        assert!(first.replace(route).is_none(), "an item after a halt");
        Err(Halt)
    });
});
