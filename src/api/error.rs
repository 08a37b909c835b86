//! What can go wrong between a request and its answer, as values; words for people are chosen higher up.

use std::time::Duration;

use serde_json::Value;

/// Which part of the API an answer came from: the token endpoint's failures mean something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/oauth/token`: any 400 or 401 is an authentication failure (`api.md`, Authentication).
    Token,
    /// Everything else.
    Api,
}

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

/// An error status with what its body said (`api.md`, Errors).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server answered {status}{}", .message.as_ref().map_or_else(|| reason_phrase(*.status), |message| format!(": {message}")))]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Where it came from.
    pub endpoint: Endpoint,
    /// `error` where it is a code rather than a sentence.
    pub code: Option<String>,
    /// The text to show: `message`, `error_description`, `error`, `msg`, first of `errors`.
    pub message: Option<String>,
    /// The body's own `hint`.
    pub hint: Option<String>,
    /// The call's request id.
    pub request_id: Option<String>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
}

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

/// Which fault a certificate has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// Its time is over.
    #[error("its certificate has expired")]
    Expired,
    /// Its time has not begun.
    #[error("its certificate is not valid yet")]
    NotYetValid,
    /// It is for another host.
    #[error("its certificate is for another host")]
    WrongHost,
    /// It vouches for itself, and nobody here trusts it.
    #[error("its certificate is self-signed")]
    SelfSigned,
    /// Its issuer is not trusted here.
    #[error("its certificate is from an issuer that is unknown to this machine")]
    UnknownIssuer,
    /// It was revoked.
    #[error("its certificate was revoked")]
    Revoked,
    /// This machine has no CA certificates to check it with.
    #[error("this machine has no CA certificates to check it with")]
    NoRoots,
    /// Something else about the certificate.
    #[error("its certificate cannot be accepted")]
    BadCertificate,
    /// Not a certificate matter: no common version or cipher, or no TLS at all.
    #[error("no TLS connection could be agreed on")]
    Handshake,
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

    pub(crate) fn transport(kind: TransportKind, sent: bool, detail: impl Into<String>) -> Self {
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

impl Answer {
    /// Whether something before the token endpoint said no: a 403 or 404 without an OAuth error.
    pub fn is_of_a_gateway(&self) -> bool {
        let oauth = |code: &str| {
            ["invalid_", "unsupported_", "unauthorized_", "access_denied"]
                .iter()
                .any(|known| code.starts_with(known))
        };
        self.endpoint == Endpoint::Token
            && matches!(self.status, 403 | 404)
            && !self.code.as_deref().is_some_and(oauth)
    }

    /// Whether the refresh token itself was refused, not whoever presented it (`api.md`,
    /// Authentication: `invalid_grant`, or `invalid_request` with a word about the token).
    pub fn refuses_refresh_token(&self) -> bool {
        let about = [&self.message, &self.hint].into_iter().flatten();
        self.refuses_grant()
            && match self.code.as_deref() {
                Some("invalid_grant") => true,
                Some("invalid_request") => about.into_iter().any(|text| {
                    let text = text.to_ascii_lowercase();
                    text.contains("token")
                }),
                _ => false,
            }
    }

    /// Whether the token endpoint refused what it was given: any 4xx, whichever, save those that only
    /// ask for patience (`api.md`, Authentication).
    pub fn refuses_grant(&self) -> bool {
        self.endpoint == Endpoint::Token
            && (400..500).contains(&self.status)
            && !matches!(self.status, 408 | 429)
            && !self.is_of_a_gateway()
    }

    /// Reads an error body of any of the forms of `api.md`, Errors; HTML and other text is dropped.
    pub(crate) fn from_body(status: u16, endpoint: Endpoint, body: &[u8]) -> Self {
        let mut answer = Self {
            status,
            endpoint,
            code: None,
            message: None,
            hint: None,
            request_id: None,
            retry_after: None,
        };
        let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else {
            return answer;
        };
        let text = |name: &str| match fields.get(name) {
            Some(Value::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            _ => None,
        };
        let error = text("error");
        answer.code = error.clone().filter(|error| is_code(error));
        answer.message = text("message")
            .or_else(|| text("error_description"))
            .or(error)
            .or_else(|| text("msg"))
            .or_else(|| fields.get("errors").and_then(first_text));
        if let Some(detail) = fields.get("errors").and_then(first_text) {
            // 422: the first field's complaint says more than "the given data was invalid".
            if answer.message.as_deref() != Some(&detail) {
                answer.hint = Some(detail);
            }
        }
        if let Some(hint) = text("hint") {
            answer.hint = Some(hint);
        }
        answer
    }
}

/// Whether an `error` is a code like `invalid_grant` rather than a sentence.
fn is_code(error: &str) -> bool {
    error
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// The first text anywhere in a 422's `errors`.
fn first_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Array(items) => items.iter().find_map(first_text),
        Value::Object(fields) => fields.values().find_map(first_text),
        _ => None,
    }
}

/// ` (Service Unavailable)`, or nothing for a status without a name.
fn reason_phrase(status: u16) -> String {
    reqwest::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .map(|reason| format!(" ({reason})"))
        .unwrap_or_default()
}

/// The innermost cause's words: "Connection refused (os error 111)" rather than three wrappers.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// Finds rustls' own error in a chain, also inside `io::Error`s, which hide theirs from `source`.
fn tls_fault(error: &(dyn std::error::Error + 'static)) -> Option<TlsFault> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            return Some(classify_tls(error));
        }
        if let Some(inner) = cause
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            && let Some(fault) = tls_fault(inner)
        {
            return Some(fault);
        }
        next = cause.source();
    }
    None
}

