use std::collections::HashSet;
use std::fs;
use std::io::Write as _;

use jiff::Timestamp;
use proptest::prelude::*;

use super::{
    ApiWrite, End, Entry, Filter, Header, Intents, Journal, JournalError, Outcome, Run, RunId,
    Status,
};
use crate::model::{AccountId, Change, DomainKey, NumberKey, Origin, Route};

fn header(undoes: Option<&RunId>) -> Header {
    Header {
        account: Some(AccountId::parse("022b7a6e-7c3f").expect("an account")),
        origin: Origin::default(),
        profile: "default".into(),
        sandbox: false,
        command: "skyswitch routes set --ani 16165550101".into(),
        host: "desk".into(),
        user: "dana".into(),
        undoes: undoes.cloned(),
        plan: None,
        file: None,
        empty_domains: Vec::new(),
        at_risk: Vec::new(),
        probe: false,
        until: None,
        ends: Vec::new(),
    }
}

fn route(ani: &str, destination: &str) -> Route {
    Route {
        ani: Some(ani.into()),
        domain: Some("acme.15611.service".into()),
        application: Some("user".into()),
        destination: Some(destination.into()),
        ..Route::default()
    }
}

fn changes() -> Vec<Change> {
    let put = |before, after| Change::put(before, after).expect("a change");
    vec![
        put(None, route("16165550101", "john\n\u{1b}")),
        put(
            Some(route("16165550102", "ann")),
            route("16165550102", "bob"),
        ),
        Change::delete(route("16165550103", "eve")).expect("a change"),
    ]
}

fn begin(journal: &Journal) -> Run {
    journal
        .begin(&header(None), Intents::Changes(&changes()))
        .expect("begun")
}

fn newest(journal: &Journal) -> Entry {
    let first = journal.entries().expect("a journal").next();
    first.expect("a run").expect("readable")
}

fn outcomes(entry: &Entry) -> Vec<Outcome> {
    let outcomes = entry.changes.iter().map(|change| change.outcome.clone());
    outcomes.collect()
}

fn file_of(journal: &Journal, id: &RunId) -> std::path::PathBuf {
    journal.dir().join(format!("{id}.jsonl"))
}

fn temp() -> (tempfile::TempDir, Journal) {
    let home = tempfile::tempdir().expect("temp");
    let journal = Journal::under(&home.path().join("state"));
    (home, journal)
}

#[test]
fn a_finished_run_reads_back_whole() {
    let (_home, journal) = temp();
    let run = begin(&journal);
    let failed = Outcome::Failed {
        error: "403".into(),
    };
    run.result(1, &failed).expect("written");
    run.result(0, &Outcome::Done).expect("written");
    run.end(End::Partial).expect("written");
    let entry = newest(&journal);
    assert_eq!(entry.id, *run.id());
    assert_eq!(entry.header, header(None));
    let intents: Vec<Change> = entry.changes.iter().map(|c| c.intent.clone()).collect();
    assert_eq!(intents, changes());
    assert_eq!(
        outcomes(&entry),
        [Outcome::Done, failed, Outcome::NotReached]
    );
    assert_eq!(entry.status, Status::Partial);
    assert!(entry.begun && !entry.is_unsettled() && entry.warnings.is_empty());
}

#[test]
fn the_intents_are_on_disk_before_the_first_result() {
    let (_home, journal) = temp();
    let run = begin(&journal);
    let text = fs::read_to_string(file_of(&journal, run.id())).expect("a file");
    let tags: Vec<&str> = text
        .lines()
        .map(|line| line.split('"').nth(1).expect("a tag"))
        .collect();
    assert_eq!(tags, ["header", "change", "change", "change", "intents"]);
    assert!(text.contains("\"before\":{\"ani\":\"16165550103\""));
}

#[cfg(unix)] // modes of files
#[test]
fn files_and_directory_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_home, journal) = temp();
    fs::create_dir_all(journal.dir()).expect("created");
    fs::set_permissions(journal.dir(), fs::Permissions::from_mode(0o755)).expect("widened");
    let run = begin(&journal);
    let mode =
        |path: &std::path::Path| fs::metadata(path).expect("stat").permissions().mode() & 0o777;
    assert_eq!(mode(journal.dir()), 0o700);
    assert_eq!(mode(&file_of(&journal, run.id())), 0o600);
}

