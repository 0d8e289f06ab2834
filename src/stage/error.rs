use std::path::{Path, PathBuf};

/// What can go wrong while an experiment runs; says in which stage and cell.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A stage of a cell failed.
    #[error("{stage} of `{label}` failed in cell {cell}: {source:#}")]
    Stage {
        /// `train`, `map`, `evaluate`, `analyse` or `report`.
        stage: &'static str,
        /// Which network, method and layer.
        label: String,
        /// The first cell that needs it.
        cell: String,
        /// Why.
        source: anyhow::Error,
    },
    /// Networks whose loss diverged; everything else ran.
    #[error("{}", diverged(.failed, .report.as_deref()))]
    Diverged {
        /// What befell each.
        failed: Vec<StageError>,
        /// The report on the others; none when there were no others.
        report: Option<PathBuf>,
    },
    /// A file of the store or of a report could not be read or written.
    #[error("cannot {action} {path}: {source}", path = .path.display())]
    Io {
        /// `read`, `write`, `create`, `rename`.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The data an experiment names cannot be used.
    #[error("{0}")]
    Input(String),
}

impl StageError {
    /// Turns an I/O error into one that says what was done to which file.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}

fn diverged(failed: &[StageError], report: Option<&Path>) -> String {
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
