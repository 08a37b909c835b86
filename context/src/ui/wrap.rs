//! Lines for people, broken between words where the terminal ends. A command in backticks, or one that
//! is the line, goes on behind a `\`, so that it can be pasted as it stands.

use unicode_width::UnicodeWidthChar as _;

/// How a command begins.
const PROGRAM: &str = "skyswitch ";

/// A second column that begins further right than this is none.
const LAST_COLUMN: usize = 26;

/// A text of several lines, none of them wider than the terminal where words permit it.
pub(super) fn wrapped(text: &str, width: Option<u16>) -> String {
    let Some(width) = width.map(usize::from).filter(|width| *width > 0) else {
        return text.to_owned();
    };
    let lines = text.split('\n').map(|line| match wide(line) <= width {
        true => line.to_owned(),
        false => broken(line, width),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn broken(line: &str, width: usize) -> String {
    let plain = plain(line);
    let second = hang(&plain);
    let start = plain.len() - plain.trim_start_matches(' ').len();
    // Too far right to leave room: it stands below the first column.
    let stacked = second > width / 2 + 4;
    let indent = if stacked { start + 4 } else { second };
    let mut out = String::new();
    let (mut column, mut at) = (0, 0);
    for piece in pieces(line) {
        let (gap, word) = (piece.gap, wide(piece.word));
        at += gap;
        let below = stacked && at == second;
        at += word;
        // Behind a word of a command there must be room for what says that it goes on.
        let sign = if piece.goes_on { " \\" } else { "" };
        let fits = column + gap + word + sign.len() <= width;
        if column == 0 || fits && !below {
            out.push_str(&" ".repeat(gap));
            column += gap;
        } else {
            out.push_str(if piece.in_command { " \\\n" } else { "\n" });
            // A long word rather stands further left than is broken by the terminal.
            column = indent.min(width.saturating_sub(word + sign.len()));
            out.push_str(&" ".repeat(column));
        }
        out.push_str(piece.word);
        column += word;
    }
    out
}

/// A word, the blanks before it, whether it stands in a command behind another word of it, and whether
/// the command goes on behind it.
struct Piece<'t> {
    gap: usize,
    word: &'t str,
    in_command: bool,
    goes_on: bool,
}

fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut rest = line;
    let mut ticks = 0;
    // The first word may be `hint:`; what follows it can be a command.
    let mut bare = false;
    while !rest.is_empty() {
        let text = rest.trim_start_matches(' ');
        let gap = rest.len() - text.len();
        let starts = text.starts_with(PROGRAM);
        // What a usage says is no command yet.
        let usage = pieces
            .first()
            .is_some_and(|first| first.word.contains("Usage:"));
        bare |= starts && pieces.len() < 2 && ticks == 0 && !usage && !text.contains('`');
        let in_span = ticks % 2 == 1 && span(line, text).is_some_and(is_command);
        let end = match term(text).filter(|_| ticks % 2 == 0) {
            Some(term) => term + word_end(&text[term..], false),
            None => word_end(text, bare || ticks % 2 == 1 || text.starts_with('`')),
        };
        let (word, behind) = text.split_at(end);
        let in_command = in_span || bare && !starts;
        if let Some(before) = pieces.last_mut().filter(|_| in_command) {
            before.goes_on = true;
        }
        pieces.push(Piece {
            gap,
            word,
            in_command,
            goes_on: false,
        });
        ticks += word.matches('`').count();
        rest = behind;
    }
    pieces
}

/// Where a few words in backticks end that are no command and stay together.
fn term(text: &str) -> Option<usize> {
    let (term, _) = text.strip_prefix('`')?.split_once('`')?;
    (term.len() <= LAST_COLUMN && !is_command(term)).then_some(term.len() + 2)
}

/// The text between the backticks around a place of a line.
fn span<'t>(line: &'t str, at: &'t str) -> Option<&'t str> {
    let (before, _) = line.split_at(line.len() - at.len());
    let start = before.rfind('`')? + 1;
    line[start..].split('`').next()
}

/// Variables may stand before the program.
fn is_command(span: &str) -> bool {
    let mut words = span.split(' ');
    words.find(|word| !word.contains('=')) == Some(PROGRAM.trim_end())
}

/// Where a word ends; in a command what is quoted is one.
fn word_end(text: &str, quotes: bool) -> usize {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '\'' if quotes => quoted = !quoted,
            ' ' if !quoted => return at,
            _ => {}
        }
    }
    match quoted {
        true => text.find(' ').unwrap_or(text.len()),
        false => text.len(),
    }
}

