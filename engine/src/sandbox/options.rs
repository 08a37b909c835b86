//! What a sandbox is like, and how to log in to it.

use std::time::Duration;

use serde::Serialize;

use super::faults::Fault;
use super::quirks::Quirks;
use super::seed::Seed;
use super::state_file::StatePlace;

/// How long a token lives unless told otherwise, in seconds: the reference's `expires_in`.
pub const DEFAULT_TOKEN_TTL: u64 = 21600;

/// What a sandbox is like.
#[derive(Clone, Debug)]
pub struct Options {
    /// The loopback port; 0 takes any free one.
    pub port: u16,
    /// Where its state is kept.
    pub state: StatePlace,
    /// What an empty place is filled with; none is the sample. A state that is there already wins.
    pub seed: Option<Seed>,
    /// Seconds a token lives.
    pub token_ttl: u64,
    /// Where it differs from the reference.
    pub quirks: Quirks,
    /// What goes wrong, and when.
    pub faults: Vec<Fault>,
    /// Where the faults' chances come from.
    pub fault_seed: u64,
    /// Waited before each answer of the API.
    pub latency: Duration,
}

impl Default for Options {
    /// The strict reading of the reference, on any port, on sample data in memory.
    fn default() -> Self {
        Self {
            port: 0,
            state: StatePlace::Memory,
            seed: None,
            token_ttl: DEFAULT_TOKEN_TTL,
            quirks: Quirks::default(),
            faults: Vec::new(),
            fault_seed: 0,
            latency: Duration::ZERO,
        }
    }
}

/// The login of a sandbox; the same for all of them, and no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// For the paths.
    pub account_id: String,
    /// Of the OAuth client.
    pub client_id: String,
    /// Of the OAuth client.
    pub client_secret: String,
    /// Of the API user.
    pub username: String,
    /// Of the API user.
    pub password: String,
}

impl Default for Credentials {
    fn default() -> Self {
        Self {
            account_id: "sbx_account".to_owned(),
            client_id: "sbx_client".to_owned(),
            client_secret: "sbx_secret".to_owned(),
            username: "sbx_user".to_owned(),
            password: "sbx_password".to_owned(),
        }
    }
}
