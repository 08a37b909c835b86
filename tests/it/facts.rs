//! What the server is found out to do: by the way, kept, shown, and what it switches.

use serde_json::{Value, json};
use skyswitch::model::Route;
use skyswitch::sandbox::Options;

use crate::support::world::options;
use crate::support::{Ran, Rig, for_each};

const DOMAIN: &str = "a.example";

/// A route of [`DOMAIN`].
fn route(ani: &str, dnis: Option<&str>) -> Route {
    Route {
        ani: Some(ani.to_owned()),
        dnis: dnis.map(str::to_owned),
        domain: Some(DOMAIN.to_owned()),
        application: Some("user".to_owned()),
        destination: Some("john".to_owned()),
    }
}

/// A caller with a route for any called number and two for single ones, and another caller.
fn siblings() -> Vec<Route> {
    vec![
        route("16165550101", None),
        route("16165550101", Some("16165550190")),
        route("16165550101", Some("16165550191")),
        route("16165550102", None),
    ]
}

fn rig(routes: &[Route], quirks: &[&str]) -> Rig {
    Rig::with_options(options(routes, quirks, &[]))
}

/// What is known of a fact: value and standing.
#[track_caller]
fn known(rig: &Rig, fact: &str) -> (Option<String>, Option<String>) {
    let report = rig.run(&["doctor", "--json"]).succeeds().json();
    let facts = report["facts"].as_array().expect("facts");
    let found = facts.iter().find(|known| known["fact"] == fact);
    let found = found.expect("a fact of the table");
    let text = |name: &str| found[name].as_str().map(str::to_owned);
    (text("value"), text("standing"))
}

#[track_caller]
fn observed(rig: &Rig, fact: &str, value: &str) {
    let seen = known(rig, fact);
    assert_eq!(
        seen,
        (Some(value.to_owned()), Some("observed".to_owned())),
        "{fact}"
    );
}

fn delete(rig: &Rig, more: &[&str]) -> Ran {
    let args = [
        "routes", "delete", "--ani", "16165550101", "--yes", "--domain",
    ];
    rig.run(&[&args[..], &[DOMAIN], more].concat())
}

#[test]
fn the_form_of_lists_is_learnt_without_a_request() {
    let cases = [
        (vec!["routes=data"], "list-shape", "data"),
        (vec!["routes=object"], "list-shape", "map"),
        (vec![], "list-shape", "array"),
        (vec!["dnis=absent"], "dnis-form", "absent"),
        (vec!["dnis=empty"], "dnis-form", "empty"),
        (vec![], "dnis-form", "null"),
        (vec!["numbers=e164"], "spellings", "+"),
        (vec!["numbers=10"], "spellings", "10"),
    ];
    for_each(&cases, |(quirks, fact, value)| {
        let rig = rig(&siblings(), quirks);
        rig.run(&["routes", "list", "--json"]).succeeds();
        let asked = rig.requests("GET");
        assert_eq!(asked, 1);
        observed(&rig, fact, value);
    });
}

#[test]
fn a_lag_is_learnt_by_the_write_that_was_not_shown_at_once() {
    let set = |rig: &Rig| {
        let args = [
            "routes", "set", "--ani", "16165550103", "--destination", "jane", "--domain",
        ];
        rig.run(&[&args[..], &[DOMAIN]].concat()).succeeds();
    };
    let quick = rig(&siblings(), &[]);
    set(&quick);
    assert_eq!(known(&quick, "lag").0, None, "shown at once");
    let slow = rig(&siblings(), &["read-lag=1500"]);
    set(&slow);
    let (value, standing) = known(&slow, "lag");
    let lag: u64 = value.expect("a lag").parse().expect("milliseconds");
    assert!((600..=1500).contains(&lag), "{lag}");
    assert_eq!(standing.as_deref(), Some("observed"));
}

