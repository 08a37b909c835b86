//! `config.toml` as it stands: what it says of each profile. Who writes to it is `edit`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item};

use super::names::{CREDENTIAL_COMMAND, SettingNames, profile_keys};
use super::profile_name::{self, is_profile_name};
use crate::durable;

/// Most bytes of a configuration.
const LARGEST: u64 = 1024 * 1024;

/// What one `[profiles.NAME]` says; texts as written, checked by whoever uses them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    texts: BTreeMap<&'static str, String>,
    /// A command that prints the credentials, one word an element.
    pub credential_command: Option<Vec<String>>,
}

impl Profile {
    /// A profile that says one thing.
    pub(super) fn of(key: &'static str, text: &str) -> Self {
        Self {
            texts: BTreeMap::from([(key, text.to_owned())]),
            credential_command: None,
        }
    }

    /// What it says of a setting, if anything.
    pub fn text(&self, names: &SettingNames) -> Option<&str> {
        self.texts.get(names.key).map(String::as_str)
    }
}

/// The configuration as it stands on disk.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    pub(super) path: PathBuf,
    pub(super) document: DocumentMut,
    /// All of its lines end as Windows ends them.
    crlf: bool,
    /// The profile where none is named.
    pub default_profile: Option<String>,
    /// The profiles by name.
    pub profiles: BTreeMap<String, Profile>,
}

/// Why a configuration cannot be used. Its content is never repeated.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It exists and cannot be read or written.
    #[error("cannot use `{0}`: {1}")]
    Io(PathBuf, #[source] io::Error),
    /// Other users of this machine can write it, so it proves nothing.
    #[error("`{0}` can be written by other users, so it is not used")]
    WritableByOthers(PathBuf),
    /// A place in it, and what is wrong there.
    #[error("{path}:{line}:{column}: {what}")]
    At {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
        /// What is wrong, without the file's own text.
        what: String,
    },
}

impl ConfigFile {
    /// Reads the file; a missing one is an empty configuration.
    ///
    /// # Errors
    /// [`ConfigError`]; nothing of a file that is not wholly understood is used.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        Self::parse(path, read_text(path)?)
    }

    /// Reads the text of the file; `path` is used in messages and by [`ConfigFile::set`].
    ///
    /// # Errors
    /// [`ConfigError::At`] and nothing else.
    pub fn parse(path: &Path, text: String) -> Result<Self, ConfigError> {
        let ends = text.matches("\r\n").count();
        let crlf = ends > 0 && ends == text.matches('\n').count();
        let text = match crlf {
            true => text.replace("\r\n", "\n"),
            false => text,
        };
        let document = text
            .parse::<toml_edit::Document<String>>()
            .map_err(|error| {
                let at = error.span().map_or(0, |span| span.start);
                at_offset(path, &text, at, "this is not TOML")
            })?;
        let mut default_profile = None;
        let mut profiles = BTreeMap::new();
        for (name, item) in document.iter() {
            let fail = |what: &str| at_offset(path, &text, start(item), what);
            match name {
                "default_profile" => {
                    default_profile = Some(
                        text_of(item)
                            .ok_or_else(|| fail("a profile name in quotes is accepted here"))?,
                    );
                }
                "profiles" => {
                    let table = item
                        .as_table_like()
                        .ok_or_else(|| fail("tables `[profiles.NAME]` are accepted here"))?;
                    for (name, item) in table.iter() {
                        let fail = |what: &str| at_offset(path, &text, start(item), what);
                        if !is_profile_name(name) {
                            return Err(fail(profile_name::ACCEPTED));
                        }
                        if profiles
                            .keys()
                            .any(|other: &String| other.eq_ignore_ascii_case(name))
                        {
                            return Err(fail(
                                "a profile of this name stands above, and case makes no other",
                            ));
                        }
                        profiles.insert(name.to_owned(), profile(path, &text, item)?);
                    }
                }
                _ => {
                    return Err(fail(
                        "unknown key: `default_profile` and `[profiles.NAME]` are accepted",
                    ));
                }
            }
        }
        Ok(Self {
            path: path.to_owned(),
            document: document.into_mut(),
            crlf,
            default_profile,
            profiles,
        })
    }

    /// Its text as it is written, lines ended as it was found.
    pub(super) fn text(&self) -> String {
        let text = self.document.to_string();
        match self.crlf {
            true => text.replace('\n', "\r\n"),
            false => text,
        }
    }

    /// A profile's name as the file spells it: names are compared without case.
    pub fn spelled(&self, name: &str) -> Option<&str> {
        let names = self.profiles.keys().map(String::as_str);
        names
            .into_iter()
            .find(|other| other.eq_ignore_ascii_case(name))
    }
}

fn read_text(path: &Path) -> Result<String, ConfigError> {
    let io = |error| ConfigError::Io(path.to_owned(), error);
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(String::new());
        }
        Err(error) => return Err(io(error)),
    };
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(io(io::Error::other(
            "a regular file of at most 1 MiB is accepted",
        )));
    }
    if durable::others_can_write(path) {
        return Err(ConfigError::WritableByOthers(path.to_owned()));
    }
    let bytes = std::fs::read(path).map_err(io)?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
        at_offset(path, &text, valid, "this is not UTF-8")
    })
}

