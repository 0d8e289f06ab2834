//! The side of the worker: makes the artefacts of recorded stages and reports to the process that started it.

use std::io::Write as _;
use std::sync::Mutex;

use camlab_base::causes;
use camlab_graph::Stage;
use camlab_stage::{Observer, Progress, TaskReport};
use camlab_store::Store;

use super::message::WorkerMessage;
use super::parent::stop_with_parent;
use crate::make::{JobResult, Settled, make};
use crate::single;
use crate::stop::{Saving, StopRequest};

/// Makes the artefacts of recorded stages that share their passes, or of one, and writes messages to standard output. The
/// process stops when the one that started it ends, whichever way.
///
/// # Errors
/// A stage that is not recorded.
pub fn serve_worker(store: &Store, keys: &[String], stop: &StopRequest) -> anyhow::Result<()> {
    stop_with_parent(stop)?;
    let stages: Vec<Stage> =
        keys.iter().map(|key| single::recorded(store, key)).collect::<anyhow::Result<_>>()?;
    let stages: Vec<&Stage> = stages.iter().collect();
    if let Some(stage) = stages.first() {
        single::enter(&stage.hints)?;
    }
    let outside = ToRunner { stop, saving: Mutex::new(None) };
    let JobResult { settled, failure } = make(store, &stages, Progress::new(&outside), true);
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
struct ToRunner<'a> {
    stop: &'a StopRequest,
    saving: Mutex<Option<Saving>>,
}

impl Observer for ToRunner<'_> {
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
