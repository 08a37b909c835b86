//! `tests/openapi.json`: written from the table of calls and from what they are seen to answer, but
//! for the token endpoint and the components, which are kept as they stand in it.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::state::{ENDPOINTS, Endpoint, PAGING};
use super::test_server::TestServer;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/openapi.json");

fn description() -> Value {
    let text = std::fs::read_to_string(FILE).expect(FILE);
    serde_json::from_str(&text).expect("the description is JSON")
}

fn path(template: &str) -> String {
    let path = template.replace("{account_id}", "sbx_account");
    path.replace("{number}", "16165550190")
}

/// The query of a good call.
fn query(endpoint: &Endpoint) -> String {
    let value = |name: &&str| match *name {
        "domain" => "domain=acme.15611.service".to_owned(),
        // All that there is to see of the answer.
        "recursive" => "recursive=1".to_owned(),
        name => format!("{name}=16165550101"),
    };
    let told = endpoint
        .optional
        .iter()
        .filter(|name| **name == "recursive");
    let pairs = endpoint.required.iter().chain(told).map(value);
    pairs.collect::<Vec<_>>().join("&")
}

/// What an operation answers to good and bad clients, each status once.
fn responses(endpoint: &Endpoint) -> Value {
    let mut all = Map::new();
    let good = format!("{}?{}", path(endpoint.path), query(endpoint));
    let mut server = TestServer::with(&[]);
    let poor = server.login("branding").0;
    let mut observe = |bearer: Option<&str>, call: &str| {
        let rich = server.bearer.clone();
        if let Some(bearer) = bearer {
            server.bearer = bearer.to_owned();
        }
        let response = server.call(endpoint.method, call);
        server.bearer = rich;
        let mut told = json!({
            "description": response.status.to_string(),
            "headers": {"x-request-id": {"$ref": "#/components/headers/RequestId"}},
        });
        if !response.body.is_empty() {
            let schema = match response.status {
                200 => schema(&[&response.value()]),
                _ => json!({"$ref": "#/components/schemas/Error"}),
            };
            told["content"] = json!({"application/json": {"schema": schema}});
        }
        all.entry(response.status.to_string()).or_insert(told);
    };
    observe(None, &good);
    observe(None, &format!("{good}&x=y"));
    observe(Some("sbx_at_unknown"), &good);
    observe(Some(&poor), &good);
    for (known, other) in [
        ("sbx_account", "other"),
        ("16165550190", "1"),
        ("acme.", ""),
    ] {
        observe(None, &good.replace(known, other));
    }
    // A state that cannot be kept is met by the tests of `state_file`.
    let broken = all["400"].clone();
    all.insert("500".to_owned(), broken);
    Value::Object(all)
}

/// The type of all of some values.
fn schema(values: &[&Value]) -> Value {
    let there: Vec<&Value> = values
        .iter()
        .filter(|value| !value.is_null())
        .copied()
        .collect();
    let mut told = match there.first() {
        None => return json!({}),
        Some(Value::Array(_)) => {
            let items: Vec<&Value> = there
                .iter()
                .filter_map(|v| v.as_array())
                .flatten()
                .collect();
            json!({"type": "array", "items": schema(&items)})
        }
        Some(Value::Object(_)) => object(&there),
        Some(Value::String(_)) => json!({"type": "string"}),
        Some(Value::Bool(_)) => json!({"type": "boolean"}),
        Some(_) => json!({"type": "integer"}),
    };
    if there.len() < values.len() {
        told["nullable"] = Value::from(true);
    }
    told
}

/// Fields by name; or a map, whose values are all objects and which is `[]` when empty.
fn object(values: &[&Value]) -> Value {
    let fields: Vec<&Map<String, Value>> = values.iter().filter_map(|v| v.as_object()).collect();
    let all: Vec<&Value> = fields.iter().flat_map(|fields| fields.values()).collect();
    if all.iter().all(|value| value.is_object()) {
        let map = json!({"type": "object", "additionalProperties": schema(&all)});
        return json!({"oneOf": [map, {"type": "array", "items": {}, "maxItems": 0}]});
    }
    let names = fields[0].keys();
    let required: Vec<&String> = names.clone().collect();
    let of = |name: &String| {
        fields
            .iter()
            .filter_map(|fields| fields.get(name))
            .collect::<Vec<_>>()
    };
    let properties: Map<String, Value> = names
        .map(|name| (name.clone(), schema(&of(name))))
        .collect();
    json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false})
}

fn parameter(name: &str, required: bool) -> Value {
    let schema = match name {
        "application" => json!({"type": "string", "enum": ["user", "device", "literal"]}),
        "filter" => json!({"type": "string", "enum": ["all", "subscriber", "queue", "attendant"]}),
        "force_refresh" | "recursive" | "include_lineage" => {
            json!({"type": "string", "enum": ["0", "1", "true", "false"]})
        }
        "page" | "per_page" => json!({"type": "integer", "minimum": 1, "maximum": 1000}),
        _ => json!({"type": "string", "minLength": 1}),
    };
    json!({"name": name, "in": "query", "required": required, "schema": schema})
}

fn operation(endpoint: &Endpoint) -> Value {
    let segment = if endpoint.path.contains("{number}") {
        "number"
    } else {
        "account"
    };
    let optional = endpoint
        .optional
        .iter()
        .filter(|name| !PAGING.contains(name));
    let query = endpoint.required.iter().map(|name| parameter(name, true));
    let query = query.chain(optional.map(|name| parameter(name, false)));
    let parameters = [json!({"$ref": format!("#/components/parameters/{segment}")})];
    json!({
        "description": format!("Needs the scope `{}`.", endpoint.scope),
        "security": [{"bearer": []}],
        "parameters": Value::from_iter(parameters.into_iter().chain(query)),
        "responses": responses(endpoint),
    })
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the variable that updates the man pages, too"
)]
fn the_description_is_what_the_calls_are_seen_to_be() {
    let mut told = description();
    let mut paths = Map::new();
    paths.insert(
        "/oauth/token".to_owned(),
        told["paths"]["/oauth/token"].clone(),
    );
    for endpoint in ENDPOINTS {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[endpoint.method.to_lowercase()] = operation(endpoint);
    }
    told["paths"] = Value::Object(paths);
    if std::env::var_os("UPDATE_MANUAL").is_some() {
        let text = serde_json::to_string_pretty(&told).expect("text");
        std::fs::write(Path::new(FILE), text + "\n").expect(FILE);
    }
    assert!(
        told == description(),
        "stale: UPDATE_MANUAL=1 cargo test --lib openapi"
    );
}

#[test]
fn methods_that_are_not_described_are_not_allowed() {
    let mut sandbox = TestServer::with(&[]);
    for (template, methods) in description()["paths"].as_object().expect("paths") {
        let path = path(template);
        for method in [
            "GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE",
        ] {
            let said = methods.get(method.to_lowercase()).is_some();
            let response = sandbox.call(method, &path);
            assert_eq!(response.status != 405, said, "{method} {path}");
            let allow = response.headers.iter().find(|(name, _)| name == "allow");
            assert_eq!(allow.is_none(), said, "{method} {path}");
        }
    }
}
