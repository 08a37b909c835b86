//! `skyswitch routes …` end to end.

use crate::support::canned::{Canned, json, reply};
use crate::support::{Ran, Rig, SHELL};

const ACME: &str = "acme.15611.service";
const BLUEBIRD: &str = "bluebird.15611.service";

fn set(rig: &Rig, more: &[&str]) -> Ran {
    let args = [
        "routes", "set", "--ani", "616-555-0142", "--domain", ACME, "--json",
    ];
    rig.run(&[&args[..], more].concat())
}

fn delete(rig: &Rig, more: &[&str]) -> Ran {
    rig.run(&[&["routes", "delete", "--domain", ACME, "--json"], more].concat())
}

/// A server with these routes of acme, whose writes all succeed.
fn with_routes(rows: &[(&str, Option<&str>, &str, &str)]) -> Canned {
    let rows: Vec<_> = rows
        .iter()
        .map(|(ani, dnis, application, destination)| {
            serde_json::json!({"ani": ani, "dnis": dnis, "domain": ACME, "application": application, "destination": destination})
        })
        .collect();
    Canned::listing(&serde_json::Value::from(rows).to_string())
}

#[test]
fn a_route_is_created_updated_and_left_alone() {
    let rig = Rig::with_sandbox();
    let set = |destination: &str| set(&rig, &["--destination", destination]).succeeds().json();
    let created = set("john");
    assert_eq!(created["action"], "created");
    assert!(created["before"].is_null() && created["journal"].is_string());
    assert_eq!(created["dry_run"], false);
    let route = serde_json::json!({"ani": "16165550142", "dnis": null, "domain": ACME, "application": "user", "destination": "john"});
    assert_eq!(created["route"], route);
    let keys: Vec<_> = created.as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        [
            "action", "route", "before", "journal", "dry_run", "verified"
        ]
    );
    let updated = set("sip:a+b@c.example;x=1&y");
    assert_eq!(updated["action"], "updated");
    assert_eq!(updated["before"], route);
    assert_eq!(rig.requests("PUT"), 2);
    let same = set("sip:a+b@c.example;x=1&y");
    assert_eq!(same["action"], "unchanged");
    assert_eq!(same["journal"], serde_json::Value::Null);
    assert_eq!(
        rig.requests("PUT"),
        2,
        "nothing was sent for what stands already"
    );
    let list = rig
        .run(&["routes", "list", "--ani", "6165550142", "--json"])
        .succeeds()
        .json();
    assert_eq!(list[0]["destination"], "sip:a+b@c.example;x=1&y");
}

#[test]
fn for_people_there_is_one_result_line() {
    let rig = Rig::with_sandbox();
    let set = |destination: &str, more: &[&str]| {
        let args = [
            "routes", "set", "--ani", "6165550142", "--domain", ACME, "--destination", destination,
        ];
        rig.run(&[&args[..], more].concat()).succeeds().stdout
    };
    assert_eq!(
        set("john", &["--dry-run"]),
        format!("would create 16165550142 → john @ {ACME}\n")
    );
    assert_eq!(
        set("john", &[]),
        format!("created 16165550142 → john @ {ACME}\n")
    );
    assert_eq!(
        set("mary", &["--dry-run"]),
        format!("would update 16165550142 → mary @ {ACME} (was john)\n")
    );
    assert_eq!(
        set("mary", &[]),
        format!("updated 16165550142 → mary @ {ACME} (was john)\n")
    );
    assert_eq!(
        set("mary", &[]),
        format!("unchanged 16165550142 → mary @ {ACME}\n")
    );
    let ran = rig
        .run(&[
            "routes", "delete", "--ani", "6165550142", "--domain", ACME, "--yes",
        ])
        .succeeds();
    assert_eq!(ran.stdout, format!("deleted 16165550142 → mary @ {ACME}\n"));
}

