//! The unknowns of `api.md`, each playable: how the real server might differ from the reference.
//!
//! The default of every quirk is the strict reading of part 1. All of them combine. A quirk is one
//! row of the table below: field, values, default, and its line in `sandbox serve --help`.

mod words;

use std::str::FromStr;
use std::time::Duration;

use crate::model::{Application, nearest};

use super::behaviours::{Behaviour, Kind, Standing};
pub(super) use words::{
    Delete404, DeleteReach, DnisForm, ErrorForm, FilterMatch, ListShape, NotFound, NumberForm,
    NumberType, Paging, PutBody, Rate, RateHeaders, Stores, Switch, TenDigits, TokenErrors,
    TokenForm, UnknownDomain, UnknownUser, WholeList, Word,
};

macro_rules! quirks {
    ($($field:ident: $kind:ty = $default:expr, $name:literal $standing:ident $text:literal;)*) => {
        /// All the quirks in force; the default is the reference.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Quirks {
            $(#[doc = $text] pub(super) $field: $kind,)*
        }

        impl Default for Quirks {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        /// Every quirk, in the order in which they are shown.
        pub(super) const ROWS: &[Row] = &[$(Row {
            behaviour: Behaviour {
                kind: Kind::Quirk,
                name: $name,
                standing: Standing::$standing,
                text: $text,
            },
            words: <$kind as Word>::WORDS,
            set: |quirks, word| {
                quirks.$field = Word::from_word(word)?;
                Some(())
            },
        },)*];
    };
}

quirks! {
    list: ListShape = ListShape::Array, "list=SHAPE" Documented "both lists as array, data, data-pagination, data-flat, object or single; an empty object is []";
    routes: Option<ListShape> = None, "routes=SHAPE" Assumed "the list of routes alone; as an object it is keyed by row number";
    domains: Option<ListShape> = None, "domains=SHAPE" Observed "the list of domains alone; as an object it is keyed by name, as every working client sees it";
    list_cap: Option<usize> = None, "list-cap=N" Assumed "the list of routes is cut at N rows without a word";
    paging: Paging = Paging::Off, "paging=off|on|ignored" Assumed "the list of routes understands limit and start (from 0), or takes them and sends what it always sends; off: they are unknown parameters";
    whole_list: WholeList = WholeList::Given, "whole-list=given|refused|empty" Assumed "a list of routes without domain: every domain's, 400, or an empty list";
    filter: FilterMatch = FilterMatch::Exact, "filter=exact|substring|ignored" Assumed "filters match parts of values; ignored: ani and dnis do not filter at all";
    unknown_domain: UnknownDomain = UnknownDomain::Empty, "unknown-domain=empty|404" Assumed "a list filtered by an unknown domain";
    paging_lie: Switch = Switch::Off, "paging-lie=on|off" Assumed "an envelope that claims 50 rows more than it sends";
    dnis: DnisForm = DnisForm::Null, "dnis=null|absent|empty" Observed "how a route without dnis is told";
    numbers: NumberForm = NumberForm::AsSent, "numbers=as-sent|10|11|e164" Observed "one spelling for all numbers, found by any";
    ten_digits: TenDigits = TenDigits::Match, "ten-digits=match|never" Assumed "never: a number spelled in ten digits is listed, and no filter finds it";
    number_type: NumberType = NumberType::Text, "number-type=string|number" Assumed "fields made of digits as JSON numbers";
    application: Application = Application::User, "application=WORD" Assumed "what a PUT without application stores: user, device or literal";
    put: PutBody = PutBody::Empty, "put=empty|json|text" Observed "the body of a 201: none, the route, or something that is not JSON";
    lost_writes: Switch = Switch::Off, "lost-writes=on|off" Assumed "a PUT is answered 201 and stores nothing";
    stores: Stores = Stores::Sent, "stores=sent|upper|full" Assumed "a PUT stores another destination than was sent: in capitals, or with @ and its domain behind it";
    unknown_user: UnknownUser = UnknownUser::Stored, "unknown-user=stored|refused" Assumed "a PUT to a user whom the domain does not have: stored, or 400";
    wide_put: Switch = Switch::Off, "wide-put=on|off" Assumed "a PUT takes every other route of that caller and domain along";
    delete: DeleteReach = DeleteReach::Exact, "delete=exact|wide|caller" Assumed "wide: a delete without dnis takes every route of that caller and domain; caller: a delete with dnis does, too";
    lost_deletes: Switch = Switch::Off, "lost-deletes=on|off" Observed "a DELETE of a route is answered 204 and deletes nothing";
    delete_404: Delete404 = Delete404::Off, "delete-404=off|on|gone" Assumed "a DELETE of a route is answered 404 while the route stays; gone: and the route goes";
    read_lag: Duration = Duration::ZERO, "read-lag=MS" Assumed "reads show the state before a write for so long";
    stale_domains: Switch = Switch::Off, "stale-domains=on|off" Documented "the list of domains lacks the newest one until force_refresh=1";
    rate_limit: Option<Rate> = None, "rate-limit=N[/TIME]" Assumed "N requests a bearer and minute, or 500ms, 1s, 2m; what is more is 429";
    rate_headers: RateHeaders = RateHeaders::All, "rate-headers=all|retry-after|x-ratelimit|none" Assumed "what rate-limit tells: X-RateLimit-Limit and -Remaining on every answer and -Reset on a 429, Retry-After on a 429, both, or nothing";
    idle_close: Option<Duration> = None, "idle-close=MS" Assumed "a connection idle for longer is dead without a word: the next request on it is a reset, and is not carried out";
    errors: ErrorForm = ErrorForm::Reference, "errors=FORM" Documented "error bodies as reference, message, sentence, msg, fields (422), object, empty or html";
    not_found: NotFound = NotFound::NotFound, "not-found=404|400" Documented "the status of not found";
    accept_required: Switch = Switch::Off, "accept-required=on|off" Assumed "errors become a redirect unless application/json is accepted";
    length_required: Switch = Switch::Off, "length-required=on|off" Assumed "a PUT without Content-Length is 411";
    token_errors: TokenErrors = TokenErrors::Mixed, "token-errors=mixed|400|401" Assumed "the status of the token endpoint's refusals";
    token: TokenForm = TokenForm::Opaque, "token=opaque|jwt" Documented "what an access token looks like";
}

/// What is known of one quirk.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) behaviour: Behaviour,
    words: &'static [&'static str],
    set: fn(&mut Quirks, &str) -> Option<()>,
}

