//! Runs that send nothing: what is to be known of a temporary route.

use crate::api::Client;
use crate::context::{Context, local};
use crate::error::Error;
use crate::journal::{End, Header, Intents, Outcome, RunId};
use crate::model::{Change, Route, count, same_image};
use crate::plan::Operation;

/// How many rows of a plan that are on loan are named.
const NAMED: usize = 10;

/// Journals changes that nobody sends, with how each of them stands; `mark` says what for.
///
/// # Errors
/// The journal cannot be written.
pub(crate) fn note(
    ctx: &Context,
    client: &Client,
    changes: &[(Change, Outcome)],
    mark: impl FnOnce(&mut Header),
) -> Result<RunId, Error> {
    let mut header = ctx.journal_header(client)?;
    mark(&mut header);
    let intents: Vec<Change> = changes.iter().map(|(change, _)| change.clone()).collect();
    let run = ctx.journal()?.begin(&header, Intents::Changes(&intents))?;
    for (index, (_, outcome)) in changes.iter().enumerate() {
        run.result(index, outcome)?;
    }
    run.end(End::Done)?;
    Ok(run.id().clone())
}

/// What a plan would end: the temporary routes that its rows write over, a line each. Who puts back what
/// stood there ends nothing that would not have ended so.
pub(crate) fn ended_by(ctx: &Context, operations: &[Operation]) -> Vec<String> {
    let Some(lent) = ctx.lent() else {
        return Vec::new();
    };
    let line = |operation: &Operation| {
        let Change { before, after, .. } = &operation.change;
        let stands = before.as_ref()?;
        let (until, back) = lent.loans.end_of(stands)?;
        let back_early = same_image(back, after.as_ref());
        let back = back.map_or("no route".to_owned(), Route::value);
        let until = local(until);
        (!back_early)
            .then(|| format!("temporary: {stands} until {until}, then {back}; this ends that"))
    };
    let mut lines: Vec<String> = operations.iter().filter_map(line).collect();
    if let Some(more @ 1..) = lines.len().checked_sub(NAMED) {
        lines.truncate(NAMED);
        lines.push(format!("{} more", count(more, "temporary route")));
    }
    lines
}
