//! One row of a file against what stands at its key: accepted, wrong, or for a person to decide.
//!
//! A cell that equals the server's own bytes is accepted before anything else is asked; only what a
//! person put there is held to the strict forms.

use super::base::Base;
use super::columns::Column;
use super::damage::damage;
use super::problems::{Problems, quoted};
use super::rows::Row;
use super::server::{Server, cells};
use crate::model::{Application, Domain, Number, Route, RouteKey, nearest};

/// How numbers that are new to the server are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// Only what is a telephone number beyond doubt.
    Strict,
    /// As typed (`--raw-numbers`).
    Raw,
    /// Anything: the file is only looked at, never sent.
    Opaque,
}

pub(super) struct Judge<'s, 'a> {
    pub(super) server: &'s Server<'a>,
    pub(super) numbers: Numbers,
}

/// What a row comes to.
pub(super) enum Verdict<'r> {
    /// It equals rows that are never touched, byte for byte.
    Same(Vec<u32>),
    /// It asks for something at a key that several routes share.
    Ambiguous(RouteKey, Vec<u32>),
    /// It asks for this.
    Wanted(Wanted<'r>),
}

/// What a row asks for.
pub(super) struct Wanted<'r> {
    pub(super) key: RouteKey,
    /// The server's row at the key.
    pub(super) standing: Option<usize>,
    /// The value that should stand there; none to have the route gone.
    pub(super) value: Option<Value<'r>>,
    /// The fingerprint the row was exported with.
    pub(super) base: Option<Base>,
    /// Whether the value is still the exported one.
    pub(super) untouched: bool,
    /// Caller, called number and domain as a new route would be sent.
    pub(super) fresh: Option<Route>,
}

impl Wanted<'_> {
    /// The route it asks for, under the server's own spelling of the key where there is one.
    pub(super) fn after(&self, now: Option<&Route>) -> Option<Route> {
        let value = self.value?;
        let key = now.or(self.fresh.as_ref())?;
        Some(Route {
            ani: key.ani.clone(),
            dnis: key.dnis.clone(),
            domain: key.domain.clone(),
            application: Some(value.application.to_owned()),
            destination: Some(value.destination.to_owned()),
        })
    }
}

/// Where calls go, with the application decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value<'r> {
    pub(super) application: &'r str,
    pub(super) destination: &'r str,
}

impl<'r> Value<'r> {
    /// The value of a server row; an absent destination is an empty one.
    pub(super) fn of(route: &'r Route) -> Self {
        Self {
            application: route.application_or_user(),
            destination: route.destination.as_deref().unwrap_or_default(),
        }
    }
}

