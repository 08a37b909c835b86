//! What a signal does: a reading command ends at once, a writing one finishes what is in flight.
//!
//! The first SIGINT, SIGTERM or SIGHUP sets the stop flag while a [`Writing`] guard lives, ends the
//! process as soon as the last [`Finishing`] guard is gone, and at once otherwise; the second one ends
//! it in any case (`design.md` §2 "Signals"). A signal that was ignored when we were started (`nohup`,
//! a background job) stays ignored. On Windows Ctrl-C, Ctrl-Break, a console that is closed and the end
//! of the session count as SIGINT.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long the SIGINT may take that a read of keys makes of any other signal.
#[cfg(unix)]
const ECHO: Duration = Duration::from_millis(20);

/// A flag set by the first signal: nothing new is started after it.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Sets the flag.
    pub fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Waits, unless or until the flag is set; whether the whole wait passed.
    pub fn sleep(&self, wait: Duration) -> bool {
        let end = Instant::now() + wait;
        loop {
            if self.is_set() {
                return false;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
    }
}

/// The process's signal state. Clones share it.
#[derive(Clone, Default)]
pub struct Signals {
    stop: Stop,
    writing: Arc<AtomicUsize>,
    finishing: Arc<AtomicUsize>,
    choosing: Arc<AtomicUsize>,
    asking: Arc<AtomicUsize>,
    /// The last [`Finishing`] guard ends the process.
    awaited: Arc<AtomicBool>,
    caught: Arc<AtomicI32>,
    instead: Arc<Mutex<Option<Instead>>>,
    farewell: Arc<Mutex<Option<Farewell>>>,
    /// What is on standard output where a signal ends the process now.
    result: Arc<Mutex<Vec<u8>>>,
    /// A signal is ending the process: nobody else may.
    leaving: Arc<AtomicBool>,
}

type Instead = Box<dyn FnOnce() + Send>;
type Farewell = Box<dyn FnOnce(u8, &[u8]) + Send>;

/// While this lives, the first signal waits.
pub struct Finishing(Signals);

impl Drop for Finishing {
    fn drop(&mut self) {
        let others = self.0.finishing.fetch_sub(1, Ordering::SeqCst) > 1;
        if !others && self.0.awaited.load(Ordering::SeqCst) {
            self.0.leave();
            self.0.let_it_end();
        }
    }
}

/// While this lives, the first signal only sets the stop flag.
#[derive(Debug)]
pub struct Writing(Arc<AtomicUsize>);

/// While this lives, only the first signal counts, and SIGINT less than any other.
#[derive(Debug)]
pub struct Choosing(Arc<AtomicUsize>);

/// While this lives, a person is asked, and nothing was done yet.
#[derive(Debug)]
pub struct Asking(Arc<AtomicUsize>);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Choosing {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Signals {
    /// The flag that ends all trying.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Marks a stretch in which requests that change something may be under way.
    pub fn writing(&self) -> Writing {
        self.writing.fetch_add(1, Ordering::SeqCst);
        self.let_it_end();
        self.result_if_ended(Vec::new());
        Writing(Arc::clone(&self.writing))
    }

    /// Marks a stretch in which keys are read: whoever reads them makes a SIGINT of his own of any signal
    /// that interrupts the read.
    pub fn choosing(&self) -> Choosing {
        self.choosing.fetch_add(1, Ordering::SeqCst);
        Choosing(Arc::clone(&self.choosing))
    }

    /// Marks a question before anything is done.
    pub fn asking(&self) -> Asking {
        self.asking.fetch_add(1, Ordering::SeqCst);
        Asking(Arc::clone(&self.asking))
    }

    /// Whether a person is asked, and nothing was done yet.
    pub fn is_asking(&self) -> bool {
        self.asking.load(Ordering::SeqCst) > 0
    }

    /// Whether requests that change something may be under way.
    pub fn is_writing(&self) -> bool {
        self.writing.load(Ordering::SeqCst) > 0
    }

    /// Marks a stretch that must not be cut off and is short: the process ends behind it.
    pub fn finishing(&self) -> Finishing {
        self.finishing.fetch_add(1, Ordering::SeqCst);
        Finishing(self.clone())
    }

    /// What is written to standard output where a signal ends the process before anything is written
    /// to the server: from then on the command says its result itself.
    pub fn result_if_ended(&self, result: Vec<u8>) {
        *locked(&self.result) = result;
    }

    /// Never returns where a signal is ending the process: the last words are those of its farewell.
    pub fn let_it_end(&self) {
        while self.leaving.load(Ordering::SeqCst) {
            std::thread::park();
        }
    }

    /// What the first signal does in place of ending the process: for a command that waits, and
    /// returns when this was done.
    pub fn instead(&self, action: impl FnOnce() + Send + 'static) {
        *locked(&self.instead) = Some(Box::new(action));
    }

    /// 128 plus the number of the signal that was caught, if one was.
    pub fn exit_code(&self) -> Option<u8> {
        let signal = self.caught.load(Ordering::SeqCst);
        u8::try_from(signal)
            .ok()
            .filter(|signal| *signal > 0)
            .map(|signal| 128 + signal)
    }

    /// Starts listening; `notice` is told what the first signal lets finish, `farewell` the exit code
    /// and the result when one ends the process.
    #[cfg(unix)]
    pub fn listen(
        &self,
        notice: impl Fn(&str) + Send + 'static,
        farewell: impl FnOnce(u8, &[u8]) + Send + 'static,
    ) {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

        let ignored = ignored_signals();
        let wanted: Vec<i32> = [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .filter(|signal| ignored & (1 << (signal - 1)) == 0)
            .collect();
        let Ok(mut arrivals) = signal_hook::iterator::Signals::new(wanted) else {
            return;
        };
        *locked(&self.farewell) = Some(Box::new(farewell));
        let state = self.clone();
        std::thread::spawn(move || {
            loop {
                let mut signals: Vec<i32> = arrivals.wait().collect();
                if state.choosing.load(Ordering::SeqCst) > 0 {
                    std::thread::sleep(ECHO);
                    signals.extend(arrivals.pending());
                    signals.sort_by_key(|signal| *signal == SIGINT);
                    let caught = state.caught.load(Ordering::SeqCst) != 0;
                    signals.truncate(usize::from(!caught));
                }
                signals
                    .into_iter()
                    .for_each(|signal| state.arrived(signal, &notice));
            }
        });
    }

    #[cfg(any(unix, windows))]
    fn arrived(&self, signal: i32, notice: &impl Fn(&str)) {
        let first = self.caught.swap(signal, Ordering::SeqCst) == 0;
        let instead = locked(&self.instead).take();
        if let (true, Some(action)) = (first, instead) {
            action();
        } else if first && self.is_writing() {
            self.stop.set();
            notice("finishing what is under way");
        } else if first && self.finishing.load(Ordering::SeqCst) > 0 {
            self.stop.set();
            notice("the session is being renewed, and is kept first");
            self.awaited.store(true, Ordering::SeqCst);
            if self.finishing.load(Ordering::SeqCst) == 0 {
                self.leave();
            }
        } else {
            self.leave();
        }
    }

    /// The same on Windows, which ends the process a few seconds after a console was closed.
    #[cfg(windows)]
    pub fn listen(
        &self,
        notice: impl Fn(&str) + Send + 'static,
        farewell: impl FnOnce(u8, &[u8]) + Send + 'static,
    ) {
        const SIGINT: i32 = 2;
        use std::task::{Context, Poll};
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};

        let events = (
            ctrl_c(),
            ctrl_break(),
            ctrl_close(),
            ctrl_logoff(),
            ctrl_shutdown(),
        );
        let waiting = tokio::runtime::Builder::new_current_thread().build();
        let (
            (Ok(mut c), Ok(mut break_), Ok(mut close), Ok(mut logoff), Ok(mut shutdown)),
            Ok(waiting),
        ) = (events, waiting)
        else {
            return;
        };
        *locked(&self.farewell) = Some(Box::new(farewell));
        let state = self.clone();
        let mut arrival = move |cx: &mut Context<'_>| {
            // All are asked: each has to wake us.
            let polls = [
                c.poll_recv(cx),
                break_.poll_recv(cx),
                close.poll_recv(cx),
                logoff.poll_recv(cx),
                shutdown.poll_recv(cx),
            ];
            match polls.iter().any(Poll::is_ready) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        };
        std::thread::spawn(move || {
            loop {
                waiting.block_on(std::future::poll_fn(&mut arrival));
                state.arrived(SIGINT, &notice);
            }
        });
    }

    /// Elsewhere the system's own Ctrl-C ends the process.
    #[cfg(not(any(unix, windows)))]
    pub fn listen(
        &self,
        _notice: impl Fn(&str) + Send + 'static,
        _farewell: impl FnOnce(u8, &[u8]) + Send + 'static,
    ) {
    }

    /// Ends the process: the first time with a farewell, which may wait for a reader; then at once.
    fn leave(&self) {
        let mut farewell = locked(&self.farewell);
        let code = self.exit_code().unwrap_or(1);
        match farewell.take() {
            Some(farewell) => {
                self.leaving.store(true, Ordering::SeqCst);
                self.stop.set();
                let result = Arc::clone(&self.result);
                std::thread::spawn(move || {
                    farewell(code, &locked(&result));
                    std::process::exit(i32::from(code));
                });
            }
            None => std::process::exit(i32::from(code)),
        }
    }
}

impl std::fmt::Debug for Signals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signals")
            .field("stop", &self.stop)
            .field("caught", &self.caught)
            .finish_non_exhaustive()
    }
}

/// The value behind a lock, also where a thread panicked while it held it: ours are replaced whole or
/// only ever added to.
pub fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file that may not grow any more (`ulimit -f`) is an error of the write, not the end.
pub fn outlive_file_limits() {
    #[cfg(unix)]
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

/// The mask of signals that were ignored at the start, as Linux tells it; elsewhere none.
#[cfg(unix)]
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}
