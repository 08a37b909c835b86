//! Runs that send nothing: what is to be known of a temporary route.

use crate::api::Client;
use crate::context::Context;
use crate::error::Error;
use crate::journal::{End, Header, Intents, Outcome, RunId};
use crate::model::Change;

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
