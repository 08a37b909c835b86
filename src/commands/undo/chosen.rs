//! Which run `skyswitch undo` takes back: the one that is named, else the latest, else the way a person
//! chooses.

use super::Args;
use crate::api::Client;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::journal::{Entry, Header, Journal, RunId, Status, Unreadable};
use crate::ui::Beginning;

/// How many runs below the one that is taken back are looked at for damage.
const OLDER: usize = 20;

/// The run that is meant.
///
/// # Errors
/// None is (3), nobody can tell which (5), or the journal cannot be relied on (5).
pub(super) fn run(ctx: &Context, client: &Client, args: &Args) -> Result<Entry, Error> {
    let journal = ctx.journal()?;
    let origin = ctx.origin()?;
    let is_ours = |header: &Header| header.is_of(client.account(), &origin, ctx.settings.sandbox);
    let Some(id) = &args.id else {
        let latest = latest(ctx, &journal, client, is_ours)?;
        return match latest.header.undoes.clone() {
            Some(original) => which_way(ctx, &journal, args, (latest, &original), is_ours),
            None => Ok(latest),
        };
    };
    let entry = journal.find(id)?;
    if !is_ours(&entry.header) {
        let account = entry.header.account.as_ref();
        let account = account.map_or("no account".to_owned(), |id| format!("account {id}"));
        return Err(Error::new(
            Code::Refused,
            format!(
                "run {} was made on {account} at {}, not on {} at {origin}",
                entry.id,
                entry.header.origin,
                client.account()
            ),
        )
        .hint(there(ctx, &entry)));
    }
    if !entry.is_undoable() {
        return Err(Error::new(
            Code::Refused,
            format!(
                "run {} was an `api` call, which cannot be taken back",
                entry.id
            ),
        ));
    }
    Ok(entry)
}

/// The command that takes a run of another account back.
fn there(ctx: &Context, entry: &Entry) -> String {
    let account = entry.header.account.as_ref();
    let account = account.map_or(String::new(), |id| format!(" --account {id}"));
    let profile = ctx.word(&entry.header.profile);
    format!(
        "to take it back: `skyswitch --profile {profile}{account} undo {}`",
        entry.id
    )
}

/// The latest run that has sent something, unless one that cannot be read may be later.
fn latest(
    ctx: &Context,
    journal: &Journal,
    client: &Client,
    is_ours: impl Fn(&Header) -> bool,
) -> Result<Entry, Error> {
    let may_be_ours =
        |bad: &Unreadable| bad.fault.blocks && bad.fault.header.as_deref().is_none_or(&is_ours);
    let mut in_the_way = None;
    let mut entries = journal.entries()?;
    let latest = entries.find_map(|item| match item {
        Ok(run) if !is_ours(&run.header) || run.header.only_by_id() => None,
        Ok(run) if super::is_over(ctx, &run) => {
            let text = format!("run {} was temporary and is over: passed over", run.id);
            ctx.ui.status(&text);
            None
        }
        Ok(run) if run.begun && run.status != Status::Running => run.is_undoable().then_some(run),
        Ok(run) => {
            let why = match run.status {
                Status::Running => "is still at work",
                _ => "was killed before it sent anything",
            };
            ctx.ui.status(&format!("run {} {why}: passed over", run.id));
            None
        }
        Err(bad) if may_be_ours(&bad) => {
            in_the_way.get_or_insert(bad);
            None
        }
        Err(bad) if bad.fault.blocks => None,
        Err(bad) => {
            ctx.ui.status(&format!("{bad}: passed over"));
            None
        }
    });
    if let Some(bad) = in_the_way {
        return Err(stopped(ctx, &bad, latest.as_ref()));
    }
    let older = entries.take(OLDER).filter_map(Result::err);
    for bad in older.filter(may_be_ours) {
        ctx.ui.warning(&bad.to_string());
    }
    latest.ok_or_else(|| {
        let account = client.account();
        let text = format!("no run of account {account} that can be taken back is in the journal");
        let hint = format!("`{}` lists the runs there are", ctx.ready("history"));
        Error::new(Code::NothingToUndo, text).hint(hint)
    })
}

