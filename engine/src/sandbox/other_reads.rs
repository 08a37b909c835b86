//! What can be read beside routes and domains; nothing here can be changed.
//!
//! The neighbours of a route have the vendor's paths, parameters and shapes (`api.md`, Neighbours).
//! The rest is one read for each scope of the reference that has no command of its own, so that
//! `api` has something to call: made up, in the paging dialects that `api.md` (Lists) knows.

use serde_json::{Map, Value, json};

use crate::model::DomainKey;

use super::data::{Data, PhoneNumber, SubAccount, Subscriber};
use super::exchange::Response;
use super::refusal::Refusal;
use super::rules::Asked;

/// What the handlers answer.
type Answer = Result<Response, Refusal>;

/// Rows on a page unless `per_page` says otherwise.
const PER_PAGE: usize = 10;

/// `pbx/subscribers`: a map by extension, `[]` when empty.
pub(super) fn subscribers(data: &mut Data, asked: &Asked<'_>) -> Answer {
    let code = match asked.get("filter") {
        None | Some("all") => None,
        Some("subscriber") => Some(None),
        Some("queue") => Some(Some("system-queue")),
        Some("attendant") => Some(Some("system-aa")),
        Some(_) => {
            let words = "`filter` must be one of all, subscriber, queue, attendant";
            return Err(Refusal::invalid(words));
        }
    };
    let domain = asked.get("domain").map(DomainKey::of);
    let is = |name: &str, value: Option<&str>| asked.get(name).is_none_or(|it| value == Some(it));
    let rows = data.subscribers.iter().filter(|row| {
        (domain.as_ref()).is_none_or(|domain| *domain == DomainKey::of(&row.domain))
            && is("user", Some(&row.user))
            && is("login", row.login.as_deref())
            && code.is_none_or(|code| row.srv_code.as_deref() == code)
    });
    let map: Map<String, Value> = rows
        .map(|row| (row.user.clone(), subscriber(row)))
        .collect();
    // PHP writes an empty map as an empty list.
    let none = map.is_empty();
    let body = if none { json!([]) } else { Value::Object(map) };
    Ok(Response::json(200, &body))
}

fn subscriber(row: &Subscriber) -> Value {
    let names = row.name.as_deref().and_then(|name| name.split_once(' '));
    let person = names.filter(|_| row.srv_code.is_none());
    let mail = person.map(|(first, _)| format!("{}@example.com", first.to_lowercase()));
    json!({
        "user": row.user,
        "domain": row.domain,
        "name": row.name,
        "caller_id": person.map(|_| "6165550190"),
        "caller_id_emergency": null,
        "email_address": mail,
        "srv_code": row.srv_code,
        "subscriber_login": row.login,
        "first_name": person.map(|(first, _)| first),
        "last_name": person.map(|(_, last)| last),
        "group": null,
    })
}

/// `pbx/phone-numbers`: the numbers of a domain, or those that lead to one user.
pub(super) fn numbers(data: &mut Data, asked: &Asked<'_>) -> Answer {
    let name = asked.text("domain");
    let Some(domain) = data.domain(name) else {
        return Err(Refusal::not_found(format!("There is no domain `{name}`")));
    };
    let domain = DomainKey::of(&domain.domain);
    let user = asked.get("user");
    let here = |row: &&PhoneNumber| {
        DomainKey::of(&row.domain) == domain && (user.is_none() || row.user.as_deref() == user)
    };
    let rows = data.numbers.iter().filter(here);
    let body = Value::from_iter(rows.map(|row| row.number.as_str()));
    Ok(Response::json(200, &body))
}

/// `/phone-numbers/{number}/route`: where a number leads.
pub(super) fn number_route(data: &mut Data, asked: &Asked<'_>) -> Answer {
    let number = asked.segment;
    let Some(row) = data.numbers.iter().find(|row| row.number == number) else {
        return Err(Refusal::not_found(format!("There is no number `{number}`")));
    };
    let body = match &row.user {
        Some(user) => json!({"type": "pbx", "route": {
            "subscriber": format!("{user}@{}", row.domain),
            "treatment": row.treatment,
            "enable": "yes",
        }}),
        None => json!({"type": row.treatment, "route": {"enable": "yes"}}),
    };
    Ok(Response::json(200, &body))
}

