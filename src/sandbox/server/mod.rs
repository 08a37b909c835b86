//! The HTTP side: one thread, one runtime, axum; requests become values for `state` and back.
//!
//! Everything that answers is synchronous and short, so that a request is either not begun or done
//! when the server stops. Bodies are read whole, up to a bound.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{self, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use tokio::sync::Notify;

use super::control::{self, Proof};
use super::core::Core;
use super::exchange::{Request, Response};
use super::faults::{Action, Fault};
use super::faulty::{self, Outcome};
use super::refusal::Refusal;
use super::wire::{Exchange, Line};

/// No request of the API has a body near this.
const BODY_LIMIT: usize = 1 << 20;

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
            idle_close: core.quirks().idle_close,
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
        return render(refusal.into_api_response(core.quirks()), &core);
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
    let delay = core.latency() + strike.latency;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let outcome = match strike.fault.as_ref().map(|fault| &fault.action) {
        Some(Action::LateCommit(wait, status)) => late(&core, request, *wait, *status).await,
        _ => outcome(&core, &request, strike.fault.as_ref()),
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

/// Answers under the fault that strikes the request, if any.
fn outcome(core: &Core, request: &Request, fault: Option<&Fault>) -> Outcome {
    let Some(fault) = fault else {
        return Outcome::Response(core.process(request));
    };
    let response = if fault.committed {
        core.process(request)
    } else {
        Response::empty(200)
    };
    faulty::distort(&fault.action, response)
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
    let id = format!("sbx_req_{:016x}", core.nonce());
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

#[cfg(test)]
mod tests;