#[test]
fn a_run_at_work_is_told_from_one_that_died() {
    let (_home, journal) = temp();
    let run = begin(&journal);
    run.result(0, &Outcome::Done).expect("written");
    let entry = newest(&journal);
    assert!(entry.status == Status::Running && !entry.is_unsettled());
    assert!(matches!(
        journal.reopen(&entry),
        Err(JournalError::Running { .. })
    ));
    drop(run);
    let entry = newest(&journal);
    assert_eq!(entry.status, Status::Interrupted);
    assert!(entry.is_unsettled());
    assert_eq!(
        outcomes(&entry),
        [Outcome::Done, Outcome::Unknown, Outcome::Unknown]
    );
}

#[test]
fn a_dead_run_is_settled_later_even_behind_a_torn_line() {
    let (_home, journal) = temp();
    let run = begin(&journal);
    let path = file_of(&journal, run.id());
    drop(run);
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .expect("open");
    file.write_all(b"{\"result\":{\"ind").expect("torn");
    drop(file);
    let run = journal.reopen(&newest(&journal)).expect("reopened");
    for index in 0..3 {
        run.result(index, &Outcome::Done).expect("written");
    }
    run.end(End::Done).expect("written");
    let entry = newest(&journal);
    assert_eq!(outcomes(&entry), [const { Outcome::Done }; 3]);
    assert_eq!(entry.status, Status::Done);
}

#[test]
fn a_restored_sibling_joins_the_run() {
    let (_home, journal) = temp();
    let run = begin(&journal);
    let sibling = Change::delete(route("16165550104", "sue")).expect("a change");
    let index = run.add(&sibling).expect("written");
    assert_eq!(index, 3);
    run.result(index, &Outcome::Restored).expect("written");
    run.end(End::Done).expect("written");
    let entry = newest(&journal);
    assert_eq!(entry.changes[3].intent, sibling);
    assert_eq!(entry.changes[3].outcome, Outcome::Restored);
}

#[test]
fn history_json_has_the_promised_form() {
    let (_home, journal) = temp();
    let run = journal
        .begin_at(
            "2026-11-23T12:15:30.7Z".parse().expect("a time"),
            &header(None),
            Intents::Changes(&changes()[2..]),
        )
        .expect("begun");
    run.result(0, &Outcome::Done).expect("written");
    run.end(End::Done).expect("written");
    let mut json = serde_json::to_value(newest(&journal)).expect("json");
    json["id"] = "ID".into();
    assert_eq!(
        json.to_string(),
        r#"{"id":"ID","time":"2026-11-23T12:15:30Z","command":"skyswitch routes set --ani 16165550101","account":"022b7a6e-7c3f","profile":"default","sandbox":false,"status":"done","changes":[{"op":"delete","key":{"domain":"acme.15611.service","ani":"16165550103","dnis":null},"before":{"ani":"16165550103","dnis":null,"domain":"acme.15611.service","application":"user","destination":"eve"},"after":null,"result":"done"}]}"#
    );
}

#[test]
fn an_api_write_is_kept_by_names_and_hash() {
    let (_home, journal) = temp();
    let write = ApiWrite {
        method: "POST".into(),
        path: "/accounts/022b7a6e-7c3f/users".into(),
        parameters: vec!["name".into()],
        body_sha256: Some("ab".repeat(32)),
    };
    let run = journal
        .begin(&header(None), Intents::Api(&write))
        .expect("begun");
    let answered = Outcome::Answered { http_status: 201 };
    run.result(0, &answered).expect("written");
    run.end(End::Done).expect("written");
    let entry = newest(&journal);
    assert!(!entry.is_undoable());
    let json = serde_json::to_value(&entry).expect("json");
    assert_eq!(
        json["changes"][0].to_string(),
        format!(
            r#"{{"method":"POST","path":"/accounts/022b7a6e-7c3f/users","parameters":["name"],"body_sha256":"{}","status":201,"result":"answered"}}"#,
            "ab".repeat(32)
        )
    );
}

