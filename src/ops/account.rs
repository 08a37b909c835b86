//! What one whole-account read showed.

use std::collections::{BTreeSet, HashSet};

use super::catch_up::{self, Catch};
use super::domains;
use crate::api::{Client, Completeness, RouteFilter};
use crate::apply::Caller;
use crate::context::Context;
use crate::error::Error;
use crate::model::{Domain, Route, RouteIndex, RouteKey};
use crate::plan::Server;

/// Routes and domain names of the account.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Every route, in the server's order.
    pub(crate) routes: Vec<Route>,
    /// The names of `domains list`; none where they could not be had.
    pub(crate) domains: Option<Vec<String>>,
    /// Whether the server sent all it has.
    pub(crate) complete: bool,
    /// Whether the list may have been cut without a word: what it does not show is unseen.
    pub(crate) doubtful: bool,
}

impl Seen {
    /// Reads all routes, once our own writes of a moment ago are shown.
    pub(crate) fn routes(ctx: &Context, client: &Client) -> Result<Self, Error> {
        // Without a state directory this machine has written nothing.
        let recent = catch_up::recent(ctx, client).unwrap_or_default();
        let read = || client.collect_routes(&RouteFilter::default());
        let keys: HashSet<&RouteKey> = recent.iter().map(Catch::key).collect();
        let lagging = |(routes, completeness): &(Vec<Route>, Completeness)| {
            let ours = |route: &&Route| route.key().is_some_and(|key| keys.contains(&key));
            let ours = routes.iter().filter(ours).cloned().collect::<Vec<_>>();
            RouteIndex::new(ours, completeness.is_certain())
        };
        let (routes, completeness) = catch_up::until_shown(
            ctx,
            &recent,
            || {
                let read = read()?;
                let index = if recent.is_empty() {
                    None
                } else {
                    Some(lagging(&read))
                };
                Ok((read, index))
            },
            |(_, index), catch| index.as_ref().is_some_and(|index| catch.lags(index)),
        )?
        .0;
        Ok(Self {
            routes,
            domains: None,
            complete: completeness.is_complete(),
            doubtful: completeness.doubtful,
        })
    }

    /// On a list that may be cut, reads by the caller what it does not show of these keys. What cannot
    /// be read for sure makes the list an incomplete one.
    pub(crate) fn look_up<'k>(
        &mut self,
        client: &Client,
        keys: impl Iterator<Item = &'k RouteKey>,
    ) -> Result<(), Error> {
        if !self.doubtful {
            return Ok(());
        }
        let index = RouteIndex::new(self.routes.as_slice(), true);
        let unseen = keys.filter(|key| index.rows(key).is_empty());
        let callers: BTreeSet<_> = unseen.map(|key| (&key.domain, &key.ani)).collect();
        let mut found = Vec::new();
        for (domain, ani) in callers {
            let Ok(domain) = Domain::parse(domain.as_str()) else {
                continue;
            };
            let read = Caller::read(client, &domain, ani, None)?;
            self.complete &= read.snapshot.index.is_whole();
            let routes = read.snapshot.index.routes().iter();
            let new = |route: &&Route| route.key().is_some_and(|key| index.rows(&key).is_empty());
            found.extend(routes.filter(new).cloned());
        }
        self.routes.extend(found);
        Ok(())
    }

    /// Reads all routes and the names of the domains.
    pub(crate) fn whole(ctx: &Context, client: &Client) -> Result<Self, Error> {
        let mut seen = Self::routes(ctx, client)?;
        seen.read_domains(ctx, client, false)?;
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
        Server::new(&self.routes, self.domains.as_deref(), self.complete)
    }
}
