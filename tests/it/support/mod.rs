//! The one builder of the integration tests: a machine of its own for each test.
//!
//! A [`Rig`] is a temporary home, a cleared environment and, if wanted, a sandbox server inside the
//! test process, on loopback and a free port. Commands run as real processes.

pub mod canned;
pub mod fixtures;
pub mod hints;
#[cfg(unix)]
pub mod terminal;
pub mod tls_server;
pub mod world;

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use skyswitch::model::Shell;
use skyswitch::sandbox::{self, Fault, Options, Quirk, Sandbox};

/// The shell that ready commands are typed for where nothing says otherwise.
pub const SHELL: Shell = if cfg!(windows) {
    Shell::Cmd
} else {
    Shell::Posix
};

/// The connections that come to a server of a test. None of them goes to a process that another test starts meanwhile, as
/// on Windows it would: then it would end with that process.
pub fn connections(listener: &TcpListener) -> impl Iterator<Item = TcpStream> {
    listener.incoming().flatten().inspect(|_stream| {
        #[cfg(windows)]
        let _ = socket2::SockRef::from(_stream).set_no_inherit(true);
    })
}

/// A machine: its home, and what is set in its environment.
pub struct Rig {
    home: tempfile::TempDir,
    env: Vec<(String, String)>,
    sandbox: Option<Sandbox>,
}

/// A route that is new in the sample.
pub const SET: [&str; 9] = [
    "routes", "set", "--ani", "6165550142", "--domain", "acme.15611.service", "--destination",
    "john", "--json",
];

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code; 128 + N for a signal.
    pub code: i32,
}

impl Rig {
    /// A machine without any server: `--sandbox` works, everything else is logged out.
    pub fn new() -> Self {
        let home = tempfile::tempdir().expect("a temporary home");
        Self {
            home,
            env: Vec::new(),
            sandbox: None,
        }
    }

    /// A machine whose environment holds credentials for a sandbox server of its own.
    pub fn with_sandbox() -> Self {
        Self::with_options(Options::default())
    }

    /// The same, with quirks and faults as on the command line of `sandbox serve`.
    pub fn with_behaviour(quirks: &[&str], faults: &[&str]) -> Self {
        let mut options = Options::default();
        for quirk in quirks {
            options
                .quirks
                .set(&quirk.parse::<Quirk>().expect("a quirk"));
        }
        options.faults = faults
            .iter()
            .map(|fault| fault.parse::<Fault>().expect("a fault"))
            .collect();
        Self::with_options(options)
    }

    /// The same, with every option.
    pub fn with_options(options: Options) -> Self {
        let mut rig = Self::new();
        let sandbox = sandbox::start(options).expect("a sandbox");
        let credentials = sandbox.credentials().clone();
        rig.set("SKYSWITCH_API_URL", &sandbox.url());
        rig.set("SKYSWITCH_ACCOUNT_ID", &credentials.account_id);
        rig.set("SKYSWITCH_CLIENT_ID", &credentials.client_id);
        rig.set("SKYSWITCH_CLIENT_SECRET", &credentials.client_secret);
        rig.set("SKYSWITCH_USERNAME", &credentials.username);
        rig.set("SKYSWITCH_PASSWORD", &credentials.password);
        rig.sandbox = Some(sandbox);
        rig
    }

    /// A machine with profiles that are all logged in to the account of one server; the first is in
    /// force.
    pub fn with_profiles(names: &[&str]) -> Self {
        let mut rig = Self::with_sandbox();
        rig.without_credentials();
        let mut config = format!("default_profile = \"{}\"\n", names[0]);
        for name in names {
            let url = rig.sandbox().url();
            config += &format!(
                "[profiles.{name}]\naccount = \"sbx_account\"\napi_url = \"{url}\"\nstore = \"file\"\n"
            );
        }
        rig.file("config/config.toml", &config);
        rig.set("SKYSWITCH_API_URL", "");
        for name in names {
            rig.log_in_to(rig.sandbox(), &["--profile", name])
                .succeeds();
        }
        rig
    }

    /// The server of this machine.
    pub fn sandbox(&self) -> &Sandbox {
        self.sandbox.as_ref().expect("a rig with a sandbox")
    }

    /// Sets a variable for all later commands; an empty value takes it away.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.env.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.env.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Takes away the credentials, so that only a login can supply them.
    pub fn without_credentials(&mut self) -> &mut Self {
        for name in [
            "CLIENT_ID", "CLIENT_SECRET", "USERNAME", "PASSWORD", "ACCOUNT_ID",
        ] {
            self.set(&format!("SKYSWITCH_{name}"), "");
        }
        self
    }

    /// The temporary home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where state goes.
    pub fn state_dir(&self) -> PathBuf {
        self.home().join("state")
    }

    /// Where `config.toml` goes.
    pub fn config_dir(&self) -> PathBuf {
        self.home().join("config")
    }

    /// Writes a file into the home and tells its path.
    pub fn file(&self, name: &str, content: &str) -> String {
        // Spelled as the system does it.
        let path: PathBuf = self.home().join(name).components().collect();
        std::fs::create_dir_all(path.parent().expect("a directory")).expect("create");
        std::fs::write(&path, content).expect("write");
        path.to_str().expect("a path").to_owned()
    }

