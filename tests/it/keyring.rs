//! The keyring store against a real gnome-keyring on a private bus: round trips, and each of the
//! five states in which a keyring is of no use.
//!
//! Every operation runs in a child process, because a process has one connection and its bus is
//! named in its environment: this very test binary, told what to do by two variables. The bus of
//! whoever runs the tests is never touched.

#![cfg(target_os = "linux")] // the Secret Service

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::{Ran, Rig};
use secret_service::EncryptionType;
use secret_service::blocking::SecretService;
use skyswitch::auth::store::{KeyringStore, UnlockWait};
use skyswitch::auth::{Record, Store, StoreError};
use skyswitch::model::Origin;
use skyswitch::sandbox::{self, Options, Sandbox};
use skyswitch::secret::{Bearer, Secret};

/// What a child is to do.
const TASK: &str = "SKYSWITCH_TEST_KEYRING_TASK";
/// How long a child lets the keyring take.
const LIMIT: Duration = Duration::from_secs(3);

/// A record of about 10 kB, different for each `mark`.
fn record(mark: &str) -> Record {
    Record {
        origin: Origin::default(),
        client_id: "17".into(),
        client_secret: Secret::new(format!("sbx_é&=%+ {mark}")),
        username: "ops@example.test".into(),
        password: Some(Secret::new("sbx_password".into())),
        scope: "pbx account".into(),
        granted_scope: None,
        access_token: Bearer::new(Secret::new(mark.repeat(7_000 / mark.len()))).expect("a token"),
        refresh_token: Some(Secret::new("r".repeat(3_000))),
        obtained_at: 1,
        expires_at: Some(2),
        account: None,
    }
}

/// A bus without activation, and what runs on it. All of it ends with this value.
struct Bus {
    home: tempfile::TempDir,
    address: String,
    daemons: Vec<Child>,
}

