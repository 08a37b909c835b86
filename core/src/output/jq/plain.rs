//! Filters that ask no more of a row than its own cells, run on these without a value made of the row.
//!
//! `.ani`, `select(.domain == "x") | {ani, to: .destination}`: what most lists are asked. Nothing of the
//! language is decided here: what is not understood, and a row on which a filter would fail, is jaq's.

use std::borrow::Cow;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::ops::Cmp;
use jaq_core::path::{Opt, Part};

/// A filter that gives any number of values.
enum Stream {
    One(Expr),
    Pipe(Box<Self>, Box<Self>),
    Comma(Box<Self>, Box<Self>),
    Select(Expr),
    Empty,
}

/// A filter that gives one value.
enum Expr {
    Input,
    Column(String),
    Literal(Value<'static>),
    /// What stands between the quotes, and in `\(…)`.
    Text(Vec<Self>),
    List(Box<Stream>),
    Object(Vec<(String, Self)>),
    Pipe(Box<Self>, Box<Self>),
    Compare(Box<Self>, Cmp, Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    /// `//`
    Else(Box<Self>, Box<Self>),
    If(Box<Self>, Box<Self>, Box<Self>),
    Not,
    /// `startswith("…")` and its like, on a text.
    Has(fn(&str, &str) -> bool, String),
    /// `ascii_downcase` and `ascii_upcase`, on a text.
    Case(fn(&str) -> String),
    /// `@csv` and `@tsv`, of a list.
    Cells(&'static str, fn(&str) -> String),
}

/// Those that are compared stand in the order of jq.
#[derive(Clone, PartialEq, PartialOrd)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    Text(Cow<'a, str>),
    List(Vec<Self>),
    Object(Vec<(&'a str, Self)>),
}

impl Value<'_> {
    fn holds(&self) -> bool {
        !matches!(self, Value::Null | Value::Bool(false))
    }

    /// In compact JSON, as jq prints it.
    pub(super) fn to_json(&self) -> String {
        let mut text = String::new();
        self.write_json(&mut text);
        text
    }

    fn write_json(&self, text: &mut String) {
        let comma = |text: &mut String, index| text.push_str(if index == 0 { "" } else { "," });
        match self {
            Value::Null => text.push_str("null"),
            Value::Bool(switch) => text.push_str(if *switch { "true" } else { "false" }),
            Value::Text(string) => super::write_string(string, text),
            Value::List(items) => {
                text.push('[');
                for (index, item) in items.iter().enumerate() {
                    comma(text, index);
                    item.write_json(text);
                }
                text.push(']');
            }
            Value::Object(fields) => {
                text.push('{');
                for (index, (name, value)) in fields.iter().enumerate() {
                    comma(text, index);
                    super::write_string(name, text);
                    text.push(':');
                    value.write_json(text);
                }
                text.push('}');
            }
        }
    }
}

/// A row on its way through a filter, and what `.` is: the row itself, or what was made of it.
type Row<'a> = [(&'static str, Value<'a>)];

/// A filter on the cells of a row.
pub(super) struct Plain(Stream);

impl Plain {
    /// Understands a filter, or leaves it to jaq.
    pub(super) fn of(expression: &str) -> Option<Self> {
        let term = jaq_core::load::parse(expression, |parser| parser.term())?;
        stream(&term).map(Self)
    }

    /// What the filter makes of a row; `None` where jaq has to say it.
    pub(super) fn run<'a>(&'a self, row: &Row<'a>) -> Option<Vec<Value<'a>>> {
        let mut values = Vec::with_capacity(1);
        self.0.run(row, None, &mut values).map(|()| values)
    }
}

fn stream(term: &Term<&str>) -> Option<Stream> {
    let both = |a, b| Some((Box::new(stream(a)?), Box::new(stream(b)?)));
    Some(match term {
        Term::BinOp(a, BinaryOp::Comma, b) => both(a, b).map(|(a, b)| Stream::Comma(a, b))?,
        Term::Call("select", arguments) if arguments.len() == 1 => {
            Stream::Select(expr(&arguments[0])?)
        }
        Term::Call("empty", arguments) if arguments.is_empty() => Stream::Empty,
        term => match (expr(term), term) {
            (Some(expr), _) => Stream::One(expr),
            (None, Term::BinOp(a, BinaryOp::Pipe(None), b)) => {
                both(a, b).map(|(a, b)| Stream::Pipe(a, b))?
            }
            _ => return None,
        },
    })
}

fn expr(term: &Term<&str>) -> Option<Expr> {
    let boxed = |term| expr(term).map(Box::new);
    Some(match term {
        Term::Id => Expr::Input,
        Term::Str(None, parts) => text(parts)?,
        Term::Arr(None) => Expr::Literal(Value::List(Vec::new())),
        Term::Arr(Some(items)) => Expr::List(Box::new(stream(items)?)),
        Term::Obj(entries) => object(entries)?,
        Term::Path(of, path) => match (&**of, &path.0[..]) {
            (Term::Id, [(Part::Index(name), Opt::Essential)]) => Expr::Column(literal(name)?),
            _ => return None,
        },
        Term::BinOp(a, op, b) => {
            let (a, b) = (boxed(a)?, boxed(b)?);
            match op {
                BinaryOp::Pipe(None) => Expr::Pipe(a, b),
                BinaryOp::Alt => Expr::Else(a, b),
                BinaryOp::And => Expr::And(a, b),
                BinaryOp::Or => Expr::Or(a, b),
                BinaryOp::Cmp(cmp) => Expr::Compare(a, *cmp, b),
                _ => return None,
            }
        }
        Term::IfThenElse(branches, otherwise) => match &branches[..] {
            [(condition, then)] => {
                let otherwise = otherwise.as_deref().unwrap_or(&Term::Id);
                Expr::If(boxed(condition)?, boxed(then)?, boxed(otherwise)?)
            }
            _ => return None,
        },
        Term::Call(name, arguments) => call(name, arguments)?,
        _ => return None,
    })
}

fn call(name: &str, arguments: &[Term<&str>]) -> Option<Expr> {
    Some(match (name, arguments) {
        ("null", []) => Expr::Literal(Value::Null),
        ("true", []) => Expr::Literal(Value::Bool(true)),
        ("false", []) => Expr::Literal(Value::Bool(false)),
        ("not", []) => Expr::Not,
        ("ascii_downcase", []) => Expr::Case(str::to_ascii_lowercase),
        ("ascii_upcase", []) => Expr::Case(str::to_ascii_uppercase),
        ("@csv", []) => Expr::Cells(",", csv_cell),
        ("@tsv", []) => Expr::Cells("\t", tsv_cell),
        ("startswith", [with]) => Expr::Has(|text, with| text.starts_with(with), literal(with)?),
        ("endswith", [with]) => Expr::Has(|text, with| text.ends_with(with), literal(with)?),
        ("contains", [with]) => Expr::Has(|text, with| text.contains(with), literal(with)?),
        _ => return None,
    })
}

/// A text in which nothing is to be worked out.
fn literal(term: &Term<&str>) -> Option<String> {
    match expr(term)? {
        Expr::Literal(Value::Text(text)) => Some(text.into_owned()),
        _ => None,
    }
}

fn text(parts: &[StrPart<&str, Term<&str>>]) -> Option<Expr> {
    let mut found: Vec<Expr> = Vec::new();
    let mut plain = String::new();
    let end = |plain: &mut String| Expr::Literal(Value::Text(std::mem::take(plain).into()));
    for part in parts {
        match part {
            StrPart::Str(text) => plain.push_str(text),
            StrPart::Char(c) => plain.push(*c),
            StrPart::Term(term) => {
                found.push(end(&mut plain));
                found.push(expr(term)?);
            }
        }
    }
    found.push(end(&mut plain));
    match found.len() {
        1 => found.pop(),
        _ => Some(Expr::Text(found)),
    }
}

fn object(entries: &[(Term<&str>, Option<Term<&str>>)]) -> Option<Expr> {
    let mut fields: Vec<(String, Expr)> = Vec::new();
    for (key, value) in entries {
        let name = literal(key)?;
        if fields.iter().any(|(other, _)| *other == name) {
            return None;
        }
        let value = match value {
            Some(value) => expr(value)?,
            None => Expr::Column(name.clone()),
        };
        fields.push((name, value));
    }
    Some(Expr::Object(fields))
}

impl Stream {
    /// Adds what comes out; an input of `None` is the row itself.
    fn run<'a>(
        &'a self,
        row: &Row<'a>,
        input: Option<&Value<'a>>,
        values: &mut Vec<Value<'a>>,
    ) -> Option<()> {
        match self {
            Self::One(expr) => values.push(expr.run(row, input)?),
            Self::Comma(a, b) => {
                a.run(row, input, values)?;
                b.run(row, input, values)?;
            }
            Self::Pipe(a, b) => match (&**a, input) {
                (Self::Select(condition), input) => {
                    if condition.run(row, input)?.holds() {
                        b.run(row, input, values)?;
                    }
                }
                (a, input) => {
                    let mut between = Vec::new();
                    a.run(row, input, &mut between)?;
                    for value in &between {
                        b.run(row, Some(value), values)?;
                    }
                }
            },
            Self::Select(condition) => {
                if condition.run(row, input)?.holds() {
                    values.push(Expr::Input.run(row, input)?);
                }
            }
            Self::Empty => {}
        }
        Some(())
    }
}

impl Expr {
    fn run<'a>(&'a self, row: &Row<'a>, input: Option<&Value<'a>>) -> Option<Value<'a>> {
        Some(match self {
            Self::Input => match input {
                Some(value) => value.clone(),
                None => Value::Object(row.to_vec()),
            },
            Self::Column(name) => {
                let column =
                    |(column, value): &(_, Value<'a>)| (column == name).then(|| value.clone());
                match input {
                    None => row.iter().find_map(column).unwrap_or(Value::Null),
                    Some(Value::Object(fields)) => {
                        fields.iter().find_map(column).unwrap_or(Value::Null)
                    }
                    Some(_) => return None,
                }
            }
            Self::Literal(value) => value.clone(),
            Self::Text(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part.run(row, input)? {
                        Value::Text(part) => text.push_str(&part),
                        other => other.write_json(&mut text),
                    }
                }
                Value::Text(text.into())
            }
            Self::List(items) => {
                let mut values = Vec::new();
                items.run(row, input, &mut values)?;
                Value::List(values)
            }
            Self::Object(fields) => {
                let field = |(name, value): &'a (String, Self)| {
                    Some((name.as_str(), value.run(row, input)?))
                };
                Value::Object(fields.iter().map(field).collect::<Option<_>>()?)
            }
            Self::Pipe(a, b) => {
                let between = a.run(row, input)?;
                b.run(row, Some(&between))?
            }
            Self::Compare(a, cmp, b) => {
                Value::Bool(compare(&a.run(row, input)?, *cmp, &b.run(row, input)?)?)
            }
            Self::And(a, b) => {
                Value::Bool(a.run(row, input)?.holds() && b.run(row, input)?.holds())
            }
            Self::Or(a, b) => Value::Bool(a.run(row, input)?.holds() || b.run(row, input)?.holds()),
            Self::Else(a, b) => match a.run(row, input)? {
                value if value.holds() => value,
                _ => b.run(row, input)?,
            },
            Self::If(condition, then, otherwise) => match condition.run(row, input)?.holds() {
                true => then.run(row, input)?,
                false => otherwise.run(row, input)?,
            },
            Self::Not => Value::Bool(input.is_some_and(|value| !value.holds())),
            Self::Has(has, with) => match input? {
                Value::Text(text) => Value::Bool(has(text, with)),
                _ => return None,
            },
            Self::Case(case) => match input? {
                Value::Text(text) => Value::Text(case(text).into()),
                _ => return None,
            },
            Self::Cells(between, cell) => cells(input?, between, *cell)?,
        })
    }
}

/// Lists and objects are jaq's to compare.
fn compare(a: &Value<'_>, cmp: Cmp, b: &Value<'_>) -> Option<bool> {
    let is_simple = |value: &Value<'_>| !matches!(value, Value::List(_) | Value::Object(_));
    (is_simple(a) && is_simple(b)).then(|| cmp.run(a, b))
}

/// A list as a row of `@csv` or `@tsv`.
fn cells<'a>(list: &Value<'a>, between: &str, cell: fn(&str) -> String) -> Option<Value<'a>> {
    let Value::List(items) = list else {
        return None;
    };
    let cell = |item: &Value<'_>| match item {
        Value::Text(text) => Some(cell(text)),
        Value::Null => Some(String::new()),
        Value::Bool(switch) => Some(switch.to_string()),
        Value::List(_) | Value::Object(_) => None,
    };
    let cells: Option<Vec<String>> = items.iter().map(cell).collect();
    Some(Value::Text(cells?.join(between).into()))
}

fn csv_cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn tsv_cell(text: &str) -> String {
    let escapes = [("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")];
    let swap = |text: String, (from, to): (&str, &str)| text.replace(from, to);
    escapes.into_iter().fold(text.to_owned(), swap)
}
