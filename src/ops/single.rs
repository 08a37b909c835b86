//! One change by hand: what stands of a caller, and the one engine with one order. `routes set` and
//! `routes delete` differ only in what they ask of it.

use std::cell::Cell;

use jiff::Timestamp;

use super::catch_up::{self, Catch};
use super::domains::{self, Named, Purpose};
use super::{Answer, Order, Ran, carry_out};
use crate::api::{self, Client};
use crate::apply::{Caller, CallerRead, Outcome, Reading, Report, Timing, Why};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::journal::RunId;
use crate::model::{Change, Domain, DomainKey, NumberKey, Route, count};
use crate::plan::brakes::Overrides;
use crate::plan::{self, Operation};

/// What one command is to change, all of one caller.
pub(crate) struct Single<'a> {
    /// What was read before it was decided.
    pub(crate) read: &'a CallerRead,
    /// What to send.
    pub(crate) changes: Vec<Change>,
    /// The command, for what is said of each change.
    pub(crate) source: &'static str,
    /// The domain, where it has no route yet.
    pub(crate) empty_domains: Vec<DomainKey>,
    /// Whether the caller's other routes may go along, as they are put back.
    pub(crate) allow_wide_delete: bool,
    /// Whether clean successes are looked at.
    pub(crate) verify: bool,
    /// When it is to be put back.
    pub(crate) until: Option<Timestamp>,
}

/// Everything was done as asked.
pub(crate) struct Performed {
    /// The run's id.
    pub(crate) journal: Option<RunId>,
    /// Routes that went along and were put back.
    pub(crate) restored: Vec<Route>,
    /// Whether a read showed it.
    pub(crate) verified: bool,
    /// Who takes the caller's calls now.
    pub(crate) answer: Answer,
}

/// Reads what stands of a caller in a domain, once our own writes of a moment ago are shown; with the
/// domain in full, and in the server's spelling where that is known.
///
/// # Errors
/// A read that fails; `unknown_domain`; `incomplete_list` where what stands there cannot be known; a
/// signal.
pub(crate) fn read_caller(
    ctx: &Context,
    client: &Client,
    named: &Named,
    ani: &NumberKey,
    exact: Option<&str>,
) -> Result<(Domain, CallerRead), Error> {
    let mut known = None;
    let domain = domains::in_full(ctx, client, named, Purpose::Write, &mut known)?;
    // A journal that cannot be read cannot be written either, which is told before anything is sent.
    let recent = catch_up::recent(ctx, client).unwrap_or_default();
    let missing = Cell::new(false);
    let read = |domain: &Domain| {
        let read = || {
            let read = Caller::read(client, domain, ani, exact);
            Ok(read.inspect_err(|error| missing.set(error.is_not_found()))?)
        };
        catch_up::until_shown(ctx, &recent, read, |read: &CallerRead, catch: &Catch| {
            let key = catch.key();
            key.domain == domain.key() && key.ani == *ani && catch.lags(&read.snapshot.index)
        })
    };
    let first = read(&domain);
    let (domain, read) = match first {
        Ok(found) if found.any.is_some() => (domain, found),
        Err(error) if !missing.get() => return Err(error),
        // Nothing there, or not found: of a domain of another name, or of a wrong account.
        nothing => match domains::look_up(ctx, client, named, Purpose::Write, &mut known)? {
            // A server's filter may know its own spelling only.
            Some(other) if other != domain => (other.clone(), read(&other)?),
            _ => (domain, nothing?),
        },
    };
    if !read.snapshot.index.is_whole() {
        return Err(Error::new(
            Code::IncompleteList,
            "the caller's routes could not be read completely, so what stands there is not known and nothing was sent",
        ));
    }
    Ok((domain, read))
}

/// Carries out what was decided.
///
/// # Errors
/// `journal_unavailable` before anything is sent; the first failure's own code where nothing was
/// done; one of exit code 8 otherwise, naming the journal id.
pub(crate) fn perform(
    ctx: &Context,
    client: &Client,
    single: Single<'_>,
) -> Result<Performed, Error> {
    let operation = |change: Change| Operation {
        change,
        source: single.source.to_owned(),
    };
    let mut operations: Vec<Operation> = single.changes.into_iter().map(operation).collect();
    plan::sort(&mut operations);
    // A single delete empties a domain without further questions.
    let named = operations.iter().map(|one| one.change.key.domain.as_str());
    let named = named.filter_map(|name| Domain::parse(name).ok()).collect();
    let overrides =
        Overrides::for_undo(named, single.allow_wide_delete).knowing(ctx.facts().delete_exact());
    let order = Order {
        lanes: 1,
        empty_domains: single.empty_domains,
        reading: Reading::Caller(single.read),
        verify: single.verify,
        until: single.until,
        timing: Timing {
            tries: client.retry_policy().tries,
            ..Timing::default()
        },
        quiet: true,
        ..Order::new(&operations, &overrides, single.read.snapshot.index.routes())
    };
    let ran = carry_out(ctx, client, order)?;
    let journal = ran.journal.clone();
    let before = single.read.snapshot.index.routes();
    let answer = Answer::of_run(&operations, &ran.report, Some(before));
    match verdict(ctx, &operations, ran) {
        Ok(report) => Ok(Performed {
            journal,
            verified: report.verified,
            answer,
            restored: report.restored,
        }),
        Err(error) => Err(error.journal(journal)),
    }
}

