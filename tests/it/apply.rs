//! Carrying out plans: against every fault, every quirk, and other people.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::support::world::{Recorder, World, faults, file, options, route};
use crate::support::{Rig, eventually};
use proptest::prelude::*;
use serde_json::{Value, json};
use skyswitch::apply::{Ended, Event, Observer, Outcome, Report, Why};
use skyswitch::model::{Change, Op, Route};
use skyswitch::plan::reverse::reverse;
use skyswitch::plan::{Operation, Server};

/// Routes of three domains, and a file that adds, changes and deletes in each.
fn start_and_file(each: u32) -> (Vec<Route>, String) {
    let (mut start, mut present, mut absent) = (Vec::new(), Vec::new(), Vec::new());
    for domain in ["a", "b", "c"] {
        for n in 0..each {
            match n % 5 {
                0 => present.push(route(n, None, domain, "added")),
                1 => {
                    start.push(route(n, None, domain, "gone"));
                    absent.push(route(n, None, domain, "gone"));
                }
                2 => {
                    start.push(route(n, Some(1), domain, "kept"));
                    start.push(route(n, None, domain, "old"));
                    present.push(route(n, None, domain, "new"));
                }
                3 => {
                    start.push(route(n, None, domain, "same"));
                    present.push(route(n, None, domain, "same"));
                }
                _ => {
                    start.push(route(n, None, domain, "old"));
                    present.push(route(n, None, domain, "new"));
                }
            }
        }
    }
    (start, file(&present, &absent))
}

fn is_done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done | Outcome::Already)
}

/// One run under a fault, then again without it.
fn under_fault(each: u32, lanes: usize, fault: &str) -> Report {
    let (start, text) = start_and_file(each);
    let world = World::new(options(&start, &[], &[]));
    let plan = world.plan(&text, false);
    let untouched: Vec<_> = {
        let mut truth = world.truth();
        for operation in &plan.operations {
            truth.remove(&operation.change.key);
        }
        truth.into_values().collect()
    };
    world.sandbox.set_faults(faults(&[fault]));
    let report = world.apply(&plan.operations, lanes);
    world.sandbox.set_faults(Vec::new());
    world.agrees(&plan.operations, &report);
    let again = world.plan(&text, false);
    let open = report.count(|outcome| !is_done(outcome));
    assert!(again.operations.len() <= open, "{fault}: {report:?}");
    let whole = world.apply(&again.operations, lanes);
    assert_eq!(whole.count(is_done), again.operations.len(), "{whole:?}");
    assert!(world.plan(&text, false).is_empty());
    let truth = world.truth();
    for kept in untouched {
        assert_eq!(
            truth.get(&kept.key().expect("a key")),
            Some(&kept),
            "{fault}"
        );
    }
    report
}

const FAULTS: [&str; 22] = [
    "PUT *=status:429@5-9",
    "PUT *=status:429:retry-after=1@6",
    "PUT *=status:429/4",
    "PUT *=status:500/6",
    "PUT *=commit-status:500/6",
    "PUT *=status:503@7",
    "PUT *=reset/7",
    "PUT *=commit-reset/7",
    "PUT *=html/9",
    "PUT *=commit-html/9",
    "PUT *=truncated/6",
    "PUT *=invalid-json/6",
    "PUT *=redirect:http://127.0.0.1:9/@8",
    "PUT *=status:403@8",
    "PUT *=status:422@8",
    "PUT *=latency:20/5",
    "PUT *=status:500~0.3",
    "DELETE *=commit-reset/2",
    "DELETE *=status:500/3",
    "DELETE *=status:403@2",
    "GET */route-by-ani=truncated@2",
    "GET */route-by-ani=status:503@3",
];

#[test]
fn under_every_fault_each_row_ends_in_one_way_and_a_second_run_ends_whole() {
    std::thread::scope(|scope| {
        for fault in FAULTS {
            scope.spawn(move || under_fault(20, 4, fault));
        }
    });
}

#[test]
#[ignore = "long: a thousand rows under each fault"]
fn long_under_every_fault_a_thousand_rows() {
    for fault in FAULTS {
        for lanes in [1, 16] {
            under_fault(400, lanes, fault);
        }
    }
}

#[test]
fn a_lost_answer_is_settled_by_one_read_for_many_writes() {
    let start: Vec<Route> = Vec::new();
    let wanted: Vec<Route> = (0..60).map(|n| route(n, None, "a", "x")).collect();
    let world = World::new(options(&start, &[], &["PUT *=commit-reset/3"]));
    let plan = world.plan(&file(&wanted, []), false);
    let report = world.apply(&plan.operations, 8);
    assert_eq!(report.count(is_done), 60, "{report:?}");
    assert!(report.verified);
    let log = world.sandbox.log();
    let reads = log.iter().filter(|entry| entry.method == "GET").count();
    assert!(reads < 12, "{reads} reads for 20 lost answers");
    let puts = log.iter().filter(|entry| entry.method == "PUT").count();
    assert_eq!(puts, 60, "what a read shows to be done is not sent again");
}