#[test]
fn undo_and_redo_show_in_the_status() {
    let (_home, journal) = temp();
    let write = |undoes: Option<&RunId>, end| {
        let changes = changes();
        let run = journal
            .begin(&header(undoes), Intents::Changes(&changes))
            .expect("begun");
        run.end(end).expect("ended");
        // Ids of one millisecond have no order.
        std::thread::sleep(std::time::Duration::from_millis(2));
        run.id().clone()
    };
    let status = || -> Vec<Status> {
        let entries = journal.entries().expect("a journal");
        entries.map(|entry| entry.expect("a run").status).collect()
    };
    let first = write(None, End::Done);
    write(Some(&first), End::Partial);
    assert_eq!(status(), [Status::Partial, Status::Done]);
    let undo = write(Some(&first), End::Done);
    assert_eq!(status(), [Status::Done, Status::Partial, Status::Undone]);
    assert_eq!(
        journal.find(first.as_str()).expect("found").status,
        Status::Undone
    );
    write(Some(&undo), End::Done);
    assert_eq!(
        status(),
        [Status::Done, Status::Undone, Status::Partial, Status::Done]
    );
}

#[test]
fn the_latest_run_is_first_also_when_the_clock_was_set_back() {
    let (_home, journal) = temp();
    let at = |time: &str| {
        let run = journal
            .begin_at(
                time.parse().expect("a time"),
                &header(None),
                Intents::Changes(&changes()),
            )
            .expect("begun");
        run.id().clone()
    };
    let ids = [
        at("2026-11-23T12:00:00Z"),
        at("2026-11-23T11:00:00Z"),
        at("2026-11-23T11:00:00Z"),
    ];
    let listed = journal.ids().expect("listed");
    assert_eq!(listed, [ids[2].clone(), ids[1].clone(), ids[0].clone()]);
    assert_eq!(newest(&journal).time.to_string(), "2026-11-23T11:00:00Z");
}

#[test]
fn many_runs_begun_at_once_are_all_kept() {
    let (_home, journal) = temp();
    let ids: HashSet<RunId> = std::thread::scope(|scope| {
        let begin = || begin(&journal).id().clone();
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(begin)).collect();
        let join =
            |thread: std::thread::ScopedJoinHandle<'_, RunId>| thread.join().expect("joined");
        threads.into_iter().map(join).collect()
    });
    assert_eq!(ids.len(), 16);
    assert_eq!(journal.entries().expect("a journal").flatten().count(), 16);
}

#[test]
fn results_of_many_lanes_are_all_kept() {
    let (_home, journal) = temp();
    let changes: Vec<Change> = (0..800)
        .map(|n| Change::put(None, route(&format!("1616555{n:04}"), "x")).expect("a change"))
        .collect();
    let run = journal
        .begin(&header(None), Intents::Changes(&changes))
        .expect("begun");
    std::thread::scope(|scope| {
        for lane in 0..8 {
            let run = &run;
            scope.spawn(move || {
                for index in (lane..800).step_by(8) {
                    run.result(index, &Outcome::Done).expect("written");
                }
            });
        }
    });
    run.end(End::Done).expect("written");
    let entry = newest(&journal);
    assert!(outcomes(&entry).iter().all(|o| *o == Outcome::Done));
    assert!(entry.warnings.is_empty());
}

#[test]
fn runs_are_found_by_what_people_type() {
    let (_home, journal) = temp();
    assert!(matches!(
        journal.find("3f9a"),
        Err(JournalError::NotFound { .. })
    ));
    let id = begin(&journal).id().clone();
    begin(&journal);
    assert_eq!(journal.find(id.as_str()).expect("found").id, id);
    let year = &id.as_str()[..4];
    assert!(matches!(
        journal.find(year),
        Err(JournalError::Ambiguous { ids, .. }) if ids.len() == 2
    ));
}

#[test]
fn filters_want_domain_and_caller_in_one_write() {
    let (_home, journal) = temp();
    begin(&journal);
    let entry = newest(&journal);
    let with = |domain: Option<&str>, ani: Option<&str>, dnis: Option<&str>| {
        let filter = Filter {
            dnis: dnis.map(NumberKey::of),
            domain: domain.map(DomainKey::of),
            ani: ani.map(NumberKey::of),
            ..Filter::default()
        };
        filter.accepts(&entry)
    };
    let accepts = |domain, ani| with(domain, ani, None);
    assert!(accepts(None, None));
    assert!(accepts(Some("ACME.15611.service"), Some("616-555-0102")));
    assert!(!accepts(Some("bluebird.15611.service"), None));
    assert!(!accepts(Some("acme.15611.service"), Some("16165550109")));
    // Where calls went before, and where they go, in the same write.
    for (destination, ani, passes) in [("nobody", None, false), ("eve", None, true)] {
        let filter = Filter {
            destination: Some(destination.to_owned()),
            ani: ani.map(NumberKey::of),
            ..Filter::default()
        };
        assert_eq!(filter.accepts(&entry), passes, "{destination}");
    }
    let later = Filter {
        since: Some(entry.time + jiff::SignedDuration::from_secs(2)),
        ..Filter::default()
    };
    assert!(!later.accepts(&entry));
}

