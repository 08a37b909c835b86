//! What of a domain's routes cannot work as meant: the findings of `routes check`.
//!
//! What can be said of a route alone is said by [`lint`], for plans and `routes set` alike; here it meets
//! the other routes of its domain and the domain's neighbours. What could not be read makes no finding.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::finding::{Code, Finding, Mend};
use super::lint::{self, SORTER, core};
use super::problems::quoted;
use crate::model::{
    Application, DomainKey, NumberKey, Route, RouteIndex, RouteKey, Subscriber, count, nearest,
};

/// What was read of a domain; none for what could not be, or not for certain.
#[derive(Debug, Default)]
pub struct Neighbours {
    /// Whom a route may name.
    pub users: Option<Users>,
    /// Its numbers.
    pub numbers: Option<HashSet<NumberKey>>,
    /// Those of its numbers that lead to the routes.
    pub routed: Option<HashSet<NumberKey>>,
}

/// The names of a domain's subscribers: extensions and logins.
#[derive(Debug, Default)]
pub struct Users {
    /// By lower case, as they are spelled.
    names: HashMap<String, String>,
}

/// The routes of one domain, and where each stands in a file; no places for those of the server.
#[derive(Debug)]
pub struct Routes<'a> {
    /// In the order in which they were read.
    pub routes: &'a [Route],
    /// `routes.csv:12` for each.
    pub places: &'a [String],
    /// Whether rows spelled in ten digits are known never to match.
    pub ten_digits_never_match: bool,
}

impl Users {
    /// Takes a row of `pbx/subscribers`; a login counts with and without its host.
    pub fn add(&mut self, row: &Subscriber) {
        let login = row.subscriber_login.as_deref();
        for name in [row.user.as_deref(), login, row.short_login()]
            .into_iter()
            .flatten()
        {
            self.names.insert(name.to_lowercase(), name.to_owned());
        }
    }

    /// A name as it is spelled, whatever the case of what is looked for.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.names.get(&name.to_lowercase()).map(String::as_str)
    }

    /// The name most like one that is none.
    pub fn near(&self, name: &str) -> Option<&str> {
        nearest(name, self.names.values().map(String::as_str))
    }
}

/// The user that a route names in its own domain, where it names one and in a form that can be judged.
pub fn named_user(route: &Route) -> Option<&str> {
    let text = route.destination.as_deref()?;
    let odd = |code| !matches!(code, Code::DoubledPrefix | Code::CaseOnly);
    let judged = route.application_or_user() == Application::User.as_str()
        && !lint::destination(route, None)
            .iter()
            .any(|warning| odd(warning.code));
    let host = text.split_once('@').map(|(_, host)| DomainKey::of(host));
    let here = host.is_none() || host == route.domain.as_deref().map(DomainKey::of);
    Some(core(text)).filter(|core| judged && here && !core.is_empty())
}

/// The words for a user whom nobody knows, with the name that is most like it.
pub fn unknown_user(name: &str, near: Option<&str>) -> String {
    let near = near.map_or(String::new(), |near| {
        format!("; did you mean {}?", quoted(near))
    });
    format!(
        "{} is neither user nor login of the domain{near}",
        quoted(name)
    )
}

/// What is said of a called number that the domain does not own.
pub fn foreign_number(dnis: &NumberKey) -> String {
    format!("`{dnis}` is no number of the domain, so nobody calls it here")
}

/// Everything that is to be said of one domain's routes, the worst first.
pub fn check(domain: &DomainKey, rows: &Routes<'_>, neighbours: &Neighbours) -> Vec<Finding> {
    let index = RouteIndex::new(rows.routes, true);
    let mut look = Look {
        rows,
        neighbours,
        index: &index,
        found: Vec::new(),
    };
    look.keys();
    for (row, route) in rows.routes.iter().enumerate() {
        look.destination(row, route);
        look.called(row, route);
        look.circle(row, route);
    }
    look.spellings();
    look.callers();
    if !rows.routes.is_empty() {
        look.set_up(domain);
    }
    let mut found = look.found;
    found.sort_by(|a, b| order(a).cmp(&order(b)));
    found
}

fn order(finding: &Finding) -> impl Ord + '_ {
    (finding.code.severity(), finding.code, &finding.key)
}

struct Look<'a> {
    rows: &'a Routes<'a>,
    neighbours: &'a Neighbours,
    index: &'a RouteIndex<&'a [Route]>,
    found: Vec<Finding>,
}

