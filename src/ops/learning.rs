//! What a run shows of the server by the way.

use crate::apply::Report;
use crate::context::Context;
use crate::journal::RunId;
use crate::model::{Op, Route, RouteKey};
use crate::plan::Operation;
use crate::server::Observed;

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
