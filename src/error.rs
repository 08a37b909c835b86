//! The one error a command ends with: a stable code, words, a hint, and what a script should do next.
//!
//! Lower modules return their own typed errors; only here they become codes, exit codes and hints.
//! The codes are public interface (`design.md` §3): `help exit-codes` and the man page list them
//! from [`Code::ALL`].

use std::fmt;

use crate::api;
use crate::auth::{SessionError, StoreError};
use crate::config::{ConfigError, SettingsError, Source};
use crate::journal::JournalError;
use crate::plan::problems::FileErrors;
use crate::plan::refusal::Refusal;
use crate::plan::saved::SavedError;
use crate::plan::{PlanError, brakes::Brake};

/// A stable `error.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// A fault of this program.
    Internal,
    /// A success of the server that nobody can read.
    UnreadableAnswer,
    /// A list that says there is more than could be read.
    IncompleteList,
    /// Results could not be written.
    OutputFailed,
    /// The command line.
    Usage,
    /// A setting: flag, variable or profile key.
    InvalidSetting,
    /// An argument or a file.
    InvalidInput,
    /// The server refused the request's parameters (400, 422).
    Rejected,
    /// No account is named anywhere.
    NoAccount,
    /// The thing named is not there.
    NotFound,
    /// A domain the account does not have.
    UnknownDomain,
    /// A profile nobody defined.
    UnknownProfile,
    /// No run is left to take back, or it changed nothing.
    NothingToUndo,
    /// Nobody is logged in.
    NotLoggedIn,
    /// The credentials were refused, or the session cannot be renewed.
    SessionDead,
    /// The store is gone, locked or frozen.
    StoreUnavailable,
    /// The store's files are not safe to use.
    StoreUnsafe,
    /// The stored credentials belong to another API.
    WrongOrigin,
    /// `--yes` is missing.
    ConfirmationNeeded,
    /// More than one thing fits.
    Ambiguous,
    /// A rule that protects live calls.
    Refused,
    /// A brake holds the plan.
    Brake,
    /// The plan is not the one that was asked for, or no longer fits the server.
    StalePlan,
    /// What stands there is not what was expected.
    Conflict,
    /// Another apply, undo or login is at work.
    Busy,
    /// The journal cannot be written, so nothing was sent.
    JournalUnavailable,
    /// The token lacks a scope, or the user may not.
    Forbidden,
    /// No connection, or it broke.
    Network,
    /// The server's certificate or TLS.
    Tls,
    /// The time was up.
    Timeout,
    /// Too many requests.
    RateLimited,
    /// 5xx.
    ServerError,
    /// A redirect, never followed.
    Redirect,
    /// The answer broke off or never ended.
    Truncated,
    /// Another process held the refresh lock too long.
    RefreshLocked,
    /// Some changes were made, others not.
    Partial,
    /// Changed, but the server does not show it.
    Unverified,
    /// A write whose outcome nobody can tell.
    OutcomeUnknown,
    /// The plan is not empty (`plan --exit-code`).
    Pending,
    /// Calls do not go where they should (`routes test`).
    ExpectationFailed,
    /// A signal.
    Interrupted,
}

/// What a code means.
pub struct CodeFacts {
    /// The string in `error.code`.
    pub name: &'static str,
    /// The exit code; a signal's is 128 plus its number.
    pub exit: u8,
    /// In words, for the help.
    pub text: &'static str,
    /// Whether the same command may well succeed later.
    pub retryable: bool,
}

impl Code {
    /// All codes, by exit code.
    pub const ALL: [Self; 41] = [
        Self::Internal,
        Self::UnreadableAnswer,
        Self::IncompleteList,
        Self::OutputFailed,
        Self::Usage,
        Self::InvalidSetting,
        Self::InvalidInput,
        Self::Rejected,
        Self::NoAccount,
        Self::NotFound,
        Self::UnknownDomain,
        Self::UnknownProfile,
        Self::NothingToUndo,
        Self::NotLoggedIn,
        Self::SessionDead,
        Self::StoreUnavailable,
        Self::StoreUnsafe,
        Self::WrongOrigin,
        Self::ConfirmationNeeded,
        Self::Ambiguous,
        Self::Refused,
        Self::Brake,
        Self::StalePlan,
        Self::Conflict,
        Self::Busy,
        Self::JournalUnavailable,
        Self::Forbidden,
        Self::Network,
        Self::Tls,
        Self::Timeout,
        Self::RateLimited,
        Self::ServerError,
        Self::Redirect,
        Self::Truncated,
        Self::RefreshLocked,
        Self::Partial,
        Self::Unverified,
        Self::OutcomeUnknown,
        Self::Pending,
        Self::ExpectationFailed,
        Self::Interrupted,
    ];

