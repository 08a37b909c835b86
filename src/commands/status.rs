//! `skyswitch status [--check]`

use jiff::{Timestamp, Zoned};
use serde_json::{Value, json};

use crate::api::{self, TokenInfo};
use crate::auth::claims;
use crate::config::Source;
use crate::context::{Context, Credential};
use crate::error::Error;
use crate::model::{StoreKind, count, when};
use crate::server::Fact;

/// Who is logged in, on which account, until when
///
/// And where each setting came from.
///
/// Reads only this machine; `--check` asks the server as well.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ask the server what it says of the token, and list the account's domains
    #[arg(long)]
    check: bool,
}

/// What this machine knows of the session.
#[derive(Default)]
struct View {
    username: Option<String>,
    asked: Option<String>,
    granted: Option<String>,
    expires: Option<u64>,
    remembers_password: bool,
    renewable: Option<bool>,
    problem: Option<Error>,
}

/// What the server says.
struct Check {
    token: Option<TokenInfo>,
    domains: Option<usize>,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    let mut view = look(ctx);
    let mut checked = None;
    if args.check && view.problem.is_none() {
        match check(ctx) {
            Ok(check) => checked = Some(check),
            Err(error) => view.problem = Some(error),
        }
    }
    if ctx.wants_json() {
        return match view.problem {
            Some(problem) => Err(problem),
            None => ctx.print_json(&object(ctx, &view, checked.as_ref())),
        };
    }
    for (name, value) in lines(ctx, &view, checked.as_ref()) {
        ctx.ui
            .data_line(&format!("{name:<12} {}", crate::output::visible(&value)));
    }
    view.problem.map_or(Ok(()), Err)
}

fn look(ctx: &Context) -> View {
    let mut view = View::default();
    match ctx.credential() {
        Credential::Store => match ctx.login() {
            Ok(record) => {
                view.username = Some(record.username);
                view.asked = Some(record.scope);
                view.granted = record.granted_scope;
                view.expires = record.expires_at;
                view.remembers_password = record.password.is_some();
                view.renewable = Some(record.refresh_token.is_some() || view.remembers_password);
            }
            Err(error) => view.problem = Some(error),
        },
        Credential::Environment => {
            view.asked = Some(ctx.settings.scope.value.clone());
            match ctx.environment_credentials() {
                Ok(credentials) => view.username = Some(credentials.username),
                Err(error) => view.problem = Some(error),
            }
            view.renewable = Some(true);
        }
        Credential::Command => view.asked = Some(ctx.settings.scope.value.clone()),
        Credential::Token => {
            view.renewable = Some(false);
            match ctx.bearer().map(|bearer| bearer.bearer()) {
                Ok(Ok(token)) => {
                    view.granted = claims::scopes(&token).map(|scopes| scopes.join(" "));
                }
                Ok(Err(error)) => view.problem = Some(api::Error::Bearer(error).into()),
                Err(error) => view.problem = Some(error),
            }
        }
        Credential::Sandbox => {}
    }
    if view.problem.is_none() {
        view.problem = ctx.account().err();
    }
    view
}

fn check(ctx: &Context) -> Result<Check, Error> {
    let bearer = ctx.bearer()?;
    let client = ctx.client()?;
    let mut domains = 0;
    let read = ctx.domains(&client, false, &mut |_| {
        domains += 1;
        Ok(())
    });
    let domains = match read.map_err(Error::from) {
        Ok(_) => Some(domains),
        Err(error) if error.code == crate::error::Code::Forbidden => {
            ctx.ui.warning("the token may not list domains");
            None
        }
        Err(error) => return Err(error),
    };
    // After the list, which has renewed a token that was over.
    let token = bearer.bearer().map_err(api::Error::Bearer)?;
    let token = match ctx.http()?.token_info(&token) {
        Ok(info) => Some(info),
        Err(error) => {
            ctx.ui
                .warning(&format!("the server does not describe the token: {error}"));
            None
        }
    };
    Ok(Check { token, domains })
}

/// In words where the credentials are, for people and for scripts.
fn place(ctx: &Context) -> (&'static str, String) {
    let settings = &ctx.settings;
    match ctx.credential() {
        Credential::Sandbox => ("sandbox", "the sandbox's own".to_owned()),
        Credential::Token => (
            "token",
            "`SKYSWITCH_TOKEN`, used as it is; no store is opened".to_owned(),
        ),
        Credential::Environment => {
            let missing = settings.credentials.missing();
            let text = if missing.is_empty() {
                "environment variables; no store is opened".to_owned()
            } else {
                format!(
                    "environment variables, the rest from the login in the {}",
                    settings.store.value
                )
            };
            ("environment", text)
        }
        Credential::Command => {
            let source = settings
                .credential_command
                .as_ref()
                .map(|setting| setting.source.to_string());
            (
                "command",
                format!("a command ({})", source.unwrap_or_default()),
            )
        }
        Credential::Store => {
            let mut text = format!("{} ({})", settings.store.value, settings.store.source);
            if settings.store.value == StoreKind::File
                && let Ok(directory) = ctx.state_dir()
            {
                text = format!("{text}, in {}", directory.join("credentials").display());
            }
            ("store", text)
        }
    }
}

