//! `skyswitch api` and `--jq` end to end.

use crate::support::Rig;
use crate::support::canned::{Canned, json, reply};

#[test]
fn a_path_is_below_the_account_or_absolute() {
    let rig = Rig::with_sandbox();
    for path in [
        "pbx/domains",
        "/accounts/{account_id}/pbx/domains",
        "/accounts/sbx_account/pbx/domains",
    ] {
        let list = rig.run(&["api", path]).succeeds().json();
        assert_eq!(list[1]["domain"], "acme.15611.service", "{path}");
    }
    let own = format!(
        "{}/accounts/sbx_account/pbx/domains?reseller=1",
        rig.sandbox().url()
    );
    rig.run(&["api", &own, "-q", "force_refresh=1"]).succeeds();
    let asked = rig.sandbox().log().last().expect("a request").query.clone();
    assert_eq!(asked.as_deref(), Some("reseller=1&force_refresh=1"));
}

#[test]
fn another_origin_or_an_odd_path_is_refused_and_nothing_is_sent() {
    let rig = Rig::with_sandbox();
    for path in [
        "https://evil.example/x", "http://127.0.0.1:1/x", "//evil.example/x", "../x", "/a/../b",
        "/a/%2E%2e/b", "a#b", "a b", "a\\b", "a\nb", "/x/{user}",
    ] {
        let error = rig.run(&["api", path, "--json"]).exits(2).error();
        assert_eq!(error["code"], "invalid_input", "{path}");
    }
    assert!(rig.sandbox().log().is_empty());
}

#[test]
fn routes_are_not_written_this_way() {
    let rig = Rig::with_sandbox();
    for path in [
        "pbx/route-by-ani",
        "pbx/route%2Dby-ani",
        "pbx/ROUTE-BY-ANI/?ani=1",
    ] {
        for method in ["PUT", "DELETE", "POST"] {
            let ran = rig.run(&["api", "-X", method, path, "--yes"]).exits(5);
            assert!(ran.stderr.contains("routes set"), "{}", ran.stderr);
        }
    }
    assert!(rig.sandbox().log().is_empty());
    rig.run(&["api", "pbx/route-by-ani"]).succeeds();
}

#[test]
fn a_write_needs_a_yes_and_is_journaled_without_values() {
    let rig = Rig::with_behaviour(&[], &["POST */users=reply:201:{\"id\":7}"]);
    let write = [
        "api", "users", "-f", "name=canary1", "-f", "n:=[1]", "-q", "q=canary2",
    ];
    let error = rig
        .run(&[&write[..], &["--json"]].concat())
        .exits(5)
        .error();
    assert_eq!(error["code"], "confirmation_needed");
    assert_eq!(rig.requests("POST"), 0);
    let ran = rig.run(&[&write[..], &["--yes"]].concat()).succeeds();
    assert_eq!(ran.stdout, "{\"id\":7}");
    let journal: String = std::fs::read_dir(rig.state_dir().join("journal"))
        .expect("a journal")
        .map(|file| std::fs::read_to_string(file.expect("an entry").path()).expect("text"))
        .collect();
    assert!(journal.contains("\"n\"") && journal.contains("/accounts/sbx_account/users"));
    assert!(journal.contains("201"), "{journal}");
    assert!(!journal.contains("canary"), "{journal}");
}

#[test]
fn a_write_with_a_lost_answer_is_unknown_and_not_repeated() {
    let rig = Rig::with_behaviour(&[], &["POST */users=reset"]);
    let ran = rig
        .run(&["api", "users", "-f", "a=b", "--yes", "--json"])
        .exits(8);
    assert_eq!(ran.error()["changed"], serde_json::Value::Null);
    assert_eq!(rig.requests("POST"), 1);
}

