//! An emulator of the SkySwitch API inside this process, over real HTTP on loopback.
//!
//! Strict as part 1 of `api.md` is written, and able to play each of its unknowns (`quirks`) and
//! each way a network dies (`faults`). It shares `model` with the client and nothing else, so that
//! the two agree through fixtures and not through common code. Sample data, credentials and tokens
//! are recognisable (`sbx_…`) and open nothing but a sandbox.

mod behaviours;
mod control;
mod core;
mod data;
mod domains;
mod exchange;
mod faults;
mod faulty;
#[cfg(test)]
mod fixture_tests;
mod limiter;
mod lists;
mod log;
mod oauth;
#[cfg(test)]
mod openapi_tests;
mod options;
mod other_reads;
mod quirks;
mod refusal;
mod routes;
mod rules;
mod seed;
mod server;
mod state;
mod state_file;
#[cfg(test)]
mod test_server;
mod wire;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::Notify;

use crate::model::Route;

pub use behaviours::{Behaviour, Kind, Standing};
pub use faults::{Fault, FaultError};
pub use log::LogEntry;
pub use options::{Credentials, DEFAULT_TOKEN_TTL, Options};
pub use quirks::{Quirk, QuirkError, Quirks};
pub use seed::{Seed, SeedError};
pub use state_file::{StateError, StatePlace};

/// The name of the file in which `--sandbox` keeps its state.
pub const STATE_FILE: &str = "state.json";

/// Fills a state file with the sample data, whatever it held.
///
/// # Errors
/// The file cannot be written.
pub fn reset(file: &Path) -> Result<(), StateError> {
    state_file::StateFile::overwrite(file, &Seed::sample().data())
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The state file.
    #[error(transparent)]
    State(#[from] StateError),
    /// The port is taken or not allowed.
    #[error("the sandbox cannot listen on 127.0.0.1{port}: {error}", port = Some(*.0).filter(|port| *port != 0).map(|port| format!(":{port}")).unwrap_or_default(), error = .1)]
    Port(u16, #[source] io::Error),
    /// No thread or runtime could be had.
    #[error("the sandbox cannot start its thread: {0}")]
    Thread(#[source] io::Error),
}

/// Everything that it does, in the order in which it is shown.
pub fn behaviours() -> impl Iterator<Item = &'static Behaviour> {
    let quirks = quirks::ROWS.iter().map(|row| &row.behaviour);
    behaviours::ALWAYS
        .iter()
        .chain(quirks)
        .chain(faults::ACTIONS)
}

/// A running sandbox; dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    core: Arc<core::Core>,
    seeded: bool,
    stop: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

/// Stops a sandbox from another thread, while [`Sandbox::wait`] waits.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<Notify>);

impl Stopper {
    /// Ends the sandbox; what it is doing to its state is finished first.
    pub fn stop(&self) {
        self.0.notify_one();
    }
}

/// Open files it must be able to have: where accepting finds none left, a caller waits for nothing.
const SPARE_FILES: usize = 16;

/// Starts a sandbox on 127.0.0.1; it answers when this returns.
///
/// # Errors
/// The state file cannot be used, the port cannot be had, or too few threads or files.
pub fn start(options: Options) -> Result<Sandbox, Error> {
    let seed = options.seed.clone().unwrap_or_else(Seed::sample);
    let (place, seeded) =
        state_file::StateFile::open(&options.state, seed.data()).map_err(Error::State)?;
    let port = |error| Error::Port(options.port, error);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).map_err(port)?;
    let address = listener.local_addr().map_err(port)?;
    let spare = (0..SPARE_FILES).map(|_| listener.try_clone());
    drop(
        spare
            .collect::<Result<Vec<_>, _>>()
            .map_err(Error::Thread)?,
    );
    let core = Arc::new(core::Core::new(options, place, seed, address));
    let stop = Arc::new(Notify::new());
    let thread =
        server::spawn(listener, Arc::clone(&core), Arc::clone(&stop)).map_err(Error::Thread)?;
    Ok(Sandbox {
        address,
        core,
        seeded,
        stop,
        thread: Some(thread),
    })
}

impl Sandbox {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How to log in.
    pub fn credentials(&self) -> &Credentials {
        self.core.credentials()
    }

    /// What `X-Sandbox-Token` must say on `/__sandbox/`; new for each start.
    pub fn control_token(&self) -> &str {
        self.core.control_token()
    }

    /// Whether the seed was used; false where a state was there already.
    pub fn seeded(&self) -> bool {
        self.seeded
    }

    /// Every request of the API so far, in order, secrets masked.
    pub fn log(&self) -> Vec<LogEntry> {
        self.core.log().entries()
    }

    /// Replaces all faults; their counts start anew.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.core.faults().replace(faults);
    }

    /// The routes it truly holds, whatever quirks make of them in replies.
    ///
    /// # Errors
    /// The state file cannot be read any more.
    pub fn routes(&self) -> Result<Vec<Route>, StateError> {
        self.core.routes()
    }

    /// A handle that stops it from elsewhere.
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.stop))
    }

    /// Waits until somebody stops it.
    pub fn wait(mut self) {
        self.join();
    }

    /// Stops it and waits until its port is free.
    pub fn stop(self) {
        drop(self);
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread has nothing to tell to who only stops it.
            let _ = thread.join();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.notify_one();
        self.join();
    }
}
