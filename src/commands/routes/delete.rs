//! `skyswitch routes delete`

use serde_json::json;

use super::elsewhere::Elsewhere;
use super::typed::{Caller, Typed};
use super::{domain, needs_row, number_of_row, which};
use crate::api::Client;
use crate::context::{Again, Context};
use crate::error::{Code, Error};
use crate::model::{Change, Domain, Number, Route, count, shown};
use crate::ops::Answer;
use crate::ops::all_the_same;
use crate::ops::single::{self, Performed, Single};
use crate::plan::takers::Tense;
use crate::ui::Beginning;

/// Delete VIP routes of one caller in one domain
///
/// Reads first, shows what will go, and asks; without a terminal it needs `--yes`. What stood there
/// is kept in the journal. A caller without a route takes the domain's fallback, and is dropped
/// where there is none.
#[derive(Debug, clap::Args)]
#[command(override_usage = "skyswitch routes delete [OPTIONS] <CALLER>")]
pub(crate) struct Args {
    #[command(flatten)]
    caller: Caller,
    /// The PBX domain, or its first labels
    ///
    /// Without it `SKYSWITCH_DOMAIN`, or the profile's `domain`.
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// Only the route for this called number; '' for none
    ///
    /// '' means exactly the route without a called number.
    #[arg(
        long,
        value_name = "NUMBER",
        allow_negative_numbers = true,
        conflicts_with = "all_dnis"
    )]
    dnis: Option<String>,
    /// All of this caller's routes
    #[arg(long)]
    all_dnis: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Say what would go and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Nothing to delete is success
    #[arg(long)]
    ignore_missing: bool,
    /// Even while other routes of this caller stay
    ///
    /// The server may take them along when the one without a called number is deleted; what vanishes
    /// is put back.
    #[arg(long)]
    allow_wide_delete: bool,
    /// Believe the server's yes and do not look
    ///
    /// For loops over a server whose reads lag behind.
    #[arg(long)]
    no_verify: bool,
}

/// Which called numbers are meant.
enum Called {
    /// Nothing was said: the one route there is.
    Unsaid,
    /// `--all-dnis`
    All,
    /// `--dnis ''`
    None,
    /// `--dnis N`
    This(Number),
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    let ani = args.caller.typed().number(ctx)?;
    let called = called(ctx, args)?;
    let domain = domain(ctx, args.domain.as_deref());
    let domain = domain.map_err(|error| match args.domain {
        None => which::having(ctx, error, &ani),
        Some(_) => error,
    })?;
    let client = ctx.client()?;
    ctx.announce(&client);
    // With `--raw-numbers` only rows in exactly this spelling: that is how one of two doubles goes.
    let is_exact = ctx.raw_numbers || ani.without_row().is_some();
    let exact = is_exact.then(|| ani.as_sent());
    let domain = match args.yes || args.dry_run {
        false => which::domain_with(ctx, &client, domain, &ani)?,
        true => which::domain(ctx, &client, domain, Some(&ani), Beginning::Nowhere)?,
    };
    let (domain, read) = single::read_caller(ctx, &client, &domain, &ani.key(), exact)?;
    let (mut going, mut staying) = split(read.snapshot.index.routes().to_vec(), &called);
    if going.is_empty() {
        return nothing_to_delete(ctx, &client, args, (&ani, &called), &domain);
    }
    if matches!(called, Called::Unsaid) && going.len() > 1 {
        staying.extend(all_but_chosen(ctx, &mut going)?);
    }
    refuse_doubles(ctx, &going)?;
    // The bare one last: should the server take siblings along, they are gone on purpose by then.
    going.sort_by_key(|route| route.key().is_some_and(|key| key.dnis.is_none()));
    let wide = is_wide(&going, &staying);
    if wide && !args.allow_wide_delete && !ctx.facts().delete_exact() {
        return Err(refuse_wide(ctx, &going, &staying, &domain));
    }
    let changes = going.iter().cloned().map(Change::delete);
    let changes = changes
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| Error::new(Code::Internal, "a route has no key"))?;
    // Of one spelling alone nobody can tell who takes the calls.
    let then = match is_exact {
        true => Answer::default(),
        false => Answer::of(read.snapshot.index.routes(), &changes),
    };
    // What the server may take along nobody can promise to stay.
    let may_go = if wide && !ctx.facts().delete_exact() {
        &staying[..]
    } else {
        &[]
    };
    let then = if may_go.is_empty() {
        then
    } else {
        then.of_changed_alone()
    };
    if args.dry_run {
        report(ctx, args, &going, None)?;
        then.tell(ctx, Tense::Then);
        tell_wide(ctx, may_go);
        return Ok(());
    }
    show(ctx, args, &going);
    if !args.yes {
        then.tell(ctx, Tense::Then);
        tell_wide(ctx, may_go);
        let again = ctx.again().domain(&domain);
        match going.len() {
            1 => ctx.confirm_delete(then.leaves_calls(), again)?,
            several => ctx.confirm_deletes(several, again)?,
        }
    }
    let order = Single {
        read: &read,
        changes,
        source: "routes delete",
        empty_domains: Vec::new(),
        allow_wide_delete: args.allow_wide_delete,
        verify: !args.no_verify,
        until: None,
    };
    let performed = single::perform(ctx, &client, order)?;
    if !performed.restored.is_empty() {
        let restored = count(performed.restored.len(), "other route");
        ctx.ui.warning(&format!(
            "the server's delete took {restored} along: put back"
        ));
    }
    report(ctx, args, &going, Some(&performed))?;
    if !is_exact {
        performed.answer.tell(ctx, Tense::Now);
    }
    Ok(())
}

