//! What a command line that cannot be run, or names what there is not, was most likely meant to be: the
//! hint is the whole command.

use crate::support::{Rig, SHELL};

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[test]
fn a_slip_is_put_right_with_the_whole_command() {
    let rig = Rig::with_sandbox();
    for (line, code, meant) in [
        // Two letters swapped, in a name and in a command.
        (
            "routes ls -d amce",
            3,
            "routes ls --domain acme.15611.service",
        ),
        (
            "routes ls -d lbuebird",
            3,
            "routes ls --domain bluebird.15611.service",
        ),
        ("routes mvoe john jane", 2, "routes move john jane"),
        // The group left out.
        ("ls -d acme", 2, "routes ls -d acme"),
        ("set 6165550101 jane", 2, "routes set 6165550101 jane"),
        ("list", 2, "routes list"),
        ("use acme", 2, "profile use acme"),
        ("redo", 2, "undo"),
        ("mv john jane", 2, "routes move john jane"),
        // A word without the flag it has.
        ("routes ls acme", 2, "routes ls --domain acme"),
        ("routes ls jane", 2, "routes ls --destination jane"),
        ("routes ls 6165550101", 2, "routes ls --ani 6165550101"),
        (
            "routes rm 6165550101 acme",
            2,
            "routes rm 6165550101 --domain acme",
        ),
        (
            "routes set 6165550101 jane acme",
            2,
            "routes set 6165550101 jane --domain acme",
        ),
        (
            "routes rm 6165550101 6165550190",
            2,
            "routes rm 6165550101 --dnis 6165550190",
        ),
        (
            "routes move john jane acme",
            2,
            "routes move john jane --domain acme",
        ),
        // What its flag has already.
        (
            "routes set 6165550101 jane mary -d acme",
            2,
            "routes set --help",
        ),
        ("history 6165550101", 3, "history --ani 6165550101"),
        // Words in another order.
        (
            "routes set jane 6165550101 -d acme",
            2,
            "routes set 6165550101 jane -d acme",
        ),
        // What only the server can tell.
        (
            "routes rm 6165550101",
            2,
            "routes rm 6165550101 --domain acme.15611.service",
        ),
        ("routes rm jane", 2, "routes list --destination jane"),
        ("routes explain jane", 2, "routes list --destination jane"),
        // The first letters of a flag.
        ("routes ls --app user", 2, "routes ls --application user"),
    ] {
        let ran = rig.run(&words(line)).exits(code);
        let meant = format!("skyswitch {meant}");
        let hint = |hint: &str| hint.split('`').any(|part| part == meant) || hint == meant;
        let mut hints = ran
            .stderr
            .lines()
            .filter_map(|line| line.strip_prefix("hint: "));
        assert!(hints.any(hint), "{line}: {}", ran.stderr);
    }
}

#[test]
fn a_list_is_listed_by_its_short_name_everywhere() {
    let rig = Rig::with_sandbox();
    for line in [
        "routes ls", "domains ls", "subscribers ls -d acme", "numbers ls -d acme", "accounts ls",
        "profile ls",
    ] {
        rig.run(&words(line)).succeeds();
    }
}

#[test]
fn a_number_that_is_none_is_told_its_digits() {
    let rig = Rig::with_sandbox();
    for (number, says) in [
        (
            "616555010",
            "it has 9 digits, and numbers of other countries need their `+`; accepted are 10 or 11",
        ),
        ("6165", "it has 4 digits"),
        ("616555010111", "it has 12 digits"),
        (
            "+161655501",
            "it has 9 digits, and numbers from `+1` have 11",
        ),
    ] {
        let ran = rig.run(&["routes", "set", number, "jane", "-d", "acme"]);
        assert!(ran.exits(2).stderr.contains(says), "{number}");
    }
}

