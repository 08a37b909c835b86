//! A list as a filter sees it: each row by itself where it wants no more, else what it needs of all.

use std::cell::OnceCell;
use std::io::Write;
use std::rc::Rc;

use jaq_core::Filter;
use jaq_core::load::lex::Tok;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::load::{self, Lexer, lex::Token};
use jaq_core::path::{Opt, Part};
use jaq_json::{Map, Val};

use super::columns::{self, Kind};
use super::guard::Data;
use super::plain::{Plain, Value};
use super::{Jq, JqError, JqRunError, compile, results, run_on, write_array, write_line};
use crate::output::Fields;

/// How a filter goes over the rows of a list.
pub(super) enum Way {
    /// `.[] | f`: `f`, for one row after the other.
    Each(Each),
    /// `map(f) | rest`, `[.[] | f] | rest`: what `f` makes of the rows is held, and no row.
    Made(Filter<Data>, Option<Filter<Data>>),
    /// Anything else.
    Whole(Filter<Data>),
}

/// What is done with each row.
pub(super) enum Each {
    /// What needs no value made of the row, and all of it for jaq, should it come to that.
    Plain(Plain, String, OnceCell<Filter<Data>>),
    /// What is jaq's.
    Filter(Filter<Data>),
}

impl Each {
    fn of(row: &str) -> Option<Self> {
        Some(match Plain::of(row) {
            Some(plain) => Self::Plain(plain, row.to_owned(), OnceCell::new()),
            None => Self::Filter(compile(row).ok()?),
        })
    }

    /// Compiles it on the first row that needs it.
    fn filter(&self) -> Result<&Filter<Data>, JqRunError> {
        match self {
            Self::Filter(filter) => Ok(filter),
            Self::Plain(_, row, filter) => match filter.get() {
                Some(filter) => Ok(filter),
                None => {
                    let compiled = compile(row);
                    let compiled =
                        compiled.map_err(|error| JqRunError::Failed(error.to_string()))?;
                    Ok(filter.get_or_init(|| compiled))
                }
            },
        }
    }
}

impl Way {
    /// The way of an expression, and the columns that it looks at: `None` where that may be all.
    ///
    /// # Errors
    /// The first fault of the expression.
    pub(super) fn of(expression: &str) -> Result<(Self, Option<Vec<String>>), JqError> {
        Ok(match Self::row_by_row(expression) {
            Some((way, row)) => (way, columns::of(&row, Kind::Rows(0))),
            None => (
                Self::Whole(compile(expression)?),
                columns::of(expression, Kind::Rows(1)),
            ),
        })
    }

    /// The way of an expression that begins with each row, and what it does with one.
    fn row_by_row(expression: &str) -> Option<(Self, String)> {
        if let Some(row) = of_each_row(expression) {
            return Some((Self::Each(Each::of(&row)?), row));
        }
        let (row, rest) = made_of_rows(expression)?;
        let rest = rest.map(compile).transpose().ok()?;
        Some((Self::Made(compile(&row).ok()?, rest), row))
    }
}

/// `f` of `.[] | f` or `.[].a | f`.
fn of_each_row(expression: &str) -> Option<String> {
    fn begins_with_each<S>(term: &Term<S>) -> bool {
        match term {
            Term::BinOp(first, BinaryOp::Pipe(None), _) => begins_with_each(first),
            Term::Path(of, path) => {
                let each = path.0.first();
                matches!(**of, Term::Id)
                    && matches!(each, Some((Part::Range(None, None), Opt::Essential)))
            }
            _ => false,
        }
    }
    let term = load::parse(expression, |parser| parser.term())?;
    let rest = expression.trim_start().strip_prefix(".[]")?;
    let row = if rest.starts_with('.') {
        rest.to_owned()
    } else {
        format!(".{rest}")
    };
    begins_with_each(&term).then_some(row)
}

