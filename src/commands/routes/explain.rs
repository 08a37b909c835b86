//! `skyswitch routes explain`

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::elsewhere::Elsewhere;
use super::typed::Typed;
use super::{named, needs_row};
use crate::api::Client;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::{Domain, DomainKey, Number, NumberKey, Route, RouteKey};
use crate::ops::domains::{Named, Purpose, look_up, more_than_one};
use crate::ops::{self, Seen, planning, set_up};
use crate::plan::explain::{Call, Decision, Explanation, explain};
use crate::plan::{File, desired, show};

/// Of so many domains it is looked at whether calls reach their routes.
const LOOKED_AT: usize = 3;

/// Say which route takes a call, and why the others do not
///
/// The route for the exact caller and called number comes first, then the one for the caller alone;
/// without either the domain's fallback for unmatched callers decides. That order is assumed: nobody
/// has documented it.
#[derive(Debug, clap::Args)]
#[command(override_usage = "skyswitch routes explain [OPTIONS] <CALLER> [CALLED]")]
pub(crate) struct Args {
    /// Who calls
    #[arg(
        value_name = "CALLER",
        allow_negative_numbers = true,
        required_unless_present = "from",
        conflicts_with = "from"
    )]
    caller: Option<String>,
    /// The number that is called [default: any]
    #[arg(
        value_name = "CALLED",
        allow_negative_numbers = true,
        conflicts_with = "to"
    )]
    called: Option<String>,
    /// Who calls, behind a flag
    #[arg(
        long,
        hide_short_help = true,
        visible_alias = "ani",
        value_name = "NUMBER",
        allow_negative_numbers = true
    )]
    from: Option<String>,
    /// The number that is called, behind a flag
    #[arg(
        long,
        hide_short_help = true,
        visible_alias = "dnis",
        value_name = "NUMBER",
        allow_negative_numbers = true
    )]
    to: Option<String>,
    /// Only this domain, or the one that begins so [default: `SKYSWITCH_DOMAIN`, the profile's
    /// `domain`, or every domain that has a route for the caller]
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// Ask this file instead of the server; `-` for standard input
    #[arg(short = 'f', long, value_name = "FILE")]
    file: Option<String>,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    let nobody = || Error::new(Code::Internal, "nobody calls");
    let caller = Typed::of([("CALLER", &args.caller), ("--from", &args.from)]);
    let caller = caller.ok_or_else(nobody)?;
    let called = Typed::of([("CALLED", &args.called), ("--to", &args.to)]);
    let from = caller.number(ctx)?;
    let to = called.map(|called| called.number(ctx)).transpose()?;
    let named = named(ctx, args.domain.as_deref())?;
    let (routes, domain) = match args.file.as_deref() {
        Some(path) => of_file_in(ctx, path, named)?,
        None => of_server(ctx, named, &from)?,
    };
    let has = |number: &Number, field: fn(&Route) -> &Option<String>| {
        let is_it = number.matcher();
        (routes.iter()).any(|route| field(route).as_deref().is_some_and(&is_it))
    };
    let new = Some(&from).filter(|from| !has(from, |route| &route.ani));
    needs_row(ctx, caller, new)?;
    let new = to.as_ref().filter(|to| !has(to, |route| &route.dnis));
    if let Some(called) = called {
        needs_row(ctx, called, new)?;
    }
    let call = Call { from, to, domain };
    let explanation = explain(&routes, &call);
    let unreached = match args.file {
        None => say_what_does_not_arrive(ctx, &call, &explanation)?,
        Some(_) => Vec::new(),
    };
    if ctx.wants_json() || ctx.output.jq.is_some() {
        return ctx.print_json(&explanation);
    }
    let lent = ctx.lent().filter(|_| args.file.is_none());
    let until = |route: &Route| lent.as_ref()?.until(route, Timestamp::now());
    ops::print(ctx, &show::explanation(&explanation, until, &unreached));
    if let Some(elsewhere) = elsewhere(ctx, args, &call, &explanation, routes) {
        ctx.ui.data_line(&elsewhere.text);
        elsewhere.hint(ctx);
    }
    Ok(())
}

