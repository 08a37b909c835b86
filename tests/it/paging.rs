//! What is known of a server's lists: read page by page, cut at a known length, by domain only.

use std::cell::Cell;
use std::collections::BTreeSet;

use skyswitch::api::{Completeness, KnownLists, RouteFilter, Worth};
use skyswitch::model::{AccountId, Origin, Route};
use skyswitch::server::{Facts, Observed, Place, Probed};

use crate::support::Rig;
use crate::support::world::{World, file, options, route};

/// So many callers in each of these domains.
fn callers(domains: &[(&str, u32)]) -> Vec<Route> {
    let mut routes = Vec::new();
    for (domain, count) in domains {
        routes.extend((0..*count).map(|n| route(n, None, domain, "100")));
    }
    routes
}

fn paged(routes: &[Route], quirks: &[&str]) -> World {
    let mut world = World::new(options(routes, quirks, &[]));
    world.client = world.client.clone().knowing(KnownLists {
        pages: true,
        ..KnownLists::default()
    });
    world
}

/// Every row that is handed on while `meddle` is told how many there were, and what came of it.
fn read(world: &World, meddle: impl Fn(usize)) -> (Vec<Route>, Completeness) {
    let mut rows = Vec::new();
    // Rows of a domain's list are handed on as they come.
    let filter = RouteFilter::domain(&"a.example".parse().expect("a domain"));
    let told = world.client.routes(&filter, &mut |route| {
        rows.push(route);
        meddle(rows.len());
        Ok(())
    });
    (rows, told.expect("a list"))
}

fn gets(world: &World) -> usize {
    let log = world.sandbox.log();
    log.iter().filter(|entry| entry.method == "GET").count()
}

#[test]
fn pages_are_read_until_one_brings_nothing_more() {
    for (count, requests) in [(250, 4), (100, 2), (1, 2), (0, 1)] {
        let world = paged(&callers(&[("a", count)]), &["paging=on", "list-cap=100"]);
        let (rows, told) = read(&world, |_| {});
        assert_eq!(rows.len(), count as usize);
        assert_eq!(told.worth(), Worth::Whole, "{count}");
        // Nothing found is looked for in the list of the account.
        let again = usize::from(count == 0);
        assert_eq!(gets(&world), requests + again, "{count}");
    }
}

#[test]
fn a_list_that_moves_while_it_is_read_is_read_again_and_each_row_is_handed_on_once() {
    let start = callers(&[("a", 250)]);
    for deletes in [true, false] {
        let world = paged(&start, &["paging=on", "list-cap=100"]);
        let meddled = Cell::new(false);
        let (rows, told) = read(&world, |rows| {
            if rows != 150 || meddled.replace(true) {
                return;
            }
            match deletes {
                true => world.delete(&start[7]),
                // What is put anew stands at the end; nothing before it moves.
                false => world.put(&route(900, None, "a", "new")),
            }
        });
        assert_eq!(told.worth(), Worth::Whole);
        let shown: BTreeSet<String> = rows.iter().map(ToString::to_string).collect();
        assert_eq!(shown.len(), rows.len(), "each once");
        for row in world.sandbox.routes().expect("state") {
            assert!(shown.contains(&row.to_string()), "{row}");
        }
    }
}

#[test]
fn a_server_that_does_not_turn_the_page_gives_no_whole_list() {
    let world = paged(&callers(&[("a", 250)]), &["paging=ignored", "list-cap=100"]);
    let (rows, told) = read(&world, |_| {});
    assert_eq!((rows.len(), told.worth()), (100, Worth::Incomplete));
}

