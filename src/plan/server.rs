//! What stands on the server, indexed once for the planner, the brakes and the lint.

use std::collections::{HashMap, HashSet};

use crate::model::{DomainKey, Route, RouteKey};

/// One whole-account read.
///
/// Rows without caller or domain have no place in the plan: they are shown and never touched.
#[derive(Debug)]
pub struct Server<'a> {
    pub(super) routes: &'a [Route],
    pub(super) complete: bool,
    by_key: HashMap<RouteKey, u32>,
    also: HashMap<RouteKey, Vec<u32>>,
    odd: HashMap<[&'a str; 5], Vec<u32>>,
    names: HashMap<DomainKey, &'a str>,
}

/// What stands at one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing<'s> {
    Nothing,
    One(usize),
    /// More than one route with this key: which of them counts is unknown.
    Many(&'s [u32]),
}

impl<'a> Server<'a> {
    /// Indexes the routes and, where they were read, the names of `domains list`.
    ///
    /// `complete` is false when the server said that there is more than was received.
    pub fn new(routes: &'a [Route], domains: Option<&'a [String]>, complete: bool) -> Self {
        let mut server = Self {
            routes,
            complete,
            by_key: HashMap::with_capacity(routes.len()),
            also: HashMap::new(),
            odd: HashMap::new(),
            names: HashMap::new(),
        };
        for name in domains.unwrap_or_default() {
            server.names.insert(DomainKey::of(name), name);
        }
        for (index, route) in (0u32..).zip(routes) {
            match plannable_key(route) {
                Some(key) => server.insert(key, index),
                None => server.odd.entry(cells(route)).or_default().push(index),
            }
        }
        server
    }

    fn insert(&mut self, key: RouteKey, index: u32) {
        let name = self.routes[index as usize].domain.as_deref();
        if !self.names.contains_key(&key.domain) {
            self.names
                .insert(key.domain.clone(), name.unwrap_or_default());
        }
        if let Some(first) = self.by_key.get(&key) {
            let first = *first;
            self.also
                .entry(key)
                .or_insert_with(|| vec![first])
                .push(index);
        } else {
            self.by_key.insert(key, index);
        }
    }

    pub(super) fn standing(&self, key: &RouteKey) -> Standing<'_> {
        if let Some(many) = self.also.get(key) {
            return Standing::Many(many);
        }
        match self.by_key.get(key) {
            Some(index) => Standing::One(*index as usize),
            None => Standing::Nothing,
        }
    }

    /// Whether nothing stands at a key.
    pub fn has_nothing_at(&self, key: &RouteKey) -> bool {
        matches!(self.standing(key), Standing::Nothing)
    }

    /// The rows that equal these cells byte for byte, for cells without caller or domain.
    pub(super) fn odd_rows(&self, cells: &[&str; 5]) -> Vec<u32> {
        self.odd.get(cells).cloned().unwrap_or_default()
    }

    /// Every key with its only route, in no order.
    pub(super) fn single(&self) -> impl Iterator<Item = (&RouteKey, usize)> {
        let single = |(key, _): &(&RouteKey, &u32)| !self.also.contains_key(*key);
        self.by_key
            .iter()
            .filter(single)
            .map(|(key, index)| (key, *index as usize))
    }

    /// Every key at all, in no order.
    pub(super) fn keys(&self) -> impl Iterator<Item = &RouteKey> {
        self.by_key.keys()
    }

    /// The keys that several routes share, with those routes, sorted.
    pub(super) fn shared_keys(&self) -> Vec<(&RouteKey, &[u32])> {
        let mut shared: Vec<_> = self
            .also
            .iter()
            .map(|(key, rows)| (key, rows.as_slice()))
            .collect();
        shared.sort();
        shared
    }

    /// How many routes each domain has, rows that are never touched included.
    pub(super) fn counts(&self) -> HashMap<DomainKey, usize> {
        let mut counts = HashMap::new();
        let mut last: Option<(&str, DomainKey)> = None;
        for route in self.routes {
            let name = route.domain.as_deref().unwrap_or_default();
            // Lists come in runs of one domain: lowering each name once a run is enough.
            let key = match &last {
                Some((same, key)) if *same == name => key.clone(),
                _ => DomainKey::of(name),
            };
            *counts.entry(key.clone()).or_insert(0) += 1;
            last = Some((name, key));
        }
        counts
    }

    /// The server's own spelling of a domain, if it knows one.
    pub(super) fn domain_name(&self, key: &DomainKey) -> Option<&'a str> {
        self.names.get(key).copied()
    }

    /// Whether neither a route nor `domains list` knows a domain.
    pub fn has_none_in(&self, domain: &DomainKey) -> bool {
        !self.names.contains_key(domain)
    }

    /// The destinations of some domains, as they are spelled.
    pub(super) fn destinations(&self, domains: &HashSet<&DomainKey>) -> HashSet<&'a str> {
        let wanted = |name: &str| domains.contains(&DomainKey::of(name));
        self.routes
            .iter()
            .filter(|route| route.domain.as_deref().is_some_and(wanted))
            .filter_map(|route| route.destination.as_deref())
            .collect()
    }
}

/// The fields as cells: an absent one is empty, as CSV cannot tell the two apart.
pub(super) fn cells(route: &Route) -> [&str; 5] {
    [
        &route.ani,
        &route.dnis,
        &route.domain,
        &route.application,
        &route.destination,
    ]
    .map(|field| field.as_deref().unwrap_or_default())
}

/// The key of a route that can be planned for: it has a caller and a domain that are not empty.
fn plannable_key(route: &Route) -> Option<RouteKey> {
    route
        .key()
        .filter(|key| !key.ani.as_str().is_empty() && !key.domain.as_str().is_empty())
}
