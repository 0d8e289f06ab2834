use std::time::{Duration, Instant};

use camlab_base::terminal;
use indicatif::{ProgressBar, ProgressStyle};

/// Amount of output on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// One line per stage.
    Normal,
    /// Also every epoch, and the reason why a stage has to run.
    Verbose,
}

/// Progress display: a bar with an ETA on a terminal, plain lines otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    verbosity: Verbosity,
    terminal: bool,
}

impl Progress {
    /// Progress on standard error.
    pub fn new(verbosity: Verbosity) -> Self {
        Self { verbosity, terminal: terminal::is_interactive() }
    }

    /// `true` if lines at the given verbosity are shown.
    pub fn shows(&self, at: Verbosity) -> bool {
        self.verbosity >= at
    }

    /// Prints a line if the given verbosity is shown.
    pub fn say(&self, at: Verbosity, text: impl AsRef<str>) {
        if self.shows(at) {
            terminal::note(text.as_ref());
        }
    }

    /// Starts a task of `steps` steps, counted in `unit`.
    pub fn task(&self, title: impl Into<String>, steps: usize, unit: &'static str) -> Task {
        let title = title.into();
        let shown = self.verbosity >= Verbosity::Normal;
        let bar = (shown && self.terminal).then(|| {
            let template =
                "{msg}\n  {bar:28.cyan/dim} {pos:>6}/{len} {prefix} {elapsed_precise} eta {eta_precise}";
            let style =
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = ProgressBar::new(steps as u64).with_style(style.progress_chars("━╸─"));
            bar.set_prefix(unit);
            bar.set_message(title.clone());
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        let lines = shown && !self.terminal;
        let now = Instant::now();
        Task { title, steps, unit, done: 0, skipped: 0, bar, lines, shown, started: now, said: now }
    }
}

/// A running task and its progress display.
#[derive(Debug)]
pub struct Task {
    title: String,
    steps: usize,
    unit: &'static str,
    done: usize,
    /// Steps of `done` that were finished before the task started.
    skipped: usize,
    bar: Option<ProgressBar>,
    lines: bool,
    shown: bool,
    started: Instant,
    said: Instant,
}

/// Minimum time between progress lines without a terminal.
const LINE_EVERY: Duration = Duration::from_secs(15);

impl Task {
    /// Counts `steps` finished steps.
    pub fn advance(&mut self, steps: usize) {
        self.done += steps;
        if let Some(bar) = &self.bar {
            bar.inc(steps as u64);
        } else if self.lines && self.said.elapsed() >= LINE_EVERY && self.done < self.steps {
            self.said = Instant::now();
            let left = self.started.elapsed().as_secs_f64() * (self.steps - self.done) as f64
                / (self.done - self.skipped).max(1) as f64;
            terminal::note(format!(
                "  {}: {}/{} {}, about {left:.0} s left",
                self.title, self.done, self.steps, self.unit
            ));
        }
    }

    /// Counts `steps` steps that were finished before the task started (a resumed run).
    pub fn skip(&mut self, steps: usize) {
        self.done += steps;
        self.skipped = steps;
        if let Some(bar) = &self.bar {
            bar.set_position(steps as u64);
            // Otherwise the ETA would count the skipped steps, which took no time.
            bar.reset_eta();
        }
    }

    /// Shows a note beside the bar.
    pub fn note(&self, text: impl AsRef<str>) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{} {}", self.title, text.as_ref()));
        }
    }

    /// Ends the task and prints its time, followed by `remark`.
    pub fn finish(self, remark: impl AsRef<str>) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if self.shown {
            let seconds = self.started.elapsed().as_secs_f64();
            let remark = remark.as_ref();
            let gap = if remark.is_empty() { "" } else { ", " };
            terminal::note(format!("  {:<44} {seconds:6.1} s{gap}{remark}", self.title));
        }
    }
}
