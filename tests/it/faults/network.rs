//! Every way a network and a gateway fail, under reads and under writes.

use super::row::{After, Do, Row, Shown, row};

/// Neighbours are read as patiently as routes, and what they are refused for is told alike.
pub(crate) fn neighbours() -> Vec<Row> {
    let all = [Do::Subscribers, Do::Numbers, Do::Accounts];
    let each = all.into_iter().flat_map(|to| {
        let fails = |fault, exit, code| row(&[fault], to).fails(exit, code);
        [
            row(&["GET *=reset@1-2"], to).sends("TGGG"),
            row(&["GET *=empty:503@1"], to).sends("TGG"),
            row(&["GET *=status:401@1"], to).sends("TGTG"),
            fails("GET *=status:403", 6, "forbidden"),
            fails("GET *=html", 1, "unreadable_answer"),
            fails("GET *=empty", 1, "unreadable_answer"),
            fails("GET *=reply:200:{\"error\":\"x\"}", 1, "unreadable_answer"),
            fails("GET *=nesting", 1, "unreadable_answer"),
            fails("GET *=reset", 7, "network").sends("TGGG"),
            fails("GET *=hang", 7, "timeout").within(1).sends("TGGG"),
        ]
    });
    let mut rows: Vec<Row> = each.collect();
    rows.extend([
        row(&["GET *=status:404"], Do::Accounts).fails(3, "not_found"),
        // Where a domain has none, or is not found, the list of domains says whether it is there.
        row(&["GET *subscribers=reply:200:[]"], Do::Subscribers)
            .shows(Shown::Count(0))
            .sends("TGG"),
        row(&["GET *phone-numbers=status:404"], Do::Numbers)
            .fails(3, "not_found")
            .sends("TGG"),
        row(&[], Do::Check),
        row(&["GET */pbx/*=status:503@2"], Do::Check).sends("TGGG…"),
        // What cannot be judged is said; what would fail again ends it.
        row(&["GET *subscribers=status:403"], Do::Check)
            .shows(Shown::Count(4))
            .sends("TGGGGGGGG"),
        row(&["GET *phone-numbers=html"], Do::Check).shows(Shown::Count(9)),
        row(&["GET *subscribers=reset"], Do::Check)
            .fails(7, "network")
            .sends("TGGGG"),
        row(&["GET *route-by-ani=html"], Do::Check)
            .fails(1, "unreadable_answer")
            .sends("TG"),
        row(&[], Do::Accounts)
            .asking_for("pbx")
            .fails(6, "forbidden"),
        row(&[], Do::Numbers)
            .asking_for("account")
            .fails(6, "forbidden"),
    ]);
    rows
}

