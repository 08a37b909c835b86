//! Which of a keyring's bad states an error means: typed, from the libraries underneath.
//!
//! The `keyring` crate hands its cause up as a box: on systems with the Secret Service a
//! `secret_service` error around a `zbus` one, on macOS a status of Apple's. Elsewhere there is
//! nothing more to learn here.

use super::StoreError;

#[cfg(all(
    unix,
    not(any(target_os = "macos", target_os = "ios", target_os = "android"))
))]
mod linux {
    use std::time::Duration;

    use super::StoreError;

    /// The state behind an error, when it is one of the known ones.
    pub(crate) fn state(error: &keyring::Error) -> Option<StoreError> {
        let (keyring::Error::PlatformFailure(cause) | keyring::Error::NoStorageAccess(cause)) =
            error
        else {
            return None;
        };
        of_service(cause.downcast_ref::<secret_service::Error>()?)
    }

    /// After a call went unanswered: is the default collection merely locked, behind a prompt that
    /// nobody answered? `false` when that cannot be learnt within `limit` either.
    pub(crate) fn waits_for_unlocking(limit: Duration) -> bool {
        let (sender, receiver) = std::sync::mpsc::channel();
        let asking = std::thread::Builder::new()
            .name("keyring-state".to_owned())
            .spawn(move || {
                // Nobody listening any more means it came too late.
                let _ = sender.send(default_is_locked());
            });
        asking.is_ok() && matches!(receiver.recv_timeout(limit), Ok(Ok(true)))
    }

    fn default_is_locked() -> Result<bool, secret_service::Error> {
        use secret_service::blocking::SecretService;
        let service = SecretService::connect(secret_service::EncryptionType::Plain)?;
        let default = service.get_default_collection()?;
        default.is_locked()
    }

    fn of_service(error: &secret_service::Error) -> Option<StoreError> {
        match error {
            secret_service::Error::Unavailable => Some(StoreError::NoBus),
            secret_service::Error::Locked
            | secret_service::Error::Prompt
            | secret_service::Error::PromptDisconnected => Some(StoreError::Locked),
            // Only asking for the default collection has no result.
            secret_service::Error::NoResult => Some(StoreError::NoDefaultCollection),
            secret_service::Error::Zbus(error) => of_bus(error),
            secret_service::Error::ZbusFdo(error) => of_standard(error),
            _ => None,
        }
    }

    fn of_bus(error: &zbus::Error) -> Option<StoreError> {
        match error {
            zbus::Error::Connection(..)
            | zbus::Error::InputOutput(_)
            | zbus::Error::Handshake(_)
            | zbus::Error::Address(_) => Some(StoreError::NoBus),
            zbus::Error::InterfaceNotFound => Some(StoreError::NoProvider),
            zbus::Error::MethodError(name, ..) => of_name(name.as_str()),
            zbus::Error::FDO(error) => of_standard(error),
            _ => None,
        }
    }

    fn of_standard(error: &zbus::fdo::Error) -> Option<StoreError> {
        use zbus::DBusError as _;
        match error {
            zbus::fdo::Error::ZBus(error) => of_bus(error),
            other => of_name(other.name().as_str()),
        }
    }

