//! The kinds of systems, where what we say differs by them.

/// A kind of system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Linux, and whatever is like it.
    Unix,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

impl System {
    /// The one that this program was built for.
    pub const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "macos") {
        Self::MacOs
    } else {
        Self::Unix
    };

    /// What keeps other users from writing to a path of ours, as a hint.
    pub fn keep_others_out(self, path: &std::path::Path) -> String {
        match self {
            Self::Unix | Self::MacOs => format!("run `chmod go-w {}`", path.display()),
            // There the way in is a list of rights, which a user's own directories have by themselves.
            Self::Windows => "move it below your own user directory, which Windows keeps from other users; `SKYSWITCH_STATE_DIR` and `SKYSWITCH_CONFIG_DIR` say where it is".to_owned(),
        }
    }

    /// The words of a line, as a shell would split it. On Windows backslashes are parts of paths and stand
    /// for themselves.
    ///
    /// # Errors
    /// A quote is not closed.
    pub fn words(self, line: &str) -> Result<Vec<String>, shell_words::ParseError> {
        match self {
            Self::Unix | Self::MacOs => shell_words::split(line),
            Self::Windows => shell_words::split(&literal_backslashes(line)),
        }
    }
}

/// Only inside of `'` does the splitter leave a backslash alone.
fn literal_backslashes(line: &str) -> String {
    let mut open = None;
    let mut literal = String::with_capacity(line.len() + 8);
    for c in line.chars() {
        match (open, c) {
            (None, '\'' | '"') => open = Some(c),
            (Some(quote), _) if quote == c => open = None,
            (None | Some('"'), '\\') => literal.push('\\'),
            _ => {}
        }
        literal.push(c);
    }
    literal
}

#[cfg(test)]
mod tests {
    use super::System::{Unix, Windows};

    #[test]
    fn backslashes_are_parts_of_paths_on_windows() {
        for (line, words) in [
            (
                r"C:\bin\op.exe read x",
                &[r"C:\bin\op.exe", "read", "x"][..],
            ),
            (
                r#""C:\Program Files\op.exe" 'a\b' c"#,
                &[r"C:\Program Files\op.exe", r"a\b", "c"],
            ),
            (r"op it\'s'", &["op", r"it\s"]),
        ] {
            assert_eq!(Windows.words(line).expect(line), words, "{line}");
        }
        assert_eq!(Unix.words(r"a\ b").expect("words"), ["a b"]);
        for system in [Unix, Windows] {
            system
                .words(r#"op "C:\x"#)
                .expect_err("a quote that is not closed");
        }
    }
}
