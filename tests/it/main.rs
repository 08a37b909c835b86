//! The one integration test binary: every command as a real process, against real servers on loopback.
//!
//! A module a subject; [`support`] is the builder all of them share.

#![expect(
    unreachable_pub,
    reason = "one binary: what modules share is `pub` and goes no further"
)]

mod answers;
mod api;
mod apply;
mod canary;
mod check;
mod choices;
mod completions;
mod crash;
mod crowds;
mod damaged;
mod doctor;
mod domains;
mod engine;
mod errors;
mod examples;
mod explain;
mod facts;
mod faults;
mod fixtures_client;
mod history;
mod house;
mod import;
mod journal;
mod keyring;
mod lists;
mod loans;
mod login;
mod manual;
mod meant;
mod memory;
mod mondays;
mod neighbours;
mod other_clients;
mod output;
mod paging;
mod plan;
mod probe;
mod process;
mod profiles;
mod proxy;
mod pull;
mod questions;
mod refusals;
mod retries;
mod review;
mod routes;
mod sandbox_serve;
mod screen;
mod secrets;
mod sessions;
mod seven_steps;
mod sheets;
mod short_hand;
mod support;
mod tls;
mod tokens;
mod transfer;
mod undo;
mod unknown;
