//! Runs as people read them: a line each, in local time, with ids short enough to type.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, Zoned};
use unicode_width::UnicodeWidthStr as _;

use super::{Shown, whose};
use crate::context::Context;
use crate::error::Error;
use crate::journal::loans::Loans;
use crate::journal::{Entry, Header, Journal, Outcome, Recorded, RunId, ShortIds, Status};
use crate::model::{Change, DomainKey, Op, Route, RouteKey, count, when};
use crate::output::visible;

/// The columns, as far as they are not all empty; what was done follows.
const HEADER: [&str; 4] = ["run", "time", "profile", "domain"];
/// What the rest of a line is.
const DONE: &str = "what changed";

/// A line before its columns are aligned: domain, what was done, and how that stands.
struct Told {
    domain: String,
    text: String,
    state: Option<&'static str>,
}

/// Prints the runs, or each of their changes.
pub(super) fn print(ctx: &Context, runs: &[Shown], each_change: bool) -> Result<(), Error> {
    if runs.is_empty() {
        ctx.ui.status("no runs");
        return Ok(());
    }
    let words = Words::of(ctx, runs)?;
    let now = Zoned::now();
    let whose = whose::names(ctx, runs.iter().map(Shown::header));
    let mut lines: Vec<([String; 4], Told)> = Vec::new();
    for (run, whose) in runs.iter().zip(whose) {
        let changes = run.entry().filter(|run| each_change && run.api.is_none());
        let told = match changes {
            Some(entry) => entry
                .changes
                .iter()
                .map(|one| words.change(entry, one, &now))
                .collect(),
            None => vec![words.run(run, &now)],
        };
        let [id, time] = words.head(run, &now);
        lines.extend(told.into_iter().map(|mut told| {
            let domain = std::mem::take(&mut told.domain);
            ([id.clone(), time.clone(), whose.clone(), domain], told)
        }));
    }
    let options = ctx.ui.options();
    let width = options.width.filter(|_| options.stdout_terminal);
    let with_header = options.stdout_terminal;
    let heads: Vec<_> = lines.iter().map(|(head, _)| head).collect();
    let heads = aligned(&heads, with_header);
    let (header, heads) = heads.split_at(usize::from(with_header));
    for header in header {
        let line = fitted(header, DONE, None, width);
        if let [line] = &line[..] {
            ctx.ui.data_line(line);
        }
    }
    for (head, (_, told)) in heads.iter().zip(&lines) {
        let text = ctx.with_names(&told.text);
        let state = told.state.map(|state| format!("({state})"));
        for line in fitted(head, &text, state, width) {
            ctx.ui.data_line(&line);
        }
    }
    Ok(())
}

/// The cells as wide as their columns, without the columns that are empty; a header stands first.
fn aligned(heads: &[&[String; 4]], header: bool) -> Vec<Vec<String>> {
    let widest = [0, 1, 2, 3].map(|at| {
        let widest = heads.iter().map(|head| head[at].width()).max().unwrap_or(0);
        let name = if header { HEADER[at].width() } else { 0 };
        if widest == 0 { 0 } else { widest.max(name) }
    });
    let line = |head: &[String; 4]| {
        let columns = head.iter().zip(widest).filter(|(_, width)| *width > 0);
        columns
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect()
    };
    let header = header.then(|| HEADER.map(str::to_owned));
    header
        .iter()
        .chain(heads.iter().copied())
        .map(line)
        .collect()
}

fn domains(run: &Shown) -> impl Iterator<Item = &DomainKey> {
    let changes = run.entry().into_iter().flat_map(|entry| &entry.changes);
    changes.map(|one| &one.intent.key.domain)
}

/// What ids and domains are called here, and what is to be known of temporary routes.
struct Words<'a> {
    journal: Journal,
    ids: ShortIds,
    domains: BTreeSet<&'a DomainKey>,
    /// Runs that were temporary, and whose end was taken back.
    kept: BTreeSet<RunId>,
}

