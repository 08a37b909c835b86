//! Loans on a desk without a server: what stands is kept here, what is known of it in runs.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::loans::Loans;
use super::{Entry, Header, Outcome, Recorded, RunId, Status};
use crate::model::{AccountId, Change, Origin, Route, RouteKey};

/// Hours after the start.
type Hours = i64;

fn at(hours: Hours) -> Timestamp {
    let start: Timestamp = "2026-11-26T00:00:00Z".parse().expect("a time");
    start + SignedDuration::from_hours(hours)
}

fn route(destination: &str) -> Route {
    Route {
        ani: Some("16165550101".into()),
        domain: Some("acme.15611.service".into()),
        application: Some("user".into()),
        destination: Some(destination.into()),
        ..Route::default()
    }
}

fn key() -> RouteKey {
    route("x").key().expect("a key")
}

/// One key, and the runs that wrote there.
struct Desk {
    now: Hours,
    stands: Option<String>,
    runs: Vec<Entry>,
}

impl Desk {
    fn new(stands: Option<&str>) -> Self {
        Self {
            now: 0,
            stands: stands.map(Into::into),
            runs: Vec::new(),
        }
    }

    fn run(&mut self, to: Option<&str>, outcome: Outcome, mark: impl FnOnce(&mut Header)) {
        let image = |text: Option<&str>| text.map(route);
        let before = image(self.stands.as_deref());
        let Some(intent) = Change::between(key(), before, image(to)) else {
            return;
        };
        let mut header = Header {
            account: AccountId::parse("a").ok(),
            origin: Origin::default(),
            profile: "default".into(),
            sandbox: false,
            command: String::new(),
            host: String::new(),
            user: String::new(),
            undoes: None,
            plan: None,
            file: None,
            empty_domains: Vec::new(),
            at_risk: Vec::new(),
            probe: false,
            until: None,
            ends: Vec::new(),
        };
        mark(&mut header);
        // Later than every other, whatever the clock says.
        let later = i64::try_from(self.runs.len()).expect("few");
        self.runs.push(Entry {
            id: RunId::at(at(0) + SignedDuration::from_secs(later)),
            time: at(self.now),
            header,
            changes: vec![Recorded { intent, outcome }],
            api: None,
            status: Status::Done,
            begun: true,
            warnings: Vec::new(),
        });
    }

    fn loans(&self) -> Loans {
        Loans::of(self.runs.iter().rev().cloned())
    }

    /// `routes set`, with or without `--until`.
    fn set(&mut self, to: &str, until: Option<Hours>) {
        let until = until.map(at);
        let mark = |header: &mut Header| header.until = until;
        if self.stands.as_deref() != Some(to) {
            self.run(Some(to), Outcome::Done, mark);
            self.stands = Some(to.into());
        } else if self
            .loans()
            .at(&key())
            .is_some_and(|loan| loan.after == Some(route(to)))
        {
            self.run(Some(to), Outcome::Already, mark);
        }
    }

    /// Takes the latest run back.
    fn undo(&mut self, id: &RunId) {
        let run = self.runs.iter().find(|run| run.id == *id).expect("a run");
        let back = run.changes[0].intent.before.clone();
        let back = back.and_then(|route| route.destination);
        self.run(back.as_deref(), Outcome::Done, |header| {
            header.undoes = Some(id.clone())
        });
        self.stands = back;
    }

    fn last(&self) -> RunId {
        self.runs.last().expect("a run").id.clone()
    }

    /// `undo --expired`; how many loans were found changed by somebody else.
    fn expire(&mut self, now: Hours) -> usize {
        self.now = now;
        let mut changed = 0;
        for one in self.loans().overdue(at(now)) {
            let text = |route: &Option<Route>| route.as_ref().and_then(|r| r.destination.clone());
            let (stands, back) = (text(&one.stands), text(&one.back));
            let outcome = if self.stands == stands {
                Outcome::Done
            } else {
                changed += usize::from(self.stands != back);
                let found = self.stands.as_deref().map(route).into_iter().collect();
                Outcome::Stale { found }
            };
            let done = outcome == Outcome::Done;
            let real = std::mem::replace(&mut self.stands, stands);
            self.run(back.as_deref(), outcome, |header| {
                header.ends = one.runs.clone()
            });
            self.stands = if done { back } else { real };
        }
        changed
    }

    fn stands(&self) -> &str {
        self.stands.as_deref().unwrap_or("-")
    }
}

