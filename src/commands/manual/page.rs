//! One man page in roff, from a command of the tree or from a help topic.

use clap::builder::StyledStr;
use clap::{Arg, Command};
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use crate::commands::help::{Block, Topic, all, more};

const SOURCE: &str = concat!("skyswitch ", env!("CARGO_PKG_VERSION"));
const MANUAL: &str = "skyswitch manual";

/// The pages of a command and all that are below it.
pub(super) fn commands(root: &Command, date: &str) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    collect(root, &[], &[], date, &mut pages);
    pages
}

fn collect(
    command: &Command,
    path: &[&str],
    siblings: &[String],
    date: &str,
    pages: &mut Vec<(String, String)>,
) {
    let name = page_name(path);
    let text = command_page(command, path, siblings, date);
    pages.push((format!("{name}.1"), text));
    let children: Vec<String> = shown(command)
        .map(|child| page_name(&[path, &[child.get_name()]].concat()))
        .collect();
    for child in shown(command) {
        let path = [path, &[child.get_name()]].concat();
        collect(child, &path, &children, date, pages);
    }
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|sub| !sub.is_hide_set())
}

/// `skyswitch-routes-set`
fn page_name(path: &[&str]) -> String {
    let words = std::iter::once("skyswitch").chain(path.iter().copied());
    words.collect::<Vec<_>>().join("-")
}

fn command_page(command: &Command, path: &[&str], siblings: &[String], date: &str) -> String {
    let name = page_name(path);
    let mut page = Page::new(&name, "1", date);
    page.section("NAME");
    let about = command.get_about().map(plain).unwrap_or_default();
    page.line([roman(format!("{name} - {}", about.trim_end_matches('.')))]);
    page.section("SYNOPSIS");
    page.line(synopsis(command, path));
    page.section("DESCRIPTION");
    let long = command.get_long_about().map(plain).unwrap_or_default();
    let rest = long.strip_prefix(about.as_str()).unwrap_or(&long);
    let rest = rest.trim_start_matches('.').trim();
    page.paragraphs(if rest.is_empty() { &about } else { rest });
    if shown(command).next().is_some() {
        page.section("COMMANDS");
        for child in shown(command) {
            let child_name = page_name(&[path, &[child.get_name()]].concat());
            page.term(reference(&child_name, "1"));
            page.line([roman(child.get_about().map(plain).unwrap_or_default())]);
        }
    }
    let (global, own): (Vec<&Arg>, Vec<&Arg>) =
        arguments(command).partition(|argument| argument.is_global_set());
    if !own.is_empty() {
        page.section("OPTIONS");
        page.arguments(&own);
    }
    if path.is_empty() {
        page.section("GLOBAL OPTIONS");
        page.line([roman("Accepted before and after the name of a command.")]);
        page.arguments(&global);
    } else {
        page.section("GLOBAL OPTIONS");
        let mut names = vec![roman("Every command takes ")];
        for (i, argument) in global.iter().enumerate() {
            if i > 0 {
                names.push(roman(", "));
            }
            names.push(bold(format!(
                "--{}",
                argument.get_long().unwrap_or_default()
            )));
        }
        names.push(roman(", which "));
        names.extend(reference("skyswitch", "1"));
        names.push(roman(" explains."));
        page.line(names);
    }
    page.blocks(&more(&path.join(" ")), Level::Section);
    page.section("EXIT STATUS");
    page.line([
        roman("0 when it is done or there is nothing to do; "),
        bold("skyswitch-exit-codes"),
        roman("(7) lists the others."),
    ]);
    page.see_also(&name, &related(command, path, siblings));
    page.finish()
}

/// The pages beside a command's own: what is above, below and next to it, and the topics.
fn related(command: &Command, path: &[&str], siblings: &[String]) -> Vec<(String, &'static str)> {
    let parents = (0..path.len()).map(|end| page_name(&path[..end]));
    let children = shown(command).map(|child| page_name(&[path, &[child.get_name()]].concat()));
    let beside = siblings.iter().filter(|_| path.len() > 1).cloned();
    let commands = parents.chain(children).chain(beside);
    commands.map(|name| (name, "1")).chain(topics()).collect()
}

