//! A server that is as fast as a loopback can be: a thread a connection, answers made beforehand.
//!
//! It is a process of its own, this program once more: a child's peak memory as the system counts it
//! begins with its parent's, so the parent must hold no list of a million routes.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::Bound;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The first argument of a process that is such a server.
pub(crate) const SERVE: &str = "--serve";

/// A server on loopback; it ends with this value, or when this process does.
pub(crate) struct Server {
    url: String,
    process: Child,
    /// Held open: the server reads from it until it ends.
    _life: Option<ChildStdin>,
    tls: bool,
    directory: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What it answers.
#[derive(Clone)]
enum Answers {
    /// Always the same list.
    List(Arc<Vec<u8>>),
    /// Routes that PUTs change, each after a while.
    Routes(Arc<Mutex<Routes>>, Duration),
}

pub(crate) const DOMAIN: &str = "acme.15611.service";
/// The first caller.
pub(crate) const FIRST: &str = "12012000000";

/// Routes by their caller, in one domain or over so many.
struct Routes {
    /// How many there were at first.
    first: usize,
    domains: usize,
    rows: BTreeMap<String, String>,
}

impl Routes {
    fn new(size: usize, domains: usize, destination: &str) -> Self {
        let row = |i| {
            let ani = ani(i);
            let row = route(&ani, &domain(i, domains), "user", destination);
            (ani, row)
        };
        let rows = (0..size).map(row).collect();
        Self {
            first: size,
            domains,
            rows,
        }
    }

    /// So many rows of a list by these parameters, those behind this caller; and the last of them.
    fn some<'a>(
        &'a self,
        parameters: &BTreeMap<String, String>,
        behind: Option<&str>,
    ) -> (Vec<&'a str>, Option<&'a String>) {
        let domain = parameters
            .get("domain")
            .map(|domain| format!("\"domain\":\"{domain}\""));
        let is_wanted = |row: &String| domain.as_ref().is_none_or(|domain| row.contains(domain));
        let from = behind.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.rows.range::<str, _>((from, Bound::Unbounded));
        let found: Vec<_> = match parameters.get("ani") {
            Some(_) if behind.is_some() => Vec::new(),
            Some(ani) => self.rows.get_key_value(ani).into_iter().collect(),
            None => rows.take(1_000).collect(),
        };
        let wanted = found
            .iter()
            .map(|(_, row)| *row)
            .filter(|row| is_wanted(row));
        (
            wanted.map(String::as_str).collect(),
            found.last().map(|(ani, _)| *ani),
        )
    }
}

/// A list as it is asked for, row by row: who leaves it halfway costs no more.
fn send_list(
    routes: &Mutex<Routes>,
    parameters: &BTreeMap<String, String>,
    output: &mut impl Write,
) -> std::io::Result<()> {
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (mut text, mut behind, mut open) = (head.to_owned(), None::<String>, "[");
    loop {
        let mut chunk = String::new();
        {
            let routes = routes.lock().expect("routes");
            let (rows, last) = routes.some(parameters, behind.as_deref());
            for row in rows {
                chunk.push_str(std::mem::replace(&mut open, ","));
                chunk.push_str(row);
            }
            behind = last.cloned();
        }
        if behind.is_none() {
            chunk.push_str(if open == "[" { "[]" } else { "]" });
        }
        if !chunk.is_empty() {
            text.push_str(&format!("{:x}\r\n{chunk}\r\n", chunk.len()));
        }
        if behind.is_none() {
            text.push_str("0\r\n\r\n");
            return output.write_all(text.as_bytes());
        }
        output.write_all(text.as_bytes())?;
        text.clear();
    }
}

/// The domain of a row, of one or of so many.
fn domain(i: usize, domains: usize) -> String {
    match domains {
        1 => DOMAIN.to_owned(),
        many => format!("d{:03}.15611.service", i % many),
    }
}

fn route(ani: &str, domain: &str, application: &str, destination: &str) -> String {
    format!(
        r#"{{"ani":"{ani}","dnis":null,"domain":"{domain}","application":"{application}","destination":"{destination}"}}"#
    )
}

