//! A row of the table, and what is true of every row.

use serde_json::{Value, json};
use skyswitch::model::Route;
use skyswitch::sandbox::Kind;

use crate::support::Ran;

/// The commands that rows run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Do {
    /// All routes.
    List,
    /// The routes of one domain, filtered by the server.
    ListAcme,
    /// One caller's routes.
    ListCaller,
    /// All domains.
    Domains,
    /// All domains, past the cache.
    Refresh,
    /// The subscribers of a domain.
    Subscribers,
    /// The numbers of a domain.
    Numbers,
    /// The accounts below.
    Accounts,
    /// What cannot work as meant.
    Check,
    /// A new route in a domain that has some.
    Create,
    /// Another destination for a route that has a sibling.
    Update,
    /// What stands there already.
    Same,
    /// The first route of a domain that the account has.
    First,
    /// A route in a domain that the account lacks.
    Nowhere,
    /// A route that has no sibling goes.
    Delete,
    /// The bare route of a caller who has another goes.
    DeleteWide,
    /// All routes of that caller go.
    DeleteAll,
    /// A bearer.
    Token,
    /// What a file ([`FILE`]) comes to.
    Plan,
    /// That file: a new route, another destination, and a route that goes.
    Apply,
    /// The same with one lane, so that requests have one order.
    ApplyInOrder,
    /// What it comes to where nothing else may stay.
    Prune,
    /// [`Do::Update`] was run before; it is taken back.
    Undo,
    /// Which route takes a call.
    Explain,
    /// What [`CASES`] come to.
    Test,
    /// A call of `api` that reads.
    Api,
    /// One that writes, and that nobody can take back.
    ApiPost,
}

/// The rows of [`Do::Plan`] and [`Do::Apply`], as `r.csv` in the directory of the command.
pub(crate) const FILE: &str = "\
ani,domain,application,destination,state
16165550142,acme.15611.service,user,john,present
16165550102,acme.15611.service,user,999,present
16165550101,acme.15611.service,user,john,absent
";

/// The cases of [`Do::Test`], as `cases.csv`.
pub(crate) const CASES: &str = "\
from,to,domain,application,destination
16165550102,16165550190,acme.15611.service,,200
16165550102,,acme.15611.service,,100
16165550142,,acme.15611.service,,
";

