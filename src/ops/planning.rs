//! From a file to a plan: what `routes plan` and `routes apply` share.

use std::io::Read as _;
use std::path::Path;

use same_file::Handle;

use super::{Seen, domains, own_runs};
use crate::api::Client;
use crate::context::Context;
use crate::durable;
use crate::error::{Code, Error};
use crate::model::{Domain, DomainKey, nearest_domain};
use crate::plan::{self, File, MAX_BYTES, OnConflict, Plan, PlanError, Pulled, Request};

/// What a file is planned for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    /// The domains that were named; none for what the file says.
    pub(crate) domains: &'a [Domain],
    /// `--prune`
    pub(crate) prune: bool,
    /// `--on-conflict`
    pub(crate) on_conflict: OnConflict,
}

/// Plans a file against what was read. Where a domain is unknown, the list of domains is read once
/// more past the vendor's cache.
pub(crate) fn plan_file(
    ctx: &Context,
    client: &Client,
    file: &File<'_>,
    seen: &mut Seen,
    wish: &Wish<'_>,
) -> Result<Plan, Error> {
    let named = wish.domains;
    let origin = ctx.lasting_origin()?;
    let past = match wish.on_conflict {
        OnConflict::Stop => own_runs::since_export(ctx, client, file),
        // The values of conflicts are shown, whoever wrote them and when.
        OnConflict::Skip | OnConflict::Mine => own_runs::all(ctx, client, file),
    };
    let lent = ctx.lent().map(|lent| lent.loans.keys().cloned().collect());
    let request = Request {
        account: client.account(),
        origin: &origin,
        domains: named,
        prune: wish.prune,
        raw_numbers: ctx.raw_numbers,
        past: Some(&past),
        lent: lent.as_ref(),
        on_conflict: wish.on_conflict,
    };
    look_up(client, file, seen)?;
    let mut planned = plan::plan(file, &seen.server(), &request);
    // Mistakes of the file come first; a conflict in a domain that is none would mislead.
    if !matches!(planned, Err(PlanError::File(_)))
        && refuse_unknown(ctx, client, file, seen, named)?
    {
        planned = plan::plan(file, &seen.server(), &request);
    }
    if matches!(planned, Err(PlanError::Refused(_))) {
        // What stood there at the export may have been written by an older run.
        let past = Some(&own_runs::all(ctx, client, file));
        planned = plan::plan(file, &seen.server(), &Request { past, ..request });
    }
    let plan = planned.map_err(|error| undecided(ctx, error))?;
    refuse_without_rows(ctx, named, file)?;
    Ok(plan)
}

/// The refusal, and for rows in conflict the two ways on.
fn undecided(ctx: &Context, error: PlanError) -> Error {
    let error = Error::from(error);
    if error.code != Code::Conflict {
        return error;
    }
    let way = |word| ctx.again().value("--on-conflict", word);
    error.hint(format!(
        "`{}` leaves rows in conflict as they stand there\n`{}` writes what the file says",
        way("skip"),
        way("mine")
    ))
}

/// Brings a sheet up to date, in memory; `time` is when what was read was asked for, in milliseconds.
pub(crate) fn pull_file(
    ctx: &Context,
    client: &Client,
    file: &File<'_>,
    seen: &mut Seen,
    domains: &[Domain],
    time: i64,
) -> Result<Pulled, Error> {
    look_up(client, file, seen)?;
    refuse_unknown(ctx, client, file, seen, domains)?;
    let request = Request {
        account: client.account(),
        origin: &ctx.lasting_origin()?,
        domains,
        prune: false,
        raw_numbers: ctx.raw_numbers,
        past: Some(&own_runs::all(ctx, client, file)),
        lent: None,
        on_conflict: OnConflict::Stop,
    };
    Ok(plan::pull(file, &seen.server(), &request, time)?)
}

/// What a list that may be cut does not show may stand all the same.
fn look_up(client: &Client, file: &File<'_>, seen: &mut Seen) -> Result<(), Error> {
    match seen.coverage().is_whole() {
        true => Ok(()),
        false => seen.look_up(client, file.keys().iter()),
    }
}

