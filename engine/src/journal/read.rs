//! Reading runs back, newest first, whatever happened to their files.
//!
//! A torn last line is ignored. Any other line that is not as it was written damages its whole run:
//! nothing of it is believed. One run is in memory at a time.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};

use super::record::{Record, VERSION, take_sum};
use super::{
    EXTENSION, End, Entry, Fault, Header, Journal, JournalError, Outcome, Recorded, RunId,
    ShortIds, Status, Unreadable,
};
use crate::durable;

/// Longer lines are no records of ours: none comes near.
pub(super) const LONGEST_LINE: u64 = 4 * 1024 * 1024;
/// Warnings kept about one file.
const MOST_WARNINGS: usize = 10;
/// Runs that began earlier have long stopped writing.
const LONGEST_RUN: SignedDuration = SignedDuration::from_hours(24);
/// What a run's file begins with, whatever its version.
const START: &[u8] = b"{\"header\":{\"version\":";

/// A run that has written a moment ago; see [`Journal::recent`].
#[derive(Debug)]
pub struct Recent {
    /// The run.
    pub run: Entry,
    /// How long ago its file was last written to.
    pub age: Duration,
}

impl Journal {
    /// The ids of all runs, newest first; none where there is no journal yet.
    pub fn ids(&self) -> io::Result<Vec<RunId>> {
        Ok(self.list()?.0)
    }

    /// What the runs are called for short.
    ///
    /// # Errors
    /// The directory cannot be listed.
    pub fn short_ids(&self) -> Result<ShortIds, JournalError> {
        Ok(ShortIds::of(&self.listed()?.0))
    }

    /// When something was last written about a run; none where that cannot be told.
    pub fn last_written(&self, id: &RunId) -> Option<SystemTime> {
        fs::metadata(self.path(id)).ok()?.modified().ok()
    }

    /// The runs of this machine that have written within the last `window`, newest first; of any
    /// account, at work or not, but none that has not sent anything and none that is damaged. A time
    /// in the future counts as now. What the journal is silent about is [`Outcome::Unknown`] in a run
    /// that has not ended.
    ///
    /// # Errors
    /// The directory cannot be listed.
    pub fn recent(&self, window: Duration) -> Result<Vec<Recent>, JournalError> {
        let since = Timestamp::now().checked_sub(LONGEST_RUN).ok();
        let ids = self.listed()?.0.into_iter();
        let ids = ids.filter(|id| id.time() >= since);
        Ok(ids.filter_map(|id| self.recent_run(&id, window)).collect())
    }

    fn recent_run(&self, id: &RunId, window: Duration) -> Option<Recent> {
        let age = self.last_written(id)?.elapsed().unwrap_or_default();
        if age >= window {
            return None;
        }
        let run = read_file(&self.path(id), id).ok()?;
        run.begun.then_some(Recent { run, age })
    }

    /// The newest run's fault, where it cannot be believed: an `undo` would stop at it.
    pub fn newest_fault(&self) -> Option<Unreadable> {
        self.entries()
            .ok()?
            .next()?
            .err()
            .filter(|bad| bad.fault.blocks)
    }

    /// All runs, newest first, read one by one as they are asked for.
    ///
    /// # Errors
    /// The directory cannot be listed. What is wrong with single files comes with the items.
    pub fn entries(&self) -> Result<Entries, JournalError> {
        let (ids, foreign) = self.listed()?;
        Ok(Entries {
            journal: self.clone(),
            foreign: foreign.into_iter(),
            ids: ids.into_iter(),
            taken_back: HashSet::new(),
        })
    }

    /// The one run a person means by an id, its beginning, or its last four digits.
    pub fn find(&self, text: &str) -> Result<Entry, JournalError> {
        let mut entries = self.entries()?;
        let meant: Vec<RunId> = (entries.ids.as_slice().iter())
            .filter(|id| id.is_meant_by(text))
            .cloned()
            .collect();
        let id = match meant.as_slice() {
            [] => {
                return Err(JournalError::NotFound {
                    text: text.to_owned(),
                });
            }
            [id] => id.clone(),
            _ => {
                return Err(JournalError::Ambiguous {
                    text: text.to_owned(),
                    ids: meant,
                });
            }
        };
        // Through the newer ones, because one of them may have taken it back.
        let found = entries.find_map(|item| match item {
            Ok(entry) if entry.id == id => Some(Ok(entry)),
            Err(unreadable) if unreadable.path == self.path(&id) => Some(Err(unreadable)),
            _ => None,
        });
        match found {
            Some(Ok(entry)) => Ok(entry),
            Some(Err(unreadable)) => Err(JournalError::Unreadable {
                path: unreadable.path,
                source: io::Error::new(io::ErrorKind::InvalidData, unreadable.fault.reason),
            }),
            None => Err(JournalError::NotFound {
                text: text.to_owned(),
            }),
        }
    }

