//! What was typed for `skyswitch api`: path, query and body, checked before anything is opened.

use std::io::Read;

use serde_json::{Map, Value};

use super::Args;
use crate::api::{Call, Method, Payload};
use crate::context::Context;
use crate::error::{Code, Error};
use crate::model::Origin;

/// Most bytes of a request body.
const LARGEST_BODY: u64 = 16 * 1024 * 1024;
/// Most bytes of an answer.
const LARGEST_ANSWER: u64 = 1 << 30;

/// Everything that was typed, checked, before anything is opened.
pub(super) fn call(ctx: &Context, args: &Args) -> Result<Call, Error> {
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
        .hint(format!(
            "`{}` adds to the query",
            ctx.ready(&format!("api {} -q NAME=VALUE", ctx.word(&args.path)))
        )));
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

#[cfg(test)]
mod tests {
    use super::field;
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
}
