use std::time::{Duration, Instant};

use super::{Observer, Stopped, TaskReport, Verbosity};

/// The way of a running stage to its [`Observer`].
#[derive(Clone, Copy)]
pub struct Progress<'a> {
    observer: &'a dyn Observer,
}

impl<'a> Progress<'a> {
    /// Progress that an observer receives.
    pub fn new(observer: &'a dyn Observer) -> Self {
        Self { observer }
    }

    /// Tells a line of text.
    pub fn say(&self, at: Verbosity, text: impl Into<String>) {
        self.observer.receive(TaskReport::Said { at, text: text.into() });
    }

    /// `true` once the process was asked to stop.
    pub fn stops(&self) -> bool {
        self.observer.stops()
    }

    /// Starts a task of `steps` steps, counted in `unit`.
    pub fn task(&self, title: impl Into<String>, steps: usize, unit: &'static str) -> Task<'a> {
        self.begin(title.into(), steps, unit, 0, false)
    }

    /// Starts a task that saves its state when it is asked to stop, `done` of whose steps were finished by an earlier
    /// process.
    pub fn resumable(
        &self,
        title: impl Into<String>,
        steps: usize,
        unit: &'static str,
        done: usize,
    ) -> Task<'a> {
        self.begin(title.into(), steps, unit, done, true)
    }

    /// Starts a task that an earlier process has begun, and that saves no state when it is asked to stop.
    pub fn continued(
        &self,
        title: impl Into<String>,
        steps: usize,
        unit: &'static str,
        done: usize,
    ) -> Task<'a> {
        self.begin(title.into(), steps, unit, done, false)
    }

    fn begin(
        &self,
        title: String,
        steps: usize,
        unit: &'static str,
        done: usize,
        resumable: bool,
    ) -> Task<'a> {
        let unit = unit.to_owned();
        self.observer.receive(TaskReport::Begun { title: title.clone(), steps, unit, done, resumable });
        let (started, note) = (Instant::now(), String::new());
        Task { observer: self.observer, title, done, note, started, told: started }
    }
}

impl std::fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Progress")
    }
}

/// A running task.
pub struct Task<'a> {
    observer: &'a dyn Observer,
    title: String,
    done: usize,
    note: String,
    started: Instant,
    told: Instant,
}

/// Minimum time between two reports of a task: a step may take microseconds.
const TELL_EVERY: Duration = Duration::from_millis(200);

impl Task<'_> {
    /// Counts `steps` finished steps.
    ///
    /// # Errors
    /// [`Stopped`] once the process was asked to stop.
    pub fn advance(&mut self, steps: usize) -> Result<(), Stopped> {
        self.count(steps);
        match self.observer.stops() {
            true => Err(Stopped),
            false => Ok(()),
        }
    }

    /// Counts `steps` finished steps of work that goes on.
    pub fn count(&mut self, steps: usize) {
        self.done += steps;
        if self.told.elapsed() >= TELL_EVERY {
            self.told = Instant::now();
            let note = std::mem::take(&mut self.note);
            self.observer.receive(TaskReport::Advanced { done: self.done, note });
        }
    }

    /// Words beside the count, shown with the next one.
    pub fn note(&mut self, text: impl Into<String>) {
        self.note = text.into();
    }

    /// Ends the task and tells its time, followed by `remark`.
    pub fn finish(self, remark: impl Into<String>) {
        let seconds = self.started.elapsed().as_secs_f64();
        self.observer.receive(TaskReport::Ended { title: self.title, seconds, remark: remark.into() });
    }
}
