//! Where the API lives: scheme, host and port, and nothing more.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The origin of an API URL, compared after parsing: `https://api.skyswitch.com`.
///
/// `https`, or `http` on a loopback address only. A stored credential belongs to its origin
/// (`design.md` §5), so two spellings of one origin must be equal here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

/// Why a text is not an origin we would talk to. Not repeated: people paste URLs with credentials in them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not an API URL: {reason}; `https://HOST[:PORT]` is accepted, or `http://` on a loopback address"
)]
pub struct OriginError {
    reason: &'static str,
}

impl Default for Origin {
    /// The vendor's production API (`api.md`, part 1).
    fn default() -> Self {
        Self {
            scheme: "https".to_owned(),
            host: "api.skyswitch.com".to_owned(),
            port: 443,
        }
    }
}

impl Origin {
    /// Reads an origin; a path other than `/`, a query, a fragment or user info is refused.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let refuse = |reason| Err(OriginError { reason });
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return refuse("it holds white space or control characters");
        }
        let Ok(url) = url::Url::parse(text) else {
            return refuse(match text.is_ascii() {
                true => "it cannot be read",
                false => "a host with letters beyond ASCII is written in its `xn--` form",
            });
        };
        if !url.username().is_empty() || url.password().is_some() || text.contains('@') {
            return refuse("it holds a user name or password");
        }
        if url.path().starts_with("/oauth2") {
            return refuse("`/oauth2` belongs to the UC and Fax API, which is another one");
        }
        if url.path().starts_with("/ns-api") {
            return refuse("`/ns-api` belongs to the PBX (NetSapiens) API, which is another one");
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return refuse("it holds more than scheme, host and port");
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return refuse("it names no host");
        };
        let origin = Self {
            scheme: url.scheme().to_owned(),
            host: host.to_string(),
            port,
        };
        match url.scheme() {
            "https" => Ok(origin),
            "http" if origin.is_loopback() => Ok(origin),
            "http" => refuse("plain `http` is for loopback addresses only"),
            _ => refuse("its scheme is not `https`"),
        }
    }

    /// The origin of a URL the server named, for saying where a redirect leads. No rules applied.
    pub fn describe(url: &str) -> Option<String> {
        let url = url::Url::parse(url).ok()?;
        let host = url.host()?;
        Some(match url.port() {
            Some(port) => format!("{}://{host}:{port}", url.scheme()),
            None => format!("{}://{host}", url.scheme()),
        })
    }

    /// The host name or address, IPv6 in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the traffic is encrypted.
    pub fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    /// Whether the host is `localhost` or a loopback address: no proxy, `http` allowed.
    pub fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        bare == "localhost"
            || bare
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        let default = if self.is_https() { 443 } else { 80 };
        if self.port == default {
            Ok(())
        } else {
            write!(f, ":{}", self.port)
        }
    }
}

impl TryFrom<String> for Origin {
    type Error = OriginError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn spellings_of_one_origin_are_equal() {
        let plain = Origin::default();
        for text in [
            "https://api.skyswitch.com",
            "https://api.skyswitch.com/",
            "HTTPS://API.SkySwitch.com:443",
        ] {
            assert_eq!(Origin::parse(text).expect("an origin"), plain);
        }
        assert_eq!(plain.to_string(), "https://api.skyswitch.com");
    }

    #[test]
    fn refuses_more_than_an_origin_and_never_repeats_it() {
        for bad in [
            "http://api.skyswitch.com",
            "http://127.0.0.1.example",
            "http://10.0.0.1",
            "https://user:hunter2@api.skyswitch.com",
            "https://api.skyswitch.com/v1",
            "https://api.skyswitch.com?x=1",
            "https://api.skyswitch.com/#x",
            "ftp://api.skyswitch.com",
            "api.skyswitch.com",
            "https://api.sky\nswitch.com",
            "",
        ] {
            let error = Origin::parse(bad).expect_err(bad);
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn the_look_alikes_are_named() {
        let fax = Origin::parse("https://api.skyswitch.com/oauth2/token").expect_err("fax");
        assert!(fax.to_string().contains("UC and Fax"), "{fax}");
        let pbx = Origin::parse("https://pbx.skyswitch.com/ns-api/").expect_err("pbx");
        assert!(pbx.to_string().contains("NetSapiens"), "{pbx}");
    }

    #[test]
    fn a_host_beyond_ascii_is_wanted_in_its_other_form() {
        let refused = Origin::parse("https://bücher.example").expect_err("no tables");
        assert!(refused.to_string().contains("`xn--` form"), "{refused}");
        Origin::parse("https://xn--bcher-kva.example").expect("the same");
    }

    #[test]
    fn http_is_for_loopback() {
        for text in [
            "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:9",
        ] {
            let origin = Origin::parse(text).expect(text);
            assert!(origin.is_loopback());
            assert_eq!(Origin::parse(&origin.to_string()).expect("again"), origin);
        }
    }
}
