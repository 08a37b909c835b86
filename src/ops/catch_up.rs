//! Our own writes of a moment ago: reads can lag behind them, so nothing is decided before they are
//! shown (`design.md` §2 "Lag").

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::api::Client;
use crate::apply::{self, LAG};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::{Change, Route, RouteIndex, RouteKey, Standing};
use crate::server::Observed;

/// The last write of this machine to one key, while reads may lag behind it.
#[derive(Debug)]
pub(crate) struct Catch {
    change: Change,
    /// When it was written down last.
    made: Instant,
    until: Instant,
}

impl Catch {
    /// Where.
    pub(crate) fn key(&self) -> &RouteKey {
        &self.change.key
    }

    /// Whether a read shows what stood there before the write, and may just lag behind it. Another
    /// value than that is somebody else's, and newer.
    pub(crate) fn lags<R: AsRef<[Route]>>(&self, index: &RouteIndex<R>) -> bool {
        self.change.standing(&index.at(self.key())) == Standing::Before
    }
}

/// The last writes of any process of this machine to this account, key by key: done, sent or unknown,
/// of finished, running and broken-off runs alike.
///
/// # Errors
/// The journal's directory cannot be listed.
pub(crate) fn recent(ctx: &Context, client: &Client) -> Result<Vec<Catch>, Error> {
    let origin = ctx.origin()?;
    let mut last: HashMap<RouteKey, Catch> = HashMap::new();
    let window = ctx.facts().lag_window(LAG);
    for recent in ctx.journal()?.recent(window)? {
        let header = &recent.run.header;
        if !header.is_of(client.account(), &origin, ctx.settings.sandbox) {
            continue;
        }
        let until = Instant::now() + window.saturating_sub(recent.age);
        for change in recent.run.made() {
            // The newest run comes first.
            last.entry(change.key.clone()).or_insert_with(|| Catch {
                change: change.into_owned(),
                made: Instant::now()
                    .checked_sub(recent.age)
                    .unwrap_or_else(Instant::now),
                until,
            });
        }
    }
    Ok(last.into_values().collect())
}

/// Reads until no write of ours lags behind, or reads may not lag any more.
///
/// # Errors
/// A read that fails, a signal.
pub(crate) fn until_shown<T>(
    ctx: &Context,
    recent: &[Catch],
    mut read: impl FnMut() -> Result<T, Error>,
    lags: impl Fn(&T, &Catch) -> bool,
) -> Result<T, Error> {
    let (mut told, mut looks) = (false, 0);
    let mut trailed: Option<(&Catch, Duration)> = None;
    loop {
        let began = Instant::now();
        let seen = read()?;
        let open = |catch: &&Catch| Instant::now() < catch.until && lags(&seen, catch);
        let Some(catch) = recent.iter().find(open) else {
            if let Some((_, lag)) = trailed.filter(|(catch, _)| !lags(&seen, catch)) {
                ctx.facts().note(Observed::Lag(lag));
            }
            return Ok(seen);
        };
        trailed = Some((catch, began.saturating_duration_since(catch.made)));
        if !std::mem::replace(&mut told, true) {
            ctx.ui.status(&format!(
                "the server does not show our last write for {} yet: reading again",
                catch.key()
            ));
        }
        let pause = apply::pause(looks).min(catch.until.saturating_duration_since(Instant::now()));
        looks += 1;
        if !ctx.signals.stop().sleep(pause) {
            return Err(Error::new(
                Code::Interrupted,
                "interrupted; nothing was changed",
            ));
        }
    }
}
