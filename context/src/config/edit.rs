//! Edits of `config.toml` that leave everything else in it as it was, comments included. Each reads
//! the file anew under a lock, so that no edit takes another one back.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use toml_edit::{Array, Item, Table, TableLike, Value};

use super::file::{ConfigError, ConfigFile};
use super::names::DEFAULT_PROFILE;
use crate::durable::{self, Lock, LockError};

/// How long another process may take for its edit.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// A value of a profile as the file keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ProfileValue {
    /// A text.
    Text(String),
    /// The words of a command.
    Words(Vec<String>),
}

impl fmt::Display for ProfileValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Words(words) => f.write_str(&shell_words::join(words)),
        }
    }
}

impl From<&str> for ProfileValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<ProfileValue> for Value {
    fn from(value: ProfileValue) -> Self {
        match value {
            ProfileValue::Text(text) => text.into(),
            ProfileValue::Words(words) => words.into_iter().collect::<Array>().into(),
        }
    }
}

impl ConfigFile {
    /// Whether an edit could be kept: the directory is there, or can be made, and takes files.
    ///
    /// # Errors
    /// [`ConfigError::Io`].
    pub fn probe(&self) -> Result<(), ConfigError> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        durable::create_private_dir(directory)
            .and_then(|()| durable::check_writable(&self.path))
            .map_err(|error| ConfigError::Io(self.path.clone(), error))
    }

    /// Reads the file, changes what was read, and writes it.
    ///
    /// # Errors
    /// [`ConfigError`], also where the change would leave a file that cannot be used; the old one then
    /// still stands.
    pub fn edit<T>(
        path: &Path,
        change: impl FnOnce(&mut Self) -> Result<T, ConfigError>,
    ) -> Result<T, ConfigError> {
        let io = |error| ConfigError::Io(path.to_owned(), error);
        durable::create_private_dir(path.parent().unwrap_or(Path::new("."))).map_err(io)?;
        let lock = Lock::acquire(&path.with_extension("lock"), LOCK_WAIT);
        let _lock = lock.map_err(|error| match error {
            LockError::Io(error) => io(error),
            LockError::Busy => io(std::io::Error::other(error)),
        })?;
        let mut file = Self::read(path)?;
        let done = change(&mut file)?;
        let text = file.text();
        Self::parse(path, text.clone())?;
        durable::write_through(path, text.as_bytes()).map_err(io)?;
        Ok(done)
    }

    /// Sets values of one profile, which is made if need be.
    ///
    /// # Errors
    /// [`ConfigError::At`] where `profiles` is written in a way that takes none.
    pub fn set<V: Into<ProfileValue>>(
        &mut self,
        profile: &str,
        values: impl IntoIterator<Item = (&'static str, V)>,
    ) -> Result<(), ConfigError> {
        let name = self.spelled(profile).unwrap_or(profile).to_owned();
        let fail = self.not_a_table();
        let profiles = self.document.as_table_mut().entry("profiles");
        let profiles = profiles.or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        let table = profiles
            .as_table_like_mut()
            .map(|profiles| profiles.entry(&name).or_insert_with(toml_edit::table))
            .and_then(Item::as_table_like_mut)
            .ok_or(fail)?;
        for (key, value) in values {
            put(table, key, value.into().into());
        }
        Ok(())
    }

    /// Takes a key of a profile away; whether it was there.
    pub fn unset(&mut self, profile: &str, key: &str) -> bool {
        let name = self.spelled(profile).unwrap_or(profile).to_owned();
        let table = self.profiles_mut().and_then(|all| all.get_mut(&name));
        let table = table.and_then(Item::as_table_like_mut);
        table.is_some_and(|table| table.remove(key).is_some())
    }

    /// Takes a profile away, and the default with it where it was the one. What stands above them up to
    /// a blank line goes along, further comments stay.
    pub fn remove(&mut self, profile: &str) {
        let Some(name) = self.spelled(profile).map(str::to_owned) else {
            return;
        };
        let removed = self.profiles_mut().and_then(|all| all.remove(&name));
        if let Some(Item::Table(table)) = removed
            && let Some((others, _)) = prefix(&table).rsplit_once("\n\n")
        {
            self.keep(&format!("{others}\n\n"), table.position());
        }
        let default = self.default_profile.as_deref();
        if default.is_some_and(|default| default.eq_ignore_ascii_case(&name))
            && let Some((key, _)) = self.document.remove_entry("default_profile")
        {
            let above = key.leaf_decor().prefix().and_then(|text| text.as_str());
            self.keep(above.unwrap_or_default(), None);
        }
    }

    /// Makes a profile the one where none is named.
    pub fn set_default(&mut self, profile: &str) {
        let root = self.document.as_table_mut();
        if profile == DEFAULT_PROFILE && !root.contains_key("default_profile") {
            return;
        }
        let is_new = !root.contains_key("default_profile");
        put(root, "default_profile", profile.into());
        let first = self.tables().min_by_key(|table| table.position());
        if let Some(first) = first.filter(|first| is_new && prefix(first).is_empty()) {
            first.decor_mut().set_prefix("\n");
        }
    }

    /// The tables `[profiles.NAME]`.
    fn tables(&mut self) -> impl Iterator<Item = &mut Table> {
        let profiles = self.document.get_mut("profiles");
        let profiles = profiles.and_then(Item::as_table_mut).into_iter();
        profiles
            .flat_map(Table::iter_mut)
            .filter_map(|(_, item)| item.as_table_mut())
    }

    fn profiles_mut(&mut self) -> Option<&mut dyn TableLike> {
        self.document.get_mut("profiles")?.as_table_like_mut()
    }

    fn not_a_table(&self) -> ConfigError {
        ConfigError::At {
            path: self.path.clone(),
            line: 1,
            column: 1,
            what: "`profiles` is not a table".to_owned(),
        }
    }

    /// Puts comments in front of the next table behind a position, or at the end.
    fn keep(&mut self, comments: &str, after: Option<isize>) {
        if !comments.contains('#') {
            return;
        }
        let later = self.tables().filter(|table| table.position() > after);
        match later.min_by_key(|table| table.position()) {
            Some(next) => {
                let own = prefix(next);
                let own = match comments.ends_with("\n\n") {
                    true => own.trim_start_matches('\n'),
                    false => own,
                };
                let both = format!("{comments}{own}");
                next.decor_mut().set_prefix(both);
            }
            None => {
                let rest = self.document.trailing().as_str().unwrap_or_default();
                let both = format!("{comments}{rest}");
                self.document.set_trailing(both);
            }
        }
    }
}

