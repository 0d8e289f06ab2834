use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Overrides;

/// Arguments of `camlab data`.
#[derive(Debug, Args)]
pub struct DataCommandArgs {
    #[command(subcommand)]
    pub command: DataCommand,
}

/// Subcommands of `camlab data`.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Check images, boxes, masks, classes and duplicates of an experiment's data sets, or of a folder; exit code 1 if there
    /// are errors
    #[command(long_about = ABOUT_CHECK)]
    Check(DataCheckArgs),
}

const ABOUT_CHECK: &str = "\
Check images, boxes, masks, classes and duplicates of an experiment's data sets (train, val and test), or of a folder of \
images, whose sub-folders are its classes if every image is in one.

An error means that a run stops or that its results are wrong, a warning that something is probably not intended, a note \
that something is worth knowing. Images that are not 8-bit RGB weigh what the experiment's on-bad-image makes of them. \
Exit code 0 without errors, 1 with errors (with --strict also with warnings), 2 if the experiment file is invalid.";

/// Arguments of `camlab data check`.
#[derive(Debug, Args)]
pub struct DataCheckArgs {
    /// Experiment file (TOML), or a folder of images
    #[arg(value_name = "FILE|DIR")]
    pub path: PathBuf,
    /// Also write index.html, contact-sheet.png (images with their boxes) and findings.jsonl (every finding) into this
    /// folder; it is created if needed
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print every finding as one line of JSON instead of the summary
    #[arg(long)]
    pub json: bool,
    /// Exit code 1 also if there are warnings
    #[arg(long)]
    pub strict: bool,
    /// Images look alike if their perceptual hashes (pHash of ImageHash, 64 bits) differ in at most this many bits
    #[arg(long, value_name = "BITS", default_value = "4", value_parser = clap::value_parser!(u32).range(0..=11))]
    pub near: u32,
    /// Do not search for images that look alike, only for equal files
    #[arg(long, conflicts_with = "near")]
    pub no_near: bool,
    #[command(flatten)]
    pub overrides: Overrides,
}
