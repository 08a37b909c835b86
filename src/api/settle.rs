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
    /// a read of the key: as wanted → done; as before → sent again; anything else → unknown. A 404
    /// to a DELETE means that the route is gone. Both writes are idempotent by key, so that a read
    /// that lags behind costs a repeat and no harm. When patience is over, "as before" proves that
    /// nothing happened only if the server itself said that it failed: a request whose answer was
    /// lost may still be carried out, or not be visible yet.
    pub fn perform(&self, change: &Change) -> Outcome {
        let mut tried = 1;
        let mut lost = false;
        let mut silent = false;
        loop {
            let error = match self.write(change) {
                Ok(()) => return Outcome::Done,
                Err(error) => error,
            };
            if change.after.is_none() && error.status() == Some(404) {
                return Outcome::Done;
            }
            let unknown = !error.certainly_not_done();
            lost |= unknown;
            silent |= unknown && !error.is_server_failure();
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
                    Ok(Found::Before) if !silent => return Outcome::NotDone(error),
                    Ok(Found::Before | Found::Other) | Err(_) => return Outcome::Unknown(error),
                }
            } else if !go_on {
                // An earlier try with a lost answer may have been carried out after all.
                return match lost.then(|| self.look(change)) {
                    None => Outcome::NotDone(error),
                    Some(Ok(Found::Before)) if !silent => Outcome::NotDone(error),
                    Some(Ok(Found::After)) => Outcome::Done,
                    Some(Ok(Found::Before | Found::Other) | Err(_)) => Outcome::Unknown(error),
                };
            }
            log::info!("try {tried} after: {error}");
        }
    }

    fn write(&self, change: &Change) -> Result<(), Error> {
        match (&change.after, &change.before) {
            (Some(after), _) => self.put_route(after),
            (None, Some(before)) => self.delete_route(before),
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
