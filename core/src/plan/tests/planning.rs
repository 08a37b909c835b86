//! Keys, values, bases, scopes and prune.

use super::{ACME, BLUE, Case, export, route, told, with_application};
use crate::model::Route;
use crate::plan::lint::{self, Code};
use crate::plan::{PRUNE, Plan, PlanError};

fn codes(plan: &Plan) -> Vec<Code> {
    plan.warnings.iter().map(|warning| warning.code).collect()
}

#[test]
fn adds_changes_and_absent_rows_in_order_with_their_sources() {
    let case = Case::on(vec![
        route("16165550101", "", ACME, "john"),
        route("6165550102", "", "ACME.15611.service", "jane"),
        route("16165550103", "", ACME, "jim"),
        route("16165550109", "", BLUE, "kept"),
    ]);
    let plan = case.plan(
        "ani,domain,destination,state\n\
         6165550103,acme.15611.service,,absent\n\
         16165550104,Acme.15611.Service,new,\n\
         16165550102,acme.15611.service,joan,present\n\
         16165550101,acme.15611.service,john,\n\
         16165550105,acme.15611.service,,absent\n",
    );
    assert_eq!(
        told(&plan),
        [
            "16165550104 @ acme.15611.service none → user/new",
            "16165550102 @ acme.15611.service user/jane → user/joan",
            "16165550103 @ acme.15611.service user/jim → none",
        ]
    );
    let sources: Vec<&str> = plan.operations.iter().map(|o| o.source.as_str()).collect();
    assert_eq!(sources, ["routes.csv:3", "routes.csv:4", "routes.csv:2"]);
    assert_eq!((plan.unchanged, plan.kept, plan.kept_outside), (2, 1, 1));
    let changed = plan.operations[1].change.after.as_ref().expect("after");
    assert_eq!(
        changed.ani.as_deref(),
        Some("6165550102"),
        "its own spelling"
    );
    assert_eq!(changed.domain.as_deref(), Some("ACME.15611.service"));
    let added = plan.operations[0].change.after.as_ref().expect("after");
    assert_eq!(added.domain.as_deref(), Some(ACME), "the server's spelling");
    assert_eq!(added.application.as_deref(), Some("user"), "always sent");
}

#[test]
fn an_empty_application_is_user_and_never_guesses_over_device_or_literal() {
    let case = Case::on(vec![
        route("16165550101", "", ACME, "john"),
        with_application("device", route("16165550102", "", ACME, "desk")),
    ]);
    let head = "ani,domain,application,destination\n";
    let same = format!("{head}16165550101,acme.15611.service,user,john\n");
    assert!(case.plan(&same).is_empty());
    let same = format!("{head}16165550102,acme.15611.service,device,desk\n");
    assert!(case.plan(&same).is_empty());
    let told = case.refused(&format!("{head}16165550102,acme.15611.service,,desk\n"));
    assert!(
        told.contains("routes.csv:2:32: the route is `device`"),
        "{told}"
    );
}

#[test]
fn one_key_twice_with_another_value_quotes_both_lines_and_identical_rows_warn() {
    let head = "ani,domain,application,destination\n16165550101,acme.15611.service,,john\n";
    let told = Case::default().refused(&format!(
        "{head}616-555-0101,ACME.15611.service,user,jane\n"
    ));
    assert_eq!(
        told,
        "routes.csv:3:1: `16165550101 @ acme.15611.service` should be `jane` (user) here and `john` (user) on line 2"
    );
    let plan = Case::default().plan(&format!(
        "{head}616-555-0101,ACME.15611.service,user,john\n"
    ));
    assert_eq!(plan.operations.len(), 1);
    assert!(codes(&plan).contains(&Code::RepeatedRow));
    let exported = export(&[route("16165550101", "", ACME, "john")], true);
    let twice = exported.clone() + "16165550101,,acme.15611.service,,john,\n";
    assert!(Case::default().refused(&twice).contains("another `base`"));
}

