//! `route-by-ani`: list, put and delete, with the reference's parameters and every quirk of them.
//!
//! A route's key is (domain without regard to case, ani, dnis or none), numbers compared in the
//! spelling that the `numbers` quirk gives them, by default byte for byte.

use serde_json::{Value, json};

use crate::model::{Application, DomainKey};

use super::data::{Data, RouteRow, Subscriber, Undo};
use super::exchange::Response;
use super::lists;
use super::quirks::{
    Delete404, DeleteReach, DnisForm, FilterMatch, NumberForm, Paging, PutBody, Quirks, Stores,
    Switch, TenDigits, UnknownDomain, UnknownUser, WholeList,
};
use super::refusal::Refusal;
use super::rules::Asked;

/// Object-map keys of routes count from here, as database row numbers would.
const FIRST_ROW: usize = 1001;

/// `GET`: all routes, filtered by `ani`, `dnis`, `domain`.
pub(super) fn list(data: &mut Data, asked: &Asked<'_>) -> Result<Response, Refusal> {
    let quirks = asked.quirks();
    let (start, limit) = page(asked)?;
    let domain = asked.get("domain");
    let whole = domain.is_none() && quirks.whole_list != WholeList::Given;
    if whole && quirks.whole_list == WholeList::Refused {
        return Err(Refusal::invalid("Parameter `domain` is required"));
    }
    if let Some(domain) = domain
        && quirks.unknown_domain == UnknownDomain::NotFound
    {
        known_domain(data, domain)?;
    }
    let filters = [
        asked.get("ani").map(|ani| spelling(ani, quirks)),
        asked.get("dnis").map(|dnis| spelling(dnis, quirks)),
        domain.map(str::to_lowercase),
    ];
    let rows = data
        .routes_seen(asked.moment.now, lag(quirks))
        .iter()
        .enumerate()
        .filter(|(_, row)| !whole && selected(row, &filters, quirks))
        .skip(start)
        .take(limit)
        .map(|(at, row)| ((FIRST_ROW + at).to_string(), told(row, quirks)))
        .collect();
    Ok(Response::json(
        200,
        &lists::shape(quirks.routes.unwrap_or(quirks.list), quirks, rows),
    ))
}

/// `PUT`: creates or updates; 201 for both.
pub(super) fn put(data: &mut Data, asked: &Asked<'_>) -> Result<Response, Refusal> {
    let quirks = asked.quirks();
    let application = match asked.get("application") {
        None => quirks.application,
        Some(word) => word.parse().map_err(|_| {
            let words = Application::ALL.map(Application::as_str).join(", ");
            Refusal::invalid(format!("`application` must be one of {words}"))
        })?,
    };
    let mut row = RouteRow {
        ani: asked.text("ani").to_owned(),
        dnis: asked.get("dnis").map(str::to_owned),
        domain: known_domain(data, asked.text("domain"))?,
        application: Some(application.as_str().to_owned()),
        destination: asked.text("destination").to_owned(),
    };
    if quirks.unknown_user == UnknownUser::Refused
        && application == Application::User
        && !has_user(data, &row)
    {
        return Err(Refusal::invalid("`destination` is no user of this domain"));
    }
    match quirks.stores {
        Stores::Sent => {}
        Stores::Upper => row.destination = row.destination.to_uppercase(),
        Stores::Full => row.destination = format!("{}@{}", row.destination, row.domain),
    }
    let told = told(&row, quirks);
    if quirks.wide_put == Switch::On {
        take(data, asked, |old| {
            same_caller(old, &row.domain, &row.ani, quirks)
                && !same_called(old, row.dnis.as_deref(), quirks)
        });
    }
    if quirks.lost_writes == Switch::Off {
        store(data, asked, row);
    }
    let response = match quirks.put {
        PutBody::Empty => Response::empty(201),
        PutBody::Json => Response::json(201, &told),
        PutBody::Text => Response::text(201, "text/html; charset=UTF-8", "Created"),
    };
    Ok(response.after_change())
}

/// Whether the domain has the user that the route leads to: `100`, its login `john`, or `user:john`.
fn has_user(data: &Data, row: &RouteRow) -> bool {
    let user = row.destination.as_str();
    let user = user.strip_prefix("user:").unwrap_or(user);
    let of_domain = |one: &&Subscriber| one.domain.eq_ignore_ascii_case(&row.domain);
    let mut subscribers = data.subscribers.iter().filter(of_domain);
    subscribers.any(|one| one.user == user || one.login.as_deref() == Some(user))
}

/// `DELETE`: 204, or 404 when there was no such route.
pub(super) fn delete(data: &mut Data, asked: &Asked<'_>) -> Result<Response, Refusal> {
    let quirks = asked.quirks();
    let domain = known_domain(data, asked.text("domain"))?;
    let ani = asked.text("ani");
    let dnis = asked.get("dnis");
    let wide = match quirks.delete {
        DeleteReach::Exact => false,
        DeleteReach::Wide => dnis.is_none(),
        DeleteReach::Caller => true,
    };
    let goes = |row: &RouteRow| {
        same_caller(row, &domain, ani, quirks) && (wide || same_called(row, dnis, quirks))
    };
    let missing = Refusal::not_found("There is no such route");
    if !data.routes.iter().any(goes) {
        return Err(missing);
    }
    if quirks.lost_deletes == Switch::Off && quirks.delete_404 != Delete404::On {
        take(data, asked, goes);
    }
    Ok(match quirks.delete_404 {
        Delete404::Off => Response::empty(204),
        Delete404::On | Delete404::Gone => missing.into_api_response(quirks),
    }
    .after_change())
}

