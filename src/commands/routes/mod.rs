//! `skyswitch routes …`: VIP routing.

mod apply;
mod delete;
mod explain;
mod list;
mod plan;
mod plan_args;
mod set;
mod test;

use clap::Subcommand;

pub(super) use plan_args::domains;

use crate::api::Client;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::{Domain, DomainKey, Number, nearest_domain};

/// VIP routes ("route by ANI"): for this caller, go there
///
/// A route names the caller (ANI), optionally the number that was called (DNIS), the PBX domain,
/// and where the call goes. Callers without a route take the domain's fallback; a domain that was
/// never given one drops them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Set(set::Args),
    Delete(delete::Args),
    Plan(plan::Args),
    Apply(apply::Args),
    Explain(explain::Args),
    Test(test::Args),
}

impl Args {
    pub(crate) fn only_reads(&self) -> bool {
        matches!(
            self.command,
            Command::List(_) | Command::Plan(_) | Command::Explain(_) | Command::Test(_)
        )
    }
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    match &args.command {
        Command::List(args) => list::run(ctx, args),
        Command::Set(args) => set::run(ctx, args),
        Command::Delete(args) => delete::run(ctx, args),
        Command::Plan(args) => plan::run(ctx, args),
        Command::Apply(args) => apply::run(ctx, args),
        Command::Explain(args) => explain::run(ctx, args),
        Command::Test(args) => test::run(ctx, args),
    }
}

/// A telephone number behind a flag.
pub(super) fn number(ctx: &Context, flag: &str, text: &str) -> Result<Number, Error> {
    let parsed = match ctx.raw_numbers {
        true => Number::raw(text),
        false => Number::parse(text),
    };
    parsed.map_err(|error| Error::new(Code::InvalidInput, format!("{flag}: {error}")))
}

/// The domain of a command that needs one: its flag, else the default domain.
fn domain(ctx: &Context, flag: Option<&str>) -> Result<Domain, Error> {
    match (flag, &ctx.settings.domain) {
        (Some(text), _) => parse_domain(text),
        (None, Some(setting)) => Ok(setting.value.clone()),
        (None, None) => Err(Error::new(
            Code::Usage,
            "no domain is named: `--domain D`, `SKYSWITCH_DOMAIN` or the profile key `domain` are accepted",
        )
        .hint(format!("`{}` shows the domains there are", ctx.ready("domains list")))),
    }
}

pub(super) fn parse_domain(text: &str) -> Result<Domain, Error> {
    Domain::parse(text)
        .map_err(|error| Error::new(Code::InvalidInput, format!("--domain: {error}")))
}

/// A value as one word of a shell command that is safe to paste.
fn shell_word(text: &str) -> String {
    shell_words::quote(text).into_owned()
}

/// The server's spelling of a domain; none where the list of domains could not settle it.
fn check_domain(ctx: &Context, client: &Client, domain: &Domain) -> Result<Option<String>, Error> {
    let mut names = Vec::new();
    for fresh in [false, true] {
        names.clear();
        let read = ctx.domains(client, fresh, &mut |record| {
            names.extend(record.domain);
            Ok(())
        });
        let completeness = match read.map_err(Error::from) {
            Ok(completeness) => completeness,
            Err(error) if error.code == Code::Forbidden => {
                ctx.ui.warning(
                    "this token may not list domains, so the domain's name is not checked",
                );
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        if let Some(name) = names
            .iter()
            .find(|name| DomainKey::of(name) == domain.key())
        {
            return Ok(Some(name.clone()));
        }
        if !completeness.is_complete() {
            ctx.ui.warning(
                "the list of domains is not complete, so the domain's name is not checked",
            );
            return Ok(None);
        }
    }
    let error = Error::new(
        Code::UnknownDomain,
        format!("the account has no domain `{domain}`"),
    );
    Err(
        match nearest_domain(domain.as_str(), names.iter().map(String::as_str)) {
            Some(name) => error.hint(format!("did you mean `--domain {name}`?")),
            None => error.hint(format!(
                "`{}` shows the domains there are",
                ctx.ready("domains list")
            )),
        },
    )
}
