//! `skyswitch routes set`

use jiff::Timestamp;
use serde_json::json;

use super::doubts::Doubts;
use super::lending::{self, Lending};
use super::typed::{Caller, Typed};
use super::{domain, needs_row, number_of_row, which};
use crate::api::Client;
use crate::apply::CallerRead;
use crate::context::{Again, Context};
use crate::error::{Code, Error};
use crate::journal::RunId;
use crate::model::{Application, Change, DomainKey, Found, Number, Route};
use crate::ops::Answer;
use crate::ops::domains::Named;
use crate::ops::single::{self, Single};
use crate::plan::takers::Tense;
use crate::ui::Beginning;

/// Create or update one VIP route
///
/// Reads the domain's routes first and says what was done: created, updated (old → new) or
/// unchanged, in which case nothing is sent. What stood there before is kept in the journal.
#[derive(Debug, clap::Args)]
#[command(override_usage = "skyswitch routes set [OPTIONS] <CALLER> <DESTINATION>")]
pub(crate) struct Args {
    #[command(flatten)]
    caller: Caller,
    /// A user, a device or a dial string, passed on byte for byte
    #[arg(
        value_name = "DESTINATION",
        required_unless_present = "destination",
        conflicts_with = "destination"
    )]
    goes_to: Option<String>,
    /// The PBX domain, or its first labels
    ///
    /// Without it `SKYSWITCH_DOMAIN`, or the profile's `domain`.
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// Where the call goes, behind a flag
    #[arg(long, value_name = "DESTINATION", hide_short_help = true)]
    destination: Option<String>,
    /// The called number; without it the route is for any
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    dnis: Option<String>,
    /// It is a user (the default), device or literal
    #[arg(long, value_name = "KIND", value_parser = ["user", "device", "literal"], hide_possible_values = true)]
    application: Option<String>,
    /// Put it back then: a time (`18:00`), a day, both, or a span (`2h`). `undo --expired` does that
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Refuse to change a route that is there already
    #[arg(long)]
    no_clobber: bool,
    /// Do not ask about what looks wrong
    #[arg(long)]
    yes: bool,
    /// Say what would be done and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Believe the server's yes and do not look
    ///
    /// For loops over a server whose reads lag behind.
    #[arg(long, hide_short_help = true)]
    no_verify: bool,
}

impl Args {
    fn destination(&self) -> Typed<'_> {
        let place = "DESTINATION";
        let typed = Typed::of([(place, &self.goes_to), ("--destination", &self.destination)]);
        typed.unwrap_or(Typed { place, text: "" })
    }
}

/// The route as it was typed; its domain may be short for one.
struct Wanted {
    route: Route,
    domain: Option<Named>,
    ani: Number,
    dnis: Option<Number>,
}

/// What stands at the key, and what is to stand there.
struct Intent {
    read: CallerRead,
    before: Option<Route>,
    after: Route,
    /// The domain, where it has no route yet, or only temporary ones.
    empty_domain: Vec<DomainKey>,
    lending: Lending,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    let wanted = wanted(ctx, args)?;
    let until = lending::until(ctx, args.until.as_deref())?;
    let client = ctx.client()?;
    ctx.announce(&client);
    let intent = read_before(ctx, &client, wanted, args, until)?;
    let keys = || intent.read.snapshot.index.keys();
    if intent
        .before
        .as_ref()
        .is_some_and(|before| before.same_value(&intent.after))
    {
        return unchanged(ctx, args, &client, &intent);
    }
    if args.no_clobber
        && let Some(before) = &intent.before
    {
        return Err(Error::new(
            Code::Conflict,
            format!("a different route is there already: {before}"),
        )
        .hint(format!(
            "to change it: `{}`",
            intent.again(ctx).without("--no-clobber")
        )));
    }
    intent.lending.refuse(ctx, false, keys())?;
    let before = intent.before.as_ref();
    let mut doubts = Doubts::of(ctx, &client, &intent.read, before, &intent.after);
    if before.is_none() {
        let his = intent.read.snapshot.index.routes();
        doubts = doubts.and_elsewhere(ctx, &client, args.domain.as_deref(), his);
    }
    doubts.tell(ctx);
    if !(args.yes || args.dry_run) {
        doubts.ask(ctx, &intent.again(ctx), args.destination().text)?;
    }
    let action = if intent.before.is_some() {
        "updated"
    } else {
        "created"
    };
    if args.dry_run {
        report(ctx, args, action, &intent, None, false)?;
        doubts.told_by(intent.answer()).tell(ctx, Tense::Then);
        return Ok(());
    }
    intent.lending.prepare(ctx)?;
    let change = intent
        .change()
        .ok_or_else(|| Error::new(Code::Internal, "the route has no key"))?;
    let order = Single {
        read: &intent.read,
        changes: vec![change],
        source: "routes set",
        empty_domains: intent.empty_domain.clone(),
        allow_wide_delete: false,
        verify: !args.no_verify,
        until,
    };
    let performed = single::perform(ctx, &client, order)?;
    let action = if performed.verified { action } else { "sent" };
    let journal = performed.journal.as_ref();
    report(ctx, args, action, &intent, journal, performed.verified)?;
    doubts.told_by(performed.answer).tell(ctx, Tense::Now);
    Ok(())
}