/// `f` and what stands behind it, of `map(f) | rest` or `[.[] | f] | rest`.
fn made_of_rows(expression: &str) -> Option<(String, Option<&str>)> {
    let inside = |block: &str| block[1..block.len() - 1].to_owned();
    let tokens = Lexer::new(expression).lex().ok()?;
    let (row, rest) = match &tokens[..] {
        [
            Token("map", Tok::Word),
            Token(block, Tok::Block(_)),
            rest @ ..,
        ] if block.starts_with('(') => (inside(block), rest),
        [Token(block, Tok::Block(_)), rest @ ..] if block.starts_with('[') => {
            (of_each_row(&inside(block))?, rest)
        }
        _ => return None,
    };
    match rest {
        [] => Some((row, None)),
        [Token(pipe @ "|", Tok::Sym), ..] => {
            let behind = pipe.as_ptr().addr() + pipe.len() - expression.as_ptr().addr();
            Some((row, expression.get(behind..)))
        }
        _ => None,
    }
}

/// The rows of a list on their way through a filter.
pub struct JqRows<'j> {
    jq: &'j Jq,
    columns: Vec<Column>,
    /// The row before, when it is held.
    last: Option<Rc<Map>>,
    held: Vec<Val>,
}

struct Column {
    title: &'static str,
    name: Val,
    /// `true` or `false`, and no text.
    is_switch: bool,
    wanted: bool,
}

impl<'j> JqRows<'j> {
    /// No rows yet, of these columns.
    pub fn new(jq: &'j Jq, fields: &Fields) -> Self {
        let wanted = |name| {
            let columns = jq.columns.as_ref();
            columns.is_none_or(|columns| columns.iter().any(|column| column == name))
        };
        let column = |(name, is_switch): (&'static str, bool)| Column {
            wanted: wanted(name),
            title: name,
            name: Val::utf8_str(name),
            is_switch,
        };
        Self {
            columns: fields.columns().map(column).collect(),
            last: None,
            held: Vec::new(),
            jq,
        }
    }

    /// Takes a row, its cells in the order of the columns, and writes what the filter makes of it if it
    /// needs no other; tells about how many bytes are held for it.
    ///
    /// # Errors
    /// As [`Jq::run`].
    pub fn take(
        &mut self,
        cells: &[Option<&str>],
        out: &mut dyn Write,
        terminal: bool,
    ) -> Result<usize, JqRunError> {
        let held = self.held.len();
        match &self.jq.way {
            Way::Each(each) => {
                let written = match each {
                    Each::Plain(plain, ..) => self.run_plain(plain, cells, out, terminal)?,
                    Each::Filter(_) => false,
                };
                if !written {
                    run_on(each.filter()?, self.row(cells), out, terminal)?;
                }
            }
            Way::Made(filter, _) => {
                let row = self.row(cells);
                results(filter, row, |value| {
                    self.held.push(value);
                    Ok(())
                })?;
            }
            Way::Whole(_) if self.is_same(cells) => {
                let again = self.held[held - 1].clone();
                self.held.push(again);
                return Ok(PLACE);
            }
            Way::Whole(_) => {
                let row = self.row(cells);
                self.held.push(row);
            }
        }
        Ok(self.held[held..]
            .iter()
            .map(|value| PLACE + weight(value))
            .sum())
    }

    /// Writes what a plain filter makes of a row, unless that is jaq's to say: whether it did.
    fn run_plain<'a>(
        &self,
        plain: &Plain,
        cells: &[Option<&'a str>],
        out: &mut dyn Write,
        terminal: bool,
    ) -> Result<bool, JqRunError> {
        let value = |(column, cell): (&Column, Option<&'a str>)| match cell {
            None => (column.title, Value::Null),
            Some(cell) if column.is_switch => (column.title, Value::Bool(cell == "true")),
            Some(cell) => (column.title, Value::Text(cell.into())),
        };
        let row: Vec<_> = wanted(&self.columns, cells).map(value).collect();
        let Some(values) = plain.run(&row) else {
            return Ok(false);
        };
        for value in values {
            let line = match value {
                Value::Text(text) => text,
                value => value.to_json().into(),
            };
            write_line(&line, out, terminal).map_err(JqRunError::Output)?;
        }
        Ok(true)
    }

