//! The stored record of one profile: credentials and tokens, and the origin they belong to.
//!
//! Versioned JSON, written and read only here, straight from and into [`Secret`]s. Anything that
//! is not a record of a version known here is an error, and the stores never write over it.
//! Errors give a line and column, never content.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};

use super::{Credentials, TokenReply};
use crate::model::{AccountId, Origin};
use crate::secret::{Bearer, Secret};

/// Name and version of the stored form.
const FORMAT: &str = "skyswitch.credentials/1";
/// What every version of it begins with.
const FAMILY: &str = "skyswitch.credentials/";
/// No real record comes near this; a file that does is not ours.
pub(crate) const MAX_BYTES: usize = 256 * 1024;

/// What a profile keeps between commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where the credentials were entered; they are sent nowhere else.
    pub origin: Origin,
    /// The OAuth client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// The portal user.
    pub username: String,
    /// Only after `login --remember-password`, and only in the keyring.
    pub password: Option<Secret>,
    /// The scopes asked for, space-separated.
    pub scope: String,
    /// The scopes the server said it granted.
    pub granted_scope: Option<String>,
    /// The access token.
    pub access_token: Bearer,
    /// The refresh token; each is good for one refresh.
    pub refresh_token: Option<Secret>,
    /// When the token was obtained, in unix seconds of this machine's clock.
    pub obtained_at: u64,
    /// When it ends by the same clock; `None` when the server did not say.
    pub expires_at: Option<u64>,
    /// The account this login was for.
    pub account: Option<AccountId>,
}

/// What a token's times say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Good, as far as this machine's clock can tell.
    Fresh,
    /// Over, or nearly so.
    Expired,
    /// The times say nothing usable: none given, or the clock was set back since. A 401 decides.
    Unknown,
}

/// This machine's clock; a clock before 1970 counts as 1970.
pub fn unix_now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// How long before its end a token is renewed: the lesser of 60 s and a tenth of its life.
pub fn early_margin(life: Duration) -> Duration {
    (life / 10).min(Duration::from_secs(60))
}

/// Why bytes are not a record of ours. Never holds content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Cut short or damaged: not JSON, or a field missing or wrong, at this line and column.
    #[error("it is damaged{}", at(*.line, *.column))]
    Damaged {
        /// Line, from 1; 0 when the place is not known.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// JSON, but not a record of this program.
    #[error("it was not written by this program")]
    Foreign,
    /// A record of a version this build does not know, most likely a newer one.
    #[error("it has a version this build does not know, most likely a newer one")]
    Version,
    /// Its parts do not belong together: missing, or the checksum differs.
    #[error("parts of it are missing or do not belong together")]
    Incomplete,
    /// Larger than any record.
    #[error("it is far larger than any record")]
    TooLarge,
}

impl RecordError {
    /// Damaged, and nobody can say where.
    pub(super) const SOMEWHERE: Self = Self::Damaged { line: 0, column: 0 };
}

fn at(line: usize, column: usize) -> String {
    match line {
        0 => String::new(),
        _ => format!(" at line {line}, column {column}"),
    }
}

impl Record {
    /// The record of a fresh login. `remember` keeps the password; `now` is unix time.
    pub fn of_login(
        origin: Origin,
        credentials: &Credentials,
        reply: &TokenReply,
        account: Option<AccountId>,
        remember: bool,
        now: Duration,
    ) -> Self {
        let record = Self {
            origin,
            client_id: credentials.client_id.clone(),
            client_secret: credentials.client_secret.clone(),
            username: credentials.username.clone(),
            password: remember.then(|| credentials.password.clone()),
            scope: credentials.scope.clone(),
            granted_scope: None,
            access_token: reply.access_token.clone(),
            refresh_token: None,
            obtained_at: 0,
            expires_at: None,
            account,
        };
        record.renewed(reply, now)
    }

