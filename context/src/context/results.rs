//! What a command found, on standard output: objects, lists, and what `--jq` makes of them.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::Context;
use crate::api::{Completeness, Halt, Held, Worth};
use crate::error::{Code, Error};
use crate::model::{Cells, Row};
use crate::output::{
    Fields, FieldsError, Format, Jq, JqRows, JqRunError, ListWriter, visible, visible_json,
};

/// Rows are not kept back for longer.
const SLOW: Duration = Duration::from_secs(1);

/// Takes the rows of a list, one after the other.
pub type Receive<'a> = &'a mut dyn FnMut(&dyn Cells) -> Result<(), Halt>;

/// Reads a list and hands on its rows.
pub type Read<'r> = Box<dyn FnOnce(Receive<'_>) -> Result<Completeness, Error> + 'r>;

impl Context {
    /// Whether results, and the last line of an error, are JSON.
    pub fn wants_json(&self) -> bool {
        self.output.format.is_json()
    }

    /// Prints a result object, or what `--jq` makes of it.
    pub fn print_json(&self, value: &impl Serialize) -> Result<(), Error> {
        let internal = |error: serde_json::Error| Error::of(Code::Internal, error);
        match &self.output.jq {
            None => self.ui.json(value).map_err(internal),
            Some(jq) => self.filter(jq, &serde_json::to_vec(value).map_err(internal)?),
        }
    }

    /// Prints a result that is a text.
    pub fn print_text(&self, text: &[u8]) -> Result<(), Error> {
        use std::io::Write as _;
        (self.ui.data().write_all(text)).map_err(|error| Error::of(Code::OutputFailed, error))
    }

    /// What is the result where a signal ends the command before anything is sent: this object, or
    /// this line for people. Said anew it takes the place of the former.
    pub fn result_if_interrupted(&self, object: &serde_json::Value, line: &str) {
        use std::io::Write as _;
        let mut result = Vec::new();
        let json = self.wants_json();
        // Whatever cannot be shown now could not be shown later either.
        let _ = match &self.output.jq {
            Some(jq) => jq
                .run(
                    object.to_string().as_bytes(),
                    &mut result,
                    self.ui.options().stdout_terminal,
                )
                .is_ok(),
            None if json => writeln!(result, "{}", visible_json(&object.to_string())).is_ok(),
            None if self.ui.options().quiet => true,
            None => writeln!(result, "{}", visible(line)).is_ok(),
        };
        self.signals.result_if_ended(result);
    }

    /// From here on the command says its own result, which the first signal lets it finish.
    pub fn says_its_result(&self) {
        std::mem::forget(self.signals.writing());
    }

    /// Prints what a filter makes of a JSON text.
    pub fn filter(&self, jq: &Jq, json: &[u8]) -> Result<(), Error> {
        let mut data = self.ui.data();
        jq.run(json, &mut data, self.ui.options().stdout_terminal)
            .map_err(|error| self.filter_failure(error))
    }

    fn filter_failure(&self, error: JqRunError) -> Error {
        match error {
            // A 2 would say that nothing was changed.
            JqRunError::Failed(text) if self.has_changed() => Error::new(
                Code::OutputFailed,
                format!("the change was made, but its result could not be shown: --jq: {text}"),
            )
            .changed(Some(true))
            .hint(self.ready("history")),
            JqRunError::Failed(text) => Error::new(Code::InvalidInput, format!("--jq: {text}")),
            JqRunError::Input => Error::new(Code::Internal, "the result is not JSON"),
            JqRunError::Output(error) => Error::of(Code::OutputFailed, error),
        }
    }

    /// The columns of a list of `T`.
    pub fn fields<T: Row>(&self) -> Result<Fields, Error> {
        match &self.output.fields {
            None => Ok(Fields::all::<T>(
                self.output.format == Format::Table && self.output.jq.is_none(),
            )),
            Some(text) => {
                Fields::parse::<T>(text).map_err(|error| self.no_such_fields(text, error))
            }
        }
    }

    fn no_such_fields(&self, text: &str, error: FieldsError) -> Error {
        let hint = error.nearest().map(|(wrong, near)| {
            let names = text.split(',').map(str::trim);
            let names = names.map(|name| if name == wrong { near } else { name });
            let names = names.collect::<Vec<_>>().join(",");
            let again = self.again().value("--fields", &names);
            format!("did you mean `{again}`?")
        });
        let mut error = Error::at(Code::Usage, "--fields", error);
        error.hint = hint;
        error
    }

