//! What the server makes of a list's parameters: each read is a line that says what it showed, and a
//! fact where it shows one for sure.

use super::Report;
use super::finding::Finding;
use super::reads::{Reads, Rows, Shown};
use crate::model::{NumberKey, Route, is_round};
use crate::server::Probed;

/// How many digits a part of a number has.
const PART: usize = 7;

impl Report<'_> {
    /// A read, what it showed, and the fact in it.
    fn shows(&mut self, check: &'static str, text: impl Into<String>, probed: Option<Probed>) {
        if let Some(probed) = probed {
            self.ctx.facts().found(probed);
        }
        self.add(Finding::ok(check, text));
    }

    /// Nothing can be concluded.
    fn unclear(&mut self, check: &'static str, what: &str, shown: &Shown) {
        self.add(Finding::warn(check, format!("{what}: {shown}")));
    }
}

/// Finds out what can be; `list` is the domain's own.
pub(super) fn check(reads: &mut Reads<'_>, list: &Rows, report: &mut Report<'_>) {
    report.ctx.facts().set_run("doctor");
    paging(reads, list, report);
    whole(reads, list, report);
    ten_digits(reads, list, report);
    filter(reads, list, report);
    case(reads, list, report);
}

fn paging(reads: &mut Reads<'_>, list: &Rows, report: &mut Report<'_>) {
    let [first, second, ..] = list.routes.as_slice() else {
        let text = "not asked for: two routes are needed to tell whether pages are understood";
        return report.shows("paging", text, None);
    };
    let what = "`limit=1&start=1`";
    let shown = reads.here(&[("limit", "1"), ("start", "1")]);
    let word = match &shown {
        Shown::Refused(_) => "refused",
        Shown::Rows(page) => match page.routes.as_slice() {
            [one] if one == second && one != first => "understood",
            [one, ..] if one == first => "ignored",
            _ => return report.unclear("paging", what, &shown),
        },
        shown => return report.unclear("paging", what, shown),
    };
    let so = match word {
        "understood" => "lists can be read page by page",
        _ => "lists come in one piece",
    };
    let text = format!("{what} is {word}: {so}");
    report.shows("paging", text, Some(Probed::Paging(word)));
    if word == "understood" && list.to_the_end && is_round(list.all) {
        behind(reads, list, report);
    }
}

/// Whether anything stands behind the last row that a list of a round length showed.
fn behind(reads: &mut Reads<'_>, list: &Rows, report: &mut Report<'_>) {
    let start = list.all.to_string();
    let rows = list.counted();
    match reads.here(&[("start", &start)]) {
        Shown::Rows(rest) if rest.all == 0 => {
            let text = format!("`start={start}`: nothing stands behind the {rows} of the list");
            report.shows("list-cut", text, None);
        }
        Shown::Rows(_) => {
            let text =
                format!("`start={start}`: more stands behind the {rows}, so lists are cut there");
            report.shows("list-cut", text, Some(Probed::ListCut(Some(list.all))));
        }
        shown => report.unclear("list-cut", &format!("`start={start}`"), &shown),
    }
}

fn whole(reads: &mut Reads<'_>, list: &Rows, report: &mut Report<'_>) {
    let what = "the list without `domain`";
    let shown = reads.ask(&[]);
    let (text, word) = match &shown {
        Shown::Refused(status) => (
            format!("is refused ({status}): domains are read one by one"),
            "refused",
        ),
        Shown::Rows(rows) if rows.all > 0 => (
            format!("has {}, {} of them here", rows.counted(), rows.here),
            "given",
        ),
        Shown::Rows(_) if list.here > 0 => {
            ("is empty: domains are read one by one".to_owned(), "empty")
        }
        shown => return report.unclear("whole-list", what, shown),
    };
    report.shows(
        "whole-list",
        format!("{what} {text}"),
        Some(Probed::WholeList(word)),
    );
    if let Shown::Rows(rows) = &shown
        && rows.all > 0
    {
        cut(list, rows, report);
    }
}

/// Of two lists that both seem whole, one lacks rows that the other shows.
fn cut(list: &Rows, whole: &Rows, report: &mut Report<'_>) {
    let (length, lacks) = if whole.here < list.here {
        (
            whole.all,
            "the list without `domain` lacks rows of this domain's",
        )
    } else if whole.here > list.here {
        (
            list.all,
            "the domain's list lacks rows of the one without `domain`",
        )
    } else {
        return;
    };
    if list.to_the_end && whole.to_the_end && is_round(length) {
        let text = format!("{lacks}: lists are cut at {length} rows");
        report.shows("list-cut", text, Some(Probed::ListCut(Some(length))));
    }
}

