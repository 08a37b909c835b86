//! Formats, columns, colours and widths, and bytes that want to be more than text.

use crate::support::canned::{Canned, json, reply};
use crate::support::{Ran, Rig};

/// Escape, C1, line ends, bidi, zero width, a tag: everything that steers or hides.
const HOSTILE: &str = "a\u{1b}[31mb\u{9b}2Jc\r\nd\te\u{202e}f\u{200b}g\u{7f}h\u{e0041}\u{feff}";

/// Whether raw text could steer a terminal or hide something; line ends of our own are fine. Written
/// out here, so that a hole in the program's own list shows.
fn is_clean(text: &str) -> bool {
    let loose = |c: char| match c {
        '\n' => false,
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => true,
        '\u{e0000}'..='\u{e0fff}' => true,
        c => c.is_control(),
    };
    !text.contains(loose)
}

fn row(destination: &str) -> String {
    serde_json::json!([{
        "ani": "16165550101", "dnis": null, "domain": "acme.15611.service", "application": "user",
        "destination": destination,
    }])
    .to_string()
}

fn list(rig: &Rig, args: &[&str]) -> Ran {
    rig.run(&[&["routes", "list"], args].concat()).succeeds()
}

#[test]
fn bytes_of_the_server_are_spelled_out_or_exact_but_never_loose() {
    let server = Canned::listing(&row(HOSTILE));
    let rig = server.rig();
    let table = list(&rig, &[]);
    assert!(is_clean(&table.stdout), "{:?}", table.stdout);
    assert!(
        table.stdout.contains("a\\u{1b}[31mb\\u{9b}2J"),
        "{}",
        table.stdout
    );
    assert_eq!(
        table.stdout.lines().count(),
        3,
        "a header, a line and one row"
    );
    for format in ["json", "ndjson"] {
        let ran = list(&rig, &["-o", format]);
        let text = ran.stdout.trim_end();
        let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let value = if format == "json" { &value[0] } else { &value };
        assert_eq!(value["destination"], HOSTILE, "the value is exact");
        assert!(!text.contains('\u{1b}'));
    }
    assert!(is_clean(&list(&rig, &["--json"]).stdout));
    for format in ["csv", "tsv"] {
        let ran = list(
            &rig,
            &["-o", format, "--fields", "destination", "--no-header"],
        );
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .delimiter(if format == "csv" { b',' } else { b'\t' })
            .from_reader(ran.stdout.as_bytes());
        let cell = reader.records().next().expect("a row").expect("CSV");
        assert_eq!(&cell[0], HOSTILE, "off a terminal {format} is exact");
    }
}

#[test]
fn bytes_of_the_server_in_errors_questions_and_results_are_spelled_out() {
    let body = serde_json::json!({"error": "x", "message": HOSTILE, "hint": HOSTILE}).to_string();
    let failing = Canned::start(move |_| {
        reply(
            400,
            &[
                ("Content-Type", "application/json"),
                ("X-Request-Id", "req-0042"),
            ],
            body.as_bytes(),
        )
    });
    for args in [
        &["routes", "list"][..],
        &["routes", "list", "--json"],
        &["routes", "list", "-vv"],
        &["domains", "list"],
    ] {
        let ran = failing.rig().run(args).exits(2);
        assert!(is_clean(&ran.stderr), "{:?}", ran.stderr);
        assert!(ran.stderr.contains("\\u{1b}[31mb"), "{}", ran.stderr);
    }
    let server = Canned::listing(&row(HOSTILE));
    let rig = server.rig();
    let key = ["--ani", "6165550101", "--domain", "acme.15611.service"];
    for args in [
        &["routes", "set", "--destination", "x", "-vv"][..],
        &["routes", "set", "--destination", "x", "--dry-run"],
        &["routes", "set", "--destination", "x", "--no-clobber"],
        &["routes", "set", "--destination", "x", "--json"],
        &["routes", "delete"],
        &["routes", "delete", "--dry-run"],
        &["routes", "delete", "--yes", "-vv"],
        &["routes", "delete", "--yes", "--json"],
    ] {
        let ran = rig.run(&[args, &key[..]].concat());
        assert!(
            is_clean(&ran.stderr) && is_clean(&ran.stdout),
            "{args:?}: {ran:?}"
        );
    }
}

