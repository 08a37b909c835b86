//! What one whole-account read showed.

use std::collections::HashSet;

use super::catch_up::{self, Catch};
use super::domains;
use crate::api::{Client, Completeness, RouteFilter};
use crate::context::Context;
use crate::error::Error;
use crate::model::{Route, RouteIndex, RouteKey};
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
            RouteIndex::new(ours, completeness.is_complete())
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
        })
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
