//! The command line: what can be asked of camlab.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use camlab::raster::Interpolation;
use camlab::stage::Verbosity;

/// Declarative experiments in weakly supervised object localisation: TOML in, comparison report out.
#[derive(Debug, Parser)]
#[command(name = "camlab", version, propagate_version = true, disable_help_subcommand = true)]
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
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
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
        kind: Option<Kind>,
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
    /// Which [[init]] to use, when there are several
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
pub enum Kind {
    Backbones,
    Datasets,
    Inits,
    Schedules,
    Methods,
    Metrics,
    Layers,
}
