//! What a person sees of a plan or an explanation: lines of styled spans.
//!
//! Styles say what a span is, not how it looks; whoever prints chooses colours and makes hostile
//! bytes harmless. Texts are unescaped here.

use std::collections::HashMap;

use super::brakes::Brake;
use super::explain::Explanation;
use super::lint::{Code, Warning};
use super::{Operation, Plan};
use crate::model::{Op, Route, count};

/// Above this many adds and changes, equal ones are folded into one line.
const FOLD: usize = 50;
/// How many keys a folded line names.
const NAMED: usize = 3;
/// How many warnings of one kind are spelled out.
const WARNINGS: usize = 20;

/// What a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Nothing special.
    Plain,
    /// The name of a domain above its operations.
    Heading,
    /// The mark and key of an add.
    Add,
    /// The mark and key of a change.
    Change,
    /// The mark and key of a delete.
    Delete,
    /// A value that goes.
    Old,
    /// A value that comes.
    New,
    /// Less important.
    Dim,
    /// A warning.
    Warning,
    /// A brake.
    Brake,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// What it is.
    pub style: Style,
    /// Its text, unescaped.
    pub text: String,
}

/// One line, without its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its pieces.
    pub spans: Vec<Span>,
}

impl Line {
    fn with(mut self, style: Style, text: impl Into<String>) -> Self {
        let text = text.into();
        self.spans.push(Span { style, text });
        self
    }

    fn new(style: Style, text: impl Into<String>) -> Self {
        Self::default().with(style, text)
    }

