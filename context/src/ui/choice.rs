//! One of several: a list on the terminal, narrowed by typing; numbered where a line cannot be drawn
//! over.

use std::collections::HashSet;
use std::{fmt, io};

use dialoguer::theme::Theme;
use dialoguer::{FuzzySelect, Select};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{PromptError, Ui, lock};
use crate::output::visible;

/// A numbered list shows so many; a longer one is narrowed first.
const MOST_NUMBERED: usize = 40;
/// Lines of the list that is drawn.
const ROWS: usize = 12;
/// What stands before an item, and one column that stays free.
const MARGIN: usize = 3;
/// Room behind the question for what is typed.
const TYPED: usize = 16;
/// Stands behind what is typed while it is in none of them.
const NO_MATCH: &str = "  no match";
/// Where nobody knows how wide the terminal is.
const USUAL_WIDTH: u16 = 80;

/// Which item a list begins at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// Return alone chooses nothing: for what changes something.
    Nowhere,
    /// Return alone chooses the first.
    First,
}

impl Ui {
    /// Lets the person choose one of these; its place, or nothing where they left with Escape or an
    /// empty answer.
    ///
    /// # Errors
    /// [`PromptError::NeedsInput`] where nobody can be asked; a terminal that cannot be read.
    pub fn choose(
        &self,
        question: &str,
        items: &[String],
        beginning: Beginning,
    ) -> Result<Option<usize>, PromptError> {
        let Some(shown) = self.drawn(items)? else {
            return self.choose_numbered(question, items, beginning, true);
        };
        self.notice(match beginning {
            Beginning::First => "type to narrow, arrows to move, Return to choose, Escape to leave",
            Beginning::Nowhere => {
                "nothing is chosen yet: type or use arrows, then Return; Escape leaves"
            }
        });
        let line = Line {
            width: self.width(),
            items: &shown,
        };
        let list = FuzzySelect::with_theme(&line)
            .with_prompt(self.heading(question))
            .items(&shown)
            .max_length(ROWS)
            .highlight_matches(self.options.stderr_color)
            .report(false);
        let list = match beginning {
            Beginning::First => list.default(0),
            Beginning::Nowhere => list,
        };
        chosen(|| list.interact_opt())
    }

    /// The same of two ways, told by more words than a person would type: nothing narrows them, and
    /// Return alone chooses neither.
    ///
    /// # Errors
    /// As [`Ui::choose`].
    pub fn choose_way(
        &self,
        question: &str,
        ways: &[String; 2],
    ) -> Result<Option<usize>, PromptError> {
        // What a way comes to stands before its first comma, and is never cut.
        let whole = |(way, shown): (&String, &String)| {
            let what = visible(way);
            shown.starts_with(what.split(", ").next().unwrap_or_default())
        };
        let drawn = self.drawn(ways)?;
        let Some(shown) = drawn.filter(|shown| ways.iter().zip(shown).all(whole)) else {
            return self.choose_numbered(question, ways, Beginning::Nowhere, false);
        };
        self.notice("nothing is chosen yet: use arrows, then Return; Escape leaves");
        let line = Line {
            width: self.width(),
            items: &shown,
        };
        let list = Select::with_theme(&line)
            .with_prompt(self.heading(question))
            .items(&shown)
            .report(false);
        chosen(|| list.interact_opt())
    }

    /// The items as they fit their lines; none where lines cannot be drawn over or items told apart.
    fn drawn(&self, items: &[String]) -> Result<Option<Vec<String>>, PromptError> {
        if !self.can_ask() {
            return Err(PromptError::NeedsInput);
        }
        // What was written so far belongs above the question; its failure is told at the end.
        let _ = lock(&self.stdout).flush();
        let width = self.width();
        let shown: Vec<String> = (items.iter())
            .map(|item| drawable(&visible(item), width))
            .collect();
        let told_apart = shown.iter().collect::<HashSet<_>>().len() == shown.len();
        Ok(Some(shown).filter(|_| self.options.redraws && told_apart))
    }

    fn width(&self) -> usize {
        usize::from(self.options.width.unwrap_or(USUAL_WIDTH))
    }

    /// The question as the line above a list. That line is drawn over with each key, which one of two
    /// rows is not fit for: a longer question stands above it.
    fn heading(&self, question: &str) -> String {
        let prompt = format!("{}{}", self.sandbox_mark(), visible(question));
        if prompt.width() + TYPED <= self.width() {
            return prompt;
        }
        self.notice(question);
        format!("{}Which?", self.sandbox_mark())
    }

