//! Completions in real shells: installed as the help says, driven by pressing TAB in a terminal.

#![cfg(unix)]

mod support;

use std::process::{Command, Output};

use support::{Rig, eventually};

/// What is typed, and the line after TAB.
const LINES: [(&str, &str); 8] = [
    ("skyswitch rout", "skyswitch routes"),
    ("skyswitch routes de", "skyswitch routes delete"),
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
];

/// A shell in a terminal of its own.
struct Terminal {
    socket: String,
    rig: Rig,
}

impl Terminal {
    fn start(shell: &str, setup: &[&str]) -> Self {
        let rig = Rig::new();
        let terminal = Self {
            socket: format!("skyswitch-test-{}-{shell}", std::process::id()),
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
            "env -i HOME={home} PATH={directory}:/usr/local/bin:/usr/bin:/bin TERM=screen LC_ALL=C.UTF-8 {command}"
        );
        let new = [
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "150",
            "-y",
            "40",
            "-c",
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
        eventually(typed, || self.shows(typed));
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
