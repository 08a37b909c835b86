//! `pbx/domains`: the list, its filter, and the vendor's cache in front of it.

use serde_json::{Value, json};

use super::data::{Data, DomainRow};
use super::exchange::Response;
use super::lists;
use super::quirks::{ListShape, Quirks, Switch};
use super::refusal::Refusal;
use super::rules::Asked;

/// `GET`: all domains, or one reseller's; `force_refresh=1` asks past the cache (vendor).
pub(super) fn list(data: &mut Data, asked: &Asked<'_>) -> Result<Response, Refusal> {
    let quirks = asked.quirks();
    let refresh = asked.switch("force_refresh")?;
    let fresh = refresh || data.domains_fresh;
    let stale = quirks.stale_domains == Switch::On && !fresh;
    // The newest domain is the one a cache does not have yet.
    let seen = data.domains.len() - usize::from(stale && !data.domains.is_empty());
    let reseller = asked.get("reseller");
    let rows = data.domains[..seen]
        .iter()
        .filter(|row| reseller.is_none_or(|reseller| row.reseller.as_deref() == Some(reseller)))
        .map(|row| (row.domain.clone(), told(row, quirks)))
        .collect();
    let response = Response::json(200, &lists::shape(shape(quirks), quirks, rows));
    if refresh && !data.domains_fresh {
        data.domains_fresh = true;
        return Ok(response.after_change());
    }
    Ok(response)
}

fn shape(quirks: &Quirks) -> ListShape {
    quirks.domains.unwrap_or(quirks.list)
}

/// Two fields in the reference's array, three in the shapes the vendor shows.
fn told(row: &DomainRow, quirks: &Quirks) -> Value {
    match shape(quirks) {
        ListShape::Array => json!({"domain": row.domain, "description": row.description}),
        _ => json!({
            "domain": row.domain,
            "reseller": lists::optional_field(row.reseller.as_deref(), quirks),
            "description": row.description,
        }),
    }
}

#[cfg(test)]
mod tests;
