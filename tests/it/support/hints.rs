//! Every hint that any test gets to see is whole: what it says to type can be typed.

use clap::Parser as _;
use clap::error::ErrorKind;
use skyswitch::commands::Cli;

/// What the contract wants in these words: nobody guesses which of two flags was meant.
const TWO_FLAGS: &str = "did you mean `--destination`";

/// What a line may lack whose slip was put right.
const LACKS: [ErrorKind; 2] = [
    ErrorKind::MissingRequiredArgument,
    ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
];

/// Requires of each hint on standard error that its commands are understood, and that it names no flag
/// without its command.
#[track_caller]
pub fn check(stderr: &str) {
    for line in stderr.lines() {
        if let Some(hint) = line.strip_prefix("hint: ") {
            whole(hint);
        } else if line.starts_with(r#"{"error":"#)
            && let Ok(object) = serde_json::from_str::<serde_json::Value>(line)
            && let Some(hints) = object["error"]["hint"].as_str()
        {
            hints.lines().for_each(whole);
        }
    }
}

#[track_caller]
fn whole(hint: &str) {
    if hint.starts_with(TWO_FLAGS) || hint.starts_with("the server adds: ") {
        return;
    }
    if hint.starts_with("skyswitch ") {
        return understood(hint, false);
    }
    for (number, span) in hint.split('`').enumerate() {
        let is_span = number % 2 == 1;
        assert!(!is_span || !span.starts_with('-'), "a flag alone: {hint}");
        if is_span && (span.starts_with("skyswitch ") || span.contains(" skyswitch ")) {
            understood(span, hint.starts_with("did you mean"));
        }
    }
}

/// Variables before the program and a redirection behind it are the shell's.
#[track_caller]
fn understood(command: &str, meant: bool) {
    let words = shell_words::split(command).unwrap_or_else(|error| panic!("{error}: {command}"));
    let words = words.into_iter().skip_while(|word| word != "skyswitch");
    let words = words.take_while(|word| word != ">");
    match Cli::try_parse_from(words) {
        Ok(_) => {}
        // A slip was put right; what else the line lacks is said next.
        Err(error) if meant && LACKS.contains(&error.kind()) => {}
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {}
        Err(error) => panic!("a hint that cannot be typed: {command}\n{error}"),
    }
}

#[test]
#[should_panic(expected = "a flag alone")]
fn a_flag_alone_is_no_hint() {
    check("hint: add `--yes` if you mean it\n");
}

#[test]
#[should_panic(expected = "cannot be typed")]
fn a_command_that_nobody_understands_is_no_hint() {
    check(r#"{"error":{"hint":"first\ntry `skyswitch routes move a`"}}"#);
}
