//! The session and the account: token, scopes, account, domains.

use std::sync::Arc;

use super::Report;
use super::domain;
use super::finding::Finding;
use crate::api::{self, BearerSource, Client, RetryPolicy};
use crate::auth::claims;
use crate::commands::status::expiry;
use crate::context::{Context, Credential, RESELLER_HINT};
use crate::error::Error;
use crate::model::count;
use crate::ops::domains::Named;
use crate::secret::Bearer;

pub(super) fn check(
    ctx: &Context,
    wanted: Option<&Named>,
    reachable: bool,
    report: &mut Report<'_>,
) -> Result<(), Error> {
    let source = match ctx.bearer() {
        Ok(source) => source,
        Err(error) => {
            report.fail("token", error);
            account(ctx, report);
            return Ok(());
        }
    };
    if !reachable {
        report.add(Finding::warn(
            "token",
            "not tried: the server cannot be reached",
        ));
        account(ctx, report);
        return Ok(());
    }
    let token = match source.bearer() {
        Ok(token) => token,
        Err(error) => {
            report.fail("token", api::Error::Bearer(error).into());
            account(ctx, report);
            return Ok(());
        }
    };
    scopes(ctx, &*source, &token, report)?;
    let Some(account) = account(ctx, report) else {
        return Ok(());
    };
    let client = Client::new(
        ctx.http()?,
        Arc::clone(&source),
        account,
        // Failures are what is looked for here: none is smoothed over.
        RetryPolicy {
            tries: 1,
            ..RetryPolicy::default()
        },
        ctx.signals.stop().clone(),
    );
    super::probe::unfinished(ctx, &client, report);
    let Some(names) = domains(ctx, &client, report) else {
        return Ok(());
    };
    if let Some(wanted) = wanted {
        domain::check(&client, wanted, &names, report);
    }
    Ok(())
}

/// What the server says of the token, and what it is good for.
fn scopes(
    ctx: &Context,
    source: &dyn BearerSource,
    token: &Bearer,
    report: &mut Report<'_>,
) -> Result<(), Error> {
    let http = ctx.http()?;
    let mut info = http.token_info(token);
    if matches!(&info, Err(api::Error::Answer(answer)) if matches!(answer.status, 400 | 401)) {
        // Refused: the next command would renew it, so that is what is tried.
        match source.renew(token) {
            Ok(other) => info = http.token_info(&other),
            Err(error) => {
                report.fail("token", api::Error::Bearer(error).into());
                return Ok(());
            }
        }
    }
    let claimed = claims::scopes(token);
    match info {
        Ok(info) => {
            let expires = info.expires.and_then(|end| u64::try_from(end).ok());
            let until = expires.map_or_else(|| "accepted".to_owned(), |end| expiry(end, None));
            let user = info
                .username
                .as_deref()
                .unwrap_or("a user the server does not name");
            report.add(Finding::ok("token", format!("{until}, of {user}")));
            report.add(judge(ctx, &info.scopes));
        }
        Err(error) => {
            let error = Error::from(error);
            report.add(Finding::warn(
                "token",
                format!("the server does not describe it: {error}"),
            ));
            match claimed {
                Some(scopes) => report.add(judge(ctx, &scopes)),
                None => report.add(Finding::warn("scopes", "unknown")),
            }
        }
    }
    Ok(())
}

fn judge(ctx: &Context, scopes: &[String]) -> Finding {
    let text = if scopes.is_empty() {
        "none".to_owned()
    } else {
        scopes.join(" ")
    };
    if scopes.iter().any(|scope| scope == "pbx" || scope == "*") {
        return Finding::ok("scopes", text);
    }
    let finding = Finding::warn(
        "scopes",
        format!("{text}: routes and domains need `pbx`, unless this server thinks otherwise"),
    );
    match ctx.credential() {
        Credential::Store => finding.cure("skyswitch login --scope \"pbx account\""),
        Credential::Token => finding.cure("set `SKYSWITCH_TOKEN` to a token with `pbx`"),
        _ => finding.cure("set SKYSWITCH_SCOPE=\"pbx account\""),
    }
}

fn account(ctx: &Context, report: &mut Report<'_>) -> Option<crate::model::AccountId> {
    let account = match ctx.account() {
        Ok(account) => account,
        Err(error) => {
            report.fail("account", error);
            return None;
        }
    };
    let source = match &ctx.settings.account {
        Some(setting) => setting.source.to_string(),
        None => "sandbox".to_owned(),
    };
    let text = format!("{account} ({source})");
    report.add(if account.looks_like_reseller_number() {
        Finding::warn("account", text).cure(RESELLER_HINT)
    } else {
        Finding::ok("account", text)
    });
    Some(account)
}

/// The names of the account's domains; none when they cannot be listed.
fn domains(ctx: &Context, client: &Client, report: &mut Report<'_>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rows = 0;
    let read = ctx.domains(client, false, &mut |record| {
        rows += 1;
        names.extend(record.domain);
        Ok(())
    });
    match read {
        Ok(completeness) if completeness.is_complete() => {
            let text = count(rows, "domain");
            report.add(if rows == 0 {
                Finding::warn("domains", "none on this account").cure(
                    "check the account's id; a new domain shows after `skyswitch domains list --refresh`",
                )
            } else {
                Finding::ok("domains", text)
            });
            Some(names)
        }
        Ok(_) => {
            report.add(Finding::warn(
                "domains",
                format!("the list is not complete: {} came", count(rows, "domain")),
            ));
            Some(names)
        }
        Err(error) => {
            report.fail("domains", error.into());
            None
        }
    }
}
