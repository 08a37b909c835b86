//! `skyswitch history`: every write of this machine, newest first, without asking the server.

use crate::support::Rig;
use serde_json::Value;

fn set(rig: &Rig, ani: &str, domain: &str, destination: &str) {
    let domain = format!("{domain}.15611.service");
    let args = [
        "--ani",
        ani,
        "--domain",
        &domain,
        "--destination",
        destination,
    ];
    rig.run(&[&["routes", "set"][..], &args].concat())
        .succeeds();
}

fn ids(rig: &Rig, rest: &[&str]) -> Vec<String> {
    let json: Value = rig
        .run(&[&["history", "--json"][..], rest].concat())
        .succeeds()
        .json();
    let entries = json.as_array().expect("an array");
    entries
        .iter()
        .map(|entry| entry["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn entries_have_their_shape_and_need_no_login() {
    let mut rig = Rig::with_sandbox();
    set(&rig, "16165550101", "acme", "jane");
    rig.without_credentials();
    let json = rig.run(&["history", "--json"]).succeeds().json();
    let names: Vec<_> = json[0]
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect();
    assert_eq!(
        names,
        [
            "id", "time", "command", "account", "profile", "sandbox", "status", "changes"
        ]
    );
    let change = &json[0]["changes"][0];
    let names: Vec<_> = change
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect();
    assert_eq!(names, ["op", "key", "before", "after", "result"]);
    assert_eq!(change["before"]["destination"], "john");
    assert_eq!(change["result"], "done");
    assert_eq!(json[0]["sandbox"], false);
}

#[test]
fn filters_and_ids_find_runs() {
    let rig = Rig::with_sandbox();
    assert!(ids(&rig, &[]).is_empty());
    set(&rig, "16165550101", "acme", "jane");
    set(&rig, "13125550105", "bluebird", "mario");
    let all = ids(&rig, &[]);
    assert_eq!(all.len(), 2);
    assert!(all[0] > all[1], "newest first");
    assert_eq!(ids(&rig, &["--domain", "ACME.15611.service"]), all[1..]);
    assert_eq!(ids(&rig, &["--ani", "312-555-0105"]), all[..1]);
    assert_eq!(ids(&rig, &["--since", "1h"]), all);
    assert!(ids(&rig, &["--since", "2999-01-01"]).is_empty());
    assert_eq!(ids(&rig, &[&all[1]]), all[1..]);
    rig.run(&["history", "nothing"]).exits(3);
    rig.run(&["history", "--since", "soon"]).exits(2);
    let table = rig.run(&["history"]).succeeds().stdout;
    assert!(
        table.contains("routes set") && table.contains("done"),
        "{table}"
    );
    let one = rig.run(&["history", &all[0]]).succeeds().stdout;
    assert!(one.contains("maria") && one.contains("mario"), "{one}");
    let csv = rig
        .run(&["history", "-o", "csv", "--fields", "id,changes"])
        .succeeds()
        .stdout;
    assert_eq!(csv.lines().count(), 3, "{csv}");
    let lines = rig.run(&["history", "-o", "ndjson"]).succeeds().stdout;
    assert_eq!(lines.lines().count(), 2);
}

#[test]
fn runs_of_the_sandbox_are_kept_apart() {
    let rig = Rig::with_sandbox();
    set(&rig, "16165550101", "acme", "jane");
    let args = [
        "--sandbox",
        "routes",
        "set",
        "--ani",
        "16165550102",
        "--domain",
        "acme.15611.service",
        "--destination",
        "x",
    ];
    rig.run(&args).succeeds();
    assert_eq!(ids(&rig, &[]).len(), 1);
    assert_eq!(ids(&rig, &["--sandbox"]).len(), 1);
}
