//! The proxy of the environment: where it is, and which hosts are reached without it.

use std::net::IpAddr;

use super::setting::{Setting, SettingsError};
use crate::model::Origin;
use crate::secret::Secret;

/// A proxy, and the hosts that are reached without it.
#[derive(Clone, Debug)]
pub struct ProxySetting {
    /// Its URL, which may hold a password.
    pub url: Setting<Secret>,
    /// `NO_PROXY`, as written.
    pub except: Option<String>,
}

impl ProxySetting {
    /// Host and port of the proxy; none of its user name and password.
    ///
    /// # Errors
    /// What is no URL, or of a kind that is not spoken; it names the variable.
    pub fn address(&self) -> Result<(String, u16), SettingsError> {
        let text = self.url.value.expose();
        let (kind, whole) = match text.split_once("://") {
            Some((kind, _)) => (kind, text.to_owned()),
            None => ("http", format!("http://{text}")),
        };
        let invalid = |what: &str| SettingsError::Invalid {
            from: self.url.source.clone(),
            what: format!("{what}: `http://[USER:PASSWORD@]HOST:PORT` is accepted, `https://` too"),
        };
        if !["http", "https"]
            .iter()
            .any(|spoken| kind.eq_ignore_ascii_case(spoken))
        {
            return Err(invalid("a proxy of this kind is not spoken"));
        }
        let url = url::Url::parse(&whole).ok();
        url.and_then(|url| Some((url.host_str()?.to_owned(), url.port_or_known_default()?)))
            .ok_or_else(|| invalid("not a proxy"))
    }

    /// Whether the way to the API leads through it: not on loopback, and not where `NO_PROXY` says no.
    pub fn leads_to(&self, origin: &Origin) -> bool {
        let mut entries = self.except.as_deref().unwrap_or_default().split(',');
        !origin.is_loopback() && !entries.any(|entry| names(entry.trim(), origin))
    }
}

/// Whether an entry of `NO_PROXY` is this host, a domain or network above it, or `*`; some add a port.
fn names(entry: &str, origin: &Origin) -> bool {
    let host = origin.host().trim_matches(['[', ']']).to_ascii_lowercase();
    let (name, port) = match entry.rsplit_once(':') {
        // An address of version 6 has colons of its own.
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, Some(port)),
        _ => (entry, None),
    };
    if port.is_some_and(|port| port.parse() != Ok(origin.port())) {
        return false;
    }
    let name = name.trim_matches(['[', ']']).to_ascii_lowercase();
    if let Ok(host) = host.parse() {
        return name == "*" || is_within(host, &name);
    }
    let bare = name.trim_start_matches('*').trim_start_matches('.');
    name == "*"
        || host == bare
        || (!bare.is_empty()
            && host
                .strip_suffix(bare)
                .is_some_and(|left| left.ends_with('.')))
}

/// Whether an address is this one, or in this network (`10.0.0.0/8`).
fn is_within(host: IpAddr, network: &str) -> bool {
    let (address, bits) = network.split_once('/').unwrap_or((network, "128"));
    let Ok(bits) = bits.parse::<u32>() else {
        return false;
    };
    match (host, address.parse()) {
        (IpAddr::V4(host), Ok(IpAddr::V4(address))) => {
            let differs = host.to_bits() ^ address.to_bits();
            differs
                .checked_shr(32_u32.saturating_sub(bits))
                .unwrap_or(0)
                == 0
        }
        (IpAddr::V6(host), Ok(IpAddr::V6(address))) => {
            let differs = host.to_bits() ^ address.to_bits();
            differs
                .checked_shr(128_u32.saturating_sub(bits))
                .unwrap_or(0)
                == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::ProxySetting;
    use crate::config::{Setting, Source};
    use crate::model::Origin;
    use crate::secret::Secret;

    fn proxy(url: &str, except: &str) -> ProxySetting {
        ProxySetting {
            url: Setting {
                value: Secret::new(url.to_owned()),
                source: Source::Variable("ALL_PROXY"),
            },
            except: Some(except.to_owned()),
        }
    }

    #[test]
    fn only_what_is_spoken_has_an_address_and_its_password_is_never_told() {
        for (url, port) in [
            ("http://u:hunter2@proxy.example:3128", 3128),
            ("proxy.example", 80),
            ("HTTPS://proxy.example", 443),
        ] {
            let address = proxy(url, "").address().expect(url);
            assert_eq!(address, ("proxy.example".to_owned(), port));
        }
        for url in [
            "socks5h://u:hunter2@proxy.example:1080",
            "quic://x",
            "http://u:hunter2@:::",
        ] {
            let error = proxy(url, "").address().expect_err(url).to_string();
            assert!(error.starts_with("ALL_PROXY: "), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(!format!("{:?}", proxy("http://u:hunter2@x", "")).contains("hunter2"));
    }

    #[test]
    fn hosts_are_left_out_by_name_domain_network_and_port() {
        let out = |except: &str, origin: &str| {
            let origin = Origin::parse(origin).expect(origin);
            !proxy("http://p", except).leads_to(&origin)
        };
        let api = "https://API.example.test";
        for except in [
            "*", "api.example.test", "example.test", ".Example.test", "*.example.test",
            "a.test, *.test", "api.example.test:443", "*.example.test:443",
        ] {
            assert!(out(except, api), "{except}");
        }
        for except in [
            "", ",", "ple.test", "example.test.org", "api.example.test:8443",
            "*.api.example.test.org", "10.0.0.0/0",
        ] {
            assert!(!out(except, api), "{except}");
        }
        assert!(out("10.0.0.0/8", "https://10.9.8.7:8443"));
        assert!(out("10.9.8.7:8443", "https://10.9.8.7:8443"));
        assert!(!out("10.0.0.0/8", "https://11.9.8.7"));
        assert!(!out("9.8.7", "https://10.9.8.7"));
        assert!(out("2001:db8::/32", "https://[2001:db8::7]"));
        assert!(out("[2001:db8::7]:443", "https://[2001:db8::7]"));
        assert!(!out("[2001:db8::7]:1", "https://[2001:db8::7]"));
        assert!(out("", "http://127.0.0.1:8080"), "loopback");
    }
}
