//! `skyswitch routes list`

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::{Timestamp, Zoned};

use super::typed::Typed;
use super::{needs_row, number_of_row};
use crate::api::{Client, Completeness, Halt, RouteFilter, Worth};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::{Domain, Number, NumberKey, Route, RouteKey, Row, when};
use crate::ops::domains::{Named, Purpose, in_full, of_domain};
use crate::output::{Fields, Format};
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
    /// Only this domain, or its first labels; repeatable
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Vec<String>,
    /// Only routes that go there
    #[arg(long, value_name = "NAME")]
    destination: Option<String>,
    /// Only routes to a user, device or literal
    #[arg(long, value_name = "KIND", value_parser = ["user", "device", "literal"], hide_possible_values = true)]
    application: Option<String>,
    /// Add a column `base`, a fingerprint of each row
    ///
    /// `plan` and `apply` then tell rows edited in the file from routes changed on the server meanwhile.
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
        "ani", "dnis", "domain", "application", "destination", "base",
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

/// A route with what this machine knows of it: the name of its caller, and until when it is temporary.
struct Known<'k> {
    route: Route,
    name: Option<&'k str>,
    /// In UTC.
    until: Option<String>,
    /// Whether that stands behind the destination: a screen has no room for a column of it.
    behind: bool,
}

impl Known<'_> {
    /// As people are told it.
    fn ends(&self) -> Option<String> {
        let until: Timestamp = self.until.as_deref()?.parse().ok()?;
        Some(match until > Timestamp::now() {
            true => when(until, &Zoned::now()),
            false => "overdue".to_owned(),
        })
    }
}

/// The column of names, and that of the ends of temporary routes.
const NAME: &str = "name";
const UNTIL: &str = "until";

impl Row for Known<'_> {
    const COLUMNS: &'static [&'static str] = &[
        "ani", NAME, "dnis", "domain", "application", "destination", UNTIL,
    ];

    fn cell(&self, column: usize) -> Option<&str> {
        match column {
            0 => self.route.cell(0),
            1 => self.name,
            6 => self.until.as_deref(),
            column => self.route.cell(column - 1),
        }
    }

    fn shown(&self, column: usize) -> Option<Cow<'_, str>> {
        match column {
            1 => self.name.map(Cow::Borrowed),
            5 if self.behind && self.until.is_some() => {
                let (to, ends) = (self.route.shown(4)?, self.ends()?);
                let until = if ends == "overdue" { "" } else { "until " };
                Some(format!("{to}, {until}{ends}").into())
            }
            6 => self.ends().map(Cow::Owned),
            column => self.route.shown(column.saturating_sub(1)),
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
        // Before the read: whatever a run of ours does later than this is told by the journal.
        let now = Timestamp::now().as_millisecond();
        return print(ctx, &query, ctx.fields::<Based>()?, move |route| Based {
            base: Base::of(&route)
                .read_at(route.key().as_ref(), now)
                .to_string(),
            route,
        });
    }
    // Programs get what the server does not know where they ask for it.
    let asked = ctx.output.fields.as_deref();
    let is_wanted = |column| match asked {
        Some(asked) => asked.split(',').any(|field| field.trim() == column),
        None => ctx.output.format == Format::Table,
    };
    let names = is_wanted(NAME).then(|| ctx.names()).flatten();
    let lent = is_wanted(UNTIL).then(|| ctx.lent()).flatten();
    let lent = lent.as_ref().map(|lent| &lent.loans);
    let some = lent.is_some_and(|lent| lent.keys().any(|key| query.may_have(key)));
    let until = some || asked.is_some() && is_wanted(UNTIL);
    if names.is_none() && !until {
        return print(ctx, &query, ctx.fields::<Route>()?, |route| route);
    }
    let behind = asked.is_none() && ctx.ui.options().stdout_terminal;
    let row = |route: Route| Known {
        behind,
        name: names.and_then(|names| names.of(route.ani.as_deref()?)),
        until: lent
            .and_then(|lent| lent.end_of(&route))
            .map(|(until, _)| until.to_string()),
        route,
    };
    let fields = match asked {
        Some(_) => ctx.fields::<Known<'_>>()?,
        None => known_fields(names.is_some(), until && !behind)?,
    };
    print(ctx, &query, fields, row)
}

