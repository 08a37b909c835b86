//! The framework's throttle, for the `rate-limit` quirk: so many requests a minute and bearer.

use std::collections::HashMap;

use serde_json::json;

use super::exchange::{Request, Response};

/// Milliseconds that a window lasts from its first request.
const WINDOW: u64 = 60_000;

/// Counts per bearer.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    windows: HashMap<Option<String>, Window>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    began: u64,
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
}

impl Limiter {
    /// Counts a request at a time in Unix milliseconds.
    pub(super) fn count(&mut self, request: &Request, limit: u32, now: u64) -> Allowance {
        self.windows
            .retain(|_, window| now < window.began.saturating_add(WINDOW));
        let window = self
            .windows
            .entry(request.authorization.clone())
            .or_insert(Window {
                began: now,
                count: 0,
            });
        let ends = window.began.saturating_add(WINDOW);
        let over = window.count >= limit;
        if !over {
            window.count += 1;
        }
        Allowance {
            limit,
            remaining: limit - window.count,
            retry_after: over.then(|| (ends - now).div_ceil(1000)),
            reset: ends.div_ceil(1000),
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
        Some(
            Response::json(429, &json!({"message": "Too Many Attempts."}))
                .with("retry-after", seconds.to_string())
                .with("x-ratelimit-reset", self.reset.to_string()),
        )
    }

    /// Puts the headers on any answer.
    pub(super) fn tell(&self, response: Response) -> Response {
        response
            .with("x-ratelimit-limit", self.limit.to_string())
            .with("x-ratelimit-remaining", self.remaining.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::Limiter;
    use crate::sandbox::exchange::Request;

    #[test]
    fn the_request_over_the_limit_waits_for_the_window() {
        let mut limiter = Limiter::default();
        let request = Request::default();
        let mut at = |now| limiter.count(&request, 2, now).refusal();
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
            limiter.count(&request, 1, 0).refusal().is_some()
        };
        assert_eq!([at("a"), at("b"), at("a")], [false, false, true]);
    }
}
