//! Whose value counts where this machine's own runs have moved a route since its row was exported.

use super::{ACME, Case, route, told};
use crate::model::{Change, Route, RouteKey};
use crate::plan::PlanError;
use crate::plan::base::Base;
use crate::plan::lint::Code;
use crate::plan::past::Run;

/// When the sheet was exported.
const EXPORT: i64 = 1_000_000;

/// A step of the journal: `john > jane`, `-` for no route; a `?` behind is in doubt, a `<` an undo, and
/// one before the export begins with `old`, one that applied the file with `file`.
fn step(time: i64, words: &str) -> (Run, Change) {
    let (old, words) = words
        .strip_prefix("old ")
        .map_or((false, words), |rest| (true, rest));
    let (of_file, words) = words
        .strip_prefix("file ")
        .map_or((false, words), |rest| (true, rest));
    let (of_rows, words) = words
        .strip_prefix("set ")
        .map_or((true, words), |rest| (false, rest));
    let run = Run {
        of_file,
        of_rows,
        time: if old { EXPORT - 1 } else { EXPORT + time },
        is_sure: !words.ends_with('?'),
        undoes: words.ends_with('<'),
    };
    let (before, after) = words
        .trim_end_matches(['?', '<'])
        .split_once(" > ")
        .expect("a step");
    let value = |name: &str| (name != "-").then(|| john(name));
    let key = key();
    (
        run,
        Change::between(key, value(before), value(after)).expect("a change"),
    )
}

fn john(destination: &str) -> Route {
    route("16165550101", "", ACME, destination)
}

fn key() -> RouteKey {
    john("").key().expect("a key")
}

