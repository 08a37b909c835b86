//! The unknowns of `api.md`, each playable: how the real server might differ from the reference.
//!
//! The default of every quirk is the strict reading of part 1. All of them combine. The words of
//! `--quirk NAME=VALUE` are parsed here; what each means is listed in `behaviours`.

mod words;

use std::str::FromStr;
use std::time::Duration;

use crate::model::{Application, nearest};

pub use words::{
    DeleteReach, DnisForm, ErrorForm, FilterMatch, ListShape, NotFound, NumberForm, NumberType,
    PutBody, Switch, TokenErrors, TokenForm, UnknownDomain,
};

/// All the quirks in force; the default is the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quirks {
    /// Shape of the list of routes.
    pub routes: ListShape,
    /// Shape of the list of domains.
    pub domains: ListShape,
    /// How a route without a called number is told.
    pub dnis: DnisForm,
    /// Reach of a DELETE without `dnis`.
    pub delete: DeleteReach,
    /// What a PUT without `application` stores.
    pub application: Application,
    /// Body of a PUT's 201.
    pub put: PutBody,
    /// Spelling of numbers.
    pub numbers: NumberForm,
    /// JSON type of numbers.
    pub number_type: NumberType,
    /// For how long reads show the state before a write.
    pub read_lag: Duration,
    /// Whether the list of domains lacks the newest one until `force_refresh`.
    pub stale_domains: Switch,
    /// Whether paging envelopes say more rows than were sent.
    pub paging_lie: Switch,
    /// Requests a minute and bearer, then 429.
    pub rate_limit: Option<u32>,
    /// How filters match.
    pub filter: FilterMatch,
    /// A list filtered by an unknown domain.
    pub unknown_domain: UnknownDomain,
    /// Form of error bodies.
    pub errors: ErrorForm,
    /// Status of "not found".
    pub not_found: NotFound,
    /// Whether a request without `Accept: application/json` is redirected instead of refused.
    pub accept_required: Switch,
    /// Whether PUT needs a `Content-Length`.
    pub length_required: Switch,
    /// Status of the token endpoint's failures.
    pub token_errors: TokenErrors,
    /// What an access token looks like.
    pub token: TokenForm,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            routes: ListShape::default(),
            domains: ListShape::default(),
            dnis: DnisForm::default(),
            delete: DeleteReach::default(),
            application: Application::User,
            put: PutBody::default(),
            numbers: NumberForm::default(),
            number_type: NumberType::default(),
            read_lag: Duration::ZERO,
            stale_domains: Switch::default(),
            paging_lie: Switch::default(),
            rate_limit: None,
            filter: FilterMatch::default(),
            unknown_domain: UnknownDomain::default(),
            errors: ErrorForm::default(),
            not_found: NotFound::default(),
            accept_required: Switch::default(),
            length_required: Switch::default(),
            token_errors: TokenErrors::default(),
            token: TokenForm::default(),
        }
    }
}

impl Quirks {
    /// Puts one quirk in force; a later one of the same name replaces it.
    pub fn set(&mut self, quirk: &Quirk) {
        match *quirk {
            Quirk::List(shape) => (self.routes, self.domains) = (shape, shape),
            Quirk::Routes(shape) => self.routes = shape,
            Quirk::Domains(shape) => self.domains = shape,
            Quirk::Dnis(form) => self.dnis = form,
            Quirk::Delete(reach) => self.delete = reach,
            Quirk::Application(application) => self.application = application,
            Quirk::Put(body) => self.put = body,
            Quirk::Numbers(form) => self.numbers = form,
            Quirk::NumberType(kind) => self.number_type = kind,
            Quirk::ReadLag(lag) => self.read_lag = lag,
            Quirk::StaleDomains(switch) => self.stale_domains = switch,
            Quirk::PagingLie(switch) => self.paging_lie = switch,
            Quirk::RateLimit(limit) => self.rate_limit = Some(limit),
            Quirk::Filter(filter) => self.filter = filter,
            Quirk::UnknownDomain(answer) => self.unknown_domain = answer,
            Quirk::Errors(form) => self.errors = form,
            Quirk::NotFound(status) => self.not_found = status,
            Quirk::AcceptRequired(switch) => self.accept_required = switch,
            Quirk::LengthRequired(switch) => self.length_required = switch,
            Quirk::TokenErrors(status) => self.token_errors = status,
            Quirk::Token(form) => self.token = form,
        }
    }
}

impl FromIterator<Quirk> for Quirks {
    fn from_iter<T: IntoIterator<Item = Quirk>>(quirks: T) -> Self {
        let mut all = Self::default();
        for quirk in quirks {
            all.set(&quirk);
        }
        all
    }
}

/// One quirk, as `--quirk NAME=VALUE` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// `list=`: both lists at once.
    List(ListShape),
    /// `routes=`.
    Routes(ListShape),
    /// `domains=`.
    Domains(ListShape),
    /// `dnis=`.
    Dnis(DnisForm),
    /// `delete=`.
    Delete(DeleteReach),
    /// `application=`.
    Application(Application),
    /// `put=`.
    Put(PutBody),
    /// `numbers=`.
    Numbers(NumberForm),
    /// `number-type=`.
    NumberType(NumberType),
    /// `read-lag=` in milliseconds.
    ReadLag(Duration),
    /// `stale-domains=`.
    StaleDomains(Switch),
    /// `paging-lie=`.
    PagingLie(Switch),
    /// `rate-limit=` in requests a minute.
    RateLimit(u32),
    /// `filter=`.
    Filter(FilterMatch),
    /// `unknown-domain=`.
    UnknownDomain(UnknownDomain),
    /// `errors=`.
    Errors(ErrorForm),
    /// `not-found=`.
    NotFound(NotFound),
    /// `accept-required=`.
    AcceptRequired(Switch),
    /// `length-required=`.
    LengthRequired(Switch),
    /// `token-errors=`.
    TokenErrors(TokenErrors),
    /// `token=`.
    Token(TokenForm),
}

