use std::path::{Path, PathBuf};

use camlab_base::causes;
use camlab_stage::StageError;
use camlab_store::StoreError;

/// Errors of a run, with the stage and cell where they occurred.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A stage of a cell failed.
    #[error("{stage} of `{label}` failed in cell {cell}: {}", causes(.cause.as_ref()))]
    Stage {
        /// `train`, `map`, `evaluate`, `analyse` or `report`.
        stage: &'static str,
        /// Network, method and layer.
        label: String,
        /// The first cell that needs it.
        cell: String,
        /// The cause. Not named `source`: the message contains it, so a chain of sources would print it twice.
        cause: anyhow::Error,
    },
    /// Networks whose loss diverged; all stages that do not depend on them ran.
    #[error("{}", diverged(.failed, .report.as_deref()))]
    Diverged {
        /// The error of each failed network.
        failed: Vec<RunError>,
        /// The report on the others; `None` if there are no others.
        report: Option<PathBuf>,
    },
    /// The folder of the report or of the store is not writable.
    #[error("cannot write the {what} to {folder}: {source}; name another folder with {option}", folder = .folder.display())]
    Place {
        /// `report` or `store`.
        what: &'static str,
        /// The option that names it.
        option: &'static str,
        /// The folder.
        folder: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A file of the store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An input of the experiment, such as its data, that cannot be used.
    #[error(transparent)]
    Input(#[from] StageError),
}

fn diverged(failed: &[RunError], report: Option<&Path>) -> String {
    let count = match failed.len() {
        1 => "1 network".to_owned(),
        count => format!("{count} networks"),
    };
    let rest = match report {
        Some(report) => format!("; the report on the others is {}", report.display()),
        None => String::new(),
    };
    let lines: String = failed.iter().map(|error| format!("\n  {error}")).collect();
    format!("{count} could not be trained{rest}{lines}")
}
