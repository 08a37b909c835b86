//! One rule of "VIP routing": for this caller, at this called number, go there.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::number::shown;
use super::record::record;
use super::text::optional_text;
use super::{DomainKey, NumberKey, words};

record! {
    /// A route as the server tells it, byte for byte; every field a string or nothing.
    ///
    /// JSON form: `{"ani","dnis","domain","application","destination"}` in this order, absent fields as
    /// `null` (`design.md` §2). On the way in each field may be a string, a number, `null` or absent and
    /// unknown fields are skipped (`api.md`, Lists); an empty `dnis` means none.
    Route {
        /// The caller's number.
        ani: "optional_text" => shown,
        /// The number that was called; none matches any.
        dnis: "dnis_text" => shown,
        /// The PBX domain.
        domain: "optional_text",
        /// `user`, `device` or `literal`; the server may leave it out.
        application: "optional_text",
        /// Where the call goes; passed through byte for byte.
        destination: "optional_text",
    }
}

/// What names a route: domain, caller and called number (`api.md`, Routes).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RouteKey {
    /// Lower-case domain.
    pub domain: DomainKey,
    /// Canonical caller.
    pub ani: NumberKey,
    /// Canonical called number; none matches any.
    pub dnis: Option<NumberKey>,
}

words! {
    /// The kinds of destination the reference knows.
    Application "an application" {
        /// A PBX user.
        User = "user",
        /// A registered device.
        Device = "device",
        /// A dial string taken as it is.
        Literal = "literal",
    }
}

impl Route {
    /// The key, or none where the server left out the caller or the domain: such a row is shown but
    /// never touched.
    pub fn key(&self) -> Option<RouteKey> {
        Some(RouteKey {
            domain: DomainKey::of(self.domain.as_deref()?),
            ani: NumberKey::of(self.ani.as_deref()?),
            dnis: called_key(self.dnis.as_deref()),
        })
    }

    /// Whether this sends calls to the same place in the same way: same application (none equals
    /// `user`) and the same destination byte for byte.
    pub fn same_value(&self, other: &Self) -> bool {
        self.application_or_user() == other.application_or_user()
            && self.destination == other.destination
    }

    /// The application, `user` where the server says none (`design.md` §6 "Keys").
    pub fn application_or_user(&self) -> &str {
        match self.application.as_deref() {
            None | Some("") => Application::User.as_str(),
            Some(application) => application,
        }
    }

    /// Where its calls go, for people: `john`, or `sip:x (literal)`.
    pub fn value(&self) -> String {
        let destination = self.destination.as_deref().unwrap_or("?");
        match self.application_or_user() {
            "user" => destination.to_owned(),
            other => format!("{destination} ({other})"),
        }
    }
}

/// `16165551234 → john @ acme.15611.service`, with ` via DNIS` where one is set.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |field: &Option<String>| field.clone().unwrap_or_else(|| "?".to_owned());
        f.write_str(&shown(&text(&self.ani)))?;
        if let Some(dnis) = &self.dnis {
            write!(f, " to {}", shown(dnis))?;
        }
        write!(f, " → {}", text(&self.destination))?;
        if self.application_or_user() != "user" {
            write!(f, " ({})", self.application_or_user())?;
        }
        write!(f, " @ {}", text(&self.domain))
    }
}

impl RouteKey {
    /// The same caller in the same domain, whatever number was called.
    pub fn same_caller(&self, other: &Self) -> bool {
        self.domain == other.domain && self.ani == other.ani
    }
}

/// `16165551234 to 16165559999 @ acme.15611.service`.
impl fmt::Display for RouteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ani)?;
        if let Some(dnis) = &self.dnis {
            write!(f, " to {dnis}")?;
        }
        write!(f, " @ {}", self.domain)
    }
}

/// The key of a called number; absent, empty and `*` mean any (`api.md`, Routes).
fn called_key(dnis: Option<&str>) -> Option<NumberKey> {
    match dnis {
        None | Some("" | "*") => None,
        Some(dnis) => Some(NumberKey::of(dnis)),
    }
}

fn dnis_text<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Ok(optional_text(deserializer)?.filter(|dnis| !dnis.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::Route;

    fn route(json: &str) -> Route {
        serde_json::from_str(json).expect(json)
    }

    #[test]
    fn one_route_in_the_servers_spellings_has_one_key() {
        let plain =
            route(r#"{"ani":"16165551234","domain":"acme.15611.service","destination":"john"}"#);
        for json in [
            r#"{"ani":16165551234,"domain":"acme.15611.service","dnis":null}"#,
            r#"{"ani":"6165551234","domain":"ACME.15611.service","dnis":""}"#,
            r#"{"ani":"+16165551234","domain":"acme.15611.service","dnis":"*","extra":{"a":[1]}}"#,
        ] {
            assert_eq!(route(json).key(), plain.key(), "{json}");
        }
    }

    #[test]
    fn a_row_without_caller_or_domain_has_no_key() {
        assert_eq!(route(r#"{"domain":"a"}"#).key(), None);
        assert_eq!(route(r#"{"ani":"1"}"#).key(), None);
    }

    #[test]
    fn keys_keep_their_order_and_empty_dnis_is_null() {
        let json = serde_json::to_string(&route(r#"{"destination":"d","dnis":"","ani":1}"#))
            .expect("json");
        assert_eq!(
            json,
            r#"{"ani":"1","dnis":null,"domain":null,"application":null,"destination":"d"}"#
        );
    }

    #[test]
    fn a_null_application_equals_user() {
        let a = route(r#"{"application":null,"destination":"john"}"#);
        let b = route(r#"{"application":"user","destination":"john"}"#);
        let c = route(r#"{"application":"device","destination":"john"}"#);
        assert!(a.same_value(&b));
        assert!(!a.same_value(&c));
    }
}
