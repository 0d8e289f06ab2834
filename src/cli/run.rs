//! Arguments of commands that run stages, or follow them.

use std::path::PathBuf;

use clap::Args;

use super::{ExperimentArgs, StoreArgs};

/// Arguments of `camlab run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Folder of the report (default: reports/NAME, with the experiment's `name`)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace the report of another experiment file
    #[arg(long)]
    pub overwrite: bool,
    #[command(flatten)]
    pub running: RunningArgs,
    #[command(flatten)]
    pub store: StoreArgs,
}

/// Workers, their limits, and the end of a run; each option replaces a key of `[run]`.
#[derive(Debug, Args)]
pub struct RunningArgs {
    /// Number of worker processes that run stages side by side; 0: all stages run in this process (run.workers)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1024))]
    pub workers: Option<u16>,
    /// Memory that a worker may use, such as "8 GB" (run.memory)
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<String>,
    /// Minutes without progress after which a worker is ended (run.timeout-minutes)
    #[arg(long, value_name = "MINUTES")]
    pub timeout_minutes: Option<f64>,
    /// Start no further stage once one has failed (run.fail-fast)
    #[arg(long)]
    pub fail_fast: bool,
}

/// Arguments of `camlab tail`.
#[derive(Debug, Args)]
pub struct TailArgs {
    /// Run, by the beginning of its name, or the name of its experiment (default: the latest run of the store)
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// Print the events as they stand in the log: JSON, one per line
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub store: StoreArgs,
}

/// Arguments of `camlab logs`.
#[derive(Debug, Args)]
pub struct LogsArgs {
    /// Key of the stage, as `camlab plan` prints it, or its first characters
    #[arg(value_name = "STAGE")]
    pub stage: String,
    #[command(flatten)]
    pub store: StoreArgs,
}

/// Arguments of `camlab reproduce`.
#[derive(Debug, Args)]
pub struct ReproduceArgs {
    /// Folder of the report, or its name under reports/
    pub report: PathBuf,
    /// Folder of the new report, which is kept; must not exist or be empty (default: a temporary one, removed)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Folder of the stage results; must not exist or be empty (default: a temporary one, removed)
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// Folder of downloaded weights (default: `camlab` in the system's cache folder, ~/.cache under Linux)
    #[arg(long, value_name = "DIR", env = "CAMLAB_CACHE")]
    pub cache: Option<PathBuf>,
}