fn profile(path: &Path, text: &str, item: &Item) -> Result<Profile, ConfigError> {
    let fail = |item: &Item, what: &str| at_offset(path, text, start(item), what);
    let table = item
        .as_table_like()
        .ok_or_else(|| fail(item, "a table `[profiles.NAME]` is accepted here"))?;
    let mut profile = Profile::default();
    for (key, item) in table.iter() {
        if key == CREDENTIAL_COMMAND.key {
            let words = item.as_array().and_then(|array| {
                array
                    .iter()
                    .map(|word| word.as_str().map(str::to_owned))
                    .collect::<Option<Vec<_>>>()
            });
            let words = words.filter(|words| !words.is_empty());
            profile.credential_command = Some(words.ok_or_else(|| {
                fail(item, "`credential_command` is an array of words such as `[\"pass\", \"show\", \"skyswitch\"]`")
            })?);
            continue;
        }
        let Some(known) = profile_keys().find(|known| *known == key) else {
            let keys = profile_keys().collect::<Vec<_>>().join("`, `");
            return Err(fail(
                item,
                &format!(
                    "unknown key of a profile: `{keys}` are accepted; secrets never stand here"
                ),
            ));
        };
        let Some(value) = text_of(item) else {
            return Err(fail(item, "a text in quotes is accepted here"));
        };
        if !value.is_empty() {
            profile.texts.insert(known, value);
        }
    }
    Ok(profile)
}

fn text_of(item: &Item) -> Option<String> {
    item.as_str().map(str::to_owned)
}

fn start(item: &Item) -> usize {
    item.span().map_or(0, |span| span.start)
}

fn at_offset(path: &Path, text: &str, offset: usize, what: &str) -> ConfigError {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    ConfigError::At {
        path: path.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{ConfigError, ConfigFile};
    use crate::config::names::ACCOUNT_ID;

    fn write(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let home = tempfile::tempdir().expect("temp");
        let path = home.path().join("config.toml");
        std::fs::write(&path, text).expect("write");
        (home, path)
    }

    const SAMPLE: &str = "# ours\ndefault_profile = \"acme\"\n\n[profiles.acme]\naccount = \"abc-1\" # the big one\ncredential_command = [\"pass\", \"show it\"]\n\n[profiles.other]\nstore = \"file\"\n";

    #[test]
    fn a_missing_file_is_empty() {
        let home = tempfile::tempdir().expect("temp");
        let file = ConfigFile::read(&home.path().join("none/config.toml")).expect("empty");
        assert!(file.profiles.is_empty());
    }

    #[test]
    fn reads_profiles() {
        let (_home, path) = write(SAMPLE);
        let file = ConfigFile::read(&path).expect("sample");
        assert_eq!(file.default_profile.as_deref(), Some("acme"));
        let acme = &file.profiles["acme"];
        assert_eq!(acme.text(&ACCOUNT_ID), Some("abc-1"));
        assert_eq!(
            acme.credential_command.as_deref(),
            Some(&["pass".to_owned(), "show it".to_owned()][..])
        );
    }

    #[test]
    fn faults_are_placed_and_never_quoted() {
        for (text, line, column) in [
            ("x = \n", 1, 5),
            ("\n[profiles.a]\npassword = \"hunter2\"\n", 3, 12),
            ("hunter2 = 1\n", 1, 11),
            ("[profiles.a]\naccount = 5 # hunter2\n", 2, 11),
            ("[profiles.\"a/hunter2\"]\naccount = \"x\"\n", 1, 1),
            ("[profiles.a]\ncredential_command = \"hunter2\"\n", 2, 22),
            ("default_profile = [\"hunter2\n", 1, 28),
            ("[profiles.con]\n", 1, 1),
            ("[profiles.acme]\n[profiles.Acme]\n", 2, 1),
        ] {
            let (_home, path) = write(text);
            let error = ConfigFile::read(&path).expect_err(text);
            assert!(!error.to_string().contains("hunter2"), "{error}");
            let ConfigError::At {
                line: l, column: c, ..
            } = error
            else {
                panic!("{text}: no place");
            };
            assert_eq!((l, c), (line, column), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_others_can_write_is_not_used() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_home, path) = write(SAMPLE);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o664)).expect("chmod");
        assert!(matches!(
            ConfigFile::read(&path),
            Err(ConfigError::WritableByOthers(_))
        ));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[a-z\\[\\]=\"\\n.# é]{0,60}") {
            let (_home, path) = write(&text);
            let _ = ConfigFile::read(&path);
        }

        #[test]
        fn a_fault_stands_inside_the_text(
            text in "(profiles|default_profile|store|account|[a-z\\[\\]=\"'{}\\n.# é\r\u{feff}]){0,30}",
        ) {
            let outcome = ConfigFile::parse(std::path::Path::new("c"), text.clone());
            if let Err(ConfigError::At { line, column, .. }) = outcome {
                let lines: Vec<&str> = text.split('\n').collect();
                proptest::prop_assert!((1..=lines.len()).contains(&line), "line {}", line);
                let width = lines[line - 1].chars().count();
                proptest::prop_assert!((1..=width + 1).contains(&column), "column {}", column);
            }
        }
    }
}
