//! Every odd answer of the token endpoint: a clear failure or a valid session, never a panic, never
//! a header injected, and nothing of what was sent or answered on a screen.

use std::sync::{Arc, Mutex};

use crate::support::tls_server::{RawServer, json, text, typed};
use crate::support::{Ran, Rig};

/// In every secret sent, and in every token of the tables below.
const CANARY: &str = "canary";

/// A server whose token endpoint says whatever it is told to; lists are empty.
struct Server {
    raw: RawServer,
    answer: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    fn start() -> Self {
        let answer = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&answer);
        let raw = RawServer::answering(move |line| {
            if line.starts_with("POST /oauth/token") {
                told.lock().expect("whole").clone()
            } else {
                let list = json("200 OK", "[]");
                list.replacen("\r\n", "\r\nConnection: close\r\n", 1).into()
            }
        });
        Self { raw, answer }
    }

    fn say(&self, answer: &str) {
        let answer = answer.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        *self.answer.lock().expect("whole") = answer.into();
        self.raw.seen.lock().expect("whole").clear();
    }

    /// A machine with credentials for it.
    fn rig(&self) -> Rig {
        let mut rig = Rig::new();
        rig.set("SKYSWITCH_API_URL", &self.raw.url())
            .set("SKYSWITCH_ACCOUNT_ID", "acc-1")
            .set("SKYSWITCH_CLIENT_ID", "17")
            .set("SKYSWITCH_CLIENT_SECRET", "canary&secret=%+é")
            .set("SKYSWITCH_USERNAME", "ops@example.test")
            .set("SKYSWITCH_PASSWORD", "canary password");
        rig
    }

    /// The `Authorization` headers of calls to the API.
    fn bearers(&self) -> Vec<String> {
        text(&self.raw.seen)
            .lines()
            .filter_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("authorization: ")
                    .map(str::to_owned)
            })
            .collect()
    }
}

#[track_caller]
fn says_nothing_secret(ran: &Ran, case: &str) {
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(CANARY), "{case}: {text}");
        assert!(!text.contains("fault of skyswitch"), "{case}: {text}");
        assert!(!text.contains('\u{1b}'), "{case}: {text:?}");
    }
}

