//! One list in the format that was asked for, row by row.

use std::io::{self, Write};

use super::csv::SeparatedWriter;
use super::json::{Frame, JsonWriter};
use super::table::TableWriter;
use super::{Fields, Format};
use crate::model::Cells;

/// How a list is to look.
#[derive(Clone, Debug)]
pub struct ListOptions {
    /// The format.
    pub format: Format,
    /// The columns.
    pub fields: Fields,
    /// Whether tables, CSV and TSV start with the column names (`--no-header` says no).
    pub header: bool,
    /// Whether the bytes go to a terminal: hostile characters are then spelled out in every format.
    pub terminal: bool,
    /// The terminal's width in columns; without one nothing is wrapped.
    pub width: Option<u16>,
    /// Whether the table's header may be styled.
    pub color: bool,
}

/// Writes the rows of one list to a writer. Before the first row nothing is written.
///
/// Ends with [`ListWriter::finish`], or with [`ListWriter::abandon`] when the rows stopped early.
pub struct ListWriter<'w> {
    form: Form<'w>,
    fields: Fields,
    rows: usize,
}

enum Form<'w> {
    Table(&'w mut dyn Write, TableWriter),
    Json(&'w mut dyn Write, JsonWriter),
    Separated(Box<SeparatedWriter<'w>>),
}

impl<'w> ListWriter<'w> {
    /// A list that goes to `out`, which should be buffered.
    pub fn new(out: &'w mut dyn Write, options: ListOptions) -> Self {
        let names = options.fields.names();
        let header = options.header.then(|| names.to_vec());
        let form = match options.format {
            Format::Table => {
                let width = options.width.filter(|_| options.terminal);
                Form::Table(
                    out,
                    TableWriter::new(names, options.header, width, options.color),
                )
            }
            // JSON may always be escaped: the value is the same. Lines are for other programs and exact.
            Format::Json => Form::Json(out, JsonWriter::new(Frame::Array, &options.fields, true)),
            Format::Ndjson => {
                let escape = options.terminal;
                Form::Json(out, JsonWriter::new(Frame::Lines, &options.fields, escape))
            }
            Format::Csv => Form::Separated(Box::new(SeparatedWriter::new(
                out, b',', header, options.terminal,
            ))),
            Format::Tsv => Form::Separated(Box::new(SeparatedWriter::new(
                out, b'\t', header, options.terminal,
            ))),
        };
        Self {
            form,
            fields: options.fields,
            rows: 0,
        }
    }

    /// Writes one row. An error ends the list; a closed pipe keeps its kind.
    pub fn row(&mut self, row: &dyn Cells) -> io::Result<()> {
        self.rows += 1;
        let mut cells = self.fields.cells(row);
        match &mut self.form {
            Form::Table(out, table) => table.row(*out, &mut self.fields.shown(row)),
            Form::Json(out, json) => json.row(*out, &mut cells),
            Form::Separated(writer) => writer.row(&mut cells),
        }
    }

    /// Hands on what was written so far, for lists that come slowly; a table shows its rows when it knows
    /// how wide they are.
    ///
    /// # Errors
    /// The writer's.
    pub fn flush(&mut self) -> io::Result<()> {
        match &mut self.form {
            Form::Table(out, _) | Form::Json(out, _) => out.flush(),
            Form::Separated(writer) => writer.flush(),
        }
    }

    /// Ends a whole list and tells how many rows it had.
    ///
    /// An empty list is `[]` in JSON, the header alone in CSV and TSV, and nothing otherwise.
    pub fn finish(mut self) -> io::Result<usize> {
        match &mut self.form {
            Form::Table(out, table) => table.finish(*out)?,
            Form::Json(out, json) => json.finish(*out)?,
            Form::Separated(writer) => writer.finish()?,
        }
        Ok(self.rows)
    }

    /// Ends a list whose rows stopped early: what was held back is written, an array stays open.
    pub fn abandon(mut self) -> io::Result<usize> {
        match &mut self.form {
            Form::Table(out, table) => table.finish(*out)?,
            Form::Json(..) => {}
            Form::Separated(writer) => writer.flush()?,
        }
        Ok(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use proptest::prelude::*;

    use super::{ListOptions, ListWriter};
    use crate::model::{DomainRecord, Route, Row, cell::unguard};
    use crate::output::{Fields, Format, is_hostile};

    fn options<T: Row>(format: Format) -> ListOptions {
        ListOptions {
            format,
            fields: Fields::all::<T>(true),
            header: true,
            terminal: false,
            width: None,
            color: false,
        }
    }

    fn write<T: Row>(options: &ListOptions, rows: &[T]) -> String {
        let mut bytes = Vec::new();
        let mut list = ListWriter::new(&mut bytes, options.clone());
        for row in rows {
            list.row(row).expect("a row");
        }
        assert_eq!(list.finish().expect("the end"), rows.len());
        String::from_utf8(bytes).expect("text")
    }

    fn route(ani: &str, dnis: Option<&str>, destination: &str) -> Route {
        Route {
            ani: Some(ani.into()),
            dnis: dnis.map(Into::into),
            domain: Some("acme.15611.service".into()),
            application: Some("user".into()),
            destination: Some(destination.into()),
        }
    }

    fn two() -> [Route; 2] {
        [
            route("16165550101", None, "john"),
            route("16165550102", Some("16165550199"), "=cmd|' /C calc'!A0"),
        ]
    }

    #[test]
    fn json_is_one_array_with_every_field() {
        insta::assert_snapshot!(write(&options::<Route>(Format::Json), &two()), @r#"
        [
          {"ani":"16165550101","dnis":null,"domain":"acme.15611.service","application":"user","destination":"john"},
          {"ani":"16165550102","dnis":"16165550199","domain":"acme.15611.service","application":"user","destination":"=cmd|' /C calc'!A0"}
        ]
        "#);
    }

    #[test]
    fn a_table_shows_the_plus_of_other_countries_and_nothing_else_does() {
        let row = [route("442079460958", Some("16165550199"), "33142685300")];
        let text = |format| write(&options::<Route>(format), &row);
        let table = text(Format::Table);
        assert!(table.contains("\n+442079460958  16165550199"), "{table}");
        assert!(table.ends_with(" 33142685300\n"), "{table}");
        for format in [Format::Json, Format::Csv, Format::Tsv, Format::Ndjson] {
            assert!(!text(format).contains('+'), "{format}");
        }
    }

    #[test]
    fn csv_has_a_header_and_guarded_cells() {
        insta::assert_snapshot!(write(&options::<Route>(Format::Csv), &two()), @r#"
        ani,dnis,domain,application,destination
        16165550101,,acme.15611.service,user,john
        16165550102,16165550199,acme.15611.service,user,'=cmd|' /C calc'!A0
        "#);
    }

    #[test]
    fn a_table_is_underlined_columns() {
        insta::assert_snapshot!(write(&options::<Route>(Format::Table), &two()), @"
        ani          dnis         domain              application  destination
        ─────────────────────────────────────────────────────────────────────────────
        16165550101  -            acme.15611.service  user         john
        16165550102  16165550199  acme.15611.service  user         =cmd|' /C calc'!A0
        ");
    }

    #[test]
    fn fields_and_no_header_hold_in_every_format() {
        let text = |format| {
            let mut options = options::<Route>(format);
            options.fields = Fields::parse::<Route>("destination,ani").expect("fields");
            options.header = false;
            write(&options, &two()[..1])
        };
        assert_eq!(text(Format::Csv), "john,16165550101\n");
        assert_eq!(text(Format::Tsv), "john\t16165550101\n");
        assert_eq!(text(Format::Table), "john  16165550101\n");
        let object = r#"{"destination":"john","ani":"16165550101"}"#;
        assert_eq!(text(Format::Ndjson), format!("{object}\n"));
        assert_eq!(text(Format::Json), format!("[\n  {object}\n]\n"));
    }

    #[test]
    fn an_empty_list_is_an_empty_array_a_header_or_nothing() {
        let text = |format| write::<DomainRecord>(&options::<DomainRecord>(format), &[]);
        assert_eq!(text(Format::Json), "[]\n");
        assert_eq!(text(Format::Ndjson), "");
        assert_eq!(text(Format::Table), "");
        assert_eq!(text(Format::Csv), "domain,description,reseller\n");
        assert_eq!(text(Format::Tsv), "domain\tdescription\treseller\n");
    }

    #[test]
    fn an_abandoned_list_shows_its_rows_and_leaves_the_array_open() {
        for (format, end) in [
            (Format::Json, "\"john\"}"),
            (Format::Ndjson, "\"john\"}\n"),
            (Format::Csv, ",john\n"),
            (Format::Table, "  john\n"),
        ] {
            let mut bytes = Vec::new();
            let mut list = ListWriter::new(&mut bytes, options::<Route>(format));
            list.row(&two()[0]).expect("a row");
            assert_eq!(list.abandon().expect("the end"), 1);
            let text = String::from_utf8(bytes).expect("text");
            assert!(text.ends_with(end), "{format}: {text}");
        }
    }

    #[test]
    fn on_a_terminal_hostile_characters_are_spelled_out_in_every_format() {
        let evil = [route(
            "1\u{1b}[2J",
            Some("\u{202e}9\n8"),
            "jo\u{200b}hn\u{9b}m",
        )];
        for format in Format::ALL {
            let mut options = options::<Route>(format);
            options.terminal = true;
            options.width = Some(200);
            let text = write(&options, &evil);
            assert!(
                !text.contains(|c| c != '\n' && c != '\t' && is_hostile(c)),
                "{format}: {text:?}"
            );
        }
    }

    #[test]
    fn off_a_terminal_lines_and_csv_are_exact_and_the_table_is_clean() {
        let evil = [route("1", None, "a\u{1b}\u{202e}\nb")];
        let text = |format| write(&options::<Route>(format), &evil);
        assert!(text(Format::Csv).ends_with(",\"a\u{1b}\u{202e}\nb\"\n"));
        assert!(text(Format::Ndjson).contains("a\\u001b\u{202e}\\nb"));
        assert!(text(Format::Table).ends_with("  a\\u{1b}\\u{202e}\\u{a}b\n"));
    }

    /// A writer that takes `room` bytes and then reports a closed pipe.
    struct Pipe {
        room: usize,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = self.room.min(bytes.len());
            self.room -= taken;
            if taken == 0 {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_keeps_its_kind_in_every_format() {
        for format in Format::ALL {
            let mut pipe = Pipe { room: 10 };
            let mut list = ListWriter::new(&mut pipe, options::<Route>(format));
            let rows = (0..3000).try_for_each(|_| list.row(&two()[0]));
            let error = rows
                .and_then(|()| list.finish().map(|_| ()))
                .expect_err("closed");
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{format}");
        }
    }

    fn any_route() -> impl Strategy<Value = Route> {
        let cell = || proptest::option::of(any::<String>());
        (cell(), cell(), cell(), cell(), cell()).prop_map(
            |(ani, dnis, domain, application, destination)| Route {
                ani,
                dnis: dnis.filter(|dnis| !dnis.is_empty()),
                domain,
                application,
                destination,
            },
        )
    }

    proptest! {
        #[test]
        fn json_reads_back_as_it_was(rows in proptest::collection::vec(any_route(), 0..5), terminal: bool) {
            let mut options = options::<Route>(Format::Json);
            options.terminal = terminal;
            let back: Vec<Route> = serde_json::from_str(&write(&options, &rows)).expect("json");
            prop_assert_eq!(&back, &rows);
            options.format = Format::Ndjson;
            let lines: Vec<Route> = serde_json::Deserializer::from_str(&write(&options, &rows))
                .into_iter()
                .collect::<Result<_, _>>()
                .expect("lines");
            prop_assert_eq!(&lines, &rows);
        }

        #[test]
        fn csv_reads_back_as_it_was(rows in proptest::collection::vec(any_route(), 0..5), tabs: bool) {
            let format = if tabs { Format::Tsv } else { Format::Csv };
            let text = write(&options::<Route>(format), &rows);
            let mut reader = csv::ReaderBuilder::new()
                .delimiter(if tabs { b'\t' } else { b',' })
                .from_reader(text.as_bytes());
            let back: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("csv");
            prop_assert_eq!(back.len(), rows.len());
            for (record, row) in back.iter().zip(&rows) {
                for (index, cell) in record.iter().enumerate() {
                    prop_assert_eq!(unguard(cell), row.cell(index).unwrap_or_default());
                }
            }
        }
    }
}
