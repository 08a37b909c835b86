//! `skyswitch routes move`

use std::collections::BTreeSet;

use super::number_of_row;
use super::plan_args::{Brakes, domains};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::{Domain, DomainKey, nearest};
use crate::ops::aliases::{self, Alias};
use crate::ops::domains::Named;
use crate::ops::{Begun, Next, Planned, Seen};
use crate::plan::finding::Code as Found;
use crate::plan::transfer::{Moved, domains_with};
use crate::plan::{Plan, Warning};
use crate::ui::Beginning;

/// What is chosen for every domain in the list.
const ALL: &str = "all of them";

/// Send every route of one destination to another
///
/// Somebody leaves, somebody else takes over. Only in the domains that are named, and only where the destination is OLD to the letter; each
/// route keeps its application. Shown, asked for, journaled, verified and taken back as `apply` is.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where they go now, byte for byte
    #[arg(value_name = "OLD")]
    old: String,
    /// Where they are to go
    #[arg(value_name = "NEW")]
    new: String,
    /// In this domain; repeatable, no default; on a terminal it is asked for
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Vec<String>,
    /// Only for this called number; '' for none
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    dnis: Option<String>,
    /// Only routes to a user, device or literal
    #[arg(long, value_name = "KIND", value_parser = ["user", "device", "literal"], hide_possible_values = true)]
    application: Option<String>,
    /// Say what would be done and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask. Lifts no brake
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    brakes: Brakes,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    args.brakes.check()?;
    let named = domains("--domain", &args.domain)?;
    let dnis = match args.dnis.as_deref() {
        None => None,
        Some("") => Some(None),
        Some(text) => Some(Some(number_of_row(ctx, "--dnis", text)?.key())),
    };
    refuse_values(args)?;
    let named = match named.is_empty() {
        true => which_domains(ctx, &args.old)?,
        false => named,
    };
    let mut begun = Begun::new(ctx, args.dry_run, "not moved")?;
    let named = begun.domains(ctx, &named)?;
    let overrides = args.brakes.overrides(ctx, &begun.client, &mut begun.seen)?;
    let domains: Vec<DomainKey> = named.iter().map(Domain::key).collect();
    let moved = Moved {
        from: &args.old,
        domains: &domains,
        dnis,
        application: args.application.as_deref(),
    };
    let aliases = aliases::of(&begun.client, &named, begun.seen.routes(), &args.old);
    let plan = plan(ctx, args, &begun, &moved, &aliases)?;
    let head = format!("plan {}: {} → {}", plan.id(), args.old, args.new);
    let planned = Planned {
        dry_run: args.dry_run,
        head: Some(head),
        done: "moved",
        verb: "move",
        extra: vec![("dry_run", args.dry_run.into())],
        ..Planned::new(&plan, &begun.seen, &overrides).yes(args.yes)
    };
    planned.print_event(ctx)?;
    planned.run(ctx, &begun.client, &Next::again(ctx))?;
    Ok(())
}

fn plan(
    ctx: &Context,
    args: &Args,
    begun: &Begun,
    moved: &Moved<'_>,
    aliases: &[Alias],
) -> Result<Plan, Error> {
    let server = begun.seen.server();
    let operations = moved.operations(&server, &args.new);
    let mut warnings = moved.warnings(&server);
    let more = aliases.iter().map(|alias| more(ctx, args, alias));
    if operations.is_empty() && warnings.is_empty() {
        let error = nothing(ctx, args, &begun.seen, moved);
        let more: Vec<String> = more.collect();
        return Err(match more.is_empty() {
            true => error,
            false => error.hint(more.join("\n")),
        });
    }
    warnings.extend(more.map(|text| Warning::new(Found::OtherName, text)));
    let mut plan = begun.plan(ctx, moved.domains.to_vec(), operations, warnings)?;
    if plan.leads_to_nobody() {
        // No command is offered that would move more to there.
        plan.warnings.retain(|one| one.code != Found::OtherName);
    }
    Ok(plan)
}

