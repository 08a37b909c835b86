//! `skyswitch routes plan`: what it shows, what stops it, and that an export plans to nothing.

use crate::support::Rig;
use crate::support::world::{World, options};
use proptest::prelude::*;
use serde_json::{Value, json};
use skyswitch::model::{Route, cell};
use skyswitch::plan::base::Base;

const ACME: &str = "acme.15611.service";

#[test]
fn the_plan_as_json_has_its_keys_in_order() {
    let rig = Rig::with_sandbox();
    let file = rig.file(
        "r.csv",
        &format!("ani,domain,destination\n616-555-0101,{ACME},jane\n16165550150,{ACME},new\n"),
    );
    let plan = rig
        .run(&["routes", "plan", &file, "--json"])
        .succeeds()
        .json();
    let names: Vec<_> = plan.as_object().expect("an object").keys().collect();
    assert_eq!(
        names,
        [
            "plan", "account", "scope", "add", "change", "delete", "unchanged", "kept",
            "operations", "warnings", "brakes"
        ]
    );
    assert_eq!(
        [&plan["add"], &plan["change"], &plan["kept"]],
        [&json!(1), &json!(1), &json!(11)]
    );
    let change = &plan["operations"][1];
    assert_eq!(change["before"]["destination"], "john");
    assert_eq!(change["source"], format!("{file}:2"));
    assert_eq!(rig.requests("PUT"), 0);
    let human = rig.run(&["routes", "plan", &file]).succeeds();
    assert!(
        human
            .stdout
            .contains("on the server, not in the file: 11 kept"),
        "{}",
        human.stdout
    );
    // The plan is the result; beside it stands whose account it is for.
    assert!(human.stderr.starts_with("account sbx_account, "));
    assert_eq!(human.stderr.lines().count(), 1, "{}", human.stderr);
}

#[test]
fn exit_codes_say_pending_braked_and_wrong() {
    let rig = Rig::with_sandbox();
    let export = rig.run(&["routes", "list", "-o", "csv"]).stdout;
    let same = rig.file("same.csv", &export);
    rig.run(&["routes", "plan", &same, "--exit-code"]).exits(0);
    let edited = rig.file("edited.csv", &export.replace(",john", ",jane"));
    rig.run(&["routes", "plan", &edited]).exits(0);
    let ran = rig
        .run(&["routes", "plan", &edited, "--exit-code", "--json"])
        .exits(9);
    assert_eq!(ran.error()["code"], "pending");
    let one = rig.file(
        "one.csv",
        &format!("ani,domain,destination\n16165550101,{ACME},john\n"),
    );
    let ran = rig
        .run(&["routes", "plan", &one, "--prune", "--json"])
        .exits(5);
    assert_eq!(ran.error()["code"], "brake");
    assert_eq!(ran.json()["brakes"][0]["flag"], "--max-deletes 4");
    rig.run(&["routes", "plan", &one, "--prune", "--max-deletes", "4"])
        .exits(0);
    for bad in [
        "",
        "ani,domain,destination\n",
        "ani,domain\n1,2\n",
        "ani,domain,destination\n1.61656E+10,x,y\n",
    ] {
        let bad = rig.file("bad.csv", bad);
        let ran = rig.run(&["routes", "plan", &bad, "--json"]).exits(2);
        assert!(
            ran.error()["message"]
                .as_str()
                .expect("text")
                .contains("bad.csv:"),
            "{ran:?}"
        );
    }
    let ran = rig.run(&["routes", "plan", "missing.csv"]).exits(2);
    assert!(
        ran.stderr.contains("`missing.csv` cannot be read"),
        "{}",
        ran.stderr
    );
}

