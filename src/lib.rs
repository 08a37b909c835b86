//! `skyswitch`: a command line for call routing on SkySwitch.
//!
//! A map of the house, in the direction values travel:
//!
//! - [`commands`]: what can be typed; arguments above the function that does it.
//! - `ops`: what several commands do: plan from a file, carry out a run, one change, the account lock.
//! - [`context`]: settings and printer; hands out a client or a journal to a command that asks.
//! - [`error`]: the one error a command ends with, its exit code, and what led to it.
//! - [`apply`]: the one engine of every write: read, decide, journal, send, look again.
//! - [`plan`]: routing as code: files, differences, brakes, explanations; no input or output.
//! - [`auth`]: credentials, stores, and which token a request carries.
//! - [`api`]: HTTP only: one client, one send, one decode, one retry loop.
//! - [`journal`]: what was changed, written before it is.
//! - [`config`]: flag > environment > profile > default; the only reader of the environment.
//! - [`server`]: what the server was found out to do: facts, noted, kept and asked for.
//! - [`output`]: values → bytes: table, JSON, ndjson, CSV, TSV.
//! - [`ui`]: the only printer; [`logging`] its sibling for `-v`.
//! - [`sandbox`]: the embedded emulator of the API; shares [`model`] with the client and nothing else.
//! - [`kept_names`]: what completion knows of domains, extensions and numbers.
//! - [`model`]: numbers, domains, routes, changes: plain types that cannot hold nonsense.
//! - [`durable`], [`secret`], [`signals`]: files and locks, strings that cannot be printed, Ctrl-C.
//!
//! They lie in four crates, each of which stands on those after it: this one; `context` ([`context`], [`error`], [`config`],
//! [`server`], [`ui`], [`logging`]), on the way of every start; `engine` ([`apply`], [`auth`], [`journal`], [`sandbox`],
//! [`kept_names`], [`durable`]), which waits for servers and disks; `core` ([`api`], [`plan`], [`output`], [`model`],
//! [`secret`], [`signals`]), through which every route goes and which is optimised as one.
//!
//! Left may know right, never back; `tests/it/house.rs` holds who may know whom. CONTRIBUTING.md says
//! what happens on a write, and how to add an endpoint.

pub mod commands;
pub(crate) mod ops;
mod process;

pub use process::run;
pub use skyswitch_context::{config, context, error, logging, server, ui};
pub use skyswitch_core::{api, model, output, plan, secret, signals};
pub use skyswitch_engine::{apply, auth, durable, journal, kept_names, sandbox};
