//! The planner as a whole: what a file and a server come to.

mod braking;
mod checking;
mod life;
mod owning;
mod planning;
mod properties;
mod pulling;
mod reading;
mod saving;
mod showing;

use super::brakes::{Brake, Overrides};
use super::past::{Past, Run};
use super::{File, OnConflict, Operation, Plan, PlanError, Request, Server, plan};
use crate::model::{AccountId, Change, Domain, Op, Origin, Route, cell};

pub(super) const ACME: &str = "acme.15611.service";
pub(super) const BLUE: &str = "bluebird.15611.service";

/// One plan to be made; fields left alone are the plainest case.
#[derive(Clone, Default)]
pub(super) struct Case {
    pub(super) routes: Vec<Route>,
    pub(super) domains: Option<Vec<String>>,
    pub(super) incomplete: bool,
    pub(super) named: Vec<&'static str>,
    pub(super) prune: bool,
    pub(super) raw_numbers: bool,
    /// What own runs did, the newest first.
    pub(super) own: Vec<(Run, Change)>,
}

impl Case {
    pub(super) fn on(routes: Vec<Route>) -> Self {
        Self {
            routes,
            ..Self::default()
        }
    }

    pub(super) fn pruned(mut self) -> Self {
        self.prune = true;
        self
    }

    pub(super) fn named(mut self, domains: &[&'static str]) -> Self {
        self.named = domains.to_vec();
        self
    }

    pub(super) fn server(&self) -> Server<'_> {
        Server::new(&self.routes, self.domains.as_deref(), !self.incomplete)
    }

    /// Plans a file; panics when it cannot even be read.
    pub(super) fn try_plan(&self, text: &str) -> Result<Plan, PlanError> {
        let named: Vec<Domain> = self.named.iter().map(|d| domain(d)).collect();
        let file = File::read("routes.csv", text.as_bytes())?;
        let mut past = Past::of(file.based().0);
        for (run, change) in &self.own {
            past.add(*run, change);
        }
        let (account, origin) = (account(), Origin::default());
        let request = Request {
            account: &account,
            origin: &origin,
            domains: &named,
            prune: self.prune,
            raw_numbers: self.raw_numbers,
            past: Some(&past),
            lent: None,
            on_conflict: OnConflict::default(),
        };
        plan(&file, &self.server(), &request)
    }

    pub(super) fn plan(&self, text: &str) -> Plan {
        self.try_plan(text).unwrap_or_else(|e| panic!("{e}"))
    }

    pub(super) fn refused(&self, text: &str) -> String {
        match self.try_plan(text) {
            Ok(plan) => panic!("planned: {:?}", plan.operations),
            Err(error) => error.to_string(),
        }
    }

    pub(super) fn brakes(&self, text: &str, overrides: &Overrides) -> Vec<Brake> {
        self.plan(text).brakes(&self.server(), overrides)
    }
}

pub(super) fn account() -> AccountId {
    AccountId::parse("022b7a6e-7c3f-4f57-9d6c-3a1d0c5b9e11").expect("an account")
}

pub(super) fn domain(name: &str) -> Domain {
    Domain::parse(name).expect("a domain")
}

/// A route without application, as a server may send it.
pub(super) fn route(ani: &str, dnis: &str, domain: &str, destination: &str) -> Route {
    Route {
        ani: Some(ani.to_owned()),
        dnis: Some(dnis.to_owned()).filter(|dnis| !dnis.is_empty()),
        domain: Some(domain.to_owned()),
        application: None,
        destination: Some(destination.to_owned()),
    }
}

pub(super) fn with_application(application: &str, route: Route) -> Route {
    Route {
        application: Some(application.to_owned()),
        ..route
    }
}

/// The export, as `routes list -o csv` and `--base` write it.
pub(super) fn export(routes: &[Route], base: bool) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let mut header = vec!["ani", "dnis", "domain", "application", "destination"];
    header.extend(base.then_some("base"));
    writer.write_record(&header).expect("memory");
    for route in routes {
        let mut cells: Vec<String> = super::server::cells(route)
            .iter()
            .map(|value| cell::guard(value).into_owned())
            .collect();
        cells.extend(base.then(|| super::base::Base::of(route).to_string()));
        writer.write_record(&cells).expect("memory");
    }
    String::from_utf8(writer.into_inner().expect("memory")).expect("utf-8")
}

/// What the server holds after the operations.
pub(super) fn apply(routes: &[Route], operations: &[Operation]) -> Vec<Route> {
    let mut routes = routes.to_vec();
    for Operation { change, .. } in operations {
        let at = routes
            .iter()
            .position(|route| route.key().as_ref() == Some(&change.key));
        match (change.op, at, &change.after) {
            (Op::Add, None, Some(after)) => routes.push(after.clone()),
            (Op::Change, Some(at), Some(after)) => routes[at] = after.clone(),
            (Op::Delete, Some(at), None) => {
                routes.remove(at);
            }
            wrong => panic!("cannot be applied: {wrong:?}"),
        }
    }
    routes
}

/// `+ 16165550101 → john` for each operation.
pub(super) fn told(plan: &Plan) -> Vec<String> {
    let text = |route: &Option<Route>| {
        route.as_ref().map_or("none".to_owned(), |route| {
            format!(
                "{}/{}",
                route.application_or_user(),
                route.destination.as_deref().unwrap_or_default()
            )
        })
    };
    let told = |operation: &Operation| {
        let change = &operation.change;
        format!(
            "{} {} → {}",
            change.key,
            text(&change.before),
            text(&change.after)
        )
    };
    plan.operations.iter().map(told).collect()
}
