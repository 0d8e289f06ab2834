use std::path::PathBuf;

use camlab::base::bytes;
use clap::{ArgGroup, Args, Subcommand};

/// Arguments of `camlab store`.
#[derive(Debug, Args)]
pub struct StoreCommandArgs {
    /// Folder of cached stage results
    #[arg(long, value_name = "DIR", env = "CAMLAB_STORE", default_value = ".camlab/store", global = true)]
    pub store: PathBuf,
    #[command(subcommand)]
    pub command: StoreCommand,
}

/// Subcommands of `camlab store`.
#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// List the artefacts: kind, key, size, age, number of reports that need it, network, method and layer
    Ls {
        /// Only artefacts of this kind of stage, such as train or map
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
        /// Print a JSON array instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Print the size of everything in the store, and how much of it no report needs
    Du {
        /// Print a JSON object instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Compare every artefact with its checksums; exit code 1 if one is damaged
    Verify {
        /// Remove damaged artefacts; the next run makes them again
        #[arg(long)]
        discard: bool,
    },
    /// Remove artefacts that no report needs, by age or until the store has a size, and leftovers of dead processes
    Gc(GcArgs),
}

/// Arguments of `camlab store gc`.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group(ArgGroup::new("rule").required(true).multiple(true).args(["keep_days", "max_size"])))]
pub struct GcArgs {
    /// Remove artefacts that were published, and last part of a run, at least N days ago; also unfinished states, runs and
    /// logs of this age
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub keep_days: Option<u32>,
    /// Remove the oldest artefacts until the store has at most this size: a number with B, kB, MB, GB, MiB or GiB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_size: Option<u64>,
    /// Print what would be removed, and remove nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Remove artefacts even if a report needs them, which can then only be made again by computing them
    #[arg(long)]
    pub even_needed: bool,
    /// Print a JSON object instead of lines
    #[arg(long)]
    pub json: bool,
}

/// Bytes of a size with or without a unit.
fn size(written: &str) -> Result<u64, String> {
    let written = written.trim();
    let found = bytes::parse(written).or_else(|| written.parse().ok());
    found.ok_or_else(|| {
        format!("not a size; write a whole number and one of {}, such as 10GB", bytes::UNIT_NAMES)
    })
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_a_unit_or_are_bytes() {
        for (text, bytes) in [("10GB", 10_000_000_000), ("500 MiB", 500 << 20), (" 12345 ", 12_345), ("0", 0)]
        {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "many", "1.5 GB", "-1", "GB"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
