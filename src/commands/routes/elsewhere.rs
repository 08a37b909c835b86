//! Where a caller has routes that the command does not touch: said where a setting chose the domain and he
//! has none in it, and where a route for any number comes to stand beside those for single ones.

use std::collections::BTreeMap;

use super::which::{MOST_NAMED, routes_of};
use crate::api::Client;
use crate::config::Source;
use crate::context::{Again, Context};
use crate::model::{Domain, DomainKey, Number, Route, count, shown};

/// Routes of a caller that another command than this one is about.
pub(super) struct Elsewhere {
    /// What there is, in words.
    pub(super) text: String,
    /// This command for each of them.
    pub(super) commands: Vec<Again>,
}

impl Elsewhere {
    /// In other domains than the one that a setting chose; `flag` is the domain that was typed.
    pub(super) fn of(
        ctx: &Context,
        flag: Option<&str>,
        here: &Domain,
        has: BTreeMap<DomainKey, Vec<Route>>,
    ) -> Option<Self> {
        let source = source(ctx, flag)?;
        let found = Self::in_domains(ctx, here, has)?;
        let text = format!("{} (not looked at: the domain is {source})", found.text);
        Some(Self { text, ..found })
    }

    /// The same of a route that is to be created for a caller without one in this domain; asks the server.
    pub(super) fn of_new(
        ctx: &Context,
        client: &Client,
        flag: Option<&str>,
        new: &Route,
    ) -> Option<Self> {
        let source = source(ctx, flag)?;
        let here = Domain::parse(new.domain.as_deref()?).ok()?;
        let ani = Number::of_row(new.ani.as_deref()?).ok()?;
        let found = Self::in_domains(ctx, &here, routes_of(client, &ani))?;
        let text = format!(
            "{ani} has no route in {here} ({source}), but {}",
            found.text
        );
        Some(Self { text, ..found })
    }

    fn in_domains(
        ctx: &Context,
        here: &Domain,
        mut has: BTreeMap<DomainKey, Vec<Route>>,
    ) -> Option<Self> {
        has.remove(&here.key());
        let place = |(domain, routes): (&DomainKey, &Vec<Route>)| {
            format!("{} in {domain}", count(routes.len(), "route"))
        };
        let mut places: Vec<String> = has.iter().take(MOST_NAMED).map(place).collect();
        if let Some(more @ 1..) = has.len().checked_sub(MOST_NAMED) {
            places.push(count(more, "more domain"));
        }
        let command = |domain: &DomainKey| ctx.again().value("--domain", domain.as_str());
        (!has.is_empty()).then(|| Self {
            text: places.join(", "),
            commands: has.keys().take(MOST_NAMED).map(command).collect(),
        })
    }

    /// For single called numbers, where the new route is for any.
    pub(super) fn of_single_numbers(ctx: &Context, new: &Route, his: &[Route]) -> Option<Self> {
        if new.dnis.is_some() {
            return None;
        }
        let single: Vec<(&Route, &str)> = (his.iter())
            .filter_map(|route| Some((route, route.dnis.as_deref()?)))
            .collect();
        let named = single.iter().take(MOST_NAMED);
        let place = |(route, dnis): &(&Route, &str)| format!("{} → {}", shown(dnis), route.value());
        let places: Vec<String> = named.clone().map(place).collect();
        if places.is_empty() {
            return None;
        }
        let routes = match single.len() {
            1 => "a route for one called number".to_owned(),
            several => format!("routes for {} alone", count(several, "called number")),
        };
        let domain = new.domain.as_deref().unwrap_or_default();
        let again = || ctx.again().value("--domain", domain);
        let command = |(_, dnis): &(&Route, &str)| again().value("--dnis", dnis);
        Some(Self {
            text: format!(
                "this caller has {routes} ({}), which stays; this is another one, for all other numbers",
                places.join(", ")
            ),
            commands: named.map(command).collect(),
        })
    }

    /// Says what to type for each of them.
    pub(super) fn hint(&self, ctx: &Context) {
        match &self.commands[..] {
            [one] => ctx.ui.hint(&format!("for that one: `{one}`")),
            several => several.iter().for_each(|one| ctx.ui.hint(&one.to_string())),
        }
    }
}

/// Which setting the domain is from; none where it was typed or chosen.
fn source(ctx: &Context, flag: Option<&str>) -> Option<String> {
    let setting = ctx.settings.domain.as_ref().filter(|_| flag.is_none())?;
    Some(match setting.source {
        Source::Profile(_) => format!("from profile `{}`", ctx.settings.profile.value),
        ref other => format!("from `{other}`"),
    })
}