#[test]
fn every_mistake_of_a_file_is_named_at_once_and_before_a_login() {
    let rig = Rig::new();
    let file = rig.file("bad.csv", "ani,domian,destination\n");
    let ran = rig.run(&["routes", "plan", &file]).exits(2);
    assert!(ran.stderr.contains("domain"), "{}", ran.stderr);
    let rig = Rig::with_sandbox();
    let file = rig.file(
        "bad.csv",
        &format!("ani,domain,destination\nx,{ACME},a\n*,{ACME},b\n"),
    );
    let ran = rig.run(&["routes", "plan", &file]).exits(2);
    assert!(
        ran.stderr.contains("bad.csv:2:1") && ran.stderr.contains("bad.csv:3:1"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_file_comes_on_standard_input_too() {
    let rig = Rig::with_sandbox();
    let text = format!("ani,domain,destination\n16165550101,{ACME},jane\n");
    let ran = rig
        .run_with_input(&["routes", "plan", "-", "--json"], &text)
        .succeeds();
    assert_eq!(ran.json()["operations"][0]["source"], "stdin:2");
}

#[test]
fn a_row_with_a_base_tells_edits_from_changes_on_the_server() {
    let mut rig = Rig::with_sandbox();
    let export = rig.run(&["routes", "list", "--base", "-o", "csv"]).stdout;
    assert!(export.starts_with("ani,dnis,domain,application,destination,base\n"));
    let set = |rig: &Rig, destination: &str| {
        let route = ["--ani", "16165550101", "--domain", ACME];
        let args = [
            &["routes", "set"][..],
            &route,
            &["--destination", destination],
        ];
        rig.run(&args.concat()).succeeds();
    };
    let untouched = rig.file("untouched.csv", &export);
    let edited = rig.file("edited.csv", &export.replace(",john,", ",mine,"));
    let plan = |rig: &Rig, file: &str| rig.run(&["routes", "plan", file, "--json"]);
    set(&rig, "ours");
    // Nobody is called `mine`, which is said of the edited row.
    for (file, operations, warnings) in [(&untouched, 0, 1), (&edited, 1, 1)] {
        let plan = plan(&rig, file).succeeds().json();
        let count = |member: &str| plan[member].as_array().expect("a list").len();
        assert_eq!(
            (count("operations"), count("warnings")),
            (operations, warnings),
            "{plan}"
        );
    }
    // Another machine has no part in this one's journal.
    let nowhere = rig.home().join("nowhere").display().to_string();
    rig.set("SKYSWITCH_STATE_DIR", &nowhere);
    let error = plan(&rig, &edited).exits(5).error();
    assert_eq!(error["code"], "conflict");
    let home = rig.home().join("other").display().to_string();
    rig.set("SKYSWITCH_STATE_DIR", &home);
    set(&rig, "theirs");
    let home = rig.state_dir().display().to_string();
    rig.set("SKYSWITCH_STATE_DIR", &home);
    let error = plan(&rig, &edited).exits(5).error();
    let message = error["message"].as_str().expect("text");
    assert!(
        message.ends_with("then john, now theirs, yours mine"),
        "{message}"
    );
}

#[test]
fn an_unknown_domain_is_named_with_the_nearest_and_asked_for_twice() {
    let rig = Rig::with_sandbox();
    let file = rig.file(
        "r.csv",
        "ani,domain,destination\n16165550101,acne.15611.service,john\n",
    );
    for args in [&["plan", &file][..], &["apply", &file, "--yes"]] {
        let ran = rig
            .run(&[&["routes", "--json"][..], args].concat())
            .exits(3);
        assert_eq!(ran.error()["code"], "unknown_domain");
        let text = ran.error()["message"].to_string();
        assert!(text.contains("r.csv:2") && text.contains(ACME), "{text}");
    }
    assert_eq!(rig.requests("PUT"), 0);
    let fresh =
        |entry: &&skyswitch::sandbox::LogEntry| entry.query.as_deref() == Some("force_refresh=1");
    assert_eq!(rig.sandbox().log().iter().filter(fresh).count(), 2);
}

#[test]
fn a_domain_flag_that_is_unknown_or_leaves_every_row_out_is_refused() {
    let rig = Rig::with_options(options(
        &[crate::support::world::route(1, None, "a", "one")],
        &[],
        &[],
    ));
    let file = rig.file("r.csv", "ani,domain,destination\n16165550101,a.example,x\n");
    for (domain, near) in [("aa.example", "a.example"), ("b.example", "r.csv")] {
        for verb in ["plan", "apply"] {
            let args = ["routes", verb, &file, "--domain", domain, "--json"];
            let ran = rig.run(&args).exits(3);
            assert_eq!(ran.error()["code"], "unknown_domain");
            assert!(ran.error().to_string().contains(near), "{}", ran.stderr);
        }
    }
    assert_eq!(rig.requests("PUT"), 0);
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-=+@'\t\r\n\",; a*\u{1b}\u{202e}\u{feff}]{1,6}",
        "\\PC{1,8}",
        Just("sip:a+b@c.example;x=1&y".to_owned()),
    ]
}

fn any_route() -> impl Strategy<Value = Route> {
    let number = prop_oneof![
        3 => (0u32..30, 0usize..3).prop_map(|(n, form)| match form {
            0 => format!("1616555{n:04}"),
            1 => format!("616555{n:04}"),
            _ => format!("+44207123{n:04}"),
        }),
        1 => hostile(),
    ];
    let domain = prop::sample::select(vec!["a.example", "B.Example"]);
    let application = prop::option::of(prop::sample::select(vec!["user", "device", "literal"]));
    (
        number,
        prop::option::of(hostile()),
        domain,
        application,
        hostile(),
    )
        .prop_map(|(ani, dnis, domain, application, destination)| Route {
            ani: Some(ani),
            dnis,
            domain: Some(domain.to_owned()),
            application: application.map(str::to_owned),
            destination: Some(destination),
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_export_of_any_state_plans_to_nothing(
        routes in prop::collection::vec(any_route(), 1..15),
        quirks in prop::sample::subsequence(vec!["routes=object", "dnis=absent", "numbers=10", "number-type=number"], 0..3),
        prune: bool,
    ) {
        let mut routes = routes;
        let mut seen = std::collections::HashSet::new();
        routes.retain(|route| seen.insert((route.ani.clone(), route.dnis.clone(), route.domain.clone())));
        let world = World::new(options(&routes, &quirks, &[]));
        let (shown, _) = world.client.collect_routes(&Default::default()).expect("a list");
        let mut export = "ani,dnis,domain,application,destination,base\n".to_owned();
        for route in &shown {
            let cells = [&route.ani, &route.dnis, &route.domain, &route.application, &route.destination];
            for value in cells {
                let text = value.clone().unwrap_or_default();
                export.push_str(&format!("\"{}\",", cell::guard(&text).replace('"', "\"\"")));
            }
            export.push_str(&format!("{}\n", Base::of(route)));
        }
        prop_assert!(world.plan(&export, prune).is_empty());
        let json = serde_json::to_string(&shown).expect("json");
        prop_assert!(world.plan(&json, prune).is_empty());
    }
}

#[test]
fn what_is_not_in_the_file_is_always_said() {
    let rig = Rig::with_sandbox();
    let file = rig.file(
        "r.csv",
        &format!("ani,domain,destination\n16165550101,{ACME},john\n"),
    );
    let plan: Value = rig
        .run(&["routes", "plan", &file, "--domain", ACME, "--json"])
        .succeeds()
        .json();
    assert_eq!(plan["scope"], json!([ACME]));
    assert_eq!(plan["kept"], 11);
}