    /// Name, exit code, words.
    pub const fn facts(self) -> CodeFacts {
        let (name, exit, text, retryable) = match self {
            Self::Internal => ("internal", 1, "a fault of this program", false),
            Self::UnreadableAnswer => (
                "unreadable_answer",
                1,
                "the server's answer cannot be read",
                false,
            ),
            Self::IncompleteList => (
                "incomplete_list",
                1,
                "the list says there is more than could be read",
                false,
            ),
            Self::OutputFailed => ("output_failed", 1, "results could not be written", false),
            Self::Usage => ("usage", 2, "the command line cannot be read", false),
            Self::InvalidSetting => (
                "invalid_setting",
                2,
                "a flag, variable or profile key has a bad value",
                false,
            ),
            Self::InvalidInput => (
                "invalid_input",
                2,
                "an argument or file has bad content",
                false,
            ),
            Self::Rejected => (
                "rejected",
                2,
                "the server refused the parameters (400, 422)",
                false,
            ),
            Self::NoAccount => ("no_account", 2, "no account is named anywhere", false),
            Self::NotFound => (
                "not_found",
                3,
                "the route, account or entry is not there",
                false,
            ),
            Self::UnknownDomain => ("unknown_domain", 3, "the account has no such domain", false),
            Self::UnknownProfile => ("unknown_profile", 3, "there is no such profile", false),
            Self::NothingToUndo => (
                "nothing_to_undo",
                3,
                "no run changed anything that could be put back",
                false,
            ),
            Self::NotLoggedIn => ("not_logged_in", 4, "no credentials", false),
            Self::SessionDead => (
                "session_dead",
                4,
                "credentials refused, or session over",
                false,
            ),
            Self::StoreUnavailable => (
                "store_unavailable",
                4,
                "the credential store is gone, locked or frozen",
                false,
            ),
            Self::StoreUnsafe => (
                "store_unsafe",
                4,
                "the credential store's files are not safe to use",
                false,
            ),
            Self::WrongOrigin => (
                "wrong_origin",
                4,
                "the stored credentials belong to another API",
                false,
            ),
            Self::ConfirmationNeeded => ("confirmation_needed", 5, "needs `--yes`", false),
            Self::Ambiguous => ("ambiguous", 5, "more than one thing fits", false),
            Self::Refused => ("refused", 5, "a rule that protects live calls", false),
            Self::Brake => ("brake", 5, "a brake holds the plan", false),
            Self::StalePlan => (
                "stale_plan",
                5,
                "the plan no longer fits the server, or is another than expected",
                false,
            ),
            Self::Conflict => (
                "conflict",
                5,
                "what stands there is not what was expected",
                false,
            ),
            Self::Busy => ("busy", 5, "another run is at work", true),
            Self::JournalUnavailable => (
                "journal_unavailable",
                5,
                "the journal cannot be written, so nothing was sent",
                false,
            ),
            Self::Forbidden => ("forbidden", 6, "a scope or right is missing", false),
            Self::Network => ("network", 7, "no connection, or it broke", true),
            Self::Tls => ("tls", 7, "the server cannot be trusted", false),
            Self::Timeout => ("timeout", 7, "the time was up", true),
            Self::RateLimited => ("rate_limited", 7, "too many requests", true),
            Self::ServerError => ("server_error", 7, "the server failed (5xx)", true),
            Self::Redirect => ("redirect", 7, "a redirect, never followed", false),
            Self::Truncated => (
                "truncated",
                7,
                "the answer broke off or was too large",
                true,
            ),
            Self::RefreshLocked => (
                "refresh_locked",
                7,
                "another process is refreshing the token",
                true,
            ),
            Self::Partial => ("partial", 8, "some changes were made, others not", false),
            Self::Unverified => (
                "unverified",
                8,
                "changed, but the server does not show it",
                false,
            ),
            Self::OutcomeUnknown => (
                "outcome_unknown",
                8,
                "a write whose outcome nobody can tell",
                false,
            ),
            Self::Pending => ("pending", 9, "the plan is not empty", false),
            Self::ExpectationFailed => (
                "expectation_failed",
                9,
                "calls do not go where they should",
                false,
            ),
            Self::Interrupted => (
                "interrupted",
                130,
                "interrupted (129 hang-up, 130 Ctrl-C, 143 terminated)",
                false,
            ),
        };
        CodeFacts {
            name,
            exit,
            text,
            retryable,
        }
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
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
    /// Other than the code's own: a certificate fault is no better later.
    pub retryable: Option<bool>,
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
            retryable: None,
        }
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
            "message": self.message,
            "hint": self.hint,
            "exit_code": self.exit_code(),
            "http_status": self.http_status,
            "request_id": self.request_id,
            "retryable": self.retryable(),
            "changed": self.changed,
        }})
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<SettingsError> for Error {
    fn from(error: SettingsError) -> Self {
        let message = error.to_string();
        match error {
            SettingsError::UnknownProfile { nearest, .. } => {
                let known = nearest.map_or_else(
                    || "`skyswitch login --profile NAME` makes one".to_owned(),
                    |name| format!("did you mean `--profile {name}`?"),
                );
                Self::new(Code::UnknownProfile, message).hint(known)
            }
            SettingsError::Config(ConfigError::WritableByOthers(path)) => {
                Self::new(Code::InvalidSetting, message)
                    .hint(format!("chmod go-w {}", path.display()))
            }
            SettingsError::Invalid {
                source: Source::Flag(_),
                ..
            } => Self::new(Code::Usage, message),
            _ => Self::new(Code::InvalidSetting, message),
        }
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        SettingsError::Config(error).into()
    }
}

