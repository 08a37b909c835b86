//! Routing as code, the pure half: files in, one [`Plan`] out, brakes and warnings beside it.
//!
//! [`File::read`] reads, [`plan`] compares with what stands on the server, [`brakes::check`] says
//! what would stop the plan, [`show`] what a person sees. Nothing here does I/O beyond the text it
//! is given; running a plan, verifying it and undoing it live elsewhere.

pub mod base;
pub mod brakes;
pub mod cases;
pub mod check;
mod claim;
mod columns;
pub mod contacts;
mod csv;
mod damage;
pub mod desired;
mod diff;
pub mod explain;
pub mod failed;
pub mod files;
pub mod finding;
pub mod findings;
mod json;
mod layout;
pub mod lint;
pub mod past;
mod people;
pub mod problems;
mod pull;
pub mod refusal;
mod request;
pub mod reverse;
mod rows;
pub mod saved;
mod server;
pub mod show;
pub mod takers;
pub mod transfer;
mod validate;
mod vcard;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::model::{AccountId, Change, DomainKey, Op, Origin, Route, RouteKey, displayed};
use base::Canon;

pub use diff::{PRUNE, plan};
pub use files::File;
pub use finding::Warning;
pub use past::Past;
pub use pull::{Pulled, pull};
pub use refusal::PlanError;
pub use request::{OnConflict, Request};
pub use rows::{Encoding, MAX_BYTES, utf8};
pub use server::Server;

/// What would change, as it is shown, saved and applied: nothing else decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The account it is for.
    pub account: AccountId,
    /// The API it is for.
    pub origin: Origin,
    /// The domains it may touch, sorted; prune deletes only here.
    pub scope: Vec<DomainKey>,
    /// What is to be written: domain by domain, adds, changes, then deletes; in each the keys in
    /// order, but of one caller's deletes the route without dnis comes last.
    pub operations: Vec<Operation>,
    /// Rows of the file that need nothing.
    pub unchanged: usize,
    /// Keys of rows that ask for what a temporary route is: it is to be one for good.
    pub for_good: Vec<RouteKey>,
    /// Routes on the server that the file does not have and that stay.
    pub kept: usize,
    /// How many of those lie outside the scope.
    pub kept_outside: usize,
    /// What a person should look at before saying yes.
    pub warnings: Vec<Warning>,
}

/// One write of a plan and where it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// The write.
    #[serde(flatten)]
    pub change: Change,
    /// `routes.csv:12`, or `--prune`.
    pub source: String,
}

impl Operation {
    /// A change, and where it comes from.
    pub(crate) fn of(change: Change, source: &str) -> Self {
        let source = source.to_owned();
        Self { change, source }
    }
}

/// How many writes of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Routes that are new.
    pub add: usize,
    /// Routes that get another value.
    pub change: usize,
    /// Routes that go.
    pub delete: usize,
}

/// The name of a plan: the same account, origin, scope and operations have the same.
///
/// The first 10 hex digits of a SHA-256; where the operations were asked for (file names, lines) is
/// not part of it, so a file in another order gives the same plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanId(String);

displayed!(PlanId);

/// What `--expect` names; anything else matches no plan.
impl From<&str> for PlanId {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl Plan {
    /// A plan that no file asks for: what is to be written, in the domains of a scope.
    pub fn of(
        (account, origin): (AccountId, Origin),
        mut scope: Vec<DomainKey>,
        mut operations: Vec<Operation>,
    ) -> Self {
        scope.sort();
        scope.dedup();
        sort(&mut operations);
        Self {
            account,
            origin,
            scope,
            operations,
            unchanged: 0,
            for_good: Vec::new(),
            kept: 0,
            kept_outside: 0,
            warnings: Vec::new(),
        }
    }

    /// The plan's name, worked out from what it holds.
    pub fn id(&self) -> PlanId {
        let mut canon = Canon::new("skyswitch.plan/1");
        canon.text(Some(self.account.as_str()));
        canon.text(Some(&self.origin.to_string()));
        canon.text(Some(&self.scope.len().to_string()));
        for domain in &self.scope {
            canon.text(Some(domain.as_str()));
        }
        for operation in &self.operations {
            let Change {
                op,
                key,
                before,
                after,
            } = &operation.change;
            canon.text(Some(match op {
                Op::Add => "add",
                Op::Change => "change",
                Op::Delete => "delete",
            }));
            canon.text(Some(key.domain.as_str()));
            canon.text(Some(key.ani.as_str()));
            canon.text(key.dnis.as_ref().map(|dnis| dnis.as_str()));
            for route in [before, after] {
                image(&mut canon, route.as_ref());
            }
        }
        PlanId(canon.hex(10))
    }

    /// How many of each.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.operations)
    }

    /// Whether one of its warnings is a user whom nobody knows.
    pub fn leads_to_nobody(&self) -> bool {
        let is_one = |warning: &Warning| warning.code == lint::Code::UnknownDestination;
        self.warnings.iter().any(is_one)
    }

    /// The rows in conflict that were left out of it.
    pub fn skipped(&self) -> impl Iterator<Item = &Warning> {
        let is_one = |warning: &&Warning| warning.code == lint::Code::ConflictSkipped;
        self.warnings.iter().filter(is_one)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// The operations, domain by domain, in the order of the plan.
    pub fn by_domain(&self) -> impl Iterator<Item = &[Operation]> {
        by_domain(&self.operations)
    }
}

/// Sorted operations, domain by domain.
fn by_domain(operations: &[Operation]) -> impl Iterator<Item = &[Operation]> {
    operations.chunk_by(|a, b| a.change.key.domain == b.change.key.domain)
}

impl Counts {
    fn of(operations: &[Operation]) -> Self {
        let mut counts = Self::default();
        for operation in operations {
            match operation.change.op {
                Op::Add => counts.add += 1,
                Op::Change => counts.change += 1,
                Op::Delete => counts.delete += 1,
            }
        }
        counts
    }
}

/// Sorts operations as [`Plan::operations`] promises.
pub fn sort(operations: &mut [Operation]) {
    operations.sort_by(|a, b| order(&a.change).cmp(&order(&b.change)));
}

fn order(change: &Change) -> impl Ord + '_ {
    let key = &change.key;
    let rank = match change.op {
        Op::Add => 0,
        Op::Change => 1,
        Op::Delete => 2,
    };
    (&key.domain, rank, &key.ani, key.dnis.is_none(), &key.dnis)
}

fn image(canon: &mut Canon, route: Option<&Route>) {
    let Some(route) = route else {
        return canon.text(None);
    };
    canon.text(Some("route"));
    for field in [
        &route.ani, &route.dnis, &route.domain, &route.application, &route.destination,
    ] {
        canon.text(field.as_deref());
    }
}
