//! `doctor`, `status` and what errors say about their cause.

use std::time::{Duration, Instant};

use crate::support::tls_server::{RawServer, json};
use crate::support::{Ran, Rig};
use serde_json::Value;
use skyswitch::sandbox::{self, Options, Quirk};

/// The state of one check; none where it was not made.
fn state(report: &Value, check: &str) -> Option<String> {
    let checks = report["checks"].as_array().expect("checks");
    let found = checks.iter().find(|found| found["check"] == check)?;
    Some(found["state"].as_str().expect("a state").to_owned())
}

fn with_scope(scope: &str) -> Rig {
    let mut rig = Rig::with_sandbox();
    rig.set("SKYSWITCH_SCOPE", scope);
    rig
}

#[test]
fn everything_is_well_in_the_sandbox_and_a_domains_set_up_is_looked_at() {
    let rig = Rig::new();
    let args = [
        "doctor", "--sandbox", "--json", "--domain", "acme.15611.service",
    ];
    let report = rig.run(&args).succeeds().json();
    assert_eq!(report["ok"], true);
    for check in [
        "config", "state", "store", "proxy", "dns", "tcp", "tls", "server", "clock", "token",
        "scopes", "account", "domains", "domain", "routes",
    ] {
        assert_eq!(state(&report, check).as_deref(), Some("ok"), "{check}");
    }
    assert_eq!(state(&report, "set-up").as_deref(), Some("warn"));
    let text = rig.run(&["doctor", "--sandbox"]).succeeds().stdout;
    assert!(text.lines().all(|line| line.starts_with("ok ")), "{text}");
}

#[test]
fn an_unknown_domain_is_3_with_the_nearest_name() {
    let rig = Rig::new();
    let args = [
        "doctor", "--sandbox", "--json", "--domain", "acne.15611.service",
    ];
    let ran = rig.run(&args).exits(3);
    assert_eq!(state(&ran.json(), "domain").as_deref(), Some("fail"));
    assert_eq!(ran.error()["code"], "unknown_domain");
    assert!(ran.stdout.contains("acme.15611.service"));
}

#[test]
fn logged_out_it_still_tells_how_far_the_way_goes() {
    let mut rig = Rig::with_sandbox();
    rig.without_credentials().set("SKYSWITCH_STORE", "file");
    let ran = rig.run(&["doctor", "--json"]).exits(4);
    let report = ran.json();
    for check in ["state", "store", "dns", "tcp", "clock"] {
        assert_eq!(state(&report, check).as_deref(), Some("ok"), "{check}");
    }
    assert_eq!(state(&report, "token").as_deref(), Some("fail"));
    assert_eq!(ran.error()["code"], "not_logged_in");
    assert!(ran.stdout.contains("skyswitch login"), "{}", ran.stdout);
    let left = std::fs::read_dir(rig.state_dir().join("credentials")).expect("the store");
    assert!(left.flatten().all(|entry| entry.file_name() == ".lock"));
}

#[test]
fn a_server_that_is_not_there_is_7_in_bounded_time() {
    let mut rig = Rig::new();
    let gone = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = gone.local_addr().expect("an address");
    drop(gone);
    rig.set("SKYSWITCH_API_URL", &format!("http://{address}"))
        .set("SKYSWITCH_TOKEN", "token-1")
        .set("SKYSWITCH_ACCOUNT_ID", "acc-1");
    let report = rig.run(&["doctor", "--json"]).exits(7).json();
    assert_eq!(state(&report, "tcp").as_deref(), Some("fail"));
    assert_eq!(state(&report, "token").as_deref(), Some("warn"));
    // Somebody listens, and never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address");
    rig.set("SKYSWITCH_API_URL", &format!("http://{address}"));
    let started = Instant::now();
    let report = rig
        .run(&["doctor", "--json", "--timeout", "1"])
        .exits(7)
        .json();
    assert_eq!(state(&report, "server").as_deref(), Some("fail"));
    assert!(started.elapsed() < Duration::from_secs(8));
}

