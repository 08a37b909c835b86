//! `doctor --probe`: against every quirk, every fault, kills, signals and other people.

use std::collections::BTreeMap;

use crate::support::{Rig, eventually, for_each};
use serde_json::Value;

const DOMAIN: &str = "0000.15611.service";
const PROBE: [&str; 6] = ["doctor", "--domain", DOMAIN, "--probe", "--yes", "--json"];

/// What the probe can find out, and what is true of the sandbox as it is.
const STRICT: [(&str, &str); 8] = [
    ("put-status", "201 201"),
    ("unknown-destination", "accepted"),
    ("rewriting", "sent"),
    ("default-application", "user"),
    ("lag", "0"),
    ("delete", "exact"),
    ("delete-gone", "404"),
    ("key", "spelling"),
];

/// What a run of the probe says it has found out.
fn found(report: &Value) -> BTreeMap<String, String> {
    let checks = report["checks"].as_array().expect("checks");
    let texts = checks
        .iter()
        .filter(|check| check["check"] == "probe" && check["state"] == "ok");
    texts
        .map(|check| {
            let text = check["text"].as_str().expect("a text");
            let (fact, value) = text.split_once(": ").expect("a fact");
            (fact.to_owned(), value.to_owned())
        })
        .collect()
}

/// What is true under these quirks.
fn truth(quirks: &[&str]) -> BTreeMap<&'static str, String> {
    let mut truth: BTreeMap<_, _> = STRICT
        .iter()
        .map(|(fact, value)| (*fact, (*value).to_owned()))
        .collect();
    for quirk in quirks {
        let (fact, value) = match quirk.split_once('=') {
            Some(("delete", word)) => ("delete", word),
            Some(("application", word)) => ("default-application", word),
            Some(("stores", "upper" | "full")) => ("rewriting", "changed"),
            Some(("numbers", "10" | "11" | "e164")) => ("key", "number"),
            Some(("unknown-user", "refused")) => ("unknown-destination", "refused"),
            Some(("not-found", status)) => ("delete-gone", status),
            _ => continue,
        };
        truth.insert(fact, value.to_owned());
    }
    truth
}

fn lag_of(quirks: &[&str]) -> u64 {
    let lag = quirks
        .iter()
        .find_map(|quirk| quirk.strip_prefix("read-lag="));
    lag.map_or(0, |lag| lag.parse().expect("a number"))
}

/// Runs the probe; what it says must be true, and everything stands as it stood. How many facts it found.
fn learns(quirks: &[&str], faults: &[&str]) -> usize {
    let rig = Rig::with_behaviour(quirks, faults);
    let before = rig.sandbox().routes().expect("state");
    let ran = rig.run(&PROBE);
    let context = format!("{quirks:?} {faults:?}\n{}\n{}", ran.stdout, ran.stderr);
    let mut found = match ran.stdout.is_empty() {
        true => BTreeMap::new(),
        false => found(&ran.json()),
    };
    let count = found.len();
    if let Some(lag) = found.remove("lag") {
        let (lag, true_one): (u64, u64) = (lag.parse().expect("milliseconds"), lag_of(quirks));
        assert!(
            lag >= true_one && (faults.is_empty() || lag < true_one + 60_000),
            "{context}"
        );
    }
    let truth = truth(quirks);
    for (fact, value) in &found {
        assert_eq!(Some(value), truth.get(fact.as_str()), "{fact}: {context}");
    }
    if ran.code != 8 {
        assert_eq!(rig.sandbox().routes().expect("state"), before, "{context}");
    }
    count
}

#[test]
fn everything_is_found_out_of_the_strict_sandbox_and_it_is_as_before() {
    assert_eq!(learns(&[], &[]), STRICT.len());
}

#[test]
fn each_quirk_is_found_out_or_nothing_is_said_of_it() {
    let all = STRICT.len();
    let cases: &[(&[&str], usize)] = &[
        (&["delete=wide"], all),
        (&["delete=caller"], all),
        (&["application=device"], all),
        (&["application=literal", "put=json"], all),
        (&["stores=upper", "put=text"], all),
        (&["stores=full"], all),
        (&["read-lag=1500"], all),
        (&["read-lag=2500", "delete=wide"], all),
        (&["numbers=10"], all),
        (&["numbers=11"], all),
        (&["numbers=e164", "delete=wide"], all),
        (&["not-found=400"], all),
        (&["whole-list=refused", "list=object", "dnis=absent"], all),
        (&["whole-list=empty", "filter=ignored"], all),
        (&["list-cap=100"], all),
        // Eleven rows are cut: what is not shown is not judged.
        (&["list-cap=8"], 4),
        (&["list-cap=2", "delete=wide"], 4),
        (&["lost-deletes"], 5),
        (&["delete-404=on"], 5),
        (&["delete-404=gone"], all),
        (&["lost-writes"], 0),
        (&["wide-put"], 4),
        (&["unknown-user=refused"], 1),
        (&["paging-lie"], 0),
    ];
    for_each(cases, |(quirks, at_least)| {
        let count = learns(quirks, &[]);
        assert!(count >= *at_least, "{quirks:?}: {count}");
    });
}

