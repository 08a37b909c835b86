//! One domain: its routes, its set-up as far as it shows, and what the server makes of lists.

use super::Report;
use super::finding::Finding;
use super::lists;
use super::reads::{Reads, Rows, Shown};
use crate::api::Client;
use crate::error::{Code, Error};
use crate::model::count;
use crate::ops::domains::{Named, more_than_one, unknown};
use crate::ops::set_up::{self, ROUTE_BY_ANI};
use crate::server::Fact;

/// So many reads of a domain, and no more (`design.md` §8).
const READS: u32 = 12;

pub(super) fn check(client: &Client, wanted: &Named, names: &[String], report: &mut Report<'_>) {
    let meant = wanted.meant(names.iter().map(String::as_str));
    let known = match meant.as_slice() {
        [one] => one,
        [] => return report.fail("domain", unknown(report.ctx, wanted.name(), names)),
        _ => return report.fail("domain", more_than_one(report.ctx, wanted.name(), &meant)),
    };
    report.add(Finding::ok("domain", format!("{known} is the account's")));
    let mut reads = Reads::new(client, known, READS);
    let list = routes(&mut reads, report);
    set_up(&mut reads, report);
    if let Some(list) = list {
        lists::check(&mut reads, &list, report);
    }
    report.ctx.learn();
    let (noted, all) = (report.ctx.facts().count(), Fact::ALL.len());
    report.add(
        Finding::ok("facts", format!("{noted} of {all} known of this server")).cure(format!(
            "`skyswitch doctor --json --domain {known}` shows them"
        )),
    );
}

fn routes(reads: &mut Reads<'_>, report: &mut Report<'_>) -> Option<Rows> {
    let list = match reads.here(&[]) {
        Shown::Rows(rows) => rows,
        Shown::Unclear(error) => {
            report.fail("routes", error.into());
            return None;
        }
        shown => {
            let text = format!("the domain's routes: {shown}");
            report.fail("routes", Error::new(Code::Rejected, text));
            return None;
        }
    };
    let bare = list.bare;
    let all = count(usize::try_from(list.here).unwrap_or(usize::MAX), "route");
    report.add(match list.here {
        0 => Finding::warn("routes", "none: VIP routing does nothing here yet"),
        here if bare == here => Finding::ok("routes", format!("{all}, for any called number")),
        _ if bare == 0 => Finding::ok("routes", format!("{all}, for single called numbers")),
        _ => Finding::ok(
            "routes",
            format!("{all}, {bare} of them for any called number"),
        ),
    });
    Some(list)
}

/// What VIP routing needs beside routes (`api.md`, Routes, "Before VIP routes work at all").
fn set_up(reads: &mut Reads<'_>, report: &mut Report<'_>) {
    let domain = reads.domain;
    reads.take();
    match set_up::has_user(reads.client, domain) {
        Ok(true) => report.add(Finding::ok("user", format!("`{ROUTE_BY_ANI}` is there"))),
        Ok(false) => report.add(
            Finding::warn(
                "user",
                format!("there is no user `{ROUTE_BY_ANI}`: no call reaches the routes"),
            )
            .cure(format!(
                "a PBX user `{ROUTE_BY_ANI}` in this domain that forwards to itself"
            )),
        ),
        Err(error) => report.add(Finding::warn(
            "user",
            format!("subscribers cannot be read: {error}"),
        )),
    }
    let mut numbers = |user| {
        reads.take();
        set_up::numbers(reads.client, domain, user)
    };
    let found = match numbers(Some(ROUTE_BY_ANI)) {
        Ok(leading) if leading.is_empty() => numbers(None).map(|all| (leading, all)),
        leading => leading.map(|leading| (leading, Vec::new())),
    };
    report.add(match found {
        Err(error) => Finding::warn(
            "numbers",
            format!("the domain's numbers cannot be read: {error}"),
        ),
        Ok((leading, all)) if leading.is_empty() && all.is_empty() => {
            Finding::warn("numbers", "the domain has none: no call comes in")
        }
        Ok((leading, all)) if leading.is_empty() => {
            let all = count(all.len(), "number");
            let text =
                format!("none of {all} leads to `{ROUTE_BY_ANI}`: no call reaches the routes");
            let cure = format!("each number's routing pointing at `{ROUTE_BY_ANI}`");
            Finding::warn("numbers", text).cure(cure)
        }
        Ok((leading, _)) => {
            let leading = count(leading.len(), "number");
            let text = format!("calls to {leading} reach the routes, by way of `{ROUTE_BY_ANI}`");
            Finding::ok("numbers", text)
        }
    });
    report.add(
        Finding::warn("set-up", "the vendor's fallback translation for callers without a route cannot be seen through this API")
            .cure("without it such calls are dropped: ask support for it by ticket"),
    );
}