#[test]
fn siblings_that_went_along_are_learnt_and_those_that_stayed_are_not() {
    let cases = [
        (
            "delete=wide",
            ["--dnis=", "--allow-wide-delete"],
            0,
            Some("wide"),
        ),
        (
            "delete=caller",
            ["--dnis=16165550190", "--ignore-missing"],
            8,
            Some("caller"),
        ),
        ("delete=exact", ["--dnis=", "--allow-wide-delete"], 0, None),
    ];
    for_each(&cases, |(quirk, flags, code, value)| {
        let rig = rig(&siblings(), &[quirk]);
        delete(&rig, flags).exits(*code);
        assert_eq!(known(&rig, "delete").0.as_deref(), *value, "{quirk}");
    });
}

#[test]
fn what_is_noted_is_kept_private_once_and_for_the_sandbox_whatever_its_port() {
    let rig = Rig::new();
    for _ in 0..2 {
        rig.run(&["routes", "list", "--sandbox", "--json"])
            .succeeds();
    }
    let directory = rig.state_dir().join("sandbox/servers");
    let files: Vec<_> = std::fs::read_dir(directory)
        .expect("a directory")
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let text = std::fs::read_to_string(&files[0]).expect("text");
    let record: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(record["facts"]["list-shape"]["samples"], json!(1));
    #[cfg(unix)] // modes of files
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&files[0])
            .expect("stat")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_rate_is_learnt_from_a_refusal() {
    let mut csv = "ani,domain,destination\n".to_owned();
    for at in 0..30 {
        csv.push_str(&format!("1616555{at:04},{DOMAIN},john\n"));
    }
    let limited = rig(&[], &["rate-limit=25/4s"]);
    let file = limited.file("r.csv", &csv);
    limited.run(&["routes", "apply", &file, "--yes"]).succeeds();
    observed(&limited, "rate", "25/4s");
}

#[test]
fn a_place_that_cannot_be_written_costs_the_fact_and_not_the_command() {
    let rig = Rig::with_options(Options::default());
    rig.file("state/servers", "in the way");
    rig.run(&["routes", "list", "--json"]).succeeds();
    assert_eq!(known(&rig, "list-shape").0, None);
}

/// A domain with callers of both spellings, and one of another domain.
fn mixed() -> Vec<Route> {
    let mut routes = siblings();
    routes.push(route("6165550103", None));
    routes.push(Route {
        domain: Some("b.example".to_owned()),
        ..route("16165550104", None)
    });
    routes
}

/// Runs `doctor` for the domain, which may read so often and no more; what it found out.
fn doctor(rig: &Rig) -> Vec<(String, String)> {
    let before = rig.requests("GET");
    let report = rig
        .run(&["doctor", "--json", "--domain", DOMAIN])
        .succeeds()
        .json();
    // The root, the token and the list of domains are asked for beside them.
    let reads = rig.requests("GET") - before;
    assert!(reads <= 12 + 3, "{reads} reads");
    assert_eq!(rig.requests("PUT") + rig.requests("DELETE"), 0);
    let text = |known: &Value, name: &str| known[name].as_str().map(str::to_owned);
    let facts = report["facts"].as_array().expect("facts");
    let probed = facts.iter().filter(|known| known["standing"] == "probed");
    probed
        .map(|known| {
            (
                text(known, "fact").expect("a name"),
                text(known, "value").expect("a value"),
            )
        })
        .collect()
}

