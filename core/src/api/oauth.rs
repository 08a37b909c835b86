//! The token endpoint: password and refresh grants, and what a token is good for.
//!
//! Bodies of this endpoint are never logged, and a failure's text is cleared of everything we sent:
//! a server that echoes our form must not put a secret on a screen.

use std::fmt;
use std::time::Duration;

use reqwest::Method;
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use serde_json::Value;

use super::answer::Answer;
use super::error::Error;
use super::http::{Call, Http, Payload};
use super::lists::unreadable;
use super::retry::{Retry, RetryPolicy};
use crate::secret::{Bearer, Secret};
use crate::signals::Stop;

/// Most bytes of a token answer.
const TOKEN_LIMIT: u64 = 1024 * 1024;
const PATH: &str = "/oauth/token";
/// For a refresh, whatever `--timeout` says.
const REFRESH_TIME: Duration = Duration::from_secs(120);
/// A longest believable life of a token: ten years. A server's nonsense must not overflow a clock.
const LONGEST_LIFE: u64 = 10 * 365 * 86_400;

/// What the password grant needs (`api.md`, part 1 "Token").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordGrant {
    /// The API client's id.
    pub client_id: String,
    /// The API client's secret.
    pub client_secret: Secret,
    /// The portal user's name.
    pub username: String,
    /// The portal user's password.
    pub password: Secret,
    /// Space-separated; required, or the token is good for nothing (`api.md`, Authentication).
    pub scope: String,
}

/// A new token.
#[derive(Clone, Debug)]
pub struct TokenReply {
    /// Checked: it may become a header.
    pub access_token: Bearer,
    /// A new one at every refresh; the old one is revoked.
    pub refresh_token: Option<Secret>,
    /// Seconds; none where the server said nothing believable.
    pub expires_in: Option<u64>,
    /// The scopes the server says it granted, where it says so.
    pub scope: Option<String>,
}

/// What the server says of a token: `GET /oauth/token` (`api.md`, Authentication, vendor).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenInfo {
    /// Whose token it is.
    pub username: Option<String>,
    /// What it is good for.
    pub scopes: Vec<String>,
    /// When it ends, unix seconds.
    pub expires: Option<i64>,
}

impl Http {
    /// `grant_type=password`. A refusal is final: a repeated wrong password locks people out.
    ///
    /// # Errors
    /// [`Error::Answer`] with [`Endpoint::Token`](super::Endpoint) for refusals, its text free of secrets.
    pub fn password_grant(&self, grant: &PasswordGrant, stop: &Stop) -> Result<TokenReply, Error> {
        let fields = vec![
            ("grant_type", Secret::new("password".to_owned())),
            ("client_id", Secret::new(grant.client_id.clone())),
            ("client_secret", grant.client_secret.clone()),
            ("username", Secret::new(grant.username.clone())),
            ("password", grant.password.clone()),
            ("scope", Secret::new(grant.scope.clone())),
        ];
        let answered_or_lost = |error: &Error| error.status().is_some() || !error.is_time_out();
        self.grant(fields, None, stop, answered_or_lost)
    }

    /// `grant_type=refresh_token`: no user name, password or scope (`api.md`, Authentication, vendor).
    ///
    /// It has its own time. When that is over the server may still be at work, and would take the same
    /// token again for a theft; where the connection broke it is presented once more.
    ///
    /// # Errors
    /// As [`Http::password_grant`].
    pub fn refresh_grant(
        &self,
        client_id: &str,
        client_secret: &Secret,
        refresh_token: &Secret,
        stop: &Stop,
    ) -> Result<TokenReply, Error> {
        let fields = vec![
            ("grant_type", Secret::new("refresh_token".to_owned())),
            ("client_id", Secret::new(client_id.to_owned())),
            ("client_secret", client_secret.clone()),
            ("refresh_token", refresh_token.clone()),
        ];
        let mut lost = 0;
        self.grant(fields, Some(REFRESH_TIME), stop, |error| {
            lost += u32::from(error.status().is_none());
            lost < 2 && !error.is_time_out()
        })
    }