#[test]
fn no_journal_yet_is_an_empty_one() {
    let (_home, journal) = temp();
    assert_eq!(journal.entries().expect("empty").count(), 0);
    assert!(!journal.dir().exists());
}

#[test]
fn a_place_that_cannot_be_written_is_an_error_and_leaves_nothing() {
    let home = tempfile::tempdir().expect("temp");
    fs::write(home.path().join("journal"), b"a file").expect("written");
    let journal = Journal::under(home.path());
    let begun = journal.begin(&header(None), Intents::Changes(&changes()));
    assert!(matches!(begun, Err(JournalError::Unwritable { .. })));
}

#[test]
fn foreign_files_are_reported_and_passed_over() {
    let (_home, journal) = temp();
    begin(&journal);
    let dir = journal.dir();
    for (name, content) in [
        ("notes.jsonl", "x\n"),
        ("20261123T121530.123Z-3f9a.jsonl", "{}\n"),
        ("20261123T121530.123Z-3f9b.jsonl", ""),
        (
            "20261123T121530.123Z-3f9c.jsonl",
            "{\"header\":{\"version\":3}}\n",
        ),
        ("20261123T121530.123Z-3f9d.txt", "not ours at all"),
    ] {
        fs::write(dir.join(name), content).expect("written");
    }
    fs::create_dir(dir.join("20261123T121530.123Z-3f9e.jsonl")).expect("created");
    let (good, bad): (Vec<_>, Vec<_>) = journal
        .entries()
        .expect("a journal")
        .partition(Result::is_ok);
    assert_eq!((good.len(), bad.len()), (1, 5));
    let reasons: Vec<String> = bad
        .into_iter()
        .map(|item| item.expect_err("bad").fault.reason)
        .collect();
    assert!(reasons.contains(&"it has version 3, this program reads up to 2".to_owned()));
    assert!(matches!(
        journal.find("3f9a"),
        Err(JournalError::Unreadable { .. })
    ));
}

#[cfg(unix)] // a link
#[test]
fn a_link_is_not_followed() {
    let (_home, journal) = temp();
    let id = begin(&journal).id().clone();
    let link = "20261123T121530.123Z-3f9a";
    let link = RunId::parse(link).expect("an id");
    std::os::unix::fs::symlink(file_of(&journal, &id), file_of(&journal, &link)).expect("linked");
    assert_eq!(journal.entries().expect("a journal").flatten().count(), 1);
}

/// A whole run as bytes, with results and end.
fn whole_run() -> (RunId, Vec<u8>) {
    let (_home, journal) = temp();
    let run = begin(&journal);
    run.result(0, &Outcome::Done).expect("written");
    run.result(1, &Outcome::Done).expect("written");
    run.result(2, &Outcome::Done).expect("written");
    run.end(End::Done).expect("written");
    let bytes = fs::read(file_of(&journal, run.id())).expect("read");
    (run.id().clone(), bytes)
}

#[test]
fn a_file_cut_anywhere_never_claims_what_it_does_not_know() {
    let (id, bytes) = whole_run();
    let lines = |upto: &[u8]| upto.iter().filter(|b| **b == b'\n').count();
    for cut in 0..=bytes.len() {
        let read = super::read::read(&bytes[..cut], &id);
        let whole = lines(&bytes[..cut]);
        if whole == 0 {
            assert!(!read.expect_err("no run").blocks, "{cut}");
            continue;
        }
        let entry = read.expect("a header");
        assert_eq!(entry.begun, whole > 4, "{cut}");
        assert!(entry.warnings.is_empty(), "{cut}: {:?}", entry.warnings);
        assert_eq!(entry.changes.len(), (whole - 1).min(3), "{cut}");
        let silent = if whole < 5 {
            Outcome::NotReached
        } else {
            Outcome::Unknown
        };
        let told = whole.saturating_sub(5).min(3);
        for (index, outcome) in outcomes(&entry).into_iter().enumerate() {
            let expected = if index < told {
                &Outcome::Done
            } else {
                &silent
            };
            assert_eq!(&outcome, expected, "{cut}");
        }
        let ended = whole == 9;
        assert_eq!(entry.status == Status::Done, ended, "{cut}");
    }
}