#[test]
fn bytes_of_an_argument_are_spelled_out() {
    let rig = Rig::with_sandbox();
    let hostile = "x\u{1b}[31m\u{202e}\u{9b}";
    for args in [
        &["routes", "list", "--ani", hostile][..],
        &["routes", "list", "--domain", hostile],
        &["routes", "list", "--account", hostile],
        &["routes", "list", "--profile", hostile],
        &["routes", "list", "--fields", hostile],
        &["routes", "list", "--output", hostile],
        &["routes", "list", "--cacert", hostile],
        &["routes", "list", "--timeout", hostile],
        &["routes", hostile],
        &[hostile],
        &["help", hostile],
        &["completions", hostile],
        &["sandbox", "serve", "--fault", hostile],
        &["sandbox", "serve", "--state", hostile, "--seed", hostile],
        &["login", "--import", hostile],
        &["login", hostile],
        &["routes", "list", &format!("--{hostile}")],
    ] {
        for json in [&[][..], &["--json"]] {
            let ran = rig.run(&[args, json].concat()).exits(2);
            assert!(is_clean(&ran.stderr), "{args:?}: {:?}", ran.stderr);
            assert_eq!(ran.stdout, "");
        }
    }
    let set = [
        "routes", "set", "--ani", "6165550142", "--domain", "acme.15611.service", "--destination",
        HOSTILE,
    ];
    let ran = rig.run(&set).succeeds();
    assert!(is_clean(&ran.stdout) && is_clean(&ran.stderr), "{ran:?}");
    assert!(ran.stderr.contains("warning: "), "{}", ran.stderr);
    let ran = rig.run(&[&set[..], &["--json"]].concat()).succeeds();
    assert_eq!(
        ran.json()["action"],
        "unchanged",
        "sent and read back exactly"
    );
}

#[test]
fn bytes_of_a_file_are_spelled_out() {
    let rig = Rig::with_sandbox();
    for config in [
        "[profiles.default]\napi_url = \"http://\\u001b[31m\\u202e\"\n",
        "[profiles.default]\nnonsense\u{1b} = 1\n",
        "[profiles.\"\\u001b[31m\"]\naccount = \"x\"\n",
        "\u{1b}[31m",
    ] {
        rig.file("config/config.toml", config);
        let ran = rig.run(&["status"]);
        assert!(
            is_clean(&ran.stderr) && is_clean(&ran.stdout),
            "{config:?}: {ran:?}"
        );
    }
}

