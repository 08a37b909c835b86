//! `skyswitch`: a command line for call routing on SkySwitch.

pub mod durable;
pub mod journal;
pub mod model;
pub mod output;
pub mod secret;
pub mod ui;
