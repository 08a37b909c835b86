//! What notes do to facts, and what facts allow.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Fact, Facts, Observed, Place, Probed, Rate, Standing};
use crate::model::{AccountId, Origin};

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("temp"))
    }

    fn of(&self, account: &str, days: i64) -> Facts {
        let account = AccountId::parse(account).expect("an account");
        let now = Timestamp::now() + SignedDuration::from_hours(24 * days);
        let place = Place::under(self.0.path(), &Origin::default(), &account);
        Facts::at(Some(place), now)
    }

    fn facts(&self) -> Facts {
        self.of("a1", 0)
    }

    fn text(&self) -> String {
        let directory = self.0.path().join("servers");
        let files = std::fs::read_dir(directory).expect("a directory").flatten();
        let mut files = files.filter(|file| file.path().extension().is_some());
        let file = files.next().expect("a file").path();
        #[cfg(unix)] // modes of files
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&file).expect("stat").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::read_to_string(file).expect("text")
    }
}

fn rate(requests: u32) -> Observed {
    let window = Duration::from_secs(60);
    Observed::Rate(Rate { requests, window })
}

#[test]
fn what_is_noted_is_known_to_the_next_run_and_to_no_other_account() {
    let home = Home::new();
    let mut facts = home.facts();
    facts.set_run("doctor");
    facts.found(Probed::Delete("exact"));
    facts.note(Observed::Spelling("11"));
    facts.note(Observed::Spelling("+"));
    assert!(facts.delete_exact(), "at once");
    facts.save().expect("saved");
    let facts = home.facts();
    assert!(facts.delete_exact());
    let known = facts.known(Fact::Delete).expect("known");
    assert_eq!((known.run.as_deref(), known.samples), (Some("doctor"), 1));
    assert_eq!(facts.known(Fact::Spellings).expect("known").value, "+ 11");
    assert_eq!(facts.shown().len(), Fact::ALL.len());
    assert!(!home.of("a2", 0).delete_exact());
}

#[test]
fn nothing_learnt_by_the_way_makes_us_less_careful() {
    let home = Home::new();
    let untouched = home.facts();
    let notes = [
        Observed::RoundLists(100),
        Observed::LongList(3000),
        Observed::ListShape("array"),
        Observed::DnisForm("null"),
        Observed::Spelling("11"),
        Observed::Lag(Duration::ZERO),
        Observed::Lag(Duration::from_secs(9)),
        Observed::TookSiblings,
        Observed::SiblingsStayed,
        Observed::SiblingsStayed,
        Observed::DeleteGone(404),
        rate(60),
    ];
    let mut facts = home.facts();
    for _ in 0..3 {
        for note in notes.clone() {
            facts.note(note.clone());
            assert!(!facts.delete_exact(), "{note:?}");
            assert!(!facts.paging() && !facts.ani_filter_exact(), "{note:?}");
            let usual = Duration::from_secs(15);
            assert!(facts.lag_window(usual) >= usual, "{note:?}");
            for rows in [50, 100, 200, 250, 500, 1000, 2000, 5000] {
                assert!(
                    facts.is_doubtful(rows) && untouched.is_doubtful(rows),
                    "{note:?}"
                );
            }
        }
    }
}

#[test]
fn one_contradiction_makes_a_fact_unknown_and_says_so() {
    let cases = [
        (
            Probed::Delete("exact"),
            Observed::TookSiblings,
            Fact::Delete,
        ),
        (
            Probed::ListCut(Some(100)),
            Observed::LongList(101),
            Fact::ListCut,
        ),
        (
            Probed::WholeList("given"),
            Observed::WholeListRefused,
            Fact::WholeList,
        ),
        (
            Probed::DeleteGone(204),
            Observed::DeleteGone(404),
            Fact::DeleteGone,
        ),
    ];
    for (probed, seen, fact) in cases {
        let home = Home::new();
        let mut facts = home.facts();
        facts.found(probed);
        facts.save().expect("saved");
        let mut facts = home.facts();
        facts.note(seen.clone());
        let told = facts.contradictions();
        assert_eq!((told.len(), told[0].fact), (1, fact));
        facts.save().expect("saved");
        assert_eq!(home.facts().known(fact), None, "{seen:?}");
    }
    let home = Home::new();
    let mut facts = home.facts();
    facts.found(Probed::ListCut(Some(100)));
    for rows in [7, 99, 100] {
        facts.note(Observed::LongList(rows));
    }
    assert_eq!(facts.list_cut(), Some(100), "shorter lists say nothing");
}

#[test]
fn siblings_that_stayed_confirm_and_never_make_known() {
    let home = Home::new();
    let mut facts = home.facts();
    facts.note(Observed::SiblingsStayed);
    assert_eq!(facts.known(Fact::Delete), None);
    facts.found(Probed::Delete("exact"));
    facts.save().expect("saved");
    let mut later = home.of("a1", 60);
    later.note(Observed::SiblingsStayed);
    later.save().expect("saved");
    let facts = home.of("a1", 149);
    assert!(facts.delete_exact(), "renewed after 60 days");
    assert_eq!(facts.known(Fact::Delete).expect("known").samples, 2);
}

