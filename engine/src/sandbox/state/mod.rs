//! The emulator as a function: state, rules, moment and request in, response out.
//!
//! Decides which call a request is and whether its bearer may make it, in this order: path and
//! method (404, 405), bearer (401), account (404), scope (403), parameters (400), the call itself.
//! The calls live in `oauth`, `routes`, `domains` and `other_reads`; sockets and files elsewhere.

use super::data::Data;
use super::exchange::{Request, Response};
use super::quirks::{Paging, Switch};
use super::refusal::{Refusal, html};
use super::rules::{Asked, Moment, Rules, parameters};
use super::{domains, oauth, other_reads, routes};

/// A call of the API: who may make it, with which parameters, and what answers it.
pub(super) struct Endpoint {
    pub(super) method: &'static str,
    /// With one variable segment, in braces.
    pub(super) path: &'static str,
    pub(super) scope: &'static str,
    pub(super) required: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
    answer: fn(&mut Data, &Asked<'_>) -> Result<Response, Refusal>,
}

macro_rules! endpoints {
    ($($method:ident $path:literal $scope:ident [$($required:ident)*] [$($optional:ident)*] $answer:path;)*) => {
        &[$(Endpoint {
            method: stringify!($method),
            path: $path,
            scope: stringify!($scope),
            required: &[$(stringify!($required)),*],
            optional: &[$(stringify!($optional)),*],
            answer: $answer,
        },)*]
    };
}

/// Every call but those of the token endpoint: method, path, scope, required and optional parameters, handler.
pub(super) const ENDPOINTS: &[Endpoint] = endpoints! {
    GET "/accounts/{account_id}/pbx/route-by-ani" pbx [] [ani dnis domain limit start] routes::list;
    PUT "/accounts/{account_id}/pbx/route-by-ani" pbx [ani domain destination] [dnis application] routes::put;
    DELETE "/accounts/{account_id}/pbx/route-by-ani" pbx [ani domain] [dnis] routes::delete;
    GET "/accounts/{account_id}/pbx/domains" pbx [] [reseller force_refresh] domains::list;
    GET "/accounts/{account_id}/pbx/subscribers" pbx [] [domain user login filter] other_reads::subscribers;
    GET "/accounts/{account_id}/pbx/phone-numbers" pbx [domain] [user] other_reads::numbers;
    GET "/phone-numbers/{number}/route" routing [] [] other_reads::number_route;
    GET "/accounts/{account_id}/sub-accounts" account [] [recursive include_lineage name account_number] other_reads::sub_accounts;
    GET "/accounts/{account_id}" account [] [] other_reads::account;
    GET "/accounts/{account_id}/users" user [] [page per_page] other_reads::users;
    GET "/accounts/{account_id}/phone-numbers" phone_number [] [page per_page] other_reads::inventory;
    GET "/accounts/{account_id}/routing" routing [] [] other_reads::routing;
    GET "/accounts/{account_id}/e911" e911 [] [] other_reads::e911;
    GET "/accounts/{account_id}/messaging" messaging [] [] other_reads::messaging;
};

/// Parameters that only a server with pages knows (the `paging` quirk).
pub(super) const PAGING: [&str; 2] = ["limit", "start"];

impl Endpoint {
    /// The variable segment of a path, if the path is one of this call.
    fn segment<'a>(&self, path: &'a str) -> Option<&'a str> {
        let (front, rest) = self.path.split_once('{')?;
        let (_, back) = rest.split_once('}')?;
        let segment = path.strip_prefix(front)?.strip_suffix(back)?;
        (!segment.is_empty() && !segment.contains('/')).then_some(segment)
    }
}

/// Answers one request; `Response::changed` tells whether the state must be kept.
pub(super) fn answer(
    data: &mut Data,
    rules: &Rules,
    moment: &Moment,
    request: &Request,
) -> Response {
    if request.path == "/oauth/token" {
        return token_endpoint(data, rules, moment, request);
    }
    match api(data, rules, moment, request) {
        Ok(response) => response,
        Err(refusal) => refused(refusal, rules, request),
    }
}

