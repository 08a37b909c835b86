//! The flags that everything shares which makes a plan: its scope, and what lifts its brakes.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::api::Client;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::count;
use crate::ops::domains::{Named, all_in_full};
use crate::ops::planning::Wish;
use crate::ops::{Seen, planning};
use crate::plan::brakes::Overrides;
use crate::plan::{File, OnConflict, Plan};

/// The flag that lets a domain end empty.
pub(in crate::commands) const EMPTY_DOMAIN: &str = "--allow-empty-domain";

/// Which part of the file and of the server is planned for.
#[derive(Debug, clap::Args)]
pub(crate) struct Scope {
    /// Plan for this domain only; repeatable
    ///
    /// Without it the file says which domains it is about.
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Vec<String>,
    /// Delete what the file lacks, in the printed domains
    ///
    /// Without `--domain` no domain can lose its last row that way.
    #[arg(long)]
    prune: bool,
    /// Rows edited here and by others: stop, skip or mine
    ///
    /// What becomes of a row that was edited here and changed on the server by somebody else: `stop`, which
    /// is the default, makes no plan, `skip` leaves it out and ends 8, `mine` writes it and says what it
    /// overwrites.
    #[arg(long, value_name = "HOW", default_value = "stop", value_parser = on_conflict(), hide_possible_values = true, hide_default_value = true)]
    on_conflict: OnConflict,
}

fn on_conflict() -> impl TypedValueParser<Value = OnConflict> {
    PossibleValuesParser::new(["stop", "skip", "mine"]).map(|word| match word.as_str() {
        "skip" => OnConflict::Skip,
        "mine" => OnConflict::Mine,
        _ => OnConflict::Stop,
    })
}

/// What lifts each brake; `--yes` lifts none.
#[derive(Debug, clap::Args)]
pub(crate) struct Brakes {
    /// Permit that this domain ends without any route; repeatable
    #[arg(long, value_name = "DOMAIN", hide_short_help = true)]
    allow_empty_domain: Vec<String>,
    /// Permit so many deletes in all, and no more
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = crate::commands::global::whole::<usize>, hide_short_help = true)]
    max_deletes: Option<usize>,
    /// Permit so many changes in all, and no more
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = crate::commands::global::whole::<usize>, hide_short_help = true)]
    max_changes: Option<usize>,
    /// Permit deletes even while other routes of their caller stay
    ///
    /// The server may take them along when a route without a called number is deleted; what vanishes
    /// is put back.
    #[arg(long, hide_short_help = true)]
    allow_wide_delete: bool,
}

impl Brakes {
    /// Refuses what is no domain's name, before anything is read or sent.
    pub(crate) fn check(&self) -> Result<(), Error> {
        domains(EMPTY_DOMAIN, &self.allow_empty_domain).map(|_| ())
    }

    pub(crate) fn overrides(
        &self,
        ctx: &Context,
        client: &Client,
        seen: &mut Seen,
    ) -> Result<Overrides, Error> {
        let empty = domains(EMPTY_DOMAIN, &self.allow_empty_domain)?;
        Ok(Overrides {
            allow_empty_domain: all_in_full(ctx, client, &empty, &mut seen.domains)?,
            max_deletes: self.max_deletes,
            max_changes: self.max_changes,
            allow_wide_delete: self.allow_wide_delete,
            deletes_are_exact: ctx.facts().delete_exact(),
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
        let named = domains("--domain", &self.domain)?;
        let domains = all_in_full(ctx, client, &named, &mut seen.domains)?;
        let wish = Wish {
            domains: &domains,
            prune: self.prune,
            on_conflict: self.on_conflict,
        };
        planning::plan_file(ctx, client, file, seen, &wish)
    }
}

/// The end of a command whose plan leaves rows in conflict out; it has named them.
pub(super) fn left_out(ctx: &Context, plan: &Plan, file: &str) -> Option<Error> {
    let rows = plan.skipped().count();
    let text = format!("{} in conflict left out", count(rows, "row"));
    let pull = ctx.ready(&format!("routes pull {}", ctx.word(file)));
    let mine = ctx.again().value("--on-conflict", "mine");
    let hint = format!("`{pull}` says what stands there now\n`{mine}` writes what the file says");
    (rows > 0).then(|| Error::new(Code::Partial, text).hint(hint))
}

/// Domains behind a flag.
pub(in crate::commands) fn domains(flag: &str, texts: &[String]) -> Result<Vec<Named>, Error> {
    (texts.iter().map(|text| Named::typed(flag, text))).collect()
}
