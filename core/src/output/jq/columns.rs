//! Which columns of its rows a filter looks at, where that can be read off it.
//!
//! A row is half a kilobyte as a filter sees it, most of it for cells that `group_by(.domain)`, say, never
//! asks for. What is not understood here wants every column: nothing is guessed.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::path::Part;

/// What comes out of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A value in which there is no row.
    Plain,
    /// A row in so many lists: in none it is a row.
    Rows(usize),
}

use Kind::{Plain, Rows};

/// The columns of which something comes out, when the input is of this kind; `None` where that may be
/// all of them.
pub(super) fn of(expression: &str, input: Kind) -> Option<Vec<String>> {
    let term = jaq_core::load::parse(expression, |parser| parser.term())?;
    let mut columns = Columns(Vec::new());
    columns.plain(&term, input)?;
    Some(columns.0.into_iter().map(str::to_owned).collect())
}

struct Columns<'a>(Vec<&'a str>);

impl<'a> Columns<'a> {
    /// What comes out of a term; `None` where that is not known.
    fn kind(&mut self, term: &Term<&'a str>, input: Kind) -> Option<Kind> {
        Some(match term {
            Term::Id => input,
            Term::Num(_) | Term::Arr(None) => Plain,
            Term::Str(_, parts) => {
                for part in parts {
                    if let StrPart::Term(term) = part {
                        self.plain(term, input)?;
                    }
                }
                Plain
            }
            Term::Arr(Some(items)) => match self.kind(items, input)? {
                Plain => Plain,
                Rows(lists) => Rows(lists + 1),
            },
            Term::Obj(entries) => {
                for (key, value) in entries {
                    match value {
                        Some(value) => self.plain(key, input).and(self.plain(value, input))?,
                        None => self.index(key, input, input)?,
                    };
                }
                Plain
            }
            Term::Neg(term) => self.plain(term, input)?,
            Term::BinOp(left, op, right) => self.operation(left, op, right, input)?,
            Term::IfThenElse(branches, otherwise) => {
                let mut kind = otherwise
                    .as_ref()
                    .map_or(Some(input), |term| self.kind(term, input));
                for (condition, then) in branches {
                    self.plain(condition, input)?;
                    let then = self.kind(then, input)?;
                    kind = kind.filter(|kind| *kind == then);
                }
                kind?
            }
            Term::Path(of, path) => {
                let mut kind = self.kind(of, input)?;
                for (part, _) in &path.0 {
                    kind = self.part(part, kind, input)?;
                }
                kind
            }
            Term::Call(name, arguments) => self.call(name, arguments, input)?,
            _ => return None,
        })
    }

    /// A term out of which no row comes.
    fn plain(&mut self, term: &Term<&'a str>, input: Kind) -> Option<Kind> {
        self.kind(term, input).filter(|kind| *kind == Plain)
    }

    fn operation(
        &mut self,
        left: &Term<&'a str>,
        op: &BinaryOp<&'a str>,
        right: &Term<&'a str>,
        input: Kind,
    ) -> Option<Kind> {
        match op {
            BinaryOp::Pipe(None) => {
                let between = self.kind(left, input)?;
                self.kind(right, between)
            }
            BinaryOp::Comma | BinaryOp::Alt => {
                let kind = self.kind(left, input)?;
                self.kind(right, input).filter(|other| *other == kind)
            }
            BinaryOp::Or | BinaryOp::And | BinaryOp::Math(_) | BinaryOp::Cmp(_) => {
                self.plain(left, input).and(self.plain(right, input))
            }
            _ => None,
        }
    }

    fn part(&mut self, part: &Part<Term<&'a str>>, of: Kind, input: Kind) -> Option<Kind> {
        match (part, of) {
            (Part::Index(index), of) => self.index(index, of, input),
            (Part::Range(None, None), Rows(lists @ 1..)) => Some(Rows(lists - 1)),
            (Part::Range(from, to), Plain | Rows(1..)) => {
                for bound in [from, to].into_iter().flatten() {
                    self.plain(bound, input)?;
                }
                Some(of)
            }
            (Part::Range(..), Rows(0)) => None,
        }
    }

