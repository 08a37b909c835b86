//! What can go wrong between a request and its answer, as values; words for people are chosen higher up.

use std::time::Duration;

use super::answer::{Answer, reason_phrase};
use super::tls_fault::{TlsFault, tls_fault};

/// Any failure of a call.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server answered with an error status.
    #[error(transparent)]
    Answer(Box<Answer>),
    /// No whole answer arrived, or the request never left.
    #[error(transparent)]
    Transport(Box<Transport>),
    /// A success nobody can read: HTML, not JSON, empty where data is due, a wrong shape.
    #[error("the server's answer cannot be read: {found}")]
    Unreadable {
        /// What was found, without any of the server's own text.
        found: String,
        /// The answer's request id.
        request_id: Option<String>,
    },
    /// No bearer could be had; the source's own error.
    #[error(transparent)]
    Bearer(BearerFailure),
    /// The bearer was refused, and there was no other to be had.
    #[error("{source}: {refused}")]
    NotRenewed {
        /// The refusal.
        refused: Box<Answer>,
        /// The source's own error.
        source: BearerFailure,
    },
    /// What has to be held to be worked on takes more memory than is allowed; in words.
    #[error("{0}")]
    TooMuch(String),
    /// The receiver of a list wants no more rows.
    #[error("the list was not wanted to its end")]
    Halted,
    /// A signal asked us to start nothing new.
    #[error("interrupted before the request was sent")]
    Stopped,
}

/// Why a source could not give a bearer; its own error, to be read by whoever knows the source.
pub type BearerFailure = Box<dyn std::error::Error + Send + Sync>;

/// A call that brought no whole answer.
#[derive(Debug, thiserror::Error)]
#[error("{kind}{}", told(.kind, .detail))]
pub struct Transport {
    /// What happened.
    pub kind: TransportKind,
    /// Whether the request may have reached the server.
    pub sent: bool,
    /// The operating system's or library's words, without any URL.
    pub detail: String,
    /// The answer's request id, where a part of it arrived.
    pub request_id: Option<String>,
    /// What the library reports, without any URL.
    pub source: Option<BearerFailure>,
}

/// The ways a call can break.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportKind {
    /// No connection came about.
    #[error("cannot connect to the server")]
    Connect,
    /// The proxy does not lead there.
    #[error("the proxy does not lead to the server: it answered {0}")]
    Proxy(u16),
    /// The TLS handshake failed.
    #[error("cannot trust the server: {0}")]
    Tls(TlsFault),
    /// The time was up.
    #[error("the server did not answer in time")]
    Timeout,
    /// The connection broke before an answer.
    #[error("the connection broke before an answer came")]
    Dropped,
    /// The answer broke off, or was longer than any answer may be.
    #[error("the server's answer broke off")]
    Truncated,
    /// The answer is larger than we are willing to read.
    #[error("the server's answer is too large")]
    TooLarge,
    /// A redirect, never followed; the origin it named, if that could be read.
    #[error("the server redirects{}, which is never followed", .0.as_ref().map(|to| format!(" to `{to}`")).unwrap_or_default())]
    Redirect(Option<String>),
}

/// The system's words, where they say more than the kind of the fault.
fn told(kind: &TransportKind, detail: &str) -> String {
    use TransportKind as K;
    match kind {
        K::Connect | K::Dropped | K::Truncated | K::TooLarge => format!(": {detail}"),
        K::Proxy(status) => reason_phrase(*status),
        K::Tls(_) | K::Timeout | K::Redirect(_) => String::new(),
    }
}