#[test]
fn every_spelling_of_a_number_is_one_route() {
    for stored in ["16165550142", "6165550142", "+16165550142"] {
        let server = with_routes(&[(stored, None, "user", "john")]);
        let rig = server.rig();
        for typed in [
            "+1 (616) 555-0142", "616-555-0142", "1.616.555.0142", "16165550142", "6165550142",
        ] {
            let args = [
                "routes", "set", "--ani", typed, "--domain", ACME, "--destination", "john",
                "--json",
            ];
            let ran = rig.run(&args).succeeds();
            assert_eq!(ran.json()["action"], "unchanged", "{typed} is {stored}");
            let list = rig
                .run(&["routes", "list", "--ani", typed, "--json"])
                .succeeds()
                .json();
            assert_eq!(list[0]["ani"], stored, "{typed} finds {stored}");
        }
        let ran = set(&rig, &["--destination", "mary"]).succeeds();
        assert_eq!(ran.json()["action"], "updated");
        let put = server
            .asked()
            .into_iter()
            .find(|asked| asked.method == "PUT")
            .expect("a PUT");
        assert_eq!(
            put.query("ani").as_deref(),
            Some(stored),
            "in the server's own spelling"
        );
    }
}

#[test]
fn numbers_of_other_countries_are_digits_on_the_wire() {
    let rig = Rig::with_sandbox();
    let args = [
        "routes", "set", "--ani", "+44 20 7946 0958", "--domain", ACME, "--destination", "x",
        "--json",
    ];
    assert_eq!(
        rig.run(&args).succeeds().json()["route"]["ani"],
        "442079460958"
    );
    assert_eq!(rig.run(&args).succeeds().json()["action"], "unchanged");
}

#[test]
fn raw_numbers_are_sent_as_typed() {
    let server = with_routes(&[("16165550101", None, "user", "john")]);
    let args = [
        "routes", "set", "--raw-numbers", "--ani", "616*", "--domain", ACME, "--destination", "x",
    ];
    server.rig().run(&args).succeeds();
    let put = server
        .asked()
        .into_iter()
        .find(|asked| asked.method == "PUT")
        .expect("a PUT");
    assert_eq!(put.query("ani").as_deref(), Some("616*"));
}

#[test]
fn a_key_without_dnis_is_sent_without_the_parameter() {
    let server = with_routes(&[("16165550101", None, "user", "john")]);
    let rig = server.rig();
    set(&rig, &["--destination", "x"]).succeeds();
    // An unset shell variable must not make a route for every called number.
    set(&rig, &["--destination", "x", "--dnis", ""]).exits(2);
    set(&rig, &["--destination", "x", "--dnis", "616 555 0199"]).succeeds();
    delete(&rig, &["--ani", "6165550101", "--yes"]).succeeds();
    let sent: Vec<_> = server
        .asked()
        .into_iter()
        .filter(|asked| asked.method != "GET")
        .map(|asked| asked.query("dnis"))
        .collect();
    assert_eq!(sent, [None, Some("16165550199".to_owned()), None]);
}

#[test]
fn the_application_is_always_sent_and_never_guessed_over_another() {
    let server = with_routes(&[
        ("16165550101", None, "device", "johns-cell"),
        ("16165550102", None, "literal", "sip:x"),
        ("16165550103", None, "user", "john"),
    ]);
    let rig = server.rig();
    for (ani, found) in [("6165550101", "device"), ("6165550102", "literal")] {
        let args = [
            "routes", "set", "--ani", ani, "--domain", ACME, "--destination", "new one", "--json",
        ];
        let error = rig.run(&args).exits(5).error();
        assert_eq!(error["code"], "ambiguous");
        let hint = error["hint"].as_str().expect("ready commands");
        for application in [found, "user"] {
            let ready = format!(
                "skyswitch routes set --ani {ani} --destination {} --json --domain {ACME} --application {application}",
                SHELL.word("new one")
            );
            assert!(hint.lines().any(|line| line == ready), "{hint}");
        }
        let args = [&args[..], &["--application", found]].concat();
        rig.run(&args).succeeds();
    }
    let args = [
        "routes", "set", "--ani", "6165550103", "--domain", ACME, "--destination", "x",
    ];
    rig.run(&args).succeeds();
    rig.run(&[
        "routes", "set", "--ani", "6165550104", "--domain", ACME, "--destination", "x",
    ])
    .succeeds();
    let sent: Vec<_> = server
        .asked()
        .into_iter()
        .filter(|asked| asked.method == "PUT")
        .filter_map(|asked| asked.query("application"))
        .collect();
    assert_eq!(sent, ["device", "literal", "user", "user"]);
    set(&rig, &["--destination", "x", "--application", "fax"]).exits(2);
}

