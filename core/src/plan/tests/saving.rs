//! The JSON form, the id, and every reason to refuse a saved plan.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{ACME, Case, account, route};
use crate::model::{AccountId, Origin};
use crate::plan::brakes::Overrides;
use crate::plan::saved::SavedError;
use crate::plan::{Plan, PlanId};

const FILE: &str = "ani,domain,destination,state\n16165550101,acme.15611.service,jane,\n16165550102,acme.15611.service,,absent\n";

fn case() -> Case {
    Case::on(vec![
        route("6165550101", "", ACME, "john"),
        route("16165550102", "", ACME, "\u{1b}[2J"),
    ])
}

fn now() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().expect("a time")
}

fn saved() -> (Plan, String) {
    let plan = case().plan(FILE);
    let text = serde_json::to_string(&plan.to_saved(&[], now())).expect("json");
    (plan, text)
}

fn load(text: &str) -> Result<Plan, SavedError> {
    Plan::load(text, &account(), &Origin::default(), now())
}

#[test]
fn the_json_form_is_the_contract() {
    let case = Case::on(vec![route("16165550101", "", ACME, "john")]);
    let file = "ani,domain,destination,state\n16165550101,acme.15611.service,,absent\n";
    let plan = case.plan(file);
    let brakes = plan.brakes(&case.server(), &Overrides::default());
    let json = serde_json::to_string(&plan.to_json(&brakes)).expect("json");
    let id = plan.id();
    assert_eq!(id.to_string().len(), 10);
    assert_eq!(
        json,
        format!(
            r#"{{"plan":"{id}","account":"022b7a6e-7c3f-4f57-9d6c-3a1d0c5b9e11","scope":["acme.15611.service"],"add":0,"change":0,"delete":1,"unchanged":0,"kept":0,"operations":[{{"op":"delete","key":{{"domain":"acme.15611.service","ani":"16165550101","dnis":null}},"before":{{"ani":"16165550101","dnis":null,"domain":"acme.15611.service","application":null,"destination":"john"}},"after":null,"source":"routes.csv:2"}}],"warnings":[],"brakes":[{{"code":"empty-domain","domain":"acme.15611.service","message":"`acme.15611.service` would have no route left: 1 delete of 1 route (16165550101 @ acme.15611.service)","permits":[{{"domain":"acme.15611.service","ani":"16165550101","dnis":null}}],"flag":"--allow-empty-domain acme.15611.service"}}]}}"#
        )
    );
}

#[test]
fn the_id_is_a_name_for_the_content() {
    let plan = case().plan(FILE);
    assert_eq!(plan.id(), PlanId::from("5e6c6692f9"), "it may never change");
    let other = |change: fn(&mut Plan)| {
        let mut other = plan.clone();
        change(&mut other);
        other.id()
    };
    assert_eq!(other(|p| p.operations[0].source.clear()), plan.id());
    assert_ne!(other(|p| p.scope.clear()), plan.id());
    assert_ne!(
        other(|p| p.origin = Origin::parse("https://api.example").expect("an origin")),
        plan.id()
    );
    assert_ne!(
        other(|p| p.account = AccountId::parse("x").expect("an account")),
        plan.id()
    );
    assert_ne!(
        other(|p| {
            p.operations.pop();
        }),
        plan.id()
    );
}

#[test]
fn a_saved_plan_comes_back_whole() {
    let (plan, text) = saved();
    assert!(text.starts_with(r#"{"format":"skyswitch.plan/1","created":"2026-01-02T03:04:05Z""#));
    assert_eq!(load(&text).expect("the plan"), plan);
}

#[test]
fn a_saved_plan_is_refused_for_each_reason() {
    let (plan, text) = saved();
    let id = plan.id().to_string();
    let refused = |text: &str| load(text).expect_err("refused");
    assert!(matches!(
        refused(&text.replace("plan/1", "plan/2")),
        SavedError::Format(Some(format)) if format == "skyswitch.plan/2"
    ));
    assert_eq!(refused("{}"), SavedError::Format(None));
    assert!(refused("[").is_unreadable());
    assert!(refused("").is_unreadable());
    assert!(matches!(
        refused(&text.replace("jane", "eve")),
        SavedError::Mismatch { said, .. } if said == id
    ));
    assert!(matches!(
        refused(&text.replace(&id, "0123456789")),
        SavedError::Mismatch { .. }
    ));
    let other = AccountId::parse("other").expect("an account");
    let error = Plan::load(&text, &other, &Origin::default(), now()).expect_err("account");
    assert!(matches!(error, SavedError::Account(_)));
    let other = Origin::parse("https://api.example").expect("an origin");
    let error = Plan::load(&text, &account(), &other, now()).expect_err("origin");
    assert!(matches!(error, SavedError::Origin(_)));
    let at = |hours: i64| {
        let now = now() + SignedDuration::from_mins(hours * 60 + 1);
        Plan::load(&text, &account(), &Origin::default(), now)
    };
    assert!(at(23).is_ok());
    assert!(matches!(at(24), Err(SavedError::TooOld(_))));
    assert!(matches!(at(-1), Err(SavedError::FromTheFuture(_))));
}

#[test]
fn a_plan_that_no_planner_writes_is_damaged_even_under_its_own_name() {
    let (plan, _) = saved();
    let damaged = |change: fn(&mut Plan)| {
        let mut plan = plan.clone();
        change(&mut plan);
        let text = serde_json::to_string(&plan.to_saved(&[], now())).expect("json");
        matches!(load(&text), Err(SavedError::Damaged(_)))
    };
    assert!(!damaged(|_| {}));
    assert!(damaged(|p| p.operations.swap(0, 1)));
    assert!(damaged(|p| p.operations[0].change.before = None));
    assert!(damaged(|p| p.operations[1] = p.operations[0].clone()));
    assert!(damaged(|p| p.scope.clear()));
    assert!(damaged(|p| {
        p.operations[0].change.after.as_mut().expect("after").ani = Some("16165550109".into());
    }));
}

proptest! {
    #[test]
    fn loading_never_panics(at in 0usize..2000, byte in "[\\PC]") {
        let (_, text) = saved();
        let mut at = at % text.len();
        while !text.is_char_boundary(at) { at -= 1; }
        let _ = load(&text[..at]);
        let _ = load(&format!("{}{byte}{}", &text[..at], &text[at..]));
    }
}