    /// For commands whose result is no list: `--fields` means nothing there.
    pub fn refuse_fields(&self) -> Result<(), Error> {
        match self.output.fields {
            None => Ok(()),
            Some(_) => Err(Error::new(
                Code::Usage,
                "--fields is for lists; this command has none",
            )),
        }
    }

    /// Streams a list to standard output; says on stderr when it is empty.
    pub fn print_list<'r>(
        &self,
        fields: Fields,
        noun: &str,
        read: impl FnOnce(Receive<'_>) -> Result<Completeness, Error> + 'r,
    ) -> Result<(), Error> {
        self.print_list_as(self.output.format, fields, noun, Box::new(read))
    }

    /// The same in another format than people would be shown.
    pub fn print_list_as(
        &self,
        format: Format,
        fields: Fields,
        noun: &str,
        read: Read<'_>,
    ) -> Result<(), Error> {
        if let Some(jq) = &self.output.jq {
            return self.filter_list(jq, &fields, read);
        }
        let options = self.ui.list_options(format, fields, self.output.header);
        let mut data = self.ui.data();
        let mut list = ListWriter::new(&mut data, options);
        let mut told = Instant::now();
        let outcome = read(&mut |row| {
            list.row(row).map_err(|_| Halt)?;
            // What comes slowly is wanted as it comes.
            if told.elapsed() < SLOW {
                return Ok(());
            }
            told = Instant::now();
            list.flush().map_err(|_| Halt)
        });
        let failed = |error: std::io::Error| Error::of(Code::OutputFailed, error);
        let whole = outcome.and_then(|completeness| self.judge_list(&completeness));
        if whole.is_err() {
            // An array that is closed would pass for the whole list.
            list.abandon().map_err(failed)?;
            return whole;
        }
        let rows = list.finish().map_err(failed)?;
        drop(data);
        if rows == 0 && format == Format::Table {
            self.ui.status(&format!("no {noun}s"));
        }
        self.shout_about_loans();
        Ok(())
    }

    /// What a filter makes of a list: of each row as it comes, or of what it needs of all of them.
    fn filter_list(&self, jq: &Jq, fields: &Fields, read: Read<'_>) -> Result<(), Error> {
        let terminal = self.ui.options().stdout_terminal;
        let mut data = self.ui.data();
        let mut rows = JqRows::new(jq, fields);
        let mut held = Held::at_most(self.most_held());
        let mut failed = None;
        let outcome = read(&mut |row| {
            let cells: Vec<_> = fields.cells(row).collect();
            let taken = rows.take(&cells, &mut data, terminal);
            held.add(taken.map_err(|error| {
                failed = Some(error);
                Halt
            })?)
        });
        if held.is_full() {
            return Err(held.too_much().into());
        }
        if let Some(error) = failed {
            return Err(self.filter_failure(error));
        }
        // What a filter makes of a part looks like what it makes of the whole.
        self.judge_list(&outcome?)?;
        rows.finish(&mut data, terminal)
            .map_err(|error| self.filter_failure(error))
    }
}

impl Context {
    /// A list that is not complete is a failure; one that may not be is told.
    fn judge_list(&self, completeness: &Completeness) -> Result<(), Error> {
        if completeness.worth() == Worth::Doubtful {
            let rows = usize::try_from(completeness.received).unwrap_or(usize::MAX);
            let rows = crate::model::count(rows, "row");
            self.ui.warning(&format!(
                "exactly {rows} came, and servers cut lists there without a word: there may be more"
            ));
        }
        incomplete(completeness)
    }
}

/// A list that says there is more than could be read is printed, and is a failure all the same.
pub fn incomplete(completeness: &Completeness) -> Result<(), Error> {
    let Some(missing) = completeness.missing else {
        return Ok(());
    };
    let more = match missing {
        Some(total) => format!("{total} in all"),
        None => "there are further pages".to_owned(),
    };
    Err(Error::new(
        Code::IncompleteList,
        format!(
            "the list is not complete: the server sent {} and says {more}",
            crate::model::count(
                usize::try_from(completeness.received).unwrap_or(usize::MAX),
                "row"
            )
        ),
    ))
}
