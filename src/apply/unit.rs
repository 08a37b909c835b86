//! Domains that are read, written and verified together, and where each of them stands.

use std::ops::Range;

use super::report::Mismatch;
use super::snapshot::{Extent, Snapshot};
use crate::api::Error;
use crate::model::{Change, DomainKey, Op, Route, RouteKey};
use crate::plan::Operation;
use crate::plan::brakes::WideDelete;

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
    /// The server had moved on: nothing is sent.
    pub(super) stale: bool,
    /// Something was sent.
    pub(super) sent: bool,
    /// Deletes were sent.
    pub(super) deleted: bool,
    /// Something failed or is unknown, so nothing is deleted.
    pub(super) failed: bool,
    /// Whether it was read again since it was last written to.
    pub(super) seen: bool,
    /// What that read showed to be wrong.
    pub(super) mismatches: Vec<Mismatch>,
    /// Why it could not be read again.
    pub(super) unread: Option<String>,
    /// Deletes that may take others along, and were sent.
    pub(super) wide: Vec<WideDelete>,
    /// Routes that those took along and that could not be put back.
    pub(super) lost: Vec<RouteKey>,
}

impl Part {
    fn new(domain: DomainKey, range: Range<usize>) -> Self {
        Self {
            domain,
            range,
            stale: false,
            sent: false,
            deleted: false,
            failed: false,
            seen: true,
            mismatches: Vec::new(),
            unread: None,
            wide: Vec::new(),
            lost: Vec::new(),
        }
    }

    pub(super) fn is_verified(&self) -> bool {
        self.seen && self.mismatches.is_empty() && self.unread.is_none() && self.lost.is_empty()
    }
}

/// Writes of one caller in one domain, in their order, one after the other.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) operations: Vec<usize>,
    pub(super) at: usize,
    /// Failed tries of the current write.
    pub(super) tries: u32,
    /// Tries that failed only because it was too much at once.
    pub(super) throttled: u32,
    /// How many writes had succeeded when the last try failed.
    pub(super) mark: u64,
    /// Whether some try may have been carried out.
    pub(super) lost: bool,
    /// Whether nobody answered some try: it may still be under way.
    pub(super) silent: bool,
    /// Whether it is to be sent again if a read shows that it was not done.
    pub(super) again: bool,
    pub(super) error: Option<Error>,
}

impl Chain {
    pub(super) fn current(&self) -> Option<usize> {
        self.operations.get(self.at).copied()
    }

    /// On to the next write.
    pub(super) fn step(&mut self) {
        self.at += 1;
        self.tries = 0;
        self.throttled = 0;
        self.lost = false;
        self.silent = false;
        self.again = false;
        self.error = None;
    }
}

/// Domains that share their reads; one domain, unless they are small.
#[derive(Debug)]
pub(super) struct Unit {
    pub(super) parts: Vec<Part>,
    pub(super) extent: Extent,
    /// What stood there right before.
    pub(super) before: Snapshot,
    /// What stood there when the deletes began, if anything was written before them.
    pub(super) stand: Option<Snapshot>,
    /// Routes that a delete took along and that were put back, or tried: once.
    pub(super) restored: Vec<RouteKey>,
}

impl Unit {
    fn new(parts: Vec<Part>, operations: &[Operation]) -> Self {
        let names = parts.iter().map(|part| {
            let first = operations.get(part.range.start);
            let name = first.and_then(|operation| name(&operation.change));
            (&part.domain, name.unwrap_or(part.domain.as_str()))
        });
        Self {
            extent: Extent::new(names),
            parts,
            before: Snapshot::default(),
            stand: None,
            restored: Vec::new(),
        }
    }

    /// Whether deletes went out that may have taken others along, and nobody has looked yet.
    pub(super) fn owes_a_look(&self) -> bool {
        let owes = |part: &Part| !part.wide.is_empty() && !part.seen && part.unread.is_none();
        self.parts.iter().any(owes)
    }

    /// It could not be read again: nothing more is sent there; other parts may have deletes.
    pub(super) fn unverified(&mut self, reason: &str) {
        for part in self.parts.iter_mut().filter(|part| !part.seen) {
            part.unread = Some(reason.to_owned());
            part.failed = true;
        }
    }

    /// A route went along with a delete of ours and could not be put back.
    pub(super) fn lose(&mut self, route: &Route) {
        let Some(key) = route.key() else { return };
        let part = self.parts.iter_mut().find(|part| part.domain == key.domain);
        if let Some(part) = part {
            part.failed = true;
            part.lost.push(key);
        }
    }
}

/// The domain in the server's own spelling.
fn name(change: &Change) -> Option<&str> {
    let route = change.before.as_ref().or(change.after.as_ref())?;
    route.domain.as_deref()
}

/// Puts sorted operations into units: the first domain alone, large ones alone, small ones together.
pub(super) fn units(operations: &[Operation]) -> Vec<Unit> {
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
            units.push(Unit::new(vec![part], operations));
            continue;
        }
        together.push(part);
        if together.iter().map(|part| part.range.len()).sum::<usize>() >= shared {
            units.push(Unit::new(std::mem::take(&mut together), operations));
        }
    }
    if !together.is_empty() {
        units.push(Unit::new(together, operations));
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
                at: 0,
                tries: 0,
                throttled: 0,
                mark: 0,
                lost: false,
                silent: false,
                again: false,
                error: None,
            }),
        }
        last = Some(&change.key);
    }
    chains
}
