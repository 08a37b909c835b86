//! How a run over the whole account begins: what `routes apply`, `move` and `copy` share.

use super::domains::{self, Named};
use super::{AccountLock, Seen, Summary, neighbours, settle};
use crate::api::Client;
use crate::context::Context;
use crate::error::Error;
use crate::model::{Domain, DomainKey};
use crate::plan::{Operation, Plan, Warning, lint};

/// A run that has read the account and sent nothing yet.
pub(crate) struct Begun {
    pub(crate) client: Client,
    pub(crate) seen: Seen,
    /// Other runs are kept out for as long as this one lasts.
    _busy: Option<AccountLock>,
}

impl Begun {
    /// Says which account it is, keeps other runs out, reads everything, and settles what earlier runs left
    /// open. `not`: what a signal makes of it, as `not moved`.
    pub(crate) fn new(ctx: &Context, dry_run: bool, not: &str) -> Result<Self, Error> {
        Summary::default().if_interrupted(ctx, not);
        let client = ctx.client()?;
        ctx.announce_plan(&client);
        let busy = match dry_run {
            true => None,
            false => Some(AccountLock::take(ctx, client.account())?),
        };
        let seen = Seen::whole(ctx, &client)?;
        settle(ctx, &client, &seen)?;
        Ok(Self {
            client,
            seen,
            _busy: busy,
        })
    }

    /// The domains in full; the account has each of them.
    pub(crate) fn domains(&mut self, ctx: &Context, named: &[Named]) -> Result<Vec<Domain>, Error> {
        let known = &mut self.seen.domains;
        let full = domains::all_in_full(ctx, &self.client, named, known)?;
        domains::refuse_unknown(ctx, &self.client, &full, known)?;
        Ok(full)
    }

    /// The plan of these changes, with what looks wrong about them behind `warnings`.
    pub(crate) fn plan(
        &self,
        ctx: &Context,
        domains: Vec<DomainKey>,
        operations: Vec<Operation>,
        warnings: Vec<Warning>,
    ) -> Result<Plan, Error> {
        let place = (self.client.account().clone(), ctx.lasting_origin()?);
        let mut plan = Plan::of(place, domains, operations);
        plan.warnings = warnings;
        let all: Vec<&Operation> = plan.operations.iter().collect();
        let found = lint::check(&all, &self.seen.server());
        plan.warnings.extend(found);
        // One destination, one word about it.
        plan.warnings.dedup();
        neighbours::warn(ctx, &self.client, &mut plan);
        Ok(plan)
    }
}
