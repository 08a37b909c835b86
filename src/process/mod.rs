//! One run of the program: arguments in, exit code out.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Mutex;

mod meant;
mod usage;

use self::usage::{asked_for_json, usage};
use crate::commands::{self, Cli, GlobalArgs};
use crate::config::{self, Environment};
use crate::context::{Again, Context, Output, unresolved};
use crate::error::{Code, Error};
use crate::output::{Format, Jq};
use crate::signals::{Signals, locked};
use crate::ui::{OutputError, Ui, UiOptions};

/// Runs the command line of this process and tells the exit code.
#[must_use]
pub fn run() -> ExitCode {
    std::panic::set_hook(Box::new(report_panic));
    forbid_core_dumps();
    crate::signals::outlive_file_limits();
    let environment = Environment::of_process();
    if let Some(answer) = commands::completions::answer(&environment) {
        return complete(&environment, answer);
    }
    let cli = match commands::quick::parse(environment.args()) {
        Ok(cli) => cli,
        Err(error) => return usage(&environment, &error),
    };
    if cli.global.jq.is_none() {
        return go(cli, &environment);
    }
    // A filter goes as deep as its author likes. A stack takes no memory before it is used, but where
    // that is rationed the usual one has to do.
    let cli = Mutex::new(Some(cli));
    let once = || {
        let cli = locked(&cli).take();
        cli.map_or(ExitCode::FAILURE, |cli| go(cli, &environment))
    };
    let deep = std::thread::Builder::new().stack_size(FILTER_STACK);
    let deeply = || {
        // The rest is for what a filter calls at its deepest.
        crate::output::filters_may_take(FILTER_STACK / 4 * 3);
        once()
    };
    std::thread::scope(|scope| match deep.spawn_scoped(scope, deeply) {
        Ok(thread) => thread.join().unwrap_or(ExitCode::FAILURE),
        Err(_) => once(),
    })
}

/// Room for a filter that calls itself or nests its results a hundred thousand times.
const FILTER_STACK: usize = 256 << 20;

fn go(cli: Cli, environment: &Environment) -> ExitCode {
    let format = match format(&cli.global, environment) {
        Ok(format) => format,
        Err(error) => {
            let ui = Ui::new(ui_options(&cli.global, environment));
            return leave(&ui, asked_for_json(environment), &error);
        }
    };
    let ui = Ui::new(ui_options(&cli.global, environment));
    match start(cli, environment, format, ui) {
        Ok((ctx, cli)) => finish(&ctx, &cli),
        Err((ui, error)) => leave(&ui, format.is_json(), &error),
    }
}

