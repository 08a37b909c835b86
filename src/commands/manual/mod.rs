//! `skyswitch manual DIR`: writes the man pages and completion scripts that are committed. Hidden; a
//! test runs it and compares, so that neither can go stale.

mod page;

use std::path::{Path, PathBuf};

use clap_complete::Shell;

use super::{completions, help};
use crate::context::Context;
use crate::error::{Code, Error};

/// Write man pages to DIR/man and completion scripts to DIR/completions
///
/// The pages bear the date of the newest release in DIR/CHANGELOG.md, if there is one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where `man` and `completions` are
    directory: PathBuf,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    let changes = std::fs::read_to_string(args.directory.join("CHANGELOG.md")).unwrap_or_default();
    let pages = pages(release_date(&changes).unwrap_or_default())
        .into_iter()
        .map(|(name, text)| (format!("man/{name}"), text.into_bytes()));
    let scripts = scripts()
        .into_iter()
        .map(|(name, bytes)| (format!("completions/{name}"), bytes));
    for (name, bytes) in pages.chain(scripts) {
        write(&args.directory.join(&name), &bytes).map_err(|error| {
            Error::at(Code::OutputFailed, format!("cannot write `{name}`"), error)
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
fn pages(date: &str) -> Vec<(String, String)> {
    let mut root = help::tree();
    root.build();
    let mut pages = page::commands(&root, date);
    pages.extend(help::all().iter().map(|topic| page::topic(topic, date)));
    pages
}

/// The date in the first heading of the form `## [VERSION] - YYYY-MM-DD`.
fn release_date(changes: &str) -> Option<&str> {
    changes.lines().find_map(|line| {
        let (_, date) = line.strip_prefix("## ")?.rsplit_once(' ')?;
        let form: Vec<usize> = date.split('-').map(str::len).collect();
        let digits = date.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        (digits && form == [4, 2, 2]).then_some(date)
    })
}

#[cfg(test)]
mod tests {
    use super::release_date;

    #[test]
    fn the_date_is_that_of_the_newest_release() {
        let changes =
            "# Changelog\n\n## Unreleased\n\n## [0.2.0] - 2027-01-31\n\n## 0.1.0 - 2026-12-01\n";
        assert_eq!(release_date(changes), Some("2027-01-31"));
        assert_eq!(release_date("## Unreleased\n## 1 - soon\n"), None);
    }
}