#[test]
fn a_token_that_expires_every_second_is_renewed_on_the_way() {
    let (start, text) = start_and_file(40);
    let mut slow = options(&start, &[], &[]);
    slow.token_ttl = 1;
    slow.latency = Duration::from_millis(60);
    let world = World::new(slow);
    let plan = world.plan(&text, false);
    let report = world.apply(&plan.operations, 4);
    assert_eq!(report.count(is_done), plan.operations.len(), "{report:?}");
    let tokens = world
        .sandbox
        .log()
        .iter()
        .filter(|entry| entry.path == "/oauth/token")
        .count();
    assert!(tokens > 1, "the run was over before the token was");
}

#[test]
fn creates_come_before_changes_before_deletes_and_the_first_domain_alone() {
    let (start, text) = start_and_file(10);
    let world = World::new(options(&start, &[], &[]));
    let plan = world.plan(&text, false);
    let recorder = Recorder::default();
    let report = world.apply_with(&plan.operations, 8, &recorder);
    assert!(report.verified);
    let told = recorder.told.into_inner().expect("lock");
    assert_eq!(told.first().map(String::as_str), Some("start a.example"));
    assert_eq!(told.get(1).map(String::as_str), Some("begin"));
    let at = |text: &str| told.iter().position(|line| line == text).expect("told");
    assert!(at("verified a.example") < at("start b.example"));
    let mut ranks = Vec::new();
    for line in &told[..at("verified a.example")] {
        if let Some(index) = line
            .strip_suffix(" done")
            .and_then(|n| n.parse::<usize>().ok())
        {
            ranks.push(match plan.operations[index].change.op {
                Op::Add => 0,
                Op::Change => 1,
                Op::Delete => 2,
            });
        }
    }
    assert!(ranks.is_sorted() && ranks.contains(&2), "{ranks:?}");
}

#[test]
fn a_canary_whose_every_write_fails_stops_the_run_and_deletes_nothing() {
    // Three rows of the first domain, eight tries each.
    let report = under_fault(5, 4, "PUT *=status:500@1-24");
    assert_eq!(report.ended, Ended::Canary);
    assert_eq!(report.count(|o| matches!(o, Outcome::Unknown(_))), 3);
    let off = |o: &Outcome| matches!(o, Outcome::NotReached(Why::DeletesOff));
    assert_eq!(report.count(off), 1, "the first domain's delete");
    assert!(report.count(|o| matches!(o, Outcome::NotReached(Why::Canary))) > 6);
}

#[test]
fn one_unlucky_row_of_the_first_domain_does_not_end_a_run() {
    let report = under_fault(20, 4, "PUT *=status:422@1");
    assert_eq!(report.ended, Ended::Whole);
    assert_eq!(report.count(|o| matches!(o, Outcome::Failed(_))), 1);
    let off = |o: &Outcome| matches!(o, Outcome::NotReached(Why::DeletesOff));
    assert_eq!(report.count(off), 4, "only the first domain's deletes");
}

#[test]
fn five_rows_given_up_in_a_row_stop_the_run() {
    let report = under_fault(50, 4, "PUT *=status:403");
    assert_eq!(report.ended, Ended::Breaker);
    assert_eq!(report.count(|o| matches!(o, Outcome::Done)), 0);
    let failed = report.count(|o| matches!(o, Outcome::Failed(_)));
    assert!((5..=8).contains(&failed), "{failed}");
    for fault in ["PUT *=status:500", "PUT *=reset"] {
        let report = under_fault(50, 4, fault);
        assert_eq!(report.ended, Ended::Breaker, "{fault}");
    }
    let report = under_fault(50, 4, "PUT *=commit-status:500@4-300");
    assert_eq!(report.ended, Ended::Whole, "the server has them all");
    assert_eq!(report.count(|o| !is_done(o)), 0);
}

#[test]
fn what_nobody_answered_is_never_called_failed() {
    let report = under_fault(20, 4, "PUT *=reset");
    assert!(report.count(|o| matches!(o, Outcome::Unknown(_))) > 0);
    assert_eq!(report.count(|o| matches!(o, Outcome::Failed(_))), 0);
    assert_eq!(report.changed(), None);
}

#[test]
fn a_delete_that_finds_nothing_is_done_in_whatever_words() {
    let start = [route(1, None, "a", "gone"), route(2, None, "a", "kept")];
    let world = World::new(options(&start, &[], &["DELETE *=commit-status:400"]));
    let plan = world.plan(&file([&start[1]], [&start[0]]), false);
    let report = world.apply(&plan.operations, 4);
    assert_eq!(report.count(is_done), 1, "{report:?}");
    assert!(report.verified);
}

