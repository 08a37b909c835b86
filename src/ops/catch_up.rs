//! Reads that lag behind a run of ours: what it wrote a moment ago need not be shown yet.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use super::Seen;
use crate::api::Client;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::journal::{Entry, Outcome};
use crate::model::{Change, RouteKey};
use crate::plan::reverse::reverse;

/// How long reads may lag behind our writes (`design.md` §6 "Verify").
const LAG: Duration = Duration::from_secs(15);
/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(500);

/// Reads again while the server shows what stood before a run of which the journal says that it is
/// done, as long as that may be a read that lags.
///
/// # Errors
/// A read that fails, a signal.
pub(crate) fn caught_up(
    ctx: &Context,
    client: &Client,
    entry: &Entry,
    mut seen: Seen,
) -> Result<Seen, Error> {
    let changes = latest_word(ctx, entry)?;
    let lags = |seen: &Seen| reverse(changes.iter().copied(), &seen.server(), "").already > 0;
    let written = ctx.journal()?.last_written(&entry.id);
    let mut told = false;
    while lags(&seen) && written.is_some_and(may_lag) {
        if !std::mem::replace(&mut told, true) {
            ctx.ui.status(&format!(
                "the server does not show all of run {} yet: reading again",
                entry.id
            ));
        }
        if !ctx.signals.stop().sleep(LOOK) {
            return Err(Error::new(
                Code::Interrupted,
                "interrupted; nothing was changed",
            ));
        }
        seen = Seen::routes(client)?;
    }
    Ok(seen)
}

fn may_lag(written: SystemTime) -> bool {
    written.elapsed().is_ok_and(|age| age < LAG)
}

/// What the run did, without the routes that a later run has written to.
fn latest_word<'e>(ctx: &Context, entry: &'e Entry) -> Result<Vec<&'e Change>, Error> {
    let mut later: HashSet<RouteKey> = HashSet::new();
    let entries = ctx.journal()?.entries()?.flatten();
    for newer in entries.take_while(|newer| newer.id != entry.id) {
        let written = newer.changes.into_iter();
        let written = written.filter(|one| one.outcome == Outcome::Done);
        later.extend(written.map(|one| one.intent.key));
    }
    let done = entry.changes.iter();
    let done = done.filter(|one| one.outcome == Outcome::Done);
    let done = done.map(|one| &one.intent);
    Ok(done.filter(|change| !later.contains(&change.key)).collect())
}