impl Error {
    /// The request id of the answer at fault.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Answer(answer)
            | Self::NotRenewed {
                refused: answer, ..
            } => answer.request_id.as_deref(),
            Self::Transport(transport) => transport.request_id.as_deref(),
            Self::Unreadable { request_id, .. } => request_id.as_deref(),
            Self::Bearer(_) | Self::TooMuch(_) | Self::Halted | Self::Stopped => None,
        }
    }

    /// The status of the answer at fault.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Answer(answer)
            | Self::NotRenewed {
                refused: answer, ..
            } => Some(answer.status),
            _ => None,
        }
    }

    /// Whether the server says that what was named is not there: 404, or 400 with that code
    /// (`api.md`, Errors).
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::Answer(answer) => {
                answer.status == 404
                    || (answer.status == 400 && answer.code.as_deref() == Some("not_found"))
            }
            _ => false,
        }
    }

    /// Whether the same call may well succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Answer(answer) => {
                matches!(answer.status, 429 | 500 | 502 | 503 | 504) || answer.is_of_a_gateway()
            }
            Self::Transport(transport) => matches!(
                transport.kind,
                TransportKind::Connect
                    | TransportKind::Proxy(429 | 500..)
                    | TransportKind::Timeout
                    | TransportKind::Dropped
                    | TransportKind::Truncated
            ),
            _ => false,
        }
    }

    /// Whether a write that failed like this certainly changed nothing.
    ///
    /// A refusal did not change anything, and neither did a request that never left. A server error,
    /// a lost answer or an answer that cannot be read leaves it open.
    pub fn certainly_not_done(&self) -> bool {
        match self {
            Self::Answer(answer) => (400..500).contains(&answer.status) && answer.status != 408,
            Self::Transport(transport) => !transport.sent,
            Self::Unreadable { .. } => false,
            Self::Bearer(_)
            | Self::NotRenewed { .. }
            | Self::TooMuch(_)
            | Self::Halted
            | Self::Stopped => true,
        }
    }

    /// Whether an answer began and broke off; one that never ends is not asked for again.
    pub fn is_broken_off(&self) -> bool {
        matches!(self, Self::Transport(transport)
            if matches!(transport.kind, TransportKind::Dropped | TransportKind::Truncated))
    }

    /// Whether the time was up: the server may still be at work on it.
    pub fn is_time_out(&self) -> bool {
        match self {
            Self::Answer(answer) => matches!(answer.status, 408 | 504),
            Self::Transport(transport) => transport.kind == TransportKind::Timeout,
            _ => false,
        }
    }

    /// The wait the server asked for.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Answer(answer) => answer.retry_after,
            _ => None,
        }
    }

    /// What the network or its layers came to; `sent` where the request may have arrived.
    pub fn transport(kind: TransportKind, sent: bool, detail: impl Into<String>) -> Self {
        Self::Transport(Box::new(Transport {
            kind,
            sent,
            detail: detail.into(),
            request_id: None,
            source: None,
        }))
    }

    pub(super) fn caused_by(mut self, cause: impl Into<BearerFailure>) -> Self {
        if let Self::Transport(transport) = &mut self {
            transport.source = Some(cause.into());
        }
        self
    }

    /// Reads what comes out of a body that broke off.
    pub(super) fn broken_body(error: std::io::Error) -> Self {
        let timed_out = error.kind() == std::io::ErrorKind::TimedOut;
        let cause = error.downcast::<reqwest::Error>();
        let kind = match &cause {
            _ if timed_out => TransportKind::Timeout,
            Ok(error) if error.is_timeout() => TransportKind::Timeout,
            _ => TransportKind::Truncated,
        };
        let broke = Self::transport(kind, true, "the connection broke");
        match cause {
            Ok(cause) => broke.caused_by(cause.without_url()),
            Err(cause) => broke.caused_by(cause),
        }
    }

    pub(crate) fn with_request_id(mut self, id: Option<&str>) -> Self {
        let id = id.map(str::to_owned);
        match &mut self {
            Self::Transport(transport) => transport.request_id = id,
            Self::Unreadable { request_id, .. } => *request_id = id,
            _ => {}
        }
        self
    }

    /// Reads what reqwest reports; never with its URL, whose query holds phone numbers.
    pub(crate) fn from_reqwest(error: reqwest::Error) -> Self {
        let error = error.without_url();
        // What cannot be built for want of files is no connection, either.
        let sent = !error.is_connect() && !error.is_builder();
        if let Some(fault) = tls_fault(&error) {
            return Self::transport(TransportKind::Tls(fault), false, root_cause(&error))
                .caused_by(error);
        }
        let kind = if !sent {
            TransportKind::Connect
        } else if error.is_timeout() {
            TransportKind::Timeout
        } else {
            TransportKind::Dropped
        };
        let detail = if error.is_timeout() {
            "timed out".to_owned()
        } else {
            root_cause(&error)
        };
        Self::transport(kind, sent, detail).caused_by(error)
    }
}

/// The innermost cause's words: "Connection refused (os error 111)" rather than three wrappers.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
