//! A list of routes read page by page, where the server is known to understand `limit` and `start`
//! (`design.md` §8 "Lists").

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use super::client::Client;
use super::error::Error;
use super::held::Held;
use super::http::Call;
use super::lists::{Completeness, Halt};
use crate::model::Route;

/// So many rows are asked for at a time: the switch underneath gives no more (`api.md`, Lists).
const PAGE: u64 = 1000;
/// How often a list is read that moves under the reader.
const READINGS: u32 = 3;
/// What it takes to know a row again: its hash, in a table with room.
const WEIGHT: usize = 24;

/// The rows that were handed on, by their hashes: a row is handed on once.
struct Known {
    hasher: RandomState,
    rows: HashSet<u64>,
    held: Held,
}

impl Client {
    /// Reads page after page, each one overlapping the one before by a row, until one brings nothing
    /// more. Where that row is another one the list has moved, and is read again from its beginning;
    /// one that does not come to rest is not complete.
    pub(super) fn list_paged(
        &self,
        call: &Call,
        receive: &mut dyn FnMut(Route) -> Result<(), Halt>,
    ) -> Result<Completeness, Error> {
        let mut known = Known {
            hasher: RandomState::new(),
            rows: HashSet::new(),
            held: Held::at_most(self.most_held()),
        };
        let mut rests = false;
        for _ in 0..READINGS {
            rests = self.pages_once(call, &mut known, receive)?;
            if rests {
                break;
            }
            log::info!("the list has moved while it was read: reading it again");
        }
        Ok(Completeness {
            received: known.rows.len() as u64,
            missing: (!rests).then_some(None),
            ..Completeness::default()
        })
    }

    /// Whether the list stood still until its end.
    fn pages_once(
        &self,
        call: &Call,
        known: &mut Known,
        receive: &mut dyn FnMut(Route) -> Result<(), Halt>,
    ) -> Result<bool, Error> {
        let (mut start, mut last) = (0, None);
        loop {
            let page = call.clone().query("limit", &PAGE.to_string());
            let page = page.query("start", &start.to_string());
            let (mut rows, mut newest, mut moved) = (0, last, false);
            let read = self.list(&page, &mut |route: Route| {
                let hash = known.hasher.hash_one(&route);
                rows += 1;
                moved = rows == 1 && last.is_some_and(|last| last != hash);
                if moved {
                    return Err(Halt);
                }
                newest = Some(hash);
                if known.rows.insert(hash) {
                    known.held.add(WEIGHT)?;
                    receive(route)?;
                }
                Ok(())
            });
            match read {
                Err(Error::Halted) if known.held.is_full() => return Err(known.held.too_much()),
                Err(Error::Halted) if moved => return Ok(false),
                read => drop(read?),
            }
            match (rows, last) {
                (0, Some(_)) => return Ok(false),
                (0, None) | (1, Some(_)) => return Ok(true),
                (rows, _) => start += rows - 1,
            }
            last = newest;
        }
    }
}
