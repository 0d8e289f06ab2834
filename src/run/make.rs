//! Makes artefacts of one job in this process, each under its lock.

use std::panic::{AssertUnwindSafe, catch_unwind};

use camlab_graph::Stage;
use camlab_kernel::KernelInstructions;
use camlab_stage::{Job, Progress, run as run_stages};
use camlab_store::{Holder, Locked, StageLock, Store};

use crate::cause::FailureCause;

/// Outcome of a stage of a job.
#[derive(Debug, Clone)]
pub(crate) enum Settled {
    /// Its artefact was made.
    Made,
    /// Another process had made it.
    Cached,
    /// Another process is making it.
    Elsewhere(Holder),
}

/// Outcome of a job.
#[derive(Debug)]
pub(crate) struct JobResult {
    /// The stages that are settled, by their place in the job.
    pub settled: Vec<(usize, Settled)>,
    /// The cause for which the other stages have no artefact.
    pub failure: Option<(FailureCause, anyhow::Error)>,
}

/// Makes the artefacts of stages that share their passes, or of one stage.
pub(crate) fn make(store: &Store, stages: &[&Stage], progress: Progress<'_>, own_process: bool) -> JobResult {
    let mut result = JobResult { settled: Vec::new(), failure: None };
    let mut locks: Vec<StageLock> = Vec::new();
    let mut jobs: Vec<Job<'_>> = Vec::new();
    let mut places: Vec<usize> = Vec::new();
    for (place, stage) in stages.iter().enumerate() {
        match take(store, stage) {
            Ok(Ok(lock)) => {
                locks.push(lock);
                jobs.push(Job { stage, store, progress, own_process });
                places.push(place);
            }
            Ok(Err(settled)) => result.settled.push((place, settled)),
            Err(error) => return JobResult { failure: Some((FailureCause::of(&error), error)), ..result },
        }
    }
    if jobs.is_empty() {
        return result;
    }
    match guarded(&jobs) {
        Ok(()) => {
            locks.into_iter().for_each(|lock| lock.release(true));
            result.settled.extend(places.into_iter().map(|place| (place, Settled::Made)));
        }
        Err(failure) => result.failure = Some(failure),
    }
    result
}

/// The lock of a stage that has no artefact, or what became of the stage.
fn take(store: &Store, stage: &Stage) -> anyhow::Result<Result<StageLock, Settled>> {
    if let Some(wanted) = &stage.spec.instructions {
        KernelInstructions::named(wanted).and_then(KernelInstructions::check).map_err(anyhow::Error::msg)?;
    }
    let place = stage.place();
    let lock = match store.lock(&place)? {
        Locked::Held(lock) => lock,
        Locked::Elsewhere(holder) => return Ok(Err(Settled::Elsewhere(holder))),
    };
    // Only now: another process may have made it and given up its lock.
    match store.check(&place) {
        Ok(true) => {
            lock.release(true);
            return Ok(Err(Settled::Cached));
        }
        Ok(false) => {}
        Err(error) if error.is_damage() => store.discard(&place)?,
        Err(error) => return Err(error.into()),
    }
    Ok(Ok(lock))
}

/// Runs stages; a panic is an error.
fn guarded(jobs: &[Job<'_>]) -> Result<(), (FailureCause, anyhow::Error)> {
    let work = || -> anyhow::Result<()> {
        run_stages(jobs)?;
        jobs.iter().try_for_each(|job| Ok(job.working().clear()?))
    };
    // A stage that panicked leaves nothing behind but a draft, which its unwinding removes.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err((FailureCause::of(&error), error)),
        Err(payload) => {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text =
                text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("without a message");
            Err((
                FailureCause::Panic,
                anyhow::anyhow!("the stage panicked: {text}; this is a defect of camlab, please report it"),
            ))
        }
    }
}
