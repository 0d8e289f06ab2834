use camlab_graph::Stage;
use camlab_stage::TaskReport;
use serde::{Deserialize, Serialize};

use crate::cause::FailureCause;

/// The job of a worker, as it stands on its standard input.
#[derive(Debug, Serialize)]
pub(crate) struct WorkerOrder<'a> {
    /// The process that started it.
    pub runner: u32,
    /// The stages, whose inputs have artefacts.
    pub stages: &'a [&'a Stage],
}

/// The job of a worker, as it reads it.
#[derive(Debug, Deserialize)]
pub(crate) struct ReceivedOrder {
    /// The process that started it.
    pub runner: u32,
    /// The stages.
    pub stages: Vec<Stage>,
}

/// A line that a worker writes to its standard output, for the process that started it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "kebab-case")]
pub(crate) enum WorkerMessage {
    /// A report of the running stage.
    Task {
        /// The report.
        said: TaskReport,
    },
    /// The artefact of a stage is there.
    Made {
        /// Key of the stage.
        key: String,
        /// `false` if another process made it.
        here: bool,
    },
    /// Another process is making the artefact of a stage.
    Elsewhere {
        /// Key of the stage.
        key: String,
        /// The process.
        holder: camlab_store::Holder,
    },
    /// The other stages have no artefact.
    Failed {
        /// Kind of the cause.
        cause: FailureCause,
        /// The cause in words.
        text: String,
    },
}
