//! What is read of a domain's neighbours: all of it for `routes check`, and a glance before a write.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use crate::api::{self, Client, Completeness, SubscriberFilter, Worth};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::{Change, Domain, DomainKey, NumberKey, Route, RouteKey, count};
use crate::plan::check::{Neighbours, Users, foreign_number, named_user, unknown_user};
use crate::plan::finding::{Code as About, Finding};
use crate::plan::lint::{SORTER, differs_in_case};
use crate::plan::{Plan, Warning};

/// A glance before a write takes so many requests, and so long (`design.md` §2 "set").
const GLANCES: usize = 10;
const GLANCE: Duration = Duration::from_secs(2);
/// A server that says it is too much, and not for how long, is left alone for a minute, so many times.
const REST: Duration = Duration::from_secs(60);
const RESTS: usize = 3;

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Users,
    Numbers,
    Routed,
}

impl What {
    fn words(self) -> &'static str {
        match self {
            Self::Users => "the subscribers, so that users behind routes were not judged",
            Self::Numbers => "the numbers, so that called numbers were not judged",
            Self::Routed => "the numbers that lead to the routes, so that they were not judged",
        }
    }
}

/// Reads neighbours domain by domain, at the pace that the server allows.
pub(crate) struct Reader<'a> {
    ctx: &'a Context,
    client: &'a Client,
    /// What the token may not read is asked for once.
    forbidden: Vec<What>,
    /// When the requests of the last window were sent.
    sent: VecDeque<Instant>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(ctx: &'a Context, client: &'a Client) -> Self {
        Self {
            ctx,
            client,
            forbidden: Vec::new(),
            sent: VecDeque::new(),
        }
    }

    /// At most three requests; the numbers only where a route names one. What could not be read, or not
    /// for certain, is told in a note and judged by nobody.
    ///
    /// # Errors
    /// No connection, a dead session: whatever the next request would meet as well.
    pub(crate) fn read(
        &mut self,
        domain: &Domain,
        routes: &[Route],
    ) -> Result<(Neighbours, Vec<Finding>), Error> {
        let (ctx, client) = (self.ctx, self.client);
        let mut notes = Vec::new();
        let mut users = Users::default();
        let mut told = self.ask(What::Users, domain, &mut notes, || {
            ctx.subscribers(client, &SubscriberFilter::domain(domain), &mut |row| {
                users.add(&row);
                Ok(())
            })
        })?;
        let mut all = Neighbours {
            users: told.then_some(users),
            ..Neighbours::default()
        };
        for (what, user) in [(What::Numbers, None), (What::Routed, Some(SORTER))] {
            if what == What::Numbers && routes.iter().all(|route| route.dnis.is_none()) {
                continue;
            }
            let mut numbers = HashSet::new();
            told = self.ask(what, domain, &mut notes, || {
                ctx.phone_numbers(client, domain, user, &mut |row| {
                    numbers.extend(row.number.as_deref().map(NumberKey::of));
                    Ok(())
                })
            })?;
            let numbers = told.then_some(numbers);
            match what {
                What::Numbers => all.numbers = numbers,
                _ => all.routed = numbers,
            }
        }
        Ok((all, notes))
    }

    /// Whether all of it was read for certain.
    fn ask(
        &mut self,
        what: What,
        domain: &Domain,
        notes: &mut Vec<Finding>,
        mut read: impl FnMut() -> Result<Completeness, api::Error>,
    ) -> Result<bool, Error> {
        if self.forbidden.contains(&what) {
            return Ok(false);
        }
        let mut rests = 0;
        let answer = loop {
            self.pace();
            match read().map_err(|error| (judgeable(&error), Error::from(error))) {
                Err((_, error)) if error.code == Code::RateLimited && rests < RESTS => {
                    rests += 1;
                    self.ctx
                        .ui
                        .status("the server says it is too much; waiting a minute");
                    if !self.client.stop().sleep(REST) {
                        return Err(error);
                    }
                }
                answer => break answer,
            }
        };
        let (key, why) = match answer {
            Ok(completeness) if completeness.worth() == Worth::Whole => return Ok(true),
            Ok(completeness) => {
                let rows = usize::try_from(completeness.received).unwrap_or(usize::MAX);
                let rows = count(rows, "row");
                (
                    Some(domain),
                    format!("the list may have been cut at {rows}"),
                )
            }
            Err((_, error)) if error.code == Code::Forbidden => {
                self.forbidden.push(what);
                (None, error.to_string())
            }
            Err((true, error)) => (Some(domain), error.to_string()),
            Err((false, error)) => return Err(error),
        };
        notes.push(Finding {
            code: About::NotLookedAt,
            key: key.map(Domain::to_string),
            text: format!("not looked at: {} ({why})", what.words()),
            route: None,
            mend: None,
        });
        Ok(false)
    }

    /// Waits until another request is within the rate that is known.
    fn pace(&mut self) {
        let Some(rate) = self.ctx.facts().rate() else {
            return;
        };
        let most = usize::try_from(rate.requests).unwrap_or(usize::MAX).max(1);
        while self.sent.len() >= most {
            let free = self.sent.pop_front().map(|first| first + rate.window);
            let wait = free.and_then(|free| free.checked_duration_since(Instant::now()));
            self.client.stop().sleep(wait.unwrap_or_default());
        }
        self.sent.push_back(Instant::now());
    }
}

