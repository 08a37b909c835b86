//! A sheet over time: what `pull` writes into it, what it never does, and a life of edits and runs.

use super::{ACME, Case, account, route, with_application};
use crate::model::{Change, Origin, Route};
use crate::plan::base::Base;
use crate::plan::lint::Code;
use crate::plan::past::{Past, Run};
use crate::plan::{File, OnConflict, Pulled, Request, Server, pull};

pub(super) const EXPORT: i64 = 1_000_000;

/// Pulls into a text, and what the text is then.
pub(super) fn pulled(
    text: &str,
    routes: &[Route],
    own: &[(Run, Change)],
    time: i64,
) -> (String, Pulled) {
    let file = File::read("vip.csv", text.as_bytes()).expect("a file");
    with_request(&file, own, OnConflict::Stop, |request| {
        let server = Server::new(routes, None, true);
        let pulled = pull(&file, &server, request, time).expect("a sheet");
        (
            pulled.text.clone().unwrap_or_else(|| text.to_owned()),
            pulled,
        )
    })
}

pub(super) fn with_request<T>(
    file: &File<'_>,
    own: &[(Run, Change)],
    on_conflict: OnConflict,
    then: impl FnOnce(&Request<'_>) -> T,
) -> T {
    let mut past = Past::of(file.based().0);
    own.iter().for_each(|(run, change)| past.add(*run, change));
    then(&Request {
        account: &account(),
        origin: &Origin::default(),
        domains: &[],
        prune: false,
        raw_numbers: false,
        past: Some(&past),
        lent: None,
        on_conflict,
    })
}

pub(super) fn base(route: &Route, time: i64) -> String {
    Base::of(route)
        .read_at(route.key().as_ref(), time)
        .to_string()
}

#[test]
fn only_what_changed_is_written_in_any_form_of_a_sheet() {
    let old = route("16165550101", "", ACME, "john");
    let new = route("16165550101", "", ACME, "ja,ne");
    let other = with_application("device", route("16165550102", "16165550190", ACME, "desk"));
    let added = route("16165550103", "", ACME, "=100");
    let [kept, before, after, of_added] = [
        (&other, EXPORT),
        (&old, EXPORT),
        (&new, EXPORT + 9),
        (&added, EXPORT + 9),
    ]
    .map(|(route, time)| base(route, time));
    let rows = |value: &str, base: &str| {
        format!(
            "Note,ANI,Called,Domain,base,Destination,app,x\nh\u{fc}\"st,616-555-0101,,{ACME},{base},{value},,\n,16165550102,16165550190,{ACME},{kept},desk,device,\"1\n2\"\n"
        )
    };
    // `"` in a cell that is not quoted is no quote; the row of a note alone is nobody's.
    let start = format!("{}a heading,,,\n", rows("john", &before));
    let end = format!("{}a heading,,,\n", rows("\"ja,ne\"", &after));
    let line = format!(",16165550103,,{ACME},{of_added},'=100,,\n");
    type Form = fn(&str) -> String;
    let forms: [Form; 5] = [
        str::to_owned,
        |text| text.replace("\"1\n2\"", "1 2").replace('\n', "\r\n"),
        |text| format!("sep=,\n{text}"),
        |text| format!("\n\n{text}"),
        |text| text.replace("\"1\n2\"", "1 2").replace('\n', "\r"),
    ];
    for form in forms {
        let expected = form(&format!("{end}{line}"));
        let (text, pulled) = pulled(
            &form(&start),
            &[new.clone(), other.clone(), added.clone()],
            &[],
            EXPORT + 9,
        );
        assert_eq!(text, expected);
        assert_eq!((pulled.updated, pulled.added, pulled.unchanged), (1, 1, 1));
        let (again, pulled) = self::pulled(
            &text,
            &[new.clone(), other.clone(), added.clone()],
            &[],
            EXPORT + 99,
        );
        assert_eq!(
            (again, pulled.text),
            (expected, None),
            "a second pull changes nothing"
        );
    }
    for (delimiter, value) in [(";", "ja,ne"), ("\t", "ja,ne")] {
        let of = |text: &str| {
            text.replace("\"ja,ne\"", "VALUE")
                .replace(',', delimiter)
                .replace("VALUE", value)
        };
        let start = of(start.trim_end());
        let (text, _) = pulled(&start, &[new.clone(), other.clone()], &[], EXPORT + 9);
        assert_eq!(text, of(end.trim_end()), "and no line end is added");
        let (text, _) = pulled(
            &start,
            &[new.clone(), other.clone(), added.clone()],
            &[],
            EXPORT + 9,
        );
        assert_eq!(text, of(&format!("{end}{line}")).trim_end_matches('\n'));
    }
}

#[test]
fn quotes_stay_and_missing_last_cells_are_filled() {
    let old = route("16165550101", "", ACME, "john");
    let now = route("16165550101", "", ACME, "jane");
    let (before, after) = (base(&old, EXPORT), base(&now, EXPORT + 9));
    let text = format!(
        "\"ani\",\"domain\",\"destination\",\"base\"\n\"16165550101\",\"{ACME}\",\"john\",\"{before}\"\n"
    );
    let new = route("16165550109", "", ACME, "a\"b");
    let (got, _) = pulled(&text, &[now.clone(), new.clone()], &[], EXPORT + 9);
    let added = format!(
        "\"16165550109\",\"{ACME}\",\"a\"\"b\",\"{}\"\n",
        base(&new, EXPORT + 9)
    );
    assert_eq!(
        got,
        text.replace("john", "jane").replace(&before, &after) + &added
    );

    // A row that was typed and applied gets its base, wherever it ends.
    let text = format!(
        "ani,domain,destination,note,base\n16165550101,{ACME},jane\n16165550102,{ACME},x,\n"
    );
    let two = route("16165550102", "", ACME, "x");
    let (got, pulled) = pulled(&text, &[now, two.clone()], &[], EXPORT + 9);
    let of_two = base(&two, EXPORT + 9);
    assert_eq!(
        got,
        text.replace(",jane\n", &format!(",jane,,{after}\n"))
            .replace(",x,\n", &format!(",x,,{of_two}\n"))
    );
    assert_eq!(pulled.rebased, 2);
}

#[test]
fn what_the_columns_cannot_say_is_reported_and_never_written() {
    let bare = route("16165550101", "", ACME, "john");
    let single = route("16165550101", "16165550190", ACME, "desk");
    let device = with_application("device", route("16165550102", "", ACME, "cell"));
    let turned = with_application("device", route("16165550101", "", ACME, "cell"));
    let text = format!(
        "ani,domain,destination,base\n16165550101,{ACME},john,{}\n",
        base(&bare, EXPORT)
    );
    for (routes, not_held, updated) in [
        (vec![bare.clone(), single, device], 2, 0),
        (vec![turned], 1, 0),
        (vec![route("16165550101", "", ACME, "jane")], 0, 1),
    ] {
        let (got, pulled) = pulled(&text, &routes, &[], EXPORT + 9);
        assert_eq!(
            (pulled.not_held, pulled.updated),
            (not_held, updated),
            "{got}"
        );
        assert_eq!(got == text, updated == 0);
        let planned = Case::on(routes).plan(&got);
        assert!(planned.is_empty(), "{:?}", planned.operations);
    }
}

#[test]
fn edited_rows_stay_and_are_told_and_gone_routes_keep_their_rows() {
    let (one, two) = (
        route("16165550101", "", ACME, "john"),
        route("16165550102", "", ACME, "ann"),
    );
    let text = format!(
        "ani,domain,destination,base\n16165550101,{ACME},tom,{}\n16165550102,{ACME},ann,{}\n16165550103,{ACME},200.0,\n16165550104,{ACME},new,\n",
        base(&one, EXPORT),
        base(&two, EXPORT)
    );
    let (got, pulled) = pulled(
        &text,
        &[route("16165550101", "", ACME, "mary")],
        &[],
        EXPORT + 9,
    );
    assert_eq!(got, text);
    assert_eq!((pulled.edited, pulled.gone), (3, 1));
    let told = |code: Code| {
        let found = pulled.warnings.iter().filter(|one| one.code == code);
        found
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let edited = told(Code::RowEdited);
    assert!(
        edited.contains("then unknown, now mary, yours tom"),
        "{edited}"
    );
    assert!(
        edited.contains("now no route, yours new") && edited.contains("200.0"),
        "{edited}"
    );
    assert!(told(Code::RouteGone).starts_with("vip.csv:3: "));
}

#[test]
fn every_row_that_is_not_as_the_server_has_it_is_updated_and_no_other() {
    let row = |i: usize, to: &str| {
        let domain = format!("d{:03}.15611.service", i % 20);
        route(&format!("1616{:07}", 2_000_000 + i), "", &domain, to)
    };
    let routes = |to: &str| -> Vec<Route> { (0..1_000).map(|i| row(i, to)).collect() };
    let text = super::export(&routes("john"), true);
    for (to, updated) in [("john", 0), ("jane", 1_000)] {
        let (text, result) = pulled(&text, &routes(to), &[], EXPORT);
        assert_eq!(result.updated, updated);
        assert_eq!(text.matches(&format!(",{to},")).count(), 1_000);
    }
}
