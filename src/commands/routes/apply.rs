//! `skyswitch routes apply`

use std::path::PathBuf;

use super::plan_args::{Brakes, Scope, left_out};
use crate::api::Client;
use crate::apply::{LANES, MOST_LANES, Report};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::{Standing, count};
use crate::ops::neighbours;
use crate::ops::{self, Begun, Consent, Planned, Seen, own_runs, planning};
use crate::plan::brakes::{Brake, Overrides};
use crate::plan::failed::{self, Left};
use crate::plan::files::Format;
use crate::plan::{self, Encoding, File, Operation, Plan, PlanId};

/// Change the server to what a file of routes says
///
/// Shows the plan, asks, and carries out exactly that: domain by domain, the first one alone, creates
/// before changes before deletes, each verified. What stood there before is kept in the journal, and
/// `undo` puts it back. Running the same command again goes on where a run stopped.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file, or `-` for standard input, which then needs `--yes`
    #[arg(
        value_name = "FILE",
        required_unless_present = "plan",
        conflicts_with = "plan"
    )]
    file: Option<String>,
    #[command(flatten)]
    scope: Scope,
    /// Run exactly this plan, kept by `routes plan --save`
    ///
    /// Within the last 24 hours.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["domain", "prune", "expect"])]
    plan: Option<String>,
    /// Run the file only if it comes to this plan
    #[arg(long, value_name = "PLAN")]
    expect: Option<String>,
    /// Do not ask. Lifts no brake
    #[arg(long)]
    yes: bool,
    /// How many requests at a time
    ///
    /// Fewer while the server says it is too much.
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = LANES, value_parser = lanes)]
    concurrency: usize,
    /// Write failed and unreached rows to this file
    #[arg(long, value_name = "FILE")]
    failed: Option<PathBuf>,
    /// Keep the plan, too
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Accepted as in `routes plan`; an apply leaves nothing pending
    #[arg(long, hide = true)]
    exit_code: bool,
    #[command(flatten)]
    brakes: Brakes,
}

fn lanes(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(lanes) if (1..=MOST_LANES).contains(&lanes) => Ok(lanes),
        _ => Err(format!("accepted are 1 to {MOST_LANES}")),
    }
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    args.brakes.check()?;
    let path = args.file.as_deref().or(args.plan.as_deref());
    let path = path.unwrap_or_default();
    let (name, raw) = planning::read_raw(path)?;
    let encoding = Encoding::of(&raw);
    let bytes = plan::utf8(raw);
    // A file that cannot be read is said before anybody logs in.
    let file = match &args.plan {
        None => Some(File::read(&name, &bytes)?),
        Some(_) => None,
    };
    for (flag, output) in [("--failed", &args.failed), ("--save", &args.save)] {
        if let Some(output) = output {
            planning::check_writable(flag, output, path)?;
        }
    }
    let mut begun = Begun::new(ctx, false, "not applied")?;
    let Begun { client, seen, .. } = &mut begun;
    let mut plan = match &file {
        Some(file) => args.scope.plan(ctx, client, file, seen)?,
        None => {
            let plan = saved(ctx, client, &name, &bytes)?;
            let operations = plan.operations.iter();
            seen.look_up(client, operations.map(|one| &one.change.key))?;
            plan
        }
    };
    let overrides = args.brakes.overrides(ctx, client, seen)?;
    // A plan that is kept has its warnings.
    if file.is_some() {
        neighbours::warn(ctx, client, &mut plan);
    }
    let input = Input {
        file: file.as_ref(),
        encoding,
    };
    let consent = Consent {
        yes: args.yes,
        can_answer: path != "-",
    };
    run_plan(ctx, args, client, seen, plan, &overrides, consent, input)
}

/// What the plan was made of: `--failed` is written in its form.
struct Input<'a> {
    /// None for a kept plan.
    file: Option<&'a File<'a>>,
    encoding: Encoding,
}

fn saved(ctx: &Context, client: &Client, name: &str, bytes: &[u8]) -> Result<Plan, Error> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Error::new(Code::InvalidInput, format!("`{name}` is no text")))?;
    let now = jiff::Timestamp::now();
    Plan::load(text, client.account(), &ctx.lasting_origin()?, now).map_err(|error| {
        let mut error = Error::from(error);
        error.message = format!("{name}: {}", error.message);
        error
    })
}

/// Without an input file its form is what the name of the output says.
fn failed_format(args: &Args) -> Format {
    let ending = args.failed.as_ref().and_then(|path| path.extension());
    if ending.is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
        Format::Json
    } else {
        Format::Csv
    }
}