/// A domain that takes calls, or may, is no place for it: nothing is sent.
#[test]
fn it_writes_nowhere_where_calls_may_arrive() {
    let cases: &[(&str, &[&str], i32)] = &[
        ("acme.15611.service", &[], 5),
        (DOMAIN, &["GET *phone-numbers=status:403"], 5),
        (DOMAIN, &["GET *phone-numbers=status:500"], 5),
        // One answer that denies its numbers is not believed.
        (
            "acme.15611.service",
            &["GET *phone-numbers=reply:200:[] @1"],
            5,
        ),
        (DOMAIN, &["GET *phone-numbers=empty"], 5),
        ("nowhere.15611.service", &[], 3),
    ];
    for_each(cases, |(domain, faults, code)| {
        let rig = Rig::with_behaviour(&[], faults);
        let args = ["doctor", "--probe", "--yes", "--domain", domain];
        let ran = rig.run(&args).exits(*code);
        assert_eq!(
            rig.requests("PUT") + rig.requests("DELETE"),
            0,
            "{}",
            ran.stdout
        );
    });
    let rig = Rig::with_sandbox();
    let ran = rig.run(&["doctor", "--probe", "--domain", DOMAIN]).exits(5);
    assert!(ran.stdout.contains("--yes"), "{}", ran.stdout);
    let ran = rig.run(&["doctor", "--probe", "--yes"]).exits(2);
    assert!(ran.stderr.contains("--domain"), "{}", ran.stderr);
    assert_eq!(rig.requests("PUT"), 0);
}

fn somebodys_route(rig: &Rig) {
    let route = [
        "--ani", "16165550142", "--domain", DOMAIN, "--destination", "100",
    ];
    rig.run(&[&["routes", "set"][..], &route].concat())
        .succeeds();
}

/// Runs it until so many writes were sent, then signals it.
#[cfg(unix)] // signals
fn stopped_after(writes: usize, signal: &str) -> (Rig, crate::support::Ran) {
    let rig = Rig::with_sandbox();
    somebodys_route(&rig);
    let sent = || rig.requests("PUT") + rig.requests("DELETE") - 1;
    let mut command = rig.command(&PROBE);
    let command = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().expect("start");
    // Half of them come a whole window later.
    while sent() < writes && child.try_wait().expect("its state").is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let pid = child.id().to_string();
    // It may be over by then.
    let kill = std::process::Command::new("kill")
        .args([signal, &pid])
        .output();
    kill.expect("kill");
    let ran = crate::support::Ran::of(&child.wait_with_output().expect("wait"));
    (rig, ran)
}

/// What stands there: one route of somebody's, and nothing of the probe.
#[cfg(unix)] // signals
fn is_as_before(rig: &Rig) {
    let routes = rig.sandbox().routes().expect("state");
    let here: Vec<_> = routes
        .iter()
        .filter(|route| route.domain.as_deref() == Some(DOMAIN))
        .collect();
    assert_eq!(here.len(), 1, "{here:?}");
    assert_eq!(here[0].ani.as_deref(), Some("16165550142"));
}

#[cfg(unix)] // signals
fn broken_off(points: impl Iterator<Item = usize>) {
    let points: Vec<usize> = points.collect();
    for_each(&points, |writes| {
        let (rig, ran) = stopped_after(*writes, "-INT");
        assert!(ran.code == 130 || ran.code == 0, "{writes}: {ran:?}");
        is_as_before(&rig);
        let (rig, ran) = stopped_after(*writes, "-KILL");
        if ran.code == 0 {
            return;
        }
        let report = rig.run(&["doctor", "--json"]).succeeds().json();
        let checks = report["checks"].as_array().expect("checks");
        let named = checks.iter().find(|check| check["check"] == "probe");
        let text = named.expect("it is named").to_string();
        let history = rig.run(&["history", "--json"]).succeeds().json();
        let id = history[0]["id"].as_str().expect("an id");
        assert!(text.contains(&format!("undo {id}")), "{text}");
        // Without its id another run is meant.
        let plain = rig.run(&["undo", "--dry-run", "--json"]).succeeds().json();
        assert_eq!(plain["undoes"], history[1]["id"], "{plain}");
        let ran = rig.run(&["undo", id, "--yes"]);
        // Killed before the server carried anything out: there is nothing to take back.
        assert!(ran.code == 0 || ran.code == 3, "{writes}: {ran:?}");
        is_as_before(&rig);
        let report = rig.run(&["doctor", "--json"]).succeeds().stdout;
        assert!(!report.contains("broken off"), "{report}");
    });
}

#[cfg(unix)] // signals
#[test]
fn a_kill_is_taken_back_by_its_id_and_a_signal_at_once() {
    broken_off([1, 4, 13, 18].into_iter());
}

#[cfg(unix)] // signals
#[test]
#[ignore = "long: at every write"]
fn long_probe_broken_off_at_every_write() {
    broken_off(1..=32);
}