#[test]
fn of_a_chain_the_newest_that_is_not_over_decides_in_every_order_of_their_ends() {
    for before in [None, Some("john")] {
        for ends in [
            [3, 4, 5],
            [3, 5, 4],
            [4, 3, 5],
            [4, 5, 3],
            [5, 3, 4],
            [5, 4, 3],
            [4, 4, 4],
        ] {
            let mut desk = Desk::new(before);
            let names = ["day", "night", "emergency"];
            for (name, end) in names.into_iter().zip(ends) {
                desk.set(name, Some(end));
            }
            for now in [2, 3, 4, 5, 6] {
                assert_eq!(desk.expire(now), 0);
                let newest = names.into_iter().zip(ends).rfind(|(_, end)| *end > now);
                let wanted = newest.map_or(before.unwrap_or("-"), |(name, _)| name);
                assert_eq!(desk.stands(), wanted, "{ends:?} at {now}");
                assert_eq!(desk.expire(now), 0);
                assert_eq!(desk.stands(), wanted, "once more");
            }
            assert!(desk.loans().is_empty());
        }
    }
}

/// What is done at a desk, and what then stands at 10 o'clock when cron has run; `!` where somebody
/// else's change is told.
#[test]
fn each_way_a_loan_can_go() {
    type Deeds = fn(&mut Desk);
    let table: [(&str, Deeds, &str); 16] = [
        (
            "made over the value that stands already",
            |d| d.set("john", Some(3)),
            "john",
        ),
        (
            "renewed",
            |d| {
                d.set("a", Some(3));
                d.set("a", Some(12));
            },
            "a",
        ),
        (
            "renewed to end sooner",
            |d| {
                d.set("a", Some(12));
                d.set("a", Some(3));
            },
            "john",
        ),
        (
            "made permanent, nothing sent",
            |d| {
                d.set("a", Some(3));
                d.set("a", None);
            },
            "a",
        ),
        (
            "made permanent by another value",
            |d| {
                d.set("a", Some(3));
                d.set("b", None);
            },
            "b",
        ),
        (
            "changed by somebody else",
            |d| {
                d.set("a", Some(3));
                d.stands = Some("x".into());
            },
            "x!",
        ),
        (
            "deleted by somebody else",
            |d| {
                d.set("a", Some(3));
                d.stands = None;
            },
            "-!",
        ),
        (
            "put back by somebody else",
            |d| {
                d.set("a", Some(3));
                d.stands = Some("john".into());
            },
            "john",
        ),
        (
            "over a change of somebody else",
            |d| {
                d.set("a", Some(3));
                d.stands = Some("x".into());
                d.set("b", Some(4));
            },
            "x",
        ),
        (
            "taken back by hand",
            |d| {
                d.set("a", Some(12));
                d.undo(&d.last());
            },
            "john",
        ),
        (
            "taken back above another",
            |d| {
                d.set("a", Some(3));
                d.set("b", Some(12));
                d.undo(&d.last());
            },
            "john",
        ),
        (
            "renewal taken back",
            |d| {
                d.set("a", Some(3));
                d.set("a", Some(12));
                d.undo(&d.last());
            },
            "john",
        ),
        (
            "permanence taken back",
            |d| {
                d.set("a", Some(3));
                d.set("a", None);
                d.undo(&d.last());
            },
            "john",
        ),
        (
            "another value taken back",
            |d| {
                d.set("a", Some(3));
                d.set("b", None);
                d.undo(&d.last());
            },
            "john",
        ),
        (
            "expiry taken back: for good",
            |d| {
                d.set("a", Some(3));
                d.expire(4);
                d.undo(&d.last());
            },
            "a",
        ),
        (
            "taken back and done again",
            |d| {
                d.set("a", Some(3));
                d.undo(&d.last());
                d.undo(&d.last());
            },
            "john",
        ),
    ];
    for (what, deeds, stands) in table {
        let mut desk = Desk::new(Some("john"));
        deeds(&mut desk);
        let told = if desk.expire(10) > 0 { "!" } else { "" };
        assert_eq!(format!("{}{told}", desk.stands()), stands, "{what}");
        assert_eq!(desk.expire(11), 0, "{what}: told once");
        assert!(desk.loans().overdue(at(11)).is_empty(), "{what}");
    }
}

