//! How faults are written, and which requests they strike.

use std::time::Duration;

use super::{Action, Fault, Faults, RetryAfter, forms};

const ROUTES: &str = "/accounts/sbx_account/pbx/route-by-ani";

fn fault(text: &str) -> Fault {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// Which of the first requests to the routes are struck.
fn struck(text: &str, seed: u64, requests: usize) -> Vec<usize> {
    let mut faults = Faults::new(seed, vec![fault(text)]);
    (1..=requests)
        .filter(|_| faults.strike("PUT", ROUTES).fault.is_some())
        .collect()
}

#[test]
fn every_documented_action_parses() {
    for action in [
        "status:503",
        "status:429:retry-after=2",
        "status:503:retry-after=date:5",
        "html",
        "html:502",
        "empty",
        "empty:201",
        "redirect:http://127.0.0.1:9/x/5",
        "redirect:307:https://other.example/@1",
        "reply:200:{\"a\":1}/2",
        "header:X-A: b",
        "latency:250",
        "late-commit:250",
        "late-commit:250:504",
        "reset",
        "hang",
        "truncated",
        "stall",
        "slow:1k",
        "content-length:+10",
        "content-length:-10",
        "invalid-json",
        "non-utf8",
        "nesting",
        "nesting:500",
        "big-header",
        "big-header:2m",
        "huge:10g",
        "huge:1m:500",
        "endless-array",
        "gzip-bomb",
        "gzip-bomb:3g",
    ] {
        fault(&format!("GET /accounts/*={action}"));
        let name = action.split(':').next().unwrap_or(action);
        assert!(
            forms().any(|form| form.split([':', '[']).next() == Some(name)),
            "{name}"
        );
    }
}

#[test]
fn the_parts_of_a_fault_are_told_apart() {
    let parsed = fault("PUT /accounts/*/pbx/route-by-ani=commit-reset@2-3");
    assert_eq!((parsed.action, parsed.committed), (Action::Reset, true));
    let parsed = fault("/oauth/token=status:429:retry-after=Wed, 21 Oct 2026 07:28:00 GMT");
    let retry = RetryAfter::Text("Wed, 21 Oct 2026 07:28:00 GMT".to_owned());
    assert_eq!(parsed.action, Action::Status(429, Some(retry)));
    let parsed = fault("*=redirect:307:http://a.example/@1/2~0.5 @1");
    assert_eq!(
        parsed.action,
        Action::Redirect(307, "http://a.example/@1/2~0.5".to_owned())
    );
    assert!(!parsed.committed);
    assert!(
        fault("*=truncated").committed,
        "a cut answer is the answer to a call that was made"
    );
    assert_eq!(fault(" GET /x=reset").to_string(), "GET /x=reset");
}

#[test]
fn refusals_say_what_is_accepted() {
    let error = |text: &str| text.parse::<Fault>().expect_err(text).to_string();
    assert!(error("reset").contains("MATCH=ACTION"));
    assert!(error("put /x=reset").contains("such as GET"));
    assert!(error("x=reset").contains("starts with `/`"));
    assert!(error("*=rest").contains("did you mean `reset`"));
    assert!(error("*=status").contains("`status:CODE"));
    assert!(error("*=status:99").contains("200 to 599"));
    assert!(error("*=commit-truncated").contains("after the call anyway"));
    for bad in [
        "*=reset@0", "*=reset@3-2", "*=reset/0", "*=reset~2", "*=reset~-1", "*=slow:0",
        "*=content-length:0", "*=nesting:1g", "*=huge:x",
    ] {
        assert!(bad.parse::<Fault>().is_err(), "{bad}");
    }
}

#[test]
fn counts_and_chances_choose_their_requests() {
    assert_eq!(struck("*=reset", 1, 3), [1, 2, 3]);
    assert_eq!(struck("*=reset@2", 1, 4), [2]);
    assert_eq!(struck("*=reset@2-3", 1, 4), [2, 3]);
    assert_eq!(struck("*=reset/2", 1, 5), [2, 4]);
    assert_eq!(struck("*=reset~0", 1, 50), [0; 0]);
    assert_eq!(struck("*=reset~1", 1, 3), [1, 2, 3]);
    let some = struck("*=reset~0.3", 1, 1000);
    assert!((250..350).contains(&some.len()), "{}", some.len());
    assert_eq!(
        some,
        struck("*=reset~0.3", 1, 1000),
        "the same seed, the same requests"
    );
    assert_ne!(some, struck("*=reset~0.3", 2, 1000));
}

#[test]
fn method_and_path_choose_their_requests() {
    let matched = |text: &str| fault(text).matches("PUT", ROUTES);
    for yes in [
        "*=reset",
        "PUT *=reset",
        "/accounts/*=reset",
        "*/route-by-ani=reset",
        "PUT /accounts/*/pbx/*=reset",
    ] {
        assert!(matched(yes), "{yes}");
    }
    for no in [
        "GET *=reset", "/accounts=reset", "*/domains=reset", "/accounts/*/pbx=reset",
    ] {
        assert!(!matched(no), "{no}");
    }
}

#[test]
fn latency_adds_up_and_leaves_room_for_another_fault() {
    let list = ["*=latency:100", "*=status:503", "*=latency:50", "*=reset"].map(fault);
    let strike = Faults::new(0, list.to_vec()).strike("GET", "/");
    assert_eq!(strike.latency, Duration::from_millis(150));
    assert_eq!(
        strike.fault.map(|fault| fault.action),
        Some(Action::Status(503, None))
    );
}