#[test]
fn somebody_else_at_work_ends_it_and_what_it_wrote_is_gone() {
    let rig = Rig::with_sandbox();
    let ran = std::thread::scope(|scope| {
        let ran = scope.spawn(|| rig.run(&PROBE));
        eventually("writes", || rig.requests("PUT") >= 8);
        somebodys_route(&rig);
        ran.join().expect("the probe")
    });
    let ran = ran.exits(5);
    assert!(
        ran.stdout.contains("somebody else is at work"),
        "{}",
        ran.stdout
    );
    let routes = rig.sandbox().routes().expect("state");
    assert_eq!(
        routes
            .iter()
            .filter(|route| route.domain.as_deref() == Some(DOMAIN))
            .count(),
        1
    );
}

/// One flaky answer may cost facts and makes none; neither does a server that is flaky all the time.
const FLAKY: [&str; 14] = [
    "status:500",
    "status:429:retry-after=1",
    "status:404",
    "status:204",
    "html",
    "empty",
    "reset",
    "commit-reset",
    "truncated",
    "invalid-json",
    "commit-status:500",
    "reply:200:[]",
    "latency:900",
    "late-commit:700:202",
];

fn flaky(seeds: std::ops::Range<u64>) {
    let mut cases = Vec::new();
    for seed in seeds {
        let mut random = fastrand::Rng::with_seed(seed);
        let action = FLAKY[random.usize(..FLAKY.len())];
        let method = ["GET", "PUT", "DELETE"][random.usize(..3)];
        let quirk = [
            "delete=wide", "delete=exact", "numbers=11", "read-lag=600", "application=device",
        ][random.usize(..5)];
        let at = random.usize(1..24);
        cases.push((quirk, format!("{method} *route-by-ani={action} @{at}")));
    }
    for_each(&cases, |(quirk, fault)| {
        learns(&[quirk], &[fault]);
    });
}

#[test]
fn a_flaky_answer_makes_no_fact() {
    flaky(0..24);
}

#[test]
#[ignore = "long: every fault at many places"]
fn long_probe_flaky_answers_make_no_fact() {
    for start in (24..624).step_by(60) {
        flaky(start..start + 60);
    }
}

/// Any number of quirks at once.
#[test]
#[ignore = "long: 300 sets of quirks"]
#[expect(
    clippy::print_stderr,
    reason = "how many facts are found out is a figure"
)]
fn long_probe_random_quirks() {
    let choices: [&[&str]; 12] = [
        &["delete=exact", "delete=wide", "delete=caller"],
        &[
            "application=user", "application=device", "application=literal",
        ],
        &["stores=sent", "stores=upper", "stores=full"],
        &["read-lag=0", "read-lag=300", "read-lag=1800"],
        &["put=empty", "put=json", "put=text"],
        &[
            "list-cap=3", "list-cap=8", "list-cap=12", "list-cap=100", "list-cap=5000",
        ],
        &["whole-list=given", "whole-list=refused", "whole-list=empty"],
        &[
            "numbers=as-sent", "numbers=10", "numbers=11", "numbers=e164",
        ],
        &[
            "delete-404=off", "delete-404=gone", "delete-404=on", "lost-deletes",
        ],
        &["not-found=404", "not-found=400"],
        &["list=array", "list=data", "list=object"],
        &["wide-put=off", "lost-writes=off", "wide-put", "lost-writes"],
    ];
    let mut found = 0;
    for start in (0..300u64).step_by(30) {
        let sets: Vec<Vec<&str>> = (start..start + 30)
            .map(|seed| {
                let mut random = fastrand::Rng::with_seed(seed);
                let mut pick = |words: &[&'static str]| match random.f64() < 0.5 {
                    true => words[0],
                    false => words[random.usize(..words.len())],
                };
                choices.iter().map(|words| pick(words)).collect()
            })
            .collect();
        let counts = std::sync::Mutex::new(0);
        for_each(&sets, |quirks| {
            *counts.lock().expect("lock") += learns(quirks, &[])
        });
        found += counts.into_inner().expect("lock");
    }
    eprintln!(
        "300 sets: {found} of {} facts found out, none false",
        300 * STRICT.len()
    );
}

#[cfg(unix)] // a terminal
#[test]
fn a_live_domain_is_refused_before_anybody_is_asked_and_a_no_is_no_fault() {
    use crate::support::terminal::Terminal;
    let rig = Rig::with_sandbox();
    let start = |domain| Terminal::start(&rig, 120, &["doctor", "--probe", "-d", domain]);
    let (code, shown) = start("acme").finish();
    assert!(code == 5 && shown.contains("so it takes calls"), "{shown}");
    assert!(!shown.contains("[y/N]"), "{shown}");
    let terminal = start(DOMAIN);
    terminal.expect("[y/N]");
    terminal.types("n\n");
    let (code, shown) = terminal.finish();
    assert!(
        code == 0 && shown.contains("not confirmed; nothing was changed"),
        "{shown}"
    );
    assert_eq!(rig.requests("PUT"), 0);
}
