//! What may be pasted into a bug report: the checks' states and the facts, and nothing of anybody's.

use serde_json::{Value, json};

use super::finding::Finding;
use crate::context::Context;
use crate::error::Error;
use crate::model::Origin;
use crate::server::{Fact, Facts};

/// The report: `{"version","system","server","checks":[{"check","state","code"}],"facts":[…]}`, or its
/// lines. Texts of checks and errors may name anything, so none is in it.
pub(super) fn print(ctx: &Context, findings: &[Finding]) -> Result<(), Error> {
    let server = match ctx.settings.sandbox {
        true => "the sandbox",
        false if ctx.settings.origin.value == Origin::default() => "api.skyswitch.com",
        false => "another address",
    };
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let facts = ctx.facts();
    if ctx.wants_json() {
        return ctx.print_json(&json!({
            "version": env!("CARGO_PKG_VERSION"),
            "system": system,
            "server": server,
            "checks": findings.iter().map(check).collect::<Vec<_>>(),
            "facts": known(&facts),
        }));
    }
    let version = concat!("skyswitch ", env!("CARGO_PKG_VERSION"));
    let mut lines = vec![format!("{version}, {system}, {server}")];
    let checks = findings
        .iter()
        .map(check)
        .map(|check| words(&check, "check"));
    let facts = known(&facts).into_iter().map(|fact| words(&fact, "fact"));
    lines.extend(checks.chain(facts));
    for line in lines {
        ctx.ui.data_line(&line);
    }
    Ok(())
}

fn check(finding: &Finding) -> Value {
    let code = finding.error.as_ref().map(|error| error.code.facts().name);
    json!({"check": finding.check, "state": finding.state.name(), "code": code})
}

/// The facts with their ages in days; a word that is the server's own is left out.
fn known(facts: &Facts) -> Vec<Value> {
    let one = |fact: &Fact| {
        let known = facts.known(*fact);
        let value = known.map(|known| known.value.as_str());
        let is_ours = |value: &&str| {
            value.parse::<u64>().is_ok() || fact.text().contains(*value) || *fact == Fact::Rate
        };
        let words = |value: &str| value.split(' ').all(|word| is_ours(&word));
        json!({
            "fact": fact.name(),
            "value": value.map(|value| if words(value) { value } else { "other" }),
            "standing": known.map(|known| known.standing),
            "days": facts.age_in_days(*fact),
        })
    };
    Fact::ALL.iter().map(one).collect()
}

/// `fact  lag  1500  observed  3`, with `-` for nothing.
fn words(object: &Value, kind: &str) -> String {
    let cells = object
        .as_object()
        .into_iter()
        .flatten()
        .map(|(_, value)| match value {
            Value::Null => "-".to_owned(),
            Value::String(text) => text.clone(),
            value => value.to_string(),
        });
    let cells: Vec<String> = [kind.to_owned()].into_iter().chain(cells).collect();
    cells.join("  ")
}
