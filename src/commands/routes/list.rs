//! `skyswitch routes list`

use std::borrow::Cow;
use std::collections::HashSet;

use super::{needs_row, number_of_row};
use crate::api::{Client, Completeness, Halt, RouteFilter};
use crate::context::Context;
use crate::error::Error;
use crate::model::{Domain, Route, Row};
use crate::ops::domains::{Named, Purpose, in_full, of_domain};
use crate::plan::base::Base;

/// List VIP routes
///
/// The filters are applied by the server and once more here, so that `6165550101` and
/// `+1 616 555 0101` find the same routes however the server spells them. The default domain does
/// not apply: without `--domain` all domains are listed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only routes of this caller
    #[arg(
        long,
        visible_alias = "from",
        value_name = "NUMBER",
        allow_negative_numbers = true
    )]
    ani: Option<String>,
    /// Only routes for this called number
    #[arg(
        long,
        visible_alias = "to",
        value_name = "NUMBER",
        allow_negative_numbers = true
    )]
    dnis: Option<String>,
    /// Only routes of this domain, or of the one that begins so; repeatable
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Vec<String>,
    /// Only routes that go there
    #[arg(long, value_name = "DESTINATION")]
    destination: Option<String>,
    /// Only routes to a destination of this kind
    #[arg(long, value_parser = ["user", "device", "literal"])]
    application: Option<String>,
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

/// What is asked for: what the server filters, and what is filtered here alone.
struct Query {
    callers: RouteFilter,
    domains: Vec<Named>,
    destination: Option<String>,
    application: Option<String>,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    let number = |flag, text: &Option<String>| {
        let text = text.as_deref();
        text.map(|text| number_of_row(ctx, flag, text)).transpose()
    };
    let query = Query {
        callers: RouteFilter {
            ani: number("--ani", &args.ani)?,
            dnis: number("--dnis", &args.dnis)?,
            domain: None,
        },
        domains: super::domains("--domain", &args.domain)?,
        destination: args.destination.clone(),
        application: args.application.clone(),
    };
    if args.base {
        return print(ctx, &query, |route| Based {
            base: Base::of(&route).to_string(),
            route,
        });
    }
    print(ctx, &query, |route| route)
}

fn print<T: Row>(ctx: &Context, query: &Query, row: fn(Route) -> T) -> Result<(), Error> {
    let fields = ctx.fields::<T>()?;
    let client = ctx.client()?;
    ctx.print_list(fields, "route", |receive| {
        query.read(ctx, &client, &mut |route| receive(&row(route)))
    })
}

impl Query {
    fn read(
        &self,
        ctx: &Context,
        client: &Client,
        receive: &mut dyn FnMut(Route) -> Result<(), Halt>,
    ) -> Result<Completeness, Error> {
        let (mut known, mut all) = (None, false);
        let mut one = |domain: Option<&Domain>, found: &mut bool| {
            let filter = RouteFilter {
                domain: domain.cloned(),
                ..self.callers.clone()
            };
            let read = client.routes(&filter, &mut |route| {
                *found = true;
                if self.has(&route) {
                    receive(route)
                } else {
                    Ok(())
                }
            });
            all |= *found;
            read
        };
        let mut told = Completeness::default();
        if self.domains.is_empty() {
            told = one(None, &mut false)?;
        }
        // All of them are known to be domains before the first row is printed.
        let mut full = HashSet::new();
        let mut wanted = Vec::new();
        for named in &self.domains {
            if full.insert(in_full(ctx, client, named, Purpose::Read, &mut known)?.key()) {
                wanted.push(named);
            }
        }
        for named in wanted {
            let mut read = |domain: &Domain, found: &mut bool| one(Some(domain), found);
            let read = of_domain(ctx, client, named, &mut known, &mut read)?;
            told = told.and(&read);
        }
        if !all {
            for (flag, number) in [("--ani", &self.callers.ani), ("--dnis", &self.callers.dnis)] {
                needs_row(flag, number.as_ref())?;
            }
        }
        Ok(told)
    }

    fn has(&self, route: &Route) -> bool {
        let destination = self.destination.as_deref();
        let application = self.application.as_deref();
        destination.is_none_or(|wanted| route.destination.as_deref() == Some(wanted))
            && application.is_none_or(|wanted| route.application_or_user() == wanted)
    }
}
