//! Settings and printer, and what a command may ask of them: a client, a bearer, a journal, a list on
//! standard output. Nothing is opened or connected before somebody asks.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::api::{self, BearerSource, Client, Completeness, Halt, Http, HttpOptions, Patience};
use crate::auth::store::{FileStore, KeyringStore, Patience as StorePatience};
use crate::auth::{self, EnvSession, FixedToken, Record, Session, Store};
use crate::config::{Settings, StoreKind};
use crate::error::{Code, Error};
use crate::model::{AccountId, Origin};
use crate::output::{Fields, Format, ListWriter, Row};
use crate::sandbox::{self, Sandbox, StatePlace};
use crate::secret::Secret;
use crate::signals::Signals;
use crate::ui::Ui;
