//! Somebody else's client against the sandbox: byte for byte what a Python script on `requests`
//! sends (form-encoded password grant, `Accept: */*`, parameters in the query, no bodies).
//!
//! Nothing of our own client is used here, so that a sandbox that only our client can talk to fails.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use skyswitch::sandbox::{Options, Sandbox, start};

use crate::support::Rig;

/// The headers that `requests` adds by itself.
const HEADERS: &str = "User-Agent: python-requests/2.32.3\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n";

/// The script: one session, so one connection that is kept alive.
struct Script {
    stream: TcpStream,
    address: String,
    bearer: String,
}

struct Answer {
    status: u16,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }
}

impl Script {
    fn on(sandbox: &Sandbox) -> Self {
        let address = sandbox.url().replace("http://", "");
        Self {
            stream: TcpStream::connect(&address).expect("connect"),
            address,
            bearer: String::new(),
        }
    }

    fn login(&mut self, sandbox: &Sandbox) -> Answer {
        let credentials = sandbox.credentials();
        let form = format!(
            "grant_type=password&client_id={}&client_secret={}&username={}&password={}&scope=pbx+account",
            credentials.client_id,
            credentials.client_secret,
            credentials.username,
            credentials.password
        );
        let answer = self.send(
            "POST /oauth/token",
            &format!(
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
                form.len()
            ),
            &form,
        );
        if answer.status == 200 {
            self.bearer = answer.json()["access_token"]
                .as_str()
                .expect("a token")
                .to_owned();
        }
        answer
    }

    /// `requests` sends `Content-Length: 0` with PUT and DELETE and nothing with GET.
    fn call(&mut self, what: &str) -> Answer {
        let length = if what.starts_with("GET") {
            ""
        } else {
            "Content-Length: 0\r\n"
        };
        let headers = format!("Authorization: Bearer {}\r\n{length}", self.bearer);
        self.send(what, &headers, "")
    }

    fn send(&mut self, what: &str, headers: &str, body: &str) -> Answer {
        let request = format!(
            "{what} HTTP/1.1\r\nHost: {}\r\n{HEADERS}{headers}\r\n{body}",
            self.address
        );
        self.stream.write_all(request.as_bytes()).expect("send");
        self.receive()
    }

    /// Reads one answer and leaves the connection open.
    fn receive(&mut self) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).expect("a head");
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).expect("ASCII").to_lowercase();
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .expect("a status");
        let length = head
            .split("content-length: ")
            .nth(1)
            .and_then(|rest| rest.split("\r\n").next())
            .map_or(0, |length| length.parse().expect("a length"));
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("a body");
        Answer { status, body }
    }
}

#[test]
fn the_whole_job_of_the_python_script_works_on_one_connection() {
    let sandbox = start(Options::default()).expect("start");
    let mut script = Script::on(&sandbox);
    let reply = script.login(&sandbox);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["expires_in"].as_u64(), Some(21600));
    let account = &sandbox.credentials().account_id;

    let domains = script
        .call(&format!("GET /accounts/{account}/pbx/domains"))
        .json();
    assert_eq!(domains.as_array().map(Vec::len), Some(4));

    let routes = format!("/accounts/{account}/pbx/route-by-ani");
    let list = script
        .call(&format!("GET {routes}?domain=acme.15611.service"))
        .json();
    assert_eq!(list.as_array().map(Vec::len), Some(5));

    let added = script.call(&format!("PUT {routes}?ani=16165550150&domain=acme.15611.service&destination=sip%3A%2B16165550151%40carrier.example&application=literal&dnis=16165550190"));
    assert_eq!((added.status, added.body.len()), (201, 0));
    let list = script.call(&format!("GET {routes}?ani=16165550150")).json();
    assert_eq!(list[0]["destination"], "sip:+16165550151@carrier.example");
    assert_eq!(list[0]["application"], "literal");

    let removed = script.call(&format!(
        "DELETE {routes}?ani=16165550150&domain=acme.15611.service&dnis=16165550190"
    ));
    assert_eq!((removed.status, removed.body.len()), (204, 0));
    let list = script.call(&format!("GET {routes}?ani=16165550150"));
    assert_eq!((list.status, list.body.as_slice()), (200, &b"[]"[..]));
    assert_eq!(sandbox.log().len(), 7, "each request was one request");
}

#[test]
fn its_mistakes_are_told_to_it() {
    let sandbox = start(Options::default()).expect("start");
    let mut script = Script::on(&sandbox);
    let account = sandbox.credentials().account_id.clone();
    let domains = format!("GET /accounts/{account}/pbx/domains");
    assert_eq!(script.call(&domains).status, 401);
    script.login(&sandbox);
    assert_eq!(script.call("GET /accounts/15611/pbx/domains").status, 404);
    let incomplete = script.call(&format!(
        "PUT /accounts/{account}/pbx/route-by-ani?ani=1&domain=acme.15611.service"
    ));
    assert_eq!(incomplete.status, 400);
    assert_eq!(
        incomplete.json()["message"],
        "Parameter `destination` is required"
    );
    assert_eq!(script.call(&domains).status, 200, "the session goes on");
}

#[test]
fn a_connection_ends_while_a_process_runs_that_was_started_after_it() {
    let sandbox = start(Options::default()).expect("start");
    let mut script = Script::on(&sandbox);
    script.login(&sandbox);
    let rig = Rig::new();
    let mut other = rig.start(&["sandbox", "serve"]);
    sandbox.set_faults(vec!["GET *=reset".parse().expect("a fault")]);
    let patience = Some(Duration::from_secs(10));
    script
        .stream
        .set_read_timeout(patience)
        .expect("a time-out");
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", script.address);
    script.stream.write_all(request.as_bytes()).expect("send");
    let end = script.stream.read(&mut [0]).map_err(|error| error.kind());
    other.kill().expect("kill");
    other.wait().expect("wait");
    assert_eq!(end, Err(ErrorKind::ConnectionReset));
}
