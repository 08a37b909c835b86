//! A sheet's life as steps in any order, beside what a person would say of each row.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::pulling::{EXPORT, base, pulled, with_request};
use super::{ACME, route};
use crate::model::{Change, Route, RouteKey};
use crate::plan::past::Run;
use crate::plan::{File, OnConflict, Plan, PlanError, Server, plan};

/// A step; rows by number. Values that are new are used once.
#[derive(Clone, Copy, Debug)]
enum Step {
    Edit(u8),
    /// What the row said at first.
    Back(u8),
    Remove(u8),
    Add(u8),
    Apply,
    Undo,
    Pull,
    /// Somebody else's: another value, none, or what stood there at the export.
    Portal(u8, u8),
    /// A `routes set` of this machine.
    Set(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0u8..4).prop_map(Step::Edit),
        1 => (0u8..4).prop_map(Step::Back),
        1 => (0u8..4).prop_map(Step::Remove),
        1 => (4u8..6).prop_map(Step::Add),
        4 => Just(Step::Apply),
        2 => Just(Step::Undo),
        2 => Just(Step::Pull),
        3 => (0u8..6, 0u8..3).prop_map(|(row, how)| Step::Portal(row, how)),
        1 => (0u8..6).prop_map(Step::Set),
    ]
}

/// What a person would say of a row.
#[derive(Clone, Default)]
struct Mind {
    /// What stood there at the export or the last pull; none for a row that is newer.
    base: Option<Option<String>>,
    /// What the row said when row and server agreed last.
    agreed: Option<String>,
    /// Whether the row says something else now.
    edited: bool,
    /// What stands there if nobody else has written since; none where somebody has.
    expected: Option<Option<String>>,
}

impl Mind {
    fn of(value: Option<String>) -> Self {
        Self {
            base: Some(value.clone()),
            agreed: value.clone(),
            edited: false,
            expected: Some(value),
        }
    }
}

struct Life {
    server: BTreeMap<RouteKey, Route>,
    text: String,
    own: Vec<(Run, Change)>,
    /// The runs that can be undone.
    runs: Vec<(Vec<Change>, bool)>,
    minds: BTreeMap<RouteKey, Mind>,
    time: i64,
}

fn row_of(row: u8, destination: &str) -> Route {
    route(&format!("161655501{row:02}"), "", ACME, destination)
}

fn key(row: u8) -> RouteKey {
    row_of(row, "").key().expect("a key")
}

fn to(route: Option<&Route>) -> Option<String> {
    route.and_then(|route| route.destination.clone())
}

impl Life {
    fn new() -> Self {
        let routes = (0..4).map(|row| row_of(row, &format!("first{row}")));
        let routes: Vec<Route> = routes.collect();
        let mut life = Self {
            text: "note,ani,domain,destination,state,base\n".to_owned(),
            server: BTreeMap::new(),
            minds: BTreeMap::new(),
            own: Vec::new(),
            runs: Vec::new(),
            time: EXPORT,
        };
        for route in routes {
            let key = route.key().expect("a key");
            let value = to(Some(&route));
            life.add_row(
                &key,
                &value.clone().unwrap_or_default(),
                &base(&route, EXPORT),
            );
            life.minds.insert(key.clone(), Mind::of(value));
            life.server.insert(key, route);
        }
        life
    }

    fn add_row(&mut self, key: &RouteKey, value: &str, base: &str) {
        let ani = &key.ani;
        self.text
            .push_str(&format!("note of {ani},{ani},{ACME},{value},,{base}\n"));
    }

    fn routes(&self) -> Vec<Route> {
        self.server.values().cloned().collect()
    }

    /// What the row of a key asks for, and its cells.
    fn row(&self, key: &RouteKey) -> Option<(Option<String>, Vec<String>)> {
        let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        let row = (self.text.lines().map(cells)).find(|row| row[1] == key.ani.as_str())?;
        Some(((row[4] != "absent").then(|| row[3].clone()), row))
    }

    fn write_row(&mut self, key: &RouteKey, value: Option<&str>) {
        let Some((_, old)) = self.row(key) else {
            return;
        };
        let mut new = old.clone();
        match value {
            Some(value) => (new[3], new[4]) = (value.to_owned(), String::new()),
            None => new[4] = "absent".to_owned(),
        }
        self.text = self.text.replace(&old.join(","), &new.join(","));
        let mind = self.minds.entry(key.clone()).or_default();
        mind.edited = mind.agreed.as_deref() != value;
    }

    /// One run of this machine.
    fn run(&mut self, changes: Vec<Change>, undoes: bool, of_rows: bool) {
        self.time += 10;
        let run = Run {
            time: self.time,
            is_sure: true,
            undoes,
            of_rows,
            of_file: of_rows && !undoes,
        };
        for change in &changes {
            match &change.after {
                Some(after) => drop(self.server.insert(change.key.clone(), after.clone())),
                None => drop(self.server.remove(&change.key)),
            }
            self.own.insert(0, (run, change.clone()));
            self.remember(change, run);
        }
        if !undoes && !changes.is_empty() {
            self.runs.push((changes, of_rows));
        }
    }

    fn remember(&mut self, change: &Change, run: Run) {
        let yours = self.row(&change.key).map(|(value, _)| value);
        let Some(mind) = self.minds.get_mut(&change.key) else {
            return;
        };
        let [before, after] = [&change.before, &change.after].map(|route| to(route.as_ref()));
        let known = [mind.expected.as_ref(), mind.base.as_ref()];
        mind.expected = known.contains(&Some(&before)).then(|| after.clone());
        if run.of_file {
            (mind.agreed, mind.edited) = (after.clone(), false);
            mind.expected = Some(after);
        } else if mind.base.is_none() {
            // Of a row that is newer than the export nothing tells but the last run.
            let is_its = |yours| after == yours || (run.undoes && before == yours);
            mind.edited = !(run.of_rows && yours.is_some_and(is_its));
        }
    }

