//! `skyswitch api PATH`: any other call, authenticated.

use std::io::{Read, Write};

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::api::{self, Body, Call, Client, Method, Pages, Payload, Response, Retry};
use crate::context::{Context, incomplete};
use crate::error::{Code, Error};
use crate::journal::{self, ApiWrite, End, Intents};
use crate::model::Origin;

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
    /// The method [default: GET, or POST with -f or --input]
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = method)]
    method: Option<Method>,
    /// A query parameter; repeatable
    #[arg(short = 'q', long = "query", value_name = "NAME=VALUE")]
    query: Vec<String>,
    /// A field of a JSON body: text, or JSON with `:=`; repeatable
    #[arg(
        short = 'f',
        long = "field",
        value_name = "NAME=VALUE|NAME:=JSON",
        conflicts_with = "input"
    )]
    field: Vec<String>,
    /// A file with the body, sent as JSON; `-` is standard input
    #[arg(long, value_name = "FILE")]
    input: Option<String>,
    /// Print status and headers, too
    #[arg(short = 'i', long)]
    include: bool,
    /// Fetch all pages and print their items as one array
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

/// Most bytes of a request body.
const LARGEST_BODY: u64 = 16 * 1024 * 1024;
/// Most bytes of an answer.
const LARGEST_ANSWER: u64 = 1 << 30;
/// Most bytes that `--jq` takes: a filter wants the whole text, many times its size in memory.
const LARGEST_FILTERED: usize = 32 * 1024 * 1024;

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
        ctx.confirm(
            &format!("Send {}? It cannot be undone.", described(&call)),
            "--yes",
        )?;
    }
    write(ctx, args, &client, &call)
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

/// Everything that was typed, checked, before anything is opened.
fn call(ctx: &Context, args: &Args) -> Result<Call, Error> {
    let (path, query) = split_path(ctx, &args.path)?;
    let body = body(args)?;
    let method = args.method.clone().unwrap_or(if body.is_some() {
        Method::POST
    } else {
        Method::GET
    });
    if body.is_some() && matches!(method, Method::GET | Method::HEAD) {
        return Err(Error::new(
            Code::Usage,
            format!(
                "{method} has no body: leave out -f and --input, or name another method with -X"
            ),
        )
        .hint("`-q NAME=VALUE` adds to the query"));
    }
    let mut call = Call::new(method, path, LARGEST_ANSWER);
    call.opaque = true;
    call.query = query;
    for pair in &args.query {
        let (name, value) = pair
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| Error::new(Code::Usage, "-q: `NAME=VALUE` is accepted"))?;
        call = call.query(name, value);
    }
    if let Some(body) = body {
        call.payload = Payload::Json(body);
    }
    Ok(call)
}

/// The absolute path with the account filled in, and the query that stood behind it.
fn split_path(ctx: &Context, text: &str) -> Result<(String, Vec<(String, String)>), Error> {
    let bad = |what: &str| Error::new(Code::InvalidInput, format!("PATH: {what}"));
    let text = if text.contains("://") {
        own_origin(ctx, text)?
    } else {
        text
    };
    if text.starts_with("//") {
        return Err(bad("it names another host; paths of the API are accepted"));
    }
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '#' | '\\');
    if path.chars().any(odd) || query.contains('#') {
        return Err(bad(
            "it holds white space, control characters, `#` or `\\`; encode them as %XX",
        ));
    }
    let decoded = path.to_ascii_lowercase().replace("%2e", ".");
    if decoded
        .split(['/'])
        .any(|segment| matches!(segment, "." | ".."))
    {
        return Err(bad("it holds `.` or `..` segments"));
    }
    let mut path = if path.starts_with('/') {
        path.to_owned()
    } else {
        format!("/accounts/{{account_id}}/{path}")
    };
    if path.contains("{account_id}") {
        path = path.replace("{account_id}", ctx.account()?.as_str());
    }
    if path.contains(['{', '}']) {
        return Err(bad("only `{account_id}` is filled in"));
    }
    let query = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    Ok((path, query))
}

