//! What a run leaves behind: who did what, what stood there before, how each write ended.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RunId;
use crate::model::{AccountId, Change, DomainKey, Origin, Route, same_image, words};

/// What the command that starts a run knows about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The account written to; none for a call outside any account.
    pub account: Option<AccountId>,
    /// The server.
    pub origin: Origin,
    /// The profile's name.
    pub profile: String,
    /// Whether the server is the embedded sandbox.
    pub sandbox: bool,
    /// The command line; the caller has taken every secret out.
    pub command: String,
    /// The machine's name.
    pub host: String,
    /// The local user's name.
    pub user: String,
    /// The run whose changes this one takes back.
    pub undoes: Option<RunId>,
    /// The id of the plan that is carried out.
    pub plan: Option<String>,
    /// The file that is applied, by its full path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Domains the run writes to that had no route before it: an undo may leave them so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub empty_domains: Vec<DomainKey>,
    /// Routes that are to stay but that a delete of the run may take along. A run that is killed before
    /// it has looked cannot put them back; an undo can.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_risk: Vec<Route>,
    /// Whether it writes to find out what the server does; see [`Header::only_by_id`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub probe: bool,
    /// When what it changed is to be put back; see [`super::loans`].
    #[serde(default, skip_serializing_if = "Option::is_none", with = "moment_text")]
    pub until: Option<Timestamp>,
    /// The runs whose temporary changes are over and end with this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<RunId>,
}

/// A time that may be missing, as text.
mod moment_text {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(
        time: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => serializer.collect_str(time),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        let time = text.map(|text| text.parse().map_err(D::Error::custom));
        time.transpose()
    }
}

impl Header {
    /// Whether a run is taken back only where its id is named.
    pub fn only_by_id(&self) -> bool {
        self.probe || !self.ends.is_empty()
    }

    /// Whether a run was made where these settings lead. The embedded sandbox listens somewhere else
    /// every time, so it is known by its flag.
    pub fn is_of(&self, account: &AccountId, origin: &Origin, sandbox: bool) -> bool {
        let same_server = if sandbox {
            self.sandbox
        } else {
            !self.sandbox && self.origin == *origin
        };
        same_server && self.account.as_ref() == Some(account)
    }
}

/// A write through `skyswitch api`: what was sent, without any value (`design.md` §6 "Journal").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiWrite {
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The names of the query and body parameters.
    pub parameters: Vec<String>,
    /// SHA-256 of the body in lower-case hex; none without one.
    pub body_sha256: Option<String>,
}

/// What a run is about to send.
#[derive(Clone, Copy, Debug)]
pub enum Intents<'a> {
    /// Route writes in their order.
    Changes(&'a [Change]),
    /// One other call.
    Api(&'a ApiWrite),
}

/// How one write ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The server has it.
    Done,
    /// The server had it before anything was sent.
    Already,
    /// Refused or failed; nothing was changed.
    Failed {
        /// Why, in one line without secrets.
        error: String,
    },
    /// Answered with a success and not looked at.
    Sent,
    /// Sent, and another value than was sent stands there.
    Seen {
        /// What a read showed; an undo expects the first.
        found: Vec<Route>,
    },
    /// Sent, or perhaps sent, and not known; settled by reading the server.
    Unknown,
    /// Put back after a delete of ours took it along.
    Restored,
    /// Never sent.
    NotReached,
    /// Not sent: the server had moved on since it was read.
    Stale {
        /// What stood there; nothing in a journal of version 1.
        found: Vec<Route>,
    },
    /// An `api` call was answered.
    Answered {
        /// The HTTP status.
        http_status: u16,
    },
}

impl Outcome {
    /// The word in `history --json`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Sent => "sent",
            Self::Seen { .. } => "seen",
            Self::Already => "already",
            Self::Failed { .. } => "failed",
            Self::Unknown => "unknown",
            Self::Restored => "restored",
            Self::NotReached => "not_reached",
            Self::Stale { .. } => "stale",
            Self::Answered { .. } => "answered",
        }
    }

    /// The status that an `api` call was answered with.
    pub fn http_status(&self) -> Option<u16> {
        match self {
            Self::Answered { http_status } => Some(*http_status),
            _ => None,
        }
    }

    /// What was found in place of what was wanted; for `history --json`.
    fn found(&self) -> Option<&[Route]> {
        match self {
            Self::Seen { found } | Self::Stale { found } => Some(found),
            _ => None,
        }
    }
}

/// How a run ends when it can say so itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// Everything it meant to do.
    Done,
    /// Something failed, was skipped or is not verified.
    Partial,
    /// Stopped by a signal.
    Interrupted,
}

words! {
    /// How a run stands now.
    Status "a status" {
        /// It ended and everything is done.
        Done = "done",
        /// It ended and not everything is done.
        Partial = "partial",
        /// It was stopped or never ended.
        Interrupted = "interrupted",
        /// The process that writes it is still alive.
        Running = "running",
        /// A later run took it back, and was not taken back itself.
        Undone = "undone",
    }
}

/// One write of a run and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded<T> {
    /// What was to be written.
    pub intent: T,
    /// How it ended. Without a word about it in the journal: unknown in a run that never ended, not
    /// reached in one that did.
    pub outcome: Outcome,
}

impl Recorded<Change> {
    /// The change that was made, or may have been, as a way back must see it: after it stands what the
    /// run left there, which need not be what it sent. None where nothing was changed.
    pub fn made(&self) -> Option<Cow<'_, Change>> {
        let Change { key, before, .. } = &self.intent;
        match &self.outcome {
            Outcome::Done | Outcome::Sent | Outcome::Unknown => Some(Cow::Borrowed(&self.intent)),
            Outcome::Seen { found } => {
                let made = Change::between(key.clone(), before.clone(), found.first().cloned());
                made.map(Cow::Owned)
            }
            _ => None,
        }
    }
}

