//! A command on a terminal of its own: what it shows is read, what a person would type is typed.

use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Rig, eventually};

/// A running command whose three streams are one terminal.
pub struct Terminal {
    pty: Arc<pty_process::blocking::Pty>,
    child: Child,
    shown: Arc<Mutex<Vec<u8>>>,
    reader: Option<std::thread::JoinHandle<()>>,
    before: String,
}

/// How a terminal is set: echo, line editing, special keys.
fn modes(pty: &pty_process::blocking::Pty) -> String {
    format!("{:?}", rustix::termios::tcgetattr(pty).expect("modes"))
}

impl Terminal {
    /// Starts a command on a terminal of so many columns.
    pub fn start(rig: &Rig, columns: u16, args: &[&str]) -> Self {
        Self::start_with_stdout(rig, columns, args, None)
    }

    /// The same, with standard output elsewhere.
    pub fn start_with_stdout(
        rig: &Rig,
        columns: u16,
        args: &[&str],
        stdout: Option<Stdio>,
    ) -> Self {
        Self::of(rig, columns, &rig.command(args), stdout)
    }

    /// The same of any command, with its environment and no other.
    pub fn of(rig: &Rig, columns: u16, template: &Command, stdout: Option<Stdio>) -> Self {
        let (pty, pts) = pty_process::blocking::open().expect("a terminal");
        pty.resize(pty_process::Size::new(50, columns))
            .expect("a size");
        let mut command = pty_process::blocking::Command::new(template.get_program())
            .args(template.get_args())
            .env_clear()
            .env("TERM", "xterm")
            .envs(
                template
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .current_dir(rig.home());
        if let Some(stdout) = stdout {
            command = command.stdout(stdout);
        }
        let before = modes(&pty);
        let child = command.spawn(pts).expect("start");
        let pty = Arc::new(pty);
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (source, sink) = (Arc::clone(&pty), Arc::clone(&shown));
        let reader = std::thread::spawn(move || {
            let mut block = [0; 4096];
            // A terminal that nobody holds any more reads as an error.
            while let Ok(n @ 1..) = (&*source).read(&mut block) {
                sink.lock().expect("shown").extend_from_slice(&block[..n]);
            }
        });
        Self {
            pty,
            child,
            shown,
            reader: Some(reader),
            before,
        }
    }

    /// What is on the terminal so far, line ends as `\n`.
    pub fn shown(&self) -> String {
        let bytes = self.shown.lock().expect("shown").clone();
        String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
    }

    /// Waits for a text to be shown.
    #[track_caller]
    pub fn expect(&self, text: &str) {
        eventually(
            &format!("`{text}` on the terminal, which shows {:?}", self.shown()),
            || self.shown().contains(text),
        );
    }

    /// Waits until the terminal shows nothing of what is typed.
    #[track_caller]
    pub fn expect_no_echo(&self) {
        use rustix::termios::{LocalModes, tcgetattr};
        eventually("a terminal without echo", || {
            tcgetattr(&*self.pty).is_ok_and(|modes| !modes.local_modes.contains(LocalModes::ECHO))
        });
    }

    /// Whether typed characters are shown.
    pub fn echoes(&self) -> bool {
        use rustix::termios::{LocalModes, tcgetattr};
        tcgetattr(&*self.pty).is_ok_and(|modes| modes.local_modes.contains(LocalModes::ECHO))
    }

    /// Waits for the end, and requires that the terminal then is set as it was before.
    #[track_caller]
    pub fn expect_as_before(&self) {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let peek = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        eventually("the end of the command", || {
            waitid(WaitId::Pid(pid.expect("a pid")), peek).is_ok_and(|ended| ended.is_some())
        });
        assert_eq!(modes(&self.pty), self.before);
    }

    /// Types; `\n` is the return key, `\u{3}` Ctrl-C, `\u{4}` Ctrl-D.
    pub fn types(&self, text: &str) {
        (&*self.pty).write_all(text.as_bytes()).expect("type");
    }

    /// Sends the command a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.child.id()).ok();
        let pid = pid.and_then(rustix::process::Pid::from_raw).expect("a pid");
        rustix::process::kill_process(pid, signal).expect("signal");
    }

    /// Waits for the end: exit code (128 + N for a signal) and everything that was shown.
    pub fn finish(mut self) -> (i32, String) {
        let mut status = None;
        eventually("the end of the command", || {
            status = self.child.try_wait().expect("wait");
            status.is_some()
        });
        let status = status.expect("a status");
        let code = status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
        if let Some(reader) = self.reader.take() {
            for _ in 0..200 {
                if reader.is_finished() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        (code, self.shown())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