impl<'a> Words<'a> {
    fn of(ctx: &Context, runs: &'a [Shown]) -> Result<Self, Error> {
        let journal = ctx.journal()?;
        let is_lent = |run: &Entry| run.header.until.is_some() && !run.is_note();
        let kept = match runs.iter().filter_map(Shown::entry).any(is_lent) {
            true => kept(&journal)?,
            false => BTreeSet::new(),
        };
        Ok(Self {
            ids: journal.short_ids()?,
            domains: runs.iter().flat_map(domains).collect(),
            journal,
            kept,
        })
    }

    fn head(&self, run: &Shown, now: &Zoned) -> [String; 2] {
        let (id, time) = (run.id(), run.time());
        [
            id.map_or_else(String::new, |id| self.ids.name(id).to_owned()),
            time.map_or_else(String::new, |time| when(time, now)),
        ]
    }

    /// A run, and how it stands where that is not simply done.
    fn run(&self, run: &Shown, now: &Zoned) -> Told {
        let told = |text, state| Told {
            domain: String::new(),
            text,
            state,
        };
        let Shown::Run(entry) = run else {
            let title = run.header().map(|header| title(&header.command));
            return told(title.unwrap_or_default(), Some("damaged"));
        };
        if let Some(api) = &entry.api {
            let (write, answer) = (&api.intent, answer(&api.outcome));
            let stands = answer.is_empty().then(|| state(entry, None)).flatten();
            let text = format!("api {} {}{answer}", write.method, write.path);
            return told(text, stands);
        }
        let header = &entry.header;
        let title = match &header.undoes {
            Some(id) => Some(format!("undo of {}", self.ids.name(id))),
            None if !header.ends.is_empty() => Some("undo --expired".to_owned()),
            None if header.plan.is_some() || header.probe => Some(title(&header.command)),
            None => None,
        };
        if let [one] = &entry.changes[..] {
            let told = self.change(entry, one, now);
            let title = title.map_or_else(String::new, |title| title + GAP);
            let text = title + &told.text;
            return Told { text, ..told };
        }
        let title = title.unwrap_or_else(|| self::title(&header.command));
        let of: BTreeSet<_> = domains(run).collect();
        Told {
            domain: match of.first() {
                Some(domain) if of.len() == 1 => self.domain(domain).to_owned(),
                None => String::new(),
                Some(_) => count(of.len(), "domain"),
            },
            text: format!("{title}  {}", counts(entry)),
            state: self.state(entry, None),
        }
    }

    fn change(&self, entry: &Entry, one: &Recorded<Change>, now: &Zoned) -> Told {
        let Change {
            op,
            key,
            before,
            after,
        } = &one.intent;
        let value = |route: &Option<_>| route.as_ref().map_or_else(String::new, Route::value);
        let (before, after) = (value(before), value(after));
        let what = match op {
            _ if entry.is_note() => format!("{after} stays"),
            Op::Add => format!("added {after}"),
            Op::Change => format!("{before} → {after}"),
            Op::Delete => format!("deleted {before}"),
        };
        let called = key.dnis.as_ref();
        let called = called.map_or_else(String::new, |dnis| format!(" to {dnis}"));
        let until = match entry.header.until {
            None if entry.is_note() => self.given_back(entry, key),
            until => until,
        };
        let until = match until.map(|until| when(until, now)) {
            Some(until) => format!(", until {until}"),
            None if entry.is_note() => ", for good".to_owned(),
            None => String::new(),
        };
        let outcome = (!entry.is_note()).then_some(&one.outcome);
        Told {
            domain: self.domain(&key.domain).to_owned(),
            text: format!("{}{called}  {what}{until}", key.ani),
            state: self.state(entry, outcome),
        }
    }

    fn domain<'d>(&'d self, domain: &'d DomainKey) -> &'d str {
        domain.beside(self.domains.iter().copied())
    }