fn ani(i: usize) -> String {
    format!("1{}{:07}", 201 + i / 8_000_000, 2_000_000 + i % 8_000_000)
}

fn list(size: usize) -> Vec<u8> {
    let mut text = String::from("[");
    for i in 0..size {
        if i > 0 {
            text.push(',');
        }
        text.push_str(&route(&ani(i), DOMAIN, "user", &format!("user{i}")));
    }
    text.push(']');
    text.into_bytes()
}

/// The rows of an apply.
pub(crate) fn csv(size: usize) -> String {
    let mut text = String::from("ani,domain,application,destination\n");
    for i in 0..size {
        text.push_str(&format!("{},{DOMAIN},user,user{i}\n", ani(i)));
    }
    text
}

impl Server {
    pub(crate) fn http(size: usize) -> Self {
        Self::start(&["list", &size.to_string()], false)
    }

    pub(crate) fn https(size: usize) -> Self {
        Self::start(&["tls", &size.to_string()], true)
    }

    /// Without a route, and each write takes so long.
    pub(crate) fn slow(latency: Duration) -> Self {
        Self::start(&["routes", "0", &latency.as_millis().to_string()], false)
    }

    /// With so many routes to `john`, in one domain or over more.
    pub(crate) fn routes(size: usize, domains: usize) -> Self {
        let (size, domains) = (size.to_string(), domains.to_string());
        Self::start(&["routes", &size, "0", &domains], false)
    }

    fn start(words: &[&str], tls: bool) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut process = Command::new(std::env::current_exe().expect("this program"))
            .arg(SERVE)
            .args(words)
            .current_dir(directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("start");
        let mut port = String::new();
        let stdout = process.stdout.take().expect("stdout");
        BufReader::new(stdout).read_line(&mut port).expect("a port");
        let (scheme, host) = if tls {
            ("https", "localhost")
        } else {
            ("http", "127.0.0.1")
        };
        Self {
            url: format!("{scheme}://{host}:{}", port.trim()),
            _life: process.stdin.take(),
            process,
            tls,
            directory,
        }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// Its certificate as a PEM file, if it speaks TLS.
    pub(crate) fn certificate(&self) -> Option<String> {
        self.tls.then(|| self.file(CERTIFICATE))
    }

    /// The machine's certificates and its own in one PEM file.
    pub(crate) fn with_system_certificates(&self) -> String {
        let system = std::fs::read("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
        let own = std::fs::read(self.file(CERTIFICATE)).expect("a certificate");
        let path = self.file("all.pem");
        std::fs::write(&path, [system, own].concat()).expect("write");
        path
    }

    fn file(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A shell line that makes it what it was, with its routes to this destination.
    pub(crate) fn reset_command(&self, destination: &str) -> String {
        format!(
            "curl -sf -o /dev/null -X POST '{}/?destination={destination}'",
            self.url
        )
    }

    /// A shell line that writes one route.
    pub(crate) fn put_command(&self, ani: &str, destination: &str) -> String {
        let url = self.put_url(ani, destination);
        format!("curl -sf -o /dev/null -X PUT '{url}'")
    }

    /// The addresses of the same PUTs as [`csv`]'s apply.
    pub(crate) fn urls(&self, size: usize) -> Vec<String> {
        let url = |i: usize| self.put_url(&ani(i), &format!("user{i}"));
        (0..size).map(url).collect()
    }

    fn put_url(&self, ani: &str, destination: &str) -> String {
        format!(
            "{}/accounts/a/pbx/route-by-ani?ani={ani}&domain={DOMAIN}&application=user&destination={destination}",
            self.url
        )
    }
}

const CERTIFICATE: &str = "ca.pem";

/// What a process does that was started with [`SERVE`]: tells its port, and serves until its standard
/// input ends.
pub(crate) fn run(words: &[String]) {
    let number = |index: usize| words.get(index).and_then(|word| word.parse().ok());
    let amount: usize = number(1).expect("a number");
    let answers = match words[0].as_str() {
        "routes" => {
            let latency = Duration::from_millis(number(2).expect("a latency") as u64);
            let routes = Routes::new(amount, number(3).unwrap_or(1), "john");
            Answers::Routes(Arc::new(Mutex::new(routes)), latency)
        }
        _ => Answers::List(Arc::new(list(amount))),
    };
    let config = (words[0] == "tls").then(certificate);
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    println!("{}", listener.local_addr().expect("address").port());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answers = answers.clone();
            let config = config.clone();
            std::thread::spawn(move || {
                let _ = stream.set_nodelay(true);
                let _ = match config {
                    None => serve(&stream, &stream, &answers),
                    Some(config) => serve_tls(stream, config, &answers),
                };
            });
        }
    });
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
}

