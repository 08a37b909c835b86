//! `skyswitch routes explain` and `routes test`.

use crate::support::Rig;
use serde_json::Value;

const ACME: &str = "acme.15611.service";

#[test]
fn the_exact_route_wins_then_the_callers_then_none() {
    let rig = Rig::with_sandbox();
    let ask = |rest: &[&str]| -> Value {
        let args = [&["routes", "explain", "--json"][..], rest].concat();
        rig.run(&args).succeeds().json()
    };
    let one = ask(&["--from", "616-555-0102", "--to", "16165550190"]);
    assert_eq!(one["precedence"], "assumed");
    assert_eq!(one["domains"][0]["route"]["destination"], "200");
    assert_eq!(one["domains"][0]["others"][0]["why"], "less-specific");
    let one = ask(&["--from", "6165550102", "--to", "16165550191"]);
    assert_eq!(one["domains"][0]["route"]["destination"], "100");
    let one = ask(&["--from", "6165550177", "--domain", ACME]);
    assert_eq!(one["domains"][0]["outcome"], "no-route");
    let human = rig
        .run(&["routes", "explain", "--from", "6165550102"])
        .succeeds()
        .stdout;
    assert!(human.contains("assumed"), "{human}");
    rig.run(&["routes", "explain", "--from", "x"]).exits(2);
}

#[test]
fn a_file_is_asked_without_a_login() {
    let rig = Rig::new();
    let file = rig.file(
        "r.csv",
        "ani,domain,destination\n16165550101,a.example,jane\n",
    );
    let ran = rig.run(&[
        "routes", "explain", "--from", "6165550101", "-f", &file, "--json",
    ]);
    assert_eq!(
        ran.succeeds().json()["domains"][0]["route"]["destination"],
        "jane"
    );
}

#[test]
fn cases_pass_or_end_in_nine() {
    let rig = Rig::with_sandbox();
    let header = "from,to,domain,application,destination\n";
    let good = format!("{header}6165550101,,{ACME},user,john\n6165550177,,{ACME},,\n");
    let name = rig.file("cases.csv", &good);
    let ran = rig.run(&["routes", "test", &name, "--json"]).succeeds();
    assert_eq!(ran.json()["passed"], 2);
    let name = rig.file(
        "cases.csv",
        &format!("{good}6165550101,,{ACME},user,jane\n"),
    );
    let ran = rig.run(&["routes", "test", &name, "--json"]).exits(9);
    assert_eq!(ran.error()["code"], "expectation_failed");
    assert_eq!(ran.json()["failed"], 1);
    let ran = rig.run(&["routes", "test", &name]).exits(9);
    assert!(ran.stdout.contains("cases.csv:4"), "{}", ran.stdout);
    let routes = rig.file(
        "r.csv",
        &format!("ani,domain,destination\n16165550101,{ACME},jane\n"),
    );
    let ran = rig
        .run(&["routes", "test", &name, "-f", &routes, "--json"])
        .exits(9);
    assert_eq!(ran.json()["passed"], 2);
    rig.run(&["routes", "test", &rig.file("none.csv", header)])
        .exits(2);
}

#[test]
fn a_domain_that_the_account_does_not_have_is_no_domain_without_routes() {
    let rig = Rig::with_sandbox();
    let typo = "acne.15611.service";
    let explain = ["routes", "explain", "--from", "6165550101", "--json"];
    let ran = rig
        .run(&[&explain[..], &["--domain", typo]].concat())
        .exits(3);
    assert_eq!(ran.error()["code"], "unknown_domain");
    assert!(ran.error()["hint"].to_string().contains(ACME));
    let cases = format!("from,to,domain,application,destination\n6165550177,,{typo},,\n");
    let name = rig.file("cases.csv", &cases);
    let ran = rig.run(&["routes", "test", &name, "--json"]).exits(9);
    let case = &ran.json()["cases"][0];
    assert_eq!(case["detail"], "the account has no such domain");
    // A file is the whole state: it knows no other domains.
    let text = format!("ani,domain,destination\n16165550101,{ACME},jane\n");
    let routes = rig.file("r.csv", &text);
    rig.run(&["routes", "test", &name, "-f", &routes])
        .succeeds();
    let args = [&explain[..], &["--domain", typo, "-f", &routes]].concat();
    rig.run(&args).succeeds();
}

#[test]
fn a_domain_that_the_call_does_not_come_to_is_marked_in_the_result() {
    let rig = Rig::with_sandbox();
    let set = "routes set 6165550102 300 -d harborview --yes";
    rig.run(&set.split(' ').collect::<Vec<_>>()).succeeds();
    let explain = ["routes", "explain", "6165550102", "6165550190"];
    let ran = rig.run(&explain).succeeds();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines.contains(&ACME), "{}", ran.stdout);
    let marked = "harborview.15611.service (no such call reaches its routes)";
    assert!(lines.contains(&marked), "{}", ran.stdout);
    let json = rig.run(&[&explain[..], &["--json"]].concat()).succeeds();
    assert_eq!(
        json.json()["domains"][1]["domain"],
        "harborview.15611.service"
    );
}
