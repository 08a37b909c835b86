//! Writing a run: begun, filled, ended.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::entry::rfc3339;
use super::read::LONGEST_LINE;
use super::record::{Record, VERSION};
use super::{End, Entry, Header, Intents, Journal, JournalError, Outcome, RunId};
use crate::durable;
use crate::model::Change;

/// Bytes gathered before they go to the file, while intents are written.
const BUFFER: usize = 256 * 1024;
/// How often an id may already be taken before something else must be wrong.
const TRIES: usize = 16;

/// A run that is being written; shared by the lanes of an apply.
///
/// Dropped without [`Run::end`] it stays unfinished and is settled later.
#[derive(Debug)]
pub struct Run {
    id: RunId,
    path: PathBuf,
    tail: Mutex<Tail>,
}

#[derive(Debug)]
struct Tail {
    file: File,
    /// How many writes the run has so far.
    writes: usize,
    /// Lines that a full disk kept out; they go before the next one, so that no end is ever written
    /// without the results in front of it.
    pending: Vec<u8>,
}

impl Journal {
    /// Begins a run: when this returns, header, before-images and intents are on disk.
    ///
    /// # Errors
    /// [`JournalError::Unwritable`]: nothing is left behind and nothing may be sent.
    pub fn begin(&self, header: &Header, intents: Intents<'_>) -> Result<Run, JournalError> {
        self.begin_at(Timestamp::now(), header, intents)
    }

    pub(super) fn begin_at(
        &self,
        now: Timestamp,
        header: &Header,
        intents: Intents<'_>,
    ) -> Result<Run, JournalError> {
        let (id, path, file) = self
            .create(now)
            .map_err(|source| unwritable(&self.dir, source))?;
        match write_intents(&file, &id, now, header, intents) {
            Ok(writes) => Ok(Run::new(id, path, file, writes)),
            Err(source) => {
                // The run never began: half a list of intents would only puzzle whoever reads it.
                let _ = std::fs::remove_file(&path);
                Err(unwritable(&path, source))
            }
        }
    }

    /// Opens an unfinished run again, to write down what reading the server has settled.
    ///
    /// # Errors
    /// [`JournalError::Running`] while its own process is still at work.
    pub fn reopen(&self, entry: &Entry) -> Result<Run, JournalError> {
        let path = self.path(&entry.id);
        let file = durable::append_held(&path).map_err(|source| unwritable(&path, source))?;
        let Some(mut file) = file else {
            return Err(JournalError::Running {
                id: entry.id.clone(),
            });
        };
        cut_torn_line(&path, &mut file).map_err(|source| unwritable(&path, source))?;
        let writes = entry.changes.len() + usize::from(entry.api.is_some());
        Ok(Run::new(entry.id.clone(), path, file, writes))
    }

    /// A new file under an id that is later than every other, also when the clock was set back:
    /// "the latest run" must be the one that was begun last.
    fn create(&self, now: Timestamp) -> io::Result<(RunId, PathBuf, File)> {
        private_dir(&self.dir)?;
        let latest = self.ids()?.into_iter().next().and_then(|id| id.time());
        let mut time = now;
        if let Some(latest) = latest.filter(|latest| *latest >= now) {
            let step = SignedDuration::from_millis(1);
            time = latest.checked_add(step).unwrap_or(now);
        }
        let mut tries = 0;
        loop {
            let id = RunId::at(time);
            let path = self.path(&id);
            match durable::create_held(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < TRIES => {
                    tries += 1;
                }
                Err(error) => return Err(error),
                Ok(file) => return Ok((id, path, file)),
            }
        }
    }
}

impl Run {
    fn new(id: RunId, path: PathBuf, file: File, writes: usize) -> Self {
        let pending = Vec::new();
        let tail = Mutex::new(Tail {
            file,
            writes,
            pending,
        });
        Self { id, path, tail }
    }

    /// The id, for summaries and JSON.
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// Writes down how the write at `index` ended (the intents' order, then [`Run::add`]'s).
    ///
    /// Not waited for: a result that a crash takes is settled by reading the server.
    pub fn result(&self, index: usize, outcome: &Outcome) -> Result<(), JournalError> {
        let record = Record::Result {
            index,
            outcome: Cow::Borrowed(outcome),
        };
        self.append(&mut self.tail(), &record)
    }

    /// Adds a write that became necessary on the way, such as a sibling to put back, and returns its
    /// index; on disk when this returns.
    pub fn add(&self, change: &Change) -> Result<usize, JournalError> {
        let mut tail = self.tail();
        let index = tail.writes;
        let record = Record::Change {
            index,
            change: Cow::Borrowed(change),
        };
        let before = tail.pending.len();
        if let Err(error) = self.append(&mut tail, &record) {
            // It will not be sent, so it must not turn up later either.
            tail.pending.truncate(before);
            return Err(error);
        }
        tail.writes += 1;
        self.sync(&tail)?;
        Ok(index)
    }

    /// Ends the run; results and end are on disk when this returns.
    pub fn end(&self, status: End) -> Result<(), JournalError> {
        let mut tail = self.tail();
        self.append(&mut tail, &Record::End { status })?;
        self.sync(&tail)
    }

