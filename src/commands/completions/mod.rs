//! `skyswitch completions SHELL`: what a shell must know to ask; and the answers when it asks.
//!
//! A shell runs the program with `SKYSWITCH_COMPLETE` set at each TAB. Answers come from the command
//! tree and from local files: never the network, never a store of credentials.

mod values;

use std::ffi::OsString;
use std::sync::Arc;

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_complete::env::Shells;

use super::Cli;
use crate::config::Environment;
use crate::context::Context;
use crate::error::{Code, Error};
use values::Asked;

/// The variable with which a shell asks; its value is the shell's name.
const VARIABLE: &str = "SKYSWITCH_COMPLETE";
const PROGRAM: &str = "skyswitch";

/// Print what teaches a shell to complete commands, flags and values
///
/// At each TAB the shell asks the program, which answers from local files: profiles from
/// `config.toml`, domains, extensions and numbers from the last lists that were read (at most 30 days
/// ago), runs from the journal, columns for `--fields`. Nothing is sent anywhere.
///
/// bash: `source <(skyswitch completions bash)` in `.bashrc`. zsh: the script as `_skyswitch` in a
/// directory of `fpath`, which `.zshrc` names before `compinit`. fish: the script in the directory of
/// completions. PowerShell: `skyswitch completions powershell | Out-String | Invoke-Expression` in
/// `$PROFILE`. elvish: `eval (skyswitch completions elvish | slurp)` in `rc.elv`. A script that was
/// written to a file is written anew after an update.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell: bash, zsh, fish, powershell or elvish
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    ctx.print_text(&script(args.shell))
}

/// The script of a shell, as it is committed under `completions/`.
pub(crate) fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    if let Some(completer) = Shells::builtins().completer(&shell.to_string()) {
        // Writing to memory does not fail.
        let _ = completer.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script);
    }
    let start = script.iter().position(|b| !b.is_ascii_whitespace());
    script.drain(..start.unwrap_or(0));
    script.truncate(script.trim_ascii_end().len());
    script.push(b'\n');
    match shell {
        Shell::Zsh => for_zsh(script),
        _ => script,
    }
}

/// The script for zsh, which also works where nobody started its completion system, leaves a `~`
/// what it is, and as a file in `fpath` is the body of `_skyswitch`: the first TAB waits for it.
fn for_zsh(script: Vec<u8>) -> Vec<u8> {
    let script = String::from_utf8_lossy(&script);
    let script = script
        .replacen(
            "    if [[ -n $completions ]]; then\n",
            "    local -a as_it_is=()\n    if [[ \"$PREFIX\" == \\~* ]]; then\n        as_it_is=(-Q)\n        completions=(\"${(@q)completions}\")\n        completions=(\"${(@)completions/#\\\\\\~/~}\")\n    fi\n\n    if [[ -n $completions ]]; then\n",
            1,
        )
        .replace("'values' dirs", "'values' dirs $as_it_is")
        .replace("'values' other", "'values' other $as_it_is")
        .replace(
            "\ncompdef ",
            "\n(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }\ncompdef ",
        );
    let asked = "if [[ \"$funcstack[1]\" = _skyswitch ]]; then\n    _clap_dynamic_completer_skyswitch \"$@\"\nfi\n";
    (script + asked).into_bytes()
}

/// What to print for a shell that asks; none where nobody asks and the program is to run.
///
/// # Errors
/// A shell nobody knows. A line that cannot be completed has no answer and is no error.
pub(crate) fn answer(environment: &Environment) -> Option<Result<Vec<u8>, Error>> {
    let name = environment.raw(VARIABLE)?.to_string_lossy().into_owned();
    let shells = Shells::builtins();
    let Some(shell) = shells.completer(&name) else {
        let known: Vec<_> = shells.names().collect();
        let text = format!("{VARIABLE}: `{name}` is none of {}", known.join(", "));
        return Some(Err(Error::new(Code::InvalidSetting, text)));
    };
    let mut words: Vec<OsString> = (environment.args().iter())
        .skip_while(|word| *word != "--")
        .skip(1)
        .cloned()
        .collect();
    if shell.name() == "bash" {
        join_values(&mut words);
    }
    let at = environment.text("_CLAP_COMPLETE_INDEX").ok().flatten();
    let at = at.and_then(|at| at.parse().ok());
    let at: usize = at.unwrap_or(words.len().saturating_sub(1));
    let typed = words.get(at).cloned().unwrap_or_default();
    let mut answer = Vec::new();
    if shell.name() == "bash" && is_behind_colon(&words, at) {
        return Some(Ok(answer));
    }
    // No words: the library would count down from none.
    if !words.is_empty() {
        let asked = Asked::new(shell.name(), &words, environment.clone());
        let directory = std::env::current_dir().ok();
        let mut tree = offered(&Arc::new(asked));
        let written = shell.write_complete(&mut tree, words, directory.as_deref(), &mut answer);
        if written.is_err() {
            answer.clear();
        }
    }
    if !typed.as_encoded_bytes().starts_with(b"-") {
        answer = without_flags(&answer);
    }
    Some(Ok(answer))
}

/// bash takes the `:` of a value for a word, too: what stands behind it is no word of its own, and
/// nothing that is completed has one.
fn is_behind_colon(words: &[OsString], at: usize) -> bool {
    let colon = |at: usize| words.get(at).is_some_and(|word| word == ":");
    colon(at) || at.checked_sub(1).is_some_and(colon)
}

/// Flags are for whoever has typed a `-`: in front of that they hide what belongs there. Entries end
/// with a line or, in bash, with a vertical tab.
fn without_flags(answer: &[u8]) -> Vec<u8> {
    let entries = answer.split_inclusive(|byte| matches!(byte, b'\n' | 0x0b));
    let kept: Vec<u8> = entries
        .filter(|entry| !entry.starts_with(b"-"))
        .flatten()
        .copied()
        .collect();
    kept.trim_ascii()
        .strip_suffix(b"\x0b")
        .unwrap_or(&kept)
        .to_vec()
}

/// bash takes the `=` of `--flag=value` for a word: `--flag` moves into its place, so that the value
/// stands right behind, at the index bash told.
fn join_values(words: &mut [OsString]) {
    for i in 1..words.len() {
        if words[i] == "="
            && words[i - 1]
                .to_str()
                .is_some_and(|word| word.starts_with("--"))
        {
            words[i] = std::mem::replace(&mut words[i - 1], "--quiet".into());
        }
    }
}

/// The tree without hidden commands, which would be offered where nothing else fits, and with
/// whoever knows the values of its arguments.
fn offered(asked: &Arc<Asked>) -> clap::Command {
    let whole = Cli::command();
    let commands = whole
        .get_subcommands()
        .filter(|command| !command.is_hide_set());
    let mut tree = clap::Command::new(PROGRAM)
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .args(whole.get_arguments())
        .subcommands(commands);
    // Only a built tree has the global flags everywhere.
    tree.build();
    attach(tree, "", asked)
}

fn attach(command: clap::Command, path: &str, asked: &Arc<Asked>) -> clap::Command {
    command
        .mut_args(|argument| values::known(argument, path, asked))
        .mut_subcommands(|command| {
            let path = format!("{path} {}", command.get_name());
            attach(command, path.trim_start(), asked)
        })
}

#[cfg(test)]
mod tests;