#[test]
fn opaque_server_values_may_be_edited_and_not_invented() {
    let case = Case::on(vec![
        route("616*", "", ACME, "john"),
        route("16165550101", "*", ACME, "any"),
    ]);
    let plan = case.plan("ani,dnis,domain,destination\n616*,,acme.15611.service,jane\n16165550101,*,acme.15611.service,some\n");
    assert_eq!(plan.operations.len(), 2);
    let after = plan.operations[0].change.after.as_ref().expect("after");
    assert_eq!(after.dnis.as_deref(), Some("*"));
    case.refused("ani,domain,destination\n617*,acme.15611.service,jane\n");
    case.refused("ani,dnis,domain,destination\n16165550102,*,acme.15611.service,jane\n");
    let mut raw = case.clone();
    raw.raw_numbers = true;
    let plan = raw.plan("ani,domain,destination\n617 1,acme.15611.service,jane\n");
    let after = plan.operations[0].change.after.as_ref().expect("after");
    assert_eq!(after.ani.as_deref(), Some("617 1"));
}

#[test]
fn two_server_rows_with_one_key_are_reported_and_never_touched() {
    let case = Case::on(vec![
        route("16165550101", "", ACME, "a"),
        route("6165550101", "", ACME, "b"),
        route("16165550102", "", ACME, "c"),
    ])
    .pruned();
    let plan = case.plan("ani,domain,destination\n16165550102,acme.15611.service,c\n");
    assert!(plan.is_empty(), "{:?}", told(&plan));
    assert!(codes(&plan).contains(&Code::OneKeyTwice));
    assert_eq!(plan.kept, 2);
    assert!(case.plan(&export(&case.routes, false)).is_empty());
    for row in [
        "16165550101,acme.15611.service,c,",
        "16165550101,acme.15611.service,a,absent",
    ] {
        let text = format!("ani,domain,destination,state\n{row}\n");
        let Err(PlanError::Refused(refusals)) = case.try_plan(&text) else {
            panic!("not refused: {row}")
        };
        assert!(
            refusals[0].to_string().contains("2 routes"),
            "{}",
            refusals[0]
        );
    }
}

#[test]
fn a_base_keeps_what_the_server_moved_and_stops_what_both_edited() {
    let then = route("16165550101", "", ACME, "john");
    let exported = export(std::slice::from_ref(&then), true);
    let edited = exported.replace("john", "yours");
    let absent = exported
        .replace("base\n", "base,state\n")
        .trim_end()
        .to_owned()
        + ",absent\n";
    let unmoved = Case::on(vec![then.clone()]);
    assert!(unmoved.plan(&exported).is_empty());
    assert_eq!(unmoved.plan(&edited).operations.len(), 1);
    assert_eq!(unmoved.plan(&absent).counts().delete, 1);

    let moved = Case::on(vec![route("16165550101", "", ACME, "theirs")]);
    let gone = Case::default();
    for case in [&moved, &gone] {
        let plan = case.plan(&exported);
        assert!(plan.is_empty());
        assert!(codes(&plan).contains(&Code::ServerKept));
        let Err(PlanError::Refused(refusals)) = case.try_plan(&edited) else {
            panic!("no conflict")
        };
        let told = refusals[0].to_string();
        let now = case.routes.first().map_or("no route", |_| "theirs");
        let values = format!("then unknown, now {now}, yours yours");
        assert!(told.ends_with(&values), "{told}");
    }
    assert!(
        moved
            .refused(&absent)
            .contains("now theirs, yours no route")
    );
    assert!(gone.plan(&absent).is_empty(), "gone already");
    let both = Case::on(vec![route("16165550101", "", ACME, "yours")]);
    assert!(both.plan(&edited).is_empty(), "both made the same edit");
    let device = with_application("device", route("16165550101", "", ACME, "desk"));
    assert!(Case::on(vec![device]).plan(&exported).is_empty());
}

#[test]
fn a_row_copied_under_another_number_does_not_pass_for_untouched() {
    let exported = export(&[route("16165550101", "", ACME, "john")], true);
    let copied = exported.replace("16165550101", "16165550102");
    assert!(Case::default().refused(&copied).contains("16165550102"));
}

