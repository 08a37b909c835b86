//! `skyswitch`: a command line for call routing on SkySwitch.

pub mod durable;
pub mod model;
pub mod plan;
pub mod secret;
