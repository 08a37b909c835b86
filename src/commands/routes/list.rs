//! `skyswitch routes list`

use super::{number, parse_domain};
use crate::api::RouteFilter;
use crate::context::Context;
use crate::error::Error;
use crate::model::{Route, Row};
use crate::plan::base::Base;

/// List VIP routes
///
/// The filters are applied by the server and once more here, so that `6165550101` and
/// `+1 616 555 0101` find the same routes however the server spells them. The default domain does
/// not apply: without `--domain` all domains are listed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only routes of this caller
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    ani: Option<String>,
    /// Only routes for this called number
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    dnis: Option<String>,
    /// Only routes of this domain
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// Add a column `base`, a fingerprint of each row: `plan` and `apply` then tell rows edited in the
    /// file from routes changed on the server meanwhile
    #[arg(long)]
    base: bool,
}

/// A route with its fingerprint.
struct Based {
    route: Route,
    base: String,
}

impl Row for Based {
    const COLUMNS: &'static [&'static str] = &[
        "ani",
        "dnis",
        "domain",
        "application",
        "destination",
        "base",
    ];

    fn cell(&self, column: usize) -> Option<&str> {
        match column {
            5 => Some(&self.base),
            column => self.route.cell(column),
        }
    }
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
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
    if args.base {
        let fields = ctx.fields::<Based>()?;
        let client = ctx.client()?;
        return ctx.print_list(fields, "route", |receive| {
            client.routes(&filter, &mut |route| {
                let base = Base::of(&route).to_string();
                receive(&Based { route, base })
            })
        });
    }
    let fields = ctx.fields::<Route>()?;
    let client = ctx.client()?;
    ctx.print_list(fields, "route", |receive| {
        client.routes(&filter, &mut |route| receive(&route))
    })
}
