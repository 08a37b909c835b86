//! What one whole-account read showed.

use super::domains;
use crate::api::{Client, RouteFilter};
use crate::context::Context;
use crate::error::Error;
use crate::model::Route;
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
    /// Reads all routes.
    pub(crate) fn routes(client: &Client) -> Result<Self, Error> {
        let (routes, completeness) = client.collect_routes(&RouteFilter::default())?;
        Ok(Self {
            routes,
            domains: None,
            complete: completeness.is_complete(),
        })
    }

    /// Reads all routes and the names of the domains.
    pub(crate) fn whole(ctx: &Context, client: &Client) -> Result<Self, Error> {
        let mut seen = Self::routes(client)?;
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
