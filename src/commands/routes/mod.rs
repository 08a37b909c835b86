//! `skyswitch routes …`: VIP routing.

mod apply;
mod check;
mod copy;
mod delete;
mod doubts;
mod elsewhere;
mod explain;
mod import;
mod lending;
mod list;
mod moving;
mod plan;
mod plan_args;
mod pull;
mod set;
mod test;
mod typed;
pub(super) mod which;

use clap::{Args as _, Subcommand};

pub(super) use plan_args::{EMPTY_DOMAIN, domains};

use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::{Number, NumberError, Route, RouteKey};
use crate::ops::domains::Named;
use typed::Typed;

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
    #[command(visible_alias = "ls")]
    List(list::Args),
    Set(set::Args),
    #[command(visible_alias = "rm")]
    Delete(delete::Args),
    Move(moving::Args),
    Copy(copy::Args),
    Plan(plan::Args),
    Apply(apply::Args),
    Pull(pull::Args),
    Check(check::Args),
    Import(import::Args),
    Explain(explain::Args),
    Test(test::Args),
}

/// A command's name, its aliases behind it, and what adds its arguments.
pub(super) type ByName = (&'static [&'static str], fn(clap::Command) -> clap::Command);

/// The same by their names, each by itself.
pub(super) const COMMANDS: [ByName; 12] = [
    (&["list", "ls"], list::Args::augment_args),
    (&["set"], set::Args::augment_args),
    (&["delete", "rm"], delete::Args::augment_args),
    (&["move"], moving::Args::augment_args),
    (&["copy"], copy::Args::augment_args),
    (&["plan"], plan::Args::augment_args),
    (&["apply"], apply::Args::augment_args),
    (&["pull"], pull::Args::augment_args),
    (&["check"], check::Args::augment_args),
    (&["import"], import::Args::augment_args),
    (&["explain"], explain::Args::augment_args),
    (&["test"], test::Args::augment_args),
];

impl Args {
    pub(crate) fn only_reads(&self) -> bool {
        matches!(
            self.command,
            Command::List(_)
                | Command::Plan(_)
                | Command::Pull(_)
                | Command::Check(_)
                | Command::Explain(_)
                | Command::Test(_)
        )
    }
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    match &args.command {
        Command::List(args) => list::run(ctx, args),
        Command::Set(args) => set::run(ctx, args),
        Command::Delete(args) => delete::run(ctx, args),
        Command::Move(args) => moving::run(ctx, args),
        Command::Copy(args) => copy::run(ctx, args),
        Command::Plan(args) => plan::run(ctx, args),
        Command::Apply(args) => apply::run(ctx, args),
        Command::Pull(args) => pull::run(ctx, args),
        Command::Check(args) => check::run(ctx, args),
        Command::Import(args) => import::run(ctx, args),
        Command::Explain(args) => explain::run(ctx, args),
        Command::Test(args) => test::run(ctx, args),
    }
}

/// A telephone number behind a flag.
pub(super) fn number(ctx: &Context, flag: &str, text: &str) -> Result<Number, Error> {
    read_number(ctx, flag, text, Number::parse)
}

/// A telephone number behind a flag of a command that reads rows: bare digits mean a row that is
/// spelled exactly so, which the command makes sure of with [`needs_row`].
fn number_of_row(ctx: &Context, flag: &str, text: &str) -> Result<Number, Error> {
    read_number(ctx, flag, text, Number::of_row)
}

/// For a number that no row has: bare digits are none then.
fn needs_row(ctx: &Context, typed: Typed<'_>, number: Option<&Number>) -> Result<(), Error> {
    let Some((number, error)) = number.and_then(|number| Some((number, number.without_row()?)))
    else {
        return Ok(());
    };
    // Shown with its `+` where it can be another country's.
    let hint = match number.to_string() {
        // A shorter one is rather one of here with a digit too few.
        abroad if abroad.starts_with('+') && abroad.len() > 11 => {
            let again = ctx.again().instead(typed.text, &abroad);
            format!("is a digit too many? Another country's number has a `+`: `{again}`")
        }
        _ => format!(
            "no route is listed under exactly these digits either; `{}` shows the routes there are",
            ctx.ready("routes list")
        ),
    };
    Err(Error::new(Code::InvalidInput, format!("{}: {error}", typed.place)).hint(hint))
}

fn read_number(
    ctx: &Context,
    flag: &str,
    text: &str,
    parse: fn(&str) -> Result<Number, NumberError>,
) -> Result<Number, Error> {
    let parse = if ctx.raw_numbers { Number::raw } else { parse };
    parse(text).map_err(|error| Error::at(Code::InvalidInput, flag, error))
}

/// The domain of a command that needs one: its flag, else the default domain; none where somebody can be
/// asked for it ([`which::domain`]).
pub(super) fn domain(ctx: &Context, flag: Option<&str>) -> Result<Option<Named>, Error> {
    match named(ctx, flag)? {
        None if !ctx.ui.can_ask() => Err(no_domain(ctx)),
        named => Ok(named),
    }
}

fn no_domain(ctx: &Context) -> Error {
    let text = "no domain is named: `--domain D`, `SKYSWITCH_DOMAIN` or the profile key `domain` are accepted";
    let list = ctx.ready("domains list");
    Error::new(Code::Usage, text).hint(format!("`{list}` shows the domains there are"))
}

/// The same of a command that can do without.
fn named(ctx: &Context, flag: Option<&str>) -> Result<Option<Named>, Error> {
    let setting = ctx.settings.domain.as_ref();
    match flag {
        Some(text) => Named::typed("--domain", text).map(Some),
        None => Ok(setting.map(|setting| Named::setting(setting.value.clone()))),
    }
}

/// The command that takes exactly this route away.
pub(super) fn delete_by_hand(ctx: &Context, key: &RouteKey) -> String {
    let dnis = key.dnis.as_ref().map_or(String::new(), ToString::to_string);
    ctx.ready(&format!(
        "routes delete {} --domain {} {}",
        ctx.word(&key.ani.to_string()),
        ctx.word(key.domain.as_str()),
        ctx.option("--dnis", &dnis)
    ))
}

/// The command that sets a route as it is here.
pub(super) fn set_by_hand(ctx: &Context, route: &Route) -> String {
    fn text(field: &Option<String>) -> &str {
        field.as_deref().unwrap_or_default()
    }
    let called = route.dnis.is_some();
    let called = called.then(|| format!(" {}", ctx.option("--dnis", text(&route.dnis))));
    ctx.ready(&format!(
        "routes set --ani {} --domain {} --destination {}{} --application {}",
        ctx.word(text(&route.ani)),
        ctx.word(text(&route.domain)),
        ctx.word(text(&route.destination)),
        called.unwrap_or_default(),
        ctx.word(route.application_or_user())
    ))
}
