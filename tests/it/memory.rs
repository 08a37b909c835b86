//! Lists without end, under every command that reads one: they stay in 200 MiB, and what has to be held
//! as a whole ends with 1 and says how to do without.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::support::{Ran, Rig, connections, peak_kib, start};

const MOST_KIB: u64 = 200 * 1024;

/// The same row for ever, in an array.
fn endless(row: &str) -> Rig {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let block = format!("{row},").repeat(1 + (64 << 10) / row.len());
    std::thread::spawn(move || {
        for mut stream in connections(&listener) {
            let block = block.clone();
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[");
                while stream.write_all(block.as_bytes()).is_ok() {}
            });
        }
    });
    let mut rig = Rig::new();
    rig.set("SKYSWITCH_API_URL", &format!("http://{address}"))
        .set("SKYSWITCH_ACCOUNT_ID", "acc-1")
        .set("SKYSWITCH_TOKEN", "cnd_at");
    rig.file(
        "r.csv",
        "ani,domain,destination\n16165550142,acme.15611.service,john\n",
    );
    rig.file(
        "cases.csv",
        "from,to,domain,application,destination\n16165550142,,acme.15611.service,user,john\n",
    );
    rig
}

/// Runs it to its end and tells its highest memory in KiB; its output is read `kept` bytes long.
fn run(mut command: Command, kept: u64) -> (Ran, u64) {
    let mut child = start(&mut command);
    let stdout = gather(child.stdout.take().expect("stdout").take(kept));
    let stderr = gather(child.stderr.take().expect("stderr"));
    let mut peak = 0;
    let status = loop {
        peak = peak_kib(child.id()).max(peak);
        if let Some(status) = child.try_wait().expect("wait") {
            break status;
        }
        // The system tells the highest mark so far, so that seldom is enough.
        std::thread::sleep(Duration::from_millis(2));
    };
    let ran = Ran {
        stdout: stdout.join().expect("read"),
        stderr: stderr.join().expect("read"),
        code: status.code().unwrap_or(-1),
    };
    (ran, peak)
}

/// Reads a pipe to its end and closes it.
fn gather(mut pipe: impl std::io::Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        let _ = pipe.read_to_string(&mut text);
        text
    })
}

const ROUTE: &str = r#"{"ani":"16165550142","dnis":null,"domain":"acme.15611.service","application":"user","destination":"john"}"#;

fn rows() -> [String; 3] {
    [
        ROUTE.to_owned(),
        r#"{"domain":"a"}"#.to_owned(),
        ROUTE.replace("john", &"x".repeat(2000)),
    ]
}

#[test]
fn what_has_to_be_held_ends_below_200_mib_and_says_how_to_do_without() {
    for row in rows() {
        let rig = endless(&row);
        // Of long rows these hold so little that the most an answer may be ends them first.
        let little = ["routes list --jq length", "domains list --jq map(.domain)"];
        let short = if row.len() < 1000 { &little[..] } else { &[] };
        for line in [
            "routes list --jq map(.)",
            "domains list --jq map(.)",
            "routes plan r.csv",
            "routes apply r.csv --yes",
            "routes test cases.csv",
            "api users --jq length",
        ]
        .iter()
        .chain(short)
        {
            let args: Vec<&str> = line.split(' ').collect();
            let command = rig.command(&[&args[..], &["--json"]].concat());
            let (ran, peak) = run(command, 1 << 20);
            let ran = ran.exits(1);
            assert_eq!(ran.stdout, "", "{line}");
            assert!(peak < MOST_KIB, "{line}: {peak} KiB of {} bytes", row.len());
            let error = ran.error();
            assert_eq!(error["code"], "incomplete_list", "{line}");
            assert_eq!(error["retryable"], false, "{line}");
            let hint = error["hint"].to_string();
            assert!(hint.contains("SKYSWITCH_MAX_MEMORY="), "{line}: {hint}");
            assert!(hint.contains("as ndjson or CSV"), "{line}: {hint}");
        }
    }
}

#[test]
fn what_is_shown_row_by_row_takes_no_memory() {
    for row in &rows()[..2] {
        let rig = endless(row);
        for line in [
            "routes list",
            "routes list --json",
            "routes list -o csv --fields ani,domain",
            "routes list --base -o ndjson",
            "routes list --jq .[]|.domain",
            "api users",
        ] {
            let args: Vec<&str> = line.split(' ').collect();
            let (ran, peak) = run(rig.command(&args), 1 << 20);
            // Whoever reads has seen enough.
            assert_eq!(ran.exits(0).stdout.len(), 1 << 20, "{line}");
            assert!(peak < 64 * 1024, "{line}: {peak} KiB");
        }
    }
}

#[cfg(target_os = "linux")] // /proc
#[test]
fn more_memory_is_taken_where_it_is_allowed() {
    let mut rig = endless(ROUTE);
    for (mib, least) in [("20", 0), ("300", MOST_KIB)] {
        rig.set("SKYSWITCH_MAX_MEMORY", mib);
        let (ran, peak) = run(rig.command(&["routes", "plan", "r.csv"]), 1);
        assert!(ran.exits(1).stderr.contains(&format!("{mib} MiB")));
        assert!(peak > least && peak < 400 * 1024, "{mib}: {peak}");
    }
    for bad in ["0", "-1", "2G", "99999999999999999999"] {
        rig.set("SKYSWITCH_MAX_MEMORY", bad);
        let ran = rig.run(&["routes", "list", "--json"]).exits(2);
        assert!(
            ran.stderr.contains("SKYSWITCH_MAX_MEMORY"),
            "{}",
            ran.stderr
        );
    }
}
