//! What each fault does on the wire and to the state.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::super::super::{Options, Quirk, Sandbox, start};
use super::token;

const LIST: &str = "GET /accounts/sbx_account/pbx/route-by-ani";
const PUT: &str =
    "PUT /accounts/sbx_account/pbx/route-by-ani?ani=1&domain=acme.15611.service&destination=x";

/// A sandbox, and a token got before the fault was set.
fn with(fault: &str) -> (Sandbox, String) {
    let sandbox = start(Options::default()).expect("start");
    let token = token(&sandbox);
    sandbox.set_faults(vec![fault.parse().expect(fault)]);
    (sandbox, token)
}

fn with_quirk(quirk: &str) -> Sandbox {
    let quirk: Quirk = quirk.parse().expect(quirk);
    let quirks = [quirk].into_iter().collect();
    let options = Options {
        quirks,
        ..Options::default()
    };
    start(options).expect("start")
}

fn send(sandbox: &Sandbox, token: &str, what: &str) -> TcpStream {
    let address = sandbox.url().replace("http://", "");
    let mut stream = TcpStream::connect(&address).expect("connect");
    let limit = Some(Duration::from_secs(20));
    stream.set_read_timeout(limit).expect("timeout");
    let request = format!(
        "{what} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("send");
    stream
}

/// Everything the server says until it closes.
fn answer(fault: &str, what: &str) -> (Sandbox, String) {
    let (sandbox, token) = with(fault);
    let mut bytes = Vec::new();
    send(&sandbox, &token, what)
        .read_to_end(&mut bytes)
        .expect(fault);
    (sandbox, String::from_utf8_lossy(&bytes).into_owned())
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

fn added(sandbox: &Sandbox) -> bool {
    sandbox.routes().expect("routes").len() == 13
}

#[test]
fn a_reset_is_a_reset_before_or_after_the_call() {
    for (fault, done) in [("*=reset", false), ("PUT *=commit-reset", true)] {
        let (sandbox, token) = with(fault);
        let mut bytes = Vec::new();
        let error = send(&sandbox, &token, PUT)
            .read_to_end(&mut bytes)
            .expect_err(fault);
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{fault}");
        assert!(bytes.is_empty());
        assert_eq!(added(&sandbox), done, "{fault}");
        assert_eq!(sandbox.log().last().map(|entry| entry.status), Some(None));
    }
}

#[test]
fn statuses_come_before_the_call_unless_committed() {
    for (fault, status, done) in [
        ("*=status:503", 503, false),
        ("*=commit-status:504", 504, true),
        ("*=html:502", 502, false),
        ("*=empty", 200, false),
        ("*=commit-empty", 200, true),
        ("*=reply:201:{}", 201, false),
    ] {
        let (sandbox, told) = answer(fault, PUT);
        assert!(
            told.starts_with(&format!("HTTP/1.1 {status} ")),
            "{fault}: {told}"
        );
        assert_eq!(added(&sandbox), done, "{fault}");
    }
}

#[test]
fn a_refusal_may_say_when_to_come_back() {
    assert!(
        answer("*=status:429:retry-after=2", LIST)
            .1
            .contains("\r\nretry-after: 2\r\n")
    );
    assert!(
        answer("*=status:429", LIST)
            .1
            .contains("Too Many Attempts.")
    );
    let (_, told) = answer("*=status:503:retry-after=date:5", LIST);
    let date = told
        .split("retry-after: ")
        .nth(1)
        .and_then(|rest| rest.split("\r\n").next())
        .expect("a date");
    let then = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(date)
        .expect("an HTTP-date");
    let ahead = then.as_second() - jiff::Timestamp::now().as_second();
    assert!((3..=6).contains(&ahead), "{date}");
}

#[test]
fn a_redirect_names_its_target() {
    let (_, told) = answer("*=redirect:307:http://other.example/x/5", LIST);
    assert!(told.starts_with("HTTP/1.1 307 "), "{told}");
    assert!(
        told.contains("\r\nlocation: http://other.example/x/5\r\n"),
        "{told}"
    );
}

#[test]
fn a_truncated_answer_promises_more_than_it_sends_after_the_call_was_made() {
    let (_, told) = answer("*=truncated", LIST);
    let length: usize = told
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.split("\r\n").next())
        .and_then(|n| n.parse().ok())
        .expect("a length");
    assert!(
        body(&told).len() < length && !body(&told).is_empty(),
        "{told}"
    );
    let (sandbox, told) = answer("*=truncated", PUT);
    assert!(
        told.starts_with("HTTP/1.1") && !told.contains("\r\n\r\n"),
        "{told}"
    );
    assert!(added(&sandbox));
}

#[test]
fn lengths_lie_both_ways() {
    for (lie, difference) in [("+10", 10), ("-10", -10)] {
        let (_, told) = answer(&format!("*=content-length:{lie}"), LIST);
        let length: i64 = told
            .split("content-length: ")
            .nth(1)
            .and_then(|rest| rest.split("\r\n").next())
            .and_then(|n| n.parse().ok())
            .expect("a length");
        assert_eq!(length - body(&told).len() as i64, difference);
    }
}

#[test]
fn bodies_that_are_not_json_are_framed_well() {
    let (_, told) = answer("*=invalid-json", LIST);
    assert!(serde_json::from_str::<serde_json::Value>(body(&told)).is_err());
    assert!(told.starts_with("HTTP/1.1 200 "), "{told}");
    let (_, told) = answer("*=non-utf8", LIST);
    assert!(body(&told).contains('\u{fffd}'), "{told}");
    let (_, told) = answer("*=nesting:1000", LIST);
    assert_eq!(body(&told), "[".repeat(1000));
}

#[test]
fn headers_can_be_hostile() {
    let (_, told) = answer("*=big-header:100k", LIST);
    assert!(told.contains(&"a".repeat(100 << 10)));
    assert!(body(&told).starts_with("[{"));
    let (_, told) = answer("*=header:Set-Cookie:a=b", LIST);
    assert!(told.contains("\r\nset-cookie: a=b\r\n"), "{told}");
}

#[test]
fn a_hang_or_stall_says_no_more_and_ends_with_the_client() {
    for (fault, some) in [("*=hang", false), ("*=stall", true)] {
        let (sandbox, token) = with(fault);
        let mut stream = send(&sandbox, &token, LIST);
        stream
            .set_read_timeout(Some(Duration::from_millis(300)))
            .expect("timeout");
        let mut bytes = Vec::new();
        let error = stream.read_to_end(&mut bytes).expect_err(fault);
        assert!(
            matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
            "{error}"
        );
        assert_eq!(!bytes.is_empty(), some, "{fault}");
    }
}

#[test]
fn a_slow_answer_is_whole_in_the_end() {
    let began = Instant::now();
    let (_, told) = answer("*=slow:4000", LIST);
    let rows: Vec<crate::model::Route> = serde_json::from_str(body(&told)).expect("whole");
    assert_eq!(rows.len(), 12);
    let least = Duration::from_secs_f64(body(&told).len() as f64 / 4000.0 * 0.8);
    assert!(began.elapsed() >= least, "{:?}", began.elapsed());
}

#[test]
fn endless_and_huge_answers_flow_while_they_are_read() {
    let (sandbox, token) = with("*=endless-array");
    let mut stream = send(&sandbox, &token, LIST);
    let mut buffer = vec![0; 1 << 20];
    let mut seen = 0;
    while seen < 20 << 20 {
        seen += stream.read(&mut buffer).expect("more");
    }
    drop(stream);
    let (_, told) = answer("*=huge:1m:500", LIST);
    assert!(told.starts_with("HTTP/1.1 500 "));
    assert!(told.len() > 1 << 20 && told.ends_with("0\r\n\r\n"));
}

#[test]
fn a_bomb_is_small_on_the_wire() {
    let (sandbox, token) = with("*=gzip-bomb:1g");
    let mut bytes = Vec::new();
    send(&sandbox, &token, LIST)
        .read_to_end(&mut bytes)
        .expect("whole");
    assert!(bytes.len() < 4 << 20, "{}", bytes.len());
    assert!(String::from_utf8_lossy(&bytes[..200]).contains("content-encoding: gzip"));
}

#[test]
fn the_token_endpoint_fails_too_and_only_as_often_as_said() {
    let sandbox = start(Options::default()).expect("start");
    sandbox.set_faults(vec![
        "POST /oauth/token=status:503@1".parse().expect("a fault"),
    ]);
    let mut first = String::new();
    send(&sandbox, "", "POST /oauth/token")
        .read_to_string(&mut first)
        .expect("read");
    assert!(first.starts_with("HTTP/1.1 503 "), "{first}");
    assert!(!token(&sandbox).is_empty());
}

#[test]
fn latency_delays_and_a_rate_limit_refuses() {
    let (sandbox, token) = with("*=latency:150");
    let began = Instant::now();
    let mut told = String::new();
    send(&sandbox, &token, LIST)
        .read_to_string(&mut told)
        .expect("read");
    assert!(began.elapsed() >= Duration::from_millis(150));
    let sandbox = with_quirk("rate-limit=2");
    let token = super::token(&sandbox);
    // The grant has no bearer and so its own count.
    assert!(super::call(&sandbox, &token, LIST).starts_with("HTTP/1.1 200 "));
    assert!(super::call(&sandbox, &token, LIST).starts_with("HTTP/1.1 200 "));
    let last = super::call(&sandbox, &token, LIST);
    assert!(last.starts_with("HTTP/1.1 429 "), "{last}");
    assert!(
        last.contains("\r\nretry-after: ") && last.contains("\r\nx-ratelimit-remaining: 0\r\n"),
        "{last}"
    );
}

/// Waits for what comes in its own time.
fn comes(test: impl Fn() -> bool) -> Duration {
    let began = Instant::now();
    while !test() {
        assert!(began.elapsed() < Duration::from_secs(20), "it never came");
        std::thread::yield_now();
    }
    began.elapsed()
}

#[test]
fn a_late_commit_comes_though_the_client_has_gone() {
    let (sandbox, token) = with("PUT *=late-commit:250");
    let requests = sandbox.log().len();
    let client = send(&sandbox, &token, PUT);
    comes(|| sandbox.log().len() > requests);
    drop(client);
    assert!(comes(|| added(&sandbox)) >= Duration::from_millis(200));
    let (sandbox, told) = answer("PUT *=late-commit:20", PUT);
    assert!(told.starts_with("HTTP/1.1 201 "), "{told}");
    assert!(added(&sandbox));
    let (sandbox, told) = answer("PUT *=late-commit:250:504", PUT);
    assert!(told.starts_with("HTTP/1.1 504 "), "{told}");
    assert!(!added(&sandbox), "it was answered long before");
    comes(|| added(&sandbox));
}

/// Sends a request on a connection that stays, and reads to the end of an answer without a body.
fn exchange(stream: &mut TcpStream, request: &str) -> std::io::Result<String> {
    stream.write_all(request.as_bytes())?;
    let mut told = Vec::new();
    let mut byte = [0];
    while !told.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte)? {
            0 => break,
            _ => told.push(byte[0]),
        }
    }
    Ok(String::from_utf8_lossy(&told).into_owned())
}

#[test]
fn a_connection_that_was_idle_too_long_is_dead_without_a_word() {
    for (limit, dies) in [("1", true), ("60000", false)] {
        let sandbox = with_quirk(&format!("idle-close={limit}"));
        let token = token(&sandbox);
        let address = sandbox.url().replace("http://", "");
        let mut stream = TcpStream::connect(&address).expect("connect");
        let request = format!(
            "{PUT} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n"
        );
        let told = exchange(&mut stream, &request).expect("the first is answered");
        assert!(told.starts_with("HTTP/1.1 201 "), "{told}");
        let limit = Some(Duration::from_millis(30));
        stream.set_read_timeout(limit).expect("timeout");
        let quiet = stream.read(&mut [0]).expect_err("no word");
        assert!(
            matches!(quiet.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
            "{quiet}"
        );
        stream.set_read_timeout(None).expect("timeout");
        let requests = sandbox.log().len();
        let second = exchange(&mut stream, &request.replace("=x", "=y"));
        assert_eq!(second.is_err(), dies, "{second:?}");
        assert_eq!(sandbox.log().len() == requests, dies);
    }
}
