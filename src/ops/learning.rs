//! What a run shows of the server by the way.

use std::time::Duration;

use crate::api::Client;
use crate::apply::{LAG, Report};
use crate::context::Context;
use crate::journal::{Recent, RunId};
use crate::model::{Op, Route, RouteIndex, RouteKey};
use crate::plan::Operation;
use crate::server::{Fact, Observed};

/// Of older runs it is not told whether somebody else has been at their routes.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Notes how long reads trailed behind, what went along with deletes, and what a late one was told.
pub(super) fn of_run(
    ctx: &Context,
    operations: &[Operation],
    report: &Report,
    journal: Option<&RunId>,
) {
    let Some(id) = journal else { return };
    let lag = report.lag.map(Observed::Lag);
    let gone = report.delete_gone.map(Observed::DeleteGone);
    let taken = report.restored.iter();
    let taken = taken.chain(report.lost.iter().map(|(route, _)| route));
    let taken = taken.filter_map(Route::key);
    let took = taken.filter_map(|key| took(operations, &key));
    let noted: Vec<Observed> = lag.into_iter().chain(gone).chain(took).collect();
    let mut facts = ctx.facts();
    facts.set_run(&id.to_string());
    for observed in noted {
        facts.note(observed);
    }
}

/// Confirms what is known of deletes, or ends it: a read shows the other routes of a caller whose bare
/// route was seen to be gone a whole window ago, or more.
pub(super) fn of_read(ctx: &Context, client: &Client, index: &RouteIndex) {
    let (known, window) = {
        let facts = ctx.facts();
        (facts.known(Fact::Delete).is_some(), facts.lag_window(LAG))
    };
    let (Ok(journal), Ok(origin)) = (ctx.journal(), ctx.origin()) else {
        return;
    };
    // Where nothing is known there is nothing to confirm, and no journal is read.
    let runs = known.then(|| journal.recent(DAY)).and_then(Result::ok);
    let runs = runs
        .into_iter()
        .flatten()
        .filter(|recent| recent.age >= window);
    let stands = |key: &RouteKey| !index.rows(key).is_empty();
    for Recent { run, .. } in runs {
        if !run
            .header
            .is_of(client.account(), &origin, ctx.settings.sandbox)
        {
            continue;
        }
        let siblings: Vec<RouteKey> = run.header.at_risk.iter().filter_map(Route::key).collect();
        let stayed = run.made().any(|change| {
            let bare = change.op == Op::Delete && change.key.dnis.is_none() && !stands(&change.key);
            let mut siblings = siblings.iter().filter(|key| key.same_caller(&change.key));
            bare && siblings.any(stands)
        });
        if stayed {
            ctx.facts().note(Observed::SiblingsStayed);
        }
    }
}

/// Which form of DELETE took a route along; none where only PUTs went out for its caller.
fn took(operations: &[Operation], gone: &RouteKey) -> Option<Observed> {
    let changes = operations.iter().map(|operation| &operation.change);
    let deletes = changes.filter(|change| change.op == Op::Delete && change.key.same_caller(gone));
    let bare = deletes.map(|change| change.key.dnis.is_none()).max()?;
    Some(if bare {
        Observed::TookSiblings
    } else {
        Observed::TookCaller
    })
}
