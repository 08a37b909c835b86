//! The HTTP side: one thread, one runtime, axum; requests become values for `state` and back.
//!
//! Everything that answers is synchronous and short, so that a request is either not begun or done
//! when the server stops. Bodies are read whole, up to a bound.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{self, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use tokio::sync::Notify;

use super::exchange::{Request, Response};
use super::place::{Place, StateError};
use super::refusal::Refusal;
use super::state::{Moment, Rules, answer, may_write};
use super::{Credentials, Options};

/// No request of the API has a body near this.
const BODY_LIMIT: usize = 1 << 20;

/// What the handlers share.
#[derive(Debug)]
pub(super) struct Core {
    rules: Rules,
    place: Place,
    latency: Duration,
    nonces: Nonces,
}

impl Core {
    pub(super) fn new(options: Options, credentials: Credentials, place: Place) -> Self {
        Self {
            rules: Rules {
                credentials,
                token_ttl: options.token_ttl,
                quirks: options.quirks,
            },
            place,
            latency: options.latency,
            nonces: Nonces::default(),
        }
    }

    /// Answers from the newest state and keeps what changed.
    fn process(&self, request: &Request) -> Response {
        let moment = Moment {
            now: now(),
            nonce: self.nonces.next(),
        };
        let done = if may_write(request) {
            self.place.write(|data| {
                let response = answer(data, &self.rules, &moment, request);
                let changed = response.changed;
                (response, changed)
            })
        } else {
            self.place
                .read(|data| answer(data, &self.rules, &moment, request))
        };
        done.unwrap_or_else(|error| self.broken(&error))
    }

    /// 500: the state cannot be read or kept, and the reason is for whoever runs the sandbox.
    fn broken(&self, error: &StateError) -> Response {
        Refusal::new(500, "server_error", error.to_string()).into_api_response(&self.rules.quirks)
    }
}

/// Numbers that nobody outside can foretell: a keyed hash of a counter.
#[derive(Debug, Default)]
pub(super) struct Nonces {
    key: RandomState,
    count: AtomicU64,
}

impl Nonces {
    fn next(&self) -> u64 {
        let mut hasher = self.key.build_hasher();
        hasher.write_u64(self.count.fetch_add(1, Ordering::Relaxed));
        hasher.finish()
    }
}

/// A fresh `X-Sandbox-Token`.
pub(super) fn control_token() -> String {
    let nonces = Nonces::default();
    format!("sbx_control_{:016x}{:016x}", nonces.next(), nonces.next())
}

/// Serves on a thread of its own until `stop` is notified.
///
/// # Errors
/// The runtime or the thread cannot be had, or the listener cannot be handed over.
pub(super) fn spawn(
    listener: TcpListener,
    core: Core,
    stop: Arc<Notify>,
) -> io::Result<JoinHandle<()>> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    let listener = {
        let _inside = runtime.enter();
        tokio::net::TcpListener::from_std(listener)?
    };
    let app = Router::new().fallback(handle).with_state(Arc::new(core));
    std::thread::Builder::new()
        .name("sandbox".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                // Returns only when the process is out of everything; accept errors are retried.
                let serving = tokio::spawn(axum::serve(listener, app).into_future());
                stop.notified().await;
                serving.abort();
            });
            // Dropping the runtime drops every connection.
        })
}

async fn handle(
    State(core): State<Arc<Core>>,
    request: http::Request<Body>,
) -> http::Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return render(
            Refusal::new(
                413,
                "too_large",
                "The request body is too large or broke off",
            )
            .into_api_response(&core.rules.quirks),
            &core,
        );
    };
    let request = Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        authorization: text(&parts.headers, &header::AUTHORIZATION),
        content_type: text(&parts.headers, &header::CONTENT_TYPE),
        accept: text(&parts.headers, &header::ACCEPT),
        has_length: parts.headers.contains_key(header::CONTENT_LENGTH)
            || parts.headers.contains_key(header::TRANSFER_ENCODING),
        body: body.to_vec(),
    };
    if !core.latency.is_zero() {
        tokio::time::sleep(core.latency).await;
    }
    let response = core.process(&request);
    render(response, &core)
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn render(response: Response, core: &Core) -> http::Response<Body> {
    let mut rendered = http::Response::new(Body::from(response.body));
    *rendered.status_mut() =
        StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let id = format!("sbx_req_{:016x}", core.nonces.next());
    let own = [("x-request-id".to_owned(), id)];
    for (name, value) in response.headers.into_iter().chain(own) {
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(&value),
        ) {
            rendered.headers_mut().insert(name, value);
        }
    }
    rendered
}

fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
