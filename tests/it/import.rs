//! `routes import`: address books as programs export them.

use crate::support::Rig;

const TO: [&str; 4] = ["-d", "acme.15611.service", "--destination", "desk"];

/// What comes of a file: the rows as `number name`, and what was said.
fn import(text: &str, more: &[&str]) -> (Vec<String>, String) {
    let rig = Rig::new();
    let file = rig.file("book", text);
    let ran = rig
        .run(&[&["routes", "import", "book"], &TO[..], more].concat())
        .succeeds();
    drop(file);
    let mut lines = ran.stdout.lines();
    assert_eq!(
        lines.next(),
        Some("ani,domain,application,destination,name")
    );
    let row = |line: &str| {
        let (ani, rest) = line
            .split_once(",acme.15611.service,user,desk,")
            .expect("a row");
        format!("{ani} {rest}")
    };
    (lines.map(row).collect(), ran.stderr)
}

#[test]
fn the_exports_of_google_outlook_and_hubspot_are_known() {
    for (what, text, rows, left_out) in [
        (
            "Google",
            "First Name,Middle Name,Last Name,Organization Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\nAnn,M.,Lee,Lee Inc,Mobile,+1 616-555-0101 ::: (616) 555-0102,Work,616.555.0103\n,,,\"Acme, Inc\",Main,616-555-0104,Work Fax,616-555-0198\n",
            &[
                "16165550101 Ann M. Lee",
                "16165550102 Ann M. Lee",
                "16165550103 Ann M. Lee",
                "16165550104 \"Acme, Inc\"",
            ][..],
            "book:3: left out of `Acme, Inc`: `616-555-0198` is a fax number",
        ),
        (
            "older Google",
            "Name,Given Name,Family Name,Phone 1 - Type,Phone 1 - Value\nAnn Lee,Ann,Lee,* Mobile,+1 616-555-0101\n",
            &["16165550101 Ann Lee"],
            "",
        ),
        (
            "Outlook",
            "\u{feff}\"First Name\",\"Last Name\",\"Company\",\"Business Fax\",\"Business Phone\",\"Mobile Phone\"\r\n\"Bob\",\"Ray\",\"Ray\",\"616-555-0198\",\"616-555-0111\",\"'+1 616 555 0112\"\r\n",
            &["16165550111 Bob Ray", "16165550112 Bob Ray"],
            "book:2: left out of `Bob Ray`: `616-555-0198` is a fax number",
        ),
        (
            "HubSpot",
            "Record ID,First Name,Last Name,Phone Number,Mobile Phone Number,Email\n1,Cy,Poe,+44 20 7946 0958,6165550121,c@example.com\n",
            &["+442079460958 Cy Poe", "16165550121 Cy Poe"],
            "",
        ),
        (
            "semicolons",
            "sep=;\nName;Phone\nDee;616-555-0131\n",
            &["16165550131 Dee"],
            "",
        ),
    ] {
        let (found, said) = import(text, &[]);
        assert_eq!(found, rows, "{what}");
        assert!(said.contains(left_out), "{what}: {said}");
        let warnings = usize::from(!left_out.is_empty());
        assert_eq!(said.matches("warning").count(), warnings, "{what}: {said}");
    }
}

