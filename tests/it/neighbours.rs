//! `subscribers list`, `numbers list` and `accounts list` end to end.

use serde_json::{Value, json};

use crate::support::Rig;
use crate::support::canned::{self, Canned};
use crate::support::fixtures::Fixture;

const ACME: &str = "acme.15611.service";

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[test]
fn what_the_server_tells_of_neighbours_is_listed_and_of_people_no_more_than_names() {
    for (line, fixture) in [
        ("subscribers list -d acme.15611.service", "subscribers"),
        ("numbers list --domain acme.15611.service", "phone-numbers"),
        ("accounts list", "sub-accounts"),
    ] {
        let rig = Rig::with_sandbox();
        let fixture = Fixture::named(&format!("neighbours/{fixture}"));
        let sandbox = rig.run(&[&words(line)[..], &["--json"]].concat());
        assert!(sandbox.succeeds().json().as_array().map(Vec::len) > Some(2));
        let wire = fixture.wire();
        let server = Canned::start(move |_| wire.clone());
        let rig = server.rig();
        let ran = rig
            .run(&[&words(line)[..], &["--json"]].concat())
            .succeeds();
        assert_eq!(ran.json(), fixture.expect["rows"], "{line}");
        let rows = fixture.expect["rows"].as_array().expect("rows");
        for (format, lines) in [("table", 2), ("csv", 1), ("tsv", 1), ("ndjson", 0)] {
            let ran = rig
                .run(&[&words(line)[..], &["-o", format]].concat())
                .succeeds();
            assert_eq!(
                ran.stdout.lines().count(),
                rows.len() + lines,
                "{}",
                ran.stdout
            );
            for secret in ["example.com", "6165550190\"", "Carter\"}"] {
                let told = line.starts_with("subscribers") && ran.stdout.contains(secret);
                assert!(!told, "{}", ran.stdout);
            }
        }
        let jq = rig
            .run(&[&words(line)[..], &["--jq", "length"]].concat())
            .succeeds();
        assert_eq!(jq.stdout, format!("{}\n", rows.len()));
        let fields = rig.run(&[&words(line)[..], &["--fields", "email"]].concat());
        assert!(fields.exits(2).stderr.contains("--fields"));
    }
}

#[test]
fn kinds_and_users_are_sent_and_kinds_are_filtered_again() {
    let subscribers = Fixture::named("neighbours/subscribers").wire();
    let server = Canned::start(move |_| subscribers.clone());
    let rig = server.rig();
    let list = |kind: &str| {
        let args = ["subscribers", "list", "-d", ACME, "--json", "--kind", kind];
        let rows = rig.run(&args).succeeds().json();
        let users = rows.as_array().expect("rows").iter();
        users.map(|row| row["user"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(list("user"), ["100", "route_by_ani"]);
    assert_eq!(list("queue"), ["400"]);
    assert_eq!(list("attendant"), ["500"]);
    let asked = server.asked();
    let filters = asked.iter().map(|asked| asked.query("filter"));
    let filters: Vec<_> = filters.map(Option::unwrap_or_default).collect();
    assert_eq!(filters, ["subscriber", "queue", "attendant"]);
    rig.run(&["subscribers", "list", "-d", ACME, "--kind", "device"])
        .exits(2);

    let rig = Rig::with_sandbox();
    let args = ["numbers", "list", "-d", ACME, "--user", "500", "--json"];
    assert_eq!(
        rig.run(&args).succeeds().json(),
        json!([{"number": "16165550192", "domain": ACME, "user": "500"}])
    );
    rig.run(&["numbers", "list", "-d", ACME, "--user", ""])
        .exits(2);
}

#[test]
fn the_domain_is_named_or_the_default_and_the_account_has_it() {
    let mut rig = Rig::with_sandbox();
    for noun in ["subscribers", "numbers"] {
        let ran = rig.run(&[noun, "list"]).exits(2);
        assert!(ran.stderr.contains("no domain is named"), "{}", ran.stderr);
        let ran = rig.run(&[noun, "list", "-d", "acne.15611.service", "--json"]);
        let ran = ran.exits(3);
        assert_eq!(ran.error()["code"], "unknown_domain");
        assert_eq!(
            ran.error()["hint"],
            format!("did you mean `skyswitch {noun} list --domain acme.15611.service --json`?")
        );
        let ran = rig.run(&[noun, "list", "-d", "a..b"]).exits(2);
        assert!(ran.stderr.contains("`a..b` is not a domain name"));
        let args = ["--json", "-d", "ACME.15611.SERVICE"];
        let ran = rig.run(&[&[noun, "list"], &args[..]].concat()).succeeds();
        assert_ne!(ran.json(), json!([]));
    }
    rig.set("SKYSWITCH_DOMAIN", "0000.15611.service");
    let ran = rig.run(&["numbers", "list"]).succeeds();
    assert_eq!((&*ran.stdout, &*ran.stderr), ("", "no numbers\n"));
    let ran = rig.run(&["subscribers", "list", "--json"]).succeeds();
    assert_eq!(ran.json(), json!([]));
}

#[test]
fn without_its_scope_each_says_which_are_granted() {
    for (scope, line) in [
        ("account", "subscribers list -d acme.15611.service"),
        ("account", "numbers list -d acme.15611.service"),
        ("pbx", "accounts list"),
    ] {
        let mut rig = Rig::with_sandbox();
        rig.set("SKYSWITCH_SCOPE", scope);
        let ran = rig.run(&[&words(line)[..], &["--json"]].concat()).exits(6);
        assert_eq!(ran.error()["code"], "forbidden", "{line}");
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn hostile_names_reach_no_terminal_and_no_file() {
    let body = r#"{"1\u001b[2J":{"name":"a\u001b]0;x\u0007","subscriber_login":"jane"},"100":{"name":"b"}}"#;
    let server = Canned::start(move |_| canned::json(200, body));
    let rig = server.rig();
    let ran = rig.run(&["subscribers", "list", "-d", ACME]).succeeds();
    assert!(!ran.stdout.contains('\u{1b}') && ran.stdout.contains("\\u{1b}"));
    let kept = rig
        .state_dir()
        .join(format!("extensions/default/of-{ACME}.json"));
    let kept = std::fs::read_to_string(kept).expect("kept");
    assert!(kept.contains(r#""names":["100"]"#), "{kept}");
}

#[test]
fn people_see_logins_in_tables_and_programs_where_they_ask() {
    let rig = Rig::with_sandbox();
    let table = rig
        .run(&words("subscribers list -d acme"))
        .succeeds()
        .stdout;
    assert!(table.starts_with("user          login "), "{table}");
    assert!(table.contains("200           jane "), "{table}");
    for (more, wanted) in [
        ("-o csv", "user,domain,name,kind"),
        ("-o csv --fields user,login", "user,login"),
        ("-o ndjson", r#"{"user":"route_by_ani","domain":"#),
        ("--jq .[1]|keys", r#"["domain","kind","name","user"]"#),
    ] {
        let line = format!("subscribers list -d acme {more}");
        let shown = rig.run(&words(&line)).succeeds().stdout;
        assert!(shown.starts_with(wanted), "{more}: {shown}");
    }
}
