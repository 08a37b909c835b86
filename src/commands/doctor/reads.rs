//! Reads of one domain, as many as are left: what came, and whether anything can be concluded from it.

use std::fmt;

use crate::api::{Client, Error, Halt};
use crate::model::{Domain, DomainKey, Route, count};

/// Rows of a list that are kept to be looked at.
const KEPT: usize = 1000;
/// A longer list is not read to its end.
const ENOUGH: u64 = 50_000;

/// Reads, as many as are left.
pub(super) struct Reads<'a> {
    pub(super) client: &'a Client,
    pub(super) domain: &'a Domain,
    left: u32,
}

/// What an answer showed.
pub(super) enum Shown {
    /// Rows.
    Rows(Rows),
    /// A refusal, twice the same.
    Refused(u16),
    /// Asked twice, two answers.
    Differs,
    /// Nothing to conclude from.
    Unclear(Error),
    /// No read was left.
    NotAsked,
}

/// The rows of a list.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) routes: Vec<Route>,
    /// How many there are.
    pub(super) all: u64,
    /// How many of them are of the domain.
    pub(super) here: u64,
    /// How many of these have no dnis.
    pub(super) bare: u64,
    /// Whether the list was read to its end, and said to have none beyond it.
    pub(super) to_the_end: bool,
}

impl<'a> Reads<'a> {
    pub(super) fn new(client: &'a Client, domain: &'a Domain, left: u32) -> Self {
        Self {
            client,
            domain,
            left,
        }
    }

    /// Whether another read may go out; it counts.
    pub(super) fn take(&mut self) -> bool {
        let may = self.left > 0;
        self.left = self.left.saturating_sub(1);
        may
    }

    /// Routes of the domain, with more parameters.
    pub(super) fn here(&mut self, more: &[(&str, &str)]) -> Shown {
        let domain = self.domain.as_str();
        let parameters = [&[("domain", domain)], more].concat();
        self.ask(&parameters)
    }

    /// A list by these parameters. A refusal and an empty list are asked for once more, for they may be
    /// accidents.
    pub(super) fn ask(&mut self, parameters: &[(&str, &str)]) -> Shown {
        let first = self.once(parameters);
        let is_empty = |shown: &Shown| matches!(shown, Shown::Rows(rows) if rows.all == 0);
        let same = |again: &Shown| match (&first, again) {
            (Shown::Refused(status), Shown::Refused(again)) => status == again,
            (first, again) => is_empty(first) && is_empty(again),
        };
        if !is_empty(&first) && !matches!(first, Shown::Refused(_)) {
            return first;
        }
        match self.once(parameters) {
            again if same(&again) => first,
            Shown::NotAsked => Shown::NotAsked,
            _ => Shown::Differs,
        }
    }

    fn once(&mut self, parameters: &[(&str, &str)]) -> Shown {
        if !self.take() {
            return Shown::NotAsked;
        }
        let key = self.domain.key();
        let mut rows = Rows::default();
        let read = self.client.asked(parameters, &mut |route: Route| {
            rows.all += 1;
            let name = route.domain.as_deref();
            let here = name.is_some_and(|name| DomainKey::of(name) == key);
            rows.here += u64::from(here);
            rows.bare += u64::from(here && route.dnis.as_deref().is_none_or(str::is_empty));
            if rows.routes.len() < KEPT {
                rows.routes.push(route);
            }
            if rows.all < ENOUGH { Ok(()) } else { Err(Halt) }
        });
        match read {
            Ok(told) => {
                rows.to_the_end = told.is_complete();
                Shown::Rows(rows)
            }
            Err(Error::Halted) => Shown::Rows(rows),
            Err(error) => match error.status() {
                Some(status @ (400 | 403 | 404 | 422)) => Shown::Refused(status),
                _ => Shown::Unclear(error),
            },
        }
    }
}

impl Rows {
    /// "12 rows"
    pub(super) fn counted(&self) -> String {
        count(usize::try_from(self.all).unwrap_or(usize::MAX), "row")
    }
}

/// Why nothing is concluded from an answer.
impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(rows) => write!(f, "{} came, which says nothing", rows.counted()),
            Self::Refused(status) => write!(f, "it is refused ({status})"),
            Self::Differs => f.write_str("asked twice, the server answers differently"),
            Self::Unclear(error) => error.fmt(f),
            Self::NotAsked => f.write_str("not asked for: enough was read"),
        }
    }
}
