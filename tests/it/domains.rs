//! `skyswitch domains list` end to end.

use crate::support::Rig;
use crate::support::canned::{Canned, json};

#[test]
fn domains_are_listed_with_every_field_a_string_or_null() {
    let rig = Rig::with_sandbox();
    let list = rig.run(&["domains", "list", "--json"]).succeeds().json();
    assert_eq!(
        list,
        serde_json::json!([
            {"domain": "0000.15611.service", "description": "Sandbox Telecom, no phones", "reseller": null},
            {"domain": "acme.15611.service", "description": "Acme Plumbing, Grand Rapids", "reseller": null},
            {"domain": "bluebird.15611.service", "description": "Bluebird Travel, Chicago", "reseller": null},
            {"domain": "harborview.15611.service", "description": null, "reseller": null},
        ])
    );
    let table = rig.run(&["domains", "list"]).succeeds();
    assert!(
        table.stdout.contains("Bluebird Travel, Chicago"),
        "{}",
        table.stdout
    );
    assert_eq!(table.stderr, "");
}

#[test]
fn the_vendors_own_shape_is_a_list() {
    let server = Canned::listing(
        r#"{"acme.15611.service":{"domain":"acme.15611.service","reseller":"15611","description":"Acme"},"other.15611.service":{"description":null}}"#,
    );
    let csv = server
        .rig()
        .run(&["domains", "list", "-o", "csv"])
        .succeeds();
    assert_eq!(
        csv.stdout,
        "domain,description,reseller\nacme.15611.service,Acme,15611\nother.15611.service,,\n"
    );
}

#[test]
fn refresh_asks_the_vendor_for_a_fresh_list() {
    let server = Canned::listing("[]");
    let rig = server.rig();
    rig.run(&["domains", "list"]).succeeds();
    rig.run(&["domains", "list", "--refresh"]).succeeds();
    let asked = server.asked();
    assert_eq!(asked[0].query("force_refresh"), None);
    assert_eq!(asked[1].query("force_refresh").as_deref(), Some("1"));
    assert!(
        asked
            .iter()
            .all(|asked| asked.path().ends_with("/pbx/domains"))
    );
}

#[test]
fn the_reseller_is_sent_and_filtered_again() {
    let server = Canned::start(|_| {
        json(
            200,
            r#"[{"domain":"a","reseller":"15611"},{"domain":"b","reseller":156110},{"domain":"c","reseller":15611}]"#,
        )
    });
    let rig = server.rig();
    let list = rig
        .run(&["domains", "list", "--reseller", "15611", "--json"])
        .succeeds()
        .json();
    let names: Vec<_> = list
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["domain"].clone())
        .collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(
        server.asked()[0].query("reseller").as_deref(),
        Some("15611")
    );
    for bad in ["", "x", "1 2", "../x", "123456789012345678901"] {
        rig.run(&["domains", "list", "--reseller", bad]).exits(2);
    }
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn fields_are_those_of_domains() {
    let rig = Rig::with_sandbox();
    let ran = rig
        .run(&[
            "domains", "list", "-o", "tsv", "--fields", "description,domain",
        ])
        .succeeds();
    assert!(
        ran.stdout
            .starts_with("description\tdomain\nSandbox Telecom, no phones\t0000.15611.service\n"),
        "{}",
        ran.stdout
    );
    let ran = rig.run(&["domains", "list", "--fields", "ani"]).exits(2);
    assert!(ran.stderr.contains("description"), "{}", ran.stderr);
}

#[test]
fn the_default_domain_does_not_filter_lists() {
    let mut rig = Rig::with_sandbox();
    let all = rig.run(&["routes", "list", "--json"]).succeeds().json();
    rig.set("SKYSWITCH_DOMAIN", "acme.15611.service");
    assert_eq!(
        rig.run(&["routes", "list", "--json"]).succeeds().json(),
        all
    );
    assert_eq!(
        rig.run(&["domains", "list", "--json"])
            .succeeds()
            .json()
            .as_array()
            .map(Vec::len),
        Some(4)
    );
}
