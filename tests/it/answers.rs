//! The whole answer: who takes the caller's calls after a change, and who would.

use crate::support::Rig;

const ACME: &str = "acme.15611.service";

/// What a command on the sample says, standard output first.
fn said(rig: &Rig, line: &str) -> String {
    let words = line.replace(" @acme", &format!(" --domain {ACME}"));
    let words: Vec<&str> = words.split(' ').collect();
    let ran = rig.run(&words).succeeds();
    format!("$ {line}\n{}{}", ran.stdout, ran.stderr)
}

#[test]
fn after_and_before_a_change_it_is_said_who_takes_the_calls() {
    let rig = Rig::with_sandbox();
    let lines = [
        "routes set --ani 6165550102 --destination jane @acme --dry-run",
        "routes set --ani 6165550102 --destination jane @acme",
        "routes set --ani 6165550102 --destination jane @acme",
        "routes set --ani 6165550102 --dnis 6165550190 --destination 300 @acme --no-verify",
        "routes set --ani 6165550101 --destination jane @acme",
        "routes delete --ani 6165550102 --dnis 6165550190 @acme --dry-run",
        "routes delete --ani 6165550102 --dnis 6165550190 @acme --yes",
        "routes delete --ani 6165550102 @acme --yes --quiet",
        "routes set --ani 6165550103 --dnis 6165550191 --destination 100 @acme",
    ];
    let said: String = lines.iter().map(|line| said(&rig, line)).collect();
    insta::assert_snapshot!(said, @"
    $ routes set --ani 6165550102 --destination jane @acme --dry-run
    would update 16165550102 → jane @ acme.15611.service (was 100)
    calls from 16165550102 will go to jane
      calls to 16165550190 still go to 200
    $ routes set --ani 6165550102 --destination jane @acme
    updated 16165550102 → jane @ acme.15611.service (was 100)
    calls from 16165550102 now go to jane
      calls to 16165550190 still go to 200
    $ routes set --ani 6165550102 --destination jane @acme
    unchanged 16165550102 → jane @ acme.15611.service
    calls from 16165550102 still go to jane
      calls to 16165550190 still go to 200
    $ routes set --ani 6165550102 --dnis 6165550190 --destination 300 @acme --no-verify
    sent 16165550102 to 16165550190 → 300 @ acme.15611.service (was 200)
    calls from 16165550102 to 16165550190 now go to 300
      calls to other numbers still go to jane
    $ routes set --ani 6165550101 --destination jane @acme
    updated 16165550101 → jane @ acme.15611.service (was john)
    $ routes delete --ani 6165550102 --dnis 6165550190 @acme --dry-run
    would delete 16165550102 to 16165550190 → 300 @ acme.15611.service
    calls from 16165550102 to 16165550190 will go to jane
      calls to other numbers still go to jane
    $ routes delete --ani 6165550102 --dnis 6165550190 @acme --yes
    deleted 16165550102 to 16165550190 → 300 @ acme.15611.service
    will delete 1 route:
      - 16165550102 to 16165550190 → 300 @ acme.15611.service
    calls from 16165550102 to 16165550190 now go to jane
      calls to other numbers still go to jane
    $ routes delete --ani 6165550102 @acme --yes --quiet
    $ routes set --ani 6165550103 --dnis 6165550191 --destination 100 @acme
    updated 16165550103 to 16165550191 → 100 @ acme.15611.service (was frontdesk)
    calls from 16165550103 to 16165550191 now go to 100
      calls to other numbers still have no route: the domain's fallback decides
    ");
    let ran = rig.run(&["undo", "--yes"]).succeeds();
    assert!(
        ran.stderr.ends_with(
            "calls from 16165550103 to 16165550191 now go to frontdesk\n  \
             calls to other numbers still have no route: the domain's fallback decides\n"
        ),
        "{}",
        ran.stderr
    );
}

#[test]
fn no_request_is_made_for_the_answer() {
    let rig = Rig::with_sandbox();
    said(&rig, "routes set --ani 6165550102 --destination jane @acme");
    assert_eq!(rig.requests("GET"), 2);
}

#[test]
fn of_a_small_apply_each_caller_is_told_and_of_a_large_one_none() {
    let rig = Rig::with_sandbox();
    let file = |callers: std::ops::Range<u32>| {
        let row = |n| format!("61655501{n},{ACME},mary\n");
        format!(
            "ani,domain,destination\n{}",
            callers.map(row).collect::<String>()
        )
    };
    rig.file(
        "small.csv",
        &(file(30..32) + &format!("6165550102,{ACME},mary\n")),
    );
    rig.file("large.csv", &file(40..52));
    let small = rig
        .run(&["routes", "apply", "small.csv", "--yes"])
        .succeeds();
    let told = "calls from 16165550102 @ acme.15611.service now go to mary\n  \
                calls to 16165550190 still go to 200\n";
    assert!(small.stderr.contains(told), "{}", small.stderr);
    let large = rig
        .run(&["routes", "apply", "large.csv", "--yes", "-v"])
        .succeeds();
    assert!(!large.stderr.contains("calls from"), "{}", large.stderr);
}

#[test]
fn one_spelling_of_a_double_says_nothing_of_the_caller() {
    let rig = Rig::with_sandbox();
    let set = "routes set --ani 16165550101 --destination jane @acme";
    said(&rig, set);
    let ran = said(
        &rig,
        "routes delete --raw-numbers --ani 16165550101 @acme --yes",
    );
    assert!(!ran.contains("calls from"), "{ran}");
}

#[test]
fn of_a_user_that_nobody_is_no_call_is_said_to_go_there() {
    let rig = Rig::with_sandbox();
    let points =
        |tense: &str| format!("calls from 16165550102 {tense} point to `jnae`, which nobody is\n");
    let set = "routes set --ani 6165550102 --destination jnae @acme";
    let told = said(&rig, &format!("{set} --dry-run"));
    assert!(told.contains(&points("will")), "{told}");
    assert!(
        told.contains("\n  calls to 16165550190 still go to 200\n"),
        "{told}"
    );
    let told = said(&rig, set);
    assert!(told.contains(&points("now")), "{told}");
    rig.file(
        "two.csv",
        &format!("ani,domain,destination\n6165550102,{ACME},jane\n6165550103,{ACME},jnae\n"),
    );
    let told = said(&rig, "routes apply two.csv --yes");
    let domain = " @ acme.15611.service";
    assert!(
        told.contains(&format!("16165550102{domain} now go to jane\n")),
        "{told}"
    );
    let nobody = format!("16165550103{domain} now point to `jnae`, which nobody is\n");
    assert!(told.contains(&nobody), "{told}");
}

#[test]
fn what_looks_wrong_about_host_and_called_number_is_said_before() {
    let rig = Rig::with_sandbox();
    let told = said(&rig, "routes set 6165550102 jane@acme -d acme --dry-run");
    let host = "warning: `jane@acme` is at `acme`, which is no domain\n";
    assert!(told.contains(host), "{told}");
    let full = format!("routes set 6165550102 jane@{ACME} -d acme --dry-run");
    assert!(!said(&rig, &full).contains("warning"));
    let foreign = "warning: `16165550777` is no number of the domain, so nobody calls it here\n";
    let set = |called: &str| {
        let line = format!("routes set 6165550120 jane --dnis {called} -d acme --dry-run");
        said(&rig, &line)
    };
    assert!(set("6165550777").contains(foreign));
    assert!(!set("6165550190").contains("warning"));
}