    /// The record after a grant. A refresh that names no new refresh token left the old one
    /// standing (RFC 6749 §6).
    pub fn renewed(&self, reply: &TokenReply, now: Duration) -> Self {
        // 0 says nothing: taken at its word it would mean a refresh before every request.
        let life = reply.expires_in.filter(|life| *life > 0);
        Self {
            access_token: reply.access_token.clone(),
            refresh_token: reply
                .refresh_token
                .clone()
                .or_else(|| self.refresh_token.clone()),
            granted_scope: reply.scope.clone().or_else(|| self.granted_scope.clone()),
            obtained_at: now.as_secs(),
            expires_at: life.map(|life| now.as_secs().saturating_add(life)),
            ..self.clone()
        }
    }

    /// The same without the password, for stores that never keep one.
    pub fn without_password(&self) -> Self {
        Self {
            password: None,
            ..self.clone()
        }
    }

    /// Whether the record was made for this origin; at any other nothing of it may be sent.
    pub fn belongs_to(&self, origin: &Origin) -> bool {
        self.origin == *origin
    }

    /// The credentials for a password grant, when the password is remembered.
    pub fn credentials(&self) -> Option<Credentials> {
        Some(Credentials {
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.clone(),
            username: self.username.clone(),
            password: self.password.clone()?,
            scope: self.scope.clone(),
        })
    }

    /// The token's life as the server gave it.
    pub fn life(&self) -> Option<Duration> {
        let life = self.expires_at?.checked_sub(self.obtained_at)?;
        (life > 0).then(|| Duration::from_secs(life))
    }

    /// Judges the token by this machine's clock (`now` is unix time).
    ///
    /// Both times were taken from the same clock, so a clock that is wrong but steady does no harm.
    /// One that was set back shows as a token from the future: that says nothing, and costs at most
    /// one 401.
    pub fn freshness(&self, now: Duration) -> Freshness {
        let (Some(life), Some(end)) = (self.life(), self.expires_at) else {
            return Freshness::Unknown;
        };
        if Duration::from_secs(self.obtained_at) > now {
            return Freshness::Unknown;
        }
        if now + early_margin(life) < Duration::from_secs(end) {
            Freshness::Fresh
        } else {
            Freshness::Expired
        }
    }

    /// The stored form; its memory is zeroed when dropped.
    pub(crate) fn to_json(&self) -> Result<Zeroizing<String>, RecordError> {
        let stored = Stored {
            format: FORMAT,
            origin: self.origin.clone(),
            client_id: &self.client_id,
            client_secret: self.client_secret.expose(),
            username: &self.username,
            password: self.password.as_ref().map(Secret::expose),
            scope: &self.scope,
            granted_scope: self.granted_scope.as_deref(),
            access_token: self.access_token.secret().expose(),
            refresh_token: self.refresh_token.as_ref().map(Secret::expose),
            obtained_at: self.obtained_at,
            expires_at: self.expires_at,
            account: self.account.clone(),
        };
        // Large enough that it never grows: growing would leave copies behind that nobody zeroes.
        let mut bytes = Vec::with_capacity(8 * 1024 + 6 * self.text_len());
        serde_json::to_writer(&mut bytes, &stored).map_err(|e| damaged(&e))?;
        if bytes.len() > MAX_BYTES {
            return Err(RecordError::TooLarge);
        }
        // serde_json writes UTF-8 only; an error here cannot happen and would hold nothing.
        String::from_utf8(bytes)
            .map(Zeroizing::new)
            .map_err(|_| RecordError::SOMEWHERE)
    }

    /// Reads the stored form.
    pub(crate) fn from_json(text: &str) -> Result<Self, RecordError> {
        if text.len() > MAX_BYTES {
            return Err(RecordError::TooLarge);
        }
        check_format(text)?;
        let read: Read = serde_json::from_str(text).map_err(|e| damaged(&e))?;
        let unusable = |_| RecordError::SOMEWHERE;
        Ok(Self {
            origin: read.origin,
            client_id: read.client_id,
            client_secret: read.client_secret.0,
            username: read.username,
            password: read.password.map(|p| p.0),
            scope: read.scope,
            granted_scope: read.granted_scope,
            access_token: Bearer::new(read.access_token.0).map_err(unusable)?,
            refresh_token: read.refresh_token.map(|t| t.0),
            obtained_at: read.obtained_at,
            expires_at: read.expires_at,
            account: read.account,
        })
    }

