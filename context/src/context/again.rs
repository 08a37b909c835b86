//! The command line of this run, to be typed once more with a change: what most hints are.

use std::fmt;

use super::Context;
use crate::config::SettingsError;
use crate::error::Error;
use crate::model::{Domain, Shell};

/// The flags that a ready command begins with, whatever led to them.
const LED_HERE: [&str; 2] = ["--profile", "--account"];

/// Flags that have a letter, too.
const SHORT: [(&str, &str); 2] = [("--domain", "-d"), ("--profile", "-p")];

/// A command line that is to be typed again.
#[derive(Clone, Debug)]
pub struct Again {
    head: String,
    words: Vec<String>,
    shell: Shell,
}

impl Context {
    /// This command once more, with the flags that led here: in another shell it is the same.
    pub fn again(&self) -> Again {
        let typed = self.as_typed();
        let plain = LED_HERE
            .iter()
            .fold(typed, |typed, flag| typed.without_value(flag));
        Again {
            head: self.ready("").trim_end().to_owned(),
            ..plain.without("--sandbox")
        }
    }

    /// The same without the flags that led here but for those that were typed.
    pub fn as_typed(&self) -> Again {
        let words = shell_words::split(&self.command_line).unwrap_or_default();
        Again::typed(self.settings.shell, words.into_iter().skip(1))
    }
}

impl Again {
    /// The words as they were typed.
    pub fn typed(shell: Shell, words: impl IntoIterator<Item = String>) -> Self {
        Self {
            shell,
            head: "skyswitch".to_owned(),
            words: words.into_iter().collect(),
        }
    }

    /// With a switch, unless it is there.
    #[must_use]
    pub fn with(self, switch: &str) -> Self {
        let mut again = self.without(switch);
        let end = again.flags_end();
        again.words.insert(end, switch.to_owned());
        again
    }

    /// With this value of a flag, in place of those it has.
    #[must_use]
    pub fn value(self, flag: &str, value: &str) -> Self {
        self.without_value(flag).and_value(flag, value)
    }

    /// With this value of a flag, beside those it has.
    #[must_use]
    pub fn and_value(mut self, flag: &str, value: &str) -> Self {
        let end = self.flags_end();
        self.words
            .splice(end..end, [flag.to_owned(), value.to_owned()]);
        self
    }

    /// With a flag that lifts a brake, as the brake spells it: its value behind a blank.
    #[must_use]
    pub fn lifting(self, flag: &str) -> Self {
        match flag.split_once(' ') {
            None => self.with(flag),
            Some((flag @ "--allow-empty-domain", value)) => self.and_value(flag, value),
            Some((flag, value)) => self.value(flag, value),
        }
    }

    /// In this domain.
    #[must_use]
    pub fn domain(self, name: &Domain) -> Self {
        self.value("--domain", name.as_str())
    }

    /// Without a switch.
    #[must_use]
    pub fn without(mut self, switch: &str) -> Self {
        let end = self.flags_end();
        let mut at = 0..;
        self.words
            .retain(|word| at.next() >= Some(end) || word != switch);
        self
    }

    /// Without a flag and its values.
    #[must_use]
    pub fn without_value(mut self, flag: &str) -> Self {
        let rest = self.words.split_off(self.flags_end());
        let mut words = std::mem::take(&mut self.words).into_iter();
        while let Some(word) = words.next() {
            match value_of(&word, flag) {
                None => self.words.push(word),
                Some(Value::Next) => drop(words.next()),
                Some(Value::Here(_)) => {}
            }
        }
        self.words.extend(rest);
        self
    }

    /// With another word in the place of one, also where that is the value of a flag in the same word.
    #[must_use]
    pub fn instead(mut self, typed: &str, meant: &str) -> Self {
        for word in &mut self.words {
            let flag = word.strip_suffix(typed).unwrap_or("-");
            let is_flag = flag.starts_with('-') && (flag.ends_with('=') || flag.len() == 2);
            if flag.is_empty() || is_flag {
                *word = format!("{flag}{meant}");
                break;
            }
            if let Some(value) = word.strip_prefix(typed)
                && value.starts_with('=')
            {
                *word = format!("{meant}{value}");
                break;
            }
        }
        self
    }

    /// With two words in each other's place.
    #[must_use]
    pub fn swapped(mut self, one: &str, other: &str) -> Self {
        let place = |text: &str| self.words.iter().position(|word| word == text);
        if let (Some(one), Some(other)) = (place(one), place(other)) {
            self.words.swap(one, other);
        }
        self
    }

    /// With these words in the place of one.
    #[must_use]
    pub fn in_place_of(mut self, typed: &str, words: &[&str]) -> Self {
        if let Some(at) = self.words.iter().position(|word| word == typed) {
            let words = words.iter().map(|word| (*word).to_owned());
            self.words.splice(at..=at, words);
        }
        self
    }

