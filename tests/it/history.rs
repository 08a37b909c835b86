//! `skyswitch history`: every write of this machine, newest first, without asking the server.

use crate::support::Rig;
use serde_json::Value;

fn set(rig: &Rig, ani: &str, domain: &str, destination: &str) {
    let domain = format!("{domain}.15611.service");
    let args = [
        "--ani", ani, "--domain", &domain, "--destination", destination,
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
    let far = ["--domain", "acme.15611.service", "--since", "2999-01-01"];
    assert!(ids(&rig, &far).is_empty(), "a domain that some run knows");
    for (domain, hint) in [
        ("acne.15611.service", "--domain acme.15611.service"),
        ("zzz.example", "history --all"),
    ] {
        let error = rig
            .run(&["history", "--domain", domain, "--json"])
            .exits(3)
            .error();
        let said = error["hint"].as_str().expect("a hint");
        assert!(
            error["code"] == "unknown_domain" && said.contains(hint),
            "{error}"
        );
    }
    rig.run(&["history", "nothing"]).exits(3);
    rig.run(&["history", "--since", "soon"]).exits(2);
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
        "--sandbox", "routes", "set", "--ani", "16165550102", "--domain", "acme.15611.service",
        "--destination", "x",
    ];
    rig.run(&args).succeeds();
    assert_eq!(ids(&rig, &[]).len(), 1);
    assert_eq!(ids(&rig, &["--sandbox"]).len(), 1);
}

/// The lines that people see, without the time.
fn lines(rig: &Rig, rest: &[&str]) -> Vec<String> {
    let said = rig.run(&[&["history"][..], rest].concat()).succeeds();
    let told = |line: &str| {
        let parts: Vec<&str> = line.split("  ").filter(|part| !part.is_empty()).collect();
        let when = parts[1].trim().len();
        assert!((11..=15).contains(&when), "{line}");
        [&parts[..1], &parts[2..]].concat().join("  ")
    };
    said.stdout.lines().map(told).collect()
}

fn short(id: &str) -> &str {
    &id[id.len() - 4..]
}

#[test]
fn people_see_a_line_a_run_and_type_its_last_four_digits() {
    let rig = Rig::with_sandbox();
    set(&rig, "16165550101", "acme", "jane");
    let rows = "16165550101,acme.15611.service,x\n16165550142,acme.15611.service,y\n";
    let file = rig.file("vip.csv", &format!("ani,domain,destination\n{rows}"));
    rig.run(&["routes", "apply", &file, "--yes"]).succeeds();
    let id = ids(&rig, &[])[0].clone();
    rig.run(&["undo", short(&id), "--yes"]).succeeds();
    let all = ids(&rig, &[]);
    let [undo, apply, first] = [0, 1, 2].map(|run| short(&all[run]).to_owned());
    assert_eq!(
        lines(&rig, &[]),
        [
            format!("{undo}  acme  undo of {apply}  1 changed, 1 deleted"),
            format!("{apply}  acme  apply vip.csv  1 added, 1 changed  (undone)"),
            format!("{first}  acme  16165550101  john → jane"),
        ]
    );
    let mut changes = lines(&rig, &["--changes"]);
    changes.sort();
    let mut expected = [
        format!("{undo}  acme  16165550101  x → jane"),
        format!("{undo}  acme  16165550142  deleted y"),
        format!("{apply}  acme  16165550101  jane → x  (undone)"),
        format!("{apply}  acme  16165550142  added y  (undone)"),
        format!("{first}  acme  16165550101  john → jane"),
    ];
    expected.sort();
    assert_eq!(changes, expected);
    let csv = rig.run(&["history", "--changes", "-o", "csv"]).succeeds();
    assert!(
        csv.stdout
            .starts_with("id,time,op,ani,dnis,domain,before,after,result")
    );
    assert_eq!(csv.stdout.lines().count(), 6);
}

#[test]
fn people_see_the_latest_twenty_and_scripts_see_all() {
    let rig = Rig::with_sandbox();
    for n in 0..22 {
        set(&rig, "16165550101", "acme", &format!("desk-{n}"));
    }
    let told = rig.run(&["history"]).succeeds();
    assert_eq!(told.stdout.lines().count(), 20);
    assert!(
        told.stderr.contains("`skyswitch history --all`"),
        "{}",
        told.stderr
    );
    assert_eq!(lines(&rig, &["--all"]).len(), 22);
    assert_eq!(lines(&rig, &["-n", "3"]).len(), 3);
    assert_eq!(ids(&rig, &[]).len(), 22);
    assert_eq!(ids(&rig, &["-n", "21"]).len(), 21);
    let latest = rig.run(&["history", "-n", "1", "--ani", "16165550101"]);
    assert!(
        latest.stdout.contains("desk-20 → desk-21"),
        "{}",
        latest.stdout
    );
    rig.run(&["history", "-n", "0"]).exits(2);
    rig.run(&["history", "-n", "1", "--all"]).exits(2);
}

