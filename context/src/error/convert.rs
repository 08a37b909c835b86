//! From the typed errors of the modules below to codes, words and hints: all conversions, in one place.

use super::{Code, Error};
use crate::api;
use crate::auth::{SessionError, StoreError};
use crate::config::{ConfigError, SettingsError, Source};
use crate::journal::JournalError;
use crate::model::{System, seconds};
use crate::plan::PlanError;
use crate::plan::brakes::{self, Brake};
use crate::plan::problems::FileErrors;
use crate::plan::refusal::Kind;
use crate::plan::saved::SavedError;

impl From<SettingsError> for Error {
    fn from(error: SettingsError) -> Self {
        let (code, hint) = match &error {
            SettingsError::UnknownProfile { name, .. } => {
                let name = shell_words::quote(name);
                let hint = format!("`skyswitch login --profile {name}` makes it");
                (Code::UnknownProfile, Some(hint))
            }
            SettingsError::Config(ConfigError::WritableByOthers(path)) => (
                Code::InvalidSetting,
                Some(System::HERE.keep_others_out(path)),
            ),
            SettingsError::Invalid {
                from: Source::Flag(_),
                ..
            } => (Code::Usage, None),
            _ => (Code::InvalidSetting, None),
        };
        Self {
            hint,
            ..Self::of(code, error)
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
            other => Self::of_api(&other).caused_by(other),
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
                .hint("another program may be answering at that address"),
            api::Error::TooMuch(_) => Self::new(Code::IncompleteList, error.to_string()).hint(
                "`SKYSWITCH_MAX_MEMORY=2000` in the environment allows 2000 MiB; lists as ndjson or CSV, and filters that begin with `.[] |`, take none",
            ),
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
            Some(wait) => format!("the server asks to wait {}", seconds(wait)),
            None => "wait a minute and run it again".to_owned(),
        }),
        (_, 500..) => Error::new(Code::ServerError, message)
            .hint("the fault is the server's: run it again later"),
        (_, 408) => Error::new(Code::Timeout, message),
        (api::Endpoint::Token, _) if answer.is_of_a_gateway() => Error::new(
            Code::ServerError,
            message,
        )
        .hint(
            "something before the token endpoint said no, a gateway or proxy: run it again later",
        ),
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
        K::Connect if lacks_files(transport) => (Code::Network, Some(FEW_FILES)),
        K::Connect => (
            Code::Network,
            Some("check the network, the proxy settings and `SKYSWITCH_API_URL`"),
        ),
        K::Dropped | K::Proxy(_) => (Code::Network, None),
        K::Timeout => (Code::Timeout, None),
        K::Tls(
            api::TlsFault::SelfSigned | api::TlsFault::UnknownIssuer | api::TlsFault::NoRoots,
        ) => (Code::Tls, Some(missing_authority(System::HERE))),
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
    if matches!(transport.kind, K::TooLarge | K::Proxy(..=428 | 430..500)) {
        error.retryable = Some(false);
    }
    error
}

/// What to do where a connection or a thread cannot be had.
pub const FEW_FILES: &str = match System::HERE {
    System::Unix | System::MacOs => "where too many files are open, `ulimit -n 256` allows more",
    System::Windows => "close programs that hold many connections, then run it again",
};

/// Whether no file was left for a connection: EMFILE, ENFILE, and WSAEMFILE on Windows.
fn lacks_files(transport: &api::Transport) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(transport);
    std::iter::from_fn(|| {
        let this = cause?;
        cause = this.source();
        Some(this)
    })
    .filter_map(|error| error.downcast_ref::<std::io::Error>()?.raw_os_error())
    .any(|code| match System::HERE {
        System::Unix | System::MacOs => matches!(code, 23 | 24),
        System::Windows => code == 10024,
    })
}

fn missing_authority(system: System) -> &'static str {
    match system {
        System::Unix => "on a bare image install `ca-certificates`",
        System::MacOs => "a company's own authority is trusted once it stands in Keychain Access",
        System::Windows => {
            "a company's own authority is trusted once it stands in `certmgr.msc` under Trusted Root Certification Authorities"
        }
    }
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
        Err(source) => {
            Error::of(Code::SessionDead, anyhow::Error::from_boxed(source)).hint("skyswitch login")
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::of_store(&error).caused_by(error)
    }
}

