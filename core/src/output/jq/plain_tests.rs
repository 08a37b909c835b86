//! Filters that are run on a row's cells give what jaq gives.

use proptest::prelude::*;

use super::plain::Plain;
use crate::model::Route;
use crate::output::{Fields, Jq, JqRows};

const ROWS: [[Option<&str>; 3]; 5] = [
    [Some("16165550101"), None, Some("a\"\\\u{e9}\u{1}\n\t,")],
    [Some("x"), Some(""), Some("B.example")],
    [Some("2"), Some("x"), Some("b.example")],
    [None, Some("a"), None],
    [Some("true"), Some("null"), Some("x")],
];
const JSON: &str = r#"[{"ani":"16165550101","dnis":null,"domain":"a\"\\\u00e9\u0001\n\t,"},{"ani":"x","dnis":"","domain":"B.example"},{"ani":"2","dnis":"x","domain":"b.example"},{"ani":null,"dnis":"a","domain":null},{"ani":"true","dnis":"null","domain":"x"}]"#;

/// What comes out row by row and of the whole list by jaq alone; of a failure its words.
fn both(row: &str) -> [(String, Option<String>); 2] {
    let fields = Fields::parse::<Route>("ani,dnis,domain").expect("columns");
    let told = |out, outcome: Result<(), _>| {
        let failure = outcome.err().map(|error| format!("{error:?}"));
        (String::from_utf8(out).expect("utf-8"), failure)
    };
    let expression = format!(".[] | ({row})");
    let jq = Jq::compile(&expression).expect(&expression);
    let mut rows = JqRows::new(&jq, &fields);
    let mut out = Vec::new();
    let outcome = ROWS
        .into_iter()
        .try_for_each(|row| rows.take(&row, &mut out, false).map(drop));
    let mut whole = Vec::new();
    let all = jq.run(JSON.as_bytes(), &mut whole, false);
    [told(out, outcome), told(whole, all)]
}

#[test]
fn what_lists_are_mostly_asked_is_plain_and_what_is_not_understood_is_not() {
    for (row, is_plain) in [
        (".", true),
        (".ani", true),
        (".[\"ani\"]", true),
        (".nosuch", true),
        (".ani, .dnis", true),
        (r#"select(.domain == "b.example") | .ani"#, true),
        (
            r#"select(.dnis) | {ani, to: .domain, "k\t": "\(.ani)-\(.dnis)"}"#,
            true,
        ),
        (
            r#"select(.domain | . != null and endswith(".example") | not) | ."#,
            true,
        ),
        (r#"[.ani, .dnis, .domain] | @csv, @tsv"#, true),
        (r#"[.ani, (select(.dnis) | .dnis), empty, []]"#, true),
        (r#"if .dnis then .dnis else .domain end // "none""#, true),
        (r#"if .dnis == "" then null end"#, true),
        (
            r#"select(.ani < "3" or .ani >= .dnis) | .ani | ascii_upcase"#,
            true,
        ),
        (r#"{ani} | .ani, .dnis"#, true),
        (r#"[.] == [.]"#, true),
        (r#".domain | contains("a")"#, true),
        (".ani | length", false),
        (".ani | tonumber", false),
        (".ani?", false),
        ("keys", false),
        ("{(.ani): 1}", false),
        (r#"{a: 1, "a": 2}"#, false),
        (r#"@base64 "\(.ani)""#, false),
        (r#".ani | test("6")"#, false),
        (". as $x | $x", false),
        ("def f: .ani; f", false),
        ("nosuch", false),
        ("select(.ani; .dnis)", false),
        (".ani[0:1]", false),
        (".. ", false),
        ("", false),
    ] {
        assert_eq!(Plain::of(row).is_some(), is_plain, "{row}");
        if is_plain {
            let [ours, jaqs] = both(row);
            assert_eq!(ours, jaqs, "{row}");
        }
    }
}

fn filters() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        ".",
        ".ani",
        ".dnis",
        ".domain",
        ".nosuch",
        "\"x\"",
        "\"\"",
        "null",
        "true",
        "false",
        "[]",
        "{}",
        "not",
        "empty",
        "@csv",
        "@tsv",
        "ascii_upcase",
        "ascii_downcase",
        "startswith(\"1\")",
        "endswith(\"x\")",
        "contains(\"e\")",
        "{ani, to: .domain}",
        "\"\\(.ani)\\t\\(.dnis)\"",
    ]);
    leaf.prop_map(str::to_owned)
        .prop_recursive(4, 24, 3, |inner| {
            let op = prop::sample::select(vec![
                "|", ",", "//", "and", "or", "==", "!=", "<", "<=", ">", ">=",
            ]);
            prop_oneof![
                (inner.clone(), op, inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
                inner.clone().prop_map(|f| format!("select({f})")),
                inner.clone().prop_map(|f| format!("[{f}]")),
                inner.clone().prop_map(|f| format!("{{k: ({f}), ani}}")),
                inner.clone().prop_map(|f| format!("\"a\\({f})b\"")),
                (inner.clone(), inner.clone(), inner)
                    .prop_map(|(a, b, c)| format!("if {a} then {b} else {c} end")),
            ]
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn a_row_gives_what_jaq_gives(row in filters()) {
        let [ours, jaqs] = both(&row);
        prop_assert_eq!(ours, jaqs, "{}", row);
    }
}
