//! The command line: what can be asked of camlab.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use camlab::engine::Precision;
use camlab::fetch::Cache;
use camlab::raster::Interpolation;
use camlab::stage::Verbosity;

/// Declarative experiments in weakly supervised object localisation: TOML in, comparison report out.
#[derive(Debug, Parser)]
#[command(name = "camlab", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub common: Common,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Common {
    /// Worker threads; every core when left out. Results do not depend on it.
    #[arg(long, visible_alias = "threads", global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Say more: every epoch, and why a stage has to run.
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Say nothing but errors.
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

/// An experiment file and what the command line changes in it.
#[derive(Debug, Args)]
pub struct ExperimentArgs {
    /// The experiment, a TOML file.
    pub file: PathBuf,
    #[command(flatten)]
    pub overrides: Overrides,
}

/// What the command line changes in an experiment.
#[derive(Debug, Args)]
pub struct Overrides {
    /// Set a key of the experiment, typed like the file: --set training.lr=0.1
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

#[derive(Debug, Args)]
pub struct StoreArgs {
    /// Where finished stages are kept, so that nothing is computed twice.
    #[arg(long, value_name = "DIR", env = "CAMLAB_STORE", default_value = ".camlab/store")]
    pub store: PathBuf,
    /// Where weights named by URL are kept; `camlab` in the system's folder for caches when left out
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
    /// Run an experiment and write its report
    Run {
        #[command(flatten)]
        experiment: ExperimentArgs,
        /// Where the report goes; reports/<name> when left out
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Show what would run, what is cached, and why the rest has to run
    Plan {
        #[command(flatten)]
        experiment: ExperimentArgs,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Check experiment files without looking at any data
    Check {
        /// Experiment files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        overrides: Overrides,
        /// Print the experiment with every default spelled out
        #[arg(long)]
        resolved: bool,
    },
    /// Rebuild a report from its Parquet files alone
    Report {
        /// The report's folder, or its name under reports/
        name: PathBuf,
    },
    /// List what an experiment can name
    List {
        /// One kind; every kind when left out
        kind: Option<PartKind>,
        /// For `layers`: the experiment whose backbone is meant
        file: Option<PathBuf>,
    },
    /// Write a commented experiment to start from
    New {
        /// The file to write; printed when left out
        file: Option<PathBuf>,
    },
    /// Make one map of one image, raw, as NPY
    Cam(CamArgs),
    /// Write the weights of a trained or fused network as safetensors, with torchvision's names
    Export(ExportArgs),
    /// Measure how fast a network runs, learns or is looked into on this machine
    Bench(BenchArgs),
}

/// What `camlab export` writes.
#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Which network, an initialisation's or a fused one; needed when there are several
    #[arg(long, value_name = "NAME")]
    pub network: Option<String>,
    /// Which cell, as `camlab plan` names them; the first when left out
    #[arg(long, value_name = "CELL")]
    pub cell: Option<String>,
    /// The file to write
    #[arg(long, value_name = "weights.safetensors")]
    pub out: PathBuf,
    #[command(flatten)]
    pub store: StoreArgs,
}

/// What `camlab cam` makes.
#[derive(Debug, Args)]
pub struct CamArgs {
    /// The experiment whose backbone, weights and input are used
    #[arg(long, value_name = "FILE")]
    pub experiment: PathBuf,
    /// The photograph
    #[arg(long, value_name = "PATH")]
    pub image: PathBuf,
    /// CAM method, by name or as TOML: 'layer-cam', '{ cam = { relu = true } }'
    #[arg(long, value_name = "NAME")]
    pub method: String,
    /// Layer of the backbone
    #[arg(long, value_name = "NAME")]
    pub layer: String,
    /// Class name or number; the predicted class when left out
    #[arg(long, value_name = "CLASS")]
    pub target: Option<String>,
    /// Which network to use, an [[init]]'s or a fused one, when there are several
    #[arg(long, value_name = "NAME")]
    pub network: Option<String>,
    /// The map, f32 [height, width], any range: nothing is normalised
    #[arg(long, value_name = "map.npy")]
    pub out: PathBuf,
    /// On the layer's own grid instead of the input's size
    #[arg(long)]
    pub native: bool,
    /// How the map is enlarged; `bilinear` is what pytorch-grad-cam does, reports use evaluation.interpolation
    #[arg(long, value_enum, default_value = "bilinear", conflicts_with = "native")]
    pub interpolation: Upsampling,
    /// Also draw the map over the photograph, as PNG
    #[arg(long, value_name = "out.png")]
    pub overlay: Option<PathBuf>,
    #[command(flatten)]
    pub overrides: Overrides,
    #[command(flatten)]
    pub store: StoreArgs,
}

/// What `camlab bench` measures.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Backbone, by name or as TOML: 'resnet50', '{ resnet50 = { variant = "v1" } }'
    #[arg(long, value_name = "NAME", default_value = "resnet50")]
    pub network: String,
    /// Height and width of the images
    #[arg(long, value_name = "PIXELS", default_value = "224", value_parser = clap::value_parser!(u16).range(1..=8192))]
    pub input: u16,
    /// Images at once
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub batch: u16,
    /// Numbers the forward pass computes in
    #[arg(long, value_enum, default_value = "f32")]
    pub precision: BenchPrecision,
    /// A training step (forward, backward, SGD) instead of a forward pass
    #[arg(long)]
    pub train: bool,
    /// A map by this CAM method, by name or as TOML, instead of a forward pass
    #[arg(long, value_name = "NAME", conflicts_with = "train", requires = "layer")]
    pub method: Option<String>,
    /// The layer the map is made of
    #[arg(long, value_name = "NAME", requires = "method")]
    pub layer: Option<String>,
    /// Seconds to measure for, after a run that warms up; what takes ten times as long is run once
    #[arg(long, default_value = "3")]
    pub seconds: f64,
    /// Weights with torchvision's names, a safetensors or PyTorch file; random ones when left out
    #[arg(long, value_name = "FILE")]
    pub weights: Option<PathBuf>,
    /// Classes of the head
    #[arg(long, value_name = "N", default_value = "1000", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub classes: u32,
    /// Preprocessed images, NPY f32 [n, 3, height, width], instead of random ones; --input and --batch follow them
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<PathBuf>,
    /// Write what was computed, to hold it against another tool: logits [n, classes] or maps [n, height, width], as NPY
    #[arg(long, value_name = "FILE", conflicts_with = "train")]
    pub output: Option<PathBuf>,
    /// One line of JSON instead of a table
    #[arg(long)]
    pub json: bool,
}

/// The numbers a forward pass computes in.
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Upsampling {
    Nearest,
    Bilinear,
    Bicubic,
}

impl From<Upsampling> for Interpolation {
    fn from(choice: Upsampling) -> Self {
        match choice {
            Upsampling::Nearest => Self::Nearest,
            Upsampling::Bilinear => Self::Bilinear,
            Upsampling::Bicubic => Self::Bicubic,
        }
    }
}

/// The kinds of parts; the same words as in an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PartKind {
    Backbones,
    Heads,
    Datasets,
    #[value(alias = "initialisations")]
    Inits,
    Fusions,
    Schedules,
    Optimisers,
    TrainingMethods,
    Methods,
    Chains,
    Clusters,
    Targets,
    Metrics,
    Contrasts,
    Layers,
}
