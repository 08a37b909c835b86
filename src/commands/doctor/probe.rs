//! `doctor --probe`: asks for it, and says what was found out.

use super::Report;
use super::finding::Finding;
use crate::api::Client;
use crate::context::Context;
use crate::error::Error;
use crate::ops::domains::{Named, Purpose, look_up};
use crate::ops::{self, AccountLock, Probing};
use crate::server::Fact;

/// What a probe can find out.
const FACTS: [Fact; 8] = [
    Fact::PutStatus,
    Fact::UnknownDestination,
    Fact::Rewriting,
    Fact::DefaultApplication,
    Fact::Lag,
    Fact::Delete,
    Fact::DeleteGone,
    Fact::Key,
];

/// Names a probe that was killed: what it wrote may still stand.
pub(super) fn unfinished(ctx: &Context, client: &Client, report: &mut Report<'_>) {
    if let Some(id) = ops::unfinished_probe(ctx, client) {
        let text = format!("probe {id} was broken off: what it wrote may still stand");
        let cure = format!("`skyswitch undo {id}` deletes it");
        report.add(Finding::warn("probe", text).cure(cure));
    }
}

/// Writes and deletes in a domain that takes no calls, and keeps what that shows.
pub(super) fn check(
    ctx: &Context,
    named: &Named,
    yes: bool,
    report: &mut Report<'_>,
) -> Result<(), Error> {
    let client = ctx.client()?;
    let full = look_up(ctx, &client, named, Purpose::Write, &mut None)?;
    let domain = full.as_ref().unwrap_or(named.name());
    if !yes {
        ops::refuse_live(&client, domain)?;
        ctx.announce(&client);
        let question = format!(
            "Write 11 routes for numbers that belong to nobody in {domain}, and delete them again?"
        );
        match ctx.confirm(&question, ctx.again().domain(domain)) {
            // Who says no has not found a fault.
            Err(error) if ctx.ui.can_ask() && !ctx.signals.stop().is_set() => {
                report.add(Finding::warn("probe", error.message));
                return Ok(());
            }
            answer => answer?,
        }
    }
    let _lock = AccountLock::take(ctx, client.account())?;
    tell(ctx, ops::probe(ctx, &client, domain)?, report);
    Ok(())
}

fn tell(ctx: &Context, probing: Probing, report: &mut Report<'_>) {
    let known: Vec<(Fact, Option<String>)> = {
        let mut facts = ctx.facts();
        facts.set_run(probing.journal.as_str());
        probing.facts.into_iter().for_each(|fact| facts.found(fact));
        let value = |fact: Fact| facts.known(fact).map(|known| known.value.clone());
        FACTS.iter().map(|fact| (*fact, value(*fact))).collect()
    };
    for (fact, value) in known {
        report.add(match value {
            Some(value) => Finding::ok("probe", format!("{}: {value}", fact.name())),
            None => Finding::warn("probe", format!("{}: not found out", fact.name())),
        });
    }
    if let Some(error) = probing.stopped {
        report.fail("probe", error);
    }
}