fn lines(ctx: &Context, view: &View, checked: Option<&Check>) -> Vec<(&'static str, String)> {
    let settings = &ctx.settings;
    let with = |value: &str, source: &Source| format!("{value} ({source})");
    let mut lines = Vec::new();
    if ctx.credential() == Credential::Store {
        lines.push((
            "profile",
            with(&settings.profile.value, &settings.profile.source),
        ));
    }
    let api = match ctx.credential() {
        Credential::Sandbox => "the emulator inside this process".to_owned(),
        _ => with(&settings.origin.value.to_string(), &settings.origin.source),
    };
    lines.push(("api", api));
    let account = match (&settings.account, ctx.credential()) {
        (_, Credential::Sandbox) => ctx.account().map(|id| id.to_string()).unwrap_or_default(),
        (Some(setting), _) => with(setting.value.as_str(), &setting.source),
        (None, _) => "none".to_owned(),
    };
    lines.push(("account", account));
    lines.push(("credentials", place(ctx).1));
    if let Some(username) = &view.username {
        lines.push(("user", username.clone()));
    }
    if let Some(scopes) = scopes(view) {
        lines.push(("scopes", scopes));
    }
    if let Some(expires) = view.expires {
        let token = expiry(expires, view.renewable);
        lines.push(("token", ctx.ready_text(&token)));
    }
    if view.remembers_password {
        lines.push(("password", "remembered".to_owned()));
    }
    lines.push(("server", facts(ctx)));
    lines.extend(surroundings(ctx));
    lines.extend(temporary(ctx));
    if let Some(check) = checked {
        lines.push(("server says", spoken(check)));
    }
    lines
}

/// The temporary routes that this machine made, where it ever made one.
fn temporary(ctx: &Context) -> Option<(&'static str, String)> {
    let lent = ctx.lent()?;
    let mut routes = count(lent.loans.len(), "route");
    if let Some(next) = lent.loans.next_end(Timestamp::now()) {
        routes += &format!(", the next ends {}", when(next, &Zoned::now()));
    }
    let overdue = lent.overdue(Timestamp::now());
    let overdue = overdue.map_or_else(String::new, |overdue| format!(", {overdue}"));
    let text = format!("{routes}{overdue}; {}", lent.last_run());
    Some(("temporary", text))
}

/// Granted where that is known, else what was asked for, and which of the two it is.
fn scopes(view: &View) -> Option<String> {
    match (&view.granted, &view.asked) {
        (Some(granted), _) => Some(format!("{granted} (granted)")),
        (None, Some(asked)) => Some(format!("{asked} (asked for)")),
        (None, None) => None,
    }
}

/// How much is known of what the server does, and what will not be for long.
fn facts(ctx: &Context) -> String {
    let facts = ctx.facts();
    let doctor = ctx.ready("doctor --domain D");
    let all = ctx.ready("doctor --json");
    let ending: Vec<&str> = facts.ending().into_iter().map(Fact::name).collect();
    match (facts.count(), ending.as_slice()) {
        (0, _) => format!("nothing known of what it does; `{doctor}` finds out"),
        (known, []) => format!(
            "{} known of what it does; `{all}` shows them",
            count(known, "fact")
        ),
        (known, ending) => format!(
            "{} known of what it does; not seen for long and soon forgotten: {}; `{doctor}` looks again",
            count(known, "fact"),
            ending.join(", ")
        ),
    }
}

/// What else decides where requests go and who is trusted; only what differs from the plain case.
fn surroundings(ctx: &Context) -> Vec<(&'static str, String)> {
    let settings = &ctx.settings;
    if settings.sandbox {
        return Vec::new();
    }
    let mut lines = Vec::new();
    if let Some(path) = &settings.config_path {
        let missing = if path.is_file() { "" } else { " (not there)" };
        lines.push(("config", format!("{}{missing}", path.display())));
    }
    if let Some(domain) = &settings.domain {
        lines.push(("domain", format!("{} ({})", domain.value, domain.source)));
    }
    if let Some((address, used)) = proxy(ctx) {
        let unused = if used { "" } else { ", not used for this API" };
        lines.push(("proxy", format!("{address}{unused}")));
    }
    if let Some(bundle) = &settings.ca_bundle {
        lines.push((
            "cacert",
            format!("{} ({})", bundle.value.display(), bundle.source),
        ));
    }
    lines
}

