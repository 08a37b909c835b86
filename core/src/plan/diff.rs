//! The planner: every row of the file against the server, then what prune adds.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::base::Base;
use super::claim::{Claim, claim};
use super::columns::Column;
use super::files::File;
use super::lint::{self, Code, Warning};
use super::past::Kept;
use super::problems::Problems;
use super::refusal::{PlanError, Refusal};
use super::request::{OnConflict, Request};
use super::rows::Row;
use super::server::Server;
use super::validate::{Judge, Value, Verdict, Wanted};
use super::{Operation, Plan, sort};
use crate::model::{Change, DomainKey, Route, RouteKey, count};

/// The `source` of a delete that no row asked for.
pub const PRUNE: &str = "--prune";

/// Compares a file with the server: the one plan that is shown, saved and applied.
///
/// # Errors
/// [`PlanError::File`] with every mistake of the file; [`PlanError::Refused`] with every conflict
/// and every key that is ambiguous on the server. Either way there is no plan.
pub fn plan(
    file: &File<'_>,
    server: &Server<'_>,
    request: &Request<'_>,
) -> Result<Plan, PlanError> {
    let mut draft = Draft::new(file, server, request);
    draft.check_account();
    for row in &file.rows {
        if draft.problems.is_full() {
            break;
        }
        draft.row(row);
    }
    if request.prune {
        draft.prune();
    }
    draft.finish()
}

struct Draft<'d, 'f, 's> {
    file: &'d File<'f>,
    server: &'d Server<'s>,
    request: &'d Request<'d>,
    judge: Judge<'d, 's>,
    scope: BTreeSet<DomainKey>,
    problems: Problems<'f>,
    refusals: Vec<Refusal>,
    warnings: Vec<Warning>,
    operations: Vec<Operation>,
    /// Server rows that the file has, by index.
    seen: Vec<bool>,
    /// What each key of the file was asked to be, and where.
    taken: HashMap<RouteKey, (&'d Row<'f>, Option<Value<'d>>, Option<Base>)>,
    /// Domains with at least one row that should be there.
    present: HashSet<DomainKey>,
    unchanged: usize,
    for_good: Vec<RouteKey>,
    outside: usize,
    /// Whether rows of the file have a base.
    in_sheet: bool,
}

