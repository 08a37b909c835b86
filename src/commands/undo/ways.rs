//! Where more than one run may be meant by an `undo` without an ID: a person chooses between two ways,
//! each told by what would stand there then; nobody else is asked.

use jiff::Zoned;

use super::{Args, is_over};
use crate::commands::history::title;
use crate::context::Context;
use crate::error::{Code, Error};
use crate::journal::{Entry, Header, Journal, RunId, ShortIds, Status};
use crate::model::{Change, DomainKey, Route, count, when};

/// What the choice is made from.
pub(super) struct Ways<'c> {
    ctx: &'c Context,
    journal: &'c Journal,
    ids: ShortIds,
    /// What a command of this run ends with.
    flag: &'static str,
    /// Whether a person chooses.
    asks: bool,
}

impl<'c> Ways<'c> {
    pub(super) fn of(ctx: &'c Context, journal: &'c Journal, args: &Args) -> Result<Self, Error> {
        Ok(Self {
            ctx,
            journal,
            ids: journal.short_ids()?,
            flag: if args.dry_run { "--dry-run" } else { "--yes" },
            asks: ctx.ui.can_ask() && !args.yes && !args.dry_run,
        })
    }

    /// The latest run, where the profile in use made it. Else who typed this may mean either: that one,
    /// or the latest of this profile.
    ///
    /// # Errors
    /// Nobody can be asked (5).
    pub(super) fn own(
        &self,
        latest: Entry,
        is_ours: impl Fn(&Header) -> bool,
    ) -> Result<Entry, Error> {
        if is_own(self.ctx, &latest.header) {
            return Ok(latest);
        }
        let own = self.newest(|run| {
            is_ours(&run.header) && is_own(self.ctx, &run.header) && !is_over(self.ctx, run)
        })?;
        let error = || self.not_own(&latest, own.as_ref());
        if !self.asks {
            return Err(error());
        }
        let Some(own) = &own else {
            return Ok(latest);
        };
        let first = format!(
            "The latest run, {}, was made with profile `{}`.",
            self.name(&latest.id),
            latest.header.profile
        );
        let ways = [
            self.back_before(&latest, Some(own)),
            self.back_before(own, Some(&latest)),
        ];
        match self.ctx.choose_way(&first, &ways, error)? {
            0 => Ok(latest),
            _ => Ok(own.clone()),
        }
    }

    fn not_own(&self, latest: &Entry, own: Option<&Entry>) -> Error {
        let text = format!(
            "the latest run of this account, {}, {}, was made with profile `{}`",
            self.name(&latest.id),
            when(latest.time, &Zoned::now()),
            latest.header.profile
        );
        let that = format!("`{}` takes it back", self.undo(&latest.id));
        Error::new(Code::Refused, text).hint(match own {
            None => that,
            Some(own) => format!(
                "{that}, `{}` the latest of profile `{}`",
                self.undo(&own.id),
                own.header.profile
            ),
        })
    }

    /// After an undo there are two ways. Without a person a finished undo is taken back, and one that
    /// did not get through wants an ID.
    pub(super) fn of_undo(
        &self,
        undo: Entry,
        original: &RunId,
        is_ours: impl Fn(&Header) -> bool,
    ) -> Result<Entry, Error> {
        let (name, first) = (self.name(&undo.id), self.name(original));
        let unfinished = matches!(undo.status, Status::Partial | Status::Interrupted);
        let nobody = || self.two_ways(&undo, original);
        if !self.asks && unfinished {
            return Err(nobody());
        }
        let again = |beside| format!("{}, again as {first} left it", self.what(&undo, beside));
        let is_undo = format!("The latest run, {name}, is an undo of {first}.");
        let taken_back =
            || (self.ctx.ui).status(&format!("{is_undo} Taking it back: {}", again(None)));
        if !self.asks {
            if self.ctx.ui.options().stderr_terminal {
                taken_back();
            }
            return Ok(undo);
        }
        let (said, other, other_way) = if unfinished {
            let said = format!("Run {name} is an undo of {first} that did not get through.");
            let run = self.journal.find(original.as_str())?;
            let rest = format!("{}, to finish it", self.back_before(&run, Some(&undo)));
            (said, Some(run), rest)
        } else {
            let older = |run: &Entry| {
                let own = is_ours(&run.header) && is_own(self.ctx, &run.header);
                own && run.id < *original && run.header.undoes.is_none()
            };
            let before = self.newest(older)?;
            let back = before.as_ref();
            let back = back.map(|run| self.back_before(run, Some(&undo)));
            (is_undo.clone(), before, back.unwrap_or_default())
        };
        let Some(other) = other else {
            taken_back();
            return Ok(undo);
        };
        match self
            .ctx
            .choose_way(&said, &[again(Some(&other)), other_way], nobody)?
        {
            0 => Ok(undo),
            _ => Ok(other),
        }
    }

