//! What a script gets when something fails: the code, the words, the last line.

use crate::support::canned::{Canned, json, reply};
use crate::support::fixtures::Fixture;
use crate::support::{Ran, Rig, for_each};

const KEY: [&str; 4] = ["--ani", "6165550101", "--domain", "acme.15611.service"];

/// The error object, its keys and their order checked, and standard output empty.
#[track_caller]
fn last_line(ran: &Ran) -> serde_json::Value {
    assert_eq!(ran.stdout, "", "no results beside an error");
    let error = ran.error();
    let keys: Vec<&str> = error
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        [
            "code", "message", "hint", "exit_code", "http_status", "request_id", "retryable",
            "changed", "journal"
        ]
    );
    assert_eq!(error["exit_code"], ran.code);
    assert!(ran.stderr.starts_with("error: ") || ran.stderr.contains("\nerror: "));
    error
}

#[test]
fn every_error_body_shows_its_text_and_its_status_decides_the_code() {
    for_each(&Fixture::all("errors", ""), |fixture| {
        // A wait that is too long ends the trying at once.
        let fixture = match fixture.header("retry-after") {
            Some(_) => fixture.clone().with_header("retry-after", "61"),
            None => fixture.clone(),
        }
        .with_header("x-request-id", "req-0042");
        let wire = fixture.wire();
        let server = Canned::start(move |_| wire.clone());
        let ran = server.rig().run(&["routes", "list", "--json"]);
        let error = last_line(&ran);
        let code = match fixture.status {
            400 | 405 | 422 => 2,
            401 => 4,
            403 => 6,
            404 => 3,
            _ => 7,
        };
        assert_eq!(ran.code, code, "{}: {}", fixture.name, ran.stderr);
        assert_eq!(error["request_id"], "req-0042", "{}", fixture.name);
        assert_eq!(error["changed"], false, "{}", fixture.name);
        if fixture.status >= 400 {
            assert_eq!(error["http_status"], fixture.status, "{}", fixture.name);
        }
        let message = error["message"].as_str().expect("a message");
        match fixture.expect["show"].as_str() {
            Some(text) => assert!(message.contains(text), "{}: {message}", fixture.name),
            None => assert!(
                message.contains(&fixture.status.to_string()) || fixture.status < 400,
                "{}: {message}",
                fixture.name
            ),
        }
        if let Some(hint) = fixture.expect["hint"].as_str() {
            assert!(
                ran.stderr.contains(hint),
                "{}: {}",
                fixture.name,
                ran.stderr
            );
        }
        assert!(!ran.stderr.contains('<'), "HTML: {}", ran.stderr);
    });
}

#[test]
fn every_error_body_refuses_a_write_as_well() {
    for_each(&Fixture::all("errors", ""), |fixture| {
        let fixture = match fixture.header("retry-after") {
            Some(_) => fixture.clone().with_header("retry-after", "61"),
            None => fixture.clone(),
        };
        // 5xx and redirects leave open what became of a write: unknown.rs.
        if !(400..500).contains(&fixture.status) {
            return;
        }
        let wire = fixture.wire();
        let server = Canned::start(move |asked| match asked.method.as_str() {
            "GET" => json(
                200,
                r#"[{"ani":"16165550101","domain":"acme.15611.service","destination":"john"}]"#,
            ),
            _ => wire.clone(),
        });
        let rig = server.rig();
        let set = [
            &["routes", "set", "--destination", "new", "--json"],
            &KEY[..],
        ]
        .concat();
        let ran = rig.run(&set);
        let error = last_line(&ran);
        let code = match fixture.status {
            401 => 4,
            403 => 6,
            404 => 3,
            429 => 7,
            _ => 2,
        };
        assert_eq!(ran.code, code, "{}: {}", fixture.name, ran.stderr);
        assert_eq!(error["changed"], false, "{}", fixture.name);
        assert_eq!(error["http_status"], fixture.status, "{}", fixture.name);
        assert_eq!(server.count("PUT"), 1, "{}", fixture.name);
    });
}

