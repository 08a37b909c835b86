//! Who may know whom: the direction of the house, read from the sources themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Each part of the house and all it may know; `main` knows the library alone.
const MAY_KNOW: &[(&str, &str)] = &[
    (
        "process",
        "commands config context durable error logging model output signals ui",
    ),
    (
        "commands",
        "api apply auth config context durable error journal kept_names model ops output plan sandbox secret server ui",
    ),
    (
        "ops",
        "api apply context durable error journal model output plan server signals ui",
    ),
    (
        "context",
        "api auth config durable error journal kept_names model output sandbox secret server signals ui",
    ),
    ("error", "api auth config journal model plan sandbox"),
    ("apply", "api model plan signals"),
    ("auth", "api durable model secret signals"),
    ("api", "model secret signals"),
    ("plan", "model"),
    ("logging", "api output"),
    ("ui", "model output secret"),
    ("output", "model"),
    ("journal", "durable model"),
    ("server", "durable model"),
    ("config", "durable model secret"),
    ("sandbox", "durable model"),
    ("kept_names", "durable model"),
    ("model", ""),
    ("durable", ""),
    ("secret", ""),
    ("signals", ""),
];

/// Where siblings go one way only.
const WITHOUT_CIRCLES: [&str; 14] = [
    "api", "apply", "auth", "commands", "config", "context", "error", "journal", "model", "ops",
    "output", "plan", "sandbox", "server",
];

/// A path as the module tree has it: `["plan", "csv"]`.
type Module = Vec<String>;

/// What is compiled into the program: module and code, without comments and tests.
fn sources() -> BTreeMap<Module, String> {
    let mut found = BTreeMap::new();
    for sources in ["src", "context/src", "core/src", "engine/src"] {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join(sources);
        collect(&sources, &mut Vec::new(), &mut found);
    }
    assert!(found.len() > 100, "the sources are where they were");
    found
}

fn collect(directory: &Path, module: &mut Module, found: &mut BTreeMap<Module, String>) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_str()
            .expect("text")
            .to_owned();
        if name.ends_with("tests") || ["fake", "test_server", "fuzzing"].contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            module.push(name);
            collect(&path, module, found);
            module.pop();
        } else {
            let mut of = module.clone();
            if !["mod", "lib", "main"].contains(&name.as_str()) {
                of.push(name);
            }
            let text = std::fs::read_to_string(&path).expect("a source");
            let text = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap_or_default();
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            found
                .entry(of)
                .or_default()
                .push_str(&code.collect::<Vec<_>>().join("\n"));
        }
    }
}

/// The leaves of a use tree, or the one path, that begins here: `a::{b, c::d}` → `a::b`, `a::c::d`.
fn leaves(text: &str, prefix: &[String], found: &mut Vec<Module>) {
    let text = text.trim_start();
    if let Some(inner) = text.strip_prefix('{') {
        let (mut depth, mut from) = (0, 0);
        for (at, c) in inner.char_indices() {
            match c {
                '{' => depth += 1,
                ',' if depth == 0 => {
                    leaves(&inner[from..at], prefix, found);
                    from = at + 1;
                }
                '}' if depth == 0 => return leaves(&inner[from..at], prefix, found),
                '}' => depth -= 1,
                _ => {}
            }
        }
        return;
    }
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    if end == 0 {
        return;
    }
    let path = [prefix, &[text[..end].to_owned()]].concat();
    match text[end..].strip_prefix("::") {
        Some(rest) => leaves(rest, &path, found),
        None => found.push(path),
    }
}

/// Every path of the crate that a module names, from its root.
fn named(module: &Module, code: &str) -> Vec<Module> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        leaves(&code[at + "crate::".len()..], &[], &mut found);
    }
    for (at, _) in code.match_indices("super::") {
        if code[..at].ends_with("super::") {
            continue;
        }
        let mut rest = &code[at..];
        let mut base = module.as_slice();
        while let Some(further) = rest.strip_prefix("super::") {
            rest = further;
            base = base.split_last().map_or(base, |(_, above)| above);
        }
        leaves(rest, base, &mut found);
    }
    found
}

