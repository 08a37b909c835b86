//! What stands on the server, indexed once for the planner, the brakes and the lint.

use std::collections::{HashMap, HashSet};

use crate::model::{Coverage, DomainKey, Found, Route, RouteIndex, RouteKey};

/// One whole-account read.
///
/// Rows without caller or domain have no place in the plan: they are shown and never touched.
#[derive(Debug)]
pub struct Server<'a> {
    pub(super) routes: &'a [Route],
    pub(super) index: RouteIndex<&'a [Route]>,
    odd: HashMap<[&'a str; 5], Vec<u32>>,
    names: HashMap<DomainKey, &'a str>,
    ten_digits_never_match: bool,
}

impl<'a> Server<'a> {
    /// Indexes the routes and, where they were read, the names of `domains list`.
    ///
    /// `coverage` says what the reads would have shown; `false` is a server that said that there is
    /// more than was received.
    pub fn new(
        routes: &'a [Route],
        domains: Option<&'a [String]>,
        coverage: impl Into<Coverage>,
    ) -> Self {
        Self::indexed(routes, RouteIndex::new(routes, coverage), domains)
    }

    /// The same of what was indexed already.
    pub fn of(index: &'a RouteIndex, domains: Option<&'a [String]>) -> Self {
        Self::indexed(index.routes(), index.view(), domains)
    }

    fn indexed(
        routes: &'a [Route],
        index: RouteIndex<&'a [Route]>,
        domains: Option<&'a [String]>,
    ) -> Self {
        let mut names: HashMap<DomainKey, &'a str> = HashMap::new();
        let listed = domains.unwrap_or_default().iter().map(String::as_str);
        let spelled = routes.iter().filter_map(|route| route.domain.as_deref());
        let mut last = "";
        // Lists come in runs of one domain.
        for name in listed.chain(spelled) {
            if name != std::mem::replace(&mut last, name) {
                names.entry(DomainKey::of(name)).or_insert(name);
            }
        }
        let mut odd: HashMap<[&str; 5], Vec<u32>> = HashMap::new();
        for (row, _) in index.odd() {
            odd.entry(cells(&routes[row as usize]))
                .or_default()
                .push(row);
        }
        Self {
            routes,
            index,
            odd,
            names,
            ten_digits_never_match: false,
        }
    }

    /// The same where it is known whether rows spelled in ten digits never match a call.
    #[must_use]
    pub fn knowing(self, ten_digits_never_match: bool) -> Self {
        Self {
            ten_digits_never_match,
            ..self
        }
    }

    /// Whether rows spelled in ten digits are known never to match.
    pub(super) fn ten_digits_never_match(&self) -> bool {
        self.ten_digits_never_match
    }

    /// Whether the server says itself that it has more than it sent.
    pub(super) fn says_more(&self) -> bool {
        self.index.coverage().says_more()
    }

    /// Whether every route of a domain would have been shown.
    pub(super) fn shows_domain(&self, domain: &DomainKey) -> bool {
        self.index.coverage().shows_domain(domain)
    }

    /// What stands at a key.
    pub fn at(&self, key: &RouteKey) -> Found<'_> {
        self.index.at(key)
    }

    /// The rows that equal these cells byte for byte, for cells without caller or domain.
    pub(super) fn odd_rows(&self, cells: &[&str; 5]) -> Vec<u32> {
        self.odd.get(cells).cloned().unwrap_or_default()
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

    /// The rows at these places.
    pub(super) fn rows(&self, places: &[u32]) -> Vec<&'a Route> {
        places.iter().map(|at| &self.routes[*at as usize]).collect()
    }

    /// Whether neither a route nor `domains list` knows a domain.
    pub fn has_none_in(&self, domain: &DomainKey) -> bool {
        !self.names.contains_key(domain)
    }

    /// The destinations of some domains, as they are spelled.
    pub fn destinations(&self, domains: &HashSet<&DomainKey>) -> HashSet<&'a str> {
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
        &route.ani, &route.dnis, &route.domain, &route.application, &route.destination,
    ]
    .map(|field| field.as_deref().unwrap_or_default())
}