#[test]
fn every_token_refusal_is_four_whatever_its_status() {
    for fixture in Fixture::all("tokens", "") {
        if fixture.status < 400 || fixture.name.starts_with("description") {
            continue;
        }
        let wire = fixture.wire();
        let server = Canned::start(move |_| wire.clone());
        let mut rig = server.rig();
        rig.set("SKYSWITCH_TOKEN", "");
        for name in ["CLIENT_ID", "CLIENT_SECRET", "USERNAME", "PASSWORD"] {
            rig.set(&format!("SKYSWITCH_{name}"), "hush-hush");
        }
        let ran = rig.run(&["routes", "list", "--json"]).exits(4);
        let error = last_line(&ran);
        assert_eq!(error["code"], "session_dead", "{}", fixture.name);
        let text = fixture.expect["show"].as_str().unwrap_or_default();
        assert!(
            error["message"].as_str().unwrap_or_default().contains(text),
            "{}: {error}",
            fixture.name
        );
        assert!(!ran.stderr.contains("hush"), "{}", ran.stderr);
        assert_eq!(server.asked().len(), 1, "a refused grant is never repeated");
    }
}

/// Tokens that are not as documented: used where that is safe, an error in our words where not.
#[test]
fn odd_tokens_are_used_or_refused_but_never_a_panic() {
    for fixture in Fixture::all("tokens", "") {
        if fixture.status >= 400 || fixture.name.starts_with("description") {
            continue;
        }
        let wire = fixture.wire();
        let server = Canned::start(move |asked| {
            if asked.is_token() {
                wire.clone()
            } else {
                json(200, "[]")
            }
        });
        let mut rig = server.rig();
        rig.set("SKYSWITCH_TOKEN", "");
        for name in ["CLIENT_ID", "CLIENT_SECRET", "USERNAME", "PASSWORD"] {
            rig.set(&format!("SKYSWITCH_{name}"), "hush-hush");
        }
        let ran = rig.run(&["routes", "list", "--json"]);
        match ran.code {
            0 => {
                let asked = server.asked();
                let bearer = asked.last().and_then(|asked| asked.header("authorization"));
                assert!(bearer.is_some_and(|bearer| bearer.starts_with("Bearer ")));
            }
            1 => assert_eq!(
                last_line(&ran)["code"],
                "unreadable_answer",
                "{}",
                fixture.name
            ),
            other => panic!("{}: {other}: {}", fixture.name, ran.stderr),
        }
    }
}

#[test]
fn a_redirect_is_never_followed() {
    let elsewhere = Canned::start(|_| json(200, "[]"));
    let url = format!("{}/accounts/x", elsewhere.url());
    for status in [301, 302, 303, 307, 308] {
        let location = url.clone();
        let server = Canned::start(move |_| reply(status, &[("Location", &location)], b""));
        let ran = server.rig().run(&["routes", "list", "--json"]).exits(7);
        assert_eq!(last_line(&ran)["code"], "redirect");
    }
    assert_eq!(elsewhere.asked().len(), 0);
}

