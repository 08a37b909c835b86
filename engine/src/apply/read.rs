//! Reading what stands: the routes of some domains, or of one caller.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::report::Mismatch;
use crate::api::{Client, Completeness, Error, RouteFilter, Worth};
use crate::model::{
    Coverage, Domain, DomainKey, Found, Number, NumberKey, Route, RouteIndex, RouteKey,
};

/// Up to this many domains are read one by one; more of them with one read of the whole account.
const ONE_BY_ONE: usize = 8;
/// A single change reads a domain's list up to so many rows (`design.md` §2 "Read").
const SHORT: u64 = 1000;

/// What one read showed.
#[derive(Debug)]
pub struct Snapshot {
    /// The rows, by key, and what would have been shown.
    pub index: RouteIndex,
    /// When the read began: what it allows is allowed from then on.
    pub(super) began: Instant,
    /// How long it took.
    pub(super) took: Duration,
}

/// Which domains a read is for.
#[derive(Clone, Debug)]
pub(super) struct Extent {
    keys: HashSet<DomainKey>,
    /// The names in the server's own spelling; none when one of them is no domain name.
    names: Option<Vec<Domain>>,
    /// Whether a domain may well be empty: then nothing found needs no second look at the whole list.
    pub(super) may_be_empty: bool,
}

/// One caller in one domain, in the server's spelling where it has one.
#[derive(Clone, Debug)]
pub struct Caller {
    domain: Domain,
    ani: NumberKey,
    /// The spelling that stands, or that is to be sent.
    spelled: String,
    /// Whether the domain's list is short enough to be read.
    short: bool,
    /// Whether only rows in exactly that spelling are meant.
    exact: bool,
}

/// What stands of one caller, and what else the read of its domain told.
#[derive(Debug)]
pub struct CallerRead {
    /// Who.
    pub caller: Caller,
    /// The caller's routes.
    pub snapshot: Arc<Snapshot>,
    /// Some route of the domain, which spells its name.
    pub any: Option<Route>,
    /// Whether the domain has no route at all.
    pub empty: bool,
    /// Where the domain's routes go, as far as they were read.
    pub destinations: BTreeSet<String>,
}

impl Snapshot {
    /// Before anything was read: what it holds allows nothing.
    pub(super) fn nothing() -> Self {
        Self {
            index: RouteIndex::new(Vec::new(), false),
            began: Instant::now(),
            took: Duration::ZERO,
        }
    }

    fn new(routes: Vec<Route>, coverage: impl Into<Coverage>, began: Instant) -> Self {
        Self {
            index: RouteIndex::new(routes, coverage),
            began,
            took: began.elapsed(),
        }
    }

    /// What differs between two reads of a domain at the keys nobody touched. What a later read cannot
    /// have shown is no difference.
    pub(super) fn drift(
        &self,
        later: &Self,
        domain: &DomainKey,
        touched: &HashSet<&RouteKey>,
    ) -> Vec<Mismatch> {
        let is_ours = |key: &&RouteKey| key.domain == *domain && !touched.contains(*key);
        let mut keys: Vec<&RouteKey> = self.index.keys().filter(is_ours).collect();
        let new = |key: &&RouteKey| self.index.rows(key).is_empty();
        keys.extend(later.index.keys().filter(is_ours).filter(new));
        keys.sort();
        let differs = |key: &&RouteKey| {
            let (before, after) = (self.index.at(key), later.index.at(key));
            before != Found::Unseen && after != Found::Unseen && !same(&before, &after)
        };
        let mut drift: Vec<Mismatch> = keys
            .into_iter()
            .filter(differs)
            .map(|key| Mismatch {
                key: Some(key.clone()),
                touched: false,
                expected: self.index.at(key).routes().into_iter().next(),
                found: later.index.at(key).routes().into_iter().next(),
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
        let is_here = |route: &&Route| {
            let name = route.domain.as_deref();
            name.is_some_and(|name| DomainKey::of(name) == *domain)
        };
        let odd = self.index.odd().map(|(_, route)| route);
        let mut rows: Vec<&Route> = odd.filter(is_here).collect();
        rows.sort_by_key(|route| route.to_string());
        rows
    }
}

/// Whether the rows at one key have the same values, in any order.
fn same(before: &Found<'_>, after: &Found<'_>) -> bool {
    let values = |found: &Found<'_>| {
        let value = |route: Route| (route.application_or_user().to_owned(), route.destination);
        let mut values: Vec<_> = found.routes().into_iter().map(value).collect();
        values.sort();
        values
    };
    match (before, after) {
        (Found::One(one), Found::One(other)) => one.same_value(other),
        _ => values(before) == values(after),
    }
}

impl Extent {
    /// Of domains and one name of each.
    pub(super) fn new<'n>(domains: impl Iterator<Item = (&'n DomainKey, &'n str)>) -> Self {
        let (keys, names): (HashSet<DomainKey>, Vec<Option<Domain>>) = domains
            .map(|(key, name)| (key.clone(), Domain::parse(name).ok()))
            .unzip();
        Self {
            keys,
            names: names.into_iter().collect(),
            may_be_empty: false,
        }
    }