/// Every name with the values it takes, in the order they are documented.
pub(super) const NAMES: &[(&str, &[&str])] = &[
    ("list", ListShape::WORDS),
    ("routes", ListShape::WORDS),
    ("domains", ListShape::WORDS),
    ("dnis", DnisForm::WORDS),
    ("delete", DeleteReach::WORDS),
    ("application", &["user", "device", "literal"]),
    ("put", PutBody::WORDS),
    ("numbers", NumberForm::WORDS),
    ("number-type", NumberType::WORDS),
    ("read-lag", &["MS"]),
    ("stale-domains", Switch::WORDS),
    ("paging-lie", Switch::WORDS),
    ("rate-limit", &["N"]),
    ("filter", FilterMatch::WORDS),
    ("unknown-domain", UnknownDomain::WORDS),
    ("errors", ErrorForm::WORDS),
    ("not-found", NotFound::WORDS),
    ("accept-required", Switch::WORDS),
    ("length-required", Switch::WORDS),
    ("token-errors", TokenErrors::WORDS),
    ("token", TokenForm::WORDS),
];

/// Why a text is not a quirk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a quirk: {accepted}")]
pub struct QuirkError {
    text: String,
    accepted: String,
}

impl FromStr for Quirk {
    type Err = QuirkError;

    /// `NAME=VALUE`; a switch may be named alone.
    fn from_str(text: &str) -> Result<Self, QuirkError> {
        let (name, value) = text.split_once('=').unwrap_or((text, "on"));
        parse(name, value).ok_or_else(|| QuirkError {
            text: text.to_owned(),
            accepted: accepted(name),
        })
    }
}

fn parse(name: &str, value: &str) -> Option<Quirk> {
    Some(match name {
        "list" => Quirk::List(ListShape::from_word(value)?),
        "routes" => Quirk::Routes(ListShape::from_word(value)?),
        "domains" => Quirk::Domains(ListShape::from_word(value)?),
        "dnis" => Quirk::Dnis(DnisForm::from_word(value)?),
        "delete" => Quirk::Delete(DeleteReach::from_word(value)?),
        "application" => Quirk::Application(value.parse().ok()?),
        "put" => Quirk::Put(PutBody::from_word(value)?),
        "numbers" => Quirk::Numbers(NumberForm::from_word(value)?),
        "number-type" => Quirk::NumberType(NumberType::from_word(value)?),
        "read-lag" => Quirk::ReadLag(Duration::from_millis(value.parse().ok()?)),
        "stale-domains" => Quirk::StaleDomains(Switch::from_word(value)?),
        "paging-lie" => Quirk::PagingLie(Switch::from_word(value)?),
        "rate-limit" => Quirk::RateLimit(value.parse().ok().filter(|limit| *limit > 0)?),
        "filter" => Quirk::Filter(FilterMatch::from_word(value)?),
        "unknown-domain" => Quirk::UnknownDomain(UnknownDomain::from_word(value)?),
        "errors" => Quirk::Errors(ErrorForm::from_word(value)?),
        "not-found" => Quirk::NotFound(NotFound::from_word(value)?),
        "accept-required" => Quirk::AcceptRequired(Switch::from_word(value)?),
        "length-required" => Quirk::LengthRequired(Switch::from_word(value)?),
        "token-errors" => Quirk::TokenErrors(TokenErrors::from_word(value)?),
        "token" => Quirk::Token(TokenForm::from_word(value)?),
        _ => return None,
    })
}

/// What would have been accepted in place of a refused quirk.
fn accepted(name: &str) -> String {
    if let Some((name, values)) = NAMES.iter().find(|(known, _)| *known == name) {
        return format!("`{name}` takes {}", values.join(", "));
    }
    let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
    match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? Accepted are {}", names.join(", ")),
        None => format!("accepted are {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{ListShape, NAMES, Quirk, Quirks};

    #[test]
    fn every_documented_word_parses() {
        for (name, values) in NAMES {
            for value in *values {
                let value = match *value {
                    "MS" | "N" => "250",
                    word => word,
                };
                let text = format!("{name}={value}");
                assert!(text.parse::<Quirk>().is_ok(), "{text}");
            }
        }
        assert!("stale-domains".parse::<Quirk>().is_ok());
    }

    #[test]
    fn refusals_say_what_is_accepted() {
        let error = |text: &str| text.parse::<Quirk>().expect_err(text).to_string();
        assert!(error("delete=all").contains("`delete` takes exact, wide"));
        assert!(error("delet=wide").contains("did you mean `delete`"));
        assert!(error("zzz").contains("accepted are list, routes"));
        assert!(error("rate-limit=0").contains("`rate-limit` takes N"));
    }

    #[test]
    fn a_later_quirk_replaces_an_earlier_one() {
        let words = ["list=object", "routes=data"].map(|word| word.parse().expect(word));
        let quirks: Quirks = words.into_iter().collect();
        assert_eq!(quirks.domains, ListShape::Object);
        assert_eq!(quirks.routes, ListShape::Data);
    }
}
