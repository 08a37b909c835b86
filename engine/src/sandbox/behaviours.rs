//! What the sandbox does and on whose word: the text of `sandbox serve --help` and the man page.
//!
//! Each line is *documented* (the reference or the vendor's pages say so), *observed* (somebody's
//! working client relies on it) or *assumed* (nobody has said; the sandbox had to do something).

use crate::model::words;

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

words! {
    /// On whose word a behaviour stands.
    Standing "a standing" {
        /// The reference or the vendor says so.
        Documented = "documented",
        /// A working client shows it.
        Observed = "observed",
        /// Nobody has said.
        Assumed = "assumed",
    }
}

/// Rows of one kind: name, on whose word, what happens.
macro_rules! rows {
    ($kind:ident: $($name:literal $standing:ident $text:literal;)*) => {
        &[$(Behaviour { kind: Kind::$kind, name: $name, standing: Standing::$standing, text: $text }),*]
    };
}
pub(super) use rows;

/// What it does with neither quirk nor fault.
pub(super) const ALWAYS: &[Behaviour] = rows! { Always:
    "token request" Documented "POST /oauth/token takes a URL-encoded form and the grants password and refresh_token; the token lives 21600 seconds";
    "token scope" Documented "a token asked for without scope may do nothing; `*` means all; a wrong scope is 403";
    "known scopes" Assumed "the reference's scopes and the vendor's longer list may be asked for, others are invalid_scope";
    "scope of a path" Documented "pbx for what is below pbx, routing for the route of a number, account for sub-accounts";
    "new refresh token" Documented "a refresh answers with a new refresh token";
    "revocation" Assumed "a refresh revokes the old refresh token and the old access token";
    "refresh token age" Assumed "refresh tokens do not expire; the newest 1000 pairs are remembered";
    "token errors" Assumed "bad client 401 invalid_client, everything else 400, with error, error_description, hint, message";
    "token fields" Assumed "fields given twice, empty or in the URL are refused, a refresh with username, password or scope too; unknown fields are ignored";
    "token description" Documented "GET /oauth/token tells username, scopes and expiry, or 400 {}";
    "route parameters" Documented "all in the query, none in a body; a missing one is 400";
    "strict parameters" Assumed "unknown, empty and doubled parameters, bad escapes and a body are 400 too";
    "route list" Documented "an array of routes, filtered by ani, dnis, domain";
    "unknown domain in a filter" Assumed "an empty list";
    "route put" Documented "201 for a create and for an update";
    "put body" Assumed "the 201 has no body";
    "unknown domain in a write" Assumed "404";
    "application" Documented "user, device or literal; anything else is 400";
    "omitted application" Observed "user: what both known clients send";
    "route delete" Documented "204, or 404 when there is no such route";
    "route key" Observed "domain, ani and dnis";
    "number spelling" Assumed "numbers are kept as sent and compared byte for byte";
    "reach of a delete" Assumed "without dnis only the route without dnis goes";
    "no dnis" Assumed "null in lists";
    "domain list" Documented "an array of domain and description; a description may be null";
    "domain parameters" Documented "reseller filters, force_refresh=1 asks past the cache";
    "domain case" Documented "names are compared without regard to case";
    "errors" Documented "{\"error\",\"message\"} with 400, 401, 403, 404, 500";
    "other methods" Assumed "405 with Allow; HEAD and OPTIONS too";
    "another account" Assumed "404, after the bearer and before the scope";
    "request id" Assumed "x-request-id on every answer";
    "subscribers" Documented "a map by extension, narrowed by domain, user, login and filter=all|subscriber|queue|attendant; [] when empty";
    "numbers of a domain" Documented "pbx/phone-numbers: an array of strings, with user those that lead to it; an unknown domain is 404";
    "route of a number" Documented "/phone-numbers/NUMBER/route: type pbx with subscriber and treatment, or another type";
    "sub-accounts" Documented "an array with nested children; each holds domains and routes of its own, for the same user";
    "depth of sub-accounts" Assumed "children are told with recursive=1 only, and name and account_number look as far; include_lineage adds nothing";
    "other scopes" Assumed "one GET each: the account, users, phone-numbers, routing, e911, messaging; paths and rows are made up";
    "paging" Documented "phone-numbers have {\"pagination\",\"data\"}, users current_page, per_page, total, data; both take page and per_page";
};