/// An answer that is about this one list; another request may well be answered.
fn judgeable(error: &api::Error) -> bool {
    match error {
        api::Error::Answer(answer) => answer.status != 401,
        api::Error::Unreadable { .. } => true,
        _ => false,
    }
}

/// What is to be written: the route before, the route after, and where it was asked for.
pub(crate) type Written<'a> = (Option<&'a Route>, &'a Route, Option<&'a str>);

/// What neighbours say of the users behind routes that are to be written, each asked for by name and all
/// within 10 requests and 2 s; what was not looked at is one line. It changes nothing else.
pub(crate) fn warnings<'a>(
    ctx: &Context,
    client: &Client,
    written: impl Iterator<Item = Written<'a>>,
) -> Vec<Warning> {
    let mut wanted = BTreeMap::new();
    for (before, after, source) in written {
        let domain = after
            .domain
            .as_deref()
            .and_then(|name| Domain::parse(name).ok());
        let same = before.is_some_and(|before| before.same_value(after));
        if let (false, Some(domain), Some(name)) = (same, domain, named_user(after)) {
            let key = (domain.to_string(), name);
            wanted.entry(key).or_insert((domain, source));
        }
    }
    let mut glance = Glance {
        client,
        lists: HashMap::new(),
        left: GLANCES,
        end: Instant::now() + GLANCE,
    };
    let (mut found, mut missed) = (Vec::new(), Vec::new());
    let all = wanted.len();
    for ((_, name), (domain, source)) in wanted {
        match glance.at(&domain, name) {
            Some(warning) => found.extend(warning.map(|warning| {
                Warning {
                    source: source.map(str::to_owned),
                    nobody: (warning.code == About::UnknownDestination)
                        .then(|| (domain.key(), name.to_owned())),
                    ..warning
                }
            })),
            None => missed.push(domain),
        }
    }
    if let Some(first) = missed.first() {
        let look = ctx.ready(&format!("routes check --domain {first}"));
        let text = format!(
            "{} of {} not looked up: `{look}` looks at all of them",
            missed.len(),
            count(all, "user destination")
        );
        found.push(Warning::new(About::NotLookedAt, text));
    }
    found
}

