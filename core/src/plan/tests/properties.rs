//! What holds for every server and every file.

use proptest::prelude::*;

use super::{Case, apply, export, route, with_application};
use crate::model::Route;
use crate::plan::problems::{FileErrors, Problem};
use crate::plan::{File, PlanError, cases};

/// Values that people, spreadsheets, attackers and switches put into fields.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-=+@'\t\r\n\",; a*\u{0}\u{1b}\u{202e}\u{feff}]{0,6}",
        "\\PC{0,8}",
        Just("*".to_owned()),
        Just("sip:a+b@c.example;x=1&y".to_owned()),
        Just("1.61656E+10".to_owned()),
    ]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (0u32..12, 0usize..4).prop_map(|(n, form)| match form {
            0 => format!("1616555{n:04}"),
            1 => format!("616555{n:04}"),
            2 => format!("+1616555{n:04}"),
            _ => format!("+44207123{n:04}"),
        }),
        1 => hostile(),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec!["acme.15611.service", "ACME.15611.service", "b.example"])
            .prop_map(str::to_owned),
        1 => hostile(),
    ]
}

fn any_route() -> impl Strategy<Value = Route> {
    let field = |value: BoxedStrategy<String>| prop::option::weighted(0.9, value);
    let application = prop_oneof![
        Just("user".to_owned()),
        Just("device".to_owned()),
        Just("literal".to_owned()),
        hostile()
    ];
    (
        field(number().boxed()),
        prop::option::of(number()),
        field(name().boxed()),
        prop::option::of(application),
        field(hostile().boxed()),
    )
        .prop_map(|(ani, dnis, domain, application, destination)| Route {
            ani,
            dnis: dnis.filter(|dnis| !dnis.is_empty()),
            domain,
            application,
            destination,
        })
}

/// A route that people would write, among few enough keys to meet others.
fn plain_route() -> impl Strategy<Value = Route> {
    (
        0u32..8,
        prop::option::of(0u32..2),
        prop::sample::select(vec!["acme.15611.service", "b.example"]),
        prop::sample::select(vec!["user", "device", "literal"]),
        prop::sample::select(vec!["john", "jane", "100", "=1+1"]),
    )
        .prop_map(|(ani, dnis, domain, application, destination)| {
            let dnis = dnis.map(|n| format!("161655509{n:02}")).unwrap_or_default();
            let ani = format!("1616555{ani:04}");
            with_application(application, route(&ani, &dnis, domain, destination))
        })
}

/// Routes of which no two have one key.
fn distinct(routes: Vec<Route>) -> Vec<Route> {
    let mut seen = std::collections::HashSet::new();
    let mut routes = routes;
    routes.retain(|route| seen.insert(route.key()));
    routes
}

fn file(rows: &[(Route, bool)]) -> String {
    let mut text = "state;ani;dnis;domain;application;destination\n".to_owned();
    for (route, present) in rows {
        let state = if *present { "" } else { "absent" };
        let cells = super::super::server::cells(route);
        text.push_str(&format!("{state};{}\n", cells.join(";").replace('=', "'=")));
    }
    text
}

