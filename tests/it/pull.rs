//! A sheet in place: `routes pull`, rows in conflict, and what `apply` leaves of a sheet.

use crate::support::{Ran, Rig};

const ACME: &str = "acme.15611.service";

/// A sheet of the whole sample with a column of notes, and its path.
fn sheet(rig: &Rig) -> (String, String) {
    let export = rig.run(&["routes", "list", "-o", "csv", "--base"]).stdout;
    let note = |line: &str| match line.starts_with("ani,") {
        true => format!("note,{line}\n"),
        false => format!("n\u{f6}te,{line}\n"),
    };
    let text: String = export.lines().map(note).collect();
    (rig.file("vip.csv", &text), text)
}

fn set(rig: &Rig, ani: &str, destination: &str) {
    let args = [
        "routes", "set", "--ani", ani, "--domain", ACME, "--destination", destination,
    ];
    rig.run(&args).succeeds();
}

/// Somebody else, who has a journal of his own.
fn elsewhere(rig: &mut Rig, then: impl FnOnce(&Rig)) {
    let [there, here] = [rig.home().join("elsewhere"), rig.state_dir()];
    rig.set("SKYSWITCH_STATE_DIR", there.to_str().expect("text"));
    then(rig);
    rig.set("SKYSWITCH_STATE_DIR", here.to_str().expect("text"));
}

fn pull(rig: &Rig, file: &str) -> Ran {
    rig.run(&["routes", "pull", file, "--json"]).succeeds()
}

fn read(path: impl AsRef<std::path::Path>) -> String {
    std::fs::read_to_string(path).expect("the file")
}

#[cfg(unix)] // links and modes of files
#[test]
fn a_pull_follows_links_keeps_the_mode_sends_nothing_and_changes_nothing_twice() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let rig = Rig::with_sandbox();
    let (file, text) = sheet(&rig);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("a mode");
    let link = rig.home().join("link.csv");
    symlink("vip.csv", &link).expect("a link");
    set(&rig, "16165550101", "jane");
    set(&rig, "16165550142", "desk");
    let sent = rig.requests("PUT");
    let dry = rig
        .run(&["routes", "pull", "link.csv", "--dry-run"])
        .succeeds();
    assert!(
        dry.stdout
            .contains("would be brought up to date: 1 row updated, 1 added"),
        "{}",
        dry.stdout
    );
    assert_eq!(read(&file), text);
    let told = pull(&rig, "link.csv").json();
    assert_eq!(
        (&told["updated"], &told["added"]),
        (&1.into(), &1.into()),
        "{told}"
    );
    let pulled = read(&file);
    assert!(
        pulled.contains("n\u{f6}te,16165550101,,acme.15611.service,user,jane,r"),
        "{pulled}"
    );
    assert!(
        pulled
            .lines()
            .last()
            .is_some_and(|last| last.starts_with(",16165550142,,")),
        "{pulled}"
    );
    let unchanged = |line: &&str| text.contains(*line);
    assert_eq!(pulled.lines().filter(unchanged).count(), 12);
    assert!(link.symlink_metadata().expect("stat").is_symlink());
    let mode = std::fs::metadata(&file).expect("stat").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let before = std::fs::metadata(&file)
        .expect("stat")
        .modified()
        .expect("a time");
    assert_eq!(pull(&rig, &file).json()["changed"], false);
    assert_eq!(
        std::fs::metadata(&file)
            .expect("stat")
            .modified()
            .expect("a time"),
        before
    );
    rig.run(&["routes", "plan", &file, "--exit-code"])
        .succeeds();
    assert_eq!(rig.requests("PUT"), sent);
}

#[test]
fn a_sheet_in_utf_16_or_with_a_mark_comes_back_as_such() {
    let rig = Rig::with_sandbox();
    let (_, text) = sheet(&rig);
    set(&rig, "16165550101", "jane");
    let units = |text: &str| -> Vec<u8> {
        let marked = std::iter::once(0xfeff).chain(text.encode_utf16());
        marked.flat_map(u16::to_le_bytes).collect()
    };
    let tabs = text.replace(',', "\t").replace('\n', "\r\n");
    let path = rig.home().join("utf16.csv");
    std::fs::write(&path, units(&tabs)).expect("write");
    pull(&rig, "utf16.csv");
    let bytes = std::fs::read(&path).expect("read");
    assert!(bytes.starts_with(&[0xff, 0xfe]));
    let (pairs, _) = bytes[2..].as_chunks();
    let pulled: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    let pulled = String::from_utf16(&pulled).expect("utf-16");
    assert_eq!(pulled.len(), tabs.len());
    assert!(
        pulled.contains("\tuser\tjane\tr") && pulled.ends_with("\r\n"),
        "{pulled}"
    );
    std::fs::write(rig.home().join("mark.csv"), format!("\u{feff}{text}")).expect("write");
    pull(&rig, "mark.csv");
    assert!(read(rig.home().join("mark.csv")).starts_with("\u{feff}note,ani"));
}

