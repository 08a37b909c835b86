//! The stable codes: name, exit code, words. Public interface (`design.md` §3); listed from
//! [`Code::ALL`] by `help exit-codes` and its man page.

/// A stable `error.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// A fault of this program.
    Internal,
    /// A success of the server that nobody can read.
    UnreadableAnswer,
    /// A list that says there is more than could be read.
    IncompleteList,
    /// Results could not be written.
    OutputFailed,
    /// The command line.
    Usage,
    /// A setting: flag, variable or profile key.
    InvalidSetting,
    /// An argument or a file.
    InvalidInput,
    /// The server refused the request's parameters (400, 422).
    Rejected,
    /// No account is named anywhere.
    NoAccount,
    /// The thing named is not there.
    NotFound,
    /// A domain the account does not have.
    UnknownDomain,
    /// A profile nobody defined.
    UnknownProfile,
    /// No run is left to take back, or it changed nothing.
    NothingToUndo,
    /// Nobody is logged in.
    NotLoggedIn,
    /// The credentials were refused, or the session cannot be renewed.
    SessionDead,
    /// The store is gone, locked or frozen.
    StoreUnavailable,
    /// The store's files are not safe to use.
    StoreUnsafe,
    /// The stored credentials belong to another API.
    WrongOrigin,
    /// `--yes` is missing.
    ConfirmationNeeded,
    /// More than one thing fits.
    Ambiguous,
    /// A rule that protects live calls.
    Refused,
    /// A brake holds the plan.
    Brake,
    /// The plan is not the one that was asked for, or no longer fits the server.
    StalePlan,
    /// What stands there is not what was expected.
    Conflict,
    /// Another apply, undo or login is at work.
    Busy,
    /// The journal cannot be written or relied on, so nothing was sent.
    JournalUnavailable,
    /// The token lacks a scope, or the user may not.
    Forbidden,
    /// No connection, or it broke.
    Network,
    /// The server's certificate or TLS.
    Tls,
    /// The time was up.
    Timeout,
    /// Too many requests.
    RateLimited,
    /// 5xx.
    ServerError,
    /// A redirect, never followed.
    Redirect,
    /// The answer broke off or never ended.
    Truncated,
    /// Another process held the refresh lock too long.
    RefreshLocked,
    /// Some changes were made, others not.
    Partial,
    /// Changed, but the server does not show it.
    Unverified,
    /// A write whose outcome nobody can tell.
    OutcomeUnknown,
    /// The plan is not empty (`plan --exit-code`).
    Pending,
    /// Calls do not go where they should (`routes test`).
    ExpectationFailed,
    /// A signal.
    Interrupted,
}

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

impl Code {
    /// All codes, by exit code.
    pub const ALL: [Self; 41] = [
        Self::Internal,
        Self::UnreadableAnswer,
        Self::IncompleteList,
        Self::OutputFailed,
        Self::Usage,
        Self::InvalidSetting,
        Self::InvalidInput,
        Self::Rejected,
        Self::NoAccount,
        Self::NotFound,
        Self::UnknownDomain,
        Self::UnknownProfile,
        Self::NothingToUndo,
        Self::NotLoggedIn,
        Self::SessionDead,
        Self::StoreUnavailable,
        Self::StoreUnsafe,
        Self::WrongOrigin,
        Self::ConfirmationNeeded,
        Self::Ambiguous,
        Self::Refused,
        Self::Brake,
        Self::StalePlan,
        Self::Conflict,
        Self::Busy,
        Self::JournalUnavailable,
        Self::Forbidden,
        Self::Network,
        Self::Tls,
        Self::Timeout,
        Self::RateLimited,
        Self::ServerError,
        Self::Redirect,
        Self::Truncated,
        Self::RefreshLocked,
        Self::Partial,
        Self::Unverified,
        Self::OutcomeUnknown,
        Self::Pending,
        Self::ExpectationFailed,
        Self::Interrupted,
    ];

