//! What a person should look at before saying yes: warnings, never refusals.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Operation;
use super::damage::damage;
pub use super::finding::{Code, Warning};
use super::problems::quoted;
use super::server::Server;
use crate::model::{
    Application, Change, DomainKey, NumberKey, Op, Route, RouteKey, count, is_hostile,
};

/// The one note about columns of a file that are read over, if there are any.
pub(super) fn foreign(names: &BTreeSet<String>) -> Option<Warning> {
    let state = match names.contains("state") {
        true => "; `state` holds more than `present` and `absent`, so it deletes nothing",
        false => "",
    };
    let quoted: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let verbs = match names.len() {
        1 => "means nothing here and is",
        _ => "mean nothing here and are",
    };
    let columns = count(names.len(), "column");
    let message = format!("{columns} {verbs} left out: {}{state}", quoted.join(", "));
    (!names.is_empty()).then(|| Warning::new(Code::ForeignColumn, message))
}

/// The domains whose list may have been cut, where the server does not say itself that it has more.
pub(super) fn doubtful<'d>(
    domains: impl IntoIterator<Item = &'d DomainKey>,
    server: &Server<'_>,
) -> Vec<Warning> {
    let is_doubtful = |domain: &&DomainKey| !server.says_more() && !server.shows_domain(domain);
    let doubtful = domains.into_iter().filter(is_doubtful);
    let warning = |domain: &DomainKey| {
        let message = format!(
            "the server may have cut the list of `{domain}`, which can have more routes than are counted here; `skyswitch doctor -d {domain}` finds out"
        );
        Warning::new(Code::ListDoubtful, message)
    };
    doubtful.map(warning).collect()
}

/// Several rows of the server have one key.
pub(super) fn one_key_twice(key: &RouteKey, rows: usize) -> Warning {
    let message = format!(
        "the server has {rows} routes for `{key}`: which of them counts is unknown, and none is touched"
    );
    Warning::new(Code::OneKeyTwice, message)
}

/// Looks over sorted operations.
pub fn check(operations: &[&Operation], server: &Server<'_>) -> Vec<Warning> {
    if operations.is_empty() {
        return Vec::new();
    }
    let mut warnings = first_routes(operations, server);
    for operation in operations {
        let Some(after) = &operation.change.after else {
            continue;
        };
        let mut found = destination(after, operation.change.before.as_ref());
        if server.ten_digits_never_match() {
            found.extend(ten_digits(after));
        }
        let at_its_row = |warning: Warning| Warning {
            source: Some(operation.source.clone()),
            ..warning
        };
        warnings.extend(found.into_iter().map(at_its_row));
    }
    warnings.extend(case_only(operations, server));
    warnings.extend(shadowed(operations, server));
    warnings
}

/// A route spelled in ten digits, on a server where such a row never matches.
pub fn ten_digits(route: &Route) -> Option<Warning> {
    let is_ten =
        |number: &&String| number.len() == 10 && number.bytes().all(|b| b.is_ascii_digit());
    let number = [&route.ani, &route.dnis]
        .into_iter()
        .flatten()
        .find(is_ten)?;
    let message = format!(
        "`{number}` stands in ten digits, which no call ever matches on this server: delete the route and set it in eleven"
    );
    Some(Warning::new(Code::DeadSpelling, message))
}

/// What is odd about where one route sends its calls; `before` is what stood there.
///
/// The one list for everything that writes routes, `routes set` as well as plans.
pub fn destination(route: &Route, before: Option<&Route>) -> Vec<Warning> {
    let text = route.destination.as_deref().unwrap_or_default();
    let application = route.application_or_user();
    let quoted = quoted(text);
    let core = core(text);
    let odd = |is_odd: bool, message: &str| is_odd.then(|| format!("{quoted} {message}"));
    let hostile = "holds control or invisible characters, which are sent as they are";
    let damage = damage(text).map(|what| format!("{quoted} looks damaged: {what}"));
    let doubled = doubled(application, text);
    let mismatch = mismatch(application, text).filter(|_| doubled.is_none());
    let edges = "begins or ends with a space";
    let found = [
        (Code::DoubledPrefix, doubled),
        (Code::ApplicationMismatch, mismatch),
        (Code::EdgeSpace, odd(text.trim() != text, edges)),
        (
            Code::HostileCharacters,
            odd(text.chars().any(is_hostile), hostile),
        ),
        (Code::SpreadsheetDamage, damage),
        (
            Code::EmergencyNumber,
            odd(is_emergency(core), "is an emergency number"),
        ),
        (
            Code::LiteralToExtension,
            before.and_then(|before| to_extension(route, before)),
        ),
        (
            Code::CaseOnly,
            before.and_then(|before| case_of(text, before)),
        ),
        (Code::RouteToSelf, to_self(route, core)),
        (Code::RouteLoop, to_sorter(application, core)),
    ];
    let found = found.into_iter();
    found
        .filter_map(|(code, message)| Some(Warning::new(code, message?)))
        .chain(short_host(route))
        .collect()
}

