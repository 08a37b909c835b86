//! `skyswitch help [TOPIC|COMMAND…]`, and the topics themselves: one source for the terminal and for
//! the man pages of section 7.

mod front;
mod more;
mod topics;

use clap::CommandFactory as _;

pub(crate) use more::more;
pub(crate) use topics::{Block, Topic, all};

use super::Cli;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::nearest;

/// Explain a command or a topic
///
/// Topics: options, environment, exit-codes, output, files, scripting.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A topic, or the words of a command such as `routes set`
    #[arg(value_name = "TOPIC|COMMAND")]
    words: Vec<String>,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    let words: Vec<&str> = args.words.iter().map(String::as_str).collect();
    let options = ctx.ui.options();
    let width = options.width.filter(|_| options.stdout_terminal);
    let text = match words.as_slice() {
        [topic] if find_topic(topic).is_some() => find_topic(topic)
            .map(|topic| topic.plain(width))
            .unwrap_or_default(),
        words => command_help(words, ctx.ui.options().stdout_color)?,
    };
    ctx.ui.text(&text);
    Ok(())
}

/// The whole tree of commands, with what the help says beyond their arguments.
pub(crate) fn tree() -> clap::Command {
    let tree = Cli::command();
    let global = topics::global_flags(&tree);
    let global = [Block::Heading("Global options"), Block::Terms(global)];
    let hidden = |flag: clap::Arg| match flag.is_global_set() {
        true => flag.hide_short_help(true).hide_long_help(true),
        false => flag,
    };
    attach(tree.mut_args(hidden), "", &topics::plain(&global))
}

/// The same for a command line that is none, or asks for its help: `--help` alone shows everything.
pub(crate) fn tree_for(words: &[std::ffi::OsString]) -> clap::Command {
    match words.iter().any(|word| word == "--help") {
        true => tree(),
        false => tree().override_help(front::page()),
    }
}

/// A group of commands has no flags of its own but `-h`.
const GROUP: &str = "\
{about-with-newline}
{usage-heading} {usage}

Commands:
{subcommands}{after-help}";

/// Where the flags are that the short help leaves out.
const ELSEWHERE: &str = "Flags of every command, and the short hand: `skyswitch help options`";

/// The help that fits a screen has two examples and says where the rest is; the long one has all of
/// them, and the flags of every command last.
fn attach(command: clap::Command, path: &str, global: &str) -> clap::Command {
    let above = match path {
        "" => (command.get_after_help()).map_or_else(String::new, ToString::to_string),
        path => topics::plain(&more(path)),
    };
    let above = above.trim_end();
    let gap = if above.is_empty() { "" } else { "\n\n" };
    let command = match command.has_subcommands() && !path.is_empty() {
        true => command.help_template(GROUP),
        false => command,
    };
    let mut command = command.after_long_help(format!("{above}{gap}{global}"));
    if !path.is_empty() {
        let names = command.get_subcommands().map(clap::Command::get_name);
        let paths =
            std::iter::once(path.to_owned()).chain(names.map(|name| format!("{path} {name}")));
        let examples = more::first_of(paths).into_iter();
        let elsewhere = Block::Text(ELSEWHERE.to_owned());
        let short: Vec<Block> = examples.chain([elsewhere]).collect();
        command = command.after_help(topics::plain(&short));
    }
    let names: Vec<String> = command
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    names.into_iter().fold(command, |command, name| {
        let path = format!("{path} {name}");
        command.mut_subcommand(name, |command| attach(command, path.trim_start(), global))
    })
}

fn find_topic(name: &str) -> Option<Topic> {
    all().into_iter().find(|topic| topic.name == name)
}

fn command_help(words: &[&str], color: bool) -> Result<String, Error> {
    let mut root = tree();
    root.build();
    let mut command = &mut root;
    for (i, word) in words.iter().enumerate() {
        let names: Vec<String> = command
            .get_subcommands()
            .filter(|command| !command.is_hide_set())
            .map(|command| command.get_name().to_owned())
            .collect();
        let Some(next) = command
            .find_subcommand(word)
            .map(|_| ())
            .filter(|()| names.iter().any(|name| name == word))
        else {
            return Err(unknown(&words[..=i].join(" "), word, &names, i == 0));
        };
        let () = next;
        command = match command.find_subcommand_mut(word) {
            Some(command) => command,
            None => return Err(unknown(&words[..=i].join(" "), word, &names, i == 0)),
        };
    }
    Ok(text(&command.render_long_help(), color))
}

/// What clap rendered, in the form that is printed.
pub(crate) fn text(help: &clap::builder::StyledStr, color: bool) -> String {
    let text = match color {
        true => help.ansi().to_string(),
        false => help.to_string(),
    };
    one_spelling(&text.replace(topics::NO_BREAK, " "))
}

/// What the usage asks for (`<CALLER>`) is called so everywhere: clap writes `[CALLER]` where a flag may
/// stand in its place.
pub(crate) fn one_spelling(text: &str) -> String {
    let wanted = |name: &&str| text.contains(&format!("<{name}>"));
    let names = ["CALLER", "DESTINATION", "DOMAIN"]
        .into_iter()
        .filter(wanted);
    names.fold(text.to_owned(), |text, name| {
        text.replace(&format!("[{name}]"), &format!("<{name}>"))
    })
}

fn unknown(typed: &str, word: &str, names: &[String], first: bool) -> Error {
    let topics = all();
    let topics = topics.iter().filter(|_| first).map(|topic| topic.name);
    let candidates = names.iter().map(String::as_str).chain(topics);
    let error = Error::new(
        Code::Usage,
        format!("there is no command or topic `{typed}`"),
    );
    match nearest(word, candidates) {
        Some(name) => {
            let path = typed.strip_suffix(word).unwrap_or_default();
            error.hint(format!("did you mean `skyswitch help {path}{name}`?"))
        }
        None => error.hint("`skyswitch help` lists the commands; topics are options, environment, exit-codes, output, files and scripting"),
    }
}
