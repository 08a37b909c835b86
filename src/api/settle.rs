//! One write made certain: send, and where the outcome is unknown, read before sending again.

use std::time::Duration;

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

/// The pauses between reads that settle a write nobody will send again: five seconds in all, for
/// reads can lag behind writes (`api.md`, Routes).
const LOOKS: [Duration; 5] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_millis(1000),
    Duration::from_millis(1500),
    Duration::from_millis(1750),
];

/// What a read shows at a key after a write with unknown outcome.
enum Found {
    After,
    Before,
    Other,
}

/// What is known of the tries so far whose outcome was not told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Doubt {
    /// There was none.
    No,
    /// Somebody answered, and not that it was done.
    Failed,
    /// Nobody said anything: it may still be under way.
    Silent,
}

impl Client {
    /// Performs one change, with retry_policy (`design.md` §2 "Unknown outcome").
    ///
    /// A refusal ends it. A failure after which the request may have been carried out is followed by
    /// a read of the key: as wanted → done; as before → sent again; anything else → unknown. Both
    /// writes are idempotent by key, so that a read that lags behind costs a repeat and no harm.
    /// After the last try, where a wrong "not done" would be believed, it is read for longer; "as
    /// before" then proves that nothing happened only if there was an answer of some kind: a request
    /// that nobody answered may still be carried out.
    ///
    /// A DELETE that does not find the route has what it wanted.
    pub fn perform(&self, change: &Change) -> Outcome {
        let mut tried = 1;
        let mut doubt = Doubt::No;
        loop {
            let error = match self.write(change) {
                Ok(()) => return Outcome::Done,
                Err(error) => error,
            };
            let unknown = !error.certainly_not_done();
            doubt = doubt.max(match unknown {
                false => Doubt::No,
                true if error.is_silence() => Doubt::Silent,
                true => Doubt::Failed,
            });
            tried += 1;
            let pause = if unknown || error.is_transient() {
                self.retry_policy().pause_before(tried, &error)
            } else {
                None
            };
            if !pause.is_some_and(|pause| self.stop().sleep(pause)) {
                return self.give_up(change, error, doubt);
            }
            if unknown {
                match self.look(change) {
                    Ok(Found::After) => return Outcome::Done,
                    Ok(Found::Before) => {}
                    Ok(Found::Other) | Err(_) => return Outcome::Unknown(error),
                }
            }
            log::info!("try {tried} after: {error}");
        }
    }

    /// How a write ended that will not be sent again.
    fn give_up(&self, change: &Change, error: Error, doubt: Doubt) -> Outcome {
        if doubt == Doubt::No {
            // Not found can come as 400, in any words (`api.md`, Errors).
            let gone = change.after.is_none()
                && error.status() == Some(400)
                && matches!(self.look(change), Ok(Found::After));
            return if gone {
                Outcome::Done
            } else {
                Outcome::NotDone(error)
            };
        }
        let mut pauses = LOOKS.into_iter();
        loop {
            match self.look(change) {
                Ok(Found::After) => return Outcome::Done,
                Ok(Found::Other) | Err(_) => return Outcome::Unknown(error),
                Ok(Found::Before) => {}
            }
            if !pauses.next().is_some_and(|pause| self.stop().sleep(pause)) {
                break;
            }
        }
        if doubt == Doubt::Silent || error.certainly_not_done() {
            // A try was lost, and nothing has told what became of it.
            Outcome::Unknown(error)
        } else {
            Outcome::NotDone(error)
        }
    }

    /// Sends one change once. A DELETE that does not find the route has what it wanted.
    ///
    /// # Errors
    /// See [`Client::send`]; [`Error::certainly_not_done`] tells whether the outcome is known.
    pub fn write(&self, change: &Change) -> Result<(), Error> {
        match (&change.after, &change.before) {
            (Some(after), _) => self.put_route(after),
            (None, Some(before)) => match self.delete_route(before) {
                Err(error) if error.is_not_found() => Ok(()),
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
        let (found, completeness) =
            self.collect_where(&filter, &|route, _| route.key().as_ref() == Some(key))?;
        if !completeness.is_complete() {
            return Err(super::lists::unreadable("the list is not complete"));
        }
        Ok(found)
    }
}
