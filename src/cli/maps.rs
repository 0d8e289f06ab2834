//! Arguments of the command that writes maps as files.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ExperimentArgs, StoreArgs};
use camlab::mapfile::{MapFormat, NumberType};

/// Arguments of `camlab maps`.
#[derive(Debug, Args)]
pub struct MapsArgs {
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Folder to write into: NETWORK/METHOD/LAYER/IMAGE.FORMAT below it
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Format of the files
    #[arg(long, value_enum, default_value = "npy")]
    pub format: MapFileKind,
    /// Numbers in NPY and NPZ files; both hold the values exactly, and wsolevaluation reads 64 bits alone
    #[arg(long, value_enum, default_value = "f64")]
    pub dtype: MapNumbers,
    /// Network (default: all, with baselines and external maps)
    #[arg(long, value_name = "NAME")]
    pub network: Option<String>,
    /// Method by its name in tables (default: all)
    #[arg(long, value_name = "NAME")]
    pub method: Option<String>,
    /// Cell (one sweep point with one seed) as named by `camlab plan` (default: the first)
    #[arg(long, value_name = "CELL")]
    pub cell: Option<String>,
    /// Maps on the layer's grid in the method's own values, not upsampled and scaled to [0, 1]
    #[arg(long)]
    pub raw: bool,
    /// Of chains, also the final maps of all classes: classes/INDEX-CLASS/IMAGE.FORMAT in the folder of their maps
    #[arg(long)]
    pub classes: bool,
    #[command(flatten)]
    pub store: StoreArgs,
}

/// Format of map files.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum MapFileKind {
    /// NumPy array `[height, width]`
    Npy,
    /// NumPy archive with the array `map`
    Npz,
    /// 16-bit grey image; for scaled maps
    Png,
}

impl From<MapFileKind> for MapFormat {
    fn from(kind: MapFileKind) -> Self {
        match kind {
            MapFileKind::Npy => Self::Npy,
            MapFileKind::Npz => Self::Npz,
            MapFileKind::Png => Self::Png,
        }
    }
}

/// Type of the numbers in map files.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum MapNumbers {
    /// 32 bits
    F32,
    /// 64 bits
    F64,
}

impl From<MapNumbers> for NumberType {
    fn from(numbers: MapNumbers) -> Self {
        match numbers {
            MapNumbers::F32 => Self::F32,
            MapNumbers::F64 => Self::F64,
        }
    }
}
