//! `skyswitch undo`: back, forth, and never over somebody else's change.

use crate::support::canned::{Canned, json as answer, reply};
use crate::support::world::{file, options, route};
use crate::support::{Rig, spawned};
use serde_json::{Value, json};
use skyswitch::model::Route;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn sorted(rig: &Rig) -> Vec<String> {
    let routes = rig.sandbox().routes().expect("state");
    let mut texts: Vec<_> = routes.iter().map(|route| format!("{route:?}")).collect();
    texts.sort();
    texts
}

fn set(rig: &Rig, n: u32, destination: &str) -> crate::support::Ran {
    let ani = format!("1616{:07}", 5_550_100 + n);
    let args = [
        "--ani", &ani, "--domain", "a.example", "--destination", destination,
    ];
    rig.run(&[&["routes", "set"][..], &args].concat())
}

fn rig(routes: &[Route]) -> Rig {
    Rig::with_options(options(routes, &[], &[]))
}

#[test]
fn an_undo_restores_and_an_undo_of_it_does_it_again() {
    let start = [
        route(1, None, "a", "one"),
        route(2, Some(1), "a", "two"),
        route(3, None, "b", "three"),
    ];
    let rig = rig(&start);
    let before = sorted(&rig);
    let text = file(
        &[route(1, None, "a", "uno"), route(4, None, "b", "new")],
        &[start[1].clone()],
    );
    let name = rig.file("r.csv", &text);
    rig.run(&["routes", "apply", &name, "--yes"]).succeeds();
    let after = sorted(&rig);
    let dry = rig.run(&["undo", "--dry-run", "--json"]).succeeds().json();
    assert_eq!(dry["would"]["operations"].as_array().map(Vec::len), Some(3));
    assert_eq!(sorted(&rig), after);
    rig.run(&["undo", "--json"]).exits(5);
    let ran = rig.run(&["undo", "--yes", "--json"]).succeeds().json();
    assert_eq!([&ran["added"], &ran["changed"], &ran["deleted"]], [1, 1, 1]);
    assert_eq!(sorted(&rig), before);
    rig.run(&["undo", "--yes"]).succeeds();
    assert_eq!(sorted(&rig), after);
    let history = rig.run(&["history", "--json"]).json();
    let status: Vec<_> = (0..3)
        .map(|i| history[i]["status"].as_str().expect("text"))
        .collect();
    assert_eq!(status, ["done", "undone", "done"]);
}

#[test]
fn single_commands_can_be_taken_back() {
    let rig = rig(&[route(1, None, "a", "one"), route(2, None, "a", "two")]);
    let before = sorted(&rig);
    set(&rig, 1, "uno").succeeds();
    rig.run(&["undo", "--yes"]).succeeds();
    assert_eq!(sorted(&rig), before);
    let delete = [
        "routes", "delete", "--ani", "16165550101", "--domain", "a.example", "--yes",
    ];
    rig.run(&delete).succeeds();
    rig.run(&["undo", "--yes"]).succeeds();
    assert_eq!(sorted(&rig), before);
}

#[test]
fn what_somebody_else_changed_since_is_left_alone() {
    let rig = rig(&[route(1, None, "a", "one"), route(2, None, "a", "two")]);
    let name = rig.file(
        "r.csv",
        &file(
            &[route(1, None, "a", "uno"), route(2, None, "a", "due")],
            &[],
        ),
    );
    rig.run(&["routes", "apply", &name, "--yes"]).succeeds();
    let id = rig.run(&["history", "--json"]).json()[0]["id"]
        .as_str()
        .expect("id")
        .to_owned();
    set(&rig, 1, "theirs").succeeds();
    let ran = rig.run(&["undo", &id, "--yes", "--json"]).exits(8);
    assert_eq!(ran.error()["code"], "partial");
    assert_eq!(ran.json()["changed"], 1);
    assert_eq!(
        ran.json()["conflicts"][0]["found"][0]["destination"],
        "theirs"
    );
    let left: Vec<_> = rig
        .sandbox()
        .routes()
        .expect("state")
        .into_iter()
        .filter_map(|r| r.destination)
        .collect();
    assert_eq!(left, ["theirs", "two"]);
    let history = rig.run(&["history", "--json"]).json();
    assert_eq!(history[0]["status"], "partial");
    assert_eq!(
        history[2]["status"], "done",
        "not undone: a half of it stands"
    );
    // The rest is a conflict or stands as before: nothing could be done.
    let ran = rig.run(&["undo", &id, "--yes", "--json"]).exits(5);
    assert_eq!(ran.error()["code"], "conflict");
    assert_eq!(ran.error()["changed"], false);
    let told = "16165550101 @ a.example: the run left `uno`, now there is `theirs`: that stays";
    assert_eq!(ran.stderr.matches(told).count(), 1, "{}", ran.stderr);
}

