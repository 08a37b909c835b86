//! A filter ends: whatever calls itself in it is counted, and stopped before the stack is used up.
//!
//! jaq evaluates by calling itself, and a stack that overflows takes the process with it. So every
//! definition of an expression begins with a filter of ours that looks how deep it is.

use std::cell::Cell;

use jaq_core::load::Lexer;
use jaq_core::load::lex::{StrPart, Tok, Token};
use jaq_core::native::{Fun, v};
use jaq_core::{Error, Exn, Native};
use jaq_json::Val;

/// What a filter may look up while it runs: nothing of ours.
pub(super) type Data = jaq_core::data::JustLut<Val>;

/// How much of the stack a filter may take, in bytes, where nobody said that there is more.
const STACK: usize = 1 << 20;
/// How often definitions of a filter may be called: one that calls itself at its end takes no stack and
/// would never end.
const MOST_CALLS: usize = 1 << 23;
/// How deep a text may nest that a filter reads as JSON: jaq reads it by calling itself.
const MOST_NESTED: usize = 10_000;

thread_local! {
    /// Where the stack of this thread begins, how much of it a filter may take, and the calls so far.
    static DEPTH: Cell<(usize, usize, usize)> = const { Cell::new((0, STACK, 0)) };
}

/// Says how much stack this thread has: a filter goes as deep as that allows.
pub fn filters_may_take(bytes: usize) {
    DEPTH.set((0, bytes, 0));
}

fn here() -> usize {
    let local = 0_u8;
    std::ptr::from_ref(&local).addr()
}

/// `_shallow`: `.`, and the end of a recursion that would take the process with it.
fn shallow<T>(value: T) -> Result<T, Exn<'static, Val>> {
    let (start, room, calls) = DEPTH.get();
    DEPTH.set((start, room, calls + 1));
    if start.saturating_sub(here()) < room && calls < MOST_CALLS {
        return Ok(value);
    }
    Err(exception("a definition calls itself without end"))
}

fn exception(words: &str) -> Exn<'static, Val> {
    Exn::from(Error::str(words))
}

/// `_flat`: `.`, unless it is a text that nests too deep to be read.
fn flat(value: Val) -> Result<Val, Exn<'static, Val>> {
    let (Val::TStr(text) | Val::BStr(text)) = &value else {
        return Ok(value);
    };
    let mut depth = 0_usize;
    let deepest = text.iter().map(|byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth
    });
    match deepest.max() {
        Some(deepest) if deepest > MOST_NESTED => Err(exception("it nests too deep")),
        _ => Ok(value),
    }
}

/// What stands before every definition of an expression, and before `fromjson`.
pub(super) fn guards() -> [Fun<Data>; 2] {
    let flat = Native::<Data>::new(|cv| Box::new(std::iter::once(flat(cv.1))));
    let shallow = Native::<Data>::new(|cv| Box::new(std::iter::once(shallow(cv.1))))
        .with_paths(|cv| Box::new(std::iter::once(shallow(cv.1))))
        .with_update(|cv, update| match shallow(cv.1) {
            Ok(value) => update(value),
            Err(error) => Box::new(std::iter::once(Err(error))),
        });
    [("_shallow", v(0), shallow), ("_flat", v(0), flat)]
}

/// The expression with a guard in every definition, whose columns are no longer those that were typed.
pub(super) fn guarded(expression: &str) -> Option<String> {
    let mut places = Vec::new();
    definitions(&Lexer::new(expression).lex().ok()?, &mut places);
    let mut code = String::new();
    let mut done = 0;
    for place in places {
        let place = place - expression.as_ptr().addr();
        code.push_str(expression.get(done..place)?);
        code.push_str(" _shallow | ");
        done = place;
    }
    Some(code + &expression[done..]).filter(|_| done > 0)
}

/// Finds where the bodies of definitions begin: behind `def NAME:` and `def NAME(…):`.
fn definitions(tokens: &[Token<&str>], places: &mut Vec<usize>) {
    let mut words = 0;
    for Token(text, kind) in tokens {
        words = match kind {
            Tok::Word if words == 0 => usize::from(*text == "def"),
            Tok::Word if words == 1 => 2,
            Tok::Block(inner) => {
                definitions(inner, places);
                words
            }
            Tok::Str(parts) => {
                for part in parts {
                    if let StrPart::Term(term) = part {
                        definitions(std::slice::from_ref(term), places);
                    }
                }
                0
            }
            Tok::Sym if words == 2 && *text == ":" => {
                places.push(text.as_ptr().addr() + text.len());
                0
            }
            _ => 0,
        };
    }
}

/// Counts anew from here, for one run of a filter.
pub(super) fn begin() {
    let (_, room, _) = DEPTH.get();
    DEPTH.set((here(), room, 0));
}
