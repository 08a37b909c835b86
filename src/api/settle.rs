//! One write made certain: send, and where the outcome is unknown, read before sending again.

use super::client::Client;
use super::error::{Error, TransportKind};
use super::routes::RouteFilter;
use crate::model::{Change, Domain, Route, RouteKey};

/// How a write ended.
#[derive(Debug)]
pub enum Outcome {
    /// It stands: the server said so, or a read showed it.
    Done,
    /// It certainly did not happen.
    NotDone(Error),
    /// Nobody can tell; what the last read showed at the key did not settle it either.
    Unknown(Error),
}

/// What a read shows at a key after a write with unknown outcome.
enum Found {
    After,
    Before,
    Other,
}

impl Client {
    /// Performs one change, with patience (`design.md` §2 "Unknown outcome").
    ///
    /// A refusal ends it. A failure after which the request may have been carried out is followed by
    /// a read of the key: as wanted → done; as before → sent again; anything else → unknown. Both
    /// writes are idempotent by key, so that a read that lags behind costs a repeat and no harm.
    pub fn perform(&self, change: &Change) -> Outcome {
        let mut tried = 1;
        let mut lost = false;
        loop {
            let error = match self.write(change) {
                Ok(()) => return Outcome::Done,
                Err(error) => error,
            };
            let unknown = !error.certainly_not_done();
            lost |= unknown;
            tried += 1;
            let pause = if unknown || error.is_transient() {
                self.patience().pause_before(tried, &error)
            } else {
                None
            };
            let go_on = pause.is_some_and(|pause| self.stop().sleep(pause));
            if unknown {
                match self.look(change) {
                    Ok(Found::After) => return Outcome::Done,
                    Ok(Found::Before) if go_on => {}
                    Ok(Found::Before) => return Outcome::NotDone(error),
                    Ok(Found::Other) | Err(_) => return Outcome::Unknown(error),
                }
            } else if !go_on {
                // An earlier try with a lost answer may have been carried out after all.
                return match lost.then(|| self.look(change)) {
                    None | Some(Ok(Found::Before)) => Outcome::NotDone(error),
                    Some(Ok(Found::After)) => Outcome::Done,
                    Some(Ok(Found::Other) | Err(_)) => Outcome::Unknown(error),
                };
            }
            log::info!("try {tried} after: {error}");
        }
    }

    /// Sends one change once. A 404 to a DELETE means that the route is gone: that is what was wanted.
    ///
    /// # Errors
    /// See [`Client::send`]; [`Error::certainly_not_done`] tells whether the outcome is known.
    pub fn write(&self, change: &Change) -> Result<(), Error> {
        match (&change.after, &change.before) {
            (Some(after), _) => self.put_route(after),
            (None, Some(before)) => match self.delete_route(before) {
                Err(error) if error.status() == Some(404) => Ok(()),
                outcome => outcome,
            },
            (None, None) => Err(Error::transport(
                TransportKind::Connect,
                false,
                "an empty change",
            )),
        }
    }

    fn look(&self, change: &Change) -> Result<Found, Error> {
        let found = self.read_key(&change.key)?;
        Ok(match found.as_slice() {
            [] if change.is_done(None) => Found::After,
            [] if change.is_untouched(None) => Found::Before,
            [one] if change.is_done(Some(one)) => Found::After,
            [one] if change.is_untouched(Some(one)) => Found::Before,
            _ => Found::Other,
        })
    }

    /// What the server shows at a key right now; more than one row where it holds doubles.
    ///
    /// # Errors
    /// As [`Client::routes`]; a list that is not complete is an error, for it proves nothing.
    pub fn read_key(&self, key: &RouteKey) -> Result<Vec<Route>, Error> {
        let filter = Domain::parse(key.domain.as_str())
            .map(|domain| RouteFilter::domain(&domain))
            .unwrap_or_default();
        let mut found = Vec::new();
        let completeness = self.routes(&filter, &mut |route| {
            if route.key().as_ref() == Some(key) {
                found.push(route);
            }
            Ok(())
        })?;
        if !completeness.is_complete() {
            return Err(super::lists::unreadable("the list is not complete"));
        }
        Ok(found)
    }
}