/// The pages of the topics.
fn topics() -> impl Iterator<Item = (String, &'static str)> {
    let page = |topic: Topic| (format!("skyswitch-{}", topic.name), "7");
    all().into_iter().map(page)
}

/// A topic's page and its file name.
pub(super) fn topic(topic: &Topic, date: &str) -> (String, String) {
    let name = format!("skyswitch-{}", topic.name);
    let mut page = Page::new(&name, "7", date);
    page.section("NAME");
    page.line([roman(format!("{name} - {}", topic.title))]);
    page.section("DESCRIPTION");
    page.blocks(&topic.blocks, Level::Subsection);
    let root = std::iter::once(("skyswitch".to_owned(), "1"));
    page.see_also(&name, &root.chain(topics()).collect::<Vec<_>>());
    (format!("{name}.7"), page.finish())
}

/// Arguments in the order they are shown: a command's own, help and version last.
fn arguments(command: &Command) -> impl Iterator<Item = &Arg> {
    let is_last = |argument: &&Arg| matches!(argument.get_id().as_str(), "help" | "version");
    let all = || {
        command
            .get_arguments()
            .filter(|argument| !argument.is_hide_set())
    };
    all()
        .filter(move |argument| !is_last(argument))
        .chain(all().filter(is_last))
}

/// `skyswitch routes set --ani NUMBER … [OPTIONS]`: what must be there, then what may.
fn synopsis(command: &Command, path: &[&str]) -> Vec<Inline> {
    let mut words = vec![bold(page_name(path).replace('-', " "))];
    let own: Vec<&Arg> = arguments(command)
        .filter(|argument| !argument.is_global_set())
        .filter(|argument| !matches!(argument.get_id().as_str(), "help" | "version"))
        .collect();
    let (last, first): (Vec<&Arg>, Vec<&Arg>) = own.iter().partition(|one| one.is_positional());
    for argument in first.into_iter().chain(last) {
        let required = argument.is_required_set();
        words.push(roman(if required { " " } else { " [" }));
        match argument.is_positional() {
            true => words.push(italic(value_name(argument))),
            false => words.extend(flag(argument)),
        }
        words.push(roman(if required { "" } else { "]" }));
        words.push(roman(if repeats(argument) { "..." } else { "" }));
    }
    if shown(command).next().is_some() {
        words.push(roman(" "));
        words.push(italic("COMMAND"));
    }
    words.push(roman(" [global options]"));
    words
}

fn repeats(argument: &Arg) -> bool {
    matches!(argument.get_action(), clap::ArgAction::Append)
        || argument
            .get_num_args()
            .is_some_and(|range| range.max_values() > 1)
}

/// `--ani NUMBER`, the long form where there is one.
fn flag(argument: &Arg) -> Vec<Inline> {
    let name = match (argument.get_long(), argument.get_short()) {
        (Some(long), _) => format!("--{long}"),
        (None, Some(short)) => format!("-{short}"),
        (None, None) => String::new(),
    };
    let mut words = vec![bold(name)];
    if argument.get_action().takes_values() {
        words.extend([roman(" "), italic(value_name(argument))]);
    }
    words
}

fn value_name(argument: &Arg) -> String {
    match argument.get_value_names() {
        Some(names) => names.join(" "),
        None => argument.get_id().as_str().to_uppercase(),
    }
}

/// `skyswitch-routes(1)`
fn reference(name: &str, section: &str) -> Vec<Inline> {
    vec![bold(name), roman(format!("({section})"))]
}

fn plain(text: &StyledStr) -> String {
    text.to_string()
}

/// What a block's heading becomes.
#[derive(Clone, Copy)]
enum Level {
    Section,
    Subsection,
}

/// A page under way. A paragraph macro right behind a heading is one too many.
struct Page {
    title: String,
    roff: Roff,
    headed: bool,
}