    /// Reads the domains' lists.
    pub(super) fn read(&self, client: &Client) -> Result<Snapshot, Error> {
        let began = Instant::now();
        let is_wanted = |route: &Route, _: usize| {
            let name = route.domain.as_deref();
            name.is_some_and(|name| self.keys.contains(&DomainKey::of(name)))
        };
        let (routes, read) = client.collect(&is_wanted, &mut |receive| match &self.names {
            Some(names) if names.len() <= ONE_BY_ONE => {
                client.domain_lists(names, self.may_be_empty, receive)
            }
            names => client.account_routes(names.as_deref(), receive),
        })?;
        Ok(Snapshot::new(routes, read.coverage, began))
    }
}

impl Caller {
    /// The caller of a route, in a domain whose list is too long to be asked for again.
    pub(super) fn of(route: &Route) -> Option<Self> {
        let ani = route.ani.as_deref()?;
        Some(Self {
            domain: Domain::parse(route.domain.as_deref()?).ok()?,
            ani: NumberKey::of(ani),
            spelled: ani.to_owned(),
            short: false,
            exact: false,
        })
    }

    /// Reads what stands of a caller: the domain's list where it is short and nothing says that it may
    /// be cut, else the caller's rows in each spelling.
    ///
    /// With `exact` only rows in exactly this spelling are meant, as if there were no others.
    ///
    /// # Errors
    /// As [`Client::collect`].
    pub fn read(
        client: &Client,
        domain: &Domain,
        ani: &NumberKey,
        exact: Option<&str>,
    ) -> Result<CallerRead, Error> {
        let spelled = exact.map_or_else(|| ani.spellings().swap_remove(0), str::to_owned);
        let mut caller = Self {
            domain: domain.clone(),
            ani: ani.clone(),
            spelled,
            short: true,
            exact: exact.is_some(),
        };
        let began = Instant::now();
        let destinations = RefCell::new(BTreeSet::new());
        let see = |route: &Route| destinations.borrow_mut().extend(route.destination.clone());
        let (mut routes, told) = caller.list(client, 1, &see)?;
        let any = routes.first().cloned();
        let whole = told.worth() == Worth::Whole;
        let empty = routes.is_empty() && whole;
        routes.retain(|route| caller.has(route));
        let mut snapshot = Snapshot::new(routes, whole, began);
        caller.short = whole;
        if !caller.short {
            snapshot = caller.in_spellings(client, caller.spellings(client), Vec::new(), began)?;
        }
        let spelled = snapshot.index.routes().first();
        if let Some(spelled) = spelled.and_then(|route| route.ani.clone()) {
            caller.spelled = spelled;
        }
        Ok(CallerRead {
            caller,
            snapshot: Arc::new(snapshot),
            any,
            empty,
            destinations: destinations.into_inner(),
        })
    }

    /// Reads the rows of a caller in a domain whose list may be cut, in each spelling.
    ///
    /// # Errors
    /// As [`Client::collect`].
    pub fn by_key(client: &Client, domain: &Domain, ani: &NumberKey) -> Result<Snapshot, Error> {
        let caller = Self {
            domain: domain.clone(),
            ani: ani.clone(),
            spelled: String::new(),
            short: false,
            exact: false,
        };
        caller.in_spellings(client, caller.spellings(client), Vec::new(), Instant::now())
    }

