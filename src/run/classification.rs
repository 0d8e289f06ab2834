//! The frames about classes: metrics class by class, confusions and calibration of the networks.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use camlab_frame::{CalibrationRow, ClassPoint, ClassRow, ConfusionRow, Frame, FrameError, FrameWriter};
use camlab_parts::metric::{self, ExpectedCalibrationError, calibration, class_answers};
use camlab_plan::Facts;

use super::evaluations::EvaluatedMap;

/// Writes `classes.parquet`, `confusion.parquet` and `calibration.parquet`, evaluation after evaluation.
pub(super) struct ClassFrames<'f> {
    facts: &'f Facts,
    classes: FrameWriter,
    confusion: FrameWriter,
    calibration: FrameWriter,
    /// The cell of the last evaluation, and its networks that are done.
    done: (usize, HashSet<String>),
}

impl<'f> ClassFrames<'f> {
    /// Frames without rows.
    pub(super) fn new(facts: &'f Facts, out: &Path) -> Result<Self, FrameError> {
        Ok(Self {
            facts,
            classes: FrameWriter::new::<ClassRow>(out)?,
            confusion: FrameWriter::new::<ConfusionRow>(out)?,
            calibration: FrameWriter::new::<CalibrationRow>(out)?,
            done: (0, HashSet::new()),
        })
    }

    /// Adds an evaluation: its rows of [`per_class`], and the answers of its network unless another map of the network
    /// has given them.
    pub(super) fn add(&mut self, evaluated: &EvaluatedMap<'_>, classes: &Frame) -> Result<(), FrameError> {
        self.classes.push(classes)?;
        let [network, ..] = evaluated.map();
        if self.done.0 != evaluated.shown.cell {
            self.done = (evaluated.shown.cell, HashSet::new());
        }
        if evaluated.columns.class_probabilities.is_empty()
            || !evaluated.columns.images.is_empty()
            || !self.done.1.insert(network.to_owned())
        {
            return Ok(());
        }
        let answers = class_answers(&evaluated.columns);
        let mut pairs: BTreeMap<(usize, usize), u32> = BTreeMap::new();
        for answer in answers.iter().flatten() {
            *pairs.entry((answer.label, answer.class)).or_default() += 1;
        }
        let cell = evaluated.cell;
        let names = class_names(self.facts, evaluated);
        let confusion = pairs.into_iter().map(|((label, predicted), images)| ConfusionRow {
            cell: cell.id.clone(),
            seed: cell.seed as i64,
            network: network.to_owned(),
            label: label as u32,
            label_name: name(names, label).to_owned(),
            predicted: predicted as u32,
            predicted_name: name(names, predicted).to_owned(),
            images,
        });
        self.confusion.rows(&confusion.collect::<Vec<_>>())?;
        let asked =
            cell.experiment.evaluation.metrics.iter().find_map(|spec| spec.metric().confidence_bins());
        let count = asked.unwrap_or_else(|| ExpectedCalibrationError::default().bins);
        let bins = calibration(&answers, count).into_iter().enumerate().map(|(place, bin)| CalibrationRow {
            cell: cell.id.clone(),
            seed: cell.seed as i64,
            network: network.to_owned(),
            bin: place as u32,
            from: place as f64 / count as f64,
            to: (place + 1) as f64 / count as f64,
            confidence: bin.confidence(),
            accuracy: bin.accuracy(),
            images: bin.images as u32,
        });
        self.calibration.rows(&bins.collect::<Vec<_>>())
    }

    /// Puts the files in their places.
    pub(super) fn finish(self) -> Result<(), FrameError> {
        self.classes.finish()?;
        self.confusion.finish()?;
        self.calibration.finish()
    }
}

/// The metrics of an evaluation on the images of each class; no row unless the experiment asks for them.
pub(super) fn per_class(facts: &Facts, evaluated: &EvaluatedMap<'_>) -> Result<Frame, FrameError> {
    let evaluation = &evaluated.cell.experiment.evaluation;
    let scores = match evaluation.per_class {
        true => metric::by_class(&evaluation.metrics, &evaluated.columns),
        false => Vec::new(),
    };
    let names = class_names(facts, evaluated);
    let points = scores.into_iter().map(|score| ClassPoint {
        metric: score.measure.name.into(),
        class: score.class as u32,
        class_name: name(names, score.class).into(),
        value: score.value,
        n: score.n as u32,
    });
    Frame::of(&points.collect::<Vec<_>>())?.named::<ClassRow>(evaluated.names())
}

/// Names of the classes of an evaluation's images.
fn class_names<'f>(facts: &'f Facts, evaluated: &EvaluatedMap<'_>) -> &'f [String] {
    let known = facts.dataset(&evaluated.cell.experiment.data.test);
    known.map_or(&[], |known| &known.classes)
}

/// The name of a class; empty for one that the data set does not have.
fn name(names: &[String], class: usize) -> &str {
    names.get(class).map_or("", String::as_str)
}
