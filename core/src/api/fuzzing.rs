//! Doors for the fuzz targets under `fuzz/` to readers that are nobody else's business.
//!
//! Compiled with `--cfg fuzzing` only, which cargo-fuzz sets.

use std::time::{Duration, SystemTime};

use super::{Answer, Endpoint, TokenReply};

/// Reads a token answer as the grants do.
///
/// # Errors
/// Why it is refused; the reason never quotes the answer.
pub fn token(body: &[u8]) -> Result<TokenReply, &'static str> {
    super::oauth::parse_token(body)
}

/// Reads the body of a refusal.
pub fn error_body(status: u16, endpoint: Endpoint, body: &[u8]) -> Answer {
    Answer::from_body(status, endpoint, body)
}

/// Reads a `Retry-After` of an answer that was sent at `date`.
pub fn retry_after(value: &str, date: SystemTime) -> Option<Duration> {
    let date = httpdate::fmt_http_date(date);
    let headers = [("retry-after", value), ("date", &date)].map(|(name, value)| {
        let name = reqwest::header::HeaderName::from_static(name);
        Some((name, value.trim().parse().ok()?))
    });
    super::retry::asked_wait(429, &headers.into_iter().flatten().collect())
}
