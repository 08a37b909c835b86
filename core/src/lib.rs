//! What `skyswitch` stands on, a crate of its own so that all of a list's way is optimised as one and a
//! change of a command compiles none of it again. It is published for that program, not as an interface.
//!
//! - [`api`]: HTTP only: one client, one send, one decode, one retry loop.
//! - [`output`]: values → bytes: table, JSON, ndjson, CSV, TSV.
//! - [`plan`]: routing as code: files, differences, brakes, explanations; no input or output.
//! - [`model`]: numbers, domains, routes, changes: plain types that cannot hold nonsense.
//! - [`secret`], [`signals`]: strings that cannot be printed, Ctrl-C.

pub mod api;
pub mod model;
pub mod output;
pub mod plan;
pub mod secret;
pub mod signals;
