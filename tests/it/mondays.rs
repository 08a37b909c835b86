//! A year of Mondays on one sheet: what others do in the portal, what a person does in the sheet, runs that
//! are taken back, that expire or are killed in the middle.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::time::Duration;

use crate::support::{Ran, Rig};

const ACME: &str = "acme.15611.service";
const ROWS: u64 = 24;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// What happened, to be told at the end.
#[derive(Debug, Default)]
struct Figures {
    portal: usize,
    edits: usize,
    new_rows: usize,
    applied: usize,
    undone: usize,
    expired: usize,
    killed: usize,
    conflicts: usize,
    resolved: usize,
    pulls: usize,
}

struct Year {
    rig: Rig,
    dice: Dice,
    figures: Figures,
    /// Values are used once.
    next: usize,
    /// What others have written since the sheet was pulled last.
    theirs: BTreeMap<String, String>,
    /// Rows that were edited since they were applied or pulled.
    edited: BTreeSet<String>,
    notes: BTreeSet<String>,
}

fn ani(n: u64) -> String {
    format!("1616555{:04}", 2000 + n)
}

impl Year {
    fn new() -> Self {
        let rig = Rig::with_sandbox();
        let rows: String = (0..ROWS)
            .map(|n| format!("{},{ACME},first{n}\n", ani(n)))
            .collect();
        rig.file("start.csv", &format!("ani,domain,destination\n{rows}"));
        rig.run(&["routes", "apply", "start.csv", "--yes"])
            .succeeds();
        let export = rig
            .run(&["routes", "list", "-d", ACME, "-o", "csv", "--base"])
            .succeeds()
            .stdout;
        let mut notes = BTreeSet::new();
        let mut sheet = String::from("owner;note;");
        for (n, line) in export.lines().enumerate() {
            if n > 0 {
                let note = format!("\"who {n}\";\"note; of {n}\"");
                sheet.push_str(&format!("{note};"));
                notes.insert(note);
            }
            sheet.push_str(&format!("{}\r\n", line.replace(',', ";")));
        }
        rig.file("vip.csv", &sheet);
        Self {
            rig,
            dice: Dice(7),
            figures: Figures::default(),
            next: 0,
            theirs: BTreeMap::new(),
            edited: BTreeSet::new(),
            notes,
        }
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.rig.run(args)
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.rig.home().join("vip.csv")).expect("the sheet")
    }

    fn fresh(&mut self) -> String {
        self.next += 1;
        format!("v{}", self.next)
    }

    fn server(&self, ani: &str) -> Option<String> {
        let routes = self.rig.sandbox().routes().expect("state");
        let is_it = |route: &&skyswitch::model::Route| route.ani.as_deref() == Some(ani);
        routes
            .iter()
            .find(is_it)
            .and_then(|route| route.destination.clone())
    }

    /// Somebody in the portal, whose writes are in no journal of ours.
    fn portal(&mut self) {
        for _ in 0..self.dice.roll(4) {
            let (ani, value) = (ani(self.dice.roll(ROWS)), self.fresh());
            let elsewhere = self.rig.home().join("elsewhere");
            let set = [
                "routes", "set", &ani, &value, "-d", ACME, "--application", "user",
            ];
            let mut command = self.rig.command(&set);
            command.env("SKYSWITCH_STATE_DIR", elsewhere);
            Ran::by(&mut command).succeeds();
            self.theirs.insert(ani, value);
            self.figures.portal += 1;
        }
    }

    /// Changes the destination of a row; the rest of the line stays.
    fn edit(&mut self, ani: &str, value: &str) {
        let text = self.text();
        let cells = |line: &str| line.split(';').map(str::to_owned).collect::<Vec<_>>();
        // `note; of 3` holds the delimiter.
        let place = |cells: &[String]| cells.iter().position(|cell| cell == ani);
        let line = |line: &str| {
            let mut cells = cells(line);
            if let Some(at) = place(&cells) {
                cells[at + 4] = value.to_owned();
            }
            cells.join(";")
        };
        let lines: Vec<String> = text.split("\r\n").map(line).collect();
        self.rig.file("vip.csv", &lines.join("\r\n"));
    }

    fn person(&mut self) {
        for _ in 0..self.dice.roll(5) {
            let (ani, value) = (ani(self.dice.roll(ROWS)), self.fresh());
            self.edit(&ani, &value);
            self.edited.insert(ani);
            self.figures.edits += 1;
        }
        if self.dice.roll(4) == 0 {
            let (n, value) = (self.figures.new_rows as u64 + 1, self.fresh());
            let (ani, note) = (ani(1000 + n), format!("\"new {n}\";\"\""));
            let text = self.text() + &format!("{note};{ani};;{ACME};user;{value};\r\n");
            self.rig.file("vip.csv", &text);
            self.notes.insert(note);
            self.figures.new_rows += 1;
        }
    }

    /// Applies; who is in conflict is named, and only those are.
    fn apply(&mut self) {
        let apply = [
            "routes", "apply", "vip.csv", "--yes", "--on-conflict", "skip", "--max-changes", "99",
            "--json",
        ];
        if self.dice.roll(4) == 0 {
            let mut command = self.rig.command(&apply);
            let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
            let mut child = child.expect("start");
            std::thread::sleep(Duration::from_millis(20 + self.dice.roll(120)));
            if child.try_wait().expect("wait").is_none() {
                self.figures.killed += 1;
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        let plan = self.run(&[
            "routes", "plan", "vip.csv", "--on-conflict", "skip", "--max-changes", "99", "--json",
        ]);
        let warnings = plan.json()["warnings"].as_array().expect("a list").clone();
        let named: BTreeSet<String> = (warnings.iter())
            .filter(|warning| warning["code"] == "conflict-skipped")
            .map(|warning| warning["message"].as_str().expect("text")[1..12].to_owned())
            .collect();
        let theirs: BTreeSet<String> = self.theirs.keys().cloned().collect();
        let real: BTreeSet<String> = self.edited.intersection(&theirs).cloned().collect();
        let false_ones: Vec<&String> = named.difference(&real).collect();
        assert!(false_ones.is_empty(), "no conflicts: {false_ones:?}");
        let ran = self.run(&apply);
        assert!([0, 8].contains(&ran.code), "{}", ran.stderr);
        self.figures.conflicts += named.len();
        self.figures.applied +=
            usize::try_from(ran.json()["changed"].as_u64().unwrap_or(0)).unwrap_or(0);
        for (ani, value) in &self.theirs {
            assert_eq!(
                self.server(ani).as_ref(),
                Some(value),
                "{ani} was overwritten"
            );
        }
        self.edited.retain(|ani| named.contains(ani));
        // The person looks at what is named and takes theirs.
        for ani in named {
            let value = self.server(&ani).unwrap_or_default();
            self.edit(&ani, &value);
            self.edited.remove(&ani);
            self.figures.resolved += 1;
        }
    }

    fn pull(&mut self) {
        let told = self
            .run(&["routes", "pull", "vip.csv", "--json"])
            .succeeds()
            .json();
        assert_eq!(told["edited"], 0, "{told}");
        self.figures.pulls += 1;
        self.theirs.clear();
        let sheet = self.text();
        let lost: Vec<&String> = self
            .notes
            .iter()
            .filter(|note| !sheet.contains(*note))
            .collect();
        assert!(lost.is_empty(), "notes are lost: {lost:?}");
        self.run(&["routes", "plan", "vip.csv", "--exit-code"])
            .succeeds();
    }

    fn monday(&mut self) {
        self.portal();
        self.person();
        self.apply();
        match self.dice.roll(6) {
            0 => {
                let ran = self.run(&["undo", "--yes"]);
                assert!([0, 3, 5, 8].contains(&ran.code), "{}", ran.stderr);
                self.figures.undone += usize::from(ran.code == 0);
            }
            1 => {
                let ani = ani(self.dice.roll(ROWS));
                let value = self.fresh();
                let loan = ["routes", "set", &ani, &value, "-d", ACME, "--until", "1s"];
                self.theirs.remove(&ani);
                self.run(&loan).succeeds();
                std::thread::sleep(Duration::from_millis(1100));
                self.run(&["undo", "--expired", "--yes"]).succeeds();
                self.figures.expired += 1;
            }
            _ => {}
        }
        if self.dice.roll(10) < 7 {
            self.pull();
        }
    }
}

/// `cargo test --test it long_a_year -- --ignored --nocapture`
#[test]
#[ignore = "long: a minute or two"]
#[expect(clippy::print_stderr, reason = "the figures are what it is for")]
fn long_a_year_of_mondays_loses_no_note_and_overwrites_nobody() {
    let mut year = Year::new();
    for _ in 0..52 {
        year.monday();
    }
    year.apply();
    year.pull();
    eprintln!(
        "52 Mondays: {:?}, {} notes kept",
        year.figures,
        year.notes.len()
    );
    let Figures {
        conflicts,
        killed,
        undone,
        expired,
        ..
    } = year.figures;
    assert!(
        conflicts > 0 && killed > 0 && undone > 0 && expired > 0,
        "something never happened"
    );
}
