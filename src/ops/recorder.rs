//! The observer of a run: journal first, then the event stream and the progress bar.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::{Value, json};

use super::Progress;
use crate::apply::{Event, Observer, Outcome};
use crate::error::Error;
use crate::journal::{self, End, Header, Intents, Journal, JournalError, Run, RunId};
use crate::model::Change;
use crate::ui::Ui;

/// Keeps the journal of a run and shows how it goes.
pub(crate) struct Recorder<'a> {
    ui: &'a Ui,
    journal: Journal,
    header: Header,
    changes: &'a [Change],
    run: OnceLock<Run>,
    /// Outcomes from before the first write, when there is no journal yet.
    early: Mutex<Vec<(usize, journal::Outcome)>>,
    refused: Mutex<Option<JournalError>>,
    warned: AtomicBool,
    trailing: AtomicBool,
    events: bool,
    progress: Progress,
    ticked: Mutex<HashSet<usize>>,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(
        ui: &'a Ui,
        (journal, header): (Journal, Header),
        changes: &'a [Change],
        events: bool,
        bar: bool,
    ) -> Self {
        Self {
            ui,
            journal,
            header,
            changes,
            run: OnceLock::new(),
            early: Mutex::new(Vec::new()),
            refused: Mutex::new(None),
            warned: AtomicBool::new(false),
            trailing: AtomicBool::new(false),
            events,
            progress: if bar {
                Progress::new(ui, changes.len())
            } else {
                Progress::none()
            },
            ticked: Mutex::default(),
        }
    }

    /// Ends the journal and tells its id, or why it could not be begun.
    pub(crate) fn end(self, end: End) -> (Option<RunId>, Option<Error>) {
        self.progress.end();
        if let Some(run) = self.run.get() {
            self.check(run.end(end));
        }
        let refused = self.refused.into_inner();
        let refused = refused.unwrap_or_else(PoisonError::into_inner);
        let id = self.run.into_inner().map(|run| run.id().clone());
        (id, refused.map(Error::from))
    }

    fn note(&self, index: usize, outcome: journal::Outcome) {
        match self.run.get() {
            Some(run) => self.check(run.result(index, &outcome)),
            None => locked(&self.early).push((index, outcome)),
        }
    }

    /// A row moves the bar once: when it got through, or when it ended.
    fn tick(&self, index: usize) {
        if locked(&self.ticked).insert(index) {
            self.progress.step();
        }
    }

    /// A lost result is settled later by reading the server; it is said once.
    fn check(&self, result: Result<(), JournalError>) {
        if let Err(error) = result
            && !self.warned.swap(true, Ordering::Relaxed)
        {
            self.say(&format!(
                "{error}; what is missing there is settled by the next run"
            ));
        }
    }

    /// That reads trail behind is said once.
    fn trails(&self) {
        if !self.trailing.swap(true, Ordering::Relaxed) {
            let text = "the server does not show the change yet: reading again";
            self.progress.beside(|| self.ui.status(text));
        }
    }

    fn say(&self, text: &str) {
        self.progress.beside(|| self.ui.warning(text));
    }

    fn operation(&self, index: usize, outcome: &Outcome) {
        if let Some(kept) = kept(outcome) {
            self.note(index, kept);
        }
        self.tick(index);
        let Some(change) = self.changes.get(index).filter(|_| self.events) else {
            return;
        };
        let (name, word, error) = match outcome {
            Outcome::Done => ("done", "done", None),
            Outcome::Sent => ("done", "sent", None),
            Outcome::Already => ("done", "already", None),
            Outcome::Failed(_) => ("failed", "failed", Some(outcome.to_string())),
            Outcome::Unknown(_) => ("failed", "unknown", Some(outcome.to_string())),
            Outcome::Unverified => ("failed", "unverified", Some(outcome.to_string())),
            Outcome::Seen(_) => ("failed", "seen", Some(outcome.to_string())),
            Outcome::Stale(_) => ("failed", "stale", Some(outcome.to_string())),
            Outcome::NotReached(_) => return,
        };
        let mut event = json!({"op": change.op, "key": change.key, "result": word});
        if let (Some(error), Some(fields)) = (error, event.as_object_mut()) {
            fields.insert("error".to_owned(), error.into());
        }
        print_event(self.ui, name, event);
    }
}

