//! Events of a run as values, each a line of its event log.

use camlab_graph::Stage;
use serde::{Deserialize, Serialize};

use crate::cause::FailureCause;

/// A stage in an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageName {
    /// Its key.
    pub key: String,
    /// Its kind.
    pub kind: String,
    /// Network, method and layer.
    pub label: String,
    /// The first cell that needs it.
    pub cell: String,
}

impl StageName {
    /// The name of a stage.
    pub fn of(stage: &Stage) -> Self {
        Self {
            key: stage.key.to_string(),
            kind: stage.spec.kind.to_string(),
            label: stage.hints.label.clone(),
            cell: stage.hints.cell.to_string(),
        }
    }
}

/// Outcome of a whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunOutcome {
    /// Every stage has its artefact and the report is written.
    Finished,
    /// Stages failed, or the report.
    Failed,
    /// A signal ended the run.
    Stopped,
}

/// An event of a run. Documented in `docs/runs.md`; a field is added, but not renamed or removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum RunEvent {
    /// A run started.
    RunStarted {
        /// Its name, that of its folder below `runs/` in the store.
        run: String,
        /// Name of the experiment.
        experiment: String,
        /// The experiment file.
        file: String,
        /// Folder of the report.
        report: String,
        /// The machine.
        host: String,
        /// The process.
        pid: u32,
        /// Instruction set of the kernels.
        instructions: String,
        /// Worker processes; 0: stages run in this process.
        workers: usize,
        /// Number of stages.
        stages: usize,
        /// Number of stages without an artefact.
        to_run: usize,
    },
    /// A stage has its artefact from an earlier run, or from another process since this run started.
    StageCached {
        /// The stage.
        #[serde(flatten)]
        stage: StageName,
    },
    /// A stage started.
    StageStarted {
        /// The job: stages that share their passes are one.
        job: u64,
        /// The stage.
        #[serde(flatten)]
        stage: StageName,
        /// 1 for the first attempt.
        attempt: u32,
        /// The process that runs it.
        pid: u32,
    },
    /// Another process is making the artefact of a stage.
    StageWaiting {
        /// The stage.
        #[serde(flatten)]
        stage: StageName,
        /// The process.
        holder: String,
    },
    /// A job went on.
    Progress {
        /// The job.
        job: u64,
        /// Title of the task.
        title: String,
        /// Finished steps.
        done: usize,
        /// All steps.
        total: usize,
        /// Unit of the steps.
        unit: String,
        /// Loss, accuracy and the like; may be empty.
        note: String,
    },
    /// A task of a job ended.
    TaskFinished {
        /// The job.
        job: u64,
        /// Title of the task.
        title: String,
        /// Wall-clock time, seconds.
        seconds: f64,
        /// Words on the result; may be empty.
        remark: String,
    },
    /// A line of text.
    Said {
        /// The job, if it is one's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        job: Option<u64>,
        /// The line.
        text: String,
    },
    /// A stage has its artefact.
    StageFinished {
        /// The job.
        job: u64,
        /// The stage.
        #[serde(flatten)]
        stage: StageName,
        /// Its share of the job's time, seconds.
        seconds: f64,
        /// Largest resident memory of its worker, bytes; absent without workers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        peak_bytes: Option<u64>,
    },
    /// An attempt at a stage failed.
    StageFailed {
        /// The job.
        job: u64,
        /// The stage.
        #[serde(flatten)]
        stage: StageName,
        /// Kind of the cause.
        cause: FailureCause,
        /// The cause in words.
        message: String,
        /// `true` if it is tried again.
        again: bool,
    },
    /// A stage does not run, since it needs one that failed.
    StageSkipped {
        /// The stage.
        #[serde(flatten)]
        stage: StageName,
        /// Key of the failed one.
        needs: String,
    },
    /// A run ended.
    RunFinished {
        /// Outcome.
        outcome: RunOutcome,
        /// Wall-clock time, seconds.
        seconds: f64,
        /// Stages that ran.
        ran: usize,
        /// Stages that were cached, or made by another process.
        cached: usize,
        /// Stages that failed.
        failed: usize,
        /// Stages that did not run because of others.
        skipped: usize,
    },
}

/// A line of an event log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoggedEvent {
    /// Wall-clock time, UTC.
    pub time: String,
    /// The event.
    #[serde(flatten)]
    pub event: RunEvent,
}