    /// Name, exit code, words.
    pub const fn facts(self) -> CodeFacts {
        let (name, exit, text, retryable) = match self {
            Self::Internal => ("internal", 1, "a fault of this program", false),
            Self::UnreadableAnswer => (
                "unreadable_answer",
                1,
                "the server's answer cannot be read",
                false,
            ),
            Self::IncompleteList => (
                "incomplete_list",
                1,
                "the list says there is more than could be read",
                false,
            ),
            Self::OutputFailed => ("output_failed", 1, "results could not be written", false),
            Self::Usage => ("usage", 2, "the command line cannot be read", false),
            Self::InvalidSetting => (
                "invalid_setting",
                2,
                "a flag, variable or profile key has a bad value",
                false,
            ),
            Self::InvalidInput => (
                "invalid_input",
                2,
                "an argument or file has bad content",
                false,
            ),
            Self::Rejected => (
                "rejected",
                2,
                "the server refused the parameters (400, 422)",
                false,
            ),
            Self::NoAccount => ("no_account", 2, "no account is named anywhere", false),
            Self::NotFound => (
                "not_found",
                3,
                "the route, account or entry is not there",
                false,
            ),
            Self::UnknownDomain => ("unknown_domain", 3, "the account has no such domain", false),
            Self::UnknownProfile => ("unknown_profile", 3, "there is no such profile", false),
            Self::NothingToUndo => (
                "nothing_to_undo",
                3,
                "no run changed anything that could be put back",
                false,
            ),
            Self::NotLoggedIn => ("not_logged_in", 4, "no credentials", false),
            Self::SessionDead => (
                "session_dead",
                4,
                "credentials refused, or session over",
                false,
            ),
            Self::StoreUnavailable => (
                "store_unavailable",
                4,
                "the credential store is gone, locked or frozen",
                false,
            ),
            Self::StoreUnsafe => (
                "store_unsafe",
                4,
                "the credential store's files are not safe to use",
                false,
            ),
            Self::WrongOrigin => (
                "wrong_origin",
                4,
                "the stored credentials belong to another API",
                false,
            ),
            Self::ConfirmationNeeded => ("confirmation_needed", 5, "needs `--yes`", false),
            Self::Ambiguous => ("ambiguous", 5, "more than one thing fits", false),
            Self::Refused => ("refused", 5, "a rule that protects live calls", false),
            Self::Brake => ("brake", 5, "a brake holds the plan", false),
            Self::StalePlan => (
                "stale_plan",
                5,
                "the plan no longer fits the server, or is another than expected",
                false,
            ),
            Self::Conflict => (
                "conflict",
                5,
                "what stands there is not what was expected",
                false,
            ),
            Self::Busy => ("busy", 5, "another run is at work", true),
            Self::JournalUnavailable => (
                "journal_unavailable",
                5,
                "the journal cannot be written or relied on, so nothing was sent",
                false,
            ),
            Self::Forbidden => ("forbidden", 6, "a scope or right is missing", false),
            Self::Network => ("network", 7, "no connection, or it broke", true),
            Self::Tls => ("tls", 7, "the server cannot be trusted", false),
            Self::Timeout => ("timeout", 7, "the time was up", true),
            Self::RateLimited => ("rate_limited", 7, "too many requests", true),
            Self::ServerError => ("server_error", 7, "the server failed (5xx)", true),
            Self::Redirect => ("redirect", 7, "a redirect, never followed", false),
            Self::Truncated => (
                "truncated",
                7,
                "the answer broke off or was too large",
                true,
            ),
            Self::RefreshLocked => (
                "refresh_locked",
                7,
                "another process is refreshing the token",
                true,
            ),
            Self::Partial => ("partial", 8, "some changes were made, others not", false),
            Self::Unverified => (
                "unverified",
                8,
                "changed, but the server does not show it",
                false,
            ),
            Self::OutcomeUnknown => (
                "outcome_unknown",
                8,
                "a write whose outcome nobody can tell",
                false,
            ),
            Self::Pending => ("pending", 9, "the plan is not empty", false),
            Self::ExpectationFailed => (
                "expectation_failed",
                9,
                "calls do not go where they should",
                false,
            ),
            Self::Interrupted => (
                "interrupted",
                130,
                "interrupted (129 hang-up, 130 Ctrl-C, 143 terminated)",
                false,
            ),
        };
        CodeFacts {
            name,
            exit,
            text,
            retryable,
        }
    }
}
