//! What can be read at all, and every mistake with its place.

use super::{ACME, Case, route, told};
use crate::plan::lint::Code;
use crate::plan::{File, desired};

fn errors(text: impl AsRef<[u8]>) -> String {
    match File::read("routes.csv", text.as_ref()) {
        Err(errors) => errors.to_string(),
        Ok(file) => desired::routes(&file).expect_err("mistakes").to_string(),
    }
}

fn is_read(text: &str) -> bool {
    File::read("f", text.as_bytes()).is_ok_and(|file| desired::routes(&file).is_ok())
}

#[test]
fn any_order_delimiter_case_alias_and_a_byte_order_mark() {
    for text in [
        "ani,dnis,domain,application,destination\n16165550101,16165550199,acme.15611.service,user,john\n",
        "\u{feff}Dest;Domain;Caller ID;Called;App;Note\r\njohn;acme.15611.service;616-555-0101;(616) 555-0199;user;the boss\r\n",
        "from\tto\tdomain\tdestination\tlabel\n\n+16165550101\t'+16165550199\tacme.15611.service\tjohn\t\n\t\t\t\tsecond floor\n",
        r#"[{"destination":"john","ani":16165550101,"to":"16165550199","domain":"acme.15611.service","application":null}]"#,
        "\u{feff} {\"format\":\"skyswitch.routes/1\",\"routes\":[{\"dest\":\"john\",\"caller\":\"6165550101\",\"did\":\"6165550199\",\"domain\":\"acme.15611.service\",\"name\":{\"x\":[1]}}]}",
    ] {
        let plan = Case::default().plan(text);
        assert_eq!(
            told(&plan),
            ["16165550101 to 16165550199 @ acme.15611.service none → user/john"],
            "{text}"
        );
    }
}

#[test]
fn header_mistakes_are_named_together() {
    assert_eq!(
        errors("ani,dniss,domian,destination,caller,colour\n"),
        "routes.csv:1:5: unknown column `dniss`: did you mean `dnis`?\n\
         routes.csv:1:11: unknown column `domian`: did you mean `domain`?\n\
         routes.csv:1:30: two columns mean `ani`"
    );
    assert!(errors("ani,destination\n1,2\n").contains("no column `domain`"));
    assert!(errors("ani,domain\n1,2\n").contains("no column `destination`"));
    assert!(errors("16165550101,acme.15611.service,john\n").contains("is no header"));
    assert!(File::read("f", b"ani,domain,state\n16165550101,a,absent\n").is_ok());
}

#[test]
fn every_row_mistake_at_once_with_line_and_column() {
    let text = "ani,dnis,domain,application,destination,state,base\n\
        1.61656E+10,16165550199.0,a b,boss,\"\",gone,x\n\
        \n\
        *,*,acme.15611.service,User,john,,\n\
        16165550101,,acme.15611.service,user,\"jo\nhn\",,\n\
        16165550101,,acme.15611.service,user\n\
        ,,acme.15611.service,user,john,,\n\
        16165550102,,acme.15611.service,user,,PRESENT,\n";
    let errors = Case::default().refused(text);
    let places: Vec<&str> = errors
        .lines()
        .map(|line| line.split(": ").next().unwrap_or_default())
        .collect();
    assert_eq!(
        places,
        [
            "routes.csv:2:1", "routes.csv:2:13", "routes.csv:2:27", "routes.csv:2:31",
            "routes.csv:2:36", "routes.csv:2:44", "routes.csv:4:1", "routes.csv:4:3",
            "routes.csv:4:24", "routes.csv:5:38", "routes.csv:7:1", "routes.csv:8:1",
            "routes.csv:9:38",
        ],
        "{errors}"
    );
    assert!(errors.contains("did you mean `user`?"), "{errors}");
}

#[test]
fn spreadsheet_damage_is_named() {
    let text = "ani,dnis,domain,destination\n1.61656E+10,16165550199.0,acme.15611.service,john\n";
    let errors = Case::default().refused(text);
    assert!(errors.contains("routes.csv:2:1") && errors.contains("E-notation"));
    assert!(errors.contains("routes.csv:2:13") && errors.contains("`.0`"));
}

