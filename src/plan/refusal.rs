//! Why there is no plan: the file is wrong, or a person has to decide first.

use std::fmt;

use serde::Serialize;

use super::base::Base;
use super::problems::{FileErrors, escaped};
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

/// What cannot be planned although it is well written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Refusal {
    /// The row was edited, and the route on the server changed too since the export.
    Conflict {
        /// `routes.csv:12`.
        source: String,
        /// The route's key.
        key: RouteKey,
        /// The fingerprint of what stood there at the export.
        then: String,
        /// What stands there now, if anything.
        now: Option<Box<Route>>,
        /// What the row asks for; none to have it gone.
        yours: Option<Box<Route>>,
    },
    /// Several routes on the server have this row's key, so nobody can say which is meant.
    Ambiguous {
        /// `routes.csv:12`.
        source: String,
        /// The key they share.
        key: RouteKey,
        /// Those routes.
        routes: Vec<Route>,
    },
    /// Routes that the file does not have were to go, in a domain whose list may have been cut.
    Prune {
        /// The domain.
        domain: DomainKey,
    },
}

impl Refusal {
    pub(super) fn conflict(
        source: String,
        key: &RouteKey,
        then: &Base,
        now: Option<&Route>,
        yours: Option<Route>,
    ) -> Self {
        Self::Conflict {
            source,
            key: key.clone(),
            then: then.to_string(),
            now: now.cloned().map(Box::new),
            yours: yours.map(Box::new),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict {
                source,
                key,
                then,
                now,
                yours,
            } => write!(
                f,
                "{source}: `{}` was edited here and changed on the server too: then `{then}`, now {}, yours {}; correct the row and clear its `base`, or export again",
                escaped(&key.to_string()),
                value(now.as_deref()),
                value(yours.as_deref()),
            ),
            Self::Ambiguous {
                source,
                key,
                routes,
            } => {
                write!(
                    f,
                    "{source}: the server has {} routes for `{}` and none of them is touched:",
                    routes.len(),
                    escaped(&key.to_string())
                )?;
                for (index, route) in routes.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(f, "{comma} {}", value(Some(route)))?;
                }
                f.write_str("; which of them counts is unknown")
            }
            Self::Prune { domain } => write!(
                f,
                "the server may have cut the list of `{domain}`, so `--prune` cannot know what there is to delete; `skyswitch doctor -d {domain}` finds out"
            ),
        }
    }
}

fn lines(refusals: &[Refusal]) -> String {
    let lines: Vec<_> = refusals.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn value(route: Option<&Route>) -> String {
    match route {
        None => "no route".to_owned(),
        Some(route) => format!(
            "`{}` ({})",
            escaped(route.destination.as_deref().unwrap_or_default()),
            escaped(route.application_or_user())
        ),
    }
}