/// A user at something that is no domain: names of domains have dots, and nobody completes these.
fn short_host(route: &Route) -> Option<Warning> {
    let text = route.destination.as_deref()?;
    let (user, host) = text.split_once('@')?;
    let is_user = route.application_or_user() == Application::User.as_str();
    let is_short = is_user && prefix(text).is_none() && !host.contains(['.', ':', ';']);
    let message = format!("{} is at `{host}`, which is no domain", quoted(text));
    is_short.then(|| Warning {
        near: Some(user.to_owned()),
        ..Warning::new(Code::UnknownDestination, message)
    })
}

/// The PBX user whose calls the routes sort (`api.md`, Routes).
pub const SORTER: &str = "route_by_ani";

fn to_sorter(application: &str, core: &str) -> Option<String> {
    let is_it = application == Application::User.as_str() && core.eq_ignore_ascii_case(SORTER);
    is_it.then(|| {
        format!(
            "`{core}` is the user whose calls the routes sort: the call would come back for ever"
        )
    })
}

fn to_self(route: &Route, core: &str) -> Option<String> {
    let (key, goes_to) = (route.key()?, NumberKey::of(core));
    if goes_to == key.ani {
        return Some(format!("`{key}` sends the caller to his own number"));
    }
    (Some(&goes_to) == key.dnis.as_ref())
        .then(|| format!("`{key}` sends the call back to the number that was called"))
}

/// A dial string of somebody outside that becomes an extension: most likely its row was overwritten.
fn to_extension(after: &Route, before: &Route) -> Option<String> {
    let is_extension = |route: &Route| {
        let text = route.destination.as_deref().unwrap_or_default();
        (2..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    let literal = before.application_or_user() == Application::Literal.as_str();
    (literal && !is_extension(before) && is_extension(after)).then(|| {
        let text = |route: &Route| quoted(route.destination.as_deref().unwrap_or_default());
        format!(
            "{} looks like an extension, and the route was the dial string {} (literal) until now",
            text(after),
            text(before)
        )
    })
}

fn case_of(after: &str, before: &Route) -> Option<String> {
    let before = before.destination.as_deref()?;
    (before != after && before.to_lowercase() == after.to_lowercase())
        .then(|| differs_in_case(after, before))
}

/// The words for two names that are one but for their case.
pub fn differs_in_case(text: &str, other: &str) -> String {
    let (text, other) = (quoted(text), quoted(other));
    format!("{text} differs from {other} in upper and lower case only")
}

/// Prefixes that name a kind of destination.
const PREFIXES: [&str; 5] = ["user:", "device:", "sip:", "sips:", "tel:"];

pub(super) fn prefix(text: &str) -> Option<&'static str> {
    PREFIXES.into_iter().find(|prefix| {
        text.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    })
}

/// The name or number without prefixes, host and parameters.
pub(super) fn core(mut text: &str) -> &str {
    while let Some(prefix) = prefix(text) {
        text = &text[prefix.len()..];
    }
    text.split(['@', ';']).next().unwrap_or_default().trim()
}

fn is_emergency(core: &str) -> bool {
    let digits = core.strip_prefix('+').unwrap_or(core);
    matches!(
        digits,
        "911" | "9911" | "1911" | "933" | "112" | "999" | "000"
    )
}

fn doubled(application: &str, text: &str) -> Option<String> {
    let first = prefix(text)?;
    let again = prefix(&text[first.len()..]) == Some(first);
    let said = first.strip_suffix(':') == Some(application);
    (again || said).then(|| {
        let by = if again {
            "the destination"
        } else {
            "the application"
        };
        format!(
            "{} may be read as `{first}{first}…`: {by} says `{first}` already",
            quoted(text)
        )
    })
}

/// The application that the form of a destination speaks of, where that is another than the route's.
pub(super) fn other_application(application: &str, text: &str) -> Option<&'static str> {
    let core = core(text);
    let digits = core.strip_prefix('+').unwrap_or(core);
    let is_long_number = digits.len() >= 10 && digits.bytes().all(|b| b.is_ascii_digit());
    let looks_like = match prefix(text) {
        Some("user:") => "user",
        Some("device:") => "device",
        Some(_) => "literal",
        None if is_long_number => "literal",
        None if application == Application::Literal.as_str()
            && core == text
            && core.chars().all(char::is_alphabetic) =>
        {
            "user"
        }
        None => return None,
    };
    let known = application.parse::<Application>().is_ok();
    (known && looks_like != application).then_some(looks_like)
}

