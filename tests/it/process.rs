//! Signals, pipes, disks, descriptors and environments as the world deals them: the right code, no
//! panic, and never a write that is denied or lost.
#![cfg(unix)] // signals, descriptors, limits, bytes that are no text

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Child, Command, Stdio};

use crate::support::canned::{Canned, json};
use crate::support::{Ran, Rig, SET, eventually, for_each, spawned};
use rustix::process::{Pid, Signal, kill_process};

fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a pid")).expect("a pid");
    kill_process(pid, signal).expect("signal");
}

fn end(child: Child) -> Ran {
    Ran::of(&child.wait_with_output().expect("wait"))
}

#[track_caller]
fn no_panic(ran: &Ran) {
    for words in ["panicked", "fault of skyswitch itself", "RUST_BACKTRACE"] {
        assert!(!ran.stderr.contains(words), "{}", ran.stderr);
    }
}

const SIGNALS: [(Signal, i32); 3] = [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)];

#[test]
fn a_signal_ends_a_reading_command_at_once() {
    for_each(&SIGNALS, |&(kind, code)| {
        let rig = Rig::with_behaviour(&[], &["GET *=hang"]);
        let child = rig.start(&["routes", "list", "--json"]);
        eventually("the read", || rig.requests("GET") == 1);
        signal(&child, kind);
        let ran = end(child).exits(code);
        assert_eq!(ran.stdout, "", "no half answer that looks whole");
        no_panic(&ran);
    });
}

#[test]
fn a_signal_before_the_write_sends_nothing() {
    let rig = Rig::with_behaviour(&[], &["GET *=hang"]);
    let child = rig.start(&SET);
    eventually("the read", || rig.requests("GET") == 1);
    signal(&child, Signal::INT);
    end(child).exits(130);
    assert_eq!(rig.requests("PUT"), 0);
}

#[test]
fn a_write_in_flight_finishes_and_is_told() {
    for_each(&SIGNALS, |&(kind, code)| {
        let rig = Rig::with_behaviour(&[], &["PUT *=latency:1000"]);
        let child = rig.start(&SET);
        eventually("the write", || rig.requests("PUT") == 1);
        signal(&child, kind);
        let ran = end(child).exits(code);
        let error = ran.error();
        assert_eq!(error["code"], "interrupted", "{}", ran.stderr);
        assert_eq!(error["changed"], true);
        assert_eq!(error["exit_code"], code);
        let message = error["message"].as_str().expect("a message");
        assert!(
            message.contains("1 of 1") && message.contains("journal"),
            "{message}"
        );
        assert!(
            rig.sandbox()
                .routes()
                .expect("routes")
                .iter()
                .any(|route| route.ani.as_deref() == Some("16165550142"))
        );
        no_panic(&ran);
    });
}

#[test]
fn of_several_deletes_none_is_begun_after_the_signal() {
    let rig = Rig::with_behaviour(&[], &["DELETE *=latency:1000"]);
    let list = rig.run(&["routes", "list", "--json"]).succeeds().json();
    let rows = list.as_array().expect("rows");
    let same = |one: &serde_json::Value, other: &serde_json::Value| {
        one["ani"] == other["ani"] && one["domain"] == other["domain"]
    };
    let twice = rows
        .iter()
        .find(|row| rows.iter().filter(|other| same(row, other)).count() == 2)
        .expect("the sample has a caller with two routes");
    let (ani, domain) = (
        twice["ani"].as_str().expect("ani"),
        twice["domain"].as_str().expect("domain"),
    );
    let child = rig.start(&[
        "routes", "delete", "--ani", ani, "--domain", domain, "--all-dnis", "--yes", "--json",
    ]);
    eventually("the first delete", || rig.requests("DELETE") == 1);
    signal(&child, Signal::TERM);
    let ran = end(child).exits(143);
    assert_eq!(rig.requests("DELETE"), 1);
    assert_eq!(ran.error()["changed"], true);
    assert!(ran.stderr.contains("1 of 2"), "{}", ran.stderr);
}

