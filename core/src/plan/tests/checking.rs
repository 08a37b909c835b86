//! What `routes check` finds in the routes of a domain.

use std::collections::HashSet;

use super::{ACME, route};
use crate::model::{DomainKey, NumberKey, Route, Subscriber};
use crate::plan::check::{Neighbours, Routes, Users, check, named_user};
use crate::plan::finding::{Code, Finding, Mend};

const OWN: &str = "16165550190";
const SECOND: &str = "16165550191";
/// Owned, and led elsewhere.
const FAX: &str = "16165550192";

fn users() -> Users {
    let mut users = Users::default();
    for (user, login) in [
        ("100", Some("john@acme.15611.service")),
        ("400", Some("frontdesk")),
        ("route_by_ani", None),
    ] {
        users.add(&Subscriber {
            user: Some(user.to_owned()),
            subscriber_login: login.map(str::to_owned),
            ..Subscriber::default()
        });
    }
    users
}

fn numbers(all: &[&str]) -> Option<HashSet<NumberKey>> {
    Some(all.iter().map(|text| NumberKey::of(text)).collect())
}

fn neighbours() -> Neighbours {
    Neighbours {
        users: Some(users()),
        numbers: numbers(&[OWN, SECOND, FAX]),
        routed: numbers(&[OWN, SECOND]),
    }
}

fn found(routes: &[Route], neighbours: &Neighbours) -> Vec<Finding> {
    let rows = Routes {
        routes,
        places: &[],
        ten_digits_never_match: false,
    };
    check(&DomainKey::of(ACME), &rows, neighbours)
}

fn codes(findings: &[Finding]) -> Vec<Code> {
    findings.iter().map(|finding| finding.code).collect()
}

/// `ani dnis application destination`, `-` for none.
fn rows(lines: &[&str]) -> Vec<Route> {
    let row = |line: &&str| {
        let cells: Vec<&str> = line.splitn(4, ' ').collect();
        let dnis = cells[1].trim_start_matches('-');
        Route {
            application: Some(cells[2].to_owned()),
            ..route(cells[0], dnis, ACME, cells[3])
        }
    };
    lines.iter().map(row).collect()
}

#[test]
fn each_kind_is_found_where_it_is_and_nowhere_else() {
    let a = "16165550101";
    let cases: &[(&[&str], &[Code])] = &[
        (&["16165550101 - user 100"], &[]),
        (&["16165550101 - user john"], &[]),
        (&["16165550101 - user john@acme.15611.service"], &[]),
        (&["16165550101 16165550190 user frontdesk"], &[]),
        (&["16165550101 - device nobodys-cell"], &[]),
        (
            &["16165550101 - literal nobody"],
            &[Code::ApplicationMismatch],
        ),
        // Of another domain nothing is known.
        (&["16165550101 - user bob@other.15611.service"], &[]),
        (&["16165550101 - user bob"], &[Code::UnknownDestination]),
        (&["16165550101 - user 101"], &[Code::UnknownDestination]),
        (&["16165550101 - user user:john"], &[Code::DoubledPrefix]),
        (&["16165550101 - user John"], &[Code::CaseOnly]),
        // What is damaged already is not looked for as well.
        (&["16165550101 - user bob "], &[Code::EdgeSpace]),
        (&["16165550101 - user 911"], &[Code::EmergencyNumber]),
        (&["16165550101 - user route_by_ani"], &[Code::RouteLoop]),
        (&["16165550101 - literal 16165550190"], &[Code::RouteLoop]),
        (&["16165550101 - literal 16165550192"], &[]),
        (
            &[
                "16165550101 16165550190 literal 16165550191",
                "16165550101 16165550191 literal 16165550190",
            ],
            &[Code::RouteLoop, Code::RouteLoop],
        ),
        (
            &[
                "16165550101 16165550190 literal 16165550191",
                "16165550101 16165550191 user john",
            ],
            &[],
        ),
        (&["16165550101 16165550199 user john"], &[Code::ForeignDnis]),
        (
            &["16165550101 16165550192 user john"],
            &[Code::UnroutedDnis],
        ),
        (
            &["16165550101 - user john", "6165550102 - user john"],
            &[Code::TenDigits],
        ),
        (&["6165550101 - user john", "6165550102 - user john"], &[]),
        (
            &["16165550101 - user john", "6165550101 - user john"],
            &[Code::OneKeyTwice],
        ),
        (
            &[
                "16165550101 - user john",
                "16165550101 16165550190 user john",
            ],
            &[Code::ShadowedRoute],
        ),
        (
            &[
                "16165550101 - user john",
                "16165550101 16165550190 user john",
                "16165550101 16165550191 user john",
            ],
            &[Code::NeverReached],
        ),
        (&["16165550101 - literal 16165550101"], &[Code::RouteToSelf]),
    ];
    for (lines, wanted) in cases {
        let findings = found(&rows(lines), &neighbours());
        assert_eq!(codes(&findings), *wanted, "{lines:?}: {findings:#?}");
        for finding in findings {
            assert!(
                finding
                    .key
                    .expect("a key")
                    .contains(a.trim_start_matches('1'))
                    || lines.len() > 1
            );
        }
    }
}

