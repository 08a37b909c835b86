//! Bytes that must arrive exactly, and bytes that must never show.

use crate::support::canned::{Asked, Canned, json, reply};
use crate::support::{Ran, Rig};

/// Everything a form or a query could get wrong.
const AWKWARD: &str = "a&b=c%2f+d é e;f\"g'h\\i#j?k~l%";
const DESTINATIONS: [&str; 10] = [
    "sip:a+b@c.example;x=1&y",
    "sip:+16165550199@carrier.example",
    "user:john",
    "device:johns-cell",
    "100",
    "-1",
    "100%25",
    "größe ümlaut",
    "a b+c%20d",
    "\"quoted\" 'twice' \\ back # hash ? q / slash",
];

fn with_secrets(server: &Canned, secret: &str) -> Rig {
    let mut rig = server.rig();
    rig.set("SKYSWITCH_TOKEN", "");
    for name in ["CLIENT_ID", "CLIENT_SECRET", "USERNAME", "PASSWORD"] {
        rig.set(&format!("SKYSWITCH_{name}"), &format!("{name}{secret}"));
    }
    rig
}

/// The same where client and user are plain: they are no secrets.
fn with_plain_id(server: &Canned, secret: &str) -> Rig {
    let mut rig = with_secrets(server, secret);
    rig.set("SKYSWITCH_CLIENT_ID", "plain");
    rig.set("SKYSWITCH_USERNAME", "plain");
    rig
}

fn grants(asked: &Asked) -> Vec<u8> {
    if asked.is_token() {
        json(
            200,
            r#"{"token_type":"Bearer","expires_in":21600,"access_token":"cnd_at_hidden","refresh_token":"cnd_rt_hidden"}"#,
        )
    } else {
        json(200, "[]")
    }
}

#[test]
fn secrets_arrive_exactly_from_the_environment() {
    let server = Canned::start(grants);
    with_secrets(&server, AWKWARD)
        .run(&["routes", "list"])
        .succeeds();
    let asked = &server.asked()[0];
    for name in ["CLIENT_ID", "CLIENT_SECRET", "USERNAME", "PASSWORD"] {
        let sent = asked.form(&name.to_lowercase());
        assert_eq!(sent.as_deref(), Some(format!("{name}{AWKWARD}").as_str()));
    }
    assert!(asked.body.is_ascii(), "form-urlencoded");
}

#[test]
fn secrets_arrive_exactly_from_standard_input() {
    for input in [
        format!("client_secret={AWKWARD}\npassword= {AWKWARD} \n"),
        serde_json::json!({"client_secret": AWKWARD, "password": format!(" {AWKWARD} ")})
            .to_string(),
    ] {
        let server = Canned::start(grants);
        let mut rig = server.rig();
        rig.set("SKYSWITCH_TOKEN", "");
        rig.log_in(&input).succeeds();
        let asked = &server.asked()[0];
        assert_eq!(asked.form("client_secret").as_deref(), Some(AWKWARD));
        assert_eq!(
            asked.form("password"),
            Some(format!(" {AWKWARD} ")),
            "blanks belong to it"
        );
    }
}

/// What was stored comes out of the store as it went in: the refresh sends the same secret.
#[test]
fn a_stored_secret_is_refreshed_with_exactly() {
    let server = Canned::start(|asked| {
        let life = if asked.form("grant_type").as_deref() == Some("password") {
            1
        } else {
            21600
        };
        if asked.is_token() {
            json(
                200,
                &format!(
                    r#"{{"expires_in":{life},"access_token":"cnd_at","refresh_token":"cnd+rt/=%26"}}"#
                ),
            )
        } else {
            json(200, "[]")
        }
    });
    let mut rig = server.rig();
    rig.set("SKYSWITCH_TOKEN", "");
    rig.log_in(&format!("client_secret={AWKWARD}\npassword=p\n"))
        .succeeds();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    rig.run(&["routes", "list"]).succeeds();
    let refresh = server
        .asked()
        .into_iter()
        .find(|asked| asked.form("grant_type").as_deref() == Some("refresh_token"))
        .expect("a refresh");
    assert_eq!(refresh.form("client_secret").as_deref(), Some(AWKWARD));
    assert_eq!(
        refresh.form("refresh_token").as_deref(),
        Some("cnd+rt/=%26")
    );
    for name in ["username", "password", "scope"] {
        assert_eq!(refresh.form(name), None, "{name} has no place in a refresh");
    }
}

