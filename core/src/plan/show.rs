//! What a person sees of a plan or an explanation: lines of styled spans.
//!
//! Styles say what a span is, not how it looks; whoever prints chooses colours and makes hostile
//! bytes harmless. Texts are unescaped here.

use std::collections::HashMap;

use super::brakes::{self, Brake};
use super::explain::{Explanation, Why};
use super::{Counts, Operation, Plan, by_domain};
use crate::model::{Op, Route, count, grouped, shown};

/// Above this many adds and changes, equal ones are folded into one line.
const FOLD: usize = 50;
/// How many keys a folded line, and domains a long scope names.
const NAMED: usize = 3;
/// Above so many operations, or so many domains, a plan is shown short.
const LARGE: usize = 100;
const MANY_DOMAINS: usize = 10;
/// How many domains a short one shows, and at least where much else is to be said.
const DOMAINS: usize = 25;
const FEW_DOMAINS: usize = 5;
/// How many lines a person is shown at once, deletes apart.
const SCREEN: usize = 40;

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
    pub(super) fn with(mut self, style: Style, text: impl Into<String>) -> Self {
        let text = text.into();
        self.spans.push(Span { style, text });
        self
    }

    pub(super) fn new(style: Style, text: impl Into<String>) -> Self {
        Self::default().with(style, text)
    }

    /// The text without styles.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}

/// How much of a large plan is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Adds and changes of a large plan are a line a domain. Deletes are always shown whole.
    Short {
        /// How many other lines a person is shown with the plan.
        beside: usize,
    },
    /// Every operation.
    Whole,
}

impl Detail {
    /// Beside an account, a result and an error with its hint.
    pub const SHORT: Self = Self::Short { beside: 4 };

    /// The same with so many lines more.
    #[must_use]
    pub fn beside(self, more: usize) -> Self {
        match self {
            Self::Short { beside } => Self::Short {
                beside: beside + more,
            },
            Self::Whole => self,
        }
    }
}

/// A plan: head, operations by domain, counts, warnings, brakes.
pub fn plan(plan: &Plan, brakes: &[Brake], detail: Detail) -> Vec<Line> {
    let ending = ending(plan, brakes, detail);
    let mut lines = vec![head(plan, detail)];
    lines.extend(operations(
        &plan.operations,
        detail.beside(2 + ending.len()),
    ));
    lines.push(kept(plan));
    lines.extend(ending);
    lines
}

/// What a plan that is of no file would do, under its own head.
pub fn plan_under(plan: &Plan, head: &str, brakes: &[Brake], detail: Detail) -> Vec<Line> {
    let ending = ending(plan, brakes, detail);
    let mut lines = vec![Line::new(Style::Plain, head)];
    lines.extend(operations(
        &plan.operations,
        detail.beside(1 + ending.len()),
    ));
    lines.extend(ending);
    lines
}

pub(super) fn operations(all: &[Operation], detail: Detail) -> Vec<Line> {
    let counts = Counts::of(all);
    let large = all.len() > LARGE || by_domain(all).count() > MANY_DOMAINS;
    let (mut lines, short) = match detail {
        Detail::Short { beside } if large => (domain_lines(all, beside), true),
        _ => (Vec::new(), false),
    };
    let fold = counts.add + counts.change > FOLD;
    for operations in by_domain(all) {
        let is_shown = |operation: &&Operation| !short || operation.change.op == Op::Delete;
        let shown: Vec<&Operation> = operations.iter().filter(is_shown).collect();
        if let Some(first) = shown.first() {
            let domain = first.change.key.domain.as_str();
            lines.push(Line::new(Style::Heading, domain));
        }
        if fold {
            lines.extend(folded(&shown));
        } else {
            lines.extend(shown.into_iter().map(operation));
        }
    }
    lines
}

/// `acme.15611.service  +3 ~1`: the adds and changes of each domain, as many as a screen has room for
/// `beside` other lines.
fn domain_lines(all: &[Operation], beside: usize) -> Vec<Line> {
    let room = SCREEN
        .saturating_sub(beside + 2)
        .clamp(FEW_DOMAINS, DOMAINS);
    let number = |operations: &[Operation], op: Op| {
        let of = operations
            .iter()
            .filter(|operation| operation.change.op == op);
        of.count()
    };
    let domains = by_domain(all).filter_map(|operations| {
        let (adds, changes) = (number(operations, Op::Add), number(operations, Op::Change));
        let domain = operations.first()?.change.key.domain.as_str();
        (adds + changes > 0).then_some((domain, adds, changes))
    });
    let domains: Vec<_> = domains.collect();
    let line = |(domain, adds, changes): &(&str, usize, usize)| {
        let mut line = Line::new(Style::Heading, *domain).with(Style::Plain, " ");
        for (style, mark, n) in [(Style::Add, '+', *adds), (Style::Change, '~', *changes)] {
            if n > 0 {
                line = line.with(style, format!(" {mark}{n}"));
            }
        }
        line
    };
    let mut lines: Vec<Line> = domains.iter().take(room).map(line).collect();
    if let Some(more) = domains.len().checked_sub(room).filter(|more| *more > 0) {
        let more = format!("{} more, {} in all", count(more, "domain"), domains.len());
        lines.push(Line::new(Style::Dim, more));
    }
    let hint = "each of them is shown with `-v`, all of it with `--json`";
    lines.push(Line::new(Style::Dim, hint));
    lines
}

