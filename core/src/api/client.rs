//! The authenticated client: bearer, one retry after a 401, patient reads.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;

use super::answer::{Answer, Endpoint};
use super::error::{BearerFailure, Error};
use super::held::Held;
use super::http::{Call, Http, Response};
use super::noticed::Noticed;
use super::retry::{Retry, RetryPolicy, tell_wait};
use crate::model::{AccountId, ListCut, NumberKey};
use crate::secret::Bearer;
use crate::signals::Stop;

/// Where bearers come from.
pub trait BearerSource: Send + Sync {
    /// A token that is believed to work.
    ///
    /// # Errors
    /// The source's own, when there is none to be had.
    fn bearer(&self) -> Result<Bearer, BearerFailure>;

    /// Another token, now that the server refused this one with 401.
    ///
    /// # Errors
    /// The source's own, when there is no other or none could be fetched.
    fn renew(&self, refused: &Bearer) -> Result<Bearer, BearerFailure>;

    /// The token in hand, whatever it is worth; nothing is asked of anybody.
    fn held(&self) -> Option<Bearer>;
}

/// How a server sends its lists of routes; nothing, until somebody has found out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownLists {
    /// Where they may have been cut.
    pub cut: ListCut,
    /// `limit` and `start` are understood.
    pub pages: bool,
    /// A list of the whole account is refused or comes empty: only domains are listed.
    pub by_domain: bool,
    /// `ani=` finds a number in whatever spelling it stands.
    pub any_spelling: bool,
}

/// The API of one account. Clones share connections, bearer and stop flag.
#[derive(Clone)]
pub struct Client {
    http: Http,
    bearer: Arc<dyn BearerSource>,
    account: AccountId,
    retry_policy: RetryPolicy,
    stop: Stop,
    most_held: usize,
    known: KnownLists,
    /// Whether a list of the whole account is of no use, as known or as this process has seen.
    by_domain: Arc<AtomicBool>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("http", &self.http)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client for one account at one origin.
    pub fn new(
        http: Http,
        bearer: Arc<dyn BearerSource>,
        account: AccountId,
        retry_policy: RetryPolicy,
        stop: Stop,
    ) -> Self {
        Self {
            http,
            bearer,
            account,
            retry_policy,
            stop,
            most_held: Held::USUAL,
            known: KnownLists::default(),
            by_domain: Arc::default(),
        }
    }

    /// Allows so many bytes for the rows of a list that is held as a whole.
    #[must_use]
    pub fn holding_at_most(mut self, bytes: usize) -> Self {
        self.most_held = bytes;
        self
    }

    /// Tells it how this server sends lists.
    #[must_use]
    pub fn knowing(mut self, known: KnownLists) -> Self {
        self.known = known;
        self.by_domain = Arc::new(AtomicBool::new(known.by_domain));
        self
    }

    /// How this server sends lists.
    pub(super) fn known(&self) -> &KnownLists {
        &self.known
    }

    /// Whether only lists of domains are of use, as far as this process knows.
    pub(super) fn lists_by_domain(&self) -> bool {
        self.by_domain.load(Ordering::Relaxed)
    }

    /// From now on only domains are listed.
    pub(super) fn list_by_domain(&self) {
        self.by_domain.store(true, Ordering::Relaxed);
    }

    /// What answers have shown by the way.
    pub(super) fn noticed(&self) -> &Noticed {
        self.http.noticed()
    }

    /// The spellings in which a number is asked for so that its rows are found however they stand.
    pub fn spellings_of(&self, number: &NumberKey) -> Vec<String> {
        let mut spellings = number.spellings();
        if self.known.any_spelling {
            spellings.truncate(1);
        }
        spellings
    }

    /// Whether `ani=` is known to find a number in whatever spelling it stands.
    pub fn finds_any_spelling(&self) -> bool {
        self.known.any_spelling
    }

    /// How many bytes the rows of a list may take.
    pub fn most_held(&self) -> usize {
        self.most_held
    }

    /// The account all paths are under.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// `/accounts/{account_id}/REST`.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/accounts/{}/{rest}", self.account)
    }

    /// The same client with one repeat, over another connection: for whoever repeats by himself.
    #[must_use]
    pub fn impatient(&self) -> Self {
        let mut client = self.clone();
        client.retry_policy.tries = 2;
        client
    }

    /// How patiently this client repeats.
    pub fn retry_policy(&self) -> RetryPolicy {
        self.retry_policy
    }

    /// The flag that ends all trying.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Sends once with a bearer; a 401 is answered once with another bearer, whatever the method:
    /// a refused request did nothing.
    pub fn send(&self, call: &Call) -> Result<Response, Error> {
        let bearer = self.bearer.bearer().map_err(Error::Bearer)?;
        self.keep_pace(call);
        match self.http.send(call, Some(&bearer)) {
            Err(Error::Answer(refused)) if is_unauthorized(&refused) => {
                match self.bearer.renew(&bearer) {
                    Ok(other) => self.http.send(call, Some(&other)),
                    Err(source) => Err(Error::NotRenewed { refused, source }),
                }
            }
            other => other,
        }
    }

    /// Sends once with the bearer in hand, which is not renewed for it.
    pub(super) fn send_once(&self, call: &Call) -> Result<Response, Error> {
        let Some(bearer) = self.bearer.held() else {
            return self.send(call);
        };
        self.keep_pace(call);
        self.http.send(call, Some(&bearer))
    }

    /// Waits until the server allows a read. A write never waits here: what it rests on would grow old.
    fn keep_pace(&self, call: &Call) {
        let pace = self.http.pace();
        while call.method == Method::GET
            && let Some(wait) = pace.wait(1, Instant::now())
        {
            tell_wait(wait, "the server takes no more requests before that");
            if !self.stop.sleep(wait) {
                break;
            }
        }
        pace.count(Instant::now());
    }

    /// How long to wait until so many requests are allowed together; none: they are.
    pub fn wait_for(&self, requests: usize) -> Option<Duration> {
        self.http.pace().wait(requests, Instant::now())
    }

    /// Sends a read until it succeeds, fails for good, or retry_policy ends.
    pub fn read<T>(
        &self,
        call: &Call,
        mut attempt: impl FnMut(Response) -> Result<T, (Error, Retry)>,
    ) -> Result<T, Error> {
        debug_assert!(call.method == Method::GET || call.method == Method::HEAD);
        self.retry_policy.run(&self.stop, |fresh| {
            let response = self.send(&call.clone().fresh_if(fresh));
            response
                .map_err(|error| (error, Retry::Allowed))
                .and_then(&mut attempt)
        })
    }
}

fn is_unauthorized(answer: &Answer) -> bool {
    answer.status == 401 && answer.endpoint == Endpoint::Api
}
