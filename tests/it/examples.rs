//! Every example is run: README.md and docs/ with their output compared, the help and the man pages for
//! success.
//!
//! README and docs: a block marked `console`; `$ ` begins a command, what follows is what it prints, standard
//! error included. `…` stands for anything within a line. The blocks of the file share one
//! machine, in order. A block that cannot run has `<!-- not run -->` on the line before it; there
//! are to be few. In help and pages, an example is a line that is set apart.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::Rig;

pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const NOT_RUN: &str = "<!-- not run -->";

/// A command and what it prints.
#[derive(Debug)]
struct Example {
    #[cfg_attr(not(unix), expect(dead_code, reason = "for whoever runs them"))]
    line: usize,
    command: String,
    output: Vec<String>,
}

/// The examples of a text, and how many blocks are not run.
fn console_blocks(text: &str) -> (Vec<Example>, usize) {
    let mut examples: Vec<Example> = Vec::new();
    let (mut inside, mut skipped, mut not_run) = (false, false, 0);
    let mut before = "";
    for (number, line) in text.lines().enumerate() {
        match (inside, line) {
            (false, "```console") => {
                (inside, skipped) = (true, before == NOT_RUN);
                not_run += usize::from(skipped);
            }
            (true, "```") => inside = false,
            (true, _) if skipped => {}
            (true, line) => match (line.strip_prefix("$ "), examples.last_mut()) {
                (Some(command), _) => examples.push(Example {
                    line: number + 1,
                    command: command.to_owned(),
                    output: Vec::new(),
                }),
                (None, Some(example)) => example.output.push(line.to_owned()),
                (None, None) => panic!("line {}: output before any command", number + 1),
            },
            (false, _) => {}
        }
        before = line;
    }
    (examples, not_run)
}

fn matches(wanted: &[String], printed: &[&str]) -> bool {
    wanted.len() == printed.len()
        && wanted
            .iter()
            .zip(printed)
            .all(|(wanted, printed)| covers(wanted, printed))
}

/// Whether a line with `…` for anything covers another.
pub fn covers(wanted: &str, printed: &str) -> bool {
    match wanted.split_once('…') {
        None => wanted == printed,
        Some((front, back)) => printed.strip_prefix(front).is_some_and(|rest| {
            rest.char_indices()
                .map(|(at, _)| at)
                .chain([rest.len()])
                .any(|at| covers(back, &rest[at..]))
        }),
    }
}

/// A newcomer pastes from a terminal of 80 columns.
#[test]
fn the_first_session_fits_80_columns() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("README.md")).expect("README.md");
    let (_, session) = text
        .split_once("## A first session\n")
        .expect("a first session");
    let session = session.split("| short | long |").next().unwrap_or_default();
    assert!(
        session.contains("routes set 6165550101 jane -d acme"),
        "{session}"
    );
    for line in session.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// The names of all pages: `routes set`, `exit-codes` and the root.
fn pages() -> Vec<(String, String)> {
    std::fs::read_dir(Path::new(ROOT).join("man"))
        .expect("man")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().expect("a name").to_string_lossy();
            let words = name.trim_start_matches("skyswitch").trim_start_matches('-');
            // Topics keep their hyphens.
            let words = if path.extension().is_some_and(|section| section == "7") {
                words.to_owned()
            } else {
                words.replace('-', " ")
            };
            (words, std::fs::read_to_string(&path).expect("text"))
        })
        .collect()
}

fn help(rig: &Rig, page: &str) -> String {
    let words = page.split(' ').filter(|word| !word.is_empty());
    let args: Vec<&str> = std::iter::once("help").chain(words).collect();
    rig.run(&args).succeeds().stdout
}

