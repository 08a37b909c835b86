//! Domains that are read, written and looked at together, and where each of them stands.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::read::{Caller, Extent, Snapshot};
use super::report::Mismatch;
use super::{Job, Reading, lock};
use crate::api::{Client, Error};
use crate::model::{Change, DomainKey, Op, Route, RouteKey};
use crate::plan::Operation;

/// A domain with fewer writes shares its reads with others: reads must not outweigh the writes.
const SMALL: usize = 20;
/// How many writes share a read at least, where domains are small.
const SHARED: usize = 256;
/// In how many units the writes of small domains are put at most.
const UNITS: usize = 16;

/// One domain of a unit.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) domain: DomainKey,
    /// Its operations, as places in the job.
    pub(super) range: Range<usize>,
    /// Something was sent.
    pub(super) written: bool,
    /// Something was sent since it was last looked at.
    pub(super) open: bool,
    /// Writes of ours that no look has shown.
    pub(super) unshown: Vec<Mismatch>,
    /// What the last look showed to be wrong.
    pub(super) mismatches: Vec<Mismatch>,
    /// Why it could not be read.
    pub(super) unread: Option<String>,
    /// Routes that writes of ours took along and that could not be put back.
    pub(super) lost: Vec<RouteKey>,
}

impl Part {
    fn new(domain: DomainKey, range: Range<usize>) -> Self {
        Self {
            domain,
            range,
            written: false,
            open: false,
            unshown: Vec::new(),
            mismatches: Vec::new(),
            unread: None,
            lost: Vec::new(),
        }
    }

    pub(super) fn is_verified(&self) -> bool {
        !self.open && self.mismatches.is_empty() && self.unread.is_none() && self.lost.is_empty()
    }
}

/// Writes of one caller in one domain, in their order, one after the other.
#[derive(Debug, Default)]
pub(super) struct Chain {
    pub(super) operations: Vec<usize>,
    at: usize,
    /// Failed tries of the current write.
    pub(super) tries: u32,
    /// Tries that failed only because it was too much at once.
    pub(super) throttled: u32,
    /// How many writes had succeeded when the last try failed.
    pub(super) mark: u64,
    /// When the last try ended that may have been carried out.
    pub(super) doubt: Option<Instant>,
}

impl Chain {
    pub(super) fn current(&self) -> Option<usize> {
        self.operations.get(self.at).copied()
    }

    /// On to the next write.
    pub(super) fn step(&mut self) {
        *self = Self {
            at: self.at + 1,
            operations: std::mem::take(&mut self.operations),
            ..Self::default()
        };
    }

    /// What stands behind the current write is not sent.
    pub(super) fn cut(&mut self) -> Vec<usize> {
        self.operations
            .split_off((self.at + 1).min(self.operations.len()))
    }
}

/// How a unit is read.
#[derive(Debug)]
pub(super) enum Source<'j> {
    Domains(Extent),
    /// With every key of the caller that is known of.
    Caller(&'j Caller, HashSet<RouteKey>),
}

/// A route that a write took along, on its way back.
#[derive(Debug)]
pub(super) struct Back {
    pub(super) route: Route,
    pub(super) key: RouteKey,
    /// What [`super::Observer::add`] gave for it.
    pub(super) index: usize,
    /// How often it was sent.
    pub(super) tries: u32,
    /// Whether the last try may not have been carried out.
    pub(super) doubt: bool,
}

/// Domains that share their reads; one domain, unless they are small.
#[derive(Debug)]
pub(super) struct Unit<'j> {
    pub(super) parts: Vec<Part>,
    pub(super) source: Source<'j>,
    /// What stood there right before.
    pub(super) before: Arc<Snapshot>,
    /// What the last read showed.
    now: Mutex<Arc<Snapshot>>,
    /// Routes that were gone after a write for the same caller.
    pub(super) gone: Mutex<Vec<Route>>,
    /// The caller's other routes that a read by key showed right before a write, by the write's place.
    pub(super) siblings: Mutex<HashMap<usize, Vec<Route>>>,
    /// Keys of routes that were taken along: each is put back once.
    pub(super) taken: HashSet<RouteKey>,
    /// Those that were sent back and that no look has shown yet.
    pub(super) back: Vec<Back>,
}