/// A whole URL is accepted where it is the API's own.
fn own_origin<'a>(ctx: &Context, text: &'a str) -> Result<&'a str, Error> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let start = text.len() - rest.len() + rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let origin = Origin::parse(&text[..start]).ok();
    if origin != Some(ctx.origin()?) {
        return Err(Error::new(
            Code::InvalidInput,
            format!(
                "PATH: only `{}` is talked to; nothing was sent",
                ctx.origin()?
            ),
        ));
    }
    Ok(&text[start..])
}

fn body(args: &Args) -> Result<Option<Vec<u8>>, Error> {
    let invalid = |what: String| Error::new(Code::InvalidInput, what);
    if let Some(file) = &args.input {
        let mut bytes = Vec::new();
        let read = if file == "-" {
            std::io::stdin()
                .lock()
                .take(LARGEST_BODY + 1)
                .read_to_end(&mut bytes)
        } else {
            std::fs::File::open(file)
                .and_then(|file| file.take(LARGEST_BODY + 1).read_to_end(&mut bytes))
        };
        read.map_err(|error| Error::at(Code::InvalidInput, format!("--input: `{file}`"), error))?;
        if bytes.len() as u64 > LARGEST_BODY {
            return Err(invalid("--input: more than 16 MiB".to_owned()));
        }
        serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).map_err(|error| {
            invalid(format!(
                "--input: not JSON (line {} column {})",
                error.line(),
                error.column()
            ))
        })?;
        return Ok(Some(bytes));
    }
    if args.field.is_empty() {
        return Ok(None);
    }
    let mut fields = Map::new();
    for pair in &args.field {
        let (name, value) = field(pair).ok_or_else(|| {
            Error::new(Code::Usage, "-f: `NAME=TEXT` or `NAME:=JSON` is accepted")
        })?;
        if fields.insert(name.to_owned(), value).is_some() {
            return Err(Error::new(
                Code::Usage,
                format!("-f: `{name}` is given twice"),
            ));
        }
    }
    serde_json::to_vec(&fields)
        .map(Some)
        .map_err(|error| Error::of(Code::Internal, error))
}

fn field(pair: &str) -> Option<(&str, Value)> {
    let (name, text) = pair.split_once('=')?;
    let (name, value) = match name.strip_suffix(':') {
        Some(name) => (name, serde_json::from_str(text).ok()?),
        None => (name, Value::String(text.to_owned())),
    };
    (!name.is_empty()).then_some((name, value))
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

fn too_large_to_filter() -> api::Error {
    let most = LARGEST_FILTERED / 1024 / 1024;
    api::Error::TooMuch(format!(
        "--jq takes {most} MiB at most; without it any size is printed"
    ))
}

/// Prints an answer; the inner error is of the output, which no repeat would mend.
fn print(
    ctx: &Context,
    args: &Args,
    response: Response,
    printed: &mut bool,
) -> Result<Option<Error>, api::Error> {
    if response.html {
        return Err(api::unreadable("it is an HTML page"));
    }
    if let Some(jq) = &ctx.output.jq {
        let mut bytes = Vec::new();
        let most = LARGEST_FILTERED as u64;
        let read = response.body.take(most + 1).read_to_end(&mut bytes);
        read.map_err(Body::recover)?;
        if bytes.len() > LARGEST_FILTERED {
            return Err(too_large_to_filter());
        }
        let text: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
        api::check_json(text)?;
        return Ok(ctx.filter(jq, text).err());
    }
    let mut data = ctx.ui.data();
    let terminal = ctx.ui.options().stdout_terminal;
    let failed = |error: std::io::Error| Error::of(Code::OutputFailed, error);
    if args.include {
        *printed = true;
        if let Err(error) = head(&response, &mut data) {
            return Ok(Some(failed(error)));
        }
    }
    copy(response.body, &mut data, terminal, printed).map(|outcome| outcome.err().map(failed))
}

fn head(response: &Response, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "HTTP/1.1 {}", response.status)?;
    for (name, value) in &response.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        writeln!(out, "{name}: {}", crate::output::visible(&value))?;
    }
    writeln!(out)
}