#[test]
fn there_may_be_nothing_to_undo() {
    let rig = rig(&[route(1, None, "a", "one")]);
    let ran = rig.run(&["undo", "--yes", "--json"]).exits(3);
    assert_eq!(ran.error()["code"], "nothing_to_undo");
    assert_eq!(
        rig.run(&["undo", "3f9a", "--yes", "--json"])
            .exits(3)
            .error()["code"],
        "not_found"
    );
    set(&rig, 1, "uno").succeeds();
    let id = rig.run(&["history", "--json"]).json()[0]["id"]
        .as_str()
        .expect("id")
        .to_owned();
    rig.run(&["undo", "--yes"]).succeeds();
    rig.run(&["undo", &id, "--yes"]).exits(3);
}

#[test]
fn another_accounts_run_is_refused() {
    let mut rig = rig(&[route(1, None, "a", "one")]);
    set(&rig, 1, "uno").succeeds();
    let id = rig.run(&["history", "--json"]).json()[0]["id"]
        .as_str()
        .expect("id")
        .to_owned();
    rig.set("SKYSWITCH_ACCOUNT_ID", "sbx_other");
    let ran = rig.run(&["undo", &id, "--yes", "--json"]).exits(5);
    assert_eq!(ran.error()["code"], "refused");
    assert_eq!(
        rig.run(&["undo", "--yes", "--json"]).code,
        3,
        "none of its own"
    );
}

#[test]
fn a_domain_ends_empty_only_where_it_was_empty_before() {
    let rig = rig(&[route(1, None, "a", "one")]);
    // `b` had no route before: taking its first one back leaves it so.
    let args = [
        "--ani", "16165550109", "--domain", "b.example", "--destination", "x",
    ];
    rig.run(&[&["routes", "set"][..], &args].concat())
        .succeeds();
    rig.run(&["undo", "--yes"]).succeeds();
    // `a` had one, which somebody else has deleted since.
    set(&rig, 2, "two").succeeds();
    let other = skyswitch_delete(&rig, 1);
    assert_eq!(other, 0);
    let id = second_run(&rig);
    let ran = rig.run(&["undo", &id, "--yes", "--json"]).exits(5);
    assert_eq!(ran.error()["code"], "brake");
    rig.run(&["undo", &id, "--yes", "--allow-empty-domain", "a.example"])
        .succeeds();
    assert!(rig.sandbox().routes().expect("state").is_empty());
}

fn skyswitch_delete(rig: &Rig, n: u32) -> i32 {
    let ani = format!("1616{:07}", 5_550_100 + n);
    rig.run(&[
        "routes", "delete", "--ani", &ani, "--domain", "a.example", "--yes",
    ])
    .code
}

fn second_run(rig: &Rig) -> String {
    let history: Value = rig.run(&["history", "--json"]).json();
    history[1]["id"].as_str().expect("an id").to_owned()
}

#[test]
fn a_bare_route_with_siblings_goes_only_when_that_is_allowed() {
    let rig = Rig::with_options(options(
        &[route(1, Some(1), "a", "one")],
        &["delete=wide"],
        &[],
    ));
    let before = sorted(&rig);
    set(&rig, 1, "bare").succeeds();
    let ran = rig.run(&["undo", "--yes", "--json"]).exits(5);
    assert_eq!(ran.error()["code"], "brake");
    let ran = rig
        .run(&["undo", "--yes", "--allow-wide-delete", "--json"])
        .succeeds();
    assert_eq!(ran.json()["restored"].as_array().map(Vec::len), Some(1));
    assert_eq!(sorted(&rig), before);
    let args = [
        "routes", "delete", "--ani", "16165550101", "--domain", "a.example", "--dnis", "", "--yes",
        "--allow-wide-delete", "--json",
    ];
    set(&rig, 1, "bare").succeeds();
    let ran = rig.run(&args).succeeds();
    assert_eq!(ran.json()["restored"].as_array().map(Vec::len), Some(1));
    assert_eq!(sorted(&rig), before);
    assert_eq!(ran.json()["action"], json!("deleted"));
}

