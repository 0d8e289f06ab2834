use std::path::{Path, PathBuf};

use camlab_base::causes;
use camlab_graph::Stage;
use camlab_stage::StageError;
use camlab_store::StoreError;

/// Errors of a run, with the stage and cell where they occurred.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A stage of a cell failed.
    #[error("{stage} of `{label}` failed in cell {cell}: {}", causes(.cause.as_ref()))]
    Stage {
        /// Kind of the stage, or `report`.
        stage: String,
        /// Network, method and layer.
        label: String,
        /// The first cell that needs it.
        cell: String,
        /// Its key; empty for the report.
        key: String,
        /// The cause. Not named `source`: the message contains it, so a chain of sources would print it twice.
        cause: anyhow::Error,
    },
    /// Stages that failed; all stages that do not need them ran.
    #[error("{}", unfinished(.failed, *.skipped, *.left, .report.as_deref()))]
    Unfinished {
        /// The error of each failed stage.
        failed: Vec<RunError>,
        /// Number of stages that need one of them and were not run.
        skipped: usize,
        /// Number of stages that did not run because the run ends at the first failure.
        left: usize,
        /// The report on the others; `None` if there is nothing to show.
        report: Option<PathBuf>,
    },
    /// A signal ended the run.
    #[error(
        "stopped by {name} with {left} of {stages} stages to run; finished stages are kept in the store, and the next run \
         goes on from there",
        name = signal_name(*.signal)
    )]
    Stopped {
        /// The signal.
        signal: i32,
        /// Number of stages without an artefact.
        left: usize,
        /// Number of stages.
        stages: usize,
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
    /// The folder of the report holds that of another experiment file.
    #[error(
        "{folder} holds the report of {other}; give one of the two experiments another `name`, write this report \
         elsewhere with --out, or replace the other with --overwrite",
        folder = .folder.display(), other = .other.display()
    )]
    OtherReport {
        /// The folder.
        folder: PathBuf,
        /// The experiment file that its report was made from.
        other: PathBuf,
    },
    /// A file of the store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An input of the experiment, such as its data, that cannot be used.
    #[error(transparent)]
    Input(#[from] StageError),
}

impl RunError {
    /// The error of a stage.
    pub(super) fn of_stage(stage: &Stage, cause: anyhow::Error) -> Self {
        Self::Stage {
            stage: stage.spec.kind.to_string(),
            label: stage.hints.label.clone(),
            cell: stage.hints.cell.to_string(),
            key: stage.key.short().to_owned(),
            cause,
        }
    }
}

fn signal_name(signal: i32) -> String {
    match signal_hook::low_level::signal_name(signal) {
        Some(name) => name.to_owned(),
        None => format!("signal {signal}"),
    }
}

fn unfinished(failed: &[RunError], skipped: usize, left: usize, report: Option<&Path>) -> String {
    let count = |number: usize, what: &str| match number {
        1 => format!("1 {what}"),
        number => format!("{number} {what}s"),
    };
    let skipped = match skipped {
        0 => String::new(),
        number => format!(", and {} that need the result did not run", count(number, "stage")),
    };
    let left = match left {
        0 => String::new(),
        number => format!("; {} left out, since the run ends at the first failure", count(number, "stage")),
    };
    let rest = match report {
        Some(report) => format!("; the report on the others is {}", report.display()),
        None => String::new(),
    };
    // A cause that several stages share is told once.
    let mut told: Vec<(String, String)> = Vec::new();
    for error in failed {
        let RunError::Stage { stage, label, cell, cause, key } = error else {
            told.push((error.to_string(), String::new()));
            continue;
        };
        let cause = causes(cause.as_ref());
        match told.iter_mut().find(|(_, known)| *known == cause) {
            Some((line, _)) => line.push_str(&format!("; so did {stage} of `{label}` in cell {cell}")),
            None => told.push((format!("{error} (`camlab logs {key}`)"), cause)),
        }
    }
    let lines: String = told.iter().map(|(line, _)| format!("\n  {line}")).collect();
    format!("{} failed{skipped}{left}{rest}{lines}", count(failed.len(), "stage"))
}
