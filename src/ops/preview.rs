//! A plan's lines in colour.

use std::borrow::Cow;

use crate::context::Context;
use crate::plan::show::{Detail, Line, Style};
use crate::ui::Painted;

/// Large plans are shown short, unless `-v` asks for more.
pub(crate) fn detail() -> Detail {
    match log::log_enabled!(log::Level::Info) {
        true => Detail::Whole,
        false => Detail::SHORT,
    }
}

/// On standard output: the result of a command that shows a plan.
pub(crate) fn print(ctx: &Context, lines: &[Line]) {
    for line in lines {
        ctx.ui.data_painted(&painted(&named(ctx, line)));
    }
}

/// On standard error: what a person must see before saying yes.
pub(crate) fn notice(ctx: &Context, lines: &[Line]) {
    for line in lines {
        ctx.ui.notice_painted(&painted(&named(ctx, line)));
    }
}

/// With the names of its numbers.
fn named<'l>(ctx: &Context, line: &'l Line) -> Cow<'l, Line> {
    let mut named = Cow::Borrowed(line);
    for (at, span) in line.spans.iter().enumerate() {
        if let Cow::Owned(text) = ctx.with_names(&span.text) {
            named.to_mut().spans[at].text = text;
        }
    }
    named
}

fn painted(line: &Line) -> Vec<Painted<'_>> {
    line.spans
        .iter()
        .map(|span| Painted {
            text: &span.text,
            sgr: sgr(span.style),
        })
        .collect()
}

fn sgr(style: Style) -> Option<&'static str> {
    match style {
        Style::Plain => None,
        Style::Heading => Some("1"),
        Style::Add | Style::New => Some("32"),
        Style::Change | Style::Warning => Some("33"),
        Style::Delete => Some("31"),
        Style::Old | Style::Dim => Some("2"),
        Style::Brake => Some("1;31"),
    }
}
