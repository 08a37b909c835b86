//! What every call is answered by: the rules of a sandbox, the moment, and checked parameters.

use super::exchange::{Pairs, Request, pairs};
use super::options::Credentials;
use super::quirks::Quirks;
use super::refusal::Refusal;

/// What does not change while a sandbox runs.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) credentials: Credentials,
    /// Seconds.
    pub(super) token_ttl: u64,
    pub(super) quirks: Quirks,
}

/// When a request is answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// Unix milliseconds.
    pub(super) now: u64,
    /// Differs for each request and cannot be guessed.
    pub(super) nonce: u64,
}

/// An authorised call: by which rules it is answered, and with which parameters.
pub(super) struct Asked<'a> {
    pub(super) rules: &'a Rules,
    pub(super) moment: &'a Moment,
    /// The variable segment of the path: an account or a phone number.
    pub(super) segment: &'a str,
    pub(super) query: Pairs,
}

impl Asked<'_> {
    pub(super) fn quirks(&self) -> &Quirks {
        &self.rules.quirks
    }

    /// One parameter's value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        parameter(&self.query, name)
    }

    /// The value of a parameter that is required.
    pub(super) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// A parameter that is a switch.
    ///
    /// # Errors
    /// 400 for any other word.
    pub(super) fn switch(&self, name: &str) -> Result<bool, Refusal> {
        match self.get(name) {
            None | Some("0" | "false") => Ok(false),
            Some("1" | "true") => Ok(true),
            Some(_) => Err(Refusal::invalid(format!("`{name}` must be 0 or 1"))),
        }
    }
}

/// The parameters of a call, each allowed, none twice, none empty, all required ones there.
///
/// # Errors
/// 400 naming the first parameter at fault.
pub(super) fn parameters(
    request: &Request,
    required: &[&str],
    optional: &[&str],
) -> Result<Pairs, Refusal> {
    let query = pairs(request.query.as_deref().unwrap_or(""))
        .map_err(|message| Refusal::invalid(format!("The query is malformed: {message}")))?;
    for (at, (name, value)) in query.iter().enumerate() {
        if !required.contains(&name.as_str()) && !optional.contains(&name.as_str()) {
            return Err(Refusal::invalid(format!("Unknown parameter `{name}`")));
        }
        if query[..at].iter().any(|(earlier, _)| earlier == name) {
            return Err(Refusal::invalid(format!(
                "Parameter `{name}` is given twice"
            )));
        }
        if value.is_empty() {
            return Err(Refusal::invalid(format!("Parameter `{name}` is empty")));
        }
    }
    for name in required {
        if parameter(&query, name).is_none() {
            return Err(Refusal::invalid(format!("Parameter `{name}` is required")));
        }
    }
    Ok(query)
}

/// One parameter's value.
pub(super) fn parameter<'a>(query: &'a Pairs, name: &str) -> Option<&'a str> {
    query
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}
