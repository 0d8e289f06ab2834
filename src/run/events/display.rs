//! The progress of a run on standard error: bars on a terminal, plain lines otherwise.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use camlab_base::{spoken, terminal};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::remaining::Remaining;
use crate::stop::LinePrinter;

/// Minimum time between progress lines of a job without a terminal.
const LINE_EVERY: Duration = Duration::from_secs(15);
/// Time between two drawings of a bar.
const DRAW_EVERY: Duration = Duration::from_millis(200);

/// The display of a run.
pub(super) enum Display {
    /// Nothing is shown.
    Hidden,
    /// Lines of text.
    Lines(LineDisplay),
    /// A bar for every job above one for the run.
    Bars(Bars),
}

/// Lines about a run.
pub(super) struct LineDisplay {
    /// Last line about the run.
    told: Instant,
    /// Last line about each job.
    jobs: HashMap<u64, Instant>,
}

/// The bars of a run.
pub(super) struct Bars {
    all: MultiProgress,
    run: ProgressBar,
    jobs: HashMap<u64, ProgressBar>,
}

/// A task of a job, as it is shown.
#[derive(Debug, Clone)]
pub(super) struct ShownTask {
    pub title: String,
    pub done: usize,
    pub total: usize,
    pub unit: String,
    pub note: String,
    /// Steps that were done when it started.
    pub resumed: usize,
    pub started: Instant,
}

impl Display {
    /// The display that suits standard error.
    pub fn new(shown: bool) -> Self {
        match (shown, terminal::is_interactive()) {
            (false, _) => Self::Hidden,
            (true, false) => Self::Lines(LineDisplay { told: Instant::now(), jobs: HashMap::new() }),
            (true, true) => {
                let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
                let run = all.add(ProgressBar::new(0).with_style(style(
                    "  {bar:20.green/dim} {pos:>5}/{len} stages  {elapsed_precise}  {wide_msg}",
                )));
                run.enable_steady_tick(DRAW_EVERY);
                Self::Bars(Bars { all, run, jobs: HashMap::new() })
            }
        }
    }

    /// A function that prints a line above the bars, for another thread; `None` without bars.
    pub fn printer(&self) -> Option<LinePrinter> {
        match self {
            Self::Bars(bars) => {
                let all = bars.all.clone();
                Some(Box::new(move |line| all.suspend(|| terminal::note(line))))
            }
            _ => None,
        }
    }

    /// Prints a line above the bars.
    pub fn line(&self, text: &str) {
        match self {
            Self::Bars(bars) => bars.all.suspend(|| terminal::note(text)),
            _ => terminal::note(text),
        }
    }

    /// Shows how far the run is.
    pub fn run(&self, remaining: &Remaining) {
        if let Self::Bars(bars) = self {
            bars.run.set_length(remaining.all() as u64);
            bars.run.set_position(remaining.done() as u64);
            bars.run.set_message(remaining.words());
        }
    }

    /// Shows a task that began.
    pub fn begin(&mut self, job: u64, task: &ShownTask) {
        match self {
            Self::Hidden => {}
            Self::Lines(lines) => {
                lines.jobs.insert(job, task.started);
            }
            Self::Bars(bars) => {
                let bar = bars.all.insert_before(&bars.run, ProgressBar::new(task.total as u64));
                bar.set_style(style("  {bar:20.cyan/dim} {pos:>5}/{len} {prefix:7} {wide_msg}"));
                bar.set_prefix(task.unit.clone());
                bar.set_position(task.done as u64);
                bar.set_message(task.title.clone());
                if let Some(before) = bars.jobs.insert(job, bar) {
                    before.finish_and_clear();
                }
            }
        }
    }

    /// Shows that a task went on.
    pub fn advance(&mut self, job: u64, task: &ShownTask, remaining: &Remaining) {
        match self {
            Self::Hidden => {}
            Self::Lines(lines) => {
                let last = lines.jobs.entry(job).or_insert(task.started);
                if last.elapsed() >= LINE_EVERY && task.done < task.total {
                    *last = Instant::now();
                    lines.told = *last;
                    let ShownTask { title, done, total, unit, .. } = task;
                    let left =
                        task.left().map_or_else(String::new, |left| format!(", about {} left", spoken(left)));
                    terminal::note(format!(
                        "  {title}: {done}/{total} {unit}{left}; {}",
                        remaining.sentence()
                    ));
                }
            }
            Self::Bars(bars) => {
                if let Some(bar) = bars.jobs.get(&job) {
                    bar.set_position(task.done as u64);
                    let left =
                        task.left().map_or_else(String::new, |left| format!(", {} left", spoken(left)));
                    let gap = if task.note.is_empty() { "" } else { " · " };
                    bar.set_message(format!("{}{left}{gap}{}", task.title, task.note));
                }
            }
        }
    }

    /// Tells how far the run is, without a terminal: now and then, after a stage.
    pub fn ended(&mut self, remaining: &Remaining) {
        if let Self::Lines(lines) = self
            && lines.told.elapsed() >= LINE_EVERY
            && remaining.done() < remaining.all()
        {
            lines.told = Instant::now();
            terminal::note(format!("  {}", remaining.sentence()));
        }
    }

    /// Removes the bar of a job.
    pub fn end(&mut self, job: u64) {
        match self {
            Self::Hidden => {}
            Self::Lines(lines) => {
                lines.jobs.remove(&job);
            }
            Self::Bars(bars) => {
                if let Some(bar) = bars.jobs.remove(&job) {
                    bar.finish_and_clear();
                }
            }
        }
    }

    /// Removes all bars.
    pub fn clear(&mut self) {
        if let Self::Bars(bars) = self {
            bars.jobs.drain().for_each(|(_, bar)| bar.finish_and_clear());
            bars.run.finish_and_clear();
        }
    }
}

impl ShownTask {
    /// Seconds that its remaining steps will take at the speed of those done; `None` before the first.
    pub fn left(&self) -> Option<f64> {
        let done = self.done.checked_sub(self.resumed).filter(|done| *done > 0)?;
        Some(self.started.elapsed().as_secs_f64() * self.total.saturating_sub(self.done) as f64 / done as f64)
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("━╸─")
}