    fn plan(&self, on_conflict: OnConflict) -> Result<Plan, PlanError> {
        let file = File::read("vip.csv", self.text.as_bytes())?;
        let routes = self.routes();
        let server = Server::new(&routes, None, true);
        with_request(&file, &self.own, on_conflict, |request| {
            plan(&file, &server, request)
        })
    }

    /// The rows that were edited and that somebody else has changed, too.
    fn conflicts(&self) -> BTreeSet<String> {
        let is_one = |(key, mind): &(&RouteKey, &Mind)| {
            let yours = self.row(key).map(|(value, _)| value);
            let now = Some(to(self.server.get(key)));
            let is_known = [&mind.base, &mind.expected, &yours].contains(&&now);
            mind.base.is_some() && mind.edited && !is_known
        };
        let found = self.minds.iter().filter(is_one);
        found.map(|(key, _)| key.to_string()).collect()
    }

    fn apply(&mut self) {
        let expected = self.conflicts();
        let found: BTreeSet<String> = match self.plan(OnConflict::Stop) {
            Ok(_) => BTreeSet::new(),
            Err(PlanError::Refused(refused)) => {
                let key = |text: &str| text.split('`').nth(1).expect("a key").to_owned();
                refused.iter().map(|one| key(&one.message)).collect()
            }
            Err(error) => panic!("{error}"),
        };
        assert_eq!(found, expected, "{}", self.text);
        let plan = self.plan(OnConflict::Skip).expect("a plan");
        assert_eq!(plan.skipped().count(), expected.len());
        for operation in &plan.operations {
            let is_edited = self.minds[&operation.change.key].edited;
            assert!(is_edited, "{operation:?} was not asked for");
        }
        let changes = plan.operations.into_iter().map(|one| one.change).collect();
        self.run(changes, false, true);
        assert!(self.plan(OnConflict::Skip).expect("a plan").is_empty());
    }

    fn undo(&mut self) {
        let (changes, of_rows) = self.runs.pop().unwrap_or_default();
        let back = changes.into_iter().filter_map(|change| {
            let stands = self.server.get(&change.key) == change.after.as_ref();
            Change::between(change.key, change.after, change.before).filter(|_| stands)
        });
        let back = back.collect();
        self.run(back, true, of_rows);
    }

    fn pull(&mut self) {
        self.time += 10;
        let (text, result) = pulled(&self.text, &self.routes(), &self.own, self.time);
        let lines = self.text.lines().count() + result.added;
        assert_eq!(lines, text.lines().count());
        self.text = text;
        for (key, route) in &self.server {
            let row = self.row(key).map(|(value, _)| value);
            let value = row.unwrap_or_else(|| panic!("no row of {key}: {}", self.text));
            let mind = self.minds.entry(key.clone()).or_default();
            if !mind.edited || value == route.destination {
                assert_eq!(value, route.destination, "{key}: {}", self.text);
                *mind = Mind::of(value);
            }
        }
        let (again, result) = pulled(&self.text, &self.routes(), &self.own, self.time + 5);
        assert_eq!((again.as_str(), result.text), (self.text.as_str(), None));
        let left = self.plan(OnConflict::Skip).expect("a plan").operations;
        for operation in left {
            let is_edited = self.minds[&operation.change.key].edited;
            assert!(is_edited, "{:?}", operation.change);
        }
    }

    fn portal(&mut self, row: u8, value: Option<String>) {
        match value {
            Some(value) => drop(self.server.insert(key(row), row_of(row, &value))),
            None => drop(self.server.remove(&key(row))),
        }
    }

    fn step(&mut self, step: Step, fresh: usize) {
        let value = format!("v{fresh}");
        match step {
            Step::Edit(row) => self.write_row(&key(row), Some(&value)),
            Step::Back(row) => self.write_row(&key(row), Some(&format!("first{row}"))),
            Step::Remove(row) => self.write_row(&key(row), None),
            Step::Add(row) if self.row(&key(row)).is_none() => {
                self.add_row(&key(row), &value, "");
                let edited = true;
                let mind = Mind {
                    edited,
                    ..Mind::default()
                };
                self.minds.insert(key(row), mind);
            }
            Step::Add(row) => self.write_row(&key(row), Some(&value)),
            Step::Apply => self.apply(),
            Step::Undo => self.undo(),
            Step::Pull => self.pull(),
            Step::Portal(row, 0) => self.portal(row, Some(value)),
            Step::Portal(row, 1) => self.portal(row, None),
            Step::Portal(row, _) => {
                let mind = self.minds.get(&key(row));
                let base = mind.and_then(|mind| mind.base.clone());
                self.portal(row, base.flatten());
            }
            Step::Set(row) => {
                let before = self.server.get(&key(row)).cloned();
                let change = Change::put(before, row_of(row, &value));
                self.run(change.into_iter().collect(), false, false);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_conflict_is_what_somebody_else_did_to_an_edited_row_and_nothing_else(
        steps in prop::collection::vec(step(), 1..30),
    ) {
        let mut life = Life::new();
        for (fresh, step) in steps.into_iter().enumerate() {
            life.step(step, fresh);
        }
        life.pull();
        for row in 0..4 {
            let note = format!("note of {0},{0},", key(row).ani);
            prop_assert!(life.text.contains(&note), "{}", life.text);
        }
    }
}
