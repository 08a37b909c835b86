//! An expression on its way to a filter of jaq's: what stands before it, how deep it may go, and where a fault is.

use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Filter};

use super::guard::{self, Data};

/// What stands before every expression: names that must not do what they do in jq, and the two
/// formats that jaq leaves to its command line.
const PRELUDE: &str = r#"def env: error("`env` is not available here"); def halt: error("`halt` is not available here"); def halt(f): halt; def halt_error: halt; def halt_error(f): halt; def _cell(f; $kind): if type == "string" then f elif . == null then "" elif type == "number" or type == "boolean" then tojson else error("\(type) cannot stand in a row of \($kind)") end; def _swap($from; $to): if contains($from) then split($from) | join($to) else . end; def @csv: [.[] | _cell("\"" + _swap("\""; "\"\"") + "\""; "csv")] | join(","); def @tsv: [.[] | _cell(_swap("\\"; "\\\\") | _swap("\t"; "\\t") | _swap("\n"; "\\n") | _swap("\r"; "\\r"); "tsv")] | join("\t"); "#;

/// What jq has and jaq has not: the names, and their definitions for an expression that holds one.
const MORE: [(&[&str], &str); 7] = [
    (
        &["fromjson"],
        "def _fromjson: fromjson; def fromjson: _flat | _fromjson; ",
    ),
    (
        &["IN"],
        "def IN(s): any(s == .; .); def IN(src; s): any(src == s; .); ",
    ),
    (
        &["INDEX", "JOIN"],
        "def INDEX(s; f): reduce s as $row ({}; .[$row | f | tostring] = $row); def INDEX(f): INDEX(.[]; f); def JOIN($i; f): [.[] | [., $i[f]]]; def JOIN($i; s; f): s | [., $i[f]]; def JOIN($i; s; f; g): s | [., $i[f]] | g; ",
    ),
    (
        &["tostream"],
        r#"def tostream: def s($p): if (type == "array" or type == "object") and length > 0 then keys_unsorted as $k | ($k[] as $i | .[$i] | s($p + [$i])), [$p + [$k[-1]]] else [$p, .] end; s([]); "#,
    ),
    (
        &["fromstream"],
        r#"def fromstream(f): def put($p; $v): if $p == [] then $v else $p[0] as $i | (. // (if $i | type == "number" then [] else {} end)) | if $i | type == "number" then .[:$i] + [(.[$i]? | put($p[1:]; $v))] else .[$i] = (.[$i] | put($p[1:]; $v)) end end; foreach f as $i ({done: true}; if .done then {value: null} end | if $i | length == 2 then .done = ($i[0] == []) | .value = (.value | put($i[0]; $i[1])) else .done = ($i[0] | length == 1) end; if .done then .value else empty end); "#,
    ),
    (
        &["truncate_stream"],
        "def truncate_stream(s): . as $n | null | s | if .[0] | length > $n then .[0] = .[0][$n:] else empty end; ",
    ),
    (
        &["leaf_paths", "recurse_down", "input"],
        r#"def leaf_paths: paths(scalars); def recurse_down: recurse; def inputs: empty; def input: error("there is one input, and the filter has it"); "#,
    ),
];

/// The most operators and brackets of an expression: jaq goes one call deeper with each, and a stack
/// that overflows takes the program with it.
pub(super) const MOST_STEPS: usize = 256;

/// An expression that is no filter, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {what}")]
pub struct JqError {
    /// From 1, in characters; one past the end where something is missing.
    pub(super) column: usize,
    what: String,
}

/// Compiles an expression, and its definitions so that they end.
pub(super) fn compile(expression: &str) -> Result<Filter<Data>, JqError> {
    let typed = compile_as_it_is(expression)?;
    let guarded = guard::guarded(expression).and_then(|code| compile_as_it_is(&code).ok());
    Ok(guarded.unwrap_or(typed))
}

