//! Sessions against an endpoint that revokes what is used twice.

use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use super::{Fate, Session, SessionError, forget, save, unix_now};
use crate::auth::fake::{Endpoint, MemoryStore, Mishap};
use crate::auth::record::tests::{bearer, full};
use crate::auth::store::FileStore;
use crate::auth::{BearerSource, Cause, GrantError, Grants, Record, Store, StoreError};
use crate::durable::Lock;
use crate::model::Origin;

struct World {
    temp: tempfile::TempDir,
    endpoint: Arc<Endpoint>,
    store: Arc<MemoryStore>,
}

impl World {
    fn new(record: Record) -> Self {
        Self {
            temp: tempfile::tempdir().expect("temp"),
            endpoint: Arc::default(),
            store: Arc::new(MemoryStore::with(record)),
        }
    }

    fn session(&self) -> Session {
        self.session_with(self.store.clone(), self.endpoint.clone())
    }

    fn session_with(&self, store: Arc<dyn Store>, grants: Arc<dyn Grants>) -> Session {
        Session::new(
            "default",
            Origin::default(),
            store,
            grants,
            self.temp.path(),
        )
    }
}

/// A record whose token began `age` seconds ago, for a life of ten minutes.
fn aged(age: u64) -> Record {
    let now = unix_now().as_secs();
    Record {
        obtained_at: now - age,
        expires_at: Some(now - age + 600),
        password: None,
        ..full()
    }
}

fn expired() -> Record {
    aged(601)
}

fn with_password(record: Record) -> Record {
    Record {
        password: full().password,
        ..record
    }
}

fn token(result: Result<crate::secret::Bearer, Cause>) -> String {
    result.expect("a token").secret().expose().to_owned()
}

fn error(result: Result<crate::secret::Bearer, Cause>) -> SessionError {
    let error = result.expect_err("no token");
    *error.downcast::<SessionError>().expect("a session error")
}

#[test]
fn a_fresh_token_is_used_as_it_is() {
    let world = World::new(aged(10));
    assert_eq!(token(world.session().bearer()), "sbx_access");
    assert_eq!(world.endpoint.counts(), (0, 0, 0));
}

#[test]
fn an_expired_token_is_refreshed_once_and_the_new_one_stored() {
    let world = World::new(expired());
    let session = world.session();
    for _ in 0..3 {
        assert_eq!(token(session.bearer()), "sbx_access1");
    }
    assert_eq!(world.endpoint.counts(), (1, 0, 0));
    let stored = world.store.get().expect("a record");
    assert_eq!(stored.access_token, bearer("sbx_access1"));
    assert_eq!(
        stored.refresh_token.expect("a token").expose(),
        "sbx_refresh1"
    );
    assert!(session.take_notes().is_empty());
}

#[test]
fn a_token_within_the_margin_is_renewed_early() {
    let world = World::new(aged(541));
    assert_eq!(token(world.session().bearer()), "sbx_access1");
    let world = World::new(aged(530));
    assert_eq!(token(world.session().bearer()), "sbx_access");
}

#[test]
fn fifty_sessions_on_an_expired_token_make_one_refresh() {
    for round in 0..3 {
        let world = World::new(expired());
        let directory = world.temp.path().join("credentials");
        FileStore::new(directory.clone())
            .write("default", &expired())
            .expect("write");
        let start = Barrier::new(50);
        std::thread::scope(|scope| {
            for number in 0..50 {
                let (world, start, directory) = (&world, &start, &directory);
                scope.spawn(move || {
                    // Each with a store and a gate of its own, as processes are.
                    let store = Arc::new(FileStore::new(directory.clone()));
                    let session = world.session_with(store, world.endpoint.clone());
                    start.wait();
                    let result = if number % 2 == 0 {
                        session.bearer()
                    } else {
                        session.renew(&bearer("sbx_access"))
                    };
                    assert_eq!(token(result), "sbx_access1");
                });
            }
        });
        assert_eq!(world.endpoint.counts(), (1, 0, 0), "round {round}");
    }
}

#[test]
fn threads_with_the_same_refused_token_make_one_refresh() {
    let world = World::new(aged(10));
    let session = world.session();
    let start = Barrier::new(16);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let used = session.bearer().expect("a token");
                start.wait();
                assert_eq!(token(session.renew(&used)), "sbx_access1");
            });
        }
    });
    assert_eq!(world.endpoint.counts(), (1, 0, 0));
}

#[test]
fn a_token_another_process_stored_is_adopted() {
    let world = World::new(aged(10));
    let session = world.session();
    let used = session.bearer().expect("a token");
    world.store.set(Some(Record {
        access_token: bearer("sbx_theirs"),
        ..aged(1)
    }));
    assert_eq!(token(session.renew(&used)), "sbx_theirs");
    assert_eq!(world.endpoint.counts(), (0, 0, 0));
}

