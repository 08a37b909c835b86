//! What `design.md` promises about speed, against the tools a user would pick instead.
//!
//! `cargo bench --bench compare` starts a server of its own (not the sandbox, so that the server is
//! not the limit), runs whole processes in turn (ours, theirs, ours, theirs, …) and prints a Markdown
//! table of medians, ratios, and promises kept or missed. Options: `--runs N`, `--quick` (small
//! sizes), and words that choose rows by name. Needs curl and jq; gh is compared where it is there.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table is what it is for"
)]

mod measure;
mod server;
mod writes;

use std::process::ExitCode;
use std::sync::LazyLock;

use measure::{Command, Row};
use server::Server;

/// The program that is measured: `SKYSWITCH_BENCH`, else the one that was built with this.
#[expect(clippy::disallowed_methods, reason = "no setting of the program")]
fn built() -> String {
    std::env::var("SKYSWITCH_BENCH").unwrap_or_else(|_| env!("CARGO_BIN_EXE_skyswitch").to_owned())
}

/// A copy of it, as an install makes one: what a linker has just written lies in smaller pieces in the system's cache and
/// starts a tenth slower, and the other tools were copied too.
fn ours() -> &'static str {
    static COPY: LazyLock<String> = LazyLock::new(|| {
        let (built, copy) = (
            built(),
            concat!(env!("CARGO_TARGET_TMPDIR"), "/skyswitch-installed"),
        );
        // One that another run may still have open stays what it was.
        let _ = std::fs::remove_file(copy);
        std::fs::copy(&built, copy).unwrap_or_else(|error| panic!("{built}: {error}"));
        copy.to_owned()
    });
    &COPY
}

pub(crate) struct Plan {
    runs: usize,
    quick: bool,
    only: Vec<String>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some((server::SERVE, rest)) = words.split_first().map(|(f, r)| (f.as_str(), r)) {
        server::run(rest);
        return ExitCode::SUCCESS;
    }
    let plan = Plan::of_args();
    for tool in ["curl", "jq"] {
        if !measure::exists(tool) {
            eprintln!("{tool} is needed");
            return ExitCode::FAILURE;
        }
    }
    let mut rows = Vec::new();
    start_up(&plan, &mut rows);
    small_list(&plan, &mut rows);
    completion(&plan, &mut rows);
    large_lists(&plan, &mut rows);
    writes::writes(&plan, &mut rows);
    measure::print_machine(&built());
    measure::print(&rows);
    if rows.iter().all(Row::holds) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

impl Plan {
    fn of_args() -> Self {
        let mut plan = Self {
            runs: 21,
            quick: false,
            only: Vec::new(),
        };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--bench" => {}
                "--quick" => plan.quick = true,
                "--runs" => {
                    plan.runs = args
                        .next()
                        .and_then(|n| n.parse().ok())
                        .unwrap_or(plan.runs);
                }
                name => plan.only.push(name.to_owned()),
            }
        }
        plan
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|word| name.contains(word.as_str()))
    }

    fn add(&self, rows: &mut Vec<Row>, row: Row, runs: usize) {
        if self.wants(&row.name) {
            eprintln!("… {}", row.name);
            rows.push(row.measured(runs));
        }
    }
}

fn start_up(plan: &Plan, rows: &mut Vec<Row>) {
    let version = Row::new(
        "--version",
        Command::ours(&["--version"]),
        "`/bin/true`",
        Command::new("/bin/true"),
    );
    plan.add(rows, version.wall_at_most(1.9), plan.runs * 3);
    if measure::exists("gh") {
        let gh = Row::new(
            "--version",
            Command::ours(&["--version"]),
            "`gh --version`",
            Command::new("gh").arg("--version"),
        );
        plan.add(rows, gh, plan.runs);
    }
}

fn small_list(plan: &Plan, rows: &mut Vec<Row>) {
    let http = Server::http(20);
    let ours = Command::ours(&["routes", "list", "--json"]).api(&http);
    let curl = Command::curl(&http);
    let row =
        Row::new("routes list --json, 20 routes, http", ours, "`curl`", curl).lines_at_least(20);
    plan.add(rows, row.wall_at_most(0.4), plan.runs * 3);
    let ours = Command::ours(&["routes", "list", "--jq", "length"]).api(&http);
    let jq = Command::shell(&format!("{} | jq length", Command::curl(&http).line()));
    let row = Row::new(
        "routes list --jq length, 20 routes, http",
        ours,
        r"`curl \| jq length`",
        jq,
    );
    plan.add(rows, row.wall_at_most(0.6), plan.runs * 3);
    let https = Server::https(20);
    let own = https.certificate().expect("a certificate");
    let row = |name: &str, variable: &str, file: &str| {
        let ours = Command::ours(&["routes", "list", "--json"]);
        let curl = Command::curl(&https).args(&["--cacert", file]);
        Row::new(name, ours.api(&https).env(variable, file), "`curl`", curl)
            .wall_at_most(0.5)
            .lines_at_least(20)
    };
    let name = "routes list --json, 20 routes, https, one CA certificate";
    plan.add(rows, row(name, "SKYSWITCH_CA_BUNDLE", &own), plan.runs * 3);
    let name = "routes list --json, 20 routes, https, the system's";
    let all = https.with_system_certificates();
    plan.add(rows, row(name, "SSL_CERT_FILE", &all), plan.runs * 3);
}

