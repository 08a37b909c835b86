//! Logging in, being logged in, and logging out: the file store, the environment, a terminal. The
//! real keyring has a file of its own.

use crate::support::Rig;
use crate::support::canned::{Canned, json};
use crate::support::fixtures::Fixture;

const ACME: &str = "acme.15611.service";

/// The client and the user of the sandbox, and their secrets.
const USER: &str = "--client-id sbx_client --username sbx_user";
const SECRETS: &str = "client_secret=sbx_secret\npassword=sbx_password\n";

/// A machine that knows the server and its account, but no credentials.
fn logged_out() -> Rig {
    let mut rig = Rig::with_sandbox();
    rig.without_credentials();
    rig.set("SKYSWITCH_STORE", "file");
    rig
}

fn log_in(rig: &Rig, more: &[&str]) -> crate::support::Ran {
    let flags = format!(
        "{USER} --store file --account sbx_account {}",
        more.join(" ")
    );
    rig.log_in_with(&flags, SECRETS)
}

/// Everything below the state directory, as one text.
fn stored(rig: &Rig) -> String {
    fn read(directory: &std::path::Path, text: &mut String) {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                read(&entry.path(), text);
            } else {
                text.push_str(&String::from_utf8_lossy(
                    &std::fs::read(entry.path()).unwrap_or_default(),
                ));
            }
        }
    }
    let mut text = String::new();
    read(&rig.state_dir(), &mut text);
    read(&rig.config_dir(), &mut text);
    text
}

#[test]
fn a_login_is_proved_kept_and_used_by_later_commands() {
    let rig = logged_out();
    let ran = log_in(&rig, &[]).succeeds();
    assert_eq!(ran.stdout, "Logged in: 4 domains on account sbx_account\n");
    // No variable but the address is needed from here on: account and store are in the profile.
    let mut later = rig;
    later.set("SKYSWITCH_STORE", "");
    later.run(&["routes", "list", "--domain", ACME]).succeeds();
    let status = later.run(&["status", "--json"]).succeeds().json();
    assert_eq!(status["logged_in"], true);
    assert_eq!(status["username"], "sbx_user");
    assert_eq!(status["account"]["id"], "sbx_account");
    assert_eq!(status["store"]["kind"], "file");
    assert!(status["expires_at"].is_string(), "{status}");
    let checked = later
        .run(&["status", "--check", "--json"])
        .succeeds()
        .json();
    assert_eq!(checked["check"]["domains"], 4);
    assert_eq!(
        checked["check"]["scopes"],
        serde_json::json!(["pbx", "account"])
    );
    let config = std::fs::read_to_string(later.config_dir().join("config.toml")).expect("config");
    for secret in ["sbx_secret", "sbx_password", "sbx_at", "sbx_rt"] {
        assert!(!config.contains(secret), "{config}");
    }
    assert!(
        !stored(&later).contains("sbx_password"),
        "the password is never kept in a file"
    );
    assert!(stored(&later).contains("sbx_secret"));
}

#[cfg(unix)] // modes of files
#[test]
fn what_is_kept_is_for_its_owner_alone_and_wider_modes_are_repaired_with_a_note() {
    use std::os::unix::fs::PermissionsExt as _;
    let rig = logged_out();
    log_in(&rig, &[]).succeeds();
    let directory = rig.state_dir().join("credentials");
    let mode = |path: &std::path::Path| {
        std::fs::metadata(path).expect("there").permissions().mode() & 0o777
    };
    assert_eq!(mode(&directory), 0o700);
    let file = std::fs::read_dir(&directory)
        .expect("a directory")
        .map(|entry| entry.expect("an entry").path())
        .find(|path| std::fs::read_to_string(path).is_ok_and(|text| text.contains("sbx_secret")))
        .expect("the record");
    assert_eq!(mode(&file), 0o600);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("chmod");
    let ran = rig.run(&["token"]).succeeds();
    assert_eq!(mode(&file), 0o600);
    assert!(
        ran.stderr.contains("warning: "),
        "the repair is said: {:?}",
        ran.stderr
    );
    // A link in its place is refused.
    let elsewhere = rig.home().join("elsewhere");
    std::fs::rename(&file, &elsewhere).expect("move");
    std::os::unix::fs::symlink(&elsewhere, &file).expect("link");
    assert_eq!(
        rig.run(&["token", "--json"]).exits(4).error()["code"],
        "store_unsafe"
    );
}

