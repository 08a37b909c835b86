//! Which credentials a command runs on: the part of the context that knows stores and sessions.

use std::sync::Arc;

use super::{Context, Credential};
use crate::auth::command::{self, CredentialCommand};
use crate::auth::credentials::PartialCredentials;
use crate::auth::store::{FileStore, KeyringStore, Patience};
use crate::auth::{self, Credentials, Session, Store, TokenEndpoint};
use crate::config::ConfigFile;
use crate::error::{Code, Error};
use crate::model::StoreKind;

impl Context {
    /// The store of this profile; opened when first asked for, never when credentials come from
    /// elsewhere.
    pub fn store(&self) -> Result<Arc<dyn Store>, Error> {
        if let Some(store) = self.store.get() {
            return Ok(Arc::clone(store));
        }
        let store = self.open_store(self.settings.store.value)?;
        Ok(Arc::clone(self.store.get_or_init(|| store)))
    }

    fn open_store(&self, kind: StoreKind) -> Result<Arc<dyn Store>, Error> {
        Ok(match kind {
            StoreKind::Keyring => Arc::new(KeyringStore::new(self.patience())),
            StoreKind::File => Arc::new(FileStore::new(self.state_dir()?.join("credentials"))),
        })
    }

    /// Somebody at a terminal can answer the keyring's own prompt; nobody else can.
    fn patience(&self) -> Patience {
        if !self.ui.can_ask() {
            return Patience::without_terminal();
        }
        Patience::with_terminal(|| {
            use std::io::Write as _;
            let text = b"waiting for the keyring: is it asking for its password somewhere?\n";
            let _ = std::io::stderr().write_all(text);
        })
    }

    /// The stored session of this profile.
    pub fn session(&self) -> Result<Arc<Session>, Error> {
        if let Some(session) = self.session.get() {
            return Ok(Arc::clone(session));
        }
        let state_dir = self.state_dir()?;
        let grants = Arc::new(TokenEndpoint::new(self.http()?));
        let profile = &self.settings.profile.value;
        let session = Session::new(profile, self.origin()?, self.store()?, grants, &state_dir);
        let session = Arc::new(session);
        Ok(Arc::clone(self.session.get_or_init(|| session)))
    }

    /// Says what was found and repaired on the way, such as a store that others could read.
    pub fn say_notes(&self) {
        let mut notes = Vec::new();
        if let Some(session) = self.session.get() {
            notes = session.take_notes();
        } else if let Some(store) = self.store.get() {
            notes = store.take_notes();
        }
        for note in notes {
            self.ui.warning(&note);
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
                Code::NotLoggedIn
                | Code::StoreUnavailable
                | Code::WrongOrigin
                | Code::JournalUnavailable => incomplete(&missing),
                _ => error,
            })?;
        partial
            .or(stored)
            .complete(&self.settings.scope.value)
            .map_err(|_| incomplete(&missing))
    }

    fn stored_credentials(&self) -> Result<PartialCredentials, Error> {
        let record = self.session()?.record()?;
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
        let failed = |what: String| {
            Error::new(
                Code::NotLoggedIn,
                format!("the credential command ({}): {what}", setting.source),
            )
        };
        let printed = CredentialCommand::from_words(setting.value.clone())
            .and_then(|command| command.run(command::LIMIT))
            .map_err(|error| failed(error.to_string()))?;
        let missing = printed.missing();
        printed.complete(&self.settings.scope.value).map_err(|_| {
            failed(format!(
                "`{}` is missing from what it printed",
                missing.join("`, `")
            ))
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

    /// What a missing scope is about: those the token has, and where others are asked for.
    pub fn scope_hint(&self) -> Option<String> {
        let scopes = self.bearer().ok()?.scopes();
        let way = match self.credential() {
            Credential::Sandbox => return None,
            Credential::Token => self.ready("status --check") + "` shows the token's scopes",
            Credential::Environment | Credential::Command => {
                "SKYSWITCH_SCOPE` asks for others".to_owned()
            }
            Credential::Store => self.ready("login --scope \"...\"") + "` asks for others",
        };
        Some(match scopes {
            Some(scopes) => format!("the token has the scopes `{scopes}`; `{way}"),
            None => format!("`{way}"),
        })
    }

    /// Forgets a profile's record, in the store that its profile names.
    pub fn forget(&self, profile: &str) -> Result<bool, Error> {
        let kind = match &self.settings.config_path {
            Some(path) if profile != self.settings.profile.value => {
                let file = ConfigFile::read(path)?;
                let kind = file
                    .profiles
                    .get(profile)
                    .and_then(|profile| profile.store.as_deref()?.parse().ok());
                kind.unwrap_or(StoreKind::Keyring)
            }
            _ => self.settings.store.value,
        };
        let store = self.open_store(kind)?;
        Ok(auth::session::forget(
            store.as_ref(),
            &self.state_dir()?,
            profile,
        )?)
    }

    /// The profiles of the configuration, and the one in use.
    pub fn all_profiles(&self) -> Result<Vec<String>, Error> {
        let mut names = match &self.settings.config_path {
            Some(path) => ConfigFile::read(path)?.profiles.into_keys().collect(),
            None => Vec::new(),
        };
        if !names.contains(&self.settings.profile.value) {
            names.push(self.settings.profile.value.clone());
        }
        Ok(names)
    }
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
