//! Which route takes a call, and why the others do not.
//!
//! Exact caller and called number first, then the caller alone, else none. That the specific route
//! wins is the natural reading and documented nowhere (`api.md`, Routes): it is said where it decides.

use std::collections::HashMap;

use serde::Serialize;

use crate::model::{Domain, DomainKey, Number, NumberKey, Route};

/// A call to be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who calls.
    pub from: Number,
    /// The number that is called; none to ask about any.
    pub to: Option<Number>,
    /// The domain; none for every domain that has a route for the caller.
    pub domain: Option<Domain>,
}

/// What happens to a call.
///
/// JSON form: `{"from","to"|null,"precedence":"assumed","domains":[{"domain","outcome","route":{…}|null,
/// "reason","others":[{"route":{…},"why","reason"}]}]}`; with a domain given there is exactly one entry,
/// else one for each domain that has a route for the caller, none when there is no such route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The caller as sent.
    pub from: String,
    /// The called number as sent.
    pub to: Option<String>,
    /// Always `assumed`.
    pub precedence: &'static str,
    /// Domain by domain, sorted.
    pub domains: Vec<Decision>,
}

/// What one domain does with the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// The domain, lower case.
    pub domain: String,
    /// How it was decided.
    pub outcome: Outcome,
    /// The route that takes the call.
    pub route: Option<Route>,
    /// The outcome in words.
    pub reason: &'static str,
    /// The domain's other routes for this caller.
    pub others: Vec<Other>,
}

impl Explanation {
    /// Whether it rests on the order that nobody has documented: a route for any called number stands beside
    /// one for a single one that is called, or may be.
    pub fn assumes(&self) -> bool {
        let is_about_order = |decision: &Decision| {
            let mut others = decision.others.iter().map(|other| other.why);
            decision.route.is_some()
                && others.any(|why| matches!(why, Why::LessSpecific | Why::OnlyThatCalledNumber))
        };
        self.domains.iter().any(is_about_order)
    }
}

/// How a domain decides; the words are stable and public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A route for this caller and this called number.
    Exact,
    /// A route for this caller, whatever was called.
    AnyCalledNumber,
    /// No route takes it.
    NoRoute,
    /// No called number was given, and only routes for single ones exist.
    DependsOnCalledNumber,
    /// Several routes have the key that would take it.
    Ambiguous,
}

/// A route that does not take the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Other {
    /// The route.
    pub route: Route,
    /// Why not.
    pub why: Why,
    /// The same in words.
    pub reason: &'static str,
}

/// Why a route does not take the call; the words are stable and public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It is for another called number.
    OtherCalledNumber,
    /// A more specific route is there.
    LessSpecific,
    /// It would if that number were called, and none was given.
    OnlyThatCalledNumber,
    /// Another route has the same key.
    SharedKey,
    /// Its caller holds a `*`.
    Wildcard,
}

impl Outcome {
    fn reason(self, others: &[Other]) -> &'static str {
        let is_single = |other: &Other| other.route.key().is_some_and(|key| key.dnis.is_some());
        match self {
            Self::Exact => "the route for this caller and this called number",
            Self::AnyCalledNumber if others.iter().any(is_single) => {
                "the route for this caller, whatever other number is called"
            }
            Self::AnyCalledNumber => "the route for this caller, whatever number is called",
            Self::NoRoute => "the domain's fallback decides",
            Self::DependsOnCalledNumber => {
                "only single called numbers have a route, and none was given"
            }
            Self::Ambiguous => "several routes have this key, and which of them counts is unknown",
        }
    }
}

impl Why {
    fn reason(self) -> &'static str {
        match self {
            Self::OtherCalledNumber => "it is for another called number",
            Self::LessSpecific => "the route for the single called number is more specific",
            Self::OnlyThatCalledNumber => "it takes calls to that number, and none was given",
            Self::SharedKey => "another route has the same key",
            Self::Wildcard => "wildcards are not documented, so it is not known to match",
        }
    }
}

/// Routes indexed by caller, for one question or many.
#[derive(Debug)]
pub struct Index<'a> {
    callers: HashMap<NumberKey, Vec<&'a Route>>,
    wildcards: Vec<&'a Route>,
}

