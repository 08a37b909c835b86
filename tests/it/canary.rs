//! Secrets stay where they belong: after a suite of commands none of them is in an argument, in a
//! child's environment, on a screen, in a log, in the journal or in any file outside the store.

use std::path::Path;

use crate::support::Rig;
use serde_json::Value;
use skyswitch::sandbox::{self, Options};

/// What the sandbox's secrets and tokens begin with; nothing else does.
const SECRETS: [&str; 4] = ["sbx_secret", "sbx_password", "sbx_at_", "sbx_rt_"];

fn secret_in(text: &str) -> Option<&'static str> {
    SECRETS.into_iter().find(|secret| text.contains(secret))
}

/// Files under a directory that hold a secret.
fn files_with_secrets(directory: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_with_secrets(&path, found);
        } else {
            let bytes = std::fs::read(&path).unwrap_or_default();
            if secret_in(&String::from_utf8_lossy(&bytes)).is_some() {
                found.push(path.display().to_string());
            }
        }
    }
}

#[test]
fn a_suite_of_commands_leaves_secrets_in_the_store_and_nowhere_else() {
    let server = sandbox::start(Options::default()).expect("a sandbox");
    let known = server.credentials();
    let mut rig = Rig::new();
    let log = rig.home().join("skyswitch.log");
    rig.set("SKYSWITCH_API_URL", &server.url())
        .set("SKYSWITCH_LOG_FILE", &log.to_string_lossy());
    let secrets = format!(
        "client_id={}\nclient_secret={}\nusername={}\npassword={}\nscope=*\n",
        known.client_id, known.client_secret, known.username, known.password
    );
    let login = [
        "login", "-vv", "--store", "file", "--account", &known.account_id, "--secrets-stdin",
    ];
    let ran = rig.run_with_input(&login, &secrets).succeeds();
    assert_eq!(secret_in(&ran.stdout), None, "{}", ran.stdout);
    assert_eq!(secret_in(&ran.stderr), None, "{}", ran.stderr);

    let store = rig.state_dir().join("credentials").join("default.json");
    let text = std::fs::read_to_string(&store).expect("a record");
    assert!(text.contains("sbx_secret") && text.contains("sbx_rt_"));
    assert!(!text.contains("sbx_password"), "never in a file");

    let set = |destination: &'static str| {
        [
            "routes", "set", "-vv", "--ani", "16165550142", "--domain", "acme.15611.service",
            "--destination", destination,
        ]
    };
    let expire = || {
        let text = std::fs::read_to_string(&store).expect("a record");
        let mut record: Value = serde_json::from_str(&text).expect("JSON");
        record["obtained_at"] = 1.into();
        record["expires_at"] = 100.into();
        std::fs::write(&store, record.to_string()).expect("write");
    };
    expire();
    for args in [
        ["status", "-vv"].as_slice(),
        &["status", "-vv", "--check", "--json"],
        &["doctor", "-vv", "--domain", "acme.15611.service"],
        &["domains", "list", "-vv", "--json"],
        &["routes", "list", "-vv"],
        &set("100"),
        &set("101"),
        &[
            "routes", "delete", "-vv", "--yes", "--ani", "16165550142", "--domain",
            "acme.15611.service",
        ],
        &[
            "routes", "delete", "-vv", "--yes", "--ani", "16165550142", "--domain",
            "nowhere.example",
        ],
        &["login", "--password", "sbx_password"],
        &["routes", "list", "--profile", "nobody"],
    ] {
        let ran = rig.run(args);
        assert_eq!(secret_in(&ran.stdout), None, "{args:?}: {}", ran.stdout);
        assert_eq!(secret_in(&ran.stderr), None, "{args:?}: {}", ran.stderr);
    }
    assert!(
        log.metadata().expect("a log").len() > 0,
        "nothing was logged"
    );
    assert!(
        rig.state_dir().join("journal").is_dir(),
        "nothing was journaled"
    );

    let mut found = Vec::new();
    files_with_secrets(rig.home(), &mut found);
    assert_eq!(found, [store.display().to_string()]);

    // The one command whose result is a secret says it on standard output and nowhere else.
    let ran = rig.run(&["token", "-vv"]).succeeds();
    assert_eq!(secret_in(&ran.stdout), Some("sbx_at_"));
    assert_eq!(secret_in(&ran.stderr), None, "{}", ran.stderr);

    rig.run(&["logout"]).succeeds();
    let mut found = Vec::new();
    files_with_secrets(rig.home(), &mut found);
    assert_eq!(found, Vec::<String>::new());
}

