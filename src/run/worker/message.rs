use camlab_stage::TaskReport;
use serde::{Deserialize, Serialize};

use crate::cause::FailureCause;

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
