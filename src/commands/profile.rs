//! `skyswitch profile list|use|set|unset|remove`

use std::path::Path;

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use crate::api::Completeness;
use crate::config::{self, ACCOUNT_ID, ConfigFile, DOMAIN, SettingsError, Source, profile_keys};
use crate::context::{Context, store_of, unresolved};
use crate::error::{Code, Error};
use crate::model::{Row, StoreKind};
use crate::ops::domains::{Named, Purpose, cannot_be_looked_up, look_up};

/// Profiles: account, domain and login of one customer under one name
///
/// `--profile NAME` picks one for a command, `profile use NAME` for all that name none. `status`
/// with `--profile NAME` shows one whole.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the profiles, whether each is logged in, and which is the default
    #[command(alias = "ls")]
    List,
    /// Make a profile the one where none is named
    Use {
        /// The profile
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Set a key of the profile in force, which is made if need be
    ///
    /// The value is checked as if it were used. A command is split like a shell's words, and run
    /// without one. Secrets are no keys: `login` keeps them.
    Set {
        /// What to set
        #[arg(value_name = "KEY", value_parser = keys())]
        key: String,
        /// The value
        #[arg(value_name = "VALUE", allow_hyphen_values = true)]
        value: String,
    },
    /// Take a key of the profile in force away
    Unset {
        /// What to take away
        #[arg(value_name = "KEY", value_parser = keys())]
        key: String,
    },
    /// Remove a profile and forget its login
    #[command(alias = "rm")]
    Remove {
        /// The profile
        #[arg(value_name = "NAME")]
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

impl Args {
    /// Whether the profile's own account is asked what a value means: a domain that is not whole.
    pub(crate) fn looks_up(&self) -> bool {
        match &self.command {
            Command::Set { key, value } => *key == DOMAIN.key && short(value).is_some(),
            _ => false,
        }
    }
}

/// A domain of which only the first labels may be said.
fn short(text: &str) -> Option<Named> {
    let named = Named::typed("domain", text).ok()?;
    named.is_short().then_some(named)
}

fn keys() -> PossibleValuesParser {
    PossibleValuesParser::new(profile_keys())
}

/// The columns of `profile list`.
pub(crate) const COLUMNS: &[&str] = Listed::COLUMNS;

/// A profile as it is listed.
struct Listed {
    name: String,
    account: Option<String>,
    domain: Option<String>,
    store: StoreKind,
    /// None where the store cannot be asked.
    logged_in: Option<bool>,
    default: bool,
}

impl Row for Listed {
    const COLUMNS: &'static [&'static str] =
        &["name", "account", "domain", "store", "logged_in", "default"];
    const SWITCHES: &'static [&'static str] = &["logged_in", "default"];

    fn cell(&self, column: usize) -> Option<&str> {
        let switch = |on| if on { "true" } else { "false" };
        match column {
            0 => Some(&self.name),
            1 => self.account.as_deref(),
            2 => self.domain.as_deref(),
            3 => Some(self.store.as_str()),
            4 => self.logged_in.map(switch),
            5 => Some(switch(self.default)),
            _ => None,
        }
    }

    fn shown(&self, column: usize) -> Option<std::borrow::Cow<'_, str>> {
        match (column, self.cell(column)?) {
            (4, "false") => Some("no".into()),
            (4 | 5, "true") => Some("yes".into()),
            (5, _) => None,
            (_, cell) => Some(cell.into()),
        }
    }
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_sandbox("profile")?;
    if let Command::List = args.command {
        return list(ctx);
    }
    ctx.refuse_fields()?;
    let path = ctx.config_path()?;
    match &args.command {
        Command::List => list(ctx),
        Command::Use { name } => make_default(ctx, path, name),
        Command::Set { key, value } => set(ctx, path, key, value),
        Command::Unset { key } => unset(ctx, path, key),
        Command::Remove { name, yes } => remove(ctx, path, name, *yes),
    }
}

fn list(ctx: &Context) -> Result<(), Error> {
    let fields = ctx.fields::<Listed>()?;
    let file = ConfigFile::read(ctx.config_path()?)?;
    let default = config::default_profile(&file);
    let mut dead: Vec<StoreKind> = Vec::new();
    ctx.print_list(fields, "profile", |receive| {
        let mut received = 0;
        for (name, profile) in &file.profiles {
            let text = |names| profile.text(names).map(str::to_owned);
            let store = store_of(profile);
            let row = Listed {
                account: text(&ACCOUNT_ID),
                domain: text(&DOMAIN),
                store,
                logged_in: logged_in(ctx, name, store, &mut dead),
                default: *name == default,
                name: name.clone(),
            };
            received += 1;
            if receive(&row).is_err() {
                break;
            }
        }
        Ok(Completeness {
            received,
            ..Completeness::default()
        })
    })
}

/// Whether the store keeps a login; one that cannot be asked is named once, and not asked again.
fn logged_in(
    ctx: &Context,
    profile: &str,
    store: StoreKind,
    dead: &mut Vec<StoreKind>,
) -> Option<bool> {
    if dead.contains(&store) {
        return None;
    }
    match ctx.is_logged_in(profile, store) {
        Ok(is_logged_in) => Some(is_logged_in),
        Err(error) => {
            ctx.ui.warning(&error.to_string());
            dead.push(store);
            None
        }
    }
}