#[test]
fn doctor_finds_out_what_is_true_or_says_nothing() {
    let long: Vec<Route> = (0..150)
        .map(|at| route(&format!("1616555{at:04}"), None))
        .collect();
    let one = vec![route("16165550101", None)];
    type Case<'a> = (Vec<Route>, &'a [&'a str], &'a [(&'a str, Option<&'a str>)]);
    let cases: Vec<Case<'_>> = vec![
        (
            mixed(),
            &[],
            &[
                ("paging", Some("refused")),
                ("whole-list", Some("given")),
                ("ani-filter", Some("exact")),
                ("ani-spelling", Some("own")),
                ("domain-case", None),
                ("ten-digit", Some("match")),
                ("list-cut", None),
            ],
        ),
        (
            mixed(),
            &["paging=on"],
            &[("paging", Some("understood")), ("list-cut", None)],
        ),
        (mixed(), &["paging=ignored"], &[("paging", Some("ignored"))]),
        (
            mixed(),
            &["whole-list=refused"],
            &[("whole-list", Some("refused"))],
        ),
        (
            mixed(),
            &["whole-list=empty"],
            &[("whole-list", Some("empty"))],
        ),
        (
            mixed(),
            &["filter=substring"],
            &[("ani-filter", Some("parts")), ("ani-spelling", None)],
        ),
        (
            mixed(),
            &["filter=ignored"],
            &[("ani-filter", Some("ignored")), ("ani-spelling", None)],
        ),
        (
            one.clone(),
            &["filter=ignored"],
            &[("ani-filter", None), ("ani-spelling", None)],
        ),
        (
            one.clone(),
            &["filter=substring"],
            &[("ani-filter", None), ("ani-spelling", None)],
        ),
        (one, &[], &[("ani-filter", Some("exact")), ("paging", None)]),
        (
            mixed(),
            &["numbers=11"],
            &[("ani-filter", Some("exact")), ("ani-spelling", Some("any"))],
        ),
        (
            mixed(),
            &["ten-digits=never"],
            &[("ten-digit", Some("never"))],
        ),
        (
            long.clone(),
            &["list-cap=100", "paging=on"],
            &[("paging", Some("understood")), ("list-cut", Some("100"))],
        ),
        (
            long.clone(),
            &["list-cap=100"],
            &[("paging", Some("refused")), ("list-cut", None)],
        ),
        (
            long,
            &["paging=on"],
            &[("paging", Some("understood")), ("list-cut", None)],
        ),
        (
            vec![],
            &[],
            &[("paging", None), ("ani-filter", None), ("whole-list", None)],
        ),
    ];
    for_each(&cases, |(routes, quirks, facts)| {
        let rig = rig(routes, quirks);
        let found = doctor(&rig);
        for (fact, value) in *facts {
            let known = found.iter().find(|(name, _)| name == fact);
            let known = known.map(|(_, value)| value.as_str());
            assert_eq!(known, *value, "{quirks:?} {fact}");
        }
    });
}

#[test]
fn one_flaky_answer_costs_doctor_a_fact_and_makes_none() {
    let refusals = [
        "status:400", "status:404", "status:500", "status:429", "html", "truncated", "empty",
        "reset", "reply:200:[]",
    ];
    let places = ["@2", "@3", "@4", "@5", "@6"];
    let cases: Vec<String> = refusals
        .iter()
        .flat_map(|action| places.map(|at| format!("GET */route-by-ani={action}{at}")))
        .collect();
    // With rows in ten digits the last question is one too many.
    let healthy = [doctor(&rig(&mixed(), &[])), doctor(&rig(&siblings(), &[]))].concat();
    assert!(healthy.contains(&("domain-case".to_owned(), "ignored".to_owned())));
    for_each(&cases, |fault| {
        let rig = Rig::with_options(options(&mixed(), &[], &[fault]));
        let ran = rig.run(&["doctor", "--json", "--domain", DOMAIN]);
        let report = ran.json();
        let facts = report["facts"].as_array().expect("facts");
        for known in facts.iter().filter(|known| known["standing"] == "probed") {
            let known = (
                known["fact"].as_str().expect("a name"),
                known["value"].as_str().expect("a value"),
            );
            let same = healthy
                .iter()
                .any(|(fact, value)| (fact.as_str(), value.as_str()) == known);
            assert!(same, "{fault}: {known:?}");
        }
    });
}