/// What comes of a row that was exported as `john` and says `yours` now (`-`: is to go; `+x`: is new).
fn outcome(yours: &str, own: &[&str], now: &str) -> String {
    let steps = own.iter().zip(1..).map(|(words, time)| step(time, words));
    let mut case = Case::on((now != "-").then(|| john(now)).into_iter().collect());
    case.own = steps.collect();
    case.own.reverse();
    let base = Base::of(&john("john")).read_at(Some(&key()), EXPORT);
    let other = route("16165550199", "", ACME, "x");
    let kept = Base::of(&other).read_at(other.key().as_ref(), EXPORT);
    case.routes.push(other);
    let (state, base) = match yours {
        "-" => ("absent", base.to_string()),
        new if new.starts_with('+') => ("", String::new()),
        _ => ("", base.to_string()),
    };
    let yours = yours.trim_start_matches(['-', '+']);
    let text = format!(
        "ani,domain,destination,state,base\n16165550199,{ACME},x,,{kept}\n16165550101,{ACME},{yours},{state},{base}\n"
    );
    match case.try_plan(&text) {
        Ok(plan) if plan.is_empty() => {
            let kept = plan.warnings.iter().any(|one| one.code == Code::ServerKept);
            if kept { "kept" } else { "done" }.to_owned()
        }
        Ok(plan) => told(&plan)[0]
            .split_once("service ")
            .expect("a change")
            .1
            .replace("user/", ""),
        Err(PlanError::Refused(refused)) => {
            let told = refused[0].to_string();
            told.split_once("too: ").expect("a conflict").1.to_owned()
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn own_runs_are_no_conflict_and_what_they_carried_out_is_no_edit() {
    for (yours, own, now, expected) in [
        // A row nobody edited keeps what stands there, whoever wrote it.
        ("john", &["john > jane"][..], "jane", "kept"),
        ("john", &[], "mary", "kept"),
        // An edited one: own runs alone are no conflict, anybody else's write is.
        ("tom", &["john > jane"], "jane", "jane → tom"),
        ("tom", &["john > jane", "jane > mary"], "mary", "mary → tom"),
        ("tom", &["john > -"], "-", "none → tom"),
        ("-", &["john > jane"], "jane", "jane → none"),
        ("tom", &[], "mary", "then unknown, now mary, yours tom"),
        (
            "tom",
            &["old ann > john"],
            "mary",
            "then john, now mary, yours tom",
        ),
        (
            "tom",
            &["john > jane"],
            "mary",
            "then john, now mary, yours tom",
        ),
        (
            "tom",
            &["john > jane"],
            "-",
            "then john, now no route, yours tom",
        ),
        (
            "-",
            &["john > jane"],
            "mary",
            "then john, now mary, yours no route",
        ),
        (
            "tom",
            &["mary > jane"],
            "jane",
            "then unknown, now jane, yours tom",
        ),
        (
            "tom",
            &["john > jane", "mary > ann"],
            "ann",
            "then john, now ann, yours tom",
        ),
        // The server is back where it was: nothing is lost.
        ("tom", &["john > jane"], "john", "john → tom"),
        ("tom", &["mary > ann", "john > jane"], "jane", "jane → tom"),
        // What was applied, then undone or written over, is no edit any more.
        ("jane", &["john > jane", "jane > john<"], "john", "kept"),
        ("jane", &["john > jane"], "john", "kept"),
        ("jane", &["john > jane"], "mary", "kept"),
        ("jane", &["john > jane", "jane > mary"], "mary", "kept"),
        ("-", &["john > -", "- > john<"], "john", "kept"),
        (
            "tom",
            &["john > jane", "jane > john<"],
            "john",
            "john → tom",
        ),
        // What the file said when it was applied is what an edit is an edit of.
        ("john", &["file john > jane"], "jane", "jane → john"),
        (
            "john",
            &["file john > jane", "jane > mary"],
            "mary",
            "mary → john",
        ),
        (
            "john",
            &["file john > jane"],
            "mary",
            "then john, now mary, yours john",
        ),
        ("john", &["file john > -"], "-", "none → john"),
        ("jane", &["file john > jane"], "mary", "kept"),
        (
            "jane",
            &["file john > jane", "jane > john<"],
            "john",
            "kept",
        ),
        (
            "jane",
            &["file john > jane", "file jane > tom"],
            "tom",
            "tom → jane",
        ),
        // What `set` wrote no row has said: one that says it was edited.
        (
            "jane",
            &["set john > jane", "set jane > john<"],
            "john",
            "john → jane",
        ),
        (
            "jane",
            &["set john > jane", "set jane > tom"],
            "tom",
            "tom → jane",
        ),
        (
            "jane",
            &["set john > jane", "jane > tom"],
            "tom",
            "tom → jane",
        ),
        (
            "jane",
            &["set john > jane"],
            "mary",
            "then john, now mary, yours jane",
        ),
        (
            "jane",
            &["set john > jane?", "jane > john<"],
            "john",
            "john → jane",
        ),
        (
            "+jane",
            &["set - > jane", "set jane > -<"],
            "-",
            "none → jane",
        ),
        // Runs before the export count for nothing: the row was edited after them.
        ("jane", &["old john > jane"], "john", "john → jane"),
        (
            "tom",
            &["old john > jane"],
            "jane",
            "then john, now jane, yours tom",
        ),
        // What is in doubt may have been made, and is not taken for made.
        ("jane", &["john > jane?"], "john", "john → jane"),
        ("tom", &["john > jane?"], "jane", "jane → tom"),
        ("tom", &["john > jane?"], "john", "john → tom"),
        (
            "jane",
            &["john > jane?"],
            "mary",
            "then john, now mary, yours jane",
        ),
        ("jane", &["john > jane?", "jane > john<"], "john", "kept"),
        // A new row that an undo took away stays away, until it is another one.
        ("+jane", &["- > jane", "jane > -<"], "-", "kept"),
        ("+tom", &["- > jane", "jane > -<"], "-", "none → tom"),
        ("+jane", &["- > jane", "jane > -"], "-", "none → jane"),
        ("+jane", &[], "-", "none → jane"),
        ("+jane", &["- > jane"], "mary", "kept"),
        ("+jane", &["- > jane"], "-", "kept"),
        ("+tom", &["- > jane"], "mary", "mary → tom"),
    ] {
        assert_eq!(
            outcome(yours, own, now),
            expected,
            "{yours}, {own:?}, {now}"
        );
    }
}

#[test]
fn a_base_on_another_row_or_number_is_none() {
    let base = Base::of(&john("john")).read_at(Some(&key()), EXPORT);
    let head = "ani,domain,destination,base\n";
    let other = route("16165550102", "", ACME, "ann");
    let case = Case::on(vec![john("jane"), other]);
    let copied = case.plan(&format!("{head}16165550102,{ACME},tom,{base}\n"));
    assert_eq!(
        told(&copied),
        ["16165550102 @ acme.15611.service user/ann → user/tom"]
    );
    let moved = case.plan(&format!("{head}16165550103,{ACME},john,{base}\n"));
    assert_eq!(
        told(&moved),
        ["16165550103 @ acme.15611.service none → user/john"]
    );
    let own = case.refused(&format!("{head}616-555-0101,{ACME},tom,{base}\n"));
    assert!(own.ends_with("then unknown, now jane, yours tom"), "{own}");
}
