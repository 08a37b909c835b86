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
    let profiles = if args.all {
        ctx.all_profiles()?
    } else {
        vec![ctx.settings.profile.value.clone()]
    };
    let mut forgotten = Vec::new();
    for profile in profiles {
        if ctx.forget(&profile)? {
            forgotten.push(profile);
        }
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
