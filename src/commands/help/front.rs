//! The front page, `skyswitch -h`: every command in one screen, those that belong together in a line.

use super::ELSEWHERE;
use super::topics::{self, Block};

/// Commands, and what they are for.
const GROUPS: [(&str, &str); 10] = [
    (
        "routes",
        "VIP routes: list, set, delete, move, explain, apply …",
    ),
    ("history, undo", "what this machine changed; put it back"),
    ("profile", "account, domain and login under one name"),
    ("domains, accounts", "what there is"),
    (
        "subscribers, numbers",
        "where routes may lead; which numbers are called",
    ),
    (
        "login, logout, status",
        "credentials; who is logged in, on which account",
    ),
    ("doctor", "find out what is wrong"),
    ("token, api", "for scripts: an access token; any other call"),
    ("sandbox", "the emulator behind --sandbox"),
    ("completions, help", "for shells; for people"),
];

/// What can be tried at once, without an account.
const EXAMPLES: &str = "skyswitch --sandbox routes list\n\
                        skyswitch --sandbox routes set 6165550142 jane -d acme";

/// The page.
pub(super) fn page() -> String {
    let mut page = "Call routing on SkySwitch from the command line\n\n\
                    Usage: skyswitch [OPTIONS] <COMMAND>\n\n"
        .to_owned();
    for (commands, text) in GROUPS {
        page.push_str(&format!("  {commands:<23}{text}\n"));
    }
    page.push('\n');
    let all = "All of it: `skyswitch --help`; one command: `skyswitch routes set -h`";
    let last = Block::Text(all.to_owned());
    let elsewhere = Block::Text(ELSEWHERE.to_owned());
    let examples = Block::Commands(EXAMPLES.to_owned());
    page + &topics::plain(&[examples, last]) + &topics::plain(&[elsewhere])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{GROUPS, page};

    #[test]
    fn every_command_stands_on_the_front_page_once() {
        let tree = super::super::tree();
        let commands = tree.get_subcommands().filter(|one| !one.is_hide_set());
        let commands: Vec<&str> = commands.map(clap::Command::get_name).collect();
        let named = GROUPS.iter().flat_map(|(names, _)| names.split(", "));
        let named: Vec<&str> = named.collect();
        assert_eq!(named.len(), commands.len(), "{named:?}");
        let commands: BTreeSet<&str> = commands.into_iter().collect();
        assert_eq!(named.into_iter().collect::<BTreeSet<_>>(), commands);
        assert!(page().lines().count() <= 23, "{}", page());
    }
}
