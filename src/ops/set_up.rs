//! What of a domain's set-up can be read: whether calls reach its routes at all.

use crate::api::{self, Client, SubscriberFilter};
use crate::context::Context;
use crate::model::{Domain, Number};

/// The PBX user whose calls the routes sort (`api.md`, Routes: "Before VIP routes work at all").
pub(crate) const ROUTE_BY_ANI: &str = "route_by_ani";

/// Whether the domain has the user.
///
/// # Errors
/// As [`Client::subscribers`].
pub(crate) fn has_user(client: &Client, domain: &Domain) -> Result<bool, api::Error> {
    let filter = SubscriberFilter {
        user: Some(ROUTE_BY_ANI),
        ..SubscriberFilter::domain(domain)
    };
    let mut found = false;
    client.subscribers(&filter, &mut |_| {
        found = true;
        Ok(())
    })?;
    Ok(found)
}

/// The domain's numbers, or those that lead to one user.
///
/// # Errors
/// As [`Client::phone_numbers`].
pub(crate) fn numbers(
    client: &Client,
    domain: &Domain,
    user: Option<&str>,
) -> Result<Vec<String>, api::Error> {
    let mut numbers = Vec::new();
    client.phone_numbers(domain, user, &mut |row| {
        numbers.extend(row.number);
        Ok(())
    })?;
    Ok(numbers)
}

/// Says where a call does not reach the domain's routes at all, and whether it does not. What cannot be
/// read says nothing.
pub(crate) fn warn(ctx: &Context, client: &Client, domain: &Domain, to: Option<&Number>) -> bool {
    let unread = |error: api::Error| log::info!("the set-up of {domain} cannot be read: {error}");
    let words = match has_user(client, domain).map_err(unread) {
        Ok(false) => Some(format!(
            "{domain} has no user `{ROUTE_BY_ANI}`: no call reaches its routes"
        )),
        Ok(true) => match numbers(client, domain, Some(ROUTE_BY_ANI)).map_err(unread) {
            Ok(leading) => unreached(domain, to, &leading),
            Err(()) => None,
        },
        Err(()) => None,
    };
    if let Some(words) = &words {
        let doctor = ctx.ready(&format!("doctor --domain {domain}"));
        ctx.ui.warning(&format!("{words}; see `{doctor}`"));
    }
    words.is_some()
}

fn unreached(domain: &Domain, to: Option<&Number>, leading: &[String]) -> Option<String> {
    match to {
        _ if leading.is_empty() => Some(format!(
            "no number of {domain} leads to `{ROUTE_BY_ANI}`: no call reaches its routes"
        )),
        Some(to) if !leading.iter().any(|number| to.matcher()(number)) => Some(format!(
            "calls to {to} do not reach the routes of {domain}: the number does not lead to `{ROUTE_BY_ANI}`"
        )),
        _ => None,
    }
}