#[test]
fn an_open_quote_never_swallows_the_rest() {
    let head = "ani,domain,destination\n16165550101,acme.15611.service,";
    for (cell, good) in [
        ("\"john\n16165550102,acme.15611.service,jane\n", false),
        ("\"john\"x\n", false),
        ("\"john", false),
        ("\"", false),
        ("\"jo\"\"hn\"\n", true),
        ("\"john\"", true),
        ("\"\"\"\"\n", true),
        ("jo\"hn\n", true),
    ] {
        let text = format!("{head}{cell}");
        assert_eq!(is_read(&text), good, "{cell}");
    }
}

#[test]
fn a_row_with_a_cell_too_many_is_refused_and_trailing_delimiters_are_not() {
    let head = "ani,domain,destination\n16165550101,acme.15611.service,john";
    assert!(errors(format!("{head},smith\n")).contains("routes.csv:2:37: the row has 4 cells"));
    assert!(is_read(&format!("{head},,,\n,,,,,\n")));
}

#[test]
fn emptiness_is_an_error_unless_an_envelope_names_its_scope() {
    for text in [
        "",
        "\u{feff}",
        "ani,domain,destination\n",
        "ani,domain,destination\n,,\n",
        "[]",
        "\n\n",
        r#"{"format":"skyswitch.routes/1","routes":[]}"#,
    ] {
        let told = errors(text);
        assert!(told.contains("nothing is ever deleted"), "{text:?}: {told}");
    }
    let scoped =
        r#"{"format":"skyswitch.routes/1","scope":{"domains":["acme.15611.service"]},"routes":[]}"#;
    assert!(File::read("f", scoped.as_bytes()).is_ok());
}

#[test]
fn other_encodings_are_named() {
    assert!(errors(b"\xff\xfea\0n\0i\0").contains("UTF-16"));
    let told = errors(b"ani,domain,destination\n16165550101,acme.15611.service,J\xf6rg\n");
    assert!(
        told.starts_with("routes.csv:2:33: here the file is not UTF-8"),
        "{told}"
    );
}

