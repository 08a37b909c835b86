//! `skyswitch sandbox serve` as a process: what its help tells, seeds, and how it ends.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Child;

use crate::support::Rig;
use skyswitch::sandbox::{Kind, behaviours};

/// A server that has said where it is.
struct Served {
    child: Child,
    first: serde_json::Value,
}

impl Served {
    fn start(rig: &Rig, args: &[&str]) -> Self {
        let (child, lines) = Self::spawn(rig, args, 1);
        let first = serde_json::from_str(&lines).expect("JSON");
        Self { child, first }
    }

    /// A server and the lines that it begins with.
    fn spawn(rig: &Rig, args: &[&str], lines: usize) -> (Child, String) {
        let args = [&["sandbox", "serve"], args].concat();
        let mut child = rig.start(&args);
        let mut told = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout"));
        for _ in 0..lines {
            stdout.read_line(&mut told).expect("a line");
        }
        (child, told)
    }

    #[cfg(unix)] // signals
    fn signal(&self, signal: rustix::process::Signal) {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, signal).expect("kill");
    }

    /// Ends it, wherever that is possible by a signal.
    fn stop(mut self) -> (Option<i32>, String) {
        terminate(&mut self.child);
        self.end()
    }

    /// Its exit code and what it said on standard error.
    fn end(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().expect("wait");
        let mut text = String::new();
        let mut stderr = self.child.stderr.take().expect("stderr");
        stderr.read_to_string(&mut text).expect("text");
        (status.code(), text)
    }
}

#[cfg(unix)]
fn terminate(child: &mut Child) {
    let process = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).expect("kill");
}

#[cfg(not(unix))]
fn terminate(child: &mut Child) {
    child.kill().expect("kill");
}

/// Points a machine at a server.
fn use_server(rig: &mut Rig, first: &serde_json::Value) {
    for (name, key) in [
        ("SKYSWITCH_API_URL", "url"),
        ("SKYSWITCH_ACCOUNT_ID", "account_id"),
        ("SKYSWITCH_CLIENT_ID", "client_id"),
        ("SKYSWITCH_CLIENT_SECRET", "client_secret"),
        ("SKYSWITCH_USERNAME", "username"),
        ("SKYSWITCH_PASSWORD", "password"),
    ] {
        rig.set(name, first[key].as_str().expect(key));
    }
}

/// Words without the line breaks that a terminal's width asks for.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_help_lists_every_behaviour_and_on_whose_word() {
    let rig = Rig::new();
    for args in [
        &["sandbox", "serve", "--help"][..],
        &["help", "sandbox", "serve"],
    ] {
        let help = flat(&rig.run(args).succeeds().stdout);
        for behaviour in behaviours() {
            let line = format!(
                "{} {}: {}",
                behaviour.name, behaviour.standing, behaviour.text
            );
            assert!(help.contains(&flat(&line)), "{line}");
        }
    }
    let short = rig.run(&["sandbox", "serve", "-h"]).succeeds().stdout;
    assert!(short.lines().count() < 60, "the short help stays short");
}

#[test]
fn every_quirk_and_fault_can_be_typed() {
    for behaviour in behaviours() {
        let (flag, example) = match (behaviour.kind, behaviour.name) {
            (Kind::Always, _) => continue,
            (Kind::Quirk, name) => ("--quirk", quirk(name)),
            (Kind::Fault, name) => ("--fault", format!("*={}", fault(name))),
        };
        // An unknown seed ends the command once its arguments are read.
        let rig = Rig::new();
        let ran = rig.run(&["sandbox", "serve", flag, &example, "--seed", "none.csv"]);
        assert_eq!(ran.code, 2, "{example}: {}", ran.stderr);
        assert!(ran.stderr.contains("--seed"), "{example}: {}", ran.stderr);
    }
}

/// The first value that the name of a quirk tells of.
fn quirk(name: &str) -> String {
    let (name, values) = name.split_once('=').expect("a value");
    let value = match values.split('|').next().unwrap_or_default() {
        "SHAPE" => "object",
        "MS" | "N" | "N[/TIME]" => "5",
        "WORD" => "device",
        "FORM" => "html",
        value => value,
    };
    format!("{name}={value}")
}

/// A fault without what may be left out.
fn fault(name: &str) -> String {
    let name = name.split('[').next().unwrap_or_default();
    let name = if name == "redirect:" {
        "redirect:/x"
    } else {
        name
    };
    name.replace("CODE", "503")
        .replace("BODY", "{}")
        .replace("NAME:VALUE", "x-note:1")
        .replace("BYTES_PER_SECOND", "10")
        .replace("BYTES", "1k")
        .replace("+N|-N", "+5")
        .replace("MS", "5")
}

#[test]
fn a_state_that_is_there_wins_over_a_seed_and_that_is_said() {
    let mut rig = Rig::new();
    let seed = rig.file(
        "seed.csv",
        "ani,domain,destination\n16165550177,seeded.15611.service,john\n",
    );
    let args = ["--state", "state.json", "--seed", &seed];
    for (time, destination) in [(1, "john"), (2, "jane")] {
        let served = Served::start(&rig, &args);
        use_server(&mut rig, &served.first);
        let list = rig.run(&["routes", "list", "--json"]).succeeds().json();
        assert_eq!(list.as_array().map(Vec::len), Some(1), "{list}");
        assert_eq!(list[0]["destination"], destination);
        let set = "routes set --ani 16165550177 --domain seeded.15611.service --destination jane";
        rig.run(&set.split(' ').collect::<Vec<_>>()).succeeds();
        let (_, said) = served.stop();
        assert_eq!(
            said.contains("`state.json` holds data already, so `--seed"),
            time == 2,
            "{said}"
        );
    }
}

