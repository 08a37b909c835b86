//! Completions in real shells: installed as the help says, driven by pressing TAB in a terminal.

use std::process::{Command, Output};

use crate::support::{Ran, Rig, eventually};

const RUN: &str = "20261123T121530.123Z-3f9a";

/// What is typed, and the line after TAB; the last six come from files.
const LINES: [(&str, &str); 27] = [
    ("skyswitch rout", "skyswitch routes"),
    ("skyswitch routes de", "skyswitch routes delete"),
    ("skyswitch -p wo", "skyswitch -p workshop"),
    (
        "skyswitch routes rm --ign",
        "skyswitch routes rm --ignore-missing",
    ),
    (
        "skyswitch --sandbox routes rm -d blue",
        "skyswitch --sandbox routes rm -d bluebird.15611.service",
    ),
    (
        "skyswitch --sandbox routes copy blueb",
        "skyswitch --sandbox routes copy bluebird.15611.service",
    ),
    (
        "skyswitch --sandbox routes rm -d acme 1616",
        "skyswitch --sandbox routes rm -d acme 16165550143",
    ),
    (
        "skyswitch --sandbox routes set -d acme 6165550142 route_",
        "skyswitch --sandbox routes set -d acme 6165550142 route_by_ani",
    ),
    (
        "skyswitch --sandbox routes explain -d acme 16165550143 1616",
        "skyswitch --sandbox routes explain -d acme 16165550143 1616555019",
    ),
    (
        "skyswitch routes set --dest",
        "skyswitch routes set --destination",
    ),
    (
        "skyswitch routes set --application dev",
        "skyswitch routes set --application device",
    ),
    (
        "skyswitch --sandbox routes list --raw",
        "skyswitch --sandbox routes list --raw-numbers",
    ),
    (
        "skyswitch routes list --color alw",
        "skyswitch routes list --color always",
    ),
    (
        "skyswitch domains list -o nd",
        "skyswitch domains list -o ndjson",
    ),
    ("skyswitch completions fi", "skyswitch completions fish"),
    (
        "skyswitch routes list --output=nd",
        "skyswitch routes list --output=ndjson",
    ),
    ("skyswitch --profile wo", "skyswitch --profile workshop"),
    (
        "skyswitch --sandbox routes set --domain blue",
        "skyswitch --sandbox routes set --domain bluebird.15611.service",
    ),
    (
        "skyswitch --sandbox undo 20261123T12",
        "skyswitch --sandbox undo 20261123T121530.123Z-3f9a",
    ),
    (
        "skyswitch routes list --fields ani,de",
        "skyswitch routes list --fields ani,destination",
    ),
    (
        "skyswitch domains list --fields res",
        "skyswitch domains list --fields reseller",
    ),
    (
        "skyswitch routes plan vip",
        "skyswitch routes plan vip-routes.csv",
    ),
    ("skyswitch help exit", "skyswitch help exit-codes"),
    ("skyswitch help routes dele", "skyswitch help routes delete"),
    (
        "skyswitch routes list -p ",
        "skyswitch routes list -p workshop",
    ),
    (
        "skyswitch routes plan ~/vip",
        "skyswitch routes plan ~/vip-routes.csv",
    ),
    (
        "skyswitch routes plan sp",
        "skyswitch routes plan sp\\ ace.csv",
    ),
];

/// What there is to complete from: a configuration, a list of domains that was read, a run, a file.
fn known_things(rig: &Rig) {
    rig.file("config/config.toml", "[profiles.workshop]\n");
    rig.file("vip-routes.csv", "");
    rig.file("sp ace.csv", "");
    for line in [
        "domains list",
        "subscribers list -d acme",
        "numbers list -d acme",
        "routes set 6165550143 john -d acme",
    ] {
        let words = line.split(' ');
        let args: Vec<&str> = std::iter::once("--sandbox").chain(words).collect();
        rig.run(&args).succeeds();
    }
    rig.file(&format!("state/sandbox/journal/{RUN}.jsonl"), "");
}

/// What a shell is told when it asks for the last of these words.
fn asks(rig: &Rig, shell: &str, words: &[&str]) -> Ran {
    let last = (words.len() - 1).to_string();
    let mut command = rig.command(&[&["--"], words].concat());
    command
        .env("SKYSWITCH_COMPLETE", shell)
        .env("_CLAP_COMPLETE_INDEX", last)
        .env("_CLAP_IFS", "\n");
    Ran::by(&mut command)
}

/// Where files have modes.
fn is_private(file: &std::path::Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(file).expect("stat").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(file.is_file());
}

/// A shell in a terminal of its own.
struct Terminal {
    socket: String,
    rig: Rig,
}