#[test]
fn json_mistakes_have_places_too() {
    assert_eq!(
        errors("[\n {\"ani\":1,\"domian\":\"a\"},\n 7,\n {\"ani\":{\"x\":1},\"caller\":2}\n]"),
        "routes.csv:2:20: unknown key `domian`: did you mean `domain`?\n\
         routes.csv:3:2: a route is an object with `ani`, `domain`, `destination`\n\
         routes.csv:4:9: `ani` must be a string, a number or null\n\
         routes.csv:4:26: two keys mean `ani`"
    );
    assert!(errors("[\n{\"ani\":1,}]").starts_with("routes.csv:2:10: this JSON cannot be read"));
    assert!(errors("[{\"ani\":\"\\ud800\"}]").contains("routes.csv:1:9"));
    assert!(errors("{\"ani\":1}\n{\"ani\":2").contains("\nroutes.csv:2:"));
    assert!(errors("{\"ani\":1}\n,\n{\"ani\":2}").contains("\nroutes.csv:2:1: this JSON"));
    assert!(errors(r#"{"routes":[]}"#).contains("has both `format` and `routes`"));
    assert!(errors(r#"{"format":"skyswitch.routes/2","routes":[]}"#).contains("unknown format"));
    let scope =
        r#"{"format":"skyswitch.routes/1","scope":{"domains":["a b"]},"rutes":1,"routes":[]}"#;
    let told = errors(scope);
    assert!(
        told.contains("routes.csv:1:52: `a b` is not a domain"),
        "{told}"
    );
    assert!(told.contains("unknown key `rutes`"), "{told}");
}

#[test]
fn a_file_of_another_account_is_refused() {
    let text = r#"{"format":"skyswitch.routes/1","account":"other","routes":[{"ani":"16165550101","domain":"a.b","destination":"x"}]}"#;
    let told = Case::default().refused(text);
    assert!(
        told.starts_with("routes.csv:1:42: the file is for account `other`"),
        "{told}"
    );
}

#[test]
fn an_envelope_row_outside_its_own_scope_is_refused() {
    let text = r#"{"format":"skyswitch.routes/1","scope":{"domains":["a.b"]},"routes":[{"ani":"16165550101","domain":"c.d","destination":"x"}]}"#;
    assert!(
        Case::default()
            .refused(text)
            .contains("none of the domains")
    );
}

#[test]
fn problems_are_bounded_and_a_flood_of_rows_ends() {
    let mut text = "ani,domain,destination\n".to_owned();
    text.push_str(&"x,y,z,w\n".repeat(20_000));
    let error = File::read("f", text.as_bytes()).expect_err("flood");
    assert_eq!(error.problems().len(), 10_000);
    assert!(error.to_string().contains("only the first"));
}

#[test]
fn a_file_stands_in_for_the_server() {
    let text = "ani,domain,destination,state\n616*,acme.15611.service,a,\n16165550101,acme.15611.service,b,absent\n6165550102,acme.15611.service,c,present\n";
    let file = File::read("f.csv", text.as_bytes()).expect("a file");
    let (routes, warnings) = desired::routes(&file).expect("routes");
    let keys: Vec<String> = routes
        .iter()
        .filter_map(|route| route.key().map(|key| key.to_string()))
        .collect();
    assert_eq!(
        keys,
        [
            "616* @ acme.15611.service",
            "16165550102 @ acme.15611.service"
        ]
    );
    assert_eq!(warnings.len(), 1);
    let text = "ani,domain,destination\n6165550102,acme.15611.service,a\n16165550102,acme.15611.service,b\n";
    let file = File::read("f.csv", text.as_bytes()).expect("a file");
    assert!(desired::routes(&file).is_err());
}

#[test]
fn the_rows_that_failed_read_back_as_the_same_operations() {
    use crate::plan::{failed, files::Format};
    let case = Case::on(vec![
        route("16165550101", "", ACME, "=old"),
        route("616*", "", ACME, "wild"),
    ]);
    let text = "ani,domain,destination,state\n16165550101,acme.15611.service,'=new,\n16165550102,acme.15611.service,\"a,\"\"b\",\n616*,acme.15611.service,,absent\n";
    let plan = case.plan(text);
    assert_eq!(plan.operations.len(), 3);
    for format in [Format::Csv, Format::Json] {
        let left = plan.operations.iter().map(|operation| failed::Left {
            source: &operation.source,
            change: Some(&operation.change),
            reason: "=not reached".to_owned(),
        });
        let text = failed::plain(format, &left.collect::<Vec<_>>()).expect("memory");
        let again = case.plan(&text);
        assert_eq!(again.id(), plan.id(), "{format:?}");
    }
}

#[test]
fn a_sheet_as_spreadsheets_leave_it_is_read() {
    let row = "16165550142,,acme.15611.service,user,john";
    let head = "ani,dnis,domain,application,destination,state,base";
    for text in [
        format!("{head}\n{row}\n"),
        format!("sep=,\r\n{head}\r\n{row}\r\n"),
        format!("\u{feff}SEP=;\n{head}\n{row}\n").replace(',', ";"),
        format!("sep=|\n{head}\n{row}").replace(',', "|"),
        format!("{head}\n{row}\n   \n"),
        format!("{head}\n{row}\n , ,\t\n"),
        format!("{head}\n{row}\n\u{1a}"),
        format!("{head}\n{row}\u{1a}\u{1a}"),
    ] {
        let plan = Case::default().plan(&text);
        assert_eq!(
            told(&plan),
            ["16165550142 @ acme.15611.service none → user/john"],
            "{text:?}"
        );
        let line = 2 + usize::from(text.to_lowercase().contains("sep="));
        assert_eq!(plan.operations[0].source, format!("routes.csv:{line}"));
    }
}

#[test]
fn a_row_may_lack_its_last_cells_and_nothing_else() {
    let head = "destination,ani,domain,dnis,application,note\n";
    assert!(is_read(&format!(
        "{head}john,16165550142,acme.15611.service\n"
    )));
    let told = errors(format!("{head}john,16165550142\n"));
    assert!(
        told.starts_with("routes.csv:2:1: `domain` is empty"),
        "{told}"
    );
    let told = errors("ani,domain,destination\n16165550142,acme.15611.service\n");
    assert!(
        told.contains("`destination` is empty") && !told.contains("quotes"),
        "{told}"
    );
}

#[test]
fn foreign_columns_are_left_out_with_one_note() {
    let text = "Owner,ani,domain,destination,State,Team\nann,16165550142,acme.15611.service,john,Michigan,a\nbob,16165550143,acme.15611.service,jane,absent,b\n";
    let plan = Case::default().plan(text);
    assert_eq!(plan.operations.len(), 2, "nobody said that a row is to go");
    let notes: Vec<&str> = (plan.warnings.iter())
        .filter(|warning| warning.code == Code::ForeignColumn)
        .map(|warning| &*warning.message)
        .collect();
    assert_eq!(
        notes,
        [
            "3 columns mean nothing here and are left out: `Owner`, `Team`, `state`; `state` holds more than `present` and `absent`, so it deletes nothing"
        ]
    );
    let json = r#"[{"ani":"16165550142","domain":"acme.15611.service","destination":"john","team":{"a":[1]}}]"#;
    let plan = Case::default().plan(json);
    assert!(
        plan.warnings[0]
            .message
            .starts_with("1 column means nothing here and is left out: `team`")
    );
    let all = "ani,domain,destination,state\n16165550142,acme.15611.service,john,Present\n16165550143,acme.15611.service,,ABSENT\n";
    assert!(
        Case::default()
            .plan(all)
            .warnings
            .iter()
            .all(|w| w.code != Code::ForeignColumn)
    );
}

#[test]
fn lines_of_json_are_rows() {
    let text = "{\"ani\":\"16165550142\",\"domain\":\"acme.15611.service\",\"destination\":\"john\"}\n\n{\"ani\":16165550143,\"dnis\":null,\"domain\":\"acme.15611.service\",\"destination\":\"jane\"}\n";
    let plan = Case::default().plan(text);
    let sources: Vec<&str> = plan.operations.iter().map(|o| &*o.source).collect();
    assert_eq!(sources, ["routes.csv:1", "routes.csv:3"]);
    assert!(is_read(text.lines().next().expect("a line")));
    assert!(errors(r#"{"a":1}"#).contains("`ani` is empty"));
}

#[test]
fn utf_16_with_its_mark_is_read_and_damage_is_named() {
    let text = "ani;domain;destination\r\n16165550142;acme.15611.service;J\u{f6}rg \u{1f4de}\r\n";
    let units = || "\u{feff}".encode_utf16().chain(text.encode_utf16());
    let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
    for bytes in [&little, &big] {
        assert_eq!(crate::plan::utf8(bytes.clone()), text.as_bytes());
        let odd = crate::plan::utf8(bytes[..bytes.len() - 1].to_vec());
        assert!(errors(odd).contains("UTF-16, and damaged"));
    }
    assert_eq!(crate::plan::utf8(b"ani".to_vec()), b"ani");
}

#[test]
fn damaged_destinations_are_mistakes_unless_the_server_has_them() {
    let case = Case::on(vec![route("16165550142", "", ACME, "#REF!")]);
    let row = |destination: &str| {
        format!("ani,domain,destination\n16165550142,acme.15611.service,\"{destination}\"\n")
    };
    for destination in ["#VALUE!", "1.50E+03", "200.0", "None", "1,000"] {
        let told = case.refused(&row(destination));
        assert!(
            told.starts_with("routes.csv:2:32: ") && told.contains("is no destination"),
            "{told}"
        );
    }
    assert!(case.plan(&row("#REF!")).operations.is_empty());
}