impl<'s, 'a: 's> Judge<'s, 'a> {
    /// As a plan is made.
    pub(super) fn of(server: &'s Server<'a>, raw_numbers: bool) -> Self {
        let numbers = match raw_numbers {
            true => Numbers::Raw,
            false => Numbers::Strict,
        };
        Self { server, numbers }
    }

    /// Judges a row; none when it is wrong, which is then among the problems.
    pub(super) fn row<'r>(
        &self,
        row: &'r Row<'_>,
        problems: &mut Problems<'_>,
    ) -> Option<Verdict<'r>>
    where
        's: 'r,
    {
        // A wrong base is said beside whatever else is wrong with the row.
        let base = base(row, problems);
        let verdict = self.cells(row, absent(row), base.flatten(), problems);
        base.and(verdict)
    }

    fn cells<'r>(
        &self,
        row: &'r Row<'_>,
        absent: bool,
        base: Option<Base>,
        problems: &mut Problems<'_>,
    ) -> Option<Verdict<'r>>
    where
        's: 'r,
    {
        let Some(key) = row.key() else {
            return self.odd(row, absent, problems);
        };
        let standing = match self.server.index.rows(&key) {
            [] => None,
            [index] => Some(*index as usize),
            rows => return Some(self.shared(row, key, rows, absent)),
        };
        let now = standing.map(|index| &self.server.routes[index]);
        let base = base.filter(|base| base.belongs_to(&key));
        let old = base.filter(|_| !absent);
        let old = old.and_then(|base| exported(row, &key, base, now));
        if old.is_some() {
            // Where nothing stands the row may be one that was taken back: then it is a new route.
            let mut none = Problems::new("");
            let fresh = match now {
                Some(_) => None,
                None => self.sent(row, &key, None, &mut none).flatten(),
            };
            return Some(Verdict::Wanted(Wanted {
                value: old,
                key,
                standing,
                base,
                untouched: true,
                fresh,
            }));
        }
        let sent = self.sent(row, &key, now, problems);
        let value = if absent {
            None
        } else {
            Some(value(row, now, problems)?)
        };
        let fresh = sent?.filter(|_| !absent);
        Some(Verdict::Wanted(Wanted {
            key,
            standing,
            value,
            base,
            untouched: false,
            fresh,
        }))
    }

    /// A row without caller or domain: good only as the exact copy of a server row.
    fn odd<'r>(
        &self,
        row: &Row<'_>,
        absent: bool,
        problems: &mut Problems<'_>,
    ) -> Option<Verdict<'r>> {
        let same = self.server.odd_rows(&row.route_cells());
        if same.is_empty() {
            for column in [Column::Ani, Column::Domain] {
                if row.text(column).is_empty() {
                    let message = format!("`{}` is empty", column.name());
                    problems.add(row.place(column), message);
                }
            }
            return None;
        }
        if absent {
            let message = "a route without caller or domain cannot be deleted: it has no key";
            problems.add(row.at, message);
            return None;
        }
        Some(Verdict::Same(same))
    }

    fn shared<'r>(&self, row: &Row<'_>, key: RouteKey, rows: &[u32], absent: bool) -> Verdict<'r> {
        let wanted = row.route_cells();
        let equals = |index: &u32| cells(&self.server.routes[*index as usize]) == wanted;
        let same: Vec<u32> = rows.iter().copied().filter(equals).collect();
        if absent || same.is_empty() {
            Verdict::Ambiguous(key, rows.to_vec())
        } else {
            Verdict::Same(same)
        }
    }

    /// The key as a new route sends it, or nothing to build where one stands; none when a cell is wrong.
    fn sent(
        &self,
        row: &Row<'_>,
        key: &RouteKey,
        now: Option<&Route>,
        problems: &mut Problems<'_>,
    ) -> Option<Option<Route>> {
        let is_same =
            |column: Column| now.is_some_and(|now| field(now, column) == row.text(column));
        let mut number = |column: Column| {
            let text = row.text(column);
            if is_same(column) || (column == Column::Dnis && text.is_empty()) {
                return Some(text.to_owned());
            }
            self.number(text)
                .map_err(|message| problems.add(row.place(column), message))
                .ok()
        };
        let ani = number(Column::Ani);
        let dnis = number(Column::Dnis);
        if !is_same(Column::Domain)
            && self.numbers != Numbers::Opaque
            && let Err(error) = Domain::parse(row.text(Column::Domain))
        {
            problems.add(row.place(Column::Domain), error.to_string());
            return None;
        }
        let (ani, dnis) = (ani?, dnis?);
        if now.is_some() {
            return Some(None);
        }
        let domain = self.server.domain_name(&key.domain);
        Some(Some(Route {
            ani: Some(ani),
            dnis: Some(dnis).filter(|dnis| !dnis.is_empty()),
            domain: Some(domain.unwrap_or(row.text(Column::Domain)).to_owned()),
            application: None,
            destination: None,
        }))
    }

    fn number(&self, text: &str) -> Result<String, String> {
        if self.numbers == Numbers::Opaque {
            return Ok(text.to_owned());
        }
        if text == "*" {
            return Err("`*` is not accepted: leave `dnis` empty for any called number, and name each caller".to_owned());
        }
        if text.len() > 64 {
            return Err(format!("{} is too long for a number", quoted(text)));
        }
        let number = match self.numbers {
            Numbers::Raw => Number::raw(text),
            _ => Number::parse(text),
        };
        number
            .map(|number| number.as_sent().to_owned())
            .map_err(|error| error.to_string())
    }
}

