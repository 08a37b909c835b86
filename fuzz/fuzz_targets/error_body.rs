//! The body of a refusal: any bytes give an answer whose texts are not blank.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyswitch::api::Endpoint;
use skyswitch::api::fuzzing::error_body;

fuzz_target!(|body: &[u8]| {
    for (status, endpoint) in [
        (401, Endpoint::Token),
        (422, Endpoint::Api),
        (599, Endpoint::Api),
    ] {
        let answer = error_body(status, endpoint, body);
        assert_eq!((answer.status, answer.endpoint), (status, endpoint));
        for text in [&answer.code, &answer.message, &answer.hint]
            .into_iter()
            .flatten()
        {
            assert!(!text.trim().is_empty());
        }
        let code = answer.code.as_deref().unwrap_or("x");
        assert!(
            code.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
        );
        assert!(!answer.to_string().is_empty());
    }
});