#[test]
fn cells_that_a_spreadsheet_would_run_are_guarded_in_csv_and_tsv_alone() {
    for (cell, written) in [
        ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
        ("+1616x", "'+1616x"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("'x", "''x"),
        ("+16165550101", "+16165550101"),
        ("16165550101", "16165550101"),
        ("john", "john"),
        ("a,b;c\"d\"", "a,b;c\"d\""),
        ("", ""),
    ] {
        let server = Canned::listing(&row(cell));
        let rig = server.rig();
        for (format, delimiter) in [("csv", b','), ("tsv", b'\t')] {
            let ran = list(&rig, &["-o", format]);
            let mut reader = csv::ReaderBuilder::new()
                .delimiter(delimiter)
                .from_reader(ran.stdout.as_bytes());
            let headers = reader.headers().expect("a header").clone();
            assert_eq!(
                headers.iter().collect::<Vec<_>>(),
                ["ani", "dnis", "domain", "application", "destination"]
            );
            let record = reader.records().next().expect("a row").expect("a record");
            assert_eq!(&record[4], written, "{format} {cell:?}");
        }
        if !cell.is_empty() {
            assert_eq!(list(&rig, &["--json"]).json()[0]["destination"], cell);
        }
    }
}

#[test]
fn fields_choose_and_order_in_every_format() {
    let server = Canned::listing(&row("john"));
    let rig = server.rig();
    let fields = ["--fields", "destination,ani"];
    let out = |format: &str| list(&rig, &[&["-o", format], &fields[..]].concat()).stdout;
    assert_eq!(out("csv"), "destination,ani\njohn,16165550101\n");
    assert_eq!(out("tsv"), "destination\tani\njohn\t16165550101\n");
    assert_eq!(
        out("ndjson"),
        "{\"destination\":\"john\",\"ani\":\"16165550101\"}\n"
    );
    assert!(out("json").contains("{\"destination\":\"john\",\"ani\":\"16165550101\"}"));
    let table = out("table");
    assert!(
        table.to_lowercase().find("destination") < table.to_lowercase().find("ani"),
        "{table}"
    );
    assert!(!table.contains("acme"));
    // Neither demands the other.
    list(&rig, &["--fields", "ani"]);
    for bad in ["", "ani,", "anni", "ani,ani", "ANI"] {
        let ran = rig.run(&["routes", "list", "--fields", bad]).exits(2);
        assert!(ran.stderr.contains("--fields"), "{bad}: {}", ran.stderr);
    }
    let ran = rig
        .run(&["routes", "list", "--fields", "destinaton"])
        .exits(2);
    assert!(ran.stderr.contains("`destination`"), "{}", ran.stderr);
    assert_eq!(
        server.count("GET"),
        6,
        "a bad column is known before anything is sent"
    );
}

#[test]
fn no_header_drops_the_names_and_nothing_else() {
    let server = Canned::listing(&row("john"));
    let rig = server.rig();
    for format in ["csv", "tsv", "table"] {
        let with = list(&rig, &["-o", format]).stdout;
        let without = list(&rig, &["-o", format, "--no-header"]).stdout;
        assert!(with.to_lowercase().contains("destination"), "{with}");
        assert!(!without.to_lowercase().contains("destination"), "{without}");
        assert_eq!(without.lines().count(), 1, "{without}");
        assert!(without.contains("john"));
    }
    let json = list(&rig, &["--json"]).stdout;
    assert_eq!(list(&rig, &["--json", "--no-header"]).stdout, json);
}

#[test]
fn the_format_comes_from_flag_then_variable() {
    let server = Canned::listing(&row("john"));
    let mut rig = server.rig();
    rig.set("SKYSWITCH_OUTPUT", "csv");
    assert!(list(&rig, &[]).stdout.starts_with("ani,dnis,"));
    assert!(list(&rig, &["--json"]).stdout.starts_with('['));
    assert!(list(&rig, &["-o", "ndjson"]).stdout.starts_with('{'));
    rig.run(&["-o", "json", "routes", "list"]).succeeds().json();
    rig.run(&["routes", "-o", "json", "list"]).succeeds().json();
}

#[test]
fn quiet_drops_result_lines_and_status_but_no_data() {
    let rig = Rig::with_sandbox();
    let set = |destination: &str, more: &[&str]| {
        let args = [
            "routes", "set", "--ani", "6165550142", "--domain", "acme.15611.service",
            "--destination", destination,
        ];
        rig.run(&[&args[..], more].concat()).succeeds()
    };
    let ran = set("john", &["--quiet"]);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    assert_eq!(set("mary", &[]).stdout.lines().count(), 1);
    assert_eq!(
        set("mary", &["--quiet", "--json"]).json()["action"],
        "unchanged"
    );
    let rows = rig
        .run(&["routes", "list", "--quiet", "-o", "csv"])
        .succeeds();
    assert!(rows.stdout.lines().count() > 1 && rows.stderr.is_empty());
    let none = rig
        .run(&["routes", "list", "--quiet", "--ani", "6165550199"])
        .succeeds();
    assert_eq!((none.stdout.as_str(), none.stderr.as_str()), ("", ""));
    // Errors are no status.
    assert!(
        !rig.run(&["routes", "list", "--quiet", "--ani", "x"])
            .exits(2)
            .stderr
            .is_empty()
    );
    // There is no short form.
    rig.run(&["-q", "routes", "list"]).exits(2);
}

#[test]
fn colour_follows_flag_then_variables_then_the_terminal() {
    let server = Canned::listing(&row("john"));
    let colored = |set: &[(&str, &str)], args: &[&str]| {
        let mut rig = server.rig();
        for (name, value) in set {
            rig.set(name, value);
        }
        let ran = rig.run(&[args, &["routes", "list"]].concat()).succeeds();
        ran.stdout.contains('\u{1b}')
    };
    assert!(!colored(&[], &[]), "off a terminal");
    assert!(colored(&[], &["--color", "always"]));
    assert!(colored(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!colored(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
    assert!(colored(&[("NO_COLOR", "1")], &["--color", "always"]));
    assert!(!colored(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
    assert!(!colored(&[("CLICOLOR_FORCE", "0")], &[]));
    let rig = server.rig();
    let ran = rig
        .run(&["--color", "always", "routes", "list", "--ani", "x"])
        .exits(2);
    assert!(ran.stderr.starts_with("\u{1b}["), "{:?}", ran.stderr);
    rig.run(&["--color", "sometimes", "routes", "list"])
        .exits(2);
    for format in ["json", "csv", "tsv", "ndjson"] {
        let ran = rig
            .run(&["--color", "always", "routes", "list", "-o", format])
            .succeeds();
        assert!(!ran.stdout.contains('\u{1b}'), "{format} is data");
    }
}

#[test]
fn off_a_terminal_nothing_is_cut_or_wrapped() {
    let long = "x".repeat(500);
    let server = Canned::listing(&row(&long));
    let mut rig = server.rig();
    rig.set("COLUMNS", "20");
    let table = list(&rig, &[]).stdout;
    assert!(table.contains(&long));
    assert_eq!(table.lines().count(), 3);
}

#[test]
fn numbers_are_shown_as_the_server_sent_them() {
    let server = Canned::start(|_| {
        json(
            200,
            r#"[{"ani":16165550101,"dnis":6165550102,"domain":"d","destination":1e3,"application":null}]"#,
        )
    });
    let row = list(&server.rig(), &["--json"]).json();
    assert_eq!(row[0]["ani"], "16165550101");
    assert_eq!(row[0]["dnis"], "6165550102");
    assert!(row[0]["application"].is_null());
    assert!(row[0]["destination"].is_string());
}

#[cfg(unix)] // a terminal
mod on_a_terminal {
    use super::{Canned, HOSTILE, Rig, row};
    use crate::support::terminal::Terminal;

    const DELETE: [&str; 6] = [
        "routes", "delete", "--ani", "6165550101", "--domain", "acme.15611.service",
    ];

    /// Without the colours of our own.
    fn plain(text: &str) -> String {
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("\u{1b}[") {
            plain.push_str(before);
            rest = after.split_once('m').map_or("", |(_, rest)| rest);
        }
        plain + rest
    }

    #[test]
    fn no_domain_is_broken_at_eighty_columns() {
        let rig = Rig::new();
        let args = ["--sandbox", "routes", "list"];
        for columns in [76, 80, 90, 97] {
            let (code, shown) = Terminal::start(&rig, columns, &args).finish();
            assert_eq!(code, 0, "{shown}");
            let shown = plain(&shown);
            for domain in ["acme", "bluebird", "harborview"] {
                let whole = format!(" {domain}.15611.service ");
                let broken =
                    shown.matches(&format!(" {domain}")).count() - shown.matches(&whole).count();
                assert_eq!(broken, 0, "{columns}: {shown}");
            }
            let fits = |line: &str| line.chars().count() <= usize::from(columns);
            assert!(shown.lines().all(fits), "{shown}");
        }
    }

    #[test]
    fn a_dumb_terminal_gets_no_colour_and_no_bar() {
        let mut rig = Rig::with_behaviour(&[], &["PUT */route-by-ani=latency:300"]);
        rig.set("TERM", "dumb");
        let rows = "616-555-0171,acme.15611.service,john\n616-555-0172,acme.15611.service,jane\n";
        let file = rig.file("r.csv", &format!("ani,domain,destination\n{rows}"));
        for (args, code) in [
            (&["routes", "list"][..], 0),
            (&["routes", "apply", &file, "--yes"], 0),
            (&["routes", "list", "--frob"], 2),
            (&["help"], 0),
        ] {
            let (ended, shown) = Terminal::start(&rig, 100, args).finish();
            assert_eq!(ended, code, "{shown}");
            assert!(!shown.contains(['\u{1b}', '\r']), "{args:?}: {shown:?}");
        }
        rig.set("CLICOLOR_FORCE", "1");
        let (_, shown) = Terminal::start(&rig, 100, &["routes", "list"]).finish();
        assert!(shown.contains('\u{1b}'), "forced: {shown:?}");
    }

    #[test]
    fn a_table_fits_twenty_columns() {
        let rig = Rig::with_sandbox();
        let terminal = Terminal::start(&rig, 20, &["routes", "list"]);
        let (code, shown) = terminal.finish();
        assert_eq!(code, 0, "{shown}");
        let shown = plain(&shown);
        for line in shown.lines() {
            assert!(line.chars().count() <= 20, "{line:?}");
        }
        assert!(
            shown.replace(['\n', ' '], "").contains("16165550101"),
            "{shown}"
        );
    }

    #[test]
    fn a_table_fits_eighty_columns_and_columns_overrides() {
        let rig = Rig::with_sandbox();
        for columns in [40_u16, 80, 200] {
            let (code, shown) = Terminal::start(&rig, columns, &["routes", "list"]).finish();
            assert_eq!(code, 0);
            assert!(
                plain(&shown)
                    .lines()
                    .all(|line| line.chars().count() <= usize::from(columns)),
                "{shown}"
            );
        }
        let mut rig = rig;
        rig.set("COLUMNS", "30");
        let (_, shown) = Terminal::start(&rig, 200, &["routes", "list"]).finish();
        assert!(
            plain(&shown).lines().all(|line| line.chars().count() <= 30),
            "{shown}"
        );
    }

    #[test]
    fn hostile_bytes_reach_a_terminal_in_no_format() {
        let server = Canned::listing(&row(HOSTILE));
        let rig = server.rig();
        for format in ["table", "json", "ndjson", "csv", "tsv"] {
            let (code, shown) =
                Terminal::start(&rig, 120, &["routes", "list", "-o", format]).finish();
            assert_eq!(code, 0, "{shown}");
            let shown = plain(&shown).replace('\t', " ");
            assert!(super::is_clean(&shown), "{format}: {shown:?}");
            assert!(!shown.contains("[31mb\u{9b}"), "{format}");
        }
    }

    #[test]
    fn a_question_about_hostile_bytes_is_clean_and_its_answer_counts() {
        for (answer, code, deletes) in [
            ("n\n", 5, 0),
            ("\n", 5, 0),
            ("nonsense\n", 5, 0),
            ("y\n", 0, 1),
            ("YES\n", 0, 1),
            ("\u{4}", 5, 0),
        ] {
            let server = Canned::listing(&row(HOSTILE));
            let rig = server.rig();
            let terminal = Terminal::start(&rig, 100, &DELETE);
            terminal.expect("[y/N]");
            assert_eq!(server.count("DELETE"), 0, "nothing before the answer");
            terminal.types(answer);
            let (ended, shown) = terminal.finish();
            assert_eq!(ended, code, "{answer:?}: {shown}");
            assert!(super::is_clean(&plain(&shown)), "{shown:?}");
            assert_eq!(server.count("DELETE"), deletes, "{answer:?}");
        }
    }

    #[test]
    fn ctrl_c_at_a_question_leaves_and_sends_nothing() {
        let server = Canned::listing(&row("john"));
        let rig = server.rig();
        let terminal = Terminal::start(&rig, 100, &DELETE);
        terminal.expect("[y/N]");
        terminal.types("\u{3}");
        let (code, shown) = terminal.finish();
        assert_eq!(code, 130, "{shown}");
        assert_eq!(server.count("DELETE"), 0);
    }

    #[test]
    fn with_standard_output_elsewhere_a_question_is_still_asked_and_the_result_goes_there() {
        let server = Canned::listing(&row("john"));
        let rig = server.rig();
        let path = rig.home().join("result");
        let file = std::fs::File::create(&path).expect("create");
        let terminal = Terminal::start_with_stdout(&rig, 100, &DELETE, Some(file.into()));
        terminal.expect("[y/N]");
        terminal.types("y\n");
        let (code, shown) = terminal.finish();
        assert_eq!(code, 0, "{shown}");
        let result = std::fs::read_to_string(&path).expect("the result");
        assert!(
            result.starts_with("deleted ") && result.lines().count() == 1,
            "{result:?}"
        );
        assert!(!shown.contains("deleted "), "{shown}");
    }

    #[test]
    fn no_input_asks_nothing_on_a_terminal() {
        let server = Canned::listing(&row("john"));
        let rig = server.rig();
        let args = [
            "routes", "delete", "--ani", "6165550101", "--domain", "acme.15611.service",
            "--no-input",
        ];
        let (code, shown) = Terminal::start(&rig, 100, &args).finish();
        assert_eq!(code, 5, "{shown}");
        assert!(shown.contains("--yes"), "{shown}");
    }

    #[test]
    fn the_sandbox_is_named_in_questions_and_status() {
        let rig = Rig::new();
        let args = [
            "--sandbox",
            "routes",
            "delete",
            "--ani",
            "2065550109",
            "--domain",
            "harborview.15611.service",
        ];
        let terminal = Terminal::start(&rig, 100, &args);
        terminal.expect("[sandbox] Delete 1 route?");
        terminal.types("y\n");
        let (code, shown) = terminal.finish();
        assert_eq!(code, 0, "{shown}");
        assert!(shown.contains("[sandbox] will delete"), "{shown}");
    }
}