    /// A command of the program under test, its environment cleared but for this machine's.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skyswitch"));
        command
            .args(args)
            .env_clear()
            .envs(of_windows())
            .env("HOME", self.home())
            .env("SKYSWITCH_STATE_DIR", self.state_dir())
            .env("SKYSWITCH_CONFIG_DIR", self.config_dir())
            .env("TZ", "UTC")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(self.home())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::by(&mut self.command(args))
    }

    /// Starts a command; what it prints is kept.
    pub fn start(&self, args: &[&str]) -> Child {
        start(&mut self.command(args))
    }

    /// Runs a command with text on its standard input.
    pub fn run_with_input(&self, args: &[&str], input: &str) -> Ran {
        let mut child = start(self.command(args).stdin(Stdio::piped()));
        let mut stdin = child.stdin.take().expect("stdin");
        // A command that refuses early closes the pipe: that is no failure of the test.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        Ran::of(&child.wait_with_output().expect("wait"))
    }

    /// Logs in into the file store: client `c`, user `u`, and these secrets on standard input.
    pub fn log_in(&self, secrets: &str) -> Ran {
        self.log_in_with("--store file --client-id c --username u", secrets)
    }

    /// Logs in with these flags, as typed, and these secrets on standard input.
    pub fn log_in_with(&self, flags: &str, secrets: &str) -> Ran {
        let words = ["login", "--secrets-stdin"].into_iter();
        let words: Vec<&str> = words.chain(flags.split_whitespace()).collect();
        self.run_with_input(&words, secrets)
    }

    /// Logs in to a server with what it accepts; `flags` say into which store.
    pub fn log_in_to(&self, server: &Sandbox, flags: &[&str]) -> Ran {
        let known = server.credentials();
        let secrets = format!(
            "client_id={}\nclient_secret={}\nusername={}\npassword={}\n",
            known.client_id, known.client_secret, known.username, known.password
        );
        let account = match flags.contains(&"--account") {
            true => vec![],
            false => vec!["--account", &known.account_id],
        };
        let login = ["login", "--secrets-stdin"];
        self.run_with_input(&[&login, &account[..], flags].concat(), &secrets)
    }

    /// How many requests of the API (not of the token endpoint) the server has seen, by method; glances
    /// at neighbours change nothing and are counted by their own tests.
    pub fn requests(&self, method: &str) -> usize {
        self.sandbox()
            .log()
            .iter()
            .filter(|entry| entry.method == method && !entry.path.starts_with("/oauth/"))
            .filter(|entry| !is_glance(&entry.path))
            .count()
    }
}

/// Whether a request asks for the users behind routes that are to be written.
pub fn is_glance(path: &str) -> bool {
    path.ends_with("/pbx/subscribers")
}

impl Ran {
    /// Runs a command to its end, without any input.
    pub fn by(command: &mut Command) -> Self {
        let child = start(command.stdin(Stdio::null()));
        Self::of(&child.wait_with_output().expect("wait"))
    }

    /// What a process did that was started by hand.
    pub fn of(output: &Output) -> Self {
        #[cfg(unix)]
        use std::os::unix::process::ExitStatusExt as _;
        #[cfg(unix)]
        let code = output
            .status
            .code()
            .unwrap_or_else(|| 128 + output.status.signal().unwrap_or(0));
        #[cfg(not(unix))]
        let code = output.status.code().unwrap_or(-1);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        hints::check(&stderr);
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr,
            code,
        }
    }

    /// Requires an exit code, showing everything where it differs.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Requires success.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.exits(0)
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {:?}", self.stdout))
    }

    /// The error object: the last line of standard error.
    #[track_caller]
    pub fn error(&self) -> serde_json::Value {
        let last = self.stderr.lines().last().unwrap_or_default();
        let object: serde_json::Value =
            serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {:?}", self.stderr));
        object["error"].clone()
    }
}

/// What a process on Windows finds in any environment; elsewhere nothing.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment of the tests themselves"
)]
fn of_windows() -> impl Iterator<Item = (&'static str, std::ffi::OsString)> {
    let names = [
        "SystemRoot", "SystemDrive", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TEMP", "TMP",
    ];
    let names = names.into_iter().filter(|_| cfg!(windows));
    names.filter_map(|name| Some((name, std::env::var_os(name)?)))
}

/// Starts a command; what it prints is kept.
pub fn start(command: &mut Command) -> Child {
    spawned(command.stdout(Stdio::piped()).stderr(Stdio::piped()))
}

/// Starts a process. Of some thousand Wine 8 fails to start one ("internal error"): that one is started again.
pub fn spawned(command: &mut Command) -> Child {
    match command.spawn() {
        Err(error) if cfg!(windows) && error.raw_os_error() == Some(1359) => command.spawn(),
        started => started,
    }
    .expect("start")
}

/// Runs a test for each case at the same time; for cases that mostly wait.
pub fn for_each<T: Sync>(cases: &[T], test: impl Fn(&T) + Sync) {
    std::thread::scope(|scope| {
        for case in cases {
            let test = &test;
            scope.spawn(move || test(case));
        }
    });
}

/// A named pipe. By the command: macOS has none of the calls that Linux has for it.
#[cfg(unix)]
pub fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo").success());
}

/// Waits until something is true, at most ten seconds.
#[track_caller]
pub fn eventually(what: &str, mut test: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if test() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what} did not come about");
}

/// The most memory a process has had so far, as Linux tells it; elsewhere nothing.
pub fn peak_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    // Until it has become the program it is a copy of this process.
    if !status.starts_with("Name:\tskyswitch\n") {
        return 0;
    }
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|text| text.trim().trim_end_matches("kB").trim().parse().ok())
        .unwrap_or(0)
}
