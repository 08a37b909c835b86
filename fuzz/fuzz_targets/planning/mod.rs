//! What must hold for every file of routes: mistakes have places in the text, and a plan that was
//! carried out leaves nothing to plan.

use skyswitch::model::{AccountId, Domain, Op, Origin, Route};
use skyswitch::plan::problems::FileErrors;
use skyswitch::plan::{File, OnConflict, Operation, Plan, PlanError, Request, Server, plan};

const NAME: &str = "routes";

/// Reads and plans; the bits of `how` are `--prune`, `--raw-numbers` and `--domain`.
pub fn check(bytes: &[u8], how: u8) {
    let file = match File::read(NAME, bytes) {
        Ok(file) => file,
        Err(errors) => return have_places(&errors, bytes),
    };
    let before = routes();
    let found = match planned(&file, &before, how) {
        Ok(found) => found,
        Err(PlanError::File(errors)) => return have_places(&errors, bytes),
        Err(_) => return,
    };
    let after = applied(before, &found.operations);
    match planned(&file, &after, how) {
        Ok(again) => assert!(again.is_empty(), "{:?}", again.operations),
        Err(error) => panic!("what was applied is refused: {error}"),
    }
}

/// Plain ones, odd ones, and two with one key.
pub fn routes() -> Vec<Route> {
    [
        ["16165550101", "", "acme.15611.service", "user", "john"],
        [
            "16165550102", "16165550901", "acme.15611.service", "literal", "=1+1",
        ],
        ["6165550103", "", "ACME.15611.service", "", "jane"],
        [
            "442071230001", "", "b.example", "device", "sip:a@c.example;x=1",
        ],
        ["*", "", "b.example", "odd", "\u{1b}[31m"],
        ["16165550104", "", "b.example", "user", "one"],
        ["6165550104", "", "b.example", "user", "two"],
        ["", "", "b.example", "user", "nobody"],
    ]
    .map(|cells| {
        let [ani, dnis, domain, application, destination] =
            cells.map(|cell| Some(cell.to_owned()).filter(|cell| !cell.is_empty()));
        Route {
            ani,
            dnis,
            domain,
            application,
            destination,
        }
    })
    .to_vec()
}

/// Every mistake stands on a line of the text, at most one beyond its end.
pub fn have_places(errors: &FileErrors, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // `\n`, `\r` and `\r\n` all end lines.
    let lines = text.matches(['\n', '\r']).count() + 1;
    assert!(!errors.problems().is_empty());
    for problem in errors.problems() {
        assert!((1..=lines).contains(&problem.line), "{problem:?}");
        assert!(
            (1..=text.chars().count() + 1).contains(&problem.column),
            "{problem:?}"
        );
        assert!(!problem.message.is_empty());
    }
}

fn planned(file: &File<'_>, routes: &[Route], how: u8) -> Result<Plan, PlanError> {
    let account = AccountId::parse("15611").expect("an account");
    let domains = [Domain::parse("b.example").expect("a domain")];
    let request = Request {
        account: &account,
        origin: &Origin::default(),
        domains: if how & 4 == 0 { &[] } else { &domains },
        prune: how & 1 != 0,
        raw_numbers: how & 2 != 0,
        past: None,
        lent: None,
        on_conflict: OnConflict::default(),
    };
    plan(file, &Server::new(routes, None, true), &request)
}

fn applied(mut routes: Vec<Route>, operations: &[Operation]) -> Vec<Route> {
    for Operation { change, .. } in operations {
        let place = routes
            .iter()
            .position(|route| route.key().as_ref() == Some(&change.key));
        match (change.op, place, &change.after) {
            (Op::Add, None, Some(after)) => routes.push(after.clone()),
            (Op::Change, Some(at), Some(after)) => routes[at] = after.clone(),
            (Op::Delete, Some(at), None) => drop(routes.remove(at)),
            _ => panic!("cannot be applied: {change:?}"),
        }
    }
    routes
}
