//! What the handlers of a running sandbox share: its rules, state, faults, log and limits.

use std::hash::{BuildHasher as _, RandomState};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::model::Route;

use super::data::RouteRow;
use super::exchange::{Request, Response};
use super::faults::{Fault, Faults};
use super::limiter::Limiter;
use super::log::Log;
use super::options::{Credentials, Options};
use super::quirks::Quirks;
use super::refusal::Refusal;
use super::rules::{Moment, Rules};
use super::seed::Seed;
use super::state::{answer, may_write};
use super::state_file::{StateError, StateFile, locked};

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

    pub(super) fn quirks(&self) -> &Quirks {
        &self.rules.quirks
    }

    /// Waited before each answer.
    pub(super) fn latency(&self) -> Duration {
        self.latency
    }

    /// A number that was not given before.
    pub(super) fn nonce(&self) -> u64 {
        self.nonces.next()
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
    pub(super) fn process(&self, request: &Request) -> Response {
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
}

/// Numbers that nobody outside can foretell: a keyed hash of a counter.
#[derive(Debug, Default)]
pub(super) struct Nonces {
    key: RandomState,
    count: AtomicU64,
}

impl Nonces {
    fn next(&self) -> u64 {
        self.key
            .hash_one(self.count.fetch_add(1, Ordering::Relaxed))
    }
}

fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
