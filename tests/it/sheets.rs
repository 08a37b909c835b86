//! Files as people have them: where outputs go, what a sheet may look like, and what is said of it.

use crate::support::Rig;
use serde_json::json;

const ACME: &str = "acme.15611.service";

fn sheet(rows: &str) -> String {
    format!("ani,domain,destination\n{rows}")
}

#[test]
fn plan_never_writes_over_the_file_it_reads() {
    let rig = Rig::with_sandbox();
    let text = sheet(&format!("16165550142,{ACME},desk\n"));
    let file = rig.file("vip.csv", &text);
    let (hard, soft) = (rig.home().join("hard.csv"), rig.home().join("soft.csv"));
    std::fs::hard_link(&file, &hard).expect("a hard link");
    #[cfg(unix)] // a link
    std::os::unix::fs::symlink("vip.csv", &soft).expect("a link");
    #[cfg(not(unix))]
    std::fs::hard_link(&file, &soft).expect("another");
    let before = rig.sandbox().log().len();
    for output in [
        &*file,
        hard.to_str().expect("text"),
        soft.to_str().expect("text"),
        "./vip.csv",
    ] {
        let ran = rig
            .run(&["routes", "plan", &file, "--save", output])
            .exits(2);
        assert!(
            ran.stderr.contains("is the file that is read"),
            "{}",
            ran.stderr
        );
    }
    let input = std::fs::File::open(&file).expect("open");
    let mut command = rig.command(&["routes", "plan", "-", "--save", &file]);
    let output = command.stdin(input).output().expect("run");
    assert_eq!(output.status.code(), Some(2));
    rig.run(&["routes", "plan", &file, "--save", "missing/plan.json"])
        .exits(1);
    assert_eq!(rig.sandbox().log().len(), before, "something was sent");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), text);
}

#[cfg(unix)] // links, pipes that have names
#[test]
fn outputs_go_through_links_and_into_pipes() {
    let rig = Rig::with_sandbox();
    let file = rig.file("vip.csv", &sheet(&format!("16165550142,{ACME},desk\n")));
    let real = rig.file("kept/plan.json", "old");
    for (link, to) in [
        ("link.json", "kept/plan.json"),
        ("dangling.json", "kept/new.json"),
    ] {
        std::os::unix::fs::symlink(to, rig.home().join(link)).expect("a link");
        rig.run(&["routes", "plan", &file, "--save", link])
            .succeeds();
        let is_link = rig
            .home()
            .join(link)
            .symlink_metadata()
            .expect("stat")
            .is_symlink();
        assert!(is_link, "{link}");
    }
    for kept in [
        real.as_str(),
        rig.home().join("kept/new.json").to_str().expect("text"),
    ] {
        let text = std::fs::read_to_string(kept).expect("a plan");
        assert!(text.contains("skyswitch.plan/1"), "{text}");
    }
    let pipe = rig.home().join("pipe");
    crate::support::pipe(&pipe);
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).expect("the pipe")
    });
    rig.run(&["routes", "plan", &file, "--save", "pipe"])
        .succeeds();
    assert!(
        reader
            .join()
            .expect("the reader")
            .contains("skyswitch.plan/1")
    );
    use std::os::unix::fs::FileTypeExt as _;
    assert!(pipe.symlink_metadata().expect("stat").file_type().is_fifo());
    // An open file of the caller's: what stands there stays.
    let shell = format!(
        "echo first > out; {} routes plan vip.csv --save /dev/fd/3 3>> out",
        env!("CARGO_BIN_EXE_skyswitch")
    );
    let command = rig.command(&[]);
    let mut sh = std::process::Command::new("sh");
    sh.args(["-c", &shell]).current_dir(rig.home()).env_clear();
    sh.envs(
        command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    assert!(sh.output().expect("sh").status.success());
    let text = std::fs::read_to_string(rig.home().join("out")).expect("out");
    assert!(
        text.starts_with("first\n{") && text.contains("skyswitch.plan/1"),
        "{text}"
    );
}

