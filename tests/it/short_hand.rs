//! The short hand: positions, `-d` and `-p`, first labels of a domain, one vocabulary.

use std::collections::HashSet;

use crate::support::Rig;
use crate::support::canned::{Canned, json, reply};

const ACME: &str = "acme.15611.service";
const BLUEBIRD: &str = "bluebird.15611.service";

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// A server without routes, whose list of domains is another one past the vendor's cache.
fn with_domains(cached: &'static [&str], fresh: &'static [&str]) -> Canned {
    Canned::start(move |asked| {
        let names = match asked.query("force_refresh") {
            None => cached,
            Some(_) => fresh,
        };
        let rows: Vec<_> = (names.iter())
            .map(|name| serde_json::json!({"domain": name}))
            .collect();
        match asked.path().ends_with("domains") {
            true => json(200, &serde_json::Value::from(rows).to_string()),
            false if asked.method == "GET" => json(200, "[]"),
            false => reply(201, &[], b""),
        }
    })
}

#[test]
fn the_short_form_does_what_the_long_one_does() {
    let act = "skyswitch routes set 6165550101 jane -d acme";
    assert!(act.len() <= 45);
    for (short, long) in [
        (
            "routes set 6165550101 jane -d acme",
            "routes set --ani 6165550101 --domain acme.15611.service --destination jane",
        ),
        (
            "routes set 6165550101 --destination jane -d ACME.15611",
            "routes set --ani 6165550101 --domain acme.15611.service --destination jane",
        ),
        (
            "routes rm 6165550101 -d acme --yes",
            "routes delete --ani 6165550101 --domain acme.15611.service --yes",
        ),
        (
            "routes ls -d acme --from 6165550102 --to 6165550190",
            "routes list --domain acme.15611.service --ani 6165550102 --dnis 6165550190",
        ),
        (
            "routes explain 6165550102 6165550190 -d acme",
            "routes explain --ani 6165550102 --dnis 6165550190 --domain acme.15611.service",
        ),
        (
            "routes explain 6165550102 --to 6165550190 -d acme.15611",
            "routes explain --from 6165550102 --to 6165550190 --domain acme.15611.service",
        ),
        (
            "routes ls -d acme -d bluebird -d acme.15611.service",
            "routes list --domain acme.15611.service --domain bluebird.15611.service",
        ),
        (
            "doctor -d acme --fields x",
            "doctor --domain acme --fields x",
        ),
    ] {
        let of = |line| {
            let ran = Rig::new().run(&[&["--sandbox"], &words(line)[..]].concat());
            (ran.code, ran.stdout)
        };
        assert_eq!(of(short), of(long), "{short}");
    }
}

#[test]
fn whatever_was_typed_the_whole_name_is_sent_printed_and_kept() {
    let rig = Rig::with_sandbox();
    let set = rig.run(&words("routes set 6165550142 jane -d Acme --json"));
    let set = set.succeeds().json();
    assert_eq!(set["route"]["domain"], ACME);
    let gone = rig.run(&words("routes rm 6165550142 -d acme --yes --json"));
    assert_eq!(gone.succeeds().json()["routes"][0]["domain"], ACME);
    let runs = rig.run(&["history", "--json"]).succeeds().json();
    for run in runs.as_array().expect("runs") {
        assert_eq!(run["changes"][0]["key"]["domain"], ACME);
    }
    let log = rig.sandbox().log();
    let writes = log.iter().filter(|entry| entry.method != "GET");
    for write in writes.filter(|entry| !entry.path.starts_with("/oauth/")) {
        assert!(write.path.contains("route-by-ani"), "{write:?}");
        assert!(format!("{write:?}").contains(ACME), "{write:?}");
    }
}

#[test]
fn a_short_name_costs_one_request_and_a_whole_one_none() {
    for (domain, reads) in [("acme", 3), ("acme.15611", 3), (ACME, 2)] {
        let rig = Rig::with_sandbox();
        let line = format!("routes set 6165550142 jane -d {domain}");
        rig.run(&words(&line)).succeeds();
        assert_eq!(rig.requests("GET"), reads, "{domain}");
        assert_eq!(rig.requests("PUT"), 1, "{domain}");
    }
}