    /// With a name in full, wherever its beginning was typed: behind one of these flags, else in a
    /// place; where it was not typed it came from a setting.
    #[must_use]
    pub fn domain_in_full(mut self, typed: &Domain, full: &str) -> Self {
        let is_typed = |text: &str| text.eq_ignore_ascii_case(typed.as_str());
        for flag in ["--domain", "--allow-empty-domain"] {
            for at in 0..self.words.len() {
                let next = self.words.get(at + 1).map_or("", String::as_str);
                let (value, end) = match value_of(&self.words[at], flag) {
                    Some(Value::Next) => (next, at + 1),
                    Some(Value::Here(value)) => (value, at),
                    None => continue,
                };
                if is_typed(value) {
                    let new = [flag.to_owned(), full.to_owned()];
                    self.words.splice(at..=end, new);
                    return self;
                }
            }
        }
        match self.words.iter().position(|word| is_typed(word)) {
            Some(at) => full.clone_into(&mut self.words[at]),
            None => self = self.value("--domain", full),
        }
        self
    }

    /// Where flags end: what stands behind `--` are places.
    fn flags_end(&self) -> usize {
        let end = self.words.iter().position(|word| word == "--");
        end.unwrap_or(self.words.len())
    }
}

/// Where the value of a flag stands.
enum Value<'w> {
    /// In the next word.
    Next,
    /// In the flag's own, where it may be empty: `--dnis=`.
    Here(&'w str),
}

/// The value of a flag that a word is; nothing of other words.
fn value_of<'w>(word: &'w str, flag: &str) -> Option<Value<'w>> {
    if word == flag {
        return Some(Value::Next);
    }
    if let Some(rest) = word.strip_prefix(flag) {
        return rest.strip_prefix('=').map(Value::Here);
    }
    let (_, letter) = SHORT.iter().find(|(long, _)| *long == flag)?;
    Some(match word.strip_prefix(letter)? {
        "" => Value::Next,
        value => Value::Here(value.strip_prefix('=').unwrap_or(value)),
    })
}

impl fmt::Display for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.head)?;
        self.words.iter().try_for_each(|word| match self.shell {
            // As `Shell::option` has it.
            Shell::PowerShell if word.is_empty() => f.write_str("="),
            shell => write!(f, " {}", shell.word(word)),
        })
    }
}

/// A setting that does not hold; of a profile that nobody made, with the nearest name.
pub fn unresolved(error: SettingsError, again: Again) -> Error {
    let near = match &error {
        SettingsError::UnknownProfile { nearest, .. } => nearest.clone(),
        _ => None,
    };
    let error = Error::from(error);
    match near {
        None => error,
        Some(name) => {
            let again = again.value("--profile", &name);
            error.hint(format!("did you mean `{again}`?"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Again;
    use crate::model::{Domain, Shell};

    fn typed(line: &str) -> Again {
        Again::typed(Shell::Posix, shell_words::split(line).expect("words"))
    }

    #[test]
    fn flags_come_and_go_in_every_form_they_can_be_typed_in() {
        type Change = (&'static str, fn(Again) -> Again, &'static str);
        let changes: [Change; 13] = [
            (
                "rm --dnis= --yes b",
                |a| a.value("--dnis", "c"),
                "rm --yes b --dnis c",
            ),
            ("rm 1", |a| a.with("--yes"), "rm 1 --yes"),
            ("rm --yes 1", |a| a.with("--yes"), "rm 1 --yes"),
            ("rm -- 1", |a| a.with("--yes"), "rm --yes -- 1"),
            ("rm --yes -- --yes", |a| a.without("--yes"), "rm -- --yes"),
            (
                "set -d a b",
                |a| a.value("--domain", "c"),
                "set b --domain c",
            ),
            (
                "set -da b",
                |a| a.value("--domain", "c"),
                "set b --domain c",
            ),
            (
                "set -d=a b",
                |a| a.value("--domain", "c"),
                "set b --domain c",
            ),
            (
                "set --domain=a",
                |a| a.value("--domain", "c"),
                "set --domain c",
            ),
            (
                "move x y",
                |a| a.and_value("--domain", "a b"),
                "move x y --domain 'a b'",
            ),
            ("routes lst", |a| a.instead("lst", "list"), "routes list"),
            (
                "set --aplication=user",
                |a| a.instead("--aplication", "--application"),
                "set --application=user",
            ),
            (
                "set --application=usr",
                |a| a.instead("usr", "user"),
                "set --application=user",
            ),
        ];
        for (line, change, wanted) in changes {
            let again = change(typed(line)).to_string();
            assert_eq!(again, format!("skyswitch {wanted}"), "{line}");
        }
    }

    #[test]
    fn a_domain_gets_its_whole_name_where_it_was_typed() {
        let acme = Domain::parse("acme").expect("a domain");
        for (line, wanted) in [
            ("set 1 acme -d acme", "set 1 acme --domain acme.1.x"),
            ("set 1 acme -dACME", "set 1 acme --domain acme.1.x"),
            ("copy b --yes acme", "copy b --yes acme.1.x"),
            (
                "undo --allow-empty-domain=acme",
                "undo --allow-empty-domain acme.1.x",
            ),
            ("set 1 jane", "set 1 jane --domain acme.1.x"),
        ] {
            let again = typed(line).domain_in_full(&acme, "acme.1.x").to_string();
            assert_eq!(again, format!("skyswitch {wanted}"), "{line}");
        }
    }
}
