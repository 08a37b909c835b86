//! The real [`Grants`]: the token endpoint over HTTP.

use super::{Credentials, GrantError, Grants, TokenReply};
use crate::api::{self, Http};
use crate::secret::Secret;
use crate::signals::Stop;

/// The token endpoint of one origin.
#[derive(Clone, Debug)]
pub struct TokenEndpoint {
    http: Http,
    stop: Stop,
}

impl TokenEndpoint {
    /// Asks the origin of this connection for tokens, until `stop` is set.
    pub fn new(http: Http, stop: Stop) -> Self {
        Self { http, stop }
    }
}

impl Grants for TokenEndpoint {
    fn password(&self, credentials: &Credentials) -> Result<TokenReply, GrantError> {
        self.http
            .password_grant(credentials, &self.stop)
            .map_err(classify)
    }

    fn refresh(
        &self,
        client_id: &str,
        client_secret: &Secret,
        refresh_token: &Secret,
    ) -> Result<TokenReply, GrantError> {
        self.http
            .refresh_grant(client_id, client_secret, refresh_token, &self.stop)
            .map_err(classify)
    }
}

fn classify(error: api::Error) -> GrantError {
    let kind = match &error {
        api::Error::Answer(answer) if answer.refuses_refresh_token() => GrantError::Spent,
        api::Error::Answer(answer) if answer.refuses_grant() => GrantError::Refused,
        api::Error::Unreadable { .. } => GrantError::Unreadable,
        error if error.is_time_out() => GrantError::TimedOut,
        _ => GrantError::Transport,
    };
    kind(Box::new(error))
}
