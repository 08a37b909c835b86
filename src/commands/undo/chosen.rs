//! Which run `skyswitch undo` takes back: the one that is named, else the latest, else the one that a
//! person chooses (`ways.rs`).

use super::Args;
use super::ways::Ways;
use crate::api::Client;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::journal::{Entry, Header, Journal, Status, Unreadable};

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
        let ways = Ways::of(ctx, &journal, args)?;
        let own = ways.own(latest, is_ours)?;
        return match own.header.undoes.clone() {
            Some(original) => ways.of_undo(own, &original, is_ours),
            None => Ok(own),
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
    let id = &entry.id;
    format!("to take back run {id}: `skyswitch --profile {profile}{account} undo {id}`")
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
        let error = Error::new(Code::NothingToUndo, text);
        match elsewhere(journal, &is_ours) {
            Some(entry) => error.hint(there(ctx, &entry)),
            None => error,
        }
    })
}

/// The newest run of another account that could be taken back there.
fn elsewhere(journal: &Journal, is_ours: impl Fn(&Header) -> bool) -> Option<Entry> {
    let can_be = |run: &Entry| {
        let named = run.header.account.is_some() && !run.header.only_by_id();
        named && !is_ours(&run.header) && run.is_in_force()
    };
    journal.entries().ok()?.flatten().find(can_be)
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
