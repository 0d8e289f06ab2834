//! Events of a run, and their receivers: the display, the event log and the logs of the stages.

mod display;
mod event;
mod log;
mod reader;
mod remaining;
mod stage_log;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use camlab_stage::{Observer, Progress, TaskReport, Verbosity};

use crate::stop::StopRequest;
use display::{Display, ShownTask};
pub use event::{LoggedEvent, RunEvent, RunOutcome, StageName};
use log::EventLog;
pub use reader::EventReader;
pub(crate) use remaining::{ExpectedStage, Remaining};
pub use stage_log::StageLog;

/// Receiver of everything that happens in a run.
pub struct RunEvents {
    verbosity: Verbosity,
    stop: StopRequest,
    state: Mutex<EventState>,
}

struct EventState {
    display: Display,
    log: Option<EventLog>,
    remaining: Remaining,
    jobs: HashMap<u64, ShownJob>,
    /// `true` once the log was opened, even if it could not be kept.
    begun: bool,
}

/// A running job.
struct ShownJob {
    /// Logs of its stages.
    logs: StageLog,
    task: Option<ShownTask>,
    /// Time of the last progress in the event log.
    logged: Instant,
    /// Guard against the end of the process while the job can save its state.
    saves: Option<crate::stop::Saving>,
}

/// Seconds between two progress events of a job.
const PROGRESS_EVERY: f64 = 2.0;

impl RunEvents {
    /// A receiver that shows events on standard error, without a log yet.
    pub fn new(verbosity: Verbosity, stop: StopRequest) -> Self {
        let display = Display::new(verbosity >= Verbosity::Normal);
        stop.print_by(display.printer());
        let state = EventState {
            display,
            log: None,
            remaining: Remaining::default(),
            jobs: HashMap::new(),
            begun: false,
        };
        Self { verbosity, stop, state: Mutex::new(state) }
    }

    /// The request to stop that running stages obey.
    pub fn stop(&self) -> &StopRequest {
        &self.stop
    }

    /// `true` if lines at the given verbosity are shown.
    pub fn shows(&self, at: Verbosity) -> bool {
        self.verbosity >= at
    }

    /// Starts the event log and the display of a run, or the next part of a run of several plans. A log that cannot be
    /// written is no reason not to run.
    pub(crate) fn begin(&self, log: &Path, remaining: Remaining) {
        let mut state = self.state();
        state.remaining = remaining;
        if state.log.is_none() && !state.begun {
            match EventLog::create(log) {
                Ok(log) => state.log = Some(log),
                Err(error) => {
                    let line = format!("warning: no event log: cannot create {}: {error}", log.display());
                    self.line(&state, &line);
                }
            }
        }
        state.begun = true;
        state.display.run(&state.remaining);
    }

    /// Ends the display of one part of a run.
    pub(crate) fn end_part(&self) {
        self.state().display.clear();
    }

    /// Ends the display.
    pub fn end(&self) {
        self.stop.print_by(None);
        self.state().display.clear();
    }

    /// Records events.
    pub(crate) fn tell(&self, events: impl IntoIterator<Item = RunEvent>) {
        self.record(&mut self.state(), events);
    }

    /// Shows a line, and records it.
    pub fn say(&self, at: Verbosity, text: impl Into<String>) {
        let text = text.into();
        let mut state = self.state();
        if self.shows(at) {
            self.line(&state, &text);
        }
        self.record(&mut state, [RunEvent::Said { job: None, text }]);
    }

    /// Counts a stage as settled; with its seconds if this run made it.
    pub(crate) fn settle(&self, stage: usize, seconds: Option<f64>) {
        let mut state = self.state();
        let state = &mut *state;
        state.remaining.settle(stage, seconds);
        state.display.run(&state.remaining);
        state.display.ended(&state.remaining);
    }

    /// Starts to receive the reports of a job; `logs` are those of its stages.
    pub(crate) fn begin_job(&self, job: u64, logs: StageLog) {
        let logged = Instant::now();
        self.state().jobs.insert(job, ShownJob { logs, task: None, logged, saves: None });
    }

