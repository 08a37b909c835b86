//! Types whose values are words, and types that are a checked text: what all of them have in common.

/// A text that is none of the words of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not {noun}; accepted are {}", .text.escape_debug(), .words.join(", "))]
pub struct WordError {
    text: String,
    noun: &'static str,
    words: &'static [&'static str],
}

impl WordError {
    /// `text` is none of these words for a `noun`.
    pub fn new(text: &str, noun: &'static str, words: &'static [&'static str]) -> Self {
        let text = text.to_owned();
        Self { text, noun, words }
    }
}

/// A type with its words, one row each, and what it is called where a text is none of them.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* $name:ident $noun:literal { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// All of them, in the order in which they are told.
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$variant),*];

            /// Its word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::model::WordError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let error = || Self::Err::new(text, $noun, &[$($word),*]);
                Self::ALL.into_iter().find(|one| one.as_str() == text).ok_or_else(error)
            }
        }
    };
}

/// `Display` of types that hold their text and nothing else.
#[macro_export]
macro_rules! displayed {
    ($($name:ident)*) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}