    fn append(&self, tail: &mut Tail, record: &Record<'_>) -> Result<(), JournalError> {
        record
            .write_to(&mut tail.pending)
            .map_err(|error| unwritable(&self.path, error.into()))?;
        tail.write()
            .map_err(|source| unwritable(&self.path, source))
    }

    fn sync(&self, tail: &Tail) -> Result<(), JournalError> {
        tail.file
            .sync_data()
            .map_err(|source| unwritable(&self.path, source))
    }

    fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tail {
    /// Writes what is pending, whole lines or nothing.
    fn write(&mut self) -> io::Result<()> {
        let whole = self.file.metadata()?.len();
        if let Err(error) = self.file.write_all(&self.pending) {
            let cut = self.file.set_len(whole);
            let _ = cut.and_then(|()| self.file.seek(SeekFrom::Start(whole)));
            return Err(error);
        }
        self.pending.clear();
        Ok(())
    }
}

/// Header, intents and their mark, in one fsync; returns how many writes there are.
fn write_intents(
    file: &File,
    id: &RunId,
    now: Timestamp,
    header: &Header,
    intents: Intents<'_>,
) -> io::Result<usize> {
    let mut out = BufWriter::with_capacity(BUFFER, file);
    let mut line = Vec::new();
    let mut write = |record: Record<'_>| -> io::Result<()> {
        line.clear();
        record.write_to(&mut line)?;
        out.write_all(&line)
    };
    write(Record::Header {
        version: VERSION,
        id: Cow::Borrowed(id),
        time: rfc3339(now),
        run: Cow::Borrowed(header),
    })?;
    let count = match intents {
        Intents::Changes(changes) => {
            for (index, change) in changes.iter().enumerate() {
                let change = Cow::Borrowed(change);
                write(Record::Change { index, change })?;
            }
            changes.len()
        }
        Intents::Api(api) => {
            let api = Cow::Borrowed(api);
            write(Record::Api { write: api })?;
            1
        }
    };
    write(Record::Intents { count })?;
    out.flush()?;
    drop(out);
    file.sync_all()?;
    Ok(count)
}

/// Creates the journal's directory, or takes others' rights to ours away: it holds phone numbers.
fn private_dir(dir: &Path) -> io::Result<()> {
    durable::create_private_dir(dir)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if std::fs::metadata(dir)?.permissions().mode() & 0o077 != 0 {
            std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))?;
        }
    }
    Ok(())
}

/// Takes away what a killed writer left of a line: readers ignore it only where nothing follows.
fn cut_torn_line(path: &Path, file: &mut File) -> io::Result<()> {
    let length = file.metadata()?.len();
    let from = length.saturating_sub(LONGEST_LINE);
    let mut end = Vec::new();
    let mut reader = File::open(path)?;
    reader.seek(SeekFrom::Start(from))?;
    reader.read_to_end(&mut end)?;
    let torn = end.iter().rev().take_while(|byte| **byte != b'\n').count();
    match torn {
        0 => Ok(()),
        _ => {
            file.set_len(length - torn as u64)?;
            file.seek(SeekFrom::End(0)).map(drop)
        }
    }
}

fn unwritable(path: &Path, source: io::Error) -> JournalError {
    JournalError::Unwritable {
        path: path.to_owned(),
        source,
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::borrow::Cow;
    use std::fs::{self, File, OpenOptions};
    use std::sync::Mutex;

    use super::{Record, Run, Tail};
    use crate::journal::{End, JournalError, Outcome, RunId};
    use crate::model::{Change, Route};

    fn file(path: &str) -> File {
        OpenOptions::new().append(true).open(path).expect("opened")
    }

    #[test]
    fn what_a_full_disk_kept_out_is_written_before_anything_later() {
        let run = Run {
            id: RunId::parse("20261123T121530.123Z-3f9a").expect("an id"),
            path: "/dev/full".into(),
            tail: Mutex::new(Tail {
                file: file("/dev/full"),
                writes: 1,
                pending: Vec::new(),
            }),
        };
        let full = |result| assert!(matches!(result, Err(JournalError::Unwritable { .. })));
        full(run.result(0, &Outcome::Done));
        let sibling = Route {
            ani: Some("16165550101".into()),
            domain: Some("acme.15611.service".into()),
            ..Route::default()
        };
        let sibling = Change::put(None, sibling).expect("a change");
        full(run.add(&sibling).map(|_| ()));
        full(run.end(End::Done));

        let room = tempfile::NamedTempFile::new().expect("temp");
        run.tail().file = file(room.path().to_str().expect("text"));
        run.end(End::Partial).expect("written");
        let mut expected = Vec::new();
        for record in [
            Record::Result {
                index: 0,
                outcome: Cow::Owned(Outcome::Done),
            },
            Record::End { status: End::Done },
            Record::End {
                status: End::Partial,
            },
        ] {
            record.write_to(&mut expected).expect("json");
        }
        assert_eq!(fs::read(room.path()).expect("read"), expected);
    }
}