    /// The text without styles.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}

/// The whole plan: head, operations by domain, counts, warnings, brakes.
pub fn plan(plan: &Plan, brakes: &[Brake]) -> Vec<Line> {
    let mut lines = vec![head(plan)];
    lines.extend(operations(plan));
    lines.push(kept(plan));
    lines.extend(ending(plan, brakes));
    lines
}

/// What an undo would do, under its own head.
pub fn undo(plan: &Plan, head: &str, brakes: &[Brake]) -> Vec<Line> {
    let mut lines = vec![Line::new(Style::Plain, head)];
    lines.extend(operations(plan));
    lines.extend(ending(plan, brakes));
    lines
}

fn operations(plan: &Plan) -> Vec<Line> {
    let counts = plan.counts();
    let mut lines = Vec::new();
    let fold = counts.add + counts.change > FOLD;
    for operations in plan.by_domain() {
        if let Some(first) = operations.first() {
            let domain = first.change.key.domain.as_str();
            lines.push(Line::new(Style::Heading, domain));
        }
        if fold {
            lines.extend(folded(operations));
        } else {
            lines.extend(operations.iter().map(operation));
        }
    }
    lines
}

fn ending(plan: &Plan, brakes: &[Brake]) -> Vec<Line> {
    let counts = plan.counts();
    let mut lines = vec![Line::new(
        Style::Plain,
        format!(
            "{} to add, {} to change, {} to delete, {} unchanged",
            counts.add, counts.change, counts.delete, plan.unchanged
        ),
    )];
    lines.extend(warnings(&plan.warnings));
    lines.extend(
        brakes
            .iter()
            .map(|brake| Line::new(Style::Brake, format!("stopped: {brake}"))),
    );
    lines
}

/// What an explanation says, domain by domain.
pub fn explanation(explanation: &Explanation) -> Vec<Line> {
    let to = explanation.to.as_deref().unwrap_or("any number");
    let head = format!("a call from {} to {to}", explanation.from);
    let mut lines = vec![Line::new(Style::Plain, head)];
    if explanation.domains.is_empty() {
        let text = "no route in any domain: each domain's unmatched-caller translation decides";
        lines.push(Line::new(Style::Plain, text));
    }
    for domain in &explanation.domains {
        lines.push(Line::new(Style::Heading, &domain.domain));
        let line = match &domain.route {
            Some(route) => Line::new(Style::Add, format!("  {}", value(route))),
            None => Line::new(Style::Delete, "  no route"),
        };
        lines.push(line.with(Style::Plain, format!(": {}", domain.reason)));
        for other in &domain.others {
            let text = format!("  not {}: {}", other.route, other.reason);
            lines.push(Line::new(Style::Dim, text));
        }
    }
    let text = "that the route for a single called number wins is assumed, not documented";
    lines.push(Line::new(Style::Dim, text));
    lines
}

fn head(plan: &Plan) -> Line {
    let scope: Vec<&str> = plan.scope.iter().map(|domain| domain.as_str()).collect();
    Line::new(Style::Plain, format!("plan {}", plan.id())).with(
        Style::Dim,
        format!(" for account {}, scope {}", plan.account, scope.join(", ")),
    )
}

fn kept(plan: &Plan) -> Line {
    let outside = match plan.kept_outside {
        0 => String::new(),
        n => format!(", {n} of them outside the scope"),
    };
    let text = format!(
        "on the server, not in the file: {} kept{outside}",
        plan.kept
    );
    Line::new(Style::Plain, text)
}

fn operation(operation: &Operation) -> Line {
    let key = &operation.change.key;
    let called = key.dnis.as_ref();
    let called = called.map_or(String::new(), |dnis| format!(" to {dnis}"));
    let line = match operation.change.op {
        Op::Add => Line::new(Style::Add, format!("  + {}{called}", key.ani)),
        Op::Change => Line::new(Style::Change, format!("  ~ {}{called}", key.ani)),
        Op::Delete => Line::new(Style::Delete, format!("  - {}{called} DELETE", key.ani)),
    };
    values(line, operation)
}

/// ` old → new`, ` → new` or ` old`.
fn values(mut line: Line, operation: &Operation) -> Line {
    if let Some(before) = &operation.change.before {
        line = line.with(Style::Old, format!(" {}", value(before)));
    }
    if let Some(after) = &operation.change.after {
        line = line
            .with(Style::Plain, " → ")
            .with(Style::New, value(after));
    }
    line
}

fn value(route: &Route) -> String {
    let destination = route.destination.as_deref().unwrap_or("?");
    match route.application_or_user() {
        "user" => destination.to_owned(),
        application => format!("{destination} ({application})"),
    }
}

/// One line for all adds, and one for all changes, between the same values; deletes stay as they are.
fn folded(operations: &[Operation]) -> Vec<Line> {
    let mut groups: Vec<Vec<&Operation>> = Vec::new();
    let mut by_value: HashMap<(Option<String>, Option<String>), usize> = HashMap::new();
    for operation in operations {
        if operation.change.op == Op::Delete {
            groups.push(vec![operation]);
            continue;
        }
        let text = |route: &Option<Route>| route.as_ref().map(value);
        let values = (
            text(&operation.change.before),
            text(&operation.change.after),
        );
        let group = *by_value.entry(values).or_insert(groups.len());
        match groups.get_mut(group) {
            Some(group) => group.push(operation),
            None => groups.push(vec![operation]),
        }
    }
    groups.iter().map(|group| fold(group)).collect()
}

fn fold(group: &[&Operation]) -> Line {
    let [first, _, ..] = group else {
        return group.first().map_or_else(Line::default, |o| operation(o));
    };
    let (style, mark) = match first.change.op {
        Op::Add => (Style::Add, '+'),
        _ => (Style::Change, '~'),
    };
    let routes = count(group.len(), "route");
    let line = values(Line::new(style, format!("  {mark} {routes}")), first);
    let keys: Vec<&str> = group
        .iter()
        .take(NAMED)
        .map(|operation| operation.change.key.ani.as_str())
        .collect();
    let dots = if group.len() > NAMED { ", …" } else { "" };
    line.with(Style::Dim, format!(" ({}{dots})", keys.join(", ")))
}

fn warnings(warnings: &[Warning]) -> Vec<Line> {
    let mut seen: Vec<(Code, usize)> = Vec::new();
    let mut lines = Vec::new();
    for warning in warnings {
        let index = seen.iter().position(|(code, _)| *code == warning.code);
        let index = index.unwrap_or_else(|| {
            seen.push((warning.code, 0));
            seen.len() - 1
        });
        seen[index].1 += 1;
        if seen[index].1 <= WARNINGS {
            lines.push(Line::new(Style::Warning, format!("warning: {warning}")));
        }
    }
    for (code, n) in seen.into_iter().filter(|(_, n)| *n > WARNINGS) {
        let word = serde_json::to_value(code).ok();
        let word = word.as_ref().and_then(|word| word.as_str());
        let text = format!(
            "warning: {} more of the kind `{}`",
            n - WARNINGS,
            word.unwrap_or_default()
        );
        lines.push(Line::new(Style::Warning, text));
    }
    lines
}
