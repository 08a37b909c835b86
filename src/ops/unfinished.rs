//! Unfinished runs: what a crash left open is read from the server and written down.

use std::collections::HashSet;

use super::Seen;
use crate::api::Client;
use crate::context::Context;
use crate::error::Error;
use crate::journal::{End, Entry, Journal, JournalError, Outcome, Status};
use crate::model::{RouteKey, Standing};
use crate::plan::Server;

/// Settles every run of this account whose outcomes are open, with what the server shows.
///
/// Stands there what was to be written: done. Stands there what stood before: not done. Anything
/// else stays open, for nobody can tell, and so does what a newer run of ours has written over. A journal that cannot be written is a warning here: it
/// stops the run that follows, if there is one.
pub(crate) fn settle(ctx: &Context, client: &Client, seen: &Seen) -> Result<(), Error> {
    let journal = ctx.journal()?;
    let origin = ctx.origin()?;
    let mut open = Vec::new();
    let mut newer: HashSet<RouteKey> = HashSet::new();
    for entry in journal.entries()?.flatten() {
        if !entry
            .header
            .is_of(client.account(), &origin, ctx.settings.sandbox)
        {
            continue;
        }
        let is_run = entry.header.plan.is_some();
        let written: Vec<RouteKey> = entry.made().map(|change| change.key.clone()).collect();
        if entry.is_unsettled() {
            let over = written.iter().filter(|key| newer.contains(*key));
            open.push((over.cloned().collect(), entry));
        } else if is_run && entry.status != Status::Running {
            // That run has settled everything before it.
            break;
        }
        newer.extend(written);
    }
    if open.is_empty() {
        return Ok(());
    }
    let server = seen.server();
    // The oldest first: a later run's word about a key is the newer one.
    for (over, entry) in open.iter().rev() {
        match settle_one(&journal, entry, &server, over) {
            Err(error) => ctx.ui.warning(&error.to_string()),
            Ok(0) => {}
            Ok(_) => ctx.ui.status(&format!(
                "run {} left outcomes open: settled by reading the server",
                entry.id
            )),
        }
    }
    Ok(())
}

/// What stands there still is as before: a run that came to its end had sent it.
fn not_done(entry: &Entry) -> Outcome {
    match entry.status {
        Status::Partial => Outcome::Failed {
            error: "it was sent, and the server does not show it".to_owned(),
        },
        _ => Outcome::NotReached,
    }
}

fn settle_one(
    journal: &Journal,
    entry: &Entry,
    server: &Server<'_>,
    over: &HashSet<RouteKey>,
) -> Result<usize, JournalError> {
    let mut settled = Vec::new();
    let mut open = false;
    for (index, recorded) in entry.changes.iter().enumerate() {
        if recorded.outcome != Outcome::Unknown {
            continue;
        }
        let change = &recorded.intent;
        let outcome = match change.standing(&server.at(&change.key)) {
            _ if over.contains(&change.key) => None,
            Standing::After => Some(Outcome::Done),
            Standing::Before => Some(not_done(entry)),
            Standing::Other | Standing::Unseen => None,
        };
        match outcome {
            Some(outcome) => settled.push((index, outcome)),
            None => open = true,
        }
    }
    if settled.is_empty() {
        return Ok(0);
    }
    let run = journal.reopen(entry)?;
    for (index, outcome) in &settled {
        run.result(*index, outcome)?;
    }
    if open && entry.status == Status::Interrupted {
        // Its end would turn what is still open into "not reached".
        return Ok(settled.len());
    }
    run.end(match entry.status {
        Status::Partial => End::Partial,
        _ => End::Interrupted,
    })?;
    Ok(settled.len())
}
