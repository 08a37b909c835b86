//! Lists that are cut without a word, read in pages, or not to be had for the whole account.

use std::sync::LazyLock;

use super::row::{Do, Row, Shown, row};

/// What the sample has of acme, behind 247 other callers, and something in another domain.
static LONG: LazyLock<String> = LazyLock::new(|| {
    let mut routes: Vec<String> = (0..247)
        .map(|n| format!(r#"{{"ani":"1616557{n:04}","domain":"acme.15611.service","application":"user","destination":"100"}}"#))
        .collect();
    for rest in [
        r#""ani":"16165550101","domain":"acme.15611.service","destination":"john""#,
        r#""ani":"16165550102","domain":"acme.15611.service","destination":"100""#,
        r#""ani":"16165550102","dnis":"16165550190","domain":"acme.15611.service","destination":"200""#,
        r#""ani":"13125550105","domain":"bluebird.15611.service","destination":"maria""#,
    ] {
        routes.push(format!(r#"{{{rest},"application":"user"}}"#));
    }
    format!(
        r#"{{"domains":[{{"domain":"acme.15611.service"}},{{"domain":"bluebird.15611.service"}}],"routes":[{}]}}"#,
        routes.join(",")
    )
});

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for words in [
        &["list-cap=100"][..],
        // Pages are read only where `doctor` has found that they are understood.
        &["list-cap=100", "paging=on"],
        &["list-cap=100", "paging=ignored"],
    ] {
        rows.extend(cut(words));
        rows.extend(cut_whole(words));
    }
    for words in [&["whole-list=refused"][..], &["whole-list=empty"]] {
        rows.extend(by_domain(words));
        let both = [words, &["list-cap=100"]].concat();
        rows.extend(cut(&both));
        rows.push(row(&both, Do::ListCaller).on(&LONG).sends("TGGGGGGGG"));
    }
    rows
}

/// A list of 250 rows that ends after a hundred of them: the whole one, and domain by domain.
fn cut(words: &[&'static str]) -> Vec<Row> {
    let row = |to| row(words, to).on(&LONG);
    vec![
        row(Do::List)
            .shows(Shown::Count(101))
            .sends("TGGGG")
            .notes("doctor -d acme.15611.service"),
        row(Do::Create).sends("TGGGGPG"),
        row(Do::Delete).sends("TGGGGDGGG"),
        // Three callers, in three spellings each; `explain` asks where the called number leads, too.
        row(Do::Plan).sends("TGGGGGGGGGGGGG"),
        row(Do::Prune)
            .fails(5, "brake")
            .says("doctor -d acme.15611.service")
            .sends("TGGGG…"),
        row(Do::ApplyInOrder).sends("TGGGGGGGGGGGGG…"),
        row(Do::Undo).sends("TGGGGGGG…"),
        row(Do::Explain).sends("TGGGGGGGG"),
        row(Do::Test).sends("TGGGGGGGGGG"),
    ]
}

/// What else there is where the whole list can be had.
fn cut_whole(words: &[&'static str]) -> Vec<Row> {
    let row = |to| row(words, to).on(&LONG);
    vec![
        row(Do::ListAcme)
            .shows(Shown::Count(100))
            .sends("TG")
            .notes("doctor -d acme.15611.service"),
        row(Do::ListCaller),
        row(Do::Update).sends("TGGGGPG"),
        row(Do::Same).sends("TGGGG"),
        row(Do::DeleteWide).sends("TGGGGDGGG"),
        row(Do::DeleteAll).sends("TGGGGDDGGG"),
    ]
}

/// Every command on a server that lists domains alone; nothing is unknown then.
fn by_domain(words: &[&'static str]) -> Vec<Row> {
    let row = |to| row(words, to);
    vec![
        row(Do::List).sends("TGGGGGG"),
        row(Do::ListAcme),
        row(Do::ListCaller).sends("TGGGGGGG"),
        row(Do::Create),
        row(Do::Update),
        row(Do::Same),
        row(Do::Delete),
        row(Do::DeleteWide),
        row(Do::DeleteAll),
        row(Do::Plan).sends("TGGGGGG"),
        row(Do::ApplyInOrder).sends("TGGGGGGGPPGDG"),
        row(Do::Undo).sends("TGGGGGGGPG"),
        row(Do::Explain).sends("TGGGGGGG"),
        row(Do::Test).sends("TGGGGGG"),
    ]
}
