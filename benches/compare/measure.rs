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
    promises: Vec<Promise>,
    lines_at_least: usize,
    taken: [Taken; 2],
    /// Ours to theirs, of the pairs.
    ratio: Taken,
}

/// What is promised of a row: at most so much.
struct Promise {
    what: &'static str,
    most: f64,
    unit: &'static str,
    value: fn(&Row) -> f64,
}

impl Command {
    pub(crate) fn new(program: &str) -> Self {
        Self {
            words: vec![program.to_owned()],
            env: Vec::new(),
            before: None,
        }
    }

    pub(crate) fn ours(args: &[&str]) -> Self {
        Self::new(crate::ours()).args(args)
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
            .stderr(Stdio::null())
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

    /// Runs it once, for what it prints.
    pub(crate) fn output(&self) -> Vec<u8> {
        self.prepare();
        let output = Process::new(&self.words[0])
            .args(&self.words[1..])
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .output()
            .expect("start");
        assert!(output.status.success(), "{} failed", self.line());
        output.stdout
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
            promises: Vec::new(),
            lines_at_least: 0,
            taken: [Taken::default(); 2],
            ratio: Taken::default(),
        }
    }

    fn promise(
        mut self,
        what: &'static str,
        most: f64,
        unit: &'static str,
        value: fn(&Row) -> f64,
    ) -> Self {
        self.promises.push(Promise {
            what,
            most,
            unit,
            value,
        });
        self
    }

    pub(crate) fn wall_at_most(self, ratio: f64) -> Self {
        self.promise("wall ", ratio, "", |row| row.ratio.wall)
    }

    pub(crate) fn cpu_at_most(self, ratio: f64) -> Self {
        self.promise("CPU ", ratio, "", |row| row.ratio.cpu)
    }

    pub(crate) fn memory_ratio_at_most(self, ratio: f64) -> Self {
        self.promise("memory ", ratio, "", |row| row.ratio.mebibytes)
    }

    pub(crate) fn memory_at_most(self, mebibytes: f64) -> Self {
        self.promise("", mebibytes, " MiB", |row| row.taken[0].mebibytes)
    }

    pub(crate) fn milliseconds_at_most(self, most: f64) -> Self {
        self.promise("", most, " ms", |row| row.taken[0].wall * 1000.0)
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
        let medians = |of: fn(&(Taken, Taken)) -> Taken| Taken {
            wall: median(pairs.iter().map(|pair| of(pair).wall)),
            cpu: median(pairs.iter().map(|pair| of(pair).cpu)),
            mebibytes: median(pairs.iter().map(|pair| of(pair).mebibytes)),
        };
        self.taken = [medians(|pair| pair.0), medians(|pair| pair.1)];
        self.ratio = medians(|(ours, theirs)| Taken {
            wall: ours.wall / theirs.wall,
            cpu: ours.cpu / theirs.cpu.max(0.000_1),
            mebibytes: ours.mebibytes / theirs.mebibytes,
        });
        self
    }

    /// Whether every promise of this row is kept.
    pub(crate) fn holds(&self) -> bool {
        self.promises.iter().all(|promise| promise.is_kept(self))
    }

    fn promised(&self) -> String {
        let promise = |promise: &Promise| {
            let Promise {
                what, most, unit, ..
            } = promise;
            let kept = if promise.is_kept(self) {
                "kept"
            } else {
                "**missed**"
            };
            format!("{what}≤ {most}{unit} {kept}")
        };
        match self.promises.as_slice() {
            [] => "–".to_owned(),
            promises => promises.iter().map(promise).collect::<Vec<_>>().join(", "),
        }
    }
}

impl Promise {
    fn is_kept(&self, row: &Row) -> bool {
        (self.value)(row) <= self.most
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
pub(crate) fn print_machine(ours: &str) {
    let first_line = |program: &str| {
        let output = Process::new(program).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Some(text.split(['\n', '(']).next()?.trim().to_owned())
    };
    let tools: Vec<String> = ["curl", "jq", "xargs", "gh"]
        .iter()
        .filter_map(|program| first_line(program))
        .collect();
    // `target/PROFILE/skyswitch`
    let profile = std::path::Path::new(ours)
        .parent()
        .and_then(std::path::Path::file_name);
    let profile = profile.unwrap_or_default().display();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let mut out = std::io::stdout().lock();
    let tools = tools.join("; ");
    writeln!(
        out,
        "profile {profile}; {cores} cores, load {load}; {tools}\n"
    )
    .expect("stdout");
}

/// Prints the table: medians, ratios of the pairs, and what was promised.
pub(crate) fn print(rows: &[Row]) {
    let mut out = std::io::stdout().lock();
    let mut line = |text: &str| writeln!(out, "{text}").expect("stdout");
    line("| what | skyswitch | the other tool | wall | CPU | our peak memory | promised |");
    line("|---|---|---|---|---|---|---|");
    for row in rows {
        let [ours, other] = row.taken;
        line(&format!(
            "| {} | {} | {} {} | {:.2} | {:.2} | {:.0} MiB ({:.2}) | {} |",
            row.name,
            time(ours.wall),
            row.other_name,
            time(other.wall),
            row.ratio.wall,
            row.ratio.cpu,
            ours.mebibytes,
            row.ratio.mebibytes,
            row.promised(),
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
