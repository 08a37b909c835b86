//! The steps before HTTP, one by one, for finding out which of them fails.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use url::Url;

use crate::model::Origin;

/// The addresses of a host; its name is looked up for at most `limit`.
///
/// # Errors
/// The resolver's own, [`io::ErrorKind::TimedOut`], or [`io::ErrorKind::NotFound`] for no address.
pub fn resolve(host: &str, port: u16, limit: Duration) -> io::Result<Vec<SocketAddr>> {
    let bare = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned();
    let (sender, receiver) = mpsc::channel();
    // The system's resolver cannot be told how long it may take.
    std::thread::spawn(move || {
        let found = (bare.as_str(), port).to_socket_addrs();
        // Nobody listening any more means the limit passed.
        let _ = sender.send(found.map(Iterator::collect::<Vec<_>>));
    });
    let found = receiver.recv_timeout(limit).map_err(|_| {
        io::Error::new(io::ErrorKind::TimedOut, "the name server does not answer")
    })??;
    if found.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "the name has no address",
        ));
    }
    Ok(found)
}

/// Opens a connection to the first address that takes one and closes it, all within `limit`.
///
/// # Errors
/// The last address's.
pub fn connect(addresses: &[SocketAddr], limit: Duration) -> io::Result<SocketAddr> {
    let deadline = Instant::now() + limit;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "no address");
    for (tried, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let waiting = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        // One silent address must not take the time of the others.
        let share = (left / waiting).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(address, share) {
            Ok(_) => return Ok(*address),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// What a proxy answers when it is asked to lead to the origin; nothing where that cannot be read.
pub(super) fn proxy_status(proxy: &str, origin: &Origin, limit: Duration) -> Option<u16> {
    let whole = match proxy.contains("://") {
        true => Url::parse(proxy),
        false => Url::parse(&format!("http://{proxy}")),
    };
    let proxy = whole.ok().filter(|proxy| proxy.scheme() == "http")?;
    let addresses = resolve(proxy.host_str()?, proxy.port_or_known_default()?, limit).ok()?;
    let mut stream = TcpStream::connect(connect(&addresses, limit).ok()?).ok()?;
    stream.set_read_timeout(Some(limit)).ok()?;
    let to = format!("{}:{}", origin.host(), origin.port());
    let login = match proxy.username() {
        "" => String::new(),
        user => {
            let login = format!("{}:{}", plain(user), plain(proxy.password().unwrap_or("")));
            format!(
                "Proxy-Authorization: Basic {}\r\n",
                BASE64_STANDARD.encode(login)
            )
        }
    };
    let request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n{login}\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    // `HTTP/1.1 403`
    let mut start = [0; 12];
    stream.read_exact(&mut start).ok()?;
    std::str::from_utf8(&start[9..]).ok()?.parse().ok()
}

/// A part of a URL, decoded; a plus is a plus there.
fn plain(part: &str) -> String {
    let form = format!("x={}", part.replace('+', "%2B").replace('&', "%26"));
    let mut pairs = url::form_urlencoded::parse(form.as_bytes());
    pairs
        .next()
        .map(|(_, text)| text.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use super::{connect, resolve};

    const LIMIT: Duration = Duration::from_secs(5);

    #[test]
    fn an_open_port_is_found_behind_a_closed_one() {
        let open = TcpListener::bind("127.0.0.1:0").expect("listen");
        let open = open.local_addr().map(|at| (at, open)).expect("address");
        let closed = {
            let gone = TcpListener::bind("127.0.0.1:0").expect("listen");
            gone.local_addr().expect("address")
        };
        assert_eq!(connect(&[closed, open.0], LIMIT).expect("open"), open.0);
        assert!(connect(&[closed], LIMIT).is_err());
        assert!(connect(&[], LIMIT).is_err());
    }

    #[test]
    fn addresses_are_their_own_names() {
        let six = resolve("[::1]", 9, LIMIT).expect("an address");
        assert!(six[0].is_ipv6() && six[0].port() == 9);
        assert!(resolve("name.invalid", 9, LIMIT).is_err());
    }
}
