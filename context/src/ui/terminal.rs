//! The terminal while questions are asked: it shows nothing by itself, so that secrets pasted
//! ahead of their question are not seen, and every answer is edited and shown here.

use std::io::{self, BufRead, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use unicode_width::UnicodeWidthStr as _;

use crate::output::visible;

/// How the terminal was before it went quiet, while it is.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Whether the cursor may be hidden.
static HIDDEN: AtomicBool = AtomicBool::new(false);

/// While this lives, the terminal shows nothing of what is typed.
#[derive(Debug)]
pub struct Quiet(bool);

/// What Escape does at a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// Nothing, for it may be hit in the midst of a long answer.
    Nothing,
    /// It leaves without one.
    Leaves,
}

impl Quiet {
    /// Switches echo and the terminal's own line editing off; Ctrl-C stays a signal, the other keys
    /// that would end or stop the process in the middle do nothing.
    pub(super) fn start() -> Self {
        let mut before = before();
        // Within another stretch that one gives it back.
        if before.is_some() {
            return Self(false);
        }
        if let Ok(modes) = tcgetattr(rustix::stdio::stdin()) {
            let mut quiet = modes.clone();
            quiet
                .local_modes
                .remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON);
            for key in [SpecialCodeIndex::VSUSP, SpecialCodeIndex::VQUIT] {
                quiet.special_codes[key] = 0;
            }
            quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
            quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
            let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &quiet);
            *before = Some(modes);
        }
        Self(true)
    }
}

/// Somebody else sets the terminal for each key while this lives: between two keys it shows nothing
/// either, how it was is kept for [`give_back_terminal`], and the cursor comes back.
#[derive(Debug)]
pub(super) struct Kept(());

impl Kept {
    pub(super) fn start() -> Self {
        if let Ok(modes) = tcgetattr(rustix::stdio::stdin()) {
            let mut quiet = modes.clone();
            (quiet.local_modes).remove(LocalModes::ECHO | LocalModes::ECHONL);
            let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &quiet);
            *before() = Some(modes);
        }
        HIDDEN.store(true, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        show_cursor();
        restore(&mut before());
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if self.0 {
            restore(&mut before());
        }
    }
}

/// Gives the terminal back as it was, for a process that is about to end: whoever wants to quieten
/// it from now on waits for that end.
pub fn give_back_terminal() {
    let mut before = before();
    restore(&mut before);
    std::mem::forget(before);
    show_cursor();
}

/// Past the printer, whose locks may be held by whoever is interrupted.
fn show_cursor() {
    if HIDDEN.swap(false, Ordering::SeqCst) {
        let _ = io::stderr().write_all(b"\r\x1b[?25h\x1b[J");
    }
}

fn before() -> MutexGuard<'static, Option<Termios>> {
    BEFORE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was typed ahead and not asked for is dropped: a shell would show and run it.
fn restore(before: &mut Option<Termios>) {
    if let Some(modes) = before.take() {
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Flush, &modes);
    }
}

/// Reads a line key by key; `show` gets what is to be seen of it. Nothing where Escape left.
///
/// # Errors
/// `UnexpectedEof` for Ctrl-D before anything else, and where the input ends.
pub(super) fn edit_line(
    input: &mut dyn BufRead,
    show: &mut dyn FnMut(&str),
    escape: Escape,
) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    loop {
        let Some((key, alone)) = next_byte(input)? else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        match key {
            b'\r' | b'\n' => return Ok(Some(String::from_utf8_lossy(&line).into_owned())),
            0x04 if line.is_empty() => return Err(io::ErrorKind::UnexpectedEof.into()),
            0x08 | 0x7f => erase(&mut line, 1, show),
            // Ctrl-U and Ctrl-W.
            0x15 | 0x17 => erase(&mut line, usize::MAX, show),
            0x1b if alone && escape == Escape::Leaves => return Ok(None),
            0x1b if alone => {}
            0x1b => skip_sequence(input)?,
            0x00..0x20 => {}
            _ => {
                line.push(key);
                show(&visible(last(&line).unwrap_or_default()));
            }
        }
    }
}

/// The next byte, and whether nothing came with it: a key that sends several sends them at once.
fn next_byte(input: &mut dyn BufRead) -> io::Result<Option<(u8, bool)>> {
    let next = loop {
        match input.fill_buf() {
            Ok(bytes) => break bytes.first().map(|byte| (*byte, bytes.len() == 1)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    };
    input.consume(usize::from(next.is_some()));
    Ok(next)
}

/// The last character, once all its bytes are there.
fn last(line: &[u8]) -> Option<&str> {
    let start = line.iter().rposition(|byte| byte & 0xc0 != 0x80)?;
    std::str::from_utf8(&line[start..]).ok()
}

fn erase(line: &mut Vec<u8>, most: usize, show: &mut dyn FnMut(&str)) {
    for _ in 0..most.min(line.len()) {
        let text = last(line).unwrap_or_default();
        show(&"\u{8} \u{8}".repeat(visible(text).width()));
        let start = line.iter().rposition(|byte| byte & 0xc0 != 0x80);
        line.truncate(start.unwrap_or(0));
    }
}

/// Arrow keys and the like, which mean nothing here.
fn skip_sequence(input: &mut dyn BufRead) -> io::Result<()> {
    if matches!(next_byte(input)?, Some((b'[' | b'O', _))) {
        while let Some((0x20..0x40, _)) = next_byte(input)? {}
    }
    Ok(())
}
