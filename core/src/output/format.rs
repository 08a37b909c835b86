//! The forms a list can take.

use crate::model::words;

words! {
    /// `-o/--output`, also `SKYSWITCH_OUTPUT`; `--json` is [`Format::Json`].
    #[derive(Default)]
    Format "an output format" {
        /// Columns for people.
        #[default]
        Table = "table",
        /// One array.
        Json = "json",
        /// One object a line.
        Ndjson = "ndjson",
        /// Comma-separated, RFC 4180, with a header.
        Csv = "csv",
        /// The same between tabs.
        Tsv = "tsv",
    }
}

impl Format {
    /// Whether errors are told as JSON too (`design.md` §2 "Errors").
    pub fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson)
    }
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn every_format_reads_back_and_others_name_the_list() {
        for format in Format::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
        }
        let error = "xml".parse::<Format>().expect_err("no format");
        assert_eq!(
            error.to_string(),
            "`xml` is not an output format; accepted are table, json, ndjson, csv, tsv"
        );
    }
}
