//! A value with its source, and what can be wrong with one.

use std::fmt;

use super::environment::NotText;
use super::file::ConfigError;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A flag of the command line.
    Flag(&'static str),
    /// An environment variable.
    Variable(&'static str),
    /// A key of the profile in use.
    Profile(&'static str),
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::Profile(key) => write!(f, "profile key `{key}`"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value that won.
    pub value: T,
    /// Where it came from.
    pub source: Source,
}

impl<T> Setting<T> {
    /// What holds where nobody said anything.
    pub fn default_of(value: T) -> Self {
        Self {
            value,
            source: Source::Default,
        }
    }
}

/// Why the settings cannot be resolved.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A variable that is not text.
    #[error(transparent)]
    NotText(#[from] NotText),
    /// The configuration file.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A value that is not acceptable, and where it came from.
    #[error("{from}: {what}")]
    Invalid {
        /// Where the value stands.
        from: Source,
        /// What is wrong with it and what is accepted.
        what: String,
    },
    /// A profile nobody defined; the nearest name there is.
    #[error("there is no profile `{name}`; {}", listed(.known))]
    UnknownProfile {
        /// The name that was asked for.
        name: String,
        /// The nearest one.
        nearest: Option<String>,
        /// All there are.
        known: Vec<String>,
    },
}

fn listed(known: &[String]) -> String {
    match known {
        [] => "none was made yet".to_owned(),
        [one] => format!("there is `{one}`"),
        known => format!("there are `{}`", known.join("`, `")),
    }
}
