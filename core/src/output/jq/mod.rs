//! `--jq EXPR`: a jq filter over the JSON a command would print, without starting jq.
//!
//! Strings print raw, as `jq -r` does; everything else as compact JSON, a line each. The filter is
//! compiled before anything is sent, so that a typo never costs a request. It cannot see the
//! environment, which holds secrets.

mod columns;
mod compile;
mod guard;
mod plain;
#[cfg(test)]
mod plain_tests;
mod rows;

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};

use jaq_core::{Ctx, Filter, Vars, unwrap_valr};
use jaq_json::{Num, Val, read};

pub use self::compile::JqError;
pub use self::guard::filters_may_take;
pub use self::rows::JqRows;

use self::compile::{check_depth, compile};
use self::guard::Data;
use self::rows::Way;
use super::visible::visible;

/// A compiled expression, and how it goes over a list.
pub struct Jq {
    expression: String,
    way: Way,
    /// Those of a row that it looks at; `None` where that may be all.
    columns: Option<Vec<String>>,
}

/// Why a filter's results did not all get out.
#[derive(Debug)]
pub enum JqRunError {
    /// The filter itself failed on this input; its own words.
    Failed(String),
    /// The input is no JSON: a fault of this program.
    Input,
    /// They could not be written.
    Output(io::Error),
}

impl fmt::Debug for Jq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jq(…)")
    }
}

impl Jq {
    /// Compiles an expression.
    ///
    /// # Errors
    /// The first fault, with its column.
    pub fn compile(expression: &str) -> Result<Self, JqError> {
        check_depth(expression)?;
        let (way, columns) = Way::of(expression)?;
        Ok(Self {
            expression: expression.to_owned(),
            way,
            columns,
        })
    }

    /// Runs the filter over a JSON text and writes what it gives; `terminal` makes strings harmless.
    ///
    /// # Errors
    /// [`JqRunError`]; what the filter gave before is written.
    pub fn run(&self, json: &[u8], out: &mut dyn Write, terminal: bool) -> Result<(), JqRunError> {
        let input = read::parse_single(json).map_err(|_| JqRunError::Input)?;
        if let Way::Whole(filter) = &self.way {
            return run_on(filter, input, out, terminal);
        }
        // Its parts compiled, so that it does.
        let whole = compile(&self.expression);
        let whole = whole.map_err(|error| JqRunError::Failed(error.to_string()))?;
        run_on(&whole, input, out, terminal)
    }
}

/// Hands on what a filter makes of an input.
fn results(
    filter: &Filter<Data>,
    input: Val,
    mut take: impl FnMut(Val) -> Result<(), JqRunError>,
) -> Result<(), JqRunError> {
    guard::begin();
    let ctx = Ctx::<Data>::new(&filter.lut, Vars::new([]));
    for value in filter.id.run((ctx, input)).map(unwrap_valr) {
        take(value.map_err(|error| JqRunError::Failed(shortened(&error.to_string())))?)?;
    }
    Ok(())
}

/// Writes what a filter makes of an input, a line each.
fn run_on(
    filter: &Filter<Data>,
    input: Val,
    out: &mut dyn Write,
    terminal: bool,
) -> Result<(), JqRunError> {
    results(filter, input, |value| write_value(&value, out, terminal))
}

fn write_value(value: &Val, out: &mut dyn Write, terminal: bool) -> Result<(), JqRunError> {
    let text = text_of(value).map_err(JqRunError::Failed)?;
    write_line(&text, out, terminal).map_err(JqRunError::Output)
}

/// Writes an array item by item: its text may be as large as the list.
fn write_array(items: &[Val], out: &mut dyn Write, terminal: bool) -> Result<(), JqRunError> {
    let mut open = "[";
    for item in items {
        let mut text = std::mem::replace(&mut open, ",").to_owned();
        write_json(item, &mut text).map_err(JqRunError::Failed)?;
        let text = if terminal {
            visible(&text)
        } else {
            text.into()
        };
        out.write_all(text.as_bytes()).map_err(JqRunError::Output)?;
    }
    let end: &[u8] = if items.is_empty() { b"[]\n" } else { b"]\n" };
    out.write_all(end).map_err(JqRunError::Output)
}

