//! Why there is no plan: the file is wrong, or a person has to decide first.

use std::fmt;

use super::problems::{FileErrors, escaped, quoted};
use super::validate::{Value, Wanted};
use crate::model::{DomainKey, Route, RouteKey};

/// Why [`super::plan`] gives no plan. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The file is wrong or belongs to another account (exit 2).
    #[error(transparent)]
    File(#[from] FileErrors),
    /// Rows that a person has to decide about (exit 5).
    #[error("{}", lines(.0))]
    Refused(Vec<Refusal>),
}

/// Why a person has to decide about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It was edited, and the route on the server changed too since the export.
    Conflict,
    /// Several routes on the server have its key, so nobody can say which is meant.
    Ambiguous,
    /// Routes that the file does not have were to go, in a domain whose list may have been cut.
    Prune,
}

/// What cannot be planned although it is well written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why a person has to decide.
    pub kind: Kind,
    /// `routes.csv:12`; nothing where no row is at fault.
    pub source: String,
    /// The rest, values and all.
    pub message: String,
}

impl Refusal {
    /// `then` is what stood there at the export, where that is known.
    pub(super) fn conflict(
        source: String,
        wanted: &Wanted<'_>,
        then: Option<Value<'_>>,
        now: Option<&Route>,
    ) -> Self {
        let then = then.map_or("unknown".to_owned(), |then| said(Some(then)));
        let [now, yours] = [now.map(Value::of), wanted.value].map(said);
        let key = escaped(&wanted.key.to_string());
        let message = format!(
            "`{key}` was edited here and changed on the server too: then {then}, now {now}, yours {yours}"
        );
        Self {
            kind: Kind::Conflict,
            source,
            message,
        }
    }

    pub(super) fn ambiguous(source: String, key: &RouteKey, routes: &[&Route]) -> Self {
        let values = routes.iter().map(|route| said(Some(Value::of(route))));
        let message = format!(
            "the server has {} routes for `{}` and none of them is touched: {}; which of them counts is unknown",
            routes.len(),
            escaped(&key.to_string()),
            values.collect::<Vec<_>>().join(", ")
        );
        Self {
            kind: Kind::Ambiguous,
            source,
            message,
        }
    }
}

impl Refusal {
    pub(super) fn prune(domain: &DomainKey) -> Self {
        Self {
            kind: Kind::Prune,
            source: String::new(),
            message: format!(
                "the server may have cut the list of `{domain}`, so `--prune` cannot know what there is to delete; `skyswitch doctor -d {domain}` finds out"
            ),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.source.is_empty() {
            write!(f, "{}: ", self.source)?;
        }
        f.write_str(&self.message)
    }
}

fn lines(refusals: &[Refusal]) -> String {
    let lines: Vec<_> = refusals.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// `john`, `desk (device)`, `no route`; in backticks what would not read as one word.
pub(super) fn said(value: Option<Value<'_>>) -> String {
    let Some(value) = value else {
        return "no route".to_owned();
    };
    let is_word = |c: char| c.is_alphanumeric() || "+-_.:@*#;=/".contains(c);
    let shown = match value.destination {
        "" | "unknown" => quoted(value.destination),
        word if word.len() <= 60 && word.chars().all(is_word) => word.to_owned(),
        text => escaped(&quoted(text)),
    };
    match value.application {
        "user" => shown,
        application => format!("{shown} ({})", escaped(application)),
    }
}
