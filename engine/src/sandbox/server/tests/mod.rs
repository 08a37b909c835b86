//! Over real sockets: what a client that is not ours gets to see.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

mod control;
mod faults;

use super::super::{Options, Sandbox, StatePlace, start};

/// Sends bytes and reads until the other side closes.
fn raw(sandbox: &Sandbox, request: &str) -> String {
    let address = sandbox.url().replace("http://", "");
    let mut stream = TcpStream::connect(&address).expect("connect");
    let request = request.replace("HOST", &address).replace('\n', "\r\n");
    stream.write_all(request.as_bytes()).expect("send");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("read");
    String::from_utf8_lossy(&answer).into_owned()
}

fn token(sandbox: &Sandbox) -> String {
    let form = "grant_type=password&client_id=sbx_client&client_secret=sbx_secret&username=sbx_user&password=sbx_password&scope=pbx";
    let answer = raw(
        sandbox,
        &format!(
            "POST /oauth/token HTTP/1.1\nHost: HOST\nConnection: close\nContent-Type: application/x-www-form-urlencoded\nContent-Length: {}\n\n{form}",
            form.len()
        ),
    );
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let (_, rest) = answer.split_once("\"access_token\":\"").expect("a token");
    rest.split('"').next().unwrap_or_default().to_owned()
}

fn call(sandbox: &Sandbox, token: &str, what: &str) -> String {
    raw(
        sandbox,
        &format!(
            "{what} HTTP/1.1\nHost: HOST\nConnection: close\nAuthorization: Bearer {token}\nContent-Length: 0\n\n"
        ),
    )
}

#[test]
fn a_token_opens_the_routes_and_every_answer_has_a_request_id() {
    let sandbox = start(Options::default()).expect("start");
    let token = token(&sandbox);
    let answer = call(
        &sandbox,
        &token,
        "GET /accounts/sbx_account/pbx/route-by-ani",
    );
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\r\nx-request-id: sbx_req_"), "{answer}");
    assert!(
        answer.contains("\r\ncontent-type: application/json\r\n"),
        "{answer}"
    );
    let refused = call(&sandbox, "x", "GET /accounts/sbx_account/pbx/route-by-ani");
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    assert!(refused.contains("\r\nx-request-id: sbx_req_"), "{refused}");
}

#[test]
fn two_sandboxes_on_one_file_see_each_other_at_once_and_so_does_a_restarted_one() {
    let home = tempfile::tempdir().expect("temp");
    let options = || Options {
        state: StatePlace::File(home.path().join("state.json")),
        ..Options::default()
    };
    let (one, two) = (
        start(options()).expect("one"),
        start(options()).expect("two"),
    );
    assert_eq!((one.seeded(), two.seeded()), (true, false));
    let token = token(&one);
    let put =
        "PUT /accounts/sbx_account/pbx/route-by-ani?ani=1&domain=acme.15611.service&destination=x";
    assert!(call(&two, &token, put).starts_with("HTTP/1.1 201 "));
    one.stop();
    two.stop();
    let three = start(options()).expect("three");
    let list = call(
        &three,
        &token,
        "GET /accounts/sbx_account/pbx/route-by-ani?ani=1",
    );
    assert!(list.contains("\"destination\":\"x\""), "{list}");
}

#[test]
fn a_stopped_sandbox_frees_its_port_even_with_a_client_on_the_line() {
    let sandbox = start(Options::default()).expect("start");
    let address = sandbox.url().replace("http://", "");
    let mut idle = TcpStream::connect(&address).expect("connect");
    sandbox.stop();
    assert_eq!(idle.read(&mut [0; 1]).unwrap_or(0), 0);
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
fn a_stopper_ends_a_wait() {
    let sandbox = start(Options::default()).expect("start");
    let stopper = sandbox.stopper();
    let waiting = std::thread::spawn(move || sandbox.wait());
    stopper.stop();
    waiting.join().expect("the wait ended");
}

#[test]
fn a_taken_port_is_named() {
    let sandbox = start(Options::default()).expect("start");
    let port = sandbox
        .url()
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .expect("port");
    let error = start(Options {
        port,
        ..Options::default()
    })
    .expect_err("taken")
    .to_string();
    assert!(error.contains(&port.to_string()), "{error}");
}
