//! `skyswitch routes test`

use super::{explain, planning};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::count;
use crate::plan::cases::{self, Report};

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
    let cases = cases::read(&name, &bytes)?;
    let routes = explain::routes(ctx, args.file.as_deref())?;
    let report = cases::run(&cases, &routes);
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

fn print(ctx: &Context, report: &Report) {
    for case in report.cases.iter().filter(|case| !case.passed) {
        let to = case.to.as_deref().unwrap_or("any number");
        ctx.ui.data_line(&format!(
            "failed {}: {} to {to} @ {}: {}",
            case.source, case.from, case.domain, case.detail
        ));
    }
    let precedence = "assuming that the route for a single called number wins";
    ctx.ui.result_line(&format!(
        "{} passed, {} failed, {precedence}",
        report.passed, report.failed
    ));
}
