//! Carrying out a plan: the writes it names and no others, each with a known end.
//!
//! Domain by domain: read, creates, changes, verify, deletes, verify. The first domain runs alone
//! and its failure ends the run; after it, domains overlap so that no lane is idle. What a read
//! right before shows to have changed is left alone. Nothing here prints or keeps a journal: an
//! [`Observer`] is told.

mod board;
mod events;
mod flow;
mod pace;
mod report;
mod snapshot;
mod staleness;
mod unit;
mod verify;

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::Operation;
use super::brakes::Overrides;
use crate::api::Client;
use board::{Board, Step};

pub use events::{Event, Observer};
pub use report::{Ended, Mismatch, Outcome, Report, Why};

/// Lanes unless `--concurrency` says otherwise.
pub const LANES: usize = 4;
/// The most lanes.
pub const MOST_LANES: usize = 32;

/// What is to be carried out.
#[derive(Debug)]
pub struct Job<'a> {
    /// Where to send it.
    pub client: &'a Client,
    /// What to send, sorted as [`super::Plan::operations`] promises.
    pub operations: &'a [Operation],
    /// How many requests at a time, 1 to [`MOST_LANES`].
    pub lanes: usize,
    /// What the flags permit; a domain that would end empty and a wide delete are asked about again
    /// right before the deletes.
    pub overrides: &'a Overrides,
}

/// Carries out a job; returns when nothing is under way any more.
///
/// A signal (the client's stop flag) ends it early: what is under way finishes, nothing new starts.
pub fn run(job: &Job<'_>, observer: &dyn Observer) -> Report {
    let board = Mutex::new(Board::new(job, observer, Instant::now()));
    let bell = Condvar::new();
    std::thread::scope(|scope| {
        for _ in 0..job.lanes.clamp(1, MOST_LANES) {
            scope.spawn(|| lane(job.client, &board, &bell));
        }
    });
    board
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .into_report()
}

fn lane(client: &Client, board: &Mutex<Board<'_>>, bell: &Condvar) {
    let mut guard = lock(board);
    loop {
        match guard.next(Instant::now()) {
            Step::Run(task, order) => {
                // Somebody else may have something to do, too.
                if guard.is_anything_ready() {
                    bell.notify_one();
                }
                drop(guard);
                let sent = Instant::now();
                let answer = order.carry_out(client);
                guard = lock(board);
                guard.take(task, answer, sent, Instant::now());
            }
            Step::Wait(wait) => {
                let waited = bell.wait_timeout(guard, wait);
                guard = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            Step::Finished => {
                bell.notify_all();
                return;
            }
        }
    }
}

/// A lane that panicked left its unit where it was: nothing of it is repeated.
fn lock<'g, 'j>(board: &'g Mutex<Board<'j>>) -> MutexGuard<'g, Board<'j>> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}
