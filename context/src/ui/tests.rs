use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::{OutputError, PromptError, Streams, Ui, UiOptions};

/// Bytes that both the printer and the test can reach.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("lock").clone()).expect("text")
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("lock").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Fails every write with one kind of error.
struct Broken(io::ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Terminal {
    ui: Ui,
    stdout: Sink,
    stderr: Sink,
}

fn terminal(options: UiOptions, answers: &'static str) -> Terminal {
    let (stdout, stderr) = (Sink::default(), Sink::default());
    let streams = Streams {
        stdout: Box::new(stdout.clone()),
        stderr: Box::new(stderr.clone()),
        stdin: Box::new(answers.as_bytes()),
    };
    Terminal {
        ui: Ui::with_streams(options, streams),
        stdout,
        stderr,
    }
}

fn person() -> UiOptions {
    UiOptions {
        stdin_terminal: true,
        stdout_terminal: true,
        stderr_terminal: true,
        ..UiOptions::default()
    }
}

fn broken(kind: io::ErrorKind) -> Ui {
    let streams = Streams {
        stdout: Box::new(Broken(kind)),
        stderr: Box::new(Broken(kind)),
        stdin: Box::new(io::empty()),
    };
    Ui::with_streams(UiOptions::default(), streams)
}

#[test]
fn results_go_out_and_messages_to_the_side() {
    let t = terminal(UiOptions::default(), "");
    t.ui.result_line("created a\u{1b}[2J");
    t.ui.status("1 route");
    t.ui.warning("b\nad");
    t.ui.finish().expect("written");
    assert_eq!(t.stdout.text(), "created a\\u{1b}[2J\n");
    assert_eq!(t.stderr.text(), "1 route\nwarning: b\\u{a}ad\n");
}

#[test]
fn quiet_drops_the_result_line_and_the_status_and_nothing_else() {
    let options = UiOptions {
        quiet: true,
        ..UiOptions::default()
    };
    let t = terminal(options, "");
    t.ui.result_line("created");
    t.ui.status("reading");
    t.ui.notice("summary");
    t.ui.warning("careful");
    t.ui.data_line("token");
    t.ui.json(&[1]).expect("json");
    t.ui.finish().expect("written");
    assert_eq!(t.stdout.text(), "token\n[1]\n");
    assert_eq!(t.stderr.text(), "summary\nwarning: careful\n");
}

#[test]
fn an_error_is_told_a_line_each_and_its_object_on_one() {
    let t = terminal(UiOptions::default(), "");
    let details = ["routes.csv:3:1: bad\u{9b}".to_owned()];
    t.ui.error(
        "no such route",
        &details,
        Some("skyswitch routes list\nor not"),
    );
    t.ui.error_object(&serde_json::json!({"error": {"message": "x\u{202e}"}}));
    assert_eq!(
        t.stderr.text(),
        "error: no such route\n  routes.csv:3:1: bad\\u{9b}\nhint: skyswitch routes list\nhint: or not\n{\"error\":{\"message\":\"x\\u202e\"}}\n"
    );
}

#[test]
fn labels_are_coloured_only_when_allowed() {
    let options = UiOptions {
        stderr_color: true,
        ..UiOptions::default()
    };
    let t = terminal(options, "");
    t.ui.hint("x");
    assert_eq!(t.stderr.text(), "\u{1b}[1;36mhint:\u{1b}[0m x\n");
}

#[test]
fn json_is_indented_and_clean_on_a_terminal_and_one_line_off_it() {
    let value = serde_json::json!({"a": "\u{9b}"});
    let t = terminal(person(), "");
    t.ui.json(&value).expect("json");
    t.ui.finish().expect("written");
    assert_eq!(t.stdout.text(), "{\n  \"a\": \"\\u009b\"\n}\n");
    let t = terminal(UiOptions::default(), "");
    t.ui.json(&value).expect("json");
    t.ui.finish().expect("written");
    assert_eq!(t.stdout.text(), "{\"a\":\"\\u009b\"}\n");
}

#[test]
fn a_closed_pipe_is_told_from_a_full_disk_and_neither_panics() {
    let ui = broken(io::ErrorKind::BrokenPipe);
    ui.result_line("x");
    ui.warning("nobody hears this");
    assert!(matches!(ui.finish(), Err(OutputError::ClosedPipe)));
    let ui = broken(io::ErrorKind::StorageFull);
    ui.result_line("x");
    assert!(
        matches!(ui.finish(), Err(OutputError::Failed(error)) if error.kind() == io::ErrorKind::StorageFull)
    );
}

#[test]
fn a_failure_stops_a_stream_and_is_still_known_at_the_end() {
    let ui = broken(io::ErrorKind::BrokenPipe);
    let line = [b'x'; 1000];
    let stopped = (0..1000).any(|_| ui.data().write_all(&line).is_err());
    assert!(stopped);
    assert!(matches!(ui.finish(), Err(OutputError::ClosedPipe)));
}

/// Refuses the first write and takes the rest.
struct FullOnce(bool);

impl Write for FullOnce {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if std::mem::replace(&mut self.0, true) {
            return Ok(bytes.len());
        }
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_failure_is_not_forgotten_when_there_is_room_again() {
    let streams = Streams {
        stdout: Box::new(FullOnce(false)),
        stderr: Box::new(io::sink()),
        stdin: Box::new(io::empty()),
    };
    let ui = Ui::with_streams(UiOptions::default(), streams);
    ui.result_line("x");
    ui.data().flush().expect_err("full");
    ui.result_line("y");
    assert!(matches!(ui.finish(), Err(OutputError::Failed(_))));
}

#[test]
fn no_results_no_failure() {
    broken(io::ErrorKind::StorageFull)
        .finish()
        .expect("nothing was due");
}

#[test]
fn only_yes_is_yes() {
    let t = terminal(person(), "y\nYES\nno\n\nyep\n");
    let answers: Vec<bool> = (0..5)
        .map(|_| t.ui.confirm("Delete 2 routes?").expect("an answer"))
        .collect();
    assert_eq!(answers, [true, true, false, false, false]);
    assert!(t.stderr.text().starts_with("Delete 2 routes? [y/N] "));
    assert!(matches!(
        t.ui.confirm("Delete?"),
        Err(PromptError::Cancelled)
    ));
    assert!(t.stderr.text().ends_with("Delete? [y/N] \n"));
}

#[test]
fn deletes_want_their_number_typed() {
    let t = terminal(person(), "14\n 14 \n15\n");
    let answers: Vec<bool> = (0..3)
        .map(|_| t.ui.type_number("14 routes go.", 14).expect("an answer"))
        .collect();
    assert_eq!(answers, [true, true, false]);
}

#[cfg(unix)] // elsewhere the console reads keys
#[test]
fn escape_is_no_and_the_next_line_is_clean() {
    for keys in ["\u{1b}", "y\u{1b}"] {
        let t = terminal(person(), keys);
        assert!(!t.ui.confirm("Go?").expect("an answer"));
        assert!(t.stderr.text().ends_with('\n'), "{:?}", t.stderr.text());
        let t = terminal(person(), keys);
        assert!(!t.ui.type_number("14 routes go.", 14).expect("an answer"));
    }
    let t = terminal(person(), "\u{1b}[Ay\n");
    assert!(t.ui.confirm("Go?").expect("an answer"));
}

#[cfg(unix)] // elsewhere the console edits answers, and secrets are read from nothing else
#[test]
fn answers_are_trimmed_and_secrets_are_not() {
    let t = terminal(person(), "  me@exx\u{7f}ample.com \n s3\u{1b}[Ccret \n");
    assert_eq!(t.ui.ask("User name").expect("an answer"), "me@example.com");
    let secret = t.ui.ask_secret("Password").expect("an answer");
    assert_eq!(secret.expose(), " s3cret ");
    assert_eq!(
        t.stderr.text(),
        "User name:   me@exx\u{8} \u{8}ample.com \nPassword: \n"
    );
}

#[test]
fn nobody_is_asked_without_a_terminal_or_with_no_input() {
    for options in [
        UiOptions {
            stdin_terminal: false,
            ..person()
        },
        UiOptions {
            stderr_terminal: false,
            ..person()
        },
        UiOptions {
            no_input: true,
            ..person()
        },
    ] {
        let t = terminal(options, "y\n");
        assert!(matches!(t.ui.confirm("Go?"), Err(PromptError::NeedsInput)));
        assert!(matches!(
            t.ui.ask_secret("Password"),
            Err(PromptError::NeedsInput)
        ));
        assert_eq!(t.stderr.text(), "");
    }
}

#[test]
fn the_sandbox_says_so() {
    let options = UiOptions {
        sandbox: true,
        ..person()
    };
    let t = terminal(options, "n\n");
    t.ui.status("12 routes");
    t.ui.confirm("Delete?").expect("an answer");
    // Elsewhere the console shows what is typed.
    let shown = if cfg!(unix) { "n\n" } else { "" };
    assert_eq!(
        t.stderr.text(),
        format!("[sandbox] 12 routes\n[sandbox] Delete? [y/N] {shown}")
    );
}
