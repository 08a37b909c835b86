//! Who may do what, in which order it is decided, and what each refusal looks like.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::exchange::Request;
use super::super::test_server::{DOMAINS, ROUTES, TestServer};
use super::ENDPOINTS;

fn refusal(server: &mut TestServer, method: &str, path: &str) -> (u16, String) {
    let response = server.call(method, path);
    let body = response.value();
    assert_eq!(
        body.as_object()
            .map(|object| object.keys().cloned().collect::<Vec<_>>()),
        Some(vec!["error".to_owned(), "message".to_owned()]),
        "{method} {path}"
    );
    (
        response.status,
        body["error"].as_str().unwrap_or_default().to_owned(),
    )
}

#[test]
fn the_password_grant_answers_as_the_reference_says() {
    let mut sandbox = TestServer::with(&[]);
    let reply = sandbox
        .token("grant_type=password&client_id=sbx_client&client_secret=sbx_secret&username=sbx_user&password=sbx_password&scope=pbx+account")
        .value();
    let keys: Vec<&str> = reply
        .as_object()
        .expect("object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        ["token_type", "expires_in", "access_token", "refresh_token"]
    );
    assert_eq!(reply["token_type"], "Bearer");
    assert_eq!(reply["expires_in"].as_u64(), Some(21600));
    assert!(
        reply["access_token"]
            .as_str()
            .is_some_and(|token| token.starts_with("sbx_at_"))
    );
}

#[test]
fn bad_token_requests_are_refused_each_in_its_way() {
    let good = "grant_type=password&client_id=sbx_client&client_secret=sbx_secret&username=sbx_user&password=sbx_password&scope=pbx";
    let mut sandbox = TestServer::with(&[]);
    for (form, status, error) in [
        (good.replace("sbx_secret", "x"), 401, "invalid_client"),
        (good.replace("sbx_client", "x"), 401, "invalid_client"),
        (good.replace("sbx_password", "x"), 400, "invalid_grant"),
        (good.replace("sbx_user", "x"), 400, "invalid_grant"),
        (good.replace("scope=pbx", "scope=nonsense"), 400, "invalid_scope"),
        (good.replace("grant_type=password", "grant_type=client_credentials"), 400, "unsupported_grant_type"),
        (good.replace("grant_type=password&", ""), 400, "invalid_request"),
        (good.replace("client_id=sbx_client&", ""), 400, "invalid_request"),
        (good.replace("client_secret=sbx_secret&", ""), 400, "invalid_request"),
        (good.replace("username=sbx_user&", ""), 400, "invalid_request"),
        (good.replace("password=sbx_password&", ""), 400, "invalid_request"),
        (format!("{good}&scope=pbx"), 400, "invalid_request"),
        (good.replace("sbx_user", "%zz"), 400, "invalid_request"),
        (good.replace("sbx_user", "%ff"), 400, "invalid_request"),
        ("grant_type=refresh_token&client_id=sbx_client&client_secret=sbx_secret".to_owned(), 400, "invalid_request"),
        ("grant_type=refresh_token&client_id=sbx_client&client_secret=sbx_secret&refresh_token=x".to_owned(), 400, "invalid_grant"),
        ("grant_type=refresh_token&client_id=sbx_client&client_secret=sbx_secret&refresh_token=x&scope=pbx".to_owned(), 400, "invalid_request"),
    ] {
        let response = sandbox.token(&form);
        assert_eq!(response.status, status, "{form}");
        assert_eq!(response.value()["error"], error, "{form}");
        assert!(response.value()["message"].is_string(), "{form}");
    }
    let json = Request {
        method: "POST".to_owned(),
        path: "/oauth/token".to_owned(),
        content_type: Some("application/json".to_owned()),
        body: b"{}".to_vec(),
        ..Request::default()
    };
    assert_eq!(sandbox.send(json.clone()).status, 400);
    let in_url = Request {
        query: Some(good.to_owned()),
        content_type: Some("application/x-www-form-urlencoded; charset=utf-8".to_owned()),
        body: Vec::new(),
        ..json
    };
    assert_eq!(sandbox.send(in_url).status, 400);
}

