//! Plans that fit a screen: at most 40 lines beside the deletes, which are never folded; `-v` and JSON
//! have everything.

use crate::support::Rig;
use crate::support::world::{options, route};
use skyswitch::model::Route;

/// Lines of a plan that a person can be asked to read.
const SCREEN: usize = 40;

fn domain(n: u32) -> String {
    format!("d{n:02}")
}

/// So many routes in each of so many domains.
fn routes(domains: u32, each: u32, destination: &str) -> Vec<Route> {
    let of = |n: u32| (0..each).map(move |i| route(n * 100 + i, None, &domain(n), destination));
    (0..domains).flat_map(of).collect()
}

fn sheet(rig: &Rig, routes: &[Route]) -> String {
    rig.file("r.csv", &crate::support::world::file(routes, &[]))
}

/// What a person sees of a plan and of an apply that is stopped: their lines, deletes apart.
fn seen(rig: &Rig, flags: &[&str]) -> (usize, String) {
    let file = rig.home().join("r.csv");
    let file = file.to_str().expect("a path");
    let plan = rig.run(&[&["routes", "plan", file], flags].concat());
    let apply = rig.run(&[&["routes", "apply", file], flags].concat());
    let deletes = plan
        .stdout
        .lines()
        .filter(|line| line.contains(" DELETE "))
        .count();
    for ran in [&plan, &apply] {
        let text = format!("{}{}", ran.stdout, ran.stderr);
        let others = text
            .lines()
            .filter(|line| !line.contains(" DELETE "))
            .count();
        assert!(others <= SCREEN, "{others} lines:\n{text}");
        let wide = text.lines().map(|line| line.chars().count()).max();
        assert!(wide < Some(400), "{wide:?}:\n{text}");
    }
    (deletes, plan.stdout + &plan.stderr)
}

fn whole(rig: &Rig, flags: &[&str]) -> (usize, usize) {
    let file = rig.home().join("r.csv");
    let file = file.to_str().expect("a path");
    let told = rig.run(&[&["routes", "plan", file, "-v"], flags].concat());
    let json = rig
        .run(&[&["routes", "plan", file, "--json"], flags].concat())
        .json();
    let brakes = json["brakes"].as_array().expect("brakes").len();
    let operations = json["operations"].as_array().expect("operations").len();
    assert!(told.stdout.lines().count() > SCREEN, "{}", told.stdout);
    (operations, brakes)
}

#[test]
fn four_hundred_rows_in_forty_domains() {
    let rig = Rig::with_options(options(&routes(40, 1, "old"), &[], &[]));
    sheet(&rig, &routes(40, 10, "new"));
    let (deletes, text) = seen(&rig, &[]);
    assert_eq!(deletes, 0);
    assert!(
        text.contains("d00.example  +9 ~1") && text.contains("40 in all"),
        "{text}"
    );
    assert_eq!(whole(&rig, &[]), (400, 0));
}

#[test]
fn forty_domains_with_brakes() {
    let rig = Rig::with_options(options(&routes(40, 12, "old"), &[], &[]));
    sheet(&rig, &routes(40, 12, "new"));
    let (_, text) = seen(&rig, &[]);
    assert!(text.contains("37 more of this kind, 40 in all"), "{text}");
    let is_of_plan = |line: &&str| !line.starts_with("hint: ");
    let lifted = text
        .lines()
        .filter(is_of_plan)
        .filter(|line| line.contains("--max-changes 480"));
    assert_eq!(lifted.count(), 1, "{text}");
    assert_eq!(whole(&rig, &[]), (480, 40));
}

#[test]
fn a_prune_of_one_domain() {
    let rig = Rig::with_options(options(&routes(40, 60, "old"), &[], &[]));
    sheet(&rig, &routes(1, 2, "old"));
    let (deletes, text) = seen(&rig, &["--prune"]);
    assert_eq!(deletes, 58, "never folded: {text}");
    assert!(
        text.contains("39 other domains keep their 2340 routes"),
        "{text}"
    );
    assert_eq!(whole(&rig, &["--prune"]).0, 58);
}

