//! `skyswitch login`

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use crate::api::{self, Client, RetryPolicy};
use crate::auth::credentials::{self, PartialCredentials};
use crate::auth::{self, Credentials, FixedToken, Record, Store};
use crate::config::{ConfigFile, Source};
use crate::context::{Context, RESELLER_HINT};
use crate::error::{Code, Error};
use crate::model::{AccountId, StoreKind, count};
use crate::secret::Secret;
use crate::ui::PromptError;

/// Ask for the credentials, prove them, keep them in the OS keyring
///
/// The store is tried out before anything is asked. Then a token is fetched and the account's
/// domains are listed as proof. Secrets are never arguments: they are asked for without echo, read
/// from standard input with `--secrets-stdin`, or taken from the environment.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The API client's id
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The portal user's name
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Scopes to ask for, separated by spaces [default: pbx account]
    #[arg(long, value_name = "SCOPES")]
    pub(crate) scope: Option<String>,
    /// Where to keep them: keyring, or file for machines without one [default: keyring]
    #[arg(long, value_name = "STORE")]
    pub(crate) store: Option<StoreKind>,
    /// Keep the password, too, so that a dead session is renewed by itself; keyring only
    #[arg(long)]
    remember_password: bool,
    /// Read `client_secret=…` and `password=…` lines, or one JSON object, from standard input
    #[arg(long)]
    secrets_stdin: bool,
    /// Take over the `config.json` of the public Python script
    #[arg(long, value_name = "FILE", conflicts_with = "secrets_stdin")]
    import: Option<PathBuf>,
}

/// What was given besides the flags.
#[derive(Default)]
struct Given {
    credentials: PartialCredentials,
    account: Option<AccountId>,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    ctx.refuse_sandbox("login")?;
    let kind = ctx.settings.store.value;
    if args.remember_password && kind == StoreKind::File {
        return Err(Error::new(
            Code::Usage,
            "--remember-password: the file store never keeps a password",
        )
        .hint("leave it out, or use `--store keyring`"));
    }
    // Before anything that takes its time: answers may be pasted already.
    #[cfg(unix)]
    let quiet = (!args.secrets_stdin).then(|| ctx.ui.quiet_terminal());
    // Read first: a login that could not be written down is not worth typing.
    let config = ConfigFile::read(ctx.config_path()?)?;
    ctx.state_dir()?;
    let given = given(args)?;
    let store = ctx.store()?;
    // Before any secret is asked for or sent: what could not be kept is not worth typing.
    store
        .probe(&ctx.settings.profile.value)
        .map_err(Error::from)?;
    // Written to only now: a store that is no use leaves nothing on disk.
    config.probe()?;
    let credentials = credentials(ctx, args, given.credentials)?;
    let account = account(ctx, given.account)?;
    #[cfg(unix)]
    drop(quiet);
    ctx.refuse_sandbox_credentials(&credentials)?;
    let http = ctx.http()?;
    let granted = http.password_grant(&credentials, ctx.signals.stop());
    let reply = granted.map_err(|refused| {
        let mut error = Error::from(refused);
        if let Some(hint) = ctx.look_alike(Some(&credentials.username), Some(&credentials.scope)) {
            error.add_hint(hint);
        }
        error
    })?;
    let domains = prove(ctx, &account, &http, &reply)?;
    let record = Record::of_login(
        http.origin().clone(),
        &credentials,
        &reply,
        Some(account.clone()),
        args.remember_password,
        auth::record::unix_now(),
    );
    keep(ctx, store.as_ref(), &record)?;
    pin(ctx, &record, &account, kind)?;
    report(ctx, &account, domains)
}

fn given(args: &Args) -> Result<Given, Error> {
    if args.secrets_stdin {
        let credentials = credentials::read_capped(std::io::stdin().lock())
            .and_then(|bytes| PartialCredentials::parse(&bytes))
            .map_err(|error| Error::at(Code::InvalidInput, "--secrets-stdin", error))?;
        return Ok(Given {
            credentials,
            account: None,
        });
    }
    let Some(path) = &args.import else {
        return Ok(Given::default());
    };
    let place = format!("--import: `{}`", path.display());
    let file =
        std::fs::File::open(path).map_err(|error| Error::at(Code::InvalidInput, &place, error))?;
    let imported = credentials::read_capped(file.take(credentials::MAX_BYTES as u64 + 1))
        .and_then(|bytes| credentials::import(&bytes))
        .map_err(|error| Error::at(Code::InvalidInput, &place, error))?;
    Ok(Given {
        credentials: imported.credentials,
        account: imported.account,
    })
}

/// Flags, then what was given, then the environment, then the profile; what is missing is asked for.
fn credentials(
    ctx: &Context,
    args: &Args,
    given: PartialCredentials,
) -> Result<Credentials, Error> {
    let settings = &ctx.settings;
    let environment = &settings.credentials;
    let first =
        |values: [Option<String>; 4]| values.into_iter().flatten().find(|text| !text.is_empty());
    let client_id = first([
        args.client_id.clone(),
        given.client_id,
        environment.client_id.clone(),
        settings.profile_client_id.clone(),
    ]);
    let username = first([
        args.username.clone(),
        given.username,
        environment.username.clone(),
        settings.profile_username.clone(),
    ]);
    let client_secret = given.client_secret.or(environment.client_secret.clone());
    let password = given.password.or(environment.password.clone());
    // A scope that was asked for by a flag or variable wins over one that came with the secrets.
    let scope = match settings.scope.source {
        Source::Flag(_) | Source::Variable(_) => settings.scope.value.clone(),
        _ => given.scope.unwrap_or_else(|| settings.scope.value.clone()),
    };
    Ok(Credentials {
        client_id: ask(ctx, client_id, "Client id", "CLIENT_ID")?,
        client_secret: ask_secret(ctx, client_secret, "Client secret", "CLIENT_SECRET")?,
        username: ask(ctx, username, "User name", "USERNAME")?,
        password: ask_secret(ctx, password, "Password", "PASSWORD")?,
        scope,
    })
}

