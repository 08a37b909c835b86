//! The HTTP side: one thread, one runtime, axum; requests become values for `state` and back.
//!
//! Everything that answers is synchronous and short, so that a request is either not begun or done
//! when the server stops. Bodies are read whole, up to a bound.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{self, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::model::Route;

use super::control::{self, Proof};
use super::data::RouteRow;
use super::exchange::{Request, Response};
use super::faults::{Action, Fault, Faults};
use super::faulty::{self, Outcome};
use super::limiter::Limiter;
use super::log::Log;
use super::refusal::Refusal;
use super::seed::Seed;
use super::state::{Moment, Rules, answer, may_write};
use super::state_file::{StateError, StateFile};
use super::wire::{Exchange, Line};
use super::{Credentials, Options};

/// No request of the API has a body near this.
const BODY_LIMIT: usize = 1 << 20;

/// What the handlers share.
#[derive(Debug)]
pub(super) struct Core {
    rules: Rules,
    place: StateFile,
    seed: Seed,
    address: SocketAddr,
    control_token: String,
    latency: Duration,
    nonces: Nonces,
    first_faults: Vec<Fault>,
    faults: Mutex<Faults>,
    log: Mutex<Log>,
    limiter: Mutex<Limiter>,
}

impl Core {
    pub(super) fn new(options: Options, place: StateFile, seed: Seed, address: SocketAddr) -> Self {
        let nonces = Nonces::default();
        Self {
            rules: Rules {
                credentials: Credentials::default(),
                token_ttl: options.token_ttl,
                quirks: options.quirks,
            },
            place,
            seed,
            address,
            control_token: format!("sbx_control_{:016x}{:016x}", nonces.next(), nonces.next()),
            latency: options.latency,
            nonces,
            first_faults: options.faults.clone(),
            faults: Mutex::new(Faults::new(options.fault_seed, options.faults)),
            log: Mutex::default(),
            limiter: Mutex::default(),
        }
    }

    pub(super) fn credentials(&self) -> &Credentials {
        &self.rules.credentials
    }

    pub(super) fn control_token(&self) -> &str {
        &self.control_token
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        locked(&self.faults)
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        locked(&self.log)
    }

    /// Whether a `Host` header names this sandbox and nothing that a name server could have said.
    pub(super) fn is_own_host(&self, host: Option<&str>) -> bool {
        let port = self.address.port();
        host.is_some_and(|host| {
            host == format!("127.0.0.1:{port}") || host == format!("localhost:{port}")
        })
    }

    /// The true state without tokens, for who controls the sandbox.
    pub(super) fn state(&self) -> Result<Value, StateError> {
        self.place.read(|data| {
            json!({
                "domains": data.domains,
                "routes": data.routes,
                "tokens": data.tokens.iter().filter(|token| !token.revoked).count(),
            })
        })
    }

    pub(super) fn routes(&self) -> Result<Vec<Route>, StateError> {
        self.place.read(|data| {
            let route = |row: &RouteRow| Route {
                ani: Some(row.ani.clone()),
                dnis: row.dnis.clone(),
                domain: Some(row.domain.clone()),
                application: row.application.clone(),
                destination: Some(row.destination.clone()),
            };
            data.routes.iter().map(route).collect()
        })
    }

    /// Back to the seed, without tokens and log, and with the faults it was started with.
    pub(super) fn reset(&self) -> Result<(), StateError> {
        let fresh = self.seed.data();
        self.place.write(|data| {
            *data = fresh;
            ((), true)
        })?;
        self.faults().replace(self.first_faults.clone());
        self.log().clear();
        locked(&self.limiter).clear();
        Ok(())
    }

    /// Answers from the newest state and keeps what changed.
    fn process(&self, request: &Request) -> Response {
        let moment = Moment {
            now: now(),
            nonce: self.nonces.next(),
        };
        let quirks = &self.rules.quirks;
        let Some(rate) = quirks.rate_limit else {
            return self.look_up(request, &moment);
        };
        let allowance = locked(&self.limiter).count(request, rate, quirks.rate_headers, moment.now);
        let response = allowance
            .refusal()
            .unwrap_or_else(|| self.look_up(request, &moment));
        allowance.tell(response)
    }

