//! From a file to a plan: what `routes plan` and `routes apply` share.

use std::io::Read as _;
use std::path::Path;

use crate::api::Client;
use crate::commands::runs::{self, Seen};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::Domain;
use crate::plan::brakes::Overrides;
use crate::plan::files::MAX_BYTES;
use crate::plan::lint;
use crate::plan::{self, File, Plan, Request};

/// Which part of the file and of the server is planned for.
#[derive(Debug, clap::Args)]
pub(super) struct Scope {
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
pub(super) struct Brakes {
    /// Permit that this domain ends without any route; repeatable
    #[arg(long, value_name = "DOMAIN")]
    allow_empty_domain: Vec<String>,
    /// Permit so many deletes in all, and no more
    #[arg(long, value_name = "N")]
    max_deletes: Option<usize>,
    /// Permit so many changes in all, and no more
    #[arg(long, value_name = "N")]
    max_changes: Option<usize>,
    /// Permit deleting a route without a called number while others of the same caller stay, which
    /// the server may take along; what vanishes is put back
    #[arg(long)]
    allow_wide_delete: bool,
}

impl Brakes {
    pub(super) fn overrides(&self) -> Result<Overrides, Error> {
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
    /// Plans a file against what was read. Where a domain is unknown, the list of domains is read
    /// once more past the vendor's cache.
    pub(super) fn plan(
        &self,
        ctx: &Context,
        client: &Client,
        file: &File<'_>,
        seen: &mut Seen,
    ) -> Result<Plan, Error> {
        let domains = domains("--domain", &self.domain)?;
        let origin = runs::origin(ctx)?;
        let request = Request {
            account: client.account(),
            origin: &origin,
            domains: &domains,
            prune: self.prune,
            raw_numbers: ctx.raw_numbers,
        };
        let plan = plan::plan(file, &seen.server(), &request)?;
        let unknown = |warning: &plan::Warning| warning.code == lint::Code::UnknownDomain;
        if !plan.warnings.iter().any(unknown) {
            return Ok(plan);
        }
        seen.read_domains(ctx, client, true)?;
        Ok(plan::plan(file, &seen.server(), &request)?)
    }
}

/// Domains behind a flag.
pub(in crate::commands) fn domains(flag: &str, texts: &[String]) -> Result<Vec<Domain>, Error> {
    texts
        .iter()
        .map(|text| {
            Domain::parse(text)
                .map_err(|error| Error::new(Code::InvalidInput, format!("{flag}: {error}")))
        })
        .collect()
}

/// Reads a file, or standard input for `-`; its name for messages and its bytes.
pub(super) fn read(path: &str) -> Result<(String, Vec<u8>), Error> {
    let name = if path == "-" { "stdin" } else { path };
    let most = u64::try_from(MAX_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    let read = if path == "-" {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    match read {
        Ok(_) => Ok((name.to_owned(), bytes)),
        Err(error) => Err(Error::new(
            Code::InvalidInput,
            format!("`{name}` cannot be read: {error}"),
        )),
    }
}

/// Writes a file that holds phone numbers: private, whole or not at all.
pub(super) fn write(flag: &str, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    std::path::absolute(path)
        .and_then(|path| crate::durable::replace(&path, bytes))
        .map_err(|error| {
            Error::new(
                Code::OutputFailed,
                format!("{flag}: `{}` cannot be written: {error}", path.display()),
            )
        })
}
