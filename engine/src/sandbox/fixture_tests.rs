//! The sandbox against `tests/fixtures`: same status, same shape, same words where they are fixed.
//!
//! A shape is what a decoder can see: the names of fields, their order left out, and their types.
//! Objects whose values are all objects are maps, whose keys are data.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::exchange::Response;
use super::test_server::{DOMAINS, ROUTES, TestServer};

struct Fixture {
    status: u16,
    headers: Value,
    body: Option<Value>,
    text: Option<String>,
}

fn fixture(name: &str) -> Fixture {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/fixtures/{name}.json"));
    let text = std::fs::read_to_string(&path).expect(name);
    let mut value: Value = serde_json::from_str(&text).expect(name);
    assert!(value["source"].is_string(), "{name} names its source");
    Fixture {
        status: value["status"]
            .as_u64()
            .and_then(|status| status.try_into().ok())
            .expect(name),
        headers: value["headers"].take(),
        text: value["text"].as_str().map(str::to_owned),
        body: value.get("body").cloned(),
    }
}

/// What of a value is the same in another of its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    Scalar(&'static str),
    Array(BTreeSet<Shape>),
    Map(BTreeSet<Shape>),
    Object(BTreeMap<String, Shape>),
}

fn shape(value: &Value) -> Shape {
    match value {
        Value::Null => Shape::Scalar("null"),
        Value::Bool(_) => Shape::Scalar("boolean"),
        Value::Number(_) => Shape::Scalar("number"),
        Value::String(_) => Shape::Scalar("string"),
        Value::Array(rows) => Shape::Array(rows.iter().map(shape).collect()),
        Value::Object(fields) if !fields.is_empty() && fields.values().all(Value::is_object) => {
            Shape::Map(fields.values().map(shape).collect())
        }
        Value::Object(fields) => Shape::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), shape(value)))
                .collect(),
        ),
    }
}

/// Whether everything in one shape is in the other: a fixture may show more kinds of rows.
fn within(given: &Shape, fixture: &Shape) -> bool {
    match (given, fixture) {
        (Shape::Array(given), Shape::Array(fixture)) | (Shape::Map(given), Shape::Map(fixture)) => {
            given.is_empty() == fixture.is_empty()
                && given
                    .iter()
                    .all(|row| fixture.iter().any(|known| within(row, known)))
        }
        (Shape::Object(given), Shape::Object(fixture)) => {
            given.len() == fixture.len()
                && given
                    .iter()
                    .zip(fixture)
                    .all(|((a, x), (b, y))| a == b && within(x, y))
        }
        (given, fixture) => given == fixture,
    }
}

fn check(name: &str, response: &Response) {
    let fixture = fixture(name);
    assert_eq!(response.status, fixture.status, "{name}");
    let kind = response
        .headers
        .iter()
        .find(|(name, _)| name == "content-type")
        .map(|(_, value)| value.as_str());
    assert_eq!(kind, fixture.headers["content-type"].as_str(), "{name}");
    match fixture.body {
        Some(body) => assert!(
            within(&shape(&response.value()), &shape(&body)),
            "{name}: {}",
            String::from_utf8_lossy(&response.body)
        ),
        None => assert_eq!(
            Some(String::from_utf8_lossy(&response.body).into_owned()),
            fixture.text,
            "{name}"
        ),
    }
}

#[test]
fn lists_have_the_shapes_of_the_fixtures() {
    for (name, quirks, query) in [
        ("routes-array", "list=array", ""),
        ("routes-array-empty", "list=array", "?ani=nobody"),
        ("routes-data", "list=data", ""),
        ("routes-data-empty", "list=data", "?ani=nobody"),
        ("routes-object", "list=object", ""),
        ("routes-object-empty-php", "list=object", "?ani=nobody"),
        ("routes-single", "list=single", "?ani=16165550101"),
        ("routes-numbers", "number-type=number", "?dnis=16165550190"),
        ("routes-dnis-absent", "dnis=absent", "?ani=16165550102"),
        ("routes-dnis-empty", "dnis=empty", "?ani=16165550102"),
        ("routes-ten-digits", "numbers=10", "?ani=16165550101"),
        ("routes-data-pagination", "list=data-pagination", ""),
        ("routes-data-flat", "list=data-flat", ""),
        ("routes-says-more-pagination", "paging-lie", ""),
    ] {
        let mut sandbox = TestServer::with(&[quirks]);
        check(
            &format!("lists/{name}"),
            &sandbox.call("GET", &format!("{ROUTES}{query}")),
        );
    }
    for (name, quirks, query) in [
        ("domains-array", "list=array", ""),
        ("domains-array-empty", "list=array", "?reseller=1"),
        ("domains-object", "list=object", ""),
        ("domains-object-empty-php", "list=object", "?reseller=1"),
        ("domains-data", "list=data", ""),
        ("domains-data-empty", "list=data", "?reseller=1"),
    ] {
        let mut sandbox = TestServer::with(&[quirks]);
        check(
            &format!("lists/{name}"),
            &sandbox.call("GET", &format!("{DOMAINS}{query}")),
        );
    }
    let mut sandbox = TestServer::with(&[]);
    let acme = "domain=acme.15611.service";
    for (name, path) in [
        ("siblings/users-page", "users?per_page=2"),
        ("siblings/phone-numbers-page", "phone-numbers?per_page=2"),
        ("neighbours/subscribers", &format!("pbx/subscribers?{acme}")),
        (
            "neighbours/subscribers-empty",
            "pbx/subscribers?user=nobody",
        ),
        (
            "neighbours/phone-numbers",
            &format!("pbx/phone-numbers?{acme}"),
        ),
        ("neighbours/sub-accounts", "sub-accounts?recursive=1"),
    ] {
        let path = format!("/accounts/sbx_account/{path}");
        check(name, &sandbox.call("GET", &path));
    }
    let route = sandbox.call("GET", "/phone-numbers/16165550190/route");
    check("neighbours/number-route", &route);
}