    fn listed(&self) -> Result<(Vec<RunId>, Vec<Unreadable>), JournalError> {
        self.list().map_err(|source| JournalError::Unreadable {
            path: self.dir.clone(),
            source,
        })
    }

    /// The ids, newest first, and the files whose names are none.
    fn list(&self) -> io::Result<(Vec<RunId>, Vec<Unreadable>)> {
        let (mut ids, mut foreign) = (Vec::new(), Vec::new());
        let files = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((ids, foreign)),
            files => files?,
        };
        for file in files {
            let path = file?.path();
            if path.extension().is_none_or(|ending| ending != EXTENSION) {
                continue;
            }
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            match stem.map(RunId::parse) {
                Some(Ok(id)) => ids.push(id),
                _ => foreign.push(Unreadable {
                    path,
                    id: None,
                    fault: Fault {
                        blocks: false,
                        ..Fault::new("its name is not a journal id")
                    },
                }),
            }
        }
        ids.sort_unstable_by(|a, b| b.cmp(a));
        Ok((ids, foreign))
    }
}

/// The runs of a journal, newest first; after them the files that are none.
#[derive(Debug)]
pub struct Entries {
    journal: Journal,
    ids: std::vec::IntoIter<RunId>,
    foreign: std::vec::IntoIter<Unreadable>,
    /// Runs that a newer run, itself in force, has taken back.
    taken_back: HashSet<RunId>,
}

impl Iterator for Entries {
    type Item = Result<Entry, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some(id) = self.ids.next() else {
            return self.foreign.next().map(Err);
        };
        let path = self.journal.path(&id);
        Some(match read_file(&path, &id) {
            Ok(mut entry) => {
                self.mark(&mut entry);
                Ok(entry)
            }
            Err(fault) => Err(Unreadable {
                path,
                id: Some(id),
                fault,
            }),
        })
    }
}

impl Entries {
    /// Newest first means that whoever takes a run back has been seen before it: a run is undone when
    /// it was taken back by one that was not itself taken back.
    fn mark(&mut self, entry: &mut Entry) {
        if self.taken_back.contains(&entry.id) {
            entry.status = Status::Undone;
        } else if entry.status == Status::Done
            && let Some(undoes) = &entry.header.undoes
        {
            self.taken_back.insert(undoes.clone());
        } else if entry.status == Status::Done && entry.made().next().is_some() {
            // Over, and put back: what was temporary counts as taken back.
            self.taken_back.extend(entry.header.ends.iter().cloned());
        }
    }
}

fn read_file(path: &Path, id: &RunId) -> Result<Entry, Fault> {
    let fault = |error: io::Error| Fault::new(error.to_string());
    // A fifo would block for ever, and a link may lead anywhere.
    let metadata = fs::symlink_metadata(path).map_err(fault)?;
    if !metadata.is_file() {
        return Err(Fault::new("it is not a regular file"));
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::uid(&metadata) != rustix::process::geteuid().as_raw() {
        return Err(Fault::new("it belongs to another user"));
    }
    let file = File::open(path).map_err(fault)?;
    let running = durable::is_held(path, &file);
    let mut entry = read(BufReader::new(&file), id).map_err(|fault| Fault {
        blocks: fault.blocks && !running,
        ..fault
    })?;
    if running && entry.status == Status::Interrupted {
        entry.status = Status::Running;
    }
    Ok(entry)
}

/// Reads one run from its lines.
pub(super) fn read(mut lines: impl BufRead, id: &RunId) -> Result<Entry, Fault> {
    let mut line = Vec::new();
    let fault = |error: io::Error| Fault::new(error.to_string());
    let (version, header) = match next_line(&mut lines, &mut line).map_err(fault)? {
        Line::Whole => header(&mut line, id).map_err(Fault::new)?,
        Line::TooLong => return Err(Fault::new("its first line is too long")),
        Line::End if START.starts_with(&line) || line.starts_with(START) => {
            return Err(Fault {
                blocks: false,
                ..Fault::new("it was killed before anything was sent")
            });
        }
        Line::End => return Err(Fault::new("it does not begin with a header")),
    };
    let mut reading = Reading::new(id.clone(), header);
    match reading.read(lines, version) {
        Ok(()) => Ok(reading.into_entry()),
        Err(reason) => Err(Fault {
            header: Some(Box::new(reading.entry.header)),
            ..Fault::new(reason)
        }),
    }
}

/// The version, and what the first line says.
fn header(line: &mut Vec<u8>, id: &RunId) -> Result<(u32, (Timestamp, Header)), String> {
    #[derive(serde::Deserialize)]
    struct Version {
        version: u32,
    }
    #[derive(serde::Deserialize)]
    struct First {
        header: Version,
    }
    let first: First =
        serde_json::from_slice(line).map_err(|_| "it does not begin with a header".to_owned())?;
    let version = first.header.version;
    if !(1..=VERSION).contains(&version) {
        return Err(format!(
            "it has version {version}, this program reads up to {VERSION}"
        ));
    }
    match record(line, version) {
        Some(Record::Header {
            id: own, time, run, ..
        }) if *own == *id => {
            let time = time.parse().map_err(|_| "its time cannot be read")?;
            Ok((version, (time, run.into_owned())))
        }
        Some(Record::Header { .. }) => Err("its header has another id".to_owned()),
        _ => Err("its header is damaged".to_owned()),
    }
}

/// A line's record, if it is as it was written.
fn record(line: &mut Vec<u8>, version: u32) -> Option<Record<'static>> {
    match take_sum(line) {
        Some(true) => {}
        None if version == 1 => {}
        _ => return None,
    }
    serde_json::from_slice(line).ok()
}

