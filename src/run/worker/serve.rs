//! The side of the worker: makes the artefacts of recorded stages and reports to the process that started it.

use std::io::Write as _;
use std::sync::Mutex;

use anyhow::Context as _;
use camlab_base::causes;
use camlab_graph::Stage;
use camlab_stage::{Observer, Progress, TaskReport};
use camlab_store::Store;

use super::message::{ReceivedOrder, WorkerMessage};
use super::parent::stop_with_parent;
use crate::make::{JobResult, Settled, make};
use crate::single;
use crate::stop::{Saving, StopRequest};

/// Makes the artefacts of stages that share their passes, or of one, and writes messages to standard output. The stages stand
/// on standard input. The process stops when the one that started it ends, whichever way.
///
/// # Errors
/// An input that holds no stages, an instruction set that this machine lacks, a folder that cannot be entered.
pub fn serve_worker(store: &Store, stop: &StopRequest) -> anyhow::Result<()> {
    let order = std::io::read_to_string(std::io::stdin())?;
    let ReceivedOrder { runner, stages } = serde_json::from_str(&order)
        .context("standard input holds no stages; --worker is for `camlab run`")?;
    stop_with_parent(runner, stop)?;
    let stages: Vec<&Stage> = stages.iter().collect();
    for stage in &stages {
        single::pin(stage)?;
    }
    if let Some(stage) = stages.first() {
        single::enter(&stage.hints)?;
    }
    let observer = RunnerObserver { stop, saving: Mutex::new(None) };
    let JobResult { settled, failure } = make(store, &stages, Progress::new(&observer), true);
    camlab_store::tidy();
    for (place, settled) in settled {
        let Some(key) = stages.get(place).map(|stage| stage.key.to_string()) else { continue };
        send(&match settled {
            Settled::Made => WorkerMessage::Made { key, here: true },
            Settled::Cached => WorkerMessage::Made { key, here: false },
            Settled::Elsewhere(holder) => WorkerMessage::Elsewhere { key, holder },
        });
    }
    if let Some((cause, error)) = failure {
        send(&WorkerMessage::Failed { cause, text: causes(error.as_ref()) });
    }
    Ok(())
}

/// The process that started this one.
struct RunnerObserver<'a> {
    stop: &'a StopRequest,
    saving: Mutex<Option<Saving>>,
}

impl Observer for RunnerObserver<'_> {
    fn receive(&self, report: TaskReport) {
        if let TaskReport::Begun { resumable, .. } = &report
            && let Ok(mut saving) = self.saving.lock()
        {
            *saving = resumable.then(|| self.stop.saving());
        }
        send(&WorkerMessage::Task { said: report });
    }

    fn stops(&self) -> bool {
        self.stop.signal().is_some()
    }
}

/// Writes a message; without a reader there is nobody to tell.
fn send(message: &WorkerMessage) {
    if let Ok(mut line) = serde_json::to_string(message) {
        line.push('\n');
        let _ = std::io::stdout().lock().write_all(line.as_bytes());
    }
}
