//! `skyswitch routes list`

use super::{number, parse_domain};
use crate::api::RouteFilter;
use crate::context::Context;
use crate::error::Error;
use crate::model::Route;

/// List VIP routes
///
/// The filters are applied by the server and once more here, so that `6165550101` and
/// `+1 616 555 0101` find the same routes however the server spells them. The default domain does
/// not apply: without `--domain` all domains are listed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only routes of this caller
    #[arg(long, value_name = "NUMBER")]
    ani: Option<String>,
    /// Only routes for this called number
    #[arg(long, value_name = "NUMBER")]
    dnis: Option<String>,
    /// Only routes of this domain
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    let fields = ctx.fields::<Route>()?;
    let filter = RouteFilter {
        ani: args
            .ani
            .as_deref()
            .map(|text| number(ctx, "--ani", text))
            .transpose()?,
        dnis: args
            .dnis
            .as_deref()
            .map(|text| number(ctx, "--dnis", text))
            .transpose()?,
        domain: args.domain.as_deref().map(parse_domain).transpose()?,
    };
    let client = ctx.client()?;
    ctx.print_list(&client, fields, "route", |receive| {
        client.routes(&filter, &mut |route| receive(&route))
    })
}
