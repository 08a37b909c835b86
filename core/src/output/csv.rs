//! Lists as CSV and TSV: RFC 4180 quoting, a header, `\n` line ends, `null` as an empty cell.
//!
//! Cells are guarded against spreadsheets ([`crate::model::cell::guard`]); off a terminal that is
//! the only change.

use std::io::{self, Write};

use super::visible;
use crate::model::cell::guard;

/// Writes rows as separated values.
pub(crate) struct SeparatedWriter<'w> {
    writer: csv::Writer<&'w mut dyn Write>,
    /// The header that has not been written yet.
    header: Option<Vec<&'static str>>,
    visible: bool,
}

impl<'w> SeparatedWriter<'w> {
    /// `delimiter` between the cells; `visible` spells hostile characters out, for a terminal.
    pub(crate) fn new(
        out: &'w mut dyn Write,
        delimiter: u8,
        header: Option<Vec<&'static str>>,
        visible: bool,
    ) -> Self {
        Self {
            writer: csv::WriterBuilder::new()
                .delimiter(delimiter)
                .from_writer(out),
            header,
            visible,
        }
    }

    /// One record; the first one is preceded by the header.
    pub(crate) fn row(&mut self, cells: &mut dyn Iterator<Item = Option<&str>>) -> io::Result<()> {
        self.write_header()?;
        for cell in cells {
            let cell = guard(cell.unwrap_or_default());
            let written = if self.visible {
                self.writer.write_field(visible(&cell).as_bytes())
            } else {
                self.writer.write_field(cell.as_bytes())
            };
            written.map_err(into_io)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(into_io)
    }

    /// The header if there were no rows, and everything out of the buffer.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.write_header()?;
        self.writer.flush()
    }

    /// Everything out of the buffer.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    fn write_header(&mut self) -> io::Result<()> {
        match self.header.take() {
            Some(header) => self.writer.write_record(header).map_err(into_io),
            None => Ok(()),
        }
    }
}

/// The error underneath, so that a closed pipe is still recognised as one.
fn into_io(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