pub(crate) fn reads() -> Vec<Row> {
    use Shown::{Count, Unclosed};
    let mut rows = vec![
        // Refusals: what is worth a second try gets one, nothing else does.
        row(&["GET *=status:500@1"], Do::List).sends("TGG"),
        row(&["GET *=status:502@1"], Do::List).sends("TGG"),
        row(&["GET *=status:503@1-2"], Do::List).sends("TGGG"),
        row(&["GET *=status:504@1"], Do::Domains).sends("TGG"),
        row(&["GET *=status:503"], Do::List)
            .fails(7, "server_error")
            .sends("TGGG"),
        row(&["GET *=status:501"], Do::List).fails(7, "server_error"),
        row(&["GET *=status:408"], Do::List).fails(7, "timeout"),
        row(&["GET *=status:429@1"], Do::List).sends("TGG"),
        row(&["GET *=status:429:retry-after=1@1"], Do::List)
            .sends("TGG")
            .takes(1000),
        row(&["GET *=status:503:retry-after=date:2@1"], Do::List)
            .sends("TGG")
            .takes(1000),
        row(&["GET *=status:429:retry-after=soon@1"], Do::List).sends("TGG"),
        row(&["GET *=status:429:retry-after=61"], Do::List).fails(7, "rate_limited"),
        // The domains are not to be had either.
        row(&["GET *=status:400"], Do::List)
            .fails(2, "rejected")
            .sends("TGG"),
        row(&["GET *=status:422"], Do::List)
            .fails(2, "rejected")
            .sends("TGG"),
        row(&["GET *=status:403"], Do::List)
            .fails(6, "forbidden")
            .sends("TGG"),
        row(&["GET *=status:404"], Do::List)
            .fails(3, "not_found")
            .sends("TGG"),
        row(&["GET *=status:404"], Do::ListAcme)
            .fails(3, "not_found")
            .sends("TGGG"),
        row(&["GET *=status:401@1"], Do::List).sends("TGTG"),
        row(&["GET *=status:401"], Do::List)
            .fails(4, "session_dead")
            .sends("TGTG"),
        row(&["GET *=status:204"], Do::List).fails(1, "unreadable_answer"),
        // Pages, emptiness and other things that are not the API speaking.
        row(&["GET *=html"], Do::List).fails(1, "unreadable_answer"),
        row(&["GET *=html:502"], Do::List)
            .fails(7, "server_error")
            .sends("TGGG")
            .says("502 (Bad Gateway)"),
        row(&["GET *=empty"], Do::List)
            .fails(1, "unreadable_answer")
            .says("it is empty"),
        row(&["GET *=empty:503@1"], Do::List).sends("TGG"),
        row(&["GET *=reply:200:[]"], Do::List)
            .shows(Count(0))
            .sends("TGG"),
        row(&["GET *=reply:200:{}"], Do::List)
            .shows(Count(0))
            .sends("TGG"),
        row(&["GET *=reply:200:null"], Do::List).fails(1, "unreadable_answer"),
        row(&["GET *=reply:200:\"no\""], Do::List).fails(1, "unreadable_answer"),
        row(&["GET *=reply:200:[5]"], Do::List).fails(1, "unreadable_answer"),
        row(
            &["GET *=reply:200:{\"error\":\"x\",\"message\":\"y\"}"],
            Do::List,
        )
        .fails(1, "unreadable_answer"),
        row(&["GET *=invalid-json"], Do::List)
            .fails(7, "truncated")
            .shows(Unclosed),
        row(&["GET *=non-utf8"], Do::List).fails(1, "unreadable_answer"),
        row(&["GET *=nesting"], Do::List).fails(1, "unreadable_answer"),
        row(&["GET *=nesting:100"], Do::Domains).fails(1, "unreadable_answer"),
        // Redirects are never followed.
        row(&["GET *=redirect:/login"], Do::List).fails(7, "redirect"),
        row(
            &["GET *=redirect:307:https://elsewhere.example/login"],
            Do::List,
        )
        .fails(7, "redirect")
        .says("https://elsewhere.example"),
        // Headers.
        row(&["GET *=header:x-request-id:abc"], Do::List),
        row(&["GET *=header:content-type:text/html"], Do::List).fails(1, "unreadable_answer"),
        row(&["GET *=big-header:10k"], Do::List),
        row(&["GET *=big-header"], Do::List)
            .fails(7, "network")
            .sends("TGGG"),
        // Broken connections.
        row(&["GET *=reset@1"], Do::List).sends("TGG"),
        row(&["GET *=reset"], Do::List)
            .fails(7, "network")
            .sends("TGGG"),
        row(&["GET *=reset@1-2"], Do::Domains).sends("TGGG"),
        // Rows that went out cannot be taken back, so there is no second try.
        row(&["GET *=truncated@1"], Do::List)
            .fails(7, "truncated")
            .shows(Unclosed),
        row(&["GET *=truncated@1"], Do::Create).sends("TGGPG"),
        row(&["GET *=truncated"], Do::Create)
            .fails(7, "truncated")
            .sends("TGGG"),
        row(&["GET *=reply:200:[ @1"], Do::List).sends("TGG"),
        row(&["GET *=content-length:+10"], Do::List)
            .fails(7, "truncated")
            .shows(Unclosed),
        row(&["GET *=content-length:-10"], Do::List)
            .fails(7, "truncated")
            .shows(Unclosed),
        // Slowness.
        row(&["GET *=latency:300"], Do::List).takes(300),
        row(&["GET *=latency:400 @1", "GET *=latency:400 @1"], Do::List).takes(800),
        row(&["GET *=hang@1"], Do::List)
            .within(1)
            .sends("TGG")
            .takes(1000),
        row(&["GET *=hang"], Do::List)
            .within(1)
            .fails(7, "timeout")
            .sends("TGGG")
            .takes(3000),
        row(&["GET *=stall"], Do::List)
            .within(1)
            .fails(7, "timeout")
            .shows(Unclosed),
        row(&["GET *=slow:20"], Do::List)
            .within(1)
            .fails(7, "timeout")
            .sends("TGGG"),
        row(&["GET *=slow:20000"], Do::List),
        // Size.
        row(&["GET *=huge:2m"], Do::List).shows(Shown::Sized(1 << 20)),
        // What is only looked through takes no memory.
        row(&["GET *=huge:4m"], Do::Create)
            .within(30)
            .fails(8, "unverified")
            .leaves(After::Done)
            .sends("TGGGGPG…"),
        row(&["GET *=huge:2m"], Do::Domains).shows(Shown::Sized(100)),
        row(&["GET *=huge:80m:500"], Do::List)
            .fails(7, "server_error")
            .sends("TGGG"),
        row(&["GET *=gzip-bomb"], Do::List).fails(7, "truncated"),
        row(&["GET *=gzip-bomb"], Do::Domains).fails(7, "truncated"),
    ];
    // What fails a read before a write leaves everything as it was.
    rows.extend(
        [
            "GET *=html",
            "GET *=reply:200:nonsense",
            "GET *=nesting",
            "GET *=reply:200:[5]",
        ]
        .map(|fault| {
            row(&[fault], Do::Delete)
                .fails(1, "unreadable_answer")
                .sends("TG")
        }),
    );
    rows
}

