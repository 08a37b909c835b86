//! What a person at a terminal is asked where the command line leaves it open. Nobody else is: there the
//! error that names the flag stays as it is.

use std::collections::BTreeMap;

use crate::api::{Client, RouteFilter};
use crate::context::Context;
use crate::error::Error;
use crate::model::{Domain, DomainKey, Number, Route, count, shown};
use crate::ops::domains::{Named, names};
use crate::ui::Beginning;

/// So many domains are named in hints.
pub(super) const MOST_NAMED: usize = 3;

/// The domain, of all the account has; those that have the caller first, with what they do with him.
///
/// # Errors
/// `otherwise` where nobody can be asked or the domains cannot be listed; `confirmation_needed` where
/// the person leaves.
pub(in crate::commands) fn domain(
    ctx: &Context,
    client: &Client,
    named: Option<Named>,
    caller: Option<&Number>,
    beginning: Beginning,
) -> Result<Named, Error> {
    if let Some(named) = named {
        return Ok(named);
    }
    let has = caller.map_or_else(BTreeMap::new, |caller| routes_of(client, caller));
    let otherwise = || super::no_domain(ctx);
    chosen(ctx, client, "Which domain?", &has, beginning, otherwise)
}

/// One of all the domains the account has.
///
/// # Errors
/// As [`domain`].
pub(super) fn of_all(
    ctx: &Context,
    client: &Client,
    question: &str,
    beginning: Beginning,
    otherwise: impl Fn() -> Error,
) -> Result<Named, Error> {
    chosen(
        ctx,
        client,
        question,
        &BTreeMap::new(),
        beginning,
        otherwise,
    )
}

fn chosen(
    ctx: &Context,
    client: &Client,
    question: &str,
    has: &BTreeMap<DomainKey, Vec<Route>>,
    beginning: Beginning,
    otherwise: impl Fn() -> Error,
) -> Result<Named, Error> {
    let names = names(ctx, client, false)?.unwrap_or_default();
    let mut domains: Vec<Domain> = (names.iter())
        .filter_map(|name| Domain::parse(name).ok())
        .collect();
    if domains.is_empty() {
        return Err(otherwise());
    }
    domains.sort_by_key(|domain| !has.contains_key(&domain.key()));
    let item = |domain: &Domain| match has.get(&domain.key()).map(Vec::as_slice) {
        None => domain.to_string(),
        Some([one]) => format!("{domain}  {}", called_and_target(one, None)),
        Some(more) => format!("{domain}  {}", count(more.len(), "route")),
    };
    let items: Vec<String> = domains.iter().map(item).collect();
    let chosen = ctx.choose(question, &items, beginning, otherwise)?;
    Ok(Named::setting(domains.swap_remove(chosen)))
}

/// The domain of a delete: the only one that has the caller, of which the person is asked again before it
/// goes; else as [`domain`].
///
/// # Errors
/// As [`domain`].
pub(super) fn domain_with(
    ctx: &Context,
    client: &Client,
    named: Option<Named>,
    caller: &Number,
) -> Result<Named, Error> {
    if named.is_none() {
        let has = routes_of(client, caller);
        let only = has.values().flatten().next().filter(|_| has.len() == 1);
        let only = only.and_then(|route| Domain::parse(route.domain.as_deref()?).ok());
        if let Some(only) = only {
            return Ok(Named::setting(only));
        }
    }
    domain(ctx, client, named, Some(caller), Beginning::Nowhere)
}

/// No domain is named and nobody can be asked: with the command for each domain that has the caller, where
/// that can be read.
pub(super) fn having(ctx: &Context, error: Error, caller: &Number) -> Error {
    let has = match ctx.client() {
        Ok(client) if ctx.settings.domain.is_none() => routes_of(&client, caller),
        _ => return error,
    };
    let again = |domain: &DomainKey| ctx.again().value("--domain", domain.as_str()).to_string();
    let commands: Vec<String> = has.keys().take(MOST_NAMED).map(again).collect();
    match commands.is_empty() {
        true => error,
        false => error.hint(commands.join("\n")),
    }
}

/// One of several routes of a caller, or all of them: none.
///
/// # Errors
/// As [`domain`].
pub(super) fn route(
    ctx: &Context,
    routes: &[Route],
    all: Option<&str>,
    beginning: Beginning,
    otherwise: impl FnOnce() -> Error,
) -> Result<Option<usize>, Error> {
    let domain = |route: &Route| route.domain.as_deref().map(DomainKey::of);
    let one_domain = (routes.windows(2)).all(|pair| domain(&pair[0]) == domain(&pair[1]));
    let item = |route: &Route| {
        let domain = route.domain.iter().filter(|_| !one_domain);
        let domain = domain.map(|domain| format!(" @ {domain}"));
        let domain: String = domain.collect();
        format!(
            "{}{domain}",
            called_and_target(route, Some("any other number"))
        )
    };
    let items = routes.iter().map(item).chain(all.map(str::to_owned));
    let items: Vec<String> = items.collect();
    let chosen = ctx.choose("Which route?", &items, beginning, otherwise)?;
    Ok((chosen < routes.len()).then_some(chosen))
}

/// `to 16165550190 → jane`; a route for any called number says so in these words, if at all.
fn called_and_target(route: &Route, any: Option<&str>) -> String {
    let called = match route.dnis.as_deref() {
        None | Some("") => any.map(Into::into),
        Some(dnis) => Some(shown(dnis)),
    };
    let called = called.map_or(String::new(), |called| format!("to {called} "));
    format!("{called}→ {}", route.value())
}

/// The caller's routes by domain, for the order of a list alone: none where they cannot be read.
pub(super) fn routes_of(client: &Client, caller: &Number) -> BTreeMap<DomainKey, Vec<Route>> {
    let filter = RouteFilter {
        ani: Some(caller.clone()),
        ..RouteFilter::default()
    };
    let mut found: BTreeMap<DomainKey, Vec<Route>> = BTreeMap::new();
    let _ = client.routes(&filter, &mut |route| {
        if let Some(name) = &route.domain {
            found.entry(DomainKey::of(name)).or_default().push(route);
        }
        Ok(())
    });
    found
}
