//! The client against everything the sandbox can do to it.
//!
//! Each row is a quirk or a fault and a command: which exit code, what is on standard output, what
//! the server truly holds afterwards, and exactly which requests were made. Besides what a row says,
//! every row is held to what is always true (`row::Row::check`): nothing is applied twice, nothing
//! is reported that did not happen, 64 MiB of memory and half a minute are enough.

mod cuts;
mod network;
mod quirks;
mod row;
mod run;
mod runs;
mod tokens;

use skyswitch::sandbox::{Behaviour, Kind, behaviours};

use row::Row;

fn all() -> Vec<Row> {
    [
        quirks::lists(),
        quirks::writes(),
        network::reads(),
        network::neighbours(),
        network::writes(),
        runs::rows(),
        cuts::rows(),
        tokens::rows(),
    ]
    .concat()
}

#[test]
fn quirks_of_lists() {
    run::all_of(&quirks::lists());
}

#[test]
fn quirks_of_writes() {
    run::all_of(&quirks::writes());
}

#[test]
fn reads_over_a_failing_network() {
    run::all_of(&network::reads());
}

#[test]
fn neighbours_over_a_failing_network() {
    run::all_of(&network::neighbours());
}

#[test]
fn writes_over_a_failing_network() {
    run::all_of(&network::writes());
}

#[test]
fn plans_runs_undo_and_other_calls() {
    run::all_of(&runs::rows());
}

#[test]
fn lists_that_are_cut_or_not_to_be_had() {
    run::all_of(&cuts::rows());
}

#[test]
fn the_token_endpoint_failing() {
    run::all_of(&tokens::rows());
}

#[test]
#[ignore = "long: waits out a server's minute"]
fn long_a_rate_limit_is_waited_out() {
    run::all_of(&[quirks::rate_limit_waited_out()]);
}

/// What rows must hold: the name of a behaviour, and each of the values its name lists.
fn wanted(behaviour: &Behaviour) -> Vec<String> {
    if behaviour.kind == Kind::Fault {
        let name = behaviour.name.split([':', '[']).next();
        return vec![name.unwrap_or_default().to_owned()];
    }
    match behaviour.name.split_once('=') {
        Some((name, values)) if values.contains('|') => values
            .split('|')
            .map(|value| format!("{name}={value}"))
            .collect(),
        Some((name, _)) => vec![format!("{name}=")],
        None => vec![behaviour.name.to_owned()],
    }
}

#[test]
fn every_quirk_and_every_fault_has_a_row() {
    let rows = all();
    let missing: Vec<String> = behaviours()
        .filter(|behaviour| behaviour.kind != Kind::Always)
        .flat_map(|behaviour| {
            wanted(behaviour)
                .into_iter()
                .filter(|words| !rows.iter().any(|row| row.plays(behaviour.kind, words)))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(missing.is_empty(), "no row for {missing:#?}");
}
