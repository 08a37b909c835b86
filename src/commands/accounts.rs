//! `skyswitch accounts list`

use clap::Subcommand;

use crate::context::Context;
use crate::error::Error;
use crate::model::Account;

/// Accounts below this one
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the accounts below this one
    ///
    /// Turns a customer's reseller number (`account_number`) into the account id that `--account`
    /// takes. Accounts below accounts stand behind those they belong to; deleted ones are left out.
    /// It needs the scope `account`.
    #[command(alias = "ls")]
    List,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    let Command::List = &args.command;
    let fields = ctx.fields::<Account>()?;
    let client = ctx.client()?;
    ctx.print_list(fields, "account", |receive| {
        let read = client.sub_accounts(&mut |row| receive(&row));
        read.map_err(Error::from)
    })
}
