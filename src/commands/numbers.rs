//! `skyswitch numbers list`

use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;

use super::routes::{domain, which};
use crate::context::Context;
use crate::error::Error;
use crate::model::PhoneNumber;
use crate::ops::domains::of_domain;
use crate::ui::Beginning;

/// Numbers of a domain: what may stand as DNIS
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

/// List the numbers of a domain
///
/// The server tells the bare numbers: `user` is shown where `--user` asked for it. They are kept for
/// the completion of `--dnis`.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// The PBX domain, or its first labels [default: `SKYSWITCH_DOMAIN`, or the profile's `domain`]
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// Only the numbers that lead to this subscriber; `route_by_ani` for those that reach the routes
    #[arg(long, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    user: Option<String>,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    let Command::List(args) = &args.command;
    let fields = ctx.fields::<PhoneNumber>()?;
    let named = domain(ctx, args.domain.as_deref())?;
    let client = ctx.client()?;
    let named = which::domain(ctx, &client, named, None, Beginning::First)?;
    ctx.print_list(fields, "number", |receive| {
        of_domain(ctx, &client, &named, &mut None, |domain, found| {
            ctx.phone_numbers(&client, domain, args.user.as_deref(), &mut |row| {
                *found = true;
                receive(&row)
            })
        })
    })
}