impl Error {
    fn of_store(error: &StoreError) -> Self {
        let code = match error {
            StoreError::Unsafe { .. } | StoreError::Corrupt { .. } => Code::StoreUnsafe,
            StoreError::BadProfile(_) => Code::InvalidSetting,
            _ => Code::StoreUnavailable,
        };
        Self {
            hint: lines(&error.hints()),
            ..Self::new(code, error.to_string())
        }
    }
}

/// Hints, a line each.
fn lines(hints: &[String]) -> Option<String> {
    Some(hints.join("\n")).filter(|hints| !hints.is_empty())
}

impl From<SessionError> for Error {
    fn from(error: SessionError) -> Self {
        let message = error.to_string();
        let hint = lines(&error.hints());
        let code = match &error {
            SessionError::NotLoggedIn(_) => Code::NotLoggedIn,
            SessionError::WrongOrigin { .. } => Code::WrongOrigin,
            SessionError::Store(store) => return Self::of_store(store).caused_by(error),
            SessionError::Busy => Code::RefreshLocked,
            SessionError::Lock { .. } => Code::StoreUnavailable,
            SessionError::Refused(_) | SessionError::Dead(_) | SessionError::FixedTokenRefused => {
                Code::SessionDead
            }
            SessionError::Transport(_) => Code::Network,
            SessionError::Unreadable(_) => Code::UnreadableAnswer,
        };
        // What the network or the server said decides more finely; the words stay the session's.
        let cause = match &error {
            SessionError::Refused(cause)
            | SessionError::Dead(cause)
            | SessionError::Transport(cause)
            | SessionError::Unreadable(cause) => cause.downcast_ref::<api::Error>(),
            _ => None,
        };
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
        result.caused_by(error)
    }
}

impl From<JournalError> for Error {
    fn from(error: JournalError) -> Self {
        let (code, hint) = match &error {
            JournalError::Unwritable { .. } => (
                Code::JournalUnavailable,
                Some(
                    "nothing is sent without a journal: make room or permit it, or set `SKYSWITCH_STATE_DIR`",
                ),
            ),
            JournalError::Unreadable { .. } => (Code::JournalUnavailable, None),
            JournalError::NotFound { .. } => (
                Code::NotFound,
                Some("`skyswitch history` lists the runs there are"),
            ),
            JournalError::Ambiguous { .. } => (
                Code::InvalidInput,
                Some("type more of it; `skyswitch history` has the ids"),
            ),
            JournalError::Running { .. } => (Code::Busy, None),
        };
        Self {
            hint: hint.map(str::to_owned),
            ..Self::of(code, error)
        }
    }
}

impl From<FileErrors> for Error {
    fn from(errors: FileErrors) -> Self {
        let lines = errors.to_string().lines().map(str::to_owned).collect();
        let error = Self::of_lines(Code::InvalidInput, lines);
        error.hint("`skyswitch help files` says what a file may hold")
    }
}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::File(errors) => errors.into(),
            PlanError::Refused(refusals) => {
                let any = |kind: Kind| refusals.iter().any(|refusal| refusal.kind == kind);
                let code = if any(Kind::Conflict) {
                    Code::Conflict
                } else if any(Kind::Ambiguous) {
                    Code::Ambiguous
                } else {
                    Code::Brake
                };
                Self::of_lines(code, refusals.iter().map(ToString::to_string).collect())
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
        Self::of(code, error)
            .hint("make it again with `skyswitch routes plan FILE --save PLAN.json`")
    }
}

impl Error {
    /// The brakes that hold a plan, each flag that lifts one named once.
    pub fn held(brakes: &[Brake]) -> Self {
        let all: Vec<String> = brakes.iter().map(ToString::to_string).collect();
        let mut lines = brakes::grouped_messages(brakes).into_iter();
        let mut error = Self::new(Code::Brake, lines.next().unwrap_or_default());
        error.details = lines.collect();
        error.whole = Some(all.join("\n").into());
        error
    }
}
