//! Trying again: over which connection, after how long, by whose clock.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant, SystemTime};

use skyswitch::api::{
    BearerFailure, BearerSource, Call, Client, Http, HttpOptions, Method, RetryPolicy, Stop,
};
use skyswitch::model::{AccountId, Origin};
use skyswitch::secret::{Bearer, Secret};

use crate::support::canned::{Canned, json, reply};

/// Reads one request without a body; whether there was one.
fn asked(stream: &mut TcpStream) -> bool {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return false,
        }
    }
    true
}

/// A server that answers one request a connection, keeps it open, and drops it at the next one. The
/// first `crowd` connections are answered together.
fn forgetful(crowd: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let together = Arc::new(Barrier::new(crowd));
    std::thread::spawn(move || {
        for (number, mut stream) in listener.incoming().flatten().enumerate() {
            let together = Arc::clone(&together);
            std::thread::spawn(move || {
                asked(&mut stream);
                if number < crowd {
                    together.wait();
                }
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]";
                let _ = stream.write_all(answer);
                asked(&mut stream);
            });
        }
    });
    format!("http://{address}")
}

struct Token;

impl BearerSource for Token {
    fn held(&self) -> Option<Bearer> {
        None
    }

    fn bearer(&self) -> Result<Bearer, BearerFailure> {
        Ok(Bearer::new(Secret::new("cnd_at".to_owned()))?)
    }

    fn renew(&self, _: &Bearer) -> Result<Bearer, BearerFailure> {
        self.bearer()
    }
}

fn client(url: &str, tries: u32) -> Client {
    let options = HttpOptions {
        timeout: Duration::from_secs(5),
        extra_roots: Vec::new(),
        proxy: None,
    };
    Client::new(
        Http::new(&Origin::parse(url).expect("an origin"), options).expect("a client"),
        Arc::new(Token),
        AccountId::parse("acc-1").expect("an id"),
        RetryPolicy {
            tries,
            pause: Duration::ZERO,
        },
        Stop::default(),
    )
}

#[test]
fn a_second_try_does_not_meet_another_connection_that_the_server_has_dropped() {
    const IDLE: usize = 3;
    let client = client(&forgetful(IDLE), 2);
    let call = Call::new(Method::GET, "/x", 100);
    let body = |response: skyswitch::api::Response| response.body.read_all().expect("a body");
    std::thread::scope(|scope| {
        for _ in 0..IDLE {
            scope.spawn(|| body(client.send(&call).expect("an answer")));
        }
    });
    let read = client.read(&call, |response| Ok(body(response)));
    assert_eq!(read.expect("the second try"), b"[]");
    assert!(client.send(&call).is_err(), "the others are dropped too");
    assert_eq!(body(client.send(&call.fresh()).expect("fresh")), b"[]");
}

/// How long a list takes whose first answer asks to wait by a date, from a clock that is `off`.
fn waits(off: i64, wait: u64) -> (Duration, usize) {
    let now = SystemTime::now();
    let theirs = if off < 0 {
        now - Duration::from_secs(off.unsigned_abs())
    } else {
        now + Duration::from_secs(off.unsigned_abs())
    };
    let date = httpdate::fmt_http_date(theirs);
    let until = httpdate::fmt_http_date(theirs + Duration::from_secs(wait));
    let first = std::sync::atomic::AtomicBool::new(true);
    let server = Canned::start(move |_| {
        if first.swap(false, std::sync::atomic::Ordering::SeqCst) {
            reply(503, &[("Date", &date), ("Retry-After", &until)], b"")
        } else {
            json(200, "[]")
        }
    });
    let started = Instant::now();
    server.rig().run(&["domains", "list"]).succeeds();
    (started.elapsed(), server.count("GET"))
}

#[test]
fn a_date_to_wait_for_is_of_the_servers_clock() {
    for hours in [-3, 3] {
        let (took, tries) = waits(hours * 3600, 2);
        assert!(took >= Duration::from_secs(2), "{hours}: {took:?}");
        assert_eq!(tries, 2, "{hours}");
    }
}
