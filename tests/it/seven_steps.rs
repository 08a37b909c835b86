//! README's session of seven steps, typed line by line into a shell on a terminal.

#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use crate::examples::{ROOT, covers};
use crate::support::terminal::Terminal;
use crate::support::{Rig, eventually};

/// So many keys for all of it, Return included.
const KEYS: usize = 400;
const PROMPT: &str = "$ ";
const QUESTION: &str = "[y/N] ";

/// The block of README that a person is to type.
fn session() -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(ROOT).join("README.md")).expect("README.md");
    let (_, block) = text.split_once("```terminal\n").expect("a session");
    let (block, _) = block.split_once("```\n").expect("its end");
    block.lines().map(str::to_owned).collect()
}

/// What is typed: commands, and answers to questions.
fn typed(line: &str) -> Option<(&'static str, &str)> {
    match line.strip_prefix(PROMPT) {
        Some(command) => Some((PROMPT, command)),
        None => line
            .split_once(QUESTION)
            .map(|(_, answer)| (QUESTION, answer)),
    }
}

fn shell(rig: &Rig) -> Terminal {
    let program = Path::new(env!("CARGO_BIN_EXE_skyswitch"));
    let directory = program.parent().expect("a directory").display();
    let mut bash = Command::new("bash");
    bash.args(["--norc", "--noprofile", "--noediting"])
        .envs(
            rig.command(&[])
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("PATH", format!("{directory}:/usr/bin:/bin"))
        .env("PS1", PROMPT)
        .env("NO_COLOR", "1");
    Terminal::of(rig, 80, &bash, None)
}

#[test]
fn the_seven_steps_of_readme_are_few_keys_and_show_what_it_says() {
    let session = session();
    let steps: Vec<_> = session.iter().filter_map(|line| typed(line)).collect();
    assert_eq!(steps.iter().filter(|step| step.0 == PROMPT).count(), 7);
    let keys: usize = steps.iter().map(|(_, text)| text.chars().count() + 1).sum();
    assert!(keys < KEYS, "{keys} keys");
    let rig = Rig::with_profiles(&["acme", "harbor"]);
    let terminal = shell(&rig);
    for (at, (waits, text)) in steps.iter().enumerate() {
        let mut shown = String::new();
        eventually(&format!("step {at}"), || {
            shown = terminal.shown();
            shown.ends_with(waits)
        });
        terminal.types(&format!("{text}\n"));
        terminal.expect(&format!("{shown}{text}\n"));
    }
    terminal.expect("is the default now\n$ ");
    let shown = terminal.shown();
    let shown: Vec<&str> = shown.lines().collect();
    let (last, shown) = shown.split_last().expect("lines");
    assert_eq!(*last, PROMPT);
    for (wanted, shown) in session.iter().zip(shown) {
        assert!(covers(wanted, shown), "README: {wanted}\nshown:  {shown}");
    }
    assert_eq!(session.len(), shown.len(), "{shown:#?}");
    let text = std::fs::read_to_string(Path::new(ROOT).join("README.md")).expect("README.md");
    assert!(text.contains(&format!("{keys} keys:")), "{keys} keys");
}
