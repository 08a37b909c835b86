//! Whether the account has a domain, and which one is meant: the one place that asks, and the one that
//! says no.

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
        Err(error) if error.code == Code::Forbidden => "this token may not list domains",
        Err(error) if error.code == Code::NotFound => {
            "the server finds no list of domains for this account"
        }
        Err(error) => return Err(error),
    };
    ctx.ui
        .warning_once(&format!("{why}, so the domains' names are not checked"));
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

/// A domain as a command was given it: what was typed may be the first labels of its name, settings
/// hold whole names.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    name: Domain,
    typed: bool,
}

/// What a name is looked up for: a write believes no list that somebody has kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Read,
    Write,
}

/// Which domain of the account a name means.
enum Meant {
    This(Domain),
    None,
    /// The list of domains cannot be had.
    Unlisted,
}

impl Named {
    /// What was typed behind a flag.
    pub(crate) fn typed(flag: &str, text: &str) -> Result<Self, Error> {
        let parsed = Domain::parse(text);
        let name = parsed.map_err(|error| Error::at(Code::InvalidInput, flag, error))?;
        Ok(Self { name, typed: true })
    }

    /// A setting's.
    pub(crate) fn setting(name: Domain) -> Self {
        Self { name, typed: false }
    }

    /// The name as it was given.
    pub(crate) fn name(&self) -> &Domain {
        &self.name
    }

    /// All names that it may mean; see [`Domain::meant`].
    pub(crate) fn meant<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<Domain> {
        let meant = self.name.meant(names);
        let parsed = meant.into_iter().map(|name| match self.is(name) {
            true => Some(Domain::parse(name).unwrap_or_else(|_| self.name.clone())),
            false if self.typed => Domain::parse(name).ok(),
            false => None,
        });
        parsed.flatten().collect()
    }

    fn is(&self, name: &str) -> bool {
        DomainKey::of(name) == self.name.key()
    }

    /// Fewer labels than domains have: to be looked up before anything else is asked.
    pub(crate) fn is_short(&self) -> bool {
        self.typed && self.name.as_str().split('.').count() < 3
    }
}

/// The domain a command is about, before its first request: a name that looks whole is taken for one,
/// and looked up where nothing is found in it ([`look_up`]).
///
/// # Errors
/// As [`look_up`]; a single label that cannot be looked up is nothing to write to (2).
pub(crate) fn in_full(
    ctx: &Context,
    client: &Client,
    named: &Named,
    purpose: Purpose,
    known: &mut Option<Vec<String>>,
) -> Result<Domain, Error> {
    if !named.is_short() {
        return Ok(named.name.clone());
    }
    match look_up(ctx, client, named, purpose, known)? {
        Some(domain) => Ok(domain),
        None if purpose == Purpose::Write && !named.name.as_str().contains('.') => {
            Err(cannot_be_looked_up(ctx, named))
        }
        None => Ok(named.name.clone()),
    }
}

/// A single label is no domain, and nobody says which one begins so.
pub(crate) fn cannot_be_looked_up(ctx: &Context, named: &Named) -> Error {
    let text = format!("which domain `{}` begins cannot be looked up", named.name);
    let whole = format!("{}.NUMBER.service", named.name);
    let again = ctx.again().domain_in_full(&named.name, &whole);
    Error::new(Code::InvalidInput, text).hint(format!("the whole name is wanted: `{again}`"))
}

/// The domain that is meant, in the server's spelling; none where the list of domains cannot be had.
/// `known` is what was read of that list before, and then what was read last.
///
/// # Errors
/// The account has no such domain (3), with the nearest name; several begin so (2).
pub(crate) fn look_up(
    ctx: &Context,
    client: &Client,
    named: &Named,
    purpose: Purpose,
    known: &mut Option<Vec<String>>,
) -> Result<Option<Domain>, Error> {
    match meant(ctx, client, named, purpose, known)? {
        Meant::This(domain) => Ok(Some(domain)),
        Meant::Unlisted => Ok(None),
        Meant::None => Err(unknown(
            ctx,
            &named.name,
            known.as_deref().unwrap_or_default(),
        )),
    }
}

