//! The stable codes: name, exit code, words. Public interface (`design.md` §3); listed from
//! [`Code::ALL`] by `help exit-codes` and its man page.

/// What a code means.
pub struct CodeFacts {
    /// The string in `error.code`.
    pub name: &'static str,
    /// The exit code; a signal's is 128 plus its number.
    pub exit: u8,
    /// In words, for the help.
    pub text: &'static str,
    /// Whether the same command may well succeed later.
    pub retryable: bool,
}

macro_rules! codes {
    ($($code:ident $name:literal $exit:literal $retryable:literal $text:literal)*) => {
        /// A stable `error.code`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $text] $code,)*
        }

        impl Code {
            /// All codes, by exit code.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// Name, exit code, words.
            pub const fn facts(self) -> CodeFacts {
                let (name, exit, text, retryable) = match self {
                    $(Self::$code => ($name, $exit, $text, $retryable),)*
                };
                CodeFacts { name, exit, text, retryable }
            }
        }
    };
}

// Code, its name, the exit code, whether to try again later, and words.
codes! {
    Internal           "internal"              1 false "a fault of this program"
    UnreadableAnswer   "unreadable_answer"     1 false "the server's answer cannot be read"
    IncompleteList     "incomplete_list"       1 false "the list says there is more than could be read"
    OutputFailed       "output_failed"         1 false "results could not be written"
    Usage              "usage"                 2 false "the command line cannot be read"
    InvalidSetting     "invalid_setting"       2 false "a flag, variable or profile key has a bad value"
    InvalidInput       "invalid_input"         2 false "an argument or file has bad content"
    Rejected           "rejected"              2 false "the server refused the parameters (400, 422)"
    NoAccount          "no_account"            2 false "no account is named anywhere"
    NotFound           "not_found"             3 false "the route, account or entry is not there"
    UnknownDomain      "unknown_domain"        3 false "the account has no such domain"
    UnknownProfile     "unknown_profile"       3 false "there is no such profile"
    NothingToUndo      "nothing_to_undo"       3 false "no run changed anything that could be put back"
    NotLoggedIn        "not_logged_in"         4 false "no credentials"
    SessionDead        "session_dead"          4 false "credentials refused, or session over"
    StoreUnavailable   "store_unavailable"     4 false "the credential store is gone, locked or frozen"
    StoreUnsafe        "store_unsafe"          4 false "the credential store's files are not safe to use"
    WrongOrigin        "wrong_origin"          4 false "the stored credentials belong to another API"
    ConfirmationNeeded "confirmation_needed"   5 false "needs `--yes`"
    Ambiguous          "ambiguous"             5 false "more than one thing fits"
    Refused            "refused"               5 false "a rule that protects live calls"
    Brake              "brake"                 5 false "a brake holds the plan"
    StalePlan          "stale_plan"            5 false "the plan no longer fits the server, or is another than expected"
    Conflict           "conflict"              5 false "what stands there is not what was expected"
    Busy               "busy"                  5 true  "another run is at work"
    JournalUnavailable "journal_unavailable"   5 false "the journal cannot be written or relied on, so nothing was sent"
    Forbidden          "forbidden"             6 false "a scope or right is missing"
    Network            "network"               7 true  "no connection, or it broke"
    Tls                "tls"                   7 false "the server cannot be trusted"
    Timeout            "timeout"               7 true  "the time was up"
    RateLimited        "rate_limited"          7 true  "too many requests"
    ServerError        "server_error"          7 true  "the server failed (5xx)"
    Redirect           "redirect"              7 false "a redirect, never followed"
    Truncated          "truncated"             7 true  "the answer broke off or was too large"
    RefreshLocked      "refresh_locked"        7 true  "another process is refreshing the token"
    Partial            "partial"               8 false "some changes were made, others not"
    Unverified         "unverified"            8 false "changed, but the server does not show it"
    OutcomeUnknown     "outcome_unknown"       8 false "a write whose outcome nobody can tell"
    Pending            "pending"               9 false "the plan is not empty"
    ExpectationFailed  "expectation_failed"    9 false "calls do not go where they should"
    Findings           "findings"              9 false "`routes check --strict` found something"
    Interrupted        "interrupted"         130 false "interrupted (129 hang-up, 130 Ctrl-C, 143 terminated)"
}
