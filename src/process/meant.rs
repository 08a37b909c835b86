//! What a command line that cannot be run was most likely meant to be: whole commands.

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind as K};

use crate::commands::Cli;
use crate::context::Again;
use crate::model::{Number, is_slip};

/// What clap says of an error, by kind.
pub(super) fn context(error: &clap::Error, kind: ContextKind) -> impl Iterator<Item = &str> {
    let (one, many) = match error.get(kind) {
        Some(ContextValue::String(one)) => (Some(one), None),
        Some(ContextValue::Strings(many)) => (None, Some(many)),
        _ => (None, None),
    };
    one.into_iter()
        .chain(many.into_iter().flatten())
        .map(String::as_str)
}

/// What clap finds similar, where a slip of the finger explains it; it finds much that no slip does.
pub(super) fn meant(error: &clap::Error, command: &str, again: Option<Again>) -> Vec<String> {
    if let Some(hint) = to_or_from(error, command, again.as_ref()) {
        return vec![hint];
    }
    let mut both =
        context(error, ContextKind::InvalidArg).chain(context(error, ContextKind::PriorArg));
    if error.kind() == K::ArgumentConflict
        && both.any(|name| matches!(name, "[CALLER]" | "<CALLER>"))
    {
        let order =
            "what stands without a flag is the caller first: name the other by its flag, too";
        return vec![order.to_owned()];
    }
    let first = |kind| context(error, kind).next();
    if let (Some(again), Some(typed)) = (&again, first(ContextKind::InvalidArg))
        && error.kind() == K::UnknownArgument
        && !typed.starts_with('-')
    {
        return in_its_place(command, again, typed);
    }
    if let (Some(again), Some(typed)) = (&again, first(ContextKind::InvalidSubcommand))
        && let Some(words) = elsewhere(command, typed)
    {
        return vec![did_you_mean(again.clone().in_place_of(typed, &words))];
    }
    let meant = |(typed, name): (&str, &str)| match again {
        Some(again) => did_you_mean(again.instead(typed, name)),
        None => did_you_mean(name),
    };
    slip(error).map(meant).into_iter().collect()
}

fn did_you_mean(meant: impl std::fmt::Display) -> String {
    format!("did you mean `{meant}`?")
}

/// What was typed, and what clap finds similar that it may be a slip for.
fn slip(error: &clap::Error) -> Option<(&str, &str)> {
    let pairs = [
        (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        (
            ContextKind::InvalidSubcommand,
            ContextKind::SuggestedSubcommand,
        ),
        (ContextKind::InvalidValue, ContextKind::SuggestedValue),
    ];
    pairs.into_iter().find_map(|(typed, suggested)| {
        let typed = context(error, typed).next()?;
        let is_it = |name: &&str| is_slip(typed, name) || is_start(typed, name);
        Some((typed, context(error, suggested).find(is_it)?))
    })
}

/// The first letters of a longer word, whatever stands in front of both.
fn is_start(typed: &str, name: &str) -> bool {
    typed.trim_start_matches('-').len() > 1 && name.starts_with(typed)
}

/// A word too many: behind the flag that it has.
fn in_its_place(command: &str, again: &Again, typed: &str) -> Vec<String> {
    let Some(found) = find(command) else {
        return Vec::new();
    };
    let is_list = found.get_positionals().next().is_none();
    let flags: &[&str] = match Number::parse(typed) {
        Ok(_) if is_list => &["--ani"],
        Ok(_) => &["--dnis"],
        Err(_) if is_list => &["--domain", "--destination"],
        Err(_) => &["--domain"],
    };
    let free = |flag: &str| again.clone().without_value(flag).to_string() == again.to_string();
    let flags = (flags.iter()).filter(|flag| has(&found, flag) && free(flag));
    let again = |flag: &&str| again.clone().in_place_of(typed, &[*flag, typed]);
    flags.map(|flag| did_you_mean(again(flag))).collect()
}

/// The command of these words.
fn find(command: &str) -> Option<clap::Command> {
    let mut words = command.split(' ').skip(1);
    let tree = Cli::command();
    let found = words.try_fold(&tree, |command, word| command.find_subcommand(word))?;
    Some(found.clone())
}

fn has(command: &clap::Command, flag: &str) -> bool {
    let long = Some(flag.trim_start_matches('-'));
    command.get_arguments().any(|arg| arg.get_long() == long)
}

/// A command that stands in a group, typed without it; of `routes` rather than of any other.
fn elsewhere<'t>(command: &str, typed: &'t str) -> Option<Vec<&'t str>> {
    if !matches!(command, "" | "skyswitch") {
        return None;
    }
    match typed {
        "redo" => return Some(vec!["undo"]),
        "mv" => return Some(vec!["routes", "move"]),
        "cp" => return Some(vec!["routes", "copy"]),
        _ => {}
    }
    let is_it = |one: &clap::Command| {
        one.get_name() == typed || one.get_visible_aliases().any(|alias| alias == typed)
    };
    let tree = Cli::command();
    let has_it = |group: &&str| {
        let group = tree.find_subcommand(group);
        group.is_some_and(|group| group.get_subcommands().any(is_it))
    };
    let group = ["routes", "profile", "sandbox"].into_iter().find(has_it)?;
    Some(vec![group, typed])
}

/// The called number or the destination? Where a route is written nobody guesses what `--to` means.
fn to_or_from(error: &clap::Error, command: &str, again: Option<&Again>) -> Option<String> {
    let typed = context(error, ContextKind::InvalidArg).next()?;
    if error.kind() != K::UnknownArgument || !matches!(typed, "--from" | "--to") {
        return None;
    }
    let command = find(command)?;
    let flags = ["--destination", "--dnis"].into_iter();
    let names: Vec<&str> = flags.filter(|flag| has(&command, flag)).collect();
    match (names.as_slice(), again) {
        ([], _) => None,
        ([one], Some(again)) => {
            let again = again.clone().instead(typed, one);
            Some(format!("did you mean `{again}`?"))
        }
        (names, _) => Some(format!("did you mean `{}`?", names.join("` or `"))),
    }
}
