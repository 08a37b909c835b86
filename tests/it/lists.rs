//! Every shape of a list the API is known or feared to send, under every command that reads one.

use crate::support::canned::{Canned, json, reply};
use crate::support::fixtures::Fixture;

/// A server whose reads all answer with one fixture, and whose writes succeed.
fn serving(fixture: &Fixture) -> Canned {
    let wire = fixture.wire();
    Canned::start(move |asked| match asked.method.as_str() {
        "GET" => wire.clone(),
        "PUT" => reply(201, &[], b""),
        _ => reply(204, &[], b""),
    })
}

fn is_complete(fixture: &Fixture) -> bool {
    fixture.expect["complete"] != false
}

fn is_readable(fixture: &Fixture) -> bool {
    fixture.expect["unreadable"] != true
}

#[test]
fn every_shape_of_routes_lists_the_same() {
    for fixture in Fixture::all("lists", "routes-") {
        let server = serving(&fixture);
        let ran = server.rig().run(&["routes", "list", "--json"]);
        if !is_readable(&fixture) {
            assert_eq!(
                (ran.code, ran.stdout.as_str()),
                (1, ""),
                "{}: {}",
                fixture.name,
                ran.stderr
            );
            assert_eq!(ran.error()["code"], "unreadable_answer", "{}", fixture.name);
        } else {
            // What is not all stays open.
            let (code, end) = if is_complete(&fixture) {
                (0, "")
            } else {
                (1, "]")
            };
            assert_eq!(ran.code, code, "{}: {}", fixture.name, ran.stderr);
            let rows: serde_json::Value =
                serde_json::from_str(&format!("{}{end}", ran.stdout)).expect(&fixture.name);
            assert_eq!(rows, fixture.expect["rows"], "{}", fixture.name);
        }
        // An empty list of the whole account may hide the routes of its domains.
        let empty = fixture.expect["rows"].as_array().is_some_and(Vec::is_empty);
        let requests = 1 + usize::from(empty);
        assert_eq!(server.count("GET"), requests, "{}", fixture.name);
    }
}

#[test]
fn every_shape_of_domains_lists_the_same() {
    for fixture in Fixture::all("lists", "domains-") {
        let server = serving(&fixture);
        let ran = server.rig().run(&["domains", "list", "--json"]).succeeds();
        assert_eq!(ran.json(), fixture.expect["rows"], "{}", fixture.name);
    }
}

#[test]
fn keys_come_in_the_promised_order_whatever_the_server_sent() {
    let server = Canned::listing(
        r#"[{"extra":1,"destination":"john","application":"user","domain":"acme.15611.service","dnis":"","ani":16165550101}]"#,
    );
    let rig = server.rig();
    let row = r#"{"ani":"16165550101","dnis":null,"domain":"acme.15611.service","application":"user","destination":"john"}"#;
    let text = rig.run(&["routes", "list", "--json"]).succeeds().stdout;
    assert_eq!(text.replace(['\n', ' '], ""), format!("[{row}]"));
    assert_eq!(
        rig.run(&["routes", "list", "-o", "ndjson"])
            .succeeds()
            .stdout,
        format!("{row}\n")
    );
}

#[test]
fn none_is_an_empty_array_and_success() {
    for fixture in Fixture::all("lists", "") {
        if fixture.expect["rows"]
            .as_array()
            .is_none_or(|rows| !rows.is_empty())
        {
            continue;
        }
        let server = serving(&fixture);
        let rig = server.rig();
        for noun in ["routes", "domains"] {
            let list = |format: &str| rig.run(&[noun, "list", "-o", format]).succeeds();
            assert_eq!(list("json").stdout, "[]\n", "{}", fixture.name);
            assert_eq!(list("ndjson").stdout, "", "{}", fixture.name);
            assert_eq!(list("table").stdout, "", "{}", fixture.name);
            assert_eq!(list("table").stderr, format!("no {noun}\n"));
            let header = list("csv").stdout;
            assert_eq!(header.lines().count(), 1, "a header alone: {header:?}");
        }
    }
}

#[test]
fn a_success_of_zero_bytes_is_unreadable_and_not_an_empty_list() {
    for body in ["", " ", "\n"] {
        for status in [200, 204] {
            let server = Canned::start(move |_| json(status, body));
            let rig = server.rig();
            for noun in ["routes", "domains"] {
                let ran = rig.run(&[noun, "list", "--json"]).exits(1);
                assert_eq!(ran.error()["code"], "unreadable_answer");
                assert_eq!(ran.stdout, "");
            }
        }
    }
}

#[test]
fn an_unreadable_read_lets_nothing_be_written() {
    for body in [
        "", "<html></html>", "{\"error\":\"odd\"}", "[1]", "\"text\"", "nothing",
    ] {
        let server = Canned::listing(body);
        let rig = server.rig();
        let key = ["--ani", "6165550101", "--domain", "acme.15611.service"];
        let set = [
            &["routes", "set", "--destination", "john", "--json"],
            &key[..],
        ]
        .concat();
        let ran = rig.run(&set).exits(1);
        assert_eq!(ran.error()["code"], "unreadable_answer", "{body}");
        assert_eq!(ran.error()["changed"], false);
        let delete = [&["routes", "delete", "--yes", "--json"], &key[..]].concat();
        assert_eq!(rig.run(&delete).exits(1).error()["changed"], false);
        assert_eq!(server.count("PUT") + server.count("DELETE"), 0, "{body}");
    }
}

