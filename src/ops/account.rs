//! What one whole-account read showed.

use std::collections::BTreeSet;

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
    /// Every route, in the server's order; what the reads did not show is unseen.
    pub(crate) index: RouteIndex,
    /// The names of `domains list`; none where they could not be had.
    pub(crate) domains: Option<Vec<String>>,
    /// Domains whose list may have been cut.
    pub(crate) doubtful: Vec<Domain>,
    /// Whether rows spelled in ten digits are known never to match.
    ten_digits_never_match: bool,
}

impl Seen {
    /// Reads all routes, once our own writes of a moment ago are shown.
    pub(crate) fn of_account(ctx: &Context, client: &Client) -> Result<Self, Error> {
        // Without a state directory this machine has written nothing.
        let recent = catch_up::recent(ctx, client).unwrap_or_default();
        let read = || {
            let mut seen = Self::read(ctx, client)?;
            seen.look_up(client, recent.iter().map(Catch::key))?;
            Ok(seen)
        };
        let lags = |seen: &Self, catch: &Catch| catch.lags(&seen.index);
        let seen = catch_up::until_shown(ctx, &recent, read, lags)?;
        learning::of_read(ctx, client, &seen.index);
        Ok(seen)
    }

    fn read(ctx: &Context, client: &Client) -> Result<Self, Error> {
        let (routes, read) = client.collect(&|_, _| true, &mut |receive| {
            client.account_routes(None, receive)
        })?;
        ctx.note_whole(read.no_whole);
        Ok(Self {
            index: RouteIndex::new(routes, read.coverage),
            domains: read.names,
            doubtful: read.doubtful,
            ten_digits_never_match: ctx.facts().ten_digits_never_match(),
        })
    }

    /// Every route, in the server's order.
    pub(crate) fn routes(&self) -> &[Route] {
        self.index.routes()
    }

    /// What the reads would have shown; the rest is unseen.
    pub(crate) fn coverage(&self) -> &Coverage {
        self.index.coverage()
    }

    /// Reads what the lists do not show of these keys.
    pub(crate) fn look_up<'k>(
        &mut self,
        client: &Client,
        keys: impl Iterator<Item = &'k RouteKey>,
    ) -> Result<(), Error> {
        if self.coverage().is_whole() {
            return Ok(());
        }
        let unseen = keys.filter(|key| self.index.rows(key).is_empty());
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
        if self.coverage().says_more() {
            return Ok(());
        }
        let is_listed = |domain: &DomainKey, seen: &Self| {
            seen.coverage().shows_domain(domain)
                || seen.doubtful.iter().any(|one| one.key() == *domain)
        };
        let domains: BTreeSet<&DomainKey> = callers.iter().map(|(domain, _)| domain).collect();
        let unlisted = domains
            .into_iter()
            .filter(|domain| !is_listed(domain, self));
        let unlisted: Vec<Domain> = unlisted.filter_map(|domain| self.spelled(domain)).collect();
        self.list(client, &unlisted)?;
        callers.retain(|(domain, _)| !self.coverage().shows_domain(domain));
        for (domain, ani) in callers {
            let Some(name) = self.spelled(&domain) else {
                continue;
            };
            let read = Caller::by_key(client, &name, &ani)?;
            if read.index.is_whole() {
                self.index.coverage_mut().add_caller(domain, ani);
            }
            self.index.add(read.index.into_routes());
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
                self.index.coverage_mut().add_domain(domain);
            }
        }
        self.index.add(routes);
        Ok(())
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
        let mut seen = Self::of_account(ctx, client)?;
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
        Server::of(&self.index, self.domains.as_deref()).knowing(self.ten_digits_never_match)
    }
}
