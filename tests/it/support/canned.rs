//! A server that says what it is told to and writes down what it was asked.
//!
//! Answers are raw bytes, so that nothing about a form of answer is decided here; requests are kept
//! byte for byte, so that "arrives exactly" and "nothing was sent" can be held. One request a
//! connection.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use super::{Rig, connections};

/// The account of a machine that talks to a canned server.
pub const ACCOUNT: &str = "022b7a6e-7c3f-4f57-9d6c-3a1d0c5b9e11";
/// Its token.
pub const TOKEN: &str = "cnd_at_example";

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET`, …
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

impl Asked {
    /// Path without query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A query parameter, decoded.
    pub fn query(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?')?.1;
        decoded(query.as_bytes(), name)
    }

    /// A form field, decoded.
    pub fn form(&self, name: &str) -> Option<String> {
        decoded(&self.body, name)
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    /// Whether it is for the token endpoint.
    pub fn is_token(&self) -> bool {
        self.path().starts_with("/oauth/")
    }
}

fn decoded(text: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(text)
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

/// The server; dropping it stops it.
pub struct Canned {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Canned {
    /// Answers each request with whatever bytes `answer` gives; no bytes means that the connection
    /// is closed without a word. `answer` may take its time.
    pub fn start(answer: impl Fn(&Asked) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let answer = Arc::new(answer);
        let (log, ended) = (Arc::clone(&asked), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in connections(&listener) {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &log, answer.as_ref()));
            }
        });
        Self {
            address,
            asked,
            stop,
            thread: Some(thread),
        }
    }

    /// Answers reads with one list, and keeps what is written to it where it is a list of routes: an
    /// array, alone or as `data`.
    pub fn listing(body: &str) -> Self {
        let body = Mutex::new(body.to_owned());
        Self::start(move |asked| {
            let mut body = body.lock().expect("the list");
            if asked.method == "GET" {
                return json(200, &body);
            }
            if let Ok(mut list) = serde_json::from_str::<Value>(&body) {
                let rows = match &mut list {
                    Value::Object(fields) => fields.get_mut("data").and_then(Value::as_array_mut),
                    list => list.as_array_mut(),
                };
                rows.into_iter().for_each(|rows| keep(rows, asked));
                *body = list.to_string();
            }
            let status = if asked.method == "PUT" { 201 } else { 204 };
            reply(status, &[], b"")
        })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything it was asked so far, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("the log").clone()
    }

    /// How many requests of a method came.
    pub fn count(&self, method: &str) -> usize {
        let asked = self.asked();
        asked.iter().filter(|asked| asked.method == method).count()
    }

    /// A machine whose environment holds a token for this server: no request of its own is needed.
    pub fn rig(&self) -> Rig {
        let mut rig = Rig::new();
        rig.set("SKYSWITCH_API_URL", &self.url())
            .set("SKYSWITCH_ACCOUNT_ID", ACCOUNT)
            .set("SKYSWITCH_TOKEN", TOKEN);
        rig
    }
}

impl Drop for Canned {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // The accepting thread looks at the flag when somebody comes.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Vec<u8>) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let Some(asked) = read(&mut stream) else {
        return;
    };
    log.lock().expect("the log").push(asked.clone());
    let bytes = answer(&asked);
    // A client that went away is part of some tests.
    let _ = stream.write_all(&bytes);
}

fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        let mut block = [0; 4096];
        let n = stream.read(&mut block).ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&block[..n]);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        let mut block = [0; 4096];
        let n = stream.read(&mut block).ok().filter(|n| *n > 0)?;
        body.extend_from_slice(&block[..n]);
    }
    Some(Asked {
        method,
        target,
        headers,
        body,
    })
}

/// What a write leaves of a list of routes.
fn keep(rows: &mut Vec<Value>, asked: &Asked) {
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let key = ["ani", "dnis", "domain"].map(|name| asked.query(name).unwrap_or_default());
    let is_it = |row: &Value| ["ani", "dnis", "domain"].map(|name| text(&row[name])) == key;
    if asked.method == "DELETE" {
        return rows.retain(|row| !is_it(row));
    }
    let mut row = serde_json::json!({"ani": key[0], "dnis": asked.query("dnis"), "domain": key[2]});
    if let Some(old) = rows.iter().find(|row| is_it(row)) {
        row = old.clone();
    }
    for name in ["application", "destination"] {
        row[name] = asked.query(name).into();
    }
    match rows.iter_mut().find(|row| is_it(row)) {
        Some(old) => *old = row,
        None => rows.push(row),
    }
}

/// A complete answer.
pub fn reply(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n");
    for (name, value) in headers {
        bytes.push_str(&format!("{name}: {value}\r\n"));
    }
    if status != 204 {
        bytes.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    bytes.push_str("\r\n");
    let mut bytes = bytes.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// A JSON answer.
pub fn json(status: u16, body: &str) -> Vec<u8> {
    reply(
        status,
        &[("Content-Type", "application/json")],
        body.as_bytes(),
    )
}
