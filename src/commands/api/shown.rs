//! The answer to `skyswitch api` on standard output: as it came, filtered, or all pages as one array.

use std::io::{Read, Write};

use super::Args;
use crate::api::{self, Body, Call, Client, Pages, Response};
use crate::context::{Context, incomplete};
use crate::error::{Code, Error};

/// Most bytes that `--jq` takes: a filter wants the whole text, many times its size in memory.
const LARGEST_FILTERED: usize = 32 * 1024 * 1024;

fn too_large_to_filter() -> api::Error {
    let most = LARGEST_FILTERED / 1024 / 1024;
    api::Error::TooMuch(format!(
        "--jq takes {most} MiB at most; without it any size is printed"
    ))
}

/// Prints an answer; the inner error is of the output, which no repeat would mend.
pub(super) fn print(
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
pub(super) fn paginate(ctx: &Context, client: &Client, call: Call) -> Result<(), Error> {
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
    use super::whole_characters;

    #[test]
    fn characters_are_not_cut() {
        assert_eq!(whole_characters("aé".as_bytes()), 3);
        assert_eq!(whole_characters(b"a\xc3"), 1);
        assert_eq!(whole_characters(b"a\xff"), 2);
    }
}
