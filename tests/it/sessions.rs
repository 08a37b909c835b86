//! Sessions of real processes: one refresh whatever happens at once, locks that die with their
//! holders, clocks that are wrong, tokens that hardly live.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::canned::{Asked, Canned, json};
use crate::support::{Ran, Rig, connections, eventually, start};
use serde_json::Value;
use skyswitch::sandbox::{self, Options, Sandbox};

/// How many processes start at once.
const CROWD: usize = 50;

/// A machine that is logged in to a sandbox server of its own, with the file store.
struct LoggedIn {
    rig: Rig,
    server: Sandbox,
}

impl LoggedIn {
    fn new(options: Options) -> Self {
        let server = sandbox::start(options).expect("a sandbox");
        let url = server.url();
        Self::at(server, &url)
    }

    /// Reached by another address than its own.
    fn at(server: Sandbox, url: &str) -> Self {
        let mut rig = Rig::new();
        rig.set("SKYSWITCH_API_URL", url);
        login(&rig, &server);
        Self { rig, server }
    }

    /// Changes the stored record the way a command would: as one step.
    fn edit(&self, change: impl FnOnce(&mut Value)) {
        let store = self.rig.state_dir().join("credentials");
        let path = store.join("default.json");
        let text = std::fs::read_to_string(&path).expect("a record");
        let mut record: Value = serde_json::from_str(&text).expect("JSON");
        change(&mut record);
        let mut file = tempfile::NamedTempFile::new_in(&store).expect("a file");
        file.write_all(record.to_string().as_bytes())
            .expect("write");
        file.persist(&path).expect("in its place");
    }

    /// Puts the stored token's times elsewhere: `shift` seconds from where they are.
    fn shift_times(&self, shift: i64) {
        self.edit(|record| {
            for key in ["obtained_at", "expires_at"] {
                let time = record[key].as_i64().expect("a time");
                record[key] = Value::from(time + shift);
            }
        });
    }

    fn grants(&self, kind: &str) -> usize {
        grants(&self.server, kind)
    }

    /// Answers of the API, not of the token endpoint, with 401.
    fn refusals(&self) -> usize {
        let log = self.server.log();
        log.iter()
            .filter(|entry| !entry.path.starts_with("/oauth") && entry.status == Some(401))
            .count()
    }
}

fn login(rig: &Rig, server: &Sandbox) {
    rig.log_in_to(server, &["--store", "file", "--scope", "*"])
        .succeeds();
}

/// How many requests of this grant the token endpoint has seen.
fn grants(server: &Sandbox, kind: &str) -> usize {
    let grant = format!("grant_type={kind}");
    let log = server.log();
    log.iter()
        .filter(|entry| entry.path == "/oauth/token" && entry.method == "POST")
        .filter(|entry| {
            entry
                .body
                .as_deref()
                .is_some_and(|body| body.contains(&grant))
        })
        .count()
}

/// Starts them all before any is waited for.
fn crowd(rig: &Rig, size: usize, args: &[&str]) -> Vec<Child> {
    (0..size).map(|_| rig.start(args)).collect()
}