impl Drop for Bus {
    fn drop(&mut self) {
        for daemon in self.daemons.iter_mut().rev() {
            // A stopped process takes SIGKILL too.
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

impl Bus {
    fn start() -> Self {
        let home = tempfile::tempdir().expect("temp");
        let config = home.path().join("bus.conf");
        std::fs::write(&config, bus_config(home.path())).expect("config");
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon");
        let stdout = daemon.stdout.take().expect("piped");
        let mut address = String::new();
        BufReader::new(stdout)
            .read_line(&mut address)
            .expect("an address");
        Self {
            home,
            address: address.trim().to_owned(),
            daemons: vec![daemon],
        }
    }

    /// With gnome-keyring; `unlocked` gives it a default collection.
    fn with_keyring(unlocked: bool) -> Self {
        let mut bus = Self::start();
        let mut command = bus.command("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]);
        if unlocked {
            command.arg("--unlock");
        }
        let mut daemon = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon");
        let mut stdin = daemon.stdin.take().expect("piped");
        // Without `--unlock` it does not read, and may have closed its end.
        let _ = stdin.write_all(b"sbx_keyring");
        drop(stdin);
        bus.daemons.push(daemon);
        bus.wait_for_provider();
        bus
    }

    fn wait_for_provider(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        let name = "org.freedesktop.secrets".try_into().expect("a name");
        let connection = self.connection();
        let names = zbus::blocking::fdo::DBusProxy::new(&connection).expect("the bus");
        while !names
            .name_has_owner(zbus::names::BusName::clone(&name))
            .expect("an answer")
        {
            assert!(Instant::now() < deadline, "gnome-keyring does not start");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn connection(&self) -> zbus::blocking::Connection {
        zbus::blocking::connection::Builder::address(self.address.as_str())
            .and_then(|builder| builder.build())
            .expect("the private bus")
    }

    fn service(&self) -> SecretService<'static> {
        SecretService::connect_with_existing(EncryptionType::Plain, self.connection())
            .expect("the keyring")
    }

    /// How many entries the keyring holds.
    fn entries(&self) -> usize {
        let service = self.service();
        let collection = service.get_default_collection().expect("the collection");
        collection.get_all_items().expect("its items").len()
    }

    fn lock(&self) {
        let service = self.service();
        let collection = service.get_default_collection().expect("the collection");
        collection.lock().expect("locked");
        assert!(collection.is_locked().expect("its state"));
    }

    fn signal(&self, signal: &str) {
        let keyring = self.daemons.last().expect("a daemon").id().to_string();
        let status = Command::new("kill").args([signal, &keyring]).status();
        assert!(status.expect("kill").success());
    }

    /// A command that sees this bus and nothing of the user's.
    fn command(&self, program: &str) -> Command {
        on_bus(program, self.home.path(), &self.address)
    }

    fn run(&self, task: &str) -> String {
        child(self.command(&this_binary()), task)
    }
}

fn bus_config(home: &Path) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#,
        home.display()
    )
}

fn on_bus(program: &str, home: &Path, address: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env("DBUS_SESSION_BUS_ADDRESS", address)
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_RUNTIME_DIR", home)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY");
    command
}

fn this_binary() -> String {
    let path = std::env::current_exe().expect("this binary");
    path.into_os_string().into_string().expect("text")
}

/// Runs [`in_a_child`] in a process of its own and gives back what it reported.
fn child(mut command: Command, task: &str) -> String {
    let output = command
        .args(["--ignored", "--exact", "keyring::in_a_child", "--nocapture"])
        .env(TASK, task)
        .output()
        .expect("a child");
    let stdout = String::from_utf8(output.stdout).expect("text");
    let reported = stdout
        .lines()
        .find_map(|line| line.split("reported: ").nth(1));
    reported
        .unwrap_or_else(|| panic!("{task} did not report: {stdout}"))
        .to_owned()
}

/// Not a test: what the other tests run in a process of its own.
#[test]
#[ignore = "needs gnome-keyring and dbus"]
#[expect(
    clippy::disallowed_methods,
    reason = "how the parent tells it what to do"
)]
#[expect(clippy::print_stdout, reason = "how it tells the parent what happened")]
fn in_a_child() {
    let Ok(task) = std::env::var(TASK) else {
        return;
    };
    let store = KeyringStore::new(UnlockWait::of(LIMIT));
    let mut reports = Vec::new();
    for step in task.split(',') {
        let started = Instant::now();
        let report = step_in_child(&store, step);
        // The diagnosis may take another second.
        assert!(
            started.elapsed() < LIMIT + Duration::from_secs(2),
            "{step} took too long"
        );
        reports.push(report);
    }
    println!("\nreported: {}", reports.join(","));
}

fn step_in_child(store: &KeyringStore, step: &str) -> String {
    let (verb, mark) = step.split_once(' ').unwrap_or((step, ""));
    let result = match verb {
        "read" => store.read("default").map(|found| match found {
            None => "none".to_owned(),
            Some(found) => ["one", "two"]
                .into_iter()
                .find(|mark| found == record(mark))
                .unwrap_or("another")
                .to_owned(),
        }),
        "write" => store
            .write("default", &record(mark))
            .map(|()| "ok".to_owned()),
        // Whatever is there, its token's time is over, and perhaps its refresh token spoilt.
        "expire" => store.read("default").and_then(|found| {
            let found = found.expect("a record");
            let record = Record {
                obtained_at: 1,
                expires_at: Some(2),
                refresh_token: match mark {
                    "" => found.refresh_token.clone(),
                    spoilt => Some(Secret::new(spoilt.into())),
                },
                ..found
            };
            store.write("default", &record).map(|()| "ok".to_owned())
        }),
        "delete" => store.delete("default").map(|there| there.to_string()),
        "probe" => store.probe("default").map(|()| "ok".to_owned()),
        other => panic!("no step `{other}`"),
    };
    result.unwrap_or_else(|error| name(&error).to_owned())
}

