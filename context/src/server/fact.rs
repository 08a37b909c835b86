//! What can be known of a server: one table, one row a fact.

/// How a new value meets the one that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Merge {
    /// Another value contradicts it.
    Same,
    /// A larger one replaces it; a smaller one says nothing.
    Largest,
    /// It is a set of words, which grows.
    Union,
}

macro_rules! facts {
    ($($fact:ident $name:literal $merge:ident $text:literal;)*) => {
        /// Something the reference leaves open (`api.md`; `design.md` §8).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fact {
            $(#[doc = $text] $fact,)*
        }

        impl Fact {
            /// All of them, in the order in which they are shown.
            pub const ALL: &[Self] = &[$(Self::$fact),*];

            /// Its stable, public name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$fact => $name,)* }
            }

            /// What it says, and in which words.
            pub fn text(self) -> &'static str {
                match self { $(Self::$fact => $text,)* }
            }

            pub(super) fn merge(self) -> Merge {
                match self { $(Self::$fact => Merge::$merge,)* }
            }

            pub(super) fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|fact| fact.name() == name)
            }
        }
    };
}

facts! {
    ListCut "list-cut" Same "at how many rows a list is cut without a word; `none`: it is whole";
    Paging "paging" Same "`limit` and `start` of a list: `understood`, `ignored` or `refused`";
    WholeList "whole-list" Same "a list of routes without `domain`: `given`, `refused` or `empty`";
    ListShape "list-shape" Union "the shapes of lists: `array`, `data`, `map`, `single`";
    DnisForm "dnis-form" Union "how a route without dnis is told: `null`, `absent`, `empty`";
    Spellings "spellings" Union "how numbers are spelled: `11`, `10`, `+`, `other`";
    AniFilter "ani-filter" Same "what `ani=` finds: the number (`exact`), `parts` of numbers, or it is `ignored`";
    AniSpelling "ani-spelling" Same "in which spelling: `any`, or only the row's `own`";
    DomainCase "domain-case" Same "capitals in `domain=`: `ignored`, or they `count`";
    TenDigit "ten-digit" Same "whether rows spelled in ten digits `match` what is asked for, or `never`";
    Lag "lag" Largest "how long reads trailed behind a write at most, in milliseconds";
    Delete "delete" Same "a DELETE without dnis takes that route alone (`exact`) or the caller's others, too (`wide`); `caller`: one with dnis does, too";
    DeleteGone "delete-gone" Same "the status of a DELETE of what is gone";
    Key "key" Same "what makes two rows one: `spelling` or `number`";
    DefaultApplication "default-application" Same "the application of a PUT that names none";
    Rewriting "rewriting" Same "how destinations are stored: as `sent`, or `changed`";
    UnknownDestination "unknown-destination" Same "a PUT to a user who is not there: `accepted` or `refused`";
    PutStatus "put-status" Same "the status of a PUT that makes a route, then of one that changes it";
    Rate "rate" Same "how many requests are allowed in how many seconds";
}