#[track_caller]
fn all_succeed(children: Vec<Child>) {
    for child in children {
        let output = child.wait_with_output().expect("wait");
        assert!(
            output.status.success(),
            "{:?}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn fifty_processes_on_an_expired_token_refresh_once() {
    let machine = LoggedIn::new(Options::default());
    machine.shift_times(-100_000);
    all_succeed(crowd(&machine.rig, CROWD, &["domains", "list"]));
    assert_eq!(machine.grants("refresh_token"), 1);
    assert_eq!(machine.grants("password"), 1, "the login's own");
    assert_eq!(machine.refusals(), 0);
}

#[test]
fn fifty_processes_on_a_refused_token_refresh_once() {
    let machine = LoggedIn::new(Options::default());
    // By its times it is good for hours; the server has never heard of it.
    machine.edit(|record| record["access_token"] = Value::from("sbx_at_unknown"));
    all_succeed(crowd(&machine.rig, CROWD, &["domains", "list"]));
    assert_eq!(machine.grants("refresh_token"), 1);
    assert_eq!(machine.grants("password"), 1, "the login's own");
    assert!((1..=CROWD).contains(&machine.refusals()));
}

#[test]
fn a_crowd_refreshes_once_while_routes_are_written() {
    let machine = LoggedIn::new(Options::default());
    let writing = AtomicBool::new(true);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut written = 0;
            while writing.load(Ordering::SeqCst) {
                let destination = if written % 2 == 0 { "100" } else { "101" };
                let args = [
                    "routes", "set", "--ani", "16165550142", "--domain", "acme.15611.service",
                    "--destination", destination,
                ];
                machine.rig.run(&args).succeeds();
                written += 1;
            }
            written
        });
        machine.shift_times(-100_000);
        all_succeed(crowd(&machine.rig, 20, &["domains", "list"]));
        writing.store(false, Ordering::SeqCst);
        assert!(writer.join().expect("the writer") > 0);
    });
    assert_eq!(machine.grants("refresh_token"), 1);
    assert_eq!(machine.grants("password"), 1);
}

#[test]
fn a_token_that_lives_one_second_still_works() {
    let machine = LoggedIn::new(Options {
        token_ttl: 1,
        ..Options::default()
    });
    for _ in 0..4 {
        machine.rig.run(&["domains", "list"]).succeeds();
        std::thread::sleep(Duration::from_millis(700));
    }
    assert_eq!(machine.grants("password"), 1);
}

#[test]
fn a_clock_wrong_by_years_costs_at_most_one_refresh() {
    const YEARS: i64 = 5 * 365 * 86_400;
    for shift in [-YEARS, YEARS] {
        let machine = LoggedIn::new(Options::default());
        machine.shift_times(shift);
        for _ in 0..5 {
            machine.rig.run(&["domains", "list"]).succeeds();
        }
        assert!(machine.grants("refresh_token") <= 1, "{shift}");
        assert_eq!(machine.grants("password"), 1, "{shift}");
    }
}

#[test]
#[ignore = "needs faketime"]
fn a_clock_that_jumps_by_years_between_commands_is_no_storm() {
    let machine = LoggedIn::new(Options::default());
    for offset in ["+3y", "-3y", "+0"] {
        for _ in 0..3 {
            let ours = machine.rig.command(&["domains", "list"]);
            let mut faked = Command::new("faketime");
            faked
                .arg("-f")
                .arg(offset)
                .arg(ours.get_program())
                .args(ours.get_args());
            faked.env_clear().env("PATH", "/usr/bin:/bin");
            faked.envs(
                ours.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
            all_succeed(vec![start(&mut faked)]);
        }
    }
    assert!(machine.grants("refresh_token") <= 3);
    assert_eq!(machine.grants("password"), 1);
}

/// A way to the sandbox that can be closed: what arrives then stays where it is.
struct Gate {
    address: String,
    closed: Arc<AtomicBool>,
    held: Arc<Mutex<Vec<TcpStream>>>,
}

impl Gate {
    fn before(server: &Sandbox) -> Self {
        let target = server.url().trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("listen");
        let address = listener.local_addr().expect("an address").to_string();
        let (closed, held) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let gate = Self {
            address,
            closed: Arc::clone(&closed),
            held: Arc::clone(&held),
        };
        std::thread::spawn(move || {
            for client in connections(&listener) {
                if closed.load(Ordering::SeqCst) {
                    held.lock().expect("whole").push(client);
                } else if let Ok(server) = TcpStream::connect(&target) {
                    join(client, server);
                }
            }
        });
        gate
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    fn open(&self) {
        self.closed.store(false, Ordering::SeqCst);
    }

    fn holds(&self) -> usize {
        self.held.lock().expect("whole").len()
    }
}

fn join(client: TcpStream, server: TcpStream) {
    let copy = |mut from: TcpStream, mut to: TcpStream| {
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read) = from.read(&mut buffer) {
                if read == 0 || to.write_all(&buffer[..read]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(std::net::Shutdown::Write);
        });
    };
    let (Ok(from), Ok(to)) = (client.try_clone(), server.try_clone()) else {
        return;
    };
    copy(from, to);
    copy(server, client);
}

/// A machine on which one process is in the middle of a refresh, holding the lock.
fn held_in_a_refresh() -> (LoggedIn, Gate, Child) {
    let server = sandbox::start(Options::default()).expect("a sandbox");
    let gate = Gate::before(&server);
    let url = gate.url();
    let machine = LoggedIn::at(server, &url);
    machine.shift_times(-100_000);
    gate.close();
    let holder = machine.rig.start(&["domains", "list", "--timeout", "100"]);
    eventually("the refresh", || gate.holds() > 0);
    (machine, gate, holder)
}

#[cfg(unix)] // signals
fn signal(child: &Child, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, signal).expect("a signal");
}

