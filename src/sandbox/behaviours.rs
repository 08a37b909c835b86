//! What the sandbox does and on whose word: the text of `sandbox serve --help` and the man page.
//!
//! Each line is *documented* (the reference or the vendor's pages say so), *observed* (somebody's
//! working client relies on it) or *assumed* (nobody has said; the sandbox had to do something).

use std::fmt;

/// One thing that the sandbox does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// Which part of the help it belongs to.
    pub kind: Kind,
    /// What it is about, or the words of a `--quirk` or `--fault`.
    pub name: &'static str,
    /// On whose word.
    pub standing: Standing,
    /// What happens.
    pub text: &'static str,
}

/// The parts of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Always, unless a quirk or fault says otherwise.
    Always,
    /// With `--quirk`.
    Quirk,
    /// With `--fault`; what servers and networks do, whoever runs them.
    Fault,
}

/// On whose word a behaviour stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The reference or the vendor says so.
    Documented,
    /// A working client shows it.
    Observed,
    /// Nobody has said.
    Assumed,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Assumed => "assumed",
        })
    }
}

use Kind::{Always, Fault, Quirk};
use Standing::{Assumed, Documented, Observed};

const fn row(kind: Kind, name: &'static str, standing: Standing, text: &'static str) -> Behaviour {
    Behaviour {
        kind,
        name,
        standing,
        text,
    }
}

/// All of them, in the order in which they are shown.
pub fn behaviours() -> &'static [Behaviour] {
    BEHAVIOURS
}