/// A run as version 1 wrote it, with a torn line behind which it went on.
fn old_run() -> (RunId, String) {
    let id = RunId::parse("20261123T121530.123Z-3f9a").expect("an id");
    let key = r#""key":{"domain":"acme.15611.service","ani":"16165550103","dnis":null}"#;
    let lines = [
        r#"{"header":{"version":1,"id":"20261123T121530.123Z-3f9a","time":"2026-11-23T12:15:30Z","run":{"account":"022b7a6e-7c3f","origin":"https://api.skyswitch.com","profile":"default","sandbox":false,"command":"skyswitch","host":"desk","user":"dana","undoes":null,"plan":null}}}"#,
        &format!(
            r#"{{"change":{{"index":0,"change":{{"op":"delete",{key},"before":{{"ani":"16165550103"}},"after":null}}}}}}"#
        ),
        &format!(
            r#"{{"change":{{"index":1,"change":{{"op":"delete",{key},"before":{{"ani":"16165550103"}},"after":null}}}}}}"#
        ),
        r#"{"intents":{"count":2}}"#,
        r#"{"result":{"index":0,"outcome":"stale"}}"#,
        r#"{"result":{"ind"#,
        r#"{"end":{"status":"partial"}}"#,
    ];
    (id, lines.join("\n") + "\n")
}

#[test]
fn a_run_of_version_1_is_read_without_checksums() {
    let (id, text) = old_run();
    let entry = super::read::read(text.as_bytes(), &id).expect("a run");
    let stale = Outcome::Stale { found: Vec::new() };
    assert_eq!(outcomes(&entry), [stale, Outcome::Unknown]);
    assert_eq!(entry.warnings.len(), 1, "the torn line");
    assert!(entry.is_unsettled() && entry.begun);
    let damaged = text.replacen("\"index\":1", "\"index\":x", 1);
    assert!(super::read::read(damaged.as_bytes(), &id).is_err());
}

#[test]
fn an_old_run_is_settled_with_lines_of_the_new_version() {
    let (_home, journal) = temp();
    let (id, text) = old_run();
    fs::create_dir_all(journal.dir()).expect("created");
    fs::write(file_of(&journal, &id), text).expect("written");
    let run = journal.reopen(&newest(&journal)).expect("reopened");
    run.result(1, &Outcome::Done).expect("written");
    drop(run);
    let entry = newest(&journal);
    assert_eq!(entry.changes[1].outcome, Outcome::Done);
}

#[test]
fn every_line_has_its_checksum_and_is_json() {
    let (_, bytes) = whole_run();
    let text = String::from_utf8(bytes).expect("text");
    for line in text.lines() {
        let json: serde_json::Value = serde_json::from_str(line).expect("json");
        let (body, _) = line.rsplit_once(",\"sum\":").expect("a checksum");
        let sum = format!("{:08x}", crc32fast::hash(body.as_bytes()));
        assert_eq!(json["sum"], sum.as_str());
    }
}

#[test]
fn what_a_look_found_is_kept_and_is_what_an_undo_expects() {
    let (_home, journal) = temp();
    let run = begin(&journal);
    let found = vec![route("16165550102", "ivy")];
    let gone = Outcome::Seen { found: Vec::new() };
    let other = Outcome::Seen {
        found: found.clone(),
    };
    let stale = Outcome::Stale {
        found: found.clone(),
    };
    for (index, outcome) in [&gone, &other, &stale].into_iter().enumerate() {
        run.result(index, outcome).expect("written");
    }
    run.end(End::Partial).expect("ended");
    let entry = newest(&journal);
    assert_eq!(outcomes(&entry), [gone, other, stale]);
    let json = serde_json::to_value(&entry).expect("json");
    let change = |index: usize| &json["changes"][index];
    assert_eq!(
        [
            &change(0)["found"],
            &change(1)["found"],
            &change(2)["found"]
        ],
        [
            &serde_json::json!([]),
            &serde_json::json!(found),
            &serde_json::json!(found)
        ]
    );
    assert_eq!(change(1)["result"], "seen");
    let made: Vec<_> = entry.changes.iter().map(super::Recorded::made).collect();
    let ivy = made[1].as_ref().expect("made").after.clone();
    assert_eq!(ivy.as_ref(), found.first());
    assert!(
        made[0].is_none() && made[2].is_none(),
        "nothing is left of them"
    );
}

