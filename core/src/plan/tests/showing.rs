//! What a person sees.

use super::{ACME, BLUE, Case, route};
use crate::plan::brakes::Overrides;
use crate::plan::show;

fn seen(case: &Case, text: &str) -> Vec<String> {
    let plan = case.plan(text);
    let brakes = plan.brakes(&case.server(), &Overrides::default());
    let lines = show::plan(&plan, &brakes, show::Detail::SHORT);
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
    assert!(lines[0].ends_with(", domain acme.15611.service"));
    assert_eq!(
        &lines[1..],
        [
            "acme.15611.service",
            "  + 16165550104 → jane",
            "  ~ 16165550101 john → desk (device)",
            "  - 16165550102 to 16165550199 DELETE jim",
            "on the server, not in the file: 1 kept, in another domain",
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
    assert_eq!(named.count(), 3);
    assert!(lines.contains(&"warning: 27 more of this kind, 30 in all".to_owned()));
}

#[test]
fn a_large_plan_is_a_line_a_domain_and_its_deletes_are_whole() {
    let domain = |i: usize| format!("d{i:02}.15611.service");
    let mut routes = vec![route("16165550142", "", &domain(2), "old")];
    routes.extend((0..4).map(|i| route(&format!("1616555013{i}"), "", &domain(7), "old")));
    let mut text = "ani,domain,destination,state\n".to_owned();
    for i in 0..28 {
        text.push_str(&format!(
            "16165550142,{},new,\n16165550143,{},new,\n",
            domain(i),
            domain(i)
        ));
    }
    text.push_str(&format!("16165550131,{},,absent\n", domain(7)));
    let case = Case::on(routes);
    let lines = seen(&case, &text);
    assert!(
        lines[0].ends_with(
            "d00.15611.service, d01.15611.service, d02.15611.service and 25 domains more"
        ),
        "{}",
        lines[0]
    );
    assert_eq!(lines[1], "d00.15611.service  +2");
    assert_eq!(lines[3], "d02.15611.service  +1 ~1");
    assert_eq!(lines[26], "3 domains more, 28 in all");
    assert_eq!(
        &lines[28..30],
        ["d07.15611.service", "  - 16165550131 DELETE old"]
    );
    let firsts = lines
        .iter()
        .filter(|line| line.contains("the first routes of"));
    assert_eq!(firsts.count(), 3);
    let plan = case.plan(&text);
    let whole = show::plan(&plan, &[], show::Detail::Whole);
    assert!(
        whole
            .iter()
            .any(|line| line.text() == "  ~ 16165550142 old → new")
    );
}

#[test]
fn of_brakes_of_one_kind_three_are_named_and_each_flag_once() {
    let domain = |i: usize| format!("d{i}.15611.service");
    let routes = (0..5).flat_map(|d| {
        (0..4).map(move |i| {
            route(
                &format!("1616555010{i}"),
                "",
                &format!("d{d}.15611.service"),
                "x",
            )
        })
    });
    let case = Case::on(routes.collect());
    let mut text = "ani,domain,state\n".to_owned();
    for d in 0..5 {
        for i in 0..3 {
            text.push_str(&format!("1616555010{i},{},absent\n", domain(d)));
        }
    }
    let lines = seen(&case, &text);
    let stopped: Vec<&str> = lines
        .iter()
        .map(String::as_str)
        .filter(|l| l.starts_with("stopped: "))
        .collect();
    assert_eq!(stopped.len(), 4, "{stopped:#?}");
    assert_eq!(stopped[3], "stopped: 2 more of this kind, 5 in all");
    assert_eq!(
        lines.last().map(String::as_str),
        Some("to permit all of it add `--max-deletes 15`")
    );
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.contains("--max-deletes"))
            .count(),
        1
    );
}

#[test]
fn above_a_hundred_operations_one_domain_is_a_line_too() {
    let kept = ["16165550142", "16165550143"].map(|ani| route(ani, "", BLUE, "kept"));
    let case = Case::on(kept.to_vec());
    let rows = |n: usize| -> String {
        let row = |i| format!("1616555{i:04},acme.15611.service,u{i}\n");
        (0..n).map(row).collect()
    };
    for (n, line) in [
        (100, "  + 16165550000 → u0"),
        (101, "acme.15611.service  +101"),
    ] {
        let lines = seen(&case, &format!("ani,domain,destination\n{}", rows(n)));
        assert!(lines.contains(&line.to_owned()), "{lines:#?}");
        let kept = "on the server, not in the file: 2 kept, all of them in other domains";
        assert!(lines.contains(&kept.to_owned()), "{lines:#?}");
    }
}
