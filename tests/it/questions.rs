//! Questions before something is done: when they are asked, what each answer does, what the screen shows.

#![cfg(unix)] // a terminal

use crate::support::Rig;
use crate::support::terminal::Terminal;

const WRITE: &str = "Write it anyway? [y/N] ";

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// A command on a terminal, its question answered.
fn answer(rig: &Rig, columns: u16, line: &str, question: &str, keys: &str) -> (i32, String) {
    let terminal = Terminal::start(rig, columns, &words(line));
    terminal.expect(question);
    terminal.types(keys);
    terminal.finish()
}

fn destination(rig: &Rig, ani: &str) -> String {
    let line = format!("routes ls --ani {ani} -o csv --no-header --fields destination");
    rig.run(&words(&line)).succeeds().stdout
}

#[test]
fn a_destination_that_nobody_knows_is_asked_about_before_it_is_written() {
    let unknown = "routes set 6165550101 jnae -d acme";
    let number = "routes set 6165550101 16165550199 -d acme";
    let cases = [
        (unknown, "n\n", 5, "john\n", "6165550101 jane"),
        (unknown, "\n", 5, "john\n", "6165550101 jane"),
        (unknown, "y\n", 0, "jnae\n", "did you mean `jane`?"),
        (number, "n\n", 5, "john\n", "--application literal`?"),
    ];
    for (line, keys, code, stands, says) in cases {
        let rig = Rig::with_sandbox();
        let (ended, shown) = answer(&rig, 80, line, WRITE, keys);
        let shown = shown.replace(" \\\n ", "").replace("\n ", "");
        assert_eq!(ended, code, "{line}: {shown}");
        assert!(shown.contains(says), "{line}: {shown}");
        assert_eq!(destination(&rig, "6165550101"), stands, "{line}");
        assert_eq!(rig.requests("PUT"), usize::from(code == 0));
    }
}

#[test]
fn a_plan_that_leads_to_nobody_is_asked_about_in_other_words_and_warned_of_behind_a_yes() {
    let rig = Rig::with_sandbox();
    let question = "Make 1 change, to a user whom nobody knows? [y/N] ";
    let says = "`marry` is neither user nor login of the domain; did you mean `mary`?";
    let file = "ani,domain,application,destination\n6165550101,acme.15611.service,user,marry\n";
    rig.file("r.csv", file);
    for line in ["routes move john marry -d acme", "routes apply r.csv"] {
        let (code, shown) = answer(&rig, 80, line, question, "n\n");
        let shown = shown.replace("\n ", "");
        assert_eq!(code, 5, "{line}: {shown}");
        assert!(shown.contains(says), "{line}: {shown}");
        // Nothing else is offered to lead there.
        assert!(!shown.contains("moves what leads there, too"), "{shown}");
    }
    let ran = rig.run(&words("routes apply r.csv --yes")).succeeds();
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let (_, shown) = answer(
        &rig,
        80,
        "routes move marry john -d acme",
        "Make 1 change? ",
        "n\n",
    );
    assert!(!shown.contains("nobody"), "{shown}");
}

#[test]
fn a_script_and_a_yes_are_warned_and_not_asked() {
    let line = "routes set 6165550101 jnae -d acme";
    let says = "`jnae` is neither user nor login of the domain; did you mean `jane`?";
    for (more, terminal) in [
        ("", false),
        (" --no-input", true),
        (" --yes", true),
        (" --dry-run", true),
    ] {
        let rig = Rig::with_sandbox();
        let line = format!("{line}{more}");
        let (code, shown) = match terminal {
            true => Terminal::start(&rig, 100, &words(&line)).finish(),
            false => {
                let ran = rig.run(&words(&line));
                (ran.code, ran.stderr.clone())
            }
        };
        assert_eq!(code, 0, "{line}: {shown}");
        assert!(
            shown.contains(says) && !shown.contains(WRITE),
            "{line}: {shown}"
        );
    }
    // What is as it should be needs no question.
    let rig = Rig::with_sandbox();
    let (code, shown) =
        Terminal::start(&rig, 80, &words("routes set 6165550101 jane -d acme")).finish();
    assert!(code == 0 && !shown.contains('?'), "{shown}");
}

