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
    if let (Some(again), Some(typed)) = (&again, context(error, ContextKind::InvalidArg).next())
        && error.kind() == K::UnknownArgument
        && !typed.starts_with('-')
    {
        return in_its_place(command, again, typed);
    }
    if let (Some(again), Some(typed)) = (
        &again,
        context(error, ContextKind::InvalidSubcommand).next(),
    ) && let groups @ [_, ..] = &elsewhere(command, typed)[..]
    {
        let again = |words: &Vec<&str>| again.clone().in_place_of(typed, words);
        let commands = groups.iter().map(again);
        return commands
            .map(|again| format!("did you mean `{again}`?"))
            .collect();
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
        let name =
            context(error, suggested).find(|name| is_slip(typed, name) || is_start(typed, name))?;
        Some((typed, name))
    });
    let meant = |(typed, name): (&str, &str)| match again {
        Some(again) => format!("did you mean `{}`?", again.instead(typed, name)),
        None => format!("did you mean `{name}`?"),
    };
    found.map(meant).into_iter().collect()
}

/// The first letters of a longer word, whatever stands in front of both.
fn is_start(typed: &str, name: &str) -> bool {
    typed.trim_start_matches('-').len() > 1 && name.starts_with(typed)
}

/// A word too many: behind the flag that it has.
fn in_its_place(command: &str, again: &Again, typed: &str) -> Vec<String> {
    let mut words = command.split(' ').skip(1);
    let tree = Cli::command();
    let Some(found) = words.try_fold(&tree, |command, word| command.find_subcommand(word)) else {
        return Vec::new();
    };
    let has = |flag: &&&str| {
        let long = flag.trim_start_matches('-');
        found
            .get_arguments()
            .any(|arg| arg.get_long() == Some(long))
    };
    let is_list = found.get_positionals().next().is_none();
    let flags: &[&str] = match Number::parse(typed) {
        Ok(_) if is_list => &["--ani"],
        Ok(_) => &["--dnis"],
        Err(_) if is_list => &["--domain", "--destination"],
        Err(_) => &["--domain"],
    };
    let free = |flag: &&&str| again.clone().without_value(flag).to_string() == again.to_string();
    let flags = flags.iter().filter(has).filter(free);
    let again = |flag: &&str| again.clone().in_place_of(typed, &[*flag, typed]);
    flags
        .map(|flag| format!("did you mean `{}`?", again(flag)))
        .collect()
}

/// A command that stands in a group, typed without it; that of `routes` rather than any other.
fn elsewhere<'t>(command: &str, typed: &'t str) -> Vec<Vec<&'t str>> {
    if !matches!(command, "" | "skyswitch") {
        return Vec::new();
    }
    match typed {
        "redo" => return vec![vec!["undo"]],
        "mv" => return vec![vec!["routes", "move"]],
        "cp" => return vec![vec!["routes", "copy"]],
        _ => {}
    }
    let is_it = |one: &clap::Command| {
        one.get_name() == typed || one.get_visible_aliases().any(|alias| alias == typed)
    };
    let tree = Cli::command();
    let groups = tree
        .get_subcommands()
        .filter(|group| group.get_subcommands().any(is_it));
    let mut groups: Vec<&str> = groups.map(clap::Command::get_name).collect();
    if groups.contains(&"routes") {
        groups = vec!["routes"];
    }
    let known = ["routes", "profile", "sandbox"];
    let known = known.into_iter().filter(|group| groups.contains(group));
    known.map(|group| vec![group, typed]).collect()
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
