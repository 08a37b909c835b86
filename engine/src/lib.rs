//! What stands behind the commands of `skyswitch`: what writes routes, and what is kept on this machine. It is published for
//! that program, not as an interface.
//!
//! - [`apply`]: the one engine of every write: read, decide, journal, send, look again.
//! - [`auth`]: credentials, stores, and which token a request carries.
//! - [`journal`]: what was changed, written before it is.
//! - [`kept_names`]: what completion knows of domains, extensions and numbers.
//! - [`durable`]: files and locks.
//! - [`sandbox`]: the embedded emulator of the API; shares `model` with the client and nothing else.

pub mod apply;
pub mod auth;
pub mod durable;
pub mod journal;
pub mod kept_names;
pub mod sandbox;

use skyswitch_core::{api, model, plan, secret, signals};
