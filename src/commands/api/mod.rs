//! `skyswitch api PATH`: any other call, authenticated.

mod shown;
mod typed;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use self::shown::{paginate, print};
use self::typed::call;
use crate::api::{Call, Client, Method, Payload, Retry};
use crate::context::{Again, Context};
use crate::error::{Code, Error};
use crate::journal::{self, ApiWrite, End, Intents};

/// Any other call of the API, authenticated
///
/// PATH is below the account (`pbx/domains`), or absolute with a leading slash
/// (`/accounts/{account_id}/users`, `/phone-numbers/16165550101`); `{account_id}` is filled in. The
/// answer is printed as it comes; on a terminal hostile bytes are spelled out. With `--jq` it may have
/// 32 MiB. Anything but GET and
/// HEAD asks first, is kept in the journal, and cannot be undone: some calls cost money.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The path; a query behind `?` is accepted, too
    path: String,
    /// The method [default: GET; POST with a body]
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = method)]
    method: Option<Method>,
    /// A query parameter; repeatable
    #[arg(short = 'q', long = "query", value_name = "NAME=VALUE")]
    query: Vec<String>,
    /// A field of the body; repeatable
    ///
    /// Text, or JSON with `NAME:=JSON`.
    #[arg(
        short = 'f',
        long = "field",
        value_name = "NAME=VALUE",
        conflicts_with = "input"
    )]
    field: Vec<String>,
    /// A file with the body, as JSON; `-` for stdin
    #[arg(long, value_name = "FILE")]
    input: Option<String>,
    /// Print status and headers, too
    #[arg(short = 'i', long)]
    include: bool,
    /// All pages, their items as one array
    #[arg(long, conflicts_with = "include")]
    paginate: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Args {
    /// Whether this is a GET or HEAD, as far as the command line tells.
    pub(crate) fn only_reads(&self) -> bool {
        match &self.method {
            Some(method) => matches!(*method, Method::GET | Method::HEAD),
            None => self.field.is_empty() && self.input.is_none(),
        }
    }
}

fn method(text: &str) -> Result<Method, String> {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let upper = text.to_ascii_uppercase();
    known
        .contains(&upper.as_str())
        .then(|| Method::from_bytes(upper.as_bytes()).ok())
        .flatten()
        .ok_or_else(|| format!("accepted are {}", known.join(", ")))
}

pub(crate) fn run(ctx: &Context, args: &Args) -> Result<(), Error> {
    ctx.refuse_fields()?;
    let call = call(ctx, args)?;
    if matches!(call.method, Method::GET | Method::HEAD) {
        let client = ctx.client()?;
        return if args.paginate {
            paginate(ctx, &client, call)
        } else {
            read(ctx, args, &client, &call)
        };
    }
    if args.paginate {
        return Err(Error::new(Code::Usage, "--paginate is for GET"));
    }
    refuse_routes(ctx, &call)?;
    let client = ctx.client()?;
    ctx.announce(&client);
    if !args.yes {
        let question = format!("Send {}? It cannot be undone.", described(&call));
        ctx.confirm(&question, again(ctx, args))?;
    }
    write(ctx, args, &client, &call)
}

/// This command once more. Off a terminal errors are kept, and a value may be a secret.
fn again(ctx: &Context, args: &Args) -> Again {
    let name = |pair: &str| format!("{}=…", pair.split('=').next().unwrap_or_default());
    let pairs = args.query.iter().chain(&args.field);
    pairs.fold(ctx.again(), |again, pair| again.instead(pair, &name(pair)))
}

/// All that a person needs to see before a yes: in this API the query is often the whole call.
fn described(call: &Call) -> String {
    let mut text = format!("{} {}", call.method, call.path);
    for (index, (name, value)) in call.query.iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.push_str(&format!("{name}={value}"));
    }
    if let Payload::Json(bytes) = &call.payload {
        const SHOWN: usize = 500;
        let body: String = String::from_utf8_lossy(bytes).chars().take(SHOWN).collect();
        let more = if body.len() < bytes.len() { "…" } else { "" };
        text.push_str(&format!(" with {body}{more}"));
    }
    text
}

