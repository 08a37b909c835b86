//! The one way a single command changes routes: journal first, then one write after the other, each
//! with a certain outcome or an honest "nobody can tell".

use std::time::{Duration, Instant};

use crate::api::{self, Client, Outcome, RouteFilter};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::journal::{self, End, Header, Intents, Run};
use crate::model::{Change, Domain, Route, count};

/// Everything was done; under this journal id.
pub(super) struct Performed {
    /// The run's id.
    pub(super) journal: String,
}

/// How long a delete is waited for to show, before what vanished with it can be judged.
const SETTLE: Duration = Duration::from_secs(15);
/// How often is looked.
const LOOK: Duration = Duration::from_millis(250);

/// Performs changes in order; the first failure ends it.
///
/// # Errors
/// `journal_unavailable` before anything is sent; the first failure's own code where nothing was
/// done; `partial` or `outcome_unknown` otherwise, naming the journal id.
pub(super) fn perform(
    ctx: &Context,
    client: &Client,
    changes: &[Change],
) -> Result<Performed, Error> {
    let writer = Writer::begin(ctx, client, changes)?;
    writer.perform(changes)?;
    writer.finish(changes.len())?;
    Ok(Performed {
        journal: writer.id(),
    })
}

/// Performs deletes; where one of them may take `siblings` along, puts back what vanished.
///
/// # Errors
/// As [`perform`]; `unverified` where the server does not show the delete in time.
pub(super) fn perform_deletes(
    ctx: &Context,
    client: &Client,
    changes: &[Change],
    siblings: &[Route],
) -> Result<(Performed, Vec<Route>), Error> {
    let writer = Writer::begin(ctx, client, changes)?;
    writer.perform(changes)?;
    let restored = match siblings {
        [] => Vec::new(),
        siblings => writer.restore(changes, siblings)?,
    };
    writer.finish(changes.len())?;
    Ok((
        Performed {
            journal: writer.id(),
        },
        restored,
    ))
}

struct Writer<'a> {
    ctx: &'a Context,
    client: &'a Client,
    run: Run,
    _writing: crate::signals::Writing,
}

impl<'a> Writer<'a> {
    fn begin(ctx: &'a Context, client: &'a Client, changes: &[Change]) -> Result<Self, Error> {
        let settings = &ctx.settings;
        let header = Header {
            account: Some(client.account().clone()),
            origin: ctx.origin()?,
            profile: settings.profile.value.clone(),
            sandbox: settings.sandbox,
            command: ctx.command_line.clone(),
            host: settings.host.clone().unwrap_or_default(),
            user: settings.user.clone().unwrap_or_default(),
            undoes: None,
            plan: None,
        };
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

    /// Puts back siblings that vanished with a delete of ours. Other drift is left alone.
    fn restore(&self, changes: &[Change], siblings: &[Route]) -> Result<Vec<Route>, Error> {
        let shown = self.after_delete(changes)?;
        let missing = siblings.iter().filter(|sibling| {
            let key = sibling.key();
            !shown.iter().any(|route| route.key() == key)
        });
        let mut restored = Vec::new();
        for sibling in missing {
            let Some(change) = Change::put(None, sibling.clone()) else {
                continue;
            };
            let index = self.run.add(&change)?;
            match self.client.perform(&change) {
                Outcome::Done => {
                    self.note(index, &journal::Outcome::Restored);
                    restored.push(sibling.clone());
                }
                Outcome::NotDone(error) => {
                    self.note(
                        index,
                        &journal::Outcome::Failed {
                            error: error.to_string(),
                        },
                    );
                    self.end(End::Partial);
                    return Err(self.lost(&error, sibling));
                }
                Outcome::Unknown(error) => {
                    self.note(index, &journal::Outcome::Unknown);
                    self.end(End::Partial);
                    return Err(self.lost(&error, sibling));
                }
            }
        }
        if !restored.is_empty() {
            self.ctx.ui.warning(&format!(
                "the server's delete took {} along; {} put back",
                count(restored.len(), "other route"),
                if restored.len() == 1 {
                    "it was"
                } else {
                    "they were"
                },
            ));
        }
        Ok(restored)
    }

    fn lost(&self, error: &api::Error, sibling: &Route) -> Error {
        Error::new(
            Code::Partial,
            format!("the server's delete took `{sibling}` along, and it could not be put back: {error} (journal {})", self.id()),
        )
        .changed(Some(true))
        .hint("put it back with `skyswitch routes set`")
    }

    /// The domain's routes in a read that shows the delete: an older one says nothing of what else
    /// it took (`api.md`, Routes: reads can lag).
    fn after_delete(&self, changes: &[Change]) -> Result<Vec<Route>, Error> {
        let started = Instant::now();
        let filter = changes
            .first()
            .and_then(|change| Domain::parse(change.key.domain.as_str()).ok())
            .map(|domain| RouteFilter::domain(&domain))
            .unwrap_or_default();
        loop {
            let read = self.client.collect_routes(&filter);
            if let Ok((routes, completeness)) = &read {
                let gone = changes.iter().all(|change| {
                    !routes
                        .iter()
                        .any(|route| route.key().as_ref() == Some(&change.key))
                });
                if gone && completeness.is_complete() {
                    return Ok(read.map(|(routes, _)| routes).unwrap_or_default());
                }
            }
            if started.elapsed() > SETTLE || !self.ctx.signals.stop().sleep(LOOK) {
                self.end(End::Partial);
                let why = read.err().map_or_else(
                    || "the server still shows the deleted route".to_owned(),
                    |error| error.to_string(),
                );
                return Err(Error::new(
                    Code::Unverified,
                    format!("deleted, but what else the delete took along could not be checked: {why} (journal {})", self.id()),
                )
                .changed(Some(true))
                .hint("look with `skyswitch routes list`; the journal holds what stood there"));
            }
        }
    }
}