/// The same of all domains behind a flag of a plan, whose names were read before; one that the account
/// does not have stays as it was given, for the plan says where it stands. What is short is believed
/// of no cache, which is asked past once for all of them.
///
/// # Errors
/// Several begin like one of them (2).
pub(crate) fn all_in_full(
    ctx: &Context,
    client: &Client,
    named: &[Named],
    known: &mut Option<Vec<String>>,
) -> Result<Vec<Domain>, Error> {
    let meant = |named: &Named, known: &Option<Vec<String>>| {
        let names = known.as_deref().unwrap_or_default();
        named.meant(names.iter().map(String::as_str))
    };
    let is_short = |named: &Named| match meant(named, known).first() {
        Some(name) => !named.is(name.as_str()),
        None => named.is_short(),
    };
    if named.iter().any(is_short) {
        *known = names(ctx, client, true)?;
    }
    let full = named
        .iter()
        .map(|named| match meant(named, known).as_slice() {
            [] => Ok(named.name.clone()),
            [one] => Ok(one.clone()),
            several => Err(more_than_one(ctx, &named.name, several)),
        });
    full.collect()
}

/// Looks a name up, past the vendor's cache where the kept list is not enough: it knows no such
/// domain, or only the beginning of one that is to be written to.
fn meant(
    ctx: &Context,
    client: &Client,
    named: &Named,
    purpose: Purpose,
    known: &mut Option<Vec<String>>,
) -> Result<Meant, Error> {
    let at_once = purpose == Purpose::Write && named.is_short() && known.is_none();
    let mut meant = Vec::new();
    for fresh in [false, true].into_iter().skip(usize::from(at_once)) {
        if fresh || known.is_none() {
            *known = names(ctx, client, fresh)?;
        }
        let Some(names) = known else {
            return Ok(Meant::Unlisted);
        };
        meant = named.meant(names.iter().map(String::as_str));
        let sure = |domain: &Domain| fresh || purpose == Purpose::Read || named.is(domain.as_str());
        match meant.as_slice() {
            [one] if sure(one) => return Ok(Meant::This(one.clone())),
            _ => {}
        }
    }
    match meant.is_empty() {
        true => Ok(Meant::None),
        false => Err(more_than_one(ctx, &named.name, &meant)),
    }
}

/// More than one domain begins so.
pub(crate) fn more_than_one(ctx: &Context, typed: &Domain, meant: &[Domain]) -> Error {
    let names: Vec<String> = meant.iter().map(|name| format!("`{name}`")).collect();
    let text = format!("`{typed}` may be {}", names.join(" or "));
    let again = |name: &Domain| ctx.again().domain_in_full(typed, name.as_str()).to_string();
    let commands: Vec<String> = meant.iter().map(again).collect();
    Error::new(Code::InvalidInput, text).hint(commands.join("\n"))
}

/// A list of one domain; where it is not found, or nothing of it is, the account may lack the domain,
/// or have one of a longer name.
///
/// # Errors
/// The read's own; as [`look_up`].
pub(crate) fn of_domain(
    ctx: &Context,
    client: &Client,
    named: &Named,
    known: &mut Option<Vec<String>>,
    mut read: impl FnMut(&Domain, &mut bool) -> Result<Completeness, api::Error>,
) -> Result<Completeness, Error> {
    let domain = in_full(ctx, client, named, Purpose::Read, known)?;
    let mut found = false;
    let first = read(&domain, &mut found);
    let nothing = match &first {
        Ok(_) => !found,
        Err(error) => error.is_not_found(),
    };
    if nothing
        && let Some(other) = look_up(ctx, client, named, Purpose::Read, known)?
        && other.key() != domain.key()
    {
        return Ok(read(&other, &mut found)?);
    }
    Ok(first?)
}

/// The account has no such domain: what `--domain` should have said.
pub(crate) fn unknown(ctx: &Context, domain: &Domain, names: &[String]) -> Error {
    let mut error = Error::new(Code::UnknownDomain, text(domain.as_str()));
    if ctx.has_profile(domain.as_str()) {
        let again = ctx.again().without_value("--domain");
        let again = again.value("--profile", domain.as_str());
        error.add_hint(format!("`{domain}` is a profile: `{again}`"));
        return error;
    }
    match nearest_domain(domain.as_str(), names.iter().map(String::as_str)) {
        Some(near) => error.hint(did_you_mean(ctx, domain, near)),
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

/// This command with the nearest name.
pub(crate) fn did_you_mean(ctx: &Context, typed: &Domain, near: &str) -> String {
    let again = ctx.again().domain_in_full(typed, near);
    format!("did you mean `{again}`?")
}

fn list_them(ctx: &Context) -> String {
    let list = ctx.ready("domains list");
    format!("`{list}` shows the domains there are")
}