fn make_default(ctx: &Context, path: &Path, name: &str) -> Result<(), Error> {
    let name = ConfigFile::edit(path, |file| {
        let name = config::known_profile(file, name);
        if let Ok(name) = &name {
            file.set_default(name);
        }
        Ok(name)
    })?
    .map_err(|error| unknown(error, "use"))?;
    if let Source::Variable(variable) = ctx.settings.profile.source
        && ctx.settings.profile.value != name
    {
        ctx.ui.warning(&format!(
            "`{variable}` is set to `{}` here, and wins where it is set",
            ctx.settings.profile.value
        ));
    }
    say(
        ctx,
        &json!({ "default_profile": name }),
        &format!("profile `{name}` is the default now"),
    )
}

fn set(ctx: &Context, path: &Path, key: &str, value: &str) -> Result<(), Error> {
    // Held by the argument's own parser.
    let key = profile_keys()
        .find(|known| *known == key)
        .unwrap_or_default();
    let profile = &ctx.settings.profile.value;
    let full = match key == DOMAIN.key {
        true => domain_in_full(ctx, value)?,
        false => None,
    };
    let value = config::checked(key, full.as_deref().unwrap_or(value))?;
    let made = ConfigFile::edit(path, |file| {
        let made = file.spelled(profile).is_none();
        file.set(profile, [(key, value.clone())]).map(|()| made)
    })?;
    let verb = if made { "made" } else { "changed" };
    say(
        ctx,
        &json!({ "profile": profile, "key": key, "value": value }),
        &format!(
            "{verb} profile `{profile}`: {key} = {value}{}",
            full.map_or("", |_| ", in full")
        ),
    )
}

/// A domain's first labels are looked up among the account's domains; settings hold whole names. None
/// where it is one, or may be one and nobody can be asked.
fn domain_in_full(ctx: &Context, text: &str) -> Result<Option<String>, Error> {
    let Some(named) = short(text) else {
        return Ok(None);
    };
    let looked_up = ctx
        .client()
        .and_then(|client| look_up(ctx, &client, &named, Purpose::Write, &mut None));
    match looked_up {
        Ok(Some(full)) => Ok(Some(full.to_string()).filter(|full| full != text)),
        Err(error) if matches!(error.code, Code::UnknownDomain | Code::InvalidInput) => Err(error),
        Err(error) if text.contains('.') => {
            ctx.ui
                .warning(&format!("`{text}` was not looked up: {error}"));
            Ok(None)
        }
        Ok(None) if text.contains('.') => Ok(None),
        Ok(None) => Err(cannot_be_looked_up(ctx, &named)),
        Err(error) => {
            let why = format!("{}: {error}", cannot_be_looked_up(ctx, &named));
            Err(Error {
                message: why,
                ..error
            })
        }
    }
}

fn unset(ctx: &Context, path: &Path, key: &str) -> Result<(), Error> {
    let profile = &ctx.settings.profile.value;
    let was_set = ConfigFile::edit(path, |file| {
        Ok(config::known_profile(file, profile).map(|name| file.unset(&name, key)))
    })?
    .map_err(|error| unresolved(error, ctx.as_typed()))?;
    let line = match was_set {
        true => format!("changed profile `{profile}`: {key} is not set any more"),
        false => format!("profile `{profile}`: {key} was not set"),
    };
    say(
        ctx,
        &json!({ "profile": profile, "key": key, "value": null }),
        &line,
    )
}

/// The login goes first: a profile whose login is out of reach stays, so that it is not forgotten.
fn remove(ctx: &Context, path: &Path, name: &str, yes: bool) -> Result<(), Error> {
    let file = ConfigFile::read(path)?;
    let name = config::known_profile(&file, name).map_err(|error| unknown(error, "remove"))?;
    let store = file
        .profiles
        .get(&name)
        .map_or(StoreKind::Keyring, store_of);
    if !yes {
        let question = format!("Remove profile `{name}` and its login?");
        ctx.confirm(&question, ctx.again())?;
    }
    let forgotten = ctx.forget_if_any(&name, store)?;
    if forgotten.is_none() {
        ctx.ui
            .warning("there is no keyring here: what another session's may keep is not forgotten");
    }
    let logged_out = forgotten == Some(true);
    ConfigFile::edit(path, |file| {
        file.remove(&name);
        Ok(())
    })?;
    let login = if logged_out { " and its login" } else { "" };
    say(
        ctx,
        &json!({ "removed": name, "logged_out": logged_out }),
        &format!("removed profile `{name}`{login}"),
    )
}

/// The nearest name as a command to run.
fn unknown(error: SettingsError, verb: &str) -> Error {
    let hint = match &error {
        SettingsError::UnknownProfile {
            nearest: Some(name),
            ..
        } => {
            format!("did you mean `skyswitch profile {verb} {name}`?")
        }
        SettingsError::UnknownProfile { known, .. } if known.is_empty() => return error.into(),
        _ => "`skyswitch profile list` shows all".to_owned(),
    };
    Error::from(error).hint(hint)
}

fn say(ctx: &Context, object: &Value, line: &str) -> Result<(), Error> {
    if ctx.wants_json() {
        return ctx.print_json(object);
    }
    ctx.ui.result_line(line);
    Ok(())
}
