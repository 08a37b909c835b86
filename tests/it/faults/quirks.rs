//! Every unknown of the API: the client must not care which way it turns out.

use super::row::{After, Do, Row, Shown, row};

/// A domain without routes, the newest; and one whose name contains another's.
const NEIGHBOURS: &str = r#"{"domains":[
    {"domain":"acme.15611.service"},{"domain":"big-acme.15611.service"},{"domain":"new.15611.service"}],
 "routes":[
    {"ani":"16165550101","domain":"acme.15611.service","destination":"john","application":"user"},
    {"ani":"16165550101","domain":"big-acme.15611.service","destination":"joan","application":"user"},
    {"ani":"16165550102","domain":"acme.15611.service","destination":"100","application":"user"}]}"#;

pub(crate) fn lists() -> Vec<Row> {
    let mut rows = Vec::new();
    for shape in [
        "list=array", "list=data", "list=data-pagination", "list=data-flat", "list=object",
        "list=single", "routes=object", "routes=data-flat", "domains=object", "domains=data",
    ] {
        rows.extend(
            [Do::List, Do::ListCaller, Do::Domains, Do::Create].map(|to| row(&[shape], to)),
        );
    }
    rows.extend(
        [
            "dnis=null", "dnis=absent", "dnis=empty", "number-type=string", "number-type=number",
            "numbers=as-sent", "numbers=11",
        ]
        .map(|quirk| row(&[quirk], Do::ListCaller)),
    );
    // Its own filter finds any spelling, so one read is enough.
    rows.extend(
        [
            "numbers=10", "numbers=e164", "ten-digits=match", "ten-digits=never",
        ]
        .map(|quirk| row(&[quirk], Do::ListCaller)),
    );
    rows.extend([
        row(&["paging-lie=off"], Do::List),
        row(&["paging-lie=on"], Do::List)
            .fails(1, "incomplete_list")
            .shows(Shown::Unclosed),
        row(&["paging-lie=on", "domains=object"], Do::Domains)
            .fails(1, "incomplete_list")
            .shows(Shown::Unclosed),
        row(&["stale-domains=off"], Do::Domains),
        row(&["stale-domains=on"], Do::Domains).shows(Shown::Domains(3)),
        row(&["stale-domains=on"], Do::Refresh),
        row(&["filter=exact"], Do::ListAcme),
        row(&["filter=substring"], Do::ListAcme).on(NEIGHBOURS),
        row(&["filter=ignored"], Do::ListCaller),
        row(&["list-cap=12"], Do::List),
        row(&["list-cap=3"], Do::List).shows(Shown::Count(3)),
        row(&["paging=off"], Do::List),
        row(&["paging=on", "list-cap=1000"], Do::List),
        row(&["paging=ignored"], Do::List),
        row(&["whole-list=given"], Do::List),
        row(&["whole-list=refused"], Do::ListAcme),
        row(&["whole-list=empty"], Do::ListAcme),
        row(&["rate-limit=100"], Do::List),
        row(&["rate-limit=50/1s", "rate-headers=all"], Do::List),
        row(&["rate-limit=1", "rate-headers=retry-after"], Do::List),
        row(&["rate-limit=1", "rate-headers=x-ratelimit"], Do::List),
        row(&["rate-limit=1", "rate-headers=none"], Do::List),
        row(&["idle-close=0"], Do::Domains),
        row(&["GET *=late-commit:200"], Do::List).takes(200),
        row(&["read-lag=2000"], Do::List),
        row(&["accept-required=on"], Do::List)
            .asking_for("account")
            .fails(6, "forbidden")
            .sends("TGG"),
        row(&["accept-required=off"], Do::List),
        row(&["length-required=off"], Do::Create),
        row(&["token=opaque"], Do::Token),
        row(&["token=jwt"], Do::Token),
        row(&["token=jwt"], Do::List),
    ]);
    // What writes may turn out to be changes no read.
    rows.extend(
        [
            "lost-writes=off", "lost-writes=on", "stores=sent", "stores=upper", "stores=full",
            "unknown-user=stored", "unknown-user=refused", "wide-put=off", "wide-put=on",
            "delete=caller", "lost-deletes=off", "lost-deletes=on", "delete-404=off",
            "delete-404=on", "delete-404=gone",
        ]
        .map(|quirk| row(&[quirk], Do::List)),
    );
    // One refusal in every form.
    for (form, says) in [
        ("errors=reference", "scope"),
        ("errors=message", "scope"),
        ("errors=sentence", "scope"),
        ("errors=msg", "scope"),
        ("errors=fields", "scope"),
        ("errors=object", "403 (Forbidden)"),
        ("errors=empty", "403 (Forbidden)"),
        ("errors=html", "403 (Forbidden)"),
    ] {
        rows.push(
            row(&[form], Do::List)
                .asking_for("account")
                .fails(6, "forbidden")
                .sends("TGG")
                .says(says),
        );
    }
    rows
}