#[test]
fn a_second_signal_leaves_at_once() {
    let rig = Rig::with_behaviour(&[], &["PUT *=hang"]);
    let mut child = rig.start(&SET);
    eventually("the write", || rig.requests("PUT") == 1);
    signal(&child, Signal::INT);
    let mut notice = String::new();
    let mut stderr = BufReader::new(child.stderr.take().expect("stderr"));
    while !notice.contains("once more leaves at once") {
        assert!(stderr.read_line(&mut notice).expect("read") > 0, "{notice}");
    }
    signal(&child, Signal::INT);
    assert_eq!(child.wait().expect("wait").code(), Some(130));
}

/// `nohup` and background jobs start us with signals ignored.
#[test]
fn a_hang_up_that_is_ignored_stays_ignored() {
    let rig = Rig::with_behaviour(&[], &["GET *=latency:700"]);
    let mut command = Command::new("/bin/sh");
    let inner = rig.command(&["routes", "list"]);
    command
        .args(["-c", "trap '' HUP; exec \"$0\" routes list"])
        .arg(inner.get_program())
        .env_clear()
        .envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = spawned(&mut command);
    eventually("the read", || rig.requests("GET") == 1);
    signal(&child, Signal::HUP);
    end(child).succeeds();
}

#[test]
fn sandbox_serve_says_where_it_is_and_ends_with_a_signal() {
    for_each(&SIGNALS, |&(kind, code)| {
        let rig = Rig::new();
        let mut child = rig.start(&["sandbox", "serve"]);
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout"));
        stdout.read_line(&mut line).expect("a line");
        let facts: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        for name in [
            "url", "account_id", "client_id", "client_secret", "username", "password",
        ] {
            assert!(facts[name].is_string(), "{name}: {facts}");
        }
        let mut user = Rig::new();
        user.set("SKYSWITCH_API_URL", facts["url"].as_str().expect("a url"));
        for name in [
            "account_id", "client_id", "client_secret", "username", "password",
        ] {
            user.set(
                &format!("SKYSWITCH_{}", name.to_uppercase()),
                facts[name].as_str().expect("text"),
            );
        }
        user.run(&["routes", "list"]).succeeds();
        signal(&child, kind);
        assert_eq!(child.wait().expect("wait").code(), Some(code));
    });
}

/// Runs through a shell that arranges the descriptors.
fn shell(rig: &Rig, redirect: &str, args: &[&str]) -> Ran {
    let inner = rig.command(args);
    let output = Command::new("/bin/sh")
        .args(["-c", &format!("exec \"$0\" \"$@\" {redirect}")])
        .arg(inner.get_program())
        .args(inner.get_args())
        .env_clear()
        .envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .output()
        .expect("start");
    let ran = Ran::of(&output);
    no_panic(&ran);
    ran
}

#[cfg(target_os = "linux")] // /dev/full
#[test]
fn a_full_disk_is_a_failure_and_a_write_is_not_denied() {
    let rig = Rig::with_sandbox();
    for args in [
        &["routes", "list"][..],
        &["routes", "list", "--json"],
        &["routes", "list", "-o", "csv"],
        &["domains", "list"],
        &["token"],
        &["status"],
        &["completions", "bash"],
        &["help"],
        &["--help"],
        &["--version"],
    ] {
        let ran = shell(&rig, ">/dev/full", args).exits(1);
        assert!(
            ran.stderr.starts_with("error: "),
            "{args:?}: {}",
            ran.stderr
        );
    }
    let ran = shell(&rig, ">/dev/full", &SET).exits(1);
    assert_eq!(ran.error()["code"], "output_failed");
    assert_eq!(ran.error()["changed"], true);
    let ran = shell(&rig, ">/dev/full", &["routes", "list", "--json"]).exits(1);
    assert_eq!(ran.error()["changed"], false);
    assert_eq!(rig.requests("PUT"), 1);
}