impl<'j> Unit<'j> {
    fn new(parts: Vec<Part>, job: &Job<'j>) -> Self {
        let nothing = Arc::new(Snapshot::nothing());
        let (source, before) = match job.reading {
            Reading::Domains => {
                let names = parts.iter().map(|part| {
                    let first = job.operations.get(part.range.start);
                    let spelled = first.and_then(|operation| operation.change.spelled());
                    let name = spelled.and_then(|route| route.domain.as_deref());
                    (&part.domain, name.unwrap_or(part.domain.as_str()))
                });
                (Source::Domains(Extent::new(names)), nothing)
            }
            Reading::Caller(read) => {
                let known = read.snapshot.index.keys().cloned();
                let asked = job.operations.iter().map(|one| one.change.key.clone());
                let keys = known.chain(asked).collect();
                (
                    Source::Caller(&read.caller, keys),
                    Arc::clone(&read.snapshot),
                )
            }
        };
        Self {
            parts,
            source,
            now: Mutex::new(Arc::clone(&before)),
            before,
            gone: Mutex::default(),
            siblings: Mutex::default(),
            taken: HashSet::new(),
            back: Vec::new(),
        }
    }

    /// What the last read showed.
    pub(super) fn now(&self) -> std::sync::MutexGuard<'_, Arc<Snapshot>> {
        lock(&self.now)
    }

    /// Reads it as it stands.
    pub(super) fn read(&self, client: &Client) -> Result<Snapshot, Error> {
        match &self.source {
            Source::Domains(extent) => extent.read(client),
            Source::Caller(caller, keys) => caller.look(client, keys.iter()),
        }
    }

    /// Reads the key of one change.
    pub(super) fn read_key(&self, client: &Client, change: &Change) -> Result<Snapshot, Error> {
        let caller = match &self.source {
            Source::Caller(caller, _) => Some((*caller).clone()),
            Source::Domains(_) => change.spelled().and_then(Caller::of),
        };
        match caller {
            Some(caller) => caller.look(client, std::iter::once(&change.key)),
            None => self.read(client),
        }
    }

    /// Whether untouched routes are read, too.
    pub(super) fn sees_all(&self) -> bool {
        matches!(self.source, Source::Domains(_))
    }

    /// A route went along with a write of ours and could not be put back.
    pub(super) fn lose(&mut self, key: &RouteKey) {
        let part = self.parts.iter_mut().find(|part| part.domain == key.domain);
        if let Some(part) = part {
            part.lost.push(key.clone());
        }
    }
}

/// Puts sorted operations into units: the first domain alone, large ones alone, small ones together.
pub(super) fn units<'j>(job: &Job<'j>) -> Vec<Unit<'j>> {
    let operations = job.operations;
    let (mut parts, mut start) = (Vec::new(), 0);
    for group in operations.chunk_by(|a, b| a.change.key.domain == b.change.key.domain) {
        let range = start..start + group.len();
        start = range.end;
        parts.extend(
            group
                .first()
                .map(|first| Part::new(first.change.key.domain.clone(), range)),
        );
    }
    let shared = SHARED.max(operations.len() / UNITS);
    let mut units = Vec::new();
    let mut together: Vec<Part> = Vec::new();
    for part in parts {
        if units.is_empty() || part.range.len() >= SMALL {
            units.push(Unit::new(vec![part], job));
            continue;
        }
        together.push(part);
        if together.iter().map(|part| part.range.len()).sum::<usize>() >= shared {
            units.push(Unit::new(std::mem::take(&mut together), job));
        }
    }
    if !together.is_empty() {
        units.push(Unit::new(together, job));
    }
    units
}

/// The chains of some operations of one kind, in their order.
pub(super) fn chains(
    operations: &[Operation],
    wanted: impl Iterator<Item = usize>,
    op: Op,
) -> Vec<Chain> {
    let mut chains: Vec<Chain> = Vec::new();
    let mut last: Option<&RouteKey> = None;
    for index in wanted {
        let Some(Operation { change, .. }) = operations.get(index) else {
            continue;
        };
        if change.op != op {
            continue;
        }
        // Operations are sorted, so one caller's stand side by side.
        match chains.last_mut() {
            Some(chain) if last.is_some_and(|key| key.same_caller(&change.key)) => {
                chain.operations.push(index);
            }
            _ => chains.push(Chain {
                operations: vec![index],
                ..Chain::default()
            }),
        }
        last = Some(&change.key);
    }
    chains
}
