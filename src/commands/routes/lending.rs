//! What `routes set --until` promises, and what a `set` means for a temporary route that stands.

use std::borrow::Cow;

use jiff::{Timestamp, Zoned};

use super::{delete_by_hand, set_by_hand};

use crate::api::Client;
use crate::context::{Context, local};
use crate::error::{Code, Error};
use crate::journal::loans::{Loan, Loans};
use crate::journal::{self, RunId, parse_until};
use crate::model::{Change, Route, RouteKey, same_image, when_exactly};
use crate::ops;

/// So many runs are looked at for what stood there before.
const LOOKED_AT: usize = 200;

/// A `set` and the temporary routes it meets.
pub(super) struct Lending {
    key: RouteKey,
    /// `--until`
    until: Option<Timestamp>,
    loans: Loans,
    looked_after: bool,
    before: Option<Route>,
}

/// Reads `--until`.
pub(super) fn until(ctx: &Context, text: Option<&str>) -> Result<Option<Timestamp>, Error> {
    let until = text.map(|text| parse_until(text, &Zoned::now()));
    (until.transpose()).map_err(|error| {
        let again = |end| ctx.again().value("--until", end);
        Error::of(Code::InvalidInput, error).hint(format!(
            "for two hours: `{}`\nuntil tomorrow at seven: `{}`",
            again("2h"),
            again("tomorrow 07:00")
        ))
    })
}

/// What puts temporary routes back by itself, of the profile in use whatever is the default by then.
fn cron(ctx: &Context) -> String {
    let command = ctx.ready("undo --expired --yes --quiet");
    let profile = ctx.word(&ctx.settings.profile.value);
    let plain = command.strip_prefix("skyswitch undo");
    let command = plain.map(|rest| format!("skyswitch -p {profile} undo{rest}"));
    let command = command.unwrap_or_else(|| ctx.ready("undo --expired --yes --quiet"));
    format!("*/5 * * * * {command}")
}

impl Lending {
    /// `before` is what stands at the key.
    pub(super) fn of(
        ctx: &Context,
        until: Option<Timestamp>,
        key: RouteKey,
        before: Option<&Route>,
    ) -> Self {
        let lent = ctx.lent();
        let looked_after =
            (lent.as_ref()).is_some_and(|lent| lent.is_looked_after(Timestamp::now()));
        Self {
            key,
            until,
            loans: lent.map(|lent| lent.loans).unwrap_or_default(),
            looked_after,
            before: before.cloned(),
        }
    }

    /// The temporary route that stands there now.
    fn standing(&self) -> Option<&Loan> {
        let loan = self.loans.at(&self.key);
        loan.filter(|loan| same_image(loan.after.as_ref(), self.before.as_ref()))
    }