#[test]
fn a_lost_answer_of_a_single_command_is_settled_and_taken_back() {
    let rig = rig(&[route(1, None, "a", "one"), route(2, None, "a", "two")]);
    let before = sorted(&rig);
    // Every answer is lost and every read afterwards fails: nobody can tell.
    rig.sandbox().set_faults(crate::support::world::faults(&[
        "PUT *=commit-reset",
        "GET */route-by-ani=status:403@2-9",
    ]));
    let ran = set(&rig, 1, "uno");
    assert_eq!(ran.code, 8, "{}", ran.stderr);
    rig.sandbox().set_faults(Vec::new());
    let ran = rig.run(&["undo", "--yes"]).succeeds();
    assert!(
        ran.stderr.contains("settled by reading the server"),
        "{}",
        ran.stderr
    );
    assert_eq!(sorted(&rig), before);
}

/// Two changes of which the undo put back only the second; the run's id.
fn half_undone(rig: &Rig) -> (String, crate::support::Ran) {
    let wanted = [route(1, None, "a", "uno"), route(2, None, "a", "due")];
    let name = rig.file("r.csv", &file(&wanted, &[]));
    rig.run(&["routes", "apply", &name, "--yes"]).succeeds();
    let id = rig.run(&["history", "--json"]).json()[0]["id"]
        .as_str()
        .expect("id")
        .to_owned();
    rig.sandbox()
        .set_faults(crate::support::world::faults(&["PUT *=status:422@1"]));
    let ran = rig.run(&["undo", "--yes", "--json"]).exits(8);
    rig.sandbox().set_faults(Vec::new());
    (id, ran)
}

#[test]
fn a_half_undo_is_finished_by_the_id_and_no_id_is_refused() {
    let rig = rig(&[route(1, None, "a", "one"), route(2, None, "a", "two")]);
    let before = sorted(&rig);
    let (id, ran) = half_undone(&rig);
    let hint = ran.error()["hint"].to_string();
    assert!(hint.contains(&format!("undo {id} --yes")), "{hint}");
    let half = sorted(&rig);
    let ran = rig.run(&["undo", "--yes", "--json"]).exits(5);
    assert_eq!(ran.error()["code"], "refused");
    let undo = rig.run(&["history", "--json"]).json()[0]["id"].clone();
    for id in [id.as_str(), undo.as_str().expect("id")] {
        let hint = ran.error()["hint"].to_string();
        assert!(hint.contains(&format!("undo {id} --yes")), "{hint}");
    }
    assert_eq!(sorted(&rig), half, "nothing was sent");
    rig.run(&["undo", &id, "--yes"]).succeeds();
    assert_eq!(sorted(&rig), before);
}

/// A server that says it has more routes than the one it sends, whatever stands there.
fn more_than(shown: &Route) -> Canned {
    Canned::listing(&json!({"per_page": 1, "total": 9, "data": [shown]}).to_string())
}

#[test]
fn an_incomplete_list_lets_only_changes_of_what_it_shows_go() {
    let shown = route(1, None, "a", "one");
    let server = more_than(&shown);
    let rig = server.rig();
    let unseen = route(2, None, "a", "new");
    let name = rig.file("add.csv", &file([&unseen], []));
    let ran = rig
        .run(&["routes", "apply", &name, "--yes", "--json"])
        .exits(5);
    assert_eq!(ran.error()["code"], "brake");
    assert!(ran.stderr.contains("nothing is added"), "{}", ran.stderr);
    assert_eq!(server.count("PUT"), 0);
    let name = rig.file("change.csv", &file([&route(1, None, "a", "uno")], []));
    rig.run(&["routes", "apply", &name, "--yes", "--json"]);
    assert_eq!(server.count("PUT"), 1);
}

