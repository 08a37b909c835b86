//! A profile named on the command line is a whole, and hints are commands of the run that gives them.

use crate::support::{Rig, SET};

const CONFIG: &str = "[profiles.east]\naccount = \"sbx_account\"\nstore = \"file\"\n\
                      [profiles.west]\naccount = \"sbx_account\"\nstore = \"file\"\n";

/// Two profiles at one server, logged in to `east`; no variables but the addresses.
fn two_profiles() -> Rig {
    let mut rig = Rig::with_sandbox();
    rig.without_credentials();
    let url = rig.sandbox().url();
    let config = CONFIG.replace("store", &format!("api_url = \"{url}\"\nstore"));
    rig.file("config/config.toml", &config);
    rig.set("SKYSWITCH_API_URL", "");
    rig.log_in_to(rig.sandbox(), &["--profile", "east"])
        .succeeds();
    rig
}

#[test]
fn a_profile_named_by_flag_takes_nothing_from_variables_and_says_so_once() {
    let mut rig = two_profiles();
    for (name, value) in [
        ("ACCOUNT_ID", "somebody_elses"),
        ("TOKEN", "not.a.token"),
        ("CLIENT_SECRET", "hunter2"),
        ("CREDENTIAL_COMMAND", "false"),
        ("API_URL", "https://elsewhere.invalid"),
        ("DOMAIN", "elsewhere.example"),
        ("STORE", "keyring"),
        ("SCOPE", "other"),
    ] {
        rig.set(&format!("SKYSWITCH_{name}"), value);
    }
    let ran = rig
        .run(&[&["--profile", "east"], &SET[..]].concat())
        .succeeds();
    let line = ran.stderr.lines().find(|line| line.contains("passed over"));
    let line = line.expect("the variables are named");
    assert_eq!(line.matches("SKYSWITCH_").count(), 8, "{line}");
    assert_eq!(ran.stderr.matches("SKYSWITCH_TOKEN").count(), 1);
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    let paths = rig.sandbox().log();
    assert!(
        paths
            .iter()
            .any(|entry| entry.method == "PUT" && entry.path.contains("sbx_account"))
    );
    let status = rig
        .run(&["--profile", "east", "status", "--json"])
        .succeeds()
        .json();
    assert_eq!(status["account"]["source"], "profile key `account`");
    assert_eq!(status["domain"], serde_json::Value::Null);
    // By variable it is one setting among others, as ever.
    rig.set("SKYSWITCH_PROFILE", "east");
    let status = rig.run(&["status", "--json"]).succeeds().json();
    assert_eq!(status["account"]["id"], "somebody_elses");
    assert_eq!(status["credentials"], "token");
}

#[test]
fn a_login_into_a_profile_asks_for_what_variables_must_not_say() {
    let mut rig = two_profiles();
    rig.set("SKYSWITCH_CLIENT_SECRET", "hunter2");
    rig.set("SKYSWITCH_ACCOUNT_ID", "somebody_elses");
    let login = ["login", "--profile", "west", "--client-id", "c"];
    let ran = rig.run(&login).exits(2);
    assert!(
        ran.stderr.contains("`--secrets-stdin` is accepted"),
        "{}",
        ran.stderr
    );
    let config = std::fs::read_to_string(rig.config_dir().join("config.toml")).expect("config");
    assert!(!config.contains("somebody_elses"), "{config}");
}

#[test]
fn hints_are_commands_with_the_flags_that_led_here() {
    let mut rig = two_profiles();
    let west = "`skyswitch --profile west login`";
    for args in [
        &["routes", "list"][..],
        &["status"],
        &["status", "--json"],
        &["doctor"],
    ] {
        let ran = rig.run(&[&["--profile", "west"], args].concat()).exits(4);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains(west), "{args:?}: {said}");
        assert!(!said.contains("`skyswitch login`"), "{args:?}: {said}");
    }
    let ran = rig
        .run(&["--profile", "west", "--account", "a1", "token"])
        .exits(4);
    let hint = "`skyswitch --profile west --account a1 login`";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    rig.set("SKYSWITCH_PROFILE", "west");
    let ran = rig.run(&["token"]).exits(4);
    assert!(ran.stderr.contains(west), "{}", ran.stderr);
    // With the flag this variable would no longer count.
    rig.set("SKYSWITCH_ACCOUNT_ID", "other");
    let ran = rig.run(&["token"]).exits(4);
    let hint = "`SKYSWITCH_PROFILE=west skyswitch login`";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    let ran = rig
        .run(&["--sandbox", "history", "20200101T000000.000Z-0000"])
        .exits(3);
    let hint = "`skyswitch --sandbox history`";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
}

#[test]
fn a_plan_says_first_whose_it_is() {
    let rig = two_profiles();
    let csv = rig
        .run(&["--profile", "east", "routes", "list", "-o", "csv"])
        .succeeds()
        .stdout;
    let file = rig.file("routes.csv", &csv);
    let ran = rig
        .run(&["--profile", "east", "routes", "plan", &file])
        .succeeds();
    assert!(
        ran.stderr
            .starts_with("account sbx_account, profile `east`"),
        "{}",
        ran.stderr
    );
}
