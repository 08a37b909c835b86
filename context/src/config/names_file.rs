//! Names for numbers: the CSV with `ani` and `name` that the profile key `names` points to.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use crate::model::{Number, NumberKey, cell};

/// Most bytes of such a file.
const LARGEST: u64 = 64 << 20;
/// Shorter digits are no caller.
const SHORTEST: usize = 7;

/// What callers are called.
#[derive(Clone, Debug, Default)]
pub struct CallerNames {
    names: HashMap<NumberKey, String>,
    /// The first line that could not be read, and why; it is left out.
    pub fault: Option<String>,
}

impl CallerNames {
    /// Reads the file.
    ///
    /// # Errors
    /// In words, naming the file: it cannot be read, or is no such table.
    pub fn read(path: &Path) -> Result<Self, String> {
        let place = path.display();
        let failed = |what: &dyn std::fmt::Display| format!("`{place}`: {what}");
        let metadata = std::fs::metadata(path).map_err(|error| failed(&error))?;
        if !metadata.is_file() || metadata.len() > LARGEST {
            return Err(failed(&"a CSV file of at most 64 MiB is accepted"));
        }
        let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        let mut names = Self::parse(&text).map_err(|what| format!("{place}:1: {what}"))?;
        names.fault = names.fault.map(|fault| format!("{place}:{fault}"));
        Ok(names)
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim_start_matches('\u{feff}');
        let header = text.lines().next().unwrap_or_default();
        let delimiter = [';', '\t'].into_iter().find(|mark| header.contains(*mark));
        let delimiter = delimiter.map_or(b',', |mark| if mark == ';' { b';' } else { b'\t' });
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let header = reader.headers().cloned().unwrap_or_default();
        let place = |name: &str| {
            header
                .iter()
                .position(|other| other.eq_ignore_ascii_case(name))
        };
        let (Some(ani), Some(name)) = (place("ani"), place("name")) else {
            return Err("the columns `ani` and `name` are needed");
        };
        let mut names = Self::default();
        for record in reader.records() {
            let fault = match record {
                Ok(record) => {
                    let line = cell::line(text, record.position());
                    let cell =
                        |at: usize| cell::unguard(record.get(at).unwrap_or_default()).into_owned();
                    names
                        .add(&cell(ani), cell(name))
                        .map(|what| format!("{line}: {what}"))
                }
                Err(error) => Some(format!(
                    "{}: this is not CSV",
                    cell::line(text, error.position())
                )),
            };
            names.fault = names.fault.take().or(fault);
        }
        Ok(names)
    }

    /// Why it is no number, if it is none.
    fn add(&mut self, ani: &str, name: String) -> Option<String> {
        if ani.is_empty() || name.is_empty() {
            return None;
        }
        match Number::parse(ani) {
            Ok(number) => {
                self.names.entry(number.key()).or_insert(name);
                None
            }
            Err(error) => Some(error.to_string()),
        }
    }

    /// The name of a number in whatever spelling.
    pub fn of(&self, number: &str) -> Option<&str> {
        self.names.get(&NumberKey::of(number)).map(String::as_str)
    }

    /// A text with the name behind each number that has one.
    pub fn beside<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut made = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
            let digits = &rest[at..];
            let end = digits
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(digits.len());
            let start = at - usize::from(rest[..at].ends_with('+'));
            made.push_str(&rest[..at + end]);
            if end >= SHORTEST
                && let Some(name) = self.of(&rest[start..at + end])
            {
                made.push_str(&format!(" ({name})"));
            }
            rest = &digits[end..];
        }
        match made.len() + rest.len() == text.len() {
            true => Cow::Borrowed(text),
            false => Cow::Owned(made + rest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CallerNames;

    #[test]
    fn names_stand_behind_their_numbers_in_any_spelling() {
        for text in [
            "ani,name\n616-555-0101,Dr. Smith\n+442079460958,London\n",
            "\u{feff}Name;x;ANI\nDr. Smith;1;16165550101\nLondon;;+44 20 7946 0958\n",
        ] {
            let names = CallerNames::parse(text).expect("names");
            assert_eq!(names.fault, None);
            assert_eq!(names.of("6165550101"), Some("Dr. Smith"));
            assert_eq!(
                names.beside("  ~ 16165550101 → 300, +442079460958 to 16165550190"),
                "  ~ 16165550101 (Dr. Smith) → 300, +442079460958 (London) to 16165550190"
            );
        }
    }

    #[test]
    fn a_bad_line_is_left_out_and_named_a_bad_table_refused() {
        let names =
            CallerNames::parse("ani,name\r\nfoo,a\r\n6165550101,b\r\nbar,c\r\n").expect("names");
        assert_eq!(names.of("16165550101"), Some("b"));
        assert!(names.fault.expect("a fault").starts_with("2: "));
        CallerNames::parse("number,name\n1,a\n").expect_err("no ani");
        CallerNames::parse("").expect_err("nothing");
    }
}