#[cfg(unix)] // signals
#[test]
fn a_signal_ends_it_with_its_own_code_and_nothing_is_left_over() {
    use rustix::process::Signal;
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let mut rig = Rig::new();
        std::fs::create_dir(rig.home().join("kept")).expect("create");
        let served = Served::start(&rig, &["--state", "kept/state.json"]);
        use_server(&mut rig, &served.first);
        rig.run(&["routes", "list"]).succeeds();
        served.signal(signal);
        let (ended, said) = served.end();
        assert_eq!(ended, Some(code), "{said}");
        assert_eq!(said, "");
        let mut left: Vec<_> = std::fs::read_dir(rig.home().join("kept"))
            .expect("a directory")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["state.json", "state.json.lock"]);
        rig.run(&["routes", "list"]).exits(7);
    }
}

#[cfg(unix)] // signals
#[test]
fn a_client_that_waits_does_not_keep_it_alive() {
    let mut rig = Rig::new();
    let served = Served::start(&rig, &["--fault", "GET *=hang"]);
    use_server(&mut rig, &served.first);
    let mut waiting = rig
        .command(&["routes", "list"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("start");
    let url = served.first["url"].as_str().expect("a url").to_owned();
    let control = served.first["control_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    crate::support::eventually("the request that hangs", || {
        let mut stream = std::net::TcpStream::connect(url.replace("http://", "")).expect("connect");
        let request = format!(
            "GET /__sandbox/log HTTP/1.1\r\nHost: {}\r\nX-Sandbox-Token: {control}\r\nConnection: close\r\n\r\n",
            url.replace("http://", "")
        );
        std::io::Write::write_all(&mut stream, request.as_bytes()).expect("send");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("text");
        answer.contains("GET *=hang")
    });
    served.signal(rustix::process::Signal::INT);
    assert_eq!(served.end().0, Some(130));
    waiting.kill().expect("kill");
    waiting.wait().expect("wait");
}

#[cfg(unix)] // a shell that says `export`
#[test]
fn the_lines_for_a_shell_point_its_commands_to_the_server() {
    let mut rig = Rig::new();
    let seed = rig.file(
        "seed.csv",
        "ani,domain,destination\n16165550178,shell.15611.service,john\n",
    );
    let (child, lines) = Served::spawn(&rig, &["--env", "--seed", &seed], 6);
    for line in lines.lines() {
        let words = shell_words::split(line).expect("words of a shell");
        assert_eq!((words.len(), words[0].as_str()), (2, "export"), "{line}");
        let (name, value) = words[1].split_once('=').expect("a value");
        rig.set(name, value);
    }
    let routes = rig.run(&["routes", "list", "--jq", ".[].ani"]).succeeds();
    assert_eq!(routes.stdout, "16165550178\n");
    let served = Served {
        child,
        first: serde_json::Value::Null,
    };
    served.signal(rustix::process::Signal::TERM);
    assert_eq!(served.end().0, Some(143));
}

#[test]
fn a_reset_sandbox_is_as_on_the_first_day() {
    let rig = Rig::new();
    let sandbox = |args: &str| {
        let args: Vec<&str> = std::iter::once("--sandbox")
            .chain(args.split(' '))
            .collect();
        rig.run(&args)
    };
    let new = sandbox("status").succeeds().stdout;
    let first = sandbox("routes list --json").succeeds().json();
    sandbox("subscribers list -d acme").succeeds();
    sandbox("routes set 6165550101 jane -d acme --until 1s").succeeds();
    sandbox("undo --expired --yes").succeeds();
    sandbox("doctor -d acme").succeeds();
    assert_ne!(sandbox("status").succeeds().stdout, new);
    sandbox("routes delete --ani 6165550101 --domain acme.15611.service --yes").succeeds();
    let reset = rig.run(&["sandbox", "reset"]).succeeds();
    assert_eq!(reset.stdout, "the sandbox holds its sample data again\n");
    // Nothing is left of what was learnt, lent, kept for completion or held.
    let mut left = Vec::new();
    let mut directories = vec![rig.state_dir().join("sandbox")];
    while let Some(directory) = directories.pop() {
        for file in std::fs::read_dir(directory).expect("read") {
            match file.expect("an entry").path() {
                path if path.is_dir() => directories.push(path),
                path if path.extension().is_some_and(|ending| ending == "lock") => {}
                path if path.ends_with(".lock") => {}
                path => left.push(path),
            }
        }
    }
    assert_eq!(left, [rig.state_dir().join("sandbox/state.json")]);
    assert_eq!(sandbox("status").succeeds().stdout, new);
    assert_eq!(sandbox("routes list --json").succeeds().json(), first);
    assert_eq!(
        sandbox("history --json").succeeds().json(),
        serde_json::json!([])
    );
    // It cures what nothing else does.
    let state = rig.state_dir().join("sandbox/state.json");
    std::fs::write(&state, "{").expect("write");
    sandbox("routes list").exits(2);
    let told = sandbox("sandbox reset --json").succeeds().json();
    assert_eq!(told["action"], "reset");
    assert_eq!(sandbox("routes list --json").succeeds().json(), first);
}
