//! The credential command: a program of the user's that prints credentials, such as a password
//! manager's.
//!
//! Run without a shell, with nothing on stdin, for a limited time and with limited output; its
//! errors go to the terminal by themselves. Our own secrets are taken out of its environment. What
//! it printed is never shown.

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use secrecy::zeroize::Zeroizing;

use super::credentials::{CredentialError, PartialCredentials, read_capped};

/// How long the command may take.
pub const LIMIT: Duration = Duration::from_secs(30);
/// Variables no child of ours may see.
pub const SECRET_VARIABLES: [&str; 3] = [
    "SKYSWITCH_CLIENT_SECRET",
    "SKYSWITCH_PASSWORD",
    "SKYSWITCH_TOKEN",
];
/// How often a command that closed its output is asked whether it has ended.
const POLL: Duration = Duration::from_millis(2);

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialCommand {
    program: String,
    arguments: Vec<String>,
}

/// Why the command gave no credentials. Names the program, never its arguments or output.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// No program in it.
    #[error("the credential command is empty")]
    Empty,
    /// It could not be started.
    #[error("the credential command `{0}` cannot be run: {1}")]
    Start(String, #[source] io::Error),
    /// It took longer than this.
    #[error("the credential command `{program}` took longer than {seconds} s", program = .0, seconds = .1.as_secs())]
    TimedOut(String, Duration),
    /// It failed.
    #[error("the credential command `{0}` failed: {1}")]
    Failed(String, ExitStatus),
    /// What it printed are no credentials.
    #[error("the output of the credential command `{0}`: {1}")]
    Output(String, #[source] CredentialError),
}

impl CredentialCommand {
    /// Takes words as they are: the array in a profile.
    pub fn from_words(words: Vec<String>) -> Result<Self, CommandError> {
        let mut words = words.into_iter();
        match words.next() {
            Some(program) if !program.is_empty() => Ok(Self {
                program,
                arguments: words.collect(),
            }),
            _ => Err(CommandError::Empty),
        }
    }

    /// Runs it for at most `limit` (normally [`LIMIT`]) and reads what it printed.
    pub fn run(&self, limit: Duration) -> Result<PartialCredentials, CommandError> {
        let deadline = Instant::now() + limit;
        let mut child = self.start()?;
        let late = || CommandError::TimedOut(self.program.clone(), limit);
        let result = self.output(&mut child, deadline, late).and_then(|output| {
            self.end(&mut child, deadline, late)?;
            Ok(output)
        });
        if result.is_err() {
            // Both fail only when it has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
        PartialCredentials::parse(&result?).map_err(|error| self.unusable(error))
    }

    fn start(&self) -> Result<Child, CommandError> {
        self.prepared()
            .spawn()
            .map_err(|error| CommandError::Start(self.program.clone(), error))
    }

    fn prepared(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        for variable in SECRET_VARIABLES {
            command.env_remove(variable);
        }
        command
    }

    /// Everything it prints until it closes its output.
    fn output(
        &self,
        child: &mut Child,
        deadline: Instant,
        late: impl Fn() -> CommandError,
    ) -> Result<Zeroizing<Vec<u8>>, CommandError> {
        let Some(stdout) = child.stdout.take() else {
            return Err(self.unusable(CredentialError::Empty));
        };
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            // Nobody listening any more means the limit passed.
            let _ = sender.send(read_capped(stdout));
        });
        let left = deadline.saturating_duration_since(Instant::now());
        match receiver.recv_timeout(left) {
            Ok(output) => output.map_err(|error| self.unusable(error)),
            Err(_) => Err(late()),
        }
    }

    fn end(
        &self,
        child: &mut Child,
        deadline: Instant,
        late: impl Fn() -> CommandError,
    ) -> Result<(), CommandError> {
        loop {
            let ended = child
                .try_wait()
                .map_err(|error| CommandError::Start(self.program.clone(), error))?;
            match ended {
                Some(status) if status.success() => return Ok(()),
                Some(status) => {
                    return Err(CommandError::Failed(self.program.clone(), status));
                }
                None if Instant::now() >= deadline => return Err(late()),
                None => std::thread::sleep(POLL),
            }
        }
    }

    fn unusable(&self, error: CredentialError) -> CommandError {
        CommandError::Output(self.program.clone(), error)
    }
}

#[cfg(test)]
mod tests {
    use super::{CommandError, CredentialCommand};

    #[test]
    fn the_child_does_not_see_our_secrets() {
        let prepared = command(&["op"]).expect("words").prepared();
        let removed: Vec<_> = prepared
            .get_envs()
            .filter(|(_, value)| value.is_none())
            .filter_map(|(name, _)| name.to_str())
            .collect();
        for secret in ["CLIENT_SECRET", "PASSWORD", "TOKEN"] {
            assert!(
                removed.contains(&format!("SKYSWITCH_{secret}").as_str()),
                "{removed:?}"
            );
        }
    }

    fn command(words: &[&str]) -> Result<CredentialCommand, CommandError> {
        CredentialCommand::from_words(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn a_command_has_a_program() {
        for bad in [&[][..], &[""]] {
            assert!(matches!(command(bad), Err(CommandError::Empty)));
        }
    }

    #[cfg(unix)]
    mod unix {
        use std::time::{Duration, Instant};

        use super::CommandError;
        use crate::auth::command::LIMIT;
        use crate::auth::credentials::{CredentialError, PartialCredentials};
        use crate::secret::Secret;

        fn shell(script: &str, limit: Duration) -> Result<PartialCredentials, CommandError> {
            super::command(&["sh", "-c", script])?.run(limit)
        }

        #[test]
        fn what_it_prints_is_read() {
            let given = shell("printf 'username=u\\npassword=a b=c\\n'", LIMIT).expect("output");
            assert_eq!(given.username.as_deref(), Some("u"));
            assert_eq!(given.password, Some(Secret::new("a b=c".into())));
        }

        #[test]
        fn failures_say_which_program_and_never_what_it_printed() {
            let missing = super::command(&["/nonexistent/op", "--vault", "sbx_vault"]);
            let missing = missing.expect("words").run(LIMIT).expect_err("missing");
            assert!(matches!(missing, CommandError::Start(..)));
            for (script, part) in [
                ("echo password=hunter2; exit 3", "3"),
                ("echo hunter2", "line 1"),
                ("exit 0", "empty"),
            ] {
                let error = shell(script, LIMIT).expect_err(script).to_string();
                assert!(error.contains(part) && error.contains("`sh`"), "{error}");
                assert!(!error.contains("hunter2"), "{error}");
            }
        }

        #[test]
        fn time_and_output_are_limited() {
            let started = Instant::now();
            let limit = Duration::from_millis(200);
            for script in ["exec sleep 60", "exec >&-; exec sleep 60"] {
                let error = shell(script, limit).expect_err(script);
                assert!(matches!(error, CommandError::TimedOut(..)), "{error}");
            }
            let endless = shell("exec cat /dev/zero", LIMIT).expect_err("endless");
            assert!(
                matches!(endless, CommandError::Output(_, CredentialError::TooLarge)),
                "{endless}"
            );
            assert!(started.elapsed() < Duration::from_secs(20));
        }
    }
}
