//! What a command of `skyswitch` is given: its settings, a client and a journal to ask for, and the one printer. It is
//! published for that program, not as an interface.
//!
//! - [`context`]: settings and printer; hands out a client or a journal to a command that asks.
//! - [`error`]: the one error a command ends with, its exit code, and what led to it.
//! - [`config`]: flag > environment > profile > default; the only reader of the environment.
//! - [`server`]: what the server was found out to do: facts, noted, kept and asked for.
//! - [`ui`]: the only printer; [`logging`] its sibling for `-v`.

pub mod config;
pub mod context;
pub mod error;
pub mod logging;
pub mod server;
pub mod ui;

use skyswitch_core::{api, model, output, plan, secret, signals};
use skyswitch_engine::{auth, durable, journal, kept_names, sandbox};
