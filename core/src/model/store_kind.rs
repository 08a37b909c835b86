//! Where credentials are kept.

use super::words;

words! {
    /// Which store a profile uses: `--store`, `SKYSWITCH_STORE`, `store` in the profile.
    StoreKind "a store" {
        /// Secret Service, macOS Keychain or Windows Credential Manager.
        Keyring = "keyring",
        /// A private file, without the password.
        File = "file",
    }
}
