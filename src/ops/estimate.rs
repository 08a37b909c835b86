//! How long a plan will take where it is known how many requests a server allows.

use std::time::Duration;

use crate::context::Context;
use crate::model::{count, seconds};
use crate::plan::Plan;

/// Reads of each domain, beside its writes: before them, after creates and changes, after deletes.
const READS: usize = 3;
/// A read allows the writes of so many seconds.
const FRESH: u64 = 5;

/// The words for it; none where no rate is known, or all of it is allowed at once.
pub(crate) fn words(ctx: &Context, plan: &Plan) -> Option<String> {
    let rate = ctx.facts().rate()?;
    let allowed = usize::try_from(rate.requests).unwrap_or(usize::MAX).max(1);
    let time = duration(
        plan.operations.len(),
        plan.by_domain().count(),
        allowed,
        rate.window,
    )?;
    let allowed = count(allowed, "request");
    let time = match time.as_secs() {
        0..120 => seconds(time),
        time => count(
            usize::try_from(time.div_ceil(60)).unwrap_or(usize::MAX),
            "minute",
        ),
    };
    Some(format!(
        "this takes about {time}: the server allows {allowed} in {}",
        seconds(rate.window)
    ))
}

/// The first window's requests go out at once; each later one waits for its window.
fn duration(writes: usize, domains: usize, allowed: usize, window: Duration) -> Option<Duration> {
    // What goes out in a window goes out together, unless the window is short.
    let each_window = usize::try_from(window.as_secs() / FRESH)
        .unwrap_or(usize::MAX)
        .clamp(1, 2);
    let reads = domains * READS + writes / allowed * each_window;
    let windows = (writes + reads).saturating_sub(1) / allowed;
    let windows = u32::try_from(windows).unwrap_or(u32::MAX);
    (windows > 0).then(|| window.saturating_mul(windows))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::duration;

    #[test]
    fn a_plan_takes_as_many_windows_as_its_requests_need() {
        let minute = Duration::from_secs(60);
        for (writes, domains, minutes) in [
            (50, 1, None),
            (60, 1, Some(1)),
            (600, 1, Some(10)),
            (60, 60, Some(4)),
        ] {
            let took = duration(writes, domains, 60, minute);
            assert_eq!(took.map(|time| time.as_secs() / 60), minutes, "{writes}");
        }
    }
}
