//! Names and numbers of vCards, versions 3 and 4 (RFC 2426, RFC 6350); what else they hold is read over.
//!
//! Of the crates that read vCard, the kept one (calcard) tells no lines, which `import` must name, and brings
//! fourteen others in.

use super::people::{Person, Telephone};
use super::problems::{Problems, quoted};

/// Whether a text is an address book of vCards.
pub(super) fn is_one(text: &str) -> bool {
    let start = text.trim_start().get(..11);
    start.is_some_and(|start| start.eq_ignore_ascii_case("BEGIN:VCARD"))
}

/// The people of a text, one a card. A card of another version or without an end is a problem.
pub(super) fn read(text: &str, problems: &mut Problems<'_>) -> Vec<Person> {
    let mut people = Vec::new();
    let mut card = Card::default();
    let mut begun = None;
    for (line, start, text) in unfolded(text) {
        let Some(property) = Property::of(&text) else {
            continue;
        };
        match property.name.as_str() {
            "BEGIN" => {
                endless(begun.replace(start), problems);
                card = Card::default();
            }
            "END" => {
                begun = None;
                people.push(std::mem::take(&mut card).person());
            }
            "VERSION" if !["3.0", "4.0"].contains(&property.value.trim()) => {
                let version = quoted(property.value.trim());
                let text = format!(
                    "vCard {version} is not read: save the address book as vCard 3.0 or 4.0, or as CSV"
                );
                problems.add(start, text);
            }
            "FN" => card.full = unescaped(property.value).join(" "),
            "N" => card.parts = unescaped(property.value),
            "ORG" => card.company = unescaped(property.value).join(", "),
            "TEL" => card.numbers.push(property.number(line)),
            _ => {}
        }
    }
    endless(begun, problems);
    people
}

/// A card that began somewhere and never ended: nobody knows what else was cut off.
fn endless(begun: Option<usize>, problems: &mut Problems<'_>) {
    if let Some(start) = begun {
        problems.add(
            start,
            "the card that begins here has no `END:VCARD`: the file is cut off",
        );
    }
}

#[derive(Default)]
struct Card {
    full: String,
    parts: Vec<String>,
    company: String,
    numbers: Vec<Telephone>,
}

impl Card {
    /// Named by `FN`, else by the parts of `N` (family, given, further names), else by the company.
    fn person(self) -> Person {
        let part = |at: usize| self.parts.get(at).map(String::as_str).unwrap_or_default();
        let spoken = [part(1), part(2), part(0)];
        let spoken: Vec<&str> = spoken.into_iter().filter(|part| !part.is_empty()).collect();
        let names = [
            self.full.trim().to_owned(),
            spoken.join(" "),
            self.company.clone(),
        ];
        Person {
            name: names
                .into_iter()
                .find(|name| !name.is_empty())
                .unwrap_or_default(),
            numbers: self.numbers,
        }
    }
}

/// Lines with their numbers and where they start; one that begins with a blank goes on with the one before
/// it.
fn unfolded(text: &str) -> Vec<(usize, usize, String)> {
    let mut lines: Vec<(usize, usize, String)> = Vec::new();
    let mut start = 0;
    for (number, whole) in (1..).zip(text.split_inclusive('\n')) {
        let line = whole.trim_end_matches(['\r', '\n']);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, _, last))) => last.push_str(rest),
            _ => lines.push((number, start, line.to_owned())),
        }
        start += whole.len();
    }
    lines
}

/// `item1.TEL;TYPE="voice,cell":+1 616 555 0101`.
struct Property<'t> {
    /// In upper case, without its group.
    name: String,
    parameters: &'t str,
    value: &'t str,
}

impl<'t> Property<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let mut quoted = false;
        let colon = line.find(|c: char| {
            quoted ^= c == '"';
            c == ':' && !quoted
        })?;
        let (head, value) = (&line[..colon], &line[colon + 1..]);
        let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
        let name = name.rsplit('.').next().unwrap_or(name);
        Some(Self {
            name: name.to_ascii_uppercase(),
            parameters,
            value,
        })
    }

    /// As text or as a `tel:` address.
    fn number(&self, line: usize) -> Telephone {
        let value = unescaped(self.value).join(";");
        let number = match value.get(..4) {
            Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => &value[4..],
            _ => &value,
        };
        Telephone::new(line, number, self.parameters)
    }
}

/// The parts of a value: `;` divides, a backslash takes the next character as it is.
fn unescaped(value: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            ';' => {
                parts.push(String::new());
                continue;
            }
            '\\' => match chars.next() {
                Some('n' | 'N') | None => ' ',
                Some(c) => c,
            },
            c => c,
        };
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}
