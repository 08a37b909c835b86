//! `skyswitch logout`

use crate::context::Context;
use crate::error::Error;
use crate::model::count;

/// Forget this profile's credentials and tokens
///
/// Removes them from the store on this machine. The API has no call to revoke a token: one that was
/// copied elsewhere works until it expires.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Forget every profile's
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    ctx.refuse_sandbox("logout")?;
    let logins = if args.all {
        ctx.all_logins()?
    } else {
        vec![(ctx.settings.profile.value.clone(), ctx.settings.store.value)]
    };
    let mut forgotten = Vec::new();
    let mut failed = None;
    for (profile, kind) in logins {
        // One store out of reach must not keep the others' secrets alive.
        match ctx.forget(&profile, kind) {
            Ok(true) => forgotten.push(profile),
            Ok(false) => {}
            Err(error) if args.all => {
                ctx.ui
                    .warning(&format!("profile `{profile}`, {kind}: {error}"));
                failed.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    if let Some(error) = failed {
        for profile in &forgotten {
            ctx.ui.status(&format!("logged out of profile `{profile}`"));
        }
        return Err(error);
    }
    if ctx.wants_json() {
        return ctx.print_json(&serde_json::json!({ "logged_out": forgotten }));
    }
    match forgotten.as_slice() {
        [] => ctx.ui.result_line("nobody was logged in"),
        [one] => ctx
            .ui
            .result_line(&format!("logged out of profile `{one}`")),
        many => ctx
            .ui
            .result_line(&format!("logged out of {}", count(many.len(), "profile"))),
    }
    Ok(())
}