impl Terminal {
    fn start(shell: &str, setup: &[&str]) -> Self {
        let rig = Rig::new();
        known_things(&rig);
        let terminal = Self {
            socket: format!(
                "skyswitch-test-{}-{shell}-{}",
                std::process::id(),
                setup.len()
            ),
            rig,
        };
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_skyswitch"));
        let directory = program.parent().expect("a directory").display();
        let home = terminal.rig.home().display();
        let command = match shell {
            "bash" => "bash --norc --noprofile".to_owned(),
            "zsh" => "zsh -f".to_owned(),
            // Without it fish asks the terminal what it is, and waits.
            shell => format!("{shell} --private"),
        };
        let environment = format!(
            "env -i HOME={home} SKYSWITCH_CONFIG_DIR={home}/config SKYSWITCH_STATE_DIR={home}/state PATH={directory}:/usr/local/bin:/usr/bin:/bin TERM=screen LC_ALL=C.UTF-8 {command}"
        );
        let new = [
            "-f", "/dev/null", "new-session", "-d", "-x", "150", "-y", "40", "-c",
        ];
        let started = terminal.tmux(&[&new[..], &[&home.to_string(), &environment]].concat());
        assert!(started.status.success(), "{started:?}");
        for line in setup {
            terminal.type_text(line);
            terminal.press("Enter");
        }
        terminal.type_text("echo read''y");
        terminal.press("Enter");
        eventually("the shell", || terminal.shows("ready"));
        terminal
    }

    fn tmux(&self, args: &[&str]) -> Output {
        Command::new("tmux")
            .args(["-L", &self.socket])
            .args(args)
            .env_remove("TMUX")
            .output()
            .expect("tmux")
    }