#[test]
fn a_stored_token_that_differs_and_is_over_is_refreshed_all_the_same() {
    let world = World::new(aged(10));
    let session = world.session();
    let used = session.bearer().expect("a token");
    world.store.set(Some(Record {
        access_token: bearer("sbx_theirs"),
        ..expired()
    }));
    assert_eq!(token(session.renew(&used)), "sbx_access1");
    assert_eq!(world.endpoint.counts(), (1, 0, 0));
}

#[test]
fn a_clock_set_back_by_years_costs_nothing_until_a_401() {
    let future = unix_now().as_secs() + 100_000_000;
    let world = World::new(Record {
        obtained_at: future,
        expires_at: Some(future + 600),
        ..full()
    });
    let session = world.session();
    let used = session.bearer().expect("a token");
    assert_eq!(world.endpoint.counts(), (0, 0, 0));
    assert_eq!(token(session.renew(&used)), "sbx_access1");
    // Timed by our own clock now: no storm.
    for _ in 0..5 {
        assert_eq!(token(session.bearer()), "sbx_access1");
        assert_eq!(token(world.session().bearer()), "sbx_access1");
    }
    assert_eq!(world.endpoint.counts(), (1, 0, 0));
}

#[test]
fn odd_lives_make_no_storm() {
    for life in [None, Some(0), Some(1), Some(u64::MAX)] {
        let world = World::new(expired());
        world.endpoint.life(life);
        let session = world.session();
        for _ in 0..3 {
            assert_eq!(token(session.bearer()), "sbx_access1", "{life:?}");
        }
        assert_eq!(world.endpoint.counts(), (1, 0, 0), "{life:?}");
    }
}

#[test]
fn a_lost_answer_ends_the_session_unless_the_password_is_remembered() {
    let lost = |record| {
        let world = World::new(record);
        world.endpoint.plan([Mishap::AnswerLost]);
        let failed = error(world.session().bearer());
        assert!(matches!(failed, SessionError::Transport(_)), "{failed}");
        world
    };
    let world = lost(expired());
    let failed = error(world.session().bearer());
    assert!(matches!(failed, SessionError::Dead(_)), "{failed}");
    assert_eq!(
        world.store.get(),
        Some(expired_as(&world)),
        "what is stored stays"
    );

    let world = lost(with_password(expired()));
    assert_eq!(token(world.session().bearer()), "sbx_access2");
    assert_eq!(world.endpoint.counts(), (2, 1, 1));
    let stored = world.store.get().expect("a record");
    assert_eq!(stored.password, full().password);
    assert_eq!(stored.refresh_token.expect("new").expose(), "sbx_refresh2");
}

/// The record as it was stored, whatever the second it was made in.
fn expired_as(world: &World) -> Record {
    let stored = world.store.get().expect("a record");
    Record {
        obtained_at: stored.obtained_at,
        expires_at: stored.expires_at,
        ..expired()
    }
}

#[test]
fn a_dead_session_stays_dead_without_asking_again() {
    let world = World::new(expired());
    world.endpoint.plan([Mishap::No; 9]);
    let session = world.session();
    for _ in 0..3 {
        assert!(matches!(error(session.bearer()), SessionError::Dead(_)));
        assert!(matches!(
            error(session.renew(&bearer("x"))),
            SessionError::Dead(_)
        ));
    }
    assert_eq!(world.endpoint.counts(), (1, 0, 0));
}

#[test]
fn a_dead_refresh_token_is_presented_once_by_whoever_waits_and_whoever_comes_later() {
    let world = World::new(expired());
    // Somebody else has used it.
    world.endpoint.plan([Mishap::AnswerLost]);
    error(world.session().bearer());
    let start = Barrier::new(20);
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let session = world.session();
                start.wait();
                let failed = error(session.bearer());
                assert!(matches!(failed, SessionError::Dead(_)), "{failed}");
            });
        }
    });
    assert_eq!(world.endpoint.counts(), (2, 0, 1), "one reuse");
    assert!(matches!(
        error(world.session().bearer()),
        SessionError::Dead(_)
    ));
    assert_eq!(world.endpoint.counts(), (2, 0, 1));
    // A new login has another token, and the note says nothing of that one.
    let token = world.endpoint.issue();
    world.store.set(Some(Record {
        refresh_token: Some(token),
        ..expired()
    }));
    assert!(world.session().bearer().is_ok());
}