/// Compiles an expression behind the prelude.
fn compile_as_it_is(expression: &str) -> Result<Filter<Data>, JqError> {
    let named = |(names, _): &&(&[&str], &str)| names.iter().any(|n| expression.contains(n));
    let more = MORE
        .iter()
        .filter(named)
        .map(|(_, definitions)| *definitions);
    let prelude: String = std::iter::once(PRELUDE).chain(more).collect();
    let code = format!("{prelude}{expression}");
    let start = prelude.len();
    let place = Place { code: &code, start };
    let defs = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs());
    let funs = jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs())
        .chain(guard::guards());
    let arena = Arena::default();
    let file = File {
        code: code.as_str(),
        path: (),
    };
    let modules = Loader::new(defs)
        .load(&arena, file)
        .map_err(|errors| place.of_load(errors))?;
    Compiler::default()
        .with_funs(funs)
        .compile(modules)
        .map_err(|errors| {
            let first = errors.into_iter().flat_map(|(_, errors)| errors).next();
            match first {
                Some((name, what)) => {
                    place.at(name, format!("there is no {} `{name}`", what.as_str()))
                }
                None => place.at("", "it cannot be compiled".to_owned()),
            }
        })
}

/// Refuses what could go too deep; counted in strings too, where nobody needs so many.
pub(super) fn check_depth(expression: &str) -> Result<(), JqError> {
    let mut steps = 0;
    let mut word = 0;
    for (index, c) in expression.char_indices() {
        if c.is_ascii_alphanumeric() || c == '_' {
            continue;
        }
        let keyword = matches!(
            &expression[word..index],
            "and" | "or" | "as" | "then" | "else"
        );
        word = index + c.len_utf8();
        steps += usize::from(keyword) + usize::from("|,+-*/%=<>([{".contains(c));
        if steps > MOST_STEPS {
            return Err(JqError {
                column: expression[..index].chars().count() + 1,
                what: format!(
                    "it goes too deep: at most {MOST_STEPS} operators and brackets are accepted"
                ),
            });
        }
    }
    Ok(())
}

/// Turns jaq's slices of the code into columns of what was typed.
struct Place<'a> {
    code: &'a str,
    /// Where the expression begins.
    start: usize,
}

impl Place<'_> {
    fn at(&self, found: &str, what: String) -> JqError {
        let start = self.code.as_ptr() as usize;
        let found = found.as_ptr() as usize;
        // A slice from elsewhere (nothing found) means the end.
        let offset = found
            .checked_sub(start)
            .filter(|offset| *offset <= self.code.len())
            .unwrap_or(self.code.len());
        let before = self
            .code
            .get(self.start..offset.max(self.start))
            .unwrap_or_default();
        JqError {
            column: before.chars().count() + 1,
            what,
        }
    }

    fn of_load(&self, errors: load::Errors<&str, ()>) -> JqError {
        let Some((_, error)) = errors.into_iter().next() else {
            return self.at("", "it cannot be read".to_owned());
        };
        match error {
            load::Error::Io(errors) => {
                let found = errors.first().map_or("", |(found, _)| found);
                self.at(found, "modules cannot be loaded here".to_owned())
            }
            load::Error::Lex(errors) => match errors.into_iter().next() {
                Some((expected, found)) => {
                    self.at(found, format!("{} is missing", lexical(&expected)))
                }
                None => self.at("", "it cannot be read".to_owned()),
            },
            load::Error::Parse(errors) => match errors.into_iter().next() {
                Some((expected, "")) => {
                    self.at("", format!("{} is missing at the end", expected.as_str()))
                }
                Some((expected, found)) => {
                    let word: String = found.chars().take(20).collect();
                    self.at(
                        found,
                        format!("expected {}, found `{word}`", expected.as_str()),
                    )
                }
                None => self.at("", "it cannot be read".to_owned()),
            },
        }
    }
}

fn lexical(expected: &load::lex::Expect<&str>) -> &'static str {
    use load::lex::Expect as E;
    match expected {
        E::Delim("(" | "[" | "{" | "\"")
        | E::Digit
        | E::Ident
        | E::Escape
        | E::Unicode
        | E::Token => expected.as_str(),
        _ => "closing delimiter",
    }
}