/// How far right a line goes on: under its second column where it has one, else a little in.
fn hang(line: &str) -> usize {
    let start = line.len() - line.trim_start_matches(' ').len();
    let mut column = start + 2;
    let text = &line[start..];
    for (at, _) in text.match_indices("  ") {
        let next = text[at..].trim_start_matches(' ');
        let place = start + wide(&text[..text.len() - next.len()]);
        if place <= LAST_COLUMN {
            column = place;
        }
    }
    column
}

/// Columns of a terminal; colours take none.
fn wide(text: &str) -> usize {
    plain(text).chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// A text without its colours.
fn plain(text: &str) -> String {
    let mut pieces = text.split('\u{1b}');
    let first = pieces.next().unwrap_or_default().to_owned();
    let rest = pieces.map(|piece| piece.split_once('m').map_or("", |(_, text)| text));
    first + &rest.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::{wide, wrapped};

    #[test]
    fn lines_break_between_words_and_columns_stay() {
        let cases = [
            ("short enough", "short enough"),
            (
                "error: there is no route for 16165550142 @ acme",
                "error: there is no\n  route for\n  16165550142 @ acme",
            ),
            (
                "ok    dns   two addresses there",
                "ok    dns   two\n           addresses\n            there",
            ),
            (
                "  - one two three four five",
                "  - one two three\n    four five",
            ),
            (
                "ok    dns   two sixteen-columns-",
                "ok    dns   two\n    sixteen-columns-",
            ),
            (
                "what `undo --expired` puts back",
                "what\n  `undo --expired`\n  puts back",
            ),
            (
                "  first, second, third  the column",
                "  first, second,\n      third\n      the column",
            ),
            (
                "Usage: skyswitch set [OPTIONS] <A>",
                "Usage: skyswitch set\n  [OPTIONS] <A>",
            ),
            (
                "unbreakable-unbreakable-unbreakable",
                "unbreakable-unbreakable-unbreakable",
            ),
            (
                "two\nlines that are longer than that",
                "two\nlines that are\n  longer than that",
            ),
            (
                "\u{1b}[31m  - one two three four\u{1b}[0m",
                "\u{1b}[31m  - one two three\n    four\u{1b}[0m",
            ),
            (
                "\u{1b}[31mred one two three\u{1b}[0m",
                "\u{1b}[31mred one two three\u{1b}[0m",
            ),
        ];
        for (text, wanted) in cases {
            assert_eq!(wrapped(text, Some(20)), wanted, "{text}");
            assert_eq!(wrapped(text, None), text);
        }
    }

    #[test]
    fn a_command_that_is_broken_can_be_pasted() {
        for (text, width) in [
            (
                "hint: `skyswitch --sandbox routes rm 6165550142 -d acme --yes` does it",
                30,
            ),
            (
                "hint: skyswitch --sandbox routes rm 6165550142 -d acme --yes",
                30,
            ),
            (
                "hint: `SKYSWITCH_PROFILE=a skyswitch undo --yes` does it, says somebody",
                25,
            ),
            (
                "hint: for it: `skyswitch routes set 1 'a  b c' --dnis '' --yes`",
                24,
            ),
        ] {
            let shown = wrapped(text, Some(width));
            let widest = shown.lines().map(wide).max().unwrap_or_default();
            assert!(widest <= usize::from(width), "{widest}: {shown}");
            let command = |text: &str| {
                let start = text.find("skyswitch").expect("a command");
                let command = text[start..]
                    .split('`')
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                // What a shell makes of it.
                shell_words::split(&command.replace("\\\n", "")).expect("words")
            };
            assert!(shown.contains(" \\\n"), "{shown}");
            assert_eq!(command(&shown), command(text), "{shown}");
        }
    }
}
