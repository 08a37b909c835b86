//! Settings: flag > environment > profile > default, each value with its source.
//!
//! This is the only reader of the environment (`clippy.toml` holds everybody else to it) and of
//! `config.toml`. It decides nothing but which value wins; what a value then does is decided by
//! whoever uses it.

mod edit;
mod environment;
mod file;
pub mod names;
mod names_file;
mod profile_name;
mod proxy;
mod resolve;
mod setting;
mod settings;

pub use edit::ProfileValue;
pub use environment::{Environment, NotText};
pub use file::{ConfigError, ConfigFile, Profile};
pub use names::{ACCOUNT_ID, DOMAIN, STORE};
pub use names::{SETTINGS, SettingNames, profile_keys};
pub use names_file::CallerNames;
pub use proxy::ProxySetting;
pub use resolve::{LONGEST_TIMEOUT, checked, default_profile, known_profile, resolve};
pub use setting::{Setting, SettingsError, Source};
pub use settings::{Flags, Settings};
