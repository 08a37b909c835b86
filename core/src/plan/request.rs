//! What a file is planned for, or a sheet pulled for.

use std::collections::HashSet;

use super::past::Past;
use crate::model::{AccountId, Domain, Origin, RouteKey};

/// What a plan is made for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The account whose routes were read.
    pub account: &'a AccountId,
    /// Where they were read.
    pub origin: &'a Origin,
    /// `--domain`: plan for these only; empty for the file's own scope.
    pub domains: &'a [Domain],
    /// `--prune`: routes in the scope that the file does not have are to go.
    pub prune: bool,
    /// `--raw-numbers`: new numbers are sent as typed.
    pub raw_numbers: bool,
    /// What own runs did at the keys of the file; none where no journal is at hand.
    pub past: Option<&'a Past>,
    /// Keys where a temporary route stands: a row that asks for the same makes it one for good.
    pub lent: Option<&'a HashSet<RouteKey>>,
    /// What becomes of rows that somebody else has changed, too.
    pub on_conflict: OnConflict,
}

/// What becomes of a row that was edited here and changed on the server too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// There is no plan.
    #[default]
    Stop,
    /// It is left out, and said.
    Skip,
    /// The file's value counts, and what it overwrites is said.
    Mine,
}
