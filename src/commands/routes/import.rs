//! `skyswitch routes import`

use std::borrow::Cow;

use crate::api::Completeness;
use crate::context::{Context, Read};
use crate::error::{Code, Error};
use crate::model::{Domain, Row, count, shown};
use crate::ops::planning;
use crate::output::Format;
use crate::plan::contacts::{Field, callers};

/// Turn an address book into a file of routes; nothing is sent
///
/// The file goes to standard output.
/// Reads vCard 3 and 4, the CSV that Google, Outlook and HubSpot export, and any other CSV by `--map`.
/// Every number becomes a route to the destination, with the person's name in a column `name`. Look it
/// over, then give it to `routes plan`.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "skyswitch routes import [OPTIONS] -d <DOMAIN> --destination <X> <FILE>"
)]
pub(crate) struct Args {
    /// The address book, or `-` for standard input
    #[arg(value_name = "FILE")]
    file: String,
    /// The domain the routes are for, in full: nothing is looked up
    #[arg(short, long, value_name = "DOMAIN")]
    domain: String,
    /// Where the calls of all of them go
    #[arg(long, value_name = "X")]
    destination: String,
    /// What the destination is
    #[arg(long, value_name = "KIND", default_value = "user", value_parser = ["user", "device", "literal"])]
    application: String,
    /// Which column holds what: `number=COLUMN` and `name=COLUMN`, repeatable; a name of several columns
    /// is joined by spaces
    #[arg(long, value_name = "FIELD=COLUMN", value_parser = mapped)]
    map: Vec<(Field, String)>,
}

fn mapped(text: &str) -> Result<(Field, String), String> {
    let (field, column) = text.split_once('=').unwrap_or((text, ""));
    let field = match field {
        "number" => Field::Number,
        "name" => Field::Name,
        _ => return Err("accepted are `number=COLUMN` and `name=COLUMN`".to_owned()),
    };
    match column.trim() {
        "" => Err("the column is missing behind `=`".to_owned()),
        column => Ok((field, column.to_owned())),
    }
}

/// A route that is not made yet, and whose number it is.
struct Caller<'a> {
    ani: &'a str,
    name: &'a str,
    args: &'a Args,
}

impl Row for Caller<'_> {
    const COLUMNS: &'static [&'static str] =
        &["ani", "domain", "application", "destination", "name"];

    fn cell(&self, column: usize) -> Option<&str> {
        let Args {
            domain,
            application,
            destination,
            ..
        } = self.args;
        [self.ani, domain, application, destination, self.name]
            .get(column)
            .copied()
    }

    fn shown(&self, column: usize) -> Option<Cow<'_, str>> {
        match column {
            0 => Some(shown(self.ani)),
            column => self.cell(column).map(Cow::Borrowed),
        }
    }
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    let fields = ctx.fields::<Caller<'_>>()?;
    let at = |flag: &'static str| move |error| Error::at(Code::InvalidInput, flag, error);
    Domain::parse(&args.domain).map_err(at("--domain"))?;
    if args.destination.is_empty() {
        return Err(Error::new(Code::InvalidInput, "--destination: it is empty"));
    }
    let (name, bytes) = planning::read(&args.file)?;
    let found = callers(&name, &bytes, &args.map)?;
    for note in &found.notes {
        ctx.ui.warning(note);
    }
    if found.callers.is_empty() {
        let text = format!("`{name}` has no number that could call: nothing to make routes of");
        return Err(Error::new(Code::InvalidInput, text).hint(format!(
            "which column holds the numbers: `{}`",
            ctx.again().and_value("--map", "number=COLUMN")
        )));
    }
    // A table is to be looked at; this is to be kept in a file.
    let format = match ctx.output.format {
        Format::Table => Format::Csv,
        other => other,
    };
    let read: Read<'_> = Box::new(|receive| {
        for (ani, name) in &found.callers {
            // Whoever reads has enough.
            if receive(&Caller { ani, name, args }).is_err() {
                break;
            }
        }
        Ok(Completeness::default())
    });
    ctx.print_list_as(format, fields, "route", read)?;
    let routes = count(found.callers.len(), "route");
    let people = count(found.people, "contact");
    ctx.ui
        .status(&format!("{routes} of {people}; nothing was sent"));
    Ok(())
}
