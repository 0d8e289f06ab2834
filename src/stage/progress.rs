use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How much is said on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors alone.
    Quiet,
    /// One line per stage.
    Normal,
    /// Every epoch, and why a stage has to run.
    Verbose,
}

/// Tells a person how far long work is: a bar with an ETA on a terminal, plain lines otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    verbosity: Verbosity,
    terminal: bool,
}

impl Progress {
    /// Progress on standard error.
    pub fn new(verbosity: Verbosity) -> Self {
        Self { verbosity, terminal: std::io::stderr().is_terminal() }
    }

    /// Whether lines at the given verbosity are shown.
    pub fn shows(&self, at: Verbosity) -> bool {
        self.verbosity >= at
    }

    /// A line at the given verbosity.
    pub fn say(&self, at: Verbosity, text: impl AsRef<str>) {
        if self.shows(at) {
            eprintln!("{}", text.as_ref());
        }
    }

    /// Starts a piece of work of `steps` steps.
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

/// A piece of work under way.
#[derive(Debug)]
pub struct Task {
    title: String,
    steps: usize,
    unit: &'static str,
    done: usize,
    /// Of them, how many before the work started.
    skipped: usize,
    bar: Option<ProgressBar>,
    lines: bool,
    shown: bool,
    started: Instant,
    said: Instant,
}

/// How often a log that nobody watches gets a line.
const LINE_EVERY: Duration = Duration::from_secs(15);

impl Task {
    /// Some steps are done.
    pub fn advance(&mut self, steps: usize) {
        self.done += steps;
        if let Some(bar) = &self.bar {
            bar.inc(steps as u64);
        } else if self.lines && self.said.elapsed() >= LINE_EVERY && self.done < self.steps {
            self.said = Instant::now();
            let left = self.started.elapsed().as_secs_f64() * (self.steps - self.done) as f64
                / (self.done - self.skipped).max(1) as f64;
            eprintln!("  {}: {}/{} {}, about {left:.0} s left", self.title, self.done, self.steps, self.unit);
        }
    }

    /// Some steps were done before the work started.
    pub fn skip(&mut self, steps: usize) {
        self.done += steps;
        self.skipped = steps;
        if let Some(bar) = &self.bar {
            bar.set_position(steps as u64);
            // Or the time left would be reckoned from steps that took none.
            bar.reset_eta();
        }
    }

    /// A note beside the bar.
    pub fn note(&self, text: impl AsRef<str>) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{} {}", self.title, text.as_ref()));
        }
    }

    /// The work is done; `remark` stands behind its time.
    pub fn finish(self, remark: impl AsRef<str>) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if self.shown {
            let seconds = self.started.elapsed().as_secs_f64();
            let remark = remark.as_ref();
            let gap = if remark.is_empty() { "" } else { ", " };
            eprintln!("  {:<44} {seconds:6.1} s{gap}{remark}", self.title);
        }
    }
}
