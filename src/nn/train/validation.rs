use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::average_precision::mean_average_precision;
use super::{DataError, LabelledBatch, LossSpec, TrainError, targets};
use crate::Network;
use crate::ops::AsymmetricFocus;

/// Evaluation of epochs on held-out images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ValidationOptions {
    /// Share of the training images that is held out, drawn once per seed; absent: none, since the experiment names
    /// validation images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fraction: Option<f64>,
    /// Metric by which epochs are compared.
    pub metric: ValidationMetric,
    /// A stage ends when this many epochs in a row were no better than its best; absent, it never ends early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
}

impl Default for ValidationOptions {
    fn default() -> Self {
        Self { fraction: None, metric: ValidationMetric::Top1, patience: None }
    }
}

/// A metric of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ValidationMetric {
    /// Fraction of the images classified correctly: the class with the highest score is (one of) theirs.
    #[serde(rename = "top-1")]
    Top1,
    /// Mean loss.
    #[serde(rename = "loss")]
    Loss,
    /// Mean over the classes of the average precision of the held-out images; for losses with several labels.
    #[serde(rename = "mean-average-precision")]
    MeanAveragePrecision,
}

/// Epoch whose weights a network ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// The last epoch.
    #[default]
    Last,
    /// The epoch with the best validation metric.
    Best,
}

impl ValidationOptions {
    pub(super) fn check(&self) -> Result<(), TrainError> {
        if let Some(value) = self.fraction.filter(|fraction| !(*fraction > 0.0 && *fraction < 1.0)) {
            let range = "more than 0, less than 1";
            return Err(TrainError::Option { option: "validation.fraction", value, range });
        }
        match self.patience {
            Some(0) => {
                Err(TrainError::Option { option: "validation.patience", value: 0.0, range: "at least 1" })
            }
            _ => Ok(()),
        }
    }
}

/// Result of evaluating a network on held-out images.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeldOutResult {
    /// Mean loss, nats.
    pub loss: f64,
    /// Fraction of the images classified correctly, 0 to 1; for losses with several labels, the mean average precision.
    pub accuracy: f64,
}

impl HeldOutResult {
    /// Value of the metric, signed so that higher is better.
    pub fn score(self, metric: ValidationMetric) -> f64 {
        match metric {
            ValidationMetric::Top1 | ValidationMetric::MeanAveragePrecision => self.accuracy,
            ValidationMetric::Loss => -self.loss,
        }
    }
}

/// Evaluates `network` by the loss of its training, with running statistics and without label smoothing; `None` without
/// images.
///
/// # Errors
/// [`TrainError`] when the batches cannot be made, or do not fit the network.
pub fn evaluate(
    network: &Network,
    batches: impl Iterator<Item = Result<LabelledBatch, DataError>>,
    epoch: usize,
    loss: &LossSpec,
) -> Result<Option<HeldOutResult>, TrainError> {
    if let Some(focus) = loss.implementation().focus() {
        return evaluate_sets(network, batches, epoch, focus);
    }
    let classes = network.graph().classes().unwrap_or(0);
    let (mut loss, mut correct, mut images) = (0.0, 0, 0);
    for batch in batches {
        let batch = batch.map_err(|source| TrainError::Data { epoch, source })?;
        if batch.labels.is_empty() {
            continue;
        }
        targets::probabilities(&batch, classes, 0.0)?;
        let logits = network.infer(&batch.images, &[])?.logits;
        for (row, label) in logits.chunks_exact(classes).zip(&batch.labels) {
            let highest = row.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
            let sum: f64 = row.iter().map(|logit| f64::from(logit - highest).exp()).sum();
            loss += sum.ln() - f64::from(row[*label] - highest);
        }
        correct += targets::correct(&logits, &batch, classes);
        images += batch.labels.len();
    }
    let mean = |sum: f64| sum / images as f64;
    Ok((images > 0).then(|| HeldOutResult { loss: mean(loss), accuracy: mean(correct as f64) }))
}

/// Evaluation by a loss whose classes are decided each by itself.
fn evaluate_sets(
    network: &Network,
    batches: impl Iterator<Item = Result<LabelledBatch, DataError>>,
    epoch: usize,
    focus: AsymmetricFocus,
) -> Result<Option<HeldOutResult>, TrainError> {
    let classes = network.graph().classes().unwrap_or(0);
    let (mut loss, mut images) = (0.0, 0);
    let (mut scores, mut shown) = (Vec::new(), Vec::new());
    for batch in batches {
        let batch = batch.map_err(|source| TrainError::Data { epoch, source })?;
        if batch.labels.is_empty() {
            continue;
        }
        let targets = targets::indicators(&batch, classes)?;
        let logits = network.infer(&batch.images, &[])?.logits;
        loss += focus.mean(&logits, &targets) * batch.labels.len() as f64;
        images += batch.labels.len();
        scores.extend_from_slice(&logits);
        shown.extend(targets.iter().map(|target| *target > 0.5));
    }
    let accuracy = mean_average_precision(&scores, &shown, classes);
    Ok((images > 0).then(|| HeldOutResult { loss: loss / images as f64, accuracy }))
}
