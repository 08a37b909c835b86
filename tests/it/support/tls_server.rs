//! Servers for the network's bad manners: certificates with every fault, a proxy, canned bytes.
//!
//! All of them listen on loopback, answer each connection on its own thread, remember what they
//! were sent, and end with the test process.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::connections;

/// What a server was sent, over all its connections.
pub type Seen = Arc<Mutex<Vec<u8>>>;

/// The bytes of [`Seen`] as text.
pub fn text(seen: &Seen) -> String {
    String::from_utf8_lossy(&seen.lock().expect("whole")).into_owned()
}

/// A certificate authority of the test's own.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, for a server.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    /// The certificate itself as PEM.
    pub pem: String,
    /// Its key as PEM.
    pub key_pem: String,
}

/// When a certificate is valid.
#[derive(Clone, Copy)]
pub enum Valid {
    Now,
    Past,
    Future,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority"))
    }

    /// For `--cacert`.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server's certificate from this authority.
    pub fn issue(&self, host: &str, valid: Valid) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let certificate = params(host, valid)
            .signed_by(&key, &self.0)
            .expect("signed");
        identity(&certificate, &key)
    }
}

/// A certificate that vouches for itself; `authority` marks it as one that may sign others, too.
pub fn self_signed(host: &str, authority: bool) -> Identity {
    let mut params = params(host, Valid::Now);
    if authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("signed");
    identity(&certificate, &key)
}

fn params(host: &str, valid: Valid) -> CertificateParams {
    let mut params = CertificateParams::new(vec![host.to_owned()]).expect("a name");
    params.distinguished_name.push(DnType::CommonName, host);
    (params.not_before, params.not_after) = match valid {
        Valid::Now => (date_time_ymd(2020, 1, 1), date_time_ymd(2120, 1, 1)),
        Valid::Past => (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1)),
        Valid::Future => (date_time_ymd(2110, 1, 1), date_time_ymd(2120, 1, 1)),
    };
    params
}

fn identity(certificate: &rcgen::Certificate, key: &KeyPair) -> Identity {
    Identity {
        chain: vec![certificate.der().clone()],
        key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        pem: certificate.pem(),
        key_pem: key.serialize_pem(),
    }
}

/// An HTTPS server that gives every request the same answer.
pub struct TlsServer {
    pub address: SocketAddr,
    /// What came out of the encryption: requests.
    pub seen: Seen,
}

impl TlsServer {
    pub fn start(identity: Identity, answer: &str) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(identity.chain, identity.key)
            .expect("an identity");
        let (config, seen, answer) = (Arc::new(config), Seen::default(), answer.to_owned());
        let known = Arc::clone(&seen);
        let address = listen(move |stream| {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).expect("tls");
            let mut tls = rustls::StreamOwned::new(connection, stream);
            serve(&mut tls, &known, &answer);
        });
        Self { address, seen }
    }

    /// `https://localhost:PORT`
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }
}

/// A plain server that writes the same bytes to whoever connects and says something.
pub struct RawServer {
    pub address: SocketAddr,
    pub seen: Seen,
}

impl RawServer {
    /// `answer` goes out after the first bytes came in, which need not be a whole request.
    pub fn start(answer: &[u8]) -> Self {
        let (seen, answer) = (Seen::default(), answer.to_vec());
        let known = Arc::clone(&seen);
        let address = listen(move |mut stream| {
            let mut buffer = [0; 16 * 1024];
            let read = stream.read(&mut buffer).unwrap_or(0);
            known
                .lock()
                .expect("whole")
                .extend_from_slice(&buffer[..read]);
            let _ = stream.write_all(&answer);
            // Closing with unread bytes would be a reset, which could overtake the answer.
            while matches!(stream.read(&mut buffer), Ok(read) if read > 0) {}
        });
        Self { address, seen }
    }

    /// Whole HTTP requests, each answered alike.
    pub fn http(answer: &str) -> Self {
        let (seen, answer) = (Seen::default(), answer.to_owned());
        let known = Arc::clone(&seen);
        let address = listen(move |mut stream| serve(&mut stream, &known, &answer));
        Self { address, seen }
    }

    /// Whole HTTP requests, answered by what `answer` makes of their first line; a connection ends
    /// after one answer.
    pub fn answering(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let seen = Seen::default();
        let known = Arc::clone(&seen);
        let address = listen(move |mut stream| {
            let Some(request) = read_request(&mut stream) else {
                return;
            };
            let text = String::from_utf8_lossy(&request).into_owned();
            known.lock().expect("whole").extend_from_slice(&request);
            let _ = stream.write_all(&answer(text.lines().next().unwrap_or_default()));
        });
        Self { address, seen }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// A proxy that knows CONNECT, and leads every host to the same place.
pub struct Proxy {
    pub address: SocketAddr,
    /// The heads of the CONNECT requests.
    pub seen: Seen,
}

impl Proxy {
    /// `login` is the value of `Proxy-Authorization` it wants.
    pub fn start(target: SocketAddr, login: Option<&str>) -> Self {
        let (seen, login) = (Seen::default(), login.map(str::to_owned));
        let known = Arc::clone(&seen);
        let address = listen(move |mut stream| {
            let Some(head) = read_head(&mut stream) else {
                return;
            };
            known.lock().expect("whole").extend_from_slice(&head);
            let head = String::from_utf8_lossy(&head).into_owned();
            let welcome = login.as_ref().is_none_or(|login| {
                head.lines().any(|line| {
                    line.to_ascii_lowercase()
                        .starts_with("proxy-authorization:")
                        && line.ends_with(login.as_str())
                })
            });
            if !welcome {
                let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n";
                let _ = stream.write_all(refusal.as_bytes());
                return;
            }
            let Ok(server) = TcpStream::connect(target) else {
                return;
            };
            let _ = stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
            tunnel(stream, server);
        });
        Self { address, seen }
    }
}

fn tunnel(client: TcpStream, server: TcpStream) {
    let (Ok(mut from), Ok(mut to)) = (client.try_clone(), server.try_clone()) else {
        return;
    };
    thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
    let (mut from, mut to) = (server, client);
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(std::net::Shutdown::Write);
}

fn listen(handle: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    // `localhost` may mean the IPv6 address first: the client then tries this one next.
    let listener = TcpListener::bind("127.0.0.1:0").expect("listen");
    let address = listener.local_addr().expect("an address");
    let handle = Arc::new(handle);
    thread::spawn(move || {
        for stream in connections(&listener) {
            let handle = Arc::clone(&handle);
            let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
            thread::spawn(move || handle(stream));
        }
    });
    address
}

/// Requests until the client goes.
fn serve(stream: &mut (impl Read + Write), seen: &Seen, answer: &str) {
    while let Some(request) = read_request(stream) {
        seen.lock().expect("whole").extend_from_slice(&request);
        if stream.write_all(answer.as_bytes()).is_err() || stream.flush().is_err() {
            return;
        }
    }
}

/// A head and a body of the length it names.
fn read_request(stream: &mut impl Read) -> Option<Vec<u8>> {
    let mut request = read_head(stream)?;
    let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    request.extend(body);
    Some(request)
}

fn read_head(stream: &mut impl Read) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) if head.len() < 64 * 1024 => head.push(byte[0]),
            _ => return None,
        }
    }
    Some(head)
}

/// An answer with a JSON body.
pub fn json(status: &str, body: &str) -> String {
    typed(status, "application/json", body)
}

/// An answer with a body of this type.
pub fn typed(status: &str, kind: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