#[test]
fn a_longer_list_from_the_same_call_disproves_a_smaller_cut() {
    let world = World::new(options(&callers(&[("a", 100), ("b", 150)]), &[], &[]));
    let whole = |world: &World| world.client.collect_routes(&RouteFilter::default());
    let (rows, told) = whole(&world).expect("a list");
    assert_eq!((rows.len(), told.worth()), (250, Worth::Whole));
    let world = World::new(options(
        &callers(&[("a", 100), ("b", 50)]),
        &["whole-list=empty"],
        &[],
    ));
    let (rows, told) = whole(&world).expect("a list");
    assert_eq!((rows.len(), told.worth()), (150, Worth::Doubtful));
}

/// A machine that has found something out about its server.
fn knowing(rig: &Rig, learn: impl FnOnce(&mut Facts)) {
    let origin = Origin::parse(&rig.sandbox().url()).expect("an origin");
    let account = &rig.sandbox().credentials().account_id;
    let account = AccountId::parse(account).expect("an account");
    let place = Place::under(&rig.state_dir(), &origin, &account);
    let mut facts = Facts::load(Some(place));
    learn(&mut facts);
    facts.save().expect("kept");
}

#[test]
fn pages_that_doctor_has_found_make_every_command_see_the_whole_list() {
    let start = callers(&[("a", 250), ("b", 3)]);
    let rig = Rig::with_options(options(&start, &["paging=on", "list-cap=100"], &[]));
    knowing(&rig, |facts| facts.found(Probed::Paging("understood")));
    let list = rig.run(&["routes", "list", "--json"]).succeeds();
    assert_eq!(list.json().as_array().map(Vec::len), Some(253));
    assert_eq!(list.stderr, "");
    let wanted: Vec<&Route> = start[2..].iter().collect();
    let sheet = rig.file("r.csv", &file(wanted, []));
    let args = ["routes", "apply", &sheet, "--prune", "--yes", "--json"];
    let told = rig.run(&args).succeeds().json();
    assert_eq!(
        (&told["deleted"], &told["verified"]),
        (&2.into(), &true.into())
    );
    assert_eq!(rig.sandbox().routes().expect("state").len(), 251);
}

#[test]
fn a_list_of_the_known_length_is_doubtful_and_another_is_not() {
    for (cut, doubtful) in [(Some(37), true), (Some(50), false), (None, false)] {
        let rig = Rig::with_options(options(&callers(&[("a", 37)]), &[], &[]));
        knowing(&rig, |facts| facts.found(Probed::ListCut(cut)));
        let list = rig
            .run(&["routes", "list", "--domain", "a.example", "--json"])
            .succeeds();
        assert_eq!(list.json().as_array().map(Vec::len), Some(37));
        let warned = list.stderr.contains("doctor -d a.example");
        assert_eq!(warned, doubtful, "{cut:?}: {}", list.stderr);
    }
    let rig = Rig::with_options(options(&callers(&[("a", 100)]), &[], &[]));
    knowing(&rig, |facts| facts.found(Probed::ListCut(None)));
    assert_eq!(rig.run(&["routes", "list"]).succeeds().stderr, "");
    assert_eq!(rig.requests("GET"), 1);
}

#[test]
fn a_list_of_the_account_that_is_kept_back_is_not_asked_for_again() {
    for quirk in ["whole-list=refused", "whole-list=empty"] {
        let rig = Rig::with_options(options(&callers(&[("a", 3), ("b", 2)]), &[quirk], &[]));
        let rows = || {
            let ran = rig.run(&["routes", "list", "--json"]).succeeds();
            (ran.json().as_array().map(Vec::len), rig.requests("GET"))
        };
        // The account's list, the domains, and four of theirs.
        assert_eq!(rows(), (Some(5), 6), "{quirk}");
        assert_eq!(rows(), (Some(5), 6 + 5), "{quirk}");
    }
    let rig = Rig::with_options(options(&callers(&[("a", 3)]), &[], &[]));
    knowing(&rig, |facts| facts.note(Observed::WholeListRefused));
    assert_eq!(
        rig.run(&["routes", "list", "--json"]).succeeds().json()[2]["ani"],
        "16165550102"
    );
    assert_eq!(rig.requests("GET"), 5);
}
