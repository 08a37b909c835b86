//! `skyswitch completions SHELL`

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Cli;
use crate::context::Context;
use crate::error::{Code, Error};

/// Print a completion script for a shell
///
/// bash reads it at once, or from `.bashrc`; zsh finds it in a directory of `fpath`, which `.zshrc`
/// names before `compinit`; fish finds it in its directory of completions.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell: bash, zsh, fish, powershell or elvish
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    use std::io::Write as _;
    ctx.refuse_fields()?;
    ctx.ui
        .data()
        .write_all(&script(args.shell))
        .map_err(|error| Error::new(Code::OutputFailed, error.to_string()))
}

/// The script of a shell, as it is committed under `completions/`.
pub(crate) fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "skyswitch", &mut script);
    script
}
