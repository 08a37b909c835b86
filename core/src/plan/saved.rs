//! A plan as JSON: what `--json` prints, what `--save` keeps, and how a kept one is taken back.
//!
//! `--json`: `{"plan","account","scope","add","change","delete","unchanged","kept","operations",
//! "warnings","brakes"}`. A saved plan is the same with `format`, `created`, `origin` and
//! `kept_outside` in front. Brakes are not read back: they are asked again against the server.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::brakes::Brake;
use super::lint::Warning;
use super::{Operation, Plan, PlanId, sort};
use crate::model::{AccountId, Change, DomainKey, Op, Origin, Route, RouteKey};

/// The one version we write and read.
const FORMAT: &str = "skyswitch.plan/1";

/// A saved plan older than this is refused.
pub const MAX_AGE: SignedDuration = SignedDuration::from_hours(24);

/// Two machines' clocks may differ by this much.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A plan on its way out; serialize it.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a Origin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_outside: Option<usize>,
    plan: PlanId,
    account: &'a AccountId,
    scope: &'a [DomainKey],
    add: usize,
    change: usize,
    delete: usize,
    unchanged: usize,
    kept: usize,
    operations: &'a [Operation],
    warnings: &'a [Warning],
    brakes: &'a [Brake],
}

/// Why a saved plan cannot be run. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SavedError {
    /// Not JSON, or not of this shape (exit 2).
    #[error("{line}:{column}: not a saved plan: {reason}")]
    Unreadable {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
        /// What the reader says.
        reason: String,
    },
    /// Another version, or no saved plan at all; what it says it is.
    #[error("{}", format_words(.0.as_deref()))]
    Format(Option<String>),
    /// It is for another account.
    #[error("the plan is for account `{0}`")]
    Account(String),
    /// It is for another API.
    #[error("the plan is for `{0}`")]
    Origin(String),
    /// Its content is not what its name stands for.
    #[error("the plan was altered: it is named `{said}`, and what it holds is `{found}`")]
    Mismatch {
        /// The id it carries.
        said: String,
        /// The id of what it holds.
        found: String,
    },
    /// It carries operations that no planner writes.
    #[error("the plan is damaged: {0}")]
    Damaged(&'static str),
    /// It is older than 24 hours; when it was made.
    #[error("the plan is older than 24 hours: it was made {0}")]
    TooOld(Timestamp),
    /// It was made later than now; when it says it was made.
    #[error("the plan was made {0}, which is later than now")]
    FromTheFuture(Timestamp),
}

fn format_words(said: Option<&str>) -> String {
    match said {
        Some(format) => {
            format!("the plan has the format `{format}`, and this version runs `{FORMAT}`")
        }
        None => format!("the file says no `format`: a plan kept with `--save` says `{FORMAT}`"),
    }
}

impl SavedError {
    /// Whether the file is no plan at all (exit 2) rather than one that must not be run (exit 5).
    pub fn is_unreadable(&self) -> bool {
        matches!(self, Self::Unreadable { .. })
    }
}

impl Plan {
    /// What `plan --json` prints.
    pub fn to_json<'a>(&'a self, brakes: &'a [Brake]) -> Document<'a> {
        let counts = self.counts();
        Document {
            format: None,
            created: None,
            origin: None,
            kept_outside: None,
            plan: self.id(),
            account: &self.account,
            scope: &self.scope,
            add: counts.add,
            change: counts.change,
            delete: counts.delete,
            unchanged: self.unchanged,
            kept: self.kept,
            operations: &self.operations,
            warnings: &self.warnings,
            brakes,
        }
    }

    /// What `plan --save` keeps.
    pub fn to_saved<'a>(&'a self, brakes: &'a [Brake], created: Timestamp) -> Document<'a> {
        Document {
            format: Some(FORMAT),
            created: Some(created.to_string()),
            origin: Some(&self.origin),
            kept_outside: Some(self.kept_outside),
            ..self.to_json(brakes)
        }
    }