/// Whether every mistake stands on a line of the text, at most one column beyond it.
fn have_places(errors: &FileErrors, text: &str) -> bool {
    // `\n`, `\r` and `\r\n` all end lines.
    let lines = text.matches(['\n', '\r']).count() + 1;
    let inside = |problem: &Problem| {
        (1..=lines).contains(&problem.line)
            && (1..=text.chars().count() + 1).contains(&problem.column)
    };
    !errors.problems().is_empty() && errors.problems().iter().all(inside)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn an_export_plans_to_nothing(
        routes in prop::collection::vec(any_route(), 1..12),
        prune: bool,
    ) {
        let mut case = Case::on(routes);
        case.prune = prune;
        let json = serde_json::to_string(&case.routes).expect("json");
        // A row of nothing but blank cells cannot be told from a blank line.
        let blank = |route: &Route| super::super::server::cells(route)
            .iter().all(|cell| cell.trim().is_empty());
        for text in [export(&case.routes, false), export(&case.routes, true), json] {
            match case.try_plan(&text) {
                Ok(plan) => {
                    prop_assert!(plan.is_empty(), "{text}: {:?}", plan.operations);
                    prop_assert!(plan.kept <= case.routes.iter().filter(|r| blank(r)).count());
                }
                Err(PlanError::File(errors)) => {
                    prop_assert!(case.routes.iter().all(&blank), "{text}: {errors}");
                }
                Err(error) => prop_assert!(false, "{text}: {error}"),
            }
        }
    }

    #[test]
    fn what_was_applied_plans_to_nothing(
        server in prop::collection::vec(plain_route(), 0..10),
        odd in prop::collection::vec(any_route(), 0..3),
        rows in prop::collection::vec((plain_route(), prop::bool::weighted(0.8)), 1..10),
        prune: bool,
    ) {
        let mut rows = rows;
        let mut seen = std::collections::HashSet::new();
        rows.retain(|(route, _)| seen.insert(route.key()));
        let mut case = Case::on(distinct([server, odd].concat()));
        case.prune = prune;
        let text = file(&rows);
        let plan = case.plan(&text);
        let after = apply(&case.routes, &plan.operations);
        for (wanted, present) in &rows {
            let found = after.iter().find(|route| route.key() == wanted.key());
            prop_assert_eq!(found.is_some_and(|found| found.same_value(wanted)), *present);
        }
        let again = Case { routes: after, ..case };
        let plan = again.plan(&text);
        prop_assert!(plan.is_empty(), "{:?}", plan.operations);
    }

    #[test]
    fn a_file_in_another_order_is_the_same_plan(
        server in prop::collection::vec(plain_route(), 0..10),
        rows in prop::collection::vec((plain_route(), prop::bool::weighted(0.8)), 1..10)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        let case = Case::on(distinct(server)).pruned();
        match (case.try_plan(&file(&rows.0)), case.try_plan(&file(&rows.1))) {
            (Ok(one), Ok(other)) => {
                prop_assert_eq!(one.id(), other.id());
                let changes = |plan: &crate::plan::Plan| -> Vec<_> {
                    plan.operations.iter().map(|o| o.change.clone()).collect()
                };
                prop_assert_eq!(changes(&one), changes(&other));
                prop_assert_eq!((one.kept, one.unchanged), (other.kept, other.unchanged));
            }
            (Err(_), Err(_)) => {}
            (one, other) => prop_assert!(false, "{one:?} {other:?}"),
        }
    }

    #[test]
    fn every_route_is_counted_once(
        server in prop::collection::vec(any_route(), 0..10),
        rows in prop::collection::vec((plain_route(), prop::bool::weighted(0.8)), 1..10),
        prune: bool,
    ) {
        let mut case = Case::on(server);
        case.prune = prune;
        if let Ok(plan) = case.try_plan(&file(&rows)) {
            let counts = plan.counts();
            prop_assert!(plan.kept + counts.change + counts.delete <= case.routes.len());
            prop_assert!(plan.kept_outside <= plan.kept);
            prop_assert!(plan.unchanged <= rows.len());
        }
    }

    #[test]
    fn readers_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        for errors in [File::read("f", &bytes).err(), cases::read("f", &bytes).err()] {
            prop_assert!(errors.is_none_or(|errors| have_places(&errors, &text)));
        }
    }

    #[test]
    fn near_csv_never_panics(
        body in "[-=+'\"\r\n\t,;1a.*é\u{feff}]{0,80}",
        server in prop::collection::vec(any_route(), 0..4),
    ) {
        let case = Case::on(server).pruned();
        for header in ["ani,dnis,domain,destination\n", "from;to;domain;dest;state;base\r", "ani\t\"domain\"\tdestination\n", ""] {
            let text = format!("{header}{body}");
            if let Err(PlanError::File(errors)) = case.try_plan(&text) {
                prop_assert!(have_places(&errors, &text), "{errors}");
            }
            if let Err(errors) = cases::read("f", text.as_bytes()) {
                prop_assert!(have_places(&errors, &text), "{errors}");
            }
        }
    }

    #[test]
    fn near_json_never_panics(
        body in "[\\[\\]{}:,\"\\\\u0-9aeén. -]{0,60}",
        key in prop::sample::select(vec!["ani", "domain", "destination", "base", "state", "dnis"]),
    ) {
        let case = Case::default().pruned();
        for text in [
            format!("[{body}"),
            format!("[{{\"{key}\":{body}}}]"),
            format!("[{{\"{key}\":\"{body}\"}}]"),
            format!("{{\"format\":\"skyswitch.routes/1\",\"scope\":{{\"domains\":[\"a\",{body}]}},\"routes\":[{body}]}}"),
        ] {
            if let Err(PlanError::File(errors)) = case.try_plan(&text) {
                prop_assert!(have_places(&errors, &text), "{errors}");
            }
        }
    }
}

#[test]
fn deep_nesting_ends_in_an_error() {
    for text in ["[".repeat(200_000), "{\"a\":".repeat(200_000)] {
        assert!(File::read("f", text.as_bytes()).is_err());
    }
    let note = format!(
        "[{{\"note\":{}{},\"ani\":\"16165550101\",\"domain\":\"a.b\",\"destination\":\"c\"}}]",
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    let _ = File::read("f", note.as_bytes());
}