#[test]
fn recent_runs_are_those_that_have_written_a_moment_ago() {
    use std::time::{Duration, SystemTime};
    let (_home, journal) = temp();
    let dead = begin(&journal).id().clone();
    let over = begin(&journal).id().clone();
    let ahead = begin(&journal);
    ahead.result(0, &Outcome::Sent).expect("written");
    let torn = begin(&journal).id().clone();
    let path = file_of(&journal, &torn);
    let text = fs::read_to_string(&path).expect("text");
    let cut = text.rfind("{\"intents").expect("the mark");
    fs::write(&path, &text[..cut]).expect("cut");
    let set = |id: &RunId, time: SystemTime| {
        let mut options = fs::OpenOptions::new();
        options.append(true);
        #[cfg(windows)] // not to write to: one of them has its writer
        std::os::windows::fs::OpenOptionsExt::access_mode(&mut options, 0x100);
        let file = options.open(file_of(&journal, id));
        file.expect("open").set_modified(time).expect("set");
    };
    let now = SystemTime::now();
    set(&over, now - Duration::from_secs(20));
    set(ahead.id(), now + Duration::from_secs(3600));
    let old = journal.begin_at(
        Timestamp::UNIX_EPOCH,
        &header(None),
        Intents::Changes(&changes()),
    );
    // Its id is later than every other: the clock was set back.
    let old = old.expect("begun").id().clone();
    let recent = journal.recent(Duration::from_secs(15)).expect("a journal");
    let ids: Vec<_> = recent.iter().map(|one| &one.run.id).collect();
    assert_eq!(ids, [&old, ahead.id(), &dead]);
    assert_eq!(recent[1].age, Duration::ZERO);
    assert_eq!(
        outcomes(&recent[1].run)[..2],
        [Outcome::Sent, Outcome::Unknown]
    );
    assert_eq!(outcomes(&recent[2].run), [const { Outcome::Unknown }; 3]);
}

#[test]
fn an_endless_line_is_damage_found_in_flat_memory() {
    let (id, bytes) = whole_run();
    let head = bytes.iter().position(|b| *b == b'\n').expect("a line") + 1;
    let mut long = bytes[..head].to_vec();
    long.resize(head + 9 * 1024 * 1024, b'x');
    long.push(b'\n');
    long.extend_from_slice(&bytes[head..]);
    let fault = super::read::read(long.as_slice(), &id).expect_err("damaged");
    assert_eq!(fault.reason, "line 2 is damaged");
}

/// What a flipped bit may do: damage the run, or take its last line away as a torn one.
#[test]
fn every_single_flipped_bit_damages_the_run() {
    let (id, bytes) = whole_run();
    for upto in [
        bytes.len(),
        end_of(&bytes, "{\"intents"),
        end_of(&bytes, "{\"change"),
    ] {
        let whole = super::read::read(&bytes[..upto], &id).expect("a run");
        for bit in 0..upto * 8 {
            let mut flipped = bytes[..upto].to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let fault = super::read::read(flipped.as_slice(), &id).expect_err("damaged");
            assert!(fault.blocks, "bit {bit} of {upto}");
            assert!(fault.header.is_none_or(|header| *header == whole.header));
        }
    }
}

/// Where the last line that begins so ends.
fn end_of(bytes: &[u8], start: &str) -> usize {
    let text = str::from_utf8(bytes).expect("text");
    let at = text.rfind(start).expect("a line");
    at + text[at..].find('\n').expect("an end") + 1
}

proptest! {
    #[test]
    fn reading_anything_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let id = RunId::parse("20261123T121530.123Z-3f9a").expect("an id");
        let _ = super::read::read(bytes.as_slice(), &id);
    }

    #[test]
    fn a_mutilated_run_never_panics_and_keeps_its_order(
        cuts in proptest::collection::vec((0usize..2000, 0usize..40, any::<u8>()), 0..6),
    ) {
        let (id, mut bytes) = whole_run();
        for (at, length, byte) in cuts {
            let at = at % bytes.len();
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, [byte]);
        }
        if let Ok(entry) = super::read::read(bytes.as_slice(), &id) {
            prop_assert!(entry.changes.len() <= 4);
        }
    }
}
