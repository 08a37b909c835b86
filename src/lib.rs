//! `skyswitch`: a command line for call routing on SkySwitch.
//!
//! A map of the house, in the direction values travel:
//!
//! - [`commands`]: what can be typed; arguments above the function that does it.
//! - [`config`]: flag > environment > profile > default; the only reader of the environment.
//! - [`context`]: settings and printer; hands out a client or a journal to a command that asks.
//! - [`api`]: HTTP only: one client, one send, one decode, retries around them.
//! - [`auth`]: credentials, stores, and which token a request carries.
//! - [`plan`]: routing as code: files, differences, brakes, explanations; no input or output.
//! - [`journal`]: what was changed, written before it is.
//! - [`model`]: numbers, domains, routes, changes: plain types that cannot hold nonsense.
//! - [`output`]: values → bytes: table, JSON, ndjson, CSV, TSV.
//! - [`ui`]: the only printer; [`logging`] its sibling for `-v`.
//! - [`sandbox`]: the embedded emulator of the API; shares [`model`] with the client and nothing else.
//! - [`domain_names`]: what completion knows of the account's domains.
//! - [`durable`], [`secret`], [`signals`]: files and locks, strings that cannot be printed, Ctrl-C.
//! - [`error`]: the one error a command ends with, and its exit code.
//!
//! Left may know right, never back: `commands → context → error → plan → auth → api → model,
//! secret`; beside them `journal, config, output, ui, sandbox, domain_names, durable` know only `model`, `secret`
//! and `durable`. CONTRIBUTING.md says how to add an endpoint.

pub mod api;
pub mod apply;
pub mod auth;
pub mod commands;
pub mod config;
pub mod context;
pub mod domain_names;
pub mod durable;
pub mod error;
pub mod journal;
pub mod logging;
pub mod model;
pub(crate) mod ops;
pub mod output;
pub mod plan;
mod process;
pub mod sandbox;
pub mod secret;
pub mod signals;
pub mod ui;

pub use process::run;
