//! `routes set --until` and `undo --expired`: temporary routes end to end. How loans stand on each
//! other is tested where it is worked out, in `src/journal/loans_tests.rs`.

use crate::support::world::{file, options, route};
use crate::support::{Ran, Rig, eventually};
use serde_json::{Value, json};
use skyswitch::model::Route;

fn rig(routes: &[Route]) -> Rig {
    Rig::with_options(options(routes, &[], &[]))
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

fn run(rig: &Rig, line: &str) -> Ran {
    rig.run(&words(line))
}

fn set(n: u32, destination: &str, more: &str) -> String {
    let ani = 16_165_550_100_u64 + u64::from(n);
    format!("routes set --ani {ani} --domain a.example --destination {destination} --json{more}")
}

/// The same from another machine.
fn elsewhere(rig: &Rig, line: &str) -> Ran {
    let mut command = rig.command(&words(line));
    command.env("SKYSWITCH_STATE_DIR", rig.home().join("elsewhere"));
    Ran::by(&mut command)
}

/// What is said where nothing seems to put back what is over.
const NO_TIMER: &str = "no timer has run `skyswitch undo --expired` here within a day";

/// Waits until so many loans are over by this machine's clock.
fn over(rig: &Rig, number: usize) {
    eventually("the end of the loans", || {
        run(rig, "status --json").json()["temporary"]["overdue"] == number
    });
}

fn expired(rig: &Rig) -> Ran {
    run(rig, "undo --expired --yes --json")
}

/// The destination of each caller, `-` where there is no route.
fn held(rig: &Rig, callers: &[u32]) -> Vec<String> {
    let routes = rig.sandbox().routes().expect("state");
    let of = |n: &u32| {
        let ani = route(*n, None, "a", "").ani;
        let found = routes.iter().find(|route| route.ani == ani);
        found.and_then(|route| route.destination.clone())
    };
    callers
        .iter()
        .map(|n| of(n).unwrap_or("-".into()))
        .collect()
}

fn history(rig: &Rig) -> Value {
    run(rig, "history --json").json()
}

#[test]
fn a_temporary_route_goes_back_and_the_expiry_is_undone_by_its_id_only() {
    let rig = rig(&[route(1, None, "a", "one"), route(3, None, "a", "three")]);
    let ran = run(&rig, &set(1, "uno", " --until 1s")).succeeds();
    assert!(ran.stderr.contains(NO_TIMER), "{}", ran.stderr);
    assert!(
        ran.json()["until"]
            .as_str()
            .is_some_and(|until| until.ends_with('Z'))
    );
    run(&rig, &set(2, "due", " --until 1s")).succeeds();
    run(&rig, &set(3, "tre", "")).succeeds();
    over(&rig, 2);
    let first = history(&rig)[2].clone();
    assert_eq!(
        first["until"].as_str().map(|until| until.len()),
        Some(20),
        "{first}"
    );
    let ran = expired(&rig).succeeds().json();
    assert_eq!(
        [&ran["changed"], &ran["deleted"], &ran["verified"]],
        [&json!(1), &json!(1), &json!(true)]
    );
    assert_eq!(held(&rig, &[1, 2, 3]), ["one", "-", "tre"]);
    let again = expired(&rig).succeeds().json();
    assert_eq!(
        [&again["changed"], &again["journal"], &again["verified"]],
        [&json!(0), &Value::Null, &json!(true)]
    );
    let runs = history(&rig);
    let status: Vec<_> = (0..4).map(|n| runs[n]["status"].clone()).collect();
    assert_eq!(status, ["done", "done", "undone", "undone"]);
    // Plain undo takes the newest run that is not cron's.
    run(&rig, "undo --yes").succeeds();
    assert_eq!(held(&rig, &[1, 2, 3]), ["one", "-", "three"]);
    let id = runs[0]["id"].as_str().expect("an id");
    run(&rig, &format!("undo {id} --yes")).succeeds();
    assert_eq!(held(&rig, &[1, 2]), ["uno", "due"]);
    expired(&rig).succeeds();
    assert_eq!(held(&rig, &[1, 2]), ["uno", "due"], "for good");
}

#[test]
fn a_set_over_a_temporary_route_is_journaled_though_nothing_is_sent() {
    let rig = rig(&[route(1, None, "a", "one")]);
    let for_good = run(&rig, &set(1, "one", " --until 2h")).succeeds().json();
    assert_eq!(
        [&for_good["until"], &for_good["journal"]],
        [&Value::Null, &Value::Null]
    );
    run(&rig, &set(1, "uno", " --until 1s")).succeeds();
    let renewed = run(&rig, &set(1, "uno", " --until 2h")).succeeds().json();
    assert_eq!(renewed["action"], "unchanged");
    assert!(
        renewed["journal"].is_string() && renewed["until"].is_string(),
        "{renewed}"
    );
    assert_eq!(rig.requests("PUT"), 1);
    let status = run(&rig, "status --json").json()["temporary"].clone();
    assert_eq!([&status["routes"], &status["overdue"]], [1, 0]);
    let lines = run(&rig, "history").stdout;
    assert!(lines.contains("uno stays, until "), "{lines}");
    let permanent = run(&rig, &set(1, "uno", "")).succeeds().json();
    assert!(permanent["journal"].is_string() && permanent["until"].is_null());
    assert_eq!(run(&rig, "status --json").json()["temporary"]["routes"], 0);
    // What a note said can be taken back, and a note is no run that hides an older one's loan.
    run(&rig, "undo --yes").succeeds();
    assert_eq!(run(&rig, "status --json").json()["temporary"]["routes"], 1);
    assert_eq!(rig.requests("PUT"), 1, "nothing was sent for all that");
}

#[test]
fn what_is_said_of_a_loan_is_taken_back_and_told_in_its_own_words() {
    let rig = rig(&[route(1, None, "a", "one")]);
    let plain = |n, to, more: &str| set(n, to, more).replace(" --json", "");
    run(&rig, &plain(1, "uno", " --until 2h")).succeeds();
    run(&rig, &plain(1, "uno", " --until 3h")).succeeds();
    run(&rig, &plain(1, "uno", "")).succeeds();
    let undone = run(&rig, "undo --yes").succeeds();
    let route = "16165550101 → uno @ a.example";
    let says = |text: &str| assert!(undone.stderr.contains(text), "{text}: {}", undone.stderr);
    says(&format!("\n{route}: for good → until t"));
    says(&format!("\n{route} stands until t"));
    says(", then one\n");
    let told = run(&rig, "history").stdout;
    let told: Vec<&str> = told.lines().collect();
    assert!(
        told[0].contains("  undo of ") && told[0].contains("uno stays, until t"),
        "{told:?}"
    );
    assert!(
        told[1].contains("uno stays, for good  (undone)"),
        "{told:?}"
    );
    assert!(told[2].contains("uno stays, until t"), "{told:?}");
}

#[test]
fn a_run_of_the_sandbox_tells_until_when_an_undo_gave_back() {
    let rig = Rig::with_sandbox();
    for line in [
        "routes set 6165550101 mary -d acme --until 5h",
        "routes set 6165550101 mary -d acme --until 9h",
        "undo --yes",
    ] {
        run(&rig, &format!("--sandbox {line}")).succeeds();
    }
    let told = run(&rig, "--sandbox history").stdout;
    let newest = told.lines().next().unwrap_or_default();
    assert!(newest.contains("mary stays, until t"), "{told}");
}

#[test]
fn what_ends_a_loan_says_so() {
    let rig = rig(&[route(1, None, "a", "one")]);
    let plain = |n, to, more: &str| set(n, to, more).replace(" --json", "");
    let lent = run(&rig, &plain(1, "uno", " --until 2h")).succeeds();
    let cron = "a line for cron:\n*/5 * * * * skyswitch -p default undo --expired --yes --quiet\n";
    assert!(lent.stderr.contains(cron), "{}", lent.stderr);
    let file = rig.file(
        "x.csv",
        "ani,domain,destination\n16165550101,a.example,dos\n",
    );
    let plan = run(&rig, &format!("routes plan {file}")).succeeds();
    let marked = "temporary: 16165550101 → uno @ a.example until t";
    let ends = ", then one; this ends that\n";
    assert!(
        plan.stdout.contains(marked) && plan.stdout.contains(ends),
        "{}",
        plan.stdout
    );
    // What puts back what would come back anyhow ends nothing.
    let undo = run(&rig, "undo --dry-run").succeeds();
    assert!(!undo.stderr.contains("this ends that"), "{}", undo.stderr);
    let over = run(&rig, &plain(1, "dos", " --until 1h")).succeeds().stdout;
    assert!(
        over.contains(" (was uno until t") && over.contains(", then one), until t"),
        "{over}"
    );
    let over = run(&rig, &plain(1, "tres", "")).succeeds().stdout;
    assert!(
        over.contains(" (was dos until t") && over.contains(", then uno; that ends)\n"),
        "{over}"
    );
}

#[test]
fn a_loan_whose_end_was_taken_back_is_marked() {
    let rig = rig(&[route(1, None, "a", "one")]);
    run(&rig, &set(1, "uno", " --until 1s")).succeeds();
    over(&rig, 1);
    let ended = expired(&rig).succeeds().json()["journal"].clone();
    let lines = || run(&rig, "history").stdout;
    assert!(lines().contains("  (over)\n"), "{}", lines());
    run(
        &rig,
        &format!("undo {} --yes", ended.as_str().expect("an id")),
    )
    .succeeds();
    assert!(
        lines().contains("  (its end was undone: for good)\n"),
        "{}",
        lines()
    );
}

#[test]
fn a_row_that_asks_for_what_a_temporary_route_is_makes_it_one_for_good() {
    let rig = rig(&[route(1, None, "a", "one"), route(2, None, "a", "two")]);
    for n in [1, 2] {
        run(&rig, &set(n, "uno", " --until 2s")).succeeds();
    }
    // A sheet that was read meanwhile and not edited asks for nothing.
    let sheet = run(&rig, "routes list --base -o csv").succeeds().stdout;
    let sheet = rig.file("sheet.csv", &sheet);
    let apply = |file: &str| run(&rig, &format!("routes apply {file} --yes")).succeeds();
    assert!(!apply(&sheet).stderr.contains("for good"));
    let row = rig.file("r.csv", &file(&[route(1, None, "a", "uno")], &[]));
    let planned = run(&rig, &format!("routes plan {row} --json"))
        .succeeds()
        .json();
    assert_eq!(planned["warnings"][0]["code"], "for-good", "{planned}");
    let ran = apply(&row);
    assert!(
        ran.stderr.contains("1 temporary route for good now"),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.starts_with("nothing to do"), "{}", ran.stdout);
    assert!(!apply(&row).stderr.contains("for good"), "once");
    over(&rig, 1);
    expired(&rig).succeeds();
    assert_eq!(held(&rig, &[1, 2]), ["uno", "two"]);
}

#[test]
fn plain_undo_passes_by_what_was_temporary_and_is_over() {
    let rig = rig(&[route(1, None, "a", "one"), route(2, None, "a", "two")]);
    run(&rig, &set(2, "zwei", "")).succeeds();
    let lent = run(&rig, &set(1, "uno", " --until 1s")).succeeds().json();
    let renewed = run(&rig, &set(1, "uno", " --until 2s")).succeeds().json();
    over(&rig, 1);
    expired(&rig).succeeds();
    let ran = run(&rig, "undo --yes").succeeds();
    for id in [&lent["journal"], &renewed["journal"]] {
        let id = id.as_str().expect("an id");
        let passed = format!("run {id} was temporary and is over: passed over");
        assert!(ran.stderr.contains(&passed), "{}", ran.stderr);
        // Who names it is told why.
        let ran = run(&rig, &format!("undo {id} --yes")).exits(3);
        assert!(ran.stderr.contains("temporary"), "{}", ran.stderr);
    }
    assert_eq!(held(&rig, &[1, 2]), ["one", "two"]);
}

#[test]
fn what_somebody_else_changed_stays_and_is_told_once() {
    let rig = rig(&[route(1, None, "a", "one"), route(2, None, "a", "two")]);
    run(&rig, &set(1, "uno", " --until 1s")).succeeds();
    run(&rig, &set(2, "due", " --until 1s")).succeeds();
    elsewhere(&rig, &set(1, "theirs", "")).succeeds();
    over(&rig, 2);
    let ran = expired(&rig).succeeds();
    assert!(
        ran.stderr.contains("somebody else put `theirs` there"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        ran.json()["conflicts"][0]["found"][0]["destination"],
        "theirs"
    );
    assert_eq!(held(&rig, &[1, 2]), ["theirs", "two"]);
    let again = expired(&rig).succeeds();
    assert_eq!(
        [&again.json()["conflicts"], &again.json()["changed"]],
        [&json!([]), &json!(0)]
    );
}

#[test]
fn a_brake_holds_its_own_route_and_no_other() {
    let rig = rig(&[route(1, None, "a", "one"), route(8, None, "a", "eight")]);
    run(&rig, &set(1, "uno", " --until 1s")).succeeds();
    run(&rig, &set(2, "due", " --until 1s")).succeeds();
    run(&rig, &set(2, "single", " --dnis 16165560101")).succeeds();
    over(&rig, 2);
    let ran = expired(&rig).exits(8);
    let hint = ran.error()["hint"].clone();
    let hint = hint.as_str().expect("a hint");
    assert!(
        hint.contains("undo --expired --yes --json --allow-wide-delete`"),
        "{hint}"
    );
    assert_eq!(ran.stderr.matches("over since").count(), 1, "said once");
    assert_eq!(ran.json()["held"][0]["key"]["ani"], "16165550102");
    assert_eq!(held(&rig, &[1, 2]), ["one", "due"]);
    let ran = expired(&rig).exits(5);
    assert_eq!(ran.error()["code"], "brake");
    run(&rig, "undo --expired --yes --allow-wide-delete").succeeds();
    assert_eq!(held(&rig, &[1, 2]), ["one", "single"]);
}

#[test]
fn domains_that_had_no_route_may_end_without_one_again() {
    let rig = rig(&[]);
    run(&rig, &set(1, "uno", " --until 1s")).succeeds();
    // Long enough for the first to be over alone: under wine a process takes half a second to start.
    let until = if cfg!(windows) { 8 } else { 2 };
    run(&rig, &set(2, "due", &format!(" --until {until}s"))).succeeds();
    over(&rig, 1);
    expired(&rig).succeeds();
    over(&rig, 1);
    expired(&rig).succeeds();
    assert_eq!(held(&rig, &[1, 2]), ["-", "-"]);
}

#[test]
fn what_cannot_be_meant_or_kept_is_refused() {
    let rig = rig(&[route(1, Some(1), "a", "one"), route(2, None, "a", "two")]);
    for (line, code, name) in [
        (set(2, "x", " --until 2001-01-01"), 2, "invalid_input"),
        (set(2, "x", " --until soon"), 2, "invalid_input"),
        (set(2, "x", " --until 0s"), 2, "invalid_input"),
        (set(1, "x", " --until 2h"), 5, "refused"),
        ("undo --expired 3f9a --yes --json".to_owned(), 2, "usage"),
    ] {
        let ran = run(&rig, &line).exits(code);
        assert_eq!(ran.error()["code"], name, "{line}");
    }
    assert_eq!(rig.requests("PUT"), 0);
    // With nothing beside it to be taken along, and over a route that goes back, it can be kept.
    run(&rig, &set(1, "x", " --until 2h --dnis 16165560102")).succeeds();
    run(&rig, &set(2, "x", " --until 2h --dry-run")).succeeds();
    assert_eq!(held(&rig, &[2]), ["two"]);
}

#[test]
fn an_expiry_waits_for_a_run_that_is_at_work() {
    let rig = rig(&[route(1, None, "a", "one")]);
    run(&rig, &set(1, "uno", " --until 1s")).succeeds();
    over(&rig, 1);
    let account = rig.sandbox().credentials().account_id.clone();
    let lock = rig.state_dir().join(format!("apply-{account}.lock"));
    let lock = std::fs::File::create(lock).expect("a lock");
    lock.lock().expect("locked");
    let mut child = rig
        .command(&words("undo --expired --yes"))
        .spawn()
        .expect("start");
    let busy = run(&rig, "undo --yes --json").exits(5);
    assert_eq!(busy.error()["code"], "busy", "others do not wait");
    assert!(child.try_wait().expect("wait").is_none());
    drop(lock);
    assert!(child.wait().expect("wait").success());
    assert_eq!(held(&rig, &[1]), ["one"]);
}

#[cfg(unix)] // a terminal
#[test]
fn lists_on_a_terminal_and_status_shout_about_what_is_overdue() {
    use crate::support::terminal::Terminal;
    let rig = rig(&[route(1, None, "a", "one")]);
    let list = ["routes", "list"];
    let (_, quiet) = Terminal::start(&rig, 80, &list).finish();
    assert!(!quiet.contains("temporary"), "{quiet}");
    run(&rig, &set(1, "uno", " --until 1s")).succeeds();
    over(&rig, 1);
    let (code, shown) = Terminal::start(&rig, 80, &list).finish();
    assert_eq!(code, 0);
    let shown = shown.replace("\n  ", " ");
    // Below the list, where it is seen.
    assert!(shown.find("uno") < shown.find("overdue since"), "{shown}");
    for text in [
        "temporary routes: 1 overdue since ",
        "`undo --expired` never ran here",
    ] {
        assert!(shown.contains(text), "{shown}");
    }
    assert!(
        !run(&rig, "routes list").stderr.contains("overdue"),
        "off a terminal"
    );
    run(&rig, "undo --expired").exits(5);
    let ran = run(&rig, "status --json").json()["temporary"]["expired_ran_at"].clone();
    assert!(ran.is_null(), "without a yes nothing looks after it: {ran}");
    expired(&rig).succeeds();
    let status = run(&rig, "status").stdout;
    assert!(
        status.contains("0 routes; `undo --expired` last ran here today ")
            && !status.contains("by hand"),
        "{status}"
    );
}

#[cfg(unix)] // a terminal
#[test]
fn what_a_person_runs_by_hand_is_no_timer() {
    use crate::support::terminal::Terminal;
    let rig = rig(&[route(1, None, "a", "one")]);
    let by_hand = || {
        let (code, shown) = Terminal::start(&rig, 80, &words("undo --expired --yes")).finish();
        assert_eq!(code, 0, "{shown}");
    };
    by_hand();
    let ran = run(&rig, &set(1, "uno", " --until 2h")).succeeds();
    assert!(ran.stderr.contains(NO_TIMER), "{}", ran.stderr);
    let status = run(&rig, "status").stdout;
    assert!(status.contains("1 route, the next ends t"), "{status}");
    assert!(status.contains(", by hand\n"), "{status}");
    expired(&rig).succeeds();
    // What ran by itself is not forgotten over what a person does.
    by_hand();
    let ran = run(&rig, &set(1, "due", " --until 3h")).succeeds();
    assert!(!ran.stderr.contains(NO_TIMER), "{}", ran.stderr);
}

#[test]
fn tables_and_explain_say_until_when_a_route_is_temporary_and_json_is_the_servers() {
    let rig = rig(&[
        route(1, None, "a", "one"),
        route(2, None, "a", "two"),
        route(3, None, "b", "three"),
    ]);
    let json = run(&rig, "routes list --json").stdout;
    run(&rig, &set(1, "uno", " --until 2h")).succeeds();
    let json = json.replace("\"one\"", "\"uno\"");
    assert_eq!(run(&rig, "routes list --json").stdout, json);
    let head = |line: &str| {
        let table = run(&rig, line).succeeds().stdout;
        table.lines().next().unwrap_or_default().to_owned()
    };
    let table = run(&rig, "routes list").stdout;
    assert!(
        head("routes list").ends_with("destination  until"),
        "{table}"
    );
    let of = |n| {
        let ani = format!("1616555010{n}");
        let line = table.lines().find(|line| line.starts_with(&ani));
        line.expect("a row").to_owned()
    };
    assert!(
        of(1).contains("uno          t") && of(2).ends_with('-'),
        "{table}"
    );
    // Where none of them can be among the rows there is no column.
    for other in [
        "routes list -d b.example",
        "routes list --ani 16165550102",
        "routes list --dnis 16165560101",
    ] {
        assert!(!head(other).contains("until"), "{other}");
    }
    let rows = run(&rig, "routes list --fields destination,until --json").json();
    let until = rows[0]["until"].as_str().expect("an end");
    assert!(until.ends_with('Z') && rows[1]["until"].is_null(), "{rows}");
    let explained = run(&rig, "routes explain 16165550101").succeeds().stdout;
    assert!(
        explained.contains("\n  temporary: until t") && explained.contains(", then one\n"),
        "{explained}"
    );
    elsewhere(&rig, &set(1, "theirs", "")).succeeds();
    let explained = run(&rig, "routes explain 16165550101").succeeds().stdout;
    assert!(!explained.contains("temporary"), "{explained}");
    run(&rig, &set(2, "due", " --until 1s")).succeeds();
    over(&rig, 1);
    let table = run(&rig, "routes list").stdout;
    assert!(table.contains("due          overdue\n"), "{table}");
    let explained = run(&rig, "routes explain 16165550102").succeeds().stdout;
    assert!(
        explained.contains("`undo --expired` brings two\n"),
        "{explained}"
    );
}

#[test]
fn an_end_for_what_stands_for_good_is_told_with_the_commands_that_make_one() {
    let rig = rig(&[route(1, None, "a", "one"), route(2, None, "a", "two")]);
    let told = |n, destination| {
        let ran = run(&rig, &set(n, destination, " --until 2h")).succeeds();
        let warning = format!("`{destination}` stands there already, for good");
        assert!(ran.stderr.contains(&warning), "{}", ran.stderr);
        ran.stderr
    };
    // Nobody knows what stood there before.
    let said = told(1, "one");
    assert!(
        said.contains("--destination DESTINATION --application user`, and then"),
        "{said}"
    );
    for (n, new, first) in [
        (
            1,
            "uno",
            "for `one` to come back then: `skyswitch routes set --ani 16165550101 --domain a.example --destination one",
        ),
        (
            9,
            "nine",
            "for it to be gone then: `skyswitch routes delete 16165550109 --domain a.example --dnis ''`",
        ),
    ] {
        run(&rig, &set(n, new, "")).succeeds();
        // The quotes are those of the shell at hand.
        let said = told(n, new).replace("\"\"", "''");
        assert!(said.contains(first), "{said}");
        assert!(
            said.contains(&format!("--destination {new} --json --until 2h")),
            "{said}"
        );
    }
    // What somebody else has put there since was left by no run of ours.
    elsewhere(&rig, &set(1, "theirs", "")).succeeds();
    let said = told(1, "theirs");
    assert!(said.contains("--destination DESTINATION"), "{said}");
}

/// Runs the words at a time of the clock on the wall.
#[cfg(target_os = "linux")] // faketime
fn at(rig: &Rig, time: &str, line: &str) -> Ran {
    let ours = rig.command(&words(line));
    let mut faked = std::process::Command::new("faketime");
    faked
        .arg(time)
        .arg(ours.get_program())
        .args(ours.get_args());
    faked.env_clear().env("PATH", "/usr/bin:/bin");
    let ours = ours.get_envs();
    faked.envs(ours.filter_map(|(name, value)| Some((name, value?))));
    faked.env("TZ", "America/New_York");
    Ran::of(&faked.output().expect("faketime"))
}

#[cfg(target_os = "linux")] // faketime
#[test]
#[ignore = "needs faketime"]
fn a_night_in_which_the_clocks_go_back_and_clocks_that_jump() {
    let rig = rig(&[route(1, None, "a", "john")]);
    let stands = |wanted: &str| assert_eq!(held(&rig, &[1]), [wanted]);
    let expire = |time: &str| at(&rig, time, "undo --expired --yes --json").succeeds();
    at(
        &rig,
        "2026-10-31 12:00:00",
        &set(1, "day", " --until 18:00"),
    )
    .succeeds();
    at(
        &rig,
        "2026-10-31 17:00:00",
        &set(1, "night", " --until 7:00"),
    )
    .succeeds();
    let ran = at(
        &rig,
        "2026-11-01 00:30:00",
        &set(1, "emergency", " --until 8:00"),
    )
    .succeeds();
    assert_eq!(
        ran.json()["until"],
        "2026-11-01T13:00:00Z",
        "five hours behind by then"
    );
    for (time, wanted) in [
        ("2026-10-31 18:30:00", "emergency"),
        ("2026-11-01 07:30:00", "emergency"),
        ("2026-11-01 07:59:00", "emergency"),
        ("2026-11-01 08:00:30", "john"),
        ("2026-10-31 12:00:00", "john"),
    ] {
        expire(time);
        stands(wanted);
    }
    // The clock was years ahead when it was last looked: nobody is told that it runs.
    expire("2030-01-01 00:00:00");
    let ran = at(
        &rig,
        "2026-11-02 12:00:00",
        &set(1, "late", " --until 13:00"),
    )
    .succeeds();
    assert!(ran.stderr.contains(NO_TIMER), "{}", ran.stderr);
    expire("2026-11-02 13:00:30");
    stands("john");
}

#[test]
fn the_same_end_once_more_is_no_run() {
    let rig = Rig::with_sandbox();
    let set = || {
        let ran = rig.run(&[
            "routes", "set", "6165550101", "jane", "-d", "acme", "--until", "2099-01-02 06:00",
        ]);
        ran.succeeds().stdout
    };
    assert!(set().contains("updated"));
    let again = set();
    assert!(
        again.contains("unchanged") && again.contains(" already"),
        "{again}"
    );
    let runs = rig.run(&["history", "--json"]).json();
    assert_eq!(runs.as_array().map(Vec::len), Some(1), "{runs}");
}
