//! Trying again: over which connection, after how long, by whose clock.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant, SystemTime};

use skyswitch::api::{
    BearerFailure, BearerSource, Call, Client, Http, HttpOptions, Method, RetryPolicy,
};
use skyswitch::model::{AccountId, Origin};
use skyswitch::secret::{Bearer, Secret};
use skyswitch::signals::Stop;

use crate::support::canned::{Canned, json, reply};
use crate::support::{Rig, connections, for_each};

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
        for (number, mut stream) in connections(&listener).enumerate() {
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

/// A server whose list comes a row at a time, `pause` apart.
fn trickling(rows: usize, pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in connections(&listener) {
            std::thread::spawn(move || {
                asked(&mut stream);
                let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[";
                let _ = stream.write_all(head.as_bytes());
                for number in 0..rows {
                    std::thread::sleep(pause);
                    let comma = if number == 0 { "" } else { "," };
                    let row = format!(
                        r#"{comma}{{"domain":"d{number}.15611.service","description":"{:60}"}}"#,
                        "x"
                    );
                    if stream.write_all(row.as_bytes()).is_err() {
                        return;
                    }
                }
                let _ = stream.write_all(b"]");
            });
        }
    });
    format!("http://{address}")
}

fn rig(url: &str) -> Rig {
    let mut rig = Rig::new();
    rig.set("SKYSWITCH_API_URL", url)
        .set("SKYSWITCH_ACCOUNT_ID", "acc-1")
        .set("SKYSWITCH_TOKEN", "cnd_at");
    rig
}

#[test]
fn a_steady_list_takes_its_time_and_a_silent_one_does_not() {
    let args = ["domains", "list", "--json", "--timeout", "1"];
    let started = Instant::now();
    let steady = trickling(36, Duration::from_millis(350));
    let ran = rig(&steady).run(&args).succeeds();
    assert_eq!(ran.json().as_array().map(Vec::len), Some(36));
    assert!(started.elapsed() > Duration::from_secs(11), "ten time-outs");
    let silent = trickling(3, Duration::from_millis(2500));
    let ran = rig(&silent).run(&args).exits(7);
    assert_eq!(ran.error()["code"], "timeout");
}

#[test]
fn an_answer_that_switches_protocols_is_none() {
    let server = Canned::start(|_| {
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n".to_vec()
    });
    let ran = server.rig().run(&["domains", "list", "--json"]).exits(1);
    assert_eq!(ran.error()["code"], "unreadable_answer");
    assert!(ran.stderr.contains("101"), "{}", ran.stderr);
}

#[cfg(unix)] // ulimit
#[test]
fn too_few_files_are_no_invalid_setting() {
    let server = Canned::listing("[]");
    let rig = server.rig();
    for (files, flag) in [
        (8, "--json"),
        (8, "--sandbox"),
        (14, "--sandbox"),
        (15, "--sandbox"),
    ] {
        let ours = rig.command(&["domains", "list", "-o", "json", flag]);
        let limit = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
        let mut shell = std::process::Command::new("sh");
        shell
            .args(["-c", &limit])
            .arg(ours.get_program())
            .args(ours.get_args())
            .env_clear()
            .envs(
                ours.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
        let ran = crate::support::Ran::of(&shell.output().expect("sh")).exits(7);
        assert_eq!(ran.error()["code"], "network", "{ran:?}");
        assert!(ran.stderr.contains("ulimit -n"), "{}", ran.stderr);
    }
}

/// A minute without a word looks like a program that hangs.
#[test]
fn a_long_wait_is_said_and_why() {
    let list = &["routes", "list", "--json"][..];
    let set = &["routes", "set", "6165550101", "jane", "-d", "acme"][..];
    let asked = "GET */route-by-ani=status:429:retry-after=3@1";
    let briefly = "GET */route-by-ani=status:429:retry-after=1@1";
    let cases = [
        (
            list,
            "",
            asked,
            "waiting 3 seconds: the server asks for it\n",
        ),
        (list, "", briefly, ""),
        (
            set,
            "read-lag=4000",
            "",
            "the server does not show the change yet: reading again\n",
        ),
    ];
    for_each(&cases, |(args, quirk, fault, words)| {
        let [quirks, faults] = [*quirk, *fault].map(|text| match text {
            "" => Vec::new(),
            text => vec![text],
        });
        for flag in ["--no-input", "--quiet"] {
            let rig = Rig::with_behaviour(&quirks, &faults);
            let ran = rig.run(&[*args, &[flag]].concat()).succeeds();
            let said = flag != "--quiet" && !words.is_empty();
            let found = ran
                .stderr
                .matches("waiting")
                .chain(ran.stderr.matches("again"));
            assert_eq!(found.count(), usize::from(said), "{ran:?}");
            assert!(!said || ran.stderr.contains(words), "{ran:?}");
        }
    });
}
