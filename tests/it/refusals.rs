//! Values that could move a URL, a header or a path: refused as bad input, and nothing is sent.

use crate::support::Rig;

const HOSTILE: [&str; 14] = [
    "../x", "a/b", "a?b", "a#b", "a%2fb", "1\n2", "..", ".", "a b", "a\\b", "a&b", "a;b", "ä",
    "a\u{202e}b",
];

/// Commands that talk to the server, each complete.
const COMMANDS: [&[&str]; 6] = [
    &["domains", "list"],
    &["routes", "list"],
    &[
        "routes", "set", "--ani", "6165550101", "--domain", "acme.15611.service", "--destination",
        "x",
    ],
    &[
        "routes", "delete", "--ani", "6165550101", "--domain", "acme.15611.service", "--yes",
    ],
    &["status", "--check"],
    &["token"],
];

#[track_caller]
fn refuses(rig: &Rig, args: &[&str], names: &str) {
    let ran = rig.run(args);
    assert_eq!(ran.code, 2, "{args:?}: {}", ran.stderr);
    assert_eq!(ran.stdout, "", "{args:?}");
    assert!(
        ran.stderr.contains(names),
        "{args:?} names {names}: {}",
        ran.stderr
    );
    let clean = |c: char| !c.is_control() || c == '\n';
    assert!(ran.stderr.chars().all(clean), "{args:?}: {:?}", ran.stderr);
    assert!(
        ran.stderr
            .lines()
            .all(|line| line.starts_with("error: ") || line.starts_with("hint: ")),
        "{}",
        ran.stderr
    );
    assert!(rig.sandbox().log().is_empty(), "{args:?}: nothing is sent");
}

#[test]
fn numbers_below_nought_are_refused_by_the_name_of_their_flag() {
    let rig = Rig::with_sandbox();
    for (args, flag) in [
        ("routes list --ani -1", "--ani"),
        ("routes list --dnis -7", "--dnis"),
        ("routes list --timeout -5", "--timeout"),
        ("routes apply x.csv --concurrency -1", "--concurrency"),
        ("routes plan x.csv --max-deletes -1", "--max-deletes"),
        ("routes plan x.csv --max-changes x", "--max-changes"),
    ] {
        let args: Vec<&str> = args.split(' ').collect();
        refuses(&rig, &args, flag);
    }
}

#[test]
fn accounts_by_flag() {
    let rig = Rig::with_sandbox();
    for account in HOSTILE.iter().copied().chain(["", &"a".repeat(65)]) {
        for command in COMMANDS {
            let flag = format!("--account={account}");
            refuses(&rig, &[command, &[flag.as_str()]].concat(), "account");
        }
    }
}

#[test]
fn accounts_by_variable_and_profile() {
    for account in HOSTILE {
        let mut rig = Rig::with_sandbox();
        rig.set("SKYSWITCH_ACCOUNT_ID", account);
        refuses(&rig, &["routes", "list"], "SKYSWITCH_ACCOUNT_ID");
        rig.set("SKYSWITCH_ACCOUNT_ID", "");
        let quoted = serde_json::to_string(account).expect("a string");
        rig.file(
            "config/config.toml",
            &format!("[profiles.default]\naccount = {quoted}\n"),
        );
        refuses(&rig, &["routes", "list"], "account");
    }
}

#[test]
fn domains() {
    let rig = Rig::with_sandbox();
    for domain in HOSTILE.into_iter().chain([""]) {
        let flag = format!("--domain={domain}");
        for command in [
            &["routes", "list"][..],
            &["routes", "set", "--ani", "6165550101", "--destination", "x"],
            &["routes", "delete", "--ani", "6165550101", "--yes"],
        ] {
            refuses(&rig, &[command, &[flag.as_str()]].concat(), "--domain");
        }
        if !domain.is_empty() {
            let mut rig = Rig::with_sandbox();
            rig.set("SKYSWITCH_DOMAIN", domain);
            refuses(
                &rig,
                &["routes", "set", "--ani", "6165550101", "--destination", "x"],
                "SKYSWITCH_DOMAIN",
            );
        }
    }
}

