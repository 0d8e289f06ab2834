use std::path::{Path, PathBuf};

use camlab_base::causes;
use camlab_stage::StageError;
use camlab_store::StoreError;

/// What can go wrong while an experiment runs; says in which stage and cell.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A stage of a cell failed.
    #[error("{stage} of `{label}` failed in cell {cell}: {}", causes(.cause.as_ref()))]
    Stage {
        /// `train`, `map`, `evaluate`, `analyse` or `report`.
        stage: &'static str,
        /// Which network, method and layer.
        label: String,
        /// The first cell that needs it.
        cell: String,
        /// Why. Not named `source`: the message says it already, a chain of causes would print it again.
        cause: anyhow::Error,
    },
    /// Networks whose loss diverged; everything else ran.
    #[error("{}", diverged(.failed, .report.as_deref()))]
    Diverged {
        /// What befell each.
        failed: Vec<RunError>,
        /// The report on the others; none when there were no others.
        report: Option<PathBuf>,
    },
    /// The report or the store cannot be written where it should lie.
    #[error("cannot write the {what} to {folder}: {source}; name another folder with {option}", folder = .folder.display())]
    Place {
        /// `report` or `store`.
        what: &'static str,
        /// The option that names it.
        option: &'static str,
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of the store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The data an experiment names cannot be used.
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
