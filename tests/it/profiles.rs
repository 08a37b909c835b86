//! A profile named on the command line is a whole, and hints are commands of the run that gives them.

use crate::support::{Rig, SET, SHELL};

const CONFIG: &str = "[profiles.east]\naccount = \"sbx_account\"\nstore = \"file\"\n\
                      [profiles.west]\naccount = \"sbx_account\"\nstore = \"file\"\n";

/// Two profiles at one server, logged in to `east`; no variables but the addresses.
fn two_profiles() -> Rig {
    let mut rig = Rig::with_sandbox();
    rig.without_credentials();
    let url = rig.sandbox().url();
    let config = CONFIG.replace("store", &format!("api_url = \"{url}\"\nstore"));
    rig.file("config/config.toml", &config);
    rig.set("SKYSWITCH_API_URL", "");
    rig.log_in_to(rig.sandbox(), &["--profile", "east"])
        .succeeds();
    rig
}

#[test]
fn a_profile_named_by_flag_takes_nothing_from_variables_and_says_so_once() {
    let mut rig = two_profiles();
    for (name, value) in [
        ("ACCOUNT_ID", "somebody_elses"),
        ("TOKEN", "not.a.token"),
        ("CLIENT_SECRET", "hunter2"),
        ("CREDENTIAL_COMMAND", "false"),
        ("API_URL", "https://elsewhere.invalid"),
        ("DOMAIN", "elsewhere.example"),
        ("STORE", "keyring"),
        ("SCOPE", "other"),
    ] {
        rig.set(&format!("SKYSWITCH_{name}"), value);
    }
    let ran = rig
        .run(&[&["--profile", "east"], &SET[..]].concat())
        .succeeds();
    let line = ran.stderr.lines().find(|line| line.contains("not used"));
    let line = line.expect("the variables are named");
    assert_eq!(line.matches("SKYSWITCH_").count(), 8, "{line}");
    assert_eq!(ran.stderr.matches("SKYSWITCH_TOKEN").count(), 1);
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    let paths = rig.sandbox().log();
    assert!(
        paths
            .iter()
            .any(|entry| entry.method == "PUT" && entry.path.contains("sbx_account"))
    );
    let status = rig
        .run(&["--profile", "east", "status", "--json"])
        .succeeds()
        .json();
    assert_eq!(status["account"]["source"], "profile key `account`");
    assert_eq!(status["domain"], serde_json::Value::Null);
    // By variable it is one setting among others, as ever.
    rig.set("SKYSWITCH_PROFILE", "east");
    let status = rig.run(&["status", "--json"]).succeeds().json();
    assert_eq!(status["account"]["id"], "somebody_elses");
    assert_eq!(status["credentials"], "token");
}

#[test]
fn a_login_into_a_profile_asks_for_what_variables_must_not_say() {
    let mut rig = two_profiles();
    rig.set("SKYSWITCH_CLIENT_SECRET", "hunter2");
    rig.set("SKYSWITCH_ACCOUNT_ID", "somebody_elses");
    let login = ["login", "--profile", "west", "--client-id", "c"];
    let ran = rig.run(&login).exits(2);
    assert!(
        ran.stderr.contains("`--secrets-stdin` is accepted"),
        "{}",
        ran.stderr
    );
    let config = std::fs::read_to_string(rig.config_dir().join("config.toml")).expect("config");
    assert!(!config.contains("somebody_elses"), "{config}");
}

