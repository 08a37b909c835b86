//! The HTTP side: one thread, one runtime, hyper; requests become values for `state` and back.
//!
//! Everything that answers is synchronous and short, so that a request is either not begun or done
//! when the server stops. Bodies are read whole, up to a bound.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{StatusCode, http};
use hyper_util::rt::TokioIo;
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
    std::thread::Builder::new()
        .name("sandbox".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                tokio::spawn(serve(listener, core));
                stop.notified().await;
            });
            // Dropping the runtime drops every connection.
        })
}

/// Answers on every connection, each a task of its own.
async fn serve(exchange: Exchange, core: Arc<Core>) {
    loop {
        let (wire, line) = exchange.accept().await;
        let core = Arc::clone(&core);
        let answers = service_fn(move |request| {
            let (core, line) = (Arc::clone(&core), line.clone());
            async move { Ok::<_, Infallible>(handle(&core, &line, request).await) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(wire), answers));
    }
}

async fn handle(
    core: &Arc<Core>,
    line: &Line,
    request: http::Request<Incoming>,
) -> http::Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        let refusal = Refusal::new(
            413,
            "too_large",
            "The request body is too large or broke off",
        );
        return render(refusal.into_api_response(core.quirks()), core);
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
        body: body.to_bytes().to_vec(),
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
        return render(control::answer(core, &request, &proof), core);
    }
    let number = core.log().arrived(&request);
    let strike = core.faults().strike(&request.method, &request.path);
    let delay = core.latency() + strike.latency;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let outcome = match strike.fault.as_ref().map(|fault| &fault.action) {
        Some(Action::LateCommit(wait, status)) => late(core, request, *wait, *status).await,
        _ => outcome(core, &request, strike.fault.as_ref()),
    };
    let status = match &outcome {
        Outcome::Response(response) => Some(response.status),
        Outcome::Delivery(status, _) => *status,
    };
    let words = strike.fault.map(|fault| fault.to_string());
    core.log().settled(number, status, words);
    match outcome {
        Outcome::Response(response) => render(response, core),
        Outcome::Delivery(_, delivery) => {
            line.deliver(delivery);
            http::Response::default()
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

fn render(response: Response, core: &Core) -> http::Response<Full<Bytes>> {
    let mut rendered = http::Response::new(Full::from(response.body));
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
