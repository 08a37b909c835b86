//! What `-v` shows: our own records only, numbers masked, hostile bytes spelled out.
//!
//! Libraries' records are dropped: nobody can promise what they hold. Ours never hold a secret:
//! headers go through an allow-list and bodies of the token endpoint are not logged at all (`api`).

use std::borrow::Cow;
use std::fs::File;
use std::io::Write;
use std::sync::Mutex;

use jiff::Timestamp;
use log::{LevelFilter, Log, Metadata, Record};

use crate::api::HEADERS;
use crate::output::visible;

struct Logger {
    file: Option<Mutex<File>>,
}

/// Starts logging: without asking only what everybody should see; once says method, path, status and
/// time, twice headers and bodies of routes and domains as well. To `file` where one is given, else to
/// standard error.
pub fn start(verbosity: u8, file: Option<File>) {
    let level = match verbosity {
        0 => LevelFilter::Warn,
        1 => LevelFilter::Info,
        _ => LevelFilter::Trace,
    };
    let logger = Logger {
        file: file.map(Mutex::new),
    };
    if log::set_boxed_logger(Box::new(logger)).is_ok() {
        log::set_max_level(level);
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("skyswitch")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let text = record.args().to_string();
        let text = if record.target() == HEADERS {
            Cow::Borrowed(text.as_str())
        } else {
            mask_numbers(&text)
        };
        let stamp = match &self.file {
            // A file outlives the command that wrote to it.
            Some(_) => format!("{:.3} {} ", Timestamp::now(), std::process::id()),
            None => String::new(),
        };
        let line = format!("{stamp}{}\n", visible(&text));
        // Nobody can be told that the log failed, and a command does not fail for it.
        let _ = match &self.file {
            Some(file) => match file.lock() {
                Ok(mut file) => file.write_all(line.as_bytes()),
                Err(_) => Ok(()),
            },
            None => std::io::stderr().lock().write_all(line.as_bytes()),
        };
    }

    fn flush(&self) {}
}

/// Hides the middle of every run of digits long enough to be a telephone number: `1616***1234`.
pub fn mask_numbers(text: &str) -> Cow<'_, str> {
    const SHORTEST: usize = 7;
    let bytes = text.as_bytes();
    let mut masked = String::new();
    let mut copied = 0;
    let mut at = 0;
    while at < bytes.len() {
        let run = bytes[at..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        if run >= SHORTEST {
            // Ten digits and more keep four in front and four behind, shorter ones two and two.
            let keep = if run >= 10 { 4 } else { 2 };
            masked.push_str(&text[copied..at + keep]);
            masked.push_str("***");
            copied = at + run - keep;
        }
        at += run.max(1);
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[copied..]);
    Cow::Owned(masked)
}

#[cfg(test)]
mod tests {
    use super::mask_numbers;

    #[test]
    fn numbers_lose_their_middle() {
        for (text, masked) in [
            ("ani=16165551234&x=1", "ani=1616***1234&x=1"),
            ("6165551234", "6165***1234"),
            ("5551234", "55***34"),
            ("200 in 123456us", "200 in 123456us"),
            ("é16165551234é", "é1616***1234é"),
            ("", ""),
        ] {
            assert_eq!(mask_numbers(text), masked);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_whole_number_is_left(text in "\\PC{0,10}[0-9]{7,16}\\PC{0,10}") {
            let masked = mask_numbers(&text).into_owned();
            let longest = masked.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
            proptest::prop_assert!(longest.unwrap_or(0) < 7);
        }
    }
}
