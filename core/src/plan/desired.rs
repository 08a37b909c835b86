//! A file taken for the state itself: what `explain -f` and `test -f` ask instead of the server.

use super::columns::Column;
use super::files::File;
use super::lint::{self, Code, Warning};
use super::problems::FileErrors;
use super::server::Server;
use super::validate::{Judge, Numbers, Verdict};
use crate::model::{Number, Route};
use std::collections::HashMap;

/// A route and where it stands in its file: `routes.csv:12`.
pub type Placed = (Route, String);

/// The routes that would stand if nothing but this file did.
///
/// An export may hold numbers that only its server knows, so a cell that is no number is compared
/// byte for byte and a warning says so; whatever else is wrong is an error as in a plan.
///
/// # Errors
/// Every mistake of the file, the same key with another value twice included.
pub fn routes(file: &File<'_>) -> Result<(Vec<Route>, Vec<Warning>), FileErrors> {
    let (rows, warnings) = rows(file)?;
    Ok((rows.into_iter().map(|(route, _)| route).collect(), warnings))
}

/// The same, each with its place.
///
/// # Errors
/// As [`routes`].
pub fn rows(file: &File<'_>) -> Result<(Vec<Placed>, Vec<Warning>), FileErrors> {
    let server = Server::new(&[], None, true);
    let judge = Judge {
        server: &server,
        numbers: Numbers::Opaque,
    };
    let mut problems = file.problems();
    let mut taken = HashMap::new();
    let mut routes = Vec::new();
    let mut warnings: Vec<Warning> = lint::foreign(&file.foreign).into_iter().collect();
    for row in &file.rows {
        let Some(Verdict::Wanted(wanted)) = judge.row(row, &mut problems) else {
            continue;
        };
        if let Some((line, value)) = taken.insert(wanted.key, (row.line, wanted.value))
            && value != wanted.value
        {
            let message = format!("line {line} has the same key and another value");
            problems.add(row.at, message);
        }
        let Some(value) = wanted.value else { continue };
        for column in [Column::Ani, Column::Dnis] {
            let text = row.text(column);
            if !text.is_empty() && Number::parse(text).is_err() {
                let message = format!(
                    "`{}` is no telephone number and is compared byte for byte",
                    column.name()
                );
                warnings.push(Warning::at(Code::OpaqueNumber, file.source(row), message));
            }
        }
        let cell = |column: Column| Some(row.text(column).to_owned());
        let route = Route {
            ani: cell(Column::Ani),
            dnis: cell(Column::Dnis).filter(|dnis| !dnis.is_empty()),
            domain: cell(Column::Domain),
            application: Some(value.application.to_owned()),
            destination: Some(value.destination.to_owned()),
        };
        routes.push((route, file.source(row)));
    }
    problems.finish(file.name())?;
    Ok((routes, warnings))
}
