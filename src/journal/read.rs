//! Reading runs back, newest first, whatever happened to their files.
//!
//! A torn last line is ignored, a damaged line is skipped with a warning, a file that is none of ours
//! is reported and passed over. One run is in memory at a time.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::record::{Record, VERSION};
use super::{
    EXTENSION, End, Entry, Header, Journal, JournalError, Outcome, Recorded, RunId, Status,
};

/// Longer lines are skipped: no record of ours comes near.
const LONGEST_LINE: u64 = 4 * 1024 * 1024;
/// Warnings kept about one file.
const MOST_WARNINGS: usize = 10;

/// A file in the journal that is not a run, or not one that can be read.
#[derive(Debug)]
pub struct Unreadable {
    /// The file.
    pub path: PathBuf,
    /// Why, in one line.
    pub reason: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "journal file `{}` is passed over: {}",
            self.path.display(),
            self.reason
        )
    }
}

impl std::error::Error for Unreadable {}

impl Journal {
    /// The ids of all runs, newest first; none where there is no journal yet.
    pub fn ids(&self) -> io::Result<Vec<RunId>> {
        Ok(self.list()?.0)
    }

    /// When something was last written about a run; none where that cannot be told.
    pub fn last_written(&self, id: &RunId) -> Option<std::time::SystemTime> {
        fs::metadata(self.path(id)).ok()?.modified().ok()
    }

    /// All runs, newest first, read one by one as they are asked for.
    ///
    /// # Errors
    /// The directory cannot be listed. What is wrong with single files comes with the items.
    pub fn entries(&self) -> Result<Entries, JournalError> {
        let (ids, foreign) = self.list().map_err(|source| JournalError::Unreadable {
            path: self.dir.clone(),
            source,
        })?;
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
                source: io::Error::new(io::ErrorKind::InvalidData, unreadable.reason),
            }),
            None => Err(JournalError::NotFound {
                text: text.to_owned(),
            }),
        }
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
                    reason: "its name is not a journal id".to_owned(),
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
            Err(reason) => Err(Unreadable { path, reason }),
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
        }
    }
}

fn read_file(path: &Path, id: &RunId) -> Result<Entry, String> {
    // A fifo would block for ever, and a link may lead anywhere.
    let kind = fs::symlink_metadata(path).map_err(|error| error.to_string())?;
    if !kind.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    let running = is_held(&file);
    let mut entry = read(BufReader::new(&file), id)?;
    entry.running = running && entry.status == Status::Interrupted;
    Ok(entry)
}

/// Reads one run from its lines.
pub(super) fn read(mut lines: impl BufRead, id: &RunId) -> Result<Entry, String> {
    let mut line = Vec::new();
    let header = match next_line(&mut lines, &mut line).map_err(|error| error.to_string())? {
        Line::Whole => header(&line, id)?,
        Line::TooLong => return Err("its first line is too long".to_owned()),
        Line::End => return Err("it has no header".to_owned()),
    };
    let mut reading = Reading::new(id.clone(), header);
    let mut number = 1;
    loop {
        number += 1;
        match next_line(&mut lines, &mut line) {
            Ok(Line::End) => break,
            Ok(Line::Whole) if line.is_empty() => {}
            Ok(Line::Whole) => match serde_json::from_slice(&line) {
                Ok(record) => reading.take(record, number),
                Err(_) => reading.warn(number, "cannot be read"),
            },
            Ok(Line::TooLong) => reading.warn(number, "is too long"),
            Err(error) => {
                reading.warn(number, &error.to_string());
                break;
            }
        }
    }
    Ok(reading.into_entry())
}

fn header(line: &[u8], id: &RunId) -> Result<(Timestamp, Header), String> {
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
    if first.header.version != VERSION {
        return Err(format!(
            "it has version {}, this program reads {VERSION}",
            first.header.version
        ));
    }
    match serde_json::from_slice(line) {
        Ok(Record::Header {
            id: own, time, run, ..
        }) if *own == *id => {
            let time = time.parse().map_err(|_| "its time cannot be read")?;
            Ok((time, run.into_owned()))
        }
        Ok(Record::Header { .. }) => Err("its header has another id".to_owned()),
        _ => Err("its header cannot be read".to_owned()),
    }
}

/// What has been read of a run so far.
struct Reading {
    entry: Entry,
    outcomes: Vec<Option<Outcome>>,
    /// Whether the mark behind the intents was there: without it nothing was ever sent.
    intents_complete: bool,
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
                running: false,
                warnings: Vec::new(),
            },
            outcomes: Vec::new(),
            intents_complete: false,
            end: None,
        }
    }

    fn take(&mut self, record: Record<'_>, number: usize) {
        match record {
            Record::Change { index, change } if index == self.outcomes.len() => {
                self.entry.changes.push(Recorded {
                    intent: change.into_owned(),
                    outcome: Outcome::Unknown,
                });
                self.outcomes.push(None);
            }
            Record::Api { write } if self.outcomes.is_empty() => {
                self.entry.api = Some(Recorded {
                    intent: write.into_owned(),
                    outcome: Outcome::Unknown,
                });
                self.outcomes.push(None);
            }
            Record::Result { index, outcome } if index < self.outcomes.len() => {
                self.outcomes[index] = Some(outcome.into_owned());
            }
            Record::Intents { count } => {
                self.intents_complete = true;
                if count != self.outcomes.len() {
                    self.warn(number, "counts other writes than stand before it");
                }
            }
            Record::End { status } => self.end = Some(status),
            _ => self.warn(number, "does not fit what stands before it"),
        }
    }

    fn warn(&mut self, number: usize, what: &str) {
        if self.entry.warnings.len() < MOST_WARNINGS {
            self.entry
                .warnings
                .push(format!("journal `{}`: line {number} {what}", self.entry.id));
        }
    }

    fn into_entry(self) -> Entry {
        // Nothing was sent before the intents were complete; a run that ended has told of whatever it
        // sent; in one that never ended or is damaged, silence may mean anything.
        let told = self.end.is_some() && self.entry.warnings.is_empty();
        let silent = if told || !self.intents_complete {
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
    /// The file's end; a line without an end is not one.
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
    skip_line(lines)?;
    Ok(Line::TooLong)
}

fn skip_line(lines: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = lines.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|b| *b == b'\n');
        let length = buffer.len();
        lines.consume(end.map_or(length, |end| end + 1));
        if end.is_some() {
            return Ok(());
        }
    }
}

/// Whether the process that writes the file is alive; see `store::hold`.
fn is_held(file: &File) -> bool {
    #[cfg(unix)]
    {
        let held = matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock));
        if !held {
            // A writer that opens the run must not find us in its way.
            let _ = file.unlock();
        }
        held
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        false
    }
}