fn field(route: &Route, column: Column) -> &str {
    let field = match column {
        Column::Ani => &route.ani,
        Column::Dnis => &route.dnis,
        _ => &route.domain,
    };
    field.as_deref().unwrap_or_default()
}

/// Whether the row is to go; a column of other states was left out when the file was read.
fn absent(row: &Row<'_>) -> bool {
    row.text(Column::State)
        .trim()
        .eq_ignore_ascii_case("absent")
}

/// The cell's fingerprint, nothing for an empty cell; none for anything else.
fn base(row: &Row<'_>, problems: &mut Problems<'_>) -> Option<Option<Base>> {
    let text = row.text(Column::Base).trim();
    if text.is_empty() {
        return Some(None);
    }
    let base = Base::parse(text);
    if base.is_none() {
        let message = format!(
            "{} is no fingerprint of `routes list --base`; leave `base` empty for a new row",
            quoted(text)
        );
        problems.add(row.place(Column::Base), message);
    }
    base.map(Some)
}

/// The value of a row that still has the value it was exported with, where an absent application is
/// an empty cell; without a column for it, that of the server's row.
fn exported<'r>(
    row: &'r Row<'_>,
    key: &RouteKey,
    base: Base,
    now: Option<&'r Route>,
) -> Option<Value<'r>> {
    let user = Application::User.as_str();
    let applications = match row.text(Column::Application) {
        "" => [Some(user), now.map(Route::application_or_user)],
        application => [Some(application), None],
    };
    let value = |application| Value {
        application,
        destination: row.text(Column::Destination),
    };
    let is_it =
        |value: &Value<'_>| Base::new(Some(key), value.application, value.destination).fits(base);
    (applications.into_iter().flatten().map(value)).find(is_it)
}

/// The value a row asks for; none when it is wrong.
fn value<'r>(
    row: &'r Row<'_>,
    now: Option<&'r Route>,
    problems: &mut Problems<'_>,
) -> Option<Value<'r>> {
    let application = application(row, now, problems);
    let destination = row.text(Column::Destination);
    let standing = now.map(|now| now.destination.as_deref().unwrap_or_default());
    let is_same = standing == Some(destination);
    let whole = now
        .zip(application)
        .is_some_and(|(now, application)| is_same && application == now.application_or_user());
    let message = if destination.is_empty() && !whole {
        Some("`destination` is empty; for a route that should go, write `absent` in a column `state`".to_owned())
    } else if !is_same && destination.chars().any(char::is_control) {
        Some(format!(
            "`destination` holds a control character or a line break: {}",
            quoted(destination)
        ))
    } else {
        let damage = damage(destination).filter(|_| !is_same);
        damage.map(|what| format!("{} is no destination: {what}", quoted(destination)))
    };
    if let Some(message) = message {
        problems.add(row.place(Column::Destination), message);
        return None;
    }
    Some(Value {
        application: application?,
        destination,
    })
}

fn application<'r>(
    row: &'r Row<'_>,
    now: Option<&'r Route>,
    problems: &mut Problems<'_>,
) -> Option<&'r str> {
    let text = row.text(Column::Application);
    let user = Application::User.as_str();
    let standing = now.map_or(user, Route::application_or_user);
    let known = text.parse::<Application>().is_ok();
    let message = match text {
        "" if standing == user => return Some(user),
        "" => format!(
            "the route is {} on the server: say which `application` is meant, `user`, `device` or `literal`",
            quoted(standing)
        ),
        _ if known || text == standing => return Some(text),
        _ => {
            let names = Application::ALL.map(Application::as_str);
            match nearest(text, names) {
                Some(near) => format!("{} is no application: did you mean `{near}`?", quoted(text)),
                None => format!(
                    "{} is no application: `user`, `device` or `literal`",
                    quoted(text)
                ),
            }
        }
    };
    problems.add(row.place(Column::Application), message);
    None
}
