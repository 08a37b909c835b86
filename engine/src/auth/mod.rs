//! Credentials and sessions: what is kept, where, and which token a request carries.
//!
//! [`record`] is the stored record, [`store`] the places it can be kept, [`session`] the choice
//! and the refresh of a token under a lock, [`credentials`] and [`command`] the ways credentials
//! come in (`design.md` §5). Nothing here prints, prompts or reads the environment; the network is
//! reached only through [`Grants`].

use crate::secret::Secret;

pub mod claims;
pub mod command;
pub mod credentials;
mod endpoint;
mod error;
#[cfg(test)]
mod fake;
mod gate;
mod memory;
pub mod record;
pub mod session;
pub mod store;

pub use credentials::Credentials;
pub use endpoint::TokenEndpoint;
pub use error::SessionError;
pub use memory::{EnvSession, FixedToken};
pub use record::{Record, RecordError};
pub use session::Session;
pub use store::{Store, StoreError};

pub use crate::api::{BearerFailure as Cause, BearerSource, TokenReply};

/// The two grants of the vendor's token endpoint (`api.md`, Authentication).
pub trait Grants: Send + Sync {
    /// `grant_type=password`.
    fn password(&self, credentials: &Credentials) -> Result<TokenReply, GrantError>;

    /// `grant_type=refresh_token`; the server revokes the refresh token it is given.
    fn refresh(
        &self,
        client_id: &str,
        client_secret: &Secret,
        refresh_token: &Secret,
    ) -> Result<TokenReply, GrantError>;
}

/// Why a grant gave no token; what to do next depends on which.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// The server said no: an OAuth error body, or 400/401 from the token endpoint.
    #[error(transparent)]
    Refused(Cause),
    /// The refresh token itself was refused: it will never be good again.
    #[error(transparent)]
    Spent(Cause),
    /// The time was up: the server may still be at work, and take the same token again for a theft.
    #[error(transparent)]
    TimedOut(Cause),
    /// No usable answer: network, dropped reply, 5xx, 429, a gateway's 403 or 404.
    #[error(transparent)]
    Transport(Cause),
    /// A 2xx that nobody can read.
    #[error(transparent)]
    Unreadable(Cause),
}