/// jaq's words quote the input, which may be a whole list.
fn shortened(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// A string as it is, anything else as compact JSON.
fn text_of(value: &Val) -> Result<Cow<'_, str>, String> {
    if let Val::TStr(bytes) | Val::BStr(bytes) = value {
        return Ok(String::from_utf8_lossy(bytes));
    }
    let mut text = String::new();
    write_json(value, &mut text)?;
    Ok(Cow::Owned(text))
}

/// As jq writes it: whole numbers without a fraction, no number that JSON lacks, keys that are strings.
fn write_json(value: &Val, text: &mut String) -> Result<(), String> {
    const WHOLE: f64 = 1e17;
    match value {
        Val::Num(Num::Float(number)) if number.is_nan() => text.push_str("null"),
        Val::Num(Num::Float(number)) if number.is_infinite() => {
            text.push_str(if *number > 0.0 { "" } else { "-" });
            text.push_str("1.7976931348623157e+308");
        }
        Val::Num(Num::Float(number)) if number.fract() == 0.0 && number.abs() < WHOLE => {
            text.push_str(&format!("{number:.0}"));
        }
        Val::TStr(bytes) | Val::BStr(bytes) => {
            write_string(&String::from_utf8_lossy(bytes), text);
        }
        Val::Arr(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                write_json(item, text)?;
            }
            text.push(']');
        }
        Val::Obj(fields) => {
            text.push('{');
            for (index, (key, value)) in fields.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { "," });
                if !matches!(key, Val::TStr(_)) {
                    let key = shortened(&key.to_string());
                    return Err(format!("{key} cannot be a key: keys are strings"));
                }
                write_json(key, text)?;
                text.push(':');
                write_json(value, text)?;
            }
            text.push('}');
        }
        other => text.push_str(&other.to_string()),
    }
    Ok(())
}

/// A text between quotes.
fn write_string(string: &str, text: &mut String) {
    text.push_str(&serde_json::Value::from(string).to_string());
}

