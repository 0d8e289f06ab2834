//! Runners of jobs: this process, or workers.

use std::time::Duration;

use camlab_graph::Stage;
use camlab_store::Store;

use crate::events::{JobObserver, RunEvents, StageLog};
use crate::make::{JobResult, make};

/// A runner of jobs.
pub(crate) trait JobRunner {
    /// `true` if a further job can start.
    fn free(&self) -> bool;

    /// Starts a job of some stages; returns the process that runs it.
    ///
    /// # Errors
    /// When no process can be started.
    fn start(&mut self, job: u64, stages: &[&Stage], log: &StageLog) -> anyhow::Result<u32>;

    /// The next job that ended; `None` if none does within `limit`.
    fn wait(&mut self, limit: Duration) -> Option<(u64, JobResult)>;

    /// Asks the running jobs to stop.
    fn stop(&mut self) {}
}

/// This process, which runs one job after the other, with all threads.
pub(crate) struct OwnProcess<'a> {
    pub store: &'a Store,
    pub events: &'a RunEvents,
    next: Option<(u64, Vec<Stage>)>,
}

impl<'a> OwnProcess<'a> {
    /// Jobs of a store, whose reports go to `events`.
    pub fn new(store: &'a Store, events: &'a RunEvents) -> Self {
        Self { store, events, next: None }
    }
}

impl JobRunner for OwnProcess<'_> {
    fn free(&self) -> bool {
        self.next.is_none()
    }

    fn start(&mut self, job: u64, stages: &[&Stage], _: &StageLog) -> anyhow::Result<u32> {
        self.next = Some((job, stages.iter().map(|stage| (*stage).clone()).collect()));
        Ok(std::process::id())
    }

    fn wait(&mut self, limit: Duration) -> Option<(u64, JobResult)> {
        let Some((job, stages)) = self.next.take() else {
            std::thread::sleep(limit);
            return None;
        };
        let observer = JobObserver { events: self.events, job };
        let stages: Vec<&Stage> = stages.iter().collect();
        Some((job, make(self.store, &stages, observer.progress(), false)))
    }
}
