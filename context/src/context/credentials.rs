//! Which credentials a command runs on: the part of the context that knows stores and sessions.

use std::path::Path;
use std::sync::Arc;

use super::{Context, once};
use crate::auth::command::{self, CredentialCommand};
use crate::auth::credentials::PartialCredentials;
use crate::auth::store::{FileStore, KeyringStore, UnlockWait};
use crate::auth::{self, Credentials, Record, Session, SessionError, Store};
use crate::config::{ConfigFile, Profile, STORE};
use crate::error::{Code, Error};
use crate::model::StoreKind;

/// What needs no login.
const WITHOUT_ACCOUNT: &str =
    "`skyswitch --sandbox routes list` shows how it works on sample data, without an account";

/// So many other profiles are named.
const MOST_PROFILES: usize = 3;

impl Context {
    /// The store of this profile; opened when first asked for, never when credentials come from
    /// elsewhere.
    pub fn store(&self) -> Result<Arc<dyn Store>, Error> {
        once(&self.store, || self.open_store(self.settings.store.value)).cloned()
    }

    fn open_store(&self, kind: StoreKind) -> Result<Arc<dyn Store>, Error> {
        Ok(match kind {
            StoreKind::Keyring => Arc::new(KeyringStore::new(self.unlock_wait())),
            StoreKind::File => Arc::new(FileStore::new(self.state_dir()?.join("credentials"))),
        })
    }

    /// Somebody at a terminal can answer the keyring's own prompt; nobody else can.
    fn unlock_wait(&self) -> UnlockWait {
        if !self.ui.can_ask() {
            return UnlockWait::without_terminal();
        }
        UnlockWait::with_terminal(|| {
            use std::io::Write as _;
            let text = b"waiting for the keyring: is it asking for its password somewhere?\n";
            let _ = std::io::stderr().write_all(text);
        })
    }

    /// The stored session of this profile; one a process.
    pub fn session(&self) -> Result<Arc<Session>, Error> {
        once(&self.session, || self.open_session()).cloned()
    }

    fn open_session(&self) -> Result<Arc<Session>, Error> {
        let state_dir = self.state_dir()?;
        let grants = self.grants()?;
        let session = Session::new(
            &self.settings.profile.value,
            self.origin()?,
            self.store()?,
            grants,
            &state_dir,
        );
        Ok(Arc::new(session.with_signals(self.signals.clone())))
    }

    /// The login of this profile. That there is none is said first, whatever the reason.
    pub fn login(&self) -> Result<Record, Error> {
        self.session()?.record().map_err(|error| {
            let no_keyring = matches!(&error, SessionError::Store(error) if error.is_absence());
            let no_login = matches!(error, SessionError::NotLoggedIn(_));
            let is_new = no_login && !self.settings.profile_exists;
            let others = match no_keyring || no_login {
                true => self.logged_in_elsewhere(no_keyring),
                false => String::new(),
            };
            let mut error = Error::from(error);
            if no_keyring {
                error.message = format!("not logged in: {}", error.message);
            }
            if !others.is_empty() {
                error.add_hint(others);
            } else if no_keyring || is_new {
                error.add_hint(WITHOUT_ACCOUNT);
            }
            error
        })
    }

    /// The profiles that are logged in where this one is not, each as this command; no keyring is waited for
    /// that is not there.
    fn logged_in_elsewhere(&self, no_keyring: bool) -> String {
        let known = self.settings.config_path.as_deref().map(ConfigFile::read);
        let profiles = known.and_then(Result::ok).map(|file| file.profiles);
        let others = profiles.into_iter().flatten();
        let others = others.filter(|(name, _)| *name != self.settings.profile.value);
        let is_in = |(name, profile): &(String, Profile)| {
            let kind = store_of(profile);
            !(no_keyring && kind == StoreKind::Keyring)
                && self.is_logged_in(name, kind).unwrap_or(false)
        };
        let others: Vec<String> = (others.filter(is_in).take(MOST_PROFILES))
            .map(|(name, _)| {
                let again = self.as_typed().value("--profile", &name);
                format!("`{name}` is logged in: `{again}`")
            })
            .collect();
        others.join("\n")
    }

    /// Prints what stores and sessions repaired or could not do; called once, at the end of a command.
    pub fn print_notes(&self) {
        let notes = match (self.session.get(), self.store.get()) {
            (Some(session), _) => session.take_notes(),
            (None, Some(store)) => store.take_notes(),
            (None, None) => Vec::new(),
        };
        for note in notes {
            self.ui.warning(&self.ready_text(&note));
        }
    }

    /// The four variables. A login fills what they lack, if it has it; else the missing are named.
    pub fn environment_credentials(&self) -> Result<Credentials, Error> {
        let given = &self.settings.credentials;
        let partial = PartialCredentials {
            client_id: given.client_id.clone(),
            client_secret: given.client_secret.clone(),
            username: given.username.clone(),
            password: given.password.clone(),
            scope: Some(self.settings.scope.value.clone()),
        };
        let missing = given.missing();
        if missing.is_empty() {
            return self.complete(partial);
        }
        let stored = self
            .stored_credentials()
            .map_err(|error| match error.code {
                Code::NotLoggedIn | Code::StoreUnavailable | Code::JournalUnavailable => {
                    incomplete(&missing)
                }
                _ => error,
            })?;
        partial
            .or(stored)
            .complete(&self.settings.scope.value)
            .map_err(|_| incomplete(&missing))
    }