#[test]
fn a_refused_client_says_nothing_of_the_token() {
    let world = World::new(expired());
    world.endpoint.plan([Mishap::No]);
    assert!(matches!(
        error(world.session().bearer()),
        SessionError::Dead(_)
    ));
    assert_eq!(token(world.session().bearer()), "sbx_access1");
    assert_eq!(world.endpoint.counts(), (2, 0, 0));
}

#[test]
fn after_a_time_out_only_a_later_command_presents_the_token_again() {
    let world = World::new(expired());
    world.endpoint.plan([Mishap::Late, Mishap::Late]);
    let fate = Fate(world.temp.path().join("session-default.fate"));
    for tries in 1..3 {
        let before = fate.read();
        let failed = error(world.session().bearer());
        assert!(matches!(failed, SessionError::Transport(_)), "{failed}");
        assert_eq!(world.endpoint.counts(), (tries, 0, 0), "once a command");
        // Whoever waited for the lock meanwhile.
        let refresh_token = full().refresh_token.expect("a token");
        let forbidden = fate.forbids(&refresh_token, &before);
        assert!(matches!(forbidden, Some(GrantError::TimedOut(_))));
        assert!(fate.forbids(&refresh_token, &fate.read()).is_none());
    }
    assert_eq!(token(world.session().bearer()), "sbx_access1");
}

#[test]
fn a_refused_password_is_not_tried_again() {
    let world = World::new(with_password(expired()));
    world.endpoint.plan([Mishap::No; 9]);
    let session = world.session();
    for _ in 0..3 {
        assert!(matches!(error(session.bearer()), SessionError::Refused(_)));
    }
    assert_eq!(world.endpoint.counts(), (1, 1, 0));
}

#[test]
fn without_a_refresh_token_the_password_serves() {
    let record = Record {
        refresh_token: None,
        ..expired()
    };
    let world = World::new(record.clone());
    assert!(matches!(
        error(world.session().bearer()),
        SessionError::Dead(_)
    ));
    let world = World::new(with_password(record));
    assert_eq!(token(world.session().bearer()), "sbx_access1");
    assert_eq!(world.endpoint.counts(), (0, 1, 0));
}

#[test]
fn a_refused_refresh_token_is_not_kept_after_the_password_served() {
    let world = World::new(with_password(expired()));
    world.endpoint.plan([Mishap::No]);
    world.endpoint.no_refresh_tokens();
    assert_eq!(token(world.session().bearer()), "sbx_access1");
    assert_eq!(world.store.get().expect("a record").refresh_token, None);
}

#[test]
fn an_unreachable_endpoint_is_temporary_and_waiting_threads_share_it() {
    /// Refuses to answer until every thread has asked.
    struct Slow(Endpoint, Barrier);
    impl Grants for Slow {
        fn password(
            &self,
            credentials: &crate::auth::Credentials,
        ) -> Result<crate::auth::TokenReply, GrantError> {
            self.0.password(credentials)
        }
        fn refresh(
            &self,
            id: &str,
            secret: &crate::secret::Secret,
            token: &crate::secret::Secret,
        ) -> Result<crate::auth::TokenReply, GrantError> {
            if self.0.counts().0 == 0 {
                self.1.wait();
                // The others are past the barrier; give the scheduler time to let them ask.
                std::thread::sleep(Duration::from_millis(100));
            }
            self.0.refresh(id, secret, token)
        }
    }
    let world = World::new(expired());
    let slow = Arc::new(Slow(Endpoint::default(), Barrier::new(8)));
    slow.0.plan([Mishap::Lost; 99]);
    let session = world.session_with(world.store.clone(), slow.clone());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            assert!(matches!(
                error(session.bearer()),
                SessionError::Transport(_)
            ))
        });
        for _ in 0..7 {
            scope.spawn(|| {
                slow.1.wait();
                assert!(matches!(
                    error(session.bearer()),
                    SessionError::Transport(_)
                ));
            });
        }
    });
    assert_eq!(slow.0.counts(), (1, 0, 0));
    // Later it is tried anew.
    assert!(matches!(
        error(session.bearer()),
        SessionError::Transport(_)
    ));
    assert_eq!(slow.0.counts(), (2, 0, 0));
}

#[test]
fn an_unreadable_answer_is_said_and_nothing_is_stored() {
    let world = World::new(expired());
    world.endpoint.plan([Mishap::Nonsense]);
    assert!(matches!(
        error(world.session().bearer()),
        SessionError::Unreadable(_)
    ));
    assert_eq!(world.endpoint.counts(), (1, 0, 0));
}