    /// After an undo that did not get through, no ID could mean either way.
    fn two_ways(&self, undo: &Entry, original: &RunId) -> Error {
        Error::new(
            Code::Refused,
            format!(
                "the latest run, {}, is an undo of {original} that did not get through: it can be \
                 finished or taken back",
                undo.id
            ),
        )
        .hint(format!(
            "`{}` finishes it, `{}` takes it back",
            self.undo(original),
            self.undo(&undo.id)
        ))
    }

    /// The newest run in force that plain `undo` could mean, of those that are `wanted`.
    fn newest(&self, wanted: impl Fn(&Entry) -> bool) -> Result<Option<Entry>, Error> {
        let can_be = |run: &Entry| !run.header.only_by_id() && run.is_in_force() && wanted(run);
        Ok(self.journal.entries()?.flatten().find(can_be))
    }

    fn name<'i>(&self, id: &'i RunId) -> &'i str {
        self.ids.name(id)
    }

    fn undo(&self, id: &RunId) -> String {
        self.ctx.ready(&format!("undo {id} {}", self.flag))
    }

    /// `16165550101 → john, as before a3b9 (today 14:02)`: what stands there once it is taken back.
    fn back_before(&self, run: &Entry, beside: Option<&Entry>) -> String {
        let (name, time) = (self.name(&run.id), when(run.time, &Zoned::now()));
        let profile = match is_own(self.ctx, &run.header) {
            true => String::new(),
            false => format!(", profile `{}`", run.header.profile),
        };
        let what = self.what(run, beside);
        format!("{what}, as before {name} ({time}{profile})")
    }

    /// What goes back when a run is taken back: the route, or how many; and where, if that is what tells
    /// it from the other.
    fn what(&self, run: &Entry, beside: Option<&Entry>) -> String {
        let what = match &run.changes[..] {
            [one] => goes_back(&one.intent),
            changes => {
                let changes = count(changes.len(), "change");
                format!("{changes} of `{}`", title(&run.header.command))
            }
        };
        let (own, other) = (domains(run), beside.map(domains).unwrap_or_default());
        match (&own[..], &other[..]) {
            ([own], others @ [_, ..]) if others != [own.clone()] => {
                format!("{what} @ {}", own.beside(others))
            }
            _ => what,
        }
    }
}

/// Where a run wrote.
fn domains(run: &Entry) -> Vec<DomainKey> {
    let mut domains: Vec<_> = (run.changes.iter())
        .map(|one| one.intent.key.domain.clone())
        .collect();
    domains.sort();
    domains.dedup();
    domains
}

/// Whether the profile in use made a run.
pub(super) fn is_own(ctx: &Context, header: &Header) -> bool {
    let profile = &ctx.settings.profile.value;
    ctx.settings.sandbox || header.profile.eq_ignore_ascii_case(profile)
}

fn goes_back(change: &Change) -> String {
    let key = &change.key;
    let called = key.dnis.as_ref();
    let called = called.map_or_else(String::new, |dnis| format!(" to {dnis}"));
    match change.before.as_ref().map(Route::value) {
        Some(value) => format!("{}{called} → {value}", key.ani),
        None => format!("no route for {}{called}", key.ani),
    }
}
