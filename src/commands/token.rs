//! `skyswitch token`

use crate::context::Context;
use crate::error::Error;

/// Print a valid access token, for curl and CI
///
/// Refreshes the session first when the token is about to end. The token is the only thing on
/// standard output, as in
/// `curl -H "Authorization: Bearer $(skyswitch token)" https://api.skyswitch.com/...`
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {}

pub(crate) fn run(ctx: &Context, _args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    let bearer = ctx.bearer()?.bearer().map_err(crate::api::Error::Bearer)?;
    let token = bearer.secret().expose();
    // A variable that is set for lists must not break `$(skyswitch token)`.
    if ctx.wants_json() && ctx.output.typed {
        ctx.print_json(&serde_json::json!({ "access_token": token }))
    } else {
        ctx.ui.data_line(token);
        Ok(())
    }
}
