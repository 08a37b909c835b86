//! The way back: from changes that were made to the writes that take them back.
//!
//! Each goes to its before-image, and only where the server still shows its after-image: whatever
//! somebody else put there since is a conflict and stays.

use serde::Serialize;

use super::server::Server;
use super::{Operation, sort};
use crate::model::{Change, Found, Op, Route, RouteKey, Standing};

/// A change that cannot be taken back, because something else stands there by now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// Where.
    pub key: RouteKey,
    /// What the change left there; nothing after a delete.
    pub expected: Option<Route>,
    /// What the server shows; nothing where a route went.
    pub found: Vec<Route>,
    /// What would have been put back.
    pub before: Option<Route>,
}

/// The way back from some changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reversal {
    /// The writes, sorted as [`super::Plan::operations`] promises.
    pub operations: Vec<Operation>,
    /// What is left alone.
    pub conflicts: Vec<Conflict>,
    /// What is left alone because the list is not complete: deletes, and routes it does not show.
    pub held: Vec<RouteKey>,
    /// How many stand as before already.
    pub already: usize,
}

/// Works out the way back from `done`; `source` says where each write was asked for.
pub fn reverse<'c>(
    done: impl IntoIterator<Item = &'c Change>,
    server: &Server<'_>,
    source: &str,
) -> Reversal {
    let mut reversal = Reversal::default();
    for change in done {
        let found = server.index.at(&change.key);
        let standing = change.standing(&found);
        let deletes = change.op == Op::Add && standing == Standing::After;
        if standing == Standing::Unseen && change.op == Op::Delete {
            // What the run deleted is missing: putting it back harms nothing.
            reversal
                .operations
                .extend(operation(change, &Found::Nothing, source));
        } else if standing == Standing::Unseen || (deletes && server.says_more()) {
            reversal.held.push(change.key.clone());
        } else if standing == Standing::Before {
            reversal.already += 1;
        } else if standing == Standing::After {
            reversal
                .operations
                .extend(operation(change, &found, source));
        } else {
            reversal.conflicts.push(Conflict {
                key: change.key.clone(),
                expected: change.after.clone(),
                found: found.routes(),
                before: change.before.clone(),
            });
        }
    }
    sort(&mut reversal.operations);
    reversal
}

/// The way back from a probe: its keys are nobody's, so whatever stands there goes.
pub fn take_away(
    keys: impl IntoIterator<Item = RouteKey>,
    server: &Server<'_>,
    source: &str,
) -> Reversal {
    let mut reversal = Reversal::default();
    for key in keys {
        match server.index.at(&key) {
            Found::Nothing => reversal.already += 1,
            Found::Unseen => reversal.held.push(key),
            found => {
                let deletes = found.routes().into_iter().filter_map(Change::delete);
                let source = || source.to_owned();
                let operations = deletes.map(|change| Operation {
                    change,
                    source: source(),
                });
                reversal.operations.extend(operations);
            }
        }
    }
    sort(&mut reversal.operations);
    reversal
}

fn operation(change: &Change, found: &Found<'_>, source: &str) -> Option<Operation> {
    Some(Operation::of(back(change, found)?, source))
}

/// The write back, under the server's own spelling of the key where something stands there.
fn back(change: &Change, found: &Found<'_>) -> Option<Change> {
    match (change.op, found, &change.before) {
        (Op::Add, Found::One(found), _) => Change::delete((*found).clone()),
        (Op::Change, Found::One(found), Some(before)) => {
            let after = Route {
                ani: found.ani.clone(),
                dnis: found.dnis.clone(),
                domain: found.domain.clone(),
                ..before.clone()
            };
            Change::put(Some((*found).clone()), after)
        }
        (Op::Delete, Found::Nothing, Some(before)) => Change::put(None, before.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Reversal, reverse};
    use crate::model::{Change, Op, Route};
    use crate::plan::Server;

    fn route(ani: &str, destination: &str) -> Route {
        Route {
            ani: Some(ani.into()),
            domain: Some("acme.15611.service".into()),
            application: Some("user".into()),
            destination: Some(destination.into()),
            dnis: None,
        }
    }

    fn back(done: &[Change], routes: &[Route]) -> Reversal {
        reverse(done, &Server::new(routes, None, true), "undo")
    }

    #[test]
    fn every_kind_of_change_goes_back_to_its_image_and_no_further() {
        let old = route("16165550101", "old");
        let new = route("16165550101", "new");
        let put = Change::put(Some(old.clone()), new.clone()).expect("keyed");
        let add = Change::put(None, new.clone()).expect("keyed");
        let gone = Change::delete(old.clone()).expect("keyed");

        let one = back(std::slice::from_ref(&put), std::slice::from_ref(&new));
        assert_eq!(one.operations[0].change.after, Some(old.clone()));
        let one = back(std::slice::from_ref(&add), std::slice::from_ref(&new));
        assert_eq!(one.operations[0].change.op, Op::Delete);
        let one = back(std::slice::from_ref(&gone), &[]);
        assert_eq!(one.operations[0].change.after, Some(old.clone()));

        for (change, standing) in [
            (&put, vec![old.clone()]),
            (&add, vec![]),
            (&gone, vec![old]),
        ] {
            let one = back(std::slice::from_ref(change), &standing);
            assert_eq!((one.already, one.operations.len()), (1, 0));
        }
        let other = vec![route("16165550101", "somebody else's")];
        for change in [put, add, gone] {
            let one = back(std::slice::from_ref(&change), &other);
            assert_eq!((one.conflicts.len(), one.operations.len()), (1, 0));
            assert_eq!(one.conflicts[0].found, other);
        }
    }

    #[test]
    fn a_route_that_the_server_spells_otherwise_is_met_under_its_spelling() {
        let add = Change::put(None, route("16165550101", "new")).expect("keyed");
        let shown = route("6165550101", "new");
        let one = back(&[add], std::slice::from_ref(&shown));
        assert_eq!(one.operations[0].change.before, Some(shown));
    }

    #[test]
    fn a_list_that_is_not_complete_deletes_nothing_and_judges_nothing_unseen() {
        let (old, new) = (route("16165550101", "old"), route("16165550101", "new"));
        let add = Change::put(None, new.clone()).expect("keyed");
        let put = Change::put(Some(old.clone()), new.clone()).expect("keyed");
        let gone = Change::delete(old).expect("keyed");
        let back = |change: &Change, routes: &[Route]| {
            let one = reverse([change], &Server::new(routes, None, false), "undo");
            assert_eq!((one.already, one.conflicts.len()), (0, 0));
            (one.held.len(), one.operations.len())
        };
        let standing = std::slice::from_ref(&new);
        assert_eq!(back(&add, standing), (1, 0));
        assert_eq!(back(&add, &[]), (1, 0));
        assert_eq!(back(&put, &[]), (1, 0));
        assert_eq!(back(&put, standing), (0, 1));
        assert_eq!(back(&gone, &[]), (0, 1));
    }
}
