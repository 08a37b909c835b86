//! Whole processes, in turn, and what the operating system says they took.

use std::io::{Read as _, Write as _};
use std::process::{Command as Process, Stdio};
use std::time::Instant;

use wait4::Wait4 as _;

use crate::server::Server;

/// A command to be timed.
#[derive(Clone)]
pub(crate) struct Command {
    words: Vec<String>,
    env: Vec<(String, String)>,
    before: Option<String>,
}

/// What one run took.
#[derive(Clone, Copy, Default)]
struct Taken {
    wall: f64,
    cpu: f64,
    mebibytes: f64,
}

/// Two commands side by side.
pub(crate) struct Row {
    pub(crate) name: String,
    ours: Command,
    other_name: String,
    other: Command,
    wall_at_most: Option<f64>,
    cpu_at_most: Option<f64>,
    memory_at_most: Option<f64>,
    milliseconds_at_most: Option<f64>,
    lines_at_least: usize,
    taken: Option<[Taken; 2]>,
    ratio: [f64; 2],
}

impl Command {
    pub(crate) fn new(program: &str) -> Self {
        Self {
            words: vec![program.to_owned()],
            env: Vec::new(),
            before: None,
        }
    }

    pub(crate) fn ours(program: &str, args: &[&str]) -> Self {
        Self::new(program).args(args)
    }

    pub(crate) fn shell(line: &str) -> Self {
        Self::new("sh").args(&["-c", line])
    }

    /// curl fetching the list of routes.
    pub(crate) fn curl(server: &Server) -> Self {
        let url = format!("{}/accounts/a/pbx/route-by-ani", server.url());
        Self::new("curl").args(&["-s", "-H", "Authorization: Bearer t", &url])
    }

    pub(crate) fn arg(mut self, word: &str) -> Self {
        self.words.push(word.to_owned());
        self
    }

    pub(crate) fn args(mut self, words: &[&str]) -> Self {
        self.words
            .extend(words.iter().map(|word| (*word).to_owned()));
        self
    }

    /// Our environment for a server.
    pub(crate) fn api(mut self, server: &Server) -> Self {
        let mut set = |name: &str, value: &str| self.env.push((name.to_owned(), value.to_owned()));
        set("SKYSWITCH_API_URL", &server.url());
        set("SKYSWITCH_ACCOUNT_ID", "a");
        set("SKYSWITCH_TOKEN", "t");
        // A million routes under a filter that wants them all.
        set("SKYSWITCH_MAX_MEMORY", "2000");
        set(
            "SKYSWITCH_STATE_DIR",
            &server.directory().join("state").display().to_string(),
        );
        set(
            "SKYSWITCH_CONFIG_DIR",
            &server.directory().join("config").display().to_string(),
        );
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A command to run before each run, outside the clock.
    pub(crate) fn before(mut self, line: &str) -> Self {
        self.before = Some(line.to_owned());
        self
    }

    /// The command as a line for a shell.
    pub(crate) fn line(&self) -> String {
        let quoted: Vec<String> = self.words.iter().map(|word| format!("'{word}'")).collect();
        quoted.join(" ")
    }

    /// Runs it and counts the lines it prints, without ever holding them: see [`crate::server`].
    fn lines(&self) -> usize {
        self.prepare();
        let mut child = Process::new(&self.words[0])
            .args(&self.words[1..])
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("start");
        let mut stdout = child.stdout.take().expect("stdout");
        let (mut block, mut lines) = ([0; 64 * 1024], 0);
        loop {
            let n = stdout.read(&mut block).expect("read");
            if n == 0 {
                break;
            }
            lines += block[..n].iter().filter(|byte| **byte == b'\n').count();
        }
        child.wait().expect("wait");
        lines
    }

    fn prepare(&self) {
        if let Some(line) = &self.before {
            let done = Process::new("sh")
                .args(["-c", line])
                .status()
                .expect("start");
            assert!(done.success(), "{line}");
        }
    }

    fn run(&self) -> Taken {
        self.prepare();
        let started = Instant::now();
        let mut child = Process::new(&self.words[0])
            .args(&self.words[1..])
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("start");
        let end = child.wait4().expect("wait");
        let wall = started.elapsed().as_secs_f64();
        if !end.status.success() {
            let mut text = String::new();
            if let Some(mut stderr) = child.stderr.take() {
                let _ = stderr.read_to_string(&mut text);
            }
            panic!("{} failed: {text}", self.line());
        }
        Taken {
            wall,
            cpu: end.rusage.utime.as_secs_f64() + end.rusage.stime.as_secs_f64(),
            mebibytes: end.rusage.maxrss as f64 / 1024.0 / 1024.0,
        }
    }
}

impl Row {
    pub(crate) fn new(name: &str, ours: Command, other_name: &str, other: Command) -> Self {
        Self {
            name: name.to_owned(),
            ours,
            other_name: other_name.to_owned(),
            other,
            wall_at_most: None,
            cpu_at_most: None,
            memory_at_most: None,
            milliseconds_at_most: None,
            lines_at_least: 0,
            taken: None,
            ratio: [0.0; 2],
        }
    }

