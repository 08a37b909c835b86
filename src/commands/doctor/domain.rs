//! What of a domain's VIP set-up can be seen from here, and what cannot.

use super::Report;
use super::finding::Finding;
use crate::api::{Client, RouteFilter};
use crate::model::{Route, count};
use crate::ops::domains::{Named, more_than_one, unknown};

pub(super) fn check(client: &Client, wanted: &Named, names: &[String], report: &mut Report<'_>) {
    let meant = wanted.meant(names.iter().map(String::as_str));
    let known = match meant.as_slice() {
        [one] => one,
        [] => return report.fail("domain", unknown(report.ctx, wanted.name(), names)),
        _ => return report.fail("domain", more_than_one(wanted.name(), &meant)),
    };
    report.add(Finding::ok("domain", format!("{known} is the account's")));
    let mut routes = 0;
    let mut without_dnis = 0;
    let read = client.routes(&RouteFilter::domain(known), &mut |route: Route| {
        routes += 1;
        without_dnis += usize::from(route.dnis.as_deref().is_none_or(str::is_empty));
        Ok(())
    });
    match read {
        Err(error) => {
            report.fail("routes", error.into());
            return;
        }
        Ok(_) if routes == 0 => report.add(Finding::warn(
            "routes",
            "none: VIP routing does nothing here yet",
        )),
        Ok(_) => report.add(Finding::ok(
            "routes",
            match count(routes, "route") {
                all if without_dnis == routes => format!("{all}, for any called number"),
                all if without_dnis == 0 => format!("{all}, for single called numbers"),
                all => format!("{all}, {without_dnis} of them for any called number"),
            },
        )),
    }
    // None of this is in the API: api.md, Routes, "Before VIP routes work at all".
    report.add(
        Finding::warn("set-up", "three things VIP routing needs cannot be seen through this API")
            .cure("the vendor's fallback translation for callers without a route: without it such calls are dropped; ask support for it by ticket")
            .cure("a PBX user `route_by_ani` in this domain that forwards to itself")
            .cure("each number's routing pointing at that user"),
    );
}
