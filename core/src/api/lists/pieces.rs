//! JSON text cut into the pieces a list is made of, each whole in memory and none of them large.
//!
//! Only the outermost brackets, commas and keys of a list are walked by hand; every piece is then
//! parsed by serde_json from one slice, which is several times as fast as from a reader and as strict.

use std::io::{self, Read};

use memchr::memchr2;
use serde::de::{DeserializeOwned, DeserializeSeed as _};
use serde_json::error::Category;

use super::unique::{TWICE, Unique};
use super::unreadable;
use crate::api::body::Body;
use crate::api::error::{Error, TransportKind};

/// The most bytes one piece may take; 5 MB fields are noise, not routes.
const LIMIT: usize = 1024 * 1024;
/// A short list fits into the first block; what is longer is read in large ones.
const FIRST: usize = 8 * 1024;
const BUFFER: usize = 64 * 1024;
/// The parser takes no more brackets inside each other either; a text that only opens them need not be
/// read to its end.
const DEEPEST: usize = 127;
/// A UTF-8 byte order mark, which some servers put in front.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// The text of a list, read once from the front to its end.
pub(super) struct Pieces<R> {
    reader: R,
    buffer: Vec<u8>,
    /// The first byte of the buffer that nobody took yet.
    at: usize,
    /// Where the bytes that have been read end.
    filled: usize,
    ended: bool,
    /// Where the buffer's first byte stands in the text; both from zero.
    line: usize,
    column: usize,
}

impl<R: Read> Pieces<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: vec![0; FIRST],
            at: 0,
            filled: 0,
            ended: false,
            line: 0,
            column: 0,
        }
    }

    /// The first byte of the whole text that is not blank, after a mark; none if there is none.
    pub(super) fn first(&mut self) -> Result<Option<u8>, Error> {
        while self.filled < MARK.len() && MARK.starts_with(&self.buffer[..self.filled]) {
            if !self.more()? {
                break;
            }
        }
        if self.buffer[..self.filled].starts_with(MARK) {
            self.at = MARK.len();
        }
        self.not_blank()
    }

    /// The next byte that is not blank; it stays. A text that ends here is cut off.
    pub(super) fn peek(&mut self) -> Result<u8, Error> {
        self.not_blank()?.ok_or_else(|| self.cut_off())
    }

    /// Takes the byte that was peeked at.
    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    /// Takes a whole value and parses it.
    pub(super) fn value<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        self.parsed(|text| serde_json::from_str(text))
    }

    /// Takes a whole object and parses it; a key that stands there twice is refused. `notice` is shown
    /// its text beside what it was read as.
    pub(super) fn object<T: DeserializeOwned>(
        &mut self,
        notice: impl FnOnce(&str, &T),
    ) -> Result<T, Error> {
        self.parsed(|text| {
            let mut deserializer = serde_json::Deserializer::from_str(text);
            let object = Unique::default().deserialize(&mut deserializer)?;
            deserializer.end()?;
            notice(text, &object);
            Ok(object)
        })
    }

    fn parsed<T>(&mut self, parse: impl FnOnce(&str) -> serde_json::Result<T>) -> Result<T, Error> {
        let end = self.find_end()?;
        let piece = &self.buffer[self.at..end];
        let text = std::str::from_utf8(piece).map_err(|error| {
            let (line, column) = self.position(self.at + error.valid_up_to());
            unreadable(&format!("it is not UTF-8 (line {line} column {column})"))
        })?;
        let value = parse(text).map_err(|error| self.refused(&error))?;
        self.at = end;
        Ok(value)
    }

    /// The text must end here.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        match self.not_blank()? {
            None => Ok(()),
            Some(_) => Err(self.not_json()),
        }
    }

    /// What comes next cannot stand here in any JSON.
    pub(super) fn not_json(&self) -> Error {
        let (line, column) = self.position(self.at);
        unreadable(&format!("it is not JSON (line {line} column {column})"))
    }

    /// The key that came last came before.
    pub(super) fn twice(&self) -> Error {
        let (line, column) = self.position(self.at);
        unreadable(&format!("{TWICE} (line {line} column {column})"))
    }

    /// What came last is JSON, but nothing a list is made of.
    pub(super) fn unexpected(&self) -> Error {
        let (line, column) = self.position(self.at);
        unreadable(&format!(
            "it is not a list of the expected kind (line {line} column {column})"
        ))
    }

    fn cut_off(&self) -> Error {
        let (line, column) = self.position(self.filled);
        Error::transport(
            TransportKind::Truncated,
            true,
            format!("its JSON ends early, at line {line} column {column}"),
        )
    }

    /// serde's own words may quote the server: only the place is told.
    fn refused(&self, error: &serde_json::Error) -> Error {
        let (line, column) = self.position(self.at);
        let before = if error.line() > 1 { 0 } else { column - 1 };
        let column = before + error.column();
        let place = format!("(line {} column {column})", line + error.line().max(1) - 1);
        match error.classify() {
            Category::Data if error.to_string().starts_with(TWICE) => {
                unreadable(&format!("{TWICE} {place}"))
            }
            Category::Data => unreadable(&format!("it is not a list of the expected kind {place}")),
            Category::Eof if self.ended => self.cut_off(),
            Category::Syntax | Category::Eof | Category::Io => {
                unreadable(&format!("it is not JSON {place}"))
            }
        }
    }

    /// Line and column, both from one, of a byte in the buffer.
    fn position(&self, index: usize) -> (usize, usize) {
        let (line, column) = advanced((self.line, self.column), &self.buffer[..index]);
        (line + 1, column + 1)
    }

    fn not_blank(&mut self) -> Result<Option<u8>, Error> {
        let mut blanks = 0;
        loop {
            let rest = &self.buffer[self.at..self.filled];
            match rest.iter().position(|byte| !is_blank(*byte)) {
                Some(n) => {
                    self.at += n;
                    return Ok(Some(self.buffer[self.at]));
                }
                None => {
                    blanks += rest.len();
                    self.at = self.filled;
                }
            }
            if blanks > LIMIT {
                return Err(too_large());
            }
            if !self.more()? {
                return Ok(None);
            }
        }
    }

    /// Where the value that begins at `at` ends. Brackets are only counted; what is wrong inside is
    /// for the parser to find.
    fn find_end(&mut self) -> Result<usize, Error> {
        match self.peek()? {
            b'{' | b'[' => {
                let mut scan = Scan::default();
                let end = self.scan(|bytes| scan.brackets(bytes))?;
                if scan.depth > DEEPEST {
                    return Err(self.not_json());
                }
                end
            }
            b'"' => {
                let mut scan = Scan::default();
                self.scan(move |bytes| scan.string(bytes))?
            }
            b',' | b':' | b']' | b'}' => return Err(self.not_json()),
            _ => self.scan(|bytes| {
                let ends = |byte: &u8| is_blank(*byte) || b",:]}[{\"".contains(byte);
                bytes.iter().position(ends)
            })?,
        }
        .map_or_else(
            // A bare word may end with the text.
            || match self.buffer[self.at] {
                b'{' | b'[' | b'"' => Err(self.cut_off()),
                _ => Ok(self.filled),
            },
            Ok,
        )
    }

    /// Shows the bytes from `at` on to `find`, block after block, until it has found the end.
    fn scan(
        &mut self,
        mut find: impl FnMut(&[u8]) -> Option<usize>,
    ) -> Result<Option<usize>, Error> {
        let mut seen = 0;
        loop {
            let begin = self.at + seen;
            if let Some(n) = find(&self.buffer[begin..self.filled]) {
                return Ok(Some(begin + n));
            }
            seen = self.filled - self.at;
            if seen > LIMIT {
                return Err(too_large());
            }
            if !self.more()? {
                return Ok(None);
            }
        }
    }

    /// Reads another block behind what is there; tells whether something came.
    fn more(&mut self) -> Result<bool, Error> {
        if self.ended {
            return Ok(false);
        }
        if self.filled == self.buffer.len() {
            if self.at > 0 {
                let taken = &self.buffer[..self.at];
                (self.line, self.column) = advanced((self.line, self.column), taken);
                self.buffer.copy_within(self.at.., 0);
                self.filled -= self.at;
                self.at = 0;
            }
            let size = self.buffer.len();
            if self.filled == size || size < BUFFER {
                self.buffer.resize(BUFFER.max(size * 2), 0);
            }
        }
        loop {
            match self.reader.read(&mut self.buffer[self.filled..]) {
                Ok(n) => {
                    self.filled += n;
                    self.ended = n == 0;
                    return Ok(n > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Body::recover(error)),
            }
        }
    }
}

