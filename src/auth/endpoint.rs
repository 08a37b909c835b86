//! The real [`Grants`]: the token endpoint over HTTP.

use super::{Cause, Credentials, GrantError, Grants, TokenReply};
use crate::api::{self, Endpoint, Http};
use crate::secret::Secret;

/// The token endpoint of one origin.
#[derive(Clone, Debug)]
pub struct TokenEndpoint {
    http: Http,
}

impl TokenEndpoint {
    /// Asks the origin of this connection for tokens.
    pub fn new(http: Http) -> Self {
        Self { http }
    }
}

impl Grants for TokenEndpoint {
    fn password(&self, credentials: &Credentials) -> Result<TokenReply, GrantError> {
        self.http.password_grant(credentials).map_err(classify)
    }

    fn refresh(
        &self,
        client_id: &str,
        client_secret: &Secret,
        refresh_token: &Secret,
    ) -> Result<TokenReply, GrantError> {
        self.http
            .refresh_grant(client_id, client_secret, refresh_token)
            .map_err(classify)
    }
}

/// By endpoint, not by status: any 4xx of the token endpoint is a refusal, save the two that only
/// ask for retry_policy (`api.md`, Authentication).
fn classify(error: api::Error) -> GrantError {
    let refused = matches!(&error, api::Error::Answer(answer)
        if answer.endpoint == Endpoint::Token
            && (400..500).contains(&answer.status)
            && !matches!(answer.status, 408 | 429));
    let unreadable = matches!(error, api::Error::Unreadable { .. });
    let cause: Cause = Box::new(error);
    if refused {
        GrantError::Refused(cause)
    } else if unreadable {
        GrantError::Unreadable(cause)
    } else {
        GrantError::Transport(cause)
    }
}
