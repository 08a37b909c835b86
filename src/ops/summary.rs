//! What a run came to: one object, one line, and the error it ends with.

use serde_json::{Value, json};

use super::recorder::event;
use super::{Ran, print_event};
use crate::apply::{Ended, Outcome, Report, Why};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::journal::RunId;
use crate::model::{Op, count};
use crate::output::Format;
use crate::plan::{Operation, PlanId};

/// How many failed rows are named beside the error.
const NAMED: usize = 20;

/// `{"plan","journal","added","changed","deleted","already","failed":[…],"not_reached":N,"stale":[…],
/// "verified":bool,…}`, and the same in words.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    plan: Option<PlanId>,
    journal: Option<RunId>,
    added: usize,
    changed: usize,
    deleted: usize,
    already: usize,
    failed: Vec<Value>,
    not_reached: usize,
    stale: Vec<Value>,
    verified: bool,
    restored: Vec<Value>,
    mismatches: Vec<Value>,
    /// Members that only this command has, behind the others.
    extra: Vec<(&'static str, Value)>,
}

impl Summary {
    /// Of a plan that was not begun.
    pub(crate) fn not_begun(plan: PlanId, operations: usize) -> Self {
        Self {
            plan: Some(plan),
            not_reached: operations,
            verified: operations == 0,
            ..Self::default()
        }
    }

    /// Where there was nothing to do.
    pub(crate) fn nothing() -> Self {
        Self {
            verified: true,
            ..Self::default()
        }
    }

    /// Of a run that had nothing to send.
    pub(crate) fn noted(journal: RunId) -> Self {
        Self {
            journal: Some(journal),
            ..Self::nothing()
        }
    }

    /// Of a run that came to its end.
    pub(crate) fn of(plan: PlanId, operations: &[Operation], ran: &Ran) -> Self {
        let report = &ran.report;
        let mut summary = Self {
            plan: Some(plan),
            journal: ran.journal.clone(),
            verified: report.verified,
            restored: report.restored.iter().map(|route| json!(route)).collect(),
            mismatches: report.mismatches.iter().map(|found| json!(found)).collect(),
            ..Self::default()
        };
        for (operation, outcome) in operations.iter().zip(&report.outcomes) {
            summary.count(operation, outcome);
        }
        summary
    }

    fn count(&mut self, operation: &Operation, outcome: &Outcome) {
        match outcome {
            Outcome::Done | Outcome::Sent => match operation.change.op {
                Op::Add => self.added += 1,
                Op::Change => self.changed += 1,
                Op::Delete => self.deleted += 1,
            },
            Outcome::Already => self.already += 1,
            Outcome::Failed(_) | Outcome::Unknown(_) | Outcome::Unverified => {
                self.failed
                    .push(with(operation, "error", outcome.to_string().into()));
            }
            Outcome::Seen(found) | Outcome::Stale(found) => {
                self.stale.push(with(operation, "found", json!(found)));
            }
            Outcome::NotReached(_) => self.not_reached += 1,
        }
    }

    /// Counts rows that were as wanted before the run.
    pub(crate) fn already(mut self, more: usize) -> Self {
        self.already += more;
        self
    }

    /// Adds a member behind the others.
    pub(crate) fn extra(mut self, name: &'static str, value: Value) -> Self {
        self.extra.push((name, value));
        self
    }

    fn json(&self) -> Value {
        let mut object = json!({
            "plan": self.plan,
            "journal": self.journal,
            "added": self.added,
            "changed": self.changed,
            "deleted": self.deleted,
            "already": self.already,
            "failed": self.failed,
            "not_reached": self.not_reached,
            "stale": self.stale,
            "verified": self.verified,
            "restored": self.restored,
            "mismatches": self.mismatches,
        });
        if let Some(fields) = object.as_object_mut() {
            for (name, value) in &self.extra {
                fields.insert((*name).to_owned(), value.clone());
            }
        }
        object
    }

    /// Makes it the result where a signal ends the command before anything is sent.
    pub(crate) fn if_interrupted(&self, ctx: &Context, verb: &str) {
        let object = match ctx.output.format {
            Format::Ndjson if ctx.output.jq.is_none() => event("summary", self.json()),
            _ => self.json(),
        };
        ctx.result_if_interrupted(&object, &self.line(verb));
    }

    /// Prints it, as an object, as the last event or as a line. The error that follows is not kept
    /// from being told: what the reader of standard output does is told at the very end.
    pub(crate) fn print(&self, ctx: &Context, verb: &str) -> Result<(), Error> {
        ctx.says_its_result();
        match ctx.output.format {
            Format::Ndjson if ctx.output.jq.is_none() => print_event(ctx, "summary", self.json()),
            format if format.is_json() || ctx.output.jq.is_some() => ctx.print_json(&self.json()),
            _ => {
                ctx.ui.result_line(&self.line(verb));
                Ok(())
            }
        }
    }