#[cfg(unix)] // a shell script
#[test]
fn a_credential_command_sees_none_of_our_secrets_and_its_output_is_kept_nowhere() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = sandbox::start(Options::default()).expect("a sandbox");
    let known = server.credentials();
    let mut rig = Rig::new();
    let script = rig.file(
        "give",
        &format!(
            "#!/bin/sh\nexport -p > seen-environment\nprintf '%s\\n' \"$@\" > seen-arguments\nprintf 'client_id={}\\nclient_secret={}\\nusername={}\\npassword={}\\n'\n",
            known.client_id, known.client_secret, known.username, known.password
        ),
    );
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).expect("chmod");
    rig.set("SKYSWITCH_API_URL", &server.url())
        .set("SKYSWITCH_ACCOUNT_ID", &known.account_id)
        .set(
            "SKYSWITCH_CREDENTIAL_COMMAND",
            &format!("'{script}' one 'two three'"),
        );
    let ran = rig.run(&["domains", "list", "-vv"]).succeeds();
    assert_eq!(secret_in(&ran.stdout), None);
    assert_eq!(secret_in(&ran.stderr), None, "{}", ran.stderr);
    let arguments = std::fs::read_to_string(rig.home().join("seen-arguments")).expect("seen");
    assert_eq!(arguments, "one\ntwo three\n");
    let environment = std::fs::read_to_string(rig.home().join("seen-environment")).expect("seen");
    assert_eq!(secret_in(&environment), None);
    std::fs::remove_file(&script).expect("remove");
    let mut found = Vec::new();
    files_with_secrets(rig.home(), &mut found);
    assert_eq!(found, Vec::<String>::new());
}

#[cfg(target_os = "linux")] // /proc
#[test]
fn no_secret_is_an_argument_and_the_memory_of_a_run_is_closed_to_others() {
    let mut rig = Rig::with_options(Options {
        latency: std::time::Duration::from_secs(1),
        ..Options::default()
    });
    rig.set("SKYSWITCH_SCOPE", "*");
    let mut child = rig
        .command(&["domains", "list"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("start");
    let proc = format!("/proc/{}", child.id());
    crate::support::eventually("the request", || rig.requests("GET") > 0);
    let arguments = std::fs::read_to_string(format!("{proc}/cmdline")).expect("arguments");
    assert_eq!(secret_in(&arguments), None);
    let limits = std::fs::read_to_string(format!("{proc}/limits")).expect("limits");
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let core: Vec<&str> = core.expect("a limit").split_whitespace().collect();
    assert_eq!(core[4..6], ["0", "0"], "{core:?}");
    // Not dumpable: its files under /proc belong to root, whoever runs it.
    use std::os::unix::fs::MetadataExt as _;
    let environ = std::fs::metadata(format!("{proc}/environ")).expect("there");
    assert_eq!(environ.uid(), 0);
    assert!(child.wait().expect("wait").success());
}

#[test]
fn a_configuration_that_holds_a_secret_by_mistake_is_refused_without_repeating_it() {
    let rig = Rig::new();
    for text in [
        "[profiles.default]\npassword = \"sbx_password\"\n",
        "[profiles.default]\naccount = sbx_secret\n",
        "sbx_secret = 1\n",
        "[profiles.default]\nstore = [\"sbx_secret\"]\n",
        "[profiles.default\nsbx_password",
    ] {
        let path = rig.file("config/config.toml", text);
        let ran = rig.run(&["status"]).exits(2);
        assert!(ran.stderr.contains(&format!("{path}:")), "{}", ran.stderr);
        assert_eq!(secret_in(&ran.stderr), None, "{}", ran.stderr);
    }
}
