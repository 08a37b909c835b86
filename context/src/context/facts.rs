//! What this server is known to do, for whoever asks, and what this run has noted of it.

use std::cell::{RefCell, RefMut};

use super::Context;
use crate::api::{KnownLists, NoWhole, Pace, Seen};
use crate::server::{Facts, Observed, Place, Rate};

impl Context {
    /// What is known of the server and account of this run; nothing where that cannot be told.
    pub fn facts(&self) -> RefMut<'_, Facts> {
        let facts = || {
            let place = || {
                let (origin, account) = (self.lasting_origin().ok()?, self.account().ok()?);
                Some(Place::under(&self.state_dir().ok()?, &origin, &account))
            };
            RefCell::new(Facts::load(place()))
        };
        self.facts.get_or_init(facts).borrow_mut()
    }

    /// How this server sends its lists, as far as that is known.
    pub fn known_lists(&self) -> KnownLists {
        let facts = self.facts();
        KnownLists {
            cut: facts.cut(),
            pages: facts.paging(),
            by_domain: !facts.whole_list(),
            any_spelling: facts.ani_filter_exact(),
        }
    }

    /// Takes note of how the list of the whole account was kept back.
    pub fn note_whole(&self, no_whole: Option<NoWhole>) {
        let observed = match no_whole {
            None => return,
            Some(NoWhole::Refused) => Observed::WholeListRefused,
            Some(NoWhole::Empty) => Observed::WholeListEmpty,
        };
        self.facts().note(observed);
    }

    /// The rate at which requests go out, where it is known how many are allowed.
    pub fn pace(&self) -> Pace {
        let rate = || self.facts().rate();
        let pace =
            || rate().map_or_else(Pace::default, |rate| Pace::new(rate.requests, rate.window));
        self.pace.get_or_init(pace).clone()
    }

    /// Notes what answers have shown by the way.
    pub fn learn(&self) {
        if let Some(seen) = self.noticed.seen() {
            note(&mut self.facts(), &seen);
        }
    }

    /// Keeps what was noted and seen by the way, and says what is not known any more. No command fails
    /// for want of it.
    pub fn keep_facts(&self) {
        self.learn();
        if self.facts.get().is_none() {
            return;
        }
        let mut facts = self.facts();
        if let Err(error) = facts.save() {
            log::info!("what was seen of the server is not kept: {error}");
        }
        for gone in facts.contradictions() {
            let (name, was, seen) = (gone.fact.name(), gone.was, gone.seen);
            self.ui.warning(&format!(
                "what the server does is not known any more: `{name}` was `{was}`, and now `{seen}` was seen"
            ));
        }
    }
}

/// What answers have shown by the way.
fn note(facts: &mut Facts, seen: &Seen) {
    let shapes = seen.traits.shapes().map(Observed::ListShape);
    let forms = seen.traits.dnis_forms().map(Observed::DnisForm);
    let spellings = seen.traits.spellings().map(Observed::Spelling);
    let lengths = Observed::lengths(&seen.lengths);
    let window = |known: Rate| known.window;
    let window = seen.window.or(facts.rate().map(window));
    let rate = seen.limit.zip(window);
    let rate = rate.map(|(requests, window)| Observed::Rate(Rate { requests, window }));
    for observed in shapes
        .chain(forms)
        .chain(spellings)
        .chain(lengths)
        .chain(rate)
    {
        facts.note(observed);
    }
}
