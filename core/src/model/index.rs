//! What one read showed, by key: the one index of routes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::{Coverage, Route, RouteKey};

/// The routes of one read, by key. Rows without caller or domain have no key: they are kept aside and
/// nobody touches them.
#[derive(Clone, Debug, Default)]
pub struct RouteIndex<R = Vec<Route>> {
    routes: R,
    places: Arc<Places>,
    coverage: Coverage,
}

/// Where the rows stand.
#[derive(Clone, Debug, Default)]
struct Places {
    by_key: HashMap<RouteKey, u32>,
    /// The keys that several rows share, with all of them.
    also: HashMap<RouteKey, Vec<u32>>,
    odd: Vec<u32>,
}

impl Places {
    /// Notes rows that stand behind `first` others.
    fn note(&mut self, first: usize, routes: &[Route]) {
        let first = u32::try_from(first).unwrap_or(u32::MAX);
        for (row, route) in (first..).zip(routes) {
            let Some(key) = plannable_key(route) else {
                self.odd.push(row);
                continue;
            };
            match self.by_key.entry(key) {
                Entry::Vacant(free) => drop(free.insert(row)),
                Entry::Occupied(taken) => {
                    let also = self.also.entry(taken.key().clone());
                    also.or_insert_with(|| vec![*taken.get()]).push(row);
                }
            }
        }
    }
}

/// What a read showed at one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'r> {
    /// Nothing, by a read that would have shown it.
    Nothing,
    /// One route.
    One(&'r Route),
    /// More than one: which of them counts is unknown.
    Many(Vec<&'r Route>),
    /// Nothing, by a read that does not show everything.
    Unseen,
}

impl Found<'_> {
    /// The routes themselves.
    pub fn routes(&self) -> Vec<Route> {
        match self {
            Self::Nothing | Self::Unseen => Vec::new(),
            Self::One(route) => vec![(*route).clone()],
            Self::Many(routes) => routes.iter().map(|route| (*route).clone()).collect(),
        }
    }
}

impl<R: AsRef<[Route]>> RouteIndex<R> {
    /// Indexes what was read; `coverage` says what the read would have shown (`true`: whatever stands
    /// there).
    pub fn new(routes: R, coverage: impl Into<Coverage>) -> Self {
        let mut places = Places::default();
        places.by_key.reserve(routes.as_ref().len());
        places.note(0, routes.as_ref());
        Self {
            routes,
            places: Arc::new(places),
            coverage: coverage.into(),
        }
    }

    /// The same rows, borrowed; nothing is indexed again.
    pub fn view(&self) -> RouteIndex<&[Route]> {
        RouteIndex {
            routes: self.routes(),
            places: Arc::clone(&self.places),
            coverage: self.coverage.clone(),
        }
    }

    /// Everything that was read, in the server's order.
    pub fn routes(&self) -> &[Route] {
        self.routes.as_ref()
    }

    /// Whether the read would have shown whatever stands there.
    pub fn is_whole(&self) -> bool {
        self.coverage.is_whole()
    }

    /// What the read would have shown.
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// The same, where more was read.
    pub fn coverage_mut(&mut self) -> &mut Coverage {
        &mut self.coverage
    }

    /// The places of the rows at a key.
    pub fn rows(&self, key: &RouteKey) -> &[u32] {
        match (self.places.also.get(key), self.places.by_key.get(key)) {
            (Some(rows), _) => rows,
            (None, Some(row)) => std::slice::from_ref(row),
            (None, None) => &[],
        }
    }