#[test]
fn a_word_of_one_domain_never_means_another() {
    const TWO: &[&str] = &["acme.1.service", "acme.2.service", "acmeeast.1.service"];
    const EAST: &[&str] = &["acmeeast.15611.service"];
    const WEST: &[&str] = &["acme.west"];
    for (cached, fresh, typed, wanted) in [
        // Two begin so; more labels say which.
        (TWO, TWO, "acme", Err(2)),
        (TWO, TWO, "acme.2", Ok("acme.2.service")),
        (TWO, TWO, "acme.2.service", Ok("acme.2.service")),
        (TWO, TWO, "acme.2.serv", Err(3)),
        // One of them is gone since the cache was filled, or has come.
        (TWO, &["acme.2.service"], "acme", Ok("acme.2.service")),
        (&["acme.2.service"], TWO, "acme", Err(2)),
        (&[], &["acme.2.service"], "acme", Ok("acme.2.service")),
        (EAST, EAST, "acme", Err(3)),
        (TWO, EAST, "acme", Err(3)),
        // The very name wins, however short or long.
        (
            &["acme", "acme.west"],
            &["acme", "acme.west"],
            "acme",
            Ok("acme"),
        ),
        (WEST, WEST, "acme.west", Ok("acme.west")),
        (&["a.b.c.d"], &["a.b.c.d"], "a.b.c", Ok("a.b.c.d")),
        (&["a.b.c.d"], &["a.b.c.e"], "a.b.c", Ok("a.b.c.e")),
        (&["a.b.c.d"], &["a.b.c.d", "a.b.c.e"], "a.b.c", Err(2)),
    ] {
        let server = with_domains(cached, fresh);
        let line = format!("routes set 6165550142 jane --no-verify --json -d {typed}");
        let ran = server.rig().run(&words(&line));
        let asked = server.asked();
        let sent = asked.iter().filter(|asked| asked.method == "PUT");
        let sent: Vec<_> = sent.filter_map(|asked| asked.query("domain")).collect();
        match wanted {
            Ok(name) => {
                assert_eq!(
                    (ran.code, sent),
                    (0, vec![name.to_owned()]),
                    "{typed}: {ran:?}"
                );
            }
            Err(code) => {
                assert_eq!((ran.code, sent), (code, Vec::new()), "{typed}: {ran:?}");
            }
        }
        if wanted == Err(2) {
            let both = fresh
                .iter()
                .filter(|name| name.starts_with(&format!("{typed}.")));
            for name in both {
                assert!(
                    ran.stderr.contains(&format!("`{name}`")),
                    "{typed}: {ran:?}"
                );
            }
        }
        let lists = asked
            .iter()
            .filter(|asked| asked.path().ends_with("domains"));
        assert!(lists.count() <= 2, "{typed}");
    }
}

#[test]
fn where_domains_cannot_be_listed_nothing_goes_to_the_beginning_of_one() {
    let server = Canned::start(|asked| match asked.path().ends_with("domains") {
        true => json(403, "{}"),
        false if asked.method == "GET" => json(200, "[]"),
        false => reply(201, &[], b""),
    });
    let rig = server.rig();
    let set = |domain| {
        let line = format!("routes set 6165550142 jane --no-verify -d {domain}");
        rig.run(&words(&line))
    };
    let refused = set("acme").exits(2);
    assert!(refused.stderr.contains("whole name"), "{refused:?}");
    assert_eq!(server.count("PUT"), 0);
    set(ACME).succeeds();
}

#[test]
fn plans_take_short_names_as_arguments_and_whole_ones_in_files() {
    let rig = Rig::with_sandbox();
    let file = rig.file(
        "r.csv",
        &format!("ani,domain,destination\n6165550101,{ACME},jane\n"),
    );
    let plan = |more: &str| {
        let args = [&["routes", "plan", &file, "--json"], &words(more)[..]].concat();
        rig.run(&args)
    };
    let short = plan("-d acme --prune --max-deletes 9").succeeds().json();
    let long = plan("--domain acme.15611.service --prune --max-deletes 9")
        .succeeds()
        .json();
    assert_eq!(
        (&short["plan"], &short["scope"]),
        (&long["plan"], &long["scope"])
    );
    assert_eq!(short["scope"], serde_json::json!([ACME]));
    let held = plan("-d acme.15611 --prune --max-deletes 9 --allow-empty-domain acme");
    assert_eq!(held.succeeds().json()["plan"], long["plan"]);
    plan("-d acm").exits(3);
    rig.file("r.csv", "ani,domain,destination\n6165550101,acme,jane\n");
    plan("--exit-code").exits(3);
}

#[test]
fn a_short_name_lets_a_domain_end_empty() {
    let rig = Rig::with_sandbox();
    let gone = "ani,domain,state\n3125550109,harborview.15611.service,absent\n";
    let file = rig.file("r.csv", gone);
    let line = format!("routes apply {file} --prune --yes --max-deletes 9 -d harborview");
    rig.run(&words(&line)).exits(5);
    let allowed = format!("{line} --allow-empty-domain harborview");
    rig.run(&words(&allowed)).succeeds();
    assert_eq!(
        rig.run(&words("routes ls -d harborview --json")).stdout,
        "[]\n"
    );
}