#[test]
fn times_are_those_of_the_place() {
    let mut rig = Rig::with_sandbox();
    set(&rig, "16165550101", "acme", "jane");
    let time = rig.run(&["history", "--json"]).json()[0]["time"].clone();
    let time = time.as_str().expect("a time").to_owned();
    let minute = |rig: &Rig| {
        let said = rig.run(&["history"]).succeeds().stdout;
        let at = said.find(':').expect("a time");
        (said[at - 2..at].to_owned(), said[at + 1..at + 3].to_owned())
    };
    rig.set("TZ", "UTC");
    assert_eq!(
        minute(&rig),
        (time[11..13].to_owned(), time[14..16].to_owned())
    );
    rig.set("TZ", "XXX-05:30");
    assert_ne!(minute(&rig).1, time[14..16]);
}

/// Copies a run under another id, changed.
fn copied(rig: &Rig, run: &str, id: &str, change: impl Fn(String) -> String) {
    let file = |id: &str| rig.state_dir().join(format!("journal/{id}.jsonl"));
    let text = std::fs::read_to_string(file(run)).expect("text");
    let lines = change(text.replace(run, id));
    let lines = lines.lines().map(|line| {
        let (body, _) = line.rsplit_once(",\"sum\"").expect("a checksum");
        let sum = crc32fast::hash(body.as_bytes());
        format!("{body},\"sum\":\"{sum:08x}\"}}\n")
    });
    std::fs::write(file(id), lines.collect::<String>()).expect("written");
}

#[test]
fn an_id_that_two_runs_end_with_is_shown_and_wanted_whole() {
    let rig = Rig::with_sandbox();
    set(&rig, "16165550101", "acme", "jane");
    let one = ids(&rig, &[]).remove(0);
    let other = format!("20251123T121530.123Z-{}", short(&one));
    copied(&rig, &one, &other, |text| text);
    let told = rig.run(&["history"]).succeeds().stdout;
    assert!(told.contains(&one) && told.contains(&other), "{told}");
    for command in ["history", "undo"] {
        let ran = rig.run(&[command, short(&one), "--json"]).exits(2);
        let error = ran.error()["message"].to_string();
        assert!(error.contains(&one) && error.contains(&other), "{error}");
    }
}

#[cfg(unix)] // a terminal
#[test]
fn what_changed_is_never_cut_however_narrow_the_terminal_is() {
    use crate::support::terminal::Terminal;
    let rig = Rig::with_sandbox();
    let long = "night-service-of-the-front-desk";
    set(&rig, "16165550101", "acme", long);
    rig.file(
        "calls-of-next-week.csv",
        "ani,domain,destination\n16165550101,acme.15611.service,weekend-team\n",
    );
    (rig.run(&["routes", "apply", "calls-of-next-week.csv", "--yes"])).succeeds();
    for columns in [40, 60, 80] {
        let (code, shown) = Terminal::start(&rig, columns, &["history"]).finish();
        assert_eq!(code, 0, "{shown}");
        let lines: Vec<_> = shown.lines().map(str::trim).collect();
        assert!(!shown.contains('…'), "{columns}: {shown}");
        for change in [format!("john → {long}"), format!("{long} → weekend-team")] {
            let whole = lines.iter().any(|line| line.ends_with(&change));
            // The terminal alone breaks what is wider than itself.
            assert!(whole || columns == 40, "{columns}: {shown}");
            assert!(
                lines
                    .concat()
                    .replace(' ', "")
                    .contains(&change.replace(' ', "")),
                "{columns}: {shown}"
            );
        }
        let fits = |line: &&str| line.chars().count() < usize::from(columns);
        assert!(
            columns == 40 || lines.iter().all(fits),
            "{columns}: {shown}"
        );
    }
}

