//! Reading a command line by the one command that it names, without the rest of the tree.
//!
//! clap copies every global flag into every command before it reads a word: with the whole tree that is
//! half of a start. What is accepted here is accepted by the whole tree in the same sense, as no word can
//! mean a command that is not among the words; what is not accepted is read again by the whole tree, which
//! finds the words for it.

use std::ffi::OsString;
use std::mem::ManuallyDrop;

use clap::error::ErrorKind;
use clap::{Args as _, Command, FromArgMatches as _};

use super::{
    Cli, GlobalArgs, accounts, api, completions, doctor, domains, help, history, login, logout,
};
use super::{manual, numbers, profile, routes, sandbox, status, subscribers, token, undo};

/// The commands outside `routes`.
const COMMANDS: [routes::ByName; 17] = [
    (&["login"], login::Args::augment_args),
    (&["logout"], logout::Args::augment_args),
    (&["status"], status::Args::augment_args),
    (&["token"], token::Args::augment_args),
    (&["profile"], profile::Args::augment_args),
    (&["accounts"], accounts::Args::augment_args),
    (&["domains"], domains::Args::augment_args),
    (&["subscribers"], subscribers::Args::augment_args),
    (&["numbers"], numbers::Args::augment_args),
    (&["doctor"], doctor::Args::augment_args),
    (&["api"], api::Args::augment_args),
    (&["history"], history::Args::augment_args),
    (&["undo"], undo::Args::augment_args),
    (&["sandbox"], sandbox::Args::augment_args),
    (&["completions"], completions::Args::augment_args),
    (&["help"], help::Args::augment_args),
    (&["manual"], manual::Args::augment_args),
];

/// Reads a command line; help asked for comes back as an error, as clap has it.
///
/// The whole tree, and what the help says beyond the arguments, is only made for somebody who is going to
/// read of it.
pub(crate) fn parse(words: &[OsString]) -> Result<Cli, clap::Error> {
    // The process ends with the command: taking the tree apart is a sixth of a start, for nothing.
    let read = |tree: Command| {
        let mut tree = ManuallyDrop::new(tree);
        let mut matches = tree.try_get_matches_from_mut(words)?;
        Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut tree))
    };
    match tree(words).map(read) {
        Some(Ok(cli)) => Ok(cli),
        Some(Err(error)) if error.kind() == ErrorKind::DisplayVersion => Err(error),
        _ => read(help::tree_for(words)),
    }
}

/// The tree of the named command alone; of no command where none is named, as in `--version`.
fn tree(words: &[OsString]) -> Option<Command> {
    let root = Command::new("skyswitch")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .subcommand_required(true);
    let words = words.get(1..)?;
    if let [word] = words
        && (word == "--version" || word == "-V")
    {
        return Some(root);
    }
    let root = GlobalArgs::augment_args(root);
    if let Some(at) = words.iter().position(|word| word == "routes") {
        let group = Command::new("routes").subcommand_required(true);
        let command = first(&words[at + 1..], &routes::COMMANDS)?;
        return Some(root.subcommand(group.subcommand(command)));
    }
    Some(match first(words, &COMMANDS) {
        Some(command) => root.subcommand(command),
        None => root,
    })
}

fn first(words: &[OsString], commands: &[routes::ByName]) -> Option<Command> {
    let is_named = |word: &OsString, names: &[&str]| names.iter().any(|name| word == name);
    let named = |word| commands.iter().find(|(names, _)| is_named(word, names));
    let (names, add) = words.iter().find_map(named)?;
    Some(add(Command::new(names[0]).aliases(&names[1..])))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{parse, tree};
    use crate::commands::Cli;

    fn arguments(command: &clap::Command) -> Vec<String> {
        let mut all: Vec<_> = command
            .get_arguments()
            .map(|arg| format!("{arg:?}"))
            .collect();
        all.sort();
        all
    }

    #[test]
    fn every_command_has_the_arguments_that_it_has_in_the_whole_tree() {
        let mut whole = Cli::command();
        whole.build();
        let mut seen = 0;
        for group in whole.get_subcommands() {
            let leaves = group
                .get_subcommands()
                .filter(|_| group.get_name() == "routes");
            let leaves: Vec<_> = leaves.filter(|leaf| leaf.get_name() != "help").collect();
            let is_leaf = leaves.is_empty();
            for leaf in leaves.into_iter().chain(is_leaf.then_some(group)) {
                let path = ["skyswitch", group.get_name(), leaf.get_name()];
                let words = path[..if is_leaf { 2 } else { 3 }].iter().map(Into::into);
                let mut quick = tree(&words.collect::<Vec<_>>()).expect("a tree");
                quick.build();
                let of =
                    |command: &clap::Command, name: &str| command.find_subcommand(name).cloned();
                let mut found = of(&quick, path[1]).expect(path[1]);
                if !is_leaf {
                    found = of(&found, path[2]).expect(path[2]);
                }
                assert_eq!(arguments(&found), arguments(leaf), "{path:?}");
                seen += 1;
            }
        }
        assert!(seen > 25, "{seen}");
    }

    #[test]
    fn a_word_that_could_be_a_command_and_is_none_is_read_by_the_whole_tree() {
        for words in [
            "-p login routes list",
            "routes -p set list",
            "routes ls",
            "--quiet routes rm 16165550101 -d set",
            "-p routes status",
            "routes list -p set --jq length",
            "-p help -o csv domains list",
        ] {
            let words: Vec<_> = ["skyswitch"]
                .into_iter()
                .chain(words.split(' '))
                .map(Into::into)
                .collect();
            assert!(parse(&words).is_ok(), "{words:?}");
        }
        for words in [
            "routes", "nosuch --version", "routes list --version", "", "routes help",
        ] {
            let words: Vec<_> = ["skyswitch"]
                .into_iter()
                .chain(words.split(' '))
                .map(Into::into)
                .collect();
            let error = parse(&words).map(|_| ()).expect_err("no command");
            assert_ne!(
                error.kind(),
                clap::error::ErrorKind::DisplayVersion,
                "{words:?}"
            );
        }
    }
}
