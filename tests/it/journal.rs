//! What is on disk before the first request of a write, and what happens where nothing can be.

use std::path::PathBuf;

use crate::support::canned::Canned;
use crate::support::{Rig, eventually, spawned};
use serde_json::Value;

const SET: [&str; 8] = [
    "routes", "set", "--ani", "6165550101", "--domain", "acme.15611.service", "--destination",
    "night-desk",
];

fn runs(rig: &Rig) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(rig.state_dir().join("journal")) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"))
        .collect()
}

fn records(path: &PathBuf) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("the run");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// A rig whose caller 616-555-0101 has exactly one route in acme.
fn rig_with(faults: &[&str]) -> Rig {
    let rig = Rig::with_behaviour(&[], faults);
    let list = rig
        .run(&["routes", "list", "--ani", "6165550101", "--json"])
        .succeeds();
    assert_eq!(list.json().as_array().map(Vec::len), Some(1));
    rig
}

#[test]
fn header_before_image_and_intent_are_on_disk_while_the_request_hangs() {
    let rig = rig_with(&["PUT *=hang"]);
    let mut child = spawned(&mut rig.command(&SET));
    eventually("the PUT", || rig.requests("PUT") == 1);
    let runs = runs(&rig);
    assert_eq!(runs.len(), 1, "one file a run");
    let before: Vec<Value> = records(&runs[0]);
    let text = std::fs::read_to_string(&runs[0]).expect("the run");
    // Killed in the middle: what is there is whole.
    child.kill().expect("kill");
    child.wait().expect("wait");
    assert_eq!(records(&runs[0]), before);
    let first = &before[0]["header"];
    assert!(
        first["id"].is_string() && first["time"].is_string(),
        "{first}"
    );
    let header = &first["run"];
    assert_eq!(header["account"], "sbx_account");
    assert_eq!(header["origin"], rig.sandbox().url());
    assert_eq!(header["sandbox"], false);
    assert!(
        header["command"]
            .as_str()
            .unwrap_or_default()
            .starts_with("skyswitch routes set --ani"),
        "{header}"
    );
    for name in ["profile", "host", "user"] {
        assert!(header[name].is_string(), "{name}: {header}");
    }
    assert!(before.len() > 1, "the intent: {text}");
    assert!(
        text.contains("night-desk"),
        "what was to stand there: {text}"
    );
    assert!(
        text.contains("\"before\"") && text.contains("16165550101"),
        "what stood there: {text}"
    );
    assert!(!text.contains("done"), "no result yet: {text}");
    for secret in ["sbx_secret", "sbx_password", "sbx_at", "sbx_rt"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[cfg(unix)] // modes of files
#[test]
fn a_journal_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let rig = rig_with(&[]);
    rig.run(&SET).succeeds();
    let mode = |path: &std::path::Path| {
        std::fs::metadata(path).expect("there").permissions().mode() & 0o777
    };
    assert_eq!(mode(&runs(&rig)[0]), 0o600);
    assert_eq!(mode(&rig.state_dir().join("journal")), 0o700);
    assert_eq!(mode(&rig.state_dir()), 0o700);
}

#[test]
fn results_follow_and_the_id_is_the_one_in_the_answer() {
    let rig = rig_with(&[]);
    let answer = rig.run(&[&SET[..], &["--json"]].concat()).succeeds().json();
    let runs = runs(&rig);
    let records = records(&runs[0]);
    assert_eq!(records[0]["header"]["id"], answer["journal"]);
    let text = std::fs::read_to_string(&runs[0]).expect("the run");
    assert!(text.contains("done"), "{text}");
    let stem = runs[0]
        .file_stem()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    assert_eq!(answer["journal"], stem.as_str());
}

#[test]
fn what_writes_nothing_is_not_journalled() {
    let rig = rig_with(&[]);
    rig.run(&[&SET[..], &["--dry-run"]].concat()).succeeds();
    rig.run(&["routes", "list"]).succeeds();
    rig.run(&[
        "routes", "delete", "--ani", "6165550101", "--domain", "acme.15611.service", "--dry-run",
    ])
    .succeeds();
    rig.run(&[
        "routes", "delete", "--ani", "6165550101", "--domain", "acme.15611.service",
    ])
    .exits(5);
    rig.run(&[
        "routes", "delete", "--ani", "6165550199", "--domain", "acme.15611.service", "--yes",
        "--ignore-missing",
    ])
    .succeeds();
    assert_eq!(runs(&rig).len(), 0);
    rig.run(&SET).succeeds();
    rig.run(&SET).succeeds();
    assert_eq!(runs(&rig).len(), 1, "unchanged writes nothing");
}

#[test]
fn without_a_journal_nothing_is_sent() {
    let list = r#"[{"ani":"16165550101","domain":"acme.15611.service","application":"user","destination":"john"}]"#;
    let server = Canned::listing(list);
    let delete = [
        "routes", "delete", "--ani", "6165550101", "--domain", "acme.15611.service", "--yes",
    ];
    let mut rig = server.rig();
    // Root may write anywhere, but not into a file as if it were a directory.
    let in_the_way = rig.file("in-the-way", "");
    let places = [
        format!("{in_the_way}/state"),
        in_the_way,
        "/dev/null".to_owned(),
        "/proc/self/nothing".to_owned(),
    ];
    // Those of Unix are no paths on Windows.
    for place in (places.iter()).filter(|place| std::path::Path::new(place).is_absolute()) {
        rig.set("SKYSWITCH_STATE_DIR", place);
        for args in [&SET[..], &delete] {
            let ran = rig.run(&[args, &["--json"]].concat()).exits(5);
            assert_eq!(ran.error()["code"], "journal_unavailable", "{place}");
            assert_eq!(ran.error()["changed"], false);
        }
        rig.run(&["routes", "list"]).succeeds();
    }
    assert_eq!(server.count("PUT") + server.count("DELETE"), 0);
}

#[cfg(unix)] // modes of files
#[test]
fn a_directory_that_may_not_be_written_sends_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    if rustix::process::geteuid().is_root() {
        // Permissions do not hold for root; the test above covers it.
        return;
    }
    let rig = rig_with(&[]);
    std::fs::create_dir(rig.state_dir()).expect("create");
    std::fs::set_permissions(rig.state_dir(), std::fs::Permissions::from_mode(0o500))
        .expect("chmod");
    let ran = rig.run(&[&SET[..], &["--json"]].concat()).exits(5);
    assert_eq!(ran.error()["code"], "journal_unavailable");
    assert_eq!(rig.requests("PUT"), 0);
}

