//! The ways a network and a gateway fail, as the words of `--fault MATCH=ACTION[@N|/N|~P]`.
//!
//! Here is what a fault is, how it is written and when it strikes; what it does to an answer is in
//! `faulty`. Counting and chance are reproducible: chance draws from the seed, the fault's place
//! in the list and the number of requests it has matched.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::model::nearest;

use super::behaviours::{Behaviour, Kind, Standing, rows};

/// Every action as it is written, on whose word, and what it does.
pub(super) const ACTIONS: &[Behaviour] = rows! { Fault:
    "status:CODE[:retry-after=SECONDS|date:SECONDS|TEXT]" Documented "a refusal, with Retry-After as seconds, as an HTTP-date so many seconds ahead, or as any text";
    "html[:CODE]" Documented "an HTML page, 200 unless told otherwise";
    "empty[:CODE]" Documented "no body";
    "redirect:[CODE:]URL" Assumed "302 or another redirect to URL";
    "reply:CODE:BODY" Assumed "any body, as JSON";
    "header:NAME:VALUE" Assumed "the true answer with a header more";
    "latency:MS" Assumed "a wait before the call; several add up and leave room for another fault";
    "late-commit:MS[:CODE]" Assumed "the call is carried out so much later, also when the client has gone away, and then answered; with a code that is answered at once";
    "reset" Assumed "a TCP reset in place of an answer";
    "hang" Assumed "no answer until the client gives up";
    "truncated" Assumed "half of the true answer, then the connection closes";
    "stall" Assumed "half of the true answer, then nothing more";
    "slow:BYTES_PER_SECOND" Assumed "the true answer, dripping";
    "content-length:+N|-N" Assumed "the true answer under a false length";
    "invalid-json" Assumed "the true answer with its last character exchanged";
    "non-utf8" Assumed "the true answer with a bad byte in its first string";
    "nesting[:DEPTH]" Assumed "so many opening brackets, 200000 unless told otherwise";
    "big-header[:BYTES]" Assumed "the true answer with a huge header, 1m unless told otherwise";
    "huge:BYTES[:CODE]" Assumed "a well-formed array of routes of that size; k, m and g are powers of 1024";
    "endless-array" Assumed "an array of routes that never ends";
    "gzip-bomb[:BYTES]" Assumed "a compressed string of that size, 1g unless told otherwise";
};

/// The actions that happen instead of the call, and after it when written `commit-ACTION`.
const BEFORE: &[&str] = &[
    "status", "html", "empty", "redirect", "reply", "reset", "hang", "nesting", "huge",
    "endless-array", "gzip-bomb",
];

/// The actions whose text may hold `@`, `/` and `~`, so that a count needs a space before it.
const FREE_TEXT: &[&str] = &["redirect", "reply", "header"];

/// One fault: which requests, what happens to them, how often.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    words: String,
    method: Option<String>,
    path: String,
    pub(super) action: Action,
    /// Whether the call is carried out before the fault strikes.
    pub(super) committed: bool,
    times: Times,
}

/// What happens to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Status(u16, Option<RetryAfter>),
    Html(u16),
    Empty(u16),
    Redirect(u16, String),
    Reply(u16, String),
    Header(String, String),
    Latency(Duration),
    LateCommit(Duration, Option<u16>),
    Reset,
    Hang,
    Truncated,
    Stall,
    /// Bytes a second.
    Slow(u64),
    /// Added to the true length.
    ContentLength(i64),
    InvalidJson,
    NonUtf8,
    Nesting(usize),
    BigHeader(usize),
    Huge(u64, u16),
    EndlessArray,
    GzipBomb(u64),
}

/// The `Retry-After` of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RetryAfter {
    /// As it is.
    Text(String),
    /// As an HTTP-date so many seconds from now.
    DateIn(u32),
}

/// Which of the matching requests a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Times {
    Always,
    /// The first and the last that are struck, counted from 1.
    Nth(u64, u64),
    Every(u64),
    Chance(f64),
}

/// Why a text is not a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a fault: {reason}")]
pub struct FaultError {
    text: String,
    reason: String,
}

/// The words it was made from.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    /// `[METHOD ]PATH-GLOB=[commit-]ACTION[@N|@N-M|/N|~P]`.
    fn from_str(text: &str) -> Result<Self, FaultError> {
        parse(text.trim()).map_err(|reason| FaultError {
            text: text.to_owned(),
            reason,
        })
    }
}

impl Fault {
    /// Whether it is meant for a request, however often it strikes.
    fn matches(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| wanted == method)
            && glob(self.path.as_bytes(), path.as_bytes())
    }
}

/// All faults of a sandbox and how many requests each has matched.
#[derive(Debug)]
pub(super) struct Faults {
    seed: u64,
    armed: Vec<(Fault, u64)>,
}

/// What strikes one request.
#[derive(Debug, Default)]
pub(super) struct Strike {
    /// All latencies together.
    pub(super) latency: Duration,
    /// The first other fault.
    pub(super) fault: Option<Fault>,
}

