//! What a login has to know: from flags, standard input, files, variables and the profile, and the
//! rest from whoever sits at the terminal. What the server refuses is asked for again.

use std::io::Read as _;

use super::Args;
use crate::api;
use crate::auth::Credentials;
use crate::auth::credentials::{self, PartialCredentials};
use crate::config::Source;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::AccountId;
use crate::secret::Secret;
use crate::ui::PromptError;

/// How often something refused is asked for again.
const AGAIN: usize = 3;

/// What was given besides the flags.
#[derive(Default)]
pub(super) struct Given {
    credentials: PartialCredentials,
    account: Option<AccountId>,
}

/// What the server may refuse by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The client's secret.
    ClientSecret,
    /// The user's password.
    Password,
    /// The account's id.
    Account,
}

/// Everything that was asked for or given.
pub(super) struct Answers {
    pub(super) credentials: Credentials,
    pub(super) account: AccountId,
    /// What somebody typed just now, and can type again.
    typed: Vec<Part>,
}

pub(super) fn given(args: &Args) -> Result<Given, Error> {
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
pub(super) fn answers(ctx: &Context, args: &Args, given: Given) -> Result<Answers, Error> {
    let settings = &ctx.settings;
    let environment = &settings.credentials;
    let mut typed = Vec::new();
    let Given {
        credentials: given,
        account,
    } = given;
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
    let credentials = Credentials {
        client_id: ask(ctx, client_id, "Client id", "CLIENT_ID")?,
        client_secret: ask_secret(ctx, client_secret, Part::ClientSecret, &mut typed)?,
        username: ask(ctx, username, "User name", "USERNAME")?,
        password: ask_secret(ctx, password, Part::Password, &mut typed)?,
        scope,
    };
    Ok(Answers {
        account: account_id(ctx, account, &mut typed)?,
        credentials,
        typed,
    })
}

/// Tries the answers; one that was typed and is refused is asked for again, and no other.
pub(super) fn until_taken<T>(
    ctx: &Context,
    answers: &mut Answers,
    attempt: impl Fn(&Answers) -> Result<T, (Error, Option<Part>)>,
) -> Result<T, Error> {
    let mut left = AGAIN;
    loop {
        let (error, refused) = match attempt(answers) {
            Ok(taken) => return Ok(taken),
            Err(refused) => refused,
        };
        let again = refused.filter(|part| left > 0 && answers.typed.contains(part));
        let Some(part) = again else {
            return Err(error);
        };
        left -= 1;
        ctx.ui.warning(&error.message);
        // What to check is the very thing that is asked for.
        if part == Part::Account
            && let Some(hint) = &error.hint
        {
            ctx.ui.hint(hint);
        }
        if answers.ask_again(ctx, part).is_none() {
            return Err(error);
        }
    }
}

/// Which of the answers a refusal of the token endpoint is about, where it says.
pub(super) fn refused_part(error: &api::Error) -> Option<Part> {
    let api::Error::Answer(answer) = error else {
        return None;
    };
    match answer.code.as_deref()? {
        "invalid_client" | "unauthorized_client" => Some(Part::ClientSecret),
        "invalid_grant" | "invalid_credentials" => Some(Part::Password),
        _ => None,
    }
}

impl Answers {
    /// None where nobody answers.
    fn ask_again(&mut self, ctx: &Context, part: Part) -> Option<()> {
        let secret = || {
            let secret = ctx.ui.ask_secret(part.label()).ok();
            secret.filter(|secret| !secret.is_empty())
        };
        match part {
            Part::ClientSecret => self.credentials.client_secret = secret()?,
            Part::Password => self.credentials.password = secret()?,
            Part::Account => self.account = ask_account(ctx).ok()??,
        }
        Some(())
    }
}

impl Part {
    fn label(self) -> &'static str {
        match self {
            Self::ClientSecret => "Client secret",
            Self::Password => "Password",
            Self::Account => "Account id (portal: Manage Accounts > View > API)",
        }
    }
}

fn account_id(
    ctx: &Context,
    given: Option<AccountId>,
    typed: &mut Vec<Part>,
) -> Result<AccountId, Error> {
    if let Some(setting) = &ctx.settings.account
        && (given.is_none() || !matches!(setting.source, Source::Profile(_)))
    {
        return Ok(setting.value.clone());
    }
    if let Some(account) = given {
        return Ok(account);
    }
    typed.push(Part::Account);
    ask_account(ctx)?.ok_or_else(crate::context::no_account)
}

/// None where nobody can be asked.
fn ask_account(ctx: &Context) -> Result<Option<AccountId>, Error> {
    let mut left = AGAIN;
    loop {
        let Some(text) = answer(ctx.ui.ask(Part::Account.label()))? else {
            return Ok(None);
        };
        match AccountId::parse(&text) {
            Ok(account) => return Ok(Some(account)),
            Err(error) if left == 0 => return Err(Error::of(Code::InvalidInput, error)),
            Err(error) => ctx.ui.warning(&error.to_string()),
        }
        left -= 1;
    }
}

fn ask(ctx: &Context, known: Option<String>, label: &str, name: &str) -> Result<String, Error> {
    let text = match known {
        Some(text) => Some(text),
        None => not_empty(ctx, label, || ctx.ui.ask(label), String::is_empty)?,
    };
    text.ok_or_else(|| missing(ctx, label, name))
}

fn ask_secret(
    ctx: &Context,
    known: Option<Secret>,
    part: Part,
    typed: &mut Vec<Part>,
) -> Result<Secret, Error> {
    if let Some(secret) = known.filter(|secret| !secret.is_empty()) {
        return Ok(secret);
    }
    typed.push(part);
    let label = part.label();
    let secret = not_empty(ctx, label, || ctx.ui.ask_secret(label), Secret::is_empty)?;
    let name = match part {
        Part::ClientSecret => "CLIENT_SECRET",
        _ => "PASSWORD",
    };
    secret.ok_or_else(|| missing(ctx, label, name))
}

/// An answer that is not empty, asked for three times more; none where nobody can be asked or answers.
fn not_empty<T>(
    ctx: &Context,
    label: &str,
    ask: impl Fn() -> Result<T, PromptError>,
    is_empty: impl Fn(&T) -> bool,
) -> Result<Option<T>, Error> {
    for left in (0..=AGAIN).rev() {
        let given = answer(ask())?;
        if !given.as_ref().is_some_and(&is_empty) {
            return Ok(given);
        }
        if left > 0 {
            ctx.ui
                .warning(&format!("the {} is empty", label.to_lowercase()));
        }
    }
    Ok(None)
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