#[test]
fn each_exit_code_of_these_commands_is_reached() {
    let rig = Rig::with_sandbox();
    // 2: the command line, an input, no account
    assert_eq!(
        rig.run(&["routes", "lust", "--json"]).exits(2).error()["code"],
        "usage"
    );
    let bad = ["routes", "list", "--ani", "call me", "--json"];
    assert_eq!(rig.run(&bad).exits(2).error()["code"], "invalid_input");
    let mut nameless = Rig::with_sandbox();
    nameless.set("SKYSWITCH_ACCOUNT_ID", "");
    let error = nameless.run(&["routes", "list", "--json"]).exits(2).error();
    assert_eq!(error["code"], "no_account");
    for name in ["--account", "SKYSWITCH_ACCOUNT_ID", "`account`"] {
        assert!(
            error["message"].as_str().unwrap_or_default().contains(name),
            "{error}"
        );
    }
    // 3: route, domain, account, profile
    let delete = [
        "routes", "delete", "--ani", "6165550199", "--domain", "acme.15611.service", "--yes",
        "--json",
    ];
    assert_eq!(rig.run(&delete).exits(3).error()["code"], "not_found");
    let set = [
        "routes", "set", "--ani", "6165550199", "--domain", "acne.15611.service", "--destination",
        "x", "--json",
    ];
    let error = rig.run(&set).exits(3).error();
    assert_eq!(error["code"], "unknown_domain");
    assert!(
        error["hint"]
            .as_str()
            .unwrap_or_default()
            .contains("acme.15611.service"),
        "{error}"
    );
    let profile = ["routes", "list", "--profile", "nobody", "--json"];
    assert_eq!(
        rig.run(&profile).exits(3).error()["code"],
        "unknown_profile"
    );
    // 4: nobody is logged in, wrong password; never sample data
    let mut stranger = Rig::new();
    stranger.set("SKYSWITCH_STORE", "file");
    for command in [
        &["routes", "list"][..],
        &["domains", "list"],
        &["token"],
        &["status"],
    ] {
        let ran = stranger.run(&[command, &["--json"]].concat()).exits(4);
        assert_eq!(last_line(&ran)["code"], "not_logged_in", "{command:?}");
        assert!(
            last_line(&ran)["hint"]
                .as_str()
                .unwrap_or_default()
                .contains("skyswitch login")
        );
    }
    let mut wrong = Rig::with_sandbox();
    wrong.set("SKYSWITCH_PASSWORD", "wrong");
    assert_eq!(
        wrong.run(&["routes", "list", "--json"]).exits(4).error()["code"],
        "session_dead"
    );
    // 5: --yes, ambiguity, --no-clobber
    let delete = [
        "routes", "delete", "--ani", "6165550101", "--domain", "acme.15611.service", "--json",
    ];
    let error = rig
        .run(&[&delete[..], &["--all-dnis"]].concat())
        .exits(5)
        .error();
    assert_eq!(error["code"], "confirmation_needed");
    assert_eq!(error["changed"], false);
    assert!(error["hint"].as_str().unwrap_or_default().contains("--yes"));
    assert_eq!(rig.requests("PUT") + rig.requests("DELETE"), 0);
    // 6: a scope is missing
    let mut narrow = Rig::with_sandbox();
    narrow.set("SKYSWITCH_SCOPE", "account");
    let ran = narrow.run(&["routes", "list", "--json"]).exits(6);
    let error = last_line(&ran);
    assert_eq!(
        (&error["code"], &error["http_status"]),
        (&"forbidden".into(), &403.into())
    );
    assert!(
        ran.stderr.contains("account"),
        "the granted scopes are shown: {}",
        ran.stderr
    );
    // 7: nobody listens
    let mut gone = Rig::with_sandbox();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port")
        .port();
    gone.set("SKYSWITCH_API_URL", &format!("http://127.0.0.1:{port}"));
    let error = gone.run(&["routes", "list", "--json"]).exits(7).error();
    assert_eq!(
        (&error["code"], &error["retryable"]),
        (&"network".into(), &true.into())
    );
}

