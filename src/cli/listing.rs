//! Arguments of commands that list reports and label them.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `camlab ls`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct LsArgs {
    /// Condition on the rows: columns, metrics and keys of the experiment with == != < <= > >= contains matches in, joined
    /// by and, or, not: 'network == resnet50 and maxboxaccv2 > 60'
    #[arg(value_name = "EXPRESSION")]
    pub expression: Vec<String>,
    /// List the reports below this folder instead, at any depth. Repeatable
    #[arg(long = "in", value_name = "DIR")]
    pub folders: Vec<PathBuf>,
    /// Columns to print, separated by commas: columns, metrics, keys such as training.lr
    #[arg(long, value_name = "NAMES")]
    pub columns: Option<String>,
    /// Sort by a column: metrics from the best value on, starts from the latest, everything else ascending; rows without
    /// a value come last
    #[arg(long, value_name = "COLUMN")]
    pub sort: Option<String>,
    /// Reverse the order
    #[arg(long)]
    pub reverse: bool,
    /// Print at most N rows
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Print every row of results, not the best of each run
    #[arg(long)]
    pub all: bool,
    /// Print one JSON object per row and line, with every column
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print comma-separated values with a header, with every column
    #[arg(long)]
    pub csv: bool,
    /// Read every report again instead of using the index in the store
    #[arg(long)]
    pub rebuild: bool,
    /// Folder of cached stage results, which also holds the index of reports
    #[arg(long, value_name = "DIR", env = "CAMLAB_STORE", default_value = ".camlab/store")]
    pub store: PathBuf,
}

/// Top of `camlab ls --help`.
pub const ABOUT_LS: &str = "\
List the runs on disk with their results, tags and notes, filtered by an expression

Lists the reports below `reports`, at any depth, and those that the store has recorded elsewhere: one line per run, the \
latest first.

A line is a run's best row of results among those that match the expression: a network, method and layer under one \
configuration, means over its seeds, maps without a contrast. The best is that with the best value of the metric of \
--sort, else of the first metric of the report that has a value in one of them; baselines count where nothing else \
matches. --all prints every row.";

/// End of `camlab ls --help`.
const EXAMPLES: &str = "\
Examples:
  camlab ls
  camlab ls 'network == resnet50 and MaxBoxAccV2 > 60' --sort MaxBoxAccV2 --limit 10
  camlab ls 'tag == paper and not method in [cam, grad-cam]' --all
  camlab ls 'started >= 2026-11-01' --columns run,training.lr,max-box-acc-v2 --csv
  camlab ls 'state == \"failed in part\"' --json

docs/listing.md describes columns and expressions.";

/// Arguments of `camlab tag`.
#[derive(Debug, Args)]
pub struct TagArgs {
    /// Folder of the report, or its name under reports/
    #[arg(value_name = "RUN")]
    pub report: PathBuf,
    /// Tags to add; without any, and without --remove, its tags are printed
    #[arg(value_name = "TAG")]
    pub add: Vec<String>,
    /// Remove a tag. Repeatable
    #[arg(long, value_name = "TAG")]
    pub remove: Vec<String>,
}

/// Arguments of `camlab note`.
#[derive(Debug, Args)]
pub struct NoteArgs {
    /// Folder of the report, or its name under reports/
    #[arg(value_name = "RUN")]
    pub report: PathBuf,
    /// The note, which replaces the one before; "" removes it (default: print it)
    #[arg(value_name = "TEXT")]
    pub text: Option<String>,
}
