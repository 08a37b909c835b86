//! The one builder of the sandbox's unit tests: a state, a clock and calls without sockets.

use super::data::Data;
use super::exchange::{Request, Response};
use super::options::Credentials;
use super::quirks::Quirks;
use super::rules::{Moment, Rules};
use super::seed::Seed;
use super::state::answer;

/// Where the routes are.
pub(super) const ROUTES: &str = "/accounts/sbx_account/pbx/route-by-ani";
/// Where the domains are.
pub(super) const DOMAINS: &str = "/accounts/sbx_account/pbx/domains";

/// A sandbox without a server.
pub(super) struct TestServer {
    pub(super) data: Data,
    pub(super) rules: Rules,
    /// Unix milliseconds; stands still unless a test moves it.
    pub(super) now: u64,
    /// The bearer that `call` sends.
    pub(super) bearer: String,
    nonce: u64,
}

impl TestServer {
    /// Logged in with every scope, on the sample, with quirks given as their words.
    pub(super) fn with(quirks: &[&str]) -> Self {
        let quirks: Quirks = quirks
            .iter()
            .map(|word| word.parse().expect(word))
            .collect();
        let mut server = Self {
            data: Seed::sample().data(),
            rules: Rules {
                credentials: Credentials::default(),
                token_ttl: 21600,
                quirks,
            },
            now: 1_800_000_000_000,
            bearer: String::new(),
            nonce: 0,
        };
        server.bearer = server.login("*").0;
        server
    }

    /// A fresh access and refresh token with these scopes.
    pub(super) fn login(&mut self, scope: &str) -> (String, String) {
        let scope = scope.replace(' ', "+");
        let reply = self.token(&format!("grant_type=password&client_id=sbx_client&client_secret=sbx_secret&username=sbx_user&password=sbx_password&scope={scope}"));
        assert_eq!(reply.status, 200, "{reply:?}");
        let text = |name: &str| reply.value()[name].as_str().expect(name).to_owned();
        (text("access_token"), text("refresh_token"))
    }

    /// Posts a form to the token endpoint.
    pub(super) fn token(&mut self, form: &str) -> Response {
        self.send(Request {
            method: "POST".to_owned(),
            path: "/oauth/token".to_owned(),
            content_type: Some("application/x-www-form-urlencoded".to_owned()),
            body: form.as_bytes().to_vec(),
            ..Request::default()
        })
    }

    /// An authenticated call without a body.
    pub(super) fn call(&mut self, method: &str, path_and_query: &str) -> Response {
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (path_and_query, None),
        };
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query,
            authorization: Some(format!("Bearer {}", self.bearer)),
            accept: Some("*/*".to_owned()),
            has_length: true,
            ..Request::default()
        };
        self.send(request)
    }

    /// Any request.
    pub(super) fn send(&mut self, request: Request) -> Response {
        self.nonce += 1;
        let moment = Moment {
            now: self.now,
            nonce: self.nonce,
        };
        answer(&mut self.data, &self.rules, &moment, &request)
    }
}
