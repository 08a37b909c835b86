//! `skyswitch`: a command line for call routing on SkySwitch.

pub mod api;
pub mod config;
pub mod durable;
pub mod model;
pub mod secret;