/// Nothing is sent, but a loan may begin or end.
fn unchanged(ctx: &Context, args: &Args, client: &Client, intent: &Intent) -> Result<(), Error> {
    let keys = intent.read.snapshot.index.keys();
    intent.lending.refuse(ctx, true, keys)?;
    let journal = match args.dry_run {
        true => None,
        false => intent.lending.note(ctx, client)?,
    };
    report(ctx, args, "unchanged", intent, journal.as_ref(), true)?;
    intent.lending.explain(ctx)?;
    intent.answer().tell(ctx, Tense::Still);
    Ok(())
}

impl Intent {
    fn change(&self) -> Option<Change> {
        Change::put(self.before.clone(), self.after.clone())
    }

    /// This command once more, in the domain that is meant.
    fn again(&self, ctx: &Context) -> Again {
        in_domain(ctx, &self.after)
    }

    /// Who takes the caller's calls once it is done.
    fn answer(&self) -> Answer {
        let changes: Vec<Change> = self.change().into_iter().collect();
        Answer::of(self.read.snapshot.index.routes(), &changes)
    }
}

fn in_domain(ctx: &Context, route: &Route) -> Again {
    ctx.again()
        .value("--domain", route.domain.as_deref().unwrap_or_default())
}

/// The command that takes the route away.
fn delete(ctx: &Context, args: &Args, domain: Option<&Named>) -> String {
    let caller = ctx.word(args.caller.typed().text);
    let flag = |name: &str, value: &str| format!(" --{name} {}", ctx.word(value));
    let domain = domain.map_or(String::new(), |named| flag("domain", named.name().as_str()));
    let dnis = args
        .dnis
        .as_deref()
        .map_or(String::new(), |dnis| flag("dnis", dnis));
    ctx.ready(&format!("routes delete {caller}{domain}{dnis}"))
}

/// The route as it was typed, checked; `application` as typed or nothing.
fn wanted(ctx: &Context, args: &Args) -> Result<Wanted, Error> {
    let ani = args.caller.typed().number_before(ctx, args.destination())?;
    let dnis = match args.dnis.as_deref() {
        None => None,
        // An unset shell variable must not make a route for every called number.
        Some("") => {
            return Err(
                Error::new(Code::InvalidInput, "--dnis is empty").hint(format!(
                    "for a route that takes any called number: `{}`",
                    ctx.again().without_value("--dnis")
                )),
            );
        }
        Some(text) => Some(number_of_row(ctx, "--dnis", text)?),
    };
    let domain = domain(ctx, args.domain.as_deref())?;
    let Typed { place, text } = args.destination();
    if text.trim().is_empty() {
        return Err(
            Error::new(Code::InvalidInput, format!("{place} is empty")).hint(format!(
                "to take the route away: `{}`",
                delete(ctx, args, domain.as_ref())
            )),
        );
    }
    let route = Route {
        ani: Some(ani.as_sent().to_owned()),
        dnis: dnis.as_ref().map(|dnis: &Number| dnis.as_sent().to_owned()),
        domain: None,
        application: args.application.clone(),
        destination: Some(text.to_owned()),
    };
    Ok(Wanted {
        route,
        domain,
        ani,
        dnis,
    })
}

/// Reads what stands there and completes what is wanted: the server's spelling of the key, the
/// application to send.
fn read_before(
    ctx: &Context,
    client: &Client,
    wanted: Wanted,
    args: &Args,
    until: Option<Timestamp>,
) -> Result<Intent, Error> {
    let Wanted {
        route: mut after,
        domain,
        ani,
        dnis,
    } = wanted;
    let domain = which::domain(ctx, client, domain, Some(&ani), Beginning::Nowhere)?;
    let (domain, read) = single::read_caller(ctx, client, &domain, &ani.key(), None)?;
    let spelled = read.any.as_ref().and_then(|route| route.domain.clone());
    after.domain = spelled.or_else(|| Some(domain.as_str().to_owned()));
    let internal = || Error::new(Code::Internal, "the route has no key");
    let key = after.key().ok_or_else(internal)?;
    if read.empty {
        ctx.ui.warning(&format!(
            "this is the first VIP route of {domain}: unless the vendor has set up the domain's translation for unmatched callers, every caller without a route is dropped"
        ));
    }
    let before = match read.snapshot.index.at(&key) {
        Found::Many(routes) => return Err(doubled(ctx, routes.into_iter())),
        Found::One(route) => Some(route.clone()),
        Found::Nothing | Found::Unseen => None,
    };
    let stands =
        |field: fn(&Route) -> &Option<String>| before.as_ref().and_then(|b| field(b).as_deref());
    let called = Typed {
        place: "--dnis",
        text: args.dnis.as_deref().unwrap_or_default(),
    };
    for (typed, number, stands) in [
        (args.caller.typed(), Some(&ani), stands(|route| &route.ani)),
        (called, dnis.as_ref(), stands(|route| &route.dnis)),
    ] {
        let without = number.filter(|number| stands != Some(number.as_sent()));
        needs_row(ctx, typed, without)?;
    }
    if let Some(before) = &before {
        if ctx.raw_numbers && (before.ani != after.ani || before.dnis != after.dnis) {
            return Err(other_spelling(ctx, before));
        }
        after.ani.clone_from(&before.ani);
        after.dnis.clone_from(&before.dnis);
    }
    after.application = Some(application(ctx, args, before.as_ref(), &after)?);
    let lending = Lending::of(ctx, until, key, before.as_ref());
    let empty = read.empty || lending.began_empty();
    Ok(Intent {
        empty_domain: empty.then(|| domain.key()).into_iter().collect(),
        lending,
        read,
        before,
        after,
    })
}

