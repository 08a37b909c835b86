//! `skyswitch routes explain`

use super::{check_domain, needs_row, number_of_row, parse_domain};
use crate::api::Client;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::{Domain, DomainKey, Number, Route};
use crate::ops::planning;
use crate::ops::{self, Seen};
use crate::plan::explain::{Call, explain};
use crate::plan::{File, desired, show};

/// Say which route takes a call, and why the others do not
///
/// The route for the exact caller and called number comes first, then the one for the caller alone;
/// without either the domain's unmatched-caller translation decides. That order is assumed: nobody
/// has documented it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Who calls
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    from: String,
    /// The number that is called [default: any]
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    to: Option<String>,
    /// Only this domain [default: `SKYSWITCH_DOMAIN`, the profile's `domain`, or every domain that
    /// has a route for the caller]
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// Ask this file instead of the server; `-` for standard input
    #[arg(short = 'f', long, value_name = "FILE")]
    file: Option<String>,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    let call = Call {
        from: number_of_row(ctx, "--from", &args.from)?,
        to: args
            .to
            .as_deref()
            .map(|text| number_of_row(ctx, "--to", text))
            .transpose()?,
        domain: domain(ctx, args)?,
    };
    let routes = match args.file.as_deref() {
        Some(path) => of_file(ctx, path)?,
        None => of_server(ctx, call.domain.as_ref())?,
    };
    let has = |number: &Number, field: fn(&Route) -> &Option<String>| {
        let is_it = number.matcher();
        (routes.iter()).any(|route| field(route).as_deref().is_some_and(&is_it))
    };
    needs_row(
        "--from",
        Some(&call.from).filter(|from| !has(from, |route| &route.ani)),
    )?;
    needs_row(
        "--to",
        call.to.as_ref().filter(|to| !has(to, |route| &route.dnis)),
    )?;
    let explanation = explain(&routes, &call);
    if ctx.wants_json() || ctx.output.jq.is_some() {
        return ctx.print_json(&explanation);
    }
    ops::print(&ctx.ui, &show::explanation(&explanation));
    Ok(())
}

fn domain(ctx: &Context, args: &Args) -> Result<Option<Domain>, Error> {
    match &args.domain {
        Some(text) => parse_domain(text).map(Some),
        None => Ok(ctx
            .settings
            .domain
            .as_ref()
            .map(|setting| setting.value.clone())),
    }
}

/// The routes of the server, of which the domain, if one is named, must be one.
fn of_server(ctx: &Context, domain: Option<&Domain>) -> Result<Vec<Route>, Error> {
    let client = ctx.client()?;
    let routes = whole(ctx, &client)?;
    let is_in = |route: &Route, domain: &Domain| {
        let name = route.domain.as_deref();
        name.is_some_and(|name| DomainKey::of(name) == domain.key())
    };
    // A domain that has a route needs no further request.
    if let Some(domain) = domain
        && !routes.iter().any(|route| is_in(route, domain))
    {
        check_domain(ctx, &client, domain)?;
    }
    Ok(routes)
}

/// Every route of the server.
pub(super) fn whole(ctx: &Context, client: &Client) -> Result<Vec<Route>, Error> {
    let seen = Seen::routes(ctx, client)?;
    if !seen.complete {
        return Err(Error::new(
            Code::IncompleteList,
            "the routes could not be read completely, so nothing can be said about a call",
        ));
    }
    Ok(seen.routes)
}

/// The routes of a file taken for the state itself.
pub(super) fn of_file(ctx: &Context, path: &str) -> Result<Vec<Route>, Error> {
    let (name, bytes) = planning::read(path)?;
    let (routes, warnings) = desired::routes(&File::read(&name, &bytes)?)?;
    for warning in warnings {
        ctx.ui.warning(&warning.to_string());
    }
    Ok(routes)
}