    fn look_up(&self, request: &Request, moment: &Moment) -> Response {
        let done = if may_write(request) {
            self.place.write(|data| {
                let response = answer(data, &self.rules, moment, request);
                let changed = response.changed;
                (response, changed)
            })
        } else {
            self.place
                .read(|data| answer(data, &self.rules, moment, request))
        };
        // The reason is for whoever runs the sandbox.
        done.unwrap_or_else(|error| {
            Refusal::new(500, "server_error", error.to_string())
                .into_api_response(&self.rules.quirks)
        })
    }

    /// Answers under the fault that strikes the request, if any.
    fn outcome(&self, request: &Request, fault: Option<&Fault>) -> Outcome {
        let Some(fault) = fault else {
            return Outcome::Response(self.process(request));
        };
        let response = if fault.committed {
            self.process(request)
        } else {
            Response::empty(200)
        };
        faulty::distort(&fault.action, response)
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

/// Serves on a thread of its own until `stop` is notified.
///
/// # Errors
/// The runtime or the thread cannot be had, or the listener cannot be handed over.
pub(super) fn spawn(
    listener: TcpListener,
    core: Arc<Core>,
    stop: Arc<Notify>,
) -> io::Result<JoinHandle<()>> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    let listener = {
        let _inside = runtime.enter();
        Exchange {
            listener: tokio::net::TcpListener::from_std(listener)?,
            idle_close: core.rules.quirks.idle_close,
        }
    };
    let app = Router::new()
        .fallback(handle)
        .with_state(core)
        .into_make_service_with_connect_info::<Line>();
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
    ConnectInfo(line): ConnectInfo<Line>,
    request: http::Request<Body>,
) -> http::Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        let refusal = Refusal::new(
            413,
            "too_large",
            "The request body is too large or broke off",
        );
        return render(refusal.into_api_response(&core.rules.quirks), &core);
    };
    let request = Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        authorization: text(&parts.headers, "authorization"),
        content_type: text(&parts.headers, "content-type"),
        accept: text(&parts.headers, "accept"),
        has_length: parts.headers.contains_key(header::CONTENT_LENGTH)
            || parts.headers.contains_key(header::TRANSFER_ENCODING),
        body: body.to_vec(),
    };
    if request.path.starts_with(control::PREFIX) {
        let (host, token) = (
            text(&parts.headers, "host"),
            text(&parts.headers, "x-sandbox-token"),
        );
        let proof = Proof {
            host: host.as_deref(),
            token: token.as_deref(),
        };
        return render(control::answer(&core, &request, &proof), &core);
    }
    let number = core.log().arrived(&request);
    let strike = core.faults().strike(&request.method, &request.path);
    let delay = core.latency + strike.latency;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let outcome = match strike.fault.as_ref().map(|fault| &fault.action) {
        Some(Action::LateCommit(wait, status)) => late(&core, request, *wait, *status).await,
        _ => core.outcome(&request, strike.fault.as_ref()),
    };
    let status = match &outcome {
        Outcome::Response(response) => Some(response.status),
        Outcome::Delivery(status, _) => *status,
    };
    let words = strike.fault.map(|fault| fault.to_string());
    core.log().settled(number, status, words);
    match outcome {
        Outcome::Response(response) => render(response, &core),
        Outcome::Delivery(_, delivery) => {
            line.deliver(delivery);
            http::Response::new(Body::empty())
        }
    }
}

/// Carries a request out after a wait that goes on without the client, and answers then or before.
async fn late(core: &Arc<Core>, request: Request, wait: Duration, status: Option<u16>) -> Outcome {
    let core = Arc::clone(core);
    let work = tokio::spawn(async move {
        tokio::time::sleep(wait).await;
        core.process(&request)
    });
    match status {
        Some(status) => faulty::distort(&Action::Status(status, None), Response::empty(status)),
        None => Outcome::Response(work.await.unwrap_or_else(|_| Response::empty(500))),
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
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

/// A panic while a lock was held leaves whole values: they are replaced, never half changed.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