pub(crate) fn writes() -> Vec<Row> {
    let mut rows = Vec::new();
    // A lost answer is settled by reading: done is done, and not done is sent again.
    for (lost, done) in [
        ("PUT *=reset@1", "PUT *=commit-reset@1"),
        ("PUT *=status:500@1", "PUT *=commit-status:500@1"),
        ("PUT *=status:502@1", "PUT *=commit-status:504@1"),
        ("PUT *=html:503@1", "PUT *=commit-html:503@1"),
        ("PUT *=empty:503@1", "PUT *=commit-empty:502@1"),
        ("PUT *=huge:5m:503@1", "PUT *=commit-huge:5m:503@1"),
    ] {
        rows.push(row(&[lost], Do::Create).sends("TGPGGPG"));
        rows.push(row(&[done], Do::Create).sends("TGPG…"));
        rows.push(row(&[done], Do::Update).sends("TGPG…"));
    }
    for (lost, done) in [
        ("DELETE *=reset@1", "DELETE *=commit-reset@1"),
        ("DELETE *=status:503@1", "DELETE *=commit-status:503@1"),
    ] {
        rows.push(row(&[lost], Do::Delete).sends("TGDGDGG"));
        rows.push(row(&[done], Do::Delete).sends("TGDGGGG"));
        rows.push(row(&[done, "delete=wide"], Do::DeleteWide).sends("TGDGGGGPGG"));
    }
    rows.extend([
        // It may still be at work, so it is not sent again.
        row(&["PUT *=hang@1"], Do::Create)
            .within(1)
            .fails(8, "outcome_unknown")
            .sends("TGPGG…")
            .takes(15_000),
        row(&["PUT *=commit-hang@1"], Do::Create)
            .within(1)
            .sends("TGPG…"),
        row(&["DELETE *=commit-hang@1"], Do::Delete)
            .within(1)
            .sends("TGDGG"),
        row(&["PUT *=truncated"], Do::Create).sends("TGPG…"),
        row(&["PUT *=stall"], Do::Update).within(1).sends("TGPG…"),
        row(&["PUT *=content-length:+7", "put=json"], Do::Create).sends("TGPG…"),
        row(&["PUT *=slow:20", "put=json"], Do::Create)
            .within(1)
            .sends("TGPG…"),
        row(&["PUT *=invalid-json", "put=json"], Do::Create),
        row(&["PUT *=big-header"], Do::Create).sends("TGPG…"),
        row(&["PUT *=latency:300"], Do::Create).takes(300),
        row(&["PUT *=late-commit:3000@1"], Do::Create)
            .within(1)
            .sends("TGPGG…")
            .takes(3000),
        // A success that is none.
        row(&["PUT *=html"], Do::Create)
            .fails(8, "outcome_unknown")
            .sends("TGPGGPGGPGG…"),
        row(&["PUT *=commit-html"], Do::Create).sends("TGPG…"),
        row(&["DELETE *=html"], Do::Delete)
            .fails(8, "outcome_unknown")
            .sends("TGDGDGDG…"),
        row(&["PUT *=redirect:/login"], Do::Create)
            .fails(8, "outcome_unknown")
            .sends("TGPGGPGGPGG…"),
        row(&["PUT *=commit-redirect:307:/x"], Do::Create).sends("TGPG…"),
        row(&["PUT *=huge:80m"], Do::Update)
            .fails(8, "outcome_unknown")
            .sends("TGPGPGPG…"),
        row(&["PUT *=commit-gzip-bomb"], Do::Update).sends("TGPG…"),
        row(&["PUT *=commit-endless-array"], Do::Update).sends("TGPG…"),
        row(&["PUT *=commit-nesting"], Do::Update).sends("TGPG…"),
        // Refusals did nothing: they end it, or are repeated without a look.
        row(&["PUT *=status:400"], Do::Create)
            .fails(2, "rejected")
            .sends("TGP"),
        row(&["PUT *=status:403"], Do::Create)
            .fails(6, "forbidden")
            .sends("TGP"),
        row(&["PUT *=status:404"], Do::Create)
            .fails(3, "not_found")
            .sends("TGP"),
        row(&["PUT *=status:401@1"], Do::Create).sends("TGPTPG"),
        row(&["PUT *=status:429@1"], Do::Create).sends("TGPPG"),
        row(&["PUT *=status:429:retry-after=1@1"], Do::Create)
            .sends("TGPPG")
            .takes(1000),
        row(&["PUT *=status:429:retry-after=90"], Do::Create)
            .fails(7, "rate_limited")
            .sends("TGP"),
        row(&["PUT *=status:503:retry-after=90"], Do::Create)
            .fails(8, "outcome_unknown")
            .sends("TGPG…"),
        // Gone is gone.
        row(&["DELETE *=commit-status:404"], Do::Delete).sends("TGDGGGG"),
        row(&["DELETE *=commit-status:400"], Do::Delete).sends("TGDGGGG"),
        row(&["DELETE *=status:400"], Do::Delete)
            .fails(8, "outcome_unknown")
            .sends("TGDGDGDG…"),
        // Tried to the end.
        row(&["PUT *=reset"], Do::Create)
            .fails(8, "outcome_unknown")
            .sends("TGPGGPGGPGG…"),
        // Nobody can tell: the write is lost and so is every look.
        row(&["PUT *=commit-reset", "GET *=reset@2-99"], Do::Create)
            .fails(8, "outcome_unknown")
            .leaves(After::Done)
            .sends("TGPGGG…"),
        row(&["PUT *=reset", "GET *=reset@2-99"], Do::Create)
            .fails(8, "outcome_unknown")
            .sends("TGPGGG…"),
        row(&["PUT *=commit-reset", "GET *=gzip-bomb@2-99"], Do::Create)
            .within(1)
            .fails(8, "outcome_unknown")
            .leaves(After::Done)
            .sends("TGPG…"),
        // Reads that lag behind: done is seen only later, and is done all the same.
        row(&["PUT *=commit-reset", "read-lag=8000"], Do::Create).sends("TGPGGPGGPGG…"),
        row(
            &[
                "PUT *=commit-reset@1", "PUT *=status:403@2", "read-lag=8000",
            ],
            Do::Create,
        )
        .sends("TGPGGPG…"),
        // A refusal behind a lost try says nothing of that try; neither does a list that is not whole.
        row(
            &[
                "PUT *=commit-reset@1", "PUT *=status:403@2", "read-lag=60000",
            ],
            Do::Create,
        )
        .fails(8, "outcome_unknown")
        .leaves(After::Done)
        .sends("TGPGGPG…"),
        row(
            &[
                "PUT *=commit-reset@1",
                "GET *=reply:200:{\"data\":[],\"total\":5} @2-99",
            ],
            Do::Create,
        )
        .fails(8, "unverified")
        .leaves(After::Done)
        .sends("TGPG…"),
        // Of two deletes the second fails: the first is told.
        row(&["DELETE *=status:403@2"], Do::DeleteAll)
            .fails(8, "partial")
            .leaves(After::Between)
            .sends("TGDDGG"),
        // The bare one goes last, so that what is told of the others is true even then.
        row(&["delete=wide", "DELETE *=status:403@2"], Do::DeleteAll)
            .fails(8, "partial")
            .leaves(After::Between)
            .sends("TGDDGG"),
        // The sibling that went along cannot be put back.
        row(&["delete=wide", "PUT *=status:403"], Do::DeleteWide)
            .fails(8, "unverified")
            .leaves(After::Between)
            .sends("TGDGGP…"),
        row(&["delete=wide", "PUT *=commit-reset@1"], Do::DeleteWide).sends("TGDGGP…"),
        // What a delete took along cannot be seen.
        row(&["delete=wide", "GET *=status:503@3-999"], Do::DeleteWide)
            .fails(8, "unverified")
            .leaves(After::Between)
            .sends("TGDGG…"),
    ]);
    rows
}
