//! Writes whose answer got lost: settled by reading, repeated where nothing happened, and where
//! nobody can tell, that is what is said.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::support::canned::{Canned, json, reply};
use crate::support::{Ran, Rig, SET, for_each};

/// A caller with one route in the sample.
fn delete(rig: &Rig) -> Ran {
    rig.run(&[
        "routes",
        "delete",
        "--ani",
        "2065550109",
        "--domain",
        "harborview.15611.service",
        "--yes",
        "--json",
    ])
}

fn set_under(fault: &str) -> (Rig, Ran) {
    let rig = Rig::with_behaviour(&[], &[fault]);
    let ran = rig.run(&SET);
    (rig, ran)
}

/// What the one run in the journal says of its one change.
fn journalled(rig: &Rig) -> String {
    let entries: Vec<_> = std::fs::read_dir(rig.state_dir().join("journal"))
        .expect("a journal")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"))
        .collect();
    assert_eq!(entries.len(), 1, "{entries:?}");
    std::fs::read_to_string(&entries[0]).expect("the run")
}

#[test]
fn a_write_that_was_done_and_then_lost_is_done() {
    for_each(
        &[
            "PUT *=commit-reset",
            "PUT *=commit-status:500",
            "PUT *=commit-status:503",
            "PUT *=commit-hang",
            "PUT *=truncated",
            "PUT *=commit-html:502",
            "PUT *=commit-html:200",
            "PUT *=commit-redirect:https://elsewhere.invalid/",
        ],
        |&fault| {
            let rig = Rig::with_behaviour(&["put=json"], &[fault]);
            let args = [&SET[..], &["--timeout", "1"]].concat();
            let ran = rig.run(&args);
            assert_eq!(ran.code, 0, "{fault}: {}", ran.stderr);
            assert_eq!(ran.json()["action"], "created", "{fault}");
            assert_eq!(
                rig.requests("PUT"),
                1,
                "{fault}: what is done is not sent again"
            );
        },
    );
    for_each(
        &[
            "DELETE *=commit-reset",
            "DELETE *=commit-status:500",
            "DELETE *=commit-hang",
        ],
        |&fault| {
            let rig = Rig::with_behaviour(&[], &[fault]);
            let ran = rig.run(&[
                "routes",
                "delete",
                "--ani",
                "2065550109",
                "--domain",
                "harborview.15611.service",
                "--yes",
                "--json",
                "--timeout",
                "1",
            ]);
            assert_eq!(ran.code, 0, "{fault}: {}", ran.stderr);
            assert_eq!(ran.json()["action"], "deleted", "{fault}");
            assert_eq!(rig.requests("DELETE"), 1, "{fault}");
        },
    );
}

#[test]
fn a_write_that_was_not_done_is_sent_again() {
    for_each(
        &[
            "PUT *=reset@1",
            "PUT *=status:500@1",
            "PUT *=status:502@1",
            "PUT *=status:503@1",
            "PUT *=status:429@1",
            "PUT *=status:503:retry-after=1@1",
        ],
        |&fault| {
            let (rig, ran) = set_under(fault);
            assert_eq!(ran.code, 0, "{fault}: {}", ran.stderr);
            assert_eq!(rig.requests("PUT"), 2, "{fault}");
            assert!(
                rig.sandbox()
                    .routes()
                    .expect("routes")
                    .iter()
                    .any(|route| route.ani.as_deref() == Some("16165550142")),
                "{fault}"
            );
        },
    );
    for_each(&["DELETE *=reset@1", "DELETE *=status:503@1-2"], |&fault| {
        let rig = Rig::with_behaviour(&[], &[fault]);
        let ran = delete(&rig);
        assert_eq!(ran.code, 0, "{fault}: {}", ran.stderr);
        assert!(rig.requests("DELETE") >= 2, "{fault}");
    });
}

/// The repeat of a delete whose first try was carried out meets a 404: it is gone, and that is that.
#[test]
fn a_404_after_our_read_means_that_the_route_is_gone() {
    let rig = Rig::with_behaviour(&[], &["DELETE *=commit-status:404"]);
    let ran = delete(&rig).succeeds();
    assert_eq!(ran.json()["action"], "deleted");
    assert_eq!(rig.requests("DELETE"), 1);
}

#[test]
fn a_refused_write_is_not_repeated_and_changed_nothing() {
    for (fault, code) in [
        ("PUT *=status:400", 2),
        ("PUT *=status:403", 6),
        ("PUT *=status:422", 2),
        ("PUT *=status:409", 5),
    ] {
        let (rig, ran) = set_under(fault);
        assert_eq!(ran.code, code, "{fault}: {}", ran.stderr);
        assert_eq!(ran.error()["changed"], false, "{fault}");
        assert_eq!(rig.requests("PUT"), 1, "{fault}");
        assert!(journalled(&rig).contains("failed"), "{fault}");
    }
}

/// The server answered each time that it failed, and a read shows the old state.
#[test]
fn a_server_that_keeps_failing_is_believed_in_nothing() {
    for_each(&["PUT *=status:500", "PUT *=status:503"], |&fault| {
        let (rig, ran) = set_under(fault);
        assert_eq!(ran.code, 8, "{fault}: {}", ran.stderr);
        assert_eq!(ran.error()["code"], "outcome_unknown");
        assert!(ran.error()["changed"].is_null());
        assert_eq!(rig.requests("PUT"), 3, "{fault}");
    });
    let (rig, ran) = set_under("PUT *=status:429");
    assert_eq!(ran.exits(7).error()["code"], "rate_limited");
    assert_eq!(rig.requests("PUT"), 3);
}

