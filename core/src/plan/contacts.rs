//! People and their numbers from the exports of address books, and the callers that come of them.

use std::collections::HashMap;

use super::people::{Person, Telephone};
use super::problems::{FileErrors, Problems, quoted};
use super::rows::text;
use super::vcard;
use crate::model::{NumberKey, cell, count, nearest};

/// What a column holds, as `--map` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// A telephone number, or several.
    Number,
    /// The person's name, or a part of it.
    Name,
}

/// The callers of an address book.
#[derive(Debug, Default)]
pub struct Callers {
    /// Number and name, in the order of the file, each number once.
    pub callers: Vec<(String, String)>,
    /// What was left out and why, and numbers that several people share, with their lines.
    pub notes: Vec<String>,
    /// How many people there are.
    pub people: usize,
}

/// Reads vCard, or CSV whose columns are known or named by `map`.
///
/// # Errors
/// A text that is no address book, a column that is not there (exit 2).
pub fn callers(name: &str, bytes: &[u8], map: &[(Field, String)]) -> Result<Callers, FileErrors> {
    let text = text(name, bytes)?;
    let mut problems = Problems::new(text);
    let people = match vcard::is_one(text) {
        true => vcard::read(text, &mut problems),
        false => table(text, map, &mut problems),
    };
    problems.finish(name)?;
    Ok(of_people(name, &people))
}

fn of_people(file: &str, people: &[Person]) -> Callers {
    let mut found = Callers {
        people: people.len(),
        ..Callers::default()
    };
    // Where each number stands in the list, and who else has it.
    let mut places: HashMap<NumberKey, (usize, usize, Vec<&str>)> = HashMap::new();
    for person in people {
        for telephone in &person.numbers {
            let line = telephone.line;
            let number = match telephone.caller() {
                Ok(number) => number,
                Err(why) => {
                    let who = quoted(&person.name);
                    let note = format!("{file}:{line}: left out of {who}: {why}");
                    found.notes.push(note);
                    continue;
                }
            };
            let next = found.callers.len();
            let key = NumberKey::of(&number);
            let (_, _, names) = places.entry(key).or_insert((next, line, Vec::new()));
            if names.is_empty() {
                found.callers.push((number, person.name.clone()));
            }
            if !names.contains(&person.name.as_str()) {
                names.push(&person.name);
            }
        }
    }
    let places = places.into_values().filter(|(_, _, names)| names.len() > 1);
    let mut shared: Vec<_> = places.collect();
    shared.sort_unstable();
    for (place, line, names) in shared {
        let (number, _) = &found.callers[place];
        let first: Vec<String> = names.iter().take(3).map(|name| quoted(name)).collect();
        let more = names.len().checked_sub(3).filter(|more| *more > 0);
        let more = more.map_or(String::new(), |more| format!(" and {more} more"));
        found.notes.push(format!(
            "{file}:{line}: `{number}` is the number of {}: {}{more}; a switchboard? It is listed once",
            count(names.len(), "name"),
            first.join(", ")
        ));
    }
    found
}

/// What the columns of a table are.
struct Columns {
    numbers: Vec<NumberColumn>,
    /// The whole name, or its parts.
    names: Vec<usize>,
    company: Option<usize>,
}

/// A column of numbers.
struct NumberColumn {
    at: usize,
    /// What its numbers are: in its name, unless the user named it, and in the column beside it.
    kind: String,
    beside: Option<usize>,
}

impl NumberColumn {
    /// The one the user named: what it is called says nothing against that.
    fn named(at: usize) -> Self {
        Self {
            at,
            kind: String::new(),
            beside: None,
        }
    }

    /// One that is known by its name, in lower case: Google's say what `Phone 1 - Value` is in `Phone 1 -
    /// Label`, before 2024 in `Phone 1 - Type`.
    fn known(at: usize, name: &str, names: &[String]) -> Option<Self> {
        let counted = name.strip_suffix(" - value").filter(|phone| {
            let n = phone.strip_prefix("phone ").unwrap_or_default();
            !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())
        });
        let beside = counted.and_then(|phone| {
            let labels = ["label", "type"].map(|label| format!("{phone} - {label}"));
            names.iter().position(|name| labels.contains(name))
        });
        (counted.is_some() || NUMBERS.contains(&name)).then(|| Self {
            at,
            kind: name.to_owned(),
            beside,
        })
    }
}