/// How far into a value the scan has come.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Scan {
    /// The end of the value whose first byte was a bracket: one behind the bracket that closes it, or
    /// behind the first that goes too deep.
    fn brackets(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            if self.in_string {
                at += self.rest_of_string(&bytes[at..])?;
                continue;
            }
            let Some(n) = bytes[at..]
                .iter()
                .position(|byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']'))
            else {
                break;
            };
            at += n + 1;
            match bytes[at - 1] {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                _ => self.depth -= 1,
            }
            if self.depth == 0 || self.depth > DEEPEST {
                return Some(at);
            }
        }
        None
    }

    /// The end of a string, from its first quotation mark on: one behind its last.
    fn string(&mut self, bytes: &[u8]) -> Option<usize> {
        if self.in_string {
            return self.rest_of_string(bytes);
        }
        let (_, rest) = bytes.split_first()?;
        self.in_string = true;
        self.rest_of_string(rest).map(|n| n + 1)
    }

    fn rest_of_string(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        if std::mem::take(&mut self.escaped) && !bytes.is_empty() {
            at = 1;
        }
        while let Some(n) = memchr2(b'"', b'\\', bytes.get(at..)?) {
            at += n + 1;
            if bytes[at - 1] == b'"' {
                self.in_string = false;
                return Some(at);
            }
            // What an escape hides may only come with the next block.
            self.escaped = at == bytes.len();
            at += 1;
        }
        None
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Line and column behind some bytes.
fn advanced((line, column): (usize, usize), bytes: &[u8]) -> (usize, usize) {
    match bytes.iter().filter(|byte| **byte == b'\n').count() {
        0 => (line, column + bytes.len()),
        lines => {
            let last = bytes.iter().rev().position(|byte| *byte == b'\n');
            (line + lines, last.unwrap_or(0))
        }
    }
}

fn too_large() -> Error {
    Error::transport(
        TransportKind::TooLarge,
        true,
        format!(
            "one item of the list has more than {} MiB",
            LIMIT / 1024 / 1024
        ),
    )
}