    pub(crate) fn wall_at_most(mut self, ratio: f64) -> Self {
        self.wall_at_most = Some(ratio);
        self
    }

    pub(crate) fn cpu_at_most(mut self, ratio: f64) -> Self {
        self.cpu_at_most = Some(ratio);
        self
    }

    pub(crate) fn memory_at_most(mut self, mebibytes: f64) -> Self {
        self.memory_at_most = Some(mebibytes);
        self
    }

    pub(crate) fn milliseconds_at_most(mut self, most: f64) -> Self {
        self.milliseconds_at_most = Some(most);
        self
    }

    /// What has to come out: doing nothing would be fast.
    pub(crate) fn lines_at_least(mut self, least: usize) -> Self {
        self.lines_at_least = least;
        self
    }

    /// Runs both in turn, after one uncounted pair.
    pub(crate) fn measured(mut self, runs: usize) -> Self {
        let lines = self.ours.lines();
        let name = &self.name;
        assert!(lines >= self.lines_at_least, "{name}: {lines} lines");
        self.other.run();
        let pairs: Vec<(Taken, Taken)> = (0..runs)
            .map(|_| (self.ours.run(), self.other.run()))
            .collect();
        let taken = |of: fn(&(Taken, Taken)) -> Taken| Taken {
            wall: median(pairs.iter().map(|pair| of(pair).wall)),
            cpu: median(pairs.iter().map(|pair| of(pair).cpu)),
            mebibytes: median(pairs.iter().map(|pair| of(pair).mebibytes)),
        };
        self.ratio = [
            median(pairs.iter().map(|(a, b)| a.wall / b.wall)),
            median(pairs.iter().map(|(a, b)| a.cpu / b.cpu.max(0.000_1))),
        ];
        self.taken = Some([taken(|pair| pair.0), taken(|pair| pair.1)]);
        self
    }

    /// Whether every promise of this row is kept.
    pub(crate) fn holds(&self) -> bool {
        let within = |value: f64, most: Option<f64>| most.is_none_or(|most| value <= most);
        let memory = self.taken.map_or(0.0, |taken| taken[0].mebibytes);
        let milliseconds = self.taken.map_or(0.0, |taken| taken[0].wall * 1000.0);
        within(self.ratio[0], self.wall_at_most)
            && within(self.ratio[1], self.cpu_at_most)
            && within(memory, self.memory_at_most)
            && within(milliseconds, self.milliseconds_at_most)
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

pub(crate) fn exists(program: &str) -> bool {
    Process::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}

/// Prints what it was measured with.
pub(crate) fn print_machine() {
    let first_line = |program: &str| {
        let output = Process::new(program).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Some(text.split(['\n', '(']).next()?.trim().to_owned())
    };
    let tools: Vec<String> = ["curl", "jq", "xargs", "gh"]
        .iter()
        .filter_map(|program| first_line(program))
        .collect();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let mut out = std::io::stdout().lock();
    writeln!(out, "{cores} cores; {}\n", tools.join("; ")).expect("stdout");
}

/// Prints the table: medians, ratios of the pairs, and what was promised.
pub(crate) fn print(rows: &[Row]) {
    let mut out = std::io::stdout().lock();
    let mut line = |text: &str| writeln!(out, "{text}").expect("stdout");
    line(
        "| what | skyswitch | other | wall ratio | CPU ratio | our peak memory | promised | held |",
    );
    line("|---|---|---|---|---|---|---|---|");
    for row in rows {
        let Some([ours, other]) = row.taken else {
            continue;
        };
        let mut promised = Vec::new();
        promised.extend(row.wall_at_most.map(|most| format!("wall ≤ {most}")));
        promised.extend(row.cpu_at_most.map(|most| format!("CPU ≤ {most}")));
        promised.extend(row.memory_at_most.map(|most| format!("≤ {most} MiB")));
        promised.extend(row.milliseconds_at_most.map(|most| format!("≤ {most} ms")));
        line(&format!(
            "| {} | {} | {} {} | {:.2} | {:.2} | {:.0} MiB | {} | {} |",
            row.name,
            time(ours.wall),
            row.other_name,
            time(other.wall),
            row.ratio[0],
            row.ratio[1],
            ours.mebibytes,
            if promised.is_empty() {
                "–".to_owned()
            } else {
                promised.join(", ")
            },
            if row.holds() { "yes" } else { "**no**" },
        ));
    }
}

fn time(seconds: f64) -> String {
    if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1000.0)
    } else {
        format!("{seconds:.2} s")
    }
}
