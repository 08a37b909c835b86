//! Whatever changes something, or says what would change.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Plan;
use crate::measure::{Command, Row};
use crate::server::{self, Server};

pub(crate) fn writes(plan: &Plan, rows: &mut Vec<Row>) {
    set(plan, rows);
    sheets(plan, rows);
    apply(plan, rows);
}

/// Makes the server what it was; a journal that knows better would be waited for.
fn afresh(server: &Server, destination: &str) -> String {
    let journal = server.directory().join("state").join("journal");
    let reset = server.reset_command(destination);
    format!("{reset}; rm -rf '{}'", journal.display())
}

/// One route in a domain of many against one in a domain of few; 1,000 rows would be doubtful.
fn set(plan: &Plan, rows: &mut Vec<Row>) {
    const FEW: usize = 999;
    let many = if plan.quick { 10_000 } else { 100_000 };
    let name = format!("set, {many} routes in the domain");
    if !plan.wants(&name) {
        return;
    }
    let servers = [Server::routes(many, 1), Server::routes(FEW, 1)];
    let [long, short] = [&servers[0], &servers[1]].map(|server| {
        let words = ["routes", "set", server::FIRST, "jane", "-d", server::DOMAIN];
        let put = server.put_command(server::FIRST, "john");
        let journal = server.directory().join("state").join("journal");
        let fresh = format!("{put}; rm -rf '{}'", journal.display());
        Command::ours(&words).api(server).before(&fresh)
    });
    let row = Row::new(&name, long, &format!("the same, {FEW} routes"), short);
    plan.add(rows, row.wall_at_most(1.5).lines_at_least(1), plan.runs);
}

/// A plan of a whole account, and a sheet of one brought up to date.
fn sheets(plan: &Plan, rows: &mut Vec<Row>) {
    let size = if plan.quick { 10_000 } else { 100_000 };
    let names = ["plan", "plan of JSON", "pull"].map(|what| format!("{what}, {size} rows"));
    if !names.iter().any(|name| plan.wants(name)) {
        return;
    }
    let server = Server::routes(size, 200);
    let list = |what: &str, words: &[&str]| {
        let text = Command::ours(&["routes", "list"])
            .args(words)
            .api(&server)
            .output();
        file(server.directory(), what, &text)
    };
    let (plain, sheet) = (
        list("plain.csv", &["-o", "csv"]),
        list("sheet.csv", &["-o", "csv", "--base"]),
    );
    let json = list("plain.json", &["-o", "json"]);
    let work = server.directory().join("work.csv").display().to_string();
    let curl = || Command::curl(&server);
    let on_work = |words: &[&str], file: &str| {
        let changed = format!(
            "{}; cp '{}' '{work}'",
            afresh(&server, "jane"),
            sheet.display()
        );
        let ours = Command::ours(words).arg(file).api(&server);
        ours.before(&changed)
    };
    for (name, file) in [(&names[0], &plain), (&names[1], &json)] {
        let changes = on_work(
            &["routes", "plan", "--max-changes", "1000000"],
            &file.display().to_string(),
        );
        let row = Row::new(name, changes, "`curl` (the list alone)", curl());
        let row = row.milliseconds_at_most(1_500.0).memory_at_most(250.0);
        plan.add(rows, row.lines_at_least(1), 5);
    }
    let pull = on_work(&["routes", "pull"], &work);
    let row = Row::new(&names[2], pull, "`curl` (the list alone)", curl());
    let row = row.milliseconds_at_most(2_000.0).memory_at_most(250.0);
    plan.add(rows, row.lines_at_least(1), 5);
}

fn apply(plan: &Plan, rows: &mut Vec<Row>) {
    if !plan.wants("apply") {
        return;
    }
    let size = if plan.quick { 1_000 } else { 10_000 };
    let server = Server::slow(Duration::from_millis(20));
    let home = tempfile::tempdir().expect("a directory");
    let written = |name: &str, text: &str| {
        let path = file(home.path(), name, text.as_bytes());
        path.display().to_string()
    };
    let routes = written("routes.csv", &server::csv(size));
    let urls = server.urls(size);
    let put =
        "request = \"PUT\"\nheader = \"Authorization: Bearer t\"\noutput = \"/dev/null\"\nsilent\n";
    let config: Vec<String> = urls
        .iter()
        .map(|url| format!("url = \"{url}\"\n{put}"))
        .collect();
    let config = written("curl.conf", &config.join("next\n"));
    let list = written("urls", &urls.join("\n"));
    let row = |name: &str, other: Command| {
        let words = ["routes", "apply", "--yes", "--concurrency", "16", "--quiet"];
        let ours = Command::ours(&words).arg(&routes).api(&server);
        let what = format!("apply, {size} rows, 16 lanes, 20 ms");
        let fresh = afresh(&server, "john");
        Row::new(&what, ours.before(&fresh), name, other.before(&fresh))
    };
    let lanes = [
        "-s", "--parallel", "--parallel-max", "16", "-o", "/dev/null",
    ];
    let curl = Command::new("curl").args(&lanes).args(&["-K", &config]);
    let curl = row("`curl --parallel` (the PUTs alone)", curl);
    plan.add(rows, curl.wall_at_most(1.1), 3);
    let each = "curl -s -o /dev/null -X PUT -H 'Authorization: Bearer t'";
    let xargs = Command::shell(&format!("xargs -P 16 -n 1 {each} < '{list}'"));
    plan.add(rows, row("`xargs -P 16 curl` (the PUTs alone)", xargs), 1);
}

fn file(directory: &Path, name: &str, text: &[u8]) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, text).expect("write");
    path
}