#[test]
fn a_rate_limit_slows_a_run_down_and_fails_nothing() {
    let report = under_fault(30, 16, "PUT *=status:429/3");
    assert_eq!(report.count(|o| !is_done(o)), 0, "{report:?}");
}

/// Changes something behind the engine's back when it is told something.
struct Meddler<'w, F> {
    world: &'w World,
    when: &'static str,
    what: Mutex<Option<F>>,
    recorder: Recorder,
}

impl<F: FnOnce(&World) + Send> Observer for Meddler<'_, F> {
    fn begin(&self) -> bool {
        self.recorder.begin()
    }

    fn event(&self, event: &Event<'_>) {
        self.recorder.event(event);
        let told = self.recorder.told.lock().expect("lock");
        if told.last().is_some_and(|last| last == self.when)
            && let Some(what) = self.what.lock().expect("lock").take()
        {
            what(self.world);
        }
    }

    fn add(&self, change: &Change) -> Result<usize, String> {
        self.recorder.add(change)
    }
}

fn meddled(
    when: &'static str,
    what: impl FnOnce(&World) + Send,
) -> (Report, Vec<Operation>, World) {
    let (start, text) = start_and_file(10);
    let world = World::new(options(&start, &[], &[]));
    let plan = world.plan(&text, false);
    let meddler = Meddler {
        world: &world,
        when,
        what: Mutex::new(Some(what)),
        recorder: Recorder::default(),
    };
    let report = world.apply_with(&plan.operations, 1, &meddler);
    (report, plan.operations, world)
}

#[test]
fn a_domain_that_others_changed_since_the_plan_is_skipped() {
    let (report, operations, world) = meddled("verified a.example", |world| {
        world.put(&route(4, None, "b", "somebody else's"));
    });
    world.agrees(&operations, &report);
    for (operation, outcome) in operations.iter().zip(&report.outcomes) {
        match operation.change.key.domain.as_str() {
            "b.example" => assert!(
                matches!(
                    outcome,
                    Outcome::Stale(_) | Outcome::Done | Outcome::NotReached(Why::DeletesOff)
                ),
                "{outcome:?}"
            ),
            _ => assert!(matches!(outcome, Outcome::Done), "{outcome:?}"),
        }
    }
    assert_eq!(report.count(|o| matches!(o, Outcome::Stale(_))), 1);
}

#[test]
fn what_others_change_during_the_run_is_named_and_never_repaired() {
    let (report, _, world) = meddled("start b.example", |world| {
        world.put(&route(3, None, "b", "somebody else's"));
        world.delete(&route(8, None, "b", ""));
    });
    assert!(!report.verified);
    // The read right before may have seen one of them as it was.
    let drift: Vec<_> = report.mismatches.iter().filter(|m| !m.touched).collect();
    assert_eq!(drift.len(), 2, "{:?}", report.mismatches);
    let truth = world.truth();
    let key = route(3, None, "b", "").key().expect("a key");
    assert_eq!(truth[&key].destination.as_deref(), Some("somebody else's"));
    let off = |o: &Outcome| matches!(o, Outcome::NotReached(Why::DeletesOff));
    assert_eq!(report.count(off), 2, "no deletes where something is odd");
}

#[test]
fn what_a_wide_delete_takes_along_is_put_back_and_told() {
    let start = [
        route(1, None, "a", "bare"),
        route(1, Some(1), "a", "one"),
        route(1, Some(2), "a", "two"),
        route(2, None, "a", "other"),
    ];
    let world = World::new(options(&start, &["delete=wide"], &[]));
    let plan = world.plan(&file([&start[3]], [&start[0]]), false);
    let recorder = Recorder::default();
    let report = world.apply_with(&plan.operations, 4, &recorder);
    assert_eq!(report.restored.len(), 2, "{report:?}");
    assert!(report.verified, "{report:?}");
    assert_eq!(recorder.added.lock().expect("lock").len(), 2, "kept first");
    let mut left: Vec<_> = start[1..].to_vec();
    left.sort_by_key(Route::key);
    assert_eq!(world.truth().into_values().collect::<Vec<_>>(), left);
}

#[test]
fn reads_that_lag_are_waited_for() {
    let (start, text) = start_and_file(10);
    let world = World::new(options(&start, &["read-lag=400"], &[]));
    let plan = world.plan(&text, false);
    let began = Instant::now();
    let report = world.apply(&plan.operations, 4);
    assert!(report.verified, "{report:?}");
    assert!(began.elapsed() >= Duration::from_millis(400));
    world.agrees(&plan.operations, &report);
}

