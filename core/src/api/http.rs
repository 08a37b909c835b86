//! One send: a call becomes a request to one origin, and its answer a body or an error.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use reqwest::Method;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, LOCATION,
};
use rustls::pki_types::CertificateDer;

use super::answer::{Answer, Endpoint};
use super::body::{Body, Limits};
use super::error::{Error, TransportKind};
use super::lists::unreadable;
use super::noticed::Noticed;
use super::pace::Pace;
use super::retry::asked_wait;
use crate::model::Origin;
use crate::secret::{Bearer, Secret};

/// The target of records that hold headers: none of those shown holds a telephone number, and a
/// request id must stay whole.
pub const HEADERS: &str = "skyswitch::headers";

/// The time for a connection to come about, if the whole timeout is not shorter.
const CONNECT: Duration = Duration::from_secs(10);
/// Most bytes of an error body that are read.
const ERROR_BODY: u64 = 64 * 1024;
/// Where a request id may stand (`api.md`, Errors: "`x-request-id` or similar").
const REQUEST_IDS: [&str; 6] = [
    "x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "x-amzn-trace-id",
    "cf-ray",
];

/// How to reach the origin.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// The longest wait for an answer to begin, and the longest silence within it.
    pub timeout: Duration,
    /// Certificates to trust besides the platform's.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// The proxy the way leads through: `http://[USER:PASSWORD@]HOST:PORT`.
    pub proxy: Option<Secret>,
}

/// One call of the API.
#[derive(Clone, Debug)]
pub struct Call {
    /// HTTP method.
    pub method: Method,
    /// Absolute path, its segments already checked.
    pub path: String,
    /// Query parameters, encoded when sent.
    pub query: Vec<(String, String)>,
    /// What is sent along.
    pub payload: Payload,
    /// The answer's bounds in bytes.
    pub most: u64,
    /// Nobody knows what its values and its answer are, so no log shows them.
    pub opaque: bool,
    /// It goes over a connection without a past.
    pub fresh: bool,
    /// Its own time, in place of everybody's.
    pub time: Option<Duration>,
}

/// A request's body.
#[derive(Clone, Debug)]
pub enum Payload {
    /// No body; PUT and POST say `Content-Length: 0`, which strict servers want.
    Nothing,
    /// `application/x-www-form-urlencoded`, values encoded when sent.
    Form(Vec<(&'static str, Secret)>),
    /// `application/json`, bytes as they are.
    Json(Vec<u8>),
}

impl Call {
    /// A call without query and body.
    pub fn new(method: Method, path: impl Into<String>, most: u64) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            payload: Payload::Nothing,
            most,
            opaque: false,
            fresh: false,
            time: None,
        }
    }

    /// Sends it over a connection of its own: a server that closes idle ones without a word must not
    /// cost a second failure.
    pub fn fresh(self) -> Self {
        self.fresh_if(true)
    }

    pub(super) fn fresh_if(mut self, fresh: bool) -> Self {
        self.fresh |= fresh;
        self
    }

    /// Adds a query parameter.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Path and query for the log; the logger masks the numbers in it.
    pub(super) fn shown(&self) -> String {
        let mut text = self.path.clone();
        for (i, (name, value)) in self.query.iter().enumerate() {
            text.push(if i == 0 { '?' } else { '&' });
            let value = if self.opaque { "…" } else { value };
            text.push_str(&format!("{name}={value}"));
        }
        text
    }

    fn endpoint(&self) -> Endpoint {
        if self.path.starts_with("/oauth/") {
            Endpoint::Token
        } else {
            Endpoint::Api
        }
    }
}

/// A success: status, headers of interest, and the body to read.
pub struct Response {
    /// 200 to 299.
    pub status: u16,
    /// The call's request id.
    pub request_id: Option<String>,
    /// All headers, as the server sent them.
    pub headers: HeaderMap,
    /// Whether the body says it is HTML.
    pub html: bool,
    /// The body.
    pub body: Body,
}

/// What an answer to a request without credentials tells, whatever its status.
#[derive(Clone, Debug)]
pub struct Knock {
    /// HTTP status.
    pub status: u16,
    /// The server's clock.
    pub date: Option<SystemTime>,
    /// From the request to the answer's head.
    pub took: Duration,
}

/// The connection to one origin. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Http {
    client: reqwest::blocking::Client,
    /// Keeps no idle connections; built when first needed.
    fresh: Arc<OnceLock<reqwest::blocking::Client>>,
    origin: Origin,
    options: Arc<HttpOptions>,
    noticed: Noticed,
    pace: Pace,
}