#[cfg(unix)] // a terminal
#[test]
fn each_column_is_one_thing_and_a_terminal_names_them() {
    use crate::support::terminal::Terminal;
    let rig = Rig::with_profiles(&["east", "west"]);
    set(&rig, "16165550101", "acme", "jane");
    let header = |flags: &[&str]| {
        let (code, shown) = Terminal::start(&rig, 80, &[&["history"][..], flags].concat()).finish();
        assert_eq!(code, 0, "{shown}");
        shown.lines().next().unwrap_or_default().to_owned()
    };
    let columns = |line: &str| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        columns(&header(&[])),
        ["run", "time", "domain", "what", "changed"]
    );
    let rows = "16165550101,acme.15611.service,x\n16165550104,harborview.15611.service,y\n";
    let file = rig.file("two.csv", &format!("ani,domain,destination\n{rows}"));
    rig.run(&["-p", "west", "routes", "apply", &file, "--yes"])
        .succeeds();
    let named = ["run", "time", "profile", "domain", "what", "changed"];
    assert_eq!(columns(&header(&[])), named);
    let told = lines(&rig, &[]);
    assert!(
        told[0].contains("[west]  2 domains  apply two.csv  "),
        "{told:?}"
    );
    assert!(told[1].contains("[east]  acme"), "{told:?}");
}

#[test]
fn people_see_the_runs_of_their_account_and_whose_the_others_are() {
    let mut rig = Rig::with_profiles(&["east", "west"]);
    let own = "routes set 6165550101 jane -d acme";
    let own: Vec<&str> = own.split(' ').collect();
    rig.run(&own).succeeds();
    assert_eq!(lines(&rig, &[])[0][6..], *"acme  16165550101  john → jane");
    // A profile of the same account is said.
    rig.run(&[
        "-p", "west", "routes", "set", "6165550102", "x", "-d", "acme",
    ])
    .succeeds();
    let both = lines(&rig, &[]);
    assert_eq!(both[0][6..], *"[west]  acme  16165550102  100 → x");
    assert_eq!(both[1][6..], *"[east]  acme  16165550101  john → jane");
    // Another account's are left out, and shown with their profile, and the account where that is not enough.
    let told = |flags: &[&str]| {
        let ran = rig
            .run(&[&["--account", "another", "history"][..], flags].concat())
            .succeeds();
        let lines = ran.stdout.lines().map(|line| {
            let parts: Vec<&str> = line.split("  ").map(str::trim).collect();
            parts[2..].join("  ")
        });
        (lines.collect::<Vec<_>>(), ran.stderr)
    };
    let (shown, said) = told(&["--since", "1h"]);
    assert!(shown.is_empty(), "{shown:?}");
    assert!(
        said.contains("2 runs of other accounts left out")
            && said.contains("--account another history --since 1h --all-accounts` shows all"),
        "{said}"
    );
    let (shown, _) = told(&["--all-accounts"]);
    assert_eq!(
        shown,
        [
            "[west]  acme  16165550102  100 → x",
            "[east]  acme  16165550101  john → jane"
        ]
    );
    let ran = rig.run(&["--account", "another", "history", "-d", "acme"]);
    let hint = "history -d acme --all-accounts`";
    assert!(ran.code == 3 && ran.stderr.contains(hint), "{}", ran.stderr);
    // Scripts get all, and who has no account, too.
    let json = rig.run(&["--account", "another", "history", "--json"]);
    assert_eq!(json.json().as_array().map(Vec::len), Some(2));
    rig.file("config/config.toml", "");
    let all = rig.run(&["history"]).succeeds();
    assert_eq!(all.stdout.lines().count(), 2);
    assert!(all.stdout.contains("  [west]  acme  "), "{}", all.stdout);
    assert!(!all.stderr.contains("left out"), "{}", all.stderr);
    rig.set("SKYSWITCH_ACCOUNT_ID", "another");
    let id = ids(&rig, &[])[0].clone();
    let one = rig.run(&["history", &id]).succeeds();
    assert!(
        one.stderr
            .contains("account sbx_account, profile `west`, at http"),
        "{}",
        one.stderr
    );
}