    fn stored_credentials(&self) -> Result<PartialCredentials, Error> {
        let record = self.login()?;
        Ok(PartialCredentials {
            client_id: Some(record.client_id),
            client_secret: Some(record.client_secret),
            username: Some(record.username),
            password: record.password,
            scope: None,
        })
    }

    /// Runs the credential command; the environment's scope wins over the one it prints.
    pub(super) fn command_credentials(&self) -> Result<Credentials, Error> {
        let Some(setting) = &self.settings.credential_command else {
            return Err(Error::new(Code::Internal, "there is no credential command"));
        };
        let place = format!("the credential command ({})", setting.source);
        let printed = CredentialCommand::from_words(setting.value.clone())
            .and_then(|command| command.run(command::LIMIT))
            .map_err(|error| Error::at(Code::NotLoggedIn, &place, error))?;
        let missing = printed.missing().join("`, `");
        printed.complete(&self.settings.scope.value).map_err(|_| {
            let text = format!("{place}: `{missing}` is missing from what it printed");
            Error::new(Code::NotLoggedIn, text)
        })
    }

    fn complete(&self, partial: PartialCredentials) -> Result<Credentials, Error> {
        partial
            .complete(&self.settings.scope.value)
            .map_err(|missing| {
                Error::new(
                    Code::InvalidSetting,
                    format!("`{}` is missing", missing.join("`, `")),
                )
            })
    }

    /// Forgets a profile's record in a store of this kind.
    pub fn forget(&self, profile: &str, kind: StoreKind) -> Result<bool, Error> {
        Ok(self.forget_in(profile, kind)??)
    }

    /// The same; none where this machine has no keyring that could keep one.
    pub fn forget_if_any(&self, profile: &str, kind: StoreKind) -> Result<Option<bool>, Error> {
        match self.forget_in(profile, kind)? {
            Err(SessionError::Store(error)) if error.is_absence() => Ok(None),
            forgotten => Ok(Some(forgotten?)),
        }
    }

    fn forget_in(
        &self,
        profile: &str,
        kind: StoreKind,
    ) -> Result<Result<bool, SessionError>, Error> {
        let store = self.open_store(kind)?;
        let forgotten = auth::session::forget(store.as_ref(), &self.state_dir()?, profile);
        for note in store.take_notes() {
            self.ui.warning(&note);
        }
        Ok(forgotten)
    }

    /// Whether a store of this kind keeps a login of a profile.
    pub fn is_logged_in(&self, profile: &str, kind: StoreKind) -> Result<bool, Error> {
        Ok(self.open_store(kind)?.read(profile)?.is_some())
    }

    /// Where `config.toml` is, or would be.
    pub fn config_path(&self) -> Result<&Path, Error> {
        self.settings.config_path.as_deref().ok_or_else(|| {
            let text = "there is no home directory to keep a configuration in";
            Error::new(Code::InvalidSetting, text)
                .hint("set `SKYSWITCH_CONFIG_DIR` and `SKYSWITCH_STATE_DIR`, or use the credentials from the environment without a login")
        })
    }

    /// Where credentials may be kept: the profiles of the configuration with the store each names, and
    /// whatever else the file store's directory holds.
    pub fn all_logins(&self) -> Result<Vec<(String, StoreKind)>, Error> {
        let mut logins: Vec<(String, StoreKind)> = Vec::new();
        if let Some(path) = &self.settings.config_path {
            for (name, profile) in ConfigFile::read(path)?.profiles {
                logins.push((name, store_of(&profile)));
            }
        }
        let files = self.open_store(StoreKind::File)?;
        for name in files.profiles()?.unwrap_or_default() {
            let login = (name, StoreKind::File);
            if !logins.contains(&login) {
                logins.push(login);
            }
        }
        // `login` writes every profile down: without any there is at most the one in use.
        if logins.is_empty() {
            let current = self.settings.profile.value.clone();
            logins.push((current, self.settings.store.value));
        }
        Ok(logins)
    }
}

/// The store that a profile names; the keyring where it names none.
pub fn store_of(profile: &Profile) -> StoreKind {
    let named = profile.text(&STORE).and_then(|text| text.parse().ok());
    named.unwrap_or(StoreKind::Keyring)
}

fn incomplete(missing: &[&str]) -> Error {
    let names = missing.join("`, `");
    Error::new(
        Code::InvalidSetting,
        format!(
            "some credentials are set in the environment, but `{names}` {} not",
            if missing.len() == 1 { "is" } else { "are" }
        ),
    )
    .hint("set all four, or none of them and run `skyswitch login`")
}
