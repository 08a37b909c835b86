//! Whether the account has a domain: the one place that asks, and the one that says no.

use std::collections::HashSet;

use crate::api::{self, Client, Completeness};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::{Domain, DomainKey, nearest_domain};

/// The names of `domains list`; none where they could not be had, which is then said.
pub(crate) fn names(
    ctx: &Context,
    client: &Client,
    fresh: bool,
) -> Result<Option<Vec<String>>, Error> {
    let mut names = Vec::new();
    let read = ctx.domains(client, fresh, &mut |record| {
        names.extend(record.domain);
        Ok(())
    });
    let why = match read.map_err(Error::from) {
        Ok(completeness) if completeness.is_complete() => return Ok(Some(names)),
        Ok(_) => "the list of domains is not complete",
        Err(error) if matches!(error.code, Code::Forbidden | Code::NotFound) => {
            "this token may not list domains"
        }
        Err(error) => return Err(error),
    };
    ctx.ui
        .warning(&format!("{why}, so the domains' names are not checked"));
    Ok(None)
}

/// Those of the wanted domains that the account does not have, the list asked for once more past the
/// vendor's cache before it is said; none where the list cannot be had. `known` is what was read of
/// it before, and then what was read last.
pub(crate) fn missing(
    ctx: &Context,
    client: &Client,
    mut wanted: Vec<DomainKey>,
    known: &mut Option<Vec<String>>,
) -> Result<Vec<DomainKey>, Error> {
    for fresh in [false, true] {
        if wanted.is_empty() {
            break;
        }
        if fresh || known.is_none() {
            *known = names(ctx, client, fresh)?;
        }
        let Some(names) = known else {
            return Ok(Vec::new());
        };
        let names: HashSet<DomainKey> = names.iter().map(|name| DomainKey::of(name)).collect();
        wanted.retain(|domain| !names.contains(domain));
    }
    Ok(wanted)
}

/// Refuses domains that the account does not have; `known` as for [`missing`].
///
/// # Errors
/// The first of them (3), with the nearest name.
pub(crate) fn refuse_unknown(
    ctx: &Context,
    client: &Client,
    wanted: &[Domain],
    known: &mut Option<Vec<String>>,
) -> Result<(), Error> {
    let keys = wanted.iter().map(Domain::key).collect();
    let missing = missing(ctx, client, keys, known)?;
    let is_missing = |domain: &&Domain| missing.contains(&domain.key());
    match wanted.iter().find(is_missing) {
        None => Ok(()),
        Some(domain) => Err(unknown(ctx, domain, known.as_deref().unwrap_or_default())),
    }
}

/// The server's spelling of a domain; none where the list of domains could not settle it.
///
/// # Errors
/// The account has no such domain (3), with the nearest name.
pub(crate) fn check_domain(
    ctx: &Context,
    client: &Client,
    domain: &Domain,
) -> Result<Option<String>, Error> {
    let mut known = None;
    let missing = missing(ctx, client, vec![domain.key()], &mut known)?;
    let names = known.unwrap_or_default();
    if !missing.is_empty() {
        return Err(unknown(ctx, domain, &names));
    }
    let is_it = |name: &String| DomainKey::of(name) == domain.key();
    Ok(names.into_iter().find(is_it))
}

/// A list of one domain; where it is not found, or nothing of it is, the account may lack the domain.
///
/// # Errors
/// The read's own; the account has no such domain (3), with the nearest name.
pub(crate) fn of_domain(
    ctx: &Context,
    client: &Client,
    domain: &Domain,
    read: impl FnOnce(&mut bool) -> Result<Completeness, api::Error>,
) -> Result<Completeness, Error> {
    let mut found = false;
    let read = read(&mut found);
    let nothing = match &read {
        Ok(_) => !found,
        Err(error) => error.is_not_found(),
    };
    if nothing {
        check_domain(ctx, client, domain)?;
    }
    Ok(read?)
}

/// The account has no such domain: what `--domain` should have said.
pub(crate) fn unknown(ctx: &Context, domain: &Domain, names: &[String]) -> Error {
    let error = Error::new(Code::UnknownDomain, text(domain.as_str()));
    match nearest_domain(domain.as_str(), names.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean `--domain {near}`?")),
        None => error.hint(list_them(ctx)),
    }
}

/// The same of domains that a file names, each with its place in it.
pub(crate) fn unknown_in_file(
    ctx: &Context,
    missing: &[(DomainKey, Option<String>)],
    names: &[String],
) -> Error {
    let lines = missing.iter().map(|(domain, source)| {
        let place = source.as_ref().map_or(String::new(), |s| format!("{s}: "));
        let near = nearest_domain(domain.as_str(), names.iter().map(String::as_str));
        let near = near.map_or(String::new(), |near| format!(": did you mean `{near}`?"));
        format!("{place}{}{near}", text(domain.as_str()))
    });
    Error::of_lines(Code::UnknownDomain, lines.collect()).hint(list_them(ctx))
}

fn text(domain: &str) -> String {
    format!("the account has no domain `{domain}`")
}

fn list_them(ctx: &Context) -> String {
    let list = ctx.ready("domains list");
    format!("`{list}` shows the domains there are")
}