/// What has been read of a run so far.
struct Reading {
    entry: Entry,
    outcomes: Vec<Option<Outcome>>,
    end: Option<End>,
}

impl Reading {
    fn new(id: RunId, (time, header): (Timestamp, Header)) -> Self {
        Self {
            entry: Entry {
                id,
                time,
                header,
                changes: Vec::new(),
                api: None,
                status: Status::Interrupted,
                begun: false,
                warnings: Vec::new(),
            },
            outcomes: Vec::new(),
            end: None,
        }
    }

    /// Reads what follows the header, to the end or to the first line that cannot be believed.
    fn read(&mut self, mut lines: impl BufRead, version: u32) -> Result<(), String> {
        let mut line = Vec::new();
        for number in 2.. {
            let damaged = || format!("line {number} is damaged");
            match next_line(&mut lines, &mut line).map_err(|error| error.to_string())? {
                // A line end that is none any more: a torn line is never that long.
                Line::End if line.pop().is_some() && record(&mut line, version).is_some() => {
                    return Err(damaged());
                }
                Line::End => break,
                Line::TooLong => return Err(damaged()),
                Line::Whole if line.is_empty() => {}
                Line::Whole => match record(&mut line, version) {
                    Some(record) => self.take(record).ok_or_else(damaged)?,
                    // Version 1 wrote on behind a torn line.
                    None if version == 1 && !line.ends_with(b"}}") => self.warn(number),
                    None => return Err(damaged()),
                },
            }
        }
        Ok(())
    }

    /// None where a record does not fit what stands before it.
    fn take(&mut self, record: Record<'_>) -> Option<()> {
        let outcome = Outcome::Unknown;
        match record {
            Record::Change { index, change } if index == self.outcomes.len() => {
                let intent = change.into_owned();
                self.entry.changes.push(Recorded { intent, outcome });
                self.outcomes.push(None);
            }
            Record::Api { write } if self.outcomes.is_empty() => {
                let intent = write.into_owned();
                self.entry.api = Some(Recorded { intent, outcome });
                self.outcomes.push(None);
            }
            Record::Result { index, outcome } => {
                *self.outcomes.get_mut(index)? = Some(outcome.into_owned());
            }
            Record::Intents { count } if count == self.outcomes.len() => self.entry.begun = true,
            Record::End { status } => self.end = Some(status),
            _ => return None,
        }
        Some(())
    }

    fn warn(&mut self, number: usize) {
        let Entry { id, warnings, .. } = &mut self.entry;
        if warnings.len() < MOST_WARNINGS {
            warnings.push(format!("journal `{id}`: line {number} cannot be read"));
        }
    }

    fn into_entry(self) -> Entry {
        // Nothing was sent before the intents were complete; a run that ended has told of whatever it
        // sent; in one that never ended or has a torn line, silence may mean anything.
        let told = self.end.is_some() && self.entry.warnings.is_empty();
        let silent = if told || !self.entry.begun {
            Outcome::NotReached
        } else {
            Outcome::Unknown
        };
        let mut entry = self.entry;
        let places = (entry.changes.iter_mut().map(|change| &mut change.outcome))
            .chain(entry.api.iter_mut().map(|api| &mut api.outcome));
        for (place, outcome) in places.zip(self.outcomes) {
            *place = outcome.unwrap_or_else(|| silent.clone());
        }
        entry.status = match self.end {
            Some(End::Done) => Status::Done,
            Some(End::Partial) => Status::Partial,
            Some(End::Interrupted) | None => Status::Interrupted,
        };
        entry
    }
}

enum Line {
    /// In the buffer, without its end.
    Whole,
    /// Skipped.
    TooLong,
    /// The file's end; a line without an end is not one, and stands in the buffer.
    End,
}

fn next_line(lines: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    lines.take(LONGEST_LINE).read_until(b'\n', line)?;
    if line.pop_if(|last| *last == b'\n').is_some() {
        return Ok(Line::Whole);
    }
    if u64::try_from(line.len()).is_ok_and(|length| length < LONGEST_LINE) {
        return Ok(Line::End);
    }
    line.clear();
    lines.skip_until(b'\n')?;
    Ok(Line::TooLong)
}