const BEHAVIOURS: &[Behaviour] = &[
    row(
        Always,
        "token request",
        Documented,
        "POST /oauth/token takes a URL-encoded form and the grants password and refresh_token; the token lives 21600 seconds",
    ),
    row(
        Always,
        "token scope",
        Documented,
        "a token asked for without scope may do nothing; `*` means all; a wrong scope is 403",
    ),
    row(
        Always,
        "known scopes",
        Assumed,
        "the reference's scopes and the vendor's longer list may be asked for, others are invalid_scope",
    ),
    row(
        Always,
        "scope of a path",
        Documented,
        "domains and route-by-ani need pbx",
    ),
    row(
        Always,
        "new refresh token",
        Documented,
        "a refresh answers with a new refresh token",
    ),
    row(
        Always,
        "revocation",
        Assumed,
        "a refresh revokes the old refresh token and the old access token",
    ),
    row(
        Always,
        "refresh token age",
        Assumed,
        "refresh tokens do not expire; the newest 1000 pairs are remembered",
    ),
    row(
        Always,
        "token errors",
        Assumed,
        "bad client 401 invalid_client, everything else 400, with error, error_description, hint, message",
    ),
    row(
        Always,
        "token fields",
        Assumed,
        "fields given twice, empty or in the URL are refused, a refresh with username, password or scope too; unknown fields are ignored",
    ),
    row(
        Always,
        "token description",
        Documented,
        "GET /oauth/token tells username, scopes and expiry, or 400 {}",
    ),
    row(
        Always,
        "route parameters",
        Documented,
        "all in the query, none in a body; a missing one is 400",
    ),
    row(
        Always,
        "strict parameters",
        Assumed,
        "unknown, empty and doubled parameters, bad escapes and a body are 400 too",
    ),
    row(
        Always,
        "route list",
        Documented,
        "an array of routes, filtered by ani, dnis, domain",
    ),
    row(
        Always,
        "unknown domain in a filter",
        Assumed,
        "an empty list",
    ),
    row(
        Always,
        "route put",
        Documented,
        "201 for a create and for an update",
    ),
    row(Always, "put body", Assumed, "the 201 has no body"),
    row(Always, "unknown domain in a write", Assumed, "404"),
    row(
        Always,
        "application",
        Documented,
        "user, device or literal; anything else is 400",
    ),
    row(
        Always,
        "omitted application",
        Observed,
        "user: what both known clients send",
    ),
    row(
        Always,
        "route delete",
        Documented,
        "204, or 404 when there is no such route",
    ),
    row(Always, "route key", Observed, "domain, ani and dnis"),
    row(
        Always,
        "number spelling",
        Assumed,
        "numbers are kept as sent and compared byte for byte",
    ),
    row(
        Always,
        "reach of a delete",
        Assumed,
        "without dnis only the route without dnis goes",
    ),
    row(Always, "no dnis", Assumed, "null in lists"),
    row(
        Always,
        "domain list",
        Documented,
        "an array of domain and description; a description may be null",
    ),
    row(
        Always,
        "domain parameters",
        Documented,
        "reseller filters, force_refresh=1 asks past the cache",
    ),
    row(
        Always,
        "domain case",
        Documented,
        "names are compared without regard to case",
    ),
    row(
        Always,
        "errors",
        Documented,
        "{\"error\",\"message\"} with 400, 401, 403, 404, 500",
    ),
    row(
        Always,
        "other methods",
        Assumed,
        "405 with Allow; HEAD and OPTIONS too",
    ),
    row(
        Always,
        "another account",
        Assumed,
        "404, after the bearer and before the scope",
    ),
    row(
        Always,
        "request id",
        Assumed,
        "x-request-id on every answer",
    ),
    row(
        Always,
        "other scopes",
        Assumed,
        "one GET each: the account, users, phone-numbers, routing, e911, messaging; paths and rows are made up",
    ),
    row(
        Always,
        "paging",
        Documented,
        "phone-numbers have {\"pagination\",\"data\"}, users current_page, per_page, total, data; both take page and per_page",
    ),
    row(
        Quirk,
        "list=SHAPE",
        Documented,
        "both lists as array, data, data-pagination, data-flat, object or single; an empty object is []",
    ),
    row(
        Quirk,
        "routes=SHAPE",
        Assumed,
        "the list of routes alone; as an object it is keyed by row number",
    ),
    row(
        Quirk,
        "domains=SHAPE",
        Observed,
        "the list of domains alone; as an object it is keyed by name, as every working client sees it",
    ),
    row(
        Quirk,
        "dnis=null|absent|empty",
        Observed,
        "how a route without dnis is told",
    ),
    row(
        Quirk,
        "delete=exact|wide",
        Assumed,
        "wide: a delete without dnis takes every route of that caller and domain",
    ),
    row(
        Quirk,
        "application=WORD",
        Assumed,
        "what a PUT without application stores: user, device or literal",
    ),
    row(
        Quirk,
        "put=empty|json|text",
        Observed,
        "the body of a 201: none, the route, or something that is not JSON",
    ),
    row(
        Quirk,
        "numbers=as-sent|10|11|e164",
        Observed,
        "one spelling for all numbers, found by any",
    ),
    row(
        Quirk,
        "number-type=string|number",
        Assumed,
        "fields made of digits as JSON numbers",
    ),
    row(
        Quirk,
        "read-lag=MS",
        Assumed,
        "reads show the state before a write for so long",
    ),
    row(
        Quirk,
        "stale-domains=on|off",
        Documented,
        "the list of domains lacks the newest one until force_refresh=1",
    ),
    row(
        Quirk,
        "paging-lie=on|off",
        Assumed,
        "an envelope that claims 50 rows more than it sends",
    ),
    row(
        Quirk,
        "rate-limit=N",
        Assumed,
        "N requests a minute and bearer, then 429 with Retry-After and X-RateLimit headers",
    ),
    row(
        Quirk,
        "filter=exact|substring",
        Assumed,
        "filters match parts of values",
    ),
    row(
        Quirk,
        "unknown-domain=empty|404",
        Assumed,
        "a list filtered by an unknown domain",
    ),
    row(
        Quirk,
        "errors=FORM",
        Documented,
        "error bodies as reference, message, sentence, msg, fields (422), object, empty or html",
    ),
    row(
        Quirk,
        "not-found=404|400",
        Documented,
        "the status of not found",
    ),
    row(
        Quirk,
        "accept-required=on|off",
        Assumed,
        "errors become a redirect unless application/json is accepted",
    ),
    row(
        Quirk,
        "length-required=on|off",
        Assumed,
        "a PUT without Content-Length is 411",
    ),
    row(
        Quirk,
        "token-errors=mixed|400|401",
        Assumed,
        "the status of the token endpoint's refusals",
    ),
    row(
        Quirk,
        "token=opaque|jwt",
        Documented,
        "what an access token looks like",
    ),
    row(
        Fault,
        "status:CODE[:retry-after=SECONDS|date:SECONDS|TEXT]",
        Documented,
        "a refusal, with Retry-After as seconds, as an HTTP-date so many seconds ahead, or as any text",
    ),
    row(
        Fault,
        "html[:CODE]",
        Documented,
        "an HTML page, 200 unless told otherwise",
    ),
    row(Fault, "empty[:CODE]", Documented, "no body"),
    row(
        Fault,
        "redirect:[CODE:]URL",
        Assumed,
        "302 or another redirect to URL",
    ),
    row(Fault, "reply:CODE:BODY", Assumed, "any body, as JSON"),
    row(
        Fault,
        "header:NAME:VALUE",
        Assumed,
        "the true answer with a header more",
    ),
    row(
        Fault,
        "latency:MS",
        Assumed,
        "a wait before the call; several add up and leave room for another fault",
    ),
    row(Fault, "reset", Assumed, "a TCP reset in place of an answer"),
    row(
        Fault,
        "hang",
        Assumed,
        "no answer until the client gives up",
    ),
    row(
        Fault,
        "truncated",
        Assumed,
        "half of the true answer, then the connection closes",
    ),
    row(
        Fault,
        "stall",
        Assumed,
        "half of the true answer, then nothing more",
    ),
    row(
        Fault,
        "slow:BYTES_PER_SECOND",
        Assumed,
        "the true answer, dripping",
    ),
    row(
        Fault,
        "content-length:+N|-N",
        Assumed,
        "the true answer under a false length",
    ),
    row(
        Fault,
        "invalid-json",
        Assumed,
        "the true answer with its last character exchanged",
    ),
    row(
        Fault,
        "non-utf8",
        Assumed,
        "the true answer with a bad byte in its first string",
    ),
    row(
        Fault,
        "nesting[:DEPTH]",
        Assumed,
        "so many opening brackets, 200000 unless told otherwise",
    ),
    row(
        Fault,
        "big-header[:BYTES]",
        Assumed,
        "the true answer with a huge header, 1m unless told otherwise",
    ),
    row(
        Fault,
        "huge:BYTES[:CODE]",
        Assumed,
        "a well-formed array of routes of that size; k, m and g are powers of 1024",
    ),
    row(
        Fault,
        "endless-array",
        Assumed,
        "an array of routes that never ends",
    ),
    row(
        Fault,
        "gzip-bomb[:BYTES]",
        Assumed,
        "a compressed string of that size, 1g unless told otherwise",
    ),
];

#[cfg(test)]
mod tests {
    use super::super::{faults, quirks};
    use super::{Kind, behaviours};

    fn names(kind: Kind) -> Vec<&'static str> {
        let of_kind = |row: &&super::Behaviour| row.kind == kind;
        behaviours()
            .iter()
            .filter(of_kind)
            .map(|row| row.name)
            .collect()
    }

    #[test]
    fn every_quirk_and_fault_that_is_accepted_is_listed_and_no_other() {
        let listed: Vec<_> = names(Kind::Quirk)
            .into_iter()
            .filter_map(|name| name.split_once('=').map(|(name, _)| name))
            .collect();
        let accepted: Vec<_> = quirks::NAMES.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, accepted);
        assert_eq!(names(Kind::Fault), faults::ACTIONS);
    }
}