#[test]
fn servers_that_spell_and_shape_otherwise_are_understood() {
    for quirks in [
        &["numbers=10"][..],
        &["numbers=e164", "dnis=absent"],
        &["routes=object", "number-type=number"],
        &["routes=data-pagination", "dnis=empty"],
        &["put=text"],
        &["filter=substring"],
    ] {
        let (start, text) = start_and_file(10);
        let world = World::new(options(&start, quirks, &[]));
        let plan = world.plan(&text, false);
        let report = world.apply(&plan.operations, 4);
        assert!(report.verified, "{quirks:?}: {report:?}");
        assert!(world.plan(&text, false).is_empty(), "{quirks:?}");
        assert_eq!(
            world.truth().len(),
            world.sandbox.routes().expect("state").len()
        );
    }
}

fn any_route() -> impl Strategy<Value = Route> {
    (
        0u32..12,
        prop::option::of(0u32..2),
        prop::sample::select(vec!["a", "b", "c"]),
        prop::sample::select(vec!["user", "device", "literal"]),
        prop::sample::select(vec!["john", "jane", "sip:x+y@z;a=1&b", "100"]),
    )
        .prop_map(|(ani, dnis, domain, application, destination)| Route {
            application: Some(application.to_owned()),
            ..route(ani, dnis, domain, destination)
        })
}

fn distinct(mut routes: Vec<Route>) -> Vec<Route> {
    let mut seen = std::collections::HashSet::new();
    routes.retain(|route| seen.insert(route.key()));
    routes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_an_apply_nothing_is_left_to_plan_and_after_an_undo_all_is_as_before(
        start in prop::collection::vec(any_route(), 0..25).prop_map(distinct),
        rows in prop::collection::vec((any_route(), prop::bool::weighted(0.8)), 1..25),
        prune: bool,
        wide: bool,
        lanes in 1usize..8,
    ) {
        let mut seen = std::collections::HashSet::new();
        let rows: Vec<_> = rows.into_iter().filter(|(route, _)| seen.insert(route.key())).collect();
        let of = |wanted: bool| rows.iter().filter(move |(_, present)| *present == wanted).map(|(route, _)| route);
        let text = file(of(true), of(false));
        let quirks: &[&str] = if wide { &["delete=wide"] } else { &[] };
        let world = World::new(options(&start, quirks, &[]));
        let before = world.sorted();
        let plan = world.plan(&text, prune);
        let report = world.apply(&plan.operations, lanes);
        prop_assert!(report.verified || plan.is_empty(), "{:?}", report);
        prop_assert_eq!(report.count(is_done), plan.operations.len());
        prop_assert!(world.plan(&text, prune).is_empty());
        let routes = world.sandbox.routes().expect("state");
        let done = plan.operations.iter().map(|operation| &operation.change);
        let back = reverse(done, &Server::new(&routes, None, true), "undo");
        prop_assert!(back.conflicts.is_empty());
        let report = world.apply(&back.operations, lanes);
        prop_assert_eq!(report.count(is_done), plan.operations.len());
        prop_assert_eq!(world.sorted(), before);
    }
}

// The command itself.

fn rig(each: u32, latency: u64) -> (Rig, String) {
    let (start, text) = start_and_file(each);
    let mut options = options(&start, &[], &[]);
    options.latency = Duration::from_millis(latency);
    let rig = Rig::with_options(options);
    let file = rig.file("routes.csv", &text);
    (rig, file)
}

const LIFT: [&str; 4] = ["--max-deletes", "1000", "--max-changes", "1000"];

fn apply(rig: &Rig, rest: &[&str]) -> crate::support::Ran {
    rig.run(&[&["routes", "apply"], rest, &LIFT].concat())
}

fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().expect("an object");
    object.keys().map(String::as_str).collect()
}

#[test]
fn the_summary_has_its_shape_and_a_second_run_has_nothing_to_do() {
    let (rig, file) = rig(10, 0);
    let ran = apply(&rig, &[&file, "--yes", "--json"]).succeeds();
    let summary = ran.json();
    assert_eq!(
        keys(&summary)[..10],
        [
            "plan", "journal", "added", "changed", "deleted", "already", "failed", "not_reached",
            "stale", "verified"
        ]
    );
    assert_eq!(
        [&summary["added"], &summary["changed"], &summary["deleted"]],
        [&json!(6), &json!(12), &json!(6)]
    );
    assert_eq!(summary["verified"], true);
    assert!(summary["journal"].is_string());
    let puts = rig.requests("PUT");
    let again = apply(&rig, &[&file, "--yes", "--json"]).succeeds().json();
    assert_eq!(again["journal"], Value::Null);
    assert_eq!(again["verified"], true);
    assert_eq!(rig.requests("PUT"), puts);
}