#[test]
fn what_a_killed_wide_delete_took_along_comes_back_with_its_undo() {
    let start = [
        route(1, None, "a", "bare"),
        route(1, Some(1), "a", "one"),
        route(2, None, "a", "two"),
    ];
    let delete = "routes delete --ani 16165550101 --domain a.example --dnis";
    let delete: Vec<&str> = delete.split(' ').chain([""]).collect();
    for (command, name) in [(&delete[..], None), (&["routes", "apply"], Some("r.csv"))] {
        let (quirks, faults) = (["delete=wide"], ["DELETE *=commit-hang"]);
        let rig = Rig::with_options(options(&start, &quirks, &faults));
        let before = sorted(&rig);
        let file = name.map(|name| rig.file(name, &file([], [&start[0]])));
        let mut args = [command, &["--yes", "--allow-wide-delete"]].concat();
        args.extend(file.as_deref());
        let mut child = spawned(&mut rig.command(&args));
        crate::support::eventually("the delete", || sorted(&rig).len() == 1);
        child.kill().expect("kill");
        child.wait().expect("wait");
        rig.sandbox().set_faults(Vec::new());
        let ran = rig.run(&["undo", "--yes", "--json"]).succeeds();
        assert_eq!(ran.json()["added"], 2, "{args:?}");
        assert_eq!(sorted(&rig), before, "{args:?}");
    }
}

#[test]
fn a_sibling_that_could_not_be_put_back_belongs_to_the_run_and_to_its_undo() {
    let start = [
        route(1, None, "a", "bare"),
        route(1, Some(1), "a", "one"),
        route(2, None, "a", "two"),
    ];
    let rig = Rig::with_options(options(&start, &["delete=wide"], &["PUT *=status:422"]));
    let before = sorted(&rig);
    let name = rig.file("r.csv", &file([], [&start[0]]));
    let args = [
        "routes", "apply", &name, "--yes", "--allow-wide-delete", "--json",
    ];
    let ran = rig.run(&args).exits(8);
    assert_eq!(ran.json()["verified"], false);
    assert_eq!(ran.json()["mismatches"], json!([]), "it is no drift");
    assert!(
        ran.stderr.contains("went along with a write"),
        "{}",
        ran.stderr
    );
    let changes = rig.run(&["history", "--json"]).json()[0]["changes"].clone();
    assert_eq!(changes.as_array().map(Vec::len), Some(2));
    assert_eq!(
        [&changes[1]["op"], &changes[1]["result"]],
        ["delete", "done"]
    );
    assert_eq!(changes[1]["before"]["destination"], "one");
    rig.sandbox().set_faults(Vec::new());
    rig.run(&["undo", "--yes"]).succeeds();
    assert_eq!(sorted(&rig), before);
}

