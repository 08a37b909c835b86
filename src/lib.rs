//! `skyswitch`: a command line for call routing on SkySwitch.

pub mod auth;
pub mod durable;
pub mod model;
pub mod secret;
