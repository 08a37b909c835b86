//! Questions to a person. They stand on standard error and are asked only on a terminal.

use std::io;
#[cfg(not(unix))]
use std::io::{BufRead, Read as _};

#[cfg(unix)]
use super::terminal::Escape;
use super::{Ui, lock};
use crate::output::visible;
use crate::secret::Secret;

/// No answer is longer; a terminal's own limit is 4 KiB.
#[cfg(not(unix))]
const LONGEST_ANSWER: u64 = 64 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// Nobody can be asked: `--no-input`, or standard input or standard error is no terminal. The
    /// caller names the flag or variable that would answer.
    #[error("an answer is needed and nobody can be asked")]
    NeedsInput,
    /// The person ended the input (Ctrl-D) or interrupted the question.
    #[error("the question was not answered")]
    Cancelled,
    /// The terminal cannot be read.
    #[error("the terminal cannot be read: {0}")]
    Failed(#[source] io::Error),
}

impl From<io::Error> for PromptError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::Interrupted => Self::Cancelled,
            _ => Self::Failed(error),
        }
    }
}

impl Ui {
    /// Whether a person can be asked: standard input and standard error are terminals and
    /// `--no-input` is not given.
    pub fn can_ask(&self) -> bool {
        self.options.stdin_terminal && self.options.stderr_terminal && !self.options.no_input
    }

    /// Asks a yes-or-no question; everything but `y` and `yes` is no, and Escape at once.
    pub fn confirm(&self, question: &str) -> Result<bool, PromptError> {
        let answer = self.ask_line(&format!("{question} [y/N] "))?;
        let answer = answer.unwrap_or_default().trim().to_ascii_lowercase();
        Ok(matches!(answer.as_str(), "y" | "yes"))
    }

    /// Lets the person type a number, for deletes; whether it was the right one.
    pub fn type_number(&self, question: &str, number: usize) -> Result<bool, PromptError> {
        let answer = self.ask_line(&format!("{question} Type {number} to go on: "))?;
        Ok(answer.is_some_and(|answer| answer.trim() == number.to_string()))
    }

    /// Keeps the terminal from showing what is typed ahead of [`Ui::ask`] and [`Ui::ask_secret`].
    #[cfg(unix)]
    pub fn quiet_terminal(&self) -> Option<super::Quiet> {
        self.can_ask().then(super::Quiet::start)
    }

    /// Asks for a line; blanks around the answer are dropped and it may be empty.
    pub fn ask(&self, label: &str) -> Result<String, PromptError> {
        #[cfg(unix)]
        let answer = self.ask_typed(label, true)?;
        #[cfg(not(unix))]
        let answer = self.ask_line(&format!("{label}: "))?.unwrap_or_default();
        Ok(answer.trim().to_owned())
    }

    /// Asks for a secret without showing it; only the line end is dropped.
    pub fn ask_secret(&self, label: &str) -> Result<Secret, PromptError> {
        #[cfg(unix)]
        let answer = self.ask_typed(label, false)?;
        #[cfg(not(unix))]
        let answer = self.prompt(&format!("{label}: "), rpassword::read_password)?;
        Ok(Secret::new(answer))
    }

    #[cfg(unix)]
    fn ask_typed(&self, label: &str, shown: bool) -> Result<String, PromptError> {
        let answer = self.prompt(&format!("{label}: "), || {
            let mut show = |text: &str| {
                if shown {
                    self.write_err(text);
                }
            };
            super::terminal::edit_line(&mut *lock(&self.input), &mut show, Escape::Nothing)
        })?;
        self.write_err("\n");
        Ok(answer.unwrap_or_default())
    }

    /// A line, or nothing where the person left with Escape.
    pub(super) fn ask_line(&self, prompt: &str) -> Result<Option<String>, PromptError> {
        // Before the question is to be seen: an answer may follow at once.
        #[cfg(unix)]
        let _quiet = self.quiet_terminal();
        #[cfg(unix)]
        let answer = self.prompt(prompt, || {
            let mut show = |text: &str| self.write_err(text);
            super::terminal::edit_line(&mut *lock(&self.input), &mut show, Escape::Leaves)
        });
        #[cfg(not(unix))]
        let answer = self.prompt(prompt, || read_line(&mut *lock(&self.input)).map(Some));
        #[cfg(unix)]
        if answer.is_ok() {
            self.write_err("\n");
        }
        answer
    }

    fn prompt<T>(
        &self,
        prompt: &str,
        read: impl FnOnce() -> io::Result<T>,
    ) -> Result<T, PromptError> {
        if !self.can_ask() {
            return Err(PromptError::NeedsInput);
        }
        self.show_results();
        let question = format!("{}{}", self.sandbox_mark(), visible(prompt));
        self.write_err(&self.for_stderr(&question));
        let answer = read();
        if answer.is_err() {
            // The cursor still stands behind the question.
            self.write_err("\n");
        }
        Ok(answer?)
    }
}

#[cfg(not(unix))]
fn read_line(input: &mut dyn BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    let read = input.take(LONGEST_ANSWER).read_until(b'\n', &mut bytes)?;
    if read == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
