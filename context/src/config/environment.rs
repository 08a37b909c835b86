//! The process environment, read once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

use super::names::SETTINGS;
use crate::model::{Shell, System};

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
            "HOME", "https_proxy", "all_proxy", "no_proxy", "USER", "LOGNAME", "USERNAME",
            "HOSTNAME", "COMPUTERNAME", "MSYSTEM", "PSModulePath", "_CLAP_COMPLETE_INDEX",
        ];
        let values = SETTINGS
            .iter()
            .map(|names| names.variable)
            .filter(|name| !name.is_empty())
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

    /// The shell that has started us.
    pub fn shell(&self) -> Shell {
        let text = |name| self.text(name).ok().flatten();
        Shell::at_hand(System::HERE, text("MSYSTEM"), text("PSModulePath"))
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
