//! The client held to every fixture: each answer is sent to it over HTTP as it stands in the file,
//! and what it makes of it is what the file expects.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use skyswitch::api::{
    BearerFailure, BearerSource, Call, Client, Error, Http, HttpOptions, ListItem, Method,
    PasswordGrant, RetryPolicy, RouteFilter, SubscriberFilter, TransportKind, decode_list,
};
use skyswitch::model::{
    Account, AccountId, Change, Domain, DomainRecord, Origin, PhoneNumber, Route, Row,
    SubscriberRow,
};
use skyswitch::secret::{Bearer, Secret};
use skyswitch::signals::Stop;

use crate::support::connections;

/// One file.
struct Fixture {
    name: String,
    status: u64,
    headers: Value,
    body: Vec<u8>,
    expect: Value,
}

fn fixtures(directory: &str) -> Vec<Fixture> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(directory);
    let mut fixtures: Vec<Fixture> = std::fs::read_dir(path)
        .expect("fixtures")
        .map(|entry| fixture(&entry.expect("an entry").path()))
        .collect();
    fixtures.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!fixtures.is_empty());
    fixtures
}

fn fixture(path: &Path) -> Fixture {
    let text = std::fs::read_to_string(path).expect("a file");
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    let body = match value.get("body") {
        Some(body) => body.to_string(),
        None => value["text"].as_str().expect("a text").to_owned(),
    };
    Fixture {
        name: path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned(),
        status: value["status"].as_u64().expect("a status"),
        headers: value["headers"].take(),
        body: body.into_bytes(),
        expect: value["expect"].take(),
    }
}

/// A server that gives one answer to everything, each on a connection of its own.
fn serve(fixture: &Fixture) -> Origin {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = listener.local_addr().expect("an address");
    let mut answer = format!(
        "HTTP/1.1 {} Fixture\r\nconnection: close\r\n",
        fixture.status
    );
    for (name, value) in fixture.headers.as_object().expect("headers") {
        answer.push_str(&format!("{name}: {}\r\n", value.as_str().expect("a text")));
    }
    if fixture.status != 204 {
        answer.push_str(&format!("content-length: {}\r\n", fixture.body.len()));
    }
    let mut answer = format!("{answer}\r\n").into_bytes();
    answer.extend_from_slice(&fixture.body);
    std::thread::spawn(move || {
        for mut stream in connections(&listener) {
            read_request(&mut stream);
            let _ = stream.write_all(&answer);
        }
    });
    Origin::parse(&format!("http://{address}")).expect("an origin")
}

fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
        request.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&request).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.trim().parse().expect("a length"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("the body");
}

struct Fixed;

impl BearerSource for Fixed {
    fn held(&self) -> Option<Bearer> {
        self.bearer().ok()
    }

    fn bearer(&self) -> Result<Bearer, BearerFailure> {
        Ok(Bearer::new(Secret::new("sbx_at_example".to_owned()))?)
    }

    fn renew(&self, _refused: &Bearer) -> Result<Bearer, BearerFailure> {
        self.bearer()
    }
}

fn http(fixture: &Fixture) -> Http {
    let options = HttpOptions {
        timeout: Duration::from_secs(10),
        extra_roots: Vec::new(),
        proxy: None,
    };
    Http::new(&serve(fixture), options).expect("a client")
}

fn client(fixture: &Fixture) -> Client {
    let once = RetryPolicy {
        tries: 1,
        pause: Duration::ZERO,
    };
    let account = AccountId::parse("sbx_account").expect("an id");
    Client::new(
        http(fixture),
        Arc::new(Fixed),
        account,
        once,
        Stop::default(),
    )
}

fn grant() -> PasswordGrant {
    let secret = |text: &str| Secret::new(text.to_owned());
    PasswordGrant {
        client_id: "sbx_client".to_owned(),
        client_secret: secret("sbx_secret"),
        username: "sbx_user".to_owned(),
        password: secret("sbx_password"),
        scope: "pbx account".to_owned(),
    }
}

/// What the file expects of a failure: the text shown, and the server's own hint.
#[track_caller]
fn check_failure(fixture: &Fixture, error: &Error) {
    let name = &fixture.name;
    if fixture.expect["unreadable"] == true {
        assert!(
            matches!(error, Error::Unreadable { .. }),
            "{name}: {error:?}"
        );
        return;
    }
    if (300..400).contains(&fixture.status) {
        assert!(
            matches!(error, Error::Transport(t) if matches!(t.kind, TransportKind::Redirect(_))),
            "{name}: {error:?}"
        );
        return;
    }
    let Error::Answer(answer) = error else {
        panic!("{name}: {error:?}");
    };
    assert_eq!(u64::from(answer.status), fixture.status, "{name}");
    assert_eq!(json!(answer.message), fixture.expect["show"], "{name}");
    if let Some(hint) = fixture.expect.get("hint") {
        assert_eq!(json!(answer.hint), *hint, "{name}");
    }
    let shown = error.to_string();
    assert!(!shown.contains('<'), "{name}: {shown}");
    if answer.message.is_none() {
        assert!(
            shown.starts_with(&format!("the server answered {} (", fixture.status)),
            "{shown}"
        );
    }
    if let Some(wait) = fixture.headers["retry-after"].as_str() {
        let seconds = answer.retry_after.map(|wait| wait.as_secs().to_string());
        assert_eq!(seconds.as_deref(), Some(wait), "{name}");
    }
}