#[test]
fn nothing_is_deleted_without_absent_or_prune() {
    let case = Case::on(vec![
        route("16165550101", "", ACME, "a"),
        route("16165550102", "", ACME, "b"),
    ]);
    let text = "ani,domain,destination\n16165550101,acme.15611.service,a\n";
    let plan = case.plan(text);
    assert!(plan.is_empty());
    assert_eq!(plan.kept, 1);
    let plan = case.pruned().plan(text);
    assert_eq!(
        told(&plan),
        ["16165550102 @ acme.15611.service user/b → none"]
    );
    assert_eq!(plan.operations[0].source, PRUNE);
    assert_eq!(plan.kept, 0);
}

#[test]
fn prune_stays_in_its_scope_and_a_scope_of_the_file_empties_no_domain() {
    let case = Case::on(vec![
        route("16165550101", "", ACME, "a"),
        route("16165550102", "", BLUE, "b"),
    ])
    .pruned();
    let acme = "ani,domain,destination\n16165550103,acme.15611.service,a\n";
    let plan = case.plan(acme);
    assert_eq!(plan.counts().delete, 1);
    assert_eq!((plan.kept, plan.kept_outside), (1, 1));
    let kept = plan.warnings.iter().find(|w| w.code == Code::DomainKept);
    assert!(kept.is_some_and(|w| w.message.contains(BLUE)));

    let envelope = r#"{"format":"skyswitch.routes/1","scope":{"domains":["acme.15611.service","bluebird.15611.service"]},"routes":[{"ani":"16165550103","domain":"acme.15611.service","destination":"a"}]}"#;
    let plan = case.plan(envelope);
    assert_eq!(plan.counts().delete, 1, "bluebird stays: {:?}", told(&plan));
    assert_eq!(plan.scope.len(), 2);
    let empty =
        r#"{"format":"skyswitch.routes/1","scope":{"domains":["acme.15611.service"]},"routes":[]}"#;
    assert!(case.plan(empty).is_empty(), "an empty input never deletes");
    assert!(case.clone().named(&[ACME]).plan(empty).is_empty());
    let only_absent = "ani,domain,state\n16165550109,acme.15611.service,absent\n";
    assert!(case.plan(only_absent).is_empty(), "no row should be there");

    let named = case.named(&[BLUE]).plan(acme);
    assert_eq!(
        told(&named),
        ["16165550102 @ bluebird.15611.service user/b → none"]
    );
    assert!(codes(&named).contains(&Code::OutsideScope));
}

#[test]
fn rows_without_caller_or_domain_are_never_touched() {
    let mut odd = route("", "", ACME, "odd");
    odd.ani = None;
    let case = Case::on(vec![odd, route("16165550101", "", ACME, "a")]).pruned();
    let plan = case.plan("ani,domain,destination\n16165550101,acme.15611.service,a\n");
    assert!(plan.is_empty());
    assert_eq!(plan.kept, 1);
    let plan = case.plan(&export(&case.routes, false));
    assert_eq!((plan.unchanged, plan.kept), (2, 0));
    case.refused("ani,domain,destination\n,acme.15611.service,new\n");
}

#[test]
fn of_one_callers_deletes_the_route_without_dnis_comes_last() {
    let case = Case::on(vec![
        route("16165550101", "", ACME, "a"),
        route("16165550101", "16165550199", ACME, "b"),
        route("16165550101", "16165550198", ACME, "c"),
    ]);
    let plan = case.plan("ani,dnis,domain,state\n16165550101,,acme.15611.service,absent\n16165550101,16165550199,acme.15611.service,absent\n16165550101,16165550198,acme.15611.service,absent\n");
    let last = plan.operations.last().expect("three");
    assert_eq!(last.change.key.dnis, None);
}

