//! What one whole-account read showed.

use std::collections::{BTreeSet, HashSet};

use super::catch_up::{self, Catch};
use super::{domains, learning};
use crate::api::Client;
use crate::apply::Caller;
use crate::context::Context;
use crate::error::Error;
use crate::model::{Coverage, Domain, DomainKey, NumberKey, Route, RouteIndex, RouteKey};
use crate::plan::Server;

/// Routes and domain names of the account.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Every route, in the server's order.
    pub(crate) routes: Vec<Route>,
    /// The names of `domains list`; none where they could not be had.
    pub(crate) domains: Option<Vec<String>>,
    /// What the reads would have shown; the rest is unseen.
    pub(crate) coverage: Coverage,
    /// Domains whose list may have been cut.
    pub(crate) doubtful: Vec<Domain>,
    /// Whether rows spelled in ten digits are known never to match.
    ten_digits_never_match: bool,
}

impl Seen {
    /// Reads all routes, once our own writes of a moment ago are shown.
    pub(crate) fn routes(ctx: &Context, client: &Client) -> Result<Self, Error> {
        // Without a state directory this machine has written nothing.
        let recent = catch_up::recent(ctx, client).unwrap_or_default();
        let keys: HashSet<&RouteKey> = recent.iter().map(Catch::key).collect();
        let read = || {
            let mut seen = Self::read(ctx, client)?;
            if recent.is_empty() {
                return Ok((seen, None));
            }
            seen.look_up(client, keys.iter().copied())?;
            let ours = |route: &&Route| route.key().is_some_and(|key| keys.contains(&key));
            let ours: Vec<Route> = seen.routes.iter().filter(ours).cloned().collect();
            let index = RouteIndex::new(ours, seen.coverage.clone());
            Ok((seen, Some(index)))
        };
        let lags = |(_, index): &(Self, Option<RouteIndex>), catch: &Catch| {
            index.as_ref().is_some_and(|index| catch.lags(index))
        };
        let seen = catch_up::until_shown(ctx, &recent, read, lags)?.0;
        learning::of_read(ctx, client, &seen.routes);
        Ok(seen)
    }

    fn read(ctx: &Context, client: &Client) -> Result<Self, Error> {
        let (routes, read) = client.collect(&|_, _| true, &mut |receive| {
            client.account_routes(None, receive)
        })?;
        ctx.note_whole(read.no_whole);
        Ok(Self {
            routes,
            domains: read.names,
            coverage: read.coverage,
            doubtful: read.doubtful,
            ten_digits_never_match: ctx.facts().ten_digits_never_match(),
        })
    }

    /// Reads what the lists do not show of these keys.
    pub(crate) fn look_up<'k>(
        &mut self,
        client: &Client,
        keys: impl Iterator<Item = &'k RouteKey>,
    ) -> Result<(), Error> {
        if self.coverage.is_whole() {
            return Ok(());
        }
        let index = RouteIndex::new(self.routes.as_slice(), false);
        let unseen = keys.filter(|key| index.rows(key).is_empty());
        let callers = unseen.map(|key| (key.domain.clone(), key.ani.clone()));
        let callers = callers.collect();
        self.look_up_callers(client, callers)
    }

    /// Reads all routes of these callers that the lists do not show: those of a domain that was not
    /// listed by its list, those of one whose list may be cut by the caller. What cannot be read for sure
    /// stays unseen; of a list that says itself that it is not whole nothing more is asked.
    pub(crate) fn look_up_callers(
        &mut self,
        client: &Client,
        mut callers: BTreeSet<(DomainKey, NumberKey)>,
    ) -> Result<(), Error> {
        if self.coverage.says_more() {
            return Ok(());
        }
        let is_listed = |domain: &DomainKey, seen: &Self| {
            seen.coverage.shows_domain(domain)
                || seen.doubtful.iter().any(|one| one.key() == *domain)
        };
        let domains: BTreeSet<&DomainKey> = callers.iter().map(|(domain, _)| domain).collect();
        let unlisted = domains
            .into_iter()
            .filter(|domain| !is_listed(domain, self));
        let unlisted: Vec<Domain> = unlisted.filter_map(|domain| self.spelled(domain)).collect();
        self.list(client, &unlisted)?;
        callers.retain(|(domain, _)| !self.coverage.shows_domain(domain));
        for (domain, ani) in callers {
            let Some(name) = self.spelled(&domain) else {
                continue;
            };
            let read = Caller::by_key(client, &name, &ani)?;
            if read.index.is_whole() {
                self.coverage.add_caller(domain, ani);
            }
            self.add(read.index.routes().to_vec());
        }
        Ok(())
    }

    /// Reads the lists of domains that have not been listed. One that is not found shows nothing.
    fn list(&mut self, client: &Client, domains: &[Domain]) -> Result<(), Error> {
        let read = client.collect(&|_, _| true, &mut |receive| {
            client.domain_lists(domains, true, receive)
        });
        let (routes, read) = match read {
            Err(error) if error.is_not_found() => return Ok(()),
            read => read?,
        };
        self.doubtful.extend(read.doubtful);
        for domain in domains.iter().map(Domain::key) {
            if read.coverage.shows_domain(&domain) {
                self.coverage.add_domain(domain);
            }
        }
        self.add(routes);
        Ok(())
    }

    /// Adds what is not there yet.
    fn add(&mut self, mut routes: Vec<Route>) {
        let index = RouteIndex::new(self.routes.as_slice(), false);
        let new = |route: &Route| route.key().is_some_and(|key| index.rows(&key).is_empty());
        routes.retain(new);
        self.routes.extend(routes);
    }

    /// The server's spelling of a domain where it is known.
    fn spelled(&self, domain: &DomainKey) -> Option<Domain> {
        let names = self.domains.iter().flatten();
        let mut names = names.filter_map(|name| Domain::parse(name).ok());
        let name = names.find(|name| name.key() == *domain);
        name.or_else(|| Domain::parse(domain.as_str()).ok())
    }

    /// Reads all routes and the names of the domains.
    pub(crate) fn whole(ctx: &Context, client: &Client) -> Result<Self, Error> {
        let mut seen = Self::routes(ctx, client)?;
        if seen.domains.is_none() {
            seen.read_domains(ctx, client, false)?;
        }
        Ok(seen)
    }

    /// Reads the names of the domains; where the token may not, nothing is unknown.
    pub(crate) fn read_domains(
        &mut self,
        ctx: &Context,
        client: &Client,
        fresh: bool,
    ) -> Result<(), Error> {
        self.domains = domains::names(ctx, client, fresh)?;
        Ok(())
    }

    /// The same, indexed.
    pub(crate) fn server(&self) -> Server<'_> {
        Server::new(&self.routes, self.domains.as_deref(), self.coverage.clone())
            .knowing(self.ten_digits_never_match)
    }
}
