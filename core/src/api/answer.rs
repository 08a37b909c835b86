//! An answer with an error status: what its body said, and what it means for a token.

use std::time::Duration;

use serde_json::Value;

/// Which part of the API an answer came from: the token endpoint's failures mean something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/oauth/token`: any 400 or 401 is an authentication failure (`api.md`, Authentication).
    Token,
    /// Everything else.
    Api,
}

/// An error status with what its body said (`api.md`, Errors).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server answered {status}{}", .message.as_ref().map_or_else(|| reason_phrase(*.status), |message| format!(": {message}")))]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Where it came from.
    pub endpoint: Endpoint,
    /// `error` where it is a code rather than a sentence.
    pub code: Option<String>,
    /// The text to show: `message`, `error_description`, `error`, `msg`, first of `errors`.
    pub message: Option<String>,
    /// The body's own `hint`.
    pub hint: Option<String>,
    /// The call's request id.
    pub request_id: Option<String>,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
}

impl Answer {
    /// Whether something before the token endpoint said no: a 403 or 404 without an OAuth error.
    pub fn is_of_a_gateway(&self) -> bool {
        let oauth = |code: &str| {
            ["invalid_", "unsupported_", "unauthorized_", "access_denied"]
                .iter()
                .any(|known| code.starts_with(known))
        };
        self.endpoint == Endpoint::Token
            && matches!(self.status, 403 | 404)
            && !self.code.as_deref().is_some_and(oauth)
    }

    /// Whether the refresh token itself was refused, not whoever presented it (`api.md`,
    /// Authentication: `invalid_grant`, or `invalid_request` with a word about the token).
    pub fn refuses_refresh_token(&self) -> bool {
        let about = [&self.message, &self.hint].into_iter().flatten();
        self.refuses_grant()
            && match self.code.as_deref() {
                Some("invalid_grant") => true,
                Some("invalid_request") => about.into_iter().any(|text| {
                    let text = text.to_ascii_lowercase();
                    text.contains("token")
                }),
                _ => false,
            }
    }

    /// Whether the token endpoint refused what it was given: any 4xx, whichever, save those that only
    /// ask for patience (`api.md`, Authentication).
    pub fn refuses_grant(&self) -> bool {
        self.endpoint == Endpoint::Token
            && (400..500).contains(&self.status)
            && !matches!(self.status, 408 | 429)
            && !self.is_of_a_gateway()
    }

    /// Reads an error body of any of the forms of `api.md`, Errors; HTML and other text is dropped.
    pub fn from_body(status: u16, endpoint: Endpoint, body: &[u8]) -> Self {
        let mut answer = Self {
            status,
            endpoint,
            code: None,
            message: None,
            hint: None,
            request_id: None,
            retry_after: None,
        };
        let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else {
            return answer;
        };
        let text = |name: &str| match fields.get(name) {
            Some(Value::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            _ => None,
        };
        let error = text("error");
        answer.code = error.clone().filter(|error| is_code(error));
        answer.message = text("message")
            .or_else(|| text("error_description"))
            .or(error)
            .or_else(|| text("msg"))
            .or_else(|| fields.get("errors").and_then(first_text));
        if let Some(detail) = fields.get("errors").and_then(first_text) {
            // 422: the first field's complaint says more than "the given data was invalid".
            if answer.message.as_deref() != Some(&detail) {
                answer.hint = Some(detail);
            }
        }
        if let Some(hint) = text("hint") {
            answer.hint = Some(hint);
        }
        answer
    }
}

/// Whether an `error` is a code like `invalid_grant` rather than a sentence.
fn is_code(error: &str) -> bool {
    error
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// The first text anywhere in a 422's `errors`.
fn first_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Array(items) => items.iter().find_map(first_text),
        Value::Object(fields) => fields.values().find_map(first_text),
        _ => None,
    }
}

/// ` (Service Unavailable)`, or nothing for a status without a name.
pub(super) fn reason_phrase(status: u16) -> String {
    reqwest::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .map(|reason| format!(" ({reason})"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Answer, Endpoint};

    fn read(body: &str) -> Answer {
        Answer::from_body(400, Endpoint::Api, body.as_bytes())
    }

    #[test]
    fn the_text_to_show_is_chosen_in_order() {
        let both = read(r#"{"error":"error_code","message":"Human readable message"}"#);
        assert_eq!(both.code.as_deref(), Some("error_code"));
        assert_eq!(both.message.as_deref(), Some("Human readable message"));
        for (body, text) in [
            (r#"{"error":"A whole sentence."}"#, "A whole sentence."),
            (r#"{"message":"Unauthenticated."}"#, "Unauthenticated."),
            (r#"{"msg":"short"}"#, "short"),
            (
                r#"{"error":"invalid_grant","error_description":"Wrong."}"#,
                "Wrong.",
            ),
            (r#"{"error":"invalid_grant"}"#, "invalid_grant"),
            (
                r#"{"errors":{"ani":["The ani is odd."]}}"#,
                "The ani is odd.",
            ),
        ] {
            assert_eq!(read(body).message.as_deref(), Some(text), "{body}");
        }
        assert_eq!(read(r#"{"error":"A whole sentence."}"#).code, None);
    }

    #[test]
    fn a_422_names_its_first_field() {
        let answer = read(
            r#"{"message":"The given data was invalid.","errors":{"domain":["The domain is unknown."]}}"#,
        );
        assert_eq!(
            answer.message.as_deref(),
            Some("The given data was invalid.")
        );
        assert_eq!(answer.hint.as_deref(), Some("The domain is unknown."));
    }

    #[test]
    fn html_and_nothing_are_never_shown() {
        for body in [
            "<html><b>502 Bad Gateway</b></html>",
            "",
            "{}",
            "[]",
            "null",
            "oops",
            r#"{"message":""}"#,
            r#"{"error":{"a":1}}"#,
        ] {
            let answer = read(body);
            assert_eq!(answer.message, None, "{body}");
            assert_eq!(answer.to_string(), "the server answered 400 (Bad Request)");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_body_gives_a_blank_text(
            members in proptest::collection::vec(
                (
                    proptest::sample::select(vec![
                        "error", "message", "msg", "errors", "hint", "error_description",
                    ]),
                    "\\PC{0,12}|\"[ a-z_\\\\nt\u{a0}]{0,6}\"|\\[(\"[ a]{0,2}\",){0,2}[0-9{\"]{0,3}\\]|\\{\"a\":\\[\"[ b]{0,2}\"\\]\\}",
                ),
                0..5,
            ),
        ) {
            let members: Vec<_> = members.iter().map(|(k, v)| format!("\"{k}\":{v}")).collect();
            let answer = read(&format!("{{{}}}", members.join(",")));
            for text in [&answer.code, &answer.message, &answer.hint].into_iter().flatten() {
                proptest::prop_assert!(!text.trim().is_empty());
            }
            proptest::prop_assert!(!answer.to_string().is_empty());
        }
    }
}
