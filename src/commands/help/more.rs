//! What a command's long help and its man page say beyond its arguments: examples, and the
//! behaviours of the sandbox. Every example is run by a test, in order, on a machine of its own.

use super::topics::Block;
use crate::sandbox::{Kind, behaviours};

/// The blocks of a command, named by the words after `skyswitch`; none for most.
pub(crate) fn more(path: &str) -> Vec<Block> {
    if path == "sandbox serve" {
        let mut blocks = serve();
        blocks.extend(examples(path));
        return blocks;
    }
    examples(path)
}

fn examples(path: &str) -> Vec<Block> {
    match commands(path) {
        "" => Vec::new(),
        lines => [
            Block::Heading("Examples"),
            Block::Commands(lines.to_owned()),
        ]
        .into_iter()
        .chain(notes(path).into_iter().flatten())
        .collect(),
    }
}

/// What stands behind the examples.
fn notes(path: &str) -> Option<[Block; 2]> {
    let texts = match path {
        "undo" => [
            "Temporary routes go back when `undo --expired` runs here: for each profile a line for cron, every five minutes.",
            "`*/5 * * * * skyswitch -p PROFILE undo --expired --yes --quiet`",
        ],
        _ => return None,
    };
    Some(texts.map(|text| Block::Text(text.to_owned())))
}

/// The first two examples of the command itself, or of those below it, for the help that fits a screen.
pub(super) fn first_of(paths: impl Iterator<Item = String>) -> Option<Block> {
    let own = |path: String| {
        let lines = commands(&path).lines();
        let whole = |line: &&str| line.starts_with("skyswitch ") && !line.ends_with('\\');
        lines.filter(move |line| whole(line) && line.contains(&path))
    };
    let lines: Vec<&str> = paths.flat_map(own).take(2).collect();
    (!lines.is_empty()).then(|| Block::Commands(lines.join("\n")))
}

/// Every command's examples, each behind `# ` and the command's words. No line is longer than the help is
/// wide, so that none is broken where a shell would not have it. Ready to paste: on the sandbox wherever
/// the server would be changed or a login is needed.
const EXAMPLES: &str = include_str!("examples.txt");

fn commands(path: &str) -> &'static str {
    let of = |block: &'static str| {
        block
            .strip_prefix("# ")?
            .strip_prefix(path)?
            .strip_prefix('\n')
    };
    EXAMPLES
        .split("\n\n")
        .find_map(of)
        .unwrap_or_default()
        .trim_end()
}

/// Every behaviour, and on whose word it stands.
fn serve() -> Vec<Block> {
    let words = Block::Text(
        "Each line is documented (the reference or the vendor's pages say so), observed (somebody's working client relies on it) or assumed (nobody has said; the sandbox had to do something)."
            .to_owned(),
    );
    vec![
        Block::Heading("What it always does"),
        words,
        listed(Kind::Always),
        Block::Heading("Quirks (--quirk)"),
        listed(Kind::Quirk),
        Block::Heading("Faults (--fault)"),
        Block::Text(
            "A fault is `[METHOD ]PATH=ACTION[@N|@N-M|/N|~P]`, `*` in the path standing for anything: the Nth matching request, from the Nth to the Mth, every Nth, or with a chance from 0 to 1. An action that replaces the call happens after the call instead when it is written `commit-ACTION`. A count behind a URL, a body or a header needs a space before it."
                .to_owned(),
        ),
        listed(Kind::Fault),
        Block::Heading("Control"),
        Block::Text(
            "`/__sandbox/state` (GET), `log` (GET, DELETE), `faults` (GET, PUT) and `reset` (POST) look at it and set it back to its seed; they need the header `X-Sandbox-Token` with the `control_token` of the first line."
                .to_owned(),
        ),
    ]
}

fn listed(kind: Kind) -> Block {
    let line = |behaviour: &&crate::sandbox::Behaviour| behaviour.kind == kind;
    Block::Terms(
        behaviours()
            .filter(line)
            .map(|behaviour| {
                let text = format!("{}: {}", behaviour.standing, behaviour.text);
                (behaviour.name.to_owned(), text)
            })
            .collect(),
    )
}
