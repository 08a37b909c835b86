//! `skyswitch`: a command line for call routing on SkySwitch.

pub mod api;
pub mod config;
pub mod durable;
pub mod error;
pub mod model;
pub mod output;
pub mod secret;
pub mod ui;
