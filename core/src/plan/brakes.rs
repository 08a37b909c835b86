//! Brakes: what stops a plan before its first write, and the one flag that lifts each.
//!
//! A brake is a pure function of the writes and of what stands on the server, so it is asked again
//! when a saved plan is run. `--yes` lifts none and there is no `--force` (`design.md` §6).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use serde::Serialize;

use super::problems::escaped;
use super::server::Server;
use super::{Operation, Plan};
use crate::model::{Change, Domain, DomainKey, Found, NumberKey, Op, RouteKey, count, grouped};

/// Deletes up to this many in a domain are never too many of it.
const FEW_DELETES: usize = 3;
/// Deletes beyond this many in all are too many, however large the domains are.
const MANY_DELETES: usize = 50;
/// Changes below this many in a domain are never too many of it.
const FEW_CHANGES: usize = 10;
/// Permits deletes that may take other routes of the caller along.
pub const WIDE_DELETE: &str = "--allow-wide-delete";
/// How many keys a message names, and one of several messages.
const NAMED: usize = 10;
const FEW_NAMED: usize = 2;

/// Why a plan is stopped; the words are stable and public (`"brakes":[{"code":…}]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The server has more routes than it sent: nothing may be added, because it could stand there
    /// unseen, and nothing deleted; no flag lifts it.
    ListIncomplete,
    /// A domain would have no route left.
    EmptyDomain,
    /// More than a quarter of a domain and at least 3, or more than 50 in all.
    ManyDeletes,
    /// More than half of a domain and at least 10.
    ManyChanges,
    /// A route without dnis goes while others of its caller stay.
    WideDelete,
}

/// What the flags of this run permit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--allow-empty-domain D`, repeatable.
    pub allow_empty_domain: Vec<Domain>,
    /// `--max-deletes N`: replaces both thresholds for deletes.
    pub max_deletes: Option<usize>,
    /// `--max-changes N`: replaces the threshold for changes.
    pub max_changes: Option<usize>,
    /// `--allow-wide-delete`.
    pub allow_wide_delete: bool,
    /// Whether the server is known to delete nothing but what a DELETE names.
    pub deletes_are_exact: bool,
    /// Whether a route may be added that a list which is not complete does not show. Only undo may:
    /// it puts back what its own run has deleted.
    pub unseen_adds: bool,
}

/// One brake that holds.
///
/// JSON form: `{"code":"empty-domain","domain":"acme.15611.service"|null,"message":"…",
/// "permits":[{"domain","ani","dnis"}],"flag":"--allow-empty-domain acme.15611.service"|null}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Brake {
    /// Why.
    pub code: Code,
    /// The domain it is about; none for the plan as a whole.
    pub domain: Option<DomainKey>,
    /// What would happen, the first keys named; without the flag.
    pub message: String,
    /// Every key that lifting it lets go or change.
    pub permits: Vec<RouteKey>,
    /// What to add to the command; none where nothing lifts it.
    pub flag: Option<String>,
}

/// The message, ending with the flag to add.
impl fmt::Display for Brake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.flag {
            Some(flag) => write!(f, "; to permit it add `{flag}`"),
            None => Ok(()),
        }
    }
}

/// The brakes as people see them, three of a kind; their [`flags`] stand elsewhere, once each. One alone
/// names more routes than each of several.
pub fn grouped_messages(brakes: &[Brake]) -> Vec<String> {
    let message = |brake: &Brake| match brakes.len() {
        1 => brake.message.clone(),
        _ => {
            let (long, short) = (
                named(&brake.permits),
                first_named(&brake.permits, FEW_NAMED),
            );
            brake.message.replace(&long, &short)
        }
    };
    grouped(brakes.iter().map(|brake| (brake.code, message(brake))))
}

/// Everything to add to the command to lift them all; none where nothing does.
pub fn flags(brakes: &[Brake]) -> Option<BTreeSet<&str>> {
    let flags: BTreeSet<&str> = brakes
        .iter()
        .filter_map(|brake| brake.flag.as_deref())
        .collect();
    (!flags.is_empty()).then_some(flags)
}

/// A route without dnis that would go while siblings stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WideDelete {
    /// The route that goes.
    pub bare: RouteKey,
    /// The routes of the same caller and domain with a dnis that stay, sorted.
    pub siblings: Vec<RouteKey>,
}

impl Overrides {
    /// For undo: percentages off, wide deletes held, and only domains that were empty before the
    /// run, or that the person named, may end empty.
    pub fn for_undo(may_end_empty: Vec<Domain>, allow_wide_delete: bool) -> Self {
        Self {
            allow_empty_domain: may_end_empty,
            max_deletes: Some(usize::MAX),
            max_changes: Some(usize::MAX),
            allow_wide_delete,
            deletes_are_exact: false,
            unseen_adds: true,
        }
    }

