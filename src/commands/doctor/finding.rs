//! One line of the report.

use serde_json::{Value, json};

use crate::error::Error;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// As it should be.
    Ok,
    /// Works, or may work; worth knowing.
    Warn,
    /// Does not work.
    Fail,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// What a check found, and what to do about it.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) state: State,
    pub(super) text: String,
    pub(super) cures: Vec<String>,
    /// What a command would have ended with.
    pub(super) error: Option<Error>,
}

impl Finding {
    pub(super) fn ok(check: &'static str, text: impl Into<String>) -> Self {
        Self::new(check, State::Ok, text.into())
    }

    pub(super) fn warn(check: &'static str, text: impl Into<String>) -> Self {
        Self::new(check, State::Warn, text.into())
    }

    pub(super) fn fail(check: &'static str, error: Error) -> Self {
        let mut finding = Self::new(check, State::Fail, error.message.clone());
        let hints = error.hint.as_deref().unwrap_or_default();
        finding.cures = hints.lines().map(str::to_owned).collect();
        finding.error = Some(error);
        finding
    }

    pub(super) fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cures.push(cure.into());
        self
    }

    fn new(check: &'static str, state: State, text: String) -> Self {
        Self {
            check,
            state,
            text,
            cures: Vec::new(),
            error: None,
        }
    }

    /// `ok    dns          api.skyswitch.com has 2 addresses`, and a line for each cure.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{:<5} {:<11}  {}",
            self.state.name(),
            self.check,
            self.text
        )];
        lines.extend(self.cures.iter().map(|cure| format!("{:<19}→ {cure}", "")));
        lines
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "check": self.check,
            "state": self.state.name(),
            "text": self.text,
            "cures": self.cures,
            "code": self.error.as_ref().map(|error| error.code.facts().name),
        })
    }
}