impl Do {
    pub(crate) fn args(self) -> Vec<&'static str> {
        let line = match self {
            Self::List => "routes list",
            Self::ListAcme => "routes list --domain acme.15611.service",
            Self::ListCaller => "routes list --ani 6165550102",
            Self::Domains => "domains list",
            Self::Refresh => "domains list --refresh",
            Self::Subscribers => "subscribers list --domain acme.15611.service",
            Self::Numbers => "numbers list --domain acme.15611.service",
            Self::Accounts => "accounts list",
            Self::Check => "routes check",
            Self::Create => {
                "routes set --ani 6165550142 --domain acme.15611.service --destination john"
            }
            Self::Update => {
                "routes set --ani 6165550102 --domain acme.15611.service --destination 999"
            }
            Self::Same => {
                "routes set --ani 6165550102 --domain acme.15611.service --destination 100"
            }
            Self::First => {
                "routes set --ani 6165550142 --domain new.15611.service --destination john"
            }
            Self::Nowhere => {
                "routes set --ani 6165550142 --domain acne.15611.service --destination john"
            }
            Self::Delete => "routes delete --ani 6165550101 --domain acme.15611.service --yes",
            Self::DeleteWide => {
                "routes delete --ani 6165550102 --domain acme.15611.service --dnis= --yes --allow-wide-delete"
            }
            Self::DeleteAll => {
                "routes delete --ani 6165550102 --domain acme.15611.service --all-dnis --yes"
            }
            Self::Token => "token",
            Self::Plan => "routes plan r.csv",
            Self::Apply => "routes apply r.csv --yes",
            Self::ApplyInOrder => "routes apply r.csv --yes --concurrency 1",
            Self::Prune => "routes plan r.csv --prune",
            Self::Undo => "undo --yes",
            Self::Explain => {
                "routes explain --from 6165550102 --to 6165550190 --domain acme.15611.service"
            }
            Self::Test => "routes test cases.csv",
            Self::Api => "api users",
            Self::ApiPost => "api -X POST users -f name=x --yes",
        };
        line.split(' ').collect()
    }

    fn writes(self) -> bool {
        self.sums_up() || (self.action().is_some() && self != Self::Same)
    }

    /// Whether it prints a summary, also when it fails.
    fn sums_up(self) -> bool {
        matches!(self, Self::Apply | Self::ApplyInOrder | Self::Undo)
    }

    /// Those that compare need the whole list, and hold 128 MiB of it at most.
    fn most_mib(self) -> u64 {
        let plans = matches!(self, Self::Plan | Self::Prune | Self::Explain | Self::Test);
        if self.sums_up() || plans { 200 } else { 64 }
    }

    /// What is run before, while nothing fails yet.
    pub(crate) fn before(self) -> Option<Self> {
        (self == Self::Undo).then_some(Self::Update)
    }

    /// The word in `action` when it was done.
    fn action(self) -> Option<&'static str> {
        match self {
            Self::Create | Self::First | Self::Nowhere => Some("created"),
            Self::Update => Some("updated"),
            Self::Same => Some("unchanged"),
            Self::Delete | Self::DeleteWide | Self::DeleteAll => Some("deleted"),
            _ => None,
        }
    }

    /// What the server holds once it was done.
    fn apply(self, routes: &mut Vec<Route>) {
        let is = |route: &Route, ani: &str| route.ani.as_deref() == Some(ani);
        match self {
            Self::Create => routes.push(route("acme.15611.service")),
            Self::First => routes.push(route("new.15611.service")),
            Self::Update => {
                for route in routes.iter_mut() {
                    if is(route, "16165550102") && route.dnis.is_none() {
                        route.destination = Some("999".to_owned());
                    }
                }
            }
            Self::Delete => routes.retain(|route| !is(route, "16165550101") || other_domain(route)),
            Self::DeleteWide => {
                routes.retain(|route| !is(route, "16165550102") || route.dnis.is_some());
            }
            Self::DeleteAll => routes.retain(|route| !is(route, "16165550102")),
            Self::Apply | Self::ApplyInOrder => {
                for one in [Self::Create, Self::Update, Self::Delete] {
                    one.apply(routes);
                }
            }
            Self::Undo => {
                for route in routes.iter_mut() {
                    if is(route, "16165550102") && route.dnis.is_none() {
                        route.destination = Some("100".to_owned());
                    }
                }
            }
            _ => {}
        }
    }

    /// How many rows, of those the server truly holds, a list shows.
    fn shows(self, routes: &[Route]) -> Vec<Route> {
        let wanted = |route: &&Route| match self {
            Self::ListAcme => !other_domain(route),
            Self::ListCaller => route.ani.as_deref() == Some("16165550102"),
            _ => true,
        };
        routes.iter().filter(wanted).cloned().collect()
    }
}

fn other_domain(route: &Route) -> bool {
    route.domain.as_deref() != Some("acme.15611.service")
}

fn route(domain: &str) -> Route {
    Route {
        ani: Some("16165550142".to_owned()),
        dnis: None,
        domain: Some(domain.to_owned()),
        application: Some("user".to_owned()),
        destination: Some("john".to_owned()),
    }
}

/// What is on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Not a byte.
    Nothing,
    /// A list: exactly the rows it should have.
    Rows,
    /// The domains by number, in an array.
    Domains(usize),
    /// An array with so many rows.
    Count(usize),
    /// An array of at least so many bytes.
    Sized(usize),
    /// An array that broke off after its first rows.
    Unclosed,
    /// The result object of a write, as it was done.
    Done,
    /// A bearer.
    Bearer,
    /// The summary of a run, verified or not as it ended.
    Summary,
    /// A plan.
    Plan,
    /// The route of the called number takes it.
    Explained,
    /// Every case holds.
    Tested,
    /// Something of an answer, as it came.
    Raw,
}