#[test]
fn nothing_is_sent_without_a_yes_and_the_summary_says_so() {
    let (rig, file) = rig(10, 0);
    let ran = apply(&rig, &[&file, "--json"]).exits(5);
    assert_eq!(ran.error()["code"], "confirmation_needed");
    assert_eq!(ran.json()["not_reached"], 24);
    let input = std::fs::read_to_string(&file).expect("file");
    let args = [&["routes", "apply", "-"][..], &LIFT].concat();
    assert_eq!(rig.run_with_input(&args, &input).code, 5);
    assert_eq!(rig.requests("PUT") + rig.requests("DELETE"), 0);
    assert!(!rig.state_dir().join("journal").exists());
    let args = [&args[..], &["--yes"]].concat();
    rig.run_with_input(&args, &input).succeeds();
}

#[test]
fn brakes_hold_whatever_yes_says() {
    let (rig, file) = rig(10, 0);
    for brake in ["--max-deletes", "--max-changes"] {
        let args = ["routes", "apply", &file, "--yes", "--json", brake, "3"];
        let ran = rig.run(&args).exits(5);
        assert_eq!(ran.error()["code"], "brake");
        assert_eq!(ran.json()["not_reached"], 24);
    }
    assert_eq!(rig.requests("PUT"), 0);
}

#[test]
fn the_stream_ends_with_the_summary_also_when_something_failed() {
    let (rig, file) = rig(10, 0);
    rig.sandbox().set_faults(faults(&["PUT *=status:422@2"]));
    let failed = rig.home().join("failed.csv");
    let failed = failed.to_str().expect("text");
    let ran = apply(&rig, &[&file, "--yes", "-o", "ndjson", "--failed", failed]).exits(8);
    let events: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("json"))
        .collect();
    assert_eq!(events[0]["event"], "plan");
    let last = events.last().expect("events");
    assert_eq!(last["event"], "summary");
    assert_eq!(last["failed"].as_array().map(Vec::len), Some(1));
    let names: std::collections::BTreeSet<_> = events
        .iter()
        .map(|event| event["event"].as_str().expect("a name"))
        .collect();
    assert!(names.is_superset(&["done", "failed", "start", "verify"].into()));
    assert_eq!(ran.error()["code"], "partial");
    assert_eq!(ran.error()["changed"], true);
    // The file of failed rows is what is left to do.
    rig.sandbox().set_faults(Vec::new());
    apply(&rig, &[failed, "--yes"]).succeeds();
    rig.run(&["routes", "plan", &file, "--exit-code"]).exits(0);
}

#[cfg(unix)] // a link
#[test]
fn a_file_that_cannot_be_written_at_the_end_is_found_before_anything_is_sent() {
    let (rig, file) = rig(10, 0);
    let text = std::fs::read_to_string(&file).expect("the file");
    let home = rig.home().to_str().expect("text");
    let link = rig.home().join("link.csv");
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    let missing = format!("{home}/missing/open.csv");
    for (path, code, words) in [
        (file.as_str(), 2, "is the file that is read"),
        (link.to_str().expect("text"), 2, "is the file that is read"),
        (home, 1, "cannot be written"),
        (&missing, 1, "cannot be written"),
    ] {
        for flag in ["--failed", "--save"] {
            let ran = apply(&rig, &[&file, "--yes", flag, path]).exits(code);
            let said = &ran.stderr;
            assert!(said.contains(words) && said.contains(flag), "{said}");
        }
    }
    assert!(rig.sandbox().log().is_empty(), "something was sent");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), text);
}

#[test]
fn when_every_write_failed_it_ends_with_the_first_ones_code() {
    for (fault, code) in [("PUT *=status:403", 6), ("PUT *=status:422", 2)] {
        let (rig, file) = rig(10, 0);
        rig.sandbox().set_faults(faults(&[fault]));
        let ran = apply(&rig, &[&file, "--yes", "--json"]).exits(code);
        assert_eq!(ran.error()["changed"], false);
        assert_eq!(ran.json()["added"], 0);
    }
}