#[test]
fn a_refresh_rotates_and_revokes_both_old_tokens() {
    let mut sandbox = TestServer::with(&[]);
    let (access, refresh) = sandbox.login("pbx");
    let form = format!(
        "grant_type=refresh_token&client_id=sbx_client&client_secret=sbx_secret&refresh_token={refresh}"
    );
    let reply = sandbox.token(&form);
    assert_eq!(reply.status, 200);
    let new = reply.value();
    assert_ne!(new["access_token"], access.as_str());
    assert_ne!(new["refresh_token"], refresh.as_str());
    sandbox.bearer = access;
    assert_eq!(
        refusal(&mut sandbox, "GET", DOMAINS),
        (401, "unauthorized".to_owned())
    );
    sandbox.bearer = new["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(sandbox.call("GET", DOMAINS).status, 200);
    let again = sandbox.token(&form);
    assert_eq!(
        (again.status, again.value()["hint"].as_str()),
        (400, Some("Token has been revoked"))
    );
}

#[test]
fn tokens_expire_and_refresh_tokens_outlive_them() {
    let mut sandbox = TestServer::with(&[]);
    let (access, refresh) = sandbox.login("pbx");
    sandbox.bearer = access;
    sandbox.now += 21_599_999;
    assert_eq!(sandbox.call("GET", DOMAINS).status, 200);
    sandbox.now += 1;
    assert_eq!(sandbox.call("GET", DOMAINS).status, 401);
    let form = format!(
        "grant_type=refresh_token&client_id=sbx_client&client_secret=sbx_secret&refresh_token={refresh}"
    );
    assert_eq!(sandbox.token(&form).status, 200);
}

#[test]
fn the_token_endpoint_describes_a_bearer() {
    let mut sandbox = TestServer::with(&[]);
    sandbox.bearer = sandbox.login("account pbx").0;
    let told = sandbox.call("GET", "/oauth/token").value();
    assert_eq!(
        told,
        json!({"username": "sbx_user", "scopes": ["account", "pbx"], "expires": 1_800_021_600u64})
    );
    sandbox.bearer = "x".to_owned();
    let bad = sandbox.call("GET", "/oauth/token");
    assert_eq!((bad.status, bad.body.as_slice()), (400, &b"{}"[..]));
}

#[test]
fn a_scope_is_needed_and_none_is_none() {
    let mut sandbox = TestServer::with(&[]);
    for (scope, status) in [("pbx", 200), ("*", 200), ("account", 403), ("", 403)] {
        sandbox.bearer = sandbox.login(scope).0;
        assert_eq!(sandbox.call("GET", ROUTES).status, status, "{scope:?}");
        assert_eq!(sandbox.call("GET", DOMAINS).status, status, "{scope:?}");
    }
    assert_eq!(
        refusal(&mut sandbox, "GET", ROUTES),
        (403, "insufficient_scope".to_owned())
    );
}

#[test]
fn paths_methods_bearers_and_accounts_are_refused_in_this_order() {
    let mut sandbox = TestServer::with(&[]);
    for path in [
        "/",
        "/accounts",
        "/accounts/",
        "/accounts/sbx_account/",
        "/accounts/sbx_account/pbx",
        "/accounts/sbx_account/pbx/domains/",
        "/v2/accounts/sbx_account",
    ] {
        assert_eq!(
            refusal(&mut sandbox, "GET", path),
            (404, "not_found".to_owned())
        );
    }
    for (method, path) in [
        ("POST", ROUTES),
        ("PATCH", ROUTES),
        ("HEAD", DOMAINS),
        ("PUT", DOMAINS),
        ("DELETE", "/accounts/sbx_account"),
    ] {
        assert_eq!(
            refusal(&mut sandbox, method, path),
            (405, "method_not_allowed".to_owned())
        );
    }
    assert_eq!(sandbox.call("PUT", "/oauth/token").status, 405);
    let other = ROUTES.replace("sbx_account", "other");
    assert_eq!(
        refusal(&mut sandbox, "GET", &other),
        (404, "not_found".to_owned())
    );
    for bearer in ["", "sbx_at_x"] {
        sandbox.bearer = bearer.to_owned();
        assert_eq!(
            refusal(&mut sandbox, "GET", &other),
            (401, "unauthorized".to_owned())
        );
    }
}

#[test]
fn a_body_where_none_belongs_is_refused() {
    let mut sandbox = TestServer::with(&[]);
    let request = Request {
        method: "PUT".to_owned(),
        path: ROUTES.to_owned(),
        query: Some("ani=1&domain=acme.15611.service&destination=x".to_owned()),
        authorization: Some(format!("bearer {}", sandbox.bearer)),
        body: b"{}".to_vec(),
        ..Request::default()
    };
    assert_eq!(sandbox.send(request).status, 400);
}

#[test]
fn each_call_needs_its_own_scope_and_no_other() {
    let mut sandbox = TestServer::with(&[]);
    let scopes: BTreeSet<&str> = ENDPOINTS.iter().map(|endpoint| endpoint.scope).collect();
    for scope in &scopes {
        sandbox.bearer = sandbox.login(scope).0;
        for endpoint in ENDPOINTS {
            let path = endpoint.path.replace("{account_id}", "sbx_account");
            let status = sandbox.call(endpoint.method, &path).status;
            let allowed = endpoint.scope == *scope;
            assert_eq!(status != 403, allowed, "{scope} {} {path}", endpoint.method);
        }
    }
    assert_eq!(scopes.len(), 7);
}

#[test]
fn subscribers_are_a_map_that_each_parameter_narrows() {
    let mut sandbox = TestServer::with(&[]);
    let mut keys = |query: &str| {
        let path = format!("/accounts/sbx_account/pbx/subscribers?{query}");
        let body = sandbox.call("GET", &path).value();
        let map = body.as_object().map(|map| map.keys().cloned().collect());
        map.unwrap_or_else(|| vec![body.to_string()]).join(" ")
    };
    let acme = "domain=ACME.15611.service";
    assert_eq!(keys(acme), "route_by_ani 100 200 300 400 500");
    assert_eq!(
        keys(&format!("{acme}&filter=subscriber")),
        "route_by_ani 100 200 300"
    );
    assert_eq!(keys(&format!("{acme}&filter=queue")), "400");
    assert_eq!(keys(&format!("{acme}&filter=attendant")), "500");
    assert_eq!(keys(&format!("{acme}&filter=all&user=200")), "200");
    assert_eq!(keys("login=night-nurse"), "301");
    assert_eq!(keys(&format!("{acme}&user=900")), "[]", "PHP's empty map");
    assert_eq!(keys("domain=0000.15611.service"), "[]");
    let bad = "/accounts/sbx_account/pbx/subscribers?filter=nobody";
    assert_eq!(sandbox.call("GET", bad).status, 400);
}

#[test]
fn numbers_are_those_of_a_domain_or_of_one_user_and_lead_somewhere() {
    let mut sandbox = TestServer::with(&[]);
    let mut numbers = |query: &str| {
        let path = format!("/accounts/sbx_account/pbx/phone-numbers?{query}");
        let response = sandbox.call("GET", &path);
        (
            response.status,
            String::from_utf8_lossy(&response.body).into_owned(),
        )
    };
    let told = |body: &str| (200, body.to_owned());
    let acme = "domain=acme.15611.service";
    assert_eq!(
        numbers(acme),
        told(r#"["16165550190","16165550191","16165550192"]"#)
    );
    assert_eq!(
        numbers(&format!("{acme}&user=500")),
        told(r#"["16165550192"]"#)
    );
    assert_eq!(numbers("domain=0000.15611.service"), told("[]"));
    assert_eq!(numbers("domain=nowhere").0, 404);
    assert_eq!(numbers("").0, 400);
    let mut route = |number: &str| {
        let response = sandbox.call("GET", &format!("/phone-numbers/{number}/route"));
        (response.status, response.value())
    };
    let pbx = |subscriber: &str, treatment: &str| json!({"type":"pbx","route":{"subscriber":subscriber,"treatment":treatment,"enable":"yes"}});
    assert_eq!(
        route("16165550190"),
        (200, pbx("route_by_ani@acme.15611.service", "user"))
    );
    assert_eq!(
        route("16165550192"),
        (200, pbx("500@acme.15611.service", "attendant"))
    );
    assert_eq!(route("12065550176").1["type"], "fax");
    assert_eq!(route("16165550142").0, 404);
}

#[test]
fn accounts_below_are_told_as_a_tree_and_hold_their_own() {
    let mut sandbox = TestServer::with(&[]);
    let mut names = |query: &str| {
        let path = format!("/accounts/sbx_account/sub-accounts?{query}");
        let body = sandbox.call("GET", &path).value();
        let rows = body.as_array().expect("rows").clone();
        let told = |row: &Value| {
            (
                row["name"].clone(),
                row["children"].as_array().map(Vec::len),
            )
        };
        rows.iter().map(told).collect::<Vec<_>>()
    };
    let (lakeshore, dune) = (json!("Lakeshore Voice"), json!("Dune Rentals"));
    let pine = (json!("Pine Street Dental"), Some(0));
    assert_eq!(names(""), [(lakeshore.clone(), Some(0)), pine.clone()]);
    assert_eq!(
        names("recursive=1&include_lineage=0"),
        [(lakeshore, Some(1)), pine]
    );
    assert_eq!(
        names("account_number=15614&recursive=true"),
        [(dune, Some(0))]
    );
    assert_eq!(names("account_number=15614"), []);
    let below = "/accounts/00000000-0000-4000-8000-000000015612/pbx";
    let domains = sandbox.call("GET", &format!("{below}/domains")).value();
    assert_eq!(domains[0]["domain"], "main.15612.service");
    let query = "ani=16165550142&domain=main.15612.service&destination=john";
    let put = format!("{below}/route-by-ani?{query}");
    assert_eq!(sandbox.call("PUT", &put).status, 201);
    let rows = |sandbox: &mut TestServer, path: &str| {
        let body = sandbox.call("GET", path).value();
        body.as_array().map(Vec::len)
    };
    assert_eq!(
        rows(&mut sandbox, &format!("{below}/route-by-ani")),
        Some(2)
    );
    assert_eq!(rows(&mut sandbox, ROUTES), Some(12));
    assert_eq!(
        sandbox.call("PUT", &format!("{ROUTES}?{query}")).status,
        404
    );
}

#[test]
fn both_paging_dialects_tell_every_row_once() {
    let mut sandbox = TestServer::with(&[]);
    for (path, total) in [("users", 25), ("phone-numbers", 24)] {
        let mut seen = Vec::new();
        for page in 1..=4 {
            let body = sandbox
                .call(
                    "GET",
                    &format!("/accounts/sbx_account/{path}?page={page}&per_page=10"),
                )
                .value();
            let told = if path == "users" {
                &body["total"]
            } else {
                &body["pagination"]["count"]
            };
            assert_eq!(told.as_u64(), Some(total));
            seen.extend(body["data"].as_array().expect("data").clone());
        }
        seen.dedup();
        assert_eq!(seen.len() as u64, total);
    }
    assert_eq!(
        sandbox
            .call("GET", "/accounts/sbx_account/users?page=0")
            .status,
        400
    );
}

#[test]
fn error_forms_are_all_there() {
    for (form, status, body) in [
        ("message", 404, r#"{"message":"There is no such account"}"#),
        ("sentence", 404, r#"{"error":"There is no such account."}"#),
        ("msg", 404, r#"{"msg":"There is no such account"}"#),
        ("object", 404, "{}"),
        ("empty", 404, ""),
    ] {
        let mut sandbox = TestServer::with(&[&format!("errors={form}")]);
        let response = sandbox.call("GET", "/accounts/other");
        assert_eq!(response.status, status);
        assert_eq!(String::from_utf8_lossy(&response.body), body);
    }
    let mut sandbox = TestServer::with(&["errors=fields"]);
    assert_eq!(sandbox.call("DELETE", ROUTES).status, 422);
    let mut sandbox = TestServer::with(&["errors=html", "not-found=400"]);
    let response = sandbox.call("GET", "/accounts/other");
    assert_eq!(response.status, 400);
    assert!(response.body.starts_with(b"<!DOCTYPE html>"));
    let mut sandbox = TestServer::with(&["accept-required"]);
    assert_eq!(sandbox.call("GET", "/accounts/other").status, 302);
    assert_eq!(sandbox.call("GET", DOMAINS).status, 200);
}

#[test]
fn token_quirks_change_status_and_shape() {
    for status in [400, 401] {
        let mut sandbox = TestServer::with(&[&format!("token-errors={status}")]);
        assert_eq!(sandbox.token("grant_type=password").status, status);
    }
    let sandbox = TestServer::with(&["token=jwt"]);
    let parts: Vec<&str> = sandbox.bearer.split('.').collect();
    assert_eq!(parts.len(), 3);
    assert!(
        sandbox
            .bearer
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    );
}

#[test]
fn a_length_can_be_demanded_of_put() {
    let mut sandbox = TestServer::with(&["length-required"]);
    let query = "ani=1&domain=acme.15611.service&destination=x";
    assert_eq!(
        sandbox.call("PUT", &format!("{ROUTES}?{query}")).status,
        201
    );
    let request = Request {
        method: "PUT".to_owned(),
        path: ROUTES.to_owned(),
        query: Some(query.to_owned()),
        authorization: Some(format!("Bearer {}", sandbox.bearer)),
        ..Request::default()
    };
    assert_eq!(sandbox.send(request).status, 411);
}
