//! Lines of coloured pieces: what a plan looks like on a terminal.

use super::Ui;
use crate::output::visible;

/// A piece of a line and its SGR code, such as `1;31`; without one it is plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Painted<'a> {
    /// The text; hostile bytes are made visible here.
    pub text: &'a str,
    /// The colour, where colours are wanted.
    pub sgr: Option<&'a str>,
}

impl Ui {
    /// A line of a result on standard output. It is data: `--quiet` keeps it.
    pub fn data_painted(&self, line: &[Painted<'_>]) {
        self.write_out(&joined(line, self.options.stdout_color));
    }

    /// A line a person must see, on standard error.
    pub fn notice_painted(&self, line: &[Painted<'_>]) {
        let text = joined(line, self.options.stderr_color);
        self.write_line_err(&format!("{}{text}", self.sandbox_mark()));
    }
}

fn joined(line: &[Painted<'_>], color: bool) -> String {
    let mut text = String::new();
    for piece in line {
        match piece.sgr.filter(|_| color) {
            Some(sgr) => {
                text.push_str(&format!("\u{1b}[{sgr}m{}\u{1b}[0m", visible(piece.text)));
            }
            None => text.push_str(&visible(piece.text)),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Painted, joined};

    #[test]
    fn colours_are_ours_and_the_texts_cannot_bring_any() {
        let line = [
            Painted {
                text: "+ ",
                sgr: Some("32"),
            },
            Painted {
                text: "a\u{1b}[31mb",
                sgr: None,
            },
        ];
        assert_eq!(joined(&line, true), "\u{1b}[32m+ \u{1b}[0ma\\u{1b}[31mb");
        assert_eq!(joined(&line, false), "+ a\\u{1b}[31mb");
    }
}