#[expect(clippy::too_many_arguments, reason = "the last step of one command")]
fn run_plan(
    ctx: &Context,
    args: &Args,
    client: &Client,
    seen: &Seen,
    plan: Plan,
    overrides: &Overrides,
    consent: Consent,
    input: Input<'_>,
) -> Result<(), Error> {
    let planned = Planned {
        consent,
        lanes: args.concurrency,
        file: args.file.as_deref().and_then(own_runs::full_path),
        leaves_some: plan.skipped().next().is_some(),
        ..Planned::new(&plan, seen, overrides)
    };
    planned.print_event(ctx)?;
    let path = args.file.as_deref().unwrap_or("FILE");
    let check = |brakes: &[Brake]| check(ctx, args, seen, &plan, brakes);
    let Some(ran) = planned.carry_out(ctx, client, check)? else {
        keep_failed(args, &input, &plan, None)?;
        return left_out(ctx, &plan, path).map_or(Ok(()), Err);
    };
    let kept = keep_failed(args, &input, &plan, Some(&ran.report));
    planned.tell(ctx, &ran)?;
    let next = ops::Next::again(ctx).or_plan(&plan_again(ctx, args));
    let journal = ran.journal.clone();
    let left_out = || {
        let error = left_out(ctx, &plan, path)?;
        Some(error.changed(Some(ctx.has_changed())).journal(journal))
    };
    match (
        ops::verdict(&plan.operations, ran, &next).or_else(left_out),
        kept,
    ) {
        (Some(error), kept) => {
            if let Err(error) = kept {
                ctx.ui.warning(&error.to_string());
            }
            Err(error)
        }
        (None, kept) => kept.map_err(|error| error.changed(Some(ctx.has_changed()))),
    }
}

/// The command that plans for what the server has become; a kept plan names no file.
fn plan_again(ctx: &Context, args: &Args) -> String {
    let Some(_) = &args.file else {
        return ctx.ready("routes plan FILE");
    };
    let own = ["--expect", "--concurrency", "--failed"];
    let again = own
        .iter()
        .fold(ctx.again(), |again, flag| again.without_value(flag));
    again.without("--yes").instead("apply", "plan").to_string()
}

/// Keeps the plan, and stops where it is not the one that was meant.
fn check(
    ctx: &Context,
    args: &Args,
    seen: &Seen,
    plan: &Plan,
    brakes: &[Brake],
) -> Result<(), Error> {
    if let Some(path) = &args.save {
        let document = plan.to_saved(brakes, jiff::Timestamp::now());
        let text =
            serde_json::to_vec(&document).map_err(|error| Error::of(Code::Internal, error))?;
        planning::write("--save", path, &text)?;
    }
    if let Some(expected) = &args.expect
        && PlanId::from(expected.as_str()) != plan.id()
    {
        return Err(Error::new(
            Code::StalePlan,
            format!(
                "the file comes to plan `{}` now, not to `{expected}`: the file or the server changed",
                plan.id()
            ),
        )
        .hint(format!("look at the new plan with `{}`", plan_again(ctx, args))));
    }
    match args.plan {
        Some(_) => refuse_stale(ctx, args, seen, plan),
        None => Ok(()),
    }
}

/// A kept plan is run as it is or not at all: what it found must stand, or what it wants already.
fn refuse_stale(ctx: &Context, args: &Args, seen: &Seen, plan: &Plan) -> Result<(), Error> {
    let server = seen.server();
    let is_stale = |operation: &&Operation| {
        let change = &operation.change;
        let standing = change.standing(&server.at(&change.key));
        matches!(standing, Standing::Other | Standing::Unseen)
    };
    let stale: Vec<&Operation> = plan.operations.iter().filter(is_stale).collect();
    if stale.is_empty() {
        return Ok(());
    }
    let rows = count(stale.len(), "row");
    let text = format!("the server has moved on at {rows} since the plan was made");
    let hint = format!("plan again with `{}`", plan_again(ctx, args));
    let mut error = Error::new(Code::StalePlan, text).hint(hint);
    let key = |operation: &&Operation| operation.change.key.to_string();
    error.details = stale.iter().take(20).map(key).collect();
    Err(error)
}

/// `--failed`: what was left out, failed or was not reached, to be planned again.
fn keep_failed(
    args: &Args,
    input: &Input<'_>,
    plan: &Plan,
    report: Option<&Report>,
) -> Result<(), Error> {
    let Some(path) = &args.failed else {
        return Ok(());
    };
    let skipped = plan.skipped().map(|warning| Left {
        source: warning.source.as_deref().unwrap_or_default(),
        change: None,
        reason: warning.message.clone(),
    });
    let outcomes = report.map_or(&[][..], |report| &report.outcomes);
    let rows = plan.operations.iter().zip(outcomes);
    let open = rows.filter(|(_, outcome)| !outcome.is_done());
    let open = open.map(|(operation, outcome)| Left {
        source: &operation.source,
        change: Some(&operation.change),
        reason: outcome.to_string(),
    });
    let left: Vec<Left<'_>> = skipped.chain(open).collect();
    let text = match input.file {
        Some(file) => failed::of_file(file, &left),
        None => failed::plain(failed_format(args), &left),
    };
    let text = text.map_err(|error| Error::of(Code::Internal, error))?;
    planning::write("--failed", path, &input.encoding.bytes(&text))
}