#[test]
fn the_program_alone_shows_its_help_and_no_fault() {
    let rig = Rig::new();
    for (line, begins) in [
        (&[][..], "Call routing on SkySwitch"),
        (&["routes"], "VIP routes"),
        (&["profile"], "Profiles: account, domain"),
    ] {
        let ran = rig.run(line).exits(2);
        assert!(ran.stderr.starts_with(begins), "{}", ran.stderr);
        assert!(!ran.stderr.contains("error:"), "{}", ran.stderr);
    }
    let ran = rig.run(&["--json"]).exits(2);
    assert_eq!(ran.error()["code"], "usage");
}

#[test]
fn what_the_usage_asks_for_is_spelled_one_way() {
    let rig = Rig::new();
    for command in ["set", "delete", "explain", "move"] {
        for help in ["-h", "--help"] {
            let shown = rig.run(&["routes", command, help]).succeeds().stdout;
            let odd = ["[CALLER]", "[DESTINATION]"]
                .iter()
                .any(|odd| shown.contains(odd));
            assert!(!odd, "{shown}");
        }
    }
    let both = rig.run(&words("routes rm 6165550101 --ani 6165550101"));
    assert!(both.exits(2).stderr.contains("'<CALLER>'"));
}

/// The hints of a command, each a line.
fn hints(rig: &Rig, line: &str, code: i32) -> Vec<String> {
    let ran = rig.run(&words(line)).exits(code);
    let hints = ran
        .stderr
        .lines()
        .filter_map(|line| line.strip_prefix("hint: "));
    hints.map(str::to_owned).collect()
}

#[test]
fn what_is_refused_ends_in_the_command_that_is_not() {
    let rig = Rig::with_sandbox();
    let file = rig.file(
        "r.csv",
        "ani,domain,destination\n6165550101,acme.15611.service,jane\n",
    );
    let plan = format!("routes plan {file} --prune -d acme");
    let quoted = plan.replace(&file, &SHELL.word(&file));
    for (line, code, wanted) in [
        (
            &*plan,
            5,
            &*format!("if all of it is meant: `skyswitch {quoted} --max-deletes 4`"),
        ),
        (
            "routes set 6165550101 jane -d acme --until soon",
            2,
            "for two hours: `skyswitch routes set 6165550101 jane -d acme --until 2h`",
        ),
        (
            "routes set 6165550103 jane -d acme --until 2h",
            5,
            "for calls to 16165550191 alone: `skyswitch routes set 6165550103 jane --until 2h --domain acme.15611.service --dnis 16165550191`",
        ),
    ] {
        let hints = hints(&rig, line, code);
        assert!(hints.iter().any(|hint| hint == wanted), "{line}: {hints:?}");
    }
}

#[test]
fn an_account_that_is_not_there_is_named_with_where_it_comes_from() {
    let rig = Rig::with_sandbox();
    let told = hints(&rig, "--account nosuch routes ls", 3);
    let wanted =
        "the account is `nosuch` (--account); `skyswitch routes ls` asks the profile's own";
    assert!(told[0].starts_with(wanted), "{told:?}");
    let mut rig = rig;
    rig.set("SKYSWITCH_ACCOUNT_ID", "nosuch");
    let ran = rig.run(&words("routes ls -d acme")).exits(3);
    assert_eq!(ran.stderr.matches("warning:").count(), 1, "{}", ran.stderr);
    let told = hints(&rig, "routes ls -d acme", 3);
    assert!(
        told[0].contains("`skyswitch profile set account ID` keeps another"),
        "{told:?}"
    );
}

#[test]
fn who_is_not_logged_in_is_told_who_is() {
    let mut rig = Rig::with_sandbox();
    rig.without_credentials();
    for name in ["acme", "harbor"] {
        let login = ["--profile", name, "--store", "file"];
        rig.log_in_to(rig.sandbox(), &login).succeeds();
    }
    let told = hints(&rig, "routes ls -d acme", 4);
    for name in ["acme", "harbor"] {
        let wanted =
            format!("`{name}` is logged in: `skyswitch routes ls -d acme --profile {name}`");
        assert!(told.contains(&wanted), "{told:?}");
    }
}