    /// What stands at a key.
    pub fn at(&self, key: &RouteKey) -> Found<'_> {
        match self.rows(key) {
            [] if self.coverage.shows(key) => Found::Nothing,
            [] => Found::Unseen,
            [row] => Found::One(self.route(*row)),
            rows => Found::Many(rows.iter().map(|row| self.route(*row)).collect()),
        }
    }

    /// Every key, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &RouteKey> {
        self.places.by_key.keys()
    }

    /// Every key with the place of its only row, in no order.
    pub fn single(&self) -> impl Iterator<Item = (&RouteKey, usize)> {
        let single = |(key, _): &(&RouteKey, &u32)| !self.places.also.contains_key(*key);
        let keys = self.places.by_key.iter().filter(single);
        keys.map(|(key, row)| (key, *row as usize))
    }

    /// The keys that several rows share, with those rows, sorted.
    pub fn shared(&self) -> Vec<(&RouteKey, &[u32])> {
        let shared = self.places.also.iter();
        let mut shared: Vec<_> = shared.map(|(key, rows)| (key, rows.as_slice())).collect();
        shared.sort();
        shared
    }

    /// The rows without a key.
    pub fn odd(&self) -> impl Iterator<Item = (u32, &Route)> {
        self.places.odd.iter().map(|row| (*row, self.route(*row)))
    }

    fn route(&self, row: u32) -> &Route {
        &self.routes.as_ref()[row as usize]
    }
}

impl RouteIndex {
    /// Adds what another read showed at keys where nothing stands yet.
    pub fn add(&mut self, mut more: Vec<Route>) {
        more.retain(|route| {
            let key = route.key();
            key.is_some_and(|key| self.rows(&key).is_empty())
        });
        Arc::make_mut(&mut self.places).note(self.routes.len(), &more);
        self.routes.append(&mut more);
    }

    /// The rows themselves.
    pub fn into_routes(self) -> Vec<Route> {
        self.routes
    }
}

/// The key of a route that can be planned for: it has a caller and a domain that are not empty.
fn plannable_key(route: &Route) -> Option<RouteKey> {
    route
        .key()
        .filter(|key| !key.ani.as_str().is_empty() && !key.domain.as_str().is_empty())
}

#[cfg(test)]
mod tests {
    use super::{Found, RouteIndex};
    use crate::model::{Change, Route, Standing};

    fn route(ani: &str, destination: &str) -> Route {
        Route {
            ani: Some(ani.to_owned()),
            domain: Some("acme.15611.service".to_owned()),
            destination: Some(destination.to_owned()),
            ..Route::default()
        }
    }

    #[test]
    fn spellings_of_one_key_meet_and_doubles_are_told() {
        let rows = vec![
            route("16165550101", "a"),
            route("6165550101", "b"),
            route("16165550102", "c"),
            Route::default(),
        ];
        let index = RouteIndex::new(rows.as_slice(), true);
        let key = rows[1].key().expect("a key");
        assert_eq!(index.at(&key), Found::Many(vec![&rows[0], &rows[1]]));
        assert_eq!(index.shared(), [(&key, [0, 1].as_slice())]);
        assert_eq!(index.single().map(|(_, row)| row).collect::<Vec<_>>(), [2]);
        assert_eq!(index.odd().map(|(row, _)| row).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn where_a_change_stands_is_said_once_and_nothing_unseen_is_judged() {
        let (old, new) = (route("16165550101", "old"), route("16165550101", "new"));
        let other = route("16165550101", "other");
        let put = Change::put(Some(old.clone()), new.clone()).expect("keyed");
        let add = Change::put(None, new.clone()).expect("keyed");
        let gone = Change::delete(old.clone()).expect("keyed");
        let nothing: (&[Route], bool) = (&[], true);
        let unseen: (&[Route], bool) = (&[], false);
        for (change, (rows, whole), standing) in [
            (&put, (std::slice::from_ref(&old), true), Standing::Before),
            (&put, (std::slice::from_ref(&new), false), Standing::After),
            (&put, nothing, Standing::Other),
            (&put, (std::slice::from_ref(&other), true), Standing::Other),
            (&add, nothing, Standing::Before),
            (&add, (std::slice::from_ref(&new), true), Standing::After),
            (&gone, nothing, Standing::After),
            (&gone, (std::slice::from_ref(&old), true), Standing::Before),
            (&put, unseen, Standing::Unseen),
            (&add, unseen, Standing::Unseen),
            (&gone, unseen, Standing::Unseen),
        ] {
            let index = RouteIndex::new(rows, whole);
            assert_eq!(change.standing(&index.at(&change.key)), standing);
        }
        let doubled = [new.clone(), new];
        let index = RouteIndex::new(doubled.as_slice(), true);
        assert_eq!(put.standing(&index.at(&put.key)), Standing::Other);
    }
}
