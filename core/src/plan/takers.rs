//! Who takes a caller's calls in one domain: what a change came to, or would come to, in a few lines.
//! Which route wins is [`super::explain`]'s to say.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::explain::{Decision, Index, Outcome};
use crate::model::{Change, DomainKey, NumberKey, Route, RouteKey, count};

/// How many called numbers are named of one caller.
const NAMED: usize = 4;

/// How a change stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tense {
    /// It has been made.
    Now,
    /// It is about to be made.
    Then,
    /// Nothing had to be.
    Still,
}

/// Who takes one caller's calls: to each number that has a route or had one, and to all others.
#[derive(Debug)]
pub struct Takers {
    ani: NumberKey,
    domain: DomainKey,
    /// Changed ones first; no called number stands for all others.
    calls: Vec<Call>,
}

/// The calls to one number, or to all that have no route of their own.
#[derive(Debug)]
struct Call {
    dnis: Option<NumberKey>,
    changed: bool,
    decision: Decision,
    /// The user it goes to is known not to be.
    nobody: bool,
}

/// What stands once these changes are made to these routes, which may show some of them already.
pub fn after<'c>(
    routes: &[Route],
    changes: impl Iterator<Item = &'c Change> + Clone,
) -> Vec<Route> {
    let keys: HashSet<&RouteKey> = changes.clone().map(|change| &change.key).collect();
    let untouched = |route: &&Route| route.key().is_none_or(|key| !keys.contains(&key));
    let stay = routes.iter().filter(untouched).cloned();
    stay.chain(changes.filter_map(|change| change.after.clone()))
        .collect()
}

/// Who takes the calls of each changed caller, among all routes that stand of him.
pub fn takers<'c>(routes: &[Route], changed: impl Iterator<Item = &'c RouteKey>) -> Vec<Takers> {
    let mut callers: BTreeMap<(&DomainKey, &NumberKey), HashSet<&Option<NumberKey>>> =
        BTreeMap::new();
    for key in changed {
        let dnis = callers.entry((&key.domain, &key.ani)).or_default();
        dnis.insert(&key.dnis);
    }
    let index = Index::new(routes);
    let of_caller = |((domain, ani), changed): (_, HashSet<&Option<NumberKey>>)| {
        let mut called: BTreeSet<Option<NumberKey>> = index.called(domain, ani).collect();
        // Where nothing is left one line says it for all numbers.
        let nothing = called.is_empty();
        if !nothing {
            called.extend(changed.iter().map(|dnis| (*dnis).clone()));
        }
        called.insert(None);
        let call = |dnis: Option<NumberKey>| Call {
            changed: nothing || changed.contains(&dnis),
            decision: index.decide(domain, ani, dnis.as_ref()),
            dnis,
            nobody: false,
        };
        let mut calls: Vec<Call> = called.into_iter().map(call).collect();
        calls.sort_by_key(|call| !call.changed);
        Takers {
            ani: ani.clone(),
            domain: domain.clone(),
            calls,
        }
    };
    callers.into_iter().map(of_caller).collect()
}

impl Takers {
    /// Whether the change alone says it all: one route that takes every call of the caller.
    pub fn is_plain(&self) -> bool {
        matches!(&self.calls[..], [one] if one.decision.route.is_some() && !one.nobody)
    }

    /// Whether calls that a change was about have no route any more.
    pub fn leaves_calls(&self) -> bool {
        let none = |call: &Call| call.changed && call.decision.outcome == Outcome::NoRoute;
        self.calls.iter().any(none)
    }

    /// Tells it of changed calls that they go to users who are not.
    pub fn mark_nobody(&mut self, is_nobody: impl Fn(&Route) -> bool) {
        for call in self.calls.iter_mut().filter(|call| call.changed) {
            call.nobody = call.decision.route.as_ref().is_some_and(&is_nobody);
        }
    }

    /// Without the calls that no change was about.
    pub fn forget_unchanged(&mut self) {
        self.calls.retain(|call| call.changed);
    }

