//! `skyswitch routes list`

use std::borrow::Cow;

use super::{check_domain, needs_row, number_of_row, parse_domain};
use crate::api::{Client, RouteFilter};
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

    fn shown(&self, column: usize) -> Option<Cow<'_, str>> {
        match column {
            5 => Some(Cow::Borrowed(&self.base)),
            column => self.route.shown(column),
        }
    }
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    let filter = RouteFilter {
        ani: args
            .ani
            .as_deref()
            .map(|text| number_of_row(ctx, "--ani", text))
            .transpose()?,
        dnis: args
            .dnis
            .as_deref()
            .map(|text| number_of_row(ctx, "--dnis", text))
            .transpose()?,
        domain: args.domain.as_deref().map(parse_domain).transpose()?,
    };
    if args.base {
        return print(ctx, &filter, |route| Based {
            base: Base::of(&route).to_string(),
            route,
        });
    }
    print(ctx, &filter, |route| route)
}

fn print<T: Row>(ctx: &Context, filter: &RouteFilter, row: fn(Route) -> T) -> Result<(), Error> {
    let fields = ctx.fields::<T>()?;
    let client = ctx.client()?;
    ctx.print_list(fields, "route", |receive| {
        let mut found = false;
        let completeness = client.routes(filter, &mut |route| {
            found = true;
            receive(&row(route))
        })?;
        if !found {
            nothing(ctx, &client, filter)?;
        }
        Ok(completeness)
    })
}

/// Nothing was found: because the account has no such domain, or no row is spelled so?
fn nothing(ctx: &Context, client: &Client, filter: &RouteFilter) -> Result<(), Error> {
    if let Some(domain) = &filter.domain {
        check_domain(ctx, client, domain)?;
    }
    for (flag, number) in [("--ani", &filter.ani), ("--dnis", &filter.dnis)] {
        needs_row(flag, number.as_ref())?;
    }
    Ok(())
}
