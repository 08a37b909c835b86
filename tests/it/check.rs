//! `routes check` end to end, and the glance at neighbours before a write.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use skyswitch::sandbox::{Options, Quirk, Seed};

use crate::support::{Rig, is_glance};

const ACME: &str = "acme.15611.service";

/// A machine whose sandbox starts from these rows, with quirks and faults.
fn rig(seed: &Value, quirks: &[&str], faults: &[&str]) -> Rig {
    let file = tempfile::NamedTempFile::new().expect("temp");
    std::fs::write(file.path(), seed.to_string()).expect("seed");
    let mut options = Options {
        seed: Some(Seed::read(file.path()).expect("a seed")),
        faults: crate::support::world::faults(faults),
        ..Options::default()
    };
    for quirk in quirks {
        options
            .quirks
            .set(&quirk.parse::<Quirk>().expect("a quirk"));
    }
    Rig::with_options(options)
}

/// A route of acme; `-` for no dnis.
fn row(ani: &str, dnis: &str, application: &str, destination: &str) -> Value {
    let dnis = Some(dnis).filter(|dnis| *dnis != "-");
    json!({"ani": ani, "dnis": dnis, "domain": ACME, "application": application, "destination": destination})
}

/// Acme with two users, a queue and two numbers, one of which leads elsewhere.
fn acme(routes: &[Value]) -> Value {
    let user = |user: &str, login: &str| json!({"domain": ACME, "user": user, "login": login});
    let number = |number: &str, user: &str| json!({"domain": ACME, "number": number, "user": user, "treatment": "user"});
    json!({
        "domains": [{"domain": ACME}, {"domain": "other.15611.service"}],
        "routes": routes,
        "subscribers": [user("100", "john"), user("200", "frontdesk"), {"domain": ACME, "user": "route_by_ani"}],
        "numbers": [number("16165550190", "route_by_ani"), number("16165550191", "100")],
    })
}

/// One row of each kind that can be mended by its command.
fn ailing() -> Value {
    acme(&[
        row("16165550101", "-", "user", "frontdsk"),
        row("16165550102", "-", "user", "John"),
        row("16165550103", "-", "user", "100 "),
        row("16165550104", "-", "user", "sip:x@carrier.example"),
        row("6165550105", "-", "user", "100"),
        row("6165550106", "-", "user", "100"),
        row("16165550106", "-", "user", "200"),
    ])
}

fn codes(rows: &Value) -> Vec<String> {
    let rows = rows.as_array().expect("rows").iter();
    rows.map(|row| {
        format!(
            "{} {}",
            row["severity"].as_str().expect("text"),
            row["code"].as_str().expect("text")
        )
    })
    .collect()
}