#[test]
fn a_state_directory_that_cannot_be_written_is_5() {
    let mut rig = with_scope("*");
    let file = rig.file("in-the-way", "");
    rig.set("SKYSWITCH_STATE_DIR", &file);
    let ran = rig.run(&["doctor", "--json"]).exits(5);
    assert_eq!(state(&ran.json(), "state").as_deref(), Some("fail"));
    assert_eq!(state(&ran.json(), "domains").as_deref(), Some("ok"));
}

#[test]
fn a_missing_scope_shows_the_granted_ones_and_the_login_that_asks_for_more() {
    let rig = with_scope("account");
    let ran = rig.run(&["domains", "list", "--json"]).exits(6);
    let error = ran.error();
    assert_eq!(error["code"], "forbidden");
    let message = error["message"].as_str().unwrap_or_default();
    assert!(message.contains("scopes asked for: account"), "{message}");
    let hint = error["hint"].as_str().unwrap_or_default();
    assert!(hint.contains(r#"SKYSWITCH_SCOPE="account pbx""#), "{hint}");

    let ran = rig.run(&["doctor", "--json"]).exits(6);
    assert_eq!(state(&ran.json(), "scopes").as_deref(), Some("warn"));
    assert_eq!(state(&ran.json(), "domains").as_deref(), Some("fail"));
}

#[test]
fn a_jwt_says_itself_what_was_granted() {
    let mut options = Options::default();
    options
        .quirks
        .set(&"token=jwt".parse::<Quirk>().expect("a quirk"));
    let server = sandbox::start(options).expect("a sandbox");
    let ran = logged_in(&server, "account").run(&["domains", "list", "--json"]);
    let error = ran.exits(6).error();
    let message = error["message"].as_str().unwrap_or_default();
    assert!(message.contains("scopes granted: account"), "{message}");
    let hint = error["hint"].as_str().unwrap_or_default();
    assert!(
        hint.contains(r#"skyswitch login --scope "account pbx""#),
        "{hint}"
    );
}

/// A machine with a login in the file store.
fn logged_in(server: &sandbox::Sandbox, scope: &str) -> Rig {
    let mut rig = Rig::new();
    rig.set("SKYSWITCH_API_URL", &server.url());
    rig.log_in_to(server, &["--store", "file", "--scope", scope])
        .succeeds();
    rig
}

#[test]
fn a_reseller_number_in_the_accounts_place_is_named() {
    let mut rig = with_scope("pbx account");
    rig.set("SKYSWITCH_ACCOUNT_ID", "15611");
    let ran = rig.run(&["domains", "list"]);
    assert!(matches!(ran.code, 3 | 6), "{}", ran.code);
    assert!(ran.stderr.contains("reseller number"), "{}", ran.stderr);
    let ran = rig.run(&["doctor"]);
    assert!(ran.stdout.contains("reseller number"), "{}", ran.stdout);
}

#[test]
fn credentials_and_addresses_of_the_other_apis_are_named() {
    let refusal = json(
        "401 Unauthorized",
        r#"{"error":"invalid_client","message":"No."}"#,
    );
    let server = RawServer::http(&refusal);
    let run = |name: &str, value: &str| -> Ran {
        let mut rig = Rig::new();
        rig.set("SKYSWITCH_API_URL", &server.url())
            .set("SKYSWITCH_ACCOUNT_ID", "acc-1")
            .set("SKYSWITCH_CLIENT_ID", "17")
            .set("SKYSWITCH_CLIENT_SECRET", "s-1")
            .set("SKYSWITCH_USERNAME", "ops")
            .set("SKYSWITCH_PASSWORD", "p-1")
            .set(name, value);
        rig.run(&["domains", "list"])
    };
    let plain = run("SKYSWITCH_SCOPE", "pbx").exits(4);
    assert!(!plain.stderr.contains("looks like"), "{}", plain.stderr);
    let fax = run("SKYSWITCH_SCOPE", "offline_access").exits(4);
    assert!(fax.stderr.contains("UC and Fax API"), "{}", fax.stderr);
    let pbx = run("SKYSWITCH_USERNAME", "100@acme.15611.service").exits(4);
    assert!(
        pbx.stderr.contains("one of the PBX (NetSapiens)"),
        "{}",
        pbx.stderr
    );
    for (url, words) in [
        ("https://api.skyswitch.com/oauth2/token", "UC and Fax API"),
        (
            "https://pbx.skyswitch.com/ns-api/oauth2/token/",
            "PBX (NetSapiens) API",
        ),
    ] {
        let ran = run("SKYSWITCH_API_URL", url).exits(2);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
}

#[test]
fn status_tells_where_each_value_came_from() {
    let server = sandbox::start(Options::default()).expect("a sandbox");
    let mut rig = logged_in(&server, "pbx account");
    let account = &server.credentials().account_id;
    let text = rig.run(&["status"]).succeeds().stdout;
    for part in [
        "default (default)",
        "(SKYSWITCH_API_URL)",
        &format!("{account} (profile key `account`)"),
        "file (profile key `store`)",
        "pbx account (asked for)",
        "valid until",
        "config.toml",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    rig.set("SKYSWITCH_DOMAIN", "acme.15611.service")
        .set("SKYSWITCH_ACCOUNT_ID", "acc-2");
    let object = rig.run(&["status", "--json"]).succeeds().json();
    assert_eq!(object["account"]["source"], "SKYSWITCH_ACCOUNT_ID");
    assert_eq!(object["domain"]["source"], "SKYSWITCH_DOMAIN");
    assert_eq!(object["store"]["source"], "profile key `store`");
    assert_eq!(object["renewable"], true);
    assert_eq!(object["scopes_are"], "asked for");
    assert_eq!(object["password_remembered"], false);
}

#[test]
fn a_login_is_taken_over_from_the_public_script() {
    let server = sandbox::start(Options::default()).expect("a sandbox");
    let known = server.credentials();
    let mut rig = Rig::new();
    rig.set("SKYSWITCH_API_URL", &server.url());
    let object = serde_json::json!({
        "client_id": known.client_id,
        "client_secret": known.client_secret,
        "username": known.username,
        "password": known.password,
        "default_account_id": known.account_id,
        "token_cache": "/tmp/elsewhere",
    });
    let file = rig.file("config.json", &object.to_string());
    let ran = rig
        .run(&["login", "--store", "file", "--import", &file])
        .succeeds();
    assert!(
        ran.stdout.contains("Logged in: 4 domains"),
        "{}",
        ran.stdout
    );
    let before = std::fs::read_to_string(&file).expect("still there");
    assert_eq!(before, object.to_string(), "left as it was");
    rig.run(&["domains", "list"]).succeeds();
}

#[test]
fn the_last_line_says_what_to_do_and_no_check_fills_the_screen() {
    let rig = Rig::with_sandbox();
    let ran = rig.run(&["doctor", "-d", "acme"]).succeeds();
    assert_eq!(
        ran.stdout.matches("ani-filter").count(),
        1,
        "{}",
        ran.stdout
    );
    assert_eq!(ran.stderr, "nothing failed; 1 warning: look at `set-up`\n");
    let mut rig = Rig::new();
    rig.set("SKYSWITCH_API_URL", "http://127.0.0.1:9");
    rig.set("SKYSWITCH_STORE", "file");
    let ran = rig.run(&["doctor"]).exits(7);
    let last = ran.stderr.lines().last().unwrap_or_default();
    assert!(
        last.ends_with("then once more: `skyswitch doctor`"),
        "{last}"
    );
    assert!(last.contains("begin with `tcp`"), "{last}");
    let ran = rig.run(&["doctor", "--json"]);
    assert!(!ran.stderr.contains("begin with"), "{}", ran.stderr);
}