    fn type_text(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    fn screen(&self) -> String {
        String::from_utf8_lossy(&self.tmux(&["capture-pane", "-p"]).stdout).into_owned()
    }

    /// Whether some line ends with a text.
    fn shows(&self, text: &str) -> bool {
        self.screen()
            .lines()
            .any(|line| line.trim_end_matches([' ', '=']).ends_with(text))
    }

    /// TAB after a text makes this of it.
    fn completes(&self, typed: &str, wanted: &str) {
        self.press("C-u");
        self.type_text(typed);
        eventually(typed, || self.shows(typed.trim_end()));
        self.press("Tab");
        for _ in 0..500 {
            if self.shows(wanted) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("{typed} did not become {wanted}:\n{}", self.screen());
    }

    fn drive(&self) {
        for (typed, wanted) in LINES {
            self.completes(typed, wanted);
        }
        // Nothing is made up behind a colon, and no flag where none was begun.
        for typed in [
            "skyswitch routes set --destination device:",
            "skyswitch routes set ",
        ] {
            self.press("C-u");
            self.type_text(typed);
            self.press("Tab");
            self.type_text("XY");
            eventually("nothing is offered", || {
                self.shows(&format!("{}XY", typed.trim_end_matches(' ')))
                    || self.shows(&format!("{typed}XY"))
            });
        }
        // The hidden command is not offered: what is typed next stands right behind.
        self.press("C-u");
        self.type_text("skyswitch manu");
        self.press("Tab");
        self.type_text("XY");
        eventually("nothing hidden is offered", || self.shows("manuXY"));
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

#[test]
#[ignore = "needs bash and tmux"]
fn bash_completes_commands_flags_and_values() {
    let setup = ["PS1='> '", "source <(skyswitch completions bash)"];
    Terminal::start("bash", &setup).drive();
}

#[test]
#[ignore = "needs zsh and tmux"]
fn zsh_completes_commands_flags_and_values() {
    let setup = [
        "PS1='> '",
        "mkdir ~/.zfunc",
        "skyswitch completions zsh > ~/.zfunc/_skyswitch",
        "fpath=(~/.zfunc $fpath)",
        "autoload -U compinit && compinit -u",
    ];
    Terminal::start("zsh", &setup).drive();
}

#[test]
#[ignore = "needs zsh and tmux"]
fn zsh_needs_nobody_to_have_started_its_completion() {
    let setup = ["PS1='> '", "source <(skyswitch completions zsh)"];
    let terminal = Terminal::start("zsh", &setup);
    assert!(
        !terminal.screen().contains("not found"),
        "{}",
        terminal.screen()
    );
    terminal.completes("skyswitch rout", "skyswitch routes");
}

#[test]
#[ignore = "needs fish and tmux"]
fn fish_completes_commands_flags_and_values() {
    let setup = [
        "function fish_prompt; echo '> '; end",
        "set -g fish_autosuggestion_enabled 0",
        "mkdir -p ~/.config/fish/completions",
        "skyswitch completions fish > ~/.config/fish/completions/skyswitch.fish",
    ];
    Terminal::start("fish", &setup).drive();
}

#[test]
fn the_domains_of_a_profile_are_known_once_they_were_listed() {
    let rig = Rig::with_sandbox();
    let words = ["skyswitch", "routes", "list", "--domain", ""];
    assert_eq!(asks(&rig, "fish", &words).stdout, "");
    rig.run(&["domains", "list"]).succeeds();
    let before = rig.sandbox().log().len();
    let known = asks(&rig, "fish", &words);
    assert!(
        known.stdout.contains("bluebird.15611.service\n"),
        "{known:?}"
    );
    // Another account's, another profile's and the sandbox's are not these.
    for other in [["--account", "a2"], ["--sandbox", "--quiet"]] {
        let words = [&["skyswitch"], &other[..], &words[1..]].concat();
        assert_eq!(asks(&rig, "fish", &words).stdout, "", "{words:?}");
    }
    assert_eq!(rig.sandbox().log().len(), before);
    let file = rig.state_dir().join("domains/default.json");
    is_private(&file);
}

#[test]
fn the_extensions_and_numbers_of_a_domain_are_known_once_they_were_listed() {
    let mut rig = Rig::with_sandbox();
    let acme = ["--domain", "acme.15611.service"];
    let users = |rig: &Rig, domain: &[&str]| {
        let words = [
            &["skyswitch", "routes", "set"],
            domain,
            &["--destination", ""],
        ]
        .concat();
        asks(rig, "fish", &words).stdout
    };
    let numbers = |rig: &Rig| {
        let words = [
            &["skyswitch", "routes", "set"],
            &acme[..],
            &["--dnis", "1616"],
        ]
        .concat();
        asks(rig, "fish", &words).stdout
    };
    rig.run(&["subscribers", "list", "-d", acme[1], "--kind", "queue"])
        .succeeds();
    rig.run(&["numbers", "list", "-d", acme[1], "--user", "500"])
        .succeeds();
    assert_eq!(
        (users(&rig, &acme), numbers(&rig)),
        (String::new(), String::new())
    );
    rig.run(&["subscribers", "list", "-d", acme[1]]).succeeds();
    rig.run(&["numbers", "list", "-d", acme[1]]).succeeds();
    let before = rig.sandbox().log().len();
    assert_eq!(
        users(&rig, &acme),
        "100\n200\n300\n400\n500\nroute_by_ani\n"
    );
    assert_eq!(users(&rig, &["-d", acme[1]]), users(&rig, &acme));
    assert_eq!(numbers(&rig), "16165550190\n16165550191\n16165550192\n");
    assert_eq!(users(&rig, &["--domain", "bluebird.15611.service"]), "");
    assert_eq!(users(&rig, &[]), "");
    rig.set("SKYSWITCH_DOMAIN", acme[1]);
    assert_eq!(users(&rig, &[]), users(&rig, &acme));
    assert_eq!(rig.sandbox().log().len(), before);
    for noun in ["extensions", "numbers"] {
        let file = format!("{noun}/default/of-{}.json", acme[1]);
        let file = rig.state_dir().join(file);
        is_private(&file);
        let text = std::fs::read_to_string(&file).expect("text");
        assert!(!text.contains("john") && !text.contains("Carter"), "{text}");
    }
}

#[test]
fn a_list_of_some_domains_is_not_kept() {
    let rig = Rig::with_sandbox();
    rig.run(&["domains", "list", "--reseller", "15611"])
        .succeeds();
    assert!(!rig.state_dir().join("domains").exists());
}

#[test]
fn whatever_a_shell_asks_nothing_but_an_answer_is_said() {
    let rig = Rig::new();
    known_things(&rig);
    for words in [
        &["skyswitch", "nosuch", "--nosuch", ""][..],
        &["skyswitch", "--", "--", ""],
        &["x"],
        &[""],
    ] {
        for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
            let ran = asks(&rig, shell, words);
            assert_eq!(
                (ran.code, ran.stderr.as_str()),
                (0, ""),
                "{shell} {words:?}"
            );
        }
    }
    let nothing = rig
        .command(&["routes", "list"])
        .env("SKYSWITCH_COMPLETE", "bash")
        .output()
        .expect("run");
    assert!(nothing.status.success() && nothing.stdout.is_empty());
}

#[test]
fn an_unknown_shell_is_named() {
    let rig = Rig::new();
    let ran = asks(&rig, "tcsh", &["skyswitch", ""]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr
            .contains("SKYSWITCH_COMPLETE: `tcsh` is none of bash"),
        "{ran:?}"
    );
}
