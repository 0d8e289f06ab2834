//! Reports of running stages, and their receivers.

use serde::{Deserialize, Serialize};

/// Amount of output on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// One line per stage.
    Normal,
    /// Also every epoch, and the reason why a stage has to run.
    Verbose,
}

/// A report of a running stage. A worker process writes it to the process that started it, as a line of JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "kebab-case")]
pub enum TaskReport {
    /// A task started.
    Begun {
        /// Its title, for a line of progress.
        title: String,
        /// Number of steps.
        steps: usize,
        /// Unit of the steps, in the plural.
        unit: String,
        /// Steps that an earlier process finished.
        done: usize,
        /// `true` if the task saves its state when it is asked to stop.
        resumable: bool,
    },
    /// Steps of the task were finished.
    Advanced {
        /// Number of finished steps, those of an earlier process included.
        done: usize,
        /// Words beside it: loss, accuracy.
        note: String,
    },
    /// The task ended.
    Ended {
        /// Its title.
        title: String,
        /// Wall-clock time, seconds.
        seconds: f64,
        /// Words on the result; may be empty.
        remark: String,
    },
    /// A line of text.
    Said {
        /// The least verbosity at which it is shown.
        at: Verbosity,
        /// The line.
        text: String,
    },
}

/// Receiver of the reports of running stages: a terminal, a log, the process that started a worker.
pub trait Observer: Sync {
    /// Takes a report.
    fn receive(&self, report: TaskReport);

    /// `true` once the process was asked to stop; long work then ends with [`Stopped`].
    fn stops(&self) -> bool {
        false
    }
}

/// An observer that drops all reports.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn receive(&self, _: TaskReport) {}
}

/// Work that ended early because the process was asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped before its end")]
pub struct Stopped;
