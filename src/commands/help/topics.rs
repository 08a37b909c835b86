//! The help topics: what they say, as blocks that a terminal and a man page can both show.
//!
//! The words stand in `topics/NAME.txt`: the title, then pieces between blank lines. `# ` begins a
//! heading, ` :: ` stands between a term and its meaning, four blanks before a command; what stands in
//! braces is filled in from a table of the program.

use clap::builder::PossibleValue;
use clap::{Arg, CommandFactory as _};

use crate::commands::Cli;
use crate::config::{SETTINGS, SettingNames, profile_keys};
use crate::error::Code;

/// A help topic; also the man page `skyswitch-NAME(7)`.
pub(crate) struct Topic {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// What it is about, for the man page's NAME line.
    pub(crate) title: &'static str,
    /// What it says.
    pub(crate) blocks: Vec<Block>,
}

/// A piece of a topic.
pub(crate) enum Block {
    /// A heading.
    Heading(&'static str),
    /// A paragraph.
    Text(String),
    /// Terms and what they mean.
    Terms(Vec<(String, String)>),
    /// Commands to type, one a line.
    Commands(String),
}

const WIDTH: usize = 80;
/// A blank at which clap does not wrap: a command that is broken in two cannot be pasted. Whoever
/// prints help makes it a plain one.
pub(crate) const NO_BREAK: char = '\u{a0}';

impl Topic {
    /// The topic for a terminal.
    pub(crate) fn plain(&self, terminal: Option<u16>) -> String {
        let width = terminal.map_or(WIDTH, |width| WIDTH.min(width.into()));
        plain_within(&self.blocks, width).replace(NO_BREAK, " ")
    }
}

/// Blocks for a terminal.
pub(super) fn plain(blocks: &[Block]) -> String {
    plain_within(blocks, WIDTH)
}

fn plain_within(blocks: &[Block], width: usize) -> String {
    let mut text = String::new();
    let mut headed = false;
    for block in blocks {
        if !text.is_empty() && !headed {
            text.push('\n');
        }
        headed = matches!(block, Block::Heading(_));
        match block {
            Block::Heading(heading) => text.push_str(&format!("{heading}:\n")),
            Block::Text(paragraph) => text.push_str(&wrap(paragraph, 0, width)),
            Block::Terms(terms) => {
                for (term, meaning) in terms {
                    text.push_str(&format!("  {term}\n{}", wrap(meaning, 6, width)));
                }
            }
            Block::Commands(lines) => {
                for line in lines.lines() {
                    let line = format!("    {line}\n");
                    text.extend(line.chars().map(|c| if c == ' ' { NO_BREAK } else { c }));
                }
            }
        }
    }
    text
}

fn wrap(text: &str, indent: usize, most: usize) -> String {
    let mut wrapped = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column == 0 || column + 1 + width > most {
            if column > 0 {
                wrapped.push('\n');
            }
            wrapped.push_str(&" ".repeat(indent));
            column = indent + width;
        } else {
            wrapped.push(' ');
            column += 1 + width;
        }
        wrapped.push_str(word);
    }
    wrapped.push('\n');
    wrapped
}

/// All topics, in the order help names them.
pub(crate) fn all() -> Vec<Topic> {
    [
        ("options", include_str!("topics/options.txt")),
        ("environment", include_str!("topics/environment.txt")),
        ("exit-codes", include_str!("topics/exit-codes.txt")),
        ("output", include_str!("topics/output.txt")),
        ("files", include_str!("topics/files.txt")),
        ("scripting", include_str!("topics/scripting.txt")),
    ]
    .map(|(name, text)| {
        let (title, rest) = text.split_once("\n\n").unwrap_or((text, ""));
        let blocks = rest.trim_end().split("\n\n").map(block).collect();
        Topic {
            name,
            title,
            blocks,
        }
    })
    .into()
}

fn block(text: &'static str) -> Block {
    match text {
        "{global flags}" => Block::Terms(global_flags(&Cli::command())),
        "{variables}" => Block::Terms(variables()),
        "{codes}" => Block::Terms(codes()),
        _ if text.starts_with("    ") => {
            Block::Commands(text.replace("\n    ", "\n")[4..].to_owned())
        }
        _ if text.contains(" :: ") => Block::Terms(text.lines().filter_map(term).collect()),
        _ => match text.strip_prefix("# ") {
            Some(heading) => Block::Heading(heading),
            None => Block::Text(text.replace('\n', " ")),
        },
    }
}

fn term(line: &str) -> Option<(String, String)> {
    let (term, meaning) = line.split_once(" :: ")?;
    let keys = profile_keys().collect::<Vec<_>>().join(", ");
    Some((term.to_owned(), meaning.replace("{profile keys}", &keys)))
}

/// The flags that every command takes, as terms, in their order.
pub(super) fn global_flags(tree: &clap::Command) -> Vec<(String, String)> {
    let global = tree.get_arguments().filter(|flag| flag.is_global_set());
    global
        .map(|flag| (name_of(flag), meaning_of(flag)))
        .collect()
}

fn name_of(flag: &Arg) -> String {
    let short = flag.get_short().map(|short| format!("-{short}, "));
    let long = flag.get_long().unwrap_or_default();
    let names = flag.get_value_names().unwrap_or_default();
    let takes_value = flag.get_action().takes_values();
    let value = names.first().filter(|_| takes_value);
    let value = value.map(|name| format!(" <{name}>"));
    let (short, value) = (short.unwrap_or_default(), value.unwrap_or_default());
    format!("{short}--{long}{value}")
}

fn meaning_of(flag: &Arg) -> String {
    let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
    let values = match flag.get_action().takes_values() {
        true => flag.get_possible_values(),
        false => Vec::new(),
    };
    let values: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
    match values.is_empty() {
        true => help,
        false => format!("{help}: {}", values.join(", ")),
    }
}

fn variables() -> Vec<(String, String)> {
    let row = |names: &SettingNames| (names.variable.to_owned(), names.text.to_owned());
    let with_variable = SETTINGS.iter().filter(|names| !names.variable.is_empty());
    with_variable.map(row).collect()
}

fn codes() -> Vec<(String, String)> {
    let row = |code: &Code| {
        let facts = code.facts();
        let again = if facts.retryable {
            "; worth trying again"
        } else {
            ""
        };
        let text = format!("{} ({}){again}", facts.text, facts.exit);
        (facts.name.to_owned(), text)
    };
    Code::ALL.iter().map(row).collect()
}