/// Whether a request can change the state, so that the lock is taken before it is answered.
pub(super) fn may_write(request: &Request) -> bool {
    request.method != "GET"
        || request
            .query
            .as_deref()
            .is_some_and(|query| query.contains("force_refresh"))
}

fn token_endpoint(data: &mut Data, rules: &Rules, moment: &Moment, request: &Request) -> Response {
    let answer = match request.method.as_str() {
        "POST" => oauth::grant(data, rules, moment, request),
        "GET" => return oauth::describe(data, rules, moment, request),
        _ => Err(Refusal::method("GET, POST")),
    };
    answer.unwrap_or_else(|refusal| refusal.into_token_response(&rules.quirks))
}

fn api(
    data: &mut Data,
    rules: &Rules,
    moment: &Moment,
    request: &Request,
) -> Result<Response, Refusal> {
    let (endpoint, segment) = endpoint(request)?;
    let token = oauth::bearer(data, moment, request)?;
    let allowed = oauth::allows(token, endpoint.scope);
    let data = if endpoint.path.contains("{account_id}") {
        account(data, rules, segment)?
    } else {
        data
    };
    if !allowed {
        let message = format!("The access token lacks the scope `{}`", endpoint.scope);
        return Err(Refusal::new(403, "insufficient_scope", message));
    }
    if rules.quirks.length_required == Switch::On && request.method == "PUT" && !request.has_length
    {
        return Err(Refusal::new(
            411,
            "length_required",
            "A Content-Length is required",
        ));
    }
    if !request.body.is_empty() {
        return Err(Refusal::invalid("This call takes no request body"));
    }
    let paging = rules.quirks.paging != Paging::Off;
    let known = |name: &&&str| paging || !PAGING.contains(*name);
    let optional: Vec<&str> = endpoint.optional.iter().filter(known).copied().collect();
    let asked = Asked {
        rules,
        moment,
        segment,
        query: parameters(request, endpoint.required, &optional)?,
    };
    (endpoint.answer)(data, &asked)
}

/// The call that a request makes, and the variable segment of its path.
///
/// # Errors
/// 404 where no call has that path, 405 where none of them has that method.
fn endpoint(request: &Request) -> Result<(&'static Endpoint, &str), Refusal> {
    let here: Vec<_> = ENDPOINTS
        .iter()
        .filter_map(|endpoint| Some((endpoint, endpoint.segment(&request.path)?)))
        .collect();
    if here.is_empty() {
        return Err(Refusal::not_found("There is no such resource"));
    }
    let methods: Vec<&str> = here.iter().map(|(endpoint, _)| endpoint.method).collect();
    here.into_iter()
        .find(|(endpoint, _)| endpoint.method == request.method)
        .ok_or_else(|| Refusal::method(&methods.join(", ")))
}

/// What an account of this user holds.
fn account<'a>(data: &'a mut Data, rules: &Rules, id: &str) -> Result<&'a mut Data, Refusal> {
    if id == rules.credentials.account_id {
        return Ok(data);
    }
    let below = data.accounts.iter_mut().find(|account| account.id == id);
    below
        .map(|account| &mut account.data)
        .ok_or_else(|| Refusal::not_found("There is no such account"))
}

/// A refusal as the API says it; a framework redirects who does not ask for JSON (quirk).
fn refused(refusal: Refusal, rules: &Rules, request: &Request) -> Response {
    let asks_json = request
        .accept
        .as_deref()
        .is_some_and(|accept| accept.contains("application/json"));
    if rules.quirks.accept_required == Switch::On && !asks_json {
        return Response::text(302, "text/html", html(302)).with("location", "/login");
    }
    refusal.into_api_response(&rules.quirks)
}

#[cfg(test)]
mod tests;