#[test]
fn findings_are_grouped_for_people_and_their_commands_mend_them() {
    let rig = rig(&ailing(), &[], &[]);
    let told = rig.run(&["routes", "check"]).succeeds();
    assert_eq!(
        told.stdout,
        format!("\
{ACME}
  error one-key-twice
    16165550106: 2 rows have this key, and which of them counts is unknown: 6165550106 → 100 @ {ACME}; 16165550106 → 200 @ {ACME}
      skyswitch --raw-numbers routes delete --ani 6165550106 --domain {ACME}
  error unknown-destination
    16165550101: `frontdsk` is neither user nor login of the domain; did you mean `frontdesk`?
      skyswitch routes set --ani 16165550101 --domain {ACME} --destination frontdesk --application user
  warning application-mismatch
    16165550104: `sip:x@carrier.example` looks like a `literal` destination, and the application is `user`
      skyswitch routes set --ani 16165550104 --domain {ACME} --destination sip:x@carrier.example --application literal
  warning case-only
    16165550102: `John` differs from `john` in upper and lower case only
      skyswitch routes set --ani 16165550102 --domain {ACME} --destination john --application user
  warning edge-space
    16165550103: `100 ` begins or ends with a space
      skyswitch routes set --ani 16165550103 --domain {ACME} --destination 100 --application user
  warning ten-digits
    16165550105: `6165550105` is spelled in ten digits: others here have eleven, and by a pattern of ten no call may match
      skyswitch --raw-numbers routes delete --ani 6165550105 --domain {ACME} --yes && skyswitch routes set --ani 16165550105 --domain {ACME} --destination 100 --application user
7 routes in 1 domain: 2 errors, 4 warnings
")
    );
    assert_eq!(told.stderr, "");
    for line in told
        .stdout
        .lines()
        .filter(|line| line.trim_start().starts_with("skyswitch "))
    {
        for command in line.split(" && ") {
            let words = shell_words::split(command.trim()).expect("words");
            let mut words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
            if words.contains(&"delete") && !words.contains(&"--yes") {
                words.push("--yes");
            }
            rig.run(&words).succeeds();
        }
    }
    let told = rig.run(&["routes", "check", "--strict"]).succeeds();
    assert_eq!(told.stdout, "6 routes in 1 domain: nothing found\n");
}

#[test]
fn findings_are_rows_and_strict_is_9() {
    let rig = rig(&ailing(), &[], &[]);
    let ran = rig.run(&["routes", "check", "--json"]).succeeds();
    let rows = ran.json();
    assert_eq!(
        rows[1],
        json!({"severity": "error", "code": "unknown-destination", "key": format!("16165550101 @ {ACME}"),
               "text": "`frontdsk` is neither user nor login of the domain; did you mean `frontdesk`?"})
    );
    assert_eq!(rows.as_array().map(Vec::len), Some(6));
    let strict = rig.run(&["routes", "check", "--strict", "--json"]).exits(9);
    assert_eq!(strict.json(), rows);
    assert_eq!(strict.error()["code"], "findings");
    let csv = rig
        .run(&["routes", "check", "-o", "csv", "--fields", "code,key"])
        .succeeds();
    assert!(
        csv.stdout
            .starts_with("code,key\none-key-twice,16165550106 @ acme"),
        "{}",
        csv.stdout
    );
    let jq = rig
        .run(&["routes", "check", "--jq", "[.[].severity] | unique"])
        .succeeds();
    assert_eq!(jq.json(), json!(["error", "warning"]));
    rig.run(&["routes", "check", "--fields", "ani"]).exits(2);
    // The sample is well: what its forms of destinations may mean is a note.
    let sample = Rig::with_sandbox();
    let ran = sample
        .run(&["routes", "check", "--strict", "--json"])
        .succeeds();
    assert_eq!(
        codes(&ran.json()),
        [
            "note doubled-prefix", "note shadowed-route", "note shadowed-route"
        ]
    );
}

#[test]
fn a_domain_costs_at_most_three_more_requests_and_two_where_no_called_number_is_named() {
    for (dnis, requests) in [("16165550190", 4), ("-", 3)] {
        let rig = rig(&acme(&[row("16165550101", dnis, "user", "john")]), &[], &[]);
        let ran = rig
            .run(&["routes", "check", "--strict", "-d", ACME])
            .succeeds();
        assert_eq!(ran.stdout, "1 route in 1 domain: nothing found\n");
        let log = rig.sandbox().log();
        let api = log
            .iter()
            .filter(|entry| !entry.path.starts_with("/oauth/"));
        assert_eq!(api.count(), requests, "{log:#?}");
    }
}

#[test]
fn domains_are_named_or_the_default_and_must_be_the_accounts() {
    let mut rig = rig(&ailing(), &[], &[]);
    let other = ["routes", "check", "-d", "other.15611.service"];
    let ran = rig.run(&other).succeeds();
    assert_eq!(ran.stdout, "0 routes in 1 domain: nothing found\n");
    let ran = rig
        .run(&["routes", "check", "-d", "acne.15611.service", "--json"])
        .exits(3);
    assert_eq!(
        ran.error()["hint"],
        format!("did you mean `skyswitch routes check --domain {ACME} --json`?")
    );
    assert_eq!(ran.stdout, "");
    rig.set("SKYSWITCH_DOMAIN", "other.15611.service");
    let ran = rig.run(&["routes", "check"]).succeeds();
    assert_eq!(ran.stdout, "0 routes in 1 domain: nothing found\n");
    let both = rig
        .run(&[&other[..], &["-d", ACME, "--json"]].concat())
        .succeeds();
    assert_eq!(both.json().as_array().map(Vec::len), Some(6));
}

#[test]
fn what_the_token_may_not_read_or_nobody_can_is_said_and_is_no_failure() {
    for (fault, notes) in [
        ("GET */pbx/subscribers=status:403", 1),
        ("GET */pbx/subscribers=html", 1),
        ("GET */pbx/phone-numbers=status:403", 2),
        ("GET */pbx/phone-numbers=status:500", 2),
    ] {
        let routes = [
            row("16165550101", "16165550190", "user", "nobody"),
            row("16165550102", "16165550199", "user", "100"),
        ];
        let rig = rig(&acme(&routes), &[], &[fault]);
        let rows = rig
            .run(&["routes", "check", "--strict", "--json"])
            .exits(9)
            .json();
        let all = codes(&rows);
        let told = all
            .iter()
            .filter(|code| *code == "note not-looked-at")
            .count();
        assert_eq!(told, notes, "{fault}: {rows:#}");
        let users = all.contains(&"error unknown-destination".to_owned());
        let numbers = all.contains(&"error foreign-dnis".to_owned());
        assert_eq!((users, numbers), (notes == 2, notes == 1), "{fault}");
    }
    // Known to be refused, it is not asked for again, nor told again.
    let mut seed = acme(&[row("16165550101", "-", "user", "nobody")]);
    let mut second = seed["routes"][0].clone();
    second["domain"] = json!("other.15611.service");
    seed["routes"].as_array_mut().expect("routes").push(second);
    let faults = [
        "GET */pbx/subscribers=status:403",
        "GET */pbx/phone-numbers=status:403",
    ];
    let rig = rig(&seed, &[], &faults);
    let rows = rig
        .run(&["routes", "check", "--strict", "--json"])
        .succeeds()
        .json();
    assert_eq!(codes(&rows), ["note not-looked-at"; 2]);
    assert_eq!(rows[0]["key"], Value::Null);
    let asked = rig
        .sandbox()
        .log()
        .iter()
        .filter(|entry| is_glance(&entry.path))
        .count();
    assert_eq!(asked, 1);
}

#[test]
fn a_list_that_may_be_cut_makes_no_finding() {
    let mut seed = acme(&[row("16165550101", "-", "user", "nobody")]);
    let users = (0..98).map(|n| json!({"domain": ACME, "user": (1000 + n).to_string()}));
    seed["subscribers"]
        .as_array_mut()
        .expect("users")
        .extend(users.take(97));
    let ran = rig(&seed, &[], &[])
        .run(&["routes", "check", "--json"])
        .succeeds();
    let rows = ran.json();
    assert_eq!(codes(&rows), ["note not-looked-at"]);
    assert!(
        rows[0]["text"]
            .as_str()
            .expect("text")
            .contains("may have been cut at 100 rows")
    );
}

#[test]
fn a_file_is_checked_in_place_of_what_stands() {
    let rig = rig(&acme(&[]), &[], &[]);
    let header = "ani,dnis,domain,application,destination\n";
    let file = rig.file(
        "r.csv",
        &format!(
            "{header}16165550101,,{ACME},user,frontdsk\n16165550102,16165550199,{ACME},user,100\n"
        ),
    );
    let args = ["routes", "check", "-f", &file, "--json"];
    let rows = rig.run(&args).succeeds().json();
    assert_eq!(
        codes(&rows),
        ["error unknown-destination", "error foreign-dnis"]
    );
    let text = rows[0]["text"].as_str().expect("text");
    assert!(text.starts_with(&format!("{file}:2: `frontdsk`")), "{text}");
    let told = rig.run(&args[..4]).succeeds();
    assert!(!told.stdout.contains("routes set") && told.stdout.contains("skyswitch numbers list"));
    let input = std::fs::read_to_string(&file).expect("a file");
    let ran = rig.run_with_input(&["routes", "check", "-f", "-", "--strict"], &input);
    assert!(ran.exits(9).stdout.contains("stdin:2: "));
    assert!(
        rig.sandbox()
            .log()
            .iter()
            .all(|entry| !entry.path.ends_with("/route-by-ani"))
    );
    let strange = rig.file(
        "s.csv",
        &format!("{header}16165550101,,acne.15611.service,user,100\n"),
    );
    let ran = rig
        .run(&["routes", "check", "-f", &strange, "--json"])
        .exits(3);
    assert!(
        ran.error()["message"]
            .as_str()
            .expect("text")
            .contains("s.csv:2: the account has no domain")
    );
    rig.run(&["routes", "check", "-f", &file, "-d", "other.15611.service"])
        .exits(3);
}

#[test]
fn a_rate_limit_is_kept_to_and_every_domain_is_looked_at() {
    let domain = |n: usize| format!("d{n}.15611.service");
    let seed = json!({
        "routes": (0..12).map(|n| json!({"ani": "16165550101", "domain": domain(n), "application": "user", "destination": "nobody"})).collect::<Vec<_>>(),
        "subscribers": [], "numbers": [],
    });
    let rig = rig(&seed, &["rate-limit=10/1s"], &[]);
    let started = Instant::now();
    let rows = rig.run(&["routes", "check", "--json"]).succeeds().json();
    assert_eq!(rows.as_array().map(Vec::len), Some(24), "{rows:#}");
    assert!(started.elapsed() >= Duration::from_secs(2));
}

#[test]
fn a_domain_that_is_done_is_told_while_the_next_is_asked_about() {
    for format in [&[][..], &["-o", "ndjson"]] {
        let domain = |n: u32| format!("d{n}.15611.service");
        let route = |n| json!({"ani": "16165550101", "domain": domain(n), "application": "user", "destination": "nobody"});
        let seed =
            json!({"routes": [route(0), route(1), route(2)], "subscribers": [], "numbers": []});
        // The first two are slow enough for rows not to be kept back; the third never ends.
        let faults = [
            "GET */pbx/subscribers=latency:1100@1-2",
            "GET */pbx/subscribers=hang@3",
        ];
        let rig = rig(&seed, &[], &faults);
        let mut child = rig
            .command(&[&["routes", "check"], format].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("start");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        assert!(line.contains(&domain(0)), "{line}");
        assert!(child.try_wait().expect("wait").is_none(), "it is at work");
        child.kill().expect("kill");
        child.wait().expect("wait");
    }
}

/// Writes that name users, one of whom nobody knows.
fn writes(file: &str) -> Vec<(Vec<&str>, &'static str)> {
    let set = [
        "routes", "set", "--ani", "6165550142", "--domain", ACME, "--destination", "frontdsk",
    ];
    let moving = [
        "routes", "move", "100", "frontdsk", "--domain", ACME, "--yes",
    ];
    let copy = ["routes", "copy", ACME, "other.15611.service", "--yes"];
    vec![
        (
            vec!["routes", "plan", file],
            "`frontdsk` is neither user nor login",
        ),
        (
            [&set[..], &["--dry-run"]].concat(),
            "`frontdsk` is neither user nor login",
        ),
        (set.to_vec(), "`frontdsk` is neither user nor login"),
        (copy.to_vec(), "`100` is neither user nor login"),
        (moving.to_vec(), "`frontdsk` is neither user nor login"),
    ]
}

#[test]
fn whoever_writes_is_warned_of_users_that_nobody_knows_and_writes_all_the_same() {
    let all = |rig: &Rig| {
        let text = format!(
            "ani,domain,destination\n16165550143,{ACME},frontdsk\n16165550144,{ACME},frontdesk\n"
        );
        rig.file("r.csv", &text)
    };
    let seed = acme(&[row("16165550101", "-", "user", "100")]);
    let rig_well = rig(&seed, &[], &[]);
    for (words, warning) in writes(&all(&rig_well)) {
        let ran = rig_well.run(&words).succeeds();
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains(warning), "{words:?}: {said}");
        assert!(!said.contains("not looked up"), "{said}");
    }
    // What cannot be asked for costs a line, and neither the outcome nor much time.
    for fault in [
        "GET */pbx/subscribers=status:403",
        "GET */pbx/subscribers=latency:10000",
    ] {
        let rig = rig(&seed, &[], &[fault]);
        for (words, _) in writes(&all(&rig)) {
            let started = Instant::now();
            let ran = rig.run(&words).succeeds();
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(
                said.contains("not looked up: `skyswitch routes check --domain "),
                "{words:?}: {said}"
            );
            assert!(started.elapsed() < Duration::from_secs(8), "{words:?}");
        }
    }
}

#[test]
fn a_glance_is_ten_requests_and_none_for_what_it_cannot_judge() {
    let mut seed = acme(&[row("16165550101", "-", "user", "nobody")]);
    let known = (0..30).map(|n| json!({"domain": ACME, "user": format!("known{n}")}));
    (seed["subscribers"].as_array_mut().expect("users")).extend(known);
    let rig = rig(&seed, &[], &[]);
    let glances = || {
        rig.sandbox()
            .log()
            .iter()
            .filter(|entry| is_glance(&entry.path))
            .count()
    };
    let file = |name: &str| {
        let row = |n| format!("161655501{:02},{ACME},user,{name}{n}\n", n + 10);
        let rows: String = (0..30).map(row).collect();
        let text = format!("ani,domain,application,destination\n{rows}");
        rig.file(&format!("{name}.csv"), &text)
    };
    let mut asked = 0;
    // Whoever is found takes one request each; for those who are not their domain is read once.
    for (name, requests, unknown, missed) in [("known", 10, 0, 1), ("strange", 3, 30, 0)] {
        let plan = rig.run(&["routes", "plan", &file(name), "--json"]);
        let plan = plan.succeeds().json();
        let warnings = plan["warnings"].as_array().expect("warnings");
        let of = |code: &str| {
            let of = warnings.iter().filter(|warning| warning["code"] == code);
            of.count()
        };
        let found = (of("unknown-destination"), of("not-looked-at"));
        assert_eq!(found, (unknown, missed), "{plan:#}");
        asked += requests;
        assert_eq!(glances(), asked, "{name}");
    }
    let file = file("strange");
    // A device, a dial string, an unchanged route.
    let set = |more: &[&str]| {
        let base = [
            "routes", "set", "--ani", "6165550142", "--domain", ACME, "--destination",
        ];
        rig.run(&[&base[..], more].concat()).succeeds();
    };
    set(&["x", "--application", "device"]);
    set(&["sip:x@carrier.example", "--application", "literal"]);
    rig.run(&[
        "routes", "set", "--ani", "6165550101", "--domain", ACME, "--destination", "nobody",
    ])
    .succeeds();
    assert_eq!(glances(), asked);
    // Behind a yes as well: what a nightly run says is read in the morning.
    let ran = rig.run(&["routes", "apply", &file, "--yes"]).succeeds();
    assert!(
        ran.stderr.contains("neither user nor login"),
        "{}",
        ran.stderr
    );
    assert_eq!(glances(), asked + 3);
}