impl<'a> Index<'a> {
    /// Indexes the routes; rows without caller or domain take no call.
    pub fn new(routes: &'a [Route]) -> Self {
        let mut index = Self {
            callers: HashMap::new(),
            wildcards: Vec::new(),
        };
        for route in routes {
            let Some(key) = route.key() else { continue };
            if key.ani.as_str().contains('*') {
                index.wildcards.push(route);
            }
            index.callers.entry(key.ani).or_default().push(route);
        }
        index
    }

    /// What a domain does with a caller's calls to one number, or to any that has no route of its own.
    pub(super) fn decide(
        &self,
        domain: &DomainKey,
        ani: &NumberKey,
        called: Option<&NumberKey>,
    ) -> Decision {
        let routes: Vec<&Route> = self.of(domain, ani).collect();
        decide(domain, &routes, called)
    }

    /// The called numbers of a caller's routes in a domain.
    pub(super) fn called(
        &self,
        domain: &DomainKey,
        ani: &NumberKey,
    ) -> impl Iterator<Item = Option<NumberKey>> {
        let keys = self.of(domain, ani).filter_map(Route::key);
        keys.map(|key| key.dnis)
    }

    fn of(&self, wanted: &DomainKey, ani: &NumberKey) -> impl Iterator<Item = &'a Route> {
        let routes = self.callers.get(ani).into_iter().flatten().copied();
        routes.filter(move |route| domain(route).as_ref() == Some(wanted))
    }

    /// Explains one call.
    pub fn explain(&self, call: &Call) -> Explanation {
        let caller = call.from.key();
        let routes = self
            .callers
            .get(&caller)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut domains: Vec<DomainKey> = match &call.domain {
            Some(domain) => vec![domain.key()],
            None => routes.iter().filter_map(|route| domain(route)).collect(),
        };
        domains.sort();
        domains.dedup();
        let called = call.to.as_ref().map(Number::key);
        let decide = |key: DomainKey| {
            let here = |route: &&&Route| domain(route).as_ref() == Some(&key);
            let inside: Vec<&Route> = routes.iter().filter(here).copied().collect();
            let mut decision = decide(&key, &inside, called.as_ref());
            let wild = self.wildcards.iter().filter(here);
            let may_match = wild.filter(|route| may_match(route, &caller));
            decision
                .others
                .extend(may_match.map(|route| other(route, Why::Wildcard)));
            decision
        };
        Explanation {
            from: call.from.as_sent().to_owned(),
            to: call.to.as_ref().map(|to| to.as_sent().to_owned()),
            precedence: "assumed",
            domains: domains.into_iter().map(decide).collect(),
        }
    }
}

/// Explains one call among these routes.
pub fn explain(routes: &[Route], call: &Call) -> Explanation {
    Index::new(routes).explain(call)
}

fn domain(route: &Route) -> Option<DomainKey> {
    route.domain.as_deref().map(DomainKey::of)
}

/// Decides among one caller's routes in one domain.
fn decide(domain: &DomainKey, routes: &[&Route], called: Option<&NumberKey>) -> Decision {
    let dnis = |route: &Route| route.key().and_then(|key| key.dnis);
    let of = |wanted: Option<&NumberKey>| -> Vec<&Route> {
        let fits = |route: &&&Route| dnis(route).as_ref() == wanted;
        routes.iter().filter(fits).copied().collect()
    };
    let exact = called.map(|called| of(Some(called))).unwrap_or_default();
    let bare = of(None);
    let (outcome, taken) = match (&exact[..], &bare[..]) {
        ([route], _) => (Outcome::Exact, Some(*route)),
        ([], [route]) => (Outcome::AnyCalledNumber, Some(*route)),
        ([], []) if called.is_none() && !routes.is_empty() => {
            (Outcome::DependsOnCalledNumber, None)
        }
        ([], []) => (Outcome::NoRoute, None),
        _ => (Outcome::Ambiguous, None),
    };
    let why = |route: &Route| match (dnis(route), called) {
        (None, _) if !exact.is_empty() => Why::LessSpecific,
        (None, _) => Why::SharedKey,
        (Some(_), None) => Why::OnlyThatCalledNumber,
        (Some(dnis), Some(called)) if dnis == *called => Why::SharedKey,
        (Some(_), Some(_)) => Why::OtherCalledNumber,
    };
    let others = routes
        .iter()
        .filter(|route| taken.is_none_or(|taken| !std::ptr::eq(taken, **route)));
    let others: Vec<Other> = others.map(|route| other(route, why(route))).collect();
    Decision {
        domain: domain.to_string(),
        outcome,
        route: taken.cloned(),
        reason: outcome.reason(&others),
        others,
    }
}

