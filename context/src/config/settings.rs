//! Every setting as a value with its source.

use std::path::PathBuf;
use std::time::Duration;

use super::proxy::ProxySetting;
use super::setting::{Setting, Source};
use crate::model::{AccountId, Domain, Origin, Shell, StoreKind};
use crate::secret::Secret;

/// The global flags that are settings.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--profile`
    pub profile: Option<String>,
    /// `--account`
    pub account: Option<String>,
    /// `--sandbox`
    pub sandbox: bool,
    /// `--timeout`, seconds
    pub timeout: Option<u64>,
    /// `--cacert`
    pub cacert: Option<PathBuf>,
    /// `login --store`
    pub store: Option<StoreKind>,
    /// `login --scope`
    pub scope: Option<String>,
    /// Whether a profile that does not exist yet may be named (`login`).
    pub new_profile: bool,
    /// Whether profiles are what the command is about: then none has to exist, and nothing in the one
    /// in force keeps it from being mended.
    pub about_profiles: bool,
    /// Whether such a command asks the server of the profile all the same.
    pub looks_up: bool,
}

/// Credentials of the environment, whichever are set.
#[derive(Clone, Debug, Default)]
pub struct EnvironmentCredentials {
    /// `SKYSWITCH_CLIENT_ID`
    pub client_id: Option<String>,
    /// `SKYSWITCH_CLIENT_SECRET`
    pub client_secret: Option<Secret>,
    /// `SKYSWITCH_USERNAME`
    pub username: Option<String>,
    /// `SKYSWITCH_PASSWORD`
    pub password: Option<Secret>,
}

impl EnvironmentCredentials {
    /// The variables that are not set, if any is.
    pub fn missing(&self) -> Vec<&'static str> {
        [
            ("SKYSWITCH_CLIENT_ID", self.client_id.is_some()),
            ("SKYSWITCH_CLIENT_SECRET", self.client_secret.is_some()),
            ("SKYSWITCH_USERNAME", self.username.is_some()),
            ("SKYSWITCH_PASSWORD", self.password.is_some()),
        ]
        .into_iter()
        .filter(|(_, set)| !set)
        .map(|(name, _)| name)
        .collect()
    }

    /// Whether any of the four is set.
    pub fn any(&self) -> bool {
        self.missing().len() < 4
    }
}

/// Everything that can be set, resolved.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The profile in use.
    pub profile: Setting<String>,
    /// Whether more than one profile exists: then writes name account and profile first.
    pub several_profiles: bool,
    /// Variables that are set and say what a profile says, too.
    pub beside_profile: Vec<&'static str>,
    /// Whether the profile stands in `config.toml`.
    pub profile_exists: bool,
    /// The account, if anybody named one.
    pub account: Option<Setting<AccountId>>,
    /// Where the API is.
    pub origin: Setting<Origin>,
    /// Scopes to ask for.
    pub scope: Setting<String>,
    /// Where credentials are kept.
    pub store: Setting<StoreKind>,
    /// Where the names of callers are.
    pub names: Option<PathBuf>,
    /// The default domain.
    pub domain: Option<Setting<Domain>>,
    /// `SKYSWITCH_TOKEN`.
    pub token: Option<Secret>,
    /// The four credential variables.
    pub credentials: EnvironmentCredentials,
    /// The credential command's words.
    pub credential_command: Option<Setting<Vec<String>>>,
    /// What the profile offers `login`.
    pub profile_client_id: Option<String>,
    /// What the profile offers `login`.
    pub profile_username: Option<String>,
    /// For one request.
    pub timeout: Duration,
    /// Most bytes that the rows of a list take which is held as a whole, if anybody said so.
    pub max_memory: Option<usize>,
    /// A PEM file.
    pub ca_bundle: Option<Setting<PathBuf>>,
    /// The proxy for anything that is not loopback.
    pub proxy: Option<ProxySetting>,
    /// Everything goes to the embedded emulator.
    pub sandbox: bool,
    /// Where `config.toml` is.
    pub config_path: Option<PathBuf>,
    /// Where the journal and the file store are; none without a home.
    pub state_dir: Option<PathBuf>,
    /// The shell that ready commands are typed for.
    pub shell: Shell,
    /// Who runs this, for the journal.
    pub user: Option<String>,
    /// On which machine, for the journal.
    pub host: Option<String>,
}

impl Settings {
    /// Variables that are set and were not read: a profile named on the command line is a whole.
    pub fn passed_over(&self) -> &[&'static str] {
        match self.profile.source {
            Source::Flag(_) => &self.beside_profile,
            _ => &[],
        }
    }

    /// The state directory; the sandbox has its own, apart from real things.
    pub fn state_in_use(&self) -> Option<PathBuf> {
        if self.sandbox {
            return self.sandbox_state();
        }
        self.state_dir.clone()
    }

    /// Where `--sandbox` keeps its state, whether it is used now or not.
    pub fn sandbox_state(&self) -> Option<PathBuf> {
        Some(self.state_dir.as_ref()?.join("sandbox"))
    }
}
