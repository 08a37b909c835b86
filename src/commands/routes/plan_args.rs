//! The flags that everything shares which makes a plan: its scope, and what lifts its brakes.

use crate::api::Client;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::Domain;
use crate::ops::{Seen, planning};
use crate::plan::brakes::Overrides;
use crate::plan::{File, Plan};

/// Which part of the file and of the server is planned for.
#[derive(Debug, clap::Args)]
pub(crate) struct Scope {
    /// Plan for this domain only; repeatable. Without it the file says which domains it is about
    #[arg(long, value_name = "DOMAIN")]
    domain: Vec<String>,
    /// Delete what the file does not have, in the printed scope. Without `--domain` no domain can
    /// lose its last row that way
    #[arg(long)]
    prune: bool,
}

/// What lifts each brake; `--yes` lifts none.
#[derive(Debug, clap::Args)]
pub(crate) struct Brakes {
    /// Permit that this domain ends without any route; repeatable
    #[arg(long, value_name = "DOMAIN")]
    allow_empty_domain: Vec<String>,
    /// Permit so many deletes in all, and no more
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = crate::commands::global::whole::<usize>)]
    max_deletes: Option<usize>,
    /// Permit so many changes in all, and no more
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = crate::commands::global::whole::<usize>)]
    max_changes: Option<usize>,
    /// Permit deleting a route without a called number while others of the same caller stay, which
    /// the server may take along; what vanishes is put back
    #[arg(long)]
    allow_wide_delete: bool,
}

impl Brakes {
    pub(crate) fn overrides(&self) -> Result<Overrides, Error> {
        Ok(Overrides {
            allow_empty_domain: domains("--allow-empty-domain", &self.allow_empty_domain)?,
            max_deletes: self.max_deletes,
            max_changes: self.max_changes,
            allow_wide_delete: self.allow_wide_delete,
            unseen_adds: false,
        })
    }
}

impl Scope {
    pub(super) fn plan(
        &self,
        ctx: &Context,
        client: &Client,
        file: &File<'_>,
        seen: &mut Seen,
    ) -> Result<Plan, Error> {
        let domains = domains("--domain", &self.domain)?;
        planning::plan_file(ctx, client, file, seen, &domains, self.prune)
    }
}

/// Domains behind a flag.
pub(in crate::commands) fn domains(flag: &str, texts: &[String]) -> Result<Vec<Domain>, Error> {
    texts
        .iter()
        .map(|text| Domain::parse(text).map_err(|error| Error::at(Code::InvalidInput, flag, error)))
        .collect()
}
