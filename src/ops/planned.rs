//! From a plan to what was done: shown, stopped or confirmed, carried out, told. `routes apply`, `move`,
//! `copy` and `undo` differ in where their plan comes from.

use serde_json::{Value, json};

use super::{
    Answer, Consent, Next, Order, Ran, Seen, Summary, carry_out, confirm, detail, ended_by,
    estimate, note, notice, print_event, verdict,
};
use crate::api::Client;
use crate::apply::LANES;
use crate::context::{Again, Context};
use crate::error::{Code, Error};
use crate::journal::{Outcome, RunId};
use crate::model::{Change, Found, RouteKey, count, same_image};
use crate::plan::brakes::{Brake, Overrides, WIDE_DELETE, flags, grouped_messages};
use crate::plan::takers::Tense;
use crate::plan::{Plan, show};

/// The brakes that hold a plan, with the command that lifts them all.
pub(crate) fn held(ctx: &Context, brakes: &[Brake]) -> Error {
    let mut error = Error::held(brakes);
    error.hint = flags(brakes).map(|flags| {
        let wide_alone = flags.iter().all(|flag| *flag == WIDE_DELETE);
        let again = flags.into_iter().fold(ctx.again(), Again::lifting);
        match wide_alone {
            true => all_the_same(&again),
            false => format!("if all of it is meant: `{again}`"),
        }
    });
    error
}

/// Where only what a delete could take along is in its way.
pub(crate) fn all_the_same(again: &Again) -> String {
    format!("`{again}` does it all the same, and puts back what vanishes")
}

/// A plan and how it is meant.
pub(crate) struct Planned<'a> {
    /// What is to be done.
    pub(crate) plan: &'a Plan,
    /// What it was decided on.
    pub(crate) seen: &'a Seen,
    /// What the flags permit.
    pub(crate) overrides: &'a Overrides,
    /// Whether somebody said yes.
    pub(crate) consent: Consent,
    /// Shown, and nothing sent.
    pub(crate) dry_run: bool,
    /// The preview's first line; a file's plan has its own.
    pub(crate) head: Option<String>,
    /// What was done, as in `applied: 3 added`.
    pub(crate) done: &'static str,
    /// What would be, as in `would apply 3 routes`.
    pub(crate) verb: &'static str,
    /// How many stand as wanted already.
    pub(crate) already: usize,
    /// Members of the summary that only this command has.
    pub(crate) extra: Vec<(&'static str, Value)>,
    /// The file it was made of, by its full path.
    pub(crate) file: Option<String>,
    /// `--concurrency`
    pub(crate) lanes: usize,
    /// The run that is taken back.
    pub(crate) undoes: Option<RunId>,
    /// The runs whose temporary changes are over and end with it.
    pub(crate) ends: Vec<RunId>,
    /// Whether something that belongs to it is left out of the operations.
    pub(crate) leaves_some: bool,
}

impl<'a> Planned<'a> {
    /// As `routes apply` has it.
    pub(crate) fn new(plan: &'a Plan, seen: &'a Seen, overrides: &'a Overrides) -> Self {
        let consent = Consent {
            yes: false,
            can_answer: true,
        };
        Self {
            plan,
            seen,
            overrides,
            consent,
            dry_run: false,
            head: None,
            done: "applied",
            verb: "apply",
            already: 0,
            extra: Vec::new(),
            file: None,
            lanes: LANES,
            undoes: None,
            ends: Vec::new(),
            leaves_some: false,
        }
    }

    /// Shows the plan, stops at brakes, at what `refuse` says and at a no, and carries it out; none
    /// where there was nothing to do, which is then said.
    ///
    /// # Errors
    /// What stopped it; the summary has been printed.
    pub(crate) fn carry_out(
        &self,
        ctx: &Context,
        client: &Client,
        refuse: impl FnOnce(&[Brake]) -> Result<(), Error>,
    ) -> Result<Option<Ran>, Error> {
        let not_done = format!("not {}", self.done);
        self.begun().if_interrupted(ctx, &not_done);
        let brakes = self.plan.brakes(&self.seen.server(), self.overrides);
        let would = self.dry_run && (ctx.wants_json() || ctx.output.jq.is_some());
        let begun = || match would {
            true => (self.begun()).extra("would", json!(self.plan.to_json(&brakes))),
            false => self.begun(),
        };
        if let Err(refused) = self.refuse(ctx, &brakes, refuse) {
            let word = match self.dry_run {
                true => format!("would {}", self.verb),
                false => not_done,
            };
            // A person who said no was told that nothing was changed; there is nothing to sum up.
            let said_no = refused.code == Code::ConfirmationNeeded && ctx.ui.can_ask();
            if !said_no || ctx.wants_json() {
                begun().print(ctx, &word)?;
            }
            return Err(refused);
        }
        if !self.dry_run {
            self.end_loans(ctx, client)?;
        }
        if self.plan.is_empty() || would {
            begun().print(ctx, "nothing to do")?;
            return Ok(None);
        }
        if self.dry_run {
            self.say_would(ctx);
            return Ok(None);
        }
        let order = Order {
            lanes: self.lanes,
            plan: Some(self.plan.id().to_string()),
            file: self.file.clone(),
            undoes: self.undoes.clone(),
            ends: self.ends.clone(),
            empty_domains: super::empty_domains(self.plan, self.seen),
            leaves_some: self.leaves_some,
            ..Order::new(&self.plan.operations, self.overrides, self.seen.routes())
        };
        carry_out(ctx, client, order).map(Some)
    }

