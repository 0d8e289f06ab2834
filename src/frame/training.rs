use std::collections::BTreeMap;
use std::path::Path;

use super::row::frame;
use super::{CellSet, FrameError, FrameReader};

frame! {
    /// `training.parquet`: one row per trained network and epoch; empty if no network was trained.
    TrainingRow in "training.parquet" joined [cell, seed, network, images_per_second, seconds] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// Stage of its training.
        stage: String,
        /// Epoch, from 1, over all stages.
        epoch: u32,
        /// Learning rate of the epoch.
        learning_rate: f64,
        /// Mean training loss of the epoch.
        loss: f64 => "nats",
        /// Training accuracy of the epoch, per cent.
        accuracy: f64 => "%",
        /// Mean loss on the held-out validation images.
        validation_loss: Option<f64> => "nats",
        /// Accuracy on the held-out validation images, per cent.
        validation_accuracy: Option<f64> => "%",
        /// Training images per second.
        images_per_second: f64 => "images/s" [measured],
        /// Time of the epoch without validation, seconds.
        seconds: f64 => "s" [measured],
    }
}

frame! {
    /// `steps.parquet`: one row per trained network and step; empty if no network was trained.
    StepRow in "steps.parquet" joined [cell, seed, network, images_per_second] {
        /// Cell of the experiment.
        cell: String,
        /// Seed of the cell.
        seed: i64,
        /// Network.
        network: String,
        /// Stage of its training.
        stage: String,
        /// Epoch, from 1, over all stages.
        epoch: u32,
        /// Step, from 1, over all epochs.
        step: u32,
        /// Learning rate.
        learning_rate: f64,
        /// Mean loss of the batch before the step.
        loss: f64 => "nats",
        /// Accuracy on the batch before the step, per cent.
        accuracy: f64 => "%",
        /// Images per second, loading time included.
        images_per_second: f64 => "images/s" [measured],
    }
}

/// The sums of steps of one number over several seeds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StepSums {
    /// Of the losses.
    pub loss: f64,
    /// Of the learning rates.
    pub learning_rate: f64,
    /// Number of steps.
    pub count: f64,
}

/// The name of a network, and its steps by their number.
pub type NetworkSteps = (String, BTreeMap<u32, StepSums>);

/// Reads the training steps of some cells and adds those of one number, by a name for network, cell and seed; names are
/// in order of appearance.
///
/// # Errors
/// `steps.parquet` is missing or damaged.
pub fn read_steps(
    dir: &Path,
    cells: &CellSet,
    name: impl Fn(&str, &str, i64) -> String,
) -> Result<Vec<NetworkSteps>, FrameError> {
    let mut all: Vec<NetworkSteps> = Vec::new();
    let mut last = 0;
    for frame in FrameReader::report::<StepRow>(dir)?.only(cells) {
        for row in frame?.rows::<StepRow>()? {
            let name = name(&row.network, &row.cell, row.seed);
            if all.get(last).is_none_or(|(known, _)| *known != name) {
                last = all.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
                    all.push((name, BTreeMap::new()));
                    all.len() - 1
                });
            }
            let sums = all[last].1.entry(row.step).or_default();
            sums.loss += row.loss;
            sums.learning_rate += row.learning_rate;
            sums.count += 1.0;
        }
    }
    Ok(all)
}