#[test]
fn closed_descriptors_are_no_surprise() {
    let rig = Rig::with_sandbox();
    for args in [
        &["routes", "list"][..],
        &["routes", "list", "--json"],
        &["help"],
        &["--version"],
        &["token"],
    ] {
        let ran = shell(&rig, ">&-", args).exits(1);
        assert!(ran.stderr.contains("error: "), "{args:?}: {}", ran.stderr);
        shell(&rig, "<&-", args).succeeds();
        shell(&rig, "2>&-", args).succeeds();
        shell(&rig, "<&- >/dev/null 2>&-", args).succeeds();
    }
    // Errors that nobody can read have their code all the same.
    shell(&rig, "2>&-", &["routes", "list", "--ani", "x"]).exits(2);
    shell(&rig, "<&- >&- 2>&-", &["routes", "list", "--ani", "x"]).exits(2);
    // Without a result line nothing is due.
    let quiet = [
        "routes", "set", "--ani", "6165550142", "--domain", "acme.15611.service", "--destination",
        "a", "--quiet",
    ];
    shell(&rig, ">&-", &quiet).succeeds();
    let loud = [
        "routes", "set", "--ani", "6165550142", "--domain", "acme.15611.service", "--destination",
        "b", "--json",
    ];
    let ran = shell(&rig, ">&-", &loud).exits(1);
    assert_eq!(ran.error()["changed"], true);
    // Descriptor 0 is free: no socket or file of ours may be taken for answers.
    shell(
        &rig,
        "<&-",
        &[
            "routes", "delete", "--ani", "6165550142", "--domain", "acme.15611.service",
        ],
    )
    .exits(5);
}

#[test]
fn arguments_that_are_not_text_are_usage_errors() {
    let rig = Rig::with_sandbox();
    let bad = OsStr::from_bytes(b"a\xff\x1b[31m");
    for before in [
        &[][..],
        &["routes", "set", "--ani"],
        &["routes", "list", "--domain"],
        &["routes", "list", "--account"],
        &["routes", "list", "--profile"],
        &["routes", "list", "--output"],
        &["completions"],
        &["help"],
    ] {
        let mut command = rig.command(before);
        command.arg(bad);
        let ran = Ran::by(&mut command).exits(2);
        no_panic(&ran);
        assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
        let mut command = rig.command(&["--json"]);
        command.args(before).arg(bad);
        let ran = Ran::by(&mut command).exits(2);
        assert_eq!(ran.error()["exit_code"], 2);
    }
    assert_eq!(rig.sandbox().log().len(), 0);
}

#[test]
fn a_path_need_not_be_text() {
    let rig = Rig::with_sandbox();
    let directory = rig.home().join(OsStr::from_bytes(b"st\xffate"));
    let mut command = rig.command(&SET);
    command
        .env("SKYSWITCH_STATE_DIR", &directory)
        .env("SKYSWITCH_CONFIG_DIR", &directory);
    Ran::by(&mut command).succeeds();
    assert!(directory.join("journal").is_dir());
}

#[test]
fn variables_that_are_not_text_are_named_and_not_repeated() {
    for name in [
        "SKYSWITCH_ACCOUNT_ID",
        "SKYSWITCH_TOKEN",
        "SKYSWITCH_API_URL",
        "SKYSWITCH_OUTPUT",
        "SKYSWITCH_PROFILE",
        "SKYSWITCH_PASSWORD",
        "SKYSWITCH_SCOPE",
        "SKYSWITCH_STORE",
        "SKYSWITCH_DOMAIN",
        "SKYSWITCH_CREDENTIAL_COMMAND",
        "HTTPS_PROXY",
    ] {
        let rig = Rig::with_sandbox();
        let mut command = rig.command(&["routes", "list"]);
        command.env(name, OsStr::from_bytes(b"hush\xff"));
        let ran = Ran::by(&mut command).exits(2);
        no_panic(&ran);
        assert!(ran.stderr.contains(name), "{name}: {}", ran.stderr);
        assert!(!ran.stderr.contains("hush"), "{}", ran.stderr);
        assert_eq!(rig.sandbox().log().len(), 0);
    }
    let rig = Rig::with_sandbox();
    let mut command = rig.command(&["routes", "list"]);
    for name in [
        "USER", "HOSTNAME", "COLUMNS", "LANG", "TERM", "UNRELATED", "NO_COLOR",
    ] {
        command.env(name, OsStr::from_bytes(b"\xff"));
    }
    Ran::by(&mut command).succeeds();
}

