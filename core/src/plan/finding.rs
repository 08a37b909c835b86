//! What can be odd about routes: one table of codes, the warning a plan carries and the finding that
//! `routes check` tells.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{DomainKey, Route, Row};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It cannot work as meant.
    Error,
    /// It is likely not meant.
    Warning,
    /// Nothing is wrong; it is good to know.
    Note,
}

impl Severity {
    /// The word in `"severity"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

macro_rules! codes {
    ($($code:ident $name:literal $severity:ident $text:literal;)*) => {
        /// What a warning or finding is about; the words are stable and public (`"code"`).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code {
            $(#[doc = $text] #[serde(rename = $name)] $code,)*
        }

        impl Code {
            /// The word in `"code"`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)* }
            }

            /// How much it weighs in `routes check`.
            pub fn severity(self) -> Severity {
                match self { $(Self::$code => Severity::$severity,)* }
            }

        }
    };
}

codes! {
    ApplicationMismatch "application-mismatch" Warning "The application and the form of the destination do not fit each other.";
    DoubledPrefix "doubled-prefix" Note "`user:` stands in front although the application says it already.";
    EmergencyNumber "emergency-number" Warning "Calls would go to an emergency number.";
    ShadowedRoute "shadowed-route" Note "One caller has a route for any called number and others for single ones.";
    NeverReached "never-reached" Warning "A route whose calls are all taken by more specific ones.";
    RouteToSelf "route-to-self" Error "Calls would go back to the caller or to the called number.";
    RouteLoop "route-loop" Error "Calls would come back to the routes, and to the same one.";
    CaseOnly "case-only" Warning "A destination differs from a known one only in upper and lower case.";
    EdgeSpace "edge-space" Warning "A destination begins or ends with a space.";
    FirstRoute "first-route" Warning "The domain has no route yet: callers without one depend on its dial translation.";
    RepeatedRow "repeated-row" Warning "A row stands twice in the file.";
    OneKeyTwice "one-key-twice" Error "Two server rows have one key.";
    OutsideScope "outside-scope" Warning "Rows of the file lie outside `--domain`.";
    DomainKept "domain-kept" Warning "A domain that prune leaves alone.";
    ServerKept "server-kept" Warning "The server's newer value is kept, since the row was not edited.";
    ForGood "for-good" Warning "A temporary route becomes one for good.";
    ListIncomplete "list-incomplete" Warning "The server has more routes than it sent.";
    ListDoubtful "list-doubtful" Warning "The list of a domain may have been cut.";
    OpaqueNumber "opaque-number" Warning "A number that cannot be read as one is compared byte for byte.";
    ForeignColumn "foreign-column" Warning "Columns of the file that mean nothing here.";
    HostileCharacters "hostile-characters" Warning "A destination holds control or invisible characters.";
    SpreadsheetDamage "spreadsheet-damage" Warning "A destination shows what a spreadsheet does to values.";
    DeadSpelling "dead-spelling" Warning "A row is spelled in ten digits, which this server never matches.";
    LiteralToExtension "literal-to-extension" Warning "A dial string becomes an extension.";
    OldDomain "old-domain" Warning "A destination names the domain its route is copied from.";
    OtherName "other-name" Note "Who is moved has another name that routes lead to.";
    IdleMapping "idle-mapping" Warning "A destination is mapped that no route goes to.";
    LeftAlone "left-alone" Warning "A route that is not copied, because something else stands there.";
    ConflictSkipped "conflict-skipped" Warning "A row in conflict is left out (`--on-conflict skip`).";
    ConflictOverwritten "conflict-overwritten" Warning "A row in conflict is written (`--on-conflict mine`).";
    RowEdited "row-edited" Warning "A row of a sheet was edited, so `pull` leaves it.";
    RouteGone "route-gone" Warning "The route of a row is gone; `pull` leaves the row.";
    NotHeld "not-held" Warning "A route that the columns of a sheet cannot say.";
    UnknownDestination "unknown-destination" Error "A `user` destination that is neither user nor login of the domain.";
    ForeignDnis "foreign-dnis" Error "A called number that the domain does not own.";
    UnroutedDnis "unrouted-dnis" Warning "A called number of the domain that does not lead to the routes.";
    TenDigits "ten-digits" Warning "A number in ten digits beside others in eleven.";
    NoKey "no-key" Warning "A row without caller or domain, which takes no call.";
    SetUp "set-up" Warning "Something that VIP routing needs is not set up in the domain.";
    NotLookedAt "not-looked-at" Note "Something could not be looked at.";
}

/// One warning.
///
/// JSON form: `{"code":"case-only","message":"…","source":"routes.csv:12"|null}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What it is about.
    pub code: Code,
    /// What a person reads.
    pub message: String,
    /// The row it is about, where it is about one.
    pub source: Option<String>,
    /// The destination that was most likely meant.
    #[serde(skip)]
    pub near: Option<String>,
    /// The user that a domain is known not to have.
    #[serde(skip)]
    pub nobody: Option<(DomainKey, String)>,
}

impl Warning {
    /// Whether it counts by itself, so that it is never folded away; its kind; its text.
    pub(super) fn shown(&self) -> (bool, Code, String) {
        let whole = [Code::ConflictSkipped, Code::ConflictOverwritten];
        (whole.contains(&self.code), self.code, self.to_string())
    }

    /// A warning about no row of a file.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            source: None,
            near: None,
            nobody: None,
        }
    }

    pub(super) fn at(code: Code, source: String, message: impl Into<String>) -> Self {
        Self {
            source: Some(source),
            ..Self::new(code, message)
        }
    }
}

/// `routes.csv:12: …`.
impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A command is no place in a file.
        if let Some(source) = self.source.as_ref().filter(|source| source.contains(':')) {
            write!(f, "{source}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// One finding of `routes check`.
///
/// JSON form: `{"severity","code","key","text"}`, each a string or null (`design.md` §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub code: Code,
    /// The route's key, or the domain; none for the whole account.
    pub key: Option<String>,
    /// What a person reads.
    pub text: String,
    /// The route, where it is about one that stands on the server.
    pub route: Option<Route>,
    /// What would mend it.
    pub mend: Option<Mend>,
}

/// The command that mends a finding, or that shows what would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mend {
    /// Another value for the route.
    Set {
        /// The destination it gets.
        destination: String,
        /// The application, where it is to be another.
        application: Option<&'static str>,
    },
    /// The row goes, in exactly its spelling, because another is meant to stay.
    Delete,
    /// The row goes in its spelling and comes back in eleven digits.
    Respell,
    /// Which route takes the call.
    Explain,
    /// Words of a command that takes the domain.
    Look(&'static str),
}

impl Row for Finding {
    const COLUMNS: &'static [&'static str] = &["severity", "code", "key", "text"];

    fn cell(&self, column: usize) -> Option<&str> {
        match column {
            0 => Some(self.code.severity().as_str()),
            1 => Some(self.code.name()),
            2 => self.key.as_deref(),
            3 => Some(&self.text),
            _ => None,
        }
    }
}