#[test]
fn reads_are_tried_three_times_and_a_late_success_is_a_success() {
    let rig = Rig::with_behaviour(&[], &["GET */route-by-ani=status:503@1-2"]);
    rig.run(&["routes", "list"]).succeeds();
    assert_eq!(rig.requests("GET"), 3);
    for_each(
        &[
            ("GET */route-by-ani=status:500", "server_error", 7),
            ("GET */route-by-ani=reset", "network", 7),
            ("GET */route-by-ani=status:429", "rate_limited", 7),
            ("GET */route-by-ani=truncated", "truncated", 7),
            ("GET */route-by-ani=invalid-json", "truncated", 7),
            ("GET */route-by-ani=reply:200:[{]", "unreadable_answer", 1),
            ("GET */route-by-ani=html:200", "unreadable_answer", 1),
            ("GET */route-by-ani=nesting:5000", "unreadable_answer", 1),
            ("GET */route-by-ani=non-utf8", "unreadable_answer", 1),
            ("GET */route-by-ani=hang", "timeout", 7),
        ],
        |&(fault, code, exit)| {
            let rig = Rig::with_behaviour(&[], &[fault]);
            let ran = rig.run(&[
                "routes", "list", "--json", "--timeout", "1", "--domain", "acme.15611.service",
            ]);
            assert_eq!(ran.code, exit, "{fault}: {}", ran.stderr);
            assert_eq!(ran.error()["code"], code, "{fault}");
            assert!(rig.requests("GET") <= 3, "{fault}");
        },
    );
}

#[test]
fn usage_errors_honour_json_however_it_was_asked_for() {
    let rig = Rig::with_sandbox();
    for args in [
        &["--json", "routes", "set"][..],
        &["routes", "set", "--json"],
        &["routes", "set", "-o", "json"],
        &["routes", "set", "-ojson"],
        &["routes", "set", "--output=ndjson"],
        &["--json"],
        &["routes", "--json"],
        &["--json", "no-such-command"],
        &["routes", "list", "--json", "--no-such-flag"],
        &["routes", "list", "--json", "-o", "csv"],
        &["routes", "list", "--json", "--timeout", "soon"],
        &["routes", "list", "--json", "--timeout", "0"],
        &["routes", "list", "--json", "--fields", "ani,nonsense"],
        &[
            "routes", "set", "--json", "--fields", "ani", "--ani", "6165550101", "--domain", "d",
            "--destination", "x",
        ],
        &[
            "routes", "delete", "--json", "--ani", "6165550101", "--dnis", "1", "--all-dnis",
        ],
        &["completions", "tcsh", "--json"],
        &["help", "nonsense", "--json"],
        &["domains", "list", "--json", "--reseller", "x"],
        &["sandbox", "serve", "--json", "--fault", "nonsense"],
        &["login", "--json", "--password", "hush-hush"],
        &["login", "--json", "--store", "cloud"],
    ] {
        let ran = rig.run(args).exits(2);
        let error = last_line(&ran);
        assert_eq!(error["changed"], false, "{args:?}");
        assert!(!ran.stderr.contains("hush"), "{}", ran.stderr);
    }
    let mut rig = Rig::with_sandbox();
    rig.set("SKYSWITCH_OUTPUT", "json");
    last_line(&rig.run(&["routes", "set"]).exits(2));
    assert_eq!(rig.sandbox().log().len(), 0);
}

#[test]
fn without_json_no_json_is_printed() {
    let rig = Rig::with_sandbox();
    let ran = rig.run(&["routes", "set"]).exits(2);
    assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
    assert!(!ran.stderr.contains('{'), "{}", ran.stderr);
    assert!(
        ran.stderr
            .lines()
            .last()
            .is_some_and(|line| line.starts_with("hint: "))
    );
}

#[test]
fn a_setting_at_fault_is_named() {
    for (name, value) in [
        ("SKYSWITCH_API_URL", "ftp://x"),
        ("SKYSWITCH_API_URL", "http://api.example"),
        ("SKYSWITCH_API_URL", "https://api.example/v2"),
        ("SKYSWITCH_STORE", "cloud"),
        ("SKYSWITCH_OUTPUT", "yaml"),
        ("SKYSWITCH_DOMAIN", "a b"),
        ("SKYSWITCH_SCOPE", " "),
        ("SKYSWITCH_CREDENTIAL_COMMAND", "'open"),
    ] {
        let mut rig = Rig::with_sandbox();
        rig.set(name, value);
        let ran = rig.run(&["routes", "list"]).exits(2);
        assert!(ran.stderr.contains(name), "{name}: {}", ran.stderr);
        assert_eq!(rig.sandbox().log().len(), 0, "{name}");
    }
    let rig = Rig::with_sandbox();
    for missing in [
        ["--cacert", "/no/such/file.pem"],
        ["--cacert", "Cargo.toml"],
    ] {
        let ran = rig
            .run(&[&["routes", "list"], &missing[..]].concat())
            .exits(2);
        assert!(ran.stderr.contains("--cacert"), "{}", ran.stderr);
    }
}

