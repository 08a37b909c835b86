//! The list of domains: shapes, filter, refresh.

use serde_json::json;

use super::super::test_server::{DOMAINS, TestServer};

#[test]
fn the_reference_lists_name_and_description() {
    let mut sandbox = TestServer::with(&[]);
    let told = sandbox.call("GET", DOMAINS).value();
    assert_eq!(
        told,
        json!([
            {"domain":"0000.15611.service","description":"Sandbox Telecom, no phones"},
            {"domain":"acme.15611.service","description":"Acme Plumbing, Grand Rapids"},
            {"domain":"bluebird.15611.service","description":"Bluebird Travel, Chicago"},
            {"domain":"harborview.15611.service","description":null},
        ])
    );
}

#[test]
fn the_vendor_keys_them_by_name_and_adds_the_reseller() {
    let mut sandbox = TestServer::with(&["domains=object"]);
    let told = sandbox.call("GET", DOMAINS).value();
    assert_eq!(
        told["acme.15611.service"],
        json!({"domain":"acme.15611.service","reseller":"15611","description":"Acme Plumbing, Grand Rapids"})
    );
    let none = sandbox
        .call("GET", &format!("{DOMAINS}?reseller=1"))
        .value();
    assert_eq!(none, json!([]), "PHP's empty map");
}

#[test]
fn parameters_are_checked() {
    let mut sandbox = TestServer::with(&[]);
    for (query, status) in [
        ("reseller=15611&force_refresh=1", 200),
        ("force_refresh=maybe", 400),
        ("domain=x", 400),
        ("reseller=", 400),
    ] {
        assert_eq!(
            sandbox.call("GET", &format!("{DOMAINS}?{query}")).status,
            status,
            "{query}"
        );
    }
}

#[test]
fn a_stale_list_lacks_the_newest_until_refreshed() {
    let mut sandbox = TestServer::with(&["stale-domains"]);
    let mut count = |query: &str| {
        let response = sandbox.call("GET", &format!("{DOMAINS}{query}"));
        (response.value().as_array().map(Vec::len), response.changed)
    };
    assert_eq!(count(""), (Some(3), false));
    assert_eq!(count("?force_refresh=0"), (Some(3), false));
    assert_eq!(count("?force_refresh=1"), (Some(4), true));
    assert_eq!(count(""), (Some(4), false));
}