/// What else leads to who is moved, and the command that moves it.
fn more(ctx: &Context, args: &Args, alias: &Alias) -> String {
    let again = ctx.again().instead(&args.old, &alias.name);
    let again = match args.domain.len() {
        1 => again,
        _ => again.domain(&alias.domain),
    };
    format!("{}: `{again}` moves what leads there, too", alias.words())
}

fn refuse_values(args: &Args) -> Result<(), Error> {
    for (name, value) in [("OLD", &args.old), ("NEW", &args.new)] {
        if value.trim().is_empty() {
            let text = format!("{name} is empty: a destination is wanted");
            return Err(Error::new(Code::InvalidInput, text));
        }
    }
    if args.old == args.new {
        let text = format!("OLD and NEW are both `{}`", args.old);
        return Err(Error::new(Code::InvalidInput, text));
    }
    Ok(())
}

/// Those that have the destination, one or all of which a person chooses: which of them is meant, nobody
/// else knows.
fn which_domains(ctx: &Context, old: &str) -> Result<Vec<Named>, Error> {
    let text = "no domain is named: `routes move` wants each of its domains as `--domain D`";
    let error = Error::new(Code::Usage, text);
    let seen = ctx.client().and_then(|client| {
        if ctx.ui.can_ask() {
            ctx.announce_plan(&client);
        }
        Seen::of_account(ctx, &client)
    });
    let Ok(seen) = seen else {
        return Err(error.hint(format!(
            "`{}` shows the domains there are",
            ctx.ready("domains list")
        )));
    };
    let having = domains_with(seen.routes(), old);
    if having.is_empty() {
        let text = format!("no route goes to `{old}` in any domain");
        let there = seen
            .routes()
            .iter()
            .filter_map(|route| route.destination.as_deref());
        return Err(
            Error::new(Code::NotFound, text).hint(near_or_list(ctx, old, there, "routes list"))
        );
    }
    let again = having.iter().fold(ctx.again(), |again, domain| {
        again.and_value("--domain", domain)
    });
    let mut items: Vec<String> = having.iter().map(|domain| (*domain).to_owned()).collect();
    if items.len() > 1 {
        items.push(ALL.to_owned());
    }
    let otherwise = || error.hint(format!("`{again}`"));
    let chosen = ctx.choose("Which domain?", &items, Beginning::Nowhere, otherwise)?;
    let chosen = having.get(chosen).map_or(&having[..], std::slice::from_ref);
    chosen
        .iter()
        .map(|name| Named::typed("--domain", name))
        .collect()
}

fn nothing(ctx: &Context, args: &Args, seen: &Seen, moved: &Moved<'_>) -> Error {
    let names: Vec<&str> = moved.domains.iter().map(DomainKey::as_str).collect();
    let filtered = match moved.dnis.is_some() || moved.application.is_some() {
        true => " that fits",
        false => "",
    };
    let text = format!(
        "no route{filtered} goes to `{}` in {}",
        args.old,
        names.join(", ")
    );
    let error = Error::new(Code::NotFound, text);
    let server = seen.server();
    let there: BTreeSet<&str> = server
        .destinations(&moved.domains.iter().collect())
        .into_iter()
        .filter(|there| *there != args.old)
        .collect();
    let list = format!("routes list --domain {}", names[0]);
    error.hint(near_or_list(ctx, &args.old, there, &list))
}

/// The destination that was most likely meant, else what shows all of them.
fn near_or_list<'d>(
    ctx: &Context,
    old: &str,
    there: impl IntoIterator<Item = &'d str>,
    list: &str,
) -> String {
    match nearest(old, there) {
        Some(near) => format!("did you mean `{}`?", ctx.again().instead(old, near)),
        None => format!("`{}` shows the routes there are", ctx.ready(list)),
    }
}
