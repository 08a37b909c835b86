//! What looks wrong about a route that `set` is about to write: said before, and on a terminal asked about.

use super::elsewhere::Elsewhere;
use crate::api::Client;
use crate::apply::CallerRead;
use crate::context::{Again, Context};
use crate::error::Error;
use crate::model::{Domain, Route};
use crate::ops::{Answer, neighbours};
use crate::plan::check::mend;
use crate::plan::finding::{Mend, Severity};
use crate::plan::{Warning, lint};

/// Whatever a plan would warn of, each once.
pub(super) struct Doubts<'r> {
    route: &'r Route,
    warnings: Vec<Warning>,
    elsewhere: Option<Elsewhere>,
}

impl<'r> Doubts<'r> {
    pub(super) fn of(
        ctx: &Context,
        client: &Client,
        read: &CallerRead,
        before: Option<&Route>,
        after: &'r Route,
    ) -> Self {
        let mut warnings = lint::destination(after, before);
        let known = read.destinations.iter().map(String::as_str);
        warnings.extend(lint::Destinations::of(known).case_only(after, before));
        if ctx.facts().ten_digits_never_match() {
            warnings.extend(lint::ten_digits(after));
        }
        let written = std::iter::once((before, after, None));
        warnings.extend(neighbours::warnings(ctx, client, written));
        let domain = after.domain.as_deref().map(Domain::parse);
        if let (None, Some(key), Some(Ok(domain))) = (before, after.key(), domain) {
            let new = std::iter::once((key, None));
            warnings.extend(neighbours::foreign_numbers(client, &domain, new));
        }
        let mut said = Vec::new();
        warnings.retain(|warning| {
            let new = !said.contains(&warning.message);
            said.push(warning.message.clone());
            new
        });
        Self {
            route: after,
            warnings,
            elsewhere: None,
        }
    }

    /// And what is odd about where it goes: `flag` is the domain that was typed.
    #[must_use]
    pub(super) fn and_elsewhere(
        mut self,
        ctx: &Context,
        client: &Client,
        flag: Option<&str>,
        his: &[Route],
    ) -> Self {
        self.elsewhere = match his {
            [] => Elsewhere::of_new(ctx, client, flag, self.route),
            // Scripts are told afterwards which numbers still go elsewhere.
            his if ctx.ui.can_ask() => Elsewhere::of_single_numbers(ctx, self.route, his),
            _ => None,
        };
        self
    }

    /// Who takes the calls, with what is known of the user.
    pub(super) fn told_by(&self, answer: Answer) -> Answer {
        answer.knowing(&self.warnings)
    }

    pub(super) fn tell(&self, ctx: &Context) {
        for warning in &self.warnings {
            ctx.ui.warning(&warning.to_string());
        }
        if let Some(elsewhere) = &self.elsewhere {
            ctx.ui.warning(&elsewhere.text);
            elsewhere.hint(ctx);
        }
    }

    /// Asks a person whether it is meant all the same; nobody else is asked, scripts have their warning.
    ///
    /// # Errors
    /// They said no: nothing was changed (5).
    pub(super) fn ask(&self, ctx: &Context, again: &Again, typed: &str) -> Result<(), Error> {
        let doubtful = |warning: &&Warning| warning.code.severity() != Severity::Note;
        let mut doubtful = self.warnings.iter().filter(doubtful).peekable();
        let is_sure = doubtful.peek().is_none() && self.elsewhere.is_none();
        if is_sure || !ctx.ui.can_ask() {
            return Ok(());
        }
        let asked = ctx.confirm("Write it anyway?", again.clone());
        let meant = doubtful.find_map(|warning| self.meant(warning, again, typed));
        asked.map_err(|error| match meant {
            Some(meant) => error.hint(format!("did you mean `{meant}`?")),
            None => error,
        })
    }

    /// The command that was most likely meant.
    fn meant(&self, warning: &Warning, again: &Again, typed: &str) -> Option<Again> {
        if let Some(near) = &warning.near {
            return Some(again.clone().instead(typed, near));
        }
        match mend(warning.code, self.route, typed)? {
            Mend::Set {
                destination,
                application,
            } => {
                let again = again.clone().instead(typed, &destination);
                Some(match application {
                    Some(application) => again.value("--application", application),
                    None => again,
                })
            }
            _ => None,
        }
    }
}