#[test]
fn a_kept_plan_is_run_as_it_is_or_not_at_all() {
    let (rig, file) = rig(25, 0);
    let kept = rig.home().join("plan.json");
    let kept = kept.to_str().expect("text");
    let plan = rig
        .run(
            &[
                &["routes", "plan", &file, "--save", kept, "--json"][..],
                &LIFT,
            ]
            .concat(),
        )
        .succeeds()
        .json();
    let id = plan["plan"].as_str().expect("an id").to_owned();
    apply(&rig, &[&file, "--expect", "0123456789", "--yes"]).exits(5);
    let text = std::fs::read_to_string(kept).expect("plan");
    for (from, to) in [
        ("\"new\"", "\"evil\""),
        ("skyswitch.plan/1", "skyswitch.plan/2"),
        ("sbx_account", "sbx_other"),
    ] {
        let bad = rig.file("bad.json", &text.replace(from, to));
        let ran = apply(&rig, &["--plan", &bad, "--yes", "--json"]).exits(5);
        assert_eq!(ran.error()["code"], "stale_plan");
    }
    let bad = rig.file("bad.json", "{");
    apply(&rig, &["--plan", &bad, "--yes"]).exits(2);
    assert_eq!(rig.requests("PUT"), 0);
    // Brakes are asked again for a kept plan.
    let few = ["--max-deletes", "3"];
    rig.run(&[&["routes", "apply", "--plan", kept, "--yes"][..], &few].concat())
        .exits(5);
    let ran = apply(&rig, &["--plan", kept, "--yes", "--json"]).succeeds();
    assert_eq!(ran.json()["plan"], id);
    // All of it stands: nothing is written and nothing is journaled.
    let ran = apply(&rig, &["--plan", kept, "--yes", "--json"]).succeeds();
    assert_eq!(ran.json()["already"], 60);
    assert_eq!(ran.json()["journal"], Value::Null);
}

#[test]
fn expect_runs_the_plan_that_was_shown() {
    let (rig, file) = rig(10, 0);
    let plan = rig.run(&["routes", "plan", &file, "--json"]).json();
    let id = plan["plan"].as_str().expect("an id").to_owned();
    apply(&rig, &[&file, "--expect", &id, "--yes"]).succeeds();
}

#[test]
fn a_plan_that_is_stale_everywhere_changes_nothing() {
    let (rig, _) = rig(10, 0);
    let wanted = rig.file("one.csv", &file([&route(4, None, "a", "new")], []));
    let kept = rig.home().join("plan.json");
    let kept = kept.to_str().expect("text");
    rig.run(&["routes", "plan", &wanted, "--save", kept])
        .succeeds();
    let set = [
        "--ani", "16165550104", "--domain", "a.example", "--destination", "else",
    ];
    rig.run(&[&["routes", "set"][..], &set].concat()).succeeds();
    let ran = apply(&rig, &["--plan", kept, "--yes", "--json"]).exits(5);
    assert_eq!(ran.error()["code"], "stale_plan");
    assert_eq!(
        ran.json()["not_reached"],
        1,
        "a kept plan is run whole or not at all"
    );
    assert_eq!(ran.json()["journal"], Value::Null);
}

#[test]
fn a_kept_plan_that_no_longer_fits_is_refused_whole_and_the_hint_is_to_plan_again() {
    let (rig, _) = rig(10, 0);
    let wanted = [route(4, None, "a", "new"), route(4, None, "b", "new")];
    let wanted = rig.file("two.csv", &file(&wanted, []));
    let kept = rig.home().join("plan.json");
    let kept = kept.to_str().expect("text");
    let lifted = [&["routes", "plan", &wanted, "--save", kept][..], &LIFT].concat();
    rig.run(&lifted).succeeds();
    let set = [
        "--ani", "16165550104", "--domain", "b.example", "--destination", "else",
    ];
    rig.run(&[&["routes", "set"][..], &set].concat()).succeeds();
    let ran = apply(&rig, &["--plan", kept, "--yes", "--json"]).exits(5);
    assert_eq!(ran.error()["code"], "stale_plan");
    assert_eq!(rig.requests("PUT"), 1, "only the set");
    let hint = ran.error()["hint"].to_string();
    assert!(hint.contains("skyswitch routes plan FILE"), "{hint}");
    assert!(!hint.contains("same command"), "{hint}");
}

#[test]
fn a_kept_plan_is_not_begun_where_a_doubtful_list_does_not_show_what_it_found() {
    let start = [route(1, None, "a", "old"), route(2, None, "a", "kept")];
    let rig = Rig::with_options(options(&start, &[], &[]));
    let wanted = rig.file("wanted.csv", &file([&route(1, None, "a", "new")], []));
    let kept = rig.home().join("kept.json");
    let kept = kept.to_str().expect("text");
    rig.run(&["routes", "plan", &wanted, "--save", kept])
        .succeeds();
    let shown = json!({"data": [start[1]], "current_page": 1, "per_page": 50, "total": 2});
    let list = format!("GET */route-by-ani=reply:200:{shown}");
    rig.sandbox().set_faults(faults(&[&list]));
    let ran = apply(&rig, &["--plan", kept, "--yes", "--json"]).exits(5);
    assert_eq!(ran.error()["code"], "stale_plan");
    assert_eq!(rig.requests("PUT"), 0);
}

