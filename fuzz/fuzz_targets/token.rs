//! The token answer: only tokens that may become a header, lives that can be believed, no server
//! text in a refusal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyswitch::api::fuzzing::token;

const TEN_YEARS: u64 = 10 * 365 * 86_400;

fuzz_target!(|body: &[u8]| {
    match token(body) {
        Ok(reply) => {
            let access = reply.access_token.secret().expose();
            assert!(!access.is_empty() && access.bytes().all(|b| b.is_ascii_graphic()));
            assert!(reply.refresh_token.is_none_or(|token| !token.is_empty()));
            assert!(
                reply
                    .expires_in
                    .is_none_or(|life| (1..=TEN_YEARS).contains(&life))
            );
        }
        Err(reason) => assert!(!reason.is_empty()),
    }
});