#[test]
fn a_read_that_lags_behind_the_run_is_read_again() {
    let (stale, puts) = (Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
    let lagging = Arc::clone(&stale);
    let server = Canned::start(move |asked| {
        if asked.method == "PUT" {
            puts.fetch_add(1, Ordering::SeqCst);
            return reply(201, &[], b"");
        }
        let less = |left: usize| left.checked_sub(1);
        let lags = lagging.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        let is_new = puts.load(Ordering::SeqCst) == 1 && lags.is_err();
        let shown = route(1, None, "a", if is_new { "uno" } else { "one" });
        answer(200, &json!([shown]).to_string())
    });
    let rig = server.rig();
    set(&rig, 1, "uno").succeeds();
    stale.store(2, Ordering::SeqCst);
    let ran = rig.run(&["undo", "--yes", "--json"]).succeeds();
    assert_eq!(ran.json()["changed"], 1, "{}", ran.stderr);
    assert_eq!(server.count("PUT"), 2);
}

/// What a person sees and chooses after an undo, in a terminal of so many columns.
#[cfg(unix)] // a terminal
fn chosen(rig: &Rig, keys: &[&str], shows: &[&str]) -> (i32, Vec<String>) {
    use crate::support::terminal::Terminal;
    let terminal = Terminal::start(rig, 80, &["undo"]);
    for text in shows {
        terminal.expect(text);
    }
    terminal.expect("Which way?");
    for key in keys {
        terminal.types(key);
    }
    if keys.last() == Some(&"\n") {
        terminal.expect("Make 1 change?");
        terminal.types("y\n");
    }
    (terminal.finish().0, sorted(rig))
}

#[cfg(unix)] // a terminal
#[test]
fn on_a_terminal_an_undo_of_an_undo_says_its_way_and_offers_the_other() {
    const DOWN: &str = "\u{1b}[B";
    let fresh = || rig(&[route(1, None, "a", "one"), route(2, None, "a", "two")]);
    for (keys, code, stand) in [
        (&[DOWN, "\n"][..], 0, ["uno", "due"]),
        (&[DOWN, DOWN, "\n"], 0, ["one", "two"]),
        // What is typed by mistake narrows nothing to one way, and chooses none.
        (&["again", "\n", DOWN, DOWN, "\n"], 0, ["one", "two"]),
        (&["one", "\n", "\u{1b}"], 5, ["uno", "two"]),
        (&["\u{3}"], 130, ["uno", "two"]),
    ] {
        let rig = fresh();
        set(&rig, 1, "uno").succeeds();
        set(&rig, 2, "due").succeeds();
        rig.run(&["undo", "--yes"]).succeeds();
        let shows = [
            "is an undo of",
            "16165550102 → due, again as ",
            "16165550101 → one, as before ",
        ];
        let (ended, now) = chosen(&rig, keys, &shows);
        assert_eq!(ended, code, "{keys:?}");
        for destination in stand {
            let text = format!("Some(\"{destination}\")");
            assert!(
                now.iter().any(|route| route.contains(&text)),
                "{keys:?}: {now:?}"
            );
        }
    }
    // One that did not get through.
    for (keys, stand) in [(&[DOWN, "\n"][..], "uno"), (&[DOWN, DOWN, "\n"], "one")] {
        let rig = fresh();
        half_undone(&rig);
        let shows = ["did not get through", "to finish it"];
        let (ended, now) = chosen(&rig, keys, &shows);
        assert_eq!(ended, 0, "{keys:?}");
        let text = format!("Some(\"{stand}\")");
        assert!(
            now.iter().any(|route| route.contains(&text)),
            "{keys:?}: {now:?}"
        );
    }
}

#[cfg(unix)] // a terminal
#[test]
fn a_numbered_list_of_two_ways_wants_the_number() {
    use crate::support::terminal::Terminal;
    let mut rig = rig(&[route(1, None, "a", "one"), route(2, None, "a", "two")]);
    set(&rig, 1, "uno").succeeds();
    set(&rig, 2, "due").succeeds();
    rig.run(&["undo", "--yes"]).succeeds();
    rig.set("TERM", "dumb");
    let terminal = Terminal::start(&rig, 80, &["undo"]);
    terminal.expect("[leave]");
    terminal.types("due\n");
    terminal.expect("none of them");
    terminal.types("2\n");
    terminal.expect("Make 1 change?");
    terminal.types("n\n");
    let (code, shown) = terminal.finish();
    assert!(code == 5 && shown.contains("uno → one"), "{shown}");
}

fn set_by(rig: &Rig, profile: &str, n: u32, destination: &str) {
    let line = format!("-p {profile} routes set 616555010{n} {destination} -d acme");
    let words: Vec<&str> = line.split(' ').collect();
    rig.run(&words).succeeds();
}

#[test]
fn without_a_person_another_profiles_run_is_taken_back_by_its_id_only() {
    let rig = Rig::with_profiles(&["east", "west"]);
    set_by(&rig, "east", 1, "jane");
    let own = rig.run(&["history", "--json"]).json()[0]["id"].clone();
    set_by(&rig, "west", 2, "jane");
    let other = rig.run(&["history", "--json"]).json()[0]["id"].clone();
    let [own, other] = [&own, &other].map(|id| id.as_str().expect("an id"));
    let before = sorted(&rig);
    for flag in ["--yes", "--dry-run"] {
        let error = rig.run(&["undo", flag, "--json"]).exits(5).error();
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| text.contains("with profile `west`")),
            "{error}"
        );
        for wanted in [
            format!("undo {other} {flag}` takes it back"),
            format!("undo {own} {flag}` the latest of profile `east`"),
        ] {
            let hint = error["hint"].as_str().expect("a hint");
            assert!(hint.contains(&wanted), "{error}");
        }
    }
    assert_eq!(sorted(&rig), before);
    // Who made it is said, also where it is named; its own profile needs no name.
    let named = rig.run(&["undo", other, "--dry-run"]).succeeds();
    assert!(
        named.stderr.contains(", profile `west`: "),
        "{}",
        named.stderr
    );
    let ran = rig.run(&["-p", "west", "undo", "--yes"]).succeeds();
    assert!(!ran.stderr.contains(", profile `west`: "), "{}", ran.stderr);
    // An undo is a run of its own, and the latest.
    rig.run(&["undo", "--yes"]).exits(5);
    rig.run(&["undo", own, "--yes"]).succeeds();
    rig.run(&["undo", "--yes"]).succeeds();
}

