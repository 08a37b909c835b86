//! The values that quirks take, each an enum with its words, and the few that are numbers.

use std::time::Duration;

use crate::model::Application;

/// A value that a quirk takes.
pub(in crate::sandbox) trait Word: Sized {
    /// The words that are accepted.
    const WORDS: &'static [&'static str];

    /// The value of a word, if it is one.
    fn from_word(word: &str) -> Option<Self>;
}

/// An enum whose variants have words, with a parser whose error lists them.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::sandbox) enum $name {
            $($(#[$variant_doc])* $variant,)*
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
    };
}

words! {
    /// The shape of a list reply (`api.md`, Lists).
    ListShape {
        /// `[…]`, as the reference says.
        Array = "array",
        /// `{"data":[…]}`.
        Data = "data",
        /// `{"pagination":{"count","per_page","page"},"data":[…]}`.
        DataPagination = "data-pagination",
        /// `{"current_page","per_page","total","data":[…]}`.
        DataFlat = "data-flat",
        /// An object keyed by domain name or row number; `[]` when empty.
        Object = "object",
        /// The row itself when there is exactly one, else an array.
        Single = "single",
    }
}

words! {
    /// How a route without a called number is told.
    DnisForm {
        /// `"dnis":null`.
        Null = "null",
        /// No `dnis` field.
        Absent = "absent",
        /// `"dnis":""`.
        Empty = "empty",
    }
}

words! {
    /// What a DELETE removes.
    DeleteReach {
        /// Only the route of that key.
        Exact = "exact",
        /// Every route of that caller and domain.
        Wide = "wide",
        /// The same, and a DELETE with `dnis`, too.
        Caller = "caller",
    }
}

words! {
    /// The body of a PUT's 201.
    PutBody {
        /// None.
        Empty = "empty",
        /// The route.
        Json = "json",
        /// Something that is not JSON.
        Text = "text",
    }
}

words! {
    /// How numbers are spelt in replies and compared in requests.
    NumberForm {
        /// As they were sent, compared byte for byte.
        AsSent = "as-sent",
        /// North American numbers with 10 digits.
        Ten = "10",
        /// North American numbers with 11 digits.
        Eleven = "11",
        /// With `+`.
        E164 = "e164",
    }
}

words! {
    /// The JSON type of numbers in replies.
    NumberType {
        /// Strings.
        Text = "string",
        /// JSON numbers, where every character is a digit.
        Number = "number",
    }
}

words! {
    /// How a filter of a list matches.
    FilterMatch {
        /// The whole value.
        Exact = "exact",
        /// Any part of the value.
        Substring = "substring",
        /// Numbers are not compared.
        Ignored = "ignored",
    }
}

words! {
    /// What a list filtered by an unknown domain is.
    UnknownDomain {
        /// An empty list.
        Empty = "empty",
        /// 404.
        NotFound = "404",
    }
}

words! {
    /// The form of the API's error bodies (`api.md`, Errors).
    ErrorForm {
        /// `{"error":"code","message":"…"}`.
        Reference = "reference",
        /// `{"message":"…"}`.
        Message = "message",
        /// `{"error":"A whole sentence."}`.
        Sentence = "sentence",
        /// `{"msg":"…"}`.
        Msg = "msg",
        /// `{"message":"…","errors":{"field":["…"]}}`, and 422 in place of 400.
        Fields = "fields",
        /// `{}`.
        Object = "object",
        /// No body.
        Empty = "empty",
        /// An HTML page.
        Html = "html",
    }
}

words! {
    /// The status of "not found".
    NotFound {
        /// 404.
        NotFound = "404",
        /// 400.
        BadRequest = "400",
    }
}

words! {
    /// The status of the token endpoint's failures.
    TokenErrors {
        /// 401 for a bad client, 400 for the rest.
        Mixed = "mixed",
        /// 400 for all.
        BadRequest = "400",
        /// 401 for all.
        Unauthorized = "401",
    }
}

words! {
    /// What an access token looks like.
    TokenForm {
        /// `sbx_at_…`.
        Opaque = "opaque",
        /// Three base64url parts with `exp` and `scopes` inside; not signed.
        Jwt = "jwt",
    }
}

words! {
    /// A behaviour that is either there or not.
    Switch {
        /// Not there.
        Off = "off",
        /// There.
        On = "on",
    }
}

words! {
    /// Whether a list takes `limit` and `start`.
    Paging {
        /// They are unknown parameters.
        Off = "off",
        /// They choose the rows.
        On = "on",
        /// They change nothing.
        Ignored = "ignored",
    }
}

words! {
    /// A list of routes without `domain`.
    WholeList {
        /// Every domain's.
        Given = "given",
        /// 400.
        Refused = "refused",
        /// An empty list.
        Empty = "empty",
    }
}

words! {
    /// Which destination a PUT stores.
    Stores {
        /// The one that was sent.
        Sent = "sent",
        /// In capitals.
        Upper = "upper",
        /// With `@` and the domain.
        Full = "full",
    }
}

words! {
    /// Whether a DELETE of a route that is there is answered 404.
    Delete404 {
        /// 204.
        Off = "off",
        /// 404, and the route stays.
        On = "on",
        /// 404, and the route is gone.
        Gone = "gone",
    }
}

words! {
    /// What the rate limit tells.
    RateHeaders {
        /// Both.
        All = "all",
        /// How long to wait, on a 429.
        RetryAfter = "retry-after",
        /// `X-RateLimit-…`.
        XRateLimit = "x-ratelimit",
        /// Nothing.
        None = "none",
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
