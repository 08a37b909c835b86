//! `skyswitch login`

mod questions;

use std::path::PathBuf;
use std::sync::Arc;

use crate::api::{self, Client, RetryPolicy};
use crate::auth::{self, FixedToken, Record, Store};
use crate::config::{ConfigFile, Source};
use crate::context::{Context, RESELLER_HINT};
use crate::error::{Code, Error};
use crate::model::{AccountId, StoreKind, count};
use questions::{Answers, Part};

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

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    ctx.refuse_sandbox("login")?;
    let kind = ctx.settings.store.value;
    if args.remember_password && kind == StoreKind::File {
        return Err(Error::new(
            Code::Usage,
            "--remember-password: the file store never keeps a password",
        )
        .hint(format!(
            "`{}` keeps no password",
            ctx.again().without("--remember-password")
        )));
    }
    // Before anything that takes its time: answers may be pasted already.
    #[cfg(unix)]
    let quiet = (!args.secrets_stdin).then(|| ctx.ui.quiet_terminal());
    // Read first: a login that could not be written down is not worth typing.
    let config = ConfigFile::read(ctx.config_path()?)?;
    ctx.state_dir()?;
    let given = questions::given(args)?;
    let store = ctx.store()?;
    let profile = &ctx.settings.profile.value;
    // Before any secret is asked for or sent: what could not be kept is not worth typing.
    store.probe(profile).map_err(Error::from)?;
    // Written to only now: a store that is no use leaves nothing on disk.
    config.probe()?;
    if let Ok(Some(former)) = store.read(profile) {
        say_whose(ctx, &former);
    }
    let asking = ctx.signals.asking();
    let mut answers = questions::answers(ctx, args, given)?;
    ctx.refuse_sandbox_credentials(&answers.credentials)?;
    let http = ctx.http()?;
    if ctx.ui.can_ask() {
        ctx.ui
            .status(&format!("asking {} for a token", http.origin()));
    }
    let reply = questions::until_taken(ctx, &mut answers, |answers| token(ctx, &http, answers))?;
    let domains = questions::until_taken(ctx, &mut answers, |answers| {
        prove(ctx, answers, &http, &reply)
    })?;
    #[cfg(unix)]
    drop(quiet);
    drop(asking);
    let Answers {
        credentials,
        account,
        ..
    } = answers;
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

/// Whose login is about to be replaced.
fn say_whose(ctx: &Context, former: &Record) {
    let account = former.account.as_ref();
    let account = account.map_or(String::new(), |account| format!(" on account {account}"));
    ctx.ui.status(&format!(
        "profile `{}` is logged in as {}{account}: this login takes its place",
        ctx.settings.profile.value, former.username
    ));
}

fn token(
    ctx: &Context,
    http: &api::Http,
    answers: &Answers,
) -> Result<api::TokenReply, (Error, Option<Part>)> {
    let credentials = &answers.credentials;
    let granted = http.password_grant(credentials, ctx.signals.stop());
    granted.map_err(|refused| {
        let part = questions::refused_part(&refused);
        let mut error = Error::from(refused);
        if let Some(hint) = ctx.look_alike(Some(&credentials.username), Some(&credentials.scope)) {
            error.add_hint(hint);
        }
        (error, part)
    })
}

/// Lists the domains with the new token; none where the token may not.
fn prove(
    ctx: &Context,
    answers: &Answers,
    http: &api::Http,
    reply: &api::TokenReply,
) -> Result<Option<usize>, (Error, Option<Part>)> {
    let account = &answers.account;
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
            let of_the_account = matches!(error.http_status, Some(400 | 404));
            if account.looks_like_reseller_number() && of_the_account {
                error.add_hint(RESELLER_HINT);
            }
            Err((error, of_the_account.then_some(Part::Account)))
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
    if ctx.ui.can_ask() {
        ctx.ui.show_results();
        let place = place(ctx)?;
        ctx.ui.status(&format!("the secrets are in {place}"));
        let next: &[&str] = match domains {
            Some(_) => &["routes list", "routes set --help"],
            None => &["status"],
        };
        let next = next.iter().map(|words| format!("`{}`", ctx.ready(words)));
        let next: Vec<String> = next.collect();
        ctx.ui.status(&format!("try {}", next.join(" and ")));
        if matches!(ctx.settings.profile.source, Source::Flag(_)) {
            let usual = format!("skyswitch profile use {}", ctx.settings.profile.value);
            let text = format!("`{usual}` makes it the profile where none is named");
            ctx.ui.status(&text);
        }
    }
    Ok(())
}

/// Where this login's secrets are.
fn place(ctx: &Context) -> Result<String, Error> {
    Ok(match ctx.settings.store.value {
        StoreKind::Keyring => "the keyring of this machine, under `skyswitch-cli`".to_owned(),
        StoreKind::File => {
            let directory = ctx.state_dir()?.join("credentials");
            format!(
                "a file under `{}` that only you can read",
                directory.display()
            )
        }
    })
}