/// A domain of the file or behind `--domain` that the account does not have: a typo, most likely.
/// Tells whether the list of domains was read again; nothing is unknown where it cannot be had.
fn refuse_unknown(
    ctx: &Context,
    client: &Client,
    file: &File<'_>,
    seen: &mut Seen,
    named: &[Domain],
) -> Result<bool, Error> {
    let server = seen.server();
    let is_new = |domain: &DomainKey| server.has_none_in(domain);
    let scope: Vec<DomainKey> = file.scope(named).into_iter().filter(is_new).collect();
    if scope.is_empty() || seen.domains.is_none() {
        return Ok(false);
    }
    let missing = domains::missing(ctx, client, scope, &mut seen.domains)?;
    if missing.is_empty() {
        return Ok(true);
    }
    let missing: Vec<_> = (missing.into_iter())
        .map(|domain| (file.first_of(&domain), domain))
        .map(|(source, domain)| (domain, source))
        .collect();
    let names = seen.domains.as_deref().unwrap_or_default();
    Err(domains::unknown_in_file(ctx, &missing, names))
}

/// Rows that are all left out are no plan: `--domain` is misspelt, or the file is another one.
pub(crate) fn refuse_without_rows(
    ctx: &Context,
    named: &[Domain],
    file: &File<'_>,
) -> Result<(), Error> {
    let Some(first) = named.first() else {
        return Ok(());
    };
    let names = file.domain_names();
    let keys: Vec<DomainKey> = names.iter().map(|name| DomainKey::of(name)).collect();
    if names.is_empty() || named.iter().any(|domain| keys.contains(&domain.key())) {
        return Ok(());
    }
    let text = format!("`{}` has no row of `--domain {first}`", file.name());
    let error = Error::new(Code::UnknownDomain, text);
    Err(match nearest_domain(first.as_str(), names) {
        Some(near) => error.hint(format!(
            "did you mean `{}`?",
            ctx.again().value("--domain", near)
        )),
        None => error.hint(format!(
            "for the domains of the file: `{}`",
            ctx.again().without_value("--domain")
        )),
    })
}

/// Reads a file, or standard input for `-`; its name for messages and its bytes.
pub(crate) fn read(path: &str) -> Result<(String, Vec<u8>), Error> {
    let (name, bytes) = read_raw(path)?;
    Ok((name, plan::utf8(bytes)))
}

/// The same, in the encoding it has.
pub(crate) fn read_raw(path: &str) -> Result<(String, Vec<u8>), Error> {
    let name = if path == "-" { "stdin" } else { path };
    let most = u64::try_from(MAX_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    let read = if path == "-" {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    match read {
        Ok(_) => Ok((name.to_owned(), bytes)),
        Err(error) => Err(Error::at(
            Code::InvalidInput,
            format!("`{name}` cannot be read"),
            error,
        )),
    }
}

/// Whether a file that is to be written at the end can be, and is not the one that is read: found out
/// before anything is sent.
pub(crate) fn check_writable(flag: &str, path: &Path, input: &str) -> Result<(), Error> {
    // Only a file can be lost; to look at a pipe would be to wait at it.
    if path.is_file() {
        let read = match input {
            "-" => Handle::stdin(),
            input => Handle::from_path(input),
        };
        if read.is_ok_and(|read| Handle::from_path(path).is_ok_and(|written| written == read)) {
            let text = format!("{flag}: `{}` is the file that is read", path.display());
            return Err(Error::new(Code::Usage, text)
                .hint("name another file: what stands in this one would be lost"));
        }
    }
    durable::check_writable(path).map_err(|error| unwritable(flag, path, error))
}

/// Whether a file can be replaced where it stands; a file that says it is not to be written is not.
pub(crate) fn check_rewritable(path: &Path) -> Result<(), Error> {
    let opened = std::fs::OpenOptions::new().append(true).open(path);
    let checked = opened.and_then(|_| durable::check_writable(path));
    checked.map_err(|error| unwritable("routes pull", path, error))
}

pub(crate) fn unwritable(flag: &str, path: &Path, error: std::io::Error) -> Error {
    let path = path.display();
    Error::at(
        Code::OutputFailed,
        format!("{flag}: `{path}` cannot be written"),
        error,
    )
}

/// Writes a file that holds phone numbers: private, whole or not at all; see [`durable::write_through`].
pub(crate) fn write(flag: &str, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    durable::write_through(path, bytes).map_err(|error| unwritable(flag, path, error))
}