#[test]
fn an_incomplete_list_shows_its_rows_warns_and_is_no_success() {
    for name in [
        "routes-says-more-flat",
        "routes-says-more-pagination",
        "routes-says-more-after-data",
    ] {
        let fixture = Fixture::named(&format!("lists/{name}"));
        let server = serving(&fixture);
        let rig = server.rig();
        for format in ["table", "csv", "tsv", "ndjson", "json"] {
            let ran = rig.run(&["routes", "list", "-o", format]).exits(1);
            assert!(ran.stdout.contains("16165550101"), "{name} {format}");
            assert!(
                ran.stderr.contains("not complete") && ran.stderr.contains("53"),
                "{name} {format}: {}",
                ran.stderr
            );
            assert!(!ran.stdout.contains(']'), "{name} {format}: {}", ran.stdout);
        }
        let filtered = rig.run(&["routes", "list", "--jq", "length"]).exits(1);
        assert_eq!(filtered.stdout, "", "{name}");
    }
}

#[test]
fn nothing_is_written_on_an_incomplete_list() {
    let fixture = Fixture::named("lists/routes-says-more-flat");
    let server = serving(&fixture);
    let rig = server.rig();
    for destination in ["john", "another"] {
        let ran = rig.run(&[
            "routes", "set", "--ani", "6165550101", "--domain", "acme.15611.service",
            "--destination", destination, "--json",
        ]);
        assert_eq!(ran.exits(1).error()["code"], "incomplete_list");
    }
    let ran = rig.run(&[
        "routes", "delete", "--ani", "6165550101", "--domain", "acme.15611.service", "--yes",
        "--json",
    ]);
    assert_eq!(ran.exits(1).error()["code"], "incomplete_list");
    assert_eq!(server.count("PUT") + server.count("DELETE"), 0);
}

/// The route of 616-555-0101 in every readable shape that holds it: found and left alone, found and
/// changed, found and deleted, under the server's own spelling.
#[test]
fn set_and_delete_find_the_route_in_every_shape() {
    for fixture in Fixture::all("lists", "routes-") {
        if !is_readable(&fixture) || !is_complete(&fixture) {
            continue;
        }
        let rows = fixture.expect["rows"].as_array().expect("rows").clone();
        let Some(row) = rows.iter().find(|row| {
            let ani = row["ani"].as_str().unwrap_or_default();
            (ani == "16165550101" || ani == "6165550101") && row["domain"].is_string()
        }) else {
            continue;
        };
        let same_caller = rows
            .iter()
            .filter(|other| other["ani"] == row["ani"])
            .count();
        if same_caller > 1 {
            continue;
        }
        let server = serving(&fixture);
        let rig = server.rig();
        let domain = row["domain"].as_str().expect("a domain").to_owned();
        let mut key = vec!["--ani", "616-555-0101", "--domain", &domain];
        if let Some(dnis) = row["dnis"].as_str() {
            key.extend(["--dnis", dnis]);
        }
        // This server shows the same list for ever.
        let set = [
            &[
                "routes", "set", "--json", "--no-verify", "--application", "user", "--destination",
                "new",
            ],
            &key[..],
        ];
        let ran = rig.run(&set.concat());
        assert_eq!(ran.code, 0, "{}: {}", fixture.name, ran.stderr);
        assert_eq!(ran.json()["action"], "sent", "{}", fixture.name);
        assert_eq!(&ran.json()["before"], row, "{}", fixture.name);
        let delete = ["routes", "delete", "--json", "--yes", "--no-verify"];
        let ran = server.rig().run(&[&delete, &key[..]].concat());
        assert_eq!(ran.code, 0, "{}: {}", fixture.name, ran.stderr);
        for asked in server.asked().iter().filter(|asked| asked.method != "GET") {
            assert_eq!(
                asked.query("ani").as_deref(),
                row["ani"].as_str(),
                "{}",
                fixture.name
            );
            assert_eq!(
                asked.query("dnis").as_deref(),
                row["dnis"].as_str(),
                "{}",
                fixture.name
            );
            assert!(asked.body.is_empty());
        }
        assert_eq!((server.count("PUT"), server.count("DELETE")), (1, 1));
    }
}

/// A list that breaks off gives what came, says so, and leaves the array open.
#[test]
fn a_list_that_breaks_off_is_seven_and_never_a_whole_array() {
    let body = r#"[{"ani":"16165550101","domain":"acme.15611.service","destination":"john"},{"ani":"161655"#;
    for promised in [body.len(), body.len() + 500] {
        let server = Canned::start(move |_| {
            let mut bytes =
                format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {promised}\r\n\r\n")
                    .into_bytes();
            bytes.extend_from_slice(body.as_bytes());
            bytes
        });
        let ran = server.rig().run(&["routes", "list", "--json"]).exits(7);
        assert_eq!(ran.error()["code"], "truncated");
        assert!(
            serde_json::from_str::<serde_json::Value>(&ran.stdout).is_err(),
            "half a list must not read as a whole one: {}",
            ran.stdout
        );
    }
}