    /// The answer is a number, or `by_part` a text that only one of them has.
    fn choose_numbered(
        &self,
        question: &str,
        items: &[String],
        beginning: Beginning,
        by_part: bool,
    ) -> Result<Option<usize>, PromptError> {
        let mut places: Vec<usize> = (0..items.len()).collect();
        loop {
            for (number, place) in places.iter().take(MOST_NUMBERED).enumerate() {
                self.notice(&format!("{:>3}  {}", number + 1, items[*place]));
            }
            if let more @ 1.. = places.len().saturating_sub(MOST_NUMBERED) {
                self.notice(&format!(
                    "     and {more} more: a part of the name narrows them"
                ));
            }
            let empty = match beginning {
                Beginning::First => "1",
                Beginning::Nowhere => "leave",
            };
            let or_part = if by_part { ", or a part" } else { "" };
            let prompt = format!("{question} number{or_part} [{empty}]: ");
            let Some(answer) = self.ask_line(&prompt)? else {
                return Ok(None);
            };
            let answer = answer.trim();
            let number = answer.parse::<usize>().ok();
            if let Some(place) = number.and_then(|number| places.get(number.checked_sub(1)?)) {
                return Ok(Some(*place));
            }
            if answer.is_empty() {
                let first = places.first().copied();
                return Ok(first.filter(|_| beginning == Beginning::First));
            }
            let part = answer.to_lowercase();
            let has = |place: &usize| items[*place].to_lowercase().contains(&part);
            let narrowed: Vec<usize> = (0..items.len()).filter(has).collect();
            match narrowed.as_slice() {
                _ if !by_part => self.notice("none of them"),
                [] => self.notice("none of them"),
                [one] => return Ok(Some(*one)),
                _ => places = narrowed,
            }
        }
    }
}

/// What a list on the terminal comes to, which is left as it was.
fn chosen(
    ask: impl FnOnce() -> dialoguer::Result<Option<usize>>,
) -> Result<Option<usize>, PromptError> {
    #[cfg(unix)]
    let _kept = super::terminal::Kept::start();
    match ask() {
        Ok(chosen) => Ok(chosen),
        Err(dialoguer::Error::IO(error)) => {
            if error.kind() == io::ErrorKind::Interrupted {
                // Ctrl-C has become a signal, which ends the process.
                std::thread::sleep(std::time::Duration::from_secs(2));
            }
            Err(error.into())
        }
    }
}

/// The question and what is typed behind it, on one line: it is drawn over with each key, which a line of
/// two rows is not fit for.
struct Line<'i> {
    width: usize,
    items: &'i [String],
}

impl Line<'_> {
    /// Whether the list shows anything: its matcher wants the letters in their order, and minds capitals
    /// where one is typed.
    fn has(&self, typed: &str) -> bool {
        let minds = typed.chars().any(char::is_uppercase);
        self.items.iter().any(|item| {
            let lower = || item.to_lowercase();
            let item = if minds { item.clone() } else { lower() };
            let mut letters = item.chars();
            typed.chars().all(|c| letters.any(|letter| letter == c))
        })
    }
}

impl Theme for Line<'_> {
    /// A question has its own mark: no colon behind it.
    fn format_select_prompt(&self, f: &mut dyn fmt::Write, prompt: &str) -> fmt::Result {
        f.write_str(prompt)
    }

    fn format_fuzzy_select_prompt(
        &self,
        f: &mut dyn fmt::Write,
        prompt: &str,
        typed: &str,
        cursor: usize,
    ) -> fmt::Result {
        let (before, behind) = typed.split_at(cursor);
        let note = if self.has(typed) { "" } else { NO_MATCH };
        // The cursor, and one column that stays free.
        let room = (self.width).saturating_sub(prompt.width() + note.width() + 3);
        let before = fitting(&mut visible(before).chars().rev(), room);
        let behind = fitting(&mut visible(behind).chars(), room - before.width());
        let before: String = before.chars().rev().collect();
        write!(f, "{prompt} {before}|{behind}{note}")
    }
}

/// As much of a text as fits.
fn fitting(chars: &mut dyn Iterator<Item = char>, width: usize) -> String {
    let mut wide = 0;
    let fits = |c: &char| {
        wide += c.width().unwrap_or(0);
        wide <= width
    };
    chars.take_while(fits).collect()
}

/// As it fits a terminal so wide. The library that draws it over counts bytes where it should count
/// columns: with more bytes than columns it would climb a line too far.
fn drawable(text: &str, width: usize) -> String {
    let columns = (0..=width.saturating_sub(MARGIN)).rev();
    let mut shown = columns.map(|columns| shortened(text, columns));
    let fits = |shown: &String| shown.len() <= width;
    shown.find(fits).unwrap_or_default()
}

/// At most so wide, the end left out: what an item is stands first in it.
fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    fitting(&mut text.chars(), width.saturating_sub(1)) + "…"
}

#[cfg(test)]
mod tests {
    use super::{Line, drawable, shortened};

    #[test]
    fn the_end_of_a_long_item_is_left_out() {
        let way = "16165550103 → device:johns-cell, as before 925e (today 12:15)";
        assert_eq!(shortened(way, 61), way);
        assert_eq!(shortened(way, 37), "16165550103 → device:johns-cell, as …");
        assert_eq!(shortened("日本語日本語", 6), "日本…");
        assert_eq!(shortened("abc", 0), "…");
        let drawn = drawable("16165550101 → jane, again as 4976 left it", 40);
        assert_eq!(drawn, "16165550101 → jane, again as 4976 l…");
        assert_eq!(drawn.len(), 40);
        assert_eq!(drawable("日本語日本語", 12), "日本語…");
    }

    #[test]
    fn what_is_typed_is_in_an_item_letter_by_letter() {
        let items = ["acme.15611.service", "Harborview"].map(str::to_owned);
        let line = Line {
            width: 40,
            items: &items,
        };
        for (typed, has) in [
            ("", true),
            ("acme", true),
            ("ae156", true),
            ("hv", true),
            ("Hv", true),
            ("xx", false),
            ("emca", false),
            ("ACME", false),
        ] {
            assert_eq!(line.has(typed), has, "{typed}");
        }
    }
}