#[test]
fn hints_are_commands_with_the_flags_that_led_here() {
    let mut rig = two_profiles();
    let west = "`skyswitch --profile west login`";
    for args in [
        &["routes", "list"][..],
        &["status"],
        &["status", "--json"],
        &["doctor"],
    ] {
        let ran = rig.run(&[&["--profile", "west"], args].concat()).exits(4);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains(west), "{args:?}: {said}");
        assert!(!said.contains("`skyswitch login`"), "{args:?}: {said}");
    }
    let ran = rig
        .run(&["--profile", "west", "--account", "a1", "token"])
        .exits(4);
    let hint = "`skyswitch --profile west --account a1 login`";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    rig.set("SKYSWITCH_PROFILE", "west");
    let ran = rig.run(&["token"]).exits(4);
    assert!(ran.stderr.contains(west), "{}", ran.stderr);
    // With the flag this variable would no longer count.
    rig.set("SKYSWITCH_ACCOUNT_ID", "other");
    let ran = rig.run(&["token"]).exits(4);
    let hint = SHELL.with_variable("SKYSWITCH_PROFILE", "west", "skyswitch login");
    assert!(ran.stderr.contains(&format!("`{hint}`")), "{}", ran.stderr);
    let ran = rig
        .run(&["--sandbox", "history", "20200101T000000.000Z-0000"])
        .exits(3);
    let hint = "`skyswitch --sandbox history`";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
}

#[test]
fn a_plan_says_first_whose_it_is() {
    let rig = two_profiles();
    let csv = rig
        .run(&["--profile", "east", "routes", "list", "-o", "csv"])
        .succeeds()
        .stdout;
    let file = rig.file("routes.csv", &csv);
    let ran = rig
        .run(&["--profile", "east", "routes", "plan", &file])
        .succeeds();
    assert!(
        ran.stderr
            .starts_with("account sbx_account, profile `east`"),
        "{}",
        ran.stderr
    );
}

/// The second account that the user of the sample has.
const SECOND: &str = "00000000-0000-4000-8000-000000015612";

/// `east` and `west` are two accounts on one server, both logged in.
fn two_accounts() -> Rig {
    let rig = two_profiles();
    for args in [
        &["--profile", "west", "profile", "set", "account", SECOND][..],
        &[
            "--profile", "west", "profile", "set", "domain", "main.15612.service",
        ],
    ] {
        rig.run(args).succeeds();
    }
    rig.log_in_to(rig.sandbox(), &["--profile", "west", "--account", SECOND])
        .succeeds();
    rig
}

fn config(rig: &Rig) -> String {
    std::fs::read_to_string(rig.config_dir().join("config.toml")).expect("config")
}