fn name(error: &StoreError) -> &'static str {
    match error {
        StoreError::NoBus => "NoBus",
        StoreError::NoProvider => "NoProvider",
        StoreError::NoDefaultCollection => "NoDefaultCollection",
        StoreError::Locked => "Locked",
        StoreError::Frozen(_) => "Frozen",
        StoreError::Corrupt { .. } => "Corrupt",
        other => panic!("{other}"),
    }
}

#[test]
#[ignore = "needs gnome-keyring and dbus"]
fn a_long_record_comes_back_in_another_process_and_is_forgotten_whole() {
    let bus = Bus::with_keyring(true);
    assert_eq!(bus.run("read,delete,probe"), "none,false,ok");
    assert_eq!(bus.entries(), 0, "probing left something");
    assert_eq!(bus.run("write one,read"), "ok,one");
    assert_eq!(
        bus.entries(),
        1,
        "10 kB in one entry: macOS may ask about each"
    );
    assert_eq!(bus.run("read,write two,read"), "one,ok,two");
    assert_eq!(bus.entries(), 1, "the old one is gone");
    assert_eq!(bus.run("read,delete,read"), "two,true,none");
    assert_eq!(bus.entries(), 0);
}

#[test]
#[ignore = "needs gnome-keyring and dbus"]
fn readers_see_one_record_or_the_other_while_writers_replace_it() {
    let bus = Bus::with_keyring(true);
    assert_eq!(bus.run("write one"), "ok");
    let writes = ["write two,write one"; 10].join(",");
    let reads = ["read"; 40].join(",");
    let seen = std::thread::scope(|scope| {
        let writer = scope.spawn(|| bus.run(&writes));
        let reader = scope.spawn(|| bus.run(&reads));
        assert!(
            writer
                .join()
                .expect("a writer")
                .split(',')
                .all(|step| step == "ok")
        );
        reader.join().expect("a reader")
    });
    assert!(
        seen.split(',').all(|step| step == "one" || step == "two"),
        "{seen}"
    );
}

#[test]
#[ignore = "needs gnome-keyring and dbus"]
fn no_bus() {
    let home = tempfile::tempdir().expect("temp");
    let gone = format!("unix:path={}/nothing", home.path().display());
    for address in [gone.as_str(), "nonsense", ""] {
        let command = on_bus(&this_binary(), home.path(), address);
        assert_eq!(
            child(command, "probe,read,write one"),
            "NoBus,NoBus,NoBus",
            "{address}"
        );
    }
    let mut unset = on_bus(&this_binary(), home.path(), "");
    unset.env_remove("DBUS_SESSION_BUS_ADDRESS");
    assert_eq!(child(unset, "probe"), "NoBus");
}

#[test]
#[ignore = "needs gnome-keyring and dbus"]
fn no_provider() {
    let bus = Bus::start();
    assert_eq!(
        bus.run("probe,read,write one"),
        "NoProvider,NoProvider,NoProvider"
    );
}

#[test]
#[ignore = "needs gnome-keyring and dbus"]
fn no_default_collection_shows_only_when_writing() {
    let bus = Bus::with_keyring(false);
    assert_eq!(
        bus.run("read,probe,write one"),
        "none,NoDefaultCollection,NoDefaultCollection"
    );
}

#[test]
#[ignore = "needs gnome-keyring and dbus"]
fn locked_without_a_prompter() {
    let bus = Bus::with_keyring(true);
    assert_eq!(bus.run("write one"), "ok");
    bus.lock();
    assert_eq!(bus.run("read"), "Locked");
    assert_eq!(bus.run("write two"), "Locked");
    assert_eq!(bus.run("probe"), "Locked");
    assert_eq!(bus.run("delete"), "Locked");
}

#[test]
#[ignore = "needs gnome-keyring and dbus"]
fn a_prompt_that_nobody_answers_is_a_locked_keyring_too() {
    let bus = Bus::with_keyring(true);
    assert_eq!(bus.run("write one"), "ok");
    bus.lock();
    // Takes the prompter's name and never answers a call.
    let prompter = bus.connection();
    prompter
        .request_name("org.gnome.keyring.SystemPrompter")
        .expect("the prompter's name");
    let started = Instant::now();
    assert_eq!(bus.run("read,write two"), "Locked,Locked");
    assert!(started.elapsed() >= LIMIT, "it did not wait for an answer");
}