    /// D-Bus names its errors; these names are part of its protocol.
    fn of_name(name: &str) -> Option<StoreError> {
        const STANDARD: &str = "org.freedesktop.DBus.Error.";
        match name.strip_prefix(STANDARD) {
            // `NoReply`: it went away while it was asked.
            Some(
                "ServiceUnknown" | "NameHasNoOwner" | "NoReply" | "UnknownInterface"
                | "UnknownObject" | "UnknownMethod",
            ) => Some(StoreError::NoProvider),
            Some(other) if other.starts_with("Spawn.") => Some(StoreError::NoProvider),
            Some("Disconnected" | "NoServer") => Some(StoreError::NoBus),
            Some(_) => None,
            None if name == "org.freedesktop.Secret.Error.IsLocked" => Some(StoreError::Locked),
            None => None,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::{of_name, state};
        use crate::auth::store::StoreError;

        #[test]
        fn bus_errors_are_told_apart_by_their_names() {
            let is = |name: &str| of_name(name);
            assert!(matches!(
                is("org.freedesktop.DBus.Error.ServiceUnknown"),
                Some(StoreError::NoProvider)
            ));
            assert!(matches!(
                is("org.freedesktop.DBus.Error.Spawn.ExecFailed"),
                Some(StoreError::NoProvider)
            ));
            assert!(matches!(
                is("org.freedesktop.Secret.Error.IsLocked"),
                Some(StoreError::Locked)
            ));
            assert!(is("org.freedesktop.DBus.Error.LimitsExceeded").is_none());
        }

        #[test]
        fn the_cause_is_found_inside_the_keyring_error() {
            let wrap = |error: secret_service::Error| {
                state(&keyring::Error::PlatformFailure(Box::new(error)))
            };
            assert!(matches!(
                wrap(secret_service::Error::Unavailable),
                Some(StoreError::NoBus)
            ));
            assert!(matches!(
                wrap(secret_service::Error::NoResult),
                Some(StoreError::NoDefaultCollection)
            ));
            assert!(matches!(
                wrap(secret_service::Error::Prompt),
                Some(StoreError::Locked)
            ));
            assert!(matches!(
                wrap(zbus::Error::Handshake("no".into()).into()),
                Some(StoreError::NoBus)
            ));
            assert!(state(&keyring::Error::NoEntry).is_none());
        }
    }
}

#[cfg(all(
    unix,
    not(any(target_os = "macos", target_os = "ios", target_os = "android"))
))]
pub(super) use linux::{state, waits_for_unlocking};

#[cfg(target_os = "macos")]
mod macos {
    use security_framework::base::Error;

    use super::StoreError;

    /// The state behind an error, by Apple's `SecBase.h`, when it is one of the known ones.
    pub(crate) fn state(error: &keyring::Error) -> Option<StoreError> {
        let (keyring::Error::PlatformFailure(cause) | keyring::Error::NoStorageAccess(cause)) =
            error
        else {
            return None;
        };
        match cause.downcast_ref::<Error>()?.code() {
            // errSecUserCanceled, errSecAuthFailed: its question was answered with no, or wrongly.
            -128 | -25293 => Some(StoreError::Denied),
            // errSecInteractionNotAllowed, errSecInteractionRequired: over ssh nobody can be asked.
            -25308 | -25315 => Some(StoreError::Locked),
            // errSecNoSuchKeychain, errSecNoDefaultKeychain
            -25294 | -25307 => Some(StoreError::NoDefaultCollection),
            _ => None,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::{Error, StoreError, state};

        #[test]
        fn the_known_statuses_are_told_apart() {
            let of = |code| {
                state(&keyring::Error::PlatformFailure(Box::new(
                    Error::from_code(code),
                )))
            };
            assert!(matches!(of(-128), Some(StoreError::Denied)));
            assert!(matches!(of(-25308), Some(StoreError::Locked)));
            assert!(matches!(of(-25294), Some(StoreError::NoDefaultCollection)));
            assert!(of(-25299).is_none());
        }
    }
}

#[cfg(target_os = "macos")]
pub(super) use macos::state;

/// Credential Manager: no access means locked or denied.
#[cfg(not(unix))]
pub(super) fn state(error: &keyring::Error) -> Option<StoreError> {
    matches!(error, keyring::Error::NoStorageAccess(_)).then_some(StoreError::Locked)
}

/// Keychain and Credential Manager: a call that waits, waits for its own dialogue.
#[cfg(not(all(
    unix,
    not(any(target_os = "macos", target_os = "ios", target_os = "android"))
)))]
pub(super) fn waits_for_unlocking(_limit: std::time::Duration) -> bool {
    true
}
