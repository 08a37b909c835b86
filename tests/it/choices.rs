//! Choices on a terminal: what a command line leaves open is asked for there, and nowhere else.

#![cfg(unix)] // a terminal

use rustix::process::Signal;

use crate::support::Rig;
use crate::support::terminal::Terminal;

const DOWN: &str = "\u{1b}[B";
const UP: &str = "\u{1b}[A";
const CURSOR: &str = "\u{1b}[?25h";

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

fn start(rig: &Rig, columns: u16, line: &str) -> Terminal {
    Terminal::start(rig, columns, &words(line))
}

/// Answers the first question of a command and tells how it ends.
fn answer(rig: &Rig, columns: u16, line: &str, question: &str, keys: &[&str]) -> (i32, String) {
    let terminal = start(rig, columns, line);
    terminal.expect(question);
    terminal.expect("|\n");
    for key in keys {
        terminal.types(key);
    }
    terminal.finish()
}

fn destination_in(rig: &Rig, domain: &str) -> String {
    let line = format!(
        "routes ls --ani 6165550102 -d {domain} -o csv --no-header --fields dnis,destination"
    );
    rig.run(&words(&line)).succeeds().stdout
}

#[test]
fn a_domain_is_chosen_those_that_have_the_caller_first() {
    for columns in [40, 80] {
        let rig = Rig::with_sandbox();
        let terminal = start(&rig, columns, "routes set 6165550102 jane");
        terminal.expect("Which domain?");
        terminal.expect("harborview");
        let shown = terminal.shown();
        let at = |name: &str| {
            shown
                .find(name)
                .unwrap_or_else(|| panic!("{name}: {shown}"))
        };
        assert!(at("acme.15611") < at("0000.15611"), "{shown}");
        // Return chooses nothing before something was pointed at.
        for key in ["\n", "\n", DOWN, "\n"] {
            terminal.types(key);
        }
        let (code, shown) = terminal.finish();
        assert_eq!(code, 0, "{shown}");
        let shown = shown.replace("\n  ", " ");
        assert!(shown.contains("@ acme.15611.service (was 100)"), "{shown}");
    }
}