#[test]
fn without_a_home_environment_tokens_are_read_and_writes_want_a_state_directory() {
    let server = Canned::start(|asked| match asked.method.as_str() {
        "GET" if asked.path().ends_with("domains") => {
            json(200, r#"[{"domain":"acme.15611.service"}]"#)
        }
        "GET" => json(200, "[]"),
        _ => json(201, "{}"),
    });
    let rig = server.rig();
    // A home that cannot be: `/dev/null` is no directory, not even for root.
    let run = |args: &[&str]| {
        let mut command = rig.command(args);
        command
            .env("HOME", "/dev/null")
            .env_remove("SKYSWITCH_STATE_DIR")
            .env_remove("SKYSWITCH_CONFIG_DIR");
        Ran::by(&mut command)
    };
    run(&["routes", "list"]).succeeds();
    run(&["token"]).succeeds();
    run(&["help"]).succeeds();
    let ran = run(&SET).exits(5);
    assert_eq!(ran.error()["code"], "journal_unavailable");
    assert!(ran.stderr.contains("SKYSWITCH_STATE_DIR"), "{}", ran.stderr);
    assert_eq!(server.count("PUT"), 0);
    // The sandbox needs no home either; it forgets, and says so.
    let ran = run(&["--sandbox", "routes", "list"]).succeeds();
    assert!(ran.stderr.contains("forgets"), "{}", ran.stderr);
    let mut command = rig.command(&[&SET[..], &["--no-verify"]].concat());
    command.env_remove("HOME");
    Ran::by(&mut command).succeeds();
    assert_eq!(server.count("PUT"), 1);
}

#[test]
fn a_login_that_could_not_be_kept_asks_and_sends_nothing() {
    let rig = Rig::with_sandbox();
    for variable in ["SKYSWITCH_STATE_DIR", "SKYSWITCH_CONFIG_DIR"] {
        let mut command = rig.command(&["login", "--store", "file", "--json"]);
        command.env(variable, "/dev/null/nowhere");
        let ran = Ran::by(&mut command);
        assert!(
            [2, 4, 5].contains(&ran.code),
            "{variable}: {} {}",
            ran.code,
            ran.stderr
        );
        no_panic(&ran);
        assert_eq!(rig.sandbox().log().len(), 0, "{variable}");
    }
}

#[test]
fn a_directory_that_is_not_absolute_is_refused_and_none_is_made() {
    let rig = Rig::with_sandbox();
    for variable in ["SKYSWITCH_STATE_DIR", "SKYSWITCH_CONFIG_DIR"] {
        for value in ["~/skyswitch", "state-here", "./x", "~", "../up"] {
            for args in [&SET[..], &["--sandbox", "routes", "list", "--json"]] {
                let mut command = rig.command(args);
                let ran = Ran::by(command.env(variable, value)).exits(2);
                let error = ran.error();
                assert_eq!(error["code"], "invalid_setting", "{error}");
                let message = error["message"].as_str().unwrap_or_default();
                assert!(message.contains(variable), "{message}");
            }
        }
    }
    let made: Vec<_> = std::fs::read_dir(rig.home()).expect("home").collect();
    assert!(made.is_empty(), "{made:?}");
    assert_eq!(rig.sandbox().log().len(), 0);
}

#[test]
fn a_home_that_is_not_absolute_is_none() {
    let rig = Rig::with_sandbox();
    let mut command = rig.command(&SET);
    command
        .env("HOME", "nowhere")
        .env_remove("SKYSWITCH_STATE_DIR");
    let ran = Ran::by(&mut command).exits(5);
    assert_eq!(ran.error()["code"], "journal_unavailable");
    assert!(!rig.home().join("nowhere").exists());
    assert_eq!(rig.requests("PUT"), 0);
}

#[test]
fn a_state_directory_that_others_can_write_to_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let rig = Rig::with_sandbox();
    std::fs::create_dir_all(rig.state_dir()).expect("create");
    let chmod = |mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(rig.state_dir(), mode).expect("chmod");
    };
    let login = ["login", "--store", "file", "--json"];
    for mode in [0o777, 0o770, 0o702, 0o1777] {
        chmod(mode);
        for args in [
            &SET[..],
            &["history", "--json"],
            &login,
            &["undo", "--yes", "--json"],
        ] {
            let ran = rig.run(args).exits(4);
            let error = ran.error();
            assert_eq!(error["code"], "store_unsafe", "{mode:o} {args:?}: {error}");
            let hint = error["hint"].as_str().unwrap_or_default();
            assert!(hint.contains("chmod go-w "), "{hint}");
        }
        let names: Vec<_> = std::fs::read_dir(rig.state_dir()).expect("state").collect();
        assert!(names.is_empty(), "{mode:o}: {names:?}");
        // Nothing is kept, nothing is needed.
        rig.run(&["domains", "list"]).succeeds();
    }
    assert_eq!(rig.requests("PUT"), 0);
    chmod(0o755);
    rig.run(&SET).succeeds();
}