impl Look<'_> {
    fn add(&mut self, code: Code, row: usize, text: String, mend: Option<Mend>) {
        let route = &self.rows.routes[row];
        let key = route
            .key()
            .map_or_else(|| route.to_string(), |key| key.to_string());
        let place = self.rows.places.get(row);
        self.found.push(Finding {
            code,
            key: Some(key),
            text: place.map_or(text.clone(), |place| format!("{place}: {text}")),
            route: place.is_none().then(|| route.clone()),
            // A row of a file is mended in the file.
            mend: mend.filter(|mend| place.is_none() || matches!(mend, Mend::Look(_))),
        });
    }

    /// Rows without a key, and keys with several rows.
    fn keys(&mut self) {
        let index = self.index;
        for (row, _) in index.odd() {
            let text = "it lacks caller or domain, so it takes no call".to_owned();
            self.add(Code::NoKey, row as usize, text, None);
        }
        for (key, rows) in index.shared() {
            let route = |row: &u32| &self.rows.routes[*row as usize];
            let usual = spelled(&key.ani, key.dnis.as_ref());
            let spellings: HashSet<String> =
                rows.iter().map(|row| as_spelled(route(row))).collect();
            let other = rows.iter().find(|row| as_spelled(route(row)) != usual);
            // Only where each is spelled otherwise can one of them be named.
            let mend = (spellings.len() == rows.len()).then_some(Mend::Delete);
            let text = format!(
                "{} have this key, and which of them counts is unknown: {}",
                count(rows.len(), "row"),
                rows.iter()
                    .map(|row| route(row).to_string())
                    .collect::<Vec<_>>()
                    .join("; ")
            );
            let row = *other.unwrap_or(&rows[0]) as usize;
            self.add(Code::OneKeyTwice, row, text, mend);
        }
    }

    /// What is odd about where one route leads.
    fn destination(&mut self, row: usize, route: &Route) {
        let text = route.destination.as_deref().unwrap_or_default();
        for warning in lint::destination(route, None) {
            let mend = mend(warning.code, route, text);
            self.add(warning.code, row, warning.message, mend);
        }
        let (Some(users), Some(name)) = (&self.neighbours.users, named_user(route)) else {
            return;
        };
        let set = |destination: &str| Mend::Set {
            destination: destination.to_owned(),
            application: None,
        };
        match users.find(name) {
            Some(known) if known == name => {}
            Some(known) => {
                let text = lint::differs_in_case(name, known);
                self.add(Code::CaseOnly, row, text, Some(set(known)));
            }
            None => {
                let near = users.near(name);
                let mend = near.map_or(Mend::Look("subscribers list"), set);
                self.add(
                    Code::UnknownDestination,
                    row,
                    unknown_user(name, near),
                    Some(mend),
                );
            }
        }
    }

    /// Whether calls to its called number can reach it.
    fn called(&mut self, row: usize, route: &Route) {
        let Some(dnis) = route
            .key()
            .and_then(|key| key.dnis)
            .filter(|dnis| dnis.as_str() != "*")
        else {
            return;
        };
        let lacks = |numbers: &Option<HashSet<NumberKey>>| {
            numbers
                .as_ref()
                .is_some_and(|numbers| !numbers.contains(&dnis))
        };
        if lacks(&self.neighbours.numbers) {
            self.add(
                Code::ForeignDnis,
                row,
                foreign_number(&dnis),
                Some(Mend::Look("numbers list")),
            );
        } else if lacks(&self.neighbours.routed)
            && self
                .neighbours
                .routed
                .as_ref()
                .is_some_and(|all| !all.is_empty())
        {
            let text = format!(
                "calls to `{dnis}` do not go to `{SORTER}`, so they never reach the routes"
            );
            let mend = Mend::Look("numbers list --user route_by_ani");
            self.add(Code::UnroutedDnis, row, text, Some(mend));
        }
    }

    /// Whether its calls come back to it through numbers that lead to the routes.
    fn circle(&mut self, row: usize, route: &Route) {
        let Some(key) = route.key() else { return };
        let routed = self.neighbours.routed.as_ref();
        let leads_to = |route: &Route| {
            let number = NumberKey::of(core(route.destination.as_deref()?));
            routed?.contains(&number).then_some(number)
        };
        let (mut at, mut hops) = (route, 0);
        while let Some(number) = leads_to(at) {
            let exact = RouteKey {
                dnis: Some(number),
                ..key.clone()
            };
            let bare = RouteKey {
                dnis: None,
                ..key.clone()
            };
            let rows = [exact, bare]
                .iter()
                .flat_map(|key| self.index.rows(key))
                .next()
                .copied();
            let Some(next) = rows else { return };
            at = &self.rows.routes[next as usize];
            hops += 1;
            // What goes back to the called number is told already.
            if next as usize == row && (hops > 1 || key.dnis.is_none()) {
                let text = format!(
                    "{} leads back to the routes, and the call to this one",
                    quoted(route.destination.as_deref().unwrap_or_default())
                );
                return self.add(Code::RouteLoop, row, text, Some(Mend::Explain));
            }
            if hops > self.rows.routes.len().min(16) {
                return;
            }
        }
    }

    /// Numbers in ten digits where others have eleven: those may never match (`api.md`, Routes).
    fn spellings(&mut self) {
        let numbers = |route: &Route| {
            let fields = [&route.ani, &route.dnis].into_iter();
            fields.filter_map(Clone::clone).collect::<Vec<_>>()
        };
        let digits = |text: &str, n| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
        let all = self.rows.routes.iter().flat_map(numbers);
        let never = self.rows.ten_digits_never_match;
        if !never && !all.clone().any(|text| digits(&text, 11)) {
            return;
        }
        for (row, route) in self.rows.routes.iter().enumerate() {
            let doubled = route
                .key()
                .is_some_and(|key| self.index.rows(&key).len() > 1);
            let ten = numbers(route).into_iter().find(|text| digits(text, 10));
            let Some(ten) = ten.filter(|_| !doubled) else {
                continue;
            };
            let why = match never {
                true => "such rows never match here",
                false => "others here have eleven, and by a pattern of ten no call may match",
            };
            let text = format!("`{ten}` is spelled in ten digits: {why}");
            self.add(Code::TenDigits, row, text, Some(Mend::Respell));
        }
    }

    /// Callers who have a route for any called number and others for single ones.
    fn callers(&mut self) {
        type Called = (Option<usize>, HashSet<NumberKey>);
        let mut callers: BTreeMap<(DomainKey, NumberKey), Called> = BTreeMap::new();
        for (row, route) in self.rows.routes.iter().enumerate() {
            let Some(key) = route.key() else { continue };
            let (bare, single) = callers.entry((key.domain, key.ani)).or_default();
            match key.dnis {
                None => *bare = Some(row),
                Some(dnis) => drop(single.insert(dnis)),
            }
        }
        for (bare, single) in callers.into_values() {
            let Some(row) = bare.filter(|_| !single.is_empty()) else {
                continue;
            };
            let routed = self.neighbours.routed.as_ref();
            let (code, text) = match routed.filter(|all| !all.is_empty() && all.is_subset(&single)) {
                Some(_) => (
                    Code::NeverReached,
                    "every number that leads to the routes has a route of its own for this caller, so no call is left for this one".to_owned(),
                ),
                None => (Code::ShadowedRoute, format!("this caller also has {} for single called numbers: that those win is assumed", count(single.len(), "route"))),
            };
            self.add(code, row, text, Some(Mend::Explain));
        }
    }

    fn set_up(&mut self, domain: &DomainKey) {
        let Neighbours {
            users,
            numbers,
            routed,
        } = self.neighbours;
        let mut gaps = Vec::new();
        if users
            .as_ref()
            .is_some_and(|users| users.find(SORTER).is_none())
        {
            gaps.push(format!("there is no user `{SORTER}`"));
        }
        if numbers.as_ref().is_some_and(HashSet::is_empty) {
            gaps.push("the domain has no number".to_owned());
        } else if routed.as_ref().is_some_and(HashSet::is_empty) {
            gaps.push(format!("no number leads to `{SORTER}`"));
        }
        if !gaps.is_empty() {
            self.found.push(Finding {
                code: Code::SetUp,
                key: Some(domain.to_string()),
                text: format!("{}: no call reaches these routes", gaps.join(", and ")),
                route: None,
                mend: Some(Mend::Look("doctor")),
            });
        }
    }
}

/// Caller and called number as one text.
fn spelled(ani: &impl ToString, dnis: Option<&impl ToString>) -> String {
    format!(
        "{} {}",
        ani.to_string(),
        dnis.map_or(String::new(), ToString::to_string)
    )
}

fn as_spelled(route: &Route) -> String {
    spelled(
        &route.ani.as_deref().unwrap_or_default(),
        route.dnis.as_ref(),
    )
}

/// What would mend what is odd about a destination by itself.
pub fn mend(code: Code, route: &Route, text: &str) -> Option<Mend> {
    let set = |destination: &str, application| Mend::Set {
        destination: destination.to_owned(),
        application,
    };
    Some(match code {
        Code::EdgeSpace => set(text.trim(), None),
        Code::DoubledPrefix => set(&text[lint::prefix(text)?.len()..], None),
        Code::ApplicationMismatch => {
            let other = lint::other_application(route.application_or_user(), text);
            set(text, Some(other?))
        }
        _ => Mend::Look("subscribers list"),
    })
}