#[test]
fn an_application_of_null_is_user() {
    let server = Canned::listing(&format!(
        r#"[{{"ani":"16165550142","domain":"{ACME}","application":null,"destination":"john"}}]"#
    ));
    assert_eq!(
        set(&server.rig(), &["--destination", "john"])
            .succeeds()
            .json()["action"],
        "unchanged"
    );
}

#[test]
fn no_clobber_refuses_what_differs_and_nothing_else() {
    let rig = Rig::with_sandbox();
    set(&rig, &["--destination", "john", "--no-clobber"]).succeeds();
    assert_eq!(
        set(&rig, &["--destination", "john", "--no-clobber"])
            .succeeds()
            .json()["action"],
        "unchanged"
    );
    let error = set(&rig, &["--destination", "mary", "--no-clobber"])
        .exits(5)
        .error();
    assert_eq!(
        (&error["code"], &error["changed"]),
        (&"conflict".into(), &false.into())
    );
    assert_eq!(rig.requests("PUT"), 1);
}

#[test]
fn a_dry_run_reads_and_sends_nothing() {
    let rig = Rig::with_sandbox();
    let ran = set(&rig, &["--destination", "x", "--dry-run"])
        .succeeds()
        .json();
    assert_eq!(
        (&ran["action"], &ran["dry_run"]),
        (&"created".into(), &true.into())
    );
    assert!(ran["journal"].is_null());
    let ran = delete(&rig, &["--ani", "6165550101", "--dry-run"])
        .succeeds()
        .json();
    assert_eq!(
        (&ran["action"], &ran["dry_run"]),
        (&"deleted".into(), &true.into())
    );
    assert_eq!(ran["routes"].as_array().map(Vec::len), Some(1));
    assert_eq!(rig.requests("PUT") + rig.requests("DELETE"), 0);
}