/// What the server holds afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// What it held before.
    Untouched,
    /// What the command was to bring about.
    Done,
    /// Another state than before, and not what was to be brought about.
    Between,
}

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Quirks and faults, as on the command line; a fault has a space or a star before its `=`.
    pub(crate) words: Vec<&'static str>,
    pub(crate) command: Do,
    pub(crate) exit: i32,
    /// `error.code`; empty for none.
    pub(crate) code: &'static str,
    pub(crate) shown: Shown,
    pub(crate) after: After,
    /// T for the token endpoint, G, P, D for the API's methods, in order; `…` for any more.
    pub(crate) requests: &'static str,
    /// `--timeout`.
    pub(crate) timeout: u64,
    /// Less than this cannot have been enough, in milliseconds.
    pub(crate) at_least: u64,
    /// A seed in place of the sample.
    pub(crate) seed: Option<&'static str>,
    /// A piece of the error message or hint.
    pub(crate) says: &'static str,
    /// A piece of what stands on standard error beside.
    pub(crate) notes: &'static str,
    /// The scope to ask for.
    pub(crate) scope: &'static str,
}

/// A row that succeeds at once; the rest is said by its methods.
pub(crate) fn row(words: &[&'static str], command: Do) -> Row {
    let (shown, requests) = match command {
        Do::List | Do::ListAcme | Do::ListCaller => (Shown::Rows, "TG"),
        Do::Domains | Do::Refresh => (Shown::Domains(4), "TG"),
        Do::Subscribers => (Shown::Count(6), "TG"),
        Do::Numbers | Do::Accounts => (Shown::Count(3), "TG"),
        // The routes, then three lists for each of three domains.
        Do::Check => (Shown::Count(3), "TGGGGGGGGGG"),
        Do::Create | Do::Update => (Shown::Done, "TGPG"),
        Do::Same => (Shown::Done, "TG"),
        Do::First | Do::Nowhere => (Shown::Done, "TGGPG"),
        // Gone is only what the whole list does not show either.
        Do::Delete | Do::DeleteWide => (Shown::Done, "TGDGG"),
        Do::DeleteAll => (Shown::Done, "TGDDGG"),
        Do::Token => (Shown::Bearer, "T"),
        Do::Plan => (Shown::Plan, "TGG"),
        Do::Apply | Do::ApplyInOrder => (Shown::Summary, "TGGGPPGDG"),
        Do::Prune => (Shown::Nothing, "TGG"),
        Do::Undo => (Shown::Summary, "TGGPG"),
        Do::Explain => (Shown::Explained, "TG"),
        Do::Test => (Shown::Tested, "TG"),
        Do::Api => (Shown::Raw, "TG"),
        Do::ApiPost => (Shown::Raw, "TO"),
    };
    Row {
        words: words.to_vec(),
        command,
        exit: 0,
        code: "",
        shown,
        after: After::Done,
        requests,
        timeout: 10,
        at_least: 0,
        seed: None,
        says: "",
        notes: "",
        scope: match command {
            Do::Api | Do::ApiPost => "user",
            _ => "pbx account",
        },
    }
}

impl Row {
    /// It fails, prints nothing and changes nothing, unless told otherwise.
    pub(crate) fn fails(mut self, exit: i32, code: &'static str) -> Self {
        self.exit = exit;
        self.code = code;
        self.shown = Shown::Nothing;
        self.after = After::Untouched;
        self
    }

    pub(crate) fn sends(mut self, requests: &'static str) -> Self {
        self.requests = requests;
        self
    }

    pub(crate) fn shows(mut self, shown: Shown) -> Self {
        self.shown = shown;
        self
    }

    pub(crate) fn leaves(mut self, after: After) -> Self {
        self.after = after;
        self
    }

    /// `--timeout`, for what would wait for ever.
    pub(crate) fn within(mut self, seconds: u64) -> Self {
        self.timeout = seconds;
        self
    }

    pub(crate) fn takes(mut self, milliseconds: u64) -> Self {
        self.at_least = milliseconds;
        self
    }

    pub(crate) fn on(mut self, seed: &'static str) -> Self {
        self.seed = Some(seed);
        self
    }

    pub(crate) fn says(mut self, text: &'static str) -> Self {
        self.says = text;
        self
    }

    pub(crate) fn notes(mut self, text: &'static str) -> Self {
        self.notes = text;
        self
    }

    pub(crate) fn asking_for(mut self, scope: &'static str) -> Self {
        self.scope = scope;
        self
    }

    /// Whether it plays a quirk (`name=value`, or `name=` for any value) or a fault.
    pub(crate) fn plays(&self, kind: Kind, wanted: &str) -> bool {
        self.words.iter().any(|words| match kind {
            Kind::Quirk => !is_fault(words) && words.starts_with(wanted),
            _ => is_fault(words) && fault_name(words) == wanted,
        })
    }

    /// Everything that is wrong with what was seen.
    pub(crate) fn check(&self, seen: &Seen) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut held = |holds: bool, what: String| {
            if !holds {
                wrong.push(what);
            }
        };
        let ran = &seen.ran;
        held(ran.code == self.exit, format!("exit {}", ran.code));
        let requests = &seen.requests;
        held(
            match self.requests.strip_suffix('…') {
                Some(front) => requests.starts_with(front),
                None => requests == self.requests,
            },
            format!("requests {requests}"),
        );
        let error: Value = match ran.stderr.lines().last() {
            Some(line) if ran.code != 0 => serde_json::from_str(line).unwrap_or_default(),
            _ => Value::Null,
        };
        let error = &error["error"];
        let code = error["code"].as_str().unwrap_or_default();
        held(code == self.code, format!("code `{code}`"));
        let words = format!("{} {}", error["message"], error["hint"]);
        held(words.contains(self.says), format!("says {words}"));
        held(
            ran.stderr.contains(self.notes),
            "notes something else".to_owned(),
        );
        let mut wanted = seen.before.clone();
        if self.after != After::Untouched {
            self.command.apply(&mut wanted);
        }
        let as_wanted = match self.after {
            After::Between => !same(&wanted, &seen.after) && !same(&seen.before, &seen.after),
            _ => same(&wanted, &seen.after),
        };
        held(as_wanted, format!("server holds {}", json!(seen.after)));
        held(
            self.matches(ran, seen),
            format!("stdout {:.400}", ran.stdout),
        );
        held(
            seen.milliseconds >= self.at_least,
            format!("took only {} ms", seen.milliseconds),
        );
        wrong.extend(self.always(seen, error));
        wrong
    }

    /// What no row may break.
    fn always(&self, seen: &Seen, error: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut never = |happened: bool, what: &str| {
            if happened {
                wrong.push(what.to_owned());
            }
        };
        let ran = &seen.ran;
        never(seen.killed, "it did not end by itself");
        never(
            seen.peak_kib > self.command.most_mib() * 1024,
            &format!("it took {} KiB of memory", seen.peak_kib),
        );
        never(
            ran.code != 0 && error["exit_code"] != ran.code,
            "the error object and the exit code differ",
        );
        let changed = !same(&seen.before, &seen.after);
        never(
            matches!(ran.code, 2..=7) && changed,
            "an exit code of `nothing was changed`, and the server was changed",
        );
        never(
            ran.code != 0 && error["changed"] == false && changed,
            "`changed` is false, and the server was changed",
        );
        never(
            ran.code != 0 && error["changed"] == true && !changed,
            "`changed` is true, and the server was not changed",
        );
        never(
            ran.code == 0 && self.command.writes() && !changed,
            "success, and the server was not changed",
        );
        never(
            seen.unknowing_repeats > 0,
            "a write was sent again without a look in between",
        );
        never(
            ran.stderr.contains("<html") || ran.stdout.contains("<html"),
            "it printed HTML",
        );
        never(ran.stderr.contains("fault of skyswitch"), "it panicked");
        wrong
    }

    fn matches(&self, ran: &Ran, seen: &Seen) -> bool {
        let json = || serde_json::from_str::<Value>(&ran.stdout).unwrap_or_default();
        match self.shown {
            Shown::Nothing => ran.stdout.is_empty(),
            Shown::Rows => serde_json::from_str::<Vec<Route>>(&ran.stdout)
                .is_ok_and(|rows| same(&rows, &self.command.shows(&seen.after))),
            Shown::Domains(count) => json().as_array().is_some_and(|rows| {
                rows.len() == count && rows.iter().all(|row| row["domain"].is_string())
            }),
            Shown::Count(count) => json().as_array().is_some_and(|rows| rows.len() == count),
            Shown::Sized(bytes) => json().is_array() && ran.stdout.len() >= bytes,
            Shown::Unclosed => {
                ran.stdout.trim_start().starts_with('[') && json().is_null() && ran.stdout.len() > 2
            }
            Shown::Done => self
                .command
                .action()
                .is_some_and(|action| json()["action"] == action),
            Shown::Summary => {
                let summary = json();
                let verified = &summary["verified"];
                let whole = verified == true || (ran.code != 0 && verified == false);
                let all = ["added", "changed", "deleted", "already"].map(|name| &summary[name]);
                let done: u64 = all.iter().filter_map(|count| count.as_u64()).sum();
                let listed = |name: &str| summary[name].as_array().map_or(0, Vec::len) as u64;
                let open = listed("failed") + summary["not_reached"].as_u64().unwrap_or(9);
                let rows = if self.command == Do::Undo { 1 } else { 3 };
                summary["plan"].is_string() && whole && done + open == rows
            }
            Shown::Plan => json()["operations"].as_array().map(Vec::len) == Some(3),
            Shown::Explained => json().to_string().contains(r#""destination":"200""#),
            Shown::Tested => json()["passed"] == 3 && json()["failed"] == 0,
            Shown::Raw => !ran.stdout.is_empty(),
            Shown::Bearer => ran.stdout.lines().count() == 1 && ran.stdout.len() > 8,
        }
    }
}

/// What a row's command did.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) ran: Ran,
    pub(crate) before: Vec<Route>,
    pub(crate) after: Vec<Route>,
    pub(crate) requests: String,
    /// Writes to a key right after another to it, neither refused nor looked after.
    pub(crate) unknowing_repeats: usize,
    pub(crate) milliseconds: u64,
    pub(crate) peak_kib: u64,
    pub(crate) killed: bool,
}

/// Whether two lists hold the same routes, in any order and any spelling of their numbers.
fn same(a: &[Route], b: &[Route]) -> bool {
    let plain = |routes: &[Route]| {
        let mut routes: Vec<_> = routes
            .iter()
            .map(|route| {
                (
                    route.key(),
                    route.application.clone(),
                    route.destination.clone(),
                )
            })
            .map(|row| format!("{row:?}"))
            .collect();
        routes.sort();
        routes
    };
    plain(a) == plain(b)
}

/// Whether words are a fault: its match has a star, a slash or a space before the `=`.
pub(crate) fn is_fault(words: &str) -> bool {
    let target = words.split('=').next().unwrap_or_default();
    target.contains(['*', '/', ' '])
}

/// `status` of `GET *=commit-status:503@1`.
fn fault_name(words: &str) -> &str {
    let action = words.split_once('=').map_or("", |(_, action)| action);
    let action = action.strip_prefix("commit-").unwrap_or(action);
    action
        .split([':', '@', '/', '~', ' '])
        .next()
        .unwrap_or_default()
}