/// Whether a row spelled in ten digits is found by its own spelling.
fn ten_digits(reads: &mut Reads<'_>, list: &Rows, report: &mut Report<'_>) {
    let mut rows = list.routes.iter().filter(|row| spelled(row, 10));
    let Some(row) = rows.next() else { return };
    let what = "a row spelled in ten digits";
    let shown = reads.here(&[("ani", row.ani.as_deref().unwrap_or_default())]);
    let (word, text) = match &shown {
        Shown::Rows(rows) if rows.routes.contains(row) => ("match", "is found by them"),
        Shown::Rows(rows) if rows.all == 0 => {
            ("never", "is not found by them: such rows never match")
        }
        shown => return report.unclear("ten-digit", what, shown),
    };
    let text = format!("{what} {text}");
    report.shows("ten-digit", text, Some(Probed::TenDigit(word)));
}

/// What `ani=` brought of a caller's rows.
struct Found {
    /// The caller's own.
    own: bool,
    /// Others' rows.
    others: bool,
}

/// What `ani=` finds of one caller: in the row's own spelling, in others, and by a part of the number.
fn filter(reads: &mut Reads<'_>, list: &Rows, report: &mut Report<'_>) {
    let row = list.routes.iter().find(|row| spelled(row, 11));
    let Some(own) = row.and_then(|row| row.ani.clone()) else {
        let text = "not asked for: no route here has a caller spelled in eleven digits";
        return report.shows("ani-filter", text, None);
    };
    let Some(exactly) = found(reads, "in the row's own spelling", &own, &own, report) else {
        return;
    };
    let mut any = true;
    for (what, asked) in [
        ("in ten digits", &own[1..]),
        ("with a `+`", &format!("+{own}")),
    ] {
        if any {
            let Some(found) = found(reads, what, asked, &own, report) else {
                return;
            };
            any = found.own;
        }
    }
    let part = &own[own.len() - PART..];
    let Some(part) = found(reads, "with a part of the number", part, &own, report) else {
        return;
    };
    let several = list.routes.iter().any(|row| row.ani.as_ref() != Some(&own));
    let (word, text) = match (exactly.own, exactly.others, part.own) {
        (_, true, _) => ("ignored", "it does not filter"),
        (true, false, true) if several => ("parts", "it filters by parts of numbers"),
        (true, false, false) if any => {
            ("exact", "it filters by whole numbers, in whatever spelling")
        }
        (true, false, false) => ("exact", "it filters by whole numbers, as they are spelled"),
        _ => return report.shows("ani-filter", "`ani=`: that tells nothing for sure", None),
    };
    if word == "exact" {
        let spelling = if any { "any" } else { "own" };
        report.ctx.facts().found(Probed::AniSpelling(spelling));
    }
    report.shows(
        "ani-filter",
        format!("`ani=`: {text}"),
        Some(Probed::AniFilter(word)),
    );
}

fn found(
    reads: &mut Reads<'_>,
    what: &str,
    asked: &str,
    own: &str,
    report: &mut Report<'_>,
) -> Option<Found> {
    let what = format!("`ani=` {what}");
    let shown = reads.here(&[("ani", asked)]);
    let Shown::Rows(rows) = &shown else {
        report.unclear("ani-filter", &what, &shown);
        return None;
    };
    let key = NumberKey::of(own);
    let callers = || rows.routes.iter().filter_map(|row| row.ani.as_deref());
    let found = Found {
        own: callers().any(|ani| ani == own),
        others: callers().any(|ani| NumberKey::of(ani) != key),
    };
    let text = match (found.own, found.others) {
        (true, true) => "brings the caller's rows and others'",
        (false, true) => "brings others' rows",
        (true, false) => "brings the caller's rows and no others",
        (false, false) => "brings nothing",
    };
    // What all of them come to is one line.
    log::info!("{what} {text}");
    Some(found)
}

/// Whether a row's caller is a North American number in so many digits.
fn spelled(row: &Route, digits: usize) -> bool {
    let ani = row.ani.as_deref().unwrap_or_default();
    ani.len() == digits && !ani.starts_with('+') && NumberKey::of(ani).spellings().len() == 3
}

fn case(reads: &mut Reads<'_>, list: &Rows, report: &mut Report<'_>) {
    let upper = reads.domain.as_str().to_uppercase();
    if list.all == 0 || !list.to_the_end {
        return;
    }
    let what = "`domain=` in capitals";
    let shown = reads.ask(&[("domain", &upper)]);
    let (word, text) = match &shown {
        Shown::Rows(rows) if rows.here == list.here => ("ignored", "brings the same rows"),
        Shown::Rows(rows) if rows.all == 0 => ("count", "brings nothing"),
        shown => return report.unclear("domain-case", what, shown),
    };
    report.shows(
        "domain-case",
        format!("{what} {text}"),
        Some(Probed::DomainCase(word)),
    );
}
