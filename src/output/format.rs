//! The forms a list can take.

use std::fmt;
use std::str::FromStr;

/// `-o/--output`, also `SKYSWITCH_OUTPUT`; `--json` is [`Format::Json`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Columns for people.
    #[default]
    Table,
    /// One array.
    Json,
    /// One object a line.
    Ndjson,
    /// Comma-separated, RFC 4180, with a header.
    Csv,
    /// The same between tabs.
    Tsv,
}

/// A text that names no [`Format`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an output format; accepted are {}", Format::ALL.map(Format::as_str).join(", "))]
pub struct FormatError {
    text: String,
}

impl Format {
    /// All of them, in the order help shows.
    pub const ALL: [Self; 5] = [Self::Table, Self::Json, Self::Ndjson, Self::Csv, Self::Tsv];

    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
        }
    }

    /// Whether errors are told as JSON too (`design.md` §2 "Errors").
    pub fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| FormatError {
                text: text.to_owned(),
            })
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