#[test]
fn what_is_no_sheet_is_refused_with_the_way_to_one() {
    let rig = Rig::with_sandbox();
    let row = format!("ani,domain,destination\n16165550101,{ACME},john\n");
    let plain = rig.file("plain.csv", &row);
    let told = rig.run(&["routes", "pull", &plain]).exits(2).stderr;
    assert!(
        told.contains(&format!(
            "skyswitch routes list --domain {ACME} -o csv --base > NEW.csv"
        )),
        "{told}"
    );
    let json = rig.file(
        "routes.json",
        &rig.run(&["routes", "list", "--json"]).stdout,
    );
    rig.run(&["routes", "pull", &json]).exits(2);
    rig.run(&["routes", "pull", "-"]).exits(2);
    rig.run(&["routes", "pull", "missing.csv"]).exits(2);
    let broken = rig.file("broken.csv", "ani,domain,destination,base\n\"1616,a,b,\n");
    rig.run(&["routes", "pull", &broken]).exits(2);
    let (file, text) = sheet(&rig);
    let wrong = rig
        .run(&["routes", "pull", &file, "--domain", "acme.15611.servise"])
        .exits(3);
    assert!(wrong.stderr.contains(ACME), "{}", wrong.stderr);
    assert_eq!((read(&plain), read(&file)), (row, text));
}

#[test]
fn a_save_by_somebody_else_meanwhile_wins() {
    let rig = Rig::with_behaviour(&[], &["GET */route-by-ani=latency:1500@2"]);
    let (file, _) = sheet(&rig);
    let mut command = rig.command(&["routes", "pull", "vip.csv"]);
    // A base that is not there any more makes every row a row to write.
    let cut = |line: &str| {
        line.rsplit_once(",r")
            .map_or(line.to_owned(), |(row, _)| format!("{row},"))
    };
    let stale = read(&file).lines().map(cut).collect::<Vec<_>>().join("\n");
    std::fs::write(&file, stale).expect("write");
    let child = command
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("start");
    crate::support::eventually("the list was asked for", || {
        let is_list = |entry: &&skyswitch::sandbox::LogEntry| entry.path.ends_with("/route-by-ani");
        rig.sandbox().log().iter().filter(is_list).count() > 1
    });
    std::fs::write(&file, "somebody else's").expect("write");
    let ran = Ran::of(&child.wait_with_output().expect("wait")).exits(5);
    assert!(
        ran.stderr.contains("was saved by somebody else meanwhile"),
        "{}",
        ran.stderr
    );
    assert_eq!(read(&file), "somebody else's");
    assert_eq!(
        std::fs::read_dir(rig.home())
            .expect("list")
            .filter(|file| {
                file.as_ref()
                    .is_ok_and(|file| file.file_name().to_string_lossy().starts_with(".skyswitch"))
            })
            .count(),
        0,
        "nothing is left behind"
    );
}

