//! Files of the journal that are not as they were written: nobody takes another run for the latest one,
//! and nothing of them is ever sent.

use std::path::PathBuf;

use crate::support::world::{faults, options, route};
use crate::support::{Ran, Rig, eventually};
use serde_json::json;
use skyswitch::journal::{Journal, Outcome};
use skyswitch::model::Route;

fn set(rig: &Rig, destination: &str) -> Ran {
    let args = ["set", "--ani", "16165550101", "--domain", "a.example"];
    let args = [&["routes"][..], &args, &["--destination", destination]].concat();
    rig.run(&args).succeeds()
}

fn ids(rig: &Rig) -> Vec<String> {
    let history = rig.run(&["history", "--json"]).json();
    let id = |run: &serde_json::Value| run["id"].as_str().expect("an id").to_owned();
    history.as_array().expect("runs").iter().map(id).collect()
}

fn file(rig: &Rig, id: &str) -> PathBuf {
    rig.state_dir().join(format!("journal/{id}.jsonl"))
}

fn stands(rig: &Rig) -> String {
    let routes = rig.sandbox().routes().expect("state");
    routes[0].destination.clone().expect("a destination")
}

/// A caller that went from `one` to `two` to `three`; the ids of both runs, newest first.
fn two_runs() -> (Rig, [String; 2]) {
    let rig = Rig::with_options(options(&[route(1, None, "a", "one")], &[], &[]));
    set(&rig, "two");
    set(&rig, "three");
    let ids = ids(&rig).try_into().expect("two runs");
    (rig, ids)
}

type Damage = (&'static str, fn(&str) -> Vec<u8>);

const DAMAGES: [Damage; 5] = [
    ("a flipped bit", |text| {
        let mut bytes = text.as_bytes().to_vec();
        let at = text.find("\"two\"").expect("the before-image") + 3;
        bytes[at] ^= 1;
        bytes
    }),
    ("garbage", |_| b"\x7fELF\n\0\0".to_vec()),
    ("garbage without a line", |_| b"garbage".to_vec()),
    ("a newer version", |text| {
        text.replace("\"version\":2", "\"version\":3").into()
    }),
    ("a line end that is none", |text| {
        format!("{}\u{b}", text.trim_end()).into()
    }),
];

#[test]
fn a_damaged_latest_run_stops_an_undo_that_names_none() {
    for (what, damage) in DAMAGES {
        let (rig, [newest, older]) = two_runs();
        let path = file(&rig, &newest);
        let text = std::fs::read_to_string(&path).expect("text");
        std::fs::write(&path, damage(&text)).expect("damaged");
        stopped_at(&rig, &newest, &older, what);
    }
}

#[cfg(unix)] // a link
#[test]
fn the_latest_run_may_be_somebody_elses_or_no_file() {
    let (rig, [newest, older]) = two_runs();
    let path = file(&rig, &newest);
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&path, Some(65_534), None).expect("chown");
        stopped_at(&rig, &newest, &older, "a foreign owner");
    }
    let (rig, [newest, older]) = two_runs();
    let path = file(&rig, &newest);
    std::fs::remove_file(&path).expect("removed");
    std::os::unix::fs::symlink(file(&rig, &older), &path).expect("linked");
    stopped_at(&rig, &newest, &older, "a link");
}

/// Nothing is put back without an ID, everybody is told, and the way around it leads on.
#[track_caller]
fn stopped_at(rig: &Rig, newest: &str, older: &str, what: &str) {
    let ran = rig.run(&["undo", "--yes", "--json"]).exits(5);
    let error = ran.error();
    assert_eq!(error["code"], "journal_unavailable", "{what}");
    assert_eq!(error["changed"], false, "{what}");
    let said = error["message"].as_str().expect("text");
    assert!(said.contains(&format!("{newest}.jsonl")), "{what}: {said}");
    let hint = error["hint"].as_str().expect("text");
    assert!(hint.contains(&format!("skyswitch undo {older}")), "{hint}");
    assert_eq!(stands(rig), "three", "{what}");

    let history = rig.run(&["history", "--json"]).succeeds();
    assert!(history.stderr.contains(newest), "{what}");
    let run = &history.json()[0];
    assert_eq!([&run["id"], &run["status"]], [newest, "damaged"], "{what}");
    assert_eq!(run["changes"], json!([]), "{what}");
    let table = rig.run(&["history"]).succeeds().stdout;
    assert!(table.contains("damaged"), "{what}: {table}");
    rig.run(&["undo", newest, "--yes"]).exits(5);

    let name = rig.file(
        "same.csv",
        "ani,domain,destination\n16165550101,a.example,three\n",
    );
    let apply = rig.run(&["routes", "apply", &name, "--yes"]).succeeds();
    for ran in [apply, set(rig, "three")] {
        let about = |line: &&str| line.starts_with("warning: ") && line.contains(newest);
        assert_eq!(
            ran.stderr.lines().filter(about).count(),
            1,
            "{what}: {}",
            ran.stderr
        );
    }
    rig.run(&["undo", older, "--yes"]).exits(5);
    set(rig, "two");
    // A sound run is the latest one again.
    rig.run(&["undo", "--yes"]).succeeds();
    assert_eq!(stands(rig), "three", "{what}");
    rig.run(&["undo", older, "--yes"]).exits(5);
}

