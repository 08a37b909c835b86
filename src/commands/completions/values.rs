//! Who knows the values of an argument: local files, and nothing that waits, asks or sends.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::sync::Arc;

use clap::{Arg, CommandFactory as _, ValueHint};
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter as _,
};

use crate::commands::{history, profile};
use crate::config::{self, ConfigFile, Environment, Flags, Settings};
use crate::context::kept_names;
use crate::journal::Journal;
use crate::kept_names::Names;
use crate::model::{
    Account, Domain, DomainKey, DomainRecord, PhoneNumber, Route, Row, SubscriberRow,
};
use crate::output::{is_hostile, visible};
use crate::plan::finding::Finding;

/// So many runs are looked at for callers, and so many changes of them.
const RUNS_WITH_CALLERS: usize = 20;
const MOST_CALLERS: usize = 1000;
/// Most runs that are offered, the newest: more is no help.
const MOST_RUNS: usize = 100;

/// Who asks, and what the line says so far that decides which files are looked at.
pub(super) struct Asked {
    shell: &'static str,
    profile: Option<String>,
    account: Option<String>,
    sandbox: bool,
    domain: Option<String>,
    environment: Environment,
    /// What is typed behind `help`.
    helped: Vec<String>,
}

impl Asked {
    pub(super) fn new(shell: &'static str, words: &[OsString], environment: Environment) -> Self {
        Self {
            shell,
            profile: value_of(words, "--profile").or_else(|| value_of(words, "-p")),
            account: value_of(words, "--account"),
            domain: value_of(words, "--domain").or_else(|| value_of(words, "-d")),
            sandbox: words.iter().any(|word| word == "--sandbox"),
            environment,
            helped: words
                .iter()
                .skip_while(|word| *word != "help")
                .skip(1)
                .map(|word| word.to_string_lossy().into_owned())
                .collect(),
        }
    }

    /// The commands below those that are typed behind `help`, and first the topics.
    fn help(&self) -> Vec<String> {
        let typed = self.helped.len().saturating_sub(1);
        let mut tree = crate::commands::Cli::command();
        for word in &self.helped[..typed] {
            match tree.find_subcommand(word) {
                Some(command) => tree = command.clone(),
                None => return Vec::new(),
            }
        }
        let shown = tree
            .get_subcommands()
            .filter(|command| !command.is_hide_set());
        let commands = shown.map(|command| command.get_name().to_owned());
        let topics = crate::commands::help::all();
        let topics = topics.iter().filter(|_| typed == 0);
        commands
            .chain(topics.map(|topic| topic.name.to_owned()))
            .collect()
    }

    /// The settings of the line; none where something in them is not acceptable.
    fn settings(&self) -> Option<Settings> {
        let flags = Flags {
            profile: self.profile.clone(),
            account: self.account.clone(),
            sandbox: self.sandbox,
            ..Flags::default()
        };
        config::resolve(&flags, &self.environment).ok()
    }

    fn profiles(&self) -> Vec<String> {
        // The flag is what is being typed.
        let settings = config::resolve(&Flags::default(), &self.environment).ok();
        settings
            .and_then(|settings| ConfigFile::read(&settings.config_path?).ok())
            .map(|file| file.profiles.into_keys().collect())
            .unwrap_or_default()
    }

    fn domains(&self, typed: &str) -> Vec<String> {
        let kept = self
            .settings()
            .and_then(|settings| kept_names(&settings, Names::Domains));
        kept.map_or_else(Vec::new, |kept| kept.read(typed))
    }