#[cfg(unix)] // a terminal
#[test]
fn ways_that_differ_in_their_domain_name_it() {
    use crate::support::terminal::Terminal;
    let rig = rig(&[route(1, None, "a", "one"), route(1, None, "b", "two")]);
    for (domain, to) in [("a", "uno"), ("b", "due")] {
        let line = format!("routes set 16165550101 {to} -d {domain}.example");
        rig.run(&line.split(' ').collect::<Vec<_>>()).succeeds();
    }
    rig.run(&["undo", "--yes"]).succeeds();
    let terminal = Terminal::start(&rig, 40, &["undo"]);
    terminal.expect("16165550101 → due @ b");
    terminal.expect("16165550101 → one @ a");
    terminal.types("\u{1b}");
    assert_eq!(terminal.finish().0, 5);
    // A list that would cut where calls go is numbered, and cuts nothing.
    let long = "night-service-of-the-desk";
    for to in [long, "y", "x"] {
        set(&rig, 1, to).succeeds();
    }
    rig.run(&["undo", "--yes"]).succeeds();
    let terminal = Terminal::start(&rig, 40, &["undo"]);
    terminal.expect("  1  16165550101 → x, again");
    terminal.expect(long);
    terminal.types("\n");
    assert_eq!(terminal.finish().0, 5);
}

#[test]
fn an_undo_that_a_sibling_stands_beside_is_refused_in_the_words_of_a_delete() {
    let rig = rig(&[route(1, Some(9), "a", "nine")]);
    set(&rig, 1, "uno").succeeds();
    let undone = rig.run(&["undo", "--yes"]).exits(5);
    let hint = "undo --yes --allow-wide-delete` does it all the same, and puts back what vanishes";
    assert!(undone.stderr.contains(hint), "{}", undone.stderr);
}

#[cfg(unix)] // a terminal
#[test]
fn a_person_chooses_between_the_latest_run_and_the_latest_of_the_profile() {
    use crate::support::terminal::Terminal;
    const DOWN: &str = "\u{1b}[B";
    let rig = Rig::with_profiles(&["east", "west"]);
    set_by(&rig, "east", 1, "jane");
    set_by(&rig, "west", 2, "jane");
    let chosen = [
        (&[DOWN, "\n"][..], "routes set 6165550102 jane"),
        (&[DOWN, DOWN, "\n"], "routes set 6165550101 jane"),
    ];
    for (keys, undone) in chosen {
        let terminal = Terminal::start(&rig, 100, &["undo"]);
        terminal.expect("was made with profile `west`");
        terminal.expect("16165550102 → 100, as before ");
        terminal.expect("16165550101 → john, as before ");
        for key in keys {
            terminal.types(key);
        }
        terminal.expect("Make 1 change?");
        terminal.types("n\n");
        let (code, shown) = terminal.finish();
        assert!(code == 5 && shown.contains(undone), "{shown}");
    }
}

#[test]
fn where_nothing_can_be_taken_back_the_hint_is_where_it_can() {
    let rig = Rig::with_profiles(&["east", "west"]);
    set_by(&rig, "west", 1, "jane");
    let id = rig.run(&["history", "--json"]).json()[0]["id"].clone();
    let id = id.as_str().expect("an id");
    let error = rig
        .run(&["--account", "another", "undo", "--yes", "--json"])
        .exits(3)
        .error();
    let wanted = format!("--profile west --account sbx_account undo {id}");
    assert!(
        error["hint"]
            .as_str()
            .is_some_and(|hint| hint.contains(&wanted)),
        "{error}"
    );
}
