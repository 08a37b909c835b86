//! What a person sees.

use super::{ACME, BLUE, Case, route};
use crate::plan::brakes::Overrides;
use crate::plan::show;

fn seen(case: &Case, text: &str) -> Vec<String> {
    let plan = case.plan(text);
    let brakes = plan.brakes(&case.server(), &Overrides::default());
    let lines = show::plan(&plan, &brakes);
    lines.iter().map(show::Line::text).collect()
}

#[test]
fn a_plan_reads_without_colour() {
    let case = Case::on(vec![
        route("16165550101", "", ACME, "john"),
        route("16165550102", "16165550199", ACME, "jim"),
        route("16165550103", "", BLUE, "kept"),
    ]);
    let lines = seen(
        &case,
        "ani,dnis,domain,application,destination,state\n\
         16165550104,,acme.15611.service,,jane,\n\
         16165550101,,acme.15611.service,device,desk,\n\
         16165550102,16165550199,acme.15611.service,,,absent\n",
    );
    assert!(lines[0].starts_with("plan "));
    assert!(lines[0].ends_with("scope acme.15611.service"));
    assert_eq!(
        &lines[1..],
        [
            "acme.15611.service",
            "  + 16165550104 → jane",
            "  ~ 16165550101 john → desk (device)",
            "  - 16165550102 to 16165550199 DELETE jim",
            "on the server, not in the file: 1 kept, 1 of them outside the scope",
            "1 to add, 1 to change, 1 to delete, 0 unchanged",
        ]
    );
}

#[test]
fn above_fifty_equal_changes_fold_and_deletes_never() {
    let ani = |i: usize| format!("1616555{i:04}");
    let case = Case::on((0..60).map(|i| route(&ani(i), "", ACME, "old")).collect());
    let mut text = "ani,domain,destination,state\n".to_owned();
    for i in 0..54 {
        let row = match i {
            0..3 => format!("{},acme.15611.service,,absent\n", ani(i)),
            3 => format!("{},acme.15611.service,one,\n", ani(i)),
            _ => format!("{},acme.15611.service,new,\n", ani(i)),
        };
        text.push_str(&row);
    }
    let lines = seen(&case, &text);
    assert!(
        lines.contains(
            &"  ~ 50 routes old → new (16165550004, 16165550005, 16165550006, …)".to_owned()
        ),
        "{lines:#?}"
    );
    assert!(lines.contains(&"  ~ 16165550003 old → one".to_owned()));
    assert_eq!(
        lines.iter().filter(|line| line.contains("DELETE")).count(),
        3
    );
    let stopped: Vec<&String> = lines
        .iter()
        .filter(|l| l.starts_with("stopped: "))
        .collect();
    assert_eq!(stopped.len(), 1);
    assert!(
        stopped[0].ends_with("add `--max-changes 51`"),
        "{}",
        stopped[0]
    );
}

#[test]
fn many_warnings_of_one_kind_are_counted() {
    let rows: String = (0..30)
        .map(|i| format!("1616555{i:04},acme.15611.service,911\n"))
        .collect();
    let case = Case::on(vec![route("16165559999", "", ACME, "x")]);
    let lines = seen(&case, &format!("ani,domain,destination\n{rows}"));
    let named = lines
        .iter()
        .filter(|line| line.contains("emergency number"));
    assert_eq!(named.count(), 20);
    assert!(lines.contains(&"warning: 10 more of the kind `emergency-number`".to_owned()));
}