/// The proxy's host, port and source, never its password, and whether the API is reached through it.
fn proxy(ctx: &Context) -> Option<(String, bool)> {
    let proxy = ctx.settings.proxy.as_ref()?;
    let origin = &ctx.settings.origin.value;
    let used = proxy.leads_to(origin);
    let address = match proxy.address() {
        Ok((host, port)) => format!("{host}:{port}"),
        Err(_) => "unreadable".to_owned(),
    };
    Some((format!("{address} ({})", proxy.url.source), used))
}

fn spoken(check: &Check) -> String {
    let mut parts = Vec::new();
    if let Some(token) = &check.token {
        if let Some(username) = &token.username {
            parts.push(format!("user {username}"));
        }
        parts.push(format!("scopes {token}"));
        if let Some(expires) = token
            .expires
            .and_then(|expires| u64::try_from(expires).ok())
        {
            parts.push(format!("token {}", expiry(expires, None)));
        }
    }
    if let Some(domains) = check.domains {
        parts.push(count(domains, "domain"));
    }
    parts.join(", ")
}

fn object(ctx: &Context, view: &View, checked: Option<&Check>) -> Value {
    let settings = &ctx.settings;
    let words =
        |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
    let sandbox = ctx.credential() == Credential::Sandbox;
    let account = ctx.account().ok().map(|id| {
        let source = settings
            .account
            .as_ref()
            .map_or("sandbox".to_owned(), |setting| setting.source.to_string());
        json!({ "id": id, "source": source })
    });
    let api = ctx.origin().ok().map(|origin| {
        let source = if sandbox {
            "sandbox".to_owned()
        } else {
            settings.origin.source.to_string()
        };
        json!({ "url": origin, "source": source })
    });
    let store = (ctx.credential() == Credential::Store).then(|| {
        json!({ "kind": settings.store.value.to_string(), "source": settings.store.source.to_string() })
    });
    json!({
        "logged_in": view.problem.is_none(),
        "sandbox": sandbox,
        "profile": { "name": settings.profile.value, "source": settings.profile.source.to_string() },
        "api": api,
        "account": account,
        "credentials": place(ctx).0,
        "store": store,
        "username": view.username,
        "scopes": view.granted.as_deref().or(view.asked.as_deref()).map(words),
        "scopes_are": view.granted.as_ref().map(|_| "granted").or(view.asked.as_ref().map(|_| "asked for")),
        "expires_at": view.expires.and_then(timestamp),
        "renewable": view.renewable,
        "password_remembered": view.remembers_password,
        "temporary": ctx.lent().map(|lent| json!({
            "routes": lent.loans.len(),
            "overdue": lent.loans.overdue(Timestamp::now()).len(),
            "expired_ran_at": lent.ran.map(|ran| ran.to_string()),
        })),
        "domain": settings.domain.as_ref().map(|domain| json!({ "name": domain.value, "source": domain.source.to_string() })),
        "config": settings.config_path.as_ref().filter(|_| !sandbox).map(|path| path.display().to_string()),
        "proxy": proxy(ctx).map(|(address, used)| json!({ "address": address, "used": used })),
        "cacert": settings.ca_bundle.as_ref().map(|bundle| json!({ "path": bundle.value.display().to_string(), "source": bundle.source.to_string() })),
        "check": checked.map(|check| json!({
            "username": check.token.as_ref().and_then(|token| token.username.clone()),
            "scopes": check.token.as_ref().map(|token| token.scopes.clone()),
            "expires_at": check.token.as_ref().and_then(|token| token.expires)
                .and_then(|expires| u64::try_from(expires).ok()).and_then(timestamp),
            "domains": check.domains,
        })),
    })
}

fn timestamp(seconds: u64) -> Option<String> {
    let seconds = i64::try_from(seconds).ok()?;
    Timestamp::from_second(seconds)
        .ok()
        .map(|time| time.to_string())
}

/// `valid until today 18:00 (5 h 59 min left)`, or that it is over, and what happens then.
pub(super) fn expiry(expires: u64, renewable: Option<bool>) -> String {
    let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
    let at = i64::try_from(expires).map(Timestamp::from_second);
    let at = match at {
        Ok(Ok(at)) => when(at, &Zoned::now()),
        _ => "an unknown time".to_owned(),
    };
    match (expires.checked_sub(now), renewable) {
        (Some(left), _) if left > 0 => format!("valid until {at} ({} left)", span(left)),
        (_, Some(true)) => format!("over since {at}; the next command renews it"),
        (_, Some(false)) => {
            format!("over since {at}; it cannot be renewed: run `skyswitch login`")
        }
        (_, None) => format!("over since {at}"),
    }
}

pub(super) fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::{expiry, span};

    #[test]
    fn times_are_told_in_words() {
        assert_eq!(span(59), "59 s");
        assert_eq!(span(21_540), "5 h 59 min");
        assert!(expiry(1_462_006_322, None).starts_with("over since 2016-04-30 "));
        assert!(expiry(1, Some(false)).contains("skyswitch login"));
        assert!(expiry(u64::MAX, None).contains("unknown time"));
    }
}