fn write_line(text: &str, out: &mut dyn Write, terminal: bool) -> io::Result<()> {
    if terminal {
        // A line end within a value would look like a row of its own; tabs are @tsv's.
        let cells: Vec<_> = text.split('\t').map(visible).collect();
        writeln!(out, "{}", cells.join("\t"))
    } else {
        out.write_all(text.as_bytes())?;
        out.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::{Jq, JqRunError};

    fn run(expression: &str, json: &str) -> Result<String, JqRunError> {
        let mut out = Vec::new();
        Jq::compile(expression)
            .expect(expression)
            .run(json.as_bytes(), &mut out, false)
            .map(|()| String::from_utf8(out).expect("utf-8"))
    }

    #[test]
    fn strings_print_raw_and_the_rest_as_json() {
        let json = r#"[{"a":"x\ty","b":1.50},{"a":null,"b":[true]}]"#;
        assert_eq!(run(".[].a", json).expect("run"), "x\ty\nnull\n");
        assert_eq!(run("map(.b)", json).expect("run"), "[1.50,[true]]\n");
        assert_eq!(
            run("length, (.[0] | keys)", json).expect("run"),
            "2\n[\"a\",\"b\"]\n"
        );
        assert_eq!(run(".[] | select(.b == 7)", json).expect("run"), "");
        let cells = r#"["a\"b","",null,1,true,"t\tu\\v"]"#;
        let csv = "\"a\"\"b\",\"\",,1,true,\"t\tu\\v\"\n";
        assert_eq!(run("@csv", cells).expect("run"), csv);
        let tsv = "a\"b\t\t\t1\ttrue\tt\\tu\\\\v\n";
        assert_eq!(run("@tsv", cells).expect("run"), tsv);
        assert!(run("[[1]] | @csv", "null").is_err());
    }

    #[test]
    fn faults_name_their_column() {
        for (expression, column) in [
            (".[] | select(", 14),
            (".a | nosuch", 6),
            ("é | nosuch", 1),
            (".a ]", 4),
            ("$x", 1),
            ("", 1),
            (".[] | .", 0),
        ] {
            match Jq::compile(expression) {
                Ok(_) => assert_eq!(column, 0, "{expression}"),
                Err(error) => assert!(
                    error.to_string().starts_with(&format!("column {column}: ")),
                    "{expression}: {error}"
                ),
            }
        }
    }

    #[test]
    fn the_environment_is_out_of_reach() {
        assert!(matches!(run("env", "null"), Err(JqRunError::Failed(_))));
        assert!(matches!(run("halt", "null"), Err(JqRunError::Failed(_))));
        assert!(Jq::compile("$ENV").is_err());
        assert!(Jq::compile("import \"a\" as a; .").is_err());
    }

    #[test]
    fn a_failing_filter_says_why() {
        let Err(JqRunError::Failed(text)) = run(".a.b", "[]") else {
            panic!("it did not fail");
        };
        assert!(!text.is_empty());
    }

    #[test]
    fn an_expression_that_would_overflow_the_stack_is_refused() {
        for step in [
            ".|", ".,", ".+", ".//", "(", "[", "-", ". or ", ". as $x|", "if . then . else ",
        ] {
            let error = Jq::compile(&format!("{}.", step.repeat(5000))).expect_err(step);
            assert!(error.to_string().contains("too deep"), "{step}: {error}");
        }
        // Stacks of test threads are smaller than a program's.
        let deepest = || {
            run(
                &format!("{}.", ".|".repeat(super::compile::MOST_STEPS)),
                "7",
            )
        };
        let thread = std::thread::Builder::new().stack_size(8 * 1024 * 1024);
        let outcome = thread.spawn(deepest).expect("a thread").join();
        assert_eq!(outcome.expect("it ends").expect("a result"), "7\n");
    }

    /// Runs on a stack like a program's.
    fn run_deep(expression: &'static str) -> Result<String, String> {
        let deeply = move || {
            crate::output::filters_may_take(24 << 20);
            run(expression, "{}").map_err(|error| match error {
                JqRunError::Failed(text) => text,
                other => panic!("{other:?}"),
            })
        };
        let thread = std::thread::Builder::new().stack_size(32 << 20);
        thread
            .spawn(deeply)
            .expect("a thread")
            .join()
            .expect("it ends")
    }

    #[test]
    fn an_endless_recursion_is_a_failure_of_the_filter() {
        for expression in [
            "def f: 1 + f; f",
            "def f: [f]; f",
            "def f: f | f; f",
            "def f(g): f([g]) + 1; f(.)",
            "def f: if f then 1 else 2 end; f",
            "def a: def b: a, 1; [b]; a",
            r#"def f: "\(f)"; f"#,
            r#""\(def f: {def: f}; f)""#,
            "def f: # one: two\n f * 2; f",
            "def f: reduce f as $x (0; .); f",
            "def f: .a |= f; {a: {}} | def g: .a | g | f; g",
            "def f: (.a | f | .b), .c; [path(f)]",
        ] {
            let text = run_deep(expression).expect_err(expression);
            assert!(text.contains("without end"), "{expression}: {text}");
        }
        let nested = run_deep(r#"("[" * 3000000) | fromjson"#).expect_err("deep");
        assert!(nested.contains("nests too deep"), "{nested}");
        // What ends is as it was, paths and updates through a definition too.
        for (expression, result) in [
            (
                "def f($x): if $x > 3000 then $x else f($x + 1) end; f(0)",
                "3001\n",
            ),
            (
                "def f($x): if $x > 300 then $x else 0 + f($x + 1) end; f(0)",
                "301\n",
            ),
            (
                "def a: .a; {a: 1} | a |= . + 1 | (., path(a))",
                "{\"a\":2}\n[\"a\"]\n",
            ),
            ("{def: 1} | .def", "1\n"),
            (r#""def f: f" | length, ("[1]" | fromjson)"#, "8\n[1]\n"),
        ] {
            assert_eq!(run_deep(expression).as_deref(), Ok(result), "{expression}");
        }
    }

    #[test]
    #[ignore = "long: eight million calls"]
    fn long_a_recursion_that_takes_no_stack_ends_too() {
        for expression in [
            "def f: f; f",
            "def f($x): f($x + 1); f(0)",
            "def f: (f, 1); first(f)",
        ] {
            let text = run_deep(expression).expect_err(expression);
            assert!(text.contains("without end"), "{expression}: {text}");
        }
    }

    /// The results are jq's.
    #[test]
    fn what_jq_has_and_jaq_has_not_is_defined() {
        let json = r#"[3,"x",{"a":[],"b":{"c":null}},false]"#;
        for (expression, result) in [
            (
                "[tostream]",
                r#"[[[0],3],[[1],"x"],[[2,"a"],[]],[[2,"b","c"],null],[[2,"b","c"]],[[2,"b"]],[[3],false],[[3]]]"#,
            ),
            ("[fromstream(tostream)] == [.]", "true"),
            ("[.[] | fromstream(tostream)] == .", "true"),
            (
                "[1 | truncate_stream([[0],1],[[1,0],2],[[1,0]],[[1]])]",
                "[[[0],2],[[0]]]",
            ),
            (
                "fromstream(1 | truncate_stream([[0],1],[[1,0],2],[[1,0]],[[1]]))",
                "[2]",
            ),
            (r#"[.[] | IN(3, "x", [])]"#, "[true,true,false,false]"),
            ("IN(.[]; 3, 4), IN(.[]; 4)", "true\nfalse"),
            ("INDEX(.[:2][]; .)", r#"{"3":3,"x":"x"}"#),
            (
                "[.[2]] | INDEX(.b.c)",
                r#"{"null":{"a":[],"b":{"c":null}}}"#,
            ),
            (
                r#"[3, 4] | JOIN({"3": "c"}; tostring)"#,
                r#"[[3,"c"],[4,null]]"#,
            ),
            (
                r#"[JOIN({"3": "c"}; 3, 4; tostring; .[1])]"#,
                r#"["c",null]"#,
            ),
            ("[leaf_paths]", "[[0],[1]]"),
            ("[inputs]", "[]"),
        ] {
            let found = run(expression, json).expect(expression);
            assert_eq!(found, format!("{result}\n"), "{expression}");
        }
        assert!(run("input", json).is_err());
        let error = Jq::compile("INDEX(.a) | nosuch")
            .map(drop)
            .expect_err("a fault");
        assert!(error.to_string().starts_with("column 13: "), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn any_expression_compiles_or_has_a_fault_inside_it(expression in "[.a-c\\[\\]{}()|,$\"@ 0-9:;]{0,20}") {
            if let Err(error) = Jq::compile(&expression) {
                let width = expression.chars().count();
                proptest::prop_assert!((1..=width + 1).contains(&error.column), "{}", error);
            }
        }
    }
    #[test]
    fn results_are_json_as_jq_writes_it() {
        for (expression, text) in [
            ("10/2", "5"),
            ("-10/4", "-2.5"),
            (
                "[1/0, -1/0, nan]",
                "[1.7976931348623157e+308,-1.7976931348623157e+308,null]",
            ),
            ("0.1 + 0.2", "0.30000000000000004"),
            (
                "{\"a\\n\u{e9}\": [\"x\\\"\", null, true, {}]}",
                "{\"a\\n\u{e9}\":[\"x\\\"\",null,true,{}]}",
            ),
            (
                "123456789012345678901234567890",
                "123456789012345678901234567890",
            ),
            ("1e1000", "1e1000"),
            ("12345678901", "12345678901"),
        ] {
            assert_eq!(
                run(expression, "null").expect(expression),
                format!("{text}\n")
            );
        }
        let error = run("{(1): 2}", "null").expect_err("no JSON");
        assert!(matches!(error, JqRunError::Failed(text) if text.contains("keys are strings")));
        let long = format!("[\"{}\"]", "x".repeat(100_000));
        let error = run(".a", &long).expect_err("an array");
        assert!(matches!(error, JqRunError::Failed(text) if text.len() < 1_000));
    }
}