    /// What the plan's rows ask for and a temporary route is already stays when its time is over.
    fn end_loans(&self, ctx: &Context, client: &Client) -> Result<(), Error> {
        let (server, lent) = (self.seen.server(), ctx.lent());
        let noted = |key: &RouteKey| {
            let (Found::One(now), Some(loan)) = (server.at(key), lent.as_ref()?.loans.at(key))
            else {
                return None;
            };
            let stands = same_image(loan.after.as_ref(), Some(now));
            let change = Change::between(key.clone(), Some(now.clone()), Some(now.clone()));
            Some((change?, Outcome::Already)).filter(|_| stands)
        };
        let noted: Vec<_> = self.plan.for_good.iter().filter_map(noted).collect();
        if noted.is_empty() {
            return Ok(());
        }
        let id = note(ctx, client, &noted, |_| {})?;
        let routes = count(noted.len(), "temporary route");
        ctx.ui
            .status(&format!("{routes} for good now (journal {id})"));
        Ok(())
    }

    /// The same with `--yes`, where nobody reads standard input.
    pub(crate) fn yes(mut self, yes: bool) -> Self {
        self.consent.yes = yes;
        self
    }

    /// Carries the plan out and tells what came of it; the journal's id, where anything was sent.
    ///
    /// # Errors
    /// What stopped it, or what did not go as planned.
    pub(crate) fn run(
        &self,
        ctx: &Context,
        client: &Client,
        next: &Next,
    ) -> Result<Option<RunId>, Error> {
        let Some(ran) = self.carry_out(ctx, client, |_| Ok(()))? else {
            return Ok(None);
        };
        self.tell(ctx, &ran)?;
        let journal = ran.journal.clone();
        match verdict(&self.plan.operations, ran, next) {
            Some(error) => Err(error),
            None => Ok(journal),
        }
    }

    /// Prints what a run came to.
    pub(crate) fn tell(&self, ctx: &Context, ran: &Ran) -> Result<(), Error> {
        let summary = Summary::of(self.plan.id(), &self.plan.operations, ran);
        self.with_extra(summary.already(self.already))
            .print(ctx, self.done)?;
        let answer = Answer::of_run(&self.plan.operations, &ran.report, None);
        answer.knowing(&self.plan.warnings).tell(ctx, Tense::Now);
        Ok(())
    }

    /// The first event of the stream: what is planned.
    pub(crate) fn print_event(&self, ctx: &Context) -> Result<(), Error> {
        let Plan {
            account,
            scope,
            unchanged,
            kept,
            ..
        } = self.plan;
        let counts = self.plan.counts();
        let event = json!({
            "plan": self.plan.id(), "account": account, "scope": scope, "add": counts.add,
            "change": counts.change, "delete": counts.delete, "unchanged": unchanged, "kept": kept,
        });
        print_event(ctx, "plan", event)
    }

    /// The summary of nothing done.
    pub(crate) fn begun(&self) -> Summary {
        let operations = self.plan.operations.len();
        let summary = Summary::not_begun(self.plan.id(), operations).already(self.already);
        self.with_extra(summary)
    }

    fn with_extra(&self, summary: Summary) -> Summary {
        let extra = self.extra.iter().cloned();
        extra.fold(summary, |summary, (name, value)| summary.extra(name, value))
    }

    fn refuse(
        &self,
        ctx: &Context,
        brakes: &[Brake],
        refuse: impl FnOnce(&[Brake]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if !(ctx.ui.options().quiet && self.consent.yes) {
            // The brakes are the error's, and need their room.
            let detail = detail().beside(grouped_messages(brakes).len());
            let lines = match &self.head {
                Some(head) => show::plan_under(self.plan, head, &[], detail),
                None => show::plan(self.plan, &[], detail),
            };
            notice(ctx, &lines);
            for line in ended_by(ctx, &self.plan.operations) {
                ctx.ui.notice(&ctx.with_names(&line));
            }
            if let Some(words) = estimate::words(ctx, self.plan) {
                ctx.ui.notice(&words);
            }
        }
        refuse(brakes)?;
        if !brakes.is_empty() {
            return Err(held(ctx, brakes));
        }
        if self.dry_run || self.plan.is_empty() {
            return Ok(());
        }
        confirm(ctx, self.plan, self.consent)
    }

    fn say_would(&self, ctx: &Context) {
        let counts = self.plan.counts();
        ctx.ui.result_line(&format!(
            "would {} {}: {} to add, {} to change, {} to delete",
            self.verb,
            count(self.plan.operations.len(), "route"),
            counts.add,
            counts.change,
            counts.delete
        ));
    }
}
