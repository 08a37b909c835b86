//! `skyswitch routes move` and `routes copy`: plans that no file asks for.

use crate::support::world::{options, route};
use crate::support::{Rig, SHELL};
use serde_json::{Value, json};
use skyswitch::model::Route;

fn rig() -> Rig {
    let device = Route {
        application: Some("device".into()),
        ..route(3, Some(1), "a", "john")
    };
    let routes = [
        route(1, None, "a", "john"),
        route(2, None, "a", "John"),
        device,
        route(4, None, "a", "sip:7@a.example"),
        route(1, None, "b", "john"),
        route(2, None, "b", "else"),
    ];
    Rig::with_options(options(&routes, &[], &[]))
}

/// What the server holds: `NUMBER DOMAIN APPLICATION DESTINATION`, sorted.
fn held(rig: &Rig) -> Vec<String> {
    let text = |field: Option<String>| field.unwrap_or_default();
    let routes = rig.sandbox().routes().expect("state").into_iter();
    let mut lines: Vec<_> = routes
        .map(|r| {
            let ani = &text(r.ani)[8..];
            let (domain, app) = (text(r.domain), text(r.application));
            format!("{ani} {} {app} {}", &domain[..1], text(r.destination))
        })
        .collect();
    lines.sort();
    lines
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[test]
fn a_move_changes_its_destination_in_its_domains_and_is_taken_back() {
    let rig = rig();
    let before = held(&rig);
    let move_it = "routes move john jane -d a.example --json";
    let dry = rig.run(&words(&format!("{move_it} --dry-run"))).succeeds();
    assert_eq!(dry.json()["would"]["change"], 2);
    rig.run(&words(move_it)).exits(5);
    assert_eq!(held(&rig), before, "nothing was sent");
    let ran = rig
        .run(&words(&format!("{move_it} --yes")))
        .succeeds()
        .json();
    let counts = [
        &ran["added"], &ran["changed"], &ran["deleted"], &ran["verified"],
    ];
    assert_eq!(counts, [&json!(0), &json!(2), &json!(0), &json!(true)]);
    let moved = ["101 a user jane", "103 a device jane", "101 b user john"];
    let now = held(&rig);
    assert!(
        moved.iter().all(|line| now.contains(&(*line).to_owned())),
        "{now:?}"
    );
    let history = rig.run(&["history"]).succeeds().stdout;
    assert!(history.contains("move john → jane  2 changed"), "{history}");
    rig.run(&["undo", "--yes"]).succeeds();
    assert_eq!(held(&rig), before);
    for filter in ["--application device", "--dnis 16165560101"] {
        let would = rig
            .run(&words(&format!("{move_it} --dry-run {filter}")))
            .json();
        let keys = &would["would"]["operations"];
        assert_eq!(keys.as_array().map(Vec::len), Some(1), "{filter}");
        assert_eq!(keys[0]["key"]["ani"], "16165550103", "{filter}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_the_command_that_can() {
    let rig = rig();
    let set = "skyswitch routes move john jane";
    for (line, code, name, hint) in [
        (
            "move john jane",
            2,
            "usage",
            format!("{set} --yes --json --domain a.example --domain b.example"),
        ),
        (
            "move jahn jane -d a.example",
            3,
            "not_found",
            format!("{set} -d a.example"),
        ),
        (
            "move john jane -d c.example",
            3,
            "not_found",
            "routes list --domain c.example".into(),
        ),
        (
            "move john jane -d a.exampel",
            3,
            "unknown_domain",
            "--domain a.example".into(),
        ),
        (
            "move john john -d a.example",
            2,
            "invalid_input",
            String::new(),
        ),
        (
            "move john jane -d a.example --dnis x",
            2,
            "invalid_input",
            String::new(),
        ),
        (
            "copy a.example a.example",
            2,
            "invalid_input",
            String::new(),
        ),
        (
            "copy a.exampel b.example",
            3,
            "unknown_domain",
            "skyswitch routes copy a.example b.example --yes --json".into(),
        ),
        (
            "copy a.example b.example --map john",
            2,
            "usage",
            String::new(),
        ),
    ] {
        let ran = rig
            .run(&words(&format!("routes {line} --yes --json")))
            .exits(code);
        assert_eq!(ran.error()["code"], name, "{line}");
        let said = ran.error()["hint"].as_str().unwrap_or_default().to_owned();
        assert!(said.contains(&hint), "{line}: {said}");
    }
    assert_eq!(rig.requests("PUT"), 0);
}

#[test]
fn a_move_of_most_of_a_domain_is_held_until_its_flag_lifts_it() {
    let routes: Vec<Route> = (1..=12).map(|n| route(n, None, "a", "john")).collect();
    let rig = Rig::with_options(options(&routes, &[], &[]));
    let line = "routes move john jane -d a.example --yes --json";
    let ran = rig.run(&words(line)).exits(5);
    assert_eq!(ran.error()["code"], "brake");
    assert_eq!(ran.json()["not_reached"], 12);
    rig.run(&words(&format!("{line} --max-changes 12")))
        .succeeds();
    assert_eq!(
        held(&rig)
            .iter()
            .filter(|line| line.ends_with("jane"))
            .count(),
        12
    );
}

#[test]
fn a_copy_only_adds_and_says_what_it_left() {
    let rig = rig();
    let before = held(&rig);
    let line = "routes copy a.example b.example --yes --json --map sip:7@a.example=sip:7@b.example";
    let ran = rig.run(&words(line)).exits(8);
    assert_eq!(ran.error()["code"], "partial");
    let summary = ran.json();
    assert_eq!([&summary["added"], &summary["already"]], [2, 1]);
    let left = &summary["left"][0];
    assert_eq!(left["found"][0]["destination"], "else");
    assert_eq!(left["wanted"]["destination"], "John");
    let now = held(&rig);
    for line in [
        "102 b user else",
        "103 b device john",
        "104 b user sip:7@b.example",
    ] {
        assert!(now.contains(&line.to_owned()), "{line}: {now:?}");
    }
    let again = rig.run(&words(line)).exits(5);
    assert_eq!(again.error()["code"], "conflict");
    let hint = again.error()["hint"].as_str().expect("a hint").to_owned();
    let wanted = "routes set --ani 16165550102 --domain b.example --destination John";
    assert!(hint.contains(wanted), "{hint}");
    rig.run(&["undo", "--yes"]).succeeds();
    assert_eq!(held(&rig), before);
    // Without a mapping it is said what to add.
    let ran = rig
        .run(&words("routes copy a.example c.example --yes -o ndjson"))
        .succeeds();
    let said = SHELL.option("--map", "sip:7@a.example=sip:7@c.example");
    assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    let events: Vec<Value> = (ran.stdout.lines())
        .map(|line| serde_json::from_str(line).expect("json"))
        .collect();
    assert_eq!(events[0]["event"], "plan");
    assert_eq!(events.last().expect("events")["added"], 4);
    let same = rig
        .run(&words("routes copy a.example c.example --yes --json"))
        .succeeds();
    assert_eq!(
        same.json()["already"],
        4,
        "the same command again does nothing"
    );
}

#[test]
fn a_move_tells_what_leads_to_the_other_names_of_who_leaves() {
    let rig = Rig::with_sandbox();
    let plan = rig.run(&words("routes move john jane -d acme --dry-run"));
    let more = "1 more route leads to `100`, John Carter's extension: `skyswitch routes move 100 jane -d acme --dry-run` moves what leads there, too";
    assert!(plan.stderr.contains(more), "{}", plan.stderr);
    rig.run(&words("routes move john jane -d acme --yes"))
        .succeeds();
    // Nothing is left by that name, and what to do is said all the same.
    let ran = rig.run(&words("routes move john jane -d acme --yes"));
    let hint = ran.exits(3).stderr.replace(" --dry-run", "");
    assert!(
        hint.contains("`skyswitch routes move 100 jane -d acme --yes`"),
        "{hint}"
    );
    rig.run(&words("routes move 100 jane -d acme --yes"))
        .succeeds();
    let ran = rig.run(&words("routes move 200 mary -d acme --json --dry-run"));
    assert!(ran.stdout.contains("other-name"), "{}", ran.stdout);
    assert!(
        ran.stderr
            .contains("2 more routes lead to `jane`, Jane Miller's login")
    );
}

#[test]
fn a_copy_warns_of_called_numbers_that_the_new_domain_does_not_own() {
    let rig = Rig::with_sandbox();
    let copy = "routes copy acme harborview --map john=300 --dry-run";
    let foreign = "`16165550190` is no number of the domain, so nobody calls it here";
    let ran = rig.run(&words(copy)).succeeds();
    assert!(ran.stderr.contains(foreign), "{}", ran.stderr);
    let ran = rig.run(&words(&format!("{copy} --json"))).succeeds();
    assert!(ran.stdout.contains("foreign-dnis"), "{}", ran.stdout);
    // What cannot be read says nothing.
    let rig = Rig::with_behaviour(&[], &["GET */pbx/phone-numbers=status:403"]);
    let ran = rig.run(&words(copy)).succeeds();
    assert!(!ran.stderr.contains("is no number"), "{}", ran.stderr);
}