fn other(route: &Route, why: Why) -> Other {
    Other {
        route: route.clone(),
        why,
        reason: why.reason(),
    }
}

/// Whether a caller such as `616*` could mean this one, if wildcards exist.
fn may_match(route: &Route, caller: &NumberKey) -> bool {
    let pattern = route.ani.as_deref().unwrap_or_default();
    let start = pattern.split('*').next().unwrap_or_default();
    let start = start.trim_start_matches('+');
    let number = caller.as_str().trim_start_matches('+');
    number.starts_with(start)
        || number
            .strip_prefix('1')
            .is_some_and(|n| n.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::{Call, Explanation, Outcome, Why, explain};
    use crate::model::{Domain, Number, Route};

    fn routes() -> Vec<Route> {
        serde_json::from_str(
            r#"[
            {"ani":"6165550101","domain":"Acme.15611.service","destination":"john"},
            {"ani":"16165550101","dnis":"16165550199","domain":"acme.15611.service","destination":"jane"},
            {"ani":"16165550102","dnis":"16165550199","domain":"acme.15611.service","destination":"jim"},
            {"ani":"16165550103","domain":"acme.15611.service","destination":"a"},
            {"ani":"16165550103","domain":"acme.15611.service","destination":"b"},
            {"ani":"616*","domain":"acme.15611.service","destination":"w"},
            {"ani":"16165550101","domain":"bluebird.15611.service","destination":"bob"},
            {"domain":"acme.15611.service","destination":"nobody"}]"#,
        )
        .expect("routes")
    }

    fn ask(from: &str, to: Option<&str>, domain: Option<&str>) -> Explanation {
        let number = |text| Number::parse(text).expect("a number");
        let call = Call {
            from: number(from),
            to: to.map(number),
            domain: domain.map(|domain| Domain::parse(domain).expect("a domain")),
        };
        explain(&routes(), &call)
    }

    const ACME: Option<&str> = Some("ACME.15611.service");

    #[test]
    fn the_specific_route_wins_and_the_others_say_why_not() {
        let found = ask("616-555-0101", Some("16165550199"), ACME);
        let [acme] = &found.domains[..] else {
            panic!("{found:?}")
        };
        assert_eq!(acme.outcome, Outcome::Exact);
        let taken = acme.route.as_ref().expect("a route");
        assert_eq!(taken.destination.as_deref(), Some("jane"));
        let why: Vec<Why> = acme.others.iter().map(|other| other.why).collect();
        assert_eq!(why, [Why::LessSpecific, Why::Wildcard]);
        assert_eq!(found.precedence, "assumed");
    }

    #[test]
    fn another_called_number_falls_to_the_caller_alone() {
        let found = ask("16165550101", Some("16165550198"), ACME);
        assert_eq!(found.domains[0].outcome, Outcome::AnyCalledNumber);
        assert_eq!(found.domains[0].others[0].why, Why::OtherCalledNumber);
    }

    #[test]
    fn no_route_depends_or_is_ambiguous() {
        let outcome = |from, to| ask(from, to, ACME).domains[0].outcome;
        assert_eq!(outcome("16165550109", None), Outcome::NoRoute);
        assert_eq!(
            outcome("16165550102", Some("16165550198")),
            Outcome::NoRoute
        );
        assert_eq!(outcome("16165550102", None), Outcome::DependsOnCalledNumber);
        assert_eq!(outcome("16165550103", None), Outcome::Ambiguous);
    }

    #[test]
    fn without_a_domain_each_one_with_a_route_answers() {
        let found = ask("16165550101", None, None);
        let names: Vec<&str> = found.domains.iter().map(|d| d.domain.as_str()).collect();
        assert_eq!(names, ["acme.15611.service", "bluebird.15611.service"]);
        assert!(ask("16165550109", None, None).domains.is_empty());
    }

    #[test]
    fn the_json_form_is_stable() {
        let json = serde_json::to_string(&ask("16165550101", None, Some("bluebird.15611.service")))
            .expect("json");
        assert_eq!(
            json,
            r#"{"from":"16165550101","to":null,"precedence":"assumed","domains":[{"domain":"bluebird.15611.service","outcome":"any-called-number","route":{"ani":"16165550101","dnis":null,"domain":"bluebird.15611.service","application":null,"destination":"bob"},"reason":"the route for this caller, whatever number is called","others":[]}]}"#
        );
    }
}
