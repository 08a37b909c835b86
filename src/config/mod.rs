//! Settings: flag > environment > profile > default, each value with its source.
//!
//! This is the only reader of the environment (`clippy.toml` holds everybody else to it) and of
//! `config.toml`. It decides nothing but which value wins; what a value then does is decided by
//! whoever uses it.

mod environment;
mod file;
mod names;
mod proxy;
mod resolve;
mod setting;
mod settings;

pub use environment::{Environment, NotText};
pub use file::{ConfigError, ConfigFile, Profile};
pub(crate) use names::STORE;
pub use names::{SETTINGS, SettingNames, profile_keys};
pub use proxy::ProxySetting;
pub use resolve::resolve;
pub use setting::{Setting, SettingsError, Source};
pub use settings::{Flags, Settings};