    fn text_len(&self) -> usize {
        let optional = |secret: &Option<Secret>| secret.as_ref().map_or(0, |s| s.expose().len());
        self.client_id.len()
            + self.client_secret.expose().len()
            + self.username.len()
            + optional(&self.password)
            + self.scope.len()
            + self.granted_scope.as_ref().map_or(0, String::len)
            + self.access_token.secret().expose().len()
            + optional(&self.refresh_token)
    }
}

/// Ours and of a known version? Asked first, so that a foreign file is not called damaged.
fn check_format(text: &str) -> Result<(), RecordError> {
    let marked: Marked = match serde_json::from_str(text) {
        Ok(marked) => marked,
        Err(error) if error.is_data() => return Err(RecordError::Foreign),
        Err(error) => return Err(damaged(&error)),
    };
    match marked.format.as_str() {
        FORMAT => Ok(()),
        other if other.starts_with(FAMILY) => Err(RecordError::Version),
        _ => Err(RecordError::Foreign),
    }
}

/// Only the place: serde's own words quote values.
fn damaged(error: &serde_json::Error) -> RecordError {
    RecordError::Damaged {
        line: error.line(),
        column: error.column(),
    }
}

#[derive(Deserialize)]
struct Marked {
    format: String,
}

#[derive(Serialize)]
struct Stored<'a> {
    format: &'static str,
    origin: Origin,
    client_id: &'a str,
    client_secret: &'a str,
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    granted_scope: Option<&'a str>,
    access_token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    obtained_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountId>,
}

#[derive(Deserialize)]
struct Read {
    origin: Origin,
    client_id: String,
    client_secret: ReadSecret,
    username: String,
    password: Option<ReadSecret>,
    scope: String,
    granted_scope: Option<String>,
    access_token: ReadSecret,
    refresh_token: Option<ReadSecret>,
    obtained_at: u64,
    expires_at: Option<u64>,
    account: Option<AccountId>,
}

/// Takes a string over into a [`Secret`] before anything else sees it.
#[derive(Deserialize)]
#[serde(from = "String")]
struct ReadSecret(Secret);