impl Faults {
    pub(super) fn new(seed: u64, faults: Vec<Fault>) -> Self {
        let armed = faults.into_iter().map(|fault| (fault, 0)).collect();
        Self { seed, armed }
    }

    /// Replaces all, with fresh counts.
    pub(super) fn replace(&mut self, faults: Vec<Fault>) {
        *self = Self::new(self.seed, faults);
    }

    /// The words of each.
    pub(super) fn words(&self) -> Vec<String> {
        self.armed
            .iter()
            .map(|(fault, _)| fault.to_string())
            .collect()
    }

    /// Counts a request and says what strikes it.
    pub(super) fn strike(&mut self, method: &str, path: &str) -> Strike {
        let mut strike = Strike::default();
        let seed = self.seed;
        for (place, (fault, matched)) in self.armed.iter_mut().enumerate() {
            if !fault.matches(method, path) {
                continue;
            }
            *matched += 1;
            if !strikes(fault.times, *matched, seed, place) {
                continue;
            }
            match &fault.action {
                Action::Latency(latency) => strike.latency += *latency,
                _ if strike.fault.is_none() => strike.fault = Some(fault.clone()),
                _ => {}
            }
        }
        strike
    }
}

fn strikes(times: Times, matched: u64, seed: u64, place: usize) -> bool {
    match times {
        Times::Always => true,
        Times::Nth(first, last) => (first..=last).contains(&matched),
        Times::Every(n) => matched.is_multiple_of(n),
        Times::Chance(chance) => draw(seed, place, matched) < chance,
    }
}

/// A number in [0, 1) that depends on nothing else (SplitMix64).
fn draw(seed: u64, place: usize, matched: u64) -> f64 {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let stream = seed ^ (place as u64).wrapping_mul(0xd1b5_4a32_d192_ed03);
    let mut x = stream.wrapping_add(matched.wrapping_mul(GOLDEN));
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^= x >> 31;
    (x >> 11) as f64 / (1u64 << 53) as f64
}

/// Whether a pattern with `*` for any run of bytes covers a text.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let Some(star) = pattern.iter().position(|byte| *byte == b'*') else {
        return pattern == text;
    };
    let (front, back) = (&pattern[..star], &pattern[star + 1..]);
    text.starts_with(front) && (front.len()..=text.len()).any(|at| glob(back, &text[at..]))
}

fn parse(text: &str) -> Result<Fault, String> {
    let form =
        "a fault is written MATCH=ACTION, such as `PUT /accounts/*/pbx/route-by-ani=status:503@1`";
    let (target, rest) = text.split_once('=').ok_or(form)?;
    let (method, path) = match target.trim().split_once(' ') {
        Some((method, path)) => (Some(method), path.trim()),
        None => (None, target.trim()),
    };
    if method.is_some_and(|method| !method.bytes().all(|b| b.is_ascii_uppercase())) {
        return Err("the method before the path is one such as GET, PUT, DELETE, POST".to_owned());
    }
    if !path.starts_with(['/', '*']) || path.contains(' ') {
        return Err("the path starts with `/` or is `*`; `*` in it stands for anything".to_owned());
    }
    let (action, times) = split_times(rest)?;
    let (committed, action) = match action.strip_prefix("commit-") {
        Some(action) => (true, action),
        None => (false, action),
    };
    let name = action.split(':').next().unwrap_or(action);
    let before = BEFORE.contains(&name);
    let parsed = parse_action(action).ok_or_else(|| accepted(name))?;
    if committed && !before {
        return Err(format!(
            "`{name}` comes after the call anyway, `commit-` goes with {}",
            BEFORE.join(", ")
        ));
    }
    Ok(Fault {
        words: text.to_owned(),
        method: method.map(str::to_owned),
        path: path.to_owned(),
        action: parsed,
        committed: committed || !before,
        times,
    })
}

/// Splits off `@N`, `@N-M`, `/N` or `~P`.
fn split_times(text: &str) -> Result<(&str, Times), String> {
    let text = text.trim();
    if let Some((action, times)) = text.rsplit_once(' ')
        && let Some(times) = parse_times(times)
    {
        return Ok((action.trim_end(), times));
    }
    let name = text.split(':').next().unwrap_or(text);
    let name = name.strip_prefix("commit-").unwrap_or(name);
    if FREE_TEXT.contains(&name) {
        return Ok((text, Times::Always));
    }
    let Some(at) = text.rfind(['@', '/', '~']) else {
        return Ok((text, Times::Always));
    };
    let times = parse_times(&text[at..]).ok_or_else(|| {
        format!("`{}` is not a count: `@N` the Nth, `@N-M` from the Nth to the Mth, `/N` every Nth, `~P` with a chance from 0 to 1", &text[at..])
    })?;
    Ok((text[..at].trim_end(), times))
}

fn parse_times(text: &str) -> Option<Times> {
    let positive = |text: &str| text.parse::<u64>().ok().filter(|n| *n > 0);
    if let Some(nth) = text.strip_prefix('@') {
        let (first, last) = nth.split_once('-').unwrap_or((nth, nth));
        let (first, last) = (positive(first)?, positive(last)?);
        return (first <= last).then_some(Times::Nth(first, last));
    }
    if let Some(every) = text.strip_prefix('/') {
        return positive(every).map(Times::Every);
    }
    let chance: f64 = text.strip_prefix('~')?.parse().ok()?;
    (0.0..=1.0)
        .contains(&chance)
        .then_some(Times::Chance(chance))
}

