//! `skyswitch routes test`

use std::collections::HashSet;

use super::explain;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::{Domain, DomainKey, Route, count, shown};
use crate::ops::domains::missing;
use crate::ops::{Seen, planning};
use crate::plan::cases::{self, Case, Report};

/// Check expected routings, for CI
///
/// CASES is CSV with the columns `from,to,domain,application,destination`: an empty `destination`
/// expects no route, an empty `application` accepts any, an empty `to` asks about any called number.
/// Exit 9 when a case fails.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file of cases, or `-` for standard input
    #[arg(value_name = "CASES")]
    cases: String,
    /// Ask this file of routes instead of the server
    #[arg(short = 'f', long, value_name = "FILE")]
    file: Option<String>,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    if args.cases == "-" && args.file.as_deref() == Some("-") {
        return Err(Error::new(
            Code::Usage,
            "CASES and --file cannot both be standard input",
        ));
    }
    let (name, bytes) = planning::read(&args.cases)?;
    let (cases, note) = cases::read(&name, &bytes)?;
    if let Some(note) = note {
        ctx.ui.warning(&note.to_string());
    }
    let (routes, unknown) = match args.file.as_deref() {
        Some(path) => (explain::of_file(ctx, path)?, HashSet::new()),
        None => of_server(ctx, &cases)?,
    };
    let report = cases::run(&cases, &routes, &unknown);
    if ctx.wants_json() || ctx.output.jq.is_some() {
        ctx.print_json(&report)?;
    } else {
        print(ctx, &report);
    }
    if report.failed == 0 {
        return Ok(());
    }
    Err(Error::new(
        Code::ExpectationFailed,
        format!(
            "{} of {} failed",
            report.failed,
            count(report.cases.len(), "case")
        ),
    ))
}

/// The routes of the server, and which domains of the cases the account does not have; none where
/// the list of domains cannot be read.
fn of_server(ctx: &Context, cases: &[Case]) -> Result<(Vec<Route>, HashSet<DomainKey>), Error> {
    let client = ctx.client()?;
    let mut seen = Seen::of_account(ctx, &client)?;
    let domains = cases.iter().filter_map(|case| case.call.domain.as_ref());
    let mut unknown: HashSet<DomainKey> = domains.map(Domain::key).collect();
    let names = (seen.routes().iter()).filter_map(|route| route.domain.as_deref());
    for name in names {
        unknown.remove(&DomainKey::of(name));
    }
    let unknown = unknown.into_iter().collect();
    let unknown = missing(ctx, &client, unknown, &mut seen.domains)?;
    let unknown: HashSet<DomainKey> = unknown.into_iter().collect();
    let callers = cases.iter().filter_map(|case| {
        let domain = case.call.domain.as_ref()?.key();
        (!unknown.contains(&domain)).then(|| (domain, case.call.from.key()))
    });
    explain::see(&client, &mut seen, callers.collect())?;
    Ok((seen.index.into_routes(), unknown))
}

fn print(ctx: &Context, report: &Report) {
    for case in report.cases.iter().filter(|case| !case.passed) {
        let to = (case.to.as_deref()).map_or("any number".into(), shown);
        ctx.ui.data_line(&format!(
            "failed {}: {} to {to} @ {}: {}",
            case.source,
            shown(&case.from),
            case.domain,
            case.detail
        ));
    }
    let precedence = "assuming that the route for a single called number wins";
    ctx.ui.result_line(&format!(
        "{} passed, {} failed, {precedence}",
        report.passed, report.failed
    ));
}