#[test]
#[ignore = "needs gnome-keyring and dbus"]
fn a_frozen_provider_is_given_up_on_once_a_process() {
    let bus = Bus::with_keyring(true);
    assert_eq!(bus.run("write one"), "ok");
    bus.signal("-STOP");
    let started = Instant::now();
    assert_eq!(bus.run("probe,read,write two"), "Frozen,Frozen,Frozen");
    assert!(
        started.elapsed() < LIMIT * 3,
        "the later steps waited again"
    );
    bus.signal("-CONT");
    assert_eq!(bus.run("read"), "one", "nothing was changed");
}

/// A machine on this bus, and a server to log in to.
struct Machine {
    rig: Rig,
    server: Sandbox,
}

impl Machine {
    fn on(bus: &Bus) -> Self {
        let server = sandbox::start(Options::default()).expect("a sandbox");
        let mut rig = Rig::new();
        rig.set("SKYSWITCH_API_URL", &server.url())
            .set("DBUS_SESSION_BUS_ADDRESS", &bus.address)
            .set(
                "XDG_DATA_HOME",
                &bus.home.path().join("data").to_string_lossy(),
            )
            .set("XDG_RUNTIME_DIR", &bus.home.path().to_string_lossy());
        Self { rig, server }
    }

    fn login(&self, flags: &[&str]) -> Ran {
        self.rig.log_in_to(&self.server, flags)
    }

    fn grants(&self, kind: &str) -> usize {
        let grant = format!("grant_type={kind}");
        let log = self.server.log();
        log.iter()
            .filter(|entry| {
                entry
                    .body
                    .as_deref()
                    .is_some_and(|body| body.contains(&grant))
            })
            .count()
    }
}

/// A socket in front of a bus, which counts who connects and passes everything on.
struct Counter {
    address: String,
    connections: Arc<AtomicUsize>,
}

impl Counter {
    fn before(bus: &Bus) -> Self {
        let path = bus.home.path().join("counter");
        let listener = UnixListener::bind(&path).expect("a socket");
        let real = bus.address.split([',', '=']).nth(1).expect("a path");
        let real = real.to_owned();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                let bus = UnixStream::connect(&real).expect("the bus");
                pass(&client, &bus);
                pass(&bus, &client);
            }
        });
        Self {
            address: format!("unix:path={}", path.display()),
            connections,
        }
    }

    /// How many connected since this was last asked.
    fn taken(&self) -> usize {
        self.connections.swap(0, Ordering::SeqCst)
    }
}

/// Copies in the background until one end closes.
fn pass(from: &UnixStream, to: &UnixStream) {
    let mut from = from.try_clone().expect("a handle");
    let mut to = to.try_clone().expect("a handle");
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
}

#[test]
#[ignore = "needs gnome-keyring and dbus"]
fn a_process_connects_to_the_keyring_once_and_only_if_it_must() {
    let bus = Bus::with_keyring(true);
    let counter = Counter::before(&bus);
    let mut machine = Machine::on(&bus);
    machine
        .rig
        .set("DBUS_SESSION_BUS_ADDRESS", &counter.address);
    machine.login(&["--remember-password"]).succeeds();
    assert_eq!(counter.taken(), 1, "probed, written, read back");
    machine.rig.run(&["domains", "list"]).succeeds();
    assert_eq!(counter.taken(), 1);
    assert_eq!(bus.run("expire"), "ok");
    machine.rig.run(&["domains", "list"]).succeeds();
    assert_eq!(machine.grants("refresh_token"), 1);
    assert_eq!(counter.taken(), 1, "read, locked, read again, written");
    machine.rig.run(&["history"]).succeeds();
    machine
        .rig
        .run(&["--sandbox", "domains", "list"])
        .succeeds();
    assert_eq!(counter.taken(), 0, "nobody needed a secret");
    machine.rig.run(&["logout"]).succeeds();
    assert_eq!(counter.taken(), 1);
}