/// The rows of a list that are sent: where they start, and how many at most.
fn page(asked: &Asked<'_>) -> Result<(usize, usize), Refusal> {
    let quirks = asked.quirks();
    let number = |name: &str, default| match asked.get(name) {
        None => Ok(default),
        Some(text) => text
            .parse()
            .map_err(|_| Refusal::invalid(format!("`{name}` must be a number"))),
    };
    let (start, limit) = (number("start", 0)?, number("limit", usize::MAX)?);
    let cap = quirks.list_cap.unwrap_or(usize::MAX);
    Ok(match quirks.paging {
        Paging::On => (start, limit.min(cap)),
        Paging::Off | Paging::Ignored => (0, cap),
    })
}

/// Removes routes, and notes each.
fn take(data: &mut Data, asked: &Asked<'_>, goes: impl Fn(&RouteRow) -> bool) {
    let gone: Vec<RouteRow> = data.routes.extract_if(.., |row| goes(row)).collect();
    for row in gone {
        remember(data, asked, None, Some(row));
    }
}

/// Replaces the route of the same key, or adds one.
fn store(data: &mut Data, asked: &Asked<'_>, row: RouteRow) {
    let quirks = asked.quirks();
    let place = data.routes.iter_mut().find(|old| {
        same_caller(old, &row.domain, &row.ani, quirks)
            && same_called(old, row.dnis.as_deref(), quirks)
    });
    let before = match place {
        Some(old) => Some(std::mem::replace(old, row.clone())),
        None => {
            data.routes.push(row.clone());
            None
        }
    };
    remember(data, asked, Some(row), before);
}

/// Notes what a write replaced, for reads that lag; forgets what no read can want any more.
fn remember(data: &mut Data, asked: &Asked<'_>, after: Option<RouteRow>, before: Option<RouteRow>) {
    let (lag, now) = (lag(asked.quirks()), asked.moment.now);
    data.recent.retain(|undo| undo.at.saturating_add(lag) > now);
    if lag > 0 {
        data.recent.push(Undo {
            at: now,
            after,
            before,
        });
    }
}

fn lag(quirks: &Quirks) -> u64 {
    u64::try_from(quirks.read_lag.as_millis()).unwrap_or(u64::MAX)
}

/// The domain as the server spells it.
fn known_domain(data: &Data, name: &str) -> Result<String, Refusal> {
    data.domain(name)
        .map(|row| row.domain.clone())
        .ok_or_else(|| Refusal::not_found(format!("There is no domain `{name}`")))
}

fn same_caller(row: &RouteRow, domain: &str, ani: &str, quirks: &Quirks) -> bool {
    DomainKey::of(&row.domain) == DomainKey::of(domain)
        && spelling(&row.ani, quirks) == spelling(ani, quirks)
}

fn same_called(row: &RouteRow, dnis: Option<&str>, quirks: &Quirks) -> bool {
    let spelt = |dnis: Option<&str>| dnis.map(|dnis| spelling(dnis, quirks));
    spelt(row.dnis.as_deref()) == spelt(dnis)
}

fn selected(row: &RouteRow, filters: &[Option<String>; 3], quirks: &Quirks) -> bool {
    let fields = [
        spelling(&row.ani, quirks),
        row.dnis
            .as_deref()
            .map(|dnis| spelling(dnis, quirks))
            .unwrap_or_default(),
        row.domain.to_lowercase(),
    ];
    let compared = match quirks.filter {
        FilterMatch::Ignored => 2,
        FilterMatch::Exact | FilterMatch::Substring => 0,
    };
    let never = |field: &str| {
        quirks.ten_digits == TenDigits::Never
            && field.len() == 10
            && field.bytes().all(|b| b.is_ascii_digit())
    };
    let mut pairs = fields.iter().zip(filters).skip(compared);
    pairs.all(|(field, filter)| match (filter, quirks.filter) {
        (None, _) => true,
        _ if never(field) => false,
        (Some(filter), FilterMatch::Substring) => field.contains(filter.as_str()),
        (Some(filter), FilterMatch::Exact | FilterMatch::Ignored) => field == filter,
    })
}

/// The row as a reply tells it.
fn told(row: &RouteRow, quirks: &Quirks) -> Value {
    let number = |text: &str| lists::field(&spelling(text, quirks), quirks);
    let mut value = json!({
        "ani": number(&row.ani),
        "dnis": row.dnis.as_deref().map(number),
        "domain": row.domain,
        "application": row.application,
        "destination": lists::field(&row.destination, quirks),
    });
    if row.dnis.is_none() {
        match quirks.dnis {
            DnisForm::Null => {}
            DnisForm::Empty => value["dnis"] = Value::from(""),
            DnisForm::Absent => {
                if let Some(object) = value.as_object_mut() {
                    object.shift_remove("dnis");
                }
            }
        }
    }
    value
}

/// A number in the spelling in force; what is no North American number stays as it is, except
/// that E.164 puts `+` before any bare digits.
fn spelling(text: &str, quirks: &Quirks) -> String {
    let bare = text.strip_prefix('+').unwrap_or(text);
    let digits = !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit());
    let ten = match bare.len() {
        10 if text == bare => Some(bare),
        11 => bare.strip_prefix('1'),
        _ => None,
    };
    match (quirks.numbers, ten) {
        (NumberForm::AsSent, _) => text.to_owned(),
        _ if !digits => text.to_owned(),
        (NumberForm::Ten, Some(ten)) => ten.to_owned(),
        (NumberForm::Eleven, Some(ten)) => format!("1{ten}"),
        (NumberForm::E164, Some(ten)) => format!("+1{ten}"),
        (NumberForm::E164, None) => format!("+{bare}"),
        (NumberForm::Ten | NumberForm::Eleven, None) => bare.to_owned(),
    }
}

#[cfg(test)]
mod tests;
