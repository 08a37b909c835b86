//! Runs rows, several at once: each on a sandbox and a machine of its own.

use std::io::Read;
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use skyswitch::sandbox::{Fault, Options, Seed};

use super::row::{CASES, Do, FILE, Row, Seen, is_fault};
use crate::support::{Ran, Rig, is_glance, peak_kib};

/// Rows mostly wait.
const LANES: usize = 8;
/// No row may take longer, whatever the server does, but for what it waits on purpose: half a minute of
/// looking after a write in doubt, and as much for a machine with other things to do.
const DEADLINE: Duration = Duration::from_secs(60);
/// As much of an endless output as is kept.
const KEPT: usize = 32 << 20;

/// Runs all rows and reports every one that does not hold.
#[track_caller]
pub(crate) fn all_of(rows: &[Row]) {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..LANES.min(rows.len()) {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let seen = run(row);
                    let wrong = row.check(&seen);
                    if !wrong.is_empty() {
                        let text = format!(
                            "{:?} × {:?}:\n    {}\n    stderr: {}",
                            row.words,
                            row.command,
                            wrong.join("\n    "),
                            seen.ran.stderr.replace('\n', "\n            ")
                        );
                        failed
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(text);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(
        failed.is_empty(),
        "{} of {} rows do not hold:\n{}",
        failed.len(),
        rows.len(),
        failed.join("\n")
    );
}

fn run(row: &Row) -> Seen {
    let rig = rig(row);
    let sandbox = rig.sandbox();
    rig.file("r.csv", FILE);
    rig.file("cases.csv", CASES);
    if let Some(command) = row.command.before() {
        sandbox.set_faults(Vec::new());
        rig.run(&command.args()).succeeds();
        sandbox.set_faults(faults(row));
    }
    let skipped = sandbox.log().len();
    let before = sandbox.routes().expect("the state");
    let timeout = row.timeout.to_string();
    let mut args = row.command.args();
    args.extend(["--json", "--timeout", &timeout]);
    let started = Instant::now();
    let child = rig.start(&args);
    let deadline = DEADLINE + 2 * Duration::from_millis(row.at_least);
    let (ran, peak_kib, killed) = watch(child, deadline);
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let log = &sandbox.log()[skipped..];
    let requests: String = log
        .iter()
        .filter(|entry| {
            matches!(row.command, Do::Subscribers | Do::Check) || !is_glance(&entry.path)
        })
        .map(|entry| match entry.method.as_str() {
            "POST" if entry.path.starts_with("/oauth/") => 'T',
            "POST" => 'O',
            method => method.chars().next().unwrap_or('?'),
        })
        .collect();
    // A refusal says that nothing was done, so that the next try needs no look.
    let open = |status: Option<u16>| status.is_none_or(|status| !(400..500).contains(&status));
    let unknowing_repeats = log
        .windows(2)
        .filter(|pair| {
            matches!(pair[0].method.as_str(), "PUT" | "DELETE")
                && pair[0].method == pair[1].method
                && pair[0].query == pair[1].query
                && open(pair[0].status)
        })
        .count();
    Seen {
        ran,
        before,
        after: sandbox.routes().expect("the state"),
        requests,
        unknowing_repeats,
        milliseconds,
        peak_kib,
        killed,
    }
}

fn faults(row: &Row) -> Vec<Fault> {
    let words = row.words.iter().filter(|words| is_fault(words));
    words.map(|fault| fault.parse().expect("a fault")).collect()
}

fn rig(row: &Row) -> Rig {
    let mut options = Options {
        faults: faults(row),
        ..Options::default()
    };
    for quirk in row.words.iter().filter(|words| !is_fault(words)) {
        options.quirks.set(&quirk.parse().expect("a quirk"));
    }
    if let Some(seed) = row.seed {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), seed).expect("write");
        options.seed = Some(Seed::read(file.path()).expect("a seed"));
    }
    let mut rig = Rig::with_options(options);
    rig.set("SKYSWITCH_SCOPE", row.scope);
    rig
}

/// Reads a command's output to its end, watches its memory, and ends it after the deadline.
fn watch(mut child: Child, deadline: Duration) -> (Ran, u64, bool) {
    let stdout = gather(child.stdout.take().expect("stdout"));
    let stderr = gather(child.stderr.take().expect("stderr"));
    let started = Instant::now();
    let (mut peak, mut killed) = (0, false);
    let late = Arc::new(AtomicBool::new(false));
    let status = loop {
        if let Some(status) = child.try_wait().expect("wait") {
            break status;
        }
        peak = peak.max(peak_kib(child.id()));
        if started.elapsed() > deadline && !late.swap(true, Ordering::Relaxed) {
            killed = true;
            child.kill().expect("kill");
        }
        // The system tells the highest mark so far, so that seldom is enough.
        std::thread::sleep(Duration::from_millis(5));
    };
    let text = |thread: std::thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&thread.join().expect("read")).into_owned()
    };
    let ran = Ran {
        stdout: text(stdout),
        stderr: text(stderr),
        code: status.code().unwrap_or(-1),
    };
    (ran, peak, killed)
}

fn gather(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        let mut block = vec![0; 64 << 10];
        while let Ok(n @ 1..) = pipe.read(&mut block) {
            let room = KEPT.saturating_sub(kept.len()).min(n);
            kept.extend_from_slice(&block[..room]);
        }
        kept
    })
}
