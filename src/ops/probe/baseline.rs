//! Where a probe may write, and what stands there before it.

use super::super::catch_up;
use super::wire::sort;
use crate::api::{Client, RouteFilter, Worth};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::{Domain, Route, RouteIndex, count};

/// A domain with more routes is no place for it: its list is read after every step.
const MOST_ROUTES: usize = 500;

fn refused(why: String) -> Error {
    Error::new(Code::Refused, format!("{why}; nothing was sent"))
}

/// Refuses a domain that takes calls, or may.
///
/// # Errors
/// `refused`: it has numbers, or they cannot be read.
pub(crate) fn refuse_live(client: &Client, domain: &Domain) -> Result<(), Error> {
    let hint = "the reseller's own domain, `0000.NUMBER.service`, takes no calls";
    // Twice: one answer may be wrong.
    for _ in 0..2 {
        let mut numbers = 0;
        let told = client.phone_numbers(domain, None, &mut |_| {
            numbers += 1;
            Ok(())
        });
        let why = match told {
            Ok(told) if told.is_complete() && numbers == 0 => continue,
            Ok(_) if numbers > 0 => format!(
                "{domain} has {}, so it takes calls",
                count(numbers, "number")
            ),
            Ok(_) => format!("the numbers of {domain} are not all known, so it may take calls"),
            Err(error) => {
                format!("the numbers of {domain} cannot be read, so it may take calls: {error}")
            }
        };
        return Err(refused(why).hint(hint));
    }
    Ok(())
}

/// What stands in the domain, by a read that shows all of it.
pub(super) fn read(ctx: &Context, client: &Client, domain: &Domain) -> Result<Vec<Route>, Error> {
    refuse_live(client, domain)?;
    let recent = catch_up::recent(ctx, client).unwrap_or_default();
    let filter = RouteFilter::domain(domain);
    let read = || Ok(client.collect(&|_, _| true, &mut |to| client.filtered(&filter, to))?);
    let (mut routes, told) = catch_up::until_shown(ctx, &recent, read, |(routes, _), catch| {
        let rows: Vec<Route> = routes.clone();
        catch.key().domain == domain.key() && catch.lags(&RouteIndex::new(rows, true))
    })?;
    let (mut again, _) = read()?;
    sort(&mut routes);
    sort(&mut again);
    let has = count(routes.len(), "route");
    if routes != again {
        let text = format!("the routes of {domain} change while they are read");
        Err(refused(text))
    } else if told.worth() != Worth::Whole {
        Err(refused(format!(
            "{domain} shows {has}, which may not be all"
        )))
    } else if routes.len() > MOST_ROUTES {
        let text = format!("{domain} has {has}, and its list is read after every step: too many");
        Err(refused(text))
    } else {
        Ok(routes)
    }
}