    /// `.name` of a row is a column, `.[0]` of a list what is in it.
    fn index(&mut self, index: &Term<&'a str>, of: Kind, input: Kind) -> Option<Kind> {
        match (index, of) {
            (Term::Str(None, parts), Rows(0)) => match &parts[..] {
                [StrPart::Str(name)] => self.0.push(name),
                _ => return None,
            },
            (Term::Num(_) | Term::Neg(_), Rows(lists @ 1..)) => {
                self.plain(index, input)?;
                return Some(Rows(lists - 1));
            }
            (_, Plain) => return self.plain(index, input),
            _ => return None,
        }
        Some(Plain)
    }

    fn call(&mut self, name: &str, arguments: &[Term<&'a str>], input: Kind) -> Option<Kind> {
        match (name, arguments, input) {
            ("length", [], Rows(1..)) => Some(Plain),
            ("first" | "last", [], Rows(lists @ 1..)) => Some(Rows(lists - 1)),
            ("reverse", [], Rows(1..)) => Some(input),
            ("select", [f], _) => self.plain(f, input).map(|_| input),
            ("map", [f], Rows(lists @ 1..)) => match self.kind(f, Rows(lists - 1))? {
                Plain => Some(Plain),
                Rows(lists) => Some(Rows(lists + 1)),
            },
            ("any" | "all", [f], Rows(lists @ 1..)) => self.plain(f, Rows(lists - 1)),
            ("sort_by" | "unique_by", [f], Rows(lists @ 1..)) => {
                self.plain(f, Rows(lists - 1)).map(|_| input)
            }
            ("group_by", [f], Rows(lists @ 1..)) => {
                self.plain(f, Rows(lists - 1)).map(|_| Rows(lists + 1))
            }
            ("min_by" | "max_by", [f], Rows(lists @ 1..)) => {
                self.plain(f, Rows(lists - 1)).map(|_| Rows(lists - 1))
            }
            (_, arguments, Plain) => {
                for argument in arguments {
                    self.plain(argument, Plain)?;
                }
                Some(Plain)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, of};

    #[test]
    fn what_is_asked_of_a_row_is_read_off_the_filter_or_is_everything() {
        for (expression, columns) in [
            (".ani", Some("ani")),
            (
                r#"select(.ani == "1" and (.dnis | length) > 3) | .domain"#,
                Some("ani dnis domain"),
            ),
            ("{domain, to: .destination}", Some("domain destination")),
            ("[.ani, .dnis] | @csv", Some("ani dnis")),
            (r#""\(.ani) to \(.destination)""#, Some("ani destination")),
            (r#".["ani"] // "none""#, Some("ani")),
            (
                "if .dnis then .ani else .domain end",
                Some("domain dnis ani"),
            ),
            ("1", Some("")),
            ("select(.ani)", None),
            (".", None),
            ("length", None),
            ("[.]", None),
            ("keys", None),
            (".[]", None),
            ("to_entries | length", None),
            (". as $row | $row.ani", None),
            (". == {}", None),
            (r#""\(.)""#, None),
            ("{(.ani): .}", None),
            ("del(.ani) | .dnis", None),
            ("if . then 1 else 2 end", None),
            (".ani as $x | 1", None),
            (".[.ani]", None),
            ("@json", None),
            ("tostring", None),
            ("if .dnis then 1 end", None),
        ] {
            let found = of(expression, Kind::Rows(0)).map(|names| names.join(" "));
            assert_eq!(found.as_deref(), columns, "{expression}");
        }
    }

    #[test]
    fn of_lists_too() {
        for (expression, columns) in [
            ("length", Some("")),
            ("map(.destination) | unique | length", Some("destination")),
            (
                "group_by(.domain) | map({domain: .[0].domain, n: length})",
                Some("domain domain"),
            ),
            ("sort_by(.ani) | .[-1].dnis", Some("ani dnis")),
            ("[.[] | select(.ani)] | length", Some("ani")),
            ("unique_by(.domain)[] | .domain", Some("domain domain")),
            ("map(length)", None),
            ("sort_by(.ani)", None),
            ("max_by(.ani)", None),
            ("unique | length", None),
            ("index(1)", None),
            (".[0]", None),
            ("first(.[])", None),
            ("any(.ani == \"1\")", Some("ani")),
            ("any", None),
        ] {
            let found = of(expression, Kind::Rows(1)).map(|names| names.join(" "));
            assert_eq!(found.as_deref(), columns, "{expression}");
        }
    }
}