#[test]
fn a_sheet_with_the_same_mistake_on_every_row() {
    let rig = Rig::with_options(options(&routes(1, 1, "old"), &[], &[]));
    let rows: String = (0..400)
        .map(|n| format!("616555{n:04}x,a.example,jane\n"))
        .collect();
    rig.file("r.csv", &format!("ani,domain,destination\n{rows}"));
    let (_, text) = seen(&rig, &[]);
    assert!(
        text.contains("r.csv:2:1") && text.contains("in all"),
        "{text}"
    );
    let file = rig.home().join("r.csv");
    let ran = rig
        .run(&["routes", "plan", file.to_str().expect("a path"), "--json"])
        .exits(2);
    let message = ran.error()["message"]
        .as_str()
        .expect("a message")
        .to_owned();
    assert!(
        message.lines().count() >= 100,
        "JSON has all: {}",
        message.lines().count()
    );
    let told = rig
        .run(&["routes", "plan", file.to_str().expect("a path"), "-v"])
        .exits(2);
    assert!(
        told.stderr.lines().count() >= 100,
        "-v has all: {}",
        told.stderr.lines().count()
    );
}

#[test]
#[cfg(unix)]
fn what_people_read_breaks_between_words_on_a_narrow_terminal() {
    use crate::support::terminal::Terminal;
    let rig = Rig::with_sandbox();
    for line in [
        "help exit-codes",
        "help options",
        "routes check",
        "routes set 6165550101 jane -d acme",
        "--no-input routes rm 6165550102 -d acme",
        "undo --yes",
        "history --changes",
        "doctor -d acme",
        "status",
        "undo 9999",
        "routes",
        "-h",
        "routes set -h",
        "routes import --help",
        "login --help",
        "help files",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let (_, shown) = Terminal::start(&rig, 40, &args).finish();
        for row in shown.lines() {
            // Colours take no room; a long path is not broken.
            let mut pieces = row.split('\u{1b}');
            let first = pieces.next().unwrap_or_default().to_owned();
            let rest = pieces.map(|piece| piece.split_once('m').map_or(piece, |(_, text)| text));
            let plain = rest.fold(first, |plain, piece| plain + piece);
            let words = plain.split_whitespace().count();
            let fits = plain.chars().count() <= 40 || words == 1;
            assert!(fits, "{line}: {row:?}");
        }
    }
}

/// A column of its own would make records of a screen of routes.
#[test]
#[cfg(unix)] // a terminal
fn until_when_a_route_stands_is_said_behind_its_destination() {
    let rig = Rig::with_sandbox();
    let set = "routes set 6165550101 jane -d acme --until 2h";
    rig.run(&set.split(' ').collect::<Vec<_>>()).succeeds();
    let terminal = crate::support::terminal::Terminal::start(&rig, 80, &["routes", "ls"]);
    let (_, shown) = terminal.finish();
    assert!(!shown.contains("  until"), "{shown}");
    assert!(shown.contains("jane, until\n"), "{shown}");
    assert!(shown.contains("device:johns-\n"), "{shown}");
}

#[test]
#[cfg(unix)]
fn an_example_that_is_broken_can_be_pasted() {
    use crate::support::terminal::Terminal;
    let rig = Rig::with_sandbox();
    let (_, shown) = Terminal::start(&rig, 40, &["routes", "set", "-h"]).finish();
    let whole = shown.replace(" \\\n     ", "");
    let example = "    skyswitch --sandbox routes set 6165550142 jane -d acme --dnis 6165550190\n";
    assert!(whole.contains(example), "{shown}");
    let usage = "Usage: skyswitch routes set [OPTIONS]\n  <CALLER> <DESTINATION>";
    let plain = shown
        .split('\u{1b}')
        .map(|piece| piece.split_once('m').map_or(piece, |it| it.1));
    assert!(plain.collect::<String>().contains(usage), "{shown}");
}
