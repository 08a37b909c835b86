//! The file: what is known of one account at one origin.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::fact::Fact;
use super::notes::Standing;
use crate::durable::{self, Lock};
use crate::model::{AccountId, Origin};

const VERSION: u32 = 1;
/// A larger file is none of ours.
const LARGEST: u64 = 256 * 1024;
/// How long another process may be at the files.
const WAIT: Duration = Duration::from_secs(2);

/// What is known of one fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The value, in the words of [`Fact::text`].
    pub value: String,
    /// How it is known.
    pub standing: Standing,
    /// When it was seen last.
    #[serde(serialize_with = "written", deserialize_with = "time")]
    pub seen: Timestamp,
    /// Who saw it last: a run's journal id, or a command; none for one that only read.
    pub run: Option<String>,
    /// How often it was seen; by the way, once a day at most.
    pub samples: u32,
}

/// Where it is kept, and of whom it speaks.
#[derive(Clone, Debug)]
pub struct Place {
    directory: PathBuf,
    path: PathBuf,
    origin: Origin,
    account: AccountId,
}

#[derive(Serialize, Deserialize)]
struct Content {
    version: u32,
    origin: Origin,
    account: AccountId,
    facts: BTreeMap<String, Known>,
}

impl Place {
    /// One file an origin and account; its name tells neither.
    pub fn under(state_dir: &Path, origin: &Origin, account: &AccountId) -> Self {
        let hash = Sha256::digest(format!("{origin} {account}"));
        let hash: String = hash.iter().take(8).map(|b| format!("{b:02x}")).collect();
        let directory = state_dir.join("servers");
        Self {
            path: directory.join(format!("{hash}.json")),
            directory,
            origin: origin.clone(),
            account: account.clone(),
        }
    }

    /// What the file holds; nothing where it cannot be believed.
    pub(super) fn read(&self) -> BTreeMap<Fact, Known> {
        // Before it is opened: a pipe would be waited for.
        let metadata = fs::symlink_metadata(&self.path);
        if !metadata.is_ok_and(|it| it.is_file() && it.len() <= LARGEST) {
            return BTreeMap::new();
        }
        let content = fs::read(&self.path).ok();
        let content = content.and_then(|bytes| serde_json::from_slice::<Content>(&bytes).ok());
        let content = content.filter(|content| {
            content.version == VERSION
                && content.origin == self.origin
                && content.account == self.account
        });
        let facts = content.map(|content| content.facts).unwrap_or_default();
        let named = |(name, known): (String, Known)| Some((Fact::named(&name)?, known));
        facts.into_iter().filter_map(named).collect()
    }

    #[cfg(test)]
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn write(&self, facts: &BTreeMap<Fact, Known>) -> io::Result<()> {
        let named = |(fact, known): (&Fact, &Known)| (fact.name().to_owned(), known.clone());
        let content = Content {
            version: VERSION,
            origin: self.origin.clone(),
            account: self.account.clone(),
            facts: facts.iter().map(named).collect(),
        };
        durable::replace(&self.path, &serde_json::to_vec_pretty(&content)?)
    }

    /// Keeps other processes out until it is dropped.
    pub(super) fn lock(&self) -> io::Result<Lock> {
        durable::create_private_dir(&self.directory)?;
        Lock::acquire(&self.directory.join(".lock"), WAIT).map_err(io::Error::other)
    }
}

fn written<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}
