//! The credentials of a password grant, and the texts they come in.
//!
//! `--secrets-stdin` and the credential command give `KEY=value` lines or one JSON object
//! (`design.md` §4); `login --import` reads the JSON file of the public Python script. An error
//! names a line or one of our keys, never what was there: it may be the password.

use std::fmt;
use std::io::{self, Read};

use secrecy::zeroize::Zeroizing;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::model::{AccountId, AccountIdError};
use crate::secret::Secret;

/// Nothing larger than this holds credentials.
pub const MAX_BYTES: usize = 64 * 1024;
/// The keys, as they are written.
const KEYS: [&str; 5] = [
    "client_id", "client_secret", "username", "password", "scope",
];
/// May stand before a key, so that an environment file can be given as it is.
const PREFIX: &str = "SKYSWITCH_";

pub use crate::api::PasswordGrant as Credentials;

/// Credentials as far as one source gave them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartialCredentials {
    /// The OAuth client.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<Secret>,
    /// The portal user.
    pub username: Option<String>,
    /// Their password.
    pub password: Option<Secret>,
    /// The scopes to ask for.
    pub scope: Option<String>,
}

/// What an import found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The credentials in the file.
    pub credentials: PartialCredentials,
    /// Its `default_account_id`.
    pub account: Option<AccountId>,
}

/// Why a text gave no credentials. Never holds any of it.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// Larger than [`MAX_BYTES`].
    #[error("more than {} KiB", MAX_BYTES / 1024)]
    TooLarge,
    /// Not UTF-8 from this line on.
    #[error("line {0}: not UTF-8 text")]
    NotText(usize),
    /// There is nothing in it.
    #[error("empty; `KEY=value` lines or a JSON object with `{}` are accepted", KEYS.join("`, `"))]
    Empty,
    /// A line without `=`.
    #[error("line {0}: not `KEY=value`")]
    NotKeyValue(usize),
    /// An unknown key; the line, or the position in the JSON object, and the key that was likely meant.
    #[error("{} {at}: unknown key; {}", if *.line { "line" } else { "entry" }, meant_or_known(*.meant))]
    UnknownKey {
        /// Line or position, from 1.
        at: usize,
        /// Whether `at` is a line.
        line: bool,
        /// One of ours.
        meant: Option<&'static str>,
    },
    /// This key twice.
    #[error("`{0}` is given twice")]
    Twice(&'static str),
    /// This key without a value.
    #[error("`{0}` has no value")]
    NoValue(&'static str),
    /// This key with something that is neither a string nor a number.
    #[error("`{0}` is not a string")]
    NotAString(&'static str),
    /// JSON that ends early or is wrong at this line and column, or is not an object.
    #[error("not a JSON object, at line {line}, column {column}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// `default_account_id` is not an account id.
    #[error("`default_account_id`: {0}")]
    Account(#[from] AccountIdError),
    /// It could not be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
}

fn meant_or_known(meant: Option<&str>) -> String {
    match meant {
        Some(key) => format!("did you mean `{key}`?"),
        None => format!("`{}` are accepted", KEYS.join("`, `")),
    }
}

/// Reads standard input or a file to its end, at most [`MAX_BYTES`]; zeroed when dropped.
pub fn read_capped(reader: impl Read) -> Result<Zeroizing<Vec<u8>>, CredentialError> {
    // Large enough that it never grows: growing would leave copies behind that nobody zeroes.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 64));
    reader.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_BYTES {
        return Err(CredentialError::TooLarge);
    }
    Ok(bytes)
}

impl PartialCredentials {
    /// Reads `KEY=value` lines or one JSON object.
    pub fn parse(bytes: &[u8]) -> Result<Self, CredentialError> {
        let text = text(bytes)?;
        if text.trim_start().starts_with('{') {
            Self::from_json(text)
        } else {
            Self::from_lines(text)
        }
    }

    /// What is given here, and for the rest what `other` has.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            client_id: self.client_id.or(other.client_id),
            client_secret: self.client_secret.or(other.client_secret),
            username: self.username.or(other.username),
            password: self.password.or(other.password),
            scope: self.scope.or(other.scope),
        }
    }

    /// The keys without a value, other than `scope`, which has a default.
    pub fn missing(&self) -> Vec<&'static str> {
        let given = [
            self.client_id.is_some(),
            self.client_secret.is_some(),
            self.username.is_some(),
            self.password.is_some(),
        ];
        let missing = KEYS.iter().zip(given).filter(|(_, given)| !given);
        missing.map(|(key, _)| *key).collect()
    }

    /// Whole credentials, or the keys that are missing.
    pub fn complete(self, default_scope: &str) -> Result<Credentials, Vec<&'static str>> {
        let missing = self.missing();
        match (
            self.client_id, self.client_secret, self.username, self.password,
        ) {
            (Some(client_id), Some(client_secret), Some(username), Some(password)) => {
                Ok(Credentials {
                    client_id,
                    client_secret,
                    username,
                    password,
                    scope: self.scope.unwrap_or_else(|| default_scope.to_owned()),
                })
            }
            _ => Err(missing),
        }
    }

    /// A value is everything after the first `=`, without the line's end.
    fn from_lines(text: &str) -> Result<Self, CredentialError> {
        let mut credentials = Self::default();
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            let line = line
                .strip_suffix("\r\n")
                .or(line.strip_suffix('\n'))
                .unwrap_or(line);
            if line.trim().is_empty() {
                continue;
            }
            let Some((key, value)) = line.split_once('=') else {
                return Err(CredentialError::NotKeyValue(number));
            };
            let key = known(key).map_err(|meant| CredentialError::UnknownKey {
                at: number,
                line: true,
                meant,
            })?;
            credentials.set(key, value.to_owned())?;
        }
        Ok(credentials)
    }

    fn from_json(text: &str) -> Result<Self, CredentialError> {
        let mut credentials = Self::default();
        for (position, (key, value)) in (1..).zip(object(text)?) {
            let key = known(&key).map_err(|meant| CredentialError::UnknownKey {
                at: position,
                line: false,
                meant,
            })?;
            credentials.set_json(key, value)?;
        }
        Ok(credentials)
    }

    fn set_json(&mut self, key: &'static str, value: Value) -> Result<(), CredentialError> {
        match value {
            Value::Text(text) => self.set(key, text),
            Value::Null => Ok(()),
            Value::Other => Err(CredentialError::NotAString(key)),
        }
    }

    fn set(&mut self, key: &'static str, value: String) -> Result<(), CredentialError> {
        if value.is_empty() {
            return Err(CredentialError::NoValue(key));
        }
        let before = match key {
            "client_id" => self.client_id.replace(value).is_some(),
            "client_secret" => self.client_secret.replace(Secret::new(value)).is_some(),
            "username" => self.username.replace(value).is_some(),
            "password" => self.password.replace(Secret::new(value)).is_some(),
            _ => self.scope.replace(value).is_some(),
        };
        if before {
            return Err(CredentialError::Twice(key));
        }
        Ok(())
    }
}

