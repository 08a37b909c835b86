//! One request and one response as plain values: what the emulator is told and what it says.
//!
//! Nothing here knows sockets, so that every answer can be tested as a function of its request.
//! Query strings and forms are decoded strictly: a client that encodes wrongly shall hear of it.

use serde_json::Value;

/// What of a request matters to an answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    /// Upper case, as sent.
    pub(super) method: String,
    /// As sent, still percent-encoded, without the query.
    pub(super) path: String,
    /// As sent, without `?`.
    pub(super) query: Option<String>,
    /// The `Authorization` header.
    pub(super) authorization: Option<String>,
    /// The `Content-Type` header.
    pub(super) content_type: Option<String>,
    /// The `Accept` header.
    pub(super) accept: Option<String>,
    /// Whether the length of the body was announced, be it 0.
    pub(super) has_length: bool,
    /// The body, whole.
    pub(super) body: Vec<u8>,
}

/// A whole answer, before any fault distorts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Response {
    /// The HTTP status.
    pub(super) status: u16,
    /// Lower-case names.
    pub(super) headers: Vec<(String, String)>,
    /// Empty for none.
    pub(super) body: Vec<u8>,
    /// Whether the state was changed and must be kept.
    pub(super) changed: bool,
}

/// Name and value pairs of a query or form, in order.
pub(super) type Pairs = Vec<(String, String)>;

impl Response {
    /// An answer without a body.
    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            changed: false,
        }
    }

    /// A JSON answer.
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", body.to_string())
    }

    /// An answer of any type.
    pub(super) fn text(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), content_type.to_owned())],
            body: body.into(),
            changed: false,
        }
    }

    /// The same with one header more.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same, and the state must be kept.
    pub(super) fn after_change(mut self) -> Self {
        self.changed = true;
        self
    }
}

#[cfg(test)]
impl Response {
    /// The body as JSON, for tests.
    pub(super) fn value(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }
}

/// Decodes `a=b&c=d`: `+` is a space, `%xx` a byte, the whole UTF-8.
///
/// # Errors
/// A sentence about the first thing that is wrong; malformed escapes are refused rather than
/// guessed at.
pub(super) fn pairs(text: &str) -> Result<Pairs, String> {
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

fn decode(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (high, low) = (hex(rest.next()), hex(rest.next()));
                let (Some(high), Some(low)) = (high, low) else {
                    return Err("a percent sign is not followed by two hex digits".to_owned());
                };
                bytes.push(high << 4 | low);
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| "a value is not UTF-8".to_owned())
}

fn hex(byte: Option<u8>) -> Option<u8> {
    let digit = char::from(byte?).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn every_byte_arrives_as_it_was_meant() {
        let decoded = pairs("a=%26%3D%25%2B+%C3%A9&b=&c").expect("well formed");
        assert_eq!(
            decoded,
            [("a", "&=%+ é"), ("b", ""), ("c", "")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn bad_escapes_are_refused_not_guessed() {
        for bad in ["a=%", "a=%4", "a=%zz", "%g0=1", "a=%ff"] {
            assert!(pairs(bad).is_err(), "{bad}");
        }
    }
}
