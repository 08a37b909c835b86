//! Temporary routes of this machine: from where on the journal must be read for them, when `undo
//! --expired` last looked, and what is shouted about. Where none was ever made nothing is read.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use super::Context;
use crate::durable;
use crate::error::{Code, Error};
use crate::journal::loans::Loans;
use crate::journal::{Entry, Header, RunId};
use crate::model::{Route, when};

/// `undo --expired` should run at least so often where there are temporary routes.
const OFTEN: SignedDuration = SignedDuration::from_hours(24);

/// What is so little later than now is now.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What is kept about the temporary routes of an account, in `loans-ACCOUNT.json`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Watch {
    /// Runs before this one have no loan that could still matter; none where all must be read.
    from: Option<RunId>,
    /// When `undo --expired` last looked.
    ran: Option<String>,
    /// When it last did without a person.
    #[serde(default)]
    by_itself: Option<String>,
}

impl Watch {
    fn lent(&self, loans: Loans, now: Timestamp) -> Lent {
        Lent {
            loans,
            ran: past(self.ran.as_deref(), now),
            by_itself: past(self.by_itself.as_deref(), now),
        }
    }
}

/// When that was; nobody knows where it is yet to come, for the clock has been set back since.
fn past(time: Option<&str>, now: Timestamp) -> Option<Timestamp> {
    let time: Timestamp = time?.parse().ok()?;
    (time.duration_since(now) < SKEW).then_some(time)
}

/// The temporary routes there are, by the journal.
#[derive(Debug)]
pub struct Lent {
    /// Those of this account.
    pub loans: Loans,
    /// When `undo --expired` last looked, if it ever did.
    pub ran: Option<Timestamp>,
    /// When it last did without a person: a timer seems to run it.
    by_itself: Option<Timestamp>,
}

impl Context {
    fn watch_path(&self) -> Result<PathBuf, Error> {
        Ok(self
            .state_dir()?
            .join(format!("loans-{}.json", self.account()?)))
    }

    fn watch(&self) -> Option<Watch> {
        let content = std::fs::read(self.watch_path().ok()?).ok()?;
        // What cannot be read says nothing: then all of the journal is looked at.
        Some(serde_json::from_slice(&content).unwrap_or_default())
    }

    fn keep_watch(&self, watch: &Watch) -> Result<(), Error> {
        let content =
            serde_json::to_vec(watch).map_err(|error| Error::of(Code::Internal, error))?;
        let path = self.watch_path()?;
        durable::create_private_dir(&self.state_dir()?)
            .and_then(|()| durable::replace(&path, &content))
            .map_err(|error| {
                let place = format!("`{}` cannot be written", path.display());
                Error::at(Code::JournalUnavailable, place, error)
            })
    }

    /// Before the first temporary route of an account: from here on they are looked for.
    pub fn watch_loans(&self) -> Result<(), Error> {
        if self.watch().is_some() {
            return Ok(());
        }
        let newest = self.journal()?.ids().unwrap_or_default().into_iter().next();
        self.keep_watch(&Watch {
            from: newest,
            ..Watch::default()
        })
    }

    /// `undo --expired` has looked: at these loans, which are all there were.
    pub fn looked_at_loans(&self, loans: &Loans, newest: Option<RunId>) -> Result<(), Error> {
        let now = Timestamp::now();
        let from = loans.oldest_needed(now).cloned().or(newest);
        let ran = Some(now.to_string());
        // What a person runs by hand is nothing that will run again.
        let by_itself = match self.ui.options().has_terminal() {
            true => self.watch().and_then(|watch| watch.by_itself),
            false => ran.clone(),
        };
        self.keep_watch(&Watch {
            from,
            ran,
            by_itself,
        })
    }

    /// The temporary routes of this account; none where this machine never made one.
    pub fn lent(&self) -> Option<Lent> {
        let watch = self.watch()?;
        let loans = self.loans(watch.from.as_ref()).ok()?;
        Some(watch.lent(loans, Timestamp::now()))
    }

    /// The same for `undo --expired`, which reads all of the journal where nothing says from where on.
    pub fn all_lent(&self) -> Result<Loans, Error> {
        self.loans(self.watch().and_then(|watch| watch.from).as_ref())
    }

    /// What the temporary routes would be, had this account made these runs alone.
    pub fn loans_where(&self, wanted: impl Fn(&Entry) -> bool) -> Result<Loans, Error> {
        let (account, origin) = (self.account()?, self.origin()?);
        let ours = |run: &Entry| run.header.is_of(&account, &origin, self.settings.sandbox);
        let runs = self.journal()?.entries()?.flatten();
        Ok(Loans::of(runs.filter(|run| ours(run) && wanted(run))))
    }

    fn loans(&self, from: Option<&RunId>) -> Result<Loans, Error> {
        let (account, origin) = (self.account()?, self.origin()?);
        let is_ours = |header: &Header| header.is_of(&account, &origin, self.settings.sandbox);
        Ok(self.journal()?.loans(from, is_ours)?)
    }

    /// Says beside a list that temporary routes are overdue.
    pub(super) fn shout_about_loans(&self) {
        let options = self.ui.options();
        if !(options.stdout_terminal && options.stderr_terminal) {
            return;
        }
        let Some(lent) = self.lent() else {
            return;
        };
        if let Some(overdue) = lent.overdue(Timestamp::now()) {
            // Below the list.
            self.ui.show_results();
            let put_back = self.ready("undo --expired");
            self.ui.warning(&format!(
                "temporary routes: {overdue}; {}; `{put_back}` puts back what still stands",
                lent.last_run()
            ));
        }
    }
}

impl Lent {
    /// `2 overdue, the first since today 07:00`; none where nothing is.
    pub fn overdue(&self, now: Timestamp) -> Option<String> {
        let overdue = self.loans.overdue(now);
        let first = local(overdue.iter().map(|one| one.since).min()?);
        Some(match overdue.len() {
            1 => format!("1 overdue since {first}"),
            many => format!("{many} overdue, the first since {first}"),
        })
    }

    /// Until when a route is temporary and what comes back then, in words; none where it is for good.
    pub fn until(&self, route: &Route, now: Timestamp) -> Option<String> {
        let (until, back) = self.loans.end_of(route)?;
        let back = back.map_or("no route".to_owned(), Route::value);
        let end = local(until);
        Some(match until > now {
            true => format!("temporary: until {end}, then {back}"),
            false => format!("temporary, over since {end}: `undo --expired` brings {back}"),
        })
    }

    /// When `undo --expired` last looked, in words.
    pub fn last_run(&self) -> String {
        let by_hand = match self.by_itself {
            by_itself if by_itself == self.ran => "",
            _ => ", by hand",
        };
        match self.ran {
            Some(ran) => format!("`undo --expired` last ran here {}{by_hand}", local(ran)),
            None => "`undo --expired` never ran here".to_owned(),
        }
    }

    /// Whether something seems to put back what is over, without a person.
    pub fn is_looked_after(&self, now: Timestamp) -> bool {
        self.by_itself
            .is_some_and(|ran| now.duration_since(ran) < OFTEN)
    }
}

/// As people tell it, in the zone of this machine.
pub fn local(time: Timestamp) -> String {
    when(time, &Zoned::now())
}