#[test]
fn a_no_leaves_a_clean_line_and_nothing_else() {
    let rig = Rig::with_sandbox();
    let file = rig.file(
        "r.csv",
        "ani,domain,destination\n6165550101,acme.15611.service,jane\n",
    );
    let apply = format!("routes apply {file}");
    let prune = format!("routes apply {file} --prune -d acme --max-deletes 9");
    for (line, keys, code, last) in [
        ("routes move john jane -d acme", "n\n", 5, "not confirmed"),
        (&*apply, "\u{1b}", 5, "not confirmed"),
        (&*apply, "\u{4}", 5, "the question was not answered"),
        (&*apply, "\u{3}", 130, "interrupted"),
        (&*prune, "3\n", 5, "not confirmed"),
        (&*prune, "\u{1b}", 5, "not confirmed"),
        ("routes rm 6165550101 -d acme", "n\n", 5, "not confirmed"),
        ("routes rm 6165550101 -d acme", "\u{3}", 130, "interrupted"),
        (
            "routes rm 6165550102 -d acme --all-dnis",
            "y\n",
            5,
            "not confirmed",
        ),
    ] {
        let asks = if line.contains("-dnis") || line == prune {
            "to go on: "
        } else {
            "[y/N] "
        };
        for columns in [40, 80] {
            let (ended, shown) = answer(&rig, columns, line, asks, keys);
            assert_eq!(ended, code, "{line}: {shown}");
            let (_, after) = shown.split_once(asks).expect("the question");
            let (_, after) = after.split_once('\n').expect("the end of its line");
            let after = after.replace("\n  ", " ");
            let last = format!("error: {last}; nothing was changed\n");
            assert_eq!(
                after.replace("\u{1b}[1;31merror:\u{1b}[0m", "error:"),
                last,
                "{line}"
            );
        }
    }
    assert_eq!(rig.requests("PUT") + rig.requests("DELETE"), 0);
}

#[test]
fn many_deletes_want_their_number_and_one_a_yes() {
    let rig = Rig::with_sandbox();
    let question = "This deletes 2 routes; a caller without one may be dropped. Type 2 to go on: ";
    let line = "routes rm 6165550102 -d acme --all-dnis";
    let (code, shown) = answer(&rig, 100, line, question, "2\n");
    assert_eq!((code, rig.requests("DELETE")), (0, 2), "{shown}");
    let line = "routes rm 6165550101 -d acme";
    let (code, shown) = answer(&rig, 80, line, "Delete 1 route? [y/N] ", "y\n");
    assert_eq!((code, rig.requests("DELETE")), (0, 3), "{shown}");
    let danger = "This deletes 1 route; a caller without one may be dropped.\n";
    assert!(shown.contains(danger), "{shown}");
}

#[test]
fn a_delete_that_leaves_another_route_for_the_call_is_no_danger() {
    let rig = Rig::with_sandbox();
    let line = "routes rm 6165550102 --dnis 6165550190 -d acme";
    let (_, shown) = answer(&rig, 80, line, "Delete 1 route? [y/N] ", "n\n");
    assert!(!shown.contains("may be dropped"), "{shown}");
    assert!(
        shown.contains("\n  calls to other numbers still go to 100"),
        "{shown}"
    );
}

#[test]
fn what_the_server_may_take_along_is_not_promised_to_stay() {
    let rig = Rig::with_sandbox();
    let line = "routes rm 6165550102 --dnis= -d acme --allow-wide-delete";
    let (code, shown) = answer(&rig, 100, line, "Delete 1 route? [y/N] ", "n\n");
    let says = "the server may take 16165550190 → 200 along; it is put back, with a gap";
    assert!(code == 5 && shown.contains(says), "{shown}");
    assert!(!shown.contains("still go"), "{shown}");
}

#[test]
fn a_domain_from_a_setting_without_the_caller_is_asked_about_before_a_route_is_created() {
    let set = "routes set 2065550109 jane";
    let elsewhere = "12065550109 has no route in acme.15611.service (from `SKYSWITCH_DOMAIN`), but 1 route in harborview.15611.service";
    let command = "`skyswitch routes set 2065550109 jane --domain harborview.15611.service`";
    for (keys, code) in [("\n", 5), ("n\n", 5), ("y\n", 0)] {
        let mut rig = Rig::with_sandbox();
        rig.set("SKYSWITCH_DOMAIN", "acme.15611.service");
        let (ended, shown) = answer(&rig, 200, set, WRITE, keys);
        assert_eq!(ended, code, "{shown}");
        assert!(
            shown.contains(elsewhere) && shown.contains(command),
            "{shown}"
        );
        assert_eq!(rig.requests("PUT"), usize::from(code == 0));
    }
    let mut rig = Rig::with_sandbox();
    // Typed, or with a route there, nothing more is read and nothing said.
    for line in ["routes set 2065550109 jane -d acme --dry-run", set] {
        let ran = rig.run(&words(line));
        assert!(!ran.stderr.contains("harborview"), "{}", ran.stderr);
    }
    rig.set("SKYSWITCH_DOMAIN", "acme.15611.service");
    let ran = rig.run(&words("routes explain 2065550109")).succeeds();
    let line = "1 route in harborview.15611.service (not looked at: the domain is from `SKYSWITCH_DOMAIN`)\n";
    assert!(ran.stdout.ends_with(line), "{}", ran.stdout);
    let hint = "`skyswitch routes explain 2065550109 --domain harborview.15611.service`";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    // A script is warned; the second time the route is there.
    for (action, warned) in [("created", true), ("unchanged", false)] {
        let ran = rig.run(&words(set)).succeeds();
        assert!(ran.stdout.starts_with(action), "{}", ran.stdout);
        assert_eq!(ran.stderr.contains(elsewhere), warned, "{}", ran.stderr);
    }
    let ran = rig.run(&words("routes explain 2065550109")).succeeds();
    assert!(!ran.stdout.contains("harborview"), "{}", ran.stdout);
}