#[test]
fn tokens() {
    for token in [
        "a b", "1\n2", "a\r\nX-Evil: 1", "ä", "\u{1b}[31m", "a\u{7f}",
    ] {
        let mut rig = Rig::with_sandbox();
        rig.set("SKYSWITCH_TOKEN", token);
        for command in COMMANDS {
            let ran = rig.run(command);
            assert_eq!(ran.code, 2, "{token:?} {command:?}: {}", ran.stderr);
            assert!(ran.stderr.contains("SKYSWITCH_TOKEN"), "{}", ran.stderr);
            assert!(
                !ran.stderr.contains(token),
                "the token is not repeated: {}",
                ran.stderr
            );
        }
        assert!(rig.sandbox().log().is_empty());
    }
}

/// Bare digits may be a row's own spelling, which only reading tells.
#[test]
fn bare_digits_that_are_no_number_change_nothing() {
    let rig = Rig::with_sandbox();
    for number in ["616555010", "61655501011", "1165550101", "6160550101"] {
        let ani = format!("--ani={number}");
        let key = [&*ani, "--domain", "acme.15611.service"];
        for args in [
            &["routes", "list"][..],
            &["routes", "set", "--destination", "x"],
            &["routes", "delete", "--yes"],
        ] {
            let ran = rig.run(&[args, &key].concat()).exits(2);
            assert!(ran.stderr.contains("--ani: "), "{args:?}: {}", ran.stderr);
        }
    }
    assert_eq!(rig.requests("PUT") + rig.requests("DELETE"), 0);
}

#[test]
fn numbers() {
    let rig = Rig::with_sandbox();
    for number in [
        "", " ", "call me", "0016165550101", "01116165550101", "1.61656E+10", "6165550101 x5",
        "6165550101,6165550102", "*", "+", "+1", "+123456789012345678", "616\n5550101", "../x",
        "sip:john@x",
    ] {
        let ani = format!("--ani={number}");
        refuses(&rig, &["routes", "list", &ani], "--ani");
        refuses(
            &rig,
            &[
                "routes", "set", &ani, "--domain", "acme.15611.service", "--destination", "x",
            ],
            "--ani",
        );
        refuses(
            &rig,
            &[
                "routes", "delete", &ani, "--domain", "acme.15611.service", "--yes",
            ],
            "--ani",
        );
        if !number.is_empty() {
            let dnis = format!("--dnis={number}");
            refuses(
                &rig,
                &[
                    "routes", "delete", "--ani", "6165550101", &dnis, "--domain",
                    "acme.15611.service", "--yes",
                ],
                "--dnis",
            );
        }
    }
}

#[test]
fn an_empty_destination_is_refused() {
    let rig = Rig::with_sandbox();
    refuses(
        &rig,
        &[
            "routes", "set", "--ani", "6165550101", "--domain", "acme.15611.service",
            "--destination", "",
        ],
        "--destination",
    );
}

#[test]
fn profiles() {
    let rig = Rig::with_sandbox();
    for profile in ["../x", "a/b", "", "a b", "1\n2", ".."] {
        let flag = format!("--profile={profile}");
        refuses(&rig, &["routes", "list", &flag], "--profile");
        refuses(
            &rig,
            &["login", "--store", "file", "--no-input", &flag],
            "--profile",
        );
    }
    assert!(!rig.state_dir().exists());
}

#[test]
fn sandbox_credentials_stay_on_loopback() {
    let mut rig = Rig::with_sandbox();
    rig.set("SKYSWITCH_API_URL", "https://api.invalid");
    let ran = rig.run(&["routes", "list"]).exits(2);
    assert!(ran.stderr.contains("sandbox credentials"), "{}", ran.stderr);
    rig.without_credentials();
    rig.set("SKYSWITCH_ACCOUNT_ID", "sbx_account");
    rig.set("SKYSWITCH_TOKEN", "sbx_at_example");
    rig.run(&["routes", "list"]).exits(2);
}