/// A filter wants the whole text in memory, so there is a most; without a filter any size goes through.
#[test]
fn what_a_filter_takes_is_bounded() {
    let row = format!(r#"{{"x":"{}"}}"#, "y".repeat(1 << 20));
    let server = Canned::start(move |asked| {
        let rows = |count: usize| vec![row.as_str(); count].join(",");
        match asked.query("page") {
            Some(page) => json(
                200,
                &format!(
                    r#"{{"current_page":{page},"per_page":2,"total":5000,"data":[{}]}}"#,
                    rows(2).replacen('y', &page, 1)
                ),
            ),
            None if asked.target.contains("pages") => json(
                200,
                &format!(
                    r#"{{"current_page":1,"per_page":2,"total":5000,"data":[{}]}}"#,
                    rows(2)
                ),
            ),
            None => json(200, &format!("[{}]", rows(40))),
        }
    });
    let rig = server.rig();
    for args in [
        &["api", "users", "--jq", "length"][..],
        &["api", "pages", "--paginate", "--jq", "length"],
    ] {
        let ran = rig.run(args).exits(1);
        assert_eq!(ran.stdout, "");
        assert!(
            ran.stderr.contains("--jq takes 32 MiB at most"),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(server.count("GET"), 1 + 16, "a little over 2 MiB a page");
    let ran = rig.run(&["api", "users"]).succeeds();
    assert!(ran.stdout.len() > 40 << 20);
}

#[test]
fn every_scope_of_the_reference_has_a_call() {
    let mut rig = Rig::with_sandbox();
    let calls = [
        ("user", "users"),
        ("routing", "routing"),
        ("phone_number", "phone-numbers"),
        ("e911", "e911"),
        ("messaging", "messaging"),
        ("account", "/accounts/{account_id}"),
    ];
    for (scope, path) in calls {
        rig.set("SKYSWITCH_SCOPE", scope);
        rig.run(&["api", path]).succeeds();
        let other = if scope == "user" { "account" } else { "user" };
        rig.set("SKYSWITCH_SCOPE", other);
        rig.run(&["api", path]).exits(6);
    }
}

#[test]
fn pages_are_joined_in_both_dialects() {
    let mut rig = Rig::with_sandbox();
    rig.set("SKYSWITCH_SCOPE", "*");
    for path in ["users", "phone-numbers"] {
        let first = rig.run(&["api", path]).succeeds().json();
        let first = first["data"].as_array().expect("a page").len();
        let before = rig.requests("GET");
        let all = rig.run(&["api", path, "--paginate"]).succeeds().json();
        assert!(all.as_array().expect("an array").len() > first, "{path}");
        assert!(rig.requests("GET") - before > 1);
        let small = rig
            .run(&["api", path, "--paginate", "-q", "per_page=4"])
            .succeeds()
            .json();
        assert_eq!(small, all, "{path}");
    }
    let plain = rig
        .run(&["api", "pbx/domains", "--paginate", "--jq", "length"])
        .succeeds();
    assert_eq!(plain.stdout, "4\n");
}

#[test]
fn a_server_that_repeats_its_pages_is_stopped() {
    let page = r#"{"per_page":1,"total":9,"data":[{"a":1}]}"#;
    let rig = Rig::with_behaviour(&[], &[&format!("GET */users=reply:200:{page}")]);
    let ran = rig.run(&["api", "users", "--paginate", "--json"]).exits(1);
    assert_eq!(ran.error()["code"], "unreadable_answer");
    assert!(rig.requests("GET") <= 3);
}

#[test]
fn bad_bodies_and_methods_are_refused_before_anything_is_sent() {
    let rig = Rig::with_sandbox();
    for args in [
        &["api", "users", "-X", "TRACE"][..],
        &["api", "users", "-f", "novalue"],
        &["api", "users", "-f", "a:=nonsense"],
        &["api", "users", "-f", "a=1", "-f", "a=2"],
        &["api", "users", "-X", "GET", "-f", "a=1"],
        &["api", "users", "--input", "missing.json"],
        &["api", "users", "-q", "novalue"],
        &["api", "users", "--fields", "a"],
        &["api", "users", "--paginate", "-X", "DELETE"],
    ] {
        rig.run(args).exits(2);
    }
    rig.run_with_input(&["api", "users", "--input", "-", "--yes"], "{not json")
        .exits(2);
    assert!(rig.sandbox().log().is_empty());
}

#[test]
fn a_filter_works_on_every_result_and_a_bad_one_costs_no_request() {
    let rig = Rig::with_sandbox();
    let list = rig
        .run(&[
            "routes",
            "list",
            "--jq",
            ".[0] | [.ani, .destination] | @tsv",
        ])
        .succeeds();
    assert_eq!(list.stdout, "16165550101\tjohn\n");
    let set = [
        "routes", "set", "--ani", "6165550142", "--domain", "acme.15611.service", "--destination",
        "x",
    ];
    let bad = rig
        .run(&[&set[..], &["--jq", ".action |"]].concat())
        .exits(2);
    assert!(bad.stderr.contains("column 10"), "{}", bad.stderr);
    assert_eq!(rig.requests("PUT"), 0);
    let done = rig
        .run(&[&set[..], &["--jq", ".action"]].concat())
        .succeeds();
    assert_eq!(done.stdout, "created\n");
    let late = rig
        .run(&[&set[..], &["--jq", ".action.x"]].concat())
        .exits(2);
    assert_eq!(
        late.error()["changed"],
        false,
        "the second time nothing was changed"
    );
}

/// An answer whose length is a lie.
fn cut_off(status: &str, body: &str) -> Vec<u8> {
    let head = "Content-Type: application/json\r\nConnection: close\r\nContent-Length: 5000";
    format!("HTTP/1.1 {status}\r\n{head}\r\n\r\n{body}").into_bytes()
}

#[test]
fn a_write_that_was_done_is_never_called_a_failure_to_try_again() {
    let server = Canned::start(|_| cut_off("201 Created", "{\"id\":1"));
    let rig = server.rig();
    for filter in [&[][..], &["--jq", ".id"]] {
        let args = ["api", "-X", "POST", "buy", "--yes", "--json"];
        let ran = rig.run(&[&args, filter].concat()).exits(8);
        let error = ran.error();
        assert_eq!(error["code"], "partial");
        assert_eq!(
            (&error["changed"], &error["retryable"]),
            (&true.into(), &false.into())
        );
        let message = error["message"].as_str().unwrap_or_default();
        assert!(
            message.contains("was done") && message.contains("journal 2"),
            "{message}"
        );
    }
    assert_eq!(server.count("POST"), 2);
    let server = Canned::start(|_| reply(200, &[("content-type", "text/html")], b"<html>"));
    let ran = server
        .rig()
        .run(&["api", "-X", "POST", "buy", "--yes", "--json"]);
    let error = ran.exits(8).error();
    assert_eq!(error["code"], "outcome_unknown");
    assert!(error["changed"].is_null() && !error["hint"].to_string().contains("run it again"));
}

#[test]
fn pages_that_do_not_come_are_missed_and_pages_beyond_the_end_are_not_asked_for() {
    let page = |number: &str, rows: &str, total: &str| {
        format!(r#"{{"current_page":{number},"per_page":2,"total":{total},"data":[{rows}]}}"#)
    };
    for (total, third, code, rows, requests) in [
        ("6", "[5,6]", 0, 6, 3),
        ("10", "[]", 1, 4, 3),
        ("6", "[5]", 1, 5, 4),
        ("5", "[5]", 0, 5, 3),
        ("4", "[5,6]", 0, 4, 2),
        ("1e30", "[]", 1, 4, 3),
        ("100000000000000000000000", "[]", 1, 4, 3),
    ] {
        let server = Canned::start(move |asked| {
            let number = asked.query("page").unwrap_or_else(|| "1".to_owned());
            let rows = match number.as_str() {
                "1" => "1,2",
                "2" => "3,4",
                "3" => third.trim_matches(['[', ']']),
                _ => "",
            };
            json(200, &page(&number, rows, total))
        });
        let rig = server.rig();
        let ran = rig.run(&["api", "x", "--paginate", "--json"]).exits(code);
        let mut shown = ran.stdout.clone();
        if code == 1 {
            assert_eq!(ran.error()["code"], "incomplete_list");
            assert!(!shown.contains(']'), "{shown}");
            shown.push(']');
        }
        let shown: Vec<serde_json::Value> = serde_json::from_str(&shown).expect("rows");
        assert_eq!(shown.len(), rows, "{total} {third}");
        assert_eq!(server.count("GET"), requests, "{total} {third}");
        let filtered = rig
            .run(&["api", "x", "--paginate", "--jq", "length"])
            .exits(code);
        let length = format!("{rows}\n");
        assert_eq!(filtered.stdout, if code == 0 { &length } else { "" });
    }
    let server = Canned::start(move |asked| match asked.query("page").as_deref() {
        Some("2") => json(200, &page("2", "3,4", "6")),
        Some("3") => json(200, &page("3", "5,6", "6")),
        _ => json(404, "{}"),
    });
    let ran = server
        .rig()
        .run(&["api", "x", "--paginate", "-q", "page=2", "--json"]);
    assert_eq!(ran.succeeds().json(), serde_json::json!([3, 4, 5, 6]));
}

#[test]
fn what_two_readers_might_read_differently_is_refused() {
    for (body, words) in [
        (&b"{\"a\":1,\"a\":2}"[..], "a key stands there twice"),
        (b"{\"data\":[1],\"data\":[2]}", "a key stands there twice"),
        (b"\"\xff\"", "it is not UTF-8"),
        (b"\"\\ud800\"", "it is not JSON"),
    ] {
        let server =
            Canned::start(move |_| reply(200, &[("content-type", "application/json")], body));
        let rig = server.rig();
        for flags in [&["--jq", "."][..], &["--paginate"]] {
            let ran = rig.run(&[&["api", "x", "--json"], flags].concat()).exits(1);
            assert_eq!(ran.error()["code"], "unreadable_answer");
            assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
        }
    }
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let server = Canned::start(move |_| json(200, &deep));
    let rig = server.rig();
    rig.run(&["api", "x", "--jq", "length"]).exits(1);
    rig.run(&["api", "x", "--paginate"]).exits(1);
    rig.run(&["api", "-X", "POST", "x", "--yes", "--jq", "length"])
        .exits(8);
    let deep = [
        "routes",
        "list",
        "--jq",
        "reduce range(100000) as $i (1; [.]) | length",
    ];
    assert_eq!(Rig::with_sandbox().run(&deep).succeeds().stdout, "1\n");
}

/// Nobody knows which of its values are secrets.
#[test]
fn no_log_shows_a_value_of_a_call() {
    let rig = Rig::with_behaviour(&[], &["POST */users=reply:201:{\"password\":\"canary3\"}"]);
    let args = [
        "api", "users?k=canary1", "-q", "password=canary2", "-f", "a=canary4",
    ];
    let ran = rig
        .run(&[&args[..], &["--yes", "-vv", "-o", "json"]].concat())
        .succeeds();
    assert!(ran.stderr.contains("password=…"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
}

#[test]
fn a_route_is_not_written_here_however_its_path_is_spelled() {
    let rig = Rig::with_sandbox();
    for path in [
        "pbx/route-by-ani;x=1", "pbx/route-by-ani%20", "pbx/route-by-ani%00", "pbx/route-by-ani/1",
        "pbx%5croute-by-ani", "pbx/route%252dby-ani", "pbx/ROUTE-by-ani",
    ] {
        let args = ["api", "-X", "DELETE", path, "--yes", "--json"];
        assert_eq!(rig.run(&args).exits(5).error()["code"], "refused", "{path}");
    }
    assert!(rig.sandbox().log().is_empty());
}

#[test]
fn a_refused_write_is_not_done_in_the_history() {
    let rig = Rig::with_behaviour(&[], &["POST */users=status:422"]);
    rig.run(&["api", "-X", "POST", "users", "--yes"]).exits(2);
    let history = rig.run(&["history", "--json"]).json();
    assert_eq!(history[0]["status"], "partial");
}

#[cfg(unix)] // a terminal
mod unix {
    use std::process::Stdio;
    use std::time::Duration;

    use super::{Canned, Rig, json};
    use crate::support::eventually;
    use crate::support::terminal::Terminal;

    #[test]
    fn a_signal_while_a_write_is_done_is_told() {
        let server = Canned::start(|_| {
            std::thread::sleep(Duration::from_millis(500));
            json(201, "{}")
        });
        let rig = server.rig();
        let child = rig.start(&["api", "-X", "POST", "x", "--yes"]);
        eventually("the POST", || server.count("POST") == 1);
        let pid = i32::try_from(child.id()).ok();
        let pid = pid.and_then(rustix::process::Pid::from_raw).expect("a pid");
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("signal");
        let ran = crate::support::Ran::of(&child.wait_with_output().expect("wait")).exits(143);
        assert!(ran.stderr.contains("was done (journal 2"), "{}", ran.stderr);
    }

    #[test]
    fn a_reader_that_goes_away_does_not_change_a_writes_code() {
        let body = format!("[{}0]", "1,".repeat(2 << 20));
        let server = Canned::start(move |_| json(201, &body));
        let rig = server.rig();
        let mut child = rig
            .command(&["api", "-X", "POST", "x", "--yes"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("start");
        drop(child.stdout.take());
        assert_eq!(child.wait().expect("wait").code(), Some(0));
    }

    #[test]
    fn the_question_shows_the_whole_call() {
        let rig = Rig::with_sandbox();
        let args = ["api", "-X", "POST", "users", "-q", "a=b", "-f", "c=d"];
        let terminal = Terminal::start(&rig, 120, &args);
        terminal.expect("/users?a=b with {\"c\":\"d\"}? It cannot be undone.");
        terminal.types("n\n");
        assert_eq!(terminal.finish().0, 5);
        assert!(rig.sandbox().log().is_empty());
    }
}
