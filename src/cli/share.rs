use std::path::PathBuf;

use clap::{ArgGroup, Args};

/// Arguments of `camlab share`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("destination").required(true).multiple(true))]
pub struct ShareArgs {
    /// Folders of reports, or their names under reports/
    #[arg(required = true, value_name = "REPORT")]
    pub reports: Vec<PathBuf>,
    /// Address of an MLflow server, such as http://127.0.0.1:5000. Credentials are those of MLflow's own client:
    /// MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN
    #[arg(long, value_name = "URL", group = "destination")]
    pub mlflow: Option<String>,
    /// Folder for TensorBoard's event files: a folder per experiment, in it one per run
    #[arg(long, value_name = "DIR", group = "destination")]
    pub tensorboard: Option<PathBuf>,
    /// File for JSON lines with config, history and summary of every run, as W&B takes them; replaced if it exists
    #[arg(long, value_name = "FILE", group = "destination")]
    pub json_lines: Option<PathBuf>,
    /// Name of the experiment in the tracker (default: the name of each report's experiment)
    #[arg(long, value_name = "NAME")]
    pub experiment: Option<String>,
    /// Tag of every run: --tag team=vision. Repeatable
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    pub tags: Vec<String>,
}
