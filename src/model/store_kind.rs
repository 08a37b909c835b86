//! Where credentials are kept.

use std::fmt;

/// Which store a profile uses: `--store`, `SKYSWITCH_STORE`, `store` in the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// Secret Service, macOS Keychain or Windows Credential Manager.
    Keyring,
    /// A private file, without the password.
    File,
}

impl StoreKind {
    /// `keyring` or `file`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
        }
    }
}

impl fmt::Display for StoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Neither `keyring` nor `file`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a store: `keyring` or `file` is accepted", .0.escape_debug())]
pub struct StoreKindError(String);

impl std::str::FromStr for StoreKind {
    type Err = StoreKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "keyring" => Ok(Self::Keyring),
            "file" => Ok(Self::File),
            _ => Err(StoreKindError(text.to_owned())),
        }
    }
}