    /// Ends the list, and writes what the filter makes of it all.
    ///
    /// # Errors
    /// As [`Jq::run`].
    pub fn finish(self, out: &mut dyn Write, terminal: bool) -> Result<(), JqRunError> {
        match &self.jq.way {
            Way::Each(_) => Ok(()),
            Way::Made(_, None) => write_array(&self.held, out, terminal),
            Way::Made(_, Some(filter)) | Way::Whole(filter) => {
                run_on(filter, self.held.into_iter().collect(), out, terminal)
            }
        }
    }

    /// Whether the row before has the same cells.
    fn is_same(&self, cells: &[Option<&str>]) -> bool {
        let same = |((column, cell), value): ((&Column, Option<&str>), &Val)| match (cell, value) {
            (None, Val::Null) => true,
            (Some(cell), Val::TStr(text)) if !column.is_switch => cell.as_bytes() == &text[..],
            _ => false,
        };
        let values = self.last.as_ref().map(|last| last.values());
        values.is_some_and(|values| wanted(&self.columns, cells).zip(values).all(same))
    }

    /// The row of these cells; the one before written over, where nobody holds it.
    fn row(&mut self, cells: &[Option<&str>]) -> Val {
        let columns = &self.columns;
        let new = || {
            let names = columns.iter().filter(|column| column.wanted);
            Rc::new(
                names
                    .map(|column| (column.name.clone(), Val::Null))
                    .collect(),
            )
        };
        let mut row = self.last.take().unwrap_or_else(new);
        if Rc::get_mut(&mut row).is_none() {
            row = new();
        }
        let values = Rc::get_mut(&mut row).into_iter().flat_map(Map::values_mut);
        for (value, (column, cell)) in values.zip(wanted(columns, cells)) {
            match (cell, value) {
                (None, value) => *value = Val::Null,
                (Some(cell), value) if column.is_switch => *value = Val::Bool(cell == "true"),
                (Some(cell), Val::TStr(text)) if cell.as_bytes() == &text[..] => {}
                (Some(cell), Val::TStr(text)) => **text = cell.to_owned().into(),
                (Some(cell), value) => *value = Val::utf8_str(cell.to_owned()),
            }
        }
        self.last = Some(row.clone());
        Val::Obj(row)
    }
}