#[test]
fn where_the_read_fails_as_well_nobody_can_tell() {
    for_each(
        &[
            &["PUT *=commit-reset", "GET */route-by-ani=status:500@2-99"][..],
            &["PUT *=commit-reset", "GET */route-by-ani=reset@2-99"],
            &["PUT *=reset", "GET */route-by-ani=html:200@2-99"],
            &["PUT *=status:500", "GET */route-by-ani=status:403@2-99"],
        ],
        |&faults| {
            let rig = Rig::with_behaviour(&[], faults);
            let ran = rig.run(&SET);
            assert_eq!(ran.code, 8, "{faults:?}: {}", ran.stderr);
            let error = ran.error();
            assert_eq!(error["code"], "outcome_unknown");
            assert!(error["changed"].is_null(), "{error}");
            assert_eq!(error["exit_code"], 8);
            assert_eq!(ran.stdout, "");
            assert_eq!(
                rig.requests("PUT"),
                1,
                "{faults:?}: not sent again in the dark"
            );
            let run = journalled(&rig);
            let id =
                serde_json::from_str::<serde_json::Value>(run.lines().next().expect("a header"));
            let id = id.expect("JSON")["header"]["id"]
                .as_str()
                .expect("an id")
                .to_owned();
            assert!(
                ran.stderr.contains(&id),
                "the journal id is printed: {}",
                ran.stderr
            );
            assert!(run.contains("unknown"));
        },
    );
    let rig = Rig::with_behaviour(
        &[],
        &[
            "DELETE *=commit-reset",
            "GET */route-by-ani=status:500@2-99",
        ],
    );
    assert!(delete(&rig).exits(8).error()["changed"].is_null());
}

/// A connection that is lost each time says nothing of what the server goes on to do, and a read
/// that still shows the old state may lag: that is not "nothing was changed".
#[test]
fn a_write_that_is_lost_every_time_is_unknown_and_never_seven() {
    // What may still be at work is not sent again.
    for_each(
        &[("PUT *=reset", 3), ("PUT *=hang", 1)],
        |&(fault, puts)| {
            let rig = Rig::with_behaviour(&[], &[fault]);
            let ran = rig.run(&[&SET[..], &["--timeout", "1"]].concat());
            assert_eq!(ran.code, 8, "{fault}: {}", ran.stderr);
            assert!(ran.error()["changed"].is_null(), "{fault}");
            assert_eq!(rig.requests("PUT"), puts, "{fault}");
        },
    );
    let rig = Rig::with_behaviour(&[], &["DELETE *=reset"]);
    assert!(delete(&rig).exits(8).error()["changed"].is_null());
}

/// Slow, not dead: the server carries the write out after our retry_policy has ended.
#[test]
fn a_server_that_finishes_after_our_time_is_over_is_never_called_unchanged() {
    let rows = Arc::new(Mutex::new(String::from("[]")));
    let late = Arc::clone(&rows);
    let server = Canned::start(move |asked| match asked.method.as_str() {
        "GET" if asked.path().ends_with("domains") => {
            json(200, r#"[{"domain":"acme.15611.service"}]"#)
        }
        "GET" => json(200, &rows.lock().expect("rows")),
        _ => {
            let late = Arc::clone(&late);
            std::thread::sleep(std::time::Duration::from_secs(60));
            *late.lock().expect("rows") = r#"[{"ani":"16165550142","domain":"acme.15611.service","application":"user","destination":"john"}]"#.to_owned();
            reply(201, &[], b"")
        }
    });
    let ran = server.rig().run(&[&SET[..], &["--timeout", "1"]].concat());
    assert_eq!(ran.code, 8, "{}", ran.stderr);
    assert!(ran.error()["changed"].is_null());
}

/// Somebody else wrote between our write and our read.
#[test]
fn a_third_value_at_the_key_is_unknown_and_left_alone() {
    let reads = AtomicUsize::new(0);
    let server = Canned::start(move |asked| {
        if asked.method == "PUT" {
            return Vec::new();
        }
        if asked.path().ends_with("domains") {
            return json(200, r#"[{"domain":"acme.15611.service"}]"#);
        }
        let row = |to: &str| {
            format!(
                r#"[{{"ani":"16165550142","domain":"acme.15611.service","application":"user","destination":"{to}"}}]"#
            )
        };
        match reads.fetch_add(1, Ordering::SeqCst) {
            0 => json(200, &row("mary")),
            _ => json(200, &row("somebody-elses")),
        }
    });
    let ran = server.rig().run(&SET).exits(8);
    assert!(ran.error()["changed"].is_null());
    assert_eq!(server.count("PUT"), 1);
}

#[test]
fn of_several_deletes_what_was_done_is_told_when_one_fails() {
    let rig = Rig::with_behaviour(&[], &["DELETE *=status:403@2-99"]);
    let list = rig.run(&["routes", "list", "--json"]).succeeds().json();
    let rows = list.as_array().expect("rows");
    // A caller of the sample with two routes in one domain.
    let twice = rows
        .iter()
        .find(|row| {
            rows.iter()
                .filter(|other| other["ani"] == row["ani"] && other["domain"] == row["domain"])
                .count()
                > 1
        })
        .expect("the sample has one");
    let (ani, domain) = (
        twice["ani"].as_str().expect("ani"),
        twice["domain"].as_str().expect("domain"),
    );
    let ran = rig
        .run(&[
            "routes", "delete", "--ani", ani, "--domain", domain, "--all-dnis", "--yes", "--json",
        ])
        .exits(8);
    let error = ran.error();
    assert_eq!(error["code"], "partial");
    assert_eq!(error["changed"], true);
    assert!(
        error["message"]
            .as_str()
            .unwrap_or_default()
            .contains("1 of 2"),
        "{error}"
    );
}