fn table(text: &str, map: &[(Field, String)], problems: &mut Problems<'_>) -> Vec<Person> {
    let (skipped, text, delimiter) = super::csv::form(text);
    let mut reader = ::csv::ReaderBuilder::new();
    reader
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter);
    let mut records = reader.from_reader(text.as_bytes()).into_records().flatten();
    let header: Vec<String> = match records.next() {
        Some(header) => header.iter().map(|cell| cell.trim().to_owned()).collect(),
        None => Vec::new(),
    };
    let Some(columns) = columns(&header, map, problems) else {
        return Vec::new();
    };
    let person = |record: ::csv::StringRecord| {
        let line = cell::line(text, record.position()) + skipped;
        let cell =
            |at: &usize| cell::unguard(record.get(*at).unwrap_or_default().trim()).into_owned();
        let numbers = columns.numbers.iter().flat_map(|column| {
            let beside = column.beside.as_ref().map(cell).unwrap_or_default();
            let kind = format!("{} {beside}", column.kind);
            let numbers = several(&cell(&column.at)).into_iter();
            numbers.map(move |number| Telephone::new(line, &number, &kind))
        });
        let parts: Vec<String> = columns
            .names
            .iter()
            .map(cell)
            .filter(|part| !part.is_empty())
            .collect();
        let company = columns.company.as_ref().map(cell).unwrap_or_default();
        Person {
            name: if parts.is_empty() {
                company
            } else {
                parts.join(" ")
            },
            numbers: numbers.collect(),
        }
    };
    records.map(person).collect()
}

/// Google separates the numbers of one cell by `:::`, others by `;` or a line end.
fn several(cell: &str) -> Vec<String> {
    let parts = cell
        .split(":::")
        .flat_map(|part| part.split([';', '\n', '\r']));
    parts
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// Names of columns that hold a whole name, its parts in their order, or a company.
const WHOLE: [&str; 4] = ["name", "full name", "display name", "contact name"];
const PARTS: [&[&str]; 3] = [
    &["first name", "given name"],
    &["middle name", "additional name"],
    &["last name", "family name", "surname"],
];
const COMPANY: [&str; 6] = [
    "company", "company name", "organization", "organization name", "organization 1 - name",
    "associated company",
];

/// Names of columns with numbers: those of Outlook, of HubSpot and plain ones. Google's are counted:
/// `Phone 1 - Value`.
const NUMBERS: [&str; 26] = [
    "assistant's phone", "business fax", "business phone", "business phone 2", "car phone",
    "company main phone", "fax", "fax number", "home fax", "home phone", "home phone 2",
    "mobile phone", "other fax", "other phone", "pager", "primary phone", "mobile phone number",
    "phone number", "whatsapp phone number", "phone", "mobile", "cell", "cell phone", "number",
    "telephone", "work phone",
];

fn columns(
    header: &[String],
    map: &[(Field, String)],
    problems: &mut Problems<'_>,
) -> Option<Columns> {
    let names: Vec<String> = header.iter().map(|name| name.to_lowercase()).collect();
    let find = |wanted: &[&str]| {
        names
            .iter()
            .position(|name| wanted.contains(&name.as_str()))
    };
    let mut mapped = |field: Field| -> Option<Vec<usize>> {
        let wanted = map.iter().filter(|(of, _)| *of == field);
        let places = wanted.map(|(_, column)| {
            let place = names
                .iter()
                .position(|name| *name == column.trim().to_lowercase());
            if place.is_none() {
                problems.add(0, no_column(column, header));
            }
            place
        });
        places.collect()
    };
    let (numbers, parts) = (mapped(Field::Number)?, mapped(Field::Name)?);
    let mut columns: Vec<NumberColumn> = numbers.into_iter().map(NumberColumn::named).collect();
    if columns.is_empty() {
        let all = names.iter().enumerate();
        columns = all
            .filter_map(|(at, name)| NumberColumn::known(at, name, &names))
            .collect();
    }
    if columns.is_empty() {
        let listed = header
            .iter()
            .map(|name| quoted(name))
            .collect::<Vec<_>>()
            .join(", ");
        problems.add(
            0,
            format!("no column is known to hold telephone numbers: say which with `--map number=COLUMN` and `--map name=COLUMN`; there are {listed}"),
        );
        return None;
    }
    let names = match (parts.as_slice(), find(&WHOLE)) {
        ([], Some(whole)) => vec![whole],
        ([], None) => PARTS.iter().filter_map(|part| find(part)).collect(),
        _ => parts,
    };
    let company = find(&COMPANY);
    Some(Columns {
        numbers: columns,
        names,
        company,
    })
}

fn no_column(column: &str, header: &[String]) -> String {
    let near = nearest(column, header.iter().map(String::as_str));
    let near = near.map_or(String::new(), |near| {
        format!(": did you mean {}?", quoted(near))
    });
    format!("--map: the file has no column {}{near}", quoted(column))
}