impl From<api::Error> for Error {
    fn from(error: api::Error) -> Self {
        match error {
            api::Error::Bearer(source) => bearer_failure(source),
            api::Error::NotRenewed { refused, source } => not_renewed(&refused, source),
            other => Self::of_api(&other),
        }
    }
}

impl Error {
    fn of_api(error: &api::Error) -> Self {
        let mut result = match error {
            api::Error::Bearer(_) | api::Error::NotRenewed { .. } => {
                Self::new(Code::SessionDead, error.to_string())
            }
            api::Error::Answer(answer) => answer_error(answer),
            api::Error::Transport(transport) => transport_error(transport, error.to_string()),
            api::Error::Unreadable { .. } => Self::new(Code::UnreadableAnswer, error.to_string())
                .hint("run it again with `-vv` to see what came; another program may be answering at that address"),
            api::Error::Halted => Self::new(Code::OutputFailed, error.to_string()),
            api::Error::Stopped => Self::new(Code::Interrupted, error.to_string()),
        };
        result.http_status = error.status();
        result.request_id = error.request_id().map(str::to_owned);
        result
    }
}

fn answer_error(answer: &api::Answer) -> Error {
    let message = answer.to_string();
    let server_hint = |error: Error| match &answer.hint {
        Some(hint) => error.hint(format!("the server adds: {hint}")),
        None => error,
    };
    match (answer.endpoint, answer.status) {
        (_, 429) => Error::new(Code::RateLimited, message).hint(match answer.retry_after {
            Some(wait) => format!("the server asks to wait {} seconds", wait.as_secs()),
            None => "wait a minute and run it again".to_owned(),
        }),
        (_, 500..) => Error::new(Code::ServerError, message)
            .hint("the fault is the server's: run it again later"),
        (_, 408) => Error::new(Code::Timeout, message),
        (api::Endpoint::Token, _) => token_refusal(answer, message),
        (api::Endpoint::Api, 401) => Error::new(
            Code::SessionDead,
            format!("{message} (the access token was refused)"),
        )
        .hint("skyswitch login"),
        (api::Endpoint::Api, 403) => server_hint(Error::new(Code::Forbidden, message)),
        (api::Endpoint::Api, 404) => server_hint(Error::new(Code::NotFound, message)),
        (api::Endpoint::Api, 409) => server_hint(Error::new(Code::Conflict, message)),
        (api::Endpoint::Api, _) => server_hint(Error::new(Code::Rejected, message)),
    }
}

