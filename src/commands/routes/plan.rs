//! `skyswitch routes plan`

use std::path::PathBuf;

use super::plan_args::{Brakes, Scope, left_out};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::count;
use crate::ops::{self, Seen, estimate, neighbours, planning};
use crate::plan::{File, show};

/// Show what a file of routes would change, and change nothing
///
/// The file is CSV or JSON as `routes list` writes it: export, edit, plan, apply. Routes that the
/// file does not have are kept unless `--prune` or a row's `state` says otherwise. Brakes that would
/// stop `apply` are shown, and make this exit 5.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file, or `-` for standard input
    #[arg(value_name = "FILE")]
    file: String,
    #[command(flatten)]
    scope: Scope,
    /// Keep the plan, to be run by `routes apply --plan`
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Exit 9 when there is anything to change
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    brakes: Brakes,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    args.brakes.check()?;
    let (name, bytes) = planning::read(&args.file)?;
    let file = File::read(&name, &bytes)?;
    if let Some(output) = &args.save {
        planning::check_writable("--save", output, &args.file)?;
    }
    let client = ctx.client()?;
    ctx.announce_plan(&client);
    let mut seen = Seen::whole(ctx, &client)?;
    let mut plan = args.scope.plan(ctx, &client, &file, &mut seen)?;
    let overrides = args.brakes.overrides(ctx, &client, &mut seen)?;
    neighbours::warn(ctx, &client, &mut plan);
    let brakes = plan.brakes(&seen.server(), &overrides);
    if let Some(path) = &args.save {
        let document = plan.to_saved(&brakes, jiff::Timestamp::now());
        let text =
            serde_json::to_vec(&document).map_err(|error| Error::of(Code::Internal, error))?;
        planning::write("--save", path, &text)?;
    }
    let json = ctx.wants_json() || ctx.output.jq.is_some();
    if json {
        ctx.print_json(&plan.to_json(&brakes))?;
    } else {
        ops::print(ctx, &show::plan(&plan, &brakes, ops::detail()));
        for line in ops::ended_by(ctx, &plan.operations) {
            ctx.ui.data_line(&ctx.with_names(&line));
        }
        if let Some(words) = estimate::words(ctx, &plan) {
            ctx.ui.data_line(&words);
        }
    }
    match brakes.len() {
        0 => {}
        _ if json => return Err(ops::held(ctx, &brakes)),
        // The plan says which, and what lifts them.
        n => {
            let text = format!(
                "`routes apply` would not carry this out: {} above",
                count(n, "brake")
            );
            let hint = ops::held(ctx, &brakes).hint;
            return Err(Error {
                hint,
                ..Error::new(Code::Brake, text)
            });
        }
    }
    if let Some(error) = left_out(ctx, &plan, &args.file) {
        return Err(error);
    }
    if args.exit_code && !plan.is_empty() {
        let pending = count(plan.operations.len(), "change");
        let verb = if plan.operations.len() == 1 {
            "is"
        } else {
            "are"
        };
        let mut error = Error::new(Code::Pending, format!("{pending} {verb} pending"));
        error.said = true;
        return Err(error);
    }
    Ok(())
}