#[test]
fn the_lock_of_a_killed_process_is_free_at_once() {
    let (machine, gate, mut holder) = held_in_a_refresh();
    holder.kill().expect("kill");
    holder.wait().expect("wait");
    gate.open();
    let started = Instant::now();
    machine.rig.run(&["domains", "list"]).succeeds();
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(machine.grants("refresh_token"), 1);
}

#[cfg(unix)] // signals
#[test]
#[ignore = "long: waits for the lock's 130 s"]
fn long_a_stopped_process_keeps_others_waiting_and_nobody_refreshes_twice() {
    use rustix::process::Signal;
    let (machine, gate, holder) = held_in_a_refresh();
    signal(&holder, Signal::STOP);
    gate.open();
    let started = Instant::now();
    let others = crowd(&machine.rig, 3, &["domains", "list", "--json"]);
    for other in others {
        let output = other.wait_with_output().expect("wait");
        let ran = Ran {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code().unwrap_or(-1),
        }
        .exits(7);
        assert_eq!(ran.error()["code"], "refresh_locked");
        assert_eq!(ran.error()["retryable"], true);
    }
    assert!(started.elapsed() > Duration::from_secs(129));
    assert!(started.elapsed() < Duration::from_secs(140));
    assert_eq!(machine.grants("refresh_token"), 0, "never unlocked");
    // By now its refresh has timed out, and the server may have seen it: only a later command presents
    // the token again.
    signal(&holder, Signal::CONT);
    let output = holder.wait_with_output().expect("wait");
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    gate.held.lock().expect("whole").clear();
    machine.rig.run(&["domains", "list"]).succeeds();
    assert_eq!(machine.grants("refresh_token"), 1);
}

/// The token endpoint of a server that rotates: a refresh token that comes twice ends the session.
#[derive(Default)]
struct Rotation {
    issued: usize,
    reuses: usize,
    refreshes: usize,
    dead: bool,
}

impl Rotation {
    fn answer(&mut self, asked: &Asked) -> Vec<u8> {
        if asked.form("grant_type").as_deref() == Some("refresh_token") {
            self.refreshes += 1;
            let valid = asked.form("refresh_token") == Some(format!("cnd_rt{}", self.issued));
            self.reuses += usize::from(!valid);
            self.dead |= !valid;
            if self.dead {
                let body = r#"{"error":"invalid_request","hint":"Token has been revoked"}"#;
                return json(401, body);
            }
        }
        self.issued += 1;
        let n = self.issued;
        json(
            200,
            &format!(
                r#"{{"access_token":"cnd_at{n}","refresh_token":"cnd_rt{n}","expires_in":3600}}"#
            ),
        )
    }
}

/// A machine that is logged in to such a server, its token over; what it grants is done at once and
/// arrives `late`.
fn rotating(late: Duration) -> (Rig, Canned, Arc<Mutex<Rotation>>) {
    let rotation = Arc::new(Mutex::new(Rotation::default()));
    let known = Arc::clone(&rotation);
    let server = Canned::start(move |asked| {
        if !asked.is_token() {
            return json(200, "[]");
        }
        let answer = known.lock().expect("whole").answer(asked);
        if asked.form("grant_type").as_deref() == Some("refresh_token") {
            std::thread::sleep(late);
        }
        answer
    });
    let mut rig = Rig::new();
    rig.set("SKYSWITCH_API_URL", &server.url())
        .set("SKYSWITCH_ACCOUNT_ID", "acc-1");
    rig.log_in("client_secret=s\npassword=p\n").succeeds();
    expire(&rig);
    (rig, server, rotation)
}