#[test]
fn the_set_up_is_read_and_explain_says_what_does_not_arrive() {
    let state = |rig: &Rig, domain: &str, check: &str| {
        let report = rig.run(&["doctor", "--json", "--domain", domain]).json();
        let checks = report["checks"].as_array().expect("checks").clone();
        let found = checks.into_iter().find(|found| found["check"] == check);
        found.expect("the check")["state"]
            .as_str()
            .map(str::to_owned)
    };
    let rig = Rig::with_options(Options::default());
    for (domain, check, expected) in [
        ("acme.15611.service", "user", "ok"),
        ("acme.15611.service", "numbers", "ok"),
        ("0000.15611.service", "user", "warn"),
        ("0000.15611.service", "numbers", "warn"),
    ] {
        assert_eq!(
            state(&rig, domain, check).as_deref(),
            Some(expected),
            "{domain} {check}"
        );
    }
    let explain = |to: &[&str]| {
        let args = [
            "routes", "explain", "--from", "6165550101", "--domain", "acme.15611.service",
        ];
        rig.run(&[&args[..], to].concat()).succeeds().stderr
    };
    assert_eq!(explain(&[]), "");
    assert_eq!(explain(&["--to", "6165550190"]), "");
    let warning = explain(&["--to", "6165550999"]);
    assert!(
        warning.contains("do not reach the routes of acme.15611.service"),
        "{warning}"
    );
    // Where it cannot be read nothing is said, and nothing fails.
    let mut rig = Rig::with_behaviour(&[], &["GET */subscribers=status:403"]);
    rig.set("SKYSWITCH_DOMAIN", "acme.15611.service");
    let ran = rig.run(&[
        "routes", "explain", "--from", "6165550101", "--to", "6165550999",
    ]);
    assert_eq!(ran.succeeds().stderr, "");
    assert_eq!(
        state(&rig, "acme.15611.service", "user").as_deref(),
        Some("warn")
    );
}

#[test]
fn a_report_has_nothing_of_anybodys_in_it() {
    let rig = rig(&mixed(), &["paging=on"]);
    for args in [
        &["--domain", DOMAIN][..],
        &[],
        &["--json", "--domain", DOMAIN],
    ] {
        let ran = rig
            .run(&[&["doctor", "--report"], args].concat())
            .succeeds();
        let given = rig.sandbox().credentials();
        let canaries = [
            "616",
            "555",
            DOMAIN,
            "example",
            "john",
            &given.account_id,
            &given.username,
            &given.client_id,
            "127.0.0.1",
            rig.home().to_str().expect("a path"),
        ];
        for canary in canaries {
            assert!(!ran.stdout.contains(canary), "{canary}: {}", ran.stdout);
        }
        assert_eq!(ran.stderr, "");
        assert!(ran.stdout.contains("understood"), "{}", ran.stdout);
    }
}

#[test]
fn status_has_one_line_of_it() {
    let rig = rig(&mixed(), &[]);
    let line = |rig: &Rig| {
        let text = rig.run(&["status"]).succeeds().stdout;
        let lines: Vec<String> = text
            .lines()
            .filter(|line| line.starts_with("server "))
            .map(str::to_owned)
            .collect();
        assert_eq!(lines.len(), 1, "{text}");
        lines[0].clone()
    };
    assert!(line(&rig).contains("nothing known"));
    doctor(&rig);
    let known = line(&rig);
    assert!(known.contains("8 facts known"), "{known}");
    age(&rig, 80);
    assert!(
        line(&rig).contains("soon forgotten: paging"),
        "{}",
        line(&rig)
    );
    age(&rig, 91);
    assert!(line(&rig).contains("nothing known"));
}

/// The file of facts.
fn record(rig: &Rig) -> std::path::PathBuf {
    let directory = rig.state_dir().join("servers");
    let files = std::fs::read_dir(directory).expect("a directory").flatten();
    let mut files = files.map(|file| file.path());
    let file = files.find(|path| path.extension().is_some());
    file.expect("a file")
}

/// Changes the facts in the file.
fn edit(rig: &Rig, edit: impl FnOnce(&mut Value)) {
    let file = record(rig);
    let text = std::fs::read_to_string(&file).expect("text");
    let mut record: Value = serde_json::from_str(&text).expect("JSON");
    edit(&mut record["facts"]);
    std::fs::write(&file, record.to_string()).expect("write");
}

/// All facts were seen so many days ago.
fn age(rig: &Rig, days: i64) {
    let seen = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days);
    edit(rig, |facts| {
        for known in facts.as_object_mut().expect("facts").values_mut() {
            known["seen"] = json!(seen.to_string());
        }
    });
}

