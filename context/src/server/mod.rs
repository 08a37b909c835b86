//! What the server was found out to do: facts of one origin and account, noted, kept, and asked for.
//!
//! The reference leaves much open (`api.md`); what is seen by the way or found out by `doctor` is kept
//! here, for 90 days since it was last confirmed. One contradiction makes a fact unknown again. What was
//! learnt by the way can only make us more careful: [`Observed`] has no word for anything else, and what
//! would make us less careful is answered from [`Standing::Probed`] alone. Nothing here asks a server.

mod fact;
mod notes;
mod record;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub use fact::Fact;
use fact::Merge;
use notes::{Effect, Note};
pub use notes::{Observed, Probed, Rate, Standing};
pub use record::{Known, Place};

use crate::model::ListCut;

/// Without a confirmation a fact is known for so long.
const LIFE: SignedDuration = SignedDuration::from_hours(90 * 24);
/// So long before its end that is told.
const WARNED: SignedDuration = SignedDuration::from_hours(14 * 24);
/// By the way one confirmation in so long counts: it is written to a disk.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// A lag window is never longer.
const LONGEST_WINDOW: Duration = Duration::from_secs(60);

/// Everything that is known of one account at one origin.
#[derive(Debug)]
pub struct Facts {
    /// None where nothing can be kept.
    place: Option<Place>,
    run: Option<String>,
    now: Timestamp,
    known: BTreeMap<Fact, Known>,
    /// What this run has noted: taken note of once more by whoever writes the file.
    noted: Vec<Note>,
    /// Whether that has changed what is known.
    changed: bool,
    contradicted: Vec<Contradiction>,
}

/// A fact that is unknown again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// Which.
    pub fact: Fact,
    /// What was believed.
    pub was: String,
    /// What was seen.
    pub seen: String,
}

/// One fact as it is shown: `{"fact","value","standing","seen","samples"}`, each a string or null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Its name.
    pub fact: &'static str,
    /// Its value; none: unknown.
    pub value: Option<String>,
    /// `observed`, `probed`.
    pub standing: Option<Standing>,
    /// When it was seen last, UTC.
    pub seen: Option<String>,
    /// How often.
    pub samples: Option<String>,
}

impl Facts {
    /// Reads what is known at a place; without one nothing is known, and nothing is kept.
    pub fn load(place: Option<Place>) -> Self {
        Self::at(place, Timestamp::now())
    }

    fn at(place: Option<Place>, now: Timestamp) -> Self {
        Self {
            known: place.as_ref().map(Place::read).unwrap_or_default(),
            place,
            run: None,
            now,
            noted: Vec::new(),
            changed: false,
            contradicted: Vec::new(),
        }
    }

    /// Says who notes from now on: a run's journal id, or a command.
    pub fn set_run(&mut self, run: &str) {
        self.run = Some(run.to_owned());
    }

    /// Takes note of something seen by the way.
    pub fn note(&mut self, observed: Observed) {
        let observed = match (observed, self.rate()) {
            // A window is measured: about the same is the same.
            (Observed::Rate(seen), Some(known)) if seen.is_about(known) => Observed::Rate(known),
            (observed, _) => observed,
        };
        self.take(observed.note());
    }

    /// Takes note of what `doctor` has found out.
    pub fn found(&mut self, probed: Probed) {
        self.take(probed.note());
    }

    fn take(&mut self, note: Note) {
        let contradiction = self.apply(&note);
        self.contradicted.extend(contradiction);
        self.noted.push(note);
    }

    /// What a note does to what is known; a contradiction makes it unknown.
    fn apply(&mut self, note: &Note) -> Option<Contradiction> {
        let Some(known) = self.known(note.fact).cloned() else {
            if note.effect == Effect::Sets {
                self.keep(note.fact, note.value.clone(), note.standing, 1);
            }
            return None;
        };
        let number = |text: &str| text.parse::<u64>().ok();
        let larger = || number(&note.value) > number(&known.value);
        let value = match (note.effect, note.fact.merge()) {
            (Effect::AtLeast, _) if number(&known.value).is_some() && larger() => None,
            (Effect::AtLeast, _) => return None,
            (_, Merge::Largest) if !larger() && note.value != known.value => return None,
            (_, Merge::Largest) => Some(note.value.clone()),
            (_, Merge::Union) => Some(union(&known.value, &note.value)),
            (_, Merge::Same) => (note.value == known.value).then(|| note.value.clone()),
        };
        let Some(value) = value else {
            self.changed |= self.known.remove(&note.fact).is_some();
            return Some(Contradiction {
                fact: note.fact,
                was: known.value,
                seen: note.value.clone(),
            });
        };
        // What doctor found stays found, also where it is confirmed by the way.
        let probed = known.standing == Standing::Probed && value == known.value;
        let standing = if probed {
            known.standing
        } else {
            note.standing
        };
        let again = note.standing == Standing::Probed || self.now.duration_since(known.seen) >= DAY;
        if again || value != known.value || standing != known.standing {
            self.keep(note.fact, value, standing, known.samples.saturating_add(1));
        }
        None
    }

    fn keep(&mut self, fact: Fact, value: String, standing: Standing, samples: u32) {
        let known = Known {
            value,
            standing,
            seen: self.now,
            run: self.run.clone(),
            samples,
        };
        self.known.insert(fact, known);
        self.changed = true;
    }