#[test]
fn any_other_table_is_read_by_its_map() {
    let text =
        "Kunde\tNachname\tTel\tHandy\tOrt\nAnn\tLee\t616-555-0101\t\tx\n\t\t\t616-555-0102\tx\n";
    let map = [
        "--map", "number=tel", "--map", "number=Handy", "--map", "name=Kunde", "--map",
        "name=Nachname",
    ];
    assert_eq!(
        import(text, &map).0,
        ["16165550101 Ann Lee", "16165550102 "]
    );
    let rig = Rig::new();
    rig.file("book", text);
    for (more, words) in [
        (&[][..], "--map number=COLUMN"),
        (
            &["--map", "number=Telf"],
            "the file has no column `Telf`: did you mean `Tel`?",
        ),
        (
            &["--map", "phone=Tel"],
            "accepted are `number=COLUMN` and `name=COLUMN`",
        ),
        (&["--map", "number="], "the column is missing"),
    ] {
        let ran = rig
            .run(&[&["routes", "import", "book"], &TO[..], more].concat())
            .exits(2);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
    rig.file("none", "Name,Phone\nAnn,call her\n");
    let ran = rig
        .run(&[&["routes", "import", "none"], &TO[..]].concat())
        .exits(2);
    assert!(
        ran.stderr.contains("none:2: left out of `Ann`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn vcards_of_both_versions_with_groups_folds_and_addresses() {
    let text = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lee;Ann;;;\r\nFN:Ann\\, the\r\n  first\r\nitem1.TEL;type=CELL;type=pref:(616) 555-0101\r\nTEL;TYPE=\"work,voice\":616-555-0102\r\nTEL;TYPE=WORK,FAX:616-555-0103\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:4.0\r\nN:Ray;Bob;;;\r\nTEL;VALUE=uri;TYPE=\"voice,home\":tel:+1-616-555-0111\r\nTEL;VALUE=uri:tel:+1-616-555-0112;ext=7\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:4.0\r\nFN:\r\nORG:Poe;Sales\r\nTEL:+44 20 7946 0958\r\nEND:VCARD\r\n";
    let (rows, said) = import(text, &[]);
    assert_eq!(
        rows,
        [
            "16165550101 \"Ann, the first\"",
            "16165550102 \"Ann, the first\"",
            "16165550111 Bob Ray",
            "+442079460958 \"Poe, Sales\""
        ]
    );
    assert!(
        said.contains("book:8: left out of `Ann, the first`") && said.contains("is a fax number"),
        "{said}"
    );
    assert!(said.contains("book:14: left out of `Bob Ray`"), "{said}");
    assert_eq!(said.matches("warning: ").count(), 2, "{said}");
}

#[test]
fn a_switchboard_is_listed_once_and_the_result_plans() {
    let text = "Name,Phone,Mobile\nAnn,616-555-0142,616-555-0143\nBob,6165550142,\nBob,+16165550142,\nCy,,\n";
    let (rows, said) = import(text, &[]);
    assert_eq!(rows, ["16165550142 Ann", "16165550143 Ann"]);
    assert!(said.contains("book:2: `16165550142` is the number of 2 names: `Ann`, `Bob`; a switchboard? It is listed once"), "{said}");
    let rig = Rig::with_sandbox();
    rig.file("book.csv", text);
    let ran = rig
        .run(&[&["routes", "import", "book.csv"], &TO[..]].concat())
        .succeeds();
    assert_eq!(rig.sandbox().log().len(), 0, "nothing is sent");
    rig.file("vip.csv", &ran.stdout);
    let plan = rig
        .run(&["routes", "plan", "vip.csv", "--json"])
        .succeeds()
        .json();
    assert_eq!(plan["add"], 2);
    let json = rig
        .run(&[&["routes", "import", "book.csv", "--json"], &TO[..]].concat())
        .succeeds()
        .json();
    assert_eq!(json[0]["name"], "Ann");
}

#[test]
fn a_card_of_another_version_or_without_an_end_is_no_address_book() {
    let card = "BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nTEL:616-555-0101\nEND:VCARD\n";
    let old = card.replace("3.0", "2.1");
    let cut = card.replace("END:VCARD\n", "");
    let in_the_midst = format!("{cut}{card}");
    for (text, words) in [
        (&old, "book:2:1: vCard `2.1` is not read: save"),
        (
            &cut,
            "book:1:1: the card that begins here has no `END:VCARD`",
        ),
        (&in_the_midst, "book:1:1: the card that begins here has no"),
    ] {
        let rig = Rig::new();
        rig.file("book", text);
        let ran = rig.run(&[&["routes", "import", "book"], &TO[..]].concat());
        let ran = ran.exits(2);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
}

/// Saved by LibreOffice 7.4 as a German user saves a sheet.
#[test]
fn a_sheet_of_people_that_an_office_program_saved() {
    let (rows, said) = import(include_str!("../contacts/libreoffice.csv"), &[]);
    assert_eq!(
        rows,
        [
            "16165550101 \"Lee, Ann\"",
            "16165550102 \"Lee, Ann\"",
            "16165550103 Jörg Åkesson",
            "16165550104 Example; Hotel",
        ]
    );
    for words in [
        "book:2: left out of `Lee, Ann`: `616-555-0198` is a fax number",
        "book:2: `16165550101` is the number of 2 names: `Lee, Ann`, `Example; Hotel`",
    ] {
        assert!(said.contains(words), "{said}");
    }
}

/// Written by khard 0.18, vCard 4.0 with addresses and groups, and 3.0.
#[test]
fn an_address_book_of_a_terminal_program() {
    let (rows, said) = import(include_str!("../contacts/khard.vcf"), &[]);
    let long =
        "\"Jürgen Sørensen-Østergård mit einem sehr langen Namen, der gefaltet werden muss\"";
    assert_eq!(
        rows,
        [
            "16165550101 Ann Lee".to_owned(),
            format!("+4930901820 {long}"),
            format!("16165550103 {long}"),
        ]
    );
    for words in [
        "book:10: left out of `Ann Lee`: `616-555-0198` is a fax number",
        "book:11: left out of `Ann Lee`: `616-555-0197` is a pager number",
        "`030 901821`",
        "left out of `Front Desk`: `616.555.0104 ext. 7`",
        "book:9: `16165550101` is the number of 2 names: `Ann Lee`, `Front Desk`",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

/// Written by vobject 0.9.9, as scripts write vCard, with lines folded and text escaped; what comes of it is
/// a file that plans.
#[test]
fn what_a_library_writes_becomes_a_file_that_plans() {
    let book = include_str!("../contacts/vobject.vcf");
    let (rows, said) = import(book, &[]);
    assert_eq!(
        rows,
        [
            "16165550101 Ann Lee",
            "16165550102 Ann Lee",
            "+4930901820 \"Käthe Müller-Lüdenscheidt; Abteilung Einkauf, Süd und alles, was sonst noch in eine lange Zeile gehört\"",
        ]
    );
    for words in [
        "book:7: left out of `Ann Lee`: `616-555-0198` is a fax number",
        "book:22: left out of `Front Desk`: `911`",
        "book:6: `16165550102` is the number of 2 names: `Ann Lee`, `Front Desk`",
    ] {
        assert!(said.contains(words), "{said}");
    }
    let rig = Rig::new();
    rig.file("book", book);
    let to = ["-d", "acme.15611.service", "--destination", "200"];
    let ran = rig.run(&[&["routes", "import", "book"][..], &to].concat());
    let sheet = rig.file("sheet.csv", &ran.succeeds().stdout);
    let plan = rig.run(&["--sandbox", "routes", "plan", &sheet, "--json"]);
    assert_eq!(plan.succeeds().json()["add"], 1, "two stand there already");
}