#[test]
fn history_looks_among_the_domains_of_its_runs() {
    let rig = Rig::with_sandbox();
    for line in [
        "routes set 6165550142 jane -d acme",
        "routes set 6165550142 jane -d bluebird --dnis 6165550190",
    ] {
        rig.run(&words(line)).succeeds();
    }
    let before = rig.sandbox().log().len();
    let domains = |more: &str| -> Vec<String> {
        let runs = rig
            .run(&words(&format!("history --json {more}")))
            .succeeds()
            .json();
        let of = |run: &serde_json::Value| run["changes"][0]["key"]["domain"].clone();
        let runs = runs.as_array().expect("runs").iter().map(of);
        runs.filter_map(|name| name.as_str().map(str::to_owned))
            .collect()
    };
    assert_eq!(domains("-d acme"), [ACME]);
    assert_eq!(domains("-d bluebird.15611 --to 6165550190"), [BLUEBIRD]);
    assert_eq!(domains("--from 6165550142"), [BLUEBIRD, ACME]);
    assert_eq!(domains("--dnis 6165550191"), [""; 0]);
    // A domain of the account that no run wrote to is none here.
    rig.run(&words("history -d harborview")).exits(3);
    assert_eq!(rig.sandbox().log().len(), before);
}

#[test]
fn a_list_is_narrowed_by_destination_and_application() {
    let rig = Rig::with_sandbox();
    let list = |more: &str| -> HashSet<String> {
        let line = format!("routes ls -o csv --no-header --fields destination {more}");
        let ran = rig.run(&words(&line)).succeeds();
        ran.stdout.lines().map(str::to_owned).collect()
    };
    assert_eq!(
        list("--destination john"),
        HashSet::from(["john".to_owned()])
    );
    assert_eq!(list("--destination joh"), HashSet::new());
    assert_eq!(
        list("--application device -d acme"),
        HashSet::from(["device:johns-cell".to_owned()])
    );
    rig.run(&words("routes ls --application phone")).exits(2);
}

#[test]
fn a_destination_that_differs_from_a_known_one_in_case_only_is_said_as_in_a_plan() {
    let rig = Rig::new();
    let file = rig.file(
        "r.csv",
        "ani,domain,destination\n6165550149,acme.15611.service,FrontDesk\n",
    );
    let set = "--sandbox routes set 6165550149 FrontDesk -d acme --dry-run";
    let plan = format!("--sandbox routes plan {file}");
    let said = "`FrontDesk` differs from `frontdesk` in upper and lower case only";
    for line in [set, &plan] {
        let ran = rig.run(&words(line)).succeeds();
        let all = ran.stdout + &ran.stderr;
        assert_eq!(all.matches(said).count(), 1, "{line}: {all}");
    }
}

#[test]
fn what_cannot_be_meant_is_two() {
    let rig = Rig::new();
    let said = |line: &str, part: &str| {
        let ran = rig
            .run(&[&["--sandbox"], &words(line)[..]].concat())
            .exits(2);
        assert!(ran.stderr.contains(part), "{line}: {}", ran.stderr);
    };
    said(
        "routes set 6165550142 --ani 6165550142 --destination x",
        "--ani",
    );
    said(
        "routes set 6165550142 jane --destination x",
        "--destination",
    );
    said("routes set --ani 6165550142 jane", "is the caller first");
    said("routes rm 6165550142 --ani 6165550142", "--ani");
    said("routes explain 6165550142 --from 6165550142", "--from");
    said(
        "routes explain 6165550142 6165550190 --to 6165550190",
        "--to",
    );
    said("routes set 6165550142", "<DESTINATION>");
    said("routes set", "<CALLER> <DESTINATION>");
    said("routes set 616 jane -d acme", "CALLER: `616`");
    said(
        "routes set --ani 616 --destination jane -d acme",
        "--ani: `616`",
    );
    let meant = "did you mean `--destination` or `--dnis`?";
    said("routes set 6165550142 --to jane", meant);
    said("routes set --from 6165550142 jane", meant);
    said(
        "routes rm 6165550142 --to 6165550190",
        "did you mean `skyswitch --sandbox routes rm 6165550142 --dnis 6165550190`?",
    );
}

#[cfg(unix)] // a link
#[test]
fn whatever_the_file_is_called_errors_speak_of_skyswitch() {
    let rig = Rig::new();
    let renamed = rig.home().join("sky-2.0");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_skyswitch"), &renamed).expect("a link");
    for (args, part) in [
        (&["routes", "set"][..], "`skyswitch routes set --help`"),
        (&["routes", "set", "--help"], "Usage: skyswitch routes set "),
        (&["--version"], "skyswitch "),
    ] {
        let output = std::process::Command::new(&renamed)
            .args(args)
            .env_clear()
            .output();
        let ran = crate::support::Ran::of(&output.expect("run"));
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains(part) && !said.contains("sky-2.0"), "{said}");
    }
}
