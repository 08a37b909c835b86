//! The one progress bar: on standard error, drawn anew beside whatever else is said.
//!
//! A line of our own: the crate there is for it brings in the system's `libm`, which every start of every command would
//! load for one power in an estimate.

use std::collections::VecDeque;
use std::io::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::signals::locked;
use crate::ui::Ui;

/// A bar where one can be drawn, nothing elsewhere.
pub(crate) struct Progress(Option<Mutex<Bar>>);

impl Progress {
    /// A bar of so many steps, unless they are few; gone when it is dropped.
    pub(crate) fn new(ui: &Ui, steps: usize) -> Self {
        let drawn = ui.options().progress && steps >= FEW;
        let width = ui.options().width.unwrap_or(u16::MAX);
        Self(drawn.then(|| Mutex::new(Bar::new(steps, width, Instant::now()))))
    }

    /// Nothing, wherever it is.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// One step further.
    pub(crate) fn step(&self) {
        let Some(bar) = &self.0 else { return };
        let mut bar = locked(bar);
        if let Some(line) = bar.step(Instant::now()) {
            draw(&line);
        }
    }

    /// Takes it away.
    pub(crate) fn end(&self) {
        self.beside(|| {});
    }

    /// Does something that writes to the terminal; the next step draws the bar anew.
    pub(crate) fn beside<T>(&self, say: impl FnOnce() -> T) -> T {
        let mut bar = self.0.as_ref().map(locked);
        if let Some(bar) = &mut bar
            && bar.drawn.take().is_some()
        {
            draw("");
        }
        say()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

/// In place of the line that stands there. What cannot be drawn is no reason to end a run.
fn draw(line: &str) {
    let _ = std::io::stderr().write_all(format!("\r\u{1b}[2K{line}").as_bytes());
}

/// Fewer steps are over before anybody has read a bar.
const FEW: usize = 5;
/// So often it is drawn at most.
const OFTEN: Duration = Duration::from_millis(100);
/// The rate is that of so many last seconds, for a server's pace changes within a run.
const SECONDS: usize = 15;

struct Bar {
    steps: usize,
    done: usize,
    width: u16,
    drawn: Option<Instant>,
    /// When how many were done, the oldest first, about a second apart.
    marks: VecDeque<(Instant, usize)>,
}

impl Bar {
    fn new(steps: usize, width: u16, now: Instant) -> Self {
        Self {
            steps,
            done: 0,
            width,
            drawn: None,
            marks: VecDeque::from([(now, 0)]),
        }
    }

    /// One step further, and what it looks like where it is time to draw it.
    fn step(&mut self, now: Instant) -> Option<String> {
        self.done += 1;
        let is_late = |since: Instant, most| now.saturating_duration_since(since) >= most;
        if self.drawn.is_some_and(|drawn| !is_late(drawn, OFTEN)) {
            return None;
        }
        self.drawn = Some(now);
        let line = self.line(now);
        if let Some((last, _)) = self.marks.back()
            && is_late(*last, Duration::from_secs(1))
        {
            self.marks.push_back((now, self.done));
            if self.marks.len() > SECONDS {
                self.marks.pop_front();
            }
        }
        Some(line)
    }

    /// The widest form that fits.
    fn line(&self, now: Instant) -> String {
        let (steps, done) = (self.steps, self.done.min(self.steps));
        let count = format!("{done} of {steps}");
        let (since, before) = self.marks.front().copied().unwrap_or((now, 0));
        let rate = (self.done - before) as f64 / now.saturating_duration_since(since).as_secs_f64();
        if self.width < 40 || !rate.is_normal() {
            return count;
        }
        let left = left(((steps - done) as f64 / rate) as u64);
        let bar = |cells: usize| {
            let full = done * cells / steps;
            format!("{}{}", "█".repeat(full), "░".repeat(cells - full))
        };
        if self.width < 70 {
            return format!("{} {count}, {left} left", bar(8));
        }
        let digits = usize::from(rate < 9.95);
        format!("{} {count}, {rate:.digits$} a second, {left} left", bar(20))
    }
}

/// `45s`, `12m`, `3h`.
fn left(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        _ => format!("{}h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bar of 1,000 after so many steps, each so many milliseconds behind the one before.
    fn after(width: u16, steps: u64, apart: u64) -> Option<String> {
        let start = Instant::now();
        let mut bar = Bar::new(1000, width, start);
        (1..=steps).fold(None, |_, n| {
            bar.step(start + Duration::from_millis(n * apart))
        })
    }

    #[test]
    fn the_widest_form_that_fits_is_drawn() {
        let lines = [80, 40, 39].map(|width| after(width, 500, 125).unwrap_or_default());
        assert_eq!(
            lines,
            [
                "██████████░░░░░░░░░░ 500 of 1000, 8.0 a second, 62s left",
                "████░░░░ 500 of 1000, 62s left",
                "500 of 1000",
            ]
        );
        assert!(lines[0].chars().count() < 70 && lines[1].chars().count() < 40);
    }

    #[test]
    fn it_is_not_drawn_at_every_step() {
        assert_eq!(after(80, 10, 10), None);
        assert_ne!(after(80, 10, 100), None);
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let start = Instant::now();
        let mut bar = Bar::new(1000, 80, start);
        // Ten a second, then one.
        let mut line = None;
        for n in 1..=200 {
            line = bar.step(start + Duration::from_millis(n * 100));
        }
        assert!(line.is_some_and(|line| line.contains(" 10 a second, 80s left")));
        let mut line = None;
        for n in 1..=20 {
            line = bar.step(start + Duration::from_secs(20 + n));
        }
        assert!(line.is_some_and(|line| line.contains(" 1.0 a second, 13m left")));
    }

    #[test]
    fn times_are_short() {
        let told = [0, 119, 120, 7199, 7200, 90_000].map(left);
        assert_eq!(told, ["0s", "119s", "2m", "119m", "2h", "25h"]);
    }
}