fn called(ctx: &Context, args: &Args) -> Result<Called, Error> {
    Ok(match args.dnis.as_deref() {
        _ if args.all_dnis => Called::All,
        None => Called::Unsaid,
        Some("") => Called::None,
        Some(text) => Called::This(number_of_row(ctx, "--dnis", text)?),
    })
}

/// Those that go, and those of the same caller that stay.
fn split(routes: Vec<Route>, called: &Called) -> (Vec<Route>, Vec<Route>) {
    routes.into_iter().partition(|route| {
        let dnis = route.key().and_then(|key| key.dnis);
        match called {
            Called::Unsaid | Called::All => true,
            Called::None => dnis.is_none(),
            Called::This(wanted) => (route.dnis.as_deref()).is_some_and(wanted.matcher()),
        }
    })
}

fn nothing_to_delete(
    ctx: &Context,
    client: &Client,
    args: &Args,
    (ani, called): (&Number, &Called),
    domain: &Domain,
) -> Result<(), Error> {
    let caller = args.caller.typed();
    needs_row(ctx, caller, Some(ani))?;
    if let (Called::This(dnis), Some(text)) = (called, args.dnis.as_deref()) {
        needs_row(
            ctx,
            Typed {
                place: "--dnis",
                text,
            },
            Some(dnis),
        )?;
    }
    let what = match args.dnis.as_deref() {
        None => format!("{ani} @ {domain}"),
        Some("") => format!("{ani} without a called number @ {domain}"),
        Some(dnis) => format!("{ani} to {dnis} @ {domain}"),
    };
    if args.ignore_missing {
        ctx.ui.status(&format!("there is no route for {what}"));
        return report(ctx, args, &[], None);
    }
    let mut error = Error::new(Code::NotFound, format!("there is no route for {what}"));
    // One more read, and only where a setting chose the domain.
    let has = (args.domain.is_none()).then(|| which::routes_of(client, ani));
    let elsewhere = has.and_then(|has| Elsewhere::of(ctx, None, domain, has));
    let list = ctx.ready(&format!("routes list --domain {domain}"));
    error = error.hint(format!(
        "`{list}` shows the routes there are\n`{}` makes this a success",
        ctx.again().domain(domain).with("--ignore-missing")
    ));
    if let Some(elsewhere) = elsewhere {
        let his = ctx.ready(&format!("routes list --ani {}", ctx.word(&ani.to_string())));
        error.add_hint(format!("{}: `{his}` shows them", elsewhere.text));
    }
    Err(error)
}

/// Nothing was said of the called number, and several routes fit: which of them? Gives those that stay.
fn all_but_chosen(ctx: &Context, going: &mut Vec<Route>) -> Result<Vec<Route>, Error> {
    let all = match going.len() {
        2 => "both routes".to_owned(),
        more => format!("all {}", count(more, "route")),
    };
    let ambiguous = || ambiguous(ctx, going);
    let chosen = which::route(ctx, going, Some(&all), Beginning::Nowhere, ambiguous)?;
    let Some(chosen) = chosen else {
        return Ok(Vec::new());
    };
    let goes = going.swap_remove(chosen);
    Ok(std::mem::replace(going, vec![goes]))
}