fn account(ctx: &Context, given: Option<AccountId>) -> Result<AccountId, Error> {
    if let Some(setting) = &ctx.settings.account
        && (given.is_none() || !matches!(setting.source, Source::Profile(_)))
    {
        return Ok(setting.value.clone());
    }
    if let Some(account) = given {
        return Ok(account);
    }
    match answer(
        ctx.ui
            .ask("Account id (portal: Manage Accounts > View > API)"),
    )? {
        Some(text) => AccountId::parse(&text).map_err(|error| Error::of(Code::InvalidInput, error)),
        None => Err(crate::context::no_account()),
    }
}

fn ask(ctx: &Context, known: Option<String>, label: &str, name: &str) -> Result<String, Error> {
    let text = match known {
        Some(text) => Some(text),
        None => answer(ctx.ui.ask(label))?,
    };
    text.filter(|text| !text.is_empty())
        .ok_or_else(|| missing(ctx, label, name))
}

fn ask_secret(
    ctx: &Context,
    known: Option<Secret>,
    label: &str,
    name: &str,
) -> Result<Secret, Error> {
    let secret = match known.filter(|secret| !secret.is_empty()) {
        Some(secret) => Some(secret),
        None => answer(ctx.ui.ask_secret(label))?,
    };
    secret
        .filter(|secret| !secret.is_empty())
        .ok_or_else(|| missing(ctx, label, name))
}

/// What was typed; none where nobody can be asked.
fn answer<T>(asked: Result<T, PromptError>) -> Result<Option<T>, Error> {
    match asked {
        Ok(answer) => Ok(Some(answer)),
        Err(PromptError::NeedsInput) => Ok(None),
        Err(error) => Err(Error::of(Code::Usage, error)),
    }
}

/// A profile that is a whole takes nothing from a variable.
fn missing(ctx: &Context, label: &str, name: &str) -> Error {
    let flag = match name {
        "CLIENT_ID" => "--client-id",
        "USERNAME" => "--username",
        _ => "--secrets-stdin",
    };
    let or = match ctx.settings.profile.source {
        Source::Flag(_) => String::new(),
        _ => format!(" or `SKYSWITCH_{name}`"),
    };
    let label = label.to_lowercase();
    Error::new(
        Code::Usage,
        format!("the {label} is missing: `{flag}`{or} is accepted"),
    )
}

/// Lists the domains with the new token; none where the token may not.
fn prove(
    ctx: &Context,
    account: &AccountId,
    http: &api::Http,
    reply: &api::TokenReply,
) -> Result<Option<usize>, Error> {
    let bearer = Arc::new(FixedToken::new(reply.access_token.clone()));
    let stop = ctx.signals.stop().clone();
    let client = Client::new(
        http.clone(),
        bearer,
        account.clone(),
        RetryPolicy::default(),
        stop,
    );
    let mut domains = 0;
    let read = ctx.domains(&client, false, &mut |_| {
        domains += 1;
        Ok(())
    });
    match read.map_err(Error::from) {
        Ok(_) => Ok(Some(domains)),
        Err(error) if error.code == Code::Forbidden => {
            ctx.ui.warning("the token works, but it may not list domains: `pbx` is missing from its scopes, or the account is another user's");
            if account.looks_like_reseller_number() {
                ctx.ui.hint(RESELLER_HINT);
            }
            Ok(None)
        }
        Err(mut error) => {
            if account.looks_like_reseller_number() && matches!(error.http_status, Some(400 | 404))
            {
                error.add_hint(RESELLER_HINT);
            }
            Err(error)
        }
    }
}

fn keep(ctx: &Context, store: &dyn Store, record: &Record) -> Result<(), Error> {
    let profile = &ctx.settings.profile.value;
    auth::session::save(store, &ctx.state_dir()?, profile, record)?;
    Ok(())
}

/// Writes down what the next command needs to find the login again; never a secret.
fn pin(ctx: &Context, record: &Record, account: &AccountId, kind: StoreKind) -> Result<(), Error> {
    let settings = &ctx.settings;
    let origin = record.origin.to_string();
    let store = kind.to_string();
    let mut values = vec![
        ("account", account.as_str()),
        ("client_id", record.client_id.as_str()),
        ("username", record.username.as_str()),
        ("store", store.as_str()),
    ];
    if settings.origin.source != Source::Default {
        values.push(("api_url", &origin));
    }
    if settings.scope.source != Source::Default {
        values.push(("scope", &record.scope));
    }
    let set = |config: &mut ConfigFile| config.set(&settings.profile.value, values);
    ConfigFile::edit(ctx.config_path()?, set).map_err(Error::from)
}

fn report(ctx: &Context, account: &AccountId, domains: Option<usize>) -> Result<(), Error> {
    if ctx.wants_json() {
        return ctx.print_json(&serde_json::json!({
            "profile": ctx.settings.profile.value,
            "account": account,
            "store": ctx.settings.store.value.to_string(),
            "domains": domains,
        }));
    }
    match domains {
        Some(domains) => ctx.ui.result_line(&format!(
            "Logged in: {} on account {account}",
            count(domains, "domain")
        )),
        None => ctx
            .ui
            .result_line(&format!("Logged in on account {account}")),
    }
    Ok(())
}