#[test]
fn a_fact_ends_after_90_days_and_that_is_told_14_days_ahead() {
    let home = Home::new();
    let mut facts = home.facts();
    facts.found(Probed::Paging("understood"));
    facts.save().expect("saved");
    for (days, known, ending) in [(75, true, false), (77, true, true), (91, false, false)] {
        let facts = home.of("a1", days);
        assert_eq!(
            (facts.paging(), !facts.ending().is_empty()),
            (known, ending),
            "{days}"
        );
    }
}

#[test]
fn a_lag_only_grows_and_lengthens_the_window_up_to_a_minute() {
    let home = Home::new();
    let mut facts = home.facts();
    let usual = Duration::from_secs(15);
    for (lag, window) in [(2, 15), (10, 20), (1, 20), (29, 58), (50, 60)] {
        facts.note(Observed::Lag(Duration::from_secs(lag)));
        assert_eq!(
            facts.lag_window(usual),
            Duration::from_secs(window),
            "{lag}"
        );
    }
    assert_eq!(
        facts.known(Fact::Lag).expect("known").samples,
        4,
        "a quick read is no sample"
    );
}

#[test]
fn a_cut_that_was_found_makes_other_lengths_certain_and_a_seen_one_does_not() {
    let facts = |probed: Option<u64>| {
        let mut facts = Home::new().facts();
        facts.found(Probed::ListCut(probed));
        facts
    };
    assert!(facts(Some(75)).is_doubtful(75) && !facts(Some(75)).is_doubtful(50));
    // A longer list shows that nothing is cut at 75.
    assert!(facts(Some(75)).is_doubtful(100));
    assert!(!facts(None).is_doubtful(100));
    let mut seen = Home::new().facts();
    seen.note(Observed::RoundLists(250));
    assert!(seen.is_doubtful(250) && seen.is_doubtful(100));
}

#[test]
fn two_processes_lose_nothing_of_each_other() {
    let home = Home::new();
    let (mut one, mut other) = (home.facts(), home.facts());
    one.note(Observed::TookSiblings);
    other.note(rate(60));
    one.save().expect("saved");
    other.save().expect("saved");
    let facts = home.facts();
    assert!(facts.delete_wide());
    let minute = Duration::from_secs(60);
    assert_eq!(
        facts.rate(),
        Some(Rate {
            requests: 60,
            window: minute
        })
    );
}

#[test]
fn by_the_way_a_fact_is_written_once_a_day() {
    let home = Home::new();
    let note = |days| {
        let mut facts = home.of("a1", days);
        facts.note(Observed::Spelling("11"));
        facts.save().expect("saved");
        let known = facts.known(Fact::Spellings).expect("known");
        (known.samples, known.standing)
    };
    assert_eq!(note(0), (1, Standing::Observed));
    let text = home.text();
    assert_eq!(note(0).0, 1);
    assert_eq!(home.text(), text);
    assert_eq!(note(2).0, 2);
}

#[test]
fn what_is_only_seen_again_neither_reads_nor_writes_the_file_a_second_time() {
    let home = Home::new();
    let mut facts = home.facts();
    facts.note(Observed::Spelling("11"));
    facts.save().expect("saved");
    let mut facts = home.facts();
    facts.note(Observed::Spelling("11"));
    let directory = home.0.path().join("servers");
    std::fs::rename(&directory, home.0.path().join("elsewhere")).expect("moved");
    facts.save().expect("nothing to save");
    assert!(!directory.exists());
    facts.note(Observed::Spelling("+"));
    facts.save().expect("saved");
    assert!(home.text().contains("+"), "{}", home.text());
}

#[test]
fn a_file_that_cannot_be_believed_is_none() {
    let home = Home::new();
    let mut facts = home.facts();
    facts.found(Probed::Delete("exact"));
    facts.save().expect("saved");
    let text = home.text();
    let path = facts.place.as_ref().expect("a place");
    let damaged = [
        text.replace("a1", "a2"),
        text.replace("\"version\": 1", "\"version\": 2"),
        text.replace("probed", "guessed"),
        text[..text.len() / 2].to_owned(),
        String::new(),
    ];
    for text in damaged {
        std::fs::write(path.path(), &text).expect("write");
        assert!(!home.facts().delete_exact(), "{text}");
    }
    let nowhere = Facts::load(None);
    assert!(nowhere.known(Fact::Delete).is_none());
}

#[test]
fn lists_that_all_end_at_one_round_number_are_cut_there() {
    let cases = [
        (vec![(100, 3)], Some(100)),
        (vec![(7, 9), (100, 3)], Some(100)),
        (vec![(100, 2)], None),
        (vec![(100, 3), (101, 1)], None),
        (vec![(99, 5)], None),
        (vec![], None),
    ];
    for (lengths, cut) in cases {
        let mut facts = Home::new().facts();
        for observed in Observed::lengths(&lengths.iter().copied().collect()) {
            facts.note(observed);
        }
        assert_eq!(facts.list_cut(), cut, "{lengths:?}");
    }
}
