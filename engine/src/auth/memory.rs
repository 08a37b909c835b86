//! Sessions that are kept nowhere: credentials from the environment, and a token used as it is.
//!
//! [`EnvSession`] also serves `--sandbox`, whose tokens never leave memory. No store is opened.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::gate::Gate;
use super::session::{NO_REFRESH_TOKEN, still_good};
use super::{BearerSource, Cause, Credentials, GrantError, Grants, SessionError, TokenReply};
use crate::secret::{Bearer, Secret};

/// Credentials in hand and a token in memory: one password grant a process, then refreshes.
pub struct EnvSession {
    credentials: Credentials,
    grants: Arc<dyn Grants>,
    gate: Gate<Option<Token>>,
}

struct Token {
    bearer: Bearer,
    refresh_token: Option<Secret>,
    scope: Option<String>,
    life: Option<Duration>,
    obtained: Instant,
}

impl Token {
    /// `old` is what a refresh did not replace.
    fn new(reply: TokenReply, old: Option<&Self>) -> Self {
        let old_refresh = old.and_then(|old| old.refresh_token.clone());
        Self {
            bearer: reply.access_token,
            refresh_token: reply.refresh_token.or(old_refresh),
            scope: reply.scope.or(old.and_then(|old| old.scope.clone())),
            // 0 says nothing: taken at its word it would mean a refresh before every request.
            life: reply
                .expires_in
                .filter(|life| *life > 0)
                .map(Duration::from_secs),
            obtained: Instant::now(),
        }
    }

    fn is_usable(&self) -> bool {
        still_good(self.life, self.obtained)
    }
}

impl EnvSession {
    /// Nothing is sent before a token is asked for.
    pub fn new(credentials: Credentials, grants: Arc<dyn Grants>) -> Self {
        Self {
            credentials,
            grants,
            gate: Gate::new(None),
        }
    }

    fn first(&self, token: &mut Option<Token>) -> Result<Bearer, SessionError> {
        let reply = self
            .grants
            .password(&self.credentials)
            .map_err(SessionError::of_password_grant)?;
        Ok(token.insert(Token::new(reply, None)).bearer.clone())
    }

    /// A token that may well work, and is not the one that was refused: another thread may have been
    /// here first.
    fn token(&self, refused: Option<&Bearer>) -> Result<Bearer, Cause> {
        Ok(self.gate.pass(|token| match token {
            None => self.first(token),
            Some(token) if Some(&token.bearer) != refused && token.is_usable() => {
                Ok(token.bearer.clone())
            }
            Some(token) => self.refresh(token),
        })?)
    }

    /// Refreshes; the password grant is not repeated.
    fn refresh(&self, token: &mut Token) -> Result<Bearer, SessionError> {
        let Some(refresh_token) = &token.refresh_token else {
            return Err(GrantError::Refused(NO_REFRESH_TOKEN.into()).into());
        };
        let reply = self.grants.refresh(
            &self.credentials.client_id,
            &self.credentials.client_secret,
            refresh_token,
        )?;
        *token = Token::new(reply, Some(token));
        Ok(token.bearer.clone())
    }
}

impl BearerSource for EnvSession {
    fn held(&self) -> Option<Bearer> {
        self.gate
            .with(|token| token.as_ref().map(|token| token.bearer.clone()))
    }

    fn bearer(&self) -> Result<Bearer, Cause> {
        self.token(None)
    }

    fn renew(&self, refused: &Bearer) -> Result<Bearer, Cause> {
        self.token(Some(refused))
    }
}

/// `SKYSWITCH_TOKEN`: used as it is, never refreshed.
#[derive(Clone, Debug)]
pub struct FixedToken(Bearer);

impl FixedToken {
    /// Uses this token and no other.
    pub fn new(token: Bearer) -> Self {
        Self(token)
    }
}

impl BearerSource for FixedToken {
    fn held(&self) -> Option<Bearer> {
        Some(self.0.clone())
    }

    fn bearer(&self) -> Result<Bearer, Cause> {
        Ok(self.0.clone())
    }

    fn renew(&self, _refused: &Bearer) -> Result<Bearer, Cause> {
        Err(SessionError::FixedTokenRefused.into())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Barrier};

    use super::{EnvSession, FixedToken};
    use crate::auth::fake::{Endpoint, Mishap};
    use crate::auth::record::tests::{bearer, full};
    use crate::auth::{BearerSource, Record, SessionError};

    fn session(endpoint: &Arc<Endpoint>) -> EnvSession {
        let credentials = Record::credentials(&full()).expect("a password");
        EnvSession::new(credentials, endpoint.clone())
    }

    fn error(source: &dyn BearerSource) -> SessionError {
        let error = source.bearer().expect_err("no token");
        *error.downcast().expect("a session error")
    }

    #[test]
    fn there_is_one_password_grant_a_process_and_then_refreshes() {
        let endpoint = Arc::new(Endpoint::default());
        let session = session(&endpoint);
        let start = Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    let used = session.bearer().expect("a token");
                    assert_eq!(used, bearer("sbx_access1"));
                    start.wait();
                    let next = session.renew(&used).expect("a token");
                    assert_eq!(next, bearer("sbx_access2"));
                });
            }
        });
        assert_eq!(endpoint.counts(), (1, 1, 0));
    }

    #[test]
    fn a_refused_password_is_not_tried_again() {
        let endpoint = Arc::new(Endpoint::default());
        endpoint.plan([Mishap::No]);
        let session = session(&endpoint);
        for _ in 0..3 {
            assert!(matches!(error(&session), SessionError::Refused(_)));
        }
        assert_eq!(endpoint.counts(), (0, 1, 0));
    }

    #[test]
    fn a_lost_request_is_temporary() {
        let endpoint = Arc::new(Endpoint::default());
        endpoint.plan([Mishap::Lost]);
        let session = session(&endpoint);
        assert!(matches!(error(&session), SessionError::Transport(_)));
        session.bearer().expect("later");
        assert_eq!(endpoint.counts(), (0, 2, 0));
    }

    #[test]
    fn without_a_refresh_token_a_refused_token_is_the_end() {
        let endpoint = Arc::new(Endpoint::default());
        endpoint.no_refresh_tokens();
        let session = session(&endpoint);
        let used = session.bearer().expect("a token");
        assert!(session.renew(&used).is_err());
        assert!(matches!(error(&session), SessionError::Dead(_)));
        assert_eq!(endpoint.counts(), (0, 1, 0));
    }

    #[test]
    fn odd_lives_make_no_storm() {
        for life in [None, Some(0), Some(1), Some(u64::MAX)] {
            let endpoint = Arc::new(Endpoint::default());
            endpoint.life(life);
            let session = session(&endpoint);
            for _ in 0..3 {
                assert_eq!(session.bearer().expect("a token"), bearer("sbx_access1"));
            }
            assert_eq!(endpoint.counts(), (0, 1, 0), "{life:?}");
        }
    }

    #[test]
    fn a_fixed_token_is_never_renewed() {
        let fixed = FixedToken::new(bearer("sbx_fixed"));
        let used = fixed.bearer().expect("a token");
        assert_eq!(used, bearer("sbx_fixed"));
        let error = fixed.renew(&used).expect_err("nothing to renew it with");
        assert!(error.downcast::<SessionError>().is_ok());
    }
}
