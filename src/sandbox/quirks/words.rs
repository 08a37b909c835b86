//! The values that quirks take, each an enum with its words; the first of each is the reference.

/// An enum whose variants have words, with a parser whose error lists them.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// The words that are accepted.
            pub(super) const WORDS: &'static [&'static str] = &[$($word),*];

            pub(super) fn from_word(word: &str) -> Option<Self> {
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
        #[default]
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
        #[default]
        Null = "null",
        /// No `dnis` field.
        Absent = "absent",
        /// `"dnis":""`.
        Empty = "empty",
    }
}

words! {
    /// What a DELETE without `dnis` removes.
    DeleteReach {
        /// Only the route without a called number.
        #[default]
        Exact = "exact",
        /// Every route of that caller and domain.
        Wide = "wide",
    }
}

words! {
    /// The body of a PUT's 201.
    PutBody {
        /// None.
        #[default]
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
        #[default]
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
        #[default]
        Text = "string",
        /// JSON numbers, where every character is a digit.
        Number = "number",
    }
}

words! {
    /// How a filter of a list matches.
    FilterMatch {
        /// The whole value.
        #[default]
        Exact = "exact",
        /// Any part of the value.
        Substring = "substring",
    }
}

words! {
    /// What a list filtered by an unknown domain is.
    UnknownDomain {
        /// An empty list.
        #[default]
        Empty = "empty",
        /// 404.
        NotFound = "404",
    }
}

words! {
    /// The form of the API's error bodies (`api.md`, Errors).
    ErrorForm {
        /// `{"error":"code","message":"…"}`.
        #[default]
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
        #[default]
        NotFound = "404",
        /// 400.
        BadRequest = "400",
    }
}

words! {
    /// The status of the token endpoint's failures.
    TokenErrors {
        /// 401 for a bad client, 400 for the rest.
        #[default]
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
        #[default]
        Opaque = "opaque",
        /// Three base64url parts with `exp` and `scopes` inside; not signed.
        Jwt = "jwt",
    }
}

words! {
    /// A behaviour that is either there or not.
    Switch {
        /// Not there.
        #[default]
        Off = "off",
        /// There.
        On = "on",
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