#[test]
fn a_route_for_any_number_beside_one_for_a_single_number_is_asked_about() {
    let line = "routes set 6165550103 jane -d acme";
    let command =
        "`skyswitch routes set 6165550103 jane --domain acme.15611.service --dnis 16165550191`";
    for (keys, code) in [("\n", 5), ("y\n", 0)] {
        let rig = Rig::with_sandbox();
        let (ended, shown) = answer(&rig, 200, line, WRITE, keys);
        assert!(ended == code && shown.contains(command), "{shown}");
        assert!(shown.contains("(16165550191 → frontdesk)"), "{shown}");
        assert_eq!(rig.requests("PUT"), usize::from(code == 0));
    }
    let rig = Rig::with_sandbox();
    let ran = rig.run(&words(line)).succeeds();
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
}

#[test]
fn a_domain_that_a_move_or_copy_leaves_open_is_asked_for() {
    let rig = Rig::with_sandbox();
    for domain in ["acme", "bluebird"] {
        let set = format!("routes set 6165550199 john -d {domain}");
        rig.run(&words(&set)).succeeds();
    }
    let ask = |line: &str, keys: &[(&str, &str)]| {
        let terminal = Terminal::start(&rig, 80, &words(line));
        for (question, keys) in keys {
            terminal.expect(question);
            terminal.types(keys);
        }
        terminal.finish()
    };
    let (code, shown) = ask(
        "routes move john jane",
        &[("Which domain?", "blue\n"), ("[y/N] ", "y\n")],
    );
    assert!(code == 0 && shown.contains("1 changed"), "{shown}");
    assert_eq!(destination(&rig, "6165550199"), "john\njane\n");
    // The last of the list is every domain.
    rig.run(&words("undo --yes")).succeeds();
    let (code, shown) = ask(
        "routes move john jane",
        &[("all of them", "all\n"), ("[y/N] ", "y\n")],
    );
    assert!(code == 0 && shown.contains("3 changed"), "{shown}");
    let (code, shown) = ask(
        "routes copy",
        &[
            ("From which domain?", "blue\n"),
            ("Into which domain?", "0000\n"),
            ("[y/N] ", "n\n"),
        ],
    );
    assert!(
        code == 5 && shown.contains("copy of bluebird.15611.service to 0000"),
        "{shown}"
    );
    for line in ["routes copy", "routes copy acme", "routes move john jane"] {
        rig.run(&words(line))
            .exits(if line.contains("john") { 3 } else { 2 });
    }
}

#[test]
fn a_delete_needs_no_domain_where_only_one_has_the_caller() {
    let rig = Rig::with_sandbox();
    let line = "routes rm 6165550101";
    let (code, shown) = answer(&rig, 80, line, "Delete 1 route? [y/N] ", "y\n");
    assert!(code == 0 && !shown.contains("Which domain"), "{shown}");
    // With `--yes` nobody would see which one it is.
    let rig = Rig::with_sandbox();
    let (code, shown) = answer(
        &rig,
        80,
        "routes rm 6165550101 --yes",
        "Which domain?",
        "\u{1b}",
    );
    assert!(code == 5, "{shown}");
    rig.run(&words("routes set 6165550101 jane -d bluebird --yes"))
        .succeeds();
    let (code, _) = answer(&rig, 80, line, "Which domain?", "\u{1b}");
    assert_eq!(code, 5);
}

#[test]
fn a_delete_that_finds_nothing_where_a_setting_led_it_says_where_the_caller_is() {
    let mut rig = Rig::with_sandbox();
    rig.set("SKYSWITCH_DOMAIN", "harborview.15611.service");
    let line = "routes rm 6165550101 --yes";
    let says = "hint: 1 route in acme.15611.service (not looked at: the domain is ";
    let ran = rig.run(&words(line)).exits(3);
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    let typed = format!("{line} -d harborview");
    let ran = rig.run(&words(&typed)).exits(3);
    assert!(!ran.stderr.contains("not looked at"), "{}", ran.stderr);
    assert_eq!(rig.requests("DELETE"), 0);
}
