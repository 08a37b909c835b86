//! The values that quirks take: words, numbers and times. What a word does is said in `behaviours`.

use std::time::Duration;

use crate::model::Application;

/// A value that a quirk takes.
pub(in crate::sandbox) trait Word: Sized {
    /// The words that are accepted.
    const WORDS: &'static [&'static str];

    /// The value of a word, if it is one.
    fn from_word(word: &str) -> Option<Self>;
}

/// Enums whose variants have words.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::sandbox) enum $name {
            $($variant,)*
        }

        impl Word for $name {
            const WORDS: &'static [&'static str] = &[$($word),*];

            fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    )*};
}

words! {
    /// The shape of a list reply (`api.md`, Lists).
    ListShape {
        Array = "array", Data = "data", DataPagination = "data-pagination", DataFlat = "data-flat",
        Object = "object", Single = "single",
    }
    /// How a route without a called number is told.
    DnisForm { Null = "null", Absent = "absent", Empty = "empty", }
    /// What a DELETE removes.
    DeleteReach { Exact = "exact", Wide = "wide", Caller = "caller", }
    /// The body of a PUT's 201.
    PutBody { Empty = "empty", Json = "json", Text = "text", }
    /// How numbers are spelt in replies and compared in requests.
    NumberForm { AsSent = "as-sent", Ten = "10", Eleven = "11", E164 = "e164", }
    /// The JSON type of numbers in replies.
    NumberType { Text = "string", Number = "number", }
    /// How a filter of a list matches.
    FilterMatch { Exact = "exact", Substring = "substring", Ignored = "ignored", }
    /// Whether numbers spelled in ten digits are ever found.
    TenDigits { Match = "match", Never = "never", }
    /// What a list filtered by an unknown domain is.
    UnknownDomain { Empty = "empty", NotFound = "404", }
    /// The form of the API's error bodies (`api.md`, Errors).
    ErrorForm {
        Reference = "reference", Message = "message", Sentence = "sentence", Msg = "msg",
        Fields = "fields", Object = "object", Empty = "empty", Html = "html",
    }
    /// The status of "not found".
    NotFound { NotFound = "404", BadRequest = "400", }
    /// The status of the token endpoint's failures.
    TokenErrors { Mixed = "mixed", BadRequest = "400", Unauthorized = "401", }
    /// What an access token looks like.
    TokenForm { Opaque = "opaque", Jwt = "jwt", }
    /// A behaviour that is either there or not.
    Switch { Off = "off", On = "on", }
    /// Whether a list takes `limit` and `start`.
    Paging { Off = "off", On = "on", Ignored = "ignored", }
    /// A list of routes without `domain`.
    WholeList { Given = "given", Refused = "refused", Empty = "empty", }
    /// Which destination a PUT stores.
    Stores { Sent = "sent", Upper = "upper", Full = "full", }
    /// What becomes of a PUT to a user who is not there.
    UnknownUser { Stored = "stored", Refused = "refused", }
    /// Whether a DELETE of a route that is there is answered 404.
    Delete404 { Off = "off", On = "on", Gone = "gone", }
    /// What the rate limit tells.
    RateHeaders {
        All = "all", RetryAfter = "retry-after", XRateLimit = "x-ratelimit", None = "none",
    }
}

impl TokenErrors {
    /// The status that replaces 400 and 401, if any.
    pub(in crate::sandbox) fn status(self) -> Option<u16> {
        match self {
            Self::Mixed => None,
            Self::BadRequest => Some(400),
            Self::Unauthorized => Some(401),
        }
    }
}

/// So many requests in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Rate {
    pub(in crate::sandbox) requests: u32,
    pub(in crate::sandbox) window: Duration,
}

impl Word for Rate {
    const WORDS: &'static [&'static str] = &["N[/TIME]"];

    fn from_word(word: &str) -> Option<Self> {
        let (requests, window) = word.split_once('/').unwrap_or((word, "1m"));
        let rate = Self {
            requests: requests.parse().ok()?,
            window: time(window)?,
        };
        (rate.requests > 0 && !rate.window.is_zero()).then_some(rate)
    }
}

/// `500ms`, `1s` or `2m`.
fn time(text: &str) -> Option<Duration> {
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let milliseconds = match &text[unit..] {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        _ => return None,
    };
    let count: u64 = text[..unit].parse().ok()?;
    count.checked_mul(milliseconds).map(Duration::from_millis)
}

impl Word for Duration {
    const WORDS: &'static [&'static str] = &["MS"];

    fn from_word(word: &str) -> Option<Self> {
        word.parse().ok().map(Self::from_millis)
    }
}

impl Word for usize {
    const WORDS: &'static [&'static str] = &["N"];

    fn from_word(word: &str) -> Option<Self> {
        word.parse().ok().filter(|count| *count > 0)
    }
}

impl Word for Application {
    const WORDS: &'static [&'static str] = &["user", "device", "literal"];

    fn from_word(word: &str) -> Option<Self> {
        word.parse().ok()
    }
}

impl<T: Word> Word for Option<T> {
    const WORDS: &'static [&'static str] = T::WORDS;

    fn from_word(word: &str) -> Option<Self> {
        T::from_word(word).map(Some)
    }
}
