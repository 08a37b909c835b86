//! Temporary routes: which loans a journal holds, how they stand on each other, and which are over.
//!
//! A loan is the change of a run that says until when (`Header::until`). At one key a newer loan may
//! stand on an older one, as long as nothing else was written between them. Read from the journal
//! alone: whether a loan still stands is for the server to say.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::{Entry, Header, Journal, JournalError, Outcome, Recorded, RunId, Unreadable};
use crate::model::{Change, DomainKey, Route, RouteKey, same_image};

/// One temporary change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loan {
    /// The run that made it.
    pub run: RunId,
    /// What stood there.
    pub before: Option<Route>,
    /// What stands there until it is over.
    pub after: Option<Route>,
    /// When that is.
    pub until: Timestamp,
    /// Whether its domain had no route before it.
    pub empty_domain: bool,
}

/// The loans of one account that nothing has ended, at each key the oldest first.
#[derive(Debug, Default)]
pub struct Loans {
    chains: BTreeMap<RouteKey, Vec<Loan>>,
    /// Every loan that was made, ended or not, and until when.
    made: Vec<(RunId, Timestamp)>,
    /// Runs that cannot be read and may have made or ended one.
    pub unreadable: Vec<Unreadable>,
}

/// A loan that is over, and all those below it that are, too: what goes back at one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// Where.
    pub key: RouteKey,
    /// The runs whose loans end, the newest first.
    pub runs: Vec<RunId>,
    /// What should stand there by now, if nobody else changed it.
    pub stands: Option<Route>,
    /// What is to stand there again.
    pub back: Option<Route>,
    /// Since when the newest of them is over.
    pub since: Timestamp,
    /// Whether the domain had no route before them.
    pub empty_domain: bool,
}

impl Journal {
    /// The loans of an account (`is_ours`), from a run on: older ones are known to have ended.
    ///
    /// # Errors
    /// The directory cannot be listed.
    pub fn loans(
        &self,
        from: Option<&RunId>,
        is_ours: impl Fn(&Header) -> bool,
    ) -> Result<Loans, JournalError> {
        let id = |item: &Result<Entry, Unreadable>| match item {
            Ok(entry) => Some(entry.id.clone()),
            Err(bad) => bad.id.clone(),
        };
        let entries = self.entries()?;
        let new = entries.take_while(|item| from.is_none() || id(item).as_ref() >= from);
        let mut unreadable = Vec::new();
        let ours = new.filter_map(|item| match item {
            Ok(entry) => is_ours(&entry.header).then_some(entry),
            Err(bad) => {
                let ours = bad.fault.header.as_deref().is_none_or(&is_ours);
                unreadable.extend((ours && bad.fault.blocks).then_some(bad));
                None
            }
        });
        let mut loans = Loans::of(ours);
        loans.unreadable = unreadable;
        Ok(loans)
    }
}

/// What a run did at one key, as far as loans are concerned.
enum Step {
    /// Wrote there, or said that what stands is to stay, for good.
    Kept,
    /// The same until then.
    Lent {
        change: Box<Change>,
        until: Timestamp,
        empty_domain: bool,
    },
    /// Ended these runs' loans.
    Ended(Vec<RunId>),
    /// Took a run back.
    TookBack,
    /// Was taken back.
    Nothing,
}

impl Loans {
    /// From an account's runs, the newest first.
    pub fn of(newest_first: impl IntoIterator<Item = Entry>) -> Self {
        let mut loans = Self::default();
        let mut steps: Vec<(RouteKey, RunId, Step)> = Vec::new();
        // Which step takes a run back at a key.
        let mut taken_back: HashMap<(RunId, RouteKey), usize> = HashMap::new();
        for entry in newest_first {
            let until = entry.header.until;
            loans
                .made
                .extend(until.map(|until| (entry.id.clone(), until)));
            for recorded in &entry.changes {
                let Some(change) = effect(&entry.header, recorded) else {
                    continue;
                };
                let place = (entry.id.clone(), change.key.clone());
                let step = match taken_back.get(&place).copied() {
                    // As if neither had been; but after an expiry that was taken back for good the
                    // route is to stay.
                    Some(by) if entry.header.ends.is_empty() => {
                        steps[by].2 = Step::Nothing;
                        Step::Nothing
                    }
                    _ => step(&entry, &change),
                };
                if let (Step::TookBack, Some(undone)) = (&step, &entry.header.undoes) {
                    taken_back.insert((undone.clone(), change.key.clone()), steps.len());
                }
                steps.push((place.1, place.0, step));
            }
        }
        for (key, run, step) in steps.into_iter().rev() {
            let chain = loans.chains.entry(key).or_default();
            take(chain, run, step);
        }
        loans.chains.retain(|_, chain| !chain.is_empty());
        loans
    }

    /// The loan that stands at a key by the journal's word.
    pub fn at(&self, key: &RouteKey) -> Option<&Loan> {
        self.chains.get(key)?.last()
    }