    /// Ends a job.
    pub(crate) fn end_job(&self, job: u64) {
        let mut state = self.state();
        state.jobs.remove(&job);
        state.display.end(job);
    }

    /// Takes a report of a job.
    pub(crate) fn report(&self, job: Option<u64>, report: TaskReport) {
        let mut guard = self.state();
        let state = &mut *guard;
        // Reports without a job are those of the run itself, such as downloads.
        let id = job.unwrap_or(0);
        match report {
            TaskReport::Begun { title, steps, unit, done, resumable } => {
                let task = ShownTask {
                    title,
                    done,
                    total: steps,
                    unit,
                    note: String::new(),
                    resumed: done,
                    started: Instant::now(),
                };
                state.display.begin(id, &task);
                let shown = state.jobs.entry(id).or_insert_with(|| ShownJob {
                    logs: StageLog::default(),
                    task: None,
                    logged: Instant::now(),
                    saves: None,
                });
                shown.saves = resumable.then(|| self.stop.saving());
                shown.logs.write(&format!("{}: {} {}", task.title, task.total, task.unit));
                shown.task = Some(task);
            }
            TaskReport::Advanced { done, note } => {
                let Some(shown) = state.jobs.get_mut(&id) else { return };
                let Some(task) = &mut shown.task else { return };
                (task.done, task.note) = (done, note);
                state.display.advance(id, task, &state.remaining);
                if shown.logged.elapsed().as_secs_f64() >= PROGRESS_EVERY {
                    shown.logged = Instant::now();
                    let ShownTask { title, done, total, unit, note, .. } = task.clone();
                    self.record(state, [RunEvent::Progress { job: id, title, done, total, unit, note }]);
                }
            }
            TaskReport::Ended { title, seconds, remark } => {
                if let Some(shown) = state.jobs.get_mut(&id) {
                    (shown.task, shown.saves) = (None, None);
                    let gap = if remark.is_empty() { "" } else { ", " };
                    shown.logs.write(&format!("{title}: {seconds:.1} s{gap}{remark}"));
                }
                state.display.end(id);
                if self.shows(Verbosity::Normal) {
                    let gap = if remark.is_empty() { "" } else { ", " };
                    let line = format!("  {title:<44} {seconds:6.1} s{gap}{remark}");
                    self.line(state, &line);
                }
                self.record(state, [RunEvent::TaskFinished { job: id, title, seconds, remark }]);
            }
            TaskReport::Said { at, text } => {
                if let Some(shown) = state.jobs.get_mut(&id) {
                    shown.logs.write(&text);
                }
                if self.shows(at) {
                    self.line(state, &text);
                }
                self.record(state, [RunEvent::Said { job, text }]);
            }
        }
    }

    fn line(&self, state: &EventState, text: &str) {
        state.display.line(text);
    }

    fn record(&self, state: &mut EventState, events: impl IntoIterator<Item = RunEvent>) {
        let Some(log) = &mut state.log else { return };
        if let Err(error) = log.write(events) {
            let line = format!(
                "warning: the event log {} ends here: {error}; the run goes on",
                log.path().display()
            );
            state.log = None;
            self.line(state, &line);
        }
    }

    fn state(&self) -> MutexGuard<'_, EventState> {
        // A thread that panicked while it held the lock has left a state that can still be shown.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reports that belong to no job.
impl Observer for RunEvents {
    fn receive(&self, report: TaskReport) {
        self.report(None, report);
    }

    fn stops(&self) -> bool {
        self.stop.signal().is_some()
    }
}

/// Receiver of the reports of one job.
pub(crate) struct JobObserver<'a> {
    pub events: &'a RunEvents,
    pub job: u64,
}

impl JobObserver<'_> {
    /// The way to it.
    pub fn progress(&self) -> Progress<'_> {
        Progress::new(self)
    }
}

impl Observer for JobObserver<'_> {
    fn receive(&self, report: TaskReport) {
        self.events.report(Some(self.job), report);
    }

    fn stops(&self) -> bool {
        self.events.stops()
    }
}