/// A run that cannot be read may be the latest one: nobody else is taken for it.
fn stopped(ctx: &Context, bad: &Unreadable, latest: Option<&Entry>) -> Error {
    let text = format!("the latest run cannot be relied on, so nothing was put back: {bad}");
    let history = ctx.ready("history");
    let hint = match latest {
        None => format!("`{history}` lists the runs there are"),
        Some(run) => format!(
            "`{}` takes back the newest run that can be read; `{history}` lists all",
            ctx.ready(&format!("undo {}", run.id))
        ),
    };
    Error::new(Code::JournalUnavailable, text).hint(hint)
}

/// Whether a run has ended without doing all it meant to.
fn is_unfinished(entry: &Entry) -> bool {
    matches!(entry.status, Status::Partial | Status::Interrupted)
}

/// After an undo there are two ways, which a person chooses between. Nobody else is asked: a finished
/// undo is taken back, and one that did not get through wants an ID.
fn which_way(
    ctx: &Context,
    journal: &Journal,
    args: &Args,
    (undo, original): (Entry, &RunId),
    is_ours: impl Fn(&Header) -> bool,
) -> Result<Entry, Error> {
    let ids = journal.short_ids()?;
    let (name, first) = (ids.name(&undo.id), ids.name(original));
    let unfinished = is_unfinished(&undo);
    let asks = ctx.ui.can_ask() && !args.yes && !args.dry_run;
    if !asks && unfinished {
        return Err(two_ways(ctx, &undo, original));
    }
    let again = format!("do again what run {first} did");
    if !asks {
        if ctx.ui.options().stderr_terminal {
            let text = format!("the latest run, {name}, is an undo: taking it back will {again}");
            ctx.ui.status(&text);
        }
        return Ok(undo);
    }
    let (question, other, other_way) = if unfinished {
        let question = format!("Run {name} is an undo of {first} that did not get through.");
        let rest = format!("finish it: put back the rest of what run {first} did");
        (question, Some(journal.find(original.as_str())?), rest)
    } else {
        let question = format!("The latest run, {name}, is an undo of {first}.");
        let before = before(journal, original, is_ours)?;
        let back = (before.as_ref()).map(|run| (ids.name(&run.id), &run.header.command));
        let back = back.map(|(name, command)| format!("go back before run {name}: {command}"));
        (question, before, back.unwrap_or_default())
    };
    let Some(other) = other else {
        ctx.ui
            .status(&format!("{question} Taking it back will {again}."));
        return Ok(undo);
    };
    let ways = [again, other_way];
    let nobody = || two_ways(ctx, &undo, original);
    match ctx.choose(
        &format!("{question} Which way?"),
        &ways,
        Beginning::Nowhere,
        nobody,
    )? {
        0 => Ok(undo),
        _ => Ok(other),
    }
}

/// The newest run before one that is still in force, undo runs left out.
fn before(
    journal: &Journal,
    id: &RunId,
    is_ours: impl Fn(&Header) -> bool,
) -> Result<Option<Entry>, Error> {
    let older = journal.entries()?.flatten().skip_while(|run| run.id >= *id);
    let in_force = |run: &Entry| {
        let done = matches!(
            run.status,
            Status::Done | Status::Partial | Status::Interrupted
        );
        let header = &run.header;
        let own = is_ours(header) && header.undoes.is_none() && !header.only_by_id();
        own && done && run.begun && run.is_undoable()
    };
    Ok(older.into_iter().find(in_force))
}

/// After an undo that did not get through, no ID could mean either way.
fn two_ways(ctx: &Context, undo: &Entry, original: &RunId) -> Error {
    Error::new(
        Code::Refused,
        format!(
            "the latest run, {}, is an undo of {original} that did not get through: it can be \
             finished or taken back",
            undo.id
        ),
    )
    .hint(format!(
        "`{}` finishes it, `{}` takes it back",
        ctx.ready(&format!("undo {original} --yes")),
        ctx.ready(&format!("undo {} --yes", undo.id))
    ))
}