fn ending(plan: &Plan, brakes: &[Brake], detail: Detail) -> Vec<Line> {
    let counts = plan.counts();
    let mut lines = vec![Line::new(
        Style::Plain,
        format!(
            "{} to add, {} to change, {} to delete, {} unchanged",
            counts.add, counts.change, counts.delete, plan.unchanged
        ),
    )];
    lines.extend(warnings(
        plan.warnings.iter().map(|one| one.shown()),
        detail,
    ));
    let stopped = |text| Line::new(Style::Brake, format!("stopped: {text}"));
    if let [one] = brakes {
        lines.push(stopped(one.to_string()));
        return lines;
    }
    lines.extend(brakes::grouped_messages(brakes).into_iter().map(stopped));
    let flags = brakes::flags(brakes).map(|flags| {
        let flags: Vec<&str> = flags.into_iter().collect();
        format!("to permit all of it add `{}`", flags.join(" "))
    });
    lines.extend(flags.map(|text| Line::new(Style::Brake, text)));
    lines
}

/// Warnings: three of a kind and their number, where a plan is shown short; those that are told whole
/// each by itself. Each comes with whether it is one, its kind and its text.
pub(super) fn warnings<K: Copy + Eq + std::hash::Hash>(
    all: impl Iterator<Item = (bool, K, String)>,
    detail: Detail,
) -> Vec<Line> {
    let (mut whole, mut short) = (Vec::new(), Vec::new());
    for (is_whole, kind, text) in all {
        match is_whole || detail == Detail::Whole {
            true => whole.push(text),
            false => short.push((kind, text)),
        }
    }
    let texts = whole.into_iter().chain(grouped(short));
    let line = |text| Line::new(Style::Warning, format!("warning: {text}"));
    texts.map(line).collect()
}

/// What an explanation says, domain by domain; `unreached` are those whose routes such a call does not
/// come to.
pub fn explanation(
    explanation: &Explanation,
    until: impl Fn(&Route) -> Option<String>,
    unreached: &[String],
) -> Vec<Line> {
    let to = (explanation.to.as_deref()).map_or("any number".into(), shown);
    let head = format!("a call from {} to {to}", shown(&explanation.from));
    let mut lines = vec![Line::new(Style::Plain, head)];
    if explanation.domains.is_empty() {
        let text = "no route in any domain: each domain's fallback decides";
        lines.push(Line::new(Style::Plain, text));
    }
    for domain in &explanation.domains {
        let heading = Line::new(Style::Heading, &domain.domain);
        lines.push(match unreached.contains(&domain.domain) {
            true => heading.with(Style::Delete, " (no such call reaches its routes)"),
            false => heading,
        });
        let line = match &domain.route {
            Some(route) => Line::new(Style::Add, format!("  {}", route.value())),
            None => Line::new(Style::Delete, "  no route"),
        };
        lines.push(line.with(Style::Plain, format!(": {}", domain.reason)));
        let until = domain.route.as_ref().and_then(&until);
        lines.extend(until.map(|until| Line::new(Style::Plain, format!("  {until}"))));
        for other in &domain.others {
            // No number was asked about: this is what happens when that one is called.
            if let (Why::OnlyThatCalledNumber, Some(dnis)) = (other.why, &other.route.dnis) {
                let to = format!("  to {}: ", shown(dnis));
                let line = Line::new(Style::Plain, to);
                lines.push(line.with(Style::Add, other.route.value()));
                continue;
            }
            let text = format!("  not {}: {}", other.route, other.reason);
            lines.push(Line::new(Style::Dim, text));
        }
    }
    if explanation.assumes() {
        let text = "that the route for a single called number wins is assumed, not documented";
        lines.push(Line::new(Style::Dim, text));
    }
    lines
}

fn head(plan: &Plan, detail: Detail) -> Line {
    let mut scope: Vec<&str> = plan.scope.iter().map(|domain| domain.as_str()).collect();
    let more = match scope.len().checked_sub(NAMED) {
        Some(more) if detail != Detail::Whole && scope.len() > MANY_DOMAINS => {
            scope.truncate(NAMED);
            format!(" and {} more", count(more, "domain"))
        }
        _ => String::new(),
    };
    let noun = if plan.scope.len() == 1 {
        "domain"
    } else {
        "domains"
    };
    let scope = scope.join(", ");
    Line::new(Style::Plain, format!("plan {}", plan.id())).with(
        Style::Dim,
        format!(" for account {}, {noun} {scope}{more}", plan.account),
    )
}

fn kept(plan: &Plan) -> Line {
    let outside = match plan.kept_outside {
        0 => String::new(),
        1 if plan.kept == 1 => ", in another domain".to_owned(),
        n if n == plan.kept => ", all of them in other domains".to_owned(),
        n => format!(", {n} of them in other domains"),
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
        line = line.with(Style::Old, format!(" {}", before.value()));
    }
    if let Some(after) = &operation.change.after {
        line = line
            .with(Style::Plain, " → ")
            .with(Style::New, after.value());
    }
    line
}

/// One line for all adds, and one for all changes, between the same values; deletes stay as they are.
fn folded(operations: &[&Operation]) -> Vec<Line> {
    let mut groups: Vec<Vec<&Operation>> = Vec::new();
    let mut by_value: HashMap<(Option<String>, Option<String>), usize> = HashMap::new();
    for operation in operations.iter().copied() {
        if operation.change.op == Op::Delete {
            groups.push(vec![operation]);
            continue;
        }
        let text = |route: &Option<Route>| route.as_ref().map(Route::value);
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