    /// When the loan at a key is over, if the route is what it lent, and what stands there then.
    pub fn end_of(&self, route: &Route) -> Option<(Timestamp, Option<&Route>)> {
        let chain = self.chains.get(&route.key()?)?;
        let top = chain.last()?;
        let over = (chain.iter().rev()).take_while(|loan| loan.until <= top.until);
        let back = over.last()?.before.as_ref();
        same_image(top.after.as_ref(), Some(route)).then_some((top.until, back))
    }

    /// When the next of those that stand is over.
    pub fn next_end(&self, now: Timestamp) -> Option<Timestamp> {
        let tops = self.chains.values().filter_map(|chain| chain.last());
        tops.map(|loan| loan.until)
            .filter(|until| *until > now)
            .min()
    }

    /// The keys where one stands by the journal's word.
    pub fn keys(&self) -> impl Iterator<Item = &RouteKey> {
        self.chains.keys()
    }

    /// What would go back if a loan over these were over at a time, its before-image being `before`.
    pub fn back_at(
        &self,
        key: &RouteKey,
        before: Option<&Route>,
        time: Timestamp,
    ) -> Option<Route> {
        let chain = self.chains.get(key).map_or(&[][..], Vec::as_slice);
        let unbroken = chain
            .last()
            .is_some_and(|top| same_image(top.after.as_ref(), before));
        let over = chain
            .iter()
            .rev()
            .take_while(|loan| unbroken && loan.until <= time);
        match over.last() {
            Some(last) => last.before.clone(),
            None => before.cloned(),
        }
    }

    /// Whether some loan in a domain was made when it had no route.
    pub fn began_empty(&self, domain: &DomainKey) -> bool {
        let here = self.chains.iter().filter(|(key, _)| key.domain == *domain);
        here.flat_map(|(_, chain)| chain)
            .any(|loan| loan.empty_domain)
    }

    /// What is over at a time, key by key.
    pub fn overdue(&self, now: Timestamp) -> Vec<Overdue> {
        let overdue = |(key, chain): (&RouteKey, &Vec<Loan>)| {
            let over: Vec<&Loan> = chain
                .iter()
                .rev()
                .take_while(|loan| loan.until <= now)
                .collect();
            let (top, last) = (over.first()?, over.last()?);
            Some(Overdue {
                key: key.clone(),
                runs: over.iter().map(|loan| loan.run.clone()).collect(),
                stands: top.after.clone(),
                back: last.before.clone(),
                since: top.until,
                empty_domain: over.iter().any(|loan| loan.empty_domain),
            })
        };
        self.chains.iter().filter_map(overdue).collect()
    }

    /// How many keys have one.
    pub fn len(&self) -> usize {
        self.chains.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.chains.is_empty()
    }

    /// The oldest run whose loan stands, or could stand again because what ended it is taken back.
    pub fn oldest_needed(&self, now: Timestamp) -> Option<&RunId> {
        let stand = self.chains.values().flatten().map(|loan| &loan.run);
        let may = self.made.iter().filter(|(_, until)| *until > now);
        stand.chain(may.map(|(run, _)| run)).min()
    }
}

/// What a run did at a key: what it changed, or what it said of a value that stood already.
fn effect<'r>(header: &Header, recorded: &'r Recorded<Change>) -> Option<Cow<'r, Change>> {
    let change = &recorded.intent;
    let stays = same_image(change.before.as_ref(), change.after.as_ref());
    let counts = match &recorded.outcome {
        // A loan is ended by what was seen, too, but never by what nobody knows.
        Outcome::Unknown if !header.ends.is_empty() => false,
        Outcome::Stale { .. } => !header.ends.is_empty(),
        Outcome::Already => stays || header.until.is_some() || !header.ends.is_empty(),
        _ => return recorded.made(),
    };
    counts.then_some(Cow::Borrowed(change))
}

fn step(entry: &Entry, change: &Change) -> Step {
    let header = &entry.header;
    if !header.ends.is_empty() {
        return Step::Ended(header.ends.clone());
    }
    if header.undoes.is_some() {
        return Step::TookBack;
    }
    match header.until {
        None => Step::Kept,
        Some(until) => Step::Lent {
            change: Box::new(change.clone()),
            until,
            empty_domain: header.empty_domains.contains(&change.key.domain),
        },
    }
}

/// One step further in the life of one key.
fn take(chain: &mut Vec<Loan>, run: RunId, step: Step) {
    match step {
        Step::Nothing => {}
        Step::Ended(runs) => chain.retain(|loan| !runs.contains(&loan.run)),
        Step::TookBack | Step::Kept => chain.clear(),
        Step::Lent {
            change,
            until,
            empty_domain,
        } => {
            let Change { before, after, .. } = *change;
            let stands = |loan: &Loan| same_image(loan.after.as_ref(), before.as_ref());
            if !chain.last().is_some_and(stands) {
                chain.clear();
            }
            if !same_image(before.as_ref(), after.as_ref()) {
                chain.push(Loan {
                    run,
                    before,
                    after,
                    until,
                    empty_domain,
                });
            } else if let Some(top) = chain.last_mut() {
                top.until = until;
            }
        }
    }
}