impl<'d, 'f, 's: 'd> Draft<'d, 'f, 's> {
    fn new(file: &'d File<'f>, server: &'d Server<'s>, request: &'d Request<'d>) -> Self {
        Self {
            file,
            server,
            request,
            judge: Judge::of(server, request.raw_numbers),
            scope: file.scope(request.domains),
            problems: file.problems(),
            refusals: Vec::new(),
            warnings: lint::foreign(&file.foreign).into_iter().collect(),
            operations: Vec::new(),
            seen: vec![false; server.routes.len()],
            taken: HashMap::with_capacity(file.rows.len()),
            present: HashSet::new(),
            unchanged: 0,
            for_good: Vec::new(),
            outside: 0,
            in_sheet: file.has_bases(),
        }
    }

    fn check_account(&mut self) {
        if let Some((account, at)) = &self.file.account
            && account != self.request.account.as_str()
        {
            let message = format!(
                "the file is for account `{account}`, not for `{}`",
                self.request.account
            );
            self.problems.add(*at, message);
        }
    }

    fn row(&mut self, row: &'d Row<'f>) {
        if !self.is_inside(row) {
            return;
        }
        match self.judge.row(row, &mut self.problems) {
            None => {}
            Some(Verdict::Same(rows)) => {
                for index in rows {
                    self.seen[index as usize] = true;
                }
                self.present.extend(row.key().map(|key| key.domain));
                self.unchanged += 1;
            }
            Some(Verdict::Ambiguous(key, rows)) => {
                let source = self.file.source(row);
                let refusal = Refusal::ambiguous(source, &key, &self.server.rows(&rows));
                self.refusals.push(refusal);
            }
            Some(Verdict::Wanted(wanted)) => self.wanted(row, wanted),
        }
    }

    /// Whether a row is planned for; one outside the scope is counted, or wrong.
    fn is_inside(&mut self, row: &Row<'_>) -> bool {
        let name = row.text(Column::Domain);
        if name.is_empty() || self.scope.contains(&DomainKey::of(name)) {
            return true;
        }
        if self.request.domains.is_empty() {
            let message = format!("`{name}` is none of the domains that the file itself names");
            self.problems.add(row.place(Column::Domain), message);
            return false;
        }
        self.outside += 1;
        if let Some(key) = row.key()
            && let [index] = self.server.index.rows(&key)
        {
            self.seen[*index as usize] = true;
        }
        false
    }

    fn wanted(&mut self, row: &'d Row<'f>, wanted: Wanted<'d>) {
        if wanted.value.is_some() && !self.present.contains(&wanted.key.domain) {
            self.present.insert(wanted.key.domain.clone());
        }
        if let Some(index) = wanted.standing {
            self.seen[index] = true;
        }
        if self.is_repeated(row, &wanted) {
            return;
        }
        let now = wanted.standing.map(|index| &self.server.routes[index]);
        let source = || self.file.source(row);
        let claim = claim(&wanted, now, self.request.past, self.in_sheet);
        match claim {
            Claim::Done => {
                self.unchanged += 1;
                self.for_good(&wanted, source());
            }
            Claim::Kept(why) => {
                self.unchanged += 1;
                let warning = kept(&wanted.key, now, why, source());
                self.warnings.push(warning);
            }
            Claim::Conflict(then) => {
                let refusal = Refusal::conflict(source(), &wanted, then, now);
                if self.decide(refusal) {
                    self.write(row, &wanted, now);
                }
            }
            Claim::Open => self.write(row, &wanted, now),
        }
        self.taken
            .insert(wanted.key, (row, wanted.value, wanted.base));
    }

    /// A row of a sheet that nobody edited asks for nothing; any other that finds a temporary route makes
    /// it one for good, as `routes set` does.
    fn for_good(&mut self, wanted: &Wanted<'_>, source: String) {
        let asks = wanted.base.is_none() || !wanted.untouched;
        let lent = self
            .request
            .lent
            .is_some_and(|lent| lent.contains(&wanted.key));
        if asks && lent {
            let message = format!(
                "`{}` is temporary now, and this row makes it one for good",
                wanted.key
            );
            self.warnings
                .push(Warning::at(Code::ForGood, source, message));
            self.for_good.push(wanted.key.clone());
        }
    }

    /// Whether a row in conflict is written all the same.
    fn decide(&mut self, refusal: Refusal) -> bool {
        let (code, what) = match self.request.on_conflict {
            OnConflict::Stop => {
                self.refusals.push(refusal);
                return false;
            }
            OnConflict::Skip => (Code::ConflictSkipped, "the row is left out"),
            OnConflict::Mine => (Code::ConflictOverwritten, "yours is written"),
        };
        let message = format!("{}: {what}", refusal.message);
        self.warnings
            .push(Warning::at(code, refusal.source, message));
        code == Code::ConflictOverwritten
    }

    fn write(&mut self, row: &Row<'_>, wanted: &Wanted<'_>, now: Option<&Route>) {
        let change = match wanted.after(now) {
            Some(after) => Change::put(now.cloned(), after),
            None => now.cloned().and_then(Change::delete),
        };
        let source = self.file.source(row);
        self.operations
            .extend(change.map(|change| Operation { change, source }));
    }

    /// Whether an earlier row has the same key: identical is said, anything else is wrong.
    fn is_repeated(&mut self, row: &Row<'_>, wanted: &Wanted<'d>) -> bool {
        let Some((first, value, base)) = self.taken.get(&wanted.key) else {
            return false;
        };
        let same = *value == wanted.value;
        let same_base = match (base, wanted.base) {
            (Some(base), Some(own)) => own.fits(*base),
            (base, own) => base.is_none() && own.is_none(),
        };
        if same && same_base {
            self.warnings.push(Warning::at(
                Code::RepeatedRow,
                self.file.source(row),
                format!("the row repeats line {}: one of them is enough", first.line),
            ));
        } else if same {
            let message = format!("the row repeats line {} with another `base`", first.line);
            self.problems.add(row.at, message);
        } else {
            let message = format!(
                "`{}` should be {} here and {} on line {}",
                wanted.key,
                words(wanted.value),
                words(*value),
                first.line
            );
            self.problems.add(row.at, message);
        }
        true
    }

    /// Deletes what the file does not have, inside the scope; a file's own scope empties no domain.
    fn prune(&mut self) {
        let is_named = !self.request.domains.is_empty();
        let scope = &self.scope;
        let (server, seen, present) = (self.server, &self.seen, &self.present);
        let may_go =
            |domain: &DomainKey| scope.contains(domain) && (is_named || present.contains(domain));
        if self.file.rows.is_empty() {
            return;
        }
        // What the file does not have may also be what the list does not show.
        let unseen = |domain: &&DomainKey| may_go(domain) && !server.shows_domain(domain);
        if !server.says_more() {
            let unseen = scope.iter().filter(unseen).cloned();
            self.refusals
                .extend(unseen.map(|domain| Refusal::prune(&domain)));
        }
        let gone = server
            .index
            .single()
            .filter(|(key, index)| !seen[*index] && may_go(&key.domain))
            .filter_map(|(_, index)| Change::delete(server.routes[index].clone()));
        self.operations.extend(gone.map(|change| Operation {
            change,
            source: PRUNE.to_owned(),
        }));
    }

    fn finish(mut self) -> Result<Plan, PlanError> {
        let problems = std::mem::replace(&mut self.problems, Problems::new(""));
        problems.finish(&self.file.name)?;
        if !self.refusals.is_empty() {
            return Err(PlanError::Refused(self.refusals));
        }
        sort(&mut self.operations);
        self.scope_warnings();
        self.server_warnings();
        let (kept, kept_outside) = self.kept();
        let scope: Vec<DomainKey> = self.scope.into_iter().collect();
        let mut warnings = self.warnings;
        let changes: Vec<_> = self.operations.iter().collect();
        warnings.extend(lint::check(&changes, self.server));
        Ok(Plan {
            account: self.request.account.clone(),
            origin: self.request.origin.clone(),
            scope,
            operations: self.operations,
            unchanged: self.unchanged,
            for_good: self.for_good,
            kept,
            kept_outside,
            warnings,
        })
    }

    /// Server rows that are not in the file and stay: all of them, and those outside the scope.
    fn kept(&self) -> (usize, usize) {
        let is_pruned = |operation: &&Operation| operation.source == PRUNE;
        let pruned = self.operations.iter().filter(is_pruned).count();
        let unseen = self.server.routes.iter().zip(&self.seen);
        let (mut kept, mut outside) = (0, 0);
        for (route, _) in unseen.filter(|(_, seen)| !**seen) {
            kept += 1;
            let domain = route.domain.as_deref().unwrap_or_default();
            outside += usize::from(!self.scope.contains(&DomainKey::of(domain)));
        }
        (kept - pruned, outside)
    }

    /// What the scope leaves alone.
    fn scope_warnings(&mut self) {
        if self.outside > 0 {
            let rows = count(self.outside, "row");
            let message = format!("{rows} of the file outside `--domain` left out");
            self.warnings
                .push(Warning::new(Code::OutsideScope, message));
        }
        if !self.request.prune {
            return;
        }
        let counts = self.server.counts();
        let is_named = !self.request.domains.is_empty();
        let mut domains: Vec<_> = counts.iter().collect();
        domains.sort();
        let mut others = Vec::new();
        for (domain, routes) in domains {
            let inside = self.scope.contains(domain);
            let pruned = inside && (is_named || self.present.contains(domain));
            if pruned && !self.file.rows.is_empty() {
                continue;
            }
            if !inside {
                others.push((domain, *routes));
                continue;
            }
            let routes = count(*routes, "route");
            let message = format!("`{domain}` keeps its {routes}: the file has no row for it");
            self.warnings.push(Warning::new(Code::DomainKept, message));
        }
        let routes = count(others.iter().map(|(_, routes)| routes).sum(), "route");
        let message = match &others[..] {
            [] => return,
            [(domain, _)] => {
                format!("`{domain}` keeps its {routes}: it is none of this plan's domains")
            }
            others => format!("{} other domains keep their {routes}", others.len()),
        };
        self.warnings.push(Warning::new(Code::DomainKept, message));
    }

    /// What the server holds that no plan touches.
    fn server_warnings(&mut self) {
        if self.server.says_more() {
            let message = "the server has more routes than it sent: nothing is added or deleted";
            self.warnings
                .push(Warning::new(Code::ListIncomplete, message));
        }
        self.warnings
            .extend(lint::doubtful(&self.scope, self.server));
        for (key, rows) in self.server.index.shared() {
            if self.scope.contains(&key.domain) {
                self.warnings.push(lint::one_key_twice(key, rows.len()));
            }
        }
    }
}

fn kept(key: &RouteKey, now: Option<&Route>, when: Kept, source: String) -> Warning {
    let what = match now {
        Some(now) => format!("goes to `{}` now on the server", Value::of(now).destination),
        None => "is gone on the server".to_owned(),
    };
    let since = match when {
        Kept::Exported => "was not edited here",
        Kept::Applied => "its row was not edited since it was applied",
        Kept::TakenBack => "its row was not edited since an undo took it back",
    };
    let message = format!("`{key}` {what} and {since}: the server's state is kept");
    Warning::at(Code::ServerKept, source, message)
}

fn words(value: Option<Value<'_>>) -> String {
    match value {
        None => "absent".to_owned(),
        Some(value) => format!("`{}` ({})", value.destination, value.application),
    }
}