#[test]
fn a_refused_login_keeps_nothing() {
    let rig = logged_out();
    let flags = format!("{USER} --store file --account sbx_account --json");
    let ran = rig
        .log_in_with(&flags, "client_secret=sbx_secret\npassword=wrong-word\n")
        .exits(4);
    assert_eq!(ran.error()["code"], "session_dead");
    assert!(!ran.stderr.contains("wrong-word"));
    assert!(!stored(&rig).contains("sbx_secret"));
    assert!(!rig.config_dir().join("config.toml").exists());
    assert_eq!(
        rig.run(&["status", "--json"]).exits(4).error()["code"],
        "not_logged_in"
    );
    let grants = rig.sandbox().log().len();
    assert_eq!(grants, 1, "a refused password is sent once");
}

#[test]
fn a_login_to_an_account_that_is_not_ours_keeps_nothing() {
    let rig = logged_out();
    let ran = log_in(&rig, &["--account", "15611", "--json"]);
    // `--account` twice is a usage error; once, and wrong, it is not found or forbidden.
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let ran = rig.log_in_with(&format!("{USER} --store file --account 15611"), SECRETS);
    assert!([0, 3].contains(&ran.code), "{}", ran.stderr);
    if ran.code == 3 {
        assert!(ran.stderr.contains("reseller number"), "{}", ran.stderr);
        assert!(!stored(&rig).contains("sbx_secret"));
    } else {
        assert!(ran.stderr.contains("warning: "), "{}", ran.stderr);
    }
}

#[test]
fn a_login_without_the_right_to_list_domains_is_a_warning() {
    let rig = logged_out();
    let ran = log_in(&rig, &["--scope", "account"]).succeeds();
    assert!(ran.stderr.contains("warning: "), "{}", ran.stderr);
    assert_eq!(ran.stdout, "Logged in on account sbx_account\n");
    let error = rig.run(&["routes", "list", "--json"]).exits(6).error();
    let message = error["message"].as_str().unwrap_or_default();
    assert!(message.contains("asked for: account"), "{error}");
}

#[test]
fn the_password_is_never_for_the_file_store() {
    let rig = logged_out();
    log_in(&rig, &["--remember-password"]).exits(2);
    assert_eq!(rig.sandbox().log().len(), 0);
    assert_eq!(stored(&rig), "");
}

