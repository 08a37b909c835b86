//! `skyswitch doctor`

mod anonymous;
mod domain;
mod finding;
mod lists;
mod machine;
mod network;
mod probe;
mod reads;
mod session;

use serde_json::{Value, json};

use self::finding::{Finding, State};
use crate::context::Context;
use crate::error::Error;
use crate::model::count;
use crate::ops::domains::Named;

/// Seconds for one request, unless `--timeout` says otherwise.
pub(super) const TIMEOUT: u64 = 10;

/// Find out what is wrong
///
/// Looks at everything between this machine and the account, in the order a command needs it:
/// configuration, state directory, credential store (by writing to it), proxy, name, connection,
/// TLS, clock, token, scopes, account, domains. Changes nothing on the server,
/// unless `--probe` asks for it. Each line says `ok`,
/// `warn` or `fail`; below it stands what to do. The exit code is that of the first failure.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Look at the VIP set-up of this domain, too, as far as it shows; its first labels do
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// Find out what the server does with writes: eleven routes for numbers that belong to nobody are
    /// written in that domain, changed and deleted again. Only where the domain takes no calls
    #[arg(long, requires = "domain")]
    probe: bool,
    /// Do not ask before `--probe`
    #[arg(long)]
    yes: bool,
    /// Print an anonymous summary for a bug report in place of all that: no number, domain, account or
    /// name is in it
    #[arg(long)]
    report: bool,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    let domain = args.domain.as_deref();
    let domain = domain
        .map(|text| Named::typed("--domain", text))
        .transpose()?;
    let mut report = Report::new(ctx, args.report);
    machine::check(ctx, &mut report)?;
    let reachable = network::check(ctx, &mut report)?;
    session::check(ctx, domain.as_ref(), reachable, &mut report)?;
    if let (true, true, Some(domain)) = (args.probe, reachable, &domain)
        && let Err(error) = probe::check(ctx, domain, args.yes, &mut report)
    {
        report.fail("probe", error);
    }
    report.finish()
}

/// The findings so far; each is shown as soon as it is there.
struct Report<'a> {
    ctx: &'a Context,
    findings: Vec<Finding>,
    /// Whether nothing is shown but what is nobody's.
    anonymous: bool,
}

impl<'a> Report<'a> {
    fn new(ctx: &'a Context, anonymous: bool) -> Self {
        Self {
            ctx,
            findings: Vec::new(),
            anonymous,
        }
    }

    fn add(&mut self, mut finding: Finding) {
        for cure in &mut finding.cures {
            *cure = self.ctx.ready_text(cure);
        }
        if !self.anonymous && !self.ctx.wants_json() {
            for line in finding.lines() {
                self.ctx.ui.data_line(&crate::output::visible(&line));
            }
        }
        self.findings.push(finding);
    }

    /// A failed check with what the run knows about its cause.
    fn fail(&mut self, check: &'static str, mut error: Error) {
        self.ctx.diagnose(&mut error);
        let mut finding = Finding::fail(check, error);
        // One cause may stand in the way of several checks: it is said once.
        let before = |known: &&Finding| finding.text.ends_with(&known.text);
        if let Some(known) = self.findings.iter().find(before) {
            let what = finding.text.strip_suffix(&known.text);
            let what = what
                .filter(|what| !what.is_empty())
                .unwrap_or("not tried: ");
            finding.text = format!("{what}see `{}`", known.check);
            finding.cures.clear();
        }
        self.add(finding);
    }

    fn finish(self) -> Result<(), Error> {
        self.ctx.learn();
        if self.anonymous {
            anonymous::print(self.ctx, &self.findings)?;
        } else if self.ctx.wants_json() {
            self.ctx.print_json(&self.json())?;
        } else {
            self.ctx.ui.show_results();
            self.ctx.ui.status(&self.what_to_do());
        }
        let first = self.findings.into_iter().find_map(|finding| finding.error);
        match first {
            None => Ok(()),
            Some(error) => Err(Error {
                said: true,
                ..error
            }),
        }
    }

    fn count(&self, state: State) -> usize {
        self.findings.iter().filter(|f| f.state == state).count()
    }

    /// The last line: how it came out, and where to begin.
    fn what_to_do(&self) -> String {
        let (warnings, failures) = (self.count(State::Warn), self.count(State::Fail));
        let warned = count(warnings, "warning");
        let worst = if failures > 0 {
            State::Fail
        } else {
            State::Warn
        };
        let first = self.findings.iter().find(|finding| finding.state == worst);
        let first = first.map_or("", |finding| finding.check);
        match (failures, warnings) {
            (0, 0) => "nothing is wrong".to_owned(),
            (0, _) => format!("nothing failed; {warned}: look at `{first}`"),
            _ => {
                let again = self.ctx.again();
                let failed = count(failures, "check");
                format!(
                    "{failed} failed, {warned}: begin with `{first}`, then once more: `{again}`"
                )
            }
        }
    }

    fn json(&self) -> Value {
        let (warnings, failures) = (self.count(State::Warn), self.count(State::Fail));
        let checks: Vec<_> = self.findings.iter().map(Finding::json).collect();
        json!({
            "ok": failures == 0,
            "warnings": warnings,
            "failures": failures,
            "checks": checks,
            "facts": self.ctx.facts().shown(),
        })
    }
}