/// A command where no file may grow past so many blocks of 512 bytes.
fn limited(rig: &Rig, blocks: u32, args: &[&str]) -> Command {
    let model = rig.command(args);
    let mut command = Command::new("bash");
    let script = format!("ulimit -f {blocks}; exec \"$0\" \"$@\"");
    command.args(["-c", &script]).arg(model.get_program());
    command.args(model.get_args()).env_clear();
    let variables = model
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    command
        .envs(variables)
        .current_dir(rig.home())
        .stdin(Stdio::null());
    command
}

#[test]
fn a_file_that_may_not_grow_is_an_error_and_no_signal() {
    let mut rig = Rig::with_sandbox();
    let log = rig.home().join("log").display().to_string();
    rig.set("SKYSWITCH_LOG_FILE", &log);
    for blocks in [0, 1] {
        for (args, codes) in [
            (&SET[..], &[5, 0][..]),
            (&["-vv", "domains", "list"], &[0]),
            (&["login", "--store", "file"], &[4, 5]),
            (&["--sandbox", "routes", "list"], &[2]),
            (&["undo", "--yes"], &[3, 5, 0]),
        ] {
            let ran = Ran::by(&mut limited(&rig, blocks, args));
            assert!(codes.contains(&ran.code), "{blocks} {args:?}: {ran:?}");
            assert_eq!(ran.code == 0, !ran.stderr.contains("error: "), "{ran:?}");
        }
    }
    let out = std::fs::File::create(rig.home().join("out")).expect("create");
    let mut command = limited(&rig, 1, &["help", "environment"]);
    let ran = Ran::of(&command.stdout(out).output().expect("start")).exits(1);
    assert!(ran.stderr.contains("error: "), "{}", ran.stderr);
}

#[test]
fn a_log_that_nobody_reads_is_an_error_and_no_wait() {
    let mut rig = Rig::with_sandbox();
    let pipe = rig.home().join("pipe");
    crate::support::pipe(&pipe);
    rig.set("SKYSWITCH_LOG_FILE", pipe.to_str().expect("text"));
    let ran = rig.run(&["-v", "domains", "list", "--json"]).exits(2);
    let error = ran.error();
    assert_eq!(error["code"], "invalid_setting", "{error}");
    assert!(
        error["message"]
            .as_str()
            .unwrap_or_default()
            .contains("SKYSWITCH_LOG_FILE")
    );
    // Nor does one whose reader stopped reading: lines are lost, the command is not.
    let reader = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&pipe)
        .expect("open");
    rustix::io::ioctl_fionbio(&reader, true).expect("nonblocking");
    while (&reader).write(&[b'x'; 4096]).is_ok() {}
    rig.run(&["-vv", "routes", "list"]).succeeds();
}

/// A machine and a file that plans to one new route.
fn planning(faults: &[&str]) -> (Rig, String) {
    let rig = Rig::with_behaviour(&[], faults);
    let rows = "ani,domain,destination\n616-555-0143,acme.15611.service,john\n";
    let file = rig.file("r.csv", rows);
    (rig, file)
}

