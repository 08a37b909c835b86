//! HTTP and nothing else: one client, one send, one decode, and retries around them.
//!
//! This module never prints, never reads the environment and never opens a file. It gets its bearer
//! from a [`BearerSource`] and knows nothing of how that one comes by it. What the server is known
//! to do, and how sure we are, stands in the notes each item refers to as `api.md`.

mod account;
mod answer;
mod body;
mod client;
mod domains;
mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
mod held;
mod http;
mod lists;
mod neighbours;
mod noticed;
mod oauth;
mod pace;
mod paged;
mod pages;
mod reach;
mod retry;
mod routes;
mod strict;
mod tls;
mod tls_fault;

pub use account::{AccountRead, NoWhole};
pub use answer::{Answer, Endpoint};
pub use body::{Body, Limits};
pub use client::{BearerSource, Client, KnownLists};
pub use error::{BearerFailure, Error, Transport, TransportKind};
pub use held::Held;
pub use http::HEADERS;
pub use http::{Call, Http, HttpOptions, Knock, Payload, Response};
pub use lists::unreadable;
pub use lists::{Completeness, Halt, ListItem, Traits, Worth, decode_list};
pub use neighbours::SubscriberFilter;
pub use noticed::{Noticed, Seen};
pub use oauth::scopes;
pub use oauth::{PasswordGrant, TokenInfo, TokenReply};
pub use pace::Pace;
pub use pages::{Page, Pages};
pub use reach::{connect, resolve};
pub use reqwest::Method;
pub use retry::{Retry, RetryPolicy};
pub use routes::{Reading, RouteFilter, Wanted};
pub use strict::check as check_json;
pub use tls::{CaBundleError, ca_bundle};
pub use tls_fault::TlsFault;