/// One run, read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: RunId,
    /// When it began.
    pub time: Timestamp,
    /// Who, where and with which command.
    pub header: Header,
    /// The route writes; restored siblings come last.
    pub changes: Vec<Recorded<Change>>,
    /// The other call, for `skyswitch api`.
    pub api: Option<Recorded<ApiWrite>>,
    /// How it stands.
    pub status: Status,
    /// Whether all its intents were on disk: before that nothing is sent.
    pub begun: bool,
    /// Lines of a journal of version 1 that a crash or a full disk has torn.
    pub warnings: Vec<String>,
}

impl Entry {
    /// Whether `undo` can take it back: it wrote routes.
    pub fn is_undoable(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Whether it has ended, wrote routes, and nothing took it back.
    pub fn is_in_force(&self) -> bool {
        let stands = !matches!(self.status, Status::Running | Status::Undone);
        stands && self.begun && self.is_undoable()
    }

    /// Whether it sent nothing and only said something of a temporary route that stood: until when, or
    /// that it is to stay.
    pub fn is_note(&self) -> bool {
        let stays = |one: &Recorded<Change>| {
            let Change { before, after, .. } = &one.intent;
            one.outcome == Outcome::Already && same_image(before.as_ref(), after.as_ref())
        };
        self.is_undoable() && self.header.ends.is_empty() && self.changes.iter().all(stays)
    }

    /// What a way back starts from; see [`Recorded::made`].
    pub fn made(&self) -> impl Iterator<Item = Cow<'_, Change>> {
        self.changes.iter().filter_map(Recorded::made)
    }

    /// Whether it must be settled by reading the server before its outcomes can be trusted.
    pub fn is_unsettled(&self) -> bool {
        let unknown = |outcome: &Outcome| *outcome == Outcome::Unknown;
        self.status != Status::Running && self.changes.iter().any(|change| unknown(&change.outcome))
    }
}

/// `{"id","time","command","account","profile","sandbox","status","changes":[…]}`, as `history --json`
/// shows it.
impl Serialize for Entry {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        View {
            id: Some(&self.id),
            time: Some(rfc3339(self.time)),
            status: self.status.as_str(),
            changes: (self.changes.iter().map(WriteView::of_change))
                .chain(self.api.iter().map(WriteView::of_api))
                .collect(),
            ..View::of(Some(&self.header))
        }
        .serialize(serializer)
    }
}

/// A file in the journal that is not a run, or not one that can be believed.
#[derive(Debug, thiserror::Error)]
#[error("journal file `{}`: {}", path.display(), fault.reason)]
pub struct Unreadable {
    /// The file.
    pub path: std::path::PathBuf,
    /// The run it is by its name.
    pub id: Option<RunId>,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a run's file.
#[derive(Debug)]
pub struct Fault {
    /// In one line.
    pub reason: String,
    /// The run's header, where that is sound.
    pub header: Option<Box<Header>>,
    /// Whether the run may have written something, so that no older one is the latest for sure.
    pub blocks: bool,
}

impl Fault {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            header: None,
            blocks: true,
        }
    }
}

/// The same for a run that cannot be believed: what is not known of it is `null`.
impl Serialize for Unreadable {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = self.id.as_ref().and_then(RunId::time);
        View {
            id: self.id.as_ref(),
            time: time.map(rfc3339),
            status: "damaged",
            ..View::of(self.fault.header.as_deref())
        }
        .serialize(serializer)
    }
}

#[derive(Default, Serialize)]
struct View<'a> {
    id: Option<&'a RunId>,
    time: Option<String>,
    command: Option<&'a str>,
    account: Option<&'a AccountId>,
    profile: Option<&'a str>,
    sandbox: Option<bool>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    changes: Vec<WriteView<'a>>,
}

impl<'a> View<'a> {
    fn of(header: Option<&'a Header>) -> Self {
        Self {
            command: header.map(|header| header.command.as_str()),
            account: header.and_then(|header| header.account.as_ref()),
            profile: header.map(|header| header.profile.as_str()),
            sandbox: header.map(|header| header.sandbox),
            until: header.and_then(|header| header.until).map(rfc3339),
            ..Self::default()
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum WriteView<'a> {
    Change {
        op: crate::model::Op,
        key: &'a crate::model::RouteKey,
        before: Option<&'a Route>,
        after: Option<&'a Route>,
        result: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        found: Option<&'a [Route]>,
    },
    Api {
        method: &'a str,
        path: &'a str,
        parameters: &'a [String],
        body_sha256: Option<&'a str>,
        status: Option<u16>,
        result: &'static str,
    },
}

impl<'a> WriteView<'a> {
    fn of_change(recorded: &'a Recorded<Change>) -> Self {
        let change = &recorded.intent;
        Self::Change {
            op: change.op,
            key: &change.key,
            before: change.before.as_ref(),
            after: change.after.as_ref(),
            result: recorded.outcome.as_str(),
            found: recorded.outcome.found(),
        }
    }

    fn of_api(recorded: &'a Recorded<ApiWrite>) -> Self {
        let write = &recorded.intent;
        Self::Api {
            method: &write.method,
            path: &write.path,
            parameters: &write.parameters,
            body_sha256: write.body_sha256.as_deref(),
            status: recorded.outcome.http_status(),
            result: recorded.outcome.as_str(),
        }
    }
}

/// UTC to the second, `2026-11-23T12:15:30Z`.
pub(super) fn rfc3339(time: Timestamp) -> String {
    format!("{time:.0}")
}