#[test]
fn the_way_around_takes_the_older_run_back() {
    let (rig, [newest, older]) = two_runs();
    set(&rig, "two");
    let third = ids(&rig).remove(0);
    for id in [&third, &newest] {
        std::fs::write(file(&rig, id), "garbage").expect("damaged");
    }
    rig.run(&["undo", "--yes"]).exits(5);
    rig.run(&["undo", &older, "--yes"]).succeeds();
    assert_eq!(stands(&rig), "one");
}

#[test]
fn an_older_damaged_run_is_a_warning() {
    let (rig, [_, older]) = two_runs();
    std::fs::write(file(&rig, &older), "garbage").expect("damaged");
    let ran = rig.run(&["undo", "--yes"]).succeeds();
    assert!(
        ran.stderr.contains(&format!("{older}.jsonl")),
        "{}",
        ran.stderr
    );
    assert_eq!(stands(&rig), "two");
}

#[test]
fn a_run_that_was_killed_before_it_sent_anything_is_passed_over() {
    let cuts: [fn(&str) -> usize; 4] = [
        |_| 0,
        |text| text.find("\"id\"").expect("an id"),
        |text| text.find('\n').expect("a line") + 9,
        |text| text.find("\"count\"").expect("a mark"),
    ];
    for cut in cuts {
        let (rig, [newest, _]) = two_runs();
        set(&rig, "two");
        let third = ids(&rig).remove(0);
        let text = std::fs::read_to_string(file(&rig, &third)).expect("text");
        std::fs::write(file(&rig, &third), &text[..cut(&text)]).expect("cut");
        std::fs::remove_file(file(&rig, &newest)).expect("removed");
        let ran = rig.run(&["undo", "--yes"]).succeeds();
        assert!(ran.stderr.contains(&third), "{}", ran.stderr);
        assert!(ran.stderr.contains("passed over"), "{}", ran.stderr);
        assert_eq!(stands(&rig), "one");
    }
}

#[test]
fn a_run_at_work_is_passed_over_and_shown_as_running() {
    let (rig, _) = two_runs();
    rig.sandbox().set_faults(faults(&["PUT *=hang@1"]));
    let args = "routes set --ani 16165550102 --domain a.example --destination x";
    let args: Vec<&str> = args.split(' ').collect();
    let puts = rig.requests("PUT");
    let mut child = rig.command(&args).spawn().expect("start");
    eventually("the PUT", || rig.requests("PUT") > puts);
    let history = rig.run(&["history", "--json"]).succeeds().json();
    assert_eq!(history[0]["status"], "running");
    assert!(rig.run(&["history"]).stdout.contains("running"));
    let running = history[0]["id"].as_str().expect("an id");
    let ran = rig.run(&["undo", "--yes"]).succeeds();
    assert!(ran.stderr.contains(running), "{}", ran.stderr);
    assert_eq!(stands(&rig), "two");
    child.kill().expect("kill");
    child.wait().expect("wait");
}

#[test]
fn another_accounts_damaged_run_is_in_nobodys_way() {
    let (mut rig, [newest, _]) = two_runs();
    let path = file(&rig, &newest);
    let text = std::fs::read_to_string(&path).expect("text");
    std::fs::write(&path, text.replace("\"two\"", "\"twO\"")).expect("damaged");
    rig.run(&["undo", "--yes"]).exits(5);
    rig.set("SKYSWITCH_ACCOUNT_ID", "sbx_other");
    rig.run(&["undo", "--yes"]).exits(3);
}

#[test]
fn what_stood_there_instead_is_what_an_undo_takes_back() {
    let found: Route = route(1, None, "a", "other");
    let last_word = [
        (
            Outcome::Seen {
                found: vec![found.clone()],
            },
            "other",
            Some("two"),
        ),
        (
            Outcome::Seen {
                found: vec![found.clone()],
            },
            "three",
            None,
        ),
        (Outcome::Sent, "three", Some("two")),
        (Outcome::Stale { found: vec![found] }, "three", None),
    ];
    for (outcome, standing, back) in last_word {
        let (mut rig, [newest, _]) = two_runs();
        let journal = Journal::under(&rig.state_dir());
        let run = journal.find(&newest).and_then(|run| journal.reopen(&run));
        run.expect("a run").result(0, &outcome).expect("written");
        let elsewhere = rig.home().join("elsewhere");
        rig.set("SKYSWITCH_STATE_DIR", elsewhere.to_str().expect("text"));
        set(&rig, standing);
        rig.set("SKYSWITCH_STATE_DIR", "");
        let ran = rig.run(&["undo", "--yes"]);
        assert_eq!(ran.code == 0, back.is_some(), "{outcome:?}: {}", ran.stderr);
        assert_eq!(stands(&rig), back.unwrap_or(standing), "{outcome:?}");
        let history = rig.run(&["history", &newest, "--json"]).json();
        assert_eq!(history[0]["changes"][0]["result"], outcome.as_str());
    }
}
