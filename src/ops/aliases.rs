//! The other names of a person: routes lead to extensions and to logins alike.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::api::{Client, SubscriberFilter};
use crate::model::{Domain, DomainKey, Route, Subscriber, count};

/// A look at the people takes no longer, and no more requests.
const TIME: Duration = Duration::from_secs(2);
const DOMAINS: usize = 10;

/// Another name of somebody, and the routes that lead to it.
#[derive(Debug)]
pub(crate) struct Alias {
    pub(crate) domain: Domain,
    pub(crate) name: String,
    whose: String,
    routes: usize,
}

impl Alias {
    /// `2 more routes lead to `100`, John Carter's extension`.
    pub(crate) fn words(&self) -> String {
        let verb = if self.routes == 1 { "leads" } else { "lead" };
        let routes = count(self.routes, "more route");
        format!("{routes} {verb} to `{}`, {}", self.name, self.whose)
    }
}

/// The other names of who is called `name`, as far as they can be read and routes lead to them.
pub(crate) fn of(client: &Client, domains: &[Domain], routes: &[Route], name: &str) -> Vec<Alias> {
    let end = Instant::now() + TIME;
    let mut found = Vec::new();
    for domain in domains.iter().take(DOMAINS) {
        let Some(time) = end.checked_duration_since(Instant::now()) else {
            break;
        };
        let led_to = led_to(routes, &domain.key());
        let filter = SubscriberFilter::domain(domain);
        let read = client.glance_at_subscribers(&filter, time, &mut |row| {
            let named = row.name.as_deref().unwrap_or(name);
            let others = others(&row, name).into_iter();
            found.extend(others.filter_map(|(other, what)| {
                Some(Alias {
                    domain: domain.clone(),
                    routes: *led_to.get(other)?,
                    name: other.to_owned(),
                    whose: format!("{named}'s {what}"),
                })
            }));
            Ok(())
        });
        if let Err(error) = read {
            log::info!("other names were not looked up: {error}");
            break;
        }
    }
    found
}

/// What else somebody is called who is called `name`; nothing of anybody else.
fn others<'s>(row: &'s Subscriber, name: &str) -> Vec<(&'s str, &'static str)> {
    let names = [
        (row.user.as_deref(), "extension"),
        (row.short_login(), "login"),
    ];
    let names = names.into_iter();
    let mut names: Vec<_> = names
        .filter_map(|(name, what)| Some((name?, what)))
        .collect();
    match names.iter().any(|(known, _)| *known == name) {
        true => names.retain(|(known, _)| *known != name),
        false => names.clear(),
    }
    names
}

/// How many routes of a domain lead to each destination.
fn led_to<'r>(routes: &'r [Route], domain: &DomainKey) -> BTreeMap<&'r str, usize> {
    let mut counts = BTreeMap::new();
    let is_here =
        |route: &&Route| (route.domain.as_deref()).map(DomainKey::of).as_ref() == Some(domain);
    for destination in routes
        .iter()
        .filter(is_here)
        .filter_map(|route| route.destination.as_deref())
    {
        *counts.entry(destination).or_default() += 1;
    }
    counts
}
