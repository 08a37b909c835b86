//! `/__sandbox/` over real sockets: who may use it, and what it does.

use super::super::super::{Options, Sandbox, start};
use super::{call, raw, token};

fn control(sandbox: &Sandbox, what: &str, body: &str) -> String {
    raw(
        sandbox,
        &format!(
            "{what} HTTP/1.1\nHost: HOST\nConnection: close\nX-Sandbox-Token: {}\nContent-Length: {}\n\n{body}",
            sandbox.control_token(),
            body.len()
        ),
    )
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

#[test]
fn a_foreign_host_or_a_wrong_token_gets_nothing() {
    let sandbox = start(Options::default()).expect("start");
    let foreign = format!(
        "GET /__sandbox/state HTTP/1.1\nHost: evil.example\nConnection: close\nX-Sandbox-Token: {}\n\n",
        sandbox.control_token()
    );
    assert_eq!(status(&raw(&sandbox, &foreign)), "403");
    for token in ["", "X-Sandbox-Token: x\n"] {
        let request =
            format!("GET /__sandbox/state HTTP/1.1\nHost: HOST\nConnection: close\n{token}\n");
        assert_eq!(status(&raw(&sandbox, &request)), "401");
    }
    assert_eq!(
        status(&control(&sandbox, "GET /__sandbox/state", "")),
        "200"
    );
    assert_eq!(
        status(&control(&sandbox, "POST /__sandbox/state", "")),
        "405"
    );
    assert_eq!(
        status(&control(&sandbox, "GET /__sandbox/other", "")),
        "404"
    );
}

#[test]
fn the_log_has_every_api_request_and_no_secret() {
    let sandbox = start(Options::default()).expect("start");
    let token = token(&sandbox);
    call(
        &sandbox,
        &token,
        "GET /accounts/sbx_account/pbx/domains?reseller=1",
    );
    call(&sandbox, "x", "GET /nowhere");
    let log = control(&sandbox, "GET /__sandbox/log", "");
    assert!(!log.contains("sbx_secret") && !log.contains("sbx_password") && !log.contains(&token));
    assert!(log.contains("client_secret=***"));
    let told: Vec<_> = sandbox
        .log()
        .into_iter()
        .map(|entry| {
            (
                entry.number, entry.method, entry.path, entry.query, entry.status,
            )
        })
        .collect();
    let row = |number, method: &str, path: &str, query: Option<&str>, status| {
        (
            number,
            method.to_owned(),
            path.to_owned(),
            query.map(str::to_owned),
            Some(status),
        )
    };
    assert_eq!(
        told,
        [
            row(1, "POST", "/oauth/token", None, 200),
            row(
                2,
                "GET",
                "/accounts/sbx_account/pbx/domains",
                Some("reseller=1"),
                200
            ),
            row(3, "GET", "/nowhere", None, 404),
        ]
    );
    assert_eq!(
        status(&control(&sandbox, "DELETE /__sandbox/log", "")),
        "204"
    );
    assert!(sandbox.log().is_empty());
}

#[test]
fn faults_are_replaced_and_a_reset_starts_over() {
    let options = Options {
        faults: vec!["/nowhere=status:503".parse().expect("a fault")],
        ..Options::default()
    };
    let sandbox = start(options).expect("start");
    let token = token(&sandbox);
    let delete =
        "DELETE /accounts/sbx_account/pbx/route-by-ani?ani=16165550101&domain=acme.15611.service";
    assert_eq!(status(&call(&sandbox, &token, delete)), "204");
    assert_eq!(sandbox.routes().expect("routes").len(), 11);
    let bad = control(&sandbox, "PUT /__sandbox/faults", "[\"*=rest\"]");
    assert!(bad.contains("did you mean `reset`"), "{bad}");
    let set = control(&sandbox, "PUT /__sandbox/faults", "[\"*=status:500@1\"]");
    assert_eq!(status(&set), "204");
    assert!(control(&sandbox, "GET /__sandbox/faults", "").contains("[\"*=status:500@1\"]"));
    assert_eq!(status(&call(&sandbox, &token, "GET /nowhere")), "500");
    assert_eq!(status(&call(&sandbox, &token, "GET /nowhere")), "404");
    assert_eq!(
        status(&control(&sandbox, "POST /__sandbox/reset", "")),
        "204"
    );
    assert_eq!(sandbox.routes().expect("routes").len(), 12);
    assert_eq!(status(&call(&sandbox, &token, "GET /nowhere")), "503");
    assert_eq!(
        status(&call(&sandbox, &token, delete)),
        "401",
        "tokens are gone"
    );
    assert_eq!(sandbox.log().len(), 2);
}
