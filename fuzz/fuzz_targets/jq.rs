//! `--jq` expressions: whatever is typed compiles or is refused with a column inside it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skyswitch::output::Jq;

fuzz_target!(|expression: &str| {
    if let Err(error) = Jq::compile(expression) {
        let said = error.to_string();
        let column = said
            .strip_prefix("column ")
            .and_then(|rest| rest.split_once(':'))
            .and_then(|(column, _)| column.parse::<usize>().ok())
            .expect("a column");
        assert!(
            (1..=expression.chars().count() + 1).contains(&column),
            "{said}"
        );
    }
});
