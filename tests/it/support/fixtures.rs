//! The samples of `tests/fixtures` as a server would send them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::canned;

/// One sample.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// Without directory and `.json`.
    pub name: String,
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// What a client must make of it.
    pub expect: Value,
}

impl Fixture {
    /// A sample by name, such as `errors/html-502`.
    #[track_caller]
    pub fn named(name: &str) -> Self {
        Self::read(&directory().join(format!("{name}.json")))
    }

    /// Every sample of a directory whose name starts so.
    #[track_caller]
    pub fn all(directory_name: &str, prefix: &str) -> Vec<Self> {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(directory().join(directory_name))
            .expect(directory_name)
            .map(|entry| entry.expect("an entry").path())
            .collect();
        paths.sort();
        let fixtures: Vec<Self> = paths
            .iter()
            .map(|path| Self::read(path))
            .filter(|fixture| fixture.name.starts_with(prefix))
            .collect();
        assert!(!fixtures.is_empty(), "{directory_name}/{prefix}*");
        fixtures
    }

    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
        let value: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path:?}: {e}"));
        let body = match (&value["text"], value.get("body")) {
            (Value::String(text), _) => text.clone(),
            (_, Some(body)) => body.to_string(),
            _ => panic!("{path:?} has neither body nor text"),
        };
        let headers = value["headers"].as_object().expect("headers");
        Self {
            name: path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned(),
            status: u16::try_from(value["status"].as_u64().expect("a status")).expect("a status"),
            headers: headers
                .iter()
                .map(|(name, value)| {
                    let value = value.as_str().expect("a header").to_owned();
                    (name.clone(), value)
                })
                .collect(),
            body: body.into_bytes(),
            expect: value["expect"].clone(),
        }
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    /// The same with another header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The answer on the wire.
    pub fn wire(&self) -> Vec<u8> {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        canned::reply(self.status, &headers, &self.body)
    }
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}