fn wanted<'a, 'c>(
    columns: &'c [Column],
    cells: &[Option<&'a str>],
) -> impl Iterator<Item = (&'c Column, Option<&'a str>)> {
    (columns.iter().zip(cells.iter().copied())).filter(|(column, _)| column.wanted)
}

/// What a value's place in a list takes that grows.
const PLACE: usize = 3 * size_of::<Val>();

/// About how many bytes a value takes in memory; what is shared is counted each time.
fn weight(value: &Val) -> usize {
    // A text's box and what its own bytes need besides.
    const TEXT: usize = 64;
    const MAP: usize = 192;
    match value {
        Val::TStr(text) | Val::BStr(text) => TEXT + text.len(),
        Val::Arr(items) => {
            let item = |item| size_of::<Val>() + weight(item);
            TEXT + items.iter().map(item).sum::<usize>()
        }
        Val::Obj(fields) => {
            let field = |(name, value)| 2 * size_of::<Val>() + weight(name) + weight(value);
            MAP + fields.iter().map(field).sum::<usize>()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{JqRows, Way};
    use crate::model::Route;
    use crate::output::{Fields, Jq};

    const ROWS: [[Option<&str>; 3]; 4] = [
        [Some("1"), None, Some("a\"\\\u{e9}\u{1}")],
        [Some("1"), None, Some("a\"\\\u{e9}\u{1}")],
        [Some("2"), Some(""), Some("b")],
        [Some("3"), Some("9"), None],
    ];
    const JSON: &str = r#"[{"ani":"1","dnis":null,"domain":"a\"\\\u00e9\u0001"},{"ani":"1","dnis":null,"domain":"a\"\\\u00e9\u0001"},{"ani":"2","dnis":"","domain":"b"},{"ani":"3","dnis":"9","domain":null}]"#;

    #[test]
    fn rows_give_what_their_json_gives_whichever_way_the_filter_goes_over_them() {
        for (expression, way) in [
            (".[]", "each"),
            (" .[].ani", "each"),
            (".[] | .ani", "each"),
            (".[]|select(.ani != \"2\")|.ani,length", "each"),
            (".[][\"ani\"] | tonumber + 1", "each"),
            (".[] | [.] | .[0].ani", "each"),
            (".[] | . as $x | $x.ani // \"|\"", "each"),
            (".[].ani | if . == \"2\" then empty else . end", "each"),
            (".[].domain | @json", "each"),
            ("[.[] | .ani]", "made"),
            ("map(.ani)", "made"),
            ("map(.ani) | unique | length", "made"),
            ("map(select(.ani == \"1\"))", "made"),
            (" [ .[] | select(.dnis) | .ani, 1 ] | .[1:] | .[]", "made"),
            ("map(. as $row | $row | length) | add", "made"),
            ("map(keys_unsorted)", "made"),
            ("map(empty)|length", "made"),
            ("[.[] | to_entries]", "made"),
            (".[] as $x | length", "whole"),
            (".[], 1", "whole"),
            (".[].ani + \"x\"", "whole"),
            (".[1:][]", "whole"),
            (".[0]", "whole"),
            (".[0] == .[1]", "whole"),
            ("(.[] | .ani)", "whole"),
            (".[]?", "whole"),
            ("map(.ani)[0]", "whole"),
            ("map(.ani), length", "whole"),
            ("[.[], 1]", "whole"),
            ("map(.ani) as $x | $x", "whole"),
            ("def f: .ani; .[] | f", "whole"),
            ("first(.[])", "whole"),
            ("length", "whole"),
            (".", "whole"),
            (
                "group_by(.domain) | map({domain: .[0].domain, n: length})",
                "whole",
            ),
            ("sort_by(.dnis)", "whole"),
            ("map(.ani) + map(.dnis)", "whole"),
        ] {
            let jq = Jq::compile(expression).expect(expression);
            let found = match jq.way {
                Way::Each(_) => "each",
                Way::Made(..) => "made",
                Way::Whole(_) => "whole",
            };
            assert_eq!(found, way, "{expression}");
            let fields = Fields::parse::<Route>("ani,dnis,domain").expect("columns");
            let mut rows = JqRows::new(&jq, &fields);
            let (mut out, mut whole) = (Vec::new(), Vec::new());
            for row in ROWS {
                rows.take(&row, &mut out, false).expect(expression);
            }
            rows.finish(&mut out, false).expect(expression);
            jq.run(JSON.as_bytes(), &mut whole, false)
                .expect(expression);
            assert_eq!(out, whole, "{expression}");
        }
    }

    #[test]
    fn what_a_filter_does_not_look_at_is_not_held() {
        let held = |expression: &str| {
            let jq = Jq::compile(expression).expect(expression);
            let mut rows = JqRows::new(&jq, &Fields::all::<Route>(false));
            let row = |ani| {
                [
                    Some(ani),
                    None,
                    Some("acme.example"),
                    Some("user"),
                    Some("john"),
                ]
            };
            let mut take = |ani| rows.take(&row(ani), &mut Vec::new(), false);
            take("1").expect("a row") + take("2").expect("a row")
        };
        let whole = held(".[0]");
        assert_eq!(held(".[] | ."), 0);
        assert!(held("map(.ani)") < whole / 5);
        assert!(held("group_by(.ani) | length") < whole * 2 / 3);
        assert!(
            held("group_by(.domain) | length") < whole / 3,
            "the second is the first"
        );
        assert!(held("length") < whole / 3);
    }
}