    /// What `names` says is kept of the domain on the line, else of the default domain.
    fn of_domain(&self, names: for<'d> fn(&'d DomainKey) -> Names<'d>, typed: &str) -> Vec<String> {
        let Some(settings) = self.settings() else {
            return Vec::new();
        };
        let typed_domain = self
            .domain
            .as_deref()
            .and_then(|text| Domain::parse(text).ok());
        let default = settings.domain.as_ref().map(|domain| &domain.value);
        let Some(domain) = typed_domain.as_ref().or(default) else {
            return Vec::new();
        };
        // First labels mean what a command would make of them, where that is known here.
        let domains = self.domains("");
        let domain = match domain.meant(domains.iter().map(String::as_str)).as_slice() {
            [one] => DomainKey::of(one),
            _ => domain.key(),
        };
        let kept = kept_names(&settings, names(&domain));
        kept.map_or_else(Vec::new, |kept| kept.read(typed))
    }

    /// The callers that the newest runs wrote to, as they are sent.
    fn callers(&self) -> Vec<String> {
        let state = self.settings().and_then(|settings| settings.state_in_use());
        let entries = state.and_then(|state| Journal::under(&state).entries().ok());
        let entries = entries
            .into_iter()
            .flatten()
            .take(RUNS_WITH_CALLERS)
            .flatten();
        let changes = entries.flat_map(|run| run.changes);
        let callers: BTreeSet<String> = changes
            .take(MOST_CALLERS)
            .map(|one| one.intent.key.ani.to_string())
            .collect();
        callers.into_iter().collect()
    }

    /// The newest runs that begin so, newest first.
    fn runs(&self, typed: &str) -> Vec<String> {
        let state = self.settings().and_then(|settings| settings.state_in_use());
        let ids = state.and_then(|state| Journal::under(&state).ids().ok());
        ids.unwrap_or_default()
            .iter()
            .map(ToString::to_string)
            .filter(|id| id.starts_with(typed))
            .take(MOST_RUNS)
            .collect()
    }

    /// Files and directories whose names can stand on a command line of this shell, as they have to.
    fn files(&self, typed: &OsStr) -> Vec<CompletionCandidate> {
        // What is typed comes as it was typed.
        let escapes = matches!(self.shell, "bash" | "zsh");
        let typed = match typed.to_str() {
            Some(text) if escapes => OsString::from(text.replace('\\', "")),
            _ => typed.to_owned(),
        };
        let files = PathCompleter::file().complete(&typed);
        let names = files.iter().filter_map(|file| file.get_value().to_str());
        names
            .filter(|path| !path.starts_with('-') && !path.contains(is_hostile))
            .filter(|path| self.takes(path))
            .map(|path| match self.shell {
                "bash" => CompletionCandidate::new(path.replace(' ', "\\ ")),
                _ => CompletionCandidate::new(path),
            })
            .collect()
    }

    /// zsh, fish and elvish quote what they insert; the others would run it.
    fn takes(&self, path: &str) -> bool {
        let plain = |c: char| c.is_alphanumeric() || "/\\._-+,@%~:".contains(c);
        match self.shell {
            "bash" => path
                .chars()
                .all(|c| c == ' ' || (plain(c) && !matches!(c, ':' | '\\'))),
            "powershell" => path
                .chars()
                .all(|c| plain(c) && !matches!(c, '@' | '%' | ',')),
            _ => true,
        }
    }
}

/// The value of a flag, as `--flag VALUE` or `--flag=VALUE`.
fn value_of(words: &[OsString], flag: &str) -> Option<String> {
    let mut words = words.iter().filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        let Some(rest) = word.strip_prefix(flag) else {
            continue;
        };
        match rest.strip_prefix('=') {
            Some(value) => return Some(value.to_owned()),
            // A short flag may have its value right behind it.
            None if flag.len() == 2 && !rest.is_empty() => return Some(rest.to_owned()),
            // bash takes `=` for a word.
            None if rest.is_empty() => return words.find(|word| *word != "=").map(str::to_owned),
            None => {}
        }
    }
    None
}

