//! The only printer: results to standard output; status, warnings, hints, errors and questions to
//! standard error.
//!
//! Whatever goes to standard error passes through [`crate::output::visible`]. Nothing here reads the
//! environment or looks at descriptors' kinds: `config` decides and hands over [`UiOptions`].
//! A [`Ui`] is shared between threads; every line is written in one piece.

mod choice;
mod paint;
mod prompt;
mod stdout;
#[cfg(unix)]
mod terminal;
mod wrap;

use std::collections::HashSet;
use std::io::{self, BufRead, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::output::{Fields, Format, ListOptions, visible, visible_json, visible_multiline};

pub use choice::Beginning;
pub use paint::Painted;
pub use prompt::PromptError;
pub use stdout::{Data, OutputError};
#[cfg(unix)]
pub use terminal::{Quiet, give_back_terminal};

/// What the printer needs to know about the process and the flags.
#[derive(Clone, Debug, Default)]
pub struct UiOptions {
    /// Standard input is a terminal.
    pub stdin_terminal: bool,
    /// Standard output is a terminal.
    pub stdout_terminal: bool,
    /// Standard error is a terminal.
    pub stderr_terminal: bool,
    /// Results may be styled (`--color`, `NO_COLOR`, `CLICOLOR_FORCE`, the terminal).
    pub stdout_color: bool,
    /// Messages may be styled.
    pub stderr_color: bool,
    /// The terminal's width in columns (`COLUMNS`, else the terminal's own).
    pub width: Option<u16>,
    /// Standard error is a terminal that can draw a line over again.
    pub redraws: bool,
    /// Progress is drawn there.
    pub progress: bool,
    /// `--quiet`: no result line and no status lines.
    pub quiet: bool,
    /// `--no-input`: nobody is asked.
    pub no_input: bool,
    /// `--sandbox`: prompts and status lines say so.
    pub sandbox: bool,
}

impl UiOptions {
    /// Whether a person seems to look on: a timer has no terminal.
    pub fn has_terminal(&self) -> bool {
        self.stdin_terminal || self.stdout_terminal || self.stderr_terminal
    }

    /// Whether a program may read standard error: people get an error's text alone.
    pub fn tells_a_program(&self) -> bool {
        !(self.stderr_terminal && self.stdout_terminal)
    }
}

/// Where the bytes go and come from; the process's own, or a test's.
pub struct Streams {
    /// Results, unbuffered.
    pub stdout: Box<dyn Write + Send>,
    /// Messages, unbuffered.
    pub stderr: Box<dyn Write + Send>,
    /// Answers.
    pub stdin: Box<dyn BufRead + Send>,
}

impl Streams {
    /// The process's own.
    pub fn of_process() -> Self {
        Self {
            stdout: stdout::process_stdout(),
            stderr: Box::new(io::stderr()),
            stdin: Box::new(io::BufReader::new(io::stdin())),
        }
    }
}

/// The printer.
pub struct Ui {
    options: UiOptions,
    stdout: Mutex<stdout::Stdout>,
    stderr: Mutex<Box<dyn Write + Send>>,
    input: Mutex<Box<dyn BufRead + Send>>,
    warned: Mutex<HashSet<String>>,
}

impl Ui {
    /// A printer on the process's own streams.
    pub fn new(options: UiOptions) -> Self {
        Self::with_streams(options, Streams::of_process())
    }

    /// A printer on other streams.
    pub fn with_streams(options: UiOptions, streams: Streams) -> Self {
        Self {
            options,
            stdout: Mutex::new(stdout::Stdout::new(streams.stdout)),
            stderr: Mutex::new(streams.stderr),
            input: Mutex::new(streams.stdin),
            warned: Mutex::default(),
        }
    }

    /// What it was built with.
    pub fn options(&self) -> &UiOptions {
        &self.options
    }

    /// How a list looks on this standard output.
    pub fn list_options(&self, format: Format, fields: Fields, header: bool) -> ListOptions {
        ListOptions {
            format,
            fields,
            header,
            terminal: self.options.stdout_terminal,
            width: self.options.width,
            color: self.options.stdout_color,
        }
    }

    /// A text that is the result, as wide as the terminal.
    pub fn text(&self, text: &str) {
        let width = self.options.width.filter(|_| self.options.stdout_terminal);
        lock(&self.stdout).write_line(wrap::wrapped(text, width).trim_end_matches('\n'));
    }

    /// Standard output itself, held until dropped; buffered, `flush` pushes a live line out.
    pub fn data(&self) -> Data<'_> {
        Data(lock(&self.stdout))
    }

    /// A result in one line, such as `created …`; `--quiet` drops it.
    pub fn result_line(&self, text: &str) {
        if !self.options.quiet {
            self.write_out(&visible(text));
        }
    }

    /// A result the command is there for, such as a token: `--quiet` keeps it, and off a terminal it
    /// is exact.
    pub fn data_line(&self, text: &str) {
        match self.options.stdout_terminal {
            true => self.write_out(&visible(text)),
            false => lock(&self.stdout).write_line(text),
        }
    }

    /// A result as JSON: one line, or indented on a terminal.
    ///
    /// # Errors
    /// Only where a value has no JSON form (a map with keys that are no strings).
    pub fn json(&self, value: &impl Serialize) -> Result<(), serde_json::Error> {
        let text = if self.options.stdout_terminal {
            serde_json::to_string_pretty(value)?
        } else {
            serde_json::to_string(value)?
        };
        lock(&self.stdout).write_line(&visible_json(&text));
        Ok(())
    }

    /// What is going on; `--quiet` drops it.
    pub fn status(&self, text: &str) {
        if !self.options.quiet {
            self.notice(text);
        }
    }

    /// What a person must see in any case: previews and summaries. Line ends stay.
    pub fn notice(&self, text: &str) {
        let text = visible_multiline(text);
        self.write_line_err(&format!("{}{text}", self.sandbox_mark()));
    }

    /// A line to be copied as it stands: whole, however narrow the terminal is.
    pub fn line(&self, text: &str) {
        self.write_err(&format!("{}\n", visible(text)));
    }

    /// Something that may be wrong.
    pub fn warning(&self, text: &str) {
        self.labelled("warning", "33", text);
    }

    /// The same of what is met more than once and need not be said again.
    pub fn warning_once(&self, text: &str) {
        if lock(&self.warned).insert(text.to_owned()) {
            self.warning(text);
        }
    }

    /// What to do next.
    pub fn hint(&self, text: &str) {
        self.labelled("hint", "36", text);
    }

    /// Prints an error: message, details, and hints, a line each.
    pub fn error(&self, message: &str, details: &[String], hints: Option<&str>) {
        self.labelled("error", "31", message);
        for detail in details {
            self.write_line_err(&format!("  {}", visible(detail)));
        }
        for hint in hints.unwrap_or_default().lines() {
            self.hint(hint);
        }
    }

    /// The same as an object, for whoever asked for JSON.
    pub fn error_object(&self, error: &serde_json::Value) {
        self.write_err(&format!("{}\n", visible_json(&error.to_string())));
    }

    /// Pushes results out that belong above what comes next; a failure is told at the end.
    pub fn show_results(&self) {
        let _ = lock(&self.stdout).flush();
    }

    /// Pushes everything out and tells whether all results were written.
    ///
    /// Called once, last. What a [`OutputError::ClosedPipe`] means is the command's business: success
    /// for one that reads, and nothing at all for one that has written to the server.
    pub fn finish(&self) -> Result<(), OutputError> {
        Ok(lock(&self.stdout).flush()?)
    }

    fn labelled(&self, label: &str, color: &str, text: &str) {
        let text = visible(text);
        let line = if self.options.stderr_color {
            format!("\u{1b}[1;{color}m{label}:\u{1b}[0m {text}")
        } else {
            format!("{label}: {text}")
        };
        self.write_line_err(&line);
    }

    fn sandbox_mark(&self) -> &'static str {
        if self.options.sandbox {
            "[sandbox] "
        } else {
            ""
        }
    }

    /// Lines for people on standard output, broken between words on a terminal.
    fn write_out(&self, text: &str) {
        let width = self.options.width.filter(|_| self.options.stdout_terminal);
        lock(&self.stdout).write_line(&wrap::wrapped(text, width));
    }

    /// The same on standard error.
    fn write_line_err(&self, text: &str) {
        self.write_err(&format!("{}\n", self.for_stderr(text)));
    }

    fn for_stderr(&self, text: &str) -> String {
        let width = self.options.width.filter(|_| self.options.stderr_terminal);
        wrap::wrapped(text, width)
    }

    /// One write for a whole line, so that lines of several threads do not mix. Nobody can be told
    /// that standard error failed.
    fn write_err(&self, text: &str) {
        let mut stderr = lock(&self.stderr);
        let _ = stderr.write_all(text.as_bytes());
        let _ = stderr.flush();
    }
}

/// A thread that panicked while printing left at worst half a line.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
