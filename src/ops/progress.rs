//! The one progress bar: on standard error, drawn anew beside whatever else is said.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::ui::Ui;

/// A bar where one can be drawn, nothing elsewhere.
pub(crate) struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar of so many steps, unless they are few; gone when it is dropped.
    pub(crate) fn new(ui: &Ui, steps: usize) -> Self {
        let drawn = ui.options().progress && steps >= FEW;
        Self(drawn.then(|| bar(steps, ui.options().width)))
    }

    /// Nothing, wherever it is.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// One step further.
    pub(crate) fn step(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }

    /// Takes it away.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }

    /// Does something that writes to the terminal.
    pub(crate) fn beside<T>(&self, say: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

/// Fewer steps are over before anybody has read a bar.
const FEW: usize = 5;

/// The widest form that fits.
const FORMS: [(u16, &str); 3] = [
    (70, "{bar:20} {pos} of {len}, {rate} a second, {eta} left"),
    (40, "{bar:8} {pos} of {len}, {eta} left"),
    (0, "{pos} of {len}"),
];

fn bar(steps: usize, width: Option<u16>) -> ProgressBar {
    let steps = u64::try_from(steps).unwrap_or(u64::MAX);
    let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr_with_hz(10));
    let fits = |form: &&(u16, &str)| width.is_none_or(|width| form.0 <= width);
    let form = FORMS.iter().find(fits).map_or("{pos}", |form| form.1);
    match ProgressStyle::with_template(form) {
        Ok(style) => bar.with_style(style.with_key("rate", rate)),
        Err(_) => bar,
    }
}

/// `24`, and below ten `2.4`.
fn rate(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    let rate = state.per_sec();
    let digits = usize::from(rate < 9.95);
    let _ = write!(out, "{rate:.digits$}");
}