#[test]
fn a_held_lock_is_waited_for_and_then_reported_without_a_refresh() {
    let world = World::new(expired());
    let path = world.temp.path().join("session-default.lock");
    let held = Lock::acquire(&path, Duration::ZERO).expect("free");
    let session = world.session().with_lock_wait(Duration::from_millis(50));
    assert!(matches!(error(session.bearer()), SessionError::Busy));
    assert_eq!(world.endpoint.counts(), (0, 0, 0));
    drop(held);
    assert_eq!(token(session.bearer()), "sbx_access1");
    assert!(path.exists(), "the lock file is never deleted");
}

#[test]
fn another_origin_gets_nothing() {
    let world = World::new(Record {
        origin: Origin::parse("http://127.0.0.1:1").expect("an origin"),
        ..expired()
    });
    let error = error(world.session().bearer());
    assert!(matches!(error, SessionError::WrongOrigin { .. }));
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
    assert_eq!(world.endpoint.counts(), (0, 0, 0));
}

#[test]
fn a_logout_in_the_middle_is_respected() {
    let world = World::new(aged(10));
    let session = world.session();
    let used = session.bearer().expect("a token");
    assert!(forget(&*world.store, world.temp.path(), "default").expect("logout"));
    assert!(matches!(
        error(session.renew(&used)),
        SessionError::NotLoggedIn(_)
    ));
    assert!(matches!(
        error(world.session().bearer()),
        SessionError::NotLoggedIn(_)
    ));
    assert_eq!(world.endpoint.counts(), (0, 0, 0));
    assert!(world.store.get().is_none());
}

#[test]
fn a_full_disk_is_found_before_the_refresh_token_is_spent() {
    let world = World::new(expired());
    *world.store.failing_probes.lock().expect("lock") = 1;
    let session = world.session();
    assert!(matches!(error(session.bearer()), SessionError::Store(_)));
    assert_eq!(world.endpoint.counts(), (0, 0, 0));
    assert_eq!(token(session.bearer()), "sbx_access1");
}

#[test]
fn a_store_that_fails_after_the_refresh_is_tried_again_then_warned_of() {
    for (failures, kept) in [(2, true), (3, false)] {
        let world = World::new(expired());
        *world.store.failing_writes.lock().expect("lock") = failures;
        let session = world.session();
        assert_eq!(token(session.bearer()), "sbx_access1");
        let stored = world.store.get().expect("a record");
        assert_eq!(stored.access_token == bearer("sbx_access1"), kept);
        assert_eq!(session.take_notes().is_empty(), kept);
    }
}

#[test]
fn after_a_refusal_the_store_is_read_once_more() {
    /// Somebody with another lock file stores a new token while we are being refused.
    struct Overtaken(Endpoint, Arc<MemoryStore>);
    impl Grants for Overtaken {
        fn password(
            &self,
            credentials: &crate::auth::Credentials,
        ) -> Result<crate::auth::TokenReply, GrantError> {
            self.0.password(credentials)
        }
        fn refresh(
            &self,
            id: &str,
            secret: &crate::secret::Secret,
            token: &crate::secret::Secret,
        ) -> Result<crate::auth::TokenReply, GrantError> {
            self.1.set(Some(Record {
                access_token: bearer("sbx_theirs"),
                ..aged(1)
            }));
            self.0.refresh(id, secret, token)
        }
    }
    let world = World::new(with_password(expired()));
    let grants = Arc::new(Overtaken(Endpoint::default(), world.store.clone()));
    grants.0.plan([Mishap::No]);
    let session = world.session_with(world.store.clone(), grants.clone());
    assert_eq!(token(session.bearer()), "sbx_theirs");
    assert_eq!(grants.0.counts(), (1, 0, 0));
}

#[test]
fn saving_reads_back_and_waits_for_the_lock() {
    let world = World::new(expired());
    save(&*world.store, world.temp.path(), "default", &aged(5)).expect("saved");
    *world.store.failing_writes.lock().expect("lock") = 1;
    let failed = save(&*world.store, world.temp.path(), "default", &aged(5));
    assert!(
        matches!(failed, Err(SessionError::Store(error)) if matches!(*error, StoreError::Io { .. }))
    );
    assert!(matches!(
        save(&*world.store, world.temp.path(), "../x", &aged(5)),
        Err(SessionError::Store(_))
    ));
    let path = world.temp.path().join("session-default.lock");
    let held = Lock::acquire(&path, Duration::ZERO).expect("free");
    std::thread::scope(|scope| {
        let saving = scope.spawn(|| save(&*world.store, world.temp.path(), "default", &aged(6)));
        let started = Instant::now();
        while started.elapsed() < Duration::from_millis(50) {
            assert!(!saving.is_finished());
        }
        drop(held);
        saving.join().expect("no panic").expect("saved");
    });
}
