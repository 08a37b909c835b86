use std::ffi::OsString;
use std::sync::Arc;

use proptest::prelude::*;

use super::values::Asked;
use super::{join_values, offered};
use crate::config::Environment;

/// What is offered for the last of these words.
fn offers(home: &std::path::Path, words: &[&str]) -> Vec<String> {
    let words: Vec<OsString> = words.iter().map(OsString::from).collect();
    complete(home, "zsh", words.clone(), words.len() - 1)
}

fn complete(
    home: &std::path::Path,
    shell: &'static str,
    words: Vec<OsString>,
    at: usize,
) -> Vec<String> {
    let home_text = home.to_str().expect("a path");
    let environment = Environment::of([
        ("SKYSWITCH_CONFIG_DIR", home_text),
        ("SKYSWITCH_STATE_DIR", home_text),
    ]);
    let asked = Arc::new(Asked::new(shell, &words, environment));
    clap_complete::engine::complete(&mut offered(&asked), words, at, Some(home))
        .unwrap_or_default()
        .iter()
        .map(|candidate| candidate.get_value().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn profiles_come_from_the_configuration() {
    let home = tempfile::tempdir().expect("temp");
    std::fs::write(
        home.path().join("config.toml"),
        "[profiles.work]\n[profiles.test]\n",
    )
    .expect("write");
    #[cfg(unix)] // modes of files
    {
        use std::os::unix::fs::PermissionsExt as _;
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(home.path().join("config.toml"), private).expect("chmod");
    }
    for words in [
        &["skyswitch", "--profile", ""][..],
        &["skyswitch", "routes", "list", "--profile", ""],
    ] {
        assert_eq!(offers(home.path(), words), ["test", "work"], "{words:?}");
    }
    assert_eq!(
        offers(home.path(), &["skyswitch", "--profile=w"]),
        ["--profile=work"]
    );
}

#[test]
fn columns_are_those_of_the_command_and_each_only_once() {
    let home = tempfile::tempdir().expect("temp");
    let fields = |command: &[&str], typed| {
        offers(
            home.path(),
            &[&["skyswitch"], command, &["--fields", typed]].concat(),
        )
    };
    assert_eq!(
        fields(&["routes", "list"], "ani,d"),
        ["ani,dnis", "ani,domain", "ani,destination"]
    );
    assert_eq!(fields(&["routes", "list"], "ani,dnis,dn"), [""; 0]);
    assert_eq!(
        fields(&["domains", "list"], ""),
        ["domain", "description", "reseller"]
    );
    assert_eq!(fields(&["history"], "st"), ["status"]);
    assert_eq!(fields(&["status"], ""), [""; 0]);
    for group in crate::commands::help::tree().get_subcommands() {
        if group.find_subcommand("list").is_some() {
            let path = [group.get_name(), "list"];
            assert_ne!(fields(&path, ""), [""; 0], "{path:?}");
        }
    }
}

#[test]
fn runs_are_offered_newest_first_and_only_real_ids() {
    let home = tempfile::tempdir().expect("temp");
    let journal = home.path().join("journal");
    std::fs::create_dir(&journal).expect("create");
    let ids = ["20261123T121530.123Z-3f9a", "20261124T121530.123Z-3f9b"];
    // Windows takes no such name.
    let odd = match cfg!(windows) {
        true => "x$(id)",
        false => "x\u{1b}[2J",
    };
    for name in [ids[0], ids[1], odd] {
        std::fs::write(journal.join(format!("{name}.jsonl")), "").expect("write");
    }
    assert_eq!(
        offers(home.path(), &["skyswitch", "undo", "2"]),
        [ids[1], ids[0]]
    );
    assert_eq!(
        offers(home.path(), &["skyswitch", "history", "20261123"]),
        [ids[0]]
    );
    assert_eq!(
        offers(home.path(), &["skyswitch", "--sandbox", "undo", "2"]),
        [""; 0]
    );
}

#[cfg(unix)] // names that Windows does not take
#[test]
fn a_file_name_that_a_shell_would_run_or_a_terminal_obey_is_left_out() {
    let home = tempfile::tempdir().expect("temp");
    for name in ["routes.csv", "$(id).csv", "a b.csv", "x\u{1b}[2J.csv"] {
        std::fs::write(home.path().join(name), "").expect("write");
    }
    let typed = format!("{}/", home.path().display());
    let files = |shell| {
        let words = ["skyswitch", "routes", "plan", &typed].map(OsString::from);
        let files = complete(home.path(), shell, words.to_vec(), 3);
        let name = |path: &String| path.rsplit('/').next().map(str::to_owned);
        files.iter().filter_map(name).collect::<Vec<_>>()
    };
    assert_eq!(files("bash"), ["a\\ b.csv", "routes.csv"]);
    assert_eq!(files("zsh"), ["$(id).csv", "a b.csv", "routes.csv"]);
}

#[test]
fn a_value_behind_an_equals_sign_is_completed_in_bash() {
    let mut words = ["skyswitch", "--output", "=", "nd"].map(OsString::from);
    join_values(&mut words);
    let home = tempfile::tempdir().expect("temp");
    assert_eq!(complete(home.path(), "bash", words.to_vec(), 3), ["ndjson"]);
}

#[test]
fn help_is_completed_with_topics_and_commands() {
    let home = tempfile::tempdir().expect("temp");
    let help = |typed: &[&str]| offers(home.path(), &[&["skyswitch", "help"], typed].concat());
    assert_eq!(help(&["ex"]), ["exit-codes"]);
    assert_eq!(help(&["dom"]), ["domains"]);
    assert!(help(&["routes", "de"]).contains(&"delete".to_owned()));
    assert_eq!(help(&["nosuch", "d"]), [""; 0]);
    assert_eq!(help(&["manu"]), [""; 0]);
}

#[test]
fn flags_are_offered_behind_a_dash_only() {
    assert_eq!(
        super::without_flags(b"set\x0b--json\x0blist\x0b-o"),
        b"set\x0blist"
    );
    assert_eq!(super::without_flags(b"a\thelp\n--x\thelp\n"), b"a\thelp\n");
    assert_eq!(super::without_flags(b"--x\n--y"), b"");
}

#[test]
fn hidden_commands_are_not_offered() {
    let home = tempfile::tempdir().expect("temp");
    assert_eq!(offers(home.path(), &["skyswitch", "manu"]), [""; 0]);
}

fn word() -> impl Strategy<Value = OsString> {
    let known = proptest::sample::select(vec![
        "skyswitch", "routes", "list", "set", "apply", "undo", "history", "--", "-", "--profile",
        "--profile=", "--fields", "--domain", "-o", "-ojson", "-v", "=", "--sandbox", "", "..",
        "~", "/", "--=", "-=", "--fields=,", "-1", "help", "completions",
    ]);
    prop_oneof![
        3 => known.prop_map(OsString::from),
        1 => any::<String>().prop_map(OsString::from),
        1 => proptest::collection::vec(any::<u8>(), 0..8).prop_map(odd),
    ]
}

#[cfg(unix)]
fn odd(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn odd(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn no_line_makes_it_panic(mut words in proptest::collection::vec(word(), 1..8), at in 0_usize..10) {
        let home = tempfile::tempdir().expect("temp");
        join_values(&mut words);
        complete(home.path(), "bash", words, at);
    }
}