    /// What is known of a fact; none where nothing is, or not for certain any more.
    pub fn known(&self, fact: Fact) -> Option<&Known> {
        let known = self.known.get(&fact)?;
        (self.now.duration_since(known.seen) < LIFE).then_some(known)
    }

    /// Those that will be unknown within 14 days unless they are seen again.
    pub fn ending(&self) -> Vec<Fact> {
        let old = |known: &Known| self.now.duration_since(known.seen) >= LIFE - WARNED;
        let all = Fact::ALL.iter().copied();
        all.filter(|fact| self.known(*fact).is_some_and(old))
            .collect()
    }

    /// How many days ago a fact was seen last.
    pub fn age_in_days(&self, fact: Fact) -> Option<i64> {
        let known = self.known(fact)?;
        Some(self.now.duration_since(known.seen).as_hours() / 24)
    }

    /// How many facts are known.
    pub fn count(&self) -> usize {
        let known = |fact: &&Fact| self.known(**fact).is_some();
        Fact::ALL.iter().filter(known).count()
    }

    /// What has become unknown since this was asked last.
    pub fn contradictions(&mut self) -> Vec<Contradiction> {
        std::mem::take(&mut self.contradicted)
    }

    /// All facts, the unknown ones too, as they are shown.
    pub fn shown(&self) -> Vec<Shown> {
        let show = |fact: &Fact| {
            let known = self.known(*fact);
            Shown {
                fact: fact.name(),
                value: known.map(|known| known.value.clone()),
                standing: known.map(|known| known.standing),
                seen: known.map(|known| format!("{:.0}", known.seen)),
                samples: known.map(|known| known.samples.to_string()),
            }
        };
        Fact::ALL.iter().map(show).collect()
    }

    /// Writes what was noted to what stands in the file by now, so that no other process's note is lost.
    ///
    /// # Errors
    /// The directory or the file cannot be written.
    pub fn save(&mut self) -> io::Result<()> {
        let noted = std::mem::take(&mut self.noted);
        // What only says again what is known is in the file already.
        let Some(place) = self.place.clone().filter(|_| self.changed) else {
            return Ok(());
        };
        let _alone = place.lock()?;
        let standing = place.read();
        self.known.clone_from(&standing);
        for note in &noted {
            self.apply(note);
        }
        self.changed = false;
        if self.known == standing {
            return Ok(());
        }
        place.write(&self.known)
    }

    fn value(&self, fact: Fact) -> Option<&str> {
        self.known(fact).map(|known| known.value.as_str())
    }

    /// The one way to a value that makes us less careful.
    fn probed(&self, fact: Fact) -> Option<&str> {
        let known = self.known(fact)?;
        (known.standing == Standing::Probed).then_some(known.value.as_str())
    }

    /// Whether a list of so many rows, without an envelope, may have been cut without a word.
    pub fn is_doubtful(&self, rows: u64) -> bool {
        self.cut().may_end_at(rows)
    }

    /// At which lengths lists may have been cut.
    pub fn cut(&self) -> ListCut {
        match (self.probed(Fact::ListCut), self.list_cut()) {
            (Some(found), _) => ListCut::Found(found.parse().ok()),
            (None, Some(cut)) => ListCut::Seen(cut),
            (None, None) => ListCut::Unknown,
        }
    }

    /// At how many rows lists are cut, as far as that is known.
    pub fn list_cut(&self) -> Option<u64> {
        self.value(Fact::ListCut)?.parse().ok()
    }

    /// Whether lists can be read page by page (`limit`, `start`).
    pub fn paging(&self) -> bool {
        self.probed(Fact::Paging) == Some("understood")
    }

    /// Whether the list of the whole account is worth asking for: not where it was refused or empty.
    pub fn whole_list(&self) -> bool {
        !matches!(self.value(Fact::WholeList), Some("refused" | "empty"))
    }

    /// Whether `ani=` finds a number in whatever spelling it stands, and no other: one read is enough.
    pub fn ani_filter_exact(&self) -> bool {
        self.probed(Fact::AniFilter) == Some("exact")
            && self.probed(Fact::AniSpelling) == Some("any")
    }

    /// Whether a DELETE takes nothing but the route of its key.
    pub fn delete_exact(&self) -> bool {
        self.probed(Fact::Delete) == Some("exact")
    }

    /// Whether a DELETE without dnis is known to take the caller's other routes.
    pub fn delete_wide(&self) -> bool {
        matches!(self.value(Fact::Delete), Some("wide" | "caller"))
    }

    /// For how long a write is looked for: `usual`, or twice the longest lag that was seen, up to 60 s.
    pub fn lag_window(&self, usual: Duration) -> Duration {
        let lag = self
            .value(Fact::Lag)
            .and_then(|lag| lag.parse::<u64>().ok());
        let window = Duration::from_millis(lag.unwrap_or_default()).saturating_mul(2);
        usual.max(window.min(LONGEST_WINDOW))
    }

    /// How many requests are allowed.
    pub fn rate(&self) -> Option<Rate> {
        Rate::parse(self.value(Fact::Rate)?)
    }

    /// Whether rows spelled in ten digits are known never to match.
    pub fn ten_digits_never_match(&self) -> bool {
        self.value(Fact::TenDigit) == Some("never")
    }
}

/// Both sets of words, sorted.
fn union(one: &str, other: &str) -> String {
    let mut words: Vec<&str> = one.split(' ').chain(other.split(' ')).collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}
