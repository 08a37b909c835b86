//! route-by-ani: parameters, keys, statuses, and each quirk of it.

use serde_json::{Value, json};

use super::super::test_server::{ROUTES, TestServer};

fn list(sandbox: &mut TestServer, query: &str) -> Value {
    let response = sandbox.call("GET", &format!("{ROUTES}?{query}"));
    assert_eq!(response.status, 200, "{query}");
    response.value()
}

fn rows(sandbox: &mut TestServer, query: &str) -> usize {
    list(sandbox, query).as_array().expect("an array").len()
}

fn put(sandbox: &mut TestServer, query: &str) -> u16 {
    sandbox.call("PUT", &format!("{ROUTES}?{query}")).status
}

fn delete(sandbox: &mut TestServer, query: &str) -> u16 {
    sandbox.call("DELETE", &format!("{ROUTES}?{query}")).status
}

#[test]
fn put_list_and_delete_work_as_the_reference_says() {
    let mut sandbox = TestServer::with(&[]);
    let key = "ani=16165551234&domain=ACME.15611.service";
    let created = sandbox.call("PUT", &format!("{ROUTES}?{key}&destination=sip%3Aa%2Bb%40c.example%3Bx%3D1%26y&dnis=16165559999&application=literal"));
    assert_eq!((created.status, created.body.len()), (201, 0));
    let told = list(&mut sandbox, "ani=16165551234");
    assert_eq!(
        told,
        json!([{"ani":"16165551234","dnis":"16165559999","domain":"acme.15611.service","application":"literal","destination":"sip:a+b@c.example;x=1&y"}])
    );
    assert_eq!(
        put(
            &mut sandbox,
            &format!("{key}&destination=mary&dnis=16165559999")
        ),
        201
    );
    assert_eq!(
        rows(&mut sandbox, "ani=16165551234"),
        1,
        "the second PUT updates"
    );
    assert_eq!(
        delete(&mut sandbox, key),
        404,
        "the dnis belongs to the key"
    );
    assert_eq!(
        delete(&mut sandbox, &format!("{key}&dnis=16165559999")),
        204
    );
    assert_eq!(
        delete(&mut sandbox, &format!("{key}&dnis=16165559999")),
        404
    );
    assert_eq!(rows(&mut sandbox, ""), 12);
}

#[test]
fn bad_parameters_are_refused_and_change_nothing() {
    let mut sandbox = TestServer::with(&[]);
    let good = "ani=1&domain=acme.15611.service&destination=x";
    for (query, status) in [
        ("", 400),
        ("ani=1&domain=acme.15611.service", 400),
        ("ani=1&destination=x", 400),
        ("domain=acme.15611.service&destination=x", 400),
        ("ani=&domain=acme.15611.service&destination=x", 400),
        ("ani=1&domain=acme.15611.service&destination=", 400),
        ("ani=1&domain=nowhere.15611.service&destination=x", 404),
        (&format!("{good}&dnis="), 400),
        (&format!("{good}&application=fax"), 400),
        (&format!("{good}&application=User"), 400),
        (&format!("{good}&ani=2"), 400),
        (&format!("{good}&note=x"), 400),
        (&format!("{good}&dnis=%f"), 400),
    ] {
        assert_eq!(put(&mut sandbox, query), status, "PUT {query}");
    }
    for (query, status) in [
        ("ani=1", 400),
        ("domain=acme.15611.service", 400),
        ("ani=1&domain=acme.15611.service&destination=x", 400),
        ("ani=1&domain=acme.15611.service&dnis=", 400),
        ("ani=1&domain=nowhere.15611.service", 404),
    ] {
        assert_eq!(delete(&mut sandbox, query), status, "DELETE {query}");
    }
    for query in ["ani=", "application=user", "domain=a&domain=b"] {
        assert_eq!(
            sandbox.call("GET", &format!("{ROUTES}?{query}")).status,
            400,
            "GET {query}"
        );
    }
    assert_eq!(rows(&mut sandbox, ""), 12);
}