pub(crate) fn writes() -> Vec<Row> {
    let mut rows = Vec::new();
    for quirk in [
        "list=data", "list=object", "list=single", "dnis=absent", "dnis=empty",
        "number-type=number", "numbers=10", "numbers=11", "numbers=e164", "application=device",
        "application=literal", "put=empty", "put=json", "length-required=on", "accept-required=on",
        "rate-limit=50", "filter=substring",
    ] {
        rows.extend([Do::Create, Do::Update, Do::Same, Do::Delete].map(|to| row(&[quirk], to)));
    }
    let lags = |to: Do, requests| row(&["read-lag=700"], to).sends(requests).takes(700);
    rows.extend([
        lags(Do::Create, "TGPGG…"),
        lags(Do::Update, "TGPGG…"),
        lags(Do::Delete, "TGDGG…"),
        row(&["read-lag=700"], Do::Same),
        row(&["delete=exact"], Do::DeleteWide),
        row(&["delete=wide"], Do::DeleteWide).sends("TGDGGPGG"),
        row(&["delete=exact"], Do::DeleteAll),
        row(&["delete=wide"], Do::DeleteAll),
        // Nothing but a read that shows the delete can tell what else it took.
        row(&["delete=wide", "read-lag=700"], Do::DeleteWide)
            .takes(700)
            .sends("TGDGG…"),
        // The status says it, whatever the body is.
        row(&["put=text"], Do::Create),
        row(&["paging-lie"], Do::Create)
            .fails(1, "incomplete_list")
            .sends("TGGGG"),
        row(&["paging-lie"], Do::Delete)
            .fails(1, "incomplete_list")
            .sends("TGGGG"),
        row(&["stale-domains=on"], Do::First)
            .on(NEIGHBOURS)
            .sends("TGGGPG"),
        row(&["stale-domains=off"], Do::First).on(NEIGHBOURS),
        row(&["filter=substring"], Do::Delete).on(NEIGHBOURS),
        row(&["unknown-domain=empty"], Do::Nowhere)
            .fails(3, "unknown_domain")
            .says("did you mean `skyswitch routes")
            .sends("TGGG"),
        row(&["unknown-domain=404"], Do::Nowhere)
            .fails(3, "unknown_domain")
            .says(" --domain acme.15611.service ")
            .sends("TGGG"),
        row(&["unknown-domain=404", "not-found=400"], Do::Nowhere)
            .fails(3, "unknown_domain")
            .sends("TGGG"),
        row(&["unknown-domain=404", "not-found=404"], Do::First).on(NEIGHBOURS),
    ]);
    // The first delete is done and its answer lost; a read that lags has it sent again; then it is
    // not found, in either form. That is no evidence: only a read that shows it is, if it comes in time.
    for not_found in ["not-found=404", "not-found=400"] {
        let delete = |lag| {
            row(
                &[not_found, lag, "DELETE *=commit-status:502@1"],
                Do::Delete,
            )
        };
        rows.push(delete("read-lag=3000").sends("TGDGD…"));
        rows.push(
            delete("read-lag=60000")
                .fails(8, "outcome_unknown")
                .leaves(After::Done)
                .sends("TGDGD…"),
        );
    }
    rows
}

/// Sixty seconds long: the look after the write is refused until the minute is over.
pub(crate) fn rate_limit_waited_out() -> Row {
    row(&["rate-limit=2"], Do::Create)
        .sends("TGP…")
        .takes(20_000)
        .leaves(After::Done)
}