/// A TAB behind `--domain`, with the names of a large account kept and as many runs in the journal.
fn completion(plan: &Plan, rows: &mut Vec<Row>) {
    const MANY: usize = 10_000;
    if !plan.wants("completion") {
        return;
    }
    let home = tempfile::tempdir().expect("a directory");
    let (kept, journal) = (home.path().join("domains"), home.path().join("journal"));
    std::fs::create_dir(&kept).expect("create");
    std::fs::create_dir(&journal).expect("create");
    let names: Vec<String> = (0..MANY)
        .map(|i| format!("\"acme{i:05}.15611.service\""))
        .collect();
    let kept = kept.join("default.json");
    let names = names.join(",");
    let text = format!(
        r#"{{"version":2,"origin":"https://api.skyswitch.com","account":"a","names":[{names}]}}"#
    );
    std::fs::write(&kept, text).expect("write");
    for i in 0..MANY {
        let (hour, minute, second) = (i / 3600, i / 60 % 60, i % 60);
        let id = format!("20261123T{hour:02}{minute:02}{second:02}.123Z-{i:04x}");
        std::fs::write(journal.join(id + ".jsonl"), "").expect("write");
    }
    let directory = home.path().display().to_string();
    let asked = |words: &[&str]| {
        let index = words.len().to_string();
        Command::ours(&["--", "skyswitch"])
            .args(words)
            .env("SKYSWITCH_STATE_DIR", &directory)
            .env("SKYSWITCH_CONFIG_DIR", &directory)
            .env("SKYSWITCH_COMPLETE", "zsh")
            .env("_CLAP_COMPLETE_INDEX", &index)
            .env("_CLAP_IFS", "\n")
    };
    let jq = Command::new("jq").args(&["-r", ".names[]", &kept.display().to_string()]);
    let domains = asked(&["routes", "list", "--domain", ""]);
    let name = format!("completion of --domain, {MANY} names");
    let row = Row::new(&name, domains, "`jq .names[]`", jq);
    plan.add(
        rows,
        row.milliseconds_at_most(20.0).lines_at_least(MANY - 1),
        plan.runs,
    );
    let ls = Command::new("ls").arg(&journal.display().to_string());
    let name = format!("completion of undo, {MANY} runs");
    let row = Row::new(&name, asked(&["undo", ""]), "`ls`", ls);
    plan.add(
        rows,
        row.milliseconds_at_most(20.0).lines_at_least(100),
        plan.runs,
    );
}

fn large_lists(plan: &Plan, rows: &mut Vec<Row>) {
    let sizes: &[usize] = if plan.quick {
        &[100_000]
    } else {
        &[100_000, 1_000_000]
    };
    for &size in sizes {
        if !plan.wants(&format!("{size} routes"))
            && !plan.only.is_empty()
            && !plan
                .only
                .iter()
                .any(|w| "json csv table jq".contains(w.as_str()))
        {
            continue;
        }
        let server = Server::http(size);
        let runs = if size > 100_000 { 5 } else { plan.runs.min(9) };
        let ours = |args: &[&str]| Command::ours(args).api(&server);
        let jq = |filter: &str| {
            Command::shell(&format!("{} | jq {filter}", Command::curl(&server).line()))
        };
        let json = Row::new(
            &format!("json, {size} routes"),
            ours(&["routes", "list", "--json"]),
            r"`curl \| jq -c .`",
            jq("-c ."),
        );
        plan.add(
            rows,
            json.lines_at_least(size)
                .wall_at_most(0.35)
                .cpu_at_most(0.2)
                .memory_at_most(24.0),
            runs,
        );
        let csv_filter = "-r '.[] | [.ani,.dnis,.domain,.application,.destination] | @csv'";
        let csv = Row::new(
            &format!("csv, {size} routes"),
            ours(&["routes", "list", "-o", "csv"]),
            r"`curl \| jq -r @csv`",
            jq(csv_filter),
        );
        plan.add(
            rows,
            csv.lines_at_least(size)
                .wall_at_most(0.4)
                .memory_at_most(24.0),
            runs,
        );
        let table = Row::new(
            &format!("table, {size} routes"),
            ours(&["routes", "list"]),
            r"`curl \| jq -c .`",
            jq("-c ."),
        );
        plan.add(
            rows,
            table
                .lines_at_least(size)
                .wall_at_most(0.5)
                .memory_at_most(64.0),
            runs,
        );
        filters(plan, rows, &server, size, runs);
    }
}

/// `--jq` against jq: of each row, of what is made of each, of some columns, of whole rows.
fn filters(plan: &Plan, rows: &mut Vec<Row>, server: &Server, size: usize, runs: usize) {
    let mut add = |filter: &str, row_by_row: bool| {
        let ours = Command::ours(&["routes", "list", "--jq", filter]).api(server);
        let line = format!("{} | jq -r '{filter}'", Command::curl(server).line());
        let name = format!("`--jq '{}'`, {size} routes", filter.replace('|', r"\|"));
        let row = Row::new(&name, ours, r"`curl \| jq`", Command::shell(&line)).lines_at_least(1);
        let row = match row_by_row {
            true => row.wall_at_most(0.35).memory_at_most(24.0),
            false => row.wall_at_most(0.9).memory_ratio_at_most(0.7),
        };
        plan.add(rows, row, runs);
    };
    add(".[] | .destination", true);
    add(r#".[] | select(.destination == "user7") | .ani"#, true);
    add("length", false);
    add(r#"map(select(.destination == "user7"))"#, false);
    add(
        "group_by(.domain) | map({domain: .[0].domain, routes: length})",
        false,
    );
    add("map(.destination) | unique | length", false);
}
