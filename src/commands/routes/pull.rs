//! `skyswitch routes pull`

use std::path::Path;

use serde_json::json;

use super::domains;
use crate::context::Context;
use crate::durable;
use crate::error::{Code, Error};
use crate::model::count;
use crate::ops::domains::all_in_full;
use crate::ops::{self, Seen, planning};
use crate::plan::files::Format;
use crate::plan::{self, Encoding, File, Pulled};

/// Bring a sheet up to date with the server
///
/// Everything else in it is left as it is. Rows that nobody edited get the server's value and a new `base`, routes that the sheet lacks are
/// appended, rows that were edited stay and are named. Order, dialect, encoding and every other column
/// stay byte for byte. Nothing is sent.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The sheet: CSV with a column `base`, as `routes list -o csv --base` writes it
    #[arg(value_name = "FILE")]
    file: String,
    /// Only rows and routes of this domain; repeatable. Without it those of the sheet's domains
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Vec<String>,
    /// Show what would change in the sheet, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    let path = Path::new(&args.file);
    if args.file == "-" || path.exists() && !path.is_file() {
        let text = format!(
            "`{}` is no file: a sheet is brought up to date in place",
            args.file
        );
        return Err(Error::new(Code::Usage, text));
    }
    let named = domains("--domain", &args.domain)?;
    let (name, raw) = planning::read_raw(&args.file)?;
    let encoding = Encoding::of(&raw);
    let bytes = plan::utf8(raw.clone());
    let file = File::read(&name, &bytes)?;
    refuse_other(ctx, &file)?;
    if !args.dry_run {
        planning::check_rewritable(path)?;
    }
    let client = ctx.client()?;
    ctx.announce(&client);
    // Before the read: whatever a run of ours does later than this is told by the journal.
    let time = jiff::Timestamp::now().as_millisecond();
    let mut seen = Seen::whole(ctx, &client)?;
    let domains = all_in_full(ctx, &client, &named, &mut seen.domains)?;
    let pulled = planning::pull_file(ctx, &client, &file, &mut seen, &domains, time)?;
    ops::notice(ctx, &pulled.lines(ops::detail()));
    if let Some(text) = pulled.text.as_ref().filter(|_| !args.dry_run) {
        replace(ctx, path, &raw, &encoding.bytes(text))?;
    }
    tell(ctx, &name, &pulled, args.dry_run)
}

/// JSON holds no notes, and without a column `base` nobody can tell which rows were edited.
fn refuse_other(ctx: &Context, file: &File<'_>) -> Result<(), Error> {
    if file.is_sheet() {
        return Ok(());
    }
    let name = file.name();
    let one = match file.domain_names().as_slice() {
        [domain] => format!("--domain {} ", ctx.word(domain)),
        _ => String::new(),
    };
    let export = ctx.ready(&format!("routes list {one}-o csv --base > NEW.csv"));
    Err(match file.format() {
        Format::Json => Error::new(
            Code::InvalidInput,
            format!("`{name}` is JSON, and a sheet is CSV"),
        )
        .hint(format!("export one: `{export}`")),
        Format::Csv => {
            let text = format!("`{name}` has no column `base` to tell which rows were edited here");
            let keep = "or add an empty column `base`: rows that stand as they are get theirs";
            Error::new(Code::InvalidInput, text).hint(format!("export anew: `{export}`\n{keep}"))
        }
    })
}

/// Puts the new content in the old one's place, unless somebody has saved the file meanwhile.
fn replace(ctx: &Context, path: &Path, old: &[u8], new: &[u8]) -> Result<(), Error> {
    let name = path.display();
    let replaced = durable::replace_same(path, old, new);
    match replaced.map_err(|error| planning::unwritable("routes pull", path, error))? {
        true => {}
        false => {
            let text =
                format!("`{name}` was saved by somebody else meanwhile: nothing was replaced");
            return Err(Error::new(Code::Conflict, text).hint(ctx.again().to_string()));
        }
    }
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let is_open = |mark: String| path.with_file_name(mark).exists();
    if is_open(format!(".~lock.{file}#")) || is_open(format!("~${file}")) {
        ctx.ui.warning(&format!(
            "`{name}` seems to be open in a spreadsheet: load it there again before it is saved, or this is lost"
        ));
    }
    Ok(())
}

fn tell(ctx: &Context, name: &str, pulled: &Pulled, dry_run: bool) -> Result<(), Error> {
    if ctx.wants_json() || ctx.output.jq.is_some() {
        return ctx.print_json(&json!({
            "file": name,
            "updated": pulled.updated,
            "added": pulled.added,
            "rebased": pulled.rebased,
            "unchanged": pulled.unchanged,
            "edited": pulled.edited,
            "gone": pulled.gone,
            "not_held": pulled.not_held,
            "changed": pulled.text.is_some(),
            "dry_run": dry_run,
            "warnings": pulled.warnings,
        }));
    }
    let verb = match (&pulled.text, dry_run) {
        (None, _) => "already up to date",
        (Some(_), true) => "would be brought up to date",
        (Some(_), false) => "brought up to date",
    };
    let mut parts = vec![
        format!("{} updated", count(pulled.updated, "row")),
        format!("{} added", pulled.added),
    ];
    for (number, what) in [
        (pulled.rebased, "with a new base"),
        (pulled.edited, "edited and left"),
        (pulled.gone, "without a route any more"),
        (pulled.not_held, "that its columns cannot say"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    ctx.ui
        .result_line(&format!("{name} {verb}: {}", parts.join(", ")));
    Ok(())
}
