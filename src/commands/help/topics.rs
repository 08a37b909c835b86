//! The help topics: what they say, as blocks that a terminal and a man page can both show.

use crate::config::{SETTINGS, profile_keys};
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
    Commands(&'static str),
}

const WIDTH: usize = 80;
/// A blank at which clap does not wrap: a command that is broken in two cannot be pasted. Whoever
/// prints help makes it a plain one.
pub(crate) const NO_BREAK: char = '\u{a0}';

impl Topic {
    /// The topic for a terminal.
    pub(crate) fn plain(&self) -> String {
        plain(&self.blocks).replace(NO_BREAK, " ")
    }
}

/// Blocks for a terminal.
pub(super) fn plain(blocks: &[Block]) -> String {
    let mut text = String::new();
    let mut headed = false;
    for block in blocks {
        if !text.is_empty() && !headed {
            text.push('\n');
        }
        headed = matches!(block, Block::Heading(_));
        match block {
            Block::Heading(heading) => text.push_str(&format!("{heading}:\n")),
            Block::Text(paragraph) => text.push_str(&wrap(paragraph, 0)),
            Block::Terms(terms) => {
                for (term, meaning) in terms {
                    text.push_str(&format!("  {term}\n{}", wrap(meaning, 6)));
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

fn wrap(text: &str, indent: usize) -> String {
    let mut wrapped = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column == 0 || column + 1 + width > WIDTH {
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
    vec![environment(), exit_codes(), output(), files(), scripting()]
}

fn text(paragraph: &str) -> Block {
    Block::Text(paragraph.to_owned())
}

fn terms(pairs: &[(&str, &str)]) -> Block {
    Block::Terms(
        pairs
            .iter()
            .map(|(term, meaning)| ((*term).to_owned(), (*meaning).to_owned()))
            .collect(),
    )
}

fn environment() -> Topic {
    let variables = SETTINGS
        .iter()
        .map(|names| (names.variable.to_owned(), names.text.to_owned()))
        .collect();
    Topic {
        name: "environment",
        title: "variables that skyswitch reads",
        blocks: vec![
            text(
                "A flag wins over a variable, a variable over the profile, the profile over the default. An empty variable counts as unset. `skyswitch status` shows which value won and where it came from. No variable equals `--yes`.",
            ),
            Block::Terms(variables),
        ],
    }
}

fn exit_codes() -> Topic {
    let exits: [(&str, &str); 11] = [
        ("0", "Done, or nothing to do. Go on."),
        (
            "1",
            "A fault of skyswitch, an answer nobody can read, or results that could not be written. Report it with the output of `-vv`.",
        ),
        (
            "2",
            "A bad command, setting or input, or parameters the server refused. Nothing was changed. Fix it.",
        ),
        (
            "3",
            "Not found: route, domain, account, profile or journal entry; nothing to undo. Check the key.",
        ),
        (
            "4",
            "Not logged in, or the session or the store cannot be used. Run `skyswitch login`.",
        ),
        (
            "5",
            "Refused, and nothing was changed: `--yes` is missing, something is ambiguous, a rule protects live calls, or the journal cannot be written. A person decides.",
        ),
        ("6", "Forbidden: the token lacks a scope. Ask for it."),
        (
            "7",
            "Temporary: network, TLS, time-out, too many requests, server error. Try later; not for a bad certificate.",
        ),
        (
            "8",
            "Partial: some changes were made, or one whose outcome nobody can tell. Read the summary, run it again.",
        ),
        (
            "9",
            "Changes are pending or expectations failed. Only where a command is asked to say so.",
        ),
        (
            "129, 130, 143",
            "Interrupted by a hang-up, Ctrl-C or a termination signal. `skyswitch history` shows what was done.",
        ),
    ];
    let codes = Code::ALL
        .iter()
        .map(|code| {
            let facts = code.facts();
            let again = if facts.retryable {
                "; worth trying again"
            } else {
                ""
            };
            (
                facts.name.to_owned(),
                format!("{} ({}){again}", facts.text, facts.exit),
            )
        })
        .collect();
    Topic {
        name: "exit-codes",
        title: "what a script should do next",
        blocks: vec![
            text("The exit code answers one question: what should a script do now?"),
            terms(&exits),
            text(
                "With `--json` or `--output ndjson` the last line on standard error of a command that failed is an object with the key `error`, which holds `code`, `message`, `hint`, `exit_code`, `http_status`, `request_id`, `retryable`, `changed` (true, false, or null where nobody can tell) and `journal` (the id of the run in `skyswitch history`, or null). Standard output is then empty, or an array that is not closed if a list broke off. The codes, with the exit code of each:",
            ),
            Block::Terms(codes),
        ],
    }
}

fn output() -> Topic {
    Topic {
        name: "output",
        title: "formats, fields and colours",
        blocks: vec![
            text(
                "Standard output carries results and nothing else. Previews, questions, warnings and logs go to standard error. There is no pager.",
            ),
            terms(&[
                (
                    "table",
                    "For people. Fits the terminal; off a terminal nothing is cut or wrapped.",
                ),
                (
                    "json",
                    "One array for a list, one object for anything else. Every field of a row is a string or null, whatever the server sent.",
                ),
                ("ndjson", "The same objects, one a line."),
                (
                    "csv, tsv",
                    "A header with the same names, then a row each. A cell that a spreadsheet would take for a formula (it starts with = + - @, a tab or a carriage return) gets one leading apostrophe, and so does one that starts with an apostrophe; digits with an optional + are left alone.",
                ),
            ]),
            text(
                "A route has the fields ani, dnis, domain, application and destination; a domain has domain, description and reseller. `--fields` chooses and orders them, `--no-header` drops the names, `--jq` filters the JSON of any command with a jq expression, `--quiet` drops result lines and status.",
            ),
            Block::Commands(
                "skyswitch --sandbox routes list --json | jq -r '.[].destination'\nskyswitch --sandbox routes list -o csv --fields ani,destination\nskyswitch --sandbox domains list -o ndjson",
            ),
            text(
                "Control, escape and invisible characters that come from the server never reach a terminal as they are; they are spelled out like \\u{1b}. Colours follow `--color`, `NO_COLOR`, `CLICOLOR_FORCE` and whether there is a terminal.",
            ),
        ],
    }
}

fn files() -> Topic {
    Topic {
        name: "files",
        title: "route files, and what skyswitch keeps where",
        blocks: vec![
            Block::Heading("Route files (routes plan, apply, explain -f, test -f)"),
            text(
                "CSV or JSON, told apart by what is in them. `skyswitch routes list -o csv` writes one that plans to nothing; `--base` adds fingerprints. Every mistake of a file is reported at once as file:line:column, three of a kind and their number (`--json` has all), and nothing is sent.",
            ),
            terms(&[
                (
                    "CSV",
                    "UTF-8, or UTF-16 with its mark; comma, semicolon or tab, or what a first line `sep=;` says; a header in any order and case: ani, domain, destination, and if wanted dnis, application, state, base, note, name, label. `caller`, `from` and `caller_id` mean ani; `called`, `to` and `did` mean dnis; `dest` and `app` are understood. Other columns are left out with a note, unless their names are near to one of these. A row may lack its last cells.",
                ),
                (
                    "state",
                    "`present` or `absent`; `absent` takes the route away. Without it, and without `--prune`, nothing is deleted. A column with other values is somebody else's and left out.",
                ),
                (
                    "base",
                    "The fingerprint of `--base`: an untouched row keeps what the server has by now, an edited one is a conflict if the server moved on.",
                ),
                (
                    "application",
                    "`user`, `device` or `literal`; empty means user for a new route or a user's.",
                ),
                (
                    "JSON",
                    "The array of `routes list --json`, the lines of `routes list -o ndjson`, or an object with format `skyswitch.routes/1`, account, scope.domains and routes.",
                ),
                (
                    "routes test",
                    "CSV with from, to, domain, application and destination; an empty destination expects no route.",
                ),
            ]),
            Block::Commands("skyswitch --sandbox routes list -o csv --base"),
            Block::Heading("What is kept, and where"),
            terms(&[
                (
                    "config.toml",
                    &format!(
                        "In `SKYSWITCH_CONFIG_DIR`, else the platform's configuration directory (`~/.config/skyswitch` on Linux). Holds `default_profile` and `[profiles.NAME]` with {}. Never a secret. Comments survive `skyswitch login`. It is refused when others can write it.",
                        profile_keys().collect::<Vec<_>>().join(", ")
                    ),
                ),
                (
                    "the keyring",
                    "Credentials and tokens, under the service `skyswitch-cli`, one entry a profile.",
                ),
                (
                    "credentials/",
                    "In the state directory (`SKYSWITCH_STATE_DIR`, else `~/.local/state/skyswitch` on Linux): the file store, only after `skyswitch login --store file`. Tokens and the client secret, readable by you alone; never the password.",
                ),
                (
                    "journal/",
                    "In the state directory: one file for each run that changed something, written before the first request. Routes as they stood before and after. Never deleted by skyswitch.",
                ),
                (
                    "domains/",
                    "In the state directory: for each profile the names of the domains that were listed last, for completion alone. Not believed after 30 days; may be deleted at any time.",
                ),
                (
                    "sandbox/",
                    "In the state directory: the data and the journal of `--sandbox`, apart from real ones; `skyswitch sandbox reset` makes them new.",
                ),
            ]),
        ],
    }
}

fn scripting() -> Topic {
    Topic {
        name: "scripting",
        title: "skyswitch in scripts, cron and CI",
        blocks: vec![
            text(
                "Give scripts `--json` and decide by the exit code (`skyswitch help exit-codes`). Without a terminal nobody is asked: a delete needs `--yes`, a missing value is an error that names its flag.",
            ),
            Block::Heading("Credentials without a login"),
            text(
                "Set `SKYSWITCH_TOKEN`, or `SKYSWITCH_CLIENT_ID`, `SKYSWITCH_CLIENT_SECRET`, `SKYSWITCH_USERNAME` and `SKYSWITCH_PASSWORD`, and `SKYSWITCH_ACCOUNT_ID`. Then no store is opened. Or let `SKYSWITCH_CREDENTIAL_COMMAND` print them.",
            ),
            Block::Heading("Rehearsing"),
            text(
                "Every command takes `--sandbox`, which keeps its own data. To rehearse a script that uses curl as well, run the emulator as a server; its first line tells the address and the credentials.",
            ),
            Block::Commands(
                "skyswitch --sandbox routes set --ani 6165550142 --domain acme.15611.service --destination john\nskyswitch --sandbox routes delete --ani 6165550142 --domain acme.15611.service --yes\nskyswitch --sandbox routes delete --ani 6165550142 --domain acme.15611.service --yes --ignore-missing",
            ),
        ],
    }
}