/// Nobody can be asked: a command for each of them. Of doubles none can be said by its key.
fn ambiguous(ctx: &Context, going: &[Route]) -> Error {
    let is_double = |route: &Route| {
        let same = going.iter().filter(|other| other.key() == route.key());
        same.count() > 1
    };
    let (doubles, single): (Vec<&Route>, Vec<&Route>) =
        going.iter().partition(|route| is_double(route));
    if single.is_empty() {
        return super::set::doubled(ctx, going.iter());
    }
    let bare = |route: &&&Route| route.key().is_some_and(|key| key.dnis.is_none());
    let command = |route: &Route| {
        let dnis = route.dnis.as_deref().unwrap_or_default();
        again(ctx, route).value("--dnis", dnis)
    };
    let line = |route: &&Route| command(route).to_string();
    let with_dnis = single.iter().filter(|route| !bare(route));
    let mut commands: Vec<String> = with_dnis.map(line).collect();
    if doubles.is_empty() {
        commands.push(again(ctx, &going[0]).with("--all-dnis").to_string());
    }
    // While the others stay, this one may need the flag that says what may come of it.
    let exact = ctx.facts().delete_exact();
    let wide = |route: &&Route| match exact {
        true => command(route).to_string(),
        false => command(route).with("--allow-wide-delete").to_string(),
    };
    commands.extend(single.iter().filter(bare).map(wide));
    let text = format!("{} fit: say which", count(going.len(), "route"));
    Error::new(Code::Ambiguous, text).hint(commands.join("\n"))
}

fn refuse_doubles(ctx: &Context, going: &[Route]) -> Result<(), Error> {
    let mut keys: Vec<_> = going.iter().map(Route::key).collect();
    keys.sort();
    match keys.windows(2).position(|pair| pair[0] == pair[1]) {
        Some(_) => Err(super::set::doubled(ctx, going.iter())),
        None => Ok(()),
    }
}

/// The same command again, in the route's domain.
fn again(ctx: &Context, route: &Route) -> Again {
    ctx.again()
        .value("--domain", route.domain.as_deref().unwrap_or_default())
}

/// Whether a delete without dnis goes out while routes of the same caller with one stay.
fn is_wide(going: &[Route], staying: &[Route]) -> bool {
    let bare = |route: &Route| route.key().is_some_and(|key| key.dnis.is_none());
    going.iter().any(bare) && !staying.is_empty()
}

fn refuse_wide(ctx: &Context, going: &[Route], staying: &[Route], domain: &Domain) -> Error {
    let list: Vec<String> = staying.iter().map(Route::to_string).collect();
    let known = match ctx.facts().delete_wide() {
        true => {
            "this server's delete without a called number takes all of this caller's routes; it would take along"
        }
        false => {
            "nobody knows whether the server's delete without a called number takes only that route or all of this caller's; it could take along"
        }
    };
    let again = ctx.again().domain(domain).with("--allow-wide-delete");
    // It may have been chosen from a list.
    let again = match going {
        [_] => again.value("--dnis", ""),
        _ => again,
    };
    Error::new(
        Code::Refused,
        format!(
            "{known} {}: {}",
            count(staying.len(), "route"),
            list.join(", ")
        ),
    )
    .hint(all_the_same(&again))
}

/// What may go along although it was not named.
fn tell_wide(ctx: &Context, staying: &[Route]) {
    let may = match ctx.facts().delete_wide() {
        true => "takes",
        false => "may take",
    };
    for route in staying {
        let called = shown(route.dnis.as_deref().unwrap_or_default());
        let route = route.value();
        ctx.ui.notice(&format!(
            "the server {may} {called} → {route} along; it is put back, with a gap"
        ));
    }
}

fn show(ctx: &Context, args: &Args, going: &[Route]) {
    if ctx.ui.options().quiet && args.yes {
        return;
    }
    let what = if args.dry_run {
        "would delete"
    } else {
        "will delete"
    };
    ctx.ui
        .notice(&format!("{what} {}:", count(going.len(), "route")));
    for route in going {
        ctx.ui.notice(&format!("  - {route}"));
    }
}

fn report(
    ctx: &Context,
    args: &Args,
    routes: &[Route],
    performed: Option<&Performed>,
) -> Result<(), Error> {
    let verified = performed.is_none_or(|performed| performed.verified) && !args.dry_run;
    let restored = performed.map_or([].as_slice(), |performed| &performed.restored);
    if ctx.wants_json() {
        return ctx.print_json(&json!({
            "action": if verified || performed.is_none() { "deleted" } else { "sent" },
            "routes": routes,
            "restored": restored,
            "journal": performed.and_then(|performed| performed.journal.as_ref()),
            "dry_run": args.dry_run,
            "verified": verified,
        }));
    }
    let verb = match performed {
        _ if args.dry_run => "would delete",
        Some(performed) if !performed.verified => "sent the delete of",
        _ => "deleted",
    };
    for route in routes {
        ctx.ui.result_line(&format!("{verb} {route}"));
    }
    for route in restored {
        ctx.ui.result_line(&format!("put back {route}"));
    }
    Ok(())
}
