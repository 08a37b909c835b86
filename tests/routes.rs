//! `skyswitch routes …` end to end.

mod support;

use support::Rig;

#[test]
fn a_route_is_created_updated_and_left_alone() {
    let rig = Rig::with_sandbox();
    let set = |destination: &str| {
        rig.run(&[
            "routes",
            "set",
            "--ani",
            "616-555-0142",
            "--domain",
            "acme.15611.service",
            "--destination",
            destination,
            "--json",
        ])
        .succeeds()
        .json()
    };
    assert_eq!(set("john")["action"], "created");
    let updated = set("sip:a+b@c.example;x=1&y");
    assert_eq!(updated["action"], "updated");
    assert_eq!(updated["before"]["destination"], "john");
    assert_eq!(rig.requests("PUT"), 2);
    let same = set("sip:a+b@c.example;x=1&y");
    assert_eq!(same["action"], "unchanged");
    assert_eq!(same["journal"], serde_json::Value::Null);
    assert_eq!(
        rig.requests("PUT"),
        2,
        "nothing was sent for what stands already"
    );
    let list = rig
        .run(&["routes", "list", "--ani", "6165550142", "--json"])
        .succeeds()
        .json();
    assert_eq!(list[0]["destination"], "sip:a+b@c.example;x=1&y");
}