impl Response {
    /// The failure of this answer, which bears its request id.
    pub(super) fn failed(&self) -> impl Fn(Error) -> Error + use<> {
        let id = self.request_id.clone();
        move |error| error.with_request_id(id.as_deref())
    }

    /// The failure where a page stands in place of an answer.
    pub(super) fn page(&self) -> Option<Error> {
        (self.html).then(|| self.failed()(unreadable("it is an HTML page")))
    }
}

impl Http {
    /// Sets up the client; nothing is connected or read yet.
    ///
    /// # Errors
    /// A proxy URL that cannot be read; TLS that cannot be set up.
    pub fn new(origin: &Origin, options: HttpOptions) -> Result<Self, Error> {
        Ok(Self {
            client: builder(&options)?.build().map_err(Error::from_reqwest)?,
            fresh: Arc::default(),
            origin: origin.clone(),
            options: Arc::new(options),
            noticed: Noticed::default(),
            pace: Pace::default(),
        })
    }

    /// Notes what answers show by the way where others look for it.
    #[must_use]
    pub fn noticing(mut self, noticed: Noticed) -> Self {
        self.noticed = noticed;
        self
    }

    /// Keeps to a rate that is known.
    #[must_use]
    pub fn keeping(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// The rate that is kept to.
    pub(super) fn pace(&self) -> &Pace {
        &self.pace
    }

    /// What answers have shown by the way.
    pub fn noticed(&self) -> &Noticed {
        &self.noticed
    }

    fn client(&self, fresh: bool) -> Result<&reqwest::blocking::Client, Error> {
        if !fresh {
            return Ok(&self.client);
        }
        if let Some(client) = self.fresh.get() {
            return Ok(client);
        }
        let client = builder(&self.options)?
            .pool_max_idle_per_host(0)
            .build()
            .map_err(Error::from_reqwest)?;
        Ok(self.fresh.get_or_init(|| client))
    }

    /// The only origin this talks to.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Sends once. Error statuses and redirects are errors; nothing is repeated here.
    pub fn send(&self, call: &Call, bearer: Option<&Bearer>) -> Result<Response, Error> {
        let started = Instant::now();
        let answer = self.request(call, bearer)?.send();
        let answer = answer.map_err(|error| {
            let error = self.blame_proxy(Error::from_reqwest(error));
            log::info!(
                "{} {} failed after {:?}: {error}",
                call.method,
                call.shown(),
                started.elapsed()
            );
            error
        })?;
        let status = answer.status();
        log::info!(
            "{} {} {} {:?}",
            call.method,
            call.shown(),
            status.as_u16(),
            started.elapsed()
        );
        log_headers(answer.headers());
        if bearer.is_some() {
            let left = (self.noticed).answer(status.as_u16(), answer.headers(), started);
            left.into_iter()
                .for_each(|left| self.pace.left(left, Instant::now()));
        }
        let request_id = request_id(answer.headers());
        let time = call.time.unwrap_or(self.options.timeout);
        if status.is_success() {
            let html = is_html(answer.headers());
            let limits = Limits {
                bytes: call.most,
                silence: time,
            };
            let known = call.endpoint() == Endpoint::Api && !call.opaque;
            let preview = known && log::log_enabled!(log::Level::Trace);
            return Ok(Response {
                status: status.as_u16(),
                request_id,
                headers: answer.headers().clone(),
                html,
                body: Body::new(answer, limits, preview),
            });
        }
        if status.is_informational() {
            let found = format!("its status is {}", status.as_u16());
            return Err(unreadable(&found).with_request_id(request_id.as_deref()));
        }
        if status.is_redirection() {
            let to = text(answer.headers(), LOCATION.as_str());
            let kind = TransportKind::Redirect(to.and_then(Origin::describe));
            return Err(Error::transport(kind, true, "").with_request_id(request_id.as_deref()));
        }
        let retry_after = asked_wait(status.as_u16(), answer.headers());
        let limits = Limits {
            bytes: ERROR_BODY,
            silence: time,
        };
        let body = Body::new(answer, limits, false).read_start(ERROR_BODY);
        let mut answer = Answer::from_body(status.as_u16(), call.endpoint(), &body);
        answer.request_id = request_id;
        answer.retry_after = retry_after;
        Err(Error::Answer(Box::new(answer)))
    }

    /// A proxy that refuses to lead on, with its status: the library tells only that it did.
    fn blame_proxy(&self, error: Error) -> Error {
        let refused = |error: &Error| {
            matches!(error, Error::Transport(transport)
                if transport.kind == TransportKind::Connect
                    && transport.detail.starts_with("tunnel error"))
        };
        let Some(proxy) = self.options.proxy.as_ref().filter(|_| refused(&error)) else {
            return error;
        };
        let limit = CONNECT.min(self.options.timeout);
        match super::reach::proxy_status(proxy.expose(), &self.origin, limit) {
            Some(status) if status != 200 => {
                Error::transport(TransportKind::Proxy(status), false, "")
            }
            _ => error,
        }
    }

    /// `GET /` without credentials: whether anybody answers there, and what time it is for them.
    ///
    /// # Errors
    /// [`Error::Transport`] when no answer comes; every status is an answer.
    pub fn knock(&self) -> Result<Knock, Error> {
        let started = Instant::now();
        let call = Call::new(Method::GET, "/", 0);
        let answer = self.request(&call, None)?.send();
        let answer = answer.map_err(|error| self.blame_proxy(Error::from_reqwest(error)))?;
        let took = started.elapsed();
        log::info!("GET / {} {took:?}", answer.status().as_u16());
        let date = text(answer.headers(), DATE.as_str());
        Ok(Knock {
            status: answer.status().as_u16(),
            date: date.and_then(|date| httpdate::parse_http_date(date).ok()),
            took,
        })
    }

    fn request(
        &self,
        call: &Call,
        bearer: Option<&Bearer>,
    ) -> Result<reqwest::blocking::RequestBuilder, Error> {
        let url = format!("{}{}", self.origin, call.path);
        let mut request = self.client(call.fresh)?.request(call.method.clone(), url);
        if let Some(time) = call.time {
            request = request.timeout(time);
        }
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        match &call.payload {
            Payload::Form(fields) => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                for (name, value) in fields {
                    form.append_pair(name, value.expose());
                }
                request = request
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(form.finish());
            }
            Payload::Json(bytes) => {
                request = request
                    .header(CONTENT_TYPE, "application/json")
                    .body(bytes.clone());
            }
            Payload::Nothing if matches!(call.method, Method::PUT | Method::POST) => {
                request = request.header(CONTENT_LENGTH, "0").body("");
            }
            Payload::Nothing => {}
        }
        if let Some(bearer) = bearer {
            let text = format!("Bearer {}", bearer.secret().expose());
            let mut value = HeaderValue::from_str(&text)
                .map_err(|_| Error::transport(TransportKind::Connect, false, "bad token"))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        Ok(request)
    }
}

fn builder(options: &HttpOptions) -> Result<reqwest::blocking::ClientBuilder, Error> {
    let failed = |words: String| Error::transport(TransportKind::Connect, false, words);
    let tls = super::tls::client_config(options.extra_roots.clone())
        .map_err(|error| failed(error.to_string()).caused_by(error))?;
    let mut headers = HeaderMap::new();
    // Without it the framework may answer 302 or HTML (api.md, Errors).
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let builder = reqwest::blocking::Client::builder()
        .tls_backend_preconfigured(tls)
        .default_headers(headers)
        .user_agent(concat!("skyswitch/", env!("CARGO_PKG_VERSION")))
        // The default would re-send a form with the client secret to another host on 307.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT.min(options.timeout))
        // Of headers, then of each read.
        .timeout(options.timeout)
        .no_proxy();
    let Some(proxy) = &options.proxy else {
        return Ok(builder);
    };
    let setting = reqwest::Proxy::all(proxy.expose())
        .map_err(|_| failed("the proxy URL cannot be read".to_owned()))?;
    Ok(builder.proxy(setting))
}

/// Only headers known to hold nothing secret: an allow-list, so that a new one is never logged by default.
fn log_headers(headers: &HeaderMap) {
    const SHOWN: [&str; 12] = [
        "content-type", "content-length", "content-encoding", "transfer-encoding", "date",
        "server", "retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
        "x-request-id", "cache-control",
    ];
    if !log::log_enabled!(log::Level::Debug) {
        return;
    }
    for name in SHOWN {
        for value in headers.get_all(name) {
            let value = String::from_utf8_lossy(value.as_bytes());
            log::debug!(target: HEADERS, "< {name}: {value}");
        }
    }
}

/// A header's text without blanks around it; none where it holds anything but ASCII.
fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    REQUEST_IDS.iter().find_map(|name| {
        let value = text(headers, name)?;
        (!value.is_empty()).then(|| value.chars().take(128).collect())
    })
}

fn is_html(headers: &HeaderMap) -> bool {
    text(headers, CONTENT_TYPE.as_str())
        .is_some_and(|value| value.to_ascii_lowercase().contains("html"))
}