#[test]
fn accounts_of_one_profile_are_told_apart() {
    let mut rig = Rig::with_sandbox();
    set(&rig, "16165550101", "acme", "jane");
    let id = ids(&rig, &[])[0].clone();
    let other = "20251123T121530.123Z-beef";
    copied(&rig, &id, other, |text| {
        text.replace("sbx_account", "022b7a6e-7c3f")
    });
    rig.set("SKYSWITCH_ACCOUNT_ID", "");
    let shown = rig.run(&["history"]).succeeds().stdout;
    for whose in ["  [default sbx_acco]  acme", "  [default 022b7a6e]  acme"] {
        assert!(shown.contains(whose), "{shown}");
    }
    // One account on two servers.
    let url = rig.sandbox().url();
    copied(&rig, &id, other, |text| {
        text.replace(&url, "http://127.0.0.1:1")
    });
    let shown = rig.run(&["history"]).succeeds().stdout;
    for whose in [
        format!("  [default {url}] "),
        "  [default http://127.0.0.1:1] ".to_owned(),
    ] {
        assert!(shown.contains(&whose), "{shown}");
    }
}

#[test]
fn a_word_that_is_no_run_leads_to_the_runs_it_stands_in() {
    let rig = Rig::with_sandbox();
    let ani = ["--ani", "6165550102", "--dnis", "6165550190", "-d", "acme"];
    rig.run(&[&["routes", "set", "--destination", "jane"][..], &ani].concat())
        .succeeds();
    set(&rig, "16165550101", "acme", "mary");
    for (word, flag) in [
        ("jane", "--destination jane"),
        ("200", "--destination 200"),
        ("(616) 555-0102", "--ani '(616) 555-0102'"),
        ("6165550190", "--dnis 6165550190"),
        ("acme", "--domain acme"),
    ] {
        let ran = rig.run(&["history", word, "-n", "3"]).exits(3);
        let flag = flag.replace('\'', if cfg!(windows) { "\"" } else { "'" });
        let hint = format!("did you mean `skyswitch history {flag} -n 3`?");
        assert!(ran.stderr.contains(&hint), "{}", ran.stderr);
    }
    let ran = rig.run(&["history", "nobody"]).exits(3);
    assert!(
        ran.stderr.contains("`skyswitch history` lists"),
        "{}",
        ran.stderr
    );
    for (destination, runs) in [("jane", 1), ("200", 1), ("john", 1), ("ja", 0)] {
        let found = ids(&rig, &["--destination", destination]);
        assert_eq!(found.len(), runs, "{destination}");
    }
    assert_eq!(
        ids(&rig, &["--destination", "jane", "--ani", "16165550101"]).len(),
        0
    );
}

#[test]
fn a_line_says_what_a_run_was_about_however_it_ended() {
    let rig = Rig::with_behaviour(&[], &["PUT */route-by-ani*=status:422@1"]);
    let set_jane = ["routes", "set", "6165550101", "jane", "-d", "acme"];
    rig.run(&set_jane).exits(2);
    rig.run(&set_jane).succeeds();
    let file = rig.file(
        "one.csv",
        "ani,domain,destination\n16165550101,acme.15611.service,x\n",
    );
    rig.run(&["routes", "apply", &file, "--yes"]).succeeds();
    rig.run(&["undo", "--yes"]).succeeds();
    rig.run(&[
        "api",
        "-X",
        "POST",
        "/accounts/{account_id}/pbx/domains",
        "--yes",
    ])
    .exits(2);
    let all = ids(&rig, &[]);
    let [api, undo, apply, done, failed] = [0, 1, 2, 3, 4].map(|run| short(&all[run]));
    assert_eq!(
        lines(&rig, &[]),
        [
            format!("{api}  api POST /accounts/sbx_account/pbx/domains  answered 405"),
            format!("{undo}  acme  undo of {apply}  16165550101  x → jane"),
            format!("{apply}  acme  apply one.csv  16165550101  jane → x  (undone)"),
            format!("{done}  acme  16165550101  john → jane"),
            format!("{failed}  acme  16165550101  john → jane  (failed)"),
        ]
    );
    let told = rig.run(&["history", failed]).succeeds();
    assert!(
        told.stderr
            .contains("16165550101 @ acme.15611.service: the server answered 422"),
        "{}",
        told.stderr
    );
    let told = rig.run(&["history", api]).succeeds();
    assert!(
        told.stdout.is_empty() && told.stderr.contains(": answered 405\n"),
        "{told:?}"
    );
    // Of a run of many changes only those that are asked for.
    let rows = "16165550101,acme.15611.service,y\n16165550142,acme.15611.service,z\n";
    let file = rig.file("two.csv", &format!("ani,domain,destination\n{rows}"));
    rig.run(&["routes", "apply", &file, "--yes"]).succeeds();
    let changes = lines(&rig, &["--ani", "16165550142", "--changes"]);
    assert!(
        changes.len() == 1 && changes[0].ends_with("added z"),
        "{changes:?}"
    );
}
