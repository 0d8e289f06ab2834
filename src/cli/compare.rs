use std::path::PathBuf;

use clap::Args;

/// Arguments of `camlab compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Reports: folders or names under reports/; NAME:c01 is one configuration of a sweep, NAME:best the one with the
    /// best result
    #[arg(value_name = "REPORT", required = true, num_args = 2..)]
    pub reports: Vec<String>,
    /// Metric to compare, by its TOML name or its title; `tpr` is every `tpr@...` (default: all). Repeatable
    #[arg(long = "metric", value_name = "NAME")]
    pub metrics: Vec<String>,
    /// Configuration (c01, its label, or best) or cell (c01-s7) of the reports that name none
    #[arg(long, visible_alias = "cell", value_name = "NAME")]
    pub configuration: Option<String>,
    /// Network, method or layer of another report that stands for one of the first. Repeatable
    #[arg(long = "map", value_name = "FIRST=OTHER")]
    pub matches: Vec<String>,
    /// Write the comparison as Markdown; `-` prints it
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// Write the comparison as one HTML page with figures
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}