fn expire(rig: &Rig) {
    let path = rig.state_dir().join("credentials/default.json");
    let text = std::fs::read_to_string(&path).expect("a record");
    let mut record: Value = serde_json::from_str(&text).expect("JSON");
    for key in ["obtained_at", "expires_at"] {
        record[key] = Value::from(record[key].as_i64().expect("a time") - 100_000);
    }
    std::fs::write(&path, record.to_string()).expect("write");
}

#[cfg(unix)] // signals
#[test]
fn a_signal_during_a_refresh_waits_until_the_new_tokens_are_kept() {
    use rustix::process::Signal;
    let signals = [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)];
    let told = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for lane in 0..6_u64 {
            let told = &told;
            scope.spawn(move || {
                let (rig, server, rotation) = rotating(Duration::from_millis(300));
                for round in 0..10 {
                    expire(&rig);
                    let before = server.asked().len();
                    let child = rig.start(&["domains", "list", "--json"]);
                    // From the start of the refresh on, and a little past its end.
                    eventually("the refresh", || server.asked().len() > before);
                    std::thread::sleep(Duration::from_millis((lane + 6 * round) * 6));
                    let (which, code) = signals[usize::try_from(round).expect("few") % 3];
                    signal(&child, which);
                    let ran = Ran::of(&child.wait_with_output().expect("wait"));
                    assert!([code, 0].contains(&ran.code), "{ran:?}");
                    if ran.stderr.contains("the session is being renewed") {
                        told.fetch_add(1, Ordering::SeqCst);
                        assert_eq!(ran.error()["code"], "interrupted", "{ran:?}");
                    }
                    assert_eq!(rotation.lock().expect("whole").reuses, 0, "{ran:?}");
                    rig.run(&["domains", "list"]).succeeds();
                }
                let rotation = rotation.lock().expect("whole");
                assert_eq!((rotation.refreshes, rotation.reuses), (10, 0));
            });
        }
    });
    let told = told.load(Ordering::SeqCst);
    assert!(told > 30, "only {told} of 60 were in the middle of it");
}

/// Its time runs on while it is stopped; what came meanwhile is read all the same.
#[cfg(unix)] // signals
#[test]
fn a_process_that_was_stopped_in_a_refresh_does_not_present_the_token_again() {
    use rustix::process::Signal;
    let (rig, server, rotation) = rotating(Duration::from_millis(100));
    let before = server.asked().len();
    let holder = rig.start(&["domains", "list", "--timeout", "1"]);
    eventually("the refresh", || server.asked().len() > before);
    signal(&holder, Signal::STOP);
    let waiting = rig.start(&["domains", "list"]);
    std::thread::sleep(Duration::from_millis(1500));
    signal(&holder, Signal::CONT);
    all_succeed(vec![holder, waiting]);
    let rotation = rotation.lock().expect("whole");
    assert_eq!((rotation.refreshes, rotation.reuses), (1, 0));
}

#[test]
fn a_refresh_has_its_own_time_and_a_dead_token_is_presented_once() {
    let (rig, server, rotation) = rotating(Duration::from_millis(2500));
    rig.run(&["domains", "list", "--timeout", "1"]).succeeds();
    let counts = |rotation: &Mutex<Rotation>| {
        let rotation = rotation.lock().expect("whole");
        (rotation.refreshes, rotation.reuses)
    };
    assert_eq!(counts(&rotation), (1, 0));
    // Somebody else uses the new one: then it is dead here.
    rotation.lock().expect("whole").dead = true;
    expire(&rig);
    for child in crowd(&rig, CROWD, &["domains", "list", "--json"]) {
        let ran = Ran::of(&child.wait_with_output().expect("wait")).exits(4);
        assert_eq!(ran.error()["code"], "session_dead");
    }
    rig.run(&["token"]).exits(4);
    assert_eq!(counts(&rotation).0, 2, "presented once");
    drop(server);
}