    /// Takes a saved plan back, for this account and origin and no other.
    ///
    /// Its brakes are not part of it: ask [`Plan::brakes`] again with what stands on the server.
    ///
    /// # Errors
    /// [`SavedError`], one kind for each reason.
    pub fn load(
        text: &str,
        account: &AccountId,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<Self, SavedError> {
        let head: Head = read(text)?;
        if head.format.as_deref() != Some(FORMAT) {
            return Err(SavedError::Format(head.format));
        }
        let saved: Saved = read(text)?;
        if saved.account != *account {
            return Err(SavedError::Account(saved.account.to_string()));
        }
        if saved.origin != *origin {
            return Err(SavedError::Origin(saved.origin.to_string()));
        }
        check_age(&saved.created, now)?;
        let said = saved.plan.clone();
        let plan = saved.into_plan();
        let found = plan.id();
        if said != found {
            return Err(SavedError::Mismatch {
                said: said.to_string(),
                found: found.to_string(),
            });
        }
        check_operations(&plan)?;
        Ok(plan)
    }
}

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    format: Option<String>,
}

#[derive(Deserialize)]
struct Saved {
    created: String,
    origin: Origin,
    kept_outside: usize,
    plan: PlanId,
    account: AccountId,
    scope: Vec<DomainKey>,
    unchanged: usize,
    kept: usize,
    operations: Vec<Step>,
    warnings: Vec<Warning>,
}

/// An [`Operation`] on its way in: `flatten` would buffer each one.
#[derive(Deserialize)]
struct Step {
    op: Op,
    key: RouteKey,
    before: Option<Route>,
    after: Option<Route>,
    source: String,
}

impl Saved {
    fn into_plan(self) -> Plan {
        let operation = |step: Step| Operation {
            change: Change {
                op: step.op,
                key: step.key,
                before: step.before,
                after: step.after,
            },
            source: step.source,
        };
        Plan {
            account: self.account,
            origin: self.origin,
            scope: self.scope,
            operations: self.operations.into_iter().map(operation).collect(),
            unchanged: self.unchanged,
            for_good: Vec::new(),
            kept: self.kept,
            kept_outside: self.kept_outside,
            warnings: self.warnings,
        }
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, SavedError> {
    serde_json::from_str(text).map_err(|error| {
        let words = error.to_string();
        let reason = words.rsplit_once(" at line ").map_or(&*words, |(r, _)| r);
        SavedError::Unreadable {
            line: error.line(),
            column: error.column(),
            reason: reason.to_owned(),
        }
    })
}

fn check_age(created: &str, now: Timestamp) -> Result<(), SavedError> {
    let Ok(created) = created.parse::<Timestamp>() else {
        return Err(SavedError::Damaged("`created` is no time"));
    };
    let age = now.duration_since(created);
    if age > MAX_AGE {
        Err(SavedError::TooOld(created))
    } else if age < -CLOCK_SKEW {
        Err(SavedError::FromTheFuture(created))
    } else {
        Ok(())
    }
}

/// Holds a plan to what every planner promises, since its name can be worked out by anyone.
fn check_operations(plan: &Plan) -> Result<(), SavedError> {
    let mut keys = HashSet::with_capacity(plan.operations.len());
    for Operation { change, .. } in &plan.operations {
        let sides = (change.before.as_ref(), change.after.as_ref());
        let routes = match (change.op, sides) {
            (Op::Add, (None, Some(after))) => [None, Some(after)],
            (Op::Change, (Some(before), Some(after))) => [Some(before), Some(after)],
            (Op::Delete, (Some(before), None)) => [Some(before), None],
            _ => return Err(SavedError::Damaged("an operation lacks a side")),
        };
        let is_keyed = |route: &&Route| route.key().as_ref() == Some(&change.key);
        if !routes.iter().flatten().all(is_keyed) {
            return Err(SavedError::Damaged("an operation has the key of another"));
        }
        if !plan.scope.contains(&change.key.domain) {
            return Err(SavedError::Damaged(
                "an operation is in none of the domains",
            ));
        }
        if !keys.insert(&change.key) {
            return Err(SavedError::Damaged("two operations have one key"));
        }
    }
    let mut sorted = plan.operations.clone();
    sort(&mut sorted);
    if sorted != plan.operations {
        return Err(SavedError::Damaged("its operations are out of order"));
    }
    Ok(())
}