#[test]
fn one_apply_at_a_time_and_the_other_is_named() {
    let (rig, file) = rig(40, 30);
    let args = [
        &["routes", "apply", &file, "--yes", "--concurrency", "1"][..],
        &LIFT,
    ]
    .concat();
    let mut first = rig.command(&args).spawn().expect("start");
    eventually("a write", || rig.requests("PUT") > 0);
    let ran = apply(&rig, &[&file, "--yes", "--json"]).exits(5);
    assert_eq!(ran.error()["code"], "busy");
    let pid = first.id().to_string();
    assert!(
        ran.stderr.contains(&format!("process {pid} ")),
        "{}",
        ran.stderr
    );
    let ran = rig.run(&["undo", "--yes", "--json"]).exits(5);
    assert_eq!(ran.error()["code"], "busy");
    first.kill().expect("kill");
    first.wait().expect("wait");
    apply(&rig, &[&file, "--yes"]).succeeds();
}

#[test]
fn without_a_journal_nothing_is_sent() {
    let (rig, file) = rig(10, 0);
    std::fs::create_dir_all(rig.state_dir()).expect("state");
    std::fs::write(rig.state_dir().join("journal"), "in the way").expect("write");
    let ran = apply(&rig, &[&file, "--yes", "--json"]).exits(5);
    assert_eq!(ran.error()["code"], "journal_unavailable");
    assert_eq!(rig.requests("PUT"), 0);
}

#[cfg(unix)] // signals
fn stopped_after(rig: &Rig, file: &str, signal: &str, writes: usize) -> crate::support::Ran {
    let args = [
        &[
            "routes", "apply", file, "--yes", "--json", "--concurrency", "3",
        ][..],
        &LIFT,
    ]
    .concat();
    let child = rig
        .command(&args)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("start");
    let before = rig.requests("PUT") + rig.requests("DELETE");
    let sent = || rig.requests("PUT") + rig.requests("DELETE") - before;
    eventually("writes", || sent() >= writes);
    let pid = child.id().to_string();
    let killed = std::process::Command::new("kill")
        .args([signal, &pid])
        .status()
        .expect("kill");
    assert!(killed.success());
    crate::support::Ran::of(&child.wait_with_output().expect("wait"))
}

#[cfg(unix)] // signals
fn interrupted_at(points: impl Iterator<Item = usize>, signal: &str, code: i32) {
    for writes in points {
        let (rig, file) = rig(25, 12);
        let start = sorted(&rig);
        let ran = stopped_after(&rig, &file, signal, writes);
        if ran.code == 0 {
            // On a busy machine the run may be over before the signal comes.
            continue;
        }
        assert_eq!(ran.code, code, "{}", ran.stderr);
        if code == 130 {
            let summary = ran.json();
            let number = |name: &str| summary[name].as_u64().expect("a number");
            let done = number("added") + number("changed") + number("deleted");
            assert!(done > 0 && number("not_reached") > 0, "{summary}");
            assert_eq!(done + number("not_reached"), 60, "{summary}");
            assert_eq!(ran.error()["code"], "interrupted");
        }
        let history = rig.run(&["history", "--json"]).succeeds().json();
        assert_eq!(history[0]["status"], "interrupted");
        // The whole can be finished, and both runs can be taken back.
        apply(&rig, &[&file, "--yes"]).succeeds();
        rig.run(&["routes", "plan", &file, "--exit-code"]).exits(0);
        let first = history[0]["id"].as_str().expect("an id");
        rig.run(&["undo", "--yes"]).succeeds();
        // A kill may come before the server carried out anything.
        let ran = rig.run(&["undo", first, "--yes"]);
        assert!(ran.code == 0 || (ran.code == 3 && code == 137), "{ran:?}");
        assert_eq!(sorted(&rig), start);
    }
}

#[cfg(unix)] // signals, ulimit
fn sorted(rig: &Rig) -> Vec<String> {
    let routes = rig.sandbox().routes().expect("state");
    let mut texts: Vec<_> = routes.iter().map(|route| format!("{route:?}")).collect();
    texts.sort();
    texts
}

#[cfg(unix)] // signals
#[test]
fn ctrl_c_anywhere_leaves_a_run_that_can_be_finished_and_taken_back() {
    interrupted_at([1, 7, 19, 33, 45].into_iter(), "-INT", 130);
}

#[cfg(unix)] // signals
#[test]
fn a_kill_anywhere_leaves_a_run_that_can_be_finished_and_taken_back() {
    interrupted_at([1, 8, 21, 30, 44].into_iter(), "-KILL", 137);
}

#[cfg(unix)] // signals
#[test]
#[ignore = "long: fifty points each"]
fn long_signals_at_every_point() {
    interrupted_at(1..=50, "-INT", 130);
    interrupted_at(1..=50, "-KILL", 137);
}

#[cfg(target_os = "linux")] // ulimit
#[test]
fn a_disk_that_fills_up_at_any_journal_write_loses_nothing() {
    full_disk_at([1, 8, 24, 48, 52, 56].into_iter());
}

