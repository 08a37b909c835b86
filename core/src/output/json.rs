//! Lists as JSON: one array, or one object a line.
//!
//! Objects are compact and stand a line each; only `finish` closes the array, so that whoever reads
//! a list that died on the way gets an error from the JSON parser and not a shorter list.

use std::io::{self, Write};

use super::{Fields, visible_json};

/// How the rows are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// `[`, objects between commas, `]`.
    Array,
    /// Objects only.
    Lines,
}

/// Writes rows as objects.
pub(crate) struct JsonWriter {
    frame: Frame,
    /// `{"ani":`, `,"dnis":` and so on, ready to copy, and whether what follows is no text.
    keys: Vec<(String, bool)>,
    /// Whether hostile characters become `\uXXXX`.
    escape: bool,
    line: Vec<u8>,
    started: bool,
}

impl JsonWriter {
    /// Objects with these keys. `escape` spells out what must not reach a terminal raw; the value
    /// stays the same.
    pub(crate) fn new(frame: Frame, fields: &Fields, escape: bool) -> Self {
        let open = |index| if index == 0 { '{' } else { ',' };
        Self {
            frame,
            keys: (fields.columns().enumerate())
                .map(|(index, (name, is_switch))| {
                    (format!("{}\"{name}\":", open(index)), is_switch)
                })
                .collect(),
            escape,
            line: Vec::new(),
            started: false,
        }
    }

    /// One object; a missing cell is `null`.
    pub(crate) fn row(
        &mut self,
        out: &mut dyn Write,
        cells: &mut dyn Iterator<Item = Option<&str>>,
    ) -> io::Result<()> {
        self.line.clear();
        if self.frame == Frame::Array {
            let before: &[u8] = if self.started { b",\n  " } else { b"[\n  " };
            self.line.extend_from_slice(before);
        }
        for ((key, is_switch), cell) in self.keys.iter().zip(cells) {
            self.line.extend_from_slice(key.as_bytes());
            match cell.filter(|_| *is_switch) {
                Some(cell) => self.line.extend_from_slice(cell.as_bytes()),
                None => serde_json::to_writer(&mut self.line, &cell)?,
            }
        }
        self.line.push(b'}');
        if self.frame == Frame::Lines {
            self.line.push(b'\n');
        }
        self.started = true;
        if !self.escape || self.line.iter().all(|b| matches!(b, b'\n' | b' '..=b'~')) {
            return out.write_all(&self.line);
        }
        let text = std::str::from_utf8(&self.line).map_err(io::Error::other)?;
        out.write_all(visible_json(text).as_bytes())
    }

    /// Closes the array; an empty one is `[]`.
    pub(crate) fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match (self.frame, self.started) {
            (Frame::Array, true) => out.write_all(b"\n]\n"),
            (Frame::Array, false) => out.write_all(b"[]\n"),
            (Frame::Lines, _) => Ok(()),
        }
    }
}