#[test]
fn nobody_knows_whom_he_may_not_know() {
    let may_know: BTreeMap<&str, BTreeSet<&str>> = MAY_KNOW
        .iter()
        .map(|(who, whom)| (*who, whom.split(' ').collect()))
        .collect();
    let mut wrong = BTreeSet::new();
    for (module, code) in &sources() {
        let Some(who) = module.first() else { continue };
        let may = may_know
            .get(who.as_str())
            .unwrap_or_else(|| panic!("`{who}` has no place in the house"));
        for path in named(module, code) {
            let Some(whom) = path.first().filter(|whom| *whom != who) else {
                continue;
            };
            if !may_know.contains_key(whom.as_str()) {
                continue;
            }
            if !may.contains(whom.as_str()) {
                wrong.insert(format!("{} knows {}", module.join("::"), path.join("::")));
            }
        }
    }
    assert_eq!(wrong, BTreeSet::new());
}

#[test]
fn the_house_has_no_circle() {
    for (who, whom) in MAY_KNOW {
        for whom in whom.split_whitespace() {
            assert!(
                reaches(MAY_KNOW, whom, who).is_none(),
                "`{who}` → `{whom}` → `{who}`"
            );
        }
    }
}

fn reaches(edges: &[(&str, &str)], from: &str, to: &str) -> Option<()> {
    let (_, whom) = edges.iter().find(|(who, _)| *who == from)?;
    let found = whom
        .split_whitespace()
        .any(|next| next == to || reaches(edges, next, to).is_some());
    found.then_some(())
}

#[test]
fn siblings_go_one_way() {
    let sources = sources();
    for house in WITHOUT_CIRCLES {
        let known = siblings(&sources, house);
        for (who, whom) in &known {
            let mut way = vec![who.clone()];
            assert!(
                !returns(&known, who, whom, &mut way),
                "a circle in `{house}`: {}",
                way.join(" → ")
            );
        }
    }
}

/// The files right below a module, and which of its siblings each names, through `mod.rs` too.
fn siblings(sources: &BTreeMap<Module, String>, house: &str) -> BTreeMap<String, BTreeSet<String>> {
    let children: BTreeSet<&String> = sources
        .keys()
        .filter(|m| m.len() > 1 && m[0] == house)
        .map(|m| &m[1])
        .collect();
    let above = vec![house.to_owned()];
    let mut handed_on = BTreeMap::new();
    for (at, _) in sources[&above].match_indices("use ") {
        let mut paths = Vec::new();
        leaves(&sources[&above][at + "use ".len()..], &[], &mut paths);
        for path in paths
            .iter()
            .filter(|path| path.len() > 1 && children.contains(&path[0]))
        {
            handed_on.insert(path[path.len() - 1].clone(), path[0].clone());
        }
    }
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, code) in sources.iter().filter(|(m, _)| m.len() > 1 && m[0] == house) {
        for path in named(module, code)
            .iter()
            .filter(|path| path.len() > 1 && path[0] == house)
        {
            let whom = handed_on.get(&path[1]).unwrap_or(&path[1]);
            if *whom != module[1] && children.contains(whom) {
                known
                    .entry(module[1].clone())
                    .or_default()
                    .insert(whom.clone());
            }
        }
    }
    known
}

fn returns(
    known: &BTreeMap<String, BTreeSet<String>>,
    home: &str,
    from: &BTreeSet<String>,
    way: &mut Vec<String>,
) -> bool {
    for next in from {
        if way.iter().skip(1).any(|been| been == next) {
            continue;
        }
        way.push(next.clone());
        if next == home
            || known
                .get(next)
                .is_some_and(|from| returns(known, home, from, way))
        {
            return true;
        }
        way.pop();
    }
    false
}