    /// The same where it is known whether deletes are exact: then none is held for its siblings' sake.
    #[must_use]
    pub fn knowing(self, deletes_are_exact: bool) -> Self {
        Self {
            deletes_are_exact,
            ..self
        }
    }

    /// Whether a delete without dnis may go out beside routes of its caller that stay.
    pub fn permits_wide_delete(&self) -> bool {
        self.allow_wide_delete || self.deletes_are_exact
    }
}

impl Plan {
    /// The brakes that hold this plan against what stands on the server now.
    pub fn brakes(&self, server: &Server<'_>, overrides: &Overrides) -> Vec<Brake> {
        let changes = self.operations.iter();
        let changes: Vec<&Change> = changes.map(|Operation { change, .. }| change).collect();
        check(&changes, server, overrides)
    }
}

/// The brakes that hold these writes, in the order in which they matter.
pub fn check(changes: &[&Change], server: &Server<'_>, overrides: &Overrides) -> Vec<Brake> {
    let keys = |op: Op| -> Vec<RouteKey> {
        let of = changes.iter().filter(|change| change.op == op);
        of.map(|change| change.key.clone()).collect()
    };
    let deletes = keys(Op::Delete);
    let changed = keys(Op::Change);
    let mut brakes = Vec::new();
    let is_held = |key: &RouteKey| !overrides.unseen_adds && server.at(key) == Found::Unseen;
    let adds: Vec<RouteKey> = keys(Op::Add).into_iter().filter(is_held).collect();
    brakes.extend(match server.says_more() {
        true => list_incomplete("the server has more routes than it sent", &adds, &deletes),
        false => list_incomplete("not all that stands there could be read", &adds, &[]),
    });
    let domains = Domains::new(changes, server);
    brakes.extend(domains.empty(overrides));
    brakes.extend(domains.many_deletes(&deletes, overrides));
    brakes.extend(domains.many_changes(&changed, overrides));
    if !overrides.permits_wide_delete() {
        let added = keys(Op::Add);
        let stays = server.index.keys().chain(&added);
        brakes.extend(wide_deletes(stays, &deletes).into_iter().map(wide));
    }
    brakes
}

/// Which of the deletes take a route without dnis while siblings stay.
///
/// `routes` are the keys that stand, those that go included (the domain's routes are enough); nobody
/// knows whether the server's DELETE without dnis takes the siblings too (`api.md`, Routes).
pub fn wide_deletes<'k>(
    routes: impl IntoIterator<Item = &'k RouteKey>,
    deletes: &[RouteKey],
) -> Vec<WideDelete> {
    let bare = deletes.iter().filter(|key| key.dnis.is_none());
    let mut siblings: HashMap<(&DomainKey, &NumberKey), Vec<RouteKey>> = bare
        .clone()
        .map(|key| ((&key.domain, &key.ani), Vec::new()))
        .collect();
    if siblings.is_empty() {
        return Vec::new();
    }
    let gone: HashSet<&RouteKey> = deletes.iter().collect();
    for key in routes {
        if key.dnis.is_some()
            && !gone.contains(key)
            && let Some(stay) = siblings.get_mut(&(&key.domain, &key.ani))
        {
            stay.push(key.clone());
        }
    }
    let wide = bare.filter_map(|key| {
        let mut siblings = siblings.remove(&(&key.domain, &key.ani))?;
        siblings.sort();
        (!siblings.is_empty()).then(|| WideDelete {
            bare: key.clone(),
            siblings,
        })
    });
    wide.collect()
}

fn list_incomplete(why: &str, adds: &[RouteKey], deletes: &[RouteKey]) -> Option<Brake> {
    let planned: Vec<String> = [(adds, "add"), (deletes, "delete")]
        .into_iter()
        .filter(|(keys, _)| !keys.is_empty())
        .map(|(keys, what)| format!("{} planned ({})", count(keys.len(), what), named(keys)))
        .collect();
    let what = match (adds, deletes) {
        ([], []) => return None,
        ([], _) => "nothing is deleted",
        (_, []) => "nothing is added",
        _ => "nothing is added or deleted",
    };
    Some(Brake {
        code: Code::ListIncomplete,
        domain: None,
        message: format!("{why}, so {what}: {}", planned.join(", ")),
        permits: [adds, deletes].concat(),
        flag: None,
    })
}

fn wide(wide: WideDelete) -> Brake {
    Brake {
        code: Code::WideDelete,
        domain: Some(wide.bare.domain.clone()),
        message: format!(
            "deleting `{}` without a dnis may take {} of that caller with it ({})",
            wide.bare,
            count(wide.siblings.len(), "other route"),
            named(&wide.siblings)
        ),
        permits: vec![wide.bare],
        flag: Some(WIDE_DELETE.to_owned()),
    }
}

/// The writes of each domain beside the number of its routes now.
struct Domains(BTreeMap<DomainKey, Tally>);

#[derive(Default)]
struct Tally {
    before: usize,
    adds: usize,
    changes: Vec<RouteKey>,
    deletes: Vec<RouteKey>,
}