impl Page {
    fn new(name: &str, section: &str, date: &str) -> Self {
        let name = name.to_uppercase();
        Self {
            // By hand: `Roff` would drop an empty date, and the rest would take its place.
            title: format!(".TH {name} {section} \"{date}\" \"{SOURCE}\" \"{MANUAL}\"\n"),
            roff: Roff::new(),
            headed: true,
        }
    }

    fn section(&mut self, heading: &str) {
        self.roff.control("SH", [heading]);
        self.headed = true;
    }

    fn line(&mut self, words: impl Into<Vec<Inline>>) {
        self.roff.text(words);
        self.headed = false;
    }

    fn paragraphs(&mut self, text: &str) {
        for paragraph in text.split("\n\n") {
            if !self.headed {
                self.roff.control("PP", []);
            }
            self.line([roman(paragraph.trim())]);
        }
    }

    fn term(&mut self, words: impl Into<Vec<Inline>>) {
        self.roff.control("TP", []);
        self.roff.text(words);
        self.headed = false;
    }

    fn arguments(&mut self, arguments: &[&Arg]) {
        for argument in arguments {
            let mut words = Vec::new();
            if argument.is_positional() {
                words.push(italic(value_name(argument)));
            } else {
                if let (Some(short), Some(_)) = (argument.get_short(), argument.get_long()) {
                    words.extend([bold(format!("-{short}")), roman(", ")]);
                }
                words.extend(flag(argument));
            }
            self.term(words);
            let help = argument.get_long_help().or(argument.get_help());
            let mut text = help.map(plain).unwrap_or_default();
            text.push_str(&accepted(argument));
            self.line([roman(text)]);
        }
    }

    fn blocks(&mut self, blocks: &[Block], level: Level) {
        for block in blocks {
            match (block, level) {
                (Block::Heading(heading), Level::Section) => self.section(&heading.to_uppercase()),
                (Block::Heading(heading), Level::Subsection) => {
                    self.roff.control("SS", [*heading]);
                    self.headed = true;
                }
                (Block::Text(paragraph), _) => self.paragraphs(paragraph),
                (Block::Terms(terms), _) => {
                    for (term, meaning) in terms {
                        self.term([bold(term.as_str())]);
                        self.line([roman(meaning.as_str())]);
                    }
                }
                (Block::Commands(lines), _) => self.commands(lines),
            }
        }
    }

    fn commands(&mut self, lines: &str) {
        if !self.headed {
            self.roff.control("PP", []);
        }
        self.roff.control("nf", []);
        for line in lines.lines() {
            self.line([roman(line)]);
        }
        self.roff.control("fi", []);
    }

    fn see_also(&mut self, own: &str, pages: &[(String, &str)]) {
        let mut pages: Vec<_> = pages.iter().filter(|(name, _)| name != own).collect();
        pages.sort_by_key(|(name, section)| (*section, name.as_str()));
        pages.dedup();
        self.section("SEE ALSO");
        let mut words = Vec::new();
        for (i, (name, section)) in pages.iter().enumerate() {
            if i > 0 {
                words.push(roman(", "));
            }
            words.extend(reference(name, section));
        }
        self.line(words);
    }

    fn finish(self) -> String {
        self.title + &self.roff.to_roff()
    }
}

/// ` [default: 30]`, ` [possible values: user, device, literal]`, as the help has them.
fn accepted(argument: &Arg) -> String {
    let mut text = String::new();
    let defaults = argument.get_default_values();
    if !argument.is_hide_default_value_set()
        && argument.get_action().takes_values()
        && !defaults.is_empty()
    {
        let defaults: Vec<_> = defaults
            .iter()
            .map(|value| value.to_string_lossy())
            .collect();
        text.push_str(&format!(" [default: {}]", defaults.join(" ")));
    }
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| value.get_name().to_owned())
        .collect();
    if !values.is_empty() && argument.get_action().takes_values() {
        text.push_str(&format!(" [possible values: {}]", values.join(", ")));
    }
    text
}