/// The lines that are set apart in a help text, each with those it goes on in.
fn set_apart(help: &str) -> Vec<String> {
    help.replace(" \\\n      ", " ")
        .lines()
        .filter(|line| !line.starts_with("Usage:"))
        .filter_map(|line| {
            line.strip_prefix("    ")
                .or(line.split_once(": ").map(|at| at.1))
        })
        .filter(|line| {
            let first = line.split(' ').next().unwrap_or_default();
            ["skyswitch", "source", "sed", "echo"].contains(&first) && line.contains(' ')
        })
        .filter(|line| !line.contains(" | exit-codes | "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_example_is_wrapped_however_narrow_the_terminal() {
    let mut rig = Rig::new();
    let pages = pages().into_iter().map(|(page, _)| page);
    let pages: Vec<_> = pages.filter(|page| !page.is_empty()).collect();
    let of = |rig: &Rig| -> Vec<_> {
        pages
            .iter()
            .map(|page| set_apart(&help(rig, page)))
            .collect()
    };
    let as_they_are = of(&rig);
    for columns in ["80", "57", "30"] {
        rig.set("COLUMNS", columns);
        assert_eq!(of(&rig), as_they_are, "{columns} columns");
        let page = rig.run(&["routes", "set", "--help"]).succeeds().stdout;
        assert_eq!(set_apart(&page), set_apart(&help(&rig, "routes set")));
        assert!(!page.contains('\u{a0}'), "plain blanks: {page}");
    }
}

#[test]
fn the_short_help_fits_a_screen_and_the_long_one_has_the_global_flags_last() {
    const SCREEN: usize = 24;
    // There is one thing to do with them.
    const ONE: [&str; 5] = [
        "profile use", "profile unset", "profile remove", "routes import", "routes test",
    ];
    let mut rig = Rig::new();
    rig.set("COLUMNS", "80");
    for page in pages().into_iter().map(|(page, _)| page) {
        let words = page.split(' ').filter(|word| !word.is_empty());
        let words: Vec<&str> = words.collect();
        // A topic.
        if rig.run(&[&words[..], &["-h"]].concat()).code != 0 {
            continue;
        }
        let of = |flag| rig.run(&[&words[..], &[flag]].concat()).succeeds().stdout;
        let (short, long) = (of("-h"), of("--help"));
        let lines: Vec<&str> = short.lines().collect();
        let last = lines.last().expect("a line");
        assert!(
            last.ends_with("`skyswitch help options`"),
            "{page}: {short}"
        );
        assert!(lines.len() <= SCREEN, "{page}: {}\n{short}", lines.len());
        let wide = lines.iter().any(|line| line.chars().count() > 80);
        assert!(!wide, "{page}: {short}");
        let examples = set_apart(&short);
        assert!(
            examples.len() == 2 || ONE.contains(&&*page),
            "{page}: {short}"
        );
        assert!(short.contains("Usage: skyswitch ") && !short.contains("--no-header"));
        let (above, global) = long.split_once("Global options:\n").expect(&page);
        assert!(global.ends_with("as 11 digits\n") && global.contains("-p, --profile <NAME>"));
        // Groups show the examples of their commands.
        if above.contains("\nExamples:\n") {
            let long = set_apart(&long);
            assert!(
                examples.iter().all(|one| long.contains(one)),
                "{page}: {short}"
            );
        }
    }
}

/// `skyswitch …` in backticks anywhere in a text.
fn mentioned(text: &str) -> BTreeSet<String> {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    flat.split('`')
        .skip(1)
        .step_by(2)
        .filter(|quoted| quoted.starts_with("skyswitch "))
        .filter(|quoted| !quoted.contains(['…', '|', '[', '<', '>']))
        .map(str::to_owned)
        .collect()
}

#[test]
fn commands_that_texts_mention_exist_with_their_flags() {
    let rig = Rig::new();
    let mut mentions = BTreeSet::new();
    for (page, _) in pages() {
        mentions.extend(mentioned(&help(&rig, &page)));
    }
    for file in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let text = std::fs::read_to_string(Path::new(ROOT).join(file)).expect(file);
        // Fences are three backticks, which would turn inside out.
        let outside: Vec<&str> = text.split("```").step_by(2).collect();
        mentions.extend(mentioned(&outside.join("\n")));
    }
    assert!(mentions.len() >= 8, "{mentions:?}");
    let unknown: Vec<String> = mentions
        .iter()
        .filter(|mention| {
            let words = shell_words::split(&mention.replace("SHELL", "bash")).expect("words");
            let words: Vec<&str> = words
                .iter()
                .skip(1)
                .map(String::as_str)
                .chain(["--help"])
                .collect();
            rig.run(&words).code != 0
        })
        .cloned()
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn blocks_are_read_as_they_are_meant() {
    let text = "```console\n$ a\none\ntwo…\n$ b | c\n```\ntext\n<!-- not run -->\n```console\n$ d\n```\n```sh\n$ e\n```\n";
    let (examples, not_run) = console_blocks(text);
    let commands: Vec<&str> = examples
        .iter()
        .map(|example| example.command.as_str())
        .collect();
    assert_eq!((commands, not_run), (vec!["a", "b | c"], 1));
    assert!(matches(&examples[0].output, &["one", "two and more"]));
    assert!(!matches(&examples[0].output, &["one"]));
    assert!(covers("a … c…", "a bb c d") && !covers("a … c", "a b c d"));
    assert!(!matches(&examples[1].output, &["something"]));
}

#[cfg(unix)] // a shell
mod in_a_shell {
    use std::io::{BufRead as _, BufReader};
    use std::path::Path;
    use std::process::{Command, Stdio};

    use super::{ROOT, console_blocks, help, matches, pages, set_apart};
    use crate::support::{Ran, Rig};

    /// Runs a line of shell with the program on the path.
    fn shell(rig: &Rig, line: &str) -> Ran {
        let mut command = Command::new("bash");
        let program = Path::new(env!("CARGO_BIN_EXE_skyswitch"));
        let directory = program.parent().expect("a directory").display();
        let model = rig.command(&[]);
        command
            .args(["-c", line])
            .env_clear()
            .envs(
                model
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .env("PATH", format!("{directory}:{}", path()))
            .current_dir(rig.home())
            .stdin(Stdio::null());
        Ran::of(&command.output().expect("bash"))
    }

    #[expect(clippy::disallowed_methods, reason = "to find bash and jq")]
    fn path() -> String {
        std::env::var("PATH").expect("a path")
    }

    /// Whether a line can be run here; jq may be missing on somebody's machine, never in CI.
    fn can_run(line: &str) -> bool {
        // They ask on a terminal, or a keyring; their own tests have both.
        if line.starts_with("skyswitch login") || line.starts_with("skyswitch logout") {
            return false;
        }
        let words = || line.split(|c: char| !c.is_ascii_alphanumeric());
        if !words().any(|word| word == "jq") {
            return true;
        }
        let there = path()
            .split(':')
            .any(|directory| Path::new(directory).join("jq").exists());
        #[expect(clippy::disallowed_methods, reason = "CI says so in a variable")]
        let ci = std::env::var_os("CI").is_some();
        assert!(there || !ci, "jq is missing, which `{line}` needs");
        if !there {
            #[expect(clippy::print_stderr, reason = "whoever runs the tests is to know")]
            {
                eprintln!("jq is missing: not run: {line}");
            }
        }
        there
    }

    #[test]
    fn the_readme_and_the_documents_show_what_happens() {
        let documents = std::fs::read_dir(Path::new(ROOT).join("docs")).expect("docs");
        let documents = documents.map(|entry| entry.expect("an entry").path());
        let mut wrong = Vec::new();
        for path in documents.chain([Path::new(ROOT).join("README.md")]) {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let text = std::fs::read_to_string(&path).expect("text");
            let (examples, not_run) = console_blocks(&text);
            assert!(not_run <= 4, "{name}: {not_run} blocks are not run");
            if name == "README.md" {
                // Those of its session on a terminal are played by `seven_steps`.
                assert!(examples.len() >= 8, "only {} examples", examples.len());
                let lines = text.lines().count();
                assert!(lines < 300, "{lines} lines: what is long goes to docs/");
            }
            let rig = Rig::new();
            for example in examples.iter().filter(|example| can_run(&example.command)) {
                let ran = shell(&rig, &format!("exec 2>&1\n{}", example.command));
                let printed: Vec<&str> = ran.stdout.lines().collect();
                if !matches(&example.output, &printed) {
                    let (line, command) = (example.line, &example.command);
                    wrong.push(format!("{name}:{line}: {command}\n{}", ran.stdout));
                }
            }
        }
        assert!(wrong.is_empty(), "not as shown:\n{}", wrong.join("\n"));
    }

    #[test]
    fn the_examples_of_help_and_man_pages_work() {
        let mut wrong = Vec::new();
        let mut count = 0;
        for (page, text) in pages() {
            let rig = Rig::with_sandbox();
            for directory in [".zfunc", ".config/fish/completions"] {
                std::fs::create_dir_all(rig.home().join(directory)).expect("create");
            }
            let examples = set_apart(&help(&rig, &page));
            let in_page = filled(&text);
            if page.is_empty() {
                assert_eq!(examples.len(), 1, "the first thing to try");
            } else {
                assert_eq!(examples, in_page, "help and man page of `{page}`");
            }
            for example in examples.iter().filter(|line| can_run(line)) {
                count += 1;
                let failed = if example.contains("sandbox serve") {
                    serve(&rig, example)
                } else {
                    let ran = shell(&rig, &format!("set -o pipefail\n{example}"));
                    (ran.code != 0).then(|| format!("exit {}\n{}", ran.code, ran.stderr))
                };
                if let Some(failed) = failed {
                    wrong.push(format!("`{page}`: {example}\n{failed}"));
                }
            }
        }
        assert!(count >= 20, "only {count} examples");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// A server: it says where it is, and ends when it is interrupted.
    fn serve(rig: &Rig, line: &str) -> Option<String> {
        // Any free port: the one of the example may be taken.
        let words = shell_words::split(&line.replace("--port 8080", "--port 0")).expect("words");
        let args: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        let mut child = rig.start(&args);
        let mut first = String::new();
        BufReader::new(child.stdout.take().expect("stdout"))
            .read_line(&mut first)
            .expect("a line");
        let process = rustix::process::Pid::from_child(&child);
        // It may have ended by itself, which the code tells.
        let _ = rustix::process::kill_process(process, rustix::process::Signal::INT);
        let ran = Ran::of(&child.wait_with_output().expect("wait"));
        let said = first.contains("\"url\"") || first.starts_with("export SKYSWITCH_API_URL=");
        (!said || ran.code != 130).then(|| format!("exit {}\n{}", ran.code, ran.stderr))
    }

    /// The lines between `.nf` and `.fi` of a page.
    fn filled(page: &str) -> Vec<String> {
        let mut inside = false;
        let mut lines = Vec::new();
        for line in page.replace(" \\\\\n  ", " ").lines() {
            match line {
                ".nf" => inside = true,
                ".fi" => inside = false,
                line if inside => lines.push(line.replace("\\-", "-").replace("\\&", "")),
                _ => {}
            }
        }
        lines
    }
}