/// One quirk, as `--quirk NAME=VALUE` names it.
#[derive(Clone, Debug)]
pub struct Quirk {
    row: &'static Row,
    value: String,
}

impl Row {
    fn name(&self) -> &'static str {
        let name = self.behaviour.name;
        name.split_once('=').map_or(name, |(name, _)| name)
    }
}

impl Quirks {
    /// Puts one quirk in force; a later one of the same name replaces it.
    pub fn set(&mut self, quirk: &Quirk) {
        // That the value is one was found when the quirk was read.
        let _ = (quirk.row.set)(self, &quirk.value);
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
        let row = ROWS.iter().find(|row| row.name() == name);
        let row = row.filter(|row| (row.set)(&mut Quirks::default(), value).is_some());
        match row {
            Some(row) => Ok(Self {
                row,
                value: value.to_owned(),
            }),
            None => Err(QuirkError {
                text: text.to_owned(),
                accepted: accepted(name),
            }),
        }
    }
}

/// What would have been accepted in place of a refused quirk.
fn accepted(name: &str) -> String {
    if let Some(row) = ROWS.iter().find(|row| row.name() == name) {
        return format!("`{name}` takes {}", row.words.join(", "));
    }
    let names: Vec<&str> = ROWS.iter().map(Row::name).collect();
    match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? Accepted are {}", names.join(", ")),
        None => format!("accepted are {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ListShape, Quirk, Quirks, ROWS, Rate};

    #[test]
    fn every_documented_word_parses_and_every_word_is_documented() {
        for row in ROWS {
            let (name, values) = row.behaviour.name.split_once('=').expect("a value");
            for word in row.words {
                let value = match *word {
                    "MS" | "N" | "N[/TIME]" => "250",
                    word => word,
                };
                let text = format!("{name}={value}");
                assert!(text.parse::<Quirk>().is_ok(), "{text}");
                let listed = values.split('|').any(|value| value == *word);
                assert!(listed || !values.contains('|'), "{text}");
            }
        }
        assert!("stale-domains".parse::<Quirk>().is_ok());
    }

    #[test]
    fn refusals_say_what_is_accepted() {
        let error = |text: &str| text.parse::<Quirk>().expect_err(text).to_string();
        assert!(error("delete=all").contains("`delete` takes exact, wide, caller"));
        assert!(error("delet=wide").contains("did you mean `delete`"));
        assert!(error("zzz").contains("accepted are list, routes"));
        assert!(error("rate-limit=0").contains("`rate-limit` takes N[/TIME]"));
        assert!(error("list-cap=0").contains("`list-cap` takes N"));
        assert!(error("paging=yes").contains("`paging` takes off, on, ignored"));
    }

    #[test]
    fn a_later_quirk_replaces_an_earlier_one_and_one_list_the_quirk_of_both() {
        let words = ["routes=data", "token=jwt", "list=object", "token=opaque"];
        let quirks: Quirks = words
            .map(|word| word.parse().expect(word))
            .into_iter()
            .collect();
        assert_eq!(quirks.domains.unwrap_or(quirks.list), ListShape::Object);
        assert_eq!(quirks.routes.unwrap_or(quirks.list), ListShape::Data);
        assert_eq!(quirks.token, Quirks::default().token);
    }

    #[test]
    fn a_rate_has_a_time_of_its_own() {
        let rate = |text: &str| {
            let quirk: Quirk = text.parse().expect(text);
            Quirks::from_iter([quirk]).rate_limit
        };
        let limit = |requests, milliseconds| {
            let window = Duration::from_millis(milliseconds);
            Some(Rate { requests, window })
        };
        assert_eq!(rate("rate-limit=60"), limit(60, 60_000));
        assert_eq!(rate("rate-limit=50/1s"), limit(50, 1000));
        assert_eq!(rate("rate-limit=5/250ms"), limit(5, 250));
        assert_eq!(rate("rate-limit=7/2m"), limit(7, 120_000));
        for bad in ["0/1s", "5/", "5/0s", "5/s", "5/1h", "/1s"] {
            assert!(
                format!("rate-limit={bad}").parse::<Quirk>().is_err(),
                "{bad}"
            );
        }
    }
}
