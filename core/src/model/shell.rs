//! The shell at hand: how a word, a variable or two commands are typed so that it reads what is meant.

use std::borrow::Cow;

use super::System;

/// A kind of shell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shell {
    /// `sh` and its like.
    #[default]
    Posix,
    /// The command prompt of Windows.
    Cmd,
    /// PowerShell, of Windows or its own.
    PowerShell,
}

/// PowerShell takes each of them for a `'`.
const SINGLE_QUOTES: [char; 5] = ['\'', '\u{2018}', '\u{2019}', '\u{201a}', '\u{201b}'];

impl Shell {
    /// The one that has most likely started us, by two variables of its: `MSYSTEM` of Git's `bash`, and
    /// `PSModulePath`, which has two entries on any Windows and which PowerShell makes longer.
    pub fn at_hand(system: System, msystem: Option<&str>, ps_module_path: Option<&str>) -> Self {
        let entries = ps_module_path.map_or(0, |path| path.split(';').count());
        match system {
            System::Unix | System::MacOs => Self::Posix,
            System::Windows if msystem.is_some() => Self::Posix,
            System::Windows if entries > 2 => Self::PowerShell,
            System::Windows => Self::Cmd,
        }
    }

    /// A text as one word that is safe to paste.
    pub fn word(self, text: &str) -> Cow<'_, str> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:\\+=@".contains(c);
        let tame = |c: char| c.is_ascii_alphanumeric() || "_-./:+=,@%".contains(c);
        match self {
            // What begins with `=` is a path to zsh.
            Self::Posix if text.is_empty() || text.starts_with('=') || !text.chars().all(tame) => {
                shell_words::quote(text)
            }
            Self::Posix => text.into(),
            _ if !text.is_empty() && text.chars().all(plain) && !text.starts_with('@') => {
                text.into()
            }
            // Two quotes are one inside of quotes, for cmd as for the program; so no word gets out.
            Self::Cmd => {
                let slashes = text.chars().rev().take_while(|c| *c == '\\').count();
                format!("\"{}{}\"", text.replace('"', "\"\""), "\\".repeat(slashes)).into()
            }
            Self::PowerShell => single_quoted(text).into(),
        }
    }

    /// A flag and its value. PowerShell drops words that are empty.
    pub fn option(self, flag: &str, value: &str) -> String {
        match self {
            Self::PowerShell if value.is_empty() => format!("{flag}="),
            _ => format!("{flag} {}", self.word(value)),
        }
    }

    /// Sets a variable for the commands that follow.
    pub fn export(self, name: &str, value: &str) -> String {
        match self {
            Self::Posix => format!("export {name}={}", self.word(value)),
            Self::Cmd => format!("set \"{name}={value}\""),
            Self::PowerShell => format!("$env:{name} = {}", single_quoted(value)),
        }
    }

    /// A command that sees a variable.
    pub fn with_variable(self, name: &str, value: &str, command: &str) -> String {
        match self {
            Self::Posix => format!("{name}={} {command}", self.word(value)),
            Self::Cmd => format!("{} && {command}", self.export(name, value)),
            Self::PowerShell => format!("{}; {command}", self.export(name, value)),
        }
    }

    /// Two commands, the second where the first has succeeded.
    pub fn and(self, first: &str, second: &str) -> String {
        match self {
            Self::Posix | Self::Cmd => format!("{first} && {second}"),
            Self::PowerShell => format!("{first}; if ($?) {{ {second} }}"),
        }
    }
}

fn single_quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        quoted.push(c);
        if SINGLE_QUOTES.contains(&c) {
            quoted.push(c);
        }
    }
    quoted + "'"
}

#[cfg(test)]
mod tests {
    use super::Shell::{self, Cmd, Posix, PowerShell};
    use crate::model::System;

    #[test]
    fn the_shell_shows_by_its_variables() {
        let usual = r"C:\Program Files\WindowsPowerShell\Modules;C:\Windows\system32\WindowsPowerShell\v1.0\Modules";
        let longer = format!(r"C:\Users\jo\Documents\WindowsPowerShell\Modules;{usual}");
        for (system, msystem, path, shell) in [
            (System::Unix, None, Some(longer.as_str()), Posix),
            (System::MacOs, None, None, Posix),
            (System::Windows, None, Some(usual), Cmd),
            (System::Windows, None, None, Cmd),
            (System::Windows, None, Some(&longer), PowerShell),
            (System::Windows, Some("MINGW64"), Some(&longer), Posix),
        ] {
            assert_eq!(Shell::at_hand(system, msystem, path), shell, "{path:?}");
        }
    }

    #[test]
    fn a_word_stays_one_word_in_every_shell() {
        for (text, posix, cmd, power) in [
            (
                "acme.15611.service", "acme.15611.service", "acme.15611.service",
                "acme.15611.service",
            ),
            ("", "''", "\"\"", "''"),
            ("--kind=user", "--kind=user", "--kind=user", "--kind=user"),
            ("=ls", "'=ls'", "=ls", "=ls"),
            (
                "John Carter", "'John Carter'", "\"John Carter\"", "'John Carter'",
            ),
            (
                r"C:\lists\vip.csv", r"'C:\lists\vip.csv'", r"C:\lists\vip.csv",
                r"C:\lists\vip.csv",
            ),
            (
                r"C:\my lists\", r"'C:\my lists\'", r#""C:\my lists\\""#, r"'C:\my lists\'",
            ),
            (
                "$HOME & `id`", "'$HOME & `id`'", "\"$HOME & `id`\"", "'$HOME & `id`'",
            ),
            (
                "a\" & calc & \"b",
                "'a\" & calc & \"b'",
                "\"a\"\" & calc & \"\"b\"",
                "'a\" & calc & \"b'",
            ),
            (
                "a’; calc; ’b",
                "'a’; calc; ’b'",
                "\"a’; calc; ’b\"",
                "'a’’; calc; ’’b'",
            ),
            ("it's", "'it'\\''s'", "\"it's\"", "'it''s'"),
            (
                "sip:x@a.example", "sip:x@a.example", "sip:x@a.example", "sip:x@a.example",
            ),
            ("@list", "@list", "\"@list\"", "'@list'"),
        ] {
            let words = [Posix, Cmd, PowerShell].map(|shell| shell.word(text));
            assert_eq!(words, [posix, cmd, power], "{text}");
        }
    }

    #[test]
    fn variables_flags_and_two_commands_are_typed_as_the_shell_has_them() {
        let lines = [Posix, Cmd, PowerShell].map(|shell| {
            [
                shell.option("--dnis", ""),
                shell.export("SKYSWITCH_USERNAME", "a b"),
                shell.with_variable("SKYSWITCH_PROFILE", "acme", "skyswitch status"),
                shell.and("skyswitch status", "skyswitch token"),
            ]
        });
        let [posix, cmd, power] = lines.each_ref().map(|lines| lines.join("\n"));
        insta::assert_snapshot!(format!("{posix}\n\n{cmd}\n\n{power}"), @r#"
        --dnis ''
        export SKYSWITCH_USERNAME='a b'
        SKYSWITCH_PROFILE=acme skyswitch status
        skyswitch status && skyswitch token

        --dnis ""
        set "SKYSWITCH_USERNAME=a b"
        set "SKYSWITCH_PROFILE=acme" && skyswitch status
        skyswitch status && skyswitch token

        --dnis=
        $env:SKYSWITCH_USERNAME = 'a b'
        $env:SKYSWITCH_PROFILE = 'acme'; skyswitch status
        skyswitch status; if ($?) { skyswitch token }
        "#);
    }
}