#[test]
fn rows_in_conflict_stop_are_skipped_or_are_written() {
    let mut rig = Rig::with_sandbox();
    let (file, text) = sheet(&rig);
    let edited = text
        .replace(",john,", ",tom,")
        .replace(",frontdesk,", ",desk,");
    std::fs::write(&file, edited.replace('\n', "\r\n")).expect("write");
    elsewhere(&mut rig, |rig| set(rig, "16165550101", "mary"));
    let values = "then john, now mary, yours tom";
    set(&rig, "16165550142", "john");
    let told = rig
        .run(&["routes", "apply", &file, "--yes", "--json"])
        .exits(5)
        .error();
    let values = values.replace("then john", "then unknown");
    assert!(
        told["message"]
            .as_str()
            .is_some_and(|text| text.ends_with(&values)),
        "{told}"
    );
    let hint = told["hint"].as_str().unwrap_or_default();
    for way in ["skip` leaves", "mine` writes"] {
        assert!(hint.contains(&format!("--on-conflict {way}")), "{hint}");
    }

    let plan = rig
        .run(&[
            "routes", "plan", &file, "--on-conflict", "mine", "--exit-code",
        ])
        .exits(9);
    let whole = format!(
        "warning: {file}:2: `16165550101 @ {ACME}` was edited here and changed on the server too: {values}: yours is written"
    );
    assert!(plan.stdout.contains(&whole), "{}", plan.stdout);

    let plan = ["routes", "plan", &file, "--on-conflict", "skip"];
    let told = rig.run(&plan).exits(8);
    assert!(
        told.stdout
            .contains(&format!("{values}: the row is left out")),
        "{}",
        told.stdout
    );
    let apply = [
        "routes", "apply", &file, "--yes", "--on-conflict", "skip", "--failed", "left.csv",
        "--json",
    ];
    let ran = rig.run(&apply).exits(8);
    assert_eq!(
        (&ran.json()["changed"], &ran.error()["code"]),
        (&1.into(), &"partial".into())
    );
    let left = read(rig.home().join("left.csv"));
    let lines: Vec<&str> = left.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "note,ani,dnis,domain,application,destination,base,reason"
    );
    assert!(
        lines[1].starts_with(&format!("n\u{f6}te,16165550101,,{ACME},user,tom,r")),
        "{left}"
    );
    assert!(lines[1].contains(&values) && lines.len() == 3, "{left}");
    // What was left out can be planned again, its reason included, and pulled.
    rig.run(&["routes", "plan", "left.csv"]).exits(5);
    let again = rig.run(&apply).exits(8);
    assert_eq!(again.error()["changed"], false, "nothing was left to do");

    rig.run(&[
        "routes", "apply", "left.csv", "--yes", "--on-conflict", "mine",
    ])
    .succeeds();
    pull(&rig, &file);
    rig.run(&["routes", "plan", &file, "--exit-code"])
        .succeeds();
}

#[test]
fn what_failed_stands_in_the_form_it_came_in() {
    let rig = Rig::with_behaviour(&[], &["PUT *=status:422", "DELETE *=status:422"]);
    let row = |name: &str| format!("\"{name}\";16165550142;{ACME};desk");
    let cases = [
        (
            "vip.csv",
            format!(
                "name;ani;domain;destination;Reason;owner\n{};old;ann\n",
                row("a;b")
            ),
            format!(
                "name;ani;domain;destination;Reason;owner\n{};WHY;ann\n",
                row("a;b")
            ),
        ),
        (
            "vip.json",
            format!(
                "[{{\"name\":\"n\",\"ani\":\"16165550142\",\"domain\":\"{ACME}\",\"destination\":\"desk\"}}]\n"
            ),
            format!(
                "[{{\"name\":\"n\",\"ani\":\"16165550142\",\"domain\":\"{ACME}\",\"destination\":\"desk\",\"reason\":\"WHY\"}}]\n"
            ),
        ),
        (
            "vip.jsonl",
            format!(
                "{{\"ani\":\"16165550142\",\"domain\":\"{ACME}\",\"destination\":\"desk\",\"x\":1}}\n"
            ),
            format!(
                "{{\"ani\":\"16165550142\",\"domain\":\"{ACME}\",\"destination\":\"desk\",\"x\":1,\"reason\":\"WHY\"}}\n"
            ),
        ),
    ];
    for (name, text, expected) in cases {
        let file = rig.file(name, &text);
        let ran = rig
            .run(&[
                "routes", "apply", &file, "--yes", "--failed", "left", "--json",
            ])
            .exits(2);
        let why = ran.json()["failed"][0]["error"]
            .as_str()
            .expect("a reason")
            .to_owned();
        let left = read(rig.home().join("left"));
        assert_eq!(left.replace(&why, "WHY"), expected, "{why}");
    }
    let text = format!("ani,domain,destination\n16165550101,{ACME},john\n16165550102,{ACME},100\n");
    let file = rig.file("prune.csv", &text);
    let prune = [
        "routes", "apply", &file, "--yes", "--prune", "--max-deletes", "9", "--failed", "left",
    ];
    rig.run(&prune).exits(2);
    let left = read(rig.home().join("left"));
    assert!(
        left.starts_with("ani,dnis,domain,application,destination,state,reason\n"),
        "{left}"
    );
    assert!(
        left.contains("16165550190,") && left.contains(",absent,"),
        "a called number is not lost: {left}"
    );
    let file = rig.file(
        "prune.csv",
        &text
            .replace("domain,", "domain,called,")
            .replace("ice,", "ice,,"),
    );
    rig.run(&[&prune[..2], &[&file], &prune[3..]].concat())
        .exits(2);
    let left = read(rig.home().join("left"));
    assert!(
        left.starts_with("ani,domain,called,destination,reason,state\n"),
        "{left}"
    );
}
