//! What the emulator remembers: domains, routes and tokens, and their one versioned JSON form.

use serde::{Deserialize, Serialize};

use crate::model::DomainKey;

/// The `format` of state files that this version reads and writes.
pub(super) const FORMAT: &str = "skyswitch.sandbox/1";

/// How many tokens are remembered; the oldest are forgotten first.
const TOKENS_KEPT: usize = 1000;

/// Everything, as it is kept on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Data {
    pub(super) format: String,
    pub(super) domains: Vec<DomainRow>,
    pub(super) routes: Vec<RouteRow>,
    #[serde(default)]
    pub(super) subscribers: Vec<Subscriber>,
    #[serde(default)]
    pub(super) numbers: Vec<PhoneNumber>,
    /// The accounts below this one, in the order in which they are told.
    #[serde(default)]
    pub(super) accounts: Vec<SubAccount>,
    #[serde(default)]
    pub(super) tokens: Vec<Token>,
    /// Whether `force_refresh` was asked since the newest domain came (the `stale-domains` quirk).
    #[serde(default)]
    pub(super) domains_fresh: bool,
    /// What stood where recent writes went (the `read-lag` quirk), oldest first.
    #[serde(default)]
    pub(super) recent: Vec<Undo>,
}

/// A PBX domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DomainRow {
    pub(super) domain: String,
    pub(super) description: Option<String>,
    pub(super) reseller: Option<String>,
}

/// A route; `application` is none only where a seed said so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RouteRow {
    pub(super) ani: String,
    pub(super) dnis: Option<String>,
    pub(super) domain: String,
    pub(super) application: Option<String>,
    pub(super) destination: String,
}

/// A user, queue or attendant of a domain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subscriber {
    pub(super) domain: String,
    pub(super) user: String,
    pub(super) name: Option<String>,
    pub(super) login: Option<String>,
    /// `system-queue`, `system-aa`; none for a person.
    pub(super) srv_code: Option<String>,
}

/// A number of a domain, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PhoneNumber {
    pub(super) number: String,
    pub(super) domain: String,
    /// The subscriber it is routed to; none for `forward`, `fax` and the like.
    pub(super) user: Option<String>,
    /// `user`, `callqueue` or `attendant`, or what it is in place of `pbx`.
    pub(super) treatment: String,
}

/// An account below another, with the same user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubAccount {
    pub(super) id: String,
    /// Another of these; none for the account of the sandbox itself.
    pub(super) parent: Option<String>,
    pub(super) name: String,
    /// The reseller number.
    pub(super) number: String,
    pub(super) data: Data,
}

/// An issued pair of tokens. Sandbox tokens open nothing but a sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Token {
    pub(super) access: String,
    pub(super) refresh: String,
    pub(super) scopes: Vec<String>,
    /// Unix milliseconds.
    pub(super) expires_at: u64,
    pub(super) revoked: bool,
}

/// What one key held before a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Undo {
    /// Unix milliseconds of the write.
    pub(super) at: u64,
    pub(super) after: Option<RouteRow>,
    pub(super) before: Option<RouteRow>,
}

impl DomainRow {
    /// A domain whose reseller is read from its name (`acme.15611.service`).
    pub(super) fn named(domain: &str) -> Self {
        Self {
            domain: domain.to_owned(),
            description: None,
            reseller: reseller(domain),
        }
    }
}

impl Data {
    pub(super) fn new(domains: Vec<DomainRow>, routes: Vec<RouteRow>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            domains,
            routes,
            ..Self::default()
        }
    }

    /// The domain of that name, whatever its case.
    pub(super) fn domain(&self, name: &str) -> Option<&DomainRow> {
        let key = DomainKey::of(name);
        self.domains
            .iter()
            .find(|row| DomainKey::of(&row.domain) == key)
    }

    /// Remembers an issued pair, forgetting the oldest beyond a bound.
    pub(super) fn remember(&mut self, token: Token) {
        if self.tokens.len() >= TOKENS_KEPT {
            self.tokens.remove(0);
        }
        self.tokens.push(token);
    }

    /// The routes as a read sees them: writes younger than `lag` milliseconds undone.
    pub(super) fn routes_seen(&self, now: u64, lag: u64) -> Vec<RouteRow> {
        let mut routes = self.routes.clone();
        for undo in self.recent.iter().rev() {
            if undo.at.saturating_add(lag) > now {
                put_back(&mut routes, undo);
            }
        }
        routes
    }
}

/// The reseller number in a domain name, if it has the vendor's form `<name>.<reseller>.service`.
pub(super) fn reseller(domain: &str) -> Option<String> {
    let rest = domain.strip_suffix(".service")?;
    let (_, reseller) = rest.rsplit_once('.')?;
    let digits = !reseller.is_empty() && reseller.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| reseller.to_owned())
}

fn put_back(routes: &mut Vec<RouteRow>, undo: &Undo) {
    let place = undo
        .after
        .as_ref()
        .and_then(|after| routes.iter().position(|row| row == after));
    match (place, &undo.before) {
        (Some(place), Some(before)) => routes[place] = before.clone(),
        (Some(place), None) => {
            routes.remove(place);
        }
        (None, Some(before)) => routes.push(before.clone()),
        (None, None) => {}
    }
}
