//! `skyswitch completions SHELL`

use clap::{CommandFactory as _, ValueEnum as _};
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
    clap_complete::generate(shell, &mut offered(), "skyswitch", &mut script);
    if shell == Shell::Fish {
        // The generator leaves out the values of arguments without a flag.
        let names: Vec<String> = Shell::value_variants()
            .iter()
            .map(Shell::to_string)
            .collect();
        let line = format!(
            "complete -c skyswitch -n \"__fish_skyswitch_using_subcommand completions\" -f -a \"{}\"\n",
            names.join(" ")
        );
        script.extend_from_slice(line.as_bytes());
    }
    script
}

/// The tree without hidden commands, which the generators would offer.
fn offered() -> clap::Command {
    let whole = Cli::command();
    let commands = whole
        .get_subcommands()
        .filter(|command| !command.is_hide_set());
    clap::Command::new("skyswitch")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .args(whole.get_arguments())
        .subcommands(commands)
}