/// Copies a body in pieces; on a terminal whole characters at a time, made harmless.
fn copy(
    mut body: Body,
    out: &mut dyn Write,
    terminal: bool,
    printed: &mut bool,
) -> Result<std::io::Result<()>, api::Error> {
    let mut buffer = vec![0; 64 * 1024];
    let mut held = Vec::new();
    let mut last = b'\n';
    loop {
        let n = body.read(&mut buffer).map_err(Body::recover)?;
        *printed |= n > 0;
        let written = if terminal {
            held.extend_from_slice(&buffer[..n]);
            let whole = if n == 0 {
                held.len()
            } else {
                whole_characters(&held)
            };
            let text = String::from_utf8_lossy(&held[..whole]);
            let written = out.write_all(crate::output::visible_multiline(&text).as_bytes());
            last = held[..whole].last().copied().unwrap_or(last);
            held.drain(..whole);
            written
        } else {
            out.write_all(&buffer[..n])
        };
        if let Err(error) = written {
            return Ok(Err(error));
        }
        if n == 0 {
            return Ok(if terminal && last != b'\n' {
                writeln!(out)
            } else {
                Ok(())
            });
        }
    }
}

/// How many bytes do not end within a character.
fn whole_characters(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    }
}

/// All pages as one array; it stays open where they break off.
fn paginate(ctx: &Context, client: &Client, call: Call) -> Result<(), Error> {
    let mut pages = Pages::new(client, call);
    let mut collected = Vec::new();
    let mut first = true;
    let mut count = 0;
    let failed = |error: std::io::Error| Error::of(Code::OutputFailed, error);
    while let Some(page) = pages.next_page()? {
        if ctx.output.jq.is_some() {
            for item in page.items {
                collected.push(if count == 0 { b'[' } else { b',' });
                count += 1;
                serde_json::to_writer(&mut collected, &item)
                    .map_err(|error| Error::of(Code::Internal, error))?;
            }
            if collected.len() > LARGEST_FILTERED {
                return Err(too_large_to_filter().into());
            }
            continue;
        }
        let mut data = ctx.ui.data();
        for item in page.items {
            let text = crate::output::visible_json(&item.to_string()).into_owned();
            let before = if first { "[\n  " } else { ",\n  " };
            first = false;
            write!(data, "{before}{text}").map_err(failed)?;
        }
    }
    // A closed array would pass for the whole list, and so would what a filter makes of a part.
    incomplete(&pages.completeness())?;
    match &ctx.output.jq {
        Some(jq) => {
            collected.extend_from_slice(if count == 0 { b"[]" } else { b"]" });
            ctx.filter(jq, &collected)?;
        }
        None => {
            let end = if first { "[]\n" } else { "\n]\n" };
            ctx.ui.data().write_all(end.as_bytes()).map_err(failed)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{field, whole_characters};
    use serde_json::json;

    #[test]
    fn fields_are_text_or_json() {
        assert_eq!(field("a=1"), Some(("a", json!("1"))));
        assert_eq!(field("a:=1"), Some(("a", json!(1))));
        assert_eq!(field("a=b=c"), Some(("a", json!("b=c"))));
        assert_eq!(field("a:=[true]"), Some(("a", json!([true]))));
        for bad in ["a", "=1", ":=1", "a:=x"] {
            assert_eq!(field(bad), None, "{bad}");
        }
    }

    #[test]
    fn characters_are_not_cut() {
        assert_eq!(whole_characters("aé".as_bytes()), 3);
        assert_eq!(whole_characters(b"a\xc3"), 1);
        assert_eq!(whole_characters(b"a\xff"), 2);
    }
}