/// The server's columns and these.
fn known_fields(names: bool, until: bool) -> Result<Fields, Error> {
    let there = |column: &&str| (names || *column != NAME) && (until || *column != UNTIL);
    let columns = Known::COLUMNS.iter().copied().filter(there);
    Fields::parse::<Known<'_>>(&columns.collect::<Vec<_>>().join(","))
        .map_err(|error| Error::of(Code::Internal, error))
}

fn print<T: Row>(
    ctx: &Context,
    query: &Query,
    fields: Fields,
    row: impl Fn(Route) -> T,
) -> Result<(), Error> {
    let client = ctx.client()?;
    let mut doubtful = None;
    ctx.print_list(fields, "route", |receive| {
        let (told, domains) = query.read(ctx, &client, &mut |route| receive(&row(route)))?;
        doubtful = (told.worth() == Worth::Doubtful).then_some(domains);
        // What the doubt is about is told below.
        let doubtful = false;
        Ok(Completeness { doubtful, ..told })
    })?;
    if let Some(domains) = doubtful {
        ctx.ui.warning(&cut(ctx, &domains));
    }
    Ok(())
}

/// That lists may have been cut, and what finds out.
fn cut(ctx: &Context, domains: &[Domain]) -> String {
    let first = domains.first().map_or("DOMAIN", Domain::as_str);
    let which = match domains {
        [] => "a list".to_owned(),
        [domain] => format!("the list of `{domain}`"),
        domains => format!(
            "the lists of `{first}` and {} more domains",
            domains.len() - 1
        ),
    };
    format!(
        "the server may have cut {which} without a word: there may be more routes than are shown; `{}` finds out",
        ctx.ready(&format!("doctor -d {first}"))
    )
}

impl Query {
    /// What came of it, and the domains whose list may have been cut.
    fn read(
        &self,
        ctx: &Context,
        client: &Client,
        receive: &mut dyn FnMut(Route) -> Result<(), Halt>,
    ) -> Result<(Completeness, Vec<Domain>), Error> {
        let (mut known, mut all, mut doubtful) = (None, false, Vec::new());
        let mut one = |domain: Option<&Domain>, found: &mut bool| {
            let filter = RouteFilter {
                domain: domain.cloned(),
                ..self.callers.clone()
            };
            let mut receive = |route| {
                *found = true;
                if self.has(&route) {
                    receive(route)
                } else {
                    Ok(())
                }
            };
            let told = if filter == RouteFilter::default() {
                let read = client.account_routes(None, &mut receive)?;
                ctx.note_whole(read.no_whole);
                doubtful.extend(read.doubtful);
                read.completeness
            } else {
                client.routes(&filter, &mut receive)?
            };
            let cut = filter.domain.filter(|_| told.worth() == Worth::Doubtful);
            doubtful.extend(cut);
            all |= *found;
            Ok(told)
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
            for (place, number) in [("--ani", &self.callers.ani), ("--dnis", &self.callers.dnis)] {
                let typed = number.as_ref().map_or("", Number::as_sent);
                needs_row(ctx, Typed { place, text: typed }, number.as_ref())?;
            }
        }
        Ok((told, doubtful))
    }

    /// Whether a route at this key can be among what is asked for.
    fn may_have(&self, key: &RouteKey) -> bool {
        let is = |number: &Option<Number>, key: Option<&NumberKey>| {
            (number.as_ref()).is_none_or(|number| Some(&number.key()) == key)
        };
        let domain = key.domain.as_str();
        let in_domain = |named: &Named| !named.meant(std::iter::once(domain)).is_empty();
        is(&self.callers.ani, Some(&key.ani))
            && is(&self.callers.dnis, key.dnis.as_ref())
            && (self.domains.is_empty() || self.domains.iter().any(in_domain))
    }

    fn has(&self, route: &Route) -> bool {
        let destination = self.destination.as_deref();
        let application = self.application.as_deref();
        destination.is_none_or(|wanted| route.destination.as_deref() == Some(wanted))
            && application.is_none_or(|wanted| route.application_or_user() == wanted)
    }
}