#[test]
fn an_unknown_domain_is_asked_for_once_more_and_then_three() {
    let server = Canned::start(|asked| match asked.path().ends_with("domains") {
        true => json(
            200,
            &format!(r#"[{{"domain":"{ACME}"}},{{"domain":"{BLUEBIRD}"}}]"#),
        ),
        false if asked.method == "GET" => json(200, "[]"),
        false => reply(201, &[], b""),
    });
    let rig = server.rig();
    let args = [
        "routes", "set", "--ani", "6165550142", "--destination", "x", "--json", "--domain",
    ];
    let error = rig
        .run(&[&args[..], &["acne.15611.service"]].concat())
        .exits(3)
        .error();
    assert_eq!(error["code"], "unknown_domain");
    assert!(
        error["hint"]
            .as_str()
            .is_some_and(|hint| hint.contains(ACME)),
        "{error}"
    );
    let lists: Vec<_> = server
        .asked()
        .into_iter()
        .filter(|asked| asked.path().ends_with("domains"))
        .map(|asked| asked.query("force_refresh"))
        .collect();
    assert_eq!(lists, [None, Some("1".to_owned())]);
    assert_eq!(server.count("PUT"), 0);
    // The first route of a domain that is there: done, with a warning, in the server's spelling.
    let ran = rig
        .run(&[&args[..], &["ACME.15611.Service", "--no-verify"]].concat())
        .succeeds();
    assert!(
        ran.stderr.contains("warning: ") && ran.stderr.contains("dropped"),
        "{}",
        ran.stderr
    );
    let put = server
        .asked()
        .into_iter()
        .find(|asked| asked.method == "PUT")
        .expect("a PUT");
    assert_eq!(put.query("domain").as_deref(), Some(ACME));
}

#[test]
fn a_domain_that_is_new_to_the_cached_list_is_found_by_the_fresh_one() {
    let server = Canned::start(|asked| {
        match (
            asked.path().ends_with("domains"),
            asked.query("force_refresh"),
        ) {
            (true, None) => json(200, "{}"),
            (true, Some(_)) => json(200, &format!(r#"{{"{ACME}":{{}}}}"#)),
            _ if asked.method == "GET" => json(200, "[]"),
            _ => reply(201, &[], b""),
        }
    });
    // This server never shows what is written to it.
    set(&server.rig(), &["--destination", "x", "--no-verify"]).succeeds();
}

#[test]
fn the_default_domain_serves_set_and_delete() {
    let mut rig = Rig::with_sandbox();
    let args = ["routes", "set", "--ani", "6165550142", "--destination", "x"];
    let ran = rig.run(&args).exits(2);
    for name in ["--domain", "SKYSWITCH_DOMAIN", "`domain`"] {
        assert!(ran.stderr.contains(name), "{}", ran.stderr);
    }
    rig.set("SKYSWITCH_DOMAIN", ACME);
    rig.run(&args).succeeds();
    rig.run(&["routes", "delete", "--ani", "6165550142", "--yes"])
        .succeeds();
    rig.set("SKYSWITCH_DOMAIN", "");
    rig.file(
        "config/config.toml",
        &format!("[profiles.default]\ndomain = \"{ACME}\"\n"),
    );
    rig.run(&args).succeeds();
}

#[test]
fn filters_are_applied_here_as_well() {
    let server = Canned::listing(&format!(
        r#"[{{"ani":"16165550101","dnis":"16165550190","domain":"{ACME}"}},{{"ani":"16165550102","domain":"x{ACME}"}},{{"ani":"6165550101","domain":"ACME.15611.service"}}]"#
    ));
    let rig = server.rig();
    let count = |args: &[&str]| {
        let ran = rig
            .run(&[&["routes", "list", "--json"], args].concat())
            .succeeds();
        ran.json().as_array().map_or(0, Vec::len)
    };
    assert_eq!(count(&["--ani", "6165550101"]), 2);
    assert_eq!(count(&["--domain", ACME]), 2);
    assert_eq!(count(&["--dnis", "616-555-0190"]), 1);
    assert_eq!(
        count(&[
            "--ani", "6165550101", "--dnis", "6165550190", "--domain", ACME
        ]),
        1
    );
    assert_eq!(count(&["--ani", "6165550177"]), 0);
    let asked = &server.asked()[3];
    assert_eq!(asked.query("ani").as_deref(), Some("16165550101"));
    assert_eq!(asked.query("dnis").as_deref(), Some("16165550190"));
    assert_eq!(asked.query("domain").as_deref(), Some(ACME));
}

#[test]
fn delete_wants_a_yes_and_shows_what_will_go() {
    let rig = Rig::with_sandbox();
    let ran = delete(&rig, &["--ani", "6165550101"]).exits(5);
    assert_eq!(ran.error()["code"], "confirmation_needed");
    assert!(ran.stderr.contains("16165550101"), "{}", ran.stderr);
    let ran = delete(&rig, &["--ani", "6165550101", "--yes"]).succeeds();
    let json = ran.json();
    let keys: Vec<_> = json.as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        [
            "action", "routes", "restored", "journal", "dry_run", "verified"
        ]
    );
    assert_eq!(json["routes"][0]["ani"], "16165550101");
    assert_eq!(json["restored"], serde_json::json!([]));
    let error = delete(&rig, &["--ani", "6165550101", "--yes"])
        .exits(3)
        .error();
    assert_eq!(error["code"], "not_found");
    let none = delete(&rig, &["--ani", "6165550101", "--yes", "--ignore-missing"])
        .succeeds()
        .json();
    assert_eq!(none["routes"], serde_json::json!([]));
    assert_eq!(rig.requests("DELETE"), 1);
}

const BARE_AND_TWO: [(&str, Option<&str>, &str, &str); 3] = [
    ("16165550142", None, "user", "john"),
    ("16165550142", Some("16165550190"), "user", "mary"),
    ("16165550142", Some("16165550191"), "user", "desk"),
];

/// `--destination $EMPTY --dry-run` must not route calls to `--dry-run`.
#[test]
fn a_flag_is_never_taken_for_a_destination() {
    let server = with_routes(&[("16165550101", None, "user", "john")]);
    let rig = server.rig();
    for flag in ["--dry-run", "--help", "-x"] {
        set(&rig, &["--destination", flag]).exits(2);
    }
    set(&rig, &["--destination", "  "]).exits(2);
    assert_eq!(server.count("PUT"), 0);
}

/// A success that is not the documented one is believed only after a read.
#[test]
fn another_success_is_settled_by_reading() {
    for answer in [
        "reply:200:{\"error\":\"x\",\"message\":\"locked\"}",
        "empty:200",
    ] {
        let rig = Rig::with_behaviour(&[], &[&format!("PUT */route-by-ani={answer}")]);
        let ran = rig.run(&[
            "routes", "set", "--ani", "6165550101", "--domain", ACME, "--destination", "z",
            "--json",
        ]);
        assert_ne!(ran.code, 0, "{}", ran.stdout);
        let kept = rig.sandbox().routes().expect("routes");
        assert_eq!(kept[0].destination.as_deref(), Some("john"));
    }
}

#[test]
fn raw_numbers_never_make_a_second_route_beside_the_first() {
    let server = with_routes(&[("16165550142", None, "user", "john")]);
    let rig = server.rig();
    set(&rig, &["--destination", "x", "--raw-numbers"]).exits(5);
    assert_eq!(server.count("PUT"), 0);
}

#[test]
fn a_mistyped_domain_is_no_missing_route() {
    let rig = Rig::with_sandbox();
    let ran = rig.run(&[
        "routes", "delete", "--ani", "6165550101", "--domain", "acme.15611.servic", "--yes",
        "--ignore-missing", "--json",
    ]);
    let error = ran.exits(3).error();
    assert_eq!(error["code"], "unknown_domain");
}

#[test]
fn doubles_are_no_choice_beside_other_routes() {
    let double = ("6165550142", None, "user", "jane");
    let server = with_routes(&[BARE_AND_TWO[0], double, BARE_AND_TWO[1]]);
    let rig = server.rig();
    let ran = delete(&rig, &["--ani", "6165550142", "--yes"]).exits(5);
    let hint = ran.error()["hint"].to_string();
    assert!(hint.ends_with("--dnis 16165550190\""), "{hint}");
    assert!(hint.contains(" --yes "), "{hint}");
    assert!(
        !hint.contains("--all-dnis") && !hint.contains("\\n"),
        "{hint}"
    );
    let server = with_routes(&[BARE_AND_TWO[0], double]);
    let ran = delete(&server.rig(), &["--ani", "6165550142", "--yes"]).exits(5);
    let hint = ran.error()["hint"].to_string();
    assert_eq!(hint.matches("--raw-numbers").count(), 2, "{hint}");
}

#[test]
fn several_routes_want_to_be_told_apart() {
    let server = with_routes(&BARE_AND_TWO);
    let rig = server.rig();
    let error = delete(&rig, &["--ani", "616-555-0142", "--yes"])
        .exits(5)
        .error();
    assert_eq!(error["code"], "ambiguous");
    let hint = error["hint"].as_str().expect("ready commands");
    let bare = format!("{} --allow-wide-delete", SHELL.option("--dnis", ""));
    for end in [
        bare.as_str(),
        "--dnis 16165550190",
        "--dnis 16165550191",
        "--all-dnis",
    ] {
        let ready = format!(
            "skyswitch routes delete --json --ani 616-555-0142 --yes --domain {ACME} {end}"
        );
        assert!(hint.lines().any(|line| line == ready), "{hint}");
    }
    assert_eq!(server.count("DELETE"), 0);
    delete(
        &rig,
        &["--ani", "6165550142", "--dnis", "6165550190", "--yes"],
    )
    .succeeds();
    let gone = server
        .asked()
        .into_iter()
        .find(|asked| asked.method == "DELETE")
        .expect("a DELETE");
    assert_eq!(gone.query("dnis").as_deref(), Some("16165550190"));
    assert_eq!(server.count("DELETE"), 1);
}

#[test]
fn all_dnis_deletes_the_bare_route_last_and_each_by_its_full_key() {
    let server = with_routes(&BARE_AND_TWO);
    delete(
        &server.rig(),
        &["--ani", "6165550142", "--all-dnis", "--yes"],
    )
    .succeeds();
    let gone: Vec<_> = server
        .asked()
        .into_iter()
        .filter(|asked| asked.method == "DELETE")
        .map(|asked| asked.query("dnis"))
        .collect();
    assert_eq!(
        gone,
        [
            Some("16165550190".to_owned()),
            Some("16165550191".to_owned()),
            None
        ]
    );
}

#[test]
fn a_bare_delete_beside_siblings_is_refused() {
    let server = with_routes(&BARE_AND_TWO);
    let error = delete(
        &server.rig(),
        &["--ani", "6165550142", "--dnis", "", "--yes"],
    )
    .exits(5)
    .error();
    assert_eq!(error["code"], "refused");
    assert!(
        error["hint"]
            .as_str()
            .is_some_and(|hint| hint.contains("--allow-wide-delete")),
        "{error}"
    );
    assert_eq!(server.count("DELETE"), 0);
}

#[test]
fn siblings_that_vanish_with_our_delete_are_put_back_and_said() {
    for (quirk, restored) in [("delete=exact", 0), ("delete=wide", 1)] {
        let rig = Rig::with_behaviour(&[quirk], &[]);
        set(&rig, &["--destination", "john"]).succeeds();
        set(&rig, &["--destination", "mary", "--dnis", "6165550190"]).succeeds();
        let args = [
            "--ani", "6165550142", "--dnis", "", "--yes", "--allow-wide-delete",
        ];
        let ran = delete(&rig, &args).succeeds();
        let json = ran.json();
        assert_eq!(
            json["restored"].as_array().map(Vec::len),
            Some(restored),
            "{quirk}: {json}"
        );
        assert_eq!(
            ran.stderr.contains("warning: "),
            restored > 0,
            "{quirk}: {}",
            ran.stderr
        );
        let kept = rig
            .run(&["routes", "list", "--ani", "6165550142", "--json"])
            .succeeds()
            .json();
        assert_eq!(kept.as_array().map(Vec::len), Some(1), "{quirk}");
        assert_eq!(kept[0]["destination"], "mary");
    }
}

#[test]
fn two_rows_with_one_key_are_never_touched() {
    let server = with_routes(&[
        ("16165550142", None, "user", "john"),
        ("6165550142", None, "user", "mary"),
    ]);
    let rig = server.rig();
    assert_eq!(
        set(&rig, &["--destination", "x"]).exits(5).error()["code"],
        "ambiguous"
    );
    delete(&rig, &["--ani", "6165550142", "--yes"]).exits(5);
    delete(&rig, &["--ani", "6165550142", "--all-dnis", "--yes"]).exits(5);
    assert_eq!(server.count("PUT") + server.count("DELETE"), 0);
}

#[test]
fn the_answer_to_a_write_may_have_any_body_but_html() {
    for quirk in ["put=empty", "put=json", "put=text"] {
        let rig = Rig::with_behaviour(&[quirk], &[]);
        set(&rig, &["--destination", "x"]).succeeds();
        assert_eq!(rig.requests("PUT"), 1, "{quirk}");
    }
}

#[test]
fn help_of_a_command_names_its_flags() {
    let rig = Rig::new();
    for (command, flags) in [
        ("list", &["--ani", "--dnis", "--domain"][..]),
        (
            "set",
            &[
                "--ani", "--domain", "--destination", "--dnis", "--application", "--no-clobber",
                "--dry-run",
            ],
        ),
        (
            "delete",
            &[
                "--ani", "--domain", "--dnis", "--all-dnis", "--yes", "--dry-run",
                "--ignore-missing", "--allow-wide-delete",
            ],
        ),
    ] {
        let help = rig.run(&["help", "routes", command]).succeeds().stdout;
        for flag in flags {
            assert!(help.contains(flag), "{command} {flag}");
        }
    }
}