fn classify_tls(error: &rustls::Error) -> TlsFault {
    use rustls::CertificateError as C;
    match error {
        rustls::Error::InvalidCertificate(fault) => match fault {
            C::Expired | C::ExpiredContext { .. } => TlsFault::Expired,
            C::NotValidYet | C::NotValidYetContext { .. } => TlsFault::NotYetValid,
            C::NotValidForName | C::NotValidForNameContext { .. } => TlsFault::WrongHost,
            C::UnknownIssuer => TlsFault::UnknownIssuer,
            C::Revoked => TlsFault::Revoked,
            _ => TlsFault::BadCertificate,
        },
        rustls::Error::Other(other) if other.0.is::<super::tls::NoRoots>() => TlsFault::NoRoots,
        rustls::Error::Other(other) if other.0.is::<super::tls::SelfSigned>() => {
            TlsFault::SelfSigned
        }
        _ => TlsFault::Handshake,
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Endpoint};

    fn read(body: &str) -> Answer {
        Answer::from_body(400, Endpoint::Api, body.as_bytes())
    }

    #[test]
    fn the_text_to_show_is_chosen_in_order() {
        let both = read(r#"{"error":"error_code","message":"Human readable message"}"#);
        assert_eq!(both.code.as_deref(), Some("error_code"));
        assert_eq!(both.message.as_deref(), Some("Human readable message"));
        for (body, text) in [
            (r#"{"error":"A whole sentence."}"#, "A whole sentence."),
            (r#"{"message":"Unauthenticated."}"#, "Unauthenticated."),
            (r#"{"msg":"short"}"#, "short"),
            (
                r#"{"error":"invalid_grant","error_description":"Wrong."}"#,
                "Wrong.",
            ),
            (r#"{"error":"invalid_grant"}"#, "invalid_grant"),
            (
                r#"{"errors":{"ani":["The ani is odd."]}}"#,
                "The ani is odd.",
            ),
        ] {
            assert_eq!(read(body).message.as_deref(), Some(text), "{body}");
        }
        assert_eq!(read(r#"{"error":"A whole sentence."}"#).code, None);
    }

    #[test]
    fn a_422_names_its_first_field() {
        let answer = read(
            r#"{"message":"The given data was invalid.","errors":{"domain":["The domain is unknown."]}}"#,
        );
        assert_eq!(
            answer.message.as_deref(),
            Some("The given data was invalid.")
        );
        assert_eq!(answer.hint.as_deref(), Some("The domain is unknown."));
    }

    #[test]
    fn html_and_nothing_are_never_shown() {
        for body in [
            "<html><b>502 Bad Gateway</b></html>",
            "",
            "{}",
            "[]",
            "null",
            "oops",
            r#"{"message":""}"#,
            r#"{"error":{"a":1}}"#,
        ] {
            let answer = read(body);
            assert_eq!(answer.message, None, "{body}");
            assert_eq!(answer.to_string(), "the server answered 400 (Bad Request)");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_body_gives_a_blank_text(
            members in proptest::collection::vec(
                (
                    proptest::sample::select(vec![
                        "error", "message", "msg", "errors", "hint", "error_description",
                    ]),
                    "\\PC{0,12}|\"[ a-z_\\\\nt\u{a0}]{0,6}\"|\\[(\"[ a]{0,2}\",){0,2}[0-9{\"]{0,3}\\]|\\{\"a\":\\[\"[ b]{0,2}\"\\]\\}",
                ),
                0..5,
            ),
        ) {
            let members: Vec<_> = members.iter().map(|(k, v)| format!("\"{k}\":{v}")).collect();
            let answer = read(&format!("{{{}}}", members.join(",")));
            for text in [&answer.code, &answer.message, &answer.hint].into_iter().flatten() {
                proptest::prop_assert!(!text.trim().is_empty());
            }
            proptest::prop_assert!(!answer.to_string().is_empty());
        }
    }
}