#[test]
fn what_could_not_be_read_makes_no_finding() {
    let routes = rows(&[
        "16165550101 16165550199 user bob",
        "16165550102 - literal 16165550190",
        "16165550103 - user John",
    ]);
    assert_eq!(codes(&found(&routes, &Neighbours::default())), []);
    let all = codes(&found(&routes, &neighbours()));
    let wanted = [
        Code::RouteLoop,
        Code::CaseOnly,
        Code::UnknownDestination,
        Code::ForeignDnis,
    ];
    assert!(wanted.iter().all(|code| all.contains(code)), "{all:?}");
}

#[test]
fn what_the_set_up_lacks_is_one_line_and_only_where_there_are_routes() {
    let bare = Neighbours {
        users: Some(Users::default()),
        numbers: None,
        routed: numbers(&[]),
    };
    let routes = rows(&["16165550101 16165550192 device x"]);
    let findings = found(&routes, &bare);
    assert_eq!(
        codes(&findings),
        [Code::SetUp],
        "no number of it is told apart"
    );
    assert_eq!(findings[0].key.as_deref(), Some(ACME));
    assert_eq!(
        findings[0].text,
        "there is no user `route_by_ani`, and no number leads to `route_by_ani`: no call reaches these routes"
    );
    assert_eq!(found(&[], &bare), []);
}

#[test]
fn a_near_name_mends_it_but_the_next_extension_is_somebody_else() {
    let mends = |line| found(&rows(&[line]), &neighbours())[0].mend.clone();
    let set = Mend::Set {
        destination: "frontdesk".to_owned(),
        application: None,
    };
    assert_eq!(mends("16165550101 - user frontdsk"), Some(set));
    assert_eq!(
        mends("16165550101 - user 101"),
        Some(Mend::Look("subscribers list"))
    );
    let spaced = Mend::Set {
        destination: "john".to_owned(),
        application: None,
    };
    assert_eq!(mends("16165550101 - user john "), Some(spaced));
    let literal = Mend::Set {
        destination: "sip:x@carrier.example".to_owned(),
        application: Some("literal"),
    };
    assert_eq!(
        mends("16165550101 - user sip:x@carrier.example"),
        Some(literal)
    );
}

#[test]
fn a_row_of_a_file_is_told_by_its_place_and_mended_there() {
    let routes = rows(&["16165550101 - user frontdsk", "16165550102 - user 101"]);
    let places = ["r.csv:2".to_owned(), "r.csv:3".to_owned()];
    let rows = Routes {
        routes: &routes,
        places: &places,
        ten_digits_never_match: false,
    };
    let findings = check(&DomainKey::of(ACME), &rows, &neighbours());
    assert!(findings[0].text.starts_with("r.csv:2: `frontdsk`"));
    assert_eq!(findings[0].mend, None);
    assert_eq!(findings[1].mend, Some(Mend::Look("subscribers list")));
    assert!(findings.iter().all(|finding| finding.route.is_none()));
}

#[test]
fn ten_digits_are_told_alone_where_they_are_known_never_to_match() {
    let routes = rows(&["6165550101 - user john"]);
    let rows = Routes {
        routes: &routes,
        places: &[],
        ten_digits_never_match: true,
    };
    let findings = check(&DomainKey::of(ACME), &rows, &neighbours());
    assert_eq!(codes(&findings), [Code::TenDigits]);
    assert_eq!(findings[0].mend, Some(Mend::Respell));
}

#[test]
fn only_users_of_the_own_domain_are_named() {
    let name = |line: &str| named_user(&rows(&[line])[0]).map(str::to_owned);
    assert_eq!(
        name("16165550101 - user user:john").as_deref(),
        Some("john")
    );
    assert_eq!(
        name("16165550101 - user john@ACME.15611.service").as_deref(),
        Some("john")
    );
    for none in [
        "device john", "literal john", "user x@other.example", "user sip:x", "user 911",
    ] {
        let line = format!("16165550101 - {none}");
        assert_eq!(name(&line), None, "{none}");
    }
}
