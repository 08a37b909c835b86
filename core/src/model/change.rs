//! One step from what stands on the server to what should stand there.

use serde::{Deserialize, Serialize};

use super::{Found, Route, RouteKey};

/// What a [`Change`] does to its route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// No route stands there yet.
    Add,
    /// A route stands there and gets another value.
    Change,
    /// The route goes.
    Delete,
}

/// One write: the key, what was read there just before, and what should stand there after.
///
/// The before-image keeps the server's own spelling: that is what a delete sends and what an undo
/// puts back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Add, change or delete; always agrees with `before` and `after`.
    pub op: Op,
    /// The route's key.
    pub key: RouteKey,
    /// What stood there, none for an add.
    pub before: Option<Route>,
    /// What should stand there, none for a delete.
    pub after: Option<Route>,
}

impl Change {
    /// Whether it takes calls from a destination, or sends some there.
    pub fn involves(&self, destination: &str) -> bool {
        let values = [&self.before, &self.after].into_iter().flatten();
        let mut values = values.filter_map(|route| route.destination.as_deref());
        values.any(|value| value == destination)
    }

    /// The change that makes `after` stand where `before` (if anything) stands; none without a key.
    pub fn put(before: Option<Route>, after: Route) -> Option<Self> {
        Self::between(after.key()?, before, Some(after))
    }

    /// The change that takes `before` away; none without a key.
    pub fn delete(before: Route) -> Option<Self> {
        Self::between(before.key()?, Some(before), None)
    }

    /// The change at `key` from one image to the other; none between nothing and nothing.
    pub fn between(key: RouteKey, before: Option<Route>, after: Option<Route>) -> Option<Self> {
        let op = match (&before, &after) {
            (None, None) => return None,
            (None, Some(_)) => Op::Add,
            (Some(_), Some(_)) => Op::Change,
            (Some(_), None) => Op::Delete,
        };
        Some(Self {
            op,
            key,
            before,
            after,
        })
    }

    /// Where the change stands by what a read showed at its key: the one comparison of a change with
    /// the server. Two rows at the key are something else than either image.
    pub fn standing(&self, found: &Found<'_>) -> Standing {
        let found = match found {
            Found::Unseen => return Standing::Unseen,
            Found::Many(_) => return Standing::Other,
            Found::Nothing => None,
            Found::One(route) => Some(*route),
        };
        if same_image(self.after.as_ref(), found) {
            Standing::After
        } else if same_image(self.before.as_ref(), found) {
            Standing::Before
        } else {
            Standing::Other
        }
    }

    /// The server's own spelling of the route: of what stood there, else of what is to stand there.
    pub fn spelled(&self) -> Option<&Route> {
        self.before.as_ref().or(self.after.as_ref())
    }
}

/// Where a change stands, by a read of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As before it.
    Before,
    /// As after it.
    After,
    /// Something else stands there.
    Other,
    /// The read shows nothing there, and does not show everything.
    Unseen,
}

/// Whether two reads of a key show the same: nothing, or the same value.
pub fn same_image(wanted: Option<&Route>, found: Option<&Route>) -> bool {
    match (wanted, found) {
        (None, None) => true,
        (Some(wanted), Some(found)) => wanted.same_value(found),
        _ => false,
    }
}
