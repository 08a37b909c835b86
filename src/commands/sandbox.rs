//! `skyswitch sandbox serve|reset`

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Subcommand;
use serde_json::json;

use crate::context::{Context, start_sandbox};
use crate::error::{Code, Error};
use crate::model::Shell;
use crate::sandbox::{self, Fault, Options, Quirk, StatePlace};

/// The embedded emulator of the API
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(ServeArgs),
    /// Put the sample data back that `--sandbox` began with
    ///
    /// Its history is forgotten with what it changed, and so is what was learnt of it; servers of
    /// `sandbox serve` have their own data.
    Reset,
}

/// Run the emulator as a server, to rehearse scripts against
///
/// Prints one JSON line with its address and credentials, or with `--env` the lines that point a
/// shell to it, then serves on loopback until it is interrupted (Ctrl-C or SIGTERM). Sample data is used unless a seed is given; without `--state`
/// it is forgotten at the end.
#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// Print `export` lines for a shell, not JSON
    ///
    /// Such as `skyswitch sandbox serve --env > sandbox.env &`, and then `. ./sandbox.env`. On Windows they
    /// are those of cmd or PowerShell, whichever has started it.
    #[arg(long)]
    env: bool,
    /// The port [default: any that is free]
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 0,
        hide_default_value = true
    )]
    port: u16,
    /// Keep the data in this file
    ///
    /// Several servers may share it.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Start from this file instead of the sample
    ///
    /// CSV or JSON as `routes list` prints them, or
    /// `{"domains":[…],"routes":[…],"subscribers":[…],"numbers":[…],"accounts":[…]}`; domains that only
    /// routes name are added, and where subscribers or numbers are not said, those that the routes
    /// need. Data that `--state` holds already wins.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// How long access tokens live
    #[arg(long, value_name = "SECONDS", default_value_t = sandbox::DEFAULT_TOKEN_TTL, value_parser = clap::value_parser!(u64).range(1..))]
    token_ttl: u64,
    /// Milliseconds before each answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// One of the ways nobody is sure of; repeatable
    #[arg(long, value_name = "NAME=VALUE")]
    quirk: Vec<Quirk>,
    /// Fail in one way where it matches; repeatable
    ///
    /// `MATCH=ACTION[@N|/N|~P]`, such as `GET */route-by-ani=status:503@1-2`.
    #[arg(long, value_name = "MATCH=ACTION")]
    fault: Vec<Fault>,
    /// Where the chances of `~P` come from
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    fault_seed: u64,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    match &args.command {
        Command::Serve(args) => serve(ctx, args),
        Command::Reset => reset(ctx),
    }
}

/// Everything kept of it goes: the history, whose runs changed what is no longer there, temporary
/// routes, what the server was found out to do, names for completion.
fn reset(ctx: &Context) -> Result<(), Error> {
    let Some(directory) = ctx.settings.sandbox_state() else {
        return Err(ctx.no_state_dir());
    };
    let what = "the sandbox cannot be reset";
    sandbox::reset(&directory.join(sandbox::STATE_FILE))
        .map_err(|error| Error::at(Code::InvalidSetting, what, error))?;
    forget(&directory, &[sandbox::STATE_FILE])
        .map_err(|error| Error::at(Code::InvalidSetting, what, error))?;
    if ctx.wants_json() {
        return ctx.print_json(&json!({"action": "reset"}));
    }
    ctx.ui
        .result_line("the sandbox holds its sample data again");
    Ok(())
}

/// Removes the files below a directory but for some at its top and locks, which others may hold.
fn forget(directory: &Path, kept: &[&str]) -> io::Result<()> {
    let files = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        files => files?,
    };
    for file in files {
        let file = file?;
        let (path, name) = (file.path(), file.file_name());
        let is_lock = name.to_string_lossy().ends_with(".lock");
        if file.file_type()?.is_dir() {
            forget(&path, &[])?;
        } else if !is_lock && !kept.iter().any(|kept| name == *kept) {
            gone(std::fs::remove_file(&path))?;
        }
    }
    Ok(())
}

/// What another process has removed meanwhile is gone as well.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn serve(ctx: &Context, args: &ServeArgs) -> Result<(), Error> {
    let seed = args
        .seed
        .as_deref()
        .map(sandbox::Seed::read)
        .transpose()
        .map_err(|error| Error::at(Code::InvalidInput, "--seed", error))?;
    let options = Options {
        port: args.port,
        state: args
            .state
            .clone()
            .map_or(StatePlace::Memory, StatePlace::File),
        seed,
        token_ttl: args.token_ttl,
        quirks: args.quirk.iter().cloned().collect(),
        latency: Duration::from_millis(args.latency),
        faults: args.fault.clone(),
        fault_seed: args.fault_seed,
    };
    let sandbox = start_sandbox(options)?;
    if let (Some(seed), Some(state), false) = (&args.seed, &args.state, sandbox.seeded()) {
        ctx.ui.warning(&format!(
            "`{}` holds data already, so `--seed {}` was not used; without that file it would be",
            state.display(),
            seed.display()
        ));
    }
    let stopper = sandbox.stopper();
    ctx.signals.instead(move || stopper.stop());
    announce(ctx, &sandbox, args.env)?;
    sandbox.wait();
    // Only a signal stops it.
    let mut interrupted = Error::new(Code::Interrupted, "the sandbox was stopped");
    interrupted.said = true;
    Err(interrupted)
}

/// Pushed out at once: a script waits for it.
fn announce(ctx: &Context, sandbox: &sandbox::Sandbox, env: bool) -> Result<(), Error> {
    use std::io::Write as _;
    let text = match env {
        true => exports(ctx.settings.shell, sandbox),
        false => line(sandbox),
    };
    let mut data = ctx.ui.data();
    writeln!(data, "{text}")
        .and_then(|()| data.flush())
        .map_err(|error| Error::of(Code::OutputFailed, error))
}

/// What points a shell's commands to the sandbox, in one piece.
fn exports(shell: Shell, sandbox: &sandbox::Sandbox) -> String {
    let credentials = sandbox.credentials();
    [
        ("API_URL", &sandbox.url()),
        ("ACCOUNT_ID", &credentials.account_id),
        ("CLIENT_ID", &credentials.client_id),
        ("CLIENT_SECRET", &credentials.client_secret),
        ("USERNAME", &credentials.username),
        ("PASSWORD", &credentials.password),
    ]
    .map(|(name, value)| shell.export(&format!("SKYSWITCH_{name}"), value))
    .join("\n")
}

/// One line of JSON.
fn line(sandbox: &sandbox::Sandbox) -> String {
    let credentials = sandbox.credentials();
    json!({
        "url": sandbox.url(),
        "account_id": credentials.account_id,
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "username": credentials.username,
        "password": credentials.password,
        "control_token": sandbox.control_token(),
    })
    .to_string()
}