#[test]
fn a_record_of_another_origin_is_sent_nowhere() {
    let machine = LoggedIn::new(Options::default());
    let other = sandbox::start(Options::default()).expect("another");
    let before = machine.server.log().len();
    let mut rig = machine.rig;
    rig.set("SKYSWITCH_API_URL", &other.url());
    for args in [
        ["domains", "list"].as_slice(),
        &["token"],
        &["status"],
        &["doctor"],
    ] {
        let ran = rig.run(args).exits(4);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("belong to"), "{said}");
    }
    // Some variables and the stored rest: the rest still belongs to its origin.
    rig.set("SKYSWITCH_USERNAME", "sbx_user");
    rig.run(&["domains", "list"]).exits(4);
    let knocks = other.log();
    assert!(knocks.iter().all(|entry| entry.path == "/"), "{knocks:?}");
    assert_eq!(machine.server.log().len(), before);
}

#[test]
fn sandbox_credentials_are_refused_off_loopback() {
    let mut rig = Rig::new();
    rig.set("SKYSWITCH_API_URL", "https://api.example.invalid")
        .set("SKYSWITCH_ACCOUNT_ID", "acc-1")
        .set("SKYSWITCH_TOKEN", "sbx_at_1");
    let ran = rig.run(&["domains", "list"]).exits(2);
    assert!(ran.stderr.contains("loopback"), "{}", ran.stderr);
    rig.set("SKYSWITCH_TOKEN", "");
    let login = ["login", "--store", "file", "--secrets-stdin"];
    let secrets = "client_id=1\nclient_secret=sbx_secret\nusername=u\npassword=p\n";
    let ran = rig.run_with_input(&login, secrets).exits(2);
    assert!(ran.stderr.contains("loopback"), "{}", ran.stderr);
}

#[test]
fn logout_all_forgets_every_profile_and_what_no_profile_names() {
    let machine = LoggedIn::new(Options::default());
    let store = machine.rig.state_dir().join("credentials");
    let known = machine.server.credentials();
    let secrets = format!(
        "client_id={}\nclient_secret={}\nusername={}\npassword={}\n",
        known.client_id, known.client_secret, known.username, known.password
    );
    let args = [
        "login", "--profile", "second", "--store", "file", "--account", &known.account_id,
        "--secrets-stdin",
    ];
    machine.rig.run_with_input(&args, &secrets).succeeds();
    std::fs::copy(store.join("default.json"), store.join("orphan.json")).expect("copy");
    // Two profiles: a write says first where it goes.
    let set = [
        "routes", "set", "--ani", "16165550142", "--domain", "acme.15611.service", "--destination",
        "100",
    ];
    let ran = machine.rig.run(&set).succeeds();
    let first = ran.stderr.lines().next().unwrap_or_default();
    assert!(first.contains("profile `default`"), "{}", ran.stderr);
    assert!(first.contains(&known.account_id), "{}", ran.stderr);

    let ran = machine.rig.run(&["logout", "--all"]).succeeds();
    assert!(ran.stdout.contains("3 profiles"), "{}", ran.stdout);
    let left: Vec<_> = std::fs::read_dir(&store)
        .expect("the store")
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(".json"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    machine.rig.run(&["domains", "list"]).exits(4);
}

#[test]
fn a_repaired_store_is_told_at_the_end_of_a_command() {
    #[cfg(unix)] // modes of files
    {
        use std::os::unix::fs::PermissionsExt as _;
        let machine = LoggedIn::new(Options::default());
        let path = machine.rig.state_dir().join("credentials/default.json");
        let wide = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(&path, wide).expect("chmod");
        let ran = machine.rig.run(&["domains", "list"]).succeeds();
        assert!(ran.stderr.contains("warning:"), "{}", ran.stderr);
        assert!(ran.stderr.contains("default.json"), "{}", ran.stderr);
        let quiet = machine.rig.run(&["domains", "list"]).succeeds();
        assert!(!quiet.stderr.contains("warning:"), "{}", quiet.stderr);
    }
}