    fn line(&self, verb: &str) -> String {
        let mut line = format!(
            "{verb}: {} added, {} changed, {} deleted",
            self.added, self.changed, self.deleted
        );
        for (number, what) in [
            (self.already, "done already"),
            (self.failed.len(), "failed"),
            (self.stale.len(), "stale"),
            (self.not_reached, "not reached"),
            (self.restored.len(), "put back"),
        ] {
            if number > 0 {
                line.push_str(&format!(", {number} {what}"));
            }
        }
        if let Some(journal) = &self.journal {
            let verified = if self.verified {
                "verified"
            } else {
                "not verified"
            };
            line.push_str(&format!("; {verified} (journal {journal})"));
        }
        line
    }
}

/// The operation with one member more.
fn with(operation: &Operation, name: &str, value: Value) -> Value {
    let mut object = json!(operation);
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
    object
}

/// What to type after a run that did not get through.
#[derive(Debug)]
pub(crate) struct Next {
    again: String,
    /// When the server has moved on since the plan was made.
    stale: Option<String>,
}

impl Next {
    /// The same command: it reads, and goes on where it stopped.
    pub(crate) fn again(ctx: &Context) -> Self {
        Self::command(&ctx.again().to_string())
    }

    /// A command that goes on.
    pub(crate) fn command(command: &str) -> Self {
        Self {
            again: format!("run `{command}`: it goes on where this one stopped"),
            stale: None,
        }
    }

    /// With the command that plans again what has become stale.
    pub(crate) fn or_plan(mut self, command: &str) -> Self {
        self.stale = Some(format!(
            "plan again with `{command}`: the server has moved on"
        ));
        self
    }

    fn after(&self, report: &Report) -> &str {
        let stale = report.count(|outcome| matches!(outcome, Outcome::Stale(_))) > 0;
        let stale = self.stale.as_ref().filter(|_| stale);
        stale.unwrap_or(&self.again)
    }
}

impl std::fmt::Display for Next {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.again)
    }
}

/// The error a run ends with, if it does (`design.md` §3).
pub(crate) fn verdict(operations: &[Operation], ran: Ran, next: &Next) -> Option<Error> {
    let Ran {
        report,
        journal,
        refused,
    } = ran;
    if refused.is_some() {
        return refused;
    }
    let details = details(operations, &report);
    let next = next.after(&report).to_owned();
    let changed = report.changed();
    let tail = (journal.as_ref()).map_or(String::new(), |id| format!(" (journal {id})"));
    let text = format!("{}{tail}", sentence(&report));
    let error = if report.ended == Ended::Stopped {
        Error::new(Code::Interrupted, format!("interrupted: {text}")).hint(next)
    } else if report.is_whole() {
        if report.verified {
            return None;
        }
        let error = Error::new(Code::Unverified, unverified(&report, &tail));
        match &journal {
            Some(id) => error.hint(format!("`skyswitch undo {id}` puts back what stood there")),
            None => error,
        }
    } else {
        match changed {
            Some(true) => {
                Error::new(Code::Partial, text).hint(format!("read the summary, then {next}"))
            }
            None if report.count(|one| matches!(one, Outcome::Unknown(_))) == 0
                && !report.doubted =>
            {
                Error::new(Code::Unverified, text)
                    .hint(format!("look with `skyswitch routes list`, then {next}"))
            }
            None => Error::new(Code::OutcomeUnknown, text)
                .hint(format!("look with `skyswitch routes list`, then {next}")),
            Some(false) => nothing_done(report, text, &next),
        }
    };
    let mut error = error.changed(changed).journal(journal);
    error.details = details;
    Some(error)
}

/// Nothing was changed: the first failure's own code, or what kept everything back.
fn nothing_done(report: Report, text: String, next: &str) -> Error {
    let held = report.outcomes.iter().find_map(|outcome| match outcome {
        Outcome::NotReached(Why::Held(brake)) => Some(brake.clone()),
        _ => None,
    });
    let stale = report.count(|outcome| matches!(outcome, Outcome::Stale(_))) > 0;
    let Report {
        mut outcomes,
        first_failed,
        read_failure,
        ..
    } = report;
    let first = first_failed
        .filter(|index| *index < outcomes.len())
        .map(|index| outcomes.swap_remove(index));
    let cause = match first {
        Some(Outcome::Failed(error)) => Some(error),
        _ => read_failure,
    };
    match (cause, held) {
        (Some(cause), _) => {
            let mut error = Error::from(cause);
            error.message = format!("{text}, the first because {}", error.message);
            error
        }
        (None, Some(brake)) => Error::new(Code::Brake, brake),
        (None, None) if stale => Error::new(Code::StalePlan, text).hint(next),
        (None, None) => Error::new(Code::Refused, text),
    }
}

