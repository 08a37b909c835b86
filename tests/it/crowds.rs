//! Readers that go away in the middle, and many processes that write at once.

use std::io::Read as _;
use std::process::Child;

use crate::support::canned::Canned;
use crate::support::{Ran, Rig, SET};

fn end(child: Child) -> Ran {
    Ran::of(&child.wait_with_output().expect("wait"))
}

fn many_routes() -> Canned {
    let rows: Vec<String> = (0..20_000)
        .map(|i| format!(r#"{{"ani":"1616555{:04}","domain":"acme.15611.service","destination":"user-{i}"}}"#, i % 10_000))
        .collect();
    Canned::listing(&format!("[{}]", rows.join(",")))
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let server = many_routes();
    let rig = server.rig();
    for format in ["table", "json", "ndjson", "csv", "tsv"] {
        let mut child = rig.start(&["routes", "list", "-o", format]);
        let mut stdout = child.stdout.take().expect("stdout");
        let mut first = [0; 100];
        stdout.read_exact(&mut first).expect("some");
        drop(stdout);
        let ran = end(child);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{format}");
    }
}

#[test]
fn a_closed_reader_neither_stops_nor_changes_a_write() {
    let rig = Rig::with_behaviour(&[], &["GET *=latency:300"]);
    let mut child = rig.start(&SET);
    drop(child.stdout.take());
    let ran = end(child);
    assert_eq!(
        (ran.code, ran.stderr.as_str().contains("error")),
        (0, false),
        "{}",
        ran.stderr
    );
    assert_eq!(rig.requests("PUT"), 1);
}

#[test]
fn many_writes_at_once_lose_nothing() {
    // Under wine a process takes half a second to start.
    let many = if cfg!(windows) { 40 } else { 200 };
    let rig = Rig::new();
    rig.run(&["--sandbox", "routes", "list"]).succeeds();
    let numbers: Vec<String> = (0..many)
        .map(|i| format!("{}55501{:02}", 616 + i / 100, i % 100))
        .collect();
    std::thread::scope(|scope| {
        for lane in numbers.chunks(many / 20) {
            let rig = &rig;
            scope.spawn(move || {
                let children: Vec<Child> = lane
                    .iter()
                    .map(|number| {
                        rig.start(&[
                            "--sandbox", "routes", "set", "--ani", number, "--domain",
                            "acme.15611.service", "--destination", "john",
                        ])
                    })
                    .collect();
                for child in children {
                    end(child).succeeds();
                }
            });
        }
    });
    let list = rig
        .run(&["--sandbox", "routes", "list", "--json"])
        .succeeds()
        .json();
    let kept: Vec<&str> = list
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["ani"].as_str())
        .collect();
    let lost: Vec<&String> = numbers
        .iter()
        .filter(|number| !kept.contains(&format!("1{number}").as_str()))
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
    // Whatever of the sample had another caller is there still.
    assert!(kept.len() > many, "{}", kept.len());
}