    /// Lines for people; `whole` where they are about several callers, so that each says its domain.
    pub fn lines(&self, tense: Tense, whole: bool) -> Vec<String> {
        let domain = match whole {
            true => format!(" @ {}", self.domain),
            false => String::new(),
        };
        let mut lines = Vec::new();
        for (at, call) in self.calls.iter().take(NAMED).enumerate() {
            let to = match (&call.dnis, at) {
                (Some(dnis), _) => format!(" to {dnis}"),
                (None, 0) => String::new(),
                (None, _) => " to other numbers".to_owned(),
            };
            let who = match at {
                0 => format!("calls from {}{domain}{to}", self.ani),
                _ => format!("  calls{to}"),
            };
            lines.push(format!("{who} {}", call.words(tense)));
        }
        if let Some(more @ 1..) = self.calls.len().checked_sub(NAMED) {
            lines.push(format!(
                "  and {} with a route of its own",
                count(more, "called number")
            ));
        }
        lines
    }
}

impl Call {
    fn words(&self, tense: Tense) -> String {
        let (goes, has) = match (self.changed, tense) {
            (false, _) | (_, Tense::Still) => ("still go", "still have"),
            (true, Tense::Now) => ("now go", "now have"),
            (true, Tense::Then) => ("will go", "will have"),
        };
        match (&self.decision.route, self.decision.outcome) {
            (Some(route), _) if self.nobody => {
                let points = goes.replace("go", "point");
                format!("{points} to `{}`, which nobody is", route.value())
            }
            (Some(route), _) => format!("{goes} to {}", route.value()),
            (None, Outcome::Ambiguous) => {
                format!("{has} several routes, and which of them counts is unknown")
            }
            (None, _) => format!("{has} no route: the domain's fallback decides"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Tense, after, takers};
    use crate::model::{Change, Route};

    fn route(dnis: &str, destination: &str) -> Route {
        let json = serde_json::json!({"ani": "16165550102", "dnis": dnis, "domain": "acme.example", "destination": destination});
        serde_json::from_str(&json.to_string()).expect("a route")
    }

    /// What is said after changes to a caller with routes for any number, 190 and 191.
    fn said(changes: &[Change]) -> String {
        let standing = [
            route("", "100"),
            route("16165550190", "200"),
            route("16165550191", "300"),
        ];
        let routes = after(&standing, changes.iter());
        let takers = takers(&routes, changes.iter().map(|change| &change.key));
        let lines = takers
            .iter()
            .flat_map(|takers| takers.lines(Tense::Now, false));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn set(dnis: &str, destination: &str) -> Change {
        Change::put(None, route(dnis, destination)).expect("a key")
    }

    fn delete(dnis: &str) -> Change {
        Change::delete(route(dnis, "x")).expect("a key")
    }

    #[test]
    fn what_changed_comes_first_and_what_still_wins_is_named() {
        insta::assert_snapshot!(said(&[set("", "jane")]), @"
        calls from 16165550102 now go to jane
          calls to 16165550190 still go to 200
          calls to 16165550191 still go to 300
        ");
        insta::assert_snapshot!(said(&[set("16165550190", "jane")]), @"
        calls from 16165550102 to 16165550190 now go to jane
          calls to other numbers still go to 100
          calls to 16165550191 still go to 300
        ");
        insta::assert_snapshot!(said(&[delete("16165550190")]), @"
        calls from 16165550102 to 16165550190 now go to 100
          calls to other numbers still go to 100
          calls to 16165550191 still go to 300
        ");
        insta::assert_snapshot!(said(&[delete("")]), @"
        calls from 16165550102 now have no route: the domain's fallback decides
          calls to 16165550190 still go to 200
          calls to 16165550191 still go to 300
        ");
        let all = [delete(""), delete("16165550190"), delete("16165550191")];
        insta::assert_snapshot!(said(&all), @"calls from 16165550102 now have no route: the domain's fallback decides");
    }

    #[test]
    fn many_called_numbers_are_counted() {
        let many: Vec<Change> = (0..9)
            .map(|n| set(&format!("1616555013{n}"), "x"))
            .collect();
        let said = said(&many);
        assert_eq!(said.lines().count(), 5, "{said}");
        assert!(
            said.ends_with("  and 8 called numbers with a route of its own"),
            "{said}"
        );
    }

    #[test]
    fn one_route_for_all_calls_needs_no_words() {
        let one = [route("", "john")];
        let key = one[0].key().expect("a key");
        assert!(takers(&one, std::iter::once(&key))[0].is_plain());
        assert!(!takers(&[], std::iter::once(&key))[0].is_plain());
        let double = [route("", "john"), route("", "jane")];
        let said = takers(&double, std::iter::once(&key))[0].lines(Tense::Then, true);
        assert_eq!(
            said,
            [
                "calls from 16165550102 @ acme.example will have several routes, and which of them counts is unknown"
            ]
        );
    }
}
