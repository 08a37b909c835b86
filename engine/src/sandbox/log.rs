//! What was asked, in order, with secrets masked: the sandbox's memory of its requests.

use std::collections::VecDeque;

use serde::Serialize;

use super::exchange::Request;
use crate::model::count;

/// How many requests are remembered; numbering goes on.
const KEPT: usize = 20_000;

/// Words in the names of parameters whose values are never shown.
const SECRET: [&str; 4] = ["secret", "password", "token", "key"];

/// One request of the API; requests under `/__sandbox/` are not logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogEntry {
    /// From 1, in the order of arrival.
    pub number: u64,
    /// `GET`, `PUT`, …
    pub method: String,
    /// Without the query, as sent.
    pub path: String,
    /// As sent, values of secret parameters as `***`.
    pub query: Option<String>,
    /// A form with its secrets as `***`; of other bodies only the size.
    pub body: Option<String>,
    /// What was answered; none where a fault sent nothing, or while it is not decided.
    pub status: Option<u16>,
    /// The fault that struck, in its own words.
    pub fault: Option<String>,
}

/// All of them, the newest last.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: VecDeque<LogEntry>,
    count: u64,
}

impl Log {
    /// Notes an arrival; the number settles it later.
    pub(super) fn arrived(&mut self, request: &Request) -> u64 {
        self.count += 1;
        if self.entries.len() >= KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(LogEntry {
            number: self.count,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.as_deref().map(masked),
            body: body(request),
            status: None,
            fault: None,
        });
        self.count
    }

    /// Notes what became of a request.
    pub(super) fn settled(&mut self, number: u64, status: Option<u16>, fault: Option<String>) {
        let entry = self
            .entries
            .iter_mut()
            .rev()
            .find(|entry| entry.number == number);
        if let Some(entry) = entry {
            entry.status = status;
            entry.fault = fault;
        }
    }

    pub(super) fn entries(&self) -> Vec<LogEntry> {
        self.entries.iter().cloned().collect()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

fn body(request: &Request) -> Option<String> {
    if request.body.is_empty() {
        return None;
    }
    let form = request
        .content_type
        .as_deref()
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    match std::str::from_utf8(&request.body) {
        Ok(text) if form => Some(masked(text)),
        _ => Some(format!("({})", count(request.body.len(), "byte"))),
    }
}

/// A query or form with the values of secret parameters replaced.
fn masked(text: &str) -> String {
    let part = |part: &str| match part.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}=***"),
        _ => part.to_owned(),
    };
    text.split('&').map(part).collect::<Vec<_>>().join("&")
}

fn is_secret(name: &str) -> bool {
    // An escaped name could hide its meaning from the comparison below.
    let name = name.to_lowercase();
    name.contains('%') || SECRET.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::{Log, masked};
    use crate::sandbox::exchange::Request;

    #[test]
    fn secrets_are_masked_and_the_rest_is_as_sent() {
        let form = "grant_type=refresh_token&client_id=a&client_secret=b%26&password=c&refresh_token=d&username=e&%70assword=f";
        assert_eq!(
            masked(form),
            "grant_type=refresh_token&client_id=a&client_secret=***&password=***&refresh_token=***&username=e&%70assword=***"
        );
        assert_eq!(masked("ani=1&dnis="), "ani=1&dnis=");
    }

    #[test]
    fn entries_are_numbered_and_settled() {
        let mut log = Log::default();
        let request = Request {
            body: b"{\"password\":\"x\"}".to_vec(),
            ..Request::default()
        };
        let (one, two) = (log.arrived(&request), log.arrived(&request));
        log.settled(one, Some(200), None);
        log.settled(two, None, Some("*=reset".to_owned()));
        let entries = log.entries();
        assert_eq!((entries[0].number, entries[0].status), (1, Some(200)));
        assert_eq!(entries[0].body.as_deref(), Some("(16 bytes)"));
        assert_eq!(
            (entries[1].status, entries[1].fault.as_deref()),
            (None, Some("*=reset"))
        );
    }
}