fn mismatch(application: &str, text: &str) -> Option<String> {
    let looks_like = other_application(application, text)?;
    Some(format!(
        "{} looks like a `{looks_like}` destination, and the application is `{application}`",
        quoted(text)
    ))
}

fn first_routes(operations: &[&Operation], server: &Server<'_>) -> Vec<Warning> {
    let counts = server.counts();
    let empty = operations
        .chunk_by(|a, b| a.change.key.domain == b.change.key.domain)
        .filter_map(|group| group.first())
        .filter(|first| first.change.op == Op::Add)
        .filter(|first| !counts.contains_key(&first.change.key.domain));
    empty
        .map(|first| {
            let message = format!(
                "these are the first routes of `{}`: callers without a route are dropped unless the vendor has set up its dial translation for unmatched callers",
                first.change.key.domain
            );
            Warning::at(Code::FirstRoute, first.source.clone(), message)
        })
        .collect()
}

/// Destinations that differ from others of the domain in case only.
fn case_only(operations: &[&Operation], server: &Server<'_>) -> Vec<Warning> {
    let domains: HashSet<&DomainKey> = operations
        .iter()
        .map(|operation| &operation.change.key.domain)
        .collect();
    let known = Destinations::of(server.destinations(&domains));
    let of = |operation: &&Operation| {
        let Change { before, after, .. } = &operation.change;
        let warning = known.case_only(after.as_ref()?, before.as_ref())?;
        let source = Some(operation.source.clone());
        Some(Warning { source, ..warning })
    };
    operations.iter().filter_map(of).collect()
}

/// Where routes go, to tell names that differ in case only.
pub struct Destinations<'d> {
    known: HashSet<&'d str>,
    lower: HashMap<String, &'d str>,
}

impl<'d> Destinations<'d> {
    /// Of these.
    pub fn of(known: impl IntoIterator<Item = &'d str>) -> Self {
        let known: HashSet<&str> = known.into_iter().collect();
        let lower = known.iter().map(|known| (known.to_lowercase(), *known));
        Self {
            lower: lower.collect(),
            known,
        }
    }

    /// The one that a route's differs from in case only; that it does from `before` is said by
    /// [`destination`].
    pub fn case_only(&self, after: &Route, before: Option<&Route>) -> Option<Warning> {
        let text = after.destination.as_deref()?;
        if before.is_some_and(|before| case_of(text, before).is_some()) || self.known.contains(text)
        {
            return None;
        }
        let other = self.lower.get(&text.to_lowercase())?;
        Some(Warning {
            near: Some((*other).to_owned()),
            ..Warning::new(Code::CaseOnly, differs_in_case(text, other))
        })
    }
}

/// Callers who will have a route for any called number and others for single ones.
fn shadowed(operations: &[&Operation], server: &Server<'_>) -> Vec<Warning> {
    type Caller<'k> = (&'k DomainKey, &'k NumberKey);
    fn caller(key: &RouteKey) -> Caller<'_> {
        (&key.domain, &key.ani)
    }
    let mut callers: HashMap<Caller<'_>, (bool, usize)> = HashMap::new();
    let mut gone: HashSet<&RouteKey> = HashSet::new();
    for operation in operations {
        match operation.change.op {
            Op::Delete => {
                gone.insert(&operation.change.key);
            }
            Op::Add | Op::Change => {
                callers.insert(caller(&operation.change.key), (false, 0));
            }
        }
    }
    let added = operations
        .iter()
        .filter(|operation| operation.change.op == Op::Add)
        .map(|operation| &operation.change.key);
    let stays = server.index.keys().filter(|key| !gone.contains(key));
    for key in stays.chain(added) {
        if let Some((bare, single)) = callers.get_mut(&caller(key)) {
            match key.dnis {
                None => *bare = true,
                Some(_) => *single += 1,
            }
        }
    }
    let mut warnings = Vec::new();
    for operation in operations {
        if operation.change.op == Op::Delete {
            continue;
        }
        let key = &operation.change.key;
        if let Some((true, single @ 1..)) = callers.remove(&caller(key)) {
            let message = format!(
                "`{}` in `{}` has a route for any called number and {} for single ones: that the single ones win is assumed",
                key.ani,
                key.domain,
                count(single, "route")
            );
            warnings.push(Warning::at(
                Code::ShadowedRoute,
                operation.source.clone(),
                message,
            ));
        }
    }
    warnings
}
