//! A command line that cannot be run: clap's findings in our own words.

use std::process::ExitCode;

use clap::error::{ContextKind, ErrorKind as K};

use super::meant::{context, meant};
use super::{again, leave, ui_options};
use crate::commands::{self, GlobalArgs};
use crate::config::Environment;
use crate::error::{Code, Error};
use crate::ui::{OutputError, Ui};

/// Help and version go to standard output; everything else clap says is a usage error.
pub(super) fn usage(environment: &Environment, error: &clap::Error) -> ExitCode {
    let ui = Ui::new(ui_options(&GlobalArgs::default(), environment));
    match error.kind() {
        K::DisplayHelp | K::DisplayVersion => return help(&ui, error),
        K::DisplayHelpOnMissingArgumentOrSubcommand if !asked_for_json(environment) => {
            // The help says what is missing.
            ui.notice(commands::help::text(&error.render(), false).trim_end());
            return ExitCode::from(Error::new(Code::Usage, "").exit_code());
        }
        _ => {}
    }
    let json = asked_for_json(environment);
    leave(&ui, json, &usage_error(environment, error))
}

fn help(ui: &Ui, error: &clap::Error) -> ExitCode {
    let text = commands::help::text(&error.render(), ui.options().stdout_color);
    ui.text(&text);
    match ui.finish() {
        Ok(()) | Err(OutputError::ClosedPipe) => ExitCode::SUCCESS,
        Err(error) => {
            let error = Error::at(Code::OutputFailed, "the help could not be written", error);
            leave(ui, false, &error)
        }
    }
}

/// The first sentence, what may have been meant, and the way to the help.
fn usage_error(environment: &Environment, error: &clap::Error) -> Error {
    // As the usage and the help spell it, whether a flag may stand in its place or not.
    let text = commands::help::one_spelling(&error.render().to_string());
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let (head, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    let head = head.split_whitespace().collect::<Vec<_>>().join(" ");
    let usage = rest.lines().find_map(|line| line.strip_prefix("Usage: "));
    let lower = |word: &&str| word.bytes().all(|b| b.is_ascii_lowercase());
    let command = usage.map(|usage| usage.split_whitespace().take_while(lower));
    let command = command.map_or_else(String::new, |words| words.collect::<Vec<_>>().join(" "));
    let missing = matches!(
        error.kind(),
        K::DisplayHelpOnMissingArgumentOrSubcommand | K::MissingSubcommand
    );
    if missing {
        let error = Error::new(Code::Usage, "a command is missing");
        return error.hint(match command.strip_prefix("skyswitch ") {
            Some(group) => format!("`skyswitch help {group}` lists the commands"),
            None => "`skyswitch help` lists the commands".to_owned(),
        });
    }
    let in_login = match command.as_str() {
        "" => environment.args().iter().any(|word| word == "login"),
        command => command == "skyswitch login",
    };
    let message = without_value(error, in_login, head);
    let again = (!in_login).then(|| again(environment));
    let mut hints = meant(error, &command, again);
    if !command.is_empty() {
        hints.push(format!("`{command} --help` shows what is accepted"));
    }
    let mut result = Error::new(Code::Usage, message);
    result.hint = Some(hints.join("\n")).filter(|hint| !hint.is_empty());
    result
}

/// The words without a value that may be a secret somebody typed where none belongs.
fn without_value(error: &clap::Error, in_login: bool, message: String) -> String {
    let first = |kind| context(error, kind).next().unwrap_or_default();
    let argument = first(ContextKind::InvalidArg);
    let value = first(ContextKind::InvalidValue);
    match error.kind() {
        K::TooManyValues => format!("`{argument}` takes no value"),
        K::UnknownArgument if in_login && !argument.starts_with('-') => {
            "`login` takes flags and no other arguments".to_owned()
        }
        K::InvalidValue | K::ValueValidation if in_login && !value.is_empty() => message
            .replace(&format!("'{value}' "), "")
            .replace(&format!("`{value}`"), "it"),
        _ => message,
    }
}

/// Whether JSON was asked for, read from the bare words: the command line itself may be the fault.
pub(super) fn asked_for_json(environment: &Environment) -> bool {
    let words: Vec<&str> = environment
        .args()
        .iter()
        .filter_map(|word| word.to_str())
        .collect();
    let json = |format: &str| matches!(format, "json" | "ndjson");
    let mut said = None;
    for (i, word) in words.iter().enumerate() {
        let next = words.get(i + 1).copied().unwrap_or_default();
        match *word {
            "--" => break,
            "--json" | "--jq" => return true,
            "-o" | "--output" => said = Some(json(next)),
            _ => {
                if word.starts_with("--jq=") {
                    return true;
                }
                if let Some(format) = word.strip_prefix("--output=").or(word.strip_prefix("-o")) {
                    said = Some(json(format.trim_start_matches('=')));
                }
            }
        }
    }
    said.unwrap_or_else(|| {
        environment
            .text("SKYSWITCH_OUTPUT")
            .ok()
            .flatten()
            .is_some_and(json)
    })
}