#[test]
fn typing_narrows_and_arrows_move() {
    for (keys, domain) in [
        (&["harb", "\n"][..], "harborview"),
        (&[UP, "\n"], "harborview"),
        (&[DOWN, DOWN, DOWN, "\n"], "bluebird"),
        (&["x", "\u{7f}", "blue", "\n"], "bluebird"),
    ] {
        let rig = Rig::with_sandbox();
        let line = "routes set 6165550102 jane --yes";
        let terminal = start(&rig, 40, line);
        terminal.expect("harborview");
        for key in keys {
            terminal.types(key);
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let (code, shown) = terminal.finish();
        assert_eq!(code, 0, "{keys:?}: {shown}");
        assert_eq!(destination_in(&rig, domain), ",jane\n", "{keys:?}");
    }
}

#[test]
fn what_is_typed_stays_on_its_line_however_long_it_is() {
    let rig = Rig::with_sandbox();
    for columns in [40, 80] {
        let terminal = start(&rig, columns, "routes set 6165550102 jane");
        terminal.expect("harborview");
        let long = "a".repeat(usize::from(columns)) + "cme";
        for key in long.chars() {
            terminal.types(&key.to_string());
        }
        terminal.expect("cme|  no match\n");
        terminal.types("\u{1b}");
        let (code, shown) = terminal.finish();
        assert_eq!(code, 5, "{shown}");
        let typed = shown.split(['\n', '\r']).filter(|line| line.contains('|'));
        let widest = typed.map(|line| line.rsplit('\u{1b}').next().map_or(0, |it| it.len() - 3));
        let widest = widest.max().unwrap_or_default();
        assert!(
            widest > 30 && widest < usize::from(columns),
            "{widest}: {shown:?}"
        );
    }
}

#[test]
fn a_choice_says_that_nothing_is_chosen_and_that_nothing_fits() {
    let rig = Rig::with_sandbox();
    let terminal = start(&rig, 40, "routes set 6165550102 jane --yes");
    terminal.expect("nothing is chosen yet");
    terminal.expect("harborview");
    for key in ["x", "x", "\n"] {
        terminal.types(key);
    }
    terminal.expect("Which domain? xx|  no match\n");
    for key in ["\u{7f}", "\u{7f}", "b"] {
        terminal.types(key);
    }
    terminal.expect("Which domain? b|\n");
    terminal.types("\u{1b}");
    assert_eq!(terminal.finish().0, 5);
    assert_eq!(rig.requests("PUT"), 0);
}

#[test]
fn who_leaves_changes_nothing_and_the_terminal_is_as_before() {
    let rig = Rig::with_sandbox();
    let line = "routes set 6165550102 jane";
    let leave = |act: &dyn Fn(&Terminal)| {
        let terminal = start(&rig, 80, line);
        terminal.expect("harborview");
        act(&terminal);
        terminal.expect_as_before();
        let (code, shown) = terminal.finish();
        assert!(shown.contains(CURSOR), "{shown:?}");
        assert_eq!(rig.requests("PUT"), 0);
        code
    };
    assert_eq!(leave(&|terminal| terminal.types("\u{1b}")), 5);
    assert_eq!(leave(&|terminal| terminal.types("\u{3}")), 130);
    assert_eq!(leave(&|terminal| terminal.signal(Signal::INT)), 130);
    assert_eq!(leave(&|terminal| terminal.signal(Signal::TERM)), 143);
    assert_eq!(leave(&|terminal| terminal.signal(Signal::HUP)), 129);
}

#[test]
fn a_dumb_terminal_has_a_numbered_list() {
    let mut rig = Rig::with_sandbox();
    rig.set("TERM", "dumb");
    let line = "routes set 6165550102 jane --yes";
    for (typed, domain) in [("4\n", "harborview"), ("15611\nblue\n", "bluebird")] {
        let terminal = start(&rig, 40, line);
        terminal.expect("  1  acme.15611.service");
        terminal.types(typed);
        let (code, shown) = terminal.finish();
        assert_eq!(code, 0, "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
        assert_eq!(destination_in(&rig, domain), ",jane\n");
    }
    let puts = rig.requests("PUT");
    for nothing in ["\n", "\u{4}", "\u{1b}"] {
        let terminal = start(&rig, 40, line);
        terminal.expect("leave");
        terminal.types(nothing);
        assert_eq!(terminal.finish().0, 5);
    }
    assert_eq!(rig.requests("PUT"), puts);
}

#[test]
fn a_delete_asks_which_of_several_routes() {
    let gone = [(DOWN, "16165550190,200\n"), (UP, "")];
    for (key, left) in gone {
        let rig = Rig::with_sandbox();
        let line = "routes rm 6165550102 -d acme --yes --allow-wide-delete";
        let (code, shown) = answer(&rig, 40, line, "Which route?", &[key, "\n"]);
        assert_eq!(code, 0, "{shown}");
        assert_eq!(destination_in(&rig, "acme"), left, "{shown}");
    }
}

#[test]
fn the_hint_of_a_refused_delete_keeps_what_was_chosen() {
    let rig = Rig::with_sandbox();
    let line = "routes rm 6165550102 -d acme --yes";
    let (code, shown) = answer(&rig, 80, line, "Which route?", &[DOWN, "\n"]);
    let shown = shown.replace(" \\\n", "").replace("\n  ", " ");
    assert!(
        code == 5 && shown.contains("--allow-wide-delete --dnis ''`"),
        "{shown}"
    );
}

#[test]
fn explain_asks_nothing_and_tells_every_number() {
    let mut rig = Rig::with_sandbox();
    rig.set("NO_COLOR", "1");
    for (caller, verdicts) in [
        (
            "6165550102",
            ["100: the route for this caller", "to 16165550190: 200"],
        ),
        (
            "6165550103",
            ["no route: only single called", "to 16165550191: frontdesk"],
        ),
    ] {
        let line = format!("routes explain {caller}");
        let (code, shown) = start(&rig, 80, &line).finish();
        assert!(code == 0 && !shown.contains("Which"), "{shown}");
        for verdict in verdicts {
            assert!(shown.contains(verdict), "{verdict}: {shown}");
        }
    }
}

#[test]
fn a_menu_of_domains_names_the_called_number() {
    let rig = Rig::with_sandbox();
    let line = "routes set 6165550103 jane";
    let (code, shown) = answer(&rig, 80, line, "Which domain?", &["\u{1b}"]);
    let item = "acme.15611.service  to 16165550191 → frontdesk";
    assert!(code == 5 && shown.contains(item), "{shown}");
}

#[test]
fn an_application_is_asked_for_over_a_device() {
    let set = "routes set 2125550104 jane -d acme";
    for (key, application) in [(DOWN, "device"), (UP, "user")] {
        let rig = Rig::with_sandbox();
        let (code, shown) = answer(&rig, 40, set, "`jane` is a", &[key, "\n"]);
        assert_eq!(code, 0, "{shown}");
        let route = rig.run(&words("routes ls --ani 2125550104 --json"));
        assert_eq!(route.json()[0]["application"], application);
    }
}

#[test]
fn what_the_server_calls_things_reaches_no_terminal_raw() {
    let server = crate::support::canned::Canned::start(|asked| {
        let body = match asked.path().ends_with("domains") {
            true => r#"[{"domain":"acme.15611.service"},{"domain":"x\u001b[2J.service"}]"#,
            false => {
                r#"[{"ani":"16165550142","domain":"acme.15611.service","destination":"a\u001b]0;b\u0007"}]"#
            }
        };
        crate::support::canned::json(200, body)
    });
    let mut rig = server.rig();
    for term in ["xterm", "dumb"] {
        rig.set("TERM", term);
        let terminal = start(&rig, 80, "routes set 6165550142 jane");
        terminal.expect("Which domain?");
        terminal.expect("\\u{1b}]0;b\\u{7}");
        assert!(!terminal.shown().contains("[2J"), "{:?}", terminal.shown());
        assert!(
            !terminal.shown().contains('\u{7}'),
            "{:?}",
            terminal.shown()
        );
    }
}

#[test]
fn nobody_is_asked_off_a_terminal_or_with_no_input() {
    let rig = Rig::with_sandbox();
    for (line, code) in [
        ("routes set 6165550102 jane", 2),
        ("routes rm 6165550102", 2),
        ("routes rm 6165550102 -d acme --yes", 5),
        ("routes set 2125550104 jane -d acme", 5),
        ("routes explain 6165550102", 0),
        ("subscribers list", 2),
    ] {
        let piped = rig.run(&words(line)).exits(code);
        assert!(!piped.stderr.contains("Which"), "{line}: {}", piped.stderr);
        let terminal = start(&rig, 80, &format!("--no-input {line}"));
        let (ended, shown) = terminal.finish();
        assert_eq!(ended, code, "{line}: {shown}");
        assert!(!shown.contains("Which"), "{line}: {shown}");
    }
}

#[test]
fn a_question_that_is_longer_than_its_line_stands_above_it() {
    let rig = Rig::with_sandbox();
    for line in [
        "routes set 6165550101 jane -d acme",
        "routes set 6165550101 mary -d acme",
        "undo --yes",
    ] {
        rig.run(&words(line)).succeeds();
    }
    for columns in [40, 120] {
        let terminal = start(&rig, columns, "undo");
        terminal.expect("an undo of");
        terminal.expect("Which way?\n");
        terminal.types("\u{1b}");
        assert_eq!(terminal.finish().0, 5);
    }
}

/// An sshd of its own on loopback, with keys of its own; it ends with this.
struct Sshd {
    child: std::process::Child,
    key: String,
    port: u16,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Sshd {
    fn start(rig: &Rig) -> Self {
        let path = |name: &str| rig.home().join(name).display().to_string();
        for name in ["host", "user"] {
            let file = path(name);
            let made = std::process::Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f", &file])
                .status();
            assert!(made.expect("ssh-keygen").success());
        }
        std::fs::copy(path("user.pub"), path("authorized")).expect("a key");
        // It goes there where root starts it, and nothing makes the directory before a first start.
        let _ = std::fs::create_dir_all("/run/sshd");
        let port = {
            let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            free.local_addr().expect("an address").port()
        };
        let (host, keys, pid) = (path("host"), path("authorized"), path("sshd.pid"));
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {host}\nAuthorizedKeysFile {keys}\n\
             PidFile {pid}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n"
        );
        let config = rig.file("sshd_config", &config);
        let child = std::process::Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f", &config])
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("openssh-server");
        let key = path("user");
        crate::support::eventually("sshd", || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        Self { child, key, port }
    }

    /// A command in a terminal of this kind over there.
    fn run(&self, rig: &Rig, term: &str, columns: u16, line: &str) -> Terminal {
        let there = rig.command(&words(line));
        let text = |text: &std::ffi::OsStr| text.to_string_lossy().into_owned();
        let variables = there.get_envs().filter(|(name, _)| *name != "TERM");
        let variables =
            variables.filter_map(|(name, value)| Some(format!("{}={}", text(name), text(value?))));
        let words = ["env".to_owned()].into_iter().chain(variables);
        let program = text(there.get_program());
        let words: Vec<String> = words
            .chain([program])
            .chain(there.get_args().map(text))
            .collect();
        let mut ssh = std::process::Command::new("ssh");
        ssh.args(["-tt", "-q", "-i", &self.key, "-p", &self.port.to_string()])
            .args([
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
            ])
            .args([
                "-o",
                "IdentitiesOnly=yes",
                "127.0.0.1",
                &shell_words::join(words),
            ])
            .env("TERM", term)
            .env("HOME", rig.home());
        Terminal::of(rig, columns, &ssh, None)
    }
}

#[test]
#[ignore = "needs openssh-server"]
fn choices_work_over_ssh_whatever_the_terminal_is() {
    let home = Rig::new();
    let sshd = Sshd::start(&home);
    for (term, color, columns) in [
        ("xterm-256color", "always", 80),
        ("xterm-256color", "never", 40),
        ("vt100", "always", 40),
        ("vt100", "never", 80),
        ("dumb", "always", 80),
        ("dumb", "never", 40),
    ] {
        let rig = Rig::with_sandbox();
        let line = format!("--color {color} routes set 6165550102 jane --yes");
        let choose = || {
            let terminal = sshd.run(&rig, term, columns, &line);
            terminal.expect("harborview");
            terminal
        };
        let terminal = choose();
        match term {
            "dumb" => terminal.types("harb\n"),
            _ => ["harb", "\n"].iter().for_each(|keys| {
                terminal.types(keys);
                std::thread::sleep(std::time::Duration::from_millis(100));
            }),
        }
        let (code, shown) = terminal.finish();
        assert_eq!(code, 0, "{term}, {color}: {shown}");
        assert_eq!(destination_in(&rig, "harborview"), ",jane\n", "{term}");
        let paints = shown.contains("\u{1b}[1;") || shown.contains("\u{1b}[3");
        assert!(color == "always" || !paints, "{term}: {shown:?}");
        // Who leaves changes nothing.
        let terminal = choose();
        terminal.types(if term == "dumb" { "\n" } else { "\u{1b}" });
        assert_eq!(terminal.finish().0, 5, "{term}");
        let terminal = choose();
        terminal.types("\u{3}");
        assert_eq!(terminal.finish().0, 130, "{term}");
        assert_eq!(rig.requests("PUT"), 1, "{term}");
    }
}
