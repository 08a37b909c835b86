//! The whole answer to a change: who takes the caller's calls now, or would.

use crate::apply::Report;
use crate::context::Context;
use crate::model::{Change, Route};
use crate::plan::check::named_user;
use crate::plan::takers::{self, Takers, Tense};
use crate::plan::{Operation, Warning};

/// What a change or several make of some routes.
#[derive(Default)]
pub(crate) struct Answer {
    takers: Vec<Takers>,
}

impl Answer {
    /// Of changes to one caller, all of whose routes these are.
    pub(crate) fn of(routes: &[Route], changes: &[Change]) -> Self {
        let routes = takers::after(routes, changes.iter());
        let keys = changes.iter().map(|change| &change.key);
        Self {
            takers: takers::takers(&routes, keys),
        }
    }

    /// Of what a run did, by its last look, else by what stood before; nothing where it is about many
    /// callers, or where not everything was seen.
    pub(crate) fn of_run(
        operations: &[Operation],
        report: &Report,
        before: Option<&[Route]>,
    ) -> Self {
        let ended = operations.iter().zip(&report.outcomes);
        let done = ended.filter(|(_, outcome)| outcome.is_done());
        let done = done.map(|(operation, _)| &operation.change);
        let seen = report.seen.as_deref().or(before);
        let takers = seen.map(|seen| {
            let routes = takers::after(seen, done.clone());
            takers::takers(&routes, done.map(|change| &change.key))
        });
        Self {
            takers: takers.unwrap_or_default(),
        }
    }

    /// Whether calls have no route any more that had one.
    pub(crate) fn leaves_calls(&self) -> bool {
        self.takers.iter().any(Takers::leaves_calls)
    }

    /// Without what nobody can promise: the calls that no change was about.
    #[must_use]
    pub(crate) fn of_changed_alone(mut self) -> Self {
        self.takers.iter_mut().for_each(Takers::forget_unchanged);
        self
    }

    /// With what was found out about the users behind routes.
    #[must_use]
    pub(crate) fn knowing(mut self, warnings: &[Warning]) -> Self {
        let nobody = |route: &Route| {
            let mut nobodies = warnings
                .iter()
                .filter_map(|warning| warning.nobody.as_ref());
            let here = route.key().map(|key| key.domain);
            named_user(route).is_some_and(|user| {
                nobodies.any(|(domain, name)| Some(domain) == here.as_ref() && name == user)
            })
        };
        for takers in &mut self.takers {
            takers.mark_nobody(nobody);
        }
        self
    }

    /// Tells it beside the result: always what the result does not say already, all of it to people.
    pub(crate) fn tell(&self, ctx: &Context, tense: Tense) {
        let all = ctx.ui.options().stderr_terminal || log::log_enabled!(log::Level::Info);
        let whole = self.takers.len() > 1;
        let told = self
            .takers
            .iter()
            .filter(|takers| all || !takers.is_plain());
        ctx.ui.show_results();
        for line in told.flat_map(|takers| takers.lines(tense, whole)) {
            ctx.ui.status(&line);
        }
    }
}
