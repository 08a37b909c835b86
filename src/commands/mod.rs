//! What can be typed: the command tree, its global flags, and the one dispatch.
//!
//! Each file holds its arguments (their doc comments are the help) above the function that does it.
//! A command reads as steps; the work sits in the modules below.

mod accounts;
mod api;
pub(crate) mod completions;
mod doctor;
mod domains;
mod global;
pub mod help;
mod history;
mod login;
mod logout;
mod manual;
mod numbers;
mod profile;
pub(crate) mod quick;
mod routes;
mod sandbox;
mod status;
mod subscribers;
mod token;
mod undo;

use clap::{Parser, Subcommand};

pub use global::GlobalArgs;

use crate::config::Flags;
use crate::context::Context;
use crate::error::Error;

/// Call routing on SkySwitch from the command line.
///
/// Lists, sets and deletes VIP routes ("route by ANI") and lists PBX domains. Reads before it
/// writes, shows before it does, and keeps a journal of what stood there before.
#[derive(Debug, Parser)]
#[command(
    name = "skyswitch",
    bin_name = "skyswitch",
    version,
    propagate_version = false,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = "Try it without an account: skyswitch\u{a0}--sandbox\u{a0}routes\u{a0}list\nTopics of help: options, environment, exit-codes, output, files, scripting"
)]
pub struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Login(login::Args),
    Logout(logout::Args),
    Status(status::Args),
    Token(token::Args),
    Profile(profile::Args),
    Accounts(accounts::Args),
    Domains(domains::Args),
    Subscribers(subscribers::Args),
    Numbers(numbers::Args),
    Doctor(doctor::Args),
    Routes(routes::Args),
    Api(api::Args),
    History(history::Args),
    Undo(undo::Args),
    Sandbox(sandbox::Args),
    Completions(completions::Args),
    Help(help::Args),
    #[command(hide = true)]
    Manual(manual::Args),
}

impl Command {
    /// Whether a results reader that goes away is as good as success: not for commands that write.
    pub(crate) fn only_reads(&self) -> bool {
        match self {
            Self::Routes(args) => args.only_reads(),
            Self::Api(args) => args.only_reads(),
            Self::Login(_)
            | Self::Logout(_)
            | Self::Profile(_)
            | Self::Undo(_)
            | Self::Manual(_) => false,
            Self::Status(_)
            | Self::Token(_)
            | Self::Accounts(_)
            | Self::Domains(_)
            | Self::Subscribers(_)
            | Self::Numbers(_)
            | Self::Doctor(_)
            | Self::History(_)
            | Self::Sandbox(_)
            | Self::Completions(_)
            | Self::Help(_) => true,
        }
    }

    /// Adds the settings that only some commands have flags for.
    pub(crate) fn add_flags(&self, flags: &mut Flags) {
        if let Self::Login(args) = self {
            flags.new_profile = true;
            flags.store = args.store;
            flags.scope.clone_from(&args.scope);
        }
        if let Self::Profile(args) = self {
            flags.about_profiles = true;
            flags.looks_up = args.looks_up();
        }
        if let Self::Doctor(_) = self {
            // Several requests one after the other: none of them may take the usual half a minute.
            flags.timeout.get_or_insert(doctor::TIMEOUT);
        }
    }
}

/// Runs the command that was typed.
pub(crate) fn run(ctx: &Context, command: &Command) -> Result<(), Error> {
    match command {
        Command::Login(args) => login::run(ctx, args),
        Command::Logout(args) => logout::run(ctx, args),
        Command::Status(args) => status::run(ctx, args),
        Command::Token(args) => token::run(ctx, args),
        Command::Profile(args) => profile::run(ctx, args),
        Command::Accounts(args) => accounts::run(ctx, args),
        Command::Domains(args) => domains::run(ctx, args),
        Command::Subscribers(args) => subscribers::run(ctx, args),
        Command::Numbers(args) => numbers::run(ctx, args),
        Command::Doctor(args) => doctor::run(ctx, args),
        Command::Routes(args) => routes::run(ctx, args),
        Command::Api(args) => api::run(ctx, args),
        Command::History(args) => history::run(ctx, args),
        Command::Undo(args) => undo::run(ctx, args),
        Command::Sandbox(args) => sandbox::run(ctx, args),
        Command::Completions(args) => completions::run(ctx, args),
        Command::Help(args) => help::run(ctx, args),
        Command::Manual(args) => manual::run(ctx, args),
    }
}