/// Fifty processes at once on an expired token, as often as `rounds`.
fn fifty_at_once(rounds: usize) {
    let bus = Bus::with_keyring(true);
    let machine = Machine::on(&bus);
    machine.login(&[]).succeeds();
    for round in 1..=rounds {
        assert_eq!(bus.run("expire"), "ok");
        let mut children = Vec::new();
        for _ in 0..50 {
            let mut command = machine.rig.command(&["domains", "list"]);
            command.stdout(Stdio::null()).stderr(Stdio::piped());
            children.push(command.spawn().expect("start"));
        }
        for child in children {
            let output = child.wait_with_output().expect("wait");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "round {round}: {said}");
        }
        assert_eq!(machine.grants("refresh_token"), round, "one a round");
    }
    assert_eq!(machine.grants("password"), 1, "the login's own");
}

#[test]
#[ignore = "needs gnome-keyring and dbus"]
fn fifty_processes_on_an_expired_token_refresh_once() {
    fifty_at_once(1);
}

#[test]
#[ignore = "long: needs gnome-keyring and dbus"]
fn long_twenty_rounds_of_fifty_processes_refresh_twenty_times() {
    fifty_at_once(20);
}

#[test]
#[ignore = "needs gnome-keyring and dbus"]
fn a_remembered_password_renews_a_dead_session_and_logout_leaves_nothing() {
    let bus = Bus::with_keyring(true);
    let machine = Machine::on(&bus);
    machine.login(&["--remember-password"]).succeeds();
    let status = machine.rig.run(&["status"]).succeeds().stdout;
    assert!(status.contains("remembered"), "{status}");
    assert_eq!(bus.run("expire sbx_rt_unknown"), "ok");
    let file = std::fs::read_to_string(machine.rig.config_dir().join("config.toml"));
    assert!(!file.expect("a config").contains("sbx_password"));
    machine.rig.run(&["domains", "list"]).succeeds();
    assert_eq!(machine.grants("refresh_token"), 1, "refused");
    assert_eq!(machine.grants("password"), 2);
    machine.rig.run(&["domains", "list"]).succeeds();
    assert_eq!(machine.grants("password"), 2, "kept");
    machine.rig.run(&["logout"]).succeeds();
    assert_eq!(bus.entries(), 0);
    machine.rig.run(&["domains", "list"]).exits(4);
}

#[test]
#[ignore = "needs gnome-keyring and dbus"]
fn login_in_each_bad_state_is_4_with_three_ways_out_and_leaves_nothing() {
    let gone = Bus::start();
    let no_bus = Machine::on(&gone);
    drop(gone);
    let bare = Bus::start();
    let empty = Bus::with_keyring(false);
    let locked = Bus::with_keyring(true);
    locked.lock();
    let frozen = Bus::with_keyring(true);
    frozen.signal("-STOP");
    for (machine, words) in [
        (no_bus, "no D-Bus session bus"),
        (Machine::on(&bare), "no Secret Service provider"),
        (Machine::on(&empty), "no default collection"),
        (Machine::on(&locked), "is locked"),
        (Machine::on(&frozen), "did not answer within"),
    ] {
        let started = Instant::now();
        let ran = machine.login(&["--json"]).exits(4);
        assert!(started.elapsed() < Duration::from_secs(9), "{words}");
        let error = ran.error();
        assert_eq!(error["code"], "store_unavailable", "{words}");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains(words), "{message}");
        let hint = error["hint"].as_str().unwrap_or_default();
        for way in [
            "--store file",
            "SKYSWITCH_PASSWORD",
            "SKYSWITCH_CREDENTIAL_COMMAND",
        ] {
            assert!(hint.contains(way), "{words}: {hint}");
        }
        assert!(
            machine.server.log().is_empty(),
            "{words}: something was sent"
        );
        let left = machine.rig.state_dir().join("credentials");
        assert!(
            !left.exists() && !machine.rig.config_dir().exists(),
            "{words}"
        );
    }
}