fn sentence(report: &Report) -> String {
    let done = report.count(|outcome| matches!(outcome, Outcome::Done | Outcome::Sent));
    let mut text = format!("{done} of {} made", count(report.outcomes.len(), "change"));
    let counts = [
        (
            report.count(|outcome| matches!(outcome, Outcome::Already)),
            "done already",
        ),
        (
            report.count(|outcome| matches!(outcome, Outcome::Failed(_))),
            "failed",
        ),
        (
            report.count(|outcome| matches!(outcome, Outcome::Unknown(_))),
            "with unknown outcome",
        ),
        (
            report.count(|outcome| matches!(outcome, Outcome::Unverified)),
            "that the server does not show",
        ),
        (
            report.count(|outcome| matches!(outcome, Outcome::Seen(_))),
            "where another value stands than was sent",
        ),
        (
            report.count(|outcome| matches!(outcome, Outcome::Stale(_))),
            "stale",
        ),
        (
            report.count(|outcome| matches!(outcome, Outcome::NotReached(_))),
            "not reached",
        ),
    ];
    for (number, what) in counts.into_iter().filter(|(number, _)| *number > 0) {
        text.push_str(&format!(", {number} {what}"));
    }
    match report.ended {
        Ended::Canary => {
            text.push_str("; every write of the first domain failed, so no other was begun")
        }
        Ended::Breaker => text.push_str("; stopped, for nothing got through any more"),
        Ended::NoBearer => text.push_str("; the session ended"),
        Ended::Whole | Ended::Stopped | Ended::NotKept => {}
    }
    if !report.restored.is_empty() && !report.may_restore {
        let routes = count(report.restored.len(), "route");
        text.push_str(&format!("; {routes} went along with a write: put back"));
    }
    if !report.lost.is_empty() {
        let routes = count(report.lost.len(), "route");
        text.push_str(&format!(
            "; {routes} went along with a write and could not be put back"
        ));
    }
    text
}

fn unverified(report: &Report, tail: &str) -> String {
    let touched = report
        .mismatches
        .iter()
        .filter(|mismatch| mismatch.touched)
        .count();
    let drift = report.mismatches.len() - touched;
    let mut parts = Vec::new();
    if touched > 0 {
        parts.push(format!(
            "the server does not show {}",
            count(touched, "change")
        ));
    }
    if drift > 0 {
        parts.push(format!(
            "{} that this run did not touch changed meanwhile",
            count(drift, "route")
        ));
    }
    if !report.unread.is_empty() {
        let domains = count(report.unread.len(), "domain");
        parts.push(format!("{domains} could not be read again"));
    }
    if !report.lost.is_empty() {
        let routes = count(report.lost.len(), "route");
        parts.push(format!(
            "{routes} went along with a write and could not be put back"
        ));
    }
    format!("everything was sent, but {}{tail}", parts.join(", and "))
}

/// The first rows that did not end well, with their reasons.
fn details(operations: &[Operation], report: &Report) -> Vec<String> {
    let is_bad = |outcome: &Outcome| match outcome {
        Outcome::NotReached(why) => matches!(why, Why::Held(_)),
        outcome => !outcome.is_done(),
    };
    let rows = operations.iter().zip(&report.outcomes);
    let rows = rows.filter(|(_, outcome)| is_bad(outcome));
    let mut lines: Vec<String> = rows
        .map(|(operation, outcome)| {
            format!("{}: {}: {outcome}", operation.source, operation.change.key)
        })
        .collect();
    // Those of our own rows are told above.
    for mismatch in report.mismatches.iter().filter(|one| !one.touched) {
        let key = mismatch.key.as_ref();
        let key = key.map_or("a route without a key".to_owned(), ToString::to_string);
        let text = |route: &Option<crate::model::Route>| {
            route
                .as_ref()
                .map_or("no route".to_owned(), ToString::to_string)
        };
        lines.push(format!(
            "{key}: should be {}, is {}",
            text(&mismatch.expected),
            text(&mismatch.found)
        ));
    }
    for (route, reason) in &report.lost {
        lines.push(format!("{route} is gone: {reason}"));
    }
    for (domain, reason) in &report.unread {
        lines.push(format!("{domain}: {reason}"));
    }
    let more = lines.len().saturating_sub(NAMED);
    lines.truncate(NAMED);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines
}
