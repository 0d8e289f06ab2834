//! Command-line arguments of camlab.

mod cam;
mod compare;
mod data;
mod inspect;
mod listing;
mod maps;
mod run;
mod share;
mod store;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use camlab::engine::Precision;
use camlab::fetch::Cache;
use camlab::stage::Verbosity;

pub use cam::CamArgs;
pub use compare::CompareArgs;
pub use data::{DataCheckArgs, DataCommand, DataCommandArgs};
pub use inspect::InspectArgs;
pub use listing::{LsArgs, NoteArgs, TagArgs};
pub use maps::MapsArgs;
pub use run::{LogsArgs, ReproduceArgs, RunArgs, RunningArgs, TailArgs};
pub use share::ShareArgs;
pub use store::{GcArgs, StoreCommand, StoreCommandArgs};
/// `camlab --version`.
const LONG_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\ncommit: ",
    env!("CAMLAB_BUILD_COMMIT"),
    "\nsources: ",
    env!("CAMLAB_BUILD_TREE"),
    "\ncompiler: ",
    env!("CAMLAB_BUILD_RUSTC"),
    "\ntarget: ",
    env!("CAMLAB_BUILD_TARGET"),
    ", ",
    env!("CAMLAB_BUILD_PROFILE"),
);

/// Declarative experiments in weakly supervised object localisation: TOML in, comparison report out.
#[derive(Debug, Parser)]
#[command(name = "camlab", version, long_version = LONG_VERSION, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub common: Common,
}

/// Options common to all commands.
#[derive(Debug, Args)]
pub struct Common {
    /// Number of worker threads (default: all CPU cores); results do not depend on it
    #[arg(long, visible_alias = "threads", global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Print more: the metrics of every epoch, and the reason why each stage has to run
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Print errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

impl Common {
    pub fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        }
    }
}

/// An experiment file and the keys overridden on the command line.
#[derive(Debug, Args)]
pub struct ExperimentArgs {
    /// Experiment file (TOML)
    pub file: PathBuf,
    #[command(flatten)]
    pub overrides: Overrides,
}

/// Keys of the experiment overridden on the command line.
#[derive(Debug, Args)]
pub struct Overrides {
    /// Override a key of the experiment; the value is written as in TOML: --set training.lr=0.1. Repeatable
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

/// Folders for results and downloads.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// Folder of cached stage results; a stage whose inputs have not changed is not computed again
    #[arg(long, value_name = "DIR", env = "CAMLAB_STORE", default_value = ".camlab/store")]
    pub store: PathBuf,
    /// Folder of downloaded weights (default: `camlab` in the system's cache folder, ~/.cache under Linux)
    #[arg(long, value_name = "DIR", env = "CAMLAB_CACHE")]
    pub cache: Option<PathBuf>,
}

impl StoreArgs {
    pub fn cache(&self) -> Cache {
        Cache::new(self.cache.clone())
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run an experiment and write its report; cached stages are not computed again
    Run(RunArgs),
    /// List an experiment's cells and stages: cached, or to run, which key changed, and the expected time
    Plan(PlanArgs),
    /// Check experiment files for mistakes without reading data or weights
    Check {
        /// Experiment files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        overrides: Overrides,
    },
    /// Print an experiment as it will run: files merged, overrides applied, references replaced, defaults filled in
    Show(ShowArgs),
    /// Rebuild a report from its Parquet files, without data, weights or cache
    Report {
        /// Folder of the report, or its name under reports/
        name: PathBuf,
    },
    /// Compare reports: which keys of their experiments differ, and how their results do
    Compare(CompareArgs),
    /// Run the experiment of a report again from nothing and compare every frame with the recorded one, bit by bit
    Reproduce(ReproduceArgs),
    /// Send finished reports to an MLflow server, or write them for TensorBoard or as JSON lines for W&B
    Share(ShareArgs),
    /// List the runs on disk with their results, tags and notes, filtered by an expression
    #[command(long_about = listing::ABOUT_LS)]
    Ls(LsArgs),
    /// Add or remove tags of a run, or print them
    Tag(TagArgs),
    /// Set the note of a run, or print it
    Note(NoteArgs),
    /// List the available backbones, CAM methods, metrics and other parts, with options and defaults
    List {
        /// Kind of part to list (default: all except `layers`)
        kind: Option<PartKind>,
        /// Experiment file whose backbone's layers are listed; required by `layers`
        file: Option<PathBuf>,
    },
    /// List what a checkpoint or an ONNX file holds, and which backbone it fits
    Inspect(InspectArgs),
    /// Describe the Parquet files of a report: every column with type, unit and meaning
    Frames {
        /// File to describe, such as images or images.parquet (default: all)
        name: Option<String>,
        /// Print Markdown, as in the documentation
        #[arg(long)]
        markdown: bool,
    },
    /// Print the JSON Schema of the experiment file, for editors
    Schema,
    /// Write a commented experiment file to start from, and its JSON Schema beside it
    New {
        /// File to write; must not exist (default: print to standard output)
        file: Option<PathBuf>,
    },
    /// Compute CAMs of photographs: overlays as PNG with the five most probable classes, or one map as NPY
    #[command(long_about = cam::ABOUT)]
    Cam(CamArgs),
    /// Write the weights of a trained or fused network as safetensors with torchvision's parameter names
    Export(ExportArgs),
    /// Write the maps of a run as files that other programs read: NPY, NPZ or PNG, one per image
    Maps(MapsArgs),
    /// Measure inference, training and CAM speed on this machine
    Bench(BenchArgs),
    /// Follow a run that another process makes, event by event
    Tail(TailArgs),
    /// Print the log of a stage: its attempts, progress and errors
    Logs(LogsArgs),
    /// Check data sets and folders of images
    Data(DataCommandArgs),
    /// List, measure, check and clean the folder of cached stage results
    Store(StoreCommandArgs),
    /// Make the artefact of one stage that a run has recorded in the store
    #[command(hide = true)]
    Stage(StageArgs),
}

/// Arguments of `camlab plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    #[command(flatten)]
    pub store: StoreArgs,
    /// Print one JSON document with cells, stages, reasons and expected times
    #[arg(long, conflicts_with = "dot")]
    pub json: bool,
    /// Print the graph of stages for Graphviz: camlab plan FILE --dot | dot -Tsvg > plan.svg
    #[arg(long)]
    pub dot: bool,
}