fn parse_action(text: &str) -> Option<Action> {
    let (name, rest) = match text.split_once(':') {
        Some((name, rest)) => (name, Some(rest)),
        None => (text, None),
    };
    Some(match (name, rest) {
        ("status", Some(rest)) => parse_status(rest)?,
        ("html", rest) => Action::Html(rest.map_or(Some(200), code)?),
        ("empty", rest) => Action::Empty(rest.map_or(Some(200), code)?),
        ("redirect", Some(rest)) => parse_redirect(rest)?,
        ("reply", Some(rest)) => {
            let (status, body) = rest.split_once(':')?;
            Action::Reply(code(status)?, body.to_owned())
        }
        ("header", Some(rest)) => {
            let (name, value) = rest.split_once(':')?;
            Action::Header(name.trim().to_lowercase(), value.trim().to_owned())
        }
        ("latency", Some(ms)) => Action::Latency(Duration::from_millis(ms.parse().ok()?)),
        ("late-commit", Some(rest)) => {
            let (wait, status) = match rest.split_once(':') {
                Some((wait, status)) => (wait, Some(code(status)?)),
                None => (rest, None),
            };
            Action::LateCommit(Duration::from_millis(wait.parse().ok()?), status)
        }
        ("reset", None) => Action::Reset,
        ("hang", None) => Action::Hang,
        ("truncated", None) => Action::Truncated,
        ("stall", None) => Action::Stall,
        ("slow", Some(rate)) => Action::Slow(size(rate).filter(|rate| *rate > 0)?),
        ("content-length", Some(lie)) => {
            Action::ContentLength(lie.parse().ok().filter(|lie| *lie != 0)?)
        }
        ("invalid-json", None) => Action::InvalidJson,
        ("non-utf8", None) => Action::NonUtf8,
        ("nesting", rest) => Action::Nesting(small(rest, 200_000)?),
        ("big-header", rest) => Action::BigHeader(small(rest, 1 << 20)?),
        ("huge", Some(rest)) => {
            let (bytes, status) = rest.split_once(':').unwrap_or((rest, "200"));
            Action::Huge(size(bytes)?, code(status)?)
        }
        ("endless-array", None) => Action::EndlessArray,
        ("gzip-bomb", rest) => Action::GzipBomb(rest.map_or(Some(1 << 30), size)?),
        _ => return None,
    })
}

fn parse_status(rest: &str) -> Option<Action> {
    let Some((status, retry)) = rest.split_once(':') else {
        return Some(Action::Status(code(rest)?, None));
    };
    let retry = retry.strip_prefix("retry-after=")?;
    let retry = match retry.strip_prefix("date:") {
        Some(seconds) => RetryAfter::DateIn(seconds.parse().ok()?),
        None => RetryAfter::Text(retry.to_owned()),
    };
    Some(Action::Status(code(status)?, Some(retry)))
}

fn parse_redirect(rest: &str) -> Option<Action> {
    let (status, url) = match rest.split_once(':') {
        Some((status, url)) if status.bytes().all(|b| b.is_ascii_digit()) => (code(status)?, url),
        _ => (302, rest),
    };
    let redirects = (300..=399).contains(&status) && !url.is_empty();
    redirects.then(|| Action::Redirect(status, url.to_owned()))
}

/// A final HTTP status.
fn code(text: &str) -> Option<u16> {
    text.parse().ok().filter(|code| (200..=599).contains(code))
}

/// A number of bytes, `k`, `m` and `g` for powers of 1024.
fn size(text: &str) -> Option<u64> {
    let (digits, unit) = match text.chars().last()? {
        'k' => (&text[..text.len() - 1], 1 << 10),
        'm' => (&text[..text.len() - 1], 1 << 20),
        'g' => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

/// A size that is held in memory: at most 64 MiB.
fn small(text: Option<&str>, default: usize) -> Option<usize> {
    let Some(text) = text else {
        return Some(default);
    };
    usize::try_from(size(text)?)
        .ok()
        .filter(|bytes| *bytes <= 64 << 20)
}

/// What would have been accepted in place of a refused action.
fn accepted(name: &str) -> String {
    let named = |form: &&str| form.split([':', '[']).next() == Some(name);
    if let Some(form) = forms().find(named) {
        return format!("that action is written `{form}`, codes from 200 to 599");
    }
    let all = forms().collect::<Vec<_>>().join(", ");
    let names = forms().map(|form| form.split([':', '[']).next().unwrap_or(form));
    match nearest(name, names) {
        Some(near) => format!("did you mean `{near}`? Actions are {all}"),
        None => format!("actions are {all}"),
    }
}

/// How each action is written.
fn forms() -> impl Iterator<Item = &'static str> {
    ACTIONS.iter().map(|action| action.name)
}

#[cfg(test)]
mod tests;