#[test]
fn the_lint_names_what_a_person_should_look_at() {
    let mut case = Case::on(vec![
        route("16165550101", "", ACME, "john"),
        route("16165550102", "16165550199", ACME, "jane"),
        Route {
            application: Some("literal".to_owned()),
            ..route("16165550104", "", ACME, "sip:+16165550177@c.example")
        },
    ]);
    case.domains = Some(vec![ACME.to_owned(), BLUE.to_owned()]);
    for (row, code) in [
        (
            "16165550103,,acme.15611.service,user,sip:a@b.example",
            Code::ApplicationMismatch,
        ),
        (
            "16165550103,,acme.15611.service,device,user:john",
            Code::ApplicationMismatch,
        ),
        (
            "16165550103,,acme.15611.service,user,16165550177",
            Code::ApplicationMismatch,
        ),
        (
            "16165550103,,acme.15611.service,literal,john",
            Code::ApplicationMismatch,
        ),
        (
            "16165550103,,acme.15611.service,user,user:john",
            Code::DoubledPrefix,
        ),
        (
            "16165550103,,acme.15611.service,user,user:user:john",
            Code::DoubledPrefix,
        ),
        (
            "16165550103,,acme.15611.service,literal,sip:911@c.example",
            Code::EmergencyNumber,
        ),
        (
            "16165550102,,acme.15611.service,user,john",
            Code::ShadowedRoute,
        ),
        (
            "16165550101,16165550199,acme.15611.service,user,john",
            Code::ShadowedRoute,
        ),
        (
            "16165550103,,acme.15611.service,literal,'+16165550103",
            Code::RouteToSelf,
        ),
        (
            "16165550103,16165550199,acme.15611.service,literal,sip:6165550199@c.example",
            Code::RouteToSelf,
        ),
        ("16165550101,,acme.15611.service,user,John", Code::CaseOnly),
        ("16165550103,,acme.15611.service,user,Jane", Code::CaseOnly),
        (
            "16165550103,,acme.15611.service,user,john ",
            Code::EdgeSpace,
        ),
        (
            "16165550103,,bluebird.15611.service,user,john",
            Code::FirstRoute,
        ),
        (
            "16165550103,,acme.15611.service,user,jo\u{200b}hn",
            Code::HostileCharacters,
        ),
        (
            "16165550104,,acme.15611.service,literal,204",
            Code::LiteralToExtension,
        ),
        (
            "16165550104,,acme.15611.service,user,2044",
            Code::LiteralToExtension,
        ),
    ] {
        let plan = case.plan(&format!("ani,dnis,domain,application,destination\n{row}\n"));
        assert!(codes(&plan).contains(&code), "{row}: {:?}", plan.warnings);
        let warning = plan.warnings.iter().find(|warning| warning.code == code);
        let source = warning.and_then(|warning| warning.source.as_deref());
        assert_eq!(source, Some("routes.csv:2"));
    }
    for row in [
        "16165550103,,acme.15611.service,user,jane",
        "16165550103,,acme.15611.service,device,johns-cell",
        "16165550103,,acme.15611.service,literal,sip:+16165550177@c.example",
        "16165550103,,acme.15611.service,user,100",
        "16165550103,,acme.15611.service,literal,204",
        "16165550104,,acme.15611.service,literal,sip:+16165550178@c.example",
    ] {
        let plan = case.plan(&format!("ani,dnis,domain,application,destination\n{row}\n"));
        assert_eq!(plan.warnings, [], "{row}");
    }
}

#[test]
fn one_list_of_warnings_serves_plans_and_single_routes() {
    let at = |destination: &str| route("16165550142", "", ACME, destination);
    let codes = |after: &Route, before: Option<&Route>| -> Vec<Code> {
        let found = lint::destination(after, before);
        found.into_iter().map(|warning| warning.code).collect()
    };
    assert_eq!(codes(&at("john"), None), []);
    assert_eq!(codes(&at("#REF!"), None), [Code::SpreadsheetDamage]);
    assert_eq!(codes(&at("John"), Some(&at("john"))), [Code::CaseOnly]);
    assert_eq!(
        codes(&at("user:911 "), None),
        [Code::DoubledPrefix, Code::EdgeSpace, Code::EmergencyNumber]
    );
}
