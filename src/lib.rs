//! `skyswitch`: a command line for call routing on SkySwitch.

pub mod durable;
pub mod model;
pub mod sandbox;
pub mod secret;