#[test]
fn writes_answer_as_the_fixtures_do() {
    for form in ["empty", "json", "text"] {
        let mut sandbox = TestServer::with(&[&format!("put={form}")]);
        let put = format!("{ROUTES}?ani=16165550101&domain=acme.15611.service&destination=john");
        check(
            &format!("writes/put-201-{form}"),
            &sandbox.call("PUT", &put),
        );
        let delete = format!("{ROUTES}?ani=16165550101&domain=acme.15611.service");
        check("writes/delete-204", &sandbox.call("DELETE", &delete));
    }
}

#[test]
fn errors_have_the_bodies_of_the_fixtures() {
    let mut sandbox = TestServer::with(&[]);
    let missing = format!("{ROUTES}?ani=1&domain=acme.15611.service");
    check("errors/reference-400", &sandbox.call("PUT", ROUTES));
    check("errors/reference-404", &sandbox.call("DELETE", &missing));
    check("errors/reference-405", &sandbox.call("POST", DOMAINS));
    sandbox.bearer = sandbox.login("account").0;
    check("errors/reference-403", &sandbox.call("GET", DOMAINS));
    sandbox.now += 21_600_000;
    check("errors/reference-401", &sandbox.call("GET", DOMAINS));
    for (name, quirks) in [
        ("sentence", &["errors=sentence"][..]),
        ("msg", &["errors=msg", "not-found=400"]),
        ("object", &["errors=object", "not-found=400"]),
        ("not-found-as-400", &["not-found=400"]),
    ] {
        let mut sandbox = TestServer::with(quirks);
        check(&format!("errors/{name}"), &sandbox.call("DELETE", &missing));
    }
    let mut sandbox = TestServer::with(&["errors=fields"]);
    check("errors/validation-422-one", &sandbox.call("PUT", ROUTES));
    let mut sandbox = TestServer::with(&["errors=message"]);
    sandbox.bearer.clear();
    check("errors/unauthenticated", &sandbox.call("GET", DOMAINS));
}

#[test]
fn the_token_endpoint_has_the_bodies_of_the_fixtures() {
    let mut sandbox = TestServer::with(&[]);
    let client = "client_id=sbx_client&client_secret=sbx_secret";
    let password = format!(
        "grant_type=password&{client}&username=sbx_user&password=sbx_password&scope=pbx+account"
    );
    let granted = sandbox.token(&password);
    check("tokens/reference", &granted);
    let told = granted.value();
    let refresh = format!(
        "grant_type=refresh_token&{client}&refresh_token={}",
        told["refresh_token"].as_str().expect("a token")
    );
    check("tokens/refreshed", &sandbox.token(&refresh));
    check("tokens/refresh-revoked", &sandbox.token(&refresh));
    check(
        "tokens/refresh-unknown",
        &sandbox.token(&format!("{refresh}x")),
    );
    check("tokens/description", &sandbox.call("GET", "/oauth/token"));
    for (name, form) in [
        ("invalid-grant", password.replace("sbx_user", "x")),
        ("invalid-client", password.replace("sbx_secret", "x")),
        ("invalid-scope", password.replace("pbx", "nonsense")),
        (
            "unsupported-grant-type",
            password.replace("password&", "implicit&"),
        ),
        (
            "invalid-request",
            password.replace("client_id=sbx_client&", ""),
        ),
    ] {
        let response = sandbox.token(&form);
        check(&format!("tokens/{name}"), &response);
        let body = fixture(&format!("tokens/{name}")).body.expect("a body");
        assert_eq!(response.value(), body, "{name}: league's words are known");
    }
    sandbox.bearer.clear();
    check(
        "tokens/description-bad",
        &sandbox.call("GET", "/oauth/token"),
    );
    let mut sandbox = TestServer::with(&["token-errors=401"]);
    check(
        "tokens/invalid-grant-401",
        &sandbox.token(&password.replace("sbx_user", "x")),
    );
}

#[test]
fn every_fixture_names_its_source_and_holds_one_answer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures");
    let mut seen = 0;
    for directory in std::fs::read_dir(&root)
        .expect("fixtures")
        .map(|entry| entry.expect("entry").path())
    {
        if !directory.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(&directory)
            .expect("files")
            .map(|entry| entry.expect("entry").path())
        {
            let name = file.strip_prefix(&root).expect("below").with_extension("");
            let fixture = fixture(&name.to_string_lossy());
            assert_ne!(fixture.body.is_some(), fixture.text.is_some(), "{name:?}");
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen}");
}