#[test]
fn a_long_retry_after_is_reported_and_not_waited_for() {
    let server = Canned::start(|_| reply(429, &[("Retry-After", "3600")], b"{}"));
    let ran = server.rig().run(&["routes", "list", "--json"]).exits(7);
    assert_eq!(ran.error()["code"], "rate_limited");
    assert_eq!(ran.error()["retryable"], true);
    assert!(ran.stderr.contains("3600"), "{}", ran.stderr);
    assert_eq!(server.count("GET"), 1);
}

#[test]
fn help_and_version_are_results() {
    let rig = Rig::new();
    for args in [
        &["--help"][..],
        &["--version"],
        &["routes", "set", "--help"],
        &["help"],
        &["help", "routes", "set"],
        &["help", "exit-codes"],
        &["help", "environment"],
        &["completions", "bash"],
    ] {
        let ran = rig.run(args).succeeds();
        assert!(!ran.stdout.is_empty(), "{args:?}");
        assert_eq!(ran.stderr, "", "{args:?}");
    }
}

/// What `-v` says led to the error, in order.
fn causes(ran: &Ran) -> Vec<&str> {
    let lines = ran.stderr.lines();
    lines
        .filter_map(|line| line.strip_prefix("caused by: "))
        .collect()
}

/// An address where nobody listens: a free port could be somebody's a moment later.
const NOBODY: &str = "127.0.0.1:1";

/// A machine with a token and an account for whatever is there.
fn rig_for(url: &str) -> Rig {
    let mut rig = Rig::new();
    rig.set("SKYSWITCH_API_URL", url)
        .set("SKYSWITCH_ACCOUNT_ID", "acc-9")
        .set("SKYSWITCH_TOKEN", "hush_token");
    rig
}

#[test]
fn verbosity_tells_what_led_to_an_error() {
    let rig = rig_for(&format!("http://{NOBODY}"));
    let ran = rig.run(&["-v", "domains", "list", "--json"]).exits(7);
    let system = std::io::Error::from(std::io::ErrorKind::ConnectionRefused).to_string();
    let chain = causes(&ran);
    assert!(
        chain.len() >= 3 && chain.first() == Some(&"error sending request"),
        "{system}: {chain:?}"
    );
    let last = chain.last().expect("a cause");
    assert!(
        ran.error()["message"]
            .as_str()
            .expect("words")
            .ends_with(last),
        "the innermost cause is what the words end with: {}",
        ran.stderr
    );
    let plain = rig.run(&["domains", "list", "--json"]).exits(7);
    assert_eq!(causes(&plain), [""; 0], "only where it was asked for");

    let missing = rig.home().join("no such.csv");
    let system = std::fs::read(&missing).expect_err("missing").to_string();
    let missing = missing.to_str().expect("a path");
    for args in [
        ["-v", "routes", "plan", missing],
        ["-v", "login", "--import", missing],
        ["-v", "domains", "list", &format!("--cacert={missing}")],
    ] {
        let ran = rig.run(&args).exits(2);
        assert_eq!(causes(&ran), [&system], "{args:?}: {}", ran.stderr);
    }
    std::fs::create_dir_all(rig.config_dir().join("config.toml")).expect("a directory");
    let ran = rig.run(&["-v", "domains", "list"]).exits(2);
    assert_eq!(causes(&ran).len(), 1, "settings too: {}", ran.stderr);
}