#[test]
fn filters_narrow_exactly() {
    let mut sandbox = TestServer::with(&[]);
    assert_eq!(rows(&mut sandbox, "domain=Bluebird.15611.SERVICE"), 5);
    assert_eq!(rows(&mut sandbox, "ani=16165550102"), 2);
    assert_eq!(rows(&mut sandbox, "ani=16165550102&dnis=16165550190"), 1);
    assert_eq!(rows(&mut sandbox, "ani=1616555"), 0);
    assert_eq!(rows(&mut sandbox, "domain=nowhere.15611.service"), 0);
    let mut sandbox = TestServer::with(&["filter=substring", "unknown-domain=404"]);
    assert_eq!(rows(&mut sandbox, "ani=1616555"), 4);
    assert_eq!(
        sandbox
            .call("GET", &format!("{ROUTES}?domain=nowhere"))
            .status,
        404
    );
}

#[test]
fn a_wide_delete_takes_the_siblings_and_an_exact_one_does_not() {
    let key = "ani=16165550102&domain=acme.15611.service";
    let mut exact = TestServer::with(&[]);
    assert_eq!(delete(&mut exact, key), 204);
    assert_eq!(rows(&mut exact, "ani=16165550102"), 1);
    let mut wide = TestServer::with(&["delete=wide"]);
    assert_eq!(delete(&mut wide, key), 204);
    assert_eq!(rows(&mut wide, "ani=16165550102"), 0);
    assert_eq!(rows(&mut wide, ""), 10);
    let mut wide = TestServer::with(&["delete=wide"]);
    assert_eq!(delete(&mut wide, &format!("{key}&dnis=16165550190")), 204);
    assert_eq!(rows(&mut wide, "ani=16165550102"), 1);
}

#[test]
fn list_shapes_follow_the_quirk() {
    let one = "ani=16165550101";
    let shape = |word: &str, query: &str| {
        let mut sandbox = TestServer::with(&[&format!("routes={word}")]);
        list(&mut sandbox, query)
    };
    let row = shape("array", one)[0].clone();
    assert_eq!(shape("data", one), json!({"data": [row]}));
    assert_eq!(shape("object", one), json!({"1001": row}));
    assert_eq!(shape("single", one), row);
    assert_eq!(
        shape("data-flat", one),
        json!({"current_page":1,"per_page":100,"total":1,"data":[row]})
    );
    assert_eq!(
        shape("data-pagination", one),
        json!({"pagination":{"count":1,"per_page":100,"page":1},"data":[row]})
    );
    for (word, empty) in [
        ("array", json!([])),
        ("object", json!([])),
        ("single", json!([])),
        ("data", json!({"data":[]})),
    ] {
        assert_eq!(shape(word, "ani=nobody"), empty, "{word}");
    }
}

#[test]
fn a_lying_envelope_claims_more_than_it_sends() {
    let mut sandbox = TestServer::with(&["paging-lie"]);
    let told = list(&mut sandbox, "");
    assert_eq!(told["pagination"]["count"].as_u64(), Some(62));
    assert_eq!(told["data"].as_array().map(Vec::len), Some(12));
    let mut sandbox = TestServer::with(&["paging-lie", "routes=data-flat"]);
    assert_eq!(list(&mut sandbox, "")["total"].as_u64(), Some(62));
}

#[test]
fn a_missing_dnis_has_three_forms() {
    let told = |word: &str| {
        let mut sandbox = TestServer::with(&[&format!("dnis={word}")]);
        list(&mut sandbox, "ani=16165550101")[0]
            .get("dnis")
            .cloned()
    };
    assert_eq!(told("null"), Some(Value::Null));
    assert_eq!(told("empty"), Some(Value::from("")));
    assert_eq!(told("absent"), None);
}

#[test]
fn an_omitted_application_is_what_the_quirk_says() {
    for word in ["user", "device", "literal"] {
        let mut sandbox = TestServer::with(&[&format!("application={word}")]);
        assert_eq!(
            put(
                &mut sandbox,
                "ani=1&domain=acme.15611.service&destination=x"
            ),
            201
        );
        assert_eq!(list(&mut sandbox, "ani=1")[0]["application"], word);
    }
}

#[test]
fn a_put_answers_with_a_route_a_text_or_nothing() {
    let body = |word: &str| {
        let mut sandbox = TestServer::with(&[&format!("put={word}")]);
        let response = sandbox.call(
            "PUT",
            &format!("{ROUTES}?ani=1&domain=acme.15611.service&destination=x"),
        );
        assert_eq!(response.status, 201);
        response
    };
    assert!(body("empty").body.is_empty());
    assert_eq!(body("json").value()["destination"], "x");
    assert!(serde_json::from_slice::<Value>(&body("text").body).is_err());
}