#[test]
fn an_apply_that_is_interrupted_while_it_plans_has_a_summary() {
    let formats = [
        (&["--json"][..], SIGNALS[0]),
        (&["-o", "ndjson"], SIGNALS[1]),
        (&["--jq", ".plan, .not_reached, .added"], SIGNALS[2]),
        (&[], SIGNALS[0]),
        (&["--quiet"], SIGNALS[1]),
    ];
    for_each(&formats, |&(format, (kind, code))| {
        let (rig, file) = planning(&["GET */route-by-ani=hang"]);
        let apply = ["routes", "apply", &file, "--yes"];
        let child = rig.start(&[&apply[..], format].concat());
        eventually("the read", || rig.requests("GET") > 0);
        signal(&child, kind);
        let ran = end(child).exits(code);
        match format {
            ["--json"] | ["-o", _] => {
                let summary = ran.json();
                assert_eq!(summary["plan"], serde_json::Value::Null, "{summary}");
                assert_eq!(summary["journal"], serde_json::Value::Null, "{summary}");
                assert_eq!(summary["not_reached"], 0, "{summary}");
                assert_eq!(summary["failed"], serde_json::json!([]), "{summary}");
                assert_eq!(
                    summary.get("event").is_some(),
                    format[0] == "-o",
                    "{summary}"
                );
                assert_eq!(ran.error()["exit_code"], code);
                assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
            }
            ["--jq", _] => assert_eq!(ran.stdout, "null\n0\n0\n"),
            ["--quiet"] => assert_eq!(ran.stdout, ""),
            _ => assert_eq!(ran.stdout, "not applied: 0 added, 0 changed, 0 deleted\n"),
        }
        assert_eq!(rig.requests("PUT"), 0);
    });
}

/// A pipe that takes nothing more, and the end to read it by.
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    rustix::io::ioctl_fionbio(&writer, true).expect("nonblocking");
    while writer.write(&[b'x'; 1024]).is_ok() {}
    while writer.write(b"x").is_ok() {}
    rustix::io::ioctl_fionbio(&writer, false).expect("blocking");
    (reader, writer)
}

#[test]
fn the_error_is_the_last_line_however_slowly_it_is_read() {
    let (rig, file) = planning(&["GET */route-by-ani=latency:300"]);
    let (mut reader, writer) = full_pipe();
    let mut command = rig.command(&["routes", "apply", &file, "--yes", "--json", "--quiet"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(writer)
        .spawn()
        .expect("start");
    drop(command);
    eventually("the read", || rig.requests("GET") > 0);
    signal(&child, Signal::INT);
    let mut said = Vec::new();
    let mut block = [0; 2048];
    // The answer comes meanwhile, and with it the chance to go on.
    while let Ok(n @ 1..) = reader.read(&mut block) {
        said.extend_from_slice(&block[..n]);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(child.wait().expect("wait").code(), Some(130));
    let said = String::from_utf8_lossy(&said);
    let last = said.lines().last().unwrap_or_default();
    let last: serde_json::Value = serde_json::from_str(last).expect(last);
    assert_eq!(last["error"]["code"], "interrupted");
    assert_eq!(
        said.matches("error: ").count(),
        1,
        "{}",
        said.trim_start_matches('x')
    );
    let mut summary = String::new();
    let mut stdout = child.stdout.take().expect("stdout");
    stdout.read_to_string(&mut summary).expect("text");
    assert_eq!(summary.lines().count(), 1, "{summary}");
    assert_eq!(rig.requests("PUT"), 0);
}

#[test]
fn a_second_signal_leaves_at_once_though_nobody_reads_the_words() {
    let (rig, file) = planning(&["GET */route-by-ani=hang"]);
    let (reader, writer) = full_pipe();
    let mut command = rig.command(&["routes", "apply", &file, "--yes", "--json", "--quiet"]);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(writer)
        .spawn()
        .expect("start");
    eventually("the read", || rig.requests("GET") > 0);
    signal(&child, Signal::INT);
    // Not a fixed number of them: two that are still pending count as one.
    eventually("the end", || {
        signal(&child, Signal::INT);
        child.try_wait().expect("wait").is_some()
    });
    assert_eq!(child.wait().expect("wait").code(), Some(130));
    drop(reader);
}
