//! The routes of a probe: five callers and two called numbers that belong to nobody.

use std::collections::HashSet;

use crate::error::{Code, Error};
use crate::model::{Domain, NumberKey, Route, RouteKey};

/// An area code; behind it `555-0100` to `-0199`, which belong to nobody anywhere.
const NOBODYS: &str = "1201555";
/// Nobody's: what the routes lead to, one value after the other.
pub(super) const NOBODY: [&str; 2] = ["skyswitch-probe", "skyswitch-probe-2"];

/// A caller by its place, and which called number: 0 is none.
pub(super) type Place = (usize, usize);

/// The callers: what each is for.
pub(super) const UPDATED: usize = 0;
pub(super) const BARE_FIRST: usize = 1;
pub(super) const BARE_LAST: usize = 2;
pub(super) const TEN_DIGITS: usize = 3;
pub(super) const NO_APPLICATION: usize = 4;

/// Every route of a probe, in the order in which they are written.
pub(super) const PLACES: [Place; 11] = [
    (UPDATED, 0),
    (UPDATED, 1),
    (BARE_FIRST, 0),
    (BARE_FIRST, 1),
    (BARE_FIRST, 2),
    (BARE_LAST, 1),
    (BARE_LAST, 0),
    (TEN_DIGITS, 0),
    (TEN_DIGITS, 1),
    (NO_APPLICATION, 1),
    (NO_APPLICATION, 0),
];

/// The numbers in one domain.
#[derive(Debug)]
pub(super) struct Numbers {
    domain: Domain,
    callers: Vec<String>,
    called: Vec<String>,
}

impl Numbers {
    /// Five callers and two called numbers that the domain's routes do not name.
    ///
    /// # Errors
    /// `refused` where there are not so many.
    pub(super) fn beside(domain: &Domain, baseline: &[Route]) -> Result<Self, Error> {
        let named = baseline.iter().flat_map(|route| [&route.ani, &route.dnis]);
        let taken: HashSet<NumberKey> = named.flatten().map(|one| NumberKey::of(one)).collect();
        let numbers = (100..200).map(|n| format!("{NOBODYS}0{n}"));
        let mut free = numbers.filter(|number| !taken.contains(&NumberKey::of(number)));
        let callers: Vec<String> = free.by_ref().take(5).collect();
        let called: Vec<String> = free.take(2).collect();
        if called.len() < 2 {
            let text = "the domain has routes for nearly all of the numbers that belong to nobody; nothing was sent";
            return Err(Error::new(Code::Refused, text));
        }
        let domain = domain.clone();
        Ok(Self {
            domain,
            callers,
            called,
        })
    }

    /// The route at a place, in eleven digits.
    pub(super) fn route(&self, (caller, dnis): Place) -> Route {
        Route {
            ani: Some(self.callers[caller].clone()),
            dnis: dnis.checked_sub(1).map(|at| self.called[at].clone()),
            domain: Some(self.domain.to_string()),
            application: (caller != NO_APPLICATION).then(|| "user".to_owned()),
            destination: Some(NOBODY[0].to_owned()),
        }
    }

    /// The same as it is written: one caller in ten digits.
    pub(super) fn written(&self, place: Place) -> Route {
        let mut route = self.route(place);
        if place.0 == TEN_DIGITS {
            route.ani = route.ani.map(|ani| ani[1..].to_owned());
        }
        route
    }

    /// Its key.
    pub(super) fn key(&self, (caller, dnis): Place) -> RouteKey {
        RouteKey {
            domain: self.domain.key(),
            ani: NumberKey::of(&self.callers[caller]),
            dnis: dnis
                .checked_sub(1)
                .map(|at| NumberKey::of(&self.called[at])),
        }
    }
}
