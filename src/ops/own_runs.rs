//! What this machine's own runs did to the routes of a file, read from the journal.

use std::borrow::Cow;

use crate::api::Client;
use crate::context::Context;
use crate::error::Error;
use crate::journal::{Header, Journal, Outcome};
use crate::plan::File;
use crate::plan::past::{Past, Run};

/// The runs since the oldest fingerprint of a file; nothing where no row has one, or where there is no
/// journal: a conflict more is all that comes of it.
pub(crate) fn since_export(ctx: &Context, client: &Client, file: &File<'_>) -> Past {
    let (_, oldest) = file.based();
    oldest.map_or_else(Past::default, |oldest| {
        read(ctx, client, file, oldest).unwrap_or_default()
    })
}

/// All of them.
pub(crate) fn all(ctx: &Context, client: &Client, file: &File<'_>) -> Past {
    read(ctx, client, file, i64::MIN).unwrap_or_default()
}

fn read(ctx: &Context, client: &Client, file: &File<'_>, oldest: i64) -> Result<Past, Error> {
    let mut past = Past::of(file.based().0);
    let origin = ctx.origin()?;
    let name = full_path(file.name());
    let journal = ctx.journal()?;
    // A damaged run is nobody's for sure.
    for entry in journal.entries()?.flatten() {
        // The header tells whole seconds.
        let time = entry.id.time().unwrap_or(entry.time).as_millisecond();
        if time < oldest {
            break;
        }
        if !(entry.header).is_of(client.account(), &origin, ctx.settings.sandbox) {
            continue;
        }
        let of_rows = carries_rows_out(&journal, &entry.header);
        for recorded in &entry.changes {
            let run = Run {
                time,
                is_sure: recorded.outcome != Outcome::Unknown,
                undoes: entry.header.undoes.is_some(),
                of_rows,
                of_file: name.is_some() && entry.header.file == name,
            };
            if let Some(change) = recorded.made() {
                past.add(run, &change);
            }
        }
    }
    Ok(past)
}

/// Whether a run applied a file, or took one back that did: `set` and others write what no row has said.
fn carries_rows_out(journal: &Journal, header: &Header) -> bool {
    let applies = |header: &Header| header.command.split(' ').any(|word| word == "apply");
    let (mut header, mut newer) = (Cow::Borrowed(header), None);
    while let Some(undone) = header.undoes.clone() {
        // Only what is older can be taken back: a journal that says otherwise leads round and round.
        let is_older = newer.is_none_or(|newer| undone < newer);
        match journal.find(&undone.to_string()) {
            Ok(entry) if is_older => header = Cow::Owned(entry.header),
            _ => return false,
        }
        newer = Some(undone);
    }
    header.file.is_some() || applies(&header)
}

/// What the journal calls a file, links followed; none for standard input.
pub(crate) fn full_path(name: &str) -> Option<String> {
    let path = std::fs::canonicalize(name).ok()?;
    Some(path.to_string_lossy().into_owned())
}
