//! `skyswitch routes copy`

use serde_json::json;

use super::plan_args::Brakes;
use super::{set_by_hand, which};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::journal::RunId;
use crate::model::{Domain, RouteKey, count};
use crate::ops::domains::Named;
use crate::ops::{Begun, Next, Planned, neighbours};
use crate::plan::transfer::{self, Left};
use crate::ui::Beginning;

/// Add the routes of one domain to another
///
/// A customer gets a new name, which is a new domain. Nothing is changed or deleted: a route that stands otherwise in the new domain is listed and left.
/// Shown, asked for, journaled, verified and taken back as `apply` is.
#[derive(Debug, clap::Args)]
#[command(override_usage = "skyswitch routes copy [OPTIONS] <DOMAIN> <DOMAIN>")]
pub(crate) struct Args {
    /// The domain that has the routes
    #[arg(value_name = "DOMAIN")]
    from: Option<String>,
    /// The domain that gets them
    #[arg(value_name = "DOMAIN")]
    to: Option<String>,
    /// Routes to OLD go to NEW there; repeatable
    #[arg(long, value_name = "OLD=NEW", value_parser = mapping)]
    map: Vec<(String, String)>,
    /// Say what would be done and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask. Lifts no brake
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    brakes: Brakes,
}

fn mapping(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((old, new)) if !old.trim().is_empty() && !new.trim().is_empty() => {
            Ok((old.to_owned(), new.to_owned()))
        }
        _ => Err("accepted is `OLD=NEW`, two destinations".to_owned()),
    }
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    args.brakes.check()?;
    let both = [
        named(ctx, args.from.as_deref(), "From which domain?")?,
        named(ctx, args.to.as_deref(), "Into which domain?")?,
    ];
    refuse_itself(both.each_ref().map(Named::name))?;
    let mut begun = Begun::new(ctx, args.dry_run, "not copied")?;
    let both = begun.domains(ctx, &both)?;
    let [from, to] = both.as_slice() else {
        return Err(Error::new(Code::Internal, "two domains are two"));
    };
    refuse_itself([from, to])?;
    let overrides = args.brakes.overrides(ctx, &begun.client, &mut begun.seen)?;
    look_up(&mut begun, from, to)?;
    let copied = transfer::copy(
        &begun.seen.server(),
        &from.key(),
        to,
        &args.map,
        ctx.settings.shell,
    );
    let (operations, mut warnings) = (copied.operations, copied.warnings);
    let new = operations.iter().map(|operation| {
        let key = operation.change.key.clone();
        (key, Some(operation.source.as_str()))
    });
    warnings.extend(neighbours::foreign_numbers(&begun.client, to, new));
    let mut plan = begun.plan(ctx, vec![to.key()], operations, warnings)?;
    plan.unchanged = copied.unchanged;
    let planned = Planned {
        dry_run: args.dry_run,
        head: Some(format!("plan {}: copy of {from} to {to}", plan.id())),
        done: "copied",
        verb: "copy",
        already: copied.unchanged,
        extra: vec![
            ("left", json!(copied.left)),
            ("dry_run", args.dry_run.into()),
        ],
        leaves_some: !copied.left.is_empty(),
        ..Planned::new(&plan, &begun.seen, &overrides).yes(args.yes)
    };
    planned.print_event(ctx)?;
    let journal = planned.run(ctx, &begun.client, &Next::again(ctx))?;
    if copied.left.is_empty() || args.dry_run {
        return Ok(());
    }
    Err(left_alone(ctx, &copied.left, to, journal))
}

/// A domain that was typed, else the one that a person chooses.
fn named(ctx: &Context, typed: Option<&str>, question: &str) -> Result<Named, Error> {
    if let Some(text) = typed {
        return Named::typed("DOMAIN", text);
    }
    let text = "two domains are wanted: the one that has the routes, and the one that gets them";
    let list = ctx.ready("domains list");
    let hint = format!("`{list}` shows the domains there are");
    let nobody = || Error::new(Code::Usage, text).hint(hint.as_str());
    if !ctx.ui.can_ask() {
        return Err(nobody());
    }
    which::of_all(ctx, &ctx.client()?, question, Beginning::Nowhere, nobody)
}

fn refuse_itself([from, to]: [&Domain; 2]) -> Result<(), Error> {
    if from.key() != to.key() {
        return Ok(());
    }
    let text = format!("`{from}` would be copied to itself: two domains are wanted");
    Err(Error::new(Code::InvalidInput, text))
}

fn left_alone(ctx: &Context, left: &[Left], to: &Domain, journal: Option<RunId>) -> Error {
    let routes = count(left.len(), "route");
    let text = format!("{routes} left alone, because something else stands in {to}");
    let error = match journal {
        Some(_) => Error::new(Code::Partial, format!("the others were copied, but {text}")),
        None => Error::new(Code::Conflict, format!("nothing was copied: {text}")),
    };
    let set = left.first().map(|first| set_by_hand(ctx, &first.wanted));
    error
        .hint(format!("`{}` changes the first", set.unwrap_or_default()))
        .changed(Some(journal.is_some()))
        .journal(journal)
}

/// What a list that may be cut does not show of the keys may stand in the new domain all the same.
fn look_up(begun: &mut Begun, from: &Domain, to: &Domain) -> Result<(), Error> {
    let keys = begun.seen.routes().iter().filter_map(|route| route.key());
    let keys = keys.filter(|key| key.domain == from.key());
    let keys: Vec<RouteKey> = keys
        .map(|key| RouteKey {
            domain: to.key(),
            ..key
        })
        .collect();
    begun.seen.look_up(&begun.client, keys.iter())
}