#[test]
fn numbers_are_rewritten_and_still_found_by_any_spelling() {
    for (word, spelt) in [
        ("10", "6165551234"),
        ("11", "16165551234"),
        ("e164", "+16165551234"),
    ] {
        let mut sandbox = TestServer::with(&[&format!("numbers={word}")]);
        for ani in ["16165551234", "6165551234", "%2B16165551234"] {
            assert_eq!(
                put(
                    &mut sandbox,
                    &format!("ani={ani}&domain=acme.15611.service&destination=x")
                ),
                201
            );
            let told = list(&mut sandbox, &format!("ani={ani}"));
            assert_eq!(told.as_array().map(Vec::len), Some(1), "{word} {ani}");
            assert_eq!(told[0]["ani"], spelt);
        }
    }
    let mut sandbox = TestServer::with(&[]);
    for ani in ["16165551234", "6165551234"] {
        assert_eq!(
            put(
                &mut sandbox,
                &format!("ani={ani}&domain=acme.15611.service&destination=x")
            ),
            201
        );
    }
    assert_eq!(
        rows(&mut sandbox, ""),
        14,
        "the reference knows no spellings"
    );
}

#[test]
fn numbers_can_be_json_numbers() {
    let mut sandbox = TestServer::with(&["number-type=number"]);
    let told = list(&mut sandbox, "ani=16165550102&dnis=16165550190");
    assert_eq!(told[0]["ani"].as_u64(), Some(16_165_550_102));
    assert_eq!(told[0]["destination"].as_u64(), Some(200));
    let long = "616555123400000000000000000001";
    assert_eq!(
        put(
            &mut sandbox,
            &format!("ani={long}&domain=acme.15611.service&destination=007")
        ),
        201
    );
    let told = list(&mut sandbox, &format!("ani={long}")).to_string();
    assert!(told.contains(&format!("\"ani\":{long},")), "{told}");
    assert!(told.contains("\"007\""), "{told}");
}

#[test]
fn reads_lag_behind_writes_for_a_while() {
    let mut sandbox = TestServer::with(&["read-lag=500"]);
    let key = "ani=16165550101&domain=acme.15611.service";
    let before = list(&mut sandbox, "");
    assert_eq!(put(&mut sandbox, &format!("{key}&destination=mary")), 201);
    assert_eq!(put(&mut sandbox, &format!("{key}&destination=nina")), 201);
    assert_eq!(
        delete(
            &mut sandbox,
            "ani=16165550103&dnis=16165550191&domain=acme.15611.service"
        ),
        204
    );
    let lagging = list(&mut sandbox, "");
    assert_eq!(
        lagging.as_array().map(Vec::len),
        before.as_array().map(Vec::len)
    );
    assert_eq!(lagging[0]["destination"], "john");
    sandbox.now += 500;
    assert_eq!(list(&mut sandbox, "")[0]["destination"], "nina");
    assert_eq!(rows(&mut sandbox, "ani=16165550103"), 0);
}

#[test]
fn a_route_whose_domain_is_spelt_otherwise_is_still_the_same_route() {
    let mut sandbox = TestServer::with(&[]);
    sandbox.data.routes[0].domain = "ACME.15611.Service".to_owned();
    let key = "ani=16165550101&domain=acme.15611.service";
    assert_eq!(put(&mut sandbox, &format!("{key}&destination=mary")), 201);
    assert_eq!(rows(&mut sandbox, ""), 12);
    assert_eq!(delete(&mut sandbox, key), 204);
}

/// A caller of acme with a bare route and one beside it.
const PAIR: &str = "ani=16165550102&domain=acme.15611.service";

#[test]
fn a_put_may_store_nothing_or_something_else() {
    let stored = |quirk: &str| {
        let mut sandbox = TestServer::with(&[quirk]);
        assert_eq!(
            put(&mut sandbox, &format!("{PAIR}&destination=jane")),
            201,
            "{quirk}"
        );
        list(&mut sandbox, PAIR)[0]["destination"].clone()
    };
    assert_eq!(stored("lost-writes"), "100");
    assert_eq!(stored("stores=sent"), "jane");
    assert_eq!(stored("stores=upper"), "JANE");
    assert_eq!(stored("stores=full"), "jane@acme.15611.service");
}