impl From<String> for ReadSecret {
    fn from(text: String) -> Self {
        Self(Secret::new(text))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use super::{Freshness, Record, RecordError, early_margin};
    use crate::auth::TokenReply;
    use crate::model::{AccountId, Origin};
    use crate::secret::{Bearer, Secret};

    /// A record with a value in every field.
    pub(crate) fn full() -> Record {
        Record {
            origin: Origin::default(),
            client_id: "17".into(),
            client_secret: Secret::new("sbx_s&=%+é \"\\\n".into()),
            username: "ops@example.test".into(),
            password: Some(Secret::new("sbx_pass word".into())),
            scope: "pbx account".into(),
            granted_scope: Some("pbx".into()),
            access_token: bearer("sbx_access"),
            refresh_token: Some(Secret::new("sbx_refresh".into())),
            obtained_at: 1_000,
            expires_at: Some(1_600),
            account: Some(AccountId::parse("acc-1").expect("an id")),
        }
    }

    pub(crate) fn bearer(text: &str) -> Bearer {
        Bearer::new(Secret::new(text.into())).expect("a token")
    }

    pub(crate) fn reply(token: &str, refresh: Option<&str>, life: Option<u64>) -> TokenReply {
        TokenReply {
            access_token: bearer(token),
            refresh_token: refresh.map(|text| Secret::new(text.into())),
            expires_in: life,
            scope: None,
        }
    }

    #[test]
    fn a_record_comes_back_as_it_was() {
        let sparse = Record {
            password: None,
            granted_scope: None,
            refresh_token: None,
            expires_at: None,
            account: None,
            ..full()
        };
        for record in [full(), sparse] {
            let text = record.to_json().expect("json");
            assert_eq!(Record::from_json(&text).expect("a record"), record);
        }
    }

    #[test]
    fn what_is_not_a_known_record_is_told_apart_and_never_quoted() {
        let good = full().to_json().expect("json");
        let newer = good.replace("credentials/1", "credentials/2");
        let foreign = good.replace("skyswitch.credentials/1", "hunter2");
        let wrong_type = good.replace("1000", "\"hunter2\"");
        let cut = &good[..good.len() - 20];
        let bad_token = good.replace("sbx_access", "sbx access");
        assert_eq!(Record::from_json(&newer), Err(RecordError::Version));
        assert_eq!(Record::from_json(&foreign), Err(RecordError::Foreign));
        assert_eq!(Record::from_json("{}"), Err(RecordError::Foreign));
        assert_eq!(Record::from_json("[1]"), Err(RecordError::Foreign));
        for damaged in [&wrong_type, cut, &bad_token, "", "{\"format\"", "\0"] {
            let error = Record::from_json(damaged).expect_err("damaged");
            assert!(matches!(error, RecordError::Damaged { .. }), "{error:?}");
            assert!(!error.to_string().contains("hunter2"));
        }
        let huge = " ".repeat(super::MAX_BYTES + 1);
        assert_eq!(Record::from_json(&huge), Err(RecordError::TooLarge));
    }

    #[test]
    fn debug_shows_no_secret() {
        let text = format!("{:?}", full());
        for secret in ["sbx_s", "sbx_pass", "sbx_access", "sbx_refresh"] {
            assert!(!text.contains(secret), "{text}");
        }
    }

    #[test]
    fn the_margin_is_a_tenth_of_the_life_and_at_most_a_minute() {
        assert_eq!(
            early_margin(Duration::from_secs(1)),
            Duration::from_millis(100)
        );
        assert_eq!(
            early_margin(Duration::from_secs(21_600)),
            Duration::from_secs(60)
        );
        assert_eq!(
            early_margin(Duration::from_secs(u64::MAX)),
            Duration::from_secs(60)
        );
    }

    #[test]
    fn freshness_follows_the_clock_until_the_clock_makes_no_sense() {
        let at = Duration::from_secs;
        let record = full(); // 1000 to 1600, margin 60
        assert_eq!(record.freshness(at(1_000)), Freshness::Fresh);
        assert_eq!(record.freshness(at(1_539)), Freshness::Fresh);
        assert_eq!(record.freshness(at(1_540)), Freshness::Expired);
        assert_eq!(record.freshness(at(99_999_999)), Freshness::Expired);
        // The clock was set back by years: the times say nothing.
        assert_eq!(record.freshness(at(0)), Freshness::Unknown);
        assert_eq!(record.freshness(at(999)), Freshness::Unknown);
        let silent = Record {
            expires_at: None,
            ..full()
        };
        assert_eq!(silent.freshness(at(99_999_999)), Freshness::Unknown);
        let backwards = Record {
            expires_at: Some(10),
            ..full()
        };
        assert_eq!(backwards.freshness(at(1_000)), Freshness::Unknown);
    }

    #[test]
    fn odd_lives_give_a_usable_record() {
        let now = Duration::from_secs(5_000);
        let zero = full().renewed(&reply("t", None, Some(0)), now);
        assert_eq!(zero.expires_at, None);
        assert_eq!(zero.freshness(now), Freshness::Unknown);
        let huge = full().renewed(&reply("t", None, Some(u64::MAX)), now);
        assert_eq!(huge.freshness(now), Freshness::Fresh);
        let text = huge.to_json().expect("json");
        assert_eq!(Record::from_json(&text).expect("a record"), huge);
        let second = full().renewed(&reply("t", None, Some(1)), now);
        assert_eq!(second.freshness(now), Freshness::Fresh);
    }

    #[test]
    fn a_refresh_without_a_new_refresh_token_keeps_the_old_one() {
        let now = Duration::from_secs(5_000);
        let kept = full().renewed(&reply("t", None, None), now);
        assert_eq!(kept.refresh_token, full().refresh_token);
        let replaced = full().renewed(&reply("t", Some("new"), None), now);
        assert_eq!(replaced.refresh_token, Some(Secret::new("new".into())));
        assert_eq!(replaced.obtained_at, 5_000);
        assert_eq!(replaced.password, full().password);
    }
}