    /// `GET /oauth/token`: what the server says of a token.
    ///
    /// # Errors
    /// 400 for a bad token; see [`Http::send`].
    pub fn token_info(&self, bearer: &Bearer) -> Result<TokenInfo, Error> {
        let call = Call::new(Method::GET, PATH, TOKEN_LIMIT);
        let response = self.send(&call, Some(bearer))?;
        let bytes = response.body.read_all()?;
        let description: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let Some(fields) = description.as_object() else {
            return Err(unreadable("it does not describe a token"));
        };
        let expires = fields.get("expires");
        Ok(TokenInfo {
            username: fields
                .get("username")
                .and_then(Value::as_str)
                .map(str::to_owned),
            scopes: scopes(&description).unwrap_or_default(),
            expires: expires.and_then(|value| match value {
                Value::Number(number) => number.as_i64(),
                Value::String(text) => text.parse().ok(),
                _ => None,
            }),
        })
    }

    fn grant(
        &self,
        fields: Vec<(&'static str, Secret)>,
        time: Option<Duration>,
        stop: &Stop,
        mut may_repeat: impl FnMut(&Error) -> bool,
    ) -> Result<TokenReply, Error> {
        let hidden: Vec<Secret> = fields
            .iter()
            .filter(|(name, _)| !matches!(*name, "grant_type" | "scope" | "client_id"))
            .map(|(_, value)| value.clone())
            .collect();
        let mut call = Call::new(Method::POST, PATH, TOKEN_LIMIT);
        call.payload = Payload::Form(fields);
        call.time = time;
        RetryPolicy::default().run(stop, |fresh| {
            self.grant_once(&call.clone().fresh_if(fresh))
                .map_err(|error| match may_repeat(&error) {
                    true => (clear(error, &hidden), Retry::Allowed),
                    false => (clear(error, &hidden), Retry::Pointless),
                })
        })
    }

    fn grant_once(&self, call: &Call) -> Result<TokenReply, Error> {
        let response = self.send(call, None)?;
        if let Some(page) = response.page() {
            return Err(page);
        }
        let failed = response.failed();
        let bytes = Zeroizing::new(response.body.read_all().map_err(&failed)?);
        parse_token(&bytes).map_err(|found| failed(unreadable(found)))
    }
}

/// The scopes that a description of a token names, as a list or as one string; none for anything else.
pub fn scopes(description: &Value) -> Option<Vec<String>> {
    let words = match description.get("scopes").or(description.get("scope"))? {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>(),
        _ => return None,
    };
    Some(words.into_iter().map(str::to_owned).collect())
}

/// The members of a token answer, each as loose as servers are.
#[derive(Deserialize)]
struct Wire {
    access_token: Option<Value>,
    refresh_token: Option<Value>,
    expires_in: Option<Value>,
    scope: Option<Value>,
    token_type: Option<Value>,
}

/// Reads a token answer; the reason for a refusal never quotes it.
pub(super) fn parse_token(bytes: &[u8]) -> Result<TokenReply, &'static str> {
    if bytes.is_empty() {
        return Err("it is empty");
    }
    let wire: Wire = serde_json::from_slice(bytes).map_err(|_| "it is not a token")?;
    match wire.token_type {
        None | Some(Value::Null) => {}
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("bearer") => {}
        Some(_) => return Err("its token is not a bearer token"),
    }
    let Some(Value::String(access)) = wire.access_token else {
        return Err("it holds no access token");
    };
    let access_token = Bearer::new(Secret::new(access))
        .map_err(|_| "its access token holds characters no header can hold")?;
    let refresh_token = match wire.refresh_token {
        None | Some(Value::Null) => None,
        Some(Value::String(token)) if token.is_empty() => None,
        Some(Value::String(token)) => Some(Secret::new(token)),
        Some(_) => return Err("its refresh token is not a string"),
    };
    Ok(TokenReply {
        access_token,
        refresh_token,
        expires_in: wire.expires_in.as_ref().and_then(lifetime),
        scope: match wire.scope {
            Some(Value::String(scope)) => Some(scope),
            _ => None,
        },
    })
}

/// Seconds as a number, a fraction or a string; nothing for zero, negative or nonsense: then the
/// token is used until the server refuses it.
fn lifetime(value: &Value) -> Option<u64> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse::<f64>().ok()?,
        _ => return None,
    };
    if !seconds.is_finite() || seconds < 1.0 {
        return None;
    }
    // Saturates, and is at most LONGEST_LIFE.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be at least 1 and finite; `as` saturates"
    )]
    let seconds = seconds as u64;
    Some(seconds.min(LONGEST_LIFE))
}

