//! What `docs/review-in-git.md` tells people to run, run.

#![cfg(unix)] // a shell

use std::process::Command;

use crate::support::{Ran, Rig};

const DOCS: &str = include_str!("../../docs/review-in-git.md");
const ACME: &str = "acme.15611.service";

/// The `run: |` part of a step.
fn step(name: &str) -> String {
    let (_, step) = DOCS
        .split_once(&format!("- name: {name}\n"))
        .expect("a step");
    let (_, run) = step.split_once("run: |\n").expect("its shell");
    let lines = run
        .lines()
        .take_while(|line| line.starts_with("          "));
    lines
        .map(|line| format!("{}\n", line.trim_start()))
        .collect()
}

/// Runs shell with what CI has: credentials, and neither a home nor a state directory.
fn ci(rig: &Rig, shell: &str, more: &[(&str, &str)]) -> Ran {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_skyswitch"));
    let bin = program.parent().expect("a directory").display().to_string();
    let mut sh = Command::new("bash");
    sh.args(["-e", "-c", shell])
        .env_clear()
        .current_dir(rig.home());
    let known = rig.command(&[]);
    let of_ci = |(name, _): &(&std::ffi::OsStr, Option<&std::ffi::OsStr>)| {
        let name = name.to_string_lossy();
        name.starts_with("SKYSWITCH_") && !name.ends_with("_DIR")
    };
    sh.envs(
        known
            .get_envs()
            .filter(of_ci)
            .filter_map(|(name, value)| Some((name, value?))),
    );
    sh.env(
        "PATH",
        format!("{}:{bin}:/usr/bin:/bin", rig.home().display()),
    );
    sh.env("GITHUB_STEP_SUMMARY", rig.home().join("summary.md"));
    sh.envs(more.iter().copied());
    Ran::of(&sh.output().expect("bash"))
}

fn file(rig: &Rig, destination: &str) {
    let text = format!("ani,domain,destination\n16165550101,{ACME},{destination}\n");
    rig.file("routes/vip.csv", &text);
    rig.file("vip.csv", &text);
}

#[test]
fn the_workflow_shows_a_plan_and_applies_it() {
    let rig = Rig::with_sandbox();
    file(&rig, "jane");
    ci(&rig, &step("Plan"), &[]).succeeds();
    let plan = std::fs::read_to_string(rig.home().join("plan.md")).expect("the plan");
    assert!(
        plan.starts_with("````\nplan ") && plan.ends_with("\n````\n"),
        "{plan}"
    );
    assert!(
        plan.contains("  ~ 16165550101 john \u{2192} jane\n") && !plan.contains('\u{1b}'),
        "{plan}"
    );
    assert_eq!(
        std::fs::read_to_string(rig.home().join("summary.md")).expect("summary"),
        plan
    );
    let stub = rig.file("gh", "#!/bin/sh\necho \"$@\" > told; cat \"$5\" >> told\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(stub, mode).expect("a mode");
    ci(&rig, &step("Show it in the pull request"), &[("PR", "7")]).succeeds();
    let told = std::fs::read_to_string(rig.home().join("told")).expect("told");
    assert!(
        told.starts_with("pr comment 7 --body-file plan.md\n````"),
        "{told}"
    );

    rig.file("routes/vip.csv", "ani,domain,destination\n1,x,y\n");
    assert_eq!(
        ci(&rig, &step("Plan"), &[]).code,
        2,
        "a mistake fails the check"
    );

    file(&rig, "jane");
    let temp = rig.home().display().to_string();
    let ran = ci(&rig, &step("Apply"), &[("RUNNER_TEMP", &temp)]).succeeds();
    assert_eq!(ran.json()["changed"], 1);
    assert!(rig.home().join("skyswitch/journal").is_dir());
}

#[test]
fn the_line_for_cron_is_silent_until_something_drifts() {
    let rig = Rig::with_sandbox();
    file(&rig, "john");
    let (_, line) = DOCS.split_once("```cron\n").expect("a line");
    let line = line.lines().next().expect("a line");
    let shell: Vec<&str> = line.split_whitespace().skip(5).collect();
    let shell = shell
        .join(" ")
        .replace("/srv/routes", &rig.home().display().to_string());
    assert_eq!(ci(&rig, &shell, &[]).succeeds().stdout, "");
    rig.run(&["routes", "set", "16165550101", "mary", "-d", ACME])
        .succeeds();
    let told = ci(&rig, &shell, &[]).succeeds().stdout;
    assert!(told.contains("mary \u{2192} john"), "{told}");
}