/// Reads the `config.json` of the public Python script (`api.md`, Other people's tools). Its other
/// settings are left alone.
pub fn import(bytes: &[u8]) -> Result<Imported, CredentialError> {
    const ACCOUNT: &str = "default_account_id";
    let mut credentials = PartialCredentials::default();
    let mut account = None;
    for (key, value) in object(text(bytes)?)? {
        // An empty setting is how that script writes "not set".
        if matches!(&value, Value::Text(text) if text.is_empty()) {
            continue;
        }
        if key == ACCOUNT {
            account = match value {
                Value::Text(text) => {
                    Some(AccountId::parse(&text).map_err(CredentialError::Account)?)
                }
                Value::Null => None,
                Value::Other => return Err(CredentialError::NotAString(ACCOUNT)),
            };
        } else if let Some(key) = KEYS.into_iter().find(|known| *known == key) {
            credentials.set_json(key, value)?;
        }
    }
    Ok(Imported {
        credentials,
        account,
    })
}

/// The text without a byte order mark.
fn text(bytes: &[u8]) -> Result<&str, CredentialError> {
    if bytes.len() > MAX_BYTES {
        return Err(CredentialError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        CredentialError::NotText(1 + before.iter().filter(|b| **b == b'\n').count())
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(CredentialError::Empty);
    }
    Ok(text)
}

/// Our key, or the one that was likely meant.
fn known(written: &str) -> Result<&'static str, Option<&'static str>> {
    let bare = match written.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => &written[PREFIX.len()..],
        _ => written,
    };
    let found = KEYS.into_iter().find(|key| key.eq_ignore_ascii_case(bare));
    found.ok_or_else(|| crate::model::nearest(bare.trim(), KEYS))
}

/// A JSON object's entries in order, doubles included.
fn object(text: &str) -> Result<Vec<(String, Value)>, CredentialError> {
    let object: Object = serde_json::from_str(text).map_err(|error| CredentialError::Json {
        line: error.line(),
        column: error.column(),
    })?;
    Ok(object.0)
}

struct Object(Vec<(String, Value)>);

enum Value {
    Text(String),
    Null,
    Other,
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::String(text) => Self::Text(text),
            // Client ids are small numbers on some servers.
            serde_json::Value::Number(number) => Self::Text(number.to_string()),
            serde_json::Value::Null => Self::Null,
            _ => Self::Other,
        }
    }
}

