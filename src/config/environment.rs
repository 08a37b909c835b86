//! The process environment, read once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

/// One variable this program reads.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it does, for `help environment` and the man page.
    pub text: &'static str,
}

macro_rules! variables {
    ($($name:literal => $text:literal,)*) => {
        /// Every variable this program reads (`design.md` §4). An empty one counts as unset.
        pub const VARIABLES: &[Variable] = &[$(Variable { name: $name, text: $text },)*];
    };
}

variables! {
    "SKYSWITCH_TOKEN" => "an access token, used as it is and never refreshed; no store is opened",
    "SKYSWITCH_CLIENT_ID" => "the API client's id; with the next three, no login is needed and no store is opened",
    "SKYSWITCH_CLIENT_SECRET" => "the API client's secret",
    "SKYSWITCH_USERNAME" => "the portal user's name",
    "SKYSWITCH_PASSWORD" => "the portal user's password",
    "SKYSWITCH_SCOPE" => "scopes to ask for, separated by spaces (default: `pbx account`)",
    "SKYSWITCH_CREDENTIAL_COMMAND" => "a command that prints the credentials, split like shell words and run without a shell",
    "SKYSWITCH_ACCOUNT_ID" => "the account to work on, like `--account`",
    "SKYSWITCH_PROFILE" => "the profile, like `--profile`",
    "SKYSWITCH_API_URL" => "scheme, host and port of the API: https, or http on loopback",
    "SKYSWITCH_STORE" => "where `login` keeps credentials: `keyring` or `file`",
    "SKYSWITCH_DOMAIN" => "the domain for `routes set`, `routes delete` and `routes explain`",
    "SKYSWITCH_OUTPUT" => "the output format, like `--output`",
    "SKYSWITCH_NO_INPUT" => "anything but `0` or `false`: never prompt, like `--no-input`",
    "SKYSWITCH_CA_BUNDLE" => "a PEM file of certificates to trust besides the system's, like `--cacert`",
    "SKYSWITCH_CONFIG_DIR" => "the directory of `config.toml`",
    "SKYSWITCH_STATE_DIR" => "the directory of the journal, the sandbox and the file store",
    "SKYSWITCH_LOG_FILE" => "a file that `-v` writes to instead of stderr",
    "SKYSWITCH_COMPLETE" => "set by the scripts of `skyswitch completions`: the shell that asks what could be typed",
    "NO_COLOR" => "never colour",
    "CLICOLOR_FORCE" => "colour off a terminal, too",
    "COLUMNS" => "the width of tables on a terminal",
    "HTTPS_PROXY" => "the proxy for https, `http://[USER:PASSWORD@]HOST:PORT` (also `https_proxy`)",
    "HTTP_PROXY" => "the proxy where `HTTPS_PROXY` is not set; loopback never uses one",
    "ALL_PROXY" => "the proxy where neither is set (also `all_proxy`)",
    "NO_PROXY" => "hosts reached without the proxy, separated by commas: `host`, `.domain`, `*.domain`, `host:port`, networks, `*` (also `no_proxy`)",
}

/// The variables that are set to something.
#[derive(Clone, Default)]
pub struct Environment {
    values: BTreeMap<String, OsString>,
    program_args: Vec<OsString>,
}

/// A variable whose value is not text. The value itself is not repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the variable `{0}` is not valid UTF-8")]
pub struct NotText(pub String);

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names only: values are secrets more often than not.
        f.debug_list().entries(self.values.keys()).finish()
    }
}

impl Environment {
    /// Reads the process environment.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one reader of the environment"
    )]
    pub fn of_process() -> Self {
        let extra = [
            "HOME",
            "https_proxy",
            "all_proxy",
            "no_proxy",
            "USER",
            "LOGNAME",
            "USERNAME",
            "HOSTNAME",
            "COMPUTERNAME",
        ];
        let values = VARIABLES
            .iter()
            .map(|variable| variable.name)
            .chain(extra)
            .filter_map(|name| Some((name.to_owned(), std::env::var_os(name)?)))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        Self {
            values,
            program_args: std::env::args_os().collect(),
        }
    }

    /// An environment for tests.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self {
            values: pairs
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect(),
            program_args: Vec::new(),
        }
    }

    /// The command line, program name first.
    pub fn args(&self) -> &[OsString] {
        &self.program_args
    }

    /// A variable's text, if it is set to anything.
    ///
    /// # Errors
    /// [`NotText`] for bytes that are not UTF-8.
    pub fn text(&self, name: &str) -> Result<Option<&str>, NotText> {
        match self.values.get(name) {
            None => Ok(None),
            Some(value) => value
                .to_str()
                .map(Some)
                .ok_or_else(|| NotText(name.to_owned())),
        }
    }

    /// A variable's raw value, for paths.
    pub fn raw(&self, name: &str) -> Option<&OsString> {
        self.values.get(name)
    }

    /// Whether a switch variable is on: set, and not `0`, `false` or `no`.
    pub fn is_on(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| {
            !["0", "false", "no"]
                .iter()
                .any(|off| value.eq_ignore_ascii_case(off))
        })
    }

    /// Who runs this, for the journal.
    pub fn user(&self) -> Option<&str> {
        ["USER", "LOGNAME", "USERNAME"]
            .iter()
            .find_map(|name| self.values.get(*name)?.to_str())
    }

    /// The machine's name where the environment tells it.
    pub fn host(&self) -> Option<&str> {
        ["HOSTNAME", "COMPUTERNAME"]
            .iter()
            .find_map(|name| self.values.get(*name)?.to_str())
    }
}
