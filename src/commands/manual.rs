//! `skyswitch manual DIR`: writes the man pages and completion scripts that are committed. Hidden; a
//! test runs it and compares, so that neither can go stale.

use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::roff::{Roff, bold, roman};

use super::help::{self, Block, Topic};
use super::{Cli, completions};
use crate::context::Context;
use crate::error::{Code, Error};

/// Write man pages to DIR/man and completion scripts to DIR/completions
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where `man` and `completions` are
    directory: PathBuf,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    let pages = pages()
        .into_iter()
        .map(|(name, bytes)| (format!("man/{name}"), bytes));
    let scripts = scripts()
        .into_iter()
        .map(|(name, bytes)| (format!("completions/{name}"), bytes));
    for (name, bytes) in pages.chain(scripts) {
        write(&args.directory.join(&name), &bytes).map_err(|error| {
            Error::new(
                Code::OutputFailed,
                format!("cannot write `{name}`: {error}"),
            )
        })?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    std::fs::write(path, bytes)
}

fn scripts() -> Vec<(String, Vec<u8>)> {
    [
        ("skyswitch.bash", Shell::Bash),
        ("_skyswitch", Shell::Zsh),
        ("skyswitch.fish", Shell::Fish),
        ("_skyswitch.ps1", Shell::PowerShell),
        ("skyswitch.elv", Shell::Elvish),
    ]
    .into_iter()
    .map(|(name, shell)| (name.to_owned(), completions::script(shell)))
    .collect()
}

/// Every page with its file name: one a command in section 1, one a topic in section 7.
fn pages() -> Vec<(String, Vec<u8>)> {
    let mut root = Cli::command();
    root.build();
    let mut pages = Vec::new();
    collect(&root, "skyswitch", &mut pages);
    pages.extend(help::all().iter().map(topic_page));
    pages
}

fn collect(command: &clap::Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) {
    let mut page = Vec::new();
    let title = name.to_owned();
    let command_for_page = command.clone().display_name(name);
    let man = clap_mangen::Man::new(command_for_page)
        .title(title.to_uppercase())
        .date("")
        .manual("skyswitch manual")
        .source(concat!("skyswitch ", env!("CARGO_PKG_VERSION")));
    // Writing to a vector does not fail.
    if man.render(&mut page).is_ok() {
        pages.push((format!("{name}.1"), page));
    }
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        collect(sub, &format!("{name}-{}", sub.get_name()), pages);
    }
}

fn topic_page(topic: &Topic) -> (String, Vec<u8>) {
    let name = format!("skyswitch-{}", topic.name);
    let source = concat!("skyswitch ", env!("CARGO_PKG_VERSION"));
    let title = name.to_uppercase();
    let mut roff = Roff::new();
    roff.control("TH", [title.as_str(), "7", "", source, "skyswitch manual"]);
    roff.control("SH", ["NAME"]);
    roff.text([roman(format!("{name} - {}", topic.title))]);
    roff.control("SH", ["DESCRIPTION"]);
    for block in &topic.blocks {
        match block {
            Block::Heading(heading) => {
                roff.control("SS", [*heading]);
            }
            Block::Text(paragraph) => {
                roff.control("PP", []);
                roff.text([roman(paragraph.as_str())]);
            }
            Block::Terms(terms) => {
                for (term, meaning) in terms {
                    roff.control("TP", []);
                    roff.text([bold(term.as_str())]);
                    roff.text([roman(meaning.as_str())]);
                }
            }
            Block::Commands(lines) => {
                roff.control("PP", []);
                roff.control("nf", []);
                for line in lines.lines() {
                    roff.text([roman(line)]);
                }
                roff.control("fi", []);
            }
        }
    }
    roff.control("SH", ["SEE ALSO"]);
    roff.text([bold("skyswitch"), roman("(1)")]);
    (format!("{name}.7"), roff.to_roff().into_bytes())
}
