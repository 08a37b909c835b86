//! What is wrong in a file, all of it at once, each with `file:line:column`.
//!
//! Readers and the planner note a problem by its byte offset; lines and columns are worked out in
//! one walk over the text when all are known, so that a file of nothing but errors stays cheap.

use std::collections::BTreeSet;
use std::fmt;

use crate::model::count;

/// More problems than this are not collected: the file is not what it was taken for.
const MOST: usize = 10_000;

/// One mistake in a file. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// What is wrong and what would be accepted.
    pub message: String,
}

/// All mistakes of one file (exit 2, nothing was changed), in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct FileErrors {
    name: String,
    problems: Vec<Problem>,
}

impl FileErrors {
    /// The mistakes themselves; at least one.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// One line for each mistake: `routes.csv:12:3: …`.
impl fmt::Display for FileErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            let Problem {
                line,
                column,
                message,
            } = problem;
            write!(f, "{}:{line}:{column}: {message}", self.name)?;
        }
        if self.problems.len() >= MOST {
            write!(
                f,
                "\n{}: only the first {} are listed",
                self.name,
                count(MOST, "problem")
            )?;
        }
        Ok(())
    }
}

/// The problems found so far in one text.
pub(super) struct Problems<'a> {
    text: &'a str,
    found: Vec<(usize, String)>,
    /// Columns and keys that mean nothing here: no mistake, but said.
    pub(super) foreign: BTreeSet<String>,
}

impl<'a> Problems<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self::with(text, Vec::new())
    }

    /// Goes on with what [`Problems::into_found`] gave.
    pub(super) fn with(text: &'a str, found: Vec<(usize, String)>) -> Self {
        Self {
            text,
            found,
            foreign: BTreeSet::new(),
        }
    }

    pub(super) fn into_found(self) -> Vec<(usize, String)> {
        self.found
    }

    /// Notes a problem at a byte offset of the text.
    pub(super) fn add(&mut self, at: usize, message: impl Into<String>) {
        if !self.is_full() {
            self.found.push((at, escaped(&message.into())));
        }
    }

    /// Whether reading on would only find more of the same.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= MOST
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Nothing wrong, or everything that is, with places.
    pub(super) fn finish(self, name: &str) -> Result<(), FileErrors> {
        if self.found.is_empty() {
            Ok(())
        } else {
            Err(self.into_errors(name))
        }
    }

    /// Everything that is wrong, with places.
    pub(super) fn into_errors(mut self, name: &str) -> FileErrors {
        self.found.sort_by_key(|(at, _)| *at);
        let mut place = Place::new(self.text);
        let problems = self.found.into_iter().map(|(at, message)| {
            place.advance(at);
            Problem {
                line: place.line,
                column: place.column,
                message,
            }
        });
        FileErrors {
            name: name.to_owned(),
            problems: problems.collect(),
        }
    }
}

/// A walk over a text that knows its line and column; a line ends at LF, CR LF or CR.
pub(super) struct Place<'a> {
    text: &'a str,
    at: usize,
    pub(super) line: usize,
    pub(super) column: usize,
}

impl<'a> Place<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
            column: 1,
        }
    }

    /// Walks on to a byte offset; one that was passed already changes nothing.
    pub(super) fn advance(&mut self, to: usize) {
        let mut to = to.min(self.text.len());
        while !self.text.is_char_boundary(to) {
            to -= 1;
        }
        let Some(passed) = self.text.get(self.at..to) else {
            return;
        };
        let (bytes, mut line) = (self.text.as_bytes(), self.at);
        for end in memchr::memchr2_iter(b'\n', b'\r', passed.as_bytes()) {
            let end = self.at + end;
            if bytes[end] == b'\n' || bytes.get(end + 1) != Some(&b'\n') {
                (self.line, self.column, line) = (self.line + 1, 1, end + 1);
            }
        }
        self.column += self.text[line..to].chars().count();
        self.at = to;
    }
}

/// A text that stays on its line: control characters as `\u{a}`.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            escaped.extend(c.escape_unicode());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// A value for a message: in backticks, cut where it would fill the screen.
pub(super) fn quoted(value: &str) -> String {
    let cut: String = value.chars().take(60).collect();
    let dots = if cut.len() < value.len() { "…" } else { "" };
    format!("`{cut}{dots}`")
}

#[cfg(test)]
mod tests {
    use super::Problems;

    #[test]
    fn places_are_lines_and_characters() {
        let text = "ani\r\nü,x\ry\nz";
        let mut problems = Problems::new(text);
        for (needle, message) in [("z", "last"), ("x", "x"), ("y", "y"), ("ani", "first")] {
            problems.add(text.find(needle).expect(needle), message);
        }
        problems.add(99, "the end");
        let errors = problems.finish("f.csv").expect_err("problems");
        assert_eq!(
            errors.to_string(),
            "f.csv:1:1: first\nf.csv:2:3: x\nf.csv:3:1: y\nf.csv:4:1: last\nf.csv:4:2: the end"
        );
    }

    #[test]
    fn nothing_wrong_is_no_error() {
        assert!(Problems::new("x").finish("f").is_ok());
    }
}
