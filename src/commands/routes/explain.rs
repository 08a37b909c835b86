//! `skyswitch routes explain`

use super::{number, parse_domain, planning};
use crate::commands::runs::{self, Seen};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::{Domain, Route};
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
    #[arg(long, value_name = "NUMBER")]
    from: String,
    /// The number that is called [default: any]
    #[arg(long, value_name = "NUMBER")]
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
        from: number(ctx, "--from", &args.from)?,
        to: args
            .to
            .as_deref()
            .map(|text| number(ctx, "--to", text))
            .transpose()?,
        domain: domain(ctx, args)?,
    };
    let routes = routes(ctx, args.file.as_deref())?;
    let explanation = explain(&routes, &call);
    if ctx.wants_json() || ctx.output.jq.is_some() {
        return ctx.print_json(&explanation);
    }
    runs::print(&ctx.ui, &show::explanation(&explanation));
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

/// The routes of the server, or of a file taken for the state itself.
pub(super) fn routes(ctx: &Context, file: Option<&str>) -> Result<Vec<Route>, Error> {
    let Some(path) = file else {
        let seen = Seen::routes(&ctx.client()?)?;
        if !seen.complete {
            return Err(Error::new(
                Code::IncompleteList,
                "the routes could not be read completely, so nothing can be said about a call",
            ));
        }
        return Ok(seen.routes);
    };
    let (name, bytes) = planning::read(path)?;
    let (routes, warnings) = desired::routes(&File::read(&name, &bytes)?)?;
    for warning in warnings {
        ctx.ui.warning(&warning.to_string());
    }
    Ok(routes)
}