#[cfg(unix)] // a link
#[test]
fn a_linked_configuration_stays_a_link() {
    let rig = Rig::with_sandbox();
    let real = rig.file(
        "dotfiles/config.toml",
        "# mine\n[profiles.default]\ndomain = \"a.example\"\n",
    );
    std::fs::create_dir_all(rig.config_dir()).expect("a directory");
    let link = rig.config_dir().join("config.toml");
    std::os::unix::fs::symlink(&real, &link).expect("a link");
    rig.log_in_to(rig.sandbox(), &["--store", "file"])
        .succeeds();
    assert!(link.symlink_metadata().expect("stat").is_symlink());
    let text = std::fs::read_to_string(&real).expect("the file");
    assert!(
        text.starts_with("# mine") && text.contains("store = \"file\""),
        "{text}"
    );
}

#[test]
fn mistakes_are_grouped_for_people_and_whole_in_json() {
    let rig = Rig::new();
    let rows: String = (0..9).map(|i| format!("61655501{i},{ACME},x\n")).collect();
    let file = rig.file(
        "bad.csv",
        &sheet(&format!("{rows}16165550142,{ACME},200.0\n")),
    );
    let ran = rig
        .run(&["routes", "plan", "--sandbox", &file, "--json"])
        .exits(2);
    let error = ran.error();
    let message = error["message"].as_str().expect("text");
    assert_eq!(message.lines().count(), 10, "{message}");
    let people: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.contains("telephone"))
        .collect();
    assert_eq!(people.len(), 4, "three and the JSON line: {}", ran.stderr);
    assert!(
        ran.stderr.contains("6 more of this kind, 9 in all"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_misspelt_domain_is_no_conflict_however_its_row_was_edited() {
    let rig = Rig::with_sandbox();
    let export = rig.run(&["routes", "list", "-o", "csv", "--base"]).stdout;
    let wrong = export
        .replace(ACME, "acmee.15611.service")
        .replace(",john,", ",jane,");
    let file = rig.file("vip.csv", &wrong);
    let ran = rig.run(&["routes", "plan", &file, "--json"]).exits(3);
    let error = ran.error();
    assert_eq!(error["code"], "unknown_domain");
    let message = error["message"].as_str().expect("text");
    assert!(
        message.contains("`acmee.15611.service`: did you mean `acme.15611.service`?"),
        "{message}"
    );
}

#[test]
fn an_empty_list_of_a_domain_that_is_none_is_three() {
    let rig = Rig::with_sandbox();
    for format in ["json", "table"] {
        let ran = rig
            .run(&[
                "routes", "list", "--domain", "acne.15611.service", "-o", format,
            ])
            .exits(3);
        assert_eq!(ran.stdout, "", "{format}");
        assert!(ran.stderr.contains(ACME), "{}", ran.stderr);
    }
    let lists = |rig: &Rig| {
        rig.sandbox()
            .log()
            .iter()
            .filter(|e| e.path.ends_with("/domains"))
            .count()
    };
    assert_eq!(lists(&rig), 4, "asked twice each");
    let args = [
        "routes", "list", "--ani", "16165550177", "--domain", ACME, "--json",
    ];
    assert_eq!(rig.run(&args).succeeds().json(), json!([]));
    assert_eq!(lists(&rig), 5);
    rig.run(&["routes", "list", "--domain", ACME]).succeeds();
    assert_eq!(
        lists(&rig),
        5,
        "a domain with routes needs no further request"
    );
}

#[test]
fn bare_digits_find_a_row_that_is_spelled_so_and_are_no_number_otherwise() {
    let rig = Rig::with_sandbox();
    rig.run(&[
        "routes", "set", "--ani", "+44 20 7946 0958", "--domain", ACME, "--destination", "x",
    ])
    .succeeds();
    let listed = rig
        .run(&["routes", "list", "--ani", "442079460958", "--json"])
        .succeeds();
    assert_eq!(listed.json()[0]["ani"], "442079460958");
    let table = rig
        .run(&["routes", "list", "--ani", "442079460958"])
        .succeeds();
    assert!(table.stdout.contains("+442079460958"), "{}", table.stdout);
    let explained = rig.run(&[
        "routes", "explain", "--from", "442079460958", "--domain", ACME,
    ]);
    let explained = explained.succeeds().stdout;
    assert!(
        explained.starts_with("a call from +442079460958 to any"),
        "{explained}"
    );
    for args in [
        &["routes", "list", "--ani"][..],
        &["routes", "explain", "--from"],
    ] {
        let ran = rig.run(&[args, &["442079460959"]].concat()).exits(2);
        assert!(ran.stderr.contains("need their `+`"), "{}", ran.stderr);
        let line = args.join(" ");
        let hint = format!(
            "hint: is a digit too many? Another country's number has a `+`: `skyswitch {line} +442079460959`"
        );
        assert!(ran.stderr.contains(&hint), "{}", ran.stderr);
    }
    let file = rig.file("vip.csv", &sheet(&format!("442079460958,{ACME},y\n")));
    let plan = rig
        .run(&["routes", "plan", &file, "--json"])
        .succeeds()
        .json();
    assert_eq!(plan["operations"][0]["op"], "change");
    let file = rig.file("vip.csv", &sheet(&format!("442079460959,{ACME},y\n")));
    rig.run(&["routes", "plan", &file]).exits(2);
}

#[test]
fn a_number_that_reads_as_a_texan_goes_with_its_plus() {
    let rig = Rig::with_sandbox();
    let set = [
        "routes", "set", "--ani", "+36 1 234 5678", "--domain", ACME, "--destination", "x",
        "--json",
    ];
    let ran = rig.run(&set).succeeds().json();
    assert_eq!(
        [&ran["action"], &ran["route"]["ani"]],
        [&json!("created"), &json!("+3612345678")]
    );
    assert_eq!(rig.run(&set).succeeds().json()["action"], "unchanged");
    let texan = rig
        .run(&["routes", "list", "--ani", "361-234-5678", "--json"])
        .succeeds();
    assert_eq!(texan.json(), json!([]));
}

#[test]
fn a_plan_that_is_held_says_each_brake_once() {
    let rig = Rig::with_sandbox();
    let file = rig.file("one.csv", &sheet(&format!("16165550101,{ACME},john\n")));
    let ran = rig.run(&["routes", "plan", &file, "--prune"]).exits(5);
    let all = format!("{}{}", ran.stdout, ran.stderr);
    // Once in the plan, and once in the command that lifts it.
    for told in [&ran.stdout, &ran.stderr] {
        assert_eq!(told.matches("--max-deletes").count(), 1, "{all}");
    }
    assert_eq!(all.matches("25 %").count(), 1, "{all}");
    let ran = rig
        .run(&["routes", "apply", &file, "--prune", "--yes"])
        .exits(5);
    assert_eq!(
        ran.stderr.matches("--max-deletes").count(),
        1,
        "{}",
        ran.stderr
    );
}

#[test]
fn bare_digits_change_and_delete_a_row_and_make_none() {
    let rig = Rig::with_sandbox();
    let run = |verb: &str, ani: &str, more: &[&str]| {
        rig.run(&[&["routes", verb, "--ani", ani, "--domain", ACME][..], more].concat())
    };
    let before = rig.requests("PUT");
    for ani in ["81312345678", "5551234"] {
        let ran = run("set", ani, &["--destination", "x"]).exits(2);
        assert!(
            ran.stderr.contains("--ani: ") && ran.stderr.contains("accepted are"),
            "{}",
            ran.stderr
        );
        run("delete", ani, &["--yes", "--ignore-missing"]).exits(2);
    }
    assert_eq!(
        rig.requests("PUT") + rig.requests("DELETE"),
        before,
        "something was sent"
    );
    run("set", "+81 3-1234-5678", &["--destination", "x"]).succeeds();
    let ran = run("set", "81312345678", &["--destination", "y"]).succeeds();
    assert!(
        ran.stdout.contains("+81312345678 \u{2192} y"),
        "{}",
        ran.stdout
    );
    run("delete", "81312345678", &["--yes"]).succeeds();
    let file = rig.file("raw.csv", &sheet(&format!("5551234,{ACME},x\n")));
    rig.run(&["routes", "apply", &file, "--yes", "--raw-numbers"])
        .succeeds();
    run("delete", "5551234", &["--yes"]).succeeds();
}

#[test]
fn set_gives_the_warnings_that_plan_gives() {
    let rig = Rig::with_sandbox();
    for (destination, words) in [
        ("911", "is an emergency number"),
        ("user:john", "the application says `user:` already"),
        ("sip:a@b.example", "looks like a `literal` destination"),
        ("16165550142", "sends the caller to his own number"),
        (" john", "begins or ends with a space"),
        ("jo\u{200b}hn", "invisible characters"),
        ("200.0", "looks damaged"),
    ] {
        let args = [
            "routes", "set", "--ani", "16165550142", "--domain", ACME, "--dry-run",
        ];
        let ran = rig
            .run(&[&args[..], &["--destination", destination]].concat())
            .succeeds();
        assert!(
            ran.stderr.contains("warning: ") && ran.stderr.contains(words),
            "{destination}: {}",
            ran.stderr
        );
    }
}

#[cfg(unix)] // a link
#[test]
fn what_apply_leaves_open_goes_through_a_link_too() {
    let rig = Rig::with_behaviour(&[], &["PUT *=status:422"]);
    let file = rig.file("vip.csv", &sheet(&format!("16165550142,{ACME},desk\n")));
    rig.file("kept/open.csv", "old");
    std::os::unix::fs::symlink("kept/open.csv", rig.home().join("open.csv")).expect("a link");
    rig.run(&["routes", "apply", &file, "--yes", "--failed", "open.csv"])
        .exits(2);
    let link = rig.home().join("open.csv");
    assert!(link.symlink_metadata().expect("stat").is_symlink());
    let text = std::fs::read_to_string(link).expect("the open rows");
    assert!(text.contains("16165550142"), "{text}");
    let text = std::fs::read_to_string(&file).expect("the file");
    let input = std::fs::File::open(&file).expect("open");
    let mut command = rig.command(&["routes", "apply", "-", "--yes", "--failed", &file]);
    assert_eq!(
        command.stdin(input).output().expect("run").status.code(),
        Some(2)
    );
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), text);
}

#[test]
fn a_row_is_edited_whatever_set_and_its_undo_did_in_between() {
    let rig = Rig::with_sandbox();
    let export = rig.run(&[
        "routes", "list", "-d", "acme", "--ani", "6165550101", "-o", "csv", "--base",
    ]);
    let file = rig.file("r.csv", &export.stdout.replace(",john,", ",jane,"));
    let set = |to: &str| {
        rig.run(&["routes", "set", "6165550101", to, "-d", "acme"])
            .succeeds()
    };
    let planned = |text: &str| {
        let ran = rig.run(&["routes", "plan", &file]).succeeds();
        assert!(ran.stdout.contains(text), "{}", ran.stdout);
    };
    set("jane");
    rig.run(&["undo", "--yes"]).succeeds();
    planned("16165550101 john → jane");
    set("jane");
    set("mary");
    planned("16165550101 mary → jane");
    // What the file itself said, and an undo took back, stays back.
    rig.run(&["routes", "apply", &file, "--yes"]).succeeds();
    rig.run(&["undo", "--yes"]).succeeds();
    planned("0 to change");
}
