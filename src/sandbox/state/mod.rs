//! The emulator as a function: state, rules, moment and request in, response out.
//!
//! Decides which call a request is and whether its bearer may make it, in this order: path and
//! method (404, 405), bearer (401), account (404), scope (403), parameters (400), the call itself.
//! The calls live in `oauth`, `routes`, `domains` and `other_reads`; sockets and files elsewhere.

use super::data::Data;
use super::exchange::{Request, Response};
use super::other_reads::{self, Sibling};
use super::quirks::Switch;
use super::refusal::{Refusal, html};
use super::rules::{Moment, Rules};
use super::{domains, oauth, routes};

/// The calls below an account.
enum Call {
    Routes,
    Domains,
    Sibling(&'static Sibling),
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
    let Some((account, call)) = call(&request.path) else {
        return Err(Refusal::not_found("There is no such resource"));
    };
    let allowed = match call {
        Call::Routes => "GET, PUT, DELETE",
        Call::Domains | Call::Sibling(_) => "GET",
    };
    if !allowed.split(", ").any(|method| method == request.method) {
        return Err(Refusal::method(allowed));
    }
    let token = oauth::bearer(data, moment, request)?;
    if account != rules.credentials.account_id {
        return Err(Refusal::not_found("There is no such account"));
    }
    let scope = match call {
        Call::Routes | Call::Domains => "pbx",
        Call::Sibling(sibling) => sibling.scope,
    };
    if !oauth::allows(token, scope) {
        let message = format!("The access token lacks the scope `{scope}`");
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
    match (call, request.method.as_str()) {
        (Call::Routes, "PUT") => routes::put(data, rules, moment, request),
        (Call::Routes, "DELETE") => routes::delete(data, rules, moment, request),
        (Call::Routes, _) => routes::list(data, rules, moment, request),
        (Call::Domains, _) => domains::list(data, rules, request),
        (Call::Sibling(sibling), _) => other_reads::get(sibling, rules, request),
    }
}

/// The account segment and the call of a path.
fn call(path: &str) -> Option<(&str, Call)> {
    let rest = path.strip_prefix("/accounts/")?;
    let (account, rest) = rest.split_once('/').unwrap_or((rest, ""));
    if path.ends_with('/') || account.is_empty() {
        return None;
    }
    let call = match rest {
        "pbx/route-by-ani" => Call::Routes,
        "pbx/domains" => Call::Domains,
        rest => Call::Sibling(other_reads::find(rest)?),
    };
    Some((account, call))
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