#[test]
fn profiles_are_listed_with_what_they_are() {
    let rig = two_profiles();
    rig.run(&["profile", "use", "West"]).succeeds();
    insta::assert_snapshot!(rig.run(&["profile", "list"]).succeeds().stdout, @"
    name  account      domain  store  logged_in  default
    ────────────────────────────────────────────────────
    east  sbx_account  -       file   yes        -
    west  sbx_account  -       file   no         yes
    ");
    let ran = rig.run(&["profile", "list", "--json"]).succeeds();
    insta::assert_snapshot!(ran.stdout, @r#"
    [
      {"name":"east","account":"sbx_account","domain":null,"store":"file","logged_in":true,"default":false},
      {"name":"west","account":"sbx_account","domain":null,"store":"file","logged_in":false,"default":true}
    ]
    "#);
    let filter = [
        ".[] | select(.default) | .name",
        ".[] | select(.logged_in) | .name",
    ];
    for (filter, name) in filter.into_iter().zip(["west\n", "east\n"]) {
        let ran = rig.run(&["profile", "list", "--jq", filter]).succeeds();
        assert_eq!(ran.stdout, name);
    }
}

#[test]
fn each_account_has_its_own_routes_runs_and_line() {
    let mut rig = two_accounts();
    for (profile, account, domain) in [
        ("east", "sbx_account", "acme.15611.service"),
        ("west", SECOND, "main.15612.service"),
    ] {
        rig.set("SKYSWITCH_PROFILE", profile);
        let set = [
            "routes", "set", "--ani", "6165550142", "--destination", "100", "--domain", domain,
        ];
        let ran = rig.run(&set).succeeds();
        let line = format!("account {account}, profile `{profile}`");
        assert!(ran.stderr.contains(&line), "{}", ran.stderr);
        let mine = rig.run(&["routes", "list", "--ani", "6165550142", "--json"]);
        assert_eq!(mine.succeeds().json()[0]["domain"], domain);
    }
    // The latest run of the other account is not this one's.
    rig.set("SKYSWITCH_PROFILE", "");
    let ran = rig.run(&["--profile", "east", "undo", "--yes"]).succeeds();
    assert!(
        ran.stderr
            .starts_with("account sbx_account, profile `east`"),
        "{}",
        ran.stderr
    );
    let west = rig
        .run(&["--profile", "west", "routes", "list", "--json"])
        .succeeds();
    assert_eq!(west.json().as_array().expect("a list").len(), 2);
}

#[test]
fn the_first_labels_of_a_default_domain_are_kept_in_full() {
    let rig = two_profiles();
    let set = |profile: &str, domain: &str, code| {
        let words = ["--profile", profile, "profile", "set", "domain", domain];
        rig.run(&words).exits(code)
    };
    let full = "acme.15611.service";
    let ran = set("east", "acme", 0);
    let said = format!("changed profile `east`: domain = {full}, in full\n");
    assert_eq!(ran.stdout, said);
    assert!(config(&rig).contains(&format!("domain = \"{full}\"")));
    let error = set("east", "zzz", 3).stderr;
    assert!(
        error.contains("`skyswitch --profile east domains list`"),
        "{error}"
    );
    // Nobody is logged in to `west`: one label is no domain, more of them may be.
    let error = set("west", "acme", 4).stderr;
    assert!(
        error.contains("cannot be looked up: not logged in"),
        "{error}"
    );
    let kept = set("west", "acme.15611", 0);
    assert!(
        kept.stderr
            .contains("`acme.15611` was not looked up: not logged in")
    );
    // A whole name asks nobody.
    let asked = rig.requests("GET");
    assert_eq!(set("east", "bluebird.15611.service", 0).stderr, "");
    assert_eq!(rig.requests("GET"), asked);
}

#[test]
fn a_profile_is_made_changed_chosen_and_removed() {
    let rig = two_profiles();
    let steps = [
        ("--profile north profile set account n-1", 0),
        ("--profile NORTH profile set domain n.example", 0),
        (
            "--profile north profile set credential_command 'pass show north'",
            0,
        ),
        ("profile use North", 0),
        ("profile unset account", 0),
        ("profile unset account", 0),
        ("profile use", 2),
        ("profile use nort", 3),
        ("profile remove nort --yes", 3),
        ("--profile nort profile unset account", 3),
        ("profile remove north", 5),
        ("profile remove East --yes", 0),
        ("profile remove east --yes", 3),
        ("--sandbox profile list", 2),
    ];
    let mut said = String::new();
    for (line, code) in steps {
        let words = shell_words::split(line).expect("words");
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ran = rig.run(&words).exits(code);
        said.push_str(&format!("$ {line}\n{}{}", ran.stdout, ran.stderr));
    }
    // A system whose keyring is always there has no such reason.
    let no_keyring = ": no keyring can be reached: there is no D-Bus session bus\n";
    let said = said.replace(no_keyring, " (profile `north`)\n");
    insta::assert_snapshot!(said, @"
    $ --profile north profile set account n-1
    made profile `north`: account = n-1
    $ --profile NORTH profile set domain n.example
    changed profile `north`: domain = n.example
    warning: `n.example` was not looked up: not logged in (profile `north`)
    $ --profile north profile set credential_command 'pass show north'
    changed profile `north`: credential_command = pass show north
    $ profile use North
    profile `north` is the default now
    $ profile unset account
    changed profile `north`: account is not set any more
    $ profile unset account
    profile `north`: account was not set
    $ profile use
    error: the following required arguments were not provided: <NAME>
    hint: `skyswitch profile use --help` shows what is accepted
    $ profile use nort
    error: there is no profile `nort`; there are `east`, `north`, `west`
    hint: did you mean `skyswitch profile use north`?
    $ profile remove nort --yes
    error: there is no profile `nort`; there are `east`, `north`, `west`
    hint: did you mean `skyswitch profile remove north`?
    $ --profile nort profile unset account
    error: there is no profile `nort`; there are `east`, `north`, `west`
    hint: did you mean `skyswitch profile unset account --profile north`?
    $ profile remove north
    error: this needs a yes, and nobody can be asked here; nothing was changed
    hint: if you mean it: `skyswitch profile remove north --yes`
    $ profile remove East --yes
    removed profile `east` and its login
    $ profile remove east --yes
    error: there is no profile `east`; there are `north`, `west`
    hint: did you mean `skyswitch profile remove west`?
    $ --sandbox profile list
    error: `skyswitch profile` has nothing to do in the sandbox, which needs no login
    hint: `skyswitch profile list` is about real accounts
    ");
    insta::assert_snapshot!(config(&rig).replace(&rig.sandbox().url(), "http://sandbox"), @r#"
    default_profile = "north"
    [profiles.west]
    account = "sbx_account"
    api_url = "http://sandbox"
    store = "file"

    [profiles.north]
    domain = "n.example"
    credential_command = ["pass", "show", "north"]
    "#);
    let credentials = rig.state_dir().join("credentials");
    let left = std::fs::read_dir(credentials).expect("the store");
    let mut left = left.map(|entry| entry.expect("an entry").file_name());
    assert!(!left.any(|name| name.to_string_lossy().contains("east")));
}

#[test]
fn values_are_checked_as_if_they_were_used_and_nothing_is_written() {
    let rig = Rig::new();
    for (key, value) in [
        ("account", "../x"),
        ("api_url", "http://api.example"),
        ("store", "cloud"),
        ("domain", "a/b"),
        ("scope", "pbx\u{e9}"),
        ("credential_command", "pass 'show"),
        ("username", " "),
        ("password", "hunter2"),
        ("client_secret", "hunter2"),
    ] {
        let ran = rig.run(&["profile", "set", key, value]).exits(2);
        assert!(ran.stderr.contains(key), "{}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }
    assert!(!rig.config_dir().join("config.toml").exists());
}

#[test]
fn a_profile_that_cannot_be_used_is_mended_by_its_own_command() {
    let rig = Rig::new();
    let broken = "# mine\ndefault_profile = \"gone\"\n[profiles.acme]\nstore = \"cloud\"\naccount = \"../x\"\n";
    rig.file("config/config.toml", broken);
    rig.run(&["status"]).exits(3);
    rig.run(&["profile", "use", "acme"]).succeeds();
    rig.run(&["status"]).exits(2);
    rig.run(&["profile", "set", "store", "file"]).succeeds();
    rig.run(&["profile", "set", "account", "a-1"]).succeeds();
    rig.run(&["status"]).exits(4);
    let mended = "# mine\ndefault_profile = \"acme\"\n[profiles.acme]\nstore = \"file\"\naccount = \"a-1\"\n";
    assert_eq!(config(&rig), mended);
}

#[test]
fn one_name_is_one_profile_whatever_its_case() {
    let rig = two_profiles();
    // East is logged in, and stays one record.
    rig.run(&["--profile", "EAST", "token"]).succeeds();
    rig.log_in_to(rig.sandbox(), &["--profile", "EAST"])
        .succeeds();
    assert_eq!(config(&rig).matches("[profiles.").count(), 2);
    for name in ["con", "Aux", "LPT1"] {
        let ran = rig
            .run(&["--profile", name, "profile", "set", "account", "x"])
            .exits(2);
        assert!(ran.stderr.contains("device names"), "{}", ran.stderr);
    }
    rig.file("config/config.toml", "[profiles.acme]\n[profiles.Acme]\n");
    let ran = rig.run(&["status"]).exits(2);
    assert!(ran.stderr.contains("config.toml:2:1:"), "{}", ran.stderr);
}

#[test]
fn names_of_callers_are_shown_to_people_and_to_programs_that_ask() {
    let rig = two_profiles();
    rig.run(&["profile", "use", "east"]).succeeds();
    rig.file("names.csv", "ani,name\n616-555-0101,Dr. Smith\n");
    rig.run(&["profile", "set", "names", "names.csv"])
        .succeeds();
    let whole = rig.home().join("names.csv").display().to_string();
    let kept = ['"', '\''].map(|quote| format!("names = {quote}{whole}{quote}"));
    assert!(kept.iter().any(|line| config(&rig).contains(line)));
    let list = ["routes", "list", "--ani", "6165550101"];
    let with = |more: &[&str]| rig.run(&[&list[..], more].concat()).succeeds().stdout;
    insta::assert_snapshot!(with(&[]), @"
    ani          name       dnis  domain              application  destination
    ──────────────────────────────────────────────────────────────────────────
    16165550101  Dr. Smith  -     acme.15611.service  user         john
    ");
    for format in ["json", "csv", "ndjson"] {
        assert!(!with(&["-o", format]).contains("name"), "{format}");
    }
    assert_eq!(
        with(&["-o", "csv", "--fields", "name,destination"]),
        "name,destination\nDr. Smith,john\n"
    );
    let set = "routes set --ani 6165550101 --domain acme.15611.service --destination jane";
    rig.run(&set.split(' ').collect::<Vec<_>>()).succeeds();
    let explain = ["routes", "explain", "--from", "6165550101"];
    for args in [&explain[..], &["history"], &["undo", "--dry-run"]] {
        let ran = rig.run(args).succeeds();
        let said = ran.stdout + &ran.stderr;
        assert!(said.contains("16165550101 (Dr. Smith)"), "{args:?}: {said}");
    }
    let json = rig.run(&[&explain[..], &["--json"]].concat()).succeeds();
    assert!(!json.stdout.contains("Dr. Smith"), "{}", json.stdout);
}

#[test]
fn a_file_of_names_that_cannot_be_read_is_named_with_its_line() {
    let rig = two_profiles();
    rig.run(&["profile", "use", "east"]).succeeds();
    let path = rig.file("names.csv", "ani,name\n6165550101,a\nfoo,b\n");
    let set = ["profile", "set", "names", "names.csv"];
    for (text, line) in [
        ("ani,name\n6165550101,a\nfoo,b\n", 3),
        ("number,name\n1,a\n", 1),
    ] {
        rig.file("names.csv", text);
        let ran = rig.run(&set).exits(2);
        let place = format!("{path}:{line}: ");
        assert!(ran.stderr.contains(&place), "{}", ran.stderr);
    }
    rig.file("names.csv", "ani,name\n6165550101,a\n");
    rig.run(&set).succeeds();
    // Broken later it is a warning: the list is whole.
    rig.file("names.csv", "ani,name\n6165550101,a\nfoo,b\n");
    let ran = rig.run(&["routes", "list"]).succeeds();
    assert!(ran.stderr.contains("names.csv:3: "), "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count(), 14);
    rig.run(&["profile", "set", "names", "none.csv"]).exits(2);
}

#[test]
fn a_profile_typed_as_a_domain_is_told_from_a_misspelt_one() {
    let rig = Rig::with_sandbox();
    rig.file("config/config.toml", "[profiles.harbor]\naccount = \"b\"\n");
    let ran = rig.run(&["routes", "set", "6165550120", "300", "-d", "harbor"]);
    let hint = "`harbor` is a profile: `skyswitch routes set 6165550120 300 --profile harbor`";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    let ran = rig.run(&["routes", "set", "6165550120", "300", "-d", "harbro"]);
    assert!(
        ran.stderr.contains("--domain harborview."),
        "{}",
        ran.stderr
    );
}