#[test]
fn what_led_to_an_error_holds_no_secret_no_number_and_no_raw_byte() {
    let silent = Canned::start(|_| Vec::new());
    let cut = Canned::start(|_| reply(200, &[("Content-Length", "99")], b"[{\"ani\":\"1616"));
    let mut proxied = rig_for("https://api.example.test");
    proxied.set("HTTPS_PROXY", &format!("http://ops:hush_proxy@{NOBODY}"));
    let mut command = rig_for(&silent.url());
    command.set("SKYSWITCH_TOKEN", "");
    command.set("SKYSWITCH_CREDENTIAL_COMMAND", "echo client_idd=hush_c");
    for rig in [
        rig_for(&format!("http://{NOBODY}")),
        silent.rig(),
        cut.rig(),
        proxied,
        command,
    ] {
        let ran = rig.run(
            &[
                &[
                    "routes", "list", "-v", "--ani", "6165550142", "--dnis=6165550199",
                ][..],
                &KEY[2..],
            ]
            .concat(),
        );
        assert!(ran.code != 0 && !causes(&ran).is_empty(), "{}", ran.stderr);
        for secret in ["hush", "6165550142", "6165550199", "\u{1b}", "ops:"] {
            assert!(!ran.stderr.contains(secret), "{secret:?}: {}", ran.stderr);
        }
        let chain = causes(&ran).concat();
        assert!(!chain.contains("://") && !chain.contains("ani="), "{chain}");
    }
    let ran = rig_for(&silent.url())
        .run(&["-v", "routes", "list", "--ani", "6165550142 ext"])
        .exits(2);
    assert!(
        causes(&ran)[0].contains("6165***0142"),
        "masked like the rest of the log: {}",
        ran.stderr
    );
}