    /// Until when a route was to stay once an undo of what was said of it was done.
    fn given_back(&self, undo: &Entry, key: &RouteKey) -> Option<Timestamp> {
        let of = &undo.header;
        let account = of.account.as_ref().filter(|_| of.undoes.is_some())?;
        let is_ours = |header: &Header| header.is_of(account, &of.origin, of.sandbox);
        let same = |run: &Entry| run.id <= undo.id && is_ours(&run.header);
        let runs = self.journal.entries().ok()?.flatten().filter(same);
        Some(Loans::of(runs).at(key)?.until)
    }

    fn state(&self, entry: &Entry, outcome: Option<&Outcome>) -> Option<&'static str> {
        match self.kept.contains(&entry.id) && entry.status == Status::Done {
            true => Some("its end was undone: for good"),
            false => state(entry, outcome),
        }
    }
}

/// Runs whose temporary changes were over and put back, which was taken back.
fn kept(journal: &Journal) -> Result<BTreeSet<RunId>, Error> {
    let runs = journal.entries()?.flatten();
    let undone = runs.filter(|run| run.status == Status::Undone);
    Ok(undone.flat_map(|run| run.header.ends).collect())
}

/// What a call of `api` was answered with; nothing where no answer is known.
fn answer(outcome: &Outcome) -> String {
    let code = outcome.http_status();
    code.map_or_else(String::new, |code| format!("  answered {code}"))
}

/// How a run or one of its changes stands; none where it is done.
fn state(entry: &Entry, outcome: Option<&Outcome>) -> Option<&'static str> {
    let over = |until: Timestamp| until <= Timestamp::now();
    let outcome = outcome.filter(|outcome| **outcome != Outcome::Done);
    let outcome = outcome.map(told);
    match entry.status {
        Status::Done => outcome,
        Status::Partial | Status::Interrupted => outcome.or(Some(entry.status.as_str())),
        Status::Undone if entry.header.until.is_some_and(over) => Some("over"),
        Status::Running | Status::Undone => Some(entry.status.as_str()),
    }
}

/// How a write ended, in words.
fn told(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Unknown => "outcome unknown",
        Outcome::NotReached => "not reached",
        Outcome::Restored => "taken along by the server and put back",
        Outcome::Seen { .. } => "another value seen",
        Outcome::Stale { .. } => "changed by others, left",
        Outcome::Already => "there already",
        outcome => outcome.as_str(),
    }
}

/// `3 added, 1 changed`, and after that what became of the others.
fn counts(entry: &Entry) -> String {
    let mut counts: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    if entry.is_note() {
        return "how long a route stands".to_owned();
    }
    for one in &entry.changes {
        let word = match (&one.outcome, one.intent.op) {
            (Outcome::Done | Outcome::Sent, Op::Add) => (0, "added"),
            (Outcome::Done | Outcome::Sent, Op::Change) => (1, "changed"),
            (Outcome::Done | Outcome::Sent, Op::Delete) => (2, "deleted"),
            (other, _) => (3, told(other)),
        };
        *counts.entry(word).or_default() += 1;
    }
    let words = counts
        .iter()
        .map(|((_, word), count)| format!("{count} {word}"));
    match words.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "nothing was sent".to_owned(),
        words => words,
    }
}