#[test]
fn a_file_where_the_journals_directory_should_be_sends_nothing() {
    let rig = rig_with(&[]);
    std::fs::create_dir_all(rig.state_dir()).expect("create");
    std::fs::write(rig.state_dir().join("journal"), "a file").expect("write");
    let ran = rig.run(&[&SET[..], &["--json"]].concat()).exits(5);
    assert_eq!(ran.error()["code"], "journal_unavailable");
    assert_eq!(rig.requests("PUT"), 0);
}

#[test]
fn the_sandboxs_journal_is_apart_from_the_real_one() {
    let rig = Rig::new();
    rig.run(&[&["--sandbox"], &SET[..]].concat()).succeeds();
    assert_eq!(runs(&rig).len(), 0);
    let sandbox = rig.state_dir().join("sandbox/journal");
    assert!(std::fs::read_dir(sandbox).expect("there").count() >= 1);
}

/// A disk that fills up takes half a line; what is there ends with a whole one all the same.
#[cfg(unix)] // ulimit
#[test]
fn a_journal_that_may_not_grow_ends_with_a_whole_line() {
    let rows: String = (0..40)
        .map(|n| format!("161655502{n:02},acme.15611.service,desk-{n}\n"))
        .collect();
    let apply = |limit: &str| {
        let rig = rig_with(&[]);
        let file = rig.file("r.csv", &format!("ani,domain,destination\n{rows}"));
        let ours = rig.command(&["routes", "apply", &file, "--yes"]);
        let script = format!("trap '' XFSZ; {limit} exec \"$@\"");
        let output = std::process::Command::new("sh")
            .args(["-c", &script, "sh"])
            .arg(ours.get_program())
            .args(ours.get_args())
            .env_clear()
            .envs(
                ours.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .output()
            .expect("sh");
        let text = std::fs::read_to_string(&runs(&rig)[0]).expect("text");
        (
            rig,
            text,
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (_, whole, _) = apply("");
    let intents = whole.find("{\"result\"").expect("results");
    let blocks = intents.div_ceil(512) + 2;
    let (rig, text, said) = apply(&format!("ulimit -f {blocks};"));
    assert!(said.contains("the journal cannot be written"), "{said}");
    assert!(text.len() > intents && text.len() < whole.len() && text.ends_with('\n'));
    assert_eq!(
        rig.run(&["history", "--json"]).json()[0]["status"],
        "interrupted"
    );
    rig.run(&["undo", "--yes"]).succeeds();
}
