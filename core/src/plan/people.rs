//! Who stands in an address book, of whatever form.

use super::problems::quoted;
use crate::model::Number;

/// Somebody of an address book.
#[derive(Debug, Default)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) numbers: Vec<Telephone>,
}

/// A number of somebody, as the book has it.
#[derive(Debug)]
pub(super) struct Telephone {
    pub(super) line: usize,
    number: String,
    /// What stands there instead of somebody who calls.
    machine: Option<&'static str>,
}

/// Lines that call nobody, as vCard and the columns of tables name them.
const MACHINES: [&str; 4] = ["fax", "pager", "bbs", "modem"];

impl Telephone {
    /// `kind`: what the book says of the number, `TYPE=work,fax` or `Business Fax`.
    pub(super) fn new(line: usize, number: &str, kind: &str) -> Self {
        let mut words = kind.split(|c: char| !c.is_alphanumeric());
        let machine = words.find_map(|word| {
            let mut machines = MACHINES.into_iter();
            machines.find(|machine| word.eq_ignore_ascii_case(machine))
        });
        Self {
            line,
            number: number.to_owned(),
            machine,
        }
    }

    /// As a route has it, with the `+` of other countries: a new one wants it. Or why it cannot call.
    pub(super) fn caller(&self) -> Result<String, String> {
        let number = Number::parse(&self.number).map_err(|error| error.to_string())?;
        match self.machine {
            Some(machine) => Err(format!("{} is a {machine} number", quoted(&self.number))),
            None => Ok(number.to_string()),
        }
    }
}
