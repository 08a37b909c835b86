//! What lies on this machine: configuration, state directory, credential store.

use super::Report;
use super::finding::Finding;
use crate::context::{Context, Credential};
use crate::durable;
use crate::error::{Code, Error};
use crate::model::StoreKind;

pub(super) fn check(ctx: &Context, report: &mut Report<'_>) -> Result<(), Error> {
    report.add(config(ctx));
    match state(ctx) {
        Ok(finding) => report.add(finding),
        Err(error) => report.fail("state", error),
    }
    match store(ctx) {
        Ok(finding) => report.add(finding),
        Err(error) => report.fail("store", error),
    }
    Ok(())
}

/// It has been read already, or there would be no run: what is left is to say which one.
fn config(ctx: &Context) -> Finding {
    let settings = &ctx.settings;
    if settings.sandbox {
        return Finding::ok("config", "not read: the sandbox ignores it");
    }
    let Some(path) = &settings.config_path else {
        return Finding::warn("config", "there is no home directory to look for one in")
            .cure("set `SKYSWITCH_CONFIG_DIR` and `SKYSWITCH_STATE_DIR`");
    };
    let place = path.display();
    let profile = format!(
        "profile `{}` ({})",
        settings.profile.value, settings.profile.source
    );
    if !path.is_file() {
        return Finding::ok("config", format!("none at {place}; {profile}"));
    }
    if settings.profile_exists {
        Finding::ok("config", format!("{place}; {profile}"))
    } else {
        Finding::warn("config", format!("{place}; {profile} is not in it")).cure("skyswitch login")
    }
}

/// Journal and locks live there: without it nothing is written.
fn state(ctx: &Context) -> Result<Finding, Error> {
    let directory = ctx.state_dir()?;
    let failed = |error: std::io::Error| {
        Error::at(
            Code::JournalUnavailable,
            format!("`{}` cannot be written", directory.display()),
            error,
        )
        .hint("make room or permit it, or set `SKYSWITCH_STATE_DIR` to a directory of your own")
    };
    durable::create_private_dir(&directory).map_err(failed)?;
    let probe = directory.join(format!(".probe-{}", std::process::id()));
    durable::replace(&probe, b"skyswitch").map_err(failed)?;
    durable::remove(&probe).map_err(failed)?;
    Ok(Finding::ok("state", directory.display().to_string()))
}

fn store(ctx: &Context) -> Result<Finding, Error> {
    let settings = &ctx.settings;
    let elsewhere = match ctx.credential() {
        Credential::Store => None,
        Credential::Sandbox => Some("the sandbox"),
        Credential::Token => Some("`SKYSWITCH_TOKEN`"),
        Credential::Environment => Some("environment variables"),
        Credential::Command => Some("a credential command"),
    };
    if let Some(elsewhere) = elsewhere {
        return Ok(Finding::ok(
            "store",
            format!("not opened: the credentials come from {elsewhere}"),
        ));
    }
    ctx.store()?.probe(&settings.profile.value)?;
    let kind = settings.store.value;
    let place = match (kind, ctx.state_dir()) {
        (StoreKind::File, Ok(directory)) => {
            format!(" in {}", directory.join("credentials").display())
        }
        _ => String::new(),
    };
    Ok(Finding::ok(
        "store",
        format!(
            "{kind} ({}){place} keeps what is written to it",
            settings.store.source
        ),
    ))
}
