//! The one way a single command changes routes: journal first, then one write after the other, each
//! with a certain outcome or an honest "nobody can tell".

use crate::api::{self, Client, Outcome};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::journal::{self, End, Intents, Run};
use crate::model::{Change, Domain, DomainKey, Route, count};
use crate::ops::{self, Order};
use crate::plan::brakes::Overrides;
use crate::plan::{self, Operation};

/// Everything was done; under this journal id.
pub(crate) struct Performed {
    /// The run's id.
    pub(crate) journal: String,
}

/// Performs changes in order; the first failure ends it. `empty_domains` are those without any route
/// before it.
///
/// # Errors
/// `journal_unavailable` before anything is sent; the first failure's own code where nothing was
/// done; `partial` or `outcome_unknown` otherwise, naming the journal id.
pub(crate) fn perform(
    ctx: &Context,
    client: &Client,
    changes: &[Change],
    empty_domains: &[DomainKey],
) -> Result<Performed, Error> {
    let writer = Writer::begin(ctx, client, changes, empty_domains)?;
    writer.perform(changes)?;
    writer.finish(changes.len())?;
    Ok(Performed {
        journal: writer.id(),
    })
}

/// Performs deletes of one caller of which one may take others along, and puts back what vanished.
/// `staying` are the caller's other routes.
///
/// # Errors
/// As [`perform`]; `unverified` where the server does not show the delete in time.
pub(crate) fn perform_wide(
    ctx: &Context,
    client: &Client,
    changes: &[Change],
    staying: &[Route],
) -> Result<(Performed, Vec<Route>), Error> {
    let operation = |change: &Change| Operation {
        change: change.clone(),
        source: "routes delete".to_owned(),
    };
    let mut operations: Vec<Operation> = changes.iter().map(operation).collect();
    plan::sort(&mut operations);
    let overrides = Overrides::for_undo(named(changes), true);
    let order = Order {
        operations: &operations,
        lanes: 1,
        overrides: &overrides,
        plan: None,
        undoes: None,
        empty_domains: Vec::new(),
        at_risk: ops::at_risk(&operations, staying),
        quiet: true,
        leaves_some: false,
    };
    let mut ran = ops::carry_out(ctx, client, order)?;
    let journal = ran.journal.as_ref().map(ToString::to_string);
    let restored = std::mem::take(&mut ran.report.restored);
    if !restored.is_empty() {
        ctx.ui.warning(&format!(
            "the server's delete took {} along; {} put back",
            count(restored.len(), "other route"),
            if restored.len() == 1 {
                "it was"
            } else {
                "they were"
            },
        ));
    }
    match ops::verdict(&operations, ran, &ops::Next::again()) {
        Some(error) => Err(error),
        None => Ok((
            Performed {
                journal: journal.unwrap_or_default(),
            },
            restored,
        )),
    }
}

/// The changes' domains: a single delete empties one without further questions.
fn named(changes: &[Change]) -> Vec<Domain> {
    changes
        .iter()
        .filter_map(|change| Domain::parse(change.key.domain.as_str()).ok())
        .collect()
}

struct Writer<'a> {
    ctx: &'a Context,
    client: &'a Client,
    run: Run,
    _writing: crate::signals::Writing,
}

impl<'a> Writer<'a> {
    fn begin(
        ctx: &'a Context,
        client: &'a Client,
        changes: &[Change],
        empty_domains: &[DomainKey],
    ) -> Result<Self, Error> {
        let mut header = ctx.journal_header(client)?;
        header.empty_domains = empty_domains.to_vec();
        // From here on a signal lets what is under way finish.
        let writing = ctx.signals.writing();
        let run = ctx.journal()?.begin(&header, Intents::Changes(changes))?;
        Ok(Self {
            ctx,
            client,
            run,
            _writing: writing,
        })
    }

    fn id(&self) -> String {
        self.run.id().to_string()
    }

    fn perform(&self, changes: &[Change]) -> Result<(), Error> {
        for (index, change) in changes.iter().enumerate() {
            if self.ctx.signals.stop().is_set() {
                return Err(self.interrupted(index, changes.len()));
            }
            match self.client.perform(change) {
                Outcome::Done => {
                    self.ctx.set_changed();
                    self.note(index, &journal::Outcome::Done);
                }
                Outcome::NotDone(error) => {
                    let text = error.to_string();
                    self.note(index, &journal::Outcome::Failed { error: text });
                    self.end(End::Partial);
                    return Err(self.not_done(error, index, changes.len()));
                }
                Outcome::Unknown(error) => {
                    self.note(index, &journal::Outcome::Unknown);
                    self.end(End::Partial);
                    return Err(self.unknown(error, &change.key.to_string()));
                }
            }
        }
        Ok(())
    }

    /// A lost result is settled later by reading the server; the write itself is done.
    fn note(&self, index: usize, outcome: &journal::Outcome) {
        if let Err(error) = self.run.result(index, outcome) {
            self.ctx.ui.warning(&error.to_string());
        }
    }

    fn end(&self, end: End) {
        if let Err(error) = self.run.end(end) {
            self.ctx.ui.warning(&error.to_string());
        }
    }

    /// Everything is done; a signal that came meanwhile is the exit code all the same.
    fn finish(&self, all: usize) -> Result<(), Error> {
        self.end(End::Done);
        if self.ctx.signals.stop().is_set() {
            return Err(self.interruption(all, all));
        }
        Ok(())
    }

    fn interrupted(&self, done: usize, all: usize) -> Error {
        self.end(End::Interrupted);
        self.interruption(done, all)
    }

    fn interruption(&self, done: usize, all: usize) -> Error {
        Error::new(
            Code::Interrupted,
            format!(
                "interrupted: {done} of {} done (journal {})",
                count(all, "change"),
                self.id()
            ),
        )
        .changed(Some(self.ctx.has_changed()))
    }

    fn not_done(&self, error: api::Error, done: usize, all: usize) -> Error {
        let error = Error::from(error);
        if !self.ctx.has_changed() {
            return error;
        }
        let text = format!(
            "{done} of {} done, then: {error} (journal {})",
            count(all, "change"),
            self.id()
        );
        Error {
            code: Code::Partial,
            message: text,
            ..error
        }
        .changed(Some(true))
    }

    fn unknown(&self, error: api::Error, key: &str) -> Error {
        let error = Error::from(error);
        let text = format!(
            "nobody can tell whether the write for {key} was done: {error} (journal {})",
            self.id()
        );
        Error {
            code: Code::OutcomeUnknown,
            message: text,
            retryable: None,
            ..error
        }
        .changed(None)
        .hint("look at the route with `skyswitch routes list`, then run the command again")
    }
}