/// Routes have commands of their own, which read first and can be undone.
fn refuse_routes(ctx: &Context, call: &Call) -> Result<(), Error> {
    let decode = |path: &str| -> String {
        url::form_urlencoded::parse(format!("p={}", path.replace(['+', '&'], "/")).as_bytes())
            .map(|(_, path)| path.into_owned())
            .collect()
    };
    // Nobody knows how often a server decodes, or what it takes for a separator.
    let decoded = decode(&decode(&call.path)).to_ascii_lowercase();
    if decoded.contains("route-by-ani") {
        return Err(Error::new(
            Code::Refused,
            "VIP routes are not written through `api`: nothing would be read first, and nothing could be undone",
        )
        .hint(format!("{}\n{}", ctx.ready("routes set --help"), ctx.ready("routes delete --help"))));
    }
    Ok(())
}

fn read(ctx: &Context, args: &Args, client: &Client, call: &Call) -> Result<(), Error> {
    let printed = client.read(call, |response| {
        let mut printed = false;
        print(ctx, args, response, &mut printed).map_err(|error| {
            let retry = if printed {
                Retry::Pointless
            } else {
                Retry::Allowed
            };
            (error, retry)
        })
    });
    printed.map_err(Error::from)?.map_or(Ok(()), Err)
}

fn write(ctx: &Context, args: &Args, client: &Client, call: &Call) -> Result<(), Error> {
    let intent = intent(call);
    let writing = ctx.signals.writing();
    let mut header = ctx.journal_header(client)?;
    // Names only: a value of an unknown call may be a secret.
    header.command = format!("skyswitch api -X {} {}", call.method, call.path);
    let run = ctx.journal()?.begin(&header, Intents::Api(&intent))?;
    let settle = |outcome: &journal::Outcome, end: End| {
        let noted = run.result(0, outcome).and_then(|()| run.end(end));
        if let Err(error) = noted {
            ctx.ui.warning(&error.to_string());
        }
    };
    let response = match client.send(call) {
        Ok(response) => response,
        Err(error) if error.certainly_not_done() => {
            let outcome = match error.status() {
                Some(http_status) => journal::Outcome::Answered { http_status },
                None => journal::Outcome::Failed {
                    error: error.to_string(),
                },
            };
            settle(&outcome, End::Partial);
            return Err(error.into());
        }
        Err(error) => {
            settle(&journal::Outcome::Unknown, End::Partial);
            return Err(unknown(&error.to_string(), run.id()).caused_by(error));
        }
    };
    if response.html {
        // A page in front of the API, perhaps: it may never have got there.
        settle(&journal::Outcome::Unknown, End::Partial);
        return Err(unknown("the answer is an HTML page", run.id()));
    }
    ctx.set_changed();
    settle(
        &journal::Outcome::Answered {
            http_status: response.status,
        },
        End::Done,
    );
    drop(writing);
    let mut printed = false;
    let outcome = print(ctx, args, response, &mut printed);
    if ctx.signals.stop().is_set() {
        let text = format!("interrupted: the call was done (journal {})", run.id());
        return Err(Error::new(Code::Interrupted, text).changed(Some(true)));
    }
    match outcome {
        Ok(None) => Ok(()),
        Ok(Some(error)) => Err(error.changed(Some(true))),
        // Whoever sends it again does it twice.
        Err(error) => {
            let text = format!(
                "the call was done, but its answer cannot be shown: {error} (journal {})",
                run.id()
            );
            Err(Error::new(Code::Partial, text)
                .caused_by(error)
                .changed(Some(true)))
        }
    }
}

fn unknown(what: &str, id: &journal::RunId) -> Error {
    let text = format!("nobody can tell whether it was done: {what} (journal {id})");
    Error::new(Code::OutcomeUnknown, text)
        .changed(None)
        .hint("look whether it was done before you send it again")
}

/// Method, path, names and a hash: no value, for some are secrets.
fn intent(call: &Call) -> ApiWrite {
    let mut parameters: Vec<String> = call.query.iter().map(|(name, _)| name.clone()).collect();
    let mut body_sha256 = None;
    if let Payload::Json(bytes) = &call.payload {
        if let Ok(Value::Object(fields)) = serde_json::from_slice(bytes) {
            parameters.extend(fields.keys().cloned());
        }
        let digest = Sha256::digest(bytes);
        body_sha256 = Some(digest.iter().map(|byte| format!("{byte:02x}")).collect());
    }
    ApiWrite {
        method: call.method.to_string(),
        path: call.path.clone(),
        parameters,
        body_sha256,
    }
}