impl Domains {
    fn new(changes: &[&Change], server: &Server<'_>) -> Self {
        let mut domains: BTreeMap<DomainKey, Tally> = BTreeMap::new();
        for change in changes {
            let tally = domains.entry(change.key.domain.clone()).or_default();
            match change.op {
                Op::Add => tally.adds += 1,
                Op::Change => tally.changes.push(change.key.clone()),
                Op::Delete => tally.deletes.push(change.key.clone()),
            }
        }
        if !domains.is_empty() {
            for (domain, before) in server.counts() {
                if let Some(tally) = domains.get_mut(&domain) {
                    tally.before = before;
                }
            }
        }
        Self(domains)
    }

    fn empty(&self, overrides: &Overrides) -> Vec<Brake> {
        let allowed: HashSet<DomainKey> = overrides
            .allow_empty_domain
            .iter()
            .map(Domain::key)
            .collect();
        let ends_empty = |tally: &Tally| {
            !tally.deletes.is_empty() && tally.before + tally.adds <= tally.deletes.len()
        };
        self.0
            .iter()
            .filter(|(domain, tally)| ends_empty(tally) && !allowed.contains(domain))
            .map(|(domain, tally)| Brake {
                code: Code::EmptyDomain,
                domain: Some(domain.clone()),
                message: format!(
                    "`{domain}` would have no route left: {} of {} ({})",
                    count(tally.deletes.len(), "delete"),
                    count(tally.before, "route"),
                    named(&tally.deletes)
                ),
                permits: tally.deletes.clone(),
                flag: Some(format!("--allow-empty-domain {domain}")),
            })
            .collect()
    }

    fn many_deletes(&self, deletes: &[RouteKey], overrides: &Overrides) -> Vec<Brake> {
        let total = deletes.len();
        let flag = Some(format!("--max-deletes {total}"));
        let in_all = |limit: usize| {
            (total > limit).then(|| Brake {
                code: Code::ManyDeletes,
                domain: None,
                message: in_all_more("delete", deletes, limit),
                permits: deletes.to_vec(),
                flag: flag.clone(),
            })
        };
        if let Some(limit) = overrides.max_deletes {
            return in_all(limit).into_iter().collect();
        }
        let too_many = |tally: &Tally| {
            let n = tally.deletes.len();
            n >= FEW_DELETES && n * 4 > tally.before
        };
        let of_domains = self.0.iter().filter(|(_, tally)| too_many(tally));
        let mut brakes: Vec<Brake> = of_domains
            .map(|(domain, tally)| Brake {
                code: Code::ManyDeletes,
                domain: Some(domain.clone()),
                message: format!(
                    "{} are more than 25 % of the {} of `{domain}` ({})",
                    count(tally.deletes.len(), "delete"),
                    count(tally.before, "route"),
                    named(&tally.deletes)
                ),
                permits: tally.deletes.clone(),
                flag: flag.clone(),
            })
            .collect();
        brakes.extend(in_all(MANY_DELETES));
        brakes
    }

    fn many_changes(&self, changed: &[RouteKey], overrides: &Overrides) -> Vec<Brake> {
        let total = changed.len();
        let flag = Some(format!("--max-changes {total}"));
        if let Some(limit) = overrides.max_changes {
            let brake = (total > limit).then(|| Brake {
                code: Code::ManyChanges,
                domain: None,
                message: in_all_more("change", changed, limit),
                permits: changed.to_vec(),
                flag,
            });
            return brake.into_iter().collect();
        }
        let too_many = |tally: &Tally| {
            let n = tally.changes.len();
            n >= FEW_CHANGES && n * 2 > tally.before
        };
        self.0
            .iter()
            .filter(|(_, tally)| too_many(tally))
            .map(|(domain, tally)| Brake {
                code: Code::ManyChanges,
                domain: Some(domain.clone()),
                message: format!(
                    "{} are more than 50 % of the {} of `{domain}` ({})",
                    count(tally.changes.len(), "change"),
                    count(tally.before, "route"),
                    named(&tally.changes)
                ),
                permits: tally.changes.clone(),
                flag: flag.clone(),
            })
            .collect()
    }
}

fn in_all_more(noun: &str, keys: &[RouteKey], limit: usize) -> String {
    let verb = if keys.len() == 1 { "is" } else { "are" };
    let number = count(keys.len(), noun);
    format!("{number} in all {verb} more than {limit} ({})", named(keys))
}

/// The first keys, and how many more there are.
fn named(keys: &[RouteKey]) -> String {
    first_named(keys, NAMED)
}

fn first_named(keys: &[RouteKey], most: usize) -> String {
    let mut text = String::new();
    for (index, key) in keys.iter().take(most).enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(&escaped(&key.to_string()));
    }
    if keys.len() > most {
        text.push_str(&format!(" and {} more", keys.len() - most));
    }
    text
}