/// An argument of the command at a path, with whoever knows its values.
pub(super) fn known(argument: Arg, path: &str, asked: &Arc<Asked>) -> Arg {
    let asked = Arc::clone(asked);
    let name = argument.get_value_names().and_then(|names| names.first());
    let name = name.map_or("", |name| name.as_str());
    match (argument.get_id().as_str(), name) {
        ("words", _) if path == "help" => argument.add(listed(move |_| asked.help())),
        ("name", _) if path.starts_with("profile ") => {
            argument.add(listed(move |_| asked.profiles()))
        }
        ("profile", _) => argument.add(listed(move |_| asked.profiles())),
        ("fields", _) => match columns(path) {
            Some(columns) => argument.add(chosen(columns)),
            None => argument,
        },
        ("caller" | "ani" | "from", "NUMBER" | "CALLER") => {
            argument.add(listed(move |_| asked.callers()))
        }
        // The two domains of a copy are places, too.
        ("dnis" | "to" | "called", "NUMBER" | "CALLED") => argument.add(listed(move |typed| {
            asked.of_domain(|domain| Names::Numbers(domain), typed)
        })),
        ("user", "USER") | ("destination", _) | (_, "DESTINATION" | "OLD" | "NEW") => {
            argument.add(listed(move |typed| {
                asked.of_domain(|domain| Names::Extensions(domain), typed)
            }))
        }
        (_, "DOMAIN") => argument.add(listed(move |typed| asked.domains(typed))),
        (_, "ID") if argument.is_positional() => {
            argument.add(ArgValueCompleter::new(move |typed: &OsStr| {
                let runs = typed.to_str().map(|typed| asked.runs(typed));
                candidates(runs.unwrap_or_default())
            }))
        }
        (_, "FILE" | "CASES") => files(argument, asked),
        _ => match argument.get_value_hint() {
            ValueHint::AnyPath | ValueHint::FilePath => files(argument, asked),
            _ => argument,
        },
    }
}

fn files(argument: Arg, asked: Arc<Asked>) -> Arg {
    argument.add(ArgValueCompleter::new(move |typed: &OsStr| {
        asked.files(typed)
    }))
}

/// Those of a list that begin as typed, whatever the case; the list may bring others as well.
fn listed(list: impl Fn(&str) -> Vec<String> + Send + Sync + 'static) -> ArgValueCompleter {
    ArgValueCompleter::new(move |typed: &OsStr| {
        let Some(typed) = typed.to_str().map(str::to_lowercase) else {
            return Vec::new();
        };
        let mut names = list(&typed);
        names.retain(|name| name.to_lowercase().starts_with(&typed));
        candidates(names)
    })
}

/// One more column behind those that are there already.
fn chosen(columns: &'static [&'static str]) -> ArgValueCompleter {
    ArgValueCompleter::new(move |typed: &OsStr| {
        let typed = typed.to_str().unwrap_or_default();
        let (there, begun) = match typed.rfind(',') {
            Some(comma) => typed.split_at(comma + 1),
            None => ("", typed),
        };
        let free = |column: &&&str| !there.split(',').any(|name| name.trim() == **column);
        let fitting = columns.iter().filter(free);
        let fitting = fitting.filter(|column| column.starts_with(begun));
        candidates(fitting.map(|column| format!("{there}{column}")).collect())
    })
}

/// The columns of the list a command prints.
fn columns(path: &str) -> Option<&'static [&'static str]> {
    match path {
        "routes check" => Some(Finding::COLUMNS),
        "routes list" => Some(Route::COLUMNS),
        "accounts list" => Some(Account::COLUMNS),
        "domains list" => Some(DomainRecord::COLUMNS),
        "numbers list" => Some(PhoneNumber::COLUMNS),
        "subscribers list" => Some(SubscriberRow::COLUMNS),
        "history" => Some(history::COLUMNS),
        "profile list" => Some(profile::COLUMNS),
        _ => None,
    }
}

/// What may reach a terminal of them. Each has a tag, or the library would draw the argument for each.
fn candidates(texts: Vec<String>) -> Vec<CompletionCandidate> {
    texts
        .into_iter()
        .filter(|text| matches!(visible(text), Cow::Borrowed(_)))
        .map(|text| CompletionCandidate::new(text).tag(Some("values".into())))
        .collect()
}