fn certificate() -> Arc<rustls::ServerConfig> {
    let made =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    std::fs::write(CERTIFICATE, made.cert.pem()).expect("write");
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .expect("a configuration");
    Arc::new(config)
}

fn serve_tls(
    stream: TcpStream,
    config: Arc<rustls::ServerConfig>,
    answers: &Answers,
) -> std::io::Result<()> {
    let connection = rustls::ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = rustls::StreamOwned::new(connection, stream);
    // One request a connection: reading ahead and writing share the one stream.
    let mut head = Vec::new();
    let mut byte = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let n = stream.read(&mut byte)?;
        if n == 0 {
            return Ok(());
        }
        head.extend_from_slice(&byte[..n]);
    }
    let request = String::from_utf8_lossy(&head);
    let line = request.lines().next().unwrap_or_default().to_owned();
    answer(&line, answers, &mut stream)?;
    stream.flush()
}

fn serve(input: impl Read, mut output: impl Write, answers: &Answers) -> std::io::Result<()> {
    let mut input = BufReader::new(input);
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        loop {
            let mut header = String::new();
            input.read_line(&mut header)?;
            if header.trim_end().is_empty() {
                break;
            }
        }
        answer(line.trim_end(), answers, &mut output)?;
    }
}

fn answer(line: &str, answers: &Answers, output: &mut impl Write) -> std::io::Result<()> {
    let mut words = line.split(' ');
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    match answers {
        Answers::List(body) => send(output, "200 OK", body),
        Answers::Routes(routes, latency) => {
            let parameters = parameters(target);
            let text = |name: &str| parameters.get(name).cloned().unwrap_or_default();
            match method {
                "PUT" => {
                    std::thread::sleep(*latency);
                    let (ani, domain) = (text("ani"), text("domain"));
                    let row = route(&ani, &domain, &text("application"), &text("destination"));
                    routes.lock().expect("routes").rows.insert(ani, row);
                    send(output, "201 Created", b"")
                }
                "GET" if target.contains("/domains") => {
                    let domains = routes.lock().expect("routes").domains;
                    let names =
                        (0..domains).map(|i| format!(r#"{{"domain":"{}"}}"#, domain(i, domains)));
                    let names = names.collect::<Vec<_>>().join(",");
                    send(output, "200 OK", format!("[{names}]").as_bytes())
                }
                "GET" if target.contains("/subscribers") => {
                    let (user, domain) = (text("user"), text("domain"));
                    let user = format!(r#"[{{"user":"{user}","domain":"{domain}"}}]"#);
                    send(output, "200 OK", user.as_bytes())
                }
                "GET" => send_list(routes, &parameters, output),
                _ => {
                    let mut routes = routes.lock().expect("routes");
                    *routes = Routes::new(routes.first, routes.domains, &text("destination"));
                    send(output, "200 OK", b"{}")
                }
            }
        }
    }
}

fn parameters(target: &str) -> BTreeMap<String, String> {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

fn send(output: &mut impl Write, status: &str, body: &[u8]) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    if body.len() < 64 * 1024 {
        let mut whole = head.into_bytes();
        whole.extend_from_slice(body);
        return output.write_all(&whole);
    }
    output.write_all(head.as_bytes())?;
    output.write_all(body)
}