impl Observer for Recorder<'_> {
    fn begin(&self) -> bool {
        match self
            .journal
            .begin(&self.header, Intents::Changes(self.changes))
        {
            Ok(run) => {
                for (index, outcome) in locked(&self.early).drain(..) {
                    self.check(run.result(index, &outcome));
                }
                self.run.set(run).is_ok()
            }
            Err(error) => {
                *locked(&self.refused) = Some(error);
                false
            }
        }
    }

    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Start { domain, operations } if self.events => {
                let event = json!({"domain": domain, "operations": operations});
                print_event(self.ui, "start", event);
            }
            Event::Start { .. } => {}
            Event::Sent { index } => self.tick(*index),
            Event::Trailing => self.trails(),
            Event::Operation { index, outcome } => self.operation(*index, outcome),
            Event::Restored {
                index,
                route,
                outcome,
            } => {
                // About the delete that took it along: made good, made, or nobody knows.
                let kept = match outcome {
                    Outcome::Done => journal::Outcome::Restored,
                    _ => journal::Outcome::Done,
                };
                self.note(*index, kept);
                if self.events {
                    let result = if matches!(outcome, Outcome::Done) {
                        "restored"
                    } else {
                        "failed"
                    };
                    let event = json!({"op": "add", "route": route, "result": result});
                    print_event(self.ui, "restored", event);
                }
            }
            Event::Verified {
                domain,
                mismatches,
                unread,
            } if self.events => {
                let verified = mismatches.is_empty() && unread.is_none();
                let event = json!({
                    "domain": domain, "verified": verified, "mismatches": mismatches,
                    "error": unread,
                });
                print_event(self.ui, "verify", event);
            }
            Event::Verified { .. } => {}
        }
    }

    fn add(&self, change: &Change) -> Result<usize, String> {
        match self.run.get() {
            Some(run) => run.add(change).map_err(|error| error.to_string()),
            None => Err("there is no journal".to_owned()),
        }
    }
}

/// What the journal says of an outcome; of what was never sent it says nothing.
fn kept(outcome: &Outcome) -> Option<journal::Outcome> {
    Some(match outcome {
        Outcome::Done => journal::Outcome::Done,
        Outcome::Already => journal::Outcome::Already,
        Outcome::Failed(error) => journal::Outcome::Failed {
            error: error.to_string(),
        },
        Outcome::Sent => journal::Outcome::Sent,
        Outcome::Unknown(_) | Outcome::Unverified => journal::Outcome::Unknown,
        Outcome::Seen(found) => journal::Outcome::Seen {
            found: found.clone(),
        },
        Outcome::Stale(found) => journal::Outcome::Stale {
            found: found.clone(),
        },
        // Written down too: should the end get lost, silence would mean "perhaps".
        Outcome::NotReached(_) => journal::Outcome::NotReached,
    })
}

/// One object of the stream: `{"event":NAME,…}`.
pub(crate) fn event(name: &str, value: Value) -> Value {
    let mut event = serde_json::Map::new();
    event.insert("event".to_owned(), name.into());
    if let Value::Object(fields) = value {
        event.extend(fields);
    }
    Value::Object(event)
}

/// Prints one line of the stream.
pub(crate) fn print_event(ui: &Ui, name: &str, value: Value) {
    use std::io::Write as _;
    let text = event(name, value).to_string();
    let text = if ui.options().stdout_terminal {
        crate::output::visible_json(&text).into_owned()
    } else {
        text
    };
    let mut data = ui.data();
    // A reader that went away neither stops nor changes a run; a full disk is told at the end.
    let _ = writeln!(data, "{text}").and_then(|()| data.flush());
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