/// A shell asks what could be typed. Whoever presses TAB wants no words about what went wrong.
fn complete(environment: &Environment, answer: Result<Vec<u8>, Error>) -> ExitCode {
    use std::io::Write as _;
    let ui = Ui::new(ui_options(&GlobalArgs::default(), environment));
    let written = answer.map(|answer| ui.data().write_all(&answer));
    match (written, ui.finish()) {
        (Err(error), _) => leave(&ui, false, &error),
        (Ok(Ok(())), Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Resolves the settings and builds the context; the printer comes back with an error.
#[expect(clippy::result_large_err, reason = "made once a process")]
fn start(
    cli: Cli,
    environment: &Environment,
    format: Format,
    ui: Ui,
) -> Result<(Context, Cli), (Ui, Error)> {
    let mut flags = cli.global.settings_flags();
    cli.command.add_flags(&mut flags);
    if let Err(error) = start_logging(&cli.global, environment) {
        return Err((ui, error));
    }
    let settings = match config::resolve(&flags, environment) {
        Ok(settings) => settings,
        Err(error) => return Err((ui, unresolved(error, again(environment)))),
    };
    let jq = cli.global.jq.as_deref().map(Jq::compile).transpose();
    let jq = match jq {
        Ok(jq) => jq,
        Err(error) => return Err((ui, Error::at(Code::Usage, "--jq", error))),
    };
    let output = Output {
        format,
        typed: cli.global.json || cli.global.jq.is_some() || cli.global.output.is_some(),
        jq,
        fields: cli.global.fields.clone(),
        header: !cli.global.no_header,
    };
    let command_line = command_line(environment);
    let signals = Signals::default();
    let json = format.is_json() && ui.options().tells_a_program();
    let state = signals.clone();
    signals.listen(
        |what| say_at_once(&format!("interrupted: {what}; once more leaves at once\n")),
        move |code, result| {
            #[cfg(unix)]
            crate::ui::give_back_terminal();
            // Whoever is asked has seen what was planned; programs get their object all the same.
            let asked = state.is_asking();
            let result = if asked && !json { &[] } else { result };
            say_last(result, &last_words(json, code, &state));
        },
    );
    let raw_numbers = cli.global.raw_numbers;
    let ctx = Context::new(settings, ui, output, signals, raw_numbers, command_line);
    if let [_, ..] = ctx.settings.passed_over() {
        let names = ctx.settings.passed_over().join("`, `");
        let text = format!("not used: `{names}`; with `--profile` the profile's values hold");
        ctx.ui.status(&text);
    }
    Ok((ctx, cli))
}

/// The command line as it was typed.
fn again(environment: &Environment) -> Again {
    let words = environment.args().iter().skip(1);
    let words = words.map(|word| word.to_string_lossy().into_owned());
    Again::typed(environment.shell(), words)
}

fn finish(ctx: &Context, cli: &Cli) -> ExitCode {
    let mut outcome = commands::run(ctx, &cli.command);
    if let (Err(error), Some(exit)) = (&mut outcome, ctx.signals.exit_code()) {
        error.exit = Some(exit);
    }
    if let Err(error) = &mut outcome {
        ctx.diagnose(error);
    }
    ctx.keep_facts();
    ctx.print_notes();
    let written = ctx.ui.finish();
    let outcome = match (outcome, written) {
        (outcome, Ok(())) => outcome,
        // `head` has seen enough: that is no failure of a command that reads.
        (Ok(()), Err(OutputError::ClosedPipe)) => Ok(()),
        (Err(error), Err(OutputError::ClosedPipe)) if cli.command.only_reads() => {
            if error.code == Code::OutputFailed {
                Ok(())
            } else {
                Err(error)
            }
        }
        // Nor of one that has written, if showing that is all that failed.
        (Err(error), Err(OutputError::ClosedPipe)) if error.code == Code::OutputFailed => Ok(()),
        (Err(error), Err(_)) if error.code != Code::OutputFailed => Err(error),
        (_, Err(error)) => Err(unwritten(ctx, error)),
    };
    ctx.signals.let_it_end();
    let code = match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => leave(&ctx.ui, ctx.wants_json(), &error),
    };
    ctx.signals.let_it_end();
    code
}

/// Results that did not get out; a change that was made is not denied.
fn unwritten(ctx: &Context, error: OutputError) -> Error {
    let text = "the results could not be written";
    if !ctx.has_changed() {
        return Error::at(Code::OutputFailed, text, error);
    }
    Error::at(
        Code::OutputFailed,
        format!("the change was made, but {text}"),
        error,
    )
    .changed(Some(true))
    .hint(ctx.ready("history"))
}

/// Prints an error, with `-v` what led to it and the object as the last thing; gives its exit code.
fn leave(ui: &Ui, json: bool, error: &Error) -> ExitCode {
    let json = json && ui.options().tells_a_program();
    if !error.said || json {
        let id = error.request_id.iter().map(|id| format!("request id {id}"));
        // With `-v` all lines, of which else some of each kind are shown.
        let whole = error.whole.as_deref();
        let whole = whole.filter(|_| log::log_enabled!(log::Level::Info));
        let (message, details) = match whole.map(|whole| whole.split('\n')) {
            Some(mut lines) => {
                let first = lines.next().unwrap_or_default();
                (first, lines.map(str::to_owned).collect())
            }
            None => (error.message.as_str(), error.details.clone()),
        };
        let details: Vec<String> = details.into_iter().chain(id).collect();
        ui.error(message, &details, error.hint.as_deref());
    }
    for cause in error.causes() {
        log::info!("caused by: {cause}");
    }
    if json {
        ui.error_object(&error.json());
    }
    ExitCode::from(error.exit_code())
}

fn format(global: &GlobalArgs, environment: &Environment) -> Result<Format, Error> {
    if global.json || global.jq.is_some() {
        let flag = if global.json { "--json" } else { "--jq" };
        return match global.output {
            None | Some(Format::Json) => Ok(Format::Json),
            Some(other) => Err(Error::new(
                Code::Usage,
                format!("{flag} means `--output json`, not `--output {other}`"),
            )),
        };
    }
    if let Some(format) = global.output {
        return Ok(format);
    }
    let text = environment
        .text("SKYSWITCH_OUTPUT")
        .map_err(|error| Error::of(Code::InvalidSetting, error))?;
    text.map_or(Ok(Format::Table), |text| {
        text.parse::<Format>()
            .map_err(|error| Error::at(Code::InvalidSetting, "SKYSWITCH_OUTPUT", error))
    })
}

fn ui_options(global: &GlobalArgs, environment: &Environment) -> UiOptions {
    let stdout_terminal = std::io::stdout().is_terminal();
    let stderr_terminal = std::io::stderr().is_terminal();
    let dumb = environment.raw("TERM").is_some_and(|term| term == "dumb");
    let [stdout_colors, stderr_colors] = understand_colors();
    let color = |terminal: bool| match global.color.as_deref() {
        Some("always") => true,
        Some("never") => false,
        _ if environment.raw("NO_COLOR").is_some() => false,
        _ if environment.is_on("CLICOLOR_FORCE") => true,
        _ => terminal && !dumb,
    };
    UiOptions {
        stdin_terminal: std::io::stdin().is_terminal(),
        stdout_terminal,
        stderr_terminal,
        stdout_color: color(stdout_terminal && stdout_colors),
        stderr_color: color(stderr_terminal && stderr_colors),
        width: width(environment),
        redraws: stderr_terminal && !dumb,
        progress: stderr_terminal && !dumb && !global.quiet,
        quiet: global.quiet,
        no_input: global.no_input || environment.is_on("SKYSWITCH_NO_INPUT"),
        sandbox: global.sandbox,
    }
}

/// Whether the terminals behind standard output and standard error understand colours.
fn understand_colors() -> [bool; 2] {
    // A console of Windows has to be asked to, and old ones cannot.
    #[cfg(windows)]
    return [console::Term::stdout(), console::Term::stderr()]
        .map(|terminal| terminal.features().colors_supported());
    #[cfg(not(windows))]
    [true; 2]
}

fn width(environment: &Environment) -> Option<u16> {
    let columns = environment
        .text("COLUMNS")
        .ok()
        .flatten()
        .and_then(|text| text.parse().ok());
    columns
        .filter(|columns| *columns > 0)
        .or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0))
}