/// The error a single command ends with, if it does; else what it came to.
fn verdict(ctx: &Context, operations: &[Operation], ran: Ran) -> Result<Report, Error> {
    let Ran {
        report,
        journal,
        refused,
    } = ran;
    if let Some(refused) = refused {
        return Err(refused);
    }
    let tail = journal.map_or(String::new(), |journal| format!(" (journal {journal})"));
    let done = report.count(Outcome::is_done);
    let all = count(operations.len(), "change");
    let changed = report.changed();
    if ctx.signals.stop().is_set() {
        let unknown = report.count(|outcome| outcome.is_open());
        let open = match unknown {
            0 => String::new(),
            unknown => format!(", {unknown} with unknown outcome"),
        };
        let text = format!("interrupted: {done} of {all} done{open}{tail}");
        let error = Error::new(Code::Interrupted, text).changed(changed);
        return Err(error.hint(format!("`{}` shows the run", ctx.ready("history"))));
    }
    if report.outcomes.iter().all(Outcome::is_done) {
        return went_along(report, &tail);
    }
    let back = report
        .restored
        .iter()
        .map(|route| format!("put back {route}"));
    let lost = (report.lost.iter()).map(|(route, why)| format!("{route} is gone: {why}"));
    let details: Vec<String> = back.chain(lost).collect();
    let outcomes = report.outcomes.into_iter().zip(operations);
    let mut ends = outcomes.filter(|(outcome, _)| !outcome.is_done());
    // A row that was held back is told by the one that held it.
    let first = ends.find(|(outcome, _)| !matches!(outcome, Outcome::NotReached(Why::DeletesOff)));
    let Some((outcome, operation)) = first else {
        return Err(Error::new(Code::Refused, "nothing was sent"));
    };
    let error = match outcome {
        Outcome::Failed(error) => Error::from(error),
        outcome => {
            let (change, failure) = (&operation.change, report.read_failure);
            ended(ctx, outcome, change, failure, report.doubted, &tail)
        }
    };
    if done == 0 || changed != Some(true) {
        return Err(Error { details, ..error }.changed(changed));
    }
    let text = format!("{done} of {all} done, then: {error}{tail}");
    Err(Error {
        code: Code::Partial,
        message: text,
        details,
        ..error
    }
    .changed(Some(true)))
}

/// Everything was done; what went along and was not to is told all the same.
fn went_along(report: Report, tail: &str) -> Result<Report, Error> {
    let routes = |n: usize| count(n, "other route");
    if !report.lost.is_empty() {
        let lost = routes(report.lost.len());
        let text =
            format!("it was done, but it took {lost} along, which could not be put back{tail}");
        let mut error = Error::new(Code::Unverified, text).changed(Some(true));
        let line = |(route, why): &(Route, String)| format!("{route} is gone: {why}");
        error.details = report.lost.iter().map(line).collect();
        return Err(error);
    }
    if report.restored.is_empty() || report.may_restore {
        return Ok(report);
    }
    let text = format!(
        "it was done, but it took {} of this caller along; put back{tail}",
        routes(report.restored.len())
    );
    let mut error = Error::new(Code::Unverified, text).changed(Some(true));
    error.details = report.restored.iter().map(Route::to_string).collect();
    Err(error)
}

fn ended(
    ctx: &Context,
    outcome: Outcome,
    change: &Change,
    read_failure: Option<api::Error>,
    doubted: bool,
    tail: &str,
) -> Error {
    let key = &change.key;
    let look = ctx.ready(&format!("routes list --domain {}", key.domain));
    let again = ctx.again().value("--domain", key.domain.as_str());
    let look = format!("look at the route with `{look}`, then run `{again}`");
    match outcome {
        Outcome::Unknown(error) => {
            let error = Error::from(error);
            let text =
                format!("nobody can tell whether the write for {key} was done: {error}{tail}");
            Error {
                code: Code::OutcomeUnknown,
                message: text,
                retryable: None,
                ..error
            }
            .hint(look)
        }
        Outcome::Unverified => {
            let why = read_failure.map_or("does not show it".to_owned(), |error| {
                format!("could not be read again: {error}")
            });
            let text = format!("the server said yes to the write for {key}, but {why}{tail}");
            Error::new(Code::Unverified, text).hint(look)
        }
        Outcome::Stale(_) if doubted => {
            Error::new(Code::OutcomeUnknown, format!("{key}: {outcome}{tail}")).hint(look)
        }
        Outcome::Seen(_) | Outcome::Stale(_) if !tail.is_empty() => {
            Error::new(Code::Unverified, format!("{key}: {outcome}{tail}")).hint(look)
        }
        Outcome::Stale(_) => Error::new(
            Code::Conflict,
            format!("{key}: {outcome}; nothing was changed"),
        )
        .hint(format!("to decide anew: `{}`", ctx.again())),
        other => match read_failure {
            Some(error) => Error::from(error),
            None => Error::new(Code::Refused, format!("{key}: {other}")),
        },
    }
}