/// Arguments of `camlab show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Cell (one sweep point with one seed) as named by `camlab plan`, or configuration such as c01 (default: the
    /// first)
    #[arg(long, value_name = "CELL")]
    pub cell: Option<String>,
    /// Print one line per value with the place that it comes from: file and line, --set, or default
    #[arg(long, conflicts_with = "diff")]
    pub origin: bool,
    /// Print the values in which two cells differ; an experiment file stands for its first cell
    #[arg(long, num_args = 2, value_names = ["A", "B"], conflicts_with = "cell")]
    pub diff: Vec<String>,
}

/// Arguments of `camlab stage`.
#[derive(Debug, Args)]
pub struct StageArgs {
    /// Key of the stage, as `camlab plan` prints it, or its first characters
    #[arg(value_name = "KEY", required_unless_present = "worker")]
    pub keys: Vec<String>,
    /// Serve the process that started this one: messages on standard output, an end when that process ends
    #[arg(long, hide = true)]
    pub worker: bool,
    #[command(flatten)]
    pub store: StoreArgs,
}

/// Arguments of `camlab export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Name of an [[init]] or of a [[fusion]] into one network; required if there are several networks
    #[arg(long, value_name = "NAME")]
    pub network: Option<String>,
    /// Cell (one sweep point with one seed) as named by `camlab plan` (default: the first)
    #[arg(long, value_name = "CELL")]
    pub cell: Option<String>,
    /// File to write
    #[arg(long, value_name = "weights.safetensors")]
    pub out: PathBuf,
    /// Format of the file: weights alone, or the whole network for images of data.input's size (default: by the ending of
    /// --out, .onnx or any other)
    #[arg(long, value_enum)]
    pub format: Option<NetworkFormat>,
    #[command(flatten)]
    pub store: StoreArgs,
}

/// Format of an exported network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NetworkFormat {
    Safetensors,
    Onnx,
}

/// Arguments of `camlab bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Backbone by name, or with options as TOML: 'resnet50', '{ resnet50 = { variant = "v1" } }'
    #[arg(long, value_name = "NAME", default_value = "resnet50")]
    pub network: String,
    /// Height and width of the input images, in pixels
    #[arg(long, value_name = "PIXELS", default_value = "224", value_parser = clap::value_parser!(u16).range(1..=8192))]
    pub input: u16,
    /// Number of images per batch
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub batch: u16,
    /// Number format of the forward pass; bf16 needs AMX under Linux, or AVX-512-BF16 on an AMD processor
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: BenchPrecision,
    /// Measure a training step (forward, backward, SGD update) instead of a forward pass
    #[arg(long)]
    pub train: bool,
    /// Measure this CAM method, by name or with options as TOML, instead of a forward pass
    #[arg(long, value_name = "NAME", conflicts_with = "train", requires = "layer")]
    pub method: Option<String>,
    /// Layer of the backbone for --method
    #[arg(long, value_name = "NAME", requires = "method")]
    pub layer: Option<String>,
    /// Measuring time in seconds, after two warm-up runs; work that takes ten times as long is run only once
    #[arg(long, default_value = "3")]
    pub seconds: f64,
    /// Weights with torchvision's names, a safetensors or PyTorch file (default: random, Kaiming normal)
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Number of classes
    #[arg(long, value_name = "N", default_value = "1000", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub classes: u32,
    /// Preprocessed images, NPY f32 [n, 3, height, width], instead of random ones; overrides --input and --batch
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<PathBuf>,
    /// Write the result as NPY, to compare it with another tool's: logits [n, classes] or maps [n, height, width]
    #[arg(long, value_name = "FILE", conflicts_with = "train")]
    pub output: Option<PathBuf>,
    /// Print one line of JSON instead of a table
    #[arg(long)]
    pub json: bool,
}

/// Number format of the forward pass in `camlab bench`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BenchPrecision {
    F32,
    Bf16,
}

impl From<BenchPrecision> for Precision {
    fn from(choice: BenchPrecision) -> Self {
        match choice {
            BenchPrecision::F32 => Self::F32,
            BenchPrecision::Bf16 => Self::Bf16,
        }
    }
}

/// Kinds of parts for `camlab list`, named as in an experiment file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PartKind {
    Backbones,
    Heads,
    Datasets,
    #[value(alias = "initialisations")]
    Inits,
    Fusions,
    Schedules,
    Losses,
    Optimisers,
    TrainingMethods,
    Methods,
    Chains,
    Clusters,
    Targets,
    Metrics,
    Contrasts,
    Thresholds,
    SupervisedHeads,
    Searches,
    Layers,
}
