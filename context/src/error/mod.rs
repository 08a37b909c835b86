//! The one error a command ends with: a stable code, words, a hint, and what a script should do next.
//!
//! Lower modules return their own typed errors; only here they become codes, exit codes and hints. What
//! led to an error is kept, and shown by `-v`.
//! The codes are public interface (`design.md` §3): `help exit-codes` and the man page list them
//! from [`Code::ALL`].

use std::fmt;

use crate::journal::RunId;
use crate::model::{grouped, kind};

mod code;
mod convert;

pub use convert::FEW_FILES;

pub use code::{Code, CodeFacts};

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The stable code; it decides the exit code.
    pub code: Code,
    /// What happened, naming the flag, file or setting at fault.
    pub message: String,
    /// What to do about it, a ready command where there is one.
    pub hint: Option<String>,
    /// The answer's status.
    pub http_status: Option<u16>,
    /// The answer's request id.
    pub request_id: Option<String>,
    /// Whether anything was changed on the server; none where nobody can tell.
    pub changed: Option<bool>,
    /// Other than the code's own: a signal's.
    pub exit: Option<u8>,
    /// Whether the words have already been said (by `status`, say): only the exit code is left.
    pub said: bool,
    /// Further lines of the message, such as every error of a file.
    pub details: Vec<String>,
    /// The message as JSON has it, where people are shown only a part of its lines.
    pub whole: Option<Box<str>>,
    /// Other than the code's own: a certificate fault is no better later.
    pub retryable: Option<bool>,
    /// The run whose journal tells more.
    pub journal: Option<RunId>,
    /// What led to it; `-v` shows the chain.
    pub source: Option<anyhow::Error>,
}

impl Error {
    /// An error that changed nothing.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
            http_status: None,
            request_id: None,
            changed: Some(false),
            exit: None,
            said: false,
            details: Vec::new(),
            whole: None,
            retryable: None,
            journal: None,
            source: None,
        }
    }

    /// An error in the words of its cause.
    pub fn of(code: Code, cause: impl Into<anyhow::Error>) -> Self {
        let cause = cause.into();
        Self::new(code, cause.to_string()).caused_by(cause)
    }

    /// An error in the words of its cause, behind what is at fault: a flag, a file.
    pub fn at(code: Code, place: impl fmt::Display, cause: impl Into<anyhow::Error>) -> Self {
        let cause = cause.into();
        Self::new(code, format!("{place}: {cause}")).caused_by(cause)
    }

    /// Keeps what led to it.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<anyhow::Error>) -> Self {
        self.source = Some(cause.into());
        self
    }

    /// Names the run whose journal tells more.
    #[must_use]
    pub fn journal(mut self, id: Option<RunId>) -> Self {
        self.journal = id;
        self
    }

    /// What led to it, the nearest first; what only repeats the words before it is left out.
    pub fn causes(&self) -> Vec<String> {
        let chain = self.source.iter().flat_map(anyhow::Error::chain);
        let mut causes = vec![self.message.clone()];
        causes.extend(chain.map(ToString::to_string));
        causes.dedup();
        causes.split_off(1)
    }

    /// An error of several lines, of which people see three of each kind (see [`grouped`]).
    pub fn of_lines(code: Code, lines: Vec<String>) -> Self {
        let whole = lines.join("\n");
        let mut shown = grouped(lines.into_iter().map(|line| (kind(&line), line))).into_iter();
        let mut error = Self::new(code, shown.next().unwrap_or_default());
        error.details = shown.collect();
        error.whole = (!error.details.is_empty()).then(|| whole.into());
        error
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a further line of what to do, unless it is there already.
    pub fn add_hint(&mut self, hint: impl Into<String>) {
        let hint = hint.into();
        match &mut self.hint {
            None => self.hint = Some(hint),
            Some(known) if known.contains(&hint) => {}
            Some(known) => {
                known.push('\n');
                known.push_str(&hint);
            }
        }
    }

    /// Says whether anything was changed.
    #[must_use]
    pub fn changed(mut self, changed: Option<bool>) -> Self {
        self.changed = changed;
        self
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        self.exit.unwrap_or(self.code.facts().exit)
    }

    /// Whether the same command may well succeed later.
    pub fn retryable(&self) -> bool {
        self.retryable.unwrap_or(self.code.facts().retryable)
    }

    /// The one-line JSON form (`design.md` §2 "Errors").
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({"error": {
            "code": self.code.facts().name,
            "message": self.whole.as_deref().unwrap_or(&self.message),
            "hint": self.hint,
            "exit_code": self.exit_code(),
            "http_status": self.http_status,
            "request_id": self.request_id,
            "retryable": self.retryable(),
            "changed": self.changed,
            "journal": self.journal.as_ref().map(RunId::as_str),
        }})
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, Error};
    use crate::journal::RunId;

    #[test]
    fn code_names_are_unique_and_stable_in_form() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.facts().name).collect();
        assert!(
            names
                .iter()
                .all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        );
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
        let exits: Vec<_> = Code::ALL.iter().map(|code| code.facts().exit).collect();
        assert!(exits.is_sorted(), "listed by exit code");
    }

    #[test]
    fn the_json_form_has_its_keys_in_order() {
        let error = Error::new(Code::Usage, "m").hint("h");
        assert_eq!(
            error.json().to_string(),
            r#"{"error":{"code":"usage","message":"m","hint":"h","exit_code":2,"http_status":null,"request_id":null,"retryable":false,"changed":false,"journal":null}}"#
        );
        let id = RunId::parse("20261123T121530.123Z-3f9a").expect("an id");
        assert_eq!(
            error.journal(Some(id)).json()["error"]["journal"],
            "20261123T121530.123Z-3f9a"
        );
    }
}