/// Half a kilobyte a step, from less than the header to more than the whole file.
#[cfg(target_os = "linux")] // ulimit
#[test]
#[ignore = "long: every size"]
fn long_a_disk_that_fills_up_at_every_journal_write_loses_nothing() {
    full_disk_at(1..=64);
}

#[cfg(target_os = "linux")] // ulimit
fn full_disk_at(limits: impl Iterator<Item = usize>) {
    for blocks in limits {
        let (rig, file) = rig(20, 0);
        let start = sorted(&rig);
        let program = env!("CARGO_BIN_EXE_skyswitch");
        let script = format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec {program} routes apply {file} --yes {}",
            LIFT.join(" ")
        );
        let template = rig.command(&[]);
        let mut shell = std::process::Command::new("sh");
        shell
            .args(["-c", &script])
            .env_clear()
            .current_dir(rig.home());
        for (name, value) in template.get_envs() {
            shell.env(name, value.unwrap_or_default());
        }
        let ran = crate::support::Ran::of(&shell.output().expect("sh"));
        if rig.requests("PUT") == 0 {
            assert_eq!(ran.code, 5, "{}", ran.stderr);
            assert_eq!(sorted(&rig), start);
        } else {
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            rig.run(&["undo", "--yes"]).succeeds();
            assert_eq!(sorted(&rig), start, "{blocks} blocks");
        }
        apply(&rig, &[&file, "--yes"]).succeeds();
        rig.run(&["routes", "plan", &file, "--exit-code"]).exits(0);
    }
}

/// What a person sees and types.
#[cfg(unix)] // a terminal
mod on_a_terminal {
    use super::{Rig, options, start_and_file};
    use crate::support::terminal::Terminal;

    /// A server with two deletes a domain ahead, each write slow enough to be watched.
    fn rig() -> (Rig, String) {
        let (start, text) = start_and_file(10);
        let rig = Rig::with_options(options(&start, &[], &["PUT *=latency:40"]));
        let file = rig.file("r.csv", &text);
        (rig, file)
    }

    #[test]
    fn deletes_want_their_number_and_nothing_else_will_do() {
        let (rig, file) = rig();
        for answer in ["y\n", "7\n", "66\n", "\n", "\u{4}"] {
            let terminal = Terminal::start(&rig, 100, &["routes", "apply", &file]);
            terminal.expect("; a caller without one may be dropped. Type 6 to go on: ");
            terminal.types(answer);
            let (code, shown) = terminal.finish();
            assert_eq!(code, 5, "{answer:?}: {shown}");
            assert!(shown.contains("nothing was changed"), "{shown}");
        }
        assert_eq!(rig.requests("PUT") + rig.requests("DELETE"), 0);
        let terminal = Terminal::start(&rig, 100, &["routes", "apply", &file]);
        terminal.expect("Type 6 to go on: ");
        terminal.types("6\n");
        let (code, shown) = terminal.finish();
        assert_eq!(code, 0, "{shown}");
        assert_eq!(rig.requests("DELETE"), 6);
    }

    #[test]
    fn a_bar_shows_how_far_it_is_and_is_gone_at_the_end() {
        let (rig, file) = rig();
        let terminal = Terminal::start(&rig, 100, &["routes", "apply", &file, "--yes"]);
        terminal.expect(" of 24, ");
        let (code, shown) = terminal.finish();
        assert_eq!(code, 0, "{shown}");
        let counts: Vec<u32> = shown
            .split(" of 24, ")
            .filter_map(|before| before.rsplit([' ', '\r']).next()?.parse().ok())
            .collect();
        assert!(
            counts.is_sorted() && counts.len() > 1,
            "{counts:?}: {shown}"
        );
        // Cleared: the summary stands where the bar was.
        let end = shown.rsplit("\u{1b}[2K").next().unwrap_or_default();
        assert!(end.contains("applied") && !end.contains(" of 24"), "{end}");
        let terminal = Terminal::start(&rig, 100, &["undo", "--yes", "--quiet"]);
        let (code, shown) = terminal.finish();
        assert_eq!(code, 0, "{shown}");
        assert!(!shown.contains(" of 24"), "--quiet, and a bar: {shown}");
    }

    #[test]
    fn changes_alone_want_a_yes() {
        let (rig, file) = rig();
        let text = std::fs::read_to_string(&file).expect("the file");
        let kept: Vec<&str> = text
            .lines()
            .filter(|row| !row.ends_with("absent"))
            .collect();
        let file = rig.file("p.csv", &(kept.join("\n") + "\n"));
        let terminal = Terminal::start(&rig, 100, &["routes", "apply", &file]);
        terminal.expect("Make 18 changes, to a user whom nobody knows? ");
        terminal.types("n\n");
        let (code, shown) = terminal.finish();
        assert_eq!(code, 5, "{shown}");
        assert_eq!(rig.requests("PUT"), 0);
    }
}
