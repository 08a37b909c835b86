//! What a read of some domains showed, by key.

use std::collections::{HashMap, HashSet};

use super::report::Mismatch;
use crate::api::{Client, Error, RouteFilter};
use crate::model::{Domain, DomainKey, Route, RouteKey};

/// Up to this many domains are read one by one; more of them with one read of the whole account.
const ONE_BY_ONE: usize = 8;

/// The routes of some domains at one moment.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    pub(super) routes: Vec<Route>,
    pub(super) complete: bool,
    by_key: HashMap<RouteKey, Vec<u32>>,
    /// Rows without a key, which nobody touches.
    odd: Vec<u32>,
}

/// Which domains a read is for.
#[derive(Clone, Debug)]
pub(super) struct Extent {
    pub(super) keys: HashSet<DomainKey>,
    /// The names in the server's own spelling; none when one of them is no domain name.
    pub(super) names: Option<Vec<Domain>>,
    /// Whether a domain may well be empty: then nothing found needs no second look at the whole list.
    pub(super) may_be_empty: bool,
}

impl Extent {
    /// Of domains and one name of each.
    pub(super) fn new<'n>(domains: impl Iterator<Item = (&'n DomainKey, &'n str)>) -> Self {
        let mut extent = Self {
            keys: HashSet::new(),
            names: Some(Vec::new()),
            may_be_empty: false,
        };
        for (key, name) in domains {
            extent.keys.insert(key.clone());
            let name = Domain::parse(name).ok();
            extent.names = extent.names.zip(name).map(|(mut names, name)| {
                names.push(name);
                names
            });
        }
        extent
    }

    pub(super) fn read(&self, client: &Client) -> Result<Snapshot, Error> {
        match &self.names {
            Some(names) if names.len() <= ONE_BY_ONE => self.read_one_by_one(client, names),
            _ => self.read_whole(client),
        }
    }

    fn read_one_by_one(&self, client: &Client, names: &[Domain]) -> Result<Snapshot, Error> {
        let (mut routes, mut complete) = (Vec::new(), true);
        for name in names {
            let filter = RouteFilter::domain(name);
            let (found, completeness) = client.collect(&|_, _| true, &mut |receive| {
                if self.may_be_empty {
                    client.filtered(&filter, receive)
                } else {
                    client.routes(&filter, receive)
                }
            })?;
            routes.extend(found);
            complete &= completeness.is_complete();
        }
        Ok(Snapshot::new(routes, complete))
    }

    fn read_whole(&self, client: &Client) -> Result<Snapshot, Error> {
        let is_wanted = |route: &Route, _: usize| {
            route
                .domain
                .as_deref()
                .is_some_and(|name| self.keys.contains(&DomainKey::of(name)))
        };
        let (routes, completeness) = client.collect_where(&RouteFilter::default(), &is_wanted)?;
        Ok(Snapshot::new(routes, completeness.is_complete()))
    }
}

impl Snapshot {
    pub(super) fn new(routes: Vec<Route>, complete: bool) -> Self {
        let mut by_key: HashMap<RouteKey, Vec<u32>> = HashMap::with_capacity(routes.len());
        let mut odd = Vec::new();
        for (index, route) in (0u32..).zip(&routes) {
            match route.key() {
                Some(key) => by_key.entry(key).or_default().push(index),
                None => odd.push(index),
            }
        }
        Self {
            routes,
            complete,
            by_key,
            odd,
        }
    }

    /// What stands at a key.
    pub(super) fn at(&self, key: &RouteKey) -> Vec<&Route> {
        let rows = self.by_key.get(key).map(Vec::as_slice).unwrap_or_default();
        rows.iter()
            .map(|index| &self.routes[*index as usize])
            .collect()
    }

    /// What stands at a key, where that can be said.
    pub(super) fn only(&self, key: &RouteKey) -> Result<Option<&Route>, Vec<&Route>> {
        match self.at(key).as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(self.at(key)),
        }
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &RouteKey> {
        self.by_key.keys()
    }

    /// What differs between two reads of a domain at the keys nobody touched.
    pub(super) fn drift(
        &self,
        later: &Self,
        domain: &DomainKey,
        touched: &HashSet<&RouteKey>,
    ) -> Vec<Mismatch> {
        let is_ours = |key: &&RouteKey| key.domain == *domain && !touched.contains(*key);
        let mut keys: Vec<&RouteKey> = self.keys().filter(is_ours).collect();
        keys.extend(
            later
                .keys()
                .filter(|key| is_ours(key) && !self.by_key.contains_key(*key)),
        );
        keys.sort();
        let mut drift: Vec<Mismatch> = keys
            .into_iter()
            .filter(|key| !same(&self.at(key), &later.at(key)))
            .map(|key| Mismatch {
                key: Some(key.clone()),
                touched: false,
                expected: self.at(key).first().map(|route| (*route).clone()),
                found: later.at(key).first().map(|route| (*route).clone()),
            })
            .collect();
        let (before, after) = (self.odd_of(domain), later.odd_of(domain));
        if before != after {
            drift.push(Mismatch {
                key: None,
                touched: false,
                expected: before.first().map(|route| (*route).clone()),
                found: after.first().map(|route| (*route).clone()),
            });
        }
        drift
    }

    fn odd_of(&self, domain: &DomainKey) -> Vec<&Route> {
        let rows = self.odd.iter().map(|index| &self.routes[*index as usize]);
        let is_here = |route: &&Route| {
            let name = route.domain.as_deref();
            name.is_some_and(|name| DomainKey::of(name) == *domain)
        };
        let mut rows: Vec<&Route> = rows.filter(is_here).collect();
        rows.sort_by_key(|route| route.to_string());
        rows
    }
}

/// Whether the rows at one key have the same values, in any order.
fn same(before: &[&Route], after: &[&Route]) -> bool {
    let values = |routes: &[&Route]| {
        let value = |route: &&Route| {
            (
                route.application_or_user().to_owned(),
                route.destination.clone(),
            )
        };
        let mut values: Vec<_> = routes.iter().map(value).collect();
        values.sort();
        values
    };
    match (before, after) {
        ([one], [other]) => one.same_value(other),
        _ => values(before) == values(after),
    }
}