#[test]
fn clocks_that_jump_neither_lose_a_loan_nor_end_it_twice() {
    let mut desk = Desk::new(Some("john"));
    desk.set("a", Some(3));
    // Set ahead, put back early; set back again: nothing more to do.
    desk.expire(40);
    assert_eq!(desk.stands(), "john");
    desk.expire(1);
    assert_eq!(desk.stands(), "john");
    // Made while the clock was behind: its time in the journal is before the others'.
    desk.now = -50;
    desk.set("b", Some(5));
    desk.now = 0;
    desk.expire(4);
    assert_eq!(desk.stands(), "b");
    desk.expire(5);
    assert_eq!(desk.stands(), "john");
}

#[test]
fn what_failed_or_nobody_knows_ends_no_loan() {
    for outcome in [
        Outcome::Failed {
            error: "500".into(),
        },
        Outcome::NotReached,
        Outcome::Unknown,
    ] {
        let mut desk = Desk::new(Some("john"));
        desk.set("a", Some(3));
        let ends = vec![desk.last()];
        desk.run(Some("john"), outcome.clone(), |header| header.ends = ends);
        assert_eq!(desk.loans().overdue(at(4)).len(), 1, "{outcome:?}");
    }
    let mut desk = Desk::new(Some("john"));
    let until = Some(at(3));
    desk.run(Some("a"), Outcome::NotReached, |header| {
        header.until = until
    });
    assert!(desk.loans().is_empty(), "never made");
}

#[test]
fn what_is_remembered_is_what_could_still_matter() {
    let mut desk = Desk::new(Some("john"));
    desk.set("a", Some(3));
    let loan = desk.last();
    desk.set("b", None);
    let loans = desk.loans();
    assert_eq!(
        loans.oldest_needed(at(2)),
        Some(&loan),
        "its end may be taken back"
    );
    assert_eq!(loans.oldest_needed(at(3)), None);
    desk.set("c", Some(20));
    let loan = desk.last();
    assert_eq!(desk.loans().oldest_needed(at(30)), Some(&loan), "overdue");
}

/// The same worked out at once instead of from runs: the before-images and ends of the loans.
#[derive(Default)]
struct Model {
    stands: String,
    loans: Vec<(String, String, Hours)>,
}

impl Model {
    fn set(&mut self, to: &str, until: Option<Hours>) {
        let stands = self
            .loans
            .last()
            .is_some_and(|(_, after, _)| *after == self.stands);
        if self.stands == to {
            match (until, self.loans.last_mut()) {
                (Some(until), Some(top)) if stands => top.2 = until,
                (None, Some(_)) if stands => self.loans.clear(),
                _ => {}
            }
            return;
        }
        if until.is_none() || !stands {
            self.loans.clear();
        }
        let before = std::mem::replace(&mut self.stands, to.to_owned());
        self.loans
            .extend(until.map(|until| (before, to.to_owned(), until)));
    }

    fn expire(&mut self, now: Hours) {
        let stood = self.loans.last().map(|(_, after, _)| after.clone());
        let mut back = None;
        while let Some((before, _, _)) = self.loans.pop_if(|loan| loan.2 <= now) {
            back = Some(before);
        }
        if let Some(back) = back
            && stood.as_ref() == Some(&self.stands)
        {
            self.stands = back;
        }
    }
}

#[derive(Clone, Debug)]
enum Deed {
    Set(&'static str, Option<Hours>),
    SomebodyElse(&'static str),
    Expire(Hours),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let value = || prop::sample::select(&["john", "a", "b", "c"][..]);
    let deed = prop_oneof![
        4 => (value(), prop::option::weighted(0.8, 0i64..12)).prop_map(|(to, until)| Deed::Set(to, until)),
        1 => value().prop_map(Deed::SomebodyElse),
        3 => (0i64..14).prop_map(Deed::Expire),
    ];
    prop::collection::vec(deed, 1..14)
}

proptest! {
    #[test]
    fn runs_tell_what_a_model_knows(deeds in deeds()) {
        let mut desk = Desk::new(Some("john"));
        let mut model = Model { stands: "john".into(), ..Model::default() };
        for deed in &deeds {
            match deed {
                Deed::Set(to, until) => {
                    desk.set(to, *until);
                    model.set(to, *until);
                }
                Deed::SomebodyElse(to) => {
                    desk.stands = Some((*to).into());
                    model.stands = (*to).into();
                }
                Deed::Expire(now) => {
                    desk.expire(*now);
                    model.expire(*now);
                }
            }
            prop_assert_eq!(desk.stands(), &model.stands, "{:?}", deeds);
        }
    }
}
