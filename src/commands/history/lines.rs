//! Runs as people read them: a line each, in local time, with ids short enough to type.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Zoned;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{Shown, whose};
use crate::context::Context;
use crate::error::Error;
use crate::journal::{Entry, Outcome, Recorded, ShortIds, Status};
use crate::model::{Change, DomainKey, Op, Route, when};
use crate::output::visible;

/// Prints the runs, or each of their changes.
pub(super) fn print(ctx: &Context, runs: &[Shown], each_change: bool) -> Result<(), Error> {
    if runs.is_empty() {
        ctx.ui.status("no runs");
        return Ok(());
    }
    let words = Words {
        ids: ctx.journal()?.short_ids()?,
        domains: runs.iter().flat_map(domains).collect(),
    };
    let now = Zoned::now();
    let whose = whose::names(ctx, runs.iter().map(Shown::header));
    let heads = runs.iter().map(|run| words.head(run, &now)).zip(whose);
    let heads: Vec<[String; 3]> = heads.map(|([id, time], whose)| [id, time, whose]).collect();
    let heads = aligned(&heads);
    let width = ctx
        .ui
        .options()
        .stdout_terminal
        .then_some(ctx.ui.options().width);
    for (run, head) in runs.iter().zip(&heads) {
        let changes = run.entry().filter(|_| each_change);
        let lines = match changes {
            Some(entry) => entry
                .changes
                .iter()
                .map(|one| words.change(entry, one, &now))
                .collect(),
            None => vec![words.run(run, &now)],
        };
        for (text, state) in lines {
            let text = format!("{head}{text}");
            ctx.ui
                .data_line(&fitted(&ctx.with_names(&text), state, width.flatten()));
        }
    }
    Ok(())
}

/// The same as columns, without those that are empty.
fn aligned(heads: &[[String; 3]]) -> Vec<String> {
    let widest = [0, 1, 2].map(|at| heads.iter().map(|head| head[at].width()).max().unwrap_or(0));
    let line = |head: &[String; 3]| {
        let columns = head.iter().zip(widest).filter(|(_, width)| *width > 0);
        columns
            .map(|(cell, width)| format!("{cell:width$}  "))
            .collect()
    };
    heads.iter().map(line).collect()
}

fn domains(run: &Shown) -> impl Iterator<Item = &DomainKey> {
    let changes = run.entry().into_iter().flat_map(|entry| &entry.changes);
    changes.map(|one| &one.intent.key.domain)
}

/// What ids and domains are called here.
struct Words<'a> {
    ids: ShortIds,
    domains: BTreeSet<&'a DomainKey>,
}

impl Words<'_> {
    fn head(&self, run: &Shown, now: &Zoned) -> [String; 2] {
        let (id, time) = (run.id(), run.time());
        [
            id.map_or_else(String::new, |id| self.ids.name(id).to_owned()),
            time.map_or_else(String::new, |time| when(time, now)),
        ]
    }

    /// A run, and how it stands where that is not simply done.
    fn run(&self, run: &Shown, now: &Zoned) -> (String, Option<&'static str>) {
        let title = run.header().map(|header| title(&header.command));
        let Shown::Run(entry) = run else {
            return (title.unwrap_or_default(), Some("damaged"));
        };
        let header = &entry.header;
        let single = header.ends.is_empty() && header.plan.is_none() && header.undoes.is_none();
        if let ([one], true, None) = (&entry.changes[..], single, &entry.api) {
            return self.change(entry, one, now);
        }
        let done = match (&entry.api, &entry.header.undoes) {
            (Some(api), _) => {
                let write = &api.intent;
                let answer = api.outcome.http_status();
                let answer =
                    answer.map_or(api.outcome.as_str().to_owned(), |code| code.to_string());
                format!("api {} {}  {answer}", write.method, write.path)
            }
            (None, None) if !entry.header.ends.is_empty() => {
                format!("undo --expired  {}", counts(entry))
            }
            (None, Some(id)) => format!("undo of {}  {}", self.ids.name(id), counts(entry)),
            (None, None) => format!("{}  {}", title.unwrap_or_default(), counts(entry)),
        };
        (done, state(entry, None))
    }

    fn change(
        &self,
        entry: &Entry,
        one: &Recorded<Change>,
        now: &Zoned,
    ) -> (String, Option<&'static str>) {
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
        let domain = self.domain(&key.domain);
        let until = entry.header.until.map(|until| when(until, now));
        let until = until.map_or_else(String::new, |until| format!(", until {until}"));
        let text = format!("{domain}  {}{called}  {what}{until}", key.ani);
        let outcome = (!entry.is_note()).then_some(&one.outcome);
        (text, state(entry, outcome))
    }

    /// The first label, while no other domain here begins with it.
    fn domain<'d>(&self, domain: &'d DomainKey) -> &'d str {
        let label = |domain: &'d str| domain.split('.').next().unwrap_or(domain);
        let own = label(domain.as_str());
        let begins = |other: &&&DomainKey| other.as_str().split('.').next() == Some(own);
        match self.domains.iter().filter(begins).count() {
            1 => own,
            _ => domain.as_str(),
        }
    }
}

/// How a run or one of its changes stands; none where it is done.
fn state(entry: &Entry, outcome: Option<&Outcome>) -> Option<&'static str> {
    let outcome = outcome.filter(|outcome| **outcome != Outcome::Done);
    let outcome = outcome.map(Outcome::as_str);
    match entry.status {
        Status::Done => outcome,
        Status::Partial | Status::Interrupted => outcome.or(Some(entry.status.as_str())),
        Status::Running | Status::Undone => Some(entry.status.as_str()),
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
            (other, _) => (3, other.as_str()),
        };
        *counts.entry(word).or_default() += 1;
    }
    let words = counts
        .iter()
        .map(|((_, word), count)| format!("{count} {word}"));
    words.collect::<Vec<_>>().join(", ").replace('_', " ")
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

/// On a narrower terminal a line is rather broken than cut.
const NARROW: u16 = 60;

/// The line, clean and at most as wide as the terminal; how it stands is never cut off.
fn fitted(text: &str, state: Option<&str>, width: Option<u16>) -> String {
    let state = state.map_or_else(String::new, |state| {
        format!("  ({})", state.replace('_', " "))
    });
    let text = visible(text);
    let width = width.filter(|width| *width >= NARROW);
    let room = width.map_or(usize::MAX, usize::from);
    let room = room.saturating_sub(state.width());
    if text.width() <= room {
        return format!("{text}{state}");
    }
    let mut used = 0;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used < room
    };
    let text: String = text.chars().take_while(fits).collect();
    format!("{text}…{state}")
}

#[cfg(test)]
mod tests {
    use super::{fitted, title};

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
    fn a_line_fits_and_keeps_how_it_stands() {
        let long = "x".repeat(60);
        let cut = fitted(&long, Some("not_reached"), Some(60));
        assert_eq!(cut, format!("{}…  (not reached)", "x".repeat(44)));
        assert_eq!(fitted(&long, None, Some(60)), long);
        // What is narrower breaks lines and cuts none.
        assert_eq!(fitted(&long, None, Some(40)), long);
        assert_eq!(fitted("abc → de\u{1b}", None, None), "abc → de\\u{1b}");
    }
}
