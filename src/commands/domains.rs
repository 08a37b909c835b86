//! `skyswitch domains list`

use clap::Subcommand;

use crate::context::Context;
use crate::error::Error;
use crate::model::DomainRecord;

/// PBX domains of the account
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

/// List the PBX domains
///
/// The vendor caches this list; `--refresh` asks for a fresh one.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Ask past the vendor's cache
    #[arg(long)]
    refresh: bool,
    /// Only the domains of this reseller number
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = reseller)]
    reseller: Option<String>,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    let Command::List(args) = &args.command;
    let fields = ctx.fields::<DomainRecord>()?;
    let client = ctx.client()?;
    ctx.print_list(fields, "domain", |receive| {
        let Some(wanted) = args.reseller.as_deref() else {
            let read = ctx.domains(&client, args.refresh, &mut |domain| receive(&domain));
            return read.map_err(Error::from);
        };
        let read = client.domains(args.refresh, Some(wanted), &mut |domain: DomainRecord| {
            // The server's filter may match substrings or be ignored: filter again.
            let reseller = domain.reseller.as_deref();
            let other = reseller.is_some_and(|found| found != wanted);
            if other { Ok(()) } else { receive(&domain) }
        });
        read.map_err(Error::from)
    })
}

fn reseller(text: &str) -> Result<String, String> {
    let good = (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if good {
        Ok(text.to_owned())
    } else {
        Err("a reseller number is 1 to 20 digits".to_owned())
    }
}