    /// What is promised must be possible: when the time is over, nobody is there to add a flag. `keys`
    /// are all of the caller's.
    pub(super) fn refuse<'k>(
        &self,
        ctx: &Context,
        renews: bool,
        mut keys: impl Iterator<Item = &'k RouteKey>,
    ) -> Result<(), Error> {
        let Some(until) = self.until else {
            return Ok(());
        };
        // What is renewed is over by its new end, however soon that is.
        let own = self.standing().filter(|_| renews).map(|loan| loan.until);
        let end = own.map_or(until, |own| own.max(until));
        let goes = (self.loans).back_at(&self.key, self.before.as_ref(), end);
        let sibling = |key: &&RouteKey| key.dnis.is_some() && key.same_caller(&self.key);
        let Some(sibling) = keys.find(sibling) else {
            return Ok(());
        };
        if goes.is_some() || self.key.dnis.is_some() || ctx.facts().delete_exact() {
            return Ok(());
        }
        let text = format!(
            "at the end `{}` would be deleted, which may take other routes of the caller along, \
             such as `{sibling}`: `undo --expired` does not do that without `--allow-wide-delete`",
            self.key
        );
        let again = ctx.again().value("--domain", self.key.domain.as_str());
        let called = sibling
            .dnis
            .as_ref()
            .map_or(String::new(), ToString::to_string);
        Err(Error::new(Code::Refused, text).hint(format!(
            "for good: `{}`\nfor calls to {called} alone: `{}`",
            again.clone().without_value("--until"),
            again.value("--dnis", &called)
        )))
    }

    /// Before a temporary route is made or renewed.
    pub(super) fn prepare(&self, ctx: &Context) -> Result<(), Error> {
        if self.until.is_none() {
            return Ok(());
        }
        ctx.watch_loans()?;
        if !self.looked_after {
            let put_back = ctx.ready("undo --expired");
            ctx.ui.warning(&format!(
                "no timer has run `{put_back}` here within a day, and only that puts the route back; a line for cron:"
            ));
            ctx.ui.line(&cron(ctx));
        }
        Ok(())
    }

    /// Of a route that stands as wanted: renews the temporary route that it is, or makes it one for
    /// good; journaled, though nothing is sent. None where it is for good already, or ends then anyway.
    pub(super) fn note(&self, ctx: &Context, client: &Client) -> Result<Option<RunId>, Error> {
        match self.standing() {
            None => return Ok(None),
            Some(loan) if self.until == Some(loan.until) => return Ok(None),
            Some(_) => {}
        }
        self.prepare(ctx)?;
        let before = self.before.clone();
        let change = Change::between(self.key.clone(), before.clone(), before)
            .ok_or_else(|| Error::new(Code::Internal, "no route stands there"))?;
        let already = [(change, journal::Outcome::Already)];
        let id = ops::note(ctx, client, &already, |header| header.until = self.until)?;
        Ok(Some(id))
    }

    /// Where `--until` is said of what stands for good: why nothing will end, and what is to be typed
    /// for what was likely meant.
    pub(super) fn explain(&self, ctx: &Context) -> Result<(), Error> {
        let (Some(until), None, Some(stands)) = (self.until, self.standing(), &self.before) else {
            return Ok(());
        };
        let value = stands.value();
        let until = local(until);
        let (first, why) = match self.former(ctx)? {
            None => {
                let any = Route {
                    destination: Some("DESTINATION".to_owned()),
                    ..stands.clone()
                };
                let why = "nothing here knows what should come back; it has to stand there first";
                (set_by_hand(ctx, &any), why.to_owned())
            }
            Some(None) => {
                let first = delete_by_hand(ctx, &self.key);
                (first, "for it to be gone then".to_owned())
            }
            Some(Some(former)) => {
                let first = set_by_hand(ctx, &former);
                (first, format!("for `{}` to come back then", former.value()))
            }
        };
        let text = format!("nothing ends {until}: `{value}` stands there already, for good");
        ctx.ui.warning(&text);
        let again = ctx.again().value("--domain", self.key.domain.as_str());
        ctx.ui
            .hint(&format!("{why}: `{first}`, and then `{again}`"));
        Ok(())
    }

    /// What stood there before the run of this account that left what stands now, if one is known.
    fn former(&self, ctx: &Context) -> Result<Option<Option<Route>>, Error> {
        let (account, origin) = (ctx.account()?, ctx.origin()?);
        let runs = ctx.journal()?.entries()?.take(LOOKED_AT).flatten();
        let ours = runs.filter(|run| {
            run.is_in_force() && run.header.is_of(&account, &origin, ctx.settings.sandbox)
        });
        let mut here = ours.flat_map(|run| {
            let made = run.made().filter(|change| change.key == self.key);
            made.map(Cow::into_owned).collect::<Vec<_>>()
        });
        // Whatever was written there last says what came before it, or nobody knows.
        let last = here.find(|change| !same_image(change.before.as_ref(), change.after.as_ref()));
        let left = last.filter(|last| same_image(last.after.as_ref(), self.before.as_ref()));
        Ok(left.map(|last| last.before))
    }

    /// Whether the domain had no route before the temporary ones that stand in it.
    pub(super) fn began_empty(&self) -> bool {
        self.until.is_some() && self.loans.began_empty(&self.key.domain)
    }

    /// When it ends, if it does: what stands for good stays so.
    pub(super) fn ends(&self, action: &str) -> Option<Timestamp> {
        let lent = action != "unchanged" || self.standing().is_some();
        self.until.filter(|_| lent)
    }

    /// What stood there, and where that was temporary, what is over or has to wait with it.
    pub(super) fn was(&self, before: &Route) -> String {
        let value = before.value();
        let (Some(loan), Some((_, back))) = (self.standing(), self.loans.end_of(before)) else {
            return format!("was {value}");
        };
        let back = back.map_or("no route".to_owned(), Route::value);
        let ends = match self.until {
            Some(_) => "",
            None => "; that ends",
        };
        format!("was {value} until {}, then {back}{ends}", local(loan.until))
    }

    /// Behind the line that tells what was done.
    pub(super) fn words(&self, action: &str) -> String {
        let stood = self.standing().map(|loan| local(loan.until));
        let end = self.ends(action);
        match (
            end.map(|end| when_exactly(end, &Zoned::now())),
            self.until,
            stood,
        ) {
            (Some(end), Some(until), Some(stood))
                if action == "unchanged" && local(until) == stood =>
            {
                format!(", until {end} already")
            }
            (Some(end), _, Some(stood)) if action == "unchanged" => {
                format!(", now until {end} (was {stood})")
            }
            (Some(end), ..) => format!(", until {end}"),
            (None, Some(_), _) => ", for good".to_owned(),
            (None, None, Some(stood)) if action == "unchanged" => {
                format!(", now for good (was until {stood})")
            }
            (None, None, _) => String::new(),
        }
    }
}
