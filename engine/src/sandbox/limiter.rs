//! The framework's throttle, for the `rate-limit` quirk: so many requests a window and bearer.

use std::collections::HashMap;

use serde_json::json;

use super::exchange::{Request, Response};
use super::quirks::{Rate, RateHeaders};

/// Counts per bearer.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    windows: HashMap<Option<String>, Window>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    ends: u64,
    count: u32,
}

/// What a request is told about its limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    limit: u32,
    remaining: u32,
    /// Seconds until the window ends, where the request came too much.
    retry_after: Option<u64>,
    /// Unix seconds.
    reset: u64,
    headers: RateHeaders,
}

impl Limiter {
    /// Counts a request at a time in Unix milliseconds.
    pub(super) fn count(
        &mut self,
        request: &Request,
        rate: Rate,
        headers: RateHeaders,
        now: u64,
    ) -> Allowance {
        let length = u64::try_from(rate.window.as_millis()).unwrap_or(u64::MAX);
        self.windows.retain(|_, window| now < window.ends);
        let window = self
            .windows
            .entry(request.authorization.clone())
            .or_insert(Window {
                ends: now.saturating_add(length),
                count: 0,
            });
        let over = window.count >= rate.requests;
        if !over {
            window.count += 1;
        }
        Allowance {
            limit: rate.requests,
            remaining: rate.requests - window.count,
            retry_after: over.then(|| (window.ends - now).div_ceil(1000)),
            reset: window.ends.div_ceil(1000),
            headers,
        }
    }

    pub(super) fn clear(&mut self) {
        self.windows.clear();
    }
}

impl Allowance {
    /// The refusal, if the request came too much.
    pub(super) fn refusal(&self) -> Option<Response> {
        let seconds = self.retry_after?;
        let mut response = Response::json(429, &json!({"message": "Too Many Attempts."}));
        if matches!(self.headers, RateHeaders::All | RateHeaders::RetryAfter) {
            response = response.with("retry-after", seconds.to_string());
        }
        if self.tells_limit() {
            response = response.with("x-ratelimit-reset", self.reset.to_string());
        }
        Some(response)
    }

    /// Puts the headers on any answer.
    pub(super) fn tell(&self, response: Response) -> Response {
        if !self.tells_limit() {
            return response;
        }
        response
            .with("x-ratelimit-limit", self.limit.to_string())
            .with("x-ratelimit-remaining", self.remaining.to_string())
    }

    fn tells_limit(&self) -> bool {
        matches!(self.headers, RateHeaders::All | RateHeaders::XRateLimit)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Limiter, Rate, RateHeaders};
    use crate::sandbox::exchange::{Request, Response};

    fn rate(requests: u32, seconds: u64) -> Rate {
        let window = Duration::from_secs(seconds);
        Rate { requests, window }
    }

    #[test]
    fn the_request_over_the_limit_waits_for_the_window() {
        let mut limiter = Limiter::default();
        let request = Request::default();
        let mut at = |now| {
            let allowance = limiter.count(&request, rate(2, 60), RateHeaders::All, now);
            allowance.refusal()
        };
        assert_eq!((at(0), at(100)), (None, None));
        let refused = at(30_500).expect("the third is refused");
        assert_eq!(refused.status, 429);
        assert!(
            refused
                .headers
                .contains(&("retry-after".to_owned(), "30".to_owned()))
        );
        assert_eq!(at(60_000), None);
    }

    #[test]
    fn bearers_do_not_share() {
        let mut limiter = Limiter::default();
        let mut at = |bearer: &str| {
            let request = Request {
                authorization: Some(bearer.to_owned()),
                ..Request::default()
            };
            let allowance = limiter.count(&request, rate(1, 1), RateHeaders::All, 0);
            allowance.refusal().is_some()
        };
        assert_eq!([at("a"), at("b"), at("a")], [false, false, true]);
    }

    #[test]
    fn what_is_told_of_the_limit_can_be_chosen() {
        for (headers, wait, limit) in [
            (RateHeaders::All, true, true),
            (RateHeaders::RetryAfter, true, false),
            (RateHeaders::XRateLimit, false, true),
            (RateHeaders::None, false, false),
        ] {
            let mut limiter = Limiter::default();
            let mut ask = || limiter.count(&Request::default(), rate(1, 2), headers, 700);
            let good = ask().tell(Response::empty(200));
            let over = ask();
            let bad = over.tell(over.refusal().expect("the second is refused"));
            let told = |response: &Response, name: &str| {
                let header = response.headers.iter().find(|(known, _)| known == name);
                header.map(|(_, value)| value.clone())
            };
            let has = |there: bool, value: &str| there.then(|| value.to_owned());
            assert_eq!(told(&good, "x-ratelimit-limit"), has(limit, "1"));
            assert_eq!(told(&bad, "x-ratelimit-remaining"), has(limit, "0"));
            assert_eq!(told(&bad, "x-ratelimit-reset"), has(limit, "3"));
            assert_eq!(told(&good, "retry-after"), None);
            assert_eq!(told(&bad, "retry-after"), has(wait, "2"));
        }
    }
}