/// Takes everything we sent out of a failure's text, plain and form-encoded.
fn clear(error: Error, secrets: &[Secret]) -> Error {
    let Error::Answer(mut answer) = error else {
        return error;
    };
    let Answer {
        code,
        message,
        hint,
        ..
    } = answer.as_mut();
    for text in [code, message, hint].into_iter().flatten() {
        for secret in secrets.iter().filter(|secret| secret.expose().len() > 2) {
            let plain = secret.expose();
            let encoded: String = url::form_urlencoded::byte_serialize(plain.as_bytes()).collect();
            for form in [plain, encoded.as_str()] {
                if text.contains(form) {
                    *text = text.replace(form, "[hidden]");
                }
            }
        }
    }
    Error::Answer(answer)
}

impl fmt::Display for TokenInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.scopes.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_LIFE, parse_token};

    fn life(json: &str) -> Option<u64> {
        parse_token(format!(r#"{{"access_token":"t","expires_in":{json}}}"#).as_bytes())
            .expect(json)
            .expires_in
    }

    #[test]
    fn lifetimes_of_every_kind() {
        assert_eq!(life("21600"), Some(21600));
        assert_eq!(life("\"21600\""), Some(21600));
        assert_eq!(life("3599.9"), Some(3599));
        assert_eq!(life("1"), Some(1));
        for odd in [
            "null", "0", "-5", "\"soon\"", "[]", "{}", "true", "\"NaN\"", "\"inf\"",
        ] {
            assert_eq!(life(odd), None, "{odd}");
        }
        assert_eq!(life("999999999999999999999999"), Some(LONGEST_LIFE));
        assert_eq!(life("1e400"), None);
    }

    #[test]
    fn tokens_that_are_none_are_refused_without_quoting_them() {
        for bad in [
            "",
            "[]",
            "null",
            "<html>",
            "{}",
            "{\"access_token\":5}",
            "{\"access_token\":\"\"}",
            "{\"access_token\":\"a\\r\\nX: canary\"}",
            "{\"access_token\":\"a\\u0000canary\"}",
            "{\"access_token\":\"a\\u001bcanary\"}",
            "{\"access_token\":\"canaré\"}",
            "{\"access_token\":\"t\",\"refresh_token\":5}",
            "{\"access_token\":\"t\",\"token_type\":\"mac\"}",
            "{\"access_token\":\"t\"",
            "{\"access_token\":\"t\",\"access_token\":\"u\"}",
        ] {
            let reason = parse_token(bad.as_bytes()).expect_err(bad);
            assert!(!reason.contains("canar"));
        }
    }

    #[test]
    fn a_refresh_token_may_be_missing() {
        for json in [
            r#"{"access_token":"t"}"#,
            r#"{"access_token":"t","refresh_token":null}"#,
            r#"{"access_token":"t","refresh_token":""}"#,
        ] {
            assert!(
                parse_token(json.as_bytes())
                    .expect(json)
                    .refresh_token
                    .is_none()
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,80}") {
            let _ = parse_token(text.as_bytes());
        }

        #[test]
        fn what_is_taken_may_become_a_header_and_ends(
            access in "[ -~\\x00-\\x1fé]{0,6}",
            refresh in proptest::option::of("[a-z]{0,3}"),
            life in "-?[0-9]{1,24}(\\.[0-9]{1,3})?(e[0-9]{1,3})?",
            quoted: bool,
        ) {
            let mut body = serde_json::json!({"access_token": access, "refresh_token": refresh});
            body["expires_in"] = if quoted {
                life.into()
            } else {
                serde_json::from_str(&life).unwrap_or_default()
            };
            let good = !access.is_empty() && access.bytes().all(|b| b.is_ascii_graphic());
            let reply = parse_token(body.to_string().as_bytes());
            proptest::prop_assert_eq!(reply.is_ok(), good);
            if let Ok(reply) = reply {
                proptest::prop_assert!(reply.refresh_token.is_none_or(|token| !token.is_empty()));
                let life = reply.expires_in;
                proptest::prop_assert!(life.is_none_or(|life| (1..=LONGEST_LIFE).contains(&life)));
            }
        }
    }
}
