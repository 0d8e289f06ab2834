//! Subcommands of `camlab data`, one file each.

mod check;
mod page;
mod pictures;
mod progress;
mod text;

use camlab::stage::Verbosity;

use crate::cli::{DataCommand, DataCommandArgs};

/// Checks data sets.
pub fn data(arguments: &DataCommandArgs, verbosity: Verbosity) -> anyhow::Result<()> {
    match &arguments.command {
        DataCommand::Check(arguments) => check::check(arguments, verbosity),
    }
}
