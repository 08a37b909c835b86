//! `/__sandbox/`: look at the state and the log, set faults, start over. Not part of the API.
//!
//! A page in somebody's browser could reach loopback, so every call must name the loopback address
//! in `Host` and carry the token that only who started the sandbox knows.

use serde::Serialize;
use serde_json::{Value, json};

use super::core::Core;
use super::exchange::{Request, Response};
use super::faults::{Fault, FaultError};
use super::quirks::Quirks;
use super::refusal::Refusal;
use super::state_file::StateError;

/// Everything below here is control.
pub(super) const PREFIX: &str = "/__sandbox/";

/// What only a control call must prove.
pub(super) struct Proof<'a> {
    /// The `Host` header.
    pub(super) host: Option<&'a str>,
    /// The `X-Sandbox-Token` header.
    pub(super) token: Option<&'a str>,
}

/// Answers a control call.
pub(super) fn answer(core: &Core, request: &Request, proof: &Proof<'_>) -> Response {
    if !core.is_own_host(proof.host) {
        return refused(Refusal::new(
            403,
            "wrong_host",
            "The Host header must be the sandbox's own address",
        ));
    }
    if proof.token != Some(core.control_token()) {
        return refused(Refusal::unauthorized(
            "The header X-Sandbox-Token is missing or wrong",
        ));
    }
    let what = request.path.strip_prefix(PREFIX).unwrap_or_default();
    match (request.method.as_str(), what) {
        ("GET", "state") => told(core.state()),
        ("GET", "log") => Response::json(200, &list(&core.log().entries())),
        ("DELETE", "log") => {
            core.log().clear();
            Response::empty(204)
        }
        ("GET", "faults") => Response::json(200, &list(&core.faults().words())),
        ("PUT", "faults") => match faults(&request.body) {
            Ok(faults) => {
                core.faults().replace(faults);
                Response::empty(204)
            }
            Err(message) => refused(Refusal::invalid(message)),
        },
        ("POST", "reset") => match core.reset() {
            Ok(()) => Response::empty(204),
            Err(error) => broken(&error),
        },
        (_, "state") => refused(Refusal::method("GET")),
        (_, "log") => refused(Refusal::method("GET, DELETE")),
        (_, "faults") => refused(Refusal::method("GET, PUT")),
        (_, "reset") => refused(Refusal::method("POST")),
        _ => refused(Refusal::not_found(
            "There are /__sandbox/state, log, faults and reset",
        )),
    }
}

/// A JSON array of the words of faults.
fn faults(body: &[u8]) -> Result<Vec<Fault>, String> {
    let words: Vec<String> = serde_json::from_slice(body)
        .map_err(|_| "The body must be a JSON array of faults".to_owned())?;
    words
        .iter()
        .map(|words| words.parse().map_err(|error: FaultError| error.to_string()))
        .collect()
}

fn list<T: Serialize>(rows: &[T]) -> Value {
    json!(rows)
}

fn told(state: Result<Value, StateError>) -> Response {
    match state {
        Ok(state) => Response::json(200, &state),
        Err(error) => broken(&error),
    }
}

fn broken(error: &StateError) -> Response {
    refused(Refusal::new(500, "server_error", error.to_string()))
}

fn refused(refusal: Refusal) -> Response {
    refusal.into_api_response(&Quirks::default())
}