#[test]
fn destinations_arrive_exactly_and_come_back_exactly() {
    let rig = Rig::with_sandbox();
    for destination in DESTINATIONS {
        rig.run(&[
            "routes",
            "set",
            "--ani",
            "6165550142",
            "--domain",
            "acme.15611.service",
            // With `=`: a value that looks like a flag must not be taken for one, nor the other way.
            &format!("--destination={destination}"),
        ])
        .succeeds();
        let kept = rig.sandbox().routes().expect("routes");
        let route = kept
            .iter()
            .find(|route| route.ani.as_deref() == Some("16165550142"));
        assert_eq!(
            route.and_then(|route| route.destination.as_deref()),
            Some(destination)
        );
        let list = rig
            .run(&["routes", "list", "--ani", "6165550142", "--json"])
            .succeeds();
        assert_eq!(list.json()[0]["destination"], destination);
    }
}

#[test]
fn a_query_is_encoded_once_and_carries_no_body() {
    let server = Canned::start(|asked| match asked.method.as_str() {
        "GET" if asked.path().ends_with("domains") => {
            json(200, r#"[{"domain":"acme.15611.service"}]"#)
        }
        "GET" => json(200, "[]"),
        _ => reply(201, &[], b""),
    });
    for destination in DESTINATIONS {
        // A machine of its own each: what is never shown would be waited for.
        let rig = server.rig();
        rig.run(&[
            "routes",
            "set",
            "--no-verify",
            "--ani",
            "6165550142",
            "--dnis",
            "+1 616 555 0199",
            "--domain",
            "acme.15611.service",
            // With `=`: a value that looks like a flag must not be taken for one, nor the other way.
            &format!("--destination={destination}"),
        ])
        .succeeds();
        let put = server
            .asked()
            .into_iter()
            .rfind(|asked| asked.method == "PUT")
            .expect("a PUT");
        assert_eq!(
            put.path(),
            format!(
                "/accounts/{}/pbx/route-by-ani",
                crate::support::canned::ACCOUNT
            )
        );
        assert_eq!(put.query("destination").as_deref(), Some(destination));
        assert_eq!(put.query("ani").as_deref(), Some("16165550142"));
        assert_eq!(put.query("dnis").as_deref(), Some("16165550199"));
        assert_eq!(put.query("application").as_deref(), Some("user"));
        assert_eq!(put.header("content-length"), Some("0"));
        assert!(put.body.is_empty() && put.target.is_ascii());
        assert_eq!(put.header("accept"), Some("application/json"));
        assert!(
            put.header("user-agent")
                .is_some_and(|agent| agent.starts_with("skyswitch/"))
        );
        assert_eq!((put.header("referer"), put.header("cookie")), (None, None));
    }
}

#[track_caller]
fn shows_nothing(ran: &Ran, secrets: &[&str]) {
    for secret in secrets {
        for (name, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
            assert!(!text.contains(secret), "`{secret}` on {name}: {text}");
        }
    }
}

const HIDDEN: [&str; 8] = [
    "_hush", "cnd_at_hidden", "cnd_rt_hidden", "CLIENT_SECRET_", "PASSWORD_", "Bearer cnd",
    "6165550142", "16165550199",
];

#[test]
fn a_log_shows_neither_secrets_nor_whole_numbers() {
    let server = Canned::start(|asked| {
        match asked.method.as_str() {
        _ if asked.is_token() => grants(asked),
        "GET" if asked.path().ends_with("domains") => json(200, r#"[{"domain":"acme.15611.service"}]"#),
        "GET" => reply(
            200,
            &[("Content-Type", "application/json"), ("Set-Cookie", "session=cookie_hush"), ("X-Odd", "odd_hush")],
            br#"[{"ani":"16165550142","dnis":"16165550199","domain":"acme.15611.service","destination":"john"}]"#,
        ),
        _ => reply(201, &[], b""),
    }
    });
    let rig = with_secrets(&server, "_hush");
    for verbosity in ["-v", "-vv", "-vvv"] {
        let ran = rig
            .run(&[
                verbosity, "routes", "set", "--ani", "6165550142", "--dnis", "6165550199",
                "--domain", "acme.15611.service", "--destination", "mary", "--quiet",
                "--no-verify",
            ])
            .succeeds();
        shows_nothing(&ran, &HIDDEN);
        assert!(
            ran.stderr.contains("PUT") && ran.stderr.contains("1616***0142"),
            "{}",
            ran.stderr
        );
    }
    let ran = rig.run(&["-vv", "routes", "list", "-o", "csv"]).succeeds();
    assert!(
        ran.stderr.contains("1616***0142"),
        "bodies are shown, masked: {}",
        ran.stderr
    );
    shows_nothing(
        &Ran {
            stdout: String::new(),
            ..ran
        },
        &HIDDEN,
    );
}

#[cfg(unix)] // modes of files
#[test]
fn a_log_file_is_private_and_takes_the_log() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Canned::start(grants);
    let mut rig = with_secrets(&server, "_hush");
    let path = rig.home().join("log");
    rig.set("SKYSWITCH_LOG_FILE", path.to_str().expect("text"));
    let ran = rig.run(&["-vv", "routes", "list", "--json"]).succeeds();
    assert_eq!(ran.stderr, "");
    let log = std::fs::read_to_string(&path).expect("the log");
    assert!(log.contains("GET /accounts/"), "{log}");
    assert!(HIDDEN.iter().all(|secret| !log.contains(secret)), "{log}");
    let mode = std::fs::metadata(&path)
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    rig.set("SKYSWITCH_LOG_FILE", "/dev/null/log");
    let ran = rig.run(&["-v", "routes", "list"]).exits(2);
    assert!(ran.stderr.contains("SKYSWITCH_LOG_FILE"), "{}", ran.stderr);
}

/// A token endpoint that says our own form back to us, as debug pages do.
#[test]
fn an_echo_of_our_form_leaks_nothing() {
    for status in [400, 401, 403, 422, 500, 200] {
        let server = Canned::start(move |asked| {
            let form = String::from_utf8_lossy(&asked.body).into_owned();
            let plain: Vec<String> = url::form_urlencoded::parse(&asked.body)
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let body = serde_json::json!({
                "error": "invalid_request",
                "message": format!("bad form: {form} {}", plain.join(" ")),
                "hint": form,
                "errors": {"password": [plain.join(" ")]},
            });
            json(status, &body.to_string())
        });
        let rig = with_plain_id(&server, "_hush+&=");
        for args in [
            &["routes", "list", "-vv"][..],
            &["routes", "list", "-vv", "--json"],
            &["token"],
            &["status", "--check"],
        ] {
            let ran = rig.run(args);
            assert_ne!(ran.code, 0);
            shows_nothing(&ran, &["_hush", "%2B%26%3D", "_hush%2B"]);
        }
        let input = "client_secret=SECRET_hush+&=\npassword=WORD_hush+&=\n";
        let mut login = server.rig();
        login.set("SKYSWITCH_TOKEN", "");
        let ran = login.run_with_input(
            &[
                "login", "--store", "file", "--secrets-stdin", "--client-id", "c", "--username",
                "u", "-vv",
            ],
            input,
        );
        assert_ne!(ran.code, 0);
        shows_nothing(&ran, &["_hush"]);
    }
}

#[test]
fn a_secret_on_the_command_line_is_unknown_and_not_repeated() {
    let rig = Rig::new();
    for args in [
        &["login", "--password", "word_hush"][..],
        &["login", "--password=word_hush"],
        &["login", "--client-secret", "word_hush"],
        &["login", "--client-secret=word_hush"],
        &["login", "--token=word_hush"],
        &["routes", "list", "--token", "word_hush"],
        &["login", "--secrets-stdin=word_hush"],
        &["login", "--passwrd=word_hush"],
        &["login", "word_hush"],
    ] {
        for json in [&[][..], &["--json"]] {
            let ran = rig.run(&[args, json].concat()).exits(2);
            shows_nothing(&ran, &["word_hush"]);
        }
    }
}

#[test]
fn help_completions_and_status_show_no_secret() {
    let server = Canned::start(grants);
    let rig = with_secrets(&server, "_hush");
    for args in [
        &["status"][..],
        &["status", "--json"],
        &["status", "--check"],
        &["help", "environment"],
        &["login", "--help"],
        &["completions", "bash"],
    ] {
        let ran = rig.run(args);
        shows_nothing(
            &ran,
            &[
                "CLIENT_SECRET_hush", "PASSWORD_hush", "cnd_at_hidden", "cnd_rt_hidden",
            ],
        );
    }
}