/// Any 4xx of the token endpoint is about the credentials (`api.md`: classify by endpoint).
fn token_refusal(answer: &api::Answer, message: String) -> Error {
    let hint = match answer.code.as_deref() {
        Some("invalid_scope") => {
            "ask for scopes this user may have, such as `skyswitch login --scope \"pbx account\"`"
        }
        Some("invalid_client") => {
            "check the client id and secret; credentials of the UC, Fax or PBX (NetSapiens) API do not work here"
        }
        _ => {
            "check client id, client secret, user name and password; credentials of the UC, Fax or PBX (NetSapiens) API do not work here"
        }
    };
    Error::new(
        Code::SessionDead,
        format!("the credentials were refused: {message}"),
    )
    .hint(hint)
}

fn transport_error(transport: &api::Transport, message: String) -> Error {
    use api::TransportKind as K;
    let (code, hint) = match &transport.kind {
        K::Connect => (
            Code::Network,
            Some("check the network, the proxy settings and `SKYSWITCH_API_URL`"),
        ),
        K::Dropped => (Code::Network, None),
        K::Timeout => (Code::Timeout, Some("a longer `--timeout SECONDS` may help")),
        K::Tls(
            api::TlsFault::SelfSigned | api::TlsFault::UnknownIssuer | api::TlsFault::NoRoots,
        ) => (
            Code::Tls,
            Some(
                "a company's own authority is trusted with `--cacert FILE`; on a bare image install `ca-certificates`",
            ),
        ),
        K::Tls(api::TlsFault::NotYetValid | api::TlsFault::Expired) => {
            (Code::Tls, Some("check this machine's clock"))
        }
        K::Tls(_) => (
            Code::Tls,
            Some("check `SKYSWITCH_API_URL` and what stands between this machine and the server"),
        ),
        K::Truncated | K::TooLarge => (Code::Truncated, None),
        K::Redirect(_) => (
            Code::Redirect,
            Some("check `SKYSWITCH_API_URL`: it names scheme, host and port of the API"),
        ),
    };
    let mut error = Error::new(code, message);
    error.hint = hint.map(str::to_owned);
    if matches!(transport.kind, K::TooLarge) {
        error.retryable = Some(false);
    }
    error
}

/// The answer that asked for another bearer stands in where getting one brought no answer of its own.
fn not_renewed(refused: &api::Answer, source: api::BearerFailure) -> Error {
    let mut error = bearer_failure(source);
    if error.http_status.is_none() && error.code == Code::SessionDead {
        error.message = format!("{}: {refused}", error.message);
        error.http_status = Some(refused.status);
        error.request_id.clone_from(&refused.request_id);
    }
    error
}

