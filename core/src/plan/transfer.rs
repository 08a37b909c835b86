//! Plans that no file asks for: everything of one destination to another, a domain's routes into
//! another domain.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Operation;
use super::lint::{self, Code, Warning};
use super::problems::quoted;
use super::server::Server;
use crate::model::{Change, Domain, DomainKey, Found, NumberKey, Route, RouteKey, Shell};

/// Which routes `routes move` is about; all that are given must hold.
#[derive(Clone, Debug)]
pub struct Moved<'a> {
    /// Where they go now, byte for byte.
    pub from: &'a str,
    /// In these domains.
    pub domains: &'a [DomainKey],
    /// Only for this called number; none in it for exactly those without one.
    pub dnis: Option<Option<NumberKey>>,
    /// Only of this application; none at the server is `user`.
    pub application: Option<&'a str>,
}

impl Moved<'_> {
    fn takes(&self, key: &RouteKey, route: &Route) -> bool {
        self.domains.contains(&key.domain)
            && route.destination.as_deref() == Some(self.from)
            && self.dnis.as_ref().is_none_or(|dnis| *dnis == key.dnis)
            && (self.application).is_none_or(|it| it == route.application_or_user())
    }

    /// Every route that fits goes to `to`, its application as it is. Keys that several rows share are
    /// left alone.
    pub fn operations(&self, server: &Server<'_>, to: &str) -> Vec<Operation> {
        let single = server.index.single();
        let routes = single.map(|(key, row)| (key, &server.routes[row]));
        let fitting = routes.filter(|(key, route)| self.takes(key, route));
        let change = |(_, route): (&RouteKey, &Route)| {
            let after = Route {
                application: Some(route.application_or_user().to_owned()),
                destination: Some(to.to_owned()),
                ..route.clone()
            };
            Change::put(Some(route.clone()), after)
        };
        let source = "routes move";
        fitting
            .filter_map(change)
            .map(|change| Operation::of(change, source))
            .collect()
    }

    /// What fits and is not moved: keys that several rows share, and what the server did not send.
    pub fn warnings(&self, server: &Server<'_>) -> Vec<Warning> {
        let row = |row: &u32| &server.routes[*row as usize];
        let shared = server.index.shared().into_iter();
        let fitting = shared.filter(|(key, rows)| rows.iter().any(|r| self.takes(key, row(r))));
        let shared = fitting.map(|(key, rows)| lint::one_key_twice(key, rows.len()));
        let unsent = "the server has more routes than it sent: what it did not send is not moved";
        let unsent = (server.says_more()).then(|| Warning::new(Code::ListIncomplete, unsent));
        let doubtful = lint::doubtful(self.domains, server);
        shared.chain(unsent).chain(doubtful).collect()
    }
}

/// The domains that have a route to a destination, as the server spells them.
pub fn domains_with<'r>(routes: &'r [Route], destination: &str) -> Vec<&'r str> {
    let to = routes
        .iter()
        .filter(|route| route.destination.as_deref() == Some(destination));
    let names: BTreeSet<&str> = to.filter_map(|route| route.domain.as_deref()).collect();
    names.into_iter().collect()
}

/// A route that is not copied, because something else stands at its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Where.
    pub key: RouteKey,
    /// What would have been added.
    pub wanted: Route,
    /// What stands there.
    pub found: Vec<Route>,
}

/// What `routes copy` comes to.
#[derive(Debug, Default)]
pub struct Copied {
    /// What is to be added.
    pub operations: Vec<Operation>,
    /// How many stand in the other domain already.
    pub unchanged: usize,
    /// What is left alone, sorted.
    pub left: Vec<Left>,
    /// Destinations that name the old domain, and mappings that nothing fits.
    pub warnings: Vec<Warning>,
}

/// The routes of one domain as they would stand in another; `map` has destinations and what they
/// become. Only adds.
pub fn copy(
    server: &Server<'_>,
    from: &DomainKey,
    to: &Domain,
    map: &[(String, String)],
    shell: Shell,
) -> Copied {
    let mut copied = Copied::default();
    let mut unmapped = BTreeSet::new();
    let mut used = BTreeSet::new();
    let single = server.index.single();
    for (_, row) in single.filter(|(key, _)| key.domain == *from) {
        let route = &server.routes[row];
        let destination = route.destination.as_deref().unwrap_or_default();
        let mapped = map.iter().find(|(old, _)| old == destination);
        match mapped {
            Some((old, _)) => drop(used.insert(old.as_str())),
            None if destination.to_ascii_lowercase().contains(from.as_str()) => {
                unmapped.insert(destination);
            }
            None => {}
        }
        let after = Route {
            domain: Some(to.as_str().to_owned()),
            application: Some(route.application_or_user().to_owned()),
            destination: Some(mapped.map_or(destination, |(_, new)| new).to_owned()),
            ..route.clone()
        };
        copied.add(server, after);
    }
    copied.left.sort_by(|a, b| a.key.cmp(&b.key));
    let warnings = unmapped
        .into_iter()
        .map(|old| names_old(old, from, to, shell));
    copied.warnings = warnings.collect();
    copied.warnings.extend(copied.left.iter().map(left_alone));
    let idle = map.iter().filter(|(old, _)| !used.contains(old.as_str()));
    copied.warnings.extend(idle.map(|(old, _)| {
        let message = format!("`--map`: no route of `{from}` goes to {}", quoted(old));
        Warning::new(Code::IdleMapping, message)
    }));
    copied
}

