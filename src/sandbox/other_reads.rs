//! One read for each scope of the reference that has no command of its own, so that `api` has
//! something to call. Paths, fields and rows are assumed; the two paging dialects and the object
//! map are the forms `api.md` (Lists) knows. Nothing here can be changed.

use serde_json::{Map, Value, json};

use super::exchange::{Request, Response};
use super::refusal::Refusal;
use super::rules::{Rules, parameter, parameters};

/// Rows on a page unless `per_page` says otherwise.
const PER_PAGE: usize = 10;

/// A read-only resource below `/accounts/{account_id}`.
#[derive(Debug)]
pub(super) struct Sibling {
    /// Without the account; empty for the account itself.
    pub(super) path: &'static str,
    /// The scope it needs.
    pub(super) scope: &'static str,
    /// What it answers.
    form: Form,
    /// How many rows there are.
    rows: usize,
    /// The row of a number.
    row: fn(usize) -> Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The one row.
    Row,
    Array,
    ObjectMap,
    /// `{"data","pagination":{"count","per_page","page"}}`.
    Nested,
    /// `{"current_page","per_page","total","data"}`.
    Flat,
}

/// All of them.
pub(super) static OTHER_READS: [Sibling; 6] = [
    Sibling {
        path: "",
        scope: "account",
        form: Form::Row,
        rows: 1,
        row: account,
    },
    Sibling {
        path: "users",
        scope: "user",
        form: Form::Flat,
        rows: 25,
        row: user,
    },
    Sibling {
        path: "phone-numbers",
        scope: "phone_number",
        form: Form::Nested,
        rows: 24,
        row: phone_number,
    },
    Sibling {
        path: "routing",
        scope: "routing",
        form: Form::ObjectMap,
        rows: 3,
        row: routing,
    },
    Sibling {
        path: "e911",
        scope: "e911",
        form: Form::Array,
        rows: 2,
        row: e911,
    },
    Sibling {
        path: "messaging",
        scope: "messaging",
        form: Form::Array,
        rows: 0,
        row: e911,
    },
];

/// The resource of a path below the account.
pub(super) fn find(path: &str) -> Option<&'static Sibling> {
    OTHER_READS.iter().find(|sibling| sibling.path == path)
}

/// `GET`.
pub(super) fn get(
    sibling: &Sibling,
    rules: &Rules,
    request: &Request,
) -> Result<Response, Refusal> {
    let paged = matches!(sibling.form, Form::Nested | Form::Flat);
    let accepted: &[&str] = if paged { &["page", "per_page"] } else { &[] };
    let query = parameters(request, &[], accepted)?;
    let count = |name: &str, default: usize| match parameter(&query, name) {
        None => Ok(default),
        Some(text) => positive(text)
            .ok_or_else(|| Refusal::invalid(format!("`{name}` must be a number from 1 to 1000"))),
    };
    let (page, per_page) = (count("page", 1)?, count("per_page", PER_PAGE)?);
    let on_page = || {
        let first = (page - 1) * per_page;
        Value::from_iter((first..sibling.rows.min(first + per_page)).map(sibling.row))
    };
    let body = match sibling.form {
        Form::Row => {
            let mut row = (sibling.row)(0);
            row["account_id"] = Value::from(rules.credentials.account_id.as_str());
            row
        }
        Form::Array => Value::from_iter((0..sibling.rows).map(sibling.row)),
        Form::ObjectMap => Value::Object(Map::from_iter(
            (0..sibling.rows).map(|at| (number(at), (sibling.row)(at))),
        )),
        Form::Nested => json!({
            "pagination": {"count": sibling.rows, "per_page": per_page, "page": page},
            "data": on_page(),
        }),
        Form::Flat => json!({
            "current_page": page,
            "per_page": per_page,
            "total": sibling.rows,
            "data": on_page(),
        }),
    };
    Ok(Response::json(200, &body))
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

fn account(_: usize) -> Value {
    json!({"account_id": null, "name": "Sandbox Telecom", "reseller": "15611"})
}

fn user(at: usize) -> Value {
    json!({"user": (100 + at).to_string(), "name": format!("Extension {}", 100 + at), "domain": "acme.15611.service"})
}

fn phone_number(at: usize) -> Value {
    json!({"phone_number": number(at), "description": null})
}

fn routing(at: usize) -> Value {
    json!({"phone_number": number(at), "domain": "acme.15611.service", "destination": "route_by_ani"})
}

fn e911(at: usize) -> Value {
    json!({"phone_number": number(at), "caller_name": "ACME", "city": "Grand Rapids", "state": "MI"})
}
