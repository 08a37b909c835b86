//! Plain types that cannot hold nonsense: numbers, domains, accounts, origins, routes, changes.
//!
//! Everything else in the crate knows this module; it knows serde and nothing of ours. A value
//! that comes from a person is parsed here once, at the edge; a value that comes from the server
//! is kept byte for byte and only *compared* canonically.

mod account;
pub mod cell;
mod change;
mod coverage;
mod domain;
mod index;
mod list_cut;
mod nearest;
mod neighbours;
mod number;
mod origin;
mod record;
mod route;
mod shell;
mod store_kind;
mod system;
mod text;
mod when;
mod words;

pub use crate::{displayed, words};
pub use account::{AccountId, AccountIdError};
pub use change::{Change, Op, Standing, same_image};
pub use coverage::Coverage;
pub use domain::{Domain, DomainError, DomainKey, DomainRecord};
pub use index::{Found, RouteIndex};
pub use list_cut::{ListCut, is_round};
pub use nearest::{is_slip, nearest, nearest_domain};
pub use neighbours::{Account, PhoneNumber, SubAccount, Subscriber, SubscriberKind, SubscriberRow};
pub use number::{Number, NumberError, NumberKey, shown};
pub use origin::{Origin, OriginError};
pub use record::{Cells, Row};
pub use route::{Application, Route, RouteKey};
pub use shell::Shell;
pub use store_kind::StoreKind;
pub use system::System;
pub(crate) use text::optional_text;
pub use text::{count, grouped, is_hostile, kind, seconds};
pub use when::{when, when_exactly};
pub use words::WordError;