impl Copied {
    fn add(&mut self, server: &Server<'_>, after: Route) {
        let Some(key) = after.key() else {
            return;
        };
        match server.at(&key) {
            Found::Nothing | Found::Unseen => {
                let change = Change::put(None, after);
                let operation = change.map(|change| Operation::of(change, "routes copy"));
                self.operations.extend(operation);
            }
            Found::One(stands) if stands.same_value(&after) => self.unchanged += 1,
            found => self.left.push(Left {
                key,
                wanted: after,
                found: found.routes(),
            }),
        }
    }
}

fn left_alone(left: &Left) -> Warning {
    let found: Vec<String> = left.found.iter().map(Route::value).collect();
    let message = format!(
        "{}: should be {}, is {}: left alone",
        left.key,
        quoted(&left.wanted.value()),
        quoted(&found.join(", "))
    );
    Warning::new(Code::LeftAlone, message)
}

fn names_old(destination: &str, from: &DomainKey, to: &Domain, shell: Shell) -> Warning {
    let at = destination.to_ascii_lowercase().find(from.as_str());
    let new = match at.and_then(|at| {
        let (before, rest) = (destination.get(..at)?, destination.get(at..)?);
        Some(format!("{before}{to}{}", rest.get(from.as_str().len()..)?))
    }) {
        Some(new) => new,
        None => to.as_str().to_owned(),
    };
    let old = quoted(destination);
    let map = format!("{destination}={new}");
    let map = shell.word(&map);
    let message = format!("{old} names the old domain: add `--map {map}` if the new one is meant");
    Warning::new(Code::OldDomain, message)
}

#[cfg(test)]
mod tests {
    use super::{Moved, copy, domains_with};
    use crate::model::{Domain, DomainKey, NumberKey, Op, Route, Shell};
    use crate::plan::Server;

    fn route(ani: &str, dnis: Option<&str>, domain: &str, to: (&str, &str)) -> Route {
        Route {
            ani: Some(ani.into()),
            dnis: dnis.map(Into::into),
            domain: Some(domain.into()),
            application: (!to.0.is_empty()).then(|| to.0.into()),
            destination: Some(to.1.into()),
        }
    }

    fn standing() -> Vec<Route> {
        vec![
            route("16165550101", None, "a.example", ("", "john")),
            route(
                "16165550102",
                Some("16165550190"),
                "a.example",
                ("device", "john"),
            ),
            route("16165550103", None, "a.example", ("user", "John")),
            route("16165550104", None, "b.example", ("user", "john")),
            route("16165550105", None, "a.example", ("user", "john")),
            route("6165550105", None, "a.example", ("user", "jane")),
            route(
                "16165550106",
                None,
                "a.example",
                ("literal", "sip:1@A.example;x"),
            ),
        ]
    }

    #[test]
    fn a_move_takes_its_destination_byte_for_byte_and_keeps_each_application() {
        let routes = standing();
        let server = Server::new(&routes, None, true);
        let a = [DomainKey::of("a.example")];
        let all = Moved {
            from: "john",
            domains: &a,
            dnis: None,
            application: None,
        };
        let moved = |which: &Moved<'_>| {
            let mut operations = which.operations(&server, "jane");
            crate::plan::sort(&mut operations);
            let cells = operations.into_iter().map(|one| {
                assert_eq!(one.change.op, Op::Change);
                let after = one.change.after.expect("a change");
                assert_eq!(after.destination.as_deref(), Some("jane"));
                format!(
                    "{} {}",
                    one.change.key.ani,
                    after.application.expect("sent")
                )
            });
            cells.collect::<Vec<_>>()
        };
        assert_eq!(moved(&all), ["16165550101 user", "16165550102 device"]);
        assert_eq!(all.warnings(&server).len(), 1);
        let dnis = Some(Some(NumberKey::of("6165550190")));
        assert_eq!(
            moved(&Moved {
                dnis,
                ..all.clone()
            }),
            ["16165550102 device"]
        );
        let bare = Moved {
            dnis: Some(None),
            ..all.clone()
        };
        assert_eq!(moved(&bare), ["16165550101 user"]);
        let users = Moved {
            application: Some("user"),
            ..all
        };
        assert_eq!(moved(&users), ["16165550101 user"]);
        assert_eq!(domains_with(&routes, "john"), ["a.example", "b.example"]);
    }

    #[test]
    fn a_copy_adds_maps_and_leaves_what_stands_otherwise() {
        let mut routes = standing();
        routes.push(route("16165550101", None, "c.example", ("user", "john")));
        routes.push(route("16165550103", None, "c.example", ("user", "else")));
        let server = Server::new(&routes, None, true);
        let to = Domain::parse("c.example").expect("a domain");
        let map = [("john".into(), "joe".into()), ("nobody".into(), "x".into())];
        let from = DomainKey::of("a.example");
        let copied = copy(&server, &from, &to, &map, Shell::Posix);
        let mut added: Vec<_> = (copied.operations.iter())
            .map(|one| one.change.after.as_ref().expect("an add").to_string())
            .collect();
        added.sort();
        assert_eq!(
            added,
            [
                "16165550102 to 16165550190 → joe (device) @ c.example",
                "16165550106 → sip:1@A.example;x (literal) @ c.example"
            ]
        );
        assert_eq!(
            copied.left.len(),
            2,
            "mapped to joe, john stands; else stands"
        );
        assert_eq!(copied.unchanged, 0);
        assert_eq!(copy(&server, &from, &to, &[], Shell::Posix).unchanged, 1);
        let warnings: Vec<_> = copied.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            warnings,
            [
                "`sip:1@A.example;x` names the old domain: add `--map 'sip:1@A.example;x=sip:1@c.example;x'` if the new one is meant",
                "16165550101 @ c.example: should be `joe`, is `john`: left alone",
                "16165550103 @ c.example: should be `John`, is `else`: left alone",
                "`--map`: no route of `a.example` goes to `nobody`"
            ]
        );
    }
}