/// `sub-accounts`: those right below this one, with `recursive` all, each in its parent; a filter
/// looks as far down.
pub(super) fn sub_accounts(data: &mut Data, asked: &Asked<'_>) -> Answer {
    let recursive = asked.switch("recursive")?;
    // What it adds is nobody's documentation.
    asked.switch("include_lineage")?;
    let is = |name: &str, value: &str| asked.get(name).is_none_or(|it| value == it);
    let narrowed = asked.get("name").or(asked.get("account_number")).is_some();
    let rows = data.accounts.iter().filter(|row| {
        (row.parent.is_none() || recursive && narrowed)
            && is("name", &row.name)
            && is("account_number", &row.number)
    });
    let body = Value::from_iter(rows.map(|row| sub_account(row, &data.accounts, asked, recursive)));
    Ok(Response::json(200, &body))
}

fn sub_account(row: &SubAccount, all: &[SubAccount], asked: &Asked<'_>, recursive: bool) -> Value {
    let below = all
        .iter()
        .filter(|child| child.parent.as_ref() == Some(&row.id));
    let children = below.map(|child| sub_account(child, all, asked, recursive));
    json!({
        "id": row.id,
        "parent_id": row.parent.as_deref().unwrap_or(asked.segment),
        "name": row.name,
        "account_number": row.number,
        "organizational": false,
        "deleted_at": null,
        "children": if recursive { Value::from_iter(children) } else { json!([]) },
    })
}

pub(super) fn account(_: &mut Data, asked: &Asked<'_>) -> Answer {
    let row = json!({"account_id": asked.segment, "name": "Sandbox Telecom", "reseller": "15611"});
    Ok(Response::json(200, &row))
}

/// `{"current_page","per_page","total","data"}`.
pub(super) fn users(_: &mut Data, asked: &Asked<'_>) -> Answer {
    let (total, (page, per_page)) = (25, page(asked)?);
    let row = |at: usize| json!({"user": (100 + at).to_string(), "name": format!("Extension {}", 100 + at), "domain": "acme.15611.service"});
    let body = json!({"current_page": page, "per_page": per_page, "total": total, "data": rows(total, page, per_page, row)});
    Ok(Response::json(200, &body))
}

/// `{"data","pagination":{"count","per_page","page"}}`.
pub(super) fn inventory(_: &mut Data, asked: &Asked<'_>) -> Answer {
    let (total, (page, per_page)) = (24, page(asked)?);
    let row = |at: usize| json!({"phone_number": number(at), "description": null});
    let paging = json!({"count": total, "per_page": per_page, "page": page});
    let body = json!({"pagination": paging, "data": rows(total, page, per_page, row)});
    Ok(Response::json(200, &body))
}

pub(super) fn routing(_: &mut Data, _: &Asked<'_>) -> Answer {
    let row = |at: usize| json!({"phone_number": number(at), "domain": "acme.15611.service", "destination": "route_by_ani"});
    let rows = (0..3).map(|at| (number(at), row(at)));
    Ok(Response::json(200, &Value::Object(rows.collect())))
}

pub(super) fn e911(_: &mut Data, _: &Asked<'_>) -> Answer {
    let row = |at: usize| json!({"phone_number": number(at), "caller_name": "ACME", "city": "Grand Rapids", "state": "MI"});
    Ok(Response::json(200, &Value::from_iter((0..2).map(row))))
}

pub(super) fn messaging(_: &mut Data, _: &Asked<'_>) -> Answer {
    Ok(Response::json(200, &json!([])))
}

/// `page` and `per_page`.
fn page(asked: &Asked<'_>) -> Result<(usize, usize), Refusal> {
    let count = |name: &str, default: usize| match asked.get(name) {
        None => Ok(default),
        Some(text) => positive(text)
            .ok_or_else(|| Refusal::invalid(format!("`{name}` must be a number from 1 to 1000"))),
    };
    Ok((count("page", 1)?, count("per_page", PER_PAGE)?))
}

fn rows(total: usize, page: usize, per_page: usize, row: impl Fn(usize) -> Value) -> Value {
    let first = (page - 1) * per_page;
    Value::from_iter((first..total.min(first + per_page)).map(row))
}

fn positive(text: &str) -> Option<usize> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let value = text.parse().ok().filter(|_| digits)?;
    (1..=1000).contains(&value).then_some(value)
}

/// Fictional: 616-555-0101 and on.
fn number(at: usize) -> String {
    format!("1616555{:04}", 101 + at)
}
