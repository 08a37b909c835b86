//! Each brake at its threshold, its flag, and what lifts it.

use super::{ACME, BLUE, Case, domain, route};
use crate::model::{Route, RouteKey};
use crate::plan::brakes::{Brake, Code, Overrides, wide_deletes};

fn many(n: usize, domain: &str) -> Vec<Route> {
    let ani = |i: usize| format!("1616555{i:04}");
    (0..n).map(|i| route(&ani(i), "", domain, "old")).collect()
}

fn rows(range: std::ops::Range<usize>, domain: &str, tail: &str) -> String {
    let row = |i: usize| format!("1616555{i:04},{domain},{tail}\n");
    range.map(row).collect()
}

fn absent(n: usize) -> String {
    format!(
        "ani,domain,destination,state\n{}",
        rows(0..n, ACME, ",absent")
    )
}

fn told(brakes: &[Brake]) -> Vec<(Code, Option<&str>)> {
    let told = brakes.iter();
    told.map(|brake| (brake.code, brake.flag.as_deref()))
        .collect()
}

#[test]
fn deletes_above_a_quarter_and_at_least_three() {
    let none = Overrides::default();
    let case = Case::on(many(12, ACME));
    assert_eq!(told(&case.brakes(&absent(3), &none)), []);
    let brakes = case.brakes(&absent(4), &none);
    assert_eq!(
        told(&brakes),
        [(Code::ManyDeletes, Some("--max-deletes 4"))]
    );
    assert_eq!(brakes[0].permits.len(), 4);
    let message = brakes[0].to_string();
    assert!(
        message.contains("16165550003 @ acme.15611.service"),
        "{message}"
    );
    assert!(message.ends_with("add `--max-deletes 4`"), "{message}");
    let small = Case::on(many(3, ACME));
    assert_eq!(told(&small.brakes(&absent(2), &none)), [], "two are few");
    let max = |n| Overrides {
        max_deletes: Some(n),
        ..Overrides::default()
    };
    assert_eq!(told(&case.brakes(&absent(4), &max(4))), []);
    assert_eq!(case.brakes(&absent(5), &max(4)).len(), 1);
    assert_eq!(case.brakes(&absent(1), &max(0)).len(), 1, "both ways");
}

#[test]
fn more_than_fifty_deletes_in_all() {
    let case = Case::on(many(1000, ACME));
    let none = Overrides::default();
    assert_eq!(told(&case.brakes(&absent(50), &none)), []);
    let brakes = case.brakes(&absent(51), &none);
    assert_eq!(
        told(&brakes),
        [(Code::ManyDeletes, Some("--max-deletes 51"))]
    );
    assert!(brakes[0].to_string().contains("and 41 more"));
}

#[test]
fn a_domain_never_ends_empty_unnoticed() {
    let case = Case::on(many(2, ACME));
    let none = Overrides::default();
    let flag = "--allow-empty-domain acme.15611.service";
    let brakes = case.brakes(&absent(2), &none);
    assert_eq!(told(&brakes), [(Code::EmptyDomain, Some(flag))]);
    let allowed = |name| Overrides {
        allow_empty_domain: vec![domain(name)],
        ..Overrides::default()
    };
    assert_eq!(case.brakes(&absent(2), &allowed("ACME.15611.service")), []);
    assert_eq!(case.brakes(&absent(2), &allowed(BLUE)).len(), 1);
    let swapped = absent(2) + &rows(7..8, ACME, "new,");
    assert_eq!(case.brakes(&swapped, &none), [], "one comes, two go");
}

