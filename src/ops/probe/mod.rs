//! The probe: routes of our own in a domain that takes no calls, written and deleted again, show what the
//! reference leaves open (`design.md` §8, `api.md`, Routes).
//!
//! A value is found out only where two samples agree, and what was not seen to stand is never said to
//! have gone: one flaky answer may cost a fact and cannot make one. What the probe may leave behind is in
//! the journal before anything is sent; see [`samples`] for what the samples say.

mod baseline;
mod experiments;
mod places;
mod samples;
mod wire;

pub(crate) use self::baseline::refuse_live;
use self::samples::Samples;
use self::wire::{Halt, Probe};
use crate::api::Client;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::journal::{End, Entry, Outcome, RunId, Status};
use crate::model::Domain;
use crate::server::Probed;

/// What a probe has found out.
#[derive(Debug)]
pub(crate) struct Probing {
    /// What the samples agreed on.
    pub(crate) facts: Vec<Probed>,
    /// Its run.
    pub(crate) journal: RunId,
    /// Why it stopped before its end.
    pub(crate) stopped: Option<Error>,
}

/// Writes in a domain that takes no calls, looks, and puts back what stood there.
///
/// # Errors
/// `refused` where the domain is live, has too many routes, or its list may not be whole: nothing was
/// sent.
pub(crate) fn probe(ctx: &Context, client: &Client, domain: &Domain) -> Result<Probing, Error> {
    let baseline = baseline::read(ctx, client, domain)?;
    // From here on a signal lets the baseline be put back.
    let _writing = ctx.signals.writing();
    let probe = Probe::begin(ctx, client, domain, baseline)?;
    let mut samples = Samples::default();
    let halted = probe.experiments(&mut samples).err();
    let clean = probe.put_back(&mut samples);
    Ok(probe.end(samples, halted, clean))
}

/// The newest probe of this account whose routes may still stand.
pub(crate) fn unfinished(ctx: &Context, client: &Client) -> Option<RunId> {
    let origin = ctx.origin().ok()?;
    let is_left = |entry: &Entry| {
        let header = &entry.header;
        let ours = header.is_of(client.account(), &origin, ctx.settings.sandbox);
        let ended = !matches!(entry.status, Status::Running | Status::Undone);
        header.probe && ours && ended && entry.begun && entry.made().next().is_some()
    };
    let mut entries = ctx.journal().ok()?.entries().ok()?.flatten();
    entries.find(is_left).map(|entry| entry.id)
}

impl Probe<'_> {
    /// Says in the journal what became of each, and makes a result of it.
    fn end(self, samples: Samples, halted: Option<Halt>, clean: bool) -> Probing {
        let outcome = if clean {
            Outcome::Restored
        } else {
            Outcome::Unknown
        };
        let written = self.written.take();
        let mut kept = Ok(());
        for (key, index) in &self.intents {
            if written.contains(key) {
                kept = kept.and(self.run.result(*index, &outcome));
            }
        }
        let end = match &halted {
            Some(Halt::Signal) => End::Interrupted,
            _ if clean && halted.is_none() => End::Done,
            _ => End::Partial,
        };
        if let Err(error) = kept.and(self.run.end(end)) {
            self.ctx.ui.warning(&error.to_string());
        }
        let journal = self.run.id().clone();
        let stopped = match clean {
            true => halted.map(|halt| halt.error(self.domain).changed(Some(false))),
            false => Some(self.left(&journal)),
        };
        Probing {
            facts: samples.facts(),
            journal,
            stopped,
        }
    }

    fn left(&self, journal: &RunId) -> Error {
        let text = format!(
            "not all routes of the probe could be deleted again in {} (journal {journal})",
            self.domain
        );
        let undo = self.ctx.ready(&format!("undo {journal} --yes"));
        Error::new(Code::Partial, text)
            .hint(format!("`{undo}` deletes what is left"))
            .journal(Some(journal.clone()))
            .changed(Some(true))
    }
}

impl Halt {
    /// What the probe ends with, when it has put back what stood there.
    fn error(self, domain: &Domain) -> Error {
        const GONE: &str = "what the probe had written is gone again";
        match self {
            Self::Signal => Error::new(Code::Interrupted, format!("interrupted; {GONE}")),
            Self::Foreign(what) => Error::new(
                Code::Conflict,
                format!("somebody else is at work in {domain}: {what}; {GONE}"),
            ),
            Self::Unreadable(error) => {
                let mut error = Error::from(error);
                error.message = format!("{}; {GONE}", error.message);
                error
            }
        }
    }
}
