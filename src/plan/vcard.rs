//! Names and numbers of vCards, versions 3 and 4 (RFC 2426, RFC 6350); what else they hold is read over.

/// Somebody of an address book.
#[derive(Debug, Default)]
pub(super) struct Person {
    pub(super) name: String,
    /// Each with its line.
    pub(super) numbers: Vec<(usize, String)>,
}

/// Whether a text is an address book of vCards.
pub(super) fn is_one(text: &str) -> bool {
    let start = text.trim_start().get(..11);
    start.is_some_and(|start| start.eq_ignore_ascii_case("BEGIN:VCARD"))
}

/// The people of a text, one a card.
pub(super) fn read(text: &str) -> Vec<Person> {
    let mut people = Vec::new();
    let mut card = Card::default();
    for (line, text) in unfolded(text) {
        let Some(property) = Property::of(&text) else {
            continue;
        };
        match property.name.as_str() {
            "BEGIN" => card = Card::default(),
            "END" => people.push(std::mem::take(&mut card).person()),
            "FN" => card.full = unescaped(property.value).join(" "),
            "N" => card.parts = unescaped(property.value),
            "ORG" => card.company = unescaped(property.value).join(", "),
            "TEL" => card.numbers.push((line, property.number())),
            _ => {}
        }
    }
    people
}

#[derive(Default)]
struct Card {
    full: String,
    parts: Vec<String>,
    company: String,
    numbers: Vec<(usize, String)>,
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

/// Lines with their numbers; one that begins with a blank goes on with the one before it.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, last))) => last.push_str(rest),
            _ => lines.push((number, line.to_owned())),
        }
    }
    lines
}

/// `item1.TEL;TYPE="voice,cell":+1 616 555 0101`.
struct Property<'t> {
    /// In upper case, without its group.
    name: String,
    parameters: String,
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
            parameters: parameters.to_ascii_uppercase(),
            value,
        })
    }

    /// As text or as a `tel:` address; what calls nobody is named, so that it is left out.
    fn number(&self) -> String {
        let value = unescaped(self.value).join(";");
        let number = match value.get(..4) {
            Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => &value[4..],
            _ => &value,
        };
        let words = self.parameters.split([';', '=', ',', '"']);
        match words
            .into_iter()
            .find(|word| ["FAX", "PAGER", "BBS", "MODEM"].contains(word))
        {
            Some(kind) => format!("{number} ({})", kind.to_lowercase()),
            None => number.to_owned(),
        }
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