/// The caller's routes in other domains, where a setting chose the one that has none.
fn elsewhere(
    ctx: &Context,
    args: &Args,
    call: &Call,
    explanation: &Explanation,
    routes: Vec<Route>,
) -> Option<Elsewhere> {
    let domain = call.domain.as_ref()?;
    let has_one = |decision: &Decision| decision.route.is_some() || !decision.others.is_empty();
    if explanation.domains.iter().any(has_one) {
        return None;
    }
    let his = call.from.key();
    let keyed = routes
        .into_iter()
        .filter_map(|route| Some((route.key()?, route)));
    let mut has: BTreeMap<DomainKey, Vec<Route>> = BTreeMap::new();
    for (key, route) in keyed.filter(|(key, _)| key.ani == his) {
        has.entry(key.domain).or_default().push(route);
    }
    Elsewhere::of(ctx, args.domain.as_deref(), domain, has)
}

/// A route takes no call that the domain does not bring to it: the domains that do not.
fn say_what_does_not_arrive(
    ctx: &Context,
    call: &Call,
    explanation: &Explanation,
) -> Result<Vec<String>, Error> {
    let client = ctx.client()?.impatient();
    let names = explanation.domains.iter().map(|decision| &decision.domain);
    let unreached = names.take(LOOKED_AT).filter(|name| {
        Domain::parse(name)
            .is_ok_and(|domain| set_up::warn(ctx, &client, &domain, call.to.as_ref()))
    });
    Ok(unreached.cloned().collect())
}

/// The routes of the server that can take a call, of whose domain, if one is named, the account must
/// have some.
fn of_server(
    ctx: &Context,
    named: Option<Named>,
    from: &Number,
) -> Result<(Vec<Route>, Option<Domain>), Error> {
    let client = ctx.client()?;
    let mut seen = Seen::of_account(ctx, &client)?;
    let Some(named) = named else {
        // Where nobody could say which domains there are, any of them may have a route.
        if !seen.coverage().is_whole() && seen.domains.is_none() {
            return Err(incomplete());
        }
        let doubtful = seen.doubtful.iter();
        let callers = doubtful.map(|domain| (domain.key(), from.key())).collect();
        see(&client, &mut seen, callers)?;
        return Ok((seen.index.into_routes(), None));
    };
    let is_in = |route: &Route| {
        let name = route.domain.as_deref();
        name.is_some_and(|name| DomainKey::of(name) == named.name().key())
    };
    // A domain that has a route needs no further request.
    let full = match seen.routes().iter().any(is_in) {
        true => None,
        false => look_up(ctx, &client, &named, Purpose::Read, &mut seen.domains)?,
    };
    let domain = full.unwrap_or_else(|| named.name().clone());
    let callers = [(domain.key(), from.key())].into();
    see(&client, &mut seen, callers)?;
    Ok((seen.index.into_routes(), Some(domain)))
}

/// The routes of a file, of whose domains one may be meant.
fn of_file_in(
    ctx: &Context,
    path: &str,
    named: Option<Named>,
) -> Result<(Vec<Route>, Option<Domain>), Error> {
    let routes = of_file(ctx, path)?;
    let Some(named) = named else {
        return Ok((routes, None));
    };
    let mut meant = named.meant(routes.iter().filter_map(|route| route.domain.as_deref()));
    if meant.len() > 1 {
        return Err(more_than_one(ctx, named.name(), &meant));
    }
    let domain = meant.pop().unwrap_or_else(|| named.name().clone());
    Ok((routes, Some(domain)))
}

/// Makes sure that every route of these callers is among those that were read.
pub(super) fn see(
    client: &Client,
    seen: &mut Seen,
    callers: BTreeSet<(DomainKey, NumberKey)>,
) -> Result<(), Error> {
    seen.look_up_callers(client, callers.clone())?;
    let key = |(domain, ani)| RouteKey {
        domain,
        ani,
        dnis: None,
    };
    let mut keys = callers.into_iter().map(key);
    if !seen.coverage().says_more() && keys.all(|key| seen.coverage().shows(&key)) {
        return Ok(());
    }
    Err(incomplete())
}

fn incomplete() -> Error {
    Error::new(
        Code::IncompleteList,
        "the routes could not be read completely, so nothing can be said about a call",
    )
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