/// Rows as JSON, and whether they were all.
fn check_list<T: serde::Serialize>(
    fixture: &Fixture,
    read: impl FnOnce(
        &mut dyn FnMut(T) -> Result<(), skyswitch::api::Halt>,
    ) -> Result<skyswitch::api::Completeness, Error>,
) {
    let mut rows = Vec::new();
    let outcome = read(&mut |row| {
        let mut row = json!(row);
        if let Some(row) = row.as_object_mut() {
            // People are shown it; it is no part of the JSON.
            row.remove("login");
        }
        rows.push(row);
        Ok(())
    });
    match outcome {
        Ok(completeness) => {
            assert_eq!(json!(rows), fixture.expect["rows"], "{}", fixture.name);
            assert_eq!(
                json!(completeness.is_complete()),
                fixture.expect["complete"],
                "{}",
                fixture.name
            );
        }
        Err(error) => {
            assert!(rows.is_empty(), "{}", fixture.name);
            check_failure(fixture, &error);
        }
    }
}

#[test]
fn every_list_is_read_as_expected() {
    for fixture in fixtures("lists") {
        if fixture.name.starts_with("domains") {
            check_list::<DomainRecord>(&fixture, |receive| {
                client(&fixture).domains(false, None, receive)
            });
        } else if fixture.name.starts_with("routes") {
            check_list::<Route>(&fixture, |receive| {
                client(&fixture).routes(&RouteFilter::default(), receive)
            });
        } else {
            panic!("{}: nothing says how the client reads it", fixture.name);
        }
    }
}

#[test]
fn every_list_of_neighbours_is_read_as_expected() {
    let domain: Domain = "acme.15611.service".parse().expect("a domain");
    for fixture in fixtures("neighbours") {
        let client = client(&fixture);
        match fixture.name.split('-').next() {
            Some("subscribers") => check_list::<SubscriberRow>(&fixture, |receive| {
                let filter = SubscriberFilter::domain(&domain);
                client.subscribers(&filter, &mut |row| receive(row.row()))
            }),
            Some("phone") => check_list::<PhoneNumber>(&fixture, |receive| {
                client.phone_numbers(&domain, None, receive)
            }),
            Some("sub") => {
                check_list::<Account>(&fixture, |receive| client.sub_accounts(receive));
            }
            // Nobody reads where a number leads.
            _ => assert_eq!(fixture.name, "number-route"),
        }
    }
}

/// Rows of other kinds, whatever their fields.
#[derive(serde::Deserialize, serde::Serialize)]
#[serde(transparent)]
struct Sibling(serde_json::Map<String, Value>);

impl Row for Sibling {
    const COLUMNS: &'static [&'static str] = &[];

    fn cell(&self, _column: usize) -> Option<&str> {
        None
    }
}

impl ListItem for Sibling {
    fn fill_key(&mut self, _key: &str) {}
}

#[test]
fn the_lists_of_siblings_are_read_and_known_to_be_pages() {
    for fixture in fixtures("siblings") {
        check_list::<Sibling>(&fixture, |receive| {
            decode_list(fixture.body.as_slice(), receive)
        });
    }
}

#[test]
fn every_error_shows_what_it_should() {
    for fixture in fixtures("errors") {
        let call = Call::new(Method::GET, "/accounts/sbx_account/pbx/domains", 1 << 20);
        let bearer = Fixed.bearer().expect("a bearer");
        match http(&fixture).send(&call, Some(&bearer)) {
            Ok(_) => panic!("{} was taken for a success", fixture.name),
            Err(error) => check_failure(&fixture, &error),
        }
    }
}

#[test]
fn every_answer_of_the_token_endpoint_is_read_as_expected() {
    for fixture in fixtures("tokens") {
        let name = &fixture.name;
        if name.starts_with("description") {
            let bearer = Fixed.bearer().expect("a bearer");
            match http(&fixture).token_info(&bearer) {
                Ok(info) => assert_eq!(
                    json!({"username": info.username, "scopes": info.scopes, "expires": info.expires}),
                    fixture.expect,
                    "{name}"
                ),
                Err(error) => check_failure(&fixture, &error),
            }
            continue;
        }
        let http = http(&fixture);
        let refresh = http.refresh_grant(
            "sbx_client",
            &Secret::new("sbx_secret".to_owned()),
            &Secret::new("sbx_rt".to_owned()),
            &Stop::default(),
        );
        for reply in [http.password_grant(&grant(), &Stop::default()), refresh] {
            match reply {
                Ok(reply) => assert_eq!(
                    json!({
                        "token": reply.access_token.secret().expose(),
                        "refresh_token": reply.refresh_token.as_ref().map(Secret::expose),
                        "expires_in": reply.expires_in,
                    }),
                    fixture.expect,
                    "{name}"
                ),
                Err(error) => check_failure(&fixture, &error),
            }
        }
    }
}

#[test]
fn every_answer_to_a_write_is_understood() {
    let route = Route {
        ani: Some("16165550101".to_owned()),
        dnis: None,
        domain: Some("acme.15611.service".to_owned()),
        application: None,
        destination: Some("john".to_owned()),
    };
    for fixture in fixtures("writes") {
        let client = client(&fixture);
        let outcome = if fixture.name.starts_with("put") {
            client.write(&Change::put(None, route.clone()).expect("a key"), false)
        } else {
            client.write(&Change::delete(route.clone()).expect("a key"), false)
        };
        match outcome {
            Ok(()) => assert_eq!(fixture.expect, json!({"done": true}), "{}", fixture.name),
            Err(error) => check_failure(&fixture, &error),
        }
    }
}