/// What stands above a table.
fn prefix(table: &Table) -> &str {
    let prefix = table.decor().prefix();
    prefix.and_then(|text| text.as_str()).unwrap_or_default()
}

/// Sets a value and keeps the comment behind it; equal ones stay as they are written.
fn put(table: &mut dyn TableLike, key: &str, value: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) if old.as_str().is_some() && old.as_str() == value.as_str() => {}
        Some(old) => {
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::ConfigFile;

    const SAMPLE: &str = "# ours\ndefault_profile = \"acme\"\n\n# customers\n\n# by far the biggest\n[profiles.acme]\naccount = \"abc-1\" # the big one\ncredential_command = [\"pass\", \"show it\"]\n\n[profiles.other]\nstore = \"file\"\n";

    /// The sample after an edit.
    fn edited(change: impl FnOnce(&mut ConfigFile)) -> String {
        edited_of(SAMPLE, change)
    }

    fn edited_of(sample: &str, change: impl FnOnce(&mut ConfigFile)) -> String {
        let home = tempfile::tempdir().expect("temp");
        let path = home.path().join("config.toml");
        std::fs::write(&path, sample).expect("write");
        ConfigFile::edit(&path, |file| {
            change(file);
            Ok(())
        })
        .expect("edit");
        std::fs::read_to_string(&path).expect("read")
    }

    #[test]
    fn edits_keep_comments_and_order() {
        let text = edited(|file| {
            file.set("ACME", [("account", "abc-2"), ("store", "keyring")])
                .expect("set");
            file.set("third", [("account", "x")]).expect("set");
            file.set_default("third");
        });
        insta::assert_snapshot!(text, @r#"
        # ours
        default_profile = "third"

        # customers

        # by far the biggest
        [profiles.acme]
        account = "abc-2" # the big one
        credential_command = ["pass", "show it"]
        store = "keyring"

        [profiles.other]
        store = "file"

        [profiles.third]
        account = "x"
        "#);
    }

    #[test]
    fn what_goes_takes_its_own_comments_and_no_others() {
        let text = edited(|file| {
            assert!(file.unset("acme", "account"));
            assert!(!file.unset("acme", "account") && !file.unset("none", "account"));
        });
        insta::assert_snapshot!(text, @r#"
        # ours
        default_profile = "acme"

        # customers

        # by far the biggest
        [profiles.acme]
        credential_command = ["pass", "show it"]

        [profiles.other]
        store = "file"
        "#);
        insta::assert_snapshot!(edited(|file| file.remove("ACME")), @r#"
        # ours

        # customers

        [profiles.other]
        store = "file"
        "#);
        insta::assert_snapshot!(edited(|file| {
            file.remove("other");
            file.remove("acme");
        }), @"
        # ours

        # customers
        ");
    }

    #[test]
    fn lines_end_as_they_did() {
        let change = |file: &mut ConfigFile| {
            file.set("third", [("account", "x")]).expect("set");
            file.remove("acme");
            file.set_default("third");
        };
        let unix = edited(change);
        let windows = edited_of(&SAMPLE.replace('\n', "\r\n"), change);
        assert_eq!(windows, unix.replace('\n', "\r\n"));
    }

    #[test]
    fn edits_at_the_same_time_are_all_kept() {
        let home = tempfile::tempdir().expect("temp");
        let path = home.path().join("config.toml");
        std::thread::scope(|scope| {
            for n in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    let name = format!("p{n}");
                    ConfigFile::edit(path, |file| file.set(&name, [("account", "x")]))
                        .expect("edit");
                });
            }
        });
        assert_eq!(ConfigFile::read(&path).expect("read").profiles.len(), 8);
    }

    #[test]
    fn a_change_that_could_not_be_read_again_is_not_written() {
        let home = tempfile::tempdir().expect("temp");
        let path = home.path().join("config.toml");
        ConfigFile::edit(&path, |file| file.set("a/b", [("account", "x")])).expect_err("a name");
        assert!(!path.exists());
    }
}
