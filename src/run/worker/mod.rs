//! Worker processes: every job runs in a process of its own, with few threads and a limit on its memory, so that a stage
//! that ends badly ends alone.

mod memory;
mod message;
mod parent;
mod process;
mod serve;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use camlab_graph::Stage;

use crate::events::{RunEvents, StageLog};
use crate::job_runner::JobRunner;
use crate::make::JobResult;
use crate::stop::Saving;
use process::{Sent, Worker};
pub use serve::serve_worker;

/// Number, limits and program of worker processes.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// The program: camlab itself.
    pub program: PathBuf,
    /// Number of workers that run side by side.
    pub count: usize,
    /// Threads of each.
    pub threads: usize,
    /// Memory that each may use, bytes.
    pub memory: Option<u64>,
    /// Time without progress after which a worker is ended.
    pub timeout: Option<Duration>,
}

/// The parts that all workers of a run share.
pub(crate) struct WorkerPlace<'a> {
    /// Folder of the store.
    pub store: &'a Path,
    /// Instruction set of the kernels.
    pub instructions: &'a str,
    /// Receiver of their reports.
    pub events: &'a RunEvents,
}

/// Time between two looks at the workers' memory.
const WATCH_EVERY: Duration = Duration::from_millis(50);
/// Time that workers have to save their state once they are asked to stop.
const STOPPING: Duration = Duration::from_secs(70);

/// The workers of a run.
pub(crate) struct WorkerPool<'a> {
    options: &'a WorkerOptions,
    place: WorkerPlace<'a>,
    workers: HashMap<u64, Worker>,
    outbox: Sender<Sent>,
    inbox: Receiver<Sent>,
    watched: Instant,
    /// Guard against the end of this process before that of its workers.
    saving: Option<Saving>,
    /// Time at which the workers were asked to stop.
    asked: Option<Instant>,
}

impl<'a> WorkerPool<'a> {
    /// Without a worker yet.
    pub fn new(options: &'a WorkerOptions, place: WorkerPlace<'a>) -> Self {
        let (outbox, inbox) = channel();
        let (workers, watched) = (HashMap::new(), Instant::now());
        Self { options, place, workers, outbox, inbox, watched, saving: None, asked: None }
    }

    fn watch(&mut self) {
        if self.watched.elapsed() < WATCH_EVERY {
            return;
        }
        self.watched = Instant::now();
        let late = self.asked.is_some_and(|asked| asked.elapsed() > STOPPING);
        for worker in self.workers.values_mut() {
            worker.watch(self.options.timeout);
            if late {
                worker.stop(true);
            }
        }
    }
}

impl JobRunner for WorkerPool<'_> {
    fn free(&self) -> bool {
        self.workers.len() < self.options.count
    }

    fn start(&mut self, job: u64, stages: &[&Stage], log: &StageLog) -> anyhow::Result<u32> {
        let inbox = self.outbox.clone();
        let worker = Worker::start(self.options, &self.place, job, stages, log, inbox)
            .map_err(|error| anyhow::anyhow!("cannot start a worker process: {error}"))?;
        let pid = worker.pid();
        self.workers.insert(job, worker);
        Ok(pid)
    }

    fn wait(&mut self, limit: Duration) -> Option<(u64, JobResult)> {
        let until = Instant::now() + limit;
        loop {
            self.watch();
            let left = until.saturating_duration_since(Instant::now());
            match self.inbox.recv_timeout(left.min(WATCH_EVERY)) {
                Ok((job, Some(message))) => {
                    if let Some(report) = self.workers.get_mut(&job).and_then(|worker| worker.take(message)) {
                        self.place.events.report(Some(job), report);
                    }
                }
                Ok((job, None)) => {
                    if let Some(worker) = self.workers.remove(&job) {
                        return Some((job, worker.conclude()));
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            if Instant::now() >= until {
                return None;
            }
        }
    }

    fn stop(&mut self) {
        // Workers take as long as a training needs to save its state.
        self.saving = Some(self.place.events.stop().saving());
        self.asked = Some(Instant::now());
        self.workers.values_mut().for_each(|worker| worker.stop(false));
    }
}