/// Makes a fact known, as if somebody had found it out today.
fn know(rig: &Rig, fact: &str, value: &str, standing: &str) {
    // A command that reads routes makes the file.
    rig.run(&["routes", "list", "--json"]);
    edit(rig, |facts| {
        facts[fact] = json!({
            "value": value, "standing": standing, "seen": jiff::Timestamp::now().to_string(),
            "run": "doctor", "samples": 1,
        });
    });
}

#[test]
fn exact_deletes_that_doctor_found_lift_the_refusal_and_nothing_else_does() {
    let cases = [
        (None, 5),
        (Some(("exact", "probed")), 0),
        (Some(("exact", "observed")), 5),
        (Some(("wide", "probed")), 5),
        (Some(("wide", "observed")), 5),
    ];
    for_each(&cases, |(fact, code)| {
        let rig = rig(&siblings(), &[]);
        if let Some((value, standing)) = fact {
            know(&rig, "delete", value, standing);
        }
        delete(&rig, &["--dnis="]).exits(*code);
        let left = rig.sandbox().routes().expect("state").len();
        assert_eq!(left, if *code == 0 { 3 } else { 4 }, "{fact:?}");
        // The same in a plan and in what takes it back.
        let file = rig.file(
            "r.csv",
            &format!("ani,domain,destination,state\n16165550101,{DOMAIN},,absent\n"),
        );
        let ran = rig.run(&[
            "routes", "apply", &file, "--yes", "--allow-empty-domain", DOMAIN,
        ]);
        ran.exits(*code);
    });
}