/// The same of what a plan is to write, among its warnings.
pub(crate) fn warn(ctx: &Context, client: &Client, plan: &mut Plan) {
    let operations = plan.operations.iter();
    let written = operations.filter_map(|operation| {
        let Change { before, after, .. } = &operation.change;
        Some((before.as_ref(), after.as_ref()?, Some(&*operation.source)))
    });
    let found = warnings(ctx, client, written);
    let new = found.into_iter().filter(|one| !plan.warnings.contains(one));
    let new: Vec<Warning> = new.collect();
    plan.warnings.extend(new);
}

/// Called numbers of these new routes that the domain does not own: one read, where any is named. A list
/// that may be cut says nothing, nor does one that cannot be read.
pub(crate) fn foreign_numbers<'a>(
    client: &Client,
    domain: &Domain,
    new: impl Iterator<Item = (RouteKey, Option<&'a str>)>,
) -> Vec<Warning> {
    let called = new.filter_map(|(key, source)| Some((key.dnis?, source)));
    let called = called.filter(|(dnis, _)| dnis.as_str() != "*");
    let mut called: BTreeMap<NumberKey, Option<&str>> = called.collect();
    if called.is_empty() {
        return Vec::new();
    }
    let read = client.impatient().phone_numbers(domain, None, &mut |row| {
        if let Some(number) = &row.number {
            called.remove(&NumberKey::of(number));
        }
        Ok(())
    });
    if !read.is_ok_and(|all| all.worth() == Worth::Whole) {
        log::info!("the numbers of {domain} were not looked up");
        return Vec::new();
    }
    let warning = |(dnis, source): (NumberKey, Option<&str>)| Warning {
        source: source.map(str::to_owned),
        ..Warning::new(About::ForeignDnis, foreign_number(&dnis))
    };
    called.into_iter().map(warning).collect()
}

/// What a domain's names say of one.
fn judged(name: &str, users: &Users) -> Option<Warning> {
    let (code, near, text) = match users.find(name) {
        Some(known) if known == name => return None,
        Some(known) => (About::CaseOnly, Some(known), differs_in_case(name, known)),
        None => {
            let near = users.near(name);
            (About::UnknownDestination, near, unknown_user(name, near))
        }
    };
    Some(Warning {
        near: near.map(str::to_owned),
        ..Warning::new(code, text)
    })
}

/// Requests that are left, and until when.
struct Glance<'a> {
    client: &'a Client,
    /// The names of domains that were read whole.
    lists: HashMap<DomainKey, Users>,
    left: usize,
    end: Instant,
}

impl Glance<'_> {
    /// What is wrong with a user's name; none where that could not be seen.
    fn at(&mut self, domain: &Domain, name: &str) -> Option<Option<Warning>> {
        if let Some(users) = self.lists.get(&domain.key()) {
            return Some(judged(name, users));
        }
        let all = SubscriberFilter::domain(domain);
        let by_user = SubscriberFilter {
            user: Some(name),
            ..all.clone()
        };
        let by_login = SubscriberFilter {
            login: Some(name),
            ..all.clone()
        };
        for filter in [by_user, by_login] {
            let users = self.ask(&filter)?;
            if users.find(name).is_some() {
                return Some(judged(name, &users));
            }
        }
        // Who may have been meant: all of them, for the domain's other names as well.
        let users = self.ask(&all);
        let judged = judged(name, users.as_ref().unwrap_or(&Users::default()));
        self.lists.extend(users.map(|users| (domain.key(), users)));
        Some(judged)
    }

    fn ask(&mut self, filter: &SubscriberFilter<'_>) -> Option<Users> {
        let time = self.end.checked_duration_since(Instant::now())?;
        self.left = self.left.checked_sub(1)?;
        let mut users = Users::default();
        let read = self.client.glance_at_subscribers(filter, time, &mut |row| {
            users.add(&row);
            Ok(())
        });
        match read {
            Ok(completeness) => (completeness.worth() == Worth::Whole).then_some(users),
            Err(error) => {
                log::info!("users were not looked up: {error}");
                // What fails once most likely fails again, and nobody should wait for it.
                self.left = 0;
                None
            }
        }
    }
}