    /// Reads the caller's rows in the spelling that stands. Where one of `keys` is not shown by that,
    /// it is asked for in every way there is before it counts as gone.
    pub(super) fn look<'k>(
        &self,
        client: &Client,
        mut keys: impl Iterator<Item = &'k RouteKey>,
    ) -> Result<Snapshot, Error> {
        let began = Instant::now();
        let first = self.in_spellings(client, vec![self.spelled.clone()], Vec::new(), began)?;
        if keys.all(|key| !first.index.rows(key).is_empty()) {
            return Ok(first);
        }
        if self.short {
            let (mut routes, told) = self.list(client, 0, &|_| {})?;
            routes.retain(|route| self.has(route));
            if told.worth() == Worth::Whole {
                return Ok(Snapshot::new(routes, true, began));
            }
        }
        let mut others = self.spellings(client);
        others.retain(|spelling| *spelling != self.spelled && !client.finds_any_spelling());
        let shown = first.index.routes().to_vec();
        let rest = self.in_spellings(client, others, shown, began)?;
        let whole = first.index.is_whole() && rest.index.is_whole();
        Ok(Snapshot {
            index: RouteIndex::new(rest.index.routes().to_vec(), whole),
            ..rest
        })
    }

    fn spellings(&self, client: &Client) -> Vec<String> {
        match self.exact {
            true => vec![self.spelled.clone()],
            false => client.spellings_of(&self.ani),
        }
    }

    fn has(&self, route: &Route) -> bool {
        let key = route.key();
        let spelled = !self.exact || route.ani.as_ref() == Some(&self.spelled);
        spelled && key.is_some_and(|key| key.ani == self.ani && key.domain == self.domain.key())
    }

    /// The caller's rows of the domain's list and the first `others`, as far as it is read.
    fn list(
        &self,
        client: &Client,
        others: usize,
        see: &dyn Fn(&Route),
    ) -> Result<(Vec<Route>, Completeness), Error> {
        let filter = RouteFilter::domain(&self.domain);
        let wanted = |route: &Route, kept: usize| {
            see(route);
            kept < others || self.has(route)
        };
        client.collect(&wanted, &mut |receive| {
            client.at_most(SHORT, &filter, receive)
        })
    }

    /// The caller's rows by `?domain=&ani=`, beside those that are `shown` already. One row that several
    /// reads show is one row.
    fn in_spellings(
        &self,
        client: &Client,
        spellings: Vec<String>,
        mut shown: Vec<Route>,
        began: Instant,
    ) -> Result<Snapshot, Error> {
        let mut told = Completeness::default();
        for spelling in spellings {
            let filter = RouteFilter {
                ani: Number::raw(&spelling).ok(),
                ..RouteFilter::domain(&self.domain)
            };
            let (found, completeness) = client
                .collect(&|route, _| self.has(route), &mut |receive| {
                    unseen_if_missing(client.filtered(&filter, receive))
                })?;
            let known = shown.clone();
            shown.extend(found.into_iter().filter(|route| !known.contains(route)));
            told = told.and(&completeness);
        }
        Ok(Snapshot::new(shown, told.worth() == Worth::Whole, began))
    }
}

/// Of a caller whom the server says not to find nothing is shown; that he has no route is not.
fn unseen_if_missing(read: Result<Completeness, Error>) -> Result<Completeness, Error> {
    match read {
        Err(error) if error.is_not_found() => Ok(Completeness {
            missing: Some(None),
            ..Completeness::default()
        }),
        read => read,
    }
}

/// The rows of `old` that are gone in `new`, by caller.
pub(super) fn gone<'s>(
    old: &'s Snapshot,
    new: &Snapshot,
    wanted: impl Fn(&RouteKey) -> bool,
) -> HashMap<&'s RouteKey, Route> {
    let keys = old.index.single().filter(|(key, _)| wanted(key));
    keys.filter(|(key, _)| new.index.at(key) == Found::Nothing)
        .map(|(key, row)| (key, old.index.routes()[row].clone()))
        .collect()
}
