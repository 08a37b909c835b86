//! A command line that cannot be run: clap's findings in our own words.

use std::io::Write as _;
use std::process::ExitCode;

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind as K};

use super::{again, leave, ui_options};
use crate::commands::{self, Cli, GlobalArgs};
use crate::config::Environment;
use crate::context::Again;
use crate::error::{Code, Error};
use crate::model::is_slip;
use crate::ui::{OutputError, Ui};

/// Help and version go to standard output; everything else clap says is a usage error.
pub(super) fn usage(environment: &Environment, error: &clap::Error) -> ExitCode {
    let ui = Ui::new(ui_options(&GlobalArgs::default(), environment));
    match error.kind() {
        K::DisplayHelp | K::DisplayVersion => return help(&ui, error),
        K::DisplayHelpOnMissingArgumentOrSubcommand if !asked_for_json(environment) => {
            ui.notice(commands::help::text(&error.render(), false).trim_end());
        }
        _ => {}
    }
    let json = asked_for_json(environment);
    leave(&ui, json, &usage_error(environment, error))
}

fn help(ui: &Ui, error: &clap::Error) -> ExitCode {
    let text = commands::help::text(&error.render(), ui.options().stdout_color);
    let _ = ui.data().write_all(text.as_bytes());
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
    let text = error.render().to_string();
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

fn context(error: &clap::Error, kind: ContextKind) -> impl Iterator<Item = &str> {
    let (one, many) = match error.get(kind) {
        Some(ContextValue::String(one)) => (Some(one), None),
        Some(ContextValue::Strings(many)) => (None, Some(many)),
        _ => (None, None),
    };
    one.into_iter()
        .chain(many.into_iter().flatten())
        .map(String::as_str)
}

/// The called number or the destination? Where a route is written nobody guesses what `--to` means.
fn to_or_from(error: &clap::Error, command: &str, again: Option<&Again>) -> Option<String> {
    let typed = context(error, ContextKind::InvalidArg).next()?;
    if error.kind() != K::UnknownArgument || !matches!(typed, "--from" | "--to") {
        return None;
    }
    let mut words = command.split(' ').skip(1);
    let tree = Cli::command();
    let command = words.try_fold(&tree, |command, word| command.find_subcommand(word))?;
    let has = |name: &&&str| {
        command
            .get_arguments()
            .any(|arg| arg.get_long() == Some(name))
    };
    let names = ["destination", "dnis"].iter().filter(has);
    let names: Vec<String> = names.map(|name| format!("--{name}")).collect();
    match (names.as_slice(), again) {
        ([], _) => None,
        ([one], Some(again)) => {
            let again = again.clone().instead(typed, one);
            Some(format!("did you mean `{again}`?"))
        }
        (names, _) => Some(format!("did you mean `{}`?", names.join("` or `"))),
    }
}

/// What clap finds similar, where a slip of the finger explains it; it finds much that no slip does.
fn meant(error: &clap::Error, command: &str, again: Option<Again>) -> Vec<String> {
    if let Some(hint) = to_or_from(error, command, again.as_ref()) {
        return vec![hint];
    }
    let mut both =
        context(error, ContextKind::InvalidArg).chain(context(error, ContextKind::PriorArg));
    if error.kind() == K::ArgumentConflict && both.any(|name| name == "[CALLER]") {
        let order =
            "what stands without a flag is the caller first: name the other by its flag, too";
        return vec![order.to_owned()];
    }
    let pairs = [
        (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        (
            ContextKind::InvalidSubcommand,
            ContextKind::SuggestedSubcommand,
        ),
        (ContextKind::InvalidValue, ContextKind::SuggestedValue),
    ];
    let found = pairs.into_iter().find_map(|(typed, suggested)| {
        let typed = context(error, typed).next()?;
        let name = context(error, suggested).find(|name| is_slip(typed, name))?;
        Some((typed, name))
    });
    let meant = |(typed, name): (&str, &str)| match again {
        Some(again) => format!("did you mean `{}`?", again.instead(typed, name)),
        None => format!("did you mean `{name}`?"),
    };
    found.map(meant).into_iter().collect()
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