#[cfg(unix)] // a link
#[test]
fn under_any_name_it_speaks_of_skyswitch_and_repeats_nothing_typed_behind_login() {
    let rig = Rig::new();
    let program = env!("CARGO_BIN_EXE_skyswitch");
    for name in ["skyswitch.exe", "skyswitch-0.1", "ss", "login"] {
        let path = rig.home().join(name);
        std::os::unix::fs::symlink(program, &path).expect("link");
        let run = |words: &str| {
            let template = rig.command(&words.split(' ').collect::<Vec<_>>());
            let mut command = std::process::Command::new(&path);
            command.args(template.get_args()).env_clear();
            command.envs(
                template
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
            Ran::by(&mut command)
        };
        for words in [
            "login s3cr-t",
            "login --quiet s3cr-t",
            "login -- s3cr-t",
            "login --store s3cr-t",
            "login --timeout s3cr-t",
            "login -o s3cr-t",
            "login --color=s3cr-t",
            "login --no-input=s3cr-t",
            "login --account s3cr!s3cr-t",
            "--json login s3cr-t",
            "login --password=s3cr-t",
            "login --password s3cr-t",
        ] {
            let ran = run(words).exits(2);
            assert!(
                !ran.stderr.contains("s3cr"),
                "{name} {words}: {}",
                ran.stderr
            );
            assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
        }
        for (words, hint) in [
            ("login x", "`skyswitch login --help` shows"),
            ("routes set --anni 5", "`skyswitch routes set --help` shows"),
            (
                "rotues",
                "did you mean `skyswitch routes`?\nhint: `skyswitch --help` shows",
            ),
            ("--json", "`skyswitch help` lists"),
        ] {
            let ran = run(words).exits(2);
            assert!(ran.stderr.contains(hint), "{name} {words}: {}", ran.stderr);
        }
        let help = run("routes --help").succeeds().stdout;
        assert!(help.contains("Usage: skyswitch routes "), "{help}");
    }
}

#[test]
fn flags_without_a_command_are_one_error() {
    let rig = Rig::new();
    for (words, hint) in [
        ("--sandbox", "`skyswitch help` lists the commands"),
        ("--quiet --no-input", "`skyswitch help` lists the commands"),
        (
            "routes --sandbox",
            "`skyswitch help routes` lists the commands",
        ),
        ("domains -v", "`skyswitch help domains` lists the commands"),
    ] {
        let ran = rig.run(&words.split(' ').collect::<Vec<_>>()).exits(2);
        assert_eq!(
            ran.stderr,
            format!("error: a command is missing\nhint: {hint}\n"),
            "{words}"
        );
        let args = [words, "--json"].join(" ");
        let ran = rig.run(&args.split(' ').collect::<Vec<_>>()).exits(2);
        assert_eq!(ran.error()["message"], "a command is missing");
        assert_eq!(ran.stderr.lines().count(), 3, "{}", ran.stderr);
    }
}

#[test]
fn only_a_slip_of_the_finger_brings_a_suggestion() {
    let rig = Rig::new();
    for (words, meant) in [
        ("routes list --destinatoin x", Some("--destination")),
        ("routes plan --destination x", None),
        ("routes list --domian x", Some("--domain")),
        ("routes list --jsn", Some("--json")),
        ("route", Some("routes")),
        ("routs list", Some("routes")),
        ("undoo", Some("undo")),
        ("call", None),
        ("loguot", Some("logout")),
        ("routes list -o jsno", Some("json")),
        ("routes list -o xml", None),
        ("routes set --ani -5", None),
        ("routes list --ani 616-555-012", None),
        ("routes explain --from 616-555-010", None),
    ] {
        let ran = rig.run(&words.split(' ').collect::<Vec<_>>()).exits(2);
        let wanted = meant.map_or(0, |name| {
            let mut lines = ran.stderr.lines();
            let hint = lines.find_map(|line| line.strip_prefix("hint: did you mean `skyswitch "));
            let hint = hint.map(|line| line.trim_end_matches("`?").split(' '));
            hint.map_or(0, |words| words.filter(|word| *word == name).count())
        });
        assert_eq!(
            wanted,
            usize::from(meant.is_some()),
            "{words}: {}",
            ran.stderr
        );
        for misleading in ["similar", "as a value", "logout'", "--dnis", "raw"] {
            assert!(!ran.stderr.contains(misleading), "{words}: {}", ran.stderr);
        }
        assert!(
            meant.is_some() || !ran.stderr.contains("did you mean"),
            "{}",
            ran.stderr
        );
    }
}

/// People get the text alone; a program its last line wherever it may read one.
#[cfg(unix)] // a terminal
#[test]
fn on_a_terminal_an_error_is_said_once() {
    use crate::support::terminal::Terminal;
    let rig = Rig::new();
    for args in [
        &["routes", "list", "--json"][..],
        &["routes", "frobnicate", "--json"],
        &["routes", "list", "-o", "xml", "--jq", "."],
    ] {
        let (_, shown) = Terminal::start(&rig, 100, args).finish();
        assert!(
            shown.contains("error:") && !shown.contains("{\"error\""),
            "{shown}"
        );
        let elsewhere = Some(std::process::Stdio::null());
        let (_, shown) = Terminal::start_with_stdout(&rig, 100, args, elsewhere).finish();
        let last = shown.lines().last().unwrap_or_default();
        assert!(last.starts_with("{\"error\""), "{shown}");
        // Only the last line may be piped: whoever reads it is a program.
        assert!(rig.run(args).stderr.contains("{\"error\""));
    }
    let mut rig = Rig::with_behaviour(&[], &["GET */route-by-ani=latency:20000"]);
    rig.set("SKYSWITCH_OUTPUT", "json");
    let terminal = Terminal::start(&rig, 100, &["routes", "list"]);
    crate::support::eventually("a request", || rig.requests("GET") > 0);
    terminal.types("\u{3}");
    let (code, shown) = terminal.finish();
    assert_eq!(code, 130, "{shown}");
    assert!(shown.ends_with("error: interrupted\n"), "{shown}");
}