/// Two rows with one key: nobody knows which of them a write would hit. What is spelled as no other is
/// can be deleted by its spelling.
pub(super) fn doubled<'r>(ctx: &Context, routes: impl Iterator<Item = &'r Route>) -> Error {
    let routes: Vec<&Route> = routes.collect();
    let first = routes.first().map_or(String::new(), |route| {
        route
            .key()
            .map_or_else(|| route.to_string(), |key| key.to_string())
    });
    let text = format!(
        "the server shows more than one route for {first}, and nobody knows which one a write would hit"
    );
    let spelled = |route: &Route| (route.ani.clone(), route.dnis.clone());
    let alone = |route: &&&Route| {
        let same = routes
            .iter()
            .filter(|other| spelled(other) == spelled(route));
        same.count() == 1
    };
    let commands = routes
        .iter()
        .filter(alone)
        .map(|route| delete_as_spelled(ctx, route));
    let commands: Vec<String> = commands.collect();
    Error::new(Code::Ambiguous, text).hint(match commands.is_empty() {
        true => "take one of them away in the portal".to_owned(),
        false => format!("take one of them away:\n{}", commands.join("\n")),
    })
}

fn delete_as_spelled(ctx: &Context, route: &Route) -> String {
    fn text(field: &Option<String>) -> &str {
        field.as_deref().unwrap_or_default()
    }
    ctx.ready(&format!(
        "routes delete {} --domain {} {} --raw-numbers",
        ctx.word(text(&route.ani)),
        ctx.word(text(&route.domain)),
        ctx.option("--dnis", text(&route.dnis))
    ))
}

/// Sent as typed it would become a second route beside the one that is there.
fn other_spelling(ctx: &Context, before: &Route) -> Error {
    Error::new(
        Code::Ambiguous,
        format!("the server has this route already, in another spelling: {before}"),
    )
    .hint(format!(
        "to change that one: `{}`",
        in_domain(ctx, before).without("--raw-numbers")
    ))
}

/// The application to send: never left to the server, whose default is unknown (`api.md`, Routes).
fn application(
    ctx: &Context,
    args: &Args,
    before: Option<&Route>,
    after: &Route,
) -> Result<String, Error> {
    if let Some(application) = &args.application {
        return Ok(application.clone());
    }
    let user = Application::User.as_str();
    match before.map(Route::application_or_user) {
        None => Ok(user.to_owned()),
        Some(found) if found == user => Ok(user.to_owned()),
        Some(found) => {
            let (stay, become_user) = (format!("{found}, as it is"), user.to_owned());
            let question = format!("`{}` is a", args.destination().text);
            let items = [stay, become_user];
            let chosen = ctx.choose(&question, &items, Beginning::Nowhere, || {
                let text = format!(
                    "the route that is there has application `{found}`: should it stay, or become `user`?"
                );
                let ready = |application| in_domain(ctx, after).value("--application", application);
                let hint = format!("{}\n{}", ready(found), ready(user));
                Error::new(Code::Ambiguous, text).hint(hint)
            })?;
            Ok([found, user][chosen].to_owned())
        }
    }
}

fn report(
    ctx: &Context,
    args: &Args,
    action: &str,
    intent: &Intent,
    journal: Option<&RunId>,
    verified: bool,
) -> Result<(), Error> {
    if ctx.wants_json() {
        let mut object = json!({
            "action": action,
            "route": intent.after,
            "before": intent.before,
            "journal": journal,
            "dry_run": args.dry_run,
            "verified": verified && !args.dry_run,
        });
        if args.until.is_some() {
            let end = intent.lending.ends(action);
            object["until"] = json!(end.map(|end| end.to_string()));
        }
        return ctx.print_json(&object);
    }
    let verb = match (args.dry_run, action) {
        (true, "created") => "would create",
        (true, "updated") => "would update",
        _ => action,
    };
    let after = &intent.after;
    let line = match &intent.before {
        Some(before) if matches!(action, "updated" | "sent") => {
            format!("{verb} {after} ({})", intent.lending.was(before))
        }
        _ => format!("{verb} {after}"),
    };
    let ends = intent.lending.words(action);
    ctx.ui.result_line(&format!("{line}{ends}"));
    Ok(())
}