#[test]
fn a_put_to_a_user_whom_nobody_knows_may_be_refused() {
    for (quirk, destination, status) in [
        ("unknown-user=stored", "nobody", 201),
        ("unknown-user=refused", "nobody", 400),
        ("unknown-user=refused", "john", 201),
        ("unknown-user=refused", "user:john", 201),
        ("unknown-user=refused", "nobody&application=device", 201),
    ] {
        let mut sandbox = TestServer::with(&[quirk]);
        let sent = format!("{PAIR}&destination={destination}");
        assert_eq!(put(&mut sandbox, &sent), status, "{quirk} {destination}");
    }
}

#[test]
fn a_wide_put_takes_the_siblings_of_one_domain() {
    let mut sandbox = TestServer::with(&["wide-put", "read-lag=400"]);
    let other = "ani=16165550102&domain=bluebird.15611.service&destination=x";
    assert_eq!(put(&mut sandbox, other), 201);
    assert_eq!(put(&mut sandbox, &format!("{PAIR}&destination=jane")), 201);
    assert_eq!(rows(&mut sandbox, PAIR), 2, "its reads lag as well");
    sandbox.now += 400;
    assert_eq!(list(&mut sandbox, PAIR)[0]["dnis"], Value::Null);
    assert_eq!(rows(&mut sandbox, PAIR), 1);
    assert_eq!(rows(&mut sandbox, "ani=16165550102"), 2);
}

#[test]
fn a_delete_may_do_nothing_or_more_or_deny_it() {
    let dnis = format!("{PAIR}&dnis=16165550190");
    for (quirk, status, left) in [
        ("delete=exact", 204, 1),
        ("delete=caller", 204, 0),
        ("lost-deletes", 204, 2),
        ("delete-404", 404, 2),
        ("delete-404=gone", 404, 1),
    ] {
        let mut sandbox = TestServer::with(&[quirk]);
        let response = sandbox.call("DELETE", &format!("{ROUTES}?{dnis}"));
        assert_eq!(response.status, status, "{quirk}");
        assert!(response.changed || left == 2, "{quirk} is kept on disk");
        assert_eq!(rows(&mut sandbox, PAIR), left, "{quirk}");
        let missing = format!("{PAIR}&dnis=16165550177").replace("0102", "0155");
        assert_eq!(delete(&mut sandbox, &missing), 404, "{quirk}");
    }
}

#[test]
fn a_list_may_be_cut_and_may_have_pages() {
    let mut cut = TestServer::with(&["list-cap=3"]);
    assert_eq!(rows(&mut cut, ""), 3);
    assert_eq!(rows(&mut cut, "domain=harborview.15611.service"), 2);
    let refused = |sandbox: &mut TestServer, query: &str| {
        sandbox.call("GET", &format!("{ROUTES}?{query}")).status
    };
    assert_eq!(refused(&mut cut, "limit=1"), 400);
    assert_eq!(refused(&mut cut, "start=1"), 400);
    let mut ignored = TestServer::with(&["paging=ignored", "list-cap=4"]);
    assert_eq!(rows(&mut ignored, "limit=1&start=2"), 4);
    let mut paged = TestServer::with(&["paging", "list-cap=5"]);
    let whole = list(&mut TestServer::with(&[]), "");
    let whole = whole.as_array().expect("rows");
    for (query, from, to) in [
        ("", 0, 5),
        ("limit=2", 0, 2),
        ("start=4&limit=2", 4, 6),
        ("start=10&limit=900", 10, 12),
        ("start=12", 12, 12),
    ] {
        assert_eq!(list(&mut paged, query), json!(whole[from..to]), "{query}");
    }
    assert_eq!(refused(&mut paged, "limit=all"), 400);
}

#[test]
fn a_list_without_domain_may_be_refused_or_empty() {
    for (word, status) in [("given", 200), ("refused", 400), ("empty", 200)] {
        let mut sandbox = TestServer::with(&[&format!("whole-list={word}")]);
        for query in ["", "ani=16165550101"] {
            let answer = sandbox.call("GET", &format!("{ROUTES}?{query}"));
            assert_eq!(answer.status, status, "{word} {query}");
            let told = answer
                .value()
                .as_array()
                .is_some_and(|rows| !rows.is_empty());
            assert_eq!(told, word == "given", "{word} {query}");
        }
        assert_eq!(rows(&mut sandbox, "domain=acme.15611.service"), 5);
    }
}

#[test]
fn filters_by_number_may_be_ignored() {
    let mut sandbox = TestServer::with(&["filter=ignored"]);
    assert_eq!(rows(&mut sandbox, "ani=1&dnis=2"), 12);
    assert_eq!(rows(&mut sandbox, &format!("{PAIR}&dnis=9")), 5);
}