#[test]
fn changes_above_half_and_at_least_ten() {
    let none = Overrides::default();
    let changed = |n| format!("ani,domain,destination\n{}", rows(0..n, ACME, "new"));
    let case = Case::on(many(20, ACME));
    assert_eq!(case.brakes(&changed(10), &none), []);
    let brakes = case.brakes(&changed(11), &none);
    assert_eq!(
        told(&brakes),
        [(Code::ManyChanges, Some("--max-changes 11"))]
    );
    assert_eq!(Case::on(many(9, ACME)).brakes(&changed(9), &none), []);
    let max = |n| Overrides {
        max_changes: Some(n),
        ..Overrides::default()
    };
    assert_eq!(case.brakes(&changed(11), &max(11)), []);
    assert_eq!(case.brakes(&changed(11), &max(10)).len(), 1);
}

#[test]
fn a_domain_that_was_empty_trips_none() {
    let added = format!("ani,domain,destination\n{}", rows(0..100, BLUE, "new"));
    assert_eq!(Case::default().brakes(&added, &Overrides::default()), []);
}

#[test]
fn an_incomplete_list_adds_and_deletes_nothing_and_no_flag_lifts_it() {
    let mut case = Case::on(many(100, ACME));
    case.incomplete = true;
    let all = Overrides {
        allow_empty_domain: vec![domain(ACME)],
        max_deletes: Some(usize::MAX),
        max_changes: Some(usize::MAX),
        allow_wide_delete: true,
        deletes_are_exact: false,
        unseen_adds: false,
    };
    let brakes = case.brakes(&absent(1), &all);
    assert_eq!(told(&brakes), [(Code::ListIncomplete, None)]);
    let added = "ani,domain,destination\n16165559999,acme.15611.service,x\n";
    let brakes = case.brakes(added, &all);
    assert_eq!(told(&brakes), [(Code::ListIncomplete, None)]);
}

#[test]
fn a_bare_delete_waits_for_its_siblings() {
    let mut routes = many(20, ACME);
    routes.push(route("16165550000", "16165550199", ACME, "sibling"));
    let case = Case::on(routes);
    let none = Overrides::default();
    let brakes = case.brakes(&absent(1), &none);
    assert_eq!(
        told(&brakes),
        [(Code::WideDelete, Some("--allow-wide-delete"))]
    );
    assert!(brakes[0].message.contains("16165550199"));
    let both = "ani,dnis,domain,state\n16165550000,,acme.15611.service,absent\n16165550000,16165550199,acme.15611.service,absent\n";
    assert_eq!(case.brakes(both, &none), [], "the sibling goes too");
    let allowed = Overrides {
        allow_wide_delete: true,
        ..Overrides::default()
    };
    assert_eq!(case.brakes(&absent(1), &allowed), []);
    let comes = "ani,dnis,domain,destination,state\n16165550001,,acme.15611.service,,absent\n16165550001,16165550199,acme.15611.service,new,\n";
    assert_eq!(case.brakes(comes, &none).len(), 1, "a sibling comes first");
}

#[test]
fn wide_deletes_of_a_single_command() {
    let key = |ani: &str, dnis: &str| route(ani, dnis, ACME, "x").key().expect("a key");
    let routes: Vec<RouteKey> = vec![
        key("16165550101", ""),
        key("16165550101", "16165550199"),
        key("16165550102", "16165550199"),
        key("16165550103", ""),
    ];
    let wide = wide_deletes(&routes, &[key("16165550101", ""), key("16165550103", "")]);
    assert_eq!(wide.len(), 1);
    assert_eq!(wide[0].siblings, [key("16165550101", "16165550199")]);
    assert_eq!(
        wide_deletes(&routes, &[key("16165550102", "16165550199")]),
        []
    );
}

#[test]
fn undo_keeps_only_the_brakes_that_matter_there() {
    let case = Case::on(many(12, ACME));
    let undo = Overrides::for_undo(Vec::new(), false);
    assert_eq!(case.brakes(&absent(11), &undo), []);
    assert_eq!(case.brakes(&absent(12), &undo)[0].code, Code::EmptyDomain);
    let was_empty = Overrides::for_undo(vec![domain(ACME)], false);
    assert_eq!(case.brakes(&absent(12), &was_empty), []);
}