/// `apply vip.csv` of `skyswitch routes apply lists/vip.csv --yes`: the command and its file.
pub(in crate::commands) fn title(command: &str) -> String {
    let words = shell_words::split(command).unwrap_or_default();
    let is_command = |word: &&String| matches!(word.as_str(), "routes" | "undo" | "doctor");
    // Global flags may stand before it.
    let mut words = words.iter().skip_while(|word| !is_command(word));
    let verb = match words.next().map_or("", String::as_str) {
        "routes" => words.next().map_or("", String::as_str),
        "doctor" => "probe",
        other => other,
    };
    if matches!(verb, "move" | "copy") {
        let named: Vec<&str> = words.map(String::as_str).take(2).collect();
        return match named[..] {
            [old, new] if !old.starts_with('-') && !new.starts_with('-') => {
                format!("{verb} {old} → {new}")
            }
            _ => verb.to_owned(),
        };
    }
    let is_file = |word: &&String| word.ends_with(".csv") || word.ends_with(".json");
    let file = words.find(is_file).map(std::path::Path::new);
    match file.and_then(|file| file.file_name()) {
        Some(name) => format!("{verb} {}", name.to_string_lossy()),
        None => verb.to_owned(),
    }
}

/// Between two columns.
const GAP: &str = "  ";

/// The line, clean; one that is wider than the terminal is broken between columns, never cut: what
/// changed stands at its end.
fn fitted(head: &[String], text: &str, state: Option<String>, width: Option<u16>) -> Vec<String> {
    let text = visible(text);
    let room = width.map_or(usize::MAX, usize::from);
    let indent = " ".repeat(head.first().map_or(0, |id| id.width()) + GAP.len());
    let head = head.iter().map(String::as_str);
    let columns = head.chain(text.split(GAP)).chain(state.as_deref());
    let mut lines: Vec<String> = Vec::new();
    for column in columns.filter(|column| !column.is_empty()) {
        let longer = lines.last().map(|line| format!("{line}{GAP}{column}"));
        match (lines.last_mut(), longer) {
            (Some(last), Some(longer)) if longer.trim_end().width() <= room => *last = longer,
            (None, _) => lines.push(column.to_owned()),
            _ => lines.push(format!("{indent}{column}")),
        }
    }
    lines
        .iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn a_title_is_the_command_and_its_file() {
        for (command, told) in [
            (
                "skyswitch routes apply lists/vip.csv --yes",
                "apply vip.csv",
            ),
            (
                "skyswitch --profile acme routes apply --yes 'my list.csv'",
                "apply my list.csv",
            ),
            ("skyswitch routes delete --ani 16165550101", "delete"),
            ("skyswitch --sandbox undo --yes", "undo"),
            ("skyswitch --sandbox doctor --domain d --probe", "probe"),
            (
                "skyswitch routes move john jane -d acme",
                "move john → jane",
            ),
            ("skyswitch routes move -d acme john jane", "move"),
            ("", ""),
        ] {
            assert_eq!(title(command), told, "{command}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_broken_and_nothing_is_cut() {
        let fitted = |text: &str, state: Option<&str>, width| {
            let head = ["a3b9", "today 14:02"].map(str::to_owned);
            super::fitted(&head, text, state.map(str::to_owned), width)
        };
        let change = "apply typo.csv  acme  16165550101 (front desk)  frontdesk → mary";
        assert_eq!(
            fitted(change, Some("(undone)"), Some(80)),
            [
                "a3b9  today 14:02  apply typo.csv  acme  16165550101 (front desk)",
                "      frontdesk → mary  (undone)",
            ]
        );
        let long = "x".repeat(60);
        let whole = format!("a3b9  today 14:02  {long}");
        assert_eq!(fitted(&long, None, Some(79)), [&*whole]);
        assert_eq!(fitted(&long, None, Some(78))[1].trim(), long);
        assert_eq!(
            fitted("abc\u{1b}", None, None),
            ["a3b9  today 14:02  abc\\u{1b}"]
        );
        // Lines break between columns, and none is cut.
        let text = "undo of 46f5  acme  16165550101  jane → john, until 18:00";
        assert_eq!(
            fitted(text, Some("(over)"), Some(40)),
            [
                "a3b9  today 14:02  undo of 46f5  acme",
                "      16165550101",
                "      jane → john, until 18:00  (over)",
            ]
        );
        assert_eq!(fitted(&long, None, Some(40))[1].trim(), long);
    }
}
