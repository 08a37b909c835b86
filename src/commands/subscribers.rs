//! `skyswitch subscribers list`

use clap::Subcommand;

use super::routes::{domain, which};
use crate::api::SubscriberFilter;
use crate::context::Context;
use crate::error::Error;
use crate::model::{SubscriberKind, SubscriberRow};
use crate::ops::domains::of_domain;
use crate::ui::Beginning;

/// Users, queues and attendants of a domain: what a route may point to
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(alias = "ls")]
    List(ListArgs),
}

/// List the users, queues and attendants of a domain
///
/// Extension, name and kind of each, in tables the login as well (elsewhere `--fields user,login`); mail addresses and the like are never shown. The extensions are
/// kept for the completion of `--destination`.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// The PBX domain, or its first labels [default: `SKYSWITCH_DOMAIN`, or the profile's `domain`]
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// Only users, only queues or only attendants
    #[arg(long, value_parser = SubscriberKind::ALL.map(SubscriberKind::as_str))]
    kind: Option<String>,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    let Command::List(args) = &args.command;
    let fields = ctx.fields::<SubscriberRow>()?;
    let named = domain(ctx, args.domain.as_deref())?;
    let is_it = |kind: &SubscriberKind| Some(kind.as_str()) == args.kind.as_deref();
    let kind = SubscriberKind::ALL.into_iter().find(is_it);
    let client = ctx.client()?;
    let named = which::domain(ctx, &client, named, None, Beginning::First)?;
    ctx.print_list(fields, "subscriber", |receive| {
        of_domain(ctx, &client, &named, &mut None, |domain, found| {
            let filter = SubscriberFilter {
                kind,
                ..SubscriberFilter::domain(domain)
            };
            ctx.subscribers(&client, &filter, &mut |row| {
                *found = true;
                receive(&row.row())
            })
        })
    })
}
