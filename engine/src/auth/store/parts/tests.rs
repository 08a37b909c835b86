use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use secrecy::zeroize::Zeroizing;

use super::{Entries, PartsError, delete, read};
use crate::auth::RecordError;

/// Entries in memory that can stop working after a number of changes.
#[derive(Default)]
struct Fake {
    entries: RefCell<BTreeMap<String, String>>,
    changes_left: Cell<Option<usize>>,
    /// Not so on Windows.
    unlimited: Cell<bool>,
    /// How often an entry's text was handed out: as often macOS may ask.
    gets: Cell<usize>,
    /// Replaces everything by this when a part is asked for the first time.
    switch: RefCell<Option<BTreeMap<String, String>>>,
}

impl Fake {
    fn change(&self) -> Result<(), ()> {
        match self.changes_left.get() {
            Some(0) => Err(()),
            Some(n) => {
                self.changes_left.set(Some(n - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn edit(&self, name: &str, text: &str) {
        self.entries.borrow_mut().insert(name.into(), text.into());
    }
}

impl Entries for Fake {
    type Error = ();

    fn get(&self, name: &str) -> Result<Option<Zeroizing<String>>, ()> {
        self.gets.set(self.gets.get() + 1);
        if name.contains('/')
            && let Some(new) = self.switch.take()
        {
            self.entries.replace(new);
        }
        Ok(self.entries.borrow().get(name).cloned().map(Zeroizing::new))
    }

    fn put(&self, name: &str, text: &str) -> Result<(), ()> {
        self.change()?;
        assert!(
            self.unlimited.get() || text.encode_utf16().count() * 2 <= 2_400,
            "too long for Windows"
        );
        self.edit(name, text);
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<bool, ()> {
        self.change()?;
        Ok(self.entries.borrow_mut().remove(name).is_some())
    }

    fn unlimited(&self) -> bool {
        self.unlimited.get()
    }
}

fn fake(unlimited: bool) -> Fake {
    let fake = Fake::default();
    fake.unlimited.set(unlimited);
    fake
}

/// As the keyring's store does: what is there is read first.
fn write(fake: &Fake, generation: &str, content: &str) -> Result<(), PartsError<()>> {
    super::write(fake, "p", read(fake, "p")?, generation, content)
}

fn text(fake: &Fake) -> Option<String> {
    let kept = read(fake, "p").expect("readable");
    kept.content.map(|text| text.to_string())
}

fn long(seed: char) -> String {
    // Four UTF-8 bytes a character, so that no cut falls on a boundary by luck.
    std::iter::repeat_n(['x', seed, '\u{1f600}'], 1_700)
        .flatten()
        .collect()
}

#[test]
fn long_texts_come_back_and_leave_nothing_behind() {
    for (unlimited, entries) in [(false, 10), (true, 1)] {
        let fake = fake(unlimited);
        assert_eq!(text(&fake), None);
        for (generation, content) in [("1", "{}".into()), ("2", String::new()), ("3", long('a'))] {
            write(&fake, generation, &content).expect("write");
            assert_eq!(text(&fake), Some(content));
        }
        assert_eq!(fake.entries.borrow().len(), entries);
        assert_eq!(delete(&fake, "p"), Ok(true));
        assert!(fake.entries.borrow().is_empty());
        assert_eq!(delete(&fake, "p"), Ok(false));
    }
}

#[test]
fn an_unlimited_entry_is_read_once_for_each_thing_done() {
    let fake = fake(true);
    let gets = |what: &str| assert_eq!(fake.gets.replace(0), 1, "{what}");
    write(&fake, "1", &long('a')).expect("write");
    gets("the first write");
    write(&fake, "2", &long('b')).expect("write");
    gets("another write");
    text(&fake);
    gets("a read");
    delete(&fake, "p").expect("delete");
    gets("a delete");
}

#[test]
fn a_write_cut_short_anywhere_leaves_old_or_new_and_the_next_one_cleans_up() {
    // Also where a build that cut every text into parts was here before.
    for (before, after, left) in [(false, false, 2), (true, true, 1), (false, true, 1)] {
        for steps in 0.. {
            let fake = fake(before);
            write(&fake, "1", &long('a')).expect("write");
            fake.unlimited.set(after);
            fake.changes_left.set(Some(steps));
            let finished = write(&fake, "2", &long('b')).is_ok();
            let now = text(&fake).expect("a text");
            assert!(now == long('a') || now == long('b'), "after {steps} steps");
            fake.changes_left.set(None);
            write(&fake, "3", "short").expect("the next write");
            assert_eq!(text(&fake).as_deref(), Some("short"));
            assert_eq!(fake.entries.borrow().len(), left, "after {steps} steps");
            if finished {
                assert_eq!(steps >= 20, !after, "{steps} steps");
                break;
            }
        }
    }
}

#[test]
fn a_first_write_cut_short_is_no_text_and_a_delete_cut_short_is_finished_by_the_next() {
    for steps in 0..5 {
        let fake = Fake::default();
        fake.changes_left.set(Some(steps));
        write(&fake, "1", &long('a')).expect_err("cut short");
        assert_eq!(text(&fake), None);
        fake.changes_left.set(None);
        delete(&fake, "p").expect("delete");
        assert!(fake.entries.borrow().is_empty());

        write(&fake, "1", &long('a')).expect("write");
        fake.changes_left.set(Some(steps));
        delete(&fake, "p").expect_err("cut short");
        fake.changes_left.set(None);
        delete(&fake, "p").expect("delete");
        assert!(fake.entries.borrow().is_empty());
    }
}

#[test]
fn a_reader_who_meets_a_writer_starts_again() {
    let new = Fake::default();
    write(&new, "2", &long('b')).expect("write");
    let fake = Fake::default();
    write(&fake, "1", &long('a')).expect("write");
    fake.switch.replace(Some(new.entries.take()));
    assert_eq!(text(&fake), Some(long('b')));
}

#[test]
fn damaged_and_foreign_entries_are_errors_and_are_not_written_over() {
    let damaged = RecordError::SOMEWHERE;
    for (what, entry, content, expected) in [
        ("a part emptied", "p/1/0", "", RecordError::Incomplete),
        ("a part changed", "p/1/1", "x", RecordError::Incomplete),
        ("not ours", "p", "hunter2", RecordError::Foreign),
        (
            "newer",
            "p",
            r#"{"format":"skyswitch.parts/2"}"#,
            RecordError::Version,
        ),
        (
            "damaged",
            "p",
            r#"{"format":"skyswitch.parts/1","text":7}"#,
            damaged,
        ),
    ] {
        let fake = Fake::default();
        write(&fake, "1", &long('a')).expect("write");
        match content {
            "" => assert_eq!(fake.remove(entry), Ok(true)),
            _ => fake.edit(entry, content),
        }
        let Err(PartsError::Record(error)) = read(&fake, "p") else {
            panic!("{what} was read");
        };
        assert_eq!(error, expected, "{what}");
        assert!(write(&fake, "2", "new").is_err(), "{what}");
        assert_eq!(delete(&fake, "p"), Ok(true), "{what}");
        assert_eq!(text(&fake), None, "{what}");
    }
}