#[test]
fn siblings_that_vanish_all_the_same_are_put_back_and_end_the_fact() {
    let rig = rig(&siblings(), &["delete=wide"]);
    know(&rig, "delete", "exact", "probed");
    let ran = delete(&rig, &["--dnis="]).exits(8);
    assert!(
        ran.stderr
            .contains("is not known any more: `delete` was `exact`"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        rig.sandbox().routes().expect("state").len(),
        3,
        "both are back"
    );
    assert!(known(&rig, "delete").0.is_none_or(|value| value == "wide"));
    delete(&rig, &["--ignore-missing", "--dnis="]).succeeds();
}

#[test]
fn a_filter_that_finds_any_spelling_is_asked_once() {
    let long: Vec<Route> = (0..1100)
        .map(|at| route(&format!("1616555{at:04}"), None))
        .collect();
    let asked = |rig: &Rig| {
        let before = rig.requests("GET");
        let args = [
            "routes", "set", "--ani", "16165559999", "--destination", "jane", "--domain", DOMAIN,
        ];
        rig.run(&args).succeeds();
        rig.requests("GET") - before
    };
    let usual = asked(&rig(&long, &["numbers=11"]));
    for (standing, fewer) in [("probed", 2), ("observed", 0)] {
        let rig = rig(&long, &["numbers=11"]);
        know(&rig, "ani-filter", "exact", standing);
        know(&rig, "ani-spelling", "any", standing);
        assert_eq!(asked(&rig), usual - fewer, "{standing}");
    }
    // Where spellings count, a double in another one is still found.
    let mut doubled = long.clone();
    doubled.push(route("6165550001", None));
    let rig = rig(&doubled, &[]);
    know(&rig, "ani-filter", "exact", "probed");
    know(&rig, "ani-spelling", "own", "probed");
    let args = [
        "routes", "set", "--ani", "16165550001", "--destination", "jane", "--domain", DOMAIN,
    ];
    rig.run(&args).exits(5);
}

#[test]
fn a_longer_lag_lengthens_the_window_and_a_quick_read_does_not_shorten_it() {
    let takes = |lag: Option<&str>| {
        let rig = rig(&siblings(), &["lost-writes=on"]);
        if let Some(lag) = lag {
            know(&rig, "lag", lag, "observed");
        }
        let started = std::time::Instant::now();
        let args = [
            "routes", "set", "--ani", "16165550109", "--destination", "jane", "--domain", DOMAIN,
        ];
        rig.run(&args).exits(8);
        started.elapsed().as_secs()
    };
    let cases = [(None, 15), (Some("10"), 15), (Some("9000"), 18)];
    for_each(&cases, |(lag, seconds)| {
        let took = takes(*lag);
        assert!((*seconds..seconds + 3).contains(&took), "{lag:?}: {took} s");
    });
}

#[test]
fn a_known_rate_is_kept_from_the_first_request_on_and_told_in_the_plan() {
    let file = |rig: &Rig| {
        let mut csv = "ani,domain,destination\n".to_owned();
        for at in 0..60 {
            csv.push_str(&format!("1616555{at:04},{DOMAIN},john\n"));
        }
        rig.file("r.csv", &csv)
    };
    let refused = |rig: &Rig| {
        let log = rig.sandbox().log();
        log.iter().filter(|entry| entry.status == Some(429)).count()
    };
    let unknown = rig(&[], &["rate-limit=30/3s"]);
    let plan = unknown.run(&["routes", "plan", &file(&unknown)]).succeeds();
    assert!(
        !plan.stdout.contains("the server allows"),
        "{}",
        plan.stdout
    );
    let rig = rig(&[], &["rate-limit=30/3s"]);
    know(&rig, "rate", "30/3s", "observed");
    let file = file(&rig);
    let plan = rig.run(&["routes", "plan", &file]).succeeds();
    let words = "this takes about 6 seconds: the server allows 30 requests in 3 seconds";
    assert!(plan.stdout.contains(words), "{}", plan.stdout);
    let json = rig.run(&["routes", "plan", &file, "--json"]).succeeds();
    assert!(!json.stdout.contains("allows"));
    let started = std::time::Instant::now();
    rig.run(&["routes", "apply", &file, "--yes"]).succeeds();
    assert_eq!(refused(&rig), 0, "none is refused");
    let took = started.elapsed().as_secs();
    assert!((3..15).contains(&took), "{took} s");
}

#[test]
fn rows_in_ten_digits_are_warned_of_where_they_never_match() {
    let routes = [route("6165550101", None), route("16165550102", None)];
    for (value, warned) in [(None, false), (Some("match"), false), (Some("never"), true)] {
        let rig = rig(&routes, &[]);
        if let Some(value) = value {
            know(&rig, "ten-digit", value, "probed");
        }
        let file = rig.file(
            "r.csv",
            &format!(
                "ani,domain,destination\n6165550101,{DOMAIN},jane\n16165550102,{DOMAIN},jane\n"
            ),
        );
        let plan = rig
            .run(&["routes", "plan", &file, "--json"])
            .succeeds()
            .json();
        let warnings = plan["warnings"].as_array().expect("warnings");
        let codes: Vec<&str> = warnings
            .iter()
            .filter_map(|one| one["code"].as_str())
            .collect();
        assert_eq!(codes.contains(&"dead-spelling"), warned, "{codes:?}");
        let args = [
            "routes", "set", "--ani", "6165550101", "--destination", "jane", "--domain", DOMAIN,
        ];
        let set = rig.run(&args).succeeds();
        assert_eq!(
            set.stderr.contains("stands in ten digits"),
            warned,
            "{}",
            set.stderr
        );
    }
}

#[test]
fn siblings_that_stay_a_whole_window_renew_what_doctor_found() {
    let rig = rig(&siblings(), &[]);
    know(&rig, "delete", "exact", "probed");
    age(&rig, 40);
    delete(&rig, &["--dnis="]).succeeds();
    let seen = |rig: &Rig| {
        rig.run(&["routes", "explain", "6165550101", "-d", DOMAIN])
            .succeeds();
        let report = rig.run(&["doctor", "--json"]).succeeds().json();
        let facts = report["facts"].as_array().expect("facts").clone();
        let delete = facts.into_iter().find(|known| known["fact"] == "delete");
        delete.expect("a fact")["samples"]
            .as_str()
            .map(str::to_owned)
    };
    assert_eq!(seen(&rig).as_deref(), Some("1"), "not within the window");
    let journal = std::fs::read_dir(rig.state_dir().join("journal")).expect("a directory");
    for run in journal.flatten() {
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(20);
        let file = std::fs::File::options()
            .append(true)
            .open(run.path())
            .expect("open");
        file.set_modified(then).expect("age");
    }
    assert_eq!(seen(&rig).as_deref(), Some("2"));
}