fn start_logging(global: &GlobalArgs, environment: &Environment) -> Result<(), Error> {
    if global.verbose == 0 && global.quiet {
        return Ok(());
    }
    let file = match environment.raw("SKYSWITCH_LOG_FILE") {
        Some(path) if global.verbose > 0 => {
            let path = std::path::Path::new(path);
            Some(crate::durable::append_private(path).map_err(|error| {
                let place = format!("SKYSWITCH_LOG_FILE: cannot write `{}`", path.display());
                Error::at(Code::InvalidSetting, place, error)
            })?)
        }
        _ => None,
    };
    crate::logging::start(global.verbose, file);
    Ok(())
}

/// What a run that a signal ends says last. In the midst of a write nobody knows what became of it.
fn last_words(json: bool, code: u8, state: &Signals) -> String {
    let mut error = Error::new(Code::Interrupted, "interrupted");
    error.exit = Some(code);
    if state.is_asking() {
        error.message = "interrupted; nothing was changed".to_owned();
    }
    if state.is_writing() {
        error.message = "interrupted in the midst of a write, which may have been done".to_owned();
        error = error
            .changed(None)
            .hint("`skyswitch history` shows the run");
    }
    let mut text = format!("error: {}\n", error.message);
    if let Some(hint) = &error.hint {
        text.push_str(&format!("hint: {hint}\n"));
    }
    if json {
        text.push_str(&format!("{}\n", error.json()));
    }
    text
}

/// The result, and after these words nobody's: the locks of both streams are never given back.
fn say_last(result: &[u8], words: &str) {
    use std::io::Write as _;
    let mut stderr = std::io::stderr().lock();
    if stderr.is_terminal() {
        // It has just echoed `^C`, perhaps behind a question.
        let _ = stderr.write_all(b"\n");
    }
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(result).and_then(|()| stdout.flush());
    let _ = stderr.write_all(words.as_bytes());
    std::mem::forget(stderr);
}

/// Past the printer, whose locks the interrupted thread may hold.
fn say_at_once(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// The command line for the journal: no secret can stand in it, for none is ever an argument.
fn command_line(environment: &Environment) -> String {
    let words = environment
        .args()
        .iter()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned());
    let quoted = words.map(|word| shell_words::quote(&word).into_owned());
    std::iter::once("skyswitch".to_owned())
        .chain(quoted)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Says where, never what: a panic's payload may quote a secret or a server's bytes.
#[expect(
    clippy::exit,
    reason = "with panic=abort the hook is the last to run, and SIGABRT is no exit code"
)]
fn report_panic(info: &std::panic::PanicHookInfo<'_>) {
    use std::io::Write as _;
    let place = info
        .location()
        .map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
    let text = format!(
        "error: a fault of skyswitch itself{place}; `skyswitch history` shows what was changed\n"
    );
    #[cfg(unix)]
    crate::ui::give_back_terminal();
    let _ = std::io::stderr().write_all(text.as_bytes());
    std::process::exit(1);
}

/// A core dump would hold tokens.
fn forbid_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        let _ = setrlimit(Resource::Core, none);
    }
    #[cfg(target_os = "linux")]
    {
        // A core pattern that is a pipe disregards the limit.
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