#[test]
fn odd_but_usable_answers_make_a_session() {
    let server = Server::start();
    for members in [
        "",
        r#","expires_in":null"#,
        r#","expires_in":0"#,
        r#","expires_in":-5"#,
        r#","expires_in":99999999999999999999999999"#,
        r#","expires_in":1e308"#,
        r#","expires_in":"21600""#,
        r#","expires_in":"soon""#,
        r#","expires_in":3599.5"#,
        r#","expires_in":[1]"#,
        r#","refresh_token":null"#,
        r#","refresh_token":"""#,
        r#","token_type":"bearer""#,
        r#","token_type":null,"unknown":{"a":[1]}"#,
        r#","scope":"pbx account""#,
        r#","scope":["pbx"]"#,
    ] {
        server.say(&json(
            "200 OK",
            &format!(r#"{{"access_token":"canary-1"{members}}}"#),
        ));
        let rig = server.rig();
        let ran = rig.run(&["domains", "list", "-vv"]).succeeds();
        says_nothing_secret(&ran, members);
        assert_eq!(server.bearers(), ["bearer canary-1"], "{members}");
        // Kept, and used again from the store, without another grant.
        rig.run(&["login", "--store", "file"]).succeeds();
        let mut stored = rig;
        stored.without_credentials();
        server.say(&json("500 Internal Server Error", "{}"));
        let ran = stored.run(&["domains", "list"]).succeeds();
        says_nothing_secret(&ran, members);
        assert_eq!(server.bearers(), ["bearer canary-1"], "{members}");
    }
}

#[test]
fn answers_that_are_no_token_are_a_clear_failure() {
    let server = Server::start();
    let long = format!(r#"{{"access_token":"canary{}"}}"#, "a".repeat(1 << 20));
    let deep = format!(r#"{{"access_token":"canary","x":{}"#, "[".repeat(100_000));
    for (case, answer, code) in [
        (
            "CR/LF",
            json("200 OK", r#"{"access_token":"canary\r\nX-Injected: 1"}"#),
            1,
        ),
        (
            "LF",
            json("200 OK", r#"{"access_token":"canary\nX-Injected: 1"}"#),
            1,
        ),
        (
            "NUL",
            json("200 OK", r#"{"access_token":"canary\u0000"}"#),
            1,
        ),
        (
            "ESC",
            json("200 OK", r#"{"access_token":"canary\u001b[2J"}"#),
            1,
        ),
        (
            "non-ASCII",
            json("200 OK", r#"{"access_token":"canaryé"}"#),
            1,
        ),
        ("space", json("200 OK", r#"{"access_token":"canary x"}"#), 1),
        ("empty token", json("200 OK", r#"{"access_token":""}"#), 1),
        ("no token", json("200 OK", r#"{"token":"canary"}"#), 1),
        ("a number", json("200 OK", r#"{"access_token":5}"#), 1),
        (
            "an object",
            json("200 OK", r#"{"access_token":{"canary":1}}"#),
            1,
        ),
        ("an array", json("200 OK", r#"["canary"]"#), 1),
        (
            "another type",
            json("200 OK", r#"{"access_token":"canary","token_type":"mac"}"#),
            1,
        ),
        (
            "refresh token a number",
            json("200 OK", r#"{"access_token":"canary","refresh_token":5}"#),
            1,
        ),
        (
            "HTML",
            typed("200 OK", "text/html", "<html>canary</html>"),
            1,
        ),
        ("HTML called JSON", json("200 OK", "<html>canary</html>"), 1),
        ("empty", json("200 OK", ""), 1),
        (
            "no content",
            "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
            1,
        ),
        ("cut JSON", json("200 OK", r#"{"access_token":"canary"#), 1),
        ("1 MB", json("200 OK", &long), 7),
        ("deep", json("200 OK", &deep), 1),
        (
            "cut short",
            json("200 OK", "{}").replace("Length: 2", "Length: 200"),
            7,
        ),
        ("nothing at all", String::new(), 7),
        ("not HTTP", "canary\r\n\r\n".to_owned(), 7),
    ] {
        server.say(&answer);
        let rig = server.rig();
        let ran = rig.run(&["domains", "list", "--json", "-vv"]).exits(code);
        says_nothing_secret(&ran, case);
        assert!(
            !ran.error()["message"]
                .as_str()
                .unwrap_or_default()
                .is_empty()
        );
        assert_eq!(
            server.bearers(),
            Vec::<String>::new(),
            "{case}: a token was used"
        );
        let ran = rig.run(&["login", "--store", "file"]).exits(code);
        says_nothing_secret(&ran, case);
        assert!(
            !rig.state_dir().join("credentials/default.json").exists(),
            "{case}"
        );
    }
}

#[test]
fn refusals_are_told_by_the_endpoint_and_never_repeated() {
    let server = Server::start();
    // What was sent comes back in the message, plain and encoded, and so does a terminal's escape.
    let echo = r#"{"error":"invalid_grant","message":"no: client_secret=canary%26secret%3D%25%2B%C3%A9&password=canary+password canary password canary&secret=%+é \u001b[2J","hint":"canary password"}"#;
    for (status, body, code) in [
        ("400 Bad Request", r#"{"error":"invalid_grant"}"#, 4),
        ("401 Unauthorized", r#"{"error":"invalid_client"}"#, 4),
        ("401 Unauthorized", r#"{"message":"Unauthenticated."}"#, 4),
        ("401 Unauthorized", "<html>canary</html>", 4),
        ("400 Bad Request", "", 4),
        ("400 Bad Request", "{}", 4),
        ("403 Forbidden", r#"{"error":"invalid_scope"}"#, 4),
        (
            "422 Unprocessable Entity",
            r#"{"errors":{"username":["odd"]}}"#,
            4,
        ),
        ("400 Bad Request", echo, 4),
        ("500 Internal Server Error", echo, 7),
        (
            "429 Too Many Requests",
            r#"{"message":"Too Many Attempts."}"#,
            7,
        ),
        ("503 Service Unavailable", "<html>canary</html>", 7),
    ] {
        server.say(&json(status, body));
        let rig = server.rig();
        let ran = rig.run(&["domains", "list", "--json", "-vv"]).exits(code);
        says_nothing_secret(&ran, status);
        let code_name = ran.error()["code"].as_str().unwrap_or_default().to_owned();
        assert_eq!(
            code_name == "session_dead",
            code == 4,
            "{status}: {code_name}"
        );
        let posts = text(&server.raw.seen).matches("POST /oauth/token").count();
        // A wrong password that is sent again and again locks people out.
        assert!(code != 4 || posts == 1, "{status}: sent {posts} times");
    }
}

#[test]
fn a_dead_refresh_token_is_a_dead_session_and_what_is_stored_stays() {
    let server = Server::start();
    let token = r#"{"access_token":"canary-1","refresh_token":"canary-2","expires_in":1}"#;
    server.say(&json("200 OK", token));
    let mut rig = server.rig();
    rig.run(&["login", "--store", "file"]).succeeds();
    rig.without_credentials();
    let path = rig.state_dir().join("credentials/default.json");
    let stored = std::fs::read_to_string(&path).expect("a record");
    // What the server says, and how often the token is presented to it by two commands.
    for (case, (status, body, presented)) in [
        (
            "401 Unauthorized",
            r#"{"error":"invalid_request","hint":"Token has been revoked"}"#,
            1,
        ),
        ("400 Bad Request", r#"{"error":"invalid_grant"}"#, 1),
        ("403 Forbidden", r#"{"error":"invalid_grant"}"#, 1),
        // None of these is about the token itself.
        ("401 Unauthorized", r#"{"error":"invalid_client"}"#, 2),
        (
            "400 Bad Request",
            r#"{"error":"invalid_request","hint":"Check the `scope` parameter"}"#,
            2,
        ),
        ("400 Bad Request", "{}", 2),
        ("401 Unauthorized", "<html></html>", 2),
    ]
    .into_iter()
    .enumerate()
    {
        let over = expired(&stored).replace("canary-2", &format!("canary-{case}-rt"));
        std::fs::write(&path, &over).expect("write");
        server.say(&json(status, body));
        for _ in 0..2 {
            let ran = rig.run(&["domains", "list", "--json"]).exits(4);
            assert_eq!(ran.error()["code"], "session_dead", "{status} {body}");
            let hint = ran.error()["hint"].to_string();
            assert!(hint.contains("login"), "{hint}");
            says_nothing_secret(&ran, status);
        }
        let posts = text(&server.raw.seen).matches("POST /oauth/token").count();
        assert_eq!(posts, presented, "{status} {body}");
        assert_eq!(std::fs::read_to_string(&path).expect("a record"), over);
    }
}

/// The record with its token's time over.
fn expired(record: &str) -> String {
    let mut record: serde_json::Value = serde_json::from_str(record).expect("JSON");
    record["obtained_at"] = 1.into();
    record["expires_at"] = 100.into();
    record.to_string()
}