#[cfg(target_os = "linux")] // a keyring that can be missing
#[test]
fn without_a_keyring_not_logged_in_is_said_first_and_the_sandbox_named() {
    let rig = Rig::new();
    for args in [&["routes", "list"][..], &["status"], &["token"]] {
        let ran = rig.run(args).exits(4);
        let first = ran.stderr.lines().next().unwrap_or_default();
        assert!(
            first.starts_with("error: not logged in: no keyring"),
            "{}",
            ran.stderr
        );
        assert!(
            ran.stderr.contains("`skyswitch --sandbox routes list`"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn what_is_missing_is_named_where_nobody_can_be_asked() {
    let rig = logged_out();
    let ran = rig.run(&["login"]).exits(2);
    assert!(
        ran.stderr.contains("--client-id") && ran.stderr.contains("SKYSWITCH_CLIENT_ID"),
        "{}",
        ran.stderr
    );
    let ran = rig.log_in_with(
        &format!("{USER} --account sbx_account"),
        "client_secret=sbx_secret\n",
    );
    let ran = ran.exits(2);
    assert!(
        ran.stderr.contains("password") && ran.stderr.contains("SKYSWITCH_PASSWORD"),
        "{}",
        ran.stderr
    );
    let ran = rig.log_in_with(USER, SECRETS);
    let ran = ran.exits(2);
    assert!(
        ran.stderr.contains("--account") && ran.stderr.contains("SKYSWITCH_ACCOUNT_ID"),
        "{}",
        ran.stderr
    );
    assert_eq!(rig.sandbox().log().len(), 0);
}

#[test]
fn secrets_come_as_lines_or_as_one_object() {
    for input in [
        "client_secret=sbx_secret\npassword=sbx_password\n",
        "SKYSWITCH_CLIENT_SECRET=sbx_secret\r\nSKYSWITCH_PASSWORD=sbx_password\r\n",
        "client_id=sbx_client\nusername=sbx_user\nCLIENT_SECRET=sbx_secret\nPASSWORD=sbx_password",
        r#"{"client_secret":"sbx_secret","password":"sbx_password"}"#,
        "\u{feff}{\"client_secret\":\"sbx_secret\",\"password\":\"sbx_password\"}\n",
    ] {
        let rig = logged_out();
        let ran = rig.log_in_with(&format!("{USER} --account sbx_account"), input);
        assert_eq!(ran.code, 0, "{input:?}: {}", ran.stderr);
    }
    for input in [
        "",
        "nonsense",
        "passwort=hush-hush\n",
        "{\"password\":",
        "password=hush-hush\npassword=hush-hush2\n",
    ] {
        let rig = logged_out();
        let ran = rig.log_in_with("--account sbx_account --client-id c --username u", input);
        assert_eq!(ran.code, 2, "{input:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("hush"), "{}", ran.stderr);
        assert_eq!(rig.sandbox().log().len(), 0);
    }
}

#[test]
fn the_environment_logs_in_without_questions() {
    let mut rig = Rig::with_sandbox();
    rig.set("SKYSWITCH_STORE", "file");
    rig.run(&["login", "--no-input"]).succeeds();
    rig.without_credentials();
    rig.run(&["domains", "list"]).succeeds();
}

#[test]
fn logout_forgets() {
    let rig = logged_out();
    log_in(&rig, &[]).succeeds();
    assert_eq!(
        rig.run(&["logout"]).succeeds().stdout,
        "logged out of profile `default`\n"
    );
    assert!(!stored(&rig).contains("sbx_secret"));
    assert_eq!(
        rig.run(&["routes", "list", "--json"]).exits(4).error()["code"],
        "not_logged_in"
    );
    assert_eq!(
        rig.run(&["logout"]).succeeds().stdout,
        "nobody was logged in\n"
    );
    let json = rig.run(&["logout", "--json"]).succeeds().json();
    assert_eq!(json["logged_out"], serde_json::json!([]));
}

#[test]
fn logout_all_forgets_every_profile() {
    let rig = logged_out();
    log_in(&rig, &[]).succeeds();
    log_in(&rig, &["--profile", "second"]).succeeds();
    let json = rig.run(&["logout", "--all", "--json"]).succeeds().json();
    assert_eq!(
        json["logged_out"].as_array().map(Vec::len),
        Some(2),
        "{json}"
    );
    assert!(!stored(&rig).contains("sbx_secret"));
}

#[test]
fn profiles_keep_apart_and_writes_say_which() {
    let rig = logged_out();
    log_in(&rig, &["--profile", "first"]).succeeds();
    let ran = rig.run(&["routes", "list"]).exits(4);
    assert!(ran.stderr.contains("default"), "{}", ran.stderr);
    log_in(&rig, &["--profile", "second"]).succeeds();
    let ran = rig
        .run(&[
            "--profile", "second", "routes", "set", "--ani", "6165550142", "--domain", ACME,
            "--destination", "x",
        ])
        .succeeds();
    assert!(
        ran.stderr.contains("sbx_account") && ran.stderr.contains("second"),
        "{}",
        ran.stderr
    );
    let ran = rig.run(&["routes", "list", "--profile", "secnd"]).exits(3);
    assert!(ran.stderr.contains("--profile second"), "{}", ran.stderr);
}

#[test]
fn token_prints_a_token_that_works_and_nothing_else() {
    let mut rig = Rig::with_sandbox();
    let token = rig.run(&["token"]).succeeds().stdout;
    assert!(token.starts_with("sbx_") && token.trim_end().len() > 8 && token.lines().count() == 1);
    assert_eq!(
        rig.run(&["token", "--quiet"])
            .succeeds()
            .stdout
            .lines()
            .count(),
        1
    );
    rig.without_credentials();
    rig.set("SKYSWITCH_ACCOUNT_ID", "sbx_account");
    rig.set("SKYSWITCH_TOKEN", token.trim_end());
    rig.run(&["routes", "list"]).succeeds();
    assert_eq!(rig.run(&["token"]).succeeds().stdout, token);
}

#[test]
fn a_variable_for_lists_does_not_change_a_token() {
    let mut rig = Rig::with_sandbox();
    for format in ["json", "ndjson", "csv", "table"] {
        rig.set("SKYSWITCH_OUTPUT", format);
        let token = rig.run(&["token"]).succeeds().stdout;
        assert!(
            token.starts_with("sbx_") && token.lines().count() == 1,
            "{token}"
        );
        let typed = rig.run(&["token", "--json"]).succeeds().json();
        assert!(typed["access_token"].is_string(), "{typed}");
        let typed = rig.run(&["token", "--jq", ".access_token"]).succeeds();
        assert!(typed.stdout.starts_with("sbx_"), "{}", typed.stdout);
    }
}

#[test]
fn a_token_of_the_environment_is_used_as_it_is_and_never_refreshed() {
    let server = Canned::start(|_| {
        json(
            401,
            r#"{"error":"token_expired","message":"Token expired"}"#,
        )
    });
    let rig = server.rig();
    let ran = rig.run(&["routes", "list", "--json"]).exits(4);
    let error = ran.error();
    assert_eq!(error["code"], "session_dead");
    assert_eq!(error["http_status"], 401);
    let message = error["message"].as_str().unwrap_or_default();
    assert!(
        message.contains("SKYSWITCH_TOKEN") && message.contains("Token expired"),
        "{message}"
    );
    assert_eq!(server.asked().len(), 1, "neither refreshed nor repeated");
}

#[test]
fn the_environment_opens_no_store() {
    let mut rig = Rig::with_sandbox();
    rig.set("SKYSWITCH_STORE", "file");
    // Whoever opens it stumbles.
    rig.file("state/credentials", "not a directory");
    rig.run(&["routes", "list"]).succeeds();
    rig.run(&["token"]).succeeds();
    let status = rig.run(&["status", "--json"]).succeeds().json();
    assert_eq!(
        (&status["credentials"], &status["store"]),
        (&"environment".into(), &serde_json::Value::Null)
    );
    assert_eq!(
        rig.sandbox()
            .log()
            .iter()
            .filter(|entry| entry.path.starts_with("/oauth/"))
            .count(),
        2
    );
    rig.without_credentials();
    rig.run(&["routes", "list"]).exits(4);
}

#[test]
fn some_but_not_all_variables_name_those_that_are_missing() {
    for missing in ["CLIENT_ID", "CLIENT_SECRET", "USERNAME", "PASSWORD"] {
        let mut rig = Rig::with_sandbox();
        rig.set("SKYSWITCH_STORE", "file");
        let name = format!("SKYSWITCH_{missing}");
        rig.set(&name, "");
        let ran = rig.run(&["routes", "list"]).exits(2);
        assert!(ran.stderr.contains(&format!("`{name}`")), "{}", ran.stderr);
        assert_eq!(rig.sandbox().log().len(), 0);
    }
}

#[test]
fn stored_credentials_go_nowhere_else() {
    let mut rig = logged_out();
    log_in(&rig, &[]).succeeds();
    let other = Canned::listing("[]");
    rig.set("SKYSWITCH_API_URL", &other.url());
    for args in [&["routes", "list"][..], &["token"], &["status", "--check"]] {
        let ran = rig.run(&[args, &["--json"]].concat()).exits(4);
        assert_eq!(ran.error()["code"], "wrong_origin", "{args:?}");
    }
    assert_eq!(other.asked().len(), 0);
}

#[test]
fn an_expired_token_is_refreshed_once_and_kept() {
    let options = skyswitch::sandbox::Options {
        token_ttl: 1,
        ..Default::default()
    };
    let mut rig = Rig::with_options(options);
    rig.without_credentials();
    rig.set("SKYSWITCH_STORE", "file");
    log_in(&rig, &[]).succeeds();
    let refreshes = |rig: &Rig| {
        rig.sandbox()
            .log()
            .iter()
            .filter(|entry| {
                entry
                    .body
                    .as_deref()
                    .is_some_and(|body| body.contains("grant_type=refresh_token"))
            })
            .count()
    };
    let before = refreshes(&rig);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    rig.run(&["routes", "list"]).succeeds();
    assert_eq!(refreshes(&rig), before + 1);
    // The next process finds the new one: the old refresh token is revoked.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    rig.run(&["routes", "list"]).succeeds();
    assert_eq!(refreshes(&rig), before + 2);
}

#[test]
fn a_401_is_answered_with_one_refresh_and_one_repeat() {
    let rig = Rig::with_behaviour(&[], &["GET */route-by-ani=status:401@1"]);
    rig.run(&["routes", "list"]).succeeds();
    assert_eq!(rig.requests("GET"), 2);
    let rig = Rig::with_behaviour(&[], &["GET */route-by-ani=status:401"]);
    let error = rig.run(&["routes", "list", "--json"]).exits(4).error();
    assert_eq!(error["http_status"], 401);
    assert_eq!(rig.requests("GET"), 2, "one repeat and no more");
    // A write that was refused did nothing: it may be repeated the same way.
    let rig = Rig::with_behaviour(&[], &["PUT *=status:401@1"]);
    rig.run(&[
        "routes", "set", "--ani", "6165550142", "--domain", ACME, "--destination", "x",
    ])
    .succeeds();
    assert_eq!(rig.requests("PUT"), 2);
}

#[test]
fn fifty_processes_on_an_expired_token_are_one_refresh_and_no_failure() {
    let grants = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&grants);
    let server = Canned::start(move |asked| {
        use std::sync::atomic::Ordering::SeqCst;
        let token = |n: usize, life: u64| {
            json(
                200,
                &format!(
                    r#"{{"token_type":"Bearer","expires_in":{life},"access_token":"cnd_at_{n}","refresh_token":"cnd_rt_{n}"}}"#
                ),
            )
        };
        if asked.is_token() {
            return match asked.form("grant_type").as_deref() {
                Some("password") => token(0, 21600),
                _ => token(counted.fetch_add(1, SeqCst) + 1, 21600),
            };
        }
        match asked.header("authorization") {
            Some("Bearer cnd_at_0") if asked.path().ends_with("route-by-ani") => json(401, "{}"),
            _ => json(200, "[]"),
        }
    });
    let mut rig = server.rig();
    rig.set("SKYSWITCH_TOKEN", "");
    rig.log_in("client_secret=s\npassword=p\n").succeeds();
    let children: Vec<_> = (0..50)
        .map(|_| {
            rig.command(&["routes", "list"])
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .expect("start")
        })
        .collect();
    for child in children {
        crate::support::Ran::of(&child.wait_with_output().expect("wait")).succeeds();
    }
    assert_eq!(grants.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[cfg(unix)] // cat
#[test]
fn a_credential_command_is_split_and_run_without_a_shell() {
    let mut rig = Rig::with_sandbox();
    let text = "client_id=sbx_client\nclient_secret=sbx_secret\nusername=sbx_user\npassword=sbx_password\n";
    let file = rig.file("with space.txt", text);
    rig.without_credentials();
    rig.set("SKYSWITCH_ACCOUNT_ID", "sbx_account");
    rig.set("SKYSWITCH_CREDENTIAL_COMMAND", &format!("cat '{file}'"));
    rig.set("PATH", "/usr/bin:/bin");
    rig.run(&["routes", "list"]).succeeds();
    rig.set("SKYSWITCH_CREDENTIAL_COMMAND", "cat '$(touch pwned)'");
    let ran = rig.run(&["routes", "list"]).exits(4);
    assert!(
        ran.stderr.contains("SKYSWITCH_CREDENTIAL_COMMAND"),
        "{}",
        ran.stderr
    );
    assert!(!rig.home().join("pwned").exists());
}

#[test]
fn the_sandbox_flag_needs_no_login_and_ignores_every_setting() {
    let mut rig = Rig::new();
    rig.set("SKYSWITCH_API_URL", "https://api.invalid")
        .set("SKYSWITCH_TOKEN", "x")
        .set("SKYSWITCH_ACCOUNT_ID", "../x")
        .set("SKYSWITCH_STORE", "cloud");
    rig.file("config/config.toml", "not toml [");
    let status = rig
        .run(&["--sandbox", "status", "--json"])
        .succeeds()
        .json();
    assert_eq!(
        (&status["sandbox"], &status["logged_in"]),
        (&true.into(), &true.into())
    );
    rig.run(&["routes", "list", "--sandbox"]).succeeds();
    for command in ["login", "logout"] {
        rig.run(&["--sandbox", command]).exits(2);
    }
}

/// The sample of the vendor's own token reply, to the letter.
#[test]
fn the_reference_reply_logs_in() {
    let fixture = Fixture::named("tokens/reference").wire();
    let server = Canned::start(move |asked| {
        if asked.is_token() {
            fixture.clone()
        } else {
            json(200, "[]")
        }
    });
    let mut rig = server.rig();
    rig.set("SKYSWITCH_TOKEN", "");
    rig.log_in("client_secret=s\npassword=p\n").succeeds();
    let asked = &server.asked()[0];
    assert_eq!(
        (asked.method.as_str(), asked.target.as_str()),
        ("POST", "/oauth/token")
    );
    assert_eq!(
        asked.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(asked.header("accept"), Some("application/json"));
    for (name, value) in [
        ("grant_type", "password"),
        ("client_id", "c"),
        ("client_secret", "s"),
        ("username", "u"),
        ("password", "p"),
        ("scope", "pbx account"),
    ] {
        assert_eq!(asked.form(name).as_deref(), Some(value), "{name}");
    }
    let proof = &server.asked()[1];
    assert_eq!(proof.header("authorization"), Some("Bearer sbx_at_example"));
}

#[cfg(unix)] // a terminal
mod on_a_terminal {
    use super::{logged_out, stored};
    use crate::support::terminal::Terminal;

    #[test]
    fn login_asks_and_shows_no_secret() {
        let mut rig = logged_out();
        rig.set("SKYSWITCH_ACCOUNT_ID", "");
        let terminal = Terminal::start(&rig, 80, &["login", "--store", "file"]);
        terminal.expect("Client id: ");
        terminal.types("sbx_client\n");
        terminal.expect("Client secret: ");
        terminal.expect_no_echo();
        terminal.types("sbx_secret\n");
        terminal.expect("User name: ");
        terminal.types("sbx_user\n");
        terminal.expect("Password: ");
        terminal.expect_no_echo();
        terminal.types("sbx_password\n");
        terminal.expect("Account id");
        terminal.types("sbx_account\n");
        let (code, shown) = terminal.finish();
        assert_eq!(code, 0, "{shown}");
        assert!(shown.contains("Logged in: 4 domains"), "{shown}");
        assert!(
            !shown.contains("sbx_secret") && !shown.contains("sbx_password"),
            "{shown}"
        );
        assert!(stored(&rig).contains("sbx_secret"));
    }

    /// Types an answer once its question has been asked so often.
    fn answer(terminal: &Terminal, question: &str, nth: usize, answer: &str) {
        crate::support::eventually(question, || {
            terminal.shown().matches(question).count() == nth
        });
        terminal.types(&format!("{answer}\n"));
    }

    #[test]
    fn what_is_refused_is_asked_for_again_and_nothing_else() {
        let mut rig = logged_out();
        rig.set("SKYSWITCH_ACCOUNT_ID", "");
        let terminal = Terminal::start(&rig, 80, &["login", "--store", "file"]);
        for (question, nth, text) in [
            ("Client id: ", 1, "sbx_client"),
            ("Client secret: ", 1, "hunter1"),
            ("User name: ", 1, "sbx_user"),
            ("Password: ", 1, "hunter2"),
            ("View > API): ", 1, "not/an/id"),
            ("View > API): ", 2, "nobody"),
            ("Client secret: ", 2, "hunter3"),
            ("Client secret: ", 3, "sbx_secret"),
            ("Password: ", 2, "sbx_password"),
            ("View > API): ", 3, "sbx_account"),
        ] {
            answer(&terminal, question, nth, text);
        }
        let (code, shown) = terminal.finish();
        assert_eq!(code, 0, "{shown}");
        for (question, asked) in [
            ("Client id: ", 1),
            ("User name: ", 1),
            ("warning:", 5),
            ("check", 0),
        ] {
            assert_eq!(shown.matches(question).count(), asked, "{shown}");
        }
        assert!(!shown.contains("hunter"), "{shown}");
        let credentials = rig.state_dir().join("credentials");
        for told in [
            "Logged in: 4 domains on account sbx_account\n",
            &format!("a file under `{}`", credentials.display()),
            "try `skyswitch routes list` and `skyswitch routes set --help`\n",
        ] {
            assert!(shown.contains(told), "{told}: {shown}");
        }
    }

    #[test]
    fn an_empty_answer_is_asked_for_again_and_at_most_three_times() {
        let mut rig = logged_out();
        rig.set("SKYSWITCH_ACCOUNT_ID", "");
        let terminal = Terminal::start(&rig, 80, &["login", "--store", "file"]);
        for (question, nth, text) in [
            ("Client id: ", 1, ""),
            ("Client id: ", 2, "sbx_client"),
            ("Client secret: ", 1, ""),
            ("Client secret: ", 2, "sbx_secret"),
            ("User name: ", 1, "sbx_user"),
            ("Password: ", 1, ""),
            ("Password: ", 2, ""),
            ("Password: ", 3, "sbx_password"),
            ("View > API): ", 1, ""),
            ("View > API): ", 2, "sbx_account"),
        ] {
            answer(&terminal, question, nth, text);
        }
        let (code, shown) = terminal.finish();
        assert_eq!(code, 0, "{shown}");
        let terminal = Terminal::start(&rig, 80, &["login", "--store", "file", "-p", "new"]);
        for nth in 1..=4 {
            answer(&terminal, "Client id: ", nth, "");
        }
        let (code, shown) = terminal.finish();
        assert!(
            code == 2 && shown.contains("the client id is missing"),
            "{shown}"
        );
    }

    #[test]
    fn a_login_of_a_named_profile_says_how_it_becomes_the_usual_one() {
        let mut rig = logged_out();
        rig.set("SKYSWITCH_ACCOUNT_ID", "");
        let login =
            "login --store file --account sbx_account --client-id sbx_client --username sbx_user";
        for (more, told) in [(" -p night", true), ("", false)] {
            let line = format!("{login}{more}");
            let words: Vec<&str> = line.split(' ').collect();
            let terminal = Terminal::start(&rig, 100, &words);
            answer(&terminal, "Client secret: ", 1, "sbx_secret");
            answer(&terminal, "Password: ", 1, "sbx_password");
            let (code, shown) = terminal.finish();
            let says = "`skyswitch profile use night` makes it the profile where none is named\n";
            assert_eq!((code, shown.contains(says)), (0, told), "{shown}");
        }
    }

    #[test]
    fn three_more_times_are_enough() {
        let rig = logged_out();
        let args = "login --store file --account a --client-id sbx_client --username sbx_user";
        let terminal = Terminal::start(&rig, 80, &args.split(' ').collect::<Vec<_>>());
        answer(&terminal, "Client secret: ", 1, "sbx_secret");
        for nth in 1..=4 {
            answer(&terminal, "Password: ", nth, "hunter2");
        }
        let (code, shown) = terminal.finish();
        assert_eq!(code, 4, "{shown}");
        assert_eq!(rig.sandbox().log().len(), 4);
        assert!(!stored(&rig).contains("sbx_secret"));
    }

    #[test]
    fn a_login_over_a_login_says_whose_it_is() {
        let rig = logged_out();
        super::log_in(&rig, &[]).succeeds();
        let terminal = Terminal::start(&rig, 80, &["login"]);
        terminal.expect("`default` is logged in as sbx_user on account sbx_account");
        // The name is known from the profile.
        answer(&terminal, "Client secret: ", 1, "sbx_secret");
        answer(&terminal, "Password: ", 1, "sbx_password");
        let (code, shown) = terminal.finish();
        assert_eq!(code, 0, "{shown}");
    }

    #[test]
    fn a_signal_at_a_password_gives_the_echo_back_and_sends_nothing() {
        let rig = logged_out();
        let args = [
            "login", "--store", "file", "--client-id", "c", "--account", "a",
        ];
        let terminal = Terminal::start(&rig, 80, &args);
        terminal.expect("Client secret: ");
        terminal.expect_no_echo();
        terminal.signal(rustix::process::Signal::TERM);
        crate::support::eventually("the echo", || terminal.echoes());
        let (code, shown) = terminal.finish();
        assert_eq!(code, 143, "{shown}");
        assert_eq!(rig.sandbox().log().len(), 0);
    }

    #[test]
    fn ctrl_c_at_a_secret_is_130_every_time_and_leaves_the_terminal_as_it_was() {
        let rig = logged_out();
        let args = ["login", "--store", "file", "--client-id", "c"];
        for round in 0..40 {
            let terminal = Terminal::start(&rig, 80, &args);
            terminal.expect("Client secret: ");
            terminal.expect_no_echo();
            // A secret, the next answer and a second Ctrl-C that came ahead of their questions.
            let typed = ["\u{3}", "hunter2\u{3}", "hunter2\nname\nhun\u{3}\u{3}"];
            terminal.types(typed[round % typed.len()]);
            terminal.expect_as_before();
            let (code, shown) = terminal.finish();
            assert_eq!(code, 130, "{round}: {shown}");
            assert_eq!(shown.matches("error: ").count(), 1, "{round}: {shown}");
            assert!(!shown.contains("hunter"), "{round}: {shown}");
        }
        assert_eq!(rig.sandbox().log().len(), 0);
    }

    #[test]
    fn answers_pasted_at_once_are_taken_in_order_and_no_secret_is_shown() {
        for early in [true, false] {
            let mut rig = logged_out();
            rig.set("SKYSWITCH_ACCOUNT_ID", "");
            let terminal = Terminal::start(&rig, 80, &["login", "--store", "file"]);
            if early {
                terminal.expect_no_echo();
            } else {
                terminal.expect("Client id: ");
            }
            terminal.types(
                "sbx_cl\u{e9}\u{7f}ient\nsbx_secret\nsbx_user\nsbx_passwordx\u{8}\nsbx_account\n",
            );
            terminal.expect_as_before();
            let (code, shown) = terminal.finish();
            assert_eq!(code, 0, "{shown}");
            assert!(
                shown.contains("Client id: sbx_cl\u{e9}\u{8} \u{8}ient\n"),
                "{shown:?}"
            );
            assert!(
                !shown.contains("sbx_s") && !shown.contains("sbx_p"),
                "{shown}"
            );
        }
    }

    #[test]
    fn the_end_of_input_is_no_answer() {
        let rig = logged_out();
        let terminal = Terminal::start(&rig, 80, &["login", "--store", "file"]);
        terminal.expect("Client id: ");
        terminal.types("\u{4}");
        let (code, shown) = terminal.finish();
        assert_eq!(code, 2, "{shown}");
        assert_eq!(rig.sandbox().log().len(), 0);
    }

    #[test]
    fn no_input_asks_nothing_even_here() {
        let rig = logged_out();
        let terminal = Terminal::start(&rig, 80, &["login", "--store", "file", "--no-input"]);
        let (code, shown) = terminal.finish();
        assert_eq!(code, 2, "{shown}");
        assert!(shown.contains("--client-id"), "{shown}");
    }
}
