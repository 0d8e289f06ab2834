//! Training of the networks for tables and figures: means over the seeds of a configuration.

use std::collections::BTreeMap;

use serde::Serialize;

use super::analysis::{Analysis, distinct};
use super::format;
use camlab_frame::TrainingRow;

/// Training course of a network under a configuration.
#[derive(Debug, Clone)]
pub struct Course {
    /// Network, with its configuration if there are several.
    pub name: String,
    /// The epochs, in order.
    pub epochs: Vec<Epoch>,
}

/// One epoch, mean over seeds.
#[derive(Debug, Clone)]
pub struct Epoch {
    /// Number, from 1, over all stages.
    pub number: u32,
    /// Mean loss on the training images, nats.
    pub loss: f64,
    /// Accuracy on the training images, per cent.
    pub accuracy: f64,
    /// Mean loss on held-out training images, nats.
    pub validation_loss: Option<f64>,
    /// Accuracy on held-out training images, per cent.
    pub validation_accuracy: Option<f64>,
}

/// A stage that covers the same epochs in every network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// The stage's name.
    pub stage: String,
    /// Its first epoch.
    pub first: u32,
    /// Its last epoch.
    pub last: u32,
}

/// One stage of one network, as a line of the table.
#[derive(Debug, Clone, Serialize)]
pub struct StageLine {
    /// Network, with its configuration if there are several.
    pub network: String,
    /// Stage.
    pub stage: String,
    /// Number of epochs.
    pub epochs: String,
    /// Mean loss of its last epoch.
    pub loss: String,
    /// Accuracy in its last epoch.
    pub accuracy: String,
    /// Accuracy on held-out training images after its last epoch.
    pub validation: String,
    /// Training images per second, including the wait for data.
    pub images_per_second: String,
    /// Duration of the stage without validation, seconds.
    pub seconds: String,
    /// Number of seeds.
    pub seeds: usize,
}

/// The rows of every network of every configuration.
fn networks<'a>(analysis: &'a Analysis<'_>) -> Vec<(String, Vec<&'a TrainingRow>)> {
    let rows = &analysis.frames.training;
    let name = analysis.naming();
    let names: Vec<String> = rows.iter().map(|row| name(&row.network, &row.cell, row.seed)).collect();
    let of =
        |name: &String| rows.iter().zip(&names).filter(|(_, of)| *of == name).map(|(row, _)| row).collect();
    distinct(&names).into_iter().map(|name| (name.clone(), of(&name))).collect()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// The training course of every network.
pub fn courses(analysis: &Analysis<'_>) -> Vec<Course> {
    let course = |(name, rows): (String, Vec<&TrainingRow>)| {
        let mut epochs: BTreeMap<u32, Vec<&TrainingRow>> = BTreeMap::new();
        rows.iter().for_each(|row| epochs.entry(row.epoch).or_default().push(row));
        let epoch = |(number, rows): (u32, Vec<&TrainingRow>)| Epoch {
            number,
            loss: mean(rows.iter().map(|row| row.loss)).unwrap_or(f64::NAN),
            accuracy: mean(rows.iter().map(|row| row.accuracy)).unwrap_or(f64::NAN),
            validation_loss: mean(rows.iter().filter_map(|row| row.validation_loss)),
            validation_accuracy: mean(rows.iter().filter_map(|row| row.validation_accuracy)),
        };
        Course { name, epochs: epochs.into_iter().map(epoch).collect() }
    };
    networks(analysis).into_iter().map(course).collect()
}

/// The stages, if there are several and all networks change stage in the same epochs; else empty.
pub fn bands(analysis: &Analysis<'_>) -> Vec<Band> {
    let mut stages: BTreeMap<u32, &str> = BTreeMap::new();
    for row in &analysis.frames.training {
        if *stages.entry(row.epoch).or_insert(&row.stage) != row.stage {
            return Vec::new();
        }
    }
    let mut bands: Vec<Band> = Vec::new();
    for (epoch, stage) in stages {
        match bands.last_mut().filter(|band| band.stage == stage) {
            Some(band) => band.last = epoch,
            None => bands.push(Band { stage: stage.to_owned(), first: epoch, last: epoch }),
        }
    }
    if bands.len() > 1 { bands } else { Vec::new() }
}

/// Lines of the table, one per network and stage.
pub fn lines(analysis: &Analysis<'_>) -> Vec<StageLine> {
    let mut lines = Vec::new();
    for (network, rows) in networks(analysis) {
        let stages: Vec<&String> = distinct(&rows.iter().map(|row| &row.stage).collect::<Vec<_>>());
        for stage in stages {
            let mut runs: BTreeMap<(&str, i64), Vec<&TrainingRow>> = BTreeMap::new();
            for row in rows.iter().filter(|row| row.stage == *stage) {
                runs.entry((&row.cell, row.seed)).or_default().push(row);
            }
            lines.push(line(&network, stage, &runs.into_values().collect::<Vec<_>>()));
        }
    }
    lines
}

fn line(network: &str, stage: &str, runs: &[Vec<&TrainingRow>]) -> StageLine {
    let last = || runs.iter().filter_map(|run| run.iter().max_by_key(|row| row.epoch));
    let sum = |run: &[&TrainingRow], of: fn(&TrainingRow) -> f64| run.iter().map(|row| of(row)).sum::<f64>();
    let images = |run: &[&TrainingRow]| sum(run, |row| row.images_per_second * row.seconds);
    let lengths: Vec<usize> = runs.iter().map(Vec::len).collect();
    let (fewest, most) = (lengths.iter().min().copied(), lengths.iter().max().copied());
    let epochs = match (fewest.unwrap_or(0), most.unwrap_or(0)) {
        (fewest, most) if fewest == most => most.to_string(),
        (fewest, most) => format!("{fewest} to {most}"),
    };
    let rate = mean(runs.iter().map(|run| images(run) / sum(run, |row| row.seconds)));
    StageLine {
        network: network.to_owned(),
        stage: stage.to_owned(),
        epochs,
        loss: format::value(mean(last().map(|row| row.loss)), ""),
        accuracy: format::value(mean(last().map(|row| row.accuracy)), "%"),
        validation: format::value(mean(last().filter_map(|row| row.validation_accuracy)), "%"),
        images_per_second: rate
            .filter(|rate| rate.is_finite())
            .map_or_else(|| format::MISSING.to_owned(), |rate| format!("{rate:.0}")),
        seconds: format::value(mean(runs.iter().map(|run| sum(run, |row| row.seconds))), "s"),
        seeds: runs.len(),
    }
}