/// A bearer source's failure.
fn bearer_failure(source: api::BearerFailure) -> Error {
    match source.downcast::<SessionError>() {
        Ok(error) => (*error).into(),
        Err(source) => Error::new(Code::SessionDead, source.to_string()).hint("skyswitch login"),
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}

impl From<&StoreError> for Error {
    fn from(error: &StoreError) -> Self {
        let code = match error {
            StoreError::Unsafe { .. } | StoreError::Corrupt { .. } => Code::StoreUnsafe,
            StoreError::BadProfile(_) => Code::InvalidSetting,
            _ => Code::StoreUnavailable,
        };
        let mut result = Self::new(code, error.to_string());
        result.hint = Some(error.hints().join("\n")).filter(|hint| !hint.is_empty());
        result
    }
}

impl From<SessionError> for Error {
    fn from(error: SessionError) -> Self {
        use std::error::Error as _;
        let message = error.to_string();
        let hint = Some(error.hints().join("\n")).filter(|hint| !hint.is_empty());
        let code = match &error {
            SessionError::NotLoggedIn(_) => Code::NotLoggedIn,
            SessionError::WrongOrigin { .. } => Code::WrongOrigin,
            SessionError::Store(error) => return Self::from(&**error),
            SessionError::Busy => Code::RefreshLocked,
            SessionError::Lock { .. } => Code::StoreUnavailable,
            SessionError::Refused(_) | SessionError::Dead(_) | SessionError::FixedTokenRefused => {
                Code::SessionDead
            }
            SessionError::Transport(_) => Code::Network,
            SessionError::Unreadable(_) => Code::UnreadableAnswer,
        };
        // What the network or the server said decides more finely; the words stay the session's.
        let cause = error
            .source()
            .and_then(|cause| cause.downcast_ref::<api::Error>());
        let mut result = cause.map_or_else(|| Self::new(code, message.clone()), Self::of_api);
        result.message = message;
        if matches!(
            error,
            SessionError::Refused(_) | SessionError::Dead(_) | SessionError::FixedTokenRefused
        ) {
            result.code = Code::SessionDead;
        }
        // A refresh token is nothing anybody could check: only a login helps.
        let only_login = matches!(error, SessionError::NotLoggedIn(_) | SessionError::Dead(_));
        if result.hint.is_none() || only_login {
            result.hint = hint;
        }
        result
    }
}

impl From<JournalError> for Error {
    fn from(error: JournalError) -> Self {
        let message = error.to_string();
        match error {
            JournalError::Unwritable { .. } => Self::new(Code::JournalUnavailable, message)
                .hint("nothing is sent without a journal: make room or permit it, or set `SKYSWITCH_STATE_DIR`"),
            JournalError::Unreadable { .. } => Self::new(Code::JournalUnavailable, message),
            JournalError::NotFound { .. } => {
                Self::new(Code::NotFound, message).hint("`skyswitch history` lists the runs there are")
            }
            JournalError::Ambiguous { .. } => Self::new(Code::Ambiguous, message),
            JournalError::Running { .. } => Self::new(Code::Busy, message),
        }
    }
}

impl From<FileErrors> for Error {
    fn from(errors: FileErrors) -> Self {
        let text = errors.to_string();
        let mut lines = text.lines().map(str::to_owned);
        let first = lines.next().unwrap_or_default();
        let mut error = Self::new(Code::InvalidInput, first);
        error.details = lines.collect();
        error.hint("nothing was planned; `skyswitch help files` says what a file may hold")
    }
}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::File(errors) => errors.into(),
            PlanError::Refused(refusals) => {
                let conflict = |refusal: &Refusal| matches!(refusal, Refusal::Conflict { .. });
                let code = if refusals.iter().any(conflict) {
                    Code::Conflict
                } else {
                    Code::Ambiguous
                };
                let mut lines = refusals.iter().map(ToString::to_string);
                let mut error = Self::new(code, lines.next().unwrap_or_default());
                error.details = lines.collect();
                error
            }
        }
    }
}

impl From<SavedError> for Error {
    fn from(error: SavedError) -> Self {
        let code = if error.is_unreadable() {
            Code::InvalidInput
        } else {
            Code::StalePlan
        };
        Self::new(code, error.to_string()).hint("make it again with `skyswitch routes plan --save`")
    }
}

impl Error {
    /// The brakes that hold a plan, the flag that lifts each at its end.
    pub fn held(brakes: &[Brake]) -> Self {
        let mut lines = brakes.iter().map(ToString::to_string);
        let mut error = Self::new(Code::Brake, lines.next().unwrap_or_default());
        error.details = lines.collect();
        let flags: std::collections::BTreeSet<&str> = brakes
            .iter()
            .filter_map(|brake| brake.flag.as_deref())
            .collect();
        let flags: Vec<&str> = flags.into_iter().collect();
        if !flags.is_empty() {
            error.hint = Some(format!("if all of it is meant: `{}`", flags.join(" ")));
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, Error};

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
        let json = Error::new(Code::Usage, "m").hint("h").json().to_string();
        assert_eq!(
            json,
            r#"{"error":{"code":"usage","message":"m","hint":"h","exit_code":2,"http_status":null,"request_id":null,"retryable":false,"changed":false}}"#
        );
    }
}