/// serde's own maps keep the last of two equal keys; here that is an error to be told.
impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Object, M::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, serde_json::Value>()? {
                    entries.push((key, Value::from(value)));
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::{CredentialError, MAX_BYTES, PartialCredentials, import, read_capped};
    use crate::secret::Secret;

    fn parse(text: &str) -> Result<PartialCredentials, CredentialError> {
        PartialCredentials::parse(text.as_bytes())
    }

    fn secret(text: &str) -> Option<Secret> {
        Some(Secret::new(text.into()))
    }

    #[test]
    fn a_value_is_everything_after_the_first_equals_sign() {
        let given = parse("client_secret= a=b&c%+é\"'# \npassword=p\r\nusername=u").expect("lines");
        assert_eq!(given.client_secret, secret(" a=b&c%+é\"'# "));
        assert_eq!(given.password, secret("p"));
        assert_eq!(given.username.as_deref(), Some("u"));
        assert_eq!(given.missing(), ["client_id"]);
        // Exactly one line end goes; a lone carriage return is part of the value.
        let odd = parse("password=p\r\r\n").expect("lines");
        assert_eq!(odd.password, secret("p\r"));
    }

    #[test]
    fn keys_may_be_upper_case_and_prefixed() {
        for text in [
            "CLIENT_ID=1",
            "SKYSWITCH_CLIENT_ID=1",
            "skyswitch_client_id=1\n\n",
            "\u{feff}client_id=1",
            " {\"SKYSWITCH_CLIENT_ID\":\"1\"}\n",
            "{\"client_id\":1,\"password\":null}",
        ] {
            let given = parse(text).expect(text);
            assert_eq!(given.client_id.as_deref(), Some("1"), "{text}");
            assert_eq!(given.password, None);
        }
    }

    #[test]
    fn lines_and_json_say_the_same() {
        let lines = parse("client_id=1\nclient_secret=s\nusername=u\npassword=p\nscope=pbx x");
        let json = parse(
            r#"{"client_id":"1","client_secret":"s","username":"u","password":"p","scope":"pbx x"}"#,
        );
        let (lines, json) = (lines.expect("lines"), json.expect("json"));
        assert_eq!(lines, json);
        let whole = lines.complete("pbx account").expect("whole");
        assert_eq!(
            (whole.client_id.as_str(), whole.scope.as_str()),
            ("1", "pbx x")
        );
    }

    #[test]
    fn errors_name_the_place_and_never_the_content() {
        for (text, place) in [
            ("client_id=1\nhunter2\n", "line 2"),
            ("client_id=1\nhunter2=x\n", "line 2"),
            ("\nhunter2_password=hunter2\n", "line 2"),
            (
                "password=hunter2\npassword=hunter2",
                "`password` is given twice",
            ),
            ("password=\n", "`password` has no value"),
            ("{\"password\":[\"hunter2\"]}", "`password`"),
            ("{\"password\":\"hunter2\",\"hunter2\":1}", "entry 2"),
            ("{\"password\":\"hunter2\",\"password\":\"x\"}", "twice"),
            ("{\"password\":\"hunter2\"", "line 1"),
            ("{\"password\":\"hunter2\"} x", "line 1"),
            ("export password=hunter2", "line 1"),
            (" \n", "empty"),
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(place), "{text:?}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let error =
            PartialCredentials::parse(b"client_id=1\npassword=\xff\xfe").expect_err("bytes");
        assert!(error.to_string().contains("line 2"), "{error}");
        let meant = parse("client-secret=hunter2")
            .expect_err("a dash")
            .to_string();
        assert!(meant.contains("did you mean `client_secret`"), "{meant}");
    }

    #[test]
    fn size_is_capped() {
        let huge = vec![b'a'; MAX_BYTES + 1];
        assert!(matches!(
            read_capped(huge.as_slice()),
            Err(CredentialError::TooLarge)
        ));
        assert!(matches!(
            PartialCredentials::parse(&huge),
            Err(CredentialError::TooLarge)
        ));
        assert_eq!(
            read_capped(&huge[..MAX_BYTES]).expect("fits").len(),
            MAX_BYTES
        );
    }

    #[test]
    fn an_import_takes_the_scripts_keys_and_leaves_the_rest() {
        let file = r#"{"client_id":"17","client_secret":"s","username":"u","password":"p",
            "default_account_id":"acc-1","token_file":"x","timeout":{"a":1}}"#;
        let imported = import(file.as_bytes()).expect("an import");
        assert!(imported.credentials.missing().is_empty());
        assert_eq!(imported.account.expect("an account").as_str(), "acc-1");
        let bare = import(br#"{"client_id":"17","password":"","default_account_id":null}"#);
        let bare = bare.expect("an import");
        assert_eq!(
            bare.credentials.missing(),
            ["client_secret", "username", "password"]
        );
        assert!(bare.account.is_none());
        for bad in [
            r#"{"default_account_id":"../x"}"#,
            "[]",
            r#"{"password":{}}"#,
        ] {
            assert!(import(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_one_source_lacks_another_gives() {
        let first = parse("username=u").expect("lines");
        let second = parse("username=v\npassword=p").expect("lines");
        let both = first.or(second);
        assert_eq!(both.username.as_deref(), Some("u"));
        assert_eq!(
            both.complete("pbx").expect_err("two"),
            ["client_id", "client_secret"]
        );
    }
}
